#ifndef BH_BASE_YAML_H
#define BH_BASE_YAML_H
/*
 * YAML as a small tree with places, for rule files that people write. One document; no anchors, aliases,
 * tags or duplicate keys: nothing in our files needs them, and each is a way to mean something unseen.
 */
#include "base/arena.h"

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    int line, column;   /* from 1, where the value begins */
    struct bh_str text; /* TEXT: as written, quotes removed, never NULL inside */
    bool quoted;
    struct bh_str key; /* in a MAP: under which name; line and column of the name follow */
    int key_line, key_column;
    struct yaml *first, *next, *last; /* children in order */
    size_t count;
};

enum { YAML_DEPTH = 12, YAML_NODES = 50000, YAML_BYTES = 1 << 20 };

/* The tree and its texts live in the arena. MALFORMED with line and column when it cannot be read. */
BH_MUST_USE bool yaml_parse(struct bh_str text, struct bh_arena *arena, struct yaml **ret,
                            struct bh_err *err);
/* The value under a name of a MAP, NULL = none. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

#endif
