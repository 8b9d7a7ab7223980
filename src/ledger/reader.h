#ifndef BH_LEDGER_READER_H
#define BH_LEDGER_READER_H
/* Who reads, in what scope, from which snapshot. Made by the edge for each request, inside a read
 * transaction; lives as long as the request. */
#include "ledger/area.h"
#include "ledger/link.h"

struct ledger;
struct name_cache; /* of ledger/people_link.c */

struct reader {
    struct db *db;               /* a read connection inside a snapshot */
    const struct ledger *ledger; /* catalogue, areas, plans, zone: immutable parts only */
    const struct scope *scope;   /* rows outside do not exist for this reader */
    int64_t user;                /* 0 = command line */
    int64_t now_ms;              /* the log's clock */
    int64_t position;            /* head of the snapshot */
    bool english;
    struct bh_arena *arena;
    /* Opens a sealed text; NULL = only masked forms. The edge logs the act before it lends this. */
    const struct vault *vault;
    struct name_cache *names; /* starts NULL; filled as masked names are asked for */
};

/* Scope of a unit met with the reader's own; MISSING when nothing is left, the same answer as for an unknown
 * unit. `area` is a leaf that stands for a unit (what FIELD_AREA of a query gives), BH_NONE = all of the
 * reader's scope. */
BH_MUST_USE bool reader_scope(const struct reader *reader, int64_t area, struct scope *ret,
                              struct bh_err *err);

/* Members of an object that a query answers with; BH_NONE is null. New references; answer_set takes one. */
json_t *answer_time(const struct reader *reader, int64_t at_ms);
json_t *answer_int(int64_t value);
json_t *answer_choice(const struct choice *choices, int64_t value);
void answer_set(json_t *object, const char *name, json_t *value);
/* The cursor of lists that go on after a number. */
void cells_next_number(struct cells *cells, const struct reader *reader, int64_t number);

/* Whether the unit that the leaf stands for (or the leaf itself) shares any place with the scope, or with the reader's
 * own: for things that belong to a whole unit and are worked on by parts of it. */
bool reader_unit_meets(const struct reader *reader, int64_t leaf, const struct scope *scope);
bool reader_meets(const struct reader *reader, int64_t leaf);

/* Where a row is, as four columns: the leaf, its division code, its name in Chinese and English (of the unit
 * it stands for, else of the unit and the division). */
#define AREA_COLUMNS                                                                               \
    {"area", COLUMN_INT, "地区编号", "Area number"},                                               \
        {"area_code", COLUMN_TEXT, "区划代码", "Area code"},                                       \
        {"area_name", COLUMN_TEXT, "地区", "Area"},                                                \
    {                                                                                              \
        "area_name_en", COLUMN_TEXT, "地区（英文）", "Area in English"                             \
    }
void cells_area(struct cells *cells, const struct reader *reader, int64_t leaf); /* 0 = none */

#endif
