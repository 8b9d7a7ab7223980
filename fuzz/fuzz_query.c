/* An address: the first byte picks the query, the rest is path, '?', parameters. */
#include "api/query_string.h"
#include "api/text_value.h"
#include "made_ledger.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void params_read(const struct query *query, const struct query_string *given,
                        struct bh_arena *arena)
{
    struct intake intake;
    struct bh_err err = {.code = BH_OK};
    json_t *json = json_object();
    void *params = bh_arena_get(arena, query->params->size);
    for (size_t index = 0; index < given->count; index++)
        (void)json_object_set_new(json, given->pair[index].name,
                                  text_value(record_field(query->params, given->pair[index].name),
                                             given->pair[index].value));
    intake_init(&intake, made_ledger(), arena, INT64_C(1647230400000));
    bool ok = record_from_json(query->params, json, &intake.edge, params, &err);
    bh_assert(ok || err.code != BH_OK);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bh_arena arena;
    struct query_string query;
    struct bh_err err = {.code = BH_OK};
    const char *path = NULL;
    if (size == 0)
        return 0;
    struct bh_str text = {(const char *)data + 1, size - 1};
    const char *mark = memchr(text.at, '?', text.len);
    size_t path_len = mark ? (size_t)(mark - text.at) : text.len;
    struct bh_str rest = {mark ? mark + 1 : text.at, mark ? text.len - path_len - 1 : 0};
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    if (path_read((struct bh_str){text.at, path_len}, &arena, &path, &err))
        bh_assert(bh_utf8_valid(bh_str_of(path)));
    if (query_string_read(rest, &arena, &query, &err)) {
        const struct query *found = made_query(data[0]);
        for (size_t index = 0; index < query.count; index++)
            bh_assert(bh_utf8_valid(query.pair[index].value));
        if (found && found->params)
            params_read(found, &query, &arena);
    } else {
        bh_assert(err.code != BH_OK);
    }
    bh_arena_done(&arena);
    return 0;
}
