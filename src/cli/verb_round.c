#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

enum { WRONG_USE = 2 };

/* The latest round, when none is named: of the area, when one is. */
static bool latest(struct cli *cli, int64_t *ret, struct bh_err *err)
{
    const char *area = cli_value(cli, "area");
    json_t *rounds = NULL, *row, *params = json_pack("{s:i}", "limit", 200);
    size_t i;
    *ret = 0;
    if (area)
        (void)json_object_set_new(params, "area", json_string(area));
    if (!cli_query(cli, "rounds", params, &rounds, err))
        return false;
    json_array_foreach(json_object_get(rounds, "rows"), i, row)
    {
        int64_t round = json_integer_value(json_object_get(row, "round"));
        *ret = round > *ret ? round : *ret;
    }
    json_decref(rounds);
    return *ret != 0 || bh_fail(err, BH_MISSING, "没有全员检测轮次", "there is no round");
}

static bool which(struct cli *cli, int64_t *ret, struct bh_err *err)
{
    const char *text = cli_value(cli, "round");
    if (!text)
        return latest(cli, ret, err);
    return (bh_str_to_int(bh_str_of(text), ret) && *ret > 0) ||
           bh_fail_field(err, BH_INVALID, "round", "轮次应为正整数",
                         "the round should be a positive number");
}

/* An area shows its own part of the round. */
static json_t *params_of(const struct cli *cli, int64_t round)
{
    json_t *params = json_pack("{s:I}", "round", (json_int_t)round);
    if (cli_value(cli, "area"))
        (void)json_object_set_new(params, "area", json_string(cli_value(cli, "area")));
    return params;
}

static long long number(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static const char *text(const json_t *json, const char *name)
{
    const char *value = json_string_value(json_object_get(json, name));
    return value ? value : "-";
}

static void print(const struct cli *cli, const json_t *one)
{
    const bool english = cli->english;
    const json_t *tubes = json_object_get(one, "tubes"), *shortage;
    size_t i;
    (void)printf(english ? "Round %lld (%s): starts %s, deadline %s, finished %s\n"
                         : "轮次 %lld（%s）：开始 %s，时限 %s，完成 %s\n",
                 number(one, "round"), text(one, "state"), text(one, "starts"),
                 text(one, "deadline"), text(one, "finished"));
    (void)printf(english ? "Due %lld: sampled %lld, exempt %lld, missed %lld\n"
                         : "应检 %lld：已采 %lld，免检 %lld，未采 %lld\n",
                 number(one, "due"), number(one, "sampled"), number(one, "exempt"),
                 number(one, "missed"));
    (void)printf(english ? "Tubes %lld: sealed %lld, delivered %lld, received %lld, tested %lld, "
                           "reported %lld\n"
                         : "采样管 %lld：封装 %lld，送达 %lld，接收 %lld，检测 %lld，报告 %lld\n",
                 number(tubes, "sampled"), number(tubes, "sealed"), number(tubes, "delivered"),
                 number(tubes, "received"), number(tubes, "tested"), number(tubes, "reported"));
    (void)printf(english ? "Positive pools %lld, resolved %lld; positives %lld\n"
                         : "阳性混管 %lld，已处置 %lld；阳性 %lld 人\n",
                 number(one, "pools_positive"), number(one, "pools_resolved"),
                 number(one, "positives"));
    json_array_foreach(json_object_get(one, "shortages"), i, shortage)(void)
        printf(english ? "Short: %s, %lld needed, %lld there, finished %s, met %s\n"
                       : "不足：%s，需要 %lld，现有 %lld，完成于 %s，补足 %s\n",
               text(shortage, "kind"), number(shortage, "needed"), number(shortage, "available"),
               text(shortage, "finish"), text(shortage, "met"));
}

int verb_round(struct cli *cli)
{
    struct bh_err err;
    int64_t round = 0;
    json_t *one = NULL;
    if (cli->word_count != 0) {
        (void)bh_fail(&err, BH_INVALID, "多余的参数", "an argument too many");
        return cli_failed(cli, &err);
    }
    if (!cli_open(cli, false, &err))
        return cli_failed(cli, &err);
    if (!which(cli, &round, &err) || !cli_query(cli, "round", params_of(cli, round), &one, &err)) {
        int code = cli_failed(cli, &err);
        return err.code == BH_MISSING || err.code == BH_INVALID ? WRONG_USE : code;
    }
    if (cli->json)
        cli_print_json(one, false);
    else
        print(cli, one);
    json_decref(one);
    return 0;
}
