/*
 * bench_fill FOLDER EVENTS PEOPLE BODIES
 * bench_fill FOLDER SESSION
 *
 * Makes a log larger, and prepares a folder to be measured:
 * - until EVENTS events were added (0 = none): further synthetic cases, in waves of 400, through the public
 *   commands: person, positive, review, diagnosis, report, three audits, pick-up, hand-over, admission, release of
 *   one case in three. Each step comes ten minutes of the log's clock after the one before, so that duties open and
 *   close; one person in fifty is left waiting after the diagnosis, so that loops stay open, fall overdue and climb.
 *   A window of the province's bulletin is opened for each further day.
 * - PEOPLE persons without a positive, and a file BODIES with one body of report_positive for each, one a line.
 * - a user who may report and read.
 * The second form logs this user in: SESSION gets the cookie's value and the CSRF token, one a line.
 */
#include "world.h"

#include "base/time.h"
#include "ledger/area.h"
#include "ledger/post_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAVE = 400, UNITS_MAX = 128, HOSPITALS_MAX = 64, STEP_MS = 10 * 60000 };

static const char province[] = "220000";

struct one {
    int64_t person, positive, case_number, report;
};

struct fill {
    struct ledger *ledger;
    struct bench_batch batch;
    const char *unit[UNITS_MAX];
    size_t unit_count;
    int64_t hospital[HOSPITALS_MAX];
    size_t hospital_count;
    int64_t now_ms, next_number, day;
    struct one one[WAVE];
};

static void find_places(struct fill *fill)
{
    struct rows rows;
    struct bh_err err;
    const struct areas *areas = fill->ledger->areas;
    for (size_t i = 0; i < areas_unit_count(areas) && fill->unit_count < UNITS_MAX; i++) {
        const struct unit *unit = areas_unit_at(areas, i);
        if (unit->kind == UNIT_COUNTY && unit->from_ms <= fill->now_ms &&
            fill->now_ms < unit->to_ms && areas_unit_leaf(areas, unit) != 0)
            fill->unit[fill->unit_count++] = unit->id;
    }
    db_rows(fill->ledger->db, &rows,
            "SELECT institution FROM institution WHERE kind = ? ORDER BY institution", "i",
            choice_index(institution_kinds, BH_STR("hospital")));
    while (fill->hospital_count < HOSPITALS_MAX && db_next(&rows))
        fill->hospital[fill->hospital_count++] = row_int(&rows, 0);
    if (!db_end(&rows, &err))
        bench_fail("institutions", &err);
    bh_assert(fill->unit_count > 0 && fill->hospital_count > 0);
}

static json_t *time_json(const struct fill *fill, int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    bh_time_format(at_ms, fill->ledger->zone_minutes, text);
    return json_string(text);
}

static const char *unit_of(const struct fill *fill, size_t index)
{
    return fill->unit[(index * 7 + index / WAVE) % fill->unit_count];
}

static json_int_t hospital_of(const struct fill *fill, size_t index)
{
    return (json_int_t)fill->hospital[index % fill->hospital_count];
}

static json_t *person_body(struct fill *fill, size_t index)
{
    int64_t number = fill->next_number++;
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:s, s:i}", "area", unit_of(fill, index), "name",
                     json_sprintf("虚构%06lld", (long long)number), "document",
                     json_sprintf("bench-%012lld", (long long)number), "phone",
                     json_sprintf("199%08lld", (long long)number), "address", "虚构路 1 号", "sex",
                     index % 2 ? "male" : "female", "birth_year", (int)(1930 + index % 85));
}

static json_t *positive_body(const struct fill *fill, int64_t person, size_t index)
{
    return json_pack("{s:I, s:s, s:I, s:s, s:o, s:o}", "person", (json_int_t)person, "source",
                     "clinic", "institution", hospital_of(fill, index), "found_in", "clinic",
                     "sampled_ms", time_json(fill, fill->now_ms - 3 * BH_HOUR_MS), "resulted_ms",
                     time_json(fill, fill->now_ms - 60000));
}

enum step {
    STEP_PERSON,
    STEP_POSITIVE,
    STEP_REVIEW,
    STEP_DIAGNOSE,
    STEP_REPORT,
    STEP_COUNTY,
    STEP_CITY,
    STEP_PROVINCE,
    STEP_PICK_UP,
    STEP_HAND_OVER,
    STEP_ADMIT,
    STEP_RELEASE,
    STEP_COUNT
};

static const char *const command_of[] = {
    [STEP_PERSON] = "register_person", [STEP_POSITIVE] = "report_positive",
    [STEP_REVIEW] = "review_positive", [STEP_DIAGNOSE] = "diagnose_positive",
    [STEP_REPORT] = "file_report",     [STEP_COUNTY] = "audit_report",
    [STEP_CITY] = "audit_report",      [STEP_PROVINCE] = "audit_report",
    [STEP_PICK_UP] = "pick_up_person", [STEP_HAND_OVER] = "hand_over_person",
    [STEP_ADMIT] = "admit_person",     [STEP_RELEASE] = "release_case",
};

static json_t *case_body(const struct fill *fill, enum step step, const struct one *one,
                         size_t index)
{
    json_int_t number = (json_int_t)one->case_number;
    if (step == STEP_REPORT)
        return json_pack("{s:I, s:I, s:o}", "case", number, "institution", hospital_of(fill, index),
                         "card_number", json_sprintf("bench-%lld", (long long)number));
    if (step == STEP_PICK_UP)
        return json_pack("{s:I, s:I, s:s, s:s, s:s}", "case", number, "institution",
                         hospital_of(fill, index), "vehicle", "吉A-0001", "from_signature",
                         "交接员", "driver_signature", "司机");
    if (step == STEP_RELEASE)
        return json_pack("{s:I}", "case", number);
    json_t *json =
        json_pack("{s:I, s:I, s:s, s:s}", "case", number, "institution", hospital_of(fill, index),
                  "from_signature", "司机", "to_signature", "护士");
    if (step == STEP_ADMIT)
        (void)json_object_set_new(json, "bed", json_sprintf("%lld", (long long)number));
    return json;
}

static json_t *body_of(struct fill *fill, enum step step, size_t index)
{
    struct one *one = &fill->one[index];
    static const char *const level[] = {"county", "city", "province"};
    bool confirmed = index % 5 < 2;
    switch (step) {
    case STEP_PERSON: return person_body(fill, index);
    case STEP_POSITIVE: return positive_body(fill, one->person, index);
    case STEP_REVIEW:
        return json_pack("{s:I, s:s, s:I}", "positive", (json_int_t)one->positive, "outcome",
                         "positive", "institution", hospital_of(fill, index));
    case STEP_DIAGNOSE:
        return json_pack("{s:I, s:s, s:s, s:s, s:I}", "positive", (json_int_t)one->positive,
                         "status", confirmed ? "confirmed" : "asymptomatic", "severity",
                         confirmed ? "mild" : "none", "origin", "local", "institution",
                         hospital_of(fill, index));
    case STEP_COUNTY:
    case STEP_CITY:
    case STEP_PROVINCE:
        return json_pack("{s:I, s:s, s:s}", "report", (json_int_t)one->report, "level",
                         level[step - STEP_COUNTY], "outcome", "passed");
    case STEP_REPORT:
    case STEP_PICK_UP:
    case STEP_HAND_OVER:
    case STEP_ADMIT:
    case STEP_RELEASE: return case_body(fill, step, one, index);
    case STEP_COUNT: break;
    }
    bh_unreachable("step");
}

static bool takes_part(enum step step, size_t index)
{
    if (step == STEP_RELEASE) /* only people without symptoms are released */
        return index % 5 >= 3 && index % 50 != 49;
    return step <= STEP_DIAGNOSE || index % 50 != 49;
}

static void learn(struct one *one, enum step step, const struct submission *submission)
{
    if (step == STEP_PERSON)
        one->person = bench_number_in(submission, "person");
    else if (step == STEP_POSITIVE)
        one->positive = bench_number_in(submission, "positive");
    else if (step == STEP_DIAGNOSE)
        one->case_number = bench_number_in(submission, "case");
    else if (step == STEP_REPORT)
        one->report = bench_number_in(submission, "report");
}

static void run_step(struct fill *fill, enum step step)
{
    size_t who[WAVE];
    bench_batch_clear(&fill->batch);
    for (size_t i = 0; i < WAVE; i++) {
        if (!takes_part(step, i))
            continue;
        who[fill->batch.count] = i;
        (void)bench_batch_add(&fill->batch, command_of[step], body_of(fill, step, i), fill->now_ms);
    }
    bench_batch_commit(&fill->batch);
    for (size_t i = 0; i < fill->batch.count; i++)
        learn(&fill->one[who[i]], step, &fill->batch.submission[i]);
    if (fill->batch.refused > 0)
        bench_fail(command_of[step], &fill->batch.why);
    fill->now_ms += STEP_MS;
}

/* The province publishes once a day; what is counted after the exercise falls into these windows. */
static void open_windows(struct fill *fill)
{
    int64_t zone_ms = (int64_t)fill->ledger->zone_minutes * 60000;
    int64_t day = (fill->now_ms + zone_ms) / BH_DAY_MS;
    if (day == fill->day || !catalogue_command(fill->ledger->catalogue, BH_STR("open_window")))
        return;
    fill->day = day;
    bench_batch_clear(&fill->batch);
    (void)bench_batch_add(&fill->batch, "open_window",
                          json_pack("{s:s, s:o, s:o, s:o}", "area", province, "from_ms",
                                    time_json(fill, day * BH_DAY_MS - zone_ms), "to_ms",
                                    time_json(fill, (day + 1) * BH_DAY_MS - zone_ms), "title",
                                    json_sprintf("bench %lld", (long long)day)),
                          fill->now_ms);
    bench_batch_commit(&fill->batch);
    if (fill->batch.refused > 0)
        bench_fail("open_window", &fill->batch.why);
}

static void make_people(struct fill *fill, size_t count, const char *path)
{
    FILE *out = fopen(path, "w");
    bh_assert(out);
    for (size_t done = 0; done < count;) {
        bench_batch_clear(&fill->batch);
        for (size_t i = 0; i < WAVE && done + i < count; i++)
            (void)bench_batch_add(&fill->batch, "register_person", person_body(fill, i),
                                  fill->now_ms);
        bench_batch_commit(&fill->batch);
        for (size_t i = 0; i < fill->batch.count; i++, done++) {
            json_t *body =
                positive_body(fill, bench_number_in(&fill->batch.submission[i], "person"), done);
            (void)json_dumpf(body, out, JSON_COMPACT);
            (void)fputc('\n', out);
            json_decref(body);
        }
    }
    bh_assert(fclose(out) == 0);
}

int main(int count, char **arguments)
{
    if (count == 3)
        return bench_log_in(arguments[1], arguments[2]);
    if (count != 5) {
        (void)fprintf(stderr, "use: bench_fill FOLDER EVENTS PEOPLE BODIES | FOLDER SESSION\n");
        return 2;
    }
    struct fill *fill = bh_alloc(sizeof *fill);
    int64_t events = strtoll(arguments[2], NULL, 10), before = bench_mono_us();
    fill->ledger = bench_open(arguments[1], world_live(), false);
    fill->now_ms = ledger_now(fill->ledger);
    bench_batch_init(&fill->batch, fill->ledger, WAVE);
    find_places(fill);
    events += events > 0 ? fill->ledger->head.seq : 0;
    while (fill->ledger->head.seq < events) {
        open_windows(fill);
        for (enum step step = STEP_PERSON; step < STEP_COUNT; step++)
            run_step(fill, step);
    }
    make_people(fill, (size_t)strtoll(arguments[3], NULL, 10), arguments[4]);
    bench_make_login(&fill->batch, fill->now_ms);
    (void)printf("{\"events\": %lld, \"commands\": %lld, \"seconds\": %.3f}\n",
                 (long long)fill->ledger->head.seq, (long long)fill->batch.commands,
                 (double)(bench_mono_us() - before) / 1e6);
    bench_batch_done(&fill->batch);
    ledger_close(fill->ledger);
    bh_free(fill);
    return 0;
}
