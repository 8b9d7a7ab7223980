#ifndef BH_API_RESULT_TABLE_H
#define BH_API_RESULT_TABLE_H
/*
 * Receipt to tube to state, in memory, for the public result page. One thread writes, any thread reads without a
 * lock: every entry is one 64-bit word.
 *
 *   slot of a generation     | fingerprint, 38 bits | tube's ordinal, 26 bits |     0 = empty, 1 = taken out
 *   tube                     | state, 3 | sampled, 26 | resulted, 26 |              minutes since 2020; and its number
 *
 * Receipts are found by a keyed hash: low bits pick the slot, the fingerprint is the rest. A receipt that was never
 * issued matches somebody's entry by chance with probability below 3e-10. Tables are filled to four fifths and never
 * moved: when one is full, a further one (a generation) begins. A look-up always asks all of them, so that it takes
 * as long for a receipt that is unknown as for one that is known.
 *
 * Memory: 9 million receipts in tubes of ten take 106 MB of slots and 15 MB of tubes. At most RESULT_GENERATIONS
 * are kept (27 million receipts, 268 MB; tubes 16 bytes each, at most 33 million): beyond that the oldest are
 * forgotten and their receipts answer as unknown ones.
 */
#include "base/arena.h"

enum {
    RESULT_GENERATIONS = 10,
    RESULT_TUBES_MAX = 1 << 25,
};

enum result_tube_state {
    RESULT_TUBE_GONE, /* withdrawn */
    RESULT_TUBE_WAITING,
    RESULT_TUBE_NEGATIVE,
    RESULT_TUBE_AGAIN, /* cannot be tested: its people are due again */
    RESULT_TUBE_HELD,  /* each of its people has a state of his own: result_held.h */
};

struct result_tube {
    enum result_tube_state state;
    int64_t sampled_ms, resulted_ms; /* to the minute; resulted 0 = not yet */
};

struct result_table;

/* smaller: halvings of every size, 0 but for tests that want to see the oldest forgotten. */
struct result_table *result_table_new(const uint8_t key[16], int smaller);
void result_table_free(struct result_table *table); /* NULL allowed */

/* --- the writing thread --- */

/* Tubes come in ascending order of their numbers; one that is known already is only dated anew. */
void result_table_tube(struct result_table *table, int64_t tube, int64_t sampled_ms);
/* Of the tube added last. A receipt that is known belongs to the newest tube from now on. */
void result_table_add(struct result_table *table, uint64_t hash);
/* Of this tube only; does nothing when the receipt belongs to another by now. */
void result_table_remove(struct result_table *table, uint64_t hash, int64_t tube);
/* False when the tube is not known. sampled_ms, resulted_ms: BH_NONE leaves what is there. */
bool result_table_set(struct result_table *table, int64_t tube, enum result_tube_state state,
                      int64_t sampled_ms, int64_t resulted_ms);
bool result_table_tube_of(const struct result_table *table, int64_t tube, struct result_tube *ret);

/* --- any thread --- */

/* A keyed hash: what the cache holds tells nobody a receipt. */
uint64_t result_table_hash(const struct result_table *table, uint64_t receipt);
/* False when the receipt is unknown. */
bool result_table_find(const struct result_table *table, uint64_t hash, struct result_tube *ret);
int64_t result_table_bytes(const struct result_table *table);

#endif
