#include "ledger/known.h"

bool known_person(struct db *db, int64_t person, int64_t *ret_area, struct bh_err *err)
{
    int64_t area = 0;
    bool found = false;
    if (!db_int(db, err, &area, &found, "SELECT area FROM person WHERE person = ?", "i", person))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "person", "没有登记过人员 %lld",
                             "person %lld is not registered", (long long)person);
    if (ret_area)
        *ret_area = area == BH_NONE ? 0 : area;
    return true;
}

bool known_institution_at(struct db *db, int64_t institution, const char *field, int64_t *ret_kind,
                          int64_t *ret_area, struct bh_err *err)
{
    struct rows rows;
    bool found = false;
    db_rows(db, &rows, "SELECT kind, area FROM institution WHERE institution = ?", "i",
            institution);
    if (db_next(&rows)) {
        *ret_kind = row_int(&rows, 0);
        *ret_area = row_int(&rows, 1);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, field, "没有登记过机构 %lld",
                                  "institution %lld is not registered", (long long)institution);
}

bool known_institution(struct db *db, int64_t institution, struct bh_err *err)
{
    int64_t kind = 0, area = 0;
    return known_institution_at(db, institution, "institution", &kind, &area, err);
}
