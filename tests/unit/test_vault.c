#include "ledger/vault.h"
#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct made_world made;
static struct bh_arena arena;
static char folder[64], key_path[96];

static int set_up(void **state)
{
    (void)state;
    made_world_init(&made, 7, 0);
    bh_arena_init(&arena, 1 << 20);
    (void)snprintf(folder, sizeof folder, "/tmp/bihuan-vault-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(key_path, sizeof key_path, "%s/outbreak.key", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(key_path);
    (void)rmdir(folder);
    bh_arena_done(&arena);
    return 0;
}

static struct vault *open_vault(bool create)
{
    struct bh_err err = {0};
    struct vault *vault = NULL;
    if (!vault_open(key_path, create, &made.world, &vault, &err))
        print_error("%s\n", err.en);
    assert_non_null(vault);
    return vault;
}

static void sealed_text_opens_again_also_after_reopening(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct bh_sealed one, two;
    struct bh_str plain = {0};
    struct vault *vault = open_vault(true);
    assert_true(vault_seal(vault, &made.world, BH_STR("王小明"), false, &arena, &one, &err));
    assert_true(vault_seal(vault, &made.world, BH_STR("王小明"), true, &arena, &two, &err));
    assert_false(bh_str_equal(one.text, two.text)); /* equal texts do not look equal */
    assert_int_equal(one.text.len, strlen("王小明") + 40);
    assert_null(memmem(one.text.at, one.text.len, "王", strlen("王")));
    static const uint8_t none[16];
    assert_memory_equal(one.hash, none, 16);
    assert_memory_not_equal(two.hash, none, 16);
    vault_close(vault);
    vault = open_vault(false);
    assert_true(vault_unseal(vault, one.text, &arena, &plain, &err));
    assert_true(bh_str_is(plain, "王小明"));
    assert_true(vault_seal(vault, &made.world, (struct bh_str){0}, true, &arena, &one, &err));
    assert_int_equal(one.text.len, 0);
    assert_true(vault_unseal(vault, one.text, &arena, &plain, &err));
    assert_int_equal(plain.len, 0);
    vault_close(vault);
}

static void changed_text_and_foreign_key_are_refused(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct bh_sealed sealed;
    struct bh_str plain = BH_STR("untouched");
    struct vault *vault = open_vault(true), *other = NULL;
    assert_true(vault_seal(vault, &made.world, BH_STR("13812345678"), true, &arena, &sealed, &err));
    for (size_t i = 0; i < sealed.text.len; i++) {
        char *copy = bh_arena_copy(&arena, sealed.text.at, sealed.text.len);
        copy[i] ^= 1;
        assert_false(
            vault_unseal(vault, (struct bh_str){copy, sealed.text.len}, &arena, &plain, &err));
        assert_int_equal(err.code, BH_CORRUPT);
    }
    assert_false(vault_unseal(vault, (struct bh_str){sealed.text.at, 39}, &arena, &plain, &err));
    assert_true(vault_open(NULL, true, &made.world, &other, &err));
    assert_false(vault_unseal(other, sealed.text, &arena, &plain, &err));
    assert_true(bh_str_is(plain, "untouched"));
    uint8_t hash[16];
    vault_search_hash(other, BH_STR("13812345678"), hash);
    assert_memory_not_equal(hash, sealed.hash, 16);
    vault_close(vault);
    vault_close(other);
}

static void same_seed_gives_the_same_key(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct made_world twin;
    struct vault *one = NULL, *two = NULL;
    uint8_t a[16], b[16];
    made_world_init(&made, 42, 0);
    made_world_init(&twin, 42, 5);
    assert_true(vault_open(NULL, true, &made.world, &one, &err));
    assert_true(vault_open(NULL, true, &twin.world, &two, &err));
    vault_search_hash(one, BH_STR("x"), a);
    vault_search_hash(two, BH_STR("x"), b);
    assert_memory_equal(a, b, 16);
    vault_close(one);
    vault_close(two);
}

static void key_file_is_private_and_never_replaced(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct vault *vault = NULL;
    struct stat found;
    uint8_t a[16], b[16];
    assert_false(vault_open(key_path, false, &made.world, &vault, &err));
    assert_int_equal(err.code, BH_MISSING);
    vault = open_vault(true);
    assert_int_equal(stat(key_path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    vault_search_hash(vault, BH_STR("x"), a);
    vault_close(vault);
    vault = open_vault(true);
    vault_search_hash(vault, BH_STR("x"), b);
    vault_close(vault);
    assert_memory_equal(a, b, 16);
    assert_int_equal(chmod(key_path, 0640), 0);
    assert_false(vault_open(key_path, false, &made.world, &vault, &err));
    assert_int_equal(err.code, BH_DENIED);
    assert_true(file_write(key_path, BH_STR("nonsense"), 0600, &err));
    assert_false(vault_open(key_path, true, &made.world, &vault, &err));
    assert_int_equal(err.code, BH_CORRUPT);
}

static void search_hash_knows_the_ways_people_write_a_number(void **state)
{
    (void)state;
    static const char *const same[] = {"+86 138-1234-5678", "138 1234 5678", "008613812345678"};
    struct vault *vault = open_vault(true);
    uint8_t first[16], other[16];
    vault_search_hash(vault, BH_STR("13812345678"), first);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        vault_search_hash(vault, bh_str_of(same[i]), other);
        assert_memory_equal(first, other, 16);
    }
    vault_search_hash(vault, BH_STR("13812345679"), other);
    assert_memory_not_equal(first, other, 16);
    vault_search_hash(vault, BH_STR("22010219900101123x"), first);
    vault_search_hash(vault, BH_STR("22010219900101123X"), other);
    assert_memory_equal(first, other, 16);
    vault_close(vault);
}

static void masks_show_little(void **state)
{
    (void)state;
    static const char *const numbers[][2] = {{"13812345678", "138****5678"},
                                             {"220102199001011234", "2201**********1234"},
                                             {"1234567890", "**********"},
                                             {"护照号码12345", "*****************"},
                                             {"", ""}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(bh_str_is(vault_mask_number(&arena, bh_str_of(numbers[i][0])), numbers[i][1]));
    assert_true(bh_str_is(vault_mask_name(&arena, BH_STR("张三")), "张**"));
    assert_true(bh_str_is(vault_mask_name(&arena, BH_STR("欧阳修远")), "欧**"));
    assert_true(bh_str_is(vault_mask_name(&arena, BH_STR(" Maria Silva")), "M**"));
    assert_int_equal(vault_mask_name(&arena, BH_STR(" ")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sealed_text_opens_again_also_after_reopening, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(changed_text_and_foreign_key_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(same_seed_gives_the_same_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_file_is_private_and_never_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(search_hash_knows_the_ways_people_write_a_number, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(masks_show_little, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
