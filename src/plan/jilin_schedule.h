#ifndef BH_PLAN_JILIN_SCHEDULE_H
#define BH_PLAN_JILIN_SCHEDULE_H
/*
 * The schedule of the exercise jilin-2022-03: from the published figures to synthetic people with dated
 * facts, such that counting the facts again gives every published figure. Pure and deterministic: the same
 * texts, divisions and seed give the same schedule, byte for byte. It writes nothing: a caller feeds the
 * items, in order of time, to the public commands.
 *
 * How a person counts (the test counts in the same way, from the facts alone):
 *   confirmed_new      diagnosed `confirmed`, JILIN_AUDITED_PROVINCE inside the window, or JILIN_CONVERTED
 *                      inside the window ("of which converted")
 *   asymptomatic_new   diagnosed `asymptomatic`, JILIN_AUDITED_PROVINCE inside the window; a later
 *                      conversion does not take it back
 *   *_cumulative       the same since the first window, plus the publisher adjustments
 *   awaiting_diagnosis JILIN_RESULTED at or before the moment, JILIN_DIAGNOSED after it
 *
 * What is real and what is made: data/jilin-2022/README.md. Names, documents, phones and addresses are
 * invented; documents begin with 999999 (no division has that code), phones with 100 (never issued).
 * All times are milliseconds since 1970 UTC.
 */
#include "base/text.h"

/* The files of data/jilin-2022, whole, as UTF-8 text. */
struct jilin_texts {
    struct bh_str figures, sources, windows, adjustments, areas, weights, names, institutions;
};

/* One row of rules/areas/divisions.csv; row number N stands at index N - 1. */
struct jilin_division {
    uint32_t number, parent; /* 1-based; parent 0 = none */
    const char *code;        /* 12 digits */
    const char *name;
    const char *level; /* only "community" rows become somebody's home, place-holders left out */
    /* Id of the lowest reporting unit that holds it; "" = the first six digits of the code. */
    const char *unit;
};

enum jilin_measure {
    JILIN_CONFIRMED_NEW,
    JILIN_CONVERTED, /* "of which" of confirmed_new */
    JILIN_ASYMPTOMATIC_NEW,
    JILIN_CONFIRMED_CUMULATIVE,
    JILIN_ASYMPTOMATIC_CUMULATIVE,
    JILIN_DISCHARGED_NEW,
    JILIN_RELEASED_NEW,
    JILIN_DISCHARGED_OR_RELEASED_NEW,
    JILIN_AWAITING_DIAGNOSIS, /* at the moment `to` */
    JILIN_MEASURE_COUNT
};

enum jilin_severity {
    JILIN_ALL, /* of a figure; of a person: none (asymptomatic) */
    JILIN_MILD,
    JILIN_COMMON,
    JILIN_SEVERE,
    JILIN_CRITICAL,
    JILIN_SEVERITY_COUNT
};

/* DISPUTED: another publisher, or the same one, states something else; kept, never reproduced. */
enum jilin_figure_kind {
    JILIN_PUBLISHED,
    JILIN_PUBLISHED_PARTIAL, /* the list of areas it stands in is not complete */
    JILIN_PUBLISHED_DISPUTED,
    JILIN_DERIVED,
    JILIN_MADE,
    JILIN_FIGURE_KIND_COUNT
};

struct jilin_source {
    struct bh_str id, publisher_zh, publisher_en, url, note;
};

enum jilin_area_kind {
    JILIN_PROVINCE,
    JILIN_CITY, /* prefecture, or reported like one (Meihekou) */
    JILIN_COUNTY,
    JILIN_ZONE, /* development zone, beside the counties of its city */
    JILIN_AREA_KIND_COUNT
};

struct jilin_area {
    char unit[8]; /* id of rules/areas/units.csv */
    enum jilin_area_kind kind;
    uint32_t parent; /* index; the province is its own parent */
    struct bh_str name_zh, name_en;
};

struct jilin_figure {
    int64_t from_ms, to_ms;
    uint32_t area, source; /* indexes */
    enum jilin_measure measure;
    enum jilin_severity severity;
    enum jilin_figure_kind kind;
    int64_t value;
    int row; /* in figures.csv */
};

struct jilin_window {
    int64_t from_ms, to_ms,
        publish_ms; /* half-open; they touch and never overlap; of the province */
    struct bh_str title_zh, title_en;
};

struct jilin_adjustment {
    int64_t from_ms, to_ms, recorded_ms;
    uint32_t area, source;
    enum jilin_measure measure;
    enum jilin_severity severity;
    int64_t value;
    struct bh_str reason_zh, reason_en;
};

struct jilin_institution {
    uint32_t area;
    struct bh_str key, kind; /* kind as in the event institution_registered */
    char name_zh[96], name_en[128];
};

/* A post and the synthetic official who fills it from the beginning to the end. */
struct jilin_post {
    uint32_t institution, area;
    struct bh_str role, title_zh, title_en;
    char user[40]; /* "220113.county_cdc" */
    char official[32];
};

enum jilin_person_kind {
    JILIN_CASE,    /* positive: counted, or on the way when the exercise ends */
    JILIN_REFUTED, /* screened positive, review negative */
    JILIN_MEMBER   /* one of the nine others of a pooled tube; single re-sample negative */
};

/* In the order in which they happen to a person, branches apart. */
enum jilin_fact {
    JILIN_REGISTERED,
    JILIN_SAMPLED,  /* single tube, or antigen test */
    JILIN_RECEIVED, /* at the laboratory; 0 for antigen */
    JILIN_RESULTED, /* positive; negative for a member */
    JILIN_REVIEWED, /* positive; negative for a refuted one */
    JILIN_DIAGNOSED,
    JILIN_FILED,
    JILIN_AUDITED_COUNTY,
    JILIN_AUDITED_CITY,
    JILIN_AUDITED_PROVINCE, /* the time at which the person counts */
    JILIN_EVENT_REPORTED,   /* initial report of the first case of a county or zone */
    JILIN_PICKED_UP,
    JILIN_HANDED_OVER,
    JILIN_ADMITTED,
    JILIN_CONVERTED_AT,
    JILIN_CONVERSION_REPORTED,
    JILIN_DISCHARGED,
    JILIN_RELEASED,
    JILIN_END_REPORTED, /* correction of the report after discharge or release */
    JILIN_FACT_COUNT
};

enum jilin_found_by { JILIN_BY_LABORATORY, JILIN_BY_CLINIC, JILIN_BY_ANTIGEN };

enum jilin_found_in {
    JILIN_IN_CENTRALISED,
    JILIN_IN_HOME_OBSERVATION,
    JILIN_IN_CLOSED_LOOP,
    JILIN_IN_LOCKDOWN_SCREEN,
    JILIN_IN_CONTROL_SCREEN,
    JILIN_IN_PRECAUTION_SCREEN,
    JILIN_IN_CLINIC,
    JILIN_IN_OTHER
};

struct jilin_person {
    enum jilin_person_kind kind;
    uint32_t city,
        area; /* indexes: reporting city, and county or zone (the city itself if it has none) */
    char division[13]; /* community */
    char name[32], document[19], phone[12], address[256];
    char tube[12]; /* single tube; "" for antigen */
    bool male;
    bool confirmed; /* diagnosis; false = asymptomatic */
    int birth_year;
    enum jilin_severity severity;       /* at diagnosis; JILIN_ALL = none */
    enum jilin_severity severity_after; /* at conversion */
    enum jilin_found_by found_by;
    enum jilin_found_in found_in;
    int ct_orf1ab, ct_n; /* hundredths */
    int32_t pool;        /* index, -1 = none */
    /* 0 = does not happen before the exercise ends. */
    int64_t at_ms[JILIN_FACT_COUNT];
};

enum { JILIN_POOL_SIZE = 10 };

struct jilin_pool {
    char tube[12];
    char division[13];
    uint32_t area;
    uint32_t persons[JILIN_POOL_SIZE];              /* indexes; exactly one is a JILIN_CASE */
    int64_t collected_ms, received_ms, resulted_ms; /* resulted 0 = not before the end */
};

/* Order of the list = order among items of one instant. */
enum jilin_item_type {
    JILIN_ITEM_INSTITUTION,
    JILIN_ITEM_POST,
    JILIN_ITEM_WINDOW_OPENED,
    JILIN_ITEM_PERSON, /* `fact` says which */
    JILIN_ITEM_POOL_COLLECTED,
    JILIN_ITEM_POOL_RECEIVED,
    JILIN_ITEM_POOL_RESULTED,
    JILIN_ITEM_ADJUSTMENT,
    JILIN_ITEM_WINDOW_PUBLISHED,
    JILIN_ITEM_PUBLISHED_FIGURE /* what a publisher stated; figures of kind PUBLISHED* only */
};

struct jilin_item {
    int64_t at_ms;  /* occurred and recorded */
    uint32_t index; /* in the array of its type */
    uint8_t type;   /* enum jilin_item_type */
    uint8_t fact;   /* enum jilin_fact for JILIN_ITEM_PERSON, else 0 */
};

struct jilin_schedule {
    uint64_t seed;
    int64_t begin_ms, end_ms; /* people's facts lie in [begin, end); the last bulletin follows it */
    struct jilin_source *sources;
    struct jilin_area *areas;
    struct jilin_figure *figures;
    struct jilin_window *windows;
    struct jilin_adjustment *adjustments;
    struct jilin_institution *institutions;
    struct jilin_post *posts;
    struct jilin_person *persons;
    struct jilin_pool *pools;
    struct jilin_item *items; /* by time */
    size_t source_count, area_count, figure_count, window_count, adjustment_count,
        institution_count, post_count, person_count, pool_count, item_count;
    struct jilin_world *world; /* private */
};

/* NULL on failure, with file, row and column in *err. The divisions must outlive the call only, the texts
 * the schedule. Release with jilin_schedule_free. */
struct jilin_schedule *jilin_schedule_new(uint64_t seed, const struct jilin_texts *texts,
                                          const struct jilin_division *divisions, size_t count,
                                          struct bh_err *err) BH_MUST_USE;
void jilin_schedule_free(struct jilin_schedule *schedule); /* NULL allowed */

/* The institution that holds `role` for an area: of the area itself, or of the nearest area above it.
 * `kind` narrows the choice (for example "cabin_hospital"), NULL = any. UINT32_MAX when there is none. */
uint32_t jilin_schedule_institution(const struct jilin_schedule *schedule, uint32_t area,
                                    const char *role, const char *kind);

/* Over everything that was generated; equal schedules have equal hashes. */
uint64_t jilin_schedule_hash(const struct jilin_schedule *schedule);

const char *jilin_measure_name(enum jilin_measure measure);
const char *jilin_severity_name(enum jilin_severity severity);
const char *jilin_figure_kind_name(enum jilin_figure_kind kind);

#endif
