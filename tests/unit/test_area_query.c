#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct test_ledger *test;

static int set_up(void **state)
{
    (void)state;
    test = test_ledger_new(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_ledger_free(test);
    return 0;
}

static void assert_areas(const char *params, size_t count, const char *column, const char *first)
{
    json_t *rows = test_query(test, "areas", params);
    assert_int_equal(json_array_size(rows), count);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), column)), first);
    json_decref(rows);
}

static void areas_are_found_by_part_of_a_name_parent_and_date(void **state)
{
    (void)state;
    assert_areas("{'parent':'220000'}", 11, "unit", "220100");
    assert_areas("{'parent':'220100'}", 17, "kind", "county");
    assert_areas("{'parent':'220100','at':'2019-01-01T00:00:00+08:00'}", 15, "unit", "220102");
    assert_areas("{'q':'公主岭'}", 1, "code", "220184");
    assert_areas("{'q':'公主岭','at':'2019-01-01T00:00:00+08:00'}", 1, "code", "220381");
    assert_areas("{'q':'changbaishan'}", 1, "unit", "U220001");
    assert_areas("{'q':'经开','parent':'220100'}", 1, "name_en",
                 "Changchun Economic and Technological Development Zone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_are_found_by_part_of_a_name_parent_and_date),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
