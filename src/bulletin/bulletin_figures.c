#include "bulletin/bulletin.h"

#include "base/time.h"

/* ---- the tree of units ---- */

struct tree {
    const struct areas *areas;
    int64_t at_ms; /* units as of then */
    struct bulletin_figures *figures;
    const struct unit *unit[UNITS_MAX];
    int64_t leaf; /* the last one asked for, and its unit */
    int index;
};

enum { CHILDREN_MAX = 64 };

static bool tree_add(struct tree *tree, const struct unit *unit, int parent, struct bh_err *err)
{
    const struct unit *child[CHILDREN_MAX];
    struct bulletin_figures *figures = tree->figures;
    size_t children = areas_children(tree->areas, unit, tree->at_ms, child, CHILDREN_MAX);
    if (children > CHILDREN_MAX || figures->count == UNITS_MAX)
        return bh_fail(err, BH_TOO_BIG, "发布地区超过%d个", "more than %d units to publish",
                       (int)UNITS_MAX);
    int index = (int)figures->count++;
    tree->unit[index] = unit;
    figures->unit[index] = (struct unit_figures){
        .unit = unit->id,
        .zh = unit->short_zh,
        .en = unit->en,
        .parent = parent,
        .unknown = unit->scope.count == 0,
    };
    for (size_t i = 0; i < children; i++)
        if (!tree_add(tree, child[i], index, err))
            return false;
    return true;
}

static int tree_find(const struct tree *tree, const struct unit *unit)
{
    for (size_t i = 0; unit && i < tree->figures->count; i++)
        if (tree->unit[i] == unit)
            return (int)i;
    return -1;
}

/* The smallest unit of the tree around the leaf, -1 = outside. */
static int tree_place(struct tree *tree, int64_t leaf)
{
    if (leaf != tree->leaf) {
        tree->leaf = leaf;
        tree->index = tree_find(tree, areas_lowest(tree->areas, leaf, tree->at_ms));
    }
    return tree->index;
}

/* ---- counters ---- */

struct cell {
    int64_t hour_ms, measure, origin, severity, n;
};

static void unit_add(struct unit_figures *unit, const struct cell *cell, bool is_new)
{
    bool asymptomatic = cell->measure == FIGURE_ASYMPTOMATIC_NEW,
         converted = cell->measure == FIGURE_CONVERTED;
    int fresh = asymptomatic ? FIGURE_ASYMPTOMATIC_NEW : FIGURE_CONFIRMED_NEW;
    int all = asymptomatic ? FIGURE_ASYMPTOMATIC_CUMULATIVE : FIGURE_CONFIRMED_CUMULATIVE;
    unit->n[all] += cell->n;
    unit->origin[cell->origin][all] += cell->n;
    if (!asymptomatic)
        unit->severity[SPAN_CUMULATIVE][cell->severity] += cell->n;
    if (!is_new) {
        unit->converted_before += converted ? cell->n : 0;
        return;
    }
    unit->n[fresh] += cell->n;
    unit->origin[cell->origin][fresh] += cell->n;
    if (converted) {
        unit->n[FIGURE_CONVERTED] += cell->n;
        unit->origin[cell->origin][FIGURE_CONVERTED] += cell->n;
    }
    if (!asymptomatic)
        unit->severity[SPAN_NEW][cell->severity] += cell->n;
}

static bool count_range(struct db *db, struct tree *tree, const struct range *range,
                        struct bh_err *err)
{
    struct rows rows;
    struct bulletin_figures *figures = tree->figures;
    db_rows(db, &rows,
            "SELECT leaf, hour_ms, measure, origin, severity, n FROM figure"
            " WHERE leaf >= ? AND leaf <= ? AND hour_ms < ? ORDER BY leaf",
            "iii", range->from, range->to, figures->to_ms);
    while (db_next(&rows)) {
        struct cell cell = {row_int(&rows, 1), row_int(&rows, 2), row_int(&rows, 3),
                            row_int(&rows, 4), row_int(&rows, 5)};
        int at = tree_place(tree, row_int(&rows, 0));
        if (at < 0)
            figures->outside += cell.n;
        for (; at >= 0; at = figures->unit[at].parent)
            unit_add(&figures->unit[at], &cell, cell.hour_ms >= figures->from_ms);
    }
    return db_end(&rows, err);
}

/* The new figures once more, person by person. */
static bool count_people(struct db *db, struct tree *tree, struct bh_err *err)
{
    struct rows rows;
    struct bulletin_figures *figures = tree->figures;
    int64_t last = 0;
    db_rows(db, &rows,
            "SELECT person, area, status FROM counted WHERE counted_ms >= ? AND counted_ms < ? "
            "ORDER BY person",
            "ii", figures->from_ms, figures->to_ms);
    while (db_next(&rows)) {
        int at = tree_place(tree, row_int(&rows, 1));
        int measure =
            row_int(&rows, 2) == STATUS_CONFIRMED ? FIGURE_CONFIRMED_NEW : FIGURE_ASYMPTOMATIC_NEW;
        if (at >= 0) {
            figures->twice += row_int(&rows, 0) == last;
            last = row_int(&rows, 0);
        }
        for (; at >= 0; at = figures->unit[at].parent)
            figures->unit[at].people[measure]++;
    }
    if (!db_end(&rows, err))
        return false;
    db_rows(db, &rows, "SELECT area FROM counted WHERE converted_ms >= ? AND converted_ms < ?",
            "ii", figures->from_ms, figures->to_ms);
    while (db_next(&rows))
        for (int at = tree_place(tree, row_int(&rows, 0)); at >= 0; at = figures->unit[at].parent) {
            figures->unit[at].people[FIGURE_CONVERTED]++;
            figures->unit[at].people[FIGURE_CONFIRMED_NEW]++;
        }
    return db_end(&rows, err);
}

/* Of the new infected: whose transport or admission is open, and for whom none was ever closed. */
static bool count_waiting(struct db *db, struct tree *tree, struct bh_err *err)
{
    struct rows rows;
    struct bulletin_figures *figures = tree->figures;
    db_rows(db, &rows,
            "SELECT c.area, SUM(CASE WHEN d.state = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN d.state = "
            "1 THEN 1 ELSE 0 END)"
            " FROM counted c LEFT JOIN duty d ON d.subject = c.case_number"
            " AND d.rule IN ('move_positive', 'admit_positive') AND d.withdrawn = 0"
            " WHERE c.case_number IN (SELECT case_number FROM counted WHERE counted_ms >= ? AND "
            "counted_ms < ? UNION SELECT case_number FROM counted WHERE converted_ms >= ? AND "
            "converted_ms < ?)"
            " GROUP BY c.case_number, c.area",
            "iiii", figures->from_ms, figures->to_ms, figures->from_ms, figures->to_ms);
    while (db_next(&rows)) {
        bool waits = row_int(&rows, 1) > 0, unbacked = row_int(&rows, 2) == 0;
        for (int at = tree_place(tree, row_int(&rows, 0)); at >= 0; at = figures->unit[at].parent) {
            figures->unit[at].waiting += waits;
            figures->unit[at].unbacked += unbacked;
        }
    }
    return db_end(&rows, err);
}

static bool add_adjustments(struct db *db, struct tree *tree, struct bh_err *err)
{
    struct rows rows;
    struct bulletin_figures *figures = tree->figures;
    db_rows(db, &rows,
            "SELECT area, measure, severity, value, from_ms FROM adjustment WHERE to_ms <= ? AND "
            "withdrawn_ms IS NULL",
            "i", figures->to_ms);
    while (db_next(&rows)) {
        int at = tree_place(tree, row_int(&rows, 0));
        if (at >= 0 && row_int(&rows, 1) < FIGURE_COUNT)
            figures_adjust(figures, at, row_int(&rows, 1), row_int(&rows, 2), row_int(&rows, 3),
                           row_int(&rows, 4) >= figures->from_ms);
    }
    return db_end(&rows, err);
}

bool figures_count(struct db *db, const struct areas *areas, const struct unit *unit,
                   int64_t from_ms, int64_t to_ms, struct bh_arena *arena,
                   struct bulletin_figures **ret, struct bh_err *err)
{
    struct bulletin_figures *figures = bh_arena_get(arena, sizeof *figures);
    struct tree tree = {
        .areas = areas, .at_ms = from_ms, .figures = figures, .leaf = 0, .index = -1};
    figures->from_ms = from_ms;
    figures->to_ms = to_ms;
    if (!tree_add(&tree, unit, -1, err))
        return false;
    for (int i = 0; i < unit->scope.count; i++)
        if (!count_range(db, &tree, &unit->scope.range[i], err))
            return false;
    if (!count_people(db, &tree, err) || !count_waiting(db, &tree, err) ||
        !add_adjustments(db, &tree, err))
        return false;
    *ret = figures;
    return true;
}

/* ---- what publishers stated ---- */

/* A new figure of a part of the interval. */
static bool count_part(struct db *db, const struct unit *unit,
                       const struct bulletin_difference *what, int64_t *ret, struct bh_err *err)
{
    bool confirmed = what->measure == FIGURE_CONFIRMED_NEW;
    int64_t severity =
        what->severity == BH_NONE || what->severity == SEVERITY_NONE ? -1 : what->severity;
    *ret = 0;
    for (int i = 0; i < unit->scope.count; i++) {
        int64_t n = 0;
        if (!db_int(db, err, &n, NULL,
                    "SELECT COALESCE(SUM(n), 0) FROM figure WHERE leaf >= ? AND leaf <= ? AND "
                    "hour_ms >= ? AND hour_ms < ?"
                    " AND (measure = ? OR measure = ?) AND (severity = ? OR ? < 0)",
                    "iiiiiiii", unit->scope.range[i].from, unit->scope.range[i].to, what->from_ms,
                    what->to_ms, what->measure,
                    confirmed ? (int64_t)FIGURE_CONVERTED : what->measure, severity, severity))
            return false;
        *ret += n;
    }
    return true;
}

/* What we say to the same question; BH_NONE = nothing. */
static bool our_value(struct db *db, const struct unit *unit,
                      const struct bulletin_figures *figures, struct bulletin_difference *what,
                      struct bh_err *err)
{
    bool whole = what->from_ms == figures->from_ms && what->to_ms == figures->to_ms;
    bool hours = what->from_ms % BH_HOUR_MS == 0 && what->to_ms % BH_HOUR_MS == 0;
    what->after = BH_NONE;
    if (whole || (what->measure >= FIGURE_CONFIRMED_CUMULATIVE && what->to_ms == figures->to_ms)) {
        what->after = figures_value(&figures->unit[what->unit], what->measure, what->severity);
        return true;
    }
    if (what->measure >= FIGURE_CONFIRMED_CUMULATIVE || !hours)
        return true;
    return count_part(db, unit, what, &what->after, err);
}

static bool read_published(const struct rows *rows, const struct areas *areas,
                           const struct bulletin_figures *figures, int root, struct bh_arena *arena,
                           struct bulletin_difference *ret, const struct unit **ret_unit)
{
    *ret_unit = areas_lowest(areas, row_int(rows, 2), row_int(rows, 3));
    int at = *ret_unit ? figures_find(figures, bh_str_of((*ret_unit)->id)) : -1;
    if (at < 0 || (at != root && figures->unit[at].parent != root))
        return false;
    *ret = (struct bulletin_difference){
        .published = true,
        .figure = row_int(rows, 0),
        .publisher = bh_arena_str(arena, row_text(rows, 1)),
        .unit = at,
        .from_ms = row_int(rows, 3),
        .to_ms = row_int(rows, 4),
        .measure = row_int(rows, 5),
        .severity = row_int(rows, 6),
        .before = row_int(rows, 7),
        .source = bh_arena_str(arena, row_text(rows, 8)),
    };
    return true;
}

bool published_differences(struct db *db, const struct areas *areas,
                           const struct bulletin_figures *figures, int root, struct bh_arena *arena,
                           struct bulletin_difference **ret, size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    int64_t most = 0;
    size_t count = 0;
    bool ok = true;
    if (!db_int(db, err, &most, NULL,
                "SELECT COUNT(*) FROM published_figure WHERE from_ms >= ? AND to_ms <= ? AND "
                "withdrawn_ms IS NULL",
                "ii", figures->from_ms, figures->to_ms))
        return false;
    struct bulletin_difference *list = bh_arena_get(arena, ((size_t)most + 1) * sizeof *list);
    db_rows(db, &rows,
            "SELECT figure, publisher, area, from_ms, to_ms, measure, severity, value, source FROM "
            "published_figure"
            " WHERE from_ms >= ? AND to_ms <= ? AND withdrawn_ms IS NULL ORDER BY figure",
            "ii", figures->from_ms, figures->to_ms);
    while (ok && db_next(&rows) && count < (size_t)most) {
        const struct unit *unit = NULL;
        if (!read_published(&rows, areas, figures, root, arena, &list[count], &unit))
            continue;
        ok = our_value(db, unit, figures, &list[count], err);
        if (list[count].after != list[count].before)
            count++;
    }
    struct bh_err ended;
    if (!db_end(&rows, &ended)) {
        if (ok)
            *err = ended;
        return false;
    }
    *ret = list;
    *ret_count = count;
    return ok;
}

/* ---- all of one bulletin ---- */

static const struct bulletin_window *window_before(const struct window_list *windows,
                                                   int64_t from_ms)
{
    const struct bulletin_window *before = NULL;
    for (size_t i = 0; i < windows->count; i++)
        if (windows->window[i].to_ms <= from_ms)
            before = &windows->window[i];
    return before;
}

/* The same unit as last signed for the window before; NULL when there is none. */
static bool signed_before(struct db *db, const struct bulletin_window *window, const char *unit,
                          struct bh_arena *arena, const struct unit_figures **ret,
                          struct bh_err *err)
{
    struct bulletin_version version;
    bool found = false;
    *ret = NULL;
    return version_read(db, window->area, window->from_ms, window->to_ms, 0, arena, &version,
                        &found, err) &&
           (!found || version_unit(&version, unit, arena, ret, err));
}

bool draft_make(struct db *db, const struct areas *areas, const struct window_list *windows,
                const struct unit *unit, int64_t from_ms, int64_t to_ms, int64_t now_ms,
                struct bh_arena *arena, struct bulletin_draft *ret, struct bh_err *err)
{
    struct check_context context = {.root = 0, .over = to_ms <= now_ms};
    const struct bulletin_window *before = window_before(windows, from_ms);
    *ret = (struct bulletin_draft){.windows = windows, .unit = unit};
    if (!figures_count(db, areas, unit, from_ms, to_ms, arena, &ret->figures, err) ||
        !notes_read(db, areas, unit, to_ms, arena, &ret->notes, &ret->note_count, err) ||
        !published_differences(db, areas, ret->figures, 0, arena, &ret->differences,
                               &ret->difference_count, err))
        return false;
    if (before && before->to_ms < from_ms)
        context.gap_ms = from_ms - before->to_ms;
    else if (before && !signed_before(db, before, unit->id, arena, &context.before, err))
        return false;
    for (size_t i = 0; i < ret->difference_count; i++)
        context.differences += ret->differences[i].after != BH_NONE;
    bulletin_check(ret->figures, &context, &ret->checks);
    return true;
}
