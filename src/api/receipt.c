#include "api/receipt.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* -1 when it is no character of a receipt. */
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
static int check_of(const int value[RECEIPT_CHARACTERS])
{
    int sum = 0;
    for (int place = RECEIPT_CHARACTERS - 1, factor = 2; place >= 0; place--, factor = 3 - factor) {
        int part = value[place] * factor;
        sum += part / 32 + part % 32;
    }
    return (32 - sum % 32) % 32;
}

static bool refused(struct bh_err *err)
{
    return bh_fail_field(err, BH_INVALID, "receipt", "查询码为 13 位字符，请核对",
                         "a receipt code has 13 characters; please check it");
}

bool receipt_read(struct bh_str text, uint64_t *ret, struct bh_err *err)
{
    int value[RECEIPT_CHARACTERS + 1] = {0}, count = 0;
    uint64_t receipt = 0;
    bool good = true;
    for (size_t at = 0; good && at < text.len; at++) {
        if (text.at[at] == '-' || text.at[at] == ' ')
            continue;
        int each = value_of(text.at[at]);
        good = each >= 0 && count <= RECEIPT_CHARACTERS;
        if (good)
            value[count++] = each;
    }
    good = good && count == RECEIPT_CHARACTERS + 1 && check_of(value) == value[RECEIPT_CHARACTERS];
    if (!good)
        return refused(err);
    for (int place = 0; place < RECEIPT_CHARACTERS; place++)
        receipt = receipt << 5 | (uint64_t)value[place];
    *ret = receipt;
    return true;
}

bool receipt_from_json(const json_t *value, uint64_t *ret, struct bh_err *err)
{
    if (json_is_string(value))
        return receipt_read((struct bh_str){json_string_value(value), json_string_length(value)},
                            ret, err);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number >> RECEIPT_BITS != 0)
        return refused(err);
    *ret = (uint64_t)number;
    return true;
}

void receipt_write(uint64_t receipt, char out[RECEIPT_TEXT])
{
    int value[RECEIPT_CHARACTERS];
    size_t at = 0;
    for (int place = 0; place < RECEIPT_CHARACTERS; place++)
        value[place] = (int)(receipt >> (5 * (RECEIPT_CHARACTERS - 1 - place)) & 31);
    for (int place = 0; place < RECEIPT_CHARACTERS; place++) {
        out[at++] = alphabet[value[place]];
        if (place % 4 == 3)
            out[at++] = '-';
    }
    out[at++] = alphabet[check_of(value)];
    out[at] = 0;
}
