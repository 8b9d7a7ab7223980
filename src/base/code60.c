#include "base/code60.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* -1 when it is no character of a code. */
static int value_of(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Luhn modulo 32: finds every single wrong character and nearly all swapped neighbours. */
static int check_of(const int value[CODE60_CHARACTERS])
{
    int sum = 0;
    for (int place = CODE60_CHARACTERS - 1, factor = 2; place >= 0; place--, factor = 3 - factor) {
        int part = value[place] * factor;
        sum += part / 32 + part % 32;
    }
    return (32 - sum % 32) % 32;
}

bool code60_read(struct bh_str text, uint64_t *ret)
{
    int value[CODE60_CHARACTERS + 1] = {0}, count = 0;
    uint64_t code = 0;
    bool good = true;
    for (size_t at = 0; good && at < text.len; at++) {
        if (text.at[at] == '-' || text.at[at] == ' ')
            continue;
        int each = value_of(text.at[at]);
        good = each >= 0 && count <= CODE60_CHARACTERS;
        if (good)
            value[count++] = each;
    }
    good = good && count == CODE60_CHARACTERS + 1 && check_of(value) == value[CODE60_CHARACTERS];
    if (!good)
        return false;
    for (int place = 0; place < CODE60_CHARACTERS; place++)
        code = code << 5 | (uint64_t)value[place];
    *ret = code;
    return true;
}

void code60_write(uint64_t code, char out[CODE60_TEXT])
{
    int value[CODE60_CHARACTERS];
    size_t at = 0;
    for (int place = 0; place < CODE60_CHARACTERS; place++)
        value[place] = (int)(code >> (5 * (CODE60_CHARACTERS - 1 - place)) & 31);
    for (int place = 0; place < CODE60_CHARACTERS; place++) {
        out[at++] = alphabet[value[place]];
        if (place % 4 == 3)
            out[at++] = '-';
    }
    out[at++] = alphabet[check_of(value)];
    out[at] = 0;
}
