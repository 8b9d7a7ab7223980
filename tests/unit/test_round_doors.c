/*
 * Doors where somebody is missing: what was tried there, and the lists of a whole province, opened and ended in steps
 * that a kill between two of them only delays.
 */
#include "support.h"

#include "ledger/area.h"
#include "ledger/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int64_t number_of(json_t *answer, const char *name)
{
    int64_t number = test_int(answer, name);
    json_decref(answer);
    return number;
}

static int64_t order(struct test_ledger *test, const char *area, int64_t roll)
{
    return number_of(test_okf(test, "order_round",
                              "{'area': '%s', 'roll': %lld, 'starts': '2022-03-01T01:00:00+08:00',"
                              " 'pool_size': 10, 'accept_shortfall': '测试'}",
                              area, (long long)roll),
                     "round");
}

static void open_site(struct test_ledger *test, int64_t round)
{
    int64_t team = number_of(test_ok(test, "register_institution",
                                     "{'kind': 'sampling_team', 'name': '采样队', 'area':"
                                     " '220202'}"),
                             "institution");
    json_decref(test_okf(test, "open_site",
                         "{'round': %lld, 'area': '220202001001', 'institution': %lld,"
                         " 'name': '广场', 'stations': 1, 'samplers': 1}",
                         (long long)round, (long long)team));
}

static void move_on(struct test_ledger *test, int64_t round, const char *to)
{
    json_decref(test_okf(test, "move_round_on", "{'round': %lld, 'to': '%s', 'because': '天气'}",
                         (long long)round, to));
}

/* ---- tries ---- */

static void missed_at(struct test_ledger *test, int64_t round, int slot, int count,
                      const char *reason, const char *occurred)
{
    json_decref(test_okf(test, "record_missed",
                         "{'round': %lld, 'slot': %d, 'count': %d, 'reason': '%s',"
                         " 'occurred': '2022-03-01T%s:00+08:00'}",
                         (long long)round, slot, count, reason, occurred));
}

static void tried(struct test_ledger *test, int64_t round, int slot, int tries, const char *reason)
{
    char params[96];
    (void)snprintf(params, sizeof params,
                   "{'round': %lld, 'area': '220202001001', 'after': %d, 'limit': 1}",
                   (long long)round, slot - 1);
    json_t *rows = test_query(test, "round_missed", params);
    const json_t *one = json_array_get(rows, 0);
    assert_int_equal(test_int(one, "slot"), slot);
    assert_int_equal(test_int(one, "tries"), tries);
    assert_string_equal(json_string_value(json_object_get(one, "reason")), reason);
    json_decref(rows);
}

/* Nobody of the household was there; one of them was met later and refused; the household was tried once more. */
static void one_persons_try_leaves_the_others(void **state)
{
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    int64_t roll =
        number_of(test_ok(test, "open_roll", "{'area': '220202', 'name': '名册'}"), "roll");
    json_decref(test_okf(test, "list_residents",
                         "{'roll': %lld, 'area': '220202001001', 'households': [{'building': 1,"
                         " 'door': '1', 'residents': [{'name': '王一'}, {'name': '王二'},"
                         " {'name': '王三'}]}]}",
                         (long long)roll));
    int64_t round = order(test, "220202", roll);
    test_clock(test, "2022-03-01T12:00:00+08:00");
    open_site(test, round);
    missed_at(test, round, 1, 3, "absent", "09:00");
    missed_at(test, round, 1, 1, "refused", "10:00");
    tried(test, round, 1, 2, "refused");
    tried(test, round, 2, 1, "absent");
    tried(test, round, 3, 1, "absent");
    missed_at(test, round, 3, 1, "moved", "10:30");
    missed_at(test, round, 1, 3, "other", "11:00");
    tried(test, round, 1, 3, "other");
    tried(test, round, 2, 2, "other");
    tried(test, round, 3, 3, "other");
    /* Told last, but tried before: the later visit tells why. */
    missed_at(test, round, 1, 3, "absent", "08:00");
    tried(test, round, 2, 3, "other");
    assert_int_equal(test_count(test, "SELECT doors_missed FROM round_count WHERE due = 3"), 5);
    test_rebuild(test);
    test_ledger_free(test);
}

/* ---- a province ---- */

enum { COMMUNITIES = 10100, STEP = 300 };

/* One resident in each community, a hundred communities a transaction. */
static int list_everywhere(struct test_ledger *test, int64_t roll, int most)
{
    enum { TOGETHER = 100 };
    static struct submission sent[TOGETHER];
    struct submission *list[TOGETHER];
    struct intake intake;
    struct bh_err err;
    const struct areas *areas = test->ledger->areas;
    const struct command *command = catalogue_command(test->catalogue, bh_str_of("list_residents"));
    int count = 0, waiting = 0;
    for (int64_t i = 1; count < most && areas_leaf(areas, i); i++) {
        char body[256];
        if (strcmp(areas_leaf(areas, i)->level, "community") != 0)
            continue;
        (void)snprintf(body, sizeof body,
                       "{\"roll\": %lld, \"area\": \"%s\", \"households\": [{\"building\": 1,"
                       " \"door\": \"1\", \"residents\": [{\"name\": \"王\"}]}]}",
                       (long long)roll, areas_leaf(areas, i)->code);
        intake_init(&intake, test->ledger, &test->arena, ledger_now(test->ledger));
        assert_true(intake_text(&intake, command, bh_str_of(body), &sent[waiting], &err));
        intake_new_key(&intake, &sent[waiting]);
        list[waiting] = &sent[waiting];
        waiting++;
        count++;
        if (waiting < TOGETHER && count < most)
            continue;
        assert_true(ledger_commit(test->ledger, list, (size_t)waiting, &err));
        for (int k = 0; k < waiting; k++)
            assert_true(sent[k].ok);
        bh_arena_reset(&test->arena);
        waiting = 0;
    }
    return count;
}

static int64_t mono_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int64_t lists(struct test_ledger *test)
{
    return test_count(test, "SELECT count(list) FROM round_count");
}

static int64_t sweeps(struct test_ledger *test)
{
    return test_count(test,
                      "SELECT count(*) FROM duty WHERE rule = 'sweep_community' AND state = 0");
}

static int64_t passes(struct test_ledger *test)
{
    return test_count(test, "SELECT count(*) FROM round_lists_pass");
}

static void two_steps(struct test_ledger *test)
{
    struct bh_err err;
    bool more = false;
    for (int i = 0; i < 2; i++)
        if (!ledger_tick(test->ledger, ledger_now(test->ledger), 1000, &more, &err) || !more)
            abort();
}

/* Every community gets its list, each a duty, all from the moment when mopping up began, though no transaction makes more
 * than a step of them. */
static void lists_open_in_steps(struct test_ledger *test, int64_t round)
{
    move_on(test, round, "mop_up");
    assert_int_equal(lists(test), STEP);
    assert_int_equal(passes(test), 1);
    test_ledger_killed(test, two_steps);
    assert_int_equal(lists(test), 3 * STEP);
    assert_int_equal(sweeps(test), 3 * STEP);
    assert_int_equal(passes(test), 1);
    test_clock(test, "2022-03-01T12:01:00+08:00");
    assert_int_equal(passes(test), 0);
    assert_int_equal(lists(test), COMMUNITIES);
    assert_int_equal(sweeps(test), COMMUNITIES);
    assert_int_equal(test_count(test, "SELECT count(DISTINCT due_ms) FROM duty WHERE rule ="
                                      " 'sweep_community'"),
                     1);
    assert_int_equal(test_count(test, "SELECT count(DISTINCT cause) FROM event WHERE kind = 237"),
                     1);
}

static void lists_end_in_steps(struct test_ledger *test, int64_t round)
{
    move_on(test, round, "sampled_closed");
    assert_int_equal(lists(test), COMMUNITIES - STEP);
    test_ledger_killed(test, two_steps);
    assert_int_equal(lists(test), COMMUNITIES - 3 * STEP);
    assert_int_equal(passes(test), 1);
    test_clock(test, "2022-03-01T12:02:00+08:00");
    assert_int_equal(passes(test), 0);
    assert_int_equal(lists(test), 0);
    assert_int_equal(sweeps(test), 0);
}

static void a_province_mops_up(void **state)
{
    char params[96];
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    int64_t roll =
        number_of(test_ok(test, "open_roll", "{'area': '220000', 'name': '名册'}"), "roll");
    assert_int_equal(list_everywhere(test, roll, COMMUNITIES), COMMUNITIES);
    int64_t round = order(test, "220000", roll);
    test_clock(test, "2022-03-01T12:00:00+08:00");
    open_site(test, round);
    lists_open_in_steps(test, round);
    /* A page of names from far back is still a page. */
    (void)snprintf(params, sizeof params, "{'round': %lld, 'area': '220000', 'after': %d}",
                   (long long)round, COMMUNITIES - 10);
    int64_t before_ms = mono_ms();
    json_t *rows = test_query(test, "round_missed", params);
    assert_int_equal(json_array_size(rows), 10);
    assert_in_range(mono_ms() - before_ms, 0, 5000); /* takes 2; half a minute by the wrong index */
    json_decref(rows);
    lists_end_in_steps(test, round);
    test_rebuild(test);
    test_ledger_free(test);
}

/* Sampling ends while lists are still to come: those there end, and no more come. */
static void sampling_may_end_before_all_are_open(void **state)
{
    enum { SOME = 1000 };
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    int64_t roll =
        number_of(test_ok(test, "open_roll", "{'area': '220000', 'name': '名册'}"), "roll");
    assert_int_equal(list_everywhere(test, roll, SOME), SOME);
    int64_t round = order(test, "220000", roll);
    test_clock(test, "2022-03-01T12:00:00+08:00");
    open_site(test, round);
    move_on(test, round, "mop_up");
    test_ledger_killed(test, two_steps);
    assert_int_equal(lists(test), 3 * STEP);
    move_on(test, round, "sampled_closed");
    test_clock(test, "2022-03-01T12:01:00+08:00");
    assert_int_equal(passes(test), 0);
    assert_int_equal(lists(test), 0);
    assert_int_equal(test_count(test, "SELECT count(*) FROM event WHERE kind = 237"), 3 * STEP);
    assert_int_equal(test_count(test, "SELECT count(*) FROM event WHERE kind = 240"), 3 * STEP);
    test_rebuild(test);
    test_ledger_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_persons_try_leaves_the_others),
        cmocka_unit_test(a_province_mops_up),
        cmocka_unit_test(sampling_may_end_before_all_are_open),
    };
    return cmocka_run_group_tests_name("round_doors", tests, NULL, NULL);
}
