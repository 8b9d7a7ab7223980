#include "ledger/catalogue.h"

#include <stdio.h>
#include <string.h>

enum { KIND_MAX = 1000, NAME_SLOTS = 1024 };

struct name_slot {
    const char *name;
    const void *thing;
};

struct catalogue {
    const struct link *const *links;
    const struct event_kind *kinds[KIND_MAX];
    struct name_slot events[NAME_SLOTS], commands[NAME_SLOTS], queries[NAME_SLOTS];
};

static size_t name_hash(struct bh_str name)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.at[i]) * UINT64_C(1099511628211);
    return (size_t)(h >> 32) % NAME_SLOTS;
}

static const void *name_find(const struct name_slot *slots, struct bh_str name)
{
    for (size_t at = name_hash(name); slots[at].name; at = (at + 1) % NAME_SLOTS)
        if (bh_str_is(name, slots[at].name))
            return slots[at].thing;
    return NULL;
}

static void name_add(struct name_slot *slots, const char *name, const void *thing)
{
    size_t at = name_hash(bh_str_of(name));
    while (slots[at].name) {
        if (strcmp(slots[at].name, name) == 0) {
            (void)fprintf(stderr, "bihuan: bug: the name '%s' is taken twice\n", name);
            bh_unreachable("two things with one name");
        }
        at = (at + 1) % NAME_SLOTS;
    }
    slots[at] = (struct name_slot){name, thing};
}

static void add_link(struct catalogue *catalogue, const struct link *link)
{
    for (const struct event_kind *kind = link->events; kind && kind->number; kind++) {
        bh_assert(kind->number > 0 && kind->number < KIND_MAX);
        bh_assert(!catalogue->kinds[kind->number]);
        catalogue->kinds[kind->number] = kind;
        name_add(catalogue->events, kind->name, kind);
    }
    for (const struct command *command = link->commands; command && command->name; command++)
        name_add(catalogue->commands, command->name, command);
    for (const struct query *query = link->queries; query && query->name; query++)
        name_add(catalogue->queries, query->name, query);
}

/* Longest chain of reactions from a kind; a cycle is deeper than anything allowed. */
static int chain_depth(const struct catalogue *catalogue, int kind, int depth)
{
    int deepest = depth;
    bh_assert(depth <= LIMIT_REACTION_DEPTH);
    for (const struct link *const *link = catalogue->links; *link; link++)
        for (const struct reaction *r = (*link)->reactions; r && r->on; r++)
            for (int i = 0; r->on == kind && i < 6 && r->emits[i]; i++) {
                bh_assert(catalogue->kinds[r->emits[i]]);
                int below = chain_depth(catalogue, r->emits[i], depth + 1);
                deepest = below > deepest ? below : deepest;
            }
    return deepest;
}

struct catalogue *catalogue_new(const struct link *const *links)
{
    struct catalogue *catalogue = bh_alloc(sizeof *catalogue);
    catalogue->links = links;
    for (const struct link *const *link = links; *link; link++)
        add_link(catalogue, *link);
    for (int kind = 1; kind < KIND_MAX; kind++)
        if (catalogue->kinds[kind])
            (void)chain_depth(catalogue, kind, 0);
    return catalogue;
}

void catalogue_free(struct catalogue *catalogue)
{
    bh_free(catalogue);
}

const struct link *const *catalogue_links(const struct catalogue *catalogue)
{
    return catalogue->links;
}

const struct event_kind *catalogue_event(const struct catalogue *catalogue, int number)
{
    return number > 0 && number < KIND_MAX ? catalogue->kinds[number] : NULL;
}

const struct event_kind *catalogue_event_named(const struct catalogue *catalogue,
                                               struct bh_str name)
{
    return name_find(catalogue->events, name);
}

const char *catalogue_corrected_by(const struct catalogue *catalogue, int64_t kind)
{
    for (const struct link *const *link = catalogue->links; *link; link++)
        for (const struct correction *c = (*link)->corrections; c && c->kind; c++)
            if (c->kind == kind)
                return c->command;
    return NULL;
}

const struct command *catalogue_command(const struct catalogue *catalogue, struct bh_str name)
{
    return name_find(catalogue->commands, name);
}

const struct query *catalogue_query(const struct catalogue *catalogue, struct bh_str name)
{
    return name_find(catalogue->queries, name);
}
