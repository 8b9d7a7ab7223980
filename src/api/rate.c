#include "api/rate.h"

#include <sodium.h>
#include <string.h>

enum { WAYS = 4 };

struct bucket {
    uint64_t subject; /* keyed hash: nobody can aim at another one's place */
    int64_t full_us;  /* when all tokens are back */
};

struct rate {
    struct rate_rule rule;
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct bucket *bucket;
};

struct rate *rate_new(const struct rate_rule *rule, const uint8_t key[16])
{
    struct rate *rate = bh_alloc(sizeof *rate);
    bh_assert(rule->places >= WAYS && (rule->places & (rule->places - 1)) == 0);
    rate->rule = *rule;
    memcpy(rate->key, key, sizeof rate->key);
    rate->bucket = bh_alloc(rule->places * sizeof *rate->bucket);
    return rate;
}

void rate_free(struct rate *rate)
{
    if (!rate)
        return;
    bh_free(rate->bucket);
    bh_free(rate);
}

int64_t rate_take(struct rate *rate, struct bh_str subject, int64_t now_us)
{
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t hash = 0;
    (void)crypto_shorthash(out, (const unsigned char *)(subject.len ? subject.at : ""), subject.len,
                           rate->key);
    memcpy(&hash, out, sizeof hash);
    struct bucket *set = &rate->bucket[hash & (rate->rule.places - 1) & ~(size_t)(WAYS - 1)];
    struct bucket *mine = &set[0];
    for (int way = 0; way < WAYS && mine->subject != hash; way++)
        if (set[way].subject == hash || set[way].full_us < mine->full_us)
            mine = &set[way];
    if (mine->subject != hash)
        *mine = (struct bucket){.subject = hash};
    int64_t full_us = mine->full_us > now_us ? mine->full_us : now_us;
    int64_t over_us =
        full_us + rate->rule.every_us - now_us - rate->rule.burst * rate->rule.every_us;
    if (over_us > 0)
        return over_us;
    mine->full_us = full_us + rate->rule.every_us;
    return 0;
}
