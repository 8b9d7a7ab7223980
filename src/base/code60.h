#ifndef BH_BASE_CODE60_H
#define BH_BASE_CODE60_H
/*
 * Codes that nobody can guess: 60 bits drawn by chance, the key of a receipt or of a test kit. As text twelve characters
 * of Crockford's base 32 (no I, L, O, U) and one that checks them (Luhn modulo 32), in groups: "7ZK4-M0QX-21BD-T".
 */
#include "base/text.h"

enum {
    CODE60_BITS = 60,
    CODE60_CHARACTERS = 12,
    CODE60_TEXT = CODE60_CHARACTERS + 1 + 3 + 1, /* with check, hyphens and the final 0 */
};

/* Blanks, hyphens, case and the usual confusions (I, L for 1; O for 0) make no difference. False: no such code. */
BH_MUST_USE bool code60_read(struct bh_str text, uint64_t *ret);
void code60_write(uint64_t code, char out[CODE60_TEXT]);

#endif
