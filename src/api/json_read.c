#include "api/json_read.h"

#include "base/limits.h"

/* Nesting is bounded before the parser sees it, because the parser recurses. */
static bool json_is_shallow(struct bh_str text)
{
    int depth = 0;
    bool quoted = false;
    for (size_t index = 0; index < text.len; index++) {
        char byte = text.at[index];
        if (quoted && byte == '\\')
            index++;
        else if (byte == '"')
            quoted = !quoted;
        else if (!quoted && (byte == '{' || byte == '['))
            depth++;
        else if (!quoted && (byte == '}' || byte == ']'))
            depth--;
        if (depth > LIMIT_JSON_DEPTH)
            return false;
    }
    return true;
}

bool json_read(struct bh_str text, json_t **ret, struct bh_err *err)
{
    json_error_t place;
    if (!json_is_shallow(text))
        return bh_fail(err, BH_TOO_BIG, "JSON 嵌套超过 %d 层", "JSON nested deeper than %d",
                       LIMIT_JSON_DEPTH);
    json_t *json = json_loadb(text.at ? text.at : "", text.len, JSON_REJECT_DUPLICATES, &place);
    if (!json) {
        /* The parser's own words may quote the text, which may be personal: only the place is told. */
        (void)bh_fail(err, BH_MALFORMED, "不是合法的 JSON（第 %d 行第 %d 列）",
                      "not valid JSON (line %d, column %d)", place.line, place.column);
        err->line = place.line > 0 ? place.line : 0;
        err->column = place.column > 0 ? place.column : 0;
        return false;
    }
    if (!json_is_object(json)) {
        json_decref(json);
        return bh_fail(err, BH_MALFORMED, "应为一个 JSON 对象", "a JSON object is expected");
    }
    *ret = json;
    return true;
}

struct bh_str json_text_of(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return (struct bh_str){json_string_value(value), json_string_length(value)};
}
