#ifndef BH_LEDGER_MESSAGE_LINK_H
#define BH_LEDGER_MESSAGE_LINK_H
/* Messages that wait to be brought to a person (ledger/account.h), shown to the community officer who can reach him:
 * query `messages`. Every look is logged. */
#include "ledger/reader.h"

extern const struct link message_link;

#endif
