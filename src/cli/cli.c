#include "cli/cli.h"

#include "base/time.h"
#include "ledger/cells.h"
#include "ledger/intake.h"
#include "ledger/vault.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_CACHE_KB = 64 << 10,
    ANSWER_MAX_BYTES = 512 << 20,
    EVERY_ROW = 10000000,
    TELL_AFTER_US = 2000000
};

const char *cli_value(const struct cli *cli, const char *name)
{
    for (int i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, name) == 0)
            return cli->given[i].value;
    return NULL;
}

int cli_failed(const struct cli *cli, const struct bh_err *err)
{
    (void)fprintf(stderr, "bihuan %s: %s", cli->verb->name, cli->english ? err->en : err->zh);
    if (err->field[0])
        (void)fprintf(stderr, " [%s]", err->field);
    (void)fputc('\n', stderr);
    return bh_code_exit(err->code);
}

bool cli_open(struct cli *cli, bool write, struct bh_err *err)
{
    struct ledger_options options = {
        .world = world_live(),
        .catalogue = cli->catalogue,
        .read_only = !write,
    };
    return ledger_open(cli->data, &options, &cli->ledger, err);
}

bool cli_reader(struct cli *cli, struct db **ret_db, struct reader *ret, struct bh_err *err)
{
    struct log_head head;
    if (!db_open(ledger_path(cli->ledger), DB_READ, READ_CACHE_KB, ret_db, err))
        return false;
    if (!db_begin_read(*ret_db, err) || !log_head_read(*ret_db, &head, err)) {
        db_close(*ret_db);
        return false;
    }
    *ret = (struct reader){
        .db = *ret_db,
        .ledger = cli->ledger,
        .scope = &scope_everything,
        .now_ms = ledger_now(cli->ledger),
        .position = head.seq,
        .english = cli->english,
        .arena = &cli->arena,
        .vault = cli->ledger->vault,
    };
    return true;
}

static bool run_rows(struct reader *reader, const struct query *query, const void *params,
                     json_t **ret, struct bh_err *err)
{
    struct bh_buf out;
    struct cells cells;
    bh_buf_init(&out, ANSWER_MAX_BYTES);
    cells_begin(&cells, query, CELLS_JSON, CELLS_NAMES, EVERY_ROW, reader->ledger->zone_minutes,
                &out);
    bool ok = query->run(reader, params, &cells, err) &&
              cells_end(&cells, reader->position, reader->now_ms, err);
    if (ok)
        *ret = json_loadb(out.at, out.len, 0, NULL);
    bh_buf_done(&out);
    return ok;
}

bool cli_query(struct cli *cli, const char *name, json_t *params, json_t **ret, struct bh_err *err)
{
    const struct query *query = catalogue_query(cli->catalogue, bh_str_of(name));
    struct intake intake;
    struct reader reader;
    struct db *db = NULL;
    if (!query) {
        json_decref(params);
        return bh_fail(err, BH_MISSING, "没有名为 %.60s 的查询", "there is no query named %.60s",
                       name);
    }
    void *body = query->params ? bh_arena_get(&cli->arena, query->params->size) : NULL;
    intake_init(&intake, cli->ledger, &cli->arena, ledger_now(cli->ledger));
    bool ok =
        (!query->params || record_from_json(query->params, params, &intake.edge, body, err)) &&
        cli_reader(cli, &db, &reader, err);
    if (ok) {
        ok = (query->flags & QUERY_ONE) ? query->run_one(&reader, body, ret, err)
                                        : run_rows(&reader, query, body, ret, err);
        db_close(db);
    }
    json_decref(params);
    return ok;
}

void cli_print_json(const json_t *json, bool pretty)
{
    (void)json_dumpf(json, stdout, pretty ? JSON_INDENT(2) : JSON_COMPACT);
    (void)putchar('\n');
}

void cli_print_made(json_t *json)
{
    cli_print_json(json, false);
    json_decref(json);
}

void cli_progress(void *self, int64_t done, int64_t total)
{
    struct cli *cli = self;
    const struct world *world = world_live();
    int64_t now = world->mono_us(world->self);
    if (cli->started_us == 0)
        cli->started_us = cli->told_us = now;
    if (!isatty(STDERR_FILENO) || now - cli->started_us < TELL_AFTER_US ||
        now - cli->told_us < 200000 || done == 0)
        return;
    cli->told_us = now;
    int64_t rate = done * 1000000 / (now - cli->started_us + 1);
    int64_t left = rate > 0 ? (total - done) / rate : 0;
    (void)fprintf(stderr, "\r%lld / %lld  %lld/s  %llds   ", (long long)done, (long long)total,
                  (long long)rate, (long long)left);
}

void cli_progress_end(struct cli *cli)
{
    if (isatty(STDERR_FILENO) && cli->told_us != cli->started_us)
        (void)fputs("\r                                                  \r", stderr);
    cli->started_us = cli->told_us = 0;
}
