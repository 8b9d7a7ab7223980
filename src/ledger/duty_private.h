#ifndef BH_LEDGER_DUTY_PRIVATE_H
#define BH_LEDGER_DUTY_PRIVATE_H
/* Inside the duty files only. */
#include "ledger/decision.h"
#include "ledger/duty.h"
#include "ledger/duty_events.h"

enum duty_state { DUTY_STATE_OPEN, DUTY_STATE_CLOSED, DUTY_STATE_CANCELLED };

/* One row of the table `duty`, texts in the caller's arena. */
struct duty_row {
    int64_t duty, subject, opener, person, area, opened_ms, start_ms, due_ms;
    int64_t state, overdue, steps, closer, ended_ms, withdrawn;
    int64_t institution, post, holder, timer_ms, late_ms;
    const char *rule, *subject_kind, *plan, *role;
};

/* Column list that duty_row_read expects, in order. */
#define DUTY_ROW                                                                                   \
    "duty, subject, opener, person, area, opened_ms, start_ms, due_ms, state, overdue, -worst, "   \
    "closer, ended_ms,"                                                                            \
    " withdrawn, institution, post, holder, timer_ms, late_ms, rule, subject_kind, plan, role"
void duty_row_read(const struct rows *rows, struct bh_arena *arena, struct duty_row *ret);

/* A growing list of rows. */
struct duty_rows {
    struct duty_row *at;
    size_t count, size;
};
/* Runs out the cursor into a list in the arena. */
BH_MUST_USE bool duty_rows_read(struct rows *rows, struct bh_arena *arena, struct duty_rows *ret,
                                struct bh_err *err);

/* When time alone will next change an open duty; BH_NONE = never. rule may be NULL. */
int64_t duty_next(const struct duty_rule *rule, int64_t start_ms, int64_t due_ms, bool overdue,
                  int64_t steps);

/* Less than a quarter of its time is left, and it has not climbed: the third of the four clock states. */
bool duty_due_soon(int64_t start_ms, int64_t due_ms, int64_t steps, int64_t at_ms);

/* The derived tables, and the events that fill them. */
extern const struct derived_table duty_tables[];
bool duty_apply(struct db *db, const struct event *event, struct bh_err *err);

/* ---- duty_owner.c: posts as last looked up; forgotten when posts change or a transaction is rolled back ---- */

struct duty_engine *duty_engine_of(struct ledger *ledger);
void duty_owners_forget(struct ledger *ledger);
/* Notes how far the engine has looked, so that duty_forget notices a rollback. */
void duty_seen(struct ledger *ledger, const struct event *event);
/* True when some holding of a post may have ended since the last duty_shifts_seen. */
bool duty_shifts_due(struct ledger *ledger, int64_t now_ms);
BH_MUST_USE bool duty_shifts_seen(struct ledger *ledger, int64_t now_ms, struct bh_err *err);

/* ---- duty.c ---- */

/* Brings one duty to the state that the evidence kept for it says. by: the event reacted to. */
BH_MUST_USE bool duty_settle(struct ledger *ledger, struct decision *d, const struct duty_row *duty,
                             int64_t by, struct bh_err *err);
/* The first evidence that counts for a duty: earliest occurred, closing before cancelling, lowest position. */
struct duty_evidence {
    int64_t fact, occurred_ms, cancels;
};
BH_MUST_USE bool duty_evidence_best(struct db *db, const struct duty_row *duty,
                                    struct duty_evidence *ret, bool *ret_found, struct bh_err *err);
/* True when the duty stands as its evidence says; for duties whose opener was not withdrawn. */
BH_MUST_USE bool duty_stands(struct db *db, const struct duty_row *duty, bool *ret,
                             struct bh_err *err);
struct event_head duty_head(const struct duty_row *duty, int64_t occurred_ms);

/* When the clock of a duty that this event opens starts; may lie ahead (a round ordered in the evening for the night). */
int64_t duty_rule_start(const struct duty_rule *rule, const struct event *event);
bool duty_rule_opens(const struct duty_rule *rule, const struct event *event);
bool duty_rule_closes(const struct duty_rule *rule,
                      const struct event *event); /* evidence included */
bool duty_rule_cancels(const struct duty_rule *rule, const struct event *event);

/* ---- duty_change.c: plans, moves, posts, corrections ---- */

BH_MUST_USE bool duty_react_correction(struct ledger *ledger, struct decision *d,
                                       const struct event *event, struct bh_err *err);
BH_MUST_USE bool duty_react_change(struct ledger *ledger, struct decision *d,
                                   const struct event *event, struct bh_err *err);

/* Goes on holding a new plan against the open duties, a step. *ret_any: there was something to go on with. */
BH_MUST_USE bool duty_replan_go_on(struct ledger *ledger, struct decision *d, bool *ret_any,
                                   struct bh_err *err);

/* ---- commands and queries ---- */

extern const struct command duty_commands[];
extern const struct query duty_queries[];
/* The query `forecast`: duty_forecast.c. */
extern const struct record forecast_record;
extern const struct column forecast_columns[];
bool forecast_run(struct reader *reader, const void *params, struct cells *cells,
                  struct bh_err *err);

#endif
