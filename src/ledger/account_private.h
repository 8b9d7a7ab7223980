#ifndef BH_LEDGER_ACCOUNT_PRIVATE_H
#define BH_LEDGER_ACCOUNT_PRIVATE_H
/* The inside of struct accounts, shared by account.c (logins, access log) and account_session.c (sessions,
 * tokens). Nobody else includes it. */
#include "ledger/account.h"
#include "os/thread.h"

enum { TOKEN_HASH = 32, PASSWORD_HASH = 128 };

struct accounts {
    struct lock lock;      /* guards db and the world's chance */
    struct lock hash_lock; /* one password at a time: each takes tens of MiB */
    struct db *db;
    const struct world *world;
    struct account_settings settings;
    char nobody[PASSWORD_HASH]; /* hash of a password that no login has */
};

struct login {
    int64_t user; /* 0 = no such login */
    char password[PASSWORD_HASH];
    bool locked, must_change;
};

int64_t accounts_now(const struct accounts *accounts);
/* ret holds PASSWORD_HASH bytes. Both wait for their turn. */
BH_MUST_USE bool password_hash(struct accounts *accounts, struct bh_str password, char *ret,
                               struct bh_err *err);
bool password_is(struct accounts *accounts, const char *hash, struct bh_str password);
BH_MUST_USE bool password_good(const struct accounts *accounts, struct bh_str password,
                               const char *field, struct bh_err *err);
void token_make(struct accounts *accounts, char ret[ACCOUNT_TOKEN]);
struct bh_str token_hash(struct bh_str token, uint8_t hash[TOKEN_HASH]);
bool unauthenticated(struct bh_err *err);

/* By name, or by user when the name is empty. For an unknown one user is 0 and the hash is nobody's. */
BH_MUST_USE bool login_find(struct accounts *accounts, struct bh_str login, int64_t user,
                            struct login *ret, struct bh_err *err);
bool login_failed(struct accounts *accounts, const struct login *login, struct bh_err *err);

#endif
