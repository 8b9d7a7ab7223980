#ifndef BH_LEDGER_WRITER_H
#define BH_LEDGER_WRITER_H
/*
 * The one writer thread: takes all that is queued, one transaction, one sync, then answers everybody.
 *
 * A commit waits up to 2 ms for company, unless 64 are waiting or the one before had none. The queue is bounded by the
 * work it holds, in time, as learned from the last commits (pace.h): over it writer_submit refuses at once, and less
 * urgent classes are refused earlier. Submissions belong to their makers until `done` was called on the writer thread.
 */
#include "ledger/ledger.h"
#include "ledger/link.h"

struct writer;

struct writer_figures {
    int64_t commits, commands, refused_full;
    int64_t queue;     /* waiting now */
    int64_t commit_us; /* recent mean of one transaction */
    int64_t wait_ms;   /* expected waiting time of a newcomer */
};

/* on_batch is called on the writer thread after the `done` of each batch: one wake-up for all. */
BH_MUST_USE bool writer_start(struct ledger *ledger, void (*on_batch)(void *self), void *self,
                              struct writer **ret, struct bh_err *err);
/* Takes no more, finishes what waits, ends the thread. NULL allowed. */
void writer_stop(struct writer *writer);
/* Any thread. False: not taken, the queue is too long for its class. */
BH_MUST_USE bool writer_submit(struct writer *writer, struct submission *submission);
/* The same for a list linked by `next`, in its order: all of it or nothing. */
BH_MUST_USE bool writer_submit_all(struct writer *writer, struct submission *first,
                                   struct submission *last, int64_t count, enum priority priority);
/* Any thread, without waiting: whether a newcomer of this class would be refused now. Asked before a request is read,
 * so that refusing stays cheap when it counts; writer_submit has the last word. */
bool writer_refuses(struct writer *writer, enum priority priority);
/* The most urgent class that was without room at any moment since the last call; one past the last = none. For one
 * caller. */
int writer_refused_since(struct writer *writer);
void writer_figures(struct writer *writer, struct writer_figures *ret);
/* Head and clock as of the last commit; any thread. */
void writer_position(struct writer *writer, int64_t *ret_seq, int64_t *ret_now_ms);
/* Runs `work` on the writer thread between two commits and waits for it (plan changes, clock, backup steps). */
BH_MUST_USE bool writer_run(struct writer *writer,
                            bool (*work)(struct ledger *ledger, void *self, struct bh_err *err),
                            void *self, struct bh_err *err);

#endif
