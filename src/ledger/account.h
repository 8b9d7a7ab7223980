#ifndef BH_LEDGER_ACCOUNT_H
#define BH_LEDGER_ACCOUNT_H
/*
 * Logins, sessions, tokens and the access log: primary data, not derived from the log and not rebuilt. They live in a
 * file of their own, accounts.db in the data folder, written through their own small connection: the log's
 * writer never waits for a login, and a login never waits behind a batch of samples. Losing the file loses no
 * fact; users (ledger/user_link.h) get new logins.
 *
 * All times here are wall time, also in exercise folders. Secrets are stored only as hashes: passwords by
 * argon2id, tokens by BLAKE2b. A wrong name, a wrong password and a locked account get the same answer after the
 * same work. Any thread; passwords are hashed one at a time, so that a crowd at the door costs time, not memory.
 */
#include "os/world.h"
#include "store/db.h"

struct accounts;

struct account_settings {
    int64_t failures_max;              /* wrong passwords in a row before the account is locked */
    int64_t lockout_ms;                /* how long then */
    int64_t idle_ms;                   /* a session unused this long has ended */
    int64_t absolute_ms;               /* so has one this old */
    int64_t touch_ms;                  /* last use is written at most this often */
    int64_t first_run_ms;              /* life of a first-run link */
    int64_t code_ms;                   /* life of a one-time code */
    int64_t code_tries_max;            /* wrong ones before it is worth nothing */
    size_t password_min, password_max; /* bytes */
    uint64_t hash_steps;               /* argon2id cost */
    size_t hash_bytes;
};

/* What live folders use; each number with its source in account.c. */
extern const struct account_settings account_settings_live;
/* The same rules with the cheapest password hash, for tests and generated load only. */
extern const struct account_settings account_settings_test;

enum { ACCOUNT_TOKEN = 65, ACCOUNT_CSRF = 33, ACCOUNT_LOGIN_MAX = 64, ACCOUNT_SCOPE_MAX = 400 };

BH_MUST_USE bool accounts_open(const char *folder, const struct world *world,
                               const struct account_settings *settings, struct accounts **ret,
                               struct bh_err *err);
void accounts_close(struct accounts *accounts); /* NULL allowed */
/* Makes the tables readable on a read connection of the log as accounts.*; query `audit` needs it. */
BH_MUST_USE bool accounts_attach(struct db *db, const char *folder, struct bh_err *err);

/* ---- logins ---- */

/* A login for a user number. Names are compared without case of Latin letters. CONFLICT when the name or the user
 * has one, INVALID for a bad name or password. */
BH_MUST_USE bool account_create(struct accounts *accounts, struct bh_str login, int64_t user,
                                struct bh_str password, bool must_change, struct bh_err *err);
/* By an administrator: a new password to be changed at the next login; ends the user's sessions and the lock. */
BH_MUST_USE bool account_reset(struct accounts *accounts, int64_t user, struct bh_str password,
                               struct bh_err *err);
/* The login name of a user; MISSING when he has none. ret holds ACCOUNT_LOGIN_MAX + 1 bytes. */
BH_MUST_USE bool account_login_of(struct accounts *accounts, int64_t user, char *ret,
                                  struct bh_err *err);

/* ---- sessions ---- */

struct session {
    int64_t user;
    int64_t created_ms, seen_ms, expires_ms; /* expires: the absolute end */
    uint64_t epoch;                          /* of permissions, as last told */
    bool must_change;                        /* only account_password is of use to him */
    char csrf[ACCOUNT_CSRF];                 /* hex, with final 0 */
};

/* A new session with a new token, whatever the caller held before: `before`, if any, is ended, so that a token
 * planted in a browser is worth nothing after login. ret_token is what the cookie holds. UNAUTHENTICATED. */
BH_MUST_USE bool account_login(struct accounts *accounts, struct bh_str login,
                               struct bh_str password, struct bh_str before, uint64_t epoch,
                               struct session *ret, char ret_token[ACCOUNT_TOKEN],
                               struct bh_err *err);
/* UNAUTHENTICATED when there is none, or it was idle too long, or is too old. */
BH_MUST_USE bool account_session(struct accounts *accounts, struct bh_str token,
                                 struct session *ret, struct bh_err *err);
/* Notes the permission epoch the edge has just rechecked. */
BH_MUST_USE bool account_renew(struct accounts *accounts, struct bh_str token, uint64_t epoch,
                               struct bh_err *err);
BH_MUST_USE bool account_logout(struct accounts *accounts, struct bh_str token, struct bh_err *err);
/* A phone is out of reach for hours: this session ends at its absolute limit only. */
BH_MUST_USE bool account_keep(struct accounts *accounts, struct bh_str token, struct bh_err *err);
/* Ends the user's sessions as account_logout_user does, and remembers them: who comes back with one of them is told to
 * delete what his phone holds (EXPIRED, field "wipe"). */
BH_MUST_USE bool account_wipe(struct accounts *accounts, int64_t user, struct bh_err *err);
/* Every session and API token of the user. */
BH_MUST_USE bool account_logout_user(struct accounts *accounts, int64_t user, struct bh_err *err);
/* His own new password. The session goes on under a new token; all others of his end. A wrong old password counts as a
 * failed login. */
BH_MUST_USE bool account_password(struct accounts *accounts, struct bh_str token,
                                  struct bh_str old_password, struct bh_str new_password,
                                  char ret_token[ACCOUNT_TOKEN], struct bh_err *err);

/* ---- first run ---- */

/* A link for the first administrator; an earlier one ends. */
BH_MUST_USE bool account_first_run(struct accounts *accounts, char ret_token[ACCOUNT_TOKEN],
                                   struct bh_err *err);
/* EXPIRED when it is unknown, used or too old. */
BH_MUST_USE bool account_first_run_check(struct accounts *accounts, struct bh_str token,
                                         struct bh_err *err);
/* Uses it up: of two callers one gets true. Then make the user and his login. */
BH_MUST_USE bool account_first_run_use(struct accounts *accounts, struct bh_str token,
                                       struct bh_err *err);

/* ---- API tokens ---- */

/* scope: names of commands and queries joined by blanks; what the user may not do, his token may not either. */
BH_MUST_USE bool account_token_create(struct accounts *accounts, int64_t user, struct bh_str scope,
                                      int64_t expires_ms, char ret_token[ACCOUNT_TOKEN],
                                      struct bh_err *err);
/* UNAUTHENTICATED when unknown or expired. ret_scope holds ACCOUNT_SCOPE_MAX + 1 bytes. */
BH_MUST_USE bool account_token(struct accounts *accounts, struct bh_str token, int64_t *ret_user,
                               char *ret_scope, struct bh_err *err);
BH_MUST_USE bool account_token_end(struct accounts *accounts, struct bh_str token,
                                   struct bh_err *err);
bool account_scope_has(const char *scope, const char *name);

/* ---- one-time codes, and the messages that carry them ---- */

enum {
    ACCOUNT_SUBJECT = 16
}; /* keyed hash of who asks and of a code: nothing here leads back to either */

/* What is to reach a person. It waits here, sealed, until somebody who can reach him takes it (query `messages`; later
 * a gateway for text messages) and says that it was told, and is forgotten a day after it expired. */
struct message {
    int64_t
        area; /* leaf where he lives; 0: nobody, kept all the same, so that it costs the same time */
    struct bh_str purpose;             /* "result_code" */
    struct bh_str name, phone, sealed; /* all by the vault; sealed: what is to be said */
};
/* In one transaction, durable when true. An earlier code of the subject ends. */
BH_MUST_USE bool account_code_give(struct accounts *accounts,
                                   const uint8_t subject[ACCOUNT_SUBJECT],
                                   const uint8_t code[ACCOUNT_SUBJECT],
                                   const struct message *message, struct bh_err *err);
/* Somebody has passed it on; saying so again changes nothing. MISSING when it is not kept (any more). */
BH_MUST_USE bool account_message_told(struct accounts *accounts, int64_t message, int64_t user,
                                      struct bh_err *err);
/* True once. DENIED, always in the same words, when it is wrong, used, expired, tried too often or was never given. */
BH_MUST_USE bool account_code_use(struct accounts *accounts, const uint8_t subject[ACCOUNT_SUBJECT],
                                  const uint8_t code[ACCOUNT_SUBJECT], struct bh_err *err);

/* ---- the access log ---- */

struct access_entry {
    int64_t wall_ms;      /* 0 = now */
    int64_t user;         /* 0 = nobody logged in */
    int64_t area;         /* leaf, 0 = none */
    int64_t person;       /* whose identity was shown, 0 = none */
    struct bh_str action; /* login, login_failed, logout, reveal, export, query, command ... */
    struct bh_str detail; /* name of the command or query; never anything a person typed */
    struct bh_str sealed; /* what he typed (the reason), sealed by the vault; empty = none */
    struct bh_str request_id, outcome; /* outcome: ok, or the name of the error code */
};
/* All of them in one transaction; durable when true. An act that must be logged is answered after that. */
BH_MUST_USE bool access_log_write(struct accounts *accounts, const struct access_entry *entries,
                                  size_t count, struct bh_err *err);

#endif
