/*
 * GET /live: server-sent events. One thread with its own read connection looks once a second; when the log
 * moved it counts anew for each different scope and tells the HTTP thread, which writes to the streams. Rights
 * are looked at again then; a stream ends after some minutes, so that the client comes back with its session.
 */
#include "api/counts.h"
#include "api/edge.h"
#include "base/time.h"
#include "ledger/log.h"
#include "ledger/reader.h"

#include <inttypes.h>
#include <string.h>

enum {
    LOOK_MS = 1000,
    BEAT_MS = 15000,
    LIFE_MS = 600000,
    STREAMS_MAX = 10000,
    CACHE_KB = 8 << 10,
};

struct stream {
    struct http_request *request;
    struct edge *edge;
    struct caller session; /* a copy: the call's own belongs to the HTTP thread */
    struct scope scope;
    int64_t begun_ms, sent_ms; /* monotonic */
    int64_t position, now_ms;  /* counted for, -1 = not yet */
    int64_t sent_position, sent_now_ms;
    struct counts counts;
    int64_t notices, notices_to; /* new ones not yet told; counted up to this position */
    bool over;                   /* rights were lost */
    bool cut; /* the session ended, or may have: its client must come back with one */
    struct stream *before, *after;
};

struct live {
    struct edge *edge;
    struct thread thread;
    struct db *db;
    struct lock lock; /* guards everything below */
    struct condition changed;
    struct stream *streams;
    int count;
    bool stopping;
};

/* --- the counting thread ------------------------------------------------------------------- */

static bool scope_same(const struct scope *a, const struct scope *b)
{
    return a->everything == b->everything && a->count == b->count &&
           memcmp(a->range, b->range, (size_t)a->count * sizeof *a->range) == 0;
}

/* Under the lock, inside a snapshot. Streams with the same scope share one count. */
static bool stream_count(struct live *live, struct stream *stream, int64_t position,
                         struct bh_err *err)
{
    for (struct stream *other = live->streams; other != stream; other = other->after) {
        if (other->position == position && scope_same(&other->scope, &stream->scope)) {
            stream->counts = other->counts;
            stream->position = position;
            return true;
        }
    }
    if (!counts_read(live->db, &stream->scope, &stream->counts, err))
        return false;
    stream->position = position;
    return true;
}

static bool stream_notices(struct live *live, struct stream *stream, int64_t position,
                           struct bh_err *err)
{
    int64_t more = 0;
    if (stream->notices_to > 0 &&
        !notices_after(live->db, stream->notices_to, stream->session.user, &more, err))
        return false;
    stream->notices += more;
    stream->notices_to = position;
    return true;
}

/* Under the lock: grants that moved since the stream began may have narrowed it. */
static bool stream_permit(struct live *live, struct stream *stream, int64_t now_ms,
                          struct bh_err *err)
{
    uint64_t epoch = 0;
    if (!permit_epoch(live->db, &epoch, err))
        return false;
    if (epoch == stream->session.epoch && now_ms == stream->now_ms)
        return true;
    struct caller *session = &stream->session;
    struct scope rights, both;
    if (epoch != session->epoch &&
        !permit_grants(live->db, live->edge->ledger->roles, live->edge->ledger->areas,
                       session->user, now_ms, session->grant, &session->grant_count, err))
        return false;
    session->epoch = epoch;
    session_scope_query(live->edge, session, "loops", &rights);
    scope_meet(&rights, &stream->scope, &both);
    if (rights.everything && stream->scope.everything)
        both = rights;
    if (!scope_same(&both, &stream->scope))
        stream->position = -1;
    stream->scope = both;
    stream->over = scope_is_empty(&both);
    return true;
}

static bool streams_look(struct live *live, struct bh_err *err)
{
    struct log_head head;
    if (!log_head_read(live->db, &head, err))
        return false;
    int64_t clock = edge_now(live->edge);
    int64_t now = clock > head.recorded_ms ? clock : head.recorded_ms;
    for (struct stream *stream = live->streams; stream; stream = stream->after) {
        if (!stream_permit(live, stream, now, err))
            return false;
        if (stream->position != head.seq && (!stream_count(live, stream, head.seq, err) ||
                                             !stream_notices(live, stream, head.seq, err)))
            return false;
        stream->now_ms = now;
    }
    return true;
}

static void live_run(void *self)
{
    struct live *live = self;
    lock_take(&live->lock);
    while (!live->stopping) {
        struct bh_err err = {.code = BH_OK};
        if (live->streams && db_begin_read(live->db, &err)) {
            /* A failure shows as a stream that falls silent; its client reconnects and is told why. */
            (void)streams_look(live, &err);
            db_rollback(live->db);
            http_wake(live->edge->http);
        }
        if (!live->stopping)
            (void)condition_wait_ms(&live->changed, &live->lock, LOOK_MS);
    }
    lock_give(&live->lock);
}

/* --- the HTTP thread ----------------------------------------------------------------------- */

static void event_write(struct stream *stream, struct bh_buf *out)
{
    char now[BH_TIME_TEXT];
    bh_time_format(stream->now_ms, stream->edge->ledger->zone_minutes, now);
    bh_buf_format(out,
                  "event: position\nid: %" PRId64 "\ndata: {\"position\":%" PRId64
                  ",\"now\":\"%s\",\"open\":%" PRId64 ",\"overdue\":%" PRId64 "}\n\n",
                  stream->position, stream->position, now, stream->counts.open,
                  stream->counts.overdue);
    if (stream->notices > 0)
        bh_buf_format(out,
                      "event: notice\ndata: {\"new\":%" PRId64 ",\"position\":%" PRId64 "}\n\n",
                      stream->notices, stream->position);
    stream->notices = 0;
}

static void stream_tell(struct stream *stream, int64_t mono_ms, struct bh_buf *text)
{
    bool moved = stream->position != stream->sent_position ||
                 stream->now_ms - stream->sent_now_ms > BH_MINUTE_MS;
    bh_buf_reset(text);
    if (stream->over || stream->cut || mono_ms - stream->begun_ms > LIFE_MS) {
        http_stream_end(stream->request);
        return;
    }
    if (stream->position >= 0 && moved) {
        event_write(stream, text);
        stream->sent_position = stream->position;
        stream->sent_now_ms = stream->now_ms;
    } else if (mono_ms - stream->sent_ms > BEAT_MS) {
        bh_buf_text(text, ": beat\n\n");
    }
    if (text->len == 0)
        return;
    stream->sent_ms = mono_ms;
    http_stream_send(stream->request, bh_buf_view(text));
}

void live_tick(struct edge *edge)
{
    struct live *live = edge->live;
    struct bh_buf text;
    int64_t mono_ms = edge_mono(edge) / 1000;
    bh_buf_init(&text, 4096);
    lock_take(&live->lock);
    for (struct stream *stream = live->streams; stream; stream = stream->after)
        stream_tell(stream, mono_ms, &text);
    atomic_store(&edge->meter.streams, (unsigned)live->count);
    lock_give(&live->lock);
    bh_buf_done(&text);
}

void live_cut(struct edge *edge, const uint8_t *token_hash, int64_t user)
{
    struct live *live = edge->live;
    lock_take(&live->lock);
    for (struct stream *stream = live->streams; stream; stream = stream->after)
        if (token_hash ? memcmp(stream->session.token_hash, token_hash,
                                sizeof stream->session.token_hash) == 0
                       : user == 0 || stream->session.user == user)
            stream->cut = true;
    lock_give(&live->lock);
}

void live_ended(struct edge *edge, struct http_request *request)
{
    struct live *live = edge->live;
    struct call *call = request->owner;
    struct stream *stream = call->detail;
    if (!stream)
        return;
    lock_take(&live->lock);
    if (stream->before)
        stream->before->after = stream->after;
    else
        live->streams = stream->after;
    if (stream->after)
        stream->after->before = stream->before;
    live->count--;
    lock_give(&live->lock);
    bh_free(stream);
    call->detail = NULL;
}

/* --- a worker ------------------------------------------------------------------------------ */

static bool scope_asked(struct call *call, struct scope *ret, struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct scope rights;
    struct bh_str text;
    const struct unit *unit = NULL;
    call_scope_query(call, "loops", &rights);
    *ret = rights;
    if (scope_is_empty(&rights))
        return bh_fail(err, BH_MISSING, "没有找到", "no such thing");
    if (!query_string_get(&call->request->query, "area", &text) || text.len == 0)
        return true;
    if (!areas_resolve(edge->ledger->areas, text, edge_now(edge), &unit, err))
        return false;
    if (unit->scope.count == 0)
        return bh_fail_field(err, BH_INVALID, "area", "%s 所辖乡镇街道尚不清楚",
                             "which townships %s holds is not known", unit->id);
    *ret = unit->scope;
    if (!rights.everything)
        scope_meet(&rights, &unit->scope, ret);
    return !scope_is_empty(ret) || bh_fail(err, BH_MISSING, "没有找到", "no such thing");
}

static bool stream_add(struct call *call, const struct scope *scope, struct bh_err *err)
{
    struct live *live = call->edge->live;
    lock_take(&live->lock);
    bool room = live->count < STREAMS_MAX;
    if (room) {
        int64_t mono_ms = edge_mono(call->edge) / 1000;
        struct stream *stream = bh_alloc(sizeof *stream);
        *stream = (struct stream){.request = call->request,
                                  .edge = call->edge,
                                  .session = *call->session,
                                  .scope = *scope,
                                  .begun_ms = mono_ms,
                                  .sent_ms = mono_ms,
                                  .position = -1,
                                  .sent_position = -1,
                                  .after = live->streams};
        if (live->streams)
            live->streams->before = stream;
        live->streams = stream;
        live->count++;
        call->detail = stream;
        condition_signal(&live->changed);
    }
    lock_give(&live->lock);
    return room || bh_fail(err, BH_BUSY, "实时连接太多", "too many live streams");
}

void live_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct scope scope;
    (void)worker;
    if (scope_asked(call, &scope, &err)) {
        http_answer(call->request, 200, "text/event-stream", (struct bh_str){NULL, 0});
        http_answer_header(call->request, "X-Accel-Buffering", "no");
        bh_buf_text(&call->request->out, "retry: 3000\n\n");
        http_stream_begin(call->request);
        if (!stream_add(call, &scope, &err))
            call->request->streaming = false;
    }
    if (err.code != BH_OK)
        call_fail(call, &err);
    call_finish(call);
}

bool live_start(struct edge *edge, struct bh_err *err)
{
    struct live *live = bh_alloc(sizeof *live);
    live->edge = edge;
    edge->live = live;
    lock_init(&live->lock);
    condition_init(&live->changed);
    return db_open(ledger_path(edge->ledger), DB_READ, CACHE_KB, &live->db, err) &&
           thread_start(&live->thread, "live", live_run, live, err);
}

void live_stop(struct edge *edge)
{
    struct live *live = edge->live;
    if (!live)
        return;
    lock_take(&live->lock);
    live->stopping = true;
    condition_signal(&live->changed);
    lock_give(&live->lock);
    thread_join(&live->thread);
    db_close(live->db);
    condition_done(&live->changed);
    lock_done(&live->lock);
    bh_free(live);
    edge->live = NULL;
}
