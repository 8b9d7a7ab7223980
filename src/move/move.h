#ifndef BH_MOVE_H
#define BH_MOVE_H
/*
 * Moving an infected person (so far only the facts that close move_positive).
 *
 * Commands: pick_up_person, hand_over_person. Fields: the records in move_events.c.
 * case       at rest -> picked up -> handed over (at rest again)
 *
 * Invariants
 *   nobody is handed over who was not picked up, or picked up twice
 *   both sides sign, and are two different people
 *   a case that was excluded, withdrawn or died is not moved
 */
#include "move/move_facts.h"
#include "report/report_facts.h"

extern const struct link move_link;

enum move_refusal {
    MOVE_FITS,
    MOVE_NO_CASE,
    MOVE_ON_THE_WAY,
    MOVE_NOT_PICKED_UP,
    MOVE_ONE_SIGNER,
    MOVE_TIME_BACKWARDS,
    MOVE_REFUSALS,
};
/* True for MOVE_FITS; else fills err in both languages. */
bool move_allow(enum move_refusal refusal, struct bh_err *err);
enum move_refusal move_pick_up_fits(const struct case_facts *sick, const struct move_facts *move,
                                    const struct person_picked_up *body, int64_t at_ms);
enum move_refusal move_hand_over_fits(const struct case_facts *sick, const struct move_facts *move,
                                      const struct person_handed_over *body, int64_t at_ms);

extern const struct derived_table move_tables[];
bool move_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
