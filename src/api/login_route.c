/* Logging in and out, passwords, logins of others, and API tokens. */
#include "api/edge.h"
#include "base/time.h"
#include "ledger/log.h"

#include <string.h>

enum { TOKEN_DAYS_MAX = 366 };

static bool number_of(const json_t *json, const char *name, int64_t *ret, struct bh_err *err)
{
    const json_t *value = json_object_get(json, name);
    *ret = json_integer_value(value);
    return (json_is_integer(value) && *ret > 0) ||
           bh_fail_field(err, BH_INVALID, name, "应为正整数", "should be a positive whole number");
}

/* Answers {} or the failure; nothing else is to be told. */
static void done_or_failed(struct call *call, bool ok, const struct bh_err *err)
{
    if (ok)
        call_json(call, 200, json_object());
    else
        call_fail(call, err);
}

static bool login(struct worker *worker, struct call *call, const json_t *json, struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct session session;
    struct bh_err refused = {.code = BH_OK}, unnoted = {.code = BH_OK};
    char token[ACCOUNT_TOKEN];
    struct bh_str before = http_cookie_get(call->request, "bihuan_session");
    uint64_t epoch = 0;
    if (!permit_epoch(worker->db, &epoch, err))
        return false;
    if (!account_login(edge->accounts, json_text_of(json, "login"), json_text_of(json, "password"),
                       before, epoch, &session, token, &refused)) {
        *err = refused;
        if (!access_note(call, 0, 0, 0, "login_failed", "", (struct bh_str){NULL, 0}, refused.code,
                         &unnoted))
            *err = unnoted;
        return false;
    }
    if (!access_note(call, session.user, 0, 0, "login", "", (struct bh_str){NULL, 0}, BH_OK, err) ||
        (phone_protocol(call->request) > 0 &&
         !account_keep(edge->accounts, bh_str_of(token), err)) ||
        !session_take(worker, call, &session, bh_str_of(token), err))
        return false;
    session_answer(worker, call);
    call->cookie_ms = phone_protocol(call->request) > 0 ? session.expires_ms : 0;
    if (call->request->status == 200)
        cookie_set(call, token);
    return true;
}

void login_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json && !login(worker, call, json, &err))
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}

void logout_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    bool by_token = false;
    struct bh_str token = token_of(call->request, &by_token);
    (void)worker;
    bool ok = (by_token ? account_token_end(call->edge->accounts, token, &err)
                        : account_logout(call->edge->accounts, token, &err)) &&
              access_note(call, call->session->user, 0, 0, "logout", "", (struct bh_str){NULL, 0},
                          BH_OK, &err);
    done_or_failed(call, ok, &err);
    if (ok)
        cookie_set(call, "");
    call->session_gone = true;
    call_finish(call);
}

static bool password(struct worker *worker, struct call *call, const json_t *json,
                     struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct session session;
    char fresh[ACCOUNT_TOKEN];
    bool by_token = false;
    struct bh_str token = token_of(call->request, &by_token);
    if (by_token)
        return bh_fail(err, BH_DENIED, "令牌不能修改密码", "an API token cannot change a password");
    if (!account_password(edge->accounts, token, json_text_of(json, "old"),
                          json_text_of(json, "new"), fresh, err) ||
        !access_note(call, call->session->user, 0, 0, "password", "", (struct bh_str){NULL, 0},
                     BH_OK, err) ||
        !account_session(edge->accounts, bh_str_of(fresh), &session, err))
        return false;
    if ((phone_protocol(call->request) > 0 &&
         !account_keep(edge->accounts, bh_str_of(fresh), err)) ||
        !session_take(worker, call, &session, bh_str_of(fresh), err))
        return false;
    session_answer(worker, call);
    call->cookie_ms = phone_protocol(call->request) > 0 ? session.expires_ms : 0;
    if (call->request->status == 200)
        cookie_set(call, fresh);
    return true;
}

void password_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json && !password(worker, call, json, &err))
        call_fail(call, &err);
    json_decref(json);
    /* All other sessions of the user ended with the old password. */
    call->sessions_clear = true;
    call->clear_user = call->session->user;
    call_finish(call);
}

/* --- logins of others ---------------------------------------------------------------------- */

/* Who gets a user's password gets all he may do: that takes the right to register users in every place where the
 * user has, had or will have a role; for one without any role, everywhere. */
static bool may_give(struct worker *worker, struct call *call, int64_t user, struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct scope scope;
    struct rows rows;
    bool known = false, inside = true;
    int grants = 0;
    call_scope_command(call, "register_user", &scope);
    db_rows(worker->db, &rows,
            "SELECT g.unit FROM user_account u LEFT JOIN grant_row g ON g.user = u.user"
            " WHERE u.user = ?",
            "i", user);
    while (db_next(&rows)) {
        const struct unit *unit =
            areas_unit(edge->ledger->areas, row_text(&rows, 0), edge_now(edge));
        known = true;
        grants += !row_null(&rows, 0);
        inside = inside && unit && unit->parent[0] && scope_covers(&scope, &unit->scope);
    }
    if (!db_end(&rows, err))
        return false;
    if (known && (scope.everything || (grants > 0 && inside)))
        return true;
    return bh_fail(err, BH_MISSING, "没有找到", "no such thing");
}

/* {user, login, password}: a login, or to a user who has one a new password; either way it is to be changed at
 * the first login. */
static bool account_give(struct worker *worker, struct call *call, const json_t *json,
                         struct bh_err *err)
{
    struct edge *edge = call->edge;
    char known[ACCOUNT_LOGIN_MAX + 1];
    struct bh_err none = {.code = BH_OK};
    int64_t user = 0;
    if (!number_of(json, "user", &user, err) || !may_give(worker, call, user, err))
        return false;
    call->clear_user = user;
    struct bh_str login = json_text_of(json, "login"), given = json_text_of(json, "password");
    bool has = account_login_of(edge->accounts, user, known, &none);
    if (!has && none.code != BH_MISSING) {
        *err = none;
        return false;
    }
    bool ok = has ? account_reset(edge->accounts, user, given, err)
                  : account_create(edge->accounts, login, user, given, true, err);
    return ok &&
           access_note(call, call->session->user, 0, 0, has ? "password_reset" : "login_created",
                       "", (struct bh_str){NULL, 0}, BH_OK, err);
}

void account_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json)
        done_or_failed(call, account_give(worker, call, json, &err), &err);
    json_decref(json);
    call->sessions_clear = true;
    call_finish(call);
}

static bool wipe(struct worker *worker, struct call *call, const json_t *json, struct bh_err *err)
{
    int64_t user = 0;
    if (!number_of(json, "user", &user, err) || !may_give(worker, call, user, err))
        return false;
    call->clear_user = user;
    return account_wipe(call->edge->accounts, user, err) &&
           access_note(call, call->session->user, 0, 0, "phones_wiped", "",
                       (struct bh_str){NULL, 0}, BH_OK, err);
}

/* {user}: his sessions end, and his phones delete what they hold when they next come back. */
void wipe_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json)
        done_or_failed(call, wipe(worker, call, json, &err), &err);
    json_decref(json);
    call->sessions_clear = true;
    call_finish(call);
}

/* --- API tokens ---------------------------------------------------------------------------- */

static bool token_give(struct call *call, const json_t *json, struct bh_err *err)
{
    struct edge *edge = call->edge;
    char token[ACCOUNT_TOKEN], until[BH_TIME_TEXT];
    int64_t days = 0;
    if (call->session->by_token || call->session->must_change)
        return bh_fail(err, BH_DENIED, "请先以密码登录", "log in with a password first");
    if (!number_of(json, "days", &days, err))
        return false;
    if (days > TOKEN_DAYS_MAX)
        return bh_fail_field(err, BH_INVALID, "days", "最多 %d 天", "at most %d days",
                             TOKEN_DAYS_MAX);
    int64_t expires_ms = edge_wall(edge) + days * BH_DAY_MS;
    if (!account_token_create(edge->accounts, call->session->user, json_text_of(json, "scope"),
                              expires_ms, token, err) ||
        !access_note(call, call->session->user, 0, 0, "token_created", "", (struct bh_str){NULL, 0},
                     BH_OK, err))
        return false;
    bh_time_format(expires_ms, edge->ledger->zone_minutes, until);
    call_json(call, 200, json_pack("{s:s, s:s}", "token", token, "until", until));
    return true;
}

/* {scope: names joined by blanks, days}: shown once. */
void token_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    (void)worker;
    if (json && !token_give(call, json, &err))
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}

/* {token}: who holds it may end it. */
void token_end_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    (void)worker;
    if (json)
        done_or_failed(
            call, account_token_end(call->edge->accounts, json_text_of(json, "token"), &err), &err);
    json_decref(json);
    call->sessions_clear = true;
    call_finish(call);
}
