/* What the public result page says, against a plain list of facts, over random histories and through a real follower. */
#include "api/result_cache.h"
#include "base/embedded.h"
#include "base/time.h"
#include "ledger/follow.h"
#include "ledger/log_events.h"
#include "links.h"
#include "report/report_events.h"
#include "round/lab_events.h"
#include "round/round.h"
#include "round/sample_events.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PEOPLE_MAX = 5, TUBES_MAX = 400, RESULTS_MAX = 8, DELAY_HOURS = 24 };

static const int64_t start_ms = INT64_C(1647533100000); /* 2022-03-18 00:05 +08:00 */
static const uint8_t key[16] = {5, 4, 3};

static const struct link *links[40];
static struct catalogue *catalogue;
static struct plans *plans;

/* --- the model ----------------------------------------------------------------------------- */

struct person {
    int64_t number, slot, receipt; /* receipt BH_NONE = none */
    bool undone, told, named;
    enum { MODEL_WAITS, MODEL_NEGATIVE, MODEL_POSITIVE } state;
    int64_t known_ms, resolved_seq;
};

struct tube {
    int64_t seq, count, verdict, resulted_ms; /* verdict BH_NONE = none in force */
    int64_t sampled_ms, result_seq, last_result_seq;
    bool withdrawn, named, rejected;
    struct person person[PEOPLE_MAX];
};

struct history {
    char folder[64], path[96];
    struct db *db;
    struct log_head head;
    struct bh_arena arena;
    struct result_cache *cache;
    struct tube tube[TUBES_MAX];
    int tubes;
    int64_t next_slot, now_ms;
    uint64_t state;
    int64_t given; /* position up to which the cache was given events */
};

static uint64_t chance(struct history *h, uint64_t below)
{
    h->state = h->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (h->state >> 33) % below;
}

static void must(bool ok, const struct bh_err *err)
{
    if (!ok)
        fail_msg("%s", err->en);
}

/* Appends one fact and applies it to the tables of the link round. */
static int64_t record(struct history *h, int kind, int64_t person, const void *fields)
{
    struct bh_err err = {.code = BH_OK};
    struct bh_buf body;
    struct event event;
    const struct event_kind *about = catalogue_event(catalogue, kind);
    bh_buf_init(&body, LIMIT_EVENT_BYTES);
    record_encode(about->record, fields, &body);
    struct log_row row = {.seq = h->head.seq + 1,
                          .recorded_ms = h->now_ms,
                          .occurred_ms = h->now_ms,
                          .kind = kind,
                          .version = about->version,
                          .area = 1,
                          .person = person,
                          .command = h->head.seq + 1,
                          .body = bh_buf_view(&body)};
    must(db_begin(h->db, &err), &err);
    must(log_append(h->db, &h->head, &row, &err), &err);
    bh_arena_reset(&h->arena);
    must(log_decode(catalogue, &row, &h->arena, &event, &err), &err);
    must(round_apply(h->db, &event, &err), &err);
    must(db_commit(h->db, &err), &err);
    bh_buf_done(&body);
    return row.seq;
}

static void history_begin(struct history *h, uint64_t seed)
{
    struct bh_err err = {.code = BH_OK};
    *h = (struct history){.now_ms = start_ms, .state = seed * 2 + 1, .next_slot = 1};
    (void)snprintf(h->folder, sizeof h->folder, "/tmp/bihuan-result-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    (void)snprintf(h->path, sizeof h->path, "%s/log.db", h->folder);
    bh_arena_init(&h->arena, LIMIT_ARENA_REQUEST);
    must(db_open(h->path, DB_WRITE, 4096, &h->db, &err) && db_script(h->db, log_schema, &err) &&
             db_script(h->db, "PRAGMA synchronous = OFF", &err), /* nothing here is to last */
         &err);
    db_guard(h->db, "event");
    for (const struct derived_table *table = round_tables; table->name; table++)
        must(db_script(h->db, table->schema, &err), &err);
    h->cache = result_cache_new(catalogue, key);
}

static void history_end(struct history *h)
{
    char more[112];
    result_cache_free(h->cache);
    db_close(h->db);
    bh_arena_done(&h->arena);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(more, sizeof more, "%s%s", h->path, ends[i]);
        (void)unlink(more);
    }
    assert_int_equal(rmdir(h->folder), 0);
}

/* --- what happens -------------------------------------------------------------------------- */

/* As the tables of sampling do it when the fact is applied. */
static void tube_row(struct history *h, const struct tube *tube)
{
    struct bh_err err = {.code = BH_OK};
    must(db_run(
             h->db, &err,
             "INSERT INTO tube (tube, code, kind, area, institution, size, collected_ms, known_ms,"
             " held_left) VALUES (?, ?, ?, 1, 1, ?, ?, ?, 0)",
             "iziiii", tube->seq, bh_arena_format(&h->arena, "T%lld", (long long)tube->seq),
             (int64_t)(tube->count == 1 ? TUBE_SINGLE : TUBE_POOLED), tube->count, tube->sampled_ms,
             tube->sampled_ms),
         &err);
}

static struct tube *sample(struct history *h, int64_t count, const int64_t *receipt)
{
    struct sampled_person people[PEOPLE_MAX];
    struct sampled_area area = {.area = 1, .count = count};
    struct tube *tube = &h->tube[h->tubes++];
    *tube = (struct tube){.count = count, .verdict = BH_NONE, .sampled_ms = h->now_ms};
    for (int64_t i = 0; i < count; i++) {
        int64_t slot = h->next_slot++;
        int64_t drawn = receipt ? *receipt : slot % 7 == 0 ? BH_NONE : slot * 1000003 + 17;
        tube->person[i] = (struct person){.number = 5000 + slot, .slot = slot, .receipt = drawn};
        people[i] = (struct sampled_person){.slot = slot, .at_ms = BH_NONE, .receipt = drawn};
    }
    struct tube_sampled fact = {.round = 1,
                                .site = 2,
                                .code = BH_STR("TUBE"),
                                .kind = count == 1 ? TUBE_SINGLE : TUBE_POOLED,
                                .people = {people, (size_t)count},
                                .areas = {&area, 1},
                                .method = BH_NONE,
                                .institution = 1,
                                .ordinal = 1};
    tube->seq = h->head.seq + 1;
    fact.tube = tube->seq;
    tube_row(h, tube);
    (void)record(h, SAMPLE_TUBE_SAMPLED, 0, &fact);
    return tube;
}

/* The people of a tube that is not negative are named before its result is recorded; who was taken out is not. */
static void name_people(struct history *h, struct tube *tube)
{
    int64_t place = 0;
    for (int64_t i = 0; i < tube->count && !tube->named; i++) {
        struct member_named fact = {
            .tube = tube->seq, .slot = tube->person[i].slot, .at_ms = tube->sampled_ms};
        if (tube->person[i].undone)
            continue;
        fact.place = ++place;
        (void)record(h, ROUND_MEMBER_NAMED, tube->person[i].number, &fact);
        tube->person[i].named = true;
    }
    tube->named = true;
}

static void result(struct history *h, struct tube *tube, int64_t verdict)
{
    struct tube_resulted fact = {.tube = tube->seq, .institution = 1, .verdict = verdict};
    bool held = verdict == VERDICT_POSITIVE || verdict == VERDICT_GREY;
    if (held)
        name_people(h, tube);
    tube->result_seq = tube->last_result_seq = record(h, ROUND_TUBE_RESULTED, 0, &fact);
    tube->verdict = verdict;
    tube->resulted_ms = h->now_ms;
    for (int64_t i = 0; held && i < tube->count; i++) {
        tube->person[i].state =
            tube->count == 1 && verdict == VERDICT_POSITIVE ? MODEL_POSITIVE : MODEL_WAITS;
        tube->person[i].told = false;
        tube->person[i].known_ms = h->now_ms;
    }
}

/* What the tables of the laboratory do when such facts are applied. */
static void tube_update(struct history *h, const struct tube *tube, int64_t verdict,
                        int64_t sent_back_ms)
{
    struct bh_err err = {.code = BH_OK};
    must(db_run(h->db, &err,
                "UPDATE tube SET verdict = ?, resulted_ms = ?, result_seq = NULL, sent_back_ms = ?"
                " WHERE tube = ?",
                "IIIi", verdict, verdict == BH_NONE ? BH_NONE : h->now_ms, sent_back_ms, tube->seq),
         &err);
}

static void clear(struct history *h, struct tube *tube)
{
    struct lab_tube cleared[2] = {{tube->seq}, {7777777}}; /* one of them is no tube of a round */
    struct tubes_cleared fact = {.institution = 1, .plate = BH_NONE, .tubes = {cleared, 2}};
    (void)record(h, LAB_TUBES_CLEARED, 0, &fact);
    tube_update(h, tube, VERDICT_NEGATIVE, BH_NONE);
    tube->verdict = VERDICT_NEGATIVE;
    tube->result_seq = 0;
}

static void recall(struct history *h, struct tube *tube)
{
    struct result_recalled fact = {.tube = tube->seq};
    (void)record(h, LAB_RESULT_RECALLED, 0, &fact);
    tube_update(h, tube, BH_NONE, BH_NONE);
    tube->verdict = BH_NONE;
    tube->result_seq = 0;
}

static void reject(struct history *h, struct tube *tube)
{
    struct tube_rejected fact = {
        .tube = tube->seq, .round = 1, .ordinal = 1, .reason = REJECT_LEAK};
    (void)record(h, LAB_TUBE_REJECTED, 0, &fact);
    tube_update(h, tube, BH_NONE, h->now_ms);
    tube->verdict = BH_NONE;
    tube->result_seq = 0;
    tube->rejected = true;
}

static void resolve(struct history *h, struct tube *tube, struct person *person, bool sick)
{
    struct member_resolved fact = {.tube = tube->seq,
                                   .outcome = sick ? MEMBER_CASE : MEMBER_NEGATIVE};
    person->resolved_seq = record(h, ROUND_MEMBER_RESOLVED, person->number, &fact);
    person->state = sick ? MODEL_POSITIVE : MODEL_NEGATIVE;
    person->told = false;
    person->known_ms = h->now_ms;
}

static void withdraw(struct history *h, int64_t target, int64_t target_kind, int64_t person)
{
    struct fact_withdrawn fact = {.target = target, .target_kind = target_kind};
    (void)record(h, EVENT_FACT_WITHDRAWN, person, &fact);
}

/* One random step. Each is something the program's rules let happen, or at least its log can hold. */
static void step(struct history *h)
{
    struct tube *tube = h->tubes ? &h->tube[chance(h, (uint64_t)h->tubes)] : NULL;
    struct person *person = tube ? &tube->person[chance(h, (uint64_t)tube->count)] : NULL;
    struct case_ended of_case = {.case_number = 1};
    uint64_t what = chance(h, 100);
    h->now_ms += (int64_t)chance(h, 20 * 60000);
    if (!tube || (what < 30 && h->tubes < TUBES_MAX)) {
        (void)sample(h, chance(h, 3) ? 1 + (int64_t)chance(h, PEOPLE_MAX) : 1, NULL);
    } else if (what < 50) {
        if (!tube->withdrawn && !tube->rejected)
            result(h, tube, (int64_t)chance(h, 4));
    } else if (what < 60) {
        bool lives = !tube->withdrawn && !tube->rejected;
        if (lives && tube->verdict == VERDICT_NEGATIVE)
            recall(h, tube);
        else if (lives && what < 58)
            clear(h, tube);
        else if (lives)
            reject(h, tube);
    } else if (what < 70 && person->named && tube->count > 1) {
        resolve(h, tube, person, chance(h, 2));
    } else if (what < 75 && tube->last_result_seq) {
        withdraw(h, tube->last_result_seq, ROUND_TUBE_RESULTED, 0);
        if (tube->result_seq == tube->last_result_seq)
            tube->verdict = BH_NONE;
        tube->result_seq = tube->verdict == BH_NONE ? 0 : tube->result_seq;
    } else if (what < 79 && person->resolved_seq) {
        withdraw(h, person->resolved_seq, ROUND_MEMBER_RESOLVED, person->number);
        person->state = MODEL_WAITS;
        person->told = false;
    } else if (what < 82) {
        struct sample_undone fact = {
            .tube = tube->seq, .slot = person->slot, .round = 1, .ordinal = 1, .home = 1};
        (void)record(h, SAMPLE_UNDONE, 0, &fact);
        person->undone = true;
    } else if (what < 84) {
        struct bh_err err = {.code = BH_OK};
        withdraw(h, tube->seq, SAMPLE_TUBE_SAMPLED, 0);
        must(db_run(h->db, &err, "UPDATE tube SET withdrawn_ms = ? WHERE tube = ?", "ii", h->now_ms,
                    tube->seq),
             &err);
        tube->withdrawn = true;
    } else if (what < 94 && person->named) {
        struct report_filed fact = {.case_number = 1, .institution = 1, .card_number = BH_STR("1")};
        (void)record(h, REPORT_FILED, person->number, &fact);
        person->told = person->told || person->state == MODEL_POSITIVE;
    } else if (what < 96 && person->named) {
        struct case_voided fact = {.case_number = 1, .report = BH_NONE};
        (void)record(h, REPORT_CASE_VOIDED, person->number, &fact);
        person->state = person->state == MODEL_POSITIVE ? MODEL_WAITS : person->state;
        person->told = false;
    } else if (what < 98 && person->named) {
        struct positive_refuted fact = {.positive = 1};
        (void)record(h, REPORT_POSITIVE_REFUTED, person->number, &fact);
        person->state = person->state == MODEL_POSITIVE ? MODEL_NEGATIVE : person->state;
    } else {
        (void)record(h, REPORT_CASE_DISCHARGED, person->number, &of_case);
        h->now_ms += (int64_t)chance(h, 5) * BH_HOUR_MS;
    }
}

/* --- giving and comparing ------------------------------------------------------------------ */

/* As the follower does it, but on this thread. */
static void give(struct history *h)
{
    struct bh_err err = {.code = BH_OK};
    struct log_reader reader;
    while (h->given < h->head.seq) {
        bool more = true;
        log_reader_open(&reader, h->db, catalogue, h->given + 1, h->head.seq);
        while (more && log_reader_next(&reader)) {
            more = result_cache_take(h->cache, &reader.event);
            h->given = reader.row.seq;
        }
        must(log_reader_close(&reader, &err), &err);
        must(result_cache_look(h->cache, h->db, h->given, &err), &err);
    }
}

static void age(struct history *h)
{
    result_cache_age(h->cache, plans, h->now_ms);
    for (int t = 0; t < h->tubes; t++)
        for (int64_t i = 0; i < h->tube[t].count; i++) {
            struct person *person = &h->tube[t].person[i];
            if (person->state == MODEL_POSITIVE &&
                h->now_ms - person->known_ms >= DELAY_HOURS * BH_HOUR_MS)
                person->told = true;
        }
}

static enum result_state model_of(const struct tube *tube, const struct person *person)
{
    if (tube->withdrawn || person->undone)
        return SHOWN_UNKNOWN;
    if (tube->rejected)
        return SHOWN_AGAIN;
    switch (tube->verdict) {
    case VERDICT_NEGATIVE: return SHOWN_NEGATIVE;
    case VERDICT_POSITIVE:
    case VERDICT_GREY:
        if (person->state == MODEL_NEGATIVE)
            return SHOWN_NEGATIVE;
        return person->state == MODEL_POSITIVE && person->told ? SHOWN_POSITIVE : SHOWN_WAITING;
    default: return SHOWN_WAITING;
    }
}

static void compare(struct history *h, int64_t seen[SHOWN_STATES])
{
    for (int t = 0; t < h->tubes; t++)
        for (int64_t i = 0; i < h->tube[t].count; i++) {
            const struct person *person = &h->tube[t].person[i];
            struct result_answer answer;
            if (person->receipt == BH_NONE)
                continue;
            result_cache_ask(h->cache, (uint64_t)person->receipt, &answer);
            enum result_state wanted = model_of(&h->tube[t], person);
            if (answer.state != wanted)
                fail_msg("tube %lld slot %lld: %s instead of %s", (long long)h->tube[t].seq,
                         (long long)person->slot, result_state_names[answer.state],
                         result_state_names[wanted]);
            seen[wanted]++;
            bool told = wanted == SHOWN_NEGATIVE || wanted == SHOWN_POSITIVE;
            assert_true((answer.resulted_ms != 0) == told);
            assert_true((answer.sampled_ms != 0) == (wanted != SHOWN_UNKNOWN));
        }
}

static void random_histories_agree_with_the_model(void **state)
{
    enum { SEEDS = 30, STEPS = 700 };
    static struct history h;
    int64_t seen[SHOWN_STATES] = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        history_begin(&h, seed);
        for (int turn = 0; turn < STEPS; turn++) {
            step(&h);
            if (chance(&h, 10) == 0) {
                give(&h);
                age(&h);
                compare(&h, seen);
            }
        }
        history_end(&h);
    }
    /* Histories that never reach a state prove nothing about it. */
    for (int each = 0; each < SHOWN_STATES; each++)
        assert_true(seen[each] > 200);
}

/* --- single stories ------------------------------------------------------------------------ */

static struct result_answer ask(struct history *h, int64_t receipt)
{
    struct result_answer answer;
    give(h);
    result_cache_age(h->cache, plans, h->now_ms);
    result_cache_ask(h->cache, (uint64_t)receipt, &answer);
    return answer;
}

static void same(struct result_answer a, struct result_answer b)
{
    assert_int_equal(a.state, b.state);
    assert_true(a.sampled_ms == b.sampled_ms && a.resulted_ms == b.resulted_ms);
}

/* Not tested, invalid, grey, positive and positive with a diagnosis: one and the same answer. */
static void a_positive_is_never_first_learned_here(void **state)
{
    static struct history h;
    const int64_t receipt = 77;
    (void)state;
    history_begin(&h, 1);
    struct tube *tube = sample(&h, 1, &receipt);
    struct result_answer waiting = ask(&h, receipt);
    assert_int_equal(waiting.state, SHOWN_WAITING);
    for (int64_t verdict = VERDICT_POSITIVE; verdict <= VERDICT_INVALID; verdict++) {
        h.now_ms += 30 * BH_MINUTE_MS;
        result(&h, tube, verdict);
        same(ask(&h, receipt), waiting);
    }
    result(&h, tube, VERDICT_POSITIVE);
    struct case_diagnosed diagnosed = {.positive = 1, .onset_ms = BH_NONE};
    (void)record(&h, REPORT_CASE_DIAGNOSED, tube->person[0].number, &diagnosed);
    same(ask(&h, receipt), waiting);
    struct report_filed filed = {.case_number = 1, .institution = 1, .card_number = BH_STR("1")};
    int64_t report = record(&h, REPORT_FILED, tube->person[0].number, &filed);
    assert_int_equal(ask(&h, receipt).state, SHOWN_POSITIVE);
    withdraw(&h, report, REPORT_FILED, tube->person[0].number);
    same(ask(&h, receipt), waiting);
    h.now_ms += DELAY_HOURS * BH_HOUR_MS - 1;
    same(ask(&h, receipt), waiting);
    h.now_ms += 1;
    assert_int_equal(ask(&h, receipt).state, SHOWN_POSITIVE);
    history_end(&h);
}

/* A member of a positive pool waits however long it takes: the pool's result is not his own. */
static void a_pools_result_is_nobodys_own(void **state)
{
    static struct history h;
    (void)state;
    history_begin(&h, 2);
    struct tube *tube = sample(&h, 5, NULL);
    result(&h, tube, VERDICT_POSITIVE);
    for (int day = 0; day < 10; day++) {
        h.now_ms += 24 * BH_HOUR_MS;
        for (int i = 0; i < 5; i++)
            if (tube->person[i].receipt != BH_NONE)
                assert_int_equal(ask(&h, tube->person[i].receipt).state, SHOWN_WAITING);
    }
    resolve(&h, tube, &tube->person[0], true);
    resolve(&h, tube, &tube->person[1], false);
    assert_int_equal(ask(&h, tube->person[0].receipt).state, SHOWN_WAITING);
    assert_int_equal(ask(&h, tube->person[1].receipt).state, SHOWN_NEGATIVE);
    assert_int_equal(ask(&h, tube->person[2].receipt).state, SHOWN_WAITING);
    history_end(&h);
}

/* The phone sends again after an undo, with the receipt the person already has. */
static void a_receipt_sent_again_belongs_to_the_new_tube(void **state)
{
    static struct history h;
    const int64_t receipt = 99;
    (void)state;
    history_begin(&h, 3);
    struct tube *first = sample(&h, 1, &receipt);
    struct sample_undone undone = {
        .tube = first->seq, .slot = first->person[0].slot, .round = 1, .ordinal = 1, .home = 1};
    (void)record(&h, SAMPLE_UNDONE, 0, &undone);
    assert_int_equal(ask(&h, receipt).state, SHOWN_UNKNOWN);
    h.now_ms += 5 * BH_MINUTE_MS;
    struct tube *second = sample(&h, 1, &receipt);
    assert_int_equal(ask(&h, receipt).state, SHOWN_WAITING);
    result(&h, first, VERDICT_NEGATIVE); /* of the tube he is no longer in */
    assert_int_equal(ask(&h, receipt).state, SHOWN_WAITING);
    result(&h, second, VERDICT_NEGATIVE);
    assert_int_equal(ask(&h, receipt).state, SHOWN_NEGATIVE);
    history_end(&h);
}

/* --- a follower ---------------------------------------------------------------------------- */

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static void wait_for(struct follower *follower, int64_t position)
{
    struct follow_state now = {0};
    for (int waited = 0; waited < 20000; waited += 10) {
        follower_state(follower, &now);
        assert_false(now.failed);
        if (now.caught_up && now.position >= position)
            return;
        sleep_ms(10);
    }
    fail_msg("the follower stands at %lld", (long long)now.position);
}

/* Beside a writer that goes on; afterwards a second one from the start says the same. */
static void a_follower_keeps_up_and_a_fresh_one_agrees(void **state)
{
    static struct history h;
    struct follower *follower = NULL;
    struct bh_err err = {.code = BH_OK};
    int64_t seen[SHOWN_STATES] = {0};
    (void)state;
    history_begin(&h, 4);
    struct follow_options options = {.name = "follower",
                                     .path = h.path,
                                     .catalogue = catalogue,
                                     .from = 1,
                                     .kinds = result_cache_kinds,
                                     .look_ms = 5,
                                     .self = h.cache,
                                     .take = result_cache_take,
                                     .look = result_cache_look};
    must(follower_start(&options, &follower, &err), &err);
    for (int turn = 0; turn < 700; turn++)
        step(&h);
    h.given = h.head.seq;
    wait_for(follower, h.head.seq);
    follower_stop(follower);
    age(&h);
    compare(&h, seen);
    struct result_cache *fresh = result_cache_new(catalogue, key), *grown = h.cache;
    options.self = fresh;
    must(follower_start(&options, &follower, &err), &err);
    wait_for(follower, h.head.seq);
    follower_stop(follower);
    h.cache = fresh;
    age(&h);
    compare(&h, seen);
    assert_true(seen[SHOWN_NEGATIVE] > 0 && seen[SHOWN_POSITIVE] > 0);
    result_cache_free(grown);
    history_end(&h);
}

static int all_begin(void **state)
{
    struct bh_err err = {.code = BH_OK};
    size_t count = 0;
    (void)state;
    const struct embedded_file *base = embedded_find("rules/plans/cn-base.yaml");
    if (sodium_init() < 0 || !base)
        return 1;
    for (const struct link *const *each = all_links; *each; each++)
        links[count++] = *each;
    catalogue = catalogue_new(links);
    plans = plans_new(catalogue, NULL, NULL);
    return plans_add(plans, (struct bh_str){(const char *)base->data, base->size}, &err) ? 0 : 1;
}

static int all_end(void **state)
{
    (void)state;
    plans_free(plans);
    catalogue_free(catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories_agree_with_the_model),
        cmocka_unit_test(a_positive_is_never_first_learned_here),
        cmocka_unit_test(a_pools_result_is_nobodys_own),
        cmocka_unit_test(a_receipt_sent_again_belongs_to_the_new_tube),
        cmocka_unit_test(a_follower_keeps_up_and_a_fresh_one_agrees),
    };
    return cmocka_run_group_tests(tests, all_begin, all_end);
}
