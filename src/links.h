#ifndef BH_LINKS_H
#define BH_LINKS_H
/* All links of this program, kernel first, in the order in which they apply events and react. */
#include "ledger/link.h"

extern const struct link *const all_links[]; /* ends with NULL */

#endif
