#include "ledger/log.h"

#include <sodium.h>
#include <string.h>

const char log_schema[] =
    "CREATE TABLE IF NOT EXISTS event ("
    " seq INTEGER PRIMARY KEY, recorded_ms INTEGER NOT NULL, occurred_ms INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, version INTEGER NOT NULL, actor INTEGER NOT NULL, area INTEGER NOT "
    "NULL,"
    " person INTEGER NOT NULL, cause INTEGER NOT NULL, command INTEGER NOT NULL,"
    " key BLOB, request BLOB, body BLOB NOT NULL, hash BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS event_person ON event (person, seq) WHERE person <> 0;"
    "CREATE INDEX IF NOT EXISTS event_cause ON event (cause) WHERE cause <> 0 AND kind NOT BETWEEN "
    "20 AND 32;"
    "CREATE TRIGGER IF NOT EXISTS event_no_update BEFORE UPDATE ON event"
    " BEGIN SELECT raise(ABORT, 'the log is append-only'); END;"
    "CREATE TRIGGER IF NOT EXISTS event_no_delete BEFORE DELETE ON event"
    " BEGIN SELECT raise(ABORT, 'the log is append-only'); END;"
    "CREATE TRIGGER IF NOT EXISTS event_in_order BEFORE INSERT ON event"
    " WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event)"
    " BEGIN SELECT raise(ABORT, 'the log has no gaps'); END;";

#define EVENT_COLUMNS                                                                              \
    "seq, recorded_ms, occurred_ms, kind, version, actor, area, person, cause, command, key, "     \
    "request, body, hash"

static void row_read(const struct rows *rows, struct log_row *row)
{
    row->seq = row_int(rows, 0);
    row->recorded_ms = row_int(rows, 1);
    row->occurred_ms = row_int(rows, 2);
    row->kind = row_int(rows, 3);
    row->version = row_int(rows, 4);
    row->actor = row_int(rows, 5);
    row->area = row_int(rows, 6);
    row->person = row_int(rows, 7);
    row->cause = row_int(rows, 8);
    row->command = row_int(rows, 9);
    row->key = row_bytes(rows, 10);
    row->request = row_bytes(rows, 11);
    row->body = row_bytes(rows, 12);
    struct bh_str hash = row_bytes(rows, 13);
    memset(row->hash, 0, LOG_HASH);
    if (hash.len == LOG_HASH)
        memcpy(row->hash, hash.at, LOG_HASH);
}

bool log_head_read(struct db *db, struct log_head *ret, struct bh_err *err)
{
    struct rows rows;
    struct log_head head = {0};
    db_rows(db, &rows, "SELECT seq, recorded_ms, hash FROM event ORDER BY seq DESC LIMIT 1", "");
    if (db_next(&rows)) {
        head.seq = row_int(&rows, 0);
        head.recorded_ms = row_int(&rows, 1);
        struct bh_str hash = row_bytes(&rows, 2);
        if (hash.len == LOG_HASH)
            memcpy(head.hash, hash.at, LOG_HASH);
    }
    if (!db_end(&rows, err))
        return false;
    *ret = head;
    return true;
}

static void put_int(unsigned char *to, int64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)((uint64_t)value >> (8 * i));
}

void log_hash(const uint8_t before[LOG_HASH], struct log_row *row)
{
    const int64_t numbers[] = {row->seq,     row->recorded_ms, row->occurred_ms, row->kind,
                               row->version, row->actor,       row->area,        row->person,
                               row->cause,   row->command};
    unsigned char fixed[8 * 10 + 1];
    for (size_t i = 0; i < 10; i++)
        put_int(fixed + 8 * i, numbers[i]);
    fixed[80] = (unsigned char)row->key.len;
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, LOG_HASH);
    (void)crypto_generichash_update(&state, before, LOG_HASH);
    (void)crypto_generichash_update(&state, fixed, sizeof fixed);
    if (row->key.len > 0)
        (void)crypto_generichash_update(&state, (const unsigned char *)row->key.at, row->key.len);
    if (row->request.len > 0)
        (void)crypto_generichash_update(&state, (const unsigned char *)row->request.at,
                                        row->request.len);
    (void)crypto_generichash_update(&state, (const unsigned char *)row->body.at, row->body.len);
    (void)crypto_generichash_final(&state, row->hash, LOG_HASH);
}

bool log_append(struct db *db, struct log_head *head, struct log_row *row, struct bh_err *err)
{
    bh_assert(row->seq == head->seq + 1);
    bh_assert(row->recorded_ms >= head->recorded_ms);
    log_hash(head->hash, row);
    struct bh_str hash = {(const char *)row->hash, LOG_HASH};
    db_guard_window(db, true);
    bool ok =
        row->key.len > 0
            ? db_run(db, err,
                     "INSERT INTO event (" EVENT_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                     "iiiiiiiiiibbbb", row->seq, row->recorded_ms, row->occurred_ms, row->kind,
                     row->version, row->actor, row->area, row->person, row->cause, row->command,
                     row->key, row->request, row->body, hash)
            : db_run(db, err,
                     "INSERT INTO event (" EVENT_COLUMNS
                     ") VALUES (?,?,?,?,?,?,?,?,?,?,NULL,NULL,?,?)",
                     "iiiiiiiiiibb", row->seq, row->recorded_ms, row->occurred_ms, row->kind,
                     row->version, row->actor, row->area, row->person, row->cause, row->command,
                     row->body, hash);
    db_guard_window(db, false);
    if (!ok)
        return false;
    head->seq = row->seq;
    head->recorded_ms = row->recorded_ms;
    memcpy(head->hash, row->hash, LOG_HASH);
    return true;
}

static const struct event_upcast *upcast_of(const struct event_kind *kind, int64_t version)
{
    for (const struct event_upcast *old = kind->old; old && old->version; old++)
        if (old->version == version)
            return old;
    return NULL;
}

static bool decode_body(const struct event_kind *kind, const struct log_row *row,
                        struct bh_arena *arena, const void **ret, struct bh_err *err)
{
    void *fields = bh_arena_get(arena, kind->record->size);
    if (row->version == kind->version) {
        *ret = fields;
        return record_decode(kind->record, row->body, arena, fields, err);
    }
    const struct event_upcast *old = upcast_of(kind, row->version);
    if (!old)
        return bh_fail(err, BH_CORRUPT, "事件 %lld：本程序不认识第 %lld 版",
                       "event %lld: version %lld is not known to this program", (long long)row->seq,
                       (long long)row->version);
    void *before = bh_arena_get(arena, old->record->size);
    if (!record_decode(old->record, row->body, arena, before, err))
        return false;
    record_clear(kind->record, fields);
    old->up(before, fields);
    *ret = fields;
    return true;
}

bool log_fact(struct db *db, const struct event_kind *kinds, int number, int64_t seq,
              struct bh_arena *arena, void *ret, struct bh_err *err)
{
    struct rows rows;
    const struct event_kind *kind = kinds;
    const void *fields = NULL;
    bool ok = true;
    while (kind->number != number)
        kind++;
    db_rows(db, &rows, "SELECT version, body FROM event WHERE seq = ? AND kind = ?", "ii", seq,
            (int64_t)kind->number);
    if (db_next(&rows)) {
        struct log_row row = {.seq = seq, .version = row_int(&rows, 0)};
        row.body = bh_arena_str(arena, row_bytes(&rows, 1));
        ok = decode_body(kind, &row, arena, &fields, err);
    }
    if (!db_end(&rows, ok ? err : &(struct bh_err){0}) || !ok)
        return false;
    if (!fields)
        return bh_fail(err, BH_MISSING, "日志中没有这个事实", "the log has no such fact");
    memcpy(ret, fields, kind->record->size);
    return true;
}

bool log_decode(const struct catalogue *catalogue, const struct log_row *row,
                struct bh_arena *arena, struct event *ret, struct bh_err *err)
{
    const struct event_kind *kind = catalogue_event(catalogue, (int)row->kind);
    if (!kind)
        return bh_fail(err, BH_CORRUPT, "事件 %lld：不认识的种类 %lld",
                       "event %lld: unknown kind %lld", (long long)row->seq, (long long)row->kind);
    const void *fields = NULL;
    if (!decode_body(kind, row, arena, &fields, err))
        return false;
    *ret = (struct event){.seq = row->seq,
                          .recorded_ms = row->recorded_ms,
                          .occurred_ms = row->occurred_ms,
                          .actor = row->actor,
                          .area = row->area,
                          .person = row->person,
                          .cause = row->cause,
                          .command = row->command,
                          .key = row->key,
                          .request = row->request,
                          .kind = kind,
                          .fields = fields};
    return true;
}

void log_reader_open(struct log_reader *reader, struct db *db, const struct catalogue *catalogue,
                     int64_t from, int64_t to)
{
    memset(reader, 0, sizeof *reader);
    reader->catalogue = catalogue;
    bh_arena_init(&reader->arena, LIMIT_ARENA_REQUEST);
    db_rows(db, &reader->rows,
            "SELECT " EVENT_COLUMNS " FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq", "ii",
            from, to);
}

bool log_reader_next(struct log_reader *reader)
{
    if (!db_next(&reader->rows))
        return false;
    bh_arena_reset(&reader->arena);
    row_read(&reader->rows, &reader->row);
    if (!reader->catalogue)
        return true; /* raw rows are enough */
    if (log_decode(reader->catalogue, &reader->row, &reader->arena, &reader->event,
                   &reader->rows.err))
        return true;
    reader->rows.failed = true;
    return false;
}

bool log_reader_close(struct log_reader *reader, struct bh_err *err)
{
    bh_arena_done(&reader->arena);
    return db_end(&reader->rows, err);
}
