#ifndef BH_ANTIGEN_FACTS_H
#define BH_ANTIGEN_FACTS_H
/* What others may ask about antigen tests. Present knowledge; BH_NONE = none, not known or not yet. */
#include "ledger/link.h"
#include "round/antigen_events.h"

struct kit_facts {
    int64_t kit, batch, area; /* area: of whoever keeps it; once handed out, of the people */
    int64_t roll, slot, count, round, handed_ms;
    int64_t antigen; /* the test it was used for */
    int64_t group;   /* enum antigen_group of whom it was handed to */
};
/* *ret_found: registered at all. */
BH_MUST_USE bool antigen_kit_read(struct db *db, int64_t kit, struct kit_facts *ret,
                                  bool *ret_found, struct bh_err *err);

struct antigen_facts {
    int64_t antigen, area, person, roll, slot, round, outcome, taken_ms;
    int64_t photo;   /* position of the fact that holds it */
    int64_t reading; /* of the officer */
    int64_t positive_ms, decided, decided_tube;
    int64_t repeat_owed_ms, repeated; /* repeated: by which test */
};
/* MISSING when there is no such test. */
BH_MUST_USE bool antigen_read(struct db *db, int64_t antigen, struct antigen_facts *ret,
                              struct bh_err *err);

/* The sealed photo of a test, in the arena; from the log, so never while applying. MISSING when it has none. */
BH_MUST_USE bool antigen_photo(struct db *db, int64_t antigen, struct bh_arena *arena,
                               struct bh_str *ret, int64_t *ret_area, struct bh_err *err);

/* Whether the slot owes an antigen test in the round: a kit was handed to its door for it and nothing was told. */
BH_MUST_USE bool antigen_owes(struct db *db, int64_t round, int64_t slot, bool *ret,
                              struct bh_err *err);

#endif
