#ifndef BH_LEDGER_ANSWER_H
#define BH_LEDGER_ANSWER_H
/*
 * Inside the kernel only: the JSON that a command is answered with,
 * {"seq":first,"<what it created>":number,"person":number,"position":last,"events":[{"seq":..,"kind":".."}]}.
 * It is made of the command's own events alone, in order, so that a repeat gets the same bytes, also after a restart.
 */
#include "ledger/event.h"

enum { ANSWER_EVENTS_MAX = 100, ANSWER_NAMES_MAX = 32 };

struct answer {
    struct bh_buf head, events;
    const char *name[ANSWER_NAMES_MAX]; /* of what was created, so far */
    int name_count, event_count;
};

void answer_begin(struct answer *answer, int64_t first);
/* Transitions of duties are left out: what they are is told by the queries about duties. */
void answer_event(struct answer *answer, const struct event *event);
/* Releases the answer; the text lives in the arena. */
char *answer_end(struct answer *answer, int64_t last, struct bh_arena *arena);

#endif
