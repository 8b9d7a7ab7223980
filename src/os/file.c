#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct bh_err *err, const char *path)
{
    int code = errno;
    enum bh_code kind = code == ENOSPC ? BH_FULL : code == ENOENT ? BH_MISSING : BH_IO;
    return bh_fail(err, kind, "文件 %.200s：%s", "file %.200s: %s", path, strerror(code));
}

bool file_make_folder(const char *path, struct bh_err *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    return fail(err, path);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_is_private(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

bool file_folder_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    bool empty = true;
    if (!folder)
        return true;
    for (struct dirent *entry = readdir(folder); entry && empty; entry = readdir(folder))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(folder);
    return empty;
}

bool file_read(const char *path, size_t max, struct bh_buf *ret, struct bh_err *err)
{
    char block[8192];
    bh_buf_init(ret, max);
    int handle = open(path, O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return fail(err, path);
    ssize_t got = 0;
    while ((got = read(handle, block, sizeof block)) > 0)
        bh_buf_add(ret, block, (size_t)got);
    if (got < 0)
        (void)fail(err, path);
    (void)close(handle);
    if (got == 0 && ret->full)
        (void)bh_fail(err, BH_TOO_BIG, "文件 %.200s 超过 %zu 字节", "file %.200s is over %zu bytes",
                      path, max);
    if (got == 0 && !ret->full)
        return true;
    bh_buf_done(ret);
    return false;
}

static bool write_all(int handle, struct bh_str bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(handle, bytes.at, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes.at += put;
        bytes.len -= (size_t)put;
    }
    return true;
}

static bool sync_folder_of(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : ".");
    int handle = open(folder[0] ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = handle >= 0 && fsync(handle) == 0;
    if (handle >= 0)
        (void)close(handle);
    return ok;
}

bool file_sync(const char *path, struct bh_err *err)
{
    int handle = open(path, O_RDWR | O_CLOEXEC);
    bool ok = handle >= 0 && fsync(handle) == 0 && sync_folder_of(path);
    if (!ok)
        (void)fail(err, path);
    if (handle >= 0)
        (void)close(handle);
    return ok;
}

bool file_write(const char *path, struct bh_str bytes, unsigned mode, struct bh_err *err)
{
    char beside[4200];
    (void)snprintf(beside, sizeof beside, "%.4096s.new", path);
    int handle = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    if (handle < 0)
        return fail(err, beside);
    bool ok = fchmod(handle, (mode_t)mode) == 0 && write_all(handle, bytes) && fsync(handle) == 0;
    if (!ok)
        (void)fail(err, beside);
    (void)close(handle);
    if (!ok) {
        (void)unlink(beside);
        return false;
    }
    if (rename(beside, path) != 0 || !sync_folder_of(path))
        return fail(err, path);
    return true;
}

bool file_append(const char *path, struct bh_str bytes, unsigned mode, struct bh_err *err)
{
    int handle = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, (mode_t)mode);
    if (handle < 0)
        return fail(err, path);
    bool ok = write_all(handle, bytes) && fsync(handle) == 0;
    if (!ok)
        (void)fail(err, path);
    (void)close(handle);
    return ok;
}

bool file_remove(const char *path, struct bh_err *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    return fail(err, path);
}

bool file_rename(const char *from, const char *to, struct bh_err *err)
{
    if (rename(from, to) == 0 && sync_folder_of(to))
        return true;
    return fail(err, to);
}

bool file_bytes(const char *path, int64_t *ret, struct bh_err *err)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return fail(err, path);
    *ret = found.st_size;
    return true;
}

bool file_cut(const char *path, int64_t bytes, struct bh_err *err)
{
    int handle = open(path, O_WRONLY | O_CLOEXEC);
    if (handle < 0)
        return fail(err, path);
    bool ok = ftruncate(handle, bytes) == 0 && fsync(handle) == 0;
    if (!ok)
        (void)fail(err, path);
    (void)close(handle);
    return ok;
}

bool file_reserve(const char *path, int64_t bytes, struct bh_err *err)
{
    int handle = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (handle < 0)
        return fail(err, path);
    errno = posix_fallocate(handle, 0, bytes);
    bool ok = errno == 0;
    if (!ok)
        (void)fail(err, path);
    (void)close(handle);
    if (!ok)
        (void)unlink(path);
    return ok;
}

bool file_lock(const char *path, int *ret, struct bh_err *err)
{
    int handle = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (handle < 0)
        return fail(err, path);
    if (flock(handle, LOCK_EX | LOCK_NB) == 0) {
        *ret = handle;
        return true;
    }
    (void)close(handle);
    return bh_fail(err, BH_BUSY, "数据目录正被另一个 bihuan 进程写入（%.200s）",
                   "another bihuan process is writing this data folder (%.200s)", path);
}

void file_unlock(int handle)
{
    (void)close(handle);
}

bool file_memory_open(int *ret_handle, char ret_path[FILE_MEMORY_PATH], struct bh_err *err)
{
    *ret_handle = memfd_create("bihuan", MFD_CLOEXEC);
    (void)snprintf(ret_path, FILE_MEMORY_PATH, "/proc/self/fd/%d", *ret_handle);
    return *ret_handle >= 0 || fail(err, "memory");
}

bool file_memory_take(int handle, size_t max, struct bh_buf *ret, struct bh_err *err)
{
    char block[8192];
    ssize_t got = 0;
    bh_buf_init(ret, max);
    if (lseek(handle, 0, SEEK_SET) == 0)
        while ((got = read(handle, block, sizeof block)) > 0)
            bh_buf_add(ret, block, (size_t)got);
    bool ok = got == 0 || fail(err, "memory");
    (void)close(handle);
    if (ok && ret->full)
        return bh_fail(err, BH_TOO_BIG, "文件过大", "the file is too large");
    return ok;
}

int file_handle(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

void file_hand_over(int handle, int64_t from, int64_t bytes)
{
    enum { ALL = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER };
    if (handle >= 0)
        (void)sync_file_range(handle, from, bytes, ALL);
}

void file_handle_close(int handle)
{
    if (handle >= 0)
        (void)close(handle);
}
