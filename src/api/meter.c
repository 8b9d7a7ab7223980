#include "api/meter.h"

const int64_t meter_bound_us[METER_BUCKETS] = {500,     1000,    2500,    5000,    10000,
                                               25000,   50000,   100000,  250000,  500000,
                                               1000000, 2500000, 5000000, 10000000};

const char *const meter_class_name[METER_CLASSES] = {"command", "query", "session", "meta", "live",
                                                     "import",  "file",  "result",  "other"};

void meter_answer(struct meter *meter, enum meter_class class, int status, int64_t us)
{
    int hundred = status / 100 >= 1 && status / 100 <= 5 ? status / 100 : 0;
    int bucket = 0;
    while (bucket < METER_BUCKETS && us > meter_bound_us[bucket])
        bucket++;
    atomic_fetch_add_explicit(&meter->answers[class][hundred], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&meter->bucket[class][bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&meter->sum_us[class], (unsigned long long)(us < 0 ? 0 : us),
                              memory_order_relaxed);
}
