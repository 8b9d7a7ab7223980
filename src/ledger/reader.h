#ifndef BH_LEDGER_READER_H
#define BH_LEDGER_READER_H
/* Who reads, in what scope, from which snapshot. Made by the edge for each request, inside a read
 * transaction; lives as long as the request. */
#include "ledger/area.h"
#include "ledger/link.h"

struct ledger;

struct reader {
    struct db *db; /* a read connection inside a snapshot */
    const struct ledger *ledger; /* catalogue, areas, plans, zone: immutable parts only */
    const struct scope *scope;   /* rows outside do not exist for this reader */
    int64_t user;                /* 0 = command line */
    int64_t now_ms;              /* the log's clock */
    int64_t position;            /* head of the snapshot */
    bool english;
    struct bh_arena *arena;
    /* Opens a sealed text; NULL = only masked forms. The edge logs the act before it lends this. */
    const struct vault *vault;
};

/* Scope of a unit met with the reader's own; MISSING when nothing is left, the same answer as for an unknown
 * unit. `area` is a leaf that stands for a unit (what FIELD_AREA of a query gives), BH_NONE = all of the
 * reader's scope. */
BH_MUST_USE bool reader_scope(const struct reader *reader, int64_t area, struct scope *ret,
                              struct bh_err *err);

#endif
