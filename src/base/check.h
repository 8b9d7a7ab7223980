#ifndef BH_BASE_CHECK_H
#define BH_BASE_CHECK_H
/* Check characters of numbers that people copy by hand. */
#include "base/text.h"

/* Check character (0 to 9 or X) after the 17 digits of a citizen's document number: GB 11643, ISO 7064 MOD 11-2. */
char bh_document_check(const char digits[17]);

enum bh_document {
    BH_DOCUMENT_OTHER, /* not of this form: a passport, a permit; nothing can be said */
    BH_DOCUMENT_RIGHT, /* 18 characters, the last one fits */
    BH_DOCUMENT_WRONG, /* 18 characters of this form, the last one does not fit */
};
/* A final x may be small. */
enum bh_document bh_document_look(struct bh_str document);

#endif
