#ifndef BH_API_METER_H
#define BH_API_METER_H
/* Counters of the edge. Written by one thread, read by another: each is atomic on its own. */
#include <stdatomic.h>
#include <stdint.h>

enum { METER_BUCKETS = 14, METER_CLASSES = 9 };

enum meter_class {
    METER_COMMAND,
    METER_QUERY,
    METER_SESSION,
    METER_META,
    METER_LIVE,
    METER_IMPORT,
    METER_FILE,
    METER_RESULT,
    METER_OTHER,
};

struct meter {
    atomic_ullong answers[METER_CLASSES][6];                /* by hundreds of the status */
    atomic_ullong bucket[METER_CLASSES][METER_BUCKETS + 1]; /* latency, the last is +Inf */
    atomic_ullong sum_us[METER_CLASSES];
    atomic_ullong shed; /* refused because of load */
    atomic_ullong commands_ok, commands_refused;
    atomic_ullong commits; /* batches the writer handed back */
    atomic_llong position;
    atomic_uint connections, streams;
};

extern const int64_t meter_bound_us[METER_BUCKETS]; /* upper bounds of the buckets */
extern const char *const meter_class_name[METER_CLASSES];

void meter_answer(struct meter *meter, enum meter_class class, int status, int64_t us);

#endif
