#include "store/checkpoint.h"

#include "base/arena.h"
#include "os/thread.h"

#include <errno.h>
#include <sqlite3.h>

enum {
    ROUNDS = 3,       /* of the thread, each for what came during the one before */
    FEW_PAGES = 1000, /* so few are left to the writer */
    BOUND = 4, /* the writer helps itself when the log is so many times as long as it should be */
    AGAIN_PART = 4, /* a log that some reader holds is tried again after a quarter more */
    BUSY_MS = 10000,
};

enum state { STATE_IDLE, STATE_WANTED, STATE_WORKING, STATE_LAST, STATE_FAILED };

struct checkpointer {
    sqlite3 *handle;
    struct thread thread;
    struct lock lock;
    struct condition wanted;
    enum state state;
    int not_before; /* pages; 0 = as asked */
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
    condition_done(&checkpointer->wanted);
    lock_done(&checkpointer->lock);
    bh_free(checkpointer);
}

enum checkpoint_turn checkpointer_turn(struct checkpointer *checkpointer, int pages, int after)
{
    enum checkpoint_turn turn = CHECKPOINT_NOT_NOW;
    lock_take(&checkpointer->lock);
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
