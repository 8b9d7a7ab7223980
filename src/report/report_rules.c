#include "report/report.h"

#include <stdio.h>
#include <string.h>

struct refusal_text {
    enum bh_code code;
    const char *zh, *en;
};

static const struct refusal_text case_texts[CASE_REFUSALS] = {
    [CASE_NOT_DIAGNOSED] = {BH_CONFLICT, "该事实早于诊断，或诊断已撤回",
                            "this lies before the diagnosis, or the diagnosis was withdrawn"},
    [CASE_DIAGNOSED_TWICE] = {BH_CONFLICT, "该病例已诊断", "the case is already diagnosed"},
    [CASE_STATUS_SEVERITY] = {BH_INVALID, "无症状感染者没有临床分型，确诊病例必须有临床分型",
                              "an asymptomatic person has severity none, a confirmed case another"},
    [CASE_ENDED] = {BH_CONFLICT, "该病例此时已出院、解除隔离、死亡或被排除",
                    "by then the case was discharged, released, dead or excluded"},
    [CASE_NOT_ENDED] = {BH_CONFLICT, "该病例尚未出院或解除隔离，不属于复阳",
                        "the case was not discharged or released, so it cannot be positive again"},
    [CASE_IS_CONFIRMED] = {BH_CONFLICT, "该病例已是确诊病例，不能再次转为确诊",
                           "the case is confirmed already and cannot be converted"},
    [CASE_NOT_CONFIRMED] = {BH_CONFLICT, "该病例是无症状感染者，应先转为确诊",
                            "the case is asymptomatic; convert it first"},
    [CASE_NEEDS_SEVERITY] = {BH_INVALID, "确诊病例必须有临床分型",
                             "a confirmed case needs a severity other than none"},
    [CASE_SAME_SEVERITY] = {BH_CONFLICT, "临床分型没有变化", "this is the severity already known"},
    [CASE_TOO_ILL] = {BH_CONFLICT, "普通型及以上的病例应出院，不能直接解除隔离",
                      "a case of severity common or worse is discharged, not released"},
    [CASE_NO_CASE] = {BH_CONFLICT, "该病例已被排除，无需报告",
                      "the case was excluded; nothing to report"},
    [CASE_REPORTED] = {BH_CONFLICT, "该病例已有有效报告卡", "the case has a card in force already"},
    [CASE_NOT_REPORTED] = {BH_CONFLICT, "该病例尚未报告", "the case has not been reported yet"},
    [CASE_OTHER_CARD] = {BH_CONFLICT, "该报告卡已被新卡取代",
                         "this card was replaced by a newer one"},
    [CASE_AUDIT_ORDER] = {BH_CONFLICT, "审核须依次经过县、市、省三级",
                          "audits go county, then city, then province"},
    [CASE_CARD_RETURNED] = {BH_CONFLICT, "该报告卡已退回，须重新报告",
                            "the card was returned; it must be filed again first"},
    [CASE_AUDITS_DONE] = {BH_CONFLICT, "三级审核已全部完成", "all three audits are done"},
    [CASE_BEFORE_CARD] = {BH_INVALID, "时间早于报告时间", "this lies before the card was filed"},
    [CASE_BEFORE_DIAGNOSIS] = {BH_INVALID, "时间早于诊断时间", "this lies before the diagnosis"},
    [CASE_SAME_AREA] = {BH_CONFLICT, "该病例已在此地区", "the case is in this area already"},
    [CASE_BREAKS_LATER] = {BH_CONFLICT, "与该病例此后已记录的事实矛盾",
                           "this contradicts a later fact already recorded for the case"},
    [CASE_TOO_MANY] = {BH_TOO_BIG, "该病例的记录过多", "too many facts about one case"},
};

static const struct refusal_text positive_texts[POSITIVE_REFUSALS] = {
    [POSITIVE_IS_REFUTED] = {BH_CONFLICT, "该阳性已经复核排除",
                             "a review has refuted this positive"},
    [POSITIVE_IS_DIAGNOSED] = {BH_CONFLICT, "该阳性已有诊断结论",
                               "this positive has its diagnosis already"},
    [POSITIVE_IS_REVIEWED] = {BH_CONFLICT, "该阳性已复核为阳性",
                              "a review has confirmed this positive already"},
    [POSITIVE_NEEDS_REVIEW] = {BH_CONFLICT, "抗原阳性须经核酸复核阳性后方可诊断",
                               "an antigen positive needs a positive nucleic acid review first"},
    [POSITIVE_NEEDS_SAMPLE] = {BH_CONFLICT, "复核要求重新采样，尚无结论",
                               "the review asked for a new sample and is not decided"},
    [POSITIVE_NOT_NEGATIVE] = {BH_CONFLICT, "没有阴性复核结果", "there is no negative review"},
};

static bool refuse(const struct refusal_text *text, struct bh_err *err)
{
    bh_assert(text->zh);
    memset(err, 0, sizeof *err);
    err->code = text->code;
    (void)snprintf(err->zh, sizeof err->zh, "%s", text->zh);
    (void)snprintf(err->en, sizeof err->en, "%s", text->en);
    return false;
}

bool case_allow(enum case_refusal refusal, struct bh_err *err)
{
    return refusal == CASE_FITS || refuse(&case_texts[refusal], err);
}

bool positive_allow(enum positive_refusal refusal, struct bh_err *err)
{
    return refusal == POSITIVE_FITS || refuse(&positive_texts[refusal], err);
}

bool event_report_follows(int64_t last, int64_t kind)
{
    if (last == BH_NONE)
        return kind == EVENT_REPORT_INITIAL;
    return last != EVENT_REPORT_FINAL && kind != EVENT_REPORT_INITIAL;
}

enum positive_refusal positive_step(struct positive_rules_state *state, int64_t kind, int64_t value)
{
    if (state->state == POSITIVE_REFUTED)
        return POSITIVE_IS_REFUTED;
    if (state->state != POSITIVE_WAITING)
        return POSITIVE_IS_DIAGNOSED;
    switch (kind) {
    case REPORT_POSITIVE_REVIEWED:
        if (state->review == REVIEW_POSITIVE)
            return POSITIVE_IS_REVIEWED;
        if (state->review == REVIEW_NEGATIVE)
            return POSITIVE_IS_REFUTED;
        state->review = value;
        return POSITIVE_FITS;
    case REPORT_POSITIVE_REFUTED:
        if (state->review != REVIEW_NEGATIVE)
            return POSITIVE_NOT_NEGATIVE;
        state->state = POSITIVE_REFUTED;
        return POSITIVE_FITS;
    default: /* 102 and 111 */
        if (state->review == REVIEW_NEGATIVE)
            return POSITIVE_IS_REFUTED;
        if (state->review == REVIEW_REPEAT)
            return POSITIVE_NEEDS_SAMPLE;
        if (state->source == SOURCE_ANTIGEN && state->review != REVIEW_POSITIVE)
            return POSITIVE_NEEDS_REVIEW;
        state->case_number = value;
        state->state = kind == REPORT_CASE_DIAGNOSED ? POSITIVE_DIAGNOSED : POSITIVE_AGAIN;
        return POSITIVE_FITS;
    }
}

static void state_clear(struct case_state *state)
{
    *state = (struct case_state){
        .status = BH_NONE,
        .severity = BH_NONE,
        .diagnosed_ms = BH_NONE,
        .converted_ms = BH_NONE,
        .outcome_ms = BH_NONE,
        .filed_ms = BH_NONE,
        .reported_ms = BH_NONE,
        .audited_ms = {BH_NONE, BH_NONE, BH_NONE},
        .area = BH_NONE,
    };
}

static enum case_refusal step_diagnosed(struct case_state *state, const struct case_fact *fact)
{
    if (state->diagnosed_ms != BH_NONE)
        return CASE_DIAGNOSED_TWICE;
    if ((fact->value == STATUS_ASYMPTOMATIC) != (fact->extra == SEVERITY_NONE))
        return CASE_STATUS_SEVERITY;
    state->status = fact->value;
    state->severity = fact->extra;
    state->diagnosed_ms = fact->occurred_ms;
    return CASE_FITS;
}

static enum case_refusal step_severity(struct case_state *state, const struct case_fact *fact)
{
    bool converts = fact->kind == REPORT_CASE_CONVERTED;
    if (converts && state->status == STATUS_CONFIRMED)
        return CASE_IS_CONFIRMED;
    if (!converts && state->status != STATUS_CONFIRMED)
        return CASE_NOT_CONFIRMED;
    if (fact->value == SEVERITY_NONE)
        return CASE_NEEDS_SEVERITY;
    if (!converts && fact->value == state->severity)
        return CASE_SAME_SEVERITY;
    if (converts) {
        state->status = STATUS_CONFIRMED;
        state->converted_ms = fact->occurred_ms;
    }
    state->severity = fact->value;
    return CASE_FITS;
}

static enum case_refusal step_outcome(struct case_state *state, const struct case_fact *fact)
{
    int64_t outcome = OUTCOME_EXCLUDED;
    if (fact->kind == REPORT_CASE_DISCHARGED) {
        if (state->status != STATUS_CONFIRMED)
            return CASE_NOT_CONFIRMED;
        outcome = OUTCOME_DISCHARGED;
    } else if (fact->kind == REPORT_CASE_RELEASED) {
        if (state->severity > SEVERITY_MILD)
            return CASE_TOO_ILL;
        outcome = OUTCOME_RELEASED;
    } else if (fact->kind == REPORT_CASE_DIED) {
        outcome = OUTCOME_DIED;
    }
    state->outcome = outcome;
    state->outcome_ms = fact->occurred_ms;
    return CASE_FITS;
}

/* Illness: what was when. */
static enum case_refusal step_clinical(struct case_state *state, const struct case_fact *fact)
{
    if (fact->kind == REPORT_CASE_DIAGNOSED)
        return step_diagnosed(state, fact);
    if (state->diagnosed_ms == BH_NONE)
        return CASE_NOT_DIAGNOSED;
    if (fact->kind == REPORT_RE_POSITIVE_FOUND) {
        if (state->outcome != OUTCOME_DISCHARGED && state->outcome != OUTCOME_RELEASED)
            return CASE_NOT_ENDED;
        state->re_positives++;
        return CASE_FITS;
    }
    if (state->outcome != OUTCOME_OPEN)
        return CASE_ENDED;
    if (fact->kind == REPORT_CASE_CONVERTED || fact->kind == REPORT_SEVERITY_CHANGED)
        return step_severity(state, fact);
    return step_outcome(state, fact);
}

static enum case_refusal step_filed(struct case_state *state, const struct case_fact *fact)
{
    if (state->report != 0 && !state->returned)
        return CASE_REPORTED;
    state->report = fact->report;
    state->filed_ms = fact->occurred_ms;
    if (state->reported_ms == BH_NONE)
        state->reported_ms = fact->occurred_ms;
    state->returned = false;
    state->passed_levels = 0;
    for (int i = 0; i < AUDIT_LEVELS; i++)
        state->audited_ms[i] = BH_NONE;
    return CASE_FITS;
}

static enum case_refusal step_audited(struct case_state *state, const struct case_fact *fact)
{
    if (state->returned)
        return CASE_CARD_RETURNED;
    if (state->passed_levels == AUDIT_LEVELS)
        return CASE_AUDITS_DONE;
    if (fact->value != state->passed_levels)
        return CASE_AUDIT_ORDER;
    if (fact->extra == AUDIT_RETURNED) {
        state->returned = true;
        return CASE_FITS;
    }
    state->audited_ms[fact->value] = fact->occurred_ms;
    state->passed_levels++;
    return CASE_FITS;
}

/* Paper: cards and areas, in the order in which they were recorded. */
static enum case_refusal step_paper(struct case_state *state, const struct case_fact *fact)
{
    if (fact->kind == REPORT_CASE_MOVED_AREA) {
        if (state->area == fact->value)
            return CASE_SAME_AREA;
        state->area = fact->value;
        return CASE_FITS;
    }
    if (fact->kind == REPORT_FILED)
        return step_filed(state, fact);
    if (state->report == 0)
        return CASE_NOT_REPORTED;
    if (fact->report != state->report)
        return CASE_OTHER_CARD;
    return fact->kind == REPORT_AUDITED ? step_audited(state, fact) : CASE_FITS;
}

static bool is_clinical(const struct case_fact *fact)
{
    return (fact->kind >= REPORT_CASE_CONVERTED && fact->kind <= REPORT_RE_POSITIVE_FOUND) ||
           fact->kind == REPORT_CASE_DIAGNOSED;
}

/* Illness by when it was, paper by when it was recorded. */
static bool goes_before(const struct case_fact *a, const struct case_fact *b)
{
    if (is_clinical(a) != is_clinical(b))
        return is_clinical(a);
    if (is_clinical(a) && a->occurred_ms != b->occurred_ms)
        return a->occurred_ms < b->occurred_ms;
    return a->seq < b->seq;
}

static void sort_facts(const struct case_fact *facts, size_t count, const struct case_fact **order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && goes_before(&facts[i], order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = &facts[i];
    }
}

/* refusals (may be NULL) are told in the order of facts. */
static void fold(const struct case_fact *facts, size_t count, struct case_state *state,
                 unsigned char *refusals)
{
    const struct case_fact *order[CASE_FACTS_MAX + 1];
    bh_assert(count <= CASE_FACTS_MAX + 1);
    sort_facts(facts, count, order);
    state_clear(state);
    for (size_t i = 0; i < count; i++) {
        enum case_refusal refusal =
            is_clinical(order[i]) ? step_clinical(state, order[i]) : step_paper(state, order[i]);
        if (refusals)
            refusals[order[i] - facts] = (unsigned char)refusal;
    }
}

void case_fold(const struct case_fact *facts, size_t count, struct case_state *ret)
{
    fold(facts, count, ret, NULL);
}

/* What paper needs to know of the illness, checked only when it is new. */
static enum case_refusal judge_paper(const struct case_state *before, const struct case_fact *next)
{
    if (before->diagnosed_ms == BH_NONE)
        return CASE_NOT_DIAGNOSED;
    if (next->occurred_ms < before->diagnosed_ms)
        return CASE_BEFORE_DIAGNOSIS;
    if (next->kind == REPORT_FILED && before->outcome == OUTCOME_EXCLUDED)
        return CASE_NO_CASE;
    if (next->kind != REPORT_FILED && next->kind != REPORT_CASE_MOVED_AREA &&
        before->report == next->report && next->occurred_ms < before->filed_ms)
        return CASE_BEFORE_CARD;
    return CASE_FITS;
}

enum case_refusal case_judge(const struct case_fact *facts, size_t count,
                             const struct case_fact *next)
{
    struct case_fact all[CASE_FACTS_MAX + 1];
    unsigned char before[CASE_FACTS_MAX + 1] = {0}, after[CASE_FACTS_MAX + 1] = {0};
    struct case_state state;
    if (count >= CASE_FACTS_MAX)
        return CASE_TOO_MANY;
    if (count > 0)
        memcpy(all, facts, count * sizeof *facts);
    all[count] = *next;
    all[count].seq = INT64_MAX;
    fold(all, count, &state, before);
    if (!is_clinical(next)) {
        enum case_refusal refusal = judge_paper(&state, next);
        if (refusal != CASE_FITS)
            return refusal;
    }
    fold(all, count + 1, &state, after);
    if (after[count] != CASE_FITS)
        return (enum case_refusal)after[count];
    for (size_t i = 0; i < count; i++)
        if (before[i] == CASE_FITS && after[i] != CASE_FITS)
            return CASE_BREAKS_LATER;
    return CASE_FITS;
}
