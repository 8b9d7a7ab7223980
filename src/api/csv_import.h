#ifndef BH_API_CSV_IMPORT_H
#define BH_API_CSV_IMPORT_H
/*
 * Flat commands (COMMAND_CSV) from CSV: one row, one command. The header names the fields in any order; a
 * command that tells of the past may have a column `occurred`. UTF-8 with or without mark, and GB18030 as
 * spreadsheets in China write it.
 *
 * The idempotency key of a row comes from the file's bytes and the row's number, so that sending the same
 * file again changes nothing; its time comes from outside and must be the same then, too.
 */
#include "base/csv.h"
#include "ledger/intake.h"

struct csv_import {
    const struct command *command;
    struct bh_arena arena; /* of the CSV reader, emptied after each row */
    struct bh_buf text;    /* the file as UTF-8 */
    struct csv_reader reader;
    const struct field *column[CSV_FIELDS_MAX]; /* field of each column, NULL = occurred */
    int column_count;
    uint8_t file_hash[16];
    int64_t key_ms;
};

struct csv_row {
    int row; /* as a person counts: the header is 1 */
    bool ok;
    struct bh_err err;            /* when not ok; row is filled */
    struct submission submission; /* command, body, occurred time, key: in the intake's arena */
};

/* Header row and one row made from the command's example. */
void csv_import_template(const struct command *command, struct bh_buf *out);

/* `file` may be released afterwards. Done must follow, also after failure. */
BH_MUST_USE bool csv_import_open(struct csv_import *import, const struct command *command,
                                 struct bh_str file, const struct intake *intake, int64_t key_ms,
                                 struct bh_err *err);
/* False at the end of the file. A broken quote ends the file with a row that is not ok. */
bool csv_import_next(struct csv_import *import, struct intake *intake, struct csv_row *ret);
void csv_import_done(struct csv_import *import);

#endif
