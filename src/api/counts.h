#ifndef BH_API_COUNTS_H
#define BH_API_COUNTS_H
/* Figures of a scope that are shown all the time: how many loops are open. */
#include "ledger/area.h"
#include "store/db.h"

struct counts {
    int64_t user;          /* in: whose notices; 0 = nobody's */
    int64_t open, overdue; /* open holds the overdue ones too */
    int64_t notices;       /* ever queued for the user */
};

/* scope NULL = everywhere. */
BH_MUST_USE bool counts_read(struct db *db, const struct scope *scope, struct counts *ret,
                             struct bh_err *err);
/* Notices queued from an instant of the log's clock on. */
BH_MUST_USE bool notices_since(struct db *db, int64_t from_ms, int64_t *ret, struct bh_err *err);

#endif
