/* The canonical form against the library's own, over trees drawn from a seed: the hash of a request is in the log for
 * ever, so not one byte may differ. */
#include "base/arena.h"
#include "base/json_canonical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TREES = 20000, DEPTH = 4 };

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % below;
}

static json_t *draw_text(uint64_t *state)
{
    static const char *const part[] = {"a",  "Z9",   "\"",   "\\", "/",
                                       "\b", "\f",   "\n",   "\r", "\t",
                                       "\1", "\x1f", "\x7f", "李", "\xf0\x9f\x98\x80",
                                       " "};
    struct bh_buf text;
    bh_buf_init(&text, 128);
    for (uint64_t left = draw(state, 12); left > 0; left--)
        bh_buf_text(&text, part[draw(state, sizeof part / sizeof *part)]);
    json_t *made = json_stringn(text.at ? text.at : "", text.len);
    bh_buf_done(&text);
    return made;
}

static json_t *draw_tree(uint64_t *state, int depth)
{
    static const json_int_t numbers[] = {0,   1,         -1,       9, 10, -10, 1234567890123,
                                         -99, INT64_MAX, INT64_MIN};
    static const double reals[] = {0.0, -0.5, 1e21, 3.141592653589793, 1e-7, 5.0};
    json_t *tree = NULL;
    switch (draw(state, depth == 0 ? 6 : 9)) {
    case 0: return json_true();
    case 1: return json_false();
    case 2: return json_null();
    case 3: return json_integer(numbers[draw(state, sizeof numbers / sizeof *numbers)]);
    case 4: return json_real(reals[draw(state, sizeof reals / sizeof *reals)]);
    case 5: return draw_text(state);
    case 6:
        tree = json_array();
        for (uint64_t left = draw(state, 5); left > 0; left--)
            (void)json_array_append_new(tree, draw_tree(state, depth - 1));
        return tree;
    default: break;
    }
    tree = json_object();
    /* Now and then more keys than are sorted without the library. */
    for (uint64_t left = draw(state, 20) == 0 ? 60 : draw(state, 6); left > 0; left--) {
        json_t *key = draw_text(state);
        (void)json_object_set_new(tree, json_string_value(key), draw_tree(state, depth - 1));
        json_decref(key);
    }
    return tree;
}

static void same_bytes_as_the_library(void **state)
{
    uint64_t seed = 7421;
    size_t longest = 0;
    (void)state;
    for (int i = 0; i < TREES; i++) {
        json_t *tree = draw_tree(&seed, DEPTH);
        char *wanted = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        struct bh_buf out;
        bh_buf_init(&out, 1 << 20);
        json_canonical(tree, &out);
        assert_string_equal(bh_buf_c(&out), wanted);
        longest = out.len > longest ? out.len : longest;
        bh_buf_done(&out);
        free(wanted);
        json_decref(tree);
    }
    assert_true(longest > 1000);
}

static void too_long_is_told(void **state)
{
    (void)state;
    json_t *tree = json_pack("{s:s}", "a", "0123456789");
    struct bh_buf out;
    bh_buf_init(&out, 8);
    json_canonical(tree, &out);
    assert_true(out.full);
    bh_buf_done(&out);
    json_decref(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_as_the_library),
        cmocka_unit_test(too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
