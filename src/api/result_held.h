#ifndef BH_API_RESULT_HELD_H
#define BH_API_RESULT_HELD_H
/*
 * The few people whose tube was not simply negative: each has a state of his own. Guarded by the caller's lock.
 * Receipts are kept as their keyed hashes.
 */
#include "base/arena.h"

enum { RESULT_HELD_MAX = 4000000 }; /* people; further ones stay "not yet available" for ever */

enum held_state {
    HELD_WAITING, /* grey, a member of a positive pool, being repeated */
    HELD_NEGATIVE,
    HELD_POSITIVE,
};

struct held {
    int64_t slot;         /* of the round's roll */
    uint64_t hash;        /* of the receipt; 0 = has none */
    int64_t tube, person; /* person 0 = not named yet */
    int64_t known_ms;     /* when the system learned the state, on the log's clock */
    int64_t resulted_ms;
    int64_t area; /* leaf of the sampling site: whose plan rules */
    enum held_state state;
    bool told;              /* somebody has told the person */
    int32_t next_of_person; /* index of another one of the same person, -1 = none */
};

struct held_list;

struct held_list *held_list_new(void);
void held_list_free(struct held_list *list); /* NULL allowed */
/* A tube's people, in tube order. Once a tube is known its people stay; their state and times start anew. */
void held_add(struct held_list *list, int64_t tube, const struct held *people, size_t count);
/* NULL when the tube or the place is not known. */
struct held *held_place(struct held_list *list, int64_t tube, size_t place);
const struct held *held_of_receipt(const struct held_list *list, uint64_t hash);
/* Names the person of a slot in a tube that is known. */
void held_name(struct held_list *list, int64_t tube, int64_t slot, int64_t person);
/* The first of the person's, then further ones by held_next. NULL at the end. */
struct held *held_of_person(struct held_list *list, int64_t person);
struct held *held_next(struct held_list *list, const struct held *held);
struct held *held_at(struct held_list *list, size_t index); /* below held_count */
size_t held_count(const struct held_list *list);
int64_t held_bytes(const struct held_list *list);

#endif
