#ifndef BH_PLAN_ROLL_MAKER_H
#define BH_PLAN_ROLL_MAKER_H
/*
 * Makes the roll of a unit: synthetic people in households, behind doors, in buildings, in communities, in door
 * order; as many as the census counted. Pure: the seed, the area tree and two texts decide everything. No file, no
 * clock, no database.
 *
 * Invariants
 *   the same seed, unit and total give the same roll, and each community of it alone
 *   residents of all communities add up to the total exactly
 *   person 0, 1, 2 ... in the order of the communities, then of the doors: listed into an empty roll with nothing
 *   refused, person n stands in slot n + 1
 *   nobody can be taken for a real person: documents have a valid check character (GB 11643) but begin with 99, which is
 *   the code of no province, and phones begin with 100; no two documents are equal up to 270 million people
 *
 * Rows of development zones: the census counts their people in the counties around them. Here their communities get the
 * mean of the city's, and the counties give it up in proportion.
 */
#include "ledger/area.h"

enum {
    ROLL_MAKER_COMMUNITIES = 20000,
    ROLL_MAKER_RESIDENTS = 200000, /* most of one community */
};

struct roll_maker_options {
    uint64_t seed;
    int64_t total;           /* residents; 0 = what areas knows of the unit */
    int64_t at_ms;           /* units as valid then */
    struct bh_str names;     /* data/jilin-2022/names.csv */
    struct bh_str household; /* data/jilin-2022/roll.csv */
};

struct roll_maker_community {
    int64_t leaf;
    const char *code, *name; /* of the leaf */
    int64_t first;           /* number of its first person */
    int64_t residents;
    bool urban; /* entrances and floors; else houses of a villagers' group */
};

struct roll_maker;

/* areas must outlive the maker; the texts must, too. INVALID when a text is not as it should be, or when the unit has
 * no community or no known population. */
BH_MUST_USE bool roll_maker_new(const struct areas *areas, const struct unit *unit,
                                const struct roll_maker_options *options, struct roll_maker **ret,
                                struct bh_err *err);
void roll_maker_free(struct roll_maker *maker); /* NULL allowed */

/* Only communities with at least one resident, by leaf. */
size_t roll_maker_community_count(const struct roll_maker *maker);
const struct roll_maker_community *roll_maker_community(const struct roll_maker *maker,
                                                        size_t index);
int64_t roll_maker_total(const struct roll_maker *maker);

struct roll_maker_person {
    char name[32];
    char document[19];
    char phone[12];   /* "" = none: one a household */
    uint8_t category; /* as enum resident_category */
    bool key;
};

struct roll_maker_home {
    int32_t building, unit; /* unit 0 = none */
    char door[80];
    bool sealed;
    uint32_t first, count; /* of `people` */
};

/* One community; memory is kept for the next. Zeroed before first use. */
struct roll_maker_doors {
    struct roll_maker_home *homes;
    size_t home_count, home_room;
    struct roll_maker_person *people;
    size_t person_count, person_room;
};
/* Any thread, any order. */
void roll_maker_make(const struct roll_maker *maker, size_t community,
                     struct roll_maker_doors *ret);
void roll_maker_doors_done(struct roll_maker_doors *doors);

/* A made name, for officials. */
void roll_maker_name(const struct roll_maker *maker, uint64_t number, char out[32]);

/* ---- bodies of list_residents ---- */

/* Goes through communities [from, to) once. Zeroed but for maker, community (= from), end (= to). */
struct roll_maker_bodies {
    const struct roll_maker *maker;
    size_t community, end;
    /* Of the body just written. */
    size_t of;     /* community */
    int64_t first; /* number of the first person */
    int count;     /* residents, at most 500 */
    /* Inside. */
    struct roll_maker_doors doors;
    size_t home; /* next to be written */
    bool made;
};
/* Writes the JSON body of the next list_residents into `out` (emptied before): whole households of one community. False
 * at the end. */
bool roll_maker_bodies_next(struct roll_maker_bodies *bodies, int64_t roll, struct bh_buf *out);
void roll_maker_bodies_done(struct roll_maker_bodies *bodies);

#endif
