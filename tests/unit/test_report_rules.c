/* Every sequence of facts about one case up to six long, against what must never be. */
#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { DEPTH = 6 };

struct symbol {
    int64_t kind, value, extra;
};

static const struct symbol symbols[] = {
    {REPORT_CASE_DIAGNOSED, STATUS_ASYMPTOMATIC, SEVERITY_NONE},
    {REPORT_CASE_DIAGNOSED, STATUS_CONFIRMED, SEVERITY_MILD},
    {REPORT_CASE_DIAGNOSED, STATUS_CONFIRMED, SEVERITY_NONE},
    {REPORT_CASE_CONVERTED, SEVERITY_MILD, 0},
    {REPORT_CASE_CONVERTED, SEVERITY_NONE, 0},
    {REPORT_SEVERITY_CHANGED, SEVERITY_MILD, 0},
    {REPORT_SEVERITY_CHANGED, SEVERITY_SEVERE, 0},
    {REPORT_CASE_DISCHARGED, 0, 0},
    {REPORT_CASE_RELEASED, 0, 0},
    {REPORT_CASE_DIED, 0, 0},
    {REPORT_CASE_EXCLUDED, 0, 0},
    {REPORT_RE_POSITIVE_FOUND, 9, 0},
    {REPORT_FILED, 0, 0},
    {REPORT_AUDITED, AUDIT_COUNTY, AUDIT_PASSED},
    {REPORT_AUDITED, AUDIT_COUNTY, AUDIT_RETURNED},
    {REPORT_AUDITED, AUDIT_CITY, AUDIT_PASSED},
    {REPORT_AUDITED, AUDIT_CITY, AUDIT_RETURNED},
    {REPORT_AUDITED, AUDIT_PROVINCE, AUDIT_PASSED},
    {REPORT_CORRECTED, CORRECTED_OTHER, 0},
};
enum { SYMBOLS = sizeof symbols / sizeof symbols[0] };

static size_t count_of(const struct case_fact *facts, size_t count, int64_t kind)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += facts[i].kind == kind;
    return n;
}

/* What holds for the fold of any facts, accepted or with some withdrawn. */
static void check_state(const struct case_state *s)
{
    assert_true(s->diagnosed_ms == BH_NONE ||
                (s->status == STATUS_ASYMPTOMATIC) == (s->severity == SEVERITY_NONE));
    assert_true(s->converted_ms == BH_NONE || s->status == STATUS_CONFIRMED);
    assert_true(s->converted_ms == BH_NONE || s->converted_ms >= s->diagnosed_ms);
    assert_true(s->outcome != OUTCOME_RELEASED || s->severity <= SEVERITY_MILD);
    assert_true(s->outcome != OUTCOME_DISCHARGED || s->status == STATUS_CONFIRMED);
    assert_true((s->outcome == OUTCOME_OPEN) == (s->outcome_ms == BH_NONE));
    assert_true(s->re_positives == 0 || s->outcome == OUTCOME_DISCHARGED ||
                s->outcome == OUTCOME_RELEASED);
    assert_true((s->report == 0) == (s->reported_ms == BH_NONE));
    assert_false(s->returned && s->passed_levels == AUDIT_LEVELS);
    for (int i = 0; i < AUDIT_LEVELS; i++)
        assert_int_equal(s->audited_ms[i] != BH_NONE, i < s->passed_levels);
}

/* What holds because every fact was judged when it came. */
static void check_accepted(const struct case_fact *facts, size_t count, const struct case_state *s)
{
    size_t returned = 0, last_filed = 0;
    assert_int_equal(count_of(facts, count, REPORT_CASE_DIAGNOSED), count > 0);
    assert_true(count_of(facts, count, REPORT_CASE_CONVERTED) <= 1);
    assert_true(count_of(facts, count, REPORT_CASE_DISCHARGED) +
                    count_of(facts, count, REPORT_CASE_RELEASED) +
                    count_of(facts, count, REPORT_CASE_DIED) +
                    count_of(facts, count, REPORT_CASE_EXCLUDED) ==
                (s->outcome != OUTCOME_OPEN));
    assert_int_equal(count_of(facts, count, REPORT_CASE_CONVERTED), s->converted_ms != BH_NONE);
    assert_int_equal(count_of(facts, count, REPORT_RE_POSITIVE_FOUND), s->re_positives);
    for (size_t i = 0; i < count; i++) {
        returned += facts[i].kind == REPORT_AUDITED && facts[i].extra == AUDIT_RETURNED;
        if (facts[i].kind == REPORT_FILED)
            last_filed = i;
    }
    /* A new card only after the old one was returned; the latest is in force. */
    assert_int_equal(count_of(facts, count, REPORT_FILED),
                     returned + (s->report != 0 && !s->returned));
    assert_true(s->report == 0 || s->report == facts[last_filed].report);
}

/* Taking any one fact away leaves a state that can be. */
static void check_withdrawals(const struct case_fact *facts, size_t count)
{
    struct case_fact rest[DEPTH];
    struct case_state state;
    for (size_t out = 0; out < count; out++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (i != out)
                rest[n++] = facts[i];
        case_fold(rest, n, &state);
        check_state(&state);
    }
}

static struct case_fact fact_of(const struct symbol *symbol, int64_t at_ms, size_t seq,
                                const struct case_state *state)
{
    return (struct case_fact){.seq = (int64_t)seq,
                              .kind = symbol->kind,
                              .occurred_ms = at_ms,
                              .value = symbol->value,
                              .extra = symbol->extra,
                              .report =
                                  symbol->kind == REPORT_FILED ? (int64_t)seq : state->report};
}

/* Extends the accepted sequence by every symbol; times as given by times[]. */
static size_t walk(struct case_fact *facts, size_t count, size_t depth, const int64_t *times,
                   size_t time_count)
{
    struct case_state state;
    size_t accepted = 0;
    case_fold(facts, count, &state);
    check_state(&state);
    check_accepted(facts, count, &state);
    check_withdrawals(facts, count);
    if (count == depth)
        return 1;
    for (size_t s = 0; s < SYMBOLS; s++) {
        for (size_t t = 0; t < (time_count ? time_count : 1); t++) {
            int64_t at_ms = time_count ? times[t] : (int64_t)count + 1;
            struct case_fact next = fact_of(&symbols[s], at_ms, count + 1, &state);
            if (case_judge(facts, count, &next) != CASE_FITS)
                continue;
            facts[count] = next;
            accepted += walk(facts, count + 1, depth, times, time_count);
        }
    }
    return accepted + 1;
}

static void all_sequences_in_order_keep_the_invariants(void **unused)
{
    struct case_fact facts[DEPTH];
    (void)unused;
    size_t accepted = walk(facts, 0, DEPTH, NULL, 0);
    assert_in_range(accepted, 2000, 2000000);
}

static void late_facts_keep_the_invariants(void **unused)
{
    static const int64_t times[] = {1, 2, 3};
    struct case_fact facts[DEPTH];
    (void)unused;
    size_t accepted = walk(facts, 0, 4, times, 3);
    assert_in_range(accepted, 2000, 2000000);
}

static enum case_refusal judge(const struct case_fact *facts, size_t count, int64_t kind,
                               int64_t at_ms, int64_t value)
{
    struct case_fact next = {.kind = kind, .occurred_ms = at_ms, .value = value, .report = 2};
    return case_judge(facts, count, &next);
}

static const struct case_fact released[] = {
    {.seq = 1, .kind = REPORT_CASE_DIAGNOSED, .occurred_ms = 10, .value = STATUS_ASYMPTOMATIC},
    {.seq = 2, .kind = REPORT_FILED, .occurred_ms = 11, .report = 2},
    {.seq = 3, .kind = REPORT_CASE_RELEASED, .occurred_ms = 50},
};

static void late_conversion_fits_only_what_follows(void **unused)
{
    (void)unused;
    /* Told late, but before the release: fine when the release still can be. */
    assert_int_equal(judge(released, 3, REPORT_CASE_CONVERTED, 30, SEVERITY_MILD), CASE_FITS);
    assert_int_equal(judge(released, 3, REPORT_CASE_CONVERTED, 30, SEVERITY_COMMON),
                     CASE_BREAKS_LATER);
    assert_int_equal(judge(released, 3, REPORT_CASE_CONVERTED, 60, SEVERITY_MILD), CASE_ENDED);
    assert_int_equal(judge(released, 3, REPORT_CASE_CONVERTED, 5, SEVERITY_MILD),
                     CASE_NOT_DIAGNOSED);
    assert_int_equal(judge(released, 1, REPORT_SEVERITY_CHANGED, 30, SEVERITY_SEVERE),
                     CASE_NOT_CONFIRMED);
}

static void each_step_of_a_card_has_its_refusal(void **unused)
{
    struct case_fact next = {
        .kind = REPORT_AUDITED, .occurred_ms = 12, .report = 2, .value = AUDIT_CITY};
    struct case_fact returned[] = {released[0],
                                   released[1],
                                   {.seq = 3,
                                    .kind = REPORT_AUDITED,
                                    .occurred_ms = 12,
                                    .report = 2,
                                    .value = AUDIT_COUNTY,
                                    .extra = AUDIT_RETURNED}};
    (void)unused;
    assert_int_equal(case_judge(released, 1, &next), CASE_NOT_REPORTED);
    assert_int_equal(case_judge(released, 2, &next), CASE_AUDIT_ORDER);
    next.value = AUDIT_COUNTY;
    assert_int_equal(case_judge(released, 2, &next), CASE_FITS);
    assert_int_equal(case_judge(returned, 3, &next), CASE_CARD_RETURNED);
    next.occurred_ms = 10;
    assert_int_equal(case_judge(released, 2, &next), CASE_BEFORE_CARD);
    next.report = 77;
    next.occurred_ms = 12;
    assert_int_equal(case_judge(released, 2, &next), CASE_OTHER_CARD);
    assert_int_equal(judge(released, 2, REPORT_FILED, 12, 0), CASE_REPORTED);
    assert_int_equal(judge(returned, 3, REPORT_FILED, 13, 0), CASE_FITS);
    assert_int_equal(judge(released, 1, REPORT_FILED, 9, 0), CASE_BEFORE_DIAGNOSIS);
}

static void a_severity_that_does_not_change_is_no_fact(void **unused)
{
    struct case_fact mild = {
        .seq = 1, .kind = REPORT_CASE_DIAGNOSED, .occurred_ms = 10, .extra = SEVERITY_MILD};
    (void)unused;
    assert_int_equal(judge(&mild, 1, REPORT_SEVERITY_CHANGED, 20, SEVERITY_MILD),
                     CASE_SAME_SEVERITY);
    assert_int_equal(judge(&mild, 1, REPORT_SEVERITY_CHANGED, 20, SEVERITY_COMMON), CASE_FITS);
}

static void too_many_facts_are_refused(void **unused)
{
    static struct case_fact facts[CASE_FACTS_MAX];
    (void)unused;
    facts[0] = released[0];
    for (size_t i = 1; i < CASE_FACTS_MAX; i++)
        facts[i] = (struct case_fact){.seq = (int64_t)i + 1,
                                      .kind = REPORT_CASE_MOVED_AREA,
                                      .occurred_ms = 20,
                                      .value = (int64_t)(i % 2)};
    assert_int_equal(judge(facts, CASE_FACTS_MAX, REPORT_CASE_DIED, 30, 0), CASE_TOO_MANY);
    assert_int_equal(judge(facts, CASE_FACTS_MAX - 1, REPORT_CASE_DIED, 30, 0), CASE_FITS);
}

static void every_refusal_speaks_both_languages(void **unused)
{
    (void)unused;
    for (int i = CASE_FITS; i < CASE_REFUSALS; i++) {
        struct bh_err err = {0};
        assert_int_equal(case_allow((enum case_refusal)i, &err), i == CASE_FITS);
        assert_int_equal(err.zh[0] != 0 && err.en[0] != 0 && err.code != BH_OK, i != CASE_FITS);
    }
    for (int i = POSITIVE_FITS; i < POSITIVE_REFUSALS; i++) {
        struct bh_err err = {0};
        assert_int_equal(positive_allow((enum positive_refusal)i, &err), i == POSITIVE_FITS);
        assert_int_equal(err.zh[0] != 0 && err.en[0] != 0 && err.code != BH_OK, i != POSITIVE_FITS);
    }
}

/* Every sequence of steps of a positive up to six long, from each source. */
static const struct symbol steps[] = {
    {REPORT_POSITIVE_REVIEWED, REVIEW_POSITIVE, 0},
    {REPORT_POSITIVE_REVIEWED, REVIEW_NEGATIVE, 0},
    {REPORT_POSITIVE_REVIEWED, REVIEW_REPEAT, 0},
    {REPORT_POSITIVE_REFUTED, 0, 0},
    {REPORT_CASE_DIAGNOSED, 5, 0},
    {REPORT_RE_POSITIVE_FOUND, 6, 0},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static size_t walk_positive(struct positive_rules_state before, size_t depth)
{
    size_t refused = 0;
    if (depth == 0)
        return 0;
    for (size_t i = 0; i < STEPS; i++) {
        struct positive_rules_state after = before;
        if (positive_step(&after, steps[i].kind, steps[i].value) != POSITIVE_FITS) {
            assert_memory_equal(&after, &before, sizeof after);
            refused++;
            continue;
        }
        assert_int_equal(before.state, POSITIVE_WAITING);
        bool is_case = after.state == POSITIVE_DIAGNOSED || after.state == POSITIVE_AGAIN;
        assert_int_equal(is_case, after.case_number != 0);
        assert_false(is_case && (after.review == REVIEW_NEGATIVE || after.review == REVIEW_REPEAT));
        assert_false(is_case && after.source == SOURCE_ANTIGEN && after.review != REVIEW_POSITIVE);
        assert_true(after.state != POSITIVE_REFUTED || after.review == REVIEW_NEGATIVE);
        refused += walk_positive(after, depth - 1);
    }
    return refused;
}

static void all_steps_of_a_positive_keep_the_invariants(void **unused)
{
    (void)unused;
    for (int64_t source = SOURCE_LABORATORY; source <= SOURCE_ANTIGEN; source++)
        assert_true(
            walk_positive((struct positive_rules_state){.source = source, .review = BH_NONE},
                          DEPTH) > 20);
}

static void event_reports_go_initial_progress_final(void **unused)
{
    (void)unused;
    assert_true(event_report_follows(BH_NONE, EVENT_REPORT_INITIAL));
    assert_false(event_report_follows(BH_NONE, EVENT_REPORT_FINAL));
    assert_false(event_report_follows(EVENT_REPORT_INITIAL, EVENT_REPORT_INITIAL));
    assert_true(event_report_follows(EVENT_REPORT_INITIAL, EVENT_REPORT_PROGRESS));
    assert_true(event_report_follows(EVENT_REPORT_PROGRESS, EVENT_REPORT_FINAL));
    assert_false(event_report_follows(EVENT_REPORT_FINAL, EVENT_REPORT_PROGRESS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sequences_in_order_keep_the_invariants),
        cmocka_unit_test(late_facts_keep_the_invariants),
        cmocka_unit_test(late_conversion_fits_only_what_follows),
        cmocka_unit_test(each_step_of_a_card_has_its_refusal),
        cmocka_unit_test(a_severity_that_does_not_change_is_no_fact),
        cmocka_unit_test(too_many_facts_are_refused),
        cmocka_unit_test(every_refusal_speaks_both_languages),
        cmocka_unit_test(all_steps_of_a_positive_keep_the_invariants),
        cmocka_unit_test(event_reports_go_initial_progress_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
