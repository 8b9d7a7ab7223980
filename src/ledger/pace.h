#ifndef BH_LEDGER_PACE_H
#define BH_LEDGER_PACE_H
/*
 * How long a transaction of so many commands takes, learned from the last ones: a fixed part (the sync) and a part for
 * each command. From it comes the expected waiting time that bounds the writer's queue. A mean alone would be wrong
 * just when it counts: after an idle hour of commits with one command each, a hundred together are not a hundred
 * times as slow.
 */
#include <stdint.h>

struct pace {
    /* Sums over the last transactions, each older one weighing an eighth less; weight in sixteenths. */
    int64_t weight, count, took_us, count_count, count_took;
    int64_t each_ns; /* for one command, as last learned */
};

void pace_init(struct pace *pace);
void pace_note(struct pace *pace, int64_t count, int64_t took_us);
/* The part of so many commands alone, however they are put into transactions. */
int64_t pace_work_us(const struct pace *pace, int64_t count);
/* Of one transaction of `count` commands. */
int64_t pace_expect_us(const struct pace *pace, int64_t count);

#endif
