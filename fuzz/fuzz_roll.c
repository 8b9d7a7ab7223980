/* A table of people, CSV or XLSX, on its way to a roll of Jilin City that lists nobody yet. */
#include "api/roll_import.h"
#include "made_ledger.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the import asks of the log. */
static struct db *made_roll(void)
{
    static struct db *db;
    struct bh_err err = {.code = BH_OK};
    if (db)
        return db;
    const struct unit *unit =
        areas_unit(made_ledger()->areas, BH_STR("220200"), INT64_C(1647230400000));
    bool ok =
        db_open(":memory:", DB_WRITE, 1024, &db, &err) &&
        db_run(db, &err, "CREATE TABLE roll (roll INTEGER, area INTEGER, size INTEGER)", "") &&
        db_run(db, &err,
               "CREATE TABLE roll_block (roll INTEGER, block INTEGER, first_slot INTEGER)", "") &&
        db_run(db, &err, "CREATE TABLE event (seq INTEGER, key BLOB)", "") &&
        db_run(db, &err,
               "CREATE TABLE roll_document (roll INTEGER, document BLOB, slot "
               "INTEGER)",
               "") &&
        db_run(db, &err,
               "CREATE TABLE roll_away (roll INTEGER, slot INTEGER, change INTEGER, area INTEGER)",
               "") &&
        db_run(db, &err, "INSERT INTO roll_document VALUES (7, x'00', 1)", "") &&
        db_run(db, &err, "INSERT INTO roll VALUES (7, ?, 1)", "i",
               areas_unit_leaf(made_ledger()->areas, unit));
    bh_assert(ok);
    return db;
}

static bool bad_row(void *self, int row, const struct bh_err *err)
{
    int *last = self;
    bh_assert(row > *last && err->row == row && err->code != BH_OK);
    *last = row;
    return true;
}

static void import_run(struct roll_import *import)
{
    struct bh_arena arena;
    struct intake intake;
    struct submission submission;
    struct roll_import_sum sum;
    struct bh_buf returned;
    size_t group = 0;
    int last = 1;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    intake_init(&intake, made_ledger(), &arena, INT64_C(1647230400000));
    while (roll_import_next(import, &intake, INT64_C(1647230400000), &submission, &group)) {
        bh_assert(submission.has_key && submission.body);
        roll_import_went(import, group, NULL);
        bh_arena_reset(&arena);
    }
    roll_import_sum(import, &sum);
    bh_assert(sum.rows == sum.listed + sum.known + sum.repeated + sum.refused);
    bh_assert(sum.known == 0 && sum.repeated == 0 && sum.duplicate + sum.check <= sum.refused);
    roll_import_each_bad(import, bad_row, &last);
    bh_buf_init(&returned, 1 << 20);
    (void)roll_import_returned(import, &returned);
    bh_assert(bh_utf8_valid(bh_buf_view(&returned)));
    bh_buf_done(&returned);
    bh_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct roll_import *import = NULL;
    struct bh_err err = {.code = BH_OK};
    struct bh_str file = {(const char *)data, size};
    if (roll_import_open(&import, file, 7, made_ledger(), NULL, made_roll(), &err))
        import_run(import);
    else
        bh_assert(err.code != BH_OK && err.code != BH_IO);
    roll_import_free(import);
    return 0;
}
