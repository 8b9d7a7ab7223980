/* Pooled tubes with one positive, and screen positives whose review was negative. */
#include "base/time.h"
#include "plan/jilin_world.h"

enum {
    POOLED = 30 /* per thousand of laboratory positives */,
    REFUTED_SHARE = 140 /* one for so many cases */
};

static int64_t minutes(struct jilin_world *world, int64_t low, int64_t high)
{
    return jilin_random_between(&world->random, low * BH_MINUTE_MS, high * BH_MINUTE_MS);
}

/* A refuted positive is nobody who awaits diagnosis when that number was published. */
static void refuted_keep_clear(const struct jilin_world *world, int64_t *result_ms,
                               int64_t *review_ms)
{
    for (size_t index = 0; index < world->figures.count; index++) {
        const struct jilin_figure *figure = JILIN_AT(world->figures, jilin_figure, index);
        if (figure->measure == JILIN_AWAITING_DIAGNOSIS && *result_ms <= figure->to_ms &&
            *review_ms > figure->to_ms) {
            *review_ms += figure->to_ms + BH_MINUTE_MS - *result_ms;
            *result_ms = figure->to_ms + BH_MINUTE_MS;
        }
    }
}

void jilin_refuted_make(struct jilin_world *world)
{
    size_t cases = world->persons.count, wanted = cases / REFUTED_SHARE;
    for (size_t made = 0; made < wanted; made++) {
        uint32_t like = jilin_random_below(&world->random, cases);
        uint32_t area = JILIN_AT(world->persons, jilin_person, like)->area;
        int64_t result_ms = JILIN_AT(world->persons, jilin_person, like)->at_ms[JILIN_RESULTED] +
                            minutes(world, 0, 180);
        int64_t review_ms = result_ms + minutes(world, 60, 360);
        if (review_ms >= world->end_ms)
            continue;
        refuted_keep_clear(world, &result_ms, &review_ms);
        uint32_t index = jilin_person_add(world, JILIN_REFUTED, area);
        struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        person->ct_orf1ab = (int)jilin_random_between(&world->random, 3500, 3880);
        person->ct_n = (int)jilin_random_between(&world->random, 3500, 3880);
        person->found_in = JILIN_IN_CONTROL_SCREEN;
        jilin_tube_code(world, 'S', person->tube, sizeof person->tube);
        person->at_ms[JILIN_RESULTED] = result_ms;
        person->at_ms[JILIN_REVIEWED] = review_ms;
        person->at_ms[JILIN_RECEIVED] = result_ms - minutes(world, 150, 480);
        person->at_ms[JILIN_SAMPLED] = person->at_ms[JILIN_RECEIVED] - minutes(world, 30, 300);
        person->at_ms[JILIN_REGISTERED] = person->at_ms[JILIN_SAMPLED] - minutes(world, 1, 20);
    }
}

static void member_add(struct jilin_world *world, uint32_t found, int32_t pool_index,
                       const struct jilin_pool *pool, uint32_t *ret_member)
{
    uint32_t index = jilin_neighbour_add(world, found);
    struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
    person->pool = pool_index;
    person->ct_orf1ab = person->ct_n = 0;
    person->found_in = JILIN_AT(world->persons, jilin_person, found)->found_in;
    jilin_tube_code(world, 'S', person->tube, sizeof person->tube);
    person->at_ms[JILIN_REGISTERED] = pool->collected_ms - minutes(world, 1, 20);
    person->at_ms[JILIN_SAMPLED] = pool->resulted_ms + minutes(world, 30, 360);
    person->at_ms[JILIN_RECEIVED] = person->at_ms[JILIN_SAMPLED] + minutes(world, 30, 240);
    person->at_ms[JILIN_RESULTED] = person->at_ms[JILIN_RECEIVED] + minutes(world, 150, 480);
    *ret_member = index;
}

static void pool_make(struct jilin_world *world, uint32_t found)
{
    int32_t pool_index = (int32_t)world->pools.count;
    struct jilin_pool pool = {0};
    struct jilin_person *person = JILIN_AT(world->persons, jilin_person, found);
    pool.area = person->area;
    memcpy(pool.division, person->division, sizeof pool.division);
    jilin_tube_code(world, 'P', pool.tube, sizeof pool.tube);
    pool.resulted_ms = person->at_ms[JILIN_SAMPLED] - minutes(world, 30, 240);
    pool.received_ms = pool.resulted_ms - minutes(world, 150, 480);
    pool.collected_ms = pool.received_ms - minutes(world, 30, 300);
    person->pool = pool_index;
    person->at_ms[JILIN_REGISTERED] = pool.collected_ms - minutes(world, 1, 20);
    uint32_t place = jilin_random_below(&world->random, JILIN_POOL_SIZE);
    for (uint32_t member = 0; member < JILIN_POOL_SIZE; member++) {
        if (member == place)
            pool.persons[member] = found;
        else
            member_add(world, found, pool_index, &pool, &pool.persons[member]);
    }
    *(struct jilin_pool *)jilin_list_add(&world->pools) = pool;
}

void jilin_pools_make(struct jilin_world *world)
{
    uint32_t cases = (uint32_t)world->persons.count;
    for (uint32_t index = 0; index < cases; index++) {
        const struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        if (person->kind == JILIN_CASE && person->found_by == JILIN_BY_LABORATORY &&
            jilin_random_chance(&world->random, POOLED))
            pool_make(world, index);
    }
}
