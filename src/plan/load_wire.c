#include "plan/load_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 8 << 10,
    HEAD_MAX = 64 << 10,
    OUT_MAX = LOAD_BODIES_MAX + (4 << 10),
    BODY_MAX = 4 << 20,
    ASK_MS = 15000
};

/* ---- opening ---- */

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static bool credentials_open(struct load_wires *wires, struct bh_err *err)
{
    if (!wires->to.tls)
        return true;
    if (!wires->to.ca && !is_loopback(wires->to.address))
        return bh_fail(err, BH_INVALID, "https 到非本机地址需要 --ca",
                       "https to an address that is not loopback needs --ca");
    if (gnutls_certificate_allocate_credentials(&wires->credentials) != GNUTLS_E_SUCCESS)
        return bh_fail(err, BH_IO, "无法准备 TLS", "TLS cannot be prepared");
    if (wires->to.ca && gnutls_certificate_set_x509_trust_file(wires->credentials, wires->to.ca,
                                                               GNUTLS_X509_FMT_PEM) < 1)
        return bh_fail(err, BH_INVALID, "无法读取证书文件 %s", "cannot read certificate file %s",
                       wires->to.ca);
    return true;
}

bool load_wires_open(struct load_wires *wires, const struct load_target *to, struct bh_err *err)
{
    struct rlimit files;
    *wires = (struct load_wires){.to = *to, .poll = epoll_create1(EPOLL_CLOEXEC)};
    if (wires->poll < 0)
        return bh_fail(err, BH_IO, "没有可用的文件描述符", "no descriptor is left");
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (credentials_open(wires, err))
        return true;
    load_wires_close(wires);
    return false;
}

void load_wires_close(struct load_wires *wires)
{
    if (wires->credentials)
        gnutls_certificate_free_credentials(wires->credentials);
    if (wires->poll >= 0)
        (void)close(wires->poll);
    wires->poll = -1;
}

static bool tls_begin(struct load_wires *wires, struct load_wire *wire)
{
    static const char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    if (gnutls_init(&wire->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK) != GNUTLS_E_SUCCESS)
        return false;
    if (wires->to.ca)
        gnutls_session_set_verify_cert(wire->tls, NULL, 0);
    if (gnutls_priority_set_direct(wire->tls, priorities, NULL) != GNUTLS_E_SUCCESS ||
        gnutls_credentials_set(wire->tls, GNUTLS_CRD_CERTIFICATE, wires->credentials) !=
            GNUTLS_E_SUCCESS)
        return false;
    gnutls_transport_set_int(wire->tls, wire->fd);
    return true;
}

static bool connect_begin(const struct load_target *to, int fd)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)to->port)};
    const struct sockaddr *address = (const struct sockaddr *)&v4;
    socklen_t len = sizeof v4;
    int one = 1;
    if (strchr(to->address, ':')) {
        if (inet_pton(AF_INET6, to->address, &v6.sin6_addr) != 1)
            return false;
        address = (const struct sockaddr *)&v6;
        len = sizeof v6;
    } else if (inet_pton(AF_INET, to->address, &v4.sin_addr) != 1) {
        return false;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connect(fd, address, len) == 0 || errno == EINPROGRESS;
}

bool load_wire_open(struct load_wires *wires, struct load_wire *wire, void *owner)
{
    struct epoll_event what = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                               .data.ptr = owner};
    int family = strchr(wires->to.address, ':') ? AF_INET6 : AF_INET;
    if (wire->out.max == 0) {
        bh_buf_init(&wire->out, OUT_MAX);
        bh_buf_init(&wire->in, HEAD_MAX);
    }
    wire->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    wire->state = WIRE_CONNECTING;
    if (wire->fd >= 0 && connect_begin(&wires->to, wire->fd) &&
        (!wires->to.tls || tls_begin(wires, wire)) &&
        epoll_ctl(wires->poll, EPOLL_CTL_ADD, wire->fd, &what) == 0)
        return true;
    load_wire_close(wire);
    return false;
}

void load_wire_close(struct load_wire *wire)
{
    if (wire->tls)
        gnutls_deinit(wire->tls);
    wire->tls = NULL;
    if (wire->fd >= 0 && wire->state != WIRE_CLOSED)
        (void)close(wire->fd);
    wire->fd = -1;
    wire->state = WIRE_CLOSED;
}

void load_wire_free(struct load_wire *wire)
{
    load_wire_close(wire);
    bh_buf_done(&wire->out);
    bh_buf_done(&wire->in);
    bh_buf_done(&wire->head);
}

/* ---- bytes; 0 = not now, below 0 = gone ---- */

static ssize_t bytes_write(struct load_wire *wire, const char *at, size_t len)
{
    ssize_t wrote =
        wire->tls ? gnutls_record_send(wire->tls, at, len) : send(wire->fd, at, len, MSG_NOSIGNAL);
    if (wrote > 0)
        return wrote;
    bool again = wire->tls ? wrote == GNUTLS_E_AGAIN || wrote == GNUTLS_E_INTERRUPTED
                           : errno == EAGAIN || errno == EINTR;
    return again ? 0 : -1;
}

static ssize_t bytes_read(struct load_wire *wire, char *at, size_t len)
{
    ssize_t got = wire->tls ? gnutls_record_recv(wire->tls, at, len) : recv(wire->fd, at, len, 0);
    if (got > 0)
        return got;
    if (got == 0)
        return -1;
    bool again = wire->tls ? got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED
                           : errno == EAGAIN || errno == EINTR;
    return again ? 0 : -1;
}

bool load_wire_send(struct load_wire *wire)
{
    if (wire->state == WIRE_READY) {
        wire->state = WIRE_BUSY;
        wire->sent = 0;
        wire->head_done = wire->close_after = false;
        wire->body_left = wire->got = 0;
        wire->status = wire->retry_after_s = 0;
        bh_buf_reset(&wire->in);
    }
    while (wire->sent < wire->out.len) {
        ssize_t wrote = bytes_write(wire, wire->out.at + wire->sent, wire->out.len - wire->sent);
        if (wrote < 0)
            return false;
        if (wrote == 0)
            break;
        wire->sent += (size_t)wrote;
    }
    return true;
}

/* ---- the answer ---- */

static bool names(const char *line, size_t len, const char *name, int64_t *ret)
{
    size_t name_len = strlen(name);
    if (len <= name_len || strncasecmp(line, name, name_len) != 0)
        return false;
    struct bh_str value = bh_str_trim((struct bh_str){line + name_len, len - name_len});
    return bh_str_to_int(value, ret);
}

static void head_line(struct load_wire *wire, const char *line, size_t len)
{
    int64_t number = 0;
    if (names(line, len, "Content-Length:", &number))
        wire->body_left = number;
    else if (names(line, len, "Retry-After:", &number))
        wire->retry_after_s = number > 3600 ? 3600 : (int)number;
    else if (names(line, len, "X-Bihuan-Load:", &number))
        wire->load_level = (int)(number & 7);
    else if (len == sizeof "Connection: close" - 1 &&
             strncasecmp(line, "Connection: close", len) == 0)
        wire->close_after = true;
}

/* False when this is no answer. */
static bool head_read(struct load_wire *wire, size_t len)
{
    const char *at = wire->in.at, *end = at + len;
    int64_t status = 0;
    if (len < 12 || memcmp(at, "HTTP/1.", 7) != 0 ||
        !bh_str_to_int((struct bh_str){at + 9, 3}, &status))
        return false;
    wire->status = (int)status;
    wire->load_level = 0;
    while (at < end) {
        const char *stop = memchr(at, '\r', (size_t)(end - at));
        size_t length = stop ? (size_t)(stop - at) : (size_t)(end - at);
        head_line(wire, at, length);
        at += length + 2;
    }
    return true;
}

/* Takes bytes of the answer. False when it cannot be read. */
static bool answer_take(struct load_wire *wire, const char *at, size_t len)
{
    wire->got += (int64_t)len;
    if (wire->head_done) {
        wire->body_left -= (int64_t)len;
        if (wire->keep_body || wire->keep_answer || wire->status >= 400)
            bh_buf_add(&wire->in, at, len);
        return wire->body_left >= 0;
    }
    bh_buf_add(&wire->in, at, len);
    const char *end = wire->in.len >= 4 ? memmem(wire->in.at, wire->in.len, "\r\n\r\n", 4) : NULL;
    if (!end)
        return !wire->in.full;
    size_t head = (size_t)(end - wire->in.at) + 2;
    if (!head_read(wire, head))
        return false;
    wire->head_done = true;
    wire->head_len = head + 2;
    wire->body_left -= (int64_t)(wire->in.len - head - 2);
    if (wire->keep_body) {
        bh_buf_add(&wire->head, wire->in.at, head);
        memmove(wire->in.at, wire->in.at + head + 2, wire->in.len - head - 2);
        wire->in.len -= head + 2;
    }
    return wire->body_left >= 0;
}

struct bh_str load_wire_body(const struct load_wire *wire)
{
    size_t from = wire->keep_body ? 0 : wire->head_len;
    if (from > wire->in.len)
        from = wire->in.len;
    return (struct bh_str){wire->in.at ? wire->in.at + from : NULL, wire->in.len - from};
}

static enum load_event answer_read(struct load_wire *wire)
{
    char bytes[READ_BYTES];
    for (;;) {
        ssize_t got = bytes_read(wire, bytes, sizeof bytes);
        if (got == 0)
            return LOAD_NOTHING;
        if (got < 0 || wire->state != WIRE_BUSY || !answer_take(wire, bytes, (size_t)got)) {
            load_wire_close(wire);
            return LOAD_BROKEN;
        }
        if (!wire->head_done || wire->body_left > 0)
            continue;
        wire->state = WIRE_READY;
        if (wire->close_after)
            load_wire_close(wire);
        return LOAD_ANSWER;
    }
}

static enum load_event opening(struct load_wire *wire)
{
    int why = 0;
    socklen_t len = sizeof why;
    if (wire->state == WIRE_CONNECTING) {
        struct sockaddr_storage peer;
        socklen_t peer_len = sizeof peer;
        if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0 || why != 0) {
            load_wire_close(wire);
            return LOAD_BROKEN;
        }
        if (getpeername(wire->fd, (struct sockaddr *)&peer, &peer_len) != 0)
            return LOAD_NOTHING;
        wire->state = wire->tls ? WIRE_SHAKING : WIRE_READY;
    }
    if (wire->state == WIRE_SHAKING) {
        int shook = gnutls_handshake(wire->tls);
        if (shook == GNUTLS_E_AGAIN || shook == GNUTLS_E_INTERRUPTED)
            return LOAD_NOTHING;
        if (shook != GNUTLS_E_SUCCESS) {
            load_wire_close(wire);
            return LOAD_BROKEN;
        }
        wire->state = WIRE_READY;
    }
    return LOAD_OPENED;
}

enum load_event load_wire_event(struct load_wire *wire)
{
    if (wire->state == WIRE_CLOSED)
        return LOAD_NOTHING;
    if (wire->state == WIRE_CONNECTING || wire->state == WIRE_SHAKING)
        return opening(wire);
    if (wire->state == WIRE_BUSY && wire->sent < wire->out.len && !load_wire_send(wire)) {
        load_wire_close(wire);
        return LOAD_BROKEN;
    }
    return answer_read(wire);
}

/* ---- requests ---- */

static void put_header(struct bh_buf *out, const char *name, const char *value)
{
    bh_buf_text(out, "\r\n");
    bh_buf_text(out, name);
    bh_buf_text(out, value);
}

void load_request(const struct load_target *to, const struct load_caller *caller,
                  const struct load_request *request, struct bh_buf *out)
{
    bool v6 = strchr(to->address, ':') != NULL, post = request->body.len > 0;
    bh_buf_text(out, post ? "POST " : "GET ");
    bh_buf_text(out, request->path);
    bh_buf_text(out, v6 ? " HTTP/1.1\r\nHost: [" : " HTTP/1.1\r\nHost: ");
    bh_buf_text(out, to->address);
    bh_buf_text(out, v6 ? "]:" : ":");
    bh_buf_int(out, to->port);
    if (caller && caller->token[0]) {
        put_header(out, "Authorization: Bearer ", caller->token);
    } else if (caller && caller->cookie[0]) {
        put_header(out, "Cookie: bihuan_session=", caller->cookie);
        put_header(out, "X-Bihuan-CSRF: ", caller->csrf);
    }
    if (request->key)
        put_header(out, "Idempotency-Key: ", request->key);
    if (request->client)
        put_header(out, "X-Forwarded-For: ", request->client);
    if (post) {
        put_header(out, "Content-Type: application/json\r\nContent-Length: ", "");
        bh_buf_int(out, (int64_t)request->body.len);
    }
    bh_buf_text(out, "\r\n\r\n");
    bh_buf_str(out, request->body);
}

static void put_together(const struct load_people *people, const int64_t *tubes, int count,
                         int64_t at_ms, struct bh_buf *out)
{
    char key[LOAD_KEY_HEX];
    bh_buf_text(out, "{\"commands\":[");
    for (int i = 0; i < count; i++) {
        load_tube_key(people, tubes[i], at_ms, key);
        bh_buf_text(out, i > 0 ? ",{\"command\":\"sample_tube\",\"key\":\""
                               : "{\"command\":\"sample_tube\",\"key\":\"");
        bh_buf_text(out, key);
        bh_buf_text(out, "\",\"body\":");
        load_tube_body(people, tubes[i], out);
        bh_buf_byte(out, '}');
    }
    bh_buf_text(out, "]}");
}

void load_tube_request(const struct load_run *run, const int64_t *tubes, int count, int64_t at_ms,
                       struct bh_buf *out)
{
    const struct load_options *options = run->options;
    bool alone = options->people.together == 1;
    char key[LOAD_KEY_HEX];
    struct bh_buf body;
    bh_buf_init(&body, LOAD_BODIES_MAX);
    struct load_request request = {.path = "/api/v1/commands"};
    if (alone) {
        load_tube_key(&options->people, tubes[0], at_ms, key);
        load_tube_body(&options->people, tubes[0], &body);
        request.path = "/api/v1/commands/sample_tube";
        request.key = key;
    } else {
        put_together(&options->people, tubes, count, at_ms, &body);
    }
    request.body = bh_buf_view(&body);
    load_request(&options->to, &options->caller, &request, out);
    bh_buf_done(&body);
}

int load_tubes_taken(const struct load_run *run, const struct load_wire *wire, int count,
                     struct load_figures *figures)
{
    static const char mark[] = "{\"status\":";
    if (run->options->people.together == 1)
        return 1;
    struct bh_str body = load_wire_body(wire);
    const char *at = body.at, *end = body.at + body.len;
    int taken = 0;
    while (at && (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL) {
        at += sizeof mark - 1;
        int64_t status = 0;
        if (end - at < 3 || !bh_str_to_int((struct bh_str){at, 3}, &status))
            continue;
        if (status == 200)
            taken++;
        else
            load_wrong_note(figures, (int)status, (struct bh_str){at, (size_t)(end - at)});
    }
    return taken < count ? taken : count;
}

static bool ask_on(struct load_wires *wires, struct load_wire *wire)
{
    const struct world *world = world_live();
    int64_t until_us = world->mono_us(world->self) + ASK_MS * INT64_C(1000);
    if (!load_wire_open(wires, wire, wire))
        return false;
    while (world->mono_us(world->self) < until_us) {
        struct epoll_event ready[1];
        (void)epoll_wait(wires->poll, ready, 1, 100);
        enum load_event event = load_wire_event(wire);
        if (event == LOAD_ANSWER)
            return true;
        if (event == LOAD_BROKEN || (event == LOAD_OPENED && !load_wire_send(wire)))
            return false;
    }
    return false;
}

bool load_ask(const struct load_target *to, const struct load_caller *caller, const char *path,
              const char *body, struct load_wire *ret, struct bh_err *err)
{
    struct load_wires wires;
    *ret = (struct load_wire){.keep_body = true, .fd = -1};
    bh_buf_init(&ret->out, OUT_MAX);
    bh_buf_init(&ret->in, BODY_MAX);
    bh_buf_init(&ret->head, HEAD_MAX);
    load_request(to, caller, &(struct load_request){.path = path, .body = bh_str_of(body)},
                 &ret->out);
    if (!load_wires_open(&wires, to, err))
        return false;
    bool ok = ask_on(&wires, ret);
    load_wire_close(ret);
    load_wires_close(&wires);
    return ok || bh_fail(err, BH_IO, "%s 端口 %d 没有应答", "%s port %d does not answer",
                         to->address, to->port);
}
