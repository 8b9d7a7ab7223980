/*
 * The same upload twice counts once: keys, answers byte by byte, and what a resent command may not change.
 */
#include "ledger/intake.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { COMMANDS = 10000, TIMES = 3, BATCH = 100, CASES = 40, STEPS = 5, DOORS = 22, HOUSEHOLD = 4 };

/* Steps of one case are one event of a command each, and duties; more than enough room. */
enum { ARENA_BYTES = 256 << 20 };

static uint64_t chance = 2022;

static size_t draw(size_t below)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(chance >> 33) % below;
}

static void make_key(struct test_ledger *test, int i, uint8_t key[LOG_KEY])
{
    memset(key, 0, LOG_KEY);
    for (int b = 0; b < 6; b++)
        key[b] = (uint8_t)((uint64_t)test->made.wall_ms >> (8 * (5 - b)));
    key[12] = (uint8_t)(i >> 16);
    key[13] = (uint8_t)(i >> 8);
    key[14] = (uint8_t)i;
}

static void prepare(struct test_ledger *test, const char *name, const char *body, int i,
                    struct bh_arena *arena, struct submission *ret)
{
    struct intake intake;
    struct bh_err err;
    const struct command *command = catalogue_command(test->catalogue, bh_str_of(name));
    assert_non_null(command);
    intake_init(&intake, test->ledger, arena, ledger_now(test->ledger));
    if (!intake_text(&intake, command, bh_str_of(body), ret, &err))
        fail_msg("%s %s: %s %s", name, body, err.en, err.field);
    make_key(test, i, ret->key);
    ret->has_key = true;
}

static void send(struct test_ledger *test, struct submission **list, size_t count)
{
    struct bh_err err;
    if (!ledger_commit(test->ledger, list, count, &err))
        fail_msg("commit: %s", err.en);
    for (size_t i = 0; i < count; i++)
        if (!list[i]->ok)
            fail_msg("%s: %s %s", list[i]->command->name, list[i]->err.en, list[i]->err.field);
}

/* ---- commands that commute ---- */

static void commuting(struct test_ledger *test, int i, struct bh_arena *arena,
                      struct submission *ret)
{
    char body[512];
    if (i % 5 == 0)
        (void)snprintf(body, sizeof body,
                       "{\"kind\": \"clinic\", \"name\": \"门诊 %d\", \"area\": \"220102\"}", i);
    else
        (void)snprintf(body, sizeof body,
                       "{\"area\": \"220102\", \"name\": \"王%d\", \"document\": \"22010219%010d\","
                       " \"phone\": \"138%08d\"}",
                       i, i, i);
    prepare(test, i % 5 == 0 ? "register_institution" : "register_person", body, i, arena, ret);
}

static void shuffle(int *order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = draw(i);
        int kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* Counts the answers that are not the first one's bytes. */
static int compare_answers(char **answers, const int *order, struct submission *batch, size_t count)
{
    int other = 0;
    for (size_t i = 0; i < count; i++) {
        char **first = &answers[order[i]];
        size_t len = strlen(batch[i].answer) + 1;
        if (!*first) {
            *first = bh_alloc(len);
            memcpy(*first, batch[i].answer, len);
        } else if (strcmp(*first, batch[i].answer) != 0) {
            other++;
        }
    }
    return other;
}

static int send_all(struct test_ledger *test, char **answers, const int *order, size_t count)
{
    static struct submission batch[BATCH];
    struct submission *list[BATCH];
    struct bh_arena arena;
    int other = 0;
    bh_arena_init(&arena, LIMIT_ARENA_BATCH);
    for (size_t at = 0; at < count; at += BATCH) {
        bh_arena_reset(&arena);
        for (size_t i = 0; i < BATCH; i++) {
            commuting(test, order[at + i], &arena, &batch[i]);
            list[i] = &batch[i];
        }
        send(test, list, BATCH);
        other += compare_answers(answers, order + at, batch, BATCH);
    }
    bh_arena_done(&arena);
    return other;
}

static void ten_thousand_three_times(void **state)
{
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    char **answers = bh_alloc(COMMANDS * sizeof *answers);
    int *order = bh_alloc((size_t)COMMANDS * TIMES * sizeof *order);
    int64_t before = test_count(test, "SELECT count(*) FROM event");
    for (int i = 0; i < COMMANDS * TIMES; i++)
        order[i] = i % COMMANDS;
    shuffle(order, (size_t)COMMANDS * TIMES);

    size_t half = (size_t)COMMANDS * TIMES / 2;
    int other = send_all(test, answers, order, half);
    test_ledger_reopen(test); /* what was answered before a restart is answered the same after it */
    other += send_all(test, answers, order + half, half);

    assert_int_equal(other, 0);
    assert_int_equal(test_count(test, "SELECT count(*) FROM event") - before, COMMANDS);
    assert_int_equal(
        test_count(test, "SELECT count(DISTINCT key) FROM event WHERE key IS NOT NULL"), COMMANDS);
    assert_int_equal(test_count(test, "SELECT count(*) FROM person"), COMMANDS / 5 * 4);
    assert_int_equal(test_count(test, "SELECT count(*) FROM institution"), COMMANDS / 5);
    test_rebuild(test);
    for (int i = 0; i < COMMANDS; i++)
        bh_free(answers[i]);
    bh_free(answers);
    bh_free(order);
    test_ledger_free(test);
}

/* ---- commands of which each needs those before it ---- */

struct chain {
    struct test_ledger *test;
    struct bh_arena arena;
    struct submission sent[CASES * STEPS + 1];
    char *answers[CASES * STEPS + 1];
    int count;
    bool resend;
};

static int64_t answer_id(const struct submission *submission, const char *name)
{
    json_t *answer = json_loads(submission->answer, 0, NULL);
    int64_t id = json_integer_value(json_object_get(answer, name));
    json_decref(answer);
    if (id == 0)
        fail_msg("the answer has no %s: %s", name, submission->answer);
    return id;
}

/* Sends a command of the past once more. It may not change anything, and answers as it did. */
static void chain_resend(struct chain *chain, int i)
{
    struct submission again = chain->sent[i], *list[1] = {&again};
    struct log_head before = chain->test->ledger->head;
    send(chain->test, list, 1);
    assert_string_equal(again.answer, chain->answers[i]);
    assert_memory_equal(&before, &chain->test->ledger->head, sizeof before);
}

static struct submission *chain_send(struct chain *chain, const char *name, const char *body)
{
    int i = chain->count++;
    struct submission *list[1] = {&chain->sent[i]};
    prepare(chain->test, name, body, i, &chain->arena, &chain->sent[i]);
    send(chain->test, list, 1);
    chain->answers[i] = chain->sent[i].answer;
    for (size_t times = chain->resend ? draw(4) : 0; times > 0; times--)
        chain_resend(chain, (int)draw((size_t)chain->count));
    return list[0];
}

static void chain_case(struct chain *chain, int64_t institution, int number)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\"area\": \"220102\", \"name\": \"王%d\", \"document\": \"22010219%010d\"}",
                   number, number);
    int64_t person = answer_id(chain_send(chain, "register_person", body), "person");
    (void)snprintf(body, sizeof body,
                   "{\"person\": %lld, \"source\": \"antigen\", \"institution\": %lld,"
                   " \"found_in\": \"clinic\", \"sampled_ms\": \"2022-02-28T20:00:00+08:00\","
                   " \"resulted_ms\": \"2022-02-28T21:00:00+08:00\"}",
                   (long long)person, (long long)institution);
    int64_t positive = answer_id(chain_send(chain, "report_positive", body), "positive");
    (void)snprintf(body, sizeof body, "{\"positive\": %lld, \"outcome\": \"positive\"}",
                   (long long)positive);
    (void)chain_send(chain, "review_positive", body);
    (void)snprintf(body, sizeof body,
                   "{\"positive\": %lld, \"status\": \"confirmed\", \"severity\": \"mild\","
                   " \"origin\": \"local\", \"institution\": %lld}",
                   (long long)positive, (long long)institution);
    int64_t sick = answer_id(chain_send(chain, "diagnose_positive", body), "case");
    (void)snprintf(body, sizeof body, "{\"case\": %lld, \"card_number\": \"22020-%04d\"}",
                   (long long)sick, number);
    (void)chain_send(chain, "file_report", body);
}

static int64_t chain_number(struct chain *chain, const char *command, const char *name,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));
static int64_t chain_number(struct chain *chain, const char *command, const char *name,
                            const char *format, ...)
{
    char body[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    struct submission *sent = chain_send(chain, command, body);
    return name ? answer_id(sent, name) : 0;
}

/* Households of four, some of them without documents: listing those again under a new key would list them twice. */
static void chain_households(struct chain *chain, int64_t roll, int first)
{
    char residents[1024] = "";
    for (int i = 0; i < HOUSEHOLD; i++) {
        size_t len = strlen(residents);
        (void)snprintf(residents + len, sizeof residents - len, "%s{\"name\": \"王\"",
                       i ? ", " : "");
        len = strlen(residents);
        if (first % 8 != 0)
            (void)snprintf(residents + len, sizeof residents - len, ", \"document\": \"D%06d\"",
                           first + i);
        len = strlen(residents);
        (void)snprintf(residents + len, sizeof residents - len, "}");
    }
    (void)chain_number(chain, "list_residents", NULL,
                       "{\"roll\": %lld, \"area\": \"220202001001\", \"households\":"
                       " [{\"building\": 1, \"door\": \"1\", \"residents\": [%s]}]}",
                       (long long)roll, residents);
}

/* What happens at one door; slots first .. first + 3. */
static void chain_door(struct chain *chain, int64_t roll, int64_t round, int64_t site, int first)
{
    long long of = round;
    int64_t tube = chain_number(chain, "sample_tube", "tube",
                                "{\"round\": %lld, \"site\": %lld, \"code\": \"T%05d\","
                                " \"people\": [{\"slot\": %d}, {\"slot\": %d, \"receipt\": 77}]}",
                                of, (long long)site, first, first, first + 1);
    (void)chain_number(chain, "undo_sample", NULL, "{\"tube\": %lld, \"slot\": %d}",
                       (long long)tube, first + 1);
    (void)chain_number(chain, "record_missed", NULL,
                       "{\"round\": %lld, \"slot\": %d, \"count\": 3, \"reason\": \"absent\"}", of,
                       first + 1);
    (void)chain_number(chain, "exempt_resident", NULL,
                       "{\"round\": %lld, \"slot\": %d, \"reason\": \"medical\"}", of, first + 2);
    (void)chain_number(chain, "change_resident", NULL,
                       "{\"roll\": %lld, \"slot\": %d, \"change\": \"left\"}", (long long)roll,
                       first + 3);
    tube = chain_number(chain, "sample_tube", "tube",
                        "{\"round\": %lld, \"site\": %lld, \"code\": \"S%05d\","
                        " \"people\": [{\"slot\": %d}]}",
                        of, (long long)site, first, first + 1);
    if (first % 3 == 0)
        (void)chain_number(chain, "reject_tube", NULL, "{\"tube\": %lld, \"reason\": \"leak\"}",
                           (long long)tube);
}

/* Every write of a round at the doors, from the roll to mopping up. */
static struct log_head chain_round(bool resend)
{
    struct chain *chain = bh_alloc(sizeof *chain);
    chain->test = test_ledger_new(NULL);
    chain->resend = resend;
    bh_arena_init(&chain->arena, ARENA_BYTES);
    int64_t team =
        chain_number(chain, "register_institution", "institution",
                     "{\"kind\": \"sampling_team\", \"name\": \"采样队\", \"area\": \"220202\"}");
    int64_t roll =
        chain_number(chain, "open_roll", "roll", "{\"area\": \"220202\", \"name\": \"名册\"}");
    for (int i = 0; i < DOORS; i++)
        chain_households(chain, roll, 1 + i * HOUSEHOLD);
    int64_t round = chain_number(chain, "order_round", "round",
                                 "{\"area\": \"220202\", \"roll\": %lld, \"starts\":"
                                 " \"2022-03-01T00:00:00+08:00\", \"accept_shortfall\": \"测试\"}",
                                 (long long)roll);
    int64_t site = chain_number(chain, "open_site", "site",
                                "{\"round\": %lld, \"area\": \"220202001001\", \"institution\":"
                                " %lld, \"name\": \"广场\", \"stations\": 1, \"samplers\": 1}",
                                (long long)round, (long long)team);
    for (int i = 0; i < DOORS; i++) {
        if (i == DOORS / 2)
            (void)chain_number(chain, "move_round_on", NULL,
                               "{\"round\": %lld, \"to\": \"mop_up\"}", (long long)round);
        chain_door(chain, roll, round, site, 1 + i * HOUSEHOLD);
    }
    for (int i = chain->count; resend && i > 0; i--)
        chain_resend(chain, i - 1);
    assert_int_equal(test_count(chain->test, "SELECT size FROM roll"), DOORS * HOUSEHOLD);
    assert_int_equal(test_count(chain->test, "SELECT count(*) FROM sample"),
                     test_count(chain->test, "SELECT sum(sampled) FROM round_count"));
    struct log_head head = chain->test->ledger->head;
    test_rebuild(chain->test);
    bh_arena_done(&chain->arena);
    test_ledger_free(chain->test);
    bh_free(chain);
    return head;
}

static void resending_at_the_doors(void **state)
{
    (void)state;
    struct log_head once = chain_round(false), often = chain_round(true);
    assert_true(once.seq > DOORS * 6);
    assert_int_equal(once.seq, often.seq);
    assert_memory_equal(once.hash, often.hash, LOG_HASH);
}

static struct log_head chain_run(bool resend)
{
    struct chain *chain = bh_alloc(sizeof *chain);
    chain->test = test_ledger_new(NULL);
    chain->resend = resend;
    bh_arena_init(&chain->arena, ARENA_BYTES);
    int64_t institution =
        answer_id(chain_send(chain, "register_institution",
                             "{\"kind\": \"hospital\", \"name\": \"医院\", \"area\": \"220102\"}"),
                  "institution");
    for (int i = 0; i < CASES; i++)
        chain_case(chain, institution, i);
    for (int i = chain->count; resend && i > 0; i--)
        chain_resend(chain, i - 1); /* and all of them, last first */
    struct log_head head = chain->test->ledger->head;
    test_rebuild(chain->test);
    bh_arena_done(&chain->arena);
    test_ledger_free(chain->test);
    bh_free(chain);
    return head;
}

static void resending_what_does_not_commute(void **state)
{
    (void)state;
    struct log_head once = chain_run(false), often = chain_run(true);
    assert_true(once.seq > CASES * STEPS);
    assert_int_equal(once.seq, often.seq);
    assert_memory_equal(once.hash, often.hash, LOG_HASH);
}

/* ---- keys that are refused ---- */

static enum bh_code try_key(struct test_ledger *test, const char *name, int64_t key_ms, int tail)
{
    char body[256];
    struct bh_err err;
    struct submission submission, *list[1] = {&submission};
    (void)snprintf(body, sizeof body,
                   "{\"kind\": \"clinic\", \"name\": \"%s\", \"area\": \"220102\"}", name);
    bh_arena_reset(&test->arena);
    prepare(test, "register_institution", body, tail, &test->arena, &submission);
    for (int b = 0; b < 6; b++)
        submission.key[b] = (uint8_t)((uint64_t)key_ms >> (8 * (5 - b)));
    (void)ledger_commit(test->ledger, list, 1, &err);
    return submission.ok ? BH_OK : submission.err.code;
}

static void keys_refused(void **state)
{
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    int64_t now = test->made.wall_ms;
    assert_int_equal(try_key(test, "门诊甲", now, 1), BH_OK);
    assert_int_equal(try_key(test, "门诊乙", now, 1), BH_KEY_REUSED);
    assert_int_equal(try_key(test, "门诊丙", now - LIMIT_KEY_AGE_MS - 1, 2), BH_EXPIRED);
    assert_int_equal(try_key(test, "门诊丙", now + LIMIT_KEY_AGE_MS + 1, 2), BH_INVALID);
    assert_int_equal(try_key(test, "门诊丙", now - LIMIT_KEY_AGE_MS, 2), BH_OK);
    assert_int_equal(test_count(test, "SELECT count(*) FROM institution"), 2);
    /* A known key is answered however old it is; an unknown one of its age is not. */
    test->made.wall_ms += LIMIT_KEY_AGE_MS * 2;
    assert_int_equal(try_key(test, "门诊甲", now, 1), BH_OK);
    assert_int_equal(try_key(test, "门诊丁", now, 3), BH_EXPIRED);
    assert_int_equal(test_count(test, "SELECT count(*) FROM institution"), 2);
    test_ledger_free(test);
}

/* A refusal leaves nothing: the same key is decided anew, also for another body. */
static void refusals_are_not_remembered(void **state)
{
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    struct bh_err err;
    struct submission submission, *list[1] = {&submission};
    prepare(test, "review_positive", "{\"positive\": 999999, \"outcome\": \"positive\"}", 1,
            &test->arena, &submission);
    (void)ledger_commit(test->ledger, list, 1, &err);
    assert_false(submission.ok);
    assert_int_equal(try_key(test, "门诊甲", test->made.wall_ms, 1), BH_OK);
    test_ledger_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_three_times),
        cmocka_unit_test(resending_what_does_not_commute),
        cmocka_unit_test(resending_at_the_doors),
        cmocka_unit_test(keys_refused),
        cmocka_unit_test(refusals_are_not_remembered),
    };
    return cmocka_run_group_tests_name("resend", tests, NULL, NULL);
}
