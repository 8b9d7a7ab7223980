#include "ledger/follow.h"

#include <stdatomic.h>
#include <stdio.h>

enum { PASS_ROWS = 20000, LOOK_MS = 200, AGAIN_MS = 1000, CACHE_KB = 4 << 10, KIND_LIMIT = 1024 };

struct follower {
    struct follow_options options;
    struct thread thread;
    struct db *db;
    bool wanted[KIND_LIMIT];
    int64_t position; /* of the last row read; the thread's own */
    struct lock lock; /* guards `stopping` */
    struct condition ring;
    bool stopping;
    atomic_llong told;
    atomic_bool caught_up, failed;
};

static bool is_wanted(const struct follower *follower, int64_t kind)
{
    return kind >= 0 && kind < KIND_LIMIT && follower->wanted[kind];
}

/* *ret_rows: rows read, wanted or not. Ends early when an event asks for a look at the database. */
static bool read_rows(struct follower *follower, int64_t *ret_rows, struct bh_err *err)
{
    const struct follow_options *options = &follower->options;
    struct log_reader reader;
    struct event event;
    struct bh_err closed;
    bool ok = true, more = true;
    int64_t rows = 0;
    /* Without the catalogue: most rows are skipped, decoding them would be most of the work. */
    log_reader_open(&reader, follower->db, NULL, follower->position + 1,
                    follower->position + PASS_ROWS);
    while (ok && more && log_reader_next(&reader)) {
        if (is_wanted(follower, reader.row.kind)) {
            ok = log_decode(options->catalogue, &reader.row, &reader.arena, &event, err);
            more = ok && options->take(options->self, &event);
        }
        if (ok)
            follower->position = reader.row.seq;
        rows += ok;
    }
    *ret_rows = rows;
    return log_reader_close(&reader, ok ? err : &closed) && ok;
}

static bool pass(struct follower *follower, int64_t *ret_rows, struct bh_err *err)
{
    const struct follow_options *options = &follower->options;
    if (!db_begin_read(follower->db, err))
        return false;
    bool ok =
        read_rows(follower, ret_rows, err) &&
        (!options->look || options->look(options->self, follower->db, follower->position, err));
    db_rollback(follower->db);
    return ok;
}

static bool is_stopping(struct follower *follower)
{
    lock_take(&follower->lock);
    bool stopping = follower->stopping;
    lock_give(&follower->lock);
    return stopping;
}

/* One look at the log: everything that is there is given. */
static void follow_all(struct follower *follower)
{
    struct bh_err err = {.code = BH_OK};
    int64_t rows = 1;
    bool ok = true;
    while (ok && rows > 0 && !is_stopping(follower)) {
        ok = pass(follower, &rows, &err);
        atomic_store(&follower->told, follower->position);
    }
    if (ok && rows == 0)
        atomic_store(&follower->caught_up, true);
    if (!ok && !atomic_load(&follower->failed))
        (void)fprintf(stderr, "bihuan: %s, after event %lld: %s / %s\n", follower->options.name,
                      (long long)follower->position, err.en, err.zh);
    atomic_store(&follower->failed, !ok);
}

static void run(void *self)
{
    struct follower *follower = self;
    while (!is_stopping(follower)) {
        follow_all(follower);
        lock_take(&follower->lock);
        if (!follower->stopping)
            (void)condition_wait_ms(&follower->ring, &follower->lock,
                                    atomic_load(&follower->failed) ? AGAIN_MS
                                                                   : follower->options.look_ms);
        lock_give(&follower->lock);
    }
}

static void follower_free(struct follower *follower)
{
    db_close(follower->db);
    condition_done(&follower->ring);
    lock_done(&follower->lock);
    bh_free(follower);
}

bool follower_start(const struct follow_options *options, struct follower **ret, struct bh_err *err)
{
    struct follower *follower = bh_alloc(sizeof *follower);
    follower->options = *options;
    if (follower->options.look_ms == 0)
        follower->options.look_ms = LOOK_MS;
    for (int kind = 0; kind < KIND_LIMIT; kind++)
        follower->wanted[kind] = options->kinds == NULL;
    for (const int *kind = options->kinds; kind && *kind; kind++)
        follower->wanted[*kind] = true;
    follower->position = options->from - 1;
    atomic_store(&follower->told, follower->position);
    lock_init(&follower->lock);
    condition_init(&follower->ring);
    if (!db_open(options->path, DB_READ, CACHE_KB, &follower->db, err) ||
        !thread_start(&follower->thread, options->name, run, follower, err)) {
        follower_free(follower);
        return false;
    }
    *ret = follower;
    return true;
}

void follower_stop(struct follower *follower)
{
    if (!follower)
        return;
    lock_take(&follower->lock);
    follower->stopping = true;
    condition_signal(&follower->ring);
    lock_give(&follower->lock);
    thread_join(&follower->thread);
    follower_free(follower);
}

void follower_state(struct follower *follower, struct follow_state *ret)
{
    *ret = (struct follow_state){.position = atomic_load(&follower->told),
                                 .caught_up = atomic_load(&follower->caught_up),
                                 .failed = atomic_load(&follower->failed)};
}

bool follower_is_current(struct follower *follower)
{
    return atomic_load_explicit(&follower->caught_up, memory_order_acquire) &&
           !atomic_load_explicit(&follower->failed, memory_order_relaxed);
}
