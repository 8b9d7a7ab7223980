/* The map: every county and zone with what its bulletin counts and how many of its loops are late. */
#include "bulletin/bulletin.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"

struct map_params {
    int64_t area, at;
};
static const struct field map_fields[] = {
    FIELD(map_params, area, AREA, 0, "地区", "Area"),
    FIELD(map_params, at, TIME, 0, "截至", "As of"),
};
const struct record bulletin_map_record = {"map_params", sizeof(struct map_params), map_fields,
                                           sizeof map_fields / sizeof map_fields[0]};

const struct column bulletin_map_columns[] = {
    {"unit", COLUMN_TEXT, "单位", "Unit"},
    {"code", COLUMN_TEXT, "区划代码", "Code"},
    {"name", COLUMN_TEXT, "名称", "Name"},
    {"name_en", COLUMN_TEXT, "英文名称", "Name in English"},
    {"parent", COLUMN_TEXT, "上级单位", "Parent unit"},
    {"population", COLUMN_INT, "人口", "Population"},
    {"confirmed_new", COLUMN_INT, "新增确诊", "New confirmed"},
    {"asymptomatic_new", COLUMN_INT, "新增无症状", "New asymptomatic"},
    {"confirmed_cumulative", COLUMN_INT, "累计确诊", "Confirmed in all"},
    {"asymptomatic_cumulative", COLUMN_INT, "累计无症状", "Asymptomatic in all"},
    {"open", COLUMN_INT, "未闭合", "Open loops"},
    {"overdue", COLUMN_INT, "逾期", "Overdue loops"},
    {"overdue_per_10000", COLUMN_JSON, "每万人逾期", "Overdue for 10,000 people"},
    {0},
};

struct map_loops {
    const struct unit *unit[UNITS_MAX];
    int64_t open[UNITS_MAX], overdue[UNITS_MAX];
};

/* Loops open at at_ms, by the smallest unit around them. */
static bool count_loops(struct reader *reader, const struct bulletin_figures *figures,
                        int64_t at_ms, struct map_loops *ret, struct bh_err *err)
{
    struct rows rows;
    for (size_t i = 0; i < figures->count; i++)
        ret->unit[i] = areas_unit(reader->ledger->areas, bh_str_of(figures->unit[i].unit), at_ms);
    /* What a duty is now stands in duty, also since when one that has ended was open; what else it was, in
     * duty_history. */
    db_rows(reader->db, &rows,
            "SELECT area, count(*), sum(due_ms <= ?) FROM"
            " (SELECT area, due_ms FROM duty WHERE state = 0 AND since_ms <= ?"
            " UNION ALL SELECT area, due_ms FROM duty WHERE former_ms <= ? AND since_ms > ?"
            " UNION ALL SELECT area, due_ms FROM duty_history WHERE state = 0 AND to_ms > ?"
            " AND from_ms <= ?) AS open GROUP BY area",
            "iiiiii", at_ms, at_ms, at_ms, at_ms, at_ms, at_ms);
    while (db_next(&rows)) {
        const struct unit *unit = areas_lowest(reader->ledger->areas, row_int(&rows, 0), at_ms);
        for (size_t i = 0; unit && i < figures->count; i++)
            if (ret->unit[i] == unit) {
                ret->open[i] += row_int(&rows, 1);
                ret->overdue[i] += row_int(&rows, 2);
            }
    }
    return db_end(&rows, err);
}

static void write_unit(const struct unit *unit, const struct unit_figures *figures, int64_t open,
                       int64_t overdue, struct cells *cells)
{
    bool unknown = figures->unknown;
    cell_z(cells, unit->id);
    cell_z(cells, unit->published_code ? unit->id : NULL);
    cell_z(cells, unit->zh);
    cell_z(cells, unit->en);
    cell_z(cells, unit->parent);
    cell_int(cells, unit->population);
    cell_int(cells, unknown ? BH_NONE : figures->n[FIGURE_CONFIRMED_NEW]);
    cell_int(cells, unknown ? BH_NONE : figures->n[FIGURE_ASYMPTOMATIC_NEW]);
    cell_int(cells, unknown ? BH_NONE : figures->n[FIGURE_CONFIRMED_CUMULATIVE]);
    cell_int(cells, unknown ? BH_NONE : figures->n[FIGURE_ASYMPTOMATIC_CUMULATIVE]);
    cell_int(cells, open);
    cell_int(cells, overdue);
    cell_json(cells, unit->population > 0
                         ? json_real((double)overdue * 10000.0 / (double)unit->population)
                         : json_null());
}

/* The last window that began before at_ms; where nobody publishes, the day so far. */
static bool map_interval(struct reader *reader, const struct unit *unit, int64_t at_ms,
                         int64_t *ret_from, int64_t *ret_to, struct bh_err *err)
{
    struct window_list windows;
    int64_t leaf = areas_unit_leaf(reader->ledger->areas, unit);
    *ret_from = bh_day_start(at_ms, reader->ledger->zone_minutes);
    *ret_to = *ret_from + BH_DAY_MS;
    if (!windows_of(reader->db, reader->ledger->areas, leaf, at_ms, BH_NONE, reader->arena,
                    &windows, err))
        return false;
    for (size_t i = 0; i < windows.count && windows.window[i].from_ms < at_ms; i++) {
        *ret_from = windows.window[i].from_ms;
        *ret_to = windows.window[i].to_ms;
    }
    return true;
}

bool bulletin_map_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct map_params *p = params;
    const struct areas *areas = reader->ledger->areas;
    int64_t at_ms = p->at == BH_NONE ? reader->now_ms : p->at, from_ms = 0, to_ms = 0;
    struct bulletin_figures *figures = NULL;
    struct map_loops *loops = bh_arena_get(reader->arena, sizeof *loops);
    struct scope scope;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    const struct unit *root =
        p->area == BH_NONE ? areas_unit_at(areas, 0) : areas_lowest(areas, p->area, at_ms);
    if (!root || !map_interval(reader, root, at_ms, &from_ms, &to_ms, err) ||
        !figures_count(reader->db, areas, root, from_ms, to_ms, reader->arena, &figures, err) ||
        !count_loops(reader, figures, at_ms, loops, err))
        return root != NULL ? false : bh_fail(err, BH_MISSING, "没有找到", "no such thing");
    for (size_t i = 0; i < figures->count; i++) {
        const struct unit *unit = loops->unit[i];
        if (!unit || (unit->kind != UNIT_COUNTY && unit->kind != UNIT_DEV_ZONE) ||
            !scope_covers(reader->scope, &unit->scope))
            continue;
        write_unit(unit, &figures->unit[i], loops->open[i], loops->overdue[i], cells);
        if (!cells_row(cells))
            break;
    }
    return true;
}
