/* What is asked before anything is sent: whose log it is, who may ask, which sites and how many people there are. */
#include "base/json_canonical.h"
#include "plan/load_private.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 20 };

static bool refused(struct load_wire *wire, const char *what, struct bh_err *err)
{
    int status = wire->status;
    load_wire_free(wire);
    return bh_fail(err, status == 401 || status == 403 ? BH_DENIED : BH_IO, "服务器拒绝：%s（%d）",
                   "the server refuses: %s (%d)", what, status);
}

bool load_meet(const struct load_target *to, bool *ret_exercise, struct bh_err *err)
{
    struct load_wire wire;
    if (!load_ask(to, NULL, "/readyz", NULL, &wire, err)) {
        load_wire_free(&wire);
        return false;
    }
    if (wire.status != 200)
        return refused(&wire, "/readyz", err);
    *ret_exercise = strstr(bh_buf_c(&wire.in), "exercise yes\n") != NULL;
    load_wire_free(&wire);
    return true;
}

/* A JSON answer of a question; new reference. */
static bool ask_json(const struct load_target *to, const struct load_caller *caller,
                     const char *path, const char *body, json_t **ret, struct bh_err *err)
{
    struct load_wire wire;
    for (int tries = 0;; tries++) {
        if (!load_ask(to, caller, path, body, &wire, err)) {
            load_wire_free(&wire);
            return false;
        }
        if (wire.status != 503 || tries == TRIES_MAX)
            break;
        /* Still busy with an earlier step. */
        (void)poll(NULL, 0, (wire.retry_after_s > 0 ? wire.retry_after_s : 1) * 1000);
        load_wire_free(&wire);
    }
    if (wire.status != 200)
        return refused(&wire, path, err);
    *ret = json_loadb(wire.in.at ? wire.in.at : "", wire.in.len, 0, NULL);
    load_wire_free(&wire);
    return *ret != NULL || bh_fail(err, BH_IO, "应答不是 JSON", "the answer is not JSON");
}

static void cookie_take(const char *head, char *out, size_t size)
{
    static const char mark[] = "bihuan_session=";
    const char *at = strstr(head, mark);
    size_t len = at ? strcspn(at + sizeof mark - 1, ";\r\n") : 0;
    (void)snprintf(out, size, "%.*s", (int)len, at ? at + sizeof mark - 1 : "");
}

bool load_log_in(const struct load_target *to, const char *login, const char *password,
                 struct load_caller *ret, struct bh_err *err)
{
    struct load_wire wire;
    json_t *json = json_pack("{s:s, s:s}", "login", login, "password", password);
    struct bh_buf body;
    if (!json)
        return bh_fail(err, BH_INVALID, "登录名或口令不是合法文字",
                       "login or password is not valid text");
    bh_buf_init(&body, LOAD_BODY_MAX);
    json_canonical(json, &body);
    json_decref(json);
    bool ok = load_ask(to, NULL, "/api/v1/login", bh_buf_c(&body), &wire, err);
    bh_buf_done(&body);
    if (!ok) {
        load_wire_free(&wire);
        return false;
    }
    if (wire.status != 200)
        return refused(&wire, "login", err);
    cookie_take(bh_buf_c(&wire.head), ret->cookie, sizeof ret->cookie);
    json = json_loadb(wire.in.at ? wire.in.at : "", wire.in.len, 0, NULL);
    (void)snprintf(ret->csrf, sizeof ret->csrf, "%s",
                   json_string_value(json_object_get(json, "csrf"))
                       ? json_string_value(json_object_get(json, "csrf"))
                       : "");
    json_decref(json);
    load_wire_free(&wire);
    return (ret->cookie[0] && ret->csrf[0]) ||
           bh_fail(err, BH_IO, "登录应答不完整", "the answer to the login is incomplete");
}

static bool learn_sites(struct load_options *options, struct bh_err *err)
{
    char path[128];
    json_t *json = NULL, *row = NULL;
    size_t index = 0;
    (void)snprintf(path, sizeof path, "/api/v1/queries/round_sites?round=%" PRId64 "&limit=%d",
                   options->people.round, LOAD_SITES_MAX);
    if (!ask_json(&options->to, &options->caller, path, NULL, &json, err))
        return false;
    json_array_foreach(json_object_get(json, "rows"), index, row)
    {
        if (options->people.site_count < LOAD_SITES_MAX &&
            json_is_null(json_object_get(row, "closed")))
            options->people.site[options->people.site_count++] =
                json_integer_value(json_object_get(row, "site"));
    }
    json_decref(json);
    return options->people.site_count > 0 ||
           bh_fail(err, BH_MISSING, "本轮没有开放的采样点", "the round has no open site");
}

/* The whole roll of the round, also people outside its area: those are refused, and told as wrong. */
static bool learn_residents(struct load_options *options, struct bh_err *err)
{
    char path[128];
    json_t *json = NULL;
    (void)snprintf(path, sizeof path, "/api/v1/queries/round?round=%" PRId64,
                   options->people.round);
    if (!ask_json(&options->to, &options->caller, path, NULL, &json, err))
        return false;
    options->people.residents = json_integer_value(json_object_get(json, "due"));
    json_decref(json);
    return options->people.residents > 0 ||
           bh_fail(err, BH_MISSING, "本轮没有应检人员", "nobody is due in the round");
}

bool load_learn(struct load_options *options, struct bh_err *err)
{
    if (options->people.round == 0)
        return true;
    return (options->people.site_count > 0 || learn_sites(options, err)) &&
           (options->people.residents > 0 || learn_residents(options, err));
}
