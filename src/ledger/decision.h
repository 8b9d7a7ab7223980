#ifndef BH_LEDGER_DECISION_H
#define BH_LEDGER_DECISION_H
/* Inside the kernel only: what a command wants recorded, in the order it will be. Links see it through the
 * functions of link.h. */
#include "ledger/ledger.h"

struct pending {
    const struct event_kind *kind;
    struct event_head head;
    int64_t seq, cause, actor;
    int depth; /* of reactions */
    void *fields;
    bool own; /* a command's own fact or a reaction to it, not a duty transition */
};

struct decision {
    struct ledger *ledger;
    struct bh_arena *arena;
    struct target target;
    const struct scope *scope; /* of the actor; NULL = everywhere */
    int64_t now_ms, occurred_ms, actor;
    int64_t base; /* head of the log before the command */
    struct pending *pending;
    size_t count, size, max;
    /* While an event is being reacted to; NULL in decide. */
    const struct event *cause;
    int depth;
    bool duty; /* what is emitted now is the duty engine's */
    bool overflow;
};

void decision_init(struct decision *d, struct ledger *ledger, struct bh_arena *arena, size_t max);
void decision_done(struct decision *d);

/* Appends everything pending, applies it, lets the duty engine and the reactions speak, until nothing is
 * pending. first and request: of the submission, may be empty. */
BH_MUST_USE bool decision_record(struct decision *d, struct bh_str key, struct bh_str request,
                                 struct bh_err *err);

#endif
