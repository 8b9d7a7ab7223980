#include "round/round.h"

#include "ledger/log_events.h"

/* What stands in a row carries the number of the fact that put it there, so that the withdrawal of that fact takes
 * back exactly this. tube_fact leads from a fact to its tube: appended, cheaper than indexes in the hot table. */
const struct derived_table round_tables[] = {
    {"tube",
     "CREATE TABLE tube (tube INTEGER PRIMARY KEY, code TEXT NOT NULL, kind BIGINT NOT NULL,"
     " area BIGINT NOT NULL, institution BIGINT NOT NULL, resample_of BIGINT, method BIGINT,"
     " found_in BIGINT, size BIGINT NOT NULL, collected_ms BIGINT NOT NULL, known_ms BIGINT NOT "
     "NULL,"
     " received_ms BIGINT, received_by BIGINT, received_seq BIGINT, verdict BIGINT, resulted_ms "
     "BIGINT,"
     " result_seq BIGINT, held_left BIGINT NOT NULL, resolved_ms BIGINT, resolved_seq BIGINT,"
     " withdrawn_ms BIGINT, round BIGINT, site BIGINT, box BIGINT, plate BIGINT,"
     " sent_back_ms BIGINT);"
     "CREATE UNIQUE INDEX tube_code ON tube (code) WHERE withdrawn_ms IS NULL",
     "CREATE INDEX tube_held ON tube (area) WHERE held_left > 0"},
    {"tube_member",
     "CREATE TABLE tube_member (tube BIGINT NOT NULL, place BIGINT NOT NULL, person BIGINT NOT "
     "NULL,"
     " at_ms BIGINT NOT NULL, held_seq BIGINT, held_ms BIGINT, outcome BIGINT, outcome_seq BIGINT,"
     " PRIMARY KEY (tube, place)) WITHOUT ROWID;"
     "CREATE INDEX tube_member_person ON tube_member (person)",
     NULL},
    {"tube_fact", "CREATE TABLE tube_fact (seq INTEGER PRIMARY KEY, tube BIGINT NOT NULL)", NULL},
    {0},
};

/* ---- reading ---- */

bool round_tube(struct db *db, int64_t tube, struct tube_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct tube_facts f = {.tube = tube};
    bool found = false;
    db_rows(
        db, &rows,
        "SELECT kind, area, institution, resample_of, found_in, size, collected_ms, received_ms,"
        " received_by, verdict, resulted_ms, held_left, withdrawn_ms FROM tube WHERE tube = ?",
        "i", tube);
    if (db_next(&rows)) {
        int64_t *const to[] = {
            &f.kind,        &f.area,    &f.institution,  &f.resample_of,
            &f.found_in,    &f.size,    &f.collected_ms, &f.received_ms,
            &f.received_by, &f.verdict, &f.resulted_ms,  &f.held_left,
        };
        enum { COLUMNS = sizeof to / sizeof to[0] };
        for (int i = 0; i < COLUMNS; i++)
            *to[i] = row_int(&rows, i);
        f.withdrawn = !row_null(&rows, COLUMNS);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "tube", "没有采样管 %lld", "there is no tube %lld",
                             (long long)tube);
    *ret = f;
    return true;
}

bool round_members(struct db *db, int64_t tube, struct bh_arena *arena, struct tube_place **ret,
                   size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    int64_t size = 0;
    bool found = false;
    size_t count = 0;
    if (!db_int(db, err, &size, &found, "SELECT COUNT(*) FROM tube_member WHERE tube = ?", "i",
                tube))
        return false;
    struct tube_place *places = bh_arena_try(arena, ((size_t)size + 1) * sizeof *places);
    if (!places)
        return bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    db_rows(
        db, &rows,
        "SELECT person, at_ms, held_seq, outcome FROM tube_member WHERE tube = ? ORDER BY place",
        "i", tube);
    while (count < (size_t)size && db_next(&rows))
        places[count++] = (struct tube_place){.person = row_int(&rows, 0),
                                              .at_ms = row_int(&rows, 1),
                                              .held = !row_null(&rows, 2),
                                              .outcome = row_int(&rows, 3)};
    if (!db_end(&rows, err))
        return false;
    *ret = places;
    *ret_count = count;
    return true;
}

bool round_last_negative(struct db *db, int64_t person, int64_t *ret_ms, struct bh_err *err)
{
    struct rows rows;
    int64_t at_ms = BH_NONE;
    db_rows(db, &rows,
            "SELECT MAX(m.at_ms) FROM tube_member m JOIN tube t ON t.tube = m.tube"
            " WHERE m.person = ? AND t.verdict = ? AND t.withdrawn_ms IS NULL",
            "ii", person, (int64_t)VERDICT_NEGATIVE);
    if (db_next(&rows))
        at_ms = row_int(&rows, 0);
    if (!db_end(&rows, err))
        return false;
    *ret_ms = at_ms;
    return true;
}

bool round_person_events(struct db *db, int64_t person, int64_t *ret, size_t max, size_t *ret_count,
                         struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(db, &rows,
            "SELECT t.tube, t.received_seq, t.result_seq FROM tube_member m JOIN tube t ON t.tube "
            "= m.tube"
            " WHERE m.person = ? ORDER BY t.tube DESC",
            "i", person);
    while (db_next(&rows))
        for (int i = 0; i < 3; i++)
            if (!row_null(&rows, i) && count < max)
                ret[count++] = row_int(&rows, i);
    *ret_count = count;
    return db_end(&rows, err);
}

/* ---- applying ---- */

static bool apply_collected(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_collected *f = event->fields;
    const struct tube_member *members = f->members.items;
    if (!db_run(
            db, err,
            "INSERT INTO tube (tube, code, kind, area, institution, resample_of, method, found_in,"
            " size, collected_ms, known_ms, held_left) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            "isiiiIIIiii", event->seq, f->code, f->kind, event->area, f->institution,
            f->resample_of, f->method, f->found_in, (int64_t)f->members.count, event->occurred_ms,
            event->recorded_ms))
        return false;
    for (size_t i = 0; i < f->members.count; i++)
        if (!db_run(db, err,
                    "INSERT INTO tube_member (tube, place, person, at_ms) VALUES (?, ?, ?, ?)",
                    "iiii", event->seq, (int64_t)i + 1, members[i].person,
                    members[i].at_ms == BH_NONE ? event->occurred_ms : members[i].at_ms))
            return false;
    return true;
}

static bool apply_received(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_received *f = event->fields;
    return db_run(
        db, err,
        "UPDATE tube SET received_ms = ?, received_by = ?, received_seq = ? WHERE tube = ?", "iiii",
        event->occurred_ms, f->institution, event->seq, f->tube);
}

static bool apply_resulted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_resulted *f = event->fields;
    return db_run(db, err,
                  "UPDATE tube SET verdict = ?, resulted_ms = ?, result_seq = ? WHERE tube = ?",
                  "iiii", f->verdict, event->occurred_ms, event->seq, f->tube);
}

static bool count_held(struct db *db, int64_t tube, struct bh_err *err)
{
    return db_run(
        db, err,
        "UPDATE tube SET held_left = (SELECT COUNT(*) FROM tube_member m WHERE m.tube = tube.tube"
        " AND m.held_seq IS NOT NULL AND m.outcome IS NULL) WHERE tube = ?",
        "i", tube);
}

static bool apply_held(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct member_held *f = event->fields;
    return db_run(db, err,
                  "UPDATE tube_member SET held_seq = ?, held_ms = ? WHERE tube = ? AND person = ?",
                  "iiii", event->seq, event->occurred_ms, f->tube, event->person) &&
           count_held(db, f->tube, err);
}

static bool apply_member_resolved(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct member_resolved *f = event->fields;
    return db_run(
               db, err,
               "UPDATE tube_member SET outcome = ?, outcome_seq = ? WHERE tube = ? AND person = ?",
               "iiii", f->outcome, event->seq, f->tube, event->person) &&
           count_held(db, f->tube, err);
}

static bool apply_pool_resolved(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct pool_resolved *f = event->fields;
    return db_run(db, err, "UPDATE tube SET resolved_ms = ?, resolved_seq = ? WHERE tube = ?",
                  "iii", event->occurred_ms, event->seq, f->tube);
}

/* ---- corrections ---- */

static bool withdraw_member(struct db *db, int64_t person, int64_t seq, bool held,
                            struct bh_err *err)
{
    int64_t tube = 0;
    bool found = false;
    if (!db_int(
            db, err, &tube, &found,
            "SELECT tube FROM tube_member WHERE person = ? AND (held_seq = ? OR outcome_seq = ?)",
            "iii", person, seq, seq))
        return false;
    if (!found)
        return true;
    bool ok = held ? db_run(db, err,
                            "UPDATE tube_member SET held_seq = NULL, held_ms = NULL"
                            " WHERE tube = ? AND held_seq = ?",
                            "ii", tube, seq)
                   : db_run(db, err,
                            "UPDATE tube_member SET outcome = NULL, outcome_seq = NULL"
                            " WHERE tube = ? AND outcome_seq = ?",
                            "ii", tube, seq);
    return ok && count_held(db, tube, err);
}

static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    int64_t seq = f->target;
    switch (f->target_kind) {
    case ROUND_TUBE_COLLECTED:
        return db_run(db, err, "UPDATE tube SET withdrawn_ms = ? WHERE tube = ?", "ii",
                      event->recorded_ms, seq);
    case ROUND_TUBE_RECEIVED:
        return db_run(
            db, err,
            "UPDATE tube SET received_ms = NULL, received_by = NULL, received_seq = NULL"
            " WHERE tube = (SELECT tube FROM tube_fact WHERE seq = ?) AND received_seq = ?",
            "ii", seq, seq);
    case ROUND_TUBE_RESULTED:
        return db_run(db, err,
                      "UPDATE tube SET verdict = NULL, resulted_ms = NULL, result_seq = NULL"
                      " WHERE tube = (SELECT tube FROM tube_fact WHERE seq = ?) AND result_seq = ?",
                      "ii", seq, seq);
    case ROUND_MEMBER_HELD: return withdraw_member(db, event->person, seq, true, err);
    case ROUND_MEMBER_RESOLVED: return withdraw_member(db, event->person, seq, false, err);
    case ROUND_POOL_RESOLVED:
        return db_run(
            db, err,
            "UPDATE tube SET resolved_ms = NULL, resolved_seq = NULL"
            " WHERE tube = (SELECT tube FROM tube_fact WHERE seq = ?) AND resolved_seq = ?",
            "ii", seq, seq);
    default: return true;
    }
}

static bool apply_redated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_redated *f = event->fields;
    int64_t seq = f->target, at_ms = f->occurred_ms, was_ms = BH_NONE;
    bool found = false;
    switch (f->target_kind) {
    case ROUND_TUBE_COLLECTED:
        if (!db_int(db, err, &was_ms, &found, "SELECT collected_ms FROM tube WHERE tube = ?", "i",
                    seq))
            return false;
        /* Members whose own time was told keep it. */
        return db_run(db, err, "UPDATE tube_member SET at_ms = ? WHERE tube = ? AND at_ms = ?",
                      "iii", at_ms, seq, was_ms) &&
               db_run(db, err, "UPDATE tube SET collected_ms = ? WHERE tube = ?", "ii", at_ms, seq);
    case ROUND_TUBE_RECEIVED:
        return db_run(
            db, err,
            "UPDATE tube SET received_ms = ?"
            " WHERE tube = (SELECT tube FROM tube_fact WHERE seq = ?) AND received_seq = ?",
            "iii", at_ms, seq, seq);
    case ROUND_TUBE_RESULTED:
        return db_run(db, err,
                      "UPDATE tube SET resulted_ms = ?"
                      " WHERE tube = (SELECT tube FROM tube_fact WHERE seq = ?) AND result_seq = ?",
                      "iii", at_ms, seq, seq);
    case ROUND_POOL_RESOLVED:
        return db_run(
            db, err,
            "UPDATE tube SET resolved_ms = ?"
            " WHERE tube = (SELECT tube FROM tube_fact WHERE seq = ?) AND resolved_seq = ?",
            "iii", at_ms, seq, seq);
    default: return true;
    }
}

static bool remember(struct db *db, const struct event *event, int64_t tube, struct bh_err *err)
{
    return db_run(db, err, "INSERT INTO tube_fact (seq, tube) VALUES (?, ?)", "ii", event->seq,
                  tube);
}

bool round_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case ROUND_TUBE_COLLECTED: return apply_collected(db, event, err);
    case ROUND_TUBE_RECEIVED:
        return apply_received(db, event, err) &&
               remember(db, event, ((const struct tube_received *)event->fields)->tube, err);
    case ROUND_TUBE_RESULTED:
        return apply_resulted(db, event, err) &&
               remember(db, event, ((const struct tube_resulted *)event->fields)->tube, err);
    case ROUND_MEMBER_HELD: return apply_held(db, event, err);
    case ROUND_MEMBER_RESOLVED: return apply_member_resolved(db, event, err);
    case ROUND_POOL_RESOLVED:
        return apply_pool_resolved(db, event, err) &&
               remember(db, event, ((const struct pool_resolved *)event->fields)->tube, err);
    case EVENT_FACT_WITHDRAWN: return apply_withdrawn(db, event, err);
    case EVENT_FACT_REDATED: return apply_redated(db, event, err);
    default: return true;
    }
}
