#ifndef BH_LEDGER_RESERVE_H
#define BH_LEDGER_RESERVE_H
/*
 * Room on the disk kept ahead, as the file <folder>/reserve (LIMIT_RESERVE_BYTES). When a write finds the disk
 * full the file goes: what falls due can still be recorded, the log closes cleanly, reads go on. Commands are
 * refused with FULL until there is room for the file again; nobody has to restart anything.
 */
#include "ledger/ledger.h"

/* Takes the room when a log is opened for writing. Not getting it is no error: the first command tells. */
void reserve_open(struct ledger *ledger);
/* A write found no space. */
void reserve_release(struct ledger *ledger);
/* Before a command: false, with FULL, while the room is gone; asks for it at most once a second. */
BH_MUST_USE bool reserve_back(struct ledger *ledger, struct bh_err *err);

#endif
