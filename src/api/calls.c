#include "api/edge.h"
#include "ledger/cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t edge_wall(const struct edge *edge)
{
    return edge->world->wall_ms(edge->world->self);
}

int64_t edge_mono(const struct edge *edge)
{
    return edge->world->mono_us(edge->world->self);
}

int64_t edge_now(const struct edge *edge)
{
    return atomic_load_explicit(&edge->clock_ms, memory_order_relaxed);
}

/* --- answers ------------------------------------------------------------------------------- */

static void member_write(struct bh_buf *out, const char *name, const char *value)
{
    bh_buf_format(out, ",\"%s\":", name);
    json_text_write(out, bh_str_of(value));
}

static void lower_copy(char *out, const char *name)
{
    for (; *name; name++)
        *out++ = (char)(*name == '_' ? '-' : *name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
    *out = 0;
}

void call_fail(struct call *call, const struct bh_err *err)
{
    call_fail_as(call, err, bh_code_http(err->code));
}

void problem_write(struct bh_buf *out, const struct bh_err *err, int status, const char *request_id)
{
    struct bh_err missing = {.code = BH_MISSING};
    if (err->code == BH_MISSING)
        err = &missing;
    const char *zh = err->zh[0] ? err->zh : bh_code_zh(err->code);
    const char *en = err->en[0] ? err->en : bh_code_en(err->code);
    char type[64];
    lower_copy(type, bh_code_name(err->code));
    bh_buf_format(out, "{\"type\":\"urn:bihuan:error:%s\",\"status\":%d", type, status);
    member_write(out, "title", bh_code_en(err->code));
    member_write(out, "code", bh_code_name(err->code));
    member_write(out, "detail_zh", zh);
    member_write(out, "detail_en", en);
    if (err->field[0])
        member_write(out, "field", err->field);
    if (err->row)
        bh_buf_format(out, ",\"row\":%d", err->row);
    if (err->line)
        bh_buf_format(out, ",\"line\":%d,\"column\":%d", err->line, err->column);
    member_write(out, "request_id", request_id);
    bh_buf_byte(out, '}');
}

void call_fail_as(struct call *call, const struct bh_err *err, int status)
{
    struct http_request *request = call->request;
    bh_buf_reset(&request->out);
    problem_write(&request->out, err, status, request->id);
    request->header_count = 0;
    http_answer(request, status, "application/problem+json; charset=utf-8",
                bh_buf_view(&request->out));
    if (status == 503 || status == 429) {
        /* Spread over some seconds, so that refused clients do not come back together. */
        char after[16];
        uint8_t random = 0;
        (void)!bh_unhex((struct bh_str){request->id, 2}, &random, 1);
        (void)snprintf(after, sizeof after, "%d", call->retry_seconds + 1 + random % 5);
        http_answer_header(request, "Retry-After", after);
    }
    if (status == 401)
        http_answer_header(request, "WWW-Authenticate", "Bearer");
}

void call_missing(struct call *call)
{
    struct bh_err err = {.code = BH_MISSING};
    call_fail(call, &err);
}

void call_busy(struct call *call, const char *zh, const char *en)
{
    struct bh_err err = {.code = BH_OK};
    (void)bh_fail(&err, BH_BUSY, "%s%.0s", "%.0s%s", zh, en);
    atomic_fetch_add_explicit(&call->edge->meter.shed, 1, memory_order_relaxed);
    call_fail(call, &err);
}

static int json_part_write(const char *bytes, size_t len, void *self)
{
    struct bh_buf *out = self;
    bh_buf_add(out, bytes, len);
    return 0;
}

void call_json(struct call *call, int status, json_t *value)
{
    struct http_request *request = call->request;
    bh_buf_reset(&request->out);
    (void)json_dump_callback(value, json_part_write, &request->out, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
    if (request->out.full) {
        struct bh_err err = {.code = BH_TOO_BIG};
        call_fail(call, &err);
        return;
    }
    http_answer(request, status, "application/json; charset=utf-8", bh_buf_view(&request->out));
}

void call_text(struct call *call, const char *type, struct bh_str text)
{
    http_answer(call->request, 200, type, text);
}

bool call_unchanged(struct call *call, const char *tag)
{
    struct http_request *request = call->request;
    const char *known = http_header_get(request, "If-None-Match");
    http_answer_header(request, "ETag", tag);
    if (!known || !strstr(known, tag))
        return false;
    http_answer(request, 304, NULL, (struct bh_str){NULL, 0});
    return true;
}

/* --- reading ------------------------------------------------------------------------------- */

json_t *call_body(struct call *call)
{
    struct http_request *request = call->request;
    const char *type = http_header_get(request, "Content-Type");
    struct bh_err err = {.code = BH_OK};
    json_t *json = NULL;
    if (request->body_over) {
        (void)bh_fail(&err, BH_TOO_BIG, "请求正文超过 %d 字节", "the body is over %d bytes",
                      (int)request->body.max);
        call_fail(call, &err);
    } else if (!type || strncmp(type, "application/json", 16) != 0 ||
               (type[16] && type[16] != ';')) {
        (void)bh_fail(&err, BH_MALFORMED, "Content-Type 应为 application/json",
                      "Content-Type should be application/json");
        call_fail_as(call, &err, 415);
    } else if (!json_read(bh_buf_view(&request->body), &json, &err)) {
        call_fail(call, &err);
    }
    return json;
}

bool scope_is_empty(const struct scope *scope)
{
    return !scope->everything && scope->count == 0;
}

/* An API token may do what it names and its user may. Grants end by the log's clock, also between two looks at the session. */
static int grants_valid(const struct edge *edge, const struct caller *session, const char *name,
                        struct grant *ret)
{
    int64_t now = edge_now(edge);
    int count = 0;
    if (session->must_change ||
        (session->by_token && !account_scope_has(session->token_scope, name)))
        return 0;
    for (int index = 0; index < session->grant_count; index++) {
        const struct grant *grant = &session->grant[index];
        if (grant->from_ms <= now && (grant->until_ms == BH_NONE || grant->until_ms > now))
            ret[count++] = *grant;
    }
    return count;
}

void call_scope_command(const struct call *call, const char *command, struct scope *ret)
{
    struct grant grants[LIMIT_GRANTS];
    int count = grants_valid(call->edge, call->session, command, grants);
    permit_scope_command(grants, count, command, ret);
}

void session_scope_query(const struct edge *edge, const struct caller *session, const char *query,
                         struct scope *ret)
{
    struct grant grants[LIMIT_GRANTS];
    int count = grants_valid(edge, session, query, grants);
    permit_scope_query(grants, count, query, ret);
}

void call_scope_query(const struct call *call, const char *query, struct scope *ret)
{
    session_scope_query(call->edge, call->session, query, ret);
}
