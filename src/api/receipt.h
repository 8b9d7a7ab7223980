#ifndef BH_API_RECEIPT_H
#define BH_API_RECEIPT_H
/* Receipts: codes of 60 bits (base/code60.h) drawn by the sampler's device, the key of a person's own result. */
#include "base/code60.h"

#include <jansson.h>

enum { RECEIPT_BITS = CODE60_BITS, RECEIPT_TEXT = CODE60_TEXT };

/* INVALID names the field. */
BH_MUST_USE bool receipt_read(struct bh_str text, uint64_t *ret, struct bh_err *err);
/* From a request: the text, or the number itself. NULL is no receipt. */
BH_MUST_USE bool receipt_from_json(const json_t *value, uint64_t *ret, struct bh_err *err);
void receipt_write(uint64_t receipt, char out[RECEIPT_TEXT]);

#endif
