/* What an order needs, held against what there is; and lanes between sites: figures done by hand, and properties over
 * random sites. */
#include "base/time.h"
#include "round/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const int64_t pool_sizes[] = {1, 5, 10, 20};
static const int64_t START = 1000 * BH_HOUR_MS, DAY = 24 * BH_HOUR_MS;

static struct order_means means_of(int64_t tubes_per_hour, int64_t samplers)
{
    return (struct order_means){.tubes_per_hour = tubes_per_hour,
                                .samplers = samplers,
                                .people_per_sampler = 360,
                                .lead_ms = 2 * BH_HOUR_MS,
                                .pool_sizes = pool_sizes,
                                .pool_size_count = 4};
}

/* Jilin City: 3,623,713 people, ten to a tube, are 362,372 tubes. */
static void a_city_is_short_and_twenty_to_one_is_advised(void **unused)
{
    struct order_need need = {.due = 3623713, .pool_size = 10};
    struct order_means means = means_of(12000, 10100);
    struct order_shortage list[ORDER_SHORTAGES];
    (void)unused;
    assert_int_equal(order_tubes(&need), 362372);
    assert_int_equal(order_samplers(&need, &means), 10066);
    assert_int_equal(order_shortages(&need, &means, START, START + DAY, list), 1);
    assert_int_equal(list[0].kind, SHORT_LABORATORY);
    assert_int_equal(list[0].needed, 16472); /* 362,372 in 22 hours */
    assert_int_equal(list[0].pool_advised, 20);
    /* 2 h to the laboratory, 30 h of 12,000, 2,372 more in 11 min 51.6 s */
    assert_int_equal(list[0].finish_ms, START + 32 * BH_HOUR_MS + 2372 * BH_HOUR_MS / 12000);
    assert_int_equal(list[0].finish_ms, order_tested_ms(&means, START, 362372));
    means.tubes_per_hour = 16472;
    assert_int_equal(order_shortages(&need, &means, START, START + DAY, list), 0);
}

static void samplers_bound_the_end_of_sampling(void **unused)
{
    struct order_need need = {.due = 7200, .pool_size = 10};
    struct order_means means = means_of(1000, 10);
    (void)unused;
    assert_int_equal(order_samplers(&need, &means), 20);
    assert_int_equal(order_sampled_ms(&need, &means, START, START + DAY), START + 2 * DAY);
    means.samplers = 40;
    assert_int_equal(order_sampled_ms(&need, &means, START, START + DAY), START + DAY / 2);
    means.samplers = 0;
    assert_int_equal(order_sampled_ms(&need, &means, START, START + DAY), BH_NONE);
    means.people_per_sampler = 0;
    assert_int_equal(order_samplers(&need, &means), BH_NONE);
    need.exempt = need.due;
    means = means_of(0, 0);
    assert_int_equal(order_sampled_ms(&need, &means, START, START + DAY), START);
    assert_int_equal(order_tested_ms(&means, START, 0), START);
    assert_int_equal(order_tested_ms(&means, START, 1), BH_NONE);
}

static void the_later_end_is_never_when_one_is_never(void **unused)
{
    (void)unused;
    assert_int_equal(order_later(3, 5), 5);
    assert_int_equal(order_later(5, 3), 5);
    assert_int_equal(order_later(BH_NONE, 3), BH_NONE);
    assert_int_equal(order_later(3, BH_NONE), BH_NONE);
}

/* Six lanes, 300 people, 600 an hour: half an hour. Two lanes, 900 people, 200 an hour: four and a half. With three
 * more it is 900 / 500 = 1 h 48 min there and 300 / 300 = 1 h here; with four, 1 h 30 min on both sides; five are worse. */
static void lanes_go_where_the_time_is_longest(void **unused)
{
    struct order_pace sites[] = {{.site = 1, .left = 300, .per_hour = 600, .stations = 6},
                                 {.site = 2, .left = 900, .per_hour = 200, .stations = 2},
                                 {.site = 3, .left = 400, .per_hour = 300, .stations = 3}};
    struct order_move moves[4];
    (void)unused;
    assert_int_equal(order_moves(sites, 3, 15 * BH_MINUTE_MS, moves, 4), 1);
    assert_int_equal(moves[0].from, 1);
    assert_int_equal(moves[0].to, 2);
    assert_int_equal(moves[0].lanes, 4);
    assert_int_equal(moves[0].before_ms, 270 * BH_MINUTE_MS);
    assert_int_equal(moves[0].after_ms, 90 * BH_MINUTE_MS);
    assert_int_equal(sites[0].stations, 2);
    assert_int_equal(sites[1].stations, 6);
    assert_int_equal(sites[1].per_hour, 600);
    assert_false(sites[2].moved);
}

static void lanes_stay_when_little_is_gained_or_nothing_is_known(void **unused)
{
    struct order_pace sites[] = {{.site = 1, .left = 300, .per_hour = 300, .stations = 3},
                                 {.site = 2, .left = 330, .per_hour = 300, .stations = 3}};
    struct order_pace unknown[] = {{.site = 1, .left = 0, .per_hour = BH_NONE, .stations = 3},
                                   {.site = 2, .left = 330, .per_hour = 30, .stations = 3}};
    struct order_pace single[] = {{.site = 1, .left = 10, .per_hour = 300, .stations = 1},
                                  {.site = 2, .left = 3300, .per_hour = 300, .stations = 3}};
    struct order_move moves[4];
    (void)unused;
    assert_int_equal(order_moves(sites, 2, BH_MINUTE_MS, moves, 4), 0);
    assert_int_equal(order_moves(unknown, 2, BH_MINUTE_MS, moves, 4), 0);
    assert_int_equal(order_moves(single, 2, BH_MINUTE_MS, moves, 4), 0);
    single[0].left = 0; /* through: its last lane may go, too */
    assert_int_equal(order_moves(single, 2, BH_MINUTE_MS, moves, 4), 1);
    assert_int_equal(moves[0].lanes, 1);
    assert_int_equal(order_moves(single, 2, BH_MINUTE_MS, moves, 0), 0);
}

static uint64_t seed = 20220317;
static int64_t below(int64_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 33) % (uint64_t)limit);
}

static void moves_keep_lanes_and_never_lengthen(void **unused)
{
    enum { SITES = 12 };
    size_t advised = 0;
    (void)unused;
    for (int run = 0; run < 2000; run++) {
        struct order_pace sites[SITES], before[SITES];
        struct order_move moves[SITES];
        int64_t lanes = 0, after = 0;
        bool named[SITES + 1] = {false};
        for (int i = 0; i < SITES; i++) {
            sites[i] = (struct order_pace){.site = i + 1,
                                           .left = below(3000),
                                           .per_hour = below(900),
                                           .stations = 1 + below(9)};
            lanes += sites[i].stations;
        }
        memcpy(before, sites, sizeof before);
        int count = order_moves(sites, SITES, 15 * BH_MINUTE_MS, moves, SITES);
        advised += (size_t)count;
        for (int m = 0; m < count; m++) {
            const struct order_pace *from = &before[moves[m].from - 1];
            assert_true(moves[m].before_ms - moves[m].after_ms >= 15 * BH_MINUTE_MS);
            assert_true(moves[m].lanes >= 1 && moves[m].lanes <= from->stations);
            assert_true(from->left == 0 || moves[m].lanes < from->stations);
            assert_false(named[moves[m].from] || named[moves[m].to]);
            named[moves[m].from] = named[moves[m].to] = true;
        }
        for (int i = 0; i < SITES; i++)
            after += sites[i].stations;
        assert_int_equal(after, lanes);
    }
    assert_true(advised > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_city_is_short_and_twenty_to_one_is_advised),
        cmocka_unit_test(samplers_bound_the_end_of_sampling),
        cmocka_unit_test(the_later_end_is_never_when_one_is_never),
        cmocka_unit_test(lanes_go_where_the_time_is_longest),
        cmocka_unit_test(lanes_stay_when_little_is_gained_or_nothing_is_known),
        cmocka_unit_test(moves_keep_lanes_and_never_lengthen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
