#ifndef BH_PLAN_MADE_H
#define BH_PLAN_MADE_H
/* Chance from a seed alone (splitmix64). */
#include <stdint.h>

static inline uint64_t made_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static inline uint64_t made_next(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    return made_mix(*state);
}

/* 0 .. count - 1; count is at least 1. */
static inline uint32_t made_below(uint64_t *state, uint32_t count)
{
    return (uint32_t)((made_next(state) >> 32) * count >> 32);
}

#endif
