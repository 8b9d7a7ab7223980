#ifndef BH_LAB_H
#define BH_LAB_H
/*
 * Laboratories of a round: what they can take, plates, results, rejected tubes.
 *
 * Commands: result_tubes, reject_tube, recall_result (lab_link); lay_plate, read_plate, release_plate (plate_link).
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
#include "round/analyser.h"
#include "round/lab_facts.h"
#include "round/round_facts.h"

extern const struct link lab_link;
extern const struct link plate_link; /* plates */

/* ---- lab_rules.c: pure ---- */

/* "A1" .. "H12" to 1 .. 96, down the columns; 0 = no well. */
int64_t lab_well_of(struct bh_str text);
enum { LAB_WELL_TEXT = 8 };
void lab_well_name(int64_t well, char ret[LAB_WELL_TEXT]);

/* What the plan says of amplification curves. */
struct lab_cutoff {
    int64_t ct_below; /* hundredths of a cycle: below is positive */
    int64_t needed;   /* positive targets that make a positive */
};
/* Of one target: positive below the cut-off, grey from there on, negative without a curve. */
int64_t lab_target_verdict(const struct lab_cutoff *cutoff, int64_t ct);
/* Of a well; inhibited: its internal control failed, so that silence proves nothing. */
int64_t lab_well_verdict(const struct lab_cutoff *cutoff, int64_t ct_orf1ab, int64_t ct_n,
                         bool inhibited);
/* A negative control shows nothing below the cut-off, a positive one both targets. */
bool lab_control_holds(const struct lab_cutoff *cutoff, int64_t control, int64_t ct_orf1ab,
                       int64_t ct_n);

/* Fixed places of the controls, unless others are named. */
enum { LAB_WELL_NEGATIVE = LAB_WELLS - 1, LAB_WELL_POSITIVE = LAB_WELLS };
/* One thing to lay, as asked for. */
struct lab_laying {
    int64_t well;    /* 0 = the next free one */
    int64_t control; /* BH_NONE = a tube */
};
/* Gives every item its well and adds controls where none is named: ret has room for LAB_WELLS; items keep their order,
 * added controls come last. Refuses, naming wells[i]. */
BH_MUST_USE bool lab_lay(const struct lab_laying *items, size_t count, int64_t *ret_wells,
                         struct lab_laying *ret_added, size_t *ret_added_count, struct bh_err *err);

/* Whether pooling pays, from the pools found positive so far. */
struct lab_pooling {
    int64_t prevalence_per_million; /* estimated, of people */
    int64_t advised; /* the size that costs the fewest tubes; BH_NONE = nothing known */
    bool wasteful;   /* above what the plan allows diluted pools */
};
struct lab_pooling lab_pooling_of(int64_t pools, int64_t positive, int64_t size,
                                  const int64_t *sizes, size_t size_count, int64_t max_per_mille);

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
enum { LAB_CLASSES = 481 };
/* The class in which the middle one of all tubes lies; -1 = no tubes. */
int64_t lab_median_class(const int64_t tubes[LAB_CLASSES]);
/* The class up to which so many in a hundred were through; -1 = no tubes. */
int64_t lab_share_class(const int64_t tubes[LAB_CLASSES], int64_t per_hundred);

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
/* A tube of another place does not exist for a laboratory that has not received it. */
bool lab_hidden(const struct decision *d, const struct tube_facts *tube, int64_t institution);
/* In decide: tells these negative together, but for the re-samples of pool members. tubes[i] are the facts of list[i]. */
void lab_emit_cleared(struct decision *d, int64_t institution, int64_t plate,
                      const struct tube_facts *tubes, const struct lab_tube *list, size_t count);
/* While applying: the tube's way is complete at at_ms; its durations join those of the laboratory and hour. */
BH_MUST_USE bool lab_turnaround(struct db *db, const struct tube_facts *tube, int64_t at_ms,
                                struct bh_err *err);

/* A plate as it is; state follows from the times. */
struct plate_facts {
    int64_t plate, institution, area, tubes, laid_ms, read_ms, reader, controls, released_ms;
};
/* MISSING when there is no such plate. */
BH_MUST_USE bool plate_read(struct db *db, int64_t plate, struct plate_facts *ret,
                            struct bh_err *err);
struct plate_well {
    int64_t well, tube, control, ct_orf1ab, ct_n, orf1ab, n,
        verdict; /* BH_NONE = not, or not yet */
};
/* Wells in order; at most LAB_WELLS. */
BH_MUST_USE bool plate_wells(struct db *db, int64_t plate, struct plate_well ret[LAB_WELLS],
                             size_t *ret_count, struct bh_err *err);

/* What lies where, for the machine's files. Codes live in the arena. */
BH_MUST_USE bool plate_contents(struct db *db, int64_t plate, struct bh_arena *arena,
                                struct plate_facts *ret, struct bh_str *ret_code,
                                struct analyser_well ret_wells[LAB_WELLS], size_t *ret_count,
                                struct bh_err *err);

extern const struct query lab_queries[];
extern const struct query plate_queries[];
bool plate_apply(struct db *db, const struct event *event, struct bh_err *err);
extern const struct derived_table plate_tables[];
extern const struct derived_table lab_tables[];
bool lab_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
