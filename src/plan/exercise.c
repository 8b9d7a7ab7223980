#include "plan/exercise.h"

#include "base/embedded.h"
#include "base/time.h"
#include "ledger/area.h"
#include "ledger/intake.h"
#include "plan/exercise_bodies.h"

#include <string.h>

enum { BATCH = 2000 }; /* commands in one transaction */

struct player {
    struct ledger *ledger;
    struct made_world *made;
    struct exercise_ids ids;
    struct bh_arena arena; /* of one command */
    struct ledger_batch batch;
    int in_batch; /* commands */
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
        *body->about = number_in(submission.answer, "about");
    player->report.commands++;
    player->in_batch++;
    return true;
}

/* One item: the bodies it needs, one after the other. */
static bool play_item(struct player *player, const struct jilin_item *item, struct bh_err *err)
{
    for (int step = 0;; step++) {
        struct exercise_body body = {0};
        enum exercise_next next = exercise_body_of(&player->ids, item, step, &body);
        if (next == EXERCISE_DONE)
            return true;
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
    player->in_batch = 0;
    return ledger_batch_commit(player->ledger, &player->batch, err) &&
           ledger_batch_begin(player->ledger, &player->batch, err);
}

static bool play_items(struct player *player, const struct jilin_schedule *schedule,
                       const struct exercise_options *options, struct bh_err *err)
{
    if (!ledger_batch_begin(player->ledger, &player->batch, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < schedule->item_count; i++) {
        const struct jilin_item *item = &schedule->items[i];
        if (options->until_ms != BH_NONE && item->at_ms >= options->until_ms)
            break;
        ok = play_item(player, item, err) && (player->in_batch < BATCH || next_batch(player, err));
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
    bool ok = play_items(&player, schedule, options, err);
    player.report.persons = (int64_t)schedule->person_count;
    player.report.events = ledger->head.seq;
    exercise_ids_done(&player.ids);
    bh_arena_done(&player.arena);
    jilin_schedule_free(schedule);
    *ret = player.report;
    return ok;
}
