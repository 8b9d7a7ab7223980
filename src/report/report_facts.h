#ifndef BH_REPORT_FACTS_H
#define BH_REPORT_FACTS_H
/* What others may ask the link report. Reads only, present knowledge; works inside the writer (load, react)
 * and on read connections. Times BH_NONE = not known or not yet. */
#include "ledger/link.h"
#include "report/report_events.h"

enum case_outcome {
    OUTCOME_OPEN,
    OUTCOME_DISCHARGED,
    OUTCOME_RELEASED,
    OUTCOME_DIED,
    OUTCOME_EXCLUDED
};
extern const struct choice case_outcomes[];

enum positive_state { POSITIVE_WAITING, POSITIVE_REFUTED, POSITIVE_DIAGNOSED, POSITIVE_AGAIN };
extern const struct choice positive_states[];

struct case_facts {
    int64_t case_number, positive, person;
    int64_t area;                         /* leaf, after moves */
    int64_t status, severity;             /* now */
    int64_t first_status, first_severity; /* as diagnosed */
    int64_t origin, found_in, institution;
    int64_t onset_ms, sampled_ms, resulted_ms, diagnosed_ms, known_ms;
    int64_t report;                   /* the card in force, 0 = none */
    int64_t reported_ms;              /* first card filed */
    int64_t audited_ms[AUDIT_LEVELS]; /* of the card in force */
    int64_t passed_levels;            /* 0 to AUDIT_LEVELS */
    int64_t converted_ms;
    int64_t outcome, outcome_ms; /* enum case_outcome */
    int64_t re_positives;
    int64_t counted_ms;   /* by the bulletin */
    int64_t withdrawn_ms; /* recorded time of the withdrawal */
    bool returned;        /* the card in force was returned by an audit */
    bool withdrawn, excluded;
};

/* MISSING when there is no such case. */
BH_MUST_USE bool report_case(struct db *db, int64_t case_number, struct case_facts *ret,
                             struct bh_err *err);

/* Opens a cursor over all cases, ascending: case number, time of sample (NULL = not known). The caller ends it. */
void report_samples(struct db *db, struct rows *rows);

/* Opens a cursor over all positives in force, new ones only: area, time of sample (else when found), found_in (NULL = not
 * told). The caller ends it. */
void report_found(struct db *db, struct rows *rows);

struct positive_facts {
    int64_t positive, person, area, source, tube, institution, found_in;
    int64_t sampled_ms, resulted_ms, found_ms, known_ms;
    int64_t review;      /* the last review's outcome, BH_NONE = not reviewed */
    int64_t state;       /* enum positive_state */
    int64_t case_number; /* that it led to or belongs to, 0 = none */
    bool withdrawn;
};

BH_MUST_USE bool report_positive(struct db *db, int64_t positive, struct positive_facts *ret,
                                 struct bh_err *err);

/* What is known of one person. Each 0 when there is none. */
struct person_state {
    int64_t open_case;                           /* diagnosed, not ended */
    int64_t ended_case;                          /* the latest that ended by discharge or release */
    int64_t waiting;                             /* positive awaiting diagnosis */
    int64_t open_area, ended_area, waiting_area; /* where they are */
};
BH_MUST_USE bool report_person(struct db *db, int64_t person, struct person_state *ret,
                               struct bh_err *err);

#endif
