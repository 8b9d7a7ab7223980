#include "round/round.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/people_link.h"

#include <stddef.h>

/* ---- tube ---- */

struct tube_query {
    int64_t tube;
    struct bh_str code;
};
static const struct field tube_query_fields[] = {
    FIELD(tube_query, tube, REF, 0, "采样管", "tube"),
    FIELD(tube_query, code, TEXT, 0, "管码", "tube code", .max = 64),
};
RECORD(tube_query_record, tube_query, tube_query_fields);

static json_t *place_json(struct reader *reader, const struct tube_place *place, size_t number)
{
    json_t *one = json_object();
    struct bh_str name = person_masked_name(reader, place->person);
    answer_set(one, "place", json_integer((json_int_t)number));
    answer_set(one, "person", json_integer(place->person));
    answer_set(one, "name_masked", name.len == 0 ? json_null() : json_stringn(name.at, name.len));
    answer_set(one, "sampled", answer_time(reader, place->at_ms));
    answer_set(one, "held", json_boolean(place->held));
    answer_set(one, "outcome", answer_choice(member_outcomes, place->outcome));
    return one;
}

static json_t *tube_json(const struct reader *reader, const struct tube_facts *tube)
{
    json_t *one = json_object();
    answer_set(one, "tube", json_integer(tube->tube));
    answer_set(one, "kind", answer_choice(tube_kinds, tube->kind));
    answer_set(one, "area",
               scope_holds(reader->scope, tube->area) ? json_integer(tube->area) : json_null());
    answer_set(one, "people", json_integer(tube->size));
    answer_set(one, "institution", json_integer(tube->institution));
    answer_set(one, "resample_of", answer_int(tube->resample_of));
    answer_set(one, "collected", answer_time(reader, tube->collected_ms));
    answer_set(one, "received", answer_time(reader, tube->received_ms));
    answer_set(one, "laboratory", answer_int(tube->received_by));
    answer_set(one, "resulted", answer_time(reader, tube->resulted_ms));
    answer_set(one, "verdict", answer_choice(tube_verdicts, tube->verdict));
    answer_set(one, "held_left", json_integer(tube->held_left));
    answer_set(one, "withdrawn", json_boolean(tube->withdrawn));
    return one;
}

static bool tube_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct tube_query *p = params;
    struct tube_facts tube = {.tube = p->tube};
    struct tube_place *places = NULL;
    size_t count = 0;
    int64_t laboratory_area = 0;
    if (p->tube == BH_NONE &&
        !db_int(reader->db, err, &tube.tube, NULL,
                "SELECT tube FROM tube WHERE code = ? ORDER BY tube DESC LIMIT 1", "s", p->code))
        return false;
    if (!round_tube(reader->db, tube.tube, &tube, err))
        return false;
    if (!round_laboratory_area(reader->db, &tube, &laboratory_area, err))
        return false;
    bool home = scope_holds(reader->scope, tube.area);
    if (!home && (laboratory_area == 0 || !scope_holds(reader->scope, laboratory_area)))
        return bh_fail_field(err, BH_MISSING, "tube", "没有采样管 %lld", "there is no tube %lld",
                             (long long)tube.tube);
    /* A laboratory of elsewhere is told how many people are in it, not who. */
    if (home && !round_members(reader->db, tube.tube, reader->arena, &places, &count, err))
        return false;
    json_t *members = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(members, place_json(reader, &places[i], i + 1));
    *ret = tube_json(reader, &tube);
    answer_set(*ret, "members", members);
    return true;
}

/* ---- held_members ---- */

struct held_query {
    int64_t area, limit;
    struct bh_str after;
};
static const struct field held_query_fields[] = {
    FIELD(held_query, area, AREA, 0, "地区", "area"),
    FIELD(held_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(held_query, after, TEXT, 0, "翻页标记", "cursor", .max = 64),
};
RECORD(held_query_record, held_query, held_query_fields);

static const struct column held_columns[] = {
    {"tube", COLUMN_INT, "混管", "pool"},
    {"code", COLUMN_TEXT, "管码", "tube code"},
    {"person", COLUMN_INT, "人员", "person"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    AREA_COLUMNS,
    {"held", COLUMN_TIME, "隔离起", "held since"},
    {"last_negative", COLUMN_TIME, "上次阴性", "last negative"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool held_row(struct reader *reader, struct cells *cells, const struct rows *rows,
                     struct bh_err *err)
{
    int64_t negative_ms = BH_NONE;
    if (!round_last_negative(reader->db, row_int(rows, 2), &negative_ms, err))
        return false;
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    cell_int(cells, row_int(rows, 2));
    cell_text(cells, person_masked_name(reader, row_int(rows, 2)));
    cells_area(cells, reader, row_int(rows, 3));
    cell_time(cells, row_int(rows, 4));
    cell_time(cells, negative_ms);
    return true;
}

/* The cursor is the held fact's number: members are held in that order. */
static bool held_run(struct reader *reader, const void *params, struct cells *cells,
                     struct bh_err *err)
{
    const struct held_query *p = params;
    struct scope scope;
    struct rows rows;
    int64_t after = 0;
    bool ok = true, more = true;
    if (p->after.len > 0 && !bh_str_to_int(p->after, &after))
        return bh_fail_field(err, BH_INVALID, "after", "无效的翻页标记",
                             "not a cursor of this query");
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT t.tube, t.code, m.person, t.area, m.held_ms, m.held_seq FROM tube t"
            " JOIN tube_member m ON m.tube = t.tube WHERE t.held_left > 0 AND m.held_seq > ?"
            " AND m.outcome IS NULL ORDER BY m.held_seq",
            "i", after);
    while (ok && more && db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 3)))
            continue;
        int64_t number = row_int(&rows, 5);
        ok = held_row(reader, cells, &rows, err);
        more = cells_row(cells);
        if (!more)
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)number)));
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

const struct query round_queries[] = {
    {"tube", "采样管", "one tube", &tube_query_record, QUERY_ONE, PRIORITY_LOOKUP, NULL, NULL,
     tube_run, "code=JL2203130001"},
    {"held_members", "混管待复采人员", "members of positive pools", &held_query_record, 0,
     PRIORITY_BOARD, held_columns, held_run, NULL, "area=220200"},
    {0},
};
