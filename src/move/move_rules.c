#include "move/move.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum bh_code code;
    const char *zh, *en;
} texts[MOVE_REFUSALS] = {
    [MOVE_NO_CASE] = {BH_CONFLICT, "该病例已撤回、被排除或死亡，不再转运",
                      "the case was withdrawn, excluded or died; it is not moved"},
    [MOVE_ON_THE_WAY] = {BH_CONFLICT, "此人已在转运途中", "the person is on the way already"},
    [MOVE_NOT_PICKED_UP] = {BH_CONFLICT, "此人尚未接上车，不能交接",
                            "the person was not picked up, so there is nothing to hand over"},
    [MOVE_ONE_SIGNER] = {BH_INVALID, "交接双方须由两人分别签名", "two different people must sign"},
    [MOVE_TIME_BACKWARDS] = {BH_INVALID, "时间早于上一环节",
                             "this lies before the step that precedes it"},
};

bool move_allow(enum move_refusal refusal, struct bh_err *err)
{
    if (refusal == MOVE_FITS)
        return true;
    bh_assert(texts[refusal].zh);
    memset(err, 0, sizeof *err);
    err->code = texts[refusal].code;
    (void)snprintf(err->zh, sizeof err->zh, "%s", texts[refusal].zh);
    (void)snprintf(err->en, sizeof err->en, "%s", texts[refusal].en);
    return false;
}

static bool signed_by_one(const struct bh_sealed *a, const struct bh_sealed *b)
{
    return memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

static bool is_moved(const struct case_facts *sick)
{
    return !sick->withdrawn && !sick->excluded && sick->outcome != OUTCOME_DIED;
}

static bool on_the_way(const struct move_facts *move)
{
    return move->transfer != 0 && move->handed_ms == BH_NONE;
}

enum move_refusal move_pick_up_fits(const struct case_facts *sick, const struct move_facts *move,
                                    const struct person_picked_up *body, int64_t at_ms)
{
    if (!is_moved(sick))
        return MOVE_NO_CASE;
    if (on_the_way(move))
        return MOVE_ON_THE_WAY;
    if (move->transfer != 0 && at_ms < move->handed_ms)
        return MOVE_TIME_BACKWARDS;
    return signed_by_one(&body->from_signature, &body->driver_signature) ? MOVE_ONE_SIGNER
                                                                         : MOVE_FITS;
}

/* Whoever is on the way is handed over, even when the case was excluded meanwhile. */
enum move_refusal move_hand_over_fits(const struct case_facts *sick, const struct move_facts *move,
                                      const struct person_handed_over *body, int64_t at_ms)
{
    if (sick->withdrawn)
        return MOVE_NO_CASE;
    if (!on_the_way(move))
        return MOVE_NOT_PICKED_UP;
    if (at_ms < move->picked_ms)
        return MOVE_TIME_BACKWARDS;
    return signed_by_one(&body->from_signature, &body->to_signature) ? MOVE_ONE_SIGNER : MOVE_FITS;
}
