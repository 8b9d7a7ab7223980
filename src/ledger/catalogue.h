#ifndef BH_LEDGER_CATALOGUE_H
#define BH_LEDGER_CATALOGUE_H
/* All links of this program, found by name or number. Made once at start, read by every thread. */
#include "ledger/link.h"

struct catalogue;

/* links ends with NULL and outlives the catalogue. Stops the process when numbers or names collide, a
 * reaction emits an unknown kind, or reactions form a cycle or go deeper than LIMIT_REACTION_DEPTH: these
 * are bugs. */
struct catalogue *catalogue_new(const struct link *const *links);
void catalogue_free(struct catalogue *catalogue);

const struct link *const *catalogue_links(const struct catalogue *catalogue); /* ends with NULL */
const struct event_kind *catalogue_event(const struct catalogue *catalogue, int number);
const struct event_kind *catalogue_event_named(const struct catalogue *catalogue,
                                               struct bh_str name);
/* The command that corrects facts of this kind; NULL = withdraw_fact and redate_fact do. */
const char *catalogue_corrected_by(const struct catalogue *catalogue, int64_t kind);
const struct command *catalogue_command(const struct catalogue *catalogue, struct bh_str name);
const struct query *catalogue_query(const struct catalogue *catalogue, struct bh_str name);

#endif
