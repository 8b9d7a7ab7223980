/* Counters that are added to many times in a transaction are written once, and nobody can tell (db_add). */
#include "os/world.h"
#include "store/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 40, STEPS = 4000, MANY = 12000 };

/* Two tables of the same shape: one is added to by db_add, its twin at once by db_run. */
static const char schema[] = "CREATE TABLE tally (a INTEGER NOT NULL, b TEXT NOT NULL, n INTEGER "
                             "NOT NULL, least INTEGER, most INTEGER,"
                             " PRIMARY KEY (a, b)) WITHOUT ROWID;"
                             "CREATE TABLE twin (a INTEGER NOT NULL, b TEXT NOT NULL, n INTEGER "
                             "NOT NULL, least INTEGER, most INTEGER,"
                             " PRIMARY KEY (a, b)) WITHOUT ROWID;"
                             "CREATE TABLE tally_more (a INTEGER PRIMARY KEY, n INTEGER NOT NULL)";

static struct db *open_new(void)
{
    struct bh_err err;
    struct db *db = NULL;
    assert_true(db_open(":memory:", DB_WRITE, 1024, &db, &err));
    assert_true(db_script(db, schema, &err));
    return db;
}

static void put(struct db *db, int64_t a, struct bh_str b, int64_t n, int64_t at)
{
    struct bh_err err;
    assert_true(db_add(
        db, &err,
        "INSERT INTO tally (a, b, n, least, most) VALUES (?, ?, ?, ?, ?) ON CONFLICT (a, b) DO "
        "UPDATE SET"
        " n = n + excluded.n, least = min(least, excluded.least), most = max(most, excluded.most)",
        "is+<>", a, b, n, at, at));
    assert_true(db_run(
        db, &err,
        "INSERT INTO twin (a, b, n, least, most) VALUES (?, ?, ?, ?, ?) ON CONFLICT (a, b) DO "
        "UPDATE SET"
        " n = n + excluded.n, least = min(least, excluded.least), most = max(most, excluded.most)",
        "isiii", a, b, n, at, at));
}

static int64_t differences(struct db *db)
{
    struct bh_err err;
    int64_t found = -1;
    assert_true(
        db_int(db, &err, &found, NULL,
               "SELECT (SELECT count(*) FROM (SELECT * FROM tally EXCEPT SELECT * FROM twin)) +"
               " (SELECT count(*) FROM (SELECT * FROM twin EXCEPT SELECT * FROM tally))",
               ""));
    return found;
}

static int64_t sum_of(struct db *db)
{
    struct bh_err err;
    int64_t found = -1;
    assert_true(db_int(db, &err, &found, NULL, "SELECT coalesce(sum(n), 0) FROM tally", ""));
    return found;
}

/* Any order of additions, changes by other statements, reads, commits and rollbacks. */
static void same_as_if_written_at_once(void **state)
{
    (void)state;
    struct bh_err err;
    struct db *db = open_new();
    struct made_world made;
    uint8_t dice[8];
    made_world_init(&made, 7, 0);
    assert_true(db_begin(db, &err));
    for (int step = 0; step < STEPS; step++) {
        char text[16];
        made.world.entropy(made.world.self, dice, sizeof dice);
        (void)snprintf(text, sizeof text, "rule%d", dice[1] % 5);
        int64_t a = dice[0] % ROWS;
        if (dice[2] % 64 == 0) {
            assert_true(dice[3] % 2 ? db_commit(db, &err) : (db_rollback(db), true));
            assert_int_equal(differences(db), 0);
            assert_true(db_begin(db, &err));
        } else if (dice[2] % 64 == 1) {
            assert_int_equal(differences(db), 0);
        } else if (dice[2] % 64 == 2) {
            assert_true(db_run(db, &err, "UPDATE tally SET n = n * 2 WHERE a = ?", "i", a));
            assert_true(db_run(db, &err, "UPDATE twin SET n = n * 2 WHERE a = ?", "i", a));
        } else if (dice[2] % 64 == 3) {
            assert_true(db_run(db, &err, "DELETE FROM tally WHERE a = ?", "i", a));
            assert_true(db_run(db, &err, "DELETE FROM twin WHERE a = ?", "i", a));
        } else {
            put(db, a, bh_str_of(text), (int64_t)dice[4] - 100, (int64_t)dice[5] << dice[6] % 32);
        }
    }
    assert_true(db_commit(db, &err));
    assert_int_equal(differences(db), 0);
    db_close(db);
}

/* More rows than are held, a key too long to hold, and nothing held outside a transaction. */
static void more_rows_and_longer_keys_than_are_held(void **state)
{
    (void)state;
    struct bh_err err;
    struct db *db = open_new();
    char text[300];
    memset(text, 'x', sizeof text);
    assert_true(db_begin(db, &err));
    for (int64_t i = 0; i < MANY; i++)
        put(db, i % (MANY / 2), BH_STR(""), i, i);
    put(db, 1, (struct bh_str){text, sizeof text}, 5, 5);
    put(db, 1, (struct bh_str){text, sizeof text}, 6, 4);
    assert_true(db_commit(db, &err));
    assert_int_equal(differences(db), 0);
    put(db, 1, BH_STR(""), 1, 0);
    assert_int_equal(differences(db), 0);
    db_close(db);
}

/* "ab", "c" is another row than "a", "bc". */
static void two_texts_are_kept_apart(void **state)
{
    (void)state;
    struct bh_err err;
    struct db *db = open_new();
    static const struct {
        const char *one, *other;
        int64_t n;
    } rows[] = {{"ab", "c", 3}, {"a", "bc", 4}, {"abc", "", 5}, {"", "abc", 6}};
    assert_true(db_script(db,
                          "CREATE TABLE pair (one TEXT, other TEXT, n INTEGER NOT NULL, PRIMARY "
                          "KEY (one, other)) WITHOUT ROWID",
                          &err));
    assert_true(db_begin(db, &err));
    for (int turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            assert_true(db_add(db, &err,
                               "INSERT INTO pair (one, n, other) VALUES (?, ?, ?)"
                               " ON CONFLICT (one, other) DO UPDATE SET n = n + excluded.n",
                               "s+s", bh_str_of(rows[i].one), rows[i].n, bh_str_of(rows[i].other)));
    assert_true(db_commit(db, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t n = 0;
        assert_true(db_int(db, &err, &n, NULL, "SELECT n FROM pair WHERE one = ? AND other = ?",
                           "ss", bh_str_of(rows[i].one), bh_str_of(rows[i].other)));
        assert_int_equal(n, 3 * rows[i].n);
    }
    db_close(db);
}

static void a_rollback_forgets(void **state)
{
    (void)state;
    struct bh_err err;
    struct db *db = open_new();
    assert_true(db_begin(db, &err));
    put(db, 1, BH_STR("a"), 10, 0);
    db_rollback(db);
    assert_true(db_begin(db, &err));
    put(db, 1, BH_STR("a"), 3, 0);
    assert_true(db_commit(db, &err));
    assert_int_equal(sum_of(db), 3);
    db_close(db);
}

/* An UPDATE of a row that is not there changes nothing, also when the row comes later in the same transaction; whoever asks
 * only whether a row is there sees one that an INSERT made. */
static void rows_that_come_and_are_asked_for(void **state)
{
    (void)state;
    struct bh_err err;
    struct db *db = open_new();
    int64_t n = 0, yes = 0;
    bool found = false;
    assert_true(db_begin(db, &err));
    assert_true(db_add(db, &err, "UPDATE tally_more SET n = n + ? WHERE a = ?", "+i", (int64_t)5,
                       (int64_t)1));
    assert_true(db_run(db, &err, "INSERT INTO tally_more (a, n) VALUES (?, 0)", "i", (int64_t)1));
    assert_true(db_add(db, &err, "UPDATE tally_more SET n = n + ? WHERE a = ?", "+i", (int64_t)7,
                       (int64_t)1));
    assert_true(
        db_int(db, &err, &yes, &found, "SELECT 1 FROM tally_more WHERE a = ?", "i", (int64_t)1));
    assert_true(found);
    put(db, 9, BH_STR("new"), 1, 1);
    assert_true(db_int(db, &err, &yes, &found, "SELECT 1 FROM tally WHERE a = ?", "i", (int64_t)9));
    assert_true(found);
    assert_true(
        db_int(db, &err, &n, NULL, "SELECT n FROM tally_more WHERE a = ?", "i", (int64_t)1));
    assert_int_equal(n, 7);
    assert_true(db_commit(db, &err));
    db_close(db);
}

/* What cannot be written fails the commit, not silently. */
static void a_failure_is_told(void **state)
{
    (void)state;
    struct bh_err err;
    struct db *db = open_new();
    assert_true(
        db_script(db,
                  "CREATE TABLE narrow (a INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n < 10));"
                  "INSERT INTO narrow (a, n) VALUES (1, 0)",
                  &err));
    assert_true(db_begin(db, &err));
    for (int i = 0; i < 4; i++)
        assert_true(db_add(db, &err, "UPDATE narrow SET n = n + ? WHERE a = ?", "+i", (int64_t)3,
                           (int64_t)1));
    assert_false(db_commit(db, &err));
    db_rollback(db);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_if_written_at_once),
        cmocka_unit_test(more_rows_and_longer_keys_than_are_held),
        cmocka_unit_test(two_texts_are_kept_apart),
        cmocka_unit_test(a_rollback_forgets),
        cmocka_unit_test(rows_that_come_and_are_asked_for),
        cmocka_unit_test(a_failure_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
