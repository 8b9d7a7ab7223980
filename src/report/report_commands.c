#include "report/report.h"

#include "ledger/area.h"
#include "ledger/known.h"
#include "ledger/ledger.h"
#include "round/round_facts.h"

#include <stddef.h>

#define CT_FIELD(owner, member, zh, en)                                                            \
    FIELD(owner, member, INT, 0, zh, en, .min = 0, .max = 9999, .unit = "1/100 Ct")

/* ---- report_positive ---- */

struct report_positive {
    int64_t person, source, tube, institution, found_in, sampled_ms, resulted_ms, ct_orf1ab, ct_n;
};
static const struct field report_positive_fields[] = {
    FIELD(report_positive, person, PERSON, FIELD_REQUIRED, "人员", "person"),
    FIELD(report_positive, source, ENUM, FIELD_REQUIRED, "来源", "source",
          .choices = positive_sources),
    FIELD(report_positive, tube, REF, 0, "采样管", "tube"),
    FIELD(report_positive, institution, REF, FIELD_REQUIRED, "检测或发现机构",
          "finding institution"),
    FIELD(report_positive, found_in, ENUM, FIELD_REQUIRED, "发现方式", "found in",
          .choices = found_in_choices),
    FIELD(report_positive, sampled_ms, TIME, FIELD_REQUIRED, "采样时间", "sampled", .unit = "ms"),
    FIELD(report_positive, resulted_ms, TIME, FIELD_REQUIRED, "结果时间", "resulted", .unit = "ms"),
    CT_FIELD(report_positive, ct_orf1ab, "ORF1ab 基因 Ct 值", "Ct value ORF1ab"),
    CT_FIELD(report_positive, ct_n, "N 基因 Ct 值", "Ct value N"),
};
RECORD(report_positive_record, report_positive, report_positive_fields);

struct person_load {
    struct person_state state;
    struct tube_facts tube;
};

static bool report_positive_load(struct db *db, const void *body, void *facts, struct target *ret,
                                 struct bh_err *err)
{
    const struct report_positive *c = body;
    struct person_load *load = facts;
    ret->person = c->person;
    return known_person(db, c->person, &ret->area, err) &&
           known_institution(db, c->institution, err) &&
           (c->tube == BH_NONE || round_tube(db, c->tube, &load->tube, err)) &&
           report_person(db, c->person, &load->state, err);
}

/* The person is known here, but what is going on with them belongs to another place: no number is told. */
static bool refuse_elsewhere(const char *field, struct bh_err *err)
{
    return bh_fail_field(err, BH_CONFLICT, field, "此人的病例或待诊断阳性由其他地区管理",
                         "another area answers for a case or positive of this person");
}

static bool person_is_free(const struct decision *d, const struct person_state *state,
                           struct bh_err *err)
{
    if ((state->waiting != 0 && !decision_holds(d, state->waiting_area)) ||
        (state->open_case != 0 && !decision_holds(d, state->open_area)))
        return refuse_elsewhere("person", err);
    if (state->waiting != 0)
        return bh_fail_field(err, BH_CONFLICT, "person",
                             "此人已有待诊断的初筛阳性 %lld，请录入复核结果",
                             "positive %lld of this person awaits diagnosis; record a review of it",
                             (long long)state->waiting);
    if (state->open_case != 0)
        return bh_fail_field(err, BH_CONFLICT, "person", "此人已是在治或在管病例 %lld",
                             "this person is case %lld, which has not ended",
                             (long long)state->open_case);
    return true;
}

static bool report_positive_decide(struct decision *d, const void *body, const void *facts,
                                   struct bh_err *err)
{
    const struct report_positive *c = body;
    const struct person_load *load = facts;
    if (c->sampled_ms > c->resulted_ms || c->resulted_ms > decision_occurred(d))
        return bh_fail_field(err, BH_INVALID, "resulted_ms", "采样、结果、发现的时间先后不对",
                             "sampled, resulted and found must follow each other in time");
    if (c->tube != BH_NONE && !decision_holds(d, load->tube.area))
        return bh_fail_field(err, BH_MISSING, "tube", "没有采样管 %lld", "there is no tube %lld",
                             (long long)c->tube);
    if (load->tube.withdrawn)
        return bh_fail_field(err, BH_CONFLICT, "tube", "该采样管的采样记录已撤回",
                             "the sampling of this tube was withdrawn");
    if (!person_is_free(d, &load->state, err))
        return false;
    struct positive_found fact = {
        .source = c->source,
        .tube = c->tube,
        .institution = c->institution,
        .found_in = c->found_in,
        .sampled_ms = c->sampled_ms,
        .resulted_ms = c->resulted_ms,
        .ct_orf1ab = c->ct_orf1ab,
        .ct_n = c->ct_n,
    };
    decision_emit(d, REPORT_POSITIVE_FOUND, NULL, &fact);
    return true;
}

/* ---- review_positive ---- */

static const struct field review_fields[] = {
    FIELD(positive_reviewed, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
    FIELD(positive_reviewed, outcome, ENUM, FIELD_REQUIRED, "复核结果", "review outcome",
          .choices = review_outcomes),
    FIELD(positive_reviewed, institution, REF, 0, "复核机构", "reviewing institution"),
    CT_FIELD(positive_reviewed, ct_orf1ab, "ORF1ab 基因 Ct 值", "Ct value ORF1ab"),
    CT_FIELD(positive_reviewed, ct_n, "N 基因 Ct 值", "Ct value N"),
};
RECORD(review_record, positive_reviewed, review_fields);

struct positive_load {
    struct positive_facts positive;
    struct person_state state;
};

static bool load_positive(struct db *db, int64_t positive, int64_t institution,
                          struct positive_load *load, struct target *ret, struct bh_err *err)
{
    if (!report_positive(db, positive, &load->positive, err) ||
        (institution != BH_NONE && !known_institution(db, institution, err)))
        return false;
    ret->area = load->positive.area;
    ret->person = load->positive.person;
    return report_person(db, ret->person, &load->state, err);
}

static bool review_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct positive_reviewed *c = body;
    return load_positive(db, c->positive, c->institution, facts, ret, err);
}

static bool positive_fits(const struct positive_facts *positive, int64_t kind, int64_t value,
                          struct bh_err *err)
{
    struct positive_rules_state state = {positive->source, positive->review, positive->case_number,
                                         positive->state};
    if (positive->withdrawn)
        return bh_fail_field(err, BH_CONFLICT, "positive", "该初筛阳性记录已撤回",
                             "this positive was withdrawn");
    return positive_allow(positive_step(&state, kind, value), err);
}

/* Nothing about a positive happens before its sample was taken. */
static bool after_sample(const struct decision *d, const struct positive_facts *positive,
                         struct bh_err *err)
{
    if (positive->sampled_ms == BH_NONE || decision_occurred(d) >= positive->sampled_ms)
        return true;
    return bh_fail_field(err, BH_INVALID, "occurred", "时间早于采样时间",
                         "this lies before the sample");
}

static bool review_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct positive_reviewed *c = body;
    const struct positive_load *load = facts;
    if (!positive_fits(&load->positive, REPORT_POSITIVE_REVIEWED, c->outcome, err) ||
        !after_sample(d, &load->positive, err))
        return false;
    decision_emit(d, REPORT_POSITIVE_REVIEWED, NULL, c);
    return true;
}

/* ---- diagnose_positive ---- */

struct diagnose_positive {
    int64_t positive, status, severity, origin, found_in, institution, onset_ms;
};
static const struct field diagnose_fields[] = {
    FIELD(diagnose_positive, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
    FIELD(diagnose_positive, status, ENUM, FIELD_REQUIRED, "诊断", "status",
          .choices = case_statuses),
    FIELD(diagnose_positive, severity, ENUM, FIELD_REQUIRED, "临床分型", "severity",
          .choices = case_severities),
    FIELD(diagnose_positive, origin, ENUM, FIELD_REQUIRED, "来源地", "origin",
          .choices = case_origins),
    FIELD(diagnose_positive, found_in, ENUM, 0, "发现方式", "found in",
          .choices = found_in_choices),
    FIELD(diagnose_positive, institution, REF, FIELD_REQUIRED, "诊断机构",
          "diagnosing institution"),
    FIELD(diagnose_positive, onset_ms, TIME, 0, "发病时间", "onset", .unit = "ms"),
};
RECORD(diagnose_record, diagnose_positive, diagnose_fields);

static bool diagnose_load(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    const struct diagnose_positive *c = body;
    return load_positive(db, c->positive, c->institution, facts, ret, err);
}

static bool diagnose_person(const struct decision *d, const struct person_state *state,
                            struct bh_err *err)
{
    if ((state->open_case != 0 && !decision_holds(d, state->open_area)) ||
        (state->ended_case != 0 && !decision_holds(d, state->ended_area)))
        return refuse_elsewhere("positive", err);
    if (state->open_case != 0)
        return bh_fail_field(err, BH_CONFLICT, "positive", "此人已是在治或在管病例 %lld",
                             "this person is case %lld, which has not ended",
                             (long long)state->open_case);
    if (state->ended_case != 0)
        return bh_fail_field(err, BH_CONFLICT, "positive", "此人是已结束病例 %lld，请按复阳报告",
                             "this person was case %lld; report the positive as positive again",
                             (long long)state->ended_case);
    return true;
}

static bool diagnose_decide(struct decision *d, const void *body, const void *facts,
                            struct bh_err *err)
{
    const struct diagnose_positive *c = body;
    const struct positive_load *load = facts;
    struct case_fact first = {.kind = REPORT_CASE_DIAGNOSED,
                              .occurred_ms = decision_occurred(d),
                              .value = c->status,
                              .extra = c->severity};
    if (!positive_fits(&load->positive, REPORT_CASE_DIAGNOSED, 1, err) ||
        !after_sample(d, &load->positive, err) || !diagnose_person(d, &load->state, err) ||
        !case_allow(case_judge(NULL, 0, &first), err))
        return false;
    if (c->onset_ms != BH_NONE && c->onset_ms > decision_occurred(d))
        return bh_fail_field(err, BH_INVALID, "onset_ms", "发病时间晚于诊断时间",
                             "the onset lies after the diagnosis");
    struct case_diagnosed fact = {
        .positive = c->positive,
        .status = c->status,
        .severity = c->severity,
        .origin = c->origin,
        .found_in = c->found_in == BH_NONE ? load->positive.found_in : c->found_in,
        .institution = c->institution,
        .onset_ms = c->onset_ms,
    };
    decision_emit(d, REPORT_CASE_DIAGNOSED, NULL, &fact);
    return true;
}

/* ---- commands about a case ---- */

struct case_load {
    struct case_facts sick;
    struct case_fact facts[CASE_FACTS_MAX + 1];
    size_t count;
    int64_t card_of;                /* another case with the same card number, 0 = none */
    int64_t card_area;              /* of that case */
    struct positive_facts positive; /* report_re_positive */
};

static bool load_case(struct db *db, int64_t case_number, struct case_load *load,
                      struct target *ret, struct bh_err *err)
{
    if (!report_case(db, case_number, &load->sick, err) ||
        !case_facts_read(db, case_number, BH_NONE, load->facts, &load->count, err))
        return false;
    ret->area = load->sick.area;
    ret->person = load->sick.person;
    return true;
}

/* May a fact of this kind be added to the case now? */
static bool case_fits(const struct decision *d, const struct case_load *load, struct case_fact next,
                      struct bh_err *err)
{
    if (load->sick.withdrawn)
        return bh_fail_field(err, BH_CONFLICT, "case", "该病例的诊断已撤回",
                             "the diagnosis of this case was withdrawn");
    next.occurred_ms = decision_occurred(d);
    return case_allow(case_judge(load->facts, load->count, &next), err);
}

struct file_report {
    int64_t case_number, institution;
    struct bh_str card_number;
};
static const struct field file_fields[] = {
    FIELD_CASE(file_report, FIELD_REQUIRED),
    FIELD(file_report, institution, REF, 0, "报告机构", "reporting institution"),
    FIELD(file_report, card_number, TEXT, FIELD_REQUIRED, "卡片编号", "card number", .min = 1,
          .max = 64),
};
RECORD(file_record, file_report, file_fields);

static bool file_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct file_report *c = body;
    struct case_load *load = facts;
    bool found = false;
    return load_case(db, c->case_number, load, ret, err) &&
           (c->institution == BH_NONE || known_institution(db, c->institution, err)) &&
           db_int(db, err, &load->card_of, &found,
                  "SELECT case_number FROM report WHERE card_number = ? AND case_number <> ?"
                  " AND withdrawn_ms IS NULL",
                  "si", c->card_number, c->case_number) &&
           (!found ||
            db_int(db, err, &load->card_area, &found,
                   "SELECT area FROM case_row WHERE case_number = ?", "i", load->card_of));
}

static bool file_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct file_report *c = body;
    const struct case_load *load = facts;
    if (c->institution != BH_NONE && c->institution != load->sick.institution)
        return bh_fail_field(err, BH_CONFLICT, "institution", "报告须由诊断机构（%lld）填报",
                             "the finding institution (%lld) files the report",
                             (long long)load->sick.institution);
    if (load->card_of != 0 && !decision_holds(d, load->card_area))
        return bh_fail_field(err, BH_CONFLICT, "card_number", "卡片编号 %.*s 已用于另一病例",
                             "card number %.*s belongs to another case", (int)c->card_number.len,
                             c->card_number.at);
    if (load->card_of != 0)
        return bh_fail_field(err, BH_CONFLICT, "card_number", "卡片编号 %.*s 已用于病例 %lld",
                             "card number %.*s belongs to case %lld", (int)c->card_number.len,
                             c->card_number.at, (long long)load->card_of);
    /* The card's own number is not known yet; any number that no other card has serves the rules. */
    if (!case_fits(d, load, (struct case_fact){.kind = REPORT_FILED, .report = INT64_MAX}, err))
        return false;
    struct report_filed fact = {
        .case_number = c->case_number,
        .institution = load->sick.institution,
        .card_number = c->card_number,
    };
    decision_emit(d, REPORT_FILED, NULL, &fact);
    return true;
}

struct audit_report {
    int64_t report, level, outcome;
    struct bh_sealed reason;
};
static const struct field audit_fields[] = {
    FIELD(audit_report, report, REF, FIELD_REQUIRED, "报告卡", "report"),
    FIELD(audit_report, level, ENUM, FIELD_REQUIRED, "审核级别", "audit level",
          .choices = audit_levels),
    FIELD(audit_report, outcome, ENUM, FIELD_REQUIRED, "审核结果", "audit outcome",
          .choices = audit_outcomes),
    FIELD(audit_report, reason, SEALED, 0, "退回理由", "reason", .max = 1000),
};
RECORD(audit_record, audit_report, audit_fields);

static bool audit_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct audit_report *c = body;
    int64_t case_number = 0;
    bool found = false;
    if (!db_int(db, err, &case_number, &found, "SELECT case_number FROM report WHERE report = ?",
                "i", c->report))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "report", "没有报告卡 %lld",
                             "there is no report %lld", (long long)c->report);
    return load_case(db, case_number, facts, ret, err);
}

/* A county's officer does not audit for the city: each level is that of who answers for all of it. */
static bool audits_for(const struct decision *d, int64_t level, int64_t leaf)
{
    const struct areas *areas = decision_ledger(d)->areas;
    const struct unit *unit = areas_lowest(areas, leaf, decision_now(d)), *above = unit;
    if (!unit || level == AUDIT_PROVINCE)
        return decision_covers(d, &scope_everything);
    for (; level == AUDIT_CITY && above && above->parent[0];
         above = areas_parent(areas, above, decision_now(d)))
        unit = above;
    return decision_covers(d, unit->parent[0] ? &unit->scope : &scope_everything);
}

static bool audit_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct audit_report *c = body;
    const struct case_load *load = facts;
    if (!audits_for(d, c->level, load->sick.area))
        return bh_fail_field(err, BH_DENIED, "level", "本级无权代上级审核",
                             "an audit of a higher level is not yours to record");
    if (c->outcome == AUDIT_RETURNED && c->reason.text.len == 0)
        return bh_fail_field(err, BH_INVALID, "reason", "退回须说明理由",
                             "a card is returned with a reason");
    if (!case_fits(d, load,
                   (struct case_fact){.kind = REPORT_AUDITED,
                                      .report = c->report,
                                      .value = c->level,
                                      .extra = c->outcome},
                   err))
        return false;
    struct report_audited fact = {
        .report = c->report,
        .case_number = load->sick.case_number,
        .level = c->level,
        .outcome = c->outcome,
        .reason = c->reason,
    };
    decision_emit(d, REPORT_AUDITED, NULL, &fact);
    return true;
}

static const struct field convert_fields[] = {
    FIELD_CASE(case_converted, FIELD_REQUIRED),
    FIELD(case_converted, severity, ENUM, FIELD_REQUIRED, "临床分型", "severity",
          .choices = case_severities),
    FIELD(case_converted, institution, REF, 0, "诊断机构", "diagnosing institution"),
};
RECORD(convert_record, case_converted, convert_fields);

static bool convert_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct case_converted *c = body;
    return load_case(db, c->case_number, facts, ret, err) &&
           (c->institution == BH_NONE || known_institution(db, c->institution, err));
}

static bool convert_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct case_converted *c = body;
    if (!case_fits(d, facts,
                   (struct case_fact){.kind = REPORT_CASE_CONVERTED, .value = c->severity}, err))
        return false;
    decision_emit(d, REPORT_CASE_CONVERTED, NULL, c);
    return true;
}

static const struct field severity_fields[] = {
    FIELD_CASE(severity_changed, FIELD_REQUIRED),
    FIELD(severity_changed, severity, ENUM, FIELD_REQUIRED, "临床分型", "severity",
          .choices = case_severities),
};
RECORD(severity_record, severity_changed, severity_fields);

static bool severity_load(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    return load_case(db, ((const struct severity_changed *)body)->case_number, facts, ret, err);
}

static bool severity_decide(struct decision *d, const void *body, const void *facts,
                            struct bh_err *err)
{
    const struct severity_changed *c = body;
    if (!case_fits(d, facts,
                   (struct case_fact){.kind = REPORT_SEVERITY_CHANGED, .value = c->severity}, err))
        return false;
    decision_emit(d, REPORT_SEVERITY_CHANGED, NULL, c);
    return true;
}

static const struct field end_fields[] = {FIELD_CASE(case_ended, FIELD_REQUIRED)};
RECORD(end_record, case_ended, end_fields);

static bool end_load(struct db *db, const void *body, void *facts, struct target *ret,
                     struct bh_err *err)
{
    return load_case(db, ((const struct case_ended *)body)->case_number, facts, ret, err);
}

static bool end_decide(struct decision *d, const void *body, const struct case_load *load, int kind,
                       struct bh_err *err)
{
    if (!case_fits(d, load, (struct case_fact){.kind = kind}, err))
        return false;
    decision_emit(d, kind, NULL, body);
    return true;
}

static bool discharge_decide(struct decision *d, const void *body, const void *facts,
                             struct bh_err *err)
{
    return end_decide(d, body, facts, REPORT_CASE_DISCHARGED, err);
}

static bool release_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    return end_decide(d, body, facts, REPORT_CASE_RELEASED, err);
}

static bool death_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    return end_decide(d, body, facts, REPORT_CASE_DIED, err);
}

static const struct field exclude_fields[] = {
    FIELD_CASE(case_excluded, FIELD_REQUIRED),
    FIELD(case_excluded, reason, SEALED, FIELD_REQUIRED, "排除理由", "reason", .min = 1,
          .max = 1000),
};
RECORD(exclude_record, case_excluded, exclude_fields);

static bool exclude_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    return load_case(db, ((const struct case_excluded *)body)->case_number, facts, ret, err);
}

static bool exclude_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    return end_decide(d, body, facts, REPORT_CASE_EXCLUDED, err);
}

static const struct field again_fields[] = {
    FIELD_CASE(re_positive_found, FIELD_REQUIRED),
    FIELD(re_positive_found, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
};
RECORD(again_record, re_positive_found, again_fields);

static bool again_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct re_positive_found *c = body;
    struct case_load *load = facts;
    return load_case(db, c->case_number, load, ret, err) &&
           report_positive(db, c->positive, &load->positive, err);
}

static bool again_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct re_positive_found *c = body;
    const struct case_load *load = facts;
    if (!decision_holds(d, load->positive.area))
        return bh_fail_field(err, BH_MISSING, "positive", "没有阳性 %lld",
                             "there is no positive %lld", (long long)c->positive);
    if (load->positive.person != load->sick.person)
        return bh_fail_field(err, BH_CONFLICT, "positive", "该阳性属于另一人",
                             "this positive is another person's");
    if (!positive_fits(&load->positive, REPORT_RE_POSITIVE_FOUND, c->case_number, err) ||
        !case_fits(d, load,
                   (struct case_fact){.kind = REPORT_RE_POSITIVE_FOUND, .value = c->positive}, err))
        return false;
    decision_emit(d, REPORT_RE_POSITIVE_FOUND, NULL, c);
    return true;
}

struct correct_report {
    int64_t case_number, what;
    struct bh_str card_number;
};
static const struct field correct_fields[] = {
    FIELD_CASE(correct_report, FIELD_REQUIRED),
    FIELD(correct_report, what, ENUM, FIELD_REQUIRED, "订正内容", "what is corrected",
          .choices = corrected_whats),
    FIELD(correct_report, card_number, TEXT, FIELD_REQUIRED, "卡片编号", "card number", .min = 1,
          .max = 64),
};
RECORD(correct_record, correct_report, correct_fields);

static bool correct_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    return load_case(db, ((const struct correct_report *)body)->case_number, facts, ret, err);
}

/* A correction says only what the facts already say. */
static bool has_happened(const struct case_facts *sick, int64_t what)
{
    switch ((enum corrected_what)what) {
    case CORRECTED_CONVERSION: return sick->converted_ms != BH_NONE;
    case CORRECTED_SEVERITY: return sick->severity != sick->first_severity;
    case CORRECTED_DISCHARGE: return sick->outcome == OUTCOME_DISCHARGED;
    case CORRECTED_RELEASE: return sick->outcome == OUTCOME_RELEASED;
    case CORRECTED_DEATH: return sick->outcome == OUTCOME_DIED;
    case CORRECTED_OTHER: return true;
    }
    return false;
}

static bool correct_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct correct_report *c = body;
    const struct case_load *load = facts;
    if (!case_fits(d, load,
                   (struct case_fact){
                       .kind = REPORT_CORRECTED, .report = load->sick.report, .value = c->what},
                   err))
        return false;
    if (!has_happened(&load->sick, c->what))
        return bh_fail_field(err, BH_CONFLICT, "what", "没有与此订正对应的事实",
                             "no recorded fact stands behind this correction");
    struct report_corrected fact = {
        .report = load->sick.report,
        .case_number = c->case_number,
        .what = c->what,
        .card_number = c->card_number,
    };
    decision_emit(d, REPORT_CORRECTED, NULL, &fact);
    return true;
}

struct move_case {
    int64_t case_number, area;
};
static const struct field move_fields[] = {
    FIELD_CASE(move_case, FIELD_REQUIRED),
    FIELD(move_case, area, AREA, FIELD_REQUIRED, "新地区", "new area"),
};
RECORD(move_record, move_case, move_fields);

/* The target is where the case is now; who answers for it there lets it go. */
static bool move_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    return load_case(db, ((const struct move_case *)body)->case_number, facts, ret, err);
}

static bool move_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct move_case *c = body;
    const struct case_load *load = facts;
    if (c->area == load->sick.area)
        return case_allow(CASE_SAME_AREA, err);
    if (!case_fits(d, load, (struct case_fact){.kind = REPORT_CASE_MOVED_AREA, .value = c->area},
                   err))
        return false;
    struct case_moved_area fact = {.case_number = c->case_number, .area_from = load->sick.area};
    struct event_head head = {.area = c->area};
    decision_emit(d, REPORT_CASE_MOVED_AREA, &head, &fact);
    return true;
}

/* ---- file_event_report ---- */

struct file_event_report {
    int64_t about, kind;
};
static const struct field file_event_fields[] = {
    FIELD(file_event_report, about, REF, FIELD_REQUIRED, "事件编号", "signal"),
    FIELD(file_event_report, kind, ENUM, FIELD_REQUIRED, "报告类型", "kind of report",
          .choices = event_report_kinds),
};
RECORD(file_event_record, file_event_report, file_event_fields);

struct signal_load {
    int64_t case_number, signal, last_kind;
    bool withdrawn;
};

static bool file_event_load(struct db *db, const void *body, void *facts, struct target *ret,
                            struct bh_err *err)
{
    const struct file_event_report *c = body;
    struct signal_load *load = facts;
    struct rows rows;
    bool found = false;
    db_rows(db, &rows,
            "SELECT area, case_number, signal, withdrawn_ms FROM area_signal WHERE about = ?", "i",
            c->about);
    if (db_next(&rows)) {
        found = true;
        ret->area = row_int(&rows, 0);
        load->case_number = row_int(&rows, 1);
        load->signal = row_int(&rows, 2);
        load->withdrawn = !row_null(&rows, 3);
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "about", "没有事件 %lld", "there is no signal %lld",
                             (long long)c->about);
    load->last_kind = BH_NONE;
    return db_int(db, err, &load->last_kind, &found,
                  "SELECT kind FROM event_report WHERE about = ? AND withdrawn_ms IS NULL"
                  " ORDER BY seq DESC LIMIT 1",
                  "i", c->about);
}

static bool file_event_decide(struct decision *d, const void *body, const void *facts,
                              struct bh_err *err)
{
    const struct file_event_report *c = body;
    const struct signal_load *load = facts;
    if (load->withdrawn)
        return bh_fail_field(err, BH_CONFLICT, "about", "该事件已撤回",
                             "this signal was withdrawn");
    if (!event_report_follows(load->last_kind, c->kind))
        return bh_fail_field(err, BH_CONFLICT, "kind", "事件报告依次为初次、进程、结案",
                             "event reports go initial, progress, final");
    struct event_report_filed fact = {
        .about = c->about,
        .case_number = load->case_number,
        .signal = load->signal,
        .kind = c->kind,
    };
    decision_emit(d, REPORT_EVENT_REPORT_FILED, NULL, &fact);
    return true;
}

enum { FLAT = COMMAND_CSV | COMMAND_PAST };

static const struct command commands[] = {
    {"report_positive", "报告初筛阳性", "report a screen positive", &report_positive_record,
     PRIORITY_RESULT, FLAT, sizeof(struct person_load), report_positive_load,
     report_positive_decide,
     "{\"person\": 4711, \"source\": \"antigen\", \"institution\": 6, \"found_in\": \"clinic\","
     " \"sampled_ms\": \"2022-03-13T08:00:00+08:00\", \"resulted_ms\": "
     "\"2022-03-13T08:15:00+08:00\"}"},
    {"review_positive", "复核初筛阳性", "review a positive", &review_record, PRIORITY_RESULT, FLAT,
     sizeof(struct positive_load), review_load, review_decide,
     "{\"positive\": 110, \"outcome\": \"positive\", \"ct_orf1ab\": 2250, \"ct_n\": 2110}"},
    {"diagnose_positive", "诊断", "diagnose a positive", &diagnose_record, PRIORITY_RESULT, FLAT,
     sizeof(struct positive_load), diagnose_load, diagnose_decide,
     "{\"positive\": 110, \"status\": \"confirmed\", \"severity\": \"mild\", \"origin\": \"local\","
     " \"institution\": 8}"},
    {"file_report", "网络直报", "file a report", &file_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), file_load, file_decide,
     "{\"case\": 120, \"card_number\": \"22020-0001\"}"},
    {"audit_report", "审核报告", "audit a report", &audit_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), audit_load, audit_decide,
     "{\"report\": 130, \"level\": \"county\", \"outcome\": \"passed\"}"},
    {"convert_case", "无症状转确诊", "convert a case to confirmed", &convert_record,
     PRIORITY_RESULT, FLAT, sizeof(struct case_load), convert_load, convert_decide,
     "{\"case\": 120, \"severity\": \"mild\"}"},
    {"change_severity", "变更临床分型", "change the severity", &severity_record, PRIORITY_RESULT,
     FLAT, sizeof(struct case_load), severity_load, severity_decide,
     "{\"case\": 120, \"severity\": \"severe\"}"},
    {"discharge_case", "出院", "discharge a case", &end_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), end_load, discharge_decide, "{\"case\": 120}"},
    {"release_case", "解除隔离", "release a case", &end_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), end_load, release_decide, "{\"case\": 120}"},
    {"record_death", "登记死亡", "record a death", &end_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), end_load, death_decide, "{\"case\": 120}"},
    {"exclude_case", "排除病例", "exclude a case", &exclude_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), exclude_load, exclude_decide,
     "{\"case\": 120, \"reason\": \"两次核酸阴性\"}"},
    {"report_re_positive", "报告复阳", "report positive again", &again_record, PRIORITY_RESULT,
     FLAT, sizeof(struct case_load), again_load, again_decide,
     "{\"case\": 120, \"positive\": 190}"},
    {"correct_report", "订正报告", "correct a report", &correct_record, PRIORITY_RESULT, FLAT,
     sizeof(struct case_load), correct_load, correct_decide,
     "{\"case\": 120, \"what\": \"conversion\", \"card_number\": \"22020-0001\"}"},
    {"move_case", "调整病例地区", "move a case to another area", &move_record, PRIORITY_RESULT,
     FLAT, sizeof(struct case_load), move_load, move_decide,
     "{\"case\": 120, \"area\": \"220203\"}"},
    {"file_event_report", "报告突发事件", "file an event report", &file_event_record,
     PRIORITY_RESULT, FLAT, sizeof(struct signal_load), file_event_load, file_event_decide,
     "{\"about\": 121, \"kind\": \"initial\"}"},
    {0},
};

const struct link report_link = {
    .name = "report",
    .zh = "报告",
    .en = "reporting",
    .events = report_events,
    .commands = commands,
    .queries = report_queries,
    .reactions = report_reactions,
    .tables = report_tables,
    .apply = report_apply,
};
