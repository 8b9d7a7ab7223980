/* Puts the parts together, cuts what lies after the end, and orders everything by time. */
#include "plan/jilin_schedule.h"

#include "base/time.h"
#include "plan/jilin_world.h"

enum { ARENA_BYTES = 16 << 20, TIDY_MS = 30 * 60 * 1000 };

static void world_start(struct jilin_world *world, uint64_t seed,
                        const struct jilin_division *divisions, size_t count)
{
    memset(world, 0, sizeof *world);
    world->random.state = seed;
    world->divisions = divisions;
    world->division_count = count;
    bh_arena_init(&world->arena, ARENA_BYTES);
    world->sources.size = sizeof(struct jilin_source);
    world->areas.size = sizeof(struct jilin_area);
    world->figures.size = sizeof(struct jilin_figure);
    world->windows.size = sizeof(struct jilin_window);
    world->adjustments.size = sizeof(struct jilin_adjustment);
    world->institutions.size = sizeof(struct jilin_institution);
    world->posts.size = sizeof(struct jilin_post);
    world->persons.size = sizeof(struct jilin_person);
    world->pools.size = sizeof(struct jilin_pool);
    world->items.size = sizeof(struct jilin_item);
    world->pieces.size = sizeof(struct jilin_piece);
    world->weights.size = sizeof(struct jilin_weight);
    world->offices.size = sizeof(struct jilin_office);
    for (int part = 0; part < JILIN_PART_COUNT; part++)
        world->parts[part].size = sizeof(struct jilin_name_part);
    size_t births = (size_t)JILIN_BIRTH_YEARS * JILIN_BIRTH_DAYS * 2 * sizeof(uint16_t);
    world->births = bh_alloc(births);
    memset(world->births, 0, births);
    world->phone_offset = jilin_random_below(&world->random, 100000000);
}

/* What only the making needs. */
static void world_tidy(struct jilin_world *world)
{
    for (size_t area = 0; world->homes && area < world->areas.count; area++)
        bh_free(world->homes[area].at);
    bh_free(world->homes);
    bh_free(world->births);
    world->homes = NULL;
    world->births = NULL;
    world->divisions = NULL;
    jilin_list_done(&world->pieces);
    jilin_list_done(&world->weights);
    jilin_list_done(&world->offices);
    for (int part = 0; part < JILIN_PART_COUNT; part++)
        jilin_list_done(&world->parts[part]);
}

static void world_done(struct jilin_world *world)
{
    world_tidy(world);
    jilin_list_done(&world->sources);
    jilin_list_done(&world->areas);
    jilin_list_done(&world->figures);
    jilin_list_done(&world->windows);
    jilin_list_done(&world->adjustments);
    jilin_list_done(&world->institutions);
    jilin_list_done(&world->posts);
    jilin_list_done(&world->persons);
    jilin_list_done(&world->pools);
    jilin_list_done(&world->items);
    bh_arena_done(&world->arena);
}

/* Nobody whose positive result lies after the end is part of the exercise. */
static void late_persons_drop(struct jilin_world *world)
{
    size_t kept = 0;
    for (size_t index = 0; index < world->persons.count; index++) {
        const struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        if (person->at_ms[JILIN_RESULTED] < world->end_ms)
            *JILIN_AT(world->persons, jilin_person, kept++) = *person;
    }
    world->persons.count = kept;
}

static void late_facts_drop(struct jilin_world *world)
{
    for (size_t index = 0; index < world->persons.count; index++) {
        struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        for (int fact = 0; fact < JILIN_FACT_COUNT; fact++) {
            if (person->at_ms[fact] >= world->end_ms)
                person->at_ms[fact] = 0;
        }
    }
}

static void item_add(struct jilin_world *world, int64_t at_ms, enum jilin_item_type type,
                     size_t index, int fact)
{
    struct jilin_item *item = jilin_list_add(&world->items);
    *item = (struct jilin_item){at_ms, (uint32_t)index, (uint8_t)type, (uint8_t)fact};
}

static int item_order(const void *left, const void *right)
{
    const struct jilin_item *a = left, *b = right;
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (int)a->fact - (int)b->fact;
}

static void people_list(struct jilin_world *world)
{
    for (size_t index = 0; index < world->persons.count; index++) {
        const struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        for (int fact = 0; fact < JILIN_FACT_COUNT; fact++) {
            if (person->at_ms[fact] != 0)
                item_add(world, person->at_ms[fact], JILIN_ITEM_PERSON, index, fact);
        }
    }
    for (size_t index = 0; index < world->pools.count; index++) {
        const struct jilin_pool *pool = JILIN_AT(world->pools, jilin_pool, index);
        item_add(world, pool->collected_ms, JILIN_ITEM_POOL_COLLECTED, index, 0);
        item_add(world, pool->received_ms, JILIN_ITEM_POOL_RECEIVED, index, 0);
        item_add(world, pool->resulted_ms, JILIN_ITEM_POOL_RESULTED, index, 0);
    }
}

/* A figure becomes known after the bulletin of its day, or two and a half hours after an interim moment. */
static int64_t stated_time(const struct jilin_world *world, const struct jilin_figure *figure)
{
    for (size_t index = 0; index < world->windows.count; index++) {
        const struct jilin_window *window = JILIN_AT(world->windows, jilin_window, index);
        if (window->to_ms == figure->to_ms)
            return window->publish_ms + TIDY_MS;
    }
    return figure->to_ms + 5 * TIDY_MS;
}

static void items_list(struct jilin_world *world)
{
    for (size_t index = 0; index < world->institutions.count; index++)
        item_add(world, world->begin_ms, JILIN_ITEM_INSTITUTION, index, 0);
    for (size_t index = 0; index < world->posts.count; index++)
        item_add(world, world->begin_ms, JILIN_ITEM_POST, index, 0);
    for (size_t index = 0; index < world->windows.count; index++) {
        const struct jilin_window *window = JILIN_AT(world->windows, jilin_window, index);
        item_add(world, window->from_ms, JILIN_ITEM_WINDOW_OPENED, index, 0);
        item_add(world, window->publish_ms, JILIN_ITEM_WINDOW_PUBLISHED, index, 0);
    }
    for (size_t index = 0; index < world->adjustments.count; index++)
        item_add(world, JILIN_AT(world->adjustments, jilin_adjustment, index)->recorded_ms,
                 JILIN_ITEM_ADJUSTMENT, index, 0);
    for (size_t index = 0; index < world->figures.count; index++) {
        const struct jilin_figure *figure = JILIN_AT(world->figures, jilin_figure, index);
        if (figure->kind <= JILIN_PUBLISHED_DISPUTED && figure->to_ms <= world->end_ms)
            item_add(world, stated_time(world, figure), JILIN_ITEM_PUBLISHED_FIGURE, index, 0);
    }
    people_list(world);
    qsort(world->items.at, world->items.count, world->items.size, item_order);
}

static bool world_make(struct jilin_world *world, const struct jilin_texts *texts,
                       struct bh_err *err)
{
    if (!jilin_tables_load(world, texts, err) || !jilin_homes_find(world, err) ||
        !jilin_cases_make(world, err) || !jilin_clocks_set(world, err))
        return false;
    late_persons_drop(world);
    jilin_refuted_make(world);
    jilin_pools_make(world);
    late_facts_drop(world);
    jilin_offices_make(world);
    items_list(world);
    return true;
}

static void schedule_show(struct jilin_schedule *schedule, struct jilin_world *world)
{
    schedule->world = world;
    schedule->begin_ms = world->begin_ms;
    schedule->end_ms = world->end_ms;
#define SHOW(list, single)                                                                         \
    schedule->list = world->list.at;                                                               \
    schedule->single##_count = world->list.count
    SHOW(sources, source);
    SHOW(areas, area);
    SHOW(figures, figure);
    SHOW(windows, window);
    SHOW(adjustments, adjustment);
    SHOW(institutions, institution);
    SHOW(posts, post);
    SHOW(persons, person);
    SHOW(pools, pool);
    SHOW(items, item);
#undef SHOW
}

struct jilin_schedule *jilin_schedule_new(uint64_t seed, const struct jilin_texts *texts,
                                          const struct jilin_division *divisions, size_t count,
                                          struct bh_err *err)
{
    struct jilin_world *world = bh_alloc(sizeof *world);
    world_start(world, seed, divisions, count);
    if (!world_make(world, texts, err)) {
        world_done(world);
        bh_free(world);
        return NULL;
    }
    world_tidy(world);
    struct jilin_schedule *schedule = bh_alloc(sizeof *schedule);
    memset(schedule, 0, sizeof *schedule);
    schedule->seed = seed;
    schedule_show(schedule, world);
    return schedule;
}

void jilin_schedule_free(struct jilin_schedule *schedule)
{
    if (!schedule)
        return;
    world_done(schedule->world);
    bh_free(schedule->world);
    bh_free(schedule);
}

uint32_t jilin_schedule_institution(const struct jilin_schedule *schedule, uint32_t area,
                                    const char *role, const char *kind)
{
    for (;;) {
        for (size_t index = 0; index < schedule->post_count; index++) {
            const struct jilin_post *post = &schedule->posts[index];
            if (post->area == area && bh_str_is(post->role, role) &&
                (!kind || bh_str_is(schedule->institutions[post->institution].kind, kind)))
                return post->institution;
        }
        if (schedule->areas[area].parent == area)
            return JILIN_NONE;
        area = schedule->areas[area].parent;
    }
}

static void hash_add(uint64_t *hash, const void *bytes, size_t len)
{
    for (size_t index = 0; index < len; index++)
        *hash = (*hash ^ ((const unsigned char *)bytes)[index]) * UINT64_C(0x100000001B3);
}

static void hash_number(uint64_t *hash, int64_t number)
{
    hash_add(hash, &number, sizeof number);
}

static void hash_text(uint64_t *hash, const char *text)
{
    hash_add(hash, text, strlen(text) + 1);
}

static void hash_person(uint64_t *hash, const struct jilin_person *person)
{
    const int64_t numbers[] = {person->kind,     person->city,           person->area,
                               person->male,     person->confirmed,      person->birth_year,
                               person->severity, person->severity_after, person->found_by,
                               person->found_in, person->ct_orf1ab,      person->ct_n,
                               person->pool};
    hash_add(hash, numbers, sizeof numbers);
    hash_add(hash, person->at_ms, sizeof person->at_ms);
    hash_text(hash, person->division);
    hash_text(hash, person->name);
    hash_text(hash, person->document);
    hash_text(hash, person->phone);
    hash_text(hash, person->address);
    hash_text(hash, person->tube);
}

uint64_t jilin_schedule_hash(const struct jilin_schedule *schedule)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    hash_number(&hash, (int64_t)schedule->seed);
    for (size_t index = 0; index < schedule->person_count; index++)
        hash_person(&hash, &schedule->persons[index]);
    for (size_t index = 0; index < schedule->pool_count; index++) {
        const struct jilin_pool *pool = &schedule->pools[index];
        hash_text(&hash, pool->tube);
        hash_add(&hash, pool->persons, sizeof pool->persons);
    }
    for (size_t index = 0; index < schedule->institution_count; index++)
        hash_text(&hash, schedule->institutions[index].name_zh);
    for (size_t index = 0; index < schedule->post_count; index++) {
        hash_text(&hash, schedule->posts[index].user);
        hash_text(&hash, schedule->posts[index].official);
    }
    for (size_t index = 0; index < schedule->item_count; index++) {
        const struct jilin_item *item = &schedule->items[index];
        hash_number(&hash, item->at_ms);
        hash_number(&hash, (int64_t)item->index << 16 | item->type << 8 | item->fact);
    }
    return hash;
}
