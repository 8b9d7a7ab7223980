#ifndef BH_API_PRESSURE_H
#define BH_API_PRESSURE_H
/*
 * How near the server is to its limit, as a level that everybody can see (/readyz, /metrics, the header
 * X-Bihuan-Load of every answer), and what is refused at which level, so that the urgent goes on:
 *
 *   0 all is taken   1 no exports and imports   2 no boards and lists either   3 nor look-ups: sampling and results only
 *
 * It follows what the two queues have room for. It rises when a lack of room lasts, falls by one a second.
 */
#include "ledger/link.h"

#include <stdatomic.h>

enum { PRESSURE_LEVEL_MAX = 3 };

struct pressure {
    atomic_int level;
    atomic_int
        readers; /* most urgent class the readers' queue had no room for since the last look */
    /* HTTP thread */
    int before; /* level wanted at the last look */
    int64_t looked_ms, fell_ms;
};

void pressure_init(struct pressure *pressure);
/* Any thread: the readers' queue had no room for this class. */
void pressure_note(struct pressure *pressure, enum priority refused);
/* False within a fifth of a second of the last look. */
bool pressure_is_due(const struct pressure *pressure, int64_t now_ms);
/* writer: what writer_refused_since told. */
void pressure_look(struct pressure *pressure, int writer, int64_t now_ms);
int pressure_level(const struct pressure *pressure);
bool pressure_refuses(const struct pressure *pressure, enum priority priority);

#endif
