#include "round/roll.h"

bool roll_households_fit(const struct roll_household *households, size_t count, struct bh_err *err)
{
    size_t residents = 0;
    for (size_t i = 0; i < count; i++) {
        const struct roll_household *one = &households[i], *before = i > 0 ? one - 1 : NULL;
        residents += one->residents.count;
        if (residents > ROLL_BLOCK_RESIDENTS)
            return bh_fail_field(err, BH_TOO_BIG, "households", "一次最多登记 %d 人",
                                 "at most %d residents are listed at once", ROLL_BLOCK_RESIDENTS);
        if (before && (one->building < before->building ||
                       (one->building == before->building && one->unit < before->unit))) {
            (void)bh_fail_field(err, BH_INVALID, "households",
                                "第 %zu 户的楼栋单元在前一户之前：请按楼栋、单元排序",
                                "household %zu lies before the one above it: sort by building and "
                                "unit",
                                i + 1);
            err->row = (int)i + 1;
            return false;
        }
    }
    return true;
}

size_t roll_households_keep(const struct roll_household *households, size_t count,
                            const bool *known, struct bh_arena *arena, struct bh_list *ret)
{
    struct roll_household *kept = bh_arena_get(arena, (count + 1) * sizeof *kept);
    size_t kept_count = 0, order = 0, residents = 0;
    for (size_t i = 0; i < count; i++) {
        const struct roll_resident *from = households[i].residents.items;
        size_t n = households[i].residents.count, stay = 0;
        struct roll_resident *to = bh_arena_get(arena, (n + 1) * sizeof *to);
        for (size_t k = 0; k < n; k++)
            if (!known[order++])
                to[stay++] = from[k];
        if (stay == 0)
            continue;
        kept[kept_count] = households[i];
        kept[kept_count++].residents = (struct bh_list){to, stay};
        residents += stay;
    }
    *ret = (struct bh_list){kept, kept_count};
    return residents;
}
