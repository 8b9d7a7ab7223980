#include "bulletin/bulletin.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/people_link.h"
#include "ledger/reader.h"

#include <string.h>

/* ---- bulletin ---- */

struct bulletin_params {
    int64_t area, from_ms, to_ms, version, draft;
    struct bh_str day, lang;
};
static const struct field bulletin_fields[] = {
    FIELD(bulletin_params, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(bulletin_params, day, TEXT, 0, "统计日（2022-03-13）", "day (2022-03-13)", .max = 10),
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct bulletin_params, from_ms),
     .zh = "起",
     .en = "from"},
    {.name = "to",
     .type = FIELD_TIME,
     .offset = offsetof(struct bulletin_params, to_ms),
     .zh = "止",
     .en = "to"},
    FIELD(bulletin_params, version, INT, 0, "版本", "version", .min = 1, .max = 100000),
    FIELD(bulletin_params, draft, BOOL, 0, "按现有事实重新计算",
          "recompute from the facts as they are"),
    FIELD(bulletin_params, lang, TEXT, 0, "语言（zh 或 en）", "language (zh or en)", .max = 2),
};
RECORD(bulletin_record, bulletin_params, bulletin_fields);

/* What is being answered. */
struct answer {
    struct reader *reader;
    const struct unit *unit;
    struct window_list windows; /* all of the unit that publishes */
    size_t first, count;        /* those asked for */
    int64_t from_ms, to_ms;
    struct bulletin_figures *figures;
    int root;
    struct bulletin_note *notes;
    size_t note_count;
    struct bulletin_difference *differences;
    size_t difference_count;
    json_t *checks;
    json_t *parts;                        /* one a window */
    int64_t version, position, published; /* published: windows of these that are */
    struct bulletin_version last;         /* of the last window */
};

static bool fail_outside(const struct answer *a, struct bh_err *err)
{
    char from[BH_TIME_TEXT], to[BH_TIME_TEXT];
    int zone = a->reader->ledger->zone_minutes;
    if (a->windows.count == 0)
        return bh_fail_field(err, BH_MISSING, "area", "%s（%s）没有统计时段",
                             "%s (%s) has no windows", a->unit->zh, a->unit->en);
    bh_time_format(a->windows.window[0].from_ms, zone, from);
    bh_time_format(a->windows.window[a->windows.count - 1].to_ms, zone, to);
    return bh_fail_field(err, BH_MISSING, "day", "没有这一时段的通报；数据自%s至%s",
                         "no bulletin of that time; the data run from %s to %s", from, to);
}

/* A window belongs to the day in which it ends. */
static bool choose_day(struct answer *a, struct bh_str day, struct bh_err *err)
{
    int64_t start_ms = 0;
    if (!bh_day_parse(day, a->reader->ledger->zone_minutes, &start_ms, err)) {
        memcpy(err->field, "day", sizeof "day");
        return false;
    }
    for (size_t i = 0; i < a->windows.count; i++)
        if (a->windows.window[i].to_ms > start_ms &&
            a->windows.window[i].to_ms <= start_ms + BH_DAY_MS) {
            a->first = a->count == 0 ? i : a->first;
            a->count++;
        }
    return a->count > 0 || fail_outside(a, err);
}

/* A draft may be asked for any full hours: an interim bulletin, say. */
static bool choose_hours(struct answer *a, const struct bulletin_params *p, struct bh_err *err)
{
    if (p->from_ms % BH_HOUR_MS != 0 || p->to_ms % BH_HOUR_MS != 0 || p->to_ms <= p->from_ms)
        return bh_fail_field(err, BH_INVALID, "from", "起止须为整点，止须晚于起",
                             "from and to are full hours, to is the later one");
    for (size_t i = 0; i < a->windows.count; i++)
        if (a->windows.window[i].to_ms > p->from_ms && a->windows.window[i].from_ms < p->to_ms) {
            a->first = a->count == 0 ? i : a->first;
            a->count++;
        }
    a->from_ms = p->from_ms;
    a->to_ms = p->to_ms;
    return a->count > 0 || fail_outside(a, err);
}

static bool choose_windows(struct answer *a, const struct bulletin_params *p, struct bh_err *err)
{
    if (p->day.len > 0)
        return choose_day(a, p->day, err);
    if (p->from_ms == BH_NONE && p->to_ms == BH_NONE &&
        a->windows.count > 0) { /* the last one signed, else the last */
        a->first = a->windows.count - 1;
        for (size_t i = 0; i < a->windows.count; i++)
            if (a->windows.window[i].version > 0)
                a->first = i;
        a->count = 1;
        return true;
    }
    for (size_t i = 0; i < a->windows.count; i++)
        if ((p->from_ms == BH_NONE || a->windows.window[i].from_ms >= p->from_ms) &&
            (p->to_ms == BH_NONE || a->windows.window[i].to_ms <= p->to_ms)) {
            a->first = a->count == 0 ? i : a->first;
            a->count++;
        }
    if (a->count == 0)
        return fail_outside(a, err);
    const struct bulletin_window *first = &a->windows.window[a->first],
                                 *last = &a->windows.window[a->first + a->count - 1];
    if ((p->from_ms != BH_NONE && first->from_ms != p->from_ms) ||
        (p->to_ms != BH_NONE && last->to_ms != p->to_ms))
        return bh_fail_field(err, BH_MISSING, "from", "起止须是统计时段的界限",
                             "from and to must be limits of windows");
    return true;
}

static const struct bulletin_window *window_at(const struct answer *a, size_t i)
{
    return &a->windows.window[a->first + i];
}

static bool choose(struct answer *a, const struct bulletin_params *p, bool draft,
                   struct bh_err *err)
{
    if (draft && p->day.len == 0 && p->from_ms != BH_NONE && p->to_ms != BH_NONE)
        return choose_hours(a, p, err);
    if (!choose_windows(a, p, err))
        return false;
    for (size_t i = 1; i < a->count; i++)
        if (window_at(a, i)->from_ms != window_at(a, i - 1)->to_ms)
            return bh_fail_field(err, BH_INVALID, "day",
                                 "各时段之间有空档，不能相加；请用 from、to 指明一个时段",
                                 "there is a gap between the windows, they cannot be added up; "
                                 "name one with from and to");
    a->from_ms = window_at(a, 0)->from_ms;
    a->to_ms = window_at(a, a->count - 1)->to_ms;
    return true;
}

static json_t *time_json(const struct answer *a, int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    if (at_ms == BH_NONE)
        return json_null();
    bh_time_format(at_ms, a->reader->ledger->zone_minutes, text);
    return json_string(text);
}

static void part_add(struct answer *a, const struct bulletin_window *window,
                     const struct bulletin_version *version)
{
    json_t *part = json_object();
    (void)json_object_set_new(part, "from", time_json(a, window->from_ms));
    (void)json_object_set_new(part, "to", time_json(a, window->to_ms));
    (void)json_object_set_new(part, "version",
                              json_integer(version ? version->version : window->version));
    (void)json_object_set_new(part, "status",
                              json_string(!version ? window->version > 0 ? "signed" : "open"
                                          : version->published_ms == BH_NONE ? "signed"
                                                                             : "published"));
    (void)json_object_set_new(part, "bulletin",
                              version ? json_integer(version->bulletin) : json_null());
    (void)json_object_set_new(part, "position",
                              version ? json_integer(version->position) : json_null());
    (void)json_array_append_new(a->parts, part);
}

/* ---- a draft: counted now ---- */

static bool differ_from_version(struct answer *a, const struct bulletin_version *version,
                                struct bh_err *err)
{
    struct bulletin_figures *before = NULL;
    size_t size = (size_t)FIGURE_COUNT * SEVERITY_COUNT * UNITS_MAX;
    if (!version_figures(version, a->reader->arena, &before, NULL, err))
        return false;
    struct bulletin_difference *all =
        bh_arena_get(a->reader->arena, (size + a->difference_count) * sizeof *all);
    size_t count = version_differences(before, a->figures, a->root, all, size);
    for (size_t i = 0; i < a->difference_count; i++)
        all[count + i] = a->differences[i];
    a->differences = all;
    a->difference_count += count;
    return true;
}

static bool answer_draft(struct answer *a, struct bh_err *err)
{
    struct reader *reader = a->reader;
    struct bulletin_draft draft;
    if (!draft_make(reader->db, reader->ledger->areas, &a->windows, a->unit, a->from_ms, a->to_ms,
                    reader->now_ms, reader->arena, &draft, err))
        return false;
    a->figures = draft.figures;
    a->notes = draft.notes;
    a->note_count = draft.note_count;
    a->differences = draft.differences;
    a->difference_count = draft.difference_count;
    a->checks = checks_to_json(&draft.checks);
    a->position = reader->position;
    for (size_t i = 0; i < a->count; i++)
        part_add(a, window_at(a, i), NULL);
    if (a->count > 1 || window_at(a, 0)->version == 0)
        return true;
    struct bulletin_version version;
    bool found = false;
    return version_read(reader->db, window_at(a, 0)->area, a->from_ms, a->to_ms, 0, reader->arena,
                        &version, &found, err) &&
           (!found || differ_from_version(a, &version, err));
}

/* ---- signed versions ---- */

static bool fail_unsigned(const struct answer *a, const struct bulletin_window *window,
                          int64_t version, struct bh_err *err)
{
    char from[BH_TIME_TEXT], to[BH_TIME_TEXT];
    bh_time_format(window->from_ms, a->reader->ledger->zone_minutes, from);
    bh_time_format(window->to_ms, a->reader->ledger->zone_minutes, to);
    if (version > 0)
        return bh_fail_field(err, BH_MISSING, "version", "%s至%s的通报没有第%lld版",
                             "the bulletin from %s to %s has no version %lld", from, to,
                             (long long)version);
    return bh_fail_field(err, BH_MISSING, "day", "%s至%s的通报尚未签发；草稿请用 draft",
                         "the bulletin from %s to %s is not signed yet; ask for the draft", from,
                         to);
}

static bool add_version(struct answer *a, size_t i, int64_t number, json_t **ret_stored,
                        struct bh_err *err)
{
    const struct bulletin_window *window = window_at(a, i);
    struct bulletin_figures *figures = NULL;
    bool found = false;
    if (!version_read(a->reader->db, window->area, window->from_ms, window->to_ms, number,
                      a->reader->arena, &a->last, &found, err))
        return false;
    if (!found)
        return fail_unsigned(a, window, number, err);
    if (!version_figures(&a->last, a->reader->arena, &figures, ret_stored, err))
        return false;
    a->position = a->last.position > a->position ? a->last.position : a->position;
    a->published += a->last.published_ms != BH_NONE;
    a->version = a->last.version;
    part_add(a, window, &a->last);
    if (!a->figures)
        a->figures = figures;
    else if (!figures_join(a->figures, figures))
        return bh_fail_field(err, BH_INVALID, "day", "各时段的发布地区不同，不能相加",
                             "the windows have different areas and cannot be added up");
    return true;
}

/* Checks as signed, or, of a part or a sum of what was signed, made now. */
static void signed_checks(struct answer *a, const json_t *stored)
{
    struct check_context context = {.root = a->root, .over = true};
    struct bulletin_checks checks;
    if (a->root == 0 && a->count == 1) {
        a->checks = json_incref(json_object_get(stored, "checks"));
        return;
    }
    for (size_t i = 0; i < a->difference_count; i++)
        context.differences += a->differences[i].after != BH_NONE;
    bulletin_check(a->figures, &context, &checks);
    a->checks = checks_to_json(&checks);
}

static bool finish_signed(struct answer *a, const json_t *stored, struct bh_err *err)
{
    struct reader *reader = a->reader;
    a->root = figures_find(a->figures, bh_str_of(a->unit->id));
    if (a->root < 0)
        return bh_fail_field(err, BH_MISSING, "area", "签发的通报没有这个地区；草稿请用 draft",
                             "the signed bulletin does not tell this area; ask for the draft");
    if (!version_notes(stored, a->figures, a->root, reader->ledger->zone_minutes, reader->arena,
                       &a->notes, &a->note_count, err) ||
        !published_differences(reader->db, reader->ledger->areas, a->figures, a->root,
                               reader->arena, &a->differences, &a->difference_count, err))
        return false;
    signed_checks(a, stored);
    if (a->count > 1 || a->version < 2)
        return true;
    struct bulletin_version before;
    bool found = false;
    return version_read(reader->db, window_at(a, 0)->area, a->figures->from_ms, a->figures->to_ms,
                        a->version - 1, reader->arena, &before, &found, err) &&
           (!found || differ_from_version(a, &before, err));
}

static bool answer_signed(struct answer *a, int64_t version, struct bh_err *err)
{
    json_t *stored = NULL;
    bool ok = true;
    if (version != BH_NONE && a->count > 1)
        return bh_fail_field(err, BH_INVALID, "version",
                             "该日有多个时段；请用 from、to 指明一个时段",
                             "that day has several windows; name one with from and to");
    for (size_t i = 0; ok && i < a->count; i++) {
        json_decref(stored);
        stored = NULL;
        ok = add_version(a, i, version == BH_NONE ? 0 : version, &stored, err);
    }
    ok = ok && finish_signed(a, stored, err);
    json_decref(stored);
    return ok;
}

/* ---- the object ---- */

static json_t *bulletin_words(const struct answer *a, bool draft, bool english)
{
    struct bh_buf out;
    struct text_input input = {a->figures,
                               a->root,
                               a->unit->zh,
                               a->unit->en,
                               a->reader->ledger->zone_minutes,
                               a->notes,
                               a->note_count,
                               draft ? 0 : a->version,
                               a->last.reason};
    if (!draft && a->root == 0 && a->count == 1) {
        struct bh_str text = english ? a->last.text_en : a->last.text_zh;
        return json_stringn(text.at, text.len);
    }
    bh_buf_init(&out, 65536);
    bulletin_text(&input, english, &out);
    json_t *text = json_stringn(bh_buf_view(&out).at, out.len);
    bh_buf_done(&out);
    return text;
}

static void add_signature(const struct answer *a, json_t *object)
{
    bool one = a->count == 1;
    (void)json_object_set_new(object, "bulletin",
                              one ? json_integer(a->last.bulletin) : json_null());
    (void)json_object_set_new(
        object, "supersedes",
        one && a->last.supersedes != BH_NONE ? json_integer(a->last.supersedes) : json_null());
    (void)json_object_set_new(
        object, "reason",
        one ? json_stringn(a->last.reason.len ? a->last.reason.at : "", a->last.reason.len)
            : json_null());
    (void)json_object_set_new(object, "signed_by", bulletin_signer(a->reader, a->last.signed_by));
    (void)json_object_set_new(object, "signed_at", time_json(a, a->last.signed_ms));
    /* What the code on the printed page says; a sum of windows is no one version. */
    if (one)
        (void)json_object_set_new(object, "proof",
                                  json_string(proof_text(a->reader, a->unit, &a->last)));
}

static json_t *make_object(const struct answer *a, bool draft, bool english)
{
    json_t *object = json_object(), *unit = unit_to_json(a->figures, a->root);
    (void)json_object_set(object, "area", json_object_get(unit, "area"));
    (void)json_object_set_new(object, "from", time_json(a, a->figures->from_ms));
    (void)json_object_set_new(object, "to", time_json(a, a->figures->to_ms));
    (void)json_object_set_new(object, "version", json_integer(draft ? 0 : a->version));
    (void)json_object_set_new(object, "position", json_integer(a->position));
    (void)json_object_set_new(object, "status",
                              json_string(draft                               ? "draft"
                                          : a->published == (int64_t)a->count ? "published"
                                                                              : "signed"));
    (void)json_object_update_missing(object, unit);
    json_decref(unit);
    (void)json_object_set_new(object, "by_area", parts_to_json(a->figures, a->root));
    (void)json_object_set_new(object, "area_name", json_string(a->unit->zh));
    (void)json_object_set_new(object, "area_name_en", json_string(a->unit->en));
    (void)json_object_set_new(object, "text_zh", bulletin_words(a, draft, false));
    (void)json_object_set_new(object, "text_en", bulletin_words(a, draft, true));
    (void)json_object_set(object, "text", json_object_get(object, english ? "text_en" : "text_zh"));
    (void)json_object_set(object, "checks", a->checks);
    (void)json_object_set_new(
        object, "adjustments",
        notes_to_json(a->notes, a->note_count, a->reader->ledger->zone_minutes));
    (void)json_object_set_new(object, "differences",
                              differences_to_json(a->figures, a->differences, a->difference_count,
                                                  a->reader->ledger->zone_minutes));
    (void)json_object_set(object, "windows", a->parts);
    if (!draft)
        add_signature(a, object);
    return object;
}

static bool run_bulletin(struct reader *reader, const void *params, json_t **ret,
                         struct bh_err *err)
{
    const struct bulletin_params *p = params;
    struct answer a = {.reader = reader, .parts = json_array()};
    bool draft = p->draft != BH_NONE && p->draft != 0, english = reader->english;
    int64_t at_ms = p->from_ms == BH_NONE ? reader->now_ms : p->from_ms;
    bool ok = true;
    if (p->lang.len > 0)
        english = bh_str_is(p->lang, "en");
    if (p->lang.len > 0 && !english && !bh_str_is(p->lang, "zh"))
        ok = bh_fail_field(err, BH_INVALID, "lang", "语言只有 zh 和 en",
                           "the languages are zh and en");
    ok = ok && bulletin_unit(reader, p->area, at_ms, &a.unit, err) &&
         windows_of(reader->db, reader->ledger->areas, p->area, at_ms, BH_NONE, reader->arena,
                    &a.windows, err) &&
         choose(&a, p, draft, err) &&
         (draft ? answer_draft(&a, err) : answer_signed(&a, p->version, err));
    if (ok)
        *ret = make_object(&a, draft, english);
    json_decref(a.parts);
    json_decref(a.checks);
    return ok;
}

/* ---- bulletins ---- */

struct list_params {
    int64_t area, limit;
    struct bh_str after;
};
static const struct field list_fields[] = {
    FIELD(list_params, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(list_params, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(list_params, after, TEXT, 0, "翻页标记", "cursor", .max = 64),
};
RECORD(list_record, list_params, list_fields);

static const struct column list_columns[] = {
    {"area", COLUMN_TEXT, "地区", "Area"},
    {"area_name", COLUMN_TEXT, "地区名称", "Area name"},
    {"area_name_en", COLUMN_TEXT, "地区名称（英文）", "Area name in English"},
    {"from", COLUMN_TIME, "起", "From"},
    {"to", COLUMN_TIME, "止", "To"},
    {"title", COLUMN_TEXT, "标题", "Title"},
    {"version", COLUMN_INT, "版本", "Version"},
    {"status", COLUMN_TEXT, "状态", "Status"},
    {"bulletin", COLUMN_INT, "通报", "Bulletin"},
    {"position", COLUMN_INT, "日志位置", "Log position"},
    {"confirmed_new", COLUMN_INT, "新增确诊病例", "New confirmed cases"},
    {"asymptomatic_new", COLUMN_INT, "新增无症状感染者", "New asymptomatic persons"},
    {"failed", COLUMN_INT, "未通过的核对", "Failed checks"},
    {"signed_by", COLUMN_TEXT, "签发人", "Signed by"},
    {"signed_at", COLUMN_TIME, "签发时间", "Signed at"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static bool cursor_read(struct bh_str after, int64_t *ret, struct bh_err *err)
{
    *ret = 0;
    if (after.len == 0 || (bh_str_to_int(after, ret) && *ret >= 0))
        return true;
    return bh_fail_field(err, BH_INVALID, "after", "无效的翻页标记", "not a cursor of this query");
}

/* New figures of a row: as signed for the publishing unit, counted for an open window, from the stored units for a
 * part. */
static bool row_figures(struct reader *reader, const struct unit *unit, bool whole,
                        const struct rows *rows, int64_t ret[2], struct bh_err *err)
{
    struct bulletin_figures *figures = NULL;
    const struct unit_figures *own = NULL;
    int64_t from_ms = row_int(rows, 0), to_ms = row_int(rows, 1), version = row_int(rows, 4);
    ret[0] = row_int(rows, 9);
    ret[1] = row_int(rows, 10);
    if (version != BH_NONE && whole)
        return true;
    if (version == BH_NONE) {
        if (!figures_count(reader->db, reader->ledger->areas, unit, from_ms, to_ms, reader->arena,
                           &figures, err))
            return false;
        int at = figures_find(figures, bh_str_of(unit->id));
        own = at < 0 ? NULL : &figures->unit[at];
    } else {
        struct bulletin_version stored;
        bool found = false;
        if (!version_read(reader->db, row_int(rows, 13), from_ms, to_ms, version, reader->arena,
                          &stored, &found, err) ||
            !version_unit(&stored, unit->id, reader->arena, &own, err))
            return false;
    }
    ret[0] = own ? figures_value(own, FIGURE_CONFIRMED_NEW, BH_NONE) : BH_NONE;
    ret[1] = own ? figures_value(own, FIGURE_ASYMPTOMATIC_NEW, BH_NONE) : BH_NONE;
    return true;
}

static const char *row_status(const struct rows *rows)
{
    if (!row_null(rows, 8))
        return "published";
    if (!row_null(rows, 4))
        return "signed";
    return row_null(rows, 3) ? "open" : "checked";
}

static bool write_row(struct reader *reader, const struct unit *unit, bool whole,
                      const struct rows *rows, struct cells *cells, struct bh_err *err)
{
    int64_t figures[2];
    if (!row_figures(reader, unit, whole, rows, figures, err))
        return false;
    cell_z(cells, unit->id);
    cell_z(cells, unit->zh);
    cell_z(cells, unit->en);
    cell_time(cells, row_int(rows, 0));
    cell_time(cells, row_int(rows, 1));
    cell_text(cells, row_text(rows, 2));
    cell_int(cells, row_null(rows, 4) ? 0 : row_int(rows, 4));
    cell_z(cells, row_status(rows));
    cell_int(cells, row_int(rows, 5));
    cell_int(cells, row_int(rows, 6));
    cell_int(cells, figures[0]);
    cell_int(cells, figures[1]);
    cell_int(cells, row_int(rows, 11));
    if (row_null(rows, 12))
        cell_z(cells, NULL);
    else
        cell_text(cells, row_text(rows, 12));
    cell_time(cells, row_int(rows, 7));
    return true;
}

static bool run_bulletins(struct reader *reader, const void *params, struct cells *cells,
                          struct bh_err *err)
{
    const struct list_params *p = params;
    const struct unit *unit = NULL;
    struct window_list windows;
    struct rows rows;
    int64_t skip = 0, row = 0;
    bool ok = true, more = true;
    if (!bulletin_unit(reader, p->area, reader->now_ms, &unit, err) ||
        !cursor_read(p->after, &skip, err) ||
        !windows_of(reader->db, reader->ledger->areas, p->area, reader->now_ms, BH_NONE,
                    reader->arena, &windows, err))
        return false;
    if (!windows.unit)
        return true;
    db_rows(reader->db, &rows,
            "SELECT w.from_ms, w.to_ms, w.title, w.checked_ms, v.version, v.bulletin, v.position, "
            "v.signed_ms,"
            " v.published_ms, v.confirmed_new, v.asymptomatic_new, w.failed, u.display, w.area"
            " FROM bulletin_window w LEFT JOIN bulletin_version v ON v.area = w.area AND v.from_ms "
            "= w.from_ms"
            " AND v.to_ms = w.to_ms AND v.withdrawn_ms IS NULL LEFT JOIN user_account u ON u.user "
            "= v.signed_by"
            " WHERE w.area = ? AND w.withdrawn_ms IS NULL ORDER BY w.to_ms DESC, v.version DESC",
            "i", areas_unit_leaf(reader->ledger->areas, windows.unit));
    while (ok && more && db_next(&rows)) {
        if (row++ < skip)
            continue;
        ok = write_row(reader, unit, unit == windows.unit, &rows, cells, err);
        more = !ok || cells_row(cells);
    }
    if (!more)
        cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)row)));
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- counted: the people behind a number ---- */

struct counted_params {
    int64_t area, from_ms, to_ms, measure, severity, limit;
    struct bh_str after;
};
static const struct field counted_fields[] = {
    FIELD(counted_params, area, AREA, 0, "地区", "area"),
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct counted_params, from_ms),
     .zh = "起",
     .en = "from"},
    {.name = "to",
     .type = FIELD_TIME,
     .offset = offsetof(struct counted_params, to_ms),
     .zh = "止",
     .en = "to"},
    FIELD(counted_params, measure, ENUM, FIELD_REQUIRED, "指标", "measure",
          .choices = bulletin_measures),
    FIELD(counted_params, severity, ENUM, 0, "临床分型", "severity", .choices = case_severities),
    FIELD(counted_params, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(counted_params, after, TEXT, 0, "翻页标记", "cursor", .max = 64),
};
RECORD(counted_record, counted_params, counted_fields);

static const struct column counted_columns[] = {
    {"case", COLUMN_INT, "病例", "Case"},
    {"person", COLUMN_INT, "人员", "Person"},
    {"name_masked", COLUMN_TEXT, "姓名", "Name"},
    AREA_COLUMNS,
    {"status", COLUMN_TEXT, "计入时诊断", "Status as counted"},
    {"severity", COLUMN_TEXT, "计入时分型", "Severity as counted"},
    {"origin", COLUMN_TEXT, "来源", "Origin"},
    {"counted", COLUMN_TIME, "计入时间", "Counted"},
    {"converted", COLUMN_TIME, "转为确诊计入时间", "Conversion counted"},
    {"audited", COLUMN_TIME, "终审时间", "Last audit"},
    {NULL, COLUMN_INT, NULL, NULL},
};

static void write_counted(struct reader *reader, const struct rows *rows, bool converted,
                          struct cells *cells)
{
    int64_t person = row_int(rows, 1);
    cell_int(cells, row_int(rows, 0));
    cell_int(cells, person);
    cell_text(cells, person_masked_name(reader, person));
    cells_area(cells, reader, row_int(rows, 2));
    cell_z(cells, case_statuses[converted ? STATUS_CONFIRMED : row_int(rows, 3)].name);
    cell_z(cells, case_severities[row_int(rows, converted ? 7 : 4)].name);
    cell_z(cells, case_origins[row_int(rows, 8)].name);
    cell_time(cells, row_int(rows, 5));
    cell_time(cells, row_int(rows, 6));
    cell_time(cells, row_int(rows, 9));
}

static void open_counted(struct reader *reader, const struct counted_params *p, int64_t after,
                         struct rows *rows)
{
    bool all =
        p->measure == FIGURE_CONFIRMED_CUMULATIVE || p->measure == FIGURE_ASYMPTOMATIC_CUMULATIVE;
    bool asymptomatic =
        p->measure == FIGURE_ASYMPTOMATIC_NEW || p->measure == FIGURE_ASYMPTOMATIC_CUMULATIVE;
    int64_t from_ms = all || p->from_ms == BH_NONE ? BH_TIME_MIN : p->from_ms;
    int64_t to_ms = p->to_ms == BH_NONE ? BH_TIME_MAX : p->to_ms;
    int64_t status = asymptomatic ? STATUS_ASYMPTOMATIC : STATUS_CONFIRMED;
    db_rows(reader->db, rows,
            "SELECT case_number, person, area, status, severity, counted_ms, converted_ms, "
            "converted_severity, origin,"
            " audited_ms FROM counted WHERE case_number > ? AND"
            " ((? = 1 AND status = ? AND counted_ms >= ? AND counted_ms < ?)"
            " OR (? = 1 AND converted_ms >= ? AND converted_ms < ?)) ORDER BY case_number",
            "iiiiiiii", after, (int64_t)(p->measure != FIGURE_CONVERTED), status, from_ms, to_ms,
            (int64_t)!asymptomatic, from_ms, to_ms);
}

static bool run_counted(struct reader *reader, const void *params, struct cells *cells,
                        struct bh_err *err)
{
    const struct counted_params *p = params;
    struct scope scope;
    struct rows rows;
    int64_t after = 0;
    bool more = true;
    if (p->measure >= FIGURE_COUNT)
        return bh_fail_field(err, BH_INVALID, "measure", "通报不统计这一指标",
                             "the bulletin does not count this measure");
    if (!reader_scope(reader, p->area, &scope, err) || !cursor_read(p->after, &after, err))
        return false;
    open_counted(reader, p, after, &rows);
    while (more && db_next(&rows)) {
        bool converted = p->measure != FIGURE_ASYMPTOMATIC_NEW &&
                         p->measure != FIGURE_ASYMPTOMATIC_CUMULATIVE &&
                         row_int(&rows, 3) == STATUS_ASYMPTOMATIC;
        if (!scope_holds(&scope, row_int(&rows, 2)) ||
            (p->severity != BH_NONE && p->severity != SEVERITY_NONE &&
             row_int(&rows, converted ? 7 : 4) != p->severity))
            continue;
        write_counted(reader, &rows, converted, cells);
        more = cells_row(cells);
        if (!more)
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld",
                                                        (long long)row_int(&rows, 0))));
    }
    return db_end(&rows, err);
}

const struct query bulletin_queries[] = {
    {"verify_bulletin", "核验通报", "Verify a bulletin", &proof_record, QUERY_ONE, PRIORITY_LOOKUP,
     NULL, NULL, proof_run,
     "text=BIHUAN-BULLETIN/1+220000+2022-03-13T00:00:00%2B08:00+2022-03-14T00:00:00%2B08:00+v1+@"
     "2000+sha256:0000000000000000000000000000000000000000000000000000000000000000"},
    {"sample_days", "按采样日期计数", "Counts by date of sample", &days_record, 0, PRIORITY_BOARD,
     days_columns, days_run, NULL,
     "area=220200&from=2022-03-01T00:00:00%2B08:00&to=2022-03-20T00:00:00%2B08:00"},
    {"map", "地图", "Map", &bulletin_map_record, 0, PRIORITY_BOARD, bulletin_map_columns,
     bulletin_map_run, NULL, "area=220000"},
    {"bulletin", "疫情通报", "Bulletin", &bulletin_record, QUERY_ONE, PRIORITY_BOARD, NULL, NULL,
     run_bulletin, "area=220000&day=2022-03-13"},
    {"bulletins", "通报与统计时段", "Bulletins and windows", &list_record, 0, PRIORITY_BOARD,
     list_columns, run_bulletins, NULL, "area=220000"},
    {"counted", "数字背后的人", "The people behind a number", &counted_record, 0, PRIORITY_LOOKUP,
     counted_columns, run_counted, NULL,
     "area=220200&measure=confirmed_new&from=2022-03-13T00:00:00%2B08:00&to=2022-03-14T00:00:00%"
     "2B08:00"},
    {0},
};

const struct link bulletin_link = {
    .name = "bulletin",
    .zh = "通报",
    .en = "Bulletin",
    .events = bulletin_events,
    .commands = bulletin_commands,
    .queries = bulletin_queries,
    .reactions = bulletin_reactions,
    .tables = bulletin_tables,
    .apply = bulletin_apply,
};
