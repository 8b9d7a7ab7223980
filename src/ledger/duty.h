#ifndef BH_LEDGER_DUTY_H
#define BH_LEDGER_DUTY_H
/*
 * The duty engine: a condition over facts with a clock, an owner and the evidence that closes it. Nobody
 * ticks a duty off. Every transition is an event (kinds 20 to 27) with the causing position, rule, plan
 * version, due time and resolved owner; rebuild applies them and never evaluates a plan.
 *
 * Identity: (rule, subject, opening fact). Due = occurred time of the opener + deadline, unless the rule names
 * the recorded clock. Lateness is judged on the closer's occurred time; escalations that happened stand.
 *
 *   closer arrives before its opener      kept; matched when an opener with occurred <= closer's arrives
 *   opener withdrawn                      cancels its duties, and what its consequences opened (cause chain)
 *   closer withdrawn                      reopens what it closed
 *   opener re-dated                       due moves; overdue and escalations that happened stand
 *   subject moved to another area         owner resolved again for its open duties
 *   plan changed                          keep | recompute | ask, by rule; many open duties in steps, before what falls due
 *   one closer                            closes all open duties of (rule, subject) opened at or before it
 */
#include "ledger/plan.h"

struct ledger;

/* Called by the kernel after an event was appended and applied. Emits duty events into the same decision. */
BH_MUST_USE bool duty_react(struct ledger *ledger, struct decision *d, const struct event *event,
                            struct bh_err *err);
/* Emits what became due by now_ms (overdue, escalations, ended shifts), oldest first, at most limit. */
BH_MUST_USE bool duty_tick(struct ledger *ledger, struct decision *d, int64_t now_ms, int limit,
                           bool *ret_more, struct bh_err *err);
/* Drops what is cached of derived tables: the transaction that changed them was rolled back. */
BH_MUST_USE bool duty_forget(struct ledger *ledger, struct bh_err *err);
/* Releases what the engine keeps in memory. */
void duty_close(struct ledger *ledger);
/* A person for a role at a place: the post with that role at the institution, or of the lowest unit around
 * the leaf that has one. Zeroes when nobody. */
struct owner {
    int64_t institution, post, holder;
};
BH_MUST_USE bool duty_owner(struct ledger *ledger, const char *role, enum owner_at at,
                            int64_t institution, int64_t leaf, int64_t at_ms, struct owner *ret,
                            struct bh_err *err);

/* Differences between the log's duty transitions and a fresh evaluation; calls tell for each. */
BH_MUST_USE bool duty_verify(struct ledger *ledger, void (*tell)(void *self, const char *line),
                             void *self, int64_t *ret_differences, struct bh_err *err);

#endif
