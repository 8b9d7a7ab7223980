#include "support.h"

#include "base/time.h"
#include "ledger/cells.h"
#include "ledger/intake.h"
#include "ledger/rebuild.h"
#include "links.h"

#include <ftw.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void stop(const char *what, const struct bh_err *err)
{
    (void)fprintf(stderr, "test: %s: %s %s (%s)\n", what, bh_code_name(err->code), err->en,
                  err->field);
    abort();
}

int64_t test_ms(const char *time)
{
    struct bh_err err;
    int64_t ms = 0;
    if (!bh_time_parse(bh_str_of(time), 480, &ms, &err))
        stop(time, &err);
    return ms;
}

static void open_ledger(struct test_ledger *test, bool create, int64_t start_ms)
{
    struct bh_err err;
    struct ledger_options options = {
        .world = &test->made.world,
        .catalogue = test->catalogue,
        .create = create,
        .exercise = true,
        .name = "test",
        .start_ms = start_ms,
        .zone_minutes = 480,
        .seed = 1,
    };
    if (!ledger_open(test->folder, &options, &test->ledger, &err))
        stop("opening the log", &err);
}

struct test_ledger *test_ledger_new_with(const struct link *const *links, const char *start)
{
    struct test_ledger *test = bh_alloc(sizeof *test);
    int64_t start_ms = test_ms(start ? start : "2022-03-01T00:00:00+08:00");
    const char *base = getenv("TMPDIR");
    if (sodium_init() < 0)
        abort();
    (void)snprintf(test->folder, sizeof test->folder, "%s/bihuan-test-XXXXXX",
                   base ? base : "/tmp");
    if (!mkdtemp(test->folder))
        abort();
    (void)snprintf(test->folder + strlen(test->folder), 8, "/data");
    made_world_init(&test->made, 1, start_ms);
    test->catalogue = catalogue_new(links ? links : all_links);
    bh_arena_init(&test->arena, LIMIT_ARENA_BATCH);
    open_ledger(test, true, start_ms);
    return test;
}

struct test_ledger *test_ledger_new(const char *start)
{
    return test_ledger_new_with(NULL, start);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void test_ledger_free(struct test_ledger *test)
{
    ledger_close(test->ledger);
    catalogue_free(test->catalogue);
    bh_arena_done(&test->arena);
    test->folder[strlen(test->folder) - strlen("/data")] = 0;
    (void)nftw(test->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    bh_free(test);
}

void test_ledger_reopen(struct test_ledger *test)
{
    ledger_close(test->ledger);
    open_ledger(test, false, 0);
}

void test_ledger_killed(struct test_ledger *test, void (*last)(struct test_ledger *test))
{
    unsigned char passed[4099]; /* the other process drew from the same chance */
    int status = 0;
    ledger_close(test->ledger);
    pid_t child = fork();
    if (child == 0) {
        open_ledger(test, false, 0);
        last(test);
        (void)raise(SIGKILL);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
        WTERMSIG(status) != SIGKILL)
        abort();
    test->made.world.entropy(test->made.world.self, passed, sizeof passed);
    open_ledger(test, false, 0);
}

void test_clock(struct test_ledger *test, const char *time)
{
    struct bh_err err;
    int64_t now = test_ms(time);
    bool more = true;
    test->made.wall_ms = now;
    while (more)
        if (!ledger_tick(test->ledger, now, 1000, &more, &err))
            stop("ticking", &err);
}

static struct bh_str double_quotes(struct test_ledger *test, const char *text)
{
    char *copy = bh_arena_copy(&test->arena, text, strlen(text));
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    return bh_str_of(copy);
}

bool test_try(struct test_ledger *test, const char *command, const char *body, json_t **ret,
              struct bh_err *err)
{
    struct intake intake;
    struct submission submission, *list[1] = {&submission};
    const struct command *found = catalogue_command(test->catalogue, bh_str_of(command));
    if (!found) {
        (void)fprintf(stderr, "test: there is no command '%s'\n", command);
        abort();
    }
    intake_init(&intake, test->ledger, &test->arena, ledger_now(test->ledger));
    if (!intake_text(&intake, found, double_quotes(test, body), &submission, err))
        return false;
    intake_new_key(&intake, &submission);
    submission.scope = test->scope;
    submission.actor = test->actor;
    submission.permit_epoch = test->ledger->permit_epoch;
    struct bh_err failed;
    if (!ledger_commit(test->ledger, list, 1, &failed) || !submission.ok) {
        *err = submission.err;
        return false;
    }
    if (ret)
        *ret = json_loads(submission.answer, 0, NULL);
    return true;
}

json_t *test_ok(struct test_ledger *test, const char *command, const char *body)
{
    struct bh_err err;
    json_t *answer = NULL;
    bh_arena_reset(&test->arena);
    if (!test_try(test, command, body, &answer, &err)) {
        (void)fprintf(stderr, "test: %s %s\n", command, body);
        stop("was refused", &err);
    }
    return answer;
}

json_t *test_okf(struct test_ledger *test, const char *command, const char *format, ...)
{
    char body[8192];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    return test_ok(test, command, body);
}

void test_refused(struct test_ledger *test, enum bh_code code, const char *command,
                  const char *body)
{
    struct bh_err err = {0};
    struct log_head before = test->ledger->head;
    bh_arena_reset(&test->arena);
    if (test_try(test, command, body, NULL, &err)) {
        (void)fprintf(stderr, "test: %s %s was accepted, %s expected\n", command, body,
                      bh_code_name(code));
        abort();
    }
    if (err.code != code || err.zh[0] == 0 || err.en[0] == 0) {
        (void)fprintf(stderr, "test: %s %s: %s expected\n", command, body, bh_code_name(code));
        stop("was refused otherwise", &err);
    }
    if (memcmp(&before, &test->ledger->head, sizeof before) != 0)
        stop("a refusal changed the log", &err);
}

void test_refusedf(struct test_ledger *test, enum bh_code code, const char *command,
                   const char *format, ...)
{
    char body[8192];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    test_refused(test, code, command, body);
}

/* NULL with *err when the query refuses. */
static json_t *run_query(struct reader *reader, const struct query *query, const void *params,
                         struct bh_err *err)
{
    json_t *result = NULL;
    if (query->flags & QUERY_ONE)
        return query->run_one(reader, params, &result, err) ? result : NULL;
    struct bh_buf out;
    struct cells cells;
    bh_buf_init(&out, 64 << 20);
    cells_begin(&cells, query, CELLS_JSON, CELLS_NAMES, 100000, 480, &out);
    if (query->run(reader, params, &cells, err) &&
        cells_end(&cells, reader->position, reader->now_ms, err)) {
        json_t *whole = json_loadb(out.at, out.len, 0, NULL);
        if (!whole) {
            (void)fprintf(stderr, "test: query %s wrote broken JSON\n", query->name);
            abort();
        }
        result = json_incref(json_object_get(whole, "rows"));
        json_decref(whole);
    }
    bh_buf_done(&out);
    return result;
}

static json_t *ask(struct test_ledger *test, const struct scope *scope, const char *name,
                   const char *params, struct bh_err *ret_err)
{
    struct bh_err err;
    struct intake intake;
    struct db *db = NULL;
    const struct query *query = catalogue_query(test->catalogue, bh_str_of(name));
    bh_arena_reset(&test->arena);
    if (!query) {
        (void)fprintf(stderr, "test: there is no query '%s'\n", name);
        abort();
    }
    struct bh_str text = double_quotes(test, params);
    json_t *json = json_loadb(text.at, text.len, 0, NULL);
    void *body = query->params ? bh_arena_get(&test->arena, query->params->size) : NULL;
    intake_init(&intake, test->ledger, &test->arena, ledger_now(test->ledger));
    if (query->params && !record_from_json(query->params, json, &intake.edge, body, &err))
        stop(name, &err);
    if (!db_open(ledger_path(test->ledger), DB_READ, 16384, &db, &err) || !db_begin_read(db, &err))
        stop("reading", &err);
    struct reader reader = {
        .db = db,
        .ledger = test->ledger,
        .scope = scope,
        .now_ms = ledger_now(test->ledger),
        .position = test->ledger->head.seq,
        .arena = &test->arena,
        .vault = test->ledger->vault,
    };
    json_t *result = run_query(&reader, query, body, ret_err);
    db_close(db);
    json_decref(json);
    return result;
}

json_t *test_query_in(struct test_ledger *test, const struct scope *scope, const char *name,
                      const char *params)
{
    struct bh_err err;
    json_t *result = ask(test, scope, name, params, &err);
    if (!result)
        stop(name, &err);
    return result;
}

void test_query_refused(struct test_ledger *test, const struct scope *scope, const char *name,
                        const char *params, enum bh_code code, struct bh_err *ret_err)
{
    json_t *result = ask(test, scope, name, params, ret_err);
    if (!result && ret_err->code == code)
        return;
    (void)fprintf(stderr, "test: %s %s was %s\n", name, params, result ? "answered" : ret_err->en);
    abort();
}

json_t *test_query(struct test_ledger *test, const char *query, const char *params)
{
    return test_query_in(test, test->scope ? test->scope : &scope_everything, query, params);
}

int64_t test_int(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    if (!json_is_integer(value)) {
        (void)fprintf(stderr, "test: the answer has no number '%s'\n", name);
        abort();
    }
    return json_integer_value(value);
}

int64_t test_count(struct test_ledger *test, const char *sql)
{
    struct bh_err err;
    int64_t value = 0;
    if (!db_int(test->ledger->db, &err, &value, NULL, sql, ""))
        stop(sql, &err);
    return value;
}

void test_rebuild(struct test_ledger *test)
{
    struct bh_err err;
    struct rebuild_report rebuilt;
    struct verify_report verified;
    if (!ledger_rebuild(test->ledger, false, NULL, NULL, &rebuilt, &err))
        stop("rebuilding", &err);
    if (rebuilt.different_rows > 0) {
        (void)fprintf(stderr, "test: rebuild differs in %lld rows, first in table %s\n",
                      (long long)rebuilt.different_rows, rebuilt.first_table);
        abort();
    }
    if (!verify_log(test->ledger->db, test->catalogue, NULL, NULL, &verified, &err))
        stop("verifying", &err);
    if (verified.first_bad != 0 || verified.schema_differs)
        stop("the chain does not hold", &verified.why);
}
