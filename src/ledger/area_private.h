#ifndef BH_LEDGER_AREA_PRIVATE_H
#define BH_LEDGER_AREA_PRIVATE_H
/*
 * The inside of struct areas, shared by area.c (questions), area_load.c (reading an edition) and
 * area_check.c (laws an edition must keep). Nobody else includes it.
 */
#include "ledger/area.h"

/* Dates of an edition are civil days of China Standard Time, the only zone of the divisions it lists. */
enum { AREA_ZONE_MINUTES = 480 };

struct area_alias {
    struct bh_str text;
    char unit[12];
    int64_t from_ms, to_ms; /* to_ms excluded */
};

struct area_code {
    int64_t code; /* twelve digits as a number */
    int64_t leaf;
};

struct area_unit {
    struct unit unit;
    char code[16]; /* published code of these years, "" = none */
    int64_t leaf;  /* stands for "somewhere in this unit", 0 = the edition knows no leaf of it */
    int64_t population_year;
    int line; /* in units.csv */
};

struct areas {
    struct bh_arena arena; /* owns every text */
    struct leaf *leaves;   /* number - 1 */
    size_t leaf_count;
    struct area_code *codes; /* ascending by code */
    struct area_unit *units; /* in the order of the edition */
    size_t unit_count;
    struct area_alias *aliases;
    size_t alias_count;
    /* Between two moments nothing changes. lowest[moment * leaf_count + number - 1] is 1 + the index of the
     * smallest unit that holds the leaf, 0 = none. */
    int64_t *moments;
    size_t moment_count;
    uint16_t *lowest;
};

bool area_valid(const struct area_unit *unit, int64_t at_ms);
/* Index of the unit with this id at that time, -1 = none. */
int64_t area_unit_index(const struct areas *areas, struct bh_str id, int64_t at_ms);

/* Adds or takes away leaves; false when there would be too many ranges (*scope is then unchanged). */
BH_MUST_USE bool scope_add(struct scope *scope, struct range range);
BH_MUST_USE bool scope_remove(struct scope *scope, struct range range);

/* Makes moments and lowest; refuses units without parents, outside them, in circles, or overlapping. */
BH_MUST_USE bool area_index(struct areas *areas, struct bh_err *err);

#endif
