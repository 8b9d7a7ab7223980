#ifndef BH_LEDGER_REBUILD_H
#define BH_LEDGER_REBUILD_H
/*
 * The tables follow from the log: made anew beside the live ones, they must be the same row by row. The folder is read on
 * two threads with connections of their own; nobody may write to it meanwhile.
 */
#include "ledger/verify.h"

struct rebuild_report {
    bool schema_differs; /* tables or indexes are not described as the program does */
    int64_t events;
    int tables;
    int64_t different_rows; /* in all tables, both directions */
    char first_table[64];   /* that differs, "" = none */
};

/* Replays the log into an empty database beside the live one and compares table by table; with swap the live
 * tables are replaced in one transaction when they differ. */
BH_MUST_USE bool ledger_rebuild(struct ledger *ledger, bool swap, verify_progress *progress,
                                void *self, struct rebuild_report *ret, struct bh_err *err);

#endif
