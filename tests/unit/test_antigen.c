/* Antigen tests: rules, and what must never come of them however they are told. */
#include "support.h"

#include "base/code60.h"
#include "base/time.h"
#include "links.h"
#include "round/antigen.h"
#include "round/lab_events.h"
#include "round/round_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- rules ---- */

static const struct kit_facts used_by_nobody = {.kit = 1,
                                                .area = 9,
                                                .roll = 70,
                                                .slot = 4,
                                                .count = 2,
                                                .round = BH_NONE,
                                                .handed_ms = 1000,
                                                .antigen = BH_NONE,
                                                .group = BH_NONE};

static enum bh_code claim(const struct kit_facts *kit, int64_t slot, int64_t person,
                          int64_t taken_ms, int64_t *ret_slot)
{
    struct antigen_claim one = {slot, person, ANTIGEN_IS_NEGATIVE, taken_ms, BH_NONE};
    struct bh_err err = {.code = BH_OK};
    bool ok = antigen_claim_fits(kit, &one, 2000, ret_slot, &err);
    assert_true(ok == (err.code == BH_OK));
    return err.code;
}

static void a_kit_belongs_to_its_door(void **state)
{
    struct kit_facts kit = used_by_nobody;
    int64_t slot = 0;
    (void)state;
    assert_int_equal(claim(&kit, 4, BH_NONE, 1500, &slot), BH_OK);
    assert_int_equal(slot, 4);
    assert_int_equal(claim(&kit, 5, BH_NONE, 1500, &slot), BH_OK);
    assert_int_equal(claim(&kit, 3, BH_NONE, 1500, &slot), BH_INVALID);
    assert_int_equal(claim(&kit, 6, BH_NONE, 1500, &slot), BH_INVALID);
    assert_int_equal(claim(&kit, BH_NONE, BH_NONE, 1500, &slot), BH_INVALID);
    assert_int_equal(claim(&kit, 4, 33, 1500, &slot), BH_INVALID);
    assert_int_equal(claim(&kit, 4, BH_NONE, 999, &slot), BH_INVALID);
    assert_int_equal(claim(&kit, 4, BH_NONE, 2001, &slot), BH_INVALID);
    kit.count = 1;
    assert_int_equal(claim(&kit, BH_NONE, BH_NONE, 1500, &slot), BH_OK);
    assert_int_equal(slot, 4);
    kit.antigen = 12;
    assert_int_equal(claim(&kit, BH_NONE, BH_NONE, 1500, &slot), BH_CONFLICT);
    kit = used_by_nobody;
    kit.handed_ms = BH_NONE;
    assert_int_equal(claim(&kit, 4, BH_NONE, 1500, &slot), BH_MISSING);
    assert_int_equal(claim(&kit, BH_NONE, 33, 1500, &slot), BH_OK);
    assert_true(slot == BH_NONE);
}

static void symptoms_and_a_negative_test_repeat_it_daily(void **state)
{
    (void)state;
    struct antigen_claim one = {4, BH_NONE, ANTIGEN_IS_NEGATIVE, 1000, 2};
    assert_int_equal(antigen_again_until(&one, 5), 1000 + 5 * BH_DAY_MS);
    assert_true(antigen_again_until(&one, 0) == BH_NONE);
    one.symptom_days = BH_NONE;
    assert_true(antigen_again_until(&one, 5) == BH_NONE);
    one = (struct antigen_claim){4, BH_NONE, ANTIGEN_IS_POSITIVE, 1000, 2};
    assert_true(antigen_again_until(&one, 5) == BH_NONE);
}

static void people_under_observation_repeat_it_on_the_first_days(void **state)
{
    (void)state;
    struct kit_facts kit = used_by_nobody; /* handed out at 1000 */
    struct antigen_claim one = {4, BH_NONE, ANTIGEN_IS_NEGATIVE, 2000, BH_NONE};
    assert_true(antigen_observed_until(&kit, &one, 5) == BH_NONE);
    kit.group = GROUP_SELF_TEST;
    assert_true(antigen_observed_until(&kit, &one, 5) == BH_NONE);
    kit.group = GROUP_OBSERVED;
    assert_true(antigen_observed_until(&kit, &one, 5) == 1000 + 5 * BH_DAY_MS);
    assert_true(antigen_observed_until(&kit, &one, 0) == BH_NONE);
    one.taken_ms = 1000 + 5 * BH_DAY_MS; /* the last of them */
    assert_true(antigen_observed_until(&kit, &one, 5) == BH_NONE);
    one = (struct antigen_claim){4, BH_NONE, ANTIGEN_IS_POSITIVE, 2000, BH_NONE};
    assert_true(antigen_observed_until(&kit, &one, 5) == BH_NONE);
}

static void only_a_later_nucleic_acid_sample_decides(void **state)
{
    (void)state;
    for (int64_t kind = TUBE_SINGLE; kind <= TUBE_POOLED; kind++)
        for (int64_t verdict = VERDICT_NEGATIVE; verdict <= VERDICT_INVALID; verdict++) {
            int64_t wanted = verdict == VERDICT_NEGATIVE ? ANTIGEN_IS_NEGATIVE : BH_NONE;
            if (verdict == VERDICT_POSITIVE && kind == TUBE_SINGLE)
                wanted = ANTIGEN_IS_POSITIVE;
            assert_true(antigen_decision(kind, verdict, 1000, 1000) == wanted);
            assert_true(antigen_decision(kind, verdict, 999, 1000) == BH_NONE);
            assert_true(antigen_decision(kind, verdict, BH_NONE, 1000) == BH_NONE);
        }
}

/* ---- the tables of the program ---- */

static bool is_antigen(int kind)
{
    return kind >= 250 && kind <= 259;
}

/* No reaction leads from an antigen test to a fact of the link report, and only laboratories lead to its decision. */
static void nothing_leads_from_antigen_to_a_case(void **state)
{
    int decided = 0;
    (void)state;
    for (const struct link *const *link = all_links; *link; link++)
        for (const struct reaction *each = (*link)->reactions; each && each->on; each++)
            for (int i = 0; i < 6 && each->emits[i]; i++) {
                assert_false(is_antigen(each->on) && each->emits[i] >= 100 && each->emits[i] < 200);
                if (each->emits[i] != ANTIGEN_DECIDED)
                    continue;
                decided++;
                assert_true(each->on == ROUND_TUBE_RESULTED || each->on == LAB_TUBES_CLEARED);
            }
    assert_int_equal(decided, 2);
}

/* ---- any sequence ---- */

enum { KITS = 60, PEOPLE = 5, STEPS = 400 };

static const char photo[] =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAQACADASIAAhEBAxEB/9oACAEBAAA/AAD/2Q==";

static int64_t made_round(struct test_ledger *test)
{
    json_t *answer = test_ok(test, "open_roll", "{'area': '220202', 'name': '名册'}");
    int64_t roll = test_int(answer, "roll");
    json_decref(answer);
    answer = test_okf(test, "list_residents",
                      "{'roll': %lld, 'area': '220202001001', 'households': [{'building': 1,"
                      " 'unit': 1, 'door': '101', 'residents': [{'name': '一', 'category':"
                      " 'permanent'}, {'name': '二', 'category': 'permanent'}, {'name': '三',"
                      " 'category': 'permanent'}, {'name': '四', 'category': 'permanent'},"
                      " {'name': '五', 'category': 'permanent'}]}]}",
                      (long long)roll);
    json_decref(answer);
    for (uint64_t kit = 0; kit < KITS; kit++) {
        char code[CODE60_TEXT];
        code60_write(kit * 7919, code);
        json_decref(test_okf(test, "register_kits",
                             "{'area': '220202', 'name': 'A', 'kits': ['%s']}", code));
        json_decref(test_okf(test, "hand_out_kits",
                             "{'roll': %lld, 'slot': 1, 'count': %d, 'kits': ['%s']}",
                             (long long)roll, PEOPLE, code));
    }
    return roll;
}

/* An order narrows whom the plan tests by antigen: kits for others stay in the box. */
static void kits_go_only_to_whom_the_plan_tests(void **state)
{
    enum { SPARE = KITS + 1 };
    struct test_ledger *test = test_ledger_new("2022-03-13T08:00:00+08:00");
    int64_t roll = made_round(test);
    char code[CODE60_TEXT];
    (void)state;
    code60_write((uint64_t)SPARE * 7919, code);
    json_decref(
        test_okf(test, "register_kits", "{'area': '220202', 'name': 'B', 'kits': ['%s']}", code));
    json_decref(test_ok(test, "adopt_plan_layer",
                        "{'area': '220202', 'text': 'layer: antigen-order\\nextends: ag1\\n"
                        "kind: order\\ntitle: {zh: 令, en: Order}\\nfrom: \\\"2022-03-13\\\"\\n"
                        "area: \\\"220202\\\"\\nsource: {zh: 文, en: Paper, mark: V}\\nparams:\\n"
                        "  antigen_groups: {value: [observed], unit: group, title: {zh: 人群,"
                        " en: Groups}, source: R0, mark: R}\\n'}"));
    test_refusedf(test, BH_CONFLICT, "hand_out_kits",
                  "{'roll': %lld, 'slot': 1, 'group': 'self_test', 'kits': ['%s']}",
                  (long long)roll, code);
    json_decref(test_okf(test, "hand_out_kits",
                         "{'roll': %lld, 'slot': 1, 'group': 'observed', 'kits': ['%s']}",
                         (long long)roll, code));
    json_decref(test_okf(test, "report_antigen", "{'kit': '%s', 'outcome': 'negative'}", code));
    json_t *rows = test_query(test, "antigen_tests", "{'area': '220202'}");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "again_until")),
                        "2022-03-18T08:00:00+08:00");
    json_decref(rows);
    test_rebuild(test);
    test_ledger_free(test);
}

/* As many positives as open duties to confirm them, whatever is told and read; never a positive of the report. */
static void check_walk(struct test_ledger *test)
{
    int64_t positive =
        test_count(test, "SELECT COUNT(*) FROM antigen_test WHERE positive_ms IS NOT NULL");
    assert_int_equal(positive, test_count(test, "SELECT COUNT(*) FROM antigen_test WHERE outcome ="
                                                " 1 OR reading = 1"));
    assert_int_equal(positive, test_count(test, "SELECT COUNT(*) FROM duty WHERE rule ="
                                                " 'confirm_antigen' AND state = 0"));
    assert_int_equal(test_count(test, "SELECT COUNT(*) FROM duty WHERE rule = 'repeat_antigen'"
                                      " AND state = 0"),
                     test_count(test, "SELECT COUNT(*) FROM antigen_test WHERE repeat_owed_ms IS"
                                      " NOT NULL AND repeated IS NULL"));
    assert_int_equal(test_count(test, "SELECT COUNT(*) FROM positive"), 0);
    assert_int_equal(test_count(test, "SELECT COUNT(*) FROM case_row"), 0);
}

static void any_sequence_keeps_the_invariants(void **state)
{
    static const char *const outcomes[] = {"negative", "positive", "invalid"};
    struct test_ledger *test = test_ledger_new("2022-03-13T08:00:00+08:00");
    struct made_world chance;
    int64_t told[KITS], tests = 0, accepted = 0;
    (void)state;
    (void)made_round(test);
    made_world_init(&chance, 11, 0);
    for (int step = 0; step < STEPS; step++) {
        unsigned char dice[4];
        char code[CODE60_TEXT], body[400];
        struct bh_err err = {.code = BH_OK};
        json_t *answer = NULL;
        chance.world.entropy(chance.world.self, dice, sizeof dice);
        const char *outcome = outcomes[dice[1] % 3];
        bool report = tests == 0 || dice[0] % 2 == 0;
        code60_write((uint64_t)(dice[2] % KITS) * 7919, code);
        if (report)
            (void)snprintf(body, sizeof body, "{'kit': '%s', 'slot': %d, 'outcome': '%s'%s%s%s}",
                           code, dice[3] % (PEOPLE + 1) + 1, outcome,
                           dice[3] & 64 ? ", 'photo': '" : "", dice[3] & 64 ? photo : "",
                           dice[3] & 64 ? "'" : "");
        else
            (void)snprintf(body, sizeof body, "{'antigen': %lld, 'reading': '%s'}",
                           (long long)told[dice[2] % tests], outcome);
        if (test_try(test, report ? "report_antigen" : "review_antigen", body, &answer, &err)) {
            if (report)
                told[tests++] = test_int(answer, "antigen");
            accepted++;
            json_decref(answer);
        }
    }
    check_walk(test);
    assert_true(accepted > KITS && tests > KITS / 2);
    assert_true(test_count(test, "SELECT COUNT(*) FROM antigen_test WHERE reading = 0 AND"
                                 " outcome = 1") > 0);
    test_rebuild(test);
    test_ledger_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kit_belongs_to_its_door),
        cmocka_unit_test(symptoms_and_a_negative_test_repeat_it_daily),
        cmocka_unit_test(people_under_observation_repeat_it_on_the_first_days),
        cmocka_unit_test(kits_go_only_to_whom_the_plan_tests),
        cmocka_unit_test(only_a_later_nucleic_acid_sample_decides),
        cmocka_unit_test(nothing_leads_from_antigen_to_a_case),
        cmocka_unit_test(any_sequence_keeps_the_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
