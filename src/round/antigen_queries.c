#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/people_link.h"
#include "ledger/reader.h"
#include "ledger/vault.h"
#include "round/antigen.h"
#include "round/order.h"
#include "round/roll_facts.h"

#include <stddef.h>

/* ---- antigen_batches ---- */

struct batches_query {
    int64_t area, limit, after;
};
static const struct field batches_fields[] = {
    FIELD(batches_query, area, AREA, 0, "地区", "area"),
    FIELD(batches_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(batches_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(batches_record, batches_query, batches_fields);

static const struct column batches_columns[] = {
    {"batch", COLUMN_INT, "批次", "batch"},
    {"name", COLUMN_TEXT, "批号", "batch number"},
    AREA_COLUMNS,
    {"kits", COLUMN_INT, "试剂数", "kits"},
    {"handed_out", COLUMN_INT, "已发放", "handed out"},
    {"used", COLUMN_INT, "已使用", "used"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool batches_run(struct reader *reader, const void *params, struct cells *cells,
                        struct bh_err *err)
{
    const struct batches_query *p = params;
    struct scope scope;
    struct rows rows;
    bool more = true;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT batch, name, area, kits, handed, used FROM antigen_batch WHERE batch > ?"
            " ORDER BY batch",
            "i", p->after == BH_NONE ? 0 : p->after);
    while (more && db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        cell_int(cells, row_int(&rows, 0));
        cell_text(cells, row_text(&rows, 1));
        cells_area(cells, reader, row_int(&rows, 2));
        for (int i = 3; i < 6; i++)
            cell_int(cells, row_int(&rows, i));
        more = cells_row(cells);
        if (!more)
            cells_next_number(cells, reader, row_int(&rows, 0));
    }
    return db_end(&rows, err);
}

/* ---- antigen_tests ---- */

enum antigen_open { OPEN_CONFIRM, OPEN_REPEAT, OPEN_REVIEW };
static const struct choice antigen_opens[] = {
    {"confirm", "待核酸", "owes a nucleic acid test"},
    {"repeat", "待重测", "owes another test"},
    {"review", "待判读", "photo not read yet"},
    {NULL, NULL, NULL},
};

struct tests_query {
    int64_t area, open, limit, after;
};
static const struct field tests_fields[] = {
    FIELD(tests_query, area, AREA, 0, "地区", "area"),
    FIELD(tests_query, open, ENUM, 0, "未完成", "what is open", .choices = antigen_opens),
    FIELD(tests_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(tests_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(tests_record, tests_query, tests_fields);

static const struct column tests_columns[] = {
    {"antigen", COLUMN_INT, "抗原自测", "antigen test"},
    AREA_COLUMNS,
    {"person", COLUMN_INT, "人员", "person"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    {"roll", COLUMN_INT, "名册", "roll"},
    {"slot", COLUMN_INT, "序号", "slot"},
    {"outcome", COLUMN_TEXT, "自报结果", "outcome as reported"},
    {"taken", COLUMN_TIME, "检测时间", "taken"},
    {"told", COLUMN_TIME, "上报时间", "reported"},
    {"self", COLUMN_BOOL, "本人上报", "reported by the holder of the kit"},
    {"symptom_days", COLUMN_INT, "症状天数", "days since the first symptoms"},
    {"late", COLUMN_BOOL, "超过适用天数", "later than the plan allows"},
    {"again_until", COLUMN_TIME, "每日检测至", "a test each day until"},
    {"photo", COLUMN_BOOL, "有照片", "has a photo"},
    {"reading", COLUMN_TEXT, "照片判读", "what the photo shows"},
    {"decided", COLUMN_TEXT, "核酸结论", "nucleic acid result"},
    {"tube", COLUMN_INT, "采样管", "tube that decided"},
    {"open", COLUMN_TEXT, "未完成", "what is open"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* What is most urgent; BH_NONE = nothing. */
static int64_t open_of(const struct antigen_facts *test)
{
    if (test->positive_ms != BH_NONE && test->decided == BH_NONE)
        return OPEN_CONFIRM;
    if (test->repeat_owed_ms != BH_NONE && test->repeated == BH_NONE)
        return OPEN_REPEAT;
    return test->photo != BH_NONE && test->reading == BH_NONE ? OPEN_REVIEW : BH_NONE;
}

static bool tests_wanted(const struct tests_query *p, const struct antigen_facts *test)
{
    if (p->open == OPEN_REVIEW)
        return test->photo != BH_NONE && test->reading == BH_NONE;
    return p->open == BH_NONE || p->open == open_of(test);
}

static void cell_choice(struct cells *cells, const struct choice *choices, int64_t value)
{
    cell_z(cells, value == BH_NONE ? NULL : choices[value].name);
}

static bool tests_row(struct reader *reader, struct cells *cells, const struct rows *rows,
                      const struct antigen_facts *test)
{
    cell_int(cells, test->antigen);
    cells_area(cells, reader, test->area);
    cell_int(cells, test->person);
    cell_text(cells, person_masked_name(reader, test->person));
    cell_int(cells, test->roll);
    cell_int(cells, test->slot);
    cell_choice(cells, antigen_outcomes, test->outcome);
    cell_time(cells, test->taken_ms);
    cell_time(cells, row_int(rows, 1));
    cell_bool(cells, row_int(rows, 2) == 1);
    cell_int(cells, row_int(rows, 3));
    cell_bool(cells, row_int(rows, 4) == 1);
    cell_time(cells, row_int(rows, 5));
    cell_bool(cells, test->photo != BH_NONE);
    cell_choice(cells, antigen_outcomes, test->reading);
    cell_choice(cells, antigen_outcomes, test->decided);
    cell_int(cells, test->decided_tube);
    cell_choice(cells, antigen_opens, open_of(test));
    return cells_row(cells);
}

static bool tests_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct tests_query *p = params;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT antigen, known_ms, self, symptom_days, late, again_until_ms, area"
            " FROM antigen_test WHERE antigen > ? ORDER BY antigen",
            "i", p->after == BH_NONE ? 0 : p->after);
    while (ok && more && db_next(&rows)) {
        struct antigen_facts test;
        if (!scope_holds(&scope, row_int(&rows, 6)))
            continue;
        ok = antigen_read(reader->db, row_int(&rows, 0), &test, err);
        if (!ok || !tests_wanted(p, &test))
            continue;
        more = tests_row(reader, cells, &rows, &test);
        if (!more)
            cells_next_number(cells, reader, test.antigen);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- round_antigen ---- */

struct part_query {
    int64_t round, area, limit, after;
};
static const struct field part_fields[] = {
    FIELD(part_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(part_query, area, AREA, 0, "地区", "area"),
    FIELD(part_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(part_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(part_record, part_query, part_fields);

static const struct column antigen_columns[] = {
    AREA_COLUMNS,
    {"due", COLUMN_INT, "应检", "due"},
    {"handed_out", COLUMN_INT, "已发放", "kits handed out"},
    {"reported", COLUMN_INT, "已上报", "reported"},
    {"owing", COLUMN_INT, "未上报", "handed out and not reported"},
    {"negative", COLUMN_INT, "阴性", "negative"},
    {"positive", COLUMN_INT, "阳性", "positive"},
    {"invalid", COLUMN_INT, "无效", "invalid"},
    {"confirmed", COLUMN_INT, "核酸阳性", "positive by nucleic acid"},
    {"refuted", COLUMN_INT, "核酸阴性", "negative by nucleic acid"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool antigen_run(struct reader *reader, const void *params, struct cells *cells,
                        struct bh_err *err)
{
    const struct part_query *p = params;
    struct order_sight sight;
    struct scope scope;
    struct rows rows;
    bool more = true;
    if (!reader_scope(reader, p->area, &scope, err) ||
        !order_see(reader, p->round, reader->scope, &sight, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT c.area, c.due, COALESCE(a.handed_out, 0), COALESCE(a.reported, 0),"
            " COALESCE(a.handed_out - a.reported, 0), COALESCE(a.negative, 0),"
            " COALESCE(a.positive, 0), COALESCE(a.invalid, 0), COALESCE(a.confirmed, 0),"
            " COALESCE(a.refuted, 0) FROM round_count c"
            " LEFT JOIN antigen_count a ON a.round = c.round AND a.area = c.area"
            " WHERE c.round = ? AND c.area > ? ORDER BY c.area",
            "ii", p->round, p->after == BH_NONE ? 0 : p->after);
    while (more && db_next(&rows)) {
        if (!scope_holds(&scope, row_int(&rows, 0)))
            continue;
        cells_area(cells, reader, row_int(&rows, 0));
        for (int i = 1; i < 10; i++)
            cell_int(cells, row_int(&rows, i));
        more = cells_row(cells);
        if (!more)
            cells_next_number(cells, reader, row_int(&rows, 0));
    }
    return db_end(&rows, err);
}

/* ---- antigen_owing ---- */

static const struct column owing_columns[] = {
    {"slot", COLUMN_INT, "序号", "slot"},
    AREA_COLUMNS,
    {"building", COLUMN_INT, "楼栋", "building"},
    {"unit", COLUMN_INT, "单元", "unit"},
    {"door", COLUMN_TEXT, "门牌", "door"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    {"people", COLUMN_INT, "人数", "people they were handed to"},
    {"kits", COLUMN_INT, "未上报试剂数", "kits not reported"},
    {"handed_out", COLUMN_TIME, "发放时间", "handed out"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static struct bh_str opened(struct reader *reader, struct bh_str sealed)
{
    struct bh_str text = {0};
    struct bh_err ignored;
    if (sealed.len == 0 ||
        !vault_unseal(reader->ledger->vault, sealed, reader->arena, &text, &ignored))
        return (struct bh_str){0};
    return text;
}

/* One hand-out: slot, area, people, kits, time. */
struct owing {
    int64_t slot, area, people, kits, handed_ms;
};

/* Doors lie together: those of one block are told while it is read once. */
struct told {
    struct reader *reader;
    struct cells *cells;
    const struct owing *next, *end;
    bool full;
};

static bool owing_row(void *self, int64_t slot, const struct roll_listed *listed)
{
    struct told *told = self;
    struct reader *reader = told->reader;
    struct cells *cells = told->cells;
    while (told->next < told->end && told->next->slot < slot)
        told->next++;
    if (told->next == told->end)
        return false;
    if (told->next->slot != slot)
        return true;
    const struct owing *one = told->next++;
    cell_int(cells, slot);
    cells_area(cells, reader, one->area);
    cell_int(cells, listed->building);
    cell_int(cells, listed->unit);
    cell_text(cells, opened(reader, listed->door.text));
    cell_text(cells, vault_mask_name(reader->arena, opened(reader, listed->resident.name.text)));
    cell_int(cells, one->people);
    cell_int(cells, one->kits);
    cell_time(cells, one->handed_ms);
    if (cells_row(cells))
        return true;
    cells_next_number(cells, reader, slot);
    told->full = true;
    return false;
}

/* At most a page and one more, in door order. */
static bool owing_read(struct reader *reader, const struct part_query *p, const struct scope *scope,
                       struct owing *list, size_t max, size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    *ret_count = 0;
    db_rows(reader->db, &rows,
            "SELECT slot, MIN(area), MAX(count), COUNT(*), MIN(handed_ms) FROM antigen_kit"
            " WHERE round = ? AND slot > ? AND antigen IS NULL GROUP BY slot ORDER BY slot",
            "ii", p->round, p->after == BH_NONE ? 0 : p->after);
    while (*ret_count < max && db_next(&rows))
        if (scope_holds(scope, row_int(&rows, 1)))
            list[(*ret_count)++] =
                (struct owing){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                               row_int(&rows, 3), row_int(&rows, 4)};
    return db_end(&rows, err);
}

static bool owing_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    enum { MOST = LIMIT_PAGE_ROWS + 1 };
    const struct part_query *p = params;
    struct owing *list = bh_arena_get(reader->arena, MOST * sizeof *list);
    struct order_sight sight;
    struct scope scope;
    size_t count = 0;
    if (!reader_scope(reader, p->area, &scope, err) ||
        !order_see(reader, p->round, reader->scope, &sight, err) ||
        !owing_read(reader, p, &scope, list, MOST, &count, err))
        return false;
    struct told told = {.reader = reader, .cells = cells, .next = list, .end = list + count};
    while (!told.full && told.next < told.end) {
        struct roll_block block;
        bool found = false;
        if (!roll_block_of(reader->db, sight.round.roll, told.next->slot, &block, &found, err) ||
            (found && !roll_block_each(reader->db, &block, reader->arena, owing_row, &told, err)))
            return false;
        if (!told.full && told.next < told.end && (!found || told.next->slot <= block.last_slot))
            told.next++;
    }
    return true;
}

const struct query antigen_queries[] = {
    {"antigen_batches", "抗原试剂批次", "batches of antigen kits", &batches_record, 0,
     PRIORITY_BOARD, batches_columns, batches_run, NULL, "area=220202"},
    {"antigen_tests", "抗原自测", "antigen tests", &tests_record, 0, PRIORITY_BOARD, tests_columns,
     tests_run, NULL, "area=220202&open=confirm"},
    {"round_antigen", "本轮抗原", "antigen tests of a round, by community", &part_record, 0,
     PRIORITY_BOARD, antigen_columns, antigen_run, NULL, "round=80&area=220202"},
    {"antigen_owing", "未上报抗原的住户", "doors that owe an antigen test", &part_record, 0,
     PRIORITY_LOOKUP, owing_columns, owing_run, NULL, "round=80&area=220202001001"},
    {0},
};
