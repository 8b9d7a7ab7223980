#include "base/photo.h"

#include <string.h>

static const unsigned char png_start[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static unsigned byte_at(struct bh_str bytes, size_t at)
{
    return (unsigned char)bytes.at[at];
}

static unsigned word_at(struct bh_str bytes, size_t at)
{
    return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

static uint32_t long_at(struct bh_str bytes, size_t at)
{
    return (uint32_t)word_at(bytes, at) << 16 | word_at(bytes, at + 2);
}

static bool refuse_cut(struct bh_err *err)
{
    return bh_fail(err, BH_INVALID, "照片不完整", "the photo is cut off or damaged");
}

static bool refuse_notes(struct bh_err *err)
{
    return bh_fail(err, BH_INVALID, "照片带有位置或相机信息，请去除后再发",
                   "the photo carries notes of place or camera: send it without them");
}

static bool sides_fit(uint32_t width, uint32_t height, struct photo *ret, struct bh_err *err)
{
    if (width == 0 || height == 0)
        return refuse_cut(err);
    if (width > PHOTO_SIDE_MAX || height > PHOTO_SIDE_MAX)
        return bh_fail(err, BH_TOO_BIG, "照片的边长超过 %d 像素",
                       "a side of the photo is over %d pixels", PHOTO_SIDE_MAX);
    ret->width = (int)width;
    ret->height = (int)height;
    return true;
}

/* A frame header: one of the sixteen but for three that are no frames. */
static bool is_frame(unsigned marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Application notes but for JFIF (0) and Adobe's colours (14), and comments. */
static bool is_note(unsigned marker)
{
    return marker == 0xFE || (marker > 0xE0 && marker <= 0xEF && marker != 0xE2 && marker != 0xEE);
}

/* Segment after segment up to the first scan; the picture itself is not looked at. */
static bool read_jpeg(struct bh_str bytes, struct photo *ret, struct bh_err *err)
{
    size_t at = 2;
    bool frame = false;
    while (at + 4 <= bytes.len) {
        unsigned marker = byte_at(bytes, at + 1);
        size_t size = word_at(bytes, at + 2);
        if (byte_at(bytes, at) != 0xFF || size < 2 || size > bytes.len - at - 2)
            return refuse_cut(err);
        if (is_note(marker))
            return refuse_notes(err);
        if (is_frame(marker)) {
            if (frame || size < 8)
                return refuse_cut(err);
            frame = true;
            if (!sides_fit(word_at(bytes, at + 7), word_at(bytes, at + 5), ret, err))
                return false;
        }
        if (marker == 0xDA)
            return frame || refuse_cut(err);
        at += 2 + size;
    }
    return refuse_cut(err);
}

/* Kinds of chunk that hold words, times or Exif. */
static bool is_note_chunk(struct bh_str bytes, size_t at)
{
    static const char notes[][5] = {"eXIf", "tEXt", "zTXt", "iTXt", "tIME"};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (memcmp(bytes.at + at, notes[i], 4) == 0)
            return true;
    return false;
}

/* Chunk after chunk to the last one. */
static bool read_png(struct bh_str bytes, struct photo *ret, struct bh_err *err)
{
    size_t at = sizeof png_start;
    bool data = false;
    while (bytes.len - at >= 12) {
        size_t size = long_at(bytes, at), kind = at + 4;
        bool first = at == sizeof png_start;
        if (size > bytes.len - at - 12 || first != (memcmp(bytes.at + kind, "IHDR", 4) == 0))
            return refuse_cut(err);
        if (is_note_chunk(bytes, kind))
            return refuse_notes(err);
        if (first &&
            (size != 13 || !sides_fit(long_at(bytes, at + 8), long_at(bytes, at + 12), ret, err)))
            return size == 13 ? false : refuse_cut(err);
        data = data || memcmp(bytes.at + kind, "IDAT", 4) == 0;
        at += 12 + size;
        if (memcmp(bytes.at + kind, "IEND", 4) == 0)
            return (data && at == bytes.len) || refuse_cut(err);
    }
    return refuse_cut(err);
}

bool photo_read(struct bh_str bytes, struct photo *ret, struct bh_err *err)
{
    *ret = (struct photo){PHOTO_JPEG, 0, 0};
    if (bytes.len > PHOTO_BYTES_MAX)
        return bh_fail(err, BH_TOO_BIG, "照片超过 %d KB", "the photo is over %d KB",
                       PHOTO_BYTES_MAX >> 10);
    if (bytes.len > 3 && byte_at(bytes, 0) == 0xFF && byte_at(bytes, 1) == 0xD8 &&
        byte_at(bytes, 2) == 0xFF)
        return read_jpeg(bytes, ret, err);
    ret->kind = PHOTO_PNG;
    if (bytes.len > sizeof png_start && memcmp(bytes.at, png_start, sizeof png_start) == 0)
        return read_png(bytes, ret, err);
    return bh_fail(err, BH_INVALID, "照片应为 JPEG 或 PNG", "a photo should be JPEG or PNG");
}

const char *photo_type(enum photo_kind kind)
{
    return kind == PHOTO_JPEG ? "image/jpeg" : "image/png";
}
