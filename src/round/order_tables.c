#include "round/order.h"

#include "base/time.h"
#include "round/round_events.h"
#include "round/sample_events.h"

/* Counters are kept as facts come, so that no board counts people. Ids of round_away and sample are the round's ordinal
 * and the slot in one integer: a round lies together, in door order. */
const struct derived_table order_tables[] = {
    {"round",
     "CREATE TABLE round (round INTEGER PRIMARY KEY, ordinal BIGINT NOT NULL, number BIGINT NOT "
     "NULL, roll BIGINT NOT NULL, area BIGINT NOT NULL, starts_ms BIGINT NOT NULL, deadline_ms "
     "BIGINT NOT NULL, pool_size BIGINT NOT NULL, household_tubes BIGINT, key_single BIGINT,"
     " antigen_first BIGINT, tubes_expected BIGINT NOT NULL, state BIGINT NOT NULL,"
     " state_ms BIGINT NOT NULL, whole BIGINT NOT NULL, closed_ms BIGINT)",
     NULL},
    {"round_total",
     "CREATE TABLE round_total (round INTEGER PRIMARY KEY, tubes BIGINT NOT NULL, sealed BIGINT "
     "NOT NULL, delivered BIGINT NOT NULL, received BIGINT NOT NULL, tested BIGINT NOT NULL,"
     " reported BIGINT NOT NULL, pools_positive BIGINT NOT NULL, pools_resolved BIGINT NOT NULL,"
     " positives BIGINT NOT NULL)",
     NULL},
    {"round_count",
     "CREATE TABLE round_count (round BIGINT NOT NULL, area BIGINT NOT NULL, due BIGINT NOT NULL,"
     " exempt BIGINT NOT NULL, sampled BIGINT NOT NULL, doors_missed BIGINT NOT NULL,"
     " list BIGINT, PRIMARY KEY (round, area)) WITHOUT ROWID",
     NULL},
    {"round_hour",
     "CREATE TABLE round_hour (round BIGINT NOT NULL, hour BIGINT NOT NULL, people BIGINT NOT "
     "NULL, tubes BIGINT NOT NULL, sealed BIGINT NOT NULL, delivered BIGINT NOT NULL,"
     " received BIGINT NOT NULL, tested BIGINT NOT NULL, reported BIGINT NOT NULL,"
     " PRIMARY KEY (round, hour)) WITHOUT ROWID",
     NULL},
    {"round_site",
     "CREATE TABLE round_site (site INTEGER PRIMARY KEY, round BIGINT NOT NULL, area BIGINT NOT "
     "NULL, institution BIGINT NOT NULL, name TEXT NOT NULL, stations BIGINT NOT NULL,"
     " samplers BIGINT NOT NULL, from_ms BIGINT, to_ms BIGINT, opened_ms BIGINT NOT NULL,"
     " closed_ms BIGINT, queue BIGINT, waiting_minutes BIGINT, told_ms BIGINT)",
     "CREATE INDEX round_site_round ON round_site (round)"},
    {"site_count",
     "CREATE TABLE site_count (site INTEGER PRIMARY KEY, sampled BIGINT NOT NULL, tubes BIGINT NOT "
     "NULL, boxed BIGINT NOT NULL, first_ms BIGINT, last_ms BIGINT)",
     NULL},
    {"round_away",
     "CREATE TABLE round_away (id INTEGER PRIMARY KEY, area BIGINT NOT NULL,"
     " change BIGINT, reason BIGINT, seq BIGINT NOT NULL)",
     NULL},
    {"round_missed",
     "CREATE TABLE round_missed (id BIGINT NOT NULL, count BIGINT NOT NULL, area BIGINT NOT NULL,"
     " reason BIGINT NOT NULL, at_ms BIGINT NOT NULL, tries BIGINT NOT NULL,"
     " PRIMARY KEY (id, count)) WITHOUT ROWID",
     NULL},
    {"round_lists_pass",
     "CREATE TABLE round_lists_pass (round INTEGER PRIMARY KEY, moved BIGINT NOT NULL,"
     " to_state BIGINT NOT NULL, after BIGINT NOT NULL)",
     NULL},
    {"round_shortage",
     "CREATE TABLE round_shortage (shortage INTEGER PRIMARY KEY, round BIGINT NOT NULL,"
     " kind BIGINT NOT NULL, needed BIGINT NOT NULL, available BIGINT NOT NULL, finish_ms BIGINT,"
     " pool_advised BIGINT, met_ms BIGINT)",
     "CREATE INDEX round_shortage_round ON round_shortage (round)"},
    {"round_request",
     "CREATE TABLE round_request (request INTEGER PRIMARY KEY, round BIGINT NOT NULL,"
     " site BIGINT NOT NULL, area BIGINT NOT NULL, kind BIGINT NOT NULL, count BIGINT NOT NULL,"
     " asked_ms BIGINT NOT NULL, sent BIGINT, reason BIGINT, answered_ms BIGINT);"
     "CREATE INDEX round_request_site ON round_request (site)",
     "CREATE INDEX round_request_round ON round_request (round)"},
    {"capacity",
     "CREATE TABLE capacity (institution BIGINT NOT NULL, from_ms BIGINT NOT NULL,"
     " area BIGINT NOT NULL, tubes_per_hour BIGINT NOT NULL, samplers BIGINT NOT NULL,"
     " tube_stock BIGINT NOT NULL, told_ms BIGINT NOT NULL, PRIMARY KEY (institution, from_ms))"
     " WITHOUT ROWID",
     NULL},
    {NULL, NULL, NULL},
};

/* ---- reading ---- */

bool order_round(struct db *db, int64_t round, struct round_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct round_facts f = {.round = round};
    bool found = false;
    db_rows(db, &rows,
            "SELECT ordinal, number, roll, area, starts_ms, deadline_ms, pool_size, "
            "household_tubes, key_single, antigen_first, tubes_expected, state, closed_ms"
            " FROM round WHERE round = ?",
            "i", round);
    if (db_next(&rows)) {
        int64_t *const to[] = {&f.ordinal,       &f.number,          &f.roll,
                               &f.area,          &f.starts_ms,       &f.deadline_ms,
                               &f.pool_size,     &f.household_tubes, &f.key_single,
                               &f.antigen_first, &f.tubes_expected,  &f.state,
                               &f.closed_ms};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    *ret = f;
    return found || bh_fail_field(err, BH_MISSING, "round", "没有轮次 %lld",
                                  "there is no round %lld", (long long)round);
}

bool order_site(struct db *db, int64_t site, struct site_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct site_facts f = {.site = site};
    bool found = false;
    db_rows(db, &rows,
            "SELECT s.round, s.area, s.institution, s.closed_ms, r.ordinal,"
            " r.roll, r.state, r.state_ms, r.pool_size"
            " FROM round_site s JOIN round r ON r.round = s.round WHERE s.site = ?",
            "i", site);
    if (db_next(&rows)) {
        int64_t *const to[] = {&f.round, &f.area,  &f.institution, &f.closed_ms, &f.ordinal,
                               &f.roll,  &f.state, &f.state_ms,    &f.pool_size};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    *ret = f;
    return found || bh_fail_field(err, BH_MISSING, "site", "没有采样点 %lld",
                                  "there is no site %lld", (long long)site);
}

bool order_totals(struct db *db, int64_t round, struct round_totals *ret, struct bh_err *err)
{
    struct rows rows;
    struct round_totals f = {0};
    db_rows(db, &rows,
            "SELECT SUM(due), SUM(exempt), SUM(sampled) FROM round_count WHERE round = ?", "i",
            round);
    if (db_next(&rows) && !row_null(&rows, 0)) {
        f.due = row_int(&rows, 0);
        f.exempt = row_int(&rows, 1);
        f.sampled = row_int(&rows, 2);
        f.missed = f.due - f.exempt - f.sampled;
    }
    if (!db_end(&rows, err))
        return false;
    db_rows(db, &rows,
            "SELECT tubes, sealed, delivered, received, tested, reported, pools_positive,"
            " pools_resolved, positives FROM round_total WHERE round = ?",
            "i", round);
    if (db_next(&rows)) {
        int64_t *const to[] = {&f.tubes,          &f.sealed,         &f.delivered,
                               &f.received,       &f.tested,         &f.reported,
                               &f.pools_positive, &f.pools_resolved, &f.positives};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
    }
    *ret = f;
    return db_end(&rows, err);
}

bool order_capacities(struct db *db, int64_t at_ms, struct order_capacity *ret, size_t *ret_count,
                      struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(db, &rows,
            "SELECT c.institution, c.area, c.tubes_per_hour, c.samplers, c.tube_stock"
            " FROM capacity c WHERE c.from_ms = (SELECT MAX(o.from_ms) FROM capacity o"
            " WHERE o.institution = c.institution AND o.from_ms <= ?) ORDER BY c.institution",
            "i", at_ms);
    while (count < ORDER_CAPACITIES_MAX && db_next(&rows))
        ret[count++] =
            (struct order_capacity){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                    row_int(&rows, 3), row_int(&rows, 4)};
    *ret_count = count;
    return db_end(&rows, err);
}

/* ---- counters ---- */

static bool count_total(struct db *db, int64_t round, enum tube_stage stage, int64_t by,
                        struct bh_err *err)
{
    switch (stage) {
    case STAGE_SAMPLED:
        return db_add(db, err, "UPDATE round_total SET tubes = tubes + ? WHERE round = ?", "+i", by,
                      round);
    case STAGE_SEALED:
        return db_add(db, err, "UPDATE round_total SET sealed = sealed + ? WHERE round = ?", "+i",
                      by, round);
    case STAGE_DELIVERED:
        return db_add(db, err, "UPDATE round_total SET delivered = delivered + ? WHERE round = ?",
                      "+i", by, round);
    case STAGE_RECEIVED:
        return db_add(db, err, "UPDATE round_total SET received = received + ? WHERE round = ?",
                      "+i", by, round);
    case STAGE_TESTED:
        return db_add(db, err, "UPDATE round_total SET tested = tested + ? WHERE round = ?", "+i",
                      by, round);
    case STAGE_REPORTED:
        return db_add(db, err, "UPDATE round_total SET reported = reported + ? WHERE round = ?",
                      "+i", by, round);
    }
    bh_unreachable("stage of a tube");
}

static bool count_hour(struct db *db, int64_t round, int64_t at_ms, const int64_t by[7],
                       struct bh_err *err)
{
    return db_add(db, err,
                  "INSERT INTO round_hour (round, hour, people, tubes, sealed, delivered, received,"
                  " tested, reported) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT (round, hour) DO UPDATE SET people = people + excluded.people,"
                  " tubes = tubes + excluded.tubes, sealed = sealed + excluded.sealed,"
                  " delivered = delivered + excluded.delivered,"
                  " received = received + excluded.received, tested = tested + excluded.tested,"
                  " reported = reported + excluded.reported",
                  "ii+++++++", round, at_ms / BH_HOUR_MS, by[0], by[1], by[2], by[3], by[4], by[5],
                  by[6]);
}

bool order_count_tubes(struct db *db, int64_t round, enum tube_stage stage, int64_t at_ms,
                       int64_t by, struct bh_err *err)
{
    int64_t counts[7] = {0};
    counts[stage + 1] = by;
    return count_total(db, round, stage, by, err) && count_hour(db, round, at_ms, counts, err);
}

bool order_count_boxed(struct db *db, int64_t site, int64_t by, struct bh_err *err)
{
    return db_add(db, err, "UPDATE site_count SET boxed = boxed + ? WHERE site = ?", "+i", by,
                  site);
}

bool order_count_pools(struct db *db, int64_t round, int64_t positive, int64_t resolved,
                       int64_t people, struct bh_err *err)
{
    return db_add(db, err,
                  "UPDATE round_total SET pools_positive = pools_positive + ?, pools_resolved ="
                  " pools_resolved + ?, positives = positives + ? WHERE round = ?",
                  "+++i", positive, resolved, people, round);
}

/* ---- applying: rounds ---- */

static bool add_shares(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct round_ordered *f = event->fields;
    const struct round_share *shares = f->shares.items;
    for (size_t i = 0; i < f->shares.count; i++)
        if (!db_run(db, err,
                    "INSERT INTO round_count (round, area, due, exempt, sampled, doors_missed)"
                    " VALUES (?, ?, ?, ?, 0, 0)",
                    "iiii", event->seq, shares[i].area, shares[i].due, shares[i].exempt))
            return false;
    return true;
}

static bool apply_ordered(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct round_ordered *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO round (round, ordinal, number, roll, area, starts_ms, deadline_ms,"
                  " pool_size, household_tubes, key_single, antigen_first, tubes_expected, state,"
                  " state_ms, whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?,"
                  " (SELECT COUNT(*) FROM roll WHERE roll = ? AND area = ?))",
                  "iiiiiiiiIIIiiii", event->seq, f->ordinal, f->number, f->roll, event->area,
                  f->starts_ms, f->deadline_ms, f->pool_size, f->household_tubes, f->key_single,
                  f->antigen_first, f->tubes_expected, event->occurred_ms, f->roll, event->area) &&
           db_run(db, err,
                  "INSERT INTO round_total (round, tubes, sealed, delivered, received, tested,"
                  " reported, pools_positive, pools_resolved, positives)"
                  " VALUES (?, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
                  "i", event->seq) &&
           add_shares(db, event, err) &&
           db_run(db, err,
                  "INSERT INTO round_away (id, area, change, seq) SELECT ? + w.slot, w.area,"
                  " w.change, w.seq FROM roll_away w WHERE w.roll = ?"
                  " AND (w.until_ms IS NULL OR w.until_ms > ?) AND w.area IN"
                  " (SELECT area FROM round_count WHERE round = ?)",
                  "iiii", f->ordinal << 32, f->roll, f->starts_ms, event->seq);
}

static bool apply_moved_on(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct round_moved_on *f = event->fields;
    /* Lists follow the round as it is now: an earlier pass over them has no more to do. */
    return db_run(db, err, "DELETE FROM round_lists_pass WHERE round = ?", "i", f->round) &&
           db_run(db, err, "UPDATE round SET state = ?, state_ms = ? WHERE round = ?", "iii", f->to,
                  event->occurred_ms, f->round);
}

static bool apply_advanced(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct lists_advanced *f = event->fields;
    return db_run(db, err, "DELETE FROM round_lists_pass WHERE round = ?", "i", f->round) &&
           (f->after == BH_NONE ||
            db_run(db, err,
                   "INSERT INTO round_lists_pass (round, moved, to_state, after)"
                   " VALUES (?, ?, ?, ?)",
                   "iiii", f->round, f->moved, f->to, f->after));
}

static bool apply_closed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct round_closed *f = event->fields;
    return db_run(db, err,
                  "UPDATE round SET state = ?, state_ms = ?, closed_ms = ? WHERE round = ?", "iiii",
                  (int64_t)ROUND_CLOSED, event->occurred_ms, event->occurred_ms, f->round);
}

static bool apply_short(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct round_short *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO round_shortage (shortage, round, kind, needed, available, finish_ms,"
                  " pool_advised) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "iiiiiII", event->seq, f->round, f->kind, f->needed, f->available, f->finish_ms,
                  f->pool_advised);
}

static bool apply_met(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct shortage_met *f = event->fields;
    return db_run(db, err, "UPDATE round_shortage SET met_ms = ? WHERE shortage = ?", "ii",
                  event->occurred_ms, f->shortage);
}

/* What is not told stays as it was then. A later change that was told before stays, too. */
static bool apply_capacity(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct capacity_told *f = event->fields;
    int64_t from_ms = f->from_ms == BH_NONE ? event->occurred_ms : f->from_ms;
    return db_run(db, err,
                  "INSERT OR REPLACE INTO capacity (institution, from_ms, area, tubes_per_hour,"
                  " samplers, tube_stock, told_ms) SELECT ?1, ?2, ?3, coalesce(?4,"
                  " o.tubes_per_hour, 0), coalesce(?5, o.samplers, 0), coalesce(?6, o.tube_stock,"
                  " 0), ?7 FROM (SELECT 1) LEFT JOIN capacity o ON o.institution = ?1"
                  " AND o.from_ms = (SELECT MAX(from_ms) FROM capacity WHERE institution = ?1"
                  " AND from_ms <= ?2)",
                  "iiiIIIi", f->institution, from_ms, event->area, f->tubes_per_hour, f->samplers,
                  f->tube_stock, event->occurred_ms);
}

/* ---- applying: sites ---- */

static bool apply_site_opened(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct site_opened *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO round_site (site, round, area, institution, name, stations, "
                  "samplers, from_ms, to_ms, opened_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iiiisiiIIi", event->seq, f->round, event->area, f->institution, f->name,
                  f->stations, f->samplers, f->from_ms, f->to_ms, event->occurred_ms) &&
           db_run(db, err,
                  "INSERT INTO site_count (site, sampled, tubes, boxed) VALUES (?, 0, 0, 0)", "i",
                  event->seq);
}

static bool apply_site_closed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct site_closed *f = event->fields;
    return db_run(db, err, "UPDATE round_site SET closed_ms = ? WHERE site = ?", "ii",
                  event->occurred_ms, f->site);
}

static bool apply_site_told(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct site_told *f = event->fields;
    return db_run(db, err,
                  "UPDATE round_site SET queue = ?, waiting_minutes = ?, samplers = ?, told_ms = ?"
                  " WHERE site = ?",
                  "iiiii", f->queue, f->waiting_minutes, f->samplers, event->occurred_ms, f->site);
}

/* ---- applying: people ---- */

static bool apply_sampled(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_sampled *f = event->fields;
    const struct sampled_area *areas = f->areas.items;
    int64_t hour[7] = {(int64_t)f->people.count, 1};
    for (size_t i = 0; i < f->areas.count; i++)
        if (!db_add(db, err,
                    "UPDATE round_count SET sampled = sampled + ?, exempt = exempt - ?"
                    " WHERE round = ? AND area = ?",
                    "++ii", areas[i].count, areas[i].away == BH_NONE ? 0 : areas[i].away, f->round,
                    areas[i].area))
            return false;
    return count_total(db, f->round, STAGE_SAMPLED, 1, err) &&
           count_hour(db, f->round, event->occurred_ms, hour, err) &&
           db_add(db, err,
                  "UPDATE site_count SET sampled = sampled + ?, tubes = tubes + ?,"
                  " first_ms = min(coalesce(first_ms, ?), ?),"
                  " last_ms = max(coalesce(last_ms, ?), ?) WHERE site = ?",
                  "++<<>>i", (int64_t)f->people.count, (int64_t)1, event->occurred_ms,
                  event->occurred_ms, event->occurred_ms, event->occurred_ms, f->site);
}

static bool apply_requested(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct supply_requested *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO round_request (request, round, site, area, kind, count, asked_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "iiiiiii", event->seq, f->round, f->site, event->area, f->kind, f->count,
                  event->occurred_ms);
}

static bool apply_answered(struct db *db, const struct event *event, int64_t request, int64_t sent,
                           int64_t reason, struct bh_err *err)
{
    return db_run(db, err,
                  "UPDATE round_request SET sent = ?, reason = ?, answered_ms = ?"
                  " WHERE request = ?",
                  "IIii", sent, reason, event->occurred_ms, request);
}

static bool apply_undone(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct sample_undone *f = event->fields;
    int64_t hour[7] = {-1};
    return db_run(db, err,
                  "UPDATE round_count SET sampled = sampled - 1, exempt = exempt + ?"
                  " WHERE round = ? AND area = ?",
                  "iii", f->away == 1 ? (int64_t)1 : (int64_t)0, f->round, f->home) &&
           count_hour(db, f->round, event->occurred_ms, hour, err) &&
           db_run(db, err,
                  "UPDATE site_count SET sampled = sampled - 1 WHERE site ="
                  " (SELECT site FROM tube WHERE tube = ?)",
                  "i", f->tube);
}

/* A try for one person beside one for the household: each is kept for those it was for. Of tries for the same people the
 * last at the door tells the reason, whichever was told last. */
static bool apply_missed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct door_missed *f = event->fields;
    int64_t ordinal = 0;
    return db_int(db, err, &ordinal, NULL, "SELECT ordinal FROM round WHERE round = ?", "i",
                  f->round) &&
           db_run(db, err,
                  "INSERT INTO round_missed (id, count, area, reason, at_ms, tries)"
                  " VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (id, count) DO UPDATE SET reason ="
                  " CASE WHEN excluded.at_ms < at_ms THEN reason ELSE excluded.reason END,"
                  " at_ms = max(at_ms, excluded.at_ms), tries = tries + 1",
                  "iiiii", ordinal << 32 | f->slot, f->count, event->area, f->reason,
                  event->occurred_ms) &&
           db_run(db, err,
                  "UPDATE round_count SET doors_missed = doors_missed + 1 WHERE round = ? AND area "
                  "= ?",
                  "ii", f->round, event->area);
}

/* Takes a slot off what is missing, unless it is off or sampled already. */
static bool take_off(struct db *db, int64_t round, int64_t id, const struct event *event,
                     int64_t change, int64_t reason, struct bh_err *err)
{
    int64_t tube = 0;
    bool sampled = false;
    if (!db_run(db, err,
                "INSERT INTO round_away (id, area, change, reason, seq) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                "iiIIi", id, event->area, change, reason, event->seq))
        return false;
    if (db_changed(db) == 0)
        return true;
    if (!db_int(db, err, &tube, &sampled, "SELECT tube FROM sample WHERE id = ?", "i", id))
        return false;
    return sampled ||
           db_run(db, err,
                  "UPDATE round_count SET exempt = exempt + 1 WHERE round = ? AND area = ?", "ii",
                  round, event->area);
}

static bool put_back(struct db *db, int64_t round, int64_t id, const struct event *event,
                     struct bh_err *err)
{
    int64_t tube = 0;
    bool sampled = false;
    if (!db_run(db, err, "DELETE FROM round_away WHERE id = ? AND change IS NOT NULL", "i", id))
        return false;
    if (db_changed(db) == 0)
        return true;
    if (!db_int(db, err, &tube, &sampled, "SELECT tube FROM sample WHERE id = ?", "i", id))
        return false;
    return sampled ||
           db_run(db, err,
                  "UPDATE round_count SET exempt = exempt - 1 WHERE round = ? AND area = ?", "ii",
                  round, event->area);
}

static bool apply_exempted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct resident_exempted *f = event->fields;
    return take_off(db, f->round, f->ordinal << 32 | f->slot, event, BH_NONE, f->reason, err);
}

/* ---- applying: the roll changed while rounds are open ---- */

bool order_open_rounds(struct db *db, int64_t roll, struct order_open_rounds *ret,
                       struct bh_err *err)
{
    struct rows rows;
    ret->count = 0;
    db_rows(db, &rows,
            "SELECT round, ordinal, area, starts_ms, whole FROM round WHERE roll = ?"
            " AND state < ? ORDER BY round",
            "ii", roll, (int64_t)ROUND_CLOSED);
    while (ret->count < ORDER_OPEN_MAX && db_next(&rows))
        ret->at[ret->count++] =
            (struct order_open_round){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                      row_int(&rows, 3), row_int(&rows, 4) != 0};
    return db_end(&rows, err);
}

static bool apply_listed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct residents_listed *f = event->fields;
    struct order_open_rounds open;
    if (f->count == 0)
        return true;
    if (!order_open_rounds(db, f->roll, &open, err))
        return false;
    for (int i = 0; i < open.count; i++) {
        bool ok = open.at[i].whole
                      ? db_run(db, err,
                               "INSERT INTO round_count (round, area, due, exempt, sampled,"
                               " doors_missed) VALUES (?, ?, ?, 0, 0, 0) ON CONFLICT (round, area)"
                               " DO UPDATE SET due = due + excluded.due",
                               "iii", open.at[i].round, event->area, f->count)
                      : db_run(db, err,
                               "UPDATE round_count SET due = due + ? WHERE round = ? AND area = ?",
                               "iii", f->count, open.at[i].round, event->area);
        if (!ok)
            return false;
    }
    return true;
}

static bool apply_changed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct resident_changed *f = event->fields;
    struct order_open_rounds open;
    if (!order_open_rounds(db, f->roll, &open, err))
        return false;
    for (int i = 0; i < open.count; i++) {
        const struct order_open_round *round = &open.at[i];
        int64_t id = round->ordinal << 32 | f->slot, one = 0;
        bool covered = false, away = f->change != CHANGE_RETURNED &&
                                     (f->until_ms == BH_NONE || f->until_ms > round->starts_ms);
        if (!db_int(db, err, &one, &covered,
                    "SELECT 1 FROM round_count WHERE round = ? AND area = ?", "ii", round->round,
                    event->area))
            return false;
        if (!covered)
            continue;
        bool ok = away ? take_off(db, round->round, id, event, f->change, BH_NONE, err)
                       : put_back(db, round->round, id, event, err);
        if (!ok)
            return false;
    }
    return true;
}

static bool apply_joined(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct community_joined *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO round_count (round, area, due, exempt, sampled, doors_missed)"
                  " VALUES (?, ?, ?, 0, 0, 0)",
                  "iii", f->round, event->area, f->due);
}

static bool apply_list(struct db *db, int64_t round, int64_t area, int64_t list, struct bh_err *err)
{
    return db_run(db, err, "UPDATE round_count SET list = ? WHERE round = ? AND area = ?", "Iii",
                  list, round, area);
}

bool order_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case SAMPLE_TUBE_SAMPLED: return apply_sampled(db, event, err);
    case SAMPLE_UNDONE: return apply_undone(db, event, err);
    case ORDER_ROUND_ORDERED: return apply_ordered(db, event, err);
    case ORDER_ROUND_SHORT: return apply_short(db, event, err);
    case ORDER_SHORTAGE_MET: return apply_met(db, event, err);
    case ORDER_ROUND_MOVED_ON: return apply_moved_on(db, event, err);
    case ORDER_ROUND_CLOSED: return apply_closed(db, event, err);
    case ORDER_LISTS_ADVANCED: return apply_advanced(db, event, err);
    case ORDER_SITE_OPENED: return apply_site_opened(db, event, err);
    case ORDER_SITE_CLOSED: return apply_site_closed(db, event, err);
    case ORDER_SITE_TOLD: return apply_site_told(db, event, err);
    case ORDER_DOOR_MISSED: return apply_missed(db, event, err);
    case ORDER_RESIDENT_EXEMPTED: return apply_exempted(db, event, err);
    case ORDER_CAPACITY_TOLD: return apply_capacity(db, event, err);
    case ORDER_COMMUNITY_MISSED:
        return apply_list(db, ((const struct community_missed *)event->fields)->round, event->area,
                          event->seq, err);
    case ORDER_COMMUNITY_COMPLETE:
        return apply_list(db, ((const struct community_complete *)event->fields)->round,
                          event->area, BH_NONE, err);
    case ORDER_COMMUNITY_RELEASED:
        return apply_list(db, ((const struct community_released *)event->fields)->round,
                          event->area, BH_NONE, err);
    case ORDER_COMMUNITY_JOINED: return apply_joined(db, event, err);
    case ORDER_SUPPLY_REQUESTED: return apply_requested(db, event, err);
    case ORDER_SUPPLY_SENT:
        return apply_answered(db, event, ((const struct supply_sent *)event->fields)->request,
                              ((const struct supply_sent *)event->fields)->count, BH_NONE, err);
    case ORDER_SUPPLY_REFUSED:
        return apply_answered(db, event, ((const struct supply_refused *)event->fields)->request,
                              BH_NONE, ((const struct supply_refused *)event->fields)->reason, err);
    case ROLL_RESIDENTS_LISTED: return apply_listed(db, event, err);
    case ROLL_RESIDENT_CHANGED: return apply_changed(db, event, err);
    default: return true;
    }
}
