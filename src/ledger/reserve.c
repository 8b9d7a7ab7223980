#include "ledger/reserve.h"

#include "os/file.h"

#include <stdio.h>

enum { ASK_EVERY_US = 1000000 };

static void reserve_path(const struct ledger *ledger, char path[4200])
{
    (void)snprintf(path, 4200, "%s/reserve", ledger->folder);
}

static bool take(struct ledger *ledger)
{
    struct bh_err err;
    char path[4200];
    reserve_path(ledger, path);
    ledger->space_tried_us = ledger->world->mono_us(ledger->world->self);
    return file_reserve(path, LIMIT_RESERVE_BYTES, &err);
}

void reserve_open(struct ledger *ledger)
{
    ledger->short_of_space = !take(ledger);
    ledger->space_tried_us -= ASK_EVERY_US; /* the first command may ask again at once */
}

void reserve_release(struct ledger *ledger)
{
    struct bh_err err;
    char path[4200];
    if (ledger->short_of_space)
        return;
    reserve_path(ledger, path);
    ledger->short_of_space = true;
    ledger->space_tried_us = ledger->world->mono_us(ledger->world->self);
    (void)!file_remove(path, &err);
    (void)fprintf(stderr, "bihuan: the disk is full: commands are refused until there is room / "
                          "磁盘已满：腾出空间之前不再接受命令\n");
}

bool reserve_back(struct ledger *ledger, struct bh_err *err)
{
    if (!ledger->short_of_space)
        return true;
    int64_t now = ledger->world->mono_us(ledger->world->self);
    bool ask = now - ledger->space_tried_us >= ASK_EVERY_US || now < ledger->space_tried_us;
    if (ask && take(ledger)) {
        ledger->short_of_space = false;
        (void)fprintf(stderr, "bihuan: there is room again / 磁盘空间已恢复\n");
        return true;
    }
    return bh_fail(err, BH_FULL, "磁盘已满：腾出 %lld MiB 后会自行恢复",
                   "the disk is full: free %lld MiB and this goes on by itself",
                   (long long)(LIMIT_RESERVE_BYTES >> 20));
}
