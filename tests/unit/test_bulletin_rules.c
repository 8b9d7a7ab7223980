/* Windows, what counts, sums, checks and words of bulletins: everything that needs no log. */
#include "bulletin/bulletin.h"

#include "base/time.h"
#include "report/report_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { H = 3600000 };

/* ---- windows ---- */

static const struct bulletin_window three[] = {
    {.window = 1, .from_ms = 0, .to_ms = 24 * H, .version = 1},
    {.window = 2, .from_ms = 24 * H, .to_ms = 33 * H, .version = 0},
    {.window = 3, .from_ms = 40 * H, .to_ms = 48 * H, .version = 0},
};

static void a_case_counts_in_its_window_or_at_the_start_of_the_first_open_one(void **state)
{
    static const struct {
        int64_t at_ms, open, any;
    } table[] = {
        {5 * H, 24 * H, 5 * H},           /* its window is signed */
        {24 * H - 1, 24 * H, 24 * H - 1}, /* the last instant belongs to the day */
        {24 * H, 24 * H, 24 * H},         /* the end does not */
        {30 * H + 7, 30 * H + 7, 30 * H + 7},
        {33 * H, 40 * H, 40 * H},   /* a gap */
        {48 * H, BH_NONE, BH_NONE}, /* nothing is open yet */
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(window_place(three, 3, table[i].at_ms, true), table[i].open);
        assert_int_equal(window_place(three, 3, table[i].at_ms, false), table[i].any);
    }
    assert_int_equal(window_place(NULL, 0, 5, true), BH_NONE);
}

static void windows_are_full_hours_and_never_overlap(void **state)
{
    static const struct {
        int64_t from_ms, to_ms;
        enum window_refusal expected;
    } table[] = {
        {33 * H, 40 * H, WINDOW_FITS},
        {33 * H, 41 * H, WINDOW_OVERLAPS},
        {32 * H, 34 * H, WINDOW_OVERLAPS},
        {0, 48 * H, WINDOW_OVERLAPS},
        {41 * H, 42 * H, WINDOW_OVERLAPS},
        {50 * H, 50 * H, WINDOW_BACKWARD},
        {50 * H + 1, 51 * H, WINDOW_NOT_HOURS},
        {50 * H, 51 * H - 1, WINDOW_NOT_HOURS},
        {48 * H, 48 * H + (int64_t)31 * 24 * H, WINDOW_FITS},
        {48 * H, 48 * H + (int64_t)31 * 24 * H + H, WINDOW_TOO_LONG},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(window_judge(three, 3, table[i].from_ms, table[i].to_ms),
                         table[i].expected);
}

/* ---- what counts ---- */

static struct counted_facts nothing(void)
{
    return (struct counted_facts){.case_number = 7,
                                  .area = 3,
                                  .counted_ms = BH_NONE,
                                  .status = BH_NONE,
                                  .severity = BH_NONE,
                                  .audited_ms = BH_NONE,
                                  .first_by = BH_NONE,
                                  .converted_ms = BH_NONE,
                                  .converted_severity = BH_NONE,
                                  .happened_ms = BH_NONE,
                                  .last_ms = BH_NONE,
                                  .last_audited_ms = BH_NONE,
                                  .last_converted_ms = BH_NONE,
                                  .last_happened_ms = BH_NONE};
}

static struct counted_facts judge(const struct count_step *steps, size_t count, int64_t audited_ms,
                                  const struct counted_facts *now)
{
    struct count_basis basis = {
        .steps = steps, .step_count = count, .audited_ms = audited_ms, .area = 3};
    struct counted_facts want;
    count_judge(&basis, three, 3, now, &want);
    return want;
}

static void what_was_known_first_stays(void **state)
{
    struct count_step steps[] = {
        {10, REPORT_CASE_DIAGNOSED, 20 * H, STATUS_ASYMPTOMATIC, SEVERITY_NONE},
        {30, REPORT_CASE_CONVERTED, 26 * H, BH_NONE, SEVERITY_MILD},
    };
    struct counted_facts now = nothing(), want;
    (void)state;
    want = judge(steps, 1, 25 * H, &now);
    assert_int_equal(want.counted_ms, 25 * H);
    assert_int_equal(want.status, STATUS_ASYMPTOMATIC);
    assert_int_equal(want.converted_ms, BH_NONE);

    now = want;
    now.first_by = 20;
    want = judge(steps, 2, 25 * H, &now); /* a conversion after it counts on its own */
    assert_int_equal(want.status, STATUS_ASYMPTOMATIC);
    assert_int_equal(want.converted_ms, 26 * H);
    assert_int_equal(want.converted_severity, SEVERITY_MILD);

    steps[1].occurred_ms = 22 * H; /* told late: it happened before the audit, but was not known */
    want = judge(steps, 2, 25 * H, &now);
    assert_int_equal(want.status, STATUS_ASYMPTOMATIC);
    assert_int_equal(want.converted_ms, 25 * H); /* never before its case */

    steps[1].seq = 15; /* known and before: it is a confirmed case, not one "of which converted" */
    want = judge(steps, 2, 25 * H, &now);
    assert_int_equal(want.status, STATUS_CONFIRMED);
    assert_int_equal(want.severity, SEVERITY_MILD);
    assert_int_equal(want.converted_ms, BH_NONE);
}

static void severity_is_that_of_the_audit(void **state)
{
    const struct count_step steps[] = {
        {40, REPORT_SEVERITY_CHANGED, 23 * H, BH_NONE,
         SEVERITY_SEVERE}, /* not known when first counted */
        {12, REPORT_SEVERITY_CHANGED, 22 * H, BH_NONE, SEVERITY_COMMON},
        {10, REPORT_CASE_DIAGNOSED, 20 * H, STATUS_CONFIRMED, SEVERITY_MILD},
        {13, REPORT_SEVERITY_CHANGED, 26 * H, BH_NONE, SEVERITY_CRITICAL}, /* after the audit */
    };
    struct counted_facts now = nothing(), want = judge(steps, 4, 25 * H, &now);
    (void)state;
    assert_int_equal(want.severity, SEVERITY_SEVERE);
    now = want;
    now.first_by = 30;
    want = judge(steps, 4, 25 * H, &now);
    assert_int_equal(want.severity, SEVERITY_COMMON);
}

static void corrections_reach_into_signed_windows_and_new_facts_do_not(void **state)
{
    const struct count_step steps[] = {
        {10, REPORT_CASE_DIAGNOSED, 2 * H, STATUS_CONFIRMED, SEVERITY_MILD}};
    struct counted_facts now = nothing(), want = judge(steps, 1, 5 * H, &now);
    (void)state;
    assert_int_equal(want.counted_ms, 24 * H); /* the window of the audit is signed */
    now = want;
    now.first_by = 20;
    now.audited_ms = 25 * H;
    want = judge(steps, 1, 5 * H, &now); /* the audit was dated wrongly */
    assert_int_equal(want.counted_ms, 5 * H);
    now.audited_ms = 5 * H;
    want = judge(steps, 1, 5 * H, &now); /* nothing new about it */
    assert_int_equal(want.counted_ms, 24 * H);
    want = judge(steps, 1, BH_NONE, &now); /* the audit is gone */
    assert_int_equal(want.counted_ms, BH_NONE);
    assert_int_equal(want.status, BH_NONE);
    now = nothing();
    now.last_ms = 6 * H;
    now.last_audited_ms = 5 * H;
    now.first_by = 20;
    want = judge(steps, 1, 5 * H, &now); /* what took it out was itself withdrawn */
    assert_int_equal(want.counted_ms, 6 * H);
    want = judge(steps, 1, 4 * H, &now); /* another audit */
    assert_int_equal(want.counted_ms, 24 * H);
}

/* ---- figures and checks ---- */

static char *words(bool english, int64_t version, const char *reason);

static void fill_unit(struct unit_figures *unit, int64_t scale)
{
    unit->n[FIGURE_CONFIRMED_NEW] = 3 * scale;
    unit->n[FIGURE_CONVERTED] = scale;
    unit->n[FIGURE_ASYMPTOMATIC_NEW] = 2 * scale;
    unit->n[FIGURE_CONFIRMED_CUMULATIVE] = 10 * scale;
    unit->n[FIGURE_ASYMPTOMATIC_CUMULATIVE] = 8 * scale;
    unit->severity[SPAN_NEW][SEVERITY_MILD] = 2 * scale;
    unit->severity[SPAN_NEW][SEVERITY_COMMON] = scale;
    unit->severity[SPAN_CUMULATIVE][SEVERITY_MILD] = 10 * scale;
    memcpy(unit->origin[ORIGIN_LOCAL], unit->n, sizeof unit->n);
    memcpy(unit->people, unit->n, sizeof unit->people);
}

/* A province of two cities, one of which publishes nothing; 1,234 of the first city's people. */
static void fill(struct bulletin_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    figures->from_ms = 0;
    figures->to_ms = 24 * H;
    figures->count = 3;
    figures->unit[0] =
        (struct unit_figures){.unit = "1", .zh = "某省", .en = "Province", .parent = -1};
    figures->unit[1] =
        (struct unit_figures){.unit = "11", .zh = "甲市", .en = "City A", .parent = 0};
    figures->unit[2] = (struct unit_figures){
        .unit = "12", .zh = "乙区", .en = "Zone B", .parent = 0, .unknown = true};
    fill_unit(&figures->unit[0], 1234);
    fill_unit(&figures->unit[1], 1234);
}

static struct bulletin_figures figures, other;

static const struct bulletin_check *find_check(const struct bulletin_checks *checks,
                                               const char *name)
{
    for (size_t i = 0; i < checks->count; i++)
        if (strcmp(checks->check[i].name, name) == 0)
            return &checks->check[i];
    fail_msg("there is no check %s", name);
    return &checks->check[0]; /* never reached: fail_msg does not come back */
}

static void a_sound_bulletin_passes_every_check(void **state)
{
    struct check_context context = {.over = true};
    struct bulletin_checks checks;
    int64_t failed = -1, hard = -1;
    (void)state;
    fill(&figures);
    bulletin_check(&figures, &context, &checks);
    checks_failed(&checks, &failed, &hard);
    assert_int_equal(failed, 0);
    assert_int_equal(hard, 0);
}

/* Each check notices its own fault, and only it forbids what it should. */
static void each_check_finds_its_fault(void **state)
{
    struct unit_figures *whole = &figures.unit[0], before;
    static const char *const names[] = {
        "children_sum",   "severity_sum", "severity_sum", "converted_within", "converted_known",
        "origin_sum",     "traceable",    "traceable",    "cumulative_chain", "sentence_moved",
        "sentence_moved", "published",    "window_over",  "windows_touch",    "placed"};
    static const bool hard[] = {true,  true,  true,  true,  true, true,  true, true,
                                false, false, false, false, true, false, true};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct check_context context = {.over = true};
        struct bulletin_checks checks;
        fill(&figures);
        switch (i) {
        case 0: figures.unit[1].n[FIGURE_ASYMPTOMATIC_CUMULATIVE]--; break;
        case 1: whole->severity[SPAN_NEW][SEVERITY_MILD]++; break;
        case 2: whole->severity[SPAN_CUMULATIVE][SEVERITY_SEVERE]++; break;
        case 3: whole->n[FIGURE_CONVERTED] = 3 * 1234 + 1; break;
        case 4: whole->converted_before = 7 * 1234 + 1; break;
        case 5: whole->origin[ORIGIN_IMPORTED][FIGURE_CONVERTED]++; break;
        case 6: whole->people[FIGURE_ASYMPTOMATIC_NEW]++; break;
        case 7: figures.twice = 1; break;
        case 8:
            before = *whole;
            before.n[FIGURE_CONFIRMED_CUMULATIVE] = 7 * 1234 + 1;
            before.n[FIGURE_ASYMPTOMATIC_CUMULATIVE] = 6 * 1234;
            context.before = &before;
            break;
        case 9: whole->waiting = 1; break;
        case 10: whole->unbacked = 1; break;
        case 11: context.differences = 2; break;
        case 12: context.over = false; break;
        case 13: context.gap_ms = 7 * H; break;
        default: figures.outside = 1; break;
        }
        bulletin_check(&figures, &context, &checks);
        const struct bulletin_check *check = find_check(&checks, names[i]);
        if (check->passed || check->hard != hard[i] || check->zh[0] == 0 || check->en[0] == 0)
            fail_msg("fault %zu: check %s does not notice it as it should", i, names[i]);
    }
}

static void cumulative_follows_from_what_was_signed_with_adjustments(void **state)
{
    struct check_context context = {.over = true};
    struct bulletin_checks checks;
    struct unit_figures before;
    (void)state;
    fill(&figures);
    before = figures.unit[0];
    before.n[FIGURE_CONFIRMED_CUMULATIVE] = 7 * 1234;
    before.n[FIGURE_ASYMPTOMATIC_CUMULATIVE] = 6 * 1234;
    context.before = &before;
    figures_adjust(&figures, 1, FIGURE_CONFIRMED_CUMULATIVE, SEVERITY_MILD, -7, false);
    assert_int_equal(figures.unit[0].n[FIGURE_CONFIRMED_CUMULATIVE], 10 * 1234 - 7);
    assert_int_equal(figures.unit[0].severity[SPAN_CUMULATIVE][SEVERITY_MILD], 10 * 1234 - 7);
    assert_int_equal(figures.unit[0].own[FIGURE_CONFIRMED_CUMULATIVE], 0);
    assert_int_equal(figures.unit[1].own[FIGURE_CONFIRMED_CUMULATIVE], -7);
    bulletin_check(&figures, &context, &checks);
    assert_true(find_check(&checks, "cumulative_chain")->passed);
    assert_true(find_check(&checks, "children_sum")->passed);
    assert_true(find_check(&checks, "severity_sum")->passed);

    figures_adjust(&figures, 0, FIGURE_CONFIRMED_NEW, BH_NONE, 5,
                   true); /* of the whole alone, no severity told */
    assert_int_equal(figures.unit[0].n[FIGURE_CONFIRMED_NEW], 3 * 1234 + 5);
    assert_int_equal(figures.unit[0].n[FIGURE_CONFIRMED_CUMULATIVE], 10 * 1234 - 2);
    assert_int_equal(figures.unit[1].n[FIGURE_CONFIRMED_NEW], 3 * 1234);
    bulletin_check(&figures, &context, &checks);
    assert_true(find_check(&checks, "cumulative_chain")->passed);
    assert_true(find_check(&checks, "children_sum")->passed);
    assert_true(find_check(&checks, "severity_sum")->passed);
    assert_true(find_check(&checks, "traceable")->passed);
}

static void only_windows_that_touch_are_added_up(void **state)
{
    (void)state;
    fill(&figures);
    fill(&other);
    assert_false(figures_join(&figures, &other)); /* the same interval twice */
    other.from_ms = 25 * H;
    other.to_ms = 48 * H;
    assert_false(figures_join(&figures, &other)); /* a gap */
    other.from_ms = 24 * H;
    other.unit[0].n[FIGURE_CONFIRMED_CUMULATIVE] = 99999;
    assert_true(figures_join(&figures, &other));
    assert_int_equal(figures.unit[0].n[FIGURE_CONFIRMED_NEW], 6 * 1234);
    assert_int_equal(figures.unit[1].severity[SPAN_NEW][SEVERITY_MILD], 4 * 1234);
    assert_int_equal(figures.unit[0].n[FIGURE_CONFIRMED_CUMULATIVE], 99999);
    assert_int_equal(figures_infected(&figures.unit[0]), (6 + 4 - 2) * 1234);
    assert_true(figures.to_ms == 48 * H);
    figures.unit[0].waiting = 3; /* a sum that may hold a person twice is not told as persons */
    assert_null(strstr(words(false, 1, ""), "3人"));
    assert_null(strstr(words(false, 1, ""), "已全部转运"));
}

static void a_version_shows_what_changed(void **state)
{
    struct bulletin_difference list[8];
    (void)state;
    fill(&figures);
    fill(&other);
    assert_int_equal(version_differences(&figures, &other, 0, list, 8), 0);
    other.unit[1].n[FIGURE_ASYMPTOMATIC_NEW]--;
    other.unit[0].severity[SPAN_NEW][SEVERITY_COMMON]++;
    assert_int_equal(version_differences(&figures, &other, 0, list, 8), 2);
    assert_int_equal(list[0].unit, 0);
    assert_int_equal(list[0].severity, SEVERITY_COMMON);
    assert_int_equal(list[1].before, 2 * 1234);
    assert_int_equal(list[1].after, 2 * 1234 - 1);
    assert_int_equal(version_differences(&figures, &other, 0, list, 1),
                     1); /* never over what fits */
}

static void unknown_is_not_zero(void **state)
{
    (void)state;
    fill(&figures);
    assert_int_equal(figures_value(&figures.unit[2], FIGURE_CONFIRMED_NEW, BH_NONE), BH_NONE);
    assert_int_equal(figures_value(&figures.unit[0], FIGURE_CONFIRMED_NEW, SEVERITY_CRITICAL), 0);
    assert_int_equal(figures_value(&figures.unit[0], FIGURE_CONVERTED, SEVERITY_MILD), BH_NONE);
    assert_int_equal(figures_value(&figures.unit[0], MEASURE_RELEASED_NEW, BH_NONE), BH_NONE);
}

/* ---- words ---- */

static char *words(bool english, int64_t version, const char *reason)
{
    static struct bh_buf out;
    struct text_input input = {.figures = &figures,
                               .zh = "某省",
                               .en = "Province",
                               .zone_minutes = 480,
                               .version = version,
                               .reason = bh_str_of(reason)};
    bh_buf_init(&out, 65536);
    bulletin_text(&input, english, &out);
    static char copy[65536];
    (void)snprintf(copy, sizeof copy, "%s", bh_buf_c(&out));
    bh_buf_done(&out);
    return copy;
}

static void the_sentence_is_written_only_when_it_is_true(void **state)
{
    (void)state;
    fill(&figures);
    assert_non_null(strstr(words(false, 1, ""), "已全部转运并收治"));
    assert_non_null(strstr(words(true, 1, ""), "All of them have been moved"));
    figures.unit[0].waiting = 1026;
    assert_null(strstr(words(false, 1, ""), "已全部转运"));
    assert_non_null(strstr(words(false, 1, ""), "尚有1,026人正在等待转运或收治"));
    assert_null(strstr(words(true, 1, ""), "have been moved"));
    assert_non_null(strstr(words(true, 1, ""), "1,026 still wait"));
    figures.unit[0].waiting = 0;
    figures.unit[0].unbacked = 1;
    assert_null(strstr(words(false, 1, ""), "已全部转运"));
    assert_null(strstr(words(true, 1, ""), "have been moved"));
}

static void numbers_and_silences_are_told(void **state)
{
    (void)state;
    fill(&figures);
    assert_non_null(strstr(words(false, 1, ""),
                           "新增确诊病例3,702例，均为本土，其中由无症状感染者转为确诊1,234例"));
    assert_non_null(strstr(words(false, 1, ""), "乙区未单独发布数字（不等于0）"));
    assert_non_null(strstr(words(true, 1, ""), "Not published separately: Zone B"));
    assert_non_null(strstr(words(false, 0, ""), "草稿，未签发"));
    assert_null(strstr(words(false, 1, ""), "版"));
    assert_non_null(strstr(words(false, 2, "一例误诊"), "第2版。更正理由：一例误诊"));
    figures.from_ms = INT64_C(1647100800000);
    figures.to_ms = figures.from_ms + 24 * H;
    assert_non_null(strstr(words(false, 1, ""), "2022年3月13日0时至24时"));
    assert_non_null(strstr(words(true, 1, ""), "13 March 2022, 00:00 to 24:00"));
    figures.from_ms += 15 * H;
    figures.to_ms += 15 * H;
    assert_non_null(strstr(words(false, 1, ""), "2022年3月13日15时至3月14日15时"));
    assert_non_null(strstr(words(true, 1, ""), "15:00 on 13 March to 15:00 on 14 March 2022"));
    figures.unit[0].origin[ORIGIN_LOCAL][FIGURE_CONFIRMED_NEW] -= 2;
    figures.unit[0].origin[ORIGIN_IMPORTED][FIGURE_CONFIRMED_NEW] = 2;
    assert_non_null(strstr(words(false, 1, ""), "（本土3,700例，境外输入2例）"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_counts_in_its_window_or_at_the_start_of_the_first_open_one),
        cmocka_unit_test(windows_are_full_hours_and_never_overlap),
        cmocka_unit_test(what_was_known_first_stays),
        cmocka_unit_test(severity_is_that_of_the_audit),
        cmocka_unit_test(corrections_reach_into_signed_windows_and_new_facts_do_not),
        cmocka_unit_test(a_sound_bulletin_passes_every_check),
        cmocka_unit_test(each_check_finds_its_fault),
        cmocka_unit_test(cumulative_follows_from_what_was_signed_with_adjustments),
        cmocka_unit_test(only_windows_that_touch_are_added_up),
        cmocka_unit_test(a_version_shows_what_changed),
        cmocka_unit_test(unknown_is_not_zero),
        cmocka_unit_test(the_sentence_is_written_only_when_it_is_true),
        cmocka_unit_test(numbers_and_silences_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
