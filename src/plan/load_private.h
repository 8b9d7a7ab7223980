#ifndef BH_PLAN_LOAD_PRIVATE_H
#define BH_PLAN_LOAD_PRIVATE_H
/* Shared by the files load_*.c only. */
#include "os/world.h"
#include "plan/load.h"

/* ---- load_plan.c: what the k-th request is; pure ---- */

enum { LOAD_KEY_HEX = 33, LOAD_BODY_MAX = 4096, LOAD_BODIES_MAX = 256 << 10 };

/* Tubes there are for these people; the k-th is 0 .. count - 1. */
int64_t load_tube_count(const struct load_people *people);
/* The i-th tube of the k-th request. */
int64_t load_tube_of(const struct load_people *people, int64_t request, int i);
/* The first request with tubes that come after so many. */
int64_t load_request_after(const struct load_people *people, int64_t tubes);
/* Slot of the i-th person of the k-th tube. */
int64_t load_slot(const struct load_people *people, int64_t tube, int i);
int64_t load_receipt(const struct load_people *people, int64_t slot);
void load_tube_body(const struct load_people *people, int64_t tube, struct bh_buf *out);
/* The idempotency key: begins with its time, is the same when the request is sent again. */
void load_tube_key(const struct load_people *people, int64_t tube, int64_t at_ms,
                   char ret[LOAD_KEY_HEX]);
/* {slot} and {receipt} filled in. */
void load_path_fill(const struct load_people *people, const char *path, int64_t slot,
                    struct bh_buf *out);
uint64_t load_mix(uint64_t value);

/* ---- load_figures.c ---- */

enum { LOAD_BUCKETS = 64 * 28 };

/* Latencies in buckets a sixty-fourth of a doubling wide. */
struct load_times {
    uint32_t count[LOAD_BUCKETS];
    int64_t all, longest_us;
};
void load_time_note(struct load_times *times, int64_t us);
double load_time_ms(const struct load_times *times, double share);

/* What became of one kind of request during one step. */
struct load_figures {
    const char *name;
    int64_t planned, sent, accepted, refused, wrong, failed, unsent, retried, retried_accepted,
        given_up, persons, bytes;
    struct load_times accepted_times, refused_times;
    char first_wrong[480];
};
struct load_wire;
/* An answer that is neither yes nor busy; the first one is kept to be shown. */
void load_wrong_note(struct load_figures *figures, int status, struct bh_str body);
json_t *load_figures_json(const struct load_figures *figures, double seconds);

/* ---- load_wire.c: connections ---- */

struct gnutls_session_int;

enum load_wire_state { WIRE_CLOSED, WIRE_CONNECTING, WIRE_SHAKING, WIRE_READY, WIRE_BUSY };

struct load_wire {
    int fd;
    enum load_wire_state state;
    struct gnutls_session_int *tls;
    struct bh_buf out;
    size_t sent;
    /* The answer being read: its head is kept, its body only counted. */
    struct bh_buf in;
    bool head_done, close_after;
    size_t head_len;
    int64_t body_left;
    int status, retry_after_s, load_level;
    int64_t got;
    bool keep_body;     /* for whoever wants to read it: head and body stay apart */
    bool keep_answer;   /* the body of a yes, too: of several commands in one request */
    struct bh_buf head; /* then */
};

struct load_wires {
    struct load_target to;
    struct gnutls_certificate_credentials_st *credentials;
    int poll;
};

enum load_event {
    LOAD_NOTHING,
    LOAD_OPENED, /* ready for the first request */
    LOAD_ANSWER, /* a whole answer is in */
    LOAD_BROKEN, /* the connection is gone; the wire is closed */
};

BH_MUST_USE bool load_wires_open(struct load_wires *wires, const struct load_target *to,
                                 struct bh_err *err);
void load_wires_close(struct load_wires *wires);
/* Begins to connect; `owner` comes back with each event of epoll. */
bool load_wire_open(struct load_wires *wires, struct load_wire *wire, void *owner);
void load_wire_close(struct load_wire *wire);
void load_wire_free(struct load_wire *wire);
/* Sends what is in wire->out. False: the connection broke. */
bool load_wire_send(struct load_wire *wire);
/* After epoll told of it. May have to be asked again while it gives something else than nothing. */
enum load_event load_wire_event(struct load_wire *wire);
/* Body of the answer that is in, where it was kept: those of failures are. */
struct bh_str load_wire_body(const struct load_wire *wire);
/* One exchange, waiting for it: GET when body is NULL, else POST. */
BH_MUST_USE bool load_ask(const struct load_target *to, const struct load_caller *caller,
                          const char *path, const char *body, struct load_wire *ret,
                          struct bh_err *err);
/* GET, or POST when there is a body. */
struct load_request {
    const char *path, *key, *client; /* key and client may be NULL */
    struct bh_str body;
};
void load_request(const struct load_target *to, const struct load_caller *caller,
                  const struct load_request *request, struct bh_buf *out);

/* ---- the parts of a run ---- */

struct load_run {
    const struct load_options *options;
    struct load_wires wires;
    const struct world *world;
    int64_t started_us, started_wall_ms;
    int64_t next_request;
    int64_t sampled_tubes; /* for questions about somebody sampled */
    int level_max;
    int64_t told_us;
};
int64_t load_now_us(const struct load_run *run);
/* sample_tube for the tubes of these numbers; at_ms: time in their keys. */
void load_tube_request(const struct load_run *run, const int64_t *tubes, int count, int64_t at_ms,
                       struct bh_buf *out);
/* Of so many tubes in the request, how many this answer of status 200 takes; the others are noted as wrong. */
int load_tubes_taken(const struct load_run *run, const struct load_wire *wire, int count,
                     struct load_figures *figures);

/* load_streams.c: one step of the ladder. *ret takes the JSON of the step. */
BH_MUST_USE bool load_step(struct load_run *run, int times, json_t **ret, struct bh_err *err);

/* load_phones.c: all devices, until each has handed in everything or gave up. */
BH_MUST_USE bool load_phones(struct load_run *run, json_t **ret, struct bh_err *err);

/* load_unruly.c: beside a step. */
struct load_unruly;
BH_MUST_USE bool load_unruly_open(struct load_run *run, struct load_unruly **ret,
                                  struct bh_err *err);
void load_unruly_turn(struct load_unruly *unruly, int64_t now_us);
json_t *load_unruly_close(struct load_unruly *unruly);

#endif
