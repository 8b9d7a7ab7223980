#include "cli/cli.h"

#include "base/time.h"
#include "ledger/duty.h"
#include "ledger/rebuild.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum { CHECK_FAILED = 4, EXERCISE_START_ZONE = 480 };

int verb_init(struct cli *cli)
{
    struct bh_err err;
    const char *start = cli_value(cli, "start");
    struct ledger_options options = {
        .world = world_live(),
        .catalogue = cli->catalogue,
        .create = true,
        .exercise = start != NULL, /* only an exercise has a clock to start */
        .name = cli_value(cli, "name"),
        .zone_minutes = EXERCISE_START_ZONE,
    };
    options.start_ms = options.world->wall_ms(options.world->self);
    if (start && !bh_time_parse(bh_str_of(start), EXERCISE_START_ZONE, &options.start_ms, &err))
        return cli_failed(cli, &err);
    if (!file_folder_is_empty(cli->data)) {
        (void)bh_fail(&err, BH_CONFLICT, "目录 %.200s 不是空的", "the folder %.200s is not empty",
                      cli->data);
        return cli_failed(cli, &err);
    }
    if (!ledger_open(cli->data, &options, &cli->ledger, &err))
        return cli_failed(cli, &err);
    (void)printf(cli->english ? "made %s\n" : "已建立 %s\n", cli->data);
    return 0;
}

static bool read_only_log(const struct cli *cli, struct db **ret, struct bh_err *err)
{
    char path[4400];
    (void)snprintf(path, sizeof path, "%s/log.db", cli->data);
    if (!file_exists(path))
        return bh_fail(err, BH_MISSING, "%.200s 里没有数据", "there is no data in %.200s",
                       cli->data);
    return ledger_is_filled(cli->data, err) && db_open(path, DB_READ, 64 << 10, ret, err);
}

static bool is_clean(const struct verify_report *report)
{
    return report->first_bad == 0 && !report->schema_differs;
}

static void print_verified(const struct cli *cli, const struct verify_report *report,
                           const struct log_head *head)
{
    char hash[2 * LOG_HASH + 1];
    bh_hex(head->hash, LOG_HASH, hash);
    if (cli->json) {
        cli_print_made(json_pack("{s:b, s:I, s:I, s:b, s:s, s:s}", "ok", is_clean(report), "events",
                                 (json_int_t)report->events, "first_bad",
                                 (json_int_t)report->first_bad, "schema_differs",
                                 report->schema_differs, "why", report->why.en, "head", hash));
        return;
    }
    if (report->schema_differs)
        (void)printf(cli->english ? "NOT clean: all %lld events are good, but %s\n"
                                  : "有问题：%lld 个事件无误，但%s\n",
                     (long long)report->events, cli->english ? report->why.en : report->why.zh);
    else if (report->first_bad != 0)
        (void)printf(cli->english ? "NOT clean: first bad event %lld: %s\n"
                                  : "有问题：第一个坏事件 %lld：%s\n",
                     (long long)report->first_bad, cli->english ? report->why.en : report->why.zh);
    else
        (void)printf(cli->english ? "clean: %lld events, head %s\n"
                                  : "无误：%lld 个事件，日志头 %s\n",
                     (long long)report->events, hash);
}

static void tell_difference(void *self, const char *line)
{
    (void)self;
    (void)fprintf(stderr, "%s\n", line);
}

/* Shows every fact to the plans again; false also when something differs. */
static bool duties_verified(struct cli *cli, struct bh_err *err)
{
    int64_t differences = 0;
    if (!cli_open(cli, false, err) ||
        !duty_verify(cli->ledger, tell_difference, NULL, &differences, err))
        return false;
    return differences == 0 || bh_fail(err, BH_CORRUPT, "义务与重新推算不一致：%lld 处",
                                       "the duties differ from a fresh evaluation in %lld places",
                                       (long long)differences);
}

int verb_verify(struct cli *cli)
{
    struct bh_err err;
    struct db *db = NULL;
    struct verify_report report, heads = {0};
    struct log_head head = {0};
    const char *file = cli_value(cli, "head");
    if (!read_only_log(cli, &db, &err))
        return cli_failed(cli, &err);
    bool ok = verify_log(db, cli->catalogue, cli_progress, cli, &report, &err);
    cli_progress_end(cli);
    if (ok && report.first_bad == 0)
        ok = log_head_read(db, &head, &err) && (!file || verify_heads(db, file, &heads, &err));
    db_close(db);
    if (!ok)
        return cli_failed(cli, &err);
    if (heads.first_bad != 0)
        report = heads;
    print_verified(cli, &report, &head);
    if (!is_clean(&report))
        return CHECK_FAILED;
    if (cli_value(cli, "duties") && !duties_verified(cli, &err))
        return cli_failed(cli, &err);
    return 0;
}

int verb_rebuild(struct cli *cli)
{
    struct bh_err err;
    struct rebuild_report report;
    bool swap = cli_value(cli, "check") == NULL;
    if (!cli_open(cli, true, &err))
        return cli_failed(cli, &err);
    bool ok = ledger_rebuild(cli->ledger, swap, cli_progress, cli, &report, &err);
    cli_progress_end(cli);
    if (!ok)
        return cli_failed(cli, &err);
    if (cli->json)
        cli_print_made(json_pack("{s:I, s:i, s:I, s:s}", "events", (json_int_t)report.events,
                                 "tables", report.tables, "different_rows",
                                 (json_int_t)report.different_rows, "first_table",
                                 report.first_table));
    else if (report.different_rows == 0)
        (void)printf(cli->english ? "identical: %lld events, %d tables\n"
                                  : "一致：%lld 个事件，%d 张表\n",
                     (long long)report.events, report.tables);
    else
        (void)printf(cli->english ? "%lld rows differed, first in table %s%s\n"
                                  : "%lld 行不同，首见于表 %s%s\n",
                     (long long)report.different_rows, report.first_table,
                     !swap          ? ""
                     : cli->english ? "; replaced"
                                    : "；已替换");
    return report.different_rows == 0 || swap ? 0 : CHECK_FAILED;
}

int verb_version(struct cli *cli)
{
    (void)cli;
    (void)puts("bihuan " BIHUAN_VERSION);
    return 0;
}
