#ifndef BH_PLAN_JILIN_WORLD_H
#define BH_PLAN_JILIN_WORLD_H
/* Private to the jilin_*.c files: what the making of a schedule carries from step to step. */
#include "base/arena.h"
#include "plan/jilin_schedule.h"

#define JILIN_NONE UINT32_MAX

/* Chance from the seed alone (splitmix64). */
struct jilin_random {
    uint64_t state;
};
uint64_t jilin_random_next(struct jilin_random *random);
/* 0 .. count - 1; count is at least 1. */
uint32_t jilin_random_below(struct jilin_random *random, size_t count);
/* low .. high, both included. */
int64_t jilin_random_between(struct jilin_random *random, int64_t low, int64_t high);
bool jilin_random_chance(struct jilin_random *random, unsigned per_thousand);

/* A growing list of items of one size. */
struct jilin_list {
    void *at;
    size_t count, room, size;
};
void *jilin_list_add(struct jilin_list *list); /* zeroed; earlier addresses may change */
void jilin_list_done(struct jilin_list *list);

/* Interval that no figure divides: the unit of allocation. */
struct jilin_piece {
    int64_t from_ms, to_ms;
    uint32_t window; /* index; window_count = after the exercise */
};

/* Weight of a county or zone inside its city, from a moment on. */
struct jilin_weight {
    int64_t from_ms;
    uint32_t area;
    int64_t value;
};

struct jilin_name_part {
    struct bh_str text;
    int64_t upto; /* running sum of weights */
};

enum { JILIN_SURNAME, JILIN_SINGLE, JILIN_FIRST, JILIN_LAST, JILIN_PART_COUNT };

struct jilin_office {
    struct bh_str level, key, kind, name_zh, name_en, role, title_zh, title_en;
};

/* Homes of one area: indexes of communities in the caller's divisions. */
struct jilin_homes {
    uint32_t *at;
    size_t count, room;
};

enum { JILIN_BIRTH_FIRST = 1922, JILIN_BIRTH_YEARS = 100, JILIN_BIRTH_DAYS = 12 * 28 };

struct jilin_world {
    struct jilin_random random;
    struct bh_arena arena; /* the fields of the texts */
    const struct jilin_division *divisions;
    size_t division_count;
    struct jilin_list sources, areas, figures, windows, adjustments, institutions, posts, persons,
        pools, items;
    struct jilin_list pieces, weights, parts[JILIN_PART_COUNT], offices;
    struct jilin_homes *homes; /* for each area */
    uint16_t *births;          /* documents given out: year, day, sex */
    uint64_t phone_count;
    uint32_t phone_offset, tube_count;
    int64_t begin_ms, end_ms;
};

#define JILIN_AT(list, type, index) (&((struct type *)(list).at)[index])

/* jilin_tables.c */
bool jilin_tables_load(struct jilin_world *world, const struct jilin_texts *texts,
                       struct bh_err *err);
/* Index of a unit, JILIN_NONE when unknown. */
uint32_t jilin_area_find(const struct jilin_world *world, struct bh_str unit);
/* The figure to be built over exactly [from, to), or -1: disputed rows do not count. */
int64_t jilin_brick(const struct jilin_world *world, const struct jilin_piece *piece, uint32_t area,
                    enum jilin_measure measure, enum jilin_severity severity);
int64_t jilin_weight_at(const struct jilin_world *world, uint32_t area, int64_t at_ms);

/* jilin_people.c */
bool jilin_homes_find(struct jilin_world *world, struct bh_err *err);
/* Adds somebody who lives in `area`, with identity and no facts; returns the index. */
uint32_t jilin_person_add(struct jilin_world *world, enum jilin_person_kind kind, uint32_t area);
/* The same, in the community of a neighbour. */
uint32_t jilin_neighbour_add(struct jilin_world *world, uint32_t neighbour);
void jilin_official_name(struct jilin_world *world, char *out, size_t size);
void jilin_tube_code(struct jilin_world *world, char letter, char *out, size_t size);

/* jilin_cases.c: who is counted where and when */
bool jilin_cases_make(struct jilin_world *world, struct bh_err *err);

/* jilin_clocks.c: when everything else happened to them */
bool jilin_clocks_set(struct jilin_world *world, struct bh_err *err);

/* jilin_pools.c */
void jilin_refuted_make(struct jilin_world *world);
void jilin_pools_make(struct jilin_world *world);

/* jilin_offices.c */
void jilin_offices_make(struct jilin_world *world);

#endif
