#ifndef BH_LEDGER_PLAN_PRIVATE_H
#define BH_LEDGER_PLAN_PRIVATE_H
/* Inside the plan files only: layers as read, before they are merged and checked against the catalogue. */
#include "base/yaml.h"
#include "ledger/plan.h"

enum { PLAN_LAYERS_MAX = 64, PLAN_PARAMS_MAX = 256 };

/* Keys of a duty; also the bits that tell which ones a layer gives. */
enum rule_key {
    RULE_TITLE,
    RULE_SUBJECT,
    RULE_OPENS_ON,
    RULE_WHEN,
    RULE_DEADLINE,
    RULE_CLOCK,
    RULE_OWNER,
    RULE_OWNER_AT,
    RULE_CLOSES_ON,
    RULE_CLOSES_WHEN,
    RULE_EVIDENCE,
    RULE_CANCEL_ON,
    RULE_COMPLETED_BY,
    RULE_ESCALATE,
    RULE_ON_PLAN_CHANGE,
    RULE_SOURCE,
    RULE_MARK,
    RULE_KEYS
};

/* What one layer says about one duty. Names of fields are checked when the merged rule is known. */
struct rule_patch {
    struct duty_rule rule;
    const struct plan_layer *layer;
    const struct yaml *place;            /* of the duty itself */
    const struct yaml *value[RULE_KEYS]; /* NULL = not given by this layer */
    const char *value_layer[RULE_KEYS];  /* whose text the value is in */
};

enum plan_kind {
    PLAN_BASE,
    PLAN_PREVENTION,
    PLAN_TREATMENT,
    PLAN_ANTIGEN,
    PLAN_TESTING,
    PLAN_ORDER,
    PLAN_KINDS
};

/* One layer as read. Immutable once made. */
struct layer_book {
    struct plan_layer layer;
    enum plan_kind kind;
    const struct yaml *extends_place;
    struct scope scope; /* of layer.area */
    struct rule_patch *patches;
    size_t patch_count;
    struct plan_param *params;
    size_t param_count;
    struct bh_arena arena;
};

struct plan_names {
    const struct catalogue *catalogue;
    const struct areas *areas;
    const char *const *roles;
};

/* Fails with INVALID at the place of a node. */
bool plan_fail(struct bh_err *err, const struct yaml *at, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* How many bytes of a text a message shows: whole characters, not too many. */
int plan_shown(struct bh_str text);

/* Reads a text; checks all that can be checked without other layers. */
BH_MUST_USE bool layer_book_new(const struct plan_names *names, struct bh_str text,
                                struct layer_book **ret, struct bh_err *err);
void layer_book_free(struct layer_book *book);
BH_MUST_USE bool layer_patch_read(const struct plan_names *names, const struct yaml *node,
                                  struct bh_arena *arena, struct rule_patch *patch,
                                  struct bh_err *err);

/* Small readers shared by the two files; ret texts live in the arena. */
BH_MUST_USE bool plan_text(const struct yaml *node, struct bh_arena *arena, const char **ret,
                           struct bh_err *err);
BH_MUST_USE bool plan_title(const struct yaml *node, struct bh_arena *arena, const char **ret_zh,
                            const char **ret_en, struct bh_err *err);
BH_MUST_USE bool plan_mark_read(const struct yaml *node, enum plan_mark *ret, struct bh_err *err);
BH_MUST_USE bool plan_keys(const struct yaml *map, const char *const *known, struct bh_err *err);
/* Index of the node's text in names (NULL ends); INVALID with the list otherwise. */
BH_MUST_USE bool plan_choice(const struct yaml *node, const char *const *names, int *ret,
                             struct bh_err *err);
BH_MUST_USE bool plan_word(const struct yaml *node, struct bh_arena *arena, const char **ret,
                           struct bh_err *err);

/* Merges the layers of `mask` (bits of books, which are in order of precedence) and checks the result. */
BH_MUST_USE bool plan_merge(const struct plan_names *names, struct layer_book *const *books,
                            uint64_t mask, struct bh_arena *arena, struct plan *ret,
                            struct bh_err *err);
/* Checks a merged rule against the catalogue and turns its conditions into numbers. */
BH_MUST_USE bool plan_rule_check(const struct plan_names *names, const struct rule_patch *merged,
                                 struct bh_arena *arena, struct duty_rule *ret, struct bh_err *err);

#endif
