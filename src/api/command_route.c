/* POST /commands/NAME: JSON to the command's record, then to the writer; the answer waits for the commit. */
#include "api/edge.h"
#include "api/ticker.h"
#include "ledger/intake.h"
#include "ledger/writer.h"

#include <string.h>

enum { HERE_BYTES = 16 << 10 }; /* larger bodies are parsed by a worker */

bool command_key(struct bh_str text, const char *field, struct submission *submission,
                 struct bh_err *err)
{
    submission->has_key = true;
    if (text.len == (size_t)LOG_KEY * 2 && bh_unhex(text, submission->key, LOG_KEY))
        return true;
    return bh_fail_field(err, BH_MALFORMED, field, "%s 应为 32 位十六进制数（前 12 位为毫秒时间）",
                         "%s should be 32 hex digits (the first 12: time in ms)", field);
}

static bool key_read(struct call *call, struct submission *submission, struct bh_err *err)
{
    static const char header[] = "Idempotency-Key";
    const char *key = http_header_get(call->request, header);
    return command_key(bh_str_of(key ? key : ""), header, submission, err);
}

void command_by(struct call *call, const struct scope *scope, struct submission *submission)
{
    submission->actor = call->session ? call->session->user : 0;
    submission->scope = scope;
    submission->permit_epoch =
        call->session ? call->session->epoch : atomic_load(&call->edge->permit_epoch);
}

void command_decided(struct edge *edge, const struct submission *submission)
{
    atomic_fetch_add_explicit(submission->ok ? &edge->meter.commands_ok
                                             : &edge->meter.commands_refused,
                              1, memory_order_relaxed);
    if (submission->ok)
        ticker_command(edge->ticker, submission);
}

/* After the commit, on the writer thread: the answer is put in place, the batch goes over as one. */
static void submission_done(struct submission *submission)
{
    struct call *call = submission->owner;
    struct edge *edge = call->edge;
    call->request->work_us = edge_mono(edge) - call->started_us;
    if (!submission->ok && call->again < AGAIN_MAX &&
        submission->permit_epoch != edge->ledger->permit_epoch) {
        workers_again(
            call); /* rights changed since the session was looked up: look again, then decide */
        return;
    }
    command_decided(edge, submission);
    if (submission->ok)
        http_answer(call->request, 200, "application/json; charset=utf-8",
                    bh_str_of(call->said ? call->said : submission->answer));
    else
        call_fail(call, &submission->err);
    call->request->next = edge->committed;
    edge->committed = call->request;
}

void edge_batch_done(void *self)
{
    struct edge *edge = self;
    struct http_request *list = edge->committed;
    edge->committed = NULL;
    atomic_fetch_add_explicit(&edge->meter.commits, 1, memory_order_relaxed);
    if (list)
        http_finish(list);
}

bool command_take(struct call *call, const struct command *command, const struct scope *scope,
                  const json_t *json)
{
    struct bh_err err = {.code = BH_OK};
    struct intake intake;
    intake_init(&intake, call->edge->ledger, &call->request->arena, edge_now(call->edge));
    bool ok = intake_command(&intake, command, json, &call->submission, &err) &&
              key_read(call, &call->submission, &err);
    command_by(call, scope, &call->submission);
    call->submission.done = submission_done;
    call->submission.owner = call;
    if (!ok)
        call_fail(call, &err);
    return ok;
}

/* Answers, or fills the submission and returns true. */
static bool command_prepare(struct call *call)
{
    const struct command *command = catalogue_command(call->edge->catalogue, bh_str_of(call->rest));
    struct scope *scope = bh_arena_get(&call->request->arena, sizeof *scope);
    if (command)
        call_scope_command(call, command->name, scope);
    if (!command || scope_is_empty(scope)) {
        call_missing(call);
        return false;
    }
    json_t *json = call_body(call);
    if (!json)
        return false;
    bool ok = command_take(call, command, scope, json);
    json_decref(json);
    return ok;
}

/* Refused by the writer's queue: the bound is its expected waiting time. */
void command_refuse(struct call *call)
{
    call_busy(call, "正在写入的请求太多，请稍后再试",
              "too many requests are waiting to be written");
}

/* Before anything of it is read, so that refusing stays cheap when it counts. True when it was refused. */
static bool command_refused_early(struct call *call)
{
    if (!writer_refuses(call->edge->writer, call->priority))
        return false;
    command_refuse(call);
    return true;
}

bool command_here(struct call *call)
{
    struct http_request *request = call->request;
    if (command_refused_early(call))
        return true;
    if (request->body.len > HERE_BYTES)
        return false;
    if (!command_prepare(call))
        return true;
    call->started_us = edge_mono(call->edge);
    /* Held before the writer can see it. */
    http_hold(request);
    if (!writer_submit(call->edge->writer, &call->submission)) {
        command_refuse(call);
        call_finish(call);
    }
    return true;
}

void command_send(struct call *call)
{
    if (writer_submit(call->edge->writer, &call->submission))
        return;
    command_refuse(call);
    call_finish(call);
}

void command_work(struct worker *worker, struct call *call)
{
    (void)worker;
    if (command_refused_early(call) || !command_prepare(call))
        call_finish(call);
    else
        command_send(call);
}
