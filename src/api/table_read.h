#ifndef BH_API_TABLE_READ_H
#define BH_API_TABLE_READ_H
/*
 * Rows of a table that a person made: CSV (UTF-8 with or without mark, or GB18030 as spreadsheets in China write it)
 * or the first sheet of an XLSX workbook, told apart by how the bytes begin.
 */
#include "base/csv.h"
#include "base/xlsx.h"

struct table_reader {
    struct xlsx *book;  /* NULL = CSV */
    struct bh_buf text; /* the CSV as UTF-8, when it was not */
    struct bh_arena arena;
    struct csv_reader csv;
    const struct bh_err *err; /* what ended the table early; NULL = nothing */
};

/* file must outlive the reader. max: bytes of the text as UTF-8. Done must follow, also after failure. */
BH_MUST_USE bool table_open(struct table_reader *reader, struct bh_str file, size_t max,
                            struct bh_err *err);
/* False at the end or when what follows cannot be read (reader->err). Empty rows are skipped. */
bool table_next(struct table_reader *reader);
int table_row(const struct table_reader *reader); /* as a person counts: the titles are 1 */
int table_cell_count(const struct table_reader *reader);
/* Without blanks around; empty when there is no such cell. Until the next row. */
struct bh_str table_cell(const struct table_reader *reader, int column);
void table_done(struct table_reader *reader);

/* GB18030 to UTF-8, added to `out`. */
BH_MUST_USE bool table_text_convert(struct bh_str file, struct bh_buf *out, struct bh_err *err);

#endif
