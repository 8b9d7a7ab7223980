/* How often an area is tested and when that may stop. Pure. */
#include "round/order.h"

#include "base/time.h"

const struct choice frequency_rules[] = {
    {"none", "方案未规定频次", "the plan has no rule"},
    {"first", "最初轮次未满", "first rounds not done"},
    {"hot", "近几轮有感染者，或尚未达到停止条件",
     "people found in the last rounds, or not clean long enough"},
    {"recent", "近期有感染者", "people found in the last days"},
    {"other", "近期无感染者", "nobody found lately"},
    {"last", "间隔后的最后轮次", "last round after the wait"},
    {"ended", "可以停止", "may stop"},
    {NULL, NULL, NULL},
};
const struct choice stop_answers[] = {
    {"no_rule", "方案未规定", "the plan has no rule"},
    {"no", "不可停止", "not yet"},
    {"judged", "由指挥部研判", "by judgement of the headquarters"},
    {"yes", "可以停止", "may stop"},
    {NULL, NULL, NULL},
};

/* Where the clean rounds begin: those that started after the last person was found. */
static size_t first_clean(const struct round_done *done, size_t count, int64_t found_ms)
{
    size_t at = count;
    while (at > 0 && (found_ms == BH_NONE || done[at - 1].starts_ms > found_ms))
        at--;
    return at;
}

static int64_t latest_start(const struct round_done *done, size_t count, int64_t under_way_ms)
{
    int64_t latest = count > 0 ? done[count - 1].starts_ms : BH_NONE;
    return under_way_ms > latest ? under_way_ms : latest; /* BH_NONE is the least number */
}

static enum frequency_rule rule_by_finds(const struct frequency_plan *plan,
                                         const struct round_done *done, size_t count,
                                         int64_t found_ms, int64_t now_ms)
{
    if (plan->every_hot_ms != BH_NONE && plan->hot_rounds == BH_NONE)
        return FREQUENCY_HOT; /* wherever testing may not stop yet */
    if (found_ms != BH_NONE && plan->hot_rounds > 0 && count > 0) {
        size_t back = (size_t)plan->hot_rounds < count ? (size_t)plan->hot_rounds : count;
        if (found_ms >= done[count - back].starts_ms)
            return FREQUENCY_HOT;
    }
    if (found_ms != BH_NONE && plan->recent_days != BH_NONE &&
        now_ms - found_ms <= plan->recent_days * BH_DAY_MS)
        return FREQUENCY_RECENT;
    return plan->every_other_ms != BH_NONE ? FREQUENCY_OTHER : FREQUENCY_NONE;
}

static int64_t interval_of(const struct frequency_plan *plan, enum frequency_rule rule)
{
    switch (rule) {
    case FREQUENCY_HOT: return plan->every_hot_ms;
    case FREQUENCY_RECENT: return plan->every_recent_ms;
    case FREQUENCY_OTHER: return plan->every_other_ms;
    case FREQUENCY_NONE:
    case FREQUENCY_FIRST:
    case FREQUENCY_LAST:
    case FREQUENCY_ENDED: return BH_NONE;
    }
    bh_unreachable("rule of a frequency");
}

/* So many clean rounds in a row, then a wait, then so many more. False while it is too early for the wait. */
static bool stop_by_clean(const struct frequency_plan *plan, const struct round_done *clean,
                          size_t count, int64_t under_way_ms, struct frequency *ret)
{
    int64_t extra = plan->stop_extra == BH_NONE ? 0 : plan->stop_extra,
            gap = plan->stop_gap_days == BH_NONE ? 0 : plan->stop_gap_days, later = 0;
    ret->stop = STOP_NO;
    ret->rounds_missing = plan->stop_clean + extra - (int64_t)count;
    if ((int64_t)count < plan->stop_clean || plan->stop_clean <= 0)
        return false;
    int64_t waited_ms = clean[plan->stop_clean - 1].ended_ms + gap * BH_DAY_MS;
    for (size_t i = (size_t)plan->stop_clean; i < count; i++)
        later += clean[i].starts_ms >= waited_ms;
    ret->rounds_missing = extra > later ? extra - later : 0;
    ret->rule = ret->rounds_missing > 0 ? FREQUENCY_LAST : FREQUENCY_ENDED;
    ret->stop = ret->rounds_missing > 0 ? STOP_NO : STOP_YES;
    if (ret->rounds_missing > 0 && (under_way_ms == BH_NONE || under_way_ms < waited_ms))
        ret->next_ms = waited_ms;
    return true;
}

struct frequency order_frequency(const struct frequency_plan *plan, const struct round_done *done,
                                 size_t count, int64_t under_way_ms, int64_t found_ms,
                                 int64_t now_ms)
{
    size_t from = first_clean(done, count, found_ms);
    struct frequency ret = {.clean = (int64_t)(count - from),
                            .every_ms = BH_NONE,
                            .next_ms = BH_NONE,
                            .rounds_missing = BH_NONE};
    if (plan->stop_clean != BH_NONE) {
        if (stop_by_clean(plan, done + from, count - from, under_way_ms, &ret))
            return ret;
    } else if (plan->first_minimum != BH_NONE) {
        ret.rounds_missing = plan->first_minimum - (int64_t)count;
        ret.stop = ret.rounds_missing > 0 ? STOP_NO : STOP_JUDGED;
        ret.rule = FREQUENCY_FIRST;
        if (ret.rounds_missing > 0)
            return ret;
        ret.rounds_missing = 0;
    }
    int64_t latest = latest_start(done, count, under_way_ms);
    ret.rule = rule_by_finds(plan, done, count, found_ms, now_ms);
    ret.every_ms = interval_of(plan, ret.rule);
    if (ret.every_ms != BH_NONE && latest != BH_NONE)
        ret.next_ms = latest + ret.every_ms;
    return ret;
}
