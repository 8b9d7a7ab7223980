#include "round/box.h"

#include "round/sample.h"

#include <stdio.h>
#include <string.h>

bool box_code_fits(struct bh_str code, struct bh_err *err)
{
    struct bh_err about_tubes;
    return sample_code_fits(code, &about_tubes) ||
           bh_fail_field(err, BH_INVALID, "code", "箱码应为 4 至 32 位数字或大写字母",
                         "a box code is 4 to 32 digits or capital letters");
}

static bool refuse(struct bh_err *err, enum bh_code code, size_t place, const char *zh,
                   const char *en)
{
    char field[BH_FIELD_MAX];
    (void)snprintf(field, sizeof field, "tubes[%zu]", place);
    (void)bh_fail_field(err, code, field, "第 %zu 管：%s%.0s", "tube %zu: %.0s%s", place + 1, zh,
                        en);
    err->row = (int)place + 1;
    return false;
}

bool box_tubes_fit(const struct box_candidate *tubes, size_t count, int64_t sealed_ms,
                   struct bh_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct box_candidate *one = &tubes[i];
        if (one->tube == 0)
            return refuse(err, BH_MISSING, i, "不是本采样点的管", "is no tube of this site");
        if (one->sent_back_ms != BH_NONE)
            return refuse(err, BH_CONFLICT, i, "该管已拒收或管中已无人",
                          "was rejected or holds nobody");
        if (one->box != BH_NONE)
            return refuse(err, BH_CONFLICT, i, "该管已在另一箱中", "is in another box already");
        if (one->collected_ms > sealed_ms)
            return refuse(err, BH_INVALID, i, "封箱早于采样", "was sampled after the sealing");
        for (size_t k = 0; k < i; k++)
            if (tubes[k].tube == one->tube)
                return refuse(err, BH_INVALID, i, "在清单中出现两次", "is on the list twice");
    }
    return true;
}

static bool two_signers(const struct bh_sealed *one, const struct bh_sealed *other,
                        struct bh_err *err)
{
    return memcmp(one->hash, other->hash, sizeof one->hash) != 0 ||
           bh_fail(err, BH_INVALID, "双方须由两人签名", "two people sign, one for each side");
}

static bool check_order(int64_t at_ms, int64_t before_ms, struct bh_err *err)
{
    return at_ms >= before_ms || bh_fail(err, BH_INVALID, "时间早于上一环节",
                                         "this lies before the step that precedes it");
}

static bool check_lost(const struct box_facts *box, struct bh_err *err)
{
    return box->lost_ms == BH_NONE ||
           bh_fail_field(err, BH_CONFLICT, "box", "该箱已报丢失", "the box was reported lost");
}

bool box_pick_up_fits(const struct box_facts *box, const struct box_picked_up *body, int64_t at_ms,
                      struct bh_err *err)
{
    if (box->received_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "box", "该箱已被实验室接收",
                             "a laboratory has received the box");
    if (box->picked_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "box", "该箱已取走",
                             "the box was picked up already");
    return check_lost(box, err) && check_order(at_ms, box->sealed_ms, err) &&
           two_signers(&body->from_signature, &body->courier_signature, err);
}

bool box_route_fits(const struct box_facts *box, int64_t at_ms, struct bh_err *err)
{
    if (box->received_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "box", "该箱已被实验室接收",
                             "a laboratory has received the box");
    return check_lost(box, err) && check_order(at_ms, box->sealed_ms, err);
}

bool box_receive_fits(const struct box_facts *box, const struct bh_sealed *courier,
                      const struct bh_sealed *receiver, int64_t at_ms, struct bh_err *err)
{
    if (box->received_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "box", "该箱已接收", "the box was received already");
    if (box->picked_ms == BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "box", "该箱尚未取走",
                             "nobody has picked the box up");
    return check_lost(box, err) && check_order(at_ms, box->picked_ms, err) &&
           two_signers(courier, receiver, err);
}
