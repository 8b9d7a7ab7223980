#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/permit.h"
#include "ledger/reader.h"
#include "ledger/user_link.h"

#include <string.h>

/* ---- users ---- */

struct users_params {
    int64_t limit, after;
};
static const struct field users_fields[] = {
    FIELD(users_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(users_params, after, INT, 0, "从何处继续", "Go on after", .min = 0, .max = INT64_MAX),
};
RECORD(users_record, users_params, users_fields);

static const struct column users_columns[] = {
    {"user", COLUMN_INT, "用户", "User"},
    {"display", COLUMN_TEXT, "显示名", "Display name"},
    {"registered", COLUMN_TIME, "登记时间", "Registered"},
    {"grants", COLUMN_JSON, "授权", "Grants"},
    {0},
};

/* The grants of one user that this reader may know of, valid or ended. */
static bool grants_json(struct reader *reader, int64_t user, json_t *list, struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT grant_seq, role, unit, area, from_ms, until_ms FROM grant_row WHERE user = ? "
            "ORDER BY grant_seq",
            "i", user);
    while (db_next(&rows)) {
        struct bh_str role_id = row_text(&rows, 1), unit_id = row_text(&rows, 2);
        int64_t until_ms = row_int(&rows, 5);
        const struct unit *unit = areas_unit(reader->ledger->areas, unit_id, reader->now_ms);
        const struct role *role = roles_find(reader->ledger->roles,
                                             bh_arena_copy(reader->arena, role_id.at, role_id.len));
        char from[BH_TIME_TEXT], until[BH_TIME_TEXT];
        if (!scope_holds(reader->scope, row_int(&rows, 3)))
            continue;
        bh_time_format(row_int(&rows, 4), reader->ledger->zone_minutes, from);
        bh_time_format(until_ms, reader->ledger->zone_minutes, until);
        json_t *one =
            json_pack("{s:I, s:s%, s:s, s:s, s:s%, s:s, s:s, s:s, s:b}", "grant",
                      (json_int_t)row_int(&rows, 0), "role", role_id.at, role_id.len, "title_zh",
                      role ? role->zh : "", "title_en", role ? role->en : "", "unit", unit_id.at,
                      unit_id.len, "unit_name_zh", unit ? unit->zh : "", "unit_name_en",
                      unit ? unit->en : "", "from", from, "valid", until_ms > reader->now_ms);
        if (until_ms < BH_TIME_MAX)
            (void)json_object_set_new(one, "until", json_string(until));
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static bool run_users(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    const struct users_params *params = given;
    struct rows rows;
    bool good = true;
    db_rows(reader->db, &rows,
            "SELECT user, display, known_ms FROM user_account WHERE user > ? ORDER BY user", "i",
            params->after == BH_NONE ? 0 : params->after);
    while (good && db_next(&rows)) {
        int64_t user = row_int(&rows, 0);
        json_t *grants = json_array();
        good = grants_json(reader, user, grants, err);
        /* A user whom no grant ties to the reader's places is none of his business. */
        if (!good || (!reader->scope->everything && json_array_size(grants) == 0)) {
            json_decref(grants);
            continue;
        }
        cell_int(cells, user);
        cell_text(cells, row_text(&rows, 1));
        cell_time(cells, row_int(&rows, 2));
        cell_json(cells, grants);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)user)));
            break;
        }
    }
    struct bh_err ended;
    if (!db_end(&rows, &ended) && good) {
        *err = ended;
        good = false;
    }
    return good;
}

/* ---- roles ---- */

struct roles_params {
    int64_t limit;
};
static const struct field roles_fields[] = {
    FIELD(roles_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
};
RECORD(roles_record, roles_params, roles_fields);

static const struct column roles_columns[] = {
    {"role", COLUMN_TEXT, "角色", "Role"},
    {"title_zh", COLUMN_TEXT, "名称（中文）", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title in English"},
    {"level", COLUMN_TEXT, "层级", "Level"},
    {"power", COLUMN_TEXT, "权力", "Power"},
    {"commands", COLUMN_JSON, "命令", "Commands"},
    {"queries", COLUMN_JSON, "查询", "Queries"},
    {0},
};

static json_t *names_json(const char *const *names)
{
    json_t *list = json_array();
    for (; *names; names++)
        (void)json_array_append_new(list, json_string(*names));
    return list;
}

static bool run_roles(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct roles *roles = reader->ledger->roles;
    (void)params;
    (void)err;
    for (size_t i = 0; i < roles_count(roles); i++) {
        const struct role *role = roles_at(roles, i);
        cell_z(cells, role->id);
        cell_z(cells, role->zh);
        cell_z(cells, role->en);
        cell_z(cells, role->level);
        cell_z(cells, role->power);
        cell_json(cells, names_json(role->commands));
        cell_json(cells, names_json(role->queries));
        if (!cells_row(cells))
            break;
    }
    return true;
}

/* ---- the access log ---- */

struct audit_params {
    int64_t from_ms, to_ms, user, limit, after;
    struct bh_str action;
};
static const struct field audit_fields[] = {
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct audit_params, from_ms),
     .zh = "自",
     .en = "From"},
    {.name = "to",
     .type = FIELD_TIME,
     .offset = offsetof(struct audit_params, to_ms),
     .zh = "至",
     .en = "To"},
    FIELD(audit_params, user, REF, 0, "用户", "User"),
    FIELD(audit_params, action, TEXT, 0, "动作", "Action", .max = 64),
    FIELD(audit_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(audit_params, after, INT, 0, "从何处继续", "Go on after", .min = 0, .max = INT64_MAX),
};
RECORD(audit_record, audit_params, audit_fields);

static const struct column audit_columns[] = {
    {"entry", COLUMN_INT, "序号", "Entry"},
    {"at", COLUMN_TIME, "时间", "Time"},
    {"user", COLUMN_INT, "用户", "User"},
    {"display", COLUMN_TEXT, "显示名", "Display name"},
    {"action", COLUMN_TEXT, "动作", "Action"},
    {"detail", COLUMN_TEXT, "内容", "Detail"},
    AREA_COLUMNS,
    {"person", COLUMN_INT, "人员", "Person"},
    {"request", COLUMN_TEXT, "请求编号", "Request"},
    {"outcome", COLUMN_TEXT, "结果", "Outcome"},
    {0},
};

static bool run_audit(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    const struct audit_params *params = given;
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT l.entry, l.wall_ms, l.user, u.display, l.action, l.detail, l.area, l.person, "
            "l.request_id,"
            " l.outcome FROM accounts.access_log l LEFT JOIN user_account u ON u.user = l.user"
            " WHERE l.entry < ? AND l.wall_ms >= ? AND l.wall_ms < ? AND (? = -1 OR l.user = ?)"
            " AND (? = '' OR l.action = ?) ORDER BY l.entry DESC",
            "iiiiiss", params->after == BH_NONE ? INT64_MAX : params->after,
            params->from_ms == BH_NONE ? BH_TIME_MIN : params->from_ms,
            params->to_ms == BH_NONE ? BH_TIME_MAX : params->to_ms,
            params->user == BH_NONE ? -1 : params->user,
            params->user == BH_NONE ? -1 : params->user, params->action, params->action);
    while (db_next(&rows)) {
        int64_t entry = row_int(&rows, 0), person = row_int(&rows, 7), area = row_int(&rows, 6);
        if (!scope_holds(reader->scope, area))
            continue;
        cell_int(cells, entry);
        cell_time(cells, row_int(&rows, 1));
        cell_int(cells, row_int(&rows, 2));
        cell_text(cells, row_text(&rows, 3));
        cell_text(cells, row_text(&rows, 4));
        cell_text(cells, row_text(&rows, 5));
        cells_area(cells, reader, area);
        cell_int(cells, person == 0 ? BH_NONE : person);
        cell_text(cells, row_text(&rows, 8));
        cell_text(cells, row_text(&rows, 9));
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)entry)));
            break;
        }
    }
    return db_end(&rows, err);
}

const struct query user_queries[] = {
    {"users", "用户", "Users", &users_record, 0, PRIORITY_LOOKUP, users_columns, run_users, NULL,
     ""},
    {"roles", "角色", "Roles", &roles_record, QUERY_ANY_AREA, PRIORITY_LOOKUP, roles_columns,
     run_roles, NULL, ""},
    {"audit", "访问记录", "Access log", &audit_record, 0, PRIORITY_EXPORT, audit_columns, run_audit,
     NULL, "action=reveal"},
    {0},
};
