#include "round/sample.h"

#include "ledger/log.h"
#include "round/order_facts.h"
#include "round/round_facts.h"

/* id: ordinal of the round and slot in one integer (sample_id), so that a tube taken door by door touches one page.
 * Everything else about the person's swab is in the tube's fact. */
const struct derived_table sample_tables[] = {
    {"sample", "CREATE TABLE sample (id INTEGER PRIMARY KEY, tube BIGINT NOT NULL)", NULL},
    {NULL, NULL, NULL},
};

bool sample_tube_fact(struct db *db, int64_t tube, struct bh_arena *arena, struct tube_sampled *ret,
                      struct bh_err *err)
{
    return log_fact(db, sample_events, SAMPLE_TUBE_SAMPLED, tube, arena, ret, err);
}

/* Ten in one statement where there are ten, as in most tubes: of the time that single ones take this leaves four fifths.
 * OR FAIL spares SQLite a journal of the statement; whatever fails here undoes the whole transaction. */
static bool insert_samples(struct db *db, const struct tube_sampled *f, int64_t tube,
                           struct bh_err *err)
{
    enum { TEN = 10 };
    const struct sampled_person *one = f->people.items, *end = one + f->people.count;
    int64_t id[TEN];
    for (; end - one >= TEN; one += TEN) {
        for (int i = 0; i < TEN; i++)
            id[i] = sample_id(f->ordinal, one[i].slot);
        if (!db_run(db, err,
                    "INSERT OR FAIL INTO sample (id, tube) VALUES (?, ?), (?, ?), (?, ?),"
                    " (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?)",
                    "iiiiiiiiiiiiiiiiiiii", id[0], tube, id[1], tube, id[2], tube, id[3], tube,
                    id[4], tube, id[5], tube, id[6], tube, id[7], tube, id[8], tube, id[9], tube))
            return false;
    }
    for (; one < end; one++)
        if (!db_run(db, err, "INSERT INTO sample (id, tube) VALUES (?, ?)", "ii",
                    sample_id(f->ordinal, one->slot), tube))
            return false;
    return true;
}

static bool apply_sampled(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct tube_sampled *f = event->fields;
    return db_run(
               db, err,
               "INSERT INTO tube (tube, code, kind, area, institution, method, size, collected_ms,"
               " known_ms, held_left, round, site) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
               "isiiiIiiiii", event->seq, f->code, f->kind, event->area, f->institution, f->method,
               (int64_t)f->people.count, event->occurred_ms, event->recorded_ms, f->round,
               f->site) &&
           insert_samples(db, f, event->seq, err);
}

/* A tube in which nobody is left is waited for by no box and no laboratory. */
static bool give_up_empty(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct sample_undone *f = event->fields;
    struct tube_facts tube;
    if (!round_tube(db, f->tube, &tube, err))
        return false;
    return tube.size > 0 ||
           (order_count_tubes(db, tube.round, STAGE_SAMPLED, tube.collected_ms, -1, err) &&
            order_count_boxed(db, tube.site, 1, err) &&
            db_run(db, err, "UPDATE tube SET sent_back_ms = ? WHERE tube = ?", "ii",
                   event->occurred_ms, f->tube));
}

static bool apply_undone(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct sample_undone *f = event->fields;
    return db_run(db, err, "DELETE FROM sample WHERE id = ? AND tube = ?", "ii",
                  sample_id(f->ordinal, f->slot), f->tube) &&
           db_run(db, err, "UPDATE tube SET size = size - 1 WHERE tube = ?", "i", f->tube) &&
           give_up_empty(db, event, err);
}

bool sample_take_back(struct db *db, int64_t round, int64_t ordinal, int64_t tube,
                      const struct bh_list *people, const struct bh_list *areas, struct bh_err *err)
{
    const struct sampled_person *person = people->items;
    const struct sampled_area *area = areas->items;
    for (size_t i = 0; i < people->count; i++)
        if (!db_run(db, err, "DELETE FROM sample WHERE id = ? AND tube = ?", "ii",
                    sample_id(ordinal, person[i].slot), tube))
            return false;
    for (size_t i = 0; i < areas->count; i++)
        if (!db_run(db, err,
                    "UPDATE round_count SET sampled = sampled - ?, exempt = exempt + ?"
                    " WHERE round = ? AND area = ?",
                    "iiii", area[i].count, area[i].away == BH_NONE ? 0 : area[i].away, round,
                    area[i].area))
            return false;
    return true;
}

bool sample_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case SAMPLE_TUBE_SAMPLED: return apply_sampled(db, event, err);
    case SAMPLE_UNDONE: return apply_undone(db, event, err);
    default: return true;
    }
}
