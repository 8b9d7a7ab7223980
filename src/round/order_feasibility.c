/* What an order would say, before it is given: the same rules as order_round, with what-ifs. */
#include "round/order.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "ledger/reader.h"

#include <stddef.h>

struct feasibility_query {
    int64_t area, roll, starts_ms, deadline_ms, pool_size, household_tubes, key_single;
    int64_t extra_tubes_per_hour, extra_samplers;
};
static const struct field fields[] = {
    FIELD(feasibility_query, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(feasibility_query, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    {.name = "starts",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .offset = offsetof(struct feasibility_query, starts_ms),
     .zh = "开始",
     .en = "starts"},
    {.name = "deadline",
     .type = FIELD_TIME,
     .offset = offsetof(struct feasibility_query, deadline_ms),
     .zh = "截止（不填则按方案）",
     .en = "deadline; the plan's when not given"},
    FIELD(feasibility_query, pool_size, INT, 0, "混采人数（不填则按方案）",
          "persons in a tube; the plan's when not given", .min = 1, .max = ORDER_POOL_MAX),
    FIELD(feasibility_query, household_tubes, BOOL, 0, "封控户一户一管",
          "one tube for each sealed home"),
    FIELD(feasibility_query, key_single, BOOL, 0, "重点人群单采单检", "key people singly"),
    FIELD(feasibility_query, extra_tubes_per_hour, INT, 0, "假设每小时增加管数",
          "supposed: more tubes an hour", .min = 0, .max = 10000000),
    FIELD(feasibility_query, extra_samplers, INT, 0, "假设增加采样员", "supposed: more samplers",
          .min = 0, .max = 10000000),
};
const struct record order_feasibility_record = {"feasibility_query",
                                                sizeof(struct feasibility_query), fields,
                                                sizeof fields / sizeof fields[0]};

enum { POOL_SIZES_MAX = 8 };

struct books {
    struct order_need need;
    struct order_means means;
    int64_t pool_sizes[POOL_SIZES_MAX];
    int64_t starts_ms, deadline_ms;
};

static int64_t zero_if_none(int64_t value)
{
    return value == BH_NONE ? 0 : value;
}

/* The roll and its communities, as the order would find them. */
static bool read_need(struct reader *reader, const struct feasibility_query *p,
                      const struct scope *unit, struct books *books, struct bh_err *err)
{
    struct roll_facts roll;
    struct roll_community *communities =
        bh_arena_get(reader->arena, ORDER_AREAS_MAX * sizeof *communities);
    size_t count = 0;
    if (!roll_read(reader->db, p->roll, &roll, err))
        return false;
    if (!scope_holds(reader->scope, roll.area))
        return bh_fail_field(err, BH_MISSING, "roll", "没有名册 %lld", "there is no roll %lld",
                             (long long)p->roll);
    if (!roll_communities(reader->db, p->roll, p->starts_ms, communities, ORDER_AREAS_MAX, &count,
                          err))
        return false;
    order_need_of(communities, count < ORDER_AREAS_MAX ? count : ORDER_AREAS_MAX, unit,
                  &books->need);
    return books->need.due > 0 || bh_fail_field(err, BH_CONFLICT, "roll", "名册在该地区还没有住户",
                                                "the roll lists nobody in this area");
}

static bool read_books(struct reader *reader, const struct feasibility_query *p,
                       struct books *books, struct bh_err *err)
{
    const struct areas *areas = reader->ledger->areas;
    const struct plan *plan = plans_for(reader->ledger->plans, p->area, p->starts_ms);
    const struct unit *unit = areas_lowest(areas, p->area, reader->now_ms);
    struct order_capacity *capacities =
        bh_arena_get(reader->arena, ORDER_CAPACITIES_MAX * sizeof *capacities);
    struct order_beside *beside = bh_arena_get(reader->arena, ORDER_BESIDE_MAX * sizeof *beside);
    struct scope scope;
    size_t count = 0, beside_count = 0;
    if (!reader_scope(reader, p->area, &scope, err) ||
        !order_beside_read(reader->db, beside, &beside_count, err))
        return false;
    if (!unit || !scope_covers(reader->scope, &unit->scope))
        return bh_fail_field(err, BH_MISSING, "area", "没有这个地区", "no such area");
    if (!read_need(reader, p, &unit->scope, books, err) ||
        !order_capacities(reader->db, p->starts_ms, capacities, &count, err))
        return false;
    order_means_in(plan, &unit->scope, capacities, count, books->pool_sizes, &books->means);
    books->means.tubes_per_hour += zero_if_none(p->extra_tubes_per_hour);
    books->means.samplers += zero_if_none(p->extra_samplers);
    books->starts_ms = p->starts_ms;
    books->deadline_ms = p->deadline_ms;
    books->need.pool_size = p->pool_size;
    books->need.household_tubes = p->household_tubes == 1;
    books->need.key_single = p->key_single == 1;
    if (!order_terms(plan, &books->means, books->need.due, p->starts_ms, &books->deadline_ms,
                     &books->need.pool_size, err))
        return false;
    order_beside_add(areas, &unit->scope, beside, beside_count, capacities, count, p->starts_ms,
                     books->deadline_ms, &books->means);
    return true;
}

static json_t *shortages_json(const struct reader *reader, const struct books *books,
                              bool *ret_fits)
{
    struct order_shortage list[ORDER_SHORTAGES];
    json_t *all = json_array();
    int count =
        order_shortages(&books->need, &books->means, books->starts_ms, books->deadline_ms, list);
    for (int i = 0; i < count; i++) {
        json_t *one = json_object();
        (void)json_object_set_new(one, "kind", json_string(shortage_kinds[list[i].kind].name));
        (void)json_object_set_new(one, "needed", json_integer(list[i].needed));
        (void)json_object_set_new(one, "available", json_integer(list[i].available));
        (void)json_object_set_new(one, "finish", order_time_json(reader, list[i].finish_ms));
        (void)json_object_set_new(one, "pool_advised", order_int_json(list[i].pool_advised));
        (void)json_array_append_new(all, one);
    }
    *ret_fits = count == 0;
    return all;
}

/* What each pool size of the plan would take. */
static json_t *pools_json(const struct reader *reader, const struct books *books)
{
    json_t *all = json_array();
    for (size_t i = 0; i < books->means.pool_size_count; i++) {
        struct order_need other = books->need;
        other.pool_size = books->means.pool_sizes[i];
        int64_t tubes = order_tubes(&other),
                by_ms = order_tested_ms(&books->means, books->starts_ms, tubes);
        json_t *one = json_object();
        (void)json_object_set_new(one, "pool_size", json_integer(other.pool_size));
        (void)json_object_set_new(one, "tubes", json_integer(tubes));
        (void)json_object_set_new(one, "tested", order_time_json(reader, by_ms));
        (void)json_object_set_new(one, "fits",
                                  json_boolean(by_ms != BH_NONE && by_ms <= books->deadline_ms));
        (void)json_array_append_new(all, one);
    }
    return all;
}

/* Tubes the laboratories can take from the first delivery to the deadline. */
static int64_t tubes_by_deadline(const struct books *books)
{
    int64_t time_ms = books->deadline_ms - books->starts_ms - books->means.lead_ms;
    return time_ms > 0 ? books->means.tubes_per_hour * (time_ms / BH_MINUTE_MS) /
                             (BH_HOUR_MS / BH_MINUTE_MS)
                       : 0;
}

static void numbers_json(const struct books *books, json_t *one)
{
    const struct order_need *need = &books->need;
    const struct order_means *means = &books->means;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"due", need->due},
        {"exempt", need->exempt},
        {"key_people", need->key_people},
        {"sealed_homes", need->sealed_homes},
        {"sealed_people", need->sealed_people},
        {"pool_size", need->pool_size},
        {"tubes", order_tubes(need)},
        {"tubes_per_hour", means->tubes_per_hour},
        {"tubes_by_deadline", tubes_by_deadline(books)},
        {"rounds_beside", means->rounds_beside},
        {"tubes_beside", means->tubes_beside},
        {"people_beside", means->people_beside},
        {"samplers", means->samplers},
        {"samplers_needed", order_samplers(need, means)},
        {"people_per_sampler", means->people_per_sampler},
        {"tube_stock", means->tube_stock > 0 ? means->tube_stock : BH_NONE},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)json_object_set_new(one, numbers[i].name, order_int_json(numbers[i].value));
}

bool order_feasibility_run(struct reader *reader, const void *params, json_t **ret,
                           struct bh_err *err)
{
    const struct feasibility_query *p = params;
    struct books books = {0};
    bool fits = false;
    if (!read_books(reader, p, &books, err))
        return false;
    json_t *one = json_object();
    int64_t tested_ms = order_tested_ms(&books.means, books.starts_ms, order_tubes(&books.need)),
            sampled_ms =
                order_sampled_ms(&books.need, &books.means, books.starts_ms, books.deadline_ms);
    bool ruled = books.means.people_per_sampler > 0;
    (void)json_object_set_new(one, "area", json_integer(p->area));
    (void)json_object_set_new(one, "roll", json_integer(p->roll));
    numbers_json(&books, one);
    (void)json_object_set_new(one, "starts", order_time_json(reader, books.starts_ms));
    (void)json_object_set_new(one, "deadline", order_time_json(reader, books.deadline_ms));
    (void)json_object_set_new(one, "sampled_by", order_time_json(reader, sampled_ms));
    (void)json_object_set_new(one, "tested_by", order_time_json(reader, tested_ms));
    (void)json_object_set_new(
        one, "finish",
        order_time_json(reader, ruled ? order_later(sampled_ms, tested_ms) : tested_ms));
    (void)json_object_set_new(one, "shortages", shortages_json(reader, &books, &fits));
    (void)json_object_set_new(one, "fits", json_boolean(fits));
    (void)json_object_set_new(one, "pools", pools_json(reader, &books));
    *ret = one;
    return true;
}
