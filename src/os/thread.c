#include "os/thread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

void lock_init(struct lock *lock)
{
    bh_assert(pthread_mutex_init(&lock->mutex, NULL) == 0);
}

void lock_done(struct lock *lock)
{
    (void)pthread_mutex_destroy(&lock->mutex);
}

void lock_take(struct lock *lock)
{
    bh_assert(pthread_mutex_lock(&lock->mutex) == 0);
}

void lock_give(struct lock *lock)
{
    bh_assert(pthread_mutex_unlock(&lock->mutex) == 0);
}

void condition_init(struct condition *condition)
{
    pthread_condattr_t how;
    bh_assert(pthread_condattr_init(&how) == 0);
    bh_assert(pthread_condattr_setclock(&how, CLOCK_MONOTONIC) == 0);
    bh_assert(pthread_cond_init(&condition->cond, &how) == 0);
    (void)pthread_condattr_destroy(&how);
}

void condition_done(struct condition *condition)
{
    (void)pthread_cond_destroy(&condition->cond);
}

void condition_wait(struct condition *condition, struct lock *lock)
{
    bh_assert(pthread_cond_wait(&condition->cond, &lock->mutex) == 0);
}

bool condition_wait_ms(struct condition *condition, struct lock *lock, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    int result = pthread_cond_timedwait(&condition->cond, &lock->mutex, &until);
    bh_assert(result == 0 || result == ETIMEDOUT);
    return result == 0;
}

void condition_signal(struct condition *condition)
{
    bh_assert(pthread_cond_signal(&condition->cond) == 0);
}

void condition_broadcast(struct condition *condition)
{
    bh_assert(pthread_cond_broadcast(&condition->cond) == 0);
}

static void *thread_main(void *self)
{
    struct thread *thread = self;
    thread->run(thread->self);
    return NULL;
}

bool thread_start(struct thread *thread, const char *name, void (*run)(void *self), void *self,
                  struct bh_err *err)
{
    sigset_t all, before;
    *thread = (struct thread){.run = run, .self = self};
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread->id, NULL, thread_main, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return bh_fail(err, BH_BUSY, "无法启动线程：%s", "cannot start a thread: %s",
                       strerror(result));
    (void)pthread_setname_np(thread->id, name);
    thread->started = true;
    return true;
}

void thread_join(struct thread *thread)
{
    if (thread->started)
        bh_assert(pthread_join(thread->id, NULL) == 0);
    thread->started = false;
}

int wake_open(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void wake_ring(int fd)
{
    uint64_t one = 1;
    /* A full counter is readable already. */
    ssize_t wrote = write(fd, &one, sizeof one);
    (void)wrote;
}

void wake_clear(int fd)
{
    uint64_t count = 0;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got;
}

void wake_close(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}
