/* Workbooks for machines and people, written by libxlsxwriter. */
#include "api/edge.h"
#include "os/file.h"

#include <string.h>
#include <xlsxwriter.h>

enum { CELL_BYTES = 256 };

static void write_cell(lxw_worksheet *sheet, size_t row, size_t column, struct bh_str text)
{
    char copy[CELL_BYTES];
    size_t len = text.len < sizeof copy ? text.len : sizeof copy - 1;
    if (len > 0)
        memcpy(copy, text.at, len);
    copy[len] = 0;
    /* Text stays text: a code of digits keeps its zeros and is no formula. */
    (void)worksheet_write_string(sheet, (lxw_row_t)row, (lxw_col_t)column, copy, NULL);
}

bool sheet_xlsx(const char *name, size_t rows, size_t columns,
                struct bh_str (*cell)(void *self, size_t row, size_t column), void *self,
                struct bh_buf *out, struct bh_err *err)
{
    char path[FILE_MEMORY_PATH];
    int handle = -1;
    bh_buf_init(out, LIMIT_BODY_BYTES);
    if (!file_memory_open(&handle, path, err))
        return false;
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *sheet = book ? workbook_add_worksheet(book, name[0] ? name : NULL) : NULL;
    for (size_t row = 0; sheet && row < rows; row++)
        for (size_t column = 0; column < columns; column++)
            write_cell(sheet, row, column, cell(self, row, column));
    bool ok = sheet && workbook_close(book) == LXW_NO_ERROR;
    struct bh_err late;
    bool taken = file_memory_take(handle, LIMIT_BODY_BYTES, out, ok ? err : &late);
    if (!ok)
        return bh_fail(err, BH_IO, "无法生成工作簿", "the workbook could not be made");
    return taken;
}
