#ifndef BH_LEDGER_DERIVED_H
#define BH_LEDGER_DERIVED_H
/*
 * Derived tables belong to the program, the log to the outbreak: a program whose tables are described otherwise
 * makes them anew from the log when it opens a folder; cut off in the middle, it begins again at the next
 * opening. No migration scripts.
 */
#include "ledger/ledger.h"

/* All derived tables of all links, in a database without them, and a note how they are described. */
BH_MUST_USE bool derived_create(struct db *db, const struct catalogue *catalogue,
                                struct bh_err *err);
/* The same in two parts, for many events at once: tables with no more indexes than applying events needs; then, once the
 * rows are in, the other indexes and the note. A rebuild that only compares does without the second. */
BH_MUST_USE bool derived_tables_create(struct db *db, const struct catalogue *catalogue,
                                       struct bh_err *err);
BH_MUST_USE bool derived_finish(struct db *db, const struct catalogue *catalogue,
                                struct bh_err *err);
/* One event, applied by every link in order. */
BH_MUST_USE bool derived_apply(struct db *db, const struct catalogue *catalogue,
                               const struct event *event, struct bh_err *err);
/* Brings the tables up to the program's description; does nothing when they are. A read-only ledger cannot:
 * CONFLICT says so. */
BH_MUST_USE bool derived_upgrade(struct ledger *ledger, bool read_only, struct bh_err *err);

#endif
