#ifndef BH_SAMPLE_H
#define BH_SAMPLE_H
/*
 * Sampling in a round: people of the roll into tubes. The hot path of the product.
 *
 * Commands: sample_tube, undo_sample.
 *
 * Invariants
 *   a person is at most once in a round, unless the sample was undone or the tube rejected; who moved and was listed
 *   again is sampled at the new slot only
 *   everybody in a tube is on the roll of its round and lives where the round is
 *   a tube code is used once for ever
 *   pools hold at most what the round's order says
 */
#include "round/order_facts.h"
#include "round/roll_facts.h"
#include "round/sample_facts.h"

extern const struct link sample_link;

/* ---- sample_rules.c: pure ---- */

/* One person of a new tube, as found. */
struct sample_place {
    int64_t slot, at_ms, receipt;
    int64_t area; /* where the person lives; 0 = not on the roll */
    int64_t tube; /* that holds the person in this round already; 0 = none */
    bool away;    /* counted as exempt so far */
    bool moved;   /* was listed again in another community */
    bool covered; /* the round covers the community */
};

/* 4 to 32 of 0-9 and A-Z. */
BH_MUST_USE bool sample_code_fits(struct bh_str code, struct bh_err *err);
/* Refuses, naming people[i], who cannot go into this tube; people NULL-free, count >= 1. */
BH_MUST_USE bool sample_people_fit(const struct sample_place *people, size_t count,
                                   int64_t pool_size, int64_t closed_ms, struct bh_err *err);
/* Sums the people by where they live, in order of first appearance; ret has room for count. */
size_t sample_areas(const struct sample_place *people, size_t count, struct sampled_area *ret);

/* ---- inside the noun ---- */

extern const struct derived_table sample_tables[];
bool sample_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
