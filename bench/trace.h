#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H
/*
 * The ceiling: what SQLite alone needs for the same work. The statements that the product ran on a connection are
 * taken down with their values, and run again on another database by a bare loop: prepared once, bound, stepped,
 * nothing else. No JSON, no rules, no hashing, no duty engine, no lookups (reading statements are left out when
 * writes are traced), no append-only triggers.
 *
 * bench/ may call sqlite3 itself: the bare loop must not pay for the layer it is compared with.
 */
#include "store/db.h"

struct trace;

enum trace_what { TRACE_WRITES, TRACE_READS };

struct trace *trace_start(struct db *db, enum trace_what what);
/* Ends the taking down; what was taken stays. */
void trace_stop(struct trace *trace);
void trace_free(struct trace *trace);

struct trace_result {
    double seconds, cpu_seconds;
    int64_t statements, commits, rows; /* rows: read by reading statements */
};

enum replay_mode {
    REPLAY_DURABLE, /* WAL and synchronous=FULL, one transaction for each of the product's */
    REPLAY_SCRATCH, /* as a rebuild writes beside the live tables: no journal, one transaction */
    REPLAY_READ,    /* reads only, one snapshot */
};

/* schema (NULL allowed) is run first, outside the time. */
bool trace_replay(const struct trace *trace, const char *path, enum replay_mode mode,
                  const char *schema, struct trace_result *ret);

#endif
