#ifndef BH_LEDGER_DUTY_LINK_H
#define BH_LEDGER_DUTY_LINK_H
/* What the duty engine offers as a link: its facts, tables, commands and queries. Reactions are not in the table:
 * the kernel calls duty_react for every fact. */
#include "ledger/link.h"

extern const struct link duty_link;
extern const struct link notice_link; /* only queries: notices, plans */

#endif
