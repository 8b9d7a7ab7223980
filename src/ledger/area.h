#ifndef BH_LEDGER_AREA_H
#define BH_LEDGER_AREA_H
/*
 * Areas. A leaf is a node of the division tree with a permanent internal number, given in depth-first order;
 * rows store leaves. A unit (prefecture, county, development zone, reporting unit) is a dated set of leaf
 * ranges; scope, row access, bulletins and zones are range conditions on that set. Names and codes are dated
 * labels of units.
 *
 * Made from the texts of one area edition (rules/areas/divisions.csv, units.csv, aliases.csv,
 * population.csv), immutable afterwards, any thread. An edition is refused, with line, unless at every time
 * each unit lies inside its parent and no two units beside each other share a leaf: that is what lets the
 * province count each person once. Its dates are civil days at +08:00.
 */
#include "base/arena.h"
#include "base/limits.h"

struct range {
    int64_t from, to; /* both included */
};

struct scope {
    bool
        everything; /* also rows without an area; then the one range holds every leaf there can be */
    int count;
    struct range range[LIMIT_UNIT_RANGES]; /* ascending, not touching */
};

enum unit_kind { UNIT_PROVINCE, UNIT_PREFECTURE, UNIT_REPORTING, UNIT_COUNTY, UNIT_DEV_ZONE };

struct unit {
    char id[12]; /* published code, or a stable id of ours */
    const char *zh, *short_zh, *en;
    enum unit_kind kind;
    char parent[12];        /* unit id, "" = none */
    int64_t from_ms, to_ms; /* to_ms excluded; BH_TIME_MAX = open */
    bool published_code;    /* id is a code of GB/T 2260 or the statistics office */
    struct scope scope;
    int64_t population; /* BH_NONE = not known */
};

struct leaf {
    int64_t number, parent; /* 0 = root's parent */
    int64_t last;           /* greatest number below it */
    const char *code;       /* 12 digits */
    const char *name;
    const char *level; /* province, prefecture, county, dev_zone, township, community */
};

struct areas_text {
    struct bh_str divisions, units, aliases, population; /* CSV with header row */
};

struct areas;
BH_MUST_USE bool areas_new(const struct areas_text *text, struct areas **ret, struct bh_err *err);
void areas_free(struct areas *areas);

size_t areas_leaf_count(const struct areas *areas);
const struct leaf *areas_leaf(const struct areas *areas, int64_t number); /* NULL = unknown */
const struct leaf *areas_leaf_of_code(const struct areas *areas,
                                      struct bh_str code); /* 12 digits */

size_t areas_unit_count(const struct areas *areas);
const struct unit *areas_unit_at(const struct areas *areas, size_t index);
/* The unit with this id valid at at_ms; NULL = none. */
const struct unit *areas_unit(const struct areas *areas, struct bh_str id, int64_t at_ms);
/* By id, code, alias or name. MISSING when nothing fits, CONFLICT naming the candidates when several do. */
BH_MUST_USE bool areas_resolve(const struct areas *areas, struct bh_str text, int64_t at_ms,
                               const struct unit **ret, struct bh_err *err);
/* Units whose name, alias or id holds `part`; at most max; returns how many. */
size_t areas_search(const struct areas *areas, struct bh_str part, int64_t at_ms,
                    const struct unit **ret, size_t max);
/* Children in the order of the edition; returns how many there are (at most max are written). */
size_t areas_children(const struct areas *areas, const struct unit *unit, int64_t at_ms,
                      const struct unit **ret, size_t max);
/* The smallest unit that holds the leaf; NULL when no unit does. */
const struct unit *areas_lowest(const struct areas *areas, int64_t leaf, int64_t at_ms);
/* The next larger unit around `unit`; NULL for the root. */
const struct unit *areas_parent(const struct areas *areas, const struct unit *unit, int64_t at_ms);
/* The leaf that stands for "somewhere in this unit": areas_lowest leads back from it to the unit. 0 when the
 * edition knows no leaf of it (a zone whose townships are not known): nothing can be recorded there. */
int64_t areas_unit_leaf(const struct areas *areas, const struct unit *unit);
/* Its published code in the years of this unit, "" = none. */
const char *areas_unit_code(const struct areas *areas, const struct unit *unit);

extern const struct scope scope_everything;
bool scope_holds(const struct scope *scope, int64_t leaf);
/* True when every leaf of `inner` is in `outer`. */
bool scope_covers(const struct scope *outer, const struct scope *inner);
/* What both hold. Should that be more than LIMIT_UNIT_RANGES ranges, the surplus is left out: never wider
 * than it should be. ret may be a or b. */
void scope_meet(const struct scope *a, const struct scope *b, struct scope *ret);
/* What either holds; false, and nothing changed, when there would be too many ranges. */
BH_MUST_USE bool scope_join(struct scope *into, const struct scope *more);

#endif
