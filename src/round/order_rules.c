#include "round/order.h"

#include "base/time.h"

#include <stdlib.h>

static int64_t above_zero(int64_t value)
{
    return value > 0 ? value : 0;
}

static int64_t divided_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

int64_t order_tubes(const struct order_need *need)
{
    int64_t pooled = above_zero(need->due - need->exempt), tubes = 0;
    if (need->household_tubes) {
        tubes += need->sealed_homes;
        pooled -= need->sealed_people;
    }
    if (need->key_single) {
        tubes += need->key_people;
        pooled -= need->key_people;
    }
    return tubes + divided_up(above_zero(pooled), need->pool_size > 0 ? need->pool_size : 1);
}

/* When the laboratories are through with so many tubes: they start once the first ones are there. */
static int64_t tested_by(const struct order_means *means, int64_t starts_ms, int64_t tubes)
{
    if (tubes == 0)
        return starts_ms;
    if (means->tubes_per_hour <= 0)
        return BH_NONE;
    return starts_ms + means->lead_ms + tubes / means->tubes_per_hour * BH_HOUR_MS +
           tubes % means->tubes_per_hour * BH_HOUR_MS / means->tubes_per_hour;
}

static int64_t pool_that_fits(const struct order_need *need, const struct order_means *means,
                              int64_t starts_ms, int64_t deadline_ms)
{
    for (size_t i = 0; i < means->pool_size_count; i++) {
        struct order_need other = *need;
        other.pool_size = means->pool_sizes[i];
        if (other.pool_size <= need->pool_size)
            continue;
        int64_t by = tested_by(means, starts_ms, order_tubes(&other));
        if (by != BH_NONE && by <= deadline_ms)
            return other.pool_size;
    }
    return BH_NONE;
}

static bool short_of_laboratory(const struct order_need *need, const struct order_means *means,
                                int64_t starts_ms, int64_t deadline_ms, struct order_shortage *ret)
{
    int64_t tubes = order_tubes(need), by = tested_by(means, starts_ms, tubes),
            time_ms = deadline_ms - starts_ms - means->lead_ms;
    if (by != BH_NONE && by <= deadline_ms)
        return false;
    *ret = (struct order_shortage){
        .kind = SHORT_LABORATORY,
        .needed = time_ms > 0 ? divided_up(tubes * BH_HOUR_MS, time_ms) : tubes,
        .available = means->tubes_per_hour,
        .finish_ms = by,
        .pool_advised = pool_that_fits(need, means, starts_ms, deadline_ms),
    };
    return true;
}

static bool short_of_samplers(const struct order_need *need, const struct order_means *means,
                              int64_t starts_ms, int64_t deadline_ms, struct order_shortage *ret)
{
    if (means->people_per_sampler <= 0)
        return false;
    int64_t needed = divided_up(above_zero(need->due - need->exempt), means->people_per_sampler);
    if (means->samplers >= needed)
        return false;
    int64_t time_ms = deadline_ms - starts_ms;
    *ret = (struct order_shortage){
        .kind = SHORT_SAMPLERS,
        .needed = needed,
        .available = means->samplers,
        .finish_ms = means->samplers > 0 ? starts_ms + divided_up(time_ms * needed, means->samplers)
                                         : BH_NONE,
        .pool_advised = BH_NONE,
    };
    return true;
}

int order_shortages(const struct order_need *need, const struct order_means *means,
                    int64_t starts_ms, int64_t deadline_ms,
                    struct order_shortage ret[ORDER_SHORTAGES])
{
    int count = 0;
    count += short_of_laboratory(need, means, starts_ms, deadline_ms, &ret[count]);
    count += short_of_samplers(need, means, starts_ms, deadline_ms, &ret[count]);
    if (means->tube_stock > 0 && means->tube_stock < order_tubes(need))
        ret[count++] = (struct order_shortage){SHORT_TUBES, order_tubes(need), means->tube_stock,
                                               BH_NONE, BH_NONE};
    return count;
}

size_t order_pool_sizes(const char *text, int64_t *ret, size_t max)
{
    size_t count = 0;
    while (text && *text && count < max) {
        char *end = NULL;
        long value = strtol(text, &end, 10);
        if (end == text) {
            text++;
            continue;
        }
        if (value > 0)
            ret[count++] = value;
        text = end;
    }
    return count;
}

bool order_may_move(int64_t from, int64_t to)
{
    return (to == ROUND_MOP_UP && from == ROUND_SAMPLING) ||
           (to == ROUND_SAMPLED_CLOSED && (from == ROUND_SAMPLING || from == ROUND_MOP_UP));
}

int64_t order_finish_ms(int64_t now_ms, int64_t missing, int64_t per_hour)
{
    if (missing <= 0)
        return now_ms;
    return per_hour <= 0 ? BH_NONE : now_ms + missing * BH_HOUR_MS / per_hour;
}
