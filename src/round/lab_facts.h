#ifndef BH_LAB_FACTS_H
#define BH_LAB_FACTS_H
/* What others may ask about laboratories, and how other nouns of this folder tell their counters. */
#include "ledger/link.h"
#include "round/lab_events.h"

/* What a laboratory did; counted for ever and for the hour. Waiting = received - tested - rejected. */
struct lab_counts {
    int64_t received, tested, reported, rejected;
    int64_t pools, pools_positive; /* of reported: pooled tubes, and those positive or grey */
};
/* While applying: adds to the laboratory's counters. */
BH_MUST_USE bool lab_count(struct db *db, int64_t institution, int64_t at_ms,
                           const struct lab_counts *by, struct bh_err *err);

#endif
