/* What anybody on the internet may send as the photo of a test: never read past its end, and what is taken has sides
 * within the limits and is read the same again. */
#include "base/photo.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_err err = {.code = BH_OK};
    struct photo photo, again;
    struct bh_str bytes = {(const char *)data, size};
    if (!photo_read(bytes, &photo, &err)) {
        bh_assert(err.code == BH_INVALID || err.code == BH_TOO_BIG);
        return 0;
    }
    bh_assert(size <= PHOTO_BYTES_MAX && photo.width > 0 && photo.width <= PHOTO_SIDE_MAX &&
              photo.height > 0 && photo.height <= PHOTO_SIDE_MAX);
    bool ok = photo_read(bytes, &again, &err);
    bh_assert(ok && again.kind == photo.kind && again.width == photo.width);
    return 0;
}
