#include "cli/cli.h"

#include "api/roll_import.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum {
    GROUPS = 20,  /* commands in one transaction */
    FAILED = 1,   /* some rows were not listed */
    SHOWN = 1000, /* reasons printed; --returned writes all */
};

struct roll_importer {
    struct cli *cli;
    struct roll_import *import;
    struct submission submission[GROUPS];
    size_t group[GROUPS];
    size_t count;
    int shown;
    bool dry;
};

static bool flush(struct roll_importer *importer, struct bh_err *err)
{
    struct submission *list[GROUPS];
    for (size_t i = 0; i < importer->count; i++)
        list[i] = &importer->submission[i];
    if (importer->count > 0 && !importer->dry &&
        !ledger_commit(importer->cli->ledger, list, importer->count, err))
        return false;
    for (size_t i = 0; i < importer->count; i++)
        roll_import_went(importer->import, importer->group[i],
                         importer->dry || list[i]->ok ? NULL : &list[i]->err);
    importer->count = 0;
    bh_arena_reset(&importer->cli->arena);
    return true;
}

static bool run(struct roll_importer *importer, struct bh_err *err)
{
    struct cli *cli = importer->cli;
    const struct world *world = cli->ledger->world;
    int64_t key_ms = world->wall_ms(world->self), done = 0;
    struct roll_import_sum sum;
    struct intake intake;
    size_t group = 0;
    bool ok = true;
    roll_import_sum(importer->import, &sum);
    intake_init(&intake, cli->ledger, &cli->arena, ledger_now(cli->ledger));
    while (ok && roll_import_next(importer->import, &intake, key_ms,
                                  &importer->submission[importer->count], &group)) {
        importer->group[importer->count++] = group;
        if (importer->count < GROUPS)
            continue;
        ok = flush(importer, err);
        roll_import_sum(importer->import, &sum);
        done = sum.listed + sum.known + sum.refused + sum.repeated;
        cli_progress(cli, done, sum.rows);
    }
    ok = ok && flush(importer, err);
    cli_progress_end(cli);
    return ok;
}

static bool tell_bad(void *self, int row, const struct bh_err *err)
{
    struct roll_importer *importer = self;
    const bool english = importer->cli->english;
    (void)printf("%d,%s,\"%s\"\n", row, err->field, english ? err->en : err->zh);
    return ++importer->shown < SHOWN;
}

static void tell_sum(const struct roll_importer *importer, const struct roll_import_sum *sum)
{
    const struct cli *cli = importer->cli;
    if (cli->json) {
        cli_print_made(
            json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "dry_run", importer->dry, "rows",
                      (json_int_t)sum->rows, "accepted", (json_int_t)sum->listed, "refused",
                      (json_int_t)sum->refused, "known", (json_int_t)sum->known, "repeated",
                      (json_int_t)sum->repeated, "duplicates", (json_int_t)sum->duplicate,
                      "wrong_checks", (json_int_t)sum->check));
        return;
    }
    (void)fprintf(
        stderr,
        cli->english ? "%lld rows: %lld %s, %lld refused (%lld twice in the file, %lld wrong check "
                       "characters), %lld on the roll already, %lld imported before\n"
                     : "%lld 行：%lld 人%s，%lld 行被拒绝（文件内重复 %lld，校验码错误 "
                       "%lld），已在册 %lld，此前已导入 %lld\n",
        (long long)sum->rows, (long long)sum->listed,
        cli->english ? (importer->dry ? "would be listed" : "listed")
                     : (importer->dry ? "可以登记" : "已登记"),
        (long long)sum->refused, (long long)sum->duplicate, (long long)sum->check,
        (long long)sum->known, (long long)sum->repeated);
}

/* Rows that were not listed: told, and written where --returned says. */
static bool tell(struct roll_importer *importer, struct bh_err *err)
{
    struct cli *cli = importer->cli;
    const char *path = cli_value(cli, "returned");
    struct roll_import_sum sum;
    struct bh_buf out;
    bool ok = true;
    roll_import_sum(importer->import, &sum);
    if (!cli->json) {
        (void)puts(cli->english ? "row,field,reason" : "行,字段,原因");
        roll_import_each_bad(importer->import, tell_bad, importer);
    }
    if (path) {
        bh_buf_init(&out, 2 * ROLL_IMPORT_BYTES);
        (void)roll_import_returned(importer->import, &out);
        ok = file_write(path, bh_buf_view(&out), 0600, err);
        bh_buf_done(&out);
    }
    tell_sum(importer, &sum);
    return ok;
}

static bool open_file(struct roll_importer *importer, int64_t roll, const char *path,
                      struct bh_err *err)
{
    struct cli *cli = importer->cli;
    struct bh_buf file;
    if (!cli_open(cli, !importer->dry, err) || !file_read(path, ROLL_IMPORT_BYTES, &file, err))
        return false;
    bool ok = roll_import_open(&importer->import, bh_buf_view(&file), roll, cli->ledger, NULL,
                               cli->ledger->db, err);
    bh_buf_done(&file);
    return ok;
}

int import_roll(struct cli *cli)
{
    struct bh_err err;
    const char *path = cli_value(cli, "file"), *number = cli_value(cli, "roll");
    int64_t roll = 0;
    if (cli_value(cli, "template")) {
        struct bh_buf out;
        bh_buf_init(&out, LIMIT_BODY_BYTES);
        roll_import_template(&out);
        (void)fputs(bh_buf_c(&out), stdout);
        bh_buf_done(&out);
        return 0;
    }
    if (!path || !number || !bh_str_to_int(bh_str_of(number), &roll)) {
        (void)bh_fail_field(&err, BH_INVALID, path ? "roll" : "file", "请给出 --file 和 --roll",
                            "give --file and --roll");
        return cli_failed(cli, &err);
    }
    struct roll_importer *importer = bh_alloc(sizeof *importer);
    memset(importer, 0, sizeof *importer);
    importer->cli = cli;
    importer->dry = cli_value(cli, "dry-run") != NULL;
    bool ok = open_file(importer, roll, path, &err) && run(importer, &err) && tell(importer, &err);
    struct roll_import_sum sum = {0};
    if (ok)
        roll_import_sum(importer->import, &sum);
    roll_import_free(importer->import);
    bh_free(importer);
    if (!ok)
        return cli_failed(cli, &err);
    return sum.refused > 0 ? FAILED : 0;
}
