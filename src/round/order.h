#ifndef BH_ORDER_H
#define BH_ORDER_H
/*
 * A round of a whole area: ordered, fed by sites, counted at any second, closed when nobody and nothing is left.
 *
 * Commands: order_round, tell_capacity, open_site, tell_site, close_site, record_missed, exempt_resident,
 * request_supplies, send_supplies, refuse_supplies, move_round_on, close_round.
 *
 * Invariants
 *   due = sampled + exempt + missing, in every community and at every moment
 *   a person counts once in a round: as sampled if sampled, else as exempt if away or exempt, else as missing
 *   a round that its plan's capacities cannot finish in time is ordered only with a reason, and names who must act
 *   sampling ends with people missing only with a reason; a round closes only when every tube is reported, every
 *   positive pool resolved and every site closed
 *   while a round is mopping up, each of its communities with people missing has one list of doors, and no other has;
 *   at any other time there are none; more than a step's are opened and ended in steps, until then some are to come
 *   a person whose absence ends before a round starts is owed by it
 *   what a site asks for is answered once: sent, refused with a reason, or refused when the site closes
 */
#include "ledger/area.h"
#include "round/order_facts.h"
#include "round/roll_facts.h"

extern const struct link order_link; /* rounds */
extern const struct link site_link;  /* their sites and doors */

/* ---- order_rules.c: pure ---- */

/* What an order asks for. */
struct order_need {
    int64_t due, exempt, key_people, sealed_homes, sealed_people; /* key and sealed: of those due */
    int64_t pool_size;
    bool household_tubes, key_single;
};
/* Tubes it takes when everybody comes and pools are full, other rounds apart. */
int64_t order_tubes(const struct order_need *need);

/* What there is. 0 = nothing told. */
struct order_means {
    int64_t tubes_per_hour, samplers, tube_stock;
    int64_t people_per_sampler; /* in a round, of the plan; 0 = no rule */
    int64_t lead_ms;            /* from the start to the first tube in a laboratory, of the plan */
    const int64_t *pool_sizes;  /* of the plan, ascending */
    size_t pool_size_count;
    /* Of rounds at the same time on the same laboratories and samplers: what they still need of them. */
    int64_t rounds_beside, tubes_beside, people_beside;
};

struct order_shortage {
    enum shortage_kind kind;
    int64_t needed, available;
    int64_t finish_ms;    /* at what there is; BH_NONE = never */
    int64_t pool_advised; /* smallest pool size of the plan that would fit; BH_NONE = none */
};
enum { ORDER_SHORTAGES = 3 };
/* Fills ret and returns how many there are. */
int order_shortages(const struct order_need *need, const struct order_means *means,
                    int64_t starts_ms, int64_t deadline_ms,
                    struct order_shortage ret[ORDER_SHORTAGES]);

/* "[1, 5, 10]" as a plan writes it. Returns how many were read, at most max. */
size_t order_pool_sizes(const char *text, int64_t *ret, size_t max);

/* May a round in state `from` move on to `to`? */
bool order_may_move(int64_t from, int64_t to);

/* When a rate of the last hour would end what is missing; BH_NONE = never, or nothing is known. */
int64_t order_finish_ms(int64_t now_ms, int64_t missing, int64_t per_hour);
/* The later of two ends; BH_NONE when either never comes. */
int64_t order_later(int64_t a_ms, int64_t b_ms);

/* When the laboratories are through with so many tubes: they start once the first ones are there. BH_NONE = never. */
int64_t order_tested_ms(const struct order_means *means, int64_t starts_ms, int64_t tubes);
/* When the samplers are through; BH_NONE = never, or the plan has no rule for them. */
int64_t order_sampled_ms(const struct order_need *need, const struct order_means *means,
                         int64_t starts_ms, int64_t deadline_ms);
/* Samplers it takes; BH_NONE = the plan has no rule for them. */
int64_t order_samplers(const struct order_need *need, const struct order_means *means);

/* A site while it works. moved is set by order_moves. */
struct order_pace {
    int64_t site, left; /* people still to come */
    int64_t per_hour;   /* BH_NONE or 0 = not known yet */
    int64_t stations;
    bool moved;
};
/* Take lanes from one site to another; times of whichever of the two ends later, before and after. */
struct order_move {
    int64_t from, to, lanes, before_ms, after_ms;
};
/* The site that needs longest gets lanes from the one that needs the shortest time, as many as make the later of the
 * two end soonest, when that gains at least worth_ms; then the next two. Each site is named once. Sites are left as
 * they would be afterwards. Returns how many moves were written, at most max. */
int order_moves(struct order_pace *sites, size_t count, int64_t worth_ms, struct order_move *ret,
                int max);

/* How often an area is tested and when that may stop, as its plan says. BH_NONE = the plan does not say. */
struct frequency_plan {
    int64_t first_minimum; /* whole rounds at first, afterwards by judgement */
    int64_t every_hot_ms, every_recent_ms, every_other_ms;
    int64_t hot_rounds, recent_days; /* somebody found in the last so many rounds, or days */
    int64_t stop_clean, stop_gap_days,
        stop_extra; /* clean rounds in a row, days to wait, rounds after them */
};
/* Rounds that are done in the area, ascending by start. */
struct round_done {
    int64_t round, starts_ms, ended_ms; /* round BH_NONE = made up of rounds of its parts */
};
enum frequency_rule {
    FREQUENCY_NONE,   /* the plan has no rule */
    FREQUENCY_FIRST,  /* fewer rounds done than the plan asks for at first */
    FREQUENCY_HOT,    /* somebody was found in the last rounds, or testing may not stop yet */
    FREQUENCY_RECENT, /* ... in the last days */
    FREQUENCY_OTHER,
    FREQUENCY_LAST, /* clean long enough: the rounds after the wait */
    FREQUENCY_ENDED
};
enum stop_answer { STOP_NO_RULE, STOP_NO, STOP_JUDGED, STOP_YES };
extern const struct choice frequency_rules[];
extern const struct choice stop_answers[];
struct frequency {
    enum frequency_rule rule;
    enum stop_answer stop;
    int64_t clean; /* rounds in a row, the last ones, in which nobody was found outside isolation */
    int64_t every_ms;       /* BH_NONE = the rule has no interval */
    int64_t next_ms;        /* BH_NONE = none is due, or the plan does not say when */
    int64_t rounds_missing; /* until testing may stop; BH_NONE = not known */
};
/* under_way_ms: start of a round that is ordered and not done, BH_NONE = none. found_ms: sample of the last person found
 * outside isolation, BH_NONE = nobody. */
struct frequency order_frequency(const struct frequency_plan *plan, const struct round_done *done,
                                 size_t count, int64_t under_way_ms, int64_t found_ms,
                                 int64_t now_ms);

/* ---- inside the noun ---- */

extern const struct query order_queries[];
extern const struct derived_table order_tables[];
bool order_apply(struct db *db, const struct event *event, struct bh_err *err);

enum { ORDER_CAPACITIES_MAX = 2000 };
struct order_capacity {
    int64_t institution, area, tubes_per_hour, samplers, tube_stock;
};
/* What each institution can do at that time, as told so far; at most ORDER_CAPACITIES_MAX. */
BH_MUST_USE bool order_capacities(struct db *db, int64_t at_ms, struct order_capacity *ret,
                                  size_t *ret_count, struct bh_err *err);
struct plan; /* ledger/plan.h */
/* Sums what lies in the scope (NULL = everywhere) and takes the plan's values; pool_sizes is room for eight. */
void order_means_in(const struct plan *plan, const struct scope *scope,
                    const struct order_capacity *capacities, size_t count, int64_t pool_sizes[8],
                    struct order_means *ret);

/* order_beside.c: rounds that are not closed, and what they still need; at most ORDER_BESIDE_MAX. */
enum { ORDER_BESIDE_MAX = 256 };
struct order_beside {
    int64_t area, starts_ms, deadline_ms, tubes, people;
};
BH_MUST_USE bool order_beside_read(struct db *db, struct order_beside *ret, size_t *ret_count,
                                   struct bh_err *err);
/* Adds to the means of a round in the scope what the others take of them between its start and its deadline. Of a round
 * over a larger unit, so much as falls on what the scope has of that unit's capacity. */
void order_beside_add(const struct areas *areas, const struct scope *scope,
                      const struct order_beside *others, size_t other_count,
                      const struct order_capacity *capacities, size_t capacity_count,
                      int64_t starts_ms, int64_t deadline_ms, struct order_means *means);

/* What the communities of a roll inside the scope (NULL = all) owe a round ordered now. */
void order_need_of(const struct roll_community *communities, size_t count,
                   const struct scope *scope, struct order_need *ret);
/* The plan's time for a round of so many people; BH_NONE = the plan says nothing. */
int64_t order_within_ms(const struct plan *plan, int64_t people);
/* A value of the plan: milliseconds of a duration, else the whole number. */
int64_t order_plan_value(const struct plan *plan, const char *id, int64_t otherwise);
/* What is not ordered (BH_NONE) becomes what the plan says; INVALID names what must be given or is not allowed. */
BH_MUST_USE bool order_terms(const struct plan *plan, const struct order_means *means,
                             int64_t people, int64_t starts_ms, int64_t *deadline_ms,
                             int64_t *pool_size, struct bh_err *err);

struct reader; /* ledger/reader.h */
/* What of a round a reader sees in a scope: all of it, or only the communities in the scope. Of a part, tubes are those
 * of the sites in it, and what is counted for the whole round alone is BH_NONE. */
struct order_sight {
    struct round_facts round;
    struct round_totals totals;
    int64_t
        area; /* of the round; of a part, of its first community or the unit around it; 0 = nobody there */
    bool part;
};
/* MISSING, as for an unknown round, when its unit shares no place with the scope. */
BH_MUST_USE bool order_see(struct reader *reader, int64_t round, const struct scope *scope,
                           struct order_sight *ret, struct bh_err *err);

/* A time in JSON, null when BH_NONE. */
json_t *order_time_json(const struct reader *reader, int64_t at_ms);
json_t *order_int_json(int64_t value);

/* order_feasibility.c */
extern const struct record order_feasibility_record;
bool order_feasibility_run(struct reader *reader, const void *params, json_t **ret,
                           struct bh_err *err);
/* order_frequency.c */
extern const struct record order_frequency_record;
extern const struct column order_frequency_columns[];
bool order_frequency_run(struct reader *reader, const void *params, struct cells *cells,
                         struct bh_err *err);
/* order_missed.c */
extern const struct record order_missed_record;
extern const struct column order_missed_columns[];
bool order_missed_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err);
extern const struct query
    site_queries[]; /* site_queries.c: coverage, buildings, sites, moves, doors */

/* Rounds of a roll that are not closed. No more are ordered than fit. */
enum { ORDER_OPEN_MAX = 64 };
struct order_open_round {
    int64_t round, ordinal, area, starts_ms;
    bool whole; /* covers all of the roll */
};
struct order_open_rounds {
    struct order_open_round at[ORDER_OPEN_MAX];
    int count;
};
BH_MUST_USE bool order_open_rounds(struct db *db, int64_t roll, struct order_open_rounds *ret,
                                   struct bh_err *err);

/* order_lists.c: reactions that open and end the lists of doors */
#define ORDER_LISTS_REACTION(name)                                                                 \
    bool name(struct decision *d, struct db *db, const struct event *event, struct bh_err *err)
ORDER_LISTS_REACTION(order_lists_moved);
ORDER_LISTS_REACTION(order_lists_exempted);
ORDER_LISTS_REACTION(order_lists_joined);
ORDER_LISTS_REACTION(order_lists_undone);
ORDER_LISTS_REACTION(order_lists_rejected);
ORDER_LISTS_REACTION(order_lists_changed);
ORDER_LISTS_REACTION(order_lists_listed);

/* Opens or ends the lists that are left over, a step. */
BH_MUST_USE bool order_lists_go_on(struct decision *d, struct db *db, bool *ret_any,
                                   struct bh_err *err);

#endif
