#ifndef BH_LEDGER_FOLLOW_H
#define BH_LEDGER_FOLLOW_H
/*
 * Following the log: a thread that reads it from some position to its end, in order, and then what is added, for
 * whoever keeps something beside the writer (a cache, a copy, a message to elsewhere). It has a read connection of its
 * own and never holds a snapshot longer than one pass, so that it is not in the way of the database's checkpoints.
 */
#include "ledger/log.h"
#include "os/thread.h"

struct follower;

struct follow_options {
    const char *name; /* of the thread, at most 15 bytes */
    const char *path; /* the log's database */
    const struct catalogue *catalogue;
    int64_t from;     /* the first position wanted */
    const int *kinds; /* wanted, ends with 0; others are skipped without decoding. NULL = all */
    int look_ms;      /* how often the end of the log is looked at; 0 = 200 */
    void *self;
    /* One event, on the follower's thread. False: read it, but look at the database (`look`) before the next one. */
    bool (*take)(void *self, const struct event *event);
    /* After a pass, still inside its snapshot, which may be ahead of `position`, the last event given. NULL allowed. */
    BH_MUST_USE bool (*look)(void *self, struct db *db, int64_t position, struct bh_err *err);
};

struct follow_state {
    int64_t position; /* everything wanted up to here was given */
    bool caught_up;   /* the end of the log has been reached at least once */
    bool failed;      /* the log or its look could not be read; tried again each second */
};

/* Copies the options, kinds stay the caller's. */
BH_MUST_USE bool follower_start(const struct follow_options *options, struct follower **ret,
                                struct bh_err *err);
void follower_stop(struct follower *follower); /* NULL allowed */
/* Any thread. */
void follower_state(struct follower *follower, struct follow_state *ret);
/* Caught up once, and not failing: what was made from the events can be relied on. */
bool follower_is_current(struct follower *follower);

#endif
