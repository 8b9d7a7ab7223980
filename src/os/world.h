#ifndef BH_OS_WORLD_H
#define BH_OS_WORLD_H
/*
 * The world as a table: clock and chance. Live code, tests and exercises run on the same code with
 * different tables. Files go through os/file.h, the database's own files through store/.
 */
#include "base/err.h"

struct world {
    void *self;
    /* Wall clock, ms since 1970 UTC. May jump. */
    int64_t (*wall_ms)(void *self);
    /* Never goes back; for measuring. */
    int64_t (*mono_us)(void *self);
    /* Fills with unpredictable bytes (live) or with the bytes of a seed (tests, exercises). */
    void (*entropy)(void *self, void *out, size_t len);
};

/* The real thing. Valid for ever, any thread. */
const struct world *world_live(void);

/* A made world: the clock stands where it is put, chance comes from a seed (same seed, same bytes). */
struct made_world {
    struct world world; /* use &made.world */
    int64_t wall_ms;
    uint64_t state;
};
void made_world_init(struct made_world *made, uint64_t seed, int64_t wall_ms);

#endif
