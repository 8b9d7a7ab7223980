#include "api/result_cache.h"

#include "api/result_held.h"
#include "ledger/log.h"
#include "ledger/log_events.h"
#include "os/thread.h"
#include "report/report_events.h"
#include "round/lab_events.h"
#include "round/round_facts.h"
#include "round/sample_events.h"

const char *const result_state_names[SHOWN_STATES] = {"unknown", "waiting", "negative",
                                                      "sample_again", "positive"};

const int result_cache_kinds[] = {
    SAMPLE_TUBE_SAMPLED,
    SAMPLE_UNDONE,
    ROUND_MEMBER_NAMED,
    ROUND_TUBE_RESULTED,
    LAB_TUBES_CLEARED,
    LAB_TUBE_REJECTED,
    LAB_RESULT_RECALLED,
    ROUND_MEMBER_RESOLVED,
    REPORT_FILED,
    REPORT_CASE_VOIDED,
    REPORT_POSITIVE_REFUTED,
    EVENT_FACT_WITHDRAWN,
    EVENT_FACT_REDATED,
    0,
};

/* What has to be read from the database before the next event is taken. */
struct wanted {
    enum {
        WANT_NOTHING,
        WANT_HELD,   /* the people of a tube that is not negative */
        WANT_UNDONE, /* the receipt of one person taken out of a tube */
        WANT_NAMED,  /* the same people, one of whom has got his name */
        WANT_AGAIN,  /* what a corrected fact was about */
    } what;
    int64_t tube, person, slot, target;
    struct held as; /* state and times */
    bool positive;
};

struct result_cache {
    const struct catalogue *catalogue;
    struct result_table *table;
    struct lock lock; /* guards `held` */
    struct held_list *held;
    struct wanted wanted;
    int64_t untold; /* positives, of the follower's thread */
};

struct result_cache *result_cache_new(const struct catalogue *catalogue, const uint8_t key[16])
{
    struct result_cache *cache = bh_alloc(sizeof *cache);
    cache->catalogue = catalogue;
    cache->table = result_table_new(key, 0);
    cache->held = held_list_new();
    lock_init(&cache->lock);
    return cache;
}

void result_cache_free(struct result_cache *cache)
{
    if (!cache)
        return;
    result_table_free(cache->table);
    held_list_free(cache->held);
    lock_done(&cache->lock);
    bh_free(cache);
}

/* --- people with a state of their own ------------------------------------------------------ */

/* Under the lock. */
static void held_move(struct result_cache *cache, struct held *held, enum held_state state,
                      bool told, const struct event *event)
{
    cache->untold -= held->state == HELD_POSITIVE && !held->told;
    held->state = state;
    held->told = told;
    if (event) {
        held->known_ms = event->recorded_ms;
        held->resulted_ms = event->occurred_ms;
    }
    cache->untold += held->state == HELD_POSITIVE && !held->told;
}

/* All samples of the person that are in one state. */
static void person_move(struct result_cache *cache, int64_t person, enum held_state from,
                        enum held_state state, bool told)
{
    lock_take(&cache->lock);
    for (struct held *held = held_of_person(cache->held, person); held;
         held = held_next(cache->held, held))
        if (held->state == from)
            held_move(cache, held, state, told, NULL);
    lock_give(&cache->lock);
}

/* The person's place in one tube. */
static void member_move(struct result_cache *cache, int64_t tube, int64_t person,
                        enum held_state state, const struct event *event)
{
    lock_take(&cache->lock);
    for (struct held *held = held_of_person(cache->held, person); held;
         held = held_next(cache->held, held))
        if (held->tube == tube)
            held_move(cache, held, state, false, event);
    lock_give(&cache->lock);
}

/* --- events -------------------------------------------------------------------------------- */

static void take_sampled(struct result_cache *cache, const struct event *event)
{
    const struct tube_sampled *f = event->fields;
    const struct sampled_person *people = f->people.items;
    result_table_tube(cache->table, event->seq, event->occurred_ms);
    for (size_t i = 0; i < f->people.count; i++)
        if (people[i].receipt >= 0)
            result_table_add(cache->table,
                             result_table_hash(cache->table, (uint64_t)people[i].receipt));
}

/* One tube, all of its people. Clinics' tubes are not known here: nobody has a receipt of them. */
static void tube_move(struct result_cache *cache, int64_t number, enum result_tube_state state,
                      int64_t resulted_ms)
{
    struct result_tube tube;
    if (result_table_tube_of(cache->table, number, &tube) && tube.state != RESULT_TUBE_GONE)
        (void)result_table_set(cache->table, number, state, BH_NONE, resulted_ms);
}

static bool take_resulted(struct result_cache *cache, const struct event *event)
{
    const struct tube_resulted *f = event->fields;
    struct result_tube tube;
    if (f->verdict == VERDICT_NEGATIVE)
        tube_move(cache, f->tube, RESULT_TUBE_NEGATIVE, event->occurred_ms);
    else if (f->verdict == VERDICT_INVALID)
        tube_move(cache, f->tube, RESULT_TUBE_WAITING, 0);
    else
        tube_move(cache, f->tube, RESULT_TUBE_HELD, 0);
    if (!result_table_tube_of(cache->table, f->tube, &tube) || tube.state != RESULT_TUBE_HELD)
        return true;
    cache->wanted = (struct wanted){.what = WANT_HELD,
                                    .tube = f->tube,
                                    .positive = f->verdict == VERDICT_POSITIVE,
                                    .as = {.tube = f->tube,
                                           .known_ms = event->recorded_ms,
                                           .resulted_ms = event->occurred_ms,
                                           .area = event->area}};
    return false;
}

static void take_cleared(struct result_cache *cache, const struct event *event)
{
    const struct tubes_cleared *f = event->fields;
    const struct lab_tube *tubes = f->tubes.items;
    for (size_t i = 0; i < f->tubes.count; i++)
        tube_move(cache, tubes[i].tube, RESULT_TUBE_NEGATIVE, event->occurred_ms);
}

/* Names come before the result that makes them matter. The tube's people are read once, for the first name. */
static bool take_named(struct result_cache *cache, const struct event *event)
{
    const struct member_named *f = event->fields;
    lock_take(&cache->lock);
    bool known = held_place(cache->held, f->tube, 0) != NULL;
    if (known)
        held_name(cache->held, f->tube, f->slot, event->person);
    lock_give(&cache->lock);
    cache->wanted = (struct wanted){.what = known ? WANT_NOTHING : WANT_NAMED,
                                    .tube = f->tube,
                                    .slot = f->slot,
                                    .person = event->person,
                                    .as = {.tube = f->tube}};
    return known;
}

static bool want_again(struct result_cache *cache, int64_t target)
{
    cache->wanted = (struct wanted){.what = WANT_AGAIN, .target = target};
    return false;
}

static bool take_withdrawn(struct result_cache *cache, const struct event *event)
{
    const struct fact_withdrawn *f = event->fields;
    switch (f->target_kind) {
    case SAMPLE_TUBE_SAMPLED:
        (void)result_table_set(cache->table, f->target, RESULT_TUBE_GONE, BH_NONE, BH_NONE);
        return true;
    case REPORT_FILED:
        person_move(cache, event->person, HELD_POSITIVE, HELD_POSITIVE, false);
        return true;
    case ROUND_TUBE_RESULTED:
    case ROUND_MEMBER_RESOLVED: return want_again(cache, f->target);
    default: return true;
    }
}

static bool take_redated(struct result_cache *cache, const struct event *event)
{
    const struct fact_redated *f = event->fields;
    struct result_tube tube;
    if (f->target_kind == SAMPLE_TUBE_SAMPLED &&
        result_table_tube_of(cache->table, f->target, &tube))
        (void)result_table_set(cache->table, f->target, tube.state, f->occurred_ms, BH_NONE);
    return f->target_kind != ROUND_TUBE_RESULTED || want_again(cache, f->target);
}

bool result_cache_take(void *self, const struct event *event)
{
    struct result_cache *cache = self;
    bh_assert(cache->wanted.what == WANT_NOTHING);
    switch (event->kind->number) {
    case SAMPLE_TUBE_SAMPLED: take_sampled(cache, event); return true;
    case SAMPLE_UNDONE: {
        const struct sample_undone *f = event->fields;
        cache->wanted = (struct wanted){.what = WANT_UNDONE, .tube = f->tube, .slot = f->slot};
        return false;
    }
    case ROUND_MEMBER_NAMED: return take_named(cache, event);
    case ROUND_TUBE_RESULTED: return take_resulted(cache, event);
    case LAB_TUBES_CLEARED: take_cleared(cache, event); return true;
    case LAB_TUBE_REJECTED:
        tube_move(cache, ((const struct tube_rejected *)event->fields)->tube, RESULT_TUBE_AGAIN, 0);
        return true;
    case LAB_RESULT_RECALLED:
        tube_move(cache, ((const struct result_recalled *)event->fields)->tube, RESULT_TUBE_WAITING,
                  0);
        return true;
    case ROUND_MEMBER_RESOLVED: {
        const struct member_resolved *f = event->fields;
        member_move(cache, f->tube, event->person,
                    f->outcome == MEMBER_CASE ? HELD_POSITIVE : HELD_NEGATIVE, event);
        return true;
    }
    /* The card is filed after the diagnosis, and a diagnosis is told by the physician who makes it. */
    case REPORT_FILED:
        person_move(cache, event->person, HELD_POSITIVE, HELD_POSITIVE, true);
        return true;
    case REPORT_CASE_VOIDED:
        person_move(cache, event->person, HELD_POSITIVE, HELD_WAITING, false);
        return true;
    case REPORT_POSITIVE_REFUTED:
        person_move(cache, event->person, HELD_POSITIVE, HELD_NEGATIVE, false);
        return true;
    case EVENT_FACT_WITHDRAWN: return take_withdrawn(cache, event);
    case EVENT_FACT_REDATED: return take_redated(cache, event);
    default: return true;
    }
}

/* --- what needs the database --------------------------------------------------------------- */

struct reading {
    struct result_cache *cache;
    struct db *db;
    struct bh_arena arena;
};

/* One event by its number; valid until the next call. */
static bool event_read(struct reading *reading, struct log_reader *reader, int64_t seq,
                       const struct event **ret, struct bh_err *err)
{
    log_reader_open(reader, reading->db, reading->cache->catalogue, seq, seq);
    *ret = log_reader_next(reader) ? &reader->event : NULL;
    if (*ret)
        return true;
    bool ok = log_reader_close(reader, err);
    return ok && bh_fail(err, BH_CORRUPT, "日志缺少事件 %lld", "event %lld is not in the log",
                         (long long)seq);
}

/* The tube's people as sampled, not yet told anything. *ret_single: it is one person's tube. */
static bool people_read(struct reading *reading, int64_t tube, struct held **ret, size_t *ret_count,
                        bool *ret_single, struct bh_err *err)
{
    struct log_reader reader;
    const struct event *event = NULL;
    struct result_cache *cache = reading->cache;
    if (!event_read(reading, &reader, tube, &event, err))
        return false;
    const struct tube_sampled *f = event->fields;
    bool sampled = event->kind->number == SAMPLE_TUBE_SAMPLED;
    const struct sampled_person *people = sampled ? f->people.items : NULL;
    size_t count = sampled ? f->people.count : 0;
    struct held *list = bh_arena_get(&reading->arena, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = cache->wanted.as;
        list[i].slot = people[i].slot;
        list[i].hash = people[i].receipt < 0
                           ? 0
                           : result_table_hash(cache->table, (uint64_t)people[i].receipt);
    }
    *ret = list;
    *ret_count = count;
    *ret_single = sampled && f->kind == TUBE_SINGLE;
    return log_reader_close(&reader, err);
}

static bool look_held(struct reading *reading, struct bh_err *err)
{
    struct result_cache *cache = reading->cache;
    const struct wanted *wanted = &cache->wanted;
    struct held *people = NULL;
    size_t count = 0;
    bool single = false;
    if (!people_read(reading, wanted->tube, &people, &count, &single, err))
        return false;
    /* A positive single tube is its person's own positive; a pool's is nobody's yet. */
    bool positive = single && wanted->positive;
    lock_take(&cache->lock);
    for (size_t i = 0; i < count; i++) {
        struct held *known = held_place(cache->held, wanted->tube, i);
        if (known)
            held_move(cache, known, HELD_WAITING, false, NULL);
        people[i].state = positive ? HELD_POSITIVE : HELD_WAITING;
    }
    held_add(cache->held, wanted->tube, people, count);
    cache->untold += positive && held_place(cache->held, wanted->tube, 0);
    if (wanted->what == WANT_NAMED)
        held_name(cache->held, wanted->tube, wanted->slot, wanted->person);
    lock_give(&cache->lock);
    return true;
}

static bool look_undone(struct reading *reading, struct bh_err *err)
{
    struct result_cache *cache = reading->cache;
    struct log_reader reader;
    const struct event *event = NULL;
    if (!event_read(reading, &reader, cache->wanted.tube, &event, err))
        return false;
    const struct tube_sampled *f = event->fields;
    const struct sampled_person *people = f->people.items;
    size_t count = event->kind->number == SAMPLE_TUBE_SAMPLED ? f->people.count : 0;
    for (size_t i = 0; i < count; i++)
        if (people[i].slot == cache->wanted.slot && people[i].receipt >= 0)
            result_table_remove(cache->table,
                                result_table_hash(cache->table, (uint64_t)people[i].receipt),
                                event->seq);
    return log_reader_close(&reader, err);
}

/* What the tube's result is now: the tables know which facts stand. */
static bool tube_again(struct reading *reading, int64_t number, struct bh_err *err)
{
    struct result_cache *cache = reading->cache;
    struct result_tube known;
    struct tube_facts tube;
    if (!result_table_tube_of(cache->table, number, &known))
        return true;
    if (!round_tube(reading->db, number, &tube, err))
        return false;
    enum result_tube_state state =
        tube.withdrawn                                                     ? RESULT_TUBE_GONE
        : tube.verdict == VERDICT_NEGATIVE                                 ? RESULT_TUBE_NEGATIVE
        : tube.verdict == VERDICT_POSITIVE || tube.verdict == VERDICT_GREY ? RESULT_TUBE_HELD
                                                                           : RESULT_TUBE_WAITING;
    bool told = state == RESULT_TUBE_NEGATIVE;
    (void)result_table_set(cache->table, number, state, tube.collected_ms,
                           told ? tube.resulted_ms : 0);
    return true;
}

static bool look_again(struct reading *reading, struct bh_err *err)
{
    struct result_cache *cache = reading->cache;
    struct log_reader reader;
    const struct event *event = NULL;
    int64_t tube = 0;
    if (!event_read(reading, &reader, cache->wanted.target, &event, err))
        return false;
    if (event->kind->number == ROUND_TUBE_RESULTED)
        tube = ((const struct tube_resulted *)event->fields)->tube;
    else if (event->kind->number == ROUND_MEMBER_RESOLVED)
        member_move(cache, ((const struct member_resolved *)event->fields)->tube, event->person,
                    HELD_WAITING, NULL);
    return log_reader_close(&reader, err) && (tube == 0 || tube_again(reading, tube, err));
}

bool result_cache_look(void *self, struct db *db, int64_t position, struct bh_err *err)
{
    struct result_cache *cache = self;
    struct reading reading = {.cache = cache, .db = db};
    bool ok = true;
    (void)position;
    bh_arena_init(&reading.arena, LIMIT_ARENA_REQUEST);
    switch (cache->wanted.what) {
    case WANT_NOTHING: break;
    case WANT_NAMED:
    case WANT_HELD: ok = look_held(&reading, err); break;
    case WANT_UNDONE: ok = look_undone(&reading, err); break;
    case WANT_AGAIN: ok = look_again(&reading, err); break;
    }
    bh_arena_done(&reading.arena);
    if (ok)
        cache->wanted.what = WANT_NOTHING;
    return ok;
}

/* --- the plan's delay ---------------------------------------------------------------------- */

static bool delay_is_over(struct plans *plans, const struct held *held, int64_t now_ms)
{
    const struct plan_param *param =
        plan_param(plans_for(plans, held->area, now_ms), "result_public_positive_delay");
    return param && param->ms != BH_NONE && now_ms - held->known_ms >= param->ms;
}

void result_cache_age(struct result_cache *cache, struct plans *plans, int64_t now_ms)
{
    if (cache->untold == 0)
        return;
    lock_take(&cache->lock);
    for (size_t at = 0; at < held_count(cache->held); at++) {
        struct held *held = held_at(cache->held, at);
        if (held->state == HELD_POSITIVE && !held->told && delay_is_over(plans, held, now_ms))
            held_move(cache, held, HELD_POSITIVE, true, NULL);
    }
    lock_give(&cache->lock);
}

/* --- asking -------------------------------------------------------------------------------- */

void result_cache_ask(struct result_cache *cache, uint64_t receipt, struct result_answer *ret)
{
    static const enum result_state simple[] = {
        [RESULT_TUBE_GONE] = SHOWN_UNKNOWN,      [RESULT_TUBE_WAITING] = SHOWN_WAITING,
        [RESULT_TUBE_NEGATIVE] = SHOWN_NEGATIVE, [RESULT_TUBE_AGAIN] = SHOWN_AGAIN,
        [RESULT_TUBE_HELD] = SHOWN_WAITING,
    };
    struct result_tube tube = {.state = RESULT_TUBE_GONE};
    struct held own = {.state = HELD_WAITING};
    uint64_t hash = result_table_hash(cache->table, receipt);
    if (!result_table_find(cache->table, hash, &tube))
        tube = (struct result_tube){.state = RESULT_TUBE_GONE};
    lock_take(&cache->lock);
    const struct held *held = held_of_receipt(cache->held, hash);
    if (held)
        own = *held;
    lock_give(&cache->lock);
    struct result_answer answer = {.state = simple[tube.state], .sampled_ms = tube.sampled_ms};
    if (tube.state == RESULT_TUBE_HELD && own.state == HELD_NEGATIVE)
        answer.state = SHOWN_NEGATIVE;
    if (tube.state == RESULT_TUBE_HELD && own.state == HELD_POSITIVE && own.told)
        answer.state = SHOWN_POSITIVE;
    if (answer.state == SHOWN_NEGATIVE || answer.state == SHOWN_POSITIVE)
        answer.resulted_ms = tube.state == RESULT_TUBE_HELD ? own.resulted_ms : tube.resulted_ms;
    *ret = answer;
}

void result_cache_figures(struct result_cache *cache, struct result_figures *ret)
{
    lock_take(&cache->lock);
    *ret =
        (struct result_figures){.bytes = result_table_bytes(cache->table) + held_bytes(cache->held),
                                .held = (int64_t)held_count(cache->held)};
    lock_give(&cache->lock);
}
