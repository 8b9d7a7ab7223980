#include "api/serve.h"

#include "api/edge.h"
#include "api/ticker.h"
#include "os/file.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { PEM_BYTES = 1 << 20, CONNECTIONS = 30000, CONNECTIONS_PER_IP = 2000 };

/* Signals reach only the first thread; the handler needs to know whom to stop. */
static struct http_server *signalled;

static void stop_signalled(int number)
{
    (void)number;
    if (signalled)
        http_stop(signalled);
}

static void signals_take(struct http_server *http)
{
    struct sigaction stop = {.sa_handler = stop_signalled}, ignore = {.sa_handler = SIG_IGN};
    signalled = http;
    (void)sigaction(SIGTERM, http ? &stop : &ignore, NULL);
    (void)sigaction(SIGINT, http ? &stop : &ignore, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static void clock_told(void *self, int64_t clock_ms)
{
    struct edge *edge = self;
    atomic_store_explicit(&edge->clock_ms, clock_ms, memory_order_relaxed);
}

/* What became of a batch: hand over the answers, publish head and clock. */
static void batch_done(void *self)
{
    struct edge *edge = self;
    atomic_store_explicit(&edge->clock_ms, ledger_now(edge->ledger), memory_order_relaxed);
    atomic_store_explicit(&edge->meter.position, edge->ledger->head.seq, memory_order_relaxed);
    atomic_store(&edge->write_stopped, edge->ledger->stopped);
    atomic_store(&edge->permit_epoch, edge->ledger->permit_epoch);
    edge_batch_done(edge);
}

static void edge_tick(void *self)
{
    struct edge *edge = self;
    atomic_store(&edge->meter.connections, http_connection_count(edge->http));
    int64_t now_ms = edge_mono(edge) / 1000;
    if (pressure_is_due(&edge->pressure, now_ms))
        pressure_look(&edge->pressure, writer_refused_since(edge->writer), now_ms);
    live_tick(edge);
}

static void version_make(struct edge *edge)
{
    uint8_t hash[8];
    char hex[17];
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (int index = 0; index < CONSTANT_COUNT; index++)
        (void)crypto_generichash_update(&state, (const uint8_t *)edge->constant[index].at,
                                        edge->constant[index].len);
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    bh_hex(hash, sizeof hash, hex);
    (void)snprintf(edge->version_tag, sizeof edge->version_tag, "\"%s\"", hex);
}

static bool pem_read(const char *path, struct bh_buf *ret, struct bh_err *err)
{
    struct bh_err why = {.code = BH_OK};
    if (file_read(path, PEM_BYTES, ret, &why))
        return true;
    return bh_fail(err, BH_INVALID, "无法读取证书文件 %s：%.200s%.0s",
                   "cannot read certificate file %s: %.0s%.200s", path, why.zh, why.en);
}

static bool http_start(struct edge *edge, const struct serve_options *options, struct bh_err *err)
{
    struct bh_buf cert = {0}, key = {0};
    const char *address = options->address ? options->address : "127.0.0.1";
    bool loopback = strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0;
    if ((options->tls_cert == NULL) != (options->tls_key == NULL))
        return bh_fail(err, BH_INVALID, "--tls 需要证书和私钥两个文件",
                       "--tls needs certificate and key");
    bool ok = !options->tls_cert ||
              (pem_read(options->tls_cert, &cert, err) && pem_read(options->tls_key, &key, err));
    struct http_options http = {
        .world = options->world,
        .address = address,
        .port = options->port,
        .cert = ok && options->tls_cert ? bh_buf_c(&cert) : NULL,
        .key = ok && options->tls_key ? bh_buf_c(&key) : NULL,
        .behind_proxy = options->behind_proxy,
        .connections = options->connections ? options->connections : CONNECTIONS,
        /* Behind a proxy, and on this machine, all connections have one address. */
        .connections_per_ip = loopback || options->behind_proxy ? 0 : CONNECTIONS_PER_IP,
        .self = edge,
        .body_max = edge_body_max,
        .handle = edge_handle,
        .tick = edge_tick,
        .sending = edge_sending,
        .ended = edge_ended,
    };
    ok = ok && http_open(&http, &edge->http, err);
    bh_buf_done(&cert);
    bh_buf_done(&key);
    return ok;
}

static void address_print(const struct edge *edge, const struct serve_options *options)
{
    const char *address = options->address ? options->address : "127.0.0.1";
    bool v6 = strchr(address, ':') != NULL;
    (void)printf(options->english ? "Serving on %s://%s%s%s:%d\n" : "服务地址 %s://%s%s%s:%d\n",
                 options->tls_cert ? "https" : "http", v6 ? "[" : "", address, v6 ? "]" : "",
                 http_port(edge->http));
    (void)fflush(stdout);
}

static bool first_link_print(struct edge *edge, const struct serve_options *options,
                             struct bh_err *err)
{
    char token[ACCOUNT_TOKEN];
    bool wanted = false;
    if (!first_run_token(edge, token, &wanted, err))
        return false;
    if (!wanted)
        return true;
    const char *address = options->address ? options->address : "127.0.0.1";
    bool v6 = strchr(address, ':') != NULL;
    (void)printf(
        options->english
            ? "First administrator (once, within 30 minutes): %s://%s%s%s:%d/first-run?token=%s\n"
            : "首位管理员链接（仅一次，30 分钟内有效）：%s://%s%s%s:%d/first-run?token=%s\n",
        options->tls_cert ? "https" : "http", v6 ? "[" : "", address, v6 ? "]" : "",
        http_port(edge->http), token);
    (void)fflush(stdout);
    return true;
}

static bool parts_start(struct edge *edge, const struct serve_options *options, struct bh_err *err)
{
    int workers = options->workers < 2             ? 2
                  : options->workers > WORKERS_MAX ? WORKERS_MAX
                                                   : options->workers;
    edge->sessions = session_table_new();
    pressure_init(&edge->pressure);
    atomic_store(&edge->clock_ms, ledger_now(edge->ledger));
    atomic_store(&edge->meter.position, edge->ledger->head.seq);
    atomic_store(&edge->permit_epoch, edge->ledger->permit_epoch);
    meta_make(edge);
    openapi_make(edge->catalogue, &edge->constant[CONSTANT_OPENAPI]);
    version_make(edge);
    kit_door_start(edge);
    return db_checkpoint_apart(edge->ledger->db, ledger_path(edge->ledger), err) &&
           http_start(edge, options, err) &&
           writer_start(edge->ledger, batch_done, edge, &edge->writer, err) &&
           workers_start(edge, workers, err) && live_start(edge, err) && results_start(edge, err) &&
           (!options->copy_to ||
            copier_start(options->folder, options->copy_to, edge->world, &edge->copier, err)) &&
           ticker_start(edge->ledger, edge->writer, clock_told, edge, &edge->ticker, err);
}

/* In the order that leaves nobody with half an answer: the HTTP thread has drained before this. */
static void parts_stop(struct edge *edge)
{
    ticker_stop(edge->ticker);
    live_stop(edge);
    results_stop(edge);
    kit_door_stop(edge);
    workers_stop(edge);
    writer_stop(edge->writer);
    copier_stop(edge->copier); /* with what the writer has written last */
    edge->copier = NULL;
    http_close(edge->http);
    session_table_free(edge->sessions);
    for (int index = 0; index < CONSTANT_COUNT; index++)
        bh_buf_done(&edge->constant[index]);
}

bool serve_run(const struct serve_options *options, struct bh_err *err)
{
    struct edge *edge = bh_alloc(sizeof *edge);
    struct ledger_options open = {.world = options->world, .catalogue = options->catalogue};
    edge->world = options->world;
    edge->catalogue = options->catalogue;
    bool ok = ledger_open(options->folder, &open, &edge->ledger, err);
    if (ok)
        ok = accounts_open(options->folder, options->world, &account_settings_live, &edge->accounts,
                           err) &&
             parts_start(edge, options, err);
    if (ok) {
        signals_take(edge->http);
        address_print(edge, options);
        ok = first_link_print(edge, options, err);
        atomic_store(&edge->ready, ok);
        if (ok)
            http_run(edge->http);
        signals_take(NULL);
    }
    if (edge->ledger) {
        parts_stop(edge);
        accounts_close(edge->accounts);
        ledger_close(edge->ledger);
    }
    bh_free(edge);
    return ok;
}
