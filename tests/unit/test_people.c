#include "ledger/people_link.h"
#include "ledger/vault.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct test_ledger *test;

static int set_up(void **state)
{
    (void)state;
    test = test_ledger_new(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_ledger_free(test);
    return 0;
}

static int64_t person_new(const char *area, const char *rest)
{
    json_t *answer = test_okf(test, "register_person", "{'area':'%s'%s}", area, rest);
    int64_t person = test_int(answer, "person");
    json_decref(answer);
    return person;
}

static bool file_holds(const char *name, const char *text)
{
    char path[512];
    struct bh_buf bytes;
    (void)snprintf(path, sizeof path, "%s/%s", test->folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char block[4096];
    size_t got = 0;
    bh_buf_init(&bytes, 64 << 20);
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        bh_buf_add(&bytes, block, got);
    (void)fclose(file);
    bool found = memmem(bytes.at, bytes.len, text, strlen(text)) != NULL;
    bh_buf_done(&bytes);
    return found;
}

static void nothing_personal_is_in_the_files(void **state)
{
    (void)state;
    static const char *const planted[] = {"欧阳测试",    "22010219770707123X", "22010219770707123x",
                                          "13904310777", "人民大街七七七号",   "planted reason"};
    static const char *const files[] = {"log.db", "log.db-wal", "log.db-shm"};
    int64_t one = person_new(
        "220102", ",'name':'欧阳测试','document':'22010219770707123x','phone':'13904310777',"
                  "'address':'人民大街七七七号','sex':'male','birth_year':1977");
    int64_t two = person_new("220102", ",'name':'another'");
    json_decref(test_okf(test, "link_persons",
                         "{'person':%lld,'into':%lld,'reason':'planted reason'}", (long long)one,
                         (long long)two));
    /* The control: what is meant to be readable is found by the same search. */
    assert_true(file_holds("log.db", "jilin-2023") || file_holds("log.db-wal", "jilin-2023"));
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++)
        for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++)
            assert_false(file_holds(files[f], planted[i]));
}

static void lists_show_masks_and_scope_hides(void **state)
{
    (void)state;
    int64_t person = person_new(
        "220102", ",'name':'欧阳测试','document':'220102197707071234','phone':'13904310777'");
    char params[64];
    (void)snprintf(params, sizeof params, "{\"person\":%lld}", (long long)person);
    json_t *one = test_query(test, "person", params);
    assert_string_equal(json_string_value(json_object_get(one, "name_masked")), "欧**");
    assert_string_equal(json_string_value(json_object_get(one, "document_masked")),
                        "2201**********1234");
    assert_string_equal(json_string_value(json_object_get(one, "phone_masked")), "139****0777");
    assert_string_equal(json_string_value(json_object_get(one, "area_code")), "220102000000");
    json_decref(one);
    struct bh_err err = {0};
    struct person_params {
        int64_t person;
    } body = {person};
    const struct query *query = catalogue_query(test->catalogue, BH_STR("person"));
    struct scope elsewhere =
        areas_unit(test->ledger->areas, BH_STR("220200"), ledger_now(test->ledger))->scope;
    struct reader reader = {.db = test->ledger->db,
                            .ledger = test->ledger,
                            .scope = &elsewhere,
                            .now_ms = ledger_now(test->ledger),
                            .arena = &test->arena};
    int64_t area = 0;
    struct bh_err forbidden = {0}, unknown = {0};
    assert_false(query->run_one(&reader, &body, &one, &forbidden));
    body.person = 1;
    assert_false(query->run_one(&reader, &body, &one, &unknown));
    assert_memory_equal(&forbidden, &unknown, sizeof unknown);
    assert_int_equal(unknown.code, BH_MISSING);
    assert_false(person_reveal(&reader, person, &area, &one, &err));
    assert_int_equal(err.code, BH_DENIED);
    reader.vault = test->ledger->vault;
    assert_false(person_reveal(&reader, person, &area, &one, &err));
    assert_int_equal(err.code, BH_MISSING);
    reader.scope = &scope_everything;
    assert_true(person_reveal(&reader, person, &area, &one, &err));
    assert_string_equal(json_string_value(json_object_get(one, "name")), "欧阳测试");
    assert_true(json_is_null(json_object_get(one, "address")));
    json_decref(one);
    assert_true(bh_str_is(person_masked_name(&reader, person), "欧**"));
    assert_true(bh_str_is(person_masked_name(&reader, person), "欧**"));
    assert_int_equal(person_masked_name(&reader, 1).len, 0);
}

static size_t duplicates(const struct scope *scope)
{
    json_t *rows = test_query_in(test, scope, "duplicates", "{}");
    size_t count = json_array_size(rows);
    json_decref(rows);
    return count;
}

static void duplicates_are_shown_linked_and_unlinked(void **state)
{
    (void)state;
    struct bh_err err = {0};
    int64_t root = 0;
    int64_t a = person_new(
        "220102", ",'name':'甲','document':'22010219770707123x','phone':'+86 139-0431-0777'");
    int64_t b =
        person_new("220103", ",'name':'乙','document':'22010219770707123X','phone':'13904310777'");
    int64_t c = person_new("220202", ",'name':'丙','phone':'13904310777'");
    (void)person_new("220102", ",'name':'丁'");
    (void)person_new("220102", ",'name':'戊'");
    assert_int_equal(duplicates(&scope_everything), 3);
    const struct unit *changchun =
        areas_unit(test->ledger->areas, BH_STR("220100"), ledger_now(test->ledger));
    assert_int_equal(duplicates(&changchun->scope), 1);
    const struct unit *jilin =
        areas_unit(test->ledger->areas, BH_STR("220200"), ledger_now(test->ledger));
    assert_int_equal(duplicates(&jilin->scope),
                     0); /* whoever sees one of two only learns nothing */
    test_clock(test, "2022-03-02T00:00:00+08:00");
    json_decref(test_okf(test, "link_persons", "{'person':%lld,'into':%lld,'reason':'证件号相同'}",
                         (long long)b, (long long)a));
    assert_int_equal(duplicates(&scope_everything), 2);
    test_refusedf(test, BH_CONFLICT, "link_persons", "{'person':%lld,'into':%lld,'reason':'xx'}",
                  (long long)b, (long long)c);
    test_refusedf(test, BH_CONFLICT, "link_persons", "{'person':%lld,'into':%lld,'reason':'xx'}",
                  (long long)c, (long long)b);
    test_refusedf(test, BH_CONFLICT, "link_persons", "{'person':%lld,'into':%lld,'reason':'xx'}",
                  (long long)a, (long long)c);
    test_refusedf(test, BH_INVALID, "link_persons", "{'person':%lld,'into':%lld,'reason':'xx'}",
                  (long long)c, (long long)c);
    test_refusedf(test, BH_MISSING, "link_persons", "{'person':%lld,'into':5,'reason':'xx'}",
                  (long long)c);
    test_refusedf(test, BH_CONFLICT, "unlink_persons", "{'person':%lld}", (long long)c);
    test_clock(test, "2022-03-05T00:00:00+08:00");
    json_decref(test_okf(test, "unlink_persons", "{'person':%lld}", (long long)b));
    assert_int_equal(duplicates(&scope_everything), 3);
    static const char *const times[] = {"2022-03-01T23:00:00+08:00", "2022-03-03T00:00:00+08:00",
                                        "2022-03-05T00:00:00+08:00"};
    for (int i = 0; i < 3; i++) {
        assert_true(person_root(test->ledger->db, b, test_ms(times[i]), &root, &err));
        assert_int_equal(root, i == 1 ? a : b);
    }
    test_rebuild(test);
}

static void a_person_number_is_given_once(void **state)
{
    (void)state;
    json_decref(test_ok(test, "register_person", "{'area':'220102','person':77,'name':'甲'}"));
    test_refused(test, BH_CONFLICT, "register_person", "{'area':'220102','person':77,'name':'乙'}");
    test_refused(test, BH_INVALID, "register_person", "{'area':'220102'}");
    test_ledger_reopen(test);
    json_t *one = test_query(test, "person", "{'person':77}");
    assert_string_equal(json_string_value(json_object_get(one, "name_masked")), "甲**");
    json_decref(one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_personal_is_in_the_files),
        TEST(lists_show_masks_and_scope_hides),
        TEST(duplicates_are_shown_linked_and_unlinked),
        TEST(a_person_number_is_given_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
