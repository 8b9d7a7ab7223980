#include "report/report.h"

#include "bulletin/bulletin_events.h"
#include "ledger/log_events.h"

const struct choice case_outcomes[] = {
    {"open", "在治或在管", "open"},       {"discharged", "出院", "discharged"},
    {"released", "解除隔离", "released"}, {"died", "死亡", "died"},
    {"excluded", "排除", "excluded"},     {NULL, NULL, NULL},
};
const struct choice positive_states[] = {
    {"waiting", "待诊断", "awaiting diagnosis"},
    {"refuted", "已排除", "refuted"},
    {"diagnosed", "已诊断", "diagnosed"},
    {"again", "复阳", "positive again"},
    {NULL, NULL, NULL},
};

/* positive and case_row are folds of case_history, which holds every fact of this link about them.
 * positive_wait: when, in recorded time, a positive stood in the queue that awaits diagnosis. */
const struct derived_table report_tables[] = {
    {"positive",
     "CREATE TABLE positive (positive INTEGER PRIMARY KEY, person BIGINT NOT NULL, area BIGINT NOT "
     "NULL,"
     " source BIGINT NOT NULL, tube BIGINT, institution BIGINT, found_in BIGINT, sampled_ms BIGINT,"
     " resulted_ms BIGINT, found_ms BIGINT NOT NULL, known_ms BIGINT NOT NULL, ct_orf1ab BIGINT,"
     " ct_n BIGINT, review BIGINT, state BIGINT NOT NULL, case_number BIGINT NOT NULL,"
     " withdrawn_ms BIGINT)",
     "CREATE INDEX positive_person ON positive (person)"},
    {"positive_wait",
     "CREATE TABLE positive_wait (positive BIGINT NOT NULL, area BIGINT NOT NULL,"
     " from_ms BIGINT NOT NULL, to_ms BIGINT, PRIMARY KEY (positive, from_ms)) WITHOUT ROWID",
     "CREATE INDEX positive_wait_area ON positive_wait (to_ms, area)"},
    {"case_row",
     "CREATE TABLE case_row (case_number INTEGER PRIMARY KEY, positive BIGINT NOT NULL,"
     " person BIGINT NOT NULL, area BIGINT NOT NULL, area_first BIGINT NOT NULL, status BIGINT NOT "
     "NULL,"
     " severity BIGINT NOT NULL, first_status BIGINT NOT NULL, first_severity BIGINT NOT NULL,"
     " origin BIGINT NOT NULL, found_in BIGINT, institution BIGINT, onset_ms BIGINT, sampled_ms "
     "BIGINT,"
     " resulted_ms BIGINT, diagnosed_ms BIGINT NOT NULL, known_ms BIGINT NOT NULL,"
     " report BIGINT NOT NULL, reported_ms BIGINT, audited_county_ms BIGINT, audited_city_ms "
     "BIGINT,"
     " audited_province_ms BIGINT, passed_levels BIGINT NOT NULL, returned BIGINT NOT NULL,"
     " converted_ms BIGINT, outcome BIGINT NOT NULL, outcome_ms BIGINT, re_positives BIGINT NOT "
     "NULL,"
     " counted_ms BIGINT, counted_status BIGINT, counted_severity BIGINT, counted_seq BIGINT,"
     " conversion_counted_ms BIGINT, conversion_severity BIGINT, conversion_seq BIGINT,"
     " withdrawn_ms BIGINT);"
     "CREATE INDEX case_row_person ON case_row (person)",
     "CREATE INDEX case_row_area ON case_row (area, diagnosed_ms);"
     "CREATE INDEX case_row_counted ON case_row (counted_ms, area)"},
    {"case_history",
     "CREATE TABLE case_history (seq INTEGER PRIMARY KEY, kind BIGINT NOT NULL,"
     " case_number BIGINT NOT NULL, positive BIGINT NOT NULL, report BIGINT NOT NULL,"
     " occurred_ms BIGINT NOT NULL, known_ms BIGINT NOT NULL, value BIGINT, extra BIGINT,"
     " withdrawn_ms BIGINT);"
     "CREATE INDEX case_history_case ON case_history (case_number);"
     "CREATE INDEX case_history_positive ON case_history (positive)",
     NULL},
    {"report",
     "CREATE TABLE report (report INTEGER PRIMARY KEY, case_number BIGINT NOT NULL,"
     " institution BIGINT NOT NULL, card_number TEXT NOT NULL, filed_ms BIGINT NOT NULL,"
     " known_ms BIGINT NOT NULL, withdrawn_ms BIGINT)",
     "CREATE INDEX report_case ON report (case_number);"
     "CREATE INDEX report_card ON report (card_number)"},
    {"area_signal",
     "CREATE TABLE area_signal (about INTEGER PRIMARY KEY, signal BIGINT NOT NULL,"
     " case_number BIGINT NOT NULL, area BIGINT NOT NULL, size BIGINT, occurred_ms BIGINT NOT NULL,"
     " known_ms BIGINT NOT NULL, withdrawn_ms BIGINT)",
     "CREATE INDEX area_signal_area ON area_signal (area, signal)"},
    {"event_report",
     "CREATE TABLE event_report (seq INTEGER PRIMARY KEY, about BIGINT NOT NULL, "
     "kind BIGINT NOT NULL,"
     " occurred_ms BIGINT NOT NULL, known_ms BIGINT NOT NULL, withdrawn_ms BIGINT)",
     "CREATE INDEX event_report_about ON event_report (about)"},
    {"withdrawal",
     "CREATE TABLE withdrawal (target INTEGER PRIMARY KEY, seq BIGINT NOT NULL, "
     "known_ms BIGINT NOT NULL)",
     NULL},
    {0},
};

/* ---- reading ---- */

bool report_case(struct db *db, int64_t case_number, struct case_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct case_facts f = {.case_number = case_number};
    bool found = false;
    db_rows(
        db, &rows,
        "SELECT positive, person, area, status, severity, first_status, first_severity, origin,"
        " found_in, institution, onset_ms, sampled_ms, resulted_ms, diagnosed_ms, known_ms, report,"
        " reported_ms, audited_county_ms, audited_city_ms, audited_province_ms, passed_levels,"
        " converted_ms, outcome, outcome_ms, re_positives, counted_ms, withdrawn_ms, returned"
        " FROM case_row WHERE case_number = ?",
        "i", case_number);
    if (db_next(&rows)) {
        int64_t *const to[] = {
            &f.positive,      &f.person,        &f.area,           &f.status,
            &f.severity,      &f.first_status,  &f.first_severity, &f.origin,
            &f.found_in,      &f.institution,   &f.onset_ms,       &f.sampled_ms,
            &f.resulted_ms,   &f.diagnosed_ms,  &f.known_ms,       &f.report,
            &f.reported_ms,   &f.audited_ms[0], &f.audited_ms[1],  &f.audited_ms[2],
            &f.passed_levels, &f.converted_ms,  &f.outcome,        &f.outcome_ms,
            &f.re_positives,  &f.counted_ms,    &f.withdrawn_ms,
        };
        enum { COLUMNS = sizeof to / sizeof to[0] };
        for (int i = 0; i < COLUMNS; i++)
            *to[i] = row_int(&rows, i);
        f.returned = row_int(&rows, COLUMNS) != 0;
        f.withdrawn = f.withdrawn_ms != BH_NONE;
        f.excluded = f.outcome == OUTCOME_EXCLUDED;
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "case", "没有病例 %lld", "there is no case %lld",
                             (long long)case_number);
    *ret = f;
    return true;
}

void report_samples(struct db *db, struct rows *rows)
{
    db_rows(db, rows, "SELECT case_number, sampled_ms FROM case_row ORDER BY case_number", "");
}

void report_found(struct db *db, struct rows *rows)
{
    db_rows(db, rows,
            "SELECT area, coalesce(sampled_ms, found_ms), found_in FROM positive"
            " WHERE withdrawn_ms IS NULL AND state IN (?, ?) ORDER BY positive",
            "ii", (int64_t)POSITIVE_WAITING, (int64_t)POSITIVE_DIAGNOSED);
}

bool report_positive(struct db *db, int64_t positive, struct positive_facts *ret,
                     struct bh_err *err)
{
    struct rows rows;
    struct positive_facts f = {.positive = positive};
    bool found = false;
    db_rows(db, &rows,
            "SELECT person, area, source, tube, institution, found_in, sampled_ms, resulted_ms, "
            "found_ms,"
            " known_ms, review, state, case_number, withdrawn_ms FROM positive WHERE positive = ?",
            "i", positive);
    if (db_next(&rows)) {
        int64_t *const to[] = {
            &f.person,   &f.area,       &f.source,      &f.tube,     &f.institution,
            &f.found_in, &f.sampled_ms, &f.resulted_ms, &f.found_ms, &f.known_ms,
            &f.review,   &f.state,      &f.case_number,
        };
        enum { COLUMNS = sizeof to / sizeof to[0] };
        for (int i = 0; i < COLUMNS; i++)
            *to[i] = row_int(&rows, i);
        f.withdrawn = !row_null(&rows, COLUMNS);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "positive", "没有初筛阳性 %lld",
                             "there is no positive %lld", (long long)positive);
    *ret = f;
    return true;
}

bool report_person(struct db *db, int64_t person, struct person_state *ret, struct bh_err *err)
{
    struct rows rows;
    struct person_state state = {0};
    db_rows(
        db, &rows,
        "SELECT case_number, outcome, area FROM case_row WHERE person = ? AND withdrawn_ms IS NULL"
        " ORDER BY diagnosed_ms, case_number",
        "i", person);
    while (db_next(&rows)) {
        if (row_int(&rows, 1) == OUTCOME_OPEN) {
            state.open_case = row_int(&rows, 0);
            state.open_area = row_int(&rows, 2);
        } else if (row_int(&rows, 1) == OUTCOME_DISCHARGED ||
                   row_int(&rows, 1) == OUTCOME_RELEASED) {
            state.ended_case = row_int(&rows, 0);
            state.ended_area = row_int(&rows, 2);
        }
    }
    if (!db_end(&rows, err))
        return false;
    db_rows(
        db, &rows,
        "SELECT positive, area FROM positive WHERE person = ? AND state = ? AND withdrawn_ms IS "
        "NULL ORDER BY positive LIMIT 1",
        "ii", person, (int64_t)POSITIVE_WAITING);
    if (db_next(&rows)) {
        state.waiting = row_int(&rows, 0);
        state.waiting_area = row_int(&rows, 1);
    }
    *ret = state;
    return db_end(&rows, err);
}

bool case_facts_read(struct db *db, int64_t case_number, int64_t at_ms, struct case_fact *ret,
                     size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    int64_t at = at_ms == BH_NONE ? INT64_MAX : at_ms;
    db_rows(
        db, &rows,
        "SELECT seq, kind, occurred_ms, report, value, extra FROM case_history"
        " WHERE case_number = ? AND known_ms <= ? AND (withdrawn_ms IS NULL OR withdrawn_ms > ?)"
        " ORDER BY seq",
        "iii", case_number, at, at);
    while (count <= CASE_FACTS_MAX && db_next(&rows)) {
        ret[count++] = (struct case_fact){
            .seq = row_int(&rows, 0),
            .kind = row_int(&rows, 1),
            .occurred_ms = row_int(&rows, 2),
            .report = row_int(&rows, 3),
            .value = row_int(&rows, 4),
            .extra = row_int(&rows, 5),
        };
    }
    *ret_count = count;
    return db_end(&rows, err);
}

/* ---- folding ---- */

static bool case_refresh(struct db *db, int64_t case_number, struct bh_err *err)
{
    struct case_fact facts[CASE_FACTS_MAX + 1];
    struct case_state s;
    size_t count = 0;
    if (!case_facts_read(db, case_number, BH_NONE, facts, &count, err))
        return false;
    case_fold(facts, count, &s);
    if (s.diagnosed_ms == BH_NONE)
        return true; /* withdrawn: the row keeps what was last known */
    return db_run(db, err,
                  "UPDATE case_row SET area = COALESCE(?, area_first), status = ?, severity = ?,"
                  " diagnosed_ms = ?, report = ?, reported_ms = ?, audited_county_ms = ?,"
                  " audited_city_ms = ?, audited_province_ms = ?, passed_levels = ?, returned = ?,"
                  " converted_ms = ?, outcome = ?, outcome_ms = ?, re_positives = ?"
                  " WHERE case_number = ?",
                  "IiiiiIIIIiiIiIii", s.area, s.status, s.severity, s.diagnosed_ms, s.report,
                  s.reported_ms, s.audited_ms[AUDIT_COUNTY], s.audited_ms[AUDIT_CITY],
                  s.audited_ms[AUDIT_PROVINCE], s.passed_levels, (int64_t)s.returned,
                  s.converted_ms, s.outcome, s.outcome_ms, s.re_positives, case_number);
}

/* Opens or closes the positive's place in the queue, at the recorded time of the event. */
static bool wait_refresh(struct db *db, int64_t positive, bool waits, int64_t known_ms,
                         struct bh_err *err)
{
    int64_t from_ms = BH_NONE;
    bool queued = false;
    if (!db_int(db, err, &from_ms, &queued,
                "SELECT from_ms FROM positive_wait WHERE positive = ? AND to_ms IS NULL", "i",
                positive))
        return false;
    if (waits == queued)
        return true;
    if (queued)
        return db_run(db, err,
                      "UPDATE positive_wait SET to_ms = ? WHERE positive = ? AND from_ms = ?",
                      "iii", known_ms, positive, from_ms);
    /* Two changes inside one millisecond make one interval. */
    return db_run(db, err,
                  "INSERT INTO positive_wait (positive, area, from_ms, to_ms)"
                  " SELECT positive, area, ?, NULL FROM positive WHERE positive = ?"
                  " ON CONFLICT (positive, from_ms) DO UPDATE SET to_ms = NULL",
                  "ii", known_ms, positive);
}

static bool positive_refresh(struct db *db, int64_t positive, int64_t known_ms, struct bh_err *err)
{
    struct positive_facts facts = {0};
    struct rows rows;
    if (!report_positive(db, positive, &facts, err))
        return false;
    struct positive_rules_state state = {.source = facts.source, .review = BH_NONE};
    db_rows(db, &rows,
            "SELECT kind, value, case_number FROM case_history"
            " WHERE positive = ? AND withdrawn_ms IS NULL ORDER BY seq",
            "i", positive);
    while (db_next(&rows)) {
        int64_t kind = row_int(&rows, 0);
        bool of_case = kind == REPORT_CASE_DIAGNOSED || kind == REPORT_RE_POSITIVE_FOUND;
        (void)positive_step(&state, kind, row_int(&rows, of_case ? 2 : 1));
    }
    if (!db_end(&rows, err))
        return false;
    if (!db_run(db, err,
                "UPDATE positive SET review = ?, state = ?, case_number = ? WHERE positive = ?",
                "Iiii", state.review, state.state, state.case_number, positive))
        return false;
    return wait_refresh(db, positive, state.state == POSITIVE_WAITING && !facts.withdrawn, known_ms,
                        err);
}

/* ---- applying ---- */

struct history {
    int64_t case_number, positive, report, value, extra;
};

static bool history_add(struct db *db, const struct event *event, struct history h,
                        struct bh_err *err)
{
    if (!db_run(db, err,
                "INSERT INTO case_history (seq, kind, case_number, positive, report, occurred_ms,"
                " known_ms, value, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "iiiiiiiII", event->seq, (int64_t)event->kind->number, h.case_number, h.positive,
                h.report, event->occurred_ms, event->recorded_ms, h.value, h.extra))
        return false;
    if (h.positive != 0 && !positive_refresh(db, h.positive, event->recorded_ms, err))
        return false;
    return h.case_number == 0 || case_refresh(db, h.case_number, err);
}

static bool apply_found(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct positive_found *f = event->fields;
    if (!db_run(db, err,
                "INSERT INTO positive (positive, person, area, source, tube, institution, found_in,"
                " sampled_ms, resulted_ms, found_ms, known_ms, ct_orf1ab, ct_n, review, state,"
                " case_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, 0)",
                "iiiiIIIIIiiIIi", event->seq, event->person, event->area, f->source, f->tube,
                f->institution, f->found_in, f->sampled_ms, f->resulted_ms, event->occurred_ms,
                event->recorded_ms, f->ct_orf1ab, f->ct_n, (int64_t)POSITIVE_WAITING))
        return false;
    return wait_refresh(db, event->seq, true, event->recorded_ms, err);
}

static bool apply_diagnosed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct case_diagnosed *f = event->fields;
    struct positive_facts positive = {0};
    if (!report_positive(db, f->positive, &positive, err))
        return false;
    if (!db_run(
            db, err,
            "INSERT INTO case_row (case_number, positive, person, area, area_first, status, "
            "severity,"
            " first_status, first_severity, origin, found_in, institution, onset_ms, sampled_ms,"
            " resulted_ms, diagnosed_ms, known_ms, report, passed_levels, returned, outcome,"
            " re_positives) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, "
            "0)",
            "iiiiiiiiiiIIIIIiii", event->seq, f->positive, event->person, event->area, event->area,
            f->status, f->severity, f->status, f->severity, f->origin,
            f->found_in == BH_NONE ? positive.found_in : f->found_in, f->institution, f->onset_ms,
            positive.sampled_ms, positive.resulted_ms, event->occurred_ms, event->recorded_ms,
            (int64_t)OUTCOME_OPEN))
        return false;
    return history_add(db, event,
                       (struct history){.case_number = event->seq,
                                        .positive = f->positive,
                                        .value = f->status,
                                        .extra = f->severity},
                       err);
}

static bool apply_filed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct report_filed *f = event->fields;
    if (!db_run(
            db, err,
            "INSERT INTO report (report, case_number, institution, card_number, filed_ms, known_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            "iiisii", event->seq, f->case_number, f->institution, f->card_number,
            event->occurred_ms, event->recorded_ms))
        return false;
    return history_add(db, event,
                       (struct history){.case_number = f->case_number,
                                        .report = event->seq,
                                        .value = f->institution,
                                        .extra = BH_NONE},
                       err);
}

static bool apply_audited(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct report_audited *f = event->fields;
    return history_add(db, event,
                       (struct history){.case_number = f->case_number,
                                        .report = f->report,
                                        .value = f->level,
                                        .extra = f->outcome},
                       err);
}

static bool apply_reviewed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct positive_reviewed *f = event->fields;
    return history_add(
        db, event,
        (struct history){.positive = f->positive, .value = f->outcome, .extra = f->institution},
        err);
}

static bool apply_signal(struct db *db, const struct event *event, int64_t signal,
                         int64_t case_number, int64_t size, struct bh_err *err)
{
    return db_run(
        db, err,
        "INSERT INTO area_signal (about, signal, case_number, area, size, occurred_ms, known_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        "iiiiIii", event->seq, signal, case_number, event->area, size, event->occurred_ms,
        event->recorded_ms);
}

static bool apply_event_report(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct event_report_filed *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO event_report (seq, about, kind, occurred_ms, known_ms)"
                  " VALUES (?, ?, ?, ?, ?)",
                  "iiiii", event->seq, f->about, f->kind, event->occurred_ms, event->recorded_ms);
}

static bool apply_own(struct db *db, const struct event *event, struct bh_err *err)
{
    const void *fields = event->fields;
    struct history h = {.value = BH_NONE, .extra = BH_NONE};
    switch (event->kind->number) {
    case REPORT_POSITIVE_FOUND: return apply_found(db, event, err);
    case REPORT_POSITIVE_REVIEWED: return apply_reviewed(db, event, err);
    case REPORT_CASE_DIAGNOSED: return apply_diagnosed(db, event, err);
    case REPORT_FILED: return apply_filed(db, event, err);
    case REPORT_AUDITED: return apply_audited(db, event, err);
    case REPORT_CASE_CONVERTED:
        h.case_number = ((const struct case_converted *)fields)->case_number;
        h.value = ((const struct case_converted *)fields)->severity;
        return history_add(db, event, h, err);
    case REPORT_SEVERITY_CHANGED:
        h.case_number = ((const struct severity_changed *)fields)->case_number;
        h.value = ((const struct severity_changed *)fields)->severity;
        return history_add(db, event, h, err);
    case REPORT_CASE_DISCHARGED:
    case REPORT_CASE_RELEASED:
    case REPORT_CASE_DIED:
        h.case_number = ((const struct case_ended *)fields)->case_number;
        return history_add(db, event, h, err);
    case REPORT_CASE_EXCLUDED:
        h.case_number = ((const struct case_excluded *)fields)->case_number;
        return history_add(db, event, h, err);
    case REPORT_RE_POSITIVE_FOUND:
        h.case_number = ((const struct re_positive_found *)fields)->case_number;
        h.positive = ((const struct re_positive_found *)fields)->positive;
        h.value = h.positive;
        return history_add(db, event, h, err);
    case REPORT_CORRECTED:
        h.case_number = ((const struct report_corrected *)fields)->case_number;
        h.report = ((const struct report_corrected *)fields)->report;
        h.value = ((const struct report_corrected *)fields)->what;
        return history_add(db, event, h, err);
    case REPORT_CASE_MOVED_AREA:
        h.case_number = ((const struct case_moved_area *)fields)->case_number;
        h.value = event->area;
        return history_add(db, event, h, err);
    case REPORT_COUNTY_FIRST_CASE:
        return apply_signal(db, event, SIGNAL_FIRST_CASE,
                            ((const struct county_first_case *)fields)->case_number, BH_NONE, err);
    case REPORT_CLUSTER_FOUND:
        return apply_signal(db, event, SIGNAL_CLUSTER,
                            ((const struct cluster_found *)fields)->case_number,
                            ((const struct cluster_found *)fields)->size, err);
    case REPORT_EVENT_REPORT_FILED: return apply_event_report(db, event, err);
    case REPORT_POSITIVE_REFUTED:
        h.positive = ((const struct positive_refuted *)fields)->positive;
        return history_add(db, event, h, err);
    case REPORT_CASE_VOIDED: return true; /* what voided it says the same */
    default: bh_unreachable("event of the link report");
    }
}

/* ---- corrections ---- */

/* The case and the positive that a fact in the history is about are folded again. */
static bool history_refresh(struct db *db, int64_t seq, int64_t known_ms, struct bh_err *err)
{
    struct rows rows;
    int64_t case_number = 0, positive = 0;
    db_rows(db, &rows, "SELECT case_number, positive FROM case_history WHERE seq = ?", "i", seq);
    if (db_next(&rows)) {
        case_number = row_int(&rows, 0);
        positive = row_int(&rows, 1);
    }
    if (!db_end(&rows, err))
        return false;
    if (positive != 0 && !positive_refresh(db, positive, known_ms, err))
        return false;
    return case_number == 0 || case_refresh(db, case_number, err);
}

static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    int64_t at = event->recorded_ms, target = f->target;
    switch (f->target_kind) {
    case REPORT_POSITIVE_FOUND:
        return db_run(db, err, "UPDATE positive SET withdrawn_ms = ? WHERE positive = ?", "ii", at,
                      target) &&
               positive_refresh(db, target, at, err);
    case REPORT_COUNTY_FIRST_CASE:
    case REPORT_CLUSTER_FOUND:
        return db_run(db, err, "UPDATE area_signal SET withdrawn_ms = ? WHERE about = ?", "ii", at,
                      target);
    case REPORT_EVENT_REPORT_FILED:
        return db_run(db, err, "UPDATE event_report SET withdrawn_ms = ? WHERE seq = ?", "ii", at,
                      target);
    case REPORT_CASE_DIAGNOSED:
        if (!db_run(db, err, "UPDATE case_row SET withdrawn_ms = ? WHERE case_number = ?", "ii", at,
                    target))
            return false;
        break;
    case REPORT_FILED:
        if (!db_run(db, err, "UPDATE report SET withdrawn_ms = ? WHERE report = ?", "ii", at,
                    target))
            return false;
        break;
    default: break;
    }
    return db_run(db, err, "UPDATE case_history SET withdrawn_ms = ? WHERE seq = ?", "ii", at,
                  target) &&
           history_refresh(db, target, at, err);
}

static bool apply_redated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_redated *f = event->fields;
    int64_t at = f->occurred_ms, target = f->target;
    switch (f->target_kind) {
    case REPORT_POSITIVE_FOUND:
        return db_run(db, err, "UPDATE positive SET found_ms = ? WHERE positive = ?", "ii", at,
                      target);
    case REPORT_COUNTY_FIRST_CASE:
    case REPORT_CLUSTER_FOUND:
        return db_run(db, err, "UPDATE area_signal SET occurred_ms = ? WHERE about = ?", "ii", at,
                      target);
    case REPORT_EVENT_REPORT_FILED:
        return db_run(db, err, "UPDATE event_report SET occurred_ms = ? WHERE seq = ?", "ii", at,
                      target);
    case REPORT_FILED:
        if (!db_run(db, err, "UPDATE report SET filed_ms = ? WHERE report = ?", "ii", at, target))
            return false;
        break;
    default: break;
    }
    return db_run(db, err, "UPDATE case_history SET occurred_ms = ? WHERE seq = ?", "ii", at,
                  target) &&
           history_refresh(db, target, event->recorded_ms, err);
}

static bool is_own(int64_t kind)
{
    return kind >= REPORT_POSITIVE_FOUND && kind <= REPORT_CASE_VOIDED;
}

/* A bulletin counted the case, or its conversion; seq says which fact, for its withdrawal. */
static bool apply_counted(struct db *db, const struct event *event, struct bh_err *err)
{
    if (event->kind->number == BULLETIN_CASE_COUNTED) {
        const struct case_counted *f = event->fields;
        return db_run(
            db, err,
            "UPDATE case_row SET counted_ms = ?, counted_status = ?, counted_severity = ?,"
            " counted_seq = ? WHERE case_number = ?",
            "iiiii", f->counted_ms, f->status, f->severity, event->seq, f->case_number);
    }
    const struct conversion_counted *f = event->fields;
    return db_run(db, err,
                  "UPDATE case_row SET conversion_counted_ms = ?, conversion_severity = ?,"
                  " conversion_seq = ? WHERE case_number = ?",
                  "iiii", f->counted_ms, f->severity, event->seq, f->case_number);
}

static bool uncount(struct db *db, const struct fact_withdrawn *f, int64_t person,
                    struct bh_err *err)
{
    if (f->target_kind == BULLETIN_CASE_COUNTED)
        return db_run(
            db, err,
            "UPDATE case_row SET counted_ms = NULL, counted_status = NULL,"
            " counted_severity = NULL, counted_seq = NULL WHERE person = ? AND counted_seq = ?",
            "ii", person, f->target);
    return db_run(db, err,
                  "UPDATE case_row SET conversion_counted_ms = NULL, conversion_severity = NULL,"
                  " conversion_seq = NULL WHERE person = ? AND conversion_seq = ?",
                  "ii", person, f->target);
}

static bool is_counted(int64_t kind)
{
    return kind == BULLETIN_CASE_COUNTED || kind == BULLETIN_CONVERSION_COUNTED;
}

static bool apply_correction(struct db *db, const struct event *event, struct bh_err *err)
{
    if (event->kind->number == EVENT_FACT_REDATED) {
        const struct fact_redated *f = event->fields;
        return !is_own(f->target_kind) || apply_redated(db, event, err);
    }
    const struct fact_withdrawn *f = event->fields;
    if (!db_run(db, err,
                "INSERT INTO withdrawal (target, seq, known_ms) VALUES (?, ?, ?)"
                " ON CONFLICT (target) DO NOTHING",
                "iii", f->target, event->seq, event->recorded_ms))
        return false;
    if (is_counted(f->target_kind))
        return uncount(db, f, event->person, err);
    return !is_own(f->target_kind) || apply_withdrawn(db, event, err);
}

bool report_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    int number = event->kind->number;
    bool correction = number == EVENT_FACT_WITHDRAWN || number == EVENT_FACT_REDATED;
    if (correction && !apply_correction(db, event, err))
        return false;
    if (is_counted(number) && !apply_counted(db, event, err))
        return false;
    return !is_own(number) || apply_own(db, event, err);
}
