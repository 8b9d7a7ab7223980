/* The counted cases by the day they were reported and by the day their sample was taken: the two differ, and how far
 * is news. */
#include "bulletin/bulletin.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "report/report_facts.h"

struct days_params {
    int64_t area, from_ms, to_ms;
};
static const struct field days_fields[] = {
    FIELD(days_params, area, AREA, 0, "地区", "Area"),
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct days_params, from_ms),
     .zh = "计入自（默认止前31天）",
     .en = "Counted from (default: 31 days before to)"},
    {.name = "to",
     .type = FIELD_TIME,
     .offset = offsetof(struct days_params, to_ms),
     .zh = "计入至（默认此刻）",
     .en = "Counted to (default: now)"},
};
const struct record days_record = {"days_params", sizeof(struct days_params), days_fields,
                                   sizeof days_fields / sizeof days_fields[0]};

const struct column days_columns[] = {
    {"day", COLUMN_TIME, "日期", "Day"},
    {"confirmed_reported", COLUMN_INT, "确诊（按报告日期）", "Confirmed, by report"},
    {"asymptomatic_reported", COLUMN_INT, "无症状（按报告日期）", "Asymptomatic, by report"},
    {"confirmed_sampled", COLUMN_INT, "确诊（按采样日期）", "Confirmed, by sample"},
    {"asymptomatic_sampled", COLUMN_INT, "无症状（按采样日期）", "Asymptomatic, by sample"},
    {0},
};

/* The interval asked for, and as long before it, for samples that were taken earlier; the last place is for those
 * whose day is not known or lies outside. */
enum { SHOWN_DAYS = 31, INTERVAL_DAYS = 366, DAYS = 2 * INTERVAL_DAYS, DAY_UNKNOWN = DAYS };
struct days {
    int64_t base_ms;
    int zone_minutes;
    struct day {
        int64_t reported[2], sampled[2]; /* confirmed, asymptomatic */
    } at[DAYS + 1];
};

static struct day *day_of(struct days *days, int64_t at_ms)
{
    int64_t index = at_ms == BH_NONE
                        ? DAY_UNKNOWN
                        : (bh_day_start(at_ms, days->zone_minutes) - days->base_ms) / BH_DAY_MS;
    bool inside = at_ms != BH_NONE && at_ms >= days->base_ms && index < DAYS;
    return &days->at[inside ? index : DAY_UNKNOWN];
}

static void count_one(struct days *days, const struct days_params *p, int64_t counted_ms,
                      int64_t sampled_ms, int which)
{
    if (counted_ms == BH_NONE || counted_ms < p->from_ms || counted_ms >= p->to_ms)
        return;
    day_of(days, counted_ms)->reported[which]++;
    day_of(days, sampled_ms)->sampled[which]++;
}

/* Two lists in the order of case numbers, read side by side. A conversion counts again, as confirmed. */
static bool count_all(struct reader *reader, const struct days_params *p, const struct scope *scope,
                      struct days *days, struct bh_err *err)
{
    struct rows counted, samples;
    db_rows(reader->db, &counted,
            "SELECT case_number, area, status, counted_ms, converted_ms FROM counted"
            " WHERE (counted_ms >= ? AND counted_ms < ?) OR (converted_ms >= ? AND"
            " converted_ms < ?) ORDER BY case_number",
            "iiii", p->from_ms, p->to_ms, p->from_ms, p->to_ms);
    report_samples(reader->db, &samples);
    bool more = db_next(&samples);
    while (db_next(&counted)) {
        int64_t number = row_int(&counted, 0);
        while (more && row_int(&samples, 0) < number)
            more = db_next(&samples);
        bool known = more && row_int(&samples, 0) == number;
        int64_t sampled_ms = known ? row_int(&samples, 1) : BH_NONE;
        if (!scope_holds(scope, row_int(&counted, 1)))
            continue;
        count_one(days, p, row_int(&counted, 3), sampled_ms,
                  row_int(&counted, 2) == STATUS_ASYMPTOMATIC);
        count_one(days, p, row_int(&counted, 4), sampled_ms, 0);
    }
    struct bh_err late;
    bool ok = db_end(&counted, err);
    return db_end(&samples, ok ? err : &late) && ok;
}

bool days_run(struct reader *reader, const void *params, struct cells *cells, struct bh_err *err)
{
    struct days_params given = *(const struct days_params *)params, *p = &given;
    struct days *days = bh_arena_get(reader->arena, sizeof *days);
    struct scope scope;
    if (p->to_ms == BH_NONE)
        p->to_ms = reader->now_ms;
    if (p->from_ms == BH_NONE)
        p->from_ms = bh_day_start(p->to_ms, reader->ledger->zone_minutes) - SHOWN_DAYS * BH_DAY_MS;
    if (p->to_ms <= p->from_ms || p->to_ms - p->from_ms > INTERVAL_DAYS * BH_DAY_MS)
        return bh_fail_field(err, BH_INVALID, "to", "止须晚于起，最长%d天",
                             "to is the later one, at most %d days after from", (int)INTERVAL_DAYS);
    days->zone_minutes = reader->ledger->zone_minutes;
    days->base_ms = bh_day_start(p->from_ms, days->zone_minutes) - (INTERVAL_DAYS - 1) * BH_DAY_MS;
    if (!reader_scope(reader, p->area, &scope, err) || !count_all(reader, p, &scope, days, err))
        return false;
    for (int i = 0; i <= DAYS; i++) {
        const struct day *day = &days->at[i];
        if (!(day->reported[0] | day->reported[1] | day->sampled[0] | day->sampled[1]))
            continue;
        cell_time(cells, i == DAY_UNKNOWN ? BH_NONE : days->base_ms + i * BH_DAY_MS);
        cell_int(cells, day->reported[0]);
        cell_int(cells, day->reported[1]);
        cell_int(cells, day->sampled[0]);
        cell_int(cells, day->sampled[1]);
        if (!cells_row(cells))
            break;
    }
    return true;
}
