#ifndef BH_LEDGER_VERIFY_H
#define BH_LEDGER_VERIFY_H
/*
 * Proofs about a data folder. None of these changes the folder.
 *
 * A signed head is one line of JSON: {"log", "seq", "recorded_ms", "hash", "key", "signature"}; the signature
 * (Ed25519, key outside the data folder) covers "bihuan-head" and the first four. Lines are added to
 * <folder>-keys/heads.jsonl, outside the data folder, and can be handed to anybody: a log that is shorter,
 * re-chained or rolled back no longer fits them.
 */
#include "ledger/ledger.h"

struct verify_report {
    int64_t events;    /* checked */
    int64_t first_bad; /* 0 = none */
    /* Every event is good, but the log's table, an index or a guard of it is described otherwise than by the program, or
     * there is a trigger or view that is not the program's. */
    bool schema_differs;
    struct bh_err why; /* of the first bad one, or of the description */
};

typedef void verify_progress(void *self, int64_t done, int64_t total);

/* The whole chain: order, gaps, clock, hashes, decoding of every body, the engine's own check; then what keeps the log
 * append-only: how its table and guards are described. False only when
 * the check itself could not be made. progress may be NULL. */
BH_MUST_USE bool verify_log(struct db *db, const struct catalogue *catalogue,
                            verify_progress *progress, void *self, struct verify_report *ret,
                            struct bh_err *err);
/* Compares the log with every signed head in the file; fills first_bad with the head's seq. */
BH_MUST_USE bool verify_heads(struct db *db, const char *path, struct verify_report *ret,
                              struct bh_err *err);
/* Signs the present head and adds it to the file outside the folder. */
BH_MUST_USE bool head_sign(struct ledger *ledger, struct bh_err *err);

#endif
