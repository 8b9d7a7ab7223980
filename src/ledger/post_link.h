#ifndef BH_LEDGER_POST_LINK_H
#define BH_LEDGER_POST_LINK_H
/*
 * Who stands where: institutions, posts, and the users who hold them for a time. A post answers for an area; its
 * role is what duties name as owner. First responsible persons, contracting leaders and the three chiefs (grid,
 * building, unit) are posts like all others, without an institution.
 *
 * A post has at most one holder at a time. When it is made without one, or loses it, the fact post_vacant is
 * recorded; the plan makes that a duty. A holder whose time simply ends is noticed by the duty engine's tick.
 */
#include "ledger/link.h"

enum {
    EVENT_INSTITUTION_REGISTERED = 4,
    EVENT_POST_CREATED = 5,
    EVENT_POST_FILLED = 6,
    EVENT_POST_VACATED = 7,
    EVENT_POST_VACANT = 8,
    EVENT_SHIFT_HANDED_OVER = 9,
};

extern const struct choice institution_kinds[];
extern const struct choice vacate_reasons[];
enum vacate_reason {
    VACATE_TRANSFERRED,
    VACATE_ABSENT,
    VACATE_LEFT,
    VACATE_ABOLISHED,
    VACATE_OTHER
};

struct institution_registered {
    int64_t institution; /* self */
    int64_t kind;        /* institution_kinds */
    struct bh_str name, name_en;
};

/* header.area = the area the post answers for */
struct post_created {
    int64_t post;        /* self */
    int64_t institution; /* BH_NONE = none */
    struct bh_str role, title;
};

struct post_filled {
    int64_t post, user;
    int64_t from_ms;
    int64_t until_ms; /* BH_NONE = open */
};

struct post_vacated {
    int64_t post;
    int64_t reason; /* enum vacate_reason; abolished ends the post */
};

struct post_vacant {
    int64_t post;
    struct bh_str role;
};

struct shift_handed_over {
    int64_t post, from_user, to_user;
    int64_t until_ms; /* of the new holder, BH_NONE = open */
    struct bh_sealed note;
};

extern const struct link post_link;
extern const struct query post_queries[]; /* of post_queries.c */

#endif
