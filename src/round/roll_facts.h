#ifndef BH_ROLL_FACTS_H
#define BH_ROLL_FACTS_H
/* What others may ask the roll. Reads only, present knowledge. */
#include "ledger/link.h"
#include "round/roll_events.h"

struct roll_facts {
    int64_t roll, area, size; /* area: leaf that stands for the unit; slots are 1 .. size */
};
/* MISSING when there is no such roll. */
BH_MUST_USE bool roll_read(struct db *db, int64_t roll, struct roll_facts *ret, struct bh_err *err);

/* The chunk of a roll that holds a slot: where its people live. */
struct roll_block {
    int64_t block, first_slot, last_slot, area;
};
BH_MUST_USE bool roll_block_of(struct db *db, int64_t roll, int64_t slot, struct roll_block *ret,
                               bool *ret_found, struct bh_err *err);

/* The slot of the resident with this keyed document hash (16 bytes); *ret_slot 0 = nobody on the roll. */
BH_MUST_USE bool roll_slot_of(struct db *db, int64_t roll, const uint8_t document[16],
                              int64_t *ret_slot, struct bh_err *err);

/* The same, for listing in a community: 0 also for who moved away from another one and must be listed anew. */
BH_MUST_USE bool roll_slot_kept(struct db *db, int64_t roll, int64_t area,
                                const uint8_t document[16], int64_t *ret_slot, struct bh_err *err);

/* Where the resident of a slot stands now: another slot when his document was listed again in another community. Looks
 * into the log, so never while applying. */
BH_MUST_USE bool roll_slot_now(struct db *db, int64_t roll, int64_t slot, int64_t *ret_slot,
                               struct bh_err *err);

/* What a community has on the roll. away: of the residents, those absent or exempt at the time asked for. */
struct roll_community {
    int64_t area, residents, away, key_people, sealed_homes, sealed_people;
};
/* All communities of a roll by leaf; at most max are written, the number there are is returned in *ret_count. */
BH_MUST_USE bool roll_communities(struct db *db, int64_t roll, int64_t at_ms,
                                  struct roll_community *ret, size_t max, size_t *ret_count,
                                  struct bh_err *err);

/* One resident as listed, texts sealed as they were, in the arena. MISSING when there is no such slot. */
struct roll_listed {
    int64_t area, building, unit, household; /* household: its first slot */
    int64_t household_size, sealed_home;
    struct bh_sealed door;
    struct roll_resident resident;
};
BH_MUST_USE bool roll_resident_at(struct db *db, int64_t roll, int64_t slot, struct bh_arena *arena,
                                  struct roll_listed *ret, struct bh_err *err);

/* Calls for each resident of a block in slot order; stops when it returns false. */
BH_MUST_USE bool roll_block_each(struct db *db, const struct roll_block *block,
                                 struct bh_arena *arena,
                                 bool (*each)(void *self, int64_t slot,
                                              const struct roll_listed *listed),
                                 void *self, struct bh_err *err);

/* Calls with the idempotency key of each command that listed residents, until it returns false. */
BH_MUST_USE bool roll_block_keys(struct db *db, int64_t roll,
                                 bool (*each)(void *self, struct bh_str key), void *self,
                                 struct bh_err *err);

#endif
