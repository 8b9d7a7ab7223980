#ifndef BH_LEDGER_BACKUP_H
#define BH_LEDGER_BACKUP_H
/*
 * Copies of the log, and the way back. A database copy is a snapshot taken while the writer goes on; a stream
 * (ledger/stream.h) follows the log row by row. Neither holds a key: without <folder>-keys/outbreak.key the
 * identities in them cannot be read by anybody.
 */
#include "ledger/verify.h"

struct backup_report {
    int64_t position;
    uint8_t hash[LOG_HASH];
    int64_t bytes;
};

/* Writes a snapshot of the folder's log to `to`, whole or not at all, and before it one of the logins and the access
 * log, if there are any, to `to`.accounts. CONFLICT when `to` exists. */
BH_MUST_USE bool backup_database(const char *folder, const char *to, verify_progress *progress,
                                 void *self, struct backup_report *ret, struct bh_err *err);

/*
 * A thread that keeps a stream file behind the log by at most LIMIT_COPY_BEHIND_MS. It goes on where the file
 * ends; a torn last record is cut off first. Rows are checked against the chain before they are copied, and what
 * cannot be written now is tried again every second.
 */
struct copier;
struct copier_figures {
    int64_t through;   /* every event up to here is in the file and synced */
    int64_t behind_ms; /* since when something is not, 0 = nothing */
    bool failing;
    struct bh_err why;
};

/* CONFLICT when the file belongs to another log, or to another epoch of this one; CORRUPT when it is damaged. */
BH_MUST_USE bool copier_start(const char *folder, const char *file, const struct world *world,
                              struct copier **ret, struct bh_err *err);
/* Copies what is still missing, then ends the thread. NULL allowed. */
void copier_stop(struct copier *copier);
/* Any thread, both. NULL gives zeroes: nothing is copied anywhere. */
int64_t copier_through(struct copier *copier);
void copier_figures(struct copier *copier, struct copier_figures *ret);

struct restore_options {
    const struct catalogue *catalogue;
    const struct world *world;
    const char *from;   /* database copy or stream */
    const char *folder; /* empty or not there */
    const char *keys;   /* folder to copy the keys from; NULL = the keys stay where they are */
    bool whole_part;    /* of a damaged copy, take what comes before the damage */
    verify_progress *progress;
    void *self;
};

enum restored_key {
    KEY_FITS,
    KEY_UNPROVEN, /* there is one, but the log holds nothing encrypted yet */
    KEY_MISSING,  /* put it there before the log is opened: no identity can be read without it */
};

struct restore_report {
    int64_t events;          /* taken from the copy */
    int64_t position, epoch; /* after the event log_restored */
    int64_t cut_bytes;       /* of a torn last record, or after the damage */
    enum restored_key key;
    char key_path[4300];
};

/* Logins and access log are taken from `from`.accounts when it is there; nobody stays logged in.
 * Every row is checked against the chain and decoded, the derived tables are made from the rows, the result is
 * verified, and the event log_restored opens a new epoch. The folder holds the log whole or not at all. CORRUPT
 * names the first bad row; DENIED when the key does not fit the log. */
BH_MUST_USE bool restore_log(const struct restore_options *options, struct restore_report *ret,
                             struct bh_err *err);

#endif
