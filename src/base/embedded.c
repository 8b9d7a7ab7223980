#include "base/embedded.h"

#include <string.h>

/* Made by tools/embed.py (embedded_table.S). */
extern const struct embedded_file bh_embedded_table[];
extern const size_t bh_embedded_table_count;

size_t embedded_count(void)
{
    return bh_embedded_table_count;
}

const struct embedded_file *embedded_at(size_t index)
{
    return index < bh_embedded_table_count ? &bh_embedded_table[index] : NULL;
}

size_t embedded_lower_bound(const char *prefix)
{
    size_t low = 0;
    size_t high = bh_embedded_table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(bh_embedded_table[middle].path, prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct embedded_file *embedded_find(const char *path)
{
    size_t index = embedded_lower_bound(path);
    if (index == bh_embedded_table_count || strcmp(bh_embedded_table[index].path, path) != 0)
        return NULL;
    return &bh_embedded_table[index];
}
