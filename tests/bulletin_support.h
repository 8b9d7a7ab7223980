#ifndef BH_TESTS_BULLETIN_SUPPORT_H
#define BH_TESTS_BULLETIN_SUPPORT_H
/* A province that publishes, and people who become its cases. */
#include "support.h"

#define DAY(n)         "2022-03-" #n "T00:00:00+08:00"
#define WINDOW(a, b)   "'area': '220000', 'from_ms': '" DAY(a) "', 'to_ms': '" DAY(b) "'"
#define INTERVAL(a, b) "'from': '" DAY(a) "', 'to': '" DAY(b) "'"

extern int64_t institution;                       /* the hospital of the last province() */
int64_t number(json_t *answer, const char *name); /* of it, which is dropped */
const char *at(int64_t ms);                       /* as text; four live at a time */

/* A province with windows for the days 11 to 15 March; it is noon of the 16th. */
struct test_ledger *province(void);
void done(struct test_ledger *t); /* rebuilds, compares, frees */

struct made_case {
    int64_t number, report, audit, person;
};

/* Sampled six hours before, found, diagnosed, reported; audits pass up to the city. */
struct made_case reported(struct test_ledger *t, const char *area, const char *status,
                          const char *severity, int64_t audit_ms);
/* The last audit, too. */
struct made_case counted(struct test_ledger *t, const char *area, const char *status,
                         const char *severity, const char *audited);
void convert(struct test_ledger *t, const struct made_case *made, const char *severity,
             const char *when);

#endif
