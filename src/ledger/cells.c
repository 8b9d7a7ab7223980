#include "ledger/cells.h"

#include "base/csv.h"
#include "base/time.h"

#include <inttypes.h>
#include <string.h>

void json_text_write(struct bh_buf *out, struct bh_str text)
{
    bh_buf_byte(out, '"');
    size_t plain = 0; /* start of what needs no escape */
    for (size_t index = 0; index < text.len; index++) {
        unsigned char byte = (unsigned char)text.at[index];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f)
            continue;
        bh_buf_add(out, text.at + plain, index - plain);
        plain = index + 1;
        if (byte == '"' || byte == '\\') {
            bh_buf_byte(out, '\\');
            bh_buf_byte(out, (char)byte);
        } else if (byte == '\n') {
            bh_buf_text(out, "\\n");
        } else {
            bh_buf_format(out, "\\u%04x", byte);
        }
    }
    if (plain < text.len)
        bh_buf_add(out, text.at + plain, text.len - plain);
    bh_buf_byte(out, '"');
}

void cells_begin(struct cells *cells, const struct query *query, enum cells_form form,
                 enum cells_titles titles, int64_t limit, int zone_minutes, struct bh_buf *out)
{
    *cells = (struct cells){.query = query,
                            .form = form,
                            .out = out,
                            .limit = limit,
                            .column = -1,
                            .zone_minutes = zone_minutes};
    if (form == CELLS_JSON) {
        bh_buf_text(out, "{\"rows\":[");
        return;
    }
    bh_buf_text(out, "\xef\xbb\xbf");
    for (const struct column *column = query->columns; column->name; column++) {
        const char *title = titles == CELLS_ZH   ? column->zh
                            : titles == CELLS_EN ? column->en
                                                 : column->name;
        if (column != query->columns)
            bh_buf_byte(out, ',');
        csv_write(out, bh_str_of(title ? title : column->name), true);
    }
    bh_buf_text(out, "\r\n");
}

bool cells_end(struct cells *cells, int64_t position, int64_t now_ms, struct bh_err *err)
{
    bh_assert(cells->column == -1);
    if (cells->form == CELLS_JSON) {
        char now[BH_TIME_TEXT];
        bh_time_format(now_ms, cells->zone_minutes, now);
        bh_buf_text(cells->out, "],\"next\":");
        if (cells->next[0])
            json_text_write(cells->out, bh_str_of(cells->next));
        else
            bh_buf_text(cells->out, "null");
        bh_buf_format(cells->out, ",\"position\":%" PRId64 ",\"now\":\"%s\"}", position, now);
    }
    if (cells->out->full)
        return bh_fail(err, BH_TOO_BIG, "结果太大，请缩小范围",
                       "the answer is too large, narrow it");
    return true;
}

/* Writes what stands before the next cell. */
static void cell_open(struct cells *cells, enum column_type type)
{
    if (cells->column < 0) {
        cells->column = 0;
        if (cells->form == CELLS_JSON)
            bh_buf_text(cells->out, cells->row_count ? ",{" : "{");
    }
    const struct column *column = &cells->query->columns[cells->column];
    bh_assert(column->name);
    bh_assert(column->type == type);
    if (cells->column > 0)
        bh_buf_byte(cells->out, ',');
    if (cells->form == CELLS_JSON) {
        bh_buf_byte(cells->out, '"');
        bh_buf_text(cells->out, column->name);
        bh_buf_text(cells->out, "\":");
    }
    cells->column++;
}

static void cell_nothing(struct cells *cells)
{
    if (cells->form == CELLS_JSON)
        bh_buf_text(cells->out, "null");
}

void cell_int(struct cells *cells, int64_t value)
{
    cell_open(cells, COLUMN_INT);
    if (value == BH_NONE)
        cell_nothing(cells);
    else
        bh_buf_format(cells->out, "%" PRId64, value);
}

static void cell_text_write(struct cells *cells, struct bh_str text)
{
    if (cells->form == CELLS_JSON)
        json_text_write(cells->out, text);
    else
        csv_write(cells->out, text, true);
}

void cell_text(struct cells *cells, struct bh_str text)
{
    cell_open(cells, COLUMN_TEXT);
    cell_text_write(cells, text);
}

void cell_z(struct cells *cells, const char *text)
{
    cell_open(cells, COLUMN_TEXT);
    if (text)
        cell_text_write(cells, bh_str_of(text));
    else
        cell_nothing(cells);
}

void cell_time(struct cells *cells, int64_t at_ms)
{
    cell_open(cells, COLUMN_TIME);
    if (at_ms == BH_NONE) {
        cell_nothing(cells);
        return;
    }
    char text[BH_TIME_TEXT];
    bh_time_format(at_ms, cells->zone_minutes, text);
    if (cells->form == CELLS_JSON)
        bh_buf_format(cells->out, "\"%s\"", text);
    else
        bh_buf_text(cells->out, text);
}

void cell_bool(struct cells *cells, bool value)
{
    cell_open(cells, COLUMN_BOOL);
    bh_buf_text(cells->out, value ? "true" : "false");
}

static int json_part_write(const char *bytes, size_t len, void *self)
{
    struct bh_buf *out = self;
    bh_buf_add(out, bytes, len);
    return 0;
}

void cell_json(struct cells *cells, json_t *value)
{
    cell_open(cells, COLUMN_JSON);
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    if (!value) {
        cell_nothing(cells);
    } else if (cells->form == CELLS_JSON) {
        (void)json_dump_callback(value, json_part_write, cells->out, flags);
    } else {
        struct bh_buf text;
        bh_buf_init(&text, LIMIT_BODY_BYTES);
        (void)json_dump_callback(value, json_part_write, &text, flags);
        csv_write(cells->out, bh_buf_view(&text), true);
        bh_buf_done(&text);
    }
    json_decref(value);
}

bool cells_row(struct cells *cells)
{
    bh_assert(cells->column > 0);
    bh_assert(!cells->query->columns[cells->column].name); /* every column was given */
    bh_buf_text(cells->out, cells->form == CELLS_JSON ? "}" : "\r\n");
    cells->column = -1;
    cells->row_count++;
    return cells->row_count < cells->limit && !cells->out->full;
}

bool cells_leave(const struct cells *cells)
{
    return cells->form == CELLS_CSV;
}

void cells_next(struct cells *cells, struct bh_str cursor)
{
    size_t len = cursor.len < sizeof cells->next ? cursor.len : sizeof cells->next - 1;
    bh_assert(len == cursor.len);
    memcpy(cells->next, cursor.at, len);
    cells->next[len] = 0;
}
