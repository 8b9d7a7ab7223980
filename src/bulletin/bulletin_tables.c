#include "bulletin/bulletin.h"

#include "base/time.h"
#include "ledger/log_events.h"

/*
 * counted: one row a diagnosed case, what counts of it. figure: persons by hour, leaf, what, origin and severity;
 * the sum over counted, kept as events are applied. count_step: facts that matter for counting, so that a
 * correction finds its case.
 */
const struct derived_table bulletin_tables[] = {
    {"bulletin_window",
     "CREATE TABLE bulletin_window (window_seq INTEGER PRIMARY KEY, area BIGINT "
     "NOT NULL, from_ms BIGINT NOT NULL,"
     " to_ms BIGINT NOT NULL, title TEXT NOT NULL, version BIGINT NOT NULL, "
     "checked_ms BIGINT, failed BIGINT,"
     " hard BIGINT, withdrawn_ms BIGINT);"
     "CREATE INDEX bulletin_window_area ON bulletin_window (area, to_ms)",
     NULL},
    {"bulletin_version",
     "CREATE TABLE bulletin_version (bulletin INTEGER PRIMARY KEY, area BIGINT NOT NULL, from_ms "
     "BIGINT NOT NULL,"
     " to_ms BIGINT NOT NULL, version BIGINT NOT NULL, position BIGINT NOT NULL, supersedes BIGINT,"
     " reason TEXT NOT NULL, figures TEXT NOT NULL, text_zh TEXT NOT NULL, text_en TEXT NOT NULL,"
     " signed_by BIGINT NOT NULL, signed_ms BIGINT NOT NULL, published_by BIGINT, published_ms "
     "BIGINT,"
     " channel TEXT, confirmed_new BIGINT, asymptomatic_new BIGINT, withdrawn_ms BIGINT);"
     "CREATE INDEX bulletin_version_window ON bulletin_version (area, from_ms, version)",
     NULL},
    {"adjustment",
     "CREATE TABLE adjustment (adjustment INTEGER PRIMARY KEY, area BIGINT NOT NULL, from_ms "
     "BIGINT NOT NULL,"
     " to_ms BIGINT NOT NULL, measure BIGINT NOT NULL, severity BIGINT, value BIGINT NOT NULL,"
     " source TEXT NOT NULL, reason TEXT NOT NULL, withdrawn_ms BIGINT)",
     NULL},
    {"published_figure",
     "CREATE TABLE published_figure (figure INTEGER PRIMARY KEY, publisher TEXT NOT NULL, area "
     "BIGINT NOT NULL,"
     " from_ms BIGINT NOT NULL, to_ms BIGINT NOT NULL, measure BIGINT NOT NULL, severity BIGINT,"
     " value BIGINT NOT NULL, source TEXT NOT NULL, withdrawn_ms BIGINT)",
     "CREATE INDEX published_figure_time ON published_figure (from_ms, to_ms)"},
    {"counted",
     "CREATE TABLE counted (case_number INTEGER PRIMARY KEY, person BIGINT NOT NULL, origin BIGINT "
     "NOT NULL,"
     " area BIGINT NOT NULL, counted_ms BIGINT, status BIGINT, severity BIGINT, audited_ms BIGINT,"
     " first_by BIGINT, counted_by BIGINT, converted_ms BIGINT, converted_severity BIGINT, "
     "happened_ms BIGINT,"
     " converted_by BIGINT, last_ms BIGINT, last_audited_ms BIGINT, last_converted_ms BIGINT,"
     " last_happened_ms BIGINT)",
     "CREATE INDEX counted_time ON counted (counted_ms, area);"
     "CREATE INDEX counted_converted ON counted (converted_ms, area)"},
    {"count_step",
     "CREATE TABLE count_step (seq INTEGER PRIMARY KEY, case_number BIGINT NOT NULL, kind BIGINT "
     "NOT NULL,"
     " occurred_ms BIGINT NOT NULL, status BIGINT, severity BIGINT, withdrawn BIGINT NOT NULL)",
     "CREATE INDEX count_step_case ON count_step (case_number);"
     "CREATE INDEX count_step_kind ON count_step (kind, case_number)"},
    {"figure",
     "CREATE TABLE figure (leaf BIGINT NOT NULL, hour_ms BIGINT NOT NULL, measure BIGINT NOT NULL,"
     " origin BIGINT NOT NULL, severity BIGINT NOT NULL, n BIGINT NOT NULL,"
     " PRIMARY KEY (leaf, hour_ms, measure, origin, severity)) WITHOUT ROWID",
     NULL},
    {0},
};

/* ---- what counts ---- */

bool bulletin_case(struct db *db, int64_t case_number, struct counted_facts *ret,
                   struct bh_err *err)
{
    struct rows rows;
    struct counted_facts f = {.case_number = case_number};
    bool found = false;
    db_rows(db, &rows,
            "SELECT person, origin, area, counted_ms, status, severity, audited_ms, first_by, "
            "converted_ms,"
            " converted_severity, happened_ms, last_ms, last_audited_ms, last_converted_ms, "
            "last_happened_ms"
            " FROM counted WHERE case_number = ?",
            "i", case_number);
    if (db_next(&rows)) {
        int64_t *const to[] = {
            &f.person,
            &f.origin,
            &f.area,
            &f.counted_ms,
            &f.status,
            &f.severity,
            &f.audited_ms,
            &f.first_by,
            &f.converted_ms,
            &f.converted_severity,
            &f.happened_ms,
            &f.last_ms,
            &f.last_audited_ms,
            &f.last_converted_ms,
            &f.last_happened_ms,
        };
        for (int i = 0; i < (int)(sizeof to / sizeof to[0]); i++)
            *to[i] = row_int(&rows, i);
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

static bool figure_add(struct db *db, int64_t leaf, int64_t at_ms, int64_t measure, int64_t origin,
                       int64_t severity, int64_t n, struct bh_err *err)
{
    int64_t rest = at_ms % BH_HOUR_MS;
    int64_t hour_ms = at_ms - rest - (rest < 0 ? BH_HOUR_MS : 0);
    return db_run(
        db, err,
        "INSERT INTO figure (leaf, hour_ms, measure, origin, severity, n) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (leaf, hour_ms, measure, origin, severity) DO UPDATE SET n = figure.n + "
        "excluded.n",
        "iiiiii", leaf, hour_ms, measure, origin, severity, n);
}

/* Puts what the row says into the counters, or takes it out. */
static bool figures_put(struct db *db, const struct counted_facts *f, int64_t n, struct bh_err *err)
{
    int64_t measure =
        f->status == STATUS_CONFIRMED ? FIGURE_CONFIRMED_NEW : FIGURE_ASYMPTOMATIC_NEW;
    if (f->counted_ms != BH_NONE &&
        !figure_add(db, f->area, f->counted_ms, measure, f->origin, f->severity, n, err))
        return false;
    return f->converted_ms == BH_NONE || figure_add(db, f->area, f->converted_ms, FIGURE_CONVERTED,
                                                    f->origin, f->converted_severity, n, err);
}

/* Replaces what counts of a case. */
static bool counted_put(struct db *db, const struct counted_facts *now,
                        const struct counted_facts *next, int64_t counted_by, int64_t converted_by,
                        struct bh_err *err)
{
    return figures_put(db, now, -1, err) && figures_put(db, next, 1, err) &&
           db_run(db, err,
                  "UPDATE counted SET area = ?, counted_ms = ?, status = ?, severity = ?, "
                  "audited_ms = ?, first_by = ?,"
                  " converted_ms = ?, converted_severity = ?, happened_ms = ?, last_ms = ?, "
                  "last_audited_ms = ?,"
                  " last_converted_ms = ?, last_happened_ms = ?,"
                  " counted_by = COALESCE(?, counted_by), converted_by = COALESCE(?, converted_by)"
                  " WHERE case_number = ?",
                  "iIIIIIIIIIIIIIIi", next->area, next->counted_ms, next->status, next->severity,
                  next->audited_ms, next->first_by, next->converted_ms, next->converted_severity,
                  next->happened_ms, next->last_ms, next->last_audited_ms, next->last_converted_ms,
                  next->last_happened_ms, counted_by, converted_by, now->case_number);
}

static bool step_add(struct db *db, const struct event *event, int64_t case_number, int64_t status,
                     int64_t severity, struct bh_err *err)
{
    return db_run(
        db, err,
        "INSERT INTO count_step (seq, case_number, kind, occurred_ms, status, severity, withdrawn)"
        " VALUES (?, ?, ?, ?, ?, ?, 0)",
        "iiiiII", event->seq, case_number, (int64_t)event->kind->number, event->occurred_ms, status,
        severity);
}

bool count_steps(struct db *db, int64_t case_number, struct count_step *ret, size_t max,
                 size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    bool more = false;
    db_rows(db, &rows,
            "SELECT seq, kind, occurred_ms, status, severity FROM count_step"
            " WHERE case_number = ? AND withdrawn = 0 AND kind IN (102, 105, 106) ORDER BY seq",
            "i", case_number);
    while (db_next(&rows) && !more) {
        more = count == max;
        if (!more)
            ret[count++] =
                (struct count_step){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                    row_int(&rows, 3), row_int(&rows, 4)};
    }
    if (!db_end(&rows, err))
        return false;
    if (more)
        return bh_fail(err, BH_TOO_BIG, "该病例的记录过多", "too many facts about one case");
    *ret_count = count;
    return true;
}

bool count_case_of(struct db *db, int64_t seq, int64_t *ret, struct bh_err *err)
{
    bool found = false;
    *ret = 0;
    return db_int(db, err, ret, &found, "SELECT case_number FROM count_step WHERE seq = ?", "i",
                  seq);
}

/* ---- applying: cases ---- */

static bool apply_diagnosed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct case_diagnosed *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO counted (case_number, person, origin, area) VALUES (?, ?, ?, ?)",
                  "iiii", event->seq, event->person, f->origin, event->area) &&
           step_add(db, event, event->seq, f->status, f->severity, err);
}

/* Takes a case out of all counts, remembering where it was. */
static void take_out(struct counted_facts *next)
{
    if (next->counted_ms == BH_NONE)
        return;
    next->last_ms = next->counted_ms;
    next->last_audited_ms = next->audited_ms;
    next->last_converted_ms = next->converted_ms;
    next->last_happened_ms = next->happened_ms;
    next->counted_ms = next->status = next->severity = next->audited_ms = BH_NONE;
    next->converted_ms = next->converted_severity = next->happened_ms = BH_NONE;
}

static bool apply_counted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct case_counted *f = event->fields;
    struct counted_facts now, next;
    if (!bulletin_case(db, f->case_number, &now, err) ||
        !step_add(db, event, f->case_number, f->status, f->severity, err))
        return false;
    next = now;
    next.area = event->area;
    if (f->counted_ms == BH_NONE) {
        take_out(&next);
    } else {
        bool returns = f->counted_ms == now.last_ms && f->audited_ms == now.last_audited_ms;
        next.counted_ms = f->counted_ms;
        next.status = f->status;
        next.severity = f->severity;
        next.audited_ms = f->audited_ms;
        if (now.counted_ms == BH_NONE && !returns)
            next.first_by = event->seq;
    }
    return counted_put(db, &now, &next, event->seq, BH_NONE, err);
}

static bool apply_converted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct conversion_counted *f = event->fields;
    struct counted_facts now, next;
    if (!bulletin_case(db, f->case_number, &now, err) ||
        !step_add(db, event, f->case_number, BH_NONE, f->severity, err))
        return false;
    next = now;
    next.converted_ms = f->counted_ms;
    next.converted_severity = f->severity;
    next.happened_ms = f->happened_ms;
    return counted_put(db, &now, &next, BH_NONE, event->seq, err);
}

/* A count that is itself withdrawn: the case waits to be counted anew. */
static bool uncount(struct db *db, const struct fact_withdrawn *f, struct bh_err *err)
{
    struct counted_facts now, next;
    int64_t case_number = 0;
    bool found = false, whole = f->target_kind == BULLETIN_CASE_COUNTED;
    if (!(whole ? db_int(db, err, &case_number, &found,
                         "SELECT case_number FROM counted WHERE counted_by = ? AND"
                         " case_number = (SELECT case_number FROM count_step WHERE seq = ?)",
                         "ii", f->target, f->target)
                : db_int(db, err, &case_number, &found,
                         "SELECT case_number FROM counted WHERE converted_by = ? AND"
                         " case_number = (SELECT case_number FROM count_step WHERE seq = ?)",
                         "ii", f->target, f->target)))
        return false;
    if (!found)
        return true; /* another count stands in its place */
    if (!bulletin_case(db, case_number, &now, err))
        return false;
    next = now;
    if (whole)
        take_out(&next);
    else
        next.converted_ms = next.converted_severity = next.happened_ms = BH_NONE;
    return counted_put(db, &now, &next, BH_NONE, BH_NONE, err);
}

/* ---- applying: windows, versions, figures of others ---- */

/* The two figures that lists show, of the publishing unit. */
static void headline(struct bh_str figures, int64_t *ret_confirmed, int64_t *ret_asymptomatic)
{
    json_t *json = json_loadb(figures.at, figures.len, 0, NULL);
    const json_t *unit = json_array_get(json_object_get(json, "units"), 0);
    const json_t *confirmed = json_object_get(unit, "confirmed_new");
    const json_t *asymptomatic = json_object_get(unit, "asymptomatic_new");
    *ret_confirmed = json_is_integer(confirmed) ? json_integer_value(confirmed) : BH_NONE;
    *ret_asymptomatic = json_is_integer(asymptomatic) ? json_integer_value(asymptomatic) : BH_NONE;
    json_decref(json);
}

static bool apply_signed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct bulletin_signed *f = event->fields;
    int64_t confirmed = BH_NONE, asymptomatic = BH_NONE;
    headline(f->figures, &confirmed, &asymptomatic);
    return db_run(
               db, err,
               "INSERT INTO bulletin_version (bulletin, area, from_ms, to_ms, version, position, "
               "supersedes, reason,"
               " figures, text_zh, text_en, signed_by, signed_ms, confirmed_new, asymptomatic_new)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               "iiiiiiIssssiiII", event->seq, event->area, f->from_ms, f->to_ms, f->version,
               f->position, f->supersedes, f->reason, f->figures, f->text_zh, f->text_en,
               event->actor, event->occurred_ms, confirmed, asymptomatic) &&
           db_run(
               db, err,
               "UPDATE bulletin_window SET version = ? WHERE area = ? AND from_ms = ? AND to_ms = ?"
               " AND withdrawn_ms IS NULL",
               "iiii", f->version, event->area, f->from_ms, f->to_ms);
}

static bool apply_own(struct db *db, const struct event *event, struct bh_err *err)
{
    const void *fields = event->fields;
    switch (event->kind->number) {
    case BULLETIN_WINDOW_OPENED: {
        const struct bulletin_window_opened *f = fields;
        return db_run(
            db, err,
            "INSERT INTO bulletin_window (window_seq, area, from_ms, to_ms, title, version)"
            " VALUES (?, ?, ?, ?, ?, 0)",
            "iiiis", event->seq, event->area, f->from_ms, f->to_ms, f->title);
    }
    case BULLETIN_CHECKED: {
        const struct bulletin_checked *f = fields;
        return db_run(db, err,
                      "UPDATE bulletin_window SET checked_ms = ?, failed = ?, hard = ? WHERE area "
                      "= ? AND from_ms = ?"
                      " AND to_ms = ? AND withdrawn_ms IS NULL",
                      "iiiiii", event->occurred_ms, f->failed, f->hard, event->area, f->from_ms,
                      f->to_ms);
    }
    case BULLETIN_SIGNED: return apply_signed(db, event, err);
    case BULLETIN_PUBLISHED: {
        const struct bulletin_published *f = fields;
        return db_run(db, err,
                      "UPDATE bulletin_version SET published_by = ?, published_ms = ?, channel = ? "
                      "WHERE bulletin = ?",
                      "iisi", event->seq, event->occurred_ms, f->channel, f->bulletin);
    }
    case BULLETIN_ADJUSTED: {
        const struct publisher_adjusted *f = fields;
        return db_run(db, err,
                      "INSERT INTO adjustment (adjustment, area, from_ms, to_ms, measure, "
                      "severity, value, source, reason)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      "iiiiiIiss", event->seq, event->area, f->from_ms, f->to_ms, f->measure,
                      f->severity, f->value, f->source, f->reason);
    }
    case BULLETIN_FIGURE_RECORDED: {
        const struct published_figure_recorded *f = fields;
        return db_run(db, err,
                      "INSERT INTO published_figure (figure, publisher, area, from_ms, to_ms, "
                      "measure, severity, value,"
                      " source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      "isiiiiIis", event->seq, f->publisher, event->area, f->from_ms, f->to_ms,
                      f->measure, f->severity, f->value, f->source);
    }
    case BULLETIN_CASE_COUNTED: return apply_counted(db, event, err);
    case BULLETIN_CONVERSION_COUNTED: return apply_converted(db, event, err);
    default: bh_unreachable("event of the link bulletin");
    }
}

/* ---- applying: corrections ---- */

static bool withdraw_signed(struct db *db, int64_t bulletin, int64_t at_ms, struct bh_err *err)
{
    return db_run(db, err, "UPDATE bulletin_version SET withdrawn_ms = ? WHERE bulletin = ?", "ii",
                  at_ms, bulletin) &&
           db_run(db, err,
                  "UPDATE bulletin_window SET version = COALESCE((SELECT MAX(v.version) FROM "
                  "bulletin_version v"
                  " WHERE v.area = bulletin_window.area AND v.from_ms = bulletin_window.from_ms"
                  " AND v.to_ms = bulletin_window.to_ms AND v.withdrawn_ms IS NULL), 0)"
                  " WHERE window_seq IN (SELECT w.window_seq FROM bulletin_window w JOIN "
                  "bulletin_version b"
                  " ON b.area = w.area AND b.from_ms = w.from_ms AND b.to_ms = w.to_ms WHERE "
                  "b.bulletin = ?)",
                  "i", bulletin);
}

static bool apply_withdrawn(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct fact_withdrawn *f = event->fields;
    int64_t at_ms = event->recorded_ms;
    switch (f->target_kind) {
    case BULLETIN_WINDOW_OPENED: /* a signed one stays: its text was given out */
        return db_run(
            db, err,
            "UPDATE bulletin_window SET withdrawn_ms = ? WHERE window_seq = ? AND version = 0",
            "ii", at_ms, f->target);
    case BULLETIN_SIGNED: return withdraw_signed(db, f->target, at_ms, err);
    case BULLETIN_PUBLISHED:
        return db_run(
            db, err,
            "UPDATE bulletin_version SET published_by = NULL, published_ms = NULL, channel = NULL"
            " WHERE published_by = ?",
            "i", f->target);
    case BULLETIN_ADJUSTED:
        return db_run(db, err, "UPDATE adjustment SET withdrawn_ms = ? WHERE adjustment = ?", "ii",
                      at_ms, f->target);
    case BULLETIN_FIGURE_RECORDED:
        return db_run(db, err, "UPDATE published_figure SET withdrawn_ms = ? WHERE figure = ?",
                      "ii", at_ms, f->target);
    case BULLETIN_CASE_COUNTED:
    case BULLETIN_CONVERSION_COUNTED: return uncount(db, f, err);
    default:
        return db_run(db, err, "UPDATE count_step SET withdrawn = 1 WHERE seq = ?", "i", f->target);
    }
}

bool bulletin_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    const void *f = event->fields;
    switch (event->kind->number) {
    case EVENT_FACT_WITHDRAWN: return apply_withdrawn(db, event, err);
    case EVENT_FACT_REDATED:
        return db_run(db, err, "UPDATE count_step SET occurred_ms = ? WHERE seq = ?", "ii",
                      ((const struct fact_redated *)f)->occurred_ms,
                      ((const struct fact_redated *)f)->target);
    case REPORT_CASE_DIAGNOSED: return apply_diagnosed(db, event, err);
    case REPORT_FILED:
        return step_add(db, event, ((const struct report_filed *)f)->case_number, BH_NONE, BH_NONE,
                        err);
    case REPORT_AUDITED:
        return step_add(db, event, ((const struct report_audited *)f)->case_number, BH_NONE,
                        BH_NONE, err);
    case REPORT_CASE_CONVERTED:
        return step_add(db, event, ((const struct case_converted *)f)->case_number,
                        STATUS_CONFIRMED, ((const struct case_converted *)f)->severity, err);
    case REPORT_SEVERITY_CHANGED:
        return step_add(db, event, ((const struct severity_changed *)f)->case_number, BH_NONE,
                        ((const struct severity_changed *)f)->severity, err);
    case REPORT_CASE_EXCLUDED:
        return step_add(db, event, ((const struct case_excluded *)f)->case_number, BH_NONE, BH_NONE,
                        err);
    case REPORT_CASE_MOVED_AREA:
        return step_add(db, event, ((const struct case_moved_area *)f)->case_number, BH_NONE,
                        BH_NONE, err);
    default:
        return event->kind->number < BULLETIN_WINDOW_OPENED ||
               event->kind->number > BULLETIN_CONVERSION_COUNTED || apply_own(db, event, err);
    }
}

/* ---- reading ---- */

static bool windows_read(struct db *db, int64_t area, int64_t after_ms, struct bh_arena *arena,
                         struct window_list *ret, struct bh_err *err)
{
    struct rows rows;
    int64_t count = 0;
    if (!db_int(db, err, &count, NULL,
                "SELECT COUNT(*) FROM bulletin_window WHERE area = ? AND to_ms > ? AND "
                "withdrawn_ms IS NULL",
                "ii", area, after_ms))
        return false;
    ret->count = 0;
    ret->window = bh_arena_get(arena, ((size_t)count + 1) * sizeof *ret->window);
    db_rows(db, &rows,
            "SELECT window_seq, from_ms, to_ms, version FROM bulletin_window"
            " WHERE area = ? AND to_ms > ? AND withdrawn_ms IS NULL ORDER BY to_ms",
            "ii", area, after_ms);
    while (db_next(&rows) && ret->count < (size_t)count)
        ret->window[ret->count++] = (struct bulletin_window){
            row_int(&rows, 0), area, row_int(&rows, 1), row_int(&rows, 2), row_int(&rows, 3)};
    return db_end(&rows, err);
}

bool windows_of(struct db *db, const struct areas *areas, int64_t leaf, int64_t at_ms,
                int64_t after_ms, struct bh_arena *arena, struct window_list *ret,
                struct bh_err *err)
{
    *ret = (struct window_list){0};
    for (const struct unit *unit = areas_lowest(areas, leaf, at_ms); unit;
         unit = areas_parent(areas, unit, at_ms)) {
        int64_t any = 0, area = areas_unit_leaf(areas, unit);
        bool found = false;
        if (!db_int(db, err, &any, &found,
                    "SELECT window_seq FROM bulletin_window WHERE area = ? AND withdrawn_ms IS "
                    "NULL LIMIT 1",
                    "i", area))
            return false;
        if (!found)
            continue;
        ret->unit = unit;
        return windows_read(db, area, after_ms == BH_NONE ? BH_TIME_MIN : after_ms, arena, ret,
                            err);
    }
    return true;
}

bool notes_read(struct db *db, const struct areas *areas, const struct unit *root, int64_t to_ms,
                struct bh_arena *arena, struct bulletin_note **ret, size_t *ret_count,
                struct bh_err *err)
{
    struct rows rows;
    int64_t most = 0;
    size_t count = 0;
    if (!db_int(db, err, &most, NULL,
                "SELECT COUNT(*) FROM adjustment WHERE to_ms <= ? AND withdrawn_ms IS NULL", "i",
                to_ms))
        return false;
    struct bulletin_note *notes = bh_arena_get(arena, ((size_t)most + 1) * sizeof *notes);
    db_rows(db, &rows,
            "SELECT area, measure, severity, value, from_ms, to_ms, source, reason FROM adjustment"
            " WHERE to_ms <= ? AND withdrawn_ms IS NULL ORDER BY to_ms, adjustment",
            "i", to_ms);
    while (db_next(&rows) && count < (size_t)most) {
        const struct unit *unit = areas_lowest(areas, row_int(&rows, 0), row_int(&rows, 4));
        if (!unit || !scope_covers(&root->scope, &unit->scope))
            continue;
        notes[count++] = (struct bulletin_note){
            .measure = row_int(&rows, 1),
            .severity = row_int(&rows, 2),
            .value = row_int(&rows, 3),
            .from_ms = row_int(&rows, 4),
            .to_ms = row_int(&rows, 5),
            .unit = unit->id,
            .zh = unit->short_zh,
            .en = unit->en,
            .source = bh_arena_str(arena, row_text(&rows, 6)),
            .reason = bh_arena_str(arena, row_text(&rows, 7)),
        };
    }
    *ret = notes;
    *ret_count = count;
    return db_end(&rows, err);
}

bool version_read(struct db *db, int64_t area, int64_t from_ms, int64_t to_ms, int64_t version,
                  struct bh_arena *arena, struct bulletin_version *ret, bool *ret_found,
                  struct bh_err *err)
{
    struct rows rows;
    *ret_found = false;
    db_rows(db, &rows,
            "SELECT bulletin, version, position, supersedes, signed_by, signed_ms, published_ms, "
            "reason, figures, text_zh,"
            " text_en, channel FROM bulletin_version WHERE area = ? AND from_ms = ? AND to_ms = ?"
            " AND (version = ? OR ? = 0) AND withdrawn_ms IS NULL ORDER BY version DESC LIMIT 1",
            "iiiii", area, from_ms, to_ms, version, version);
    if (db_next(&rows)) {
        *ret = (struct bulletin_version){
            .bulletin = row_int(&rows, 0),
            .area = area,
            .from_ms = from_ms,
            .to_ms = to_ms,
            .version = row_int(&rows, 1),
            .position = row_int(&rows, 2),
            .supersedes = row_int(&rows, 3),
            .signed_by = row_int(&rows, 4),
            .signed_ms = row_int(&rows, 5),
            .published_ms = row_int(&rows, 6),
            .reason = bh_arena_str(arena, row_text(&rows, 7)),
            .figures = bh_arena_str(arena, row_text(&rows, 8)),
            .text_zh = bh_arena_str(arena, row_text(&rows, 9)),
            .text_en = bh_arena_str(arena, row_text(&rows, 10)),
            .channel = bh_arena_str(arena, row_text(&rows, 11)),
        };
        *ret_found = true;
    }
    return db_end(&rows, err);
}
