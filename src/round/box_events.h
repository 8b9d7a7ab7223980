#ifndef BH_BOX_EVENTS_H
#define BH_BOX_EVENTS_H
/* Facts about boxes on their way from a site to a laboratory: kinds 225 to 230, 243, 249, 259 to 261. Kind numbers, choices and
 * stored fields are permanent. A signature is the signer's name, sealed, with a keyed hash so that one person cannot
 * sign for both sides. */
#include "ledger/event.h"

enum box_kind {
    BOX_SEALED = 225,
    BOX_PICKED_UP = 226,
    BOX_RECEIVED = 227,
    BOX_INCIDENT = 228,
    BOX_COUNT_DIFFERED = 229,
    BOX_DIFFERENCE_EXPLAINED = 230,
    BOX_CLOCK_STARTED = 243,
    BOX_LOST = 249,
    BOX_INCIDENT_PHOTOGRAPHED = 259,
    BOX_ROUTED = 260,
    BOX_AT_LABORATORY = 261,
};

enum box_step { STEP_SEAL, STEP_PICK_UP, STEP_RECEIVE };
enum incident_kind {
    INCIDENT_SPILL,
    INCIDENT_CRASH,
    INCIDENT_DELAY,
    INCIDENT_TEMPERATURE,
    INCIDENT_LOST,
    INCIDENT_OTHER
};
extern const struct choice box_steps[];
extern const struct choice incident_kinds[];

enum { BOX_TUBES_MAX = 500 };

struct box_tube {
    int64_t tube;
};
extern const struct record box_tube_record;

struct damaged_tube {
    int64_t tube, reason; /* enum reject_reason of lab_events.h */
};
extern const struct record damaged_tube_record;

/* 225: area = the site's. count: as counted by hand. first_ms: the earliest sample in it. */
struct box_sealed {
    int64_t box; /* self */
    int64_t round, site, count, first_ms;
    struct bh_str code;
    struct bh_list tubes; /* struct box_tube */
};

/* 226: institution = the courier's. Area here and below: where the box was sealed. */
struct box_picked_up {
    int64_t box, round, institution, count, temperature_tenths;
    struct bh_sealed from_signature, courier_signature;
};

/* 227: institution = the laboratory. All tubes of the box but the missing ones are received. */
struct box_received {
    int64_t box, round, site, institution, count, temperature_tenths;
    struct bh_list missing; /* struct box_tube */
    struct bh_list damaged; /* struct damaged_tube; received, and rejected at once */
    struct bh_sealed courier_signature, to_signature;
};

/* 228 */
struct box_incident {
    int64_t box, round, kind;
    struct bh_sealed note;
};

/* 259: a picture of an incident, sealed; a fact of its own, so that nothing else has to carry it. */
struct incident_photographed {
    int64_t incident;
    struct bh_sealed photo;
};

/* 229: expected = what the list says, counted = what was counted by hand. */
struct count_differed {
    int64_t difference; /* self */
    int64_t box, round, step, expected, counted;
};

/* 230 */
struct difference_explained {
    int64_t difference, box;
    struct bh_sealed explanation;
};

/* 243: occurred when the first sample of the box was taken: from there its time counts. */
struct box_clock_started {
    int64_t box, round;
};

/* 260: where the box goes; the last one told counts. Area: where the box was sealed. */
struct box_routed {
    int64_t box, round, laboratory;
};

/* 261: area = the laboratory's, so that what it owes for the box lies where the laboratory is. */
struct box_at_laboratory {
    int64_t box, round, institution;
};

/* 249: the box will not arrive; its tubes are rejected. */
struct box_lost {
    int64_t box, round, tubes;
};

extern const struct event_kind box_events[]; /* ends with number 0 */

#endif
