#include "ledger/duty_link.h"
#include "ledger/duty_private.h"

#include "base/time.h"
#include "ledger/permit.h"
#include "ledger/reader.h"

#include <stdio.h>
#include <string.h>

static const char *text_keep(struct reader *reader, struct bh_str text)
{
    return text.len ? bh_arena_copy(reader->arena, text.at, text.len) : NULL;
}

static const struct duty_rule *rule_now(struct reader *reader, int64_t area, const char *rule)
{
    return plan_rule(plans_for(reader->ledger->plans, area, reader->now_ms), rule);
}

static int64_t none_if_zero(int64_t value)
{
    return value == 0 ? BH_NONE : value;
}

static int64_t or_all(int64_t value, int64_t all)
{
    return value == BH_NONE ? all : value;
}

/* ---- notices ---- */

struct notices_params {
    int64_t area, mine, waiting, limit, after;
};
static const struct field notices_fields[] = {
    FIELD(notices_params, area, AREA, 0, "地区", "Area"),
    FIELD(notices_params, mine, BOOL, 0, "只看我的", "Mine only"),
    FIELD(notices_params, waiting, BOOL, 0, "只看未签收的", "Only those not acknowledged"),
    FIELD(notices_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(notices_params, after, INT, 0, "从何处继续", "Go on after", .max = INT64_MAX),
};
RECORD(notices_record, notices_params, notices_fields);

static const struct column notices_columns[] = {
    {"notice", COLUMN_INT, "通知", "Notice"},
    {"rule", COLUMN_TEXT, "规则", "Rule"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    {"step", COLUMN_INT, "级", "Step"},
    {"count", COLUMN_INT, "件数", "Duties"},
    {"role", COLUMN_TEXT, "角色", "Role"},
    {"post", COLUMN_INT, "岗位", "Post"},
    {"post_title", COLUMN_TEXT, "岗位名称", "Post's title"},
    AREA_COLUMNS,
    {"holder", COLUMN_INT, "通知时在岗人", "Holder when queued"},
    {"holder_name", COLUMN_TEXT, "姓名", "Holder's name"},
    {"queued", COLUMN_TIME, "生成", "Queued"},
    {"delivered", COLUMN_TIME, "送达", "Delivered"},
    {"channel", COLUMN_TEXT, "渠道", "Channel"},
    {"acknowledged", COLUMN_TIME, "确认", "Acknowledged"},
    {0},
};

static void notice_cells(struct reader *reader, const struct rows *rows, struct cells *cells)
{
    const char *rule = text_keep(reader, row_text(rows, 1));
    const struct duty_rule *known = rule_now(reader, row_int(rows, 7), rule ? rule : "");
    cell_int(cells, row_int(rows, 0));
    cell_z(cells, rule);
    cell_z(cells, known ? known->zh : NULL);
    cell_z(cells, known ? known->en : NULL);
    cell_int(cells, row_int(rows, 2));
    cell_int(cells, row_int(rows, 3));
    cell_text(cells, row_text(rows, 4));
    cell_int(cells, none_if_zero(row_int(rows, 5)));
    cell_z(cells, text_keep(reader, row_text(rows, 6)));
    cells_area(cells, reader, row_int(rows, 7));
    cell_int(cells, none_if_zero(row_int(rows, 8)));
    cell_z(cells, text_keep(reader, row_text(rows, 9)));
    cell_time(cells, row_int(rows, 10));
    cell_time(cells, row_int(rows, 11));
    cell_z(cells, text_keep(reader, row_text(rows, 12)));
    cell_time(cells, row_int(rows, 13));
}

/* Mine: of the posts I hold now, where I still have a grant. */
static bool run_notices(struct reader *reader, const void *given, struct cells *cells,
                        struct bh_err *err)
{
    const struct notices_params *params = given;
    struct scope scope;
    struct rows rows;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT n.notice, n.rule, n.step, n.count, n.role, n.post, p.title, COALESCE(p.area, "
            "n.area), n.holder,"
            " u.display, n.queued_ms, n.delivered_ms, n.channel, n.acknowledged_ms FROM notice n"
            " LEFT JOIN post p ON p.post = n.post LEFT JOIN user_account u ON u.user = n.holder"
            " WHERE n.notice < ? AND (? = 0 OR EXISTS (SELECT 1 FROM post_holder h WHERE h.post = "
            "n.post AND h.user = ?"
            " AND h.from_ms <= ? AND h.until_ms > ?)) AND (? = 0 OR n.acknowledged_ms IS NULL)"
            " ORDER BY n.notice DESC",
            "iiiiii", or_all(params->after, INT64_MAX), (int64_t)(params->mine == 1), reader->user,
            reader->now_ms, reader->now_ms, (int64_t)(params->waiting == 1));
    while (db_next(&rows)) {
        int64_t notice = row_int(&rows, 0);
        if (!scope_holds(&scope, row_int(&rows, 7)))
            continue;
        notice_cells(reader, &rows, cells);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)notice)));
            break;
        }
    }
    return db_end(&rows, err);
}

/* ---- alarm_volume ---- */

struct volume_params {
    int64_t area, from, to;
};
static const struct field volume_fields[] = {
    FIELD(volume_params, area, AREA, 0, "地区", "Area"),
    FIELD(volume_params, from, TIME, 0, "自", "From"),
    FIELD(volume_params, to, TIME, 0, "至", "To"),
};
RECORD(volume_record, volume_params, volume_fields);
static const struct column volume_columns[] = {
    {"hour", COLUMN_TIME, "小时", "Hour"},
    {"role", COLUMN_TEXT, "角色", "Role"},
    {"notices", COLUMN_INT, "通知数", "Notices"},
    {"duties", COLUMN_INT, "所含件数", "Duties in them"},
    {0},
};

struct volume {
    int64_t hour_ms, notices, duties;
    char role[96];
};

static bool volume_put(struct cells *cells, const struct volume *volume)
{
    if (volume->notices == 0)
        return true;
    cell_time(cells, volume->hour_ms);
    cell_z(cells, volume->role);
    cell_int(cells, volume->notices);
    cell_int(cells, volume->duties);
    return cells_row(cells);
}

static bool run_volume(struct reader *reader, const void *given, struct cells *cells,
                       struct bh_err *err)
{
    const struct volume_params *params = given;
    struct volume sum = {0};
    struct scope scope;
    struct rows rows;
    bool room = true;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT queued_ms - queued_ms % 3600000 AS hour, role, area, COUNT(*), SUM(count) FROM "
            "notice"
            " WHERE queued_ms >= ? AND queued_ms < ? GROUP BY hour, role, area ORDER BY hour, "
            "role, area",
            "ii", or_all(params->from, BH_TIME_MIN), or_all(params->to, BH_TIME_MAX));
    while (room && db_next(&rows)) {
        struct bh_str role = row_text(&rows, 1);
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        if (sum.hour_ms != row_int(&rows, 0) || !bh_str_is(role, sum.role)) {
            room = volume_put(cells, &sum);
            sum = (struct volume){.hour_ms = row_int(&rows, 0)};
            (void)snprintf(sum.role, sizeof sum.role, "%.*s", (int)role.len, role.at);
        }
        sum.notices += row_int(&rows, 3);
        sum.duties += row_int(&rows, 4);
    }
    if (room)
        (void)volume_put(cells, &sum);
    return db_end(&rows, err);
}

/* ---- replans ---- */

struct replans_params {
    int64_t area, limit, after;
};
static const struct field replans_fields[] = {
    FIELD(replans_params, area, AREA, 0, "地区", "Area"),
    FIELD(replans_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(replans_params, after, INT, 0, "从何处继续", "Go on after", .max = INT64_MAX),
};
RECORD(replans_record, replans_params, replans_fields);
static const struct column replans_columns[] = {
    {"duty", COLUMN_INT, "义务", "Duty"},
    {"rule", COLUMN_TEXT, "规则", "Rule"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    AREA_COLUMNS,
    {"due", COLUMN_TIME, "现时限", "Due now"},
    {"due_new", COLUMN_TIME, "新时限", "New due time"},
    {"plan", COLUMN_TEXT, "新方案版本", "New plan version"},
    {"asked", COLUMN_TIME, "提出", "Asked"},
    {0},
};

static bool run_replans(struct reader *reader, const void *given, struct cells *cells,
                        struct bh_err *err)
{
    const struct replans_params *params = given;
    struct scope scope;
    struct rows rows;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(
        reader->db, &rows,
        "SELECT d.duty, d.rule, d.area, d.due_ms, r.due_ms, r.plan, r.asked_ms FROM duty_replan r"
        " JOIN duty d ON d.duty = r.duty WHERE r.answered_ms IS NULL AND d.state = 0 AND r.duty > "
        "? ORDER BY r.duty",
        "i", or_all(params->after, 0));
    while (db_next(&rows)) {
        int64_t duty = row_int(&rows, 0);
        if (!scope_holds(&scope, row_int(&rows, 2)))
            continue;
        const char *rule = text_keep(reader, row_text(&rows, 1));
        const struct duty_rule *known = rule_now(reader, row_int(&rows, 2), rule);
        cell_int(cells, duty);
        cell_z(cells, rule);
        cell_z(cells, known ? known->zh : NULL);
        cell_z(cells, known ? known->en : NULL);
        cells_area(cells, reader, row_int(&rows, 2));
        cell_time(cells, row_int(&rows, 3));
        cell_time(cells, row_int(&rows, 4));
        cell_text(cells, row_text(&rows, 5));
        cell_time(cells, row_int(&rows, 6));
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)duty)));
            break;
        }
    }
    return db_end(&rows, err);
}

/* ---- plans ---- */

static const struct column plans_columns[] = {
    {"layer", COLUMN_TEXT, "层", "Layer"},
    {"extends", COLUMN_TEXT, "继承", "Extends"},
    {"kind", COLUMN_TEXT, "种类", "Kind"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    {"area", COLUMN_TEXT, "适用单位", "Unit"},
    {"from", COLUMN_TIME, "生效", "From"},
    {"to", COLUMN_TIME, "失效", "To"},
    {"source", COLUMN_TEXT, "依据", "Source in Chinese"},
    {"source_en", COLUMN_TEXT, "依据（英文）", "Source"},
    {"mark", COLUMN_TEXT, "核对标记", "Mark"},
    {"verified", COLUMN_BOOL, "已核实", "Verified"},
    {"adopted", COLUMN_TIME, "采用", "Adopted"},
    {"signed_by", COLUMN_TEXT, "签发", "Signed by"},
    {0},
};
struct plans_params {
    int64_t limit;
};
static const struct field plans_fields[] = {
    FIELD(plans_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
};
RECORD(plans_record, plans_params, plans_fields);

static int64_t bound(int64_t at_ms)
{
    return at_ms <= BH_TIME_MIN || at_ms >= BH_TIME_MAX ? BH_NONE : at_ms;
}

static bool plan_cells(struct reader *reader, const struct plan_layer *layer, struct cells *cells,
                       struct bh_err *err)
{
    struct rows rows;
    int64_t adopted_ms = BH_NONE;
    const char *signer = NULL;
    db_rows(reader->db, &rows,
            "SELECT p.known_ms, u.display FROM plan_adopted p LEFT JOIN user_account u ON u.user = "
            "p.signed_by"
            " WHERE p.layer = ? ORDER BY p.seq DESC LIMIT 1",
            "z", layer->id);
    if (db_next(&rows)) {
        adopted_ms = row_int(&rows, 0);
        signer = text_keep(reader, row_text(&rows, 1));
    }
    if (!db_end(&rows, err))
        return false;
    cell_z(cells, layer->id);
    cell_z(cells, layer->extends[0] ? layer->extends : NULL);
    cell_z(cells, layer->kind);
    cell_z(cells, layer->zh);
    cell_z(cells, layer->en);
    cell_z(cells, layer->area[0] ? layer->area : NULL);
    cell_time(cells, bound(layer->from_ms));
    cell_time(cells, bound(layer->to_ms));
    cell_z(cells, layer->source_zh);
    cell_z(cells, layer->source_en);
    cell_z(cells, plan_marks[layer->mark]);
    cell_bool(cells, layer->mark == MARK_VERIFIED);
    cell_time(cells, adopted_ms);
    cell_z(cells, signer);
    return true;
}

static bool run_plans(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct plan_layer *const *layers;
    size_t count = plans_layers(reader->ledger->plans, reader->arena, &layers);
    (void)params;
    for (size_t i = 0; i < count; i++) {
        if (!plan_cells(reader, layers[i], cells, err))
            return false;
        if (!cells_row(cells))
            break;
    }
    return true;
}

/* ---- plan_rules ---- */

struct rules_params {
    int64_t area, at, limit, after;
};
static const struct field rules_fields[] = {
    FIELD(rules_params, area, AREA, 0, "地区", "Area"),
    FIELD(rules_params, at, TIME, 0, "适用时间", "Valid at"),
    FIELD(rules_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(rules_params, after, INT, 0, "从何处继续", "Go on after", .max = 100000),
};
RECORD(rules_record, rules_params, rules_fields);
static const struct column rules_columns[] = {
    {"rule", COLUMN_TEXT, "规则", "Rule"},
    {"kind", COLUMN_TEXT, "种类", "Kind"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    {"layer", COLUMN_TEXT, "层", "Layer"},
    {"value", COLUMN_TEXT, "内容", "Value"},
    {"unit", COLUMN_TEXT, "单位", "Unit"},
    {"owner", COLUMN_TEXT, "责任角色", "Owner"},
    {"source", COLUMN_TEXT, "依据", "Source"},
    {"mark", COLUMN_TEXT, "核对标记", "Mark"},
    {"verified", COLUMN_BOOL, "已核实", "Verified"},
    {"from", COLUMN_TIME, "生效", "From"},
    {"to", COLUMN_TIME, "失效", "To"},
    {"superseded_by", COLUMN_TEXT, "被取代", "Superseded by"},
    {0},
};

static bool run_rules(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    const struct rules_params *params = given;
    struct plan_entry *entries;
    struct scope scope;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    size_t count = plans_entries(reader->ledger->plans, params->area == BH_NONE ? 0 : params->area,
                                 or_all(params->at, reader->now_ms), reader->arena, &entries);
    for (size_t i = (size_t)or_all(params->after, 0); i < count; i++) {
        const struct plan_entry *entry = &entries[i];
        cell_z(cells, entry->id);
        cell_z(cells, entry->kind);
        cell_z(cells, entry->zh);
        cell_z(cells, entry->en);
        cell_z(cells, entry->layer->id);
        cell_z(cells, entry->value);
        cell_z(cells, entry->unit);
        cell_z(cells, entry->owner);
        cell_z(cells, entry->source);
        cell_z(cells, plan_marks[entry->mark]);
        cell_bool(cells, entry->mark == MARK_VERIFIED);
        cell_time(cells, bound(entry->layer->from_ms));
        cell_time(cells, bound(entry->layer->to_ms));
        cell_z(cells, entry->superseded_by);
        if (!cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%zu", i + 1)));
            break;
        }
    }
    return true;
}

static const struct query queries[] = {
    {"notices", "通知", "Notices", &notices_record, 0, PRIORITY_LOOKUP, notices_columns,
     run_notices, NULL, "mine=true&waiting=true"},
    {"alarm_volume", "通知量", "Alarm volume", &volume_record, 0, PRIORITY_BOARD, volume_columns,
     run_volume, NULL, "area=220000"},
    {"replans", "待确认的时限变更", "Changes of time that wait", &replans_record, 0, PRIORITY_BOARD,
     replans_columns, run_replans, NULL, "area=220200"},
    {"plans", "方案层", "Plan layers", &plans_record, QUERY_ANY_AREA, PRIORITY_LOOKUP,
     plans_columns, run_plans, NULL, ""},
    {"plan_rules", "方案规则", "Plan rules", &rules_record, 0, PRIORITY_LOOKUP, rules_columns,
     run_rules, NULL, "area=220200"},
    {0},
};

static const struct event_kind no_events[] = {{0}};
static const struct command no_commands[] = {{0}};

const struct link notice_link = {
    .name = "notice",
    .zh = "通知与方案查询",
    .en = "Notices, and plans to read",
    .events = no_events,
    .commands = no_commands,
    .queries = queries,
};
