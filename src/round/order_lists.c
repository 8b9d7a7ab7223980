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
    int64_t where = 0;
    while ((fields = decision_waiting(d, kind, &at, &where)) != NULL)
        if (*(const int64_t *)(const void *)(fields + offset) == round &&
            (area == 0 || area == where))
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

static bool open_all(struct decision *d, struct db *db, int64_t round, struct bh_err *err)
{
    struct order_missing *missing =
        bh_arena_get(decision_arena(d), ORDER_AREAS_MAX * sizeof *missing);
    bool some_wait = list_waits(d, round, 0);
    size_t count = 0;
    if (!order_missing_in(db, round, missing, ORDER_AREAS_MAX, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (missing[i].list == BH_NONE && !(some_wait && list_waits(d, round, missing[i].area)))
            emit_list(d, round, missing[i].area, missing[i].missing);
    return true;
}

static bool release_all(struct decision *d, struct db *db, int64_t round, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT area, list, due - exempt - sampled FROM round_count WHERE round = ?"
            " AND list IS NOT NULL ORDER BY area",
            "i", round);
    while (db_next(&rows)) {
        struct event_head head = {.area = row_int(&rows, 0)};
        struct community_released fact = {row_int(&rows, 1), round, row_int(&rows, 2)};
        decision_emit(d, ORDER_COMMUNITY_RELEASED, &head, &fact);
    }
    return db_end(&rows, err);
}

bool order_lists_moved(struct decision *d, struct db *db, const struct event *event,
                       struct bh_err *err)
{
    const struct round_moved_on *f = event->fields;
    if (f->to == ROUND_MOP_UP)
        return open_all(d, db, f->round, err);
    return f->to != ROUND_SAMPLED_CLOSED || release_all(d, db, f->round, err);
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
