#include "base/text.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct bh_str bh_str_of(const char *text)
{
    return (struct bh_str){text, text ? strlen(text) : 0};
}

bool bh_str_is(struct bh_str a, const char *text)
{
    return bh_str_equal(a, bh_str_of(text));
}

bool bh_str_equal(struct bh_str a, struct bh_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool bh_str_starts(struct bh_str a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && memcmp(a.at, prefix, len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bh_str bh_str_trim(struct bh_str a)
{
    while (a.len > 0 && is_blank(a.at[0])) {
        a.at++;
        a.len--;
    }
    while (a.len > 0 && is_blank(a.at[a.len - 1]))
        a.len--;
    return a;
}

bool bh_str_to_int(struct bh_str a, int64_t *ret)
{
    size_t i = 0;
    bool negative = a.len > 0 && a.at[0] == '-';
    if (negative)
        i++;
    if (i == a.len)
        return false;
    int64_t value = 0;
    for (; i < a.len; i++) {
        if (a.at[i] < '0' || a.at[i] > '9')
            return false;
        int64_t digit = a.at[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) /* negative side reaches INT64_MIN */
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *ret = value;
    return true;
}

/* Bytes of the character at `at`, 0 when it is not valid UTF-8 (overlong, surrogate, cut off). */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    unsigned char c = at[0];
    if (c < 0x80)
        return 1;
    size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || left < need)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) || (c == 0xf0 && at[1] < 0x90) ||
        (c == 0xf4 && at[1] > 0x8f))
        return 0;
    return need;
}

bool bh_utf8_valid(struct bh_str a)
{
    for (size_t i = 0; i < a.len;) {
        size_t n = utf8_length((const unsigned char *)a.at + i, a.len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

size_t bh_utf8_count(struct bh_str a)
{
    size_t count = 0;
    for (size_t i = 0; i < a.len; i++)
        count += ((unsigned char)a.at[i] & 0xc0) != 0x80;
    return count;
}

void bh_buf_init(struct bh_buf *buf, size_t max)
{
    *buf = (struct bh_buf){.max = max};
}

void bh_buf_done(struct bh_buf *buf)
{
    if (buf->at)
        memset(buf->at, 0, buf->size);
    bh_free(buf->at);
    *buf = (struct bh_buf){.max = buf->max};
}

void bh_buf_reset(struct bh_buf *buf)
{
    buf->len = 0;
    buf->full = false;
}

/* One byte more than asked, so that bh_buf_c always has room for its end. */
static bool buf_room(struct bh_buf *buf, size_t more)
{
    if (buf->full || more > buf->max - buf->len) {
        buf->full = true;
        return false;
    }
    if (buf->len + more + 1 > buf->size) {
        size_t size = buf->size ? buf->size * 2 : 256;
        while (size < buf->len + more + 1)
            size *= 2;
        buf->at = bh_realloc(buf->at, size);
        buf->size = size;
    }
    return true;
}

void bh_buf_add(struct bh_buf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !buf_room(buf, len))
        return;
    memcpy(buf->at + buf->len, bytes, len);
    buf->len += len;
}

void bh_buf_text(struct bh_buf *buf, const char *text)
{
    bh_buf_add(buf, text, strlen(text));
}

void bh_buf_str(struct bh_buf *buf, struct bh_str text)
{
    bh_buf_add(buf, text.at, text.len);
}

void bh_buf_byte(struct bh_buf *buf, char byte)
{
    bh_buf_add(buf, &byte, 1);
}

void bh_buf_int(struct bh_buf *buf, int64_t value)
{
    char digits[20]; /* the last first */
    size_t count = sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        digits[--count] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        bh_buf_byte(buf, '-');
    bh_buf_add(buf, digits + count, sizeof digits - count);
}

void bh_buf_format(struct bh_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    bh_assert(need >= 0);
    if (buf_room(buf, (size_t)need)) {
        (void)vsnprintf(buf->at + buf->len, (size_t)need + 1, format, again);
        buf->len += (size_t)need;
    }
    va_end(again);
}

struct bh_str bh_buf_view(const struct bh_buf *buf)
{
    return (struct bh_str){buf->at, buf->len};
}

const char *bh_buf_c(struct bh_buf *buf)
{
    if (!buf->at)
        return "";
    buf->at[buf->len] = 0;
    return buf->at;
}

void bh_hex(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[at[i] >> 4];
        out[2 * i + 1] = digits[at[i] & 15];
    }
    out[2 * len] = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool bh_unhex(struct bh_str hex, void *out, size_t len)
{
    unsigned char *to = out;
    if (hex.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}
