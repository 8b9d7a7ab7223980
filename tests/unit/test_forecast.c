/* When the overdue loops would be cleared: only what follows from a whole day of log. */
#include "ledger/duty_forecast.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ZONE = 480, MOST_DAYS = 14 };
#define NOON INT64_C(1647230400000) /* 2022-03-14 12:00 in that zone */

static struct forecast judge(int64_t overdue, int64_t opened, int64_t closed)
{
    struct forecast_basis basis = {overdue, opened, closed, BH_DAY_MS, NOON, true, MOST_DAYS};
    return forecast_judge(&basis);
}

static void without_a_backlog_there_is_nothing_to_foretell(void **state)
{
    (void)state;
    assert_int_equal(judge(0, 10, 0).outcome, FORECAST_CLEAR);
    assert_int_equal(judge(0, 0, 0).outcome, FORECAST_CLEAR);
    assert_true(judge(0, 0, 10).clears_ms == BH_NONE);
}

static void it_clears_by_what_is_closed_beyond_what_is_opened(void **state)
{
    (void)state;
    struct forecast forecast = judge(50, 100, 200); /* 100 fewer a day */
    assert_int_equal(forecast.outcome, FORECAST_CLEARS);
    assert_true(forecast.clears_ms == NOON + BH_DAY_MS / 2);
    forecast = judge(1, 0, 7); /* 3 h 25 min 42.9 s: told to the next minute */
    assert_true(forecast.clears_ms == NOON + 206 * BH_MINUTE_MS);
    assert_int_equal(judge(14, 9, 10).outcome, FORECAST_CLEARS);
    assert_int_equal(judge(15, 9, 10).outcome, FORECAST_FAR);
    assert_true(judge(15, 9, 10).clears_ms == BH_NONE);
}

/* How far off is too far stands in the plan: another plan, another answer; none, and it is always told. */
static void how_far_off_is_the_plans(void **state)
{
    (void)state;
    struct forecast_basis basis = {15, 9, 10, BH_DAY_MS, NOON, true, MOST_DAYS};
    assert_int_equal(forecast_judge(&basis).outcome, FORECAST_FAR);
    basis.max_days = MOST_DAYS + 1;
    assert_int_equal(forecast_judge(&basis).outcome, FORECAST_CLEARS);
    basis.max_days = BH_NONE;
    basis.overdue = 1000;
    assert_true(forecast_judge(&basis).clears_ms == NOON + 1000 * BH_DAY_MS);
}

static void a_longer_span_is_a_slower_pace(void **state)
{
    (void)state;
    struct forecast_basis basis = {50, 100, 200, BH_DAY_MS + BH_HOUR_MS, NOON, true, MOST_DAYS};
    assert_true(forecast_judge(&basis).clears_ms == NOON + (BH_DAY_MS + BH_HOUR_MS) / 2);
}

static void it_grows_or_stands(void **state)
{
    (void)state;
    assert_int_equal(judge(5, 11, 10).outcome, FORECAST_GROWS);
    assert_int_equal(judge(5, 10, 10).outcome, FORECAST_STANDS);
    assert_int_equal(judge(5, 0, 0).outcome, FORECAST_STANDS);
    assert_true(judge(5, 11, 10).clears_ms == BH_NONE);
}

static void less_than_a_day_of_log_says_nothing(void **state)
{
    (void)state;
    struct forecast_basis basis = {5, 1, 10, BH_DAY_MS, NOON, false, MOST_DAYS};
    assert_int_equal(forecast_judge(&basis).outcome, FORECAST_NO_DAY);
    basis.whole = true;
    basis.span_ms = BH_DAY_MS - 1;
    assert_int_equal(forecast_judge(&basis).outcome, FORECAST_NO_DAY);
    basis.overdue = 0;
    assert_int_equal(forecast_judge(&basis).outcome, FORECAST_CLEAR);
}

static void words_are(int64_t overdue, int64_t opened, int64_t closed, bool whole, const char *zh,
                      const char *en)
{
    struct forecast_basis basis = {overdue, opened, closed, BH_DAY_MS, NOON, whole, MOST_DAYS};
    struct forecast forecast = forecast_judge(&basis);
    char text[FORECAST_WORDS];
    forecast_words(&basis, &forecast, ZONE, false, text);
    assert_string_equal(text, zh);
    forecast_words(&basis, &forecast, ZONE, true, text);
    assert_string_equal(text, en);
}

static void it_is_told_in_both_languages(void **state)
{
    (void)state;
    words_are(0, 1, 1, true, "没有逾期的。", "Nothing is overdue.");
    words_are(50, 100, 200, true,
              "按近24小时的速度（新开100、闭合200），逾期的约于2022-03-15 00:00清零。",
              "At the pace of the last 24 h (100 opened, 200 closed) the overdue ones would be "
              "cleared about 2022-03-15 00:00.");
    words_are(5, 11, 10, true, "积压在增长：近24小时新开11、闭合10。",
              "The backlog grows: 11 opened and 10 closed in the last 24 h.");
    words_are(5, 10, 10, true, "积压不减：近24小时新开10、闭合10。",
              "The backlog stands still: 10 opened and 10 closed in the last 24 h.");
    words_are(5, 0, 10, false, "无法推算：日志还不足24小时。",
              "Not known: the log does not yet hold 24 hours.");
    words_are(15, 9, 10, true, "无法推算：按近24小时的速度（新开9、闭合10），14天内不能清零。",
              "Not known: at the pace of the last 24 h (9 opened, 10 closed) not within 14 days.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_backlog_there_is_nothing_to_foretell),
        cmocka_unit_test(it_clears_by_what_is_closed_beyond_what_is_opened),
        cmocka_unit_test(how_far_off_is_the_plans),
        cmocka_unit_test(a_longer_span_is_a_slower_pace),
        cmocka_unit_test(it_grows_or_stands),
        cmocka_unit_test(less_than_a_day_of_log_says_nothing),
        cmocka_unit_test(it_is_told_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
