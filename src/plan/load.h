#ifndef BH_PLAN_LOAD_H
#define BH_PLAN_LOAD_H
/*
 * A rehearsal of the load of a round against a running server, so that a city knows before the first evening what its
 * machine carries.
 *
 * Open loop: requests have planned times that do not wait for answers, and a latency counts from the planned time, so a
 * server that stands still is charged for all who would have asked meanwhile. One thread, epoll, kept connections, one
 * request outstanding on each. It sends to the one address it is given and to nothing else, for as long and as often as
 * it is told.
 */
#include "base/arena.h"
#include "base/text.h"

#include <jansson.h>

enum {
    LOAD_SITES_MAX = 200,
    LOAD_STEPS_MAX = 8,
    LOAD_POOL_MAX = 20,
    LOAD_TOGETHER_MAX = 100,
    LOAD_CONNECTIONS_MAX = 60000,
    LOAD_DEVICES_MAX = 60000,
    LOAD_SECONDS_MAX = 86400,
    LOAD_RATE_MAX = 1000000,
    LOAD_ASIDE_MAX = 3,
};

/* Where to; numeric, so that nothing is asked of a name server. */
struct load_target {
    char address[64];
    int port;
    bool tls;
    const char *ca; /* PEM file; NULL: only a loopback address is believed without */
};

/* Who asks. One of: a session (cookie and CSRF token), an API token. */
struct load_caller {
    char cookie[160], csrf[80], token[160];
};

enum load_order {
    LOAD_DOOR,   /* lanes through the roll, one for each site, as people live */
    LOAD_RANDOM, /* people from all over the roll */
};

/* What is sampled: people of a roll in a round. */
struct load_people {
    int64_t round, residents;
    int64_t site[LOAD_SITES_MAX];
    int site_count;
    int pool;     /* people in one tube */
    int together; /* tubes in one request, 1 .. LOAD_TOGETHER_MAX; all of them of one site */
    enum load_order order;
    int document_percent;    /* so many are given by document number instead of slot */
    struct bh_str documents; /* one a line of equal length, in the order of slots */
    size_t document_line;
    uint64_t salt; /* of codes, keys and receipts: a run never meets another's */
    int64_t skip;  /* tubes that an earlier run has taken */
    int64_t seen;  /* so many of them were sampled with this salt: questions may be about them */
    bool receipts;
};

/* Questions beside the sampling. In path and body {slot} and {receipt} stand for those of somebody sampled in this run;
 * with a body it is a POST. */
struct load_aside {
    const char *name, *path, *body;
    int64_t per_second;
};

struct load_options {
    struct load_target to;
    struct load_caller caller;
    struct load_people people;
    int64_t persons_per_second; /* offered, at 1x; 0 = as fast as answers come (closed loop) */
    int times[LOAD_STEPS_MAX];  /* the ladder; ends with 0 */
    int seconds;                /* of each step */
    int connections, aside_connections;
    int64_t
        patience_ms; /* a request without a free connection waits so long, then it counts as unsent */
    int retries;     /* of a refused request, when its Retry-After has passed */
    struct load_aside aside[LOAD_ASIDE_MAX];
    int aside_count;
    bool
        forwarded; /* each question names another client, as a proxy does: for servers behind one */
    int idle, slow, broken; /* connections that say nothing, dribble, or break off */
    /* Phones that were offline and return: each with its own connection, a record after the other. */
    int devices, records, cut_percent;
    int64_t window_seconds; /* within which they return */
    bool english;           /* what is told */
    void (*told)(void *self,
                 const char *line); /* a line a second for whoever watches; NULL = silent */
    void *self;
};

/* Asks the server who it is: *ret_exercise whether its log is an exercise. */
BH_MUST_USE bool load_meet(const struct load_target *to, bool *ret_exercise, struct bh_err *err);
/* Logs in; fills the caller. */
BH_MUST_USE bool load_log_in(const struct load_target *to, const char *login, const char *password,
                             struct load_caller *ret, struct bh_err *err);
/* Sites of the round and people on its roll, where they were not given. */
BH_MUST_USE bool load_learn(struct load_options *options, struct bh_err *err);
/* Runs all steps. *ret: what came of it, as JSON (docs/load.md tells each member). */
BH_MUST_USE bool load_run(const struct load_options *options, json_t **ret, struct bh_err *err);

#endif
