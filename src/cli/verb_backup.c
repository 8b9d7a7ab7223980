#include "cli/cli.h"

#include "ledger/backup.h"
#include "os/thread.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { TELL_EVERY_MS = 1000 };

static int missing_option(const struct cli *cli, const char *name)
{
    struct bh_err err;
    (void)bh_fail_field(&err, BH_INVALID, name, "请给出 --%s 文件", "name a file with --%s", name);
    return cli_failed(cli, &err);
}

/* ---- following ---- */

static int interrupted = -1;

static void on_signal(int number)
{
    (void)number;
    wake_ring(interrupted);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    interrupted = wake_open();
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static void tell_through(const struct cli *cli, const struct copier_figures *figures)
{
    if (cli->json)
        cli_print_made(json_pack("{s:I, s:I, s:b}", "copied_through", (json_int_t)figures->through,
                                 "behind_ms", (json_int_t)figures->behind_ms, "failing",
                                 figures->failing));
    else
        (void)printf(cli->english ? "copied through %lld\n" : "已复制到位置 %lld\n",
                     (long long)figures->through);
    (void)fflush(stdout);
}

static int follow(struct cli *cli, const char *to)
{
    struct bh_err err;
    struct copier *copier = NULL;
    struct copier_figures figures, told = {.through = -1};
    catch_signals();
    if (!copier_start(cli->data, to, world_live(), &copier, &err))
        return cli_failed(cli, &err);
    struct pollfd waiting = {.fd = interrupted, .events = POLLIN};
    do {
        copier_figures(copier, &figures);
        if (figures.through != told.through || figures.failing != told.failing)
            tell_through(cli, &figures);
        told = figures;
    } while (poll(&waiting, 1, TELL_EVERY_MS) == 0);
    copier_stop(copier);
    wake_close(interrupted);
    return 0;
}

/* ---- a snapshot ---- */

int verb_backup(struct cli *cli)
{
    struct bh_err err;
    struct backup_report report;
    char hash[2 * LOG_HASH + 1];
    const char *to = cli_value(cli, "to");
    if (!to || !to[0])
        return missing_option(cli, "to");
    if (cli_value(cli, "follow"))
        return follow(cli, to);
    bool ok = backup_database(cli->data, to, cli_progress, cli, &report, &err);
    cli_progress_end(cli);
    if (!ok)
        return cli_failed(cli, &err);
    bh_hex(report.hash, LOG_HASH, hash);
    if (cli->json)
        cli_print_made(json_pack("{s:I, s:s, s:I}", "position", (json_int_t)report.position, "hash",
                                 hash, "bytes", (json_int_t)report.bytes));
    else
        (void)printf(cli->english
                         ? "copied %lld events to %s, head %s\nThe keys in %s-keys are not in it: "
                           "keep them apart, without them no identity can be read.\n"
                         : "已将 %lld 个事件备份到 %s，日志头 %s\n密钥（%s-keys）不在备份中："
                           "请另行保存，没有密钥就无法读取身份信息。\n",
                     (long long)report.position, to, hash, cli->data);
    return 0;
}

/* ---- the way back ---- */

static void tell_key(const struct cli *cli, const struct restore_report *report)
{
    if (report->key == KEY_MISSING)
        (void)printf(cli->english
                         ? "The key is missing: put it at %s (mode 0600), or restore with --keys.\n"
                         : "缺少密钥：请放到 %s（权限 0600），或用 --keys 恢复。\n",
                     report->key_path);
    else
        (void)printf(cli->english ? "The key %s %s.\n" : "密钥 %s %s。\n", report->key_path,
                     report->key == KEY_FITS ? (cli->english ? "fits this log" : "与日志相符")
                     : cli->english          ? "is there; the log holds nothing encrypted yet"
                                             : "已在；日志中尚无加密内容");
}

static void tell_restored(const struct cli *cli, const struct restore_report *report)
{
    static const char *const keys[] = {"fits", "unproven", "missing"};
    if (cli->json) {
        cli_print_made(json_pack(
            "{s:I, s:I, s:I, s:I, s:s, s:s}", "events", (json_int_t)report->events, "position",
            (json_int_t)report->position, "epoch", (json_int_t)report->epoch, "cut_bytes",
            (json_int_t)report->cut_bytes, "key", keys[report->key], "key_path", report->key_path));
        return;
    }
    (void)printf(cli->english ? "restored %lld events into %s, verified; new epoch %lld\n"
                              : "已将 %lld 个事件恢复到 %s 并验证无误；新纪元 %lld\n",
                 (long long)report->events, cli->data, (long long)report->epoch);
    if (report->cut_bytes > 0)
        (void)printf(cli->english ? "%lld bytes at the end of the copy were not whole\n"
                                  : "副本末尾有 %lld 字节不完整，未采用\n",
                     (long long)report->cut_bytes);
    tell_key(cli, report);
}

int verb_restore(struct cli *cli)
{
    struct bh_err err;
    struct restore_report report;
    struct restore_options options = {
        .catalogue = cli->catalogue,
        .world = world_live(),
        .from = cli_value(cli, "from"),
        .folder = cli->data,
        .keys = cli_value(cli, "keys"),
        .whole_part = cli_value(cli, "partial") != NULL,
        .progress = cli_progress,
        .self = cli,
    };
    if (!options.from || !options.from[0])
        return missing_option(cli, "from");
    bool ok = restore_log(&options, &report, &err);
    cli_progress_end(cli);
    if (!ok)
        return cli_failed(cli, &err);
    tell_restored(cli, &report);
    return 0;
}
