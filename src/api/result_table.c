#include "api/result_table.h"

#include "base/limits.h"
#include "base/time.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

enum {
    SMALL_BITS = 18, /* slots of the first generation: two megabytes, an empty log costs no more */
    MIDDLE_BITS = 20,
    LARGE_BITS = 22, /* of the third and all later ones */
    ORDINAL_BITS = 26,
    CHUNK_BITS = 16,
    CHUNKS = 1 << (ORDINAL_BITS - CHUNK_BITS),
    MINUTE_BITS = 26,
};

#define ORDINAL_MASK ((UINT64_C(1) << ORDINAL_BITS) - 1)
#define MINUTE_MASK  ((UINT64_C(1) << MINUTE_BITS) - 1)
#define TAKEN_OUT    UINT64_C(1)
#define EPOCH_MS     INT64_C(1577836800000) /* 2020-01-01 */

struct generation {
    void *memory; /* what slot points to */
    _Atomic uint64_t *slot;
    uint64_t mask;
    uint64_t used, most;
    int64_t first_tube;  /* ordinal, counted on without wrapping */
    atomic_llong serial; /* the higher, the newer; 0 = not in use */
};

struct tube {
    int64_t number; /* of the writing thread */
    _Atomic uint64_t packed;
};

struct result_table {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct generation generation[RESULT_GENERATIONS];
    int newest;
    int smaller; /* halvings of every size */
    _Atomic(struct tube *) chunk[CHUNKS];
    int64_t first, next; /* ordinals of the writing thread: tubes first .. next - 1 are known */
    atomic_llong first_told, next_told;
    atomic_llong bytes;
};

/* --- tubes --------------------------------------------------------------------------------- */

static uint64_t minute_of(int64_t at_ms)
{
    int64_t minute = at_ms <= EPOCH_MS ? 0 : (at_ms - EPOCH_MS) / BH_MINUTE_MS;
    return minute > (int64_t)MINUTE_MASK ? MINUTE_MASK : (uint64_t)minute;
}

static int64_t ms_of(uint64_t minute)
{
    return minute == 0 ? 0 : EPOCH_MS + (int64_t)minute * BH_MINUTE_MS;
}

static uint64_t pack(const struct result_tube *tube)
{
    return (uint64_t)tube->state | minute_of(tube->sampled_ms) << 3 |
           minute_of(tube->resulted_ms) << (3 + MINUTE_BITS);
}

static struct result_tube unpack(uint64_t packed)
{
    return (struct result_tube){
        .state = (enum result_tube_state)(packed & 7),
        .sampled_ms = ms_of(packed >> 3 & MINUTE_MASK),
        .resulted_ms = ms_of(packed >> (3 + MINUTE_BITS) & MINUTE_MASK),
    };
}

/* The chunks are a ring: an ordinal is reused only long after its tube was forgotten. NULL when there is none. */
static struct tube *tube_peek(const struct result_table *table, int64_t ordinal)
{
    uint64_t place = (uint64_t)ordinal & ORDINAL_MASK;
    struct tube *chunk =
        atomic_load_explicit(&table->chunk[place >> CHUNK_BITS], memory_order_acquire);
    return chunk ? &chunk[place & ((1 << CHUNK_BITS) - 1)] : NULL;
}

/* A tube that is known. */
static struct tube *tube_at(const struct result_table *table, int64_t ordinal)
{
    struct tube *tube = tube_peek(table, ordinal);
    bh_assert(tube != NULL);
    return tube;
}

/* NULL when it is not known. Numbers ascend with the ordinals. */
static struct tube *tube_find(const struct result_table *table, int64_t number)
{
    int64_t low = table->first, high = table->next;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (tube_at(table, middle)->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    struct tube *tube = low < table->next ? tube_at(table, low) : NULL;
    return tube && tube->number == number ? tube : NULL;
}

/* Memory of forgotten tubes is kept for the next ones. */
static void chunk_need(struct result_table *table, int64_t ordinal)
{
    size_t index = (size_t)(((uint64_t)ordinal & ORDINAL_MASK) >> CHUNK_BITS);
    const size_t bytes = sizeof(struct tube) << CHUNK_BITS;
    if (table->chunk[index])
        return;
    struct tube *fresh = NULL;
    size_t last = (size_t)(((uint64_t)table->first & ORDINAL_MASK) >> CHUNK_BITS);
    for (size_t back = 1; back < CHUNKS && !fresh && table->first > 0; back++) {
        size_t other = (last + CHUNKS - back) % CHUNKS;
        struct tube *old = atomic_load(&table->chunk[other]);
        if (other == index || !old)
            break;
        /* A reader may still be in it: it sees a tube that is not among the known ones. */
        atomic_store(&table->chunk[other], NULL);
        fresh = old;
    }
    if (!fresh) {
        fresh = bh_alloc(bytes);
        atomic_fetch_add(&table->bytes, (long long)bytes);
    }
    atomic_store_explicit(&table->chunk[index], fresh, memory_order_release);
}

/* --- generations --------------------------------------------------------------------------- */

static void generation_clear(struct generation *generation)
{
    for (uint64_t at = 0; at <= generation->mask; at++)
        atomic_store_explicit(&generation->slot[at], 0, memory_order_relaxed);
    generation->used = 0;
}

/* The oldest generation is forgotten, with the tubes before the first one of the next. */
static void oldest_forget(struct result_table *table)
{
    struct generation *oldest = NULL, *next = NULL;
    for (int index = 0; index < RESULT_GENERATIONS; index++) {
        struct generation *each = &table->generation[index];
        if (!each->serial)
            continue;
        if (!oldest || each->serial < oldest->serial) {
            next = oldest;
            oldest = each;
        } else if (!next || each->serial < next->serial) {
            next = each;
        }
    }
    bh_assert(oldest && next);
    table->first = next->first_tube;
    atomic_store(&table->first_told, table->first);
    atomic_store(&oldest->serial, 0);
    generation_clear(oldest);
}

static void generation_begin(struct result_table *table)
{
    long long serial = table->generation[table->newest].serial + 1;
    struct generation *fresh = NULL;
    for (int turn = 0; turn < 2 && !fresh; turn++) {
        for (int index = 0; index < RESULT_GENERATIONS && !fresh; index++)
            if (!table->generation[index].serial) {
                fresh = &table->generation[index];
                table->newest = index;
            }
        if (!fresh)
            oldest_forget(table);
    }
    if (!fresh->slot) {
        int bits = (serial == 1   ? SMALL_BITS
                    : serial == 2 ? MIDDLE_BITS
                                  : LARGE_BITS) -
                   table->smaller;
        size_t bytes = sizeof *fresh->slot << bits;
        fresh->memory = bh_alloc(bytes);
        fresh->slot = fresh->memory;
        fresh->mask = (UINT64_C(1) << bits) - 1;
        fresh->most = (fresh->mask + 1) / 5 * 4;
        atomic_fetch_add(&table->bytes, (long long)bytes);
    }
    /* The tube being filled may have receipts in the one before, too. */
    fresh->first_tube = table->next > table->first ? table->next - 1 : table->next;
    atomic_store_explicit(&fresh->serial, serial, memory_order_release);
}

static uint64_t fingerprint_of(uint64_t hash)
{
    uint64_t fingerprint = hash >> ORDINAL_BITS;
    return fingerprint ? fingerprint : 1;
}

/* The slot with this fingerprint, or the empty one where it would be. For the writing thread only: an empty slot may
 * be anybody's a moment later. */
static _Atomic uint64_t *slot_find(const struct generation *generation, uint64_t hash)
{
    uint64_t at = hash & generation->mask, fingerprint = fingerprint_of(hash);
    for (;;) {
        _Atomic uint64_t *slot = &generation->slot[at];
        uint64_t entry = atomic_load_explicit(slot, memory_order_relaxed);
        if (entry == 0 || entry >> ORDINAL_BITS == fingerprint)
            return slot;
        at = (at + 1) & generation->mask;
    }
}

/* The entry with this fingerprint, 0 when there is none. Each slot is read once. */
static uint64_t entry_find(const struct generation *generation, uint64_t hash)
{
    uint64_t at = hash & generation->mask, fingerprint = fingerprint_of(hash);
    for (;;) {
        uint64_t entry = atomic_load_explicit(&generation->slot[at], memory_order_acquire);
        if (entry == 0 || entry >> ORDINAL_BITS == fingerprint)
            return entry;
        at = (at + 1) & generation->mask;
    }
}

/* --- writing ------------------------------------------------------------------------------- */

struct result_table *result_table_new(const uint8_t key[16], int smaller)
{
    struct result_table *table = bh_alloc(sizeof *table);
    bh_assert(smaller >= 0 && smaller < SMALL_BITS - 4);
    table->smaller = smaller;
    memcpy(table->key, key, sizeof table->key);
    atomic_store(&table->bytes, (long long)sizeof *table);
    generation_begin(table);
    return table;
}

void result_table_free(struct result_table *table)
{
    if (!table)
        return;
    for (int index = 0; index < RESULT_GENERATIONS; index++)
        bh_free(table->generation[index].memory);
    for (int index = 0; index < CHUNKS; index++)
        bh_free(table->chunk[index]);
    sodium_memzero(table->key, sizeof table->key);
    bh_free(table);
}

void result_table_tube(struct result_table *table, int64_t number, int64_t sampled_ms)
{
    const struct result_tube fresh = {.state = RESULT_TUBE_WAITING, .sampled_ms = sampled_ms};
    if (table->next > table->first && tube_at(table, table->next - 1)->number >= number) {
        struct tube *known = tube_find(table, number);
        if (known)
            atomic_store(&known->packed, pack(&fresh));
        return;
    }
    while (table->next - table->first >= RESULT_TUBES_MAX >> table->smaller) {
        if (table->generation[table->newest].first_tube == table->first)
            generation_begin(table);
        oldest_forget(table);
    }
    chunk_need(table, table->next);
    struct tube *tube = tube_at(table, table->next);
    tube->number = number;
    atomic_store(&tube->packed, pack(&fresh));
    table->next++;
    atomic_store_explicit(&table->next_told, table->next, memory_order_release);
}

void result_table_add(struct result_table *table, uint64_t hash)
{
    struct generation *newest = &table->generation[table->newest];
    bh_assert(table->next > table->first);
    if (newest->used >= newest->most) {
        generation_begin(table);
        newest = &table->generation[table->newest];
    }
    _Atomic uint64_t *slot = slot_find(newest, hash);
    newest->used += *slot == 0;
    atomic_store_explicit(
        slot, fingerprint_of(hash) << ORDINAL_BITS | ((uint64_t)(table->next - 1) & ORDINAL_MASK),
        memory_order_release);
}

void result_table_remove(struct result_table *table, uint64_t hash, int64_t number)
{
    for (int index = 0; index < RESULT_GENERATIONS; index++) {
        struct generation *each = &table->generation[index];
        _Atomic uint64_t *slot = each->serial ? slot_find(each, hash) : NULL;
        uint64_t entry = slot ? *slot : 0;
        struct tube *tube = entry ? tube_peek(table, (int64_t)(entry & ORDINAL_MASK)) : NULL;
        if (tube && tube->number == number)
            atomic_store(slot, TAKEN_OUT);
    }
}

bool result_table_set(struct result_table *table, int64_t number, enum result_tube_state state,
                      int64_t sampled_ms, int64_t resulted_ms)
{
    struct tube *tube = tube_find(table, number);
    if (!tube)
        return false;
    struct result_tube now = unpack(tube->packed);
    now.state = state;
    if (sampled_ms != BH_NONE)
        now.sampled_ms = sampled_ms;
    if (resulted_ms != BH_NONE)
        now.resulted_ms = resulted_ms;
    atomic_store(&tube->packed, pack(&now));
    return true;
}

bool result_table_tube_of(const struct result_table *table, int64_t number, struct result_tube *ret)
{
    const struct tube *tube = tube_find(table, number);
    if (tube)
        *ret = unpack(tube->packed);
    return tube != NULL;
}

/* --- reading ------------------------------------------------------------------------------- */

uint64_t result_table_hash(const struct result_table *table, uint64_t receipt)
{
    uint8_t in[8], out[crypto_shorthash_BYTES];
    uint64_t hash = 0;
    for (int byte = 0; byte < 8; byte++)
        in[byte] = (uint8_t)(receipt >> (8 * byte));
    (void)crypto_shorthash(out, in, sizeof in, table->key);
    memcpy(&hash, out, sizeof hash);
    return hash;
}

/* Whether the ordinal, as stored, is that of a tube that is known now. */
static bool is_known(const struct result_table *table, uint64_t ordinal)
{
    long long next = atomic_load_explicit(&table->next_told, memory_order_acquire);
    long long first = atomic_load_explicit(&table->first_told, memory_order_acquire);
    return (((uint64_t)next - 1 - ordinal) & ORDINAL_MASK) < (uint64_t)(next - first);
}

bool result_table_find(const struct result_table *table, uint64_t hash, struct result_tube *ret)
{
    uint64_t found = 0;
    long long serial = 0;
    for (int index = 0; index < RESULT_GENERATIONS; index++) {
        const struct generation *each = &table->generation[index];
        long long its = atomic_load_explicit(&each->serial, memory_order_acquire);
        uint64_t entry = its ? entry_find(each, hash) : 0;
        if (entry && its > serial) {
            found = entry;
            serial = its;
        }
    }
    const struct tube *tube = found ? tube_peek(table, (int64_t)(found & ORDINAL_MASK)) : NULL;
    struct result_tube state =
        unpack(tube ? atomic_load_explicit(&tube->packed, memory_order_acquire) : 0);
    /* Asked last: what was just read may have been given to another tube meanwhile. */
    if (!is_known(table, found & ORDINAL_MASK))
        return false;
    if (state.state == RESULT_TUBE_GONE)
        return false;
    *ret = state;
    return true;
}

int64_t result_table_bytes(const struct result_table *table)
{
    return atomic_load(&table->bytes);
}
