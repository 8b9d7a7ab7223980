/* The bulletin as people read it. Every number comes from the figures; every sentence can be false and is then
 * left out. */
#include "bulletin/bulletin.h"

#include "base/time.h"

struct writer_of_text {
    const struct text_input *in;
    const struct unit_figures *unit;
    struct bh_buf *out;
    bool english;
};

static void say(const struct writer_of_text *w, const char *zh, const char *en)
{
    bh_buf_text(w->out, w->english ? en : zh);
}

/* 12345 as 12,345. */
static void say_count(const struct writer_of_text *w, int64_t value)
{
    char digits[24], *at = digits + sizeof digits - 1;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int count = 0;
    *at = 0;
    do {
        if (count > 0 && count % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + rest % 10);
        rest /= 10;
        count++;
    } while (rest > 0);
    if (value < 0)
        bh_buf_text(w->out, "\xe2\x88\x92"); /* minus sign */
    bh_buf_text(w->out, at);
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* Day of an instant; the end of a day belongs to it as 24:00. */
static struct bh_civil end_of(const struct writer_of_text *w, int64_t at_ms)
{
    struct bh_civil civil = bh_civil_of(at_ms, w->in->zone_minutes);
    if (civil.hour != 0 || civil.minute != 0)
        return civil;
    civil = bh_civil_of(at_ms - 1, w->in->zone_minutes);
    civil.hour = 24;
    civil.minute = 0;
    return civil;
}

static void say_day(const struct writer_of_text *w, const struct bh_civil *day, bool year)
{
    if (w->english)
        bh_buf_format(w->out, "%d %s", day->day, months[day->month - 1]);
    else if (year)
        bh_buf_format(w->out, "%d年%d月%d日", day->year, day->month, day->day);
    else
        bh_buf_format(w->out, "%d月%d日", day->month, day->day);
    if (w->english && year)
        bh_buf_format(w->out, " %d", day->year);
}

static bool same_day(const struct bh_civil *a, const struct bh_civil *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day;
}

static void say_interval(const struct writer_of_text *w, int64_t from_ms, int64_t to_ms, bool year)
{
    struct bh_civil from = bh_civil_of(from_ms, w->in->zone_minutes), to = end_of(w, to_ms);
    if (!w->english) {
        say_day(w, &from, year);
        bh_buf_format(w->out, "%d时至", from.hour);
        if (!same_day(&from, &to))
            say_day(w, &to, year && from.year != to.year);
        bh_buf_format(w->out, "%d时", to.hour);
        return;
    }
    if (same_day(&from, &to)) {
        say_day(w, &from, year);
        bh_buf_format(w->out, ", %02d:00 to %02d:00", from.hour, to.hour);
        return;
    }
    bh_buf_format(w->out, "%02d:00 on ", from.hour);
    say_day(w, &from, year && from.year != to.year);
    bh_buf_format(w->out, " to %02d:00 on ", to.hour);
    say_day(w, &to, year);
}

/* ---- lists ---- */

static void say_severities(const struct writer_of_text *w, enum figure_span span)
{
    bool first = true;
    for (int severity = SEVERITY_MILD; severity < SEVERITY_COUNT; severity++) {
        int64_t n = w->unit->severity[span][severity];
        if (n == 0)
            continue;
        say(w, first ? "按临床分型，" : "、", first ? " By severity: " : ", ");
        if (w->english) {
            bh_buf_format(w->out, "%s ", case_severities[severity].en);
            say_count(w, n);
        } else {
            bh_buf_text(w->out, case_severities[severity].zh);
            say_count(w, n);
            bh_buf_text(w->out, "例");
        }
        first = false;
    }
    if (!first)
        say(w, "。", ".");
}

/* Parts with something to tell, the greatest first, equal ones in the order of the edition. */
static int next_part(const struct writer_of_text *w, int measure, int64_t most, int after)
{
    int best = -1;
    for (size_t i = 0; i < w->in->figures->count; i++) {
        const struct unit_figures *part = &w->in->figures->unit[i];
        int64_t n = part->n[measure];
        if (part->parent != w->in->root || n == 0 || n > most || (n == most && (int)i <= after))
            continue;
        if (best < 0 || n > w->in->figures->unit[best].n[measure])
            best = (int)i;
    }
    return best;
}

static void say_part(const struct writer_of_text *w, const struct unit_figures *part, int measure)
{
    int64_t converted = measure == FIGURE_CONFIRMED_NEW ? part->n[FIGURE_CONVERTED] : 0;
    bh_buf_text(w->out, w->english ? part->en : part->zh);
    if (w->english)
        bh_buf_byte(w->out, ' ');
    say_count(w, part->n[measure]);
    say(w, "例", "");
    if (converted == 0)
        return;
    say(w, "（其中转为确诊", " (of which converted ");
    say_count(w, converted);
    say(w, "例）", ")");
}

static void say_parts(const struct writer_of_text *w, int measure)
{
    int64_t most = INT64_MAX;
    bool first = true, rest = false;
    int told = 0;
    for (int at = next_part(w, measure, most, -1); at >= 0; at = next_part(w, measure, most, at)) {
        say(w, first ? "按地区，" : "，", first ? " By area: " : ", ");
        say_part(w, &w->in->figures->unit[at], measure);
        most = w->in->figures->unit[at].n[measure];
        first = false;
        told++;
    }
    for (size_t i = 0; i < w->in->figures->count; i++) {
        const struct unit_figures *part = &w->in->figures->unit[i];
        rest = rest || (part->parent == w->in->root && !part->unknown && part->n[measure] == 0);
    }
    if (told == 0)
        return;
    if (rest)
        say(w, "，其余地区为0例", ", elsewhere 0");
    say(w, "。", ".");
}

static void say_origin(const struct writer_of_text *w, int measure)
{
    int64_t local = w->unit->origin[ORIGIN_LOCAL][measure],
            imported = w->unit->origin[ORIGIN_IMPORTED][measure];
    if (local + imported == 0)
        return;
    if (imported == 0) {
        say(w, "，均为本土", ", all local");
        return;
    }
    say(w, "（本土", " (local ");
    say_count(w, local);
    say(w, "例，境外输入", ", imported ");
    say_count(w, imported);
    say(w, "例）", ")");
}

/* ---- paragraphs ---- */

static void say_confirmed(const struct writer_of_text *w)
{
    say(w, "新增确诊病例", "New confirmed cases: ");
    say_count(w, w->unit->n[FIGURE_CONFIRMED_NEW]);
    say(w, "例", "");
    say_origin(w, FIGURE_CONFIRMED_NEW);
    if (w->unit->n[FIGURE_CONFIRMED_NEW] > 0) {
        say(w, "，其中由无症状感染者转为确诊", ", of which converted from asymptomatic: ");
        say_count(w, w->unit->n[FIGURE_CONVERTED]);
        say(w, "例", "");
    }
    say(w, "。", ".");
    say_severities(w, SPAN_NEW);
    say_parts(w, FIGURE_CONFIRMED_NEW);
    bh_buf_text(w->out, "\n");
    say(w, "新增无症状感染者", "New asymptomatic infected persons: ");
    say_count(w, w->unit->n[FIGURE_ASYMPTOMATIC_NEW]);
    say(w, "例", "");
    say_origin(w, FIGURE_ASYMPTOMATIC_NEW);
    say(w, "。", ".");
    say_parts(w, FIGURE_ASYMPTOMATIC_NEW);
    bh_buf_text(w->out, "\n");
}

/* "All have been moved" only when every one of them has closed duties of transport and admission to show. */
static void say_infected(const struct writer_of_text *w)
{
    int64_t infected = figures_infected(w->unit);
    say(w, "新发现感染者共", "Persons newly found infected: ");
    say_count(w, infected);
    say(w, "人（转为确诊者此前已计入，不重复计算）。",
        " (those converted were counted before and are not counted twice).");
    if (w->unit->waiting > 0 && w->in->figures->joined) {
        say(w, "其中有人在通报签发时仍在等待转运或收治，人数见各时段通报。",
            " Some of them still waited for transport or admission when it was signed; the "
            "bulletin of each window tells how many.");
    } else if (w->unit->waiting > 0) {
        say(w, "上述人员（含转为确诊者）中，尚有", " Of all these, those converted included, ");
        say_count(w, w->unit->waiting);
        say(w, "人正在等待转运或收治。", " still wait for transport or admission.");
    } else if (w->unit->unbacked == 0 && (infected > 0 || w->unit->n[FIGURE_CONVERTED] > 0)) {
        say(w, "上述人员已全部转运并收治。", " All of them have been moved and admitted.");
    }
    bh_buf_text(w->out, "\n");
}

static void say_cumulative(const struct writer_of_text *w)
{
    struct bh_civil to = end_of(w, w->in->figures->to_ms);
    if (w->english) {
        bh_buf_format(w->out, "Up to %02d:00 on ", to.hour);
        say_day(w, &to, false);
        bh_buf_text(w->out, ", confirmed cases in all: ");
    } else {
        bh_buf_text(w->out, "截至");
        say_day(w, &to, false);
        bh_buf_format(w->out, "%d时，累计报告确诊病例", to.hour);
    }
    say_count(w, w->unit->n[FIGURE_CONFIRMED_CUMULATIVE]);
    say(w, "例。", ".");
    say_severities(w, SPAN_CUMULATIVE);
    say_parts(w, FIGURE_CONFIRMED_CUMULATIVE);
    bh_buf_text(w->out, "\n");
    say(w, "累计报告无症状感染者", "Asymptomatic infected persons in all: ");
    say_count(w, w->unit->n[FIGURE_ASYMPTOMATIC_CUMULATIVE]);
    say(w, "例（含此后转为确诊者）。", " (with those converted since).");
    say_parts(w, FIGURE_ASYMPTOMATIC_CUMULATIVE);
    bh_buf_text(w->out, "\n");
}

static void say_note(const struct writer_of_text *w, const struct bulletin_note *note)
{
    bool all = note->severity == BH_NONE || note->severity == SEVERITY_NONE;
    say(w, "发布方调整：", "Publisher adjustment: ");
    say(w, note->zh, note->en);
    say(w, "，", ", ");
    say(w, bulletin_measures[note->measure].zh, bulletin_measures[note->measure].en);
    if (!all) {
        say(w, "（", " (");
        say(w, case_severities[note->severity].zh, case_severities[note->severity].en);
        say(w, "）", ")");
    }
    say(w, "", " ");
    say_count(w, note->value);
    say(w, "例，归于", ", dated ");
    say_interval(w, note->from_ms, note->to_ms, false);
    say(w, "。理由：", ". Reason: ");
    bh_buf_str(w->out, note->reason);
    say(w, "。来源：", ". Source: ");
    bh_buf_str(w->out, note->source);
    say(w, "。该调整已计入上述数字，不对应任何个人。\n",
        ". It is inside the figures above and stands for no person.\n");
}

static void say_unpublished(const struct writer_of_text *w)
{
    bool first = true;
    for (size_t i = 0; i < w->in->figures->count; i++) {
        const struct unit_figures *part = &w->in->figures->unit[i];
        if (part->parent != w->in->root || !part->unknown)
            continue;
        say(w, first ? "" : "、", first ? "Not published separately: " : ", ");
        say(w, part->zh, part->en);
        first = false;
    }
    if (!first)
        say(w, "未单独发布数字（不等于0）。\n", " (which does not mean 0).\n");
}

static void say_version(const struct writer_of_text *w)
{
    if (w->in->version == 0) {
        say(w, "草稿，未签发。\n", "Draft, not signed.\n");
    } else if (w->in->version > 1) {
        bh_buf_format(w->out,
                      w->english ? "Version %lld. Reason of the correction: "
                                 : "第%lld版。更正理由：",
                      (long long)w->in->version);
        bh_buf_str(w->out, w->in->reason);
        say(w, "。\n", ".\n");
    }
}

void bulletin_text(const struct text_input *input, bool english, struct bh_buf *out)
{
    struct writer_of_text w = {input, &input->figures->unit[input->root], out, english};
    say(&w, input->zh, input->en);
    say(&w, "新型冠状病毒肺炎疫情通报\n", ": bulletin on COVID-19\n");
    say_interval(&w, input->figures->from_ms, input->figures->to_ms, true);
    bh_buf_text(out, "\n\n");
    if (w.unit->unknown) {
        say(&w, "该地区未单独发布数字（不等于0）。\n",
            "Not published separately (which does not mean 0).\n");
        return;
    }
    say_confirmed(&w);
    say_infected(&w);
    say_cumulative(&w);
    for (size_t i = 0; i < input->note_count; i++)
        say_note(&w, &input->notes[i]);
    say_unpublished(&w);
    say_version(&w);
}
