#include "move/move.h"

#include "ledger/log_events.h"

const struct derived_table move_tables[] = {
    {"transfer",
     "CREATE TABLE transfer (transfer INTEGER PRIMARY KEY, case_number BIGINT NOT NULL,"
     " person BIGINT NOT NULL, institution BIGINT NOT NULL, vehicle TEXT NOT NULL,"
     " picked_ms BIGINT NOT NULL, known_ms BIGINT NOT NULL, handed_ms BIGINT, handed_to BIGINT,"
     " handed_seq BIGINT, withdrawn_ms BIGINT);"
     "CREATE INDEX transfer_case ON transfer (case_number);"
     "CREATE INDEX transfer_handed ON transfer (handed_seq)",
     NULL},
    {0},
};

bool move_case(struct db *db, int64_t case_number, struct move_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct move_facts f = {.picked_ms = BH_NONE, .handed_ms = BH_NONE, .handed_to = BH_NONE};
    db_rows(db, &rows,
            "SELECT transfer, picked_ms, handed_ms, handed_to FROM transfer"
            " WHERE case_number = ? AND withdrawn_ms IS NULL ORDER BY transfer DESC LIMIT 1",
            "i", case_number);
    if (db_next(&rows))
        f = (struct move_facts){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                row_int(&rows, 3)};
    if (!db_end(&rows, err))
        return false;
    *ret = f;
    return true;
}

static bool apply_picked_up(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct person_picked_up *f = event->fields;
    return db_run(
        db, err,
        "INSERT INTO transfer (transfer, case_number, person, institution, vehicle, picked_ms,"
        " known_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "iiiisii", event->seq, f->case_number, event->person, f->institution, f->vehicle,
        event->occurred_ms, event->recorded_ms);
}

static bool apply_handed_over(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct person_handed_over *f = event->fields;
    return db_run(db, err,
                  "UPDATE transfer SET handed_ms = ?, handed_to = ?, handed_seq = ?"
                  " WHERE case_number = ? AND handed_ms IS NULL AND withdrawn_ms IS NULL",
                  "iiii", event->occurred_ms, f->institution, event->seq, f->case_number);
}

static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    if (f->target_kind == MOVE_PERSON_PICKED_UP)
        return db_run(db, err, "UPDATE transfer SET withdrawn_ms = ? WHERE transfer = ?", "ii",
                      event->recorded_ms, f->target);
    if (f->target_kind == MOVE_PERSON_HANDED_OVER)
        return db_run(db, err,
                      "UPDATE transfer SET handed_ms = NULL, handed_to = NULL, handed_seq = NULL"
                      " WHERE handed_seq = ?",
                      "i", f->target);
    return true;
}

static bool apply_redated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_redated *f = event->fields;
    if (f->target_kind == MOVE_PERSON_PICKED_UP)
        return db_run(db, err, "UPDATE transfer SET picked_ms = ? WHERE transfer = ?", "ii",
                      f->occurred_ms, f->target);
    if (f->target_kind == MOVE_PERSON_HANDED_OVER)
        return db_run(db, err, "UPDATE transfer SET handed_ms = ? WHERE handed_seq = ?", "ii",
                      f->occurred_ms, f->target);
    return true;
}

bool move_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case MOVE_PERSON_PICKED_UP: return apply_picked_up(db, event, err);
    case MOVE_PERSON_HANDED_OVER: return apply_handed_over(db, event, err);
    case EVENT_FACT_WITHDRAWN: return apply_withdrawn(db, event, err);
    case EVENT_FACT_REDATED: return apply_redated(db, event, err);
    default: return true;
    }
}
