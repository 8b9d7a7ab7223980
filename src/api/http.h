#ifndef BH_API_HTTP_H
#define BH_API_HTTP_H
/*
 * HTTP/1.1 over libmicrohttpd, behind our own thin header. One thread runs http_run: it reads requests,
 * calls `handle` for each when its body is complete, and sends answers. A handler answers at once
 * (http_answer) or holds the request (http_hold) and lets another thread answer and hand it back
 * (http_finish). A held request belongs to that other thread until it is handed back.
 *
 * The library's traps that shape this file, all measured on 0.9.75:
 *   - its own epoll thread stalls when exactly a multiple of 128 sockets is ready: we run our own loop
 *   - answering in the first call of its handler closes the connection: we answer after the body
 *   - stopping with a suspended connection aborts: http_run drains before it stops
 *   - a client that leaves while its request is held is noticed only afterwards
 *   - a request must be suspended before another thread may see it
 *   - it has no deadline for headers and no floor for the speed of a body: we look at every connection once a
 *     second and close the slow ones
 */
#include "api/query_string.h"
#include "base/arena.h"
#include "os/world.h"

struct http_server;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

enum {
    HTTP_HEADERS_MAX = 12, /* headers one answer may add */
    HTTP_HEADER_BYTES =
        16
        << 10, /* memory of one connection, wiped after each request, for request line, headers, first body bytes */
    HTTP_HEADER_SECONDS = 10,       /* a new connection must have sent its headers */
    HTTP_IDLE_SECONDS = 75,         /* a kept connection may be silent */
    HTTP_FLOOR_SECONDS = 10,        /* after which the floor holds */
    HTTP_FLOOR_BYTES = 512,         /* bytes a second, of a body coming or an answer going */
    HTTP_STREAM_BACKLOG = 64 << 10, /* unsent bytes after which a live stream is closed */
    HTTP_REQUEST_ID = 17,
};

struct http_header {
    const char *name, *value;
};

struct http_request {
    /* What was asked. Constant once `handle` is called. */
    enum http_method method;
    char id[HTTP_REQUEST_ID];
    const char *path; /* decoded, begins with '/'; NULL when the address cannot be read */
    struct query_string query;
    struct bh_err address_err; /* when path is NULL */
    struct bh_buf body;
    bool body_over;             /* larger than allowed; the body is empty then */
    char peer[64];              /* address of the client, of the proxy's client behind a proxy */
    bool secure;                /* came over TLS, ours or the proxy's */
    int64_t begun_us, ready_us; /* monotonic: headers read, body complete */

    /* Memory with the life of the request, wiped afterwards. */
    struct bh_arena arena;
    struct bh_buf out; /* for an answer made piece by piece */

    /* The answer. */
    int status;
    const char *type;
    struct bh_str content;
    struct http_header header[HTTP_HEADERS_MAX];
    size_t header_count;
    int64_t queue_us, work_us; /* shown in Server-Timing; 0 = not measured */
    bool streaming;            /* live stream: sent with http_stream_send */
    bool untimed;              /* no Server-Timing: how long it took is nobody's business */

    void *owner; /* of the handler; NULL at first */
    struct http_connection *connection;
    struct http_server *server;
    struct http_request *next, *before, *after; /* of http.c; next is free for a queue while held */
    int state;
    int64_t sending_ms, body_seen;
};

struct http_options {
    const struct world *world;
    const char *address;         /* numeric, IPv4 or IPv6 */
    int port;                    /* 0 = any free one */
    const char *cert, *key;      /* texts of the PEM files, NULL = no TLS */
    bool behind_proxy;           /* believe X-Forwarded-For and -Proto of a loopback peer */
    unsigned connections;        /* at most */
    unsigned connections_per_ip; /* 0 = no limit */
    void *self;
    /* Bytes of body this request may send; called once headers are there. */
    size_t (*body_max)(void *self, struct http_request *request);
    void (*handle)(void *self, struct http_request *request);
    /* About four times a second, and at once after http_wake. */
    void (*tick)(void *self);
    /* On the HTTP thread, before the answer is sent. */
    void (*sending)(void *self, struct http_request *request);
    /* Called when an answer was sent, or the client left: the last sight of a request. */
    void (*ended)(void *self, struct http_request *request);
};

/* Listens at once, so that the port can be told before the loop runs. */
BH_MUST_USE bool http_open(const struct http_options *options, struct http_server **ret,
                           struct bh_err *err);
int http_port(const struct http_server *server);
/* Runs until http_stop; then refuses new requests, lets held ones end, closes streams, returns. */
void http_run(struct http_server *server);
void http_stop(struct http_server *server); /* any thread, also a signal handler */
bool http_stopping(const struct http_server *server);
void http_wake(struct http_server *server);  /* any thread: have tick called soon */
void http_close(struct http_server *server); /* after http_run; NULL allowed */
unsigned http_connection_count(const struct http_server *server); /* HTTP thread */

/* NULL when not given. */
const char *http_header_get(struct http_request *request, const char *name);
/* Value of a cookie, valid as long as the request; empty when not given. */
struct bh_str http_cookie_get(struct http_request *request, const char *name);

/* Sets the answer. content must live as long as the request: in its arena, its out, or constant. */
void http_answer(struct http_request *request, int status, const char *type, struct bh_str content);
/* Adds a header; the value is copied. */
void http_answer_header(struct http_request *request, const char *name, const char *value);

/* HTTP thread, inside handle: no answer yet. From here on the request belongs to whoever finishes it. */
void http_hold(struct http_request *request);
/* Any thread: the answers of a list linked by `next` are in place. One wake-up for all. */
void http_finish(struct http_request *list);

/* After http_answer with empty content, by the request's owner: keep the connection as a stream. */
void http_stream_begin(struct http_request *request);
/* HTTP thread. A client too slow for what is sent is disconnected. */
void http_stream_send(struct http_request *request, struct bh_str text);
void http_stream_end(
    struct http_request *request); /* HTTP thread: after what is still to be sent */

#endif
