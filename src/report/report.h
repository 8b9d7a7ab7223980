#ifndef BH_REPORT_H
#define BH_REPORT_H
/*
 * A positive becomes a case.
 *
 * Commands: report_positive, review_positive, diagnose_positive, file_report, audit_report, convert_case,
 * change_severity, discharge_case, release_case, record_death, exclude_case, report_re_positive,
 * correct_report, move_case, file_event_report. Fields: the records in report_commands.c.
 *
 * positive   waiting -> refuted (negative review) | diagnosed | again (belongs to an ended case)
 * case       open -> discharged (confirmed) | released (asymptomatic, mild) | died | excluded
 *            asymptomatic -> confirmed, once (converted)
 * card       none -> filed -> county -> city -> province passed; returned at any level -> filed anew
 *
 * Invariants
 *   asymptomatic exactly when severity is none
 *   an antigen positive is diagnosed only after a positive nucleic acid review
 *   a person has at most one open case and at most one positive that waits
 *   audits pass in the order county, city, province, each level once a card
 *   a new fact never makes an accepted one impossible, wherever its time falls among them
 *   rows are never deleted: a withdrawn fact keeps its row and no longer counts
 */
#include "report/report_facts.h"

extern const struct link report_link;

enum { CASE_FACTS_MAX = 200 }; /* facts about one case; more are refused as TOO_BIG */

/* One fact about a case, as the rules see it. */
struct case_fact {
    int64_t seq, kind, occurred_ms;
    int64_t report; /* 103, 104, 112: the card */
    int64_t
        value; /* 102 status; 105, 106 severity; 104 level; 111 positive; 112 what; 113 new area */
    int64_t extra; /* 102 severity; 104 outcome */
};

/* What follows from a case's facts. */
struct case_state {
    int64_t status, severity, diagnosed_ms, converted_ms; /* BH_NONE before */
    int64_t outcome, outcome_ms, re_positives;
    int64_t report, filed_ms, reported_ms, audited_ms[AUDIT_LEVELS], passed_levels;
    bool returned;
    int64_t area; /* BH_NONE = where it was diagnosed */
};

/* Why a fact cannot be; the texts are in report_rules.c. */
enum case_refusal {
    CASE_FITS,
    CASE_NOT_DIAGNOSED,
    CASE_DIAGNOSED_TWICE,
    CASE_STATUS_SEVERITY,
    CASE_ENDED,
    CASE_NOT_ENDED,
    CASE_IS_CONFIRMED,
    CASE_NOT_CONFIRMED,
    CASE_NEEDS_SEVERITY,
    CASE_SAME_SEVERITY,
    CASE_TOO_ILL,
    CASE_NO_CASE,
    CASE_REPORTED,
    CASE_NOT_REPORTED,
    CASE_OTHER_CARD,
    CASE_AUDIT_ORDER,
    CASE_CARD_RETURNED,
    CASE_AUDITS_DONE,
    CASE_BEFORE_CARD,
    CASE_BEFORE_DIAGNOSIS,
    CASE_SAME_AREA,
    CASE_BREAKS_LATER,
    CASE_TOO_MANY,
    CASE_REFUSALS,
};

/* Folds facts (any order) into *ret; facts that cannot be are passed over (their foundation was withdrawn). */
void case_fold(const struct case_fact *facts, size_t count, struct case_state *ret);
/* May `next` be added? Its seq is taken as the greatest. */
enum case_refusal case_judge(const struct case_fact *facts, size_t count,
                             const struct case_fact *next);
/* False for CASE_FITS' opposite: fills err in both languages. True for CASE_FITS. */
bool case_allow(enum case_refusal refusal, struct bh_err *err);

struct positive_rules_state {
    int64_t source, review, case_number;
    int64_t state; /* enum positive_state */
};
enum positive_refusal {
    POSITIVE_FITS,
    POSITIVE_IS_REFUTED,
    POSITIVE_IS_DIAGNOSED,
    POSITIVE_IS_REVIEWED,
    POSITIVE_NEEDS_REVIEW,
    POSITIVE_NEEDS_SAMPLE,
    POSITIVE_NOT_NEGATIVE,
    POSITIVE_REFUSALS,
};
/* One step of a positive: kinds 101 (value = outcome), 102 and 111 (value = case), 117. The state changes only
 * when the step fits. */
enum positive_refusal positive_step(struct positive_rules_state *state, int64_t kind,
                                    int64_t value);
bool positive_allow(enum positive_refusal refusal, struct bh_err *err);

/* Kinds of event reports must follow initial, progress..., final. last = BH_NONE when none was filed. */
bool event_report_follows(int64_t last, int64_t kind);

/* Internals shared by the files of this link. */
struct reader;
extern const struct record case_query_record;
bool case_query_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err);
extern const struct query report_queries[];
extern const struct reaction report_reactions[];
extern const struct derived_table report_tables[];
bool report_apply(struct db *db, const struct event *event, struct bh_err *err);
/* Facts of a case that count as known at at_ms (BH_NONE = now), in order of recording; at most
 * CASE_FACTS_MAX + 1. */
BH_MUST_USE bool case_facts_read(struct db *db, int64_t case_number, int64_t at_ms,
                                 struct case_fact *ret, size_t *ret_count, struct bh_err *err);

#endif
