#ifndef BH_ROUND_FACTS_H
#define BH_ROUND_FACTS_H
/* What others may ask the link round. Reads only, present knowledge. Times BH_NONE = not known or not yet. */
#include "ledger/link.h"
#include "round/round_events.h"

struct tube_facts {
    int64_t tube, kind, area, institution, resample_of, found_in, size;
    int64_t collected_ms, received_ms, received_by;
    int64_t verdict; /* of the result in force, BH_NONE = none */
    int64_t resulted_ms;
    int64_t held_left;               /* members of a positive pool that are not decided */
    int64_t round, site, box, plate; /* BH_NONE = none; plate: where it lies, or gave its result */
    int64_t sent_back_ms;            /* rejected: its people are owed a sample again */
    bool withdrawn;
};

/* MISSING when there is no such tube. */
BH_MUST_USE bool round_tube(struct db *db, int64_t tube, struct tube_facts *ret,
                            struct bh_err *err);

/* Leaf of the laboratory that has the tube, or to which its box is sent; 0 = none. */
BH_MUST_USE bool round_laboratory_area(struct db *db, const struct tube_facts *tube,
                                       int64_t *ret_area, struct bh_err *err);

struct tube_place {
    int64_t person; /* 0 = in a round, and not named yet */
    int64_t slot;   /* of the round's roll; BH_NONE = in no round, or named */
    int64_t at_ms;
    int64_t outcome; /* enum member_outcome of a held member, BH_NONE = not decided */
    bool held;
};
/* Members in tube order, in the arena. Of a round, before they are named, from the log: never while applying. */
BH_MUST_USE bool round_members(struct db *db, int64_t tube, struct bh_arena *arena,
                               struct tube_place **ret, size_t *ret_count, struct bh_err *err);

/* Who of the round's roll is still in the tube, by slot, whether named or not: from the log, never while applying. */
BH_MUST_USE bool round_sampled(struct db *db, int64_t tube, struct bh_arena *arena,
                               struct tube_place **ret, size_t *ret_count, struct bh_err *err);

/* When the person's latest sample with a negative result was taken; BH_NONE = never. */
BH_MUST_USE bool round_last_negative(struct db *db, int64_t person, int64_t *ret_ms,
                                     struct bh_err *err);

/* Positions of the facts about the person's tubes; at most max. */
BH_MUST_USE bool round_person_events(struct db *db, int64_t person, int64_t *ret, size_t max,
                                     size_t *ret_count, struct bh_err *err);

#endif
