/* Who asks: from a cookie or an API token to a user with his grants; and the access log. */
#include "api/edge.h"
#include "ledger/vault.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char cookie_name[] = "bihuan_session";

struct bh_str token_of(struct http_request *request, bool *ret_by_token)
{
    const char *header = http_header_get(request, "Authorization");
    *ret_by_token = header && strncmp(header, "Bearer ", 7) == 0;
    struct bh_str token =
        *ret_by_token ? bh_str_of(header + 7) : http_cookie_get(request, cookie_name);
    return token.len <= 256 ? token : (struct bh_str){NULL, 0};
}

void token_digest(struct bh_str token, uint8_t out[32])
{
    (void)crypto_generichash(out, 32, (const uint8_t *)token.at, token.len, NULL, 0);
}

void cookie_set(struct call *call, const char *token)
{
    char text[256], age[40] = "";
    int64_t seconds = *token ? (call->cookie_ms - edge_wall(call->edge)) / 1000 : 0;
    if (!*token || (call->cookie_ms && seconds > 0))
        (void)snprintf(age, sizeof age, "; Max-Age=%" PRId64, seconds);
    (void)snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", cookie_name,
                   token, call->request->secure ? "; Secure" : "", age);
    http_answer_header(call->request, "Set-Cookie", text);
}

/* --- looking up ---------------------------------------------------------------------------- */

/* Inside a snapshot. */
static bool grants_read(struct worker *worker, struct caller *caller, int64_t now_ms,
                        struct bh_err *err)
{
    const struct ledger *ledger = worker->edge->ledger;
    return permit_epoch(worker->db, &caller->epoch, err) &&
           permit_grants(worker->db, ledger->roles, ledger->areas, caller->user, now_ms,
                         caller->grant, &caller->grant_count, err);
}

static bool grants_read_alone(struct worker *worker, struct caller *caller, struct bh_err *err)
{
    if (!db_begin_read(worker->db, err))
        return false;
    bool ok = grants_read(worker, caller, edge_now(worker->edge), err);
    db_rollback(worker->db);
    return ok;
}

static struct caller *caller_new(struct call *call, struct bh_str token)
{
    struct caller *caller = bh_arena_get(&call->request->arena, sizeof *caller);
    token_digest(token, caller->token_hash);
    caller->checked_ms = edge_wall(call->edge);
    return caller;
}

bool session_take(struct worker *worker, struct call *call, const struct session *session,
                  struct bh_str token, struct bh_err *err)
{
    struct caller *caller = caller_new(call, token);
    caller->user = session->user;
    caller->must_change = session->must_change;
    memcpy(caller->csrf, session->csrf, sizeof caller->csrf);
    if (!grants_read_alone(worker, caller, err))
        return false;
    call->session = caller;
    call->session_new = true;
    return true;
}

static bool token_take(struct worker *worker, struct call *call, struct bh_str token,
                       struct bh_err *err)
{
    struct caller *caller = caller_new(call, token);
    caller->by_token = true;
    if (!account_token(call->edge->accounts, token, &caller->user, caller->token_scope, err) ||
        !grants_read_alone(worker, caller, err))
        return false;
    call->session = caller;
    call->session_new = true;
    return true;
}

void session_load(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct session session;
    bool by_token = false;
    struct bh_str token = token_of(call->request, &by_token);
    bool ok = by_token ? token_take(worker, call, token, &err)
                       : account_session(call->edge->accounts, token, &session, &err) &&
                             session_take(worker, call, &session, token, &err);
    if (ok && !by_token && session.epoch != call->session->epoch)
        ok = account_renew(call->edge->accounts, token, call->session->epoch, &err);
    /* A page of protocol 1 does not know how to be emptied: it is told to log in. */
    if (!ok && err.code == BH_EXPIRED && phone_protocol(call->request) < 2)
        err = (struct bh_err){.code = BH_UNAUTHENTICATED};
    if (!ok)
        call_fail(call, &err);
    else
        (void)session_check(call);
}

/* A page of somebody else can make the browser send the cookie, but cannot read the token to send beside it. */
bool session_check(struct call *call)
{
    const struct caller *caller = call->session;
    const char *sent = http_header_get(call->request, "X-Bihuan-CSRF");
    struct bh_err err = {.code = BH_OK};
    if (call->request->method != HTTP_POST || caller->by_token)
        return true;
    size_t len = strlen(caller->csrf);
    if (sent && strlen(sent) == len && sodium_memcmp(sent, caller->csrf, len) == 0)
        return true;
    (void)bh_fail_field(&err, BH_DENIED, "X-Bihuan-CSRF", "缺少或错误的 CSRF 令牌，请刷新页面",
                        "missing or wrong CSRF token, reload the page");
    call_fail(call, &err);
    return false;
}

bool session_refresh(struct worker *worker, struct call *call, int64_t now_ms, struct bh_err *err)
{
    uint64_t epoch = 0;
    if (!permit_epoch(worker->db, &epoch, err))
        return false;
    if (epoch == call->session->epoch)
        return true;
    call->session_new = true;
    return grants_read(worker, call->session, now_ms, err);
}

/* --- the session's own view ---------------------------------------------------------------- */

static json_t *roles_json(const struct caller *caller)
{
    json_t *list = json_array();
    for (int index = 0; index < caller->grant_count; index++) {
        const struct grant *grant = &caller->grant[index];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "role", grant->role->id, "title_zh",
                            grant->role->zh, "title_en", grant->role->en, "unit", grant->unit->id,
                            "unit_name_zh", grant->unit->zh, "unit_name_en", grant->unit->en));
    }
    return list;
}

static json_t *allowed_json(const struct call *call, bool commands)
{
    json_t *list = json_array();
    for (const struct link *const *each = catalogue_links(call->edge->catalogue); *each; each++) {
        struct scope scope;
        for (const struct command *one = (*each)->commands; commands && one && one->name; one++) {
            call_scope_command(call, one->name, &scope);
            if (!scope_is_empty(&scope))
                (void)json_array_append_new(list, json_string(one->name));
        }
        for (const struct query *one = (*each)->queries; !commands && one && one->name; one++) {
            call_scope_query(call, one->name, &scope);
            if (!scope_is_empty(&scope))
                (void)json_array_append_new(list, json_string(one->name));
        }
    }
    return list;
}

/* The widest unit of the grants: where the console begins. */
static json_t *area_json(const struct caller *caller)
{
    const struct unit *widest = NULL;
    for (int index = 0; index < caller->grant_count; index++) {
        const struct unit *unit = caller->grant[index].unit;
        if (!widest || scope_covers(&unit->scope, &widest->scope))
            widest = unit;
    }
    return widest ? json_pack("{s:s, s:s, s:s}", "unit", widest->id, "name_zh", widest->zh,
                              "name_en", widest->en)
                  : json_null();
}

static bool display_read(struct worker *worker, int64_t user, struct bh_arena *arena,
                         const char **ret, struct bh_err *err)
{
    struct rows rows;
    *ret = "";
    db_rows(worker->db, &rows, "SELECT display FROM user_account WHERE user = ?", "i", user);
    if (db_next(&rows)) {
        struct bh_str text = row_text(&rows, 0);
        *ret = bh_arena_copy(arena, text.at, text.len);
    }
    return db_end(&rows, err);
}

void session_answer(struct worker *worker, struct call *call)
{
    const struct caller *caller = call->session;
    const struct ledger *ledger = call->edge->ledger;
    struct bh_err err = {.code = BH_OK};
    const char *display = "";
    if (!display_read(worker, caller->user, &call->request->arena, &display, &err)) {
        call_fail(call, &err);
        return;
    }
    json_t *answer = json_object();
    (void)json_object_set_new(answer, "user", json_integer(caller->user));
    (void)json_object_set_new(answer, "display", json_string(display));
    (void)json_object_set_new(answer, "csrf", json_string(caller->csrf));
    (void)json_object_set_new(answer, "must_change", json_boolean(caller->must_change));
    (void)json_object_set_new(answer, "roles", roles_json(caller));
    (void)json_object_set_new(answer, "commands", allowed_json(call, true));
    (void)json_object_set_new(answer, "queries", allowed_json(call, false));
    (void)json_object_set_new(answer, "area", area_json(caller));
    (void)json_object_set_new(answer, "exercise", json_boolean(ledger->exercise));
    (void)json_object_set_new(answer, "epoch", json_integer(ledger->epoch));
    (void)json_object_set_new(answer, "zone_minutes", json_integer(ledger->zone_minutes));
    call_json(call, 200, answer);
}

void session_work(struct worker *worker, struct call *call)
{
    session_answer(worker, call);
    call_finish(call);
}

/* --- the access log ------------------------------------------------------------------------ */

bool access_note(struct call *call, int64_t user, int64_t area, int64_t person, const char *action,
                 const char *detail, struct bh_str typed, enum bh_code outcome, struct bh_err *err)
{
    const struct edge *edge = call->edge;
    struct bh_sealed sealed = {0};
    if (typed.len && !vault_seal(edge->ledger->vault, edge->world, typed, false,
                                 &call->request->arena, &sealed, err))
        return false;
    struct access_entry entry = {
        .user = user,
        .area = area,
        .person = person,
        .action = bh_str_of(action),
        .detail = bh_str_of(detail),
        .sealed = sealed.text,
        .request_id = bh_str_of(call->request->id),
        .outcome = outcome == BH_OK ? BH_STR("ok") : bh_str_of(bh_code_name(outcome)),
    };
    return access_log_write(edge->accounts, &entry, 1, err);
}
