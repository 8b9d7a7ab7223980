#include "api/receipt.h"

static bool refused(struct bh_err *err)
{
    return bh_fail_field(err, BH_INVALID, "receipt", "查询码为 13 位字符，请核对",
                         "a receipt code has 13 characters; please check it");
}

bool receipt_read(struct bh_str text, uint64_t *ret, struct bh_err *err)
{
    return code60_read(text, ret) || refused(err);
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
    code60_write(receipt, out);
}
