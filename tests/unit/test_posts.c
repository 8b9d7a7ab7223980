#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct test_ledger *test;
static int64_t li, wang;

static int64_t number(json_t *answer, const char *name)
{
    int64_t value = test_int(answer, name);
    json_decref(answer);
    return value;
}

static int set_up(void **state)
{
    (void)state;
    test = test_ledger_new(NULL);
    li = number(test_ok(test, "register_user", "{'display':'李'}"), "user");
    wang = number(test_ok(test, "register_user", "{'display':'王'}"), "user");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_rebuild(test);
    test_ledger_free(test);
    return 0;
}

static bool made(const json_t *answer, const char *kind)
{
    size_t i = 0;
    json_t *event = NULL;
    json_array_foreach(json_object_get(answer, "events"), i,
                       event) if (strcmp(json_string_value(json_object_get(event, "kind")), kind) ==
                                  0) return true;
    return false;
}

/* Who holds the post now; 0 = nobody, -1 = no such post. */
static int64_t holder(int64_t post)
{
    json_t *rows = test_query(test, "posts", "{}"), *row = NULL;
    int64_t found = -1;
    size_t i = 0;
    json_array_foreach(rows, i, row) if (test_int(row, "post") == post)
    {
        const json_t *user = json_object_get(row, "holder");
        found = json_is_null(user) ? 0 : json_integer_value(user);
        assert_int_equal(json_is_true(json_object_get(row, "vacant")), found == 0);
    }
    json_decref(rows);
    return found;
}

static void institution_is_registered_once(void **state)
{
    (void)state;
    json_decref(test_ok(test, "register_institution",
                        "{'area':'220102','kind':'cdc','name':'南关区疾控'}"));
    test_refused(test, BH_CONFLICT, "register_institution",
                 "{'area':'220102','kind':'cdc','name':' 南关区疾控 '}");
    json_decref(test_ok(test, "register_institution",
                        "{'area':'220103','kind':'cdc','name':'南关区疾控'}"));
    test_refused(test, BH_INVALID, "register_institution",
                 "{'area':'220102','kind':'shop','name':'x'}");
    json_t *rows = test_query(test, "institutions", "{'area':'220102','kind':'cdc'}");
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "area_name")),
                        "南关区");
    json_decref(rows);
}

static void post_without_holder_says_so(void **state)
{
    (void)state;
    json_t *answer =
        test_ok(test, "create_post",
                "{'area':'220102','role':'first_responsible','title':'南关区第一责任人'}");
    int64_t post = test_int(answer, "post");
    assert_true(made(answer, "post_vacant"));
    json_decref(answer);
    assert_int_equal(holder(post), 0);
    answer =
        test_okf(test, "fill_post", "{'post':%lld,'user':%lld}", (long long)post, (long long)li);
    assert_false(made(answer, "post_vacant"));
    json_decref(answer);
    assert_int_equal(holder(post), li);
    test_clock(test, "2022-03-02T00:00:00+08:00");
    answer = test_okf(test, "vacate_post", "{'post':%lld,'reason':'transferred'}", (long long)post);
    assert_true(made(answer, "post_vacant"));
    json_decref(answer);
    assert_int_equal(holder(post), 0);
    test_refusedf(test, BH_CONFLICT, "vacate_post", "{'post':%lld,'reason':'left'}",
                  (long long)post);
    answer = test_okf(test, "vacate_post", "{'post':%lld,'reason':'abolished'}", (long long)post);
    assert_false(made(answer, "post_vacant"));
    json_decref(answer);
    assert_int_equal(holder(post), -1);
    test_refusedf(test, BH_CONFLICT, "fill_post", "{'post':%lld,'user':%lld}", (long long)post,
                  (long long)li);
}

static void post_has_one_holder_at_a_time(void **state)
{
    (void)state;
    json_t *answer = test_okf(test, "create_post",
                              "{'area':'220102','role':'county_cdc','title':'t','user':%lld,"
                              "'until':'2022-03-01T08:00:00+08:00'}",
                              (long long)li);
    int64_t post = test_int(answer, "post");
    assert_false(made(answer, "post_vacant"));
    json_decref(answer);
    test_refusedf(test, BH_CONFLICT, "fill_post", "{'post':%lld,'user':%lld}", (long long)post,
                  (long long)wang);
    json_decref(test_okf(test, "fill_post",
                         "{'post':%lld,'user':%lld,'from':'2022-03-01T08:00:00+08:00'}",
                         (long long)post, (long long)wang));
    assert_int_equal(holder(post), li);
    test_clock(test, "2022-03-01T08:00:00+08:00");
    assert_int_equal(holder(post), wang);
    test_refusedf(test, BH_INVALID, "fill_post",
                  "{'post':%lld,'user':%lld,'from':'2022-03-03T08:00:00+08:00','until':'2022-03-"
                  "02T08:00:00+08:00'}",
                  (long long)post, (long long)li);
}

static void shift_is_handed_over_by_its_holder_to_another(void **state)
{
    (void)state;
    json_t *answer =
        test_ok(test, "create_post", "{'area':'220102','role':'county_cdc_duty','title':'值班'}");
    int64_t post = number(answer, "post");
    test_refusedf(test, BH_CONFLICT, "hand_over_shift", "{'post':%lld,'to_user':%lld}",
                  (long long)post, (long long)li);
    json_decref(
        test_okf(test, "fill_post", "{'post':%lld,'user':%lld}", (long long)post, (long long)li));
    test_clock(test, "2022-03-01T08:00:00+08:00");
    test_refusedf(test, BH_INVALID, "hand_over_shift", "{'post':%lld,'to_user':%lld}",
                  (long long)post, (long long)li);
    json_decref(test_okf(test, "hand_over_shift",
                         "{'post':%lld,'to_user':%lld,'note':'三份报告待审'}", (long long)post,
                         (long long)wang));
    assert_int_equal(holder(post), wang);
    test_refusedf(test, BH_MISSING, "hand_over_shift", "{'post':%lld,'to_user':999}",
                  (long long)post);
}

static void posts_stay_on_their_branch_of_the_tree(void **state)
{
    (void)state;
    int64_t province = number(
        test_ok(test, "register_institution", "{'area':'220000','kind':'cdc','name':'省疾控'}"),
        "institution");
    int64_t county = number(
        test_ok(test, "register_institution", "{'area':'220102','kind':'cdc','name':'区疾控'}"),
        "institution");
    json_decref(test_okf(test, "create_post",
                         "{'area':'220202','institution':%lld,'role':'province_cdc','title':'t'}",
                         (long long)province));
    test_refusedf(test, BH_MISSING, "create_post",
                  "{'area':'220202','institution':%lld,'role':'county_cdc','title':'t'}",
                  (long long)county);
    test_refused(test, BH_MISSING, "create_post",
                 "{'area':'220202','institution':4,'role':'county_cdc','title':'t'}");
    test_refused(test, BH_MISSING, "create_post", "{'area':'220202','role':'emperor','title':'t'}");
    const struct unit *jilin =
        areas_unit(test->ledger->areas, BH_STR("220200"), ledger_now(test->ledger));
    json_t *rows = test_query_in(test, &jilin->scope, "posts", "{}");
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
    rows = test_query_in(test, &jilin->scope, "institutions", "{}");
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(institution_is_registered_once),
        TEST(post_without_holder_says_so),
        TEST(post_has_one_holder_at_a_time),
        TEST(shift_is_handed_over_by_its_holder_to_another),
        TEST(posts_stay_on_their_branch_of_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
