#include "plan/exercise.h"

#include "base/embedded.h"
#include "base/time.h"
#include "ledger/area.h"
#include "ledger/intake.h"
#include "plan/exercise_bodies.h"

#include <string.h>

enum { BATCH = 400 };

/* What a command of the batch will have created, once it is recorded. */
struct waiting {
    struct submission submission;
    int64_t *first;    /* where its first event's number goes; NULL = not wanted */
    int64_t *positive; /* of a laboratory result: where the number of the positive goes */
    int64_t *about;    /* of a diagnosis: where the number of a first case goes */
};

struct player {
    struct ledger *ledger;
    struct made_world *made;
    struct exercise_ids ids;
    const struct jilin_schedule *schedule;
    struct bh_arena arena; /* of one batch */
    struct waiting *waiting;
    size_t count;
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

/* Records what has been gathered; the schedule is right, so any refusal ends the exercise. */
static bool flush(struct player *player, struct bh_err *err)
{
    struct submission *list[BATCH];
    for (size_t i = 0; i < player->count; i++)
        list[i] = &player->waiting[i].submission;
    if (player->count == 0)
        return true;
    if (!ledger_commit(player->ledger, list, player->count, err))
        return false;
    for (size_t i = 0; i < player->count; i++) {
        const struct waiting *waiting = &player->waiting[i];
        if (!waiting->submission.ok) {
            return bh_fail(err, waiting->submission.err.code, "命令 %s 被拒绝：%.200s",
                           "command %s was refused: %.200s", waiting->submission.command->name,
                           waiting->submission.err.en);
        }
        if (waiting->first)
            *waiting->first = waiting->submission.first;
        if (waiting->positive)
            *waiting->positive = number_in(waiting->submission.answer, "positive");
        if (waiting->about)
            *waiting->about = number_in(waiting->submission.answer, "about");
    }
    player->report.commands += (int64_t)player->count;
    player->count = 0;
    bh_arena_reset(&player->arena);
    return true;
}

static bool submit(struct player *player, int64_t at_ms, const struct exercise_body *body,
                   struct bh_err *err)
{
    const struct command *command =
        catalogue_command(player->ledger->catalogue, bh_str_of(body->command));
    struct intake intake;
    if (!command)
        return bh_fail(err, BH_MISSING, "没有命令 %s", "there is no command %s", body->command);
    struct waiting *waiting = &player->waiting[player->count];
    *waiting =
        (struct waiting){.first = body->first, .positive = body->positive, .about = body->about};
    player->made->wall_ms = at_ms;
    intake_init(&intake, player->ledger, &player->arena, at_ms);
    if (!intake_command(&intake, command, body->json, &waiting->submission, err))
        return false;
    intake_new_key(&intake, &waiting->submission);
    waiting->submission.clock_ms = at_ms;
    if (body->person) {
        const struct field *person = record_field(command->record, "person");
        *body->person = field_int(person, waiting->submission.body);
    }
    player->count++;
    return true;
}

/* One item: the bodies it needs, each built when what it refers to is known. */
static bool play_item(struct player *player, const struct jilin_item *item, struct bh_err *err)
{
    for (int step = 0;; step++) {
        struct exercise_body body = {0};
        enum exercise_next next = exercise_body_of(&player->ids, item, step, &body);
        if (next == EXERCISE_WAIT) { /* refers to something of the batch that is not recorded yet */
            if (player->count == 0)
                return bh_fail(err, BH_CORRUPT, "练习计划引用了不存在的对象",
                               "the schedule refers to what does not exist");
            if (!flush(player, err))
                return false;
            next = exercise_body_of(&player->ids, item, step, &body);
        }
        if (next != EXERCISE_BODY)
            return next == EXERCISE_DONE || bh_fail(err, BH_CORRUPT, "练习计划引用了不存在的对象",
                                                    "the schedule refers to what does not exist");
        bool ok = submit(player, item->at_ms, &body, err);
        json_decref(body.json);
        if (!ok || (player->count == BATCH && !flush(player, err)))
            return false;
    }
}

bool exercise_play(struct ledger *ledger, struct made_world *made,
                   const struct exercise_options *options, struct exercise_report *ret,
                   struct bh_err *err)
{
    struct jilin_schedule *schedule = make_schedule(ledger, options->seed, err);
    if (!schedule)
        return false;
    struct player player = {.ledger = ledger, .made = made, .schedule = schedule};
    bh_arena_init(&player.arena, LIMIT_ARENA_BATCH);
    player.waiting = bh_alloc(BATCH * sizeof *player.waiting);
    exercise_ids_init(&player.ids, schedule, ledger);
    bool ok = true;
    int64_t end_ms = EXERCISE_BEGIN_MS;
    for (size_t i = 0; ok && i < schedule->item_count; i++) {
        const struct jilin_item *item = &schedule->items[i];
        if (options->until_ms != BH_NONE && item->at_ms >= options->until_ms)
            break;
        ok = play_item(&player, item, err);
        end_ms = item->at_ms;
        if (options->progress && i % 1000 == 0)
            options->progress(options->self, (int64_t)i, (int64_t)schedule->item_count);
    }
    ok = ok && flush(&player, err);
    made->wall_ms = end_ms;
    player.report.persons = (int64_t)schedule->person_count;
    player.report.events = ledger->head.seq;
    exercise_ids_done(&player.ids);
    bh_free(player.waiting);
    bh_arena_done(&player.arena);
    jilin_schedule_free(schedule);
    *ret = player.report;
    return ok;
}
