#include "round/lab.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "ledger/reader.h"
#include "round/order.h"

#include <stddef.h>

/* ---- lab_load ---- */

struct load_query {
    int64_t area, limit, after;
};
static const struct field load_fields[] = {
    FIELD(load_query, area, AREA, 0, "地区", "area"),
    FIELD(load_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(load_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(load_record, load_query, load_fields);

static const struct column load_columns[] = {
    {"institution", COLUMN_INT, "检测机构", "laboratory"},
    {"name", COLUMN_TEXT, "名称", "name"},
    AREA_COLUMNS,
    {"tubes_per_hour", COLUMN_INT, "每小时能力", "tubes an hour it told"},
    {"received", COLUMN_INT, "已接收", "received"},
    {"tested", COLUMN_INT, "已检测", "tested"},
    {"reported", COLUMN_INT, "已报告", "reported"},
    {"rejected", COLUMN_INT, "拒收", "rejected"},
    {"waiting", COLUMN_INT, "待检", "received and not tested"},
    {"wait_minutes", COLUMN_INT, "排空分钟", "minutes until what waits is tested"},
    {"room", COLUMN_INT, "一小时内可再收", "tubes it can still take within the hour"},
    {"received_this_hour", COLUMN_INT, "本小时接收", "received this hour"},
    {"tested_this_hour", COLUMN_INT, "本小时检测", "tested this hour"},
    {"pools", COLUMN_INT, "混管数", "pools reported"},
    {"pools_positive", COLUMN_INT, "阳性混管", "positive pools"},
    {"prevalence_per_million", COLUMN_INT, "估计阳性率（百万分之）",
     "positive people in a million, estimated from its pools"},
    {"pool_wasteful", COLUMN_BOOL, "混检不经济", "pooling wastes time"},
    {"pool_advised", COLUMN_INT, "建议混采人数", "pool size that costs the fewest tubes"},
    {"advice", COLUMN_TEXT, "建议", "advice"},
    {"advice_zh", COLUMN_TEXT, "建议（中文）", "advice in Chinese"},
    {"advice_en", COLUMN_TEXT, "建议（英文）", "advice in English"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static const struct choice advices[] = {
    [LAB_ADVICE_ROOM] = {"room", "可接收", "has room"},
    [LAB_ADVICE_FULL] = {"full", "已满，送往别处", "full: send boxes elsewhere"},
    [LAB_ADVICE_UNKNOWN] = {"unknown", "未报告能力", "told no capacity"},
    {NULL, NULL, NULL},
};

static int64_t plan_number(const struct plan *plan, const char *id, int64_t otherwise)
{
    const struct plan_param *param = plan_param(plan, id);
    return param && param->number != BH_NONE ? param->number : otherwise;
}

/* Pools are taken to be as large as the plan allows: that understates the share of positive people. */
static void pooling_cells(struct reader *reader, struct cells *cells, int64_t area, int64_t pools,
                          int64_t positive)
{
    enum { SIZES = 8 };
    const struct plan *plan = plans_for(reader->ledger->plans, area, reader->now_ms);
    const struct plan_param *allowed = plan_param(plan, "pool_sizes");
    int64_t sizes[SIZES];
    size_t count = allowed ? order_pool_sizes(allowed->value, sizes, SIZES) : 0;
    struct lab_pooling pooling =
        lab_pooling_of(pools, positive, plan_number(plan, "pool_size_max", 0), sizes, count,
                       plan_number(plan, "pool_prevalence_max_per_mille", 0));
    cell_int(cells, pools > 0 ? pooling.prevalence_per_million : BH_NONE);
    cell_bool(cells, pooling.wasteful);
    cell_int(cells, pooling.advised);
}

static void load_row(struct reader *reader, struct cells *cells, const struct rows *rows)
{
    int64_t per_hour = row_int(rows, 3);
    int64_t waiting = row_int(rows, 4) - row_int(rows, 5) - row_int(rows, 7);
    enum lab_advice advice = lab_advice_of(per_hour, waiting);
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    cells_area(cells, reader, row_int(rows, 2));
    for (int i = 3; i < 8; i++)
        cell_int(cells, row_int(rows, i));
    cell_int(cells, waiting);
    cell_int(cells, lab_wait_minutes(per_hour, waiting));
    cell_int(cells, lab_room(per_hour, waiting));
    for (int i = 8; i < 12; i++)
        cell_int(cells, row_int(rows, i));
    pooling_cells(reader, cells, row_int(rows, 2), row_int(rows, 10), row_int(rows, 11));
    cell_z(cells, advices[advice].name);
    cell_z(cells, advices[advice].zh);
    cell_z(cells, advices[advice].en);
}

static bool load_run(struct reader *reader, const void *params, struct cells *cells,
                     struct bh_err *err)
{
    const struct load_query *p = params;
    struct scope scope;
    struct rows rows;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT i.institution, i.name, i.area, coalesce(c.tubes_per_hour, 0),"
            " coalesce(t.received, 0), coalesce(t.tested, 0), coalesce(t.reported, 0),"
            " coalesce(t.rejected, 0), coalesce(h.received, 0), coalesce(h.tested, 0),"
            " coalesce(t.pools, 0), coalesce(t.pools_positive, 0) FROM institution i"
            " LEFT JOIN capacity c ON c.institution = i.institution AND c.from_ms ="
            " (SELECT MAX(o.from_ms) FROM capacity o WHERE o.institution = i.institution"
            " AND o.from_ms <= ?)"
            " LEFT JOIN lab_total t ON t.institution = i.institution"
            " LEFT JOIN lab_hour h ON h.institution = i.institution AND h.hour = ?"
            " WHERE i.institution > ? AND (t.institution IS NOT NULL OR c.tubes_per_hour > 0)"
            " ORDER BY i.institution",
            "iii", reader->now_ms, reader->now_ms / BH_HOUR_MS, p->after == BH_NONE ? 0 : p->after);
    while (db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        load_row(reader, cells, &rows);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld",
                                                        (long long)row_int(&rows, 0))));
            break;
        }
    }
    return db_end(&rows, err);
}

/* ---- lab_turnaround ---- */

static const struct choice segments[] = {
    [SEGMENT_SEALED] = {"sealed", "采样至封箱", "sampled to sealed"},
    [SEGMENT_PICKED_UP] = {"picked_up", "封箱至取箱", "sealed to picked up"},
    [SEGMENT_RECEIVED] = {"received", "取箱至接收", "picked up to received"},
    [SEGMENT_PLATED] = {"plated", "接收至布板", "received to plate"},
    [SEGMENT_READ] = {"read", "布板至读板", "plate to read"},
    [SEGMENT_RELEASED] = {"released", "读板至签发", "read to released"},
    [SEGMENT_WHOLE] = {"whole", "采样至签发", "sampled to released"},
    [SEGMENTS] = {NULL, NULL, NULL},
};

struct turn_query {
    int64_t area, institution, from_ms, whole, limit, after;
};
static const struct field turn_fields[] = {
    FIELD(turn_query, area, AREA, 0, "地区", "area"),
    FIELD(turn_query, institution, REF, 0, "检测机构", "laboratory"),
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct turn_query, from_ms),
     .zh = "自（不填则为最近一日）",
     .en = "from; the last day when not given"},
    FIELD(turn_query, whole, BOOL, 0, "不分小时", "all hours together"),
    FIELD(turn_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(turn_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(turn_record, turn_query, turn_fields);

static const struct column turn_columns[] = {
    {"institution", COLUMN_INT, "检测机构", "laboratory"},
    {"name", COLUMN_TEXT, "名称", "name"},
    AREA_COLUMNS,
    {"hour", COLUMN_TIME, "小时", "hour of the result"},
    {"segment", COLUMN_TEXT, "环节", "segment"},
    {"segment_zh", COLUMN_TEXT, "环节（中文）", "segment in Chinese"},
    {"segment_en", COLUMN_TEXT, "环节（英文）", "segment in English"},
    {"tubes", COLUMN_INT, "管数", "tubes"},
    {"median_minutes", COLUMN_INT, "中位分钟", "median, minutes"},
    {"slow_minutes", COLUMN_INT, "九成在此分钟内", "nine tenths are through in, minutes"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* One laboratory, hour (0 = all of them together) and segment, as its classes come by. */
struct turn {
    int64_t institution, area, hour, segment, all;
    struct bh_str name; /* in the arena */
    int64_t tubes[LAB_CLASSES];
};

static void turn_row(struct reader *reader, struct cells *cells, const struct turn *turn)
{
    int64_t middle = lab_median_class(turn->tubes), slow = lab_share_class(turn->tubes, 90);
    cell_int(cells, turn->institution);
    cell_text(cells, turn->name);
    cells_area(cells, reader, turn->area);
    cell_time(cells, turn->hour == 0 ? BH_NONE : turn->hour * BH_HOUR_MS);
    cell_z(cells, segments[turn->segment].name);
    cell_z(cells, segments[turn->segment].zh);
    cell_z(cells, segments[turn->segment].en);
    cell_int(cells, turn->all);
    cell_int(cells, lab_class_ms(middle) / BH_MINUTE_MS);
    cell_int(cells, lab_class_ms(slow) / BH_MINUTE_MS);
}

/* The cursor: institution, hour and segment of the last row told, in one number. */
enum { SEGMENT_BITS = 3, HOUR_BITS = 25 };
static int64_t turn_cursor(const struct turn *turn)
{
    return turn->institution << (SEGMENT_BITS + HOUR_BITS) | turn->hour << SEGMENT_BITS |
           turn->segment;
}

static bool turn_same(const struct turn *turn, const struct rows *rows)
{
    return turn->institution == row_int(rows, 0) && turn->hour == row_int(rows, 1) &&
           turn->segment == row_int(rows, 2);
}

static void turn_start(struct reader *reader, struct turn *turn, const struct rows *rows)
{
    *turn = (struct turn){.institution = row_int(rows, 0),
                          .hour = row_int(rows, 1),
                          .segment = row_int(rows, 2),
                          .area = row_int(rows, 5),
                          .name = bh_arena_str(reader->arena, row_text(rows, 6))};
}

static bool turn_end(struct reader *reader, struct cells *cells, const struct turn *turn)
{
    if (turn->all == 0)
        return true;
    turn_row(reader, cells, turn);
    bool more = cells_row(cells);
    if (!more)
        cells_next(cells,
                   bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)turn_cursor(turn))));
    return more;
}

static void turn_rows(struct reader *reader, const struct turn_query *p, struct rows *rows)
{
    int64_t after = p->after == BH_NONE ? 0 : p->after, hours = INT64_C(1) << HOUR_BITS;
    int64_t from_ms = p->from_ms == BH_NONE ? reader->now_ms - BH_DAY_MS : p->from_ms;
    int64_t institution = after >> (SEGMENT_BITS + HOUR_BITS), segment = after & SEGMENTS;
    if (p->whole == 1)
        db_rows(reader->db, rows,
                "SELECT t.institution, 0, t.segment, t.class, SUM(t.tubes), i.area, i.name"
                " FROM lab_turn t JOIN institution i ON i.institution = t.institution"
                " WHERE (t.institution, t.segment) > (?, ?) AND t.hour >= ?"
                " GROUP BY t.institution, t.segment, t.class, i.area, i.name"
                " ORDER BY t.institution, t.segment, t.class",
                "iii", institution, p->after == BH_NONE ? -1 : segment, from_ms / BH_HOUR_MS);
    else
        db_rows(reader->db, rows,
                "SELECT t.institution, t.hour, t.segment, t.class, t.tubes, i.area, i.name"
                " FROM lab_turn t JOIN institution i ON i.institution = t.institution"
                " WHERE (t.institution, t.hour, t.segment) > (?, ?, ?) AND t.hour >= ?"
                " ORDER BY t.institution, t.hour, t.segment, t.class",
                "iiii", institution, after >> SEGMENT_BITS & (hours - 1), segment,
                from_ms / BH_HOUR_MS);
}

static bool turn_run(struct reader *reader, const void *params, struct cells *cells,
                     struct bh_err *err)
{
    const struct turn_query *p = params;
    struct turn *turn = bh_arena_get(reader->arena, sizeof *turn);
    struct scope scope;
    struct rows rows;
    bool more = true;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    turn_rows(reader, p, &rows);
    while (more && db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 5)) ||
            (p->institution != BH_NONE && p->institution != row_int(&rows, 0)))
            continue;
        if (!turn_same(turn, &rows)) {
            more = turn_end(reader, cells, turn);
            turn_start(reader, turn, &rows);
        }
        turn->tubes[row_int(&rows, 3)] = row_int(&rows, 4);
        turn->all += row_int(&rows, 4);
    }
    if (more)
        (void)turn_end(reader, cells, turn);
    return db_end(&rows, err);
}

const struct query lab_queries[] = {
    {"lab_load", "实验室负荷", "load of laboratories", &load_record, 0, PRIORITY_BOARD,
     load_columns, load_run, NULL, "area=220200"},
    {"lab_turnaround", "各环节用时", "time between the steps of a tube", &turn_record, 0,
     PRIORITY_BOARD, turn_columns, turn_run, NULL, "area=220200"},
    {0},
};
