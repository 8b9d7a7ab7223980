/*
 * What a round asks for against what there is, and who may go into a tube: the pure rules of roll, order and sampling.
 */
#include "base/time.h"
#include "round/order.h"
#include "round/roll.h"
#include "round/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR BH_HOUR_MS

static const int64_t sizes[] = {1, 5, 10, 20};
static const struct order_means jilin_city = {
    .tubes_per_hour = 11875, /* 285,000 a day, 16 March 2022 */
    .samplers = 20000,
    .people_per_sampler = 360,
    .lead_ms = 2 * HOUR,
    .pool_sizes = sizes,
    .pool_size_count = 4,
};

static void tubes_follow_the_pool_plan(void **state)
{
    (void)state;
    struct order_need need = {.due = 1000, .pool_size = 10};
    assert_int_equal(order_tubes(&need), 100);
    need.exempt = 1;
    assert_int_equal(order_tubes(&need), 100); /* the last one is not full */
    need = (struct order_need){
        .due = 1000, .key_people = 50, .sealed_homes = 20, .sealed_people = 60, .pool_size = 10};
    assert_int_equal(order_tubes(&need), 100);
    need.key_single = true;
    assert_int_equal(order_tubes(&need), 50 + 95);
    need.household_tubes = true;
    assert_int_equal(order_tubes(&need), 20 + 50 + 89);
    need = (struct order_need){.due = 3, .exempt = 3, .pool_size = 10};
    assert_int_equal(order_tubes(&need), 0);
}

/* Jilin City, 17 March 2022: 3,623,713 people at ten to one are 362,372 tubes; 285,000 a day do not do. */
static void jilin_city_is_told_at_the_order(void **state)
{
    (void)state;
    struct order_need need = {.due = 3623713, .pool_size = 10};
    struct order_shortage found[ORDER_SHORTAGES];
    assert_int_equal(order_tubes(&need), 362372);
    assert_int_equal(order_shortages(&need, &jilin_city, 0, 24 * HOUR, found), 1);
    assert_int_equal(found[0].kind, SHORT_LABORATORY);
    assert_int_equal(found[0].available, 11875);
    assert_int_equal(found[0].needed, 16472); /* in 22 hours of laboratory time */
    assert_int_equal(found[0].pool_advised, 20);
    assert_true(found[0].finish_ms > 32 * HOUR && found[0].finish_ms < 33 * HOUR);
    need.pool_size = 20;
    assert_int_equal(order_shortages(&need, &jilin_city, 0, 24 * HOUR, found), 0);
}

static void forty_five_thousand_a_day_never_do(void **state)
{
    (void)state;
    struct order_means means = jilin_city;
    struct order_need need = {.due = 3623713, .pool_size = 20};
    struct order_shortage found[ORDER_SHORTAGES];
    means.tubes_per_hour = 1875;
    assert_int_equal(order_shortages(&need, &means, 0, 24 * HOUR, found), 1);
    assert_int_equal(found[0].pool_advised, BH_NONE);
    assert_true(found[0].finish_ms > 98 * HOUR && found[0].finish_ms < 99 * HOUR);
    means.tubes_per_hour = 0;
    assert_int_equal(order_shortages(&need, &means, 0, 24 * HOUR, found), 1);
    assert_int_equal(found[0].finish_ms, BH_NONE);
}

static void samplers_and_tubes_can_be_short(void **state)
{
    (void)state;
    struct order_means means = jilin_city;
    struct order_need need = {.due = 36000, .pool_size = 10};
    struct order_shortage found[ORDER_SHORTAGES];
    means.samplers = 50;
    means.tube_stock = 3599;
    assert_int_equal(order_shortages(&need, &means, 0, 24 * HOUR, found), 2);
    assert_int_equal(found[0].kind, SHORT_SAMPLERS);
    assert_int_equal(found[0].needed, 100);
    assert_int_equal(found[0].finish_ms, 48 * HOUR);
    assert_int_equal(found[1].kind, SHORT_TUBES);
    assert_int_equal(found[1].needed, 3600);
    means.samplers = 100;
    means.tube_stock = 3600;
    assert_int_equal(order_shortages(&need, &means, 0, 24 * HOUR, found), 0);
    means.people_per_sampler = 0; /* the plan has no rule */
    means.samplers = 0;
    assert_int_equal(order_shortages(&need, &means, 0, 24 * HOUR, found), 0);
}

static void pool_sizes_are_read_as_the_plan_writes_them(void **state)
{
    (void)state;
    int64_t found[4];
    assert_int_equal(order_pool_sizes("[1, 5, 10, 20]", found, 4), 4);
    assert_int_equal(found[3], 20);
    assert_int_equal(order_pool_sizes("[1, 5, 10, 20]", found, 2), 2);
    assert_int_equal(order_pool_sizes("10", found, 4), 1);
    assert_int_equal(order_pool_sizes("[]", found, 4), 0);
    assert_int_equal(order_pool_sizes(NULL, found, 4), 0);
}

static void a_round_goes_one_way(void **state)
{
    (void)state;
    for (int64_t from = ROUND_ORDERED; from <= ROUND_CLOSED; from++)
        for (int64_t to = ROUND_ORDERED; to <= ROUND_CLOSED; to++) {
            bool may =
                (from == ROUND_SAMPLING && to == ROUND_MOP_UP) ||
                (to == ROUND_SAMPLED_CLOSED && from < ROUND_SAMPLED_CLOSED); /* or called off */
            assert_int_equal(order_may_move(from, to), may);
        }
    assert_int_equal(order_finish_ms(7, 0, 0), 7);
    assert_int_equal(order_finish_ms(7, 10, 0), BH_NONE);
    assert_int_equal(order_finish_ms(0, 30, 10), 3 * HOUR);
}

/* ---- roll ---- */

static struct roll_household home(int64_t building, int64_t unit, struct roll_resident *residents,
                                  size_t count)
{
    return (struct roll_household){
        .building = building, .unit = unit, .residents = {residents, count}};
}

static void households_come_building_by_building(void **state)
{
    (void)state;
    struct bh_err err = {.code = BH_OK};
    static struct roll_resident many[ROLL_BLOCK_RESIDENTS];
    struct roll_household list[] = {home(1, 1, many, 2), home(1, 2, many, 1), home(2, 1, many, 1)};
    assert_true(roll_households_fit(list, 3, &err));
    list[2].building = 1;
    list[2].unit = 1;
    assert_false(roll_households_fit(list, 3, &err));
    assert_int_equal(err.row, 3);
    struct roll_household large[] = {home(1, 1, many, ROLL_BLOCK_RESIDENTS), home(1, 1, many, 1)};
    assert_false(roll_households_fit(large, 2, &err));
    assert_int_equal(err.code, BH_TOO_BIG);
}

static void who_is_listed_already_is_left_out(void **state)
{
    (void)state;
    struct bh_arena arena;
    struct bh_list kept;
    struct roll_resident four[4] = {
        {.category = 0}, {.category = 1}, {.category = 2}, {.category = 3}};
    struct roll_household list[] = {home(1, 1, four, 2), home(1, 2, four + 2, 2)};
    const bool first[] = {true, true, false, false}, some[] = {false, true, true, false},
               none[] = {false, false, false, false}, all[] = {true, true, true, true};
    bh_arena_init(&arena, 1 << 20);
    assert_int_equal(roll_households_keep(list, 2, first, &arena, &kept), 2);
    assert_int_equal(kept.count, 1);
    assert_int_equal(roll_households_keep(list, 2, some, &arena, &kept), 2);
    const struct roll_household *households = kept.items;
    assert_int_equal(kept.count, 2);
    assert_int_equal(((const struct roll_resident *)households[1].residents.items)->category, 3);
    assert_int_equal(roll_households_keep(list, 2, none, &arena, &kept), 4);
    assert_int_equal(roll_households_keep(list, 2, all, &arena, &kept), 0);
    assert_int_equal(kept.count, 0);
    bh_arena_done(&arena);
}

/* ---- sampling ---- */

static void codes_are_plain(void **state)
{
    (void)state;
    struct bh_err err;
    assert_true(sample_code_fits(BH_STR("0001"), &err));
    assert_true(sample_code_fits(BH_STR("JL2203170001"), &err));
    assert_false(sample_code_fits(BH_STR("001"), &err));
    assert_false(sample_code_fits(BH_STR("jl2203170001"), &err));
    assert_false(sample_code_fits(BH_STR("JL-2203"), &err));
    assert_false(sample_code_fits(BH_STR("管码一二"), &err));
    assert_false(sample_code_fits(BH_STR("012345678901234567890123456789012"), &err));
}

static struct sample_place at(int64_t slot, int64_t area)
{
    return (struct sample_place){.slot = slot, .area = area, .covered = true, .at_ms = BH_NONE};
}

static void refused_at(const struct sample_place *people, size_t count, int place)
{
    struct bh_err err = {.code = BH_OK};
    assert_false(sample_people_fit(people, count, 10, 1000, &err));
    assert_int_equal(err.row, place);
}

static void who_cannot_go_into_a_tube_is_named(void **state)
{
    (void)state;
    struct bh_err err = {.code = BH_OK};
    struct sample_place three[] = {at(1, 5), at(2, 5), at(9, 7)}, eleven[11];
    assert_true(sample_people_fit(three, 3, 10, 1000, &err));
    three[1].slot = 1;
    refused_at(three, 3, 2);
    three[1] = at(2, 5);
    three[2].tube = 77;
    refused_at(three, 3, 3);
    three[2] = at(9, 0);
    refused_at(three, 3, 3);
    three[2] = at(9, 7);
    three[0].covered = false;
    refused_at(three, 3, 1);
    three[0] = at(1, 5);
    three[0].at_ms = 1001;
    refused_at(three, 3, 1);
    three[0].at_ms = 1000;
    assert_true(sample_people_fit(three, 3, 10, 1000, &err));
    for (int64_t i = 0; i < 11; i++)
        eleven[i] = at(i + 1, 5);
    assert_false(sample_people_fit(eleven, 11, 10, 1000, &err));
    assert_true(sample_people_fit(eleven, 11, 20, 1000, &err));
}

static void people_are_summed_where_they_live(void **state)
{
    (void)state;
    struct sample_place four[] = {at(1, 5), at(9, 7), at(2, 5), at(3, 5)};
    struct sampled_area areas[4];
    four[2].away = true;
    assert_int_equal(sample_areas(four, 4, areas), 2);
    assert_int_equal(areas[0].area, 5);
    assert_int_equal(areas[0].count, 3);
    assert_int_equal(areas[0].away, 1);
    assert_int_equal(areas[1].count, 1);
    assert_int_equal(areas[1].away, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tubes_follow_the_pool_plan),
        cmocka_unit_test(jilin_city_is_told_at_the_order),
        cmocka_unit_test(forty_five_thousand_a_day_never_do),
        cmocka_unit_test(samplers_and_tubes_can_be_short),
        cmocka_unit_test(pool_sizes_are_read_as_the_plan_writes_them),
        cmocka_unit_test(a_round_goes_one_way),
        cmocka_unit_test(households_come_building_by_building),
        cmocka_unit_test(who_is_listed_already_is_left_out),
        cmocka_unit_test(codes_are_plain),
        cmocka_unit_test(who_cannot_go_into_a_tube_is_named),
        cmocka_unit_test(people_are_summed_where_they_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
