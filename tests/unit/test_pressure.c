/* What bounds the queues: the learned pace of transactions, and the level of load that follows from it. */
#include "api/pressure.h"
#include "ledger/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FIXED_US = 2000, EACH_US = 60, NOTHING = PRIORITY_EXPORT + 1, LOOK_MS = 250 };

static void note(struct pace *pace, int64_t count)
{
    pace_note(pace, count, FIXED_US + count * EACH_US);
}

static void within(int64_t got, int64_t wanted, int64_t percent)
{
    assert_in_range(got, wanted - wanted * percent / 100, wanted + wanted * percent / 100);
}

static void idle_hour_does_not_make_a_burst_look_slow(void **state)
{
    struct pace pace;
    (void)state;
    pace_init(&pace);
    for (int i = 0; i < 1000; i++)
        note(&pace, 1);
    within(pace_expect_us(&pace, 1), FIXED_US + EACH_US, 10);
    /* Nothing is known of larger ones: not better than the first guess, far from a hundred times as slow. */
    assert_true(pace_expect_us(&pace, 200) < 50 * (FIXED_US + EACH_US));
    for (int i = 0; i < 20; i++)
        note(&pace, 100 + i % 3 * 50);
    within(pace_expect_us(&pace, 200), FIXED_US + 200 * EACH_US, 15);
    within(pace_expect_us(&pace, 1000), FIXED_US + 1000 * EACH_US, 15);
}

static void equal_batches_keep_the_sum_right(void **state)
{
    struct pace pace;
    (void)state;
    pace_init(&pace);
    for (int i = 0; i < 200; i++)
        note(&pace, 500);
    within(pace_expect_us(&pace, 500), FIXED_US + 500 * EACH_US, 5);
    assert_true(pace_expect_us(&pace, 1000) > pace_expect_us(&pace, 500));
}

static void a_slower_disk_is_noticed(void **state)
{
    struct pace pace;
    (void)state;
    pace_init(&pace);
    for (int i = 0; i < 100; i++)
        note(&pace, 50 + i % 7 * 20);
    for (int i = 0; i < 20; i++)
        pace_note(&pace, 100, 80000);
    assert_true(pace_expect_us(&pace, 100) > 60000);
}

static void the_level_rises_when_it_lasts_and_falls_slowly(void **state)
{
    struct pressure pressure;
    int64_t now = 0;
    (void)state;
    pressure_init(&pressure);
    pressure_look(&pressure, PRIORITY_BOARD, now += LOOK_MS);
    assert_int_equal(pressure_level(&pressure), 0); /* one moment is not enough */
    pressure_look(&pressure, PRIORITY_BOARD, now += LOOK_MS);
    assert_int_equal(pressure_level(&pressure), 2);
    assert_true(pressure_refuses(&pressure, PRIORITY_EXPORT));
    assert_true(pressure_refuses(&pressure, PRIORITY_BOARD));
    assert_false(pressure_refuses(&pressure, PRIORITY_LOOKUP));
    pressure_look(&pressure, PRIORITY_SAMPLING, now += LOOK_MS);
    pressure_look(&pressure, PRIORITY_SAMPLING, now += LOOK_MS);
    assert_int_equal(pressure_level(&pressure), 3);
    assert_true(pressure_refuses(&pressure, PRIORITY_LOOKUP));
    assert_false(pressure_refuses(&pressure, PRIORITY_RESULT));
    int64_t ended = now;
    int steps = 0;
    for (int before = 3; before > 0;) {
        pressure_look(&pressure, NOTHING, now += LOOK_MS);
        assert_in_range(pressure_level(&pressure), before - 1, before);
        steps += pressure_level(&pressure) < before;
        before = pressure_level(&pressure);
    }
    assert_int_equal(steps, 3);
    assert_in_range(now - ended, 3000, 4000);
    assert_false(pressure_refuses(&pressure, PRIORITY_EXPORT));
}

static void readers_without_room_count_once(void **state)
{
    struct pressure pressure;
    (void)state;
    pressure_init(&pressure);
    for (int i = 1; i <= 2; i++) {
        pressure_note(&pressure, PRIORITY_EXPORT);
        pressure_note(&pressure, PRIORITY_BOARD);
        pressure_note(&pressure, PRIORITY_EXPORT);
        pressure_look(&pressure, NOTHING, i * LOOK_MS);
    }
    assert_int_equal(pressure_level(&pressure), 2);
    for (int i = 3; i < 20; i++)
        pressure_look(&pressure, NOTHING, i * LOOK_MS);
    assert_int_equal(pressure_level(&pressure), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_hour_does_not_make_a_burst_look_slow),
        cmocka_unit_test(equal_batches_keep_the_sum_right),
        cmocka_unit_test(a_slower_disk_is_noticed),
        cmocka_unit_test(the_level_rises_when_it_lasts_and_falls_slowly),
        cmocka_unit_test(readers_without_room_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
