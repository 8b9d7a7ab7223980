#include "api/table_read.h"

#include "base/limits.h"

#include <iconv.h>

/* Spreadsheets in China save GB18030 without saying so. */
bool table_text_convert(struct bh_str file, struct bh_buf *out, struct bh_err *err)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    char part[4096];
    char *from = (char *)(uintptr_t)file.at; /* iconv does not write there */
    size_t left = file.len;
    bool ok = converter != (iconv_t)-1; /* NOLINT: how iconv says no */
    while (ok && left) {
        char *to = part;
        size_t room = sizeof part, before = left;
        size_t result = iconv(converter, &from, &left, &to, &room);
        bh_buf_add(out, part, sizeof part - room);
        ok = result != (size_t)-1 || (left < before && room < 8);
    }
    if (converter != (iconv_t)-1) /* NOLINT */
        (void)iconv_close(converter);
    return ok || bh_fail(err, BH_MALFORMED, "文件既不是 UTF-8 也不是 GB18030",
                         "the file is neither UTF-8 nor GB18030");
}

bool table_open(struct table_reader *reader, struct bh_str file, size_t max, struct bh_err *err)
{
    *reader = (struct table_reader){.book = NULL};
    bh_arena_init(&reader->arena, LIMIT_ARENA_REQUEST);
    bh_buf_init(&reader->text, max);
    if (xlsx_looks_like(file))
        return xlsx_open(file, &reader->book, err) && xlsx_sheet_open(reader->book, 0, err);
    if (!bh_utf8_valid(file)) {
        if (!table_text_convert(file, &reader->text, err))
            return false;
        file = bh_buf_view(&reader->text);
    }
    if (reader->text.full || file.len > max)
        return bh_fail(err, BH_TOO_BIG, "文件太大", "the file is too large");
    csv_open(&reader->csv, file, &reader->arena);
    return true;
}

bool table_next(struct table_reader *reader)
{
    if (reader->book) {
        bool more = xlsx_next(reader->book);
        reader->err = xlsx_failed(reader->book);
        return more;
    }
    bh_arena_reset(&reader->arena);
    bool more = csv_next(&reader->csv);
    reader->err = reader->csv.failed ? &reader->csv.err : NULL;
    return more;
}

int table_row(const struct table_reader *reader)
{
    return reader->book ? xlsx_row_number(reader->book) : reader->csv.row;
}

int table_cell_count(const struct table_reader *reader)
{
    return reader->book ? xlsx_cell_count(reader->book) : reader->csv.field_count;
}

struct bh_str table_cell(const struct table_reader *reader, int column)
{
    if (reader->book)
        return bh_str_trim(xlsx_cell(reader->book, column));
    if (column < 0 || column >= reader->csv.field_count)
        return (struct bh_str){NULL, 0};
    return bh_str_trim(reader->csv.field[column]);
}

void table_done(struct table_reader *reader)
{
    xlsx_free(reader->book);
    bh_buf_done(&reader->text);
    bh_arena_done(&reader->arena);
}
