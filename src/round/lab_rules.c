#include "round/lab.h"

#include "base/time.h"

#include <stdio.h>

enum { ROWS = 8, COLUMNS = 12 };

int64_t lab_well_of(struct bh_str text)
{
    int64_t column = 0;
    if (text.len < 2 || text.len > 3)
        return 0;
    int row = text.at[0] >= 'a' ? text.at[0] - 'a' : text.at[0] - 'A';
    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        column = column * 10 + (text.at[i] - '0');
    }
    if (row < 0 || row >= ROWS || column < 1 || column > COLUMNS)
        return 0;
    return (column - 1) * ROWS + row + 1;
}

void lab_well_name(int64_t well, char ret[LAB_WELL_TEXT])
{
    int64_t column = (well - 1) / ROWS + 1;
    bh_assert(well >= 1 && well <= LAB_WELLS);
    (void)snprintf(ret, LAB_WELL_TEXT, "%c%d", (char)('A' + (well - 1) % ROWS),
                   (int)(column % 100));
}

enum { FINE_MINUTES = 5, FINE_CLASSES = 48, COARSE_MINUTES = 30, CLASS_MAX = LAB_CLASSES - 1 };

int64_t lab_class_of(int64_t ms)
{
    int64_t minutes = ms < 0 ? 0 : ms / BH_MINUTE_MS, fine = FINE_MINUTES * FINE_CLASSES;
    if (minutes < fine)
        return minutes / FINE_MINUTES;
    int64_t number = FINE_CLASSES + (minutes - fine) / COARSE_MINUTES;
    return number < CLASS_MAX ? number : CLASS_MAX;
}

int64_t lab_class_ms(int64_t number)
{
    int64_t fine = FINE_MINUTES * FINE_CLASSES, half_minutes;
    if (number < FINE_CLASSES)
        half_minutes = 2 * number * FINE_MINUTES + FINE_MINUTES;
    else
        half_minutes = 2 * (fine + (number - FINE_CLASSES) * COARSE_MINUTES) + COARSE_MINUTES;
    return half_minutes * BH_MINUTE_MS / 2;
}

int64_t lab_room(int64_t per_hour, int64_t waiting)
{
    return per_hour > waiting ? per_hour - (waiting > 0 ? waiting : 0) : 0;
}

int64_t lab_wait_minutes(int64_t per_hour, int64_t waiting)
{
    enum { MINUTES = 60 };
    if (waiting <= 0)
        return 0;
    return per_hour <= 0 ? BH_NONE : (waiting * MINUTES + per_hour - 1) / per_hour;
}

enum lab_advice lab_advice_of(int64_t per_hour, int64_t waiting)
{
    if (per_hour <= 0)
        return LAB_ADVICE_UNKNOWN;
    return lab_room(per_hour, waiting) > 0 ? LAB_ADVICE_ROOM : LAB_ADVICE_FULL;
}

int64_t lab_share_class(const int64_t tubes[LAB_CLASSES], int64_t per_hundred)
{
    int64_t all = 0, below = 0;
    for (int i = 0; i < LAB_CLASSES; i++)
        all += tubes[i];
    for (int i = 0; i < LAB_CLASSES; i++) {
        below += tubes[i];
        if (below * 100 >= all * per_hundred && below > 0)
            return i;
    }
    return -1;
}

int64_t lab_median_class(const int64_t tubes[LAB_CLASSES])
{
    return lab_share_class(tubes, 50);
}

/* ---- verdicts ---- */

int64_t lab_target_verdict(const struct lab_cutoff *cutoff, int64_t ct)
{
    if (ct == BH_NONE)
        return VERDICT_NEGATIVE;
    return ct < cutoff->ct_below ? VERDICT_POSITIVE : VERDICT_GREY;
}

static int64_t positives(const struct lab_cutoff *cutoff, int64_t ct_orf1ab, int64_t ct_n)
{
    return (lab_target_verdict(cutoff, ct_orf1ab) == VERDICT_POSITIVE) +
           (lab_target_verdict(cutoff, ct_n) == VERDICT_POSITIVE);
}

int64_t lab_well_verdict(const struct lab_cutoff *cutoff, int64_t ct_orf1ab, int64_t ct_n,
                         bool inhibited)
{
    if (positives(cutoff, ct_orf1ab, ct_n) >= cutoff->needed)
        return VERDICT_POSITIVE;
    if (ct_orf1ab != BH_NONE || ct_n != BH_NONE)
        return VERDICT_GREY;
    return inhibited ? VERDICT_INVALID : VERDICT_NEGATIVE;
}

bool lab_control_holds(const struct lab_cutoff *cutoff, int64_t control, int64_t ct_orf1ab,
                       int64_t ct_n)
{
    int64_t seen = positives(cutoff, ct_orf1ab, ct_n);
    return control == CONTROL_POSITIVE ? seen == TARGET_COUNT : seen == 0;
}

/* ---- laying ---- */

static bool refuse(struct bh_err *err, size_t place, const char *zh, const char *en)
{
    char field[BH_FIELD_MAX];
    (void)snprintf(field, sizeof field, "wells[%zu]", place);
    (void)bh_fail_field(err, BH_INVALID, field, "第 %zu 孔：%s%.0s", "well %zu: %.0s%s", place + 1,
                        zh, en);
    err->row = (int)place + 1;
    return false;
}

bool lab_lay(const struct lab_laying *items, size_t count, int64_t *ret_wells,
             struct lab_laying *ret_added, size_t *ret_added_count, struct bh_err *err)
{
    static const int64_t fixed[] = {LAB_WELL_NEGATIVE, LAB_WELL_POSITIVE};
    bool used[LAB_WELLS + 1] = {false}, named[2] = {false};
    int64_t next = 1;
    *ret_added_count = 0;
    for (size_t i = 0; i < count; i++)
        if (items[i].control != BH_NONE)
            named[items[i].control] = true;
    for (int k = 0; k < 2; k++)
        if (!named[k]) {
            used[fixed[k]] = true;
            ret_added[(*ret_added_count)++] = (struct lab_laying){fixed[k], k};
        }
    for (size_t i = 0; i < count; i++) {
        if (items[i].well != 0 && used[items[i].well])
            return refuse(err, i, "该孔已占用或留给对照", "is taken, or kept for a control");
        used[items[i].well] = true;
        ret_wells[i] = items[i].well;
    }
    for (size_t i = 0; i < count; i++) {
        if (ret_wells[i] != 0)
            continue;
        while (next <= LAB_WELLS && used[next])
            next++;
        if (next > LAB_WELLS)
            return refuse(err, i, "板已满", "the plate is full");
        used[next] = true;
        ret_wells[i] = next;
    }
    return true;
}

/* ---- pools ---- */

static double power(double base, int64_t exponent)
{
    double result = 1;
    for (int64_t i = 0; i < exponent; i++)
        result *= base;
    return result;
}

/* The share p of people for which 1 - (1 - p)^size is the share of positive pools. */
static double prevalence(double pools_positive, int64_t size)
{
    enum { HALVINGS = 60 };
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (1 - power(1 - middle, size) < pools_positive)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* Tubes a person: one of size k, and another for everybody in a positive pool. */
static double tubes_a_person(double p, int64_t size)
{
    return size == 1 ? 1 : 1 / (double)size + 1 - power(1 - p, size);
}

struct lab_pooling lab_pooling_of(int64_t pools, int64_t positive, int64_t size,
                                  const int64_t *sizes, size_t size_count, int64_t max_per_mille)
{
    struct lab_pooling ret = {0, BH_NONE, false};
    if (pools <= 0 || size <= 1)
        return ret;
    double p = positive == 0 ? 0 : prevalence((double)positive / (double)pools, size), best = 0;
    ret.prevalence_per_million = (int64_t)(p * 1e6 + 0.5);
    ret.wasteful = max_per_mille > 0 && p * 1000 > (double)max_per_mille;
    for (size_t i = 0; i < size_count; i++) {
        double cost = tubes_a_person(p, sizes[i]);
        if (ret.advised == BH_NONE || cost < best) {
            ret.advised = sizes[i];
            best = cost;
        }
    }
    return ret;
}
