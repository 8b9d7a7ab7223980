#ifndef BH_API_QUERY_STRING_H
#define BH_API_QUERY_STRING_H
/* The part of an address behind '?': name=value pairs joined by '&', percent-encoded, '+' a blank. */
#include "base/arena.h"

enum { QUERY_PAIRS_MAX = 32 };

struct query_pair {
    const char *name;    /* terminated, valid UTF-8, without control characters */
    struct bh_str value; /* terminated too */
};

struct query_string {
    struct query_pair pair[QUERY_PAIRS_MAX];
    size_t count;
};

/* Everything is copied into the arena. Refused: broken escapes, bytes that are no UTF-8, control characters,
 * a name given twice, too many pairs. */
BH_MUST_USE bool query_string_read(struct bh_str text, struct bh_arena *arena,
                                   struct query_string *ret, struct bh_err *err);
/* The value of a name; false when it was not given. */
bool query_string_get(const struct query_string *query, const char *name, struct bh_str *ret);

/* A path: percent-decoded copy, terminated. Refused as above; '+' stays what it is. */
BH_MUST_USE bool path_read(struct bh_str text, struct bh_arena *arena, const char **ret,
                           struct bh_err *err);

#endif
