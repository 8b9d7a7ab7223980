#ifndef BH_BOX_FACTS_H
#define BH_BOX_FACTS_H
/* What others may ask about boxes, and how other nouns of this folder tell them. Present knowledge; times BH_NONE =
 * not yet. */
#include "ledger/link.h"
#include "round/box_events.h"

struct box_facts {
    int64_t box, round, site, area, size;
    int64_t first_ms, sealed_ms, picked_ms, received_ms, lost_ms;
    int64_t courier, laboratory;
    int64_t destination; /* the laboratory it was sent to; BH_NONE = not told */
    /* Place of the laboratory that has it, or until then is to get it; 0 = none. Who answers for this place sees
     * the box and its tubes, and nothing else of where they come from. */
    int64_t laboratory_area;
    int64_t left; /* tubes without a result that decides, and not rejected */
};
/* MISSING when there is no such box. */
BH_MUST_USE bool box_read(struct db *db, int64_t box, struct box_facts *ret, struct bh_err *err);

/* The sealed photo of an incident, in the arena, and where its box was sealed; from the log, so never while applying. MISSING
 * when there is no such incident, or none was taken. */
BH_MUST_USE bool box_incident_photo(struct db *db, int64_t incident, struct bh_arena *arena,
                                    struct bh_str *ret, int64_t *ret_area, struct bh_err *err);

/* While applying: so many of its tubes were answered or rejected (below 0: are open again). */
BH_MUST_USE bool box_count_answered(struct db *db, int64_t box, int64_t by, struct bh_err *err);

#endif
