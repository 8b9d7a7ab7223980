/*
 * Who a round owes a swab: due = sampled + exempt + missing, in every community and at every moment. Random commands run
 * against the real ledger; a much simpler model, one row a person and nothing kept, says of each whether it is taken
 * and counts everybody anew. Boxes, laboratories and pools are another test's. The seed is printed when they differ.
 */
#include "support.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SEEDS = 24,
    STEPS = 260,
    CHECK_EVERY = 13,
    AREAS = 6,
    SLOTS = 1500,
    ROUNDS = 12,
    OPEN_ROUNDS = 4,
    TUBES = 1200,
    TUBE_SIZE = 4,
    NONE = -1,
    BODY = 4096
};

static const int64_t mop_up_after_ms = 16 * BH_HOUR_MS, undo_within_ms = 10 * BH_MINUTE_MS;

/* The roll is the city's; the first three communities lie in one county, the others in another. */
static const char *const area_codes[AREAS] = {"220202001001", "220202001002", "220202001003",
                                              "220203001001", "220203001002", "220203001004"};
static const char *const units[] = {"220200", "220202", "220203"};
enum { UNIT_AREAS = 3 };

enum state { ORDERED, SAMPLING, MOP_UP, ENDED, CLOSED };
static const char *const state_names[] = {"ordered", "sampling", "mop_up", "sampled_closed",
                                          "closed"};
enum change { MOVED, DIED, ABROAD, LEFT, EXEMPT, RETURNED };
static const char *const change_names[] = {"moved", "died", "abroad", "left", "exempt", "returned"};

struct person {
    int area, document; /* document 0 = none */
    int away;           /* enum change, NONE */
    int64_t until_ms;   /* 0 = open end */
};

struct owed {
    int64_t number, site;
    int unit;
    enum state state;
    int64_t starts_ms, mop_up_ms, ended_ms;
    int size; /* slots it knows of: grows with the roll until it is closed */
    bool mopped, site_open;
    int tube[SLOTS]; /* NONE = not sampled */
    bool exempt[SLOTS], away[SLOTS];
};

struct tube {
    int64_t number, at_ms;
    int round, count, slot[TUBE_SIZE];
    bool out; /* rejected, or nobody is left in it */
};

struct played {
    struct test_ledger *test;
    uint64_t chance, seed;
    int64_t now_ms, roll, team;
    int size, round_count, tube_count, step;
    int document_slot[SLOTS + 1], documents; /* where a document stands; -1 = nowhere */
    struct person people[SLOTS];
    struct owed rounds[ROUNDS];
    struct tube tubes[TUBES];
    char body[BODY];
    int taken[16], refused[16]; /* by kind of step: neither may be rare everywhere */
};

static int draw(struct played *w, int below)
{
    w->chance = w->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((w->chance >> 33) % (uint64_t)below);
}

/* ---- the model ---- */

static bool covers(const struct owed *round, int area)
{
    return round->unit == 0 || area / UNIT_AREAS == round->unit - 1;
}

static bool open(const struct owed *round)
{
    return round->state < CLOSED;
}

static bool away_at(const struct person *person, int64_t starts_ms)
{
    return person->away != NONE && (person->until_ms == 0 || person->until_ms > starts_ms);
}

/* Where the person of a slot stands on the roll now. */
static int stands_at(const struct played *w, int slot)
{
    int document = w->people[slot].document;
    return document == 0 ? slot : w->document_slot[document];
}

struct sums {
    int due, sampled, exempt, missing;
};

static struct sums count_area(const struct played *w, const struct owed *round, int area)
{
    struct sums sums = {0};
    for (int slot = 0; slot < round->size; slot++) {
        if (w->people[slot].area != area || !covers(round, area))
            continue;
        sums.due++;
        if (round->tube[slot] != NONE)
            sums.sampled++;
        else if (round->exempt[slot] || round->away[slot])
            sums.exempt++;
        else
            sums.missing++;
    }
    return sums;
}

/* ---- sending ---- */

/* Sends the body; what the model expects must come. */
static json_t *step(struct played *w, int kind, const char *command, bool expected)
{
    struct bh_err err = {0};
    json_t *answer = NULL;
    bh_arena_reset(&w->test->arena);
    bool ok = test_try(w->test, command, w->body, &answer, &err);
    if (ok != expected)
        fail_msg("seed %llu step %d: %s %s: %s (%s)", (unsigned long long)w->seed, w->step, command,
                 w->body, ok ? "taken" : err.en, err.field);
    (ok ? w->taken : w->refused)[kind]++;
    return answer;
}

static void say(struct played *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct played *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(w->body, sizeof w->body, format, args);
    va_end(args);
}

static void add(struct played *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct played *w, const char *format, ...)
{
    size_t len = strlen(w->body);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(w->body + len, sizeof w->body - len, format, args);
    va_end(args);
}

static const char *time_text(int64_t at_ms, char out[BH_TIME_TEXT])
{
    bh_time_format(at_ms, 480, out);
    return out;
}

/* ---- the roll ---- */

/* On the roll already: a document that stands there, unless its owner moved away from another community. */
static bool listed(const struct played *w, int document, int area)
{
    int slot = document == 0 ? NONE : w->document_slot[document];
    return slot != NONE && !(w->people[slot].away == MOVED && w->people[slot].area != area);
}

static void model_list(struct played *w, int area, const int *documents, int count)
{
    for (int i = 0; i < count; i++) {
        bool known = listed(w, documents[i], area);
        for (int k = 0; k < i; k++)
            known = known || (documents[i] != 0 && documents[k] == documents[i]);
        if (known)
            continue;
        w->people[w->size] = (struct person){area, documents[i], NONE, 0};
        if (documents[i] != 0)
            w->document_slot[documents[i]] = w->size;
        w->size++;
    }
    for (int i = 0; i < w->round_count; i++)
        if (open(&w->rounds[i]))
            w->rounds[i].size = w->size;
}

static void do_list(struct played *w)
{
    int area = draw(w, w->step < 60 ? 3 : AREAS), count = 1 + draw(w, 5), documents[5];
    if (w->size + count > SLOTS)
        return;
    say(w,
        "{'roll': %lld, 'area': '%s', 'households': [{'building': %d, 'door': '1', 'residents': [",
        (long long)w->roll, area_codes[area], 1 + draw(w, 3));
    for (int i = 0; i < count; i++) {
        int how = draw(w, 4);
        documents[i] = how == 0 || (how == 1 && w->documents == 0) ? 0
                       : how == 1                                  ? 1 + draw(w, w->documents)
                                                                   : ++w->documents;
        add(w, "%s{'name': '王'", i ? ", " : "");
        if (documents[i] != 0)
            add(w, ", 'document': 'D%06d'", documents[i]);
        add(w, "}");
    }
    add(w, "]}]}");
    json_decref(step(w, 0, "list_residents", true));
    model_list(w, area, documents, count);
}

static void do_change(struct played *w)
{
    int slot = draw(w, w->size);
    enum change change = draw(w, 3) == 0 ? RETURNED : (enum change)draw(w, 6);
    struct person *person = &w->people[slot];
    bool ends = change >= ABROAD && change <= EXEMPT && draw(w, 2) == 0;
    int64_t until_ms = ends ? w->now_ms + (1 + draw(w, 40)) * BH_HOUR_MS : 0;
    char text[BH_TIME_TEXT];
    bool fits = change == RETURNED ? person->away != NONE
                                   : (int)change != person->away || until_ms != person->until_ms;
    fits = fits && stands_at(w, slot) == slot;
    say(w, "{'roll': %lld, 'slot': %d, 'change': '%s', 'reason': '因故'", (long long)w->roll,
        slot + 1, change_names[change]);
    if (until_ms != 0)
        add(w, ", 'until': '%s'", time_text(until_ms, text));
    add(w, "}");
    json_decref(step(w, 1, "change_resident", fits));
    if (!fits)
        return;
    person->away = change == RETURNED ? NONE : (int)change;
    person->until_ms = until_ms;
    for (int i = 0; i < w->round_count; i++)
        if (open(&w->rounds[i]))
            w->rounds[i].away[slot] = away_at(person, w->rounds[i].starts_ms);
}

/* ---- rounds ---- */

static int open_rounds(const struct played *w)
{
    int count = 0;
    for (int i = 0; i < w->round_count; i++)
        count += open(&w->rounds[i]);
    return count;
}

static void do_order(struct played *w)
{
    int unit = draw(w, 3), people = 0;
    char text[BH_TIME_TEXT];
    struct owed *round = &w->rounds[w->round_count];
    if (w->round_count == ROUNDS || open_rounds(w) == OPEN_ROUNDS)
        return;
    *round = (struct owed){.unit = unit,
                           .size = w->size,
                           .starts_ms = w->now_ms + draw(w, 2) * 9 * BH_HOUR_MS,
                           .mop_up_ms = INT64_MAX};
    for (int slot = 0; slot < w->size; slot++) {
        people += covers(round, w->people[slot].area);
        round->tube[slot] = NONE;
        round->away[slot] = away_at(&w->people[slot], round->starts_ms);
    }
    for (int slot = w->size; slot < SLOTS; slot++)
        round->tube[slot] = NONE;
    say(w,
        "{'area': '%s', 'roll': %lld, 'starts': '%s', 'pool_size': 10, 'accept_shortfall': '测试'}",
        units[unit], (long long)w->roll, time_text(round->starts_ms, text));
    json_t *answer = step(w, 2, "order_round", people > 0);
    if (people > 0) {
        round->number = test_int(answer, "round");
        w->round_count++;
    }
    json_decref(answer);
}

static struct owed *some_round(struct played *w)
{
    return w->round_count == 0 ? NULL : &w->rounds[draw(w, w->round_count)];
}

static void do_open_site(struct played *w)
{
    struct owed *round = some_round(w);
    if (!round || round->site_open)
        return;
    int area = round->unit == 2 ? 3 : 0;
    say(w,
        "{'round': %lld, 'area': '%s', 'institution': %lld, 'name': '广场', 'stations': 1,"
        " 'samplers': 1}",
        (long long)round->number, area_codes[area], (long long)w->team);
    json_t *answer = step(w, 3, "open_site", round->state < ENDED);
    if (round->state < ENDED) {
        round->site = test_int(answer, "site");
        round->site_open = true;
        if (round->state == ORDERED) {
            round->state = SAMPLING;
            round->mop_up_ms = w->now_ms + mop_up_after_ms;
        }
    }
    json_decref(answer);
}

static bool tubes_left(const struct played *w, const struct owed *round)
{
    bool left = false;
    for (int i = 0; i < w->tube_count; i++)
        left = left || (&w->rounds[w->tubes[i].round] == round && !w->tubes[i].out);
    return left;
}

/* Nothing is boxed here: a site closes when none of its tubes is left, a round when its sites have. */
static void do_close(struct played *w)
{
    struct owed *round = some_round(w);
    if (!round || round->site == 0)
        return;
    bool fits = round->site_open && !tubes_left(w, round);
    say(w, "{'site': %lld}", (long long)round->site);
    json_decref(step(w, 4, "close_site", fits));
    round->site_open = round->site_open && !fits;
    fits = round->state == ENDED && !round->site_open && !tubes_left(w, round);
    say(w, "{'round': %lld}", (long long)round->number);
    json_decref(step(w, 5, "close_round", fits));
    round->state = fits ? CLOSED : round->state;
}

static void do_move(struct played *w)
{
    struct owed *round = some_round(w);
    enum state to = draw(w, 3) == 0 ? MOP_UP : ENDED;
    if (!round || (to == ENDED && draw(w, 2) == 0))
        return;
    bool fits = to == MOP_UP ? round->state == SAMPLING : round->state < ENDED;
    say(w, "{'round': %lld, 'to': '%s', 'because': '天气'}", (long long)round->number,
        state_names[to]);
    json_decref(step(w, 6, "move_round_on", fits));
    if (!fits)
        return;
    round->state = to;
    round->ended_ms = w->now_ms;
}

static void do_exempt(struct played *w)
{
    struct owed *round = some_round(w);
    if (!round)
        return;
    int slot = draw(w, w->size);
    bool fits = open(round) && slot < round->size && covers(round, w->people[slot].area) &&
                round->tube[slot] == NONE && !round->exempt[slot] && !round->away[slot];
    say(w, "{'round': %lld, 'slot': %d, 'reason': 'medical'}", (long long)round->number, slot + 1);
    json_decref(step(w, 7, "exempt_resident", fits));
    if (fits)
        round->exempt[slot] = true;
}

/* ---- swabs ---- */

static bool may_sample(const struct played *w, const struct owed *round, const struct tube *tube)
{
    bool late = round->state == ENDED && tube->at_ms < round->ended_ms, fits = round->site_open;
    fits = fits && (round->state == SAMPLING || round->state == MOP_UP || late);
    for (int i = 0; i < tube->count; i++) {
        int slot = tube->slot[i];
        fits = fits && slot < round->size && covers(round, w->people[slot].area) &&
               round->tube[slot] == NONE && stands_at(w, slot) == slot;
        for (int k = 0; k < i; k++)
            fits = fits && tube->slot[k] != slot;
    }
    return fits;
}

/* A document names the slot where it stands now. */
static void say_people(struct played *w, struct tube *tube)
{
    int first = draw(w, w->size), near = draw(w, 3);
    for (int i = 0; i < tube->count; i++) {
        int slot = near ? (first + i) % w->size : draw(w, w->size);
        int document = w->people[slot].document;
        if (draw(w, 40) == 0 && i > 0)
            slot = tube->slot[0], document = w->people[slot].document;
        if (document != 0 && draw(w, 2)) {
            tube->slot[i] = w->document_slot[document];
            add(w, "%s{'document': 'D%06d'}", i ? ", " : "", document);
        } else {
            tube->slot[i] = slot;
            add(w, "%s{'slot': %d}", i ? ", " : "", slot + 1);
        }
    }
}

static void do_sample(struct played *w)
{
    struct owed *round = some_round(w);
    struct tube *tube = &w->tubes[w->tube_count];
    if (!round || round->site == 0 || w->tube_count == TUBES)
        return;
    char text[BH_TIME_TEXT]; /* a phone without network tells late */
    *tube = (struct tube){.at_ms = w->now_ms - draw(w, 4) / 3 * 12 * BH_MINUTE_MS,
                          .round = (int)(round - w->rounds),
                          .count = 1 + draw(w, TUBE_SIZE)};
    say(w, "{'round': %lld, 'site': %lld, 'code': 'T%05d', 'occurred': '%s', 'people': [",
        (long long)round->number, (long long)round->site, w->tube_count,
        time_text(tube->at_ms, text));
    say_people(w, tube);
    add(w, "]}");
    bool fits = may_sample(w, round, tube);
    json_t *answer = step(w, 8, "sample_tube", fits);
    if (fits) {
        tube->number = test_int(answer, "tube");
        for (int i = 0; i < tube->count; i++)
            round->tube[tube->slot[i]] = w->tube_count;
        w->tube_count++;
    }
    json_decref(answer);
}

static struct tube *some_tube(struct played *w)
{
    if (w->tube_count == 0)
        return NULL;
    int back = draw(w, w->tube_count < 6 ? w->tube_count : 6);
    return &w->tubes[draw(w, 4) ? w->tube_count - 1 - back : draw(w, w->tube_count)];
}

static int people_in(const struct played *w, const struct tube *tube)
{
    int count = 0;
    for (int i = 0; i < tube->count; i++)
        count += w->rounds[tube->round].tube[tube->slot[i]] == (int)(tube - w->tubes);
    return count;
}

static void do_undo(struct played *w)
{
    struct tube *tube = some_tube(w);
    if (!tube)
        return;
    struct owed *round = &w->rounds[tube->round];
    int slot = draw(w, 8) ? tube->slot[draw(w, tube->count)] : draw(w, w->size);
    bool fits = !tube->out && round->tube[slot] == (int)(tube - w->tubes) &&
                w->now_ms - tube->at_ms <= undo_within_ms;
    say(w, "{'tube': %lld, 'slot': %d}", (long long)tube->number, slot + 1);
    json_decref(step(w, 9, "undo_sample", fits));
    if (!fits)
        return;
    round->tube[slot] = NONE;
    tube->out = people_in(w, tube) == 0;
    round->state = round->state == ENDED ? MOP_UP : round->state;
}

static void do_reject(struct played *w)
{
    struct tube *tube = some_tube(w);
    if (!tube)
        return;
    struct owed *round = &w->rounds[tube->round];
    bool fits = !tube->out;
    say(w, "{'tube': %lld, 'reason': 'leak'}", (long long)tube->number);
    json_decref(step(w, 10, "reject_tube", fits));
    if (!fits)
        return;
    for (int i = 0; i < tube->count; i++)
        if (round->tube[tube->slot[i]] == (int)(tube - w->tubes))
            round->tube[tube->slot[i]] = NONE;
    tube->out = true;
    round->state = round->state == ENDED ? MOP_UP : round->state;
}

/* Tells of tries only: nobody is owed more or less for it. */
static void do_missed(struct played *w)
{
    struct owed *round = some_round(w);
    if (!round)
        return;
    int slot = draw(w, w->size);
    bool fits = open(round) && slot < round->size && covers(round, w->people[slot].area);
    say(w, "{'round': %lld, 'slot': %d, 'reason': 'absent'}", (long long)round->number, slot + 1);
    json_decref(step(w, 11, "record_missed", fits));
}

static void do_wait(struct played *w)
{
    char text[BH_TIME_TEXT];
    w->now_ms += draw(w, 12) == 0 ? 5 * BH_HOUR_MS + 17 : (1 + draw(w, 6)) * BH_MINUTE_MS + 1;
    test_clock(w->test, time_text(w->now_ms, text));
    for (int i = 0; i < w->round_count; i++) {
        struct owed *round = &w->rounds[i];
        if (round->mopped || w->now_ms < round->mop_up_ms)
            continue;
        round->mopped = true;
        round->state = round->state == SAMPLING ? MOP_UP : round->state;
    }
}

/* ---- comparing ---- */

static void differ(const struct played *w, const struct owed *round, const char *what, int64_t is,
                   int64_t should)
{
    if (is != should)
        fail_msg("seed %llu step %d round %lld (%s, unit %d): %s is %lld, should be %lld",
                 (unsigned long long)w->seed, w->step, (long long)round->number,
                 state_names[round->state], round->unit, what, (long long)is, (long long)should);
}

static int area_of(const json_t *row)
{
    const char *code = json_string_value(json_object_get(row, "area_code"));
    for (int i = 0; i < AREAS; i++)
        if (strcmp(area_codes[i], code) == 0)
            return i;
    fail_msg("a row for %s", code);
    return NONE;
}

static void compare_areas(struct played *w, const struct owed *round)
{
    bool seen[AREAS] = {false};
    char params[64];
    (void)snprintf(params, sizeof params, "{'round': %lld}", (long long)round->number);
    json_t *rows = test_query(w->test, "round_coverage", params), *row = NULL;
    size_t at = 0;
    json_array_foreach(rows, at, row)
    {
        int area = area_of(row);
        struct sums sums = count_area(w, round, area);
        seen[area] = true;
        differ(w, round, "due", test_int(row, "due"), sums.due);
        differ(w, round, "sampled", test_int(row, "sampled"), sums.sampled);
        differ(w, round, "exempt", test_int(row, "exempt"), sums.exempt);
        differ(w, round, "missed", test_int(row, "missed"), sums.missing);
        differ(w, round, "lists", test_int(row, "lists"),
               round->state == MOP_UP && sums.missing > 0);
    }
    for (int area = 0; area < AREAS; area++)
        if (!seen[area])
            differ(w, round, "due where no row is", 0, count_area(w, round, area).due);
    json_decref(rows);
}

/* The names of the missing, door by door, are as many as the counters say. */
static void compare_names(struct played *w, const struct owed *round)
{
    char params[96];
    int64_t missing = 0;
    for (int area = 0; area < AREAS; area++)
        missing += count_area(w, round, area).missing;
    (void)snprintf(params, sizeof params, "{'round': %lld, 'area': '%s'}", (long long)round->number,
                   units[round->unit]);
    json_t *rows = test_query(w->test, "round_missed", params);
    if (open(round))
        differ(w, round, "names of the missing", (int64_t)json_array_size(rows), missing);
    json_decref(rows);
}

static void compare(struct played *w)
{
    for (int i = 0; i < w->round_count; i++) {
        char params[64];
        const struct owed *round = &w->rounds[i];
        (void)snprintf(params, sizeof params, "{'round': %lld}", (long long)round->number);
        json_t *one = test_query(w->test, "round", params);
        int64_t tubes = 0;
        for (int k = 0; k < w->tube_count; k++)
            tubes += w->tubes[k].round == i && !w->tubes[k].out;
        assert_string_equal(json_string_value(json_object_get(one, "state")),
                            state_names[round->state]);
        differ(w, round, "tubes", test_int(json_object_get(one, "tubes"), "sampled"), tubes);
        differ(w, round, "the sum",
               test_int(one, "sampled") + test_int(one, "exempt") + test_int(one, "missed"),
               test_int(one, "due"));
        json_decref(one);
        compare_areas(w, round);
        compare_names(w, round);
    }
    /* A duty for each list, and none for lists that have ended. */
    assert_int_equal(test_count(w->test, "SELECT count(*) FROM duty WHERE rule = 'sweep_community'"
                                         " AND state = 0"),
                     test_count(w->test, "SELECT count(*) FROM round_count WHERE list NOT NULL"));
}

/* ---- sequences ---- */

static void one_step(struct played *w)
{
    static void (*const steps[])(struct played *) = {
        do_list,   do_change, do_change, do_order,  do_open_site, do_close,  do_move,
        do_exempt, do_sample, do_sample, do_sample, do_sample,    do_sample, do_sample,
        do_undo,   do_undo,   do_reject, do_missed, do_wait,      do_wait};
    steps[w->size < 12 ? 0 : draw(w, sizeof steps / sizeof *steps)](w);
}

static void run(struct played *w, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->chance = seed * 7919 + 3;
    w->test = test_ledger_new(NULL);
    w->now_ms = test_ms("2022-03-01T00:00:00+08:00");
    for (int i = 0; i <= SLOTS; i++)
        w->document_slot[i] = NONE;
    json_t *team = test_ok(w->test, "register_institution",
                           "{'kind': 'sampling_team', 'name': '采样队', 'area': '220202'}");
    json_t *roll = test_ok(w->test, "open_roll", "{'area': '220200', 'name': '名册'}");
    w->team = test_int(team, "institution");
    w->roll = test_int(roll, "roll");
    json_decref(team);
    json_decref(roll);
    for (w->step = 0; w->step < STEPS; w->step++) {
        one_step(w);
        if (w->step % CHECK_EVERY == 0)
            compare(w);
    }
    compare(w);
    test_rebuild(w->test);
    test_ledger_free(w->test);
}

static void counters_equal_a_recount(void **state)
{
    (void)state;
    struct played *w = malloc(sizeof *w);
    int taken[16] = {0}, refused[16] = {0};
    const char *first = getenv("BIHUAN_SEED");
    uint64_t from = first ? strtoull(first, NULL, 10) : 1, to = first ? from + 1 : 1 + SEEDS;
    for (uint64_t seed = from; seed < to; seed++) {
        run(w, seed);
        for (int i = 0; i < 16; i++) {
            taken[i] += w->taken[i];
            refused[i] += w->refused[i];
        }
    }
    for (int i = 0; i < 12 && !first;
         i++) { /* every kind of step was taken, and all but listing refused */
        if (taken[i] < 5 || (i > 2 && refused[i] < 5))
            fail_msg("step %d was taken %d times and refused %d times", i, taken[i], refused[i]);
    }
    free(w);
}

/* ---- the most there may be ---- */

/* What changes on a roll is told to each of its open rounds: there are never too many of them. */
static void so_many_rounds_and_no_more(void **state)
{
    enum { MOST = 64 };
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    json_t *answer = test_ok(test, "open_roll", "{'area': '220202', 'name': '名册'}");
    int64_t roll = test_int(answer, "roll");
    json_decref(answer);
    json_decref(test_okf(test, "list_residents",
                         "{'roll': %lld, 'area': '220202001001', 'households': [{'building': 1,"
                         " 'door': '1', 'residents': [{'name': '王'}]}]}",
                         (long long)roll));
    for (int i = 0; i <= MOST; i++) {
        char body[256];
        (void)snprintf(body, sizeof body,
                       "{'area': '220202', 'roll': %lld, 'starts': '2022-03-01T01:00:00+08:00',"
                       " 'pool_size': 10, 'accept_shortfall': '测试'}",
                       (long long)roll);
        if (i < MOST)
            json_decref(test_ok(test, "order_round", body));
        else
            test_refused(test, BH_CONFLICT, "order_round", body);
    }
    json_decref(test_okf(test, "change_resident", "{'roll': %lld, 'slot': 1, 'change': 'died'}",
                         (long long)roll));
    assert_int_equal(test_count(test, "SELECT sum(exempt) FROM round_count"), MOST);
    test_ledger_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_equal_a_recount),
        cmocka_unit_test(so_many_rounds_and_no_more),
    };
    return cmocka_run_group_tests_name("round_counts", tests, NULL, NULL);
}
