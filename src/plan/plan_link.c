#include "plan/plan_link.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"

#include <string.h>

enum { EVENT_EXERCISE_CLOCK_SET = 900, SPEED_MAX = 3600 };

struct exercise_clock {
    int64_t speed, jump_to, run;
};

static const struct field clock_fields[] = {
    FIELD(exercise_clock, speed, INT, 0, "倍速", "Times real time", .min = 1, .max = SPEED_MAX),
    FIELD(exercise_clock, jump_to, TIME, 0, "跳到", "Jump to"),
    FIELD(exercise_clock, run, BOOL, 0, "走时", "Running"),
};
RECORD(clock_record, exercise_clock, clock_fields);

static const struct event_kind events[] = {
    {EVENT_EXERCISE_CLOCK_SET, 1, "exercise_clock_set", "设定练习时钟", "Exercise clock set",
     &clock_record, NULL},
    {0},
};

static bool decide_clock(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct exercise_clock *clock = body;
    (void)facts;
    if (clock->speed == BH_NONE && clock->jump_to == BH_NONE && clock->run == BH_NONE)
        return bh_fail(err, BH_INVALID, "请给出倍速、时刻或走停",
                       "give a speed, an instant, or run");
    if (clock->jump_to != BH_NONE && clock->jump_to < decision_now(d))
        return bh_fail_field(
            err, BH_CONFLICT, "jump_to", "日志时钟不能后退；查看过去请用“按此刻所知”",
            "the log's clock never goes back; to look back use the 'as known at' time");
    (void)decision_emit(d, EVENT_EXERCISE_CLOCK_SET, NULL, clock);
    return true;
}

static const struct command commands[] = {
    {"set_exercise_clock", "设定练习时钟", "Set the exercise clock", &clock_record, PRIORITY_RESULT,
     COMMAND_EXERCISE_ONLY, 0, NULL, decide_clock, "{\"speed\": 60, \"run\": true}"},
    {0},
};

static const struct derived_table tables[] = {
    {"exercise_clock",
     "CREATE TABLE exercise_clock (seq INTEGER PRIMARY KEY, known_ms INTEGER NOT NULL,"
     " speed INTEGER, running INTEGER)",
     NULL},
    {0},
};

static bool apply(struct db *db, const struct event *event, struct bh_err *err)
{
    if (event->kind->number != EVENT_EXERCISE_CLOCK_SET)
        return true;
    const struct exercise_clock *clock = event->fields;
    return db_run(db, err,
                  "INSERT INTO exercise_clock (seq, known_ms, speed, running) VALUES (?,?,?,?)",
                  "iiII", event->seq, event->recorded_ms, clock->speed, clock->run);
}

static bool latest(struct db *db, bool running, int64_t otherwise, int64_t *ret, struct bh_err *err)
{
    bool found = false;
    *ret = otherwise;
    if (running)
        return db_int(db, err, ret, &found,
                      "SELECT running FROM exercise_clock WHERE running IS NOT NULL ORDER BY seq "
                      "DESC LIMIT 1",
                      "");
    return db_int(
        db, err, ret, &found,
        "SELECT speed FROM exercise_clock WHERE speed IS NOT NULL ORDER BY seq DESC LIMIT 1", "");
}

static bool run_exercise(struct reader *reader, const void *params, json_t **ret,
                         struct bh_err *err)
{
    char now[BH_TIME_TEXT], started[BH_TIME_TEXT], ends[BH_TIME_TEXT];
    int64_t speed = 1, running = 0, first_ms = 0, last_ms = 0;
    int zone = reader->ledger->zone_minutes;
    (void)params;
    if (!latest(reader->db, false, 1, &speed, err) || !latest(reader->db, true, 0, &running, err) ||
        !db_int(reader->db, err, &first_ms, NULL, "SELECT recorded_ms FROM event WHERE seq = 1",
                "") ||
        !db_int(reader->db, err, &last_ms, NULL,
                "SELECT recorded_ms FROM event ORDER BY seq DESC LIMIT 1", ""))
        return false;
    bh_time_format(reader->now_ms, zone, now);
    bh_time_format(first_ms, zone, started);
    bh_time_format(last_ms, zone, ends);
    *ret = json_pack("{s:b, s:I, s:s, s:b, s:s, s:s, s:s}", "exercise", reader->ledger->exercise,
                     "speed", (json_int_t)speed, "now", now, "running", (int)(running == 1),
                     "started", started, "ends", ends, "name", reader->ledger->name);
    return true;
}

static const struct query queries[] = {
    {"exercise", "练习状态", "State of the exercise", NULL, QUERY_ONE | QUERY_ANY_AREA,
     PRIORITY_LOOKUP, NULL, NULL, run_exercise, ""},
    {0},
};

const struct link plan_link = {
    .name = "plan",
    .zh = "推演",
    .en = "Planning",
    .events = events,
    .commands = commands,
    .queries = queries,
    .tables = tables,
    .apply = apply,
};
