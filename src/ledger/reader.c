#include "ledger/reader.h"

#include "base/time.h"

#include "ledger/ledger.h"

#include <string.h>

/* A unit when the leaf stands for one, else the leaf and all below it; empty when there is no such leaf. */
static void scope_asked(const struct reader *reader, int64_t area, struct scope *ret)
{
    const struct areas *areas = reader->ledger->areas;
    const struct leaf *leaf = areas_leaf(areas, area);
    const struct unit *unit = areas_lowest(areas, area, reader->now_ms);
    *ret = (struct scope){0};
    if (unit && areas_unit_leaf(areas, unit) == area)
        *ret = unit->parent[0] == 0 ? scope_everything : unit->scope;
    else if (leaf)
        *ret = (struct scope){.count = 1, .range = {{leaf->number, leaf->last}}};
}

bool reader_scope(const struct reader *reader, int64_t area, struct scope *ret, struct bh_err *err)
{
    struct scope wanted;
    if (area == BH_NONE) {
        *ret = *reader->scope;
        return true;
    }
    scope_asked(reader, area, &wanted);
    scope_meet(reader->scope, &wanted, &wanted);
    if (!wanted.everything && wanted.count == 0)
        return bh_fail_field(err, BH_MISSING, "area", "没有这个地区", "no such area");
    *ret = wanted;
    return true;
}

bool reader_unit_meets(const struct reader *reader, int64_t leaf, const struct scope *scope)
{
    struct scope unit;
    scope_asked(reader, leaf, &unit);
    scope_meet(scope, &unit, &unit);
    return unit.everything || unit.count > 0;
}

bool reader_meets(const struct reader *reader, int64_t leaf)
{
    return reader_unit_meets(reader, leaf, reader->scope);
}

void cells_area(struct cells *cells, const struct reader *reader, int64_t number)
{
    const struct areas *areas = reader->ledger->areas;
    const struct leaf *leaf = areas_leaf(areas, number);
    const struct unit *unit = areas_lowest(areas, number, reader->now_ms);
    cell_int(cells, leaf ? number : BH_NONE);
    cell_z(cells, leaf ? leaf->code : NULL);
    if (!unit || !leaf || areas_unit_leaf(areas, unit) == number) {
        cell_z(cells, unit ? unit->zh : leaf ? leaf->name : NULL);
        cell_z(cells, unit ? unit->en : leaf ? leaf->name : NULL);
        return;
    }
    cell_z(cells, bh_arena_format(reader->arena, "%s%s", unit->short_zh, leaf->name));
    cell_z(cells, bh_arena_format(reader->arena, "%s, %s", leaf->name, unit->en));
}

json_t *answer_time(const struct reader *reader, int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    if (at_ms == BH_NONE)
        return json_null();
    bh_time_format(at_ms, reader->ledger->zone_minutes, text);
    return json_string(text);
}

json_t *answer_int(int64_t value)
{
    return value == BH_NONE ? json_null() : json_integer(value);
}

json_t *answer_choice(const struct choice *choices, int64_t value)
{
    return value == BH_NONE ? json_null() : json_string(choices[value].name);
}

void answer_set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

void cells_next_number(struct cells *cells, const struct reader *reader, int64_t number)
{
    cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)number)));
}
