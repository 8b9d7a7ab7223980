/*
 * When everything else happened. Each person is followed backwards from the moment he counts: audits,
 * report, diagnosis, result, laboratory, swab. Most reports and audits keep their two hours, some do not.
 * Where a number of positives awaiting diagnosis was published, exactly so many have their result before
 * that moment and their diagnosis after it.
 */
#include "base/time.h"
#include "plan/jilin_world.h"

/* Shares and limits of the made lags, in the order of the way of a report. */
enum {
    REPORT_LATE = 60,        /* per thousand: two to six hours */
    REPORT_VERY_LATE = 10,   /* per thousand: eight to twenty hours */
    AUDIT_LATE = 50,         /* per thousand: two to five hours */
    BACKLOG_LONG_WAIT = 700, /* per thousand: eight to thirty hours to a diagnosis */
    ANTIGEN = 50,            /* per thousand of positives since 13 March */
    CLINIC = 40,             /* per thousand */
};

static int64_t hours(struct jilin_world *world, int64_t low_minutes, int64_t high_minutes)
{
    return jilin_random_between(&world->random, low_minutes * BH_MINUTE_MS,
                                high_minutes * BH_MINUTE_MS);
}

static int64_t audit_lag(struct jilin_world *world)
{
    return jilin_random_chance(&world->random, AUDIT_LATE) ? hours(world, 122, 300)
                                                           : hours(world, 4, 80);
}

static int64_t report_lag(struct jilin_world *world)
{
    uint32_t draw = jilin_random_below(&world->random, 1000);
    if (draw < REPORT_VERY_LATE)
        return hours(world, 480, 1200);
    if (draw < REPORT_VERY_LATE + REPORT_LATE)
        return hours(world, 122, 360);
    return hours(world, 6, 112);
}

static void report_way_set(struct jilin_world *world, struct jilin_person *person)
{
    int64_t *at_ms = person->at_ms;
    at_ms[JILIN_AUDITED_CITY] = at_ms[JILIN_AUDITED_PROVINCE] - audit_lag(world);
    at_ms[JILIN_AUDITED_COUNTY] = at_ms[JILIN_AUDITED_CITY] - audit_lag(world);
    at_ms[JILIN_FILED] = at_ms[JILIN_AUDITED_COUNTY] - audit_lag(world);
    at_ms[JILIN_DIAGNOSED] = at_ms[JILIN_FILED] - report_lag(world);
}

/* Noon of the third-last figure before the backlog to a day after it: the time when diagnosis was short. */
struct backlog {
    int64_t from_ms, to_ms;
};

static struct backlog backlog_of(const struct jilin_world *world)
{
    struct backlog backlog = {0, 0};
    for (size_t index = 0; index < world->figures.count; index++) {
        const struct jilin_figure *figure = JILIN_AT(world->figures, jilin_figure, index);
        if (figure->measure != JILIN_AWAITING_DIAGNOSIS)
            continue;
        if (backlog.from_ms == 0 || figure->to_ms - 2 * BH_DAY_MS < backlog.from_ms)
            backlog.from_ms = figure->to_ms - 2 * BH_DAY_MS;
        if (figure->to_ms + BH_DAY_MS > backlog.to_ms)
            backlog.to_ms = figure->to_ms + BH_DAY_MS;
    }
    return backlog;
}

/* Bounds of the result of one person: after `low` and not after `high` (0 = no bound). */
struct bounds {
    int64_t low_ms, high_ms;
};

struct candidate {
    int64_t key_ms;
    uint32_t person;
};

static int candidate_order(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->key_ms != b->key_ms)
        return a->key_ms < b->key_ms ? -1 : 1;
    return (a->person > b->person) - (a->person < b->person);
}

/* Those diagnosed soonest after the moment come first, with some disorder; those diagnosed within two hours
 * of it cannot have had their result after it and come before all. */
static void candidates_find(struct jilin_world *world, int64_t moment_ms,
                            const struct bounds *bounds, struct jilin_list *found,
                            int64_t *ret_waiting)
{
    *ret_waiting = 0;
    for (uint32_t index = 0; index < world->persons.count; index++) {
        const struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        int64_t diagnosed_ms = person->at_ms[JILIN_DIAGNOSED];
        if (diagnosed_ms <= moment_ms)
            continue;
        if (bounds[index].high_ms != 0) {
            (*ret_waiting)++;
            continue;
        }
        struct candidate *candidate = jilin_list_add(found);
        candidate->person = index;
        candidate->key_ms = diagnosed_ms;
        if (diagnosed_ms > moment_ms + 2 * BH_HOUR_MS)
            candidate->key_ms += BH_DAY_MS + hours(world, 0, 360);
    }
    if (found->count > 0)
        qsort(found->at, found->count, found->size, candidate_order);
}

static bool moment_meet(struct jilin_world *world, const struct jilin_figure *figure,
                        struct bounds *bounds, struct bh_err *err)
{
    struct jilin_list found = {.size = sizeof(struct candidate)};
    int64_t waiting = 0;
    candidates_find(world, figure->to_ms, bounds, &found, &waiting);
    int64_t wanted = figure->value - waiting, forced = 0;
    for (size_t index = 0; index < found.count; index++) {
        const struct candidate *candidate = JILIN_AT(found, candidate, index);
        struct bounds *bound = &bounds[candidate->person];
        if ((int64_t)index < wanted)
            bound->high_ms = figure->to_ms;
        else
            bound->low_ms = figure->to_ms;
        forced += candidate->key_ms <= figure->to_ms + 2 * BH_HOUR_MS;
    }
    bool met = wanted >= forced && (int64_t)found.count >= wanted;
    jilin_list_done(&found);
    if (!met)
        return bh_fail(err, BH_INVALID, "figures.csv 第%d行：待诊断人数无法达到",
                       "figures.csv row %d: the number awaiting diagnosis cannot be reached",
                       figure->row);
    return true;
}

static int figure_order(const void *left, const void *right)
{
    const struct jilin_figure *a = *(const struct jilin_figure *const *)left;
    const struct jilin_figure *b = *(const struct jilin_figure *const *)right;
    return (a->to_ms > b->to_ms) - (a->to_ms < b->to_ms);
}

static bool bounds_make(struct jilin_world *world, struct bounds *bounds, struct bh_err *err)
{
    struct jilin_list moments = {.size = sizeof(const struct jilin_figure *)};
    for (size_t index = 0; index < world->figures.count; index++) {
        const struct jilin_figure *figure = JILIN_AT(world->figures, jilin_figure, index);
        if (figure->measure == JILIN_AWAITING_DIAGNOSIS && figure->kind != JILIN_PUBLISHED_DISPUTED)
            *(const struct jilin_figure **)jilin_list_add(&moments) = figure;
    }
    if (moments.count > 0)
        qsort(moments.at, moments.count, moments.size, figure_order);
    bool met = true;
    for (size_t index = 0; index < moments.count && met; index++)
        met = moment_meet(world, ((const struct jilin_figure **)moments.at)[index], bounds, err);
    jilin_list_done(&moments);
    return met;
}

static int64_t result_time(struct jilin_world *world, const struct jilin_person *person,
                           struct bounds bound, struct backlog backlog)
{
    int64_t diagnosed_ms = person->at_ms[JILIN_DIAGNOSED];
    bool busy = diagnosed_ms >= backlog.from_ms && diagnosed_ms < backlog.to_ms;
    int64_t wait_ms = busy && jilin_random_chance(&world->random, BACKLOG_LONG_WAIT)
                          ? hours(world, 480, 1800)
                          : hours(world, 90, 480);
    int64_t result_ms = diagnosed_ms - wait_ms;
    if (bound.high_ms != 0 && result_ms > bound.high_ms)
        result_ms = bound.high_ms - hours(world, 0, 180);
    if (result_ms <= bound.low_ms) {
        int64_t last_ms = bound.high_ms != 0 ? bound.high_ms : diagnosed_ms - 40 * BH_MINUTE_MS;
        result_ms = bound.low_ms + hours(world, 1, (last_ms - bound.low_ms) / BH_MINUTE_MS);
    }
    return result_ms;
}

static void found_set(struct jilin_world *world, struct jilin_person *person,
                      int64_t antigen_from_ms)
{
    static const struct {
        unsigned upto;
        enum jilin_found_in where;
    } shares[] = {
        {360, JILIN_IN_LOCKDOWN_SCREEN},
        {620, JILIN_IN_CENTRALISED},
        {810, JILIN_IN_CONTROL_SCREEN},
        {890, JILIN_IN_HOME_OBSERVATION},
        {960, JILIN_IN_PRECAUTION_SCREEN},
        {990, JILIN_IN_CLOSED_LOOP},
        {1000, JILIN_IN_OTHER},
    };
    uint32_t draw = jilin_random_below(&world->random, 1000), share = 0;
    while (shares[share].upto <= draw)
        share++;
    person->found_in = shares[share].where;
    person->found_by = JILIN_BY_LABORATORY;
    if (jilin_random_chance(&world->random, CLINIC)) {
        person->found_by = JILIN_BY_CLINIC;
        person->found_in = JILIN_IN_CLINIC;
    } else if (person->at_ms[JILIN_RESULTED] >= antigen_from_ms &&
               jilin_random_chance(&world->random, ANTIGEN)) {
        person->found_by = JILIN_BY_ANTIGEN;
    }
}

static void test_way_set(struct jilin_world *world, struct jilin_person *person)
{
    int64_t *at_ms = person->at_ms;
    int64_t room_ms = at_ms[JILIN_DIAGNOSED] - at_ms[JILIN_RESULTED];
    int64_t most_ms = room_ms * 3 / 4 < 4 * BH_HOUR_MS ? room_ms * 3 / 4 : 4 * BH_HOUR_MS;
    at_ms[JILIN_REVIEWED] =
        at_ms[JILIN_RESULTED] + jilin_random_between(&world->random,
                                                     room_ms / 5 < most_ms ? room_ms / 5 : most_ms,
                                                     most_ms);
    if (person->found_by == JILIN_BY_ANTIGEN) {
        at_ms[JILIN_SAMPLED] = at_ms[JILIN_RESULTED] - hours(world, 15, 40);
    } else {
        at_ms[JILIN_RECEIVED] = at_ms[JILIN_RESULTED] - hours(world, 150, 480);
        at_ms[JILIN_SAMPLED] = at_ms[JILIN_RECEIVED] - hours(world, 30, 300);
        jilin_tube_code(world, 'S', person->tube, sizeof person->tube);
    }
    at_ms[JILIN_REGISTERED] = at_ms[JILIN_SAMPLED] - hours(world, 1, 20);
}

/* Beds were short while diagnosis was: many waited at home, then at the door of the hospital. */
static void move_set(struct jilin_world *world, struct jilin_person *person, struct backlog backlog)
{
    int64_t *at_ms = person->at_ms;
    bool busy = at_ms[JILIN_DIAGNOSED] >= backlog.from_ms && at_ms[JILIN_DIAGNOSED] < backlog.to_ms;
    uint32_t draw = jilin_random_below(&world->random, 100);
    int64_t wait_ms = hours(world, 25, 260), door_ms = hours(world, 8, 50);
    if (busy && draw < 55) {
        wait_ms = hours(world, 240, 960);
        door_ms = hours(world, 20, 180);
    } else if (busy && draw < 80) {
        wait_ms = hours(world, 600, 2400);
        door_ms = hours(world, 30, 300);
    } else if (draw >= 97) {
        wait_ms = hours(world, 300, 900);
    }
    at_ms[JILIN_PICKED_UP] = at_ms[JILIN_DIAGNOSED] + wait_ms;
    at_ms[JILIN_HANDED_OVER] = at_ms[JILIN_PICKED_UP] + hours(world, 20, 100);
    at_ms[JILIN_ADMITTED] = at_ms[JILIN_HANDED_OVER] + door_ms;
}

/* The first case of each county or zone is reported as an event, one in ten of them late. */
static void first_cases_set(struct jilin_world *world)
{
    for (uint32_t area = 0; area < world->areas.count; area++) {
        struct jilin_person *first = NULL;
        for (size_t index = 0; index < world->persons.count; index++) {
            struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
            if (person->area == area &&
                (!first || person->at_ms[JILIN_DIAGNOSED] < first->at_ms[JILIN_DIAGNOSED]))
                first = person;
        }
        if (first)
            first->at_ms[JILIN_EVENT_REPORTED] =
                first->at_ms[JILIN_DIAGNOSED] + (jilin_random_chance(&world->random, 100)
                                                     ? hours(world, 125, 300)
                                                     : hours(world, 15, 110));
    }
}

bool jilin_clocks_set(struct jilin_world *world, struct bh_err *err)
{
    size_t count = world->persons.count;
    for (size_t index = 0; index < count; index++)
        report_way_set(world, JILIN_AT(world->persons, jilin_person, index));
    struct bounds *bounds = bh_alloc(count * sizeof(*bounds));
    memset(bounds, 0, count * sizeof(*bounds));
    bool met = bounds_make(world, bounds, err);
    struct backlog backlog = backlog_of(world);
    for (size_t index = 0; index < count && met; index++) {
        struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        person->at_ms[JILIN_RESULTED] = result_time(world, person, bounds[index], backlog);
        found_set(world, person, backlog.from_ms);
        test_way_set(world, person);
        move_set(world, person, backlog);
    }
    bh_free(bounds);
    if (met)
        first_cases_set(world);
    return met;
}
