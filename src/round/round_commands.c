#include "ledger/known.h"
#include "ledger/people_link.h"
#include "round/box_facts.h"
#include "round/round.h"

#include "report/report_events.h"

#include <stddef.h>
#include <string.h>

/* ---- collect_tube ---- */

struct collect_tube {
    int64_t area;
    struct bh_str code;
    int64_t kind, institution;
    struct bh_list members;
    int64_t resample_of, method, found_in;
};
static const struct field collect_fields[] = {
    FIELD(collect_tube, area, AREA, FIELD_REQUIRED, "采样地", "where sampled"),
    FIELD(collect_tube, code, TEXT, FIELD_REQUIRED, "管码", "tube code", .min = 1, .max = 64),
    FIELD(collect_tube, kind, ENUM, FIELD_REQUIRED, "采样方式", "kind", .choices = tube_kinds),
    FIELD(collect_tube, institution, REF, FIELD_REQUIRED, "采样机构", "sampling institution"),
    FIELD(collect_tube, members, LIST, FIELD_REQUIRED, "受检者名单（按入管顺序）",
          "members, in tube order", .min = 1, .max = 100, .item = &tube_member_record),
    FIELD(collect_tube, resample_of, REF, 0, "复采自混管", "re-sample of pool"),
    FIELD(collect_tube, method, ENUM, 0, "采样部位", "method", .choices = swab_methods),
    FIELD(collect_tube, found_in, ENUM, 0, "发现方式", "found in", .choices = found_in_choices),
};
RECORD(collect_record, collect_tube, collect_fields);

struct collect_load {
    int64_t tube_of_code; /* 0 = the code is free */
    int64_t area_of_code; /* of that tube */
    struct tube_facts pool;
    struct tube_place place;
    bool in_pool;
};

static bool load_place(struct db *db, int64_t pool, int64_t person, struct collect_load *load,
                       struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT at_ms, held_seq, outcome FROM tube_member WHERE tube = ? AND person = ?", "ii",
            pool, person);
    if (db_next(&rows)) {
        load->in_pool = true;
        load->place = (struct tube_place){.person = person,
                                          .at_ms = row_int(&rows, 0),
                                          .held = !row_null(&rows, 1),
                                          .outcome = row_int(&rows, 2)};
    }
    return db_end(&rows, err);
}

static bool collect_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct collect_tube *c = body;
    const struct tube_member *members = c->members.items;
    struct collect_load *load = facts;
    bool found = false;
    if (!known_institution(db, c->institution, err))
        return false;
    for (size_t i = 0; i < c->members.count; i++)
        if (!known_person(db, members[i].person, NULL, err))
            return false;
    if (!db_int(db, err, &load->tube_of_code, &found,
                "SELECT tube FROM tube WHERE code = ? AND withdrawn_ms IS NULL", "s", c->code) ||
        (found && !db_int(db, err, &load->area_of_code, &found,
                          "SELECT area FROM tube WHERE tube = ?", "i", load->tube_of_code)))
        return false;
    if (c->resample_of != BH_NONE &&
        (!round_tube(db, c->resample_of, &load->pool, err) ||
         !load_place(db, c->resample_of, members[0].person, load, err)))
        return false;
    ret->area = c->area;
    ret->person = c->members.count == 1 ? members[0].person : 0;
    return true;
}

/* The plan says how many may share a tube. */
static bool collect_size(struct decision *d, const struct collect_tube *c, struct bh_err *err)
{
    int64_t most = 0;
    if (c->kind != TUBE_POOLED || !decision_plan_number(d, c->area, "pool_size_max", &most) ||
        (int64_t)c->members.count <= most)
        return true;
    return bh_fail_field(err, BH_INVALID, "members", "混采最多 %lld 人，名单有 %zu 人",
                         "at most %lld people share a tube, the list has %zu", (long long)most,
                         c->members.count);
}

static bool collect_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct collect_tube *c = body;
    const struct collect_load *load = facts;
    /* A pool of another place is known here only through one's own held member. */
    if (c->resample_of != BH_NONE && !load->in_pool && !decision_holds(d, load->pool.area))
        return bh_fail_field(err, BH_MISSING, "resample_of", "没有采样管 %lld",
                             "there is no tube %lld", (long long)c->resample_of);
    if (load->tube_of_code != 0 && !decision_holds(d, load->area_of_code))
        return bh_fail_field(err, BH_CONFLICT, "code", "管码 %.*s 已用于另一采样管",
                             "the code %.*s is that of another tube", (int)c->code.len, c->code.at);
    if (load->tube_of_code != 0)
        return bh_fail_field(err, BH_CONFLICT, "code", "管码 %.*s 已用于采样管 %lld",
                             "the code %.*s is that of tube %lld", (int)c->code.len, c->code.at,
                             (long long)load->tube_of_code);
    if (!tube_allow(
            tube_members_fit(c->kind, c->members.items, c->members.count, decision_occurred(d)),
            err) ||
        !collect_size(d, c, err))
        return false;
    if (c->resample_of != BH_NONE &&
        !tube_allow(tube_resample_fits(c->kind, &load->pool, load->in_pool ? &load->place : NULL),
                    err))
        return false;
    struct tube_collected fact = {
        .code = c->code,
        .kind = c->kind,
        .institution = c->institution,
        .members = c->members,
        .resample_of = c->resample_of,
        .method = c->method,
        .found_in =
            c->found_in == BH_NONE && c->resample_of != BH_NONE ? load->pool.found_in : c->found_in,
    };
    decision_emit(d, ROUND_TUBE_COLLECTED, NULL, &fact);
    return true;
}

/* ---- receive_tube ---- */

static bool tube_load(struct db *db, int64_t tube, struct tube_facts *facts, struct target *ret,
                      struct bh_err *err)
{
    bool found = false;
    if (!round_tube(db, tube, facts, err))
        return false;
    ret->area = facts->area;
    if (!round_laboratory_area(db, facts, &ret->other_area, err))
        return false;
    if (facts->kind != TUBE_SINGLE)
        return true;
    return db_int(db, err, &ret->person, &found, "SELECT person FROM tube_member WHERE tube = ?",
                  "i", tube);
}

struct receive_load {
    struct tube_facts tube;
    bool comes_boxed; /* of a round, and its box was not received yet */
};

static bool receive_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct tube_received *c = body;
    struct receive_load *load = facts;
    struct box_facts box;
    if (!known_institution(db, c->institution, err) ||
        !tube_load(db, c->tube, &load->tube, ret, err))
        return false;
    load->comes_boxed = load->tube.round != BH_NONE;
    if (!load->comes_boxed || load->tube.box == BH_NONE)
        return true;
    if (!box_read(db, load->tube.box, &box, err))
        return false;
    load->comes_boxed = box.received_ms == BH_NONE;
    if (box.laboratory != c->institution) /* its place counts for that laboratory alone */
        ret->other_area = 0;
    return true;
}

static bool receive_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct tube_received *c = body;
    const struct receive_load *load = facts;
    const struct tube_facts *tube = &load->tube;
    if (!tube_allow(tube_receive_fits(tube, decision_occurred(d)), err) ||
        !tube_allow(load->comes_boxed ? TUBE_COMES_BOXED : TUBE_FITS, err))
        return false;
    if (c->count != tube->size)
        return bh_fail_field(
            err, BH_CONFLICT, "count", "人数不符：名单 %lld 人，核对 %lld 人，相差 %lld 人",
            "the count differs: %lld on the list, %lld counted, difference %lld",
            (long long)tube->size, (long long)c->count, (long long)(c->count - tube->size));
    decision_emit(d, ROUND_TUBE_RECEIVED, NULL, c);
    return true;
}

/* ---- result_tube ---- */

struct result_tube {
    int64_t tube, institution, verdict;
    struct bh_list targets;
};
static const struct field result_fields[] = {
    FIELD(result_tube, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(result_tube, institution, REF, 0, "检测机构", "laboratory"),
    FIELD(result_tube, verdict, ENUM, FIELD_REQUIRED, "判定", "verdict", .choices = tube_verdicts),
    FIELD(result_tube, targets, LIST, 0, "靶标结果", "targets", .max = TARGET_COUNT,
          .item = &target_result_record),
};
RECORD(result_record, result_tube, result_fields);

static bool result_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct result_tube *c = body;
    return tube_load(db, c->tube, facts, ret, err);
}

static bool result_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct result_tube *c = body;
    const struct tube_facts *tube = facts;
    int64_t institution = c->institution == BH_NONE ? tube->received_by : c->institution;
    if (!tube_allow(tube_result_fits(tube, institution, decision_occurred(d)), err) ||
        !tube_allow(tube_verdict_fits(c->verdict, c->targets.items, c->targets.count), err))
        return false;
    struct tube_resulted fact = {
        .tube = c->tube,
        .institution = institution,
        .verdict = c->verdict,
        .targets = c->targets,
    };
    /* The same fields; the reaction names the members, then tells the result. */
    struct tube_found found = {fact.tube, fact.institution, fact.verdict, fact.targets};
    if (tube->round != BH_NONE && c->verdict != VERDICT_NEGATIVE)
        decision_emit(d, ROUND_TUBE_FOUND, NULL, &found);
    else
        decision_emit(d, ROUND_TUBE_RESULTED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"collect_tube", "采样", "collect a tube", &collect_record, PRIORITY_SAMPLING, COMMAND_PAST,
     sizeof(struct collect_load), collect_load, collect_decide,
     "{\"area\": \"220202\", \"code\": \"JL2203130001\", \"kind\": \"single\", \"institution\": 5,"
     " \"members\": [{\"person\": 4711}]}"},
    {"receive_tube", "接收采样管", "receive a tube", &tube_received_record, PRIORITY_RESULT,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct receive_load), receive_load, receive_decide,
     "{\"tube\": 101, \"institution\": 6, \"count\": 1}"},
    {"result_tube", "录入检测结果", "record the result of a tube", &result_record, PRIORITY_RESULT,
     COMMAND_PAST, sizeof(struct tube_facts), result_load, result_decide,
     "{\"tube\": 101, \"verdict\": \"positive\", \"targets\": [{\"target\": \"orf1ab\", \"ct\": "
     "2210,"
     " \"verdict\": \"positive\"}, {\"target\": \"n\", \"ct\": 2105, \"verdict\": \"positive\"}]}"},
    {0},
};

/* ---- reactions ---- */

/* The place of a held member is where the person lives: there they are held and re-sampled. */
static bool member_head(struct db *db, const struct event *event, int64_t person,
                        struct event_head *ret, struct bh_err *err)
{
    int64_t area = 0;
    if (!known_person(db, person, &area, err))
        return false;
    *ret = (struct event_head){area != 0 ? area : event->area, person, event->occurred_ms};
    return true;
}

/* A pool that is told anew, after its result was withdrawn, may have members whose single result stands. */
static bool decide_held(struct decision *d, struct db *db, const struct event_head *head,
                        int64_t pool, struct bh_err *err)
{
    struct resample by;
    bool found = false;
    if (!round_resample(db, pool, head->person, &by, &found, err))
        return false;
    struct member_resolved fact = {
        .tube = pool, .outcome = by.verdict == VERDICT_POSITIVE ? MEMBER_CASE : MEMBER_NEGATIVE};
    if (found)
        decision_emit(d, ROUND_MEMBER_RESOLVED, head, &fact);
    return true;
}

static bool hold_members(struct decision *d, struct db *db, const struct event *event, int64_t tube,
                         struct bh_err *err)
{
    struct tube_place *places = NULL;
    size_t count = 0;
    if (!round_members(db, tube, decision_arena(d), &places, &count, err))
        return false;
    struct pool_positive pool = {.tube = tube, .size = (int64_t)count};
    struct member_held held = {.tube = tube};
    struct event_head *heads = bh_arena_get(decision_arena(d), (count + 1) * sizeof *heads);
    decision_emit(d, ROUND_POOL_POSITIVE, NULL, &pool);
    for (size_t i = 0; i < count; i++) {
        if (!member_head(db, event, places[i].person, &heads[i], err))
            return false;
        decision_emit(d, ROUND_MEMBER_HELD, &heads[i], &held);
    }
    for (size_t i = 0; i < count; i++)
        if (!decide_held(d, db, &heads[i], tube, err))
            return false;
    return true;
}

/* By a result of the same command, not yet recorded. */
static bool member_is_decided(const struct decision *d, int64_t pool, int64_t person)
{
    const struct member_resolved *fact;
    struct event_head head;
    size_t at = 0;
    while ((fact = decision_waiting(d, ROUND_MEMBER_RESOLVED, &at, &head)) != NULL)
        if (fact->tube == pool && head.person == person)
            return true;
    return false;
}

static bool resolve_member(struct decision *d, struct db *db, const struct event *event,
                           const struct tube_facts *tube, int64_t outcome, struct bh_err *err)
{
    struct member_resolved fact = {.tube = tube->resample_of, .outcome = outcome};
    struct event_head head;
    int64_t person = 0, open = 0;
    bool found = false;
    if (!db_int(db, err, &person, NULL, "SELECT person FROM tube_member WHERE tube = ?", "i",
                tube->tube) ||
        !db_int(db, err, &open, &found,
                "SELECT 1 FROM tube_member WHERE tube = ? AND person = ? AND held_seq IS NOT NULL"
                " AND outcome IS NULL",
                "ii", tube->resample_of, person))
        return false;
    if (!found || member_is_decided(d, tube->resample_of, person))
        return true; /* two samples were taken; the first has decided */
    if (!member_head(db, event, person, &head, err))
        return false;
    decision_emit(d, ROUND_MEMBER_RESOLVED, &head, &fact);
    return true;
}

static bool react_resulted(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct tube_resulted *f = event->fields;
    struct tube_facts tube;
    if (!round_tube(db, f->tube, &tube, err))
        return false;
    switch (tube_consequence_of(tube.kind, tube.resample_of != BH_NONE, f->verdict)) {
    case RESULT_NOTHING:
    case RESULT_POSITIVE: /* the link report makes it a positive */ return true;
    case RESULT_HOLD_MEMBERS: return hold_members(d, db, event, f->tube, err);
    case RESULT_MEMBER_CASE: return resolve_member(d, db, event, &tube, MEMBER_CASE, err);
    case RESULT_MEMBER_FREE: return resolve_member(d, db, event, &tube, MEMBER_NEGATIVE, err);
    }
    bh_unreachable("consequence of a result");
}

static bool react_member_resolved(struct decision *d, struct db *db, const struct event *event,
                                  struct bh_err *err)
{
    const struct member_resolved *f = event->fields;
    struct tube_facts pool;
    if (!round_tube(db, f->tube, &pool, err))
        return false;
    if (pool.held_left > 0)
        return true;
    struct pool_resolved fact = {.tube = f->tube};
    struct event_head head = {pool.area, 0, event->occurred_ms};
    decision_emit(d, ROUND_POOL_RESOLVED, &head, &fact);
    return true;
}

static bool react_found(struct decision *d, struct db *db, const struct event *event,
                        struct bh_err *err)
{
    const struct tube_found *f = event->fields;
    struct tube_resulted result = {f->tube, f->institution, f->verdict, f->targets};
    struct naming naming = {0};
    return round_tell(d, db, &naming, &result, event->occurred_ms, err);
}

static const struct reaction reactions[] = {
    {ROUND_TUBE_FOUND,
     {EVENT_PERSON_REGISTERED, ROUND_MEMBER_NAMED, ROUND_TUBE_RESULTED},
     react_found},
    {ROUND_TUBE_RESULTED,
     {ROUND_POOL_POSITIVE, ROUND_MEMBER_HELD, ROUND_MEMBER_RESOLVED},
     react_resulted},
    {ROUND_MEMBER_RESOLVED, {ROUND_POOL_RESOLVED}, react_member_resolved},
    {0},
};

static const struct correction corrections[] = {
    {ROUND_MEMBER_NAMED, "link_persons"},
    {ROUND_TUBE_FOUND, "result_tube"},
    {0, NULL},
};

const struct link round_link = {
    .name = "round",
    .zh = "核酸检测",
    .en = "testing",
    .events = round_events,
    .commands = commands,
    .queries = round_queries,
    .reactions = reactions,
    .tables = round_tables,
    .corrections = corrections,
    .apply = round_apply,
};
