#ifndef BH_LEDGER_EVENT_H
#define BH_LEDGER_EVENT_H
/*
 * Facts. An event kind has a permanent number and a version; what a stored version means never changes.
 * An old version is read by its own record and a pure upcaster to the present one.
 */
#include "base/record.h"

struct event_upcast {
    int version;                            /* the old version */
    const struct record *record;            /* how it was stored */
    void (*up)(const void *from, void *to); /* to the present version's struct (zeroed before) */
};

struct event_kind {
    int number;  /* 1..999, permanent */
    int version; /* of the present record */
    const char *name, *zh, *en;
    const struct record *record;
    const struct event_upcast *old; /* ends with version 0; NULL = none */
};

/* One event as stored. fields is the present version's struct, decoded. */
struct event {
    int64_t seq;         /* position in the log, from 1, no gaps */
    int64_t recorded_ms; /* the log's clock, never decreasing */
    int64_t occurred_ms; /* when it happened, as told */
    int64_t actor;       /* user number, 0 = the system itself */
    int64_t area;        /* leaf number, 0 = none */
    int64_t person;      /* 0 = none */
    int64_t cause;       /* the fact that caused it (reaction, duty engine), 0 = a command's own */
    int64_t command;     /* seq of the first event of the same command */
    struct bh_str key, request; /* idempotency key and request hash: a command's first event only */
    const struct event_kind *kind;
    const void *fields;
};

#endif
