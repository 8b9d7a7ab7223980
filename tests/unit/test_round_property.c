/*
 * Whatever order people and tubes come in: sampled, undone, boxed, lost, damaged, found again, laid, read, released,
 * repeated, recalled, rejected, withdrawn. Random commands run against the real ledger, most of them sensible, many of them
 * refused. After every few steps all kept counters are counted again from the rows of tubes and people by other questions
 * than those that keep them; at the end the tables are rebuilt from the log. The seed is printed when they differ.
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

enum { SEEDS = 14, STEPS = 400, RESIDENTS = 60, CHECK_EVERY = 5 };

struct walk {
    struct test_ledger *test;
    uint64_t seed, state;
    int64_t team, courier, lab[2], roll, round, site;
    int64_t now_ms;
    int codes, step;
    const char *command; /* the last one, for a failure */
    int accepted, refused;
    int done[64]; /* accepted, by kind of step */
};

static uint64_t next_random(struct walk *w)
{
    w->state ^= w->state << 13;
    w->state ^= w->state >> 7;
    w->state ^= w->state << 17;
    return w->state;
}

static int64_t below(struct walk *w, int64_t limit)
{
    return (int64_t)(next_random(w) % (uint64_t)limit);
}

static bool one_in(struct walk *w, int64_t n)
{
    return below(w, n) == 0;
}

static bool say(struct walk *w, const char *command, int64_t *ret, const char *name,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
static bool say(struct walk *w, const char *command, int64_t *ret, const char *name,
                const char *format, ...)
{
    char body[8192];
    struct bh_err err = {0};
    json_t *answer = NULL;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    bh_arena_reset(&w->test->arena);
    w->command = command;
    bool ok = test_try(w->test, command, body, &answer, &err);
    if (ok && ret)
        *ret = test_int(answer, name);
    if (!ok && (err.code == BH_MALFORMED || err.code == BH_IO || err.code == BH_CORRUPT ||
                !err.zh[0] || !err.en[0]))
        fail_msg("seed %llu step %d: %s %s: %s", (unsigned long long)w->seed, w->step, command,
                 body, err.en);
    json_decref(answer);
    if (getenv("WALK"))
        (void)fprintf(stderr, "%d %s %s -> %s\n", w->step, command, body, ok ? "ok" : err.en);
    w->accepted += ok;
    w->refused += !ok;
    return ok;
}

/* The nth row (by chance) of a question that gives numbers; 0 = none. */
static int64_t any(struct walk *w, const char *sql)
{
    struct rows rows;
    struct bh_err err;
    int64_t found[512], count = 0;
    db_rows(w->test->ledger->db, &rows, sql, "");
    while (count < 512 && db_next(&rows))
        found[count++] = row_int(&rows, 0);
    if (!db_end(&rows, &err))
        fail_msg("%s: %s", sql, err.en);
    return count ? found[below(w, count)] : 0;
}

static int64_t count(struct walk *w, const char *sql)
{
    struct bh_err err;
    int64_t value = 0;
    if (!db_int(w->test->ledger->db, &err, &value, NULL, sql, ""))
        fail_msg("%s: %s", sql, err.en);
    return value == BH_NONE ? 0 : value; /* the sum of nothing */
}

/* ---- steps: each returns whether something was accepted ---- */

static bool step_sample(struct walk *w)
{
    char people[256] = "";
    int64_t first = 1 + below(w, RESIDENTS), size = one_in(w, 4) ? 1 : 1 + below(w, 5);
    for (int64_t i = 0; i < size; i++)
        (void)snprintf(people + strlen(people), sizeof people - strlen(people), "%s{'slot': %lld}",
                       i ? ", " : "",
                       (long long)(one_in(w, 8) ? 1 + below(w, RESIDENTS) : first + i));
    return say(w, "sample_tube", NULL, NULL,
               "{'round': %lld, 'site': %lld, 'code': 'T%05d', 'people': [%s]}",
               (long long)w->round, (long long)w->site, ++w->codes, people);
}

static bool step_undo(struct walk *w)
{
    int64_t id = any(w, "SELECT s.id FROM sample s JOIN tube t ON t.tube = s.tube");
    int64_t tube = any(w, "SELECT tube FROM tube WHERE box IS NULL AND round IS NOT NULL");
    struct bh_err err;
    bool found = false;
    assert_true(db_int(w->test->ledger->db, &err, &tube, &found,
                       "SELECT tube FROM sample WHERE id = ?", "i", id));
    return say(w, "undo_sample", NULL, NULL, "{'tube': %lld, 'slot': %lld}",
               (long long)(tube ? tube : 1), (long long)(id ? id & 0xffffffff : 1));
}

static bool step_roll(struct walk *w)
{
    static const char *const changes[] = {"left", "returned", "abroad"};
    if (one_in(w, 2))
        return say(w, "exempt_resident", NULL, NULL,
                   "{'round': %lld, 'slot': %lld, 'reason': 'medical'}", (long long)w->round,
                   (long long)(1 + below(w, RESIDENTS)));
    return say(w, "change_resident", NULL, NULL, "{'roll': %lld, 'slot': %lld, 'change': '%s'}",
               (long long)w->roll, (long long)(1 + below(w, RESIDENTS)), changes[below(w, 3)]);
}

/* Codes of some tubes, as a JSON list. */
static int codes_of(struct walk *w, const char *sql, char *out, size_t size, int most)
{
    int64_t chosen[8];
    int taken = 0;
    out[0] = 0;
    for (int i = 0; i < most && i < 8; i++) {
        struct rows rows;
        struct bh_err err;
        int64_t tube = any(w, sql);
        bool again = tube == 0;
        for (int k = 0; k < taken; k++)
            again = again || (chosen[k] == tube && !one_in(w, 20));
        if (again)
            continue;
        chosen[taken++] = tube;
        db_rows(w->test->ledger->db, &rows, "SELECT code FROM tube WHERE tube = ?", "i", tube);
        assert_true(db_next(&rows));
        struct bh_str code = row_text(&rows, 0);
        (void)snprintf(out + strlen(out), size - strlen(out), "%s'%.*s'", taken > 1 ? ", " : "",
                       (int)code.len, code.at);
        assert_true(db_end(&rows, &err));
    }
    return taken;
}

static bool step_seal(struct walk *w)
{
    char list[256];
    int size =
        codes_of(w,
                 one_in(w, 15) ? "SELECT tube FROM tube WHERE round IS NOT NULL"
                               : "SELECT tube FROM tube WHERE round IS NOT NULL AND box IS NULL AND"
                                 " sent_back_ms IS NULL",
                 list, sizeof list, 1 + (int)below(w, 5));
    return size > 0 && say(w, "seal_box", NULL, NULL,
                           "{'round': %lld, 'site': %lld, 'code': 'BX%05d', 'tubes': [%s],"
                           " 'count': %d}",
                           (long long)w->round, (long long)w->site, ++w->codes, list,
                           size + (one_in(w, 6) ? 1 : 0));
}

static bool step_pick_up(struct walk *w)
{
    int64_t box = any(w, "SELECT box FROM box WHERE picked_ms IS NULL");
    return box && say(w, "pick_up_box", NULL, NULL,
                      "{'box': %lld, 'institution': %lld, 'count': 2, 'from_signature': '王',"
                      " 'courier_signature': '李'}",
                      (long long)box, (long long)w->courier);
}

static bool step_receive(struct walk *w)
{
    int64_t box = any(w, "SELECT box FROM box WHERE received_ms IS NULL AND lost_ms IS NULL AND"
                         " picked_ms IS NOT NULL");
    char missing[64] = "", damaged[96] = "";
    struct rows rows;
    struct bh_err err;
    if (box == 0)
        return false;
    db_rows(w->test->ledger->db, &rows, "SELECT code FROM tube WHERE box = ? ORDER BY tube", "i",
            box);
    while (db_next(&rows)) {
        struct bh_str code = row_text(&rows, 0);
        if (missing[0] == 0 && one_in(w, 6))
            (void)snprintf(missing, sizeof missing, "'%.*s'", (int)code.len, code.at);
        else if (damaged[0] == 0 && one_in(w, 6))
            (void)snprintf(damaged, sizeof damaged, "{'code': '%.*s', 'reason': 'leak'}",
                           (int)code.len, code.at);
    }
    assert_true(db_end(&rows, &err));
    return say(w, "receive_box", NULL, NULL,
               "{'box': %lld, 'institution': %lld, 'count': 2, 'missing': [%s], 'damaged': [%s],"
               " 'courier_signature': '李', 'to_signature': '赵'}",
               (long long)box, (long long)w->lab[below(w, 2)], missing, damaged);
}

static bool step_incident(struct walk *w)
{
    int64_t box = any(w, "SELECT box FROM box WHERE received_ms IS NULL");
    int64_t difference = any(w, "SELECT difference FROM box_difference WHERE explained_ms IS NULL");
    if (difference && one_in(w, 2))
        return say(w, "explain_difference", NULL, NULL,
                   "{'difference': %lld, 'explanation': '误数'}", (long long)difference);
    return box && say(w, "report_incident", NULL, NULL, "{'box': %lld, 'kind': '%s'}",
                      (long long)box, one_in(w, 3) ? "lost" : "delay");
}

static bool step_receive_tube(struct walk *w)
{
    int64_t tube = any(w, "SELECT tube FROM tube WHERE received_ms IS NULL");
    struct bh_err err;
    int64_t size = 1;
    bool found = false;
    assert_true(db_int(w->test->ledger->db, &err, &size, &found,
                       "SELECT size FROM tube WHERE tube = ?", "i", tube));
    return tube &&
           say(w, "receive_tube", NULL, NULL, "{'tube': %lld, 'institution': %lld, 'count': %lld}",
               (long long)tube, (long long)w->lab[below(w, 2)], (long long)(size ? size : 1));
}

static bool step_reject(struct walk *w)
{
    static const char *const reasons[] = {"leak", "lost", "inhibited", "other"};
    int64_t tube = any(w, "SELECT tube FROM tube WHERE sent_back_ms IS NULL AND verdict IS NULL");
    return tube && say(w, "reject_tube", NULL, NULL, "{'tube': %lld, 'reason': '%s'}",
                       (long long)tube, reasons[below(w, 4)]);
}

static bool step_result(struct walk *w)
{
    static const char *const verdicts[] = {"negative", "negative", "positive", "grey", "invalid"};
    int64_t tube = any(w, "SELECT tube FROM tube WHERE received_ms IS NOT NULL");
    return tube && say(w, "result_tube", NULL, NULL, "{'tube': %lld, 'verdict': '%s'}",
                       (long long)tube, verdicts[below(w, 5)]);
}

static bool step_results(struct walk *w)
{
    int64_t lab = w->lab[below(w, 2)], tubes[3];
    for (int i = 0; i < 3; i++)
        tubes[i] = any(w, "SELECT tube FROM tube WHERE received_ms IS NOT NULL AND verdict IS NULL"
                          " AND plate IS NULL");
    if (tubes[0] == 0)
        return false;
    bool two = tubes[1] != tubes[0];
    return say(w, "result_tubes", NULL, NULL,
               two ? "{'institution': %lld, 'negative': [%lld, %lld]}"
                   : "{'institution': %lld, 'negative': [%lld]}",
               (long long)lab, (long long)tubes[0], (long long)tubes[1]);
}

static bool step_recall(struct walk *w)
{
    int64_t tube = any(w, "SELECT tube FROM tube WHERE verdict = 0");
    return tube &&
           say(w, "recall_result", NULL, NULL, "{'tube': %lld, 'reason': '错孔'}", (long long)tube);
}

static bool step_lay(struct walk *w)
{
    char list[256];
    int size = codes_of(w,
                        "SELECT tube FROM tube WHERE received_ms IS NOT NULL AND plate IS NULL AND"
                        " (verdict IS NULL OR verdict > 1) AND sent_back_ms IS NULL",
                        list, sizeof list, 1 + (int)below(w, 5));
    char wells[512] = "";
    const char *at = list;
    for (int i = 0; i < size; i++) {
        const char *end = strchr(at + 1, '\'');
        (void)snprintf(wells + strlen(wells), sizeof wells - strlen(wells), "%s{'code': %.*s}",
                       i ? ", " : "", (int)(end - at + 1), at);
        at = end + 3;
    }
    return size > 0 &&
           say(w, "lay_plate", NULL, NULL, "{'institution': %lld, 'code': 'P%d', 'wells': [%s]}",
               (long long)w->lab[below(w, 2)], ++w->codes, wells);
}

static bool step_read(struct walk *w)
{
    static const char *const values[] = {"",
                                         "",
                                         "",
                                         ", 'ct_orf1ab': 2500, 'ct_n': 2600",
                                         ", 'ct_n': 3900",
                                         ", 'ct_n': 4100",
                                         ", 'internal': false"};
    int64_t plate = any(w, "SELECT plate FROM plate WHERE read_ms IS NULL");
    int64_t tubes = 0;
    char wells[1024] = "";
    struct bh_err err;
    if (plate == 0)
        return false;
    assert_true(db_int(w->test->ledger->db, &err, &tubes, NULL,
                       "SELECT tubes FROM plate WHERE plate = ?", "i", plate));
    for (int64_t i = 0; i < tubes; i++)
        (void)snprintf(wells + strlen(wells), sizeof wells - strlen(wells), "{'well': '%c1'%s}, ",
                       (char)('A' + i), values[below(w, 7)]);
    w->test->actor = 7;
    bool ok = say(w, "read_plate", NULL, NULL,
                  "{'plate': %lld, 'wells': [%s{'well': 'G12'%s},"
                  " {'well': 'H12', 'ct_orf1ab': 2500, 'ct_n': 2500}]}",
                  (long long)plate, wells, one_in(w, 6) ? ", 'ct_n': 3000" : "");
    w->test->actor = 0;
    return ok;
}

static bool step_release(struct walk *w)
{
    int64_t plate = any(w, "SELECT plate FROM plate WHERE read_ms IS NOT NULL AND controls = 1 AND"
                           " released_ms IS NULL");
    if (plate == 0)
        return false;
    w->test->actor = one_in(w, 5) ? 7 : 8;
    bool ok =
        say(w, "release_plate", NULL, NULL, "{'plate': %lld, 'signature': '孙', 'repeat': [%s]}",
            (long long)plate, one_in(w, 3) ? "'A1'" : "");
    assert_false(ok && w->test->actor == 7);
    w->test->actor = 0;
    return ok;
}

static bool step_resample(struct walk *w);

/* All who are held at this moment are sampled singly, and each gets a result: pools are resolved. */
static bool step_decide_all(struct walk *w)
{
    struct bh_err err;
    bool any_done = false;
    for (int i = 0; i < 24 && step_resample(w); i++) {
        int64_t tube = 0;
        assert_true(db_int(w->test->ledger->db, &err, &tube, NULL,
                           "SELECT MAX(tube) FROM tube"
                           " WHERE resample_of IS NOT NULL",
                           ""));
        any_done =
            say(w, "receive_tube", NULL, NULL, "{'tube': %lld, 'institution': %lld, 'count': 1}",
                (long long)tube, (long long)w->lab[0]) &&
            say(w, "result_tube", NULL, NULL, "{'tube': %lld, 'verdict': '%s'}", (long long)tube,
                one_in(w, 4) ? "positive" : "negative");
    }
    return any_done;
}

static bool step_resample(struct walk *w)
{
    int64_t row = any(w, "SELECT m.held_seq FROM tube_member m WHERE m.held_seq IS NOT NULL AND"
                         " m.outcome IS NULL");
    int64_t tube = 0, person = 0;
    struct bh_err err;
    if (row == 0)
        return false;
    assert_true(db_int(w->test->ledger->db, &err, &tube, NULL,
                       "SELECT tube FROM tube_member WHERE held_seq = ?", "i", row));
    assert_true(db_int(w->test->ledger->db, &err, &person, NULL,
                       "SELECT person FROM tube_member WHERE held_seq = ?", "i", row));
    return say(w, "collect_tube", NULL, NULL,
               "{'area': '220202', 'code': 'R%05d', 'kind': 'single', 'institution': %lld,"
               " 'members': [{'person': %lld}], 'resample_of': %lld}",
               ++w->codes, (long long)w->team, (long long)person, (long long)tube);
}

/* A result told singly turns out to be wrong; what followed from it is withdrawn, too. */
static bool step_withdraw(struct walk *w)
{
    int64_t fact = any(w, "SELECT result_seq FROM tube t JOIN tube_fact f ON f.seq = t.result_seq");
    int64_t decided = any(w, "SELECT t.result_seq FROM tube t JOIN tube p ON p.tube = t.resample_of"
                             " WHERE p.resolved_ms IS NOT NULL AND t.result_seq IS NOT NULL");
    fact = decided && one_in(w, 2) ? decided : fact;
    return fact && say(w, "withdraw_fact", NULL, NULL, "{'target': %lld, 'reason': '结果录错'}",
                       (long long)fact);
}

/* A single sample of a pool member was of somebody else. */
static bool step_unsample(struct walk *w)
{
    int64_t tube =
        any(w, "SELECT tube FROM tube WHERE resample_of IS NOT NULL AND withdrawn_ms IS NULL");
    return tube && say(w, "withdraw_fact", NULL, NULL, "{'target': %lld, 'reason': '采错人'}",
                       (long long)tube);
}

static bool step_redate(struct walk *w)
{
    int64_t fact = any(w, "SELECT result_seq FROM tube t JOIN tube_fact f ON f.seq = t.result_seq");
    char time[BH_TIME_TEXT];
    bh_time_format(w->now_ms - below(w, 3) * BH_HOUR_MS, 480, time);
    return fact && say(w, "redate_fact", NULL, NULL,
                       "{'target': %lld, 'occurred_at': '%s', 'reason': '时间录错'}",
                       (long long)fact, time);
}

/* What the site asks for is answered once. */
static bool step_supplies(struct walk *w)
{
    int64_t request = any(w, "SELECT request FROM round_request");
    if (request && one_in(w, 3))
        return say(w, "refuse_supplies", NULL, NULL, "{'request': %lld, 'reason': 'none_left'}",
                   (long long)request);
    if (request && one_in(w, 2))
        return say(w, "send_supplies", NULL, NULL, "{'request': %lld, 'count': %lld}",
                   (long long)request, (long long)(1 + below(w, 50)));
    return say(w, "request_supplies", NULL, NULL, "{'site': %lld, 'kind': 'tubes', 'count': %lld}",
               (long long)w->site, (long long)(1 + below(w, 50)));
}

static bool step_time(struct walk *w)
{
    char time[BH_TIME_TEXT];
    w->now_ms += (1 + below(w, 20)) * BH_MINUTE_MS;
    bh_time_format(w->now_ms, 480, time);
    test_clock(w->test, time);
    return true;
}

struct kind {
    bool (*run)(struct walk *w);
    int weight;
};
static const struct kind kinds[] = {
    {step_sample, 22},    {step_undo, 3},     {step_roll, 4},     {step_seal, 8},
    {step_pick_up, 8},    {step_receive, 8},  {step_incident, 2}, {step_receive_tube, 6},
    {step_reject, 4},     {step_result, 8},   {step_results, 4},  {step_recall, 2},
    {step_lay, 9},        {step_read, 8},     {step_release, 8},  {step_resample, 8},
    {step_withdraw, 5},   {step_redate, 2},   {step_time, 10},    {step_unsample, 1},
    {step_decide_all, 4}, {step_supplies, 2},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* ---- counted again ---- */

static void equal(struct walk *w, const char *what, int64_t kept, int64_t counted)
{
    if (kept != counted)
        fail_msg("seed %llu step %d after %s: %s is kept as %lld, counted %lld",
                 (unsigned long long)w->seed, w->step, w->command, what, (long long)kept,
                 (long long)counted);
}

/* A result that ends the tube's way, as a condition on a row t of tube. */
#define DECIDED  "(t.verdict IS NOT NULL AND t.verdict <> 3 AND NOT (t.kind = 0 AND t.verdict = 2))"
#define OF_ROUND "t.round IS NOT NULL AND t.sent_back_ms IS NULL"
/* Read on a plate with good controls and waiting for release. */
#define WAITS_RELEASE                                                                              \
    "EXISTS (SELECT 1 FROM plate p JOIN plate_well w ON w.plate = p.plate WHERE p.plate = t.plate" \
    " AND w.tube = t.tube AND p.controls = 1 AND p.released_ms IS NULL AND w.verdict <> 3"         \
    " AND NOT (t.kind = 0 AND w.verdict = 2))"

static void check_people(struct walk *w)
{
    equal(w, "people sampled", count(w, "SELECT SUM(sampled) FROM round_count"),
          count(w, "SELECT COUNT(*) FROM sample"));
    equal(w, "people exempt", count(w, "SELECT SUM(exempt) FROM round_count"),
          count(w, "SELECT COUNT(*) FROM round_away a WHERE NOT EXISTS (SELECT 1 FROM sample s"
                   " WHERE s.id = a.id)"));
    equal(w, "communities whose sampled differs", 0,
          count(w, "SELECT COUNT(*) FROM round_count c WHERE c.sampled <> (SELECT COUNT(*) FROM"
                   " sample s JOIN roll_block b ON (s.id & 4294967295) BETWEEN b.first_slot AND"
                   " b.last_slot WHERE b.area = c.area)"));
    equal(w, "communities with less than nobody missing", 0,
          count(w, "SELECT COUNT(*) FROM round_count WHERE due - sampled - exempt < 0"));
    equal(w, "tubes whose size is not that of their people", 0,
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.round IS NOT NULL AND (SELECT COUNT(*)"
                   " FROM sample s WHERE s.tube = t.tube) <> CASE WHEN t.sent_back_ms IS NULL THEN"
                   " t.size ELSE 0 END"));
}

static void check_stages(struct walk *w)
{
    equal(w, "tubes", count(w, "SELECT tubes FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE " OF_ROUND));
    equal(w, "tubes sealed", count(w, "SELECT sealed FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.box IS NOT NULL AND " OF_ROUND));
    equal(w, "tubes delivered", count(w, "SELECT delivered FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.received_ms IS NOT NULL AND " OF_ROUND));
    equal(w, "tubes received", count(w, "SELECT received FROM round_total"),
          count(w, "SELECT delivered FROM round_total"));
    equal(w, "tubes tested", count(w, "SELECT tested FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE " OF_ROUND " AND (" DECIDED
                   " OR " WAITS_RELEASE ")"));
    equal(w, "tubes reported", count(w, "SELECT reported FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE " OF_ROUND " AND " DECIDED));
    /* Every tube ever sampled was delivered, is under way, or was lost with a reason: rejected, or emptied by undoing. */
    equal(w, "tubes ever sampled", count(w, "SELECT COUNT(*) FROM event WHERE kind = 221"),
          count(w, "SELECT delivered FROM round_total") +
              count(w, "SELECT COUNT(*) FROM tube t WHERE t.received_ms IS NULL AND " OF_ROUND) +
              count(w, "SELECT COUNT(*) FROM lab_rejected WHERE round IS NOT NULL") +
              count(w, "SELECT COUNT(*) FROM tube t WHERE t.sent_back_ms IS NOT NULL AND t.size = 0"
                       " AND NOT EXISTS (SELECT 1 FROM lab_rejected r WHERE r.tube = t.tube)"));
    equal(w, "hours that do not add up", 0,
          count(w, "SELECT COUNT(*) FROM round_total t WHERE (SELECT SUM(tubes) || ',' ||"
                   " SUM(sealed) || ',' || SUM(delivered) || ',' || SUM(received) || ',' ||"
                   " SUM(tested) || ',' || SUM(reported) FROM round_hour) <> t.tubes || ',' ||"
                   " t.sealed || ',' || t.delivered || ',' || t.received || ',' || t.tested || ','"
                   " || t.reported"));
    equal(w, "sites whose boxed differs", 0,
          count(w, "SELECT COUNT(*) FROM site_count s WHERE s.boxed <> (SELECT COUNT(*) FROM tube t"
                   " WHERE t.site = s.site AND (t.box IS NOT NULL OR t.sent_back_ms IS NOT"
                   " NULL))"));
}

static void check_boxes(struct walk *w)
{
    equal(w, "boxes whose tubes differ", 0,
          count(w, "SELECT COUNT(*) FROM box b WHERE b.size <> (SELECT COUNT(*) FROM tube t WHERE"
                   " t.box = b.box)"));
    equal(w, "boxes whose unanswered tubes differ", 0,
          count(w, "SELECT COUNT(*) FROM box b WHERE b.unanswered <> (SELECT COUNT(*) FROM tube t"
                   " WHERE t.box = b.box AND t.sent_back_ms IS NULL AND NOT " DECIDED ")"));
    equal(w, "requests that are owed an answer",
          count(w, "SELECT COUNT(*) FROM round_request WHERE answered_ms IS NULL"),
          count(w, "SELECT COUNT(*) FROM duty WHERE rule = 'answer_request' AND ended_ms IS NULL"));
    equal(w, "boxes whose open differences differ", 0,
          count(w, "SELECT COUNT(*) FROM box b WHERE b.differences <> (SELECT COUNT(*) FROM"
                   " box_difference d WHERE d.box = b.box AND d.explained_ms IS NULL)"));
    equal(w, "tubes that lie on a plate that does not hold them", 0,
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.plate IS NOT NULL AND NOT EXISTS (SELECT 1"
                   " FROM plate_well w WHERE w.plate = t.plate AND w.tube = t.tube)"));
    equal(w, "laboratories whose counters differ", 0,
          count(w,
                "SELECT COUNT(*) FROM lab_total l WHERE"
                " l.received <> (SELECT COUNT(*) FROM tube t WHERE t.received_by = l.institution)"
                " OR l.rejected <> (SELECT COUNT(*) FROM tube t WHERE t.received_by ="
                " l.institution AND t.sent_back_ms IS NOT NULL)"
                " OR l.reported <> (SELECT COUNT(*) FROM tube t WHERE t.received_by ="
                " l.institution AND " DECIDED ")"
                " OR l.tested <> (SELECT COUNT(*) FROM tube t WHERE t.received_by = l.institution"
                " AND (" DECIDED " OR " WAITS_RELEASE "))"
                " OR l.pools <> (SELECT COUNT(*) FROM tube t WHERE t.received_by = l.institution"
                " AND t.kind = 1 AND " DECIDED ")"
                " OR l.received - l.tested - l.rejected < 0"));
}

/* One fate for all of a pool until it is resolved. */
static void check_pools(struct walk *w)
{
    equal(w, "pools positive", count(w, "SELECT pools_positive FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.round IS NOT NULL AND t.kind = 1 AND"
                   " t.verdict IN (1, 2)"));
    equal(w, "pools resolved", count(w, "SELECT pools_resolved FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube WHERE round IS NOT NULL AND resolved_ms IS NOT "
                   "NULL"));
    equal(w, "people positive", count(w, "SELECT positives FROM round_total"),
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.round IS NOT NULL AND t.kind = 0 AND"
                   " t.verdict = 1") +
              count(w, "SELECT COUNT(*) FROM tube_member m JOIN tube t ON t.tube = m.tube WHERE"
                       " t.round IS NOT NULL AND m.outcome = 1"));
    equal(w, "positive pools not held as a whole", 0,
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.round IS NOT NULL AND t.kind = 1 AND"
                   " t.verdict IN (1, 2) AND (SELECT COUNT(held_seq) FROM tube_member m WHERE"
                   " m.tube = t.tube) <> t.size"));
    equal(w, "other pools with somebody held", 0,
          count(w, "SELECT COUNT(*) FROM tube t JOIN tube_member m ON m.tube = t.tube WHERE"
                   " m.held_seq IS NOT NULL AND coalesce(t.verdict, 0) NOT IN (1, 2)"));
    equal(w, "pools whose undecided members differ", 0,
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.held_left <> (SELECT COUNT(*) FROM"
                   " tube_member m WHERE m.tube = t.tube AND m.held_seq IS NOT NULL AND m.outcome"
                   " IS NULL)"));
    equal(w, "pools resolved with somebody undecided", 0,
          count(w, "SELECT COUNT(*) FROM tube WHERE resolved_ms IS NOT NULL AND held_left > 0"));
    equal(w, "positive pools with everybody decided and not resolved", 0,
          count(w,
                "SELECT COUNT(*) FROM tube WHERE kind = 1 AND verdict IN (1, 2) AND held_left = 0"
                " AND resolved_ms IS NULL"));
    equal(w, "pools whose duty is not as they are", 0,
          count(w, "SELECT COUNT(*) FROM tube t WHERE t.kind = 1 AND (t.held_left > 0) <> EXISTS"
                   " (SELECT 1 FROM duty d WHERE d.rule = 'hold_members' AND d.subject = t.tube"
                   " AND d.state = 0)"));
    equal(w, "held members without a duty to sample them singly", 0,
          count(w, "SELECT COUNT(*) FROM tube_member m WHERE m.held_seq IS NOT NULL AND m.outcome"
                   " IS NULL AND NOT EXISTS (SELECT 1 FROM duty d WHERE d.rule = 'resample_single'"
                   " AND d.subject = m.person AND d.state = 0)"));
    equal(w, "duties to sample somebody singly whom no pool holds", 0,
          count(w, "SELECT COUNT(*) FROM duty d WHERE d.rule = 'resample_single' AND d.state = 0"
                   " AND NOT EXISTS (SELECT 1 FROM tube_member m WHERE m.person = d.subject AND"
                   " m.held_seq IS NOT NULL AND m.outcome IS NULL)"));
    equal(w, "members decided by no result", 0,
          count(w, "SELECT COUNT(*) FROM tube_member m WHERE m.outcome IS NOT NULL AND NOT EXISTS"
                   " (SELECT 1 FROM tube_member o JOIN tube t ON t.tube = o.tube WHERE o.person ="
                   " m.person AND t.resample_of = m.tube AND t.withdrawn_ms IS NULL"
                   " AND t.verdict = m.outcome)"));
    equal(w, "persons registered twice for one document", 0,
          count(w, "SELECT COUNT(*) FROM (SELECT document_hash FROM person GROUP BY document_hash"
                   " HAVING COUNT(*) > 1 AND document_hash IS NOT NULL)"));
}

static void check(struct walk *w)
{
    check_people(w);
    check_stages(w);
    check_boxes(w);
    check_pools(w);
}

/* ---- walks ---- */

static int64_t institution(struct walk *w, const char *kind)
{
    json_t *answer = test_okf(w->test, "register_institution",
                              "{'area': '220202', 'kind': '%s', 'name': 'I%d', 'name_en': 'x'}",
                              kind, ++w->codes);
    int64_t found = test_int(answer, "institution");
    json_decref(answer);
    return found;
}

static void list_residents(struct walk *w, const char *area, int first, int people)
{
    char residents[4096] = "";
    for (int i = 0; i < people; i++)
        (void)snprintf(residents + strlen(residents), sizeof residents - strlen(residents),
                       one_in(w, 5) ? "%s{'name': '住户%d'}"
                                    : "%s{'name': '住户', 'document': '2202021990%08d'}",
                       i ? ", " : "", first + i);
    json_decref(test_okf(w->test, "list_residents",
                         "{'roll': %lld, 'area': '%s', 'households': [{'building': 1, 'unit': 1,"
                         " 'door': '门牌', 'residents': [%s]}]}",
                         (long long)w->roll, area, residents));
}

static void begin(struct walk *w, uint64_t seed)
{
    *w = (struct walk){.seed = seed, .state = seed * UINT64_C(0x9E3779B97F4A7C15)};
    w->test = test_ledger_new("2022-03-13T08:00:00+08:00");
    w->now_ms = test_ms("2022-03-13T08:00:00+08:00");
    w->team = institution(w, "sampling_team");
    w->courier = institution(w, "transfer_team");
    w->lab[0] = institution(w, "laboratory");
    w->lab[1] = institution(w, "laboratory");
    assert_true(say(w, "open_roll", &w->roll, "roll", "{'area': '220202', 'name': '名册'}"));
    list_residents(w, "220202001001", 0, RESIDENTS / 2);
    list_residents(w, "220202001002", RESIDENTS / 2, RESIDENTS / 2);
    assert_true(say(w, "order_round", &w->round, "round",
                    "{'area': '220202', 'roll': %lld, 'starts': '2022-03-13T08:30:00+08:00',"
                    " 'accept_shortfall': '试验'}",
                    (long long)w->roll));
    assert_true(say(w, "open_site", &w->site, "site",
                    "{'round': %lld, 'area': '220202001001', 'institution': %lld, 'name': '广场',"
                    " 'stations': 1, 'samplers': 1}",
                    (long long)w->round, (long long)w->team));
}

static void take_step(struct walk *w)
{
    int all = 0, kind = 0;
    for (int i = 0; i < KINDS; i++)
        all += kinds[i].weight;
    int64_t at = below(w, all);
    while (at >= kinds[kind].weight)
        at -= kinds[kind++].weight;
    w->done[kind] += kinds[kind].run(w);
}

static void counters_equal_a_recount_whatever_happens(void **state)
{
    int done[KINDS] = {0}, refused = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct walk w;
        begin(&w, seed);
        for (w.step = 1; w.step <= STEPS; w.step++) {
            take_step(&w);
            if (w.step % CHECK_EVERY == 0)
                check(&w);
        }
        test_rebuild(w.test);
        test_ledger_free(w.test);
        for (int i = 0; i < KINDS; i++)
            done[i] += w.done[i];
        refused += w.refused;
    }
    /* A walk that never does something proves nothing about it. */
    for (int i = 0; i < KINDS; i++)
        if (done[i] < SEEDS / 2)
            fail_msg("step %d was accepted only %d times", i, done[i]);
    assert_true(refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_equal_a_recount_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
