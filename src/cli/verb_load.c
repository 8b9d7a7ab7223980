/* bihuan load: a rehearsal of a round's load against a running server. */
#include "plan/load.h"

#include "cli/cli.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum { PORT_DEFAULT = 8080, PASSWORD_BYTES = 4096, DOCUMENT_BYTES = 1 << 30 };

struct load_texts {
    struct bh_buf session, token, password, documents;
};

static bool number_of(const struct cli *cli, const char *name, int64_t most, int64_t *ret,
                      struct bh_err *err)
{
    const char *text = cli_value(cli, name);
    if (!text)
        return true;
    return (bh_str_to_int(bh_str_of(text), ret) && *ret >= 0 && *ret <= most) ||
           bh_fail_field(err, BH_INVALID, name, "应为 0 到 %lld 的整数",
                         "should be a whole number from 0 to %lld", (long long)most);
}

static bool int_of(const struct cli *cli, const char *name, int most, int *ret, struct bh_err *err)
{
    int64_t number = *ret;
    if (!number_of(cli, name, most, &number, err))
        return false;
    *ret = (int)number;
    return true;
}

/* http://127.0.0.1:8080, https://[::1]:8443 or without the scheme. */
static bool read_target(const struct cli *cli, struct load_target *ret, struct bh_err *err)
{
    const char *given = cli_value(cli, "to");
    struct bh_str text = bh_str_of(given ? given : "127.0.0.1:8080");
    int64_t port = PORT_DEFAULT;
    *ret = (struct load_target){.ca = cli_value(cli, "ca")};
    ret->tls = bh_str_starts(text, "https://");
    if (ret->tls || bh_str_starts(text, "http://")) {
        size_t scheme = ret->tls ? 8 : 7;
        text = (struct bh_str){text.at + scheme, text.len - scheme};
    }
    while (text.len > 0 && text.at[text.len - 1] == '/')
        text.len--;
    bool v6 = text.len > 0 && text.at[0] == '[';
    const char *end = v6 ? memchr(text.at, ']', text.len) : memrchr(text.at, ':', text.len);
    size_t len = end ? (size_t)(end - text.at) : text.len;
    struct bh_str rest = {text.at + len + v6, text.len - len - (end && v6)};
    struct bh_str host = {text.at + v6, len - v6};
    bool ok = host.len > 0 && host.len < sizeof ret->address && (!v6 || end) &&
              (rest.len == 0 || (rest.at[0] == ':' &&
                                 bh_str_to_int((struct bh_str){rest.at + 1, rest.len - 1}, &port) &&
                                 port > 0 && port < 65536));
    if (!ok)
        return bh_fail_field(err, BH_INVALID, "to", "应为数字地址和端口，如 http://127.0.0.1:8080",
                             "should be a numeric address and port: http://127.0.0.1:8080");
    (void)snprintf(ret->address, sizeof ret->address, "%.*s", (int)host.len, host.at);
    ret->port = (int)port;
    return true;
}

/* The first two lines of a text. */
static void lines(const char *text, char *first, size_t first_size, char *second,
                  size_t second_size)
{
    size_t len = strcspn(text, "\r\n");
    (void)snprintf(first, first_size, "%.*s", (int)len, text);
    text += len;
    text += strspn(text, "\r\n");
    if (second)
        (void)snprintf(second, second_size, "%.*s", (int)strcspn(text, "\r\n"), text);
}

static bool read_caller(const struct cli *cli, struct load_options *options,
                        struct load_texts *texts, struct bh_err *err)
{
    const char *session = cli_value(cli, "session"), *token = cli_value(cli, "token"),
               *login = cli_value(cli, "login"), *password = cli_value(cli, "password-file");
    struct load_caller *caller = &options->caller;
    if (session) {
        if (!file_read(session, PASSWORD_BYTES, &texts->session, err))
            return false;
        lines(bh_buf_c(&texts->session), caller->cookie, sizeof caller->cookie, caller->csrf,
              sizeof caller->csrf);
        return true;
    }
    if (token) {
        if (!file_read(token, PASSWORD_BYTES, &texts->token, err))
            return false;
        lines(bh_buf_c(&texts->token), caller->token, sizeof caller->token, NULL, 0);
        return true;
    }
    if (!login)
        return true; /* what needs nobody: look-ups of the public page */
    if (!password)
        return bh_fail_field(err, BH_INVALID, "password-file", "--login 需要 --password-file",
                             "--login needs --password-file");
    char secret[256];
    if (!file_read(password, PASSWORD_BYTES, &texts->password, err))
        return false;
    lines(bh_buf_c(&texts->password), secret, sizeof secret, NULL, 0);
    return load_log_in(&options->to, login, secret, caller, err);
}

/* site: numbers with commas; none = all open ones of the round. */
static bool read_sites(const struct cli *cli, struct load_people *people, struct bh_err *err)
{
    const char *at = cli_value(cli, "site");
    while (at && *at) {
        size_t len = strcspn(at, ",");
        if (people->site_count == LOAD_SITES_MAX)
            return bh_fail_field(err, BH_TOO_BIG, "site", "最多 %d 个采样点", "at most %d sites",
                                 LOAD_SITES_MAX);
        if (!bh_str_to_int((struct bh_str){at, len}, &people->site[people->site_count++]))
            return bh_fail_field(err, BH_INVALID, "site", "应为编号，以逗号分隔",
                                 "should be numbers with commas between");
        at += len + (at[len] == ',');
    }
    return true;
}

static bool read_documents(const struct cli *cli, struct load_people *people,
                           struct load_texts *texts, struct bh_err *err)
{
    const char *path = cli_value(cli, "documents");
    if (!path)
        return true;
    if (!file_read(path, DOCUMENT_BYTES, &texts->documents, err))
        return false;
    people->documents = bh_buf_view(&texts->documents);
    const char *end = people->documents.len > 0
                          ? memchr(people->documents.at, '\n', people->documents.len)
                          : NULL;
    people->document_line = end ? (size_t)(end - people->documents.at) + 1 : 0;
    people->document_percent = 50;
    return (end && people->documents.len % people->document_line == 0 &&
            people->document_line < 40) ||
           bh_fail_field(err, BH_INVALID, "documents", "应为每行一个等长证件号，按名册序号排列",
                         "should hold one document number of equal length a line, by slot");
}

static bool read_people(const struct cli *cli, struct load_options *options,
                        struct load_texts *texts, struct bh_err *err)
{
    struct load_people *people = &options->people;
    const char *order = cli_value(cli, "order");
    int64_t salt = 0;
    const struct world *world = world_live();
    world->entropy(world->self, &people->salt, sizeof people->salt);
    people->pool = options->devices > 0 ? 1 : 10;
    people->together = 1;
    if (order && strcmp(order, "random") == 0)
        people->order = LOAD_RANDOM;
    else if (order && strcmp(order, "door") != 0)
        return bh_fail_field(err, BH_INVALID, "order", "door 或 random", "door or random");
    if (!number_of(cli, "round", INT64_MAX - 1, &people->round, err) ||
        !number_of(cli, "residents", INT64_C(1) << 31, &people->residents, err) ||
        !number_of(cli, "skip", INT64_C(1) << 31, &people->skip, err) ||
        !number_of(cli, "seen", people->skip, &people->seen, err) ||
        !number_of(cli, "salt", INT64_MAX - 1, &salt, err) ||
        !int_of(cli, "pool", LOAD_POOL_MAX, &people->pool, err) ||
        !int_of(cli, "together", LOAD_TOGETHER_MAX, &people->together, err) ||
        !read_sites(cli, people, err) || !read_documents(cli, people, texts, err) ||
        !int_of(cli, "document-percent", 100, &people->document_percent, err))
        return false;
    if (salt > 0)
        people->salt = (uint64_t)salt;
    people->receipts = cli_value(cli, "receipts") != NULL;
    return true;
}

/* 1,2,5,10 */
static bool read_ladder(const struct cli *cli, struct load_options *options, struct bh_err *err)
{
    const char *at = cli_value(cli, "ladder");
    options->times[0] = 1;
    for (int i = 0; at && *at; i++) {
        size_t len = strcspn(at, ",");
        int64_t times = 0;
        if (i == LOAD_STEPS_MAX || !bh_str_to_int((struct bh_str){at, len}, &times) || times < 1 ||
            times > 1000)
            return bh_fail_field(err, BH_INVALID, "ladder", "如 1,2,5,10", "as in 1,2,5,10");
        options->times[i] = (int)times;
        at += len + (at[len] == ',');
    }
    return true;
}

/* RATE:PATH or RATE:PATH BODY */
static bool read_aside(struct cli *cli, const char *name, struct load_options *options,
                       struct bh_err *err)
{
    const char *text = cli_value(cli, name), *colon = text ? strchr(text, ':') : NULL;
    int64_t rate = 0;
    if (!text)
        return true;
    if (!colon || colon[1] != '/' ||
        !bh_str_to_int((struct bh_str){text, (size_t)(colon - text)}, &rate) || rate < 0 ||
        rate > LOAD_RATE_MAX)
        return bh_fail_field(err, BH_INVALID, name, "应为 每秒次数:路径", "should be RATE:PATH");
    size_t len = strcspn(colon + 1, " ");
    const char *rest = colon + 1 + len;
    options->aside[options->aside_count++] =
        (struct load_aside){.name = name,
                            .path = bh_arena_copy(&cli->arena, colon + 1, len),
                            .body = *rest ? rest + 1 : NULL,
                            .per_second = rate};
    return true;
}

static bool read_run(struct cli *cli, struct load_options *options, struct bh_err *err)
{
    int minutes = 20, scale = 100;
    options->persons_per_second = 1000;
    options->seconds = 60;
    options->connections = 256;
    options->aside_connections = 64;
    options->patience_ms = 1000;
    options->records = 200;
    options->cut_percent = 1;
    if (!number_of(cli, "rate", LOAD_RATE_MAX, &options->persons_per_second, err) ||
        !int_of(cli, "seconds", LOAD_SECONDS_MAX, &options->seconds, err) ||
        !int_of(cli, "connections", LOAD_CONNECTIONS_MAX, &options->connections, err) ||
        !int_of(cli, "aside-connections", LOAD_CONNECTIONS_MAX, &options->aside_connections, err) ||
        !number_of(cli, "patience", 60000, &options->patience_ms, err) ||
        !int_of(cli, "retries", 100, &options->retries, err) ||
        !int_of(cli, "idle", LOAD_CONNECTIONS_MAX, &options->idle, err) ||
        !int_of(cli, "slow", LOAD_CONNECTIONS_MAX, &options->slow, err) ||
        !int_of(cli, "broken", LOAD_CONNECTIONS_MAX, &options->broken, err) ||
        !int_of(cli, "phones", LOAD_DEVICES_MAX, &options->devices, err) ||
        !int_of(cli, "records", 100000, &options->records, err) ||
        !int_of(cli, "cut-percent", 100, &options->cut_percent, err) ||
        !int_of(cli, "minutes", 1440, &minutes, err) ||
        !int_of(cli, "scale-percent", 100, &scale, err) || !read_ladder(cli, options, err) ||
        !read_aside(cli, "lookup", options, err) || !read_aside(cli, "board", options, err) ||
        !read_aside(cli, "export", options, err))
        return false;
    options->forwarded = cli_value(cli, "forwarded") != NULL;
    options->window_seconds = minutes > 0 ? minutes * 60 : 1;
    if (options->devices > 0) {
        options->devices = options->devices * scale / 100;
        options->devices = options->devices > 0 ? options->devices : 1;
    }
    return true;
}

/* Real work must not be drowned by a rehearsal. */
static bool may_send(const struct cli *cli, const struct load_target *to, struct bh_err *err)
{
    bool exercise = false;
    if (!load_meet(to, &exercise, err))
        return false;
    return exercise || cli_value(cli, "real") ||
           bh_fail(
               err, BH_DENIED,
               "服务器上的日志不是练习。演练请用练习目录；确要对真实日志施压，请加 --real",
               "the log of this server is no exercise. Rehearse on an exercise folder; to load a "
               "real log all the same give --real");
}

static void told(void *self, const char *line)
{
    (void)self;
    (void)fprintf(stderr, "%s\n", line);
}

static double real_of(const json_t *json, const char *part, const char *name)
{
    return json_real_value(json_object_get(part ? json_object_get(json, part) : json, name));
}

static long long int_in(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static void print_figures(const json_t *figures, int times)
{
    (void)printf("%4dx %-9s %10.0f %10.0f %10.0f %8.1f %8.1f %9lld %8.1f %8lld %6lld %6lld\n",
                 times, json_string_value(json_object_get(figures, "name")),
                 real_of(figures, NULL, "offered_per_s"), real_of(figures, NULL, "accepted_per_s"),
                 real_of(figures, NULL, "persons_per_s"), real_of(figures, "accepted_ms", "p50_ms"),
                 real_of(figures, "accepted_ms", "p99_ms"), int_in(figures, "refused"),
                 real_of(figures, "refused_ms", "p99_ms"), int_in(figures, "unsent"),
                 int_in(figures, "wrong"), int_in(figures, "failed"));
    const char *first = json_string_value(json_object_get(figures, "first_wrong"));
    if (first)
        (void)printf("      %s\n", first);
}

static void print_text(const struct cli *cli, const json_t *report)
{
    size_t index = 0, inner = 0;
    json_t *step = NULL, *figures = NULL;
    (void)puts(
        cli->english
            ? "      kind         offered/s accepted/s  persons/s   p50 ms   p99 ms   refused  "
              "p99 ms   unsent  wrong failed"
            : "      类别         请求/秒    接受/秒    人/秒      p50 ms   p99 ms   拒绝      "
              "p99 ms   未发     错误   断开");
    json_array_foreach(json_object_get(report, "steps"), index, step)
    {
        json_array_foreach(json_object_get(step, "streams"), inner, figures)
        {
            print_figures(figures, (int)int_in(step, "times"));
        }
        figures = json_object_get(step, "figures");
        if (figures) {
            print_figures(figures, 1);
            (void)printf(cli->english ? "      %lld phones, %lld done, %lld lost, %lld cut off\n"
                                      : "      %lld 部手机，完成 %lld，丢失 %lld，中断 %lld 次\n",
                         int_in(step, "phones"), int_in(step, "done"), int_in(step, "lost"),
                         int_in(step, "cuts"));
        }
        (void)printf(cli->english ? "      load level at most %lld\n" : "      最高负荷等级 %lld\n",
                     int_in(step, "load_level_max"));
    }
}

int verb_load(struct cli *cli)
{
    struct bh_err err;
    struct load_options *options = bh_arena_get(&cli->arena, sizeof *options);
    struct load_texts texts = {0};
    json_t *report = NULL;
    bool ok = read_target(cli, &options->to, &err) && read_run(cli, options, &err) &&
              read_people(cli, options, &texts, &err) && may_send(cli, &options->to, &err) &&
              read_caller(cli, options, &texts, &err) && load_learn(options, &err);
    options->english = cli->english;
    if (ok && !cli->json)
        options->told = told;
    ok = ok && load_run(options, &report, &err);
    if (ok && cli->json)
        cli_print_json(report, false);
    else if (ok)
        print_text(cli, report);
    json_decref(report);
    bh_buf_done(&texts.session);
    bh_buf_done(&texts.token);
    bh_buf_done(&texts.password);
    bh_buf_done(&texts.documents);
    return ok ? 0 : cli_failed(cli, &err);
}
