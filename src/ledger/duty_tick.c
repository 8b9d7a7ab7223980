#include "ledger/duty_private.h"

#include "ledger/post_link.h"

#include <string.h>

/* Notices of one tick, one for each post, rule and step. */
struct notices {
    struct notice_group {
        struct notice_queued notice;
        int64_t area;
    } * at;
    size_t count, size;
};

struct tick {
    struct ledger *ledger;
    struct decision *d;
    int64_t now_ms;
    int emitted;
    struct notices notices;
};

static void notice_add(struct tick *tick, const struct duty_row *duty, const char *role,
                       int64_t step, int64_t post, int64_t holder)
{
    struct notices *list = &tick->notices;
    for (size_t i = 0; i < list->count; i++) {
        struct notice_queued *notice = &list->at[i].notice;
        if (notice->post == post && notice->step == step && bh_str_is(notice->rule, duty->rule) &&
            bh_str_is(notice->role, role) && (post != 0 || list->at[i].area == duty->area)) {
            notice->count++;
            return;
        }
    }
    if (list->count == list->size) {
        size_t size = list->size ? list->size * 2 : 16;
        struct notice_group *more = bh_arena_get(decision_arena(tick->d), size * sizeof *more);
        if (list->count)
            memcpy(more, list->at, list->count * sizeof *more);
        list->at = more;
        list->size = size;
    }
    list->at[list->count++] = (struct notice_group){
        {0, post, holder, bh_str_of(duty->rule), bh_str_of(role), step, 1}, duty->area};
}

/* A post that has not answered the last notice of this kind gets no other: its count grows instead. */
static bool notice_waits(struct tick *tick, const struct notice_group *group, bool *ret,
                         struct bh_err *err)
{
    int64_t found = 0;
    return db_int(tick->ledger->db, err, &found, ret,
                  "SELECT 1 FROM notice WHERE post = ? AND rule = ? AND step = ? AND role = ?"
                  " AND acknowledged_ms IS NULL AND (post <> 0 OR area = ?) LIMIT 1",
                  "isisi", group->notice.post, group->notice.rule, group->notice.step,
                  group->notice.role, group->area);
}

static bool notices_emit(struct tick *tick, struct bh_err *err)
{
    for (size_t i = 0; i < tick->notices.count; i++) {
        const struct notice_group *group = &tick->notices.at[i];
        struct event_head head = {.area = group->area, .occurred_ms = tick->now_ms};
        bool waits = false;
        if (!notice_waits(tick, group, &waits, err))
            return false;
        if (!waits)
            (void)decision_emit(tick->d, NOTICE_QUEUED, &head, &group->notice);
    }
    return true;
}

static void emit_overdue(struct tick *tick, struct duty_row *duty, const struct duty_rule *rule)
{
    struct event_head head = duty_head(duty, duty->due_ms);
    duty->overdue = 1;
    struct duty_overdue fact = {duty->duty, duty->due_ms,
                                duty_next(rule, duty->start_ms, duty->due_ms, true, duty->steps)};
    (void)decision_emit(tick->d, DUTY_OVERDUE, &head, &fact);
    notice_add(tick, duty, duty->role, 0, duty->post, duty->holder);
    tick->emitted++;
}

static bool emit_step(struct tick *tick, struct duty_row *duty, const struct duty_rule *rule,
                      struct bh_err *err)
{
    bh_assert(rule);
    const struct plan_step *step = &rule->steps[duty->steps++];
    struct event_head head = duty_head(duty, duty->start_ms + step->after_ms);
    struct owner owner;
    if (!duty_owner(tick->ledger, step->role, step->at, duty->institution, duty->area, tick->now_ms,
                    &owner, err))
        return false;
    struct duty_escalated fact = {
        .duty = duty->duty,
        .step = duty->steps,
        .role = bh_str_of(step->role),
        .post = owner.post,
        .holder = owner.holder,
        .next_ms = duty_next(rule, duty->start_ms, duty->due_ms, duty->overdue, duty->steps),
        .mark = bh_str_of(step->mark),
    };
    (void)decision_emit(tick->d, DUTY_ESCALATED, &head, &fact);
    notice_add(tick, duty, step->role, duty->steps, owner.post, owner.holder);
    tick->emitted++;
    return true;
}

/* The present plan sees nothing to do yet at a time that an earlier plan had set. */
static void emit_later(struct tick *tick, const struct duty_row *duty, const struct duty_rule *rule)
{
    struct event_head head = duty_head(duty, tick->now_ms);
    struct duty_redated fact = {
        .duty = duty->duty,
        .opened_ms = duty->opened_ms,
        .start_ms = duty->start_ms,
        .due_ms = duty->due_ms,
        .next_ms = duty_next(rule, duty->start_ms, duty->due_ms, duty->overdue, duty->steps),
        .reason = REDATE_LADDER,
        .plan = bh_str_of(duty->plan),
    };
    (void)decision_emit(tick->d, DUTY_REDATED, &head, &fact);
    tick->emitted++;
}

/* All that became due for one duty, in the order in which it became due. */
static bool duty_advance(struct tick *tick, struct duty_row *duty, struct bh_err *err)
{
    const struct duty_rule *rule =
        plan_rule(plans_for(tick->ledger->plans, duty->area, duty->opened_ms), duty->rule);
    bool any = false;
    for (;;) {
        bool overdue = !duty->overdue && duty->due_ms <= tick->now_ms;
        int64_t step_ms = rule && duty->steps < rule->step_count
                              ? duty->start_ms + rule->steps[duty->steps].after_ms
                              : INT64_MAX;
        bool climbs = step_ms <= tick->now_ms && !(overdue && duty->due_ms <= step_ms);
        if (!overdue && !climbs)
            break;
        any = true;
        if (climbs) {
            if (!emit_step(tick, duty, rule, err))
                return false;
        } else {
            emit_overdue(tick, duty, rule);
        }
    }
    if (!any)
        emit_later(tick, duty, rule);
    return true;
}

/* Posts whose last holder's time is over: each is told once. */
static bool vacancies_emit(struct tick *tick, struct bh_err *err)
{
    struct rows rows;
    if (!duty_shifts_due(tick->ledger, tick->now_ms))
        return true;
    db_rows(tick->ledger->db, &rows,
            "SELECT p.post, p.role, p.area, (SELECT MAX(h.until_ms) FROM post_holder h WHERE "
            "h.post = p.post) FROM post p"
            " WHERE p.ended_ms IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM post_holder h WHERE h.post = p.post AND h.until_ms > ?)"
            " AND NOT EXISTS (SELECT 1 FROM post_gap g WHERE g.post = p.post AND g.vacant = 1) "
            "ORDER BY p.post",
            "i", tick->now_ms);
    while (db_next(&rows)) {
        struct bh_str role = row_text(&rows, 1);
        int64_t ended_ms = row_int(&rows, 3);
        struct post_vacant fact = {row_int(&rows, 0), bh_arena_str(decision_arena(tick->d), role)};
        struct event_head head = {.area = row_int(&rows, 2),
                                  .occurred_ms = ended_ms == BH_NONE ? tick->now_ms : ended_ms};
        (void)decision_emit(tick->d, EVENT_POST_VACANT, &head, &fact);
        tick->emitted++;
    }
    /* Looked at again until nothing is found: what was emitted may yet be rolled back. */
    return db_end(&rows, err) &&
           (tick->emitted > 0 || duty_shifts_seen(tick->ledger, tick->now_ms, err));
}

bool duty_tick(struct ledger *ledger, struct decision *d, int64_t now_ms, int limit, bool *ret_more,
               struct bh_err *err)
{
    struct tick tick = {.ledger = ledger, .d = d, .now_ms = now_ms};
    struct rows rows;
    struct duty_rows due;
    bool replanning = false;
    if (!vacancies_emit(&tick, err) || !duty_replan_go_on(ledger, d, &replanning, err))
        return false;
    *ret_more = replanning;
    if (replanning) /* what is due is due by the plan as it is now */
        return true;
    db_rows(ledger->db, &rows,
            "SELECT " DUTY_ROW " FROM duty WHERE timer_ms <= ? ORDER BY timer_ms, duty LIMIT ?",
            "ii", now_ms, (int64_t)limit + 1);
    if (!duty_rows_read(&rows, decision_arena(d), &due, err))
        return false;
    size_t done = 0;
    while (done < due.count && tick.emitted < limit)
        if (!duty_advance(&tick, &due.at[done++], err))
            return false;
    *ret_more = done < due.count;
    return notices_emit(&tick, err);
}
