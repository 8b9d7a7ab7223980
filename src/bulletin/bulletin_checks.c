#include "bulletin/bulletin.h"

#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>

/* Adds one check with its detail in both languages; both formats take the same arguments. */
static void add(struct bulletin_checks *checks, const char *name, bool hard, bool passed,
                int64_t expected, int64_t found, const char *zh, const char *en, ...)
    __attribute__((format(printf, 7, 9), format(printf, 8, 9)));

static void add(struct bulletin_checks *checks, const char *name, bool hard, bool passed,
                int64_t expected, int64_t found, const char *zh, const char *en, ...)
{
    bh_assert(checks->count < CHECKS_MAX);
    struct bulletin_check *check = &checks->check[checks->count++];
    *check = (struct bulletin_check){
        .name = name, .passed = passed, .hard = hard, .expected = expected, .found = found};
    va_list args;
    va_start(args, en);
    (void)vsnprintf(check->zh, sizeof check->zh, zh, args);
    va_end(args);
    va_start(args, en);
    (void)vsnprintf(check->en, sizeof check->en, en, args);
    va_end(args);
}

static const char *measure_zh(int measure)
{
    return bulletin_measures[measure].zh;
}

static const char *measure_en(int measure)
{
    return bulletin_measures[measure].en;
}

/* Parts add up to the whole, less what a publisher adjusted for the whole alone. Tells the first that does not. */
static void check_children(const struct bulletin_figures *figures, int root,
                           struct bulletin_checks *ret)
{
    const struct unit_figures *whole = &figures->unit[root];
    bool any = false;
    for (int measure = 0; measure < FIGURE_COUNT; measure++) {
        int64_t sum = whole->own[measure];
        for (size_t i = 0; i < figures->count; i++)
            if (figures->unit[i].parent == root && !figures->unit[i].unknown) {
                sum += figures->unit[i].n[measure];
                any = true;
            }
        if (!any)
            return; /* nothing smaller is published */
        if (sum == whole->n[measure])
            continue;
        add(ret, "children_sum", true, false, whole->n[measure], sum,
            "%s（%s）：各地区合计与总数不符，有人未落到下级地区",
            "%s (%s): the areas do not add up; somebody is in no area below", measure_zh(measure),
            measure_en(measure));
        return;
    }
    add(ret, "children_sum", true, true, whole->n[FIGURE_CONFIRMED_NEW],
        whole->n[FIGURE_CONFIRMED_NEW], "各地区五项数字之和均等于总数",
        "for all five figures the areas add up to the whole");
}

static void check_severity(const struct unit_figures *unit, struct bulletin_checks *ret)
{
    static const int whole_of[] = {FIGURE_CONFIRMED_NEW, FIGURE_CONFIRMED_CUMULATIVE};
    for (int span = 0; span < SPAN_COUNT; span++) {
        int64_t sum = unit->unsplit[span];
        for (int severity = SEVERITY_MILD; severity < SEVERITY_COUNT; severity++)
            sum += unit->severity[span][severity];
        if (sum == unit->n[whole_of[span]])
            continue;
        add(ret, "severity_sum", true, false, unit->n[whole_of[span]], sum,
            "%s（%s）：各临床分型之和与总数不符",
            "%s (%s): the severities do not add up to the whole", measure_zh(whole_of[span]),
            measure_en(whole_of[span]));
        return;
    }
    add(ret, "severity_sum", true, true, unit->n[FIGURE_CONFIRMED_NEW],
        unit->n[FIGURE_CONFIRMED_NEW], "各临床分型之和等于确诊总数",
        "the severities add up to the confirmed cases");
}

static void check_converted(const struct unit_figures *unit, struct bulletin_checks *ret)
{
    int64_t converted = unit->n[FIGURE_CONVERTED],
            known = unit->n[FIGURE_ASYMPTOMATIC_CUMULATIVE] - unit->converted_before;
    add(ret, "converted_within", true, converted <= unit->n[FIGURE_CONFIRMED_NEW],
        unit->n[FIGURE_CONFIRMED_NEW], converted, "转为确诊数不超过新增确诊数",
        "those converted are not more than the new confirmed cases");
    add(ret, "converted_known", true, converted <= known, known, converted,
        "转为确诊数不超过此前已报告且尚未转为确诊的无症状感染者",
        "those converted are not more than the asymptomatic persons known and not yet converted");
}

static void check_origin(const struct unit_figures *unit, struct bulletin_checks *ret)
{
    for (int measure = 0; measure < FIGURE_COUNT; measure++) {
        int64_t sum = unit->origin[ORIGIN_LOCAL][measure] + unit->origin[ORIGIN_IMPORTED][measure];
        if (sum + unit->adjusted[measure] == unit->n[measure])
            continue;
        add(ret, "origin_sum", true, false, unit->n[measure] - unit->adjusted[measure], sum,
            "%s（%s）：本土与境外输入之和与总数不符",
            "%s (%s): local and imported do not add up to the whole", measure_zh(measure),
            measure_en(measure));
        return;
    }
    add(ret, "origin_sum", true, true, unit->n[FIGURE_CONFIRMED_NEW],
        unit->origin[ORIGIN_LOCAL][FIGURE_CONFIRMED_NEW] +
            unit->origin[ORIGIN_IMPORTED][FIGURE_CONFIRMED_NEW],
        "本土与境外输入之和等于总数", "local and imported add up to the whole");
}

/* The counters against the people, one by one. */
static void check_people(const struct bulletin_figures *figures, int root,
                         struct bulletin_checks *ret)
{
    const struct unit_figures *unit = &figures->unit[root];
    for (int measure = 0; measure < FIGURE_CONFIRMED_CUMULATIVE; measure++) {
        int64_t counted = unit->n[measure] - unit->adjusted[measure];
        if (counted == unit->people[measure])
            continue;
        add(ret, "traceable", true, false, unit->people[measure], counted,
            "%s（%s）：数字与逐人清点的人数不符",
            "%s (%s): the figure is not the number of people behind it", measure_zh(measure),
            measure_en(measure));
        return;
    }
    add(ret, "traceable", true, figures->twice == 0, 0, figures->twice,
        "每个数字都对应到人；同一时段内重复计入的人数见右",
        "each figure leads to its people; persons counted twice in this interval are told here");
    if (figures->outside > 0)
        add(ret, "placed", true, false, 0, figures->outside, "有病例所在地不属于任何发布地区",
            "there are cases at places that belong to no unit");
}

static void check_chain(const struct unit_figures *unit, const struct unit_figures *before,
                        struct bulletin_checks *ret)
{
    static const int pair[][2] = {{FIGURE_CONFIRMED_NEW, FIGURE_CONFIRMED_CUMULATIVE},
                                  {FIGURE_ASYMPTOMATIC_NEW, FIGURE_ASYMPTOMATIC_CUMULATIVE}};
    if (!before)
        return;
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        int fresh = pair[i][0], all = pair[i][1];
        int64_t people =
            before->n[all] - before->adjusted[all] + unit->n[fresh] - unit->adjusted[fresh];
        int64_t expected = people + unit->adjusted[all];
        if (expected == unit->n[all])
            continue;
        add(ret, "cumulative_chain", false, false, expected, unit->n[all],
            "%s（%s）：上一时段签发后有更正，须签发其新版本",
            "%s (%s): facts of the time before were corrected since it was "
            "signed; sign its next version",
            measure_zh(all), measure_en(all));
        return;
    }
    add(ret, "cumulative_chain", false, true, unit->n[FIGURE_CONFIRMED_CUMULATIVE],
        unit->n[FIGURE_CONFIRMED_CUMULATIVE],
        "累计数等于上一时段已签发的累计数、新增数与调整数之和",
        "cumulative figures are those last signed plus the new ones and adjustments");
}

static void check_sentence(const struct unit_figures *unit, bool joined,
                           struct bulletin_checks *ret)
{
    if (joined && unit->waiting + unit->unbacked > 0)
        add(ret, "sentence_moved", false, false, 0, BH_NONE,
            "有时段签发时转运、收治尚未全部闭合，正文不写“已全部转运”",
            "when one of the windows was signed, transport or admission was not closed for all: "
            "the text does not say so");
    else if (unit->waiting > 0)
        add(ret, "sentence_moved", false, false, 0, unit->waiting,
            "尚有%lld人的转运或收治未闭合，正文不写“已全部转运”",
            "%lld of them still wait for transport or admission: the text does not say that all "
            "have been moved",
            (long long)unit->waiting);
    else if (unit->unbacked > 0)
        add(ret, "sentence_moved", false, false, 0, unit->unbacked,
            "有%lld人没有转运、收治的义务记录，正文不写“已全部转运”",
            "for %lld of them no duty of transport or admission is on record: the text does not "
            "say that all have been moved",
            (long long)unit->unbacked);
    else
        add(ret, "sentence_moved", false, true, 0, 0, "转运、收治均已闭合",
            "transport and admission are closed for all");
}

static void check_time(const struct check_context *context, struct bulletin_checks *ret)
{
    add(ret, "window_over", true, context->over, BH_NONE, BH_NONE, "时段已结束",
        "the interval has ended");
    if (context->gap_ms > 0)
        add(ret, "windows_touch", false, false, 0, context->gap_ms / BH_HOUR_MS,
            "此前有%lld小时不属于任何时段，其间终审的病例计入本时段",
            "%lld hours before it are in no window; cases audited in them count here",
            (long long)(context->gap_ms / BH_HOUR_MS));
}

void bulletin_check(const struct bulletin_figures *figures, const struct check_context *context,
                    struct bulletin_checks *ret)
{
    const struct unit_figures *unit = &figures->unit[context->root];
    ret->count = 0;
    check_time(context, ret);
    check_children(figures, context->root, ret);
    check_severity(unit, ret);
    check_converted(unit, ret);
    check_origin(unit, ret);
    check_people(figures, context->root, ret);
    check_chain(unit, context->before, ret);
    check_sentence(unit, figures->joined, ret);
    add(ret, "published", false, context->differences == 0, 0, context->differences,
        "与发布方公布数不同的数字（计入已记录的发布方调整之后）",
        "figures of publishers that say something else, recorded publisher adjustments allowed "
        "for");
}

void checks_failed(const struct bulletin_checks *checks, int64_t *ret_failed, int64_t *ret_hard)
{
    *ret_failed = *ret_hard = 0;
    for (size_t i = 0; i < checks->count; i++) {
        *ret_failed += !checks->check[i].passed;
        *ret_hard += !checks->check[i].passed && checks->check[i].hard;
    }
}
