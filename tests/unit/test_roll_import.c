/* A roll from a table of people: what is taken, what is given back, and that the same file counts once. */
#include "api/roll_import.h"

#include "api/table_read.h"
#include "base/time.h"
#include "ledger/area.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TITLES "community,building,unit,door,name,document,phone,category,key,sealed_home\n"
#define HOME   "220202001001,1,1,"

struct bad {
    int row;
    enum bh_code code;
    char field[BH_FIELD_MAX];
};

/* What an import came to. */
struct outcome {
    struct roll_import_sum sum;
    struct bad bad[64];
    int bad_count;
    struct bh_buf returned;
    struct bh_err err; /* of a file that was not taken at all */
    bool ok;
};

static struct test_ledger *test;
static struct outcome outcome;

static int up(void **state)
{
    (void)state;
    test = test_ledger_new(NULL);
    json_decref(test_ok(test, "open_roll", "{'area': '220202', 'name': '名册'}"));
    return 0;
}

static int down(void **state)
{
    (void)state;
    bh_buf_done(&outcome.returned);
    test_ledger_free(test);
    return 0;
}

static int64_t roll_number(void)
{
    return test_count(test, "SELECT MAX(roll) FROM roll");
}

static bool take_bad(void *self, int row, const struct bh_err *err)
{
    struct outcome *to = self;
    struct bad *bad = &to->bad[to->bad_count++];
    assert_true(err->zh[0] && err->en[0] && err->row == row);
    bad->row = row;
    bad->code = err->code;
    (void)snprintf(bad->field, sizeof bad->field, "%s", err->field);
    return to->bad_count < 64;
}

/* Imports a file; `commands` is how many commands are given before it "crashes", -1 = all. */
static void import_some(struct bh_str file, bool dry, int commands)
{
    struct roll_import *import = NULL;
    struct bh_arena arena;
    struct intake intake;
    struct submission submission, *list[1] = {&submission};
    size_t group = 0;
    bh_buf_done(&outcome.returned);
    outcome = (struct outcome){.ok = false};
    bh_buf_init(&outcome.returned, 1 << 20);
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    outcome.ok = roll_import_open(&import, file, roll_number(), test->ledger, test->scope,
                                  test->ledger->db, &outcome.err);
    intake_init(&intake, test->ledger, &arena, ledger_now(test->ledger));
    const struct world *world = test->ledger->world;
    while (outcome.ok && commands-- != 0 &&
           roll_import_next(import, &intake, world->wall_ms(world->self), &submission, &group)) {
        struct bh_err err;
        submission.scope = test->scope;
        submission.permit_epoch = test->ledger->permit_epoch;
        if (!dry)
            assert_true(ledger_commit(test->ledger, list, 1, &err));
        roll_import_went(import, group, dry || submission.ok ? NULL : &submission.err);
        bh_arena_reset(&arena);
    }
    if (outcome.ok) {
        roll_import_sum(import, &outcome.sum);
        roll_import_each_bad(import, take_bad, &outcome);
        assert_int_equal(roll_import_returned(import, &outcome.returned), 0);
    }
    roll_import_free(import);
    bh_arena_done(&arena);
}

static void import_text(const char *text)
{
    import_some(bh_str_of(text), false, -1);
}

static void assert_bad(int index, int row, enum bh_code code, const char *field)
{
    if (index >= outcome.bad_count)
        fail_msg("row %d was taken", row);
    assert_int_equal(outcome.bad[index].row, row);
    assert_int_equal(outcome.bad[index].code, code);
    assert_string_equal(outcome.bad[index].field, field);
}

static void people_are_put_into_door_order(void **state)
{
    (void)state;
    import_text(TITLES "220202001002,1,,1组2号,丁,,,,,\n"
                       "220202001001,2,1,201,丙,,,,,\n"
                       "220202001001,1,1,1001,乙,,,floating,1,\n"
                       "220202001001,1,1,201,甲,,10012345678,常住,,是\n"
                       "220202001002,1,,1组2号,戊,,,,是,\n"
                       "220202001001,1,1,201,己,110105194912310021,,,,\n"
                       "220202001001,1,1,201,庚,11010519491231002x,,,no,false\n");
    assert_int_equal(outcome.sum.rows, 7);
    assert_int_equal(outcome.sum.listed, 6);
    assert_int_equal(outcome.sum.refused, 1);
    assert_int_equal(outcome.sum.check, 1);
    assert_bad(0, 7, BH_INVALID, "document");
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 6);
    /* 201: 甲 庚; 1001: 乙; building 2: 丙; the other community: 丁 戊. */
    static const char *const doors[] = {"201", "201", "1001", "201"};
    char params[80];
    (void)snprintf(params, sizeof params, "{\"roll\": %lld, \"area\": \"220202001001\"}",
                   (long long)roll_number());
    json_t *slice = test_query(test, "roll_slice", params);
    assert_int_equal(json_array_size(slice), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *row = json_array_get(slice, i);
        assert_int_equal(test_int(row, "slot"), i + 1);
        assert_string_equal(json_string_value(json_object_get(row, "door")), doors[i]);
    }
    json_decref(slice);
    assert_int_equal(test_count(test, "SELECT COUNT(*) FROM roll_block"), 2);
    assert_int_equal(test_count(test, "SELECT last_slot FROM roll_building WHERE building = 1 AND "
                                      "unit = 1"),
                     3);
    assert_int_equal(test_count(test, "SELECT sealed_people FROM roll_community ORDER BY area"), 2);
    assert_int_equal(test_count(test, "SELECT SUM(key_people) FROM roll_community"), 2);
    test_rebuild(test);
}

static void errors_name_row_and_column(void **state)
{
    (void)state;
    import_text(TITLES "1,1,1,101,甲,,,,,\n"
                       "220203005000,1,1,101,甲,,,,,\n" HOME "101,甲,,,,,\n"
                       "220202001001,0,1,101,甲,,,,,\n"
                       "220202001001,x,1,101,甲,,,,,\n"
                       "220202001001,1,1000,101,甲,,,,,\n" HOME ",甲,,,,,\n" HOME "101,,,,,,\n" HOME
                       "101,乙,110105194912310020,,,,\n" HOME
                       "101,乙,,123456789012345678901234567890123,,,\n" HOME
                       "101,乙,,,resident,,\n" HOME "101,乙,,,,maybe,\n" HOME "101,乙,,,,,2\n");
    static const struct {
        int row;
        const char *field;
    } expected[] = {{2, "community"}, {3, "community"}, {5, "building"}, {6, "building"},
                    {7, "unit"},      {8, "door"},      {9, "name"},     {10, "document"},
                    {11, "phone"},    {12, "category"}, {13, "key"},     {14, "sealed_home"}};
    assert_int_equal(outcome.bad_count, 12);
    for (int i = 0; i < 12; i++)
        assert_bad(i, expected[i].row, i == 0 ? BH_MISSING : BH_INVALID, expected[i].field);
    assert_int_equal(outcome.sum.listed, 1);
    assert_int_equal(outcome.sum.refused, 12);
}

static void people_twice_in_the_file_are_returned(void **state)
{
    (void)state;
    import_text(TITLES HOME "101,甲,11010519491231002X,,,,\n" HOME "102,乙,,,,,\n" HOME
                            "103,甲,110105 19491231 002x,,,,\n" HOME "102,乙,,,,,\n" HOME
                            "104,乙,,,,,\n" HOME "102,乙,E1234,,,,\n");
    assert_int_equal(outcome.sum.listed, 4);
    assert_int_equal(outcome.sum.duplicate, 2);
    assert_bad(0, 4, BH_CONFLICT, "document");
    assert_bad(1, 5, BH_CONFLICT, "document");
    assert_non_null(strstr(bh_buf_c(&outcome.returned), "the same person as in row 2"));
    assert_non_null(strstr(bh_buf_c(&outcome.returned), "与第 3 行是同一人"));
}

/* What is given back is a table that can be corrected and sent again. */
static void returned_rows_can_be_sent_again(void **state)
{
    (void)state;
    import_text(TITLES HOME "\"1号楼,101\",甲,11010519491231002X,,,,\n" HOME
                            "\"1号楼,101\",乙,110105194912310020,,,,1\n");
    assert_int_equal(outcome.sum.refused, 1);
    char *again = bh_alloc(outcome.returned.len + 1);
    memcpy(again, bh_buf_c(&outcome.returned), outcome.returned.len + 1);
    char *wrong = strstr(again, "110105194912310020");
    assert_non_null(wrong);
    memcpy(wrong, "E10105194912310020", 18);
    import_text(again);
    assert_int_equal(outcome.sum.rows, 1);
    assert_int_equal(outcome.sum.listed, 1);
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 2);
    bh_free(again);
}

static void the_same_file_counts_once(void **state)
{
    const char *text = TITLES HOME "101,甲,11010519491231002X,,,,\n" HOME "102,乙,,,,,\n"
                                   "220202001002,1,,1号,丙,,,,,\n";
    const char *more = TITLES HOME "101,甲,11010519491231002X,,,,\n" HOME "103,丁,,,,,\n";
    (void)state;
    import_some(bh_str_of(text), true, -1);
    assert_int_equal(outcome.sum.listed, 3);
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 0);
    /* Ended after the first of two commands; the next run does the rest. */
    import_some(bh_str_of(text), false, 1);
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 2);
    test_ledger_reopen(test);
    import_text(text);
    assert_int_equal(outcome.sum.repeated, 2);
    assert_int_equal(outcome.sum.listed, 1);
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 3);
    test_clock(test, "2022-06-01T00:00:00+08:00");
    test->made.wall_ms += 60 * BH_DAY_MS; /* also when keys would have expired */
    int64_t head = test->ledger->head.seq;
    import_text(text);
    assert_int_equal(outcome.sum.repeated, 3);
    assert_int_equal(outcome.bad_count, 0);
    assert_int_equal(test->ledger->head.seq, head);
    /* Another file with one of them: told, not listed twice. */
    import_text(more);
    assert_int_equal(outcome.sum.known, 1);
    assert_int_equal(outcome.sum.listed, 1);
    assert_bad(0, 2, BH_CONFLICT, "document");
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 4);
    test_rebuild(test);
}

/* 社区,楼栋,门牌,姓名 / 220202001001,1,一号,张三 as a spreadsheet in China saves it. */
static void files_of_chinese_spreadsheets_are_read(void **state)
{
    static const char gb18030[] =
        "\xc9\xe7\xc7\xf8,\xc2\xa5\xb6\xb0,\xc3\xc5\xc5\xc6,\xd0\xd5\xc3\xfb\r\n"
        "220202001001,1,\xd2\xbb\xba\xc5,\xd5\xc5\xc8\xfd\r\n";
    (void)state;
    import_some((struct bh_str){gb18030, sizeof gb18030 - 1}, false, -1);
    assert_int_equal(outcome.sum.listed, 1);
    import_text("\xef\xbb\xbf社区,楼栋,门牌,姓名,重点\n220202001001,1.0,二号,李四,TRUE\n");
    assert_int_equal(outcome.sum.listed, 1);
    assert_int_equal(test_count(test, "SELECT SUM(key_people) FROM roll_community"), 1);
}

static void unreadable_files_are_refused_whole(void **state)
{
    static const char *const files[] = {
        "",
        "community,building,door\n",
        "community,building,door,name,colour\n",
        "community,building,door,name,name\n",
        TITLES HOME "101,\"甲,,,,,\n",
        "PK\x03\x04nothing",
        "220202001001,1,101,甲\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        import_text(files[i]);
        assert_false(outcome.ok);
        assert_true(outcome.err.zh[0] && outcome.err.en[0]);
        assert_null(strstr(outcome.err.en, "220202001001"));
    }
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 0);
}

static void many_are_listed_in_commands_of_500(void **state)
{
    struct bh_buf text;
    (void)state;
    bh_buf_init(&text, 4 << 20);
    bh_buf_text(&text, TITLES);
    for (int i = 0; i < 3001; i++) /* homes of three, and a dormitory of 1,201 behind one door */
        bh_buf_format(&text, "220202001001,1,1,%s%d,甲%d,,,,,\n", i < 1800 ? "" : "宿舍",
                      i < 1800 ? i / 3 : 1, i);
    import_some(bh_buf_view(&text), false, -1);
    assert_int_equal(outcome.sum.listed, 3001);
    assert_int_equal(test_count(test, "SELECT size FROM roll"), 3001);
    assert_int_equal(test_count(test, "SELECT MAX(last_slot - first_slot + 1) FROM roll_block"),
                     500);
    assert_true(test_count(test, "SELECT COUNT(*) FROM roll_block") <= 8);
    bh_buf_done(&text);
}

/* Who may list people in one community only: the others look unknown. */
static void scope_limits_what_is_imported(void **state)
{
    const struct leaf *leaf = areas_leaf_of_code(test->ledger->areas, BH_STR("220202001001"));
    const struct scope scope = {.count = 1, .range = {{leaf->number, leaf->number}}};
    (void)state;
    test->scope = &scope;
    import_text(TITLES HOME "101,甲,,,,,\n220202001002,1,,1号,丙,,,,,\n");
    test->scope = NULL;
    assert_int_equal(outcome.sum.listed, 1);
    assert_bad(0, 3, BH_MISSING, "community");
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(people_are_put_into_door_order),
        EACH(errors_name_row_and_column),
        EACH(people_twice_in_the_file_are_returned),
        EACH(returned_rows_can_be_sent_again),
        EACH(the_same_file_counts_once),
        EACH(files_of_chinese_spreadsheets_are_read),
        EACH(unreadable_files_are_refused_whole),
        EACH(many_are_listed_in_commands_of_500),
        EACH(scope_limits_what_is_imported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
