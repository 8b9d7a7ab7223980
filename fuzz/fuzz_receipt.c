/* What anybody on the internet may send to the public result page: the body of a look-up. A receipt that is read must
 * be written and read again as the same. */
#include "api/json_read.h"
#include "api/receipt.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_again(uint64_t receipt)
{
    char text[RECEIPT_TEXT];
    uint64_t again = 0;
    struct bh_err err = {.code = BH_OK};
    bh_assert(receipt >> RECEIPT_BITS == 0);
    receipt_write(receipt, text);
    bool ok = receipt_read(bh_str_of(text), &again, &err);
    bh_assert(ok && again == receipt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_str text = {(const char *)data, size};
    struct bh_err err = {.code = BH_OK};
    json_t *json = NULL;
    uint64_t receipt = 0;
    if (receipt_read(text, &receipt, &err))
        same_again(receipt);
    if (json_read(text, &json, &err) &&
        receipt_from_json(json_object_get(json, "receipt"), &receipt, &err))
        same_again(receipt);
    json_decref(json);
    return 0;
}
