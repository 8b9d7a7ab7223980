#include "cli/cli.h"

#include "base/time.h"
#include "bulletin/bulletin.h"
#include "ledger/area.h"
#include "ledger/intake.h"

#include <stdio.h>
#include <string.h>

enum { WRONG_USE = 2, CHECK_FAILED = 4 };

/* Asking for a place, a day or a thing that is not there is wrong use of the command line. */
static int asked_wrong(const struct cli *cli, const struct bh_err *err)
{
    int code = cli_failed(cli, err);
    bool asking = err->code == BH_CONFLICT || err->code == BH_MISSING || err->code == BH_INVALID ||
                  err->code == BH_MALFORMED;
    return asking ? WRONG_USE : code;
}

static void put(json_t *params, const struct cli *cli, const char *option, const char *name)
{
    const char *value = cli_value(cli, option);
    if (value)
        (void)json_object_set_new(params, name, json_string(value));
}

/* text: for people, NULL = JSON for them, too; more: adds to what programs get, NULL = nothing. */
static int print_query(struct cli *cli, const char *query, json_t *params,
                       void (*text)(const struct cli *, const json_t *),
                       void (*more)(const json_t *))
{
    struct bh_err err;
    json_t *answer = NULL;
    if (!cli_open(cli, false, &err)) {
        json_decref(params);
        return cli_failed(cli, &err);
    }
    if (!cli_query(cli, query, params, &answer, &err))
        return asked_wrong(cli, &err);
    if (cli->json && more)
        more(answer);
    if (cli->json || !text)
        cli_print_json(answer, !cli->json);
    else
        text(cli, answer);
    json_decref(answer);
    return 0;
}

static const char *cell(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text ? text : "-";
}

static void loops_text(const struct cli *cli, const json_t *answer)
{
    size_t i = 0;
    const json_t *row = NULL, *rows = json_object_get(answer, "rows");
    json_array_foreach(rows, i, row)(void)
        printf("%-9s %s %s  %s  %s %s  %s\n", cell(row, "state"), cell(row, "due"),
               cell(row, "title"), cell(row, "area_name"), cell(row, "institution_name"),
               cell(row, "holder_name"), cell(row, "mark"));
    (void)printf(cli->english ? "%zu loops\n" : "共 %zu 项\n", json_array_size(rows));
}

static void copy_member(json_t *to, const json_t *row, const char *name)
{
    json_t *value = json_object_get(row, name);
    (void)json_object_set(to, name, value ? value : json_null());
}

/* For programs: the kind of duty, its owner and the plan under the names that people use for them. */
static void loops_json(const json_t *answer)
{
    static const char *const parts[] = {"role", "institution", "institution_name",
                                        "post", "holder",      "holder_name"};
    size_t i = 0;
    json_t *row = NULL, *rows = json_object_get(answer, "rows");
    json_array_foreach(rows, i, row)
    {
        json_t *owner = json_object();
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
            copy_member(owner, row, parts[k]);
        (void)json_object_set(row, "kind", json_object_get(row, "rule"));
        (void)json_object_set(row, "plan_version", json_object_get(row, "plan"));
        (void)json_object_set_new(row, "owner", owner);
    }
}

/* due-soon on the command line is due_soon in the query; --overdue is older than --state and stays. */
static bool put_state(json_t *params, const struct cli *cli, struct bh_err *err)
{
    const char *state = cli_value(cli, "state");
    bool overdue = cli_value(cli, "overdue") != NULL;
    if (state && overdue && strcmp(state, "overdue") != 0)
        return bh_fail_field(err, BH_INVALID, "state", "--overdue 与 --state 矛盾",
                             "--overdue and --state contradict each other");
    if (state && strcmp(state, "due-soon") == 0)
        state = "due_soon";
    (void)json_object_set_new(params, "state",
                              json_string(state     ? state
                                          : overdue ? "overdue"
                                                    : "open"));
    return true;
}

int verb_loops(struct cli *cli)
{
    struct bh_err err;
    json_t *params = json_object();
    put(params, cli, "area", "area");
    put(params, cli, "at", "at");
    put(params, cli, "rule", "rule");
    if (!put_state(params, cli, &err)) {
        json_decref(params);
        return asked_wrong(cli, &err);
    }
    return print_query(cli, "loops", params, loops_text, loops_json);
}

static void print_bulletin(const struct cli *cli, const json_t *answer)
{
    const char *text =
        json_string_value(json_object_get(answer, cli->english ? "text_en" : "text_zh"));
    (void)puts(text ? text : cell(answer, "text"));
}

static void print_signed(const struct cli *cli, const json_t *answer)
{
    const char *name = NULL;
    json_t *value = NULL, *figures = json_object_get(answer, "figures");
    (void)printf("%s  %s – %s\n", cell(answer, cli->english ? "area_name_en" : "area_name"),
                 cell(answer, "from"), cell(answer, "to"));
    json_object_foreach(figures, name, value)
    {
        int64_t at = choice_index(bulletin_measures, bh_str_of(name));
        const struct choice *measure = at < 0 ? NULL : &bulletin_measures[at];
        const char *title = !measure ? name : cli->english ? measure->en : measure->zh;
        if (json_is_integer(value))
            (void)printf("  %s %lld\n", title, (long long)json_integer_value(value));
        else
            (void)printf("  %s -\n", title);
    }
}

/* The text of a code as the scanner gave it, from the command line or standard input. */
static json_t *code_text(const char *given)
{
    char text[PROOF_TEXT + 1];
    if (strcmp(given, "-") != 0)
        return json_string(given);
    struct bh_str read = bh_str_trim((struct bh_str){text, fread(text, 1, sizeof text, stdin)});
    return json_stringn(read.len ? read.at : "", read.len);
}

static int verify_code(struct cli *cli)
{
    struct bh_err err;
    json_t *params = json_object(), *text = code_text(cli_value(cli, "verify")), *answer = NULL;
    if (!text) {
        (void)bh_fail_field(&err, BH_INVALID, "verify", "不是 UTF-8 文字", "not UTF-8 text");
        json_decref(params);
        return asked_wrong(cli, &err);
    }
    (void)json_object_set_new(params, "text", text);
    if (!cli_open(cli, false, &err)) {
        json_decref(params);
        return cli_failed(cli, &err);
    }
    if (!cli_query(cli, "verify_bulletin", params, &answer, &err))
        return asked_wrong(cli, &err);
    bool valid = json_is_true(json_object_get(answer, "valid"));
    if (cli->json) {
        cli_print_json(answer, false);
    } else {
        (void)puts(cell(answer, cli->english ? "words_en" : "words"));
        print_signed(cli, answer);
    }
    json_decref(answer);
    return valid ? 0 : CHECK_FAILED;
}

int verb_bulletin(struct cli *cli)
{
    cli->english = cli->english_asked; /* the text is Chinese unless English is asked for */
    if (cli_value(cli, "verify"))
        return verify_code(cli);
    json_t *params = json_object();
    put(params, cli, "area", "area");
    put(params, cli, "day", "day");
    put(params, cli, "from", "from");
    put(params, cli, "to", "to");
    if (cli_value(cli, "version")) {
        int64_t version = 0;
        struct bh_err err;
        if (!bh_str_to_int(bh_str_of(cli_value(cli, "version")), &version)) {
            (void)bh_fail_field(&err, BH_INVALID, "version", "版本应为数字",
                                "the version should be a number");
            json_decref(params);
            return asked_wrong(cli, &err);
        }
        (void)json_object_set_new(params, "version", json_integer(version));
    }
    if (cli_value(cli, "draft"))
        (void)json_object_set_new(params, "draft", json_true());
    return print_query(cli, "bulletin", params, print_bulletin, NULL);
}

static bool json_option(const struct cli *cli, const char *name, json_t **ret, struct bh_err *err)
{
    json_error_t why = {.line = 0};
    const char *text = cli_value(cli, name);
    *ret = !text                    ? json_object()
           : strcmp(text, "-") == 0 ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &why)
                                    : json_loads(text, JSON_REJECT_DUPLICATES, &why);
    /* The parser's own words may quote the text, which may be personal. */
    return *ret || bh_fail_field(err, BH_MALFORMED, name, "不是合法的 JSON（第 %d 行第 %d 列）",
                                 "not valid JSON (line %d, column %d)", why.line, why.column);
}

int verb_query(struct cli *cli)
{
    struct bh_err err;
    json_t *params = NULL;
    if (cli->word_count != 1 || !json_option(cli, "params", &params, &err)) {
        if (cli->word_count != 1)
            (void)bh_fail(&err, BH_INVALID, "请给出查询名", "name the query");
        return asked_wrong(cli, &err);
    }
    return print_query(cli, cli->words[0], params, NULL, NULL);
}

static bool read_key(struct cli *cli, struct intake *intake, struct submission *submission,
                     struct bh_err *err)
{
    const char *key = cli_value(cli, "key");
    if (!key) {
        intake_new_key(intake, submission);
        return true;
    }
    submission->has_key = true;
    return bh_unhex(bh_str_of(key), submission->key, LOG_KEY) ||
           bh_fail_field(err, BH_INVALID, "key", "幂等键应为 32 位十六进制",
                         "the key should be 32 hex digits");
}

int verb_do(struct cli *cli)
{
    struct bh_err err;
    struct intake intake;
    struct submission submission, *list[1] = {&submission};
    json_t *body = NULL;
    const struct command *command =
        cli->word_count == 1 ? catalogue_command(cli->catalogue, bh_str_of(cli->words[0])) : NULL;
    if (!command) {
        (void)bh_fail(&err, BH_MISSING, "没有这个命令", "there is no such command");
        return asked_wrong(cli, &err);
    }
    if (!json_option(cli, "body", &body, &err) || !cli_open(cli, true, &err)) {
        json_decref(body);
        return asked_wrong(cli, &err);
    }
    intake_init(&intake, cli->ledger, &cli->arena, ledger_now(cli->ledger));
    bool ok = intake_command(&intake, command, body, &submission, &err) &&
              read_key(cli, &intake, &submission, &err);
    json_decref(body);
    if (!ok)
        return cli_failed(cli, &err);
    if (!ledger_commit(cli->ledger, list, 1, &err) || !submission.ok)
        return cli_failed(cli, &submission.err);
    (void)puts(submission.answer);
    return 0;
}
