#include "ledger/area_private.h"

#include <string.h>

const struct scope scope_everything = {.everything = true, .count = 1, .range = {{1, INT64_MAX}}};

bool scope_holds(const struct scope *scope, int64_t leaf)
{
    if (scope->everything)
        return true;
    int low = 0, high = scope->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (scope->range[middle].to < leaf)
            low = middle + 1;
        else
            high = middle;
    }
    return low < scope->count && scope->range[low].from <= leaf;
}

bool scope_covers(const struct scope *outer, const struct scope *inner)
{
    if (outer->everything)
        return true;
    if (inner->everything)
        return false;
    int o = 0;
    for (int i = 0; i < inner->count; i++) {
        while (o < outer->count && outer->range[o].to < inner->range[i].from)
            o++;
        if (o == outer->count || outer->range[o].from > inner->range[i].from ||
            outer->range[o].to < inner->range[i].to)
            return false;
    }
    return true;
}

void scope_meet(const struct scope *a, const struct scope *b, struct scope *ret)
{
    if (a->everything || b->everything) {
        struct scope copy = a->everything ? *b : *a;
        *ret = copy;
        return;
    }
    struct scope met = {0};
    int i = 0, j = 0;
    while (i < a->count && j < b->count && met.count < LIMIT_UNIT_RANGES) {
        const struct range *x = &a->range[i], *y = &b->range[j];
        int64_t from = x->from > y->from ? x->from : y->from;
        int64_t to = x->to < y->to ? x->to : y->to;
        if (from <= to)
            met.range[met.count++] = (struct range){from, to};
        if (x->to < y->to)
            i++;
        else
            j++;
    }
    *ret = met;
}

bool scope_add(struct scope *scope, struct range range)
{
    bh_assert(range.from <= range.to);
    if (scope->everything)
        return true;
    struct scope out = {0};
    int i = 0;
    while (i < scope->count && scope->range[i].to + 1 < range.from)
        out.range[out.count++] = scope->range[i++];
    for (; i < scope->count && scope->range[i].from <= range.to + 1; i++) {
        if (scope->range[i].from < range.from)
            range.from = scope->range[i].from;
        if (scope->range[i].to > range.to)
            range.to = scope->range[i].to;
    }
    if (out.count + 1 + scope->count - i > LIMIT_UNIT_RANGES)
        return false;
    out.range[out.count++] = range;
    while (i < scope->count)
        out.range[out.count++] = scope->range[i++];
    *scope = out;
    return true;
}

bool scope_remove(struct scope *scope, struct range range)
{
    bh_assert(!scope->everything);
    struct scope out = {0};
    for (int i = 0; i < scope->count; i++) {
        struct range had = scope->range[i];
        struct range parts[2] = {{had.from, had.to < range.from ? had.to : range.from - 1},
                                 {had.from > range.to ? had.from : range.to + 1, had.to}};
        if (had.to < range.from || had.from > range.to) {
            parts[0] = had;
            parts[1] = (struct range){1, 0};
        }
        for (int part = 0; part < 2; part++) {
            if (parts[part].from > parts[part].to)
                continue;
            if (out.count == LIMIT_UNIT_RANGES)
                return false;
            out.range[out.count++] = parts[part];
        }
    }
    *scope = out;
    return true;
}

bool scope_join(struct scope *into, const struct scope *more)
{
    if (into->everything)
        return true;
    if (more->everything) {
        *into = scope_everything;
        return true;
    }
    struct scope joined = *into;
    for (int i = 0; i < more->count; i++)
        if (!scope_add(&joined, more->range[i]))
            return false;
    *into = joined;
    return true;
}
