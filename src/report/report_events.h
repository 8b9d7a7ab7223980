#ifndef BH_REPORT_EVENTS_H
#define BH_REPORT_EVENTS_H
/* Facts that the link report publishes: kinds 100 to 118 and their bodies. Kind numbers, choices and stored
 * fields are permanent; a change of a body is a new version. Integers hold BH_NONE when not given. */
#include "ledger/event.h"

enum report_kind {
    REPORT_POSITIVE_FOUND = 100,
    REPORT_POSITIVE_REVIEWED = 101,
    REPORT_CASE_DIAGNOSED = 102,
    REPORT_FILED = 103,
    REPORT_AUDITED = 104,
    REPORT_CASE_CONVERTED = 105,
    REPORT_SEVERITY_CHANGED = 106,
    REPORT_CASE_DISCHARGED = 107,
    REPORT_CASE_RELEASED = 108,
    REPORT_CASE_DIED = 109,
    REPORT_CASE_EXCLUDED = 110,
    REPORT_RE_POSITIVE_FOUND = 111,
    REPORT_CORRECTED = 112,
    REPORT_CASE_MOVED_AREA = 113,
    REPORT_COUNTY_FIRST_CASE = 114,
    REPORT_CLUSTER_FOUND = 115,
    REPORT_EVENT_REPORT_FILED = 116,
    REPORT_POSITIVE_REFUTED = 117,
    REPORT_CASE_VOIDED = 118,
};

enum positive_source { SOURCE_LABORATORY, SOURCE_CLINIC, SOURCE_ANTIGEN };
enum found_in {
    FOUND_CENTRALISED,
    FOUND_HOME_OBSERVATION,
    FOUND_CLOSED_LOOP_WORK,
    FOUND_LOCKDOWN_SCREEN,
    FOUND_CONTROL_SCREEN,
    FOUND_PRECAUTION_SCREEN,
    FOUND_CLINIC,
    FOUND_ARRIVAL,
    FOUND_OTHER,
};
enum review_outcome { REVIEW_POSITIVE, REVIEW_NEGATIVE, REVIEW_REPEAT };
enum case_status { STATUS_CONFIRMED, STATUS_ASYMPTOMATIC };
enum case_severity {
    SEVERITY_NONE,
    SEVERITY_MILD,
    SEVERITY_COMMON,
    SEVERITY_SEVERE,
    SEVERITY_CRITICAL
};
enum case_origin { ORIGIN_LOCAL, ORIGIN_IMPORTED };
enum audit_level { AUDIT_COUNTY, AUDIT_CITY, AUDIT_PROVINCE, AUDIT_LEVELS };
enum audit_outcome { AUDIT_PASSED, AUDIT_RETURNED };
enum corrected_what {
    CORRECTED_CONVERSION,
    CORRECTED_SEVERITY,
    CORRECTED_DISCHARGE,
    CORRECTED_RELEASE,
    CORRECTED_DEATH,
    CORRECTED_OTHER,
};
enum event_report_kind { EVENT_REPORT_INITIAL, EVENT_REPORT_PROGRESS, EVENT_REPORT_FINAL };
enum report_signal { SIGNAL_FIRST_CASE, SIGNAL_CLUSTER };

extern const struct choice positive_sources[];
extern const struct choice found_in_choices[];
extern const struct choice review_outcomes[];
extern const struct choice case_statuses[];
extern const struct choice case_severities[];
extern const struct choice case_origins[];
extern const struct choice audit_levels[];
extern const struct choice audit_outcomes[];
extern const struct choice corrected_whats[];
extern const struct choice event_report_kinds[];
extern const struct choice report_signals[];

/* "case" is a word of C, so the member is case_number. */
#define FIELD_CASE(owner, bits)                                                                    \
    {                                                                                              \
        .name = "case", .type = FIELD_REF, .flags = (bits), .zh = "病例", .en = "case",            \
        .offset = offsetof(struct owner, case_number)                                              \
    }

/* 100: a test or a clinic says positive; awaiting review and diagnosis (screen positive). */
struct positive_found {
    int64_t positive; /* self */
    int64_t source, tube, institution, found_in;
    int64_t sampled_ms, resulted_ms;
    int64_t ct_orf1ab, ct_n; /* hundredths of a cycle */
};

/* 101 */
struct positive_reviewed {
    int64_t positive, outcome, institution;
    int64_t ct_orf1ab, ct_n;
};

/* 102: asymptomatic exactly when severity is none. */
struct case_diagnosed {
    int64_t case_number; /* self */
    int64_t positive, status, severity, origin, found_in, institution;
    int64_t onset_ms;
};

/* 103: a card in the direct network report; filed again after an audit returned it. */
struct report_filed {
    int64_t report; /* self */
    int64_t case_number, institution;
    struct bh_str card_number;
};

/* 104 */
struct report_audited {
    int64_t report, case_number, level, outcome;
    struct bh_sealed reason;
};

/* 105: an asymptomatic person develops symptoms. 106: a confirmed case changes severity. */
struct case_converted {
    int64_t case_number, severity, institution;
};
struct severity_changed {
    int64_t case_number, severity;
};

/* 107, 108, 109 */
struct case_ended {
    int64_t case_number;
};

/* 110: was no case after all. */
struct case_excluded {
    int64_t case_number;
    struct bh_sealed reason;
};

/* 111: positive again after discharge or release; not a new case. */
struct re_positive_found {
    int64_t case_number, positive;
};

/* 112 */
struct report_corrected {
    int64_t report, case_number, what;
    struct bh_str card_number;
};

/* 113: the event's area is the new one. */
struct case_moved_area {
    int64_t case_number, area_from;
};

/* 114: the first confirmed case of a county-level unit. `about` is self. */
struct county_first_case {
    int64_t about, case_number;
};

/* 115: size cases of one place inside the plan's window. `about` is self. */
struct cluster_found {
    int64_t about, case_number, size;
};

/* 116: about = number of the event 114 or 115; case and signal are taken from it. */
struct event_report_filed {
    int64_t about, case_number, signal, kind;
};

/* 117: the review was negative. */
struct positive_refuted {
    int64_t positive;
};

/* 118: excluded, or its diagnosis withdrawn: nothing is to be audited, filed or corrected any more. */
struct case_voided {
    int64_t case_number;
    int64_t report; /* the card in force, BH_NONE = there was none */
};

extern const struct event_kind report_events[]; /* ends with number 0 */

#endif
