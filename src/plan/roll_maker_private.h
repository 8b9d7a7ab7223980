#ifndef BH_PLAN_ROLL_MAKER_PRIVATE_H
#define BH_PLAN_ROLL_MAKER_PRIVATE_H
/* Shared by roll_maker.c (how many live where) and roll_doors.c (who they are). */
#include "plan/roll_maker.h"

enum { ROLL_DRAWS = 1024, ROLL_SIZES = 8 };

/* What data/jilin-2022/roll.csv says. */
struct roll_maker_figures {
    int64_t household_of[ROLL_SIZES];                 /* per 100,000 */
    int64_t collective_people, age_0_14, age_60_plus; /* per 10,000 */
    int64_t room_least, room_most;
    int64_t urban_weight, village_weight;
    int64_t spread_least, spread_most;                                 /* per cent */
    int64_t temporary_homes, floating_homes, key_people, sealed_homes; /* per 1,000 */
    int64_t floors, entrances, doors, lane_houses;
};

struct roll_maker {
    uint64_t seed;
    int64_t total;
    struct roll_maker_figures figures;
    struct bh_arena arena; /* fields of the texts */
    /* A draw below 1,024 gives a name by its weight, without searching. */
    struct bh_str surname[ROLL_DRAWS], single[ROLL_DRAWS], first[ROLL_DRAWS], last[ROLL_DRAWS];
    struct roll_maker_community *communities;
    size_t community_count;
};

#endif
