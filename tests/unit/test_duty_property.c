/*
 * The orders in which facts can arrive: late, early, twice, withdrawn, re-dated, in another area, under another
 * plan, with the owner's post created in between. Random sequences run against the real ledger; a second, much
 * simpler engine recomputes every duty from the list of facts. The seed is printed when they differ.
 */
#include "support.h"

#include "base/time.h"
#include "ledger/duty.h"
#include "ledger/duty_events.h"
#include "links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a link of its own: things open, close, are cancelled and move ---- */

enum { THING_OPENED = 950, THING_CLOSED = 951, THING_CANCELLED = 952, THING_MOVED = 953 };
enum {
    STEPS = 400,
    FACTS_MAX = 500,
    DUTIES_MAX = 1000,
    THINGS = 12,
    LINKS_MAX = 32,
    SNAPSHOTS_MAX = 16
};

struct thing_fact {
    int64_t thing, urgent, area_from;
    struct bh_str proof;
};
static const struct field thing_fields[] = {
    FIELD(thing_fact, thing, REF, FIELD_REQUIRED, "物", "Thing"),
    FIELD(thing_fact, urgent, BOOL, 0, "急", "Urgent"),
    FIELD(thing_fact, area_from, AREA, 0, "原地区", "Area before"),
    FIELD(thing_fact, proof, TEXT, 0, "凭据", "Proof"),
};
RECORD(thing_record, thing_fact, thing_fields);
static const struct event_kind thing_events[] = {
    {THING_OPENED, 1, "thing_opened", "物开", "Thing opened", &thing_record, NULL},
    {THING_CLOSED, 1, "thing_closed", "物闭", "Thing closed", &thing_record, NULL},
    {THING_CANCELLED, 1, "thing_cancelled", "物消", "Thing cancelled", &thing_record, NULL},
    {THING_MOVED, 1, "thing_moved", "物移", "Thing moved", &thing_record, NULL},
    {0},
};

struct thing_command {
    int64_t kind, thing, urgent, area, area_from, count;
    struct bh_str proof;
};
static const struct field command_fields[] = {
    FIELD(thing_command, kind, INT, FIELD_REQUIRED, "种类", "Kind", .min = THING_OPENED,
          .max = THING_MOVED),
    FIELD(thing_command, thing, REF, FIELD_REQUIRED, "物", "Thing"),
    FIELD(thing_command, urgent, BOOL, 0, "急", "Urgent"),
    FIELD(thing_command, area, AREA, FIELD_REQUIRED, "地区", "Area"),
    FIELD(thing_command, area_from, AREA, 0, "原地区", "Area before"),
    FIELD(thing_command, proof, TEXT, 0, "凭据", "Proof"),
    FIELD(thing_command, count, INT, 0, "件数", "Count", .min = 1, .max = 5000),
};
RECORD(command_record, thing_command, command_fields);

static bool decide_thing(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct thing_command *command = body;
    struct thing_fact fact = {command->thing, command->urgent, command->area_from, command->proof};
    (void)facts;
    (void)err;
    (void)decision_emit(d, (int)command->kind, NULL, &fact);
    return true;
}
/* Opener and closer in one command: neither sees the other's duty yet. */
static bool decide_both(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct thing_command *command = body;
    struct thing_fact fact = {command->thing, command->urgent, BH_NONE, BH_STR("P")};
    (void)facts;
    (void)err;
    (void)decision_emit(d, THING_CLOSED, NULL, &fact);
    (void)decision_emit(d, THING_OPENED, NULL, &fact);
    return true;
}
static bool decide_many(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct thing_command *command = body;
    (void)facts;
    (void)err;
    for (int64_t i = 0; i < command->count; i++) {
        struct thing_fact fact = {command->thing + i, 0, BH_NONE, {0}};
        (void)decision_emit(d, THING_OPENED, NULL, &fact);
    }
    return true;
}
static const struct command thing_commands[] = {
    {"thing", "物", "Thing", &command_record, PRIORITY_RESULT, COMMAND_PAST, 0, NULL, decide_thing,
     "{}"},
    {"thing_both", "物二", "Thing twice", &command_record, PRIORITY_RESULT, COMMAND_PAST, 0, NULL,
     decide_both, "{}"},
    {"thing_many", "物多", "Many things", &command_record, PRIORITY_RESULT, COMMAND_PAST, 0, NULL,
     decide_many, "{}"},
    {0},
};
static const struct link thing_link = {.name = "thing",
                                       .zh = "物",
                                       .en = "Things",
                                       .events = thing_events,
                                       .commands = thing_commands};

static const struct link *const *links_with_things(void)
{
    static const struct link *links[LINKS_MAX];
    size_t count = 0;
    while (all_links[count])
        links[count] = all_links[count], count++;
    links[count++] = &thing_link;
    return links;
}

/* ---- the plan of things: two rules, the first of which changes ---- */

static void adopt(struct test_ledger *test, int minutes, const char *change)
{
    char text[2400];
    (void)snprintf(
        text, sizeof text,
        "{'text': 'layer: things\\nextends: \\\"\\\"\\nkind: order\\ntitle: {zh: 物, en: Things}\\n"
        "from: \\\"2020-01-01\\\"\\nsource: {zh: 文, en: Paper, mark: L}\\nduties:\\n"
        "  close_thing:\\n    title: {zh: 闭, en: Close}\\n    subject: thing\\n    opens_on: "
        "[thing_opened]\\n"
        "    deadline: PT%dM\\n    owner: county_cdc\\n    closes_on: [thing_closed]\\n    "
        "evidence: [proof]\\n"
        "    cancel_on: [thing_cancelled]\\n    on_plan_change: %s\\n    escalate:\\n"
        "      - {after: PT1H, to: county_headquarters}\\n      - {after: PT4H, to: "
        "city_headquarters, mark: slow}\\n"
        "  watch_thing:\\n    title: {zh: 看, en: Watch}\\n    subject: thing\\n    opens_on: "
        "[thing_opened]\\n"
        "    when: {urgent: [true]}\\n    clock: recorded\\n    deadline: PT30M\\n    owner: "
        "county_cdc\\n"
        "    closes_on: [thing_closed]\\n'}",
        minutes, change);
    json_decref(test_ok(test, "adopt_plan_layer", text));
}

/* ---- the second engine ---- */

struct fact {
    int64_t seq, thing, occurred_ms;
    int kind;
    bool urgent, proof, withdrawn;
};

struct expected {
    int64_t duty; /* 0 until found in the table */
    int fact;     /* its opener */
    bool watch;
    int64_t start_ms, due_ms, asked_ms; /* asked_ms: due time that awaits an answer, 0 = none */
    int64_t state, closer, ended_ms;
    bool overdue;
    int64_t steps, area, post;
};

struct oracle {
    struct test_ledger *test;
    uint64_t random;
    unsigned seed;
    int64_t now_ms, deadline_ms;
    struct fact facts[FACTS_MAX];
    int fact_count;
    struct expected duties[DUTIES_MAX];
    int duty_count;
    int64_t county[2], city_post, county_post[2];
    struct {
        int64_t at_ms, open, overdue;
        json_t *loops; /* as answered then */
    } snapshot[SNAPSHOTS_MAX];
    int snapshot_count;
};

static const char *const county_code[] = {"220202", "220203"};

static unsigned roll(struct oracle *o, unsigned sides)
{
    o->random ^= o->random << 13;
    o->random ^= o->random >> 7;
    o->random ^= o->random << 17;
    return (unsigned)(o->random >> 33) % sides;
}

static int64_t owner_post(const struct oracle *o, int64_t area)
{
    for (int i = 0; i < 2; i++)
        if (area == o->county[i] && o->county_post[i])
            return o->county_post[i];
    return o->city_post;
}

/* What the facts say of one duty now, whatever the order in which they came. */
static void judge(const struct oracle *o, struct expected *duty)
{
    const struct fact *opener = &o->facts[duty->fact], *best = NULL;
    for (int i = 0; i < o->fact_count && !opener->withdrawn; i++) {
        const struct fact *fact = &o->facts[i];
        bool closes = fact->kind == THING_CLOSED && (duty->watch || fact->proof);
        bool cancels = fact->kind == THING_CANCELLED && !duty->watch;
        if (fact->withdrawn || fact->thing != opener->thing ||
            fact->occurred_ms < opener->occurred_ms || !(closes || cancels))
            continue;
        if (!best || fact->occurred_ms < best->occurred_ms ||
            (fact->occurred_ms == best->occurred_ms &&
             (fact->kind == THING_CLOSED) > (best->kind == THING_CLOSED)))
            best = fact;
    }
    duty->state = opener->withdrawn || (best && best->kind == THING_CANCELLED) ? 2 : best ? 1 : 0;
    duty->closer = best ? best->seq : 0;
    duty->ended_ms = best ? best->occurred_ms : 0;
}

static void judge_all(struct oracle *o)
{
    for (int i = 0; i < o->duty_count; i++)
        judge(o, &o->duties[i]);
}

/* Time passes for open duties only. */
static void pass_time(struct oracle *o)
{
    for (int i = 0; i < o->duty_count; i++) {
        struct expected *duty = &o->duties[i];
        if (duty->state != 0)
            continue;
        duty->overdue = duty->overdue || duty->due_ms <= o->now_ms;
        if (!duty->watch && duty->steps < 1 && duty->start_ms + BH_HOUR_MS <= o->now_ms)
            duty->steps = 1;
        if (!duty->watch && duty->steps < 2 && duty->start_ms + 4 * BH_HOUR_MS <= o->now_ms)
            duty->steps = 2;
    }
}

static void expect_duty(struct oracle *o, int fact, bool watch, int64_t area)
{
    struct expected *duty = &o->duties[o->duty_count++];
    *duty =
        (struct expected){.fact = fact, .watch = watch, .area = area, .post = owner_post(o, area)};
    duty->start_ms = watch ? o->now_ms : o->facts[fact].occurred_ms;
    duty->due_ms = duty->start_ms + (watch ? 30 * BH_MINUTE_MS : o->deadline_ms);
}

/* ---- comparing ---- */

static _Noreturn void differ(const struct oracle *o, const struct expected *duty, const char *what,
                             int64_t found, int64_t wanted)
{
    (void)fprintf(
        stderr, "seed %u, fact %d: duty %lld of thing %lld (%s): %s is %lld, should be %lld\n",
        o->seed, o->fact_count, (long long)duty->duty, (long long)o->facts[duty->fact].thing,
        duty->watch ? "watch" : "close", what, (long long)found, (long long)wanted);
    abort();
}

static void same(const struct oracle *o, const struct expected *duty, const char *what,
                 int64_t found, int64_t wanted)
{
    if (found != wanted)
        differ(o, duty, what, found, wanted);
}

static void compare_one(const struct oracle *o, struct expected *duty, const struct rows *rows)
{
    const struct fact *opener = &o->facts[duty->fact];
    int64_t late_ms =
        duty->state == 1 && duty->ended_ms > duty->due_ms ? duty->ended_ms - duty->due_ms : 0;
    same(o, duty, "opener", row_int(rows, 1), opener->seq);
    same(o, duty, "opened", row_int(rows, 2), opener->occurred_ms);
    same(o, duty, "state", row_int(rows, 3), duty->state);
    same(o, duty, "due", row_int(rows, 4), duty->due_ms);
    if (!opener->withdrawn && duty->state != 0) {
        same(o, duty, "closer", row_int(rows, 5), duty->closer);
        same(o, duty, "ended", row_int(rows, 6), duty->ended_ms);
    }
    same(o, duty, "late", row_int(rows, 7), late_ms);
    same(o, duty, "overdue", row_int(rows, 8), duty->overdue);
    same(o, duty, "steps", row_int(rows, 9), duty->steps);
    same(o, duty, "area", row_int(rows, 10), duty->area);
    same(o, duty, "post", row_int(rows, 11), duty->post);
}

static void compare(struct oracle *o)
{
    struct rows rows;
    struct bh_err err = {0};
    int i = 0;
    db_rows(o->test->ledger->db, &rows,
            "SELECT duty, opener, opened_ms, state, due_ms, closer, ended_ms, late_ms, overdue, "
            "-worst, area, post"
            " FROM duty WHERE subject_kind = 'thing' ORDER BY opener, rule",
            "");
    for (; db_next(&rows); i++) {
        assert_true(i < o->duty_count);
        o->duties[i].duty = row_int(&rows, 0);
        compare_one(o, &o->duties[i], &rows);
    }
    assert_true(db_end(&rows, &err));
    assert_int_equal(i, o->duty_count);
}

/* Counters say what the rows say. */
static void counters_agree(struct test_ledger *test)
{
    assert_int_equal(
        test_count(
            test, "SELECT count(*) FROM duty_count c WHERE c.opened <> (SELECT count(*) FROM duty d"
                  " WHERE d.area = c.area AND d.state = 0) OR c.overdue <> (SELECT count(*) FROM"
                  " duty d WHERE d.area = c.area AND d.state = 0 AND d.overdue = 1)"),
        0);
    assert_int_equal(test_count(test, "SELECT coalesce(sum(opened), 0) FROM duty_count"),
                     test_count(test, "SELECT count(*) FROM duty WHERE state = 0"));
    assert_int_equal(test_count(test, "SELECT coalesce(sum(overdue), 0) FROM duty_count"),
                     test_count(test, "SELECT count(*) FROM duty WHERE state = 0 AND overdue = 1"));
    assert_int_equal(
        test_count(test, "SELECT count(*) FROM duty WHERE state <> 0 AND timer_ms IS NOT NULL"), 0);
    assert_int_equal(test_count(test, "SELECT count(*) FROM duty_history WHERE from_ms >= to_ms"),
                     0);
    assert_int_equal(
        test_count(test, "SELECT count(*) FROM duty WHERE former_ms >= since_ms OR (former_ms IS "
                         "NOT NULL AND state = 0)"),
        0);
}

/* ---- steps ---- */

static void time_text(int64_t at_ms, char out[BH_TIME_TEXT])
{
    bh_time_format(at_ms, 480, out);
}

static void step_fact(struct oracle *o)
{
    struct fact *fact = &o->facts[o->fact_count];
    char when[BH_TIME_TEXT];
    unsigned place = roll(o, 2);
    *fact = (struct fact){
        .thing = 1 + roll(o, THINGS), .urgent = roll(o, 3) == 0, .proof = roll(o, 4) != 0};
    fact->kind = roll(o, 2) ? THING_OPENED : roll(o, 4) ? THING_CLOSED : THING_CANCELLED;
    fact->occurred_ms = o->now_ms - (roll(o, 3) ? 0 : (int64_t)roll(o, 600) * BH_MINUTE_MS);
    time_text(fact->occurred_ms, when);
    json_t *answer =
        test_okf(o->test, "thing",
                 "{'kind': %d, 'thing': %lld, 'urgent': %s, %s 'area': '%s', 'occurred': '%s'}",
                 fact->kind, (long long)fact->thing, fact->urgent ? "true" : "false",
                 fact->proof ? "'proof': 'P'," : "", county_code[place], when);
    fact->seq = test_int(answer, "seq");
    json_decref(answer);
    o->fact_count++;
    if (fact->kind == THING_OPENED) {
        expect_duty(o, o->fact_count - 1, false, o->county[place]);
        if (fact->urgent)
            expect_duty(o, o->fact_count - 1, true, o->county[place]);
    }
}

static void step_both(struct oracle *o)
{
    struct fact *fact = &o->facts[o->fact_count];
    int64_t thing = 1 + roll(o, THINGS);
    json_t *answer = test_okf(o->test, "thing_both",
                              "{'kind': 950, 'thing': %lld, 'urgent': false, 'area': '220202'}",
                              (long long)thing);
    fact[0] = (struct fact){.seq = test_int(answer, "seq"),
                            .thing = thing,
                            .occurred_ms = o->now_ms,
                            .kind = THING_CLOSED,
                            .proof = true};
    fact[1] = (struct fact){.seq = fact[0].seq + 1,
                            .thing = thing,
                            .occurred_ms = o->now_ms,
                            .kind = THING_OPENED,
                            .proof = true};
    json_decref(answer);
    o->fact_count += 2;
    expect_duty(o, o->fact_count - 1, false, o->county[0]);
}

static void step_correct(struct oracle *o)
{
    if (o->fact_count == 0)
        return;
    int chosen = (int)roll(o, (unsigned)o->fact_count);
    struct fact *fact = &o->facts[chosen];
    if (fact->withdrawn)
        return;
    if (roll(o, 2)) {
        json_decref(test_okf(o->test, "withdraw_fact", "{'target': %lld, 'reason': 'error'}",
                             (long long)fact->seq));
        fact->withdrawn = true;
        return;
    }
    char when[BH_TIME_TEXT];
    fact->occurred_ms = o->now_ms - (int64_t)roll(o, 900) * BH_MINUTE_MS;
    time_text(fact->occurred_ms, when);
    json_decref(test_okf(o->test, "redate_fact",
                         "{'target': %lld, 'occurred_at': '%s', 'reason': 'error'}",
                         (long long)fact->seq, when));
    for (int i = 0; i < o->duty_count; i++) {
        struct expected *duty = &o->duties[i];
        if (duty->fact != chosen)
            continue;
        if (!duty->watch) {
            duty->start_ms = fact->occurred_ms;
            duty->due_ms = duty->start_ms + o->deadline_ms;
        }
        duty->overdue = duty->overdue && duty->due_ms <= o->now_ms;
        duty->asked_ms = 0;
    }
}

static void step_move(struct oracle *o)
{
    int64_t thing = 1 + roll(o, THINGS);
    unsigned to = roll(o, 2);
    json_decref(test_okf(o->test, "thing",
                         "{'kind': 953, 'thing': %lld, 'area': '%s', 'area_from': '%s'}",
                         (long long)thing, county_code[to], county_code[1 - to]));
    for (int i = 0; i < o->duty_count; i++)
        if (o->duties[i].state == 0 && o->facts[o->duties[i].fact].thing == thing &&
            o->duties[i].area != o->county[to]) {
            o->duties[i].area = o->county[to];
            o->duties[i].post = owner_post(o, o->county[to]);
        }
}

static void step_plan(struct oracle *o)
{
    static const char *const changes[] = {"keep", "recompute", "ask"};
    unsigned change = roll(o, 3);
    int minutes = 30 + 30 * (int)roll(o, 6);
    adopt(o->test, minutes, changes[change]);
    o->deadline_ms = minutes * BH_MINUTE_MS;
    for (int i = 0; i < o->duty_count; i++) {
        struct expected *duty = &o->duties[i];
        if (duty->watch || duty->state != 0)
            continue;
        int64_t due_ms = duty->start_ms + o->deadline_ms;
        duty->asked_ms = change == 2 && due_ms != duty->due_ms ? due_ms : 0;
        if (change == 1)
            duty->due_ms = due_ms;
        duty->overdue = duty->overdue && duty->due_ms <= o->now_ms;
    }
}

static void step_confirm(struct oracle *o)
{
    for (int i = 0; i < o->duty_count; i++) {
        struct expected *duty = &o->duties[i];
        if (!duty->asked_ms || duty->state != 0 || roll(o, 2))
            continue;
        bool accept = roll(o, 2);
        json_decref(test_okf(o->test, "confirm_replan", "{'duty': %lld, 'accept': %s}",
                             (long long)duty->duty, accept ? "true" : "false"));
        if (accept)
            duty->due_ms = duty->asked_ms;
        duty->overdue = duty->overdue && duty->due_ms <= o->now_ms;
        duty->asked_ms = 0;
    }
}

static int64_t post_new(struct test_ledger *test, const char *area)
{
    json_t *answer = test_okf(test, "create_post",
                              "{'area': '%s', 'role': 'county_cdc', 'title': '疾控值守'}", area);
    int64_t post = test_int(answer, "post");
    json_decref(answer);
    return post;
}

static void step_clock(struct oracle *o)
{
    char when[BH_TIME_TEXT];
    o->now_ms += (1 + (int64_t)roll(o, 50)) * BH_MINUTE_MS;
    time_text(o->now_ms, when);
    test_clock(o->test, when);
    pass_time(o);
}

static void snapshot(struct oracle *o)
{
    int64_t open = 0, overdue = 0;
    if (o->snapshot_count == SNAPSHOTS_MAX)
        return;
    for (int i = 0; i < o->duty_count; i++) {
        open += o->duties[i].state == 0;
        overdue += o->duties[i].state == 0 && o->duties[i].due_ms <= o->now_ms;
    }
    o->snapshot[o->snapshot_count].at_ms = o->now_ms;
    o->snapshot[o->snapshot_count].open = open;
    o->snapshot[o->snapshot_count].loops =
        test_query(o->test, "loops", "{'state': 'all', 'limit': 200}");
    o->snapshot[o->snapshot_count++].overdue = overdue;
    step_clock(o); /* what follows is known later */
}

static void step(struct oracle *o)
{
    unsigned kind = roll(o, 40);
    if (kind < 18)
        step_fact(o);
    else if (kind < 20)
        step_both(o);
    else if (kind < 25)
        step_correct(o);
    else if (kind < 28)
        step_move(o);
    else if (kind < 30)
        step_plan(o);
    else if (kind < 32)
        step_confirm(o);
    else if (kind == 32 && !o->county_post[1])
        o->county_post[1] = post_new(o->test, county_code[1]);
    else if (kind == 33)
        snapshot(o);
    else
        step_clock(o);
    judge_all(o);
}

/* ---- the past as it was known ---- */

static int64_t loops_at(struct test_ledger *test, const char *state, const char *when)
{
    char params[200];
    int64_t count = 0;
    for (const char *rule = "close_thing"; rule;
         rule = strcmp(rule, "close_thing") ? NULL : "watch_thing") {
        (void)snprintf(params, sizeof params,
                       "{'state': '%s', 'at': '%s', 'rule': '%s', 'limit': 200}", state, when,
                       rule);
        json_t *rows = test_query(test, "loops", params);
        count += (int64_t)json_array_size(rows);
        json_decref(rows);
    }
    return count;
}

/* Each loop as it was answered then: state, times, owner, steps climbed and their mark, evidence. */
static void loops_are_the_same(struct oracle *o, const char *when, const json_t *then)
{
    char params[200];
    (void)snprintf(params, sizeof params, "{'state': 'all', 'limit': 200, 'at': '%s'}", when);
    json_t *now = test_query(o->test, "loops", params);
    assert_int_equal(json_array_size(now), json_array_size(then));
    for (size_t i = 0; i < json_array_size(then); i++)
        if (!json_equal(json_array_get(now, i), json_array_get(then, i))) {
            char *was = json_dumps(json_array_get(then, i), JSON_COMPACT | JSON_SORT_KEYS);
            char *is = json_dumps(json_array_get(now, i), JSON_COMPACT | JSON_SORT_KEYS);
            fail_msg("seed %u: loop as known at %s\n was %s\n now %s", o->seed, when, was, is);
        }
    json_decref(now);
}

static void past_is_kept(struct oracle *o)
{
    for (int i = 0; i < o->snapshot_count; i++) {
        char when[BH_TIME_TEXT];
        time_text(o->snapshot[i].at_ms, when);
        loops_are_the_same(o, when, o->snapshot[i].loops);
        json_decref(o->snapshot[i].loops);
    }
    for (int i = 0; i < o->snapshot_count; i++) {
        char when[BH_TIME_TEXT];
        if (o->snapshot[i].open >= 100)
            continue; /* more than a page */
        time_text(o->snapshot[i].at_ms, when);
        if (loops_at(o->test, "open", when) != o->snapshot[i].open ||
            loops_at(o->test, "overdue", when) != o->snapshot[i].overdue)
            fail_msg("seed %u: loops at %s: %lld open, should be %lld", o->seed, when,
                     (long long)loops_at(o->test, "open", when), (long long)o->snapshot[i].open);
    }
}

static void tell_line(void *self, const char *line)
{
    (void)self;
    (void)fprintf(stderr, "%s\n", line);
}

static void begin(struct oracle *o, unsigned seed)
{
    memset(o, 0, sizeof *o);
    o->seed = seed;
    o->random = UINT64_C(0x9E3779B97F4A7C15) * (seed + 1);
    o->test = test_ledger_new_with(links_with_things(), "2022-03-01T00:00:00+08:00");
    o->now_ms = test_ms("2022-03-01T00:00:00+08:00");
    o->deadline_ms = 2 * BH_HOUR_MS;
    for (int i = 0; i < 2; i++) {
        const struct unit *unit =
            areas_unit(o->test->ledger->areas, bh_str_of(county_code[i]), o->now_ms);
        o->county[i] = areas_unit_leaf(o->test->ledger->areas, unit);
    }
    o->city_post = post_new(o->test, "220200");
    o->county_post[0] = post_new(o->test, county_code[0]);
    adopt(o->test, 120, "keep");
}

static void facts_in_any_order_give_what_the_facts_say(void **state)
{
    (void)state;
    const char *given = getenv("BIHUAN_SEED");
    unsigned first = given ? (unsigned)strtoul(given, NULL, 10) : 1, last = given ? first : 6;
    struct oracle *o = bh_alloc(sizeof *o);
    for (unsigned seed = first; seed <= last; seed++) {
        int64_t differences = -1;
        struct bh_err err = {0};
        begin(o, seed);
        for (int i = 0;
             i < STEPS && o->fact_count + 2 < FACTS_MAX && o->duty_count + 4 < DUTIES_MAX; i++) {
            step(o);
            compare(o);
        }
        counters_agree(o->test);
        past_is_kept(o);
        assert_true(duty_verify(o->test->ledger, tell_line, NULL, &differences, &err));
        assert_int_equal(differences, 0);
        test_rebuild(o->test);
        test_ledger_free(o->test);
    }
    bh_free(o);
}

/* ---- a plan changes over more duties than one command may touch ---- */

static int64_t opened(struct test_ledger *test)
{
    return test_count(test, "SELECT count(*) FROM duty WHERE state = 0 AND rule = 'close_thing'");
}

static int64_t redated(struct test_ledger *test)
{
    return test_count(test, "SELECT count(*) FROM event WHERE kind = 23");
}

static int64_t passes(struct test_ledger *test)
{
    return test_count(test, "SELECT count(*) FROM duty_replan_pass");
}

static void many_open_duties_are_replanned_in_steps(void **state)
{
    enum { MANY = 55000, AT_ONCE = 5000 };
    (void)state;
    struct test_ledger *test =
        test_ledger_new_with(links_with_things(), "2022-03-01T00:00:00+08:00");
    json_decref(test_ok(test, "create_post",
                        "{'area': '220202', 'role': 'county_cdc', 'title': '疾控值守'}"));
    adopt(test, 30, "keep");
    for (int thing = 1; thing < MANY; thing += AT_ONCE)
        json_decref(test_okf(test, "thing_many",
                             "{'kind': 950, 'thing': %d, 'count': %d, 'area': '220202'}", thing,
                             (int)AT_ONCE));
    assert_int_equal(opened(test), MANY);
    assert_true((int)MANY > (int)LIMIT_EVENTS_PER_COMMAND);

    /* The command itself goes a step; a restart does not make it forget the rest. */
    adopt(test, 300, "recompute");
    assert_in_range(redated(test), 1, MANY - 1);
    assert_int_equal(passes(test), 1);
    test_ledger_reopen(test);
    assert_int_equal(passes(test), 1);

    /* Another plan before the first was through: every duty is held against it, from the beginning. */
    adopt(test, 240, "recompute");
    assert_int_equal(passes(test), 1);

    /* By the old plan all would be overdue now. */
    test_clock(test, "2022-03-01T00:50:00+08:00");
    assert_int_equal(passes(test), 0);
    assert_int_equal(test_count(test, "SELECT count(*) FROM event WHERE kind = 24"), 0);
    assert_int_equal(test_count(test, "SELECT count(*) FROM duty WHERE rule = 'close_thing' AND "
                                      "due_ms = start_ms + 240 * 60000"),
                     MANY);
    /* What is done step by step is caused by the adoption as if it had been done at once. */
    assert_int_equal(test_count(test, "SELECT count(DISTINCT cause) FROM event WHERE kind = 23"),
                     2);
    test_rebuild(test);

    /* The next plan finds everything looked at. */
    int64_t before = redated(test);
    test_clock(test, "2022-03-01T00:55:00+08:00");
    assert_int_equal(redated(test), before);
    test_ledger_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_in_any_order_give_what_the_facts_say),
        cmocka_unit_test(many_open_duties_are_replanned_in_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
