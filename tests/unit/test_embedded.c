#include "base/embedded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

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

static void bytes_are_those_of_the_source_file(void **state)
{
    (void)state;
    const struct embedded_file *file = embedded_find("rules/roles.yaml");
    assert_non_null(file);
    assert_string_equal(file->type, "text/yaml; charset=utf-8");
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[2 * crypto_hash_sha256_BYTES + 1];
    assert_int_equal(crypto_hash_sha256(digest, file->data, file->size), 0);
    assert_non_null(sodium_bin2hex(hex, sizeof hex, digest, sizeof digest));
    assert_string_equal(hex, file->sha256);
}

static void one_folder_is_walked_by_its_prefix(void **state)
{
    (void)state;
    static const char prefix[] = "rules/plans/";
    size_t count = 0;
    for (size_t index = embedded_lower_bound(prefix); index < embedded_count(); index++) {
        if (strncmp(embedded_at(index)->path, prefix, sizeof prefix - 1) != 0)
            break;
        count++;
    }
    assert_true(count > 0);
    assert_int_equal(embedded_lower_bound("~"), embedded_count());
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
        cmocka_unit_test(bytes_are_those_of_the_source_file),
        cmocka_unit_test(one_folder_is_walked_by_its_prefix),
        cmocka_unit_test(unknown_path_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
