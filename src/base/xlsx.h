#ifndef BH_BASE_XLSX_H
#define BH_BASE_XLSX_H
/*
 * Reads the cells of an XLSX workbook (ECMA-376) in memory as text, row by row: a million rows pass through without being
 * held. The same as csv.h gives for CSV.
 *
 *     struct xlsx *book;
 *     if (xlsx_open(file, &book, err) && xlsx_sheet_open(book, 0, err)) {
 *         while (xlsx_next(book))
 *             ... xlsx_row_number(book), xlsx_cell(book, 0) .. xlsx_cell(book, xlsx_cell_count(book) - 1)
 *         if (xlsx_failed(book)) ...
 *     }
 *     xlsx_free(book);
 *
 * A cell is what was stored: shared, inline and formula strings as they are, numbers as written in the file ("37.5",
 * "2.2E+17": who types an 18-digit number into a number cell has lost its end), truth values as TRUE and FALSE, errors as
 * "#N/A", dates as the serial number of the day. Runs of rich text are joined; phonetic hints are left out. Rows and cells
 * that are not there are empty.
 *
 * Refused, with a reason: whatever zip.h and xml.h refuse, more than the limits below, a shared string that is not there,
 * a cell or row that goes back.
 */
#include "base/text.h"

enum {
    XLSX_SHEETS_MAX = 64,
    XLSX_ROWS_MAX = 1048576,    /* of the format */
    XLSX_CELLS_MAX = 256,       /* columns that are read; more are refused */
    XLSX_CELL_BYTES = 64 << 10, /* one cell */
    XLSX_ROW_BYTES = 256 << 10,
    XLSX_STRINGS_MAX = 16 << 20,
};
#define XLSX_STRINGS_BYTES ((size_t)512 << 20) /* shared strings, unpacked */
#define XLSX_SHEET_BYTES   ((size_t)2 << 30)   /* one sheet, unpacked; never held */
#define XLSX_PART_BYTES    ((size_t)1 << 20)   /* workbook and relations */

struct xlsx;

/* Reads the list of sheets. file must outlive the book. *ret is made even on failure only to be freed: NULL then. */
BH_MUST_USE bool xlsx_open(struct bh_str file, struct xlsx **ret, struct bh_err *err);
void xlsx_free(struct xlsx *book); /* NULL allowed */

/* True when the bytes begin as a ZIP archive does: not CSV. */
bool xlsx_looks_like(struct bh_str file);

int xlsx_sheet_count(const struct xlsx *book);
const char *xlsx_sheet_name(const struct xlsx *book, int sheet);
/* Starts to read a sheet (0 = first), ending the one before. The first call reads the shared strings. */
BH_MUST_USE bool xlsx_sheet_open(struct xlsx *book, int sheet, struct bh_err *err);

/* The next row with at least one cell. False at the end, or after a failure. */
bool xlsx_next(struct xlsx *book);
int xlsx_row_number(const struct xlsx *book); /* as a spreadsheet shows it, from 1 */
int xlsx_cell_count(const struct xlsx *book); /* up to the last cell that is there */
/* Of the row just read, until the next call; empty when there is no such cell. */
struct bh_str xlsx_cell(const struct xlsx *book, int column);
/* NULL = nothing is wrong; row filled. */
const struct bh_err *xlsx_failed(const struct xlsx *book);

#endif
