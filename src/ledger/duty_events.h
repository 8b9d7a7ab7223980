#ifndef BH_LEDGER_DUTY_EVENTS_H
#define BH_LEDGER_DUTY_EVENTS_H
/*
 * Facts of the duty engine: 3, 20 to 33. Every transition of a duty is one, so that rebuild applies them and
 * never evaluates a plan. Kind numbers, choices and stored fields are permanent. Integers hold BH_NONE when not
 * given. The head carries the duty's area and person; occurred is that of the fact that caused it.
 */
#include "ledger/event.h"

enum {
    DUTY_LAYER_ADOPTED = 3,
    DUTY_OPENED = 20,
    DUTY_CLOSED = 21,
    DUTY_CANCELLED = 22,
    DUTY_REDATED = 23,
    DUTY_OVERDUE = 24,
    DUTY_ESCALATED = 25,
    DUTY_REASSIGNED = 26,
    DUTY_REOPENED = 27,
    DUTY_EVIDENCE_KEPT = 28,
    DUTY_REPLAN_ASKED = 29,
    NOTICE_QUEUED = 30,
    NOTICE_DELIVERED = 31,
    NOTICE_ACKNOWLEDGED = 32,
    DUTY_REPLAN_ADVANCED = 33,
};

enum cancel_reason { CANCEL_OPENER_WITHDRAWN, CANCEL_BY_FACT };
enum redate_reason {
    REDATE_OPENER,
    REDATE_PLAN,
    REDATE_PLAN_CONFIRMED,
    REDATE_PLAN_DECLINED,
    REDATE_LADDER
};
extern const struct choice cancel_reasons[];
extern const struct choice redate_reasons[];

struct plan_layer_adopted {
    struct bh_str layer, text;
    int64_t signed_by; /* user, 0 or BH_NONE = came with the program */
};

/* start_ms: from where the deadline counts (occurred or recorded time of the opener, by the rule's clock).
 * next_ms, here and below: when time alone will next change the duty; BH_NONE = never. */
struct duty_opened {
    int64_t duty; /* self */
    struct bh_str rule, subject_kind;
    int64_t subject, opener, start_ms, due_ms, next_ms;
    struct bh_str plan, role;
    int64_t institution, post, holder;
};

/* Recorded again for the same duty when an earlier closer turns up. */
struct duty_closed {
    int64_t duty, closer, late_ms;
};

struct duty_cancelled {
    int64_t duty, by, reason;
};

struct duty_redated {
    int64_t duty, opened_ms, start_ms, due_ms, next_ms, reason;
    struct bh_str plan;
};

struct duty_overdue {
    int64_t duty, due_ms, next_ms;
};

struct duty_escalated {
    int64_t duty, step; /* from 1 */
    struct bh_str role;
    int64_t post, holder, next_ms;
    struct bh_str mark;
};

struct duty_reassigned { /* head.area: where the duty is now */
    int64_t duty;
    struct bh_str role;
    int64_t institution, post, holder;
};

struct duty_reopened {
    int64_t duty, by, next_ms;
};

/* A fact that could close (or cancel) duties of this rule and subject found none to change: kept, because its
 * opener may still arrive. */
struct duty_evidence_kept {
    struct bh_str rule;
    int64_t subject, fact, cancels;
};

/* A new plan would change the time of a running duty and the rule says ask: waits for confirm_replan. */
struct duty_replan_asked {
    int64_t duty, start_ms, due_ms, next_ms;
    struct bh_str plan;
};

/* A new plan is held against the open duties in steps of a bearable size. after: the last one looked at, the rest waits
 * for the ticker; BH_NONE = none is left. */
struct duty_replan_advanced {
    int64_t adoption, after;
};

/* One for all duties of one rule and step that reach one post until it acknowledges; count: those of the first go. */
struct notice_queued {
    int64_t notice; /* self */
    int64_t post, holder;
    struct bh_str rule, role;
    int64_t step, count; /* step 0 = overdue, told to the owner */
};

struct notice_delivered {
    int64_t notice;
    struct bh_str channel;
};

struct notice_acknowledged {
    int64_t notice;
};

extern const struct event_kind duty_events[]; /* ends with number 0 */

#endif
