#ifndef BH_API_RECEIPT_H
#define BH_API_RECEIPT_H
/*
 * Receipts: 60 bits drawn by the sampler's device, the key of a person's own result. As text twelve characters of
 * Crockford's base 32 (no I, L, O, U) and one that checks them (Luhn modulo 32), in groups: "7ZK4-M0QX-21BD-T".
 */
#include "base/text.h"

#include <jansson.h>

enum {
    RECEIPT_BITS = 60,
    RECEIPT_CHARACTERS = 12,
    RECEIPT_TEXT = RECEIPT_CHARACTERS + 1 + 3 + 1, /* with check, hyphens and the final 0 */
};

/* Blanks, hyphens, case and the usual confusions (I, L for 1; O for 0) make no difference. INVALID names the field. */
BH_MUST_USE bool receipt_read(struct bh_str text, uint64_t *ret, struct bh_err *err);
/* From a request: the text, or the number itself. NULL is no receipt. */
BH_MUST_USE bool receipt_from_json(const json_t *value, uint64_t *ret, struct bh_err *err);
void receipt_write(uint64_t receipt, char out[RECEIPT_TEXT]);

#endif
