/* Coverage of a round by place, its sites, what they ask for, and where lanes should go. */
#include "round/order.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "ledger/reader.h"
#include "round/sample_facts.h"

#include <stddef.h>
#include <stdlib.h>

/* The round, when anything of it lies in the reader's scope, and the scope asked for. */
static bool part_of(struct reader *reader, int64_t round, int64_t area, struct scope *ret_scope,
                    struct order_sight *ret, struct bh_err *err)
{
    return reader_scope(reader, area, ret_scope, err) &&
           order_see(reader, round, reader->scope, ret, err);
}

/* ---- round_coverage ---- */

enum coverage_by { BY_COMMUNITY, BY_UNIT };
static const struct choice coverage_ways[] = {
    {"community", "按社区", "by community"},
    {"unit", "按县区", "by the units below"},
    {0},
};

struct coverage_query {
    int64_t round, area, by, limit, after;
};
static const struct field coverage_fields[] = {
    FIELD(coverage_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(coverage_query, area, AREA, 0, "地区", "area"),
    FIELD(coverage_query, by, ENUM, 0, "分组", "rows for", .choices = coverage_ways),
    FIELD(coverage_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(coverage_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(coverage_record, coverage_query, coverage_fields);

static const struct column coverage_columns[] = {
    AREA_COLUMNS,
    {"unit", COLUMN_TEXT, "所在县区", "unit"},
    {"due", COLUMN_INT, "应检", "due"},
    {"sampled", COLUMN_INT, "已采", "sampled"},
    {"exempt", COLUMN_INT, "免检", "exempt"},
    {"missed", COLUMN_INT, "未采", "missed"},
    {"doors_missed", COLUMN_INT, "上门未采到", "doors where nobody was sampled"},
    {"list", COLUMN_INT, "敲门名单", "list of doors"},
    {"lists", COLUMN_INT, "未清名单数", "lists of doors still open"},
    {NULL, COLUMN_INT, NULL, NULL},
};

struct coverage {
    int64_t area, due, sampled, exempt, missed, doors, list, lists;
};

/* The unit just below the one asked for that holds the leaf. */
static int64_t unit_below(const struct reader *reader, const struct scope *scope, int64_t leaf)
{
    const struct areas *areas = reader->ledger->areas;
    const struct unit *unit = areas_lowest(areas, leaf, reader->now_ms), *above = unit;
    while (above) {
        above = areas_parent(areas, unit, reader->now_ms);
        if (!above || above->parent[0] == 0 || !scope_covers(scope, &above->scope) ||
            scope_covers(&above->scope, scope))
            break;
        unit = above;
    }
    return unit ? areas_unit_leaf(areas, unit) : leaf;
}

static void coverage_add(struct coverage *to, const struct coverage *one)
{
    to->due += one->due;
    to->sampled += one->sampled;
    to->exempt += one->exempt;
    to->missed += one->missed;
    to->doors += one->doors;
    to->lists += one->lists;
}

static bool coverage_read(struct reader *reader, const struct coverage_query *p,
                          const struct scope *scope, struct coverage *ret, size_t *ret_count,
                          struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(reader->db, &rows,
            "SELECT area, due, sampled, exempt, due - sampled - exempt, doors_missed, list"
            " FROM round_count WHERE round = ? ORDER BY area",
            "i", p->round);
    while (count < ORDER_AREAS_MAX && db_next(&rows)) {
        struct coverage one = {row_int(&rows, 0), row_int(&rows, 1),  row_int(&rows, 2),
                               row_int(&rows, 3), row_int(&rows, 4),  row_int(&rows, 5),
                               row_int(&rows, 6), !row_null(&rows, 6)};
        size_t at = count;
        if (!scope_holds(scope, one.area))
            continue;
        if (p->by == BY_UNIT) {
            one.area = unit_below(reader, scope, one.area);
            one.list = BH_NONE;
            for (at = 0; at < count && ret[at].area != one.area; at++)
                continue;
        }
        if (at < count)
            coverage_add(&ret[at], &one);
        else
            ret[count++] = one;
    }
    *ret_count = count;
    return db_end(&rows, err);
}

/* Most missing first; of equal ones by place, so that pages can go on. */
static int worse_first(const void *a, const void *b)
{
    const struct coverage *x = a, *y = b;
    if (x->missed != y->missed)
        return x->missed > y->missed ? -1 : 1;
    return x->area < y->area ? -1 : x->area > y->area;
}

/* Where a page goes on: the missing and the place of its last row in one number. */
static int64_t coverage_cursor(const struct coverage *one)
{
    return (one->missed < 0 ? 0 : one->missed) << 32 | one->area;
}

static bool coverage_after(const struct coverage *one, int64_t after)
{
    int64_t missed = after >> 32, area = after & UINT32_MAX;
    return after == BH_NONE || one->missed < missed || (one->missed == missed && one->area > area);
}

static bool coverage_run(struct reader *reader, const void *params, struct cells *cells,
                         struct bh_err *err)
{
    const struct coverage_query *p = params;
    struct coverage *all = bh_arena_get(reader->arena, ORDER_AREAS_MAX * sizeof *all);
    struct order_sight sight;
    struct scope scope;
    size_t count = 0;
    if (!part_of(reader, p->round, p->area, &scope, &sight, err) ||
        !coverage_read(reader, p, &scope, all, &count, err))
        return false;
    qsort(all, count, sizeof *all, worse_first);
    for (size_t i = 0; i < count; i++) {
        const struct coverage *one = &all[i];
        if (!coverage_after(one, p->after))
            continue;
        cells_area(cells, reader, one->area);
        const struct unit *unit = areas_lowest(reader->ledger->areas, one->area, reader->now_ms);
        cell_z(cells, unit ? unit->id : NULL);
        const int64_t numbers[] = {one->due,   one->sampled, one->exempt, one->missed,
                                   one->doors, one->list,    one->lists};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            cell_int(cells, numbers[k]);
        if (!cells_row(cells)) {
            cells_next_number(cells, reader, coverage_cursor(one));
            break;
        }
    }
    return true;
}

/* ---- round_buildings ---- */

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

/* Of one community by its place; of more in the order of the slots, from where the page goes on. */
static void buildings_of(struct reader *reader, int64_t roll, const struct part_query *p,
                         const struct scope *scope, struct rows *rows)
{
    int64_t from = scope->range[0].from, to = scope->range[scope->count - 1].to,
            after = p->after == BH_NONE ? 0 : p->after;
    if (from == to)
        db_rows(reader->db, rows,
                "SELECT first_slot, last_slot, area, building, unit, households"
                " FROM roll_building INDEXED BY roll_building_area"
                " WHERE roll = ? AND area = ? AND first_slot > ? ORDER BY first_slot",
                "iii", roll, from, after);
    else
        db_rows(reader->db, rows,
                "SELECT first_slot, last_slot, area, building, unit, households"
                " FROM roll_building WHERE roll = ? AND first_slot > ?"
                " AND +area BETWEEN ? AND ? ORDER BY first_slot",
                "iiii", roll, after, from, to);
}

static bool buildings_run(struct reader *reader, const void *params, struct cells *cells,
                          struct bh_err *err)
{
    const struct part_query *p = params;
    struct order_sight sight;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    if (!part_of(reader, p->round, p->area, &scope, &sight, err))
        return false;
    buildings_of(reader, sight.round.roll, p, &scope, &rows);
    while (ok && more && db_next(&rows)) {
        int64_t first = row_int(&rows, 0), last = row_int(&rows, 1), sampled = 0, away = 0;
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        ok = building_counts(reader, &sight.round, first, last, &sampled, &away, err);
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
            cells_next_number(cells, reader, first);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- round_sites ---- */

/* What a site still has to do: its share, by stations, of the people missing in its community; at least its queue. */
static int64_t site_left(int64_t missing, int64_t stations, int64_t stations_there, int64_t queue)
{
    int64_t share = stations_there > 0 ? missing * stations / stations_there : 0;
    return queue != BH_NONE && queue > share ? queue : share;
}

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
    {"left", COLUMN_INT, "预计还有人数", "people still to come"},
    {"finish", COLUMN_TIME, "预计完成", "forecast of the finish"},
    {"first", COLUMN_TIME, "首管", "first tube"},
    {"last", COLUMN_TIME, "末管", "last tube"},
    {"closed", COLUMN_TIME, "关闭", "closed"},
    {"undo_minutes", COLUMN_INT, "误采可撤销分钟", "minutes to undo a wrong binding, by the plan"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static int64_t per_hour(int64_t people, int64_t first_ms, int64_t last_ms)
{
    if (first_ms == BH_NONE || last_ms - first_ms < BH_MINUTE_MS)
        return BH_NONE;
    return people * BH_HOUR_MS / (last_ms - first_ms);
}

/* Of one site, in the order of SITE_ROW. */
#define SITE_ROW                                                                                   \
    "SELECT s.site, s.name, s.area, s.institution, s.stations, s.samplers, s.queue,"               \
    " s.waiting_minutes, s.told_ms, n.sampled, n.tubes, n.boxed, n.first_ms, n.last_ms,"           \
    " s.closed_ms, c.due - c.exempt - c.sampled, o.stations FROM round_site s"                     \
    " JOIN site_count n ON n.site = s.site"                                                        \
    " LEFT JOIN round_count c ON c.round = s.round AND c.area = s.area"                            \
    " LEFT JOIN (SELECT area, SUM(stations) AS stations FROM round_site WHERE round = ?"           \
    " AND closed_ms IS NULL GROUP BY area) o ON o.area = s.area"
enum {
    ROW_AREA = 2,
    ROW_STATIONS = 4,
    ROW_QUEUE = 6,
    ROW_SAMPLED = 9,
    ROW_FIRST = 12,
    ROW_LAST,
    ROW_CLOSED,
    ROW_MISSING,
    ROW_STATIONS_THERE
};

static struct order_pace pace_of(const struct rows *rows)
{
    struct order_pace pace = {
        .site = row_int(rows, 0),
        .per_hour =
            per_hour(row_int(rows, ROW_SAMPLED), row_int(rows, ROW_FIRST), row_int(rows, ROW_LAST)),
        .stations = row_int(rows, ROW_STATIONS),
    };
    int64_t missing = row_null(rows, ROW_MISSING) ? 0 : row_int(rows, ROW_MISSING);
    if (row_null(rows, ROW_CLOSED))
        pace.left = site_left(missing, pace.stations, row_int(rows, ROW_STATIONS_THERE),
                              row_int(rows, ROW_QUEUE));
    return pace;
}

static void site_cells(struct reader *reader, struct cells *cells, const struct rows *rows)
{
    struct order_pace pace = pace_of(rows);
    bool open = row_null(rows, ROW_CLOSED);
    cell_int(cells, pace.site);
    cell_text(cells, row_text(rows, 1));
    cells_area(cells, reader, row_int(rows, ROW_AREA));
    for (int i = 3; i < 8; i++)
        cell_int(cells, row_int(rows, i));
    cell_time(cells, row_int(rows, 8));
    for (int i = 9; i < 12; i++)
        cell_int(cells, row_int(rows, i));
    cell_int(cells, pace.per_hour);
    cell_int(cells, open ? pace.left : 0);
    cell_time(cells, open ? order_finish_ms(reader->now_ms, pace.left,
                                            pace.per_hour == BH_NONE ? 0 : pace.per_hour)
                          : BH_NONE);
    for (int i = ROW_FIRST; i <= ROW_CLOSED; i++)
        cell_time(cells, row_int(rows, i));
    const struct plan *plan =
        plans_for(reader->ledger->plans, row_int(rows, ROW_AREA), reader->now_ms);
    int64_t undo_ms = order_plan_value(plan, "sample_undo_within", BH_NONE);
    cell_int(cells, undo_ms == BH_NONE ? BH_NONE : undo_ms / BH_MINUTE_MS);
}

static bool sites_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct part_query *p = params;
    struct order_sight sight;
    struct scope scope;
    struct rows rows;
    if (!part_of(reader, p->round, p->area, &scope, &sight, err))
        return false;
    db_rows(reader->db, &rows, SITE_ROW " WHERE s.round = ? AND s.site > ? ORDER BY s.site", "iii",
            p->round, p->round, p->after == BH_NONE ? 0 : p->after);
    while (db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, ROW_AREA)))
            continue;
        site_cells(reader, cells, &rows);
        if (!cells_row(cells)) {
            cells_next_number(cells, reader, row_int(&rows, 0));
            break;
        }
    }
    return db_end(&rows, err);
}

/* ---- round_requests: what sites asked for ---- */

enum request_state { REQUEST_OPEN, REQUEST_SENT, REQUEST_REFUSED };
static const struct choice request_states[] = {
    {"open", "待答复", "not answered yet"},
    {"sent", "已发出", "sent"},
    {"refused", "未满足", "refused"},
    {NULL, NULL, NULL},
};

struct requests_query {
    int64_t round, area, state, limit, after;
};
static const struct field requests_fields[] = {
    FIELD(requests_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(requests_query, area, AREA, 0, "地区", "area"),
    FIELD(requests_query, state, ENUM, 0, "状态", "state", .choices = request_states),
    FIELD(requests_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(requests_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(requests_record, requests_query, requests_fields);

static const struct column requests_columns[] = {
    {"request", COLUMN_INT, "请求", "request"},
    {"site", COLUMN_INT, "采样点", "site"},
    {"site_name", COLUMN_TEXT, "采样点名称", "name of the site"},
    AREA_COLUMNS,
    {"kind", COLUMN_TEXT, "所需", "what"},
    {"kind_zh", COLUMN_TEXT, "所需（中文）", "what, in Chinese"},
    {"kind_en", COLUMN_TEXT, "所需（英文）", "what, in English"},
    {"count", COLUMN_INT, "数量", "how many"},
    {"asked", COLUMN_TIME, "请求时间", "asked"},
    {"state", COLUMN_TEXT, "状态", "state"},
    {"state_zh", COLUMN_TEXT, "状态（中文）", "state in Chinese"},
    {"state_en", COLUMN_TEXT, "状态（英文）", "state in English"},
    {"sent", COLUMN_INT, "发出数量", "sent"},
    {"reason_zh", COLUMN_TEXT, "未满足原因（中文）", "why refused, in Chinese"},
    {"reason_en", COLUMN_TEXT, "未满足原因（英文）", "why refused, in English"},
    {"answered", COLUMN_TIME, "答复时间", "answered"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static void request_cells(struct reader *reader, struct cells *cells, const struct rows *rows,
                          enum request_state state)
{
    const struct choice *kind = &supply_kinds[row_int(rows, 4)],
                        *reason = row_null(rows, 8) ? NULL : &supply_refusals[row_int(rows, 8)];
    cell_int(cells, row_int(rows, 0));
    cell_int(cells, row_int(rows, 1));
    cell_text(cells, row_text(rows, 2));
    cells_area(cells, reader, row_int(rows, 3));
    cell_z(cells, kind->name);
    cell_z(cells, kind->zh);
    cell_z(cells, kind->en);
    cell_int(cells, row_int(rows, 5));
    cell_time(cells, row_int(rows, 6));
    cell_z(cells, request_states[state].name);
    cell_z(cells, request_states[state].zh);
    cell_z(cells, request_states[state].en);
    cell_int(cells, row_int(rows, 7));
    cell_z(cells, reason ? reason->zh : NULL);
    cell_z(cells, reason ? reason->en : NULL);
    cell_time(cells, row_int(rows, 9));
}

static bool requests_run(struct reader *reader, const void *params, struct cells *cells,
                         struct bh_err *err)
{
    const struct requests_query *p = params;
    struct order_sight sight;
    struct scope scope;
    struct rows rows;
    if (!part_of(reader, p->round, p->area, &scope, &sight, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT r.request, r.site, s.name, r.area, r.kind, r.count, r.asked_ms, r.sent,"
            " r.reason, r.answered_ms FROM round_request r JOIN round_site s ON s.site = r.site"
            " WHERE r.round = ? AND r.request > ? ORDER BY r.request",
            "ii", p->round, p->after == BH_NONE ? 0 : p->after);
    while (db_next(&rows)) {
        enum request_state state = row_null(&rows, 9)   ? REQUEST_OPEN
                                   : row_null(&rows, 8) ? REQUEST_SENT
                                                        : REQUEST_REFUSED;
        if (!scope_holds(&scope, row_int(&rows, 3)) ||
            (p->state != BH_NONE && p->state != (int64_t)state))
            continue;
        request_cells(reader, cells, &rows, state);
        if (!cells_row(cells)) {
            cells_next_number(cells, reader, row_int(&rows, 0));
            break;
        }
    }
    return db_end(&rows, err);
}

/* ---- round_moves: lanes from one site to another of the same county ---- */

enum { SITES_MAX = 4000, MOVES_MAX = 20 };

struct working_site {
    struct order_pace pace;
    int64_t area;
    const struct unit *unit;
    struct bh_str name;
};

static const struct column moves_columns[] = {
    {"from_site", COLUMN_INT, "从采样点", "from site"},
    {"from_name", COLUMN_TEXT, "从", "from"},
    {"to_site", COLUMN_INT, "到采样点", "to site"},
    {"to_name", COLUMN_TEXT, "到", "to"},
    AREA_COLUMNS,
    {"lanes", COLUMN_INT, "采样台数", "lanes"},
    {"before", COLUMN_TIME, "现在预计完成", "forecast as it is"},
    {"after", COLUMN_TIME, "调整后预计完成", "forecast after moving"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool working_sites(struct reader *reader, int64_t round, const struct scope *scope,
                          struct working_site *ret, size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(reader->db, &rows,
            SITE_ROW " WHERE s.round = ? AND s.closed_ms IS NULL ORDER BY s.site", "ii", round,
            round);
    while (count < SITES_MAX && db_next(&rows)) {
        struct bh_str name = row_text(&rows, 1);
        int64_t area = row_int(&rows, ROW_AREA);
        if (!scope_holds(scope, area))
            continue;
        ret[count++] = (struct working_site){
            pace_of(&rows), area, areas_lowest(reader->ledger->areas, area, reader->now_ms),
            bh_str_of(bh_arena_copy(reader->arena, name.at, name.len))};
    }
    *ret_count = count;
    return db_end(&rows, err);
}

static const struct working_site *site_at(const struct working_site *sites, size_t count,
                                          int64_t site)
{
    for (size_t i = 0; i < count; i++)
        if (sites[i].pace.site == site)
            return &sites[i];
    bh_unreachable("a site that was not offered");
}

static void move_cells(struct reader *reader, struct cells *cells, const struct working_site *from,
                       const struct working_site *to, const struct order_move *move)
{
    cell_int(cells, move->from);
    cell_text(cells, from->name);
    cell_int(cells, move->to);
    cell_text(cells, to->name);
    cells_area(cells, reader, to->area);
    cell_int(cells, move->lanes);
    cell_time(cells, reader->now_ms + move->before_ms);
    cell_time(cells, reader->now_ms + move->after_ms);
}

static bool moves_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct part_query *p = params;
    struct order_sight sight;
    struct scope scope;
    struct working_site *sites = bh_arena_get(reader->arena, SITES_MAX * sizeof *sites);
    struct order_pace *paces = bh_arena_get(reader->arena, SITES_MAX * sizeof *paces);
    size_t count = 0;
    if (!part_of(reader, p->round, p->area, &scope, &sight, err) ||
        !working_sites(reader, p->round, &scope, sites, &count, err))
        return false;
    const struct plan *plan = plans_for(reader->ledger->plans, sight.area, sight.round.starts_ms);
    int64_t worth_ms = order_plan_value(plan, "lane_move_worth", 0);
    for (size_t i = 0; i < count; i++) {
        size_t near = 0;
        struct order_move moves[MOVES_MAX];
        for (size_t k = 0; k < count && sites[i].unit; k++)
            if (sites[k].unit == sites[i].unit)
                paces[near++] = sites[k].pace;
        int found = order_moves(paces, near, worth_ms, moves, MOVES_MAX);
        for (int m = 0; m < found; m++) {
            move_cells(reader, cells, site_at(sites, count, moves[m].from),
                       site_at(sites, count, moves[m].to), &moves[m]);
            if (!cells_row(cells))
                return true;
        }
        for (size_t k = count; k-- > i;) /* this county is done */
            if (k != i && sites[k].unit == sites[i].unit)
                sites[k].unit = NULL;
    }
    return true;
}

const struct query site_queries[] = {
    {"round_coverage", "各地覆盖", "coverage by place", &coverage_record, 0, PRIORITY_BOARD,
     coverage_columns, coverage_run, NULL, "round=80&area=220202"},
    {"round_buildings", "各楼栋覆盖", "coverage by building", &part_record, 0, PRIORITY_BOARD,
     building_columns, buildings_run, NULL, "round=80&area=220202001001"},
    {"round_sites", "采样点", "sites of a round", &part_record, 0, PRIORITY_BOARD, site_columns,
     sites_run, NULL, "round=80"},
    {"round_moves", "采样台调配建议", "lanes to move between sites", &part_record, 0,
     PRIORITY_BOARD, moves_columns, moves_run, NULL, "round=80&area=220202"},
    {"round_requests", "采样点请求", "what sites asked for", &requests_record, 0, PRIORITY_BOARD,
     requests_columns, requests_run, NULL, "round=80&state=open"},
    {"round_missed", "未采住户", "people still missing, by door", &order_missed_record, 0,
     PRIORITY_LOOKUP, order_missed_columns, order_missed_run, NULL, "round=80&area=220202001001"},
    {0},
};
