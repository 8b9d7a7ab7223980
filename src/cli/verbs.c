#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const struct cli_option serve_options[] = {
    {"address", "ADDRESS", "监听地址，默认 127.0.0.1", "address to listen on, default 127.0.0.1"},
    {"port", "PORT", "端口，默认 8080", "port, default 8080"},
    {"tls", "CERT,KEY", "证书与私钥文件", "certificate and key files"},
    {"copy-to", "FILE", "持续复制日志到此文件（另一台机器的目录）",
     "keep copying the log to this file (a folder of another machine)"},
    {"behind-proxy", NULL, "在本机反向代理之后", "behind a reverse proxy on this machine"},
    {0},
};
static const struct cli_option import_options[] = {
    {"file", "FILE", "CSV 文件（名册也可用 XLSX）", "CSV file; for a roll XLSX, too"},
    {"dry-run", NULL, "只检查，不写入", "only check, write nothing"},
    {"roll", "N", "名册编号（导入 list_residents 时）", "number of the roll, for list_residents"},
    {"returned", "FILE", "把未登记的行连同原因写入此文件",
     "write the rows not listed here, with reasons"},
    {"template", NULL, "输出 CSV 模板", "print the CSV template"},
    {0},
};
static const struct cli_option user_options[] = {
    {"login", "NAME", "登录名", "login name"},
    {"display", "TEXT", "显示姓名", "name shown"},
    {"role", "ROLE", "角色", "role"},
    {"area", "UNIT", "范围", "scope"},
    {"password-file", "FILE", "从文件读取口令", "read the password from a file"},
    {0},
};
static const struct cli_option plan_options[] = {
    {"file", "FILE", "方案文件（YAML）", "plan layer (YAML)"},
    {"area", "UNIT", "区划", "area"},
    {"at", "TIME", "时刻", "instant"},
    {0},
};
static const struct cli_option init_options[] = {
    {"name", "NAME", "日志名称", "name of the log"},
    {"start", "TIME", "练习时钟的起点", "start of the exercise clock"},
    {0},
};
static const struct cli_option exercise_options[] = {
    {"seed", "N", "种子，默认 1", "seed, default 1"},
    {"until", "TIME", "只演到此刻（jilin-2022-03）", "play only up to this time (jilin-2022-03)"},
    {"scale", "PART", "人口比例 0.001 至 1，默认 1（jilin-city-round）",
     "part of the people, 0.001 to 1, default 1 (jilin-city-round)"},
    {"capacity-tubes-a-day", "N", "本市每日检测管数，默认 285000（jilin-city-round）",
     "tubes a day of the city's laboratories, default 285000 (jilin-city-round)"},
    {0},
};
static const struct cli_option round_options[] = {
    {"round", "N", "轮次，默认最近一轮", "the round; default: the latest"},
    {"area", "UNIT", "区划：只看其在该轮中的部分", "only this area's part of the round"},
    {0},
};
static const struct cli_option loops_options[] = {
    {"area", "UNIT", "区划代码或名称", "unit id or name"},
    {"state", "STATE", "open、due-soon、overdue、escalated、closed 或 all，默认 open",
     "open, due-soon, overdue, escalated, closed or all; default open"},
    {"overdue", NULL, "即 --state overdue", "the same as --state overdue"},
    {"at", "TIME", "按此刻所知", "as known at this time"},
    {"rule", "RULE", "只看这一种义务", "only this kind of duty"},
    {0},
};
static const struct cli_option bulletin_options[] = {
    {"area", "UNIT", "发布单位", "publishing area"},
    {"day", "DAY", "统计日 2022-03-13", "day counted, 2022-03-13"},
    {"from", "TIME", "统计时段开始", "start of the window"},
    {"to", "TIME", "统计时段结束", "end of the window"},
    {"version", "N", "指定版本", "this version"},
    {"draft", NULL, "按现有事实重新计算", "recompute from the facts as they are"},
    {"verify", "TEXT", "核验印刷件二维码的文字（- 为标准输入）；不符则退出码为 4",
     "verify the text of a printed code (- reads it from standard input); exit 4 if it is not "
     "true"},
    {0},
};
static const struct cli_option query_options[] = {
    {"params", "JSON", "查询参数", "parameters of the query"},
    {0},
};
static const struct cli_option do_options[] = {
    {"body", "JSON", "命令内容，- 为标准输入", "body of the command, - for standard input"},
    {"key", "HEX", "幂等键（32 位十六进制）", "idempotency key, 32 hex digits"},
    {0},
};
static const struct cli_option export_options[] = {
    {"from", "SEQ", "从此位置起", "from this position"},
    {0},
};
static const struct cli_option verify_options[] = {
    {"head", "FILE", "与签名的日志头核对", "compare with signed heads"},
    {"duties", NULL, "按方案重新推算义务并比较", "evaluate the duties again and compare"},
    {0},
};
static const struct cli_option rebuild_options[] = {
    {"check", NULL, "只比较，不替换", "compare only, replace nothing"},
    {0},
};
static const struct cli_option backup_options[] = {
    {"to", "FILE", "写入此文件", "write to this file"},
    {"follow", NULL, "逐行跟随日志持续复制（最多落后 5 秒），直到被中断",
     "follow the log row by row, at most 5 s behind, until interrupted"},
    {0},
};
static const struct cli_option restore_options[] = {
    {"from", "FILE", "备份文件或持续副本", "a backup or a followed copy"},
    {"keys", "DIR", "从此目录复制密钥（备份中没有密钥）",
     "copy the keys from this folder (no backup holds them)"},
    {"partial", NULL, "副本损坏时取损坏之前的部分",
     "of a damaged copy take what comes before the damage"},
    {0},
};
static const struct cli_option load_options[] = {
    {"to", "ADDRESS", "服务地址（数字），默认 http://127.0.0.1:8080",
     "numeric address of the server, default http://127.0.0.1:8080"},
    {"ca", "FILE", "https 时信任的证书", "certificate to trust with https"},
    {"real", NULL, "服务器上的日志不是练习也施压", "also load a log that is no exercise"},
    {"session", "FILE", "会话文件：第一行 Cookie 值，第二行 CSRF 令牌",
     "session: a line with the cookie's value, a line with the CSRF token"},
    {"token", "FILE", "API 令牌文件", "file with an API token"},
    {"login", "NAME", "登录名（配合 --password-file）", "login, with --password-file"},
    {"password-file", "FILE", "口令文件", "file with the password"},
    {"round", "N", "轮次编号；不给则只发查询", "number of the round; without it only questions"},
    {"site", "N,N", "采样点编号，默认该轮全部开放的采样点",
     "sites, default: all open ones of the round"},
    {"residents", "N", "名册人数，默认取该轮应检人数", "people on the roll, default: those due"},
    {"order", "door|random", "按门牌顺序或随机顺序", "as people live, or from all over"},
    {"pool", "N", "每管人数，默认 10（手机模式 1）", "people a tube, default 10, phones 1"},
    {"together", "N", "一次请求送几管，默认 1", "tubes in one request, default 1"},
    {"documents", "FILE", "证件号文件，每行一个，按名册序号",
     "document numbers, one a line, by slot"},
    {"document-percent", "N", "以证件号给出的人的百分比，默认 50",
     "percent of people given by document, default 50"},
    {"receipts", NULL, "为每人生成回执码", "give everybody a receipt code"},
    {"skip", "N", "跳过前次演练用掉的管数", "tubes an earlier rehearsal has used"},
    {"seen", "N", "其中已采样、可供查询的管数（与 --salt 同用）",
     "of these so many were sampled with the same --salt: questions may be about them"},
    {"salt", "N", "管码、回执码、幂等键的种子", "seed of codes, receipts and keys"},
    {"rate", "N", "每秒人数（1 倍），0 为闭环", "persons a second at 1x, 0 = closed loop"},
    {"ladder", "1,2,5,10", "倍数阶梯", "ladder of multiples"},
    {"seconds", "N", "每级秒数，默认 60", "seconds of each step, default 60"},
    {"connections", "N", "连接数，默认 256", "connections, default 256"},
    {"aside-connections", "N", "每类查询的连接数，默认 64",
     "connections of each kind of question, default 64"},
    {"patience", "MS", "等不到空闲连接多久算未发，默认 1000",
     "wait for a free connection before a request counts as unsent, default 1000"},
    {"retries", "N", "被拒绝后按 Retry-After 重发的次数，默认 0；闭环总会重发",
     "times a refused request comes back after its Retry-After, default 0; in a closed loop "
     "always"},
    {"lookup", "RATE:PATH [BODY]", "同时发送的查询，可含 {slot}、{receipt}；有正文即为 POST",
     "look-ups beside it; may hold {slot} and {receipt}; with a body a POST"},
    {"board", "RATE:PATH", "同时发送的看板查询", "boards beside it"},
    {"export", "RATE:PATH", "同时发送的导出", "exports beside it"},
    {"forwarded", NULL, "每个查询冒充另一客户（X-Forwarded-For），用于代理之后的服务",
     "each question names another client (X-Forwarded-For), for a server behind a proxy"},
    {"idle", "N", "不说话的连接数", "connections that say nothing"},
    {"slow", "N", "每秒一字节的连接数", "connections that dribble a byte a second"},
    {"broken", "N", "半途断开的连接数", "connections that break off half-way"},
    {"phones", "N", "离线后返回的手机数", "phones that return from offline"},
    {"records", "N", "每部手机的记录数，默认 200", "records of each phone, default 200"},
    {"cut-percent", "N", "发出后断网的记录的百分比，默认 1",
     "percent of records after which the network is cut, default 1"},
    {"minutes", "N", "手机返回的时间段（分钟），默认 20",
     "minutes within which phones return, default 20"},
    {"scale-percent", "N", "手机数的百分比，默认 100", "percent of the phones, default 100"},
    {0},
};
static const struct cli_option no_options[] = {{0}};

const struct verb verbs[] = {
    {"serve", "运行服务", "run the server", "", "bihuan serve --data ./bihuan-data", serve_options,
     verb_serve},
    {"init", "新建数据目录", "make a data folder", "",
     "bihuan init --data ./bihuan-data --name 吉林省", init_options, verb_init},
    {"exercise", "载入练习", "load an exercise", "NAME",
     "bihuan exercise jilin-2022-03 --data ./bihuan-data", exercise_options, verb_exercise},
    {"round", "全员检测轮次的进展", "how far a round is", "", "bihuan round --area 220200 --json",
     round_options, verb_round},
    {"loops", "未闭合的环节", "open loops", "",
     "bihuan loops --area 220200 --state escalated --json", loops_options, verb_loops},
    {"bulletin", "疫情通报", "the bulletin", "", "bihuan bulletin --area 220000 --day 2022-03-13",
     bulletin_options, verb_bulletin},
    {"query", "运行一个查询", "run a query", "NAME",
     "bihuan query board --params '{\"area\":\"220000\"}' --json", query_options, verb_query},
    {"do", "执行一个命令", "run a command", "NAME",
     "bihuan do register_institution --body "
     "'{\"kind\":\"cdc\",\"name\":\"县疾控中心\",\"area\":\"220221\"}'",
     do_options, verb_do},
    {"export", "导出日志", "export the log", "log", "bihuan export log > log.jsonl", export_options,
     verb_export},
    {"import", "从 CSV 导入（名册也可用 XLSX）", "import from CSV, a roll also from XLSX",
     "COMMAND", "bihuan import register_person --file people.csv --dry-run", import_options,
     verb_import},
    {"user", "用户与角色", "users and roles", "add|list",
     "bihuan user add --login li --role county_cdc --area 220221 --password-file secret.txt",
     user_options, verb_user},
    {"plan", "检查、采用、查看方案", "check, adopt or show plans", "check|adopt|show",
     "bihuan plan check --file order.yaml", plan_options, verb_plan},
    {"load", "演练一轮采样的负荷", "rehearse the load of a round", "",
     "bihuan load --round 2965 --login li --password-file secret.txt --rate 2000 --ladder 1,2,5,10",
     load_options, verb_load},
    {"verify", "验证日志未被改动", "prove that the log is unchanged", "",
     "bihuan verify --data ./bihuan-data", verify_options, verb_verify},
    {"rebuild", "由日志重建派生表", "rebuild derived tables from the log", "",
     "bihuan rebuild --data ./bihuan-data", rebuild_options, verb_rebuild},
    {"backup", "备份日志", "copy the log", "", "bihuan backup --to /mnt/other/log-0314.db",
     backup_options, verb_backup},
    {"restore", "由备份恢复到空目录", "restore a copy into an empty folder", "",
     "bihuan restore --from /mnt/other/log-0314.db --keys /mnt/safe/keys --data ./restored",
     restore_options, verb_restore},
    {"doctor", "检查运行环境", "check the surroundings", "", "bihuan doctor", no_options,
     verb_doctor},
    {"man", "输出手册页（1 命令行，7 命令表，permissions 权限表）",
     "manual pages (1 verbs, 7 commands, permissions matrix)", "1|7|permissions",
     "bihuan man > bihuan.1", no_options, verb_man},
    {"version", "版本", "version", "", "bihuan version", no_options, verb_version},
    {"completion", "命令补全脚本", "shell completion", "bash|zsh|fish", "bihuan completion bash",
     no_options, verb_completion},
    {0},
};

const struct verb *verb_find(const char *name)
{
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

static void help_verb(const struct verb *verb, bool english)
{
    (void)printf("bihuan %s %s\n  %s\n\n", verb->name, verb->words, english ? verb->en : verb->zh);
    for (const struct cli_option *option = verb->options; option->name; option++)
        (void)printf("  --%s %s\n        %s\n", option->name, option->value ? option->value : "",
                     english ? option->en : option->zh);
    (void)printf(
        "  --data DIR\n        %s\n  --json\n        %s\n  --lang zh|en\n        %s\n\n%s: %s\n",
        english ? "data folder, default ./bihuan-data" : "数据目录，默认 ./bihuan-data",
        english ? "machine-readable output" : "机器可读输出", english ? "language" : "语言",
        english ? "Example" : "例", verb->example);
}

void cli_help(const struct verb *verb, bool english)
{
    if (verb) {
        help_verb(verb, english);
        return;
    }
    (void)puts(english ? "bihuan: every open loop of an outbreak has a clock, an owner and an end\n"
                       : "闭环 bihuan：每一个未闭合的环节都有时限、责任人和终点\n");
    for (const struct verb *each = verbs; each->name; each++)
        (void)printf("  %-11s %-22s %s\n", each->name, each->words, english ? each->en : each->zh);
    (void)puts(english ? "\nbihuan VERB --help shows options and an example.\n"
                         "Exit: 0 done, 1 failed, 2 wrong use, 3 bad settings, 4 check failed, 5 "
                         "refused, 75 try later"
                       : "\nbihuan VERB --help 查看选项与示例。\n"
                         "退出码：0 完成，1 失败，2 用法错误，3 设置错误，4 校验失败，5 "
                         "被规则拒绝，75 稍后再试");
}
