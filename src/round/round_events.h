#ifndef BH_ROUND_EVENTS_H
#define BH_ROUND_EVENTS_H
/* Facts that the link round publishes: kinds 200 to 208 and their bodies (from the swab to the result). Kind numbers, choices and stored fields are permanent. */
#include "ledger/event.h"

enum round_kind {
    ROUND_TUBE_COLLECTED = 200,
    ROUND_TUBE_RECEIVED = 201,
    ROUND_TUBE_RESULTED = 202,
    ROUND_POOL_POSITIVE = 203,
    ROUND_MEMBER_HELD = 204,
    ROUND_MEMBER_RESOLVED = 205,
    ROUND_POOL_RESOLVED = 206,
    ROUND_MEMBER_NAMED = 207,
    ROUND_TUBE_FOUND = 208,
};

enum tube_kind { TUBE_SINGLE, TUBE_POOLED };
enum swab_method { SWAB_THROAT, SWAB_NASOPHARYNGEAL };
enum tube_verdict { VERDICT_NEGATIVE, VERDICT_POSITIVE, VERDICT_GREY, VERDICT_INVALID };
enum test_target { TARGET_ORF1AB, TARGET_N, TARGET_COUNT };
enum member_outcome { MEMBER_NEGATIVE, MEMBER_CASE };

extern const struct choice tube_kinds[];
extern const struct choice swab_methods[];
extern const struct choice tube_verdicts[];
extern const struct choice test_targets[];
extern const struct choice member_outcomes[];

struct tube_member {
    int64_t person;
    int64_t at_ms; /* of the swab; BH_NONE = when the tube was collected */
};
extern const struct record tube_member_record;

/* 200: members in the order in which their swabs went into the tube. */
struct tube_collected {
    int64_t tube; /* self */
    struct bh_str code;
    int64_t kind, institution;
    struct bh_list members; /* struct tube_member */
    int64_t resample_of;    /* the positive pool whose held member this decides */
    int64_t method;
    int64_t found_in; /* enum found_in of report_events.h: how the people are being watched */
};

/* 201 */
struct tube_received {
    int64_t tube, institution, count;
};
extern const struct record tube_received_record;

struct target_result {
    int64_t target, ct, verdict; /* ct: hundredths of a cycle */
};
extern const struct record target_result_record;

/* 202 */
struct tube_resulted {
    int64_t tube, institution, verdict;
    struct bh_list targets; /* struct target_result */
};

/* 203: pool positive or in the grey zone. */
struct pool_positive {
    int64_t tube, size;
};

/* 204: tube = the pool; the person is the event's. */
struct member_held {
    int64_t tube;
};

/* 205 */
struct member_resolved {
    int64_t tube, outcome;
};

/* 206: every member is negative or a case. */
struct pool_resolved {
    int64_t tube;
};

/* 207: who is in a tube of a round: the person is the event's, its area where the person lives. place: from 1, in tube
 * order. Told before the result that makes it matter. */
struct member_named {
    int64_t tube, place, slot, at_ms;
};

/* 208: a result of a tube of a round that is not negative: its members are named, then it is told (202). */
struct tube_found {
    int64_t tube, institution, verdict;
    struct bh_list targets; /* struct target_result */
};

extern const struct event_kind round_events[]; /* ends with number 0 */

#endif
