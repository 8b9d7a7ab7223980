/* What a round asks for, held against what there is, before it begins; and how it ends. */
#include "round/order.h"

#include "base/time.h"
#include "ledger/duty_events.h"
#include "ledger/duty_facts.h"
#include "ledger/known.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "round/lab_events.h"
#include "round/sample_events.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- what there is ---- */

int64_t order_plan_value(const struct plan *plan, const char *id, int64_t otherwise)
{
    const struct plan_param *param = plan_param(plan, id);
    if (!param)
        return otherwise;
    if (param->ms != BH_NONE)
        return param->ms;
    return param->number != BH_NONE ? param->number : otherwise;
}

void order_means_in(const struct plan *plan, const struct scope *scope,
                    const struct order_capacity *capacities, size_t count, int64_t pool_sizes[8],
                    struct order_means *ret)
{
    const struct plan_param *sizes = plan_param(plan, "pool_sizes");
    *ret = (struct order_means){
        .people_per_sampler = order_plan_value(plan, "sampler_people", 0),
        .lead_ms = order_plan_value(plan, "round_lead_time", 0),
        .pool_sizes = pool_sizes,
        .pool_size_count = sizes ? order_pool_sizes(sizes->value, pool_sizes, 8) : 0,
    };
    for (size_t i = 0; i < count; i++) {
        if (scope && !scope_holds(scope, capacities[i].area))
            continue;
        ret->tubes_per_hour += capacities[i].tubes_per_hour;
        ret->samplers += capacities[i].samplers;
        ret->tube_stock += capacities[i].tube_stock;
    }
}

void order_need_of(const struct roll_community *communities, size_t count,
                   const struct scope *scope, struct order_need *ret)
{
    *ret = (struct order_need){0};
    for (size_t i = 0; i < count; i++) {
        const struct roll_community *one = &communities[i];
        if (scope && !scope_holds(scope, one->area))
            continue;
        ret->due += one->residents;
        ret->exempt += one->away;
        ret->key_people += one->key_people;
        ret->sealed_homes += one->sealed_homes;
        ret->sealed_people += one->sealed_people;
    }
}

int64_t order_within_ms(const struct plan *plan, int64_t people)
{
    bool small = people <= order_plan_value(plan, "round_small_population_max", INT64_MAX);
    return order_plan_value(plan, small ? "round_within_small" : "round_within_large", BH_NONE);
}

/* ---- order_round ---- */

struct order_round {
    int64_t area, roll, starts_ms, deadline_ms, pool_size;
    int64_t household_tubes, key_single, antigen_first;
    struct bh_str accept_shortfall;
};
static const struct field round_fields[] = {
    FIELD(order_round, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(order_round, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    {.name = "starts",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .offset = offsetof(struct order_round, starts_ms),
     .zh = "开始",
     .en = "starts"},
    {.name = "deadline",
     .type = FIELD_TIME,
     .offset = offsetof(struct order_round, deadline_ms),
     .zh = "截止（不填则按方案）",
     .en = "deadline; the plan's when not given"},
    FIELD(order_round, pool_size, INT, 0, "混采人数（不填则按方案）",
          "persons in a tube; the plan's when not given", .min = 1, .max = ORDER_POOL_MAX,
          .unit = "persons"),
    FIELD(order_round, household_tubes, BOOL, 0, "封控户一户一管", "one tube for each sealed home"),
    FIELD(order_round, key_single, BOOL, 0, "重点人群单采单检", "key people singly"),
    FIELD(order_round, antigen_first, BOOL, 0, "先做抗原", "antigen first"),
    FIELD(order_round, accept_shortfall, TEXT, 0, "能力不足仍下令的理由",
          "why it is ordered though capacity is short", .min = 2, .max = 1000),
};
RECORD(round_record, order_round, round_fields);

struct round_load {
    struct roll_facts roll;
    int64_t ordinal, number; /* of the new round */
    int64_t open;            /* rounds over this roll */
    size_t community_count, capacity_count, beside_count;
    struct roll_community communities[ORDER_AREAS_MAX];
    struct order_capacity capacities[ORDER_CAPACITIES_MAX];
    struct order_beside beside[ORDER_BESIDE_MAX];
};

static bool round_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct order_round *c = body;
    struct round_load *load = facts;
    ret->area = c->area;
    return roll_read(db, c->roll, &load->roll, err) &&
           roll_communities(db, c->roll, c->starts_ms, load->communities, ORDER_AREAS_MAX,
                            &load->community_count, err) &&
           order_capacities(db, c->starts_ms, load->capacities, &load->capacity_count, err) &&
           order_beside_read(db, load->beside, &load->beside_count, err) &&
           db_int(db, err, &load->ordinal, NULL, "SELECT coalesce(MAX(ordinal), 0) + 1 FROM round",
                  "") &&
           db_int(db, err, &load->open, NULL,
                  "SELECT COUNT(*) FROM round WHERE roll = ? AND state < ?", "ii", c->roll,
                  (int64_t)ROUND_CLOSED) &&
           db_int(db, err, &load->number, NULL, "SELECT COUNT(*) + 1 FROM round WHERE area = ?",
                  "i", c->area);
}

static bool check_place(struct decision *d, const struct order_round *c,
                        const struct round_load *load, struct bh_err *err)
{
    const struct scope *mine = decision_unit(d, c->area),
                       *rolls = decision_unit(d, load->roll.area);
    if (!decision_holds(d, load->roll.area))
        return bh_fail_field(err, BH_MISSING, "roll", "没有名册 %lld", "there is no roll %lld",
                             (long long)c->roll);
    const struct areas *areas = decision_ledger(d)->areas;
    const struct unit *unit = areas_lowest(areas, c->area, decision_occurred(d));
    if (!unit || areas_unit_leaf(areas, unit) != c->area)
        return bh_fail_field(err, BH_INVALID, "area", "一轮检测按县（市、区）或更大地区下达",
                             "a round is ordered for a county or a larger unit");
    if (!mine || !rolls || !scope_covers(rolls, mine))
        return bh_fail_field(err, BH_INVALID, "area", "该地区不在名册范围内",
                             "this area lies outside the roll");
    if (!decision_covers(d, mine))
        return bh_fail_field(err, BH_MISSING, "area", "没有这个地区", "no such area");
    if (load->open >= ORDER_OPEN_MAX)
        return bh_fail_field(err, BH_CONFLICT, "roll", "该名册未结束的轮次已达 %d 个",
                             "%d rounds over this roll are not closed yet", ORDER_OPEN_MAX);
    if (load->community_count > ORDER_AREAS_MAX)
        return bh_fail_field(err, BH_TOO_BIG, "roll", "名册的社区超过 %d 个",
                             "the roll has over %d communities", ORDER_AREAS_MAX);
    return true;
}

bool order_terms(const struct plan *plan, const struct order_means *means, int64_t people,
                 int64_t starts_ms, int64_t *deadline_ms, int64_t *pool_size, struct bh_err *err)
{
    int64_t within_ms = order_within_ms(plan, people);
    bool listed = means->pool_size_count == 0;
    if (*deadline_ms == BH_NONE && within_ms != BH_NONE)
        *deadline_ms = starts_ms + within_ms;
    if (*deadline_ms == BH_NONE)
        return bh_fail_field(err, BH_INVALID, "deadline", "方案没有规定时限，请填写截止时间",
                             "the plan has no time for a round, give a deadline");
    if (*deadline_ms <= starts_ms)
        return bh_fail_field(err, BH_INVALID, "deadline", "截止时间不晚于开始时间",
                             "the deadline is not after the start");
    if (*pool_size == BH_NONE)
        *pool_size = order_plan_value(plan, "pool_size_max", BH_NONE);
    if (*pool_size == BH_NONE)
        return bh_fail_field(err, BH_INVALID, "pool_size", "方案没有规定混采人数，请填写",
                             "the plan has no pool size, give one");
    for (size_t i = 0; i < means->pool_size_count; i++)
        listed = listed || means->pool_sizes[i] == *pool_size;
    return listed ||
           bh_fail_field(err, BH_INVALID, "pool_size", "方案不允许 %lld 混 1",
                         "the plan does not allow %lld persons in a tube", (long long)*pool_size);
}

static bool fill_shares(struct decision *d, const struct round_load *load,
                        const struct scope *scope, struct round_ordered *fact, struct bh_err *err)
{
    struct round_share *shares =
        bh_arena_get(decision_arena(d), (load->community_count + 1) * sizeof *shares);
    size_t count = 0;
    for (size_t i = 0; i < load->community_count; i++)
        if (scope_holds(scope, load->communities[i].area))
            shares[count++] =
                (struct round_share){load->communities[i].area, load->communities[i].residents,
                                     load->communities[i].away};
    fact->shares = (struct bh_list){shares, count};
    return count > 0 || bh_fail_field(err, BH_CONFLICT, "roll", "名册在该地区还没有住户",
                                      "the roll lists nobody in this area");
}

static bool refuse_short(const struct decision *d, const struct order_shortage *s,
                         struct bh_err *err)
{
    const struct choice *kind = &shortage_kinds[s->kind];
    char finish[BH_TIME_TEXT] = "", zh[BH_MESSAGE_MAX], en[BH_MESSAGE_MAX];
    long long needed = s->needed, available = s->available, pool = s->pool_advised;
    if (s->finish_ms != BH_NONE)
        bh_time_format(s->finish_ms, decision_ledger(d)->zone_minutes, finish);
    int zh_len =
        snprintf(zh, sizeof zh, "%s不足：需要 %lld，现有 %lld，%s%s", kind->zh, needed, available,
                 finish[0] ? "按现有能力完成于 " : "按现有能力无法完成", finish);
    int en_len = snprintf(en, sizeof en, "%s is short: %lld needed, %lld there, %s%s", kind->en,
                          needed, available, finish[0] ? "finished at " : "never finished", finish);
    if (s->pool_advised != BH_NONE) {
        (void)snprintf(zh + zh_len, sizeof zh - (size_t)zh_len, "；可改为 %lld 混 1", pool);
        (void)snprintf(en + en_len, sizeof en - (size_t)en_len, "; take %lld to one here", pool);
    }
    return bh_fail_field(err, BH_CONFLICT, "accept_shortfall",
                         "%s；请求支援，或写明仍下令的理由%.0s",
                         "%.0s%s; ask for help, or say why it is ordered all the same", zh, en);
}

static void emit_shortages(struct decision *d, int64_t round, const struct order_shortage *list,
                           int count, struct bh_str because)
{
    for (int i = 0; i < count; i++) {
        struct round_short fact = {
            .round = round,
            .kind = list[i].kind,
            .needed = list[i].needed,
            .available = list[i].available,
            .finish_ms = list[i].finish_ms,
            .pool_advised = list[i].pool_advised,
            .accepted_because = because,
        };
        decision_emit(d, ORDER_ROUND_SHORT, NULL, &fact);
    }
}

static bool round_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct order_round *c = body;
    const struct round_load *load = facts;
    const struct plan *plan = plans_for(decision_ledger(d)->plans, c->area, c->starts_ms);
    int64_t pool_sizes[8];
    struct order_means means;
    struct order_need need;
    struct order_shortage shortages[ORDER_SHORTAGES];
    if (!check_place(d, c, load, err))
        return false;
    const struct scope *scope = decision_unit(d, c->area);
    struct round_ordered fact = {
        .roll = c->roll,
        .ordinal = load->ordinal,
        .number = load->number,
        .starts_ms = c->starts_ms,
        .deadline_ms = c->deadline_ms,
        .pool_size = c->pool_size,
        .household_tubes = c->household_tubes,
        .key_single = c->key_single,
        .antigen_first = c->antigen_first,
    };
    order_means_in(plan, scope, load->capacities, load->capacity_count, pool_sizes, &means);
    order_need_of(load->communities, load->community_count, scope, &need);
    if (!order_terms(plan, &means, need.due, c->starts_ms, &fact.deadline_ms, &fact.pool_size,
                     err) ||
        !fill_shares(d, load, scope, &fact, err))
        return false;
    order_beside_add(decision_ledger(d)->areas, scope, load->beside, load->beside_count,
                     load->capacities, load->capacity_count, fact.starts_ms, fact.deadline_ms,
                     &means);
    need.pool_size = fact.pool_size;
    need.household_tubes = c->household_tubes == 1;
    need.key_single = c->key_single == 1;
    fact.tubes_expected = order_tubes(&need);
    int count = order_shortages(&need, &means, fact.starts_ms, fact.deadline_ms, shortages);
    if (count > 0 && c->accept_shortfall.len == 0)
        return refuse_short(d, &shortages[0], err);
    int64_t round = decision_emit(d, ORDER_ROUND_ORDERED, NULL, &fact);
    emit_shortages(d, round, shortages, count, c->accept_shortfall);
    return true;
}

/* ---- tell_capacity ---- */

static bool capacity_load(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    const struct capacity_told *c = body;
    bool found = false;
    (void)facts;
    return known_institution(db, c->institution, err) &&
           db_int(db, err, &ret->area, &found, "SELECT area FROM institution WHERE institution = ?",
                  "i", c->institution);
}

static bool capacity_decide(struct decision *d, const void *body, const void *facts,
                            struct bh_err *err)
{
    const struct capacity_told *c = body;
    (void)facts;
    if (c->tubes_per_hour == BH_NONE && c->samplers == BH_NONE && c->tube_stock == BH_NONE)
        return bh_fail(err, BH_INVALID, "请给出检测能力、采样员或采样管库存",
                       "give tubes an hour, samplers, or tubes in stock");
    decision_emit(d, ORDER_CAPACITY_TOLD, NULL, c);
    return true;
}

/* ---- move_round_on, close_round ---- */

struct move_round_on {
    int64_t round, to;
    struct bh_str because;
};
static const struct field move_fields[] = {
    FIELD(move_round_on, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(move_round_on, to, ENUM, FIELD_REQUIRED, "进入", "to", .choices = round_states),
    FIELD(move_round_on, because, TEXT, 0, "理由", "because", .max = 1000),
};
RECORD(move_record, move_round_on, move_fields);

struct move_load {
    struct round_facts round;
    int64_t missing;
};

static bool missing_now(struct db *db, int64_t round, int64_t *ret, struct bh_err *err)
{
    return db_int(db, err, ret, NULL,
                  "SELECT coalesce(SUM(due - exempt - sampled), 0) FROM round_count"
                  " WHERE round = ?",
                  "i", round);
}

static bool move_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct move_round_on *c = body;
    struct move_load *load = facts;
    if (!order_round(db, c->round, &load->round, err))
        return false;
    ret->area = load->round.area;
    return missing_now(db, c->round, &load->missing, err);
}

static bool move_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct move_round_on *c = body;
    const struct move_load *load = facts;
    const struct plan *plan =
        plans_for(decision_ledger(d)->plans, load->round.area, load->round.starts_ms);
    struct round_moved_on fact = {c->round, c->to, load->missing, c->because};
    if (!order_may_move(load->round.state, c->to))
        return bh_fail_field(err, BH_CONFLICT, "to", "本轮处于“%s”，不能进入“%s”%.0s%.0s",
                             "%.0s%.0sthe round is in state %s, it cannot go on to %s",
                             round_states[load->round.state].zh, round_states[c->to].zh,
                             round_states[load->round.state].en, round_states[c->to].en);
    if (c->to == ROUND_SAMPLED_CLOSED && c->because.len == 0 &&
        fact.missed > order_plan_value(plan, "round_missed_allowed", 0))
        return bh_fail_field(err, BH_CONFLICT, "because",
                             "还有 %lld 人未采；请补采，或写明结束采样的理由",
                             "%lld people are still owed a sample; sample them, or say why "
                             "sampling ends",
                             (long long)fact.missed);
    decision_emit(d, ORDER_ROUND_MOVED_ON, NULL, &fact);
    return true;
}

struct close_round {
    int64_t round;
};
static const struct field close_fields[] = {
    FIELD(close_round, round, REF, FIELD_REQUIRED, "轮次", "round"),
};
RECORD(close_record, close_round, close_fields);

struct close_load {
    struct round_facts round;
    struct round_totals totals;
    int64_t open_sites;
    int64_t shortages[ORDER_SHORTAGES]; /* not met */
    int shortage_count;
};

static bool load_shortages(struct db *db, int64_t round, struct close_load *load,
                           struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT shortage FROM round_shortage WHERE round = ? AND met_ms IS NULL"
            " ORDER BY shortage",
            "i", round);
    while (load->shortage_count < ORDER_SHORTAGES && db_next(&rows))
        load->shortages[load->shortage_count++] = row_int(&rows, 0);
    return db_end(&rows, err);
}

static bool close_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct close_round *c = body;
    struct close_load *load = facts;
    if (!order_round(db, c->round, &load->round, err))
        return false;
    ret->area = load->round.area;
    return order_totals(db, c->round, &load->totals, err) &&
           load_shortages(db, c->round, load, err) &&
           db_int(db, err, &load->open_sites, NULL,
                  "SELECT COUNT(*) FROM round_site WHERE round = ? AND closed_ms IS NULL", "i",
                  c->round);
}

static bool close_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct close_round *c = body;
    const struct close_load *load = facts;
    const struct round_totals *t = &load->totals;
    if (load->round.state != ROUND_SAMPLED_CLOSED)
        return bh_fail_field(err, BH_CONFLICT, "round", "采样尚未结束，或本轮已结束",
                             "sampling has not ended, or the round is closed already");
    if (load->open_sites > 0)
        return bh_fail_field(err, BH_CONFLICT, "round", "还有 %lld 个采样点未关闭",
                             "%lld sites are still open", (long long)load->open_sites);
    if (t->reported < t->tubes)
        return bh_fail_field(err, BH_CONFLICT, "round", "还有 %lld 管没有结果",
                             "%lld tubes have no result", (long long)(t->tubes - t->reported));
    if (t->pools_resolved < t->pools_positive)
        return bh_fail_field(err, BH_CONFLICT, "round", "还有 %lld 个阳性混管未处置完",
                             "%lld positive pools are not resolved",
                             (long long)(t->pools_positive - t->pools_resolved));
    struct round_closed fact = {c->round,  t->due,   t->sampled,       t->exempt,
                                t->missed, t->tubes, t->pools_positive};
    decision_emit(d, ORDER_ROUND_CLOSED, NULL, &fact);
    for (int i = 0; i < load->shortage_count; i++) {
        struct shortage_met met = {load->shortages[i], c->round};
        decision_emit(d, ORDER_SHORTAGE_MET, NULL, &met);
    }
    return true;
}

static const struct command commands[] = {
    {"order_round", "下达全员检测", "order a round", &round_record, PRIORITY_RESULT, 0,
     sizeof(struct round_load), round_load, round_decide,
     "{\"area\": \"220200\", \"roll\": 70, \"starts\": \"2022-03-17T23:00:00+08:00\","
     " \"pool_size\": 10, \"household_tubes\": true, \"key_single\": true}"},
    {"tell_capacity", "报告检测与采样能力", "tell what an institution can do",
     &capacity_told_record, PRIORITY_RESULT, COMMAND_CSV, 0, capacity_load, capacity_decide,
     "{\"institution\": 6, \"tubes_per_hour\": 1200}"},
    {"move_round_on", "进入下一阶段", "move a round on", &move_record, PRIORITY_RESULT, 0,
     sizeof(struct move_load), move_load, move_decide, "{\"round\": 80, \"to\": \"mop_up\"}"},
    {"close_round", "结束本轮", "close a round", &close_record, PRIORITY_RESULT, 0,
     sizeof(struct close_load), close_load, close_decide, "{\"round\": 80}"},
    {0},
};

/* ---- reactions ---- */

/* The plan's time for mopping up has come and nobody has ordered it: it begins all the same. */
static bool react_overdue(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct duty_overdue *f = event->fields;
    char rule[DUTY_RULE_TEXT];
    int64_t round = 0;
    bool found = false;
    struct round_facts facts;
    if (!duty_about(db, f->duty, rule, &round, &found, err))
        return false;
    if (!found || strcmp(rule, "start_mop_up") != 0)
        return true;
    if (!order_round(db, round, &facts, err))
        return false;
    if (facts.state != ROUND_SAMPLING)
        return true;
    struct round_moved_on fact = {round, ROUND_MOP_UP, 0, {NULL, 0}};
    struct event_head head = {.area = facts.area};
    if (!missing_now(db, round, &fact.missed, err))
        return false;
    decision_emit(d, ORDER_ROUND_MOVED_ON, &head, &fact);
    return true;
}

/* What is there now, in the round's area, for one kind of shortage. */
static bool means_now(struct decision *d, struct db *db, int64_t area, int64_t kind, int64_t *ret,
                      struct bh_err *err)
{
    struct order_capacity *capacities =
        bh_arena_get(decision_arena(d), ORDER_CAPACITIES_MAX * sizeof *capacities);
    const struct plan *plan = plans_for(decision_ledger(d)->plans, area, decision_now(d));
    struct order_means means;
    int64_t pool_sizes[8];
    size_t count = 0;
    if (!order_capacities(db, decision_now(d), capacities, &count, err))
        return false;
    order_means_in(plan, decision_unit(d, area), capacities, count, pool_sizes, &means);
    *ret = kind == SHORT_LABORATORY ? means.tubes_per_hour
           : kind == SHORT_SAMPLERS ? means.samplers
                                    : means.tube_stock;
    return true;
}

static bool react_capacity(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    (void)event;
    db_rows(db, &rows,
            "SELECT s.shortage, s.round, s.kind, s.needed, r.area FROM round_shortage s JOIN round "
            "r ON r.round = s.round WHERE s.met_ms IS NULL AND r.state < ? ORDER BY s.shortage",
            "i", (int64_t)ROUND_CLOSED);
    while (ok && db_next(&rows)) {
        struct shortage_met fact = {row_int(&rows, 0), row_int(&rows, 1)};
        struct event_head head = {.area = row_int(&rows, 4)};
        int64_t there = 0;
        ok = means_now(d, db, head.area, row_int(&rows, 2), &there, err);
        if (ok && there >= row_int(&rows, 3))
            decision_emit(d, ORDER_SHORTAGE_MET, &head, &fact);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

static const struct reaction reactions[] = {
    {DUTY_OVERDUE, {ORDER_ROUND_MOVED_ON}, react_overdue},
    {ORDER_CAPACITY_TOLD, {ORDER_SHORTAGE_MET}, react_capacity},
    {ORDER_ROUND_MOVED_ON,
     {ORDER_COMMUNITY_MISSED, ORDER_COMMUNITY_RELEASED, ORDER_LISTS_ADVANCED},
     order_lists_moved},
    {ORDER_RESIDENT_EXEMPTED,
     {ORDER_COMMUNITY_MISSED, ORDER_COMMUNITY_COMPLETE},
     order_lists_exempted},
    {ORDER_COMMUNITY_JOINED, {ORDER_COMMUNITY_MISSED}, order_lists_joined},
    {SAMPLE_UNDONE, {ORDER_ROUND_MOVED_ON, ORDER_COMMUNITY_MISSED}, order_lists_undone},
    {LAB_TUBE_REJECTED, {ORDER_ROUND_MOVED_ON, ORDER_COMMUNITY_MISSED}, order_lists_rejected},
    {ROLL_RESIDENT_CHANGED,
     {ORDER_COMMUNITY_MISSED, ORDER_COMMUNITY_COMPLETE},
     order_lists_changed},
    {ROLL_RESIDENTS_LISTED, {ORDER_COMMUNITY_JOINED, ORDER_COMMUNITY_MISSED}, order_lists_listed},
    {0},
};

static const struct correction corrections[] = {
    {ORDER_ROUND_ORDERED, "close_round"},
    {ORDER_ROUND_SHORT, "order_round"},
    {ORDER_ROUND_MOVED_ON, "move_round_on"},
    {ORDER_SITE_OPENED, "close_site"},
    {ORDER_SITE_CLOSED, "open_site"},
    {ORDER_SITE_TOLD, "tell_site"},
    {ORDER_DOOR_MISSED, "sample_tube"},
    {ORDER_RESIDENT_EXEMPTED, "sample_tube"},
    {ORDER_CAPACITY_TOLD, "tell_capacity"},
    {ORDER_COMMUNITY_MISSED, "move_round_on"},
    {ORDER_COMMUNITY_COMPLETE, "move_round_on"},
    {ORDER_SHORTAGE_MET, "tell_capacity"},
    {ORDER_COMMUNITY_RELEASED, "order_round"},
    {ORDER_COMMUNITY_JOINED, "change_resident"},
    {ORDER_ROUND_CLOSED, "order_round"},
    {ORDER_SUPPLY_REQUESTED, "refuse_supplies"},
    {ORDER_SUPPLY_SENT, "request_supplies"},
    {ORDER_SUPPLY_REFUSED, "request_supplies"},
    {ORDER_LISTS_ADVANCED, "move_round_on"},
    {0, NULL},
};

const struct link order_link = {
    .name = "order",
    .zh = "全员检测轮次",
    .en = "rounds of an area",
    .events = order_events,
    .commands = commands,
    .queries = order_queries,
    .reactions = reactions,
    .tables = order_tables,
    .corrections = corrections,
    .apply = order_apply,
    .go_on = order_lists_go_on,
};
