/* Token buckets: what they let through, and what a crowd does to them. */
#include "api/rate.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[16] = {1, 2, 3};
enum { SECOND_US = 1000000 };

static struct bh_str number(const int64_t *subject)
{
    return (struct bh_str){(const char *)subject, sizeof *subject};
}

static void burst_then_one_for_each_interval(void **state)
{
    const struct rate_rule rule = {.every_us = SECOND_US, .burst = 5, .places = 64};
    struct rate *rate = rate_new(&rule, key);
    int64_t subject = 4711, now = 50 * SECOND_US;
    (void)state;
    for (int turn = 0; turn < 5; turn++)
        assert_int_equal(rate_take(rate, number(&subject), now), 0);
    assert_int_equal(rate_take(rate, number(&subject), now), SECOND_US);
    assert_int_equal(rate_take(rate, number(&subject), now + SECOND_US / 4), SECOND_US * 3 / 4);
    assert_int_equal(rate_take(rate, number(&subject), now + SECOND_US), 0);
    assert_true(rate_take(rate, number(&subject), now + SECOND_US) > 0);
    /* Long silence gives a burst back, not more. */
    now += 3600 * (int64_t)SECOND_US;
    for (int turn = 0; turn < 5; turn++)
        assert_int_equal(rate_take(rate, number(&subject), now), 0);
    assert_true(rate_take(rate, number(&subject), now) > 0);
    rate_free(rate);
}

static void one_subject_does_not_spend_anothers_tokens(void **state)
{
    const struct rate_rule rule = {.every_us = SECOND_US, .burst = 2, .places = 1 << 12};
    struct rate *rate = rate_new(&rule, key);
    (void)state;
    for (int64_t subject = 0; subject < 100; subject++)
        for (int turn = 0; turn < 2; turn++)
            assert_int_equal(rate_take(rate, number(&subject), SECOND_US), 0);
    for (int64_t subject = 0; subject < 100; subject++)
        assert_true(rate_take(rate, number(&subject), SECOND_US) > 0);
    rate_free(rate);
}

/* The table is full of others: some buckets are forgotten, the busiest is not, and nobody is refused for it. */
static void a_crowd_forgives_but_never_refuses(void **state)
{
    const struct rate_rule rule = {.every_us = SECOND_US, .burst = 3, .places = 64};
    struct rate *rate = rate_new(&rule, key);
    int64_t busy = -1;
    (void)state;
    for (int turn = 0; turn < 3; turn++)
        assert_int_equal(rate_take(rate, number(&busy), SECOND_US), 0);
    for (int64_t subject = 0; subject < 10000; subject++)
        assert_int_equal(rate_take(rate, number(&subject), SECOND_US), 0);
    assert_true(rate_take(rate, number(&busy), SECOND_US) > 0);
    rate_free(rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_then_one_for_each_interval),
        cmocka_unit_test(one_subject_does_not_spend_anothers_tokens),
        cmocka_unit_test(a_crowd_forgives_but_never_refuses),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
