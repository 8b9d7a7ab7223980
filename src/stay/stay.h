#ifndef BH_STAY_H
#define BH_STAY_H
/*
 * Admitting an infected person (so far only the fact that closes admit_positive).
 *
 * Command: admit_person. Fields: the record in stay_events.c.
 * case       at home or on the way -> admitted -> picked up again, discharged, released or dead: the stay ends
 *
 * Invariants
 *   nobody lies in two beds, and no bed holds two people
 *   nobody is admitted while on the way, nor elsewhere than where the person was handed over last
 *   both sides sign, and are two different people
 */
#include "move/move_facts.h"
#include "report/report_facts.h"
#include "stay/stay_facts.h"

extern const struct link stay_link;

enum stay_refusal {
    STAY_FITS,
    STAY_NO_CASE,
    STAY_ADMITTED,
    STAY_ON_THE_WAY,
    STAY_OTHER_PLACE,
    STAY_BED_TAKEN,
    STAY_ONE_SIGNER,
    STAY_TIME_BACKWARDS,
    STAY_REFUSALS,
};
bool stay_allow(enum stay_refusal refusal, struct bh_err *err);
/* stay: the person's, bed_stay: the bed's, 0 = none. */
enum stay_refusal stay_admit_fits(const struct case_facts *sick, const struct move_facts *move,
                                  int64_t stay, int64_t bed_stay,
                                  const struct person_admitted *body, int64_t at_ms);

extern const struct derived_table stay_tables[];
bool stay_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
