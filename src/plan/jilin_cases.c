/*
 * Who is counted where, as what, and when.
 *
 * Rule: a figure of a city over a piece of time (a "brick") is built exactly. Inside a city the counties
 * and zones with a figure of their own get it exactly; the rest is drawn by weight among the others.
 * Conversions take asymptomatic persons of the same city who were counted in an earlier window.
 */
#include "base/time.h"
#include "plan/jilin_world.h"

enum { PLACES_MAX = 24 };

/* What remains to be placed in the counties of one city over one piece. */
struct split {
    uint32_t city;
    uint32_t area[PLACES_MAX];
    int64_t fixed[PLACES_MAX]; /* still to be placed there; -1 = no figure of its own */
    int64_t weight[PLACES_MAX];
    size_t count;
    int64_t rest, weight_sum; /* to be drawn among the areas without a figure */
};

static int64_t brick_or_zero(const struct jilin_world *world, const struct jilin_piece *piece,
                             uint32_t area, enum jilin_measure measure,
                             enum jilin_severity severity)
{
    int64_t value = jilin_brick(world, piece, area, measure, severity);
    return value < 0 ? 0 : value;
}

static bool split_fail(const struct jilin_world *world, const struct jilin_piece *piece,
                       uint32_t city, enum jilin_measure measure, struct bh_err *err)
{
    char from[BH_TIME_TEXT];
    bh_time_format(piece->from_ms, 480, from);
    return bh_fail(err, BH_INVALID, "figures.csv：%s 自 %s 起的 %s 无法分配",
                   "figures.csv: unit %s, interval from %s: %s cannot be allocated",
                   JILIN_AT(world->areas, jilin_area, city)->unit, from,
                   jilin_measure_name(measure));
}

static void split_add(struct jilin_world *world, struct split *split,
                      const struct jilin_piece *piece, uint32_t area, enum jilin_measure measure)
{
    bh_assert(split->count < PLACES_MAX);
    size_t place = split->count++;
    split->area[place] = area;
    split->fixed[place] =
        area == split->city ? -1 : jilin_brick(world, piece, area, measure, JILIN_ALL);
    split->weight[place] =
        split->fixed[place] >= 0 ? 0 : jilin_weight_at(world, area, piece->from_ms);
    if (split->fixed[place] >= 0)
        split->rest -= split->fixed[place];
    split->weight_sum += split->weight[place];
}

static bool split_start(struct jilin_world *world, struct split *split,
                        const struct jilin_piece *piece, uint32_t city, enum jilin_measure measure,
                        struct bh_err *err)
{
    memset(split, 0, sizeof *split);
    split->city = city;
    split->rest = brick_or_zero(world, piece, city, measure, JILIN_ALL);
    for (uint32_t area = 0; area < world->areas.count; area++) {
        const struct jilin_area *place = JILIN_AT(world->areas, jilin_area, area);
        if (place->parent == city && area != city)
            split_add(world, split, piece, area, measure);
    }
    if (split->count == 0) { /* a city without counties is its own */
        split_add(world, split, piece, city, measure);
        split->weight[0] = split->weight_sum = 1;
    }
    if (split->rest < 0 || (split->rest > 0 && split->weight_sum == 0))
        return split_fail(world, piece, city, measure, err);
    return true;
}

static size_t split_place(const struct split *split, uint32_t area)
{
    size_t place = 0;
    while (split->area[place] != area)
        place++;
    return place;
}

/* Takes one from where this area's persons come from; false when nothing is left there. */
static bool split_take(struct split *split, uint32_t area)
{
    int64_t *left = &split->fixed[split_place(split, area)];
    if (*left < 0)
        left = &split->rest;
    if (*left == 0)
        return false;
    (*left)--;
    return true;
}

/* The area of the next person, JILIN_NONE when all are placed. */
static uint32_t split_next(struct jilin_world *world, struct split *split)
{
    for (size_t place = 0; place < split->count; place++) {
        if (split->fixed[place] > 0) {
            split->fixed[place]--;
            return split->area[place];
        }
    }
    if (split->rest == 0)
        return JILIN_NONE;
    split->rest--;
    int64_t draw = jilin_random_between(&world->random, 0, split->weight_sum - 1);
    size_t place = 0;
    while (draw >= split->weight[place])
        draw -= split->weight[place++];
    return split->area[place];
}

/* A moment strictly inside the piece; audits gather towards its end. */
static int64_t moment_in(struct jilin_world *world, const struct jilin_piece *piece,
                         int64_t tail_ms)
{
    int64_t low = piece->from_ms + BH_MINUTE_MS, high = piece->to_ms - BH_MINUTE_MS - tail_ms;
    int64_t one = jilin_random_between(&world->random, low, high);
    int64_t two = jilin_random_between(&world->random, low, high);
    return one > two ? one : two;
}

static void numbers_shuffle(struct jilin_random *random, uint32_t *numbers, size_t count)
{
    for (size_t left = count; left > 1; left--) {
        size_t other = jilin_random_below(random, left);
        uint32_t kept = numbers[left - 1];
        numbers[left - 1] = numbers[other];
        numbers[other] = kept;
    }
}

static uint32_t window_of(const struct jilin_world *world, int64_t at_ms)
{
    uint32_t window = 0;
    while (window < world->windows.count &&
           JILIN_AT(world->windows, jilin_window, window)->to_ms <= at_ms)
        window++;
    return window;
}

/* Persons of the city with that diagnosis, counted in an earlier window, on whom nothing happened since. */
static void eligible_find(const struct jilin_world *world, struct jilin_list *found,
                          const struct jilin_piece *piece, uint32_t city, bool confirmed)
{
    for (uint32_t index = 0; index < world->persons.count; index++) {
        const struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        if (person->city == city && person->confirmed == confirmed &&
            person->at_ms[JILIN_CONVERTED_AT] == 0 && person->at_ms[JILIN_DISCHARGED] == 0 &&
            person->at_ms[JILIN_RELEASED] == 0 &&
            window_of(world, person->at_ms[JILIN_AUDITED_PROVINCE]) < piece->window)
            *(uint32_t *)jilin_list_add(found) = index;
    }
}

static bool conversions_make(struct jilin_world *world, struct split *split,
                             const struct jilin_piece *piece, struct bh_err *err)
{
    int64_t wanted = brick_or_zero(world, piece, split->city, JILIN_CONVERTED, JILIN_ALL);
    if (wanted == 0 || piece->window == world->windows.count)
        return true;
    struct jilin_list found = {.size = sizeof(uint32_t)};
    eligible_find(world, &found, piece, split->city, false);
    numbers_shuffle(&world->random, found.at, found.count);
    for (size_t index = 0; index < found.count && wanted > 0; index++) {
        struct jilin_person *person =
            JILIN_AT(world->persons, jilin_person, ((uint32_t *)found.at)[index]);
        if (!split_take(split, person->area))
            continue;
        int64_t lag_ms = jilin_random_between(&world->random, 5 * BH_MINUTE_MS, 100 * BH_MINUTE_MS);
        int64_t at_ms = moment_in(world, piece, lag_ms);
        person->at_ms[JILIN_CONVERTED_AT] = at_ms;
        person->at_ms[JILIN_CONVERSION_REPORTED] = at_ms + lag_ms;
        person->severity_after = JILIN_MILD;
        wanted--;
    }
    jilin_list_done(&found);
    return wanted == 0 || split_fail(world, piece, split->city, JILIN_CONVERTED, err);
}

static void persons_make(struct jilin_world *world, struct split *split,
                         const struct jilin_piece *piece, bool confirmed)
{
    for (uint32_t area = split_next(world, split); area != JILIN_NONE;
         area = split_next(world, split)) {
        uint32_t index = jilin_person_add(world, JILIN_CASE, area);
        struct jilin_person *person = JILIN_AT(world->persons, jilin_person, index);
        person->confirmed = confirmed;
        person->severity = confirmed ? JILIN_MILD : JILIN_ALL;
        person->at_ms[JILIN_AUDITED_PROVINCE] = moment_in(world, piece, 0);
    }
}

/* The worst forms go to the oldest of a few, the others to anybody; new persons only, conversions are mild. */
static bool severities_set(struct jilin_world *world, const struct jilin_piece *piece,
                           uint32_t city, uint32_t first, struct bh_err *err)
{
    uint32_t end = (uint32_t)world->persons.count;
    for (int severity = JILIN_CRITICAL; severity >= JILIN_COMMON; severity--) {
        int64_t wanted =
            brick_or_zero(world, piece, city, JILIN_CONFIRMED_NEW, (enum jilin_severity)severity);
        int64_t tries = 0;
        while (wanted > 0) {
            if (first == end || tries++ > 100000)
                return split_fail(world, piece, city, JILIN_CONFIRMED_NEW, err);
            struct jilin_person *chosen = NULL;
            int looks = severity >= JILIN_SEVERE ? 12 : 2;
            for (int look = 0; look < looks; look++) {
                struct jilin_person *person =
                    JILIN_AT(world->persons, jilin_person,
                             first + jilin_random_below(&world->random, end - first));
                if (person->severity == JILIN_MILD &&
                    (!chosen || person->birth_year < chosen->birth_year))
                    chosen = person;
            }
            if (!chosen)
                continue;
            chosen->severity = (enum jilin_severity)severity;
            wanted--;
        }
    }
    return true;
}

static bool city_make(struct jilin_world *world, const struct jilin_piece *piece, uint32_t city,
                      struct bh_err *err)
{
    struct split split;
    if (!split_start(world, &split, piece, city, JILIN_CONFIRMED_NEW, err) ||
        !conversions_make(world, &split, piece, err))
        return false;
    uint32_t first = (uint32_t)world->persons.count;
    persons_make(world, &split, piece, true);
    if (!severities_set(world, piece, city, first, err) ||
        !split_start(world, &split, piece, city, JILIN_ASYMPTOMATIC_NEW, err))
        return false;
    persons_make(world, &split, piece, false);
    return true;
}

/* Who leaves was counted at least ten days before the day ends. */
static bool endings_make(struct jilin_world *world, const struct jilin_piece *piece, uint32_t city,
                         enum jilin_measure measure, struct bh_err *err)
{
    bool confirmed = measure == JILIN_DISCHARGED_NEW;
    int64_t wanted = brick_or_zero(world, piece, city, measure, JILIN_ALL);
    if (wanted == 0)
        return true;
    struct jilin_list found = {.size = sizeof(uint32_t)};
    eligible_find(world, &found, piece, city, confirmed);
    numbers_shuffle(&world->random, found.at, found.count);
    for (size_t index = 0; index < found.count && wanted > 0; index++) {
        struct jilin_person *person =
            JILIN_AT(world->persons, jilin_person, ((uint32_t *)found.at)[index]);
        if (person->at_ms[JILIN_AUDITED_PROVINCE] > piece->to_ms - 10 * BH_DAY_MS)
            continue;
        int64_t lag_ms = jilin_random_between(&world->random, 5 * BH_MINUTE_MS, 100 * BH_MINUTE_MS);
        int64_t at_ms = moment_in(world, piece, lag_ms);
        person->at_ms[confirmed ? JILIN_DISCHARGED : JILIN_RELEASED] = at_ms;
        person->at_ms[JILIN_END_REPORTED] = at_ms + lag_ms;
        wanted--;
    }
    jilin_list_done(&found);
    return wanted == 0 || split_fail(world, piece, city, measure, err);
}

bool jilin_cases_make(struct jilin_world *world, struct bh_err *err)
{
    for (size_t index = 0; index < world->pieces.count; index++) {
        const struct jilin_piece *piece = JILIN_AT(world->pieces, jilin_piece, index);
        for (uint32_t city = 0; city < world->areas.count; city++) {
            if (JILIN_AT(world->areas, jilin_area, city)->kind != JILIN_CITY)
                continue;
            if (!endings_make(world, piece, city, JILIN_DISCHARGED_NEW, err) ||
                !endings_make(world, piece, city, JILIN_RELEASED_NEW, err) ||
                !city_make(world, piece, city, err))
                return false;
        }
    }
    return true;
}
