#ifndef BH_PLAN_EXERCISE_BODIES_H
#define BH_PLAN_EXERCISE_BODIES_H
/* From an item of the schedule to the JSON bodies of public commands. Nothing is recorded here; numbers given by
 * the log come back through the pointers of the body. */
#include "ledger/ledger.h"
#include "plan/jilin_schedule.h"

struct exercise_person {
    int64_t person, tube, positive, diagnosed, report, about;
};

struct exercise_ids {
    const struct jilin_schedule *schedule;
    int zone_minutes;
    int64_t *institutions, *users, *pools, *bulletins; /* indexed as in the schedule; 0 = not yet */
    int64_t *posts;
    struct exercise_person *persons;
};

void exercise_ids_init(struct exercise_ids *ids, const struct jilin_schedule *schedule,
                       const struct ledger *ledger);
void exercise_ids_done(struct exercise_ids *ids);

struct exercise_body {
    const char *command;
    json_t *json;      /* the receiver's */
    int64_t *first;    /* gets the number of the command's first event; NULL = not wanted */
    int64_t *positive; /* gets the number of the positive that a result caused */
    int64_t *about;    /* gets the number of a first case in its county, 0 when it is none */
    int64_t *person;   /* gets the person number drawn for the body */
};

enum exercise_next {
    EXERCISE_BODY,    /* *ret is filled */
    EXERCISE_DONE,    /* the item has no such step */
    EXERCISE_MISSING, /* refers to something that was never recorded */
};

/* The body of step 0, 1, ... of an item. */
enum exercise_next exercise_body_of(struct exercise_ids *ids, const struct jilin_item *item,
                                    int step, struct exercise_body *ret);

#endif
