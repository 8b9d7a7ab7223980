#ifndef BH_STORE_GATHER_H
#define BH_STORE_GATHER_H
/*
 * Inside this folder only: what db_add was told, until it is written. A transaction of a hundred tubes adds to the same few
 * counters a hundred times; each is written once.
 */
#include "store/db.h"

#include <stdarg.h>

struct gather;
struct sqlite3_stmt;

struct gather *gather_new(void);
void gather_free(struct gather *gather); /* NULL allowed */

/* False: no room, or nothing that can be summed (a text too long); the caller writes it at once. */
bool gather_take(struct gather *gather, const char *sql, const char *types, va_list args);
bool gather_is_empty(const struct gather *gather);
/* The next one to be written, bound to the statement; NULL: none is left. Order means nothing: sums commute. */
const char *gather_next(const struct gather *gather, size_t at);
void gather_bind(const struct gather *gather, size_t at, struct sqlite3_stmt *handle);
/* All were written, or the transaction was rolled back. */
void gather_clear(struct gather *gather);

/* Whether a statement has to wait until what was gathered is written: it names a table that something is added to. One
 * that begins with SELECT 1 asks only for rows: an UPDATE makes none. *names: kept with the statement, 0 at first. */
bool gather_concerns(const struct gather *gather, const char *sql, uint64_t *names);

#endif
