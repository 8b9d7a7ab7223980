#include "ledger/ledger.h"

#include "base/embedded.h"
#include "base/time.h"
#include "ledger/area.h"
#include "ledger/decision.h"
#include "ledger/derived.h"
#include "ledger/duty.h"
#include "ledger/log_events.h"
#include "ledger/permit.h"
#include "ledger/plan.h"
#include "ledger/reserve.h"
#include "ledger/vault.h"
#include "os/file.h"
#include "store/tables.h"

#include <stdio.h>
#include <string.h>

enum { WRITER_CACHE_KB = 256 << 10, PATH_MAX_BYTES = 4200 };

/* plan_layer_adopted as declared by duty_link.c; named here only to be written at the start of a log. */
struct plan_layer_fields {
    struct bh_str layer, text;
    int64_t signed_by;
};

int64_t ledger_now(const struct ledger *ledger)
{
    int64_t now = ledger->exercise ? ledger->clock_ms : ledger->world->wall_ms(ledger->world->self);
    return now > ledger->head.recorded_ms ? now : ledger->head.recorded_ms;
}

void ledger_set_clock(struct ledger *ledger, int64_t now_ms)
{
    bh_assert(ledger->exercise);
    if (now_ms > ledger->clock_ms)
        ledger->clock_ms = now_ms;
}

const char *ledger_path(const struct ledger *ledger)
{
    return ledger->path;
}

static struct bh_str embedded_text(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    bh_assert(file);
    return (struct bh_str){(const char *)file->data, file->size};
}

static void emit_areas(struct decision *d)
{
    static const char *const parts[] = {"divisions", "units", "aliases", "population"};
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "rules/areas/%s.csv", parts[i]);
        struct area_edition_adopted part = {BH_STR("jilin-2023"), bh_str_of(parts[i]),
                                            embedded_text(path)};
        (void)decision_emit(d, EVENT_AREA_EDITION_ADOPTED, NULL, &part);
    }
}

static bool is_plan(const struct embedded_file *file)
{
    size_t len = strlen(file->path);
    return strncmp(file->path, "rules/plans/", 12) == 0 && len > 5 &&
           strcmp(file->path + len - 5, ".yaml") == 0;
}

/* Layers in an order in which every parent comes first: repeated passes over the files. */
static bool emit_plans(struct decision *d, struct ledger *ledger, struct bh_err *err)
{
    bool done[64] = {false}, moved = true;
    size_t first = embedded_lower_bound("rules/plans/"), left = 0;
    for (bool more = true; more && moved;) {
        more = moved = false;
        left = 0;
        for (size_t i = first; i < embedded_count() && i - first < 64; i++) {
            const struct embedded_file *file = embedded_at(i);
            if (!is_plan(file) || done[i - first])
                continue;
            struct bh_str text = {(const char *)file->data, file->size};
            if (!plans_add(ledger->plans, text, err)) {
                more = true;
                left++;
                continue;
            }
            const struct plan_layer *layer =
                plans_layer(ledger->plans, plans_layer_count(ledger->plans) - 1);
            struct plan_layer_fields fields = {
                bh_str_of(bh_arena_copy(d->arena, layer->id, strlen(layer->id))), text, BH_NONE};
            (void)decision_emit(d, EVENT_PLAN_LAYER_ADOPTED, NULL, &fields);
            done[i - first] = moved = true;
        }
    }
    return left == 0; /* else err holds what the last one lacked */
}

static bool write_first_events(struct ledger *ledger, const struct ledger_options *options,
                               struct bh_arena *arena, struct bh_err *err)
{
    struct decision d;
    decision_init(&d, ledger, arena, LIMIT_EVENTS_PER_COMMAND);
    struct log_started started = {
        .name = bh_str_of(options->name ? options->name : "bihuan"),
        .exercise = options->exercise,
        .zone_minutes = options->zone_minutes,
        .seed = options->seed,
        .note = options->exercise ? BH_STR("练习：人员均为虚构 / exercise: synthetic people")
                                  : (struct bh_str){0},
    };
    (void)decision_emit(&d, EVENT_LOG_STARTED, NULL, &started);
    emit_areas(&d);
    bool ok = emit_plans(&d, ledger, err) &&
              decision_record(&d, (struct bh_str){0}, (struct bh_str){0}, err);
    decision_done(&d);
    return ok;
}

/* The area edition in the log: its parts are the first four events of their kind. */
static bool load_areas(struct ledger *ledger, struct bh_err *err)
{
    struct areas_text text = {0};
    struct log_reader reader;
    struct bh_arena arena;
    bh_arena_init(&arena, (size_t)LIMIT_EVENT_BYTES * 4);
    log_reader_open(&reader, ledger->db, ledger->catalogue, 1, 16);
    while (log_reader_next(&reader)) {
        if (reader.event.kind->number != EVENT_AREA_EDITION_ADOPTED)
            continue;
        const struct area_edition_adopted *part = reader.event.fields;
        struct bh_str kept = bh_arena_str(&arena, part->text);
        if (bh_str_is(part->part, "divisions"))
            text.divisions = kept;
        else if (bh_str_is(part->part, "units"))
            text.units = kept;
        else if (bh_str_is(part->part, "aliases"))
            text.aliases = kept;
        else
            text.population = kept;
    }
    bool ok = log_reader_close(&reader, err) && areas_new(&text, &ledger->areas, err);
    bh_arena_done(&arena);
    return ok;
}

bool ledger_load_plans(struct ledger *ledger, struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    plans_clear(ledger->plans);
    db_rows(ledger->db, &rows, "SELECT seq FROM plan_adopted ORDER BY seq", "");
    while (ok && db_next(&rows)) {
        int64_t seq = row_int(&rows, 0);
        struct log_reader reader;
        log_reader_open(&reader, ledger->db, ledger->catalogue, seq, seq);
        if (log_reader_next(&reader)) {
            const struct field *text = record_field(reader.event.kind->record, "text");
            ok = plans_add(ledger->plans, field_text(text, reader.event.fields), err);
        }
        struct bh_err closed;
        if (!log_reader_close(&reader, &closed) && ok) {
            *err = closed;
            ok = false;
        }
    }
    struct bh_err ended;
    if (!db_end(&rows, &ended) && ok) {
        *err = ended;
        ok = false;
    }
    return ok;
}

static bool load_start(struct ledger *ledger, struct bh_err *err)
{
    struct log_reader reader;
    bool found = false;
    log_reader_open(&reader, ledger->db, ledger->catalogue, 1, 1);
    if (log_reader_next(&reader) && reader.event.kind->number == EVENT_LOG_STARTED) {
        const struct log_started *started = reader.event.fields;
        found = true;
        ledger->exercise = started->exercise == 1;
        ledger->zone_minutes = (int)started->zone_minutes;
        (void)snprintf(ledger->name, sizeof ledger->name, "%.*s",
                       (int)(started->name.len % sizeof ledger->name), started->name.at);
    }
    if (!log_reader_close(&reader, err))
        return false;
    return found || bh_fail(err, BH_CORRUPT, "%.200s 中的日志没有开始事件",
                            "the log in %.200s has no first event", ledger->folder);
}

static bool areas_from_embedded(struct ledger *ledger, struct bh_err *err)
{
    struct areas_text text = {
        embedded_text("rules/areas/divisions.csv"), embedded_text("rules/areas/units.csv"),
        embedded_text("rules/areas/aliases.csv"), embedded_text("rules/areas/population.csv")};
    return areas_new(&text, &ledger->areas, err);
}

static bool start_log(struct ledger *ledger, const struct ledger_options *options,
                      struct bh_err *err)
{
    struct bh_arena arena;
    ledger->exercise = options->exercise;
    ledger->zone_minutes = options->zone_minutes;
    ledger->clock_ms = options->start_ms;
    if (!areas_from_embedded(ledger, err))
        return false;
    ledger->plans = plans_new(ledger->catalogue, ledger->areas, roles_ids(ledger->roles));
    if (!db_begin(ledger->db, err))
        return false;
    bh_arena_init(&arena, LIMIT_ARENA_BATCH);
    bool ok = db_script(ledger->db, log_schema, err) &&
              derived_create(ledger->db, ledger->catalogue, err) &&
              write_first_events(ledger, options, &arena, err) && db_commit(ledger->db, err);
    bh_arena_done(&arena);
    if (!ok)
        db_rollback(ledger->db);
    return ok;
}

static bool load_log(struct ledger *ledger, bool read_only, struct bh_err *err)
{
    if (!log_head_read(ledger->db, &ledger->head, err) || !load_start(ledger, err) ||
        !load_areas(ledger, err) || !derived_upgrade(ledger, read_only, err))
        return false;
    ledger->clock_ms = ledger->head.recorded_ms;
    ledger->plans = plans_new(ledger->catalogue, ledger->areas, roles_ids(ledger->roles));
    return ledger_load_plans(ledger, err) && permit_epoch(ledger->db, &ledger->permit_epoch, err) &&
           db_int(ledger->db, err, &ledger->epoch, NULL,
                  "SELECT coalesce(max(epoch), 0) FROM log_epoch", "");
}

/* On a full disk the room kept ahead is what the log is opened in. */
static bool open_database(struct ledger *ledger, enum db_mode mode, struct bh_err *err)
{
    if (db_open(ledger->path, mode, WRITER_CACHE_KB, &ledger->db, err))
        return true;
    if (err->code != BH_FULL || mode != DB_WRITE)
        return false;
    reserve_release(ledger);
    return db_open(ledger->path, mode, WRITER_CACHE_KB, &ledger->db, err);
}

/* ---- filling a new folder ---- */

static const char *fill_mark(const char *folder, char path[PATH_MAX_BYTES])
{
    (void)snprintf(path, PATH_MAX_BYTES, "%s/unfinished", folder);
    return path;
}

bool ledger_is_filled(const char *folder, struct bh_err *err)
{
    char path[PATH_MAX_BYTES];
    return !file_exists(fill_mark(folder, path)) ||
           bh_fail(
               err, BH_CONFLICT,
               "目录 %.200s 中的练习尚未完成或被中断；若已中断，请删除该目录并重新运行练习",
               "the exercise in the folder %.200s is not finished or was cut off; if it was cut "
               "off, delete the folder and run it again",
               folder);
}

bool ledger_fill_begin(struct ledger *ledger, struct bh_err *err)
{
    char path[PATH_MAX_BYTES];
    return file_write(fill_mark(ledger->folder, path), BH_STR("filling\n"), 0600, err) &&
           db_scratch(ledger->db, err);
}

bool ledger_fill_end(struct ledger *ledger, struct bh_err *err)
{
    char path[PATH_MAX_BYTES];
    db_close(ledger->db);
    ledger->db = NULL;
    if (!file_sync(ledger->path, err) || !open_database(ledger, DB_WRITE, err))
        return false;
    db_guard(ledger->db, "event");
    return file_remove(fill_mark(ledger->folder, path), err);
}

static bool open_files(struct ledger *ledger, const struct ledger_options *options, bool *ret_new,
                       struct bh_err *err)
{
    char keys[PATH_MAX_BYTES], key[PATH_MAX_BYTES + 32], lock[PATH_MAX_BYTES];
    (void)snprintf(ledger->path, sizeof ledger->path, "%s/log.db", ledger->folder);
    (void)snprintf(keys, sizeof keys, "%s-keys", ledger->folder);
    (void)snprintf(key, sizeof key, "%s/outbreak.key", keys);
    (void)snprintf(lock, sizeof lock, "%s/lock", ledger->folder);
    bool is_new = !file_exists(ledger->path);
    if (is_new && !options->create)
        return bh_fail(
            err, BH_MISSING, "%.200s 里没有数据；请先运行 bihuan init 或 bihuan exercise",
            "there is no data in %.200s; run bihuan init or bihuan exercise first", ledger->folder);
    if (!file_make_folder(ledger->folder, err) || !file_make_folder(keys, err))
        return false;
    if (!options->read_only && !file_lock(lock, &ledger->lock, err))
        return false;
    if (!ledger_is_filled(ledger->folder, err) ||
        !vault_open(key, is_new, options->world, &ledger->vault, err) ||
        !open_database(ledger, options->read_only ? DB_READ : DB_WRITE, err))
        return false;
    *ret_new = is_new;
    /* A start that was cut off before its one transaction has left an empty file. */
    return is_new || !options->create || db_is_empty(ledger->db, ret_new, err);
}

bool ledger_open(const char *folder, const struct ledger_options *options, struct ledger **ret,
                 struct bh_err *err)
{
    struct ledger *ledger = bh_alloc(sizeof *ledger);
    bool is_new = false;
    ledger->catalogue = options->catalogue;
    ledger->world = options->world;
    ledger->lock = -1;
    (void)snprintf(ledger->folder, sizeof ledger->folder, "%s", folder);
    while (strlen(ledger->folder) > 1 && ledger->folder[strlen(ledger->folder) - 1] == '/')
        ledger->folder[strlen(ledger->folder) - 1] = 0;
    bool ok = roles_new(embedded_text("rules/roles.yaml"), &ledger->roles, err) &&
              roles_check(ledger->roles, options->catalogue, err) &&
              open_files(ledger, options, &is_new, err);
    if (ok)
        db_guard(ledger->db, "event");
    ok = ok &&
         (is_new ? start_log(ledger, options, err) : load_log(ledger, options->read_only, err));
    if (ok && !options->read_only && !ledger->short_of_space)
        reserve_open(ledger);
    if (!ok) {
        ledger_close(ledger);
        return false;
    }
    *ret = ledger;
    return true;
}

void ledger_close(struct ledger *ledger)
{
    if (!ledger)
        return;
    duty_close(ledger);
    plans_free(ledger->plans);
    areas_free(ledger->areas);
    roles_free(ledger->roles);
    vault_close(ledger->vault);
    db_close(ledger->db);
    if (ledger->lock >= 0)
        file_unlock(ledger->lock);
    bh_free(ledger);
}
