#include "round/lab.h"

#include "base/time.h"
#include "round/box_facts.h"
#include "round/order_facts.h"
#include "round/round.h"
#include "round/sample_facts.h"

/* lab_turn holds counts by class of duration, so that medians cost no list of tubes. */
const struct derived_table lab_tables[] = {
    {"lab_total",
     "CREATE TABLE lab_total (institution INTEGER PRIMARY KEY, received BIGINT NOT NULL,"
     " tested BIGINT NOT NULL, reported BIGINT NOT NULL, rejected BIGINT NOT NULL,"
     " pools BIGINT NOT NULL, pools_positive BIGINT NOT NULL)",
     NULL},
    {"lab_hour",
     "CREATE TABLE lab_hour (institution BIGINT NOT NULL, hour BIGINT NOT NULL,"
     " received BIGINT NOT NULL, tested BIGINT NOT NULL, reported BIGINT NOT NULL,"
     " rejected BIGINT NOT NULL, pools BIGINT NOT NULL, pools_positive BIGINT NOT NULL,"
     " PRIMARY KEY (institution, hour)) WITHOUT ROWID",
     NULL},
    {"lab_turn",
     "CREATE TABLE lab_turn (institution BIGINT NOT NULL, hour BIGINT NOT NULL,"
     " segment BIGINT NOT NULL, class BIGINT NOT NULL, tubes BIGINT NOT NULL,"
     " PRIMARY KEY (institution, hour, segment, class)) WITHOUT ROWID",
     NULL},
    {"lab_rejected",
     "CREATE TABLE lab_rejected (tube INTEGER PRIMARY KEY, round BIGINT, reason BIGINT NOT NULL,"
     " people BIGINT NOT NULL, at_ms BIGINT NOT NULL)",
     NULL},
    {NULL, NULL, NULL},
};

/* ---- counters ---- */

bool lab_count(struct db *db, int64_t institution, int64_t at_ms, const struct lab_counts *by,
               struct bh_err *err)
{
    if (institution == BH_NONE)
        return true;
    return db_add(db, err,
                  "INSERT INTO lab_total (institution, received, tested, reported, rejected, pools,"
                  " pools_positive) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (institution) DO "
                  "UPDATE SET received = received + excluded.received,"
                  " tested = tested + excluded.tested, reported = reported + excluded.reported,"
                  " rejected = rejected + excluded.rejected, pools = pools + excluded.pools,"
                  " pools_positive = pools_positive + excluded.pools_positive",
                  "i++++++", institution, by->received, by->tested, by->reported, by->rejected,
                  by->pools, by->pools_positive) &&
           db_add(db, err,
                  "INSERT INTO lab_hour (institution, hour, received, tested, reported, rejected,"
                  " pools, pools_positive) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT (institution, hour) DO UPDATE SET"
                  " received = received + excluded.received, tested = tested + excluded.tested,"
                  " reported = reported + excluded.reported,"
                  " rejected = rejected + excluded.rejected, pools = pools + excluded.pools,"
                  " pools_positive = pools_positive + excluded.pools_positive",
                  "ii++++++", institution, at_ms / BH_HOUR_MS, by->received, by->tested,
                  by->reported, by->rejected, by->pools, by->pools_positive);
}

static bool plate_times(struct db *db, int64_t plate, int64_t *ret_laid, int64_t *ret_read,
                        struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows, "SELECT laid_ms, read_ms FROM plate WHERE plate = ?", "i", plate);
    if (db_next(&rows)) {
        *ret_laid = row_int(&rows, 0);
        *ret_read = row_int(&rows, 1);
    }
    return db_end(&rows, err);
}

static bool turn_add(struct db *db, int64_t institution, int64_t hour, int64_t segment,
                     int64_t from_ms, int64_t to_ms, struct bh_err *err)
{
    if (from_ms == BH_NONE || to_ms == BH_NONE || to_ms < from_ms)
        return true;
    return db_add(db, err,
                  "INSERT INTO lab_turn (institution, hour, segment, class, tubes)"
                  " VALUES (?, ?, ?, ?, ?) ON CONFLICT (institution, hour, segment, class)"
                  " DO UPDATE SET tubes = tubes + excluded.tubes",
                  "iiii+", institution, hour, segment, lab_class_of(to_ms - from_ms), (int64_t)1);
}

bool lab_turnaround(struct db *db, const struct tube_facts *tube, int64_t at_ms, struct bh_err *err)
{
    struct box_facts box = {.sealed_ms = BH_NONE, .picked_ms = BH_NONE};
    int64_t laid_ms = BH_NONE, read_ms = BH_NONE;
    if (tube->received_by == BH_NONE ||
        (tube->box != BH_NONE && !box_read(db, tube->box, &box, err)) ||
        (tube->plate != BH_NONE && !plate_times(db, tube->plate, &laid_ms, &read_ms, err)))
        return tube->received_by == BH_NONE;
    const int64_t steps[SEGMENTS] = {tube->collected_ms,
                                     box.sealed_ms,
                                     box.picked_ms,
                                     tube->received_ms,
                                     laid_ms,
                                     read_ms,
                                     at_ms};
    int64_t hour = at_ms / BH_HOUR_MS;
    for (int64_t i = 0; i < SEGMENT_WHOLE; i++)
        if (!turn_add(db, tube->received_by, hour, i, steps[i], steps[i + 1], err))
            return false;
    return turn_add(db, tube->received_by, hour, SEGMENT_WHOLE, tube->collected_ms, at_ms, err);
}

/* ---- applying ---- */

static bool apply_rejected(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_rejected *f = event->fields;
    struct tube_facts tube;
    if (!round_tube(db, f->tube, &tube, err) ||
        !tube_count_rejected(db, &tube, event->occurred_ms, err) ||
        !db_run(db, err, "UPDATE tube SET sent_back_ms = ? WHERE tube = ?", "ii",
                event->occurred_ms, f->tube) ||
        !db_run(db, err,
                "INSERT INTO lab_rejected (tube, round, reason, people, at_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                "iIiii", f->tube, f->round, f->reason, (int64_t)f->people.count,
                event->occurred_ms))
        return false;
    return f->round == BH_NONE ||
           sample_take_back(db, f->round, f->ordinal, f->tube, &f->people, &f->areas, err);
}

static bool apply_cleared(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tubes_cleared *f = event->fields;
    const struct lab_tube *tubes = f->tubes.items;
    for (size_t i = 0; i < f->tubes.count; i++)
        if (!tube_answer(db, tubes[i].tube, VERDICT_NEGATIVE, event->occurred_ms, event->seq, err))
            return false;
    return true;
}

bool lab_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case LAB_TUBE_REJECTED: return apply_rejected(db, event, err);
    case LAB_TUBES_CLEARED: return apply_cleared(db, event, err);
    case LAB_RESULT_RECALLED:
        return tube_unanswer(db, ((const struct result_recalled *)event->fields)->tube, err);
    default: return true;
    }
}
