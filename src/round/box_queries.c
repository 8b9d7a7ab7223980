#include "round/box.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "ledger/reader.h"
#include "round/lab_events.h"

#include <stddef.h>

/* Where a box is; and, to be asked for only, all that still wait for a result. */
enum box_state {
    BOX_IS_SEALED,
    BOX_IS_ON_THE_WAY,
    BOX_IS_RECEIVED,
    BOX_IS_ANSWERED,
    BOX_IS_LOST,
    BOXES_OPEN
};
static const struct choice box_states[] = {
    {"sealed", "已封箱", "sealed"},
    {"on_the_way", "在途", "on the way"},
    {"received", "已接收", "received"},
    {"answered", "已出结果", "answered"},
    {"lost", "丢失", "lost"},
    {"open", "未出结果", "without a result"},
    {NULL, NULL, NULL},
};

static enum box_state state_of(const struct box_facts *box)
{
    if (box->lost_ms != BH_NONE)
        return BOX_IS_LOST;
    if (box->received_ms != BH_NONE)
        return box->left == 0 ? BOX_IS_ANSWERED : BOX_IS_RECEIVED;
    return box->picked_ms != BH_NONE ? BOX_IS_ON_THE_WAY : BOX_IS_SEALED;
}

/* How long the oldest sample has been without a laboratory: until receipt, else until now. */
static int64_t age_minutes(const struct box_facts *box, int64_t now_ms)
{
    int64_t until_ms = box->received_ms != BH_NONE ? box->received_ms
                       : box->lost_ms != BH_NONE   ? box->lost_ms
                                                   : now_ms;
    return (until_ms - box->first_ms) / BH_MINUTE_MS;
}

/* A duration of the plan that is in force where the box was sealed; BH_NONE = no such rule. */
static int64_t plan_minutes(const struct reader *reader, const struct box_facts *box,
                            const char *param)
{
    const struct plan *plan = plans_for(reader->ledger->plans, box->area, reader->now_ms);
    const struct plan_param *found = plan_param(plan, param);
    return found && found->ms != BH_NONE ? found->ms / BH_MINUTE_MS : BH_NONE;
}

/* Until its oldest sample is too old at room temperature, by the plan; below 0 = is. BH_NONE = arrived, or no rule. */
static int64_t minutes_left(const struct reader *reader, const struct box_facts *box)
{
    int64_t most = plan_minutes(reader, box, "specimen_room_temperature_max");
    if (box->received_ms != BH_NONE || box->lost_ms != BH_NONE || most == BH_NONE)
        return BH_NONE;
    return most - age_minutes(box, reader->now_ms);
}

/* ---- boxes ---- */

struct boxes_query {
    int64_t round, area, site, state, laboratory, limit, after;
};
static const struct field boxes_fields[] = {
    FIELD(boxes_query, round, REF, 0, "轮次", "round"),
    FIELD(boxes_query, area, AREA, 0, "地区", "area"),
    FIELD(boxes_query, site, REF, 0, "采样点", "site"),
    FIELD(boxes_query, state, ENUM, 0, "状态", "state", .choices = box_states),
    FIELD(boxes_query, laboratory, REF, 0, "检测机构（已收、送往及去向未定的）",
          "laboratory: what it has, what is sent to it, and what is sent nowhere yet"),
    FIELD(boxes_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(boxes_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(boxes_record, boxes_query, boxes_fields);

static const struct column boxes_columns[] = {
    {"box", COLUMN_INT, "转运箱", "box"},
    {"code", COLUMN_TEXT, "箱码", "box code"},
    {"round", COLUMN_INT, "轮次", "round"},
    {"site", COLUMN_INT, "采样点", "site"},
    {"site_name", COLUMN_TEXT, "采样点名称", "name of the site"},
    AREA_COLUMNS,
    {"state", COLUMN_TEXT, "状态", "state"},
    {"state_zh", COLUMN_TEXT, "状态（中文）", "state in Chinese"},
    {"state_en", COLUMN_TEXT, "状态（英文）", "state in English"},
    {"tubes", COLUMN_INT, "管数", "tubes"},
    {"unanswered", COLUMN_INT, "未出结果", "tubes without a result"},
    {"first_sample", COLUMN_TIME, "首样时间", "first sample"},
    {"age_minutes", COLUMN_INT, "首样至接收分钟", "minutes from the first sample to receipt"},
    {"minutes_left", COLUMN_INT, "常温时限余分钟", "minutes left at room temperature, by the plan"},
    {"warn_minutes", COLUMN_INT, "预警分钟",
     "minutes from the first sample to a warning, by the plan"},
    {"most_minutes", COLUMN_INT, "常温时限分钟",
     "longest minutes at room temperature, by the plan"},
    {"sealed", COLUMN_TIME, "封箱", "sealed"},
    {"picked_up", COLUMN_TIME, "取箱", "picked up"},
    {"courier", COLUMN_INT, "转运队", "courier team"},
    {"received", COLUMN_TIME, "接收", "received"},
    {"laboratory", COLUMN_INT, "检测机构", "laboratory"},
    {"destination", COLUMN_INT, "送往的检测机构", "laboratory it goes to"},
    {"destination_name", COLUMN_TEXT, "送往", "name of that laboratory"},
    {"missing", COLUMN_INT, "缺失", "missing tubes"},
    {"damaged", COLUMN_INT, "损坏", "damaged tubes"},
    {"differences", COLUMN_INT, "未说明差异", "counts not explained"},
    {"incidents", COLUMN_INT, "事件", "incidents"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* Where a box is seen: where it was sealed, and where its laboratory is. */
static bool box_seen(const struct scope *scope, const struct box_facts *box)
{
    return scope_holds(scope, box->area) ||
           (box->laboratory_area != 0 && scope_holds(scope, box->laboratory_area));
}

static bool boxes_row(struct reader *reader, struct cells *cells, const struct rows *rows,
                      const struct box_facts *box)
{
    enum box_state state = state_of(box);
    cell_int(cells, box->box);
    cell_text(cells, row_text(rows, 1));
    cell_int(cells, box->round);
    cell_int(cells, box->site);
    cell_text(cells, row_text(rows, 2));
    cells_area(cells, reader, scope_holds(reader->scope, box->area) ? box->area : 0);
    cell_z(cells, box_states[state].name);
    cell_z(cells, box_states[state].zh);
    cell_z(cells, box_states[state].en);
    cell_int(cells, box->size);
    cell_int(cells, box->left);
    cell_time(cells, box->first_ms);
    cell_int(cells, age_minutes(box, reader->now_ms));
    cell_int(cells, minutes_left(reader, box));
    cell_int(cells, plan_minutes(reader, box, "specimen_warning_after"));
    cell_int(cells, plan_minutes(reader, box, "specimen_room_temperature_max"));
    cell_time(cells, box->sealed_ms);
    cell_time(cells, box->picked_ms);
    cell_int(cells, box->courier);
    cell_time(cells, box->received_ms);
    cell_int(cells, box->laboratory);
    cell_int(cells, box->destination);
    if (row_null(rows, 7))
        cell_z(cells, NULL);
    else
        cell_text(cells, row_text(rows, 7));
    for (int i = 3; i < 7; i++)
        cell_int(cells, row_int(rows, i));
    return cells_row(cells);
}

static bool state_wanted(int64_t asked, enum box_state state)
{
    return asked == BH_NONE ||
           (asked == BOXES_OPEN ? state != BOX_IS_ANSWERED && state != BOX_IS_LOST
                                : asked == (int64_t)state);
}

static bool laboratory_wanted(int64_t asked, const struct box_facts *box)
{
    int64_t at = box->laboratory != BH_NONE ? box->laboratory : box->destination;
    return asked == BH_NONE || at == BH_NONE || at == asked;
}

static bool boxes_wanted(const struct boxes_query *p, const struct scope *scope,
                         const struct box_facts *box)
{
    return box_seen(scope, box) && (p->round == BH_NONE || p->round == box->round) &&
           (p->site == BH_NONE || p->site == box->site) && state_wanted(p->state, state_of(box)) &&
           laboratory_wanted(p->laboratory, box);
}

static bool boxes_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct boxes_query *p = params;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT b.box, b.code, s.name, b.missing, b.damaged, b.differences, b.incidents, i.name"
            " FROM box b JOIN round_site s ON s.site = b.site LEFT JOIN institution i"
            " ON i.institution = b.destination WHERE b.box > ? ORDER BY b.box",
            "i", p->after == BH_NONE ? 0 : p->after);
    while (ok && more && db_next(&rows)) {
        struct box_facts box;
        ok = box_read(reader->db, row_int(&rows, 0), &box, err);
        if (!ok || !boxes_wanted(p, &scope, &box))
            continue;
        more = boxes_row(reader, cells, &rows, &box);
        if (!more)
            cells_next(cells,
                       bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)box.box)));
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- box ---- */

struct box_query {
    int64_t box;
    struct bh_str code;
};
static const struct field box_query_fields[] = {
    FIELD(box_query, box, REF, 0, "转运箱", "box"),
    FIELD(box_query, code, TEXT, 0, "箱码", "box code", .max = 32),
};
RECORD(box_query_record, box_query, box_query_fields);

/* expected, received, missing, answered, rejected: what the laboratory ticks off. */
static const char *tube_state(const struct rows *rows)
{
    if (!row_null(rows, 4))
        return "rejected";
    if (!row_null(rows, 5))
        return "answered";
    if (!row_null(rows, 3))
        return "received";
    return row_null(rows, 6) ? "expected" : "missing";
}

static bool box_tubes_json(struct reader *reader, const struct box_facts *box, json_t *list,
                           struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT t.tube, t.code, t.size, t.received_ms, t.sent_back_ms, t.resulted_ms,"
            " b.received_ms, t.collected_ms FROM tube t JOIN box b ON b.box = t.box"
            " WHERE t.box = ? ORDER BY t.tube",
            "i", box->box);
    while (db_next(&rows)) {
        json_t *one = json_object();
        struct bh_str code = row_text(&rows, 1);
        answer_set(one, "tube", json_integer(row_int(&rows, 0)));
        answer_set(one, "code", json_stringn(code.at, code.len));
        answer_set(one, "people", json_integer(row_int(&rows, 2)));
        answer_set(one, "sampled", answer_time(reader, row_int(&rows, 7)));
        answer_set(one, "state", json_string(tube_state(&rows)));
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static bool box_differences_json(struct reader *reader, int64_t box, json_t *list,
                                 struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT difference, step, expected, counted, at_ms, explained_ms FROM box_difference"
            " WHERE box = ? ORDER BY difference",
            "i", box);
    while (db_next(&rows)) {
        json_t *one = json_object();
        answer_set(one, "difference", json_integer(row_int(&rows, 0)));
        answer_set(one, "step", json_string(box_steps[row_int(&rows, 1)].name));
        answer_set(one, "expected", json_integer(row_int(&rows, 2)));
        answer_set(one, "counted", json_integer(row_int(&rows, 3)));
        answer_set(one, "at", answer_time(reader, row_int(&rows, 4)));
        answer_set(one, "explained", answer_time(reader, row_int(&rows, 5)));
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static bool box_incidents_json(struct reader *reader, int64_t box, json_t *list, struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT incident, kind, at_ms, photo FROM box_incident WHERE box = ?"
            " ORDER BY incident",
            "i", box);
    while (db_next(&rows)) {
        json_t *one = json_object();
        answer_set(one, "incident", json_integer(row_int(&rows, 0)));
        answer_set(one, "kind", json_string(incident_kinds[row_int(&rows, 1)].name));
        answer_set(one, "at", answer_time(reader, row_int(&rows, 2)));
        answer_set(one, "photo", json_boolean(!row_null(&rows, 3)));
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static json_t *text_json(struct bh_str text)
{
    return json_stringn(text.at, text.len);
}

static bool box_head_json(struct reader *reader, const struct box_facts *box, json_t *one,
                          struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT b.code, b.picked_tenths, b.received_tenths, s.name, i.name FROM box b"
            " JOIN round_site s ON s.site = b.site LEFT JOIN institution i"
            " ON i.institution = COALESCE(b.laboratory, b.destination) WHERE b.box = ?",
            "i", box->box);
    if (db_next(&rows)) {
        struct bh_str code = row_text(&rows, 0);
        answer_set(one, "site_name", text_json(row_text(&rows, 3)));
        answer_set(one, "laboratory_name",
                   row_null(&rows, 4) ? json_null() : text_json(row_text(&rows, 4)));
        answer_set(one, "code", json_stringn(code.at, code.len));
        answer_set(one, "temperature_picked_tenths", answer_int(row_int(&rows, 1)));
        answer_set(one, "temperature_received_tenths", answer_int(row_int(&rows, 2)));
    }
    answer_set(one, "box", json_integer(box->box));
    answer_set(one, "round", json_integer(box->round));
    answer_set(one, "site", json_integer(box->site));
    answer_set(one, "area",
               scope_holds(reader->scope, box->area) ? json_integer(box->area) : json_null());
    answer_set(one, "state", json_string(box_states[state_of(box)].name));
    answer_set(one, "size", json_integer(box->size));
    answer_set(one, "unanswered", json_integer(box->left));
    answer_set(one, "first_sample", answer_time(reader, box->first_ms));
    answer_set(one, "age_minutes", json_integer(age_minutes(box, reader->now_ms)));
    answer_set(one, "minutes_left", answer_int(minutes_left(reader, box)));
    answer_set(one, "sealed", answer_time(reader, box->sealed_ms));
    answer_set(one, "picked_up", answer_time(reader, box->picked_ms));
    answer_set(one, "courier", answer_int(box->courier));
    answer_set(one, "received", answer_time(reader, box->received_ms));
    answer_set(one, "laboratory", answer_int(box->laboratory));
    answer_set(one, "destination", answer_int(box->destination));
    answer_set(one, "lost", answer_time(reader, box->lost_ms));
    return db_end(&rows, err);
}

static bool box_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct box_query *p = params;
    struct box_facts box;
    int64_t number = p->box == BH_NONE ? 0 : p->box;
    bool found = false;
    if (p->box == BH_NONE && !db_int(reader->db, err, &number, &found,
                                     "SELECT box FROM box WHERE code = ?", "s", p->code))
        return false;
    if (!box_read(reader->db, number, &box, err))
        return false;
    if (!box_seen(reader->scope, &box))
        return bh_fail_field(err, BH_MISSING, "box", "没有转运箱 %lld", "there is no box %lld",
                             (long long)number);
    json_t *one = json_object(), *tubes = json_array(), *differences = json_array(),
           *incidents = json_array();
    answer_set(one, "tubes", tubes);
    answer_set(one, "differences", differences);
    answer_set(one, "incidents", incidents);
    *ret = one;
    return box_head_json(reader, &box, one, err) && box_tubes_json(reader, &box, tubes, err) &&
           box_differences_json(reader, box.box, differences, err) &&
           box_incidents_json(reader, box.box, incidents, err);
}

const struct query box_queries[] = {
    {"boxes", "转运箱", "boxes", &boxes_record, 0, PRIORITY_BOARD, boxes_columns, boxes_run, NULL,
     "round=80"},
    {"box", "一个转运箱", "one box", &box_query_record, QUERY_ONE, PRIORITY_LOOKUP, NULL, NULL,
     box_run, "code=BX0001"},
    {0},
};
