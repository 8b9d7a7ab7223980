#ifndef BH_BASE_JSON_CANONICAL_H
#define BH_BASE_JSON_CANONICAL_H
/*
 * One form for JSON that means the same: no blanks, the keys of every object sorted. It is what the hash of a request
 * is made of, and that hash is kept in the log, so these bytes never change. They are those of the library's
 * json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS), several times as fast.
 */
#include "base/text.h"

#include <jansson.h>

void json_canonical(const json_t *value, struct bh_buf *out);

#endif
