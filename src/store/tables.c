#include "store/tables.h"

#include "store/sqlite_private.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

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

static bool cell_same(sqlite3_stmt *one, sqlite3_stmt *two, int column)
{
    sqlite3_value *a = sqlite3_column_value(one, column), *b = sqlite3_column_value(two, column);
    int type = sqlite3_value_type(a);
    if (type != sqlite3_value_type(b))
        return false;
    if (type == SQLITE_NULL)
        return true;
    if (type == SQLITE_INTEGER)
        return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    const void *at = sqlite3_value_blob(a), *other = sqlite3_value_blob(b);
    int len = sqlite3_value_bytes(a);
    return len == sqlite3_value_bytes(b) && (len == 0 || memcmp(at, other, (size_t)len) == 0);
}

/* Both walks until one ends or they differ. The code of the step that decided. */
static int walk_both(sqlite3_stmt *a, sqlite3_stmt *b, bool *ret)
{
    int columns = sqlite3_column_count(a);
    *ret = columns == sqlite3_column_count(b);
    while (*ret) {
        int code = sqlite3_step(a), other = sqlite3_step(b);
        if (code != SQLITE_ROW || other != SQLITE_ROW) {
            *ret = code == other;
            return code == SQLITE_ROW ? other : code;
        }
        for (int i = 0; *ret && i < columns; i++)
            *ret = cell_same(a, b, i);
    }
    return SQLITE_DONE;
}

bool db_table_same(struct db *db, const char *from, const char *to, const char *table, bool *ret,
                   struct bh_err *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    char sql[256], other[256];
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s.%s", from, table);
    (void)snprintf(other, sizeof other, "SELECT * FROM %s.%s", to, table);
    bool ok = sqlite3_prepare_v2(db_handle(db), sql, -1, &a, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(db_handle(db), other, -1, &b, NULL) == SQLITE_OK &&
              walk_both(a, b, ret) == SQLITE_DONE;
    if (!ok)
        (void)db_failed(db, err, sql);
    (void)sqlite3_finalize(a);
    (void)sqlite3_finalize(b);
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
    /* The defence against a bad schema keeps a database from having no journal, silently. */
    (void)sqlite3_db_config(db_handle(db), SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    return db_script(db,
                     "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA secure_delete=OFF; "
                     "PRAGMA locking_mode=NORMAL",
                     err);
}
