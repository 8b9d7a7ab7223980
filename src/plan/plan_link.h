#ifndef BH_PLAN_PLAN_LINK_H
#define BH_PLAN_PLAN_LINK_H
/*
 * The clock of an exercise: set_exercise_clock (exercise folders only, kind 900) lets it run at up to 3,600 times
 * real time, stop, or jump ahead; the query `exercise` tells where it stands.
 */
#include "ledger/link.h"

extern const struct link plan_link;

#endif
