#ifndef BH_BULLETIN_EVENTS_H
#define BH_BULLETIN_EVENTS_H
/* Facts that the link bulletin publishes. Kind numbers, choices and stored fields are permanent. Integers hold
 * BH_NONE when not given. Intervals hold from_ms and do not hold to_ms. */
#include "ledger/event.h"

enum bulletin_kind {
    BULLETIN_WINDOW_OPENED = 800,
    BULLETIN_CHECKED = 801,
    BULLETIN_SIGNED = 802,
    BULLETIN_PUBLISHED = 803,
    BULLETIN_ADJUSTED = 804,
    BULLETIN_FIGURE_RECORDED = 805,
    BULLETIN_CASE_COUNTED = 806,
    BULLETIN_CONVERSION_COUNTED = 807,
};

/* The first FIGURE_COUNT are what a bulletin counts; the others are only compared or kept. */
enum bulletin_measure {
    FIGURE_CONFIRMED_NEW, /* with those converted */
    FIGURE_CONVERTED,     /* of which */
    FIGURE_ASYMPTOMATIC_NEW,
    FIGURE_CONFIRMED_CUMULATIVE,
    FIGURE_ASYMPTOMATIC_CUMULATIVE, /* not reduced by conversions */
    FIGURE_COUNT,
    MEASURE_DISCHARGED_NEW = FIGURE_COUNT,
    MEASURE_RELEASED_NEW,
    MEASURE_DISCHARGED_OR_RELEASED_NEW,
    MEASURE_AWAITING_DIAGNOSIS, /* at the end of the interval, which may be a moment */
};
extern const struct choice bulletin_measures[];

/* 800: the event's area is the leaf that stands for the unit that publishes. */
struct bulletin_window_opened {
    int64_t window; /* self */
    int64_t from_ms, to_ms;
    struct bh_str title;
};

/* 801: failed = checks that did not pass, hard = those of them that forbid signing. */
struct bulletin_checked {
    int64_t from_ms, to_ms, version, position, failed, hard;
    struct bh_str names; /* of the failed ones, with commas */
};

/* 802: what was signed, word for word. position: head of the log the figures were counted at. supersedes: the
 * bulletin this one replaces. */
struct bulletin_signed {
    int64_t bulletin; /* self */
    int64_t from_ms, to_ms, version, position, supersedes;
    struct bh_str reason;  /* of a new version */
    struct bh_str figures; /* JSON, form: bulletin.h */
    struct bh_str text_zh, text_en;
};

/* 803 */
struct bulletin_published {
    int64_t bulletin;
    struct bh_str channel;
};

/* 804: a difference between what a publisher states and what the people add up to, which nobody can explain.
 * It belongs to the event's area and those around it, counts from to_ms on, and stands apart from all people. */
struct publisher_adjusted {
    int64_t adjustment; /* self */
    int64_t from_ms, to_ms, measure, severity, value;
    struct bh_str source, reason;
};

/* 805: what somebody published, kept for comparison only. severity none = all. */
struct published_figure_recorded {
    int64_t figure; /* self */
    struct bh_str publisher;
    int64_t from_ms, to_ms, measure, severity, value;
    struct bh_str source;
};

/* 806: a case counts once, at counted_ms, in the event's area. The last one about a case stands; without
 * counted_ms it counts no more, or not yet. audited_ms: the last audit it counts by. */
struct case_counted {
    int64_t case_number, counted_ms, status, severity, audited_ms;
};

/* 807: a counted asymptomatic person also counts as confirmed, "of which converted". happened_ms: when it was. */
struct conversion_counted {
    int64_t case_number, counted_ms, severity, happened_ms;
};

extern const struct event_kind bulletin_events[]; /* ends with number 0 */

#endif
