#include "cli/cli.h"

#include "base/embedded.h"
#include "base/time.h"
#include "ledger/account.h"
#include "ledger/intake.h"
#include "ledger/permit.h"
#include "ledger/plan.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 20 };

bool cli_roles(struct cli *cli, struct roles **ret, struct bh_err *err)
{
    const struct embedded_file *file = embedded_find("rules/roles.yaml");
    bh_assert(file);
    (void)cli;
    return roles_new((struct bh_str){(const char *)file->data, file->size}, ret, err);
}

bool cli_do(struct cli *cli, const char *name, json_t *body, int64_t *ret_first, struct bh_err *err)
{
    struct intake intake;
    struct submission submission, *list[1] = {&submission};
    const struct command *command = catalogue_command(cli->catalogue, bh_str_of(name));
    bh_assert(command);
    intake_init(&intake, cli->ledger, &cli->arena, ledger_now(cli->ledger));
    bool ok = intake_command(&intake, command, body, &submission, err);
    json_decref(body);
    if (!ok)
        return false;
    intake_new_key(&intake, &submission);
    if (ledger_commit(cli->ledger, list, 1, err) && submission.ok) {
        *ret_first = submission.first;
        return true;
    }
    *err = submission.err;
    return false;
}

static bool read_password(const struct cli *cli, struct bh_buf *ret, struct bh_err *err)
{
    const char *path = cli_value(cli, "password-file");
    if (!path)
        return bh_fail_field(err, BH_INVALID, "password-file", "请给出口令文件（只本人可读）",
                             "give a password file (readable by you alone)");
    return file_read(path, 4096, ret, err);
}

static int user_add(struct cli *cli)
{
    struct bh_err err;
    struct bh_buf secret;
    struct accounts *accounts = NULL;
    const char *login = cli_value(cli, "login"), *role = cli_value(cli, "role"),
               *area = cli_value(cli, "area");
    const char *display = cli_value(cli, "display");
    int64_t user = 0, grant = 0;
    if (!login) {
        (void)bh_fail_field(&err, BH_INVALID, "login", "请给出登录名", "give a login name");
        return cli_failed(cli, &err);
    }
    if (!read_password(cli, &secret, &err))
        return cli_failed(cli, &err);
    bool ok =
        cli_open(cli, true, &err) &&
        accounts_open(cli->data, cli->ledger->world, &account_settings_live, &accounts, &err) &&
        cli_do(cli, "register_user", json_pack("{s:s}", "display", display ? display : login),
               &user, &err) &&
        account_create(accounts, bh_str_of(login), user, bh_str_trim(bh_buf_view(&secret)), true,
                       &err) &&
        (!role || cli_do(cli, "grant_role",
                         json_pack("{s:I, s:s, s:s}", "user", (json_int_t)user, "role", role,
                                   "area", area ? area : "220000"),
                         &grant, &err));
    bh_buf_done(&secret);
    accounts_close(accounts);
    if (!ok)
        return cli_failed(cli, &err);
    (void)printf(cli->english ? "user %lld: %s; the password must be changed at first login\n"
                              : "用户 %lld：%s；首次登录须修改口令\n",
                 (long long)user, login);
    return 0;
}

int verb_user(struct cli *cli)
{
    struct bh_err err;
    json_t *answer = NULL;
    const char *what = cli->word_count == 1 ? cli->words[0] : "";
    if (strcmp(what, "add") == 0)
        return user_add(cli);
    if (strcmp(what, "list") != 0) {
        (void)bh_fail(&err, BH_INVALID, "用法：bihuan user add|list", "use: bihuan user add|list");
        return cli_failed(cli, &err);
    }
    if (!cli_open(cli, false, &err) || !cli_query(cli, "users", json_object(), &answer, &err))
        return cli_failed(cli, &err);
    cli_print_json(answer, !cli->json);
    json_decref(answer);
    return 0;
}

static int plan_file(struct cli *cli, bool adopt)
{
    struct bh_err err;
    struct bh_buf text;
    const char *path = cli_value(cli, "file");
    int64_t seq = 0;
    if (!path || !file_read(path, FILE_MAX_BYTES, &text, &err)) {
        if (!path)
            (void)bh_fail_field(&err, BH_INVALID, "file", "请给出方案文件", "give the plan's file");
        return cli_failed(cli, &err);
    }
    bool ok =
        cli_open(cli, adopt, &err) && plans_check(cli->ledger->plans, bh_buf_view(&text), &err);
    if (ok && adopt)
        ok = cli_do(cli, "adopt_plan_layer", json_pack("{s:s%}", "text", text.at, text.len), &seq,
                    &err);
    bh_buf_done(&text);
    if (!ok)
        return cli_failed(cli, &err);
    if (adopt)
        (void)printf(cli->english ? "adopted at position %lld\n" : "已在位置 %lld 采用\n",
                     (long long)seq);
    else
        (void)puts(cli->english ? "the plan is well-formed" : "方案无误");
    return 0;
}

int verb_plan(struct cli *cli)
{
    struct bh_err err;
    json_t *answer = NULL, *params = json_object();
    const char *what = cli->word_count == 1 ? cli->words[0] : "";
    if (strcmp(what, "check") == 0 || strcmp(what, "adopt") == 0) {
        json_decref(params);
        return plan_file(cli, strcmp(what, "adopt") == 0);
    }
    for (size_t i = 0; i < 2; i++) {
        static const char *const names[] = {"area", "at"};
        if (cli_value(cli, names[i]))
            (void)json_object_set_new(params, names[i], json_string(cli_value(cli, names[i])));
    }
    if (!cli_open(cli, false, &err) || !cli_query(cli, "plan_rules", params, &answer, &err))
        return cli_failed(cli, &err);
    cli_print_json(answer, !cli->json);
    json_decref(answer);
    return 0;
}
