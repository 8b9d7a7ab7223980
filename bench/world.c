#include "world.h"

#include "ledger/account.h"
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

int64_t bench_number_in(const struct submission *submission, const char *name)
{
    json_t *json = submission->ok ? json_loads(submission->answer, 0, NULL) : NULL;
    int64_t number = json_integer_value(json_object_get(json, name));
    json_decref(json);
    return number;
}

static const struct bh_str login = {"bench", 5}, password = {"bench-only-7421", 15};

static struct accounts *open_accounts(const struct ledger *ledger)
{
    struct accounts *accounts = NULL;
    struct bh_err err;
    if (!accounts_open(ledger->folder, world_live(), &account_settings_test, &accounts, &err))
        bench_fail("accounts", &err);
    return accounts;
}

static int64_t make_user(struct bench_batch *batch, int64_t clock_ms)
{
    static const char *const roles[] = {"county_cdc", "health_commission", "subdistrict",
                                        "province_headquarters"};
    bench_batch_clear(batch);
    (void)bench_batch_add(batch, "register_user", json_pack("{s:s}", "display", "bench"), clock_ms);
    bench_batch_commit(batch);
    int64_t user = bench_number_in(&batch->submission[0], "user");
    bench_batch_clear(batch);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        (void)bench_batch_add(batch, "grant_role",
                              json_pack("{s:I, s:s, s:s}", "user", (json_int_t)user, "role",
                                        roles[i], "area", "220000"),
                              clock_ms);
    bench_batch_commit(batch);
    if (batch->refused > 0)
        bench_fail("user", &batch->why);
    return user;
}

void bench_make_login(struct bench_batch *batch, int64_t clock_ms)
{
    int64_t user = make_user(batch, clock_ms);
    struct accounts *accounts = open_accounts(batch->ledger);
    struct bh_err err;
    if (!account_create(accounts, login, user, password, false, &err))
        bench_fail("login", &err);
    accounts_close(accounts);
}

int bench_log_in(const char *folder, const char *path)
{
    struct ledger *ledger = bench_open(folder, world_live(), true);
    struct accounts *accounts = open_accounts(ledger);
    struct session session;
    struct bh_err err;
    char token[ACCOUNT_TOKEN];
    if (!account_login(accounts, login, password, (struct bh_str){0}, ledger->permit_epoch,
                       &session, token, &err))
        bench_fail("login", &err);
    accounts_close(accounts);
    ledger_close(ledger);
    FILE *out = fopen(path, "w");
    bh_assert(out);
    (void)fprintf(out, "%s\n%s\n", token, session.csrf);
    bh_assert(fclose(out) == 0);
    (void)puts("{}");
    return 0;
}
