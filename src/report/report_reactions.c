#include "report/report.h"

#include "base/time.h"
#include "ledger/area.h"
#include "ledger/known.h"
#include "ledger/log_events.h"
#include "round/round_facts.h"

/* ---- a single tube is positive ---- */

static void take_ct(const struct tube_resulted *result, int64_t *ct_orf1ab, int64_t *ct_n)
{
    const struct target_result *targets = result->targets.items;
    *ct_orf1ab = *ct_n = BH_NONE;
    for (size_t i = 0; i < result->targets.count; i++)
        *(targets[i].target == TARGET_ORF1AB ? ct_orf1ab : ct_n) = targets[i].ct;
}

/* The result decides a positive that waits without review (an antigen test, say): it is its review. */
static bool review_waiting(struct decision *d, struct db *db, const struct event_head *head,
                           const struct tube_resulted *result, int64_t positive, struct bh_err *err)
{
    struct positive_facts waiting = {0};
    if (!report_positive(db, positive, &waiting, err))
        return false;
    if (waiting.review != BH_NONE && waiting.review != REVIEW_REPEAT)
        return true;
    struct positive_reviewed fact = {
        .positive = positive, .outcome = REVIEW_POSITIVE, .institution = result->institution};
    take_ct(result, &fact.ct_orf1ab, &fact.ct_n);
    decision_emit(d, REPORT_POSITIVE_REVIEWED, head, &fact);
    return true;
}

/* A person with an open case is tested for release: no new positive. */
static bool react_resulted(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct tube_resulted *result = event->fields;
    struct tube_facts tube;
    struct tube_place *places = NULL;
    struct person_state state;
    size_t count = 0;
    int64_t lives = 0;
    if (result->verdict != VERDICT_POSITIVE)
        return true;
    if (!round_tube(db, result->tube, &tube, err) ||
        !round_members(db, result->tube, decision_arena(d), &places, &count, err))
        return false;
    if (tube.kind != TUBE_SINGLE || count != 1)
        return true;
    struct event_head head = {event->area, places[0].person, event->occurred_ms};
    if (!known_person(db, head.person, &lives, err) || !report_person(db, head.person, &state, err))
        return false;
    if (lives != 0)
        head.area = lives;
    if (state.open_case != 0)
        return true;
    if (state.waiting != 0)
        return review_waiting(d, db, &head, result, state.waiting, err);
    struct positive_found fact = {
        .source = SOURCE_LABORATORY,
        .tube = result->tube,
        .institution = result->institution,
        .found_in = tube.found_in,
        .sampled_ms = places[0].at_ms,
        .resulted_ms = event->occurred_ms,
    };
    take_ct(result, &fact.ct_orf1ab, &fact.ct_n);
    decision_emit(d, REPORT_POSITIVE_FOUND, &head, &fact);
    return true;
}

/* ---- a review is negative ---- */

static bool react_reviewed(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct positive_reviewed *f = event->fields;
    (void)db;
    (void)err;
    if (f->outcome != REVIEW_NEGATIVE)
        return true;
    struct positive_refuted fact = {.positive = f->positive};
    struct event_head head = {event->area, event->person, event->occurred_ms};
    decision_emit(d, REPORT_POSITIVE_REFUTED, &head, &fact);
    return true;
}

/* ---- first confirmed case of a county ---- */

static bool first_in_range(struct db *db, const struct range *range, int64_t case_number,
                           bool *ret_first, struct bh_err *err)
{
    int64_t one = 0;
    bool told = false, other = false;
    if (!db_int(db, err, &one, &told,
                "SELECT 1 FROM area_signal WHERE area BETWEEN ? AND ? AND signal = ?"
                " AND withdrawn_ms IS NULL LIMIT 1",
                "iii", range->from, range->to, (int64_t)SIGNAL_FIRST_CASE))
        return false;
    if (!told &&
        !db_int(db, err, &one, &other,
                "SELECT 1 FROM case_row WHERE area BETWEEN ? AND ? AND status = ? AND outcome <> ?"
                " AND withdrawn_ms IS NULL AND case_number <> ? LIMIT 1",
                "iiiii", range->from, range->to, (int64_t)STATUS_CONFIRMED,
                (int64_t)OUTCOME_EXCLUDED, case_number))
        return false;
    *ret_first = !told && !other;
    return true;
}

static bool tell_first(struct decision *d, struct db *db, const struct event *event,
                       int64_t case_number, int64_t area, struct bh_err *err)
{
    const struct scope *unit = decision_unit(d, area);
    bool first = unit != NULL;
    for (int i = 0; first && i < unit->count; i++)
        if (!first_in_range(db, &unit->range[i], case_number, &first, err))
            return false;
    if (!first)
        return true;
    struct county_first_case fact = {.case_number = case_number};
    struct event_head head = {area, event->person, event->occurred_ms};
    decision_emit(d, REPORT_COUNTY_FIRST_CASE, &head, &fact);
    return true;
}

/* ---- clusters ---- */

/* Cases of one smallest place inside the window before this one. The link that makes them one cluster is, until
 * exposures are known, that they live there. One signal a window. */
static bool tell_cluster(struct decision *d, struct db *db, const struct event *event,
                         int64_t case_number, struct bh_err *err)
{
    int64_t minimum = 0, days = 0, size = 0, one = 0;
    bool told = false;
    if (event->area == 0 || !decision_plan_number(d, event->area, "cluster_minimum", &minimum) ||
        !decision_plan_number(d, event->area, "cluster_window_days", &days))
        return true;
    int64_t from_ms = event->occurred_ms - days * BH_DAY_MS;
    if (!db_int(db, err, &size, NULL,
                "SELECT COUNT(*) FROM case_row WHERE area = ? AND diagnosed_ms > ? AND "
                "diagnosed_ms <= ?"
                " AND withdrawn_ms IS NULL AND outcome <> ?",
                "iiii", event->area, from_ms, event->occurred_ms, (int64_t)OUTCOME_EXCLUDED))
        return false;
    if (size < minimum)
        return true;
    if (!db_int(db, err, &one, &told,
                "SELECT 1 FROM area_signal WHERE area = ? AND signal = ? AND occurred_ms > ?"
                " AND withdrawn_ms IS NULL LIMIT 1",
                "iii", event->area, (int64_t)SIGNAL_CLUSTER, from_ms))
        return false;
    if (told)
        return true;
    struct cluster_found fact = {.case_number = case_number, .size = size};
    struct event_head head = {event->area, event->person, event->occurred_ms};
    decision_emit(d, REPORT_CLUSTER_FOUND, &head, &fact);
    return true;
}

static bool react_diagnosed(struct decision *d, struct db *db, const struct event *event,
                            struct bh_err *err)
{
    const struct case_diagnosed *f = event->fields;
    if (f->status == STATUS_CONFIRMED && !tell_first(d, db, event, event->seq, event->area, err))
        return false;
    return tell_cluster(d, db, event, event->seq, err);
}

static bool react_converted(struct decision *d, struct db *db, const struct event *event,
                            struct bh_err *err)
{
    const struct case_converted *f = event->fields;
    struct case_facts sick;
    return report_case(db, f->case_number, &sick, err) &&
           tell_first(d, db, event, f->case_number, sick.area, err);
}

/* ---- no case after all ---- */

/* The duties about its card hang on the card and on later facts, so they do not end with what opened the case. */
static bool void_case(struct decision *d, struct db *db, const struct event *event,
                      int64_t case_number, struct bh_err *err)
{
    struct case_facts sick;
    if (!report_case(db, case_number, &sick, err))
        return false;
    struct case_voided fact = {.case_number = case_number,
                               .report = sick.report != 0 ? sick.report : BH_NONE};
    struct event_head head = {sick.area, sick.person, event->occurred_ms};
    decision_emit(d, REPORT_CASE_VOIDED, &head, &fact);
    return true;
}

static bool react_excluded(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    return void_case(d, db, event, ((const struct case_excluded *)event->fields)->case_number, err);
}

static bool react_withdrawn(struct decision *d, struct db *db, const struct event *event,
                            struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    return f->target_kind != REPORT_CASE_DIAGNOSED || void_case(d, db, event, f->target, err);
}

const struct reaction report_reactions[] = {
    {ROUND_TUBE_RESULTED, {REPORT_POSITIVE_FOUND, REPORT_POSITIVE_REVIEWED}, react_resulted},
    {REPORT_POSITIVE_REVIEWED, {REPORT_POSITIVE_REFUTED}, react_reviewed},
    {REPORT_CASE_DIAGNOSED, {REPORT_COUNTY_FIRST_CASE, REPORT_CLUSTER_FOUND}, react_diagnosed},
    {REPORT_CASE_CONVERTED, {REPORT_COUNTY_FIRST_CASE}, react_converted},
    {REPORT_CASE_EXCLUDED, {REPORT_CASE_VOIDED}, react_excluded},
    {EVENT_FACT_WITHDRAWN, {REPORT_CASE_VOIDED}, react_withdrawn},
    {0},
};
