#ifndef BH_STORE_TABLES_H
#define BH_STORE_TABLES_H
/* Whole tables compared and exchanged between a database and an attached one. Table and schema names come from
 * the program's own tables, never from outside. */
#include "store/db.h"

/* Whether both hold the same rows in the same order of their keys: one walk, much cheaper than the next. Same content
 * in another order gives false. */
BH_MUST_USE bool db_table_same(struct db *db, const char *from, const char *to, const char *table,
                               bool *ret, struct bh_err *err);
/* Rows of from.table that are not the same in to.table, counted up to max. */
BH_MUST_USE bool db_table_missing(struct db *db, const char *from, const char *to,
                                  const char *table, int64_t max, int64_t *ret, struct bh_err *err);
/* Replaces the content of to.table by that of from.table, inside the caller's transaction. */
BH_MUST_USE bool db_table_replace(struct db *db, const char *from, const char *to,
                                  const char *table, struct bh_err *err);
BH_MUST_USE bool db_table_count(struct db *db, const char *schema, const char *table, int64_t *ret,
                                struct bh_err *err);
/* Drops every table but those named (ends with NULL), inside the caller's transaction. */
BH_MUST_USE bool db_tables_drop(struct db *db, const char *const *keep, struct bh_err *err);
/* Scratch database: no durability asked, for rebuilding beside the live one. */
BH_MUST_USE bool db_scratch(struct db *db, struct bh_err *err);

#endif
