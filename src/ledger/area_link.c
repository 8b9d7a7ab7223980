#include "ledger/area_link.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"

#include <string.h>

struct areas_params {
    struct bh_str q, parent;
    int64_t at_ms, limit, after;
};
static const struct field areas_fields[] = {
    FIELD(areas_params, q, TEXT, 0, "名称、别名或代码的一部分", "Part of a name, alias or code",
          .max = 96),
    FIELD(areas_params, parent, TEXT, 0, "上级单位", "Parent unit", .max = 11),
    {.name = "at",
     .type = FIELD_TIME,
     .offset = offsetof(struct areas_params, at_ms),
     .zh = "时点",
     .en = "As of"},
    FIELD(areas_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(areas_params, after, INT, 0, "从何处继续", "Go on after", .min = 0, .max = INT64_MAX),
};
RECORD(areas_record, areas_params, areas_fields);

static const struct column areas_columns[] = {
    {"unit", COLUMN_TEXT, "单位", "Unit"},
    {"code", COLUMN_TEXT, "公布代码", "Published code"},
    {"name_zh", COLUMN_TEXT, "名称", "Name in Chinese"},
    {"short_zh", COLUMN_TEXT, "简称", "Short name"},
    {"name_en", COLUMN_TEXT, "英文名称", "Name in English"},
    {"kind", COLUMN_TEXT, "类别", "Kind"},
    {"parent", COLUMN_TEXT, "上级", "Parent"},
    {"from", COLUMN_TIME, "自", "From"},
    {"to", COLUMN_TIME, "至", "To"},
    {"leaf", COLUMN_INT, "地区编号", "Area number"},
    {"population", COLUMN_INT, "人口", "Population"},
    {0},
};

static const char *kind_name(enum unit_kind kind)
{
    switch (kind) {
    case UNIT_PROVINCE: return "province";
    case UNIT_PREFECTURE: return "prefecture";
    case UNIT_REPORTING: return "reporting_unit";
    case UNIT_COUNTY: return "county";
    case UNIT_DEV_ZONE: return "dev_zone";
    }
    bh_unreachable("a kind of unit");
}

static void unit_cells(struct cells *cells, const struct areas *areas, const struct unit *unit)
{
    int64_t leaf = areas_unit_leaf(areas, unit);
    cell_z(cells, unit->id);
    cell_z(cells, unit->published_code ? areas_unit_code(areas, unit) : NULL);
    cell_z(cells, unit->zh);
    cell_z(cells, unit->short_zh);
    cell_z(cells, unit->en);
    cell_z(cells, kind_name(unit->kind));
    cell_z(cells, unit->parent[0] ? unit->parent : NULL);
    cell_time(cells, unit->from_ms == BH_TIME_MIN ? BH_NONE : unit->from_ms);
    cell_time(cells, unit->to_ms == BH_TIME_MAX ? BH_NONE : unit->to_ms);
    cell_int(cells, leaf == 0 ? BH_NONE : leaf);
    cell_int(cells, unit->population);
}

/* The list of units is published, so nobody's scope narrows it. */
static bool run_areas(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    const struct areas_params *params = given;
    const struct areas *areas = reader->ledger->areas;
    int64_t at_ms = params->at_ms == BH_NONE ? reader->now_ms : params->at_ms;
    size_t all = areas_unit_count(areas),
           place = params->after == BH_NONE ? 0 : (size_t)params->after;
    const struct unit **found = bh_arena_try(reader->arena, all * sizeof *found);
    if (!found)
        return bh_fail(err, BH_TOO_BIG, "单位过多", "too many units");
    size_t count = areas_search(areas, params->q, at_ms, found, all);
    for (; place < count; place++) {
        if (params->parent.len > 0 && !bh_str_is(params->parent, found[place]->parent))
            continue;
        unit_cells(cells, areas, found[place]);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%zu", place + 1)));
            break;
        }
    }
    return true;
}

static const struct query queries[] = {
    {"areas", "地区", "Areas", &areas_record, QUERY_ANY_AREA, PRIORITY_LOOKUP, areas_columns,
     run_areas, NULL, "q=长春"},
    {0},
};

const struct link area_link = {.name = "area", .zh = "地区", .en = "Areas", .queries = queries};
