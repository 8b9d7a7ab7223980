#ifndef BH_LEDGER_PERMIT_H
#define BH_LEDGER_PERMIT_H
/*
 * Roles x areas x actions. Roles are data (rules/roles.yaml): which commands and queries, which level, which
 * power (operations, system, security, audit: no user holds two of the last three). Grants are facts with
 * beginning and end; sessions carry the permission epoch and are rechecked when it moved.
 */
#include "ledger/area.h"
#include "ledger/catalogue.h"

struct role {
    const char *id, *zh, *en, *level, *power;
    const char *const *commands; /* names, NULL ends */
    const char *const *queries;
};

struct roles;
/* The form: INVALID with line and column. Names of commands and queries that the catalogue does not know are
 * kept; they allow nothing. */
BH_MUST_USE bool roles_new(struct bh_str yaml, struct roles **ret, struct bh_err *err);
/* Strict: INVALID with line and column for the first name that the catalogue does not know. */
BH_MUST_USE bool roles_check(const struct roles *roles, const struct catalogue *catalogue,
                             struct bh_err *err);
void roles_free(struct roles *roles);
size_t roles_count(const struct roles *roles);
const struct role *roles_at(const struct roles *roles, size_t index);
const struct role *roles_find(const struct roles *roles, const char *id);
const char *const *roles_ids(const struct roles *roles); /* NULL ends */

struct grant {
    int64_t grant, user;
    const struct role *role;
    const struct unit *unit;
    int64_t from_ms, until_ms;
};

/* True for system, security, audit: the three of which a user may hold one. */
bool role_is_separated(const struct role *role);

/* The grants of a user valid at at_ms (the log's clock), at most LIMIT_GRANTS. A grant on a unit or role that no
 * longer exists gives nothing. until_ms is BH_TIME_MAX when open. */
BH_MUST_USE bool permit_grants(struct db *db, const struct roles *roles, const struct areas *areas,
                               int64_t user, int64_t at_ms, struct grant *ret, int *ret_count,
                               struct bh_err *err);
/* Where these grants allow the named command or query: *ret is empty when nowhere. A grant on a unit without a
 * parent (the whole log) gives scope.everything. Grants that would need too many ranges are left out: never wider
 * than granted. */
void permit_scope_command(const struct grant *grants, int count, const char *command,
                          struct scope *ret);
void permit_scope_query(const struct grant *grants, int count, const char *query,
                        struct scope *ret);
/* Counts up by one with each user_granted and user_grant_ended. */
BH_MUST_USE bool permit_epoch(struct db *db, uint64_t *ret, struct bh_err *err);

#endif
