/* Lists of doors, one for each community with people missing while a round is mopping up: what opens and ends them. */
#include "round/lab_events.h"
#include "round/order.h"
#include "round/sample_events.h"

#include <stddef.h>

/* Is one already on its way? `round` lies at this offset of the kind's fields. area 0 = anywhere. */
static bool waits(const struct decision *d, int kind, size_t offset, int64_t round, int64_t area)
{
    const char *fields = NULL;
    size_t at = 0;
    struct event_head head;
    while ((fields = decision_waiting(d, kind, &at, &head)) != NULL)
        if (*(const int64_t *)(const void *)(fields + offset) == round &&
            (area == 0 || area == head.area))
            return true;
    return false;
}

static bool list_waits(const struct decision *d, int64_t round, int64_t area)
{
    return waits(d, ORDER_COMMUNITY_MISSED, offsetof(struct community_missed, round), round, area);
}

static void emit_list(struct decision *d, int64_t round, int64_t area, int64_t missing)
{
    struct community_missed fact = {.round = round, .missed = missing};
    struct event_head head = {.area = area};
    decision_emit(d, ORDER_COMMUNITY_MISSED, &head, &fact);
}

void order_complete(struct decision *d, int64_t round, int64_t area, int64_t list, int64_t made_ms)
{
    struct community_complete done = {list, round};
    int64_t at_ms = decision_occurred(d);
    struct event_head head = {.area = area, .occurred_ms = at_ms > made_ms ? at_ms : made_ms};
    decision_emit(d, ORDER_COMMUNITY_COMPLETE, &head, &done);
}

/* Who is missing in one community has changed: its list opens, or ends. */
static bool keep_list(struct decision *d, struct db *db, int64_t round, int64_t area,
                      struct bh_err *err)
{
    struct rows rows;
    int64_t missing = 0, list = BH_NONE, made_ms = 0;
    bool mopping = false;
    db_rows(db, &rows,
            "SELECT c.due - c.exempt - c.sampled, c.list, e.occurred_ms FROM round_count c"
            " JOIN round r ON r.round = c.round LEFT JOIN event e ON e.seq = c.list"
            " WHERE c.round = ? AND c.area = ? AND r.state = ?",
            "iii", round, area, (int64_t)ROUND_MOP_UP);
    if (db_next(&rows)) {
        mopping = true;
        missing = row_int(&rows, 0);
        list = row_int(&rows, 1);
        made_ms = row_int(&rows, 2);
    }
    if (!db_end(&rows, err))
        return false;
    if (mopping && missing > 0 && list == BH_NONE && !list_waits(d, round, area))
        emit_list(d, round, area, missing);
    if (mopping && missing <= 0 && list != BH_NONE)
        order_complete(d, round, area, list, made_ms);
    return true;
}

/* Somebody is owed a sample again: where sampling had ended, mopping up begins once more. */
static bool owe_again(struct decision *d, struct db *db, int64_t round,
                      const struct sampled_area *areas, size_t count, struct bh_err *err)
{
    struct round_facts facts;
    if (!order_round(db, round, &facts, err))
        return false;
    struct round_moved_on back = {round, ROUND_MOP_UP, BH_NONE, {NULL, 0}};
    struct event_head head = {.area = facts.area};
    if (facts.state == ROUND_SAMPLED_CLOSED &&
        !waits(d, ORDER_ROUND_MOVED_ON, offsetof(struct round_moved_on, round), round, 0))
        decision_emit(d, ORDER_ROUND_MOVED_ON, &head, &back);
    for (size_t i = 0; i < count; i++)
        if (!keep_list(d, db, round, areas[i].area, err))
            return false;
    return true;
}

/* Lists of one transaction: each is two facts, the list and its duty, about 20 ms together. */
enum { LISTS_STEP = 300 };

/* A pass over the communities of a round after one of them. next: where to go on, BH_NONE = through. */
struct pass {
    int64_t round, moved, to, after, next;
};

static bool open_some(struct decision *d, struct db *db, struct pass *pass, struct bh_err *err)
{
    struct rows rows;
    bool some_wait = list_waits(d, pass->round, 0);
    int64_t area = BH_NONE;
    int count = 0;
    db_rows(db, &rows,
            "SELECT area, due - exempt - sampled FROM round_count WHERE round = ? AND area > ?"
            " AND list IS NULL AND due - exempt - sampled > 0 ORDER BY area",
            "ii", pass->round, pass->after);
    while (count < LISTS_STEP && db_next(&rows)) {
        area = row_int(&rows, 0);
        count++;
        if (!(some_wait && list_waits(d, pass->round, area)))
            emit_list(d, pass->round, area, row_int(&rows, 1));
    }
    pass->next = count == LISTS_STEP ? area : BH_NONE;
    return db_end(&rows, err);
}

static bool release_some(struct decision *d, struct db *db, struct pass *pass, struct bh_err *err)
{
    struct rows rows;
    struct event_head head = {.area = 0};
    int count = 0;
    db_rows(db, &rows,
            "SELECT area, list, due - exempt - sampled FROM round_count WHERE round = ?"
            " AND area > ? AND list IS NOT NULL ORDER BY area",
            "ii", pass->round, pass->after);
    while (count < LISTS_STEP && db_next(&rows)) {
        head.area = row_int(&rows, 0);
        struct community_released fact = {row_int(&rows, 1), pass->round, row_int(&rows, 2)};
        decision_emit(d, ORDER_COMMUNITY_RELEASED, &head, &fact);
        count++;
    }
    pass->next = count == LISTS_STEP ? head.area : BH_NONE;
    return db_end(&rows, err);
}

static bool lists_step(struct decision *d, struct db *db, struct pass *pass, struct bh_err *err)
{
    if (pass->to != ROUND_MOP_UP && pass->to != ROUND_SAMPLED_CLOSED)
        return true;
    if (!(pass->to == ROUND_MOP_UP ? open_some(d, db, pass, err) : release_some(d, db, pass, err)))
        return false;
    struct lists_advanced fact = {pass->round, pass->moved, pass->to, pass->next};
    if (pass->next != BH_NONE || pass->after > 0)
        decision_emit(d, ORDER_LISTS_ADVANCED, NULL, &fact);
    return true;
}

bool order_lists_moved(struct decision *d, struct db *db, const struct event *event,
                       struct bh_err *err)
{
    const struct round_moved_on *f = event->fields;
    struct pass pass = {.round = f->round, .moved = event->seq, .to = f->to};
    return lists_step(d, db, &pass, err);
}

bool order_lists_go_on(struct decision *d, struct db *db, bool *ret_any, struct bh_err *err)
{
    struct rows rows;
    struct pass pass = {0};
    struct event moved = {0}; /* it is what they follow from, however much later */
    db_rows(db, &rows,
            "SELECT p.round, p.to_state, p.after, e.seq, e.occurred_ms, e.area"
            " FROM round_lists_pass p JOIN event e ON e.seq = p.moved ORDER BY p.round LIMIT 1",
            "");
    if (db_next(&rows)) {
        moved = (struct event){
            .seq = row_int(&rows, 3), .occurred_ms = row_int(&rows, 4), .area = row_int(&rows, 5)};
        pass = (struct pass){.round = row_int(&rows, 0),
                             .moved = moved.seq,
                             .to = row_int(&rows, 1),
                             .after = row_int(&rows, 2)};
    }
    *ret_any = pass.after > 0;
    if (!db_end(&rows, err))
        return false;
    if (!*ret_any)
        return true;
    decision_because(d, &moved);
    bool ok = lists_step(d, db, &pass, err);
    decision_because(d, NULL);
    return ok;
}

bool order_lists_exempted(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct resident_exempted *f = event->fields;
    return keep_list(d, db, f->round, event->area, err);
}

bool order_lists_joined(struct decision *d, struct db *db, const struct event *event,
                        struct bh_err *err)
{
    const struct community_joined *f = event->fields;
    return keep_list(d, db, f->round, event->area, err);
}

bool order_lists_undone(struct decision *d, struct db *db, const struct event *event,
                        struct bh_err *err)
{
    const struct sample_undone *f = event->fields;
    struct sampled_area home = {.area = f->home};
    return owe_again(d, db, f->round, &home, 1, err);
}

bool order_lists_rejected(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct tube_rejected *f = event->fields;
    return f->round == BH_NONE || f->people.count == 0 ||
           owe_again(d, db, f->round, f->areas.items, f->areas.count, err);
}

bool order_lists_changed(struct decision *d, struct db *db, const struct event *event,
                         struct bh_err *err)
{
    const struct resident_changed *f = event->fields;
    struct order_open_rounds open;
    if (!order_open_rounds(db, f->roll, &open, err))
        return false;
    for (int i = 0; i < open.count; i++)
        if (!keep_list(d, db, open.at[i].round, event->area, err))
            return false;
    return true;
}

/* Of a round over part of a roll, only the decision knows which new communities lie in its unit. */
bool order_lists_listed(struct decision *d, struct db *db, const struct event *event,
                        struct bh_err *err)
{
    const struct residents_listed *f = event->fields;
    struct order_open_rounds open;
    if (f->count == 0)
        return true;
    if (!order_open_rounds(db, f->roll, &open, err))
        return false;
    for (int i = 0; i < open.count; i++) {
        const struct scope *unit = decision_unit(d, open.at[i].area);
        struct community_joined fact = {open.at[i].round, f->count};
        int64_t one = 0;
        bool covered = false;
        if (!db_int(db, err, &one, &covered,
                    "SELECT 1 FROM round_count WHERE round = ? AND area = ?", "ii",
                    open.at[i].round, event->area))
            return false;
        if (!covered && unit && scope_holds(unit, event->area))
            decision_emit(d, ORDER_COMMUNITY_JOINED, NULL, &fact);
        if (covered && !keep_list(d, db, open.at[i].round, event->area, err))
            return false;
    }
    return true;
}
