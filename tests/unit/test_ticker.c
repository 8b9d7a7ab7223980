/* The clock's thread beside a writer: what it does once a minute. The monotonic clock is the test's. */
#include "api/ticker.h"
#include "base/time.h"
#include "ledger/verify.h"
#include "ledger/writer.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

enum { SECOND_US = 1000000, LOOK_MS = 20, PATIENCE_MS = 20000 };

static atomic_llong mono_us;

static int64_t mono_read(void *self)
{
    (void)self;
    return atomic_load(&mono_us);
}

static void told(void *self, int64_t clock_ms)
{
    (void)clock_ms;
    atomic_fetch_add((atomic_int *)self, 1);
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static int heads(const char *path)
{
    int lines = 0;
    FILE *file = fopen(path, "re");
    for (int c; file && (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    if (file)
        (void)fclose(file);
    return lines;
}

/* Two whole steps of the ticker see the clock as it is now. */
static void two_steps(atomic_int *steps)
{
    int from = atomic_load(steps);
    for (int waited = 0; atomic_load(steps) < from + 2 && waited < PATIENCE_MS; waited += LOOK_MS)
        sleep_ms(LOOK_MS);
    assert_true(atomic_load(steps) >= from + 2);
}

/* On the writer's thread. */
static bool record_more(struct ledger *ledger, void *self, struct bh_err *err)
{
    (void)ledger;
    (void)err;
    json_decref(test_ok(self, "register_user", "{'display':'b'}"));
    return true;
}

static void heads_are_signed_each_minute_the_log_moved(void **state)
{
    (void)state;
    struct test_ledger *test = test_ledger_new(NULL);
    struct world world = *test->ledger->world;
    const struct world *before = test->ledger->world;
    struct writer *writer = NULL;
    struct ticker *ticker = NULL;
    struct bh_err err = {0};
    struct verify_report report;
    atomic_int steps = 0;
    char path[4400];
    world.mono_us = mono_read;
    test->ledger->world = &world;
    (void)snprintf(path, sizeof path, "%s-keys/heads.jsonl", test->ledger->folder);
    json_decref(test_ok(test, "register_user", "{'display':'a'}"));
    assert_true(writer_start(test->ledger, NULL, NULL, &writer, &err));
    assert_true(ticker_start(test->ledger, writer, told, &steps, &ticker, &err));
    two_steps(&steps);
    assert_int_equal(heads(path), 1);
    atomic_fetch_add(&mono_us, 61 * SECOND_US); /* nothing new was recorded */
    two_steps(&steps);
    assert_int_equal(heads(path), 1);
    assert_true(writer_run(writer, record_more, test, &err));
    two_steps(&steps); /* the minute is not over */
    assert_int_equal(heads(path), 1);
    atomic_fetch_add(&mono_us, 60 * SECOND_US);
    two_steps(&steps);
    assert_int_equal(heads(path), 2);
    assert_true(writer_run(writer, record_more, test, &err));
    ticker_stop(ticker);
    writer_stop(writer);
    assert_int_equal(heads(path), 3);
    assert_true(verify_heads(test->ledger->db, path, &report, &err));
    assert_int_equal(report.first_bad, 0);
    assert_int_equal(report.events, 3);
    test->ledger->world = before;
    test_ledger_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_signed_each_minute_the_log_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
