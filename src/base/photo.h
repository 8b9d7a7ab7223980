#ifndef BH_BASE_PHOTO_H
#define BH_BASE_PHOTO_H
/*
 * Pictures from outside: JPEG or PNG, looked at only as far as their headers. What carries a place or other notes of the
 * camera (Exif, XMP, text) is refused: no location is taken along by mistake.
 */
#include "base/text.h"

enum {
    PHOTO_BYTES_MAX = 256 << 10,
    PHOTO_SIDE_MAX = 8192, /* pixels; a picture of a few bytes must not unfold into gigabytes */
};

enum photo_kind { PHOTO_JPEG, PHOTO_PNG };
struct photo {
    enum photo_kind kind;
    int width, height;
};

/* Any bytes at all. False: neither of the two, cut off, too large, or with notes; err says which. */
BH_MUST_USE bool photo_read(struct bh_str bytes, struct photo *ret, struct bh_err *err);
const char *photo_type(enum photo_kind kind); /* "image/jpeg" */

#endif
