#include "base/xlsx.h"

#include "base/xml.h"
#include "base/zip.h"

#include <stdio.h>
#include <string.h>

enum { SHEET_NAME_BYTES = 128, PART_NAME_BYTES = 256, ARENA_BYTES = 4 << 20 };

struct sheet {
    char name[SHEET_NAME_BYTES];
    char relation[XML_NAME_MAX];
    char part[PART_NAME_BYTES];
};

/* Where the text of a cell lies in `row`. */
struct cell {
    size_t from, len;
};

struct xlsx {
    struct bh_arena arena;
    struct zip zip;
    struct sheet sheets[XLSX_SHEETS_MAX];
    int sheet_count;

    bool strings_read;
    struct bh_buf strings; /* all shared strings, one after the other */
    size_t *string_end;    /* of each, in `strings` */
    size_t string_count, string_room;

    struct zip_reader *reader; /* of the sheet that is open */
    struct xml xml;
    bool in_sheet, in_rows, failed;
    struct bh_buf row, value;
    struct cell cells[XLSX_CELLS_MAX];
    int cell_count, row_number;
    struct bh_err err;
};

bool xlsx_looks_like(struct bh_str file)
{
    return bh_str_starts(file, "PK\x03\x04");
}

static size_t read_part(void *self, char *to, size_t size)
{
    return zip_read(self, to, size);
}

static bool part_open(struct xlsx *book, const char *part, size_t max_bytes, size_t text_max,
                      struct bh_err *err)
{
    const struct zip_entry *entry = zip_find(&book->zip, bh_str_of(part));
    if (!entry)
        return bh_fail(err, BH_MALFORMED, "工作簿缺少 %.100s", "the workbook has no %.100s", part);
    if (!zip_reader_new(&book->zip, entry, max_bytes, &book->reader, err))
        return false;
    xml_open(&book->xml, read_part, book->reader, text_max);
    return true;
}

/* False when reading the part had failed. Both the archive and the XML can say so. */
static bool part_close(struct xlsx *book, struct bh_err *err)
{
    const struct bh_err *broken = book->reader ? zip_reader_failed(book->reader) : NULL;
    bool ok = !broken && !book->xml.failed;
    if (!ok)
        *err = broken ? *broken : book->xml.err;
    zip_reader_free(book->reader);
    book->reader = NULL;
    xml_done(&book->xml);
    return ok;
}

/* ---- workbook ---- */

static void take_sheet(struct xlsx *book)
{
    const char *name = xml_attribute(&book->xml, "name"), *id = xml_attribute(&book->xml, "id");
    if (book->sheet_count == XLSX_SHEETS_MAX || !id)
        return;
    struct sheet *sheet = &book->sheets[book->sheet_count++];
    (void)snprintf(sheet->name, sizeof sheet->name, "%s", name ? name : "");
    (void)snprintf(sheet->relation, sizeof sheet->relation, "%.63s", id);
}

/* Targets stand below xl/ unless they begin with a slash. */
static void take_relation(struct xlsx *book)
{
    const char *id = xml_attribute(&book->xml, "Id"), *target = xml_attribute(&book->xml, "Target");
    for (int i = 0; id && target && i < book->sheet_count; i++) {
        struct sheet *sheet = &book->sheets[i];
        if (strcmp(sheet->relation, id) == 0)
            (void)snprintf(sheet->part, sizeof sheet->part, "%s%.240s",
                           target[0] == '/' ? "" : "xl/", target[0] == '/' ? target + 1 : target);
    }
}

static bool elements_each(struct xlsx *book, const char *part, const char *element,
                          void (*take)(struct xlsx *book), struct bh_err *err)
{
    if (!part_open(book, part, XLSX_PART_BYTES, XLSX_CELL_BYTES, err))
        return false;
    for (enum xml_token token = xml_next(&book->xml); token != XML_END;
         token = xml_next(&book->xml))
        if (token == XML_OPEN && strcmp(book->xml.name, element) == 0)
            take(book);
    return part_close(book, err);
}

bool xlsx_open(struct bh_str file, struct xlsx **ret, struct bh_err *err)
{
    struct xlsx *book = bh_alloc(sizeof *book);
    memset(book, 0, sizeof *book);
    bh_arena_init(&book->arena, ARENA_BYTES);
    bh_buf_init(&book->strings, XLSX_STRINGS_BYTES);
    bh_buf_init(&book->row, XLSX_ROW_BYTES);
    bh_buf_init(&book->value, XLSX_CELL_BYTES);
    bool ok = zip_open(&book->zip, file, &book->arena, err) &&
              elements_each(book, "xl/workbook.xml", "sheet", take_sheet, err) &&
              elements_each(book, "xl/_rels/workbook.xml.rels", "Relationship", take_relation, err);
    if (ok && book->sheet_count == 0)
        ok = bh_fail(err, BH_MALFORMED, "工作簿没有工作表", "the workbook has no sheet");
    if (!ok) {
        xlsx_free(book);
        book = NULL;
    }
    *ret = book;
    return ok;
}

void xlsx_free(struct xlsx *book)
{
    struct bh_err ignored;
    if (!book)
        return;
    if (book->in_sheet)
        (void)part_close(book, &ignored);
    zip_reader_free(book->reader);
    bh_buf_done(&book->strings);
    bh_buf_done(&book->row);
    bh_buf_done(&book->value);
    bh_free(book->string_end);
    bh_arena_done(&book->arena);
    bh_free(book);
}

int xlsx_sheet_count(const struct xlsx *book)
{
    return book->sheet_count;
}

const char *xlsx_sheet_name(const struct xlsx *book, int sheet)
{
    return book->sheets[sheet].name;
}

/* ---- texts ---- */

/* After the opening tag of si or is: everything in its t elements, but for phonetic hints. */
static bool take_string(struct xlsx *book, struct bh_buf *out)
{
    int until = book->xml.depth - 1, hint = 0;
    bool in_text = false;
    while (book->xml.depth > until) {
        enum xml_token token = xml_next(&book->xml);
        const char *name = book->xml.name;
        if (token == XML_END)
            return false;
        if (token == XML_TEXT && in_text && hint == 0)
            bh_buf_str(out, bh_buf_view(&book->xml.text));
        if (token == XML_OPEN || token == XML_CLOSE) {
            in_text = token == XML_OPEN && strcmp(name, "t") == 0;
            if (strcmp(name, "rPh") == 0)
                hint += token == XML_OPEN ? 1 : -1;
        }
    }
    return true;
}

static bool string_add(struct xlsx *book, struct bh_err *err)
{
    if (book->strings.full || book->string_count == XLSX_STRINGS_MAX)
        return bh_fail(err, BH_TOO_BIG, "工作簿的文字太多", "the workbook has too many texts");
    if (book->string_count == book->string_room) {
        book->string_room = book->string_room ? book->string_room * 2 : 1024;
        book->string_end =
            bh_realloc(book->string_end, book->string_room * sizeof *book->string_end);
    }
    book->string_end[book->string_count++] = book->strings.len;
    return true;
}

/* A workbook without shared strings has no such part. */
static bool strings_read(struct xlsx *book, struct bh_err *err)
{
    static const char part[] = "xl/sharedStrings.xml";
    bool ok = true;
    if (book->strings_read || !zip_find(&book->zip, bh_str_of(part)))
        return true;
    book->strings_read = true;
    if (!part_open(book, part, XLSX_STRINGS_BYTES, XLSX_CELL_BYTES, err))
        return false;
    for (enum xml_token token = xml_next(&book->xml); ok && token != XML_END;
         token = xml_next(&book->xml))
        if (token == XML_OPEN && strcmp(book->xml.name, "si") == 0)
            ok = take_string(book, &book->strings) && string_add(book, err);
    struct bh_err closing;
    bool closed = part_close(book, &closing);
    if (!closed)
        *err = closing;
    return ok && closed;
}

bool xlsx_sheet_open(struct xlsx *book, int sheet, struct bh_err *err)
{
    struct bh_err before;
    if (sheet < 0 || sheet >= book->sheet_count)
        return bh_fail(err, BH_MISSING, "没有这个工作表", "there is no such sheet");
    if (book->in_sheet)
        (void)part_close(book, &before);
    book->in_sheet = book->in_rows = book->failed = false;
    book->row_number = book->cell_count = 0;
    if (!strings_read(book, err) ||
        !part_open(book, book->sheets[sheet].part, XLSX_SHEET_BYTES, XLSX_CELL_BYTES, err))
        return false;
    book->in_sheet = true;
    return true;
}

/* ---- rows ---- */

static bool fail(struct xlsx *book, enum bh_code code, const char *zh, const char *en)
{
    if (!book->failed)
        (void)bh_fail(&book->err, code, "第 %d 行：%s%.0s", "row %d: %.0s%s", book->row_number, zh,
                      en);
    book->err.row = book->row_number;
    book->failed = true;
    return false;
}

/* What broke below is told as it is. */
static bool fail_below(struct xlsx *book)
{
    const struct bh_err *broken = zip_reader_failed(book->reader);
    if (!broken && book->xml.failed)
        broken = &book->xml.err;
    if (!broken)
        return fail(book, BH_MALFORMED, "工作表不完整", "the sheet is not complete");
    book->err = *broken;
    book->err.row = book->row_number;
    book->failed = true;
    return false;
}

/* "AB12" is column 27; -1 when it is none. */
static int column_of(const char *reference)
{
    int column = 0;
    if (*reference < 'A' || *reference > 'Z')
        return -1;
    for (; *reference >= 'A' && *reference <= 'Z' && column <= XLSX_CELLS_MAX; reference++)
        column = column * 26 + (*reference - 'A' + 1);
    return column - 1;
}

static bool shared_text(struct xlsx *book, struct bh_str number, struct bh_str *ret)
{
    int64_t index = 0;
    if (!bh_str_to_int(bh_str_trim(number), &index) || index < 0 ||
        (size_t)index >= book->string_count)
        return fail(book, BH_MALFORMED, "引用了不存在的文字", "it names a text that is not there");
    size_t from = index > 0 ? book->string_end[index - 1] : 0;
    size_t len = book->string_end[index] - from;
    *ret = (struct bh_str){len > 0 ? book->strings.at + from : NULL, len};
    return true;
}

static bool cell_put(struct xlsx *book, int column, struct bh_str text)
{
    while (book->cell_count <= column)
        book->cells[book->cell_count++] = (struct cell){0, 0};
    book->cells[column] = (struct cell){book->row.len, text.len};
    bh_buf_str(&book->row, text);
    return !book->row.full || fail(book, BH_TOO_BIG, "行太长", "it is too long");
}

/* The stored value, after the opening tag of c up to its end. */
static bool value_read(struct xlsx *book)
{
    int until = book->xml.depth - 1;
    bool in_value = false;
    bh_buf_reset(&book->value);
    while (book->xml.depth > until) {
        enum xml_token token = xml_next(&book->xml);
        if (token == XML_END)
            return fail_below(book);
        if (token == XML_TEXT && in_value)
            bh_buf_str(&book->value, bh_buf_view(&book->xml.text));
        if (token == XML_OPEN && strcmp(book->xml.name, "is") == 0) {
            if (!take_string(book, &book->value))
                return fail_below(book);
        } else if (token == XML_OPEN || token == XML_CLOSE) {
            in_value = token == XML_OPEN && strcmp(book->xml.name, "v") == 0;
        }
    }
    return !book->value.full || fail(book, BH_TOO_BIG, "单元格太长", "a cell is too long");
}

/* After the opening tag of c. */
static bool cell_read(struct xlsx *book)
{
    const char *reference = xml_attribute(&book->xml, "r"), *type = xml_attribute(&book->xml, "t");
    int column = reference ? column_of(reference) : book->cell_count;
    bool shared = type && strcmp(type, "s") == 0, truth = type && strcmp(type, "b") == 0;
    if (column >= XLSX_CELLS_MAX)
        return fail(book, BH_TOO_BIG, "列太多", "it has too many columns");
    if (column < book->cell_count)
        return fail(book, BH_MALFORMED, "单元格次序错误", "its cells are out of order");
    if (!value_read(book))
        return false;
    struct bh_str text = bh_buf_view(&book->value);
    if (text.len == 0)
        return true;
    if (shared && !shared_text(book, text, &text))
        return false;
    if (truth)
        text = bh_str_is(text, "1") ? BH_STR("TRUE") : BH_STR("FALSE");
    return cell_put(book, column, text);
}

/* After the opening tag of row: its cells. */
static bool row_read(struct xlsx *book)
{
    const char *number = xml_attribute(&book->xml, "r");
    int64_t row = book->row_number + 1;
    int until = book->xml.depth - 1;
    if (number && (!bh_str_to_int(bh_str_of(number), &row) || row <= book->row_number))
        return fail(book, BH_MALFORMED, "行次序错误", "rows are out of order");
    if (row > XLSX_ROWS_MAX)
        return fail(book, BH_TOO_BIG, "行数太多", "there are too many rows");
    book->row_number = (int)row;
    book->cell_count = 0;
    bh_buf_reset(&book->row);
    while (book->xml.depth > until) {
        enum xml_token token = xml_next(&book->xml);
        if (token == XML_END)
            return fail_below(book);
        if (token == XML_OPEN && strcmp(book->xml.name, "c") == 0 && !cell_read(book))
            return false;
    }
    return true;
}

bool xlsx_next(struct xlsx *book)
{
    while (book->in_sheet && !book->failed) {
        enum xml_token token = xml_next(&book->xml);
        if (token == XML_END) {
            if (zip_reader_failed(book->reader) || book->xml.failed)
                (void)fail_below(book);
            return false;
        }
        if (token == XML_OPEN && strcmp(book->xml.name, "row") == 0) {
            if (!row_read(book))
                return false;
            if (book->cell_count > 0)
                return true;
        }
    }
    return false;
}

int xlsx_row_number(const struct xlsx *book)
{
    return book->row_number;
}

int xlsx_cell_count(const struct xlsx *book)
{
    return book->cell_count;
}

struct bh_str xlsx_cell(const struct xlsx *book, int column)
{
    if (column < 0 || column >= book->cell_count || book->cells[column].len == 0)
        return (struct bh_str){NULL, 0};
    return (struct bh_str){book->row.at + book->cells[column].from, book->cells[column].len};
}

const struct bh_err *xlsx_failed(const struct xlsx *book)
{
    return book->failed ? &book->err : NULL;
}
