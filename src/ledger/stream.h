#ifndef BH_LEDGER_STREAM_H
#define BH_LEDGER_STREAM_H
/*
 * The log as a file of raw rows, for copies that grow elsewhere. Personal fields stay encrypted in it, as they
 * are in the log. Rows only ever go to its end; a last record that was cut off in the middle is no damage.
 *
 *   file     "bihuan-log 1\n"                                13 bytes, then records
 *
 *   record   0        4        8            8 + n       16 + n
 *            +--------+--------+------------+-----------+
 *            | "ROW\n"| n      | row        | checksum  |     n: uint32; integers little endian
 *            +--------+--------+------------+-----------+
 *            checksum: BLAKE2b-64 of all bytes of the record before it
 *
 *   row      0                        80     81       82          82 + k
 *            +------------------------+------+--------+-----------+---------+----------+--------+
 *            | ten int64, as hashed   | k    | r      | key       | request | hash     | body   |
 *            | (order as in log.h)    | 0,16 | 0,16   | k bytes   | r bytes | 32 bytes | rest   |
 *            +------------------------+------+--------+-----------+---------+----------+--------+
 */
#include "ledger/log.h"

enum {
    STREAM_HEAD = 13,
    STREAM_ROW_FIXED = 82,
    STREAM_FRAME = 16, /* of a record around its row */
    STREAM_ROW_MAX = STREAM_ROW_FIXED + LOG_KEY + LOG_REQUEST + LOG_HASH + LIMIT_EVENT_BYTES,
};

enum stream_found {
    STREAM_ROW, /* one whole record */
    STREAM_SHORT, /* the bytes end before the record does: the end of the file, or more must be read */
    STREAM_BAD, /* no record can begin like this */
};

extern const char stream_head[]; /* what a file begins with, STREAM_HEAD bytes */

/* Appends one record. */
void stream_encode(const struct log_row *row, struct bh_buf *out);
/* Reads the record at the start of `bytes`; the texts of *ret point into it, *ret_used is its length. Both are
 * untouched unless a row was found. */
enum stream_found stream_decode(struct bh_str bytes, struct log_row *ret, size_t *ret_used);

/* A stream file read from its start, record by record. */
struct stream_file {
    void *handle;
    char *window; /* bytes read and not yet used */
    size_t at, len;
    int64_t bytes; /* of the head and of all records given so far */
    bool ended;
};

/* MALFORMED when the file is no stream. */
BH_MUST_USE bool stream_file_open(const char *path, struct stream_file *ret, struct bh_err *err);
/* STREAM_SHORT: the end; stream_file_rest tells how many bytes of a cut-off record lie there. The row is valid
 * until the next call. False when the file could not be read. */
BH_MUST_USE bool stream_file_next(struct stream_file *file, enum stream_found *ret_found,
                                  struct log_row *ret, struct bh_err *err);
int64_t stream_file_rest(const struct stream_file *file);
void stream_file_close(struct stream_file *file);

#endif
