#include "base/arena.h"
#include "base/time.h"
#include "ledger/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PASSWORD BH_STR("correct horse")
#define WRONG    BH_STR("incorrect horse")
#define NOBODY   ((struct bh_str){0})

static struct made_world made;
static struct accounts *accounts;
static struct bh_err err;
static char folder[64];

static void open_accounts(void)
{
    if (!accounts_open(folder, &made.world, &account_settings_test, &accounts, &err))
        print_error("%s\n", err.en);
    assert_non_null(accounts);
}

static int set_up(void **state)
{
    (void)state;
    memset(&err, 0, sizeof err);
    made_world_init(&made, 11, INT64_C(1647100800000));
    (void)snprintf(folder, sizeof folder, "/tmp/bihuan-account-XXXXXX");
    assert_non_null(mkdtemp(folder));
    open_accounts();
    assert_true(account_create(accounts, BH_STR("Li.Ming"), 12, PASSWORD, false, &err));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = {"accounts.db", "accounts.db-wal", "accounts.db-shm"};
    accounts_close(accounts);
    accounts = NULL;
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    return 0;
}

static bool login(struct bh_str password, struct session *session, char token[ACCOUNT_TOKEN])
{
    return account_login(accounts, BH_STR("li.ming"), password, NOBODY, 3, session, token, &err);
}

static void five_failures_lock_for_fifteen_minutes(void **state)
{
    (void)state;
    struct session session;
    char token[ACCOUNT_TOKEN];
    for (int i = 0; i < 4; i++)
        assert_false(login(WRONG, &session, token));
    assert_true(login(PASSWORD, &session, token)); /* the fifth was right: counting starts again */
    for (int i = 0; i < 5; i++) {
        assert_false(login(WRONG, &session, token));
        assert_int_equal(err.code, BH_UNAUTHENTICATED);
    }
    assert_false(login(PASSWORD, &session, token));
    made.wall_ms += 15 * BH_MINUTE_MS - 1;
    assert_false(login(PASSWORD, &session, token));
    made.wall_ms += 1;
    assert_true(login(PASSWORD, &session, token));
    assert_int_equal(session.user, 12);
    assert_int_equal(session.epoch, 3);
}

static void unknown_wrong_and_locked_look_alike(void **state)
{
    (void)state;
    struct session session;
    char token[ACCOUNT_TOKEN];
    struct bh_err unknown, wrong, locked;
    assert_false(
        account_login(accounts, BH_STR("nobody"), PASSWORD, NOBODY, 0, &session, token, &unknown));
    for (int i = 0; i < 5; i++)
        assert_false(
            account_login(accounts, BH_STR("li.ming"), WRONG, NOBODY, 0, &session, token, &wrong));
    assert_false(
        account_login(accounts, BH_STR("li.ming"), PASSWORD, NOBODY, 0, &session, token, &locked));
    assert_memory_equal(&unknown, &wrong, sizeof wrong);
    assert_memory_equal(&unknown, &locked, sizeof locked);
    /* Neither an empty name nor the password that no login has opens anything. */
    assert_false(account_login(accounts, NOBODY, PASSWORD, NOBODY, 0, &session, token, &err));
    assert_false(account_login(accounts, BH_STR("x"), BH_STR("nobody has this password"), NOBODY, 0,
                               &session, token, &err));
    assert_false(account_login(accounts, NOBODY, BH_STR("nobody has this password"), NOBODY, 0,
                               &session, token, &err));
}

static void idle_session_ends_after_thirty_minutes(void **state)
{
    (void)state;
    struct session session;
    char token[ACCOUNT_TOKEN];
    assert_true(login(PASSWORD, &session, token));
    for (int i = 0; i < 10; i++) {
        made.wall_ms += 29 * BH_MINUTE_MS;
        assert_true(account_session(accounts, bh_str_of(token), &session, &err));
    }
    made.wall_ms += 30 * BH_MINUTE_MS;
    assert_false(account_session(accounts, bh_str_of(token), &session, &err));
    assert_int_equal(err.code, BH_UNAUTHENTICATED);
}

static void busy_session_ends_after_twelve_hours(void **state)
{
    (void)state;
    struct session session;
    char token[ACCOUNT_TOKEN];
    assert_true(login(PASSWORD, &session, token));
    for (int minutes = 0; minutes < 12 * 60 - 1; minutes++) {
        made.wall_ms += BH_MINUTE_MS;
        assert_true(account_session(accounts, bh_str_of(token), &session, &err));
    }
    made.wall_ms += BH_MINUTE_MS;
    assert_false(account_session(accounts, bh_str_of(token), &session, &err));
}

static void login_gives_a_new_token_and_ends_the_one_before(void **state)
{
    (void)state;
    struct session session;
    char planted[ACCOUNT_TOKEN], token[ACCOUNT_TOKEN];
    assert_true(login(PASSWORD, &session, planted));
    assert_true(account_login(accounts, BH_STR("LI.MING"), PASSWORD, bh_str_of(planted), 0,
                              &session, token, &err));
    assert_string_not_equal(planted, token);
    assert_false(account_session(accounts, bh_str_of(planted), &session, &err));
    assert_true(account_session(accounts, bh_str_of(token), &session, &err));
    assert_int_equal(strlen(session.csrf), ACCOUNT_CSRF - 1);
    assert_true(account_renew(accounts, bh_str_of(token), 9, &err));
    assert_true(account_session(accounts, bh_str_of(token), &session, &err));
    assert_int_equal(session.epoch, 9);
    assert_true(account_logout(accounts, bh_str_of(token), &err));
    assert_false(account_session(accounts, bh_str_of(token), &session, &err));
}

static void session_and_lock_survive_a_restart(void **state)
{
    (void)state;
    struct session session;
    char token[ACCOUNT_TOKEN], other[ACCOUNT_TOKEN];
    assert_true(login(PASSWORD, &session, token));
    for (int i = 0; i < 5; i++)
        assert_false(login(WRONG, &session, other));
    accounts_close(accounts);
    open_accounts();
    assert_true(account_session(accounts, bh_str_of(token), &session, &err));
    assert_false(login(PASSWORD, &session, other));
}

static void new_password_ends_all_other_sessions(void **state)
{
    (void)state;
    struct session session;
    char here[ACCOUNT_TOKEN], there[ACCOUNT_TOKEN], fresh[ACCOUNT_TOKEN];
    assert_true(login(PASSWORD, &session, here));
    assert_true(login(PASSWORD, &session, there));
    assert_false(
        account_password(accounts, bh_str_of(here), WRONG, BH_STR("another horse"), fresh, &err));
    assert_false(
        account_password(accounts, bh_str_of(here), PASSWORD, BH_STR("short"), fresh, &err));
    assert_int_equal(err.code, BH_INVALID);
    assert_false(account_password(accounts, bh_str_of(here), PASSWORD, PASSWORD, fresh, &err));
    assert_true(account_password(accounts, bh_str_of(here), PASSWORD, BH_STR("another horse"),
                                 fresh, &err));
    assert_false(account_session(accounts, bh_str_of(here), &session, &err));
    assert_false(account_session(accounts, bh_str_of(there), &session, &err));
    assert_true(account_session(accounts, bh_str_of(fresh), &session, &err));
    assert_false(login(PASSWORD, &session, here));
    assert_true(login(BH_STR("another horse"), &session, here));
    assert_true(account_reset(accounts, 12, BH_STR("given by admin"), &err));
    assert_false(account_session(accounts, bh_str_of(here), &session, &err));
    assert_true(login(BH_STR("given by admin"), &session, here));
    assert_true(session.must_change);
    assert_false(account_reset(accounts, 13, BH_STR("given by admin"), &err));
    assert_int_equal(err.code, BH_MISSING);
}

static void names_and_users_have_one_login(void **state)
{
    (void)state;
    char name[ACCOUNT_LOGIN_MAX + 1];
    assert_false(account_create(accounts, BH_STR("LI.MING"), 13, PASSWORD, false, &err));
    assert_int_equal(err.code, BH_CONFLICT);
    assert_false(account_create(accounts, BH_STR("other"), 12, PASSWORD, false, &err));
    assert_false(account_create(accounts, BH_STR("two words"), 13, PASSWORD, false, &err));
    assert_int_equal(err.code, BH_INVALID);
    assert_true(account_login_of(accounts, 12, name, &err));
    assert_string_equal(name, "li.ming");
}

static void first_run_link_works_once_and_for_thirty_minutes(void **state)
{
    (void)state;
    char old[ACCOUNT_TOKEN], token[ACCOUNT_TOKEN];
    assert_true(account_first_run(accounts, old, &err));
    assert_true(account_first_run(accounts, token, &err));
    assert_false(account_first_run_check(accounts, bh_str_of(old), &err));
    assert_int_equal(err.code, BH_EXPIRED);
    assert_true(account_first_run_check(accounts, bh_str_of(token), &err));
    assert_true(account_first_run_use(accounts, bh_str_of(token), &err));
    assert_false(account_first_run_use(accounts, bh_str_of(token), &err));
    assert_true(account_first_run(accounts, token, &err));
    made.wall_ms += 30 * BH_MINUTE_MS;
    assert_false(account_first_run_check(accounts, bh_str_of(token), &err));
    assert_false(account_first_run_use(accounts, bh_str_of(token), &err));
}

static void api_token_has_scope_and_end(void **state)
{
    (void)state;
    char token[ACCOUNT_TOKEN], other[ACCOUNT_TOKEN], scope[ACCOUNT_SCOPE_MAX + 1];
    int64_t user = 0;
    assert_true(account_token_create(accounts, 12, BH_STR("loops collect_tube"),
                                     made.wall_ms + 1000, token, &err));
    assert_true(account_token(accounts, bh_str_of(token), &user, scope, &err));
    assert_int_equal(user, 12);
    assert_true(account_scope_has(scope, "loops"));
    assert_true(account_scope_has(scope, "collect_tube"));
    assert_false(account_scope_has(scope, "loop"));
    assert_false(account_scope_has(scope, "tube"));
    assert_false(account_scope_has(scope, ""));
    made.wall_ms += 1000;
    assert_false(account_token(accounts, bh_str_of(token), &user, scope, &err));
    assert_true(
        account_token_create(accounts, 12, BH_STR("loops"), made.wall_ms + 1000, other, &err));
    assert_true(account_token_end(accounts, bh_str_of(other), &err));
    assert_false(account_token(accounts, bh_str_of(other), &user, scope, &err));
}

static bool file_holds(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    static char bytes[4 << 20];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void no_secret_is_in_the_file(void **state)
{
    (void)state;
    struct session session;
    char token[ACCOUNT_TOKEN], api[ACCOUNT_TOKEN];
    assert_true(login(PASSWORD, &session, token));
    assert_true(
        account_token_create(accounts, 12, BH_STR("loops"), made.wall_ms + 1000, api, &err));
    assert_true(file_holds("accounts.db-wal", "argon2id") || file_holds("accounts.db", "argon2id"));
    static const char *const files[] = {"accounts.db", "accounts.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        assert_false(file_holds(files[i], "correct horse"));
        assert_false(file_holds(files[i], token));
        assert_false(file_holds(files[i], api));
    }
}

static void access_log_keeps_all_or_nothing_in_order(void **state)
{
    (void)state;
    struct access_entry entries[3] = {
        {.user = 12, .action = BH_STR("login"), .outcome = BH_STR("ok")},
        {.user = 12,
         .action = BH_STR("reveal"),
         .person = 4711,
         .area = 3,
         .sealed = BH_STR("\x01\x02"),
         .outcome = BH_STR("ok")},
        {.action = BH_STR("login_failed"), .outcome = BH_STR("UNAUTHENTICATED")}};
    assert_true(access_log_write(accounts, entries, 3, &err));
    assert_true(access_log_write(accounts, entries, 0, &err));
    char path[128];
    struct db *db = NULL;
    struct rows rows;
    int count = 0;
    (void)snprintf(path, sizeof path, "%s/accounts.db", folder);
    assert_true(db_open(path, DB_READ, 100, &db, &err));
    db_rows(db, &rows, "SELECT action, person, wall_ms FROM access_log ORDER BY entry", "");
    while (db_next(&rows)) {
        assert_true(bh_str_equal(row_text(&rows, 0), entries[count].action));
        assert_int_equal(row_int(&rows, 1), entries[count++].person);
        assert_int_equal(row_int(&rows, 2), made.wall_ms);
    }
    assert_true(db_end(&rows, &err));
    assert_int_equal(count, 3);
    db_close(db);
}

/* --- one-time codes --- */

static const uint8_t asker[ACCOUNT_SUBJECT] = {1}, other_asker[ACCOUNT_SUBJECT] = {2};

static bool give_code(const uint8_t subject[ACCOUNT_SUBJECT], uint8_t code)
{
    const uint8_t hash[ACCOUNT_SUBJECT] = {code, 0xC0};
    struct message message = {
        .area = 7, .purpose = BH_STR("result_code"), .name = BH_STR("n"), .sealed = BH_STR("s")};
    return account_code_give(accounts, subject, hash, &message, &err);
}

static bool use_code(const uint8_t subject[ACCOUNT_SUBJECT], uint8_t code)
{
    const uint8_t hash[ACCOUNT_SUBJECT] = {code, 0xC0};
    err = (struct bh_err){.code = BH_OK};
    bool right = account_code_use(accounts, subject, hash, &err);
    assert_true(right || (err.code == BH_DENIED && strcmp(err.field, "code") == 0));
    return right;
}

static void a_code_opens_once_and_only_for_whom_it_was_given(void **state)
{
    (void)state;
    assert_false(use_code(asker, 5)); /* none was given */
    assert_true(give_code(asker, 5));
    assert_false(use_code(other_asker, 5));
    assert_true(use_code(asker, 5));
    assert_false(use_code(asker, 5));
    assert_true(give_code(asker, 6) && give_code(asker, 7));
    assert_false(use_code(asker, 6));
    assert_true(use_code(asker, 7));
}

static void a_code_ends_after_ten_minutes_and_after_five_tries(void **state)
{
    (void)state;
    assert_true(give_code(asker, 5) && give_code(other_asker, 5));
    for (int turn = 0; turn < 4; turn++)
        assert_false(use_code(asker, 99));
    assert_true(use_code(asker, 5));
    assert_true(give_code(asker, 5));
    for (int turn = 0; turn < 5; turn++)
        assert_false(use_code(asker, 99));
    assert_false(use_code(asker, 5));
    made.wall_ms += 10 * BH_MINUTE_MS - 1;
    accounts_close(accounts);
    open_accounts(); /* a restart keeps it */
    assert_true(use_code(other_asker, 5));
    assert_true(give_code(other_asker, 5));
    made.wall_ms += 10 * BH_MINUTE_MS;
    assert_false(use_code(other_asker, 5));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(five_failures_lock_for_fifteen_minutes),
        TEST(unknown_wrong_and_locked_look_alike),
        TEST(idle_session_ends_after_thirty_minutes),
        TEST(busy_session_ends_after_twelve_hours),
        TEST(login_gives_a_new_token_and_ends_the_one_before),
        TEST(session_and_lock_survive_a_restart),
        TEST(new_password_ends_all_other_sessions),
        TEST(names_and_users_have_one_login),
        TEST(first_run_link_works_once_and_for_thirty_minutes),
        TEST(api_token_has_scope_and_end),
        TEST(no_secret_is_in_the_file),
        TEST(access_log_keeps_all_or_nothing_in_order),
        TEST(a_code_opens_once_and_only_for_whom_it_was_given),
        TEST(a_code_ends_after_ten_minutes_and_after_five_tries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
