#include "store/fault.h"

#include "base/arena.h"
#include "os/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

enum { SHADOWS_MAX = 64, SECTOR = 512 };

/* One write or truncation since the last sync, with what was there before. */
struct change {
    int64_t offset;
    size_t len, old_len; /* old_len < len: the file ended there */
    int64_t old_size;
    bool truncate; /* to `offset`; old holds what was cut off */
    char *old, *new;
};

/* A file as the disk may still see it. Shared by all handles of the path. */
struct shadow {
    char path[512];
    bool created; /* and never synced: its name may be lost */
    struct change *changes;
    size_t count, size;
};

struct fault_file {
    sqlite3_file base;
    struct shadow *shadow; /* NULL: a temporary file */
};

static struct {
    struct fault_plan plan;
    int64_t counts[FAULT_CALLS];
    struct shadow shadows[SHADOWS_MAX];
    size_t shadow_count;
    struct lock lock;
    sqlite3_vfs *real;
    sqlite3_vfs vfs;
    bool installed;
    uint64_t state;
} fault;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)((char *)file + sizeof(struct fault_file));
}

static uint64_t draw(void)
{
    fault.state = fault.state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return fault.state >> 33;
}

/* ---- the power cut ---- */

static void put(int handle, const char *bytes, size_t len, int64_t offset)
{
    while (len > 0) {
        ssize_t done = pwrite(handle, bytes, len, offset);
        bh_assert(done > 0);
        bytes += done;
        len -= (size_t)done;
        offset += done;
    }
}

static void change_undo(int handle, const struct change *change)
{
    put(handle, change->old, change->old_len, change->offset);
    bh_assert(ftruncate(handle, change->old_size) == 0);
}

/* Half of the writes arrive, a quarter of the rest up to some sector: in any mixture, as disks do. */
static void change_redo(int handle, const struct change *change)
{
    uint64_t fate = draw() % 8;
    if (fate < 4 && change->truncate)
        bh_assert(ftruncate(handle, change->offset) == 0);
    else if (fate < 4)
        put(handle, change->new, change->len, change->offset);
    else if (fate == 4 && !change->truncate)
        put(handle, change->new, draw() % (change->len / SECTOR + 1) * SECTOR, change->offset);
}

static void shadow_cut(const struct shadow *shadow)
{
    if (shadow->created && draw() % 2 == 0) {
        (void)unlink(shadow->path);
        return;
    }
    int handle = open(shadow->path, O_RDWR | O_CLOEXEC);
    if (handle < 0)
        return;
    for (size_t i = shadow->count; i > 0; i--)
        change_undo(handle, &shadow->changes[i - 1]);
    for (size_t i = 0; i < shadow->count; i++)
        change_redo(handle, &shadow->changes[i]);
    (void)close(handle);
}

/* Counts a call; true when it has to fail. Does not come back from a kill or a cut. */
static bool strikes(enum fault_call call)
{
    const struct fault_plan *plan = &fault.plan;
    int64_t n = ++fault.counts[call];
    if (plan->action == FAULT_COUNT || call != plan->call ||
        (plan->stays ? n < plan->at : n != plan->at))
        return false;
    if (plan->action == FAULT_CUT)
        for (size_t i = 0; i < fault.shadow_count; i++)
            shadow_cut(&fault.shadows[i]);
    if (plan->action != FAULT_FAIL)
        (void)kill(getpid(), SIGKILL);
    return true;
}

/* ---- what a file is asked ---- */

static void shadow_forget(struct shadow *shadow)
{
    for (size_t i = 0; i < shadow->count; i++) {
        bh_free(shadow->changes[i].old);
        bh_free(shadow->changes[i].new);
    }
    shadow->count = 0;
    shadow->created = false;
}

static void shadow_note(sqlite3_file *file, const void *bytes, size_t len, int64_t offset,
                        bool truncate)
{
    struct shadow *shadow = ((struct fault_file *)(void *)file)->shadow;
    sqlite3_int64 size = 0;
    if (!shadow || fault.plan.action != FAULT_CUT)
        return;
    (void)real_of(file)->pMethods->xFileSize(real_of(file), &size);
    if (shadow->count == shadow->size) {
        shadow->size = shadow->size ? shadow->size * 2 : 64;
        shadow->changes = bh_realloc(shadow->changes, shadow->size * sizeof *shadow->changes);
    }
    struct change change = {.offset = offset, .len = len, .old_size = size, .truncate = truncate};
    if (offset < size)
        change.old_len = truncate || offset + (int64_t)len > size ? (size_t)(size - offset) : len;
    change.old = bh_alloc(change.old_len);
    change.new = bh_alloc(len);
    if (len > 0)
        memcpy(change.new, bytes, len);
    if (change.old_len > 0)
        (void)real_of(file)->pMethods->xRead(real_of(file), change.old, (int)change.old_len,
                                             offset);
    shadow->changes[shadow->count++] = change;
}

static int failed(int code, int why)
{
    errno = why;
    return code;
}

static bool has_space(sqlite3_file *file, int64_t end)
{
    sqlite3_int64 size = 0;
    (void)real_of(file)->pMethods->xFileSize(real_of(file), &size);
    if (fault.plan.space_bytes < 0 || end <= size)
        return true;
    if (end - size > fault.plan.space_bytes)
        return false;
    fault.plan.space_bytes -= end - size;
    return true;
}

static int file_write_at(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    lock_take(&fault.lock);
    int code = strikes(FAULT_WRITE)            ? failed(SQLITE_IOERR_WRITE, EIO)
               : has_space(file, offset + len) ? SQLITE_OK
                                               : failed(SQLITE_FULL, ENOSPC);
    if (code == SQLITE_OK) {
        shadow_note(file, bytes, (size_t)len, offset, false);
        code = real_of(file)->pMethods->xWrite(real_of(file), bytes, len, offset);
    }
    lock_give(&fault.lock);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    lock_take(&fault.lock);
    shadow_note(file, NULL, 0, size, true);
    int code = real_of(file)->pMethods->xTruncate(real_of(file), size);
    lock_give(&fault.lock);
    return code;
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct shadow *shadow = ((struct fault_file *)(void *)file)->shadow;
    (void)flags;
    lock_take(&fault.lock);
    bool struck = strikes(FAULT_SYNC);
    if (!struck && shadow && !fault.plan.sync_lies)
        shadow_forget(shadow);
    lock_give(&fault.lock);
    return struck ? failed(SQLITE_IOERR_FSYNC, EIO) : SQLITE_OK;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read_at(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, len, offset);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret);
}

static int file_lock_up(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_lock_down(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_is_reserved(sqlite3_file *file, int *ret)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

static int file_control(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int file_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* Promises nothing: neither atomic sectors nor order. */
static int file_traits(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, ret);
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read_at,
    .xWrite = file_write_at,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock_up,
    .xUnlock = file_lock_down,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- what the layer is asked ---- */

static struct shadow *shadow_of(const char *path)
{
    for (size_t i = 0; i < fault.shadow_count; i++)
        if (strcmp(fault.shadows[i].path, path) == 0)
            return &fault.shadows[i];
    bh_assert(fault.shadow_count < SHADOWS_MAX && strlen(path) < sizeof fault.shadows[0].path);
    struct shadow *shadow = &fault.shadows[fault.shadow_count++];
    memcpy(shadow->path, path, strlen(path) + 1);
    return shadow;
}

static int layer_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret)
{
    struct fault_file *own = (void *)file;
    (void)vfs;
    own->base.pMethods = NULL;
    lock_take(&fault.lock);
    bool struck = strikes(FAULT_OPEN), is_new = path && access(path, F_OK) != 0;
    own->shadow = path ? shadow_of(path) : NULL;
    int code = struck ? failed(SQLITE_CANTOPEN, EIO)
                      : fault.real->xOpen(fault.real, path, real_of(file), flags, ret);
    if (code == SQLITE_OK) {
        own->base.pMethods = &methods;
        if (own->shadow && is_new)
            own->shadow->created = true;
    }
    lock_give(&fault.lock);
    return code;
}

static int layer_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    lock_take(&fault.lock);
    shadow_forget(shadow_of(path));
    int code = fault.real->xDelete(fault.real, path, sync_folder);
    lock_give(&fault.lock);
    return code;
}

static int layer_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    (void)size;
    (void)text;
    return errno;
}

void fault_install(const struct fault_plan *plan)
{
    if (!fault.installed) {
        lock_init(&fault.lock);
        fault.real = sqlite3_vfs_find("unix");
        bh_assert(fault.real);
        fault.vfs = *fault.real;
        fault.vfs.zName = "fault";
        fault.vfs.pNext = NULL;
        fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
        fault.vfs.xOpen = layer_open;
        fault.vfs.xDelete = layer_delete;
        fault.vfs.xGetLastError = layer_last_error;
        bh_assert(sqlite3_vfs_register(&fault.vfs, 1) == SQLITE_OK);
        fault.installed = true;
    }
    lock_take(&fault.lock);
    fault.plan = *plan;
    fault.state = plan->seed * 2 + 1;
    lock_give(&fault.lock);
}

int64_t fault_count(enum fault_call call)
{
    lock_take(&fault.lock);
    int64_t count = fault.counts[call];
    lock_give(&fault.lock);
    return count;
}
