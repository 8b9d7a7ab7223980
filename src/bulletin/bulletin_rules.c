#include "bulletin/bulletin.h"

#include "base/time.h"

#include <string.h>

/* ---- windows ---- */

int64_t window_place(const struct bulletin_window *windows, size_t count, int64_t at_ms,
                     bool open_only)
{
    for (size_t i = 0; i < count; i++)
        if (windows[i].to_ms > at_ms && !(open_only && windows[i].version > 0))
            return at_ms > windows[i].from_ms ? at_ms : windows[i].from_ms;
    return BH_NONE;
}

enum window_refusal window_judge(const struct bulletin_window *windows, size_t count,
                                 int64_t from_ms, int64_t to_ms)
{
    if (to_ms <= from_ms)
        return WINDOW_BACKWARD;
    if (from_ms % BH_HOUR_MS != 0 || to_ms % BH_HOUR_MS != 0)
        return WINDOW_NOT_HOURS;
    if (to_ms - from_ms > WINDOW_DAYS_MAX * BH_DAY_MS)
        return WINDOW_TOO_LONG;
    for (size_t i = 0; i < count; i++)
        if (from_ms < windows[i].to_ms && windows[i].from_ms < to_ms)
            return WINDOW_OVERLAPS;
    return WINDOW_FITS;
}

/* ---- what counts ---- */

/* Was the step known when the case was first counted, and did it happen before the audit it counts by? */
static bool step_stands(const struct count_step *step, int64_t known_by, int64_t audited_ms)
{
    return step->kind == REPORT_CASE_DIAGNOSED ||
           (step->seq <= known_by && step->occurred_ms <= audited_ms);
}

static bool goes_before(const struct count_step *a, const struct count_step *b)
{
    if ((a->kind == REPORT_CASE_DIAGNOSED) != (b->kind == REPORT_CASE_DIAGNOSED))
        return a->kind == REPORT_CASE_DIAGNOSED;
    return a->occurred_ms != b->occurred_ms ? a->occurred_ms < b->occurred_ms : a->seq < b->seq;
}

/* The last step that stands says what the case was. */
static void fold_status(const struct count_basis *basis, int64_t known_by,
                        struct counted_facts *want)
{
    const struct count_step *last = NULL;
    want->status = BH_NONE;
    for (size_t i = 0; i < basis->step_count; i++) {
        const struct count_step *step = &basis->steps[i];
        if (!step_stands(step, known_by, basis->audited_ms))
            continue;
        if (step->kind == REPORT_CASE_DIAGNOSED && want->status == BH_NONE)
            want->status = step->status;
        else if (step->kind == REPORT_CASE_CONVERTED)
            want->status = STATUS_CONFIRMED;
        if (!last || goes_before(last, step))
            last = step;
    }
    want->severity = last ? last->severity : SEVERITY_NONE;
}

static const struct count_step *find_conversion(const struct count_basis *basis, int64_t known_by)
{
    const struct count_step *found = NULL;
    for (size_t i = 0; i < basis->step_count; i++) {
        const struct count_step *step = &basis->steps[i];
        if (step->kind == REPORT_CASE_CONVERTED &&
            !step_stands(step, known_by, basis->audited_ms) && (!found || goes_before(step, found)))
            found = step;
    }
    return found;
}

/* Taken out by a correction that was itself corrected: it goes back to where it was, signed or not. */
static bool returns(const struct count_basis *basis, const struct counted_facts *now)
{
    return now->counted_ms == BH_NONE && now->last_ms != BH_NONE &&
           basis->audited_ms == now->last_audited_ms;
}

static void judge_conversion(const struct count_step *step, const struct bulletin_window *windows,
                             size_t count, const struct counted_facts *now,
                             struct counted_facts *want)
{
    bool back = now->counted_ms == BH_NONE && want->counted_ms == now->last_ms && step &&
                step->occurred_ms == now->last_happened_ms;
    want->converted_ms = want->converted_severity = want->happened_ms = BH_NONE;
    if (want->status != STATUS_ASYMPTOMATIC || !step)
        return;
    int64_t at_ms = step->occurred_ms > want->counted_ms ? step->occurred_ms : want->counted_ms;
    if (back)
        want->converted_ms = now->last_converted_ms;
    else if (now->converted_ms == BH_NONE)
        want->converted_ms = window_place(windows, count, at_ms, true);
    else if (now->happened_ms != step->occurred_ms)
        want->converted_ms = window_place(windows, count, at_ms, false);
    else
        want->converted_ms =
            now->converted_ms > want->counted_ms ? now->converted_ms : want->counted_ms;
    if (want->converted_ms == BH_NONE)
        return;
    want->converted_severity = step->severity;
    want->happened_ms = step->occurred_ms;
}

void count_judge(const struct count_basis *basis, const struct bulletin_window *windows,
                 size_t count, const struct counted_facts *now, struct counted_facts *want)
{
    bool counts = now->counted_ms != BH_NONE;
    *want = *now;
    want->area = basis->area;
    want->audited_ms = basis->audited_ms;
    want->counted_ms = BH_NONE;
    if (!basis->gone && basis->audited_ms != BH_NONE) {
        if (returns(basis, now))
            want->counted_ms = now->last_ms;
        else if (!counts)
            want->counted_ms = window_place(windows, count, basis->audited_ms, true);
        else if (basis->audited_ms == now->audited_ms)
            want->counted_ms = now->counted_ms;
        else /* a correction reaches into signed windows: their next version tells it */
            want->counted_ms = window_place(windows, count, basis->audited_ms, false);
    }
    if (want->counted_ms == BH_NONE) {
        want->status = want->severity = want->audited_ms = BH_NONE;
        want->converted_ms = want->converted_severity = want->happened_ms = BH_NONE;
        return;
    }
    int64_t known_by = counts || returns(basis, now) ? now->first_by : INT64_MAX;
    fold_status(basis, known_by, want);
    judge_conversion(find_conversion(basis, known_by), windows, count, now, want);
}

/* ---- figures ---- */

int64_t figures_infected(const struct unit_figures *unit)
{
    return unit->n[FIGURE_CONFIRMED_NEW] + unit->n[FIGURE_ASYMPTOMATIC_NEW] -
           unit->n[FIGURE_CONVERTED];
}

int figures_find(const struct bulletin_figures *figures, struct bh_str unit)
{
    for (size_t i = 0; i < figures->count; i++)
        if (bh_str_is(unit, figures->unit[i].unit))
            return (int)i;
    return -1;
}

static bool is_new(int64_t measure)
{
    return measure < FIGURE_CONFIRMED_CUMULATIVE;
}

static void join_unit(struct unit_figures *into, const struct unit_figures *next)
{
    for (int measure = 0; measure < FIGURE_COUNT; measure++) {
        into->n[measure] = next->n[measure] + (is_new(measure) ? into->n[measure] : 0);
        into->adjusted[measure] =
            next->adjusted[measure] + (is_new(measure) ? into->adjusted[measure] : 0);
        into->own[measure] = next->own[measure] + (is_new(measure) ? into->own[measure] : 0);
        for (int origin = 0; origin < ORIGIN_COUNT; origin++)
            into->origin[origin][measure] = next->origin[origin][measure] +
                                            (is_new(measure) ? into->origin[origin][measure] : 0);
    }
    for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
        into->severity[SPAN_NEW][severity] += next->severity[SPAN_NEW][severity];
        into->severity[SPAN_CUMULATIVE][severity] = next->severity[SPAN_CUMULATIVE][severity];
    }
    into->unsplit[SPAN_NEW] += next->unsplit[SPAN_NEW];
    into->unsplit[SPAN_CUMULATIVE] = next->unsplit[SPAN_CUMULATIVE];
    for (int measure = 0; measure < FIGURE_CONFIRMED_CUMULATIVE; measure++)
        into->people[measure] += next->people[measure];
    into->waiting += next->waiting;
    into->unbacked += next->unbacked;
}

bool figures_join(struct bulletin_figures *into, const struct bulletin_figures *next)
{
    if (into->to_ms != next->from_ms || into->count != next->count)
        return false;
    for (size_t i = 0; i < into->count; i++)
        if (strcmp(into->unit[i].unit, next->unit[i].unit) != 0)
            return false;
    for (size_t i = 0; i < into->count; i++)
        join_unit(&into->unit[i], &next->unit[i]);
    into->to_ms = next->to_ms;
    into->joined = true;
    into->twice += next->twice;
    into->outside = next->outside;
    return true;
}

int64_t figures_value(const struct unit_figures *unit, int64_t measure, int64_t severity)
{
    if (measure < 0 || measure >= FIGURE_COUNT || unit->unknown)
        return BH_NONE;
    if (severity == BH_NONE || severity == SEVERITY_NONE)
        return unit->n[measure];
    if (measure == FIGURE_CONFIRMED_NEW)
        return unit->severity[SPAN_NEW][severity];
    if (measure == FIGURE_CONFIRMED_CUMULATIVE)
        return unit->severity[SPAN_CUMULATIVE][severity];
    return BH_NONE;
}

static void adjust_measure(struct unit_figures *unit, bool own, int measure, int64_t severity,
                           int64_t value)
{
    unit->n[measure] += value;
    unit->adjusted[measure] += value;
    if (own)
        unit->own[measure] += value;
    if (measure != FIGURE_CONFIRMED_NEW && measure != FIGURE_CONFIRMED_CUMULATIVE)
        return;
    int span = measure == FIGURE_CONFIRMED_NEW ? SPAN_NEW : SPAN_CUMULATIVE;
    if (severity == BH_NONE || severity == SEVERITY_NONE)
        unit->unsplit[span] += value;
    else
        unit->severity[span][severity] += value;
}

void figures_adjust(struct bulletin_figures *figures, int index, int64_t measure, int64_t severity,
                    int64_t value, bool inside)
{
    static const int cumulative_of[] = {
        [FIGURE_CONFIRMED_NEW] = FIGURE_CONFIRMED_CUMULATIVE,
        [FIGURE_CONVERTED] = -1,
        [FIGURE_ASYMPTOMATIC_NEW] = FIGURE_ASYMPTOMATIC_CUMULATIVE,
    };
    bh_assert(measure >= 0 && measure < FIGURE_COUNT);
    for (int at = index; at >= 0; at = figures->unit[at].parent) {
        struct unit_figures *unit = &figures->unit[at];
        if (!is_new(measure) || inside)
            adjust_measure(unit, at == index, (int)measure, severity, value);
        if (is_new(measure) && cumulative_of[measure] >= 0)
            adjust_measure(unit, at == index, cumulative_of[measure], severity, value);
    }
}

/* ---- what differs ---- */

static size_t differ_add(struct bulletin_difference *ret, size_t count, size_t max, int unit,
                         int64_t measure, int64_t severity, int64_t before, int64_t after)
{
    if (before == after || count == max)
        return count;
    ret[count] = (struct bulletin_difference){
        .unit = unit, .measure = measure, .severity = severity, .before = before, .after = after};
    return count + 1;
}

size_t version_differences(const struct bulletin_figures *before,
                           const struct bulletin_figures *after, int root,
                           struct bulletin_difference *ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < after->count; i++) {
        const struct unit_figures *unit = &after->unit[i];
        int old = figures_find(before, bh_str_of(unit->unit));
        if (((int)i != root && unit->parent != root) || old < 0)
            continue;
        for (int measure = 0; measure < FIGURE_COUNT; measure++)
            for (int severity = 0; severity < SEVERITY_COUNT; severity++)
                count = differ_add(ret, count, max, (int)i, measure, severity,
                                   figures_value(&before->unit[old], measure, severity),
                                   figures_value(unit, measure, severity));
    }
    return count;
}
