#ifndef BH_LEDGER_KNOWN_H
#define BH_LEDGER_KNOWN_H
/* Does what a command refers to exist? Asked by every link while it loads; MISSING names the field. */
#include "ledger/link.h"

/* ret_area (NULL allowed): the leaf where the person was registered, 0 = not known. */
BH_MUST_USE bool known_person(struct db *db, int64_t person, int64_t *ret_area, struct bh_err *err);
BH_MUST_USE bool known_institution(struct db *db, int64_t institution, struct bh_err *err);
/* Its kind (institution_kinds) and the leaf where it is; MISSING names the field. */
BH_MUST_USE bool known_institution_at(struct db *db, int64_t institution, const char *field,
                                      int64_t *ret_kind, int64_t *ret_area, struct bh_err *err);

#endif
