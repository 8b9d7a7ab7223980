#ifndef BH_LEDGER_AREA_LINK_H
#define BH_LEDGER_AREA_LINK_H
/* The area edition as a query: which units there are, what they are called, what is below them. */
#include "ledger/link.h"

extern const struct link area_link;

#endif
