#ifndef BH_STORE_SQLITE_PRIVATE_H
#define BH_STORE_SQLITE_PRIVATE_H
/* Shared by the files of this folder only. */
#include "store/db.h"

struct sqlite3;
struct sqlite3 *db_handle(struct db *db);
/* Tells what SQLite reported last; always false. */
bool db_failed(struct db *db, struct bh_err *err, const char *doing);

#endif
