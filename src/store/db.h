#ifndef BH_STORE_DB_H
#define BH_STORE_DB_H
/*
 * The database behind one header. SQL is written in the subset that SQLite and PostgreSQL share, always
 * as string literals: statements are prepared once per connection and found again by the literal's address.
 *
 * A connection belongs to one thread at a time. Types in the argument strings:
 *   i  int64_t          s  struct bh_str (text)     b  struct bh_str (bytes)
 *   z  const char *     n  NULL, no argument        I  int64_t, BH_NONE is stored as NULL
 * Errors: FULL no space (transaction must be rolled back), BUSY, IO (after a failed write or sync the
 * connection is dead: db_is_dead), CORRUPT.
 */
#include "base/text.h"

struct db;
struct stmt;

enum db_mode {
    DB_WRITE, /* the one writer; creates the file */
    DB_READ,  /* many; a snapshot while a read transaction is open */
};

/* cache_kb: page cache of this connection. */
BH_MUST_USE bool db_open(const char *path, enum db_mode mode, int cache_kb, struct db **ret,
                         struct bh_err *err);
void db_close(struct db *db); /* NULL allowed */

/* One or more statements without results (schema, pragma of ours). */
BH_MUST_USE bool db_script(struct db *db, const char *sql, struct bh_err *err);
/* One statement with arguments, no results. */
BH_MUST_USE bool db_run(struct db *db, struct bh_err *err, const char *sql, const char *types, ...);
/* Adds to counters in one row: UPDATE table SET c = c + ? ... WHERE key = ?, or INSERT INTO table ... ON CONFLICT DO UPDATE. What
 * one transaction adds to the same row is summed and written once, before the next statement that names the table, at the
 * latest by db_commit; outside a transaction at once. Types: i and at most two s, the row's key; + a number that is summed; < and >
 * one of which the least, the greatest counts. */
BH_MUST_USE bool db_add(struct db *db, struct bh_err *err, const char *sql, const char *types, ...);
int64_t db_changed(struct db *db); /* rows changed by the last db_run */

/* Rows of one statement. After db_rows the loop is: while (db_next(&rows)) ...; then db_end(&rows, err). */
struct rows {
    struct db *db;
    struct stmt *stmt;
    struct bh_err err;
    bool failed;
};
void db_rows(struct db *db, struct rows *rows, const char *sql, const char *types, ...);
bool db_next(struct rows *rows);
BH_MUST_USE bool db_end(struct rows *rows, struct bh_err *err);
int64_t row_int(const struct rows *rows, int column); /* NULL gives BH_NONE */
double row_real(const struct rows *rows, int column);
bool row_null(const struct rows *rows, int column);
struct bh_str row_text(const struct rows *rows, int column); /* valid until the next db_next */
struct bh_str row_bytes(const struct rows *rows, int column);

/* The first row's first column. found may be NULL; when nothing is found *ret is untouched and, if found
 * is NULL, MISSING is reported. */
BH_MUST_USE bool db_int(struct db *db, struct bh_err *err, int64_t *ret, bool *found,
                        const char *sql, const char *types, ...);

BH_MUST_USE bool db_begin(struct db *db, struct bh_err *err);      /* write transaction */
BH_MUST_USE bool db_begin_read(struct db *db, struct bh_err *err); /* snapshot */
BH_MUST_USE bool db_commit(struct db *db, struct bh_err *err);     /* durable when true */
void db_rollback(struct db *db);

/* True after a write or sync failed for a reason other than lack of space, also in a checkpoint after a commit that
 * succeeded, or pages are damaged: nothing this connection says can be trusted any more, never retry. */
bool db_is_dead(const struct db *db);

/* How long the write-ahead log of a writer grows, in pages, before a commit moves it on into the database. */
void db_checkpoint_after(struct db *db, int pages);
/* From now on a thread of its own does most of that, so that a commit hardly waits for it. path: of this database.
 * Ends with db_close. */
BH_MUST_USE bool db_checkpoint_apart(struct db *db, const char *path, struct bh_err *err);

/* Writes are refused for the named table unless the window is open (defence in depth for the log). */
void db_guard(struct db *db, const char *table);
void db_guard_window(struct db *db, bool open);

/* Consistent copy of a live database into a new file, a few pages at a time. Inside a read transaction of `from`
 * the copy is of that snapshot, else it begins again whenever something is written. progress may be NULL. */
BH_MUST_USE bool db_copy(struct db *from, const char *path,
                         void (*progress)(void *self, int64_t left, int64_t total), void *self,
                         struct bh_err *err);
BH_MUST_USE bool db_is_empty(struct db *db, bool *ret, struct bh_err *err); /* has no table */
BH_MUST_USE bool db_check(struct db *db, struct bh_err *err); /* the engine's own integrity check */
BH_MUST_USE bool db_attach(struct db *db, const char *path, const char *name, struct bh_err *err);
int64_t db_file_bytes(struct db *db);

#endif
