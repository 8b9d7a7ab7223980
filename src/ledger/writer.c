#include "ledger/writer.h"

#include "ledger/link.h"
#include "os/thread.h"

#include <string.h>

enum {
    WINDOW_MS = 2,      /* how long a commit waits for company */
    WINDOW_ENOUGH = 64, /* ... unless so many are there */
    WAIT_MAX_MS = 150,  /* expected waiting time of the most urgent class */
};

struct work {
    bool (*run)(struct ledger *ledger, void *self, struct bh_err *err);
    void *self;
    struct bh_err *err;
    bool ok, finished;
};

struct writer {
    struct ledger *ledger;
    struct thread thread;
    struct lock lock;
    struct condition filled, worked;
    struct submission *first, *last;
    struct work *work;
    bool stopping;
    bool company; /* the last batch held more than one: waiting for others pays */
    struct writer_figures figures;
    int64_t batch_16; /* recent mean size of a batch, in sixteenths */
    int64_t seq, now_ms;
    uint64_t jitter;
    void (*on_batch)(void *self);
    void *self;
};

/* Share of the waiting time a class may use: what can wait is refused first. */
static int64_t wait_allowed(enum priority priority)
{
    static const int64_t share[] = {100, 80, 60, 40, 20};
    return WAIT_MAX_MS * share[priority] / 100;
}

static int64_t expected_wait_ms(const struct writer *writer)
{
    int64_t batch = writer->batch_16 >= 16 ? writer->batch_16 / 16 : 1;
    int64_t commits = writer->figures.queue / batch + 1;
    return commits * writer->figures.commit_us / 1000;
}

bool writer_submit(struct writer *writer, struct submission *submission, int64_t *ret_retry_ms)
{
    lock_take(&writer->lock);
    int64_t wait = expected_wait_ms(writer);
    bool taken = !writer->stopping && writer->figures.queue < LIMIT_QUEUE &&
                 (writer->figures.queue < WINDOW_ENOUGH ||
                  wait <= wait_allowed(submission->command->priority));
    if (taken) {
        submission->next = NULL;
        if (writer->last)
            writer->last->next = submission;
        else
            writer->first = submission;
        writer->last = submission;
        writer->figures.queue++;
        condition_signal(&writer->filled);
    } else {
        writer->figures.refused_full++;
        writer->jitter = writer->jitter * UINT64_C(6364136223846793005) + 1442695040888963407u;
        *ret_retry_ms = 1000 + (int64_t)(writer->jitter >> 33) % 2000;
    }
    lock_give(&writer->lock);
    return taken;
}

/* Waits for something to do; false when stopping and nothing is left. */
static bool wait_for_work(struct writer *writer)
{
    while (!writer->first && !writer->work && !writer->stopping)
        condition_wait(&writer->filled, &writer->lock);
    if (writer->first && writer->company && writer->figures.queue < WINDOW_ENOUGH &&
        !writer->stopping && !writer->work)
        (void)condition_wait_ms(&writer->filled, &writer->lock, WINDOW_MS);
    return writer->first || writer->work;
}

static size_t take_batch(struct writer *writer, struct submission **list)
{
    size_t count = 0;
    while (writer->first && count < LIMIT_BATCH) {
        list[count++] = writer->first;
        writer->first = writer->first->next;
    }
    if (!writer->first)
        writer->last = NULL;
    writer->figures.queue -= (int64_t)count;
    return count;
}

static void do_work(struct writer *writer)
{
    struct work *work = writer->work;
    writer->work = NULL;
    lock_give(&writer->lock);
    bool ok = work->run(writer->ledger, work->self, work->err);
    lock_take(&writer->lock);
    work->ok = ok;
    work->finished = true;
    condition_broadcast(&writer->worked);
}

static void do_batch(struct writer *writer, struct submission **list)
{
    struct bh_err err;
    size_t count = take_batch(writer, list);
    const struct world *world = writer->ledger->world;
    lock_give(&writer->lock);
    int64_t before = world->mono_us(world->self);
    (void)ledger_commit(writer->ledger, list, count,
                        &err); /* each submission carries its own outcome */
    int64_t took = world->mono_us(world->self) - before;
    for (size_t i = 0; i < count; i++)
        if (list[i]->done)
            list[i]->done(list[i]);
    lock_take(&writer->lock);
    writer->company = count > 1 || writer->first;
    writer->figures.commits++;
    writer->figures.commands += (int64_t)count;
    writer->figures.commit_us += (took - writer->figures.commit_us) / 8;
    writer->batch_16 += ((int64_t)count * 16 - writer->batch_16) / 8;
}

static void run(void *self)
{
    struct writer *writer = self;
    struct submission **list = bh_alloc(sizeof(struct submission *) * LIMIT_BATCH);
    lock_take(&writer->lock);
    while (wait_for_work(writer)) {
        if (writer->work)
            do_work(writer);
        else
            do_batch(writer, list);
        writer->seq = writer->ledger->head.seq;
        writer->now_ms = ledger_now(writer->ledger);
        lock_give(&writer->lock);
        if (writer->on_batch)
            writer->on_batch(writer->self);
        lock_take(&writer->lock);
    }
    lock_give(&writer->lock);
    bh_free(list);
}

bool writer_start(struct ledger *ledger, void (*on_batch)(void *self), void *self,
                  struct writer **ret, struct bh_err *err)
{
    struct writer *writer = bh_alloc(sizeof *writer);
    writer->ledger = ledger;
    writer->on_batch = on_batch;
    writer->self = self;
    writer->seq = ledger->head.seq;
    writer->now_ms = ledger_now(ledger);
    ledger->world->entropy(ledger->world->self, &writer->jitter, sizeof writer->jitter);
    lock_init(&writer->lock);
    condition_init(&writer->filled);
    condition_init(&writer->worked);
    if (!thread_start(&writer->thread, "writer", run, writer, err)) {
        bh_free(writer);
        return false;
    }
    *ret = writer;
    return true;
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    lock_take(&writer->lock);
    writer->stopping = true;
    condition_signal(&writer->filled);
    lock_give(&writer->lock);
    thread_join(&writer->thread);
    condition_done(&writer->filled);
    condition_done(&writer->worked);
    lock_done(&writer->lock);
    bh_free(writer);
}

void writer_figures(struct writer *writer, struct writer_figures *ret)
{
    lock_take(&writer->lock);
    *ret = writer->figures;
    ret->wait_ms = expected_wait_ms(writer);
    lock_give(&writer->lock);
}

void writer_position(struct writer *writer, int64_t *ret_seq, int64_t *ret_now_ms)
{
    lock_take(&writer->lock);
    *ret_seq = writer->seq;
    *ret_now_ms = writer->now_ms;
    lock_give(&writer->lock);
}

bool writer_run(struct writer *writer,
                bool (*work)(struct ledger *ledger, void *self, struct bh_err *err), void *self,
                struct bh_err *err)
{
    struct work item = {.run = work, .self = self, .err = err};
    lock_take(&writer->lock);
    while (writer->work && !writer->stopping)
        condition_wait(&writer->worked, &writer->lock);
    if (writer->stopping) {
        lock_give(&writer->lock);
        return bh_fail(err, BH_STOPPED, "正在停止", "stopping");
    }
    writer->work = &item;
    condition_signal(&writer->filled);
    while (!item.finished)
        condition_wait(&writer->worked, &writer->lock);
    lock_give(&writer->lock);
    return item.ok;
}
