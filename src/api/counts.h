#ifndef BH_API_COUNTS_H
#define BH_API_COUNTS_H
/* Figures that are shown all the time: how many loops are open in a scope, how many notices went out. */
#include "ledger/area.h"
#include "store/db.h"

struct counts {
    int64_t open, overdue; /* open holds the overdue ones too */
};

/* scope NULL = everywhere. */
BH_MUST_USE bool counts_read(struct db *db, const struct scope *scope, struct counts *ret,
                             struct bh_err *err);
/* Notices queued after a position of the log, for one user, or for everybody when user is 0. */
BH_MUST_USE bool notices_after(struct db *db, int64_t position, int64_t user, int64_t *ret,
                               struct bh_err *err);
/* The last position recorded before an instant of the log's clock; 0 = none. */
BH_MUST_USE bool position_before(struct db *db, int64_t head, int64_t at_ms, int64_t *ret,
                                 struct bh_err *err);

#endif
