#include "cli/cli.h"

#include "base/time.h"
#include "os/file.h"
#include "plan/city_round.h"

#include <stdio.h>
#include <string.h>

enum { ZONE_MINUTES = 480, FRACTION_DIGITS = 6, MEBIBYTE = 1 << 20 };

/* "0.01" as parts of a million; 0 when it is none in (0, 1]. */
static int64_t per_million(const char *text)
{
    int64_t value = *text == '1', part = 1000000;
    if (*text != '0' && *text != '1')
        return 0;
    value *= part;
    const char *at = text + 1;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) {
            part /= 10;
            value += (*at - '0') * part;
        }
    return *at == 0 && value <= 1000000 && at - text <= FRACTION_DIGITS + 2 ? value : 0;
}

static bool number_option(const struct cli *cli, const char *name, int64_t *ret, struct bh_err *err)
{
    const char *text = cli_value(cli, name);
    return !text || (bh_str_to_int(bh_str_of(text), ret) && *ret >= 1) ||
           bh_fail_field(err, BH_INVALID, name, "%s 应为正整数", "%s should be a positive number",
                         name);
}

static bool read_options(const struct cli *cli, struct city_round_options *ret, struct bh_err *err)
{
    const char *scale = cli_value(cli, "scale");
    int64_t seed = 1;
    ret->per_million = scale ? per_million(scale) : 1000000;
    if (ret->per_million < 1000)
        return bh_fail_field(err, BH_INVALID, "scale", "比例应为 0.001 至 1",
                             "the scale should be 0.001 to 1");
    if (!number_option(cli, "seed", &seed, err) ||
        !number_option(cli, "capacity-tubes-a-day", &ret->capacity_tubes_a_day, err))
        return false;
    ret->seed = (uint64_t)seed;
    return true;
}

static json_t *time_json(int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    if (at_ms == BH_NONE || at_ms == 0)
        return json_null();
    bh_time_format(at_ms, ZONE_MINUTES, text);
    return json_string(text);
}

/* What the folder says once it is over: the round, and whose duty each shortage is. */
static bool ask(struct cli *cli, const struct city_round_report *report, json_t **ret_round,
                json_t **ret_owners, struct bh_err *err)
{
    json_t *loops = NULL;
    if (!cli_query(cli, "round", json_pack("{s:I}", "round", (json_int_t)report->round), ret_round,
                   err) ||
        !cli_query(cli, "loops", json_pack("{s:s, s:i}", "rule", "relieve_shortage", "limit", 20),
                   &loops, err))
        return false;
    *ret_owners = json_incref(json_object_get(loops, "rows"));
    json_decref(loops);
    return true;
}

static json_t *report_json(const struct city_round_report *report, json_t *round, json_t *owners)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"people", report->people},
        {"communities", report->communities},
        {"sites", report->sites},
        {"boxes", report->boxes},
        {"laboratories", report->laboratories},
        {"capacity_tubes_a_day", report->capacity},
        {"help_tubes_a_day", report->help},
        {"doors_missed", report->doors_missed},
        {"exempt_told", report->exempt_told},
        {"tubes_rejected", report->rejected},
        {"count_differences", report->differences},
        {"resamples", report->resamples},
        {"commands", report->commands},
        {"events", report->events},
    };
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)json_object_set_new(json, numbers[i].name, json_integer(numbers[i].value));
    (void)json_object_set_new(json, "refused_zh", json_string(report->refused_zh));
    (void)json_object_set_new(json, "refused_en", json_string(report->refused_en));
    (void)json_object_set_new(json, "mop_up", time_json(report->mop_up_ms));
    (void)json_object_set_new(json, "sampled", time_json(report->sampled_ms));
    (void)json_object_set_new(json, "closed", json_boolean(report->finished));
    (void)json_object_set_new(json, "round", round);
    (void)json_object_set_new(json, "shortage_duties", owners);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "-";
}

static long long number_of(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static void print_shortages(const struct cli *cli, const json_t *round, const json_t *owners)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(round, "shortages"), i, one)(void)
        printf(cli->english ? "Short at the order: %s, %lld needed, %lld there, finished %s\n"
                            : "下令时不足：%s，需要 %lld，现有 %lld，按现有能力完成于 %s\n",
               text_of(one, "kind"), number_of(one, "needed"), number_of(one, "available"),
               text_of(one, "finish"));
    json_array_foreach(owners, i, one)(void)
        printf(cli->english ? "  must act: %s (%s), due %s, duty %lld %s\n"
                            : "  责任人：%s（%s），时限 %s，义务 %lld %s\n",
               text_of(one, "holder_name"), text_of(one, "role"), text_of(one, "due"),
               number_of(one, "duty"), text_of(one, "state"));
}

static void print_text(const struct cli *cli, const json_t *json)
{
    const bool english = cli->english;
    const json_t *round = json_object_get(json, "round"), *tubes = json_object_get(round, "tubes");
    (void)printf(
        english
            ? "Roll %lld people in %lld communities; %lld laboratories, %lld + %lld tubes a day\n"
            : "名册 %lld 人、%lld 个社区；%lld 个实验室，每日 %lld + %lld 管\n",
        number_of(json, "people"), number_of(json, "communities"), number_of(json, "laboratories"),
        number_of(json, "capacity_tubes_a_day"), number_of(json, "help_tubes_a_day"));
    if (text_of(json, "refused_zh")[0])
        (void)printf(english ? "First refused: %s\n" : "首次下令被拒绝：%s\n",
                     text_of(json, english ? "refused_en" : "refused_zh"));
    print_shortages(cli, round, json_object_get(json, "shortage_duties"));
    (void)printf(
        english
            ? "Round %lld: due %lld = sampled %lld + exempt %lld + missed %lld\n"
              "Tubes %lld: sealed %lld, delivered %lld, received %lld, tested %lld, reported %lld; "
              "%lld sites, %lld boxes\n"
              "Positive pools %lld, resolved %lld, positives %lld\n"
            : "轮次 %lld：应检 %lld = 已采 %lld + 免检 %lld + 未采 %lld\n"
              "采样管 %lld：封装 %lld，送达 %lld，接收 %lld，检测 %lld，报告 %lld；%lld "
              "个采样点，%lld 箱\n"
              "阳性混管 %lld，已处置 %lld，阳性 %lld 人\n",
        number_of(round, "round"), number_of(round, "due"), number_of(round, "sampled"),
        number_of(round, "exempt"), number_of(round, "missed"), number_of(tubes, "sampled"),
        number_of(tubes, "sealed"), number_of(tubes, "delivered"), number_of(tubes, "received"),
        number_of(tubes, "tested"), number_of(tubes, "reported"), number_of(json, "sites"),
        number_of(json, "boxes"), number_of(round, "pools_positive"),
        number_of(round, "pools_resolved"), number_of(round, "positives"));
    (void)printf(english ? "Doors missed first %lld, tubes rejected %lld, count differences %lld\n"
                           "Mop-up %s, sampled %s, finished %s, deadline %s\n"
                         : "首次未采到 %lld 户，拒收 %lld 管，清点差异 %lld 次\n"
                           "扫尾 %s，采样结束 %s，完成 %s，时限 %s\n",
                 number_of(json, "doors_missed"), number_of(json, "tubes_rejected"),
                 number_of(json, "count_differences"), text_of(json, "mop_up"),
                 text_of(json, "sampled"), text_of(round, "finished"), text_of(round, "deadline"));
    (void)printf(english ? "%lld commands, %lld events, %lld MiB on disk, %.1f s, head %s\n"
                         : "命令 %lld 条，事件 %lld 个，磁盘 %lld MiB，用时 %.1f 秒，日志头 %s\n",
                 number_of(json, "commands"), number_of(json, "events"),
                 number_of(json, "bytes") / MEBIBYTE, (double)number_of(json, "wall_ms") / 1000.0,
                 text_of(json, "head"));
}

static bool open_new(struct cli *cli, struct made_world *made,
                     const struct city_round_options *options, struct bh_err *err)
{
    made_world_init(made, options->seed, CITY_ROUND_BEGIN_MS);
    struct ledger_options open = {
        .world = &made->world,
        .catalogue = cli->catalogue,
        .create = true,
        .exercise = true,
        .name = "jilin-city-round",
        .start_ms = CITY_ROUND_BEGIN_MS,
        .zone_minutes = ZONE_MINUTES,
        .seed = (int64_t)options->seed,
    };
    if (!ledger_is_filled(cli->data, err))
        return false;
    if (!file_folder_is_empty(cli->data))
        return bh_fail(err, BH_CONFLICT, "目录 %.200s 不是空的", "the folder %.200s is not empty",
                       cli->data);
    return ledger_open(cli->data, &open, &cli->ledger, err);
}

int exercise_city_round(struct cli *cli)
{
    struct bh_err err;
    struct made_world made;
    struct city_round_options options = {.progress = cli_progress, .self = cli};
    struct city_round_report report;
    json_t *round = NULL, *owners = NULL;
    const struct world *live = world_live();
    int64_t begun_us = live->mono_us(live->self), bytes = 0;
    char hash[2 * LOG_HASH + 1], path[4200];
    if (!read_options(cli, &options, &err) || !open_new(cli, &made, &options, &err))
        return cli_failed(cli, &err);
    bool ok = city_round_play(cli->ledger, &made, &options, &report, &err) &&
              head_sign(cli->ledger, &err) && ask(cli, &report, &round, &owners, &err);
    cli_progress_end(cli);
    bh_hex(cli->ledger->head.hash, LOG_HASH, hash);
    (void)snprintf(path, sizeof path, "%s", ledger_path(cli->ledger));
    ledger_close(cli->ledger); /* the made world ends with this call */
    cli->ledger = NULL;
    if (!ok || !file_bytes(path, &bytes, &err)) {
        json_decref(round);
        json_decref(owners);
        return cli_failed(cli, &err);
    }
    json_t *json = report_json(&report, round, owners);
    (void)json_object_set_new(json, "bytes", json_integer(bytes));
    (void)json_object_set_new(json, "wall_ms",
                              json_integer((live->mono_us(live->self) - begun_us) / 1000));
    (void)json_object_set_new(json, "head", json_string(hash));
    if (cli->json)
        cli_print_json(json, false);
    else
        print_text(cli, json);
    json_decref(json);
    return 0;
}
