#include "ledger/duty_private.h"

#include "base/time.h"
#include "ledger/people_link.h"
#include "ledger/permit.h"

#include <stdio.h>
#include <string.h>

/* ---- loops ---- */

struct loops_params {
    int64_t area, state, owner_post, person, subject, notice, mine, at, limit;
    struct bh_str rule, after;
};
enum loops_state {
    LOOPS_OPEN,
    LOOPS_DUE_SOON,
    LOOPS_OVERDUE, /* climbed or not */
    LOOPS_ESCALATED,
    LOOPS_CLOSED,
    LOOPS_ALL
};
static const struct choice loops_states[] = {
    {"open", "未闭合", "open"},
    {"due_soon", "将到期", "due soon"},
    {"overdue", "已逾期", "overdue"},
    {"escalated", "已升级", "escalated"},
    {"closed", "已闭合", "closed"},
    {"all", "全部", "all"},
    {0},
};
static const struct field loops_fields[] = {
    FIELD(loops_params, area, AREA, 0, "地区", "Area"),
    FIELD(loops_params, rule, TEXT, 0, "规则", "Rule", .max = 80),
    FIELD(loops_params, state, ENUM, 0, "状态", "State", .choices = loops_states),
    FIELD(loops_params, owner_post, REF, 0, "责任岗位", "Owner's post"),
    FIELD(loops_params, person, PERSON, 0, "人员", "Person"),
    FIELD(loops_params, subject, INT, 0, "主体", "Subject", .max = INT64_MAX),
    FIELD(loops_params, notice, REF, 0, "只看这条通知所指的", "Only those this notice tells of"),
    FIELD(loops_params, mine, BOOL, 0, "只看我的", "Mine only"),
    FIELD(loops_params, at, TIME, 0, "截至（当时已知）", "As known at"),
    FIELD(loops_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(loops_params, after, TEXT, 0, "从何处继续", "Go on after", .max = 80),
};
RECORD(loops_record, loops_params, loops_fields);

static const struct column loops_columns[] = {
    {"duty", COLUMN_INT, "义务", "Duty"},
    {"rule", COLUMN_TEXT, "规则", "Rule"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    {"subject_kind", COLUMN_TEXT, "主体种类", "Kind of subject"},
    {"subject", COLUMN_INT, "主体", "Subject"},
    {"person", COLUMN_INT, "人员", "Person"},
    {"name_masked", COLUMN_TEXT, "姓名", "Name"},
    AREA_COLUMNS,
    {"role", COLUMN_TEXT, "责任角色", "Role"},
    {"institution", COLUMN_INT, "机构", "Institution"},
    {"institution_name", COLUMN_TEXT, "机构名称", "Institution name"},
    {"post", COLUMN_INT, "岗位", "Post"},
    {"holder", COLUMN_INT, "在岗人", "Holder"},
    {"holder_name", COLUMN_TEXT, "在岗人姓名", "Holder's name"},
    {"opened", COLUMN_TIME, "发生", "Opened"},
    {"start", COLUMN_TIME, "计时起点", "Clock starts"},
    {"due", COLUMN_TIME, "时限", "Due"},
    {"state", COLUMN_TEXT, "状态", "State"},
    {"late_ms", COLUMN_INT, "逾期毫秒", "Late in ms"},
    {"escalation", COLUMN_INT, "升级级数", "Escalation"},
    {"mark", COLUMN_TEXT, "标记", "Mark"},
    {"plan", COLUMN_TEXT, "方案版本", "Plan version"},
    {"source", COLUMN_TEXT, "依据", "Source"},
    {"verified", COLUMN_BOOL, "已核实", "Verified"},
    {"primary_command", COLUMN_TEXT, "办理命令", "Command"},
    {"opener", COLUMN_INT, "起因", "Opener"},
    {"closer", COLUMN_INT, "闭合依据", "Closer"},
    {"ended", COLUMN_TIME, "结束", "Ended"},
    {0},
};

/* One line of the answer as it stands in the tables. */
struct loop {
    struct duty_row duty;
    const char *mark;
};

#define LOOP_COLUMNS DUTY_ROW ", mark"
/* The duties as known at an instant, which is bound seven times: the present versions that were known then, the open ones
 * that ended since, and those put away; of the steps and marks, which only grow, what was there by then. */
#define LOOPS_AT                                                                                   \
    " FROM (SELECT duty, subject, opener, person, area, opened_ms, start_ms, due_ms, state, 0 AS " \
    "overdue, CASE WHEN worst = 0 THEN 0 ELSE (SELECT coalesce(-max(s.step), 0) FROM duty_step s"  \
    " WHERE s.duty = u.duty AND s.known_ms <= ?) END AS worst, closer, ended_ms, withdrawn, "      \
    "institution, post, holder, NULL AS timer_ms, late_ms, rule, subject_kind, plan, role, "       \
    "CASE WHEN mark = '' THEN '' ELSE coalesce((SELECT s.mark FROM duty_step s WHERE s.duty = "    \
    "u.duty AND s.known_ms <= ? AND s.mark <> '' ORDER BY s.step DESC LIMIT 1), '') END AS mark"   \
    " FROM (SELECT duty, subject, opener, person, area, opened_ms, start_ms, due_ms, state, "      \
    "worst, closer, ended_ms, withdrawn, institution, post, holder, late_ms, rule, subject_kind, " \
    "plan, role, mark FROM duty WHERE since_ms <= ?"                                               \
    " UNION ALL SELECT duty, subject, opener, person, area, opened_ms, start_ms, due_ms, 0, "      \
    "worst, 0, NULL, 0, institution, post, holder, 0, rule, subject_kind, plan, role, mark"        \
    " FROM duty WHERE former_ms <= ? AND since_ms > ?"                                             \
    " UNION ALL SELECT h.duty, d.subject, d.opener, d.person, h.area, h.opened_ms, h.start_ms, "   \
    "h.due_ms, h.state, d.worst, h.closer, h.ended_ms, 0, h.institution, h.post, h.holder, "       \
    "h.late_ms, d.rule, d.subject_kind, h.plan, h.role, d.mark"                                    \
    " FROM duty_history h JOIN duty d ON d.duty = h.duty WHERE h.to_ms > ? AND h.from_ms <= ?) u"  \
    ") v"

struct cursor {
    int64_t worst, due_ms, duty;
};

static bool cursor_read(struct bh_str text, struct cursor *ret, struct bh_err *err)
{
    int64_t parts[3] = {INT64_MIN, INT64_MIN, INT64_MIN};
    for (int i = 0; text.len > 0 && i < 3; i++) {
        const char *end = memchr(text.at, ':', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        if (!bh_str_to_int((struct bh_str){text.at, len}, &parts[i]))
            return bh_fail_field(err, BH_INVALID, "after", "游标无效",
                                 "not a cursor of this query");
        text.at += end ? len + 1 : len;
        text.len -= end ? len + 1 : len;
    }
    *ret = (struct cursor){parts[0], parts[1], parts[2]};
    return true;
}

/* Open ones worst first; with others, the youngest first. */
static void loops_open(struct reader *reader, const struct loops_params *params,
                       const struct cursor *cursor, struct rows *rows)
{
    bool only_open = params->state < LOOPS_CLOSED;
    int64_t worst = params->state == LOOPS_ESCALATED ? -1 : 0; /* steps climbed, negative */
    int64_t at_ms = params->at, before = cursor->duty == INT64_MIN ? INT64_MAX : cursor->duty;
    if (params->person != BH_NONE && at_ms == BH_NONE)
        db_rows(reader->db, rows,
                "SELECT " LOOP_COLUMNS
                " FROM duty WHERE person = ? AND person <> 0 AND duty < ? ORDER BY duty DESC",
                "ii", params->person, before);
    else if (only_open && at_ms == BH_NONE)
        db_rows(reader->db, rows,
                "SELECT " LOOP_COLUMNS
                " FROM duty WHERE state = 0 AND worst <= ? AND (worst, due_ms, duty) > (?,?,?)"
                " ORDER BY worst, due_ms, duty",
                "iiii", worst, cursor->worst, cursor->due_ms, cursor->duty);
    else if (only_open)
        db_rows(reader->db, rows,
                "SELECT " LOOP_COLUMNS LOOPS_AT
                " WHERE state = 0 AND worst <= ? AND (worst, due_ms, duty) > (?,?,?)"
                " ORDER BY worst, due_ms, duty",
                "iiiiiiiiiii", at_ms, at_ms, at_ms, at_ms, at_ms, at_ms, at_ms, worst,
                cursor->worst, cursor->due_ms, cursor->duty);
    else if (at_ms == BH_NONE)
        db_rows(reader->db, rows,
                "SELECT " LOOP_COLUMNS " FROM duty WHERE duty < ? ORDER BY duty DESC", "i", before);
    else
        db_rows(reader->db, rows,
                "SELECT " LOOP_COLUMNS LOOPS_AT " WHERE duty < ? ORDER BY duty DESC", "iiiiiiii",
                at_ms, at_ms, at_ms, at_ms, at_ms, at_ms, at_ms, before);
}

struct holder {
    int64_t user;
    const char *name;
};

static bool holder_of(struct reader *reader, int64_t post, int64_t at_ms, struct holder *ret,
                      struct bh_err *err)
{
    struct rows rows;
    *ret = (struct holder){BH_NONE, NULL};
    if (post == 0)
        return true;
    db_rows(
        reader->db, &rows,
        "SELECT h.user, u.display FROM post_holder h LEFT JOIN user_account u ON u.user = h.user"
        " WHERE h.post = ? AND h.from_ms <= ? AND h.until_ms > ? AND h.known_ms <= ? ORDER BY "
        "h.holding DESC",
        "iiii", post, at_ms, at_ms, at_ms);
    if (db_next(&rows)) {
        struct bh_str name = row_text(&rows, 1);
        *ret = (struct holder){row_int(&rows, 0), bh_arena_copy(reader->arena, name.at, name.len)};
    }
    return db_end(&rows, err);
}

static bool institution_name(struct reader *reader, int64_t institution, const char **ret,
                             struct bh_err *err)
{
    struct rows rows;
    *ret = NULL;
    if (institution == 0)
        return true;
    db_rows(reader->db, &rows, "SELECT name FROM institution WHERE institution = ?", "i",
            institution);
    if (db_next(&rows)) {
        struct bh_str name = row_text(&rows, 0);
        *ret = bh_arena_copy(reader->arena, name.at, name.len);
    }
    return db_end(&rows, err);
}

static int64_t none_if_zero(int64_t value)
{
    return value == 0 ? BH_NONE : value;
}

static const char *state_name(const struct duty_row *duty, int64_t at_ms)
{
    if (duty->state == DUTY_STATE_CLOSED)
        return "closed";
    if (duty->state == DUTY_STATE_CANCELLED)
        return "cancelled";
    return duty->due_ms <= at_ms ? "overdue" : "open";
}

static void loop_head_cells(struct reader *reader, const struct loop *loop,
                            const struct duty_rule *rule, struct cells *cells)
{
    const struct duty_row *duty = &loop->duty;
    cell_int(cells, duty->duty);
    cell_z(cells, duty->rule);
    cell_z(cells, rule ? rule->zh : NULL);
    cell_z(cells, rule ? rule->en : NULL);
    cell_z(cells, duty->subject_kind);
    cell_int(cells, duty->subject);
    cell_int(cells, none_if_zero(duty->person));
    cell_text(cells, duty->person ? person_masked_name(reader, duty->person) : (struct bh_str){0});
    cells_area(cells, reader, duty->area);
}

static bool loop_cells(struct reader *reader, const struct loop *loop, int64_t at_ms,
                       struct cells *cells, struct bh_err *err)
{
    const struct duty_row *duty = &loop->duty;
    const struct duty_rule *rule =
        plan_rule(plans_for(reader->ledger->plans, duty->area, duty->opened_ms), duty->rule);
    struct holder holder;
    const char *institution;
    if (!holder_of(reader, duty->post, at_ms, &holder, err) ||
        !institution_name(reader, duty->institution, &institution, err))
        return false;
    bool late = duty->state == DUTY_STATE_OPEN && duty->due_ms <= at_ms;
    loop_head_cells(reader, loop, rule, cells);
    cell_z(cells, duty->role);
    cell_int(cells, none_if_zero(duty->institution));
    cell_z(cells, institution);
    cell_int(cells, none_if_zero(duty->post));
    cell_int(cells, holder.user);
    cell_z(cells, holder.name);
    cell_time(cells, duty->opened_ms);
    cell_time(cells, duty->start_ms);
    cell_time(cells, duty->due_ms);
    cell_z(cells, state_name(duty, at_ms));
    cell_int(cells, late ? at_ms - duty->due_ms : duty->late_ms);
    cell_int(cells, duty->steps);
    cell_z(cells, loop->mark);
    cell_z(cells, duty->plan);
    cell_z(cells, rule ? rule->source : NULL);
    cell_bool(cells, rule && rule->mark == MARK_VERIFIED);
    cell_z(cells, rule ? rule->completed_by : NULL);
    cell_int(cells, duty->opener);
    cell_int(cells, none_if_zero(duty->closer));
    cell_time(cells, duty->ended_ms);
    return true;
}

/* What makes a loop mine: a post that I hold, or a role that I was given for the place (whoever is given the part of
 * a county's CDC without a post of its own answers for it, too). */
enum { MY_POSTS_MAX = 64 };
struct mine {
    int64_t at[MY_POSTS_MAX];
    int count;
    struct grant grants[LIMIT_GRANTS];
    int grant_count;
};

static bool mine_read(struct reader *reader, int64_t at_ms, struct mine *ret, struct bh_err *err)
{
    struct rows rows;
    ret->count = 0;
    if (!permit_grants(reader->db, reader->ledger->roles, reader->ledger->areas, reader->user,
                       at_ms, ret->grants, &ret->grant_count, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT post FROM post_holder WHERE user = ? AND until_ms > ? AND from_ms <= ?", "iii",
            reader->user, at_ms, at_ms);
    while (db_next(&rows) && ret->count < MY_POSTS_MAX)
        ret->at[ret->count++] = row_int(&rows, 0);
    return db_end(&rows, err);
}

/* Columns of DUTY_ROW that decide whether a row stays. */
enum {
    COLUMN_OF_SUBJECT = 1,
    COLUMN_OF_PERSON = 3,
    COLUMN_OF_AREA = 4,
    COLUMN_OF_START = 6,
    COLUMN_OF_DUE = 7,
    COLUMN_OF_STATE = 8,
    COLUMN_OF_STEPS = 10,
    COLUMN_OF_POST = 15,
    COLUMN_OF_RULE = 19,
    COLUMN_OF_ROLE = 22,
    COLUMN_OF_MARK = 23
};

/* The duties that a notice tells of, ascending. */
struct told {
    int64_t *duty;
    size_t count;
};
struct asked {
    struct mine mine;
    struct told told;
};

/* An escalation is kept as a step; that a duty of the post became overdue follows from its due time. Those
 * between the answer to the notice before and to this one, as the notice's own count has them. */
static bool told_read(struct reader *reader, int64_t notice, struct told *ret, struct bh_err *err)
{
    struct rows rows;
    size_t size = 0;
    *ret = (struct told){0};
    db_rows(
        reader->db, &rows,
        "SELECT s.duty FROM notice n JOIN duty_step s ON s.step = n.step AND s.post = n.post"
        " JOIN duty d ON d.duty = s.duty AND d.rule = n.rule WHERE n.notice = ? AND n.step > 0"
        " AND s.role = n.role AND (n.post <> 0 OR d.area = n.area) AND s.known_ms >= n.queued_ms"
        " AND s.known_ms <= COALESCE(n.acknowledged_ms, s.known_ms)"
        " UNION SELECT d.duty FROM notice n JOIN duty d ON d.rule = n.rule AND d.post = n.post"
        " AND d.role = n.role AND d.overdue = 1 AND (n.post <> 0 OR d.area = n.area)"
        " WHERE n.notice = ? AND n.step = 0"
        " AND CASE WHEN d.due_ms > d.known_ms THEN d.due_ms ELSE d.known_ms END <="
        " COALESCE(n.acknowledged_ms, d.due_ms + d.known_ms)"
        " AND CASE WHEN d.due_ms > d.known_ms THEN d.due_ms ELSE d.known_ms END >"
        " (SELECT COALESCE(MAX(p.acknowledged_ms), 0) FROM notice p WHERE p.notice < n.notice"
        " AND p.rule = n.rule AND p.post = n.post AND p.role = n.role AND p.step = 0"
        " AND (n.post <> 0 OR p.area = n.area)) ORDER BY 1",
        "ii", notice, notice);
    while (db_next(&rows)) {
        if (ret->count == size) {
            size = size ? size * 2 : 64;
            int64_t *more = bh_arena_get(reader->arena, size * sizeof *more);
            if (ret->count)
                memcpy(more, ret->duty, ret->count * sizeof *more);
            ret->duty = more;
        }
        ret->duty[ret->count++] = row_int(&rows, 0);
    }
    return db_end(&rows, err);
}

static bool told_of(const struct told *told, int64_t duty)
{
    size_t low = 0, high = told->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (told->duty[middle] < duty)
            low = middle + 1;
        else
            high = middle;
    }
    return low < told->count && told->duty[low] == duty;
}

static bool is_mine(const struct mine *mine, const struct rows *rows)
{
    int64_t post = row_int(rows, COLUMN_OF_POST), area = row_int(rows, COLUMN_OF_AREA);
    struct bh_str role = row_text(rows, COLUMN_OF_ROLE);
    for (int i = 0; i < mine->count; i++)
        if (mine->at[i] == post)
            return true;
    for (int i = 0; i < mine->grant_count; i++)
        if (bh_str_is(role, mine->grants[i].role->id) &&
            scope_holds(&mine->grants[i].unit->scope, area))
            return true;
    return false;
}

/* Open ones by their clock: an escalated one may still have time, an overdue one may have climbed. */
static bool clock_wanted(int64_t asked, const struct rows *rows, int64_t at_ms)
{
    int64_t due_ms = row_int(rows, COLUMN_OF_DUE), steps = row_int(rows, COLUMN_OF_STEPS);
    switch (asked) {
    case LOOPS_DUE_SOON: return duty_due_soon(row_int(rows, COLUMN_OF_START), due_ms, steps, at_ms);
    case LOOPS_OVERDUE: return due_ms <= at_ms;
    case LOOPS_ESCALATED: return steps > 0;
    default: return true;
    }
}

/* Looks at the row where it lies: of the many that go by, only those that stay are copied. */
static bool loop_wanted(const struct loops_params *params, const struct scope *scope,
                        const struct asked *asked, const struct rows *rows, int64_t at_ms)
{
    int64_t state = row_int(rows, COLUMN_OF_STATE), post = row_int(rows, COLUMN_OF_POST);
    bool open = state == DUTY_STATE_OPEN;
    return (params->mine != 1 || is_mine(&asked->mine, rows)) &&
           scope_holds(scope, row_int(rows, COLUMN_OF_AREA)) &&
           (open ? params->state != LOOPS_CLOSED : params->state >= LOOPS_CLOSED) &&
           (params->state != LOOPS_CLOSED || state == DUTY_STATE_CLOSED) &&
           clock_wanted(params->state, rows, at_ms) &&
           (params->owner_post == BH_NONE || post == params->owner_post) &&
           (params->person == BH_NONE || row_int(rows, COLUMN_OF_PERSON) == params->person) &&
           (params->subject == BH_NONE || row_int(rows, COLUMN_OF_SUBJECT) == params->subject) &&
           (params->rule.len == 0 || bh_str_equal(params->rule, row_text(rows, COLUMN_OF_RULE))) &&
           (params->notice == BH_NONE || told_of(&asked->told, row_int(rows, 0)));
}

static bool run_loops(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    struct loops_params params = *(const struct loops_params *)given;
    struct scope scope;
    struct cursor cursor = {INT64_MIN, INT64_MIN, INT64_MIN};
    struct asked *asked = bh_arena_get(reader->arena, sizeof *asked);
    struct rows rows;
    int64_t at_ms = params.at == BH_NONE ? reader->now_ms : params.at;
    if (params.state == BH_NONE)
        params.state = LOOPS_OPEN;
    if (!reader_scope(reader, params.area, &scope, err) ||
        !cursor_read(params.after, &cursor, err) ||
        (params.mine == 1 && !mine_read(reader, at_ms, &asked->mine, err)) ||
        (params.notice != BH_NONE && !told_read(reader, params.notice, &asked->told, err)))
        return false;
    bool ok = true;
    for (loops_open(reader, &params, &cursor, &rows); ok && db_next(&rows);) {
        struct loop loop;
        if (!loop_wanted(&params, &scope, asked, &rows, at_ms))
            continue;
        duty_row_read(&rows, reader->arena, &loop.duty);
        struct bh_str mark = row_text(&rows, COLUMN_OF_MARK);
        loop.mark = mark.len ? bh_arena_copy(reader->arena, mark.at, mark.len) : NULL;
        ok = loop_cells(reader, &loop, at_ms, cells, err);
        if (ok && !cells_row(cells)) {
            cells_next(cells, bh_str_of(bh_arena_format(
                                  reader->arena, "%lld:%lld:%lld", (long long)-loop.duty.steps,
                                  (long long)loop.duty.due_ms, (long long)loop.duty.duty)));
            break;
        }
    }
    struct bh_err ended;
    if (!db_end(&rows, &ended) && ok) {
        *err = ended;
        ok = false;
    }
    return ok;
}

/* ---- board ---- */

struct board_params {
    int64_t area, at;
};
static const struct field board_fields[] = {
    FIELD(board_params, area, AREA, 0, "地区", "Area"),
    FIELD(board_params, at, TIME, 0, "截至（当时已知）", "As known at"),
};
RECORD(board_record, board_params, board_fields);

static const struct column board_columns[] = {
    {"unit", COLUMN_TEXT, "单位", "Unit"},
    AREA_COLUMNS,
    {"rule", COLUMN_TEXT, "规则", "Rule"},
    {"title", COLUMN_TEXT, "名称", "Title in Chinese"},
    {"title_en", COLUMN_TEXT, "名称（英文）", "Title"},
    {"open", COLUMN_INT, "未闭合", "Open"},
    {"ample", COLUMN_INT, "充裕", "Ample"},
    {"due_soon", COLUMN_INT, "即将到期", "Due soon"},
    {"overdue", COLUMN_INT, "已逾期", "Overdue"},
    {"escalated", COLUMN_INT, "已升级", "Escalated"},
    {"oldest_due", COLUMN_TIME, "最早时限", "Oldest due"},
    {"opened_24h", COLUMN_INT, "24小时内产生", "Opened in 24 hours"},
    {"closed_24h", COLUMN_INT, "24小时内闭合", "Closed in 24 hours"},
    {0},
};

enum { BOARD_UNITS_MAX = 64, BOARD_RULES_MAX = PLAN_RULE_MAX, BOARD_PLACES = 1 << 12 };

struct board_cell {
    int64_t open, ample, due_soon, overdue, escalated, oldest_ms, opened, closed;
};

/* The unit that a leaf's rows count in; unit = BOARD_UNITS_MAX + 1: outside the reader's scope. */
struct board_place {
    int64_t leaf; /* 0 = none yet */
    size_t unit;
};

struct board {
    const struct unit *unit[BOARD_UNITS_MAX +
                            1]; /* the children, then the unit itself for what is in none of them */
    size_t unit_count;
    char rule[BOARD_RULES_MAX][96];
    size_t rule_len[BOARD_RULES_MAX], rule_count;
    struct board_cell cell[BOARD_UNITS_MAX + 1][BOARD_RULES_MAX];
    int64_t at_ms;
    struct board_place place[BOARD_PLACES]; /* where leaves lie, the last one seen at each slot */
    size_t last_rule; /* rows of a leaf come in the order of their rules, so the next is near */
};

static bool unit_seen(const struct reader *reader, const struct unit *unit)
{
    return reader->scope->everything ||
           (unit->parent[0] && scope_covers(reader->scope, &unit->scope));
}

/* The largest units that lie wholly inside the reader's scope; at most max. */
static size_t units_granted(const struct reader *reader, const struct unit **ret, size_t max)
{
    const struct areas *areas = reader->ledger->areas;
    size_t count = 0;
    for (size_t i = 0; i < areas_unit_count(areas) && count < max; i++) {
        const struct unit *unit = areas_unit_at(areas, i);
        const struct unit *parent = areas_parent(areas, unit, reader->now_ms);
        if (unit->from_ms <= reader->now_ms && reader->now_ms < unit->to_ms &&
            unit_seen(reader, unit) && !(parent && unit_seen(reader, parent)))
            ret[count++] = unit;
    }
    return count;
}

/* One unit: its children, then itself for what is in none of them. Of several units, each. A unit that the
 * reader may see only in part has no row: its figures would be told as if they were whole. */
static bool board_units(const struct reader *reader, int64_t area, int64_t at_ms,
                        struct board *board)
{
    const struct areas *areas = reader->ledger->areas;
    const struct unit *unit = NULL, *children[BOARD_UNITS_MAX];
    if (area != BH_NONE)
        unit = areas_lowest(areas, area, reader->now_ms);
    if (!unit || !unit_seen(reader, unit)) {
        size_t found = 0;
        board->unit_count = units_granted(reader, board->unit, BOARD_UNITS_MAX);
        for (size_t i = 0; unit && i < board->unit_count; i++)
            if (scope_covers(&unit->scope, &board->unit[i]->scope))
                board->unit[found++] = board->unit[i];
        board->unit_count = unit ? found : board->unit_count;
        if (board->unit_count != 1)
            return board->unit_count > 0;
        unit = board->unit[0];
    }
    size_t count = areas_children(areas, unit, at_ms, children, BOARD_UNITS_MAX);
    board->unit_count = 0;
    for (size_t i = 0; i < count && i < BOARD_UNITS_MAX; i++)
        if (unit_seen(reader, children[i]))
            board->unit[board->unit_count++] = children[i];
    board->unit[board->unit_count++] = unit;
    return true;
}

static size_t board_unit_of(struct board *board, const struct scope *scope, int64_t leaf)
{
    uint64_t hash = (uint64_t)leaf * UINT64_C(0x9E3779B97F4A7C15);
    struct board_place *place = &board->place[hash >> 52];
    if (place->leaf == leaf)
        return place->unit;
    size_t u = 0;
    while (u + 1 < board->unit_count && !scope_holds(&board->unit[u]->scope, leaf))
        u++;
    *place = (struct board_place){leaf, scope_holds(scope, leaf) ? u : BOARD_UNITS_MAX + 1};
    return place->unit;
}

static bool board_rule_is(const struct board *board, size_t r, struct bh_str rule)
{
    return rule.len == board->rule_len[r] && memcmp(rule.at, board->rule[r], rule.len) == 0;
}

/* Of a new rule: the next free place. */
static size_t board_rule_of(struct board *board, struct bh_str rule)
{
    for (size_t tried = 0, r = board->last_rule; tried < board->rule_count; tried++, r++) {
        r = r < board->rule_count ? r : 0;
        if (board_rule_is(board, r, rule))
            return r;
    }
    return board->rule_count;
}

static struct board_cell *board_at(struct board *board, const struct scope *scope, int64_t leaf,
                                   struct bh_str rule)
{
    size_t u = board_unit_of(board, scope, leaf);
    if (u > BOARD_UNITS_MAX)
        return NULL;
    size_t r = board_rule_of(board, rule);
    if (r == BOARD_RULES_MAX || rule.len >= sizeof board->rule[0])
        return NULL;
    if (r == board->rule_count) {
        memcpy(board->rule[r], rule.at, rule.len);
        board->rule[r][rule.len] = 0;
        board->rule_len[r] = rule.len;
        board->rule_count++;
    }
    board->last_rule = r;
    return &board->cell[u][r];
}

bool duty_due_soon(int64_t start_ms, int64_t due_ms, int64_t steps, int64_t at_ms)
{
    return steps == 0 && due_ms > at_ms && (due_ms - at_ms) * 4 < due_ms - start_ms;
}

static void board_take_open(struct board *board, struct board_cell *cell, int64_t start_ms,
                            int64_t due_ms, int64_t worst)
{
    if (cell->open == 0 || due_ms < cell->oldest_ms)
        cell->oldest_ms = due_ms;
    cell->open++;
    cell->overdue += due_ms <= board->at_ms;
    cell->escalated += worst < 0;
    bool due_soon = duty_due_soon(start_ms, due_ms, -worst, board->at_ms);
    cell->due_soon += due_soon;
    cell->ample += !due_soon && due_ms > board->at_ms && worst == 0;
}

static bool board_read_open(struct reader *reader, const struct scope *scope, int64_t at_ms,
                            struct board *board, struct bh_err *err)
{
    struct rows rows;
    if (at_ms == BH_NONE)
        db_rows(reader->db, &rows,
                "SELECT area, rule, start_ms, due_ms, worst FROM duty WHERE state = 0", "");
    else
        db_rows(
            reader->db, &rows,
            "SELECT area, rule, start_ms, due_ms, CASE WHEN worst = 0 THEN 0 ELSE (SELECT "
            "coalesce(-max(s.step), 0) FROM duty_step s WHERE s.duty = u.duty AND s.known_ms <= ?) "
            "END FROM (SELECT duty, area, rule, start_ms, due_ms, worst FROM duty"
            " WHERE state = 0 AND since_ms <= ?"
            " UNION ALL SELECT duty, area, rule, start_ms, due_ms, worst FROM duty"
            " WHERE former_ms <= ? AND since_ms > ?"
            " UNION ALL SELECT h.duty, h.area, d.rule, h.start_ms, h.due_ms, d.worst"
            " FROM duty_history h JOIN duty d ON d.duty = h.duty"
            " WHERE h.state = 0 AND h.to_ms > ? AND h.from_ms <= ?) u",
            "iiiiii", at_ms, at_ms, at_ms, at_ms, at_ms, at_ms);
    while (db_next(&rows)) {
        struct board_cell *cell = board_at(board, scope, row_int(&rows, 0), row_text(&rows, 1));
        if (cell)
            board_take_open(board, cell, row_int(&rows, 2), row_int(&rows, 3), row_int(&rows, 4));
    }
    return db_end(&rows, err);
}

/* By hours of the log's clock: the 24 whole hours before the present one and what there is of it. */
static bool board_read_hours(struct reader *reader, const struct scope *scope, struct board *board,
                             struct bh_err *err)
{
    struct rows rows;
    db_rows(reader->db, &rows,
            "SELECT area, rule, opened, closed FROM duty_hour WHERE hour_ms > ? AND hour_ms <= ?",
            "ii", board->at_ms - BH_DAY_MS - BH_HOUR_MS, board->at_ms);
    while (db_next(&rows)) {
        struct board_cell *cell = board_at(board, scope, row_int(&rows, 0), row_text(&rows, 1));
        if (cell) {
            cell->opened += row_int(&rows, 2);
            cell->closed += row_int(&rows, 3);
        }
    }
    return db_end(&rows, err);
}

static void board_cells(struct reader *reader, const struct board *board, size_t u, size_t r,
                        struct cells *cells)
{
    const struct board_cell *cell = &board->cell[u][r];
    int64_t leaf = areas_unit_leaf(reader->ledger->areas, board->unit[u]);
    const struct duty_rule *rule =
        plan_rule(plans_for(reader->ledger->plans, leaf, board->at_ms), board->rule[r]);
    cell_z(cells, board->unit[u]->id);
    cells_area(cells, reader, leaf);
    cell_z(cells, board->rule[r]);
    cell_z(cells, rule ? rule->zh : NULL);
    cell_z(cells, rule ? rule->en : NULL);
    cell_int(cells, cell->open);
    cell_int(cells, cell->ample);
    cell_int(cells, cell->due_soon);
    cell_int(cells, cell->overdue);
    cell_int(cells, cell->escalated);
    cell_time(cells, cell->open ? cell->oldest_ms : BH_NONE);
    cell_int(cells, cell->opened);
    cell_int(cells, cell->closed);
}

static bool run_board(struct reader *reader, const void *given, struct cells *cells,
                      struct bh_err *err)
{
    const struct board_params *params = given;
    struct scope scope;
    struct board *board = bh_arena_get(reader->arena, sizeof *board);
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    board->at_ms = params->at == BH_NONE ? reader->now_ms : params->at;
    if (!board_units(reader, params->area, board->at_ms, board))
        return bh_fail_field(err, BH_MISSING, "area", "没有这个地区", "no such area");
    if (!board_read_open(reader, &scope, params->at, board, err) ||
        !board_read_hours(reader, &scope, board, err))
        return false;
    for (size_t u = 0; u < board->unit_count; u++)
        for (size_t r = 0; r < board->rule_count; r++) {
            const struct board_cell *cell = &board->cell[u][r];
            if (cell->open == 0 && cell->opened == 0 && cell->closed == 0)
                continue;
            board_cells(reader, board, u, r, cells);
            if (!cells_row(cells))
                return true;
        }
    return true;
}

const struct query duty_queries[] = {
    {"loops", "未闭合的环节", "Open loops", &loops_record, 0, PRIORITY_BOARD, loops_columns,
     run_loops, NULL, "area=220200&state=overdue"},
    {"board", "责任看板", "Duty board", &board_record, 0, PRIORITY_BOARD, board_columns, run_board,
     NULL, "area=220200"},
    {"forecast", "逾期清零预测", "When the overdue ones are cleared", &forecast_record, 0,
     PRIORITY_BOARD, forecast_columns, forecast_run, NULL, "area=220200&rule=diagnose_positive"},
    {0},
};
