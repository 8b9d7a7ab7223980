#include "plan/exercise.h"

#include "base/embedded.h"
#include "base/time.h"
#include "ledger/area.h"
#include "ledger/intake.h"
#include "plan/exercise_bodies.h"

#include <string.h>

enum {
    BATCH = 10000, /* commands in one transaction */
    REPORT_MS = 90 * 60000,
    REPORT_LATE_MS = 150 * 60000, /* beyond the two hours that the law gives */
    REPORT_LATE_EVERY = 10,
};

/* The schedule does not know where the log will find a cluster, nor always whom it will call the first of a county:
 * these reports are put in line when it does. */
struct owed_report {
    int64_t at_ms, about;
};

struct player {
    struct ledger *ledger;
    struct made_world *made;
    struct exercise_ids ids;
    struct bh_arena arena; /* of one command */
    struct ledger_batch batch;
    int in_batch;             /* commands */
    struct owed_report *owed; /* earliest first */
    size_t owed_count, owed_size, reports;
    struct exercise_report report;
};

static struct bh_str text_of(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    bh_assert(file);
    return (struct bh_str){(const char *)file->data, file->size};
}

static struct jilin_schedule *make_schedule(const struct ledger *ledger, uint64_t seed,
                                            struct bh_err *err)
{
    const struct jilin_texts texts = {
        .figures = text_of("data/jilin-2022/figures.csv"),
        .sources = text_of("data/jilin-2022/sources.csv"),
        .windows = text_of("data/jilin-2022/windows.csv"),
        .adjustments = text_of("data/jilin-2022/adjustments.csv"),
        .areas = text_of("data/jilin-2022/areas.csv"),
        .weights = text_of("data/jilin-2022/weights.csv"),
        .names = text_of("data/jilin-2022/names.csv"),
        .institutions = text_of("data/jilin-2022/institutions.csv"),
    };
    size_t count = areas_leaf_count(ledger->areas);
    struct jilin_division *divisions = bh_alloc(count * sizeof *divisions);
    for (size_t i = 0; i < count; i++) {
        const struct leaf *leaf = areas_leaf(ledger->areas, (int64_t)i + 1);
        const struct unit *unit = areas_lowest(ledger->areas, (int64_t)i + 1, EXERCISE_BEGIN_MS);
        divisions[i] = (struct jilin_division){
            .number = (uint32_t)leaf->number,
            .parent = (uint32_t)leaf->parent,
            .code = leaf->code,
            .name = leaf->name,
            .level = leaf->level,
            .unit = unit ? unit->id : "",
        };
    }
    struct jilin_schedule *schedule = jilin_schedule_new(seed, &texts, divisions, count, err);
    bh_free(divisions);
    return schedule;
}

/* 0 when the answer names no such thing. */
static int64_t number_in(const char *answer, const char *name)
{
    json_t *json = json_loads(answer, 0, NULL);
    int64_t number = json_integer_value(json_object_get(json, name));
    json_decref(json);
    return number;
}

static void owe_report(struct player *player, int64_t found_ms, int64_t about)
{
    bool late = ++player->reports % REPORT_LATE_EVERY == 0;
    int64_t at_ms = found_ms + (late ? REPORT_LATE_MS : REPORT_MS);
    if (player->owed_count == player->owed_size) {
        player->owed_size = player->owed_size ? player->owed_size * 2 : 64;
        player->owed = bh_realloc(player->owed, player->owed_size * sizeof *player->owed);
    }
    size_t at = player->owed_count++;
    for (; at > 0 && player->owed[at - 1].at_ms > at_ms; at--)
        player->owed[at] = player->owed[at - 1];
    player->owed[at] = (struct owed_report){at_ms, about};
}

/* What the diagnosis set off: the first case of its county (*ret_first, 0 = it is none), a cluster. */
static void take_signals(struct player *player, int64_t at_ms, const char *answer,
                         int64_t *ret_first)
{
    json_t *json = json_loads(answer, 0, NULL), *event;
    size_t i;
    *ret_first = 0;
    json_array_foreach(json_object_get(json, "events"), i, event)
    {
        const char *kind = json_string_value(json_object_get(event, "kind"));
        int64_t seq = json_integer_value(json_object_get(event, "seq"));
        if (kind && strcmp(kind, "county_first_case") == 0)
            *ret_first = seq;
        if (kind && strcmp(kind, "cluster_found") == 0)
            owe_report(player, at_ms, seq);
    }
    json_decref(json);
}

/* The schedule is right, so any refusal ends the exercise. */
static bool submit(struct player *player, int64_t at_ms, const struct exercise_body *body,
                   struct bh_err *err)
{
    const struct command *command =
        catalogue_command(player->ledger->catalogue, bh_str_of(body->command));
    struct submission submission;
    struct intake intake;
    bh_assert(command);
    bh_arena_reset(&player->arena);
    player->made->wall_ms = at_ms;
    intake_init(&intake, player->ledger, &player->arena, at_ms);
    if (!intake_command(&intake, command, body->json, &submission, err))
        return false;
    intake_new_key(&intake, &submission);
    submission.clock_ms = at_ms;
    if (!ledger_batch_run(player->ledger, &player->batch, &submission) || !submission.ok)
        return bh_fail(err, submission.err.code, "命令 %s 被拒绝：%.200s",
                       "command %s was refused: %.200s", command->name, submission.err.en);
    if (body->first)
        *body->first = submission.first;
    if (body->person)
        *body->person = field_int(record_field(command->record, "person"), submission.body);
    if (body->positive)
        *body->positive = number_in(submission.answer, "positive");
    if (body->about)
        take_signals(player, at_ms, submission.answer, body->about);
    player->report.commands++;
    player->in_batch++;
    return true;
}

/* A first case for which the schedule has no report. */
static void take_first(struct player *player, const struct jilin_item *item)
{
    if (item->type != JILIN_ITEM_PERSON || item->fact != JILIN_DIAGNOSED)
        return;
    int64_t about = player->ids.persons[item->index].about;
    if (about != 0 && player->ids.schedule->persons[item->index].at_ms[JILIN_EVENT_REPORTED] == 0)
        owe_report(player, item->at_ms, about);
}

/* One item: the bodies it needs, one after the other. */
static bool play_item(struct player *player, const struct jilin_item *item, struct bh_err *err)
{
    for (int step = 0;; step++) {
        struct exercise_body body = {0};
        enum exercise_next next = exercise_body_of(&player->ids, item, step, &body);
        if (next == EXERCISE_DONE) {
            take_first(player, item);
            return true;
        }
        if (next == EXERCISE_MISSING)
            return bh_fail(err, BH_CORRUPT, "练习计划引用了不存在的对象",
                           "the schedule refers to what does not exist");
        bool ok = submit(player, item->at_ms, &body, err);
        json_decref(body.json);
        if (!ok)
            return false;
    }
}

static bool next_batch(struct player *player, struct bh_err *err)
{
    if (player->in_batch < BATCH)
        return true;
    player->in_batch = 0;
    return ledger_batch_commit(player->ledger, &player->batch, err) &&
           ledger_batch_begin(player->ledger, &player->batch, err);
}

/* The reports that are filed up to this moment. */
static bool play_owed(struct player *player, int64_t until_ms, struct bh_err *err)
{
    size_t done = 0;
    bool ok = true;
    for (; ok && done < player->owed_count && player->owed[done].at_ms <= until_ms; done++) {
        struct owed_report owed = player->owed[done];
        struct exercise_body body = {
            .command = "file_event_report",
            .json = json_pack("{s:I, s:s}", "about", (json_int_t)owed.about, "kind", "initial"),
        };
        ok = submit(player, owed.at_ms, &body, err) && next_batch(player, err);
        json_decref(body.json);
    }
    player->owed_count -= done;
    if (done > 0)
        memmove(player->owed, player->owed + done, player->owed_count * sizeof *player->owed);
    return ok;
}

static bool play_items(struct player *player, const struct jilin_schedule *schedule,
                       const struct exercise_options *options, struct bh_err *err)
{
    if (!ledger_batch_begin(player->ledger, &player->batch, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < schedule->item_count; i++) {
        const struct jilin_item *item = &schedule->items[i];
        if (options->until_ms != BH_NONE && item->at_ms >= options->until_ms) {
            ok = play_owed(player, options->until_ms - 1, err);
            break;
        }
        ok = play_owed(player, item->at_ms, err) && play_item(player, item, err) &&
             next_batch(player, err);
        if (options->progress && i % 1000 == 0)
            options->progress(options->self, (int64_t)i, (int64_t)schedule->item_count);
    }
    struct bh_err ended;
    if (!ledger_batch_commit(player->ledger, &player->batch, &ended) && ok) {
        *err = ended;
        ok = false;
    }
    return ok;
}

bool exercise_play(struct ledger *ledger, struct made_world *made,
                   const struct exercise_options *options, struct exercise_report *ret,
                   struct bh_err *err)
{
    struct jilin_schedule *schedule = make_schedule(ledger, options->seed, err);
    if (!schedule)
        return false;
    struct player player = {.ledger = ledger, .made = made};
    bh_arena_init(&player.arena, LIMIT_ARENA_REQUEST);
    exercise_ids_init(&player.ids, schedule, ledger);
    bool ok = ledger_fill_begin(ledger, err) && play_items(&player, schedule, options, err) &&
              ledger_fill_end(ledger, err);
    player.report.persons = (int64_t)schedule->person_count;
    player.report.events = ledger->head.seq;
    exercise_ids_done(&player.ids);
    bh_free(player.owed);
    bh_arena_done(&player.arena);
    jilin_schedule_free(schedule);
    *ret = player.report;
    return ok;
}
