#include "cli/cli.h"

#include "api/csv_import.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum { BATCH = 500, FAILED = 1 };

struct importer {
    struct cli *cli;
    struct intake intake;
    struct submission submission[BATCH];
    int row[BATCH];
    size_t count;
    int64_t taken, refused;
    bool dry;
};

static void tell_refused(struct importer *importer, int row, const struct bh_err *err)
{
    const bool english = importer->cli->english;
    importer->refused++;
    (void)printf("%d,%s,\"%s\"\n", row, err->field, english ? err->en : err->zh);
}

static bool flush(struct importer *importer, struct bh_err *err)
{
    struct submission *list[BATCH];
    for (size_t i = 0; i < importer->count; i++)
        list[i] = &importer->submission[i];
    if (importer->count > 0 && !ledger_commit(importer->cli->ledger, list, importer->count, err))
        return false;
    for (size_t i = 0; i < importer->count; i++) {
        if (list[i]->ok)
            importer->taken++;
        else
            tell_refused(importer, importer->row[i], &list[i]->err);
    }
    importer->count = 0;
    bh_arena_reset(&importer->cli->arena);
    return true;
}

static bool import_rows(struct importer *importer, struct csv_import *import, struct bh_err *err)
{
    struct csv_row row;
    bool ok = true;
    while (ok && csv_import_next(import, &importer->intake, &row)) {
        if (!row.ok) {
            tell_refused(importer, row.row, &row.err);
        } else if (importer->dry) {
            importer->taken++;
        } else {
            importer->row[importer->count] = row.row;
            importer->submission[importer->count++] = row.submission;
            ok = importer->count < BATCH || flush(importer, err);
        }
        if (importer->dry)
            bh_arena_reset(&importer->cli->arena);
    }
    return ok && flush(importer, err);
}

static int import_file(struct cli *cli, const struct command *command, const char *path)
{
    struct bh_err err;
    struct bh_buf file;
    struct csv_import import;
    struct importer *importer = bh_alloc(sizeof *importer);
    importer->cli = cli;
    importer->dry = cli_value(cli, "dry-run") != NULL;
    bool ok =
        cli_open(cli, !importer->dry, &err) && file_read(path, LIMIT_IMPORT_BYTES, &file, &err);
    if (ok) {
        const struct world *world = cli->ledger->world;
        intake_init(&importer->intake, cli->ledger, &cli->arena, ledger_now(cli->ledger));
        (void)puts(cli->english ? "row,field,reason" : "行,字段,原因");
        ok = csv_import_open(&import, command, bh_buf_view(&file), &importer->intake,
                             world->wall_ms(world->self), &err);
        bh_buf_done(&file);
        ok = ok && import_rows(importer, &import, &err);
        csv_import_done(&import);
    }
    int64_t taken = importer->taken, refused = importer->refused;
    bool dry = importer->dry;
    bh_free(importer);
    if (!ok)
        return cli_failed(cli, &err);
    (void)fprintf(stderr,
                  cli->english ? "%lld rows %s, %lld refused\n" : "%lld 行%s，%lld 行被拒绝\n",
                  (long long)taken,
                  cli->english ? (dry ? "would be taken" : "taken") : (dry ? "可以导入" : "已导入"),
                  (long long)refused);
    return refused > 0 ? FAILED : 0;
}

int verb_import(struct cli *cli)
{
    struct bh_err err;
    const char *path = cli_value(cli, "file");
    if (cli->word_count == 1 && strcmp(cli->words[0], "list_residents") == 0)
        return import_roll(cli);
    const struct command *command =
        cli->word_count == 1 ? catalogue_command(cli->catalogue, bh_str_of(cli->words[0])) : NULL;
    if (!command || !(command->flags & COMMAND_CSV)) {
        (void)bh_fail(&err, BH_MISSING, "没有可用 CSV 导入的这个命令",
                      "there is no such command that takes CSV");
        return cli_failed(cli, &err);
    }
    if (cli_value(cli, "template")) {
        struct bh_buf out;
        bh_buf_init(&out, LIMIT_BODY_BYTES);
        csv_import_template(command, &out);
        (void)fputs(bh_buf_c(&out), stdout);
        bh_buf_done(&out);
        return 0;
    }
    if (!path) {
        (void)bh_fail_field(&err, BH_INVALID, "file", "请给出 --file", "give --file");
        return cli_failed(cli, &err);
    }
    return import_file(cli, command, path);
}
