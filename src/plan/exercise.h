#ifndef BH_PLAN_EXERCISE_H
#define BH_PLAN_EXERCISE_H
/*
 * Plays the schedule of an exercise into an exercise folder through the public commands, each at its own time of
 * the log's clock, so that duties open, run late, climb and close as they would have.
 */
#include "ledger/ledger.h"

struct exercise_options {
    uint64_t seed;
    int64_t until_ms; /* play only what lies before; BH_NONE = all */
    void (*progress)(void *self, int64_t done, int64_t total);
    void *self;
};

struct exercise_report {
    int64_t commands, events, persons;
};

/* Instant at which the exercise's log begins. */
#define EXERCISE_BEGIN_MS INT64_C(1645718400000) /* 2022-02-25 00:00 +08:00 */

/* ledger: new, made with the same seed in a made world (`made`), which is driven here. */
BH_MUST_USE bool exercise_play(struct ledger *ledger, struct made_world *made,
                               const struct exercise_options *options, struct exercise_report *ret,
                               struct bh_err *err);

#endif
