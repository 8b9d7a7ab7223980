#include "stay/stay.h"

#include "ledger/log_events.h"

/* ended_seq: the fact that ended the stay (picked up again, discharged, released, dead). */
const struct derived_table stay_tables[] = {
    {"stay",
     "CREATE TABLE stay (stay INTEGER PRIMARY KEY, case_number BIGINT NOT NULL, person "
     "BIGINT NOT NULL,"
     " institution BIGINT NOT NULL, bed TEXT NOT NULL, admitted_ms BIGINT NOT NULL,"
     " known_ms BIGINT NOT NULL, ended_ms BIGINT, ended_seq BIGINT, withdrawn_ms BIGINT);"
     "CREATE INDEX stay_case_number ON stay (case_number);"
     "CREATE INDEX stay_ended ON stay (ended_seq)",
     "CREATE INDEX stay_bed ON stay (institution, bed)"},
    {0},
};

bool stay_case(struct db *db, int64_t case_number, struct stay_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct stay_facts f = {.institution = BH_NONE, .admitted_ms = BH_NONE};
    db_rows(db, &rows,
            "SELECT stay, institution, admitted_ms FROM stay"
            " WHERE case_number = ? AND ended_ms IS NULL AND withdrawn_ms IS NULL",
            "i", case_number);
    if (db_next(&rows))
        f = (struct stay_facts){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2)};
    if (!db_end(&rows, err))
        return false;
    *ret = f;
    return true;
}

bool stay_of_bed(struct db *db, int64_t institution, struct bh_str bed, int64_t *ret,
                 struct bh_err *err)
{
    int64_t stay = 0;
    bool found = false;
    if (!db_int(db, err, &stay, &found,
                "SELECT stay FROM stay WHERE institution = ? AND bed = ? AND ended_ms IS NULL"
                " AND withdrawn_ms IS NULL",
                "is", institution, bed))
        return false;
    *ret = stay;
    return true;
}

static bool apply_admitted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct person_admitted *f = event->fields;
    return db_run(
        db, err,
        "INSERT INTO stay (stay, case_number, person, institution, bed, admitted_ms, known_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        "iiiisii", event->seq, f->case_number, event->person, f->institution, f->bed,
        event->occurred_ms, event->recorded_ms);
}

static bool end_stay(struct db *db, const struct event *event, int64_t case_number,
                     struct bh_err *err)
{
    return db_run(db, err,
                  "UPDATE stay SET ended_ms = ?, ended_seq = ?"
                  " WHERE case_number = ? AND ended_ms IS NULL AND withdrawn_ms IS NULL",
                  "iii", event->occurred_ms, event->seq, case_number);
}

/* The withdrawn fact may be the admission, or what ended the stay. */
static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    switch (f->target_kind) {
    case STAY_PERSON_ADMITTED:
        return db_run(db, err, "UPDATE stay SET withdrawn_ms = ? WHERE stay = ?", "ii",
                      event->recorded_ms, f->target);
    case MOVE_PERSON_PICKED_UP:
    case REPORT_CASE_DISCHARGED:
    case REPORT_CASE_RELEASED:
    case REPORT_CASE_DIED:
        return db_run(db, err,
                      "UPDATE stay SET ended_ms = NULL, ended_seq = NULL WHERE ended_seq = ?", "i",
                      f->target);
    default: return true;
    }
}

static bool apply_redated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_redated *f = event->fields;
    switch (f->target_kind) {
    case STAY_PERSON_ADMITTED:
        return db_run(db, err, "UPDATE stay SET admitted_ms = ? WHERE stay = ?", "ii",
                      f->occurred_ms, f->target);
    case MOVE_PERSON_PICKED_UP:
    case REPORT_CASE_DISCHARGED:
    case REPORT_CASE_RELEASED:
    case REPORT_CASE_DIED:
        return db_run(db, err, "UPDATE stay SET ended_ms = ? WHERE ended_seq = ?", "ii",
                      f->occurred_ms, f->target);
    default: return true;
    }
}

bool stay_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case STAY_PERSON_ADMITTED: return apply_admitted(db, event, err);
    case MOVE_PERSON_PICKED_UP:
        return end_stay(db, event, ((const struct person_picked_up *)event->fields)->case_number,
                        err);
    case REPORT_CASE_DISCHARGED:
    case REPORT_CASE_RELEASED:
    case REPORT_CASE_DIED:
        return end_stay(db, event, ((const struct case_ended *)event->fields)->case_number, err);
    case EVENT_FACT_WITHDRAWN: return apply_withdrawn(db, event, err);
    case EVENT_FACT_REDATED: return apply_redated(db, event, err);
    default: return true;
    }
}
