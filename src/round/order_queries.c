#include "round/order.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "round/sample_facts.h"

#include <stddef.h>

static json_t *time_json(const struct reader *reader, int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    if (at_ms == BH_NONE)
        return json_null();
    bh_time_format(at_ms, reader->ledger->zone_minutes, text);
    return json_string(text);
}

static void cursor_set(struct reader *reader, struct cells *cells, int64_t number)
{
    cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)number)));
}

/* The round, when it lies in the reader's scope. */
static bool round_seen(struct reader *reader, int64_t round, struct round_facts *ret,
                       struct bh_err *err)
{
    if (!order_round(reader->db, round, ret, err))
        return false;
    return scope_holds(reader->scope, ret->area) ||
           bh_fail_field(err, BH_MISSING, "round", "没有轮次 %lld", "there is no round %lld",
                         (long long)round);
}

/* Sees also who answers for only a part of the round; to others it looks like none. */
static bool round_met(struct reader *reader, int64_t round, struct round_facts *ret,
                      struct bh_err *err)
{
    if (!order_round(reader->db, round, ret, err))
        return false;
    return reader_meets(reader, ret->area) ||
           bh_fail_field(err, BH_MISSING, "round", "没有轮次 %lld", "there is no round %lld",
                         (long long)round);
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
    {NULL, COLUMN_INT, NULL, NULL},
};

/* Counts of the communities that the reader may see: for most readers the whole round. */
static bool part_counts(struct reader *reader, int64_t round, const struct scope *scope,
                        int64_t ret[4], struct bh_err *err)
{
    struct rows rows;
    ret[0] = ret[1] = ret[2] = ret[3] = 0;
    db_rows(reader->db, &rows,
            "SELECT area, due, sampled, exempt, due - sampled - exempt FROM round_count"
            " WHERE round = ?",
            "i", round);
    while (db_next(&rows))
        for (int i = 0; i < 4 && scope_holds(scope, row_int(&rows, 0)); i++)
            ret[i] += row_int(&rows, i + 1);
    return db_end(&rows, err);
}

static bool rounds_row(struct reader *reader, struct cells *cells, const struct round_facts *round,
                       const struct scope *scope, struct bh_err *err)
{
    int64_t counts[4];
    if (!part_counts(reader, round->round, scope, counts, err))
        return false;
    cell_int(cells, round->round);
    cell_int(cells, round->number);
    cells_area(cells, reader, scope_holds(reader->scope, round->area) ? round->area : 0);
    cell_int(cells, round->roll);
    cell_z(cells, round_states[round->state].name);
    cell_z(cells, round_states[round->state].zh);
    cell_z(cells, round_states[round->state].en);
    cell_time(cells, round->starts_ms);
    cell_time(cells, round->deadline_ms);
    cell_time(cells, round->closed_ms);
    cell_int(cells, round->pool_size);
    for (int i = 0; i < 4; i++)
        cell_int(cells, counts[i]);
    return true;
}

/* Rounds of which some part lies in the scope asked for. */
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
        struct round_facts round;
        ok = order_round(reader->db, row_int(&rows, 0), &round, err);
        if (!ok || !reader_unit_meets(reader, round.area, &scope))
            continue;
        ok = rounds_row(reader, cells, &round, &scope, err);
        more = cells_row(cells);
        if (!more)
            cursor_set(reader, cells, round.round);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- round ---- */

struct round_query {
    int64_t round;
};
static const struct field round_fields[] = {
    FIELD(round_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
};
RECORD(round_record, round_query, round_fields);

/* People sampled in the last full hour: the rate for the forecast. */
static bool last_hour(struct reader *reader, int64_t round, int64_t *ret, struct bh_err *err)
{
    bool found = false;
    *ret = 0;
    return db_int(reader->db, err, ret, &found,
                  "SELECT people FROM round_hour WHERE round = ? AND hour = ?", "ii", round,
                  reader->now_ms / BH_HOUR_MS - 1);
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
        (void)json_object_set_new(one, "finish", time_json(reader, row_int(&rows, 4)));
        (void)json_object_set_new(one, "pool_advised",
                                  row_null(&rows, 5) ? json_null()
                                                     : json_integer(row_int(&rows, 5)));
        (void)json_object_set_new(one, "met", time_json(reader, row_int(&rows, 6)));
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static json_t *totals_json(const struct round_totals *t)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "sampled", (json_int_t)t->tubes, "sealed",
                     (json_int_t)t->sealed, "delivered", (json_int_t)t->delivered, "received",
                     (json_int_t)t->received, "tested", (json_int_t)t->tested, "reported",
                     (json_int_t)t->reported);
}

static bool round_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct round_query *p = params;
    struct round_facts round;
    struct round_totals t;
    int64_t rate = 0;
    if (!round_seen(reader, p->round, &round, err) ||
        !order_totals(reader->db, p->round, &t, err) || !last_hour(reader, p->round, &rate, err))
        return false;
    json_t *one = json_pack("{s:I, s:I, s:I, s:I, s:s}", "round", (json_int_t)round.round, "number",
                            (json_int_t)round.number, "area", (json_int_t)round.area, "roll",
                            (json_int_t)round.roll, "state", round_states[round.state].name);
    json_t *shortages = json_array();
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"due", t.due},
        {"sampled", t.sampled},
        {"exempt", t.exempt},
        {"missed", t.missed},
        {"pools_positive", t.pools_positive},
        {"pools_resolved", t.pools_resolved},
        {"positives", t.positives},
        {"tubes_expected", round.tubes_expected},
        {"pool_size", round.pool_size},
        {"sampled_last_hour", rate},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)json_object_set_new(one, numbers[i].name, json_integer(numbers[i].value));
    (void)json_object_set_new(one, "tubes", totals_json(&t));
    (void)json_object_set_new(one, "starts", time_json(reader, round.starts_ms));
    (void)json_object_set_new(one, "deadline", time_json(reader, round.deadline_ms));
    (void)json_object_set_new(one, "forecast",
                              time_json(reader, order_finish_ms(reader->now_ms, t.missed, rate)));
    (void)json_object_set_new(one, "finished", time_json(reader, round.closed_ms));
    (void)json_object_set_new(one, "shortages", shortages);
    *ret = one;
    return shortages_json(reader, p->round, shortages, err);
}

/* ---- round_coverage, round_buildings ---- */

struct part_query {
    int64_t round, area, limit, after;
};
static const struct field part_fields[] = {
    FIELD(part_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(part_query, area, AREA, 0, "地区", "area"),
    FIELD(part_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(part_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(part_record, part_query, part_fields);

static const struct column coverage_columns[] = {
    AREA_COLUMNS,
    {"due", COLUMN_INT, "应检", "due"},
    {"sampled", COLUMN_INT, "已采", "sampled"},
    {"exempt", COLUMN_INT, "免检", "exempt"},
    {"missed", COLUMN_INT, "未采", "missed"},
    {"doors_missed", COLUMN_INT, "上门未采到", "doors where nobody was sampled"},
    {"list", COLUMN_INT, "敲门名单", "list of doors"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool coverage_run(struct reader *reader, const void *params, struct cells *cells,
                         struct bh_err *err)
{
    const struct part_query *p = params;
    struct round_facts round;
    struct scope scope;
    struct rows rows;
    if (!round_met(reader, p->round, &round, err) || !reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT area, due, sampled, exempt, due - sampled - exempt, doors_missed, list"
            " FROM round_count WHERE round = ? AND area > ? ORDER BY area",
            "ii", p->round, p->after == BH_NONE ? 0 : p->after);
    while (db_next(&rows)) {
        int64_t area = row_int(&rows, 0);
        if (!scope_holds(&scope, area))
            continue;
        cells_area(cells, reader, area);
        for (int i = 1; i < 7; i++)
            cell_int(cells, row_int(&rows, i));
        if (!cells_row(cells)) {
            cursor_set(reader, cells, area);
            break;
        }
    }
    return db_end(&rows, err);
}

static const struct column building_columns[] = {
    {"first_slot", COLUMN_INT, "首个序号", "first slot"},
    {"last_slot", COLUMN_INT, "末个序号", "last slot"},
    AREA_COLUMNS,
    {"building", COLUMN_INT, "楼栋", "building"},
    {"unit", COLUMN_INT, "单元", "unit"},
    {"households", COLUMN_INT, "户数", "households"},
    {"due", COLUMN_INT, "应检", "due"},
    {"sampled", COLUMN_INT, "已采", "sampled"},
    {"exempt", COLUMN_INT, "免检", "exempt"},
    {"missed", COLUMN_INT, "未采", "missed"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* Counted anew: a building is one run of slots, so this reads one stretch of an index. */
static bool building_counts(struct reader *reader, const struct round_facts *round, int64_t first,
                            int64_t last, int64_t *ret_sampled, int64_t *ret_away,
                            struct bh_err *err)
{
    int64_t low = sample_id(round->ordinal, first), high = sample_id(round->ordinal, last);
    return db_int(reader->db, err, ret_sampled, NULL,
                  "SELECT COUNT(*) FROM sample WHERE id BETWEEN ? AND ?", "ii", low, high) &&
           db_int(reader->db, err, ret_away, NULL,
                  "SELECT COUNT(*) FROM round_away a WHERE a.id BETWEEN ? AND ? AND NOT EXISTS"
                  " (SELECT 1 FROM sample s WHERE s.id = a.id)",
                  "ii", low, high);
}

static bool buildings_run(struct reader *reader, const void *params, struct cells *cells,
                          struct bh_err *err)
{
    const struct part_query *p = params;
    struct round_facts round;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    if (!round_met(reader, p->round, &round, err) || !reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT first_slot, last_slot, area, building, unit, households FROM roll_building"
            " WHERE roll = ? AND first_slot > ? AND area BETWEEN ? AND ? ORDER BY first_slot",
            "iiii", round.roll, p->after == BH_NONE ? 0 : p->after, scope.range[0].from,
            scope.range[scope.count - 1].to);
    while (ok && more && db_next(&rows)) {
        int64_t first = row_int(&rows, 0), last = row_int(&rows, 1), sampled = 0, away = 0;
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        ok = building_counts(reader, &round, first, last, &sampled, &away, err);
        cell_int(cells, first);
        cell_int(cells, last);
        cells_area(cells, reader, row_int(&rows, 2));
        for (int i = 3; i < 6; i++)
            cell_int(cells, row_int(&rows, i));
        cell_int(cells, last - first + 1);
        cell_int(cells, sampled);
        cell_int(cells, away);
        cell_int(cells, last - first + 1 - sampled - away);
        more = cells_row(cells);
        if (!more)
            cursor_set(reader, cells, first);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- round_sites ---- */

static const struct column site_columns[] = {
    {"site", COLUMN_INT, "采样点", "site"},
    {"name", COLUMN_TEXT, "名称", "name"},
    AREA_COLUMNS,
    {"institution", COLUMN_INT, "采样机构", "sampling institution"},
    {"stations", COLUMN_INT, "采样台", "stations"},
    {"samplers", COLUMN_INT, "采样员", "samplers"},
    {"queue", COLUMN_INT, "排队人数", "people waiting"},
    {"waiting_minutes", COLUMN_INT, "等候分钟", "minutes of waiting"},
    {"told", COLUMN_TIME, "报告时间", "told"},
    {"sampled", COLUMN_INT, "已采人数", "sampled"},
    {"tubes", COLUMN_INT, "管数", "tubes"},
    {"boxed", COLUMN_INT, "已装箱", "in sealed boxes"},
    {"per_hour", COLUMN_INT, "每小时人数", "people an hour"},
    {"first", COLUMN_TIME, "首管", "first tube"},
    {"last", COLUMN_TIME, "末管", "last tube"},
    {"closed", COLUMN_TIME, "关闭", "closed"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static int64_t per_hour(int64_t people, int64_t first_ms, int64_t last_ms)
{
    if (first_ms == BH_NONE || last_ms - first_ms < BH_MINUTE_MS)
        return BH_NONE;
    return people * BH_HOUR_MS / (last_ms - first_ms);
}

static bool sites_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct part_query *p = params;
    struct round_facts round;
    struct scope scope;
    struct rows rows;
    if (!round_met(reader, p->round, &round, err) || !reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT site, name, area, institution, stations, samplers, queue, waiting_minutes,"
            " told_ms, sampled, tubes, boxed, first_ms, last_ms, closed_ms FROM round_site"
            " WHERE round = ? AND site > ? ORDER BY site",
            "ii", p->round, p->after == BH_NONE ? 0 : p->after);
    while (db_next(&rows)) {
        int64_t site = row_int(&rows, 0);
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        cell_int(cells, site);
        cell_text(cells, row_text(&rows, 1));
        cells_area(cells, reader, row_int(&rows, 2));
        for (int i = 3; i < 8; i++)
            cell_int(cells, row_int(&rows, i));
        cell_time(cells, row_int(&rows, 8));
        for (int i = 9; i < 12; i++)
            cell_int(cells, row_int(&rows, i));
        cell_int(cells, per_hour(row_int(&rows, 9), row_int(&rows, 12), row_int(&rows, 13)));
        for (int i = 12; i < 15; i++)
            cell_time(cells, row_int(&rows, i));
        if (!cells_row(cells)) {
            cursor_set(reader, cells, site);
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
    {"round_coverage", "各社区覆盖", "coverage by community", &part_record, 0, PRIORITY_BOARD,
     coverage_columns, coverage_run, NULL, "round=80&area=220202"},
    {"round_buildings", "各楼栋覆盖", "coverage by building", &part_record, 0, PRIORITY_BOARD,
     building_columns, buildings_run, NULL, "round=80&area=220202001001"},
    {"round_sites", "采样点", "sites of a round", &part_record, 0, PRIORITY_BOARD, site_columns,
     sites_run, NULL, "round=80"},
    {0},
};
