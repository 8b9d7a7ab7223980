#include "api/pressure.h"

enum { LOOK_MS = 200, FALL_MS = 1000, NONE = PRIORITY_EXPORT + 1 };

void pressure_init(struct pressure *pressure)
{
    *pressure = (struct pressure){0};
    atomic_store(&pressure->readers, NONE);
}

void pressure_note(struct pressure *pressure, enum priority refused)
{
    int class = atomic_load_explicit(&pressure->readers, memory_order_relaxed);
    while ((int)refused < class &&
           !atomic_compare_exchange_weak(&pressure->readers, &class, (int)refused))
        continue;
}

/* The level at which this class, and all that is less urgent, is refused. */
static int level_of(int class)
{
    int level = NONE - class;
    return level > PRESSURE_LEVEL_MAX ? PRESSURE_LEVEL_MAX : level;
}

bool pressure_is_due(const struct pressure *pressure, int64_t now_ms)
{
    return now_ms - pressure->looked_ms >= LOOK_MS;
}

void pressure_look(struct pressure *pressure, int writer, int64_t now_ms)
{
    int readers = atomic_exchange(&pressure->readers, NONE);
    int wanted = level_of(writer < readers ? writer : readers);
    int level = atomic_load(&pressure->level);
    int lasting = wanted < pressure->before ? wanted : pressure->before;
    pressure->before = wanted;
    pressure->looked_ms = now_ms;
    if (wanted >= level)
        pressure->fell_ms = now_ms; /* no relief yet */
    if (lasting > level) {
        atomic_store(&pressure->level, lasting);
    } else if (now_ms - pressure->fell_ms >= FALL_MS) {
        pressure->fell_ms = now_ms;
        atomic_store(&pressure->level, level - 1);
    }
}

int pressure_level(const struct pressure *pressure)
{
    return atomic_load_explicit(&pressure->level, memory_order_relaxed);
}

bool pressure_refuses(const struct pressure *pressure, enum priority priority)
{
    return (int)priority > PRIORITY_EXPORT - pressure_level(pressure);
}
