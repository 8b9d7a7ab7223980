#include "ledger/plan.h"

#include "base/embedded.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A world of two facts, enough for every way in which a layer can be wrong. */
static const struct choice statuses[] = {
    {"confirmed", "确诊", "confirmed"}, {"asymptomatic", "无症状", "asymptomatic"}, {0}};
static const struct choice other_way[] = {
    {"asymptomatic", "无症状", "asymptomatic"}, {"confirmed", "确诊", "confirmed"}, {0}};

struct sick {
    int64_t patient, status, institution, onset_ms;
};
static const struct field sick_fields[] = {
    FIELD(sick, patient, SELF, 0, "病人", "Patient"),
    FIELD(sick, status, ENUM, 0, "状态", "Status", .choices = statuses),
    FIELD(sick, institution, REF, 0, "机构", "Institution"),
    FIELD(sick, onset_ms, TIME, 0, "发病", "Onset"),
};
RECORD(sick_record, sick, sick_fields);

struct told {
    int64_t patient, status;
    struct bh_str card;
};
static const struct field told_fields[] = {
    FIELD(told, patient, REF, 0, "病人", "Patient"),
    FIELD(told, status, ENUM, 0, "状态", "Status", .choices = other_way),
    FIELD(told, card, TEXT, 0, "卡号", "Card"),
};
RECORD(told_record, told, told_fields);

struct weather {
    int64_t rain;
};
static const struct field weather_fields[] = {FIELD(weather, rain, BOOL, 0, "雨", "Rain")};
RECORD(weather_record, weather, weather_fields);

static const struct event_kind kinds[] = {
    {700, 1, "fell_sick", "发病", "Fell sick", &sick_record, NULL},
    {701, 1, "told", "报告", "Told", &told_record, NULL},
    {702, 1, "weather", "天气", "Weather", &weather_record, NULL},
    {0},
};
static bool never(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    (void)d;
    (void)body;
    (void)facts;
    return bh_fail(err, BH_DENIED, "不会执行", "never runs");
}
static const struct command commands[] = {
    {"tell", "报告", "Tell", &told_record, PRIORITY_RESULT, 0, 0, NULL, never, "{}"},
    {0},
};
static const struct link small_link = {
    .name = "small", .zh = "小", .en = "Small", .events = kinds, .commands = commands};
static const struct link *const small_links[] = {&small_link, NULL};
static const char *const roles[] = {"doctor", "chief", NULL};

static struct catalogue *catalogue;
static struct areas *areas;

#define HEAD(id, parent, kind, dates)                                                              \
    "layer: " id "\n"                                                                              \
    "extends: \"" parent "\"\n"                                                                    \
    "kind: " kind "\n"                                                                             \
    "title: {zh: \"层\", en: \"Layer\"}\n" dates "source: {zh: \"文\", en: \"Paper\", mark: V}\n"
#define ALWAYS "from: \"2020-01-01T00:00:00+08:00\"\n"
#define DUTY                                                                                       \
    "duties:\n"                                                                                    \
    "  tell:\n"                                                                                    \
    "    title: {zh: \"报\", en: \"Tell\"}\n"                                                     \
    "    subject: patient\n"                                                                       \
    "    opens_on: [fell_sick]\n"                                                                  \
    "    deadline: PT2H\n"                                                                         \
    "    owner: doctor\n"                                                                          \
    "    closes_on: [told]\n"

static const char base[] = HEAD("base", "", "base", ALWAYS) DUTY;

static struct plans *plans_of(const char *first)
{
    struct bh_err err = {0};
    struct plans *plans = plans_new(catalogue, areas, roles);
    if (first && !plans_add(plans, bh_str_of(first), &err))
        fail_msg("%s", err.en);
    return plans;
}

static void add(struct plans *plans, const char *text)
{
    struct bh_err err = {0};
    if (!plans_add(plans, bh_str_of(text), &err))
        fail_msg("%s", err.en);
}

static int64_t ms(const char *text)
{
    struct bh_err err = {0};
    int64_t at = 0;
    assert_true(bh_time_parse(bh_str_of(text), 480, &at, &err));
    return at;
}

/* ---- refusals: what is wrong, where it is said to be, what is said ---- */

struct refusal {
    const char *yaml;
    int line, column;
    const char *en, *zh;
};

static const struct refusal refusals[] = {
    {"", 1, 1, "empty", "空"},
    {"layer: [a\n", 2, 1, "sequence", "YAML"},
    {"- a\n", 1, 1, "group", "组"},
    {"layer: a\nlayer: b\n", 2, 1, "twice", "两次"},
    {"layer: &x a\n", 1, 11, "anchors", "锚点"},
    {"layer: a\ncolour: red\n", 2, 1, "unknown key \"colour\"", "不认识的项"},
    {"kind: base\n", 1, 1, "\"layer\" is missing", "缺少"},
    {"layer: A B\nkind: base\ntitle: {zh: a, en: b}\n", 1, 8, "identifier", "标识"},
    {"layer: a\nkind: law\ntitle: {zh: a, en: b}\n", 2, 7, "must be one of: base, prevention",
     "只能是"},
    {"layer: a\nkind: base\ntitle: {zh: a}\n", 3, 8, "Chinese (zh) and English", "中文"},
    {HEAD("a", "", "base", "from: soon\n"), 5, 7, "not a time", "时间"},
    {HEAD("a", "", "base", "from: \"2022-03-01\"\nto: \"2022-02-01\"\n"), 6, 5, "ends before",
     "结束"},
    {HEAD("a", "", "base", ALWAYS "area: \"999999\"\n"), 6, 7, "no area", "没有区域"},
    {"layer: a\nkind: base\ntitle: {zh: a, en: b}\nfrom: \"\"\nsource: {zh: a, en: b, mark: X}\n",
     5, 30, "must be one of: V, L, R", "只能是"},
    {HEAD("a", "nobody", "base", ALWAYS), 2, 10, "\"nobody\", which does not exist", "不存在"},
    {HEAD("a", "a", "base", ALWAYS), 2, 10, "extends itself", "循环"},
    {HEAD("a", "", "base", ALWAYS) "params: {x: {value: 2}}\n", 7, 13, "\"unit\" is missing",
     "缺少"},
    {HEAD("a", "", "base", ALWAYS) "params:\n  x: {value: soon, unit: duration, title: {zh: a, en: "
                                   "b}, source: s, mark: V}\n",
     8, 14, "not a duration", "时长"},
    {HEAD("a", "", "base", ALWAYS) "params:\n  x: {value: maybe, unit: flag, title: {zh: a, en: "
                                   "b}, source: s, mark: V}\n",
     8, 14, "must be one of: false, true", "只能是"},
    {HEAD("a", "", "base", ALWAYS) "duties: [tell]\n", 7, 9, "group", "组"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    color: red\n", 15, 5, "unknown key \"color\"",
     "不认识"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    deadline: PT2H\n", 9, 5,
     "tell, title: is not given", "没有给出"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    opens_on: [fell_ill]\n", 9, 16,
     "undeclared event \"fell_ill\"", "没有声明的事件"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    opens_on: fell_sick\n", 9, 15,
     "a list is expected", "列表"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    deadline: two hours\n", 9, 15,
     "not a duration", "时长"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    deadline: [PT2H]\n", 9, 15,
     "not a duration", "时长"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    owner: nurse\n", 9, 12,
     "undeclared role \"nurse\"", "角色"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    owner_at: home\n", 9, 15,
     "must be one of: area, institution", "只能是"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    clock: wall\n", 15, 12,
     "must be occurred, recorded, or a time that every opening event tells", "时间字段"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    clock: status\n", 15, 12,
     "a time that every opening event tells", "时间字段"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    clock: [occurred]\n", 15, 12,
     "an identifier is expected", "应为标识"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    completed_by: shout\n", 9, 19,
     "undeclared command \"shout\"", "命令"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    on_plan_change: panic\n", 9, 21,
     "keep, recompute, ask", "只能是"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    escalate: [{after: PT1H}]\n", 9, 16,
     "after and to", "after"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    escalate:\n      - {after: PT2H, to: "
                                   "chief}\n      - {after: PT1H, to: chief}\n",
     11, 9, "go up in time", "先后"},
    {HEAD("a", "", "base", ALWAYS) "duties:\n  tell:\n    escalate: [{after: PT2H, to: boss}]\n", 9,
     34, "undeclared role \"boss\"", "角色"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    cancel_on: [weather]\n", 15, 17,
     "no field for the subject", "主体"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    evidence: [onset_ms]\n", 15, 16,
     "does not belong to the closing event", "闭合事件"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    when: {mood: [bad]}\n", 15, 12, "undeclared field",
     "字段"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    when: {onset_ms: [5]}\n", 15, 12,
     "cannot be a condition", "字段"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    when: {status: [confirmed, ill]}\n", 15, 32,
     "not one of the choices", "可选"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    when: {status: {a: b}}\n", 15, 20,
     "a few texts or numbers", "文本或数"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    when: [status]\n", 15, 11, "field: values", "字段"},
    {HEAD("a", "", "base", ALWAYS) DUTY "    closes_when: {card: [x]}\n", 15, 19,
     "cannot be a condition", "字段"},
};

static void each_wrong_layer_is_refused_with_place_and_reason_and_changes_nothing(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        struct plans *plans = plans_of(NULL);
        struct bh_err err = {0};
        if (plans_add(plans, bh_str_of(r->yaml), &err))
            fail_msg("refusal %zu was accepted:\n%s", i, r->yaml);
        if (err.code != BH_INVALID || err.line != r->line || err.column != r->column ||
            !strstr(err.en, r->en) || !strstr(err.zh, r->zh)) {
            print_error("refusal %zu: %d:%d %s / %s, expected %d:%d %s\n%s", i, err.line,
                        err.column, err.en, err.zh, r->line, r->column, r->en, r->yaml);
            wrong++;
        }
        assert_int_equal(plans_layer_count(plans), 0);
        struct bh_err again = {0};
        assert_false(plans_check(plans, bh_str_of(r->yaml), &again));
        assert_string_equal(again.en, err.en);
        plans_free(plans);
    }
    assert_int_equal(wrong, 0);
}

static void a_subject_must_be_in_opener_and_closer(void **state)
{
    (void)state;
    static const char wrong[] =
        HEAD("a", "", "base",
             ALWAYS) "duties:\n  tell:\n    title: {zh: a, en: b}\n"
                     "    subject: institution\n    opens_on: [fell_sick]\n    deadline: PT1H\n"
                     "    owner: doctor\n    closes_on: [told]\n";
    struct bh_err err = {0};
    struct plans *plans = plans_of(NULL);
    assert_false(plans_add(plans, bh_str_of(wrong), &err));
    assert_non_null(
        strstr(err.en, "duty tell, closes_on: this event has no field for the subject"));
    assert_int_equal(err.line, 14);
    assert_int_equal(err.column, 17);
    plans_free(plans);
}

static void a_value_with_two_meanings_is_refused(void **state)
{
    (void)state;
    static const char wrong[] = HEAD(
        "a", "", "base", ALWAYS) "duties:\n  tell:\n    title: {zh: a, en: b}\n"
                                 "    subject: patient\n    opens_on: [fell_sick, told]\n    when: "
                                 "{status: confirmed}\n"
                                 "    deadline: PT1H\n    owner: doctor\n    closes_on: [told]\n";
    struct bh_err err = {0};
    struct plans *plans = plans_of(NULL);
    assert_false(plans_add(plans, bh_str_of(wrong), &err));
    assert_non_null(strstr(err.en, "means different things in the events"));
    assert_int_equal(err.line, 12);
    plans_free(plans);
}

static void a_refused_replacement_leaves_the_running_plan(void **state)
{
    (void)state;
    struct plans *plans = plans_of(base);
    struct bh_err err = {0};
    add(plans, HEAD("order", "base", "order", ALWAYS) "duties: {tell: {deadline: PT1H}}\n");
    /* Without its duty the base leaves the order's override incomplete: told where, in whose text. */
    assert_false(plans_add(plans, bh_str_of(HEAD("base", "", "base", ALWAYS)), &err));
    assert_non_null(strstr(err.en, "layer order"));
    /* The base may not extend what extends it. */
    assert_false(plans_add(plans, bh_str_of(HEAD("base", "order", "base", ALWAYS) DUTY), &err));
    assert_non_null(strstr(err.en, "cycle"));
    /* Nor may a layer extend one that is merged after it. */
    assert_false(plans_add(plans, bh_str_of(HEAD("early", "order", "base", ALWAYS)), &err));
    assert_non_null(strstr(err.en, "merged after"));
    assert_int_equal(plans_layer_count(plans), 2);
    assert_int_equal(
        plan_rule(plans_for(plans, 0, ms("2022-03-14T12:00:00+08:00")), "tell")->deadline_ms,
        BH_HOUR_MS);
    plans_free(plans);
}

/* ---- merging ---- */

static void kinds_merge_in_order_of_precedence_whatever_the_order_of_adding(void **state)
{
    (void)state;
    static const char prevention[] =
        HEAD("p", "base", "prevention", ALWAYS) "duties: {tell: {deadline: PT3H, owner: chief}}\n";
    static const char order[] =
        HEAD("o", "base", "order", ALWAYS) "duties: {tell: {deadline: PT1H}}\n";
    static const char testing[] =
        HEAD("t", "base", "testing", ALWAYS) "duties: {tell: {deadline: PT5H}}\n";
    const char *const texts[] = {order, testing, prevention};
    char first[200] = "";
    for (int turn = 0; turn < 3; turn++) {
        struct plans *plans = plans_of(base);
        for (int i = 0; i < 3; i++)
            add(plans, texts[(turn + i) % 3]);
        const struct plan *plan = plans_for(plans, 0, ms("2022-03-14T12:00:00+08:00"));
        const struct duty_rule *rule = plan_rule(plan, "tell");
        assert_int_equal(rule->deadline_ms, BH_HOUR_MS); /* the order's */
        assert_string_equal(rule->owner, "chief");       /* the prevention plan's */
        assert_string_equal(rule->en, "Tell");           /* the base's */
        assert_string_equal(rule->layer, "o");
        assert_int_equal(rule->clock, CLOCK_OCCURRED);
        assert_int_equal(strncmp(plan->version, "base+p+t+o@", 11), 0);
        if (turn == 0)
            (void)snprintf(first, sizeof first, "%s", plan->version);
        assert_string_equal(plan->version, first);
        plans_free(plans);
    }
}

static void later_orders_win_and_dates_bound_each_layer(void **state)
{
    (void)state;
    struct plans *plans = plans_of(base);
    add(plans,
        HEAD("o2", "base", "order",
             "from: \"2022-03-17\"\nto: \"2022-03-20\"\n") "duties: {tell: {deadline: PT30M}}\n");
    add(plans,
        HEAD("o1", "base", "order", "from: \"2022-03-14\"\n") "duties: {tell: {deadline: PT1H}}\n");
    static const struct {
        const char *at;
        int64_t minutes;
    } expected[] = {
        {"2022-03-13T23:59:59+08:00", 120}, {"2022-03-14T00:00:00+08:00", 60},
        {"2022-03-16T23:59:59+08:00", 60},  {"2022-03-17T00:00:00+08:00", 30},
        {"2022-03-19T23:59:59+08:00", 30},  {"2022-03-20T00:00:00+08:00", 60},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(plan_rule(plans_for(plans, 0, ms(expected[i].at)), "tell")->deadline_ms,
                         expected[i].minutes * BH_MINUTE_MS);
    assert_int_equal(plans_for(plans, 0, ms("2019-12-31T00:00:00+08:00"))->rule_count, 0);
    plans_free(plans);
}

static void an_order_of_a_city_binds_that_city_alone(void **state)
{
    (void)state;
    struct plans *plans = plans_of(base);
    add(plans, HEAD("city", "base", "order",
                    ALWAYS "area: \"220200\"\n") "duties: {tell: {deadline: PT1H}}\n");
    int64_t at = ms("2022-03-14T12:00:00+08:00");
    const struct unit *city = areas_unit(areas, BH_STR("220200"), at),
                      *other = areas_unit(areas, BH_STR("220100"), at);
    const struct unit *county = areas_unit(areas, BH_STR("220202"), at);
    assert_int_equal(
        plan_rule(plans_for(plans, areas_unit_leaf(areas, city), at), "tell")->deadline_ms,
        BH_HOUR_MS);
    assert_int_equal(
        plan_rule(plans_for(plans, areas_unit_leaf(areas, county), at), "tell")->deadline_ms,
        BH_HOUR_MS);
    assert_int_equal(
        plan_rule(plans_for(plans, areas_unit_leaf(areas, other), at), "tell")->deadline_ms,
        2 * BH_HOUR_MS);
    assert_int_equal(plan_rule(plans_for(plans, 0, at), "tell")->deadline_ms, 2 * BH_HOUR_MS);
    plans_free(plans);
}

static void extends_brings_the_parent_along_after_its_own_end(void **state)
{
    (void)state;
    struct plans *plans =
        plans_of(HEAD("old", "", "base", "from: \"2020-01-01\"\nto: \"2022-01-01\"\n") DUTY);
    add(plans, HEAD("new", "old", "prevention",
                    "from: \"2022-01-01\"\n") "duties: {tell: {deadline: PT4H}}\n");
    assert_int_equal(
        plan_rule(plans_for(plans, 0, ms("2022-03-14T12:00:00+08:00")), "tell")->deadline_ms,
        4 * BH_HOUR_MS);
    assert_int_equal(
        plan_rule(plans_for(plans, 0, ms("2021-03-14T12:00:00+08:00")), "tell")->deadline_ms,
        2 * BH_HOUR_MS);
    plans_free(plans);
}

static void a_replaced_layer_takes_the_place_of_the_old_and_old_results_stay_readable(void **state)
{
    (void)state;
    struct plans *plans = plans_of(base);
    int64_t at = ms("2022-03-14T12:00:00+08:00");
    const struct plan *before = plans_for(plans, 0, at);
    add(plans, HEAD("base", "", "base", ALWAYS) DUTY "    clock: recorded\n");
    const struct plan *after = plans_for(plans, 0, at);
    assert_int_equal(plan_rule(before, "tell")->clock, CLOCK_OCCURRED);
    assert_int_equal(plan_rule(after, "tell")->clock, CLOCK_RECORDED);
    assert_string_not_equal(before->version, after->version);
    assert_int_equal(plans_layer_count(plans), 1);
    struct plans *clone = plans_clone(plans);
    assert_string_equal(plans_for(clone, 0, at)->version, after->version);
    plans_free(clone);
    plans_free(plans);
}

static void conditions_and_subjects_are_read_from_the_event(void **state)
{
    (void)state;
    struct plans *plans =
        plans_of(HEAD("a", "", "base", ALWAYS) DUTY
                 "    when: {status: [confirmed], institution: [4, 5], area: 9}\n");
    const struct duty_rule *rule =
        plan_rule(plans_for(plans, 0, ms("2022-03-14T12:00:00+08:00")), "tell");
    struct sick body = {.patient = 12, .status = 0, .institution = 5, .onset_ms = BH_NONE};
    struct event event = {.seq = 12, .area = 9, .person = 77, .kind = &kinds[0], .fields = &body};
    assert_true(plan_when_holds(rule->when, rule->when_count, &event));
    assert_int_equal(plan_subject(rule, &event), 12);
    body.status = 1;
    assert_false(plan_when_holds(rule->when, rule->when_count, &event));
    body.status = 0;
    body.institution = 6;
    assert_false(plan_when_holds(rule->when, rule->when_count, &event));
    body.institution = 4;
    event.area = 8;
    assert_false(plan_when_holds(rule->when, rule->when_count, &event));
    body.patient = BH_NONE;
    assert_int_equal(plan_subject(rule, &event), 0);
    struct duty_rule of_person = {.subject = "person"};
    assert_int_equal(plan_subject(&of_person, &event), 77);
    const struct plan *plan = plans_for(plans, 0, ms("2022-03-14T12:00:00+08:00"));
    assert_true(plan->touched[700 / 64] >> (700 % 64) & 1);
    assert_true(plan->touched[701 / 64] >> (701 % 64) & 1);
    assert_false(plan->touched[702 / 64] >> (702 % 64) & 1);
    plans_free(plans);
}

static void parameters_carry_durations_numbers_and_lists(void **state)
{
    (void)state;
    static const char text[] = HEAD(
        "a", "", "base",
        ALWAYS) "params:\n  within: {value: PT2H, unit: duration, title: {zh: a, en: b}, source: "
                "s, mark: V}\n"
                "  size: {value: 10, unit: persons, title: {zh: a, en: b}, source: s, mark: L}\n"
                "  on: {value: true, unit: flag, title: {zh: a, en: b}, source: s, mark: R}\n"
                "  sizes: {value: [1, 5, 10], unit: persons, title: {zh: a, en: b}, source: s, "
                "mark: R}\n";
    struct plans *plans = plans_of(text);
    const struct plan *plan = plans_for(plans, 0, ms("2022-03-14T12:00:00+08:00"));
    assert_int_equal(plan_param(plan, "within")->ms, 2 * BH_HOUR_MS);
    assert_true(plan_param(plan, "within")->number == BH_NONE);
    assert_int_equal(plan_param(plan, "size")->number, 10);
    assert_int_equal(plan_param(plan, "size")->mark, MARK_LOCAL);
    assert_int_equal(plan_param(plan, "on")->number, 1);
    assert_string_equal(plan_param(plan, "sizes")->value, "1, 5, 10");
    assert_null(plan_param(plan, "none"));
    plans_free(plans);
}

/* ---- the shipped editions: what changes between them is data ---- */

static struct bh_str shipped(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    assert_non_null(file);
    return (struct bh_str){(const char *)file->data, file->size};
}

/* The params of a shipped layer without its duties: this test's catalogue has other events. */
static void add_params(struct plans *plans, const char *path)
{
    struct bh_str text = shipped(path);
    struct bh_err err = {0};
    struct bh_buf cut;
    bh_buf_init(&cut, 1 << 20);
    const char *duties = memmem(text.at, text.len, "\nduties:", 8);
    bh_buf_add(&cut, text.at, duties ? (size_t)(duties - text.at) + 1 : text.len);
    if (!plans_add(plans, bh_buf_view(&cut), &err))
        fail_msg("%s: %s", path, err.en);
    bh_buf_done(&cut);
}

static const char *value_at(struct plans *plans, const char *param, const char *at)
{
    const struct plan_param *found = plan_param(plans_for(plans, 0, ms(at)), param);
    return found ? found->value : "none";
}

static void editions_switch_at_their_dates_by_data_alone(void **state)
{
    (void)state;
    struct plans *plans = plans_of(NULL);
    add_params(plans, "rules/plans/cn-base.yaml");
    add_params(plans, "rules/plans/ncp9.yaml");
    add_params(plans, "rules/plans/ncp8.yaml");
    add_params(plans, "rules/plans/tx9.yaml");
    add_params(plans, "rules/plans/tx8r.yaml");
    assert_string_equal(value_at(plans, "released_patient_place", "2022-03-14T23:59:59+08:00"),
                        "home_isolation");
    assert_string_not_equal(value_at(plans, "released_patient_place", "2022-03-15T00:00:00+08:00"),
                            "home_isolation");
    assert_non_null(
        strstr(plans_for(plans, 0, ms("2022-03-14T00:00:00+08:00"))->version, "ncp8+tx8r"));
    assert_non_null(
        strstr(plans_for(plans, 0, ms("2022-03-15T00:00:00+08:00"))->version, "ncp8+tx9"));
    assert_non_null(
        strstr(plans_for(plans, 0, ms("2022-07-01T00:00:00+08:00"))->version, "ncp9+tx9"));
    /* Both editions answer the same questions; only the answers differ. */
    const struct plan *eight = plans_for(plans, 0, ms("2022-03-20T00:00:00+08:00"));
    const struct plan *nine = plans_for(plans, 0, ms("2022-07-01T00:00:00+08:00"));
    size_t differ = 0;
    for (size_t i = 0; i < eight->param_count; i++) {
        const struct plan_param *other = plan_param(nine, eight->params[i].id);
        if (other)
            differ += strcmp(other->value, eight->params[i].value) != 0;
    }
    assert_true(differ > 0);
    assert_string_equal(value_at(plans, "report_within", "2022-03-20T00:00:00+08:00"),
                        value_at(plans, "report_within", "2022-07-01T00:00:00+08:00"));
    plans_free(plans);
}

static int begin(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct areas_text text = {shipped("rules/areas/divisions.csv"),
                              shipped("rules/areas/units.csv"), shipped("rules/areas/aliases.csv"),
                              shipped("rules/areas/population.csv")};
    catalogue = catalogue_new(small_links);
    return areas_new(&text, &areas, &err) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    areas_free(areas);
    catalogue_free(catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wrong_layer_is_refused_with_place_and_reason_and_changes_nothing),
        cmocka_unit_test(a_subject_must_be_in_opener_and_closer),
        cmocka_unit_test(a_value_with_two_meanings_is_refused),
        cmocka_unit_test(a_refused_replacement_leaves_the_running_plan),
        cmocka_unit_test(kinds_merge_in_order_of_precedence_whatever_the_order_of_adding),
        cmocka_unit_test(later_orders_win_and_dates_bound_each_layer),
        cmocka_unit_test(an_order_of_a_city_binds_that_city_alone),
        cmocka_unit_test(extends_brings_the_parent_along_after_its_own_end),
        cmocka_unit_test(a_replaced_layer_takes_the_place_of_the_old_and_old_results_stay_readable),
        cmocka_unit_test(conditions_and_subjects_are_read_from_the_event),
        cmocka_unit_test(parameters_carry_durations_numbers_and_lists),
        cmocka_unit_test(editions_switch_at_their_dates_by_data_alone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
