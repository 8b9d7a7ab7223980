#include "api/text_value.h"

json_t *text_value(const struct field *field, struct bh_str text)
{
    int64_t number = 0;
    switch (field ? field->type : FIELD_TEXT) {
    case FIELD_INT:
    case FIELD_REF:
    case FIELD_SELF:
    case FIELD_PERSON:
        if (bh_str_to_int(text, &number))
            return json_integer(number);
        break;
    case FIELD_BOOL:
        if (bh_str_is(text, "true") || bh_str_is(text, "1"))
            return json_true();
        if (bh_str_is(text, "false") || bh_str_is(text, "0"))
            return json_false();
        break;
    case FIELD_ENUM:
    case FIELD_TIME:
    case FIELD_AREA:
    case FIELD_TEXT:
    case FIELD_SEALED:
    case FIELD_LIST: break;
    }
    return json_stringn(text.at, text.len);
}
