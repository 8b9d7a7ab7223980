#include "base/time.h"
#include "ledger/area_private.h"

#include <string.h>

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void moments_make(struct areas *areas)
{
    areas->moments = bh_alloc((2 * areas->unit_count + 1) * sizeof *areas->moments);
    size_t count = 0;
    areas->moments[count++] = BH_TIME_MIN;
    for (size_t i = 0; i < areas->unit_count; i++) {
        areas->moments[count++] = areas->units[i].unit.from_ms;
        areas->moments[count++] = areas->units[i].unit.to_ms;
    }
    qsort(areas->moments, count, sizeof *areas->moments, by_time);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (areas->moments[i] < BH_TIME_MAX &&
            (kept == 0 || areas->moments[i] != areas->moments[kept - 1]))
            areas->moments[kept++] = areas->moments[i];
    areas->moment_count = kept;
}

static bool fail_unit(const struct area_unit *unit, struct bh_err *err, const char *zh,
                      const char *en)
{
    (void)bh_fail(err, BH_INVALID, "units.csv 第 %d 行 %s：%s%.0s", "units.csv line %d, %s: %.0s%s",
                  unit->line, unit->unit.id, zh, en);
    err->line = unit->line;
    return false;
}

/* How many units are around it: 0 for a root. -1 with the reason when the way up is broken. */
static int depth_of(const struct areas *areas, const struct area_unit *unit, int64_t at_ms,
                    struct bh_err *err)
{
    const struct area_unit *below = unit;
    int depth = 0;
    while (below->unit.parent[0] != 0) {
        int64_t up = area_unit_index(areas, bh_str_of(below->unit.parent), at_ms);
        if (up < 0) {
            (void)fail_unit(below, err, "上级单位当时不存在",
                            "its parent does not exist at that time");
            return -1;
        }
        if (!scope_covers(&areas->units[up].unit.scope, &below->unit.scope)) {
            (void)fail_unit(below, err, "超出上级单位的范围", "it reaches outside its parent");
            return -1;
        }
        below = &areas->units[up];
        if ((size_t)++depth > areas->unit_count) {
            (void)fail_unit(unit, err, "上级关系成环", "its parents form a circle");
            return -1;
        }
    }
    return depth;
}

/* Paints the unit's leaves over those of its parent. A leaf that another unit than the parent has painted
 * would count its people twice. */
static bool paint(struct areas *areas, size_t index, uint16_t *lowest, struct bh_err *err)
{
    const struct area_unit *unit = &areas->units[index];
    for (int r = 0; r < unit->unit.scope.count; r++)
        for (int64_t n = unit->unit.scope.range[r].from; n <= unit->unit.scope.range[r].to; n++) {
            uint16_t *leaf = &lowest[n - 1];
            if (*leaf != 0 && strcmp(areas->units[*leaf - 1].unit.id, unit->unit.parent) != 0)
                return fail_unit(unit, err, "与同级单位重叠", "it overlaps a unit beside it");
            *leaf = (uint16_t)(index + 1);
        }
    return true;
}

static bool index_moment(struct areas *areas, int64_t at_ms, int *depths, uint16_t *lowest,
                         struct bh_err *err)
{
    int deepest = 0;
    for (size_t i = 0; i < areas->unit_count; i++) {
        depths[i] = -1;
        if (!area_valid(&areas->units[i], at_ms))
            continue;
        depths[i] = depth_of(areas, &areas->units[i], at_ms, err);
        if (depths[i] < 0)
            return false;
        if (depths[i] > deepest)
            deepest = depths[i];
    }
    for (int depth = 0; depth <= deepest; depth++)
        for (size_t i = 0; i < areas->unit_count; i++)
            if (depths[i] == depth && !paint(areas, i, lowest, err))
                return false;
    return true;
}

/* Two units may not be meant by the same leaf, or a row could not be led back to one of them. */
static bool check_leaves(const struct areas *areas, struct bh_err *err)
{
    for (size_t m = 0; m < areas->moment_count; m++)
        for (size_t i = 0; i < areas->unit_count; i++) {
            const struct area_unit *unit = &areas->units[i];
            if (unit->leaf == 0 || !area_valid(unit, areas->moments[m]))
                continue;
            if (areas_lowest(areas, unit->leaf, areas->moments[m]) != &unit->unit)
                return fail_unit(unit, err, "其代表区划属于下级单位",
                                 "the division that stands for it belongs to a unit below");
        }
    return true;
}

bool area_index(struct areas *areas, struct bh_err *err)
{
    moments_make(areas);
    size_t cells = areas->moment_count * areas->leaf_count;
    areas->lowest = bh_alloc(cells * sizeof *areas->lowest);
    memset(areas->lowest, 0, cells * sizeof *areas->lowest);
    int *depths = bh_alloc((areas->unit_count + 1) * sizeof *depths);
    bool good = true;
    for (size_t m = 0; good && m < areas->moment_count; m++)
        good = index_moment(areas, areas->moments[m], depths, areas->lowest + m * areas->leaf_count,
                            err);
    bh_free(depths);
    return good && check_leaves(areas, err);
}
