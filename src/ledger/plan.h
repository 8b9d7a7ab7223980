#ifndef BH_LEDGER_PLAN_H
#define BH_LEDGER_PLAN_H
/*
 * Plans: what the law and the headquarters order, as dated YAML layers. For an area and an instant the valid
 * layers are merged in the order base < prevention < treatment < antigen < testing < order (by date); a later
 * layer replaces the fields it names. The merged result is a `struct plan`, cached, immutable.
 *
 * A layer that names an undeclared event, field, role or command, or breaks the form, is refused with line,
 * column and reason (rules/README.md describes the form).
 */
#include "ledger/area.h"
#include "ledger/catalogue.h"

enum {
    PLAN_RULE_MAX = 128,
    PLAN_EVENTS_MAX = 8,
    PLAN_STEPS_MAX = 8,
    PLAN_WHEN_MAX = 4,
    PLAN_KINDS_MAX = 1024
};

enum plan_mark { MARK_VERIFIED, MARK_LOCAL, MARK_RECALLED };
extern const char *const plan_marks[]; /* as plans write them; ends with NULL */
enum plan_clock { CLOCK_OCCURRED, CLOCK_RECORDED, CLOCK_FIELD };
enum plan_change { CHANGE_KEEP, CHANGE_RECOMPUTE, CHANGE_ASK };
enum owner_at { AT_AREA, AT_INSTITUTION };

struct plan_when {
    const char *field;  /* of the event */
    int64_t values[16]; /* integer-like values; any of them */
    int value_count;
};

struct plan_step {
    int64_t after_ms; /* from where the clock of the rule starts */
    const char *role;
    enum owner_at at;
    const char *mark; /* "" = none: report_late, report_slow, report_concealed_suspected ... */
};

struct duty_rule {
    const char *id, *zh, *en;
    const char *subject;           /* field name in opener and closer, or "person" */
    int opens_on[PLAN_EVENTS_MAX]; /* event kinds, 0 ends */
    struct plan_when when[PLAN_WHEN_MAX];
    int when_count;
    int64_t deadline_ms;
    enum plan_clock clock;
    const char *clock_field; /* CLOCK_FIELD: a time that every opener tells, when the work begins */
    const char *owner;       /* role */
    enum owner_at owner_at;
    int closes_on[PLAN_EVENTS_MAX];
    struct plan_when closes_when[PLAN_WHEN_MAX];
    int closes_when_count;
    const char *evidence[PLAN_EVENTS_MAX]; /* fields of the closer that must be given, NULL ends */
    int cancel_on[PLAN_EVENTS_MAX];
    const char *completed_by;               /* command */
    struct plan_step steps[PLAN_STEPS_MAX]; /* ascending */
    int step_count;
    enum plan_change on_plan_change;
    const char *source;
    enum plan_mark mark;
    const char *layer; /* the layer that last changed it */
};

struct plan_param {
    const char *id, *zh, *en, *unit, *value; /* value as written */
    int64_t ms;                              /* unit "duration"; else BH_NONE */
    int64_t number;                          /* whole number; else BH_NONE */
    const char *source, *layer;
    enum plan_mark mark;
};

/* Merged rules of one set of layers. */
struct plan {
    const char
        *version; /* ids of its layers joined with "+" and a short hash: goes into every duty */
    const struct duty_rule *rules;
    size_t rule_count;
    const struct plan_param *params;
    size_t param_count;
    uint64_t touched[PLAN_KINDS_MAX / 64]; /* bit k: a rule names the event kind k */
};

struct plan_layer {
    const char *id, *extends, *zh, *en, *area; /* area: unit id, "" = everywhere */
    const char *kind;
    int64_t from_ms, to_ms;
    const char *source_zh, *source_en;
    enum plan_mark mark;
    struct bh_str text;
};

struct plans;

/* areas may be NULL: then no layer may name one. roles: known to owners and escalation (ids of rules/roles.yaml),
 * ends with NULL; NULL = any. All are borrowed. */
struct plans *plans_new(const struct catalogue *catalogue, const struct areas *areas,
                        const char *const *roles);
void plans_free(struct plans *plans);
/* Adds a layer (last in plans_layer) or replaces the one with the same id. Nothing changes on failure: INVALID with line and
 * column. The text is copied. */
BH_MUST_USE bool plans_add(struct plans *plans, struct bh_str yaml, struct bh_err *err);
/* Only checks. ret_id and ret_area (unit id, "" = everywhere), when not NULL, are copied into the arena. */
BH_MUST_USE bool plans_check_layer(const struct plans *plans, struct bh_str yaml,
                                   struct bh_arena *arena, const char **ret_id,
                                   const char **ret_area, struct bh_err *err);
BH_MUST_USE bool plans_check(const struct plans *plans, struct bh_str yaml, struct bh_err *err);
size_t plans_layer_count(const struct plans *plans);
const struct plan_layer *plans_layer(const struct plans *plans, size_t index);

/* The layers in order of precedence, as an array in the arena; returns how many. */
size_t plans_layers(struct plans *plans, struct bh_arena *arena,
                    const struct plan_layer *const **ret);

/* One line of a layer that is in force: what it says of one duty or parameter, and which later layer in force
 * says it differently. For people to read. */
struct plan_entry {
    const char *id, *kind; /* "duty" or "parameter" */
    const char *zh, *en;   /* NULL = not said by this layer */
    const char *value;     /* as written; of a duty its deadline; NULL = not said by this layer */
    const char *unit, *owner, *source, *superseded_by; /* NULL = none */
    enum plan_mark mark;
    const struct plan_layer *layer;
};
/* All lines in force for a leaf at an instant, as an array in the arena; returns how many. */
size_t plans_entries(struct plans *plans, int64_t leaf, int64_t at_ms, struct bh_arena *arena,
                     struct plan_entry **ret);

/* The merged plan for a leaf (0 = nowhere: no area orders) at an instant: the layers valid there and then and
 * all that they extend. Never NULL. Any thread; plans and layers given out stay readable until plans_free, also
 * when a later plans_add replaces them. */
const struct plan *plans_for(struct plans *plans, int64_t leaf, int64_t at_ms);
struct plans *plans_clone(const struct plans *plans);
/* Takes all layers away (a transaction that adopted one was rolled back; the kept ones are added again). */
void plans_clear(struct plans *plans);
const struct duty_rule *plan_rule(const struct plan *plan, const char *id); /* NULL = none */
const struct plan_param *plan_param(const struct plan *plan, const char *id);

/* Whether the value, a list of words as a plan writes it ("[a, b]"), holds the word. */
bool plan_lists(const struct plan_param *param, const char *word);

/* True when all conditions hold for the event's fields. */
bool plan_when_holds(const struct plan_when *when, int count, const struct event *event);
/* The event's value of the rule's subject field; 0 when it has none. */
int64_t plan_subject(const struct duty_rule *rule, const struct event *event);

#endif
