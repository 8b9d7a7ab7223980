#include "base/time.h"
#include "ledger/area_private.h"

#include <string.h>

enum { CANDIDATES_MAX = 8 };

size_t areas_leaf_count(const struct areas *areas)
{
    return areas->leaf_count;
}

const struct leaf *areas_leaf(const struct areas *areas, int64_t number)
{
    if (number < 1 || (uint64_t)number > areas->leaf_count)
        return NULL;
    return &areas->leaves[number - 1];
}

const struct leaf *areas_leaf_of_code(const struct areas *areas, struct bh_str code)
{
    int64_t wanted = 0;
    if (code.len != 12 || !bh_str_to_int(code, &wanted))
        return NULL;
    size_t low = 0, high = areas->leaf_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (areas->codes[middle].code < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == areas->leaf_count || areas->codes[low].code != wanted)
        return NULL;
    return areas_leaf(areas, areas->codes[low].leaf);
}

size_t areas_unit_count(const struct areas *areas)
{
    return areas->unit_count;
}

const struct unit *areas_unit_at(const struct areas *areas, size_t index)
{
    bh_assert(index < areas->unit_count);
    return &areas->units[index].unit;
}

bool area_valid(const struct area_unit *unit, int64_t at_ms)
{
    return unit->unit.from_ms <= at_ms && at_ms < unit->unit.to_ms;
}

int64_t area_unit_index(const struct areas *areas, struct bh_str id, int64_t at_ms)
{
    for (size_t i = 0; i < areas->unit_count; i++)
        if (bh_str_is(id, areas->units[i].unit.id) && area_valid(&areas->units[i], at_ms))
            return (int64_t)i;
    return -1;
}

const struct unit *areas_unit(const struct areas *areas, struct bh_str id, int64_t at_ms)
{
    int64_t index = area_unit_index(areas, id, at_ms);
    return index < 0 ? NULL : &areas->units[index].unit;
}

/* ---- names ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Names are compared without regard to the case of Latin letters. */
static bool same_name(struct bh_str a, struct bh_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

static bool holds_name(struct bh_str whole, struct bh_str part)
{
    for (size_t at = 0; at + part.len <= whole.len; at++)
        if (same_name((struct bh_str){whole.at + at, part.len}, part))
            return true;
    return false;
}

static bool unit_is(const struct area_unit *unit, struct bh_str text)
{
    const char *names[] = {unit->unit.zh, unit->unit.short_zh, unit->unit.en};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (same_name(bh_str_of(names[i]), text))
            return true;
    return false;
}

struct candidates {
    const struct area_unit *unit[CANDIDATES_MAX];
    size_t count;
    bool more;
};

static void candidate_add(struct candidates *found, const struct area_unit *unit)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->unit[i] == unit)
            return;
    if (found->count == CANDIDATES_MAX)
        found->more = true;
    else
        found->unit[found->count++] = unit;
}

static void candidates_find(const struct areas *areas, struct bh_str text, int64_t at_ms,
                            struct candidates *found)
{
    for (size_t i = 0; i < areas->unit_count; i++)
        if (area_valid(&areas->units[i], at_ms) && unit_is(&areas->units[i], text))
            candidate_add(found, &areas->units[i]);
    for (size_t i = 0; i < areas->alias_count; i++) {
        const struct area_alias *alias = &areas->aliases[i];
        if (alias->from_ms > at_ms || at_ms >= alias->to_ms || !same_name(alias->text, text))
            continue;
        int64_t index = area_unit_index(areas, bh_str_of(alias->unit), at_ms);
        if (index >= 0)
            candidate_add(found, &areas->units[index]);
    }
}

static bool ambiguous(struct bh_str text, const struct candidates *found, struct bh_err *err)
{
    char zh[BH_MESSAGE_MAX / 2] = "", en[BH_MESSAGE_MAX / 2] = "";
    size_t zh_len = 0, en_len = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct unit *unit = &found->unit[i]->unit;
        if (zh_len < sizeof zh)
            zh_len += (size_t)snprintf(zh + zh_len, sizeof zh - zh_len, "%s%s %s", i ? "、" : "",
                                       unit->id, unit->zh);
        if (en_len < sizeof en)
            en_len += (size_t)snprintf(en + en_len, sizeof en - en_len, "%s%s %s", i ? ", " : "",
                                       unit->id, unit->en);
    }
    const char *rest = found->more ? " ..." : "";
    int len = text.len > 60 ? 60 : (int)text.len;
    /* Each language prints its own list and skips the other's. */
    return bh_fail_field(err, BH_CONFLICT, "area", "“%.*s”有多个含义：%s%.0s%s",
                         "\"%.*s\" may mean: %.0s%s%s", len, text.at, zh, en, rest);
}

/* Says so when the name was or will be valid at another time: old codes are the usual case. */
static bool unknown(const struct areas *areas, struct bh_str text, struct bh_err *err)
{
    int len = text.len > 60 ? 60 : (int)text.len;
    for (size_t i = 0; i < areas->alias_count; i++)
        if (same_name(areas->aliases[i].text, text))
            return bh_fail_field(err, BH_MISSING, "area", "“%.*s”此时无效，现为 %s",
                                 "\"%.*s\" is not valid at that time, see %s", len, text.at,
                                 areas->aliases[i].unit);
    return bh_fail_field(err, BH_MISSING, "area", "没有地区“%.*s”", "no area \"%.*s\"", len,
                         text.at);
}

bool areas_resolve(const struct areas *areas, struct bh_str text, int64_t at_ms,
                   const struct unit **ret, struct bh_err *err)
{
    text = bh_str_trim(text);
    int64_t index = area_unit_index(areas, text, at_ms);
    for (size_t i = 0; index < 0 && text.len > 0 && i < areas->unit_count; i++)
        if (bh_str_is(text, areas->units[i].code) && area_valid(&areas->units[i], at_ms))
            index = (int64_t)i;
    /* Only codes that say "the whole county"; a township is not the zone that holds it. */
    const struct leaf *leaf = index < 0 ? areas_leaf_of_code(areas, text) : NULL;
    if (leaf && strcmp(leaf->code + 6, "000000") != 0)
        leaf = NULL;
    for (size_t i = 0; leaf && index < 0 && i < areas->unit_count; i++)
        if (areas->units[i].leaf == leaf->number && area_valid(&areas->units[i], at_ms))
            index = (int64_t)i;
    if (index >= 0) {
        *ret = &areas->units[index].unit;
        return true;
    }
    struct candidates found = {0};
    if (text.len > 0)
        candidates_find(areas, text, at_ms, &found);
    if (found.count == 0)
        return unknown(areas, text, err);
    if (found.count > 1)
        return ambiguous(text, &found, err);
    *ret = &found.unit[0]->unit;
    return true;
}

static bool unit_found_by(const struct areas *areas, const struct area_unit *unit,
                          struct bh_str part, int64_t at_ms)
{
    const char *names[] = {unit->unit.id, unit->code, unit->unit.zh, unit->unit.short_zh,
                           unit->unit.en};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (holds_name(bh_str_of(names[i]), part))
            return true;
    for (size_t i = 0; i < areas->alias_count; i++) {
        const struct area_alias *alias = &areas->aliases[i];
        if (alias->from_ms <= at_ms && at_ms < alias->to_ms &&
            strcmp(alias->unit, unit->unit.id) == 0 && holds_name(alias->text, part))
            return true;
    }
    return false;
}

size_t areas_search(const struct areas *areas, struct bh_str part, int64_t at_ms,
                    const struct unit **ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < areas->unit_count && count < max; i++)
        if (area_valid(&areas->units[i], at_ms) &&
            unit_found_by(areas, &areas->units[i], part, at_ms))
            ret[count++] = &areas->units[i].unit;
    return count;
}

/* ---- the tree of units ---- */

size_t areas_children(const struct areas *areas, const struct unit *unit, int64_t at_ms,
                      const struct unit **ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < areas->unit_count; i++) {
        const struct area_unit *child = &areas->units[i];
        if (!area_valid(child, at_ms) || strcmp(child->unit.parent, unit->id) != 0)
            continue;
        if (count < max)
            ret[count] = &child->unit;
        count++;
    }
    return count;
}

const struct unit *areas_lowest(const struct areas *areas, int64_t leaf, int64_t at_ms)
{
    if (!areas_leaf(areas, leaf))
        return NULL;
    size_t low = 0, high = areas->moment_count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (areas->moments[middle] <= at_ms)
            low = middle;
        else
            high = middle;
    }
    uint16_t index = areas->lowest[low * areas->leaf_count + (size_t)leaf - 1];
    return index == 0 ? NULL : &areas->units[index - 1].unit;
}

const struct unit *areas_parent(const struct areas *areas, const struct unit *unit, int64_t at_ms)
{
    return unit->parent[0] == 0 ? NULL : areas_unit(areas, bh_str_of(unit->parent), at_ms);
}

static const struct area_unit *whole_unit(const struct areas *areas, const struct unit *unit)
{
    for (size_t i = 0; i < areas->unit_count; i++)
        if (&areas->units[i].unit == unit)
            return &areas->units[i];
    bh_unreachable("a unit of another edition");
}

int64_t areas_unit_leaf(const struct areas *areas, const struct unit *unit)
{
    return whole_unit(areas, unit)->leaf;
}

const char *areas_unit_code(const struct areas *areas, const struct unit *unit)
{
    return whole_unit(areas, unit)->code;
}
