#ifndef BH_ORDER_EVENTS_H
#define BH_ORDER_EVENTS_H
/* Facts about rounds of an area: kinds 215 to 220, 223, 224, 236 to 242, 246 to 248, 262. Kind numbers, choices and stored fields
 * are permanent. Times BH_NONE = not given. */
#include "ledger/event.h"
#include "round/roll_events.h"

enum order_kind {
    ORDER_ROUND_ORDERED = 215,
    ORDER_ROUND_SHORT = 216,
    ORDER_ROUND_MOVED_ON = 217,
    ORDER_SITE_OPENED = 218,
    ORDER_SITE_CLOSED = 219,
    ORDER_SITE_TOLD = 220,
    ORDER_DOOR_MISSED = 223,
    ORDER_RESIDENT_EXEMPTED = 224,
    ORDER_CAPACITY_TOLD = 236,
    ORDER_COMMUNITY_MISSED = 237,
    ORDER_COMMUNITY_COMPLETE = 238,
    ORDER_SHORTAGE_MET = 239,
    ORDER_COMMUNITY_RELEASED = 240,
    ORDER_COMMUNITY_JOINED = 241,
    ORDER_ROUND_CLOSED = 242,
    ORDER_SUPPLY_REQUESTED = 246,
    ORDER_SUPPLY_SENT = 247,
    ORDER_SUPPLY_REFUSED = 248,
    ORDER_LISTS_ADVANCED = 262,
};

/* Told by facts. Whether all tubes are delivered, tested and reported follows from counters (order_facts.h). */
enum round_state {
    ROUND_ORDERED,
    ROUND_SAMPLING,
    ROUND_MOP_UP,
    ROUND_SAMPLED_CLOSED,
    ROUND_CLOSED
};
enum shortage_kind { SHORT_LABORATORY, SHORT_SAMPLERS, SHORT_TUBES };
enum missed_reason { MISSED_ABSENT, MISSED_REFUSED, MISSED_MOVED, MISSED_OTHER };
enum exempt_reason { EXEMPT_MEDICAL, EXEMPT_INFANT, EXEMPT_ISOLATED, EXEMPT_OTHER };
enum supply_kind { SUPPLY_STAFF, SUPPLY_TUBES, SUPPLY_PROTECTION, SUPPLY_OTHER };
enum supply_refusal {
    REFUSAL_NONE_LEFT,
    REFUSAL_SENT_ELSEWHERE,
    REFUSAL_NOT_NEEDED,
    REFUSAL_SITE_CLOSED,
    REFUSAL_OTHER
};

extern const struct choice round_states[];
extern const struct choice shortage_kinds[];
extern const struct choice missed_reasons[];
extern const struct choice exempt_reasons[];
extern const struct choice supply_kinds[];
extern const struct choice supply_refusals[];

enum {
    ORDER_AREAS_MAX = ROLL_COMMUNITIES_MAX, /* communities of a round */
    ORDER_POOL_MAX = 100,                   /* technical; the plan's pool sizes are the rule */
};

/* What a community owes the round at its order: residents on the roll, of them exempt. */
struct round_share {
    int64_t area, due, exempt;
};
extern const struct record round_share_record;

/* 215: area = a leaf that stands for the unit. */
struct round_ordered {
    int64_t round; /* self */
    int64_t roll, ordinal;
    int64_t number; /* of the rounds of this area, from 1 */
    int64_t starts_ms, deadline_ms;
    int64_t pool_size, household_tubes, key_single, antigen_first;
    int64_t tubes_expected;
    struct bh_list shares; /* struct round_share */
};

/* 216: needed and available in the unit of the kind: tubes an hour, samplers, tubes. finish_ms BH_NONE = never. */
struct round_short {
    int64_t shortage; /* self */
    int64_t round, kind, needed, available, finish_ms, pool_advised;
    struct bh_str accepted_because;
};

/* 217: missed = people still owed then; because = why sampling ended all the same. */
struct round_moved_on {
    int64_t round, to, missed;
    struct bh_str because;
};

/* 218: area = the community. */
struct site_opened {
    int64_t site; /* self */
    int64_t round, institution, stations, samplers, from_ms, to_ms;
    struct bh_str name;
};

/* 219 */
struct site_closed {
    int64_t site, round, waste_bags;
};

/* 220 */
struct site_told {
    int64_t site, round, queue, waiting_minutes, samplers;
};

/* 223: area = where the door is; count slots from slot on. */
struct door_missed {
    int64_t round, slot, count, reason;
};

/* 224: area = where the resident lives. */
struct resident_exempted {
    int64_t round, ordinal, slot, reason;
    struct bh_sealed note;
};

/* 236: area = the institution's; what it can do from `from` on. */
struct capacity_told {
    int64_t institution, tubes_per_hour, samplers, tube_stock, from_ms;
};
extern const struct record capacity_told_record;

/* 237: a list of doors still owed, for the grid workers of one community. */
struct community_missed {
    int64_t list; /* self */
    int64_t round, missed;
};

/* 238 */
struct community_complete {
    int64_t list, round;
};

/* 239: what was told since suffices, or the round was closed with what there was. */
struct shortage_met {
    int64_t shortage, round;
};

/* 240: sampling ended with people still missing there, for the reason given. */
struct community_released {
    int64_t list, round, missed;
};

/* 241: area = a community of the round's unit that was not on the roll when the round was ordered; due = listed now. */
struct community_joined {
    int64_t round, due;
};

/* 242 */
struct round_closed {
    int64_t round, due, sampled, exempt, missed, tubes, pools_positive;
};

/* 246: what a site is short of; count in persons, tubes or pieces. Area here and below: the site's. */
struct supply_requested {
    int64_t request; /* self */
    int64_t round, site, kind, count;
    struct bh_sealed note;
};

/* 247: on its way to the site; what is still wanting is asked for anew. */
struct supply_sent {
    int64_t request, round, site, count;
};

/* 248 */
struct supply_refused {
    int64_t request, round, site, reason;
    struct bh_sealed note;
};

/* 262: many lists of doors open or end in steps of a bearable size. moved: the fact 217 that they follow from; after: the
 * last community looked at, the rest waits for the ticker; BH_NONE = none is left. */
struct lists_advanced {
    int64_t round, moved, to, after;
};

extern const struct event_kind order_events[]; /* ends with number 0 */

#endif
