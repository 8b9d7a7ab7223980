#include "os/world.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t live_wall(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t live_mono(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void live_entropy(void *self, void *out, size_t len)
{
    (void)self;
    char *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        bh_assert(got > 0);
        at += got;
        len -= (size_t)got;
    }
}

const struct world *world_live(void)
{
    static const struct world live = {NULL, live_wall, live_mono, live_entropy};
    return &live;
}

static int64_t made_wall(void *self)
{
    return ((const struct made_world *)self)->wall_ms;
}

static int64_t made_mono(void *self)
{
    return ((const struct made_world *)self)->wall_ms * 1000;
}

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void made_entropy(void *self, void *out, size_t len)
{
    struct made_world *made = self;
    char *at = out;
    while (len > 0) {
        uint64_t word = splitmix(&made->state);
        size_t take = len < sizeof word ? len : sizeof word;
        memcpy(at, &word, take);
        at += take;
        len -= take;
    }
}

void made_world_init(struct made_world *made, uint64_t seed, int64_t wall_ms)
{
    *made = (struct made_world){.wall_ms = wall_ms, .state = seed};
    made->world = (struct world){made, made_wall, made_mono, made_entropy};
}
