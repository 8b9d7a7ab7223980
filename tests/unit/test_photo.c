/* Pictures from outside, as far as their headers. */
#include "base/photo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char jpeg[] = {
    0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x06, 'J',  'F',  'I',  'F',  0xFF, 0xC2, 0x00, 0x0B, 0x08,
    0x01, 0x40, 0x02, 0x80, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xDA, 0x00, 0x04, 0x00, 0x00, 0x55,
};
static const unsigned char png[] = {
    0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0,   0,   0,   13, 'I', 'H', 'D',
    'R',  0,   0,   2,   0,    0,    0,    1,    0,   8,   2,   0,  0,   0,   1,
    2,    3,   4,   0,   0,    0,    1,    'I',  'D', 'A', 'T', 9,  1,   2,   3,
    4,    0,   0,   0,   0,    'I',  'E',  'N',  'D', 1,   2,   3,  4,
};

/* The code of the refusal; BH_OK = a photo. */
static enum bh_code told(const void *bytes, size_t len, struct photo *ret)
{
    struct photo photo;
    struct bh_err err = {.code = BH_OK};
    bool ok = photo_read((struct bh_str){bytes, len}, ret ? ret : &photo, &err);
    assert_true(ok == (err.code == BH_OK));
    assert_true(ok || (err.zh[0] && err.en[0]));
    return err.code;
}

static void both_kinds_are_read(void **state)
{
    struct photo photo;
    (void)state;
    assert_int_equal(told(jpeg, sizeof jpeg, &photo), BH_OK);
    assert_int_equal(photo.kind, PHOTO_JPEG);
    assert_int_equal(photo.width, 640);
    assert_int_equal(photo.height, 320);
    assert_string_equal(photo_type(photo.kind), "image/jpeg");
    assert_int_equal(told(png, sizeof png, &photo), BH_OK);
    assert_int_equal(photo.kind, PHOTO_PNG);
    assert_int_equal(photo.width, 512);
    assert_int_equal(photo.height, 256);
    assert_string_equal(photo_type(photo.kind), "image/png");
}

/* Cut anywhere, a PNG is none; a JPEG is one from its first scan on. */
static void what_is_cut_off_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof png; len++)
        assert_int_equal(told(png, len, NULL), BH_INVALID);
    for (size_t len = 0; len < sizeof jpeg - 1; len++)
        assert_int_equal(told(jpeg, len, NULL), BH_INVALID);
}

static void notes_of_the_camera_are_refused(void **state)
{
    unsigned char bytes[sizeof png > sizeof jpeg ? sizeof png : sizeof jpeg];
    static const unsigned char markers[] = {0xE1, 0xE3, 0xED, 0xEF, 0xFE};
    (void)state;
    memcpy(bytes, jpeg, sizeof jpeg);
    for (size_t i = 0; i < sizeof markers; i++) {
        bytes[3] = markers[i];
        assert_int_equal(told(bytes, sizeof jpeg, NULL), BH_INVALID);
    }
    bytes[3] = 0xE2; /* colours */
    assert_int_equal(told(bytes, sizeof jpeg, NULL), BH_OK);
    static const char kinds[][5] = {"eXIf", "tEXt", "zTXt", "iTXt", "tIME"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memcpy(bytes, png, sizeof png);
        memcpy(bytes + 37, kinds[i], 4);
        assert_int_equal(told(bytes, sizeof png, NULL), BH_INVALID);
    }
}

static void sides_are_bounded(void **state)
{
    unsigned char bytes[sizeof png];
    (void)state;
    memcpy(bytes, png, sizeof png);
    bytes[18] = PHOTO_SIDE_MAX >> 8;
    assert_int_equal(told(bytes, sizeof png, NULL), BH_OK);
    bytes[19] = 1;
    assert_int_equal(told(bytes, sizeof png, NULL), BH_TOO_BIG);
    bytes[16] = 0xFF;
    assert_int_equal(told(bytes, sizeof png, NULL), BH_TOO_BIG);
    memset(bytes + 16, 0, 4);
    assert_int_equal(told(bytes, sizeof png, NULL), BH_INVALID);
    memcpy(bytes, jpeg, sizeof jpeg);
    bytes[17] = 0xFF;
    assert_int_equal(told(bytes, sizeof jpeg, NULL), BH_TOO_BIG);
}

static void size_is_bounded(void **state)
{
    static char bytes[PHOTO_BYTES_MAX + 1];
    (void)state;
    memcpy(bytes, jpeg, sizeof jpeg);
    assert_int_equal(told(bytes, PHOTO_BYTES_MAX, NULL), BH_OK);
    assert_int_equal(told(bytes, PHOTO_BYTES_MAX + 1, NULL), BH_TOO_BIG);
}

static void other_formats_are_refused(void **state)
{
    static const char *const others[] = {"",       "GIF89a....",   "RIFF....WEBP",
                                         "<svg/>", "\xFF\xD8\xFF", "BM"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(told(others[i], strlen(others[i]), NULL), BH_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_are_read),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(notes_of_the_camera_are_refused),
        cmocka_unit_test(sides_are_bounded),
        cmocka_unit_test(size_is_bounded),
        cmocka_unit_test(other_formats_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
