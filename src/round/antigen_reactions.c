/* What follows from antigen tests, and from nucleic acid results of people whose antigen test was positive. Nothing here
 * publishes a positive of the link report: that is a laboratory's to say. */
#include "ledger/people_link.h"
#include "round/antigen.h"
#include "round/lab_events.h"
#include "round/order_facts.h"
#include "round/roll_facts.h"
#include "round/round.h"

/* ---- a test is positive: whose it is becomes a person ---- */

static bool tell_positive(struct decision *d, struct db *db, int64_t antigen, int64_t at_ms,
                          struct bh_err *err)
{
    struct antigen_facts test;
    struct roll_listed listed;
    struct naming naming = {0};
    if (!antigen_read(db, antigen, &test, err))
        return false;
    if (test.positive_ms != BH_NONE)
        return true;
    struct event_head head = {test.area, test.person == BH_NONE ? 0 : test.person, at_ms};
    if (head.person == 0 &&
        (!roll_resident_at(db, test.roll, test.slot, decision_arena(d), &listed, err) ||
         !naming_person(d, db, &naming, &listed, at_ms, &head.person, err)))
        return false;
    struct antigen_positive fact = {antigen};
    decision_emit(d, ANTIGEN_POSITIVE, &head, &fact);
    return true;
}

static bool react_reported(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct antigen_reported *f = event->fields;
    return f->outcome != ANTIGEN_IS_POSITIVE ||
           tell_positive(d, db, event->seq, event->occurred_ms, err);
}

static bool react_reviewed(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct antigen_reviewed *f = event->fields;
    return f->reading != ANTIGEN_IS_POSITIVE ||
           tell_positive(d, db, f->antigen, event->occurred_ms, err);
}

/* ---- a nucleic acid result ---- */

struct decided {
    const struct tube_facts *tube;
    int64_t verdict, at_ms;
};

/* One undecided positive: antigen, area, person, taken. */
static void decide_one(struct decision *d, const struct rows *rows, const struct decided *by,
                       int64_t sampled_ms)
{
    struct event_head head = {row_int(rows, 1), row_int(rows, 2), by->at_ms};
    struct antigen_decided fact = {
        .antigen = row_int(rows, 0),
        .tube = by->tube->tube,
        .outcome = antigen_decision(by->tube->kind, by->verdict, sampled_ms, row_int(rows, 3)),
    };
    if (fact.outcome != BH_NONE)
        decision_emit(d, ANTIGEN_DECIDED, &head, &fact);
}

static bool decide_member(struct decision *d, struct db *db, const struct decided *by, int64_t roll,
                          const struct tube_place *place, struct bh_err *err)
{
    struct rows rows;
    if (place->person != 0)
        db_rows(db, &rows,
                "SELECT antigen, area, person, taken_ms FROM antigen_test WHERE person = ?"
                " AND positive_ms IS NOT NULL AND decided IS NULL ORDER BY antigen",
                "i", place->person);
    else
        db_rows(db, &rows,
                "SELECT antigen, area, person, taken_ms FROM antigen_test WHERE roll = ?"
                " AND slot = ? AND positive_ms IS NOT NULL AND decided IS NULL ORDER BY antigen",
                "iI", roll, place->slot);
    while (db_next(&rows))
        decide_one(d, &rows, by, place->at_ms == BH_NONE ? by->tube->collected_ms : place->at_ms);
    return db_end(&rows, err);
}

static bool decide_tube(struct decision *d, struct db *db, const struct decided *by,
                        struct bh_err *err)
{
    struct round_facts round = {.roll = BH_NONE};
    struct tube_place *places = NULL;
    size_t count = 0;
    if ((by->tube->round != BH_NONE && !order_round(db, by->tube->round, &round, err)) ||
        !round_members(db, by->tube->tube, decision_arena(d), &places, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!decide_member(d, db, by, round.roll, &places[i], err))
            return false;
    return true;
}

/* Nearly always nobody: then nothing more is looked at. */
static bool somebody_waits(struct db *db, bool *ret, struct bh_err *err)
{
    int64_t one = 0;
    return db_int(db, err, &one, ret,
                  "SELECT 1 FROM antigen_test WHERE positive_ms IS NOT NULL AND decided IS NULL"
                  " LIMIT 1",
                  "");
}

static bool react_resulted(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct tube_resulted *f = event->fields;
    struct tube_facts tube;
    bool waits = false;
    if (f->verdict != VERDICT_NEGATIVE && f->verdict != VERDICT_POSITIVE)
        return true;
    if (!somebody_waits(db, &waits, err) || (waits && !round_tube(db, f->tube, &tube, err)))
        return false;
    const struct decided by = {&tube, f->verdict, event->occurred_ms};
    return !waits || decide_tube(d, db, &by, err);
}

/* Negatives told together, many thousand people: only those who wait are looked for, in the tubes they went into. */
static bool decide_cleared(struct decision *d, struct db *db, const struct event *event,
                           int64_t round, struct bh_err *err)
{
    const struct tubes_cleared *f = event->fields;
    const struct lab_tube *tubes = f->tubes.items;
    struct rows rows;
    db_rows(db, &rows,
            "SELECT a.antigen, a.area, a.person, a.taken_ms, t.tube, t.kind, t.collected_ms"
            " FROM antigen_test a JOIN round r ON r.roll = a.roll AND r.round = ?"
            " JOIN sample s ON s.id = r.ordinal * 4294967296 + a.slot"
            " JOIN tube t ON t.tube = s.tube"
            " WHERE a.positive_ms IS NOT NULL AND a.decided IS NULL ORDER BY a.antigen",
            "i", round);
    while (db_next(&rows)) {
        struct tube_facts tube = {.tube = row_int(&rows, 4), .kind = row_int(&rows, 5)};
        const struct decided by = {&tube, VERDICT_NEGATIVE, event->occurred_ms};
        for (size_t i = 0; i < f->tubes.count; i++)
            if (tubes[i].tube == tube.tube)
                decide_one(d, &rows, &by, row_int(&rows, 6));
    }
    return db_end(&rows, err);
}

static bool react_cleared(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct tubes_cleared *f = event->fields;
    const struct lab_tube *tubes = f->tubes.items;
    bool waits = false;
    if (!somebody_waits(db, &waits, err))
        return false;
    int64_t *done = bh_arena_get(decision_arena(d), (f->tubes.count + 1) * sizeof *done);
    size_t rounds = 0;
    for (size_t i = 0; waits && i < f->tubes.count; i++) {
        struct tube_facts tube;
        size_t known = 0;
        if (!round_tube(db, tubes[i].tube, &tube, err))
            return false;
        const struct decided by = {&tube, VERDICT_NEGATIVE, event->occurred_ms};
        while (known < rounds && done[known] != tube.round)
            known++;
        if (tube.round == BH_NONE
                ? !decide_tube(d, db, &by, err)
                : known == rounds && !decide_cleared(d, db, event, tube.round, err))
            return false;
        if (tube.round != BH_NONE && known == rounds)
            done[rounds++] = tube.round;
    }
    return true;
}

/* The negative was wrong: whoever it had freed owes a nucleic acid test again. */
static bool react_recalled(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct result_recalled *f = event->fields;
    struct rows rows;
    db_rows(
        db, &rows,
        "SELECT antigen, area, person FROM antigen_test WHERE decided_tube = ? ORDER BY antigen",
        "i", f->tube);
    while (db_next(&rows)) {
        struct antigen_positive fact = {row_int(&rows, 0)};
        struct event_head head = {row_int(&rows, 1), row_int(&rows, 2), event->occurred_ms};
        decision_emit(d, ANTIGEN_POSITIVE, &head, &fact);
    }
    return db_end(&rows, err);
}

const struct reaction antigen_reactions[] = {
    {ANTIGEN_REPORTED, {EVENT_PERSON_REGISTERED, ANTIGEN_POSITIVE}, react_reported},
    {ANTIGEN_REVIEWED, {EVENT_PERSON_REGISTERED, ANTIGEN_POSITIVE}, react_reviewed},
    {ROUND_TUBE_RESULTED, {ANTIGEN_DECIDED}, react_resulted},
    {LAB_TUBES_CLEARED, {ANTIGEN_DECIDED}, react_cleared},
    {LAB_RESULT_RECALLED, {ANTIGEN_POSITIVE}, react_recalled},
    {0},
};
