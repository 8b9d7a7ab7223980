#ifndef BH_TESTS_SUPPORT_H
#define BH_TESTS_SUPPORT_H
/*
 * A throw-away exercise log for tests: temporary folder, made world (seed, standing clock), all links.
 * Failures stop the test with a message that names what was expected.
 */
#include "ledger/ledger.h"
#include "ledger/reader.h"

struct test_ledger {
    struct ledger *ledger;
    struct made_world made;
    struct catalogue *catalogue;
    struct bh_arena
        arena; /* reset by each call below but test_query/test_ok results are own JSON references */
    int64_t actor;             /* the user who submits; 0 = the system */
    const struct scope *scope; /* where the submitter may do things; NULL = everywhere */
    char folder[256];
};

struct test_ledger *test_ledger_new(
    const char *start); /* ISO time; NULL = 2022-03-01T00:00:00+08:00 */
/* The same with other links; NULL = all of the program. */
struct test_ledger *test_ledger_new_with(const struct link *const *links, const char *start);
void test_ledger_free(struct test_ledger *test);   /* also removes the folder */
void test_ledger_reopen(struct test_ledger *test); /* close and open again, as after a restart */

/* The same after a kill: another process opens the log, does `last` (which stops by abort where it fails) and is killed
 * before it closes anything. */
void test_ledger_killed(struct test_ledger *test, void (*last)(struct test_ledger *test));

/* Puts the clock and lets the ticker speak until it is silent. */
void test_clock(struct test_ledger *test, const char *time);
int64_t test_ms(const char *time);

/* Submits a command given as JSON text (single quotes are read as double quotes). New reference, the answer. */
json_t *test_ok(struct test_ledger *test, const char *command, const char *body);
/* The same with printf arguments. */
json_t *test_okf(struct test_ledger *test, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Expects a refusal with this code and that nothing changed. */
void test_refused(struct test_ledger *test, enum bh_code code, const char *command,
                  const char *body);
void test_refusedf(struct test_ledger *test, enum bh_code code, const char *command,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Runs one submission as given and tells how it went. */
bool test_try(struct test_ledger *test, const char *command, const char *body, json_t **ret,
              struct bh_err *err);

/* Runs a query with parameters as JSON text ("{}"), everywhere, as of the clock. New reference: array of row
 * objects, or the one object. */
json_t *test_query(struct test_ledger *test, const char *query, const char *params);
json_t *test_query_in(struct test_ledger *test, const struct scope *scope, const char *query,
                      const char *params);

/* Expects that it refuses with this code, and says how. */
void test_query_refused(struct test_ledger *test, const struct scope *scope, const char *query,
                        const char *params, enum bh_code code, struct bh_err *ret_err);

int64_t test_int(const json_t *json, const char *name); /* and drops nothing */
int64_t test_count(struct test_ledger *test,
                   const char *sql); /* one number from the live database; sql: a literal */

/* Rebuilds beside and demands identical tables; verifies the chain. */
void test_rebuild(struct test_ledger *test);

#endif
