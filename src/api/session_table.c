/* Sessions seen lately, so that a command needs no look-up. A fixed table, found by the hash of the token; a
 * session that finds its place taken replaces the one looked up longest ago. */
#include "api/edge.h"

#include <string.h>

enum { SLOTS = 32768, PROBES = 8 };

struct session_table {
    struct caller *slot[SLOTS];
};

struct session_table *session_table_new(void)
{
    return bh_alloc(sizeof(struct session_table));
}

void session_table_clear(struct session_table *table)
{
    for (size_t index = 0; index < SLOTS; index++) {
        bh_free(table->slot[index]);
        table->slot[index] = NULL;
    }
}

void session_table_free(struct session_table *table)
{
    if (table)
        session_table_clear(table);
    bh_free(table);
}

static size_t start_of(const uint8_t token_hash[32])
{
    uint32_t start = 0;
    memcpy(&start, token_hash, sizeof start);
    return start % SLOTS;
}

static struct caller **slot_find(struct session_table *table, const uint8_t token_hash[32])
{
    size_t start = start_of(token_hash);
    for (size_t probe = 0; probe < PROBES; probe++) {
        struct caller **slot = &table->slot[(start + probe) % SLOTS];
        if (*slot && memcmp((*slot)->token_hash, token_hash, 32) == 0)
            return slot;
    }
    return NULL;
}

const struct caller *session_table_find(struct session_table *table, const uint8_t token_hash[32],
                                        int64_t wall_ms)
{
    struct caller **slot = slot_find(table, token_hash);
    if (!slot)
        return NULL;
    int64_t age_ms = wall_ms - (*slot)->checked_ms;
    return age_ms >= 0 && age_ms < SESSION_RECHECK_MS ? *slot : NULL;
}

void session_table_put(struct session_table *table, const struct caller *session)
{
    struct caller **place = slot_find(table, session->token_hash);
    size_t start = start_of(session->token_hash);
    for (size_t probe = 0; probe < PROBES && !place; probe++) {
        if (!table->slot[(start + probe) % SLOTS])
            place = &table->slot[(start + probe) % SLOTS];
    }
    if (!place) {
        place = &table->slot[start];
        for (size_t probe = 1; probe < PROBES; probe++) {
            struct caller **other = &table->slot[(start + probe) % SLOTS];
            if ((*other)->checked_ms < (*place)->checked_ms)
                place = other;
        }
    }
    if (!*place)
        *place = bh_alloc(sizeof **place);
    **place = *session;
}

void session_table_drop(struct session_table *table, const uint8_t token_hash[32])
{
    struct caller **slot = slot_find(table, token_hash);
    if (slot) {
        bh_free(*slot);
        *slot = NULL;
    }
}
