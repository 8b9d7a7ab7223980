#ifndef BH_BASE_CSV_H
#define BH_BASE_CSV_H
/* CSV as of RFC 4180: quotes, doubled quotes, line breaks in quotes, LF or CRLF, an optional UTF-8 mark at the
 * start. A quote in the middle of a bare field, a missing end quote and a row over LIMIT_CSV_ROW_BYTES are
 * refused with their line. */
#include "base/arena.h"

enum { CSV_FIELDS_MAX = 256 };

struct csv_reader {
    struct bh_str rest;
    int line; /* of the row just read, 1-based */
    int next_line;
    int row; /* rows read so far, the header is row 1 */
    struct bh_arena *arena;
    struct bh_str
        field[CSV_FIELDS_MAX]; /* of the row just read; live in the arena or in the text */
    int field_count;
    struct bh_err err;
    bool failed;
};

void csv_open(struct csv_reader *reader, struct bh_str text, struct bh_arena *arena);
/* False at the end, or after a failure (reader->failed, reader->err with line). Empty lines are skipped. */
bool csv_next(struct csv_reader *reader);
/* Index of a header column in the row just read, -1 = none. */
int csv_column(const struct csv_reader *reader, const char *name);

/* Appends one field, quoted when it must be; a field that a spreadsheet would take for a formula gets a
 * leading apostrophe. */
void csv_write(struct bh_buf *out, struct bh_str field, bool first);

#endif
