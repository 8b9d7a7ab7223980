#include "ledger/stream.h"

#include <sodium.h>
#include <string.h>

enum { MARK = 4, LENGTH_END = 8, CHECKSUM = 8, NUMBERS = 10 };

const char stream_head[] = "bihuan-log 1\n";
static const char mark[MARK + 1] = "ROW\n";

static void put_number(struct bh_buf *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        bh_buf_byte(out, (char)(value >> (8 * i)));
}

static uint64_t get_number(const char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)at[i] << (8 * i);
    return value;
}

/* BLAKE2b has a shortest length of its own (16 bytes); the first half of that is enough against accidents. */
static void checksum(struct bh_str bytes, unsigned char ret[CHECKSUM])
{
    unsigned char whole[crypto_generichash_BYTES_MIN];
    (void)crypto_generichash(whole, sizeof whole, (const unsigned char *)bytes.at, bytes.len, NULL,
                             0);
    memcpy(ret, whole, CHECKSUM);
}

void stream_encode(const struct log_row *row, struct bh_buf *out)
{
    const int64_t numbers[NUMBERS] = {row->seq,     row->recorded_ms, row->occurred_ms, row->kind,
                                      row->version, row->actor,       row->area,        row->person,
                                      row->cause,   row->command};
    size_t start = out->len;
    size_t n = STREAM_ROW_FIXED + row->key.len + row->request.len + LOG_HASH + row->body.len;
    bh_assert(row->key.len == 0 || row->key.len == LOG_KEY);
    bh_assert(row->request.len == 0 || row->request.len == LOG_REQUEST);
    bh_assert(n <= STREAM_ROW_MAX);
    bh_buf_add(out, mark, MARK);
    put_number(out, n, 4);
    for (int i = 0; i < NUMBERS; i++)
        put_number(out, (uint64_t)numbers[i], 8);
    put_number(out, row->key.len, 1);
    put_number(out, row->request.len, 1);
    bh_buf_str(out, row->key);
    bh_buf_str(out, row->request);
    bh_buf_add(out, row->hash, LOG_HASH);
    bh_buf_str(out, row->body);
    if (out->full)
        return;
    unsigned char sum[CHECKSUM];
    checksum((struct bh_str){out->at + start, out->len - start}, sum);
    bh_buf_add(out, sum, CHECKSUM);
}

static bool row_split(struct bh_str in, struct log_row *row)
{
    int64_t *const numbers[NUMBERS] = {
        &row->seq,   &row->recorded_ms, &row->occurred_ms, &row->kind,  &row->version,
        &row->actor, &row->area,        &row->person,      &row->cause, &row->command};
    for (int i = 0; i < NUMBERS; i++)
        *numbers[i] = (int64_t)get_number(in.at + 8 * i, 8);
    size_t key = (unsigned char)in.at[80], request = (unsigned char)in.at[81];
    if ((key != 0 && key != LOG_KEY) || (request != 0 && request != LOG_REQUEST) ||
        in.len < STREAM_ROW_FIXED + key + request + LOG_HASH)
        return false;
    const char *at = in.at + STREAM_ROW_FIXED;
    row->key = (struct bh_str){at, key};
    row->request = (struct bh_str){at + key, request};
    memcpy(row->hash, at + key + request, LOG_HASH);
    at += key + request + LOG_HASH;
    row->body = (struct bh_str){at, in.len - (size_t)(at - in.at)};
    return true;
}

enum stream_found stream_decode(struct bh_str bytes, struct log_row *ret, size_t *ret_used)
{
    struct log_row row;
    unsigned char sum[CHECKSUM];
    size_t look = bytes.len < MARK ? bytes.len : MARK;
    if (look > 0 && memcmp(bytes.at, mark, look) != 0)
        return STREAM_BAD;
    if (bytes.len < LENGTH_END)
        return STREAM_SHORT;
    size_t n = (size_t)get_number(bytes.at + MARK, 4);
    if (n < STREAM_ROW_FIXED + LOG_HASH || n > STREAM_ROW_MAX)
        return STREAM_BAD;
    if (bytes.len < n + STREAM_FRAME)
        return STREAM_SHORT;
    checksum((struct bh_str){bytes.at, LENGTH_END + n}, sum);
    if (memcmp(sum, bytes.at + LENGTH_END + n, CHECKSUM) != 0)
        return STREAM_BAD;
    if (!row_split((struct bh_str){bytes.at + LENGTH_END, n}, &row))
        return STREAM_BAD;
    *ret = row;
    *ret_used = n + STREAM_FRAME;
    return STREAM_ROW;
}
