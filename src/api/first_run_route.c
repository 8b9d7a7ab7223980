/*
 * The first administrator, through a one-time link printed where the program runs. In a live folder he becomes
 * security administrator and lets in everybody else. In an exercise he may also play every part of the
 * operation, so that one person can try all of it.
 */
#include "api/edge.h"
#include "ledger/intake.h"

#include <string.h>

/* One command of the system itself on its way to the writer. */
struct system_command {
    struct lock lock;
    struct condition back;
    bool finished;
};

static void system_done(struct submission *submission)
{
    struct system_command *wait = submission->owner;
    lock_take(&wait->lock);
    wait->finished = true;
    condition_signal(&wait->back);
    lock_give(&wait->lock);
}

static bool submission_wait(struct edge *edge, struct submission *submission, struct bh_err *err)
{
    struct system_command wait = {.finished = false};
    lock_init(&wait.lock);
    condition_init(&wait.back);
    submission->done = system_done;
    submission->owner = &wait;
    bool taken = writer_submit(edge->writer, submission);
    lock_take(&wait.lock);
    while (taken && !wait.finished)
        condition_wait(&wait.back, &wait.lock);
    lock_give(&wait.lock);
    condition_done(&wait.back);
    lock_done(&wait.lock);
    if (!taken)
        return bh_fail(err, BH_BUSY, "系统繁忙，请稍后再试",
                       "the system is busy, try again shortly");
    if (!submission->ok)
        *err = submission->err;
    return submission->ok;
}

/* Gives a command as the system. The reference to its JSON is taken; *ret is the position of its fact. */
static bool system_do(struct call *call, const char *name, json_t *json, int64_t *ret,
                      struct bh_err *err)
{
    const struct command *command = catalogue_command(call->edge->catalogue, bh_str_of(name));
    struct submission submission;
    struct intake intake;
    bh_assert(command != NULL);
    intake_init(&intake, call->edge->ledger, &call->request->arena, edge_now(call->edge));
    bool ok = intake_command(&intake, command, json, &submission, err);
    json_decref(json);
    ok = ok && submission_wait(call->edge, &submission, err);
    if (ok)
        *ret = submission.first;
    return ok;
}

static bool grant(struct call *call, int64_t user, const struct role *role, const struct unit *unit,
                  struct bh_err *err)
{
    int64_t fact = 0;
    return system_do(
        call, "grant_role",
        json_pack("{s:I, s:s, s:s}", "user", (json_int_t)user, "role", role->id, "area", unit->id),
        &fact, err);
}

static bool grants_give(struct call *call, int64_t user, struct bh_err *err)
{
    const struct ledger *ledger = call->edge->ledger;
    const struct unit *root = areas_unit_at(ledger->areas, 0);
    for (const struct unit *wider = root; wider;
         wider = areas_parent(ledger->areas, wider, edge_now(call->edge)))
        root = wider;
    bool ok = grant(call, user, roles_find(ledger->roles, "security_admin"), root, err);
    for (size_t index = 0; ok && ledger->exercise && index < roles_count(ledger->roles); index++) {
        const struct role *role = roles_at(ledger->roles, index);
        if (strcmp(role->power, "operations") == 0)
            ok = grant(call, user, role, root, err);
    }
    return ok;
}

/* What would be refused later is refused before the link is used up. */
static bool form_check(const json_t *json, struct bh_err *err)
{
    struct bh_str secret = json_text_of(json, "password"), login = json_text_of(json, "login"),
                  display = json_text_of(json, "display");
    if (secret.len < account_settings_live.password_min ||
        secret.len > account_settings_live.password_max)
        return bh_fail_field(err, BH_INVALID, "password", "密码应为 %d 至 %d 个字符",
                             "a password has %d to %d characters",
                             (int)account_settings_live.password_min,
                             (int)account_settings_live.password_max);
    if (login.len == 0 || login.len > ACCOUNT_LOGIN_MAX)
        return bh_fail_field(err, BH_INVALID, "login", "请填写登录名", "a login name is needed");
    return display.len > 0 ||
           bh_fail_field(err, BH_INVALID, "display", "请填写姓名", "a name to show is needed");
}

static bool first_run(struct worker *worker, struct call *call, const json_t *json,
                      struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct bh_str token = json_text_of(json, "token"), login = json_text_of(json, "login"),
                  secret = json_text_of(json, "password");
    struct session session;
    char cookie[ACCOUNT_TOKEN];
    int64_t user = 0;
    if (!account_first_run_check(edge->accounts, token, err) || !form_check(json, err) ||
        !account_first_run_use(edge->accounts, token, err))
        return false;
    json_t *body = json_pack("{s:O}", "display", json_object_get(json, "display"));
    if (!system_do(call, "register_user", body, &user, err) ||
        !account_create(edge->accounts, login, user, secret, false, err) ||
        !grants_give(call, user, err))
        return false;
    if (!account_login(edge->accounts, login, secret, (struct bh_str){NULL, 0}, 0, &session, cookie,
                       err) ||
        !access_note(call, user, 0, 0, "first_run", "", (struct bh_str){NULL, 0}, BH_OK, err) ||
        !session_take(worker, call, &session, bh_str_of(cookie), err))
        return false;
    session_answer(worker, call);
    if (call->request->status == 200)
        cookie_set(call, cookie);
    return true;
}

void first_run_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json && !first_run(worker, call, json, &err))
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}

void first_run_view_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct bh_str token = {NULL, 0};
    (void)worker;
    (void)query_string_get(&call->request->query, "token", &token);
    bool valid = account_first_run_check(call->edge->accounts, token, &err);
    call_json(call, 200,
              json_pack("{s:b, s:b}", "valid", valid, "exercise", call->edge->ledger->exercise));
    call_finish(call);
}

bool first_run_token(struct edge *edge, char out[ACCOUNT_TOKEN], bool *ret_wanted,
                     struct bh_err *err)
{
    int64_t logins = 0;
    struct db *db = NULL;
    /* A connection of its own: the workers' belong to their threads. */
    if (!db_open(ledger_path(edge->ledger), DB_READ, 64, &db, err))
        return false;
    bool ok = accounts_attach(db, edge->ledger->folder, err) &&
              db_int(db, err, &logins, NULL, "SELECT count(*) FROM accounts.login", "");
    db_close(db);
    if (!ok)
        return false;
    *ret_wanted = logins == 0;
    return logins > 0 || account_first_run(edge->accounts, out, err);
}
