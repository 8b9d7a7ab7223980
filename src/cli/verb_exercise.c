#include "cli/cli.h"

#include "base/time.h"
#include "os/file.h"
#include "plan/exercise.h"

#include <stdio.h>
#include <string.h>

enum { ZONE_MINUTES = 480, WRONG_USE = 2 };

static bool read_options(const struct cli *cli, struct exercise_options *ret, struct bh_err *err)
{
    const char *seed = cli_value(cli, "seed"), *until = cli_value(cli, "until");
    int64_t number = 1;
    ret->until_ms = BH_NONE;
    if (seed && (!bh_str_to_int(bh_str_of(seed), &number) || number < 1))
        return bh_fail_field(err, BH_INVALID, "seed", "种子应为正整数",
                             "the seed should be a positive number");
    ret->seed = (uint64_t)number;
    return !until || bh_time_parse(bh_str_of(until), ZONE_MINUTES, &ret->until_ms, err);
}

int verb_exercise(struct cli *cli)
{
    struct bh_err err;
    struct made_world made;
    struct exercise_options options = {.progress = cli_progress, .self = cli};
    struct exercise_report report;
    if (cli->word_count == 1 && strcmp(cli->words[0], "jilin-city-round") == 0)
        return exercise_city_round(cli);
    if (cli->word_count != 1 || strcmp(cli->words[0], "jilin-2022-03") != 0) {
        (void)bh_fail(&err, BH_INVALID, "请给出练习名：jilin-2022-03 或 jilin-city-round",
                      "name the exercise: jilin-2022-03 or jilin-city-round");
        return cli_failed(cli, &err);
    }
    if (!read_options(cli, &options, &err))
        return cli_failed(cli, &err);
    if (!ledger_is_filled(cli->data, &err))
        return cli_failed(cli, &err);
    if (!file_folder_is_empty(cli->data)) {
        (void)bh_fail(&err, BH_CONFLICT, "目录 %.200s 不是空的", "the folder %.200s is not empty",
                      cli->data);
        return cli_failed(cli, &err);
    }
    made_world_init(&made, options.seed, EXERCISE_BEGIN_MS);
    struct ledger_options open = {
        .world = &made.world,
        .catalogue = cli->catalogue,
        .create = true,
        .exercise = true,
        .name = "jilin-2022-03",
        .start_ms = EXERCISE_BEGIN_MS,
        .zone_minutes = ZONE_MINUTES,
        .seed = (int64_t)options.seed,
    };
    if (!ledger_open(cli->data, &open, &cli->ledger, &err))
        return cli_failed(cli, &err);
    bool ok =
        exercise_play(cli->ledger, &made, &options, &report, &err) && head_sign(cli->ledger, &err);
    cli_progress_end(cli);
    char hash[2 * LOG_HASH + 1];
    bh_hex(cli->ledger->head.hash, LOG_HASH, hash);
    ledger_close(cli->ledger); /* the made world ends with this call */
    cli->ledger = NULL;
    if (!ok)
        return cli_failed(cli, &err);
    if (cli->json)
        cli_print_made(json_pack("{s:I, s:I, s:I, s:s}", "persons", (json_int_t)report.persons,
                                 "commands", (json_int_t)report.commands, "events",
                                 (json_int_t)report.events, "head", hash));
    else
        (void)printf(cli->english ? "%lld synthetic people, %lld commands, %lld events, head %s\n"
                                  : "虚构人员 %lld 名，命令 %lld 条，事件 %lld 个，日志头 %s\n",
                     (long long)report.persons, (long long)report.commands,
                     (long long)report.events, hash);
    return 0;
}
