#include "ledger/duty_private.h"

#include "ledger/log_events.h"

#include <string.h>

static const char *text_copy(struct bh_arena *arena, struct bh_str text)
{
    return bh_arena_copy(arena, text.at, text.len);
}

void duty_row_read(const struct rows *rows, struct bh_arena *arena, struct duty_row *ret)
{
    int64_t *const numbers[] = {&ret->duty,     &ret->subject,   &ret->opener,      &ret->person,
                                &ret->area,     &ret->opened_ms, &ret->start_ms,    &ret->due_ms,
                                &ret->state,    &ret->overdue,   &ret->steps,       &ret->closer,
                                &ret->ended_ms, &ret->withdrawn, &ret->institution, &ret->post,
                                &ret->holder,   &ret->timer_ms,  &ret->late_ms};
    int column = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i] = row_int(rows, column++);
    ret->rule = text_copy(arena, row_text(rows, column++));
    ret->subject_kind = text_copy(arena, row_text(rows, column++));
    ret->plan = text_copy(arena, row_text(rows, column++));
    ret->role = text_copy(arena, row_text(rows, column));
}

bool duty_rows_read(struct rows *rows, struct bh_arena *arena, struct duty_rows *ret,
                    struct bh_err *err)
{
    *ret = (struct duty_rows){0};
    while (db_next(rows)) {
        if (ret->count == ret->size) {
            size_t size = ret->size ? ret->size * 2 : 8;
            struct duty_row *more = bh_arena_get(arena, size * sizeof *more);
            if (ret->count)
                memcpy(more, ret->at, ret->count * sizeof *more);
            ret->at = more;
            ret->size = size;
        }
        duty_row_read(rows, arena, &ret->at[ret->count++]);
    }
    return db_end(rows, err);
}

int64_t duty_next(const struct duty_rule *rule, int64_t start_ms, int64_t due_ms, bool overdue,
                  int64_t steps)
{
    int64_t next = overdue ? BH_NONE : due_ms;
    if (rule && steps < rule->step_count) {
        int64_t step_ms = start_ms + rule->steps[steps].after_ms;
        next = next == BH_NONE || step_ms < next ? step_ms : next;
    }
    return next;
}

struct event_head duty_head(const struct duty_row *duty, int64_t occurred_ms)
{
    return (struct event_head){
        .area = duty->area, .person = duty->person, .occurred_ms = occurred_ms};
}

/* ---- evidence ---- */

bool duty_evidence_best(struct db *db, const struct duty_row *duty, struct duty_evidence *ret,
                        bool *ret_found, struct bh_err *err)
{
    struct rows rows;
    *ret_found = false;
    db_rows(db, &rows,
            "SELECT fact, occurred_ms, cancels FROM duty_closer WHERE subject = ? AND rule = ? AND "
            "withdrawn = 0"
            " AND occurred_ms >= ? AND fact <> ? ORDER BY occurred_ms, cancels, fact LIMIT 1",
            "izii", duty->subject, duty->rule, duty->opened_ms, duty->opener);
    if (db_next(&rows)) {
        *ret = (struct duty_evidence){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2)};
        *ret_found = true;
    }
    return db_end(&rows, err);
}

static int64_t late_by(const struct duty_row *duty, const struct duty_evidence *by)
{
    return !by->cancels && by->occurred_ms > duty->due_ms ? by->occurred_ms - duty->due_ms : 0;
}

static void emit_end(struct decision *d, const struct duty_row *duty,
                     const struct duty_evidence *by)
{
    struct event_head head = duty_head(duty, by->occurred_ms);
    int64_t late_ms = late_by(duty, by);
    struct duty_closed closed = {duty->duty, by->fact, late_ms};
    struct duty_cancelled cancelled = {duty->duty, by->fact, CANCEL_BY_FACT};
    if (by->cancels)
        (void)decision_emit(d, DUTY_CANCELLED, &head, &cancelled);
    else
        (void)decision_emit(d, DUTY_CLOSED, &head, &closed);
}

static const struct duty_rule *rule_of(struct ledger *ledger, const struct duty_row *duty)
{
    return plan_rule(plans_for(ledger->plans, duty->area, duty->opened_ms), duty->rule);
}

/* True when the duty already stands as this evidence says. */
static bool stands(const struct duty_row *duty, const struct duty_evidence *best)
{
    int64_t state = best->cancels ? DUTY_STATE_CANCELLED : DUTY_STATE_CLOSED;
    return duty->state == state && duty->closer == best->fact &&
           duty->ended_ms == best->occurred_ms && duty->late_ms == late_by(duty, best);
}

bool duty_stands(struct db *db, const struct duty_row *duty, bool *ret, struct bh_err *err)
{
    struct duty_evidence best;
    bool found;
    if (!duty_evidence_best(db, duty, &best, &found, err))
        return false;
    *ret = found ? stands(duty, &best) : duty->state == DUTY_STATE_OPEN;
    return true;
}

/* True when a transition of this duty is still to be applied: it will be settled after that one. Looks only a
 * little ahead; what is missed is set right when the transition is applied. */
static bool transition_pending(const struct decision *d, int64_t duty)
{
    size_t next = (size_t)(d->ledger->head.seq - d->base),
           end = d->count < next + 64 ? d->count : next + 64;
    for (size_t i = next; i < end; i++) {
        int kind = d->pending[i].kind->number;
        if ((kind == DUTY_CLOSED || kind == DUTY_CANCELLED || kind == DUTY_REDATED ||
             kind == DUTY_REOPENED) &&
            *(const int64_t *)d->pending[i].fields == duty) /* duty is the first member of each */
            return true;
    }
    return false;
}

bool duty_settle(struct ledger *ledger, struct decision *d, const struct duty_row *duty, int64_t by,
                 struct bh_err *err)
{
    struct duty_evidence best;
    bool found;
    if (duty->withdrawn || transition_pending(d, duty->duty))
        return true;
    if (!duty_evidence_best(ledger->db, duty, &best, &found, err))
        return false;
    if (found && !stands(duty, &best))
        emit_end(d, duty, &best);
    if (!found && duty->state != DUTY_STATE_OPEN) {
        struct event_head head = duty_head(duty, decision_occurred(d));
        struct duty_reopened fact = {duty->duty, by,
                                     duty_next(rule_of(ledger, duty), duty->start_ms, duty->due_ms,
                                               duty->overdue, duty->steps)};
        (void)decision_emit(d, DUTY_REOPENED, &head, &fact);
    }
    return true;
}

static void duties_of(struct ledger *ledger, int64_t subject, struct bh_str rule, struct rows *rows)
{
    db_rows(ledger->db, rows,
            "SELECT " DUTY_ROW
            " FROM duty WHERE subject = ? AND rule = ? AND withdrawn = 0 ORDER BY duty",
            "is", subject, rule);
}

/* True when new evidence comes before what ended the duty. */
static bool betters(const struct duty_evidence *new, const struct duty_row *duty)
{
    int64_t cancelled = duty->state == DUTY_STATE_CANCELLED;
    if (duty->state == DUTY_STATE_OPEN)
        return true;
    if (new->occurred_ms != duty->ended_ms)
        return new->occurred_ms < duty->ended_ms;
    if (new->cancels != cancelled)
        return new->cancels < cancelled;
    return new->fact < duty->closer;
}

/* A fact that may end duties of a rule. It ends those that are there; when there are none it is kept. */
static bool evidence_take(struct ledger *ledger, struct decision *d, const struct event *event,
                          const struct duty_rule *rule, bool cancels, struct bh_err *err)
{
    struct duty_evidence evidence = {event->seq, event->occurred_ms, cancels};
    int64_t subject = plan_subject(rule, event);
    struct rows rows;
    struct duty_rows duties;
    bool used = false;
    if (subject == 0)
        return true;
    duties_of(ledger, subject, bh_str_of(rule->id), &rows);
    if (!duty_rows_read(&rows, decision_arena(d), &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++) {
        const struct duty_row *duty = &duties.at[i];
        if (duty->opened_ms > event->occurred_ms || duty->opener == event->seq ||
            transition_pending(d, duty->duty) || !betters(&evidence, duty))
            continue;
        emit_end(d, duty, &evidence);
        used = true;
    }
    if (used)
        return true;
    struct duty_evidence_kept fact = {bh_str_of(rule->id), subject, event->seq, cancels};
    struct event_head head = {event->area, event->person, event->occurred_ms};
    (void)decision_emit(d, DUTY_EVIDENCE_KEPT, &head, &fact);
    return true;
}

/* ---- opening ---- */

static bool names_kind(const int *kinds, int kind)
{
    while (*kinds && *kinds != kind)
        kinds++;
    return *kinds == kind;
}

static int64_t institution_in(const struct event *event)
{
    const struct field *field = record_field(event->kind->record, "institution");
    int64_t value = field && field_is_int(field->type) ? field_int(field, event->fields) : BH_NONE;
    return value == BH_NONE ? 0 : value;
}

int64_t duty_rule_start(const struct duty_rule *rule, const struct event *event)
{
    if (rule->clock == CLOCK_FIELD)
        return field_int(record_field(event->kind->record, rule->clock_field), event->fields);
    return rule->clock == CLOCK_RECORDED ? event->recorded_ms : event->occurred_ms;
}

static bool duty_open(struct ledger *ledger, struct decision *d, const struct event *event,
                      const struct plan *plan, const struct duty_rule *rule, struct bh_err *err)
{
    int64_t subject = plan_subject(rule, event), institution = institution_in(event);
    struct owner owner;
    if (subject == 0)
        return true;
    if (!duty_owner(ledger, rule->owner, rule->owner_at, institution, event->area, decision_now(d),
                    &owner, err))
        return false;
    int64_t start_ms = duty_rule_start(rule, event);
    int64_t due_ms = start_ms + rule->deadline_ms;
    struct duty_opened fact = {
        .rule = bh_str_of(rule->id),
        .subject_kind = bh_str_of(rule->subject),
        .subject = subject,
        .opener = event->seq,
        .start_ms = start_ms,
        .due_ms = due_ms,
        .next_ms = duty_next(rule, start_ms, due_ms, false, 0),
        .plan = bh_str_of(plan->version),
        .role = bh_str_of(rule->owner),
        .institution = owner.institution,
        .post = owner.post,
        .holder = owner.holder,
    };
    struct event_head head = {event->area, event->person, event->occurred_ms};
    (void)decision_emit(d, DUTY_OPENED, &head, &fact);
    return true;
}

/* ---- facts of the world ---- */

static bool evidence_given(const struct duty_rule *rule, const struct event *event)
{
    for (int i = 0; rule->evidence[i]; i++) {
        const struct field *field = record_field(event->kind->record, rule->evidence[i]);
        if (!field || !field_given(field, event->fields))
            return false;
    }
    return true;
}

bool duty_rule_opens(const struct duty_rule *rule, const struct event *event)
{
    return names_kind(rule->opens_on, event->kind->number) &&
           plan_when_holds(rule->when, rule->when_count, event);
}

bool duty_rule_closes(const struct duty_rule *rule, const struct event *event)
{
    return names_kind(rule->closes_on, event->kind->number) &&
           plan_when_holds(rule->closes_when, rule->closes_when_count, event) &&
           evidence_given(rule, event);
}

bool duty_rule_cancels(const struct duty_rule *rule, const struct event *event)
{
    return names_kind(rule->cancel_on, event->kind->number);
}

static bool react_fact(struct ledger *ledger, struct decision *d, const struct event *event,
                       struct bh_err *err)
{
    const struct plan *plan = plans_for(ledger->plans, event->area, event->occurred_ms);
    int kind = event->kind->number;
    if (!(plan->touched[kind / 64] >> (kind % 64) & 1))
        return true;
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct duty_rule *rule = &plan->rules[i];
        if (duty_rule_closes(rule, event) && !evidence_take(ledger, d, event, rule, false, err))
            return false;
        if (duty_rule_cancels(rule, event) && !evidence_take(ledger, d, event, rule, true, err))
            return false;
        if (duty_rule_opens(rule, event) && !duty_open(ledger, d, event, plan, rule, err))
            return false;
    }
    return true;
}

/* ---- the engine's own facts: what was decided on may have changed before it was applied ---- */

static bool settle_rows(struct ledger *ledger, struct decision *d, struct rows *rows, int64_t by,
                        struct bh_err *err)
{
    struct duty_rows duties;
    if (!duty_rows_read(rows, decision_arena(d), &duties, err))
        return false;
    for (size_t i = 0; i < duties.count; i++)
        if (!duty_settle(ledger, d, &duties.at[i], by, err))
            return false;
    return true;
}

static bool settle_one(struct ledger *ledger, struct decision *d, int64_t number, int64_t by,
                       struct bh_err *err)
{
    struct rows rows;
    db_rows(ledger->db, &rows, "SELECT " DUTY_ROW " FROM duty WHERE duty = ?", "i", number);
    return settle_rows(ledger, d, &rows, by, err);
}

/* A duty and those of the same rule about the same subject. */
static bool settle_namesakes(struct ledger *ledger, struct decision *d, int64_t number, int64_t by,
                             struct bh_err *err)
{
    struct rows rows;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW
            " FROM duty WHERE subject = (SELECT subject FROM duty WHERE duty = ?)"
            " AND rule = (SELECT rule FROM duty WHERE duty = ?) AND withdrawn = 0 ORDER BY duty",
            "ii", number, number);
    return settle_rows(ledger, d, &rows, by, err);
}

static bool settle_all(struct ledger *ledger, struct decision *d, int64_t subject,
                       struct bh_str rule, int64_t by, struct bh_err *err)
{
    struct rows rows;
    duties_of(ledger, subject, rule, &rows);
    return settle_rows(ledger, d, &rows, by, err);
}

static bool settle_opened(struct ledger *ledger, struct decision *d, const struct event *event,
                          struct bh_err *err)
{
    const struct duty_opened *fact = event->fields;
    struct duty_row duty = {
        .duty = event->seq,
        .subject = fact->subject,
        .opener = fact->opener,
        .person = event->person,
        .area = event->area,
        .opened_ms = event->occurred_ms,
        .start_ms = fact->start_ms,
        .due_ms = fact->due_ms,
        .state = DUTY_STATE_OPEN,
        .rule = bh_arena_copy(decision_arena(d), fact->rule.at, fact->rule.len),
    };
    return duty_settle(ledger, d, &duty, event->cause, err);
}

static bool react_own(struct ledger *ledger, struct decision *d, const struct event *event,
                      struct bh_err *err)
{
    switch (event->kind->number) {
    case DUTY_OPENED: return settle_opened(ledger, d, event, err);
    case DUTY_CLOSED:
        return settle_namesakes(ledger, d, ((const struct duty_closed *)event->fields)->duty,
                                event->cause, err);
    case DUTY_CANCELLED:
        return settle_namesakes(ledger, d, ((const struct duty_cancelled *)event->fields)->duty,
                                event->cause, err);
    case DUTY_REDATED:
        return settle_one(ledger, d, ((const struct duty_redated *)event->fields)->duty,
                          event->cause, err);
    case DUTY_REOPENED:
        return settle_one(ledger, d, ((const struct duty_reopened *)event->fields)->duty,
                          event->cause, err);
    case DUTY_EVIDENCE_KEPT: {
        const struct duty_evidence_kept *fact = event->fields;
        return settle_all(ledger, d, fact->subject, fact->rule, event->cause, err);
    }
    default: return true;
    }
}

bool duty_react(struct ledger *ledger, struct decision *d, const struct event *event,
                struct bh_err *err)
{
    int kind = event->kind->number;
    if (kind >= DUTY_OPENED && kind <= DUTY_REPLAN_ADVANCED)
        return react_own(ledger, d, event, err);
    if (kind == EVENT_FACT_WITHDRAWN || kind == EVENT_FACT_REDATED)
        return duty_react_correction(ledger, d, event, err);
    return duty_react_change(ledger, d, event, err) && react_fact(ledger, d, event, err);
}
