#ifndef BH_API_JSON_READ_H
#define BH_API_JSON_READ_H
/* The text of one JSON object, from outside: bounded nesting, no name given twice. The refusal tells the place,
 * never the text: it may be personal. */
#include "base/text.h"

#include <jansson.h>

/* New reference. */
BH_MUST_USE bool json_read(struct bh_str text, json_t **ret, struct bh_err *err);
/* A text member; when it is missing or no text, the empty one (at NULL). Lives as long as the object. */
struct bh_str json_text_of(const json_t *json, const char *name);

#endif
