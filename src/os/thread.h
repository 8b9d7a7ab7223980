#ifndef BH_OS_THREAD_H
#define BH_OS_THREAD_H
/* Threads, locks, conditions and a descriptor to wake a poll. A lock guards a queue, nothing else: messages
 * between threads are moved, not shared. */
#include "base/err.h"

#include <pthread.h>

struct lock {
    pthread_mutex_t mutex;
};
void lock_init(struct lock *lock);
void lock_done(struct lock *lock);
void lock_take(struct lock *lock);
void lock_give(struct lock *lock);

/* A condition, always waited for under one lock. */
struct condition {
    pthread_cond_t cond;
};
void condition_init(struct condition *condition);
void condition_done(struct condition *condition);
void condition_wait(struct condition *condition, struct lock *lock);
/* Returns false when the time passed. */
bool condition_wait_ms(struct condition *condition, struct lock *lock, int64_t ms);
void condition_signal(struct condition *condition); /* wakes one */
void condition_broadcast(struct condition *condition);

struct thread {
    pthread_t id;
    void (*run)(void *self);
    void *self;
    bool started;
};
/* name: at most 15 bytes, shown by tools. `thread` must stay where it is until joined. Signals are blocked in
 * the new thread: they belong to the first one. */
BH_MUST_USE bool thread_start(struct thread *thread, const char *name, void (*run)(void *self),
                              void *self, struct bh_err *err);
void thread_join(struct thread *thread); /* nothing when it was not started */

/* A descriptor that becomes readable: made with wake_open, -1 on failure. */
int wake_open(void);
void wake_ring(int fd);  /* any thread, also from a signal handler */
void wake_clear(int fd); /* before looking at what was announced */
void wake_close(int fd);

#endif
