#include "plan/load_private.h"

#include <stdio.h>

/* Below 64 us one bucket each; above, 64 buckets a doubling. */
static size_t bucket_of(int64_t us)
{
    uint64_t value = us < 1 ? 1 : (uint64_t)us;
    int top = 63 - __builtin_clzll(value);
    if (top < 6)
        return (size_t)value;
    size_t bucket = (size_t)(top - 5) * 64 + (size_t)((value >> (top - 6)) & 63);
    return bucket < LOAD_BUCKETS ? bucket : LOAD_BUCKETS - 1;
}

/* The upper end: a latency is never told shorter than it was. */
static int64_t bucket_us(size_t bucket)
{
    if (bucket < 64)
        return (int64_t)bucket;
    int top = (int)(bucket / 64) + 5;
    return (int64_t)(((UINT64_C(64) + bucket % 64 + 1) << (top - 6)) - 1);
}

void load_time_note(struct load_times *times, int64_t us)
{
    times->count[bucket_of(us)]++;
    times->all++;
    if (us > times->longest_us)
        times->longest_us = us;
}

double load_time_ms(const struct load_times *times, double share)
{
    int64_t wanted = (int64_t)((double)times->all * share), seen = 0;
    if (times->all == 0)
        return 0;
    for (size_t i = 0; i < LOAD_BUCKETS; i++) {
        seen += times->count[i];
        if (seen > wanted || seen == times->all) {
            int64_t us = bucket_us(i);
            return (double)(us < times->longest_us ? us : times->longest_us) / 1e3;
        }
    }
    return (double)times->longest_us / 1e3;
}

static json_t *times_json(const struct load_times *times)
{
    return json_pack("{s:f, s:f, s:f}", "p50_ms", load_time_ms(times, 0.5), "p99_ms",
                     load_time_ms(times, 0.99), "max_ms", (double)times->longest_us / 1e3);
}

json_t *load_figures_json(const struct load_figures *figures, double seconds)
{
    json_t *json = json_pack(
        "{s:s, s:f, s:f, s:f, s:o, s:o}", "name", figures->name, "offered_per_s",
        (double)figures->planned / seconds, "accepted_per_s", (double)figures->accepted / seconds,
        "persons_per_s", (double)figures->persons / seconds, "accepted_ms",
        times_json(&figures->accepted_times), "refused_ms", times_json(&figures->refused_times));
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {
        {"planned", figures->planned},   {"sent", figures->sent},
        {"accepted", figures->accepted}, {"persons", figures->persons},
        {"refused", figures->refused},   {"wrong", figures->wrong},
        {"failed", figures->failed},     {"unsent", figures->unsent},
        {"retried", figures->retried},   {"retried_accepted", figures->retried_accepted},
        {"given_up", figures->given_up}, {"bytes", figures->bytes},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        (void)json_object_set_new(json, counts[i].name, json_integer(counts[i].value));
    if (figures->wrong > 0)
        (void)json_object_set_new(json, "first_wrong", json_string(figures->first_wrong));
    return json;
}

void load_wrong_note(struct load_figures *figures, int status, struct bh_str body)
{
    size_t most = sizeof figures->first_wrong - 16;
    if (figures->wrong++ == 0)
        (void)snprintf(figures->first_wrong, sizeof figures->first_wrong, "%d %.*s", status,
                       (int)(body.len < most ? body.len : most), body.at ? body.at : "");
}
