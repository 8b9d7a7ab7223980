#ifndef BH_PLAN_CITY_ROUND_PRIVATE_H
#define BH_PLAN_CITY_ROUND_PRIVATE_H
/* Shared by the files city_*.c. */
#include "plan/city_round.h"
#include "plan/roll_maker.h"

enum { CITY_POOL_MAX = 100, CITY_COUNTIES_MAX = 64, CITY_LABS_MAX = 64 };

/* data/jilin-2022/round.csv */
struct city_figures {
    int64_t laboratories, own_tubes_a_day, help_laboratories, help_tubes_a_day, pool_size;
    int64_t site_people, station_people, sampler_people, site_people_an_hour, door_people_an_hour;
    int64_t first_open, last_open, box_tubes, box_wait, pick_up_least, pick_up_most, drive_least,
        drive_most, test_time, resample_after, resample_drive, resample_test, mop_up,
        sweep_after; /* minutes */
    int64_t away_people, exempt_people, absent_homes, refused_homes, isolated_homes,
        miscounted_boxes;            /* per 1,000 */
    int64_t infected, damaged_tubes; /* per 1,000,000; per 100,000 */
};
BH_MUST_USE bool city_figures_read(struct city_figures *ret, struct bh_err *err);

/* A county or zone: its teams. */
struct city_county {
    const struct unit *unit;
    int64_t people;
    int64_t sampling, couriers; /* institutions */
};

struct city_lab {
    int64_t institution, tubes_per_hour;
    int64_t free_ms; /* when what it has is through */
};

/* Slots by growing list. */
struct city_slots {
    uint32_t *at;
    size_t count, room;
};

struct city_site {
    int64_t site;               /* number in the log, 0 = not yet */
    uint32_t county, community; /* community: index in the maker, where it stands */
    uint32_t cursor, end;       /* slots from .. up to, as indexes from 0 */
    int64_t stations, samplers;
    uint32_t pool[CITY_POOL_MAX];
    int pool_count;
    struct city_slots owed; /* not met, or to be sampled again */
    size_t owed_next;
    uint32_t box_first, box_count; /* tubes not yet in a box: a run of the site's own list */
    struct city_slots tubes;       /* indexes of tubes, in order */
    int64_t box_since_ms;
    bool busy; /* a sweep is on its way */
};

struct city_tube {
    int64_t tube;
    uint32_t people; /* first in city->tube_people */
    uint8_t count;
    bool damaged;
};

struct city_box {
    int64_t box;
    uint32_t site, first, count, lab; /* first: in the site's list of tubes */
    int64_t difference, through_ms;   /* through: with its laboratory, as booked on the way */
};

struct city_pool {
    uint32_t tube, lab, site, count;
    int64_t resample[CITY_POOL_MAX]; /* tube numbers */
    bool infected[CITY_POOL_MAX];
};

enum city_event_type {
    CITY_OPEN,
    CITY_TUBE,
    CITY_TOLD,
    CITY_MISSED,
    CITY_SWEEP,
    CITY_PICK_UP,
    CITY_RECEIVE,
    CITY_RESULT,
    CITY_EXPLAIN,
    CITY_POOL_SAMPLE,
    CITY_POOL_RECEIVE,
    CITY_POOL_RESULT,
    CITY_MOP_UP,
};

struct city_event {
    int64_t at_ms;
    uint64_t order; /* as it was put in line */
    uint32_t type, index;
};

/* Of each person, by slot - 1. */
enum { PERSON_HOME = 1, PERSON_SEALED = 2, PERSON_KEY = 4, PERSON_AWAY = 8, PERSON_INFECTED = 16 };

struct city {
    struct ledger *ledger;
    struct made_world *made;
    const struct city_round_options *options;
    struct city_figures figures;
    struct city_round_report *report;
    uint64_t seed;
    struct roll_maker *maker;
    uint8_t *people;
    uint32_t people_count;

    struct city_county counties[CITY_COUNTIES_MAX];
    size_t county_count;
    struct city_lab labs[CITY_LABS_MAX];
    size_t lab_count;
    int64_t post_count; /* names given so far */

    struct city_site *sites;
    size_t site_count, site_room;
    struct city_tube *tubes;
    size_t tube_count, tube_room;
    struct city_slots tube_people;
    struct city_box *boxes;
    size_t box_count, box_room;
    struct city_pool *pools;
    size_t pool_count, pool_room;

    struct city_event *queue; /* a heap */
    size_t queue_count, queue_room;
    uint64_t queue_order;

    int64_t owed, boxes_out, unreported, pools_open; /* until the end */
    bool mopping, sampled;

    const char *answer;    /* of the last command, in the arena */
    struct bh_arena arena; /* of one command */
    struct bh_buf body;
    struct ledger_batch batch;
    int in_batch;
};

/* ---- city_do.c ---- */
void city_body(struct city *city, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The command with the body just written; *ret_first (NULL allowed): its first fact. */
BH_MUST_USE bool city_do(struct city *city, int64_t at_ms, const char *command, int64_t *ret_first,
                         struct bh_err *err);
/* The same, where a refusal is part of the story: *ret_ok false and *err filled, and true returned. */
BH_MUST_USE bool city_try(struct city *city, int64_t at_ms, const char *command, int64_t *ret_first,
                          bool *ret_ok, struct bh_err *err);
/* Position of the first fact of this kind among what the last command recorded; 0 = none. */
int64_t city_fact(struct city *city, const char *kind);
void city_at(const struct city *city, int64_t at_ms, char *out);
/* 0 .. count - 1 from the seed, a salt and a number: the same whenever it is asked. */
uint32_t city_draw(const struct city *city, uint32_t salt, uint64_t number, uint32_t count);
void city_later(struct city *city, int64_t at_ms, enum city_event_type type, size_t index);
bool city_next(struct city *city, struct city_event *ret);
void city_slots_add(struct city_slots *slots, uint32_t slot);
void *city_room(void *list, size_t count, size_t *room, size_t size);

/* ---- city_setup.c ---- */
BH_MUST_USE bool city_setup(struct city *city, struct bh_err *err);
/* *ret_go false: ordered or not, it cannot be finished, and the story ends here. */
BH_MUST_USE bool city_order(struct city *city, bool *ret_go, struct bh_err *err);

/* ---- city_sites.c ---- */
void city_sites_plan(struct city *city);
BH_MUST_USE bool city_site_event(struct city *city, const struct city_event *event,
                                 struct bh_err *err);
BH_MUST_USE bool city_end_sampling(struct city *city, int64_t at_ms, struct bh_err *err);

/* ---- city_labs.c ---- */
BH_MUST_USE bool city_seal(struct city *city, size_t site, int64_t at_ms, struct bh_err *err);
BH_MUST_USE bool city_lab_event(struct city *city, const struct city_event *event,
                                struct bh_err *err);

#endif
