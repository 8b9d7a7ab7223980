#ifndef BH_API_ROLL_IMPORT_PRIVATE_H
#define BH_API_ROLL_IMPORT_PRIVATE_H
/* Shared by roll_import.c (commands) and roll_rows.c (what the table says). */
#include "api/roll_import.h"
#include "ledger/area.h"
#include "round/roll_facts.h"

enum roll_column {
    COLUMN_COMMUNITY,
    COLUMN_BUILDING,
    COLUMN_UNIT,
    COLUMN_DOOR,
    COLUMN_NAME,
    COLUMN_DOCUMENT,
    COLUMN_PHONE,
    COLUMN_CATEGORY,
    COLUMN_KEY,
    COLUMN_SEALED,
};

enum roll_fault {
    FAULT_NONE,
    FAULT_COMMUNITY,
    FAULT_OUTSIDE,
    FAULT_BUILDING,
    FAULT_UNIT,
    FAULT_DOOR,
    FAULT_NAME,
    FAULT_DOCUMENT,
    FAULT_CHECK,
    FAULT_PHONE,
    FAULT_CATEGORY,
    FAULT_KEY,
    FAULT_SEALED,
    FAULT_TWICE,   /* detail: the row before */
    FAULT_KNOWN,   /* detail: the slot */
    FAULT_REFUSED, /* the group was */
};

struct roll_row {
    size_t text;                       /* where its cells begin in `texts` */
    uint16_t len[ROLL_IMPORT_COLUMNS]; /* of its cells, one after the other */
    uint8_t hash[16];                  /* of the document; zero = none */
    int32_t row, leaf, building, unit; /* unit 0 = none */
    uint32_t group;                    /* UINT32_MAX = in none */
    int32_t detail;
    uint8_t fault, category;
    bool key, sealed;
};

struct roll_group {
    uint32_t first, count; /* of `order` */
    bool before;           /* the log has it */
    struct bh_err *err;    /* refused because; NULL = not */
};

struct roll_import {
    const struct ledger *ledger;
    struct roll_facts roll;
    const struct scope *unit, *scope; /* of the roll; of the importer, NULL = everywhere */
    uint8_t file_hash[16];

    struct bh_buf texts;
    struct roll_row *rows;
    size_t row_count, row_room;
    uint32_t *order; /* good rows, by door */
    size_t order_count;
    struct roll_group *groups;
    size_t group_count, group_next;
    struct roll_import_sum sum;
};

extern const char *const roll_column_names[ROLL_IMPORT_COLUMNS];

struct bh_str roll_row_cell(const struct roll_import *import, const struct roll_row *row,
                            enum roll_column column);
/* Reads, checks and orders all rows. */
BH_MUST_USE bool roll_rows_read(struct roll_import *import, struct bh_str file, struct bh_err *err);
/* What is wrong with a row, in words. */
void roll_row_err(const struct roll_import *import, const struct roll_row *row, struct bh_err *ret);

#endif
