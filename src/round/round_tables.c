#include "round/round.h"

#include "ledger/known.h"
#include "ledger/log_events.h"
#include "round/box_facts.h"
#include "round/order_facts.h"
#include "round/sample_facts.h"

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
     "CREATE UNIQUE INDEX tube_code ON tube (code) WHERE withdrawn_ms IS NULL;"
     "CREATE INDEX tube_box ON tube (box) WHERE box IS NOT NULL",
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
        " received_by, verdict, resulted_ms, held_left, round, site, box, plate, sent_back_ms,"
        " withdrawn_ms FROM tube WHERE tube = ?",
        "i", tube);
    if (db_next(&rows)) {
        int64_t *const to[] = {
            &f.kind,        &f.area,         &f.institution, &f.resample_of, &f.found_in,
            &f.size,        &f.collected_ms, &f.received_ms, &f.received_by, &f.verdict,
            &f.resulted_ms, &f.held_left,    &f.round,       &f.site,        &f.box,
            &f.plate,       &f.sent_back_ms,
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

bool round_laboratory_area(struct db *db, const struct tube_facts *tube, int64_t *ret_area,
                           struct bh_err *err)
{
    struct box_facts box;
    int64_t kind = 0;
    *ret_area = 0;
    if (tube->received_by != BH_NONE)
        return known_institution_at(db, tube->received_by, "institution", &kind, ret_area, err);
    if (tube->box == BH_NONE)
        return true;
    if (!box_read(db, tube->box, &box, err))
        return false;
    *ret_area = box.laboratory_area;
    return true;
}

bool round_sampled(struct db *db, int64_t tube, struct bh_arena *arena, struct tube_place **ret,
                   size_t *ret_count, struct bh_err *err)
{
    struct tube_sampled fact;
    int64_t collected_ms = 0;
    if (!sample_tube_fact(db, tube, arena, &fact, err) ||
        !db_int(db, err, &collected_ms, NULL, "SELECT collected_ms FROM tube WHERE tube = ?", "i",
                tube))
        return false;
    const struct sampled_person *people = fact.people.items;
    struct tube_place *places = bh_arena_try(arena, (fact.people.count + 1) * sizeof *places);
    if (!places)
        return bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    *ret_count = 0;
    *ret = places;
    for (size_t i = 0; i < fact.people.count; i++) {
        int64_t one = 0;
        bool in = false;
        if (!db_int(db, err, &one, &in, "SELECT 1 FROM sample WHERE id = ? AND tube = ?", "ii",
                    sample_id(fact.ordinal, people[i].slot), tube))
            return false;
        if (in)
            places[(*ret_count)++] = (struct tube_place){
                .slot = people[i].slot,
                .at_ms = people[i].at_ms == BH_NONE ? collected_ms : people[i].at_ms,
                .outcome = BH_NONE};
    }
    return true;
}

bool round_members(struct db *db, int64_t tube, struct bh_arena *arena, struct tube_place **ret,
                   size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    int64_t size = 0;
    bool found = false, sampled = false;
    size_t count = 0;
    if (!db_int(db, err, &size, &found, "SELECT COUNT(*) FROM tube_member WHERE tube = ?", "i",
                tube))
        return false;
    if (size == 0 && !db_int(db, err, &size, &sampled,
                             "SELECT 0 FROM tube WHERE tube = ? AND round IS NOT NULL", "i", tube))
        return false;
    if (sampled)
        return round_sampled(db, tube, arena, ret, ret_count, err);
    struct tube_place *places = bh_arena_try(arena, ((size_t)size + 1) * sizeof *places);
    if (!places)
        return bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    db_rows(
        db, &rows,
        "SELECT person, at_ms, held_seq, outcome FROM tube_member WHERE tube = ? ORDER BY place",
        "i", tube);
    while (count < (size_t)size && db_next(&rows))
        places[count++] = (struct tube_place){.person = row_int(&rows, 0),
                                              .slot = BH_NONE,
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
    struct tube_facts tube;
    return db_run(
               db, err,
               "UPDATE tube SET received_ms = ?, received_by = ?, received_seq = ? WHERE tube = ?",
               "iiii", event->occurred_ms, f->institution, event->seq, f->tube) &&
           round_tube(db, f->tube, &tube, err) &&
           tube_count_received(db, &tube, event->occurred_ms, 1, err);
}

static bool apply_resulted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_resulted *f = event->fields;
    return tube_answer(db, f->tube, f->verdict, event->occurred_ms, event->seq, err);
}

static bool apply_named(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct member_named *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO tube_member (tube, place, person, at_ms) VALUES (?, ?, ?, ?)",
                  "iiii", f->tube, f->place, event->person, f->at_ms);
}

/* Tells the round, if the pool is of one. */
static bool count_pool(struct db *db, int64_t tube, int64_t positive, int64_t resolved,
                       int64_t people, struct bh_err *err)
{
    struct tube_facts facts;
    return round_tube(db, tube, &facts, err) &&
           (facts.round == BH_NONE ||
            order_count_pools(db, facts.round, positive, resolved, people, err));
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

bool round_resample(struct db *db, int64_t pool, int64_t person, struct resample *ret,
                    bool *ret_found, struct bh_err *err)
{
    struct rows rows;
    *ret_found = false;
    db_rows(db, &rows,
            "SELECT t.tube, t.result_seq, t.verdict FROM tube_member m JOIN tube t"
            " ON t.tube = m.tube WHERE m.person = ? AND t.resample_of = ? AND t.kind = ?"
            " AND t.verdict IN (?, ?) AND t.withdrawn_ms IS NULL"
            " ORDER BY t.result_seq LIMIT 1",
            "iiiii", person, pool, (int64_t)TUBE_SINGLE, (int64_t)VERDICT_NEGATIVE,
            (int64_t)VERDICT_POSITIVE);
    if (db_next(&rows)) {
        *ret = (struct resample){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2)};
        *ret_found = true;
    }
    return db_end(&rows, err);
}

/* A member is decided while it is held, by a sample and its result: with any of them this falls. */
static bool rest_member(struct db *db, const struct event *event, int64_t pool, struct bh_err *err)
{
    struct resample by;
    int64_t held = 0;
    bool held_found = false, found = false;
    if (!db_int(db, err, &held, &held_found,
                "SELECT held_seq FROM tube_member WHERE tube = ? AND person = ?"
                " AND held_seq IS NOT NULL",
                "ii", pool, event->person) ||
        !round_resample(db, pool, event->person, &by, &found, err))
        return false;
    return (!held_found || fact_rests(db, event->seq, held, err)) &&
           (!found || (fact_rests(db, event->seq, by.tube, err) &&
                       fact_rests(db, event->seq, by.result, err)));
}

static bool apply_member_resolved(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct member_resolved *f = event->fields;
    return db_run(
               db, err,
               "UPDATE tube_member SET outcome = ?, outcome_seq = ? WHERE tube = ? AND person = ?",
               "iiii", f->outcome, event->seq, f->tube, event->person) &&
           rest_member(db, event, f->tube, err) && count_held(db, f->tube, err) &&
           count_pool(db, f->tube, 0, 0, f->outcome == MEMBER_CASE, err);
}

/* The last one decided caused it, but it rests on each. */
static bool rest_pool(struct db *db, const struct event *event, int64_t pool, struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    db_rows(db, &rows,
            "SELECT outcome_seq FROM tube_member WHERE tube = ? AND outcome_seq IS NOT NULL", "i",
            pool);
    while (ok && db_next(&rows))
        ok = fact_rests(db, event->seq, row_int(&rows, 0), err);
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

static bool apply_pool_resolved(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct pool_resolved *f = event->fields;
    return db_run(db, err, "UPDATE tube SET resolved_ms = ?, resolved_seq = ? WHERE tube = ?",
                  "iii", event->occurred_ms, event->seq, f->tube) &&
           rest_pool(db, event, f->tube, err) && count_pool(db, f->tube, 0, 1, 0, err);
}

/* ---- corrections ---- */

static bool withdraw_held(struct db *db, int64_t person, int64_t seq, struct bh_err *err)
{
    int64_t tube = 0;
    bool found = false;
    if (!db_int(db, err, &tube, &found,
                "SELECT tube FROM tube_member WHERE person = ? AND held_seq = ?", "ii", person,
                seq))
        return false;
    return !found || (db_run(db, err,
                             "UPDATE tube_member SET held_seq = NULL, held_ms = NULL"
                             " WHERE tube = ? AND held_seq = ?",
                             "ii", tube, seq) &&
                      count_held(db, tube, err));
}

/* Somebody is undecided again, whoever was the last to be decided. */
static bool reopen_pool(struct db *db, int64_t tube, struct bh_err *err)
{
    return db_run(db, err,
                  "UPDATE tube SET resolved_ms = NULL, resolved_seq = NULL WHERE tube = ?"
                  " AND resolved_ms IS NOT NULL AND held_left > 0",
                  "i", tube) &&
           (db_changed(db) == 0 || count_pool(db, tube, 0, -1, 0, err));
}

static bool withdraw_outcome(struct db *db, int64_t person, int64_t seq, struct bh_err *err)
{
    struct rows rows;
    int64_t tube = BH_NONE, outcome = 0;
    db_rows(db, &rows, "SELECT tube, outcome FROM tube_member WHERE person = ? AND outcome_seq = ?",
            "ii", person, seq);
    if (db_next(&rows)) {
        tube = row_int(&rows, 0);
        outcome = row_int(&rows, 1);
    }
    if (!db_end(&rows, err))
        return false;
    return tube == BH_NONE || (db_run(db, err,
                                      "UPDATE tube_member SET outcome = NULL, outcome_seq = NULL"
                                      " WHERE tube = ? AND outcome_seq = ?",
                                      "ii", tube, seq) &&
                               count_held(db, tube, err) && reopen_pool(db, tube, err) &&
                               count_pool(db, tube, 0, 0, outcome == MEMBER_CASE ? -1 : 0, err));
}

/* The tube that a fact about it still shapes: for each kind the column that carries the fact's number. */
static bool shaped(struct db *db, int64_t kind, int64_t seq, struct tube_facts *ret,
                   bool *ret_found, struct bh_err *err)
{
    int64_t tube = 0;
    bool ok = false;
    if (kind == ROUND_TUBE_RECEIVED)
        ok = db_int(db, err, &tube, ret_found,
                    "SELECT t.tube FROM tube_fact f JOIN tube t ON t.tube = f.tube"
                    " AND t.received_seq = f.seq WHERE f.seq = ?",
                    "i", seq);
    else if (kind == ROUND_TUBE_RESULTED)
        ok = db_int(db, err, &tube, ret_found,
                    "SELECT t.tube FROM tube_fact f JOIN tube t ON t.tube = f.tube"
                    " AND t.result_seq = f.seq WHERE f.seq = ?",
                    "i", seq);
    else if (kind == ROUND_POOL_RESOLVED)
        ok = db_int(db, err, &tube, ret_found,
                    "SELECT t.tube FROM tube_fact f JOIN tube t ON t.tube = f.tube"
                    " AND t.resolved_seq = f.seq WHERE f.seq = ?",
                    "i", seq);
    else
        ok =
            db_int(db, err, &tube, ret_found, "SELECT tube FROM tube_fact WHERE seq = ?", "i", seq);
    return ok && (!*ret_found || round_tube(db, tube, ret, err));
}

static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    int64_t seq = f->target;
    struct tube_facts tube;
    bool found = false;
    switch (f->target_kind) {
    case ROUND_TUBE_COLLECTED:
        return db_run(db, err, "UPDATE tube SET withdrawn_ms = ? WHERE tube = ?", "ii",
                      event->recorded_ms, seq);
    case ROUND_MEMBER_HELD: return withdraw_held(db, event->person, seq, err);
    case ROUND_MEMBER_RESOLVED: return withdraw_outcome(db, event->person, seq, err);
    case ROUND_TUBE_RECEIVED:
        return shaped(db, f->target_kind, seq, &tube, &found, err) &&
               (!found || (tube_count_received(db, &tube, tube.received_ms, -1, err) &&
                           db_run(db, err,
                                  "UPDATE tube SET received_ms = NULL, received_by = NULL,"
                                  " received_seq = NULL WHERE tube = ?",
                                  "i", tube.tube)));
    case ROUND_TUBE_RESULTED:
        return shaped(db, f->target_kind, seq, &tube, &found, err) &&
               (!found || tube_unanswer(db, tube.tube, err));
    case ROUND_POOL_POSITIVE:
        return shaped(db, f->target_kind, seq, &tube, &found, err) &&
               (!found || count_pool(db, tube.tube, -1, 0, 0, err));
    case ROUND_POOL_RESOLVED:
        return shaped(db, f->target_kind, seq, &tube, &found, err) &&
               (!found || (count_pool(db, tube.tube, 0, -1, 0, err) &&
                           db_run(db, err,
                                  "UPDATE tube SET resolved_ms = NULL, resolved_seq = NULL"
                                  " WHERE tube = ?",
                                  "i", tube.tube)));
    default: return true;
    }
}

static bool redate_collected(struct db *db, int64_t tube, int64_t at_ms, struct bh_err *err)
{
    int64_t was_ms = BH_NONE;
    bool found = false;
    /* Members whose own time was told keep it. */
    return db_int(db, err, &was_ms, &found, "SELECT collected_ms FROM tube WHERE tube = ?", "i",
                  tube) &&
           db_run(db, err, "UPDATE tube_member SET at_ms = ? WHERE tube = ? AND at_ms = ?", "iii",
                  at_ms, tube, was_ms) &&
           db_run(db, err, "UPDATE tube SET collected_ms = ? WHERE tube = ?", "ii", at_ms, tube);
}

static bool apply_redated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_redated *f = event->fields;
    int64_t seq = f->target, at_ms = f->occurred_ms;
    struct tube_facts tube;
    bool found = false;
    if (f->target_kind == ROUND_TUBE_COLLECTED)
        return redate_collected(db, seq, at_ms, err);
    if (f->target_kind != ROUND_TUBE_RECEIVED && f->target_kind != ROUND_TUBE_RESULTED &&
        f->target_kind != ROUND_POOL_RESOLVED)
        return true;
    if (!shaped(db, f->target_kind, seq, &tube, &found, err) || !found)
        return !found;
    if (f->target_kind == ROUND_TUBE_RESULTED)
        return tube_answer_moved(db, tube.tube, at_ms, err);
    if (f->target_kind == ROUND_POOL_RESOLVED)
        return db_run(db, err, "UPDATE tube SET resolved_ms = ? WHERE tube = ?", "ii", at_ms,
                      tube.tube);
    return tube_count_received(db, &tube, tube.received_ms, -1, err) &&
           tube_count_received(db, &tube, at_ms, 1, err) &&
           db_run(db, err, "UPDATE tube SET received_ms = ? WHERE tube = ?", "ii", at_ms,
                  tube.tube);
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
    case ROUND_POOL_POSITIVE: {
        int64_t tube = ((const struct pool_positive *)event->fields)->tube;
        return count_pool(db, tube, 1, 0, 0, err) && remember(db, event, tube, err);
    }
    case ROUND_MEMBER_NAMED: return apply_named(db, event, err);
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
