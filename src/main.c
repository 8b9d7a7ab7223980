#include <stdio.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_WRONG_USE = 2 };

static void help_print(FILE *out)
{
    (void)fputs("bihuan: every open loop of an outbreak has a clock, an owner and an end\n"
                "闭环：每一个未闭合的环节都有时限、责任人和终点\n\n"
                "  bihuan version    print the version  版本\n"
                "  bihuan help       this text          帮助\n",
                out);
}

int main(int argument_count, char **arguments)
{
    const char *verb = argument_count > 1 ? arguments[1] : "";
    if (strcmp(verb, "version") == 0) {
        (void)puts("bihuan " BIHUAN_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0) {
        help_print(stdout);
        return EXIT_DONE;
    }
    help_print(stderr);
    return EXIT_WRONG_USE;
}
