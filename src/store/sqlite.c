#include "store/sqlite_private.h"

#include "base/arena.h"
#include "base/limits.h"
#include "store/checkpoint.h"
#include "store/gather.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    CACHE_SLOTS = 1024,
    GUARDED_MAX = 4,
    CHECKPOINT_PAGES = 64000,
    BUSY_MS = 10000,
    PIECE_BYTES = 1200, /* of the memory beside the heap for short-lived things */
    PIECES = 400,
};

struct stmt {
    const char *sql; /* the literal: its address is the key */
    sqlite3_stmt *handle;
    uint64_t names; /* of gather_concerns */
};

struct db {
    sqlite3 *handle;
    struct stmt slot[CACHE_SLOTS]; /* open addressing; statements are never dropped before close */
    size_t used;
    const char *guarded[GUARDED_MAX];
    int guarded_count;
    bool window, dead;
    int checkpoint_pages;
    struct checkpointer *checkpointer; /* NULL: the writer does it all */
    struct gather *gather;             /* NULL until the first db_add */
    int64_t changed;
};

struct sqlite3 *db_handle(struct db *db)
{
    return db->handle;
}

/* SQLite calls it full when a page could not be written; its shared memory and quotas say so by errno. What a
 * sync says is never about space: after it nobody knows what is on the disk. */
static bool lacks_space(struct db *db, int code)
{
    if ((code & 0xff) == SQLITE_FULL)
        return true;
    bool synced = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
    int why = sqlite3_system_errno(db->handle);
    return (code & 0xff) == SQLITE_IOERR && !synced && (why == ENOSPC || why == EDQUOT);
}

bool db_failed(struct db *db, struct bh_err *err, const char *doing)
{
    int code = sqlite3_extended_errcode(db->handle), primary = code & 0xff;
    const char *text = sqlite3_errmsg(db->handle);
    if (lacks_space(db, code))
        return bh_fail(
            err, BH_FULL, "磁盘空间不足，本次写入已撤回；请腾出空间后重试",
            "no space left on disk: this write was undone; free some space and try again");
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
        return bh_fail(err, BH_BUSY, "数据库正忙：%s", "the database is busy: %s", text);
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        db->dead = true;
        return bh_fail(err, BH_CORRUPT, "数据库文件已损坏：%s", "the database file is damaged: %s",
                       text);
    }
    db->dead = db->dead || primary == SQLITE_IOERR;
    return bh_fail(err, BH_IO, "数据库出错（%s）：%s，代码 %d", "database error (%s): %s, code %d",
                   doing, text, code);
}

/* Refuses changes of guarded tables at prepare time, except inserts inside the window. */
static int authorize(void *self, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
    const struct db *db = self;
    (void)b;
    (void)c;
    (void)d;
    bool change = action == SQLITE_UPDATE || action == SQLITE_DELETE ||
                  action == SQLITE_DROP_TABLE || action == SQLITE_ALTER_TABLE ||
                  (action == SQLITE_INSERT && !db->window);
    const char *table = action == SQLITE_ALTER_TABLE ? b : a;
    for (int i = 0; change && table && i < db->guarded_count; i++)
        if (strcmp(table, db->guarded[i]) == 0)
            return SQLITE_DENY;
    return SQLITE_OK;
}

/* Whether the writer has to move something now. */
static bool checkpoint_is_due(struct db *db, int pages)
{
    if (!db->checkpointer)
        return pages >= db->checkpoint_pages;
    enum checkpoint_turn turn = checkpointer_turn(db->checkpointer, pages, db->checkpoint_pages);
    db->dead = db->dead || turn == CHECKPOINT_FAILED;
    return turn == CHECKPOINT_WRITER;
}

/* After a commit: moves the write-ahead log into the database when it is long. SQLite's own hook would keep
 * silent about a sync that failed. Lack of space is no harm here: the log just grows. */
static int checkpoint(void *self, sqlite3 *handle, const char *schema, int pages)
{
    struct db *db = self;
    int length = 0, moved = 0;
    if (db->dead || !checkpoint_is_due(db, pages))
        return SQLITE_OK;
    int code =
        sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE, &length, &moved);
    if (db->checkpointer)
        checkpointer_done(db->checkpointer, length, moved);
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CORRUPT)
        db->dead = db->dead || !lacks_space(db, sqlite3_extended_errcode(handle));
    return SQLITE_OK; /* the commit itself is on the disk */
}

static bool pragmas(struct db *db, enum db_mode mode, int cache_kb, struct bh_err *err)
{
    char cache[64];
    (void)snprintf(cache, sizeof cache, "PRAGMA cache_size=-%d", cache_kb);
    if (sqlite3_exec(db->handle, cache, NULL, NULL, NULL) != SQLITE_OK)
        return db_failed(db, err, "cache");
    if (mode == DB_READ)
        return db_script(db, "PRAGMA query_only=1; PRAGMA temp_store=MEMORY", err);
    if (!db_script(db,
                   "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF",
                   err))
        return false;
    db->checkpoint_pages = CHECKPOINT_PAGES;
    (void)sqlite3_wal_hook(db->handle, checkpoint, db);
    return true;
}

/* A first reader has to make the shared memory of the write-ahead log; on a full disk it reads alone, without. */
static bool read_first(struct db *db, struct bh_err *err)
{
    bool empty = false;
    if (db_is_empty(db, &empty, err) || err->code != BH_FULL)
        return true; /* what else is wrong is told by the first question */
    return db_script(db, "PRAGMA locking_mode=EXCLUSIVE", err) && db_is_empty(db, &empty, err);
}

bool db_open(const char *path, enum db_mode mode, int cache_kb, struct db **ret, struct bh_err *err)
{
    /* Counting every allocation takes a lock each time, a twentieth of a rebuild. Refused, and of no effect, once the
     * library is in use: the first opening of the process decides. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct db *db = bh_alloc(sizeof *db);
    int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        (void)bh_fail(err, BH_IO, "无法打开数据库文件 %s：%s",
                      "cannot open the database file %s: %s", path,
                      db->handle ? sqlite3_errmsg(db->handle) : "no memory");
        db_close(db);
        return false;
    }
    /* A statement of ours opens and ends several cursors: more small pieces than the engine keeps by itself. */
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, PIECE_BYTES, PIECES);
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_set_authorizer(db->handle, authorize, db);
    if (!pragmas(db, mode, cache_kb, err) || (mode == DB_READ && !read_first(db, err))) {
        db_close(db);
        return false;
    }
    *ret = db;
    return true;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    checkpointer_stop(db->checkpointer);
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        (void)sqlite3_finalize(db->slot[i].handle);
    /* Closing would write the log into the database: not on a disk that has just failed. */
    if (db->dead)
        (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_close(db->handle);
    checkpointer_free(db->checkpointer);
    gather_free(db->gather);
    bh_free(db);
}

bool db_script(struct db *db, const char *sql, struct bh_err *err)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return db_failed(db, err, "script");
    return true;
}

static struct stmt *find(struct db *db, const char *sql, struct bh_err *err)
{
    size_t at = ((uintptr_t)sql >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 54;
    while (db->slot[at].sql && db->slot[at].sql != sql)
        at = (at + 1) % CACHE_SLOTS;
    struct stmt *stmt = &db->slot[at];
    if (stmt->sql)
        return stmt;
    bh_assert(db->used < CACHE_SLOTS - 1);
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle, NULL) !=
        SQLITE_OK) {
        (void)db_failed(db, err, sql);
        return NULL;
    }
    stmt->sql = sql;
    db->used++;
    return stmt;
}

static void bind_bytes(sqlite3_stmt *handle, int at, char type, struct bh_str text)
{
    const char *bytes = text.at ? text.at : "";
    if (type == 's')
        (void)sqlite3_bind_text(handle, at, bytes, (int)text.len, SQLITE_STATIC);
    else
        (void)sqlite3_bind_blob(handle, at, bytes, (int)text.len, SQLITE_STATIC);
}

static void bind(sqlite3_stmt *handle, const char *types, va_list args)
{
    for (int i = 0; types[i]; i++) {
        if (types[i] == 'i' || types[i] == 'I') {
            int64_t value = va_arg(args, int64_t);
            if (types[i] == 'I' && value == BH_NONE)
                (void)sqlite3_bind_null(handle, i + 1);
            else
                (void)sqlite3_bind_int64(handle, i + 1, value);
        } else if (types[i] == 's' || types[i] == 'b') {
            bind_bytes(handle, i + 1, types[i], va_arg(args, struct bh_str));
        } else if (types[i] == 'z') {
            bind_bytes(handle, i + 1, 's', bh_str_of(va_arg(args, const char *)));
        } else {
            bh_assert(types[i] == 'n');
            (void)sqlite3_bind_null(handle, i + 1);
        }
    }
}

/* Arguments are lent only for the call (SQLITE_STATIC), so a finished statement lets go of them. */
static void release(sqlite3_stmt *handle)
{
    (void)sqlite3_reset(handle);
    (void)sqlite3_clear_bindings(handle);
}

static bool step_once(struct db *db, struct stmt *stmt, struct bh_err *err)
{
    int code = sqlite3_step(stmt->handle);
    bool ok = code == SQLITE_DONE || code == SQLITE_ROW;
    if (!ok)
        (void)db_failed(db, err, stmt->sql);
    db->changed = sqlite3_changes64(db->handle);
    release(stmt->handle);
    return ok;
}

/* ---- gathered ---- */

static bool write_gathered(struct db *db, struct bh_err *err)
{
    const char *sql = NULL;
    for (size_t at = 0; (sql = gather_next(db->gather, at)); at++) {
        struct stmt *stmt = find(db, sql, err);
        if (!stmt)
            return false;
        gather_bind(db->gather, at, stmt->handle);
        if (!step_once(db, stmt, err))
            return false;
    }
    gather_clear(db->gather);
    return true;
}

/* The statement, after what was gathered for its tables is in them. */
static struct stmt *ready(struct db *db, const char *sql, struct bh_err *err)
{
    struct stmt *stmt = find(db, sql, err);
    if (stmt && db->gather && gather_concerns(db->gather, sql, &stmt->names) &&
        !write_gathered(db, err))
        return NULL;
    return stmt;
}

/* The type of a value that is summed, as one that is bound. */
static const char *plain_types(const char *types, char *out, size_t size)
{
    size_t len = strlen(types);
    bh_assert(len < size);
    for (size_t i = 0; i <= len; i++)
        out[i] = types[i] && types[i] != 's' ? 'i' : types[i];
    return out;
}

bool db_add(struct db *db, struct bh_err *err, const char *sql, const char *types, ...)
{
    char plain[32];
    va_list args;
    if (!sqlite3_get_autocommit(db->handle)) {
        if (!db->gather)
            db->gather = gather_new();
        va_start(args, types);
        bool taken = gather_take(db->gather, sql, types, args);
        va_end(args);
        if (taken)
            return true;
        if (!write_gathered(db, err)) /* no room: begins anew */
            return false;
    }
    struct stmt *stmt = find(db, sql, err);
    if (!stmt)
        return false;
    va_start(args, types);
    bind(stmt->handle, plain_types(types, plain, sizeof plain), args);
    va_end(args);
    return step_once(db, stmt, err);
}

/* ---- one statement ---- */

bool db_run(struct db *db, struct bh_err *err, const char *sql, const char *types, ...)
{
    struct stmt *stmt = ready(db, sql, err);
    if (!stmt)
        return false;
    va_list args;
    va_start(args, types);
    bind(stmt->handle, types, args);
    va_end(args);
    return step_once(db, stmt, err);
}

int64_t db_changed(struct db *db)
{
    return db->changed;
}

void db_rows(struct db *db, struct rows *rows, const char *sql, const char *types, ...)
{
    memset(rows, 0, sizeof *rows);
    rows->db = db;
    rows->stmt = ready(db, sql, &rows->err);
    if (!rows->stmt) {
        rows->failed = true;
        return;
    }
    /* A statement still being read by an outer loop would be broken by this one. */
    bh_assert(!sqlite3_stmt_busy(rows->stmt->handle));
    va_list args;
    va_start(args, types);
    bind(rows->stmt->handle, types, args);
    va_end(args);
}

bool db_next(struct rows *rows)
{
    if (rows->failed || !rows->stmt)
        return false;
    int code = sqlite3_step(rows->stmt->handle);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) {
        rows->failed = true;
        (void)db_failed(rows->db, &rows->err, rows->stmt->sql);
    }
    release(rows->stmt->handle);
    rows->stmt = NULL;
    return false;
}

bool db_end(struct rows *rows, struct bh_err *err)
{
    if (rows->stmt)
        release(rows->stmt->handle);
    rows->stmt = NULL;
    if (rows->failed)
        *err = rows->err;
    return !rows->failed;
}

bool row_null(const struct rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt->handle, column) == SQLITE_NULL;
}

int64_t row_int(const struct rows *rows, int column)
{
    sqlite3_value *value = sqlite3_column_value(rows->stmt->handle, column);
    return sqlite3_value_type(value) == SQLITE_NULL ? BH_NONE : sqlite3_value_int64(value);
}

double row_real(const struct rows *rows, int column)
{
    return sqlite3_column_double(rows->stmt->handle, column);
}

/* As bytes: asking for text would copy it, to end it with a zero. */
struct bh_str row_text(const struct rows *rows, int column)
{
    struct bh_str text = row_bytes(rows, column);
    return text.at || row_null(rows, column) ? text : BH_STR("");
}

struct bh_str row_bytes(const struct rows *rows, int column)
{
    sqlite3_value *value = sqlite3_column_value(rows->stmt->handle, column);
    const char *at = sqlite3_value_blob(value);
    return (struct bh_str){at, (size_t)sqlite3_value_bytes(value)};
}

bool db_int(struct db *db, struct bh_err *err, int64_t *ret, bool *found, const char *sql,
            const char *types, ...)
{
    struct stmt *stmt = ready(db, sql, err);
    if (!stmt)
        return false;
    bh_assert(!sqlite3_stmt_busy(stmt->handle));
    va_list args;
    va_start(args, types);
    bind(stmt->handle, types, args);
    va_end(args);
    int code = sqlite3_step(stmt->handle);
    bool row = code == SQLITE_ROW, ok = row || code == SQLITE_DONE;
    if (!ok)
        (void)db_failed(db, err, sql);
    if (row)
        *ret = sqlite3_column_type(stmt->handle, 0) == SQLITE_NULL
                   ? BH_NONE
                   : sqlite3_column_int64(stmt->handle, 0);
    release(stmt->handle);
    if (found)
        *found = row;
    else if (ok && !row)
        return bh_fail(err, BH_MISSING, "没有找到", "not found");
    return ok;
}

bool db_begin(struct db *db, struct bh_err *err)
{
    return db_run(db, err, "BEGIN IMMEDIATE", "");
}

bool db_begin_read(struct db *db, struct bh_err *err)
{
    return db_run(db, err, "BEGIN", "");
}

bool db_commit(struct db *db, struct bh_err *err)
{
    return (!db->gather || write_gathered(db, err)) && db_run(db, err, "COMMIT", "");
}

void db_rollback(struct db *db)
{
    if (db->gather)
        gather_clear(db->gather);
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

void db_checkpoint_after(struct db *db, int pages)
{
    db->checkpoint_pages = pages;
}

bool db_checkpoint_apart(struct db *db, const char *path, struct bh_err *err)
{
    return db->checkpointer || checkpointer_start(path, &db->checkpointer, err);
}

bool db_is_dead(const struct db *db)
{
    return db->dead;
}

void db_guard(struct db *db, const char *table)
{
    bh_assert(db->guarded_count < GUARDED_MAX);
    db->guarded[db->guarded_count++] = table;
}

void db_guard_window(struct db *db, bool open)
{
    db->window = open;
}

bool db_copy(struct db *from, const char *path,
             void (*progress)(void *self, int64_t left, int64_t total), void *self,
             struct bh_err *err)
{
    struct db *to = NULL;
    if (!db_open(path, DB_WRITE, 2000, &to, err))
        return false;
    sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    int code = backup ? SQLITE_OK : SQLITE_ERROR;
    while (backup && (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)) {
        code = sqlite3_backup_step(backup, 2000);
        if (progress)
            progress(self, sqlite3_backup_remaining(backup), sqlite3_backup_pagecount(backup));
    }
    (void)sqlite3_backup_finish(backup);
    /* One file that opens anywhere, also where nothing may be written. */
    bool ok = code == SQLITE_DONE ? db_script(to, "PRAGMA journal_mode=DELETE", err)
                                  : db_failed(to, err, "backup");
    db_close(to);
    return ok;
}

bool db_is_empty(struct db *db, bool *ret, struct bh_err *err)
{
    int64_t tables = 0;
    if (!db_int(db, err, &tables, NULL, "SELECT count(*) FROM sqlite_master", ""))
        return false;
    *ret = tables == 0;
    return true;
}

static bool check_failed(struct bh_str why, struct bh_err *err)
{
    int len = why.len < 200 ? (int)why.len : 200;
    return bh_fail(err, BH_CORRUPT, "数据库自检失败：%.*s",
                   "the database fails its own check: %.*s", len, why.at);
}

bool db_check(struct db *db, struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    db_rows(db, &rows, "PRAGMA quick_check(1)", "");
    while (ok && db_next(&rows))
        if (!bh_str_is(row_text(&rows, 0), "ok"))
            ok = check_failed(row_text(&rows, 0), err);
    struct bh_err ended;
    if (!db_end(&rows, &ended) && ok) {
        *err = ended;
        return false;
    }
    return ok;
}

bool db_attach(struct db *db, const char *path, const char *name, struct bh_err *err)
{
    return db_run(db, err, "ATTACH ? AS ?", "zz", path, name);
}

int64_t db_file_bytes(struct db *db)
{
    struct bh_err err;
    int64_t pages = 0, size = 0;
    if (!db_int(db, &err, &pages, NULL, "PRAGMA page_count", "") ||
        !db_int(db, &err, &size, NULL, "PRAGMA page_size", ""))
        return 0;
    return pages * size;
}
