#ifndef BH_BOX_H
#define BH_BOX_H
/*
 * Boxes of tubes on their way from a site to a laboratory.
 *
 * Commands: seal_box, pick_up_box, route_box, receive_box, report_incident, explain_difference.
 *
 * sealed -> picked up -> received -> answered (every tube has its result or was rejected); lost on the way
 *
 * Invariants
 *   a tube is in one box, and only in one of its own site
 *   what is counted by hand is recorded as counted: a count that differs from the list never stops the box, it is a
 *   fact of its own and leaves the duty explain_difference open until somebody explains it
 *   both sides sign, and they are two people
 *   a lost box gives its people back to the round
 *   a box is seen where it was sealed and where the laboratory is that it is sent to, or that received it; that
 *   laboratory receives it, answers its tubes and explains its counts, and sees nothing else of where it comes from
 *   the time of a box counts from its first sample (box_clock_started), not from its sealing
 */
#include "round/box_facts.h"

extern const struct link box_link;

/* ---- box_rules.c: pure ---- */

/* One tube of a new box, as found by its code. */
struct box_candidate {
    int64_t tube; /* 0 = no such code at this site */
    int64_t box;  /* BH_NONE = in none */
    int64_t collected_ms, sent_back_ms;
};
BH_MUST_USE bool box_code_fits(struct bh_str code, struct bh_err *err);
/* Refuses, naming tubes[i], what cannot go into this box. count >= 1. */
BH_MUST_USE bool box_tubes_fit(const struct box_candidate *tubes, size_t count, int64_t sealed_ms,
                               struct bh_err *err);
BH_MUST_USE bool box_pick_up_fits(const struct box_facts *box, const struct box_picked_up *body,
                                  int64_t at_ms, struct bh_err *err);
BH_MUST_USE bool box_route_fits(const struct box_facts *box, int64_t at_ms, struct bh_err *err);
BH_MUST_USE bool box_receive_fits(const struct box_facts *box, const struct bh_sealed *courier,
                                  const struct bh_sealed *receiver, int64_t at_ms,
                                  struct bh_err *err);

/* ---- inside the noun ---- */

extern const struct query box_queries[];
extern const struct derived_table box_tables[];
bool box_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
