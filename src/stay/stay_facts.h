#ifndef BH_STAY_FACTS_H
#define BH_STAY_FACTS_H
/* What others may ask the link stay. Reads only, present knowledge. */
#include "ledger/link.h"
#include "stay/stay_events.h"

struct stay_facts {
    int64_t stay; /* the one that lasts, 0 = none */
    int64_t institution, admitted_ms;
};
BH_MUST_USE bool stay_case(struct db *db, int64_t case_number, struct stay_facts *ret,
                           struct bh_err *err);
/* The stay that takes the bed, 0 = free. */
BH_MUST_USE bool stay_of_bed(struct db *db, int64_t institution, struct bh_str bed, int64_t *ret,
                             struct bh_err *err);

#endif
