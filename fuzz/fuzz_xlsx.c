/* A workbook: first byte 0 = the file as it is; else the rest is the XML of a sheet, put into an archive of stored parts,
 * so that the fuzzer need not guess checksums. */
#include "base/arena.h"
#include "base/xlsx.h"

#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void number_add(struct bh_buf *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++, number >>= 8)
        bh_buf_byte(out, (char)(number & 0xff));
}

static void head_add(struct bh_buf *out, struct bh_str text, const char *name)
{
    number_add(out, 20, 8); /* version; flags, method, time */
    number_add(out, 0, 2);
    number_add(out, crc32(0, (const Bytef *)text.at, (uInt)text.len), 4);
    number_add(out, text.len, 4);
    number_add(out, text.len, 4);
    number_add(out, strlen(name), 4); /* name; no extra field */
}

static void part_add(struct bh_buf *out, struct bh_buf *directory, const char *name,
                     struct bh_str text)
{
    size_t offset = out->len;
    number_add(out, 0x04034b50, 4);
    head_add(out, text, name);
    bh_buf_text(out, name);
    bh_buf_str(out, text);
    number_add(directory, 0x02014b50, 4);
    number_add(directory, 20, 2);
    head_add(directory, text, name);
    number_add(directory, 0, 8);
    number_add(directory, 0, 2);
    number_add(directory, offset, 4);
    bh_buf_text(directory, name);
}

static void book_make(struct bh_str sheet, struct bh_buf *out)
{
    struct bh_buf directory;
    bh_buf_init(&directory, 1 << 16);
    part_add(out, &directory, "xl/workbook.xml",
             BH_STR("<workbook><sheets><sheet name=\"a\" r:id=\"r1\"/></sheets></workbook>"));
    part_add(out, &directory, "xl/_rels/workbook.xml.rels",
             BH_STR("<Relationships><Relationship Id=\"r1\" Target=\"s.xml\"/></Relationships>"));
    part_add(out, &directory, "xl/sharedStrings.xml",
             BH_STR("<sst><si><t>one</t></si><si><t>two</t></si></sst>"));
    part_add(out, &directory, "xl/s.xml", sheet);
    size_t at = out->len;
    bh_buf_str(out, bh_buf_view(&directory));
    number_add(out, 0x06054b50, 4);
    number_add(out, 0, 4);
    number_add(out, 4, 2);
    number_add(out, 4, 2);
    number_add(out, directory.len, 4);
    number_add(out, at, 4);
    number_add(out, 0, 2);
    bh_buf_done(&directory);
}

static void rows_read(struct xlsx *book)
{
    int last = 0;
    while (xlsx_next(book)) {
        bh_assert(xlsx_row_number(book) > last);
        bh_assert(xlsx_cell_count(book) > 0 && xlsx_cell_count(book) <= XLSX_CELLS_MAX);
        for (int i = 0; i < xlsx_cell_count(book); i++)
            bh_assert(bh_utf8_valid(xlsx_cell(book, i)));
        last = xlsx_row_number(book);
    }
    bh_assert(!xlsx_failed(book) || xlsx_failed(book)->code != BH_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xlsx *book = NULL;
    struct bh_err err = {.code = BH_OK};
    struct bh_buf made;
    if (size == 0)
        return 0;
    struct bh_str file = {(const char *)data + 1, size - 1};
    bh_buf_init(&made, 4 << 20);
    if (data[0] != 0) {
        book_make(file, &made);
        file = bh_buf_view(&made);
    }
    if (xlsx_open(file, &book, &err)) {
        for (int i = 0; i < xlsx_sheet_count(book); i++)
            if (xlsx_sheet_open(book, i, &err))
                rows_read(book);
    } else {
        bh_assert(err.code != BH_OK && !book);
    }
    xlsx_free(book);
    bh_buf_done(&made);
    return 0;
}
