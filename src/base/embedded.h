#ifndef BH_BASE_EMBEDDED_H
#define BH_BASE_EMBEDDED_H
/*
 * Files that travel inside the binary: rules/, data/jilin-2022/ and the built console.
 *
 * The table is made at build time by tools/embed.py, sorted by path. Nothing here allocates;
 * everything returned is constant and lives as long as the process. Any thread may read.
 */
#include <stddef.h>

struct embedded_file {
    const char *path;          /* "rules/plans/base.yaml", "web/index.html": always with '/' */
    const unsigned char *data; /* the file as it is; a zero byte follows that size does not count */
    size_t size;
    const unsigned char *gzip; /* compressed copy, NULL where it would not be smaller */
    size_t gzip_size;
    const char *type;   /* media type with charset, for HTTP */
    const char *sha256; /* of data, 64 lower-case hex digits; usable as ETag */
};

/* The file with exactly this path, or NULL. */
const struct embedded_file *embedded_find(const char *path);

/* Iteration in order of path: index 0 .. embedded_count() - 1. */
size_t embedded_count(void);
const struct embedded_file *embedded_at(size_t index);

/* The first index whose path does not sort before prefix; from there on the files of one folder
 * ("rules/plans/") follow each other. embedded_count() when there is none. */
size_t embedded_lower_bound(const char *prefix);
#endif
