#include "round/box.h"

#include "ledger/log.h"
#include "round/lab_facts.h"
#include "round/order_facts.h"

const struct derived_table box_tables[] = {
    {"box",
     "CREATE TABLE box (box INTEGER PRIMARY KEY, code TEXT NOT NULL, round BIGINT NOT NULL,"
     " site BIGINT NOT NULL, area BIGINT NOT NULL, size BIGINT NOT NULL, first_ms BIGINT NOT NULL,"
     " sealed_ms BIGINT NOT NULL, picked_ms BIGINT, courier BIGINT, picked_tenths BIGINT,"
     " received_ms BIGINT, laboratory BIGINT, destination BIGINT, received_tenths BIGINT, lost_ms "
     "BIGINT,"
     " missing BIGINT NOT NULL, damaged BIGINT NOT NULL, differences BIGINT NOT NULL,"
     " incidents BIGINT NOT NULL, unanswered BIGINT NOT NULL);"
     "CREATE UNIQUE INDEX box_code ON box (code);"
     "CREATE INDEX box_round ON box (round)",
     NULL},
    {"box_difference",
     "CREATE TABLE box_difference (difference INTEGER PRIMARY KEY, box BIGINT NOT NULL,"
     " area BIGINT NOT NULL, step BIGINT NOT NULL, expected BIGINT NOT NULL, counted BIGINT NOT "
     "NULL, at_ms BIGINT NOT NULL, explained_ms BIGINT);"
     "CREATE INDEX box_difference_box ON box_difference (box)",
     NULL},
    {"box_incident",
     "CREATE TABLE box_incident (incident INTEGER PRIMARY KEY, box BIGINT NOT NULL,"
     " kind BIGINT NOT NULL, at_ms BIGINT NOT NULL, photo BIGINT);"
     "CREATE INDEX box_incident_box ON box_incident (box)",
     NULL},
    {NULL, NULL, NULL},
};

bool box_read(struct db *db, int64_t box, struct box_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct box_facts f = {.box = box};
    bool found = false;
    db_rows(db, &rows,
            "SELECT b.round, b.site, b.area, b.size, b.first_ms, b.sealed_ms, b.picked_ms,"
            " b.received_ms, b.lost_ms, b.courier, b.laboratory, b.destination, b.unanswered,"
            " COALESCE(i.area, 0)"
            " FROM box b LEFT JOIN institution i ON i.institution = COALESCE(b.laboratory,"
            " b.destination) WHERE b.box = ?",
            "i", box);
    if (db_next(&rows)) {
        int64_t *const to[] = {&f.round,    &f.site,           &f.area,       &f.size,
                               &f.first_ms, &f.sealed_ms,      &f.picked_ms,  &f.received_ms,
                               &f.lost_ms,  &f.courier,        &f.laboratory, &f.destination,
                               &f.left,     &f.laboratory_area};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    *ret = f;
    return found || bh_fail_field(err, BH_MISSING, "box", "没有转运箱 %lld", "there is no box %lld",
                                  (long long)box);
}

bool box_incident_photo(struct db *db, int64_t incident, struct bh_arena *arena, struct bh_str *ret,
                        int64_t *ret_area, struct bh_err *err)
{
    struct incident_photographed fact;
    struct rows rows;
    int64_t photo = BH_NONE;
    *ret_area = 0;
    db_rows(db, &rows,
            "SELECT b.area, i.photo FROM box_incident i JOIN box b ON b.box = i.box"
            " WHERE i.incident = ?",
            "i", incident);
    if (db_next(&rows)) {
        *ret_area = row_int(&rows, 0);
        photo = row_int(&rows, 1);
    }
    if (!db_end(&rows, err))
        return false;
    if (photo == BH_NONE)
        return bh_fail_field(err, BH_MISSING, "incident", "该事件没有照片",
                             "this incident has no photo");
    if (!log_fact(db, box_events, BOX_INCIDENT_PHOTOGRAPHED, photo, arena, &fact, err))
        return false;
    *ret = fact.photo.text;
    return true;
}

bool box_count_answered(struct db *db, int64_t box, int64_t by, struct bh_err *err)
{
    return db_run(db, err, "UPDATE box SET unanswered = unanswered - ? WHERE box = ?", "ii", by,
                  box);
}

static bool apply_sealed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct box_sealed *f = event->fields;
    const struct box_tube *tubes = f->tubes.items;
    int64_t size = (int64_t)f->tubes.count;
    for (size_t i = 0; i < f->tubes.count; i++)
        if (!db_run(db, err, "UPDATE tube SET box = ? WHERE tube = ?", "ii", event->seq,
                    tubes[i].tube))
            return false;
    return db_run(db, err,
                  "INSERT INTO box (box, code, round, site, area, size, first_ms, sealed_ms,"
                  " missing, damaged, differences, incidents, unanswered)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?)",
                  "isiiiiiii", event->seq, f->code, f->round, f->site, event->area, size,
                  f->first_ms, event->occurred_ms, size) &&
           order_count_tubes(db, f->round, STAGE_SEALED, event->occurred_ms, size, err) &&
           order_count_boxed(db, f->site, size, err);
}

static bool apply_picked_up(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct box_picked_up *f = event->fields;
    return db_run(db, err,
                  "UPDATE box SET picked_ms = ?, courier = ?, picked_tenths = ? WHERE box = ?",
                  "iiIi", event->occurred_ms, f->institution, f->temperature_tenths, f->box);
}

/* All of the box but the missing ones; those rejected on the way stay out. */
static bool receive_tubes(struct db *db, const struct event *event, int64_t *ret_received,
                          struct bh_err *err)
{
    const struct box_received *f = event->fields;
    const struct box_tube *missing = f->missing.items;
    if (!db_run(db, err,
                "UPDATE tube SET received_ms = ?, received_by = ?, received_seq = ? WHERE box = ?"
                " AND sent_back_ms IS NULL",
                "iiii", event->occurred_ms, f->institution, event->seq, f->box))
        return false;
    *ret_received = db_changed(db);
    for (size_t i = 0; i < f->missing.count; i++) {
        if (!db_run(db, err,
                    "UPDATE tube SET received_ms = NULL, received_by = NULL, received_seq = NULL"
                    " WHERE tube = ? AND received_seq = ?",
                    "ii", missing[i].tube, event->seq))
            return false;
        *ret_received -= db_changed(db);
    }
    return true;
}

static bool apply_received(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct box_received *f = event->fields;
    struct lab_counts by = {0};
    return receive_tubes(db, event, &by.received, err) &&
           db_run(db, err,
                  "UPDATE box SET received_ms = ?, laboratory = ?, received_tenths = ?,"
                  " missing = ?, damaged = ? WHERE box = ?",
                  "iiIiii", event->occurred_ms, f->institution, f->temperature_tenths,
                  (int64_t)f->missing.count, (int64_t)f->damaged.count, f->box) &&
           order_count_tubes(db, f->round, STAGE_DELIVERED, event->occurred_ms, by.received, err) &&
           order_count_tubes(db, f->round, STAGE_RECEIVED, event->occurred_ms, by.received, err) &&
           lab_count(db, f->institution, event->occurred_ms, &by, err);
}

static bool apply_routed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct box_routed *f = event->fields;
    return db_run(db, err, "UPDATE box SET destination = ? WHERE box = ?", "ii", f->laboratory,
                  f->box);
}

static bool apply_incident(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct box_incident *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO box_incident (incident, box, kind, at_ms) VALUES (?, ?, ?, ?)",
                  "iiii", event->seq, f->box, f->kind, event->occurred_ms) &&
           db_run(db, err, "UPDATE box SET incidents = incidents + 1 WHERE box = ?", "i", f->box);
}

static bool apply_differed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct count_differed *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO box_difference (difference, box, area, step, expected, counted,"
                  " at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "iiiiiii", event->seq, f->box, event->area, f->step, f->expected, f->counted,
                  event->occurred_ms) &&
           db_run(db, err, "UPDATE box SET differences = differences + 1 WHERE box = ?", "i",
                  f->box);
}

static bool apply_explained(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct difference_explained *f = event->fields;
    return db_run(db, err, "UPDATE box_difference SET explained_ms = ? WHERE difference = ?", "ii",
                  event->occurred_ms, f->difference) &&
           db_run(db, err, "UPDATE box SET differences = differences - 1 WHERE box = ?", "i",
                  f->box);
}

bool box_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case BOX_SEALED: return apply_sealed(db, event, err);
    case BOX_PICKED_UP: return apply_picked_up(db, event, err);
    case BOX_RECEIVED: return apply_received(db, event, err);
    case BOX_INCIDENT: return apply_incident(db, event, err);
    case BOX_COUNT_DIFFERED: return apply_differed(db, event, err);
    case BOX_DIFFERENCE_EXPLAINED: return apply_explained(db, event, err);
    case BOX_INCIDENT_PHOTOGRAPHED:
        return db_run(db, err, "UPDATE box_incident SET photo = ? WHERE incident = ?", "ii",
                      event->seq, ((const struct incident_photographed *)event->fields)->incident);
    case BOX_ROUTED: return apply_routed(db, event, err);
    case BOX_LOST:
        return db_run(db, err, "UPDATE box SET lost_ms = ? WHERE box = ?", "ii", event->occurred_ms,
                      ((const struct box_lost *)event->fields)->box);
    default: return true;
    }
}
