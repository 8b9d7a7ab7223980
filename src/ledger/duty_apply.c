#include "ledger/duty_private.h"

#include "base/time.h"
#include "ledger/log_events.h"
#include "ledger/post_link.h"

#include <string.h>

/*
 * duty          what each duty is now; since_ms: when this version became known. worst = -steps climbed, so that
 *               (worst, due_ms, duty) ascending is "worst first". former_ms: an ended duty that was open until since_ms
 *               was so, and otherwise the same, from then on; NULL = it was not, or that version was put away.
 * duty_history  what else it was before, from_ms <= known < to_ms in recorded time. Being overdue follows from due_ms, the
 *               steps climbed by then from duty_step: both change nothing here.
 * duty_closer   facts that may close or cancel duties of (subject, rule), whether or not they have yet
 * duty_step     escalations that happened
 * duty_replan   changes of time that wait, or waited, for a signature
 * duty_replan_pass  up to where the open duties were held against the plan adopted last; empty = all were
 * duty_count    open and overdue ones by area leaf; duty_hour: opened and closed by hour of the log's clock
 * notice        the outbox; count grows while the notice waits to be acknowledged
 * post_gap      posts that were told to be vacant, and whether they still are
 * plan_adopted  positions of the layers; their texts are in the log
 */
#define DUTY_VERSION_COLUMNS                                                                       \
    "area INTEGER NOT NULL, plan TEXT NOT NULL, opened_ms INTEGER NOT NULL, start_ms INTEGER NOT " \
    "NULL,"                                                                                        \
    " due_ms INTEGER NOT NULL, state INTEGER NOT NULL, role TEXT NOT NULL,"                        \
    " institution INTEGER NOT NULL, post INTEGER NOT NULL, holder INTEGER NOT NULL, closer "       \
    "INTEGER NOT NULL, ended_ms INTEGER, late_ms INTEGER NOT NULL"

const struct derived_table duty_tables[] = {
    {"duty",
     "CREATE TABLE duty (duty INTEGER PRIMARY KEY, rule TEXT NOT NULL, subject_kind TEXT NOT NULL,"
     " subject INTEGER NOT NULL, opener INTEGER NOT NULL, person INTEGER NOT NULL, known_ms "
     "INTEGER NOT NULL, since_ms INTEGER NOT NULL, former_ms INTEGER, withdrawn INTEGER NOT NULL,"
     " timer_ms INTEGER, overdue INTEGER NOT NULL, worst INTEGER NOT NULL, mark TEXT NOT "
     "NULL, " DUTY_VERSION_COLUMNS ")",
     "CREATE INDEX duty_by_subject ON duty (subject, rule);"
     "CREATE INDEX duty_by_opener ON duty (opener);"
     "CREATE INDEX duty_by_person ON duty (person) WHERE person <> 0;"
     "CREATE INDEX duty_by_timer ON duty (timer_ms) WHERE timer_ms IS NOT NULL;"
     "CREATE INDEX duty_worst ON duty (worst, due_ms, duty, area, rule, start_ms) WHERE state = 0;"
     "CREATE INDEX duty_former ON duty (since_ms, former_ms) WHERE former_ms IS NOT NULL;"
     "CREATE INDEX duty_orphan ON duty (role) WHERE state = 0 AND post = 0;"},
    {"duty_history",
     "CREATE TABLE duty_history (duty INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER "
     "NOT NULL, " DUTY_VERSION_COLUMNS ", PRIMARY KEY (to_ms, duty)) WITHOUT ROWID",
     NULL},
    {"duty_closer",
     "CREATE TABLE duty_closer (fact INTEGER NOT NULL, subject INTEGER NOT NULL, rule TEXT NOT "
     "NULL, occurred_ms INTEGER NOT NULL, cancels INTEGER NOT NULL, withdrawn INTEGER NOT NULL,"
     " PRIMARY KEY (fact, subject, rule)) WITHOUT ROWID",
     "CREATE INDEX duty_closer_of ON duty_closer (subject, rule, occurred_ms, cancels);"},
    {"duty_step",
     "CREATE TABLE duty_step (duty INTEGER NOT NULL, step INTEGER NOT NULL, role TEXT "
     "NOT NULL, post INTEGER NOT NULL,"
     " holder INTEGER NOT NULL, mark TEXT NOT NULL, occurred_ms INTEGER NOT NULL, "
     "known_ms INTEGER NOT NULL,"
     " PRIMARY KEY (duty, step)) WITHOUT ROWID",
     NULL},
    {"duty_replan",
     "CREATE TABLE duty_replan (duty INTEGER PRIMARY KEY, start_ms INTEGER NOT NULL, due_ms "
     "INTEGER NOT NULL,"
     " next_ms INTEGER, plan TEXT NOT NULL, asked_ms INTEGER NOT NULL, answered_ms INTEGER)",
     NULL},
    {"duty_replan_pass",
     "CREATE TABLE duty_replan_pass (adoption INTEGER PRIMARY KEY, after INTEGER NOT NULL)", NULL},
    {"duty_count",
     "CREATE TABLE duty_count (area INTEGER PRIMARY KEY, opened INTEGER NOT NULL, overdue INTEGER "
     "NOT NULL)",
     NULL},
    {"duty_hour",
     "CREATE TABLE duty_hour (hour_ms INTEGER NOT NULL, area INTEGER NOT NULL, rule "
     "TEXT NOT NULL, opened INTEGER NOT NULL,"
     " closed INTEGER NOT NULL, PRIMARY KEY (hour_ms, area, rule)) WITHOUT ROWID",
     NULL},
    {"notice",
     "CREATE TABLE notice (notice INTEGER PRIMARY KEY, post INTEGER NOT NULL, holder INTEGER NOT "
     "NULL, area INTEGER NOT NULL,"
     " rule TEXT NOT NULL, role TEXT NOT NULL, step INTEGER NOT NULL, count INTEGER NOT NULL, "
     "queued_ms INTEGER NOT NULL,"
     " delivered_ms INTEGER, channel TEXT, acknowledged_ms INTEGER, acknowledged_by INTEGER);"
     "CREATE INDEX notice_waiting ON notice (post, rule, step) WHERE acknowledged_ms IS NULL;",
     NULL},
    {"post_gap", "CREATE TABLE post_gap (post INTEGER PRIMARY KEY, vacant INTEGER NOT NULL)", NULL},
    {"plan_adopted",
     "CREATE TABLE plan_adopted (seq INTEGER PRIMARY KEY, layer TEXT NOT NULL, "
     "signed_by INTEGER NOT NULL,"
     " known_ms INTEGER NOT NULL)",
     NULL},
    {0},
};

static int64_t zero_if_none(int64_t value)
{
    return value == BH_NONE ? 0 : value;
}

/* ---- counters ---- */

/* What one duty adds to the counters of its leaf. */
struct tally {
    int64_t opened, overdue;
};

static struct tally tally_of(int64_t state, int64_t overdue)
{
    bool open = state == DUTY_STATE_OPEN;
    return (struct tally){open, open && overdue};
}

static bool count_add(struct db *db, int64_t area, int64_t opened, int64_t overdue,
                      struct bh_err *err)
{
    return (opened == 0 && overdue == 0) ||
           db_add(db, err,
                  "INSERT INTO duty_count (area, opened, overdue) VALUES (?,?,?) ON CONFLICT (area)"
                  " DO UPDATE SET opened = duty_count.opened + excluded.opened,"
                  " overdue = duty_count.overdue + excluded.overdue",
                  "i++", area, opened, overdue);
}

static bool hour_add(struct db *db, const struct event *event, int64_t area, struct bh_str rule,
                     int64_t opened, int64_t closed, struct bh_err *err)
{
    int64_t hour_ms = event->recorded_ms - event->recorded_ms % BH_HOUR_MS;
    return db_add(db, err,
                  "INSERT INTO duty_hour (hour_ms, area, rule, opened, closed) VALUES (?,?,?,?,?)"
                  " ON CONFLICT (hour_ms, area, rule) DO UPDATE SET opened = duty_hour.opened + "
                  "excluded.opened,"
                  " closed = duty_hour.closed + excluded.closed",
                  "iis++", hour_ms, area, rule, opened, closed);
}

/* ---- versions ---- */

/* What a transition needs of the duty it changes. */
struct version {
    int64_t area, state, overdue, subject, post, since_ms, former_ms;
    char rule[96], role[96];
};

/* A text that outlives the reading of its row. */
static void text_keep(char *to, size_t size, struct bh_str text)
{
    size_t len = text.len < size ? text.len : size - 1;
    if (len > 0)
        memcpy(to, text.at, len);
    to[len] = 0;
}

static bool version_read(struct db *db, int64_t duty, struct version *ret, struct bh_err *err)
{
    struct rows rows;
    bool found = false;
    db_rows(db, &rows,
            "SELECT area, state, overdue, subject, post, since_ms, former_ms, rule, role"
            " FROM duty WHERE duty = ?",
            "i", duty);
    if (db_next(&rows)) {
        struct bh_str rule = row_text(&rows, 7), role = row_text(&rows, 8);
        found = true;
        *ret = (struct version){.area = row_int(&rows, 0),
                                .state = row_int(&rows, 1),
                                .overdue = row_int(&rows, 2),
                                .subject = row_int(&rows, 3),
                                .post = row_int(&rows, 4),
                                .since_ms = row_int(&rows, 5),
                                .former_ms = row_int(&rows, 6)};
        text_keep(ret->rule, sizeof ret->rule, rule);
        text_keep(ret->role, sizeof ret->role, role);
    }
    if (!db_end(&rows, err))
        return false;
    return found ||
           bh_fail(err, BH_CORRUPT, "没有 %lld 号义务", "there is no duty %lld", (long long)duty);
}

/* Puts the present version away, unless it was never visible, and the open one before it that the row still holds. */
static bool version_keep(struct db *db, const struct event *event, int64_t duty,
                         struct version *ret, struct bh_err *err)
{
    if (!version_read(db, duty, ret, err))
        return false;
    if (ret->former_ms != BH_NONE &&
        !db_run(db, err,
                "INSERT INTO duty_history (duty, from_ms, to_ms, area, plan, opened_ms, start_ms, "
                "due_ms, state, role, institution, post, holder, closer, ended_ms, late_ms)"
                " SELECT duty, former_ms, since_ms, area, plan, opened_ms, start_ms, due_ms, 0, "
                "role, institution, post, holder, 0, NULL, 0 FROM duty WHERE duty = ?",
                "i", duty))
        return false;
    return ret->since_ms >= event->recorded_ms ||
           db_run(db, err,
                  "INSERT INTO duty_history (duty, from_ms, to_ms, area, plan, opened_ms, "
                  "start_ms, due_ms, state, role, institution, post, holder, closer, ended_ms, "
                  "late_ms)"
                  " SELECT duty, since_ms, ?, area, plan, opened_ms, start_ms, due_ms, state, "
                  "role, institution, post, holder, closer, ended_ms, late_ms FROM duty WHERE duty "
                  "= ?",
                  "ii", event->recorded_ms, duty);
}

/* Before a duty ends: an open version stays in its row. ret->former_ms: since when, if it was ever visible. */
static bool version_end(struct db *db, const struct event *event, int64_t duty, struct version *ret,
                        struct bh_err *err)
{
    if (!version_read(db, duty, ret, err))
        return false;
    if (ret->state != DUTY_STATE_OPEN) {
        bool ok = version_keep(db, event, duty, ret, err);
        ret->former_ms = BH_NONE;
        return ok;
    }
    ret->former_ms = ret->since_ms < event->recorded_ms ? ret->since_ms : BH_NONE;
    return true;
}

static bool count_move(struct db *db, const struct version *was, int64_t area, struct tally now,
                       struct bh_err *err)
{
    struct tally before = tally_of(was->state, was->overdue);
    if (was->area == area)
        return count_add(db, area, now.opened - before.opened, now.overdue - before.overdue, err);
    return count_add(db, was->area, -before.opened, -before.overdue, err) &&
           count_add(db, area, now.opened, now.overdue, err);
}

/* ---- events ---- */

static bool apply_opened(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_opened *fact = event->fields;
    return db_run(db, err,
                  "INSERT INTO duty (duty, rule, subject_kind, subject, opener, person, known_ms, "
                  "since_ms, former_ms, withdrawn, timer_ms, overdue, worst, mark, area, plan, "
                  "opened_ms, "
                  "start_ms, due_ms, state, role, institution, post, holder, closer, ended_ms, "
                  "late_ms)"
                  " VALUES (?,?,?,?,?,?,?,?,NULL,0,?,0,0,'',?,?,?,?,?,0,?,?,?,?,0,NULL,0)",
                  "issiiiiiIisiiisiii", event->seq, fact->rule, fact->subject_kind, fact->subject,
                  fact->opener, event->person, event->recorded_ms, event->recorded_ms,
                  fact->next_ms, event->area, fact->plan, event->occurred_ms, fact->start_ms,
                  fact->due_ms, fact->role, zero_if_none(fact->institution),
                  zero_if_none(fact->post), zero_if_none(fact->holder)) &&
           count_add(db, event->area, 1, 0, err) &&
           hour_add(db, event, event->area, fact->rule, 1, 0, err);
}

static bool evidence_add(struct db *db, const struct event *event, int64_t subject,
                         struct bh_str rule, int64_t fact, int64_t cancels, struct bh_err *err)
{
    return db_run(db, err,
                  "INSERT INTO duty_closer (subject, rule, fact, occurred_ms, cancels, withdrawn) "
                  "VALUES (?,?,?,?,?,0)"
                  " ON CONFLICT DO NOTHING",
                  "isiii", subject, rule, fact, event->occurred_ms, cancels);
}

static bool apply_closed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_closed *fact = event->fields;
    struct version was;
    if (!version_end(db, event, fact->duty, &was, err))
        return false;
    struct bh_str rule = bh_str_of(was.rule);
    return db_run(db, err,
                  "UPDATE duty SET state = 1, closer = ?, ended_ms = ?, late_ms = ?, timer_ms = "
                  "NULL, since_ms = ?, former_ms = ? WHERE duty = ?",
                  "iiiiIi", fact->closer, event->occurred_ms, fact->late_ms, event->recorded_ms,
                  was.former_ms, fact->duty) &&
           evidence_add(db, event, was.subject, rule, fact->closer, 0, err) &&
           (was.state != DUTY_STATE_OPEN || hour_add(db, event, was.area, rule, 0, 1, err)) &&
           count_move(db, &was, was.area, tally_of(DUTY_STATE_CLOSED, 0), err);
}

static bool apply_cancelled(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_cancelled *fact = event->fields;
    bool withdrawn = fact->reason == CANCEL_OPENER_WITHDRAWN;
    struct version was;
    return version_end(db, event, fact->duty, &was, err) &&
           db_run(db, err,
                  "UPDATE duty SET state = 2, closer = ?, ended_ms = ?, late_ms = 0, withdrawn = "
                  "?, timer_ms = NULL, since_ms = ?, former_ms = ? WHERE duty = ?",
                  "iiiiIi", fact->by, event->occurred_ms, (int64_t)withdrawn, event->recorded_ms,
                  was.former_ms, fact->duty) &&
           (withdrawn ||
            evidence_add(db, event, was.subject, bh_str_of(was.rule), fact->by, 1, err)) &&
           count_move(db, &was, was.area, tally_of(DUTY_STATE_CANCELLED, 0), err);
}

static bool apply_redated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_redated *fact = event->fields;
    struct version was;
    if (!version_keep(db, event, fact->duty, &was, err))
        return false;
    int64_t overdue = was.overdue && fact->due_ms <= event->recorded_ms;
    return db_run(db, err,
                  "UPDATE duty SET opened_ms = ?, start_ms = ?, due_ms = ?, plan = ?, overdue = ?, "
                  "timer_ms = ?,"
                  " since_ms = ?, former_ms = NULL WHERE duty = ?",
                  "iiisiIii", fact->opened_ms, fact->start_ms, fact->due_ms, fact->plan, overdue,
                  was.state == DUTY_STATE_OPEN ? fact->next_ms : BH_NONE, event->recorded_ms,
                  fact->duty) &&
           (fact->reason == REDATE_LADDER ||
            db_run(db, err,
                   "UPDATE duty_replan SET answered_ms = ? WHERE duty = ? AND answered_ms IS NULL",
                   "ii", event->recorded_ms, fact->duty)) &&
           count_move(db, &was, was.area, tally_of(was.state, overdue), err);
}

/* While a notice about the same rule and step waits for its post to answer, further duties join it. */
static bool notice_join(struct db *db, const struct event *event, int64_t post, struct bh_str rule,
                        struct bh_str role, int64_t step, struct bh_err *err)
{
    return db_add(
        db, err,
        "UPDATE notice SET count = count + ? WHERE post = ? AND rule = ? AND step = ? AND role = ?"
        " AND acknowledged_ms IS NULL AND (post <> 0 OR area = ?)",
        "+isisi", (int64_t)1, post, rule, step, role, post ? 0 : event->area);
}

static bool apply_overdue(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_overdue *fact = event->fields;
    struct version was;
    return version_read(db, fact->duty, &was, err) &&
           db_run(db, err, "UPDATE duty SET overdue = 1, timer_ms = ? WHERE duty = ?", "Ii",
                  fact->next_ms, fact->duty) &&
           notice_join(db, event, was.post, bh_str_of(was.rule), bh_str_of(was.role), 0, err) &&
           count_move(db, &was, was.area, tally_of(was.state, 1), err);
}

static bool apply_escalated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_escalated *fact = event->fields;
    struct version was;
    return version_read(db, fact->duty, &was, err) &&
           db_run(db, err,
                  "UPDATE duty SET worst = ?, mark = CASE WHEN ? = '' THEN mark ELSE ? END, "
                  "timer_ms = ? WHERE duty = ?",
                  "issIi", -fact->step, fact->mark, fact->mark, fact->next_ms, fact->duty) &&
           db_run(
               db, err,
               "INSERT INTO duty_step (duty, step, role, post, holder, mark, occurred_ms, known_ms)"
               " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
               "iisiisii", fact->duty, fact->step, fact->role, zero_if_none(fact->post),
               zero_if_none(fact->holder), fact->mark, event->occurred_ms, event->recorded_ms) &&
           notice_join(db, event, zero_if_none(fact->post), bh_str_of(was.rule), fact->role,
                       fact->step, err);
}

static bool apply_reassigned(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_reassigned *fact = event->fields;
    struct version was;
    return version_keep(db, event, fact->duty, &was, err) &&
           db_run(db, err,
                  "UPDATE duty SET area = ?, role = ?, institution = ?, post = ?, holder = ?, "
                  "since_ms = ?, former_ms = NULL WHERE duty = ?",
                  "isiiiii", event->area, fact->role, zero_if_none(fact->institution),
                  zero_if_none(fact->post), zero_if_none(fact->holder), event->recorded_ms,
                  fact->duty) &&
           count_move(db, &was, event->area, tally_of(was.state, was.overdue), err);
}

static bool apply_reopened(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_reopened *fact = event->fields;
    struct version was;
    return version_keep(db, event, fact->duty, &was, err) &&
           db_run(db, err,
                  "UPDATE duty SET state = 0, closer = 0, ended_ms = NULL, late_ms = 0, timer_ms = "
                  "?, since_ms = ?, former_ms = NULL WHERE duty = ?",
                  "Iii", fact->next_ms, event->recorded_ms, fact->duty) &&
           count_move(db, &was, was.area, tally_of(DUTY_STATE_OPEN, was.overdue), err);
}

static bool apply_kept(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_evidence_kept *fact = event->fields;
    return evidence_add(db, event, fact->subject, fact->rule, fact->fact, fact->cancels, err);
}

static bool apply_asked(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_replan_asked *fact = event->fields;
    return db_run(
        db, err,
        "INSERT INTO duty_replan (duty, start_ms, due_ms, next_ms, plan, asked_ms, answered_ms)"
        " VALUES (?,?,?,?,?,?,NULL) ON CONFLICT (duty) DO UPDATE SET start_ms = excluded.start_ms,"
        " due_ms = excluded.due_ms, next_ms = excluded.next_ms, plan = excluded.plan,"
        " asked_ms = excluded.asked_ms, answered_ms = NULL",
        "iiiIsi", fact->duty, fact->start_ms, fact->due_ms, fact->next_ms, fact->plan,
        event->recorded_ms);
}

static bool apply_notice(struct db *db, const struct event *event, struct bh_err *err)
{
    if (event->kind->number == NOTICE_QUEUED) {
        const struct notice_queued *fact = event->fields;
        return db_run(
            db, err,
            "INSERT INTO notice (notice, post, holder, area, rule, role, step, count, queued_ms)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            "iiiissiii", event->seq, zero_if_none(fact->post), zero_if_none(fact->holder),
            event->area, fact->rule, fact->role, fact->step, fact->count, event->recorded_ms);
    }
    if (event->kind->number == NOTICE_DELIVERED) {
        const struct notice_delivered *fact = event->fields;
        return db_run(db, err,
                      "UPDATE notice SET delivered_ms = ?, channel = ? WHERE notice = ? AND "
                      "delivered_ms IS NULL",
                      "isi", event->recorded_ms, fact->channel, fact->notice);
    }
    const struct notice_acknowledged *fact = event->fields;
    return db_run(db, err,
                  "UPDATE notice SET acknowledged_ms = ?, acknowledged_by = ?"
                  " WHERE notice = ? AND acknowledged_ms IS NULL",
                  "iii", event->recorded_ms, event->actor, fact->notice);
}

static bool apply_layer(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct plan_layer_adopted *fact = event->fields;
    /* The plan as it is now is held against every duty: an earlier pass has no more to do. */
    return db_run(db, err, "DELETE FROM duty_replan_pass", "") &&
           db_run(db, err,
                  "INSERT INTO plan_adopted (seq, layer, signed_by, known_ms) VALUES (?,?,?,?)",
                  "isii", event->seq, fact->layer, zero_if_none(fact->signed_by),
                  event->recorded_ms);
}

static bool apply_advanced(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct duty_replan_advanced *fact = event->fields;
    return db_run(db, err, "DELETE FROM duty_replan_pass", "") &&
           (fact->after == BH_NONE ||
            db_run(db, err, "INSERT INTO duty_replan_pass (adoption, after) VALUES (?,?)", "ii",
                   fact->adoption, fact->after));
}

static bool gap_note(struct db *db, int64_t post, int64_t vacant, struct bh_err *err)
{
    return db_run(
        db, err,
        "INSERT INTO post_gap (post, vacant) VALUES (?,?) ON CONFLICT (post) DO UPDATE SET"
        " vacant = excluded.vacant",
        "ii", post, vacant);
}

bool duty_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case DUTY_LAYER_ADOPTED: return apply_layer(db, event, err);
    case DUTY_OPENED: return apply_opened(db, event, err);
    case DUTY_CLOSED: return apply_closed(db, event, err);
    case DUTY_CANCELLED: return apply_cancelled(db, event, err);
    case DUTY_REDATED: return apply_redated(db, event, err);
    case DUTY_OVERDUE: return apply_overdue(db, event, err);
    case DUTY_ESCALATED: return apply_escalated(db, event, err);
    case DUTY_REASSIGNED: return apply_reassigned(db, event, err);
    case DUTY_REOPENED: return apply_reopened(db, event, err);
    case DUTY_EVIDENCE_KEPT: return apply_kept(db, event, err);
    case DUTY_REPLAN_ASKED: return apply_asked(db, event, err);
    case DUTY_REPLAN_ADVANCED: return apply_advanced(db, event, err);
    case NOTICE_QUEUED:
    case NOTICE_DELIVERED:
    case NOTICE_ACKNOWLEDGED: return apply_notice(db, event, err);
    case EVENT_POST_VACANT:
        return gap_note(db, ((const struct post_vacant *)event->fields)->post, 1, err);
    case EVENT_POST_FILLED:
        return gap_note(db, ((const struct post_filled *)event->fields)->post, 0, err);
    case EVENT_SHIFT_HANDED_OVER:
        return gap_note(db, ((const struct shift_handed_over *)event->fields)->post, 0, err);
    case EVENT_FACT_WITHDRAWN:
        return db_run(db, err, "UPDATE duty_closer SET withdrawn = 1 WHERE fact = ?", "i",
                      ((const struct fact_withdrawn *)event->fields)->target);
    case EVENT_FACT_REDATED:
        return db_run(db, err, "UPDATE duty_closer SET occurred_ms = ? WHERE fact = ?", "ii",
                      ((const struct fact_redated *)event->fields)->occurred_ms,
                      ((const struct fact_redated *)event->fields)->target);
    default: return true;
    }
}
