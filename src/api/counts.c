#include "api/counts.h"

static bool sum_read(struct db *db, int64_t from, int64_t to, struct counts *add,
                     struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT coalesce(sum(opened), 0), coalesce(sum(overdue), 0) FROM duty_count"
            " WHERE area BETWEEN ? AND ?",
            "ii", from, to);
    if (db_next(&rows)) {
        add->open += row_int(&rows, 0);
        add->overdue += row_int(&rows, 1);
    }
    return db_end(&rows, err);
}

bool counts_read(struct db *db, const struct scope *scope, struct counts *ret, struct bh_err *err)
{
    struct counts sum = {0, 0};
    bool ok = true;
    if (!scope || scope->everything)
        ok = sum_read(db, INT64_MIN, INT64_MAX, &sum, err);
    for (int index = 0; scope && !scope->everything && index < scope->count && ok; index++)
        ok = sum_read(db, scope->range[index].from, scope->range[index].to, &sum, err);
    if (ok)
        *ret = sum;
    return ok;
}

bool notices_after(struct db *db, int64_t position, int64_t user, int64_t *ret, struct bh_err *err)
{
    if (user == 0)
        return db_int(db, err, ret, NULL, "SELECT count(*) FROM notice WHERE notice > ?", "i",
                      position);
    return db_int(db, err, ret, NULL, "SELECT count(*) FROM notice WHERE notice > ? AND holder = ?",
                  "ii", position, user);
}

/* Recorded times never decrease along the log, so halving finds the place. */
bool position_before(struct db *db, int64_t head, int64_t at_ms, int64_t *ret, struct bh_err *err)
{
    int64_t low = 0, high = head;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2, recorded_ms = 0;
        if (!db_int(db, err, &recorded_ms, NULL, "SELECT recorded_ms FROM event WHERE seq = ?", "i",
                    middle))
            return false;
        if (recorded_ms < at_ms)
            low = middle;
        else
            high = middle - 1;
    }
    *ret = low;
    return true;
}
