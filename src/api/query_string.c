#include "api/query_string.h"

#include <string.h>

static bool refuse(struct bh_err *err)
{
    return bh_fail(err, BH_MALFORMED, "地址中的参数无法读取",
                   "the address or its parameters cannot be read");
}

/* Percent-decodes into the arena; the copy ends with a zero byte that len does not count. */
static bool text_decode(struct bh_str text, bool plus_is_blank, struct bh_arena *arena,
                        struct bh_str *ret, struct bh_err *err)
{
    char *out = bh_arena_try(arena, text.len + 1);
    size_t len = 0;
    if (!out)
        return bh_fail(err, BH_TOO_BIG, "地址太长", "the address is too long");
    for (size_t index = 0; index < text.len; index++) {
        char byte = text.at[index];
        if (byte == '+' && plus_is_blank) {
            byte = ' ';
        } else if (byte == '%') {
            if (text.len - index < 3 ||
                !bh_unhex((struct bh_str){text.at + index + 1, 2}, &byte, 1))
                return refuse(err);
            index += 2;
        }
        if ((unsigned char)byte < 0x20 || byte == 0x7f)
            return refuse(err);
        out[len++] = byte;
    }
    out[len] = 0;
    *ret = (struct bh_str){out, len};
    return bh_utf8_valid(*ret) || refuse(err);
}

static bool pair_add(struct query_string *query, struct bh_str part, struct bh_arena *arena,
                     struct bh_err *err)
{
    const char *equals = memchr(part.at, '=', part.len);
    size_t name_len = equals ? (size_t)(equals - part.at) : part.len;
    size_t value_at = equals ? name_len + 1 : name_len;
    struct bh_str name = {NULL, 0}, value = {NULL, 0}, known;
    if (query->count == QUERY_PAIRS_MAX)
        return bh_fail(err, BH_TOO_BIG, "参数太多", "too many parameters");
    if (!text_decode((struct bh_str){part.at, name_len}, true, arena, &name, err) ||
        !text_decode((struct bh_str){part.at + value_at, part.len - value_at}, true, arena, &value,
                     err))
        return false;
    if (query_string_get(query, name.at, &known))
        return bh_fail_field(err, BH_MALFORMED, name.at, "参数“%s”给出了两次",
                             "parameter %s was given twice", name.at);
    query->pair[query->count++] = (struct query_pair){name.at, value};
    return true;
}

bool query_string_read(struct bh_str text, struct bh_arena *arena, struct query_string *ret,
                       struct bh_err *err)
{
    ret->count = 0;
    while (text.len) {
        const char *end = memchr(text.at, '&', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        if (len && !pair_add(ret, (struct bh_str){text.at, len}, arena, err))
            return false;
        size_t used = end ? len + 1 : len;
        text = (struct bh_str){text.at + used, text.len - used};
    }
    return true;
}

bool query_string_get(const struct query_string *query, const char *name, struct bh_str *ret)
{
    for (size_t index = 0; index < query->count; index++) {
        if (strcmp(query->pair[index].name, name) == 0) {
            *ret = query->pair[index].value;
            return true;
        }
    }
    return false;
}

bool path_read(struct bh_str text, struct bh_arena *arena, const char **ret, struct bh_err *err)
{
    struct bh_str path = {NULL, 0};
    if (!text_decode(text, false, arena, &path, err))
        return false;
    *ret = path.at;
    return true;
}
