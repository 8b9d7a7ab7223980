/* Receipt codes as people type them. */
#include "api/receipt.h"
#include "os/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RECEIPT_MASK ((UINT64_C(1) << RECEIPT_BITS) - 1)

static uint64_t read_one(const char *text)
{
    uint64_t receipt = UINT64_MAX;
    struct bh_err err = {.code = BH_OK};
    assert_true(receipt_read(bh_str_of(text), &receipt, &err));
    return receipt;
}

static bool refused(const char *text)
{
    uint64_t receipt = 0;
    struct bh_err err = {.code = BH_OK};
    bool ok = receipt_read(bh_str_of(text), &receipt, &err);
    return !ok && err.code == BH_INVALID && strcmp(err.field, "receipt") == 0;
}

static void what_is_written_is_read_again(void **state)
{
    struct made_world made;
    (void)state;
    made_world_init(&made, 7, 0);
    for (int turn = 0; turn < 20000; turn++) {
        uint64_t receipt = 0;
        char text[RECEIPT_TEXT];
        made.world.entropy(made.world.self, &receipt, sizeof receipt);
        receipt = turn == 0 ? 0 : turn == 1 ? RECEIPT_MASK : receipt & RECEIPT_MASK;
        receipt_write(receipt, text);
        assert_int_equal(strlen(text), RECEIPT_TEXT - 1);
        assert_true(read_one(text) == receipt);
    }
}

static void how_it_is_typed_makes_no_difference(void **state)
{
    char text[RECEIPT_TEXT];
    (void)state;
    receipt_write(UINT64_C(0x0123456789ABCDE), text);
    assert_string_equal(text, "04HM-ASW9-NF6Y-X");
    assert_true(read_one(" 04hmasw9nf6yx ") == UINT64_C(0x0123456789ABCDE));
    assert_true(read_one("O4HM ASW9 NF6Y X") == UINT64_C(0x0123456789ABCDE));
}

/* One wrong character, wherever and whichever, is always found. */
static void every_single_mistake_is_found(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char text[RECEIPT_TEXT];
    (void)state;
    receipt_write(UINT64_C(0x0FEDCBA98765432), text);
    for (size_t at = 0; text[at]; at++) {
        char right = text[at];
        for (const char *wrong = alphabet; right != '-' && *wrong; wrong++) {
            text[at] = *wrong;
            assert_true(*wrong == right || refused(text));
        }
        text[at] = right;
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "0",
                                      "04HM-ASW9-NF6Y",
                                      "04HM-ASW9-NF6Y-X3",
                                      "U4HM-ASW9-NF6Y-X",
                                      "04HM_ASW9_NF6Y_X",
                                      "二维码",
                                      "0000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(refused(bad[i]));
    const struct bh_str zero = {"04HM\000ASW9NF6YX", 14};
    uint64_t receipt = 0;
    struct bh_err err = {.code = BH_OK};
    assert_false(receipt_read(zero, &receipt, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(how_it_is_typed_makes_no_difference),
        cmocka_unit_test(every_single_mistake_is_found),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
