#ifndef BH_LEDGER_LEDGER_H
#define BH_LEDGER_LEDGER_H
/*
 * The open log of one data folder and its single writer. Everything that changes goes through
 * ledger_commit: one transaction for all commands given, decided one after the other.
 *
 * Threads: one thread at a time may call ledger_commit and ledger_tick (the writer thread of writer.h, or a
 * command line verb). Readers use their own connections.
 */
#include "ledger/log.h"
#include "os/world.h"

struct plans; /* ledger/plan.h */
struct areas; /* ledger/area.h */
struct vault; /* ledger/vault.h */
struct roles; /* ledger/permit.h */

struct ledger {
    const struct catalogue *catalogue;
    const struct world *world;
    struct db *db; /* the writer's connection */
    struct log_head head;
    struct areas *areas;
    struct plans *plans;
    struct vault *vault;
    struct duty_engine *duty; /* owned by duty.h; NULL until first used */
    struct roles *roles;
    uint64_t permit_epoch;  /* moves with each change of grants */
    bool exercise;          /* the clock below may be driven; for ever */
    int zone_minutes;       /* the outbreak's zone */
    int64_t clock_ms;       /* exercise: the log's clock now; live: unused */
    int64_t epoch;          /* of the last restore, 0 = never restored; clients compare it */
    bool short_of_space;    /* the room kept ahead is gone: commands are refused until it is back */
    int64_t space_tried_us; /* when it was last asked for */
    int64_t ticked_ms;      /* exercise: when a command last made the ticker look */
    bool stopped;           /* a sync or write failed: refuse until restarted */
    struct bh_err stopped_why;
    int lock; /* handle of the folder's lock, -1 = read only */
    char name[128];
    char folder[4096];
    char path[4200]; /* of the log's database */
};

struct ledger_options {
    const struct world *world;
    const struct catalogue *catalogue;
    bool create;      /* make the folder when it is not there */
    bool exercise;    /* with create: exercise folder */
    const char *name; /* with create: what the log is called */
    int64_t start_ms; /* with create and exercise: the clock's start */
    int zone_minutes; /* with create */
    int64_t seed;     /* with create: written into the first event, 0 = none */
    bool read_only;   /* do not take the writer's lock; ledger_commit is not allowed */
};

BH_MUST_USE bool ledger_open(const char *folder, const struct ledger_options *options,
                             struct ledger **ret, struct bh_err *err);
void ledger_close(struct ledger *ledger); /* NULL allowed */

/* Filling a new folder with what can be made again (exercises): until ledger_fill_end nothing is durable and the
 * engine keeps no journal, which saves a fifth of the time. A mark in the folder says so; where it is left (killed,
 * full disk, no power) the folder is refused from then on, because its database may be half written. */
BH_MUST_USE bool ledger_fill_begin(struct ledger *ledger, struct bh_err *err);
BH_MUST_USE bool ledger_fill_end(struct ledger *ledger, struct bh_err *err);
/* CONFLICT when the filling of this folder goes on, or was cut off. */
BH_MUST_USE bool ledger_is_filled(const char *folder, struct bh_err *err);

/* The log's clock: never behind the last record. */
int64_t ledger_now(const struct ledger *ledger);
/* Exercise folders only: puts the clock (never back). */
void ledger_set_clock(struct ledger *ledger, int64_t now_ms);
/* Reads all adopted plan layers again, in place of those that are loaded. */
BH_MUST_USE bool ledger_load_plans(struct ledger *ledger, struct bh_err *err);
/* Path of the log's database, for read connections. */
const char *ledger_path(const struct ledger *ledger);

/* One command on its way. The submitter owns everything and keeps it until `done`. */
struct submission {
    const struct command *command;
    const void *body;    /* the record's struct */
    int64_t occurred_ms; /* BH_NONE = now */
    int64_t actor;       /* user number; 0 = the system */
    const struct scope
        *scope; /* where the actor may do this; NULL = everywhere (system, command line) */
    uint64_t permit_epoch; /* of scope; rechecked by the writer when permissions changed since */
    uint8_t key[LOG_KEY];  /* idempotency key; first six bytes: ms since 1970, big endian */
    bool has_key;
    uint8_t request[LOG_REQUEST]; /* hash of the request's bytes and name */
    int64_t
        clock_ms; /* exercise folders: the log's clock reaches this first, with what falls due; 0 = as is */

    /* Filled by the writer. */
    bool ok;
    struct bh_err err;
    int64_t first, last; /* positions of its events */
    char *answer;        /* JSON, allocated in `arena` */
    struct bh_arena *arena;

    void (*done)(
        struct submission *submission); /* called by writer.h after the commit; NULL allowed */
    void *owner;
    struct submission *next;
};

/* Decides and records all of them in one transaction; each submission says how it went. Returns false only
 * when nothing could be made durable (each submission then carries the reason). */
bool ledger_commit(struct ledger *ledger, struct submission **list, size_t count,
                   struct bh_err *err);

/* One transaction in parts, where the number that one command gives is needed to make the next one (exercises).
 * Nothing is durable, and nobody may be answered, before ledger_batch_commit, which must follow in any case. */
struct ledger_batch {
    struct bh_arena arena;
    struct log_head head; /* before the batch */
    bool broken;          /* the transaction can only be rolled back */
    struct bh_err why;    /* when broken */
};
BH_MUST_USE bool ledger_batch_begin(struct ledger *ledger, struct ledger_batch *batch,
                                    struct bh_err *err);
/* Decides and records one command; the submission says how it went. False when the batch is broken. */
bool ledger_batch_run(struct ledger *ledger, struct ledger_batch *batch,
                      struct submission *submission);
BH_MUST_USE bool ledger_batch_commit(struct ledger *ledger, struct ledger_batch *batch,
                                     struct bh_err *err);

/* Lets the log's clock reach now_ms: overdue duties, escalations, shift ends become events. At most `limit`
 * events a call; *ret_more tells that another call is due. */
BH_MUST_USE bool ledger_tick(struct ledger *ledger, int64_t now_ms, int limit, bool *ret_more,
                             struct bh_err *err);

#endif
