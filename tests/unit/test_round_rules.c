/* Every sequence of steps of a tube and of a positive pool up to six long, against what must never be; moves and
 * stays likewise. */
#include "move/move.h"
#include "round/round.h"
#include "stay/stay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { DEPTH = 6, LABORATORY = 7, OTHER = 8, MEMBERS = 3 };

/* ---- one tube ---- */

enum {
    STEP_RECEIVE,
    STEP_NEGATIVE,
    STEP_POSITIVE,
    STEP_GREY,
    STEP_INVALID,
    STEP_OTHER_LAB,
    STEP_WITHDRAW,
    STEPS
};

struct tube_walk {
    struct tube_facts tube;
    int received, deciding;
    size_t accepted;
};

static bool step_result(struct tube_walk *walk, int64_t verdict, int64_t institution, int64_t at_ms)
{
    struct tube_facts before = walk->tube;
    if (tube_result_fits(&walk->tube, institution, at_ms) != TUBE_FITS)
        return false;
    assert_false(before.withdrawn);
    assert_int_equal(before.received_by, institution);
    assert_int_equal(walk->deciding, 0);
    walk->tube.verdict = verdict;
    walk->tube.resulted_ms = at_ms;
    bool pool = before.kind == TUBE_POOLED;
    bool decides = verdict == VERDICT_NEGATIVE || verdict == VERDICT_POSITIVE ||
                   (pool && verdict == VERDICT_GREY);
    walk->deciding += decides;
    enum tube_consequence consequence = tube_consequence_of(before.kind, false, verdict);
    if (!decides || verdict == VERDICT_NEGATIVE)
        assert_int_equal(consequence, RESULT_NOTHING);
    else
        assert_int_equal(consequence, pool ? RESULT_HOLD_MEMBERS : RESULT_POSITIVE);
    return true;
}

static bool step_tube(struct tube_walk *walk, int step, int64_t at_ms)
{
    switch (step) {
    case STEP_RECEIVE:
        if (tube_receive_fits(&walk->tube, at_ms) != TUBE_FITS)
            return false;
        assert_false(walk->tube.withdrawn);
        assert_int_equal(++walk->received, 1);
        walk->tube.received_ms = at_ms;
        walk->tube.received_by = LABORATORY;
        return true;
    case STEP_NEGATIVE: return step_result(walk, VERDICT_NEGATIVE, LABORATORY, at_ms);
    case STEP_POSITIVE: return step_result(walk, VERDICT_POSITIVE, LABORATORY, at_ms);
    case STEP_GREY: return step_result(walk, VERDICT_GREY, LABORATORY, at_ms);
    case STEP_INVALID: return step_result(walk, VERDICT_INVALID, LABORATORY, at_ms);
    case STEP_OTHER_LAB:
        assert_false(step_result(walk, VERDICT_NEGATIVE, OTHER, at_ms));
        return false;
    default: walk->tube.withdrawn = true; return true;
    }
}

static void walk_tube(struct tube_walk from, size_t depth, size_t *accepted)
{
    for (int step = 0; depth < DEPTH && step < STEPS; step++) {
        struct tube_walk walk = from;
        if (!step_tube(&walk, step, (int64_t)depth + 1))
            continue;
        (*accepted)++;
        walk_tube(walk, depth + 1, accepted);
    }
}

static void all_steps_of_a_tube_keep_the_invariants(void **unused)
{
    (void)unused;
    for (int64_t kind = TUBE_SINGLE; kind <= TUBE_POOLED; kind++) {
        size_t accepted = 0;
        struct tube_walk walk = {.tube = {.kind = kind,
                                          .received_ms = BH_NONE,
                                          .received_by = BH_NONE,
                                          .verdict = BH_NONE,
                                          .sent_back_ms = BH_NONE,
                                          .plate = BH_NONE,
                                          .size = 1}};
        walk_tube(walk, 0, &accepted);
        assert_in_range(accepted, 40, 200000);
    }
}

/* ---- a positive pool ---- */

/* Symbol = member * 3 + verdict of the single re-sample (negative, positive, grey). */
static void walk_pool(struct tube_place *places, size_t depth, size_t *resolved)
{
    struct tube_facts pool = {.kind = TUBE_POOLED, .verdict = VERDICT_GREY};
    for (int symbol = 0; depth < DEPTH && symbol < MEMBERS * 3; symbol++) {
        struct tube_place *place = &places[symbol / 3];
        struct tube_place saved = *place;
        enum tube_refusal refusal = tube_resample_fits(TUBE_SINGLE, &pool, place);
        assert_int_equal(refusal, saved.outcome == BH_NONE ? TUBE_FITS : TUBE_MEMBER_DECIDED);
        if (refusal != TUBE_FITS)
            continue;
        enum tube_consequence consequence = tube_consequence_of(TUBE_SINGLE, true, symbol % 3);
        if (consequence == RESULT_MEMBER_FREE)
            place->outcome = MEMBER_NEGATIVE;
        else if (consequence == RESULT_MEMBER_CASE)
            place->outcome = MEMBER_CASE;
        else
            assert_int_equal(symbol % 3, VERDICT_GREY);
        bool all = true;
        for (int i = 0; i < MEMBERS; i++)
            all = all && places[i].outcome != BH_NONE;
        *resolved += all;
        walk_pool(places, depth + 1, resolved);
        *place = saved;
    }
}

static void every_way_through_a_pool_decides_each_member_once(void **unused)
{
    struct tube_place places[MEMBERS];
    size_t resolved = 0;
    (void)unused;
    for (int i = 0; i < MEMBERS; i++)
        places[i] = (struct tube_place){.person = i + 1, .held = true, .outcome = BH_NONE};
    walk_pool(places, 0, &resolved);
    /* n deciding tests in any order of members, two outcomes each; up to three grey ones in between, of a member
     * not yet decided: 3! * 2^3 * (1 + 6 + 25 + 90). */
    assert_int_equal(resolved, 48 * (1 + 6 + 25 + 90));
}

static void a_resample_needs_a_held_member_of_a_positive_pool(void **unused)
{
    struct tube_facts pool = {.kind = TUBE_POOLED, .verdict = VERDICT_POSITIVE};
    struct tube_place place = {.person = 1, .held = true, .outcome = BH_NONE};
    (void)unused;
    assert_int_equal(tube_resample_fits(TUBE_POOLED, &pool, &place), TUBE_RESAMPLE_POOLED);
    assert_int_equal(tube_resample_fits(TUBE_SINGLE, &pool, NULL), TUBE_NOT_HELD);
    place.held = false;
    assert_int_equal(tube_resample_fits(TUBE_SINGLE, &pool, &place), TUBE_NOT_HELD);
    pool.verdict = VERDICT_NEGATIVE;
    assert_int_equal(tube_resample_fits(TUBE_SINGLE, &pool, &place), TUBE_NO_POOL);
    pool = (struct tube_facts){.kind = TUBE_SINGLE, .verdict = VERDICT_POSITIVE};
    assert_int_equal(tube_resample_fits(TUBE_SINGLE, &pool, &place), TUBE_NO_POOL);
}

/* ---- members and targets ---- */

static void a_person_is_once_in_a_tube(void **unused)
{
    struct tube_member members[] = {{1, BH_NONE}, {2, 90}, {1, BH_NONE}};
    (void)unused;
    assert_int_equal(tube_members_fit(TUBE_POOLED, members, 2, 100), TUBE_FITS);
    assert_int_equal(tube_members_fit(TUBE_POOLED, members, 3, 100), TUBE_MEMBER_TWICE);
    assert_int_equal(tube_members_fit(TUBE_SINGLE, members, 2, 100), TUBE_NOT_SINGLE);
    assert_int_equal(tube_members_fit(TUBE_POOLED, members, 2, 80), TUBE_TIME_BACKWARDS);
}

static int64_t verdict_of(int64_t orf1ab, int64_t n)
{
    struct target_result targets[] = {{TARGET_ORF1AB, BH_NONE, orf1ab}, {TARGET_N, BH_NONE, n}};
    return tube_verdict_of(targets, 2);
}

static void both_targets_make_a_positive(void **unused)
{
    struct target_result one[] = {{TARGET_N, 2200, VERDICT_POSITIVE},
                                  {TARGET_N, 2100, VERDICT_POSITIVE}};
    (void)unused;
    assert_int_equal(verdict_of(VERDICT_POSITIVE, VERDICT_POSITIVE), VERDICT_POSITIVE);
    assert_int_equal(verdict_of(VERDICT_POSITIVE, VERDICT_NEGATIVE), VERDICT_GREY);
    assert_int_equal(verdict_of(VERDICT_GREY, VERDICT_NEGATIVE), VERDICT_GREY);
    assert_int_equal(verdict_of(VERDICT_POSITIVE, VERDICT_GREY), VERDICT_GREY);
    assert_int_equal(verdict_of(VERDICT_NEGATIVE, VERDICT_NEGATIVE), VERDICT_NEGATIVE);
    assert_int_equal(verdict_of(VERDICT_INVALID, VERDICT_POSITIVE), VERDICT_INVALID);
    assert_int_equal(tube_verdict_fits(VERDICT_POSITIVE, one, 1), TUBE_VERDICT_DIFFERS);
    assert_int_equal(tube_verdict_fits(VERDICT_GREY, one, 1), TUBE_FITS);
    assert_int_equal(tube_verdict_fits(VERDICT_GREY, one, 2), TUBE_TARGET_TWICE);
    assert_int_equal(tube_verdict_fits(VERDICT_NEGATIVE, NULL, 0), TUBE_FITS);
}

/* ---- move and stay ---- */

struct journey {
    struct case_facts sick;
    struct move_facts move;
    int64_t stay;
    int on_board, in_bed;
};

enum { GO_PICK_UP, GO_HAND_OVER, GO_ADMIT, GO_DISCHARGE, GO_EXCLUDE, GO_DIE, GOES };

static bool step_journey(struct journey *j, int go, int64_t at_ms)
{
    struct person_picked_up pick = {.from_signature.hash = {1}, .driver_signature.hash = {2}};
    struct person_handed_over hand = {
        .institution = 9, .from_signature.hash = {2}, .to_signature.hash = {3}};
    struct person_admitted admit = {
        .institution = 9, .from_signature.hash = {2}, .to_signature.hash = {3}};
    switch (go) {
    case GO_PICK_UP:
        if (move_pick_up_fits(&j->sick, &j->move, &pick, at_ms) != MOVE_FITS)
            return false;
        assert_int_equal(j->on_board++, 0);
        j->in_bed = 0;
        j->stay = 0;
        j->move = (struct move_facts){at_ms, at_ms, BH_NONE, BH_NONE};
        return true;
    case GO_HAND_OVER:
        if (move_hand_over_fits(&j->sick, &j->move, &hand, at_ms) != MOVE_FITS)
            return false;
        assert_int_equal(j->on_board--, 1);
        j->move.handed_ms = at_ms;
        j->move.handed_to = hand.institution;
        return true;
    case GO_ADMIT:
        if (stay_admit_fits(&j->sick, &j->move, j->stay, 0, &admit, at_ms) != STAY_FITS)
            return false;
        assert_int_equal(j->on_board, 0);
        assert_int_equal(j->in_bed++, 0);
        j->stay = at_ms;
        return true;
    default:
        if (j->sick.outcome != OUTCOME_OPEN)
            return false;
        j->sick.outcome = go == GO_DISCHARGE ? OUTCOME_DISCHARGED
                          : go == GO_EXCLUDE ? OUTCOME_EXCLUDED
                                             : OUTCOME_DIED;
        j->sick.excluded = go == GO_EXCLUDE;
        if (go != GO_EXCLUDE) {
            j->stay = 0;
            j->in_bed = 0;
        }
        return true;
    }
}

static void walk_journey(struct journey from, size_t depth, size_t *accepted)
{
    for (int go = 0; depth < DEPTH && go < GOES; go++) {
        struct journey j = from;
        if (!step_journey(&j, go, (int64_t)depth + 1))
            continue;
        (*accepted)++;
        walk_journey(j, depth + 1, accepted);
    }
}

static void every_journey_keeps_the_invariants(void **unused)
{
    size_t accepted = 0;
    struct journey j = {.move = {.handed_ms = BH_NONE, .handed_to = BH_NONE}};
    (void)unused;
    walk_journey(j, 0, &accepted);
    assert_in_range(accepted, 50, 100000);
}

static void places_beds_and_signers_are_checked(void **unused)
{
    struct case_facts sick = {0};
    struct move_facts never = {.handed_ms = BH_NONE, .handed_to = BH_NONE}, there = {5, 5, 6, 9},
                      on_board = {5, 5, BH_NONE, BH_NONE};
    struct person_admitted admit = {
        .institution = 9, .from_signature.hash = {2}, .to_signature.hash = {3}};
    struct person_picked_up pick = {.from_signature.hash = {1}, .driver_signature.hash = {1}};
    (void)unused;
    assert_int_equal(move_pick_up_fits(&sick, &never, &pick, 7), MOVE_ONE_SIGNER);
    pick.driver_signature.hash[0] = 2;
    assert_int_equal(move_pick_up_fits(&sick, &there, &pick, 5), MOVE_TIME_BACKWARDS);
    assert_int_equal(stay_admit_fits(&sick, &never, 0, 0, &admit, 7), STAY_FITS);
    assert_int_equal(stay_admit_fits(&sick, &on_board, 0, 0, &admit, 7), STAY_ON_THE_WAY);
    assert_int_equal(stay_admit_fits(&sick, &there, 0, 0, &admit, 5), STAY_TIME_BACKWARDS);
    assert_int_equal(stay_admit_fits(&sick, &there, 0, 33, &admit, 7), STAY_BED_TAKEN);
    admit.institution = 10;
    assert_int_equal(stay_admit_fits(&sick, &there, 0, 0, &admit, 7), STAY_OTHER_PLACE);
    admit.institution = 9;
    admit.to_signature.hash[0] = 2;
    assert_int_equal(stay_admit_fits(&sick, &there, 0, 0, &admit, 7), STAY_ONE_SIGNER);
    sick.withdrawn = true;
    assert_int_equal(stay_admit_fits(&sick, &there, 0, 0, &admit, 7), STAY_NO_CASE);
}

static void every_refusal_speaks_both_languages(void **unused)
{
    (void)unused;
    for (int i = 1; i < TUBE_REFUSALS; i++) {
        struct bh_err err = {0};
        assert_false(tube_allow((enum tube_refusal)i, &err));
        assert_true(err.zh[0] != 0 && err.en[0] != 0 && err.code != BH_OK);
    }
    for (int i = 1; i < MOVE_REFUSALS; i++) {
        struct bh_err err = {0};
        assert_false(move_allow((enum move_refusal)i, &err));
        assert_true(err.zh[0] != 0 && err.en[0] != 0 && err.code != BH_OK);
    }
    for (int i = 1; i < STAY_REFUSALS; i++) {
        struct bh_err err = {0};
        assert_false(stay_allow((enum stay_refusal)i, &err));
        assert_true(err.zh[0] != 0 && err.en[0] != 0 && err.code != BH_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_steps_of_a_tube_keep_the_invariants),
        cmocka_unit_test(every_way_through_a_pool_decides_each_member_once),
        cmocka_unit_test(a_resample_needs_a_held_member_of_a_positive_pool),
        cmocka_unit_test(a_person_is_once_in_a_tube),
        cmocka_unit_test(both_targets_make_a_positive),
        cmocka_unit_test(every_journey_keeps_the_invariants),
        cmocka_unit_test(places_beds_and_signers_are_checked),
        cmocka_unit_test(every_refusal_speaks_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
