/* Laboratories and samplers are promised once: what other rounds that run at the same time still need of them. */
#include "round/order.h"

#include "ledger/area.h"

bool order_beside_read(struct db *db, struct order_beside *ret, size_t *ret_count,
                       struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(db, &rows,
            "SELECT r.area, r.starts_ms, r.deadline_ms, CASE WHEN r.state < ?"
            " THEN max(r.tubes_expected, t.tubes) ELSE t.tubes END - t.reported,"
            " CASE WHEN r.state < ? THEN (SELECT SUM(c.due - c.exempt - c.sampled) FROM"
            " round_count c WHERE c.round = r.round) ELSE 0 END"
            " FROM round r JOIN round_total t ON t.round = r.round WHERE r.state < ?"
            " ORDER BY r.round",
            "iii", (int64_t)ROUND_SAMPLED_CLOSED, (int64_t)ROUND_SAMPLED_CLOSED,
            (int64_t)ROUND_CLOSED);
    while (count < ORDER_BESIDE_MAX && db_next(&rows))
        ret[count++] =
            (struct order_beside){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                  row_int(&rows, 3), row_int(&rows, 4)};
    *ret_count = count;
    return db_end(&rows, err);
}

struct told {
    int64_t tubes_per_hour, samplers;
};

static struct told told_in(const struct order_capacity *capacities, size_t count,
                           const struct scope *scope)
{
    struct told told = {0, 0};
    for (size_t i = 0; i < count; i++)
        if (scope_holds(scope, capacities[i].area)) {
            told.tubes_per_hour += capacities[i].tubes_per_hour;
            told.samplers += capacities[i].samplers;
        }
    return told;
}

/* Of so much, the part that falls on what lies in both; all of it when the other round lies inside and told nothing. */
static int64_t share(int64_t all, int64_t common, int64_t there, bool inside)
{
    if (all <= 0)
        return 0;
    if (there <= 0)
        return inside ? all : 0;
    return all / there * common + all % there * common / there;
}

void order_beside_add(const struct areas *areas, const struct scope *scope,
                      const struct order_beside *others, size_t other_count,
                      const struct order_capacity *capacities, size_t capacity_count,
                      int64_t starts_ms, int64_t deadline_ms, struct order_means *means)
{
    for (size_t i = 0; i < other_count; i++) {
        const struct order_beside *other = &others[i];
        const struct unit *unit = areas_lowest(areas, other->area, starts_ms);
        struct scope both;
        if (!unit || other->starts_ms >= deadline_ms || other->deadline_ms <= starts_ms)
            continue;
        scope_meet(scope, &unit->scope, &both);
        if (!both.everything && both.count == 0)
            continue;
        struct told common = told_in(capacities, capacity_count, &both),
                    there = told_in(capacities, capacity_count, &unit->scope);
        bool inside = scope_covers(scope, &unit->scope);
        means->rounds_beside++;
        means->tubes_beside +=
            share(other->tubes, common.tubes_per_hour, there.tubes_per_hour, inside);
        means->people_beside += share(other->people, common.samplers, there.samplers, inside);
    }
}
