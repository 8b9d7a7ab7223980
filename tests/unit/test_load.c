/* What a rehearsal sends, and how its latencies are summed: pure parts of the load generator. */
#include "plan/load_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RESIDENTS = 2413, SITES = 7 };

static struct load_people people_of(enum load_order order, int pool)
{
    struct load_people people = {.round = 7,
                                 .residents = RESIDENTS,
                                 .site_count = SITES,
                                 .pool = pool,
                                 .order = order,
                                 .salt = UINT64_C(0x123456789abcdef)};
    for (int i = 0; i < SITES; i++)
        people.site[i] = 100 + i;
    return people;
}

static void nobody_is_sampled_twice(void **state)
{
    (void)state;
    for (int pool = 1; pool <= LOAD_POOL_MAX; pool++)
        for (int order = LOAD_DOOR; order <= LOAD_RANDOM; order++) {
            struct load_people people = people_of((enum load_order)order, pool);
            bool seen[RESIDENTS + 1] = {false};
            int64_t count = 0;
            for (int64_t tube = 0; tube < load_tube_count(&people); tube++)
                for (int i = 0; i < pool; i++, count++) {
                    int64_t slot = load_slot(&people, tube, i);
                    assert_in_range(slot, 1, RESIDENTS);
                    assert_false(seen[slot]);
                    seen[slot] = true;
                }
            /* What does not fill a tube at the end of a lane is left out, nothing else. */
            assert_true(count > RESIDENTS - SITES * (pool + 1));
        }
}

static void door_order_keeps_a_tube_together(void **state)
{
    struct load_people people = people_of(LOAD_DOOR, 10);
    (void)state;
    for (int64_t tube = 0; tube < load_tube_count(&people); tube++)
        for (int i = 1; i < 10; i++)
            assert_int_equal(load_slot(&people, tube, i), load_slot(&people, tube, 0) + i);
    people.order = LOAD_RANDOM;
    int64_t near = 0;
    for (int64_t tube = 0; tube < load_tube_count(&people); tube++)
        near += llabs(load_slot(&people, tube, 1) - load_slot(&people, tube, 0)) < 20;
    assert_int_equal(near, 0);
}

static json_t *body_of(const struct load_people *people, int64_t tube)
{
    struct bh_buf out;
    bh_buf_init(&out, LOAD_BODY_MAX);
    load_tube_body(people, tube, &out);
    assert_false(out.full);
    json_t *json = json_loadb(out.at, out.len, JSON_REJECT_DUPLICATES, NULL);
    bh_buf_done(&out);
    assert_non_null(json);
    return json;
}

static void bodies_are_commands(void **state)
{
    struct load_people people = people_of(LOAD_DOOR, 10);
    static char documents[RESIDENTS * 19 + 1];
    (void)state;
    for (int slot = 1; slot <= RESIDENTS; slot++)
        (void)snprintf(documents + (slot - 1) * 19, 20, "%018d\n", slot);
    people.documents = (struct bh_str){documents, RESIDENTS * 19};
    people.document_line = 19;
    people.document_percent = 50;
    people.receipts = true;
    int given = 0;
    for (int64_t tube = 0; tube < load_tube_count(&people); tube++) {
        json_t *body = body_of(&people, tube), *list = json_object_get(body, "people");
        const char *code = json_string_value(json_object_get(body, "code"));
        assert_in_range(strlen(code), 4, 32);
        assert_int_equal(strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), strlen(code));
        assert_int_equal(json_array_size(list), 10);
        for (size_t i = 0; i < 10; i++) {
            json_t *one = json_array_get(list, i);
            const char *document = json_string_value(json_object_get(one, "document"));
            int64_t slot = load_slot(&people, tube, (int)i);
            given += document != NULL;
            if (document)
                assert_int_equal(strtoll(document, NULL, 10), slot);
            else
                assert_int_equal(json_integer_value(json_object_get(one, "slot")), slot);
            assert_int_equal(json_integer_value(json_object_get(one, "receipt")),
                             load_receipt(&people, slot));
        }
        json_decref(body);
    }
    assert_in_range(given, RESIDENTS * 4 / 10, RESIDENTS * 6 / 10);
}

static void a_key_belongs_to_its_tube(void **state)
{
    struct load_people people = people_of(LOAD_DOOR, 1), other = people;
    char first[LOAD_KEY_HEX], again[LOAD_KEY_HEX], next[LOAD_KEY_HEX], foreign[LOAD_KEY_HEX];
    (void)state;
    other.salt++;
    for (int64_t tube = 0; tube < 1000; tube++) {
        load_tube_key(&people, tube, 1647529200000 + tube, first);
        load_tube_key(&people, tube, 1647529200000 + tube, again);
        load_tube_key(&people, tube + 1, 1647529200000 + tube, next);
        load_tube_key(&other, tube, 1647529200000 + tube, foreign);
        assert_string_equal(first, again);
        assert_string_not_equal(first, next);
        assert_string_not_equal(first, foreign);
        assert_int_equal(strlen(first), 32);
        first[12] = 0;
        assert_int_equal(strtoll(first, NULL, 16), 1647529200000 + tube);
    }
}

static void receipts_are_sixty_bits(void **state)
{
    struct load_people people = people_of(LOAD_DOOR, 1);
    int64_t all = 0;
    (void)state;
    for (int64_t slot = 1; slot <= RESIDENTS; slot++) {
        int64_t receipt = load_receipt(&people, slot);
        assert_true(receipt >= 1 && receipt < INT64_C(1) << 60);
        assert_true(receipt != load_receipt(&people, slot + 1));
        all |= receipt;
    }
    assert_int_equal(all, (INT64_C(1) << 60) - 1);
    struct bh_buf out;
    bh_buf_init(&out, 256);
    load_path_fill(&people, "/a?b={slot}&c={receipt}&d={other}", 12, &out);
    char wanted[128];
    (void)snprintf(wanted, sizeof wanted, "/a?b=12&c=%lld&d={other}",
                   (long long)load_receipt(&people, 12));
    assert_string_equal(bh_buf_c(&out), wanted);
    bh_buf_done(&out);
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Within the width of a bucket of the true value, and never below it. */
static void latencies_are_summed_honestly(void **state)
{
    enum { COUNT = 20000 };
    static struct load_times times;
    static int64_t all[COUNT];
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        all[i] = (int64_t)(load_mix((uint64_t)i) % (UINT64_C(1) << (4 + i % 20)));
        load_time_note(&times, all[i]);
    }
    qsort(all, COUNT, sizeof *all, ascending);
    for (int share = 1; share < 1000; share += 7) {
        double told = load_time_ms(&times, share / 1000.0) * 1e3;
        double true_us = (double)all[COUNT * share / 1000];
        assert_true(told >= true_us - 0.01);
        assert_true(told <= true_us * 1.04 + 2);
    }
    assert_true(load_time_ms(&times, 1.0) * 1e3 >= (double)all[COUNT - 1] - 0.01);
    assert_int_equal(times.longest_us, all[COUNT - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_sampled_twice),
        cmocka_unit_test(door_order_keeps_a_tube_together),
        cmocka_unit_test(bodies_are_commands),
        cmocka_unit_test(a_key_belongs_to_its_tube),
        cmocka_unit_test(receipts_are_sixty_bits),
        cmocka_unit_test(latencies_are_summed_honestly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
