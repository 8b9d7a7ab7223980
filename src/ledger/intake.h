#ifndef BH_LEDGER_INTAKE_H
#define BH_LEDGER_INTAKE_H
/* From outside to a typed command: JSON checked against the command's record, places looked up, personal fields
 * encrypted. The same for HTTP, command line, imports and exercises; never on the writer's thread. */
#include "ledger/ledger.h"

struct intake {
    const struct ledger *ledger; /* only what never changes while it runs */
    struct bh_arena *arena;
    int64_t at_ms;           /* names and units as valid at this instant */
    struct record_edge edge; /* points into this struct: do not copy it */
};

void intake_init(struct intake *intake, const struct ledger *ledger, struct bh_arena *arena,
                 int64_t at_ms);

/* Fills command, body, occurred time, arena and request hash of *ret (zeroed before). `occurred` is accepted
 * beside the record's own fields where the command allows the past. */
BH_MUST_USE bool intake_command(struct intake *intake, const struct command *command,
                                const json_t *body, struct submission *ret, struct bh_err *err);
/* The same from the text of a JSON object. */
BH_MUST_USE bool intake_text(struct intake *intake, const struct command *command,
                             struct bh_str text, struct submission *ret, struct bh_err *err);
/* A key for a submission without one: the wall clock first, the rest by chance. */
void intake_new_key(struct intake *intake, struct submission *submission);

#endif
