#ifndef BH_API_RATE_H
#define BH_API_RATE_H
/*
 * Token buckets, one for each subject (an address, a receipt), in a table of fixed size: a crowd of subjects costs
 * no memory. Where four share a place the one with most tokens left gives way, so that losing a bucket only ever
 * forgives. One thread at a time.
 */
#include "base/arena.h"

struct rate;

struct rate_rule {
    int64_t every_us; /* one token comes back after this */
    int64_t burst;    /* tokens at most */
    size_t places;    /* buckets, a power of two */
};

struct rate *rate_new(const struct rate_rule *rule, const uint8_t key[16]);
void rate_free(struct rate *rate); /* NULL allowed */
/* Takes a token: 0. None left: microseconds until there is one. now_us: monotonic. */
int64_t rate_take(struct rate *rate, struct bh_str subject, int64_t now_us);

#endif
