#ifndef BH_ROLL_EVENTS_H
#define BH_ROLL_EVENTS_H
/* Facts about the roll: who lives where, in door order. Kinds 210 to 214. Kind numbers, choices and stored fields are
 * permanent. A roll is one event a chunk of households, not one a person. */
#include "ledger/event.h"

enum roll_kind {
    ROLL_OPENED = 210,
    ROLL_RESIDENTS_LISTED = 211,
    ROLL_RESIDENT_CHANGED = 212,
    ROLL_LISTING_OBJECTED = 213,
    ROLL_OBJECTION_ANSWERED = 214,
};

enum resident_category {
    RESIDENT_PERMANENT,
    RESIDENT_TEMPORARY,
    RESIDENT_FLOATING,
    RESIDENT_INSTITUTIONAL,
};
/* All but `returned` take the resident off what rounds owe that start before `until`. */
enum resident_change {
    CHANGE_MOVED,
    CHANGE_DIED,
    CHANGE_ABROAD,
    CHANGE_LEFT,
    CHANGE_EXEMPT,
    CHANGE_RETURNED,
};

extern const struct choice resident_categories[];
extern const struct choice resident_changes[];

enum {
    ROLL_BLOCK_RESIDENTS = 500, /* most residents of one fact */
    ROLL_SLOT_MAX = (1 << 30),
    ROLL_COMMUNITIES_MAX = 20000,
};

struct roll_resident {
    int64_t category, key; /* key: tested singly */
    struct bh_sealed name, document, phone;
};
extern const struct record roll_resident_record;

/* Building and unit are ordinals within the community; the address as people write it is in `door`. */
struct roll_household {
    int64_t building, unit, sealed_home;
    struct bh_sealed door;
    struct bh_list residents; /* struct roll_resident */
};
extern const struct record roll_household_record;

/* 210: area = a leaf that stands for the unit. */
struct roll_opened {
    int64_t roll; /* self */
    struct bh_str name;
};

/* 211: area = the community. Slots first_slot, first_slot + 1, ... in the order of the list. */
struct residents_listed {
    int64_t block;                            /* self */
    int64_t roll, first_slot, count, skipped; /* skipped: were on the roll already */
    struct bh_list households;                /* struct roll_household */
};

/* 212: area = where the slot is. until BH_NONE = open end. */
struct resident_changed {
    int64_t roll, slot, change, until_ms;
    struct bh_sealed reason;
};
extern const struct record resident_changed_record;

/* 213 */
struct listing_objected {
    int64_t objection; /* self */
    int64_t roll, slot;
    struct bh_sealed reason;
};

/* 214: upheld = the listing was wrong; the resident is taken off as `moved`. */
struct objection_answered {
    int64_t objection, roll, slot, upheld;
    struct bh_sealed reason;
};

extern const struct event_kind roll_events[]; /* ends with number 0 */

#endif
