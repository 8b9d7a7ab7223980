#include "ledger/duty_forecast.h"

#include "base/time.h"
#include "ledger/duty_private.h"
#include "ledger/reader.h"

#include <stdio.h>
#include <string.h>

const struct choice forecast_outcomes[] = {
    {"clear", "无逾期", "nothing overdue"},
    {"clears", "将清零", "clears"},
    {"grows", "在增长", "grows"},
    {"stands", "持平", "stands still"},
    {"no_day", "无法推算：日志不足一天", "not known: less than a day of log"},
    {"far", "无法推算：过远", "not known: too far off"},
    {0},
};

/* ---- pure ---- */

struct forecast forecast_judge(const struct forecast_basis *basis)
{
    int64_t fall = basis->closed - basis->opened;
    struct forecast none = {FORECAST_CLEAR, BH_NONE};
    if (basis->overdue <= 0)
        return none;
    none.outcome = !basis->whole || basis->span_ms < BH_DAY_MS ? FORECAST_NO_DAY
                   : fall < 0                                  ? FORECAST_GROWS
                   : fall == 0                                 ? FORECAST_STANDS
                                                               : FORECAST_FAR;
    bool far = basis->max_days != BH_NONE &&
               basis->overdue * basis->span_ms > basis->max_days * BH_DAY_MS * fall;
    if (none.outcome != FORECAST_FAR || far)
        return none;
    /* To the next full minute: it is no more exact than that. */
    int64_t ends_ms = basis->at_ms + (basis->overdue * basis->span_ms + fall - 1) / fall;
    ends_ms += (BH_MINUTE_MS - ends_ms % BH_MINUTE_MS) % BH_MINUTE_MS;
    return (struct forecast){FORECAST_CLEARS, ends_ms};
}

void forecast_words(const struct forecast_basis *basis, const struct forecast *forecast,
                    int zone_minutes, bool english, char out[FORECAST_WORDS])
{
    char at[BH_TIME_TEXT] = "";
    long long opened = basis->opened, closed = basis->closed;
    if (forecast->clears_ms != BH_NONE)
        bh_time_words(forecast->clears_ms, zone_minutes, at);
    int size = FORECAST_WORDS;
    switch (forecast->outcome) {
    case FORECAST_CLEAR:
        (void)snprintf(out, (size_t)size, "%s", english ? "Nothing is overdue." : "没有逾期的。");
        return;
    case FORECAST_CLEARS:
        (void)snprintf(out, (size_t)size,
                       english ? "At the pace of the last 24 h (%lld opened, %lld closed) the "
                                 "overdue ones would be cleared about %s."
                               : "按近24小时的速度（新开%lld、闭合%lld），逾期的约于%s清零。",
                       opened, closed, at);
        return;
    case FORECAST_GROWS:
        (void)snprintf(out, (size_t)size,
                       english ? "The backlog grows: %lld opened and %lld closed in the last 24 h."
                               : "积压在增长：近24小时新开%lld、闭合%lld。",
                       opened, closed);
        return;
    case FORECAST_STANDS:
        (void)snprintf(out, (size_t)size,
                       english ? "The backlog stands still: %lld opened and %lld closed in the "
                                 "last 24 h."
                               : "积压不减：近24小时新开%lld、闭合%lld。",
                       opened, closed);
        return;
    case FORECAST_NO_DAY:
        (void)snprintf(out, (size_t)size, "%s",
                       english ? "Not known: the log does not yet hold 24 hours."
                               : "无法推算：日志还不足24小时。");
        return;
    case FORECAST_FAR:
        (void)snprintf(out, (size_t)size,
                       english
                           ? "Not known: at the pace of the last 24 h (%lld opened, %lld "
                             "closed) not within %lld days."
                           : "无法推算：按近24小时的速度（新开%lld、闭合%lld），%lld天内不能清零。",
                       opened, closed, (long long)basis->max_days);
        return;
    }
    bh_unreachable("outcome of a forecast");
}

/* ---- the query ---- */

struct forecast_params {
    int64_t area, at;
    struct bh_str rule;
};
static const struct field forecast_fields[] = {
    FIELD(forecast_params, area, AREA, 0, "地区", "Area"),
    FIELD(forecast_params, rule, TEXT, 0, "规则", "Rule", .max = 80),
    FIELD(forecast_params, at, TIME, 0, "截至（当时已知）", "As known at"),
};
const struct record forecast_record = {"forecast_params", sizeof(struct forecast_params),
                                       forecast_fields,
                                       sizeof forecast_fields / sizeof forecast_fields[0]};

const struct column forecast_columns[] = {
    {"rule", COLUMN_TEXT, "规则", "Rule"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    {"open", COLUMN_INT, "未闭合", "Open"},
    {"overdue", COLUMN_INT, "已逾期", "Overdue"},
    {"opened_24h", COLUMN_INT, "24小时内产生", "Opened in 24 hours"},
    {"closed_24h", COLUMN_INT, "24小时内闭合", "Closed in 24 hours"},
    {"outcome", COLUMN_TEXT, "预测", "Forecast"},
    {"clears", COLUMN_TIME, "逾期清零", "Overdue cleared"},
    {"words", COLUMN_TEXT, "说明", "In words, Chinese"},
    {"words_en", COLUMN_TEXT, "说明（英文）", "In words"},
    {0},
};

struct forecast_row {
    char rule[96];
    int64_t open, overdue, opened, closed;
};
struct forecast_rows {
    struct forecast_row at[PLAN_RULE_MAX];
    size_t count;
};

static struct forecast_row *row_for(struct forecast_rows *list, struct bh_str rule)
{
    size_t i = 0;
    while (i < list->count && !bh_str_is(rule, list->at[i].rule))
        i++;
    if (i == PLAN_RULE_MAX || rule.len >= sizeof list->at[0].rule)
        return NULL;
    if (i == list->count) {
        memcpy(list->at[i].rule, rule.at, rule.len);
        list->at[i].rule[rule.len] = 0;
        list->count++;
    }
    return &list->at[i];
}

static bool read_open(struct reader *reader, const struct scope *scope, struct bh_str rule,
                      int64_t at_ms, struct forecast_rows *list, struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT area, rule, count(*), sum(due_ms <= ?) FROM"
            " (SELECT area, rule, due_ms FROM duty WHERE state = 0 AND since_ms <= ?"
            " UNION ALL SELECT h.area, d.rule, h.due_ms FROM duty_history h JOIN duty d"
            " ON d.duty = h.duty WHERE h.state = 0 AND h.to_ms > ? AND h.from_ms <= ?) AS open"
            " WHERE ? = '' OR rule = ? GROUP BY area, rule",
            "iiiiss", at_ms, at_ms, at_ms, at_ms, rule, rule);
    while (db_next(&rows)) {
        struct forecast_row *row =
            scope_holds(scope, row_int(&rows, 0)) ? row_for(list, row_text(&rows, 1)) : NULL;
        if (row) {
            row->open += row_int(&rows, 2);
            row->overdue += row_int(&rows, 3);
        }
    }
    return db_end(&rows, err);
}

/* The same hours as those of the board: what was withdrawn or cancelled is neither opened again nor closed. */
static bool read_hours(struct reader *reader, const struct scope *scope, struct bh_str rule,
                       int64_t from_ms, int64_t at_ms, struct forecast_rows *list,
                       struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT area, rule, sum(opened), sum(closed) FROM duty_hour WHERE hour_ms >= ?"
            " AND hour_ms <= ? AND (? = '' OR rule = ?) GROUP BY area, rule",
            "iiss", from_ms, at_ms, rule, rule);
    while (db_next(&rows)) {
        struct forecast_row *row =
            scope_holds(scope, row_int(&rows, 0)) ? row_for(list, row_text(&rows, 1)) : NULL;
        if (row) {
            row->opened += row_int(&rows, 2);
            row->closed += row_int(&rows, 3);
        }
    }
    return db_end(&rows, err);
}

static void write_row(struct reader *reader, const struct forecast_row *row,
                      const struct plan *plan, const struct forecast_basis *common,
                      struct cells *cells)
{
    const struct duty_rule *rule = plan_rule(plan, row->rule);
    struct forecast_basis basis = *common;
    char zh[FORECAST_WORDS], en[FORECAST_WORDS];
    basis.overdue = row->overdue;
    basis.opened = row->opened;
    basis.closed = row->closed;
    struct forecast forecast = forecast_judge(&basis);
    forecast_words(&basis, &forecast, reader->ledger->zone_minutes, false, zh);
    forecast_words(&basis, &forecast, reader->ledger->zone_minutes, true, en);
    cell_z(cells, row->rule);
    cell_z(cells, rule ? rule->zh : NULL);
    cell_z(cells, rule ? rule->en : NULL);
    cell_int(cells, row->open);
    cell_int(cells, row->overdue);
    cell_int(cells, row->opened);
    cell_int(cells, row->closed);
    cell_z(cells, forecast_outcomes[forecast.outcome].name);
    cell_time(cells, forecast.clears_ms);
    cell_z(cells, zh);
    cell_z(cells, en);
}

bool forecast_run(struct reader *reader, const void *given, struct cells *cells, struct bh_err *err)
{
    const struct forecast_params *params = given;
    struct scope scope;
    struct forecast_rows *list = bh_arena_get(reader->arena, sizeof *list);
    int64_t at_ms = params->at == BH_NONE ? reader->now_ms : params->at, began_ms = 0;
    int64_t area = params->area == BH_NONE ? 0 : params->area;
    bool any = false;
    /* The 24 whole hours before the present one, and what there is of it. */
    int64_t from_ms = at_ms - at_ms % BH_HOUR_MS - BH_DAY_MS;
    if (!reader_scope(reader, params->area, &scope, err) ||
        !db_int(reader->db, err, &began_ms, &any,
                "SELECT hour_ms FROM duty_hour ORDER BY hour_ms LIMIT 1", "") ||
        !read_open(reader, &scope, params->rule, at_ms, list, err) ||
        !read_hours(reader, &scope, params->rule, from_ms, at_ms, list, err))
        return false;
    const struct plan *plan = plans_for(reader->ledger->plans, area, at_ms);
    const struct plan_param *most = plan_param(plan, "forecast_days_max");
    struct forecast_basis common = {.span_ms = at_ms - from_ms,
                                    .at_ms = at_ms,
                                    .whole = any && began_ms <= from_ms,
                                    .max_days = most ? most->number : BH_NONE};
    if (params->rule.len > 0)
        (void)row_for(list,
                      params->rule); /* a kind asked for by name has a row, if only of zeros */
    for (size_t i = 0; i < list->count; i++) {
        write_row(reader, &list->at[i], plan, &common, cells);
        if (!cells_row(cells))
            break;
    }
    return true;
}
