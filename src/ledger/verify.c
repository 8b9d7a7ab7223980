#include "ledger/verify.h"

#include "os/file.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    PROGRESS_EVERY = 20000,
    HEADS_MAX_BYTES = 64 << 20,
};

static bool bad(struct verify_report *report, int64_t seq, const char *zh, const char *en)
{
    report->first_bad = seq;
    (void)bh_fail(&report->why, BH_CORRUPT, "事件 %lld：%s%.0s", "event %lld: %.0s%s",
                  (long long)seq, zh, en);
    return false;
}

static bool row_fits(struct log_head *head, const struct log_row *stored,
                     struct verify_report *report)
{
    struct log_row row = *stored;
    int64_t expected = head->seq + 1;
    if (row.seq != expected)
        return bad(report, expected, "缺失（序号不连续）", "missing (the numbers have a gap)");
    if (row.recorded_ms < head->recorded_ms)
        return bad(report, row.seq, "记录时间倒退", "the recorded time goes back");
    log_hash(head->hash, &row);
    if (memcmp(row.hash, stored->hash, LOG_HASH) != 0)
        return bad(report, row.seq, "哈希不符：内容或顺序被改动",
                   "the hash does not fit: content or order was changed");
    head->seq = row.seq;
    head->recorded_ms = row.recorded_ms;
    memcpy(head->hash, row.hash, LOG_HASH);
    return true;
}

/* ---- how the log is described ---- */

enum { NAME_MAX_BYTES = 80 };

static void describe(struct verify_report *report, struct bh_str name, const char *zh,
                     const char *en)
{
    if (report->schema_differs)
        return;
    int len = (int)(name.len < NAME_MAX_BYTES ? name.len : NAME_MAX_BYTES);
    report->schema_differs = true;
    (void)bh_fail(&report->why, BH_CORRUPT, "%.*s：%s%.0s", "%.*s: %.0s%s", len, name.at, zh, en);
}

/* Each object of the program's that `in` does not have in the same words. */
static bool missing_in(struct db *in, struct db *program, struct verify_report *report,
                       struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    db_rows(program, &rows, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL", "");
    while (ok && db_next(&rows)) {
        struct bh_str name = row_text(&rows, 0);
        int64_t one = 0;
        bool there = false, same = false;
        ok = db_int(in, err, &one, &there, "SELECT 1 FROM sqlite_master WHERE name = ?", "s",
                    name) &&
             db_int(in, err, &one, &same, "SELECT 1 FROM sqlite_master WHERE name = ? AND sql = ?",
                    "ss", name, row_text(&rows, 1));
        if (ok && !there)
            describe(report, name, "日志表的这一部分（表、索引或防改触发器）不在了",
                     "this part of the log (table, index or guard) is gone");
        else if (ok && !same)
            describe(report, name, "日志表的这一部分与程序所定不同",
                     "this part of the log is not described as by the program");
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* Derived tables have neither triggers nor views, so what is not the log's is somebody else's. */
static bool added_in(struct db *in, struct db *program, struct verify_report *report,
                     struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    db_rows(in, &rows,
            "SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND (tbl_name = 'event'"
            " OR type IN ('trigger', 'view'))",
            "");
    while (ok && db_next(&rows)) {
        struct bh_str name = row_text(&rows, 0);
        int64_t one = 0;
        bool known = false;
        ok = db_int(program, err, &one, &known, "SELECT 1 FROM sqlite_master WHERE name = ?", "s",
                    name);
        if (ok && !known)
            describe(report, name, "不是程序建立的", "was not made by the program");
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

static bool check_description(struct db *db, struct verify_report *report, struct bh_err *err)
{
    struct db *program = NULL;
    if (!db_open(":memory:", DB_WRITE, 1024, &program, err))
        return false;
    bool ok = db_script(program, log_schema, err) && missing_in(db, program, report, err) &&
              added_in(db, program, report, err);
    db_close(program);
    return ok;
}

bool verify_log(struct db *db, const struct catalogue *catalogue, verify_progress *progress,
                void *self, struct verify_report *ret, struct bh_err *err)
{
    struct log_head head = {0}, last;
    struct log_reader reader;
    struct event event;
    struct bh_arena arena;
    *ret = (struct verify_report){0};
    if (!db_check(db, &ret->why)) { /* the engine cannot even walk its own pages */
        ret->first_bad = 1;
        return true;
    }
    if (!log_head_read(db, &last, err))
        return false;
    bool ok = true;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    log_reader_open(&reader, db, NULL, INT64_MIN, INT64_MAX);
    while (ok && log_reader_next(&reader)) {
        ok = row_fits(&head, &reader.row, ret);
        bh_arena_reset(&arena);
        if (ok && !log_decode(catalogue, &reader.row, &arena, &event, &ret->why)) {
            ret->first_bad = reader.row.seq;
            ok = false;
        }
        ret->events += ok;
        if (progress && ret->events % PROGRESS_EVERY == 0)
            progress(self, ret->events, last.seq);
    }
    bh_arena_done(&arena);
    return log_reader_close(&reader, err) &&
           (ret->first_bad != 0 || check_description(db, ret, err));
}

/* ---- signed heads ---- */

static void head_message(const char *name, int64_t seq, int64_t recorded_ms, const char *hash,
                         struct bh_buf *out)
{
    bh_buf_init(out, 1024);
    bh_buf_format(out, "bihuan-head|%s|%lld|%lld|%s", name, (long long)seq, (long long)recorded_ms,
                  hash);
}

static bool head_key(struct ledger *ledger, unsigned char secret[crypto_sign_SECRETKEYBYTES],
                     unsigned char public_key[crypto_sign_PUBLICKEYBYTES], struct bh_err *err)
{
    char path[4400];
    struct bh_buf seed;
    (void)snprintf(path, sizeof path, "%s-keys/head.key", ledger->folder);
    if (!file_exists(path)) {
        unsigned char fresh[crypto_sign_SEEDBYTES];
        ledger->world->entropy(ledger->world->self, fresh, sizeof fresh);
        bool ok = file_write(path, (struct bh_str){(const char *)fresh, sizeof fresh}, 0600, err);
        sodium_memzero(fresh, sizeof fresh);
        if (!ok)
            return false;
    }
    if (!file_read(path, 1024, &seed, err))
        return false;
    bool ok = seed.len == crypto_sign_SEEDBYTES;
    if (ok)
        (void)crypto_sign_seed_keypair(public_key, secret, (const unsigned char *)seed.at);
    bh_buf_done(&seed);
    return ok || bh_fail(err, BH_CORRUPT, "签名密钥文件已损坏：%.200s",
                         "the signing key file is damaged: %.200s", path);
}

bool head_sign(struct ledger *ledger, struct bh_err *err)
{
    unsigned char secret[crypto_sign_SECRETKEYBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
    unsigned char signature[crypto_sign_BYTES];
    char hash[2 * LOG_HASH + 1], key[2 * sizeof public_key + 1],
        signed_hex[2 * sizeof signature + 1], path[4400];
    struct bh_buf message, line;
    if (!head_key(ledger, secret, public_key, err))
        return false;
    bh_hex(ledger->head.hash, LOG_HASH, hash);
    head_message(ledger->name, ledger->head.seq, ledger->head.recorded_ms, hash, &message);
    (void)crypto_sign_detached(signature, NULL, (const unsigned char *)message.at, message.len,
                               secret);
    sodium_memzero(secret, sizeof secret);
    bh_hex(public_key, sizeof public_key, key);
    bh_hex(signature, sizeof signature, signed_hex);
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "log", ledger->name, "seq",
                  (json_int_t)ledger->head.seq, "recorded_ms", (json_int_t)ledger->head.recorded_ms,
                  "hash", hash, "key", key, "signature", signed_hex);
    bh_buf_init(&line, 4096);
    size_t need = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char text[2048];
    bh_assert(need < sizeof text);
    (void)json_dumpb(json, text, sizeof text, JSON_COMPACT);
    bh_buf_add(&line, text, need);
    bh_buf_byte(&line, '\n');
    json_decref(json);
    (void)snprintf(path, sizeof path, "%s-keys/heads.jsonl", ledger->folder);
    bool ok = file_append(path, bh_buf_view(&line), 0600, err);
    bh_buf_done(&message);
    bh_buf_done(&line);
    return ok;
}

static bool head_signature_fits(const json_t *json, const char *name, int64_t seq,
                                int64_t recorded_ms, const char *hash)
{
    unsigned char key[crypto_sign_PUBLICKEYBYTES], signature[crypto_sign_BYTES];
    const char *key_hex = json_string_value(json_object_get(json, "key"));
    const char *signed_hex = json_string_value(json_object_get(json, "signature"));
    struct bh_buf message;
    if (!key_hex || !signed_hex || !bh_unhex(bh_str_of(key_hex), key, sizeof key) ||
        !bh_unhex(bh_str_of(signed_hex), signature, sizeof signature))
        return false;
    head_message(name, seq, recorded_ms, hash, &message);
    bool fits = crypto_sign_verify_detached(signature, (const unsigned char *)message.at,
                                            message.len, key) == 0;
    bh_buf_done(&message);
    return fits;
}

static bool check_head(struct db *db, const json_t *json, struct verify_report *report,
                       struct bh_err *err)
{
    const char *name = json_string_value(json_object_get(json, "log"));
    const char *hash = json_string_value(json_object_get(json, "hash"));
    int64_t seq = json_integer_value(json_object_get(json, "seq"));
    int64_t recorded_ms = json_integer_value(json_object_get(json, "recorded_ms"));
    char stored[2 * LOG_HASH + 1] = "";
    struct rows rows;
    if (!name || !hash || !head_signature_fits(json, name, seq, recorded_ms, hash)) {
        (void)bad(report, seq, "签名的日志头无效", "the signed head is not valid");
        return true;
    }
    db_rows(db, &rows, "SELECT hash FROM event WHERE seq = ?", "i", seq);
    if (db_next(&rows) && row_bytes(&rows, 0).len == LOG_HASH)
        bh_hex(row_bytes(&rows, 0).at, LOG_HASH, stored);
    if (!db_end(&rows, err))
        return false;
    if (stored[0] == 0)
        (void)bad(report, seq, "日志在已签名的位置之前被截断",
                  "the log was cut off before a signed position");
    else if (strcmp(stored, hash) != 0)
        (void)bad(report, seq, "日志与已签名的日志头不符", "the log does not fit the signed head");
    report->events++;
    return true;
}

bool verify_heads(struct db *db, const char *path, struct verify_report *ret, struct bh_err *err)
{
    struct bh_buf text;
    bool ok = true;
    *ret = (struct verify_report){0};
    if (!file_read(path, HEADS_MAX_BYTES, &text, err))
        return false;
    struct bh_str rest = bh_buf_view(&text);
    while (ok && rest.len > 0 && ret->first_bad == 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;
        json_t *json = len > 0 ? json_loadb(rest.at, len, 0, NULL) : NULL;
        if (json)
            ok = check_head(db, json, ret, err);
        else if (len > 0)
            (void)bad(ret, ret->events + 1, "日志头文件无法读取",
                      "the file of heads cannot be read");
        json_decref(json);
        rest.at += len + (end != NULL);
        rest.len -= len + (end != NULL);
    }
    bh_buf_done(&text);
    return ok;
}
