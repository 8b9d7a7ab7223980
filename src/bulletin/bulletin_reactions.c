#include "bulletin/bulletin.h"

#include "ledger/ledger.h"
#include "ledger/log_events.h"
#include "report/report_facts.h"

enum { STEPS_MAX = 200 };

static void tell(struct decision *d, const struct counted_facts *now,
                 const struct counted_facts *want)
{
    struct event_head head = {.area = want->area, .person = now->person};
    if (now->counted_ms == BH_NONE && want->counted_ms == BH_NONE)
        return;
    if (now->counted_ms != want->counted_ms || now->area != want->area ||
        now->status != want->status || now->severity != want->severity ||
        now->audited_ms != want->audited_ms) {
        struct case_counted fact = {now->case_number, want->counted_ms, want->status,
                                    want->severity, want->audited_ms};
        (void)decision_emit(d, BULLETIN_CASE_COUNTED, &head, &fact);
    }
    if (want->counted_ms == BH_NONE) /* its conversion went with it */
        return;
    if (now->converted_ms != want->converted_ms ||
        now->converted_severity != want->converted_severity ||
        now->happened_ms != want->happened_ms) {
        struct conversion_counted fact = {now->case_number, want->converted_ms,
                                          want->converted_severity, want->happened_ms};
        (void)decision_emit(d, BULLETIN_CONVERSION_COUNTED, &head, &fact);
    }
}

static bool lies_in(int64_t at_ms, const struct bulletin_window *window)
{
    return at_ms != BH_NONE && window && window->from_ms <= at_ms && at_ms < window->to_ms;
}

/* Compares what counts of a case with what should, and tells the difference as events. gone: a window that was
 * withdrawn; what counted in it is placed anew. NULL = none. */
static bool refresh(struct decision *d, struct db *db, int64_t case_number,
                    const struct bulletin_window *gone, struct bh_err *err)
{
    struct count_step steps[STEPS_MAX];
    struct count_basis basis = {.steps = steps};
    struct counted_facts now, judged, want;
    struct case_facts facts;
    struct window_list windows;
    if (!bulletin_case(db, case_number, &now, err) || !report_case(db, case_number, &facts, err) ||
        !count_steps(db, case_number, steps, STEPS_MAX, &basis.step_count, err))
        return false;
    basis.area = facts.area;
    basis.audited_ms =
        facts.passed_levels == AUDIT_LEVELS ? facts.audited_ms[AUDIT_PROVINCE] : BH_NONE;
    basis.gone = facts.withdrawn || facts.excluded;
    if (!windows_of(db, decision_ledger(d)->areas, basis.area, decision_now(d), basis.audited_ms,
                    decision_arena(d), &windows, err))
        return false;
    judged = now;
    if (lies_in(now.counted_ms, gone))
        judged.counted_ms = judged.last_ms = judged.first_by = judged.converted_ms =
            judged.happened_ms = BH_NONE;
    if (lies_in(now.converted_ms, gone))
        judged.converted_ms = judged.happened_ms = BH_NONE;
    count_judge(&basis, windows.window, windows.count, &judged, &want);
    tell(d, &now, &want);
    return true;
}

static bool react_audited(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct report_audited *f = event->fields;
    return f->level != AUDIT_PROVINCE || f->outcome != AUDIT_PASSED ||
           refresh(d, db, f->case_number, NULL, err);
}

/* Conversions, exclusions, moves: the case is found by the fact itself. */
static bool react_fact(struct decision *d, struct db *db, const struct event *event,
                       struct bh_err *err)
{
    int64_t case_number = 0;
    return count_case_of(db, event->seq, &case_number, err) &&
           refresh(d, db, case_number, NULL, err);
}

/* ---- windows ---- */

static bool read_cases(struct rows *rows, struct bh_arena *arena, int64_t **ret, size_t *ret_count,
                       struct bh_err *err)
{
    size_t size = 256, count = 0;
    int64_t *list = bh_arena_get(arena, size * sizeof *list);
    while (db_next(rows)) {
        if (count == size) {
            int64_t *more = bh_arena_get(arena, 2 * size * sizeof *more);
            for (size_t i = 0; i < count; i++)
                more[i] = list[i];
            list = more;
            size *= 2;
        }
        list[count++] = row_int(rows, 0);
    }
    *ret = list;
    *ret_count = count;
    return db_end(rows, err);
}

static bool refresh_all(struct decision *d, struct db *db, struct rows *rows,
                        const struct bulletin_window *gone, struct bh_err *err)
{
    int64_t *cases = NULL;
    size_t count = 0;
    if (!read_cases(rows, decision_arena(d), &cases, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!refresh(d, db, cases[i], gone, err))
            return false;
    return true;
}

/* Who passed the last audit, or was converted, when no window was open. */
static bool react_window(struct decision *d, struct db *db, const struct event *event,
                         struct bh_err *err)
{
    struct rows rows;
    (void)event;
    db_rows(db, &rows,
            "SELECT c.case_number FROM counted c WHERE c.counted_ms IS NULL AND EXISTS (SELECT 1 "
            "FROM count_step s"
            " WHERE s.case_number = c.case_number AND s.kind = 104 AND s.withdrawn = 0) ORDER BY "
            "c.case_number",
            "");
    if (!refresh_all(d, db, &rows, NULL, err))
        return false;
    db_rows(db, &rows,
            "SELECT DISTINCT s.case_number FROM count_step s JOIN counted c ON c.case_number = "
            "s.case_number"
            " WHERE s.kind = 105 AND s.withdrawn = 0 AND c.counted_ms IS NOT NULL AND "
            "c.converted_ms IS NULL"
            " AND c.status = ? ORDER BY s.case_number",
            "i", (int64_t)STATUS_ASYMPTOMATIC);
    return refresh_all(d, db, &rows, NULL, err);
}

static bool window_withdrawn(struct decision *d, struct db *db, int64_t seq, struct bh_err *err)
{
    struct rows rows;
    struct bulletin_window gone = {.from_ms = 0, .to_ms = 0};
    db_rows(db, &rows,
            "SELECT from_ms, to_ms FROM bulletin_window WHERE window_seq = ? AND withdrawn_ms IS "
            "NOT NULL",
            "i", seq);
    if (db_next(&rows)) {
        gone.from_ms = row_int(&rows, 0);
        gone.to_ms = row_int(&rows, 1);
    }
    if (!db_end(&rows, err))
        return false;
    db_rows(db, &rows,
            "SELECT case_number FROM counted WHERE (counted_ms >= ? AND counted_ms < ?)"
            " OR (converted_ms >= ? AND converted_ms < ?) ORDER BY case_number",
            "iiii", gone.from_ms, gone.to_ms, gone.from_ms, gone.to_ms);
    return refresh_all(d, db, &rows, &gone, err);
}

/* ---- corrections ---- */

static bool react_withdrawn(struct decision *d, struct db *db, const struct event *event,
                            struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    int64_t case_number = 0;
    if (f->target_kind == BULLETIN_WINDOW_OPENED)
        return window_withdrawn(d, db, f->target, err);
    return count_case_of(db, f->target, &case_number, err) &&
           (case_number == 0 || refresh(d, db, case_number, NULL, err));
}

static bool react_redated(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct fact_redated *f = event->fields;
    int64_t case_number = 0;
    return count_case_of(db, f->target, &case_number, err) &&
           (case_number == 0 || refresh(d, db, case_number, NULL, err));
}

#define EMITS                                                                                      \
    {                                                                                              \
        BULLETIN_CASE_COUNTED, BULLETIN_CONVERSION_COUNTED                                         \
    }

const struct reaction bulletin_reactions[] = {
    {REPORT_AUDITED, EMITS, react_audited},        {REPORT_CASE_CONVERTED, EMITS, react_fact},
    {REPORT_CASE_EXCLUDED, EMITS, react_fact},     {REPORT_CASE_MOVED_AREA, EMITS, react_fact},
    {BULLETIN_WINDOW_OPENED, EMITS, react_window}, {EVENT_FACT_WITHDRAWN, EMITS, react_withdrawn},
    {EVENT_FACT_REDATED, EMITS, react_redated},    {0},
};
