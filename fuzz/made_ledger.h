#ifndef BH_FUZZ_MADE_LEDGER_H
#define BH_FUZZ_MADE_LEDGER_H
/* What the edge reads of a ledger, without files: the real area tree, a vault whose key exists only here. */
#include "base/embedded.h"
#include "ledger/area.h"
#include "ledger/intake.h"
#include "ledger/vault.h"
#include "links.h"

static inline struct bh_str made_file(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    bh_assert(file != NULL);
    return (struct bh_str){(const char *)file->data, file->size};
}

static inline const struct ledger *made_ledger(void)
{
    static struct ledger ledger;
    static struct made_world made;
    struct bh_err err = {.code = BH_OK};
    if (ledger.areas)
        return &ledger;
    made_world_init(&made, 1, INT64_C(1647230400000));
    ledger.world = &made.world;
    ledger.zone_minutes = 480;
    ledger.catalogue = catalogue_new(all_links);
    struct areas_text text = {.divisions = made_file("rules/areas/divisions.csv"),
                              .units = made_file("rules/areas/units.csv"),
                              .aliases = made_file("rules/areas/aliases.csv"),
                              .population = made_file("rules/areas/population.csv")};
    bool ok = vault_open(NULL, true, ledger.world, &ledger.vault, &err) &&
              areas_new(&text, &ledger.areas, &err);
    bh_assert(ok);
    return &ledger;
}

/* The n-th command of all links, wrapping around. */
static inline const struct command *made_command(unsigned number, unsigned flags)
{
    const struct command *found[256];
    unsigned count = 0;
    for (const struct link *const *link = all_links; *link; link++)
        for (const struct command *command = (*link)->commands; command && command->name; command++)
            if ((command->flags & flags) == flags && count < 256)
                found[count++] = command;
    return count ? found[number % count] : NULL;
}

static inline const struct query *made_query(unsigned number)
{
    const struct query *found[256];
    unsigned count = 0;
    for (const struct link *const *link = all_links; *link; link++)
        for (const struct query *query = (*link)->queries; query && query->name; query++)
            if (count < 256)
                found[count++] = query;
    return count ? found[number % count] : NULL;
}
#endif
