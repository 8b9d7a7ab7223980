#ifndef BH_BASE_ARENA_H
#define BH_BASE_ARENA_H
/*
 * Memory with one lifetime: a request, a batch, an import row. Nothing in it is freed alone. Reset wipes
 * it, because it held personal data. A full arena returns NULL from the try-functions; the plain ones are
 * for small sizes that the arena's own limit already covers, and stop the process when that is broken.
 */
#include "base/text.h"

struct bh_arena {
    struct bh_arena_block *block;
    size_t used_bytes, max_bytes;
};

void bh_arena_init(struct bh_arena *arena, size_t max_bytes);
void bh_arena_reset(struct bh_arena *arena); /* keeps one block for the next use */
void bh_arena_done(struct bh_arena *arena);
/* Zeroed, aligned for any type; NULL when over the limit or out of memory. */
void *bh_arena_try(struct bh_arena *arena, size_t bytes);
void *bh_arena_get(struct bh_arena *arena, size_t bytes);
char *bh_arena_copy(struct bh_arena *arena, const void *bytes, size_t len); /* adds a final 0 */
struct bh_str bh_arena_str(struct bh_arena *arena, struct bh_str text);
char *bh_arena_format(struct bh_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The only allocator besides the arena, for containers made at start. Stops the process on failure. */
void *bh_alloc(size_t bytes);
void *bh_realloc(void *old, size_t bytes);
void bh_free(void *memory); /* NULL allowed */

#endif
