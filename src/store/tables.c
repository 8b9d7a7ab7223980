#include "store/tables.h"

#include "store/sqlite_private.h"

#include <sqlite3.h>
#include <stdio.h>

/* The statement changes with the table, so it is not kept like those written as literals. */
static bool run_built(struct db *db, const char *sql, int64_t *ret, struct bh_err *err)
{
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v2(db_handle(db), sql, -1, &handle, NULL) != SQLITE_OK)
        return db_failed(db, err, sql);
    int code = sqlite3_step(handle);
    if (code == SQLITE_ROW && ret)
        *ret = sqlite3_column_int64(handle, 0);
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || db_failed(db, err, sql);
    (void)sqlite3_finalize(handle);
    return ok;
}

bool db_table_missing(struct db *db, const char *from, const char *to, const char *table,
                      int64_t max, int64_t *ret, struct bh_err *err)
{
    char sql[512];
    (void)snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM (SELECT * FROM %s.%s EXCEPT SELECT * FROM %s.%s LIMIT %lld)", from,
        table, to, table, (long long)max);
    return run_built(db, sql, ret, err);
}

bool db_table_count(struct db *db, const char *schema, const char *table, int64_t *ret,
                    struct bh_err *err)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s.%s", schema, table);
    return run_built(db, sql, ret, err);
}

bool db_table_replace(struct db *db, const char *from, const char *to, const char *table,
                      struct bh_err *err)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "DELETE FROM %s.%s", to, table);
    if (!run_built(db, sql, NULL, err))
        return false;
    (void)snprintf(sql, sizeof sql, "INSERT INTO %s.%s SELECT * FROM %s.%s", to, table, from,
                   table);
    return run_built(db, sql, NULL, err);
}

/* One name at a time: dropping changes the list. False at the end of the list, too; *ret tells. */
static bool next_table(struct db *db, const char *const *keep, char *ret, size_t size,
                       struct bh_err *err)
{
    struct rows rows;
    ret[0] = 0;
    db_rows(db, &rows,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'", "");
    while (db_next(&rows)) {
        struct bh_str name = row_text(&rows, 0);
        bool kept = false;
        for (size_t i = 0; keep[i] && !kept; i++)
            kept = bh_str_is(name, keep[i]);
        if (kept)
            continue;
        (void)snprintf(ret, size, "%.*s", (int)name.len, name.at);
        break;
    }
    return db_end(&rows, err);
}

bool db_tables_drop(struct db *db, const char *const *keep, struct bh_err *err)
{
    char name[128], sql[256];
    for (;;) {
        if (!next_table(db, keep, name, sizeof name, err))
            return false;
        if (name[0] == 0)
            return true;
        (void)snprintf(sql, sizeof sql, "DROP TABLE %s", name);
        if (!run_built(db, sql, NULL, err))
            return false;
    }
}

bool db_scratch(struct db *db, struct bh_err *err)
{
    return db_script(
        db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA locking_mode=NORMAL", err);
}
