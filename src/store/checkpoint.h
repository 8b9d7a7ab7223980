#ifndef BH_STORE_CHECKPOINT_H
#define BH_STORE_CHECKPOINT_H
/*
 * Inside this folder only: moving the write-ahead log into the database beside the writer.
 *
 * A thread with a connection of its own moves the bulk; while it works the writer goes on and the log grows. What came
 * meanwhile, a few pages, the writer moves itself between two commits: only then can the log begin again at its start
 * (a thread alone never reaches the end of a log that grows, and the file grows without bound).
 */
#include "base/err.h"

struct checkpointer;
struct sqlite3;

BH_MUST_USE bool checkpointer_start(const char *path, struct checkpointer **ret,
                                    struct bh_err *err);
void checkpointer_stop(struct checkpointer *checkpointer); /* NULL allowed */
/* After every connection of this process to the database is closed; NULL allowed. */
void checkpointer_free(struct checkpointer *checkpointer);

enum checkpoint_turn {
    CHECKPOINT_NOT_NOW,
    CHECKPOINT_WRITER, /* the writer moves what is left, then calls checkpointer_done */
    CHECKPOINT_FAILED, /* the thread met a failing disk: nothing more is written */
};
/* By the writer after each commit. pages: length of the log now; after: from where on it is moved. */
enum checkpoint_turn checkpointer_turn(struct checkpointer *checkpointer, int pages, int after);
/* The writer moved `moved` of the log's `pages`. */
void checkpointer_done(struct checkpointer *checkpointer, int pages, int moved);

#endif
