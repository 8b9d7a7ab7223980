#include "bulletin/bulletin.h"

#include "base/time.h"
#include "ledger/ledger.h"

/* Severity of a figure: all, or one. The numbers are those of case_severities. */
static const struct choice figure_severities[] = {
    {"all", "全部", "all"},
    {"mild", "轻型", "mild"},
    {"common", "普通型", "common"},
    {"severe", "重型", "severe"},
    {"critical", "危重型", "critical"},
    {NULL, NULL, NULL},
};

struct interval_body {
    int64_t area, from_ms, to_ms;
    struct bh_str title, reason;
};
static const struct field open_fields[] = {
    FIELD(interval_body, area, AREA, FIELD_REQUIRED, "发布地区", "publishing area"),
    FIELD(interval_body, from_ms, TIME, FIELD_REQUIRED, "起（整点）", "from (full hour)"),
    FIELD(interval_body, to_ms, TIME, FIELD_REQUIRED, "止（整点，不含）",
          "to (full hour, not included)"),
    FIELD(interval_body, title, TEXT, 0, "标题", "title", .max = 200),
};
RECORD(open_record, interval_body, open_fields);
static const struct field check_fields[] = {
    FIELD(interval_body, area, AREA, FIELD_REQUIRED, "发布地区", "publishing area"),
    FIELD(interval_body, from_ms, TIME, FIELD_REQUIRED, "时段起", "window from"),
    FIELD(interval_body, to_ms, TIME, FIELD_REQUIRED, "时段止", "window to"),
};
RECORD(check_record, interval_body, check_fields);
static const struct field sign_fields[] = {
    FIELD(interval_body, area, AREA, FIELD_REQUIRED, "发布地区", "publishing area"),
    FIELD(interval_body, from_ms, TIME, FIELD_REQUIRED, "时段起", "window from"),
    FIELD(interval_body, to_ms, TIME, FIELD_REQUIRED, "时段止", "window to"),
    FIELD(interval_body, reason, TEXT, 0, "更正理由（新版本必填）",
          "reason of the correction (a new version needs one)", .max = 1000),
};
RECORD(sign_record, interval_body, sign_fields);

/* The counters of a bulletin are read where it is decided: nothing else writes in between. */
struct book {
    struct db *db;
};

static bool load_interval(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    (void)err;
    ((struct book *)facts)->db = db;
    ret->area = ((const struct interval_body *)body)->area;
    return true;
}

static const struct unit *unit_of(const struct areas *areas, int64_t leaf, int64_t at_ms,
                                  struct bh_err *err)
{
    const struct unit *unit = areas_lowest(areas, leaf, at_ms);
    if (unit && areas_unit_leaf(areas, unit) == leaf)
        return unit;
    (void)bh_fail_field(
        err, BH_INVALID, "area", "应为发布地区（省、市、县或开发区）",
        "an area that publishes is needed: province, city, county or development zone");
    return NULL;
}

/* ---- open_window ---- */

/* Would a unit inside this one publish too? Then its people would count by two rows of windows. */
static bool publishes_inside(struct db *db, const struct unit *unit, bool *ret, struct bh_err *err)
{
    *ret = false;
    for (int i = 0; !*ret && i < unit->scope.count; i++) {
        int64_t any = 0;
        if (!db_int(db, err, &any, ret,
                    "SELECT window_seq FROM bulletin_window WHERE area >= ? AND area <= ? AND "
                    "withdrawn_ms IS NULL LIMIT 1",
                    "ii", unit->scope.range[i].from, unit->scope.range[i].to))
            return false;
    }
    return true;
}

static bool refuse_window(enum window_refusal refusal, struct bh_err *err)
{
    switch (refusal) {
    case WINDOW_FITS: return true;
    case WINDOW_BACKWARD:
        return bh_fail_field(err, BH_INVALID, "to_ms", "时段的止须晚于起",
                             "a window ends after it begins");
    case WINDOW_NOT_HOURS:
        return bh_fail_field(err, BH_INVALID, "from_ms", "时段须起止于整点",
                             "a window begins and ends at full hours");
    case WINDOW_TOO_LONG:
        return bh_fail_field(err, BH_INVALID, "to_ms", "时段最长%d天",
                             "a window lasts at most %d days", (int)WINDOW_DAYS_MAX);
    case WINDOW_OVERLAPS:
        return bh_fail_field(err, BH_CONFLICT, "from_ms", "与已有时段重叠，会重复计数",
                             "it overlaps another window; people would count twice");
    }
    bh_unreachable("a refusal of a window");
}

static bool decide_open(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct interval_body *c = body;
    struct db *db = ((const struct book *)facts)->db;
    const struct areas *areas = decision_ledger(d)->areas;
    const struct unit *unit = unit_of(areas, c->area, c->from_ms, err);
    struct window_list windows;
    bool inside = false;
    if (!unit ||
        !windows_of(db, areas, c->area, c->from_ms, BH_NONE, decision_arena(d), &windows, err))
        return false;
    if (windows.unit && windows.unit != unit)
        return bh_fail_field(err, BH_CONFLICT, "area", "%s（%s）已有统计时段，本地区随其统计",
                             "%s (%s) has windows already; this area uses them", windows.unit->zh,
                             windows.unit->en);
    if (!windows.unit && !publishes_inside(db, unit, &inside, err))
        return false;
    if (inside)
        return bh_fail_field(err, BH_CONFLICT, "area", "其下级地区已有自己的统计时段",
                             "an area inside it has windows of its own");
    if (!refuse_window(window_judge(windows.window, windows.count, c->from_ms, c->to_ms), err))
        return false;
    struct bulletin_window_opened fact = {
        .from_ms = c->from_ms, .to_ms = c->to_ms, .title = c->title};
    (void)decision_emit(d, BULLETIN_WINDOW_OPENED, NULL, &fact);
    return true;
}

/* ---- check_bulletin, sign_bulletin ---- */

static bool find_window(struct decision *d, const struct interval_body *c, struct db *db,
                        struct window_list *windows, const struct bulletin_window **ret,
                        struct bh_err *err)
{
    const struct areas *areas = decision_ledger(d)->areas;
    const struct unit *unit = unit_of(areas, c->area, c->from_ms, err);
    if (!unit ||
        !windows_of(db, areas, c->area, c->from_ms, BH_NONE, decision_arena(d), windows, err))
        return false;
    if (windows->unit && windows->unit != unit)
        return bh_fail_field(err, BH_CONFLICT, "area", "本地区随%s（%s）统计和签发",
                             "this area is counted and signed with %s (%s)", windows->unit->zh,
                             windows->unit->en);
    for (size_t i = 0; i < windows->count; i++)
        if (windows->window[i].from_ms == c->from_ms && windows->window[i].to_ms == c->to_ms) {
            *ret = &windows->window[i];
            return true;
        }
    return bh_fail_field(err, BH_MISSING, "from_ms", "没有这个统计时段", "there is no such window");
}

static bool draft_of(struct decision *d, const struct interval_body *c, struct db *db,
                     struct window_list *windows, const struct bulletin_window **ret_window,
                     struct bulletin_draft *ret, struct bh_err *err)
{
    return find_window(d, c, db, windows, ret_window, err) &&
           draft_make(db, decision_ledger(d)->areas, windows, windows->unit, c->from_ms, c->to_ms,
                      decision_now(d), decision_arena(d), ret, err);
}

static const char *failed_names(const struct bulletin_checks *checks, bool hard_only,
                                struct bh_arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < checks->count; i++)
        if (!checks->check[i].passed && (checks->check[i].hard || !hard_only))
            names =
                bh_arena_format(arena, "%s%s%s", names, names[0] ? "," : "", checks->check[i].name);
    return names;
}

static bool decide_check(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct interval_body *c = body;
    struct window_list windows;
    const struct bulletin_window *window = NULL;
    struct bulletin_draft draft;
    if (!draft_of(d, c, ((const struct book *)facts)->db, &windows, &window, &draft, err))
        return false;
    struct bulletin_checked fact = {
        .from_ms = c->from_ms,
        .to_ms = c->to_ms,
        .version = window->version + 1,
        .position = decision_ledger(d)->head.seq,
        .names = bh_str_of(failed_names(&draft.checks, false, decision_arena(d))),
    };
    checks_failed(&draft.checks, &fact.failed, &fact.hard);
    (void)decision_emit(d, BULLETIN_CHECKED, NULL, &fact);
    return true;
}

static struct bh_str take_json(json_t *json, struct bh_arena *arena)
{
    size_t need = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char *bytes = bh_arena_get(arena, need + 1);
    (void)json_dumpb(json, bytes, need, JSON_COMPACT);
    json_decref(json);
    return (struct bh_str){bytes, need};
}

static struct bh_str take_text(const struct text_input *input, bool english, struct bh_arena *arena)
{
    struct bh_buf out;
    bh_buf_init(&out, 65536);
    bulletin_text(input, english, &out);
    struct bh_str text = bh_arena_str(arena, bh_buf_view(&out));
    bh_buf_done(&out);
    return text;
}

static bool may_sign(const struct bulletin_draft *draft, const struct interval_body *c,
                     int64_t before, struct bh_arena *arena, struct bh_err *err)
{
    int64_t failed = 0, hard = 0;
    checks_failed(&draft->checks, &failed, &hard);
    if (hard > 0)
        return bh_fail(err, BH_CONFLICT, "核对未通过，不能签发：%s",
                       "checks failed, it cannot be signed: %s",
                       failed_names(&draft->checks, true, arena));
    if (before > 0 && bh_str_trim(c->reason).len < 2)
        return bh_fail_field(
            err, BH_INVALID, "reason", "该时段已签发第%lld版，新版本须写明更正理由",
            "version %lld is signed already; a new one needs a reason", (long long)before);
    return true;
}

static bool decide_sign(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct interval_body *c = body;
    struct db *db = ((const struct book *)facts)->db;
    struct bh_arena *arena = decision_arena(d);
    struct window_list windows;
    const struct bulletin_window *window = NULL;
    struct bulletin_draft draft;
    struct bulletin_version before;
    int64_t last = 0;
    bool found = false;
    if (!draft_of(d, c, db, &windows, &window, &draft, err) ||
        !may_sign(&draft, c, window->version, arena, err) ||
        !version_read(db, c->area, c->from_ms, c->to_ms, 0, arena, &before, &found, err) ||
        !db_int(db, err, &last, NULL,
                "SELECT COALESCE(MAX(version), 0) FROM bulletin_version WHERE area = ? AND from_ms "
                "= ? AND to_ms = ?",
                "iii", c->area, c->from_ms, c->to_ms))
        return false;
    int zone = decision_ledger(d)->zone_minutes;
    struct text_input text = {draft.figures,    0,        windows.unit->zh,
                              windows.unit->en, zone,     draft.notes,
                              draft.note_count, last + 1, c->reason};
    struct bulletin_signed fact = {
        .from_ms = c->from_ms,
        .to_ms = c->to_ms,
        .version = last + 1,
        .position = decision_ledger(d)->head.seq,
        .supersedes = found ? before.bulletin : BH_NONE,
        .reason = c->reason,
        .text_zh = take_text(&text, false, arena),
        .text_en = take_text(&text, true, arena),
    };
    json_t *json = json_object();
    (void)json_object_set_new(json, "units", figures_to_json(draft.figures));
    (void)json_object_set_new(json, "checks", checks_to_json(&draft.checks));
    (void)json_object_set_new(json, "adjustments",
                              notes_to_json(draft.notes, draft.note_count, zone));
    fact.figures = take_json(json, arena);
    (void)decision_emit(d, BULLETIN_SIGNED, NULL, &fact);
    return true;
}

/* ---- publish_bulletin ---- */

static const struct field publish_fields[] = {
    FIELD(bulletin_published, bulletin, REF, FIELD_REQUIRED, "通报", "bulletin"),
    FIELD(bulletin_published, channel, TEXT, FIELD_REQUIRED, "发布渠道", "channel", .min = 1,
          .max = 100),
};
RECORD(publish_record, bulletin_published, publish_fields);

struct publish_facts {
    int64_t latest, version; /* signed of the same window */
    bool withdrawn, published;
};

static bool load_publish(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct bulletin_published *c = body;
    struct publish_facts *load = facts;
    struct rows rows;
    bool found = false;
    db_rows(db, &rows,
            "SELECT b.area, b.version, b.withdrawn_ms, b.published_ms, (SELECT MAX(v.version) FROM "
            "bulletin_version v"
            " WHERE v.area = b.area AND v.from_ms = b.from_ms AND v.to_ms = b.to_ms AND "
            "v.withdrawn_ms IS NULL)"
            " FROM bulletin_version b WHERE b.bulletin = ?",
            "i", c->bulletin);
    if (db_next(&rows)) {
        found = true;
        ret->area = row_int(&rows, 0);
        *load = (struct publish_facts){row_int(&rows, 4), row_int(&rows, 1), !row_null(&rows, 2),
                                       !row_null(&rows, 3)};
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "bulletin", "没有已签发的通报 %lld",
                                  "there is no signed bulletin %lld", (long long)c->bulletin);
}

static bool decide_publish(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct publish_facts *load = facts;
    if (load->withdrawn)
        return bh_fail_field(err, BH_CONFLICT, "bulletin", "该通报已撤回",
                             "this bulletin was withdrawn");
    if (load->published)
        return bh_fail_field(err, BH_CONFLICT, "bulletin", "该通报已发布",
                             "this bulletin is published already");
    if (load->latest != load->version)
        return bh_fail_field(err, BH_CONFLICT, "bulletin", "已有更新的第%lld版",
                             "version %lld has replaced it", (long long)load->latest);
    (void)decision_emit(d, BULLETIN_PUBLISHED, NULL, body);
    return true;
}

/* ---- adjust_figure, record_published_figure ---- */

struct figure_body {
    int64_t area, from_ms, to_ms, measure, severity, value;
    struct bh_str publisher, source, reason;
};
static const struct field adjust_fields[] = {
    FIELD(figure_body, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(figure_body, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(figure_body, to_ms, TIME, FIELD_REQUIRED, "止（自此计入累计）",
          "to (counts from then on)"),
    FIELD(figure_body, measure, ENUM, FIELD_REQUIRED, "指标", "measure",
          .choices = bulletin_measures),
    FIELD(figure_body, severity, ENUM, 0, "临床分型", "severity", .choices = figure_severities),
    FIELD(figure_body, value, INT, FIELD_REQUIRED, "调整数（可为负）", "value (may be negative)",
          .min = -10000000, .max = 10000000, .unit = "persons"),
    FIELD(figure_body, source, TEXT, FIELD_REQUIRED, "来源", "source", .min = 2, .max = 500),
    FIELD(figure_body, reason, TEXT, FIELD_REQUIRED, "理由", "reason", .min = 2, .max = 1000),
};
RECORD(adjust_record, figure_body, adjust_fields);
static const struct field record_fields[] = {
    FIELD(figure_body, publisher, TEXT, FIELD_REQUIRED, "发布方", "publisher", .min = 1,
          .max = 200),
    FIELD(figure_body, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(figure_body, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(figure_body, to_ms, TIME, FIELD_REQUIRED, "止", "to"),
    FIELD(figure_body, measure, ENUM, FIELD_REQUIRED, "指标", "measure",
          .choices = bulletin_measures),
    FIELD(figure_body, severity, ENUM, 0, "临床分型", "severity", .choices = figure_severities),
    FIELD(figure_body, value, INT, FIELD_REQUIRED, "公布数", "value", .min = 0, .max = 100000000,
          .unit = "persons"),
    FIELD(figure_body, source, TEXT, FIELD_REQUIRED, "来源", "source", .min = 1, .max = 500),
};
RECORD(record_record, figure_body, record_fields);

struct figure_facts {
    bool known; /* the very same is on record */
};

static bool load_adjust(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct figure_body *c = body;
    int64_t any = 0;
    ret->area = c->area;
    return db_int(
        db, err, &any, &((struct figure_facts *)facts)->known,
        "SELECT adjustment FROM adjustment WHERE area = ? AND from_ms = ? AND to_ms = ? AND "
        "measure = ?"
        " AND COALESCE(severity, 0) = ? AND value = ? AND source = ? AND withdrawn_ms IS NULL",
        "iiiiiis", c->area, c->from_ms, c->to_ms, c->measure,
        c->severity == BH_NONE ? 0 : c->severity, c->value, c->source);
}

static bool load_record(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct figure_body *c = body;
    int64_t any = 0;
    ret->area = c->area;
    return db_int(db, err, &any, &((struct figure_facts *)facts)->known,
                  "SELECT figure FROM published_figure WHERE area = ? AND from_ms = ? AND to_ms = "
                  "? AND measure = ?"
                  " AND COALESCE(severity, 0) = ? AND value = ? AND source = ? AND publisher = ? "
                  "AND withdrawn_ms IS NULL",
                  "iiiiiiss", c->area, c->from_ms, c->to_ms, c->measure,
                  c->severity == BH_NONE ? 0 : c->severity, c->value, c->source, c->publisher);
}

static bool check_figure(struct decision *d, const struct figure_body *c,
                         const struct figure_facts *load, struct bh_err *err)
{
    bool confirmed =
        c->measure == FIGURE_CONFIRMED_NEW || c->measure == FIGURE_CONFIRMED_CUMULATIVE;
    if (!unit_of(decision_ledger(d)->areas, c->area, c->from_ms, err))
        return false;
    if (c->to_ms < c->from_ms ||
        (c->to_ms == c->from_ms && c->measure != MEASURE_AWAITING_DIAGNOSIS))
        return bh_fail_field(err, BH_INVALID, "to_ms", "止须晚于起",
                             "the interval ends after it begins");
    if (c->severity != BH_NONE && c->severity != SEVERITY_NONE && !confirmed)
        return bh_fail_field(err, BH_INVALID, "severity", "只有确诊病例按临床分型",
                             "only confirmed cases have a severity");
    if (load->known)
        return bh_fail(err, BH_CONFLICT, "同样的记录已经存在",
                       "the very same is on record already");
    return true;
}

static bool decide_adjust(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct figure_body *c = body;
    if (c->measure >= FIGURE_COUNT)
        return bh_fail_field(err, BH_INVALID, "measure", "通报不统计这一指标",
                             "the bulletin does not count this measure");
    if (c->value == 0)
        return bh_fail_field(err, BH_INVALID, "value", "调整数不能为0", "an adjustment is not 0");
    if (!check_figure(d, c, facts, err))
        return false;
    struct publisher_adjusted fact = {.from_ms = c->from_ms,
                                      .to_ms = c->to_ms,
                                      .measure = c->measure,
                                      .severity = c->severity,
                                      .value = c->value,
                                      .source = c->source,
                                      .reason = c->reason};
    (void)decision_emit(d, BULLETIN_ADJUSTED, NULL, &fact);
    return true;
}

static bool decide_record(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct figure_body *c = body;
    if (!check_figure(d, c, facts, err))
        return false;
    struct published_figure_recorded fact = {.publisher = c->publisher,
                                             .from_ms = c->from_ms,
                                             .to_ms = c->to_ms,
                                             .measure = c->measure,
                                             .severity = c->severity,
                                             .value = c->value,
                                             .source = c->source};
    (void)decision_emit(d, BULLETIN_FIGURE_RECORDED, NULL, &fact);
    return true;
}

const struct command bulletin_commands[] = {
    {"open_window", "开启统计时段", "Open a window", &open_record, PRIORITY_RESULT, 0,
     sizeof(struct book), load_interval, decide_open,
     "{\"area\": \"220000\", \"from_ms\": \"2022-03-13T00:00:00+08:00\", \"to_ms\": "
     "\"2022-03-14T00:00:00+08:00\"}"},
    {"check_bulletin", "核对通报", "Check a bulletin", &check_record, PRIORITY_RESULT, 0,
     sizeof(struct book), load_interval, decide_check,
     "{\"area\": \"220000\", \"from_ms\": \"2022-03-13T00:00:00+08:00\", \"to_ms\": "
     "\"2022-03-14T00:00:00+08:00\"}"},
    {"sign_bulletin", "签发通报", "Sign a bulletin", &sign_record, PRIORITY_RESULT, 0,
     sizeof(struct book), load_interval, decide_sign,
     "{\"area\": \"220000\", \"from_ms\": \"2022-03-13T00:00:00+08:00\", \"to_ms\": "
     "\"2022-03-14T00:00:00+08:00\"}"},
    {"publish_bulletin", "发布通报", "Publish a bulletin", &publish_record, PRIORITY_RESULT, 0,
     sizeof(struct publish_facts), load_publish, decide_publish,
     "{\"bulletin\": 812, \"channel\": \"网站\"}"},
    {"adjust_figure", "记录发布方调整", "Record a publisher's adjustment", &adjust_record,
     PRIORITY_RESULT, COMMAND_CSV, sizeof(struct figure_facts), load_adjust, decide_adjust,
     "{\"area\": \"220200\", \"from_ms\": \"2022-03-11T00:00:00+08:00\", \"to_ms\": "
     "\"2022-03-12T00:00:00+08:00\","
     " \"measure\": \"confirmed_cumulative\", \"severity\": \"mild\", \"value\": -7, \"source\": "
     "\"省卫健委\","
     " \"reason\": \"未说明\"}"},
    {"record_published_figure", "记录公布数", "Record a published figure", &record_record,
     PRIORITY_RESULT, COMMAND_CSV, sizeof(struct figure_facts), load_record, decide_record,
     "{\"publisher\": \"省卫健委\", \"area\": \"220000\", \"from_ms\": "
     "\"2022-03-13T00:00:00+08:00\","
     " \"to_ms\": \"2022-03-14T00:00:00+08:00\", \"measure\": \"confirmed_new\", \"value\": 895,"
     " \"source\": \"3月14日通报\"}"},
    {0},
};
