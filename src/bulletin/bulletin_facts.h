#ifndef BH_BULLETIN_FACTS_H
#define BH_BULLETIN_FACTS_H
/* What others may ask the link bulletin. Reads only, present knowledge; works inside the writer and on read
 * connections. */
#include "bulletin/bulletin_events.h"
#include "ledger/link.h"

struct counted_facts {
    int64_t case_number, person, origin;
    int64_t area;             /* where it counts */
    int64_t counted_ms;       /* BH_NONE = not counted (yet) */
    int64_t status, severity; /* as counted */
    int64_t audited_ms;       /* the audit it counts by */
    int64_t first_by;         /* the event that counted it first: what was known then */
    int64_t converted_ms;     /* when its conversion counts, BH_NONE = does not */
    int64_t converted_severity, happened_ms;
    /* Where it and its conversion counted before they were taken out; so that they return there. */
    int64_t last_ms, last_audited_ms, last_converted_ms, last_happened_ms;
};

/* MISSING when the case was never diagnosed. */
BH_MUST_USE bool bulletin_case(struct db *db, int64_t case_number, struct counted_facts *ret,
                               struct bh_err *err);

#endif
