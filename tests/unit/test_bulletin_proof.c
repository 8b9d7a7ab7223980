/* The code on a printed bulletin, and the counts by date of sample. */
#include "bulletin_support.h"

#include "base/time.h"
#include "bulletin/bulletin.h"
#include "ledger/area.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define GOOD "BIHUAN-BULLETIN/1 220000 " DAY(12) " " DAY(13) " v1 @77 " HASH

static void the_text_is_read_word_by_word(void **state)
{
    struct proof proof;
    struct bh_err err;
    (void)state;
    assert_true(proof_read(BH_STR(" " GOOD "\n"), 480, &proof, &err));
    assert_true(bh_str_is(proof.unit, "220000"));
    assert_true(proof.from_ms == test_ms(DAY(12)) && proof.to_ms == test_ms(DAY(13)));
    assert_int_equal(proof.version, 1);
    assert_int_equal(proof.position, 77);
    assert_int_equal(proof.hash[1], 0x11);
    static const char *const wrong[] = {
        "",
        "BIHUAN-BULLETIN/1",
        "BIHUAN-BULLETIN/2 220000 " DAY(12) " " DAY(13) " v1 @77 " HASH,
        "BIHUAN-BULLETIN/1 220000 yesterday " DAY(13) " v1 @77 " HASH,
        "BIHUAN-BULLETIN/1 220000 " DAY(12) " " DAY(13) " v0 @77 " HASH,
        "BIHUAN-BULLETIN/1 220000 " DAY(12) " " DAY(13) " v-1 @77 " HASH,
        "BIHUAN-BULLETIN/1 220000 " DAY(12) " " DAY(13) " 1 @77 " HASH,
        "BIHUAN-BULLETIN/1 220000 " DAY(12) " " DAY(13) " v1 @ " HASH,
        "BIHUAN-BULLETIN/1 220000 " DAY(12) " " DAY(13) " v1 @77 sha256:0011",
        GOOD "0",
        GOOD " more",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (proof_read(bh_str_of(wrong[i]), 480, &proof, &err) || err.code != BH_INVALID)
            fail_msg("taken for a code: %s", wrong[i]);
}

static json_t *verify(struct test_ledger *t, const char *text)
{
    char params[PROOF_TEXT + 50];
    (void)snprintf(params, sizeof params, "{'text': '%s'}", text);
    return test_query(t, "verify_bulletin", params);
}

static void verdict_is(struct test_ledger *t, const char *text, const char *result, const char *zh,
                       const char *en)
{
    json_t *answer = verify(t, text);
    assert_string_equal(json_string_value(json_object_get(answer, "result")), result);
    assert_string_equal(json_string_value(json_object_get(answer, "words")), zh);
    assert_string_equal(json_string_value(json_object_get(answer, "words_en")), en);
    assert_int_equal(json_is_true(json_object_get(answer, "valid")), strcmp(result, "right") == 0);
    json_decref(answer);
}

static void proof_of(struct test_ledger *t, const char *params, char out[PROOF_TEXT])
{
    json_t *bulletin = test_query(t, "bulletin", params);
    (void)snprintf(out, PROOF_TEXT, "%s", json_string_value(json_object_get(bulletin, "proof")));
    json_decref(bulletin);
}

/* One digit after `mark` changed to another. */
static const char *altered(const char *text, const char *mark, char out[PROOF_TEXT])
{
    (void)snprintf(out, PROOF_TEXT, "%s", text);
    char *at = strstr(out, mark) + strlen(mark);
    *at = *at == '9' || *at > '9' ? '1' : (char)(*at + 1);
    return out;
}

static void a_signed_version_is_recognised_and_nothing_else(void **state)
{
    struct test_ledger *t = province();
    char text[PROOF_TEXT], other[PROOF_TEXT];
    (void)state;
    (void)counted(t, "220202", "confirmed", "mild", "2022-03-12T10:00:00+08:00");
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"));
    proof_of(t, "{'area': '220000', 'day': '2022-03-12'}", text);
    verdict_is(t, text, "right", "属实：与本日志所签第1版一致。",
               "True: exactly version 1 as signed in this log.");
    verdict_is(t, altered(text, "sha256:", other), "altered", "不符：本日志所签第1版的数字不同。",
               "Not true: version 1 as signed in this log has other figures.");
    verdict_is(t, altered(text, "@", other), "altered", "不符：本日志所签第1版的日志位置不同。",
               "Not true: version 1 as signed in this log has another log position.");
    verdict_is(t, altered(text, " v", other), "unknown", "本日志没有签发过这一时段的第2版。",
               "This log holds no signed version 2 of that window.");
    (void)snprintf(other, sizeof other, "BIHUAN-BULLETIN/1 220000 " DAY(13) " " DAY(14) "%s",
                   strstr(text, " v")); /* the code of one day on the paper of another */
    verdict_is(t, other, "unknown", "本日志没有签发过这一时段的第1版。",
               "This log holds no signed version 1 of that window.");
    json_t *answer = verify(t, text);
    assert_int_equal(test_int(json_object_get(answer, "figures"), "confirmed_new"), 1);
    json_decref(answer);
    done(t);
}

static void a_new_version_does_not_make_the_old_one_untrue(void **state)
{
    struct test_ledger *t = province();
    char first[PROOF_TEXT], second[PROOF_TEXT];
    (void)state;
    struct made_case made = counted(t, "220202", "confirmed", "mild", "2022-03-12T10:00:00+08:00");
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"));
    proof_of(t, "{'area': '220000', 'day': '2022-03-12'}", first);
    json_decref(test_okf(t, "exclude_case", "{'case': %lld, 'reason': '两次阴性'}",
                         (long long)made.number));
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) ", 'reason': '一例误诊'}"));
    proof_of(t, "{'area': '220000', 'day': '2022-03-12'}", second);
    assert_string_not_equal(strstr(first, "sha256:"), strstr(second, "sha256:"));
    verdict_is(t, first, "right", "属实：与本日志所签第1版一致；此后已有第2版。",
               "True: exactly version 1 as signed in this log; since replaced by version 2.");
    verdict_is(t, second, "right", "属实：与本日志所签第2版一致。",
               "True: exactly version 2 as signed in this log.");
    json_t *answer = verify(t, first);
    assert_int_equal(test_int(json_object_get(answer, "figures"), "confirmed_new"), 1);
    json_decref(answer);
    done(t);
}

/* A city's page is a part of what the province signed; who sees only the city is told nothing of the province. */
static void a_part_is_verified_within_the_readers_scope(void **state)
{
    struct test_ledger *t = province();
    char text[PROOF_TEXT], whole[PROOF_TEXT], params[PROOF_TEXT + 50];
    struct bh_err err;
    (void)state;
    (void)counted(t, "220202", "confirmed", "mild", "2022-03-12T10:00:00+08:00");
    json_decref(test_ok(t, "sign_bulletin", "{" WINDOW(12, 13) "}"));
    proof_of(t, "{'area': '220200', 'day': '2022-03-12'}", text);
    proof_of(t, "{'area': '220000', 'day': '2022-03-12'}", whole);
    const struct unit *city = areas_unit(t->ledger->areas, BH_STR("220200"), test_ms(DAY(12)));
    (void)snprintf(params, sizeof params, "{'text': '%s'}", text);
    json_t *answer = test_query_in(t, &city->scope, "verify_bulletin", params);
    assert_true(json_is_true(json_object_get(answer, "valid")));
    json_decref(answer);
    (void)snprintf(params, sizeof params, "{'text': '%s'}", whole);
    test_query_refused(t, &city->scope, "verify_bulletin", params, BH_MISSING, &err);
    char told[sizeof err.zh];
    (void)snprintf(told, sizeof told, "%s", err.zh);
    (void)snprintf(params, sizeof params,
                   "{'text': '"
                   "BIHUAN-BULLETIN/1 nowhere " DAY(12) " " DAY(13) " v1 @77 " HASH "'}");
    test_query_refused(t, &city->scope, "verify_bulletin", params, BH_MISSING, &err);
    assert_string_equal(told, err.zh); /* the same answer as for no such place */
    done(t);
}

/* ---- counts by date of sample ---- */

static json_t *days(struct test_ledger *t, const char *area)
{
    char params[200];
    (void)snprintf(params, sizeof params, "{'area': '%s', " INTERVAL(11, 16) "}", area);
    return test_query(t, "sample_days", params);
}

static int64_t on_day(const json_t *rows, const char *day, const char *name)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(json_string_value(json_object_get(row, "day")), day) == 0)
            return test_int(row, name);
    }
    return 0;
}

static void the_same_cases_stand_on_the_day_of_their_sample(void **state)
{
    struct test_ledger *t = province();
    (void)state;
    /* sampled six hours before the audit that counts: the day before */
    (void)counted(t, "220202", "confirmed", "mild", "2022-03-12T03:00:00+08:00");
    (void)counted(t, "220202", "asymptomatic", "none", "2022-03-12T23:00:00+08:00");
    struct made_case turned =
        counted(t, "220102", "asymptomatic", "none", "2022-03-11T12:00:00+08:00");
    convert(t, &turned, "mild", "2022-03-14T09:00:00+08:00");
    json_t *rows = days(t, "220000");
    assert_int_equal(on_day(rows, DAY(12), "confirmed_reported"), 1);
    assert_int_equal(on_day(rows, DAY(12), "confirmed_sampled"), 0);
    assert_int_equal(on_day(rows, DAY(11), "confirmed_sampled"), 2); /* with the conversion */
    assert_int_equal(on_day(rows, DAY(14), "confirmed_reported"), 1);
    assert_int_equal(on_day(rows, DAY(12), "asymptomatic_sampled"), 1);
    assert_int_equal(on_day(rows, DAY(11), "asymptomatic_sampled"), 1);
    int64_t sum[4] = {0};
    static const char *const names[] = {"confirmed_reported", "asymptomatic_reported",
                                        "confirmed_sampled", "asymptomatic_sampled"};
    for (size_t i = 0; i < json_array_size(rows); i++)
        for (int k = 0; k < 4; k++)
            sum[k] += test_int(json_array_get(rows, i), names[k]);
    assert_int_equal(sum[0], 2);
    assert_int_equal(sum[1], 2);
    assert_int_equal(sum[2], sum[0]); /* none is lost between the two */
    assert_int_equal(sum[3], sum[1]);
    json_decref(rows);
    rows = days(t, "220100");
    assert_int_equal(json_array_size(rows), 2); /* only its own */
    json_decref(rows);
    done(t);
}

static void an_interval_has_an_end(void **state)
{
    struct test_ledger *t = province();
    struct bh_err err;
    (void)state;
    test_query_refused(t, &scope_everything, "sample_days",
                       "{'area': '220000', 'from': '" DAY(12) "', 'to': '" DAY(12) "'}", BH_INVALID,
                       &err);
    test_query_refused(
        t, &scope_everything, "sample_days",
        "{'area': '220000', 'from': '2020-01-01T00:00:00+08:00', 'to': '" DAY(12) "'}", BH_INVALID,
        &err);
    done(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_read_word_by_word),
        cmocka_unit_test(a_signed_version_is_recognised_and_nothing_else),
        cmocka_unit_test(a_new_version_does_not_make_the_old_one_untrue),
        cmocka_unit_test(a_part_is_verified_within_the_readers_scope),
        cmocka_unit_test(the_same_cases_stand_on_the_day_of_their_sample),
        cmocka_unit_test(an_interval_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
