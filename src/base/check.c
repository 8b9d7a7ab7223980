#include "base/check.h"

enum { DIGITS = 17 };

char bh_document_check(const char digits[17])
{
    static const int weights[DIGITS] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int place = 0; place < DIGITS; place++)
        sum += (digits[place] - '0') * weights[place];
    return "10X98765432"[sum % 11];
}

enum bh_document bh_document_look(struct bh_str document)
{
    if (document.len != DIGITS + 1)
        return BH_DOCUMENT_OTHER;
    for (size_t i = 0; i < DIGITS; i++)
        if (document.at[i] < '0' || document.at[i] > '9')
            return BH_DOCUMENT_OTHER;
    char last = document.at[DIGITS] == 'x' ? 'X' : document.at[DIGITS];
    if ((last < '0' || last > '9') && last != 'X')
        return BH_DOCUMENT_OTHER;
    return last == bh_document_check(document.at) ? BH_DOCUMENT_RIGHT : BH_DOCUMENT_WRONG;
}
