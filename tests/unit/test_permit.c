#include "base/time.h"
#include "ledger/account.h"
#include "ledger/cells.h"
#include "ledger/intake.h"
#include "ledger/permit.h"
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
    test_rebuild(test);
    test_ledger_free(test);
    return 0;
}

static int64_t number(json_t *answer, const char *name)
{
    int64_t value = test_int(answer, name);
    json_decref(answer);
    return value;
}

static int64_t user_new(const char *display)
{
    return number(test_okf(test, "register_user", "{'display':'%s'}", display), "user");
}

/* ---- roles.yaml ---- */

#define ROLE_HEAD "roles:\n  a:\n    title: {zh: \"甲\", en: \"A\"}\n    level: county\n"

static void broken_role_files_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *part;
    } bad[] = {
        {ROLE_HEAD "    power: operations\n    commands: [x, x]\n    queries: []\n", 6, "twice"},
        {ROLE_HEAD "    power: king\n    commands: []\n    queries: []\n", 3, "power"},
        {ROLE_HEAD "    power: audit\n    commands: all\n    queries: []\n", 6, "lists"},
        {ROLE_HEAD "    power: audit\n    commands: []\n    queries: []\n    color: red\n", 8,
         "unknown"},
        {"roles:\n  a:\n    title: {zh: \"甲\"}\n    level: county\n", 3, "title"},
        {"rules: {}\n", 1, "roles"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct roles *roles = NULL;
        struct bh_err err = {0};
        assert_false(roles_new(bh_str_of(bad[i].text), &roles, &err));
        if (err.line != bad[i].line || !strstr(err.en, bad[i].part))
            print_error("%zu: line %d: %s\n", i, err.line, err.en);
        assert_int_equal(err.line, bad[i].line);
        assert_non_null(strstr(err.en, bad[i].part));
    }
}

static void strict_check_finds_a_name_nobody_declares(void **state)
{
    (void)state;
    struct roles *roles = NULL;
    struct bh_err err = {0};
    assert_true(roles_new(
        BH_STR(ROLE_HEAD "    power: audit\n    commands: [register_user, fly]\n    queries: []\n"),
        &roles, &err));
    assert_false(roles_check(roles, test->catalogue, &err));
    assert_int_equal(err.line, 6);
    assert_int_equal(err.column, 31);
    assert_non_null(strstr(err.en, "fly"));
    roles_free(roles);
}

/* ---- grants ---- */

static bool submit(int64_t actor, const struct scope *scope, const char *command, const char *body,
                   struct bh_err *err)
{
    struct intake intake;
    struct submission submission, *list[1] = {&submission};
    bh_arena_reset(&test->arena);
    intake_init(&intake, test->ledger, &test->arena, ledger_now(test->ledger));
    if (!intake_text(&intake, catalogue_command(test->catalogue, bh_str_of(command)),
                     bh_str_of(body), &submission, err))
        return false;
    intake_new_key(&intake, &submission);
    submission.actor = actor;
    submission.scope = scope;
    submission.permit_epoch = test->ledger->permit_epoch;
    struct bh_err failed;
    bool good = ledger_commit(test->ledger, list, 1, &failed) && submission.ok;
    *err = submission.err;
    return good;
}

static void nobody_holds_two_of_the_three_powers(void **state)
{
    (void)state;
    int64_t user = user_new("李");
    int64_t grant =
        number(test_okf(test, "grant_role", "{'user':%lld,'role':'system_admin','area':'220000'}",
                        (long long)user),
               "grant");
    test_refusedf(test, BH_CONFLICT, "grant_role",
                  "{'user':%lld,'role':'security_admin','area':'220000'}", (long long)user);
    test_refusedf(test, BH_CONFLICT, "grant_role",
                  "{'user':%lld,'role':'audit_admin','area':'220200'}", (long long)user);
    json_decref(test_okf(test, "grant_role", "{'user':%lld,'role':'county_cdc','area':'220102'}",
                         (long long)user));
    test_clock(test, "2022-03-01T01:00:00+08:00");
    json_decref(test_okf(test, "end_grant", "{'grant':%lld}", (long long)grant));
    test_refusedf(test, BH_CONFLICT, "end_grant", "{'grant':%lld}", (long long)grant);
    json_decref(test_okf(test, "grant_role", "{'user':%lld,'role':'audit_admin','area':'220000'}",
                         (long long)user));
}

static void nobody_grants_to_himself_or_beyond_his_scope(void **state)
{
    (void)state;
    char body[128];
    struct bh_err err = {0};
    int64_t admin = user_new("管理员"), user = user_new("李");
    const struct unit *jilin =
        areas_unit(test->ledger->areas, BH_STR("220200"), ledger_now(test->ledger));
    (void)snprintf(body, sizeof body, "{\"user\":%lld,\"role\":\"county_cdc\",\"area\":\"220202\"}",
                   (long long)admin);
    assert_false(submit(admin, &scope_everything, "grant_role", body, &err));
    assert_int_equal(err.code, BH_DENIED);
    (void)snprintf(body, sizeof body, "{\"user\":%lld,\"role\":\"county_cdc\",\"area\":\"220102\"}",
                   (long long)user);
    assert_false(submit(admin, &jilin->scope, "grant_role", body, &err));
    assert_int_equal(err.code, BH_MISSING);
    (void)snprintf(body, sizeof body, "{\"user\":%lld,\"role\":\"county_cdc\",\"area\":\"220202\"}",
                   (long long)user);
    assert_true(submit(admin, &jilin->scope, "grant_role", body, &err));
    /* Who may act at the node of a city only may not give away the city. */
    int64_t node = areas_unit_leaf(test->ledger->areas, jilin);
    struct scope part = {.count = 1, .range = {{node, node}}};
    (void)snprintf(body, sizeof body, "{\"user\":%lld,\"role\":\"city_cdc\",\"area\":\"220200\"}",
                   (long long)user);
    assert_false(submit(admin, &part, "grant_role", body, &err));
    assert_int_equal(err.code, BH_MISSING);
    assert_false(submit(admin, &jilin->scope, "register_user", "{\"display\":\"x\"}", &err));
    assert_int_equal(err.code, BH_MISSING);
    test_refusedf(test, BH_INVALID, "grant_role",
                  "{'user':%lld,'role':'county_cdc','area':'220102001000'}", (long long)user);
    test_refusedf(test, BH_MISSING, "grant_role", "{'user':%lld,'role':'emperor','area':'220102'}",
                  (long long)user);
    json_t *rows = test_query_in(test, &jilin->scope, "users", "{}");
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
    rows = test_query(test, "users", "{}");
    assert_int_equal(json_array_size(rows), 2);
    json_decref(rows);
}

static void epoch_moves_with_each_change_of_grants(void **state)
{
    (void)state;
    uint64_t before = 0, after = 0;
    struct bh_err err = {0};
    int64_t user = user_new("李");
    assert_true(permit_epoch(test->ledger->db, &before, &err));
    int64_t grant =
        number(test_okf(test, "grant_role", "{'user':%lld,'role':'county_cdc','area':'220102'}",
                        (long long)user),
               "grant");
    assert_true(permit_epoch(test->ledger->db, &after, &err));
    assert_int_equal(after, before + 1);
    assert_int_equal(after, test->ledger->permit_epoch);
    json_decref(test_okf(test, "end_grant", "{'grant':%lld}", (long long)grant));
    test_ledger_reopen(test);
    assert_int_equal(test->ledger->permit_epoch, before + 2);
}

/* ---- random grants against a naive oracle ---- */

enum { USERS = 8, GRANTS = 60, QUESTIONS = 20000 };

struct naive {
    int64_t user, from_ms, until_ms;
    const struct role *role;
    char unit[12];
};

static uint64_t draw(struct made_world *made, uint64_t below)
{
    uint64_t word = 0;
    made->world.entropy(made, &word, sizeof word);
    return word % below;
}

static bool naive_named(const char *const *names, const char *wanted)
{
    for (; *names; names++)
        if (strcmp(*names, wanted) == 0)
            return true;
    return false;
}

/* Walks parent pointers up from the smallest unit around the leaf; knows nothing of ranges. */
static bool naive_inside(int64_t leaf, const char *unit, int64_t at_ms)
{
    const struct areas *areas = test->ledger->areas;
    for (const struct unit *at = areas_lowest(areas, leaf, at_ms); at;
         at = areas_parent(areas, at, at_ms))
        if (strcmp(at->id, unit) == 0)
            return true;
    return false;
}

static bool naive_may(const struct naive *grants, int64_t user, const char *name, bool command,
                      int64_t leaf, int64_t at_ms)
{
    for (int i = 0; i < GRANTS; i++)
        if (grants[i].user == user && grants[i].from_ms <= at_ms && at_ms < grants[i].until_ms &&
            naive_named(command ? grants[i].role->commands : grants[i].role->queries, name) &&
            naive_inside(leaf, grants[i].unit, at_ms))
            return true;
    return false;
}

static void make_grants(struct made_world *made, const int64_t *users, struct naive *grants)
{
    const struct ledger *ledger = test->ledger;
    for (int i = 0; i < GRANTS;) {
        const struct role *role = roles_at(ledger->roles, draw(made, roles_count(ledger->roles)));
        const struct unit *unit =
            areas_unit_at(ledger->areas, draw(made, areas_unit_count(ledger->areas)));
        int64_t now_ms = ledger_now(ledger),
                until_ms = now_ms + (1 + (int64_t)draw(made, 48)) * 1800000;
        if (role_is_separated(role) ||
            areas_unit(ledger->areas, bh_str_of(unit->id), now_ms) != unit ||
            areas_unit_leaf(ledger->areas, unit) == 0)
            continue;
        char until[40], body[256];
        struct bh_err err = {0};
        bh_time_format(until_ms, 480, until);
        grants[i] = (struct naive){users[draw(made, USERS)], now_ms, until_ms, role, ""};
        memcpy(grants[i].unit, unit->id, sizeof unit->id);
        (void)snprintf(body, sizeof body,
                       "{\"user\":%lld,\"role\":\"%s\",\"area\":\"%s\",\"until\":\"%s\"}",
                       (long long)grants[i].user, role->id, unit->id, until);
        assert_true(submit(0, NULL, "grant_role", body, &err));
        i++;
        if (i % 10 == 0) {
            test->made.wall_ms += 1800000;
            ledger_set_clock(test->ledger, test->made.wall_ms);
        }
    }
}

static void scopes_agree_with_a_walk_up_the_tree(void **state)
{
    (void)state;
    struct made_world made;
    int64_t users[USERS];
    struct naive grants[GRANTS];
    struct bh_err err = {0};
    made_world_init(&made, 4242, 0);
    for (int i = 0; i < USERS; i++)
        users[i] = user_new("u");
    make_grants(&made, users, grants);
    int yes = 0;
    for (int i = 0; i < QUESTIONS; i++) {
        struct grant held[LIMIT_GRANTS];
        struct scope scope;
        int count = 0;
        const struct role *role =
            roles_at(test->ledger->roles, draw(&made, roles_count(test->ledger->roles)));
        int64_t user = users[draw(&made, USERS)],
                at_ms = grants[0].from_ms + (int64_t)draw(&made, 60) * 1800000;
        int64_t leaf = 1 + (int64_t)draw(&made, areas_leaf_count(test->ledger->areas));
        bool command = draw(&made, 2) == 0 && role->commands[0];
        const char *name = command ? role->commands[0] : role->queries[draw(&made, 3)];
        assert_true(permit_grants(test->ledger->db, test->ledger->roles, test->ledger->areas, user,
                                  at_ms, held, &count, &err));
        if (command)
            permit_scope_command(held, count, name, &scope);
        else
            permit_scope_query(held, count, name, &scope);
        bool may = naive_may(grants, user, name, command, leaf, at_ms);
        assert_int_equal(scope_holds(&scope, leaf), may);
        yes += may;
    }
    assert_in_range(yes, QUESTIONS / 50,
                    QUESTIONS - QUESTIONS / 50); /* both answers were asked for */
}

/* ---- the access log as a query ---- */

static void access_log_is_read_through_the_audit_query(void **state)
{
    (void)state;
    struct bh_err err = {0};
    struct accounts *accounts = NULL;
    struct db *db = NULL;
    int64_t user = user_new("李");
    assert_true(
        accounts_open(test->folder, &test->made.world, &account_settings_test, &accounts, &err));
    struct access_entry entries[2] = {
        {.user = user,
         .action = BH_STR("reveal"),
         .area = 3,
         .person = 77,
         .outcome = BH_STR("ok"),
         .request_id = BH_STR("r1")},
        {.action = BH_STR("login_failed"), .outcome = BH_STR("UNAUTHENTICATED")}};
    assert_true(access_log_write(accounts, entries, 2, &err));
    assert_true(db_open(ledger_path(test->ledger), DB_READ, 1000, &db, &err));
    assert_true(accounts_attach(db, test->folder, &err));
    const struct query *query = catalogue_query(test->catalogue, BH_STR("audit"));
    static const struct {
        const char *id, *params;
        size_t rows;
    } asked[] = {{"", "{}", 2},
                 {"", "{\"action\":\"reveal\"}", 1},
                 {"", "{\"user\":999999}", 0},
                 {"220102", "{}", 1},
                 {"220200", "{}", 0}};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct intake intake;
        struct cells cells;
        struct bh_buf out;
        const struct unit *unit =
            areas_unit(test->ledger->areas, bh_str_of(asked[i].id), ledger_now(test->ledger));
        struct reader reader = {.db = db,
                                .ledger = test->ledger,
                                .scope = unit ? &unit->scope : &scope_everything,
                                .now_ms = ledger_now(test->ledger),
                                .arena = &test->arena};
        void *body = bh_arena_get(&test->arena, query->params->size);
        json_t *json = json_loads(asked[i].params, 0, NULL);
        intake_init(&intake, test->ledger, &test->arena, ledger_now(test->ledger));
        assert_true(record_from_json(query->params, json, &intake.edge, body, &err));
        bh_buf_init(&out, 1 << 20);
        cells_begin(&cells, query, CELLS_JSON, CELLS_NAMES, 100, 480, &out);
        assert_true(query->run(&reader, body, &cells, &err));
        assert_true(cells_end(&cells, 1, 1, &err));
        json_t *whole = json_loadb(out.at, out.len, 0, NULL);
        assert_int_equal(json_array_size(json_object_get(whole, "rows")), asked[i].rows);
        json_decref(whole);
        json_decref(json);
        bh_buf_done(&out);
    }
    db_close(db);
    accounts_close(accounts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(broken_role_files_are_refused_with_their_place),
        TEST(strict_check_finds_a_name_nobody_declares),
        TEST(nobody_holds_two_of_the_three_powers),
        TEST(nobody_grants_to_himself_or_beyond_his_scope),
        TEST(epoch_moves_with_each_change_of_grants),
        TEST(scopes_agree_with_a_walk_up_the_tree),
        TEST(access_log_is_read_through_the_audit_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
