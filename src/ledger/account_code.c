/* One-time codes and the messages that carry them: the second door to one's own result. */
#include "ledger/account_private.h"

#include "base/time.h"

#include <sodium.h>
#include <string.h>

static struct bh_str bytes_of(const uint8_t bytes[ACCOUNT_SUBJECT])
{
    return (struct bh_str){(const char *)bytes, ACCOUNT_SUBJECT};
}

/* Called under the lock, inside a transaction. */
static bool code_write(struct accounts *accounts, const uint8_t subject[ACCOUNT_SUBJECT],
                       const uint8_t code[ACCOUNT_SUBJECT], const struct message *message,
                       struct bh_err *err)
{
    int64_t now = accounts_now(accounts), expires = now + accounts->settings.code_ms;
    return db_run(accounts->db, err,
                  "DELETE FROM one_time_code WHERE subject = ? OR expires_ms < ?", "bi",
                  bytes_of(subject), now) &&
           db_run(accounts->db, err, "DELETE FROM message WHERE expires_ms < ?", "i",
                  now - BH_DAY_MS) &&
           db_run(accounts->db, err,
                  "DELETE FROM message_told WHERE message NOT IN (SELECT message FROM message)",
                  "") &&
           db_run(
               accounts->db, err,
               "INSERT INTO one_time_code (subject, code, expires_ms, tries) VALUES (?, ?, ?, 0)",
               "bbi", bytes_of(subject), bytes_of(code), expires) &&
           db_run(accounts->db, err,
                  "INSERT INTO message (wall_ms, expires_ms, area, purpose, name, phone, sealed)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "iiisbbb", now, expires, message->area, message->purpose, message->name,
                  message->phone, message->sealed);
}

bool account_code_give(struct accounts *accounts, const uint8_t subject[ACCOUNT_SUBJECT],
                       const uint8_t code[ACCOUNT_SUBJECT], const struct message *message,
                       struct bh_err *err)
{
    lock_take(&accounts->lock);
    bool begun = db_begin(accounts->db, err);
    bool good =
        begun && code_write(accounts, subject, code, message, err) && db_commit(accounts->db, err);
    if (begun && !good)
        db_rollback(accounts->db);
    lock_give(&accounts->lock);
    return good;
}

/* Called under the lock. The try is counted before it is judged. */
static bool code_try(struct accounts *accounts, const uint8_t subject[ACCOUNT_SUBJECT],
                     const uint8_t code[ACCOUNT_SUBJECT], bool *ret_right, struct bh_err *err)
{
    struct rows rows;
    *ret_right = false;
    if (!db_run(accounts->db, err, "UPDATE one_time_code SET tries = tries + 1 WHERE subject = ?",
                "b", bytes_of(subject)))
        return false;
    db_rows(accounts->db, &rows,
            "SELECT code FROM one_time_code WHERE subject = ? AND expires_ms > ? AND tries <= ?",
            "bii", bytes_of(subject), accounts_now(accounts), accounts->settings.code_tries_max);
    if (db_next(&rows)) {
        struct bh_str kept = row_bytes(&rows, 0);
        *ret_right =
            kept.len == ACCOUNT_SUBJECT && sodium_memcmp(kept.at, code, ACCOUNT_SUBJECT) == 0;
    }
    if (!db_end(&rows, err))
        return false;
    return !*ret_right || db_run(accounts->db, err, "DELETE FROM one_time_code WHERE subject = ?",
                                 "b", bytes_of(subject));
}

bool account_code_use(struct accounts *accounts, const uint8_t subject[ACCOUNT_SUBJECT],
                      const uint8_t code[ACCOUNT_SUBJECT], struct bh_err *err)
{
    bool right = false;
    lock_take(&accounts->lock);
    bool begun = db_begin(accounts->db, err);
    bool good =
        begun && code_try(accounts, subject, code, &right, err) && db_commit(accounts->db, err);
    if (begun && !good)
        db_rollback(accounts->db);
    lock_give(&accounts->lock);
    if (good && !right)
        return bh_fail_field(err, BH_DENIED, "code", "验证码不对或已失效，请重新获取",
                             "the code is wrong or no longer valid; ask for a new one");
    return good;
}

/* Called under the lock. The first who told it stays on record. */
static bool told_write(struct accounts *accounts, int64_t message, int64_t user, struct bh_err *err)
{
    int64_t now = accounts_now(accounts), there = 0;
    bool found = false;
    if (!db_int(accounts->db, err, &there, &found, "SELECT 1 FROM message WHERE message = ?", "i",
                message))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "message", "没有这条消息",
                             "there is no such message");
    return db_run(accounts->db, err,
                  "INSERT OR IGNORE INTO message_told (message, wall_ms, user) VALUES (?, ?, ?)",
                  "iii", message, now, user);
}

bool account_message_told(struct accounts *accounts, int64_t message, int64_t user,
                          struct bh_err *err)
{
    lock_take(&accounts->lock);
    bool begun = db_begin(accounts->db, err);
    bool good = begun && told_write(accounts, message, user, err) && db_commit(accounts->db, err);
    if (begun && !good)
        db_rollback(accounts->db);
    lock_give(&accounts->lock);
    return good;
}
