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

bool known_institution(struct db *db, int64_t institution, struct bh_err *err)
{
    int64_t one = 0;
    bool found = false;
    if (!db_int(db, err, &one, &found, "SELECT 1 FROM institution WHERE institution = ?", "i",
                institution))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "institution", "没有登记过机构 %lld",
                                  "institution %lld is not registered", (long long)institution);
}
