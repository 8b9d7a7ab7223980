/* Workbooks made here, byte by byte, and what is read from them. */
#include "base/xlsx.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

/* ---- a small archive writer ---- */

struct part {
    const char *name, *text;
};

struct archive {
    struct bh_buf out, directory;
    int count;
};

static void number_add(struct bh_buf *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++, number >>= 8)
        bh_buf_byte(out, (char)(number & 0xff));
}

/* The fields that the local header and the directory share. */
static void head_add(struct bh_buf *out, bool packed, uint32_t crc, size_t size, size_t plain,
                     const char *name)
{
    number_add(out, 20, 2);
    number_add(out, 0, 2);
    number_add(out, packed ? 8 : 0, 2);
    number_add(out, 0, 4);
    number_add(out, crc, 4);
    number_add(out, size, 4);
    number_add(out, plain, 4);
    number_add(out, strlen(name), 2);
    number_add(out, 0, 2);
}

static void archive_add(struct archive *archive, const char *name, struct bh_str text, bool packed)
{
    size_t room = text.len + text.len / 100 + 64, offset = archive->out.len;
    unsigned char *bytes = bh_alloc(room);
    z_stream stream = {0};
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)text.at, (uInt)text.len);
    size_t size = text.len;
    if (packed) {
        assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        stream.next_in = (z_const Bytef *)(uintptr_t)text.at;
        stream.avail_in = (uInt)text.len;
        stream.next_out = bytes;
        stream.avail_out = (uInt)room;
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        size = room - stream.avail_out;
        (void)deflateEnd(&stream);
    } else {
        memcpy(bytes, text.at, text.len);
    }
    number_add(&archive->out, 0x04034b50, 4);
    head_add(&archive->out, packed, crc, size, text.len, name);
    bh_buf_text(&archive->out, name);
    bh_buf_add(&archive->out, bytes, size);
    number_add(&archive->directory, 0x02014b50, 4);
    number_add(&archive->directory, 20, 2);
    head_add(&archive->directory, packed, crc, size, text.len, name);
    number_add(&archive->directory, 0, 6); /* comment, disk, kind */
    number_add(&archive->directory, 0, 4);
    number_add(&archive->directory, offset, 4);
    bh_buf_text(&archive->directory, name);
    archive->count++;
    bh_free(bytes);
}

static void archive_begin(struct archive *archive)
{
    archive->count = 0;
    bh_buf_init(&archive->out, 64 << 20);
    bh_buf_init(&archive->directory, 1 << 20);
}

static struct bh_str archive_end(struct archive *archive)
{
    size_t at = archive->out.len;
    bh_buf_str(&archive->out, bh_buf_view(&archive->directory));
    number_add(&archive->out, 0x06054b50, 4);
    number_add(&archive->out, 0, 4);
    number_add(&archive->out, (uint64_t)archive->count, 2);
    number_add(&archive->out, (uint64_t)archive->count, 2);
    number_add(&archive->out, archive->directory.len, 4);
    number_add(&archive->out, at, 4);
    number_add(&archive->out, 0, 2);
    return bh_buf_view(&archive->out);
}

static void archive_done(struct archive *archive)
{
    bh_buf_done(&archive->out);
    bh_buf_done(&archive->directory);
}

#define WORKBOOK                                                                                   \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><workbook xmlns:r=\"urn:r\"><sheets>"               \
    "<sheet name=\"名册 &amp; 其他\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"Results\" "    \
    "sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"
#define RELATIONS                                                                                  \
    "<Relationships><Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/>"              \
    "<Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
#define STRINGS                                                                                    \
    "<sst><si><t>社区</t></si><si><r><t>ri</t></r><r><t xml:space=\"preserve\">ch </t></r>"      \
    "<rPh><t>hint</t></rPh></si><si/><si><t><![CDATA[a<b]]]>&#x4e00;&#65;</t></si></sst>"

/* A workbook with this first sheet; NULL texts leave the part out. */
static struct bh_str book_of(struct archive *archive, const char *sheet, bool packed)
{
    const struct part parts[] = {{"xl/workbook.xml", WORKBOOK},
                                 {"xl/_rels/workbook.xml.rels", RELATIONS},
                                 {"xl/sharedStrings.xml", STRINGS},
                                 {"xl/worksheets/sheet1.xml", sheet},
                                 {"xl/worksheets/sheet2.xml",
                                  "<worksheet><sheetData><row><c><v>7</v></c></row></sheetData>"
                                  "</worksheet>"}};
    archive_begin(archive);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        archive_add(archive, parts[i].name, bh_str_of(parts[i].text), packed);
    return archive_end(archive);
}

static void assert_cell(const struct xlsx *book, int column, const char *text)
{
    struct bh_str cell = xlsx_cell(book, column);
    if (!bh_str_is(cell, text))
        fail_msg("column %d is \"%.*s\", not \"%s\"", column, (int)cell.len, cell.at ? cell.at : "",
                 text);
}

#define SHEET(rows) "<worksheet><dimension ref=\"A1\"/><sheetData>" rows "</sheetData></worksheet>"

static void cells_are_read(void **state)
{
    struct archive archive;
    struct xlsx *book = NULL;
    struct bh_err err;
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        struct bh_str file =
            book_of(&archive,
                    SHEET("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" "
                          "t=\"s\"><v>1</v></c></row>"
                          "<row r=\"2\" spans=\"1:3\"/><!-- nothing --><row r=\"5\"><c "
                          "r=\"B5\"><v>2.50</v></c>"
                          "<c r=\"C5\" t=\"b\"><v>1</v></c><c r=\"D5\" "
                          "t=\"inlineStr\"><is><t>x&lt;y</t></is></c>"
                          "<c r=\"E5\" t=\"str\"><f>A1&amp;B1</f><v>sum</v></c><c r=\"F5\" "
                          "t=\"e\"><v>#N/A</v></c>"
                          "<c r=\"AA5\" t=\"s\"><v>3</v></c><c r=\"AB5\" s=\"1\"/></row>"),
                    packed == 1);
        assert_true(xlsx_looks_like(file));
        assert_true(xlsx_open(file, &book, &err));
        assert_int_equal(xlsx_sheet_count(book), 2);
        assert_string_equal(xlsx_sheet_name(book, 0), "名册 & 其他");
        assert_string_equal(xlsx_sheet_name(book, 1), "Results");
        assert_true(xlsx_sheet_open(book, 0, &err));
        assert_true(xlsx_next(book));
        assert_int_equal(xlsx_row_number(book), 1);
        assert_int_equal(xlsx_cell_count(book), 3);
        assert_cell(book, 0, "社区");
        assert_cell(book, 1, "");
        assert_cell(book, 2, "rich ");
        assert_cell(book, 3, "");
        assert_true(xlsx_next(book));
        assert_int_equal(xlsx_row_number(book), 5);
        assert_int_equal(xlsx_cell_count(book), 27);
        assert_cell(book, 0, "");
        assert_cell(book, 1, "2.50");
        assert_cell(book, 2, "TRUE");
        assert_cell(book, 3, "x<y");
        assert_cell(book, 4, "sum");
        assert_cell(book, 5, "#N/A");
        assert_cell(book, 26, "a<b]一A");
        assert_false(xlsx_next(book));
        assert_null(xlsx_failed(book));
        /* Another sheet, and the first again. */
        assert_true(xlsx_sheet_open(book, 1, &err));
        assert_true(xlsx_next(book));
        assert_cell(book, 0, "7");
        assert_true(xlsx_sheet_open(book, 0, &err));
        assert_true(xlsx_next(book));
        assert_false(xlsx_sheet_open(book, 2, &err));
        xlsx_free(book);
        archive_done(&archive);
    }
}

/* Rows are told, what cannot be read is refused, and rows before it stand. */
static void broken_sheets_are_refused(void **state)
{
    static const struct {
        const char *sheet;
        enum bh_code code;
        int row;
    } cases[] = {
        {SHEET("<row r=\"2\"/><row r=\"2\"/>"), BH_MALFORMED, 2},
        {SHEET("<row r=\"1048577\"/>"), BH_TOO_BIG, 0},
        {SHEET("<row r=\"3\"><c r=\"B3\"><v>1</v></c><c r=\"A3\"><v>1</v></c></row>"), BH_MALFORMED,
         3},
        {SHEET("<row r=\"3\"><c r=\"IW3\"><v>1</v></c></row>"), BH_TOO_BIG, 3},
        {SHEET("<row r=\"4\"><c t=\"s\"><v>4</v></c></row>"), BH_MALFORMED, 4},
        {SHEET("<row r=\"4\"><c t=\"s\"><v>-1</v></c></row>"), BH_MALFORMED, 4},
        {SHEET("<row r=\"4\"><c t=\"s\"><v>x</v></c></row>"), BH_MALFORMED, 4},
        {"<worksheet><sheetData><row r=\"6\"><c><v>1", BH_MALFORMED, 6},
        {"<worksheet><sheetData><row r=\"6\"><c><v>&nope;</v></c>", BH_MALFORMED, 6},
        {"<worksheet><sheetData><row r=\"6\"><c><v>\xff</v></c>", BH_MALFORMED, 6},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet/>", BH_MALFORMED, 0},
        {"<worksheet a=b/>", BH_MALFORMED, 0},
        {"<worksheet></worksheet></worksheet>", BH_MALFORMED, 0},
        {"<worksheet><a", BH_MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct archive archive;
        struct xlsx *book = NULL;
        struct bh_err err;
        struct bh_str file = book_of(&archive, cases[i].sheet, true);
        assert_true(xlsx_open(file, &book, &err));
        assert_true(xlsx_sheet_open(book, 0, &err));
        for (int row = 0; xlsx_next(book);)
            assert_true(row++ < 10);
        if (!xlsx_failed(book))
            fail_msg("case %zu was taken", i);
        assert_int_equal(xlsx_failed(book)->code, cases[i].code);
        if (cases[i].row > 0)
            assert_int_equal(xlsx_failed(book)->row, cases[i].row);
        assert_false(xlsx_next(book));
        xlsx_free(book);
        archive_done(&archive);
    }
}

/* Each byte changed, each length cut: an answer in any case, and never the cells of another file. */
static void damaged_archives_are_refused(void **state)
{
    struct archive archive;
    struct bh_str file = book_of(&archive, SHEET("<row><c t=\"s\"><v>0</v></c></row>"), true);
    char *copy = bh_alloc(file.len);
    size_t read = 0;
    (void)state;
    for (size_t i = 0; i < 2 * file.len; i++) {
        struct xlsx *book = NULL;
        struct bh_err err;
        memcpy(copy, file.at, file.len);
        if (i < file.len)
            copy[i] = (char)(copy[i] ^ 0x55);
        struct bh_str damaged = {copy, i < file.len ? file.len : i - file.len};
        if (xlsx_open(damaged, &book, &err) && xlsx_sheet_open(book, 0, &err) && xlsx_next(book)) {
            assert_cell(book, 0, "社区");
            read++;
        }
        xlsx_free(book);
    }
    assert_true(read < file.len / 2); /* dates and names of parts not looked at */
    bh_free(copy);
    archive_done(&archive);
}

/* What unpacks to more than it says is stopped by the limit, not by the memory. */
static void bombs_are_refused(void **state)
{
    struct archive archive;
    struct xlsx *book = NULL;
    struct bh_err err;
    size_t size = (size_t)2 << 20;
    char *blanks = bh_alloc(size);
    (void)state;
    memset(blanks, ' ', size);
    archive_begin(&archive);
    archive_add(&archive, "xl/workbook.xml", (struct bh_str){blanks, size}, true);
    assert_false(xlsx_open(archive_end(&archive), &book, &err));
    assert_null(book);
    assert_int_equal(err.code, BH_TOO_BIG);
    archive_done(&archive);
    bh_free(blanks);
}

static void others_are_refused(void **state)
{
    static const char *const files[] = {"", "PK", "a,b\n1,2\n",
                                        "PK\x03\x04 not an archive at all, only a beginning"};
    struct xlsx *book = NULL;
    struct bh_err err;
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_false(xlsx_open(bh_str_of(files[i]), &book, &err));
        assert_int_equal(err.code, BH_MALFORMED);
        assert_true(err.zh[0] && err.en[0]);
    }
    assert_false(xlsx_looks_like(BH_STR("a,b\n")));
}

/* Text over a buffer's end, in a file large enough for many. */
static void many_rows_pass(void **state)
{
    enum { ROWS = 20000 };
    struct archive archive;
    struct xlsx *book = NULL;
    struct bh_err err;
    struct bh_buf sheet;
    char text[64];
    (void)state;
    bh_buf_init(&sheet, 32 << 20);
    bh_buf_text(&sheet, "<worksheet><sheetData>");
    for (int i = 1; i <= ROWS; i++)
        bh_buf_format(&sheet,
                      "<row r=\"%d\"><c r=\"A%d\" t=\"inlineStr\"><is><t>第%d号楼</t></is></c>"
                      "<c r=\"B%d\"><v>%d</v></c></row>",
                      i, i, i, i, i * 3);
    bh_buf_text(&sheet, "</sheetData></worksheet>");
    struct bh_str file = book_of(&archive, bh_buf_c(&sheet), true);
    assert_true(xlsx_open(file, &book, &err));
    assert_true(xlsx_sheet_open(book, 0, &err));
    for (int i = 1; i <= ROWS; i++) {
        assert_true(xlsx_next(book));
        assert_int_equal(xlsx_row_number(book), i);
        (void)snprintf(text, sizeof text, "第%d号楼", i);
        assert_cell(book, 0, text);
        (void)snprintf(text, sizeof text, "%d", i * 3);
        assert_cell(book, 1, text);
    }
    assert_false(xlsx_next(book));
    assert_null(xlsx_failed(book));
    xlsx_free(book);
    archive_done(&archive);
    bh_buf_done(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_read),
        cmocka_unit_test(broken_sheets_are_refused),
        cmocka_unit_test(damaged_archives_are_refused),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(many_rows_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
