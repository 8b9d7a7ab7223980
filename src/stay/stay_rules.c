#include "stay/stay.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum bh_code code;
    const char *zh, *en;
} texts[STAY_REFUSALS] = {
    [STAY_NO_CASE] = {BH_CONFLICT, "该病例已撤回、被排除或已结束，不能收治",
                      "the case was withdrawn, excluded or has ended; it is not admitted"},
    [STAY_ADMITTED] = {BH_CONFLICT, "此人已在院收治", "the person is admitted already"},
    [STAY_ON_THE_WAY] = {BH_CONFLICT, "此人仍在转运途中，须先交接",
                         "the person is on the way; hand over first"},
    [STAY_OTHER_PLACE] = {BH_CONFLICT, "此人被交接到另一机构",
                          "the person was handed over to another institution"},
    [STAY_BED_TAKEN] = {BH_CONFLICT, "该床位已有人", "the bed is taken"},
    [STAY_ONE_SIGNER] = {BH_INVALID, "交接双方须由两人分别签名", "two different people must sign"},
    [STAY_TIME_BACKWARDS] = {BH_INVALID, "时间早于交接时间", "this lies before the hand-over"},
};

bool stay_allow(enum stay_refusal refusal, struct bh_err *err)
{
    if (refusal == STAY_FITS)
        return true;
    bh_assert(texts[refusal].zh);
    memset(err, 0, sizeof *err);
    err->code = texts[refusal].code;
    (void)snprintf(err->zh, sizeof err->zh, "%s", texts[refusal].zh);
    (void)snprintf(err->en, sizeof err->en, "%s", texts[refusal].en);
    return false;
}

enum stay_refusal stay_admit_fits(const struct case_facts *sick, const struct move_facts *move,
                                  int64_t stay, int64_t bed_stay,
                                  const struct person_admitted *body, int64_t at_ms)
{
    if (sick->withdrawn || sick->outcome != OUTCOME_OPEN)
        return STAY_NO_CASE;
    if (stay != 0)
        return STAY_ADMITTED;
    if (move->transfer != 0 && move->handed_ms == BH_NONE)
        return STAY_ON_THE_WAY;
    if (move->transfer != 0 && move->handed_to != body->institution)
        return STAY_OTHER_PLACE;
    if (move->transfer != 0 && at_ms < move->handed_ms)
        return STAY_TIME_BACKWARDS;
    if (bed_stay != 0)
        return STAY_BED_TAKEN;
    bool one = memcmp(body->from_signature.hash, body->to_signature.hash,
                      sizeof body->to_signature.hash) == 0;
    return one ? STAY_ONE_SIGNER : STAY_FITS;
}
