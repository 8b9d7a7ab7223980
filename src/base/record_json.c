#include "base/photo.h"
#include "base/record.h"
#include "base/time.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Names the place of a failure: the prefix of a list item goes before the field's own name. */
static bool refuse(struct bh_err *err, enum bh_code code, const struct field *field, const char *zh,
                   const char *en)
{
    return bh_fail_field(err, code, field->name, "%s：%s%.0s%.0s", "%.0s%.0s%s: %s", field->zh, zh,
                         field->en, en);
}

static bool read_area(const struct field *field, struct bh_str text, const struct record_edge *edge,
                      int64_t *ret, struct bh_err *err)
{
    if (!edge->area_in)
        return refuse(err, BH_INVALID, field, "此处不能给出区划", "no area can be given here");
    if (edge->area_in(edge->self, text, ret, err))
        return true;
    (void)snprintf(err->field, sizeof err->field, "%s", field->name);
    return false;
}

static bool read_text_int(const struct field *field, struct bh_str text,
                          const struct record_edge *edge, int64_t *ret, struct bh_err *err)
{
    if (field->type == FIELD_TIME) {
        if (bh_time_parse(text, edge->zone_minutes, ret, err))
            return true;
        (void)snprintf(err->field, sizeof err->field, "%s", field->name);
        return false;
    }
    if (field->type == FIELD_AREA)
        return read_area(field, text, edge, ret, err);
    if (field->type == FIELD_ENUM) {
        *ret = choice_index(field->choices, text);
        if (*ret >= 0)
            return true;
        return refuse(err, BH_INVALID, field, "不是允许的取值", "not one of the allowed values");
    }
    return refuse(err, BH_MALFORMED, field, "应为数字", "should be a number");
}

static bool in_range(const struct field *field, int64_t value)
{
    if (field->type == FIELD_INT)
        return (field->min == 0 && field->max == 0) || (value >= field->min && value <= field->max);
    if (field->type == FIELD_REF || field->type == FIELD_PERSON)
        return value >= 1 && value < (INT64_C(1) << 53);
    return true;
}

static bool read_int(const struct field *field, const json_t *json, const struct record_edge *edge,
                     int64_t *ret, struct bh_err *err)
{
    int64_t value = 0;
    if (json_is_string(json)) {
        struct bh_str text = {json_string_value(json), json_string_length(json)};
        if (!read_text_int(field, text, edge, &value, err))
            return false;
    } else if (field->type == FIELD_BOOL) {
        if (!json_is_boolean(json))
            return refuse(err, BH_MALFORMED, field, "应为 true 或 false",
                          "should be true or false");
        value = json_is_true(json);
    } else if (field->type == FIELD_INT || field->type == FIELD_REF ||
               field->type == FIELD_PERSON) {
        if (!json_is_integer(json))
            return refuse(err, BH_MALFORMED, field, "应为整数", "should be a whole number");
        value = json_integer_value(json);
    } else {
        return refuse(err, BH_MALFORMED, field, "应为文字", "should be text");
    }
    if (!in_range(field, value))
        return refuse(err, BH_INVALID, field, "超出允许范围", "out of the allowed range");
    *ret = value;
    return true;
}

static bool text_allowed(const struct field *field, struct bh_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool line = c == '\n' || c == '\t';
        if (c == 0x7f || (c < 0x20 && !(line && (field->flags & FIELD_MULTILINE))))
            return false;
    }
    return true;
}

static bool read_text(const struct field *field, const json_t *json, const struct record_edge *edge,
                      void *at, struct bh_err *err)
{
    if (!json_is_string(json))
        return refuse(err, BH_MALFORMED, field, "应为文字", "should be text");
    struct bh_str text = {json_string_value(json), json_string_length(json)};
    int64_t max = field->max > 0 ? field->max : LIMIT_TEXT_BYTES;
    if ((int64_t)text.len > max)
        return refuse(err, BH_TOO_BIG, field, "太长", "too long");
    if ((int64_t)text.len < field->min && (text.len > 0 || (field->flags & FIELD_REQUIRED)))
        return refuse(err, BH_INVALID, field, "太短", "too short");
    if (!text_allowed(field, text))
        return refuse(err, BH_INVALID, field, "含有控制字符", "holds control characters");
    if (field->type == FIELD_TEXT) {
        *(struct bh_str *)at = bh_arena_str(edge->arena, text);
        return true;
    }
    if (text.len == 0)
        return true;
    if (!edge->seal)
        return refuse(err, BH_INVALID, field, "此处不能给出个人信息",
                      "no personal data can be given here");
    return edge->seal(edge->self, text, (field->flags & FIELD_SEARCHABLE) != 0, at, err);
}

/* Looked at before it is sealed: afterwards nobody can. */
static bool read_photo(const struct field *field, const json_t *json,
                       const struct record_edge *edge, void *at, struct bh_err *err)
{
    if (!json_is_string(json))
        return refuse(err, BH_MALFORMED, field, "应为文字", "should be text");
    size_t len = json_string_length(json), size = 0;
    if (len == 0)
        return true;
    if (len > (size_t)field->max / 3 * 4 + 4)
        return refuse(err, BH_TOO_BIG, field, "太大", "too large");
    char *bytes = bh_arena_try(edge->arena, len);
    if (!bytes || !edge->seal)
        return refuse(err, BH_INVALID, field, "此处不能给出照片", "no photo can be given here");
    if (sodium_base642bin((unsigned char *)bytes, len, json_string_value(json), len, NULL, &size,
                          NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return refuse(err, BH_MALFORMED, field, "应为 base64", "should be base64");
    struct bh_str picture = {bytes, size};
    struct photo photo;
    bool ok = photo_read(picture, &photo, err) &&
              edge->seal(edge->self, picture, (field->flags & FIELD_SEARCHABLE) != 0, at, err);
    sodium_memzero(bytes, len);
    if (!ok)
        (void)snprintf(err->field, sizeof err->field, "%s", field->name);
    return ok;
}

static bool read_field(const struct field *field, const json_t *json,
                       const struct record_edge *edge, void *body, struct bh_err *err);

/* An item with one field may be given as that value alone: ["A1", "A2"]. */
static bool read_item(const struct record *record, const json_t *json,
                      const struct record_edge *edge, void *item, struct bh_err *err)
{
    if (record->field_count != 1 || json_is_object(json))
        return record_from_json(record, json, edge, item, err);
    record_clear(record, item);
    return read_field(&record->fields[0], json, edge, item, err);
}

static bool read_list(const struct field *field, const json_t *json, const struct record_edge *edge,
                      struct bh_list *list, struct bh_err *err)
{
    if (!json_is_array(json))
        return refuse(err, BH_MALFORMED, field, "应为列表", "should be a list");
    size_t count = json_array_size(json);
    size_t max = field->max > 0 ? (size_t)field->max : LIMIT_LIST_ITEMS;
    if (count > max)
        return refuse(err, BH_TOO_BIG, field, "项目太多", "too many items");
    if ((int64_t)count < field->min)
        return refuse(err, BH_INVALID, field, "项目太少", "too few items");
    if (count == 0)
        return true;
    list->items = bh_arena_try(edge->arena, count * field->item->size);
    if (!list->items)
        return refuse(err, BH_TOO_BIG, field, "内容过大", "too large");
    for (size_t i = 0; i < count; i++) {
        void *item = (char *)list->items + i * field->item->size;
        if (!read_item(field->item, json_array_get(json, i), edge, item, err)) {
            char inner[BH_FIELD_MAX];
            memcpy(inner, err->field, sizeof inner);
            (void)snprintf(err->field, sizeof err->field, "%.32s[%zu].%.32s", field->name, i,
                           inner);
            err->row = (int)i + 1;
            return false;
        }
    }
    list->count = count;
    return true;
}

static bool read_field(const struct field *field, const json_t *json,
                       const struct record_edge *edge, void *body, struct bh_err *err)
{
    void *at = (char *)body + field->offset;
    if (json == NULL || json_is_null(json)) {
        if ((field->flags & FIELD_NEW_PERSON) && edge->new_person) {
            *(int64_t *)at = edge->new_person(edge->self);
            return true;
        }
        if (field->flags & FIELD_REQUIRED)
            return refuse(err, BH_INVALID, field, "必须填写", "is required");
        return true;
    }
    if (field->type == FIELD_SELF)
        return refuse(err, BH_INVALID, field, "由系统给出", "is given by the system");
    if (field_is_int(field->type))
        return read_int(field, json, edge, at, err);
    if (field->type == FIELD_LIST)
        return read_list(field, json, edge, at, err);
    if (field->flags & FIELD_PHOTO)
        return read_photo(field, json, edge, at, err);
    return read_text(field, json, edge, at, err);
}

bool record_from_json(const struct record *record, const json_t *json,
                      const struct record_edge *edge, void *body, struct bh_err *err)
{
    if (!json_is_object(json))
        return bh_fail(err, BH_MALFORMED, "应为 JSON 对象", "should be a JSON object");
    record_clear(record, body);
    size_t known = 0;
    for (size_t i = 0; i < record->field_count; i++) {
        const json_t *value = json_object_get(json, record->fields[i].name);
        known += value != NULL;
        if (!read_field(&record->fields[i], value, edge, body, err))
            return false;
    }
    if (known == json_object_size(json))
        return true;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(
        (json_t *)(uintptr_t)json, key,
        value) if (!record_field(record, key)) return bh_fail_field(err, BH_INVALID, key,
                                                                    "没有“%.60s”这个字段",
                                                                    "there is no field '%.60s'",
                                                                    key);
    bh_unreachable("an unknown field that is known");
}

static json_t *sealed_json(struct bh_str text)
{
    size_t size = sodium_base64_ENCODED_LEN(text.len, sodium_base64_VARIANT_ORIGINAL);
    char *out = bh_alloc(size);
    sodium_bin2base64(out, size, (const unsigned char *)text.at, text.len,
                      sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_pack("{s:s}", "sealed", out);
    bh_free(out);
    return json;
}

static json_t *int_json(const struct field *field, int64_t value, const struct record_edge *edge)
{
    char text[BH_TIME_TEXT];
    switch (field->type) {
    case FIELD_TIME: bh_time_format(value, edge->zone_minutes, text); return json_string(text);
    case FIELD_ENUM: return json_string(field->choices[value].name);
    case FIELD_BOOL: return json_boolean(value != 0);
    case FIELD_AREA:
        if (edge->area_out)
            return json_string(edge->area_out(edge->self, value));
        return json_integer(value);
    case FIELD_INT:
    case FIELD_REF:
    case FIELD_SELF:
    case FIELD_PERSON:
    case FIELD_TEXT:
    case FIELD_SEALED:
    case FIELD_LIST: break;
    }
    return json_integer(value);
}

json_t *record_to_json(const struct record *record, const void *body,
                       const struct record_edge *edge)
{
    json_t *object = json_object();
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        json_t *value = NULL;
        if (!field_given(field, body))
            continue;
        if (field_is_int(field->type)) {
            value = int_json(field, field_int(field, body), edge);
        } else if (field->type == FIELD_LIST) {
            const struct bh_list *list = (const void *)((const char *)body + field->offset);
            value = json_array();
            for (size_t k = 0; k < list->count; k++)
                (void)json_array_append_new(
                    value, record_to_json(field->item,
                                          (const char *)list->items + k * field->item->size, edge));
        } else {
            struct bh_str text = field_text(field, body);
            value = field->type == FIELD_SEALED ? sealed_json(text)
                                                : json_stringn_nocheck(text.at, text.len);
        }
        (void)json_object_set_new(object, field->name, value);
    }
    return object;
}
