#include "base/code60.h"
#include "base/time.h"
#include "round/antigen.h"
#include "round/round_events.h"

bool antigen_code_fits(struct bh_str text, const char *field, int64_t *ret, struct bh_err *err)
{
    uint64_t code = 0;
    if (!code60_read(text, &code))
        return bh_fail_field(err, BH_INVALID, field, "试剂码为 13 位字符，请核对",
                             "a kit code has 13 characters; please check it");
    *ret = (int64_t)code;
    return true;
}

/* Whose test: with one person behind the door nobody has to say. */
static bool slot_of(const struct kit_facts *kit, const struct antigen_claim *claim,
                    int64_t *ret_slot, struct bh_err *err)
{
    bool handed = kit->handed_ms != BH_NONE;
    *ret_slot = BH_NONE;
    if (!handed && claim->person == BH_NONE)
        return bh_fail_field(err, BH_MISSING, "kit", "没有这个试剂码", "there is no such kit");
    if (handed && claim->person != BH_NONE)
        return bh_fail_field(err, BH_INVALID, "person", "该试剂已发放到户，请给出名册序号",
                             "the kit was handed to a door: give the slot");
    if (!handed)
        return true;
    *ret_slot = claim->slot == BH_NONE && kit->count == 1 ? kit->slot : claim->slot;
    if (*ret_slot == BH_NONE)
        return bh_fail_field(err, BH_INVALID, "slot", "请说明是户内哪一位",
                             "say which of the people at this door");
    return (*ret_slot >= kit->slot && *ret_slot < kit->slot + kit->count) ||
           bh_fail_field(err, BH_INVALID, "slot", "此人不在该户",
                         "this person does not belong to that door");
}

bool antigen_claim_fits(const struct kit_facts *kit, const struct antigen_claim *claim,
                        int64_t at_ms, int64_t *ret_slot, struct bh_err *err)
{
    if (!slot_of(kit, claim, ret_slot, err))
        return false;
    if (kit->antigen != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "kit", "该试剂已上报过结果",
                             "the result of this kit was told already");
    if (claim->taken_ms > at_ms)
        return bh_fail_field(err, BH_INVALID, "taken", "检测时间在将来",
                             "the test lies in the future");
    return kit->handed_ms == BH_NONE || claim->taken_ms >= kit->handed_ms ||
           bh_fail_field(err, BH_INVALID, "taken", "检测时间早于试剂发放",
                         "the test lies before the kit was handed out");
}

int64_t antigen_again_until(const struct antigen_claim *claim, int64_t days)
{
    return claim->outcome == ANTIGEN_IS_NEGATIVE && claim->symptom_days != BH_NONE && days > 0
               ? claim->taken_ms + days * BH_DAY_MS
               : BH_NONE;
}

int64_t antigen_observed_until(const struct kit_facts *kit, const struct antigen_claim *claim,
                               int64_t days)
{
    if (kit->group != GROUP_OBSERVED || claim->outcome != ANTIGEN_IS_NEGATIVE || days <= 0)
        return BH_NONE;
    int64_t until_ms = kit->handed_ms + days * BH_DAY_MS;
    return until_ms > claim->taken_ms ? until_ms : BH_NONE;
}

bool antigen_review_fits(const struct antigen_facts *test, struct bh_err *err)
{
    if (test->photo == BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "antigen", "该次自测没有照片",
                             "this test has no photo");
    return test->reading == BH_NONE || bh_fail_field(err, BH_CONFLICT, "antigen", "该照片已判读",
                                                     "this photo was read already");
}

int64_t antigen_decision(int64_t tube_kind, int64_t verdict, int64_t sampled_ms, int64_t taken_ms)
{
    if (sampled_ms == BH_NONE || sampled_ms < taken_ms)
        return BH_NONE;
    if (verdict == VERDICT_NEGATIVE)
        return ANTIGEN_IS_NEGATIVE;
    return verdict == VERDICT_POSITIVE && tube_kind == TUBE_SINGLE ? ANTIGEN_IS_POSITIVE : BH_NONE;
}
