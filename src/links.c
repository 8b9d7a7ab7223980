#include "links.h"

#include "ledger/log_events.h"

const struct link *const all_links[] = {
    &log_link,
    NULL,
};
