/*
 * Rounds done in an area, when the next one is due, and whether testing may stop: the rules of two editions of the plan by
 * themselves, and the answer of a log in which a city and its counties are tested.
 */
#include "support.h"

#include "base/time.h"
#include "round/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY  BH_DAY_MS
#define HOUR BH_HOUR_MS

/* ---- rules ---- */

/* Testing guide, 2nd edition. */
static const struct frequency_plan second = {
    .first_minimum = 3,
    .every_hot_ms = DAY,
    .every_recent_ms = 2 * DAY,
    .every_other_ms = 5 * DAY,
    .hot_rounds = 3,
    .recent_days = 14,
    .stop_clean = BH_NONE,
    .stop_gap_days = BH_NONE,
    .stop_extra = BH_NONE,
};
/* Prevention plan, 9th edition. */
static const struct frequency_plan ninth = {
    .first_minimum = BH_NONE,
    .every_hot_ms = DAY,
    .every_recent_ms = BH_NONE,
    .every_other_ms = BH_NONE,
    .hot_rounds = BH_NONE,
    .recent_days = BH_NONE,
    .stop_clean = 3,
    .stop_gap_days = 3,
    .stop_extra = 1,
};

/* A round a day from day 0 on, each done after twelve hours. */
static struct round_done days[8];

static struct frequency judge(const struct frequency_plan *plan, size_t count, int64_t found_ms,
                              int64_t now_ms)
{
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        days[i] =
            (struct round_done){(int64_t)i + 1, (int64_t)i * DAY, (int64_t)i * DAY + 12 * HOUR};
    return order_frequency(plan, days, count, BH_NONE, found_ms, now_ms);
}

static void three_rounds_at_first_then_by_judgement(void **state)
{
    (void)state;
    struct frequency f = judge(&second, 0, BH_NONE, 0);
    assert_int_equal(f.rule, FREQUENCY_FIRST);
    assert_int_equal(f.stop, STOP_NO);
    assert_int_equal(f.rounds_missing, 3);
    assert_true(f.next_ms == BH_NONE); /* the guide does not say how soon */
    f = judge(&second, 2, 0, 2 * DAY);
    assert_int_equal(f.rounds_missing, 1);
    f = judge(&second, 3, 0, 3 * DAY);
    assert_int_equal(f.stop, STOP_JUDGED);
    assert_int_equal(f.rounds_missing, 0);
}

static void where_people_are_found_decides_how_often(void **state)
{
    (void)state;
    /* Five rounds, the last on day 4; the last three began on day 2. */
    struct frequency f = judge(&second, 5, 2 * DAY, 5 * DAY);
    assert_int_equal(f.rule, FREQUENCY_HOT);
    assert_true(f.every_ms == DAY && f.next_ms == 5 * DAY);
    assert_int_equal(f.clean, 2);
    f = judge(&second, 5, 2 * DAY - 1, 5 * DAY);
    assert_int_equal(f.rule, FREQUENCY_RECENT);
    assert_true(f.next_ms == 6 * DAY);
    assert_int_equal(f.clean, 3);
    f = judge(&second, 5, 2 * DAY - 1, 16 * DAY - 1);
    assert_int_equal(f.rule, FREQUENCY_RECENT);
    f = judge(&second, 5, 2 * DAY - 1, 16 * DAY);
    assert_int_equal(f.rule, FREQUENCY_OTHER);
    assert_true(f.next_ms == 9 * DAY);
    f = judge(&second, 5, BH_NONE, 5 * DAY);
    assert_int_equal(f.rule, FREQUENCY_OTHER);
    assert_int_equal(f.clean, 5);
}

static void clean_rounds_a_wait_and_one_more(void **state)
{
    (void)state;
    struct frequency f = judge(&ninth, 3, DAY, 3 * DAY); /* rounds of day 0 and 1 are not clean */
    assert_int_equal(f.clean, 1);
    assert_int_equal(f.rule, FREQUENCY_HOT);
    assert_int_equal(f.stop, STOP_NO);
    assert_int_equal(f.rounds_missing, 3);
    assert_true(f.next_ms == 3 * DAY);
    f = judge(&ninth, 5, DAY, 5 * DAY);
    assert_int_equal(f.clean, 3);
    assert_int_equal(f.rule, FREQUENCY_LAST);
    assert_int_equal(f.stop, STOP_NO);
    assert_int_equal(f.rounds_missing, 1);
    assert_true(f.next_ms == 4 * DAY + 12 * HOUR + 3 * DAY);
    /* Rounds inside the wait are not the last one; the one after it is. */
    f = judge(&ninth, 8, DAY, 8 * DAY);
    assert_int_equal(f.clean, 6);
    assert_int_equal(f.stop, STOP_NO);
    days[7].starts_ms = 7 * DAY + 12 * HOUR;
    f = order_frequency(&ninth, days, 8, BH_NONE, DAY, 9 * DAY);
    assert_int_equal(f.stop, STOP_YES);
    assert_int_equal(f.rule, FREQUENCY_ENDED);
    assert_int_equal(f.rounds_missing, 0);
    assert_true(f.next_ms == BH_NONE);
    /* Somebody found begins it anew. */
    f = order_frequency(&ninth, days, 8, BH_NONE, 8 * DAY, 9 * DAY);
    assert_int_equal(f.stop, STOP_NO);
    assert_int_equal(f.clean, 0);
}

static void a_round_under_way_is_no_longer_due(void **state)
{
    (void)state;
    (void)judge(&ninth, 0, BH_NONE, 0);
    struct frequency f = order_frequency(&ninth, days, 2, 2 * DAY, DAY, 2 * DAY + HOUR);
    assert_true(f.next_ms == 3 * DAY);
    f = order_frequency(&ninth, days, 5, 7 * DAY + 12 * HOUR, DAY, 8 * DAY);
    assert_int_equal(f.stop, STOP_NO);
    assert_true(f.next_ms == BH_NONE);
}

static void no_rule_no_answer(void **state)
{
    (void)state;
    const struct frequency_plan none = {BH_NONE, BH_NONE, BH_NONE, BH_NONE, BH_NONE,
                                        BH_NONE, BH_NONE, BH_NONE, BH_NONE};
    struct frequency f = judge(&none, 4, DAY, 5 * DAY);
    assert_int_equal(f.rule, FREQUENCY_NONE);
    assert_int_equal(f.stop, STOP_NO_RULE);
    assert_true(f.next_ms == BH_NONE && f.every_ms == BH_NONE && f.rounds_missing == BH_NONE);
}

/* ---- a city and its counties ---- */

static int64_t number_of(json_t *answer, const char *name)
{
    int64_t number = test_int(answer, name);
    json_decref(answer);
    return number;
}

struct city {
    struct test_ledger *test;
    int64_t roll, team;
    int tubes;
};

static const char *const communities[][2] = {{"220202", "220202001001"},
                                             {"220203", "220203001001"}};

/* Some people in each county of Jilin City that there is, so that every part of it can be tested. */
static void begin(struct city *city)
{
    city->test = test_ledger_new("2022-03-10T00:00:00+08:00");
    city->tubes = 0;
    city->team = number_of(test_ok(city->test, "register_institution",
                                   "{'kind': 'sampling_team', 'name': '采样队', 'area': '220200'}"),
                           "institution");
    city->roll =
        number_of(test_ok(city->test, "open_roll", "{'area': '220200', 'name': '名册'}"), "roll");
    for (int i = 0; i < 2; i++)
        json_decref(test_okf(city->test, "list_residents",
                             "{'roll': %lld, 'area': '%s', 'households': [{'building': 1,"
                             " 'door': '1', 'residents': [{'name': '王'}]}]}",
                             (long long)city->roll, communities[i][1]));
}

/* A round of the unit on that day of March, 09:00 to 20:00: one tube from the county, negative; or called off. */
static void round_on(struct city *city, int day, const char *unit, int county, bool called_off)
{
    struct test_ledger *test = city->test;
    char time[40];
    (void)snprintf(time, sizeof time, "2022-03-%02dT09:00:00+08:00", day);
    test_clock(test, time);
    int64_t round = number_of(test_okf(test, "order_round",
                                       "{'area': '%s', 'roll': %lld, 'starts': '%s',"
                                       " 'accept_shortfall': '测试'}",
                                       unit, (long long)city->roll, time),
                              "round");
    if (!called_off) {
        int64_t site =
            number_of(test_okf(test, "open_site",
                               "{'round': %lld, 'area': '%s', 'institution': %lld,"
                               " 'name': '点', 'stations': 1, 'samplers': 1}",
                               (long long)round, communities[county][1], (long long)city->team),
                      "site");
        int64_t tube =
            number_of(test_okf(test, "sample_tube",
                               "{'round': %lld, 'site': %lld, 'code': 'T%05d',"
                               " 'people': [{'slot': %d}]}",
                               (long long)round, (long long)site, ++city->tubes, county + 1),
                      "tube");
        int64_t box =
            number_of(test_okf(test, "seal_box",
                               "{'round': %lld, 'site': %lld, 'code': 'B%05d',"
                               " 'tubes': [{'code': 'T%05d'}], 'count': 1}",
                               (long long)round, (long long)site, city->tubes, city->tubes),
                      "box");
        json_decref(test_okf(test, "pick_up_box",
                             "{'box': %lld, 'institution': %lld, 'count': 1,"
                             " 'from_signature': '甲', 'courier_signature': '乙'}",
                             (long long)box, (long long)city->team));
        json_decref(test_okf(test, "receive_box",
                             "{'box': %lld, 'institution': %lld, 'count': 1,"
                             " 'courier_signature': '乙', 'to_signature': '丙'}",
                             (long long)box, (long long)city->team));
        json_decref(test_okf(test, "result_tube", "{'tube': %lld, 'verdict': 'negative'}",
                             (long long)tube));
        json_decref(test_okf(test, "close_site", "{'site': %lld}", (long long)site));
    }
    (void)snprintf(time, sizeof time, "2022-03-%02dT20:00:00+08:00", day);
    test_clock(test, time);
    json_decref(test_okf(test, "move_round_on",
                         "{'round': %lld, 'to': 'sampled_closed', 'because': '测试'}",
                         (long long)round));
    json_decref(test_okf(test, "close_round", "{'round': %lld}", (long long)round));
}

/* The row of one unit, as asked for the city; new reference. */
static json_t *row_of(struct city *city, const char *asked, const char *code)
{
    char params[64];
    size_t i = 0;
    (void)snprintf(params, sizeof params, "{'area': '%s'}", asked);
    json_t *rows = test_query(city->test, "round_frequency", params);
    const struct areas *areas = city->test->ledger->areas;
    const struct unit *unit = areas_unit(areas, bh_str_of(code), ledger_now(city->test->ledger));
    assert_non_null(unit);
    while (i < json_array_size(rows) &&
           test_int(json_array_get(rows, i), "area") != areas_unit_leaf(areas, unit))
        i++;
    assert_true(i < json_array_size(rows));
    json_t *row = json_incref(json_array_get(rows, i));
    json_decref(rows);
    return row;
}

static void told(struct city *city, const char *code, int done, const char *rule,
                 const char *may_stop, const char *next_due)
{
    json_t *row = row_of(city, "220200", code);
    char *text = json_dumps(row, JSON_COMPACT);
    const char *next = json_string_value(json_object_get(row, "next_due"));
    if (test_int(row, "rounds_done") != done ||
        strcmp(json_string_value(json_object_get(row, "rule")), rule) != 0 ||
        strcmp(json_string_value(json_object_get(row, "may_stop")), may_stop) != 0 ||
        (next_due ? !next || strcmp(next, next_due) != 0 : next != NULL))
        fail_msg("%s: %s", code, text);
    free(text);
    json_decref(row);
}

/* Rounds of the whole city count in each county; rounds of one county make no round of the city. */
static void rounds_cumulate_by_area(void **state)
{
    struct city city;
    (void)state;
    begin(&city);
    told(&city, "220200", 0, "first", "no", NULL);
    round_on(&city, 11, "220200", 0, false);
    round_on(&city, 12, "220202", 0, false);
    round_on(&city, 13, "220202", 0, false);
    told(&city, "220200", 1, "first", "no", NULL);
    told(&city, "220202", 3, "other", "judged", "2022-03-18T09:00:00+08:00");
    told(&city, "220203", 1, "first", "no", NULL);
    /* Called off before anybody was sampled: no round done. */
    round_on(&city, 14, "220203", 1, true);
    told(&city, "220203", 1, "first", "no", NULL);
    json_t *row = row_of(&city, "220202", "220202");
    assert_string_equal(json_string_value(json_object_get(row, "source")), "D1");
    assert_string_equal(json_string_value(json_object_get(row, "plan")), "nat2");
    assert_string_equal(json_string_value(json_object_get(row, "mark")), "V");
    assert_int_equal(test_int(row, "every_hours"), 120);
    json_decref(row);
    test_rebuild(city.test);
    test_ledger_free(city.test);
}

/* Somebody found outside isolation makes the interval short; somebody found in isolation does not. */
static void people_found_outside_isolation_count(void **state)
{
    struct city city;
    (void)state;
    begin(&city);
    for (int day = 11; day <= 13; day++)
        round_on(&city, day, "220202", 0, false);
    int64_t person = number_of(
        test_ok(city.test, "register_person", "{'name': '李', 'area': '220202'}"), "person");
    static const char *const ways[] = {"centralised", "precaution_screen"};
    for (int i = 0; i < 2; i++) {
        json_decref(test_okf(city.test, "report_positive",
                             "{'person': %lld, 'source': 'clinic', 'institution': %lld,"
                             " 'found_in': '%s', 'sampled_ms': '2022-03-13T12:00:00+08:00',"
                             " 'resulted_ms': '2022-03-13T14:00:00+08:00'}",
                             (long long)person, (long long)city.team, ways[i]));
        told(&city, "220202", 3, i == 0 ? "other" : "hot", "judged",
             i == 0 ? "2022-03-18T09:00:00+08:00" : "2022-03-14T09:00:00+08:00");
        person = number_of(
            test_ok(city.test, "register_person", "{'name': '赵', 'area': '220202'}"), "person");
    }
    json_t *row = row_of(&city, "220202", "220202");
    assert_int_equal(test_int(row, "clean_rounds"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "last_found")),
                        "2022-03-13T12:00:00+08:00");
    json_decref(row);
    test_ledger_free(city.test);
}

/* A county officer is told of his county, not of the city or its other counties. */
static void whoever_answers_for_a_part_sees_that_part(void **state)
{
    struct city city;
    (void)state;
    begin(&city);
    round_on(&city, 11, "220200", 0, false);
    const struct unit *unit =
        areas_unit(city.test->ledger->areas, bh_str_of("220202"), ledger_now(city.test->ledger));
    json_t *rows = test_query_in(city.test, &unit->scope, "round_frequency", "{'area': '220200'}");
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(test_int(json_array_get(rows, 0), "rounds_done"), 1);
    json_decref(rows);
    struct bh_err err;
    test_query_refused(city.test, &unit->scope, "round_frequency", "{'area': '220203'}", BH_MISSING,
                       &err);
    test_ledger_free(city.test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_rounds_at_first_then_by_judgement),
        cmocka_unit_test(where_people_are_found_decides_how_often),
        cmocka_unit_test(clean_rounds_a_wait_and_one_more),
        cmocka_unit_test(a_round_under_way_is_no_longer_due),
        cmocka_unit_test(no_rule_no_answer),
        cmocka_unit_test(rounds_cumulate_by_area),
        cmocka_unit_test(people_found_outside_isolation_count),
        cmocka_unit_test(whoever_answers_for_a_part_sees_that_part),
    };
    return cmocka_run_group_tests_name("frequency", tests, NULL, NULL);
}
