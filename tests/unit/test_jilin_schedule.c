/*
 * The exercise jilin-2022-03, counted again from the facts of its people alone: nothing here looks at how
 * the schedule was made.
 */
#include "plan/jilin_schedule.h"

#include "base/csv.h"
#include "base/embedded.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEED = 20220301, OTHER_SEED = 7, ROLE_COUNT = 19 };

struct fixture {
    struct bh_arena arena;
    struct jilin_division *divisions;
    size_t division_count;
    struct jilin_texts texts;
    struct jilin_schedule *schedule, *other;
};

static struct fixture fixture;

static struct bh_str file_text(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    if (!file)
        fail_msg("%s is not embedded", path);
    return (struct bh_str){(const char *)file->data, file->size};
}

static const char *field(struct csv_reader *reader, const char *header[], const char *name)
{
    for (int place = 0; header[place]; place++) {
        if (strcmp(header[place], name) == 0)
            return bh_arena_copy(reader->arena, reader->field[place].at, reader->field[place].len);
    }
    fail_msg("no column %s", name);
    return NULL;
}

/* The lowest present-day unit whose members name this division or the nearest division above it. */
static const char *unit_of(const struct jilin_division *divisions, uint32_t number,
                           const char *const *owners)
{
    for (; number != 0; number = divisions[number - 1].parent) {
        if (owners[number - 1])
            return owners[number - 1];
    }
    return "none";
}

static uint32_t division_find(const struct jilin_division *divisions, size_t count,
                              struct bh_str code)
{
    for (uint32_t index = 0; index < count; index++) {
        if (bh_str_is(code, divisions[index].code))
            return index;
    }
    fail_msg("division %.*s is unknown", (int)code.len, code.at);
    return 0;
}

static void owners_read(const char **owners)
{
    static const char *header[] = {"id",       "code",   "name_zh", "short_zh", "name_en",
                                   "kind",     "parent", "from",    "to",       "members",
                                   "excludes", "mark",   "note",    NULL};
    struct csv_reader *reader = bh_arena_get(&fixture.arena, sizeof *reader);
    csv_open(reader, file_text("rules/areas/units.csv"), &fixture.arena);
    assert_true(csv_next(reader));
    while (csv_next(reader)) {
        const char *kind = field(reader, header, "kind"),
                   *members = field(reader, header, "members");
        bool lowest = strcmp(kind, "county") == 0 || strcmp(kind, "dev_zone") == 0 ||
                      strcmp(kind, "reporting_unit") == 0;
        if (!lowest || field(reader, header, "to")[0])
            continue;
        const char *id = field(reader, header, "id");
        while (*members) {
            size_t len = strcspn(members, "|");
            owners[division_find(fixture.divisions, fixture.division_count,
                                 (struct bh_str){members, len})] = id;
            members += len + (members[len] == '|');
        }
    }
    assert_false(reader->failed);
}

static void divisions_read(void)
{
    static const char *header[] = {"number", "code", "name", "level", "parent", NULL};
    struct csv_reader *reader = bh_arena_get(&fixture.arena, sizeof *reader);
    struct bh_str text = file_text("rules/areas/divisions.csv");
    size_t lines = 0;
    for (size_t index = 0; index < text.len; index++)
        lines += text.at[index] == '\n';
    fixture.divisions = bh_arena_get(&fixture.arena, lines * sizeof(*fixture.divisions));
    csv_open(reader, text, &fixture.arena);
    assert_true(csv_next(reader));
    while (csv_next(reader)) {
        struct jilin_division *division = &fixture.divisions[fixture.division_count++];
        division->number = (uint32_t)strtoul(field(reader, header, "number"), NULL, 10);
        division->parent = (uint32_t)strtoul(field(reader, header, "parent"), NULL, 10);
        division->code = field(reader, header, "code");
        division->name = field(reader, header, "name");
        division->level = field(reader, header, "level");
    }
    assert_false(reader->failed);
    const char **owners = bh_arena_get(&fixture.arena, lines * sizeof(*owners));
    owners_read(owners);
    for (size_t index = 0; index < fixture.division_count; index++)
        fixture.divisions[index].unit =
            unit_of(fixture.divisions, (uint32_t)index + 1, (const char *const *)owners);
}

static struct jilin_schedule *schedule_of(uint64_t seed)
{
    struct bh_err err = {0};
    struct jilin_schedule *schedule =
        jilin_schedule_new(seed, &fixture.texts, fixture.divisions, fixture.division_count, &err);
    if (!schedule)
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.en);
    return schedule;
}

static int fixture_make(void **state)
{
    (void)state;
    bh_arena_init(&fixture.arena, 64 << 20);
    divisions_read();
    fixture.texts = (struct jilin_texts){
        .figures = file_text("data/jilin-2022/figures.csv"),
        .sources = file_text("data/jilin-2022/sources.csv"),
        .windows = file_text("data/jilin-2022/windows.csv"),
        .adjustments = file_text("data/jilin-2022/adjustments.csv"),
        .areas = file_text("data/jilin-2022/areas.csv"),
        .weights = file_text("data/jilin-2022/weights.csv"),
        .names = file_text("data/jilin-2022/names.csv"),
        .institutions = file_text("data/jilin-2022/institutions.csv"),
    };
    fixture.schedule = schedule_of(SEED);
    fixture.other = schedule_of(OTHER_SEED);
    return 0;
}

static int fixture_drop(void **state)
{
    (void)state;
    jilin_schedule_free(fixture.schedule);
    jilin_schedule_free(fixture.other);
    bh_arena_done(&fixture.arena);
    return 0;
}

/* --- counting again ------------------------------------------------------------------------------- */

static bool lives_in(const struct jilin_schedule *schedule, const struct jilin_person *person,
                     uint32_t area)
{
    return schedule->areas[area].kind == JILIN_PROVINCE || person->area == area ||
           person->city == area;
}

static bool inside(int64_t at_ms, int64_t from_ms, int64_t to_ms)
{
    return at_ms != 0 && at_ms >= from_ms && at_ms < to_ms;
}

static bool severity_fits(enum jilin_severity wanted, enum jilin_severity has)
{
    return wanted == JILIN_ALL || wanted == has;
}

static int confirmed_count(const struct jilin_person *person, const struct jilin_figure *figure)
{
    if (person->confirmed)
        return inside(person->at_ms[JILIN_AUDITED_PROVINCE], figure->from_ms, figure->to_ms) &&
               severity_fits(figure->severity, person->severity);
    return inside(person->at_ms[JILIN_CONVERTED_AT], figure->from_ms, figure->to_ms) &&
           severity_fits(figure->severity, person->severity_after);
}

static int person_count(const struct jilin_person *person, const struct jilin_figure *figure)
{
    const int64_t *at_ms = person->at_ms;
    int64_t from_ms = figure->from_ms, to_ms = figure->to_ms;
    switch (figure->measure) {
    case JILIN_CONFIRMED_NEW:
    case JILIN_CONFIRMED_CUMULATIVE: return confirmed_count(person, figure);
    case JILIN_CONVERTED: return inside(at_ms[JILIN_CONVERTED_AT], from_ms, to_ms);
    case JILIN_ASYMPTOMATIC_NEW:
    case JILIN_ASYMPTOMATIC_CUMULATIVE:
        return !person->confirmed && inside(at_ms[JILIN_AUDITED_PROVINCE], from_ms, to_ms);
    case JILIN_DISCHARGED_NEW: return inside(at_ms[JILIN_DISCHARGED], from_ms, to_ms);
    case JILIN_RELEASED_NEW: return inside(at_ms[JILIN_RELEASED], from_ms, to_ms);
    case JILIN_DISCHARGED_OR_RELEASED_NEW:
        return inside(at_ms[JILIN_DISCHARGED], from_ms, to_ms) ||
               inside(at_ms[JILIN_RELEASED], from_ms, to_ms);
    case JILIN_AWAITING_DIAGNOSIS:
        return at_ms[JILIN_RESULTED] <= to_ms &&
               (at_ms[JILIN_DIAGNOSED] == 0 || at_ms[JILIN_DIAGNOSED] > to_ms);
    case JILIN_MEASURE_COUNT: break;
    }
    fail_msg("measure %d", (int)figure->measure);
    return 0;
}

/* A refuted positive awaits diagnosis between its result and its review. */
static int refuted_count(const struct jilin_person *person, const struct jilin_figure *figure)
{
    return figure->measure == JILIN_AWAITING_DIAGNOSIS &&
           person->at_ms[JILIN_RESULTED] <= figure->to_ms &&
           person->at_ms[JILIN_REVIEWED] > figure->to_ms;
}

static int64_t adjustments_sum(const struct jilin_schedule *schedule,
                               const struct jilin_figure *figure)
{
    int64_t sum = 0;
    for (size_t index = 0; index < schedule->adjustment_count; index++) {
        const struct jilin_adjustment *change = &schedule->adjustments[index];
        bool holds =
            change->area == figure->area || schedule->areas[change->area].parent == figure->area;
        if (holds && change->measure == figure->measure && change->to_ms <= figure->to_ms &&
            severity_fits(figure->severity, change->severity))
            sum += change->value;
    }
    return sum;
}

static int64_t recount(const struct jilin_schedule *schedule, const struct jilin_figure *figure)
{
    int64_t sum = adjustments_sum(schedule, figure);
    for (size_t index = 0; index < schedule->person_count; index++) {
        const struct jilin_person *person = &schedule->persons[index];
        if (!lives_in(schedule, person, figure->area))
            continue;
        if (person->kind == JILIN_CASE)
            sum += person_count(person, figure);
        else if (person->kind == JILIN_REFUTED)
            sum += refuted_count(person, figure);
    }
    return sum;
}

static void figures_meet(const struct jilin_schedule *schedule)
{
    size_t met = 0, disputed = 0;
    for (size_t index = 0; index < schedule->figure_count; index++) {
        const struct jilin_figure *figure = &schedule->figures[index];
        if (figure->to_ms > schedule->end_ms)
            continue;
        int64_t counted = recount(schedule, figure);
        if (figure->kind == JILIN_PUBLISHED_DISPUTED) {
            assert_int_not_equal(counted, figure->value);
            disputed++;
        } else {
            if (counted != figure->value)
                fail_msg("row %d: unit %s %s %s: stated %lld, counted %lld", figure->row,
                         schedule->areas[figure->area].unit, jilin_measure_name(figure->measure),
                         jilin_severity_name(figure->severity), (long long)figure->value,
                         (long long)counted);
            met++;
        }
    }
    assert_true(met >= 450);
    assert_int_equal(disputed, 9);
}

static void every_figure_is_counted_again(void **state)
{
    (void)state;
    figures_meet(fixture.schedule);
}

static void another_seed_meets_every_figure_too(void **state)
{
    (void)state;
    figures_meet(fixture.other);
    assert_int_not_equal(jilin_schedule_hash(fixture.schedule), jilin_schedule_hash(fixture.other));
}

static void same_seed_gives_the_same_schedule(void **state)
{
    (void)state;
    struct jilin_schedule *again = schedule_of(SEED);
    assert_int_equal(jilin_schedule_hash(fixture.schedule), jilin_schedule_hash(again));
    jilin_schedule_free(again);
}

/* The figures that must be there, typed in once more by hand. */
static void known_figures_are_in_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *to, *unit;
        enum jilin_measure measure;
        enum jilin_severity severity;
        int64_t from_hours, value;
    } known[] = {
        {"2022-03-13T24:00", "220000", JILIN_CONFIRMED_NEW, JILIN_ALL, 24, 895},
        {"2022-03-13T24:00", "220000", JILIN_CONFIRMED_NEW, JILIN_SEVERE, 24, 1},
        {"2022-03-13T24:00", "220113", JILIN_CONFIRMED_NEW, JILIN_ALL, 24, 284},
        {"2022-03-12T24:00", "220000", JILIN_CONFIRMED_CUMULATIVE, JILIN_ALL, 288, 2052},
        {"2022-03-12T24:00", "220000", JILIN_CONFIRMED_CUMULATIVE, JILIN_MILD, 288, 2025},
        {"2022-03-12T24:00", "220113", JILIN_CONFIRMED_CUMULATIVE, JILIN_ALL, 288, 654},
        {"2022-03-12T24:00", "220000", JILIN_ASYMPTOMATIC_CUMULATIVE, JILIN_ALL, 288, 1527},
        {"2022-03-14T12:00", "220000", JILIN_AWAITING_DIAGNOSIS, JILIN_ALL, 0, 3868},
        {"2022-03-15T09:00", "220000", JILIN_CONFIRMED_NEW, JILIN_ALL, 9, 317},
        {"2022-03-15T24:00", "220000", JILIN_CONFIRMED_NEW, JILIN_ALL, 15, 1139},
        {"2022-03-17T24:00", "220000", JILIN_CONFIRMED_NEW, JILIN_ALL, 24, 1834},
        {"2022-03-18T08:00", "220000", JILIN_CONFIRMED_NEW, JILIN_ALL, 8, 385},
        {"2022-03-18T24:00", "220000", JILIN_CONFIRMED_NEW, JILIN_ALL, 16, 1289},
    };
    for (size_t index = 0; index < sizeof known / sizeof known[0]; index++) {
        struct bh_civil civil = {
            2022, 3, (known[index].to[8] - '0') * 10 + known[index].to[9] - '0', 0, 0, 0, 0};
        int64_t to_ms = bh_civil_ms(civil, 480) +
                        ((known[index].to[11] - '0') * 10 + known[index].to[12] - '0') * BH_HOUR_MS;
        struct jilin_figure figure = {.to_ms = to_ms,
                                      .from_ms = to_ms - known[index].from_hours * BH_HOUR_MS,
                                      .measure = known[index].measure,
                                      .severity = known[index].severity};
        while (strcmp(fixture.schedule->areas[figure.area].unit, known[index].unit) != 0)
            figure.area++;
        assert_int_equal(recount(fixture.schedule, &figure), known[index].value);
    }
}

/* --- people and their times -------------------------------------------------------------------------- */

static void follows(const struct jilin_person *person, enum jilin_fact before,
                    enum jilin_fact after)
{
    if (person->at_ms[after] == 0)
        return;
    if (person->at_ms[before] == 0 || person->at_ms[before] >= person->at_ms[after])
        fail_msg("%s: fact %d at %lld does not follow fact %d at %lld", person->document,
                 (int)after, (long long)person->at_ms[after], (int)before,
                 (long long)person->at_ms[before]);
}

static void facts_of_a_person_follow_each_other(void **state)
{
    (void)state;
    static const enum jilin_fact ways[][2] = {
        {JILIN_REGISTERED, JILIN_SAMPLED},
        {JILIN_SAMPLED, JILIN_RECEIVED},
        {JILIN_SAMPLED, JILIN_RESULTED},
        {JILIN_RESULTED, JILIN_REVIEWED},
        {JILIN_REVIEWED, JILIN_DIAGNOSED},
        {JILIN_DIAGNOSED, JILIN_FILED},
        {JILIN_DIAGNOSED, JILIN_EVENT_REPORTED},
        {JILIN_FILED, JILIN_AUDITED_COUNTY},
        {JILIN_AUDITED_COUNTY, JILIN_AUDITED_CITY},
        {JILIN_AUDITED_CITY, JILIN_AUDITED_PROVINCE},
        {JILIN_DIAGNOSED, JILIN_PICKED_UP},
        {JILIN_PICKED_UP, JILIN_HANDED_OVER},
        {JILIN_HANDED_OVER, JILIN_ADMITTED},
        {JILIN_AUDITED_PROVINCE, JILIN_CONVERTED_AT},
        {JILIN_CONVERTED_AT, JILIN_CONVERSION_REPORTED},
        {JILIN_ADMITTED, JILIN_DISCHARGED},
        {JILIN_ADMITTED, JILIN_RELEASED},
    };
    for (size_t index = 0; index < fixture.schedule->person_count; index++) {
        const struct jilin_person *person = &fixture.schedule->persons[index];
        for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++)
            follows(person, ways[way][0], ways[way][1]);
        if (person->at_ms[JILIN_RECEIVED])
            follows(person, JILIN_RECEIVED, JILIN_RESULTED);
        if (person->kind != JILIN_CASE)
            assert_int_equal(person->at_ms[JILIN_DIAGNOSED], 0);
        for (int fact = 0; fact < JILIN_FACT_COUNT; fact++)
            assert_true(
                person->at_ms[fact] == 0 ||
                inside(person->at_ms[fact], fixture.schedule->begin_ms, fixture.schedule->end_ms));
    }
}

static size_t window_of(int64_t at_ms)
{
    size_t window = 0;
    while (!inside(at_ms, fixture.schedule->windows[window].from_ms,
                   fixture.schedule->windows[window].to_ms))
        window++;
    return window;
}

static void counting_lies_strictly_inside_a_window_and_conversion_in_a_later_one(void **state)
{
    (void)state;
    for (size_t index = 0; index < fixture.schedule->person_count; index++) {
        const struct jilin_person *person = &fixture.schedule->persons[index];
        const int64_t *at_ms = person->at_ms;
        if (at_ms[JILIN_AUDITED_PROVINCE])
            assert_true(
                at_ms[JILIN_AUDITED_PROVINCE] >
                fixture.schedule->windows[window_of(at_ms[JILIN_AUDITED_PROVINCE])].from_ms);
        if (!at_ms[JILIN_CONVERTED_AT])
            continue;
        assert_false(person->confirmed);
        assert_int_not_equal(person->severity_after, JILIN_ALL);
        assert_true(window_of(at_ms[JILIN_AUDITED_PROVINCE]) <
                    window_of(at_ms[JILIN_CONVERTED_AT]));
        assert_int_equal(window_of(at_ms[JILIN_CONVERTED_AT]),
                         window_of(at_ms[JILIN_CONVERSION_REPORTED]));
    }
}

static int text_order(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void assert_distinct(const char **texts, size_t count)
{
    qsort(texts, count, sizeof *texts, text_order);
    for (size_t index = 1; index < count; index++)
        assert_string_not_equal(texts[index - 1], texts[index]);
}

static void documents_and_phones_are_well_formed_distinct_and_nobodys(void **state)
{
    (void)state;
    size_t count = fixture.schedule->person_count;
    const char **documents = bh_alloc(count * sizeof *documents),
               **phones = bh_alloc(count * sizeof *phones);
    for (size_t index = 0; index < count; index++) {
        const struct jilin_person *person = &fixture.schedule->persons[index];
        int power = 1, sum = 0; /* ISO 7064 MOD 11-2, from the right */
        assert_int_equal(strlen(person->document), 18);
        for (int place = 17; place >= 0; place--) {
            int digit = person->document[place] == 'X' ? 10 : person->document[place] - '0';
            assert_in_range(digit, 0, place == 17 ? 10 : 9);
            sum += digit * power;
            power = power * 2 % 11;
        }
        assert_int_equal(sum % 11, 1);
        assert_memory_equal(person->document, "999999", 6);
        assert_int_equal(strtol(bh_arena_copy(&fixture.arena, person->document + 6, 4), NULL, 10),
                         person->birth_year);
        assert_int_equal((person->document[16] - '0') % 2, person->male ? 1 : 0);
        assert_int_equal(strlen(person->phone), 11);
        assert_memory_equal(person->phone, "100", 3);
        assert_true(bh_utf8_valid(bh_str_of(person->name)) &&
                    bh_utf8_count(bh_str_of(person->name)) >= 2);
        assert_true(bh_utf8_valid(bh_str_of(person->address)) &&
                    strstr(person->address, "（虚构）"));
        documents[index] = person->document;
        phones[index] = person->phone;
    }
    assert_distinct(documents, count);
    assert_distinct(phones, count);
    bh_free(documents);
    bh_free(phones);
}

static void homes_are_communities_of_the_unit_that_counts_them(void **state)
{
    (void)state;
    for (size_t index = 0; index < fixture.schedule->person_count; index += 7) {
        const struct jilin_person *person = &fixture.schedule->persons[index];
        const struct jilin_area *area = &fixture.schedule->areas[person->area];
        const struct jilin_division *home = &fixture.divisions[division_find(
            fixture.divisions, fixture.division_count, bh_str_of(person->division))];
        assert_string_equal(home->level, "community");
        assert_string_equal(home->unit, area->unit);
        assert_non_null(strstr(person->address, home->name));
        assert_true(person->city == person->area || area->parent == person->city);
    }
}

static void shape_is_plausible(void **state)
{
    (void)state;
    size_t reports = 0, late = 0, young = 0, old = 0, cases = 0, refuted = 0, waiting = 0,
           on_the_way = 0;
    struct bh_civil noon = {2022, 3, 14, 12, 0, 0, 0};
    int64_t noon_ms = bh_civil_ms(noon, 480);
    for (size_t index = 0; index < fixture.schedule->person_count; index++) {
        const struct jilin_person *person = &fixture.schedule->persons[index];
        const int64_t *at_ms = person->at_ms;
        cases += person->kind == JILIN_CASE;
        refuted += person->kind == JILIN_REFUTED;
        young += person->birth_year > 2022 - 15;
        old += person->birth_year <= 2022 - 60;
        on_the_way += person->kind == JILIN_CASE && at_ms[JILIN_AUDITED_PROVINCE] == 0;
        if (at_ms[JILIN_FILED]) {
            reports++;
            late += at_ms[JILIN_FILED] - at_ms[JILIN_DIAGNOSED] > 2 * BH_HOUR_MS;
        }
        waiting += at_ms[JILIN_DIAGNOSED] && at_ms[JILIN_DIAGNOSED] < noon_ms &&
                   at_ms[JILIN_ADMITTED] > noon_ms;
    }
    size_t count = fixture.schedule->person_count, pools = fixture.schedule->pool_count;
    assert_in_range(count, 20000, 30000);
    assert_in_range(late * 1000 / reports, 50, 90);
    assert_in_range(young * 10000 / count, 1100, 1250);
    assert_in_range(old * 10000 / count, 2200, 2420);
    assert_in_range(pools * 1000 / cases, 20, 40);
    assert_in_range(refuted, 50, 300);
    assert_true(waiting > 100);
    assert_true(on_the_way > 300);
}

static void pools_hold_one_case_and_nine_neighbours_sampled_again(void **state)
{
    (void)state;
    for (size_t index = 0; index < fixture.schedule->pool_count; index++) {
        const struct jilin_pool *pool = &fixture.schedule->pools[index];
        int cases = 0;
        assert_true(pool->collected_ms < pool->received_ms &&
                    pool->received_ms < pool->resulted_ms);
        for (int member = 0; member < JILIN_POOL_SIZE; member++) {
            const struct jilin_person *person = &fixture.schedule->persons[pool->persons[member]];
            assert_int_equal(person->pool, index);
            assert_string_equal(person->division, pool->division);
            assert_true(person->at_ms[JILIN_REGISTERED] < pool->collected_ms);
            assert_true(person->at_ms[JILIN_SAMPLED] == 0 ||
                        person->at_ms[JILIN_SAMPLED] > pool->resulted_ms);
            cases += person->kind == JILIN_CASE;
        }
        assert_int_equal(cases, 1);
    }
}

/* --- the merged list, the offices, the refusals --------------------------------------------------------- */

static void items_are_in_order_of_time_and_complete(void **state)
{
    (void)state;
    const struct jilin_schedule *schedule = fixture.schedule;
    size_t facts = 0, person_items = 0, figures = 0, windows = 0, adjustments = 0;
    for (size_t index = 0; index < schedule->person_count; index++) {
        for (int fact = 0; fact < JILIN_FACT_COUNT; fact++)
            facts += schedule->persons[index].at_ms[fact] != 0;
    }
    for (size_t index = 0; index < schedule->item_count; index++) {
        const struct jilin_item *item = &schedule->items[index];
        assert_true(item->at_ms >= schedule->begin_ms);
        assert_true(index == 0 || schedule->items[index - 1].at_ms <= item->at_ms);
        if (item->type == JILIN_ITEM_PERSON) {
            person_items++;
            assert_int_equal(schedule->persons[item->index].at_ms[item->fact], item->at_ms);
        }
        figures += item->type == JILIN_ITEM_PUBLISHED_FIGURE;
        windows += item->type == JILIN_ITEM_WINDOW_OPENED;
        adjustments += item->type == JILIN_ITEM_ADJUSTMENT;
    }
    assert_int_equal(person_items, facts);
    assert_true(figures > 300);
    assert_int_equal(windows, 22);
    assert_int_equal(adjustments, 1);
    assert_int_equal(schedule->adjustments[0].value, -7);
}

static void every_duty_has_an_owner_in_every_area(void **state)
{
    (void)state;
    static const char *const roles[ROLE_COUNT] = {"province_headquarters",
                                                  "city_headquarters",
                                                  "county_headquarters",
                                                  "health_commission",
                                                  "province_cdc",
                                                  "city_cdc",
                                                  "county_cdc",
                                                  "county_cdc_duty",
                                                  "finding_institution",
                                                  "testing_lab",
                                                  "designated_hospital",
                                                  "managing_institution",
                                                  "transfer_team",
                                                  "community_sampling_team",
                                                  "subdistrict",
                                                  "city_discipline",
                                                  "first_responsible",
                                                  "contracting_leader",
                                                  "bulletin_signer"};
    const struct jilin_schedule *schedule = fixture.schedule;
    const char **users = bh_alloc(schedule->post_count * sizeof *users);
    for (uint32_t area = 0; area < schedule->area_count; area++) {
        enum jilin_area_kind kind = schedule->areas[area].kind;
        if (kind != JILIN_COUNTY && kind != JILIN_ZONE &&
            strcmp(schedule->areas[area].unit, "220581") != 0)
            continue;
        for (size_t role = 0; role < ROLE_COUNT; role++)
            assert_int_not_equal(jilin_schedule_institution(schedule, area, roles[role], NULL),
                                 UINT32_MAX);
        assert_int_not_equal(
            jilin_schedule_institution(schedule, area, "managing_institution", "cabin_hospital"),
            UINT32_MAX);
    }
    assert_int_equal(jilin_schedule_institution(schedule, 0, "no_such_role", NULL), UINT32_MAX);
    for (size_t index = 0; index < schedule->post_count; index++)
        users[index] = schedule->posts[index].user;
    assert_distinct(users, schedule->post_count);
    bh_free(users);
}

static void assert_refused(const struct jilin_texts *texts, const char *part)
{
    struct bh_err err = {0};
    struct jilin_schedule *schedule =
        jilin_schedule_new(1, texts, fixture.divisions, fixture.division_count, &err);
    assert_null(schedule);
    if (!strstr(err.en, part))
        fail_msg("\"%s\" does not say \"%s\"", err.en, part);
    assert_true(err.zh[0]);
}

static void broken_tables_are_refused_with_file_row_and_column(void **state)
{
    (void)state;
    struct bh_str figures = fixture.texts.figures;
    struct bh_buf text;
    bh_buf_init(&text, 1 << 20);
    static const struct {
        const char *row, *part;
    } rows[] = {
        {"2022-03-20T25:00,2022-03-21T00:00,220000,converted,all,1,made,chain\n",
         "column from: not a time"},
        {"2022-03-01T00:00,2022-03-02T00:00,229999,converted,all,1,made,chain\n", "column unit"},
        {"2022-03-01T00:00,2022-03-02T00:00,220100,recovered,all,1,made,chain\n", "column measure"},
        {"2022-03-01T00:00,2022-03-02T00:00,220100,converted,all,-1,made,chain\n", "column value"},
        {"2022-03-01T00:00,2022-03-02T00:00,220100,converted,all,1.5,made,chain\n", "column value"},
        {"2022-03-01T00:00,2022-03-02T00:00,220100,converted,all,1,made,nobody\n", "column source"},
        {"2022-03-12T00:00,2022-03-13T00:00,220100,confirmed_new,all,1,made,chain\n",
         "there already"},
        /* more conversions than there are asymptomatic persons; more in the county than in the city */
        {"2022-03-02T00:00,2022-03-03T00:00,222400,converted,all,3,made,chain\n",
         "cannot be allocated"},
        {"2022-03-02T00:00,2022-03-03T00:00,222401,confirmed_new,all,9,made,chain\n",
         "cannot be allocated"},
        {"2022-03-16T12:00,2022-03-16T12:00,220000,awaiting_diagnosis,all,29000,made,chain\n",
         "cannot be reached"},
    };
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        struct jilin_texts broken = fixture.texts;
        bh_buf_reset(&text);
        bh_buf_str(&text, figures);
        bh_buf_text(&text, rows[index].row);
        broken.figures = bh_buf_view(&text);
        assert_refused(&broken, rows[index].part);
        assert_refused(&broken, "figures.csv");
    }
    bh_buf_done(&text);
    struct jilin_texts empty = fixture.texts;
    empty.windows = (struct bh_str){"from,to\n", 8};
    assert_refused(&empty, "windows.csv: no column publish_at");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_counted_again),
        cmocka_unit_test(another_seed_meets_every_figure_too),
        cmocka_unit_test(same_seed_gives_the_same_schedule),
        cmocka_unit_test(known_figures_are_in_the_table),
        cmocka_unit_test(facts_of_a_person_follow_each_other),
        cmocka_unit_test(counting_lies_strictly_inside_a_window_and_conversion_in_a_later_one),
        cmocka_unit_test(documents_and_phones_are_well_formed_distinct_and_nobodys),
        cmocka_unit_test(homes_are_communities_of_the_unit_that_counts_them),
        cmocka_unit_test(shape_is_plausible),
        cmocka_unit_test(pools_hold_one_case_and_nine_neighbours_sampled_again),
        cmocka_unit_test(items_are_in_order_of_time_and_complete),
        cmocka_unit_test(every_duty_has_an_owner_in_every_area),
        cmocka_unit_test(broken_tables_are_refused_with_file_row_and_column),
    };
    return cmocka_run_group_tests(tests, fixture_make, fixture_drop);
}
