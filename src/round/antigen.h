#ifndef BH_ANTIGEN_H
#define BH_ANTIGEN_H
/*
 * Antigen tests that people take at home.
 *
 * Commands: register_kits, hand_out_kits, report_antigen, review_antigen.
 *
 * kit    registered -> handed out (to other people again, while unused) -> used
 * test   negative | invalid, a repeat owed -> repeated | positive -> decided by a nucleic acid result
 *
 * Invariants
 *   a kit is handed out for a group of people only when the plan there has tests for it
 *   a kit is used once; who holds its code may tell its result, nobody else but an officer
 *   an antigen test never makes a positive of the link report, and never a case: no reaction of this link publishes one
 *   a positive owes a nucleic acid result, and only such a result of the same person, from a sample not older than the
 *   test, ends that: no review does, whatever the photo shows
 *   a photo is looked at before it is sealed (base/photo.h) and leaves only with a reason, which is logged
 */
#include "round/antigen_facts.h"

extern const struct link antigen_link;

/* ---- antigen_rules.c: pure ---- */

BH_MUST_USE bool antigen_code_fits(struct bh_str text, const char *field, int64_t *ret,
                                   struct bh_err *err);

/* What is to be told about a test. */
struct antigen_claim {
    int64_t slot, person; /* as given; BH_NONE = not */
    int64_t outcome, taken_ms, symptom_days;
};
/* Refuses what cannot be; *ret_slot: whose test it is, BH_NONE = the person's. */
BH_MUST_USE bool antigen_claim_fits(const struct kit_facts *kit, const struct antigen_claim *claim,
                                    int64_t at_ms, int64_t *ret_slot, struct bh_err *err);
/* Until when somebody with symptoms and a negative test repeats it daily; BH_NONE = does not. */
int64_t antigen_again_until(const struct antigen_claim *claim, int64_t days);
/* Until when somebody under observation with a negative test repeats it daily: the first days from the hand-out on. */
int64_t antigen_observed_until(const struct kit_facts *kit, const struct antigen_claim *claim,
                               int64_t days);
BH_MUST_USE bool antigen_review_fits(const struct antigen_facts *test, struct bh_err *err);
/* What the result of a tube says about one of its people who was antigen positive: negative, positive, or BH_NONE. */
int64_t antigen_decision(int64_t tube_kind, int64_t verdict, int64_t sampled_ms, int64_t taken_ms);

/* ---- inside the noun ---- */

extern const struct query antigen_queries[];
extern const struct reaction antigen_reactions[];
extern const struct derived_table antigen_tables[];
bool antigen_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
