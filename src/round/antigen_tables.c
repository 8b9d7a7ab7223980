#include "ledger/log.h"
#include "ledger/log_events.h"
#include "round/antigen.h"

const struct derived_table antigen_tables[] = {
    {"antigen_batch",
     "CREATE TABLE antigen_batch (batch INTEGER PRIMARY KEY, name TEXT NOT NULL,"
     " area BIGINT NOT NULL, kits BIGINT NOT NULL, handed BIGINT NOT NULL, used BIGINT NOT NULL)",
     NULL},
    {"antigen_kit",
     "CREATE TABLE antigen_kit (kit INTEGER PRIMARY KEY, batch BIGINT NOT NULL,"
     " area BIGINT NOT NULL, roll BIGINT, slot BIGINT, count BIGINT, round BIGINT,"
     " handed_ms BIGINT, antigen BIGINT, for_group BIGINT);"
     "CREATE INDEX antigen_kit_round ON antigen_kit (round, slot)",
     NULL},
    {"antigen_test",
     "CREATE TABLE antigen_test (antigen INTEGER PRIMARY KEY, area BIGINT NOT NULL, person BIGINT,"
     " roll BIGINT, slot BIGINT, round BIGINT, outcome BIGINT NOT NULL, taken_ms BIGINT NOT NULL,"
     " known_ms BIGINT NOT NULL, self BIGINT NOT NULL, symptom_days BIGINT, late BIGINT,"
     " again_until_ms BIGINT, photo BIGINT, reading BIGINT, positive_ms BIGINT, decided BIGINT,"
     " decided_seq BIGINT, decided_tube BIGINT, repeat_owed_ms BIGINT, repeated BIGINT);"
     "CREATE INDEX antigen_test_slot ON antigen_test (roll, slot);"
     "CREATE INDEX antigen_test_person ON antigen_test (person);"
     "CREATE INDEX antigen_test_open ON antigen_test (roll, slot)"
     " WHERE positive_ms IS NOT NULL AND decided IS NULL;"
     "CREATE INDEX antigen_test_tube ON antigen_test (decided_tube);"
     "CREATE INDEX antigen_test_decided ON antigen_test (decided_seq)",
     "CREATE INDEX antigen_test_area ON antigen_test (area, antigen)"},
    {"antigen_count",
     "CREATE TABLE antigen_count (round BIGINT NOT NULL, area BIGINT NOT NULL,"
     " handed_out BIGINT NOT NULL, reported BIGINT NOT NULL, negative BIGINT NOT NULL,"
     " positive BIGINT NOT NULL, invalid BIGINT NOT NULL, confirmed BIGINT NOT NULL,"
     " refuted BIGINT NOT NULL, PRIMARY KEY (round, area))",
     NULL},
    {NULL, NULL, NULL},
};

/* ---- questions ---- */

bool antigen_kit_read(struct db *db, int64_t kit, struct kit_facts *ret, bool *ret_found,
                      struct bh_err *err)
{
    struct rows rows;
    *ret_found = false;
    *ret = (struct kit_facts){kit,     BH_NONE, 0,       BH_NONE, BH_NONE,
                              BH_NONE, BH_NONE, BH_NONE, BH_NONE, BH_NONE};
    db_rows(db, &rows,
            "SELECT batch, area, roll, slot, count, round, handed_ms, antigen, for_group"
            " FROM antigen_kit WHERE kit = ?",
            "i", kit);
    if (db_next(&rows)) {
        int64_t *const to[] = {&ret->batch, &ret->area,      &ret->roll,    &ret->slot, &ret->count,
                               &ret->round, &ret->handed_ms, &ret->antigen, &ret->group};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
        *ret_found = true;
    }
    return db_end(&rows, err);
}

bool antigen_read(struct db *db, int64_t antigen, struct antigen_facts *ret, struct bh_err *err)
{
    struct rows rows;
    bool found = false;
    *ret = (struct antigen_facts){.antigen = antigen};
    db_rows(
        db, &rows,
        "SELECT area, person, roll, slot, round, outcome, taken_ms, photo, reading, positive_ms,"
        " decided, decided_tube, repeat_owed_ms, repeated FROM antigen_test WHERE antigen = ?",
        "i", antigen);
    if (db_next(&rows)) {
        int64_t *const to[] = {&ret->area,           &ret->person,  &ret->roll,
                               &ret->slot,           &ret->round,   &ret->outcome,
                               &ret->taken_ms,       &ret->photo,   &ret->reading,
                               &ret->positive_ms,    &ret->decided, &ret->decided_tube,
                               &ret->repeat_owed_ms, &ret->repeated};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "antigen", "没有抗原自测 %lld",
                                  "there is no antigen test %lld", (long long)antigen);
}

bool antigen_owes(struct db *db, int64_t round, int64_t slot, bool *ret, struct bh_err *err)
{
    enum { DOOR = 100 }; /* most people of one hand-out */
    int64_t one = 0;
    return db_int(db, err, &one, ret,
                  "SELECT 1 FROM antigen_kit WHERE round = ? AND slot BETWEEN ? AND ?"
                  " AND slot + count > ? AND antigen IS NULL LIMIT 1",
                  "iiii", round, slot - DOOR + 1, slot, slot);
}

bool antigen_photo(struct db *db, int64_t antigen, struct bh_arena *arena, struct bh_str *ret,
                   int64_t *ret_area, struct bh_err *err)
{
    struct antigen_facts test;
    struct antigen_photographed fact;
    *ret_area = 0;
    if (!antigen_read(db, antigen, &test, err))
        return false;
    *ret_area = test.area;
    if (test.photo == BH_NONE)
        return bh_fail_field(err, BH_MISSING, "antigen", "该次自测没有照片",
                             "this test has no photo");
    if (!log_fact(db, antigen_events, ANTIGEN_PHOTOGRAPHED, test.photo, arena, &fact, err))
        return false;
    *ret = fact.photo.text;
    return true;
}

/* ---- applying ---- */

struct counts {
    int64_t handed_out, reported, negative, positive, invalid, confirmed, refuted;
};

static bool count(struct db *db, int64_t round, int64_t area, const struct counts *by,
                  struct bh_err *err)
{
    return round == BH_NONE ||
           db_run(db, err,
                  "INSERT INTO antigen_count (round, area, handed_out, reported, negative,"
                  " positive, invalid, confirmed, refuted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT (round, area) DO UPDATE SET"
                  " handed_out = antigen_count.handed_out + excluded.handed_out,"
                  " reported = antigen_count.reported + excluded.reported,"
                  " negative = antigen_count.negative + excluded.negative,"
                  " positive = antigen_count.positive + excluded.positive,"
                  " invalid = antigen_count.invalid + excluded.invalid,"
                  " confirmed = antigen_count.confirmed + excluded.confirmed,"
                  " refuted = antigen_count.refuted + excluded.refuted",
                  "iiiiiiiii", round, area, by->handed_out, by->reported, by->negative,
                  by->positive, by->invalid, by->confirmed, by->refuted);
}

static bool apply_registered(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct kits_registered *f = event->fields;
    const struct antigen_kit *kits = f->kits.items;
    for (size_t i = 0; i < f->kits.count; i++)
        if (!db_run(db, err, "INSERT INTO antigen_kit (kit, batch, area) VALUES (?, ?, ?)", "iii",
                    kits[i].kit, event->seq, event->area))
            return false;
    return db_run(db, err,
                  "INSERT INTO antigen_batch (batch, name, area, kits, handed, used)"
                  " VALUES (?, ?, ?, ?, 0, 0)",
                  "isii", event->seq, f->name, event->area, (int64_t)f->kits.count);
}

/* A kit that went to the wrong door is handed out again: it leaves where it was counted. */
static bool hand_out(struct db *db, const struct event *event, int64_t number, struct bh_err *err)
{
    const struct kits_handed_out *f = event->fields;
    const struct counts one = {.handed_out = 1}, back = {.handed_out = -1};
    struct kit_facts kit;
    bool found = false;
    if (!antigen_kit_read(db, number, &kit, &found, err))
        return false;
    return (kit.handed_ms == BH_NONE
                ? db_run(db, err, "UPDATE antigen_batch SET handed = handed + 1 WHERE batch = ?",
                         "i", kit.batch)
                : count(db, kit.round, kit.area, &back, err)) &&
           db_run(db, err,
                  "UPDATE antigen_kit SET area = ?, roll = ?, slot = ?, count = ?, round = ?,"
                  " handed_ms = ?, for_group = ? WHERE kit = ?",
                  "iiiiIiIi", event->area, f->roll, f->slot, f->count, f->round, event->occurred_ms,
                  f->group, number) &&
           count(db, f->round, event->area, &one, err);
}

static bool apply_handed_out(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct kits_handed_out *f = event->fields;
    const struct antigen_kit *kits = f->kits.items;
    for (size_t i = 0; i < f->kits.count; i++)
        if (!hand_out(db, event, kits[i].kit, err))
            return false;
    return true;
}

/* Positives are counted when told as a fact of their own: a photo may show one that was not reported. */
static bool apply_reported(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct antigen_reported *f = event->fields;
    const struct counts by = {.reported = 1,
                              .negative = f->outcome == ANTIGEN_IS_NEGATIVE,
                              .invalid = f->outcome == ANTIGEN_IS_INVALID};
    return db_run(db, err,
                  "INSERT INTO antigen_test (antigen, area, person, roll, slot, round, outcome,"
                  " taken_ms, known_ms, self, symptom_days, late, again_until_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iiIIIIiiiiIII", event->seq, event->area,
                  event->person == 0 ? BH_NONE : event->person, f->roll, f->slot, f->round,
                  f->outcome, f->taken_ms, event->recorded_ms, (int64_t)(event->actor == 0),
                  f->symptom_days, f->late, f->again_until_ms) &&
           db_run(db, err, "UPDATE antigen_kit SET antigen = ? WHERE kit = ?", "ii", event->seq,
                  f->kit) &&
           db_run(db, err,
                  "UPDATE antigen_batch SET used = used + 1"
                  " WHERE batch = (SELECT batch FROM antigen_kit WHERE kit = ?)",
                  "i", f->kit) &&
           count(db, f->round, event->area, &by, err);
}

/* What the nucleic acid said counts no longer. */
static bool undecide(struct db *db, const struct antigen_facts *test, struct bh_err *err)
{
    const struct counts by = {.confirmed = -(test->decided == ANTIGEN_IS_POSITIVE),
                              .refuted = -(test->decided == ANTIGEN_IS_NEGATIVE)};
    if (test->decided == BH_NONE)
        return true;
    return db_run(db, err,
                  "UPDATE antigen_test SET decided = NULL, decided_seq = NULL, decided_tube = NULL"
                  " WHERE antigen = ?",
                  "i", test->antigen) &&
           count(db, test->round, test->area, &by, err);
}

static bool apply_positive(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct antigen_positive *f = event->fields;
    const struct counts one = {.positive = 1};
    struct antigen_facts test;
    if (!antigen_read(db, f->antigen, &test, err) || !undecide(db, &test, err))
        return false;
    if (test.positive_ms != BH_NONE)
        return true;
    return db_run(db, err, "UPDATE antigen_test SET positive_ms = ?, person = ? WHERE antigen = ?",
                  "iii", event->occurred_ms, event->person, f->antigen) &&
           count(db, test.round, test.area, &one, err);
}

static bool apply_decided(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct antigen_decided *f = event->fields;
    const struct counts by = {.confirmed = f->outcome == ANTIGEN_IS_POSITIVE,
                              .refuted = f->outcome == ANTIGEN_IS_NEGATIVE};
    struct antigen_facts test;
    return antigen_read(db, f->antigen, &test, err) &&
           db_run(db, err,
                  "UPDATE antigen_test SET decided = ?, decided_seq = ?, decided_tube = ?"
                  " WHERE antigen = ?",
                  "iiii", f->outcome, event->seq, f->tube, f->antigen) &&
           count(db, test.round, test.area, &by, err);
}

static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    struct antigen_facts test;
    int64_t antigen = 0;
    bool found = false;
    if (f->target_kind != ANTIGEN_DECIDED)
        return true;
    if (!db_int(db, err, &antigen, &found,
                "SELECT a.antigen FROM antigen_test a WHERE a.decided_seq = ?", "i", f->target))
        return false;
    return !found || (antigen_read(db, antigen, &test, err) && undecide(db, &test, err));
}

bool antigen_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct antigen_reviewed *reviewed = event->fields;
    const struct antigen_repeated *repeated = event->fields;
    switch (event->kind->number) {
    case ANTIGEN_KITS_REGISTERED: return apply_registered(db, event, err);
    case ANTIGEN_KITS_HANDED_OUT: return apply_handed_out(db, event, err);
    case ANTIGEN_REPORTED: return apply_reported(db, event, err);
    case ANTIGEN_PHOTOGRAPHED:
        return db_run(db, err, "UPDATE antigen_test SET photo = ? WHERE antigen = ?", "ii",
                      event->seq, ((const struct antigen_photographed *)event->fields)->antigen);
    case ANTIGEN_REVIEWED:
        return db_run(db, err, "UPDATE antigen_test SET reading = ? WHERE antigen = ?", "ii",
                      reviewed->reading, reviewed->antigen);
    case ANTIGEN_POSITIVE: return apply_positive(db, event, err);
    case ANTIGEN_DECIDED: return apply_decided(db, event, err);
    case ANTIGEN_REPEAT_OWED:
        return db_run(db, err, "UPDATE antigen_test SET repeat_owed_ms = ? WHERE antigen = ?", "ii",
                      event->occurred_ms,
                      ((const struct antigen_repeat_owed *)event->fields)->antigen);
    case ANTIGEN_REPEATED:
        return db_run(db, err, "UPDATE antigen_test SET repeated = ? WHERE antigen = ?", "ii",
                      repeated->by, repeated->antigen);
    case EVENT_FACT_WITHDRAWN: return apply_withdrawn(db, event, err);
    default: return true;
    }
}
