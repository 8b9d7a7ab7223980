#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/permit.h"
#include "ledger/post_link.h"
#include "ledger/reader.h"

#include <string.h>

static const char *cursor_text(struct reader *reader, int64_t number)
{
    return bh_arena_format(reader->arena, "%lld", (long long)number);
}

/* ---- institutions ---- */

struct institutions_params {
    int64_t area, kind, limit, after;
};
static const struct field institutions_fields[] = {
    FIELD(institutions_params, area, AREA, 0, "地区", "Area"),
    FIELD(institutions_params, kind, ENUM, 0, "类别", "Kind", .choices = institution_kinds),
    FIELD(institutions_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(institutions_params, after, INT, 0, "从何处继续", "Go on after", .min = 0,
          .max = INT64_MAX),
};
RECORD(institutions_record, institutions_params, institutions_fields);

static const struct column institutions_columns[] = {
    {"institution", COLUMN_INT, "机构", "Institution"},
    {"name", COLUMN_TEXT, "名称", "Name"},
    {"name_en", COLUMN_TEXT, "英文名称", "English name"},
    {"kind", COLUMN_TEXT, "类别", "Kind"},
    {"kind_zh", COLUMN_TEXT, "类别（中文）", "Kind in Chinese"},
    {"kind_en", COLUMN_TEXT, "类别（英文）", "Kind in English"},
    AREA_COLUMNS,
    {"posts", COLUMN_INT, "岗位数", "Posts"},
    {0},
};

/* Posts that the reader may know of. */
static bool count_posts(struct reader *reader, int64_t institution, int64_t *ret,
                        struct bh_err *err)
{
    struct rows rows;
    *ret = 0;
    db_rows(reader->db, &rows, "SELECT area FROM post WHERE institution = ? AND ended_ms IS NULL",
            "i", institution);
    while (db_next(&rows))
        *ret += scope_holds(reader->scope, row_int(&rows, 0));
    return db_end(&rows, err);
}

static bool run_institutions(struct reader *reader, const void *given, struct cells *cells,
                             struct bh_err *err)
{
    const struct institutions_params *params = given;
    struct scope scope;
    struct rows rows;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT i.institution, i.name, i.name_en, i.kind, i.area FROM institution i WHERE "
            "i.institution > ? AND (? = -1 OR i.kind = ?) ORDER BY "
            "i.institution",
            "iii", params->after == BH_NONE ? 0 : params->after,
            params->kind == BH_NONE ? -1 : params->kind,
            params->kind == BH_NONE ? -1 : params->kind);
    bool good = true;
    while (good && db_next(&rows)) {
        const struct choice *kind = &institution_kinds[row_int(&rows, 3)];
        int64_t posts = 0;
        if (!scope_holds(&scope, row_int(&rows, 4)))
            continue;
        good = count_posts(reader, row_int(&rows, 0), &posts, err);
        cell_int(cells, row_int(&rows, 0));
        cell_text(cells, row_text(&rows, 1));
        cell_text(cells, row_text(&rows, 2));
        cell_z(cells, kind->name);
        cell_z(cells, kind->zh);
        cell_z(cells, kind->en);
        cells_area(cells, reader, row_int(&rows, 4));
        cell_int(cells, posts);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(cursor_text(reader, row_int(&rows, 0))));
            break;
        }
    }
    struct bh_err late;
    bool ended = db_end(&rows, good ? err : &late);
    return good && ended;
}

/* ---- posts ---- */

struct posts_params {
    int64_t area, user, vacant, limit, after;
    struct bh_str role;
};
static const struct field posts_fields[] = {
    FIELD(posts_params, area, AREA, 0, "地区", "Area"),
    FIELD(posts_params, role, TEXT, 0, "角色", "Role", .max = 64),
    FIELD(posts_params, user, REF, 0, "任职者", "Holder"),
    FIELD(posts_params, vacant, BOOL, 0, "只看空缺", "Vacant only"),
    FIELD(posts_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(posts_params, after, INT, 0, "从何处继续", "Go on after", .min = 0, .max = INT64_MAX),
};
RECORD(posts_record, posts_params, posts_fields);

static const struct column posts_columns[] = {
    {"post", COLUMN_INT, "岗位", "Post"},
    {"title", COLUMN_TEXT, "岗位名称", "Title"},
    {"role", COLUMN_TEXT, "角色", "Role"},
    {"role_zh", COLUMN_TEXT, "角色（中文）", "Role in Chinese"},
    {"role_en", COLUMN_TEXT, "角色（英文）", "Role in English"},
    {"institution", COLUMN_INT, "机构", "Institution"},
    {"institution_name", COLUMN_TEXT, "机构名称", "Institution name"},
    {"institution_name_en", COLUMN_TEXT, "机构英文名称", "Institution name in English"},
    AREA_COLUMNS,
    {"holder", COLUMN_INT, "任职者", "Holder"},
    {"holder_name", COLUMN_TEXT, "任职者姓名", "Holder's name"},
    {"from", COLUMN_TIME, "自", "From"},
    {"until", COLUMN_TIME, "至", "Until"},
    {"vacant", COLUMN_BOOL, "空缺", "Vacant"},
    {0},
};

static void post_cells(struct reader *reader, const struct rows *rows, struct cells *cells)
{
    struct bh_str role_id = row_text(rows, 2);
    const struct role *role =
        roles_find(reader->ledger->roles, bh_arena_copy(reader->arena, role_id.at, role_id.len));
    int64_t until_ms = row_int(rows, 10);
    bool vacant = row_null(rows, 7);
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    cell_text(cells, role_id);
    cell_z(cells, role ? role->zh : NULL);
    cell_z(cells, role ? role->en : NULL);
    cell_int(cells, row_int(rows, 3));
    cell_text(cells, row_text(rows, 4));
    cell_text(cells, row_text(rows, 5));
    cells_area(cells, reader, row_int(rows, 6));
    cell_int(cells, row_int(rows, 7));
    cell_text(cells, row_text(rows, 8));
    cell_time(cells, row_int(rows, 9));
    cell_time(cells, until_ms == BH_TIME_MAX ? BH_NONE : until_ms);
    cell_bool(cells, vacant);
}

static bool run_posts(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    const struct posts_params *params = given;
    struct scope scope;
    struct rows rows;
    int64_t user = params->user == BH_NONE ? -1 : params->user;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT p.post, p.title, p.role, p.institution, i.name, i.name_en, p.area, h.user, "
            "u.display,"
            " h.from_ms, h.until_ms FROM post p LEFT JOIN institution i ON i.institution = "
            "p.institution"
            " LEFT JOIN post_holder h ON h.post = p.post AND h.from_ms <= ? AND h.until_ms > ?"
            " LEFT JOIN user_account u ON u.user = h.user"
            " WHERE p.post > ? AND p.ended_ms IS NULL AND (? = '' OR p.role = ?) AND (? = -1 OR "
            "h.user = ?)"
            " ORDER BY p.post",
            "iiissii", reader->now_ms, reader->now_ms, params->after == BH_NONE ? 0 : params->after,
            params->role, params->role, user, user);
    while (db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 6)) || (params->vacant == 1 && !row_null(&rows, 7)))
            continue;
        post_cells(reader, &rows, cells);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(cursor_text(reader, row_int(&rows, 0))));
            break;
        }
    }
    return db_end(&rows, err);
}

const struct query post_queries[] = {
    {"institutions", "机构", "Institutions", &institutions_record, 0, PRIORITY_LOOKUP,
     institutions_columns, run_institutions, NULL, "area=220102&kind=cdc"},
    {"posts", "岗位", "Posts", &posts_record, 0, PRIORITY_LOOKUP, posts_columns, run_posts, NULL,
     "area=220102&role=first_responsible"},
    {0},
};
