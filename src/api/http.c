#include "api/http_headers.h"

#include "base/limits.h"
#include "os/thread.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    SWEEP_MS = 1000,
    SWEEP_CLOSES = 64,       /* connections that one sweep closes */
    SWEEP_AGAIN_MS = 20,     /* the next one when there were more */
    GRACE_MS = 5000,         /* for answers still being sent when stopping */
    DISCARD_BYTES = 8 << 20, /* of a body over its limit we read on, to keep the connection */
    SPARE_REQUESTS = 256,
    RANDOM_BYTES = 512, /* drawn at once: each drawing is a system call */
};

enum request_state {
    REQUEST_NEW,  /* address known */
    REQUEST_BODY, /* headers known, body coming */
    REQUEST_HELD, /* suspended, owned by another thread */
    REQUEST_ANSWERED,
    REQUEST_SENDING,
    REQUEST_PARKED, /* stream with nothing to send, suspended */
};

struct http_connection {
    int fd;
    int64_t since_ms; /* of the last request's end, or of the connection */
    unsigned request_count;
    bool busy;   /* a request is under way */
    bool closed; /* by us; the library has yet to notice */
    struct MHD_Connection *handle;
    struct http_connection *before, *after;
};

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    int epoll_fd, wake_fd, port;
    atomic_bool stopping, ticking;
    struct lock finished_lock; /* guards the list of requests handed back */
    struct http_request *finished;
    /* HTTP thread only */
    struct http_connection *connections;
    struct http_request *requests, *spare;
    unsigned connection_count, spare_count, held_count;
    uint8_t random[RANDOM_BYTES];
    size_t random_left;
    bool quiet; /* no longer listening */
};

static int64_t now_ms(const struct http_server *server)
{
    return server->options.world->mono_us(server->options.world->self) / 1000;
}

static int64_t now_us(const struct http_server *server)
{
    return server->options.world->mono_us(server->options.world->self);
}

/* --- requests ------------------------------------------------------------------------------ */

static void id_draw(struct http_server *server, char id[HTTP_REQUEST_ID])
{
    size_t len = (HTTP_REQUEST_ID - 1) / 2;
    if (server->random_left < len) {
        server->options.world->entropy(server->options.world->self, server->random, RANDOM_BYTES);
        server->random_left = RANDOM_BYTES;
    }
    server->random_left -= len;
    bh_hex(server->random + server->random_left, len, id);
}

static struct http_request *request_new(struct http_server *server)
{
    struct http_request *request = server->spare;
    if (request) {
        server->spare = request->next;
        server->spare_count--;
    } else {
        request = bh_alloc(sizeof *request);
        bh_arena_init(&request->arena, LIMIT_ARENA_REQUEST);
        bh_buf_init(&request->body, LIMIT_IMPORT_BYTES);
        bh_buf_init(&request->out, LIMIT_ARENA_REQUEST);
    }
    request->server = server;
    request->next = NULL;
    request->before = NULL;
    request->after = server->requests;
    if (server->requests)
        server->requests->before = request;
    server->requests = request;
    id_draw(server, request->id);
    request->begun_us = now_us(server);
    return request;
}

/* Empties a buffer that may have held personal data. */
static void buffer_wipe(struct bh_buf *buffer)
{
    if (buffer->len)
        memset(buffer->at, 0, buffer->len);
    __asm__ volatile("" : : "r"(buffer->at) : "memory");
    bh_buf_reset(buffer);
}

/* Wipes a request and keeps its memory for the next one, unless that has become large. */
static void request_free(struct http_request *request)
{
    struct http_server *server = request->server;
    if (request->before)
        request->before->after = request->after;
    else
        server->requests = request->after;
    if (request->after)
        request->after->before = request->before;
    bool keep = server->spare_count < SPARE_REQUESTS;
    struct bh_arena arena = request->arena;
    struct bh_buf body = request->body, out = request->out;
    bh_arena_reset(&arena);
    if (!keep)
        bh_arena_done(&arena);
    if (!keep || body.size > 64 << 10)
        bh_buf_done(&body);
    if (!keep || out.size > 256 << 10)
        bh_buf_done(&out);
    if (!keep) {
        bh_free(request);
        return;
    }
    buffer_wipe(&body);
    buffer_wipe(&out);
    out.max = LIMIT_ARENA_REQUEST; /* a list written out was given more */
    *request =
        (struct http_request){.arena = arena, .body = body, .out = out, .next = server->spare};
    server->spare = request;
    server->spare_count++;
}

const char *http_header_get(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection->handle, MHD_HEADER_KIND, name);
}

struct bh_str http_cookie_get(struct http_request *request, const char *name)
{
    struct bh_str rest = bh_str_of(http_header_get(request, "Cookie"));
    size_t name_len = strlen(name);
    while (rest.len) {
        const char *end = memchr(rest.at, ';', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;
        struct bh_str pair = bh_str_trim((struct bh_str){rest.at, len});
        if (pair.len > name_len && pair.at[name_len] == '=' && memcmp(pair.at, name, name_len) == 0)
            return (struct bh_str){pair.at + name_len + 1, pair.len - name_len - 1};
        size_t used = end ? len + 1 : len;
        rest = (struct bh_str){rest.at + used, rest.len - used};
    }
    return (struct bh_str){NULL, 0};
}

void http_answer(struct http_request *request, int status, const char *type, struct bh_str content)
{
    request->status = status;
    request->type = type;
    request->content = content;
}

void http_answer_header(struct http_request *request, const char *name, const char *value)
{
    bh_assert(request->header_count < HTTP_HEADERS_MAX);
    request->header[request->header_count++] =
        (struct http_header){name, bh_arena_copy(&request->arena, value, strlen(value))};
}

void http_hold(struct http_request *request)
{
    bh_assert(request->state == REQUEST_BODY);
    request->state = REQUEST_HELD;
    request->server->held_count++;
    MHD_suspend_connection(request->connection->handle);
}

void http_finish(struct http_request *list)
{
    if (!list)
        return;
    struct http_server *server = list->server;
    struct http_request *last = list;
    while (last->next)
        last = last->next;
    lock_take(&server->finished_lock);
    bool ring = !server->finished;
    last->next = server->finished;
    server->finished = list;
    lock_give(&server->finished_lock);
    if (ring)
        wake_ring(server->wake_fd);
}

static void finished_resume(struct http_server *server)
{
    lock_take(&server->finished_lock);
    struct http_request *list = server->finished;
    server->finished = NULL;
    lock_give(&server->finished_lock);
    while (list) {
        struct http_request *request = list;
        list = request->next;
        request->next = NULL;
        bh_assert(request->state == REQUEST_HELD);
        request->state = REQUEST_ANSWERED;
        server->held_count--;
        MHD_resume_connection(request->connection->handle);
    }
}

/* --- answers ------------------------------------------------------------------------------- */

static ssize_t stream_read(void *self, uint64_t position, char *out, size_t max)
{
    struct http_request *request = self;
    (void)position;
    if (request->out.len) {
        size_t len = request->out.len < max ? request->out.len : max;
        memcpy(out, request->out.at, len);
        memmove(request->out.at, request->out.at + len, request->out.len - len);
        request->out.len -= len;
        request->sending_ms = now_ms(request->server);
        return (ssize_t)len;
    }
    if (atomic_load(&request->server->stopping) || !request->streaming)
        return MHD_CONTENT_READER_END_OF_STREAM;
    request->state = REQUEST_PARKED;
    MHD_suspend_connection(request->connection->handle);
    return 0;
}

void http_stream_begin(struct http_request *request)
{
    request->streaming = true;
}

static void stream_resume(struct http_request *request)
{
    if (request->state != REQUEST_PARKED)
        return;
    request->state = REQUEST_SENDING;
    request->sending_ms = now_ms(request->server);
    MHD_resume_connection(request->connection->handle);
}

void http_stream_send(struct http_request *request, struct bh_str text)
{
    if (request->out.len + text.len > HTTP_STREAM_BACKLOG) {
        (void)shutdown(request->connection->fd, SHUT_RDWR);
        request->streaming = false;
    } else {
        bh_buf_str(&request->out, text);
    }
    stream_resume(request);
}

void http_stream_end(struct http_request *request)
{
    request->streaming = false;
    stream_resume(request);
}

static enum MHD_Result answer_send(struct http_request *request)
{
    struct MHD_Response *response;
    if (request->server->options.sending)
        request->server->options.sending(request->server->options.self, request);
    if (request->streaming)
        response =
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, request, NULL);
    else
        response = MHD_create_response_from_buffer(
            request->content.len, (void *)(uintptr_t)request->content.at, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    http_headers_add(response, request, now_us(request->server) - request->ready_us);
    request->state = REQUEST_SENDING;
    request->sending_ms = now_ms(request->server);
    enum MHD_Result result =
        MHD_queue_response(request->connection->handle, (unsigned)request->status, response);
    MHD_destroy_response(response);
    return result;
}

/* --- the library's calls ------------------------------------------------------------------- */

static void connection_notify(void *self, struct MHD_Connection *handle, void **context,
                              enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = self;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct http_connection *connection = bh_alloc(sizeof *connection);
        *connection = (struct http_connection){.fd = info ? info->connect_fd : -1,
                                               .since_ms = now_ms(server),
                                               .handle = handle,
                                               .after = server->connections};
        if (server->connections)
            server->connections->before = connection;
        server->connections = connection;
        server->connection_count++;
        *context = connection;
        return;
    }
    struct http_connection *connection = *context;
    if (!connection)
        return;
    if (connection->before)
        connection->before->after = connection->after;
    else
        server->connections = connection->after;
    if (connection->after)
        connection->after->before = connection->before;
    server->connection_count--;
    bh_free(connection);
    *context = NULL;
}

/* The first sight of a request: its address as sent. What is returned here becomes the request's context. */
static void *address_seen(void *self, const char *address, struct MHD_Connection *handle)
{
    struct http_server *server = self;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_request *request = request_new(server);
    request->connection = info->socket_context;
    request->connection->busy = true;
    request->sending_ms = now_ms(server);
    struct bh_str whole = bh_str_of(address);
    const char *mark = memchr(whole.at, '?', whole.len);
    size_t path_len = mark ? (size_t)(mark - whole.at) : whole.len;
    struct bh_str query = {mark ? mark + 1 : whole.at, mark ? whole.len - path_len - 1 : 0};
    const char *path = NULL;
    if (path_read((struct bh_str){whole.at, path_len}, &request->arena, &path,
                  &request->address_err) &&
        query_string_read(query, &request->arena, &request->query, &request->address_err))
        request->path = path;
    return request;
}

static void request_completed(void *self, struct MHD_Connection *handle, void **context,
                              enum MHD_RequestTerminationCode code)
{
    struct http_server *server = self;
    struct http_request *request = *context;
    (void)handle;
    (void)code;
    if (!request)
        return;
    bh_assert(request->state != REQUEST_HELD);
    request->connection->busy = false;
    request->connection->request_count++;
    request->connection->since_ms = now_ms(server);
    if (request->status && server->options.ended)
        server->options.ended(server->options.self, request);
    request_free(request);
    *context = NULL;
}

static bool address_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return false;
}

/* Who asks. Behind a proxy the last address it added counts: earlier ones are the client's own claim. */
static void peer_find(struct http_request *request)
{
    struct http_server *server = request->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection->handle, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    request->secure = server->options.cert != NULL;
    if (!address)
        return;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        (void)inet_ntop(AF_INET, &v4.sin_addr, request->peer, sizeof request->peer);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, request->peer, sizeof request->peer);
    }
    if (!server->options.behind_proxy || !address_is_loopback(address))
        return;
    const char *scheme = http_header_get(request, "X-Forwarded-Proto");
    request->secure = request->secure || (scheme && strcmp(scheme, "https") == 0);
    const char *chain = http_header_get(request, "X-Forwarded-For");
    if (!chain)
        return;
    const char *comma = strrchr(chain, ',');
    struct bh_str last = bh_str_trim(bh_str_of(comma ? comma + 1 : chain));
    uint8_t binary[16];
    char text[sizeof request->peer];
    (void)snprintf(text, sizeof text, "%.*s", (int)last.len, last.at);
    if (inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1)
        memcpy(request->peer, text, sizeof text);
}

static enum http_method method_of(const char *method)
{
    if (strcmp(method, "GET") == 0)
        return HTTP_GET;
    if (strcmp(method, "POST") == 0)
        return HTTP_POST;
    return strcmp(method, "HEAD") == 0 ? HTTP_HEAD : HTTP_OTHER;
}

/* Headers are there. Answering now would close the connection, so even a refusal waits for the body,
 * unless the body is announced so large that reading it is worse. */
static enum MHD_Result headers_seen(struct http_request *request, const char *method)
{
    struct http_server *server = request->server;
    request->method = method_of(method);
    request->state = REQUEST_BODY;
    peer_find(request);
    request->body.max = server->options.body_max(server->options.self, request);
    request->sending_ms = now_ms(server);
    const char *length = http_header_get(request, "Content-Length");
    int64_t bytes = 0;
    if (length && (!bh_str_to_int(bh_str_of(length), &bytes) ||
                   (bytes > DISCARD_BYTES && bytes > (int64_t)request->body.max)))
        return MHD_NO;
    return MHD_YES;
}

static enum MHD_Result body_part(struct http_request *request, const char *bytes, size_t *len)
{
    request->body_seen += (int64_t)*len;
    if (!request->body_over) {
        bh_buf_add(&request->body, bytes, *len);
        if (request->body.full) {
            request->body_over = true;
            bh_buf_reset(&request->body);
        }
    }
    *len = 0;
    return request->body_over && request->body_seen > DISCARD_BYTES ? MHD_NO : MHD_YES;
}

static enum MHD_Result access_handle(void *self, struct MHD_Connection *handle, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_len, void **context)
{
    struct http_server *server = self;
    struct http_request *request = *context;
    (void)handle;
    (void)url;
    (void)version;
    if (request->state == REQUEST_NEW)
        return headers_seen(request, method);
    if (*upload_len)
        return body_part(request, upload, upload_len);
    if (request->state == REQUEST_BODY) {
        request->ready_us = now_us(server);
        server->options.handle(server->options.self, request);
        if (request->state == REQUEST_HELD)
            return MHD_YES;
        bh_assert(request->status != 0);
    }
    return answer_send(request);
}

/* --- the loop ------------------------------------------------------------------------------ */

static bool request_is_slow(const struct http_request *request, int64_t now)
{
    int64_t seconds = (now - request->sending_ms) / 1000;
    if (request->state == REQUEST_NEW)
        return seconds > HTTP_HEADER_SECONDS;
    if (seconds <= HTTP_FLOOR_SECONDS)
        return false;
    if (request->state == REQUEST_BODY)
        return request->body_seen < (seconds - HTTP_FLOOR_SECONDS) * HTTP_FLOOR_BYTES;
    if (request->state == REQUEST_SENDING)
        return request->streaming ||
               (int64_t)request->content.len < (seconds - HTTP_FLOOR_SECONDS) * HTTP_FLOOR_BYTES;
    return false;
}

static bool connection_is_silent(const struct http_connection *connection, int64_t now)
{
    int64_t limit = connection->request_count ? HTTP_IDLE_SECONDS : HTTP_HEADER_SECONDS;
    return !connection->busy && now - connection->since_ms > limit * 1000;
}

/* The library notices the closed socket and cleans up. False when this sweep has closed enough. */
static bool sweep_close(struct http_connection *connection, int *closes)
{
    if (connection->closed)
        return true;
    if (*closes == SWEEP_CLOSES)
        return false;
    (*closes)++;
    connection->closed = true;
    (void)shutdown(connection->fd, SHUT_RDWR);
    return true;
}

/* Closes what is too slow, some at a time: thousands that fell silent together, as after a network cut, would hold up
 * everybody else while they are closed. False when there are more. */
static bool slow_close(struct http_server *server)
{
    int64_t now = now_ms(server);
    int closes = 0;
    for (struct http_connection *connection = server->connections; connection;
         connection = connection->after) {
        if (connection_is_silent(connection, now) && !sweep_close(connection, &closes))
            return false;
    }
    for (struct http_request *request = server->requests; request; request = request->after) {
        if (request_is_slow(request, now) && !sweep_close(request->connection, &closes))
            return false;
    }
    return true;
}

static void streams_end(struct http_server *server)
{
    for (struct http_request *request = server->requests; request; request = request->after)
        stream_resume(request);
}

static void loop_step(struct http_server *server, int wait_ms)
{
    MHD_UNSIGNED_LONG_LONG library_ms = TICK_MS;
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES && library_ms < (unsigned)wait_ms)
        wait_ms = (int)library_ms;
    struct pollfd ready[2] = {{.fd = server->epoll_fd, .events = POLLIN},
                              {.fd = server->wake_fd, .events = POLLIN}};
    (void)poll(ready, 2, wait_ms);
    wake_clear(server->wake_fd);
    finished_resume(server);
    (void)MHD_run(server->daemon);
}

void http_run(struct http_server *server)
{
    int64_t ticked = 0, sweep_at = 0, stopping_since = 0;
    bool more = false;
    for (;;) {
        loop_step(server, more ? SWEEP_AGAIN_MS : TICK_MS);
        int64_t now = now_ms(server);
        if (now - ticked >= TICK_MS || atomic_exchange(&server->ticking, false)) {
            ticked = now;
            if (server->options.tick)
                server->options.tick(server->options.self);
        }
        if (now >= sweep_at) {
            more = !slow_close(server);
            sweep_at = now + (more ? SWEEP_AGAIN_MS : SWEEP_MS);
        }
        if (!atomic_load(&server->stopping))
            continue;
        if (!server->quiet) {
            server->quiet = true;
            stopping_since = now;
            int fd = MHD_quiesce_daemon(server->daemon);
            if (fd >= 0)
                (void)close(fd);
        }
        streams_end(server);
        if (server->held_count == 0 && (!server->requests || now - stopping_since > GRACE_MS))
            return;
    }
}

void http_stop(struct http_server *server)
{
    atomic_store(&server->stopping, true);
    wake_ring(server->wake_fd);
}

bool http_stopping(const struct http_server *server)
{
    return atomic_load(&server->stopping);
}

void http_wake(struct http_server *server)
{
    atomic_store(&server->ticking, true);
    wake_ring(server->wake_fd);
}

int http_port(const struct http_server *server)
{
    return server->port;
}

unsigned http_connection_count(const struct http_server *server)
{
    return server->connection_count;
}

/* --- opening and closing ------------------------------------------------------------------- */

static bool address_parse(const struct http_options *options, struct sockaddr_storage *ret,
                          bool *ret_v6, struct bh_err *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)options->port)};
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, options->address, &v4.sin_addr) == 1) {
        memcpy(ret, &v4, sizeof v4);
        *ret_v6 = false;
    } else if (inet_pton(AF_INET6, options->address, &v6.sin6_addr) == 1) {
        memcpy(ret, &v6, sizeof v6);
        *ret_v6 = true;
    } else {
        return bh_fail(err, BH_INVALID, "不是数字地址：%s", "not a numeric address: %s",
                       options->address);
    }
    if (options->cert || options->behind_proxy)
        return true;
    bool loopback = address_is_loopback((const struct sockaddr *)ret);
    return loopback ||
           bh_fail(err, BH_DENIED, "%s 不是本机地址：请给出 --tls 证书 私钥，或 --behind-proxy",
                   "%s is not a loopback address: give --tls CERT KEY, or --behind-proxy",
                   options->address);
}

/* Thousands of devices come back from offline at once: the soft limit of files must not stop them. */
static unsigned connections_allowed(unsigned wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 512;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    rlim_t spare = 128; /* database, files, descriptors of our own */
    rlim_t most = files.rlim_cur > spare * 2 ? files.rlim_cur - spare : spare;
    return most < wanted ? (unsigned)most : wanted;
}

static void library_log(void *self, const char *format, va_list arguments)
{
    (void)self;
    (void)format;
    (void)arguments; /* its messages hold addresses of clients and bring nothing we do not count */
}

static bool daemon_start(struct http_server *server, const struct sockaddr_storage *address,
                         bool v6, struct bh_err *err)
{
    const struct http_options *options = &server->options;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:"
                             "+CHACHA20-POLY1305:+AES-128-GCM:-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA"},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    flags |= options->cert ? MHD_USE_TLS : 0;
    flags |= v6 ? MHD_USE_IPv6 : 0;
    server->daemon = MHD_start_daemon(
        flags, (uint16_t)options->port, NULL, NULL, access_handle, server,
        MHD_OPTION_EXTERNAL_LOGGER, library_log, NULL, MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADER_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        connections_allowed(options->connections), MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        options->connections_per_ip, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_SECONDS,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server, MHD_OPTION_NOTIFY_COMPLETED,
        request_completed, server, MHD_OPTION_URI_LOG_CALLBACK, address_seen, server,
        MHD_OPTION_ARRAY, options->cert ? tls : none, MHD_OPTION_END);
    if (!server->daemon)
        return bh_fail(err, BH_IO, "无法在 %s 端口 %d 上提供服务（端口被占用，或证书无法读取）",
                       "cannot serve on %s port %d (in use, or the certificate cannot be read)",
                       options->address, options->port);
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->epoll_fd = info->epoll_fd;
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info->port;
    return true;
}

bool http_open(const struct http_options *options, struct http_server **ret, struct bh_err *err)
{
    struct sockaddr_storage address;
    bool v6 = false;
    if (!address_parse(options, &address, &v6, err))
        return false;
    struct http_server *server = bh_alloc(sizeof *server);
    *server = (struct http_server){.options = *options, .wake_fd = wake_open()};
    lock_init(&server->finished_lock);
    bool started = server->wake_fd >= 0 && daemon_start(server, &address, v6, err);
    /* The texts of certificate and key are the caller's; from here on only their presence counts. */
    server->options.cert = options->cert ? "" : NULL;
    server->options.key = NULL;
    if (!started) {
        if (server->wake_fd < 0)
            (void)bh_fail(err, BH_IO, "没有可用的文件描述符", "no descriptor is left");
        http_close(server);
        return false;
    }
    *ret = server;
    return true;
}

void http_close(struct http_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    wake_close(server->wake_fd);
    lock_done(&server->finished_lock);
    while (server->spare) {
        struct http_request *request = server->spare;
        server->spare = request->next;
        bh_arena_done(&request->arena);
        bh_buf_done(&request->body);
        bh_buf_done(&request->out);
        bh_free(request);
    }
    bh_free(server);
}
