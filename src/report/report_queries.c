#include "report/report.h"

#include "base/time.h"
#include "ledger/people_link.h"
#include "ledger/reader.h"

#include <stddef.h>
#include <string.h>

/* The row cursor `after` is the number of the last row shown. */
static bool cursor_read(struct bh_str after, int64_t *ret, struct bh_err *err)
{
    *ret = 0;
    if (after.len == 0 || bh_str_to_int(after, ret))
        return true;
    return bh_fail_field(err, BH_INVALID, "after", "无效的翻页标记", "not a cursor of this query");
}

/* Ends a row; false = page full, the cursor is set. */
static bool row_done(struct cells *cells, const struct reader *reader, int64_t number)
{
    if (cells_row(cells))
        return true;
    cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)number)));
    return false;
}

static void cell_choice(struct cells *cells, const struct choice *choices, int64_t value)
{
    cell_z(cells, value == BH_NONE ? NULL : choices[value].name);
}

static void cell_person(struct cells *cells, struct reader *reader, int64_t person)
{
    cell_int(cells, person);
    cell_text(cells, person_masked_name(reader, person));
}

static int64_t at_or_now(const struct reader *reader, int64_t at_ms)
{
    return at_ms == BH_NONE ? reader->now_ms : at_ms;
}

/* Smallest and greatest leaf of a scope, so that the index helps; scope_holds decides. */
static struct range scope_span(const struct scope *scope)
{
    if (scope->everything)
        return (struct range){0, INT64_MAX};
    return (struct range){scope->range[0].from, scope->range[scope->count - 1].to};
}

/* ---- positives ---- */

struct positives_params {
    int64_t area, at, limit;
    struct bh_str after;
};
static const struct field positives_fields[] = {
    FIELD(positives_params, area, AREA, 0, "地区", "area"),
    FIELD(positives_params, at, TIME, 0, "截至", "as known at", .unit = "ms"),
    FIELD(positives_params, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(positives_params, after, TEXT, 0, "翻页标记", "cursor", .max = 64),
};
RECORD(positives_record, positives_params, positives_fields);

static const struct column positives_columns[] = {
    {"positive", COLUMN_INT, "阳性编号", "positive"},
    {"person", COLUMN_INT, "人员", "person"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    AREA_COLUMNS,
    {"sampled", COLUMN_TIME, "采样时间", "sampled"},
    {"resulted", COLUMN_TIME, "结果时间", "resulted"},
    {"source", COLUMN_TEXT, "来源", "source"},
    {"found_in", COLUMN_TEXT, "发现方式", "found in"},
    {"review", COLUMN_TEXT, "复核", "review"},
    {"waiting_ms", COLUMN_INT, "已等待（毫秒）", "waiting (ms)"},
    {"duty", COLUMN_INT, "义务", "duty"},
    {"due", COLUMN_TIME, "时限", "due"},
    {"state", COLUMN_TEXT, "状态", "state"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* The diagnosis that is owed for the positive, as it stands now. */
static bool cells_duty(struct cells *cells, struct reader *reader, int64_t positive, int64_t at_ms,
                       struct bh_err *err)
{
    struct rows rows;
    int64_t duty = BH_NONE, due_ms = BH_NONE;
    db_rows(reader->db, &rows,
            "SELECT duty, due_ms FROM duty WHERE subject = ? AND rule = 'diagnose_positive'"
            " AND known_ms <= ? ORDER BY duty DESC LIMIT 1",
            "ii", positive, at_ms);
    if (db_next(&rows)) {
        duty = row_int(&rows, 0);
        due_ms = row_int(&rows, 1);
    }
    cell_int(cells, duty);
    cell_time(cells, due_ms);
    cell_z(cells, duty == BH_NONE ? NULL : due_ms < at_ms ? "overdue" : "open");
    return db_end(&rows, err);
}

static bool positives_run(struct reader *reader, const void *params, struct cells *cells,
                          struct bh_err *err)
{
    const struct positives_params *p = params;
    struct scope scope;
    struct rows rows;
    int64_t after = 0, at_ms = at_or_now(reader, p->at);
    bool more = true, ok = true;
    if (!reader_scope(reader, p->area, &scope, err) || !cursor_read(p->after, &after, err))
        return false;
    struct range span = scope_span(&scope);
    db_rows(
        reader->db, &rows,
        "SELECT p.positive, p.person, p.area, p.sampled_ms, p.resulted_ms, p.source, p.found_in,"
        " p.found_ms, p.review FROM positive_wait w JOIN positive p ON p.positive = w.positive"
        " WHERE w.from_ms <= ? AND (w.to_ms IS NULL OR w.to_ms > ?) AND w.area BETWEEN ? AND ?"
        " AND w.positive > ? ORDER BY w.positive",
        "iiiii", at_ms, at_ms, span.from, span.to, after);
    while (ok && more && db_next(&rows)) {
        int64_t resulted_ms = row_int(&rows, 4), found_ms = row_int(&rows, 7);
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        cell_int(cells, row_int(&rows, 0));
        cell_person(cells, reader, row_int(&rows, 1));
        cells_area(cells, reader, row_int(&rows, 2));
        cell_time(cells, row_int(&rows, 3));
        cell_time(cells, resulted_ms);
        cell_choice(cells, positive_sources, row_int(&rows, 5));
        cell_choice(cells, found_in_choices, row_int(&rows, 6));
        cell_choice(cells, review_outcomes, row_int(&rows, 8));
        cell_int(cells, at_ms - (resulted_ms == BH_NONE ? found_ms : resulted_ms));
        ok = cells_duty(cells, reader, row_int(&rows, 0), at_ms, err);
        more = row_done(cells, reader, row_int(&rows, 0));
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- cases: the people behind a number ---- */

struct cases_params {
    int64_t area, from, to, status, severity, origin, found_in, converted, at, limit;
    struct bh_str after;
};
static const struct field cases_fields[] = {
    FIELD(cases_params, area, AREA, 0, "地区", "area"),
    FIELD(cases_params, from, TIME, 0, "计入时段起", "counted from", .unit = "ms"),
    FIELD(cases_params, to, TIME, 0, "计入时段止（不含）", "counted before", .unit = "ms"),
    FIELD(cases_params, status, ENUM, 0, "诊断", "status", .choices = case_statuses),
    FIELD(cases_params, severity, ENUM, 0, "临床分型", "severity", .choices = case_severities),
    FIELD(cases_params, origin, ENUM, 0, "来源地", "origin", .choices = case_origins),
    FIELD(cases_params, found_in, ENUM, 0, "发现方式", "found in", .choices = found_in_choices),
    FIELD(cases_params, converted, BOOL, 0, "无症状转确诊", "turned confirmed"),
    FIELD(cases_params, at, TIME, 0, "截至", "as known at", .unit = "ms"),
    FIELD(cases_params, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(cases_params, after, TEXT, 0, "翻页标记", "cursor", .max = 64),
};
RECORD(cases_record, cases_params, cases_fields);

static const struct column cases_columns[] = {
    {"case", COLUMN_INT, "病例", "case"},
    {"person", COLUMN_INT, "人员", "person"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    AREA_COLUMNS,
    {"status", COLUMN_TEXT, "诊断", "status"},
    {"severity", COLUMN_TEXT, "临床分型", "severity"},
    {"converted", COLUMN_BOOL, "无症状转确诊", "turned confirmed"},
    {"origin", COLUMN_TEXT, "来源地", "origin"},
    {"found_in", COLUMN_TEXT, "发现方式", "found in"},
    {"sampled", COLUMN_TIME, "采样时间", "sampled"},
    {"resulted", COLUMN_TIME, "结果时间", "resulted"},
    {"diagnosed", COLUMN_TIME, "诊断时间", "diagnosed"},
    {"reported", COLUMN_TIME, "报告时间", "reported"},
    {"counted", COLUMN_TIME, "计入时间", "counted"},
    {"outcome", COLUMN_TEXT, "转归", "outcome"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* How one case answers the filters: as counted in the window, or, without a window, as known at at_ms. */
struct case_answer {
    int64_t status, severity, counted_ms, outcome;
    bool converted;
};

static bool in_window(const struct cases_params *p, int64_t at_ms)
{
    return at_ms != BH_NONE && (p->from == BH_NONE || at_ms >= p->from) &&
           (p->to == BH_NONE || at_ms < p->to);
}

static bool fits(const struct cases_params *p, const struct case_answer *answer)
{
    return (p->status == BH_NONE || p->status == answer->status) &&
           (p->severity == BH_NONE || p->severity == answer->severity) &&
           (p->converted == BH_NONE || (p->converted != 0) == answer->converted);
}

/* Columns: 11 counted, 12 counted_status, 13 counted_severity, 14 conversion counted, 15 its severity. */
static bool answer_in_window(const struct cases_params *p, const struct rows *rows,
                             struct case_answer *ret)
{
    ret->outcome = row_int(rows, 10);
    *ret = (struct case_answer){STATUS_CONFIRMED, row_int(rows, 15), row_int(rows, 14),
                                ret->outcome, true};
    if (in_window(p, ret->counted_ms) && fits(p, ret))
        return true;
    *ret = (struct case_answer){row_int(rows, 12), row_int(rows, 13), row_int(rows, 11),
                                ret->outcome, false};
    return in_window(p, ret->counted_ms) && fits(p, ret);
}

static bool answer_at(struct reader *reader, const struct cases_params *p, const struct rows *rows,
                      int64_t at_ms, struct case_answer *ret, bool *ret_fits, struct bh_err *err)
{
    struct case_fact facts[CASE_FACTS_MAX + 1];
    struct case_state state;
    size_t count = 0;
    if (!case_facts_read(reader->db, row_int(rows, 0), at_ms, facts, &count, err))
        return false;
    case_fold(facts, count, &state);
    *ret = (struct case_answer){state.status, state.severity, row_int(rows, 11), state.outcome,
                                state.converted_ms != BH_NONE};
    *ret_fits = state.diagnosed_ms != BH_NONE && fits(p, ret);
    return true;
}

static void case_cells(struct reader *reader, struct cells *cells, const struct rows *rows,
                       const struct case_answer *answer)
{
    cell_int(cells, row_int(rows, 0));
    cell_person(cells, reader, row_int(rows, 1));
    cells_area(cells, reader, row_int(rows, 2));
    cell_choice(cells, case_statuses, answer->status);
    cell_choice(cells, case_severities, answer->severity);
    cell_bool(cells, answer->converted);
    cell_choice(cells, case_origins, row_int(rows, 3));
    cell_choice(cells, found_in_choices, row_int(rows, 4));
    for (int column = 5; column <= 8; column++)
        cell_time(cells, row_int(rows, column));
    cell_time(cells, answer->counted_ms);
    cell_choice(cells, case_outcomes, answer->outcome);
}

static bool cases_rows(struct reader *reader, const struct cases_params *p, struct rows *rows,
                       const struct scope *scope, struct cells *cells, struct bh_err *err)
{
    bool windowed = p->from != BH_NONE || p->to != BH_NONE;
    while (db_next(rows)) {
        struct case_answer answer = {0};
        bool shown = false;
        if (!scope_holds(scope, row_int(rows, 2)) ||
            (p->origin != BH_NONE && row_int(rows, 3) != p->origin) ||
            (p->found_in != BH_NONE && row_int(rows, 4) != p->found_in))
            continue;
        if (windowed)
            shown = answer_in_window(p, rows, &answer);
        else if (!answer_at(reader, p, rows, at_or_now(reader, p->at), &answer, &shown, err))
            return false;
        if (!shown)
            continue;
        case_cells(reader, cells, rows, &answer);
        if (!row_done(cells, reader, row_int(rows, 0)))
            return true;
    }
    return true;
}

static bool cases_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct cases_params *p = params;
    struct scope scope;
    struct rows rows;
    int64_t after = 0, at_ms = at_or_now(reader, p->at);
    if (!reader_scope(reader, p->area, &scope, err) || !cursor_read(p->after, &after, err))
        return false;
    struct range span = scope_span(&scope);
    db_rows(
        reader->db, &rows,
        "SELECT case_number, person, area, origin, found_in, sampled_ms, resulted_ms, diagnosed_ms,"
        " reported_ms, status, outcome, counted_ms, counted_status, counted_severity,"
        " conversion_counted_ms, conversion_severity FROM case_row"
        " WHERE area BETWEEN ? AND ? AND case_number > ? AND known_ms <= ?"
        " AND (withdrawn_ms IS NULL OR withdrawn_ms > ?) ORDER BY case_number",
        "iiiii", span.from, span.to, after, at_ms, at_ms);
    bool ok = cases_rows(reader, p, &rows, &scope, cells, err);
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- reporting offences ---- */

enum offence { OFFENCE_CONCEALED, OFFENCE_LATE, OFFENCE_SLOW };
static const struct choice offences[] = {
    {"concealed", "瞒报嫌疑", "concealed, suspected"},
    {"late", "迟报", "late"},
    {"slow", "缓报", "slow"},
    {NULL, NULL, NULL},
};

struct offences_params {
    int64_t area, offence, from, to, limit;
    struct bh_str after;
};
static const struct field offences_fields[] = {
    FIELD(offences_params, area, AREA, 0, "地区", "area"),
    FIELD(offences_params, offence, ENUM, 0, "情形", "offence", .choices = offences),
    FIELD(offences_params, from, TIME, 0, "认定时间起", "marked from", .unit = "ms"),
    FIELD(offences_params, to, TIME, 0, "认定时间止（不含）", "marked before", .unit = "ms"),
    FIELD(offences_params, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(offences_params, after, TEXT, 0, "翻页标记", "cursor", .max = 64),
};
RECORD(offences_record, offences_params, offences_fields);

static const struct column offences_columns[] = {
    {"offence", COLUMN_TEXT, "情形", "offence"},
    {"duty", COLUMN_INT, "义务", "duty"},
    {"rule", COLUMN_TEXT, "规则", "rule"},
    {"subject_kind", COLUMN_TEXT, "对象类型", "kind of subject"},
    {"subject", COLUMN_INT, "对象", "subject"},
    {"person", COLUMN_INT, "人员", "person"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    AREA_COLUMNS,
    {"opened", COLUMN_TIME, "开始", "opened"},
    {"due", COLUMN_TIME, "时限", "due"},
    {"marked", COLUMN_TIME, "认定时间", "marked"},
    {"ended", COLUMN_TIME, "完成时间", "ended"},
    {"evidence", COLUMN_TEXT, "阳性证据", "evidence of a positive"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* BH_NONE = the mark is of another kind. */
static int64_t offence_of(struct bh_str mark)
{
    if (bh_str_is(mark, "report_concealed_suspected"))
        return OFFENCE_CONCEALED;
    if (bh_str_is(mark, "report_late"))
        return OFFENCE_LATE;
    return bh_str_is(mark, "report_slow") ? OFFENCE_SLOW : BH_NONE;
}

/* What shows that somebody knew: the laboratory's result and its review, of a case that nobody reported. */
static bool cell_evidence(struct cells *cells, struct reader *reader, bool is_case, int64_t subject,
                          struct bh_err *err)
{
    struct rows rows;
    const char *evidence = NULL;
    db_rows(reader->db, &rows,
            "SELECT p.source, p.review, p.tube FROM positive p LEFT JOIN case_row c"
            " ON c.positive = p.positive AND c.withdrawn_ms IS NULL"
            " WHERE p.positive = CASE WHEN ? = 0 THEN ? ELSE"
            " (SELECT positive FROM case_row WHERE case_number = ?) END"
            " AND p.withdrawn_ms IS NULL AND (c.report IS NULL OR c.report = 0)",
            "iii", (int64_t)is_case, subject, subject);
    if (db_next(&rows))
        evidence = row_int(&rows, 1) == REVIEW_POSITIVE     ? "reviewed_positive"
                   : row_int(&rows, 0) == SOURCE_LABORATORY ? "laboratory_result"
                   : row_int(&rows, 0) == SOURCE_CLINIC     ? "clinic_finding"
                                                            : "antigen_result";
    cell_z(cells, evidence);
    return db_end(&rows, err);
}

static bool offence_cells(struct reader *reader, struct cells *cells, const struct rows *rows,
                          int64_t offence, struct bh_err *err)
{
    bool of_case = bh_str_is(row_text(rows, 1), "report_direct");
    bool of_positive = bh_str_is(row_text(rows, 1), "report_screen_positive");
    cell_choice(cells, offences, offence);
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    cell_text(cells, row_text(rows, 2));
    cell_int(cells, row_int(rows, 3));
    cell_person(cells, reader, row_int(rows, 4));
    cells_area(cells, reader, row_int(rows, 5));
    for (int column = 6; column <= 9; column++)
        cell_time(cells, row_int(rows, column));
    if (of_case || of_positive)
        return cell_evidence(cells, reader, of_case, row_int(rows, 3), err);
    cell_z(cells, NULL);
    return true;
}

/* One row a duty: its gravest mark, concealed before late before slow. The page goes by duty number. */
static bool offences_run(struct reader *reader, const void *params, struct cells *cells,
                         struct bh_err *err)
{
    const struct offences_params *p = params;
    struct scope scope;
    struct rows rows;
    int64_t after = 0;
    bool more = true, ok = true;
    if (!reader_scope(reader, p->area, &scope, err) || !cursor_read(p->after, &after, err))
        return false;
    db_rows(
        reader->db, &rows,
        "SELECT d.duty, d.rule, d.subject_kind, d.subject, d.person, d.area, d.opened_ms, d.due_ms,"
        " s.known_ms, d.ended_ms, s.mark FROM duty d JOIN duty_step s ON s.duty = d.duty"
        " AND s.step = (SELECT t.step FROM duty_step t WHERE t.duty = d.duty AND t.mark LIKE "
        "'report_%'"
        "  ORDER BY t.mark = 'report_concealed_suspected' DESC, t.mark = 'report_late' DESC, t.step"
        "  LIMIT 1)"
        " WHERE d.duty > ? AND d.withdrawn = 0 AND s.known_ms >= ? AND s.known_ms < ? ORDER BY "
        "d.duty",
        "iii", after, p->from == BH_NONE ? BH_TIME_MIN : p->from,
        p->to == BH_NONE ? BH_TIME_MAX : p->to);
    while (ok && more && db_next(&rows)) {
        int64_t offence = offence_of(row_text(&rows, 10));
        if (offence == BH_NONE || (p->offence != BH_NONE && offence != p->offence) ||
            !scope_holds(&scope, row_int(&rows, 5)))
            continue;
        ok = offence_cells(reader, cells, &rows, offence, err);
        more = row_done(cells, reader, row_int(&rows, 0));
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

const struct query report_queries[] = {
    {"positives", "待诊断初筛阳性", "positives awaiting diagnosis", &positives_record, 0,
     PRIORITY_BOARD, positives_columns, positives_run, NULL, "area=220200"},
    {"case", "病例", "one case", &case_query_record, QUERY_ONE, PRIORITY_LOOKUP, NULL, NULL,
     case_query_run, "case=120"},
    {"cases", "病例名单", "cases", &cases_record, 0, PRIORITY_BOARD, cases_columns, cases_run, NULL,
     "area=220200&from=2022-03-12T00:00:00%2B08:00&to=2022-03-13T00:00:00%2B08:00&status="
     "confirmed"},
    {"reporting_offences", "瞒报、迟报、缓报", "concealed, late and slow reports", &offences_record,
     0, PRIORITY_BOARD, offences_columns, offences_run, NULL, "area=220200"},
    {0},
};
