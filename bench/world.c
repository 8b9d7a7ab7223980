#include "world.h"

#include "ledger/intake.h"
#include "links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int64_t bench_mono_us(void)
{
    const struct world *world = world_live();
    return world->mono_us(world->self);
}

int64_t bench_cpu_us(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

void bench_fail(const char *doing, const struct bh_err *err)
{
    (void)fprintf(stderr, "bench: %s: %s [%s]\n", doing, err ? err->en : "", err ? err->field : "");
    exit(1);
}

struct ledger *bench_open(const char *folder, const struct world *world, bool read_only)
{
    struct ledger *ledger = NULL;
    struct bh_err err;
    struct ledger_options options = {
        .world = world, .catalogue = catalogue_new(all_links), .read_only = read_only};
    if (!ledger_open(folder, &options, &ledger, &err))
        bench_fail(folder, &err);
    return ledger;
}

void bench_batch_init(struct bench_batch *batch, struct ledger *ledger, size_t size)
{
    *batch = (struct bench_batch){.ledger = ledger, .size = size};
    batch->submission = bh_alloc(size * sizeof *batch->submission);
    bh_arena_init(&batch->arena, LIMIT_ARENA_BATCH);
}

void bench_batch_done(struct bench_batch *batch)
{
    bh_arena_done(&batch->arena);
    bh_free(batch->submission);
}

size_t bench_batch_add(struct bench_batch *batch, const char *command, json_t *json,
                       int64_t clock_ms)
{
    struct intake intake;
    struct bh_err err;
    const struct command *found = catalogue_command(batch->ledger->catalogue, bh_str_of(command));
    bh_assert(found && batch->count < batch->size);
    struct submission *submission = &batch->submission[batch->count];
    memset(submission, 0, sizeof *submission);
    intake_init(&intake, batch->ledger, &batch->arena, clock_ms);
    if (!intake_command(&intake, found, json, submission, &err))
        bench_fail(command, &err);
    json_decref(json);
    intake_new_key(&intake, submission);
    submission->clock_ms = clock_ms;
    return batch->count++;
}

void bench_batch_commit(struct bench_batch *batch)
{
    struct submission *list[LIMIT_BATCH];
    struct bh_err err;
    bh_assert(batch->count <= LIMIT_BATCH);
    for (size_t i = 0; i < batch->count; i++)
        list[i] = &batch->submission[i];
    if (batch->count > 0 && !ledger_commit(batch->ledger, list, batch->count, &err))
        bench_fail("commit", &err);
    for (size_t i = 0; i < batch->count; i++) {
        if (!list[i]->ok && batch->refused++ == 0) {
            batch->why = list[i]->err;
            (void)fprintf(stderr, "bench: %s was refused: %s [%s]\n", list[i]->command->name,
                          list[i]->err.en, list[i]->err.field);
        }
        batch->commands += list[i]->ok;
    }
}

void bench_batch_clear(struct bench_batch *batch)
{
    batch->count = 0;
    bh_arena_reset(&batch->arena);
}
