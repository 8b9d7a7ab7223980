#ifndef BH_LEDGER_PEOPLE_LINK_H
#define BH_LEDGER_PEOPLE_LINK_H
/*
 * People: a permanent random number, and an identity that is encrypted before the writer sees it. That two
 * numbers are one person is a dated link that can be undone; nothing is merged. Readers get masked names;
 * the whole identity only through person_reveal, which the edge logs first.
 */
#include "ledger/reader.h"

enum { EVENT_PERSON_REGISTERED = 11, EVENT_PERSONS_LINKED = 12, EVENT_PERSONS_UNLINKED = 13 };

extern const struct choice person_sexes[]; /* unknown, male, female */

struct person_registered {
    int64_t person;
    struct bh_sealed name, document, phone, address;
    int64_t sex, birth_year;
};

struct persons_linked {
    int64_t person, into;
    struct bh_sealed reason;
};

struct persons_unlinked {
    int64_t person, into;
};

/* "张**"; the empty text for an unknown person or when the key is gone. Lives in the reader's arena. */
struct bh_str person_masked_name(struct reader *reader, int64_t person);

/* The number that stands for the person at an instant: what it is linked into, else itself. */
BH_MUST_USE bool person_root(struct db *db, int64_t person, int64_t at_ms, int64_t *ret,
                             struct bh_err *err);

/* {person, name, document, phone, address} in plain text, for persons in the reader's scope; MISSING for others and
 * for unknown ones. DENIED unless the edge lent reader->vault: it writes the access log before it shows what it
 * got. ret_area: where the person is registered, set also for persons outside the scope, for that log. New
 * reference. */
BH_MUST_USE bool person_reveal(struct reader *reader, int64_t person, int64_t *ret_area,
                               json_t **ret, struct bh_err *err);

extern const struct link people_link;
extern const struct query people_queries[]; /* of people_queries.c */

#endif
