/* Rounds done in an area, by which rule the next one is due, and whether testing may stop: for a unit and those below. */
#include "round/order.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "ledger/reader.h"
#include "report/report_facts.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct frequency_query {
    int64_t area;
};
static const struct field fields[] = {
    FIELD(frequency_query, area, AREA, FIELD_REQUIRED, "地区", "area"),
};
const struct record order_frequency_record = {"frequency_query", sizeof(struct frequency_query),
                                              fields, sizeof fields / sizeof fields[0]};

const struct column order_frequency_columns[] = {
    AREA_COLUMNS,
    {"rounds_done", COLUMN_INT, "已完成轮数", "rounds done"},
    {"clean_rounds", COLUMN_INT, "其中最近连续无社会面感染者轮数",
     "of them, the last ones in a row in which nobody was found outside isolation"},
    {"last_round", COLUMN_INT, "最近完成的轮次",
     "last round done; none where it is made up of parts"},
    {"last_started", COLUMN_TIME, "最近完成轮开始", "last round done: started"},
    {"last_finished", COLUMN_TIME, "最近完成轮结束", "last round done: finished"},
    {"under_way", COLUMN_INT, "进行中的轮次", "round under way"},
    {"last_found", COLUMN_TIME, "最近一名社会面感染者采样时间",
     "sample of the last person found outside isolation"},
    {"rule", COLUMN_TEXT, "适用规则", "rule that applies"},
    {"every_hours", COLUMN_INT, "间隔（小时）", "interval in hours"},
    {"next_due", COLUMN_TIME, "下一轮应开始", "next round due"},
    {"may_stop", COLUMN_TEXT, "可否停止", "whether testing may stop"},
    {"rounds_missing", COLUMN_INT, "距可停止还差轮数", "rounds missing until it may"},
    {"plan", COLUMN_TEXT, "依据的方案层", "layer of the plan"},
    {"source", COLUMN_TEXT, "来源", "source"},
    {"mark", COLUMN_TEXT, "核对标记", "mark"},
    {"words", COLUMN_TEXT, "说明", "in words, Chinese"},
    {"words_en", COLUMN_TEXT, "说明（英文）", "in words"},
    {NULL, COLUMN_INT, NULL, NULL},
};

enum { CHILDREN_MAX = 64, UNITS_MAX = CHILDREN_MAX + 1, WORDS = 400 };

struct known_round {
    const struct unit *unit;
    struct round_done done;
    bool closed;
};
struct rounds_known {
    struct known_round *at; /* ascending by start */
    size_t count, done;
};

/* What is asked of one unit. */
struct area_state {
    const struct unit *unit;
    const struct plan *plan;
    struct round_done *done;
    size_t count;
    int64_t under_way, under_way_ms, found_ms;
};

/* ---- rounds ---- */

static bool rounds_read(struct reader *reader, struct rounds_known *ret, struct bh_err *err)
{
    struct rows rows;
    int64_t count = 0;
    *ret = (struct rounds_known){0};
    if (!db_int(reader->db, err, &count, NULL, "SELECT COUNT(*) FROM round", ""))
        return false;
    ret->at = bh_arena_get(reader->arena, ((size_t)count + 1) * sizeof *ret->at);
    db_rows(reader->db, &rows,
            "SELECT r.round, r.area, r.starts_ms, r.closed_ms, t.tubes FROM round r"
            " JOIN round_total t ON t.round = r.round ORDER BY r.starts_ms, r.round",
            "");
    while (ret->count < (size_t)count && db_next(&rows)) {
        if (!row_null(&rows, 3) && row_int(&rows, 4) <= 0)
            continue; /* called off before anybody was sampled */
        struct known_round *one = &ret->at[ret->count++];
        one->done = (struct round_done){row_int(&rows, 0), row_int(&rows, 2), row_int(&rows, 3)};
        one->closed = !row_null(&rows, 3);
        one->unit = areas_lowest(reader->ledger->areas, row_int(&rows, 1), one->done.starts_ms);
        ret->done += one->closed;
    }
    return db_end(&rows, err);
}

static bool covers(const struct known_round *round, const struct unit *unit)
{
    return round->unit && unit && scope_covers(&round->unit->scope, &unit->scope);
}

static int by_start(const void *a, const void *b)
{
    const struct round_done *x = a, *y = b;
    if (x->starts_ms != y->starts_ms)
        return x->starts_ms < y->starts_ms ? -1 : 1;
    return x->round < y->round ? -1 : x->round > y->round;
}

static size_t rounds_in(struct reader *reader, const struct rounds_known *known,
                        const struct unit *unit, const struct unit *around, struct round_done *ret);

/* Rounds over parts of a unit make up one of it when each part had one: the last of each together, the one before of
 * each, and so on. Clean counts from the first start, done with the last end. */
static size_t rounds_of_parts(struct reader *reader, const struct rounds_known *known,
                              const struct unit *unit, struct round_done *ret)
{
    const struct unit *children[CHILDREN_MAX];
    size_t parts =
               areas_children(reader->ledger->areas, unit, reader->now_ms, children, CHILDREN_MAX),
           least = 0, bytes = (known->done + 1) * sizeof(struct round_done);
    struct round_done *part = bh_arena_get(reader->arena, bytes);
    bool any = false;
    for (size_t i = 0; i < parts && i < CHILDREN_MAX; i++) {
        if (children[i]->scope.count == 0)
            continue; /* nobody can be tested there: no place of it is known */
        size_t count = rounds_in(reader, known, children[i], unit, part);
        least = any && least < count ? least : count;
        for (size_t k = 0; k < least; k++) {
            struct round_done *one = &ret[k], last = part[count - 1 - k];
            *one = any ? (struct round_done){BH_NONE,
                                             one->starts_ms < last.starts_ms ? one->starts_ms
                                                                             : last.starts_ms,
                                             one->ended_ms > last.ended_ms ? one->ended_ms
                                                                           : last.ended_ms}
                       : (struct round_done){BH_NONE, last.starts_ms, last.ended_ms};
        }
        any = true;
    }
    return least;
}

/* Rounds done in the unit, but for those that cover all of the unit around it. At most known->done. */
static size_t rounds_in(struct reader *reader, const struct rounds_known *known,
                        const struct unit *unit, const struct unit *around, struct round_done *ret)
{
    size_t count = rounds_of_parts(reader, known, unit, ret);
    for (size_t i = 0; i < known->count && count < known->done; i++)
        if (known->at[i].closed && covers(&known->at[i], unit) && !covers(&known->at[i], around))
            ret[count++] = known->at[i].done;
    qsort(ret, count, sizeof *ret, by_start);
    return count;
}

static void state_of(struct reader *reader, const struct rounds_known *known,
                     const struct unit *unit, struct area_state *ret)
{
    *ret = (struct area_state){
        .unit = unit, .under_way = BH_NONE, .under_way_ms = BH_NONE, .found_ms = BH_NONE};
    ret->plan = plans_for(reader->ledger->plans, areas_unit_leaf(reader->ledger->areas, unit),
                          reader->now_ms);
    ret->done = bh_arena_get(reader->arena, (known->done + 1) * sizeof *ret->done);
    ret->count = rounds_in(reader, known, unit, NULL, ret->done);
    for (size_t i = 0; i < known->count; i++)
        if (!known->at[i].closed && covers(&known->at[i], unit)) {
            ret->under_way = known->at[i].done.round;
            ret->under_way_ms = known->at[i].done.starts_ms;
        }
}

/* ---- people found ---- */

/* Whether the plan counts this way of finding as outside isolation; not told counts, too. */
static bool outside(const struct plan *plan, int64_t found_in)
{
    const struct plan_param *ways = plan_param(plan, "outside_isolation_found_in");
    return found_in == BH_NONE || !ways || plan_lists(ways, found_in_choices[found_in].name);
}

static bool found_read(struct reader *reader, struct area_state *states, size_t count,
                       struct bh_err *err)
{
    struct rows rows;
    report_found(reader->db, &rows);
    while (db_next(&rows))
        for (size_t i = 0; i < count; i++) {
            struct area_state *one = &states[i];
            if (row_int(&rows, 1) > one->found_ms && row_int(&rows, 1) <= reader->now_ms &&
                scope_holds(&one->unit->scope, row_int(&rows, 0)) &&
                outside(one->plan, row_int(&rows, 2)))
                one->found_ms = row_int(&rows, 1);
        }
    return db_end(&rows, err);
}

/* ---- answering ---- */

static struct frequency_plan plan_values(const struct plan *plan)
{
    return (struct frequency_plan){
        .first_minimum = order_plan_value(plan, "round_first_minimum", BH_NONE),
        .every_hot_ms = order_plan_value(plan, "round_every_hot", BH_NONE),
        .every_recent_ms = order_plan_value(plan, "round_every_recent", BH_NONE),
        .every_other_ms = order_plan_value(plan, "round_every_other", BH_NONE),
        .hot_rounds = order_plan_value(plan, "round_hot_rounds", BH_NONE),
        .recent_days = order_plan_value(plan, "round_recent_days", BH_NONE),
        .stop_clean = order_plan_value(plan, "round_stop_clean_rounds", BH_NONE),
        .stop_gap_days = order_plan_value(plan, "round_stop_gap_days", BH_NONE),
        .stop_extra = order_plan_value(plan, "round_stop_extra_rounds", BH_NONE),
    };
}

/* The parameter that a rule stands on; NULL = none does. */
static const struct plan_param *param_of(const struct plan *plan, enum frequency_rule rule)
{
    static const char *const names[] = {
        [FREQUENCY_NONE] = NULL,
        [FREQUENCY_FIRST] = "round_first_minimum",
        [FREQUENCY_HOT] = "round_every_hot",
        [FREQUENCY_RECENT] = "round_every_recent",
        [FREQUENCY_OTHER] = "round_every_other",
        [FREQUENCY_LAST] = "round_stop_gap_days",
        [FREQUENCY_ENDED] = "round_stop_clean_rounds",
    };
    return names[rule] ? plan_param(plan, names[rule]) : NULL;
}

static void words(const struct reader *reader, const struct area_state *state,
                  const struct frequency *f, char zh[WORDS], char en[WORDS])
{
    long long count = (long long)state->count, clean = f->clean,
              missing = f->rounds_missing == BH_NONE ? 0 : f->rounds_missing;
    char at[BH_TIME_TEXT] = "", more_zh[80] = "", more_en[80] = "", next_zh[80] = "",
         next_en[80] = "";
    if (f->stop == STOP_NO && missing > 0) {
        (void)snprintf(more_zh, sizeof more_zh, "，至少还差 %lld 轮", missing);
        (void)snprintf(more_en, sizeof more_en, ", at least %lld more", missing);
    }
    if (f->next_ms != BH_NONE) {
        bh_time_words(f->next_ms, reader->ledger->zone_minutes, at);
        (void)snprintf(next_zh, sizeof next_zh, "；下一轮应于 %s 开始", at);
        (void)snprintf(next_en, sizeof next_en, "; the next is due at %s", at);
    }
    (void)snprintf(zh, WORDS,
                   "已完成 %lld 轮，最近连续 %lld 轮无社会面感染者；%s%s。停止检测：%s%s。", count,
                   clean, frequency_rules[f->rule].zh, next_zh, stop_answers[f->stop].zh, more_zh);
    (void)snprintf(en, WORDS,
                   "Rounds done: %lld, the last %lld of them with nobody found outside isolation; "
                   "%s%s. Stopping: %s%s.",
                   count, clean, frequency_rules[f->rule].en, next_en, stop_answers[f->stop].en,
                   more_en);
}

static void answer(struct reader *reader, const struct area_state *state, struct cells *cells)
{
    struct frequency_plan values = plan_values(state->plan);
    struct frequency f = order_frequency(&values, state->done, state->count, state->under_way_ms,
                                         state->found_ms, reader->now_ms);
    const struct round_done *last = state->count > 0 ? &state->done[state->count - 1] : NULL;
    const struct plan_param *param = param_of(state->plan, f.rule);
    char zh[WORDS], en[WORDS];
    words(reader, state, &f, zh, en);
    cells_area(cells, reader, areas_unit_leaf(reader->ledger->areas, state->unit));
    cell_int(cells, (int64_t)state->count);
    cell_int(cells, f.clean);
    cell_int(cells, last ? last->round : BH_NONE);
    cell_time(cells, last ? last->starts_ms : BH_NONE);
    cell_time(cells, last ? last->ended_ms : BH_NONE);
    cell_int(cells, state->under_way);
    cell_time(cells, state->found_ms);
    cell_z(cells, frequency_rules[f.rule].name);
    cell_int(cells, f.every_ms == BH_NONE ? BH_NONE : f.every_ms / BH_HOUR_MS);
    cell_time(cells, f.next_ms);
    cell_z(cells, stop_answers[f.stop].name);
    cell_int(cells, f.rounds_missing);
    cell_z(cells, param ? param->layer : NULL);
    cell_z(cells, param ? param->source : NULL);
    cell_z(cells, param ? plan_marks[param->mark] : NULL);
    cell_z(cells, zh);
    cell_z(cells, en);
}

/* The unit asked for when the reader may see all of it, and those below that he may. */
static size_t units_of(const struct reader *reader, int64_t area, const struct unit *ret[UNITS_MAX])
{
    const struct areas *areas = reader->ledger->areas;
    const struct unit *unit = areas_lowest(areas, area, reader->now_ms), *below[CHILDREN_MAX];
    size_t count = 0;
    if (!unit)
        return 0;
    size_t there = areas_children(areas, unit, reader->now_ms, below, CHILDREN_MAX);
    if (scope_covers(reader->scope, &unit->scope))
        ret[count++] = unit;
    for (size_t i = 0; i < there && i < CHILDREN_MAX; i++)
        if (below[i]->scope.count > 0 && scope_covers(reader->scope, &below[i]->scope))
            ret[count++] = below[i];
    return count;
}

bool order_frequency_run(struct reader *reader, const void *params, struct cells *cells,
                         struct bh_err *err)
{
    const struct frequency_query *p = params;
    const struct unit *units[UNITS_MAX];
    struct area_state *states = bh_arena_get(reader->arena, UNITS_MAX * sizeof *states);
    struct rounds_known known;
    struct scope scope;
    if (!reader_scope(reader, p->area, &scope, err) || !rounds_read(reader, &known, err))
        return false;
    size_t count = units_of(reader, p->area, units);
    for (size_t i = 0; i < count; i++)
        state_of(reader, &known, units[i], &states[i]);
    if (!found_read(reader, states, count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        answer(reader, &states[i], cells);
        if (!cells_row(cells))
            break;
    }
    return true;
}
