#include "ledger/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WINDOW = STREAM_ROW_MAX + STREAM_FRAME + (1 << 20) };

static bool fill(struct stream_file *file, struct bh_err *err)
{
    memmove(file->window, file->window + file->at, file->len - file->at);
    file->len -= file->at;
    file->at = 0;
    size_t got = fread(file->window + file->len, 1, WINDOW - file->len, file->handle);
    file->len += got;
    if (got > 0)
        return true;
    file->ended = true;
    return !ferror((FILE *)file->handle) ||
           bh_fail(err, BH_IO, "日志副本读取失败：%s", "the copy of the log cannot be read: %s",
                   strerror(errno));
}

bool stream_file_open(const char *path, struct stream_file *ret, struct bh_err *err)
{
    struct stream_file file = {.handle = fopen(path, "rbe"), .bytes = STREAM_HEAD};
    if (!file.handle)
        return bh_fail(err, BH_MISSING, "打不开 %.200s：%s", "cannot open %.200s: %s", path,
                       strerror(errno));
    file.window = bh_alloc(WINDOW);
    bool ok = fill(&file, err);
    if (ok && (file.len < STREAM_HEAD || memcmp(file.window, stream_head, STREAM_HEAD) != 0))
        ok = bh_fail(err, BH_MALFORMED, "%.200s 不是日志副本", "%.200s is no copy of a log", path);
    if (!ok) {
        stream_file_close(&file);
        return false;
    }
    file.at = STREAM_HEAD;
    *ret = file;
    return true;
}

bool stream_file_next(struct stream_file *file, enum stream_found *ret_found, struct log_row *ret,
                      struct bh_err *err)
{
    enum stream_found found = STREAM_SHORT;
    size_t used = 0;
    for (bool again = true; again;) {
        struct bh_str rest = {file->window + file->at, file->len - file->at};
        found = stream_decode(rest, ret, &used);
        again = found == STREAM_SHORT && !file->ended;
        if (again && !fill(file, err))
            return false;
    }
    if (found == STREAM_ROW) {
        file->at += used;
        file->bytes += (int64_t)used;
    }
    *ret_found = found;
    return true;
}

int64_t stream_file_rest(const struct stream_file *file)
{
    return (int64_t)(file->len - file->at);
}

void stream_file_close(struct stream_file *file)
{
    if (file->handle)
        (void)fclose(file->handle);
    bh_free(file->window);
    *file = (struct stream_file){0};
}
