#include "ledger/account.h"

#include "base/arena.h"
#include "base/time.h"
#include "ledger/account_private.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/*
 * Lockout: five failures, fifteen minutes (CIS Benchmarks, account lockout policy: five or fewer, fifteen minutes or
 * more; GB/T 22239-2019 8.1.4.1 b asks for a limit without naming one). Idle thirty minutes and twelve hours at most:
 * NIST SP 800-63B 4.2.3. Passwords of at least eight characters: NIST SP 800-63B 5.1.1.1. First-run link:
 * thirty minutes (our own). One-time codes of six digits: ten minutes, NIST SP 800-63B 5.1.3.2; five tries (our
 * own: one chance in 200,000 for each code). argon2id with two passes over 64 MiB: libsodium's interactive setting.
 */
const struct account_settings account_settings_live = {
    .failures_max = 5,
    .lockout_ms = 15 * BH_MINUTE_MS,
    .idle_ms = 30 * BH_MINUTE_MS,
    .absolute_ms = 12 * BH_HOUR_MS,
    .touch_ms = BH_MINUTE_MS,
    .first_run_ms = 30 * BH_MINUTE_MS,
    .code_ms = 10 * BH_MINUTE_MS,
    .code_tries_max = 5,
    .password_min = 8,
    .password_max = 128,
    .hash_steps = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
    .hash_bytes = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE,
};

const struct account_settings account_settings_test = {
    .failures_max = 5,
    .lockout_ms = 15 * BH_MINUTE_MS,
    .idle_ms = 30 * BH_MINUTE_MS,
    .absolute_ms = 12 * BH_HOUR_MS,
    .touch_ms = BH_MINUTE_MS,
    .first_run_ms = 30 * BH_MINUTE_MS,
    .code_ms = 10 * BH_MINUTE_MS,
    .code_tries_max = 5,
    .password_min = 8,
    .password_max = 128,
    .hash_steps = crypto_pwhash_argon2id_OPSLIMIT_MIN,
    .hash_bytes = crypto_pwhash_argon2id_MEMLIMIT_MIN,
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS login (login TEXT PRIMARY KEY, user INTEGER NOT NULL UNIQUE, "
    "password TEXT NOT NULL,"
    " failed INTEGER NOT NULL, locked_until_ms INTEGER NOT NULL, must_change INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS session (token BLOB PRIMARY KEY, user INTEGER NOT NULL, created_ms "
    "INTEGER NOT NULL,"
    " seen_ms INTEGER NOT NULL, csrf TEXT NOT NULL, epoch INTEGER NOT NULL, expires_ms INTEGER NOT "
    "NULL);"
    "CREATE INDEX IF NOT EXISTS session_of_user ON session (user);"
    "CREATE TABLE IF NOT EXISTS api_token (token BLOB PRIMARY KEY, user INTEGER NOT NULL, scope "
    "TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS token_of_user ON api_token (user);"
    "CREATE TABLE IF NOT EXISTS wiped (token BLOB PRIMARY KEY, ordered_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS first_run (token BLOB PRIMARY KEY, expires_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS access_log (entry INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, "
    "user INTEGER NOT NULL,"
    " action TEXT NOT NULL, detail TEXT NOT NULL, sealed BLOB, area INTEGER NOT NULL, person "
    "INTEGER NOT NULL,"
    " request_id TEXT NOT NULL, outcome TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS one_time_code (subject BLOB PRIMARY KEY, code BLOB NOT NULL, "
    "expires_ms INTEGER NOT NULL, tries INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS message (message INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, "
    "expires_ms INTEGER NOT NULL, area INTEGER NOT NULL, purpose TEXT NOT NULL, name BLOB, phone "
    "BLOB, sealed BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS message_told (message INTEGER PRIMARY KEY, wall_ms INTEGER NOT "
    "NULL, "
    "user INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS access_of_user ON access_log (user, entry);"
    "CREATE INDEX IF NOT EXISTS access_of_person ON access_log (person, entry) WHERE person <> 0";

enum { CACHE_KB = 4096, PATH_BYTES = 4300 };

static void accounts_path(const char *folder, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/accounts.db", folder);
}

bool accounts_open(const char *folder, const struct world *world,
                   const struct account_settings *settings, struct accounts **ret,
                   struct bh_err *err)
{
    char path[PATH_BYTES];
    struct accounts *accounts = bh_alloc(sizeof *accounts);
    bh_assert(sodium_init() >= 0);
    *accounts = (struct accounts){.world = world, .settings = *settings};
    lock_init(&accounts->lock);
    lock_init(&accounts->hash_lock);
    accounts_path(folder, path);
    /* What a wrong name is checked against, so that it takes as long as a wrong password. */
    bool good = db_open(path, DB_WRITE, CACHE_KB, &accounts->db, err) &&
                db_script(accounts->db, schema, err) &&
                password_hash(accounts, BH_STR("nobody has this password"), accounts->nobody, err);
    if (!good) {
        accounts_close(accounts);
        return false;
    }
    *ret = accounts;
    return true;
}

void accounts_close(struct accounts *accounts)
{
    if (!accounts)
        return;
    db_close(accounts->db);
    lock_done(&accounts->lock);
    lock_done(&accounts->hash_lock);
    bh_free(accounts);
}

bool accounts_attach(struct db *db, const char *folder, struct bh_err *err)
{
    char path[PATH_BYTES];
    accounts_path(folder, path);
    return db_attach(db, path, "accounts", err);
}

int64_t accounts_now(const struct accounts *accounts)
{
    return accounts->world->wall_ms(accounts->world->self);
}

/* ---- secrets ---- */

bool password_hash(struct accounts *accounts, struct bh_str password, char *ret, struct bh_err *err)
{
    lock_take(&accounts->hash_lock);
    int failed =
        crypto_pwhash_argon2id_str(ret, password.at, password.len, accounts->settings.hash_steps,
                                   accounts->settings.hash_bytes);
    lock_give(&accounts->hash_lock);
    return failed == 0 ||
           bh_fail(err, BH_BUSY, "内存不足，请稍后再试", "not enough memory, try again shortly");
}

bool password_is(struct accounts *accounts, const char *hash, struct bh_str password)
{
    /* Longer ones cannot be right; they are cut so that they cannot cost more either. */
    size_t len = password.len > accounts->settings.password_max ? accounts->settings.password_max
                                                                : password.len;
    lock_take(&accounts->hash_lock);
    bool same = crypto_pwhash_argon2id_str_verify(hash, len > 0 ? password.at : "", len) == 0;
    lock_give(&accounts->hash_lock);
    return same && len == password.len;
}

bool password_good(const struct accounts *accounts, struct bh_str password, const char *field,
                   struct bh_err *err)
{
    if (!bh_utf8_valid(password) || bh_utf8_count(password) < accounts->settings.password_min ||
        password.len > accounts->settings.password_max)
        return bh_fail_field(err, BH_INVALID, field, "密码至少 %zu 个字符，最多 %zu 字节",
                             "a password has at least %zu characters and at most %zu bytes",
                             accounts->settings.password_min, accounts->settings.password_max);
    return true;
}

/* Called under the lock: the made worlds of tests have one state. */
void token_make(struct accounts *accounts, char ret[ACCOUNT_TOKEN])
{
    uint8_t bytes[(ACCOUNT_TOKEN - 1) / 2];
    accounts->world->entropy(accounts->world->self, bytes, sizeof bytes);
    bh_hex(bytes, sizeof bytes, ret);
    sodium_memzero(bytes, sizeof bytes);
}

struct bh_str token_hash(struct bh_str token, uint8_t hash[TOKEN_HASH])
{
    (void)crypto_generichash(hash, TOKEN_HASH,
                             (const unsigned char *)(token.len > 0 ? token.at : ""), token.len,
                             NULL, 0);
    return (struct bh_str){(const char *)hash, TOKEN_HASH};
}

bool unauthenticated(struct bh_err *err)
{
    return bh_fail(err, BH_UNAUTHENTICATED, "请先登录", "log in first");
}

/* ---- logins ---- */

static bool login_name(struct bh_str login, char ret[ACCOUNT_LOGIN_MAX + 1], struct bh_err *err)
{
    login = bh_str_trim(login);
    bool good = login.len > 0 && login.len <= ACCOUNT_LOGIN_MAX && bh_utf8_valid(login);
    for (size_t i = 0; good && i < login.len; i++) {
        char c = login.at[i];
        ret[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        good = (unsigned char)c > ' ' && c != 127;
    }
    if (!good)
        return bh_fail_field(err, BH_INVALID, "login", "登录名为 1 到 %d 字节，不含空格",
                             "a login name has 1 to %d bytes and no blanks", ACCOUNT_LOGIN_MAX);
    ret[login.len] = 0;
    return true;
}

bool account_create(struct accounts *accounts, struct bh_str login, int64_t user,
                    struct bh_str password, bool must_change, struct bh_err *err)
{
    char name[ACCOUNT_LOGIN_MAX + 1], hash[crypto_pwhash_argon2id_STRBYTES];
    bool found = false;
    int64_t count = 0;
    if (!login_name(login, name, err) || !password_good(accounts, password, "password", err) ||
        !password_hash(accounts, password, hash, err))
        return false;
    lock_take(&accounts->lock);
    bool good = db_int(accounts->db, err, &count, &found,
                       "SELECT COUNT(*) FROM login WHERE login = ? OR user = ?", "zi", name, user);
    if (good && count > 0)
        good = bh_fail_field(err, BH_CONFLICT, "login", "登录名已被使用，或该用户已有登录名",
                             "the login name is taken, or the user has one");
    good = good &&
           db_run(accounts->db, err,
                  "INSERT INTO login (login, user, password, failed, locked_until_ms, must_change)"
                  " VALUES (?, ?, ?, 0, 0, ?)",
                  "zizi", name, user, hash, (int64_t)must_change);
    lock_give(&accounts->lock);
    return good;
}

bool account_reset(struct accounts *accounts, int64_t user, struct bh_str password,
                   struct bh_err *err)
{
    char hash[crypto_pwhash_argon2id_STRBYTES];
    if (!password_good(accounts, password, "password", err) ||
        !password_hash(accounts, password, hash, err))
        return false;
    lock_take(&accounts->lock);
    bool good = db_begin(accounts->db, err);
    if (good) {
        good = db_run(accounts->db, err,
                      "UPDATE login SET password = ?, failed = 0, locked_until_ms = 0, must_change "
                      "= 1 WHERE user = ?",
                      "zi", hash, user);
        if (good && db_changed(accounts->db) == 0)
            good =
                bh_fail_field(err, BH_MISSING, "user", "该用户没有登录名", "the user has no login");
        good = good && db_run(accounts->db, err, "DELETE FROM session WHERE user = ?", "i", user) &&
               db_commit(accounts->db, err);
        if (!good)
            db_rollback(accounts->db);
    }
    lock_give(&accounts->lock);
    return good;
}

bool account_login_of(struct accounts *accounts, int64_t user, char *ret, struct bh_err *err)
{
    struct rows rows;
    bool found = false;
    lock_take(&accounts->lock);
    db_rows(accounts->db, &rows, "SELECT login FROM login WHERE user = ?", "i", user);
    if (db_next(&rows)) {
        struct bh_str login = row_text(&rows, 0);
        bh_assert(login.len <= ACCOUNT_LOGIN_MAX);
        memcpy(ret, login.at, login.len);
        ret[login.len] = 0;
        found = true;
    }
    bool good = db_end(&rows, err);
    lock_give(&accounts->lock);
    return good && (found || bh_fail_field(err, BH_MISSING, "user", "该用户没有登录名",
                                           "the user has no login"));
}

/* ---- failures and the lock ---- */

bool login_find(struct accounts *accounts, struct bh_str login, int64_t user, struct login *ret,
                struct bh_err *err)
{
    struct rows rows;
    char name[ACCOUNT_LOGIN_MAX + 1] = "";
    struct bh_err bad_name;
    *ret = (struct login){0};
    if (login.len > 0 && !login_name(login, name, &bad_name))
        name[0] = 0;
    memcpy(ret->password, accounts->nobody, sizeof ret->password);
    lock_take(&accounts->lock);
    db_rows(accounts->db, &rows,
            "SELECT user, password, locked_until_ms, must_change FROM login WHERE (? <> '' AND "
            "login = ?)"
            " OR (? = '' AND user = ?)",
            "zzzi", name, name, name, name[0] == 0 && login.len == 0 ? user : -1);
    if (db_next(&rows)) {
        struct bh_str hash = row_text(&rows, 1);
        ret->user = row_int(&rows, 0);
        bh_assert(hash.len < sizeof ret->password);
        memset(ret->password, 0, sizeof ret->password);
        memcpy(ret->password, hash.at, hash.len);
        ret->locked = row_int(&rows, 2) > accounts_now(accounts);
        ret->must_change = row_int(&rows, 3) == 1;
    }
    bool good = db_end(&rows, err);
    lock_give(&accounts->lock);
    return good;
}

/* Called under the lock. The answer says nothing about which of the three it was. */
bool login_failed(struct accounts *accounts, const struct login *login, struct bh_err *err)
{
    const struct account_settings *settings = &accounts->settings;
    if (login->user != 0 && !login->locked &&
        !db_run(accounts->db, err,
                "UPDATE login SET locked_until_ms = CASE WHEN failed + 1 >= ? THEN ? ELSE "
                "locked_until_ms END,"
                " failed = CASE WHEN failed + 1 >= ? THEN 0 ELSE failed + 1 END WHERE user = ?",
                "iiii", settings->failures_max, accounts_now(accounts) + settings->lockout_ms,
                settings->failures_max, login->user))
        return false;
    return bh_fail(err, BH_UNAUTHENTICATED, "登录名或密码不对；连错 %d 次锁定 %d 分钟",
                   "wrong name or password; %d failures lock it for %d minutes",
                   (int)settings->failures_max, (int)(settings->lockout_ms / BH_MINUTE_MS));
}

/* ---- the access log ---- */

static bool write_entry(struct accounts *accounts, const struct access_entry *entry,
                        struct bh_err *err)
{
    return db_run(accounts->db, err,
                  "INSERT INTO access_log (wall_ms, user, action, detail, sealed, area, person, "
                  "request_id, outcome)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iissbiiss", entry->wall_ms != 0 ? entry->wall_ms : accounts_now(accounts),
                  entry->user, entry->action, entry->detail, entry->sealed, entry->area,
                  entry->person, entry->request_id, entry->outcome);
}

bool access_log_write(struct accounts *accounts, const struct access_entry *entries, size_t count,
                      struct bh_err *err)
{
    if (count == 0)
        return true;
    lock_take(&accounts->lock);
    bool begun = db_begin(accounts->db, err), good = begun;
    for (size_t i = 0; good && i < count; i++)
        good = write_entry(accounts, &entries[i], err);
    good = good && db_commit(accounts->db, err);
    if (begun && !good)
        db_rollback(accounts->db);
    lock_give(&accounts->lock);
    return good;
}
