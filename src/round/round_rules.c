#include "round/round.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum bh_code code;
    const char *zh, *en;
} texts[TUBE_REFUSALS] = {
    [TUBE_WITHDRAWN] = {BH_CONFLICT, "该采样管的采样记录已撤回",
                        "the sampling of this tube was withdrawn"},
    [TUBE_MEMBER_TWICE] = {BH_INVALID, "同一人在一管中只能出现一次",
                           "a person can be in a tube only once"},
    [TUBE_NOT_SINGLE] = {BH_INVALID, "单采管只能有一人", "a single tube holds exactly one person"},
    [TUBE_RESAMPLE_POOLED] = {BH_INVALID, "混管阳性人员须单采单检",
                              "a member of a positive pool is re-sampled singly"},
    [TUBE_NO_POOL] = {BH_CONFLICT, "所指的管不是待处置的阳性混管",
                      "the tube referred to is not a positive pool"},
    [TUBE_NOT_HELD] = {BH_CONFLICT, "此人不在该阳性混管中",
                       "this person is not held because of that pool"},
    [TUBE_MEMBER_DECIDED] = {BH_CONFLICT, "此人已有单检结论", "this member is already decided"},
    [TUBE_RECEIVED] = {BH_CONFLICT, "该管已接收", "the tube was received already"},
    [TUBE_NOT_RECEIVED] = {BH_CONFLICT, "该管尚未被实验室接收",
                           "no laboratory has received the tube yet"},
    [TUBE_OTHER_LABORATORY] = {BH_CONFLICT, "该管由另一实验室接收",
                               "another laboratory received the tube"},
    [TUBE_HAS_RESULT] = {BH_CONFLICT, "该管已有结果", "the tube has its result already"},
    [TUBE_TARGET_TWICE] = {BH_INVALID, "同一靶标只能有一个结果",
                           "a target can have only one result"},
    [TUBE_VERDICT_DIFFERS] = {BH_INVALID, "判定与靶标结果不符",
                              "the verdict disagrees with its targets"},
    [TUBE_SENT_BACK] = {BH_CONFLICT, "该管已拒收", "the tube was rejected"},
    [TUBE_ON_PLATE] = {BH_CONFLICT, "该管在板上，请由该板签发结果",
                       "the tube lies on a plate: release that plate"},
    [TUBE_COMES_BOXED] = {BH_CONFLICT, "该管随转运箱接收", "the tube is received with its box"},
    [TUBE_UNDER_WAY] = {BH_CONFLICT, "该管在途，请先收箱",
                        "the tube is on its way: receive its box first"},
    [TUBE_TIME_BACKWARDS] = {BH_INVALID, "时间早于上一环节",
                             "this lies before the step that precedes it"},
};

bool tube_allow(enum tube_refusal refusal, struct bh_err *err)
{
    if (refusal == TUBE_FITS)
        return true;
    bh_assert(texts[refusal].zh);
    memset(err, 0, sizeof *err);
    err->code = texts[refusal].code;
    (void)snprintf(err->zh, sizeof err->zh, "%s", texts[refusal].zh);
    (void)snprintf(err->en, sizeof err->en, "%s", texts[refusal].en);
    return false;
}

enum tube_refusal tube_members_fit(int64_t kind, const struct tube_member *members, size_t count,
                                   int64_t collected_ms)
{
    if (kind == TUBE_SINGLE && count != 1)
        return TUBE_NOT_SINGLE;
    for (size_t i = 0; i < count; i++) {
        if (members[i].at_ms != BH_NONE && members[i].at_ms > collected_ms)
            return TUBE_TIME_BACKWARDS;
        for (size_t j = 0; j < i; j++)
            if (members[i].person == members[j].person)
                return TUBE_MEMBER_TWICE;
    }
    return TUBE_FITS;
}

enum tube_refusal tube_resample_fits(int64_t kind, const struct tube_facts *pool,
                                     const struct tube_place *place)
{
    if (kind != TUBE_SINGLE)
        return TUBE_RESAMPLE_POOLED;
    if (pool->withdrawn || pool->kind != TUBE_POOLED ||
        (pool->verdict != VERDICT_POSITIVE && pool->verdict != VERDICT_GREY))
        return TUBE_NO_POOL;
    if (!place || !place->held)
        return TUBE_NOT_HELD;
    return place->outcome == BH_NONE ? TUBE_FITS : TUBE_MEMBER_DECIDED;
}

enum tube_refusal tube_receive_fits(const struct tube_facts *tube, int64_t at_ms)
{
    if (tube->withdrawn)
        return TUBE_WITHDRAWN;
    if (tube->sent_back_ms != BH_NONE)
        return TUBE_SENT_BACK;
    if (tube->received_ms != BH_NONE)
        return TUBE_RECEIVED;
    return at_ms < tube->collected_ms ? TUBE_TIME_BACKWARDS : TUBE_FITS;
}

/* Grey in a single tube asks for another run; a grey pool is treated like a positive one. */
bool tube_decides(int64_t kind, int64_t verdict)
{
    return verdict != BH_NONE && verdict != VERDICT_INVALID &&
           !(kind == TUBE_SINGLE && verdict == VERDICT_GREY);
}

enum tube_refusal tube_result_fits(const struct tube_facts *tube, int64_t institution,
                                   int64_t at_ms)
{
    if (tube->withdrawn)
        return TUBE_WITHDRAWN;
    if (tube->sent_back_ms != BH_NONE)
        return TUBE_SENT_BACK;
    if (tube->received_ms == BH_NONE)
        return TUBE_NOT_RECEIVED;
    if (tube->received_by != institution)
        return TUBE_OTHER_LABORATORY;
    if (tube_decides(tube->kind, tube->verdict))
        return TUBE_HAS_RESULT;
    if (tube->plate != BH_NONE)
        return TUBE_ON_PLATE;
    return at_ms < tube->received_ms ? TUBE_TIME_BACKWARDS : TUBE_FITS;
}

enum tube_refusal tube_reject_fits(const struct tube_facts *tube, bool under_way, int64_t at_ms)
{
    if (tube->withdrawn)
        return TUBE_WITHDRAWN;
    if (tube->sent_back_ms != BH_NONE)
        return TUBE_SENT_BACK;
    if (tube_decides(tube->kind, tube->verdict))
        return TUBE_HAS_RESULT;
    if (tube->plate != BH_NONE)
        return TUBE_ON_PLATE;
    if (under_way)
        return TUBE_UNDER_WAY;
    return at_ms < tube->collected_ms ? TUBE_TIME_BACKWARDS : TUBE_FITS;
}

int64_t tube_verdict_of(const struct target_result *targets, size_t count)
{
    size_t positive = 0, negative = 0;
    for (size_t i = 0; i < count; i++) {
        if (targets[i].verdict == VERDICT_INVALID)
            return VERDICT_INVALID;
        positive += targets[i].verdict == VERDICT_POSITIVE;
        negative += targets[i].verdict == VERDICT_NEGATIVE;
    }
    if (positive == TARGET_COUNT)
        return VERDICT_POSITIVE;
    return count > 0 && negative == count ? VERDICT_NEGATIVE : VERDICT_GREY;
}

enum tube_refusal tube_verdict_fits(int64_t verdict, const struct target_result *targets,
                                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (targets[i].target == targets[j].target)
                return TUBE_TARGET_TWICE;
    if (count == 0)
        return TUBE_FITS; /* an old device or a paper tells only the verdict */
    return tube_verdict_of(targets, count) == verdict ? TUBE_FITS : TUBE_VERDICT_DIFFERS;
}

enum tube_consequence tube_consequence_of(int64_t kind, bool resample, int64_t verdict)
{
    if (!tube_decides(kind, verdict))
        return RESULT_NOTHING;
    if (verdict == VERDICT_NEGATIVE)
        return resample ? RESULT_MEMBER_FREE : RESULT_NOTHING;
    if (kind == TUBE_POOLED)
        return RESULT_HOLD_MEMBERS;
    return resample ? RESULT_MEMBER_CASE : RESULT_POSITIVE;
}
