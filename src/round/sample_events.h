#ifndef BH_SAMPLE_EVENTS_H
#define BH_SAMPLE_EVENTS_H
/* Facts of sampling in a round: kinds 221 and 222. The hot path: one event a tube, integers. Kind numbers, choices and
 * stored fields are permanent. */
#include "ledger/event.h"

enum sample_kind {
    SAMPLE_TUBE_SAMPLED = 221,
    SAMPLE_UNDONE = 222,
};

enum { SAMPLE_PEOPLE_MAX = 100 }; /* technical; the plan's pool size is the rule */

/* In the order in which the swabs went into the tube. */
struct sampled_person {
    int64_t slot;
    int64_t at_ms; /* BH_NONE = when the tube was closed */
    int64_t
        receipt; /* 60 bits drawn by the device, the key of the person's own result; BH_NONE = none */
};
extern const struct record sampled_person_record;

/* Where the people live, so that counters need no look-up when the log is applied again. */
struct sampled_area {
    int64_t area, count;
    int64_t away; /* of count: had been counted as exempt */
};
extern const struct record sampled_area_record;

/* 221: area = the site's. */
struct tube_sampled {
    int64_t tube; /* self */
    int64_t round, site;
    struct bh_str code;
    int64_t kind;          /* enum tube_kind of round_events.h */
    struct bh_list people; /* struct sampled_person */
    struct bh_list areas;  /* struct sampled_area */
    int64_t method, institution, ordinal;
};

/* 222: area = the site's; where the person lives stands in `home`. */
struct sample_undone {
    int64_t tube, slot, round, ordinal, home;
    int64_t away; /* had been counted as exempt before */
};

extern const struct event_kind sample_events[]; /* ends with number 0 */

#endif
