#ifndef BH_API_TEXT_VALUE_H
#define BH_API_TEXT_VALUE_H
/* Values that came as bare text (query strings, CSV cells) as the JSON a record expects. */
#include "base/record.h"

/* New reference. What is no number, where one is expected, stays text and is refused by the record. field may
 * be NULL: text. */
json_t *text_value(const struct field *field, struct bh_str text);

#endif
