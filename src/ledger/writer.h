#ifndef BH_LEDGER_WRITER_H
#define BH_LEDGER_WRITER_H
/*
 * The one writer thread: takes all that is queued, one transaction, one sync, then answers everybody.
 *
 * A commit waits up to 2 ms for company, unless 64 are waiting or the one before had none. The queue is bounded
 * by expected waiting time, measured on the last commits; over it writer_submit refuses at once and less urgent
 * classes are refused earlier. Submissions belong to their makers until `done` was called on the writer thread.
 */
#include "ledger/ledger.h"

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
/* Any thread. False: not taken; *ret_retry_ms says when to come back (jittered). */
BH_MUST_USE bool writer_submit(struct writer *writer, struct submission *submission,
                               int64_t *ret_retry_ms);
void writer_figures(struct writer *writer, struct writer_figures *ret);
/* Head and clock as of the last commit; any thread. */
void writer_position(struct writer *writer, int64_t *ret_seq, int64_t *ret_now_ms);
/* Runs `work` on the writer thread between two commits and waits for it (plan changes, clock, backup steps). */
BH_MUST_USE bool writer_run(struct writer *writer,
                            bool (*work)(struct ledger *ledger, void *self, struct bh_err *err),
                            void *self, struct bh_err *err);

#endif
