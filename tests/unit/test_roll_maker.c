/* The synthetic roll, counted again. */
#include "plan/roll_maker.h"

#include "base/check.h"
#include "base/embedded.h"
#include "base/time.h"
#include "round/roll_events.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AT_MS INT64_C(1647529200000) /* 2022-03-17 23:00 +08:00 */

static struct areas *areas;

static struct bh_str file_text(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    if (!file)
        fail_msg("%s is not embedded", path);
    return (struct bh_str){(const char *)file->data, file->size};
}

static int areas_up(void **state)
{
    const struct areas_text text = {
        .divisions = file_text("rules/areas/divisions.csv"),
        .units = file_text("rules/areas/units.csv"),
        .aliases = file_text("rules/areas/aliases.csv"),
        .population = file_text("rules/areas/population.csv"),
    };
    struct bh_err err;
    (void)state;
    if (!areas_new(&text, &areas, &err))
        fail_msg("%s", err.en);
    return 0;
}

static int areas_down(void **state)
{
    (void)state;
    areas_free(areas);
    return 0;
}

static struct roll_maker *maker_of(const char *unit, int64_t total, uint64_t seed)
{
    const struct roll_maker_options options = {
        .seed = seed,
        .total = total,
        .at_ms = AT_MS,
        .names = file_text("data/jilin-2022/names.csv"),
        .household = file_text("data/jilin-2022/roll.csv"),
    };
    struct roll_maker *maker = NULL;
    struct bh_err err = {0};
    if (!roll_maker_new(areas, areas_unit(areas, bh_str_of(unit), AT_MS), &options, &maker, &err))
        fail_msg("%s", err.en);
    return maker;
}

static int64_t residents_in(const struct roll_maker *maker, const struct scope *scope)
{
    int64_t sum = 0;
    for (size_t i = 0; i < roll_maker_community_count(maker); i++) {
        const struct roll_maker_community *one = roll_maker_community(maker, i);
        sum += scope_holds(scope, one->leaf) ? one->residents : 0;
    }
    return sum;
}

static void totals_are_those_of_the_census(void **state)
{
    static const char *const units[] = {"220000", "220100", "220200", "222400"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct unit *unit = areas_unit(areas, bh_str_of(units[i]), AT_MS);
        struct roll_maker *maker = maker_of(units[i], 0, 1);
        assert_int_equal(roll_maker_total(maker), unit->population);
        assert_int_equal(residents_in(maker, &unit->scope), unit->population);
        roll_maker_free(maker);
    }
    /* In the province each prefecture keeps its count; so do the two that count apart. */
    struct roll_maker *maker = maker_of("220000", 0, 1);
    static const char *const parts[] = {"220200", "220500", "220581", "222400", "U220001"};
    for (size_t i = 0; i < 5; i++) {
        const struct unit *part = areas_unit(areas, bh_str_of(parts[i]), AT_MS);
        assert_int_equal(residents_in(maker, &part->scope), part->population);
    }
    roll_maker_free(maker);
}

/* A city without development zones keeps its counties' counts; else they give up what the zones get, in proportion. */
static void counties_keep_their_share(void **state)
{
    const struct unit *county = areas_unit(areas, BH_STR("220202"), AT_MS),
                      *zone = areas_unit(areas, BH_STR("220272"), AT_MS);
    struct roll_maker *city = maker_of("220200", 0, 1), *plain = maker_of("222400", 0, 1);
    const struct unit *yanji = areas_unit(areas, BH_STR("222401"), AT_MS);
    (void)state;
    assert_int_equal(residents_in(plain, &yanji->scope), yanji->population);
    int64_t in_county = residents_in(city, &county->scope);
    assert_true(in_county < county->population && in_county > county->population * 9 / 10);
    assert_true(residents_in(city, &zone->scope) > 39 * 1000);
    roll_maker_free(city);
    roll_maker_free(plain);
}

static int by_document(const void *a, const void *b)
{
    return memcmp(a, b, 18);
}

/* Checks one community and appends its documents; returns the people in collective households. */
static int64_t doors_check(const struct roll_maker *maker, size_t community,
                           struct roll_maker_doors *doors, char (*documents)[18], int64_t *sealed)
{
    const struct roll_maker_community *one = roll_maker_community(maker, community);
    int64_t people = 0, collective = 0;
    int32_t building = 1, unit = 0;
    roll_maker_make(maker, community, doors);
    for (size_t i = 0; i < doors->home_count; i++) {
        const struct roll_maker_home *home = &doors->homes[i];
        assert_int_equal(home->first, people);
        assert_true(home->count > 0 && home->door[0]);
        /* Door order: a building and an entrance are never come back to. */
        assert_true(home->building > building ||
                    (home->building == building && home->unit >= unit));
        building = home->building;
        unit = home->unit;
        *sealed += home->sealed;
        for (uint32_t k = 0; k < home->count; k++, people++) {
            const struct roll_maker_person *person = &doors->people[home->first + k];
            assert_true(bh_utf8_count(bh_str_of(person->name)) >= 2);
            assert_int_equal(bh_document_look(bh_str_of(person->document)), BH_DOCUMENT_RIGHT);
            assert_true(strncmp(person->document, "99", 2) == 0);
            assert_true(strncmp(person->document, "999999", 6) != 0);
            assert_true(!person->phone[0] || strncmp(person->phone, "100", 3) == 0);
            collective += person->category == RESIDENT_INSTITUTIONAL;
            memcpy(documents[one->first + people], person->document, 18);
        }
    }
    assert_int_equal(people, one->residents);
    assert_int_equal(people, doors->person_count);
    return collective;
}

static void people_are_behind_doors_in_order(void **state)
{
    enum { TOTAL = 36237 };
    struct roll_maker *maker = maker_of("220200", TOTAL, 3);
    struct roll_maker_doors doors = {0};
    char(*documents)[18] = calloc(TOTAL, sizeof *documents);
    int64_t collective = 0, sealed = 0, next = 0;
    (void)state;
    for (size_t i = 0; i < roll_maker_community_count(maker); i++) {
        assert_int_equal(roll_maker_community(maker, i)->first, next);
        next += roll_maker_community(maker, i)->residents;
        collective += doors_check(maker, i, &doors, documents, &sealed);
    }
    assert_int_equal(next, TOTAL);
    /* 818 of 10,000, rounded down in each of some 1,700 communities. */
    assert_true(collective > TOTAL * 818 / 10000 - 1778 && collective <= TOTAL * 818 / 10000);
    assert_true(sealed > 0);
    qsort(documents, TOTAL, sizeof *documents, by_document);
    for (int i = 1; i < TOTAL; i++)
        assert_true(memcmp(documents[i - 1], documents[i], 18) < 0);
    free(documents);
    roll_maker_doors_done(&doors);
    roll_maker_free(maker);
}

static void households_have_the_mean_of_the_census(void **state)
{
    struct roll_maker *maker = maker_of("220202", 0, 9);
    struct roll_maker_doors doors = {0};
    int64_t families = 0, people = 0;
    (void)state;
    for (size_t i = 0; i < roll_maker_community_count(maker); i++) {
        roll_maker_make(maker, i, &doors);
        for (size_t k = 0; k < doors.home_count; k++) {
            bool family = doors.people[doors.homes[k].first].category != RESIDENT_INSTITUTIONAL;
            families += family;
            people += family ? doors.homes[k].count : 0;
        }
    }
    int64_t mean = people * 1000 / families;
    assert_in_range(mean, 2325, 2360); /* 2.3446 */
    roll_maker_doors_done(&doors);
    roll_maker_free(maker);
}

static void bodies_hold_everybody_once(void **state)
{
    struct roll_maker *maker = maker_of("220203", 5000, 3);
    struct roll_maker_bodies bodies = {.maker = maker, .end = roll_maker_community_count(maker)};
    struct bh_buf out;
    int64_t people = 0;
    (void)state;
    bh_buf_init(&out, LIMIT_BODY_BYTES);
    while (roll_maker_bodies_next(&bodies, 70, &out)) {
        json_t *body = json_loads(bh_buf_c(&out), 0, NULL), *home;
        int64_t count = 0;
        size_t i;
        assert_non_null(body);
        assert_string_equal(json_string_value(json_object_get(body, "area")),
                            roll_maker_community(maker, bodies.of)->code);
        json_array_foreach(json_object_get(body, "households"), i, home)
        {
            count += (int64_t)json_array_size(json_object_get(home, "residents"));
        }
        assert_int_equal(bodies.first, people);
        assert_int_equal(count, bodies.count);
        assert_true(count > 0 && count <= ROLL_BLOCK_RESIDENTS);
        people += count;
        json_decref(body);
    }
    assert_int_equal(people, 5000);
    bh_buf_done(&out);
    roll_maker_bodies_done(&bodies);
    roll_maker_free(maker);
}

static void one_seed_is_one_roll(void **state)
{
    struct roll_maker *a = maker_of("220203", 9000, 3), *b = maker_of("220203", 9000, 3),
                      *c = maker_of("220203", 9000, 4);
    struct roll_maker_doors one = {0}, two = {0}, three = {0};
    (void)state;
    roll_maker_make(a, 1, &three); /* the order of making does not matter */
    roll_maker_make(a, 5, &one);
    roll_maker_make(b, 5, &two);
    roll_maker_make(c, 5, &three);
    assert_int_equal(one.person_count, two.person_count);
    for (size_t i = 0; i < one.person_count; i++) {
        assert_string_equal(one.people[i].name, two.people[i].name);
        assert_string_equal(one.people[i].document, two.people[i].document);
    }
    assert_true(one.person_count != three.person_count ||
                strcmp(one.people[0].document, three.people[0].document) != 0);
    roll_maker_doors_done(&one);
    roll_maker_doors_done(&two);
    roll_maker_doors_done(&three);
    roll_maker_free(a);
    roll_maker_free(b);
    roll_maker_free(c);
}

static void check_characters(void **state)
{
    (void)state;
    /* The example of the standard. */
    assert_int_equal(bh_document_look(BH_STR("11010519491231002X")), BH_DOCUMENT_RIGHT);
    assert_int_equal(bh_document_look(BH_STR("11010519491231002x")), BH_DOCUMENT_RIGHT);
    assert_int_equal(bh_document_look(BH_STR("110105194912310021")), BH_DOCUMENT_WRONG);
    assert_int_equal(bh_document_look(BH_STR("110105194912310020")), BH_DOCUMENT_WRONG);
    assert_int_equal(bh_document_look(BH_STR("E12345678")), BH_DOCUMENT_OTHER);
    assert_int_equal(bh_document_look(BH_STR("")), BH_DOCUMENT_OTHER);
}

static void broken_texts_are_refused(void **state)
{
    static const char *const texts[] = {"", "item,value\n", "item,value\nhousehold_of_1,100000\n",
                                        "item,value\nfloors,none\n", "value,item\n1,floors\n"};
    struct roll_maker_options options = {
        .seed = 1, .at_ms = AT_MS, .names = file_text("data/jilin-2022/names.csv")};
    const struct unit *unit = areas_unit(areas, BH_STR("220203"), AT_MS);
    struct roll_maker *maker = NULL;
    struct bh_err err;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        options.household = bh_str_of(texts[i]);
        assert_false(roll_maker_new(areas, unit, &options, &maker, &err));
    }
    options.household = file_text("data/jilin-2022/roll.csv");
    options.names = BH_STR("part,text,weight\nsurname,王,1\n");
    assert_false(roll_maker_new(areas, unit, &options, &maker, &err));
    assert_null(maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_those_of_the_census),
        cmocka_unit_test(counties_keep_their_share),
        cmocka_unit_test(people_are_behind_doors_in_order),
        cmocka_unit_test(households_have_the_mean_of_the_census),
        cmocka_unit_test(bodies_hold_everybody_once),
        cmocka_unit_test(one_seed_is_one_roll),
        cmocka_unit_test(check_characters),
        cmocka_unit_test(broken_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, areas_up, areas_down);
}
