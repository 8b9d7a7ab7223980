#include "store/checkpoint.h"

#include "base/arena.h"
#include "os/file.h"
#include "os/thread.h"
#include "os/world.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

enum {
    ROUNDS = 5,        /* of the thread, each for what came during the one before */
    FEW_PAGES = 1000,  /* so few are left to the writer */
    MANY_PAGES = 8000, /* so many are handed to the disk in pieces */
    PIECE_BYTES = 1 << 20,
    NOTHING_US = 300, /* a piece that took no longer held nothing to write */
    PAUSE_TIMES = 4,  /* as long as the piece took, while the log is not much too long */
    PAUSE_MAX_MS = 100,
    BOUND = 4, /* the writer helps itself when the log is so many times as long as it should be */
    AGAIN_PART = 4, /* a log that some reader holds is tried again after a quarter more */
    BUSY_MS = 10000,
};

enum state { STATE_IDLE, STATE_WANTED, STATE_WORKING, STATE_LAST, STATE_FAILED };

struct checkpointer {
    sqlite3 *handle;
    const struct world *world;
    char *path;
    int file; /* to hand over pieces; below 0: none */
    struct thread thread;
    struct lock lock;
    struct condition wanted;
    enum state state;
    int not_before;   /* pages; 0 = as asked */
    int pages, after; /* of the log at the last commit, and as it should be at most */
    bool stopping;
};

static bool disk_failed(sqlite3 *handle, int code)
{
    int primary = code & 0xff, why = sqlite3_system_errno(handle);
    bool synced = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
    if (primary == SQLITE_CORRUPT)
        return true;
    return primary == SQLITE_IOERR && (synced || (why != ENOSPC && why != EDQUOT));
}

/* SQLite syncs the database only when the log is moved to its very end, which a writer at work prevents: the whole
 * sync would be left to the last, short step of the writer, who makes everybody wait. */
static bool sync_database(sqlite3 *handle)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        !file || !file->pMethods)
        return true;
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK;
}

/* The longer the log has become meanwhile, the shorter: at twice its length there is no time left. */
static int64_t pause_ms(const struct checkpointer *checkpointer, int64_t took_us)
{
    int64_t room = 2 * (int64_t)checkpointer->after - checkpointer->pages;
    if (room <= 0)
        return 0;
    int64_t ms = took_us * PAUSE_TIMES * room / checkpointer->after / 1000;
    return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

/* After a piece that took so long. False when stopping. */
static bool pause_after(struct checkpointer *checkpointer, int64_t took_us)
{
    lock_take(&checkpointer->lock);
    int64_t ms = pause_ms(checkpointer, took_us);
    if (!checkpointer->stopping && ms > 0)
        (void)condition_wait_ms(&checkpointer->wanted, &checkpointer->lock, ms);
    bool go_on = !checkpointer->stopping;
    lock_give(&checkpointer->lock);
    return go_on;
}

/* A sync of a quarter of a gigabyte at once would hold up every commit beside it, because the disk serves one sync after
 * the other. So it gets the pages in pieces, with pauses for the commits beside. */
static void hand_over(struct checkpointer *checkpointer)
{
    const struct world *world = checkpointer->world;
    struct bh_err ignored;
    int64_t size = 0;
    if (checkpointer->file < 0 || !file_bytes(checkpointer->path, &size, &ignored))
        return;
    for (int64_t at = 0; at < size; at += PIECE_BYTES) {
        int64_t before = world->mono_us(world->self);
        file_hand_over(checkpointer->file, at, PIECE_BYTES);
        int64_t took = world->mono_us(world->self) - before;
        if (took > NOTHING_US && !pause_after(checkpointer, took))
            return;
    }
}

/* Without the lock. False when the disk failed. */
static bool move_bulk(struct checkpointer *checkpointer)
{
    for (int round = 0, before = 0; round < ROUNDS; round++) {
        int pages = 0, moved = 0;
        int code = sqlite3_wal_checkpoint_v2(checkpointer->handle, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                             &pages, &moved);
        if (disk_failed(checkpointer->handle, code))
            return false;
        /* Lack of space or a reader in the way: what is not moved stays in the log. */
        if (code != SQLITE_OK || moved == before)
            return true;
        if (moved - before >= MANY_PAGES)
            hand_over(checkpointer);
        if (!sync_database(checkpointer->handle))
            return false;
        if (moved - before < FEW_PAGES)
            return true;
        before = moved;
    }
    return true;
}

static void run(void *self)
{
    struct checkpointer *checkpointer = self;
    lock_take(&checkpointer->lock);
    for (;;) {
        while (checkpointer->state != STATE_WANTED && !checkpointer->stopping)
            condition_wait(&checkpointer->wanted, &checkpointer->lock);
        if (checkpointer->stopping)
            break;
        checkpointer->state = STATE_WORKING;
        lock_give(&checkpointer->lock);
        bool ok = move_bulk(checkpointer);
        lock_take(&checkpointer->lock);
        checkpointer->state = ok ? STATE_LAST : STATE_FAILED;
    }
    lock_give(&checkpointer->lock);
}

bool checkpointer_start(const char *path, struct checkpointer **ret, struct bh_err *err)
{
    struct checkpointer *checkpointer = bh_alloc(sizeof *checkpointer);
    checkpointer->world = world_live();
    checkpointer->path = bh_alloc(strlen(path) + 1);
    memcpy(checkpointer->path, path, strlen(path));
    checkpointer->file = file_handle(path);
    lock_init(&checkpointer->lock);
    condition_init(&checkpointer->wanted);
    bool ok = sqlite3_open_v2(path, &checkpointer->handle,
                              SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    if (ok) {
        (void)sqlite3_extended_result_codes(checkpointer->handle, 1);
        (void)sqlite3_busy_timeout(checkpointer->handle, BUSY_MS);
        /* Reading once opens the log: a connection that has not read does not know of it. */
        ok = sqlite3_exec(checkpointer->handle,
                          "PRAGMA synchronous=FULL; SELECT count(*) FROM sqlite_schema", NULL, NULL,
                          NULL) == SQLITE_OK;
    }
    if (!ok)
        (void)bh_fail(err, BH_IO, "无法打开数据库以整理预写日志：%s",
                      "cannot open the database for its checkpoints: %s",
                      checkpointer->handle ? sqlite3_errmsg(checkpointer->handle) : "no memory");
    ok = ok && thread_start(&checkpointer->thread, "checkpoint", run, checkpointer, err);
    if (!ok) {
        checkpointer_stop(checkpointer);
        checkpointer_free(checkpointer);
        return false;
    }
    *ret = checkpointer;
    return true;
}

void checkpointer_stop(struct checkpointer *checkpointer)
{
    if (!checkpointer)
        return;
    lock_take(&checkpointer->lock);
    checkpointer->stopping = true;
    condition_signal(&checkpointer->wanted);
    lock_give(&checkpointer->lock);
    thread_join(&checkpointer->thread);
    (void)sqlite3_close(checkpointer->handle);
    checkpointer->handle = NULL;
}

void checkpointer_free(struct checkpointer *checkpointer)
{
    if (!checkpointer)
        return;
    file_handle_close(checkpointer->file);
    condition_done(&checkpointer->wanted);
    lock_done(&checkpointer->lock);
    bh_free(checkpointer->path);
    bh_free(checkpointer);
}

enum checkpoint_turn checkpointer_turn(struct checkpointer *checkpointer, int pages, int after)
{
    enum checkpoint_turn turn = CHECKPOINT_NOT_NOW;
    lock_take(&checkpointer->lock);
    checkpointer->pages = pages;
    checkpointer->after = after;
    if (pages < after)
        checkpointer->not_before = 0; /* the log has begun anew */
    if (checkpointer->state == STATE_FAILED)
        turn = CHECKPOINT_FAILED;
    else if (checkpointer->state == STATE_LAST || pages / BOUND >= after)
        turn = CHECKPOINT_WRITER;
    else if (checkpointer->state == STATE_IDLE && pages >= after &&
             pages >= checkpointer->not_before) {
        checkpointer->state = STATE_WANTED;
        condition_signal(&checkpointer->wanted);
    }
    lock_give(&checkpointer->lock);
    return turn;
}

void checkpointer_done(struct checkpointer *checkpointer, int pages, int moved)
{
    lock_take(&checkpointer->lock);
    if (checkpointer->state == STATE_LAST)
        checkpointer->state = STATE_IDLE;
    checkpointer->not_before = moved < pages ? pages + pages / AGAIN_PART : 0;
    lock_give(&checkpointer->lock);
}
