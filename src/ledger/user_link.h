#ifndef BH_LEDGER_USER_LINK_H
#define BH_LEDGER_USER_LINK_H
/*
 * Users and their grants, as facts. A grant allows a role's commands and queries in one unit, from when it was
 * recorded until it ends. System, security and audit are three powers that no user may hold two of, and nobody
 * grants to himself. Logins, passwords and sessions are not facts: ledger/account.h.
 */
#include "ledger/link.h"

enum { EVENT_USER_REGISTERED = 14, EVENT_USER_GRANTED = 15, EVENT_USER_GRANT_ENDED = 16 };

struct user_registered {
    int64_t user; /* self */
    struct bh_str display;
};

struct user_granted {
    int64_t grant; /* self */
    int64_t user;
    struct bh_str role;       /* id of rules/roles.yaml */
    struct bh_str scope_unit; /* unit id */
    int64_t until_ms;         /* BH_NONE = open */
};

struct user_grant_ended {
    int64_t grant;
};

extern const struct link user_link;
extern const struct query user_queries[]; /* of user_queries.c */

#endif
