#include "ledger/pace.h"

enum { FIRST_EACH_NS = 80000, ONE = 16, STALL_US = 4000 };

void pace_init(struct pace *pace)
{
    *pace = (struct pace){.each_ns = FIRST_EACH_NS};
}

static void fade(int64_t *sum)
{
    *sum -= *sum / 8;
}

/* The slope of the line through the last points, where they differ enough in size to have one. */
static void learn_each(struct pace *pace)
{
    int64_t spread = pace->weight * pace->count_count - pace->count * pace->count;
    int64_t rise = pace->weight * pace->count_took - pace->count * pace->took_us;
    int64_t most_ns = pace->took_us * 1000 / pace->count; /* no fixed part at all */
    if (spread > pace->count * pace->count / 16 && rise > 0)
        pace->each_ns += (rise * 1000 / spread - pace->each_ns) / 4;
    if (pace->each_ns > most_ns)
        pace->each_ns = most_ns;
}

void pace_note(struct pace *pace, int64_t count, int64_t took_us)
{
    if (count < 1)
        return;
    /* One stall of the disk says nothing of the next transaction; a disk that stays slow is believed after a few. */
    int64_t most_us = 4 * pace_expect_us(pace, count) + STALL_US;
    took_us = took_us < most_us ? took_us : most_us;
    fade(&pace->weight);
    fade(&pace->count);
    fade(&pace->took_us);
    fade(&pace->count_count);
    fade(&pace->count_took);
    pace->weight += ONE;
    pace->count += ONE * count;
    pace->took_us += ONE * took_us;
    pace->count_count += ONE * count * count;
    pace->count_took += ONE * count * took_us;
    learn_each(pace);
}

int64_t pace_work_us(const struct pace *pace, int64_t count)
{
    return count * pace->each_ns / 1000;
}

int64_t pace_expect_us(const struct pace *pace, int64_t count)
{
    if (pace->weight == 0)
        return count * pace->each_ns / 1000;
    int64_t fixed_us = (pace->took_us - pace->count * pace->each_ns / 1000) / pace->weight;
    return (fixed_us > 0 ? fixed_us : 0) + count * pace->each_ns / 1000;
}
