#include "base/record.h"

#include "base/time.h"

#include <string.h>

bool field_is_int(enum field_type type)
{
    return type != FIELD_TEXT && type != FIELD_SEALED && type != FIELD_LIST;
}

static int64_t *int_at(const struct field *field, void *body)
{
    return (int64_t *)(void *)((char *)body + field->offset);
}

int64_t field_int(const struct field *field, const void *body)
{
    bh_assert(field_is_int(field->type));
    return *(const int64_t *)(const void *)((const char *)body + field->offset);
}

static const struct bh_sealed *sealed_of(const struct field *field, const void *body)
{
    return (const void *)((const char *)body + field->offset);
}

static const struct bh_list *list_of(const struct field *field, const void *body)
{
    return (const void *)((const char *)body + field->offset);
}

struct bh_str field_text(const struct field *field, const void *body)
{
    if (field->type == FIELD_SEALED)
        return sealed_of(field, body)->text;
    bh_assert(field->type == FIELD_TEXT);
    return *(const struct bh_str *)(const void *)((const char *)body + field->offset);
}

bool field_given(const struct field *field, const void *body)
{
    if (field_is_int(field->type))
        return field_int(field, body) != BH_NONE;
    if (field->type == FIELD_LIST)
        return list_of(field, body)->count > 0;
    return field_text(field, body).len > 0;
}

const struct field *record_field(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (strcmp(record->fields[i].name, name) == 0)
            return &record->fields[i];
    return NULL;
}

int64_t choice_index(const struct choice *choices, struct bh_str name)
{
    for (int64_t i = 0; choices[i].name; i++)
        if (bh_str_is(name, choices[i].name))
            return i;
    return -1;
}

void record_clear(const struct record *record, void *body)
{
    memset(body, 0, record->size);
    for (size_t i = 0; i < record->field_count; i++)
        if (field_is_int(record->fields[i].type))
            *int_at(&record->fields[i], body) = BH_NONE;
}

static void put_varint(struct bh_buf *out, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    while (value >= 0x80) {
        bytes[n++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    bytes[n++] = (unsigned char)value;
    bh_buf_add(out, bytes, n);
}

/* Zigzag, moved up by one: 0 is left for "not given". BH_NONE itself cannot be a value. */
static void put_int(struct bh_buf *out, int64_t value)
{
    if (value == BH_NONE) {
        put_varint(out, 0);
        return;
    }
    put_varint(out, (((uint64_t)value << 1) ^ (uint64_t)(value >> 63)) + 1);
}

static void put_text(struct bh_buf *out, struct bh_str text)
{
    put_varint(out, text.len);
    bh_buf_str(out, text);
}

void record_encode(const struct record *record, const void *body, struct bh_buf *out)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if (field_is_int(field->type)) {
            put_int(out, field_int(field, body));
        } else if (field->type == FIELD_LIST) {
            const struct bh_list *list = list_of(field, body);
            put_varint(out, list->count);
            for (size_t k = 0; k < list->count; k++)
                record_encode(field->item, (const char *)list->items + k * field->item->size, out);
        } else {
            if (field->type == FIELD_SEALED && (field->flags & FIELD_SEARCHABLE))
                bh_buf_add(out, sealed_of(field, body)->hash, 16);
            put_text(out, field_text(field, body));
        }
    }
}

struct cursor {
    struct bh_str rest;
    struct bh_arena *arena;
};

static bool get_varint(struct cursor *in, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (in->rest.len == 0)
            return false;
        unsigned char byte = (unsigned char)in->rest.at[0];
        in->rest.at++;
        in->rest.len--;
        if (shift == 63 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return byte != 0 || shift == 0; /* only the shortest form */
        }
    }
    return false;
}

static bool get_int(struct cursor *in, int64_t *ret)
{
    uint64_t raw = 0;
    if (!get_varint(in, &raw))
        return false;
    if (raw == 0) {
        *ret = BH_NONE;
        return true;
    }
    raw--;
    *ret = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
    return *ret != BH_NONE;
}

/* A choice that the table does not have, or an instant that nobody accepted, was not written by this program. */
static bool may_be(const struct field *field, int64_t value)
{
    int64_t count = 0;
    if (value == BH_NONE)
        return true;
    if (field->type == FIELD_TIME)
        return value >= BH_TIME_MIN && value <= BH_TIME_MAX;
    if (field->type != FIELD_ENUM)
        return true;
    while (count <= value && field->choices[count].name)
        count++;
    return value >= 0 && value < count;
}

static bool get_bytes(struct cursor *in, size_t len, const char **ret)
{
    if (in->rest.len < len)
        return false;
    *ret = in->rest.at;
    in->rest.at += len;
    in->rest.len -= len;
    return true;
}

static bool get_text(struct cursor *in, struct bh_str *ret)
{
    uint64_t len = 0;
    if (!get_varint(in, &len) || len > in->rest.len)
        return false;
    ret->len = len;
    return get_bytes(in, len, &ret->at);
}

static bool get_record(struct cursor *in, const struct record *record, void *body);

static bool get_list(struct cursor *in, const struct field *field, struct bh_list *list)
{
    uint64_t count = 0;
    /* Each item takes at least one byte, so a count beyond the rest is a lie. */
    if (!get_varint(in, &count) || count > in->rest.len)
        return false;
    list->count = count;
    if (count == 0)
        return true;
    list->items = bh_arena_try(in->arena, count * field->item->size);
    if (!list->items)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!get_record(in, field->item, (char *)list->items + i * field->item->size))
            return false;
    return true;
}

static bool get_record(struct cursor *in, const struct record *record, void *body)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        void *at = (char *)body + field->offset;
        bool ok = true;
        if (field_is_int(field->type)) {
            ok = get_int(in, at) && may_be(field, *(const int64_t *)at);
        } else if (field->type == FIELD_LIST) {
            ok = get_list(in, field, at);
        } else if (field->type == FIELD_SEALED) {
            struct bh_sealed *sealed = at;
            const char *hash = NULL;
            if (field->flags & FIELD_SEARCHABLE) {
                ok = get_bytes(in, sizeof sealed->hash, &hash);
                if (ok)
                    memcpy(sealed->hash, hash, sizeof sealed->hash);
            }
            ok = ok && get_text(in, &sealed->text);
        } else {
            ok = get_text(in, at);
        }
        if (!ok)
            return false;
    }
    return true;
}

bool record_decode(const struct record *record, struct bh_str bytes, struct bh_arena *arena,
                   void *body, struct bh_err *err)
{
    struct cursor in = {bytes, arena};
    if (get_record(&in, record, body) && in.rest.len == 0)
        return true;
    return bh_fail(err, BH_CORRUPT, "记录“%s”的存储内容无法读取",
                   "the stored form of '%s' cannot be read", record->name);
}
