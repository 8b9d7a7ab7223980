#include "base/csv.h"

#include "base/limits.h"

#include <string.h>

void csv_open(struct csv_reader *reader, struct bh_str text, struct bh_arena *arena)
{
    memset(reader, 0, sizeof *reader);
    if (bh_str_starts(text, "\xef\xbb\xbf")) {
        text.at += 3;
        text.len -= 3;
    }
    reader->rest = text;
    reader->arena = arena;
    reader->next_line = 1;
}

static bool fail(struct csv_reader *reader, enum bh_code code, const char *zh, const char *en)
{
    /* Each language prints its own text and skips the other's. */
    (void)bh_fail(&reader->err, code, "第 %d 行：%s%.0s", "line %d: %.0s%s", reader->line, zh, en);
    reader->err.line = reader->line;
    reader->err.row = reader->row;
    reader->failed = true;
    return false;
}

static char peek(const struct csv_reader *reader)
{
    return reader->rest.len > 0 ? reader->rest.at[0] : '\n';
}

static void advance(struct csv_reader *reader)
{
    if (reader->rest.at[0] == '\n')
        reader->next_line++;
    reader->rest.at++;
    reader->rest.len--;
}

static bool read_quoted(struct csv_reader *reader, struct bh_str *ret)
{
    const char *start = reader->rest.at + 1;
    size_t doubled = 0;
    advance(reader);
    for (;;) {
        if (reader->rest.len == 0)
            return fail(reader, BH_MALFORMED, "引号没有结束", "a quoted field does not end");
        if (reader->rest.at[0] == '"') {
            if (reader->rest.len < 2 || reader->rest.at[1] != '"')
                break;
            doubled++;
            advance(reader);
        }
        advance(reader);
    }
    size_t raw = (size_t)(reader->rest.at - start);
    advance(reader);
    *ret = (struct bh_str){start, raw};
    if (doubled > 0) {
        char *to = bh_arena_try(reader->arena, raw - doubled + 1);
        if (!to)
            return fail(reader, BH_TOO_BIG, "内容过大", "too large");
        size_t n = 0;
        for (size_t i = 0; i < raw; i++) {
            to[n++] = start[i];
            i += start[i] == '"';
        }
        *ret = (struct bh_str){to, n};
    }
    char after = peek(reader);
    if (after != ',' && after != '\n' && after != '\r')
        return fail(reader, BH_MALFORMED, "结束引号后有多余字符", "text after the closing quote");
    return true;
}

static bool read_bare(struct csv_reader *reader, struct bh_str *ret)
{
    const char *start = reader->rest.at;
    while (reader->rest.len > 0 && !memchr(",\n\r", reader->rest.at[0], 3)) {
        if (reader->rest.at[0] == '"' || reader->rest.at[0] == 0)
            return fail(reader, BH_MALFORMED, "未加引号的字段中有引号",
                        "a quote inside a bare field");
        advance(reader);
    }
    *ret = (struct bh_str){start, (size_t)(reader->rest.at - start)};
    return true;
}

static bool skip_line_end(struct csv_reader *reader)
{
    bool any = false;
    while (reader->rest.len > 0 && (reader->rest.at[0] == '\n' || reader->rest.at[0] == '\r')) {
        advance(reader);
        any = true;
    }
    return any;
}

bool csv_next(struct csv_reader *reader)
{
    if (reader->failed)
        return false;
    (void)skip_line_end(reader);
    if (reader->rest.len == 0)
        return false;
    reader->line = reader->next_line;
    reader->row++;
    reader->field_count = 0;
    const char *start = reader->rest.at;
    for (;;) {
        struct bh_str field = {0};
        if (reader->field_count == CSV_FIELDS_MAX)
            return fail(reader, BH_TOO_BIG, "列太多", "too many columns");
        if (peek(reader) == '"' ? !read_quoted(reader, &field) : !read_bare(reader, &field))
            return false;
        reader->field[reader->field_count++] = field;
        if (reader->rest.at - start > LIMIT_CSV_ROW_BYTES)
            return fail(reader, BH_TOO_BIG, "一行过长", "a row is too long");
        if (reader->rest.len == 0 || reader->rest.at[0] != ',')
            return true;
        advance(reader);
        if (reader->rest.len == 0) { /* a comma at the very end: one more empty field */
            if (reader->field_count < CSV_FIELDS_MAX)
                reader->field[reader->field_count++] = (struct bh_str){0};
            return true;
        }
    }
}

int csv_column(const struct csv_reader *reader, const char *name)
{
    for (int i = 0; i < reader->field_count; i++)
        if (bh_str_is(reader->field[i], name))
            return i;
    return -1;
}

void csv_write(struct bh_buf *out, struct bh_str field, bool first)
{
    bool formula = field.len > 0 && strchr("=+-@\t\r", field.at[0]) != NULL;
    int64_t number = 0;
    if (formula && bh_str_to_int(field, &number))
        formula = false;
    bool quote = formula;
    for (size_t i = 0; i < field.len && !quote; i++)
        quote = strchr(",\"\n\r", field.at[i]) != NULL;
    if (!first)
        bh_buf_byte(out, ',');
    if (!quote) {
        bh_buf_str(out, field);
        return;
    }
    bh_buf_byte(out, '"');
    if (formula)
        bh_buf_byte(out, '\'');
    for (size_t i = 0; i < field.len; i++) {
        if (field.at[i] == '"')
            bh_buf_byte(out, '"');
        bh_buf_byte(out, field.at[i]);
    }
    bh_buf_byte(out, '"');
}
