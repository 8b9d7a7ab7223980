#include "trace.h"

#include "base/arena.h"
#include "store/sqlite_private.h"
#include "world.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPLATES_MAX = 512, OP_BEGIN = 0xfffe, OP_COMMIT = 0xffff };

struct trace {
    sqlite3 *handle;
    enum trace_what what;
    char *sql[TEMPLATES_MAX]; /* of each statement */
    int params[TEMPLATES_MAX];
    uint16_t count;
    bool inside; /* a transaction with at least one statement has begun */
    uint8_t *at; /* operations: template, then for each value a type and its bytes */
    size_t len, size;
};

static void put(struct trace *trace, const void *bytes, size_t len)
{
    if (trace->len + len > trace->size) {
        trace->size = (trace->len + len) * 2;
        trace->at = bh_realloc(trace->at, trace->size);
    }
    memcpy(trace->at + trace->len, bytes, len);
    trace->len += len;
}

static void put_op(struct trace *trace, uint16_t op)
{
    put(trace, &op, sizeof op);
}

static void put_bytes(struct trace *trace, char type, const char *bytes, size_t len)
{
    uint32_t size = (uint32_t)len;
    put(trace, &type, 1);
    put(trace, &size, sizeof size);
    put(trace, bytes, len);
}

static unsigned hex_digit(char c)
{
    return (unsigned)(c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0');
}

/* x'...' as SQLite writes a blob. Returns what follows it. */
static const char *take_blob(struct trace *trace, const char *from)
{
    const char *end = strchr(from + 2, '\'');
    bh_assert(end);
    size_t len = (size_t)(end - from - 2) / 2;
    uint8_t *bytes = bh_alloc(len + 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(hex_digit(from[2 + 2 * i]) << 4 | hex_digit(from[3 + 2 * i]));
    put_bytes(trace, 'b', (const char *)bytes, len);
    bh_free(bytes);
    return end + 1;
}

/* 'it''s' without its quotes. */
static const char *take_text(struct trace *trace, const char *from)
{
    size_t len = 0, max = strlen(from);
    char *text = bh_alloc(max + 1);
    const char *c = from + 1;
    for (; *c; c++) {
        if (*c == '\'' && c[1] != '\'')
            break;
        c += *c == '\'';
        text[len++] = *c;
    }
    put_bytes(trace, 's', text, len);
    bh_free(text);
    return c + 1;
}

static const char *take_value(struct trace *trace, const char *from)
{
    if (*from == 'x')
        return take_blob(trace, from);
    if (*from == '\'')
        return take_text(trace, from);
    if (strncmp(from, "NULL", 4) == 0) {
        put(trace, "n", 1);
        return from + 4;
    }
    char *end = NULL;
    int64_t value = strtoll(from, &end, 10);
    bh_assert(end != from && *end != '.' && *end != 'e');
    put(trace, "i", 1);
    put(trace, &value, sizeof value);
    return end;
}

/* SQLite gives bound values only inside the text: walk both texts, the values stand where the marks are. */
static void take_values(struct trace *trace, const char *sql, const char *expanded)
{
    bool quoted = false;
    for (const char *c = sql; *c; c++) {
        if (*c == '\'')
            quoted = !quoted;
        if (*c != '?' || quoted) {
            bh_assert(*c == *expanded);
            expanded++;
            continue;
        }
        while (c[1] >= '0' && c[1] <= '9')
            c++;
        expanded = take_value(trace, expanded);
    }
}

static uint16_t find_template(struct trace *trace, sqlite3_stmt *statement)
{
    const char *sql = sqlite3_sql(statement);
    for (uint16_t i = trace->count; i > 0; i--)
        if (strcmp(trace->sql[i - 1], sql) == 0)
            return (uint16_t)(i - 1);
    bh_assert(trace->count < TEMPLATES_MAX);
    size_t len = strlen(sql) + 1;
    trace->sql[trace->count] = bh_alloc(len);
    memcpy(trace->sql[trace->count], sql, len);
    /* ?1 used twice is one value for SQLite; none of ours is written so */
    trace->params[trace->count] = sqlite3_bind_parameter_count(statement);
    return trace->count++;
}

static int note(unsigned kind, void *self, void *statement, void *text)
{
    struct trace *trace = self;
    const char *sql = text;
    if (kind != SQLITE_TRACE_STMT || strncmp(sql, "--", 2) == 0)
        return 0;
    if (strncmp(sql, "BEGIN", 5) == 0 || strncmp(sql, "PRAGMA", 6) == 0)
        return 0;
    if (strncmp(sql, "COMMIT", 6) == 0) {
        if (trace->inside && trace->what == TRACE_WRITES)
            put_op(trace, OP_COMMIT);
        trace->inside = false;
        return 0;
    }
    if ((sqlite3_stmt_readonly(statement) != 0) != (trace->what == TRACE_READS))
        return 0;
    if (!trace->inside && trace->what == TRACE_WRITES)
        put_op(trace, OP_BEGIN);
    trace->inside = true;
    char *expanded = sqlite3_expanded_sql(statement);
    bh_assert(expanded);
    put_op(trace, find_template(trace, statement));
    take_values(trace, sqlite3_sql(statement), expanded);
    sqlite3_free(expanded);
    return 0;
}

struct trace *trace_start(struct db *db, enum trace_what what)
{
    struct trace *trace = bh_alloc(sizeof *trace);
    trace->handle = db_handle(db);
    trace->what = what;
    (void)sqlite3_trace_v2(trace->handle, SQLITE_TRACE_STMT, note, trace);
    return trace;
}

void trace_stop(struct trace *trace)
{
    (void)sqlite3_trace_v2(trace->handle, 0, NULL, NULL);
    if (trace->inside && trace->what == TRACE_WRITES)
        put_op(trace, OP_COMMIT);
    trace->inside = false;
}

void trace_free(struct trace *trace)
{
    for (int i = 0; i < trace->count; i++)
        bh_free(trace->sql[i]);
    bh_free(trace->at);
    bh_free(trace);
}

/* ---- the bare loop ---- */

struct bare {
    sqlite3 *handle;
    sqlite3_stmt *statement[TEMPLATES_MAX], *begin, *commit;
    const uint8_t *at, *end;
    struct trace_result result;
};

static const uint8_t *bind_values(sqlite3_stmt *statement, int count, const uint8_t *at)
{
    for (int i = 1; i <= count; i++) {
        char type = (char)*at++;
        uint32_t len = 0;
        int64_t value = 0;
        if (type == 'n') {
            (void)sqlite3_bind_null(statement, i);
        } else if (type == 'i') {
            memcpy(&value, at, sizeof value);
            (void)sqlite3_bind_int64(statement, i, value);
            at += sizeof value;
        } else {
            memcpy(&len, at, sizeof len);
            at += sizeof len;
            if (type == 's')
                (void)sqlite3_bind_text(statement, i, (const char *)at, (int)len, SQLITE_STATIC);
            else
                (void)sqlite3_bind_blob(statement, i, at, (int)len, SQLITE_STATIC);
            at += len;
        }
    }
    return at;
}

/* As a program would that knows its columns: a number as a number, the rest where it lies. */
static void column_read(sqlite3_stmt *statement, int column)
{
    sqlite3_value *value = sqlite3_column_value(statement, column);
    if (sqlite3_value_type(value) == SQLITE_INTEGER)
        (void)sqlite3_value_int64(value);
    else
        (void)sqlite3_value_blob(value);
}

static bool step_all(struct bare *bare, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    int columns = code == SQLITE_ROW ? sqlite3_column_count(statement) : 0;
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        for (int i = 0; i < columns; i++)
            column_read(statement, i);
        bare->result.rows++;
    }
    if (code != SQLITE_DONE)
        (void)fprintf(stderr, "bare loop: %s\n  %s\n", sqlite3_errmsg(bare->handle),
                      sqlite3_sql(statement));
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE;
}

static bool run_ops(struct bare *bare, const struct trace *trace, enum replay_mode mode)
{
    while (bare->at < bare->end) {
        uint16_t op = 0;
        memcpy(&op, bare->at, sizeof op);
        bare->at += sizeof op;
        if (op == OP_BEGIN || op == OP_COMMIT) {
            if (mode == REPLAY_DURABLE &&
                !step_all(bare, op == OP_BEGIN ? bare->begin : bare->commit))
                return false;
            bare->result.commits += op == OP_COMMIT;
            continue;
        }
        sqlite3_stmt **statement = &bare->statement[op];
        if (!*statement &&
            sqlite3_prepare_v3(bare->handle, trace->sql[op], -1, SQLITE_PREPARE_PERSISTENT,
                               statement, NULL) != SQLITE_OK) {
            (void)fprintf(stderr, "bare loop: %s\n", sqlite3_errmsg(bare->handle));
            return false;
        }
        bare->at = bind_values(*statement, trace->params[op], bare->at);
        bare->result.statements++;
        if (!step_all(bare, *statement))
            return false;
    }
    return true;
}

static bool run(struct bare *bare, const char *sql)
{
    if (sqlite3_exec(bare->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    (void)fprintf(stderr, "bare loop: %s: %s\n", sql, sqlite3_errmsg(bare->handle));
    return false;
}

static bool prepare(struct bare *bare, enum replay_mode mode, const char *schema)
{
    static const char *const settings[] = {
        [REPLAY_DURABLE] = "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
                           "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                           "PRAGMA cache_size=-262144; PRAGMA wal_autocheckpoint=64000;"
                           "DROP TRIGGER IF EXISTS event_no_update;"
                           "DROP TRIGGER IF EXISTS event_no_delete;"
                           "DROP TRIGGER IF EXISTS event_in_order;",
        [REPLAY_SCRATCH] = "PRAGMA page_size=4096; PRAGMA synchronous=OFF;"
                           "PRAGMA journal_mode=OFF; PRAGMA temp_store=MEMORY;"
                           "PRAGMA secure_delete=OFF; PRAGMA cache_size=-262144;",
        [REPLAY_READ] = "PRAGMA query_only=1; PRAGMA cache_size=-65536;",
    };
    const char *begin = mode == REPLAY_READ ? "BEGIN" : "BEGIN IMMEDIATE";
    return run(bare, settings[mode]) && (!schema || run(bare, schema)) &&
           sqlite3_prepare_v2(bare->handle, begin, -1, &bare->begin, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(bare->handle, "COMMIT", -1, &bare->commit, NULL) == SQLITE_OK;
}

bool trace_replay(const struct trace *trace, const char *path, enum replay_mode mode,
                  const char *schema, struct trace_result *ret)
{
    struct bare bare = {.at = trace->at, .end = trace->at + trace->len};
    bool whole = mode != REPLAY_DURABLE; /* one transaction around all */
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    bool ok = sqlite3_open_v2(path, &bare.handle, flags, NULL) == SQLITE_OK &&
              prepare(&bare, mode, schema);
    if (ok && mode == REPLAY_READ) { /* warm: statements prepared, pages in the cache */
        ok = run_ops(&bare, trace, mode);
        bare.at = trace->at;
        bare.result = (struct trace_result){0};
    }
    int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
    ok = ok && (!whole || step_all(&bare, bare.begin)) && run_ops(&bare, trace, mode) &&
         (!whole || step_all(&bare, bare.commit));
    bare.result.seconds = (double)(bench_mono_us() - before_us) / 1e6;
    bare.result.cpu_seconds = (double)(bench_cpu_us() - cpu_us) / 1e6;
    for (int i = 0; i < trace->count; i++)
        (void)sqlite3_finalize(bare.statement[i]);
    (void)sqlite3_finalize(bare.begin);
    (void)sqlite3_finalize(bare.commit);
    (void)sqlite3_close(bare.handle);
    *ret = bare.result;
    return ok;
}
