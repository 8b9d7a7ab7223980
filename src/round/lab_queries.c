#include "round/lab.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "ledger/reader.h"

#include <stddef.h>

/* ---- lab_load ---- */

struct load_query {
    int64_t area, limit, after;
};
static const struct field load_fields[] = {
    FIELD(load_query, area, AREA, 0, "地区", "area"),
    FIELD(load_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(load_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(load_record, load_query, load_fields);

static const struct column load_columns[] = {
    {"institution", COLUMN_INT, "检测机构", "laboratory"},
    {"name", COLUMN_TEXT, "名称", "name"},
    AREA_COLUMNS,
    {"tubes_per_hour", COLUMN_INT, "每小时能力", "tubes an hour it told"},
    {"received", COLUMN_INT, "已接收", "received"},
    {"tested", COLUMN_INT, "已检测", "tested"},
    {"reported", COLUMN_INT, "已报告", "reported"},
    {"rejected", COLUMN_INT, "拒收", "rejected"},
    {"waiting", COLUMN_INT, "待检", "received and not tested"},
    {"wait_minutes", COLUMN_INT, "排空分钟", "minutes until what waits is tested"},
    {"room", COLUMN_INT, "一小时内可再收", "tubes it can still take within the hour"},
    {"received_this_hour", COLUMN_INT, "本小时接收", "received this hour"},
    {"tested_this_hour", COLUMN_INT, "本小时检测", "tested this hour"},
    {"pools", COLUMN_INT, "混管数", "pools reported"},
    {"pools_positive", COLUMN_INT, "阳性混管", "positive pools"},
    {"advice", COLUMN_TEXT, "建议", "advice"},
    {"advice_zh", COLUMN_TEXT, "建议（中文）", "advice in Chinese"},
    {"advice_en", COLUMN_TEXT, "建议（英文）", "advice in English"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static const struct choice advices[] = {
    [LAB_ADVICE_ROOM] = {"room", "可接收", "has room"},
    [LAB_ADVICE_FULL] = {"full", "已满，送往别处", "full: send boxes elsewhere"},
    [LAB_ADVICE_UNKNOWN] = {"unknown", "未报告能力", "told no capacity"},
    {NULL, NULL, NULL},
};

static void load_row(struct reader *reader, struct cells *cells, const struct rows *rows)
{
    int64_t per_hour = row_int(rows, 3);
    int64_t waiting = row_int(rows, 4) - row_int(rows, 5) - row_int(rows, 7);
    enum lab_advice advice = lab_advice_of(per_hour, waiting);
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    cells_area(cells, reader, row_int(rows, 2));
    for (int i = 3; i < 8; i++)
        cell_int(cells, row_int(rows, i));
    cell_int(cells, waiting);
    cell_int(cells, lab_wait_minutes(per_hour, waiting));
    cell_int(cells, lab_room(per_hour, waiting));
    for (int i = 8; i < 12; i++)
        cell_int(cells, row_int(rows, i));
    cell_z(cells, advices[advice].name);
    cell_z(cells, advices[advice].zh);
    cell_z(cells, advices[advice].en);
}

static bool load_run(struct reader *reader, const void *params, struct cells *cells,
                     struct bh_err *err)
{
    const struct load_query *p = params;
    struct scope scope;
    struct rows rows;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT i.institution, i.name, i.area, coalesce(c.tubes_per_hour, 0),"
            " coalesce(t.received, 0), coalesce(t.tested, 0), coalesce(t.reported, 0),"
            " coalesce(t.rejected, 0), coalesce(h.received, 0), coalesce(h.tested, 0),"
            " coalesce(t.pools, 0), coalesce(t.pools_positive, 0) FROM institution i"
            " LEFT JOIN capacity c ON c.institution = i.institution"
            " LEFT JOIN lab_total t ON t.institution = i.institution"
            " LEFT JOIN lab_hour h ON h.institution = i.institution AND h.hour = ?"
            " WHERE i.institution > ? AND (t.institution IS NOT NULL OR c.tubes_per_hour > 0)"
            " ORDER BY i.institution",
            "ii", reader->now_ms / BH_HOUR_MS, p->after == BH_NONE ? 0 : p->after);
    while (db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        load_row(reader, cells, &rows);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld",
                                                        (long long)row_int(&rows, 0))));
            break;
        }
    }
    return db_end(&rows, err);
}

const struct query lab_queries[] = {
    {"lab_load", "实验室负荷", "load of laboratories", &load_record, 0, PRIORITY_BOARD,
     load_columns, load_run, NULL, "area=220200"},
    {0},
};
