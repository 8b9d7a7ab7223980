#ifndef BH_BULLETIN_EVENTS_H
#define BH_BULLETIN_EVENTS_H
/* Facts that the link bulletin publishes. Kind numbers and stored fields are permanent. */
#include "ledger/event.h"

enum bulletin_kind {
    BULLETIN_CASE_COUNTED = 806,
    BULLETIN_CONVERSION_COUNTED = 807,
};

/* 806: a case enters the first open window after its report passed audit; counted_ms lies in that window. */
struct case_counted {
    int64_t case_number, counted_ms, status, severity;
};

/* 807 */
struct conversion_counted {
    int64_t case_number, counted_ms, severity;
};

#endif
