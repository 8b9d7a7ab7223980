#include "ledger/answer.h"

#include "base/limits.h"

#include <string.h>

enum { DUTY_FIRST = 20, DUTY_LAST = 32 };

void answer_begin(struct answer *answer, int64_t first)
{
    *answer = (struct answer){0};
    bh_buf_init(&answer->head, LIMIT_ARENA_REQUEST);
    bh_buf_init(&answer->events, LIMIT_ARENA_REQUEST);
    bh_buf_text(&answer->head, "{\"seq\":");
    bh_buf_int(&answer->head, first);
}

/* Names of fields and of kinds are plain letters: nothing in them is escaped. The first number of a name stands. */
static void put_name(struct answer *answer, const char *name, int64_t number)
{
    for (int i = 0; i < answer->name_count; i++)
        if (strcmp(answer->name[i], name) == 0)
            return;
    if (answer->name_count == ANSWER_NAMES_MAX)
        return;
    answer->name[answer->name_count++] = name;
    bh_buf_text(&answer->head, ",\"");
    bh_buf_text(&answer->head, name);
    bh_buf_text(&answer->head, "\":");
    bh_buf_int(&answer->head, number);
}

void answer_event(struct answer *answer, const struct event *event)
{
    const struct event_kind *kind = event->kind;
    if (kind->number >= DUTY_FIRST && kind->number <= DUTY_LAST)
        return;
    for (size_t i = 0; i < kind->record->field_count; i++)
        if (kind->record->fields[i].type == FIELD_SELF)
            put_name(answer, kind->record->fields[i].name, event->seq);
    if (event->person != 0)
        put_name(answer, "person", event->person);
    if (answer->event_count++ >= ANSWER_EVENTS_MAX)
        return;
    bh_buf_text(&answer->events, answer->event_count > 1 ? ",{\"seq\":" : "{\"seq\":");
    bh_buf_int(&answer->events, event->seq);
    bh_buf_text(&answer->events, ",\"kind\":\"");
    bh_buf_text(&answer->events, kind->name);
    bh_buf_text(&answer->events, "\"}");
}

char *answer_end(struct answer *answer, int64_t last, struct bh_arena *arena)
{
    bh_buf_text(&answer->head, ",\"position\":");
    bh_buf_int(&answer->head, last);
    bh_buf_text(&answer->head, ",\"events\":[");
    bh_buf_str(&answer->head, bh_buf_view(&answer->events));
    bh_buf_text(&answer->head, "]}");
    char *text = bh_arena_copy(arena, answer->head.at, answer->head.len);
    bh_buf_done(&answer->head);
    bh_buf_done(&answer->events);
    return text;
}
