#include "ledger/duty_private.h"

#include "ledger/log_events.h"
#include "ledger/post_link.h"

#include <string.h>

static const struct duty_rule *rule_at(struct ledger *ledger, int64_t area, int64_t at_ms,
                                       const char *rule)
{
    return plan_rule(plans_for(ledger->plans, area, at_ms), rule);
}

/* ---- a fact was withdrawn or its time corrected ---- */

static bool opened_by(struct ledger *ledger, struct decision *d, int64_t opener,
                      struct duty_rows *ret, struct bh_err *err)
{
    struct rows rows;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW " FROM duty WHERE opener = ? AND withdrawn = 0 ORDER BY duty", "i",
            opener);
    return duty_rows_read(&rows, decision_arena(d), ret, err);
}

/* Duties of every rule and subject for which the fact is kept as evidence. */
static bool settle_evidence(struct ledger *ledger, struct decision *d, int64_t fact, int64_t by,
                            struct bh_err *err)
{
    struct rows rows;
    struct duty_rows duties;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW
            " FROM duty WHERE duty IN (SELECT d.duty FROM duty_closer c JOIN duty d"
            " ON d.subject = c.subject AND d.rule = c.rule WHERE c.fact = ?) ORDER BY duty",
            "i", fact);
    if (!duty_rows_read(&rows, decision_arena(d), &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++)
        if (!duty_settle(ledger, d, &duties.at[i], by, err))
            return false;
    return true;
}

static bool react_withdrawn(struct ledger *ledger, struct decision *d, const struct event *event,
                            struct bh_err *err)
{
    const struct fact_withdrawn *fact = event->fields;
    struct duty_rows duties;
    if (!opened_by(ledger, d, fact->target, &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++) {
        struct event_head head = duty_head(&duties.at[i], event->occurred_ms);
        struct duty_cancelled cancelled = {duties.at[i].duty, event->seq, CANCEL_OPENER_WITHDRAWN};
        (void)decision_emit(d, DUTY_CANCELLED, &head, &cancelled);
    }
    return settle_evidence(ledger, d, fact->target, event->seq, err);
}

static void emit_redated(struct decision *d, const struct duty_row *duty,
                         const struct duty_redated *fact, int64_t occurred_ms)
{
    struct event_head head = duty_head(duty, occurred_ms);
    (void)decision_emit(d, DUTY_REDATED, &head, fact);
}

/* The opener happened at another time: the plan of that time gives the new deadline. */
static void opener_redated(struct ledger *ledger, struct decision *d, const struct duty_row *duty,
                           int64_t opened_ms, const struct event *event)
{
    const struct plan *plan = plans_for(ledger->plans, duty->area, opened_ms);
    const struct duty_rule *rule = plan_rule(plan, duty->rule);
    int64_t deadline_ms = rule ? rule->deadline_ms : duty->due_ms - duty->start_ms;
    bool moves = rule ? rule->clock == CLOCK_OCCURRED : duty->start_ms == duty->opened_ms;
    int64_t start_ms = moves ? opened_ms : duty->start_ms;
    int64_t due_ms = start_ms + deadline_ms;
    bool overdue = duty->overdue && due_ms <= event->recorded_ms;
    struct duty_redated fact = {
        .duty = duty->duty,
        .opened_ms = opened_ms,
        .start_ms = start_ms,
        .due_ms = due_ms,
        .next_ms = duty_next(rule, start_ms, due_ms, overdue, duty->steps),
        .reason = REDATE_OPENER,
        .plan = bh_str_of(rule ? plan->version : duty->plan),
    };
    emit_redated(d, duty, &fact, event->occurred_ms);
}

static bool react_redated(struct ledger *ledger, struct decision *d, const struct event *event,
                          struct bh_err *err)
{
    const struct fact_redated *fact = event->fields;
    struct duty_rows duties;
    if (!opened_by(ledger, d, fact->target, &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++)
        opener_redated(ledger, d, &duties.at[i], fact->occurred_ms, event);
    return settle_evidence(ledger, d, fact->target, event->seq, err);
}

bool duty_react_correction(struct ledger *ledger, struct decision *d, const struct event *event,
                           struct bh_err *err)
{
    duty_seen(ledger, event);
    return event->kind->number == EVENT_FACT_WITHDRAWN ? react_withdrawn(ledger, d, event, err)
                                                       : react_redated(ledger, d, event, err);
}

/* ---- owners ---- */

/* Resolves the owner again, at `area`; emits only when something differs. */
static bool reassign(struct ledger *ledger, struct decision *d, const struct duty_row *duty,
                     int64_t area, struct bh_err *err)
{
    const struct duty_rule *rule = rule_at(ledger, area, duty->opened_ms, duty->rule);
    const char *role = rule ? rule->owner : duty->role;
    struct owner owner;
    if (!duty_owner(ledger, role, rule ? rule->owner_at : AT_AREA, duty->institution, area,
                    decision_now(d), &owner, err))
        return false;
    if (area == duty->area && owner.post == duty->post)
        return true;
    struct event_head head = {area, duty->person, decision_occurred(d)};
    struct duty_reassigned fact = {duty->duty, bh_str_of(role), owner.institution, owner.post,
                                   owner.holder};
    (void)decision_emit(d, DUTY_REASSIGNED, &head, &fact);
    return true;
}

/* A new post may be the one that duties without anybody waited for. */
static bool react_post_created(struct ledger *ledger, struct decision *d, const struct event *event,
                               struct bh_err *err)
{
    const struct post_created *fact = event->fields;
    struct rows rows;
    struct duty_rows duties;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW " FROM duty WHERE state = 0 AND post = 0 AND role = ? ORDER BY duty",
            "s", fact->role);
    if (!duty_rows_read(&rows, decision_arena(d), &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++)
        if (!reassign(ledger, d, &duties.at[i], duties.at[i].area, err))
            return false;
    return true;
}

/* An abolished post hands its open duties to whoever answers now. */
static bool react_post_abolished(struct ledger *ledger, struct decision *d, int64_t post,
                                 struct bh_err *err)
{
    struct rows rows;
    struct duty_rows duties;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW " FROM duty WHERE state = 0 AND post = ? ORDER BY duty", "i", post);
    if (!duty_rows_read(&rows, decision_arena(d), &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++)
        if (!reassign(ledger, d, &duties.at[i], duties.at[i].area, err))
            return false;
    return true;
}

/* ---- a subject moved ---- */

/* Any fact that names the area it comes from is a move: of its person and of each subject it refers to. */
static const struct field *move_field(const struct event *event)
{
    const struct field *field = record_field(event->kind->record, "area_from");
    return field && field->type == FIELD_AREA && field_given(field, event->fields) ? field : NULL;
}

static bool refers_to(const struct event *event, const struct duty_row *duty)
{
    const struct field *field = record_field(event->kind->record, duty->subject_kind);
    return field && field_is_int(field->type) && field_int(field, event->fields) == duty->subject;
}

/* What is about the moved subject goes along wherever it was; the rest of the person only from the old area. */
static bool move_duties(struct ledger *ledger, struct decision *d, const struct event *event,
                        struct duty_rows *duties, int64_t from, struct bh_err *err)
{
    for (size_t i = 0; i < duties->count; i++)
        if (duties->at[i].area != event->area &&
            (duties->at[i].area == from || refers_to(event, &duties->at[i])) &&
            !reassign(ledger, d, &duties->at[i], event->area, err))
            return false;
    return true;
}

static bool react_move(struct ledger *ledger, struct decision *d, const struct event *event,
                       int64_t from, struct bh_err *err)
{
    const struct record *record = event->kind->record;
    struct rows rows;
    struct duty_rows duties;
    if (event->person != 0) {
        db_rows(ledger->db, &rows,
                "SELECT " DUTY_ROW
                " FROM duty WHERE person = ? AND person <> 0 AND state = 0 ORDER BY duty",
                "i", event->person);
        return duty_rows_read(&rows, decision_arena(d), &duties, err) &&
               move_duties(ledger, d, event, &duties, from, err);
    }
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if ((field->type != FIELD_REF && field->type != FIELD_PERSON) ||
            !field_given(field, event->fields))
            continue;
        db_rows(ledger->db, &rows,
                "SELECT " DUTY_ROW
                " FROM duty WHERE subject = ? AND subject_kind = ? AND state = 0 ORDER BY duty",
                "iz", field_int(field, event->fields), field->name);
        if (!duty_rows_read(&rows, decision_arena(d), &duties, err) ||
            !move_duties(ledger, d, event, &duties, from, err))
            return false;
    }
    return true;
}

/* ---- another plan ---- */

enum { REPLAN_STEP = 5000 }; /* duties looked at in one transaction; each emits one event or none */

static bool ask_pending(struct ledger *ledger, int64_t duty, bool *ret, struct bh_err *err)
{
    int64_t found = 0;
    *ret = false;
    return db_int(ledger->db, err, &found, ret,
                  "SELECT 1 FROM duty_replan WHERE duty = ? AND answered_ms IS NULL", "i", duty);
}

/* An earlier question that nobody answered falls away with the plan that asked it. */
static bool replan(struct ledger *ledger, struct decision *d, const struct duty_row *duty,
                   struct bh_err *err)
{
    const struct plan *plan = plans_for(ledger->plans, duty->area, duty->opened_ms);
    const struct duty_rule *rule = plan_rule(plan, duty->rule);
    int64_t occurred_ms = decision_occurred(d); /* of the adoption */
    bool keep = !rule || rule->on_plan_change == CHANGE_KEEP, pending;
    if (!ask_pending(ledger, duty->duty, &pending, err))
        return false;
    int64_t due_ms = keep ? duty->due_ms : duty->start_ms + rule->deadline_ms;
    bool overdue = duty->overdue && due_ms <= decision_now(d);
    int64_t next_ms = duty_next(rule, duty->start_ms, due_ms, overdue, duty->steps);
    if (!keep && rule->on_plan_change == CHANGE_ASK && due_ms != duty->due_ms) {
        struct event_head head = duty_head(duty, occurred_ms);
        struct duty_replan_asked asked = {duty->duty, duty->start_ms, due_ms, next_ms,
                                          bh_str_of(plan->version)};
        (void)decision_emit(d, DUTY_REPLAN_ASKED, &head, &asked);
        return true;
    }
    if (due_ms == duty->due_ms && (keep || next_ms == duty->timer_ms) && !pending)
        return true;
    struct duty_redated fact = {
        .duty = duty->duty,
        .opened_ms = duty->opened_ms,
        .start_ms = duty->start_ms,
        .due_ms = due_ms,
        .next_ms = next_ms,
        .reason = REDATE_PLAN,
        .plan = bh_str_of(keep ? duty->plan : plan->version),
    };
    emit_redated(d, duty, &fact, occurred_ms);
    return true;
}

/* Duties opened since the adoption follow the new plan already. */
static bool replan_some(struct ledger *ledger, struct decision *d, int64_t adoption, int64_t after,
                        bool *ret_more, struct bh_err *err)
{
    struct rows rows;
    struct duty_rows duties;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW " FROM duty WHERE duty IN (SELECT o.duty FROM duty o"
            " WHERE o.state = 0 AND +o.duty > ? AND +o.duty < ? ORDER BY +o.duty LIMIT ?)"
            " ORDER BY duty",
            "iii", after, adoption, (int64_t)REPLAN_STEP + 1);
    if (!duty_rows_read(&rows, decision_arena(d), &duties, err))
        return false;
    *ret_more = duties.count > REPLAN_STEP;
    size_t count = *ret_more ? REPLAN_STEP : duties.count;
    for (size_t i = 0; i < count; i++)
        if (!replan(ledger, d, &duties.at[i], err))
            return false;
    struct duty_replan_advanced fact = {adoption, *ret_more ? duties.at[count - 1].duty : BH_NONE};
    if (*ret_more || after > 0)
        (void)decision_emit(d, DUTY_REPLAN_ADVANCED, NULL, &fact);
    return true;
}

bool duty_replan_go_on(struct ledger *ledger, struct decision *d, bool *ret_any, struct bh_err *err)
{
    struct rows rows;
    struct event adoption = {0};
    int64_t after = 0;
    bool more = false;
    db_rows(ledger->db, &rows,
            "SELECT e.seq, e.occurred_ms, e.area, p.after FROM duty_replan_pass p JOIN event e ON "
            "e.seq = p.adoption",
            "");
    if (db_next(&rows)) {
        adoption.seq = row_int(&rows, 0);
        adoption.occurred_ms = row_int(&rows, 1);
        adoption.area = row_int(&rows, 2);
        after = row_int(&rows, 3);
    }
    *ret_any = after > 0;
    if (!db_end(&rows, err))
        return false;
    if (after == 0)
        return true;
    d->cause = &adoption; /* it is what causes the changes, however much later */
    bool ok = replan_some(ledger, d, adoption.seq, after, &more, err);
    d->cause = NULL;
    return ok;
}

static bool react_layer(struct ledger *ledger, struct decision *d, const struct event *event,
                        struct bh_err *err)
{
    bool more = false;
    return replan_some(ledger, d, event->seq, 0, &more, err);
}

bool duty_react_change(struct ledger *ledger, struct decision *d, const struct event *event,
                       struct bh_err *err)
{
    const struct field *from = move_field(event);
    duty_seen(ledger, event);
    switch (event->kind->number) {
    case DUTY_LAYER_ADOPTED: return react_layer(ledger, d, event, err);
    case EVENT_POST_CREATED:
        duty_owners_forget(ledger);
        return react_post_created(ledger, d, event, err);
    case EVENT_POST_VACATED: {
        const struct post_vacated *fact = event->fields;
        duty_owners_forget(ledger);
        return fact->reason != VACATE_ABOLISHED || react_post_abolished(ledger, d, fact->post, err);
    }
    case EVENT_POST_FILLED:
    case EVENT_SHIFT_HANDED_OVER: duty_owners_forget(ledger); return true;
    default: return !from || react_move(ledger, d, event, field_int(from, event->fields), err);
    }
}
