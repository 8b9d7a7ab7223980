#ifndef BH_STAY_EVENTS_H
#define BH_STAY_EVENTS_H
/* Facts that the link stay publishes: kind 400. */
#include "ledger/event.h"

enum stay_kind { STAY_PERSON_ADMITTED = 400 };

/* 400: institution = hospital, cabin hospital or isolation site. Signatures as in move_events.h. */
struct person_admitted {
    int64_t case_number, institution;
    struct bh_str bed;
    struct bh_sealed from_signature, to_signature;
};

extern const struct record person_admitted_record;
extern const struct event_kind stay_events[]; /* ends with number 0 */

#endif
