/*
 * bench_load --port P --path /api/v1/... --connections N (--count N | --seconds S) [--rate R]
 *            [--session FILE] [--bodies FILE [--skip N]]
 *
 * One thread, epoll, keep-alive connections, one request outstanding on each. With --bodies: POST of one line of the
 * file after the other, each with a fresh idempotency key; otherwise GET. Without --rate: closed loop, the next
 * request goes out when the answer is in. With --rate: open loop, R requests a second at planned times; a request
 * whose time has come waits for a free connection, and its latency is counted from the planned time, so that a
 * server that stalls is charged for all who would have asked meanwhile.
 *
 * Prints one JSON object. Exit status 1 when any answer was not 200.
 */
#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4000, OUT_MAX = 4096, IN_MAX = 4 << 20, EVENTS = 256 };

struct connection {
    int socket;
    bool busy;
    int64_t planned_us;
    char *in;
    size_t got, size;
};

struct load {
    const char *path, *bodies_path, *session_path;
    int64_t port, connections, count, seconds, rate, skip;
    char cookie[256], csrf[128];
    char *bodies, *body; /* the next line */
    struct connection *connection;
    int poll;
    int64_t started_us, sent, answered, failed, bytes, keys;
    uint64_t salt;
    uint32_t *latency_us;
    size_t latency_size;
    char first_failure[400];
};

static void die(const char *what)
{
    (void)fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static char *file_text(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in || fseek(in, 0, SEEK_END) != 0)
        die(path);
    long len = ftell(in);
    char *text = bh_alloc((size_t)len + 1);
    rewind(in);
    if (fread(text, 1, (size_t)len, in) != (size_t)len)
        die(path);
    (void)fclose(in);
    return text;
}

static bool more_to_send(const struct load *load, int64_t now_us)
{
    if (load->count > 0 ? load->sent >= load->count
                        : now_us - load->started_us >= load->seconds * 1000000)
        return false;
    return !load->bodies || *load->body;
}

/* The line of the next body. */
static struct bh_str next_body(struct load *load)
{
    char *end = strchr(load->body, '\n');
    struct bh_str line = {load->body, end ? (size_t)(end - load->body) : strlen(load->body)};
    load->body = end ? end + 1 : load->body + line.len;
    return line;
}

static int64_t wall_ms(void)
{
    const struct world *world = world_live();
    return world->wall_ms(world->self);
}

static size_t request_text(struct load *load, char out[OUT_MAX])
{
    struct bh_str body = load->bodies ? next_body(load) : (struct bh_str){"", 0};
    char post[256] = "";
    if (load->bodies)
        (void)snprintf(post, sizeof post,
                       "X-Bihuan-CSRF: %s\r\nIdempotency-Key: %012llx%010llx%010llx\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                       load->csrf, (unsigned long long)wall_ms(),
                       (unsigned long long)(load->salt & 0xffffffffff),
                       (unsigned long long)load->keys++, body.len);
    int len = snprintf(out, OUT_MAX,
                       "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%lld\r\nCookie: bihuan_session=%s\r\n"
                       "%s\r\n%.*s",
                       load->bodies ? "POST" : "GET", load->path, (long long)load->port,
                       load->cookie, post, (int)body.len, body.at);
    bh_assert(len > 0 && len < OUT_MAX);
    return (size_t)len;
}

static void send_one(struct load *load, struct connection *connection, int64_t planned_us)
{
    char out[OUT_MAX];
    size_t len = request_text(load, out);
    connection->busy = true;
    connection->planned_us = planned_us;
    connection->got = 0;
    load->sent++;
    if (write(connection->socket, out, len) != (ssize_t)len)
        die("write");
}

static void note_answer(struct load *load, struct connection *connection, int64_t now_us)
{
    if (load->latency_size == (size_t)load->answered) {
        load->latency_size = load->latency_size * 2 + 65536;
        load->latency_us = bh_realloc(load->latency_us, load->latency_size * sizeof(uint32_t));
    }
    load->latency_us[load->answered++] = (uint32_t)(now_us - connection->planned_us);
    load->bytes += (int64_t)connection->got;
    connection->busy = false;
    if (strncmp(connection->in, "HTTP/1.1 200", 12) == 0)
        return;
    if (load->failed++ == 0)
        (void)snprintf(load->first_failure, sizeof load->first_failure, "%.399s", connection->in);
}

/* True when a whole answer is in. */
static bool receive(struct connection *connection)
{
    if (connection->size - connection->got < 65536 && connection->size < IN_MAX) {
        connection->size = connection->size * 2 + 65536;
        connection->in = bh_realloc(connection->in, connection->size);
    }
    ssize_t got = read(connection->socket, connection->in + connection->got,
                       connection->size - connection->got - 1);
    if (got <= 0)
        die("the server closed a connection");
    connection->got += (size_t)got;
    connection->in[connection->got] = 0;
    const char *end = strstr(connection->in, "\r\n\r\n");
    const char *length = end ? strcasestr(connection->in, "content-length:") : NULL;
    return length &&
           connection->got >= (size_t)(end - connection->in) + 4 + strtoul(length + 15, NULL, 10);
}

static void connect_all(struct load *load)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int64_t i = 0; i < load->connections; i++) {
        struct connection *connection = &load->connection[i];
        connection->socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0)
            die("connect");
        (void)setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (epoll_ctl(load->poll, EPOLL_CTL_ADD, connection->socket,
                      &(struct epoll_event){.events = EPOLLIN, .data.ptr = connection}) != 0)
            die("epoll_ctl");
    }
}

/* Sends what is due; returns how long the next wait may be, in ms. */
static int send_due(struct load *load)
{
    int64_t now_us = bench_mono_us();
    for (int64_t i = 0; i < load->connections && more_to_send(load, now_us); i++) {
        int64_t planned_us =
            load->rate > 0 ? load->started_us + load->sent * 1000000 / load->rate : now_us;
        if (planned_us > now_us)
            return 1;
        if (!load->connection[i].busy)
            send_one(load, &load->connection[i], planned_us);
    }
    return load->rate > 0 ? 1 : 1000;
}

static void run(struct load *load)
{
    struct epoll_event events[EVENTS];
    load->started_us = bench_mono_us();
    int wait_ms = send_due(load);
    while (load->answered < load->sent || more_to_send(load, bench_mono_us())) {
        int ready = epoll_wait(load->poll, events, EVENTS, wait_ms);
        int64_t now_us = bench_mono_us();
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!receive(connection))
                continue;
            note_answer(load, connection, now_us);
            if (load->rate == 0 && more_to_send(load, now_us))
                send_one(load, connection, now_us);
        }
        wait_ms = load->rate > 0 ? send_due(load) : 1000;
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double at_share_ms(const struct load *load, double share)
{
    size_t last = (size_t)load->answered - 1;
    return load->answered == 0 ? 0 : load->latency_us[(size_t)((double)last * share)] / 1e3;
}

static void print_result(struct load *load, int64_t took_us)
{
    double seconds = (double)took_us / 1e6;
    qsort(load->latency_us, (size_t)load->answered, sizeof(uint32_t), compare);
    (void)printf("{\"answered\": %lld, \"failed\": %lld, \"seconds\": %.3f, \"per_s\": %.1f, "
                 "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"bytes\": %lld, "
                 "\"generator_cpu_us\": %.1f}\n",
                 (long long)load->answered, (long long)load->failed, seconds,
                 (double)load->answered / seconds, at_share_ms(load, 0.5), at_share_ms(load, 0.99),
                 at_share_ms(load, 1.0), (long long)load->bytes,
                 (double)bench_cpu_us() / (double)(load->answered ? load->answered : 1));
    if (load->failed > 0)
        (void)fprintf(stderr, "bench_load: first failure:\n%s\n", load->first_failure);
}

static void read_options(struct load *load, int count, char **arguments)
{
    struct {
        const char *name;
        int64_t *number;
        const char **text;
    } options[] = {
        {"--port", &load->port, NULL},
        {"--connections", &load->connections, NULL},
        {"--count", &load->count, NULL},
        {"--seconds", &load->seconds, NULL},
        {"--rate", &load->rate, NULL},
        {"--skip", &load->skip, NULL},
        {"--path", NULL, &load->path},
        {"--bodies", NULL, &load->bodies_path},
        {"--session", NULL, &load->session_path},
    };
    for (int i = 1; i + 1 < count; i += 2)
        for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
            if (strcmp(arguments[i], options[k].name) != 0)
                continue;
            if (options[k].number)
                *options[k].number = strtoll(arguments[i + 1], NULL, 10);
            else
                *options[k].text = arguments[i + 1];
        }
    if (!load->path || load->port == 0 || (load->count == 0 && load->seconds == 0) ||
        load->connections < 1 || load->connections > CONNECTIONS_MAX) {
        (void)fprintf(stderr, "use: see the head of bench/load.c\n");
        exit(2);
    }
}

static void read_session(struct load *load)
{
    char *text = file_text(load->session_path), *end = strchr(text, '\n');
    bh_assert(end);
    *end = 0;
    (void)snprintf(load->cookie, sizeof load->cookie, "%s", text);
    (void)snprintf(load->csrf, sizeof load->csrf, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
    bh_free(text);
}

int main(int count, char **arguments)
{
    struct load load = {.connections = 1};
    const struct world *world = world_live();
    read_options(&load, count, arguments);
    world->entropy(world->self, &load.salt, sizeof load.salt);
    if (load.session_path)
        read_session(&load);
    if (load.bodies_path) {
        load.bodies = load.body = file_text(load.bodies_path);
        for (int64_t i = 0; i < load.skip; i++)
            (void)next_body(&load);
    }
    load.connection = bh_alloc((size_t)load.connections * sizeof *load.connection);
    load.poll = epoll_create1(0);
    connect_all(&load);
    run(&load);
    print_result(&load, bench_mono_us() - load.started_us);
    return load.failed > 0;
}
