#include "api/result_held.h"

#include <string.h>

enum { FIRST_SIZE = 256 };

/* Open addressing from a number to an index; grows by doubling. Nothing is ever taken out. */
struct index {
    uint64_t *key; /* 0 = empty */
    int32_t *value;
    size_t size, used;
};

struct held_list {
    struct held *item;
    int32_t *count; /* of the first item of a tube: its people */
    size_t used, size;
    struct index receipts, tubes, people;
};

static size_t home_of(uint64_t key, size_t size)
{
    return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (size - 1);
}

static size_t index_slot(const struct index *index, uint64_t key)
{
    size_t at = home_of(key, index->size);
    while (index->key[at] != 0 && index->key[at] != key)
        at = (at + 1) & (index->size - 1);
    return at;
}

static void index_size(struct index *index, size_t size)
{
    struct index fresh = {.key = bh_alloc(size * sizeof *fresh.key),
                          .value = bh_alloc(size * sizeof *fresh.value),
                          .size = size};
    for (size_t at = 0; at < index->size; at++)
        if (index->key[at] != 0) {
            size_t slot = index_slot(&fresh, index->key[at]);
            fresh.key[slot] = index->key[at];
            fresh.value[slot] = index->value[at];
            fresh.used++;
        }
    bh_free(index->key);
    bh_free(index->value);
    *index = fresh;
}

static void index_put(struct index *index, uint64_t key, int32_t value)
{
    if (index->used * 2 >= index->size)
        index_size(index, index->size * 2);
    size_t at = index_slot(index, key);
    index->used += index->key[at] == 0;
    index->key[at] = key;
    index->value[at] = value;
}

/* -1 when there is none. */
static int32_t index_get(const struct index *index, uint64_t key)
{
    size_t at = index_slot(index, key);
    return key == 0 || index->key[at] == 0 ? -1 : index->value[at];
}

static void index_done(struct index *index)
{
    bh_free(index->key);
    bh_free(index->value);
}

struct held_list *held_list_new(void)
{
    struct held_list *list = bh_alloc(sizeof *list);
    list->size = FIRST_SIZE;
    list->item = bh_alloc(list->size * sizeof *list->item);
    list->count = bh_alloc(list->size * sizeof *list->count);
    index_size(&list->receipts, 2 * FIRST_SIZE);
    index_size(&list->tubes, FIRST_SIZE);
    index_size(&list->people, FIRST_SIZE);
    return list;
}

void held_list_free(struct held_list *list)
{
    if (!list)
        return;
    index_done(&list->receipts);
    index_done(&list->tubes);
    index_done(&list->people);
    bh_free(list->item);
    bh_free(list->count);
    bh_free(list);
}

static void list_grow(struct held_list *list, size_t count)
{
    while (list->used + count > list->size) {
        list->size *= 2;
        list->item = bh_realloc(list->item, list->size * sizeof *list->item);
        list->count = bh_realloc(list->count, list->size * sizeof *list->count);
    }
}

void held_add(struct held_list *list, int64_t tube, const struct held *people, size_t count)
{
    int32_t first = index_get(&list->tubes, (uint64_t)tube);
    if (count == 0 || (first < 0 && list->used + count > RESULT_HELD_MAX))
        return;
    if (first < 0) {
        list_grow(list, count);
        first = (int32_t)list->used;
        list->used += count;
        list->count[first] = (int32_t)count;
        memcpy(&list->item[first], people, count * sizeof *people);
        for (size_t place = 0; place < count; place++) {
            struct held *held = &list->item[(size_t)first + place];
            held->person = 0;
            held->next_of_person = -1;
            if (held->hash != 0)
                index_put(&list->receipts, held->hash, first + (int32_t)place);
        }
        index_put(&list->tubes, (uint64_t)tube, first);
    }
    for (size_t place = 0; place < count; place++) {
        struct held *held = held_place(list, tube, place);
        if (!held)
            return;
        held->state = people[place].state;
        held->known_ms = people[place].known_ms;
        held->resulted_ms = people[place].resulted_ms;
        held->area = people[place].area;
        held->told = false;
    }
}

struct held *held_place(struct held_list *list, int64_t tube, size_t place)
{
    int32_t first = index_get(&list->tubes, (uint64_t)tube);
    if (first < 0 || place >= (size_t)list->count[first])
        return NULL;
    return &list->item[(size_t)first + place];
}

const struct held *held_of_receipt(const struct held_list *list, uint64_t hash)
{
    int32_t at = index_get(&list->receipts, hash);
    return at < 0 ? NULL : &list->item[at];
}

void held_name(struct held_list *list, int64_t tube, int64_t slot, int64_t person)
{
    struct held *held = NULL;
    for (size_t place = 0; (held = held_place(list, tube, place)); place++)
        if (held->slot == slot)
            break;
    if (!held || held->person != 0)
        return; /* whose slot it is does not change */
    held->person = person;
    held->next_of_person = index_get(&list->people, (uint64_t)person);
    index_put(&list->people, (uint64_t)person, (int32_t)(held - list->item));
}

struct held *held_of_person(struct held_list *list, int64_t person)
{
    int32_t at = index_get(&list->people, (uint64_t)person);
    return at < 0 ? NULL : &list->item[at];
}

struct held *held_next(struct held_list *list, const struct held *held)
{
    return held->next_of_person < 0 ? NULL : &list->item[held->next_of_person];
}

struct held *held_at(struct held_list *list, size_t index)
{
    return &list->item[index];
}

size_t held_count(const struct held_list *list)
{
    return list->used;
}

int64_t held_bytes(const struct held_list *list)
{
    size_t per_index = sizeof(uint64_t) + sizeof(int32_t);
    return (int64_t)(list->size * (sizeof(struct held) + sizeof(int32_t)) +
                     (list->receipts.size + list->tubes.size + list->people.size) * per_index);
}
