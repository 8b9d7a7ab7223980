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

int64_t order_tested_ms(const struct order_means *means, int64_t starts_ms, int64_t tubes)
{
    if (tubes == 0)
        return starts_ms;
    if (means->tubes_per_hour <= 0)
        return BH_NONE;
    tubes += means->tubes_beside;
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
        int64_t by = order_tested_ms(means, starts_ms, order_tubes(&other));
        if (by != BH_NONE && by <= deadline_ms)
            return other.pool_size;
    }
    return BH_NONE;
}

static bool short_of_laboratory(const struct order_need *need, const struct order_means *means,
                                int64_t starts_ms, int64_t deadline_ms, struct order_shortage *ret)
{
    int64_t tubes = order_tubes(need), by = order_tested_ms(means, starts_ms, tubes),
            time_ms = deadline_ms - starts_ms - means->lead_ms;
    if (by != BH_NONE && by <= deadline_ms)
        return false;
    *ret = (struct order_shortage){
        .kind = SHORT_LABORATORY,
        .needed = time_ms > 0 ? divided_up((tubes + means->tubes_beside) * BH_HOUR_MS, time_ms)
                              : tubes + means->tubes_beside,
        .available = means->tubes_per_hour,
        .finish_ms = by,
        .pool_advised = pool_that_fits(need, means, starts_ms, deadline_ms),
    };
    return true;
}

int64_t order_samplers(const struct order_need *need, const struct order_means *means)
{
    if (means->people_per_sampler <= 0)
        return BH_NONE;
    int64_t people = above_zero(need->due - need->exempt);
    return people == 0 ? 0 : divided_up(people + means->people_beside, means->people_per_sampler);
}

int64_t order_sampled_ms(const struct order_need *need, const struct order_means *means,
                         int64_t starts_ms, int64_t deadline_ms)
{
    int64_t needed = order_samplers(need, means);
    if (needed == BH_NONE || (needed > 0 && means->samplers <= 0))
        return BH_NONE;
    return needed == 0
               ? starts_ms
               : starts_ms + divided_up((deadline_ms - starts_ms) * needed, means->samplers);
}

static bool short_of_samplers(const struct order_need *need, const struct order_means *means,
                              int64_t starts_ms, int64_t deadline_ms, struct order_shortage *ret)
{
    int64_t needed = order_samplers(need, means);
    if (needed == BH_NONE || means->samplers >= needed)
        return false;
    *ret = (struct order_shortage){
        .kind = SHORT_SAMPLERS,
        .needed = needed,
        .available = means->samplers,
        .finish_ms = order_sampled_ms(need, means, starts_ms, deadline_ms),
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
           (to == ROUND_SAMPLED_CLOSED && from < ROUND_SAMPLED_CLOSED); /* also one called off */
}

int64_t order_finish_ms(int64_t now_ms, int64_t missing, int64_t per_hour)
{
    if (missing <= 0)
        return now_ms;
    return per_hour <= 0 ? BH_NONE : now_ms + missing * BH_HOUR_MS / per_hour;
}

int64_t order_later(int64_t a_ms, int64_t b_ms)
{
    if (a_ms == BH_NONE || b_ms == BH_NONE)
        return BH_NONE;
    return a_ms > b_ms ? a_ms : b_ms;
}

/* ---- lanes from one site to another ---- */

/* Time a site needs with so many stations, each as fast as one is now; INT64_MAX = never. */
static int64_t pace_ms(const struct order_pace *site, int64_t stations)
{
    if (site->left <= 0)
        return 0;
    if (stations <= 0)
        return INT64_MAX;
    return site->left * BH_HOUR_MS / site->per_hour * site->stations / stations;
}

static bool pace_known(const struct order_pace *site)
{
    return !site->moved && site->per_hour != BH_NONE && site->per_hour > 0 && site->stations > 0;
}

static struct order_pace *pace_pick(struct order_pace *sites, size_t count, bool slowest)
{
    struct order_pace *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct order_pace *site = &sites[i];
        if (!pace_known(site) || (!slowest && site->left > 0 && site->stations < 2))
            continue;
        int64_t ms = pace_ms(site, site->stations),
                best_ms = best ? pace_ms(best, best->stations) : 0;
        if (!best || (slowest ? ms > best_ms : ms < best_ms))
            best = site;
    }
    return best;
}

static void lanes_between(const struct order_pace *fast, const struct order_pace *slow,
                          struct order_move *ret)
{
    *ret = (struct order_move){.from = fast->site, .to = slow->site};
    ret->before_ms = ret->after_ms = pace_ms(slow, slow->stations);
    int64_t most = fast->left > 0 ? fast->stations - 1 : fast->stations;
    for (int64_t lanes = 1; lanes <= most; lanes++) {
        int64_t a = pace_ms(fast, fast->stations - lanes),
                b = pace_ms(slow, slow->stations + lanes), later = a > b ? a : b;
        if (later < ret->after_ms) {
            ret->after_ms = later;
            ret->lanes = lanes;
        }
    }
}

int order_moves(struct order_pace *sites, size_t count, int64_t worth_ms, struct order_move *ret,
                int max)
{
    int found = 0;
    for (size_t i = 0; i < count; i++)
        sites[i].moved = false;
    while (found < max) {
        struct order_pace *slow = pace_pick(sites, count, true),
                          *fast = pace_pick(sites, count, false);
        struct order_move move;
        if (!slow || !fast || slow == fast)
            break;
        lanes_between(fast, slow, &move);
        if (move.lanes == 0 || move.before_ms - move.after_ms < worth_ms)
            break;
        slow->per_hour = slow->per_hour * (slow->stations + move.lanes) / slow->stations;
        fast->per_hour = fast->per_hour * (fast->stations - move.lanes) / fast->stations;
        slow->stations += move.lanes;
        fast->stations -= move.lanes;
        slow->moved = fast->moved = true;
        ret[found++] = move;
    }
    return found;
}
