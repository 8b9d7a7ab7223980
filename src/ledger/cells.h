#ifndef BH_LEDGER_CELLS_H
#define BH_LEDGER_CELLS_H
/*
 * Where the rows of a query go: JSON objects or CSV lines, written as they come. The functions a query
 * calls (cell_int ... cells_next) are declared in ledger/link.h; these are for whoever runs the query: the
 * HTTP edge, the command line, tests.
 *
 * JSON: {"rows":[{column: value, ...}, ...],"next":cursor or null,"position":seq,"now":time}.
 * CSV: UTF-8 with byte order mark, CRLF, one header row; a text that a spreadsheet would take for a formula
 * gets a leading apostrophe.
 */
#include "ledger/link.h"

enum cells_form { CELLS_JSON, CELLS_CSV };
enum cells_titles { CELLS_NAMES, CELLS_ZH, CELLS_EN }; /* the header row of CSV */

struct cells {
    const struct query *query;
    enum cells_form form;
    struct bh_buf *out;
    int64_t limit, row_count; /* row_count: rows written */
    int column;               /* of the row being written; -1 = between rows */
    int zone_minutes;
    char next[512]; /* cursor, "" = the end */
};

/* Starts the answer in `out`, which the caller owns and which must outlive the cells. At most `limit` rows. */
void cells_begin(struct cells *cells, const struct query *query, enum cells_form form,
                 enum cells_titles titles, int64_t limit, int zone_minutes, struct bh_buf *out);
/* Ends the answer. False when it became larger than the buffer allows (TOO_BIG). */
BH_MUST_USE bool cells_end(struct cells *cells, int64_t position, int64_t now_ms,
                           struct bh_err *err);

/* One JSON string with its quotes. The text must be valid UTF-8. */
void json_text_write(struct bh_buf *out, struct bh_str text);
#endif
