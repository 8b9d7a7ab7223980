#include "cli/cli.h"

#include "os/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

enum { CHECK_FAILED = 4, SPACE_MB_WANTED = 2048, FILES_WANTED = 30000 };

static void complete_bash(void)
{
    (void)printf("_bihuan() {\n  local words='");
    for (const struct verb *verb = verbs; verb->name; verb++)
        (void)printf("%s ", verb->name);
    (void)puts("'\n  case ${COMP_WORDS[1]} in");
    for (const struct verb *verb = verbs; verb->name; verb++) {
        (void)printf("    %s) [ $COMP_CWORD -gt 1 ] && words='--data --json --lang --help",
                     verb->name);
        for (const struct cli_option *option = verb->options; option->name; option++)
            (void)printf(" --%s", option->name);
        (void)puts("' ;;");
    }
    (void)puts(
        "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
        "complete -F _bihuan bihuan");
}

static void complete_fish(void)
{
    for (const struct verb *verb = verbs; verb->name; verb++) {
        (void)printf("complete -c bihuan -n __fish_use_subcommand -a %s -d '%s'\n", verb->name,
                     verb->en);
        for (const struct cli_option *option = verb->options; option->name; option++)
            (void)printf("complete -c bihuan -n '__fish_seen_subcommand_from %s' -l %s -d '%s'\n",
                         verb->name, option->name, option->en);
    }
}

int verb_completion(struct cli *cli)
{
    const char *shell = cli->word_count == 1 ? cli->words[0] : "";
    if (strcmp(shell, "bash") == 0) {
        complete_bash();
    } else if (strcmp(shell, "zsh") == 0) {
        (void)puts("autoload -U +X bashcompinit && bashcompinit");
        complete_bash();
    } else if (strcmp(shell, "fish") == 0) {
        complete_fish();
    } else {
        struct bh_err err;
        (void)bh_fail(&err, BH_INVALID, "请选 bash、zsh 或 fish", "choose bash, zsh or fish");
        return cli_failed(cli, &err);
    }
    return 0;
}

static bool tell(const struct cli *cli, bool good, const char *zh, const char *en, long long figure)
{
    (void)printf("%s %s: %lld\n", good ? "ok  " : "BAD ", cli->english ? en : zh, figure);
    return good;
}

/* What an operator should know before the first evening: space, open files, keys apart from data, a clean log. */
int verb_doctor(struct cli *cli)
{
    struct bh_err err;
    struct statvfs disk;
    char keys[4300];
    bool good = true;
    if (statvfs(file_exists(cli->data) ? cli->data : ".", &disk) == 0) {
        unsigned long kb = (unsigned long)disk.f_bavail * ((unsigned long)disk.f_frsize / 1024);
        long long free_mb = (long long)(kb / 1024);
        good = tell(cli, free_mb >= SPACE_MB_WANTED, "可用磁盘（MB）", "free disk (MB)", free_mb) &&
               good;
    }
    struct rlimit limit;
    long long files = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (long long)limit.rlim_max : 0;
    good = tell(cli, files >= FILES_WANTED || files == 0, "可打开文件数（万人轮次需 30000）",
                "open files allowed (a city round needs 30000)", files) &&
           good;
    (void)snprintf(keys, sizeof keys, "%.4096s-keys/outbreak.key", cli->data);
    if (file_exists(cli->data)) {
        good = tell(cli, file_exists(keys), "密钥在数据目录之外", "key outside the data folder",
                    file_exists(keys)) &&
               good;
        if (!cli_open(cli, false, &err))
            return cli_failed(cli, &err);
        good =
            tell(cli, true, "日志位置", "log position", (long long)cli->ledger->head.seq) && good;
    }
    return good ? 0 : CHECK_FAILED;
}
