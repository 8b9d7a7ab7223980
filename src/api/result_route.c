/*
 * The public result page's two doors. POST /result {receipt}: answered on the HTTP thread from memory, without
 * login, session or database. POST /result {document, code}: result_code_route.c. Every answer about a sample has
 * the same length and takes the same work, and says no more than the state and the times of that one sample.
 */
#include "api/edge.h"
#include "api/rate.h"
#include "api/receipt.h"
#include "api/result_cache.h"
#include "base/time.h"
#include "ledger/follow.h"
#include "os/file.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    ANSWER_BYTES = 224, /* every answer is filled up to this with blanks */
    KEY_LOOK_MS = 1000, /* how often it is looked whether the outbreak's key is still there */
    DOCUMENT_MAX = 64,
};

/* A mobile operator puts a whole district behind one address, so what guards against guessing is the length of a
 * receipt; these only keep one client from taking everybody's time. Of codes there are only a million. */
static const struct rate_rule by_address = {.every_us = 50000, .burst = 400, .places = 1 << 16},
                              by_receipt = {.every_us = 5000000, .burst = 12, .places = 1 << 16},
                              door_by_address = {.every_us = 10000000,
                                                 .burst = 30,
                                                 .places = 1 << 14},
                              by_document = {.every_us = 120000000, .burst = 8, .places = 1 << 14};

struct results {
    struct edge *edge;
    struct result_cache *cache;
    struct follower *follower;
    struct code_desk *desk;
    struct rate *address, *receipt, *door, *document; /* HTTP thread only */
    char key_path[4200];
    int64_t key_looked_us; /* of the follower's thread */
    atomic_bool closed;
};

/* --- the follower's thread ----------------------------------------------------------------- */

static bool take(void *self, const struct event *event)
{
    struct results *results = self;
    return result_cache_take(results->cache, event);
}

static bool look(void *self, struct db *db, int64_t position, struct bh_err *err)
{
    struct results *results = self;
    struct edge *edge = results->edge;
    int64_t now_us = edge_mono(edge);
    if (!result_cache_look(results->cache, db, position, err))
        return false;
    result_cache_age(results->cache, edge->ledger->plans, edge_now(edge));
    if (now_us - results->key_looked_us >= KEY_LOOK_MS * 1000) {
        results->key_looked_us = now_us;
        if (!file_exists(results->key_path))
            atomic_store(&results->closed, true);
    }
    return true;
}

bool results_start(struct edge *edge, struct bh_err *err)
{
    struct results *results = bh_alloc(sizeof *results);
    uint8_t key[16];
    edge->results = results;
    results->edge = edge;
    edge->world->entropy(edge->world->self, key, sizeof key);
    results->cache = result_cache_new(edge->catalogue, key);
    results->address = rate_new(&by_address, key);
    results->receipt = rate_new(&by_receipt, key);
    results->door = rate_new(&door_by_address, key);
    results->document = rate_new(&by_document, key);
    sodium_memzero(key, sizeof key);
    (void)snprintf(results->key_path, sizeof results->key_path, "%s-keys/outbreak.key",
                   edge->ledger->folder);
    const struct follow_options options = {.name = "results",
                                           .path = ledger_path(edge->ledger),
                                           .catalogue = edge->catalogue,
                                           .from = 1,
                                           .kinds = result_cache_kinds,
                                           .self = results,
                                           .take = take,
                                           .look = look};
    return code_desk_start(edge, &results->desk, err) &&
           follower_start(&options, &results->follower, err);
}

void results_stop(struct edge *edge)
{
    struct results *results = edge->results;
    if (!results)
        return;
    follower_stop(results->follower);
    code_desk_stop(results->desk);
    result_cache_free(results->cache);
    rate_free(results->address);
    rate_free(results->receipt);
    rate_free(results->door);
    rate_free(results->document);
    bh_free(results);
    edge->results = NULL;
}

bool results_closed(const struct edge *edge)
{
    return atomic_load_explicit(&edge->results->closed, memory_order_relaxed);
}

void results_figures(struct edge *edge, struct result_figures *ret, bool *ret_caught_up)
{
    result_cache_figures(edge->results->cache, ret);
    *ret_caught_up = follower_is_current(edge->results->follower);
}

/* --- limits -------------------------------------------------------------------------------- */

bool call_limit(struct call *call, struct rate *rate, struct bh_str subject)
{
    int64_t wait_us = rate_take(rate, subject, edge_mono(call->edge));
    if (wait_us == 0)
        return true;
    struct bh_err err = {.code = BH_OK};
    int64_t seconds = wait_us / 1000000;
    (void)bh_fail(&err, BH_TOO_MANY, "查询过于频繁，请 %lld 秒后再试",
                  "too many look-ups, try again in %lld seconds", (long long)seconds + 1);
    call->retry_seconds = (int)seconds;
    call_fail(call, &err);
    return false;
}

/* One household or mast has a whole /64 of IPv6. */
bool call_limit_address(struct call *call, struct rate *rate)
{
    uint8_t address[16] = {0};
    bool six = inet_pton(AF_INET6, call->request->peer, address) == 1;
    if (!six)
        (void)inet_pton(AF_INET, call->request->peer, address);
    return call_limit(call, rate, (struct bh_str){(const char *)address, six ? 8 : 4});
}

static bool limit_document(struct call *call, const json_t *json)
{
    char plain[DOCUMENT_MAX];
    const char *text = json_string_value(json_object_get(json, "document"));
    size_t len = 0;
    for (; text && *text && len < sizeof plain; text++)
        if (*text != ' ' && *text != '-')
            plain[len++] = (char)(*text >= 'a' && *text <= 'z' ? *text - 32 : *text);
    return call_limit(call, call->edge->results->document, (struct bh_str){plain, len});
}

/* --- answers ------------------------------------------------------------------------------- */

static void time_write(struct bh_buf *out, const char *name, int64_t at_ms, int zone_minutes)
{
    char text[BH_TIME_TEXT];
    bh_buf_format(out, ",\"%s\":", name);
    if (at_ms == 0) {
        bh_buf_text(out, "null");
        return;
    }
    bh_time_format(at_ms, zone_minutes, text);
    bh_buf_format(out, "\"%s\"", text);
}

void result_send(struct call *call, const struct result_answer *answer)
{
    struct bh_buf *out = &call->request->out;
    int zone = call->edge->ledger->zone_minutes;
    bh_buf_reset(out);
    bh_buf_format(out, "{\"state\":\"%s\"", result_state_names[answer->state]);
    time_write(out, "sampled", answer->sampled_ms, zone);
    time_write(out, "resulted", answer->resulted_ms, zone);
    time_write(out, "now", edge_now(call->edge) / BH_MINUTE_MS * BH_MINUTE_MS, zone);
    bh_buf_format(out, ",\"exercise\":%s}", call->edge->ledger->exercise ? "true" : "false");
    bh_assert(out->len <= ANSWER_BYTES);
    while (out->len < ANSWER_BYTES)
        bh_buf_byte(out, ' ');
    http_answer(call->request, 200, "application/json; charset=utf-8", bh_buf_view(out));
}

/* False when answered. */
static bool door_open(struct call *call)
{
    call->request->untimed = true;
    if (!results_closed(call->edge))
        return true;
    struct bh_err err = {.code = BH_OK};
    (void)bh_fail(&err, BH_EXPIRED, "本次疫情已结束，结果不再提供查询",
                  "this outbreak is closed; results are no longer shown");
    call_fail(call, &err);
    return false;
}

/* --- by receipt ---------------------------------------------------------------------------- */

static void receipt_answer(struct call *call, const json_t *value)
{
    struct results *results = call->edge->results;
    struct bh_err err = {.code = BH_OK};
    struct result_answer answer;
    uint64_t receipt = 0;
    if (!receipt_from_json(value, &receipt, &err)) {
        call_fail(call, &err);
        return;
    }
    if (!call_limit(call, results->receipt,
                    (struct bh_str){(const char *)&receipt, sizeof receipt}))
        return;
    if (!follower_is_current(results->follower)) {
        call_busy(call, "查询正在准备，请稍后再试",
                  "results are being made ready, try again in a moment");
        return;
    }
    result_cache_ask(results->cache, receipt, &answer);
    result_send(call, &answer);
}

/* Only these members, so that a misspelt one is not taken for a missing one. */
static bool members_known(const json_t *json, struct bh_err *err)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(
        (json_t *)(uintptr_t)json, name,
        value) if (strcmp(name, "receipt") != 0 && strcmp(name, "document") != 0 &&
                   strcmp(name, "code") !=
                       0) return bh_fail(err, BH_INVALID, "只接受 receipt，或 document 与 code",
                                         "only receipt, or document and code, are accepted");
    return true;
}

bool result_here(struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct results *results = call->edge->results;
    if (!door_open(call) || !call_limit_address(call, results->address))
        return true;
    json_t *json = call_body(call);
    if (!json)
        return true;
    const json_t *receipt = json_object_get(json, "receipt");
    bool answered = true;
    if (!members_known(json, &err))
        call_fail(call, &err);
    else if (receipt || !json_object_get(json, "document"))
        receipt_answer(call, receipt);
    else
        answered = !call_limit_address(call, results->door) || !limit_document(call, json);
    json_decref(json);
    return answered;
}

/* --- by document and code ------------------------------------------------------------------ */

bool result_code_here(struct call *call)
{
    struct results *results = call->edge->results;
    if (!door_open(call) || !call_limit_address(call, results->door))
        return true;
    json_t *json = call_body(call);
    if (json && limit_document(call, json))
        code_desk_ask(results->desk, call, json);
    json_decref(json);
    return true;
}

void result_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct result_answer answer;
    json_t *json = call_body(call);
    if (json && result_by_code(worker, call, json, &answer, &err))
        result_send(call, &answer);
    else if (json)
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}
