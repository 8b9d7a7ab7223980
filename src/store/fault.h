#ifndef BH_STORE_FAULT_H
#define BH_STORE_FAULT_H
/*
 * A file layer under the database that fails on purpose; only tests use it, so only they carry it. It counts calls,
 * ends the process or answers with an error at a chosen one, runs out of space, and plays a power cut: what was
 * written since the last sync of a file is undone, and of these writes some are made again, some not, some torn
 * at a sector. Deleted files stay deleted; shared memory is not touched (SQLite makes it anew).
 *
 * Nothing is really synced: a page in the system's cache outlives the process, and the cut is ours.
 */
#include "base/err.h"

enum fault_call { FAULT_WRITE, FAULT_SYNC, FAULT_OPEN, FAULT_CALLS };

enum fault_action {
    FAULT_COUNT, /* nothing fails */
    FAULT_KILL,  /* SIGKILL before the call does anything */
    FAULT_CUT,   /* power cut, then SIGKILL */
    FAULT_FAIL,  /* the call answers with an I/O error */
};

struct fault_plan {
    enum fault_action action;
    enum fault_call call;
    int64_t at;          /* acts at the at-th such call, from 1 */
    bool stays;          /* FAULT_FAIL: every later such call fails too */
    int64_t space_bytes; /* by which files may still grow; below 0 = any */
    bool sync_lies;      /* a sync is answered, but a cut undoes what came before it all the same */
    uint64_t seed;       /* of what a cut keeps */
};

/* Every database opened from now on goes through it. May be called again to change the plan; counts go on. */
void fault_install(const struct fault_plan *plan);
int64_t fault_count(enum fault_call call);

#endif
