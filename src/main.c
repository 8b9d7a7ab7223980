/* The program: finds the verb, checks its options, runs it. Everything else is in the folders. */
#include "cli/cli.h"
#include "links.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { WRONG_USE = 2 };

static const struct cli_option common_options[] = {{"data", "DIR", "", ""},
                                                   {"json", NULL, "", ""},
                                                   {"lang", "zh|en", "", ""},
                                                   {"help", NULL, "", ""},
                                                   {0}};

static const struct cli_option *option_find(const struct cli_option *options, const char *name,
                                            size_t len)
{
    for (; options->name; options++)
        if (strlen(options->name) == len && strncmp(options->name, name, len) == 0)
            return options;
    return NULL;
}

static int wrong(const struct cli *cli, const char *zh, const char *en, const char *what)
{
    (void)fprintf(stderr, "bihuan%s%s: %s %s\n", cli->verb ? " " : "",
                  cli->verb ? cli->verb->name : "", cli->english ? en : zh, what);
    (void)fprintf(stderr,
                  cli->english ? "bihuan %s%s--help shows how.\n" : "用法见 bihuan %s%s--help\n",
                  cli->verb ? cli->verb->name : "", cli->verb ? " " : "");
    return WRONG_USE;
}

/* Takes one argument, or two when an option's value stands apart. Returns how many, 0 = wrong use. */
static int take_option(struct cli *cli, char **arguments, int left)
{
    const char *name = arguments[0] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *option = option_find(cli->verb->options, name, len);
    if (!option)
        option = option_find(common_options, name, len);
    if (!option || cli->given_count == CLI_OPTIONS_MAX || (equals && !option->value))
        return 0;
    const char *value = equals ? equals + 1 : "";
    int used = 1;
    if (option->value && !equals) {
        if (left < 2)
            return 0;
        value = arguments[1];
        used = 2;
    }
    cli->given[cli->given_count].name = option->name;
    cli->given[cli->given_count++].value = value;
    return used;
}

static int parse(struct cli *cli, int count, char **arguments)
{
    for (int i = 0; i < count;) {
        if (strncmp(arguments[i], "--", 2) == 0 && arguments[i][2]) {
            int used = take_option(cli, arguments + i, count - i);
            if (used == 0)
                return wrong(cli, "不认识的选项或缺少取值：",
                             "unknown option or missing value:", arguments[i]);
            i += used;
        } else if (cli->word_count < CLI_WORDS_MAX) {
            cli->words[cli->word_count++] = arguments[i++];
        } else {
            return wrong(cli, "参数太多：", "too many arguments:", arguments[i]);
        }
    }
    cli->data = cli_value(cli, "data") ? cli_value(cli, "data") : "./bihuan-data";
    cli->json = cli_value(cli, "json") != NULL;
    const char *language = cli_value(cli, "lang");
    if (language && strcmp(language, "zh") != 0 && strcmp(language, "en") != 0)
        return wrong(cli, "语言只有 zh 和 en：", "the language is zh or en:", language);
    if (language)
        cli->english = cli->english_asked = strcmp(language, "en") == 0;
    return 0;
}

/* The verb nearest in spelling: same first letters. */
static const char *nearest(const char *name)
{
    for (size_t same = strlen(name); same > 1; same--)
        for (const struct verb *verb = verbs; verb->name; verb++)
            if (strncmp(verb->name, name, same) == 0)
                return verb->name;
    return "help";
}

static bool system_is_english(void)
{
    const char *language = getenv("LC_ALL");
    if (!language || !language[0])
        language = getenv("LANG");
    return !language || strncmp(language, "zh", 2) != 0;
}

static int run(struct cli *cli, int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "";
    if (!name[0] || strcmp(name, "help") == 0 || strcmp(name, "--help") == 0) {
        cli_help(count > 2 ? verb_find(arguments[2]) : NULL, cli->english);
        return name[0] ? 0 : WRONG_USE;
    }
    cli->verb = verb_find(strcmp(name, "--version") == 0 ? "version" : name);
    if (!cli->verb) {
        (void)fprintf(stderr,
                      cli->english ? "bihuan: unknown verb '%s'; did you mean '%s'?\n"
                                   : "bihuan：没有“%s”；是否想用“%s”？\n",
                      name, nearest(name));
        return WRONG_USE;
    }
    int code = parse(cli, count - 2, arguments + 2);
    if (code != 0)
        return code;
    if (cli_value(cli, "help")) {
        cli_help(cli->verb, cli->english);
        return 0;
    }
    return cli->verb->run(cli);
}

int main(int count, char **arguments)
{
    struct cli cli = {.english = system_is_english()};
    const struct rlimit no_core = {0, 0};
    struct catalogue *catalogue = catalogue_new(all_links);
    (void)umask(077);                       /* whatever this program writes is nobody else's */
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core would hold identities and keys */
    if (sodium_init() < 0)
        return 1;
    cli.catalogue = catalogue;
    bh_arena_init(&cli.arena, (size_t)1 << 30);
    int code = run(&cli, count, arguments);
    ledger_close(cli.ledger);
    bh_arena_done(&cli.arena);
    catalogue_free(catalogue);
    return code;
}
