#include "ledger/backup.h"
#include "ledger/log_events.h"
#include "ledger/stream.h"
#include "ledger/vault.h"
#include "ledger/derived.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum {
    CACHE_KB = 128 << 10,
    PATH_SIZE = 4400,
    BATCH_ROWS = 5000,
    BATCH_BYTES = 64 << 20,
    KEY_FILE_BYTES = 4096,
    PROGRESS_EVERY = 5000,
};

struct restoring {
    const struct restore_options *options;
    struct db *db; /* the new log */
    struct log_head head;
    struct bh_arena arena;
    int64_t rows, bytes; /* in the present transaction */
    struct restore_report report;
    char beside[PATH_SIZE], path[PATH_SIZE];
};

static bool bad_row(int64_t seq, const char *zh, const char *en, struct bh_err *err)
{
    return bh_fail(err, BH_CORRUPT, "备份中的事件 %lld：%s%.0s", "event %lld of the copy: %.0s%s",
                   (long long)seq, zh, en);
}

static bool end_batch(struct restoring *restoring, bool last, struct bh_err *err)
{
    bool full = restoring->rows >= BATCH_ROWS || restoring->bytes >= BATCH_BYTES;
    if (!full && !last)
        return true;
    restoring->rows = restoring->bytes = 0;
    return db_commit(restoring->db, err) && (last || db_begin(restoring->db, err));
}

/* Checks one row against the chain, records it and applies it to the derived tables. */
static bool take_row(struct restoring *restoring, const struct log_row *stored, struct bh_err *err)
{
    struct log_row row = *stored;
    struct event event;
    if (row.seq != restoring->head.seq + 1)
        return bad_row(restoring->head.seq + 1, "缺失", "missing", err);
    if (row.recorded_ms < restoring->head.recorded_ms)
        return bad_row(row.seq, "记录时间倒退", "the recorded time goes back", err);
    log_hash(restoring->head.hash, &row);
    if (memcmp(row.hash, stored->hash, LOG_HASH) != 0)
        return bad_row(row.seq, "哈希不符", "the hash does not fit", err);
    bh_arena_reset(&restoring->arena);
    if (!log_decode(restoring->options->catalogue, &row, &restoring->arena, &event, err) ||
        !log_append(restoring->db, &restoring->head, &row, err) ||
        !derived_apply(restoring->db, restoring->options->catalogue, &event, err))
        return false;
    restoring->rows++;
    restoring->bytes += (int64_t)row.body.len;
    restoring->report.events++;
    return end_batch(restoring, false, err);
}

static void tell(const struct restoring *restoring, int64_t total)
{
    const struct restore_options *options = restoring->options;
    if (options->progress && restoring->report.events % PROGRESS_EVERY == 0)
        options->progress(options->self, restoring->report.events, total);
}

/* ---- the two kinds of copies ---- */

static bool take_database(struct restoring *restoring, struct bh_err *err)
{
    struct db *from = NULL;
    struct log_reader reader;
    struct log_head last;
    struct bh_err closed;
    if (!db_open(restoring->options->from, DB_READ, CACHE_KB, &from, err))
        return false;
    bool ok = log_head_read(from, &last, err);
    if (ok) {
        log_reader_open(&reader, from, NULL, INT64_MIN, INT64_MAX);
        while (ok && log_reader_next(&reader)) {
            ok = take_row(restoring, &reader.row, err);
            tell(restoring, last.seq);
        }
        if (!log_reader_close(&reader, ok ? err : &closed))
            ok = false;
    }
    db_close(from);
    return ok;
}

static bool take_stream(struct restoring *restoring, struct bh_err *err)
{
    struct stream_file file;
    struct log_row row;
    int64_t total = 0;
    enum stream_found found = STREAM_ROW;
    if (!file_bytes(restoring->options->from, &total, err) ||
        !stream_file_open(restoring->options->from, &file, err))
        return false;
    bool ok = true;
    while (ok && found == STREAM_ROW) {
        ok = stream_file_next(&file, &found, &row, err) &&
             (found != STREAM_ROW || take_row(restoring, &row, err));
        tell(restoring, restoring->report.events * total / (file.bytes + 1));
    }
    if (ok && found == STREAM_BAD)
        ok = bad_row(restoring->head.seq + 1, "记录损坏", "the record is damaged", err);
    restoring->report.cut_bytes = total - file.bytes;
    stream_file_close(&file);
    return ok;
}

static bool is_database(const char *path, bool *ret, struct bh_err *err)
{
    char start[16] = "";
    FILE *file = fopen(path, "rbe");
    if (!file)
        return bh_fail(err, BH_MISSING, "打不开备份 %.200s", "cannot open the copy %.200s", path);
    size_t got = fread(start, 1, sizeof start, file);
    (void)fclose(file);
    *ret = got == sizeof start && memcmp(start, "SQLite format 3", sizeof start) == 0;
    return true;
}

static bool take_rows(struct restoring *restoring, struct bh_err *err)
{
    bool database = false;
    struct bh_err why;
    if (!is_database(restoring->options->from, &database, err))
        return false;
    bool ok = database ? take_database(restoring, &why) : take_stream(restoring, &why);
    /* Damage found at a row's border: what came before it is whole, and wanted. */
    bool enough =
        !ok && why.code == BH_CORRUPT && restoring->options->whole_part && restoring->head.seq > 0;
    if (!ok && !enough) {
        *err = why;
        return false;
    }
    return restoring->head.seq > 0 || bad_row(1, "备份是空的", "the copy is empty", err);
}

/* ---- the new epoch ---- */

static bool open_epoch(struct restoring *restoring, struct bh_err *err)
{
    const struct restore_options *options = restoring->options;
    const struct event_kind *kind = catalogue_event(options->catalogue, EVENT_LOG_RESTORED);
    int64_t before = 0, now = options->world->wall_ms(options->world->self);
    struct bh_buf body;
    if (!db_int(restoring->db, err, &before, NULL, "SELECT coalesce(max(epoch), 0) FROM log_epoch",
                ""))
        return false;
    struct log_restored fields = {now > before ? now : before + 1, restoring->head.seq};
    /* The log's own clock stands where the copy ends; an exercise's clock has nothing to do with ours. */
    struct log_row row = {.seq = restoring->head.seq + 1,
                          .recorded_ms = restoring->head.recorded_ms,
                          .occurred_ms = restoring->head.recorded_ms,
                          .kind = kind->number,
                          .version = kind->version,
                          .command = restoring->head.seq + 1};
    struct event event;
    bh_arena_reset(&restoring->arena);
    bh_buf_init(&body, LIMIT_TEXT_BYTES);
    record_encode(kind->record, &fields, &body);
    row.body = bh_buf_view(&body);
    bool ok = log_append(restoring->db, &restoring->head, &row, err) &&
              log_decode(options->catalogue, &row, &restoring->arena, &event, err) &&
              derived_apply(restoring->db, options->catalogue, &event, err);
    bh_buf_done(&body);
    restoring->report.epoch = fields.epoch;
    restoring->report.position = restoring->head.seq;
    return ok;
}

/* ---- keys ---- */

static struct bh_str first_sealed(const struct event *event)
{
    const struct record *record = event->kind->record;
    for (size_t i = 0; i < record->field_count; i++)
        if (record->fields[i].type == FIELD_SEALED &&
            field_given(&record->fields[i], event->fields))
            return field_text(&record->fields[i], event->fields);
    return (struct bh_str){0};
}

/* Opens the first encrypted text of the log with the key. */
static bool key_fits(struct restoring *restoring, const char *path, struct bh_err *err)
{
    const struct restore_options *options = restoring->options;
    struct vault *vault = NULL;
    struct log_reader reader;
    struct bh_err closed;
    bool ok = true;
    if (!vault_open(path, false, options->world, &vault, err))
        return false;
    restoring->report.key = KEY_UNPROVEN;
    log_reader_open(&reader, restoring->db, options->catalogue, 1, INT64_MAX);
    while (ok && restoring->report.key == KEY_UNPROVEN && log_reader_next(&reader)) {
        struct bh_str plain, sealed = first_sealed(&reader.event);
        if (sealed.len == 0)
            continue;
        ok = vault_unseal(vault, sealed, &reader.arena, &plain, &closed) ||
             bh_fail(err, BH_DENIED, "密钥 %.200s 不属于这份日志",
                     "the key %.200s does not belong to this log", path);
        restoring->report.key = KEY_FITS;
    }
    if (!log_reader_close(&reader, ok ? err : &closed))
        ok = false;
    vault_close(vault);
    return ok;
}

static bool copy_key(const char *from, const char *to, const char *name, struct bh_err *err)
{
    char source[PATH_SIZE], target[PATH_SIZE];
    struct bh_buf bytes;
    (void)snprintf(source, sizeof source, "%.4096s/%s", from, name);
    (void)snprintf(target, sizeof target, "%.4096s/%s", to, name);
    if (!file_exists(source))
        return true;
    if (file_exists(target))
        return bh_fail(err, BH_CONFLICT, "密钥 %.200s 已存在，不会覆盖",
                       "the key %.200s exists and is not replaced", target);
    if (!file_read(source, KEY_FILE_BYTES, &bytes, err))
        return false;
    bool ok = file_write(target, bh_buf_view(&bytes), 0600, err);
    bh_buf_done(&bytes);
    return ok;
}

static bool check_key(struct restoring *restoring, struct bh_err *err)
{
    const struct restore_options *options = restoring->options;
    char given[PATH_SIZE];
    const char *path = restoring->report.key_path;
    if (options->keys) {
        (void)snprintf(given, sizeof given, "%.4096s/outbreak.key", options->keys);
        path = given;
    }
    restoring->report.key = KEY_MISSING;
    return (!options->keys && !file_exists(path)) || key_fits(restoring, path, err);
}

static bool copy_keys(const struct restore_options *options, struct bh_err *err)
{
    char to[PATH_SIZE];
    (void)snprintf(to, sizeof to, "%.4096s-keys", options->folder);
    return !options->keys ||
           (file_make_folder(to, err) && copy_key(options->keys, to, "outbreak.key", err) &&
            copy_key(options->keys, to, "head.key", err));
}

/* Logins and the access log. Who was logged in, and unused first-run links, are not taken along. */
static bool copy_accounts(const struct restore_options *options, struct bh_err *err)
{
    char from[PATH_SIZE], to[PATH_SIZE];
    struct db *db = NULL;
    (void)snprintf(from, sizeof from, "%.4096s.accounts", options->from);
    (void)snprintf(to, sizeof to, "%.4096s/accounts.db", options->folder);
    if (!file_exists(from))
        return true;
    if (!db_open(from, DB_READ, CACHE_KB, &db, err))
        return false;
    bool ok = db_copy(db, to, NULL, NULL, err);
    db_close(db);
    db = NULL;
    ok = ok && db_open(to, DB_WRITE, CACHE_KB, &db, err) &&
         db_script(db, "DELETE FROM session; DELETE FROM first_run", err);
    db_close(db);
    return ok;
}

/* ---- all of it ---- */

static bool verified(struct restoring *restoring, struct bh_err *err)
{
    const struct restore_options *options = restoring->options;
    struct verify_report report;
    if (!verify_log(restoring->db, options->catalogue, options->progress, options->self, &report,
                    err))
        return false;
    bool clean = report.first_bad == 0 && !report.schema_differs;
    if (!clean)
        *err = report.why;
    return clean;
}

static bool fill_log(struct restoring *restoring, struct bh_err *err)
{
    db_guard(restoring->db, "event");
    bool ok = db_begin(restoring->db, err) && db_script(restoring->db, log_schema, err) &&
              derived_tables_create(restoring->db, restoring->options->catalogue, err) &&
              take_rows(restoring, err) &&
              derived_finish(restoring->db, restoring->options->catalogue, err) &&
              open_epoch(restoring, err) && end_batch(restoring, true, err);
    if (!ok) {
        db_rollback(restoring->db);
        return false;
    }
    return verified(restoring, err) && check_key(restoring, err);
}

static bool restore_into(struct restoring *restoring, const char *beside, struct bh_err *err)
{
    if (!db_open(beside, DB_WRITE, CACHE_KB, &restoring->db, err))
        return false;
    bh_arena_init(&restoring->arena, LIMIT_ARENA_REQUEST);
    bool ok = fill_log(restoring, err);
    bh_arena_done(&restoring->arena);
    db_close(restoring->db); /* moves everything into the one file */
    return ok;
}

static bool restore_all(struct restoring *restoring, struct bh_err *err)
{
    const struct restore_options *options = restoring->options;
    struct bh_err ignored;
    (void)snprintf(restoring->beside, PATH_SIZE, "%.4096s/restoring.db", options->folder);
    (void)snprintf(restoring->path, PATH_SIZE, "%.4096s/log.db", options->folder);
    if (restore_into(restoring, restoring->beside, err) && copy_accounts(options, err) &&
        copy_keys(options, err) && file_rename(restoring->beside, restoring->path, err))
        return true;
    (void)!file_remove(restoring->beside, &ignored);
    return false;
}

bool restore_log(const struct restore_options *options, struct restore_report *ret,
                 struct bh_err *err)
{
    if (!file_folder_is_empty(options->folder))
        return bh_fail(err, BH_CONFLICT, "目录 %.200s 不是空的", "the folder %.200s is not empty",
                       options->folder);
    if (!file_make_folder(options->folder, err))
        return false;
    struct restoring *restoring = bh_alloc(sizeof *restoring);
    restoring->options = options;
    (void)snprintf(restoring->report.key_path, sizeof restoring->report.key_path,
                   "%.4096s-keys/outbreak.key", options->folder);
    bool ok = restore_all(restoring, err);
    if (ok)
        *ret = restoring->report;
    bh_free(restoring);
    return ok;
}
