/* Commands at their time, chance from the seed, and the line of what comes next. */
#include "base/time.h"
#include "ledger/intake.h"
#include "plan/city_round_private.h"
#include "plan/made.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH = 10000,  /* commands in one transaction */
    ROLL_WORTH = 20 /* a command that lists 500 people counts as so many */
};

void city_body(struct city *city, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bh_assert(len >= 0 && (size_t)len < sizeof text);
    bh_buf_add(&city->body, text, (size_t)len);
}

void city_at(const struct city *city, int64_t at_ms, char *out)
{
    bh_time_format(at_ms, city->ledger->zone_minutes, out);
}

static bool next_batch(struct city *city, const char *command, struct bh_err *err)
{
    city->in_batch += strcmp(command, "list_residents") == 0 ? ROLL_WORTH : 1;
    if (city->in_batch < BATCH)
        return true;
    city->in_batch = 0;
    return ledger_batch_commit(city->ledger, &city->batch, err) &&
           ledger_batch_begin(city->ledger, &city->batch, err);
}

bool city_try(struct city *city, int64_t at_ms, const char *command, int64_t *ret_first,
              bool *ret_ok, struct bh_err *err)
{
    struct submission *submission;
    struct intake intake;
    const struct command *known = catalogue_command(city->ledger->catalogue, bh_str_of(command));
    bh_assert(known);
    bh_arena_reset(&city->arena);
    city->answer = NULL;
    submission = bh_arena_get(&city->arena, sizeof *submission);
    city->made->wall_ms = at_ms;
    intake_init(&intake, city->ledger, &city->arena, at_ms);
    bool ok = intake_text(&intake, known, bh_buf_view(&city->body), submission, err);
    bh_buf_reset(&city->body);
    if (!ok)
        return false;
    intake_new_key(&intake, submission);
    submission->clock_ms = at_ms;
    if (!ledger_batch_run(city->ledger, &city->batch, submission)) {
        *err = submission->err;
        return false;
    }
    *ret_ok = submission->ok;
    if (submission->ok) {
        city->answer = submission->answer;
        if (ret_first)
            *ret_first = submission->first;
    } else {
        *err = submission->err;
    }
    city->report->commands++;
    return true;
}

bool city_do(struct city *city, int64_t at_ms, const char *command, int64_t *ret_first,
             struct bh_err *err)
{
    bool ok = false;
    if (!city_try(city, at_ms, command, ret_first, &ok, err))
        return false;
    if (!ok) {
        struct bh_err why = *err;
        return bh_fail(err, why.code, "命令 %s 被拒绝：%.200s%.0s",
                       "command %s was refused: %.0s%.200s", command, why.zh, why.en);
    }
    return next_batch(city, command, err);
}

/* The answer lies in the arena of the last command, also when its batch was committed since. */
int64_t city_fact(struct city *city, const char *kind)
{
    json_t *json = city->answer ? json_loads(city->answer, 0, NULL) : NULL, *event;
    int64_t found = 0;
    size_t i;
    json_array_foreach(json_object_get(json, "events"), i, event)
    {
        const char *is = json_string_value(json_object_get(event, "kind"));
        if (found == 0 && is && strcmp(is, kind) == 0)
            found = json_integer_value(json_object_get(event, "seq"));
    }
    json_decref(json);
    return found;
}

uint32_t city_draw(const struct city *city, uint32_t salt, uint64_t number, uint32_t count)
{
    uint64_t mixed = made_mix(city->seed ^ made_mix(((uint64_t)salt << 40) + number + 1));
    return (uint32_t)((mixed >> 32) * count >> 32);
}

void *city_room(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 256;
    return bh_realloc(list, *room * size);
}

void city_slots_add(struct city_slots *slots, uint32_t slot)
{
    slots->at = city_room(slots->at, slots->count, &slots->room, sizeof *slots->at);
    slots->at[slots->count++] = slot;
}

/* ---- the line ---- */

static bool before(const struct city_event *a, const struct city_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct city_event *a, struct city_event *b)
{
    struct city_event was = *a;
    *a = *b;
    *b = was;
}

void city_later(struct city *city, int64_t at_ms, enum city_event_type type, size_t index)
{
    city->queue = city_room(city->queue, city->queue_count, &city->queue_room, sizeof *city->queue);
    size_t at = city->queue_count++;
    city->queue[at] = (struct city_event){at_ms, city->queue_order++, type, (uint32_t)index};
    for (; at > 0 && before(&city->queue[at], &city->queue[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&city->queue[at], &city->queue[(at - 1) / 2]);
}

bool city_next(struct city *city, struct city_event *ret)
{
    if (city->queue_count == 0)
        return false;
    *ret = city->queue[0];
    city->queue[0] = city->queue[--city->queue_count];
    for (size_t at = 0;;) {
        size_t left = 2 * at + 1, least = at;
        if (left < city->queue_count && before(&city->queue[left], &city->queue[least]))
            least = left;
        if (left + 1 < city->queue_count && before(&city->queue[left + 1], &city->queue[least]))
            least = left + 1;
        if (least == at)
            return true;
        swap(&city->queue[at], &city->queue[least]);
        at = least;
    }
}
