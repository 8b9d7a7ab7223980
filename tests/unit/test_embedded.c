#include "base/embedded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void table_is_sorted_and_each_file_is_found_by_its_path(void **state)
{
    (void)state;
    for (size_t index = 0; index < embedded_count(); index++) {
        const struct embedded_file *file = embedded_at(index);
        assert_non_null(file);
        assert_ptr_equal(embedded_find(file->path), file);
        assert_int_equal(strlen(file->sha256), 64);
        assert_int_equal(file->data[file->size], 0);
        if (index > 0)
            assert_true(strcmp(embedded_at(index - 1)->path, file->path) < 0);
    }
    assert_null(embedded_at(embedded_count()));
}

static void unknown_path_is_not_found(void **state)
{
    (void)state;
    assert_null(embedded_find("rules/no-such-file.yaml"));
    assert_null(embedded_find(""));
    assert_null(embedded_find("~"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_each_file_is_found_by_its_path),
        cmocka_unit_test(unknown_path_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
