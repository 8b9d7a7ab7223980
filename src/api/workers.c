/* Reading workers and the queue before them. The bound is expected waiting time, by urgency: when work piles
 * up, exports are refused first, then boards, look-ups, results, and sampling last. */
#include "api/edge.h"

#include <stdio.h>
#include <string.h>

enum { CACHE_KB = 32 << 10, FIRST_GUESS_US = 2000 };

/* Longest expected wait in the queue, by class of urgency. */
static const int64_t wait_bound_us[PRIORITY_EXPORT + 1] = {
    [PRIORITY_SAMPLING] = 2000000, [PRIORITY_RESULT] = 1500000, [PRIORITY_LOOKUP] = 1000000,
    [PRIORITY_BOARD] = 600000,     [PRIORITY_EXPORT] = 400000,
};

/* What stands before a new call of this class, divided among the workers. */
static int64_t wait_expected(const struct workers *workers, enum priority priority)
{
    int64_t sum_us = 0;
    for (int class = PRIORITY_SAMPLING; class <= (int)priority; class ++)
        sum_us += workers->waiting[class] * workers->average_us[class];
    return sum_us / workers->count;
}

/* Under the lock. */
static void queue_add(struct workers *workers, struct call *call)
{
    int class = (int)call->priority;
    call->next = NULL;
    if (workers->last[class])
        workers->last[class]->next = call;
    else
        workers->first[class] = call;
    workers->last[class] = call;
    workers->waiting[class]++;
    condition_signal(&workers->filled);
}

void workers_again(struct call *call)
{
    struct workers *workers = &call->edge->workers;
    call->session = NULL;
    call->again++;
    lock_take(&workers->lock);
    queue_add(workers, call);
    lock_give(&workers->lock);
}

void workers_take(struct call *call)
{
    struct workers *workers = &call->edge->workers;
    int class = (int)call->priority;
    int all = 0;
    call->queued_us = edge_mono(call->edge);
    lock_take(&workers->lock);
    for (int other = 0; other <= PRIORITY_EXPORT; other++)
        all += workers->waiting[other];
    bool full = all >= LIMIT_QUEUE || wait_expected(workers, call->priority) > wait_bound_us[class];
    if (!full) {
        /* Suspended before any other thread can see it. */
        http_hold(call->request);
        queue_add(workers, call);
    }
    lock_give(&workers->lock);
    if (full) {
        pressure_note(&call->edge->pressure, call->priority);
        call_busy(call, "系统繁忙，请稍后再试", "the system is busy, try again shortly");
    }
}

/* A list written out takes seconds, of which a login should not feel anything: one at a time. */
static bool writes_out(const struct call *call)
{
    return call->priority == PRIORITY_EXPORT && call->route->work == query_work;
}

/* Heavy work never takes the last free worker. */
static bool held_back(const struct workers *workers, const struct call *call)
{
    return (call->route->heavy && workers->heavy_running >= workers->count - 1) ||
           (writes_out(call) && workers->exports_running > 0);
}

/* The most urgent call that may run now. */
static struct call *call_take(struct workers *workers)
{
    for (int class = 0; class <= PRIORITY_EXPORT; class ++) {
        struct call *before = NULL;
        for (struct call *call = workers->first[class]; call; before = call, call = call->next) {
            if (held_back(workers, call))
                continue;
            if (before)
                before->next = call->next;
            else
                workers->first[class] = call->next;
            if (workers->last[class] == call)
                workers->last[class] = before;
            workers->waiting[class]--;
            call->next = NULL;
            return call;
        }
    }
    return NULL;
}

void call_finish(struct call *call)
{
    http_finish(call->request);
}

static void call_run(struct worker *worker, struct call *call)
{
    struct edge *edge = worker->edge;
    call->started_us = edge_mono(edge);
    call->request->queue_us = call->started_us - call->queued_us;
    if (call->route->access == ROUTE_SESSION && !call->session) {
        session_load(worker, call);
        if (call->request->status) {
            call_finish(call);
            return;
        }
    }
    call->route->work(worker, call);
}

static void worker_run(void *self)
{
    struct worker *worker = self;
    struct workers *workers = &worker->edge->workers;
    lock_take(&workers->lock);
    for (;;) {
        struct call *call = call_take(workers);
        if (!call) {
            if (workers->stopping)
                break;
            condition_wait(&workers->filled, &workers->lock);
            continue;
        }
        bool heavy = call->route->heavy, writes = writes_out(call);
        int class = (int)call->priority;
        int64_t begun_us = edge_mono(worker->edge);
        workers->heavy_running += heavy;
        workers->exports_running += writes;
        lock_give(&workers->lock);
        call_run(worker, call); /* the call is gone after this */
        lock_take(&workers->lock);
        workers->heavy_running -= heavy;
        workers->exports_running -= writes;
        int64_t took_us = edge_mono(worker->edge) - begun_us;
        workers->average_us[class] += (took_us - workers->average_us[class]) / 8;
        if (heavy || writes)
            condition_signal(&workers->filled); /* another one may have been passed over */
    }
    lock_give(&workers->lock);
}

bool workers_start(struct edge *edge, int count, struct bh_err *err)
{
    struct workers *workers = &edge->workers;
    bh_assert(count >= 2 && count <= WORKERS_MAX);
    lock_init(&workers->lock);
    condition_init(&workers->filled);
    for (int class = 0; class <= PRIORITY_EXPORT; class ++)
        workers->average_us[class] = FIRST_GUESS_US;
    for (int index = 0; index < count; index++) {
        struct worker *worker = &workers->worker[index];
        char name[16];
        worker->edge = edge;
        (void)snprintf(name, sizeof name, "reader-%d", index);
        workers->count = index + 1;
        if (!db_open(ledger_path(edge->ledger), DB_READ, CACHE_KB, &worker->db, err) ||
            !accounts_attach(worker->db, edge->ledger->folder, err) ||
            !thread_start(&worker->thread, name, worker_run, worker, err))
            return false;
    }
    return true;
}

void workers_stop(struct edge *edge)
{
    struct workers *workers = &edge->workers;
    if (workers->count == 0)
        return;
    lock_take(&workers->lock);
    workers->stopping = true;
    condition_broadcast(&workers->filled);
    lock_give(&workers->lock);
    for (int index = 0; index < workers->count; index++) {
        thread_join(&workers->worker[index].thread);
        db_close(workers->worker[index].db);
    }
    condition_done(&workers->filled);
    lock_done(&workers->lock);
}
