#include "base/json_canonical.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

enum { KEYS_SORTED_HERE = 32 };

struct entry {
    const char *key;
    json_t *value;
};

/* Characters below a blank, the quotation mark and the backslash are written otherwise; everything else stands for
 * itself. */
static void escape(struct bh_buf *out, unsigned char byte)
{
    static const char letter[] = "\b\f\n\r\t\"\\", shown[] = "bfnrt\"\\";
    const char *found = byte ? strchr(letter, byte) : NULL;
    if (!found) {
        bh_buf_format(out, "\\u%04X", byte);
        return;
    }
    bh_buf_byte(out, '\\');
    bh_buf_byte(out, shown[found - letter]);
}

static void put_text(struct bh_buf *out, const char *text, size_t len)
{
    size_t plain = 0; /* start of what needs no escape */
    bh_buf_byte(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        bh_buf_add(out, text + plain, i - plain);
        plain = i + 1;
        escape(out, byte);
    }
    bh_buf_add(out, text + plain, len - plain);
    bh_buf_byte(out, '"');
}

static int library_part(const char *bytes, size_t len, void *self)
{
    bh_buf_add(self, bytes, len);
    return 0;
}

/* Fractions, and objects with very many keys: rare enough for the library. */
static void put_by_library(struct bh_buf *out, const json_t *value)
{
    (void)json_dump_callback(value, library_part, out,
                             JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

static void put_value(struct bh_buf *out, const json_t *value);

static void put_object(struct bh_buf *out, json_t *object)
{
    struct entry entries[KEYS_SORTED_HERE];
    size_t count = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        size_t at = count++;
        for (; at > 0 && strcmp(entries[at - 1].key, key) > 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = (struct entry){key, value};
    }
    bh_buf_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            bh_buf_byte(out, ',');
        put_text(out, entries[i].key, strlen(entries[i].key));
        bh_buf_byte(out, ':');
        put_value(out, entries[i].value);
    }
    bh_buf_byte(out, '}');
}

static void put_array(struct bh_buf *out, const json_t *array)
{
    size_t count = json_array_size(array);
    bh_buf_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            bh_buf_byte(out, ',');
        put_value(out, json_array_get(array, i));
    }
    bh_buf_byte(out, ']');
}

static void put_value(struct bh_buf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        if (json_object_size(value) > KEYS_SORTED_HERE)
            put_by_library(out, value);
        else
            put_object(out, (json_t *)(uintptr_t)value);
        return;
    case JSON_ARRAY: put_array(out, value); return;
    case JSON_STRING: put_text(out, json_string_value(value), json_string_length(value)); return;
    case JSON_INTEGER: bh_buf_int(out, json_integer_value(value)); return;
    case JSON_REAL: put_by_library(out, value); return;
    case JSON_TRUE: bh_buf_text(out, "true"); return;
    case JSON_FALSE: bh_buf_text(out, "false"); return;
    case JSON_NULL: bh_buf_text(out, "null"); return;
    }
    bh_unreachable("a JSON value of no type");
}

void json_canonical(const json_t *value, struct bh_buf *out)
{
    put_value(out, value);
}
