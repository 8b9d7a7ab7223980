/* How many people live in each community. */
#include "plan/roll_maker.h"

#include "base/csv.h"
#include "plan/made.h"
#include "plan/roll_maker_private.h"

#include <stddef.h>
#include <string.h>

enum { CHILDREN_MAX = 64, DEPTH_MAX = 8 };

/* ---- the texts ---- */

static const struct {
    const char *item;
    size_t offset;
    int64_t least, most;
} figure_rows[] = {
#define FIGURE(name, least, most)                                                                  \
    {                                                                                              \
#name, offsetof(struct roll_maker_figures, name), least, most                              \
    }
    FIGURE(collective_people, 0, 10000), FIGURE(age_0_14, 0, 10000),
    FIGURE(age_60_plus, 0, 10000),       FIGURE(room_least, 1, 100),
    FIGURE(room_most, 1, 100),           FIGURE(urban_weight, 1, 10000),
    FIGURE(village_weight, 1, 10000),    FIGURE(spread_least, 1, 100),
    FIGURE(spread_most, 100, 1000),      FIGURE(temporary_homes, 0, 1000),
    FIGURE(floating_homes, 0, 1000),     FIGURE(key_people, 0, 1000),
    FIGURE(sealed_homes, 0, 1000),       FIGURE(floors, 1, 60),
    FIGURE(entrances, 1, 100),           FIGURE(doors, 1, 99),
    FIGURE(lane_houses, 1, 500),
#undef FIGURE
};
enum { FIGURE_ROWS = sizeof figure_rows / sizeof figure_rows[0] };

/* household_of_1 .. household_of_8: the last character is the size. */
static int64_t *figure_of(struct roll_maker_figures *figures, struct bh_str item, int64_t *least,
                          int64_t *most)
{
    for (size_t i = 0; i < FIGURE_ROWS; i++) {
        if (!bh_str_is(item, figure_rows[i].item))
            continue;
        *least = figure_rows[i].least;
        *most = figure_rows[i].most;
        return (int64_t *)(void *)((char *)figures + figure_rows[i].offset);
    }
    *least = 0;
    *most = 100000;
    if (!bh_str_starts(item, "household_of_") || item.len != 14)
        return NULL;
    int size = item.at[13] - '0';
    return size >= 1 && size <= ROLL_SIZES ? &figures->household_of[size - 1] : NULL;
}

static bool figures_check(const struct roll_maker_figures *figures, size_t found,
                          struct bh_err *err)
{
    int64_t sum = 0;
    for (size_t i = 0; i < ROLL_SIZES; i++)
        sum += figures->household_of[i];
    if (found != (size_t)FIGURE_ROWS + ROLL_SIZES)
        return bh_fail(err, BH_INVALID, "roll.csv：应有 %d 个已知项目",
                       "roll.csv: %d known items expected", FIGURE_ROWS + ROLL_SIZES);
    if (sum != 100000)
        return bh_fail(err, BH_INVALID, "roll.csv：各户规模之和应为 100000",
                       "roll.csv: sizes of households should add up to 100000");
    return figures->room_least <= figures->room_most ||
           bh_fail(err, BH_INVALID, "roll.csv：room_least 大于 room_most",
                   "roll.csv: room_least is above room_most");
}

static bool figures_load(struct roll_maker *maker, struct bh_str text, struct bh_err *err)
{
    struct csv_reader reader;
    bool given[FIGURE_ROWS + ROLL_SIZES] = {false};
    size_t found = 0;
    csv_open(&reader, text, &maker->arena);
    if (!csv_next(&reader) || csv_column(&reader, "item") != 0 || csv_column(&reader, "value") != 1)
        return bh_fail(err, BH_INVALID, "roll.csv：缺少列 item、value",
                       "roll.csv: columns item and value are missing");
    while (csv_next(&reader)) {
        int64_t least = 0, most = 0, value = 0;
        int64_t *place = figure_of(&maker->figures, reader.field[0], &least, &most);
        if (!place || reader.field_count < 2)
            continue; /* for information, or of the round */
        if (!bh_str_to_int(reader.field[1], &value) || value < least || value > most)
            return bh_fail(err, BH_INVALID, "roll.csv 第 %d 行：应为 %lld 至 %lld",
                           "roll.csv line %d: should be %lld to %lld", reader.line,
                           (long long)least, (long long)most);
        size_t index = (size_t)(place - (int64_t *)(void *)&maker->figures);
        found += !given[index];
        given[index] = true;
        *place = value;
    }
    if (reader.failed) {
        *err = reader.err;
        return false;
    }
    return figures_check(&maker->figures, found, err);
}

struct name_list {
    const char *part;
    struct bh_str *draws; /* ROLL_DRAWS of them */
    struct bh_str text[256];
    int64_t weight[256], sum;
    size_t count;
};

/* Each text gets its share of the draws; the running sum is rounded, so that they are filled exactly. */
static void names_spread(const struct name_list *list)
{
    int64_t upto = 0;
    size_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        upto += list->weight[i];
        for (size_t end = (size_t)(upto * ROLL_DRAWS / list->sum); at < end; at++)
            list->draws[at] = list->text[i];
    }
}

static bool names_load(struct roll_maker *maker, struct bh_str text, struct bh_err *err)
{
    struct name_list *lists = bh_alloc(4 * sizeof *lists);
    struct csv_reader reader;
    memset(lists, 0, 4 * sizeof *lists);
    lists[0].part = "surname", lists[0].draws = maker->surname;
    lists[1].part = "single", lists[1].draws = maker->single;
    lists[2].part = "first", lists[2].draws = maker->first;
    lists[3].part = "last", lists[3].draws = maker->last;
    csv_open(&reader, text, &maker->arena);
    bool ok = csv_next(&reader) && reader.field_count == 3;
    while (ok && csv_next(&reader)) {
        int64_t weight = 0;
        for (int i = 0; i < 4; i++) {
            struct name_list *list = &lists[i];
            if (!bh_str_is(reader.field[0], list->part))
                continue;
            ok = list->count < 256 && reader.field[1].len > 0 && reader.field[1].len <= 9 &&
                 bh_str_to_int(reader.field[2], &weight) && weight > 0 && weight <= 100000;
            list->text[list->count] = reader.field[1];
            list->weight[list->count++] = weight;
            list->sum += weight;
        }
    }
    ok = ok && !reader.failed;
    for (int i = 0; i < 4; i++) {
        ok = ok && lists[i].count > 0;
        if (ok)
            names_spread(&lists[i]);
    }
    bh_free(lists);
    return ok || bh_fail(err, BH_INVALID, "names.csv：无法用作姓名",
                         "names.csv: cannot be used for names");
}

/* ---- how many live where ---- */

/* Everything while the total is shared out. */
struct sharing {
    struct roll_maker *maker;
    const struct areas *areas;
    int64_t at_ms;
};

/* Parts in proportion to the weights, that add up to the total exactly: the running sum is rounded. */
static void apportion(const int64_t *weight, size_t count, int64_t total, int64_t *ret)
{
    int64_t sum = 0, upto = 0, given = 0;
    for (size_t i = 0; i < count; i++)
        sum += weight[i];
    for (size_t i = 0; i < count; i++) {
        upto += weight[i];
        int64_t end = sum > 0 ? (int64_t)((__extension__(__int128) total * upto) / sum) : 0;
        ret[i] = end - given;
        given = end;
    }
}

/* The register of divisions has place-holders for parks and reserves; nobody lives there. */
static bool is_home(const struct leaf *leaf)
{
    return strcmp(leaf->level, "community") == 0 && !strstr(leaf->name, "特殊") &&
           !strstr(leaf->name, "虚拟");
}

static bool is_urban(const struct leaf *leaf)
{
    return strstr(leaf->name, "社区") || strstr(leaf->name, "居委会") ||
           strstr(leaf->name, "居民委员会");
}

/* Its child (index) that holds the leaf, `count` = none. */
static size_t child_of(const struct unit *const *children, size_t count, int64_t leaf)
{
    size_t child = 0;
    while (child < count && !scope_holds(&children[child]->scope, leaf))
        child++;
    return child;
}

/* The communities of the unit that none of its children holds. */
static void share_leaves(const struct sharing *sharing, const struct unit *unit,
                         const struct unit *const *children, size_t child_count, int64_t total)
{
    struct roll_maker *maker = sharing->maker;
    const struct roll_maker_figures *figures = &maker->figures;
    int64_t *weight = bh_alloc(maker->community_count * sizeof *weight * 2);
    int64_t *part = weight + maker->community_count;
    for (size_t i = 0; i < maker->community_count; i++) {
        const struct roll_maker_community *one = &maker->communities[i];
        uint64_t state = maker->seed ^ made_mix((uint64_t)one->leaf);
        bool mine = scope_holds(&unit->scope, one->leaf) &&
                    child_of(children, child_count, one->leaf) == child_count;
        int64_t spread =
            figures->spread_least +
            made_below(&state, (uint32_t)(figures->spread_most - figures->spread_least + 1));
        weight[i] =
            mine ? spread * (one->urban ? figures->urban_weight : figures->village_weight) : 0;
    }
    apportion(weight, maker->community_count, total, part);
    for (size_t i = 0; i < maker->community_count; i++)
        maker->communities[i].residents += part[i];
    bh_free(weight);
}

/* What the children get, and last what the unit's own communities get. Who has no count of his own gets the mean. */
static void share_weights(const struct sharing *sharing, const struct unit *unit,
                          const struct unit *const *children, size_t count, int64_t *ret)
{
    const struct roll_maker *maker = sharing->maker;
    int64_t homes[CHILDREN_MAX + 1] = {0}, all = 0, counted = 0, rest = 0,
                                 people = unit->population;
    for (size_t i = 0; i < maker->community_count; i++) {
        int64_t leaf = maker->communities[i].leaf;
        if (scope_holds(&unit->scope, leaf)) {
            homes[child_of(children, count, leaf)]++;
            all++;
        }
    }
    for (size_t i = 0; i < count; i++)
        counted += children[i]->population != BH_NONE && homes[i] > 0 ? children[i]->population : 0;
    if (people == BH_NONE)
        people = counted > 0 ? counted : all;
    for (size_t i = 0; i <= count; i++) {
        bool known = i < count && children[i]->population != BH_NONE;
        ret[i] = known || all == 0 ? 0 : people * homes[i] / all;
        rest += ret[i];
    }
    for (size_t i = 0; i < count; i++)
        if (children[i]->population != BH_NONE && homes[i] > 0)
            ret[i] = rest == 0 ? children[i]->population
                               : (int64_t)((__extension__(__int128) children[i]->population *
                                            (people - rest)) /
                                           counted);
}

static void share_unit(const struct sharing *sharing, const struct unit *unit, int64_t total,
                       int depth)
{
    const struct unit *children[CHILDREN_MAX];
    int64_t weight[CHILDREN_MAX + 1], part[CHILDREN_MAX + 1];
    size_t count = areas_children(sharing->areas, unit, sharing->at_ms, children, CHILDREN_MAX);
    count = count < CHILDREN_MAX ? count : CHILDREN_MAX;
    if (count == 0 || depth == DEPTH_MAX) {
        share_leaves(sharing, unit, children, 0, total);
        return;
    }
    share_weights(sharing, unit, children, count, weight);
    apportion(weight, count + 1, total, part);
    for (size_t i = 0; i < count; i++)
        if (part[i] > 0)
            share_unit(sharing, children[i], part[i], depth + 1);
    if (part[count] > 0)
        share_leaves(sharing, unit, children, count, part[count]);
}

static bool communities_find(struct sharing *sharing, const struct unit *unit, struct bh_err *err)
{
    struct roll_maker *maker = sharing->maker;
    size_t leaves = areas_leaf_count(sharing->areas);
    maker->communities = bh_alloc((leaves + 1) * sizeof *maker->communities);
    for (size_t i = 0; i < leaves; i++) {
        const struct leaf *leaf = areas_leaf(sharing->areas, (int64_t)i + 1);
        if (leaf && is_home(leaf) && scope_holds(&unit->scope, leaf->number))
            maker->communities[maker->community_count++] = (struct roll_maker_community){
                .leaf = leaf->number,
                .code = leaf->code,
                .name = leaf->name,
                .urban = is_urban(leaf),
            };
    }
    return (maker->community_count > 0 && maker->community_count <= ROLL_MAKER_COMMUNITIES) ||
           bh_fail(err, BH_INVALID, "%s 没有社区，或社区太多", "%s has no community, or too many",
                   unit->id);
}

/* Numbers the people, and drops communities that got nobody. */
static bool communities_number(struct roll_maker *maker, struct bh_err *err)
{
    size_t kept = 0;
    int64_t first = 0;
    for (size_t i = 0; i < maker->community_count; i++) {
        struct roll_maker_community one = maker->communities[i];
        if (one.residents > ROLL_MAKER_RESIDENTS)
            return bh_fail(err, BH_TOO_BIG, "%s：一个社区超过 %d 人",
                           "%s: a community with over %d people", one.code, ROLL_MAKER_RESIDENTS);
        one.first = first;
        first += one.residents;
        if (one.residents > 0)
            maker->communities[kept++] = one;
    }
    maker->community_count = kept;
    bh_assert(first == maker->total);
    return true;
}

bool roll_maker_new(const struct areas *areas, const struct unit *unit,
                    const struct roll_maker_options *options, struct roll_maker **ret,
                    struct bh_err *err)
{
    struct roll_maker *maker = bh_alloc(sizeof *maker);
    struct sharing sharing = {maker, areas, options->at_ms};
    memset(maker, 0, sizeof *maker);
    maker->seed = made_mix(options->seed + 1);
    maker->total = options->total > 0 ? options->total : unit->population;
    bh_arena_init(&maker->arena, LIMIT_ARENA_REQUEST);
    bool ok = maker->total > 0 || bh_fail(err, BH_INVALID, "不知道 %s 的人口",
                                          "the population of %s is not known", unit->id);
    ok = ok && figures_load(maker, options->household, err) &&
         names_load(maker, options->names, err) && communities_find(&sharing, unit, err);
    if (ok) {
        share_unit(&sharing, unit, maker->total, 0);
        ok = communities_number(maker, err);
    }
    if (!ok) {
        roll_maker_free(maker);
        return false;
    }
    *ret = maker;
    return true;
}

void roll_maker_free(struct roll_maker *maker)
{
    if (!maker)
        return;
    bh_arena_done(&maker->arena);
    bh_free(maker->communities);
    bh_free(maker);
}

size_t roll_maker_community_count(const struct roll_maker *maker)
{
    return maker->community_count;
}

const struct roll_maker_community *roll_maker_community(const struct roll_maker *maker,
                                                        size_t index)
{
    return &maker->communities[index];
}

int64_t roll_maker_total(const struct roll_maker *maker)
{
    return maker->total;
}
