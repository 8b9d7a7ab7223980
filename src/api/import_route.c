/* POST /import/NAME: a CSV file, one command a row. GET /import/NAME: an empty form with an example. */
#include "api/csv_import.h"
#include "api/edge.h"
#include "api/import_wait.h"
#include "api/roll_import.h"
#include "ledger/writer.h"

#include <stdio.h>
#include <string.h>

enum {
    CHUNK_ROWS = 200,
    ERRORS_SHOWN = 200,
    RETRIES = 60, /* of a chunk the writer has no room for */
    RETRY_MS = 250,
};

/* Rows on their way to the writer; the worker waits until all are back. */
struct chunk {
    struct import_wait wait;
    int count;
    struct csv_row row[CHUNK_ROWS];
};

struct import_sum {
    int64_t rows, accepted, refused;
    json_t *errors;
};

json_t *import_error(const struct bh_err *err, int row)
{
    json_t *error = json_object();
    (void)json_object_set_new(error, "row", json_integer(row));
    (void)json_object_set_new(error, "code", json_string(bh_code_name(err->code)));
    if (err->field[0])
        (void)json_object_set_new(error, "field", json_string(err->field));
    (void)json_object_set_new(error, "detail_zh",
                              json_string(err->zh[0] ? err->zh : bh_code_zh(err->code)));
    (void)json_object_set_new(error, "detail_en",
                              json_string(err->en[0] ? err->en : bh_code_en(err->code)));
    return error;
}

static void error_add(struct import_sum *sum, const struct bh_err *err, int row)
{
    struct bh_err missing = {.code = BH_MISSING};
    if (err->code ==
        BH_MISSING) /* what is unknown and what is forbidden look alike, as everywhere */
        err = &missing;
    sum->refused++;
    if (json_array_size(sum->errors) < ERRORS_SHOWN)
        (void)json_array_append_new(sum->errors, import_error(err, row));
}

void import_wait_init(struct import_wait *wait)
{
    wait->waiting = 0;
    lock_init(&wait->lock);
    condition_init(&wait->back);
}

void import_wait_done(struct import_wait *wait)
{
    condition_done(&wait->back);
    lock_done(&wait->lock);
}

static void came_back(struct submission *submission)
{
    struct import_wait *wait = submission->owner;
    lock_take(&wait->lock);
    wait->waiting--;
    condition_signal(&wait->back);
    lock_give(&wait->lock);
}

void import_wait_submit(struct import_wait *wait, struct edge *edge, struct submission *submission)
{
    submission->done = came_back;
    submission->owner = wait;
    lock_take(&wait->lock);
    wait->waiting++;
    lock_give(&wait->lock);
    for (int attempt = 0; attempt < RETRIES; attempt++) {
        if (writer_submit(edge->writer, submission))
            return;
        lock_take(&wait->lock);
        (void)condition_wait_ms(&wait->back, &wait->lock, RETRY_MS);
        lock_give(&wait->lock);
    }
    (void)bh_fail(&submission->err, BH_BUSY, "系统繁忙，此行未写入",
                  "too busy, this row was not written");
    came_back(submission);
}

void import_wait_all(struct import_wait *wait)
{
    lock_take(&wait->lock);
    while (wait->waiting)
        condition_wait(&wait->back, &wait->lock);
    lock_give(&wait->lock);
}

static void chunk_run(struct call *call, struct chunk *chunk, bool dry_run, struct import_sum *sum)
{
    for (int index = 0; index < chunk->count && !dry_run; index++) {
        if (chunk->row[index].ok)
            import_wait_submit(&chunk->wait, call->edge, &chunk->row[index].submission);
    }
    import_wait_all(&chunk->wait);
    for (int index = 0; index < chunk->count; index++) {
        const struct csv_row *row = &chunk->row[index];
        sum->rows++;
        if (!row->ok)
            error_add(sum, &row->err, row->row);
        else if (!dry_run && !row->submission.ok)
            error_add(sum, &row->submission.err, row->row);
        else
            sum->accepted++;
    }
    chunk->count = 0;
}

static void rows_run(struct call *call, struct csv_import *import, const struct scope *scope,
                     bool dry_run, struct import_sum *sum)
{
    struct bh_arena arena;
    struct intake intake;
    struct chunk *chunk = bh_alloc(sizeof *chunk);
    bool more = true;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    import_wait_init(&chunk->wait);
    while (more) {
        intake_init(&intake, call->edge->ledger, &arena, edge_now(call->edge));
        struct csv_row *row = &chunk->row[chunk->count];
        more = csv_import_next(import, &intake, row);
        if (more) {
            row->submission.actor = call->session->user;
            row->submission.scope = scope;
            row->submission.permit_epoch = call->session->epoch;
            chunk->count++;
        }
        if (!more || chunk->count == CHUNK_ROWS) {
            chunk_run(call, chunk, dry_run, sum);
            bh_arena_reset(&arena);
        }
    }
    import_wait_done(&chunk->wait);
    bh_free(chunk);
    bh_arena_done(&arena);
}

/* The time of the rows' keys comes from the header, so that the same file sent again has the same keys. */
static bool key_time(struct call *call, int64_t *ret, struct bh_err *err)
{
    const char *key = http_header_get(call->request, "Idempotency-Key");
    uint8_t bytes[LOG_KEY];
    *ret = 0;
    if (!key || strlen(key) != (size_t)LOG_KEY * 2 || !bh_unhex(bh_str_of(key), bytes, LOG_KEY))
        return bh_fail_field(
            err, BH_MALFORMED, "Idempotency-Key",
            "请求头 Idempotency-Key 应为 32 位十六进制数（前 12 位为毫秒时间）",
            "header Idempotency-Key should be 32 hex digits (the first 12: time in ms)");
    for (int index = 0; index < 6; index++)
        *ret = *ret << 8 | bytes[index];
    return true;
}

static bool import_answer(struct call *call, const struct command *command,
                          const struct scope *scope, struct bh_err *err)
{
    struct http_request *request = call->request;
    struct csv_import *import = bh_alloc(sizeof *import);
    struct import_sum sum = {.errors = json_array()};
    struct bh_str text;
    struct intake intake;
    int64_t key_ms = 0;
    bool dry_run = query_string_get(&request->query, "dry_run", &text) && bh_str_is(text, "1");
    intake_init(&intake, call->edge->ledger, &request->arena, edge_now(call->edge));
    bool ok = key_time(call, &key_ms, err) &&
              csv_import_open(import, command, bh_buf_view(&request->body), &intake, key_ms, err);
    if (ok)
        rows_run(call, import, scope, dry_run, &sum);
    csv_import_done(import);
    bh_free(import);
    if (!ok) {
        json_decref(sum.errors);
        return false;
    }
    json_t *answer = json_object();
    (void)json_object_set_new(answer, "command", json_string(command->name));
    (void)json_object_set_new(answer, "dry_run", json_boolean(dry_run));
    (void)json_object_set_new(answer, "rows", json_integer(sum.rows));
    (void)json_object_set_new(answer, "accepted", json_integer(sum.accepted));
    (void)json_object_set_new(answer, "refused", json_integer(sum.refused));
    (void)json_object_set_new(answer, "errors", sum.errors);
    call_json(call, 200, answer);
    return true;
}

/* The command, when this user may give it somewhere; else the call is answered. */
static const struct command *command_find(struct call *call, struct scope *ret)
{
    const struct command *command = catalogue_command(call->edge->catalogue, bh_str_of(call->rest));
    if (command)
        call_scope_command(call, command->name, ret);
    bool takes =
        command && ((command->flags & COMMAND_CSV) || strcmp(command->name, "list_residents") == 0);
    if (!takes || scope_is_empty(ret)) {
        call_missing(call);
        return NULL;
    }
    return command;
}

void import_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct scope scope;
    if (strcmp(call->rest, "list_residents") == 0) {
        roll_import_work(worker, call);
        return;
    }
    const struct command *command = command_find(call, &scope);
    if (command && call->request->body_over) {
        (void)bh_fail(&err, BH_TOO_BIG, "文件超过 %d 字节", "the file is over %d bytes",
                      (int)call->request->body.max);
        call_fail(call, &err);
    } else if (command && !import_answer(call, command, &scope, &err)) {
        call_fail(call, &err);
    }
    call_finish(call);
}

void template_work(struct worker *worker, struct call *call)
{
    struct scope scope;
    (void)worker;
    const struct command *command = command_find(call, &scope);
    if (command) {
        char name[160];
        if (command->flags & COMMAND_CSV)
            csv_import_template(command, &call->request->out);
        else
            roll_import_template(&call->request->out);
        (void)snprintf(name, sizeof name, "attachment; filename=\"%s.csv\"", command->name);
        http_answer_header(call->request, "Content-Disposition", name);
        http_answer(call->request, 200, "text/csv; charset=utf-8",
                    bh_buf_view(&call->request->out));
    }
    call_finish(call);
}
