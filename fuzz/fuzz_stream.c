/*
 * Copies of the log as a stream. The first byte chooses: even, the rest is a stream as found on a disk; odd, the rest
 * fills a row, which has to come back the same, and no part of its record may pass for a row.
 */
#include "ledger/stream.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_back(const struct log_row *row, struct bh_str record)
{
    struct bh_buf again;
    bh_buf_init(&again, STREAM_ROW_MAX + STREAM_FRAME);
    stream_encode(row, &again);
    bh_assert(bh_str_equal(bh_buf_view(&again), record));
    bh_buf_done(&again);
}

static void read_all(struct bh_str rest)
{
    struct log_row row;
    size_t used = 0;
    while (stream_decode(rest, &row, &used) == STREAM_ROW) {
        bh_assert(used > STREAM_FRAME && used <= rest.len);
        put_back(&row, (struct bh_str){rest.at, used});
        rest.at += used;
        rest.len -= used;
    }
}

static struct bh_str take(struct bh_str *rest, size_t len)
{
    struct bh_str taken = {rest->at, len < rest->len ? len : rest->len};
    rest->at += taken.len;
    rest->len -= taken.len;
    return taken;
}

static void no_part_passes(struct bh_str record)
{
    struct log_row row;
    size_t used = 0;
    size_t step = record.len > 4096 ? record.len / 64 : 1;
    for (size_t len = 0; len < record.len; len += step)
        bh_assert(stream_decode((struct bh_str){record.at, len}, &row, &used) == STREAM_SHORT);
}

static void there_and_back(struct bh_str rest)
{
    struct log_row row = {0}, back;
    int64_t *const numbers[] = {&row.seq,   &row.recorded_ms, &row.occurred_ms, &row.kind,
                                &row.actor, &row.area,        &row.person,      &row.cause};
    struct bh_buf record;
    size_t used = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct bh_str bytes = take(&rest, sizeof *numbers[i]);
        memcpy(numbers[i], bytes.at, bytes.len);
    }
    if (rest.len > LOG_KEY + LOG_REQUEST && row.seq % 2 == 0) {
        row.key = take(&rest, LOG_KEY);
        row.request = take(&rest, LOG_REQUEST);
    }
    row.body = rest;
    bh_buf_init(&record, STREAM_ROW_MAX + STREAM_FRAME);
    stream_encode(&row, &record);
    bh_assert(stream_decode(bh_buf_view(&record), &back, &used) == STREAM_ROW);
    bh_assert(used == record.len && back.seq == row.seq && back.cause == row.cause);
    put_back(&back, bh_buf_view(&record));
    no_part_passes(bh_buf_view(&record));
    bh_buf_done(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > LIMIT_EVENT_BYTES)
        return 0;
    struct bh_str rest = {(const char *)data + 1, size - 1};
    if (data[0] % 2 == 0)
        read_all(rest);
    else
        there_and_back(rest);
    return 0;
}
