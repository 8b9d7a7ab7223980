/* Duties in the words of the domain, against the shipped plans and the real links. */
#include "support.h"

#include "base/time.h"
#include "ledger/duty.h"
#include "ledger/duty_private.h"
#include "ledger/plan.h"
#include "ledger/post_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAY  "2022-03-13T"
#define ZONE ":00+08:00"

struct office {
    struct test_ledger *test;
    int64_t hospital, user, duty_post, headquarters_post;
    int persons;
};

static int64_t made(struct test_ledger *test, const char *command, const char *name,
                    const char *body)
{
    json_t *answer = test_ok(test, command, body);
    int64_t id = test_int(answer, name);
    json_decref(answer);
    return id;
}

/* A county with a hospital, a CDC on duty held by one person, and a headquarters that nobody holds. */
static void office_open(struct office *office)
{
    memset(office, 0, sizeof *office);
    office->test = test_ledger_new(DAY "08:00" ZONE);
    struct test_ledger *test = office->test;
    office->hospital = made(test, "register_institution", "institution",
                            "{'area': '220202', 'kind': 'hospital', 'name': '昌邑医院', 'name_en': "
                            "'Changyi hospital'}");
    json_decref(test_okf(test, "create_post",
                         "{'area': '220202', 'institution': %lld, 'role': 'finding_institution',"
                         " 'title': '医院报告岗'}",
                         (long long)office->hospital));
    office->duty_post =
        made(test, "create_post", "post",
             "{'area': '220202', 'role': 'county_cdc_duty', 'title': '昌邑疾控值班'}");
    office->headquarters_post =
        made(test, "create_post", "post",
             "{'area': '220202', 'role': 'county_headquarters', 'title': '昌邑指挥部'}");
    office->user = made(test, "register_user", "user", "{'display': '赵值班'}");
    json_decref(test_okf(test, "fill_post", "{'post': %lld, 'user': %lld}",
                         (long long)office->duty_post, (long long)office->user));
}

static int64_t case_new(struct office *office)
{
    struct test_ledger *test = office->test;
    char now[BH_TIME_TEXT];
    bh_time_format(ledger_now(test->ledger), 480, now);
    json_t *person =
        test_okf(test, "register_person",
                 "{'area': '220202', 'name': '王小明%d', 'document': '2202021990%08d'}",
                 office->persons, office->persons);
    office->persons++;
    json_t *positive =
        test_okf(test, "report_positive",
                 "{'person': %lld, 'source': 'clinic', 'institution': %lld, 'found_in': 'clinic',"
                 " 'sampled_ms': '%s', 'resulted_ms': '%s'}",
                 (long long)test_int(person, "person"), (long long)office->hospital, now, now);
    json_t *sick =
        test_okf(test, "diagnose_positive",
                 "{'positive': %lld, 'status': 'confirmed', 'severity': 'mild', 'origin': 'local',"
                 " 'institution': %lld}",
                 (long long)test_int(positive, "positive"), (long long)office->hospital);
    int64_t id = test_int(sick, "case");
    json_decref(person);
    json_decref(positive);
    json_decref(sick);
    return id;
}

/* The only row of a rule, in any state; borrowed from *rows. */
static const json_t *row_of(struct test_ledger *test, const char *rule, const char *state,
                            json_t **rows)
{
    char params[200];
    (void)snprintf(params, sizeof params, "{'area': '220202', 'rule': '%s', 'state': '%s'}", rule,
                   state);
    *rows = test_query(test, "loops", params);
    if (json_array_size(*rows) != 1)
        fail_msg("%zu rows of %s %s", json_array_size(*rows), rule, state);
    return json_array_get(*rows, 0);
}

static void text_is(const json_t *row, const char *name, const char *wanted)
{
    const char *found = json_string_value(json_object_get(row, name));
    if (!found || strcmp(found, wanted) != 0)
        fail_msg("%s is %s, should be %s", name, found ? found : "null", wanted);
}

static void a_case_opens_its_duties_at_once_and_a_late_report_climbs_to_named_people(void **state)
{
    struct office office;
    json_t *rows;
    (void)state;
    office_open(&office);
    int64_t sick = case_new(&office);
    const json_t *row = row_of(office.test, "report_direct", "open", &rows);
    assert_int_equal(test_int(row, "subject"), sick);
    assert_int_equal(test_int(row, "institution"), office.hospital);
    text_is(row, "due", DAY "10:00" ZONE);
    text_is(row, "state", "open");
    text_is(row, "title_en", "Direct report");
    text_is(row, "primary_command", "file_report");
    assert_true(json_is_true(json_object_get(row, "verified")));
    assert_non_null(strstr(json_string_value(json_object_get(row, "plan")), "cn-base+ncp8+tx8r"));
    json_decref(rows);

    test_clock(office.test, DAY "10:00" ZONE);
    row = row_of(office.test, "report_direct", "overdue", &rows);
    assert_int_equal(test_int(row, "escalation"), 2);
    text_is(row, "mark", "report_late");
    json_decref(rows);
    assert_int_equal(test_count(office.test,
                                "SELECT count(*) FROM duty_step s JOIN duty d ON d.duty = s.duty"
                                " WHERE d.rule = 'report_direct' AND s.step = 1 AND s.role ="
                                " 'county_cdc_duty' AND s.holder <> 0"),
                     1);

    test_clock(office.test, DAY "10:30" ZONE);
    json_decref(test_okf(office.test, "file_report", "{'case': %lld, 'card_number': '22020-0001'}",
                         (long long)sick));
    row = row_of(office.test, "report_direct", "closed", &rows);
    assert_int_equal(test_int(row, "late_ms"), 30 * BH_MINUTE_MS);
    assert_int_equal(test_int(row, "escalation"), 2); /* what happened stands */
    json_decref(rows);
    rows =
        test_query(office.test, "loops",
                   "{'rule': 'report_direct', 'state': 'overdue', 'at': '" DAY "10:15" ZONE "'}");
    assert_int_equal(json_array_size(rows), 1); /* as it was known then */
    json_decref(rows);
    test_rebuild(office.test);
    test_ledger_free(office.test);
}

static void a_report_made_in_time_but_told_late_is_not_late(void **state)
{
    struct office office;
    json_t *rows;
    (void)state;
    office_open(&office);
    int64_t sick = case_new(&office);
    test_clock(office.test, DAY "12:00" ZONE);
    json_decref(test_okf(office.test, "file_report",
                         "{'case': %lld, 'card_number': '1', 'occurred': '" DAY "09:30" ZONE "'}",
                         (long long)sick));
    const json_t *row = row_of(office.test, "report_direct", "closed", &rows);
    assert_int_equal(test_int(row, "late_ms"), 0);
    assert_int_equal(test_int(row, "escalation"), 2); /* the alarm was raised all the same */
    json_decref(rows);
    test_ledger_free(office.test);
}

static size_t waiting_notices(struct test_ledger *test)
{
    json_t *rows = test_query(test, "notices", "{'area': '220202', 'waiting': true}");
    size_t count = json_array_size(rows);
    json_decref(rows);
    return count;
}

static void many_late_duties_make_one_notice_for_each_post_and_step(void **state)
{
    struct office office;
    (void)state;
    office_open(&office);
    for (int i = 0; i < 7; i++)
        (void)case_new(&office);
    test_clock(office.test, DAY "09:00" ZONE);
    assert_int_equal(
        test_count(office.test,
                   "SELECT count(*) FROM notice WHERE rule = 'report_direct' AND step = 1"),
        1);
    assert_int_equal(
        test_count(office.test,
                   "SELECT count FROM notice WHERE rule = 'report_direct' AND step = 1"),
        7);
    (void)case_new(&office);
    test_clock(office.test, DAY "10:00" ZONE); /* joins the notice that nobody has answered */
    assert_int_equal(
        test_count(office.test,
                   "SELECT count(*) FROM notice WHERE rule = 'report_direct' AND step = 1"),
        1);
    assert_int_equal(
        test_count(office.test,
                   "SELECT count FROM notice WHERE rule = 'report_direct' AND step = 1"),
        8);
    int64_t notice = test_count(
        office.test, "SELECT notice FROM notice WHERE rule = 'report_direct' AND step = 1");
    json_t *rows = test_query(office.test, "alarm_volume", "{'area': '220202'}");
    int64_t duties = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(rows, i), "role")),
                   "county_cdc_duty") == 0)
            duties += test_int(json_array_get(rows, i), "duties");
    assert_true(duties >= 7);
    json_decref(rows);
    size_t before = waiting_notices(office.test);
    json_decref(test_okf(office.test, "acknowledge_notice", "{'notice': %lld}", (long long)notice));
    assert_int_equal(waiting_notices(office.test), before - 1);
    test_refusedf(office.test, BH_CONFLICT, "acknowledge_notice", "{'notice': %lld}",
                  (long long)notice);
    test_refusedf(office.test, BH_CONFLICT, "deliver_notice", "{'notice': %lld, 'channel': 'mail'}",
                  (long long)notice);
    test_refused(office.test, BH_MISSING, "acknowledge_notice", "{'notice': 1}");
    rows = test_query(office.test, "notices", "{'area': '220202'}");
    bool seen = false;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (test_int(row, "notice") != notice)
            continue;
        seen = true;
        text_is(row, "holder_name", "赵值班");
        text_is(row, "channel", "in_app");
        text_is(row, "acknowledged", DAY "10:00" ZONE);
    }
    assert_true(seen);
    json_decref(rows);
    (void)case_new(&office);
    test_clock(office.test, DAY "11:00" ZONE); /* after the answer a new one is due */
    assert_int_equal(
        test_count(office.test,
                   "SELECT count(*) FROM notice WHERE rule = 'report_direct' AND step = 1"),
        2);
    test_rebuild(office.test);
    test_ledger_free(office.test);
}

static void a_shift_that_simply_ends_leaves_a_vacant_post_and_a_duty_to_fill_it(void **state)
{
    struct office office;
    (void)state;
    office_open(&office);
    json_t *user = test_ok(office.test, "register_user", "{'display': '钱夜班'}");
    json_decref(test_okf(office.test, "hand_over_shift",
                         "{'post': %lld, 'to_user': %lld, 'until': '" DAY "20:00" ZONE
                         "', 'note': '无'}",
                         (long long)office.duty_post, (long long)test_int(user, "user")));
    int64_t vacant = test_count(office.test, "SELECT count(*) FROM event WHERE kind = 8");
    test_clock(office.test, DAY "19:59" ZONE);
    assert_int_equal(test_count(office.test, "SELECT count(*) FROM event WHERE kind = 8"), vacant);
    test_clock(office.test, DAY "20:00" ZONE);
    test_clock(office.test, DAY "20:01" ZONE);
    assert_int_equal(test_count(office.test, "SELECT count(*) FROM event WHERE kind = 8"),
                     vacant + 1); /* told once */
    test_ledger_reopen(office.test);
    test_clock(office.test, DAY "20:02" ZONE);
    assert_int_equal(test_count(office.test, "SELECT count(*) FROM event WHERE kind = 8"),
                     vacant + 1);
    json_decref(test_okf(office.test, "fill_post", "{'post': %lld, 'user': %lld}",
                         (long long)office.duty_post, (long long)office.user));
    assert_int_equal(test_count(office.test,
                                "SELECT count(*) FROM duty WHERE rule = 'fill_post' AND state = 1"
                                " AND ended_ms >= 1647172800000"),
                     1);
    json_decref(user);
    test_rebuild(office.test);
    test_ledger_free(office.test);
}

static void the_next_unit_outwards_answers_when_the_county_has_nobody(void **state)
{
    struct office office;
    struct owner owner;
    struct bh_err err = {0};
    (void)state;
    office_open(&office);
    struct ledger *ledger = office.test->ledger;
    int64_t now_ms = ledger_now(ledger);
    const struct unit *county = areas_unit(ledger->areas, BH_STR("220202"), now_ms);
    int64_t leaf = areas_unit_leaf(ledger->areas, county);
    assert_true(duty_owner(ledger, "city_cdc", AT_AREA, 0, leaf, now_ms, &owner, &err));
    assert_int_equal(owner.post, 0);
    int64_t city = made(office.test, "create_post", "post",
                        "{'area': '220200', 'role': 'city_cdc', 'title': '市疾控'}");
    assert_true(duty_owner(ledger, "city_cdc", AT_AREA, 0, leaf, now_ms, &owner, &err));
    assert_int_equal(owner.post, city);
    assert_int_equal(owner.holder, 0);
    assert_true(duty_owner(ledger, "county_cdc_duty", AT_AREA, 0, leaf + 1, now_ms, &owner,
                           &err)); /* a street of it */
    assert_int_equal(owner.post, office.duty_post);
    assert_int_equal(owner.holder, office.user);
    assert_true(duty_owner(ledger, "finding_institution", AT_INSTITUTION, office.hospital, leaf,
                           now_ms, &owner, &err));
    assert_int_equal(owner.institution, office.hospital);
    assert_true(owner.post != 0);
    test_ledger_free(office.test);
}

static void a_wrong_layer_is_refused_and_the_running_plan_stays(void **state)
{
    struct office office;
    json_t *answer;
    struct bh_err err = {0};
    (void)state;
    office_open(&office);
    const char *before =
        plans_for(office.test->ledger->plans, 0, ledger_now(office.test->ledger))->version;
    assert_false(test_try(office.test, "adopt_plan_layer",
                          "{'text': 'layer: x\\nkind: law\\ntitle: {zh: a, en: b}\\n'}", &answer,
                          &err));
    assert_int_equal(err.code, BH_INVALID);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 7);
    assert_string_equal(
        plans_for(office.test->ledger->plans, 0, ledger_now(office.test->ledger))->version, before);
    /* An order for a city may not be slipped in under another area. */
    static const char order[] =
        "{%s'text': 'layer: city\\nextends: cn-base\\nkind: order\\ntitle: {zh: a, en: b}\\n"
        "from: \\\"2022-03-01\\\"\\narea: \\\"220200\\\"\\nsource: {zh: a, en: b, mark: L}\\n"
        "duties: {report_direct: {deadline: PT1H}}\\n'}";
    char body[800];
    (void)snprintf(body, sizeof body, order, "'area': '220100', ");
    test_refused(office.test, BH_INVALID, "adopt_plan_layer", body);
    (void)snprintf(body, sizeof body, order, "'area': '220200', ");
    json_decref(test_ok(office.test, "adopt_plan_layer", body));
    json_t *rows = test_query(office.test, "plan_rules", "{'area': '220202', 'limit': 200}");
    int entries = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(json_string_value(json_object_get(row, "rule")), "report_direct") != 0)
            continue;
        entries++;
        bool order_row = strcmp(json_string_value(json_object_get(row, "layer")), "city") == 0;
        text_is(row, "value", order_row ? "PT1H" : "PT2H");
        if (!order_row)
            text_is(row, "superseded_by", "city");
    }
    assert_int_equal(entries, 2);
    json_decref(rows);
    rows = test_query(office.test, "plans", "{}");
    assert_true(json_array_size(rows) >= 10);
    json_decref(rows);
    (void)case_new(&office);
    const json_t *row = row_of(office.test, "report_direct", "open", &rows);
    text_is(row, "due", DAY "09:00" ZONE);
    json_decref(rows);
    test_ledger_reopen(office.test); /* the adopted layer is there again */
    (void)case_new(&office);
    assert_int_equal(
        test_count(office.test,
                   "SELECT count(*) FROM duty WHERE rule = 'report_direct' AND due_ms - start_ms"
                   " = 3600000"),
        2);
    test_ledger_free(office.test);
}

static void the_board_counts_children_and_rules_and_agrees_with_the_loops(void **state)
{
    struct office office;
    (void)state;
    office_open(&office);
    for (int i = 0; i < 3; i++)
        (void)case_new(&office);
    test_clock(office.test, DAY "10:00" ZONE);
    json_t *board = test_query(office.test, "board", "{'area': '220200'}");
    int64_t open = 0, overdue = 0, reports = 0;
    for (size_t i = 0; i < json_array_size(board); i++) {
        const json_t *row = json_array_get(board, i);
        open += test_int(row, "open");
        overdue += test_int(row, "overdue");
        if (strcmp(json_string_value(json_object_get(row, "rule")), "report_direct") == 0) {
            reports++;
            text_is(row, "unit", "220202");
            assert_int_equal(test_int(row, "open"), 3);
            assert_int_equal(test_int(row, "overdue"), 3);
            assert_int_equal(test_int(row, "escalated"), 3);
            assert_int_equal(test_int(row, "opened_24h"), 3);
            text_is(row, "oldest_due", DAY "10:00" ZONE);
        }
    }
    assert_int_equal(reports, 1);
    json_t *loops = test_query(office.test, "loops", "{'area': '220200', 'limit': 200}");
    json_t *late =
        test_query(office.test, "loops", "{'area': '220200', 'state': 'overdue', 'limit': 200}");
    assert_int_equal(open, json_array_size(loops));
    assert_int_equal(overdue, json_array_size(late));
    /* Worst first: steps climbed, then due time. */
    for (size_t i = 1; i < json_array_size(loops); i++) {
        const json_t *a = json_array_get(loops, i - 1), *b = json_array_get(loops, i);
        assert_true(test_int(a, "escalation") >= test_int(b, "escalation"));
    }
    json_decref(board);
    json_decref(loops);
    json_decref(late);
    test_ledger_free(office.test);
}

static size_t told_by(struct test_ledger *test, int64_t notice, const char *more)
{
    char params[200];
    (void)snprintf(params, sizeof params, "{'notice': %lld, %s}", (long long)notice, more);
    json_t *rows = test_query(test, "loops", params);
    size_t count = json_array_size(rows);
    json_decref(rows);
    return count;
}

/* The states of the list are those of the board, whatever page is asked for. */
static void the_list_filters_by_clock_on_the_server(void **state)
{
    struct office office;
    (void)state;
    office_open(&office);
    for (int i = 0; i < 3; i++)
        (void)case_new(&office);
    static const char *const times[] = {DAY "08:20" ZONE, DAY "09:00" ZONE, DAY "09:45" ZONE,
                                        DAY "10:00" ZONE, DAY "12:00" ZONE};
    static const char *const states[] = {"open", "due_soon", "overdue", "escalated"};
    int64_t seen[4] = {0};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        test_clock(office.test, times[i]);
        json_t *board = test_query(office.test, "board", "{'area': '220202'}");
        for (int k = 0; k < 4; k++) {
            char params[200];
            int64_t wanted = 0;
            for (size_t row = 0; row < json_array_size(board); row++)
                wanted += test_int(json_array_get(board, row), states[k]);
            (void)snprintf(params, sizeof params, "{'area': '220202', 'state': '%s', 'limit': 200}",
                           states[k]);
            json_t *rows = test_query(office.test, "loops", params);
            if ((int64_t)json_array_size(rows) != wanted)
                fail_msg("%s at %s: %zu rows, the board has %lld", states[k], times[i],
                         json_array_size(rows), (long long)wanted);
            json_decref(rows);
            /* and the same, asked afterwards as it was known then */
            (void)snprintf(params, sizeof params, "{'area': '220202', 'state': '%s', 'at': '%s'}",
                           states[k], times[i]);
            rows = test_query(office.test, "loops", params);
            assert_int_equal(json_array_size(rows), wanted);
            json_decref(rows);
            seen[k] += wanted;
        }
        json_decref(board);
    }
    for (int k = 0; k < 4; k++)
        assert_true(seen[k] > 0); /* no state went untested */
    test_ledger_free(office.test);
}

static void due_soon_is_the_last_quarter_of_the_time_and_not_climbed(void **state)
{
    (void)state;
    assert_false(duty_due_soon(0, 400, 0, 300));
    assert_true(duty_due_soon(0, 400, 0, 301));
    assert_true(duty_due_soon(0, 400, 0, 399));
    assert_false(duty_due_soon(0, 400, 0, 400)); /* overdue */
    assert_false(duty_due_soon(0, 400, 1, 399)); /* escalated */
}

static void a_notice_leads_to_the_duties_it_counts(void **state)
{
    struct office office;
    (void)state;
    office_open(&office);
    for (int i = 0; i < 3; i++)
        (void)case_new(&office);
    test_clock(office.test, DAY "10:00" ZONE);
    json_t *notices = test_query(office.test, "notices", "{'area': '220202'}");
    int64_t first = 0;
    for (size_t i = 0; i < json_array_size(notices); i++) {
        const json_t *row = json_array_get(notices, i);
        size_t found = told_by(office.test, test_int(row, "notice"), "'state': 'all'");
        if ((int64_t)found != test_int(row, "count"))
            fail_msg("notice %lld of %s, step %lld: %zu rows instead of %lld",
                     (long long)test_int(row, "notice"),
                     json_string_value(json_object_get(row, "rule")),
                     (long long)test_int(row, "step"), found, (long long)test_int(row, "count"));
        if (test_int(row, "step") == 1 &&
            strcmp(json_string_value(json_object_get(row, "rule")), "report_direct") == 0)
            first = test_int(row, "notice");
    }
    assert_true(json_array_size(notices) > 1);
    json_decref(notices);
    json_decref(test_okf(office.test, "acknowledge_notice", "{'notice': %lld}", (long long)first));
    test_clock(office.test, DAY "10:30" ZONE);
    (void)case_new(&office);
    test_clock(office.test, DAY "12:00" ZONE); /* belongs to the next notice */
    assert_int_equal(told_by(office.test, first, "'state': 'all'"), 3);
    assert_int_equal(told_by(office.test, 1, "'state': 'all'"), 0);
    assert_int_equal(
        told_by(office.test, first, "'state': 'escalated', 'at': '" DAY "10:00" ZONE "'"), 3);
    test_ledger_free(office.test);
}

static void moving_a_case_hands_its_duties_to_the_other_county(void **state)
{
    struct office office;
    json_t *rows;
    (void)state;
    office_open(&office);
    int64_t other = made(office.test, "create_post", "post",
                         "{'area': '220203', 'role': 'transfer_team', 'title': '转运'}");
    int64_t sick = case_new(&office);
    json_decref(
        test_okf(office.test, "move_case", "{'case': %lld, 'area': '220203'}", (long long)sick));
    rows = test_query(office.test, "loops", "{'area': '220203', 'rule': 'move_positive'}");
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(test_int(json_array_get(rows, 0), "post"), other);
    json_decref(rows);
    rows = test_query(office.test, "loops", "{'area': '220202', 'rule': 'move_positive'}");
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    test_rebuild(office.test);
    test_ledger_free(office.test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_opens_its_duties_at_once_and_a_late_report_climbs_to_named_people),
        cmocka_unit_test(a_report_made_in_time_but_told_late_is_not_late),
        cmocka_unit_test(many_late_duties_make_one_notice_for_each_post_and_step),
        cmocka_unit_test(a_shift_that_simply_ends_leaves_a_vacant_post_and_a_duty_to_fill_it),
        cmocka_unit_test(the_next_unit_outwards_answers_when_the_county_has_nobody),
        cmocka_unit_test(a_wrong_layer_is_refused_and_the_running_plan_stays),
        cmocka_unit_test(the_board_counts_children_and_rules_and_agrees_with_the_loops),
        cmocka_unit_test(the_list_filters_by_clock_on_the_server),
        cmocka_unit_test(due_soon_is_the_last_quarter_of_the_time_and_not_climbed),
        cmocka_unit_test(a_notice_leads_to_the_duties_it_counts),
        cmocka_unit_test(moving_a_case_hands_its_duties_to_the_other_county),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
