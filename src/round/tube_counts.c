/* What a step of one tube changes elsewhere: counters of its round, its laboratory, its box. While applying. */
#include "round/box_facts.h"
#include "round/lab.h"
#include "round/order_facts.h"
#include "round/round.h"

bool tube_count_received(struct db *db, const struct tube_facts *tube, int64_t at_ms, int64_t by,
                         struct bh_err *err)
{
    struct lab_counts counts = {.received = by};
    return lab_count(db, tube->received_by, at_ms, &counts, err) &&
           (tube->round == BH_NONE ||
            (order_count_tubes(db, tube->round, STAGE_DELIVERED, at_ms, by, err) &&
             order_count_tubes(db, tube->round, STAGE_RECEIVED, at_ms, by, err)));
}

bool tube_count_tested(struct db *db, const struct tube_facts *tube, int64_t at_ms, int64_t by,
                       struct bh_err *err)
{
    struct lab_counts counts = {.tested = by};
    return lab_count(db, tube->received_by, at_ms, &counts, err) &&
           (tube->round == BH_NONE ||
            order_count_tubes(db, tube->round, STAGE_TESTED, at_ms, by, err));
}

static bool count_reported(struct db *db, const struct tube_facts *tube, int64_t verdict,
                           int64_t at_ms, int64_t by, struct bh_err *err)
{
    bool pool = tube->kind == TUBE_POOLED;
    bool positive = verdict == VERDICT_POSITIVE || (pool && verdict == VERDICT_GREY);
    struct lab_counts counts = {
        .reported = by, .pools = pool ? by : 0, .pools_positive = pool && positive ? by : 0};
    if (!lab_count(db, tube->received_by, at_ms, &counts, err) ||
        (tube->box != BH_NONE && !box_count_answered(db, tube->box, by, err)))
        return false;
    if (tube->round == BH_NONE)
        return true;
    return order_count_tubes(db, tube->round, STAGE_REPORTED, at_ms, by, err) &&
           (pool || !positive || order_count_pools(db, tube->round, 0, 0, by, err));
}

/* A tube with a plate was counted as tested when the plate was read. */
bool tube_answer(struct db *db, int64_t tube, int64_t verdict, int64_t at_ms, int64_t seq,
                 struct bh_err *err)
{
    struct tube_facts was;
    if (!round_tube(db, tube, &was, err))
        return false;
    bool decides = tube_decides(was.kind, verdict);
    if (decides && !tube_decides(was.kind, was.verdict)) {
        if ((was.plate == BH_NONE && !tube_count_tested(db, &was, at_ms, 1, err)) ||
            !count_reported(db, &was, verdict, at_ms, 1, err) ||
            !lab_turnaround(db, &was, at_ms, err))
            return false;
    }
    return db_run(db, err,
                  "UPDATE tube SET verdict = ?, resulted_ms = ?, result_seq = ?, plate = ?"
                  " WHERE tube = ?",
                  "iiiIi", verdict, at_ms, seq, decides ? was.plate : BH_NONE, tube);
}

static bool tested_ms(struct db *db, const struct tube_facts *tube, int64_t *ret,
                      struct bh_err *err)
{
    bool found = false;
    *ret = tube->resulted_ms;
    return tube->plate == BH_NONE ||
           db_int(db, err, ret, &found, "SELECT read_ms FROM plate WHERE plate = ?", "i",
                  tube->plate);
}

bool tube_unanswer(struct db *db, int64_t tube, struct bh_err *err)
{
    struct tube_facts was;
    int64_t at_ms = 0;
    if (!round_tube(db, tube, &was, err) || !tested_ms(db, &was, &at_ms, err))
        return false;
    /* A run that decided nothing left the tube free for another plate, where it may lie now. */
    bool decided = tube_decides(was.kind, was.verdict);
    if (decided && (!tube_count_tested(db, &was, at_ms, -1, err) ||
                    !count_reported(db, &was, was.verdict, was.resulted_ms, -1, err)))
        return false;
    return db_run(db, err,
                  "UPDATE tube SET verdict = NULL, resulted_ms = NULL, result_seq = NULL,"
                  " plate = ? WHERE tube = ?",
                  "Ii", decided ? BH_NONE : was.plate, tube);
}

bool tube_answer_moved(struct db *db, int64_t tube, int64_t at_ms, struct bh_err *err)
{
    struct tube_facts was;
    if (!round_tube(db, tube, &was, err))
        return false;
    if (tube_decides(was.kind, was.verdict) &&
        ((was.plate == BH_NONE && (!tube_count_tested(db, &was, was.resulted_ms, -1, err) ||
                                   !tube_count_tested(db, &was, at_ms, 1, err))) ||
         !count_reported(db, &was, was.verdict, was.resulted_ms, -1, err) ||
         !count_reported(db, &was, was.verdict, at_ms, 1, err)))
        return false;
    return db_run(db, err, "UPDATE tube SET resulted_ms = ? WHERE tube = ?", "ii", at_ms, tube);
}

bool tube_count_rejected(struct db *db, const struct tube_facts *tube, int64_t at_ms,
                         struct bh_err *err)
{
    struct lab_counts counts = {.rejected = 1};
    struct box_facts box;
    bool received = tube->received_ms != BH_NONE, boxed = tube->box != BH_NONE;
    if (received && !lab_count(db, tube->received_by, at_ms, &counts, err))
        return false;
    if (tube->round == BH_NONE)
        return true;
    if (!order_count_tubes(db, tube->round, STAGE_SAMPLED, tube->collected_ms, -1, err) ||
        (!boxed && !order_count_boxed(db, tube->site, 1, err)))
        return false;
    if (boxed &&
        (!box_read(db, tube->box, &box, err) || !box_count_answered(db, tube->box, 1, err) ||
         !order_count_tubes(db, tube->round, STAGE_SEALED, box.sealed_ms, -1, err)))
        return false;
    return !received ||
           (order_count_tubes(db, tube->round, STAGE_DELIVERED, tube->received_ms, -1, err) &&
            order_count_tubes(db, tube->round, STAGE_RECEIVED, tube->received_ms, -1, err));
}
