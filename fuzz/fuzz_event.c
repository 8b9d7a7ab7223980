/*
 * Stored events of any kind and version: two bytes pick the kind, one the version, the rest is the body. What is
 * decoded has one stored form only, the bytes it came from, and can be shown; else it is refused as damaged.
 */
#include "ledger/log.h"
#include "links.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 3, KINDS = 1000 };

static const char *area_name(void *self, int64_t area)
{
    (void)self;
    return area > 0 ? "220102001001" : "";
}

static void shown_and_stored_again(const struct event *event, const struct log_row *row,
                                   struct bh_arena *arena)
{
    struct record_edge edge = {.arena = arena, .zone_minutes = 480, .area_out = area_name};
    struct bh_buf again;
    json_t *json = record_to_json(event->kind->record, event->fields, &edge);
    bh_assert(json_is_object(json));
    json_decref(json);
    if (row->version != event->kind->version)
        return; /* an old version's form is not the present one's */
    bh_buf_init(&again, LIMIT_EVENT_BYTES);
    record_encode(event->kind->record, event->fields, &again);
    bh_assert(bh_str_equal(bh_buf_view(&again), row->body));
    bh_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalogue *catalogue;
    struct bh_arena arena;
    struct event event;
    struct bh_err err = {0};
    if (!catalogue)
        catalogue = catalogue_new(all_links);
    if (size < HEAD)
        return 0;
    struct log_row row = {
        .seq = 1,
        .kind = (data[0] | data[1] << 8) % KINDS,
        .version = data[2],
        .body = {(const char *)data + HEAD, size - HEAD},
    };
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    if (log_decode(catalogue, &row, &arena, &event, &err))
        shown_and_stored_again(&event, &row, &arena);
    else
        bh_assert(err.code == BH_CORRUPT && err.zh[0] && err.en[0]);
    bh_arena_done(&arena);
    return 0;
}
