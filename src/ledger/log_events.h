#ifndef BH_LEDGER_LOG_EVENTS_H
#define BH_LEDGER_LOG_EVENTS_H
/* Facts about the log itself, and corrections of any fact. */
#include "ledger/event.h"

enum {
    EVENT_LOG_STARTED = 1,
    EVENT_AREA_EDITION_ADOPTED = 2,
    EVENT_PLAN_LAYER_ADOPTED = 3, /* declared by duty_link.c */
    EVENT_FACT_WITHDRAWN = 17,
    EVENT_FACT_REDATED = 18,
    EVENT_LOG_RESTORED = 19,
};

struct log_started {
    struct bh_str name;
    int64_t exercise; /* 0 or 1, for ever */
    int64_t zone_minutes;
    int64_t seed; /* 0 = none */
    struct bh_str note;
};

/* One of the four texts of an area edition; the edition is whole when all four are there. */
struct area_edition_adopted {
    struct bh_str edition, part, text; /* part: divisions, units, aliases, population */
};

/* A fact turned out not to be one. Nothing is deleted: tables mark what came from it. */
struct fact_withdrawn {
    int64_t target;      /* seq */
    int64_t target_kind; /* its kind number */
    struct bh_sealed reason;
};

struct fact_redated {
    int64_t target, target_kind;
    int64_t occurred_ms; /* the right time */
    struct bh_sealed reason;
};

/* The log goes on from a copy: what was recorded after from_position may be lost. A client that knows another
 * epoch has to compare what it holds with what is here. */
struct log_restored {
    int64_t
        epoch; /* moment of restoring, ms since 1970, above every epoch before; never restored = 0 */
    int64_t from_position;
};

extern const struct link log_link;

struct db;
struct bh_err;
/* While applying: the fact falls when `on` is withdrawn, though something else caused it. A fact falls with its cause
 * by itself. */
BH_MUST_USE bool fact_rests(struct db *db, int64_t fact, int64_t on, struct bh_err *err);

#endif
