#ifndef BH_LAB_H
#define BH_LAB_H
/*
 * Laboratories of a round: what they can take, plates, results, rejected tubes.
 *
 * Commands: lay_plate, read_plate, release_plate, result_tubes, reject_tube, recall_result.
 *
 * plate    laid -> read (controls as they must be, else void) -> released by somebody else than who read it
 *
 * Invariants
 *   a tube lies on one plate at a time, of the laboratory that received it; what is on a plate gets its result there
 *   a plate whose controls fail says nothing: its tubes are as before it
 *   two people: who read a plate does not release it
 *   all of a plate is told in one transaction, or nothing of it
 *   people of a rejected tube are owed a sample again, at once; the tube no longer counts in its round
 *   waiting = received - tested - rejected, for every laboratory
 */
#include "round/lab_facts.h"
#include "round/round_facts.h"

extern const struct link lab_link;

/* ---- lab_rules.c: pure ---- */

/* "A1" .. "H12" to 1 .. 96, down the columns; 0 = no well. */
int64_t lab_well_of(struct bh_str text);
enum { LAB_WELL_TEXT = 8 };
void lab_well_name(int64_t well, char ret[LAB_WELL_TEXT]);

/* Ways of a tube whose durations are kept: up to the first of these, then between them, then the whole. */
enum lab_segment {
    SEGMENT_SEALED,    /* from the sample */
    SEGMENT_PICKED_UP, /* from the sealing */
    SEGMENT_RECEIVED,
    SEGMENT_PLATED,
    SEGMENT_READ,
    SEGMENT_RELEASED,
    SEGMENT_WHOLE, /* from the sample to the result */
    SEGMENTS,
};
/* Durations in classes: 5 minutes wide up to 4 hours, then 30, the last open. Monotone. */
int64_t lab_class_of(int64_t ms);
int64_t lab_class_ms(int64_t number); /* the middle of a class */

/* Capacity as told, 0 = nothing; waiting = received and not tested. */
enum lab_advice { LAB_ADVICE_ROOM, LAB_ADVICE_FULL, LAB_ADVICE_UNKNOWN };
enum lab_advice lab_advice_of(int64_t per_hour, int64_t waiting);
int64_t lab_wait_minutes(int64_t per_hour, int64_t waiting); /* BH_NONE = not known */
/* Tubes that can still come and be through within the hour; never below 0. */
int64_t lab_room(int64_t per_hour, int64_t waiting);

/* ---- inside the noun ---- */

/* In a reaction: emits the rejection of a tube, with the people whom it gives back. */
BH_MUST_USE bool lab_reject(struct decision *d, struct db *db, int64_t tube, int64_t reason,
                            int64_t at_ms, struct bh_err *err);
/* In decide: tells these negative together, but for the re-samples of pool members. tubes[i] are the facts of list[i]. */
void lab_emit_cleared(struct decision *d, int64_t institution, int64_t plate,
                      const struct tube_facts *tubes, const struct lab_tube *list, size_t count);
/* While applying: the tube's way is complete at at_ms; its durations join those of the laboratory and hour. */
BH_MUST_USE bool lab_turnaround(struct db *db, const struct tube_facts *tube, int64_t at_ms,
                                struct bh_err *err);

extern const struct query lab_queries[];
extern const struct derived_table lab_tables[];
bool lab_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
