#include "store/gather.h"

#include "base/arena.h"

#include <ctype.h>
#include <sqlite3.h>
#include <string.h>

enum {
    SUMS_MAX = 4096, /* different rows in one transaction: a rebuild is a single one */
    SLOTS = 8192,    /* twice that: a search ends soon */
    ARGUMENTS_MAX = 12,
    TEXTS_MAX = 2, /* of a key, */
    TEXT_MAX = 96, /* and so long together */
    TABLES_MAX = 24,
    NAMES_KNOWN =
        32, /* of a statement's mask: how many tables it was compared with, above the names themselves */
};

struct sum {
    const char *sql, *types;
    int64_t value[ARGUMENTS_MAX];
    char text[TEXT_MAX]; /* one after the other */
    uint8_t text_len[TEXTS_MAX];
    uint64_t hash;
};

struct table {
    const char *sql; /* where its name stands */
    const char *name;
    size_t len;
    bool makes_rows; /* an INSERT, not an UPDATE */
};

struct gather {
    struct sum sum[SUMS_MAX];
    size_t count;
    uint16_t slot[SLOTS]; /* number of a sum + 1, 0 = free */
    struct table table[TABLES_MAX];
    size_t table_count;
    uint32_t pending, pending_rows; /* bits of tables */
};

struct gather *gather_new(void)
{
    struct gather *gather = bh_alloc(sizeof *gather);
    memset(gather, 0, sizeof *gather);
    return gather;
}

void gather_free(struct gather *gather)
{
    bh_free(gather);
}

void gather_clear(struct gather *gather)
{
    if (gather->count > 0)
        memset(gather->slot, 0, sizeof gather->slot);
    gather->count = 0;
    gather->pending = 0;
    gather->pending_rows = 0;
}

bool gather_is_empty(const struct gather *gather)
{
    return gather->count == 0;
}

/* ---- tables ---- */

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Its place in the list, one more when it is new; TABLES_MAX: no room. */
static size_t table_of(struct gather *gather, const char *sql)
{
    for (size_t i = 0; i < gather->table_count; i++)
        if (gather->table[i].sql == sql)
            return i;
    bool makes_rows = strncmp(sql, "INSERT INTO ", 12) == 0;
    bh_assert(makes_rows || strncmp(sql, "UPDATE ", 7) == 0);
    if (gather->table_count == TABLES_MAX)
        return TABLES_MAX;
    struct table *table = &gather->table[gather->table_count];
    table->sql = sql;
    table->makes_rows = makes_rows;
    table->name = sql + (makes_rows ? 12 : 7);
    while (is_name(table->name[table->len]))
        table->len++;
    return gather->table_count++;
}

static bool names(const char *sql, const struct table *table)
{
    for (const char *at = sql; *at; at++) {
        if (!is_name(*at))
            continue;
        size_t len = 1;
        while (is_name(at[len]))
            len++;
        if (len == table->len && memcmp(at, table->name, len) == 0)
            return true;
        at += len - 1;
    }
    return false;
}

bool gather_concerns(const struct gather *gather, const char *sql, uint64_t *mask)
{
    if (gather->pending == 0)
        return false;
    size_t known = (size_t)(*mask >> NAMES_KNOWN);
    for (; known < gather->table_count; known++)
        if (names(sql, &gather->table[known]))
            *mask |= UINT64_C(1) << known;
    *mask = (*mask & UINT32_MAX) | (uint64_t)known << NAMES_KNOWN;
    bool only_rows = strncmp(sql, "SELECT 1 ", 9) == 0;
    return ((only_rows ? gather->pending_rows : gather->pending) & (uint32_t)*mask) != 0;
}

/* ---- sums ---- */

/* False when there are more arguments, or longer ones, than a sum holds. */
static bool sum_read(struct sum *sum, va_list args)
{
    uint64_t hash = (uint64_t)(uintptr_t)sum->sql;
    size_t texts = 0, used = 0;
    for (size_t i = 0; sum->types[i]; i++) {
        if (i == ARGUMENTS_MAX)
            return false;
        if (sum->types[i] != 's') {
            sum->value[i] = va_arg(args, int64_t);
        } else {
            struct bh_str text = va_arg(args, struct bh_str);
            bh_assert(texts < TEXTS_MAX);
            if (text.len > TEXT_MAX - used)
                return false;
            if (text.len > 0)
                memcpy(sum->text + used, text.at, text.len);
            used += text.len;
            sum->text_len[texts++] = (uint8_t)text.len;
            for (size_t b = 0; b < text.len; b++)
                hash = (hash ^ (unsigned char)text.at[b]) * UINT64_C(0x100000001b3);
        }
        if (sum->types[i] == 'i')
            hash = (hash ^ (uint64_t)sum->value[i]) * UINT64_C(0x9e3779b97f4a7c15);
    }
    sum->hash = hash ^ hash >> 32;
    return true;
}

static bool same_row(const struct sum *a, const struct sum *b)
{
    if (a->hash != b->hash || a->sql != b->sql ||
        memcmp(a->text_len, b->text_len, sizeof a->text_len) != 0 ||
        memcmp(a->text, b->text, sizeof a->text) != 0)
        return false;
    for (size_t i = 0; a->types[i]; i++)
        if (a->types[i] == 'i' && a->value[i] != b->value[i])
            return false;
    return true;
}

static void sum_join(struct sum *to, const struct sum *one)
{
    for (size_t i = 0; to->types[i]; i++) {
        int64_t value = one->value[i];
        if (to->types[i] == '+')
            to->value[i] += value;
        else if (to->types[i] == '<' ? value < to->value[i]
                                     : to->types[i] == '>' && value > to->value[i])
            to->value[i] = value;
    }
}

bool gather_take(struct gather *gather, const char *sql, const char *types, va_list args)
{
    struct sum one = {.sql = sql, .types = types};
    size_t table = table_of(gather, sql);
    if (table == TABLES_MAX || !sum_read(&one, args))
        return false;
    size_t at = (size_t)one.hash % SLOTS;
    for (; gather->slot[at] != 0; at = (at + 1) % SLOTS) {
        struct sum *sum = &gather->sum[gather->slot[at] - 1];
        if (same_row(sum, &one)) {
            sum_join(sum, &one);
            return true;
        }
    }
    if (gather->count == SUMS_MAX)
        return false;
    gather->sum[gather->count++] = one;
    gather->slot[at] = (uint16_t)gather->count;
    gather->pending |= UINT32_C(1) << table;
    if (gather->table[table].makes_rows)
        gather->pending_rows |= UINT32_C(1) << table;
    return true;
}

const char *gather_next(const struct gather *gather, size_t at)
{
    return at < gather->count ? gather->sum[at].sql : NULL;
}

void gather_bind(const struct gather *gather, size_t at, sqlite3_stmt *handle)
{
    const struct sum *sum = &gather->sum[at];
    const char *text = sum->text;
    size_t texts = 0;
    for (int i = 0; sum->types[i]; i++) {
        if (sum->types[i] != 's') {
            (void)sqlite3_bind_int64(handle, i + 1, sum->value[i]);
            continue;
        }
        (void)sqlite3_bind_text(handle, i + 1, text, sum->text_len[texts], SQLITE_STATIC);
        text += sum->text_len[texts++];
    }
}
