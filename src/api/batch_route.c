/* POST /commands: several commands in one request, for a phone that was without network. Each lives or dies alone and is
 * answered as if it had come alone, under its own key; they are decided in the order in which they stand. */
#include "api/edge.h"
#include "ledger/intake.h"

#include <string.h>

struct batch;

struct batch_item {
    struct batch *batch;
    struct submission submission;
    int status;         /* 0 = the writer has not answered yet */
    struct bh_str said; /* the answer or the problem, a JSON object */
};

/* Once handed over it belongs to the writer's thread. */
struct batch {
    struct call *call;
    struct batch_item *items;
    size_t count, left;
    struct scope *scope; /* of the command before, which mostly is the same */
    const struct command *scope_of;
    bool again; /* rights changed on the way: looked up anew, then all of it once more */
};

static void item_refuse(struct batch_item *item, const struct bh_err *err)
{
    struct http_request *request = item->batch->call->request;
    struct bh_buf text;
    bh_buf_init(&text, LIMIT_BODY_BYTES);
    item->status = bh_code_http(err->code);
    problem_write(&text, err, item->status, request->id);
    item->said = (struct bh_str){bh_arena_copy(&request->arena, text.at, text.len), text.len};
    bh_buf_done(&text);
}

static void batch_answer(struct batch *batch)
{
    struct call *call = batch->call;
    struct bh_buf *out = &call->request->out;
    bh_buf_reset(out);
    bh_buf_text(out, "{\"answers\":[");
    for (size_t i = 0; i < batch->count; i++) {
        bh_buf_text(out, i > 0 ? ",{\"status\":" : "{\"status\":");
        bh_buf_int(out, batch->items[i].status);
        bh_buf_text(out, ",\"body\":");
        bh_buf_str(out, batch->items[i].said);
        bh_buf_byte(out, '}');
    }
    bh_buf_text(out, "]}");
    if (out->full) {
        struct bh_err err = {.code = BH_OK};
        (void)bh_fail(
            &err, BH_TOO_BIG, "答复过长；请逐条发送，不会重复登记",
            "the answers are too long: send the commands one by one, nothing is done twice");
        call_fail(call, &err);
        return;
    }
    http_answer(call->request, 200, "application/json; charset=utf-8", bh_buf_view(out));
}

/* After the commit, on the writer thread. */
static void batch_done(struct batch *batch)
{
    struct call *call = batch->call;
    call->request->work_us = edge_mono(call->edge) - call->started_us;
    if (batch->again && call->again < AGAIN_MAX) {
        workers_again(call);
        return;
    }
    batch_answer(batch);
    call->request->next = call->edge->committed;
    call->edge->committed = call->request;
}

static void item_done(struct submission *submission)
{
    struct batch_item *item = submission->owner;
    struct batch *batch = item->batch;
    struct edge *edge = batch->call->edge;
    if (submission->ok) {
        item->status = 200;
        item->said = bh_str_of(submission->answer);
    } else {
        item_refuse(item, &submission->err);
        batch->again = batch->again || submission->permit_epoch != edge->ledger->permit_epoch;
    }
    command_decided(edge, submission);
    if (--batch->left == 0)
        batch_done(batch);
}

static const struct command *item_command(struct batch *batch, struct bh_str name)
{
    struct call *call = batch->call;
    const struct command *command = catalogue_command(call->edge->catalogue, name);
    if (!command || command == batch->scope_of)
        return command;
    batch->scope = bh_arena_get(&call->request->arena, sizeof *batch->scope);
    batch->scope_of = command;
    call_scope_command(call, command->name, batch->scope);
    return command;
}

static bool item_form(const json_t *json, struct bh_err *err)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        if (strcmp(name, "command") != 0 && strcmp(name, "key") != 0 && strcmp(name, "body") != 0)
            return bh_fail_field(err, BH_MALFORMED, "commands", "每条应只有 command、key、body",
                                 "each should hold command, key and body, nothing else");
    }
    return json_is_object(json_object_get(json, "body")) ||
           bh_fail_field(err, BH_MALFORMED, "body", "body 应为 JSON 对象",
                         "body should be a JSON object");
}

static bool item_read(struct intake *intake, struct batch_item *item, const json_t *json,
                      struct bh_err *err)
{
    struct batch *batch = item->batch;
    struct submission *submission = &item->submission;
    if (!item_form(json, err))
        return false;
    const struct command *command = item_command(batch, json_text_of(json, "command"));
    if (!command || scope_is_empty(batch->scope))
        return bh_fail(err, BH_MISSING, "没有找到", "no such thing");
    if (!intake_command(intake, command, json_object_get(json, "body"), submission, err) ||
        !command_key(json_text_of(json, "key"), "key", submission, err))
        return false;
    command_by(batch->call, batch->scope, submission);
    submission->done = item_done;
    submission->owner = item;
    return true;
}

static json_t *batch_list(struct call *call, json_t *json)
{
    struct bh_err err = {.code = BH_OK};
    json_t *list = json_object_get(json, "commands");
    size_t count = json_array_size(list);
    if (json_object_size(json) == 1 && count >= 1 && count <= LIMIT_REQUEST_COMMANDS)
        return list;
    (void)bh_fail_field(&err, count > LIMIT_REQUEST_COMMANDS ? BH_TOO_BIG : BH_MALFORMED,
                        "commands", "应为 {\"commands\": [...]}，1 至 %d 条",
                        "should be {\"commands\": [...]} with 1 to %d of them",
                        LIMIT_REQUEST_COMMANDS);
    call_fail(call, &err);
    return NULL;
}

/* Links what can be decided; *ret_priority is that of the least urgent one. */
static struct submission *batch_link(struct batch *batch, struct submission **ret_last,
                                     enum priority *ret_priority)
{
    struct submission *first = NULL, *last = NULL;
    *ret_priority = PRIORITY_SAMPLING;
    for (size_t i = 0; i < batch->count; i++) {
        struct submission *one = &batch->items[i].submission;
        if (batch->items[i].status != 0)
            continue;
        if (last)
            last->next = one;
        else
            first = one;
        last = one;
        batch->left++;
        if (one->command->priority > *ret_priority)
            *ret_priority = one->command->priority;
    }
    *ret_last = last;
    return first;
}

static bool batch_read(struct batch *batch)
{
    struct call *call = batch->call;
    struct bh_arena *arena = &call->request->arena;
    struct intake intake;
    json_t *json = call_body(call);
    json_t *list = json ? batch_list(call, json) : NULL;
    if (list) {
        intake_init(&intake, call->edge->ledger, arena, edge_now(call->edge));
        batch->count = json_array_size(list);
        batch->items = bh_arena_get(arena, batch->count * sizeof *batch->items);
    }
    for (size_t i = 0; list && i < batch->count; i++) {
        struct bh_err err = {.code = BH_OK};
        struct batch_item *item = &batch->items[i];
        *item = (struct batch_item){.batch = batch};
        if (!item_read(&intake, item, json_array_get(list, i), &err))
            item_refuse(item, &err);
    }
    json_decref(json);
    return list != NULL;
}

void batch_work(struct worker *worker, struct call *call)
{
    (void)worker;
    struct batch *batch = bh_arena_get(&call->request->arena, sizeof *batch);
    struct submission *last = NULL;
    enum priority priority = PRIORITY_SAMPLING;
    *batch = (struct batch){.call = call};
    if (writer_refuses(call->edge->writer, call->priority)) {
        command_refuse(call);
    } else if (batch_read(batch)) {
        struct submission *first = batch_link(batch, &last, &priority);
        if (first &&
            writer_submit_all(call->edge->writer, first, last, (int64_t)batch->left, priority))
            return; /* it is the writer's now */
        if (first)
            command_refuse(call);
        else
            batch_answer(batch);
    }
    call_finish(call);
}
