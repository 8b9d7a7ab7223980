/* Sites of a round, what they ask for, and the doors where nobody could be sampled. */
#include "round/order.h"

#include "ledger/known.h"

#include <stddef.h>

/* ---- open_site ---- */

struct open_site {
    int64_t round, area, institution, stations, samplers, from_ms, to_ms;
    struct bh_str name;
};
static const struct field open_fields[] = {
    FIELD(open_site, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(open_site, area, AREA, FIELD_REQUIRED, "社区", "community"),
    FIELD(open_site, institution, REF, FIELD_REQUIRED, "采样机构", "sampling institution"),
    FIELD(open_site, name, TEXT, FIELD_REQUIRED, "名称", "name", .min = 1, .max = 200),
    FIELD(open_site, stations, INT, FIELD_REQUIRED, "采样台", "stations", .min = 1, .max = 500),
    FIELD(open_site, samplers, INT, FIELD_REQUIRED, "采样员", "samplers", .min = 1, .max = 1000),
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct open_site, from_ms),
     .zh = "开放自",
     .en = "open from"},
    {.name = "to",
     .type = FIELD_TIME,
     .offset = offsetof(struct open_site, to_ms),
     .zh = "开放至",
     .en = "open until"},
};
RECORD(open_record, open_site, open_fields);

static bool open_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct open_site *c = body;
    ret->area = c->area;
    return known_institution(db, c->institution, err) && order_round(db, c->round, facts, err);
}

static bool open_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct open_site *c = body;
    const struct round_facts *round = facts;
    const struct scope *unit = decision_unit(d, round->area);
    if (unit && !scope_holds(unit, c->area))
        return bh_fail_field(err, BH_MISSING, "round", "该社区没有轮次 %lld",
                             "there is no round %lld in this community", (long long)c->round);
    if (round->state >= ROUND_SAMPLED_CLOSED)
        return bh_fail_field(err, BH_CONFLICT, "round", "本轮采样已结束",
                             "sampling of this round has ended");
    struct site_opened fact = {.round = c->round,
                               .institution = c->institution,
                               .stations = c->stations,
                               .samplers = c->samplers,
                               .from_ms = c->from_ms,
                               .to_ms = c->to_ms,
                               .name = c->name};
    decision_emit(d, ORDER_SITE_OPENED, NULL, &fact);
    struct round_moved_on on = {c->round, ROUND_SAMPLING, BH_NONE, {NULL, 0}};
    struct event_head head = {.area = round->area};
    if (round->state == ROUND_ORDERED)
        decision_emit(d, ORDER_ROUND_MOVED_ON, &head, &on);
    return true;
}

/* ---- tell_site, close_site ---- */

struct tell_site {
    int64_t site, queue, waiting_minutes, samplers;
};
static const struct field tell_fields[] = {
    FIELD(tell_site, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(tell_site, queue, INT, FIELD_REQUIRED, "排队人数", "people waiting", .min = 0,
          .max = 100000, .unit = "persons"),
    FIELD(tell_site, waiting_minutes, INT, FIELD_REQUIRED, "等候分钟", "minutes of waiting",
          .min = 0, .max = 1440, .unit = "min"),
    FIELD(tell_site, samplers, INT, FIELD_REQUIRED, "在岗采样员", "samplers at work", .min = 0,
          .max = 1000),
};
RECORD(tell_record, tell_site, tell_fields);

struct close_site {
    int64_t site, waste_bags;
};
static const struct field close_fields[] = {
    FIELD(close_site, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(close_site, waste_bags, INT, 0, "医疗废物袋数", "bags of waste", .min = 0, .max = 100000),
};
RECORD(close_record, close_site, close_fields);

/* Both bodies begin with the site. */
static bool site_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    struct site_facts *site = facts;
    if (!order_site(db, *(const int64_t *)body, site, err))
        return false;
    ret->area = site->area;
    return true;
}

struct close_facts {
    struct site_facts site;
    int64_t loose; /* tubes that are in no sealed box */
};

static bool close_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct close_site *c = body;
    struct close_facts *load = facts;
    return site_load(db, body, &load->site, ret, err) &&
           db_int(db, err, &load->loose, NULL,
                  "SELECT tubes - boxed FROM site_count WHERE site = ?", "i", c->site);
}

static bool check_open(const struct site_facts *site, struct bh_err *err)
{
    return site->closed_ms == BH_NONE ||
           bh_fail_field(err, BH_CONFLICT, "site", "采样点已关闭", "the site is closed");
}

static bool tell_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct tell_site *c = body;
    const struct site_facts *site = facts;
    struct site_told fact = {c->site, site->round, c->queue, c->waiting_minutes, c->samplers};
    if (!check_open(site, err))
        return false;
    decision_emit(d, ORDER_SITE_TOLD, NULL, &fact);
    return true;
}

static bool close_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct close_site *c = body;
    const struct close_facts *load = facts;
    struct site_closed fact = {c->site, load->site.round, c->waste_bags};
    if (!check_open(&load->site, err))
        return false;
    if (load->loose > 0)
        return bh_fail_field(err, BH_CONFLICT, "site", "还有 %lld 管未装箱封存",
                             "%lld tubes are not in a sealed box", (long long)load->loose);
    decision_emit(d, ORDER_SITE_CLOSED, NULL, &fact);
    return true;
}

/* ---- record_missed, exempt_resident ---- */

struct record_missed {
    int64_t round, slot, count, reason;
};
static const struct field missed_fields[] = {
    FIELD(record_missed, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(record_missed, slot, INT, FIELD_REQUIRED, "首个序号", "first slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(record_missed, count, INT, 0, "人数", "people", .min = 1, .max = 100, .unit = "persons"),
    FIELD(record_missed, reason, ENUM, FIELD_REQUIRED, "原因", "reason", .choices = missed_reasons),
};
RECORD(missed_record, record_missed, missed_fields);

struct exempt_resident {
    int64_t round, slot, reason;
    struct bh_sealed note;
};
static const struct field exempt_fields[] = {
    FIELD(exempt_resident, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(exempt_resident, slot, INT, FIELD_REQUIRED, "序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(exempt_resident, reason, ENUM, FIELD_REQUIRED, "原因", "reason",
          .choices = exempt_reasons),
    FIELD(exempt_resident, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(exempt_record, exempt_resident, exempt_fields);

struct slot_load {
    struct round_facts round;
    struct roll_block block;
    bool sampled, away, covered;
};

static bool slot_load(struct db *db, int64_t round, int64_t slot, struct slot_load *load,
                      struct target *ret, struct bh_err *err)
{
    int64_t one = 0;
    bool found = false;
    if (!order_round(db, round, &load->round, err) ||
        !roll_block_of(db, load->round.roll, slot, &load->block, &found, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "slot", "名册上没有第 %lld 号",
                             "the roll has no slot %lld", (long long)slot);
    ret->area = load->block.area;
    int64_t id = load->round.ordinal << 32 | slot;
    return db_int(db, err, &one, &load->sampled, "SELECT tube FROM sample WHERE id = ?", "i", id) &&
           db_int(db, err, &one, &load->away, "SELECT seq FROM round_away WHERE id = ?", "i", id) &&
           db_int(db, err, &one, &load->covered,
                  "SELECT 1 FROM round_count WHERE round = ? AND area = ?", "ii", round,
                  load->block.area);
}

static bool check_slot(const struct slot_load *load, struct bh_err *err)
{
    if (load->round.state == ROUND_CLOSED)
        return bh_fail_field(err, BH_CONFLICT, "round", "本轮已结束", "the round is closed");
    if (!load->covered)
        return bh_fail_field(err, BH_INVALID, "slot", "此人不在本轮范围内",
                             "this resident is not in the round");
    return true;
}

static bool missed_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct record_missed *c = body;
    return slot_load(db, c->round, c->slot, facts, ret, err);
}

static bool missed_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct record_missed *c = body;
    const struct slot_load *load = facts;
    struct door_missed fact = {c->round, c->slot, c->count == BH_NONE ? 1 : c->count, c->reason};
    if (!check_slot(load, err))
        return false;
    if (c->slot + fact.count - 1 > load->block.last_slot)
        return bh_fail_field(err, BH_INVALID, "count", "超出该户所在的名册分段",
                             "these slots go beyond the block of the roll");
    decision_emit(d, ORDER_DOOR_MISSED, NULL, &fact);
    return true;
}

static bool exempt_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct exempt_resident *c = body;
    return slot_load(db, c->round, c->slot, facts, ret, err);
}

static bool exempt_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct exempt_resident *c = body;
    const struct slot_load *load = facts;
    struct resident_exempted fact = {c->round, load->round.ordinal, c->slot, c->reason, c->note};
    if (!check_slot(load, err))
        return false;
    if (load->sampled)
        return bh_fail_field(err, BH_CONFLICT, "slot", "此人本轮已采样",
                             "this resident was sampled in this round");
    if (load->away)
        return bh_fail_field(err, BH_CONFLICT, "slot", "此人本轮已免检或不在",
                             "this resident is exempt or away already");
    decision_emit(d, ORDER_RESIDENT_EXEMPTED, NULL, &fact);
    return true;
}

/* ---- request_supplies, send_supplies, refuse_supplies ---- */

struct request_supplies {
    int64_t site, kind, count;
    struct bh_sealed note;
};
static const struct field request_fields[] = {
    FIELD(request_supplies, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(request_supplies, kind, ENUM, FIELD_REQUIRED, "所需", "what", .choices = supply_kinds),
    FIELD(request_supplies, count, INT, FIELD_REQUIRED, "数量（人、管、件）",
          "how many (persons, tubes, pieces)", .min = 1, .max = 1000000),
    FIELD(request_supplies, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(request_record, request_supplies, request_fields);

struct send_supplies {
    int64_t request, count;
};
static const struct field send_fields[] = {
    FIELD(send_supplies, request, REF, FIELD_REQUIRED, "请求", "request"),
    FIELD(send_supplies, count, INT, FIELD_REQUIRED, "发出数量", "how many are sent", .min = 1,
          .max = 1000000),
};
RECORD(send_record, send_supplies, send_fields);

struct refuse_supplies {
    int64_t request, reason;
    struct bh_sealed note;
};
static const struct field refuse_fields[] = {
    FIELD(refuse_supplies, request, REF, FIELD_REQUIRED, "请求", "request"),
    FIELD(refuse_supplies, reason, ENUM, FIELD_REQUIRED, "原因", "reason",
          .choices = supply_refusals),
    FIELD(refuse_supplies, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(refuse_record, refuse_supplies, refuse_fields);

static bool request_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct request_supplies *c = body;
    const struct site_facts *site = facts;
    struct supply_requested fact = {
        .round = site->round, .site = c->site, .kind = c->kind, .count = c->count, .note = c->note};
    if (!check_open(site, err))
        return false;
    decision_emit(d, ORDER_SUPPLY_REQUESTED, NULL, &fact);
    return true;
}

struct request_load {
    int64_t round, site, asked_ms, answered_ms;
};

/* Both answers begin with the request. */
static bool request_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    struct request_load *load = facts;
    int64_t request = *(const int64_t *)body;
    struct rows rows;
    bool found = false;
    db_rows(db, &rows,
            "SELECT round, site, area, asked_ms, answered_ms FROM round_request WHERE request = ?",
            "i", request);
    if (db_next(&rows)) {
        *load = (struct request_load){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 3),
                                      row_int(&rows, 4)};
        ret->area = row_int(&rows, 2);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "request", "没有请求 %lld",
                                  "there is no request %lld", (long long)request);
}

static bool check_request(struct decision *d, const struct request_load *load, struct bh_err *err)
{
    if (load->answered_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "request", "该请求已答复",
                             "this request was answered already");
    return decision_occurred(d) >= load->asked_ms ||
           bh_fail(err, BH_INVALID, "时间早于请求", "this lies before the request");
}

static bool send_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct send_supplies *c = body;
    const struct request_load *load = facts;
    struct supply_sent fact = {c->request, load->round, load->site, c->count};
    if (!check_request(d, load, err))
        return false;
    decision_emit(d, ORDER_SUPPLY_SENT, NULL, &fact);
    return true;
}

static bool refuse_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct refuse_supplies *c = body;
    const struct request_load *load = facts;
    struct supply_refused fact = {c->request, load->round, load->site, c->reason, c->note};
    if (!check_request(d, load, err))
        return false;
    decision_emit(d, ORDER_SUPPLY_REFUSED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"open_site", "开放采样点", "open a site", &open_record, PRIORITY_RESULT,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct round_facts), open_load, open_decide,
     "{\"round\": 80, \"area\": \"220202001001\", \"institution\": 5, \"name\": "
     "\"社区广场\", \"stations\": 4, \"samplers\": 8}"},
    {"tell_site", "报排队情况", "tell the queue of a site", &tell_record, PRIORITY_SAMPLING,
     COMMAND_PAST, sizeof(struct site_facts), site_load, tell_decide,
     "{\"site\": 90, \"queue\": 40, \"waiting_minutes\": 12, \"samplers\": 8}"},
    {"close_site", "关闭采样点", "close a site", &close_record, PRIORITY_RESULT, COMMAND_PAST,
     sizeof(struct close_facts), close_load, close_decide, "{\"site\": 90, \"waste_bags\": 3}"},
    {"record_missed", "记录未采到", "a door where nobody could be sampled", &missed_record,
     PRIORITY_SAMPLING, COMMAND_PAST, sizeof(struct slot_load), missed_load, missed_decide,
     "{\"round\": 80, \"slot\": 12, \"count\": 3, \"reason\": \"absent\"}"},
    {"exempt_resident", "本轮免检", "exempt a resident from a round", &exempt_record,
     PRIORITY_SAMPLING, COMMAND_PAST, sizeof(struct slot_load), exempt_load, exempt_decide,
     "{\"round\": 80, \"slot\": 12, \"reason\": \"medical\"}"},
    {"request_supplies", "请求人员物资", "ask for staff or supplies", &request_record,
     PRIORITY_SAMPLING, COMMAND_PAST, sizeof(struct site_facts), site_load, request_decide,
     "{\"site\": 90, \"kind\": \"tubes\", \"count\": 200}"},
    {"send_supplies", "发出支援", "send what a site asked for", &send_record, PRIORITY_RESULT,
     COMMAND_PAST, sizeof(struct request_load), request_load, send_decide,
     "{\"request\": 130, \"count\": 200}"},
    {"refuse_supplies", "不能支援", "refuse what a site asked for", &refuse_record, PRIORITY_RESULT,
     COMMAND_PAST, sizeof(struct request_load), request_load, refuse_decide,
     "{\"request\": 130, \"reason\": \"none_left\"}"},
    {0},
};

/* ---- reactions ---- */

/* Nothing is owed to a site that is closed. */
static bool react_closed(struct decision *d, struct db *db, const struct event *event,
                         struct bh_err *err)
{
    const struct site_closed *f = event->fields;
    struct event_head head = {.area = event->area};
    struct rows rows;
    db_rows(db, &rows,
            "SELECT request FROM round_request WHERE site = ? AND answered_ms IS NULL"
            " ORDER BY request",
            "i", f->site);
    while (db_next(&rows)) {
        struct supply_refused fact = {.request = row_int(&rows, 0),
                                      .round = f->round,
                                      .site = f->site,
                                      .reason = REFUSAL_SITE_CLOSED};
        decision_emit(d, ORDER_SUPPLY_REFUSED, &head, &fact);
    }
    return db_end(&rows, err);
}

static const struct reaction reactions[] = {
    {ORDER_SITE_CLOSED, {ORDER_SUPPLY_REFUSED}, react_closed},
    {0},
};

const struct link site_link = {
    .name = "site",
    .zh = "采样点与敲门",
    .en = "sites and doors",
    .events = (const struct event_kind[]){{0}},
    .commands = commands,
    .queries = site_queries,
    .reactions = reactions,
    .tables = (const struct derived_table[]){{NULL, NULL, NULL}},
    .apply = NULL,
};
