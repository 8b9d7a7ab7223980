/* Which request goes where, and what holds for all of them: sessions, CSRF, limits, measuring. */
#include "api/edge.h"
#include "api/roll_import.h"
#include "ledger/backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define API "/api/v1"

/* Who comes to sample has to get in first: what belongs to the session is as urgent as a result. */
static const struct route routes[] = {
    {HTTP_POST, "/commands/*", ROUTE_SESSION, PRIORITY_RESULT, false, command_here, command_work},
    {HTTP_POST, "/commands", ROUTE_SESSION, PRIORITY_SAMPLING, false, NULL, batch_work},
    {HTTP_GET, "/queries/*", ROUTE_SESSION, PRIORITY_BOARD, false, NULL, query_work},
    {HTTP_GET, "/meta/*", ROUTE_SESSION, PRIORITY_LOOKUP, false, meta_here, meta_work},
    {HTTP_GET, "/openapi.json", ROUTE_OPEN, PRIORITY_LOOKUP, false, openapi_here, NULL},
    {HTTP_GET, "/live", ROUTE_SESSION, PRIORITY_BOARD, false, NULL, live_work},
    {HTTP_POST, "/import/*", ROUTE_SESSION, PRIORITY_EXPORT, true, NULL, import_work},
    {HTTP_GET, "/import/*", ROUTE_SESSION, PRIORITY_EXPORT, false, NULL, template_work},
    {HTTP_GET, "/plates/*", ROUTE_SESSION, PRIORITY_RESULT, false, NULL, plate_sheet_work},
    {HTTP_POST, "/plates/*", ROUTE_SESSION, PRIORITY_RESULT, false, NULL, plate_results_work},
    {HTTP_POST, "/login", ROUTE_OPEN, PRIORITY_RESULT, true, NULL, login_work},
    {HTTP_POST, "/logout", ROUTE_SESSION, PRIORITY_RESULT, false, NULL, logout_work},
    {HTTP_GET, "/session", ROUTE_SESSION, PRIORITY_RESULT, false, NULL, session_work},
    {HTTP_GET, "/first-run", ROUTE_OPEN, PRIORITY_LOOKUP, false, NULL, first_run_view_work},
    {HTTP_POST, "/first-run", ROUTE_OPEN, PRIORITY_LOOKUP, true, NULL, first_run_work},
    {HTTP_POST, "/password", ROUTE_SESSION, PRIORITY_LOOKUP, true, NULL, password_work},
    {HTTP_POST, "/account", ROUTE_SESSION, PRIORITY_LOOKUP, true, NULL, account_work},
    {HTTP_POST, "/account/wipe", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, wipe_work},
    {HTTP_POST, "/token", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, token_work},
    {HTTP_POST, "/token/end", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, token_end_work},
    {HTTP_POST, "/result", ROUTE_OPEN, PRIORITY_LOOKUP, false, result_here, result_work},
    {HTTP_POST, "/result/code", ROUTE_OPEN, PRIORITY_LOOKUP, false, result_code_here, NULL},
    {HTTP_POST, "/antigen", ROUTE_OPEN, PRIORITY_RESULT, false, kit_here, antigen_work},
    {HTTP_POST, "/antigen/kit", ROUTE_OPEN, PRIORITY_LOOKUP, false, kit_here, kit_work},
    {HTTP_POST, "/antigen/photo", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, antigen_photo_work},
    {HTTP_POST, "/incident/photo", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL,
     incident_photo_work},
    {HTTP_POST, "/messages/told", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, message_told_work},
    {HTTP_POST, "/reveal", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, reveal_work},
    {HTTP_POST, "/reveal/resident", ROUTE_SESSION, PRIORITY_LOOKUP, false, NULL, resident_work},
};

static const struct route plain_routes[] = {
    {HTTP_GET, "/healthz", ROUTE_OPEN, PRIORITY_LOOKUP, false, health_here, NULL},
    {HTTP_GET, "/readyz", ROUTE_OPEN, PRIORITY_LOOKUP, false, ready_here, NULL},
    {HTTP_GET, "/metrics", ROUTE_OPEN, PRIORITY_RESULT, false, NULL, metrics_work},
};

/* The rest of the path when the route takes it, else NULL. */
static const char *route_match(const struct route *route, enum http_method method, const char *path)
{
    size_t len = strlen(route->path);
    enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
    if (route->method != wanted)
        return NULL;
    if (route->path[len - 1] != '*')
        return strcmp(path, route->path) == 0 ? path + len : NULL;
    return strncmp(path, route->path, len - 1) == 0 && path[len - 1] ? path + len - 1 : NULL;
}

static bool route_find(struct call *call, const struct route *list, size_t count, const char *path)
{
    for (size_t index = 0; index < count; index++) {
        call->rest = route_match(&list[index], call->request->method, path);
        if (call->rest) {
            call->route = &list[index];
            call->priority = list[index].priority;
            return true;
        }
    }
    return false;
}

/* What a command or query says about itself counts, not what all of them have in common. */
static void priority_find(struct call *call)
{
    struct bh_str name = bh_str_of(call->rest), format;
    if (call->route->work == query_work) {
        const struct query *query = catalogue_query(call->edge->catalogue, name);
        call->priority = query ? query->priority : PRIORITY_LOOKUP;
        if (query_string_get(&call->request->query, "format", &format) && bh_str_is(format, "csv"))
            call->priority = PRIORITY_EXPORT;
    } else if (call->route->work == command_work) {
        const struct command *command = catalogue_command(call->edge->catalogue, name);
        call->priority = command ? command->priority : PRIORITY_LOOKUP;
    }
}

static void unauthenticated(struct call *call)
{
    struct bh_err err = {.code = BH_UNAUTHENTICATED};
    call_fail(call, &err);
}

/* Looks among the known sessions. False when answered. */
static bool session_known(struct call *call)
{
    uint8_t hash[32];
    bool by_token = false;
    struct bh_str token = token_of(call->request, &by_token);
    if (token.len == 0) {
        unauthenticated(call);
        return false;
    }
    token_digest(token, hash);
    const struct caller *session =
        session_table_find(call->edge->sessions, hash, edge_wall(call->edge));
    /* Grants moved since: it is looked up anew, so that nobody acts on rights he no longer has. */
    if (!session || session->epoch != atomic_load(&call->edge->permit_epoch))
        return true;
    call->session = bh_arena_get(&call->request->arena, sizeof *call->session);
    *call->session = *session;
    return session_check(call);
}

/* Pages stay in phones for weeks, so two protocols are served side by side. 2 = 1, and the page understands the order
 * to delete what it holds. */
int phone_protocol(struct http_request *request)
{
    const char *given = http_header_get(request, "X-Bihuan-Protocol");
    if (!given)
        return 0;
    return strcmp(given, "1") == 0 ? 1 : strcmp(given, "2") == 0 ? 2 : -1;
}

static void protocol_refuse(struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    (void)bh_fail_field(&err, BH_INVALID, "X-Bihuan-Protocol",
                        "此服务器只支持手机页协议 1 和 2，请更新页面",
                        "this server speaks protocols 1 and 2 of the phone page: update the page");
    call_fail_as(call, &err, 426);
    http_answer_header(call->request, "X-Bihuan-Protocols", "1, 2");
}

static void api_handle(struct call *call, const char *path)
{
    if (phone_protocol(call->request) < 0) {
        protocol_refuse(call);
        return;
    }
    if (!route_find(call, routes, sizeof routes / sizeof *routes, path)) {
        call_missing(call);
        return;
    }
    priority_find(call);
    if (pressure_refuses(&call->edge->pressure, call->priority)) {
        call_busy(call, "系统繁忙，请稍后再试", "the system is busy, try again shortly");
        return;
    }
    if (call->route->access == ROUTE_SESSION && !session_known(call))
        return;
    bool known = call->route->access == ROUTE_OPEN || call->session;
    if (known && call->route->here && call->route->here(call))
        return;
    workers_take(call);
}

void edge_handle(void *self, struct http_request *request)
{
    struct edge *edge = self;
    struct call *call = bh_arena_get(&request->arena, sizeof *call);
    *call = (struct call){.edge = edge, .request = request, .rest = ""};
    request->owner = call;
    if (!request->path) {
        call_fail(call, &request->address_err);
    } else if (http_stopping(edge->http)) {
        call_busy(call, "服务正在停止", "the service is stopping");
    } else if (strncmp(request->path, API "/", sizeof API) == 0) {
        api_handle(call, request->path + sizeof API - 1);
    } else if (route_find(call, plain_routes, sizeof plain_routes / sizeof *plain_routes,
                          request->path)) {
        if (!call->route->here || !call->route->here(call))
            workers_take(call);
    } else {
        file_answer(call);
    }
}

/* Imports may be large, but only for somebody with a session. */
size_t edge_body_max(void *self, struct http_request *request)
{
    struct edge *edge = self;
    uint8_t hash[32];
    bool by_token = false;
    if (!request->path || strncmp(request->path, API "/import/", sizeof API "/import/" - 1) != 0)
        return LIMIT_BODY_BYTES;
    struct bh_str token = token_of(request, &by_token);
    token_digest(token, hash);
    bool known = token.len && session_table_find(edge->sessions, hash, edge_wall(edge));
    if (!known)
        return LIMIT_BODY_BYTES;
    const char *roll = API "/import/list_residents";
    return strncmp(request->path, roll, strlen(roll)) == 0 ? ROLL_IMPORT_BYTES : LIMIT_IMPORT_BYTES;
}

static enum meter_class class_of(const struct call *call)
{
    const struct route *route = call->route;
    if (!route)
        return METER_FILE;
    if (route->here == command_here || route->work == batch_work)
        return METER_COMMAND;
    if (route->work == query_work)
        return METER_QUERY;
    if (route->work == live_work)
        return METER_LIVE;
    if (route->work == import_work || route->work == template_work)
        return METER_IMPORT;
    if (route->here == meta_here || route->here == openapi_here)
        return METER_META;
    if (route->here == result_here || route->here == result_code_here)
        return METER_RESULT;
    return route->here ? METER_OTHER : METER_SESSION;
}

/* How far the copy elsewhere reaches, and the moment of the last restore: what a client was told before that may
 * be gone. Beside the answer, not in it: a command sent again is answered with the same bytes. */
static void answer_durability(struct edge *edge, struct http_request *request)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRId64, copier_through(edge->copier));
    http_answer_header(request, "X-Bihuan-Copied-Through", number);
    (void)snprintf(number, sizeof number, "%" PRId64, edge->ledger->epoch);
    http_answer_header(request, "X-Bihuan-Epoch", number);
}

/* What a worker learned of sessions is put to use before the client can ask again. */
void edge_sending(void *self, struct http_request *request)
{
    struct edge *edge = self;
    struct call *call = request->owner;
    if (!call)
        return;
    if (call->session && call->session_gone) {
        session_table_drop(edge->sessions, call->session->token_hash);
        live_cut(edge, call->session->token_hash, 0);
    } else if (call->session && call->session_new)
        session_table_put(edge->sessions, call->session);
    if (call->sessions_clear) {
        session_table_clear(edge->sessions);
        live_cut(edge, NULL, call->clear_user);
    }
    /* With the session, too: a phone that has nothing to send asks for it, and so hears of a restore. */
    if (call->route && (call->route->here == command_here || call->route->work == batch_work ||
                        call->route->work == session_work))
        answer_durability(edge, request);
    int level = pressure_level(&edge->pressure);
    if (level > 0) {
        char digit[2] = {(char)('0' + level), 0};
        http_answer_header(request, "X-Bihuan-Load", digit);
    }
}

/* The last sight of a request, on the HTTP thread. */
void edge_ended(void *self, struct http_request *request)
{
    struct edge *edge = self;
    struct call *call = request->owner;
    int64_t took_us = edge_mono(edge) - request->ready_us;
    if (!call)
        return;
    if (call->exporting)
        (void)atomic_fetch_sub(&edge->exports, 1);
    if (call->route && call->route->work == live_work)
        live_ended(edge, request);
    else
        meter_answer(&edge->meter, class_of(call), request->status, took_us);
}
