#include "base/embedded.h"
#include "base/time.h"
#include "ledger/area_private.h"
#include "os/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ORACLE_LEAVES = 200 };

static struct areas *jilin;
static int64_t in_2022, in_2019;

static struct bh_str file_text(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    assert_non_null(file);
    return (struct bh_str){(const char *)file->data, file->size};
}

static int open_jilin(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct areas_text text = {
        file_text("rules/areas/divisions.csv"), file_text("rules/areas/units.csv"),
        file_text("rules/areas/aliases.csv"), file_text("rules/areas/population.csv")};
    if (!areas_new(&text, &jilin, &err))
        print_error("%s\n", err.en);
    assert_int_equal(err.code, BH_OK);
    assert_true(bh_day_parse(BH_STR("2022-03-13"), 480, &in_2022, &err));
    assert_true(bh_day_parse(BH_STR("2019-03-13"), 480, &in_2019, &err));
    return 0;
}

static int close_jilin(void **state)
{
    (void)state;
    areas_free(jilin);
    return 0;
}

/* ---- range algebra against a bitmap ---- */

static uint64_t draw(struct made_world *made, uint64_t below)
{
    uint64_t word = 0;
    made->world.entropy(made, &word, sizeof word);
    return word % below;
}

static void random_scope(struct made_world *made, struct scope *scope, bool map[ORACLE_LEAVES])
{
    memset(scope, 0, sizeof *scope);
    memset(map, 0, ORACLE_LEAVES * sizeof *map);
    int steps = (int)draw(made, 12);
    for (int i = 0; i < steps; i++) {
        int64_t from = 1 + (int64_t)draw(made, ORACLE_LEAVES - 1);
        int64_t to = from + (int64_t)draw(made, 25);
        if (to >= ORACLE_LEAVES)
            to = ORACLE_LEAVES - 1;
        bool add = draw(made, 3) > 0;
        if (add)
            assert_true(scope_add(scope, (struct range){from, to}));
        else
            assert_true(scope_remove(scope, (struct range){from, to}));
        for (int64_t n = from; n <= to; n++)
            map[n] = add;
    }
}

static void assert_same(const struct scope *scope, const bool map[ORACLE_LEAVES])
{
    for (int i = 0; i < scope->count; i++) {
        assert_true(scope->range[i].from <= scope->range[i].to);
        if (i > 0)
            assert_true(scope->range[i - 1].to + 1 < scope->range[i].from);
    }
    for (int64_t n = 0; n < ORACLE_LEAVES; n++)
        assert_int_equal(scope_holds(scope, n), map[n]);
}

static void ranges_agree_with_a_bitmap_for_random_sets(void **state)
{
    (void)state;
    struct made_world made;
    made_world_init(&made, 20220313, 0);
    for (int round = 0; round < 3000; round++) {
        struct scope a, b, both, either;
        bool map_a[ORACLE_LEAVES], map_b[ORACLE_LEAVES], met[ORACLE_LEAVES], joined[ORACLE_LEAVES];
        random_scope(&made, &a, map_a);
        random_scope(&made, &b, map_b);
        assert_same(&a, map_a);
        bool covers = true;
        for (int n = 0; n < ORACLE_LEAVES; n++) {
            met[n] = map_a[n] && map_b[n];
            joined[n] = map_a[n] || map_b[n];
            covers = covers && (map_a[n] || !map_b[n]);
        }
        scope_meet(&a, &b, &both);
        assert_same(&both, met);
        either = a;
        assert_true(scope_join(&either, &b));
        assert_same(&either, joined);
        assert_int_equal(scope_covers(&a, &b), covers);
        assert_true(scope_covers(&either, &a));
        assert_true(scope_covers(&a, &both));
    }
}

static void everything_holds_also_what_has_no_area(void **state)
{
    (void)state;
    struct scope all = scope_everything, some = {.count = 1, .range = {{3, 9}}}, met;
    assert_true(scope_holds(&all, 0));
    assert_false(scope_holds(&some, 0));
    assert_true(scope_covers(&all, &some));
    assert_false(scope_covers(&some, &all));
    scope_meet(&all, &some, &met);
    assert_false(met.everything);
    assert_int_equal(met.count, 1);
    assert_true(scope_join(&some, &all));
    assert_true(some.everything);
}

static void too_many_ranges_are_refused_and_change_nothing(void **state)
{
    (void)state;
    struct scope full = {0}, before;
    for (int i = 0; i < LIMIT_UNIT_RANGES; i++)
        assert_true(scope_add(&full, (struct range){3 * i + 1, 3 * i + 2}));
    before = full;
    assert_false(scope_add(&full, (struct range){1000, 1000}));
    assert_memory_equal(&full, &before, sizeof full);
    assert_true(scope_add(&full, (struct range){3, 3}));
    assert_int_equal(full.count, LIMIT_UNIT_RANGES - 1);
}

/* ---- the edition of Jilin ---- */

static const struct unit *unit(const char *id, int64_t at_ms)
{
    const struct unit *found = areas_unit(jilin, bh_str_of(id), at_ms);
    assert_non_null(found);
    return found;
}

static int64_t leaf_of(const char *code)
{
    const struct leaf *leaf = areas_leaf_of_code(jilin, bh_str_of(code));
    assert_non_null(leaf);
    return leaf->number;
}

static void tonghua_excludes_meihekou(void **state)
{
    (void)state;
    int64_t meihekou = leaf_of("220581000000");
    assert_false(scope_holds(&unit("220500", in_2022)->scope, meihekou));
    assert_true(scope_holds(&unit("220500", in_2022)->scope, leaf_of("220582000000")));
    const struct unit *lowest = areas_lowest(jilin, meihekou, in_2022);
    assert_string_equal(lowest->id, "220581");
    assert_int_equal(lowest->kind, UNIT_REPORTING);
    assert_string_equal(areas_parent(jilin, lowest, in_2022)->id, "220000");
}

static void development_zone_holds_exactly_its_townships(void **state)
{
    (void)state;
    static const char *const townships[] = {"220105173000", "220105174000", "220105270000"};
    const struct unit *zone = unit("U220101", in_2022);
    int64_t leaves = 0, expected = 0;
    for (size_t i = 0; i < sizeof townships / sizeof townships[0]; i++) {
        const struct leaf *leaf = areas_leaf(jilin, leaf_of(townships[i]));
        expected += leaf->last - leaf->number + 1;
        assert_string_equal(areas_lowest(jilin, leaf->last, in_2022)->id, "U220101");
        assert_false(scope_holds(&unit("220105", in_2022)->scope, leaf->number));
    }
    for (int i = 0; i < zone->scope.count; i++)
        leaves += zone->scope.range[i].to - zone->scope.range[i].from + 1;
    assert_int_equal(leaves, expected);
    assert_int_equal(areas_unit_leaf(jilin, unit("U220102", in_2022)), 0);
}

static void gongzhuling_moved_from_siping_to_changchun(void **state)
{
    (void)state;
    struct bh_err err = {0};
    const struct unit *found = NULL;
    int64_t leaf = leaf_of("220184000000"), moved = 0;
    assert_true(bh_day_parse(BH_STR("2020-06-19"), 480, &moved, &err));
    assert_true(scope_holds(&unit("220300", moved - 1)->scope, leaf));
    assert_false(scope_holds(&unit("220300", moved)->scope, leaf));
    assert_false(scope_holds(&unit("220100", moved - 1)->scope, leaf));
    assert_true(scope_holds(&unit("220100", moved)->scope, leaf));
    assert_string_equal(areas_parent(jilin, areas_lowest(jilin, leaf, moved - 1), moved - 1)->id,
                        "220300");
    assert_string_equal(areas_parent(jilin, areas_lowest(jilin, leaf, moved), moved)->id, "220100");
    assert_true(areas_resolve(jilin, BH_STR("220381"), in_2019, &found, &err));
    assert_string_equal(found->id, "220184");
    assert_false(areas_resolve(jilin, BH_STR("220381"), in_2022, &found, &err));
    assert_int_equal(err.code, BH_MISSING);
    assert_non_null(strstr(err.en, "220184"));
}

/* The oracle walks parent pointers only; the units' ranges come from the loader. */
static void each_leaf_belongs_to_the_smallest_unit_around_it(void **state)
{
    (void)state;
    const int64_t times[] = {in_2019, in_2022};
    for (size_t t = 0; t < 2; t++)
        for (int64_t n = 1; n <= (int64_t)areas_leaf_count(jilin); n++) {
            const struct unit *lowest = areas_lowest(jilin, n, times[t]);
            assert_non_null(lowest);
            for (size_t i = 0; i < areas_unit_count(jilin); i++) {
                const struct unit *other = areas_unit_at(jilin, i);
                if (times[t] < other->from_ms || times[t] >= other->to_ms ||
                    !scope_holds(&other->scope, n))
                    continue;
                assert_true(scope_covers(&other->scope, &lowest->scope));
            }
        }
    assert_null(areas_lowest(jilin, 0, in_2022));
    assert_null(areas_lowest(jilin, (int64_t)areas_leaf_count(jilin) + 1, in_2022));
}

static void leaf_of_a_unit_leads_back_to_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < areas_unit_count(jilin); i++) {
        const struct unit *one = areas_unit_at(jilin, i);
        int64_t at_ms = one->to_ms == BH_TIME_MAX ? in_2022 : one->to_ms - 1;
        int64_t leaf = areas_unit_leaf(jilin, one);
        if (leaf != 0)
            assert_ptr_equal(areas_lowest(jilin, leaf, at_ms), one);
    }
}

static void ambiguous_names_are_told_and_others_resolve(void **state)
{
    (void)state;
    static const char *const good[][2] = {{"吉林省", "220000"},       {"吉林市", "220200"},
                                          {"220200", "220200"},       {"changchun", "220100"},
                                          {"220102000000", "220102"}, {" 净月 ", "220172"},
                                          {"长白山", "U220001"}};
    struct bh_err err = {0};
    const struct unit *found = NULL;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(areas_resolve(jilin, bh_str_of(good[i][0]), in_2022, &found, &err));
        assert_string_equal(found->id, good[i][1]);
    }
    assert_false(areas_resolve(jilin, BH_STR("吉林"), in_2022, &found, &err));
    assert_int_equal(err.code, BH_CONFLICT);
    assert_non_null(strstr(err.zh, "220000"));
    assert_non_null(strstr(err.zh, "220200"));
    assert_non_null(strstr(err.en, "Jilin City"));
    assert_false(areas_resolve(jilin, BH_STR("Atlantis"), in_2022, &found, &err));
    assert_int_equal(err.code, BH_MISSING);
    assert_false(areas_resolve(jilin, BH_STR(""), in_2022, &found, &err));
    assert_false(areas_resolve(jilin, BH_STR("220105173000"), in_2022, &found, &err));
}

static void search_and_children(void **state)
{
    (void)state;
    const struct unit *found[64];
    assert_int_equal(areas_search(jilin, BH_STR("经开"), in_2022, found, 64), 4);
    assert_int_equal(areas_search(jilin, BH_STR("经开"), in_2022, found, 2), 2);
    size_t count = areas_children(jilin, unit("220000", in_2022), in_2022, found, 64);
    assert_int_equal(count, 11);
    struct scope all = {0};
    for (size_t i = 0; i < count; i++)
        assert_true(scope_join(&all, &found[i]->scope));
    /* The eleven units beside each other hold the whole province but the division "province" itself. */
    assert_int_equal(all.count, 1);
    assert_int_equal(all.range[0].from, 2);
    assert_int_equal(all.range[0].to, areas_leaf_count(jilin));
    assert_int_equal(unit("220000", in_2022)->population, 24073453);
}

/* ---- editions that are refused ---- */

#define DIVISIONS                                                                                  \
    "number,code,name,level,parent\n1,110000000000,a,province,0\n2,110100000000,b,prefecture,1\n"  \
    "3,110101000000,c,county,2\n4,110102000000,d,county,2\n"
#define UNITS "id,code,name_zh,short_zh,name_en,kind,parent,from,to,members,excludes,mark,note\n"
#define ROOT  "110000,110000,a,a,A,province,,,,110000000000,,V,\n"

static void assert_refused(const char *divisions, const char *units, int line, const char *part)
{
    struct bh_err err = {0};
    struct areas *areas = NULL;
    struct areas_text text = {bh_str_of(divisions), bh_str_of(units),
                              BH_STR("alias,unit,from,to,context\n"),
                              BH_STR("unit,population,year,kind,source\n")};
    assert_false(areas_new(&text, &areas, &err));
    assert_null(areas);
    assert_int_equal(err.code, BH_INVALID);
    assert_int_equal(err.line, line);
    if (!strstr(err.en, part))
        print_error("%s\n", err.en);
    assert_non_null(strstr(err.en, part));
    assert_true(err.zh[0] != 0);
}

static void broken_editions_are_refused_with_their_line(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct areas *areas = NULL;
    struct areas_text good = {BH_STR(DIVISIONS), BH_STR(UNITS ROOT),
                              BH_STR("alias,unit,from,to,context\n"),
                              BH_STR("unit,population,year,kind,source\n")};
    assert_true(areas_new(&good, &areas, &err));
    areas_free(areas);
    assert_refused("number,code,name,level,parent\n2,110000000000,a,province,0\n", UNITS ROOT, 2,
                   "count up");
    assert_refused("number,code,name,level\n", UNITS ROOT, 0, "parent");
    assert_refused(DIVISIONS "5,110103000000,e,county,3\n", UNITS ROOT, 6, "depth-first");
    assert_refused(DIVISIONS "5,110102000000,e,county,2\n", UNITS ROOT, 0, "twice");
    assert_refused(DIVISIONS "5,1101,e,county,2\n", UNITS ROOT, 6, "twelve");
    assert_refused(DIVISIONS, UNITS ROOT ROOT, 3, "twice");
    assert_refused(DIVISIONS, UNITS ROOT "1,,b,b,B,town,110000,,,110100000000,,V,\n", 3, "kind");
    assert_refused(DIVISIONS, UNITS ROOT "1,,b,b,B,county,110000,,,110199000000,,V,\n", 3,
                   "member");
    assert_refused(DIVISIONS, UNITS ROOT "1,,b,b,B,county,9,,,110100000000,,V,\n", 3,
                   "does not exist");
    assert_refused(DIVISIONS, UNITS ROOT "1,,b,b,B,county,110000,2020-13-01,,110100000000,,V,\n", 3,
                   "date");
    assert_refused(
        DIVISIONS,
        UNITS ROOT
        "1,,b,b,B,county,110000,,,110101000000,,V,\n2,,c,c,C,county,1,,,110102000000,,V,\n",
        4, "outside its parent");
    assert_refused(
        DIVISIONS,
        UNITS ROOT
        "1,,b,b,B,county,110000,,,110100000000,,V,\n2,,c,c,C,county,110000,,,110102000000,,V,\n",
        4, "beside");
    assert_refused(DIVISIONS,
                   UNITS
                   "1,,b,b,B,county,2,,,110100000000,,V,\n2,,c,c,C,county,1,,,110100000000,,V,\n",
                   2, "circle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_agree_with_a_bitmap_for_random_sets),
        cmocka_unit_test(everything_holds_also_what_has_no_area),
        cmocka_unit_test(too_many_ranges_are_refused_and_change_nothing),
        cmocka_unit_test(tonghua_excludes_meihekou),
        cmocka_unit_test(development_zone_holds_exactly_its_townships),
        cmocka_unit_test(gongzhuling_moved_from_siping_to_changchun),
        cmocka_unit_test(each_leaf_belongs_to_the_smallest_unit_around_it),
        cmocka_unit_test(leaf_of_a_unit_leads_back_to_it),
        cmocka_unit_test(ambiguous_names_are_told_and_others_resolve),
        cmocka_unit_test(search_and_children),
        cmocka_unit_test(broken_editions_are_refused_with_their_line),
    };
    return cmocka_run_group_tests(tests, open_jilin, close_jilin);
}
