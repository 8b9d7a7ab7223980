#ifndef BH_API_RESULT_CACHE_H
#define BH_API_RESULT_CACHE_H
/*
 * What the public result page knows: for each receipt the state of that one sample, made from the log by a follower
 * (ledger/follow.h) and kept apart from the writer and its database. Nothing in it leads to a person.
 *
 * A positive is never first learned here. Until the person's case is in the direct network report (diagnosed by a
 * physician, who speaks to the patient, and filed), or the plan's delay is over, it answers as every other sample that
 * has no negative result: not yet available. Grey, invalid, repeated and not yet tested ones answer the same.
 */
#include "api/result_table.h"
#include "ledger/catalogue.h"
#include "ledger/event.h"
#include "ledger/plan.h"

struct result_cache;

enum result_state {
    SHOWN_UNKNOWN, /* no such receipt has arrived, or it is too old */
    SHOWN_WAITING, /* not yet available */
    SHOWN_NEGATIVE,
    SHOWN_AGAIN,    /* the sample cannot be tested: come again */
    SHOWN_POSITIVE, /* and the person was told */
    SHOWN_STATES,
};
extern const char *const result_state_names[SHOWN_STATES];

struct result_answer {
    enum result_state state;
    int64_t sampled_ms, resulted_ms; /* 0 = not told */
};

extern const int result_cache_kinds[]; /* of events, ends with 0 */

struct result_cache *result_cache_new(const struct catalogue *catalogue, const uint8_t key[16]);
void result_cache_free(struct result_cache *cache); /* NULL allowed */

/* --- the follower's thread: self is the cache --- */
bool result_cache_take(void *self, const struct event *event);
BH_MUST_USE bool result_cache_look(void *self, struct db *db, int64_t position, struct bh_err *err);
/* Positives whose plan-set delay is over now count as told. */
void result_cache_age(struct result_cache *cache, struct plans *plans, int64_t now_ms);

/* --- any thread --- */

/* The same work whatever the answer. */
void result_cache_ask(struct result_cache *cache, uint64_t receipt, struct result_answer *ret);
struct result_figures {
    int64_t bytes, held;
};
void result_cache_figures(struct result_cache *cache, struct result_figures *ret);

#endif
