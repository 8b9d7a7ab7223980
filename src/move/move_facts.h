#ifndef BH_MOVE_FACTS_H
#define BH_MOVE_FACTS_H
/* What others may ask the link move. Reads only, present knowledge. */
#include "ledger/link.h"
#include "move/move_events.h"

struct move_facts {
    int64_t transfer;  /* the latest, 0 = never moved */
    int64_t picked_ms; /* of the latest */
    int64_t handed_ms; /* BH_NONE = still on the way */
    int64_t handed_to; /* institution, BH_NONE = still on the way */
};
BH_MUST_USE bool move_case(struct db *db, int64_t case_number, struct move_facts *ret,
                           struct bh_err *err);

#endif
