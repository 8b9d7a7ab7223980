#include "cli/cli.h"

#include "api/manual.h"
#include "api/serve.h"
#include "ledger/permit.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_PORT = 8080, PORT_MAX = 65535, BAD_SETTINGS = 3 };

static bool read_options(struct cli *cli, struct serve_options *ret, char *tls, size_t tls_size,
                         struct bh_err *err)
{
    const char *port = cli_value(cli, "port"), *pair = cli_value(cli, "tls");
    int64_t number = DEFAULT_PORT;
    if (port && (!bh_str_to_int(bh_str_of(port), &number) || number < 0 || number > PORT_MAX))
        return bh_fail_field(err, BH_INVALID, "port", "端口应为 0 到 65535",
                             "the port should be 0 to 65535");
    *ret = (struct serve_options){
        .world = world_live(),
        .catalogue = cli->catalogue,
        .folder = cli->data,
        .address = cli_value(cli, "address"),
        .port = (int)number,
        .copy_to = cli_value(cli, "copy-to"),
        .behind_proxy = cli_value(cli, "behind-proxy") != NULL,
        .english = cli->english,
    };
    if (!pair)
        return true;
    (void)snprintf(tls, tls_size, "%s", pair);
    char *comma = strchr(tls, ',');
    if (!comma)
        return bh_fail_field(err, BH_INVALID, "tls", "应写成 证书,私钥", "should be CERT,KEY");
    *comma = 0;
    ret->tls_cert = tls;
    ret->tls_key = comma + 1;
    return true;
}

int verb_serve(struct cli *cli)
{
    struct bh_err err;
    struct serve_options options;
    char tls[8192];
    if (!read_options(cli, &options, tls, sizeof tls, &err)) {
        (void)cli_failed(cli, &err);
        return BAD_SETTINGS;
    }
    return serve_run(&options, &err) ? 0 : cli_failed(cli, &err);
}

static void man_verbs(void)
{
    (void)puts(".TH BIHUAN 1 \"\" \"bihuan " BIHUAN_VERSION
               "\"\n.SH NAME\nbihuan \\- every open loop of an outbreak has a "
               "clock, an owner and an end\n.SH SYNOPSIS\n.B bihuan\nVERB [OPTIONS]\n.SH VERBS");
    for (const struct verb *verb = verbs; verb->name; verb++) {
        (void)printf(".TP\n.B %s %s\n%s / %s\n", verb->name, verb->words, verb->en, verb->zh);
        for (const struct cli_option *option = verb->options; option->name; option++)
            (void)printf(".br\n\\-\\-%s %s: %s / %s\n", option->name,
                         option->value ? option->value : "", option->en, option->zh);
        (void)printf(".br\nExample: %s\n", verb->example);
    }
    (void)puts(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong use, 3 bad settings, 4 check failed, 5 "
               "refused by policy, 75 try "
               "later");
}

int verb_man(struct cli *cli)
{
    const char *part = cli->word_count == 1 ? cli->words[0] : "1";
    struct bh_err err;
    struct roles *roles = NULL;
    if (strcmp(part, "1") == 0) {
        man_verbs();
        return 0;
    }
    if (!cli_roles(cli, &roles, &err))
        return cli_failed(cli, &err);
    if (strcmp(part, "7") == 0)
        manual_write(stdout, cli->catalogue, roles);
    else
        permissions_write(stdout, cli->catalogue, roles);
    roles_free(roles);
    return 0;
}
