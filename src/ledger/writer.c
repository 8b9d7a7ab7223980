#include "ledger/writer.h"

#include "ledger/link.h"
#include "ledger/pace.h"
#include "os/thread.h"

#include <stdatomic.h>
#include <string.h>

enum {
    WINDOW_MS = 2,      /* how long a commit waits for company */
    WINDOW_ENOUGH = 64, /* ... unless so many are there */
    WAIT_MAX_MS = 80,   /* that the work before it may cost the most urgent class */
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
    int64_t wake_at; /* length of the queue that the sleeping thread waits for */
    bool company;    /* the last batch held more than one: waiting for others pays */
    struct writer_figures figures;
    struct pace pace;
    int64_t running; /* commands in the transaction under way */
    /* Read without the lock: classes from here on are refused now, and the most urgent one since it was asked. */
    atomic_int refused_from, refused_since;
    atomic_llong refused_early; /* before their requests were read */
    int64_t seq, now_ms;
    void (*on_batch)(void *self);
    void *self;
};

/* Share of the waiting time a class may use: what can wait is refused first. */
static int64_t wait_allowed(enum priority priority)
{
    static const int64_t share[] = {100, 80, 60, 40, 20};
    return WAIT_MAX_MS * share[priority] / 100;
}

/* Of a newcomer: the transaction under way, the full ones before its own, and its own. */
static int64_t expected_wait_ms(const struct writer *writer)
{
    int64_t before = writer->figures.queue / LIMIT_BATCH,
            own = writer->figures.queue % LIMIT_BATCH + 1;
    int64_t us =
        before * pace_expect_us(&writer->pace, LIMIT_BATCH) + pace_expect_us(&writer->pace, own);
    if (writer->running > 0)
        us += pace_expect_us(&writer->pace, writer->running);
    return us / 1000;
}

/* What others before a newcomer add to its wait. A slow sync is not among it: it is the same for few and for many, and
 * refusing would not make it faster. */
static int64_t queue_wait_ms(const struct writer *writer)
{
    return pace_work_us(&writer->pace, writer->figures.queue + writer->running) / 1000;
}

/* The most urgent class that has no room; one past the last when all have. Under the lock. */
static int class_refused_from(const struct writer *writer)
{
    if (writer->stopping || writer->figures.queue >= LIMIT_QUEUE)
        return PRIORITY_SAMPLING;
    if (writer->figures.queue < WINDOW_ENOUGH)
        return PRIORITY_EXPORT + 1;
    int64_t wait = queue_wait_ms(writer);
    int class = PRIORITY_SAMPLING;
    while (class <= PRIORITY_EXPORT && wait <= wait_allowed((enum priority) class))
        class ++;
    return class;
}

/* Under the lock, whenever the queue or its pace changed. */
static void tell_room(struct writer *writer)
{
    int class = class_refused_from(writer);
    atomic_store_explicit(&writer->refused_from, class, memory_order_relaxed);
    if (class < atomic_load_explicit(&writer->refused_since, memory_order_relaxed))
        atomic_store_explicit(&writer->refused_since, class, memory_order_relaxed);
}

bool writer_refuses(struct writer *writer, enum priority priority)
{
    if ((int)priority < atomic_load_explicit(&writer->refused_from, memory_order_relaxed))
        return false;
    atomic_fetch_add_explicit(&writer->refused_early, 1, memory_order_relaxed);
    return true;
}

int writer_refused_since(struct writer *writer)
{
    int now = atomic_load_explicit(&writer->refused_from, memory_order_relaxed);
    return atomic_exchange_explicit(&writer->refused_since, now, memory_order_relaxed);
}

bool writer_submit_all(struct writer *writer, struct submission *first, struct submission *last,
                       int64_t count, enum priority priority)
{
    lock_take(&writer->lock);
    bool taken = (int)priority < class_refused_from(writer);
    if (taken) {
        last->next = NULL;
        if (writer->last)
            writer->last->next = first;
        else
            writer->first = first;
        writer->last = last;
        int64_t before = writer->figures.queue;
        writer->figures.queue += count;
        if (before < writer->wake_at && writer->figures.queue >= writer->wake_at)
            condition_signal(&writer->filled);
    } else {
        writer->figures.refused_full += count;
    }
    tell_room(writer);
    lock_give(&writer->lock);
    return taken;
}

bool writer_submit(struct writer *writer, struct submission *submission)
{
    return writer_submit_all(writer, submission, submission, 1, submission->command->priority);
}

/* A while for company, so that one sync serves many. */
static void wait_for_company(struct writer *writer)
{
    const struct world *world = writer->ledger->world;
    int64_t until_us = world->mono_us(world->self) + WINDOW_MS * INT64_C(1000);
    writer->wake_at = WINDOW_ENOUGH;
    while (writer->figures.queue < WINDOW_ENOUGH && !writer->stopping && !writer->work &&
           world->mono_us(world->self) < until_us)
        (void)condition_wait_ms(&writer->filled, &writer->lock, WINDOW_MS);
}

/* Waits for something to do; false when stopping and nothing is left. */
static bool wait_for_work(struct writer *writer)
{
    writer->wake_at = 1;
    while (!writer->first && !writer->work && !writer->stopping)
        condition_wait(&writer->filled, &writer->lock);
    if (writer->first && writer->company)
        wait_for_company(writer);
    writer->wake_at = 0;
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
    writer->running = (int64_t)count;
    tell_room(writer);
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
    writer->running = 0;
    pace_note(&writer->pace, (int64_t)count, took);
    tell_room(writer);
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
    pace_init(&writer->pace);
    atomic_store(&writer->refused_from, PRIORITY_EXPORT + 1);
    atomic_store(&writer->refused_since, PRIORITY_EXPORT + 1);
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
    tell_room(writer);
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
    ret->refused_full += atomic_load_explicit(&writer->refused_early, memory_order_relaxed);
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
