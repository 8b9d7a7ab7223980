#include "base/limits.h"
#include "base/time.h"
#include "ledger/account_private.h"

#include <string.h>

/* As long as a key of a phone is taken: what it held is of no use to the server after that. */
static const int64_t WIPED_KEPT_MS = LIMIT_KEY_AGE_MS;

/* ---- sessions ---- */

/* Called under the lock, inside a transaction. */
static bool session_make(struct accounts *accounts, const struct login *login, uint64_t epoch,
                         struct session *ret, char token[ACCOUNT_TOKEN], struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH], csrf[(ACCOUNT_CSRF - 1) / 2];
    int64_t now_ms = accounts_now(accounts);
    *ret = (struct session){.user = login->user,
                            .created_ms = now_ms,
                            .seen_ms = now_ms,
                            .expires_ms = now_ms + accounts->settings.absolute_ms,
                            .epoch = epoch,
                            .must_change = login->must_change};
    token_make(accounts, token);
    accounts->world->entropy(accounts->world->self, csrf, sizeof csrf);
    bh_hex(csrf, sizeof csrf, ret->csrf);
    return db_run(accounts->db, err,
                  "INSERT INTO session (token, user, created_ms, seen_ms, csrf, epoch, expires_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "biiizii", token_hash(bh_str_of(token), hash), ret->user, ret->created_ms,
                  ret->seen_ms, ret->csrf, (int64_t)epoch, ret->expires_ms);
}

/* Called under the lock. */
static bool login_succeeded(struct accounts *accounts, const struct login *login,
                            struct bh_str before, uint64_t epoch, struct session *ret,
                            char token[ACCOUNT_TOKEN], struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    int64_t now_ms = accounts_now(accounts);
    if (!db_begin(accounts->db, err))
        return false;
    bool good =
        db_run(accounts->db, err, "UPDATE login SET failed = 0, locked_until_ms = 0 WHERE user = ?",
               "i", login->user) &&
        db_run(accounts->db, err,
               "DELETE FROM session WHERE token = ? OR expires_ms <= ? OR seen_ms <= ?", "bii",
               token_hash(before, hash), now_ms, now_ms - accounts->settings.idle_ms) &&
        session_make(accounts, login, epoch, ret, token, err) && db_commit(accounts->db, err);
    if (!good)
        db_rollback(accounts->db);
    return good;
}

bool account_login(struct accounts *accounts, struct bh_str login, struct bh_str password,
                   struct bh_str before, uint64_t epoch, struct session *ret,
                   char ret_token[ACCOUNT_TOKEN], struct bh_err *err)
{
    struct login found;
    struct session session;
    char token[ACCOUNT_TOKEN];
    if (!login_find(accounts, login.len > 0 ? login : BH_STR(" "), 0, &found, err))
        return false;
    bool right =
        password_is(accounts, found.password, password) && found.user != 0 && !found.locked;
    lock_take(&accounts->lock);
    bool good = right ? login_succeeded(accounts, &found, before, epoch, &session, token, err)
                      : login_failed(accounts, &found, err);
    lock_give(&accounts->lock);
    if (!good)
        return false;
    *ret = session;
    memcpy(ret_token, token, ACCOUNT_TOKEN);
    return true;
}

/* Called under the lock. Unknown, or known as one whose phone is to be emptied. Always false. */
static bool session_gone(struct accounts *accounts, struct bh_str token, struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    int64_t ordered_ms = 0;
    bool wiped = false;
    if (!db_int(accounts->db, err, &ordered_ms, &wiped,
                "SELECT ordered_ms FROM wiped WHERE token = ?", "b", token_hash(token, hash)))
        return false;
    return wiped ? bh_fail_field(err, BH_EXPIRED, "wipe", "指挥部已命令清除本机数据",
                                 "headquarters ordered this phone to be emptied")
                 : unauthenticated(err);
}

/* Called under the lock. */
static bool session_find(struct accounts *accounts, struct bh_str token, struct session *ret,
                         struct bh_err *err)
{
    struct rows rows;
    uint8_t hash[TOKEN_HASH];
    int64_t now_ms = accounts_now(accounts);
    bool found = false;
    *ret = (struct session){.user = 0};
    db_rows(
        accounts->db, &rows,
        "SELECT s.user, s.created_ms, s.seen_ms, s.csrf, s.epoch, s.expires_ms, l.must_change FROM "
        "session s"
        " JOIN login l ON l.user = s.user WHERE s.token = ? AND s.expires_ms > ? AND s.seen_ms > ?",
        "bii", token_hash(token, hash), now_ms, now_ms - accounts->settings.idle_ms);
    if (db_next(&rows)) {
        struct bh_str csrf = row_text(&rows, 3);
        found = csrf.len == ACCOUNT_CSRF - 1;
        *ret = (struct session){.user = row_int(&rows, 0),
                                .created_ms = row_int(&rows, 1),
                                .seen_ms = row_int(&rows, 2),
                                .epoch = (uint64_t)row_int(&rows, 4),
                                .expires_ms = row_int(&rows, 5),
                                .must_change = row_int(&rows, 6) == 1};
        if (found)
            memcpy(ret->csrf, csrf.at, csrf.len);
    }
    return db_end(&rows, err) && (found || session_gone(accounts, token, err));
}

static bool session_touch(struct accounts *accounts, struct bh_str token, struct session *session,
                          struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    int64_t now_ms = accounts_now(accounts);
    if (now_ms - session->seen_ms < accounts->settings.touch_ms)
        return true;
    session->seen_ms = now_ms;
    return db_run(accounts->db, err, "UPDATE session SET seen_ms = ? WHERE token = ?", "ib", now_ms,
                  token_hash(token, hash));
}

bool account_session(struct accounts *accounts, struct bh_str token, struct session *ret,
                     struct bh_err *err)
{
    struct session session;
    lock_take(&accounts->lock);
    bool good = session_find(accounts, token, &session, err) &&
                session_touch(accounts, token, &session, err);
    lock_give(&accounts->lock);
    if (good)
        *ret = session;
    return good;
}

bool account_renew(struct accounts *accounts, struct bh_str token, uint64_t epoch,
                   struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    lock_take(&accounts->lock);
    bool good = db_run(accounts->db, err, "UPDATE session SET epoch = ? WHERE token = ?", "ib",
                       (int64_t)epoch, token_hash(token, hash));
    lock_give(&accounts->lock);
    return good;
}

bool account_logout(struct accounts *accounts, struct bh_str token, struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    lock_take(&accounts->lock);
    bool good = db_run(accounts->db, err, "DELETE FROM session WHERE token = ?", "b",
                       token_hash(token, hash));
    lock_give(&accounts->lock);
    return good;
}

bool account_logout_user(struct accounts *accounts, int64_t user, struct bh_err *err)
{
    lock_take(&accounts->lock);
    bool good = db_run(accounts->db, err, "DELETE FROM session WHERE user = ?", "i", user) &&
                db_run(accounts->db, err, "DELETE FROM api_token WHERE user = ?", "i", user);
    lock_give(&accounts->lock);
    return good;
}

bool account_keep(struct accounts *accounts, struct bh_str token, struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    lock_take(&accounts->lock);
    bool good = db_run(accounts->db, err, "UPDATE session SET seen_ms = expires_ms WHERE token = ?",
                       "b", token_hash(token, hash));
    lock_give(&accounts->lock);
    return good;
}

bool account_wipe(struct accounts *accounts, int64_t user, struct bh_err *err)
{
    int64_t now_ms = accounts_now(accounts);
    lock_take(&accounts->lock);
    bool begun = db_begin(accounts->db, err);
    bool good = begun &&
                db_run(accounts->db, err, "DELETE FROM wiped WHERE ordered_ms < ?", "i",
                       now_ms - WIPED_KEPT_MS) &&
                db_run(accounts->db, err,
                       "INSERT INTO wiped (token, ordered_ms) SELECT token, ? FROM session"
                       " WHERE user = ?",
                       "ii", now_ms, user) &&
                db_run(accounts->db, err, "DELETE FROM session WHERE user = ?", "i", user) &&
                db_run(accounts->db, err, "DELETE FROM api_token WHERE user = ?", "i", user) &&
                db_commit(accounts->db, err);
    if (begun && !good)
        db_rollback(accounts->db);
    lock_give(&accounts->lock);
    return good;
}

/* Called under the lock. The CSRF value moves to the new token with the rest of the session. */
static bool password_change(struct accounts *accounts, int64_t user, const char *password,
                            struct bh_str token, char new_token[ACCOUNT_TOKEN], struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH], new_hash[TOKEN_HASH];
    struct bh_str kept = token_hash(token, hash);
    if (!db_begin(accounts->db, err))
        return false;
    token_make(accounts, new_token);
    bool good = db_run(accounts->db, err,
                       "UPDATE login SET password = ?, must_change = 0, failed = 0, "
                       "locked_until_ms = 0 WHERE user = ?",
                       "zi", password, user) &&
                db_run(accounts->db, err, "DELETE FROM session WHERE user = ? AND token <> ?", "ib",
                       user, kept) &&
                db_run(accounts->db, err, "UPDATE session SET token = ? WHERE token = ?", "bb",
                       token_hash(bh_str_of(new_token), new_hash), kept) &&
                db_commit(accounts->db, err);
    if (!good)
        db_rollback(accounts->db);
    return good;
}

bool account_password(struct accounts *accounts, struct bh_str token, struct bh_str old_password,
                      struct bh_str new_password, char ret_token[ACCOUNT_TOKEN], struct bh_err *err)
{
    struct session session;
    struct login login;
    char hash[PASSWORD_HASH], fresh[ACCOUNT_TOKEN];
    if (!account_session(accounts, token, &session, err) ||
        !password_good(accounts, new_password, "new", err) ||
        !login_find(accounts, (struct bh_str){0}, session.user, &login, err))
        return false;
    bool right =
        password_is(accounts, login.password, old_password) && login.user != 0 && !login.locked;
    if (right && bh_str_equal(old_password, new_password))
        return bh_fail_field(err, BH_INVALID, "new", "新密码与旧密码相同",
                             "the new password is the old one");
    if (right && !password_hash(accounts, new_password, hash, err))
        return false;
    lock_take(&accounts->lock);
    bool good = right ? password_change(accounts, session.user, hash, token, fresh, err)
                      : login_failed(accounts, &login, err);
    lock_give(&accounts->lock);
    if (good)
        memcpy(ret_token, fresh, ACCOUNT_TOKEN);
    return good;
}

/* ---- first run ---- */

static bool first_run_over(struct bh_err *err)
{
    return bh_fail(err, BH_EXPIRED, "首次设置链接无效、已使用或已过期",
                   "the first-run link is unknown, used or too old");
}

bool account_first_run(struct accounts *accounts, char ret_token[ACCOUNT_TOKEN], struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    char token[ACCOUNT_TOKEN];
    lock_take(&accounts->lock);
    token_make(accounts, token);
    bool begun = db_begin(accounts->db, err);
    bool good = begun && db_run(accounts->db, err, "DELETE FROM first_run", "") &&
                db_run(accounts->db, err, "INSERT INTO first_run (token, expires_ms) VALUES (?, ?)",
                       "bi", token_hash(bh_str_of(token), hash),
                       accounts_now(accounts) + accounts->settings.first_run_ms) &&
                db_commit(accounts->db, err);
    if (begun && !good)
        db_rollback(accounts->db);
    lock_give(&accounts->lock);
    if (good)
        memcpy(ret_token, token, ACCOUNT_TOKEN);
    return good;
}

bool account_first_run_check(struct accounts *accounts, struct bh_str token, struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    int64_t count = 0;
    bool found = false;
    lock_take(&accounts->lock);
    bool good = db_int(accounts->db, err, &count, &found,
                       "SELECT COUNT(*) FROM first_run WHERE token = ? AND expires_ms > ?", "bi",
                       token_hash(token, hash), accounts_now(accounts));
    lock_give(&accounts->lock);
    return good && (count == 1 || first_run_over(err));
}

bool account_first_run_use(struct accounts *accounts, struct bh_str token, struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    lock_take(&accounts->lock);
    bool good =
        db_run(accounts->db, err, "DELETE FROM first_run WHERE token = ? AND expires_ms > ?", "bi",
               token_hash(token, hash), accounts_now(accounts));
    bool used = good && db_changed(accounts->db) == 1;
    lock_give(&accounts->lock);
    return good && (used || first_run_over(err));
}

/* ---- API tokens ---- */

bool account_token_create(struct accounts *accounts, int64_t user, struct bh_str scope,
                          int64_t expires_ms, char ret_token[ACCOUNT_TOKEN], struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    char token[ACCOUNT_TOKEN];
    if (scope.len == 0 || scope.len > ACCOUNT_SCOPE_MAX)
        return bh_fail_field(err, BH_INVALID, "scope", "令牌范围为空或过长",
                             "the scope of a token is empty or too long");
    if (expires_ms <= accounts_now(accounts))
        return bh_fail_field(err, BH_INVALID, "expires", "截止时间已过",
                             "the end lies in the past");
    lock_take(&accounts->lock);
    token_make(accounts, token);
    bool good = db_run(
        accounts->db, err,
        "INSERT INTO api_token (token, user, scope, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?)",
        "bisii", token_hash(bh_str_of(token), hash), user, scope, accounts_now(accounts),
        expires_ms);
    lock_give(&accounts->lock);
    if (good)
        memcpy(ret_token, token, ACCOUNT_TOKEN);
    return good;
}

bool account_token(struct accounts *accounts, struct bh_str token, int64_t *ret_user,
                   char *ret_scope, struct bh_err *err)
{
    struct rows rows;
    uint8_t hash[TOKEN_HASH];
    bool found = false;
    lock_take(&accounts->lock);
    db_rows(accounts->db, &rows,
            "SELECT user, scope FROM api_token WHERE token = ? AND expires_ms > ?", "bi",
            token_hash(token, hash), accounts_now(accounts));
    if (db_next(&rows)) {
        struct bh_str scope = row_text(&rows, 1);
        bh_assert(scope.len <= ACCOUNT_SCOPE_MAX);
        *ret_user = row_int(&rows, 0);
        memcpy(ret_scope, scope.at, scope.len);
        ret_scope[scope.len] = 0;
        found = true;
    }
    bool good = db_end(&rows, err);
    lock_give(&accounts->lock);
    return good && (found || unauthenticated(err));
}

bool account_token_end(struct accounts *accounts, struct bh_str token, struct bh_err *err)
{
    uint8_t hash[TOKEN_HASH];
    lock_take(&accounts->lock);
    bool good = db_run(accounts->db, err, "DELETE FROM api_token WHERE token = ?", "b",
                       token_hash(token, hash));
    lock_give(&accounts->lock);
    return good;
}

bool account_scope_has(const char *scope, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = scope; *at;) {
        size_t word = strcspn(at, " ");
        if (word == len && len > 0 && memcmp(at, name, len) == 0)
            return true;
        at += word + strspn(at + word, " ");
    }
    return false;
}
