#ifndef BH_API_EDGE_H
#define BH_API_EDGE_H
/*
 * The inside of the HTTP edge: one open ledger, the HTTP thread, a pool of reading workers, the writer.
 *
 * A call is a request on its way. On the HTTP thread its route is found and its session looked up among the
 * known ones; then a small command is parsed and handed to the writer at once, everything else goes to a
 * worker. One thread at a time owns a call.
 */
#include "api/http.h"
#include "api/json_read.h"
#include "api/meter.h"
#include "api/pressure.h"
#include "ledger/account.h"
#include "ledger/backup.h"
#include "ledger/ledger.h"
#include "ledger/permit.h"
#include "ledger/writer.h"
#include "os/thread.h"

#include <stdatomic.h>

struct edge;
struct call;
struct worker;

enum {
    SESSION_RECHECK_MS = 30000, /* a known session is looked up again after this */
    WORKERS_MAX = 16,
    AGAIN_MAX = 3, /* times a call begins anew because rights changed on its way */
};

/* Who asks: what the edge remembers of a session, or of an API token, between requests. */
struct caller {
    int64_t user;
    int64_t checked_ms; /* wall, when it was last looked up */
    uint64_t epoch;     /* of the grants */
    int grant_count;
    bool by_token;    /* API token: no cookie, so no CSRF check */
    bool must_change; /* nothing but a new password is of use */
    char csrf[ACCOUNT_CSRF];
    char token_scope[ACCOUNT_SCOPE_MAX + 1]; /* names an API token may use */
    uint8_t token_hash[32];
    struct grant grant[LIMIT_GRANTS];
};

struct route {
    enum http_method method;
    const char
        *path; /* under /api/v1, or whole when it begins with '/'; a trailing '*' takes the rest */
    enum {
        ROUTE_OPEN,    /* no session needed */
        ROUTE_SESSION, /* needs one */
    } access;
    enum priority priority;
    bool heavy; /* long work: never on all workers at once */
    /* On the HTTP thread; NULL = straight to `work`. Returns false to go on to `work`. */
    bool (*here)(struct call *call);
    void (*work)(struct worker *worker, struct call *call); /* on a worker */
};

struct call {
    struct edge *edge;
    struct http_request *request;
    const struct route *route;
    const char *rest;       /* of the path, where the route's '*' begins */
    struct caller *session; /* in the request's arena; NULL = none */
    int again;              /* times it was sent back, because rights had changed */
    bool session_new;       /* to be remembered by the HTTP thread */
    bool session_gone;      /* to be forgotten by the HTTP thread */
    bool sessions_clear;    /* all of them: grants or passwords changed */
    int64_t clear_user;     /* with sessions_clear: whose streams end, 0 = everybody's */
    int64_t cookie_ms; /* a phone's cookie outlives its browser until then; 0 = it ends with it */
    enum priority priority;
    int retry_seconds; /* of a refusal: at least so long */
    int64_t queued_us, started_us;
    struct submission submission;
    bool exporting;    /* counted in edge.exports until the answer was sent */
    const char *said;  /* after the commit, instead of the command's own answer; NULL = that one */
    struct call *next; /* in the worker queue */
    void *detail;
};

struct worker {
    struct edge *edge;
    struct thread thread;
    struct db *db;
};

/* Waiting calls by urgency. */
struct workers {
    struct worker worker[WORKERS_MAX];
    int count;
    struct lock lock;
    struct condition filled;
    struct call *first[PRIORITY_EXPORT + 1], *last[PRIORITY_EXPORT + 1];
    int waiting[PRIORITY_EXPORT + 1];
    int64_t average_us[PRIORITY_EXPORT + 1]; /* of work done, moving */
    int heavy_running, exports_running;
    bool stopping;
};

enum constant {
    CONSTANT_OPENAPI,
    CONSTANT_COMMANDS,
    CONSTANT_QUERIES,
    CONSTANT_EVENTS,
    CONSTANT_ENUMS,
    CONSTANT_COUNT,
};

struct session_table;
struct live;
struct ticker;
struct results;
struct kit_door;

struct edge {
    struct ledger *ledger;
    struct accounts *accounts;
    const struct catalogue *catalogue;
    const struct world *world;
    struct writer *writer;
    struct http_server *http;
    struct workers workers;
    struct session_table *sessions; /* HTTP thread only */
    struct live *live;
    struct ticker *ticker;
    struct results *results; /* for the public result page */
    struct kit_door *kits;   /* for people who tell their antigen tests */
    struct copier *copier;   /* NULL: nothing is copied anywhere */
    struct meter meter;
    struct pressure pressure;
    struct bh_buf constant[CONSTANT_COUNT]; /* answers that never change */
    char version_tag[24];       /* of everything that is constant while the process runs */
    atomic_ullong permit_epoch; /* of the grants, after the last commit */
    atomic_ullong messages;     /* given since the start: what changes without the log */
    atomic_llong clock_ms;      /* the log's clock, as last told by the ticker */
    atomic_bool ready, write_stopped;
    atomic_flag roll_import; /* one at a time: it holds a whole file */
    atomic_int exports;      /* lists written out that are being made or sent */
    struct http_request
        *committed; /* writer thread only: answered, handed over at the end of the batch */
};

/* --- calls.c: answering --- */
/* RFC 9457 problem. MISSING is always the same text: what is unknown and what is forbidden look alike. */
void call_fail(struct call *call, const struct bh_err *err);
void call_fail_as(struct call *call, const struct bh_err *err,
                  int status); /* where HTTP knows more */
/* Appends the object that a refusal is answered with. */
void problem_write(struct bh_buf *out, const struct bh_err *err, int status,
                   const char *request_id);
void call_missing(struct call *call);
/* Answers with a JSON value, whose reference is taken. */
void call_json(struct call *call, int status, json_t *value);
void call_text(struct call *call, const char *type, struct bh_str text); /* constant text */
/* Answers 304 when the client's If-None-Match has this tag; else adds the ETag header. */
bool call_unchanged(struct call *call, const char *tag);
/* Reads the body as one JSON object; answers with a problem and returns NULL when it is none. */
json_t *call_body(struct call *call);
int64_t edge_wall(const struct edge *edge);
int64_t edge_mono(const struct edge *edge);
int64_t edge_now(const struct edge *edge); /* the log's clock, any thread */
/* Where the call's user may do or see the named thing. */
void call_scope_command(const struct call *call, const char *command, struct scope *ret);
void call_scope_query(const struct call *call, const char *query, struct scope *ret);
void session_scope_query(const struct edge *edge, const struct caller *session, const char *query,
                         struct scope *ret);
bool scope_is_empty(const struct scope *scope);

/* --- workers.c --- */
BH_MUST_USE bool workers_start(struct edge *edge, int count, struct bh_err *err);
void workers_stop(struct edge *edge);
/* Holds the request and queues it; over the bound of waiting time it is answered 503 at once. */
void workers_take(struct call *call);
/* Any thread, for a held call: once more from the look at its session on. */
void workers_again(struct call *call);
/* Worker thread: hands an answered call back to the HTTP thread. */
void call_finish(struct call *call);

/* --- dispatch.c --- */
void edge_handle(void *self, struct http_request *request);
void edge_sending(void *self, struct http_request *request);
void edge_ended(void *self, struct http_request *request);
size_t edge_body_max(void *self, struct http_request *request);
/* 503 with a Retry-After that differs from client to client, so that they do not come back together. */
void call_busy(struct call *call, const char *zh, const char *en);

/* Of the phone page, from its header X-Bihuan-Protocol: 0 = none given, -1 = one that is not served here. */
int phone_protocol(struct http_request *request);

/* --- command_route.c --- */
bool command_here(struct call *call);
void command_work(struct worker *worker, struct call *call);
/* A command that another route made of its request: fills the submission, or answers and returns false. scope and what
 * json holds must live as long as the request. Without a session nobody is the actor, and the route itself has to know
 * that the command may be done: scope NULL. */
bool command_take(struct call *call, const struct command *command, const struct scope *scope,
                  const json_t *json);
/* Worker thread, last: to the writer, who answers. */
void command_send(struct call *call);
void edge_batch_done(void *self); /* writer thread */

/* After the commit, on the writer thread: told to whoever counts or follows. */
void command_decided(struct edge *edge, const struct submission *submission);
/* The writer had no room. */
void command_refuse(struct call *call);
/* 32 hex digits, as in the header Idempotency-Key; field: where they stood. */
BH_MUST_USE bool command_key(struct bh_str text, const char *field, struct submission *submission,
                             struct bh_err *err);
/* Whose and by which rights, once the command itself was read. */
void command_by(struct call *call, const struct scope *scope, struct submission *submission);

/* --- batch_route.c --- */
void batch_work(struct worker *worker, struct call *call);

/* --- query_route.c --- */
void query_work(struct worker *worker, struct call *call);

/* --- import_route.c --- */
void import_work(struct worker *worker, struct call *call);
/* --- roll_route.c: list_residents, which is not flat --- */
void roll_import_work(struct worker *worker, struct call *call);
void template_work(struct worker *worker, struct call *call);

/* --- plate_route.c: files of analysers --- */
void plate_sheet_work(struct worker *worker, struct call *call);
void plate_results_work(struct worker *worker, struct call *call);

/* --- sheet_out.c --- */
/* A workbook with one sheet of texts; cell(self, row, column) gives them. Fills out (initialised here). */
BH_MUST_USE bool sheet_xlsx(const char *name, size_t rows, size_t columns,
                            struct bh_str (*cell)(void *self, size_t row, size_t column),
                            void *self, struct bh_buf *out, struct bh_err *err);

/* --- meta.c, openapi.c --- */
bool meta_here(struct call *call);
void meta_work(struct worker *worker, struct call *call);
bool openapi_here(struct call *call);
void meta_make(struct edge *edge);
void openapi_make(const struct catalogue *catalogue, struct bh_buf *out);

/* --- session_route.c: who asks --- */
/* The token of the header or the cookie; empty when there is none. */
struct bh_str token_of(struct http_request *request, bool *ret_by_token);
void token_digest(struct bh_str token, uint8_t out[32]);
/* Fills call->session; without one, or without the right CSRF token, the call is answered. */
void session_load(struct worker *worker, struct call *call);
bool session_check(struct call *call); /* CSRF; false when answered */
/* Inside a snapshot: grants anew when they changed since the session was looked up. */
BH_MUST_USE bool session_refresh(struct worker *worker, struct call *call, int64_t now_ms,
                                 struct bh_err *err);
/* Makes call->session from a fresh account session. */
BH_MUST_USE bool session_take(struct worker *worker, struct call *call,
                              const struct session *session, struct bh_str token,
                              struct bh_err *err);
/* The object that login and GET /session answer with. */
void session_answer(struct worker *worker, struct call *call);
void session_work(struct worker *worker, struct call *call);
/* A row of the access log, durable when true. area (leaf), person: 0 = none; typed: what the user typed, sealed
 * first. */
BH_MUST_USE bool access_note(struct call *call, int64_t user, int64_t area, int64_t person,
                             const char *action, const char *detail, struct bh_str typed,
                             enum bh_code outcome, struct bh_err *err);
/* The cookie; an empty token takes it away. */
void cookie_set(struct call *call, const char *token);

/* --- login_route.c --- */
void login_work(struct worker *worker, struct call *call);
void logout_work(struct worker *worker, struct call *call);
void password_work(struct worker *worker, struct call *call);
void account_work(struct worker *worker, struct call *call);
void wipe_work(struct worker *worker, struct call *call);
void token_work(struct worker *worker, struct call *call);
void token_end_work(struct worker *worker, struct call *call);

/* --- first_run_route.c --- */
void first_run_view_work(struct worker *worker, struct call *call);
void first_run_work(struct worker *worker, struct call *call);
/* A one-time link for the first administrator, while nobody has a login. */
BH_MUST_USE bool first_run_token(struct edge *edge, char out[ACCOUNT_TOKEN], bool *ret_wanted,
                                 struct bh_err *err);

/* --- session_table.c: HTTP thread only --- */
struct session_table *session_table_new(void);
void session_table_free(struct session_table *table);
const struct caller *session_table_find(struct session_table *table, const uint8_t token_hash[32],
                                        int64_t wall_ms);
void session_table_put(struct session_table *table, const struct caller *session);
void session_table_drop(struct session_table *table, const uint8_t token_hash[32]);
void session_table_clear(struct session_table *table);

/* --- health_route.c --- */
bool health_here(struct call *call);
bool ready_here(struct call *call);
void metrics_work(struct worker *worker, struct call *call);

/* --- live_route.c --- */
void live_work(struct worker *worker, struct call *call);
BH_MUST_USE bool live_start(struct edge *edge, struct bh_err *err);
void live_stop(struct edge *edge);
void live_tick(struct edge *edge);                                /* HTTP thread */
void live_ended(struct edge *edge, struct http_request *request); /* HTTP thread */
/* HTTP thread: ends the streams of one session (token_hash), else of one user, 0 = all. */
void live_cut(struct edge *edge, const uint8_t *token_hash, int64_t user);

/* --- result_route.c: the public result page --- */
bool result_here(struct call *call);
void result_work(struct worker *worker, struct call *call);
bool result_code_here(struct call *call);
BH_MUST_USE bool results_start(struct edge *edge, struct bh_err *err);
void results_stop(struct edge *edge);
struct result_answer;
struct result_figures;
/* True when the outbreak's key is gone: nothing is told any more. */
bool results_closed(const struct edge *edge);
void result_send(struct call *call, const struct result_answer *answer);
struct rate;
/* Takes a token for the subject, for the address (of IPv6 the /64). False when answered. */
bool call_limit(struct call *call, struct rate *rate, struct bh_str subject);
bool call_limit_address(struct call *call, struct rate *rate);
void results_figures(struct edge *edge, struct result_figures *ret, bool *ret_caught_up);

/* --- result_code_route.c: the second door, a document number and a one-time code --- */
struct code_desk;
BH_MUST_USE bool code_desk_start(struct edge *edge, struct code_desk **ret, struct bh_err *err);
void code_desk_stop(struct code_desk *desk); /* NULL allowed */
/* HTTP thread: answers, and has a code drawn and sent if there is somebody to send it to. */
void code_desk_ask(struct code_desk *desk, struct call *call, const json_t *json);
/* What the person of the document may be told, for the right code. */
BH_MUST_USE bool result_by_code(struct worker *worker, struct call *call, const json_t *json,
                                struct result_answer *ret, struct bh_err *err);

/* --- message_route.c --- */
void message_told_work(struct worker *worker, struct call *call);

/* --- antigen_route.c: antigen tests told by whoever holds the kit --- */
void kit_door_start(struct edge *edge);
void kit_door_stop(struct edge *edge);
bool kit_here(struct call *call);
void kit_work(struct worker *worker, struct call *call);
void antigen_work(struct worker *worker, struct call *call);

/* --- reveal_route.c: what leaves only with a reason, and is noted --- */
void reveal_work(struct worker *worker, struct call *call);
void resident_work(struct worker *worker, struct call *call);
void antigen_photo_work(struct worker *worker, struct call *call);
void incident_photo_work(struct worker *worker, struct call *call);

/* --- file_route.c --- */
void file_answer(struct call *call);

#endif
