#include "round/order.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"

#include <stddef.h>

json_t *order_time_json(const struct reader *reader, int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    if (at_ms == BH_NONE)
        return json_null();
    bh_time_format(at_ms, reader->ledger->zone_minutes, text);
    return json_string(text);
}

json_t *order_int_json(int64_t value)
{
    return value == BH_NONE ? json_null() : json_integer(value);
}

/* ---- what a reader sees of a round ---- */

/* Sums the communities in the scope; *ret_first is the first of them, 0 = none. */
static bool sum_people(struct reader *reader, int64_t round, const struct scope *scope,
                       struct round_totals *t, int64_t *ret_first, struct bh_err *err)
{
    struct rows rows;
    *ret_first = 0;
    db_rows(reader->db, &rows,
            "SELECT area, due, exempt, sampled FROM round_count WHERE round = ? ORDER BY area", "i",
            round);
    while (db_next(&rows)) {
        if (!scope_holds(scope, row_int(&rows, 0)))
            continue;
        if (*ret_first == 0)
            *ret_first = row_int(&rows, 0);
        t->due += row_int(&rows, 1);
        t->exempt += row_int(&rows, 2);
        t->sampled += row_int(&rows, 3);
    }
    t->missed = t->due - t->exempt - t->sampled;
    return db_end(&rows, err);
}

static bool sum_tubes(struct reader *reader, int64_t round, const struct scope *scope,
                      struct round_totals *t, struct bh_err *err)
{
    struct rows rows;
    t->delivered = t->received = t->tested = t->reported = BH_NONE;
    t->pools_positive = t->pools_resolved = t->positives = BH_NONE;
    db_rows(reader->db, &rows,
            "SELECT s.area, c.tubes, c.boxed FROM round_site s JOIN site_count c"
            " ON c.site = s.site WHERE s.round = ?",
            "i", round);
    while (db_next(&rows)) {
        if (!scope_holds(scope, row_int(&rows, 0)))
            continue;
        t->tubes += row_int(&rows, 1);
        t->sealed += row_int(&rows, 2);
    }
    return db_end(&rows, err);
}

bool order_see(struct reader *reader, int64_t round, const struct scope *scope,
               struct order_sight *ret, struct bh_err *err)
{
    int64_t first = 0;
    *ret = (struct order_sight){0};
    if (!order_round(reader->db, round, &ret->round, err))
        return false;
    ret->area = ret->round.area;
    if (scope_holds(scope, ret->round.area))
        return order_totals(reader->db, round, &ret->totals, err);
    ret->part = true;
    if (!reader_unit_meets(reader, ret->round.area, scope))
        return bh_fail_field(err, BH_MISSING, "round", "没有轮次 %lld", "there is no round %lld",
                             (long long)round);
    if (!sum_people(reader, round, scope, &ret->totals, &first, err))
        return false;
    const struct areas *areas = reader->ledger->areas;
    const struct unit *unit = first ? areas_lowest(areas, first, reader->now_ms) : NULL;
    int64_t leaf = unit ? areas_unit_leaf(areas, unit) : first;
    ret->area = scope_holds(scope, leaf) ? leaf : first;
    return sum_tubes(reader, round, scope, &ret->totals, err);
}

/* ---- rounds ---- */

struct rounds_query {
    int64_t area, limit, after;
};
static const struct field rounds_fields[] = {
    FIELD(rounds_query, area, AREA, 0, "地区", "area"),
    FIELD(rounds_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(rounds_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(rounds_record, rounds_query, rounds_fields);

static const struct column rounds_columns[] = {
    {"round", COLUMN_INT, "轮次", "round"},
    {"number", COLUMN_INT, "第几轮", "number in its area"},
    AREA_COLUMNS,
    {"roll", COLUMN_INT, "名册", "roll"},
    {"state", COLUMN_TEXT, "状态", "state"},
    {"state_zh", COLUMN_TEXT, "状态（中文）", "state in Chinese"},
    {"state_en", COLUMN_TEXT, "状态（英文）", "state in English"},
    {"starts", COLUMN_TIME, "开始", "starts"},
    {"deadline", COLUMN_TIME, "截止", "deadline"},
    {"finished", COLUMN_TIME, "结束", "finished"},
    {"pool_size", COLUMN_INT, "混采人数", "persons in a tube"},
    {"due", COLUMN_INT, "应检", "due"},
    {"sampled", COLUMN_INT, "已采", "sampled"},
    {"exempt", COLUMN_INT, "免检", "exempt"},
    {"missed", COLUMN_INT, "未采", "missed"},
    {"part", COLUMN_BOOL, "仅本辖区部分", "only the part in this scope"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static void rounds_row(struct reader *reader, struct cells *cells, const struct order_sight *sight)
{
    const struct round_facts *round = &sight->round;
    cell_int(cells, round->round);
    cell_int(cells, round->number);
    cells_area(cells, reader, sight->area);
    cell_int(cells, round->roll);
    cell_z(cells, round_states[round->state].name);
    cell_z(cells, round_states[round->state].zh);
    cell_z(cells, round_states[round->state].en);
    cell_time(cells, round->starts_ms);
    cell_time(cells, round->deadline_ms);
    cell_time(cells, round->closed_ms);
    cell_int(cells, round->pool_size);
    cell_int(cells, sight->totals.due);
    cell_int(cells, sight->totals.sampled);
    cell_int(cells, sight->totals.exempt);
    cell_int(cells, sight->totals.missed);
    cell_bool(cells, sight->part);
}

static bool rounds_run(struct reader *reader, const void *params, struct cells *cells,
                       struct bh_err *err)
{
    const struct rounds_query *p = params;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows, "SELECT round FROM round WHERE round > ? ORDER BY round", "i",
            p->after == BH_NONE ? 0 : p->after);
    while (ok && more && db_next(&rows)) {
        struct order_sight sight;
        struct bh_err unseen;
        if (!order_see(reader, row_int(&rows, 0), &scope, &sight, &unseen)) {
            ok = unseen.code == BH_MISSING;
            if (!ok)
                *err = unseen;
            continue;
        }
        rounds_row(reader, cells, &sight);
        more = cells_row(cells);
        if (!more)
            cells_next_number(cells, reader, sight.round.round);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- round ---- */

struct round_query {
    int64_t round, area;
};
static const struct field round_fields[] = {
    FIELD(round_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(round_query, area, AREA, 0, "地区", "area: only the part of the round in it"),
};
RECORD(round_record, round_query, round_fields);

/* In the last full hour: the rates for the forecast. */
static bool last_hour(struct reader *reader, int64_t round, int64_t *ret_people,
                      int64_t *ret_reported, struct bh_err *err)
{
    struct rows rows;
    *ret_people = *ret_reported = 0;
    db_rows(reader->db, &rows,
            "SELECT people, reported FROM round_hour WHERE round = ? AND hour = ?", "ii", round,
            reader->now_ms / BH_HOUR_MS - 1);
    if (db_next(&rows)) {
        *ret_people = row_int(&rows, 0);
        *ret_reported = row_int(&rows, 1);
    }
    return db_end(&rows, err);
}

/* Tubes an hour told by the laboratories of the round's area. */
static bool told_capacity(struct reader *reader, int64_t area, int64_t *ret, struct bh_err *err)
{
    struct order_capacity *capacities =
        bh_arena_get(reader->arena, ORDER_CAPACITIES_MAX * sizeof *capacities);
    const struct unit *unit = areas_lowest(reader->ledger->areas, area, reader->now_ms);
    size_t count = 0;
    *ret = 0;
    if (!order_capacities(reader->db, reader->now_ms, capacities, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!unit || scope_holds(&unit->scope, capacities[i].area))
            *ret += capacities[i].tubes_per_hour;
    return true;
}

static bool shortages_json(struct reader *reader, int64_t round, json_t *list, struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT shortage, kind, needed, available, finish_ms, pool_advised, met_ms"
            " FROM round_shortage WHERE round = ? ORDER BY shortage",
            "i", round);
    while (db_next(&rows)) {
        json_t *one =
            json_pack("{s:I, s:s, s:I, s:I}", "shortage", (json_int_t)row_int(&rows, 0), "kind",
                      shortage_kinds[row_int(&rows, 1)].name, "needed",
                      (json_int_t)row_int(&rows, 2), "available", (json_int_t)row_int(&rows, 3));
        (void)json_object_set_new(one, "finish", order_time_json(reader, row_int(&rows, 4)));
        (void)json_object_set_new(one, "pool_advised",
                                  row_null(&rows, 5) ? json_null()
                                                     : json_integer(row_int(&rows, 5)));
        (void)json_object_set_new(one, "met", order_time_json(reader, row_int(&rows, 6)));
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static json_t *totals_json(const struct round_totals *t)
{
    const struct {
        const char *name;
        int64_t value;
    } stages[] = {{"sampled", t->tubes},     {"sealed", t->sealed}, {"delivered", t->delivered},
                  {"received", t->received}, {"tested", t->tested}, {"reported", t->reported}};
    json_t *one = json_object();
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        (void)json_object_set_new(one, stages[i].name, order_int_json(stages[i].value));
    return one;
}

static void place_json(const struct reader *reader, int64_t area, json_t *one)
{
    const struct leaf *leaf = areas_leaf(reader->ledger->areas, area);
    const struct unit *unit = areas_lowest(reader->ledger->areas, area, reader->now_ms);
    (void)json_object_set_new(one, "area", json_integer(area));
    (void)json_object_set_new(one, "area_code", json_string(leaf ? leaf->code : ""));
    (void)json_object_set_new(one, "area_name", json_string(unit ? unit->zh : ""));
    (void)json_object_set_new(one, "area_name_en", json_string(unit ? unit->en : ""));
}

static void numbers_json(const struct order_sight *sight, json_t *one)
{
    const struct round_totals *t = &sight->totals;
    const struct round_facts *round = &sight->round;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"number", round->number},
        {"roll", round->roll},
        {"due", t->due},
        {"sampled", t->sampled},
        {"exempt", t->exempt},
        {"missed", t->missed},
        {"pools_positive", t->pools_positive},
        {"pools_resolved", t->pools_resolved},
        {"positives", t->positives},
        {"tubes_expected", sight->part ? BH_NONE : round->tubes_expected},
        {"pool_size", round->pool_size},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)json_object_set_new(one, numbers[i].name, order_int_json(numbers[i].value));
    (void)json_object_set_new(one, "household_tubes", json_boolean(round->household_tubes == 1));
    (void)json_object_set_new(one, "key_single", json_boolean(round->key_single == 1));
    (void)json_object_set_new(one, "antigen_first", json_boolean(round->antigen_first == 1));
    (void)json_object_set_new(one, "part", json_boolean(sight->part));
    (void)json_object_set_new(one, "tubes", totals_json(t));
}

/* Tubes still to be reported: those there are, and while people are still sampled, those the order expects. */
static int64_t tubes_left(const struct order_sight *sight)
{
    const struct round_totals *t = &sight->totals;
    bool more = sight->round.state < ROUND_SAMPLED_CLOSED && t->missed > 0 &&
                sight->round.tubes_expected > t->tubes;
    return (more ? sight->round.tubes_expected : t->tubes) - t->reported;
}

static bool forecast_json(struct reader *reader, const struct order_sight *sight, json_t *one,
                          struct bh_err *err)
{
    int64_t people = BH_NONE, reported = BH_NONE, told = BH_NONE, sampled_ms = BH_NONE,
            reported_ms = BH_NONE;
    const struct round_facts *round = &sight->round;
    if (!sight->part && (!last_hour(reader, round->round, &people, &reported, err) ||
                         !told_capacity(reader, round->area, &told, err)))
        return false;
    if (!sight->part && round->state < ROUND_CLOSED) {
        bool sampling = round->state < ROUND_SAMPLED_CLOSED;
        sampled_ms = order_finish_ms(reader->now_ms, sampling ? sight->totals.missed : 0, people);
        reported_ms = order_later(sampled_ms, order_finish_ms(reader->now_ms, tubes_left(sight),
                                                              told > 0 ? told : reported));
    }
    (void)json_object_set_new(one, "sampled_last_hour", order_int_json(people));
    (void)json_object_set_new(one, "reported_last_hour", order_int_json(reported));
    (void)json_object_set_new(one, "tubes_per_hour", order_int_json(told));
    (void)json_object_set_new(one, "forecast", order_time_json(reader, sampled_ms));
    (void)json_object_set_new(one, "forecast_reported", order_time_json(reader, reported_ms));
    return true;
}

static bool round_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct round_query *p = params;
    struct order_sight sight;
    struct scope scope;
    if (!reader_scope(reader, p->area, &scope, err) ||
        !order_see(reader, p->round, &scope, &sight, err))
        return false;
    const struct round_facts *round = &sight.round;
    json_t *one = json_object(), *shortages = json_array();
    (void)json_object_set_new(one, "round", json_integer(round->round));
    place_json(reader, sight.area, one);
    (void)json_object_set_new(one, "state", json_string(round_states[round->state].name));
    numbers_json(&sight, one);
    (void)json_object_set_new(one, "starts", order_time_json(reader, round->starts_ms));
    (void)json_object_set_new(one, "deadline", order_time_json(reader, round->deadline_ms));
    (void)json_object_set_new(one, "finished", order_time_json(reader, round->closed_ms));
    (void)json_object_set_new(one, "shortages", shortages);
    *ret = one;
    return forecast_json(reader, &sight, one, err) &&
           (sight.part || shortages_json(reader, p->round, shortages, err));
}

/* ---- round_forecast: what each hour brought ---- */

static const struct column hour_columns[] = {
    {"hour", COLUMN_TIME, "小时", "hour"},
    {"people", COLUMN_INT, "采样人数", "people sampled"},
    {"tubes", COLUMN_INT, "采样管数", "tubes sampled"},
    {"sealed", COLUMN_INT, "装箱", "sealed"},
    {"delivered", COLUMN_INT, "送达", "delivered"},
    {"received", COLUMN_INT, "签收", "received"},
    {"tested", COLUMN_INT, "检测", "tested"},
    {"reported", COLUMN_INT, "报告", "reported"},
    {NULL, COLUMN_INT, NULL, NULL},
};

struct hours_query {
    int64_t round, limit, after;
};
static const struct field hours_fields[] = {
    FIELD(hours_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(hours_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(hours_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(hours_record, hours_query, hours_fields);

/* Hours are counted for the round as a whole: whoever sees only a part has none. */
static bool hours_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct hours_query *p = params;
    struct order_sight sight;
    struct rows rows;
    if (!order_see(reader, p->round, reader->scope, &sight, err))
        return false;
    if (sight.part)
        return true;
    db_rows(reader->db, &rows,
            "SELECT hour, people, tubes, sealed, delivered, received, tested, reported"
            " FROM round_hour WHERE round = ? AND hour > ? ORDER BY hour",
            "ii", p->round, p->after == BH_NONE ? INT64_MIN : p->after);
    while (db_next(&rows)) {
        cell_time(cells, row_int(&rows, 0) * BH_HOUR_MS);
        for (int i = 1; i < 8; i++)
            cell_int(cells, row_int(&rows, i));
        if (!cells_row(cells)) {
            cells_next_number(cells, reader, row_int(&rows, 0));
            break;
        }
    }
    return db_end(&rows, err);
}

const struct query order_queries[] = {
    {"rounds", "全员检测轮次", "rounds", &rounds_record, 0, PRIORITY_BOARD, rounds_columns,
     rounds_run, NULL, "area=220200"},
    {"round", "一轮检测", "one round", &round_record, QUERY_ONE, PRIORITY_BOARD, NULL, NULL,
     round_run, "round=80"},
    {"round_forecast", "每小时进度", "a round by the hour", &hours_record, 0, PRIORITY_BOARD,
     hour_columns, hours_run, NULL, "round=80"},
    {"round_feasibility", "下令前测算", "whether a round can be done in time",
     &order_feasibility_record, QUERY_ONE, PRIORITY_BOARD, NULL, NULL, order_feasibility_run,
     "area=220200&roll=70&starts=2022-03-17T23:00:00%2B08:00"},
    {"round_frequency", "轮次频次与停止条件", "rounds done, the next one, and stopping",
     &order_frequency_record, 0, PRIORITY_BOARD, order_frequency_columns, order_frequency_run, NULL,
     "area=220200"},
    {0},
};
