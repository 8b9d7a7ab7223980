#ifndef BH_ROLL_H
#define BH_ROLL_H
/*
 * The roll: every resident of an area in door order, so that a round can tell who is missing.
 *
 * Commands: open_roll, list_residents, change_resident, object_to_listing, answer_objection.
 *
 * Invariants
 *   slots of a roll are 1 .. size without gaps, given in the order in which residents were listed, never again
 *   a document number stands on a roll once; listing it again is counted, not repeated. Who moved from one community to
 *   another is listed anew there; the document then stands at the new slot, and the old one never comes back
 *   names, documents, phones, doors and reasons are sealed before they reach the log; building and unit are only
 *   ordinals within the community
 *   a resident who is away (moved, died, abroad, left, exempt) is owed by no round until he is back; an absence with an
 *   end counts for the rounds that start before it
 */
#include "round/roll_facts.h"

extern const struct link roll_link;

/* ---- roll_rules.c: pure ---- */

/* Building and unit never go back within one list, so that a building is one run of slots; BH_INVALID names the household. */
BH_MUST_USE bool roll_households_fit(const struct roll_household *households, size_t count,
                                     struct bh_err *err);
/* Copies the households without the residents that `known` marks (by their order in the list), and without
 * households that are left empty. Returns the residents kept. */
size_t roll_households_keep(const struct roll_household *households, size_t count,
                            const bool *known, struct bh_arena *arena, struct bh_list *ret);

/* ---- inside the noun ---- */

extern const struct query roll_queries[];
extern const struct derived_table roll_tables[];
bool roll_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
