#ifndef BH_SAMPLE_FACTS_H
#define BH_SAMPLE_FACTS_H
/* What others may ask about sampling in a round. Reads only, present knowledge. */
#include "ledger/link.h"
#include "round/sample_events.h"

/* Rows of `sample` and `round_away` are found by this: a round lies together, in door order. */
static inline int64_t sample_id(int64_t ordinal, int64_t slot)
{
    return ordinal << 32 | slot;
}

/* The tube as sampled, its lists in the arena; looks into the log, so never while applying. MISSING when the tube is
 * none of a round. */
BH_MUST_USE bool sample_tube_fact(struct db *db, int64_t tube, struct bh_arena *arena,
                                  struct tube_sampled *ret, struct bh_err *err);

/* While applying a fact that carries them: these people of the round are owed a sample again. areas as in
 * tube_sampled. */
BH_MUST_USE bool sample_take_back(struct db *db, int64_t round, int64_t ordinal, int64_t tube,
                                  const struct bh_list *people, const struct bh_list *areas,
                                  struct bh_err *err);

#endif
