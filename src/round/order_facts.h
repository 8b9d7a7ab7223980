#ifndef BH_ORDER_FACTS_H
#define BH_ORDER_FACTS_H
/* What others may ask about rounds, and how other nouns of this folder tell the counters. Present knowledge. */
#include "ledger/link.h"
#include "round/order_events.h"

struct round_facts {
    int64_t round, ordinal, number, roll, area, starts_ms, deadline_ms;
    int64_t pool_size, household_tubes, key_single, antigen_first, tubes_expected, state;
    int64_t closed_ms;
};
/* MISSING when there is no such round. */
BH_MUST_USE bool order_round(struct db *db, int64_t round, struct round_facts *ret,
                             struct bh_err *err);

struct site_facts {
    int64_t site, round, area, institution, closed_ms;
    int64_t ordinal, roll, state, state_ms, pool_size; /* of its round */
};
BH_MUST_USE bool order_site(struct db *db, int64_t site, struct site_facts *ret,
                            struct bh_err *err);

/* Where a tube stands. Counted for the round, for its hour, and while at the site for the site. */
enum tube_stage {
    STAGE_SAMPLED,
    STAGE_SEALED,
    STAGE_DELIVERED,
    STAGE_RECEIVED,
    STAGE_TESTED,
    STAGE_REPORTED
};

/* While applying: `by` tubes of the round reached (or, below 0, left) a stage at at_ms. */
BH_MUST_USE bool order_count_tubes(struct db *db, int64_t round, enum tube_stage stage,
                                   int64_t at_ms, int64_t by, struct bh_err *err);
/* While applying: so many tubes of the site went into a sealed box (or, below 0, out of one). */
BH_MUST_USE bool order_count_boxed(struct db *db, int64_t site, int64_t by, struct bh_err *err);
/* While applying: pools found positive, pools resolved, people found positive. */
BH_MUST_USE bool order_count_pools(struct db *db, int64_t round, int64_t positive, int64_t resolved,
                                   int64_t people, struct bh_err *err);

/* In a decision: the list of doors of a community ends, with something that may be told late and have happened before the
 * list was made at made_ms. */
void order_complete(struct decision *d, int64_t round, int64_t area, int64_t list, int64_t made_ms);

/* What the round has so far. */
struct round_totals {
    int64_t due, exempt, sampled, missed;
    int64_t tubes, sealed, delivered, received, tested, reported;
    int64_t pools_positive, pools_resolved, positives;
};
BH_MUST_USE bool order_totals(struct db *db, int64_t round, struct round_totals *ret,
                              struct bh_err *err);

#endif
