#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H
/* What the programs of bench/ share: clocks, opening a folder, submitting commands given as JSON. */
#include "ledger/ledger.h"

int64_t bench_mono_us(void);
int64_t bench_cpu_us(void); /* of this process, user and system */

/* Prints the failure and ends the program. */
_Noreturn void bench_fail(const char *doing, const struct bh_err *err);

/* An existing folder with all links of the program. */
struct ledger *bench_open(const char *folder, const struct world *world, bool read_only);

/* A growing batch of commands, recorded in transactions of `size`. */
struct bench_batch {
    struct ledger *ledger;
    struct submission *submission;
    size_t count, size;
    struct bh_arena arena;
    int64_t refused, commands;
    struct bh_err why; /* of the first refusal */
};
void bench_batch_init(struct bench_batch *batch, struct ledger *ledger, size_t size);
void bench_batch_done(struct bench_batch *batch);
/* Takes the reference of json. clock_ms: the log's clock reaches this first. Returns its place in the batch. */
size_t bench_batch_add(struct bench_batch *batch, const char *command, json_t *json,
                       int64_t clock_ms);
/* One transaction; afterwards batch->submission[0 .. n-1] hold the outcome until the next add. */
void bench_batch_commit(struct bench_batch *batch);
void bench_batch_clear(struct bench_batch *batch);

/* A number of this name in the answer; 0 = none. */
int64_t bench_number_in(const struct submission *submission, const char *name);
/* A user who may report, order, sample and read in the whole province, and his login. */
void bench_make_login(struct bench_batch *batch, int64_t clock_ms);
/* Logs this user in: the file gets the cookie's value and the CSRF token, one a line. */
int bench_log_in(const char *folder, const char *path);

#endif
