#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 64 << 10 };

struct bh_arena_block {
    struct bh_arena_block *before;
    size_t size, used;
    _Alignas(16) char bytes[];
};

void bh_arena_init(struct bh_arena *arena, size_t max_bytes)
{
    *arena = (struct bh_arena){.max_bytes = max_bytes};
}

/* Wipes what was used: it may have held personal data. */
static void drop(struct bh_arena_block *block)
{
    memset(block->bytes, 0, block->used);
    __asm__ volatile("" : : "r"(block->bytes) : "memory");
}

void bh_arena_reset(struct bh_arena *arena)
{
    struct bh_arena_block *block = arena->block;
    while (block && block->before) {
        struct bh_arena_block *before = block->before;
        drop(block);
        free(block);
        block = before;
    }
    if (block) {
        drop(block);
        block->used = 0;
    }
    arena->block = block;
    arena->used_bytes = 0;
}

void bh_arena_done(struct bh_arena *arena)
{
    bh_arena_reset(arena);
    free(arena->block);
    arena->block = NULL;
}

void *bh_arena_try(struct bh_arena *arena, size_t bytes)
{
    size_t need = (bytes + 15) & ~(size_t)15;
    if (need < bytes || need > arena->max_bytes - arena->used_bytes)
        return NULL;
    struct bh_arena_block *block = arena->block;
    if (!block || block->size - block->used < need) {
        size_t size = need > BLOCK_MIN ? need : BLOCK_MIN;
        block = malloc(sizeof *block + size);
        if (!block)
            return NULL;
        block->before = arena->block;
        block->size = size;
        block->used = 0;
        arena->block = block;
    }
    void *at = block->bytes + block->used;
    block->used += need;
    arena->used_bytes += need;
    memset(at, 0, need);
    return at;
}

void *bh_arena_get(struct bh_arena *arena, size_t bytes)
{
    void *at = bh_arena_try(arena, bytes);
    if (!at)
        bh_unreachable("the end of an arena that its caller had bounded");
    return at;
}

char *bh_arena_copy(struct bh_arena *arena, const void *bytes, size_t len)
{
    char *to = bh_arena_get(arena, len + 1);
    if (len > 0)
        memcpy(to, bytes, len);
    return to;
}

struct bh_str bh_arena_str(struct bh_arena *arena, struct bh_str text)
{
    return (struct bh_str){bh_arena_copy(arena, text.at, text.len), text.len};
}

char *bh_arena_format(struct bh_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    bh_assert(need >= 0);
    char *to = bh_arena_get(arena, (size_t)need + 1);
    (void)vsnprintf(to, (size_t)need + 1, format, again);
    va_end(again);
    return to;
}

void *bh_alloc(size_t bytes)
{
    void *memory = calloc(1, bytes ? bytes : 1);
    if (!memory)
        bh_unreachable("the end of memory");
    return memory;
}

void *bh_realloc(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes ? bytes : 1);
    if (!memory)
        bh_unreachable("the end of memory");
    return memory;
}

void bh_free(void *memory)
{
    free(memory);
}
