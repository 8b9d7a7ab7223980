#ifndef BH_MOVE_EVENTS_H
#define BH_MOVE_EVENTS_H
/* Facts that the link move publishes: kinds 300 and 301. A signature is the signer's name, sealed, with a
 * keyed hash so that one person cannot sign for both sides. */
#include "ledger/event.h"

enum move_kind {
    MOVE_PERSON_PICKED_UP = 300,
    MOVE_PERSON_HANDED_OVER = 301,
};

/* 300: institution = the transfer team. */
struct person_picked_up {
    int64_t case_number, institution;
    struct bh_str vehicle;
    struct bh_sealed from_signature, driver_signature;
};

/* 301: institution = where the person is handed over. */
struct person_handed_over {
    int64_t case_number, institution;
    struct bh_sealed from_signature, to_signature;
};

extern const struct record person_picked_up_record;
extern const struct record person_handed_over_record;
extern const struct event_kind move_events[]; /* ends with number 0 */

#endif
