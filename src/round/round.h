#ifndef BH_ROUND_H
#define BH_ROUND_H
/*
 * From the swab to the result, of clinics and of rounds.
 *
 * Commands: collect_tube, receive_tube, result_tube. Fields: the records in round_commands.c.
 *
 * tube     collected -> received (count matches) -> resulted; a result that decides nothing (invalid, or the grey
 *          zone of a single tube) may be followed by another
 * pool     positive or grey -> members held -> each re-sampled singly -> negative or case -> resolved
 *
 * Invariants
 *   a tube code is used once for ever, unless that tube was withdrawn
 *   a person is at most once in a tube; a single tube has one person
 *   only the laboratory that received a tube gives its result
 *   the verdict agrees with its targets: both positive = positive, one or grey = grey zone
 *   a pool is resolved exactly when its last held member is: a result taken back holds its member and the pool again
 *   a tube of a round is received with its box; receive_tube only finds one that was missing from it
 *   a non-negative tube of a round names its members before its result is told
 */
#include "round/round_facts.h"

extern const struct link round_link;

enum tube_refusal {
    TUBE_FITS,
    TUBE_WITHDRAWN,
    TUBE_MEMBER_TWICE,
    TUBE_NOT_SINGLE,
    TUBE_RESAMPLE_POOLED,
    TUBE_NO_POOL,
    TUBE_NOT_HELD,
    TUBE_MEMBER_DECIDED,
    TUBE_RECEIVED,
    TUBE_NOT_RECEIVED,
    TUBE_OTHER_LABORATORY,
    TUBE_HAS_RESULT,
    TUBE_TARGET_TWICE,
    TUBE_VERDICT_DIFFERS,
    TUBE_TIME_BACKWARDS,
    TUBE_SENT_BACK,
    TUBE_ON_PLATE,
    TUBE_COMES_BOXED,
    TUBE_UNDER_WAY,
    TUBE_REFUSALS,
};
/* True for TUBE_FITS; else fills err in both languages. */
bool tube_allow(enum tube_refusal refusal, struct bh_err *err);

/* Members and kind of a new tube. */
enum tube_refusal tube_members_fit(int64_t kind, const struct tube_member *members, size_t count,
                                   int64_t collected_ms);
/* A single tube that shall decide a member of `pool`; place NULL = the person is not in the pool. */
enum tube_refusal tube_resample_fits(int64_t kind, const struct tube_facts *pool,
                                     const struct tube_place *place);
enum tube_refusal tube_receive_fits(const struct tube_facts *tube, int64_t at_ms);
enum tube_refusal tube_result_fits(const struct tube_facts *tube, int64_t institution,
                                   int64_t at_ms);
/* under_way: in a box that no laboratory has received. */
enum tube_refusal tube_reject_fits(const struct tube_facts *tube, bool under_way, int64_t at_ms);
/* The verdict that the targets make. */
int64_t tube_verdict_of(const struct target_result *targets, size_t count);
enum tube_refusal tube_verdict_fits(int64_t verdict, const struct target_result *targets,
                                    size_t count);

/* What a result sets in motion. */
enum tube_consequence {
    RESULT_NOTHING,      /* undecided, or negative for everybody */
    RESULT_HOLD_MEMBERS, /* a pool is positive or grey */
    RESULT_POSITIVE,     /* a person is positive */
    RESULT_MEMBER_CASE,  /* a held member is positive */
    RESULT_MEMBER_FREE,  /* a held member is negative */
};
enum tube_consequence tube_consequence_of(int64_t kind, bool resample, int64_t verdict);

/* Whether a verdict ends the tube's way; else another run may follow. */
bool tube_decides(int64_t kind, int64_t verdict);

/* ---- round_naming.c: in reactions ---- */

struct roll_listed; /* round/roll_facts.h */

/* Persons registered in one reaction, whose facts are not applied yet. Starts zeroed. */
struct naming {
    struct named_person *persons;
    size_t count, size;
};
/* Emits the result; of a tube of a round that is positive or grey, its members first, unless they are named. */
BH_MUST_USE bool round_tell(struct decision *d, struct db *db, struct naming *naming,
                            const struct tube_resulted *result, int64_t at_ms, struct bh_err *err);
/* The person of a resident: known by the document, else registered now from what the roll says. */
BH_MUST_USE bool naming_person(struct decision *d, struct db *db, struct naming *naming,
                               const struct roll_listed *listed, int64_t at_ms, int64_t *ret,
                               struct bh_err *err);
/* A person number made of the bytes: 1 .. 2^53 - 1; another for each turn. Pure. */
int64_t naming_number(struct bh_str bytes, int64_t turn);

/* ---- tube_counts.c: while applying, what a step of one tube changes elsewhere ---- */

/* The tube has this result now: its row, and the counters of round, laboratory and box. */
BH_MUST_USE bool tube_answer(struct db *db, int64_t tube, int64_t verdict, int64_t at_ms,
                             int64_t seq, struct bh_err *err);
/* Takes a result back; the tube is as if received. */
BH_MUST_USE bool tube_unanswer(struct db *db, int64_t tube, struct bh_err *err);
BH_MUST_USE bool tube_answer_moved(struct db *db, int64_t tube, int64_t at_ms, struct bh_err *err);
/* By one tube whose run was read and decides (or, below 0, no longer counts). */
BH_MUST_USE bool tube_count_tested(struct db *db, const struct tube_facts *tube, int64_t at_ms,
                                   int64_t by, struct bh_err *err);
/* By one tube that arrived (or, below 0, did not). */
BH_MUST_USE bool tube_count_received(struct db *db, const struct tube_facts *tube, int64_t at_ms,
                                     int64_t by, struct bh_err *err);
/* The tube leaves the round: off all stages that it had reached. Before its row is marked. */
BH_MUST_USE bool tube_count_rejected(struct db *db, const struct tube_facts *tube, int64_t at_ms,
                                     struct bh_err *err);

/* The single sample that decides a member of a pool, among those whose result is in force the one told first. */
struct resample {
    int64_t tube, result, verdict; /* result: position of the fact */
};
BH_MUST_USE bool round_resample(struct db *db, int64_t pool, int64_t person, struct resample *ret,
                                bool *ret_found, struct bh_err *err);

/* Internals shared by the files of this link. */
extern const struct query round_queries[];
extern const struct derived_table round_tables[];
bool round_apply(struct db *db, const struct event *event, struct bh_err *err);

#endif
