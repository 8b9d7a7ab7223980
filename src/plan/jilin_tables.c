/* Reading the tables of data/jilin-2022. Every refusal names file, row and column. */
#include "base/csv.h"
#include "base/time.h"
#include "plan/jilin_world.h"

enum { ZONE_MINUTES = 480, COLUMNS_MAX = 12 };

static const char *const measure_names[JILIN_MEASURE_COUNT] = {
    [JILIN_CONFIRMED_NEW] = "confirmed_new",
    [JILIN_CONVERTED] = "converted",
    [JILIN_ASYMPTOMATIC_NEW] = "asymptomatic_new",
    [JILIN_CONFIRMED_CUMULATIVE] = "confirmed_cumulative",
    [JILIN_ASYMPTOMATIC_CUMULATIVE] = "asymptomatic_cumulative",
    [JILIN_DISCHARGED_NEW] = "discharged_new",
    [JILIN_RELEASED_NEW] = "released_new",
    [JILIN_DISCHARGED_OR_RELEASED_NEW] = "discharged_or_released_new",
    [JILIN_AWAITING_DIAGNOSIS] = "awaiting_diagnosis",
};

static const char *const severity_names[JILIN_SEVERITY_COUNT] = {
    [JILIN_ALL] = "all",       [JILIN_MILD] = "mild",         [JILIN_COMMON] = "common",
    [JILIN_SEVERE] = "severe", [JILIN_CRITICAL] = "critical",
};

static const char *const figure_kind_names[JILIN_FIGURE_KIND_COUNT] = {
    [JILIN_PUBLISHED] = "published",
    [JILIN_PUBLISHED_PARTIAL] = "published_partial",
    [JILIN_PUBLISHED_DISPUTED] = "published_disputed",
    [JILIN_DERIVED] = "derived",
    [JILIN_MADE] = "made",
};

static const char *const area_kind_names[JILIN_AREA_KIND_COUNT] = {
    [JILIN_PROVINCE] = "province",
    [JILIN_CITY] = "city",
    [JILIN_COUNTY] = "county",
    [JILIN_ZONE] = "zone",
};

const char *jilin_measure_name(enum jilin_measure measure)
{
    return measure_names[measure];
}

const char *jilin_severity_name(enum jilin_severity severity)
{
    return severity_names[severity];
}

const char *jilin_figure_kind_name(enum jilin_figure_kind kind)
{
    return figure_kind_names[kind];
}

/* One table being read: the columns it must have, in any order, and no others. */
struct table {
    struct csv_reader csv;
    const char *file;
    const char *const *columns; /* ends with NULL */
    int place[COLUMNS_MAX];
};

static bool table_fail(const struct table *table, int column, struct bh_err *err, const char *zh,
                       const char *en)
{
    (void)bh_fail_field(err, BH_INVALID, table->columns[column], "%s 第%d行 %s 列：%s%.0s",
                        "%s row %d column %s: %.0s%s", table->file, table->csv.row,
                        table->columns[column], zh, en);
    err->row = table->csv.row;
    err->line = table->csv.line;
    return false;
}

static bool table_open(struct table *table, struct jilin_world *world, const char *file,
                       struct bh_str text, const char *const *columns, struct bh_err *err)
{
    table->file = file;
    table->columns = columns;
    csv_open(&table->csv, text, &world->arena);
    if (!csv_next(&table->csv))
        return bh_fail(err, BH_INVALID, "%s：没有表头", "%s: no header line", file);
    for (int column = 0; columns[column]; column++) {
        table->place[column] = csv_column(&table->csv, columns[column]);
        if (table->place[column] < 0)
            return bh_fail(err, BH_INVALID, "%s：缺少列 %s", "%s: no column %s", file,
                           columns[column]);
    }
    return true;
}

/* False at the end of the table and on failure; table_ended tells which. */
static bool table_next(struct table *table)
{
    return csv_next(&table->csv);
}

static bool table_ended(const struct table *table, struct bh_err *err)
{
    if (!table->csv.failed)
        return true;
    *err = table->csv.err;
    return bh_fail(err, BH_INVALID, "%s 第%d行：格式错误", "%s line %d: not well-formed CSV",
                   table->file, table->csv.err.line);
}

static struct bh_str table_field(const struct table *table, int column)
{
    int place = table->place[column];
    return place < table->csv.field_count ? table->csv.field[place] : (struct bh_str){"", 0};
}

static bool table_time(const struct table *table, int column, int64_t *ret_ms, struct bh_err *err)
{
    struct bh_err inner = {0};
    if (bh_time_parse(table_field(table, column), ZONE_MINUTES, ret_ms, &inner))
        return true;
    return table_fail(table, column, err, "不是时间", "not a time");
}

static bool table_number(const struct table *table, int column, int64_t *ret, struct bh_err *err)
{
    if (bh_str_to_int(table_field(table, column), ret))
        return true;
    return table_fail(table, column, err, "不是整数", "not a whole number");
}

static bool table_choice(const struct table *table, int column, const char *const *names, int count,
                         int *ret, struct bh_err *err)
{
    for (int choice = 0; choice < count; choice++) {
        if (bh_str_is(table_field(table, column), names[choice])) {
            *ret = choice;
            return true;
        }
    }
    return table_fail(table, column, err, "不在允许的值之内", "not one of the allowed words");
}

uint32_t jilin_area_find(const struct jilin_world *world, struct bh_str unit)
{
    for (uint32_t index = 0; index < world->areas.count; index++) {
        if (bh_str_is(unit, JILIN_AT(world->areas, jilin_area, index)->unit))
            return index;
    }
    return JILIN_NONE;
}

static bool table_area(const struct table *table, const struct jilin_world *world, int column,
                       uint32_t *ret, struct bh_err *err)
{
    *ret = jilin_area_find(world, table_field(table, column));
    if (*ret != JILIN_NONE)
        return true;
    return table_fail(table, column, err, "areas.csv 中没有该单位", "no such unit in areas.csv");
}

static bool table_source(const struct table *table, const struct jilin_world *world, int column,
                         uint32_t *ret, struct bh_err *err)
{
    for (uint32_t index = 0; index < world->sources.count; index++) {
        if (bh_str_equal(JILIN_AT(world->sources, jilin_source, index)->id,
                         table_field(table, column))) {
            *ret = index;
            return true;
        }
    }
    return table_fail(table, column, err, "sources.csv 中没有该来源",
                      "no such source in sources.csv");
}

static bool sources_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"source", "publisher_zh", "publisher_en",
                                          "url",    "note",         NULL};
    struct table table;
    if (!table_open(&table, world, "sources.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        struct jilin_source *source = jilin_list_add(&world->sources);
        source->id = table_field(&table, 0);
        source->publisher_zh = table_field(&table, 1);
        source->publisher_en = table_field(&table, 2);
        source->url = table_field(&table, 3);
        source->note = table_field(&table, 4);
    }
    return table_ended(&table, err);
}

static bool weight_add(struct jilin_world *world, const struct table *table, int64_t from_ms,
                       uint32_t area, int column, struct bh_err *err)
{
    int64_t value = 0;
    if (!table_number(table, column, &value, err))
        return false;
    if (value < 0)
        return table_fail(table, column, err, "不能为负", "must not be negative");
    struct jilin_weight *weight = jilin_list_add(&world->weights);
    *weight = (struct jilin_weight){from_ms, area, value};
    return true;
}

static bool areas_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"unit",    "parent", "kind", "name_zh",
                                          "name_en", "weight", NULL};
    struct table table;
    if (!table_open(&table, world, "areas.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        struct bh_str unit = table_field(&table, 0);
        int kind = 0;
        uint32_t index = (uint32_t)world->areas.count, parent = index;
        if (unit.len == 0 || unit.len >= sizeof(((struct jilin_area *)NULL)->unit) ||
            jilin_area_find(world, unit) != JILIN_NONE)
            return table_fail(&table, 0, err, "单位为空、过长或重复",
                              "unit empty, too long or repeated");
        if (index > 0 && !table_area(&table, world, 1, &parent, err))
            return false;
        if (!table_choice(&table, 2, area_kind_names, JILIN_AREA_KIND_COUNT, &kind, err))
            return false;
        if ((index == 0) != (kind == JILIN_PROVINCE))
            return table_fail(&table, 2, err, "第一行且仅第一行是省",
                              "the first row is the province");
        struct jilin_area *area = jilin_list_add(&world->areas);
        memcpy(area->unit, unit.at, unit.len);
        area->kind = (enum jilin_area_kind)kind;
        area->parent = parent;
        area->name_zh = table_field(&table, 3);
        area->name_en = table_field(&table, 4);
        if (!weight_add(world, &table, 0, index, 5, err))
            return false;
    }
    return table_ended(&table, err);
}

static bool weights_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"from", "unit", "weight", NULL};
    struct table table;
    if (!table_open(&table, world, "weights.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        int64_t from_ms = 0;
        uint32_t area = 0;
        if (!table_time(&table, 0, &from_ms, err) || !table_area(&table, world, 1, &area, err) ||
            !weight_add(world, &table, from_ms, area, 2, err))
            return false;
    }
    return table_ended(&table, err);
}

int64_t jilin_weight_at(const struct jilin_world *world, uint32_t area, int64_t at_ms)
{
    int64_t value = 0, since_ms = -1;
    for (size_t index = 0; index < world->weights.count; index++) {
        const struct jilin_weight *weight = JILIN_AT(world->weights, jilin_weight, index);
        if (weight->area == area && weight->from_ms <= at_ms && weight->from_ms > since_ms) {
            value = weight->value;
            since_ms = weight->from_ms;
        }
    }
    return value;
}

static bool figure_same(const struct jilin_figure *a, const struct jilin_figure *b)
{
    return a->from_ms == b->from_ms && a->to_ms == b->to_ms && a->area == b->area &&
           a->measure == b->measure && a->severity == b->severity;
}

static bool figures_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"from",  "to",   "unit",   "measure", "severity",
                                          "value", "kind", "source", NULL};
    struct table table;
    if (!table_open(&table, world, "figures.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        struct jilin_figure figure = {.row = table.csv.row};
        int measure = 0, severity = 0, kind = 0;
        if (!table_time(&table, 0, &figure.from_ms, err) ||
            !table_time(&table, 1, &figure.to_ms, err) ||
            !table_area(&table, world, 2, &figure.area, err) ||
            !table_choice(&table, 3, measure_names, JILIN_MEASURE_COUNT, &measure, err) ||
            !table_choice(&table, 4, severity_names, JILIN_SEVERITY_COUNT, &severity, err) ||
            !table_number(&table, 5, &figure.value, err) ||
            !table_choice(&table, 6, figure_kind_names, JILIN_FIGURE_KIND_COUNT, &kind, err) ||
            !table_source(&table, world, 7, &figure.source, err))
            return false;
        figure.measure = (enum jilin_measure)measure;
        figure.severity = (enum jilin_severity)severity;
        figure.kind = (enum jilin_figure_kind)kind;
        if (figure.value < 0)
            return table_fail(&table, 5, err, "不能为负", "must not be negative");
        if ((figure.measure == JILIN_AWAITING_DIAGNOSIS) != (figure.from_ms == figure.to_ms) ||
            figure.from_ms > figure.to_ms)
            return table_fail(&table, 1, err, "时段不合理", "not a sensible interval");
        for (size_t index = 0; index < world->figures.count; index++) {
            const struct jilin_figure *other = JILIN_AT(world->figures, jilin_figure, index);
            if (figure_same(&figure, other) && figure.kind != JILIN_PUBLISHED_DISPUTED &&
                other->kind != JILIN_PUBLISHED_DISPUTED)
                return table_fail(&table, 5, err, "该数已在前面出现", "figure is there already");
        }
        *(struct jilin_figure *)jilin_list_add(&world->figures) = figure;
    }
    return table_ended(&table, err);
}

int64_t jilin_brick(const struct jilin_world *world, const struct jilin_piece *piece, uint32_t area,
                    enum jilin_measure measure, enum jilin_severity severity)
{
    for (size_t index = 0; index < world->figures.count; index++) {
        const struct jilin_figure *figure = JILIN_AT(world->figures, jilin_figure, index);
        if (figure->area == area && figure->measure == measure && figure->severity == severity &&
            figure->from_ms == piece->from_ms && figure->to_ms == piece->to_ms &&
            figure->kind != JILIN_PUBLISHED_DISPUTED)
            return figure->value;
    }
    return -1;
}

static bool windows_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"from", "to", "publish_at", "title_zh", "title_en", NULL};
    struct table table;
    if (!table_open(&table, world, "windows.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        struct jilin_window window = {0};
        if (!table_time(&table, 0, &window.from_ms, err) ||
            !table_time(&table, 1, &window.to_ms, err) ||
            !table_time(&table, 2, &window.publish_ms, err))
            return false;
        size_t count = world->windows.count;
        if (window.to_ms <= window.from_ms || window.publish_ms < window.to_ms)
            return table_fail(&table, 1, err, "时段不合理", "not a sensible interval");
        if (count > 0 && JILIN_AT(world->windows, jilin_window, count - 1)->to_ms != window.from_ms)
            return table_fail(&table, 0, err, "时段必须首尾相接", "windows must touch");
        window.title_zh = table_field(&table, 3);
        window.title_en = table_field(&table, 4);
        *(struct jilin_window *)jilin_list_add(&world->windows) = window;
    }
    if (world->windows.count == 0)
        return bh_fail(err, BH_INVALID, "windows.csv：没有时段", "windows.csv: no window");
    world->begin_ms = JILIN_AT(world->windows, jilin_window, 0)->from_ms - 4 * BH_DAY_MS;
    world->end_ms = JILIN_AT(world->windows, jilin_window, world->windows.count - 1)->to_ms;
    return table_ended(&table, err);
}

static bool adjustments_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"from",      "to",        "recorded_at", "unit",
                                          "measure",   "severity",  "value",       "source",
                                          "reason_zh", "reason_en", NULL};
    struct table table;
    if (!table_open(&table, world, "adjustments.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        struct jilin_adjustment change = {0};
        int measure = 0, severity = 0;
        if (!table_time(&table, 0, &change.from_ms, err) ||
            !table_time(&table, 1, &change.to_ms, err) ||
            !table_time(&table, 2, &change.recorded_ms, err) ||
            !table_area(&table, world, 3, &change.area, err) ||
            !table_choice(&table, 4, measure_names, JILIN_MEASURE_COUNT, &measure, err) ||
            !table_choice(&table, 5, severity_names, JILIN_SEVERITY_COUNT, &severity, err) ||
            !table_number(&table, 6, &change.value, err) ||
            !table_source(&table, world, 7, &change.source, err))
            return false;
        change.measure = (enum jilin_measure)measure;
        change.severity = (enum jilin_severity)severity;
        change.reason_zh = table_field(&table, 8);
        change.reason_en = table_field(&table, 9);
        *(struct jilin_adjustment *)jilin_list_add(&world->adjustments) = change;
    }
    return table_ended(&table, err);
}

static bool names_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"part", "text", "weight", NULL};
    static const char *const parts[JILIN_PART_COUNT] = {"surname", "single", "first", "last"};
    struct table table;
    if (!table_open(&table, world, "names.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        int part = 0;
        int64_t weight = 0;
        struct bh_str word = table_field(&table, 1);
        if (!table_choice(&table, 0, parts, JILIN_PART_COUNT, &part, err) ||
            !table_number(&table, 2, &weight, err))
            return false;
        if (weight < 1 || word.len == 0 || word.len > 9)
            return table_fail(&table, 1, err, "应为一至三个字，权重至少为1",
                              "one to three characters, with a weight of at least 1");
        struct jilin_list *list = &world->parts[part];
        int64_t before =
            list->count > 0 ? JILIN_AT(*list, jilin_name_part, list->count - 1)->upto : 0;
        struct jilin_name_part *added = jilin_list_add(list);
        *added = (struct jilin_name_part){word, before + weight};
    }
    for (int part = 0; part < JILIN_PART_COUNT; part++) {
        if (world->parts[part].count == 0)
            return bh_fail(err, BH_INVALID, "names.csv：没有 %s", "names.csv: no %s", parts[part]);
    }
    return table_ended(&table, err);
}

static bool offices_load(struct jilin_world *world, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"level", "key",      "kind",     "name_zh", "name_en",
                                          "role",  "title_zh", "title_en", NULL};
    static const char *const levels[] = {"province", "city", "county"};
    struct table table;
    if (!table_open(&table, world, "institutions.csv", text, columns, err))
        return false;
    while (table_next(&table)) {
        int level = 0;
        if (!table_choice(&table, 0, levels, 3, &level, err))
            return false;
        struct jilin_office *office = jilin_list_add(&world->offices);
        office->level = table_field(&table, 0);
        office->key = table_field(&table, 1);
        office->kind = table_field(&table, 2);
        office->name_zh = table_field(&table, 3);
        office->name_en = table_field(&table, 4);
        office->role = table_field(&table, 5);
        office->title_zh = table_field(&table, 6);
        office->title_en = table_field(&table, 7);
    }
    return table_ended(&table, err);
}

static int time_order(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static bool measure_is_built(enum jilin_measure measure)
{
    return measure != JILIN_CONFIRMED_CUMULATIVE && measure != JILIN_ASYMPTOMATIC_CUMULATIVE &&
           measure != JILIN_AWAITING_DIAGNOSIS;
}

static uint32_t window_at(const struct jilin_world *world, int64_t at_ms)
{
    uint32_t index = 0;
    while (index < world->windows.count &&
           JILIN_AT(world->windows, jilin_window, index)->to_ms <= at_ms)
        index++;
    return index;
}

/* The ends of all intervals, of figures and windows, cut time into pieces that none of them divides. */
static void pieces_make(struct jilin_world *world)
{
    struct jilin_list ends = {.size = sizeof(int64_t)};
    for (size_t index = 0; index < world->figures.count; index++) {
        const struct jilin_figure *figure = JILIN_AT(world->figures, jilin_figure, index);
        if (measure_is_built(figure->measure)) {
            *(int64_t *)jilin_list_add(&ends) = figure->from_ms;
            *(int64_t *)jilin_list_add(&ends) = figure->to_ms;
        }
    }
    for (size_t index = 0; index < world->windows.count; index++) {
        *(int64_t *)jilin_list_add(&ends) = JILIN_AT(world->windows, jilin_window, index)->from_ms;
        *(int64_t *)jilin_list_add(&ends) = JILIN_AT(world->windows, jilin_window, index)->to_ms;
    }
    bh_assert(ends.at);
    qsort(ends.at, ends.count, sizeof(int64_t), time_order);
    for (size_t index = 1; index < ends.count; index++) {
        int64_t from_ms = ((int64_t *)ends.at)[index - 1], to_ms = ((int64_t *)ends.at)[index];
        if (from_ms < to_ms) {
            struct jilin_piece *piece = jilin_list_add(&world->pieces);
            *piece = (struct jilin_piece){from_ms, to_ms, window_at(world, from_ms)};
        }
    }
    jilin_list_done(&ends);
}

bool jilin_tables_load(struct jilin_world *world, const struct jilin_texts *texts,
                       struct bh_err *err)
{
    if (!sources_load(world, texts->sources, err) || !areas_load(world, texts->areas, err) ||
        !weights_load(world, texts->weights, err) || !figures_load(world, texts->figures, err) ||
        !windows_load(world, texts->windows, err) ||
        !adjustments_load(world, texts->adjustments, err) ||
        !names_load(world, texts->names, err) || !offices_load(world, texts->institutions, err))
        return false;
    pieces_make(world);
    return true;
}
