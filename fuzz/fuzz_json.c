/* The body of a command: the first byte picks the command, the rest is its JSON. What is accepted must survive
 * being stored and read again. */
#include "api/json_read.h"
#include "made_ledger.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stored_and_read(const struct command *command, const void *body, struct bh_arena *arena)
{
    struct bh_buf stored, again;
    struct bh_err err = {.code = BH_OK};
    void *copy = bh_arena_get(arena, command->record->size);
    bh_buf_init(&stored, LIMIT_EVENT_BYTES);
    bh_buf_init(&again, LIMIT_EVENT_BYTES);
    record_encode(command->record, body, &stored);
    bool ok = record_decode(command->record, bh_buf_view(&stored), arena, copy, &err);
    bh_assert(ok);
    record_encode(command->record, copy, &again);
    bh_assert(bh_str_equal(bh_buf_view(&stored), bh_buf_view(&again)));
    bh_buf_done(&stored);
    bh_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_arena arena;
    struct intake intake;
    struct submission submission;
    struct bh_err err = {.code = BH_OK};
    json_t *json = NULL;
    const struct command *command = size ? made_command(data[0], 0) : NULL;
    if (!command || !json_read((struct bh_str){(const char *)data + 1, size - 1}, &json, &err))
        return 0;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    intake_init(&intake, made_ledger(), &arena, INT64_C(1647230400000));
    if (intake_command(&intake, command, json, &submission, &err))
        stored_and_read(command, submission.body, &arena);
    else
        bh_assert(err.code != BH_OK);
    json_decref(json);
    bh_arena_done(&arena);
    return 0;
}
