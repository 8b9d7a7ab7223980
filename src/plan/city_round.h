#ifndef BH_PLAN_CITY_ROUND_H
#define BH_PLAN_CITY_ROUND_H
/*
 * Plays one round of the whole of Jilin City into an exercise folder, through the public commands in the order of their
 * time: the roll, the order of 17 March 2022 23:00, sites, samplers, couriers, laboratories, doors, pools, until the
 * round is closed. Where the laboratories cannot do it, help is asked for; where help does not suffice, the order names
 * what is short and who must act, and the exercise ends there.
 *
 * What is real and what is made: data/jilin-2022/README.md.
 */
#include "ledger/ledger.h"
#include "round/order_facts.h"

struct city_round_options {
    uint64_t seed;
    int64_t per_million;          /* of the city's people and laboratories; 1,000,000 = all */
    int64_t capacity_tubes_a_day; /* of the city's own laboratories, unscaled; 0 = as published */
    void (*progress)(void *self, int64_t done, int64_t total);
    void *self;
};

struct city_round_report {
    int64_t people, communities, sites, boxes, laboratories, commands, events;
    int64_t roll, round;    /* round 0 = never ordered */
    int64_t capacity, help; /* tubes a day of the city's own, of those who came to help */
    char refused_zh[BH_MESSAGE_MAX],
        refused_en[BH_MESSAGE_MAX]; /* the first order; "" = it was taken */
    bool finished;                  /* else it was ordered though short, and not played on */
    struct round_facts facts;
    struct round_totals totals;
    int64_t resamples, doors_missed, exempt_told, rejected, differences;
    int64_t mop_up_ms, sampled_ms,
        reported_ms; /* when sampling ended, when the last result was told */
};

/* Instant at which the exercise's log begins, and at which the round is ordered. */
#define CITY_ROUND_BEGIN_MS INT64_C(1647475200000) /* 2022-03-17 08:00 +08:00 */
#define CITY_ROUND_ORDER_MS INT64_C(1647529200000) /* 2022-03-17 23:00 +08:00 */

/* ledger: new, made with the same seed in a made world (`made`), which is driven here. */
BH_MUST_USE bool city_round_play(struct ledger *ledger, struct made_world *made,
                                 const struct city_round_options *options,
                                 struct city_round_report *ret, struct bh_err *err);

#endif
