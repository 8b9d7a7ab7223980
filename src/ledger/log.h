#ifndef BH_LEDGER_LOG_H
#define BH_LEDGER_LOG_H
/*
 * The append-only log. One row an event:
 *
 *   seq, recorded_ms, occurred_ms, kind, version, actor, area, person, cause, command,
 *   key (16 bytes, first event of a command only), request (16 bytes hash of the request), body, hash
 *
 * hash = BLAKE2b-256(hash of seq - 1 | the ten integers, little endian, in the order above | length of key |
 * key | request | body). The hash before seq 1 is 32 zero bytes. Rows are never updated or deleted: refused
 * by triggers and by the connection's guard; inserts only through log_append.
 */
#include "ledger/catalogue.h"

enum { LOG_HASH = 32, LOG_KEY = 16, LOG_REQUEST = 16 };

extern const char log_schema[];

struct log_head {
    int64_t seq; /* 0 = empty */
    int64_t recorded_ms;
    uint8_t hash[LOG_HASH];
};

struct log_row {
    int64_t seq, recorded_ms, occurred_ms, kind, version, actor, area, person, cause, command;
    struct bh_str key, request, body; /* key and request may be empty */
    uint8_t hash[LOG_HASH];
};

BH_MUST_USE bool log_head_read(struct db *db, struct log_head *ret, struct bh_err *err);
/* row->seq must be head->seq + 1; fills row->hash and moves *head. */
BH_MUST_USE bool log_append(struct db *db, struct log_head *head, struct log_row *row,
                            struct bh_err *err);
void log_hash(const uint8_t before[LOG_HASH], struct log_row *row);

/* Reads events from seq `from` on, in order. */
struct log_reader {
    struct rows rows;
    const struct catalogue *catalogue;
    struct log_row row; /* as stored */
    struct event event; /* decoded; valid until the next call */
    struct bh_arena arena;
};
void log_reader_open(struct log_reader *reader, struct db *db, const struct catalogue *catalogue,
                     int64_t from, int64_t to);
/* False at the end or on failure (then log_reader_close tells). */
bool log_reader_next(struct log_reader *reader);
BH_MUST_USE bool log_reader_close(struct log_reader *reader, struct bh_err *err);

/* The body of one recorded fact, for links that look a fact up while they load; never while applying, because
 * tables are rebuilt beside the log. kinds: those of the link, among which `number` is. MISSING when seq is no fact of
 * this kind. ret: as many bytes as the kind's record has, texts in the arena. */
BH_MUST_USE bool log_fact(struct db *db, const struct event_kind *kinds, int number, int64_t seq,
                          struct bh_arena *arena, void *ret, struct bh_err *err);

/* Decodes one stored row, through upcasters when it is an old version. */
BH_MUST_USE bool log_decode(const struct catalogue *catalogue, const struct log_row *row,
                            struct bh_arena *arena, struct event *ret, struct bh_err *err);

#endif
