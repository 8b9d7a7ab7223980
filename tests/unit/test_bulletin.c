/* Bulletins on a log: what counts where, corrections, signing, and counters that equal a count by hand. */
#include "bulletin_support.h"

#include "base/time.h"
#include "report/report_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t figure(struct test_ledger *t, const char *params, const char *name)
{
    return number(test_query(t, "bulletin", params), name);
}

static int64_t counted_at(struct test_ledger *t, int64_t case_number)
{
    struct bh_err err;
    int64_t value = BH_NONE;
    assert_true(db_int(t->ledger->db, &err, &value, NULL,
                       "SELECT counted_ms FROM counted WHERE case_number = ?", "i", case_number));
    return value;
}

/* Of the differences of the draft to the signed version: how many there are, and the sum over one measure of one
 * area. */
static size_t differences(struct test_ledger *t, const char *params, const char *area,
                          const char *measure, int64_t *ret_sum)
{
    json_t *bulletin = test_query(t, "bulletin", params);
    const json_t *one = NULL;
    size_t i = 0, count = 0;
    *ret_sum = 0;
    json_array_foreach(json_object_get(bulletin, "differences"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "kind")), "version") != 0)
            continue;
        count++;
        if (strcmp(json_string_value(json_object_get(one, "area")), area) == 0 &&
            strcmp(json_string_value(json_object_get(one, "severity")), "all") == 0 &&
            strcmp(json_string_value(json_object_get(one, "measure")), measure) == 0)
            *ret_sum += test_int(one, "difference");
    }
    json_decref(bulletin);
    return count;
}

/* ---- windows ---- */

static void windows_do_not_overlap_and_do_not_nest(void **state)
{
    struct test_ledger *t = province();
    (void)state;
    test_refused(t, BH_CONFLICT, "open_window", "{" WINDOW(12, 13) "}");
    test_refused(t, BH_CONFLICT, "open_window",
                 "{'area': '220000', 'from_ms': '2022-03-15T23:00:00+08:00', 'to_ms': "
                 "'2022-03-17T00:00:00+08:00'}");
    test_refused(t, BH_INVALID, "open_window",
                 "{'area': '220000', 'from_ms': '2022-03-17T00:30:00+08:00', 'to_ms': "
                 "'2022-03-18T00:00:00+08:00'}");
    test_refused(t, BH_CONFLICT, "open_window",
                 "{'area': '220100', 'from_ms': '2022-03-17T00:00:00+08:00', 'to_ms': "
                 "'2022-03-18T00:00:00+08:00'}");
    test_refused(t, BH_INVALID, "open_window",
                 "{'area': '220102001000', 'from_ms': '2022-03-17T00:00:00+08:00', 'to_ms': "
                 "'2022-03-18T00:00:00+08:00'}");
    done(t);
    t = test_ledger_new("2022-03-11T00:00:00+08:00");
    json_decref(test_ok(t, "open_window",
                        "{'area': '220100', 'from_ms': '" DAY(11) "', 'to_ms': '" DAY(12) "'}"));
    test_refused(t, BH_CONFLICT, "open_window", "{" WINDOW(12, 13) "}");
    json_decref(test_ok(t, "open_window",
                        "{'area': '220200', 'from_ms': '" DAY(11) "', 'to_ms': '" DAY(12) "'}"));
    done(t);
}

static void a_case_waits_until_a_window_is_open(void **state)
{
    struct test_ledger *t = province();
    struct made_case late =
        counted(t, "220202", "asymptomatic", "none", "2022-03-16T03:00:00+08:00");
    (void)state;
    convert(t, &late, "mild", "2022-03-16T05:00:00+08:00");
    assert_true(counted_at(t, late.number) == BH_NONE);
    json_decref(test_ok(
        t, "open_window",
        "{'area': '220000', 'from_ms': '2022-03-16T06:00:00+08:00', 'to_ms': '" DAY(17) "'}"));
    assert_true(counted_at(t, late.number) ==
                test_ms("2022-03-16T06:00:00+08:00")); /* from a gap into the next */
    assert_int_equal(
        figure(t,
               "{'area': '220000', 'draft': true, 'from': '2022-03-16T06:00:00+08:00', 'to': '" DAY(
                   17) "'}",
               "asymptomatic_new"),
        1);
    done(t);
}

static void after_signing_a_case_counts_in_the_next_window(void **state)
{
    struct test_ledger *t = province();
    struct made_case a, b;
    (void)state;
    a = counted(t, "220202", "confirmed", "mild", "2022-03-12T23:00:00+08:00");
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"));
    b = counted(t, "220202", "asymptomatic", "none", "2022-03-12T23:00:00+08:00");
    assert_true(counted_at(t, a.number) == test_ms("2022-03-12T23:00:00+08:00"));
    assert_true(counted_at(t, b.number) == test_ms(DAY(13)));
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(13, 14) "}"));
    convert(t, &b, "common", "2022-03-13T09:00:00+08:00"); /* told after that window was signed */
    assert_int_equal(
        figure(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}", "converted"), 0);
    assert_int_equal(
        figure(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}", "converted"), 1);
    assert_int_equal(
        figure(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}", "confirmed_new"), 1);
    assert_int_equal(figure(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}",
                            "confirmed_cumulative"),
                     2);
    assert_int_equal(figure(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}",
                            "asymptomatic_cumulative"),
                     1);
    done(t);
}

/* ---- corrections ---- */

/* Two districts of Jilin City, one of Changchun; 12, 13 and 14 March are signed. */
static struct test_ledger *signed_days(struct made_case ret[3])
{
    struct test_ledger *t = province();
    ret[0] = counted(t, "220202", "confirmed", "mild", "2022-03-13T00:30:00+08:00");
    ret[1] = counted(t, "220203", "asymptomatic", "none", "2022-03-13T10:00:00+08:00");
    ret[2] = counted(t, "220102", "confirmed", "severe", "2022-03-12T10:00:00+08:00");
    convert(t, &ret[1], "common", "2022-03-14T08:00:00+08:00");
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"));
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(13, 14) "}"));
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(14, 15) "}"));
    return t;
}

static void a_withdrawn_case_leaves_exactly_its_window(void **state)
{
    struct made_case cases[3];
    struct test_ledger *t = signed_days(cases);
    int64_t sum = 0;
    (void)state;
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220000", "confirmed_new", &sum),
                     0);
    json_decref(test_okf(t, "withdraw_fact", "{'target': %lld, 'reason': '误诊'}",
                         (long long)cases[0].number));
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(12, 13) "}",
                                 "220000", "confirmed_new", &sum),
                     0);
    /* new and cumulative, each with its severity, of province and city */
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220000", "confirmed_new", &sum),
                     8);
    assert_int_equal(sum, -1);
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220200", "confirmed_new", &sum),
                     8);
    assert_int_equal(sum, -1);
    /* later: cumulative only */
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}",
                                 "220000", "confirmed_new", &sum),
                     4);
    assert_int_equal(sum, 0);
    /* what was signed stands, until a new version with a reason */
    assert_int_equal(figure(t, "{'area': '220000', 'day': '2022-03-13'}", "confirmed_new"), 1);
    test_refused(t, BH_INVALID, "sign_bulletin", "{" WINDOW(13, 14) "}");
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(13, 14) ", 'reason': '一例误诊'}"));
    assert_int_equal(figure(t, "{'area': '220000', 'day': '2022-03-13'}", "confirmed_new"), 0);
    assert_int_equal(figure(t, "{'area': '220000', 'day': '2022-03-13'}", "version"), 2);
    assert_int_equal(
        figure(t, "{'area': '220000', 'day': '2022-03-13', 'version': 1}", "confirmed_new"), 1);
    assert_int_equal(
        differences(t, "{'area': '220000', 'day': '2022-03-13'}", "220000", "confirmed_new", &sum),
        8);
    assert_int_equal(sum, -1);
    done(t);
}

static void an_excluded_case_and_a_withdrawn_audit_leave_too(void **state)
{
    struct made_case cases[3];
    struct test_ledger *t = signed_days(cases);
    int64_t sum = 0;
    (void)state;
    int64_t exclusion = number(test_okf(t, "exclude_case", "{'case': %lld, 'reason': '两次阴性'}",
                                        (long long)cases[1].number),
                               "seq");
    assert_true(counted_at(t, cases[1].number) == BH_NONE);
    assert_int_equal(
        figure(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}", "converted"), 0);
    json_decref(test_okf(t, "withdraw_fact", "{'target': %lld, 'reason': '排除有误'}",
                         (long long)exclusion));
    assert_true(counted_at(t, cases[1].number) ==
                test_ms("2022-03-13T10:00:00+08:00")); /* as if nothing had been */
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220000", "converted", &sum),
                     0);
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}",
                                 "220000", "converted", &sum),
                     0);
    json_decref(test_okf(t, "withdraw_fact", "{'target': %lld, 'reason': '审核有误'}",
                         (long long)cases[1].audit));
    assert_true(counted_at(t, cases[1].number) == BH_NONE);
    assert_int_equal(
        figure(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}", "converted"), 0);
    /* another audit is a new fact: the days are signed, it counts in the next one */
    json_decref(test_okf(t, "audit_report",
                         "{'report': %lld, 'level': 'province', 'outcome': 'passed', 'occurred': "
                         "'2022-03-13T11:00:00+08:00'}",
                         (long long)cases[1].report));
    assert_true(counted_at(t, cases[1].number) == test_ms(DAY(15)));
    done(t);
}

static void a_report_moved_across_midnight_changes_two_windows(void **state)
{
    struct made_case cases[3];
    struct test_ledger *t = signed_days(cases);
    int64_t sum = 0;
    (void)state;
    json_decref(
        test_okf(t, "redate_fact",
                 "{'target': %lld, 'occurred_at': '2022-03-12T23:50:00+08:00', 'reason': '录错'}",
                 (long long)cases[0].audit));
    assert_true(counted_at(t, cases[0].number) == test_ms("2022-03-12T23:50:00+08:00"));
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(12, 13) "}",
                                 "220000", "confirmed_new", &sum),
                     8);
    assert_int_equal(sum, 1);
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220000", "confirmed_new", &sum),
                     4);
    assert_int_equal(sum, -1);
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220000", "confirmed_cumulative", &sum),
                     4);
    assert_int_equal(sum, 0);
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(14, 15) "}",
                                 "220000", "confirmed_new", &sum),
                     0);
    done(t);
}

static void a_person_moved_to_another_district_changes_the_districts_only(void **state)
{
    struct made_case cases[3];
    struct test_ledger *t = signed_days(cases);
    int64_t sum = 0;
    (void)state;
    json_decref(
        test_okf(t, "move_case", "{'case': %lld, 'area': '220204'}", (long long)cases[0].number));
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220200", "confirmed_new", &sum),
                     0);
    assert_int_equal(
        figure(t, "{'area': '220202', 'draft': true, " INTERVAL(13, 14) "}", "confirmed_new"), 0);
    assert_int_equal(
        figure(t, "{'area': '220204', 'draft': true, " INTERVAL(13, 14) "}", "confirmed_new"), 1);
    /* its signed bulletin is a part of the province's */
    assert_int_equal(figure(t, "{'area': '220202', 'day': '2022-03-13'}", "confirmed_new"), 1);
    json_decref(
        test_okf(t, "move_case", "{'case': %lld, 'area': '220104'}", (long long)cases[0].number));
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220100", "confirmed_new", &sum),
                     8);
    assert_int_equal(sum, 1);
    assert_int_equal(differences(t, "{'area': '220000', 'draft': true, " INTERVAL(13, 14) "}",
                                 "220000", "confirmed_new", &sum),
                     8);
    assert_int_equal(sum, 0);
    done(t);
}

/* ---- signing ---- */

static void what_may_not_be_signed(void **state)
{
    struct test_ledger *t = province();
    (void)state;
    json_decref(test_ok(t, "open_window", "{" WINDOW(16, 17) "}"));
    test_refused(t, BH_CONFLICT, "sign_bulletin", "{" WINDOW(16, 17) "}"); /* not over */
    test_refused(t, BH_MISSING, "sign_bulletin", "{" WINDOW(17, 18) "}");  /* no such window */
    test_refused(t, BH_CONFLICT, "sign_bulletin",
                 "{'area': '220100', 'from_ms': '" DAY(12) "', 'to_ms': '" DAY(
                     13) "'}"); /* signed by the province */
    struct made_case nowhere =
        counted(t, "220000", "confirmed", "mild", "2022-03-12T10:00:00+08:00");
    json_t *checked = test_ok(t, "check_bulletin", "{" WINDOW(12, 13) "}");
    json_decref(checked);
    test_refused(t, BH_CONFLICT, "sign_bulletin",
                 "{" WINDOW(12, 13) "}"); /* a case in no city: areas do not add up */
    json_decref(
        test_okf(t, "move_case", "{'case': %lld, 'area': '220202'}", (long long)nowhere.number));
    int64_t first = number(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"), "bulletin");
    int64_t second = number(
        test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) ", 'reason': '更正文字'}"), "bulletin");
    test_refusedf(t, BH_CONFLICT, "publish_bulletin", "{'bulletin': %lld, 'channel': '网站'}",
                  (long long)first);
    json_decref(test_okf(t, "publish_bulletin", "{'bulletin': %lld, 'channel': '网站'}",
                         (long long)second));
    test_refusedf(t, BH_CONFLICT, "publish_bulletin", "{'bulletin': %lld, 'channel': '网站'}",
                  (long long)second);
    test_refused(t, BH_MISSING, "publish_bulletin", "{'bulletin': 1, 'channel': '网站'}");
    json_t *list = test_query(t, "bulletins", "{'area': '220000'}");
    assert_int_equal(json_array_size(list), 7); /* five days, one twice, and the 16th */
    json_decref(list);
    done(t);
}

static void the_text_says_who_still_waits(void **state)
{
    struct test_ledger *t = province();
    struct made_case made = counted(t, "220202", "confirmed", "mild", "2022-03-12T10:00:00+08:00");
    (void)state;
    json_t *bulletin =
        test_query(t, "bulletin", "{'area': '220000', 'draft': true, 'day': '2022-03-12'}");
    assert_non_null(strstr(json_string_value(json_object_get(bulletin, "text_zh")),
                           "尚有1人正在等待转运或收治"));
    json_decref(bulletin);
    json_decref(
        test_okf(t, "pick_up_person",
                 "{'case': %lld, 'institution': %lld, 'vehicle': '吉B1', 'from_signature': '甲',"
                 " 'driver_signature': '乙', 'occurred': '2022-03-12T11:00:00+08:00'}",
                 (long long)made.number, (long long)institution));
    json_decref(
        test_okf(t, "hand_over_person",
                 "{'case': %lld, 'institution': %lld, 'from_signature': '乙', 'to_signature': '丙',"
                 " 'occurred': '2022-03-12T12:00:00+08:00'}",
                 (long long)made.number, (long long)institution));
    assert_int_equal(figure(t, "{'area': '220000', 'draft': true, 'day': '2022-03-12'}", "waiting"),
                     1);
    json_decref(test_okf(t, "admit_person",
                         "{'case': %lld, 'institution': %lld, 'bed': '1', 'from_signature': '丙', "
                         "'to_signature': '丁',"
                         " 'occurred': '2022-03-12T12:30:00+08:00'}",
                         (long long)made.number, (long long)institution));
    bulletin = test_query(t, "bulletin", "{'area': '220000', 'draft': true, 'day': '2022-03-12'}");
    assert_int_equal(test_int(bulletin, "waiting"), 0);
    assert_non_null(
        strstr(json_string_value(json_object_get(bulletin, "text_zh")), "已全部转运并收治"));
    json_decref(bulletin);
    done(t);
}

/* ---- publishers ---- */

static void adjustments_stand_apart_and_explain(void **state)
{
    struct test_ledger *t = province();
    int64_t sum = 0;
    (void)state;
    for (int i = 0; i < 3; i++)
        (void)counted(t, "220202", "confirmed", "mild", "2022-03-12T10:00:00+08:00");
    json_decref(test_ok(t, "record_published_figure",
                        "{'publisher': '省卫健委', " WINDOW(
                            12, 13) ", 'measure': 'confirmed_cumulative', 'value': 2,"
                                    " 'source': '通报'}"));
    test_refused(t, BH_CONFLICT, "record_published_figure",
                 "{'publisher': '省卫健委', " WINDOW(
                     12, 13) ", 'measure': 'confirmed_cumulative', 'value': 2,"
                             " 'source': '通报'}");
    json_t *bulletin =
        test_query(t, "bulletin", "{'area': '220000', 'draft': true, 'day': '2022-03-12'}");
    const json_t *one = json_array_get(json_object_get(bulletin, "differences"), 0);
    assert_int_equal(test_int(one, "before"), 2);
    assert_int_equal(test_int(one, "after"), 3);
    json_decref(bulletin);
    test_refused(t, BH_INVALID, "adjust_figure",
                 "{" WINDOW(11, 12) ", 'measure': 'awaiting_diagnosis', 'value': -1, 'source': "
                                    "'通报', 'reason': '未说明'}");
    json_decref(test_ok(t, "adjust_figure",
                        "{'area': '220200', 'from_ms': '" DAY(11) "', 'to_ms': '" DAY(
                            12) "', 'severity': 'mild',"
                                " 'measure': 'confirmed_cumulative', 'value': -1, 'source': "
                                "'通报', 'reason': '未说明'}"));
    bulletin = test_query(t, "bulletin", "{'area': '220000', 'draft': true, 'day': '2022-03-12'}");
    assert_int_equal(json_array_size(json_object_get(bulletin, "differences")), 0);
    assert_int_equal(json_array_size(json_object_get(bulletin, "adjustments")), 1);
    assert_int_equal(test_int(bulletin, "confirmed_new"), 3);
    assert_int_equal(test_int(bulletin, "confirmed_cumulative"), 2);
    assert_int_equal(test_int(json_object_get(bulletin, "severity_cumulative"), "mild"), 2);
    json_decref(bulletin);
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"));
    (void)differences(t, "{'area': '220100', 'day': '2022-03-12'}", "220100", "confirmed_new",
                      &sum);
    bulletin = test_query(t, "bulletin", "{'area': '220100', 'day': '2022-03-12'}");
    assert_int_equal(json_array_size(json_object_get(bulletin, "adjustments")),
                     0); /* another city's */
    json_decref(bulletin);
    done(t);
}

static void every_number_leads_to_its_people(void **state)
{
    struct made_case cases[3];
    struct test_ledger *t = signed_days(cases);
    static const struct {
        const char *params;
        size_t rows;
    } table[] = {
        {"{'area': '220000', 'measure': 'confirmed_new', " INTERVAL(13, 14) "}", 1},
        {"{'area': '220000', 'measure': 'confirmed_new', " INTERVAL(14, 15) "}", 1},
        {"{'area': '220000', 'measure': 'converted', " INTERVAL(14, 15) "}", 1},
        {"{'area': '220000', 'measure': 'confirmed_cumulative', " INTERVAL(14, 15) "}", 3},
        {"{'area': '220200', 'measure': 'confirmed_cumulative', " INTERVAL(14, 15) "}", 2},
        {"{'area': '220000', 'measure': 'confirmed_cumulative', 'severity': 'common', " INTERVAL(
             14, 15) "}",
         1},
        {"{'area': '220000', 'measure': 'asymptomatic_cumulative', " INTERVAL(14, 15) "}", 1},
        {"{'area': '220000', 'measure': 'asymptomatic_new', " INTERVAL(12, 13) "}", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        json_t *rows = test_query(t, "counted", table[i].params);
        assert_int_equal(json_array_size(rows), table[i].rows);
        json_decref(rows);
    }
    done(t);
}

/* ---- the text, word for word ---- */

static void golden(const char *path, const char *text)
{
    static char found[65536];
    FILE *file = getenv("BIHUAN_WRITE_GOLDEN") ? fopen(path, "we") : NULL;
    if (file) {
        (void)fputs(text, file);
        (void)fclose(file);
    }
    file = fopen(path, "re");
    assert_non_null(file);
    size_t len = fread(found, 1, sizeof found - 1, file);
    (void)fclose(file);
    found[len] = 0;
    assert_string_equal(text, found);
}

static void the_text_word_for_word(void **state)
{
    struct made_case cases[3];
    struct test_ledger *t = signed_days(cases);
    (void)state;
    for (int i = 0; i < 3; i++)
        (void)counted(t, "220581", i == 1 ? "asymptomatic" : "confirmed",
                      i == 1 ? "none" : "common", "2022-03-15T10:00:00+08:00");
    json_decref(test_ok(t, "adjust_figure",
                        "{'area': '220200', 'from_ms': '" DAY(11) "', 'to_ms': '" DAY(
                            12) "', 'severity': 'mild',"
                                " 'measure': 'confirmed_cumulative', 'value': 1204, 'source': "
                                "'省卫健委', 'reason': '此前病例'}"));
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(15, 16) "}"));
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(14, 15) ", 'reason': '计入发布方调整'}"));
    static const char *const params[] = {
        "{'area': '220000', 'day': '2022-03-15'}", "{'area': '220000', 'day': '2022-03-14'}",
        "{'area': '220100', 'day': '2022-03-12'}",
        "{'area': '220000', 'from': '" DAY(12) "', 'to': '" DAY(16) "'}"};
    static const char *const names[][2] = {
        {"tests/golden/bulletin-day-zh.txt", "tests/golden/bulletin-day-en.txt"},
        {"tests/golden/bulletin-second-version-zh.txt",
         "tests/golden/bulletin-second-version-en.txt"},
        {"tests/golden/bulletin-city-zh.txt", "tests/golden/bulletin-city-en.txt"},
        {"tests/golden/bulletin-four-days-zh.txt", "tests/golden/bulletin-four-days-en.txt"},
    };
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        json_t *bulletin = test_query(t, "bulletin", params[i]);
        golden(names[i][0], json_string_value(json_object_get(bulletin, "text_zh")));
        golden(names[i][1], json_string_value(json_object_get(bulletin, "text_en")));
        json_decref(bulletin);
    }
    done(t);
}

/* ---- counters against a count by hand ---- */

enum { PEOPLE = 60, STEPS = 200, DAYS = 5 };

struct model_case {
    struct made_case made;
    const char *area;
    int64_t audit_ms, converted_ms; /* BH_NONE = not */
    int64_t conversion;             /* its fact */
    bool confirmed, gone;
    int severity, converted_severity;
};

static uint64_t dice_state;
static int dice(int sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (int)((dice_state >> 33) % (uint64_t)sides);
}

static const char *const places[] = {"220202", "220203", "220102", "220581", "222404", "220113"};
static const char *const severities[] = {"none", "mild", "common", "severe", "critical"};

static int64_t some_time(void)
{
    return test_ms("2022-03-11T08:00:00+08:00") + (int64_t)dice(5 * 24 - 8) * BH_HOUR_MS +
           dice(60) * BH_MINUTE_MS;
}

static void model_new(struct test_ledger *t, struct model_case *c)
{
    *c = (struct model_case){.area = places[dice(6)],
                             .audit_ms = some_time(),
                             .converted_ms = BH_NONE,
                             .confirmed = dice(2) == 0};
    c->severity = c->confirmed ? 1 + dice(4) : 0;
    c->made = counted(t, c->area, c->confirmed ? "confirmed" : "asymptomatic",
                      severities[c->severity], at(c->audit_ms));
}

static void model_step(struct test_ledger *t, struct model_case *c)
{
    if (c->gone)
        return;
    switch (dice(6)) {
    case 0:
        json_decref(test_okf(t, "withdraw_fact", "{'target': %lld, 'reason': '误诊'}",
                             (long long)c->made.number));
        c->gone = true;
        break;
    case 1:
    case 2: { /* a later audit, so that it stays after the card */
        int64_t to_ms = c->audit_ms + (int64_t)dice(30) * BH_HOUR_MS;
        if (to_ms >= test_ms(DAY(16)))
            break;
        json_decref(test_okf(t, "redate_fact",
                             "{'target': %lld, 'occurred_at': '%s', 'reason': '录错'}",
                             (long long)c->made.audit, at(to_ms)));
        c->audit_ms = to_ms;
        break;
    }
    case 3: {
        const char *area = places[dice(6)];
        if (strcmp(area, c->area) != 0)
            json_decref(test_okf(t, "move_case", "{'case': %lld, 'area': '%s'}",
                                 (long long)c->made.number, area));
        c->area = area;
        break;
    }
    case 4:
        if (c->confirmed || c->converted_ms != BH_NONE)
            break;
        c->converted_ms = c->audit_ms + (int64_t)dice(20) * BH_HOUR_MS;
        if (c->converted_ms >= test_ms(DAY(16)))
            c->converted_ms = c->audit_ms;
        c->converted_severity = 1 + dice(4);
        c->conversion = number(
            test_okf(t, "convert_case",
                     "{'case': %lld, 'severity': '%s', 'institution': %lld, 'occurred': '%s'}",
                     (long long)c->made.number, severities[c->converted_severity],
                     (long long)institution, at(c->converted_ms)),
            "seq");
        break;
    default:
        if (c->converted_ms == BH_NONE)
            break;
        json_decref(test_okf(t, "withdraw_fact", "{'target': %lld, 'reason': '误报'}",
                             (long long)c->conversion));
        c->converted_ms = BH_NONE;
    }
}

struct model_count {
    int64_t confirmed, converted, asymptomatic, severity[5], confirmed_all, asymptomatic_all;
};

static void model_add(const struct model_case *c, int64_t from_ms, int64_t to_ms,
                      struct model_count *n)
{
    int64_t converted_ms =
        c->converted_ms != BH_NONE && c->converted_ms < c->audit_ms ? c->audit_ms : c->converted_ms;
    bool fresh = c->audit_ms >= from_ms && c->audit_ms < to_ms, all = c->audit_ms < to_ms;
    n->asymptomatic_all += all && !c->confirmed;
    n->asymptomatic += fresh && !c->confirmed;
    n->confirmed_all += all && c->confirmed;
    if (fresh && c->confirmed) {
        n->confirmed++;
        n->severity[c->severity]++;
    }
    if (converted_ms == BH_NONE || converted_ms >= to_ms)
        return;
    n->confirmed_all++;
    if (converted_ms < from_ms)
        return;
    n->converted++;
    n->confirmed++;
    n->severity[c->converted_severity]++;
}

static void compare(struct test_ledger *t, const struct model_case *cases, const char *area,
                    int day)
{
    struct model_count n = {0};
    int64_t from_ms = test_ms(DAY(11)) + day * BH_DAY_MS, to_ms = from_ms + BH_DAY_MS;
    char params[200];
    size_t significant = strcmp(area, "220000") == 0 ? 2 : area[4] == '0' && area[5] == '0' ? 4 : 6;
    for (int i = 0; i < PEOPLE; i++)
        if (!cases[i].gone && strncmp(cases[i].area, area, significant) == 0)
            model_add(&cases[i], from_ms, to_ms, &n);
    (void)snprintf(params, sizeof params, "{'area': '%s', 'draft': true, 'from': '%s', 'to': '%s'}",
                   area, at(from_ms), at(to_ms));
    json_t *b = test_query(t, "bulletin", params);
    const json_t *severity = json_object_get(b, "severity_new");
    assert_int_equal(test_int(b, "confirmed_new"), n.confirmed);
    assert_int_equal(test_int(b, "converted"), n.converted);
    assert_int_equal(test_int(b, "asymptomatic_new"), n.asymptomatic);
    assert_int_equal(test_int(b, "confirmed_cumulative"), n.confirmed_all);
    assert_int_equal(test_int(b, "asymptomatic_cumulative"), n.asymptomatic_all);
    for (int i = 1; i < 5; i++)
        assert_int_equal(test_int(severity, severities[i]), n.severity[i]);
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach(json_object_get(b, "checks"), i,
                       check) if (json_is_true(json_object_get(check, "hard")) &&
                                  !json_is_true(json_object_get(check, "passed")))
        fail_msg("check %s fails", json_string_value(json_object_get(check, "check")));
    json_decref(b);
}

static void counters_equal_a_count_by_hand(void **state)
{
    static struct model_case cases[PEOPLE];
    static const char *const areas[] = {"220000", "220200", "220100", "220202", "220581", "222400"};
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct test_ledger *t = province();
        dice_state = seed;
        for (int i = 0; i < PEOPLE; i++)
            model_new(t, &cases[i]);
        for (int i = 0; i < STEPS; i++)
            model_step(t, &cases[dice(PEOPLE)]);
        for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
            for (int day = 0; day < DAYS; day++)
                compare(t, cases, areas[i], day);
        done(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_do_not_overlap_and_do_not_nest),
        cmocka_unit_test(a_case_waits_until_a_window_is_open),
        cmocka_unit_test(after_signing_a_case_counts_in_the_next_window),
        cmocka_unit_test(a_withdrawn_case_leaves_exactly_its_window),
        cmocka_unit_test(an_excluded_case_and_a_withdrawn_audit_leave_too),
        cmocka_unit_test(a_report_moved_across_midnight_changes_two_windows),
        cmocka_unit_test(a_person_moved_to_another_district_changes_the_districts_only),
        cmocka_unit_test(what_may_not_be_signed),
        cmocka_unit_test(the_text_says_who_still_waits),
        cmocka_unit_test(adjustments_stand_apart_and_explain),
        cmocka_unit_test(every_number_leads_to_its_people),
        cmocka_unit_test(the_text_word_for_word),
        cmocka_unit_test(counters_equal_a_count_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
