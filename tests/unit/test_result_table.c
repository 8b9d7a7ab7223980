/* The table behind the public result page against a plain list, as it grows and as the oldest is forgotten. */
#include "api/result_table.h"
#include "base/limits.h"
#include "os/thread.h"
#include "os/world.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[16] = {9, 8, 7};
static const int64_t start_ms = INT64_C(1647533100000); /* 2022-03-18 00:05 +08:00 */
enum { MINUTE_MS = 60000 };

static uint64_t mix(uint64_t number)
{
    number = (number + UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);
    number ^= number >> 29;
    return number * UINT64_C(0x94D049BB133111EB) >> 4;
}

/* Tube t (from 1) has the event number 3 t and the people (t - 1) * size .. t * size - 1. */
static void fill(struct result_table *table, int64_t from, int64_t tubes, int64_t size)
{
    for (int64_t tube = from; tube < from + tubes; tube++) {
        result_table_tube(table, 3 * tube, start_ms + tube % 1440 * MINUTE_MS);
        for (int64_t person = (tube - 1) * size; person < tube * size; person++)
            result_table_add(table, result_table_hash(table, mix((uint64_t)person)));
    }
}

static bool find(struct result_table *table, uint64_t receipt, struct result_tube *ret)
{
    return result_table_find(table, result_table_hash(table, receipt), ret);
}

static void every_receipt_is_found_as_it_grows(void **state)
{
    enum { TUBES = 130000, SIZE = 10 }; /* over the first two generations into the third */
    struct result_table *table = result_table_new(key, 0);
    struct result_tube tube;
    (void)state;
    fill(table, 1, TUBES, SIZE);
    for (int64_t number = 1; number <= TUBES; number++)
        if (number % 3 == 0)
            assert_true(result_table_set(table, 3 * number, RESULT_TUBE_NEGATIVE, BH_NONE,
                                         start_ms + 600 * MINUTE_MS));
    for (int64_t person = 0; person < TUBES * SIZE; person++) {
        int64_t number = person / SIZE + 1;
        assert_true(find(table, mix((uint64_t)person), &tube));
        assert_int_equal(tube.state, number % 3 == 0 ? RESULT_TUBE_NEGATIVE : RESULT_TUBE_WAITING);
        assert_true(tube.sampled_ms == start_ms + number % 1440 * MINUTE_MS);
        assert_true(tube.resulted_ms == (number % 3 == 0 ? start_ms + 600 * MINUTE_MS : 0));
    }
    /* A million receipts that were never issued. */
    for (int64_t person = 0; person < 1000000; person++)
        assert_false(find(table, mix((uint64_t)person + (UINT64_C(1) << 40)), &tube));
    assert_true(result_table_bytes(table) < 50 << 20);
    result_table_free(table);
}

static void the_newest_tube_of_a_receipt_counts(void **state)
{
    struct result_table *table = result_table_new(key, 0);
    uint64_t hash = result_table_hash(table, 42);
    struct result_tube tube;
    (void)state;
    result_table_tube(table, 10, start_ms);
    result_table_add(table, hash);
    result_table_tube(table, 20, start_ms + 5 * MINUTE_MS);
    result_table_add(table, hash);
    assert_true(find(table, 42, &tube) && tube.sampled_ms == start_ms + 5 * MINUTE_MS);
    result_table_remove(table, hash, 10); /* it is the other tube's by now */
    assert_true(find(table, 42, &tube));
    result_table_remove(table, hash, 20);
    assert_false(find(table, 42, &tube));
    result_table_tube(table, 30, start_ms + 9 * MINUTE_MS);
    result_table_add(table, hash);
    assert_true(find(table, 42, &tube) && tube.sampled_ms == start_ms + 9 * MINUTE_MS);
    assert_false(result_table_set(table, 25, RESULT_TUBE_NEGATIVE, BH_NONE, BH_NONE));
    assert_true(result_table_set(table, 30, RESULT_TUBE_GONE, BH_NONE, BH_NONE));
    assert_false(find(table, 42, &tube));
    result_table_free(table);
}

/* At the limit the oldest receipts are forgotten, the newest are all there, and memory stays where it is. */
static void the_oldest_are_forgotten_at_the_limit(void **state)
{
    enum { SMALLER = 8, SIZE = 4, STEP = 2000, STEPS = 120 };
    struct result_table *table = result_table_new(key, SMALLER);
    struct result_tube tube;
    int64_t bytes = 0, kept = 0;
    (void)state;
    for (int64_t step = 0; step < STEPS; step++) {
        fill(table, 1 + step * STEP, STEP, SIZE);
        if (step == STEPS / 2)
            bytes = result_table_bytes(table);
        for (int64_t person = step * STEP * SIZE; person < (step + 1) * STEP * SIZE; person++)
            assert_true(find(table, mix((uint64_t)person), &tube));
    }
    for (int64_t person = 0; person < (int64_t)STEP * STEPS * SIZE; person++)
        kept += find(table, mix((uint64_t)person), &tube);
    assert_true(kept >= 8 * (1 << 14) / 5 * 4 * 7 / 8 && kept < 10 * (1 << 14));
    assert_false(find(table, mix(0), &tube));
    assert_false(result_table_set(table, 3, RESULT_TUBE_NEGATIVE, BH_NONE, BH_NONE));
    assert_true(bytes > 0 && result_table_bytes(table) == bytes);
    result_table_free(table);
}

/* Tubes without receipts never fill a generation; they are bounded all the same. */
static void tubes_without_receipts_are_bounded(void **state)
{
    enum { SMALLER = 8 };
    struct result_table *table = result_table_new(key, SMALLER);
    struct result_tube tube;
    (void)state;
    int64_t most = 3 * (RESULT_TUBES_MAX >> SMALLER);
    fill(table, 1, most, 0);
    result_table_tube(table, 3 * most + 3, start_ms);
    result_table_add(table, result_table_hash(table, 5));
    assert_true(find(table, 5, &tube));
    assert_false(result_table_tube_of(table, 3, &tube));
    assert_true(result_table_bytes(table) < 8 << 20);
    result_table_free(table);
}

/* --- a reader beside the writer ------------------------------------------------------------ */

struct beside {
    struct result_table *table;
    atomic_llong people; /* added so far */
    atomic_bool over;
    atomic_llong asked;
    int64_t wrong;
};

static void read_beside(void *self)
{
    struct beside *beside = self;
    uint64_t turn = 0;
    while (!atomic_load(&beside->over)) {
        int64_t people = atomic_load(&beside->people);
        struct result_tube tube;
        if (people == 0)
            continue;
        int64_t person = (int64_t)(mix(turn++) % (uint64_t)people);
        int64_t number = person / 5 + 1;
        /* Known, of the right tube, and negative only where it may be. */
        if (!find(beside->table, mix((uint64_t)person), &tube) ||
            tube.sampled_ms != start_ms + number % 1440 * MINUTE_MS ||
            (tube.state == RESULT_TUBE_NEGATIVE && number % 2))
            beside->wrong++;
        if (find(beside->table, mix((uint64_t)person + (UINT64_C(1) << 41)), &tube))
            beside->wrong++;
        atomic_fetch_add(&beside->asked, 1);
    }
}

static void a_reader_beside_the_writer_never_sees_anothers_state(void **state)
{
    enum { TUBES = 60000, SIZE = 5 };
    struct beside beside = {.table = result_table_new(key, 4)};
    struct thread thread = {0};
    struct bh_err err;
    (void)state;
    assert_true(thread_start(&thread, "beside", read_beside, &beside, &err));
    for (int64_t number = 1; number <= TUBES; number++) {
        fill(beside.table, number, 1, SIZE);
        /* Not before the reader is awake. */
        while (number == TUBES / 4 && atomic_load(&beside.asked) < 1000)
            continue;
        atomic_store(&beside.people, number * SIZE);
        if (number % 2 == 0)
            (void)result_table_set(beside.table, 3 * number, RESULT_TUBE_NEGATIVE, BH_NONE,
                                   start_ms);
    }
    atomic_store(&beside.over, true);
    thread_join(&thread);
    assert_true(atomic_load(&beside.asked) >= 1000);
    assert_int_equal(beside.wrong, 0);
    result_table_free(beside.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_receipt_is_found_as_it_grows),
        cmocka_unit_test(the_newest_tube_of_a_receipt_counts),
        cmocka_unit_test(the_oldest_are_forgotten_at_the_limit),
        cmocka_unit_test(tubes_without_receipts_are_bounded),
        cmocka_unit_test(a_reader_beside_the_writer_never_sees_anothers_state),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
