#ifndef BH_ANTIGEN_EVENTS_H
#define BH_ANTIGEN_EVENTS_H
/* Facts about antigen tests that people take themselves: kinds 250 to 258. Kind numbers, choices and stored fields are
 * permanent. A kit is named by the 60 bits of the code on its label. */
#include "ledger/event.h"

enum antigen_kind {
    ANTIGEN_KITS_REGISTERED = 250,
    ANTIGEN_KITS_HANDED_OUT = 251,
    ANTIGEN_REPORTED = 252,
    ANTIGEN_PHOTOGRAPHED = 253,
    ANTIGEN_REVIEWED = 254,
    ANTIGEN_POSITIVE = 255,
    ANTIGEN_DECIDED = 256,
    ANTIGEN_REPEAT_OWED = 257,
    ANTIGEN_REPEATED = 258,
};

enum antigen_outcome { ANTIGEN_IS_NEGATIVE, ANTIGEN_IS_POSITIVE, ANTIGEN_IS_INVALID };
extern const struct choice antigen_outcomes[];

/* For whom the plan has antigen tests. */
enum antigen_group { GROUP_SYMPTOMATIC, GROUP_OBSERVED, GROUP_SELF_TEST };
extern const struct choice antigen_groups[];

enum { ANTIGEN_KITS_MAX = 500 }; /* of one fact */

struct antigen_kit {
    int64_t kit;
};
extern const struct record antigen_kit_record;

/* 250: area = who keeps them. */
struct kits_registered {
    int64_t batch; /* self */
    struct bh_str name;
    struct bh_list kits; /* struct antigen_kit */
};

/* 251: area = where the people live: slots slot .. slot + count - 1, one door. round: the round they are for. group: why
 * they may be tested, BH_NONE = not told, as always in version 1. */
struct kits_handed_out {
    int64_t handout; /* self */
    int64_t roll, slot, count, round;
    struct bh_list kits; /* struct antigen_kit */
    int64_t group;
};

/* 252: who: the event's person, or the slot of a roll. symptom_days: since the first symptoms, BH_NONE = none. late: the
 * test came later after the first symptoms than the plan allows. again_until: a test each day until then. */
struct antigen_reported {
    int64_t antigen; /* self */
    int64_t kit, roll, slot, round, outcome, taken_ms, symptom_days, late, again_until_ms;
};

/* 253: the photo of the test, sealed; a fact of its own, so that nothing else has to carry it. */
struct antigen_photographed {
    int64_t antigen;
    struct bh_sealed photo;
};

/* 254: what an officer reads from the photo. */
struct antigen_reviewed {
    int64_t antigen, reading, agrees;
};

/* 255: reported or read as positive; the person is the event's. Told again when the nucleic acid result that decided it
 * was recalled. */
struct antigen_positive {
    int64_t antigen;
};

/* 256: a nucleic acid result of the person's, from a sample taken after the test. outcome: negative or positive. */
struct antigen_decided {
    int64_t antigen, tube, outcome;
};

/* 257: invalid: another test is owed. 258: it was taken, or an officer could read this one. */
struct antigen_repeat_owed {
    int64_t antigen;
};
struct antigen_repeated {
    int64_t antigen, by;
};

extern const struct event_kind antigen_events[]; /* ends with number 0 */

#endif
