/* A CSV file: the first byte picks the flat command, the rest is the file. */
#include "api/csv_import.h"
#include "made_ledger.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct csv_import import;
    struct bh_arena arena;
    struct intake intake;
    struct csv_row row;
    struct bh_err err = {.code = BH_OK};
    const struct command *command = size ? made_command(data[0], COMMAND_CSV) : NULL;
    int last = 1;
    if (!command)
        return 0;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    intake_init(&intake, made_ledger(), &arena, INT64_C(1647230400000));
    struct bh_str file = {(const char *)data + 1, size - 1};
    if (csv_import_open(&import, command, file, &intake, INT64_C(1647230400000), &err)) {
        while (csv_import_next(&import, &intake, &row)) {
            bh_assert(row.row > last);
            bh_assert(row.ok || row.err.row == row.row);
            bh_assert(!row.ok || row.submission.has_key);
            last = row.row;
            bh_arena_reset(&arena);
        }
    } else {
        bh_assert(err.code != BH_OK);
    }
    csv_import_done(&import);
    bh_arena_done(&arena);
    return 0;
}
