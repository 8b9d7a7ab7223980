#ifndef BH_BASE_TEXT_H
#define BH_BASE_TEXT_H
/*
 * Text and bytes. `struct bh_str` looks at bytes somebody else owns; `struct bh_buf` owns bytes and has
 * a maximum. Both hold UTF-8 once the edge has checked it. C strings live only at library borders.
 */
#include "base/err.h"

struct bh_str {
    const char *at; /* not terminated; NULL when len is 0 is allowed */
    size_t len;
};

#define BH_STR(literal) ((struct bh_str){(literal), sizeof(literal) - 1})

struct bh_str bh_str_of(const char *text); /* NULL gives the empty text */
bool bh_str_is(struct bh_str a, const char *text);
bool bh_str_equal(struct bh_str a, struct bh_str b);
bool bh_str_starts(struct bh_str a, const char *prefix);
struct bh_str bh_str_trim(struct bh_str a); /* without ASCII blanks at both ends */

/* A whole decimal integer, nothing around it. */
BH_MUST_USE bool bh_str_to_int(struct bh_str a, int64_t *ret);

bool bh_utf8_valid(struct bh_str a);
size_t bh_utf8_count(struct bh_str a); /* characters; text must be valid */

struct bh_buf {
    char *at;
    size_t len, size, max;
    bool full; /* something did not fit; checked once at the end instead of at each append */
};

/* Starts empty; never grows over max bytes. */
void bh_buf_init(struct bh_buf *buf, size_t max);
void bh_buf_done(
    struct bh_buf *buf); /* wipes and releases; the buffer may be used again after init */
void bh_buf_reset(struct bh_buf *buf);
void bh_buf_add(struct bh_buf *buf, const void *bytes, size_t len);
void bh_buf_text(struct bh_buf *buf, const char *text);
void bh_buf_str(struct bh_buf *buf, struct bh_str text);
void bh_buf_byte(struct bh_buf *buf, char byte);
void bh_buf_int(struct bh_buf *buf, int64_t value); /* decimal */
void bh_buf_format(struct bh_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct bh_str bh_buf_view(const struct bh_buf *buf);
/* The content as a C string; stays valid until the next change. */
const char *bh_buf_c(struct bh_buf *buf);

/* Lower-case hex. out needs 2 * len + 1 bytes. */
void bh_hex(const void *bytes, size_t len, char *out);
/* Exactly len bytes from 2 * len hex digits. */
BH_MUST_USE bool bh_unhex(struct bh_str hex, void *out, size_t len);

#endif
