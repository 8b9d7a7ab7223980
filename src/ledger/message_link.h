#ifndef BH_LEDGER_MESSAGE_LINK_H
#define BH_LEDGER_MESSAGE_LINK_H
/* Messages that wait to be brought to a person (ledger/account.h), shown to the community officer who can reach him:
 * `messages` says that something waits, for whom (masked) and since when; `message` opens one of them, and every such
 * look is logged. What was told, or has expired, is not shown again. */
#include "ledger/reader.h"

extern const struct link message_link;

#endif
