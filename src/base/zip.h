#ifndef BH_BASE_ZIP_H
#define BH_BASE_ZIP_H
/*
 * Reads the parts of a ZIP archive in memory, one after the other, inflating as they are read: nothing is unpacked
 * further than it is asked for. Refused: encryption, ZIP64, several disks, methods other than stored and deflated,
 * more than ZIP_ENTRIES_MAX parts, a part larger than the reader is told to take, a wrong length or checksum.
 */
#include "base/arena.h"

enum { ZIP_ENTRIES_MAX = 4096 };

struct zip_entry {
    struct bh_str name;
    int method;
    size_t packed_bytes, plain_bytes; /* as the directory says; checked while reading */
    uint32_t crc;
    size_t offset;
};

struct zip {
    struct bh_str file;
    struct zip_entry *entries;
    size_t count;
};

/* file must outlive the archive; the entries lie in the arena. */
BH_MUST_USE bool zip_open(struct zip *zip, struct bh_str file, struct bh_arena *arena,
                          struct bh_err *err);
/* NULL = no such part. */
const struct zip_entry *zip_find(const struct zip *zip, struct bh_str name);

struct zip_reader;
BH_MUST_USE bool zip_reader_new(const struct zip *zip, const struct zip_entry *entry,
                                size_t max_bytes, struct zip_reader **ret, struct bh_err *err);
/* Bytes written to `to`; 0 at the end, or after a failure (zip_reader_failed). */
size_t zip_read(struct zip_reader *reader, char *to, size_t size);
/* NULL = nothing is wrong. */
const struct bh_err *zip_reader_failed(const struct zip_reader *reader);
void zip_reader_free(struct zip_reader *reader); /* NULL allowed */

#endif
