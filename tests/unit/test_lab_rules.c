/* Pure decisions of boxes and laboratories: what goes into a box, wells and controls, verdicts, durations, pools. */
#include "round/box.h"
#include "round/lab.h"
#include "round/round.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- boxes ---- */

static bool seals(struct box_candidate first, struct box_candidate second, struct bh_err *err)
{
    struct box_candidate both[] = {first, second};
    memset(err, 0, sizeof *err);
    return box_tubes_fit(both, 2, 1000, err);
}

static void a_tube_goes_into_one_box_of_its_site(void **state)
{
    const struct box_candidate good = {7, BH_NONE, 900, BH_NONE};
    struct box_candidate other = {8, BH_NONE, 1000, BH_NONE};
    struct bh_err err;
    (void)state;
    assert_true(seals(good, other, &err));
    assert_false(seals(good, good, &err));
    assert_int_equal(err.code, BH_INVALID);
    assert_string_equal(err.field, "tubes[1]");
    assert_int_equal(err.row, 2);
    other.collected_ms = 1001;
    assert_false(seals(good, other, &err));
    other.collected_ms = 900;
    other.box = 3;
    assert_false(seals(good, other, &err));
    assert_int_equal(err.code, BH_CONFLICT);
    other.box = BH_NONE;
    other.sent_back_ms = 950;
    assert_false(seals(other, good, &err));
    assert_string_equal(err.field, "tubes[0]");
    assert_false(seals((struct box_candidate){.box = BH_NONE}, good, &err));
    assert_int_equal(err.code, BH_MISSING);
}

static void a_box_is_handed_over_by_two_people_in_order(void **state)
{
    struct box_facts box = {
        .sealed_ms = 100, .picked_ms = BH_NONE, .received_ms = BH_NONE, .lost_ms = BH_NONE};
    struct box_picked_up body = {.from_signature.hash = {1}, .courier_signature.hash = {2}};
    struct bh_err err;
    (void)state;
    assert_true(box_pick_up_fits(&box, &body, 100, &err));
    assert_false(box_pick_up_fits(&box, &body, 99, &err));
    assert_false(box_receive_fits(&box, &body.from_signature, &body.courier_signature, 200, &err));
    body.courier_signature.hash[0] = 1;
    assert_false(box_pick_up_fits(&box, &body, 100, &err));
    box.picked_ms = 150;
    body.courier_signature.hash[0] = 2;
    assert_false(box_pick_up_fits(&box, &body, 160, &err));
    assert_true(box_receive_fits(&box, &body.from_signature, &body.courier_signature, 150, &err));
    assert_false(box_receive_fits(&box, &body.from_signature, &body.courier_signature, 149, &err));
    box.lost_ms = 170;
    assert_false(box_receive_fits(&box, &body.from_signature, &body.courier_signature, 180, &err));
    assert_int_equal(err.code, BH_CONFLICT);
}

/* ---- wells ---- */

static void every_well_has_one_name(void **state)
{
    char name[LAB_WELL_TEXT];
    (void)state;
    for (int64_t well = 1; well <= LAB_WELLS; well++) {
        lab_well_name(well, name);
        assert_int_equal(lab_well_of(bh_str_of(name)), well);
    }
    assert_int_equal(lab_well_of(BH_STR("A1")), 1);
    assert_int_equal(lab_well_of(BH_STR("b01")), 2);
    assert_int_equal(lab_well_of(BH_STR("A2")), 9);
    assert_int_equal(lab_well_of(BH_STR("H12")), LAB_WELLS);
    const char *const none[] = {"", "A", "A0", "A13", "I1", "1A", "A1a", "A001", "é1", "A-1"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(lab_well_of(bh_str_of(none[i])), 0);
}

static void a_full_plate_has_94_tubes_and_two_controls(void **state)
{
    struct lab_laying items[LAB_WELLS], added[2];
    int64_t places[LAB_WELLS];
    bool used[LAB_WELLS + 1] = {false};
    size_t added_count = 0;
    struct bh_err err;
    (void)state;
    for (int i = 0; i < LAB_WELLS; i++)
        items[i] = (struct lab_laying){0, BH_NONE};
    items[5].well = 1; /* taken by name; the first in line gets the next */
    assert_true(lab_lay(items, LAB_WELLS - 2, places, added, &added_count, &err));
    assert_int_equal(added_count, 2);
    assert_int_equal(places[5], 1);
    assert_int_equal(places[0], 2);
    for (int i = 0; i < LAB_WELLS - 2; i++) {
        assert_in_range(places[i], 1, LAB_WELLS - 2);
        assert_false(used[places[i]]);
        used[places[i]] = true;
    }
    assert_int_equal(added[0].well, LAB_WELL_NEGATIVE);
    assert_int_equal(added[1].control, CONTROL_POSITIVE);
    assert_false(lab_lay(items, LAB_WELLS - 1, places, added, &added_count, &err));
    assert_int_equal(err.row, LAB_WELLS - 1);
    /* With controls of one's own, their fixed places are free. */
    items[0] = (struct lab_laying){3, CONTROL_NEGATIVE};
    items[1] = (struct lab_laying){4, CONTROL_POSITIVE};
    assert_true(lab_lay(items, LAB_WELLS, places, added, &added_count, &err));
    assert_int_equal(added_count, 0);
    items[2].well = 3;
    assert_false(lab_lay(items, 3, places, added, &added_count, &err));
    assert_string_equal(err.field, "wells[2]");
}

/* ---- verdicts ---- */

static void curves_make_a_verdict(void **state)
{
    const struct lab_cutoff cutoff = {4000, 2};
    static const struct {
        int64_t ct_orf1ab, ct_n;
        bool inhibited;
        int64_t verdict;
    } list[] = {
        {2000, 3999, false, VERDICT_POSITIVE},     {2000, 3999, true, VERDICT_POSITIVE},
        {2000, BH_NONE, false, VERDICT_GREY},      {2000, 4000, false, VERDICT_GREY},
        {4100, BH_NONE, true, VERDICT_GREY},       {BH_NONE, BH_NONE, false, VERDICT_NEGATIVE},
        {BH_NONE, BH_NONE, true, VERDICT_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        assert_int_equal(
            lab_well_verdict(&cutoff, list[i].ct_orf1ab, list[i].ct_n, list[i].inhibited),
            list[i].verdict);
    const struct lab_cutoff one = {4000, 1};
    assert_int_equal(lab_well_verdict(&one, 2000, BH_NONE, false), VERDICT_POSITIVE);
    assert_int_equal(lab_target_verdict(&cutoff, 3999), VERDICT_POSITIVE);
    assert_int_equal(lab_target_verdict(&cutoff, 4000), VERDICT_GREY);
}

/* Agrees with what a told verdict must be: each plate's result could have been told by hand. */
static void verdicts_of_plates_fit_those_told_by_hand(void **state)
{
    const struct lab_cutoff cutoff = {4000, TARGET_COUNT};
    const int64_t cts[] = {BH_NONE, 0, 2500, 3999, 4000, 4500};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++) {
            struct target_result targets[] = {
                {TARGET_ORF1AB, cts[i], lab_target_verdict(&cutoff, cts[i])},
                {TARGET_N, cts[k], lab_target_verdict(&cutoff, cts[k])},
            };
            assert_int_equal(
                tube_verdict_fits(lab_well_verdict(&cutoff, cts[i], cts[k], false), targets, 2),
                TUBE_FITS);
        }
}

static void controls_hold_or_the_plate_is_void(void **state)
{
    const struct lab_cutoff cutoff = {4000, 2};
    (void)state;
    assert_true(lab_control_holds(&cutoff, CONTROL_NEGATIVE, BH_NONE, BH_NONE));
    assert_true(lab_control_holds(&cutoff, CONTROL_NEGATIVE, BH_NONE, 4200));
    assert_false(lab_control_holds(&cutoff, CONTROL_NEGATIVE, BH_NONE, 3900));
    assert_true(lab_control_holds(&cutoff, CONTROL_POSITIVE, 2500, 2600));
    assert_false(lab_control_holds(&cutoff, CONTROL_POSITIVE, 2500, BH_NONE));
    assert_false(lab_control_holds(&cutoff, CONTROL_POSITIVE, 2500, 4000));
}

/* ---- durations ---- */

static void classes_of_durations_keep_their_order(void **state)
{
    int64_t before = 0;
    (void)state;
    for (int64_t minutes = 0; minutes < 20 * 24 * 60; minutes++) {
        int64_t class = lab_class_of(minutes * BH_MINUTE_MS);
        assert_in_range(class, 0, LAB_CLASSES - 1);
        assert_true(class >= before);
        before = class;
        /* The middle of a class lies in it, and is near what it stands for. */
        assert_int_equal(lab_class_of(lab_class_ms(class)), class);
        int64_t off = lab_class_ms(class) / BH_MINUTE_MS - minutes;
        if (class < LAB_CLASSES - 1)
            assert_true(off <= (minutes < 240 ? 3 : 15) && off >= (minutes < 240 ? -3 : -15));
    }
    assert_int_equal(lab_class_of(-5), 0);
}

static void the_median_is_that_of_the_list(void **state)
{
    uint64_t random = 88172645463325252;
    (void)state;
    for (int turn = 0; turn < 200; turn++) {
        int64_t tubes[LAB_CLASSES] = {0}, list[99];
        int count = 1 + turn % 99;
        for (int i = 0; i < count; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            list[i] = (int64_t)(random % LAB_CLASSES);
            tubes[list[i]]++;
        }
        int64_t middle = lab_median_class(tubes), lower = 0, higher = 0;
        for (int i = 0; i < count; i++) {
            lower += list[i] < middle;
            higher += list[i] > middle;
        }
        assert_true(tubes[middle] > 0 && lower * 2 <= count && higher * 2 <= count);
        int64_t slow = lab_share_class(tubes, 90), through = 0;
        for (int i = 0; i < count; i++)
            through += list[i] <= slow;
        assert_true(tubes[slow] > 0 && through * 10 >= count * 9);
        assert_true((through - tubes[slow]) * 10 < count * 9);
    }
    const int64_t none[LAB_CLASSES] = {0};
    assert_int_equal(lab_median_class(none), -1);
    assert_int_equal(lab_share_class(none, 90), -1);
}

/* ---- load and pools ---- */

static void boxes_go_where_there_is_room(void **state)
{
    (void)state;
    assert_int_equal(lab_advice_of(0, 0), LAB_ADVICE_UNKNOWN);
    assert_int_equal(lab_advice_of(100, 99), LAB_ADVICE_ROOM);
    assert_int_equal(lab_advice_of(100, 100), LAB_ADVICE_FULL);
    assert_int_equal(lab_room(100, 40), 60);
    assert_int_equal(lab_room(100, 140), 0);
    assert_int_equal(lab_wait_minutes(100, 150), 90);
    assert_int_equal(lab_wait_minutes(100, 0), 0);
    assert_true(lab_wait_minutes(0, 5) == BH_NONE);
}

/* domain/protocol: pooling beats single tests only below p = 0.275 (5), 0.206 (10), 0.139 (20). */
static void pooling_pays_below_its_threshold(void **state)
{
    const int64_t pair[] = {1, 10}, five[] = {1, 5}, twenty[] = {1, 20}, all[] = {1, 5, 10, 20};
    (void)state;
    /* A positive share of 0.9 in pools of ten is p = 0.2057; just below and above. */
    assert_int_equal(lab_pooling_of(1000, 895, 10, pair, 2, 1).advised, 10);
    assert_int_equal(lab_pooling_of(1000, 905, 10, pair, 2, 1).advised, 1);
    assert_int_equal(lab_pooling_of(1000, 795, 5, five, 2, 1).advised, 5);
    assert_int_equal(lab_pooling_of(1000, 805, 5, five, 2, 1).advised, 1);
    assert_int_equal(lab_pooling_of(1000, 945, 20, twenty, 2, 1).advised, 20);
    assert_int_equal(lab_pooling_of(1000, 955, 20, twenty, 2, 1).advised, 1);
    struct lab_pooling few = lab_pooling_of(10000, 50, 10, all, 4, 1);
    assert_in_range(few.prevalence_per_million, 495, 507); /* about 0.5 in 1000 */
    assert_false(few.wasteful);
    assert_int_equal(few.advised, 20);
    struct lab_pooling many = lab_pooling_of(10000, 500, 10, all, 4, 1);
    assert_true(many.wasteful && many.prevalence_per_million > 5000);
    assert_false(lab_pooling_of(10000, 500, 10, all, 4, 0).wasteful);
    assert_true(lab_pooling_of(0, 0, 10, all, 4, 1).advised == BH_NONE);
    assert_int_equal(lab_pooling_of(50, 0, 10, all, 4, 1).advised, 20);
    assert_int_equal(lab_pooling_of(50, 50, 10, all, 4, 1).advised, 1);
}

static void person_numbers_are_drawn_the_same_way_again(void **state)
{
    const struct bh_str hash = BH_STR("0123456789abcdef"), other = BH_STR("0123456789abcdeg");
    (void)state;
    assert_true(naming_number(hash, 0) == naming_number(hash, 0));
    assert_true(naming_number(hash, 0) != naming_number(hash, 1));
    assert_true(naming_number(hash, 0) != naming_number(other, 0));
    for (int64_t turn = 0; turn < 1000; turn++) {
        int64_t number = naming_number(hash, turn);
        assert_true(number >= 1 && number < INT64_C(1) << 53);
    }
}

static void a_tube_is_rejected_only_where_it_is(void **state)
{
    struct tube_facts tube = {.kind = TUBE_POOLED,
                              .collected_ms = 100,
                              .verdict = BH_NONE,
                              .plate = BH_NONE,
                              .sent_back_ms = BH_NONE};
    (void)state;
    assert_int_equal(tube_reject_fits(&tube, false, 100), TUBE_FITS);
    assert_int_equal(tube_reject_fits(&tube, true, 100), TUBE_UNDER_WAY);
    assert_int_equal(tube_reject_fits(&tube, false, 99), TUBE_TIME_BACKWARDS);
    tube.plate = 5;
    assert_int_equal(tube_reject_fits(&tube, false, 100), TUBE_ON_PLATE);
    tube.verdict = VERDICT_GREY;
    assert_int_equal(tube_reject_fits(&tube, false, 100), TUBE_HAS_RESULT);
    tube.kind = TUBE_SINGLE; /* grey decides nothing of one person */
    tube.plate = BH_NONE;
    assert_int_equal(tube_reject_fits(&tube, false, 100), TUBE_FITS);
    tube.sent_back_ms = 100;
    assert_int_equal(tube_reject_fits(&tube, false, 100), TUBE_SENT_BACK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tube_goes_into_one_box_of_its_site),
        cmocka_unit_test(a_box_is_handed_over_by_two_people_in_order),
        cmocka_unit_test(every_well_has_one_name),
        cmocka_unit_test(a_full_plate_has_94_tubes_and_two_controls),
        cmocka_unit_test(curves_make_a_verdict),
        cmocka_unit_test(verdicts_of_plates_fit_those_told_by_hand),
        cmocka_unit_test(controls_hold_or_the_plate_is_void),
        cmocka_unit_test(classes_of_durations_keep_their_order),
        cmocka_unit_test(the_median_is_that_of_the_list),
        cmocka_unit_test(boxes_go_where_there_is_room),
        cmocka_unit_test(pooling_pays_below_its_threshold),
        cmocka_unit_test(person_numbers_are_drawn_the_same_way_again),
        cmocka_unit_test(a_tube_is_rejected_only_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
