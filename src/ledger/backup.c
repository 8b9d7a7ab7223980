#include "ledger/backup.h"

#include "ledger/stream.h"
#include "os/file.h"
#include "os/thread.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    READ_CACHE_KB = 8 << 10,
    PATH_SIZE = 4400,
    PASS_BYTES = 1 << 20, /* written and synced at once */
    PASS_ROWS = 10000,
    LOOK_EVERY_MS = 500,
    FILE_MODE = 0600,
};

static bool open_log(const char *folder, struct db **ret, struct bh_err *err)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%.4096s/log.db", folder);
    if (!file_exists(path))
        return bh_fail(err, BH_MISSING, "%.200s 里没有数据", "there is no data in %.200s", folder);
    return ledger_is_filled(folder, err) && db_open(path, DB_READ, READ_CACHE_KB, ret, err);
}

/* ---- a snapshot ---- */

struct pages {
    verify_progress *progress;
    void *self;
};

static void tell_pages(void *self, int64_t left, int64_t total)
{
    const struct pages *pages = self;
    if (pages->progress)
        pages->progress(pages->self, total - left, total);
}

static bool copy_snapshot(struct db *db, const char *to, struct pages *pages,
                          struct backup_report *ret, struct bh_err *err)
{
    struct log_head head;
    char beside[PATH_SIZE];
    (void)snprintf(beside, sizeof beside, "%.4096s.part", to);
    if (!file_remove(beside, err) || !db_begin_read(db, err) || !log_head_read(db, &head, err) ||
        !db_copy(db, beside, tell_pages, pages, err) || !file_bytes(beside, &ret->bytes, err))
        return false;
    ret->position = head.seq;
    memcpy(ret->hash, head.hash, LOG_HASH);
    return file_rename(beside, to, err);
}

/* Before the log: so no login in the copy belongs to a user whom the copied log does not know. */
static bool copy_accounts(const char *folder, const char *to, struct bh_err *err)
{
    char path[PATH_SIZE], beside[PATH_SIZE], target[PATH_SIZE];
    struct db *db = NULL;
    (void)snprintf(path, sizeof path, "%.4096s/accounts.db", folder);
    (void)snprintf(beside, sizeof beside, "%.4096s.part", to);
    (void)snprintf(target, sizeof target, "%.4096s.accounts", to);
    if (!file_exists(path))
        return true;
    if (!file_remove(beside, err) || !db_open(path, DB_READ, READ_CACHE_KB, &db, err))
        return false;
    bool ok = db_copy(db, beside, NULL, NULL, err) && file_rename(beside, target, err);
    db_close(db);
    return ok;
}

bool backup_database(const char *folder, const char *to, verify_progress *progress, void *self,
                     struct backup_report *ret, struct bh_err *err)
{
    struct db *db = NULL;
    struct pages pages = {progress, self};
    struct backup_report report = {0};
    if (file_exists(to))
        return bh_fail(err, BH_CONFLICT, "%.200s 已存在；请换一个文件名",
                       "%.200s exists; name another file", to);
    if (!open_log(folder, &db, err))
        return false;
    bool ok = copy_accounts(folder, to, err) && copy_snapshot(db, to, &pages, &report, err);
    db_rollback(db);
    db_close(db);
    if (ok)
        *ret = report;
    return ok;
}

/* ---- the copier ---- */

struct copier {
    const struct world *world;
    struct db *db;
    struct thread thread;
    struct lock lock;
    struct condition ring;
    bool stopping;                 /* under the lock */
    struct copier_figures figures; /* under the lock, but for `through` */
    atomic_llong through;
    struct log_head head;    /* last row in the file */
    int64_t bytes;           /* of the file, all of it synced */
    int64_t behind_since_us; /* 0 = not behind */
    bool torn;               /* more than `bytes` may lie there */
    struct bh_buf out;
    char file[PATH_SIZE];
};

static bool wrong_log(const char *file, int64_t seq, struct bh_err *err)
{
    return bh_fail(err, BH_CONFLICT,
                   "%.200s 在位置 %lld 与本日志不符（另一日志或恢复前的纪元）；请换一个文件名",
                   "%.200s does not fit this log at position %lld (another log, or before a "
                   "restore); name another file",
                   file, (long long)seq);
}

/* The last row of the file must be a row of this log: then so are all before it, by the chain. */
static bool fits_log(struct copier *copier, struct bh_err *err)
{
    struct rows rows;
    bool fits = copier->head.seq == 0;
    db_rows(copier->db, &rows, "SELECT hash FROM event WHERE seq = ?", "i", copier->head.seq);
    if (db_next(&rows)) {
        struct bh_str hash = row_bytes(&rows, 0);
        fits = hash.len == LOG_HASH && memcmp(hash.at, copier->head.hash, LOG_HASH) == 0;
    }
    if (!db_end(&rows, err))
        return false;
    return fits || wrong_log(copier->file, copier->head.seq, err);
}

static bool all_zero(struct bh_str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] != 0)
            return false;
    return true;
}

/* Finds the end of what is there. A torn record at the end, or the zeros a power cut leaves, are cut off. */
static bool scan_file(struct copier *copier, struct bh_err *err)
{
    struct stream_file file;
    struct log_row row;
    enum stream_found found = STREAM_ROW;
    if (!stream_file_open(copier->file, &file, err))
        return false;
    bool ok = true;
    while (ok && found == STREAM_ROW) {
        ok = stream_file_next(&file, &found, &row, err);
        if (ok && found == STREAM_ROW) {
            copier->head.seq = row.seq;
            copier->head.recorded_ms = row.recorded_ms;
            memcpy(copier->head.hash, row.hash, LOG_HASH);
        }
    }
    struct bh_str rest = {file.window + file.at, file.len - file.at};
    copier->bytes = file.bytes;
    copier->torn = rest.len > 0;
    if (ok && found == STREAM_BAD && !all_zero(rest))
        ok = bh_fail(err, BH_CORRUPT, "%.200s 在第 %lld 字节处损坏；请保留它并换一个文件名",
                     "%.200s is damaged at byte %lld; keep it and name another file", copier->file,
                     (long long)file.bytes);
    stream_file_close(&file);
    return ok;
}

static bool begin_file(struct copier *copier, struct bh_err *err)
{
    struct bh_str head = {stream_head, STREAM_HEAD};
    int64_t bytes = 0;
    if (file_exists(copier->file) && !file_bytes(copier->file, &bytes, err))
        return false;
    if (bytes > 0)
        return scan_file(copier, err) && fits_log(copier, err);
    copier->bytes = STREAM_HEAD;
    return file_append(copier->file, head, FILE_MODE, err);
}

static bool chain_holds(struct log_head *head, const struct log_row *stored, struct bh_err *err)
{
    struct log_row row = *stored;
    log_hash(head->hash, &row);
    if (row.seq != head->seq + 1 || memcmp(row.hash, stored->hash, LOG_HASH) != 0)
        return bh_fail(err, BH_CORRUPT, "日志在事件 %lld 处损坏，不再复制",
                       "the log is damaged at event %lld, copying has stopped",
                       (long long)(head->seq + 1));
    head->seq = row.seq;
    head->recorded_ms = row.recorded_ms;
    memcpy(head->hash, row.hash, LOG_HASH);
    return true;
}

/* Copies up to about PASS_BYTES. *ret_more: there may be more. */
static bool copy_pass(struct copier *copier, bool *ret_more, struct bh_err *err)
{
    struct log_reader reader;
    struct log_head head = copier->head;
    struct bh_err closed;
    bool ok = true;
    if (copier->torn && !file_cut(copier->file, copier->bytes, err))
        return false;
    copier->torn = false;
    bh_buf_reset(&copier->out);
    log_reader_open(&reader, copier->db, NULL, head.seq + 1, head.seq + PASS_ROWS);
    while (ok && copier->out.len < PASS_BYTES && log_reader_next(&reader)) {
        ok = chain_holds(&head, &reader.row, err);
        if (ok)
            stream_encode(&reader.row, &copier->out);
    }
    if (!log_reader_close(&reader, ok ? err : &closed))
        ok = false;
    *ret_more = head.seq > copier->head.seq;
    if (!ok || copier->out.len == 0)
        return ok;
    bh_assert(!copier->out.full);
    copier->torn = true;
    if (!file_append(copier->file, bh_buf_view(&copier->out), FILE_MODE, err))
        return false;
    copier->torn = false;
    copier->bytes += (int64_t)copier->out.len;
    copier->head = head;
    return true;
}

/* One look at the log: everything that is there is copied. */
static void copy_all(struct copier *copier)
{
    struct bh_err err = {0};
    bool more = true, ok = true;
    while (ok && more) {
        ok = copy_pass(copier, &more, &err);
        atomic_store(&copier->through, copier->head.seq);
    }
    int64_t now = copier->world->mono_us(copier->world->self);
    if (ok)
        copier->behind_since_us = 0;
    else if (copier->behind_since_us == 0)
        copier->behind_since_us = now;
    lock_take(&copier->lock);
    if (!ok && !copier->figures.failing)
        (void)fprintf(stderr, "bihuan: copying the log: %s / %s\n", err.en, err.zh);
    copier->figures.failing = !ok;
    copier->figures.why = err;
    copier->figures.behind_ms = ok ? 0 : (now - copier->behind_since_us) / 1000;
    lock_give(&copier->lock);
}

static void run(void *self)
{
    struct copier *copier = self;
    bool stopping = false;
    while (!stopping) {
        lock_take(&copier->lock);
        if (!copier->stopping)
            (void)condition_wait_ms(&copier->ring, &copier->lock, LOOK_EVERY_MS);
        stopping = copier->stopping;
        lock_give(&copier->lock);
        copy_all(copier);
    }
}

static void copier_free(struct copier *copier)
{
    bh_buf_done(&copier->out);
    db_close(copier->db);
    condition_done(&copier->ring);
    lock_done(&copier->lock);
    bh_free(copier);
}

bool copier_start(const char *folder, const char *file, const struct world *world,
                  struct copier **ret, struct bh_err *err)
{
    struct copier *copier = bh_alloc(sizeof *copier);
    copier->world = world;
    (void)snprintf(copier->file, sizeof copier->file, "%.4096s", file);
    lock_init(&copier->lock);
    condition_init(&copier->ring);
    bh_buf_init(&copier->out, PASS_BYTES + STREAM_ROW_MAX + STREAM_FRAME);
    bool ok = open_log(folder, &copier->db, err) && begin_file(copier, err);
    atomic_store(&copier->through, copier->head.seq);
    ok = ok && thread_start(&copier->thread, "copier", run, copier, err);
    if (!ok) {
        copier_free(copier);
        return false;
    }
    *ret = copier;
    return true;
}

void copier_stop(struct copier *copier)
{
    if (!copier)
        return;
    lock_take(&copier->lock);
    copier->stopping = true;
    condition_signal(&copier->ring);
    lock_give(&copier->lock);
    thread_join(&copier->thread);
    copier_free(copier);
}

int64_t copier_through(struct copier *copier)
{
    return copier ? atomic_load(&copier->through) : 0;
}

void copier_figures(struct copier *copier, struct copier_figures *ret)
{
    *ret = (struct copier_figures){0};
    if (!copier)
        return;
    lock_take(&copier->lock);
    *ret = copier->figures;
    ret->through = atomic_load(&copier->through);
    lock_give(&copier->lock);
}
