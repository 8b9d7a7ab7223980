#include "base/zip.h"

#include <string.h>
#include <zlib.h>

enum {
    END_BYTES = 22,
    END_SEARCH = 65535 + END_BYTES, /* a comment may follow */
    CENTRAL_BYTES = 46,
    LOCAL_BYTES = 30,
    STORED = 0,
    DEFLATED = 8,
};

struct zip_reader {
    const struct zip_entry *entry;
    struct bh_str left; /* packed bytes not yet read */
    z_stream stream;
    bool inflating, ended, failed;
    size_t plain_bytes; /* so far */
    uint32_t crc;
    struct bh_err err;
};

static uint32_t number_at(struct bh_str file, size_t at, int bytes)
{
    uint32_t number = 0;
    for (int i = bytes - 1; i >= 0; i--)
        number = number << 8 | (uint8_t)file.at[at + (size_t)i];
    return number;
}

static bool broken(struct bh_err *err, const char *zh, const char *en)
{
    return bh_fail(err, BH_MALFORMED, "不是可读的压缩文件：%s%.0s",
                   "not a readable archive: %.0s%s", zh, en);
}

static bool find_end(struct bh_str file, size_t *ret)
{
    if (file.len < END_BYTES)
        return false;
    size_t lowest = file.len > END_SEARCH ? file.len - END_SEARCH : 0;
    for (size_t at = file.len - END_BYTES;; at--) {
        if (number_at(file, at, 4) == 0x06054b50) {
            *ret = at;
            return true;
        }
        if (at == lowest)
            return false;
    }
}

static bool entry_read(struct bh_str file, size_t *at, struct zip_entry *ret, struct bh_err *err)
{
    if (*at > file.len || file.len - *at < CENTRAL_BYTES || number_at(file, *at, 4) != 0x02014b50)
        return broken(err, "目录损坏", "its directory is damaged");
    size_t name = number_at(file, *at + 28, 2), extra = number_at(file, *at + 30, 2),
           comment = number_at(file, *at + 32, 2);
    uint32_t flags = number_at(file, *at + 8, 2);
    *ret = (struct zip_entry){
        .method = (int)number_at(file, *at + 10, 2),
        .crc = number_at(file, *at + 16, 4),
        .packed_bytes = number_at(file, *at + 20, 4),
        .plain_bytes = number_at(file, *at + 24, 4),
        .offset = number_at(file, *at + 42, 4),
    };
    if (file.len - *at - CENTRAL_BYTES < name + extra + comment)
        return broken(err, "目录损坏", "its directory is damaged");
    if (flags & 1)
        return broken(err, "已加密", "it is encrypted");
    if (ret->packed_bytes == UINT32_MAX || ret->plain_bytes == UINT32_MAX ||
        ret->offset == UINT32_MAX || number_at(file, *at + 34, 2) != 0)
        return broken(err, "ZIP64 或分卷", "ZIP64, or several disks");
    ret->name = (struct bh_str){file.at + *at + CENTRAL_BYTES, name};
    *at += CENTRAL_BYTES + name + extra + comment;
    return true;
}

bool zip_open(struct zip *zip, struct bh_str file, struct bh_arena *arena, struct bh_err *err)
{
    size_t end = 0;
    if (!find_end(file, &end))
        return broken(err, "没有目录", "it has no directory");
    size_t count = number_at(file, end + 10, 2), at = number_at(file, end + 16, 4);
    if (count > ZIP_ENTRIES_MAX)
        return bh_fail(err, BH_TOO_BIG, "压缩文件的部分超过 %d 个", "the archive has over %d parts",
                       ZIP_ENTRIES_MAX);
    struct zip_entry *entries = bh_arena_try(arena, (count + 1) * sizeof *entries);
    if (!entries)
        return bh_fail(err, BH_TOO_BIG, "压缩文件目录太大", "the archive's directory is too large");
    for (size_t i = 0; i < count; i++)
        if (!entry_read(file, &at, &entries[i], err))
            return false;
    *zip = (struct zip){file, entries, count};
    return true;
}

const struct zip_entry *zip_find(const struct zip *zip, struct bh_str name)
{
    for (size_t i = 0; i < zip->count; i++)
        if (bh_str_equal(zip->entries[i].name, name))
            return &zip->entries[i];
    return NULL;
}

/* ---- one part ---- */

static bool packed_of(const struct zip *zip, const struct zip_entry *entry, struct bh_str *ret)
{
    struct bh_str file = zip->file;
    if (file.len < LOCAL_BYTES || entry->offset > file.len - LOCAL_BYTES ||
        number_at(file, entry->offset, 4) != 0x04034b50)
        return false;
    size_t start = entry->offset + LOCAL_BYTES + number_at(file, entry->offset + 26, 2) +
                   number_at(file, entry->offset + 28, 2);
    if (start > file.len || file.len - start < entry->packed_bytes)
        return false;
    *ret = (struct bh_str){file.at + start, entry->packed_bytes};
    return true;
}

bool zip_reader_new(const struct zip *zip, const struct zip_entry *entry, size_t max_bytes,
                    struct zip_reader **ret, struct bh_err *err)
{
    struct bh_str packed;
    if (entry->method != STORED && entry->method != DEFLATED)
        return broken(err, "不支持的压缩方法", "a method of packing that is not supported");
    if (!packed_of(zip, entry, &packed))
        return broken(err, "文件不完整", "it is not complete");
    if (entry->plain_bytes > max_bytes)
        return bh_fail(err, BH_TOO_BIG, "展开后超过 %zu 字节", "over %zu bytes when unpacked",
                       max_bytes);
    struct zip_reader *reader = bh_alloc(sizeof *reader);
    memset(reader, 0, sizeof *reader);
    reader->entry = entry;
    reader->left = packed;
    reader->inflating = entry->method == DEFLATED;
    if (reader->inflating && inflateInit2(&reader->stream, -MAX_WBITS) != Z_OK) {
        bh_free(reader);
        return bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    }
    *ret = reader;
    return true;
}

static size_t reader_fail(struct zip_reader *reader)
{
    reader->failed = true;
    (void)broken(&reader->err, "内容损坏", "its content is damaged");
    return 0;
}

static size_t read_stored(struct zip_reader *reader, char *to, size_t size)
{
    size_t count = reader->left.len < size ? reader->left.len : size;
    memcpy(to, reader->left.at, count);
    reader->left.at += count;
    reader->left.len -= count;
    reader->ended = reader->left.len == 0;
    return count;
}

static bool read_deflated(struct zip_reader *reader, char *to, size_t size, size_t *ret)
{
    z_stream *stream = &reader->stream;
    int result = Z_OK;
    stream->next_out = (Bytef *)to;
    stream->avail_out = (uInt)size;
    while (stream->avail_out > 0 && result == Z_OK) {
        stream->next_in = (z_const Bytef *)(uintptr_t)reader->left.at; /* not written to */
        stream->avail_in = (uInt)(reader->left.len < (1U << 30) ? reader->left.len : 1U << 30);
        size_t before = stream->avail_in;
        result = inflate(stream, Z_NO_FLUSH);
        reader->left.at += before - stream->avail_in;
        reader->left.len -= before - stream->avail_in;
    }
    *ret = size - stream->avail_out;
    reader->ended = result == Z_STREAM_END;
    return result == Z_OK || result == Z_STREAM_END;
}

size_t zip_read(struct zip_reader *reader, char *to, size_t size)
{
    size_t count = 0;
    if (reader->failed || reader->ended || size == 0)
        return 0;
    size = size < (1U << 30) ? size : 1U << 30;
    if (!reader->inflating)
        count = read_stored(reader, to, size);
    else if (!read_deflated(reader, to, size, &count))
        return reader_fail(reader);
    reader->plain_bytes += count;
    reader->crc = (uint32_t)crc32(reader->crc, (const Bytef *)to, (uInt)count);
    if (reader->plain_bytes > reader->entry->plain_bytes)
        return reader_fail(reader);
    if (reader->ended &&
        (reader->plain_bytes != reader->entry->plain_bytes || reader->crc != reader->entry->crc))
        return reader_fail(reader);
    return count;
}

const struct bh_err *zip_reader_failed(const struct zip_reader *reader)
{
    return reader->failed ? &reader->err : NULL;
}

void zip_reader_free(struct zip_reader *reader)
{
    if (!reader)
        return;
    if (reader->inflating)
        (void)inflateEnd(&reader->stream);
    bh_free(reader);
}
