#include "round/lab.h"

#include "base/embedded.h"
#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "round/round_events.h"

#include <stddef.h>
#include <string.h>

enum plate_state { PLATE_IS_LAID, PLATE_IS_READ, PLATE_IS_VOID, PLATE_IS_RELEASED };
static const struct choice plate_states[] = {
    {"laid", "已布板", "laid"},
    {"read", "待签发", "read, waits for release"},
    {"void", "作废", "void, its controls failed"},
    {"released", "已签发", "released"},
    {NULL, NULL, NULL},
};

static enum plate_state state_of(const struct plate_facts *plate)
{
    if (plate->released_ms != BH_NONE)
        return PLATE_IS_RELEASED;
    if (plate->read_ms == BH_NONE)
        return PLATE_IS_LAID;
    return plate->controls == 1 ? PLATE_IS_READ : PLATE_IS_VOID;
}

/* ---- plates ---- */

struct plates_query {
    int64_t area, institution, state, limit, after;
};
static const struct field plates_fields[] = {
    FIELD(plates_query, area, AREA, 0, "地区", "area"),
    FIELD(plates_query, institution, REF, 0, "检测机构", "laboratory"),
    FIELD(plates_query, state, ENUM, 0, "状态", "state", .choices = plate_states),
    FIELD(plates_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(plates_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(plates_record, plates_query, plates_fields);

static const struct column plates_columns[] = {
    {"plate", COLUMN_INT, "板", "plate"},
    {"code", COLUMN_TEXT, "板码", "plate code"},
    {"institution", COLUMN_INT, "检测机构", "laboratory"},
    {"name", COLUMN_TEXT, "名称", "name of the laboratory"},
    AREA_COLUMNS,
    {"state", COLUMN_TEXT, "状态", "state"},
    {"state_zh", COLUMN_TEXT, "状态（中文）", "state in Chinese"},
    {"state_en", COLUMN_TEXT, "状态（英文）", "state in English"},
    {"tubes", COLUMN_INT, "管数", "tubes"},
    {"laid", COLUMN_TIME, "布板", "laid"},
    {"read", COLUMN_TIME, "读板", "read"},
    {"released", COLUMN_TIME, "签发", "released"},
    {"cleared", COLUMN_INT, "阴性", "told negative"},
    {"told_singly", COLUMN_INT, "逐管报告", "told singly"},
    {"repeated", COLUMN_INT, "重做", "run again"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool plates_row(struct reader *reader, struct cells *cells, const struct rows *rows,
                       const struct plate_facts *plate)
{
    enum plate_state state = state_of(plate);
    cell_int(cells, plate->plate);
    cell_text(cells, row_text(rows, 1));
    cell_int(cells, plate->institution);
    cell_text(cells, row_text(rows, 2));
    cells_area(cells, reader, plate->area);
    cell_z(cells, plate_states[state].name);
    cell_z(cells, plate_states[state].zh);
    cell_z(cells, plate_states[state].en);
    cell_int(cells, plate->tubes);
    cell_time(cells, plate->laid_ms);
    cell_time(cells, plate->read_ms);
    cell_time(cells, plate->released_ms);
    for (int i = 3; i < 6; i++)
        cell_int(cells, row_int(rows, i));
    return cells_row(cells);
}

static bool plates_run(struct reader *reader, const void *params, struct cells *cells,
                       struct bh_err *err)
{
    const struct plates_query *p = params;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT p.plate, p.code, i.name, p.cleared, p.found, p.repeated FROM plate p"
            " JOIN institution i ON i.institution = p.institution WHERE p.plate > ?"
            " ORDER BY p.plate",
            "i", p->after == BH_NONE ? 0 : p->after);
    while (ok && more && db_next(&rows)) {
        struct plate_facts plate;
        ok = plate_read(reader->db, row_int(&rows, 0), &plate, err);
        if (!ok || !scope_holds(&scope, plate.area) ||
            (p->institution != BH_NONE && p->institution != plate.institution) ||
            (p->state != BH_NONE && p->state != (int64_t)state_of(&plate)))
            continue;
        more = plates_row(reader, cells, &rows, &plate);
        if (!more)
            cells_next(cells,
                       bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)plate.plate)));
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- plate ---- */

struct plate_query {
    int64_t plate;
};
static const struct field plate_query_fields[] = {
    FIELD(plate_query, plate, REF, FIELD_REQUIRED, "板", "plate"),
};
RECORD(plate_query_record, plate_query, plate_query_fields);

static json_t *ct_json(int64_t ct)
{
    return ct == BH_NONE ? json_null() : json_real((double)ct / 100);
}

static json_t *verdict_json(int64_t verdict)
{
    return verdict == BH_NONE ? json_null() : json_string(tube_verdicts[verdict].name);
}

static bool well_tube_json(struct reader *reader, const struct plate_well *well, json_t *one,
                           struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows, "SELECT code, kind, size FROM tube WHERE tube = ?", "i", well->tube);
    if (db_next(&rows)) {
        struct bh_str code = row_text(&rows, 0);
        answer_set(one, "code", json_stringn(code.at, code.len));
        answer_set(one, "kind", json_string(tube_kinds[row_int(&rows, 1)].name));
        answer_set(one, "people", json_integer(row_int(&rows, 2)));
    }
    return db_end(&rows, err);
}

static bool wells_json(struct reader *reader, int64_t plate, json_t *list, struct bh_err *err)
{
    struct plate_well wells[LAB_WELLS];
    size_t count = 0;
    if (!plate_wells(reader->db, plate, wells, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        char name[LAB_WELL_TEXT];
        lab_well_name(wells[i].well, name);
        (void)json_array_append_new(list, one);
        answer_set(one, "well", json_string(name));
        answer_set(one, "tube", answer_int(wells[i].tube));
        answer_set(one, "control",
                   wells[i].control == BH_NONE ? json_null()
                                               : json_string(well_controls[wells[i].control].name));
        answer_set(one, "ct_orf1ab", ct_json(wells[i].ct_orf1ab));
        answer_set(one, "ct_n", ct_json(wells[i].ct_n));
        answer_set(one, "orf1ab", verdict_json(wells[i].orf1ab));
        answer_set(one, "n", verdict_json(wells[i].n));
        answer_set(one, "verdict", verdict_json(wells[i].verdict));
        if (wells[i].tube != BH_NONE && !well_tube_json(reader, &wells[i], one, err))
            return false;
    }
    return true;
}

static bool plate_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct plate_query *p = params;
    struct plate_facts plate;
    struct rows rows;
    if (!plate_read(reader->db, p->plate, &plate, err))
        return false;
    if (!scope_holds(reader->scope, plate.area))
        return bh_fail_field(err, BH_MISSING, "plate", "没有板 %lld", "there is no plate %lld",
                             (long long)p->plate);
    json_t *one = json_object(), *wells = json_array();
    *ret = one;
    answer_set(one, "plate", json_integer(plate.plate));
    answer_set(one, "institution", json_integer(plate.institution));
    answer_set(one, "area", json_integer(plate.area));
    answer_set(one, "state", json_string(plate_states[state_of(&plate)].name));
    answer_set(one, "size", json_integer(plate.tubes));
    answer_set(one, "laid", answer_time(reader, plate.laid_ms));
    answer_set(one, "read", answer_time(reader, plate.read_ms));
    answer_set(one, "reader", answer_int(plate.reader));
    answer_set(one, "controls",
               plate.controls == BH_NONE ? json_null() : json_boolean(plate.controls == 1));
    answer_set(one, "released", answer_time(reader, plate.released_ms));
    answer_set(one, "wells", wells);
    db_rows(reader->db, &rows, "SELECT code, profile FROM plate WHERE plate = ?", "i", p->plate);
    if (db_next(&rows)) {
        struct bh_str code = row_text(&rows, 0), profile = row_text(&rows, 1);
        answer_set(one, "code", json_stringn(code.at, code.len));
        answer_set(one, "profile",
                   profile.len > 0 ? json_stringn(profile.at, profile.len) : json_null());
    }
    return db_end(&rows, err) && wells_json(reader, p->plate, wells, err);
}

/* ---- analysers: the profiles that travel in the binary ---- */

struct analysers_query {
    int64_t limit;
};
static const struct field analysers_fields[] = {
    FIELD(analysers_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
};
RECORD(analysers_record, analysers_query, analysers_fields);

static const struct column analysers_columns[] = {
    {"profile", COLUMN_TEXT, "仪器格式", "profile"},
    {"title_zh", COLUMN_TEXT, "名称（中文）", "title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "title in English"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool analysers_run(struct reader *reader, const void *params, struct cells *cells,
                          struct bh_err *err)
{
    static const char folder[] = "rules/analysers/";
    (void)params;
    for (size_t i = embedded_lower_bound(folder); i < embedded_count(); i++) {
        const struct embedded_file *file = embedded_at(i);
        struct analyser_profile *profile = bh_arena_get(reader->arena, sizeof *profile);
        if (strncmp(file->path, folder, sizeof folder - 1) != 0)
            break;
        if (!analyser_profile_read((struct bh_str){(const char *)file->data, file->size},
                                   reader->arena, profile, err))
            return false;
        cell_text(cells, profile->id);
        cell_text(cells, profile->zh);
        cell_text(cells, profile->en);
        if (!cells_row(cells))
            break;
    }
    return true;
}

const struct query plate_queries[] = {
    {"analysers", "仪器格式", "analyser profiles", &analysers_record, QUERY_ANY_AREA,
     PRIORITY_LOOKUP, analysers_columns, analysers_run, NULL, "limit=20"},
    {"plates", "板", "plates", &plates_record, 0, PRIORITY_BOARD, plates_columns, plates_run, NULL,
     "institution=6"},
    {"plate", "一块板", "one plate", &plate_query_record, QUERY_ONE, PRIORITY_LOOKUP, NULL, NULL,
     plate_run, "plate=130"},
    {0},
};
