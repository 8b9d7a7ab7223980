#include "base/csv.h"
#include "base/time.h"
#include "ledger/area_private.h"

#include <string.h>

enum {
    AREA_TEXT_BYTES = 64 << 20,
    LEAVES_MAX = 2000000,
    UNITS_MAX = 20000, /* an index fits sixteen bits */
    ALIASES_MAX = 200000,
    COLUMNS_MAX = 16,
};

/* One of the four texts while it is read, with the places of its columns. */
struct table {
    const char *file;
    struct csv_reader csv;
    int column[COLUMNS_MAX];
    int column_count;
};

static bool fail_line(const struct table *table, struct bh_err *err, const char *zh, const char *en)
{
    /* Each language prints its own text and skips the other's. */
    (void)bh_fail(err, BH_INVALID, "%s 第 %d 行：%s%.0s", "%s line %d: %.0s%s", table->file,
                  table->csv.line, zh, en);
    err->line = table->csv.line;
    err->row = table->csv.row;
    return false;
}

static bool table_open(struct table *table, const char *file, struct bh_str text,
                       struct bh_arena *arena, const char *const *columns, struct bh_err *err)
{
    table->file = file;
    table->column_count = 0;
    csv_open(&table->csv, text, arena);
    if (!csv_next(&table->csv)) {
        if (!table->csv.failed)
            return bh_fail(err, BH_INVALID, "%s 是空的", "%s is empty", file);
        *err = table->csv.err;
        return false;
    }
    for (; columns[table->column_count]; table->column_count++) {
        int place = csv_column(&table->csv, columns[table->column_count]);
        if (place < 0)
            return bh_fail(err, BH_INVALID, "%s 缺少列 %s", "%s has no column %s", file,
                           columns[table->column_count]);
        table->column[table->column_count] = place;
    }
    return true;
}

/* After csv_next said no: the end, or a failure. */
static bool table_done(const struct table *table, struct bh_err *err)
{
    if (table->csv.failed)
        *err = table->csv.err;
    return !table->csv.failed;
}

static struct bh_str cell(const struct table *table, int column)
{
    int place = table->column[column];
    return place < table->csv.field_count ? bh_str_trim(table->csv.field[place])
                                          : (struct bh_str){0};
}

static char *cell_copy(const struct table *table, int column, struct bh_arena *arena)
{
    struct bh_str text = cell(table, column);
    return bh_arena_copy(arena, text.at, text.len);
}

/* Texts of at most size - 1 bytes into a fixed place. */
static bool cell_fixed(const struct table *table, int column, char *to, size_t size,
                       struct bh_err *err)
{
    struct bh_str text = cell(table, column);
    if (text.len >= size)
        return fail_line(table, err, "编号过长", "an id is too long");
    if (text.len > 0)
        memcpy(to, text.at, text.len);
    to[text.len] = 0;
    return true;
}

static bool cell_day(const struct table *table, int column, int64_t empty, int64_t *ret,
                     struct bh_err *err)
{
    struct bh_str text = cell(table, column);
    *ret = empty;
    if (text.len == 0)
        return true;
    if (bh_day_parse(text, AREA_ZONE_MINUTES, ret, err))
        return true;
    return fail_line(table, err, "日期无法读取", "a date cannot be read");
}

/* Room for one more item of a container that doubles. */
static void *grow(void *items, size_t count, size_t item_bytes)
{
    if ((count & (count - 1)) != 0)
        return items;
    return bh_realloc(items, (count == 0 ? 1 : count * 2) * item_bytes);
}

/* ---- divisions ---- */

static bool known_level(struct bh_str level)
{
    static const char *const levels[] = {"province", "prefecture", "county",
                                         "dev_zone", "township",   "community"};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (bh_str_is(level, levels[i]))
            return true;
    return false;
}

static bool read_leaf(struct areas *areas, const struct table *table, struct bh_err *err)
{
    int64_t number = 0, parent = 0, code = 0;
    int64_t expected = (int64_t)areas->leaf_count + 1;
    if (!bh_str_to_int(cell(table, 0), &number) || number != expected || number > LEAVES_MAX)
        return fail_line(table, err, "编号不连续", "numbers must count up from 1");
    struct bh_str code_text = cell(table, 1);
    if (code_text.len != 12 || !bh_str_to_int(code_text, &code) || code <= 0)
        return fail_line(table, err, "代码不是十二位数字", "a code must have twelve digits");
    if (cell(table, 2).len == 0 || !known_level(cell(table, 3)))
        return fail_line(table, err, "名称或级别有误", "name or level is wrong");
    if (!bh_str_to_int(cell(table, 4), &parent) || parent < 0 || parent >= number)
        return fail_line(table, err, "上级编号有误", "the parent must be an earlier number");
    /* Depth first: the parent is the row before, or one of the rows around it. */
    int64_t around = number - 1;
    while (around != parent && around != 0)
        around = areas->leaves[around - 1].parent;
    if (around != parent)
        return fail_line(table, err, "不是深度优先的次序", "rows are not in depth-first order");
    areas->leaves = grow(areas->leaves, areas->leaf_count, sizeof *areas->leaves);
    areas->codes = grow(areas->codes, areas->leaf_count, sizeof *areas->codes);
    areas->codes[areas->leaf_count] = (struct area_code){code, number};
    areas->leaves[areas->leaf_count++] = (struct leaf){.number = number,
                                                       .parent = parent,
                                                       .last = number,
                                                       .code = cell_copy(table, 1, &areas->arena),
                                                       .name = cell_copy(table, 2, &areas->arena),
                                                       .level = cell_copy(table, 3, &areas->arena)};
    return true;
}

static int by_code(const void *a, const void *b)
{
    int64_t x = ((const struct area_code *)a)->code, y = ((const struct area_code *)b)->code;
    return (x > y) - (x < y);
}

static bool load_divisions(struct areas *areas, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"number", "code", "name", "level", "parent", NULL};
    struct table table;
    if (!table_open(&table, "divisions.csv", text, &areas->arena, columns, err))
        return false;
    while (csv_next(&table.csv))
        if (!read_leaf(areas, &table, err))
            return false;
    if (!table_done(&table, err))
        return false;
    if (areas->leaf_count == 0)
        return bh_fail(err, BH_INVALID, "divisions.csv 没有行", "divisions.csv has no rows");
    for (size_t i = areas->leaf_count; i-- > 0;) {
        const struct leaf *leaf = &areas->leaves[i];
        if (leaf->parent > 0 && areas->leaves[leaf->parent - 1].last < leaf->last)
            areas->leaves[leaf->parent - 1].last = leaf->last;
    }
    qsort(areas->codes, areas->leaf_count, sizeof *areas->codes, by_code);
    for (size_t i = 1; i < areas->leaf_count; i++)
        if (areas->codes[i].code == areas->codes[i - 1].code)
            return bh_fail(err, BH_INVALID, "divisions.csv：代码 %012lld 重复",
                           "divisions.csv: code %012lld twice", (long long)areas->codes[i].code);
    return true;
}

/* ---- units ---- */

enum {
    UNIT_ID,
    UNIT_CODE,
    UNIT_ZH,
    UNIT_SHORT,
    UNIT_EN,
    UNIT_KIND,
    UNIT_PARENT,
    UNIT_FROM,
    UNIT_TO,
    UNIT_MEMBERS,
    UNIT_EXCLUDES,
};

/* Adds or takes away the subtrees of codes joined by '|'. The first leaf added stands for the unit. */
static bool read_members(const struct areas *areas, const struct table *table, int column,
                         struct area_unit *unit, struct bh_err *err)
{
    struct bh_str rest = cell(table, column);
    bool excluding = column == UNIT_EXCLUDES;
    while (rest.len > 0) {
        const char *bar = memchr(rest.at, '|', rest.len);
        struct bh_str code = {rest.at, bar ? (size_t)(bar - rest.at) : rest.len};
        rest = bar ? (struct bh_str){bar + 1, rest.len - code.len - 1} : (struct bh_str){0};
        const struct leaf *leaf = areas_leaf_of_code(areas, bh_str_trim(code));
        if (!leaf)
            return fail_line(table, err, "成员代码不在区划表中",
                             "a member code is not in divisions.csv");
        struct range subtree = {leaf->number, leaf->last};
        struct scope inside = {.count = 1, .range = {subtree}};
        if (excluding && !scope_covers(&unit->unit.scope, &inside))
            return fail_line(table, err, "除外的部分不在成员内",
                             "an excluded part is not a member");
        if (excluding ? !scope_remove(&unit->unit.scope, subtree)
                      : !scope_add(&unit->unit.scope, subtree))
            return fail_line(table, err, "范围过多", "too many ranges");
        if (!excluding && unit->leaf == 0)
            unit->leaf = leaf->number;
    }
    return true;
}

static bool read_kind(const struct table *table, enum unit_kind *ret, struct bh_err *err)
{
    static const char *const names[] = {"province", "prefecture", "reporting_unit", "county",
                                        "dev_zone"};
    static const enum unit_kind kinds[] = {UNIT_PROVINCE, UNIT_PREFECTURE, UNIT_REPORTING,
                                           UNIT_COUNTY, UNIT_DEV_ZONE};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (bh_str_is(cell(table, UNIT_KIND), names[i])) {
            *ret = kinds[i];
            return true;
        }
    return fail_line(table, err, "类别有误", "unknown kind of unit");
}

static bool read_unit(struct areas *areas, const struct table *table, struct bh_err *err)
{
    struct area_unit unit = {.line = table->csv.line};
    struct unit *known = &unit.unit;
    known->population = BH_NONE;
    if (areas->unit_count == UNITS_MAX)
        return fail_line(table, err, "单位过多", "too many units");
    if (!cell_fixed(table, UNIT_ID, known->id, sizeof known->id, err) ||
        !cell_fixed(table, UNIT_CODE, unit.code, sizeof unit.code, err) ||
        !cell_fixed(table, UNIT_PARENT, known->parent, sizeof known->parent, err) ||
        !cell_day(table, UNIT_FROM, BH_TIME_MIN, &known->from_ms, err) ||
        !cell_day(table, UNIT_TO, BH_TIME_MAX, &known->to_ms, err) ||
        !read_kind(table, &known->kind, err))
        return false;
    if (known->id[0] == 0 || known->from_ms >= known->to_ms)
        return fail_line(table, err, "没有编号，或起止日期颠倒",
                         "no id, or dates the wrong way round");
    for (size_t i = 0; i < areas->unit_count; i++) {
        const struct unit *other = &areas->units[i].unit;
        if (strcmp(other->id, known->id) == 0 && other->from_ms < known->to_ms &&
            known->from_ms < other->to_ms)
            return fail_line(table, err, "同一编号的时间重叠", "the same id twice at one time");
    }
    known->published_code = unit.code[0] != 0;
    known->zh = cell_copy(table, UNIT_ZH, &areas->arena);
    known->short_zh = cell_copy(table, UNIT_SHORT, &areas->arena);
    known->en = cell_copy(table, UNIT_EN, &areas->arena);
    if (known->zh[0] == 0 || known->short_zh[0] == 0 || known->en[0] == 0)
        return fail_line(table, err, "名称缺失", "a name is missing");
    if (!read_members(areas, table, UNIT_MEMBERS, &unit, err) ||
        !read_members(areas, table, UNIT_EXCLUDES, &unit, err))
        return false;
    if (unit.leaf != 0 && !scope_holds(&known->scope, unit.leaf))
        return fail_line(table, err, "首个成员被整体除外",
                         "the first member is excluded as a whole");
    areas->units = grow(areas->units, areas->unit_count, sizeof *areas->units);
    areas->units[areas->unit_count++] = unit;
    return true;
}

static bool load_units(struct areas *areas, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"id",      "code",    "name_zh",  "short_zh",
                                          "name_en", "kind",    "parent",   "from",
                                          "to",      "members", "excludes", NULL};
    struct table table;
    if (!table_open(&table, "units.csv", text, &areas->arena, columns, err))
        return false;
    while (csv_next(&table.csv))
        if (!read_unit(areas, &table, err))
            return false;
    return table_done(&table, err);
}

/* ---- aliases and population ---- */

static bool unit_named(const struct areas *areas, const char *id)
{
    for (size_t i = 0; i < areas->unit_count; i++)
        if (strcmp(areas->units[i].unit.id, id) == 0)
            return true;
    return false;
}

static bool load_aliases(struct areas *areas, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"alias", "unit", "from", "to", NULL};
    struct table table;
    if (!table_open(&table, "aliases.csv", text, &areas->arena, columns, err))
        return false;
    while (csv_next(&table.csv)) {
        struct area_alias alias = {.text = bh_arena_str(&areas->arena, cell(&table, 0))};
        if (!cell_fixed(&table, 1, alias.unit, sizeof alias.unit, err) ||
            !cell_day(&table, 2, BH_TIME_MIN, &alias.from_ms, err) ||
            !cell_day(&table, 3, BH_TIME_MAX, &alias.to_ms, err))
            return false;
        if (alias.text.len == 0 || !unit_named(areas, alias.unit) ||
            areas->alias_count == ALIASES_MAX)
            return fail_line(&table, err, "别名为空，或单位未知", "no alias, or an unknown unit");
        areas->aliases = grow(areas->aliases, areas->alias_count, sizeof *areas->aliases);
        areas->aliases[areas->alias_count++] = alias;
    }
    return table_done(&table, err);
}

/* A figure of a year belongs to the unit as it was at the end of that year; the latest year wins. */
static void population_set(struct areas *areas, const char *id, int64_t people, int64_t year)
{
    struct bh_civil last_day = {.year = (int)year, .month = 12, .day = 31};
    int64_t index = area_unit_index(areas, bh_str_of(id), bh_civil_ms(last_day, AREA_ZONE_MINUTES));
    if (index < 0 || areas->units[index].population_year >= year)
        return;
    areas->units[index].unit.population = people;
    areas->units[index].population_year = year;
}

static bool load_population(struct areas *areas, struct bh_str text, struct bh_err *err)
{
    static const char *const columns[] = {"unit", "population", "year", NULL};
    struct table table;
    if (!table_open(&table, "population.csv", text, &areas->arena, columns, err))
        return false;
    while (csv_next(&table.csv)) {
        char id[12];
        int64_t people = 0, year = 0;
        if (!cell_fixed(&table, 0, id, sizeof id, err))
            return false;
        if (!unit_named(areas, id))
            return fail_line(&table, err, "单位未知", "unknown unit");
        if (!bh_str_to_int(cell(&table, 1), &people) || people < 0 ||
            !bh_str_to_int(cell(&table, 2), &year) || year < 1900 || year > 2198)
            return fail_line(&table, err, "人口或年份有误", "population or year is wrong");
        population_set(areas, id, people, year);
    }
    return table_done(&table, err);
}

bool areas_new(const struct areas_text *text, struct areas **ret, struct bh_err *err)
{
    struct areas *areas = bh_alloc(sizeof *areas);
    *areas = (struct areas){0};
    bh_arena_init(&areas->arena, AREA_TEXT_BYTES);
    if (!load_divisions(areas, text->divisions, err) || !load_units(areas, text->units, err) ||
        !load_aliases(areas, text->aliases, err) ||
        !load_population(areas, text->population, err) || !area_index(areas, err)) {
        areas_free(areas);
        return false;
    }
    *ret = areas;
    return true;
}

void areas_free(struct areas *areas)
{
    if (!areas)
        return;
    bh_arena_done(&areas->arena);
    bh_free(areas->leaves);
    bh_free(areas->codes);
    bh_free(areas->units);
    bh_free(areas->aliases);
    bh_free(areas->moments);
    bh_free(areas->lowest);
    bh_free(areas);
}
