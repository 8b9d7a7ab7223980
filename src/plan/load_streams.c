/* One step of the ladder: kinds of requests at planned times, each over its own connections. */
#include "plan/load_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    EVENTS = 512,
    DRAIN_US = 5000000, /* for answers still due when a step ends */
    RETRIES_WAITING_MAX = 200000,
    STREAMS_MAX = 1 + LOAD_ASIDE_MAX,
};

/* One request. number: of the tube, or of the question. */
struct job {
    int64_t number, planned_us, due_us;
    int tries;
};

struct stream;

struct lane {
    struct load_wire wire;
    struct stream *stream;
    struct job job;
    bool busy, listed; /* listed: among the free ones */
    int64_t sent_us, broke_us;
};

struct stream {
    struct load_run *run;
    const struct load_aside *aside; /* NULL: tubes */
    int64_t per_second;             /* 0 = closed loop */
    struct lane *lane;
    int lane_count;
    struct lane **idle;
    int idle_count;
    int64_t begun_us, ends_us;
    int64_t next;      /* number of the next request; of those with tubes over the whole run */
    struct job *again; /* refused ones: a heap by the time they may come back */
    int again_count, busy_count;
    struct load_figures figures;
};

struct step {
    struct load_run *run;
    struct stream stream[STREAMS_MAX];
    int stream_count;
    struct load_unruly *unruly;
};

/* ---- refused requests, by when they may be sent again ---- */

static void again_put(struct stream *stream, const struct job *job)
{
    int at = stream->again_count++;
    for (; at > 0 && stream->again[(at - 1) / 2].due_us > job->due_us; at = (at - 1) / 2)
        stream->again[at] = stream->again[(at - 1) / 2];
    stream->again[at] = *job;
}

static struct job again_take(struct stream *stream)
{
    struct job first = stream->again[0], last = stream->again[--stream->again_count];
    int at = 0;
    for (int below = 1; below < stream->again_count; below = 2 * at + 1) {
        if (below + 1 < stream->again_count &&
            stream->again[below + 1].due_us < stream->again[below].due_us)
            below++;
        if (last.due_us <= stream->again[below].due_us)
            break;
        stream->again[at] = stream->again[below];
        at = below;
    }
    stream->again[at] = last;
    return first;
}

/* ---- sending ---- */

/* Of the place-th request of this step. */
static int64_t planned_us(const struct stream *stream, int64_t place)
{
    return stream->begun_us + place * 1000000 / stream->per_second;
}

/* A question about somebody who was sampled in this run. */
static void question_make(struct stream *stream, const struct job *job, struct bh_buf *out)
{
    const struct load_options *options = stream->run->options;
    const struct load_people *people = &options->people;
    struct bh_buf path, body;
    uint64_t dice = load_mix((uint64_t)job->number ^ people->salt);
    int64_t known = stream->run->sampled_tubes + people->seen;
    int64_t tube =
        people->skip - people->seen + (int64_t)(dice % (uint64_t)(known > 0 ? known : 1));
    int64_t slot = people->residents > 0 ? load_slot(people, tube, 0) : 0;
    char client[32];
    (void)snprintf(client, sizeof client, "10.%d.%d.%d", (int)(dice >> 40 & 255),
                   (int)(dice >> 48 & 255), (int)(dice >> 56 & 255));
    bh_buf_init(&path, LOAD_BODY_MAX);
    bh_buf_init(&body, LOAD_BODY_MAX);
    load_path_fill(people, stream->aside->path, slot, &path);
    if (stream->aside->body)
        load_path_fill(people, stream->aside->body, slot, &body);
    struct load_request request = {.path = bh_buf_c(&path),
                                   .client = options->forwarded ? client : NULL,
                                   .body = bh_buf_view(&body)};
    load_request(&options->to, &options->caller, &request, out);
    bh_buf_done(&path);
    bh_buf_done(&body);
}

static void tubes_make(struct stream *stream, const struct job *job, struct bh_buf *out)
{
    const struct load_people *people = &stream->run->options->people;
    int64_t tubes[LOAD_TOGETHER_MAX];
    for (int i = 0; i < people->together; i++)
        tubes[i] = load_tube_of(people, job->number, i);
    load_tube_request(
        stream->run, tubes, people->together,
        stream->run->started_wall_ms + (job->planned_us - stream->run->started_us) / 1000, out);
}

static void request_make(struct stream *stream, const struct job *job, struct bh_buf *out)
{
    bh_buf_reset(out);
    if (stream->aside)
        question_make(stream, job, out);
    else
        tubes_make(stream, job, out);
}

static void lane_free(struct lane *lane)
{
    if (lane->listed || lane->wire.state != WIRE_READY)
        return;
    lane->listed = true;
    lane->stream->idle[lane->stream->idle_count++] = lane;
}

static void lane_broke(struct lane *lane, int64_t now)
{
    struct stream *stream = lane->stream;
    if (lane->busy) {
        stream->figures.failed++;
        stream->busy_count--;
    }
    lane->busy = false;
    lane->broke_us = now;
    load_wire_close(&lane->wire);
}

static void lane_send(struct lane *lane, const struct job *job, int64_t now)
{
    lane->job = *job;
    lane->busy = true;
    lane->sent_us = now;
    lane->stream->busy_count++;
    lane->stream->figures.sent++;
    request_make(lane->stream, job, &lane->wire.out);
    if (!load_wire_send(&lane->wire))
        lane_broke(lane, now);
}

static struct lane *lane_take(struct stream *stream)
{
    while (stream->idle_count > 0) {
        struct lane *lane = stream->idle[--stream->idle_count];
        lane->listed = false;
        if (lane->wire.state == WIRE_READY)
            return lane;
    }
    return NULL;
}

static int64_t number_end(const struct stream *stream)
{
    const struct load_people *people = &stream->run->options->people;
    return stream->aside ? INT64_MAX : load_tube_count(people) / people->together;
}

/* In a closed loop who is refused waits, and then asks for the same: a client is one connection. */
static bool stream_waits(const struct stream *stream)
{
    return stream->per_second == 0 && !stream->aside;
}

/* All tubes of the roll are answered for. */
static bool stream_used_up(const struct stream *stream)
{
    return !stream->aside && stream->next >= number_end(stream) && stream->busy_count == 0 &&
           stream->again_count == 0;
}

/* Sends what is due over whatever connection is free; what waited too long for one is unsent. */
static void send_due(struct stream *stream, int64_t now)
{
    int64_t patience_us = stream->run->options->patience_ms * 1000;
    while (stream->again_count > 0 && stream->again[0].due_us <= now && stream->idle_count > 0) {
        struct lane *lane = lane_take(stream);
        if (!lane)
            break;
        struct job job = again_take(stream);
        stream->figures.retried++;
        lane_send(lane, &job, now);
    }
    while (stream->next < number_end(stream) && now < stream->ends_us) {
        int64_t at = stream->per_second > 0 ? planned_us(stream, stream->figures.planned) : now;
        if (at > now || (stream_waits(stream) && stream->idle_count <= stream->again_count))
            return;
        struct lane *lane = lane_take(stream);
        if (!lane && (stream->per_second == 0 || now - at <= patience_us))
            return;
        stream->figures.planned++;
        if (lane)
            lane_send(lane, &(struct job){stream->next++, at, at, 0}, now);
        else
            stream->figures.unsent++;
    }
}

/* ---- answers ---- */

static void refused(struct lane *lane, int64_t now)
{
    struct stream *stream = lane->stream;
    struct job job = lane->job;
    stream->figures.refused++;
    /* From when it was sent: the wait for a free connection is not the server's. */
    load_time_note(&stream->figures.refused_times, now - lane->sent_us);
    job.due_us =
        now + (lane->wire.retry_after_s > 0 ? lane->wire.retry_after_s : 1) * INT64_C(1000000);
    job.tries++;
    if ((!stream_waits(stream) && job.tries > stream->run->options->retries) ||
        stream->again_count == RETRIES_WAITING_MAX)
        stream->figures.given_up++;
    else
        again_put(stream, &job);
}

/* What may be asked about: of requests with several tubes only whole rows of sites are surely there. */
static void taken(struct lane *lane)
{
    struct stream *stream = lane->stream;
    const struct load_people *people = &stream->run->options->people;
    int tubes = load_tubes_taken(stream->run, &lane->wire, people->together, &stream->figures);
    int64_t known = people->together == 1 ? lane->job.number + 1
                                          : lane->job.number / people->site_count *
                                                people->site_count * people->together;
    stream->figures.persons += (int64_t)tubes * people->pool;
    if (known - people->skip > stream->run->sampled_tubes)
        stream->run->sampled_tubes = known - people->skip;
}

static void answered(struct lane *lane, int64_t now)
{
    struct stream *stream = lane->stream;
    stream->busy_count--;
    lane->busy = false;
    stream->figures.bytes += lane->wire.got;
    if (lane->wire.load_level > stream->run->level_max)
        stream->run->level_max = lane->wire.load_level;
    if (lane->wire.status == 200) {
        stream->figures.accepted++;
        stream->figures.retried_accepted += lane->job.tries > 0;
        if (!stream->aside)
            taken(lane);
        /* A retry waited on purpose: what counts is how long its own answer took. */
        load_time_note(&stream->figures.accepted_times,
                       now - (lane->job.tries > 0 ? lane->sent_us : lane->job.planned_us));
    } else if (lane->wire.status == 503 || lane->wire.status == 429) {
        refused(lane, now);
    } else {
        load_wrong_note(&stream->figures, lane->wire.status, load_wire_body(&lane->wire));
    }
    if (lane->wire.state == WIRE_CLOSED)
        lane->broke_us = now;
    else
        lane_free(lane);
}

static void lane_event(struct lane *lane, int64_t now)
{
    switch (load_wire_event(&lane->wire)) {
    case LOAD_OPENED: lane_free(lane); return;
    case LOAD_ANSWER: answered(lane, now); return;
    case LOAD_BROKEN: lane_broke(lane, now); return;
    case LOAD_NOTHING: return;
    }
}

/* ---- the step ---- */

static void stream_open(struct step *step, const struct load_aside *aside, int64_t per_second,
                        int lanes)
{
    struct stream *stream = &step->stream[step->stream_count++];
    *stream = (struct stream){.run = step->run,
                              .aside = aside,
                              .per_second = per_second,
                              .lane = bh_alloc((size_t)lanes * sizeof *stream->lane),
                              .lane_count = lanes,
                              .idle = bh_alloc((size_t)lanes * sizeof(struct lane *)),
                              .again = bh_alloc(RETRIES_WAITING_MAX * sizeof *stream->again),
                              .next = aside ? 0 : step->run->next_request,
                              .figures = {.name = aside ? aside->name : "sampling"}};
    for (int i = 0; i < lanes; i++) {
        stream->lane[i].stream = stream;
        stream->lane[i].wire.fd = -1;
        stream->lane[i].wire.keep_answer = !aside && step->run->options->people.together > 1;
        (void)load_wire_open(&step->run->wires, &stream->lane[i].wire, &stream->lane[i]);
    }
}

static void stream_close(struct stream *stream)
{
    for (int i = 0; i < stream->lane_count; i++)
        load_wire_free(&stream->lane[i].wire);
    bh_free(stream->lane);
    bh_free(stream->idle);
    bh_free(stream->again);
}

static void poll_lanes(struct step *step, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(step->run->wires.poll, events, EVENTS, wait_ms);
    int64_t now = load_now_us(step->run);
    for (int i = 0; i < ready; i++)
        if (events[i].data.ptr)
            lane_event(events[i].data.ptr, now);
}

/* Connections that broke are opened again, a second later. */
static void reopen(struct step *step, int64_t now)
{
    for (int s = 0; s < step->stream_count; s++)
        for (int i = 0; i < step->stream[s].lane_count; i++) {
            struct lane *lane = &step->stream[s].lane[i];
            if (lane->wire.state != WIRE_CLOSED || now - lane->broke_us < 1000000)
                continue;
            lane->broke_us = now;
            (void)load_wire_open(&step->run->wires, &lane->wire, lane);
        }
}

static void tell(struct step *step, int64_t now)
{
    struct load_run *run = step->run;
    char line[256];
    if (!run->options->told || now - run->told_us < 1000000)
        return;
    run->told_us = now;
    const struct load_figures *f = &step->stream[0].figures;
    long long second = (long long)((now - step->stream[0].begun_us) / 1000000);
    double p99_ms = load_time_ms(&f->accepted_times, 0.99);
    if (run->options->english)
        (void)snprintf(
            line, sizeof line,
            "%llds  %lld accepted, %lld refused, %lld unsent, p99 %.1f ms, load level %d", second,
            (long long)f->accepted, (long long)f->refused, (long long)f->unsent, p99_ms,
            run->level_max);
    else
        (void)snprintf(line, sizeof line,
                       "%lld 秒  接受 %lld，拒绝 %lld，未发 %lld，p99 %.1f ms，负荷等级 %d", second,
                       (long long)f->accepted, (long long)f->refused, (long long)f->unsent, p99_ms,
                       run->level_max);
    run->options->told(run->options->self, line);
}

static bool all_open(const struct step *step)
{
    for (int s = 0; s < step->stream_count; s++)
        if (step->stream[s].idle_count < step->stream[s].lane_count)
            return false;
    return true;
}

static bool waiting(const struct step *step)
{
    for (int s = 0; s < step->stream_count; s++)
        if (step->stream[s].busy_count > 0)
            return true;
    return false;
}

/* Nothing is left to do before the time is over, but to ask. */
static bool step_used_up(const struct step *step)
{
    return step->stream_count > 0 && stream_used_up(&step->stream[0]);
}

/* Returns the seconds that it took: fewer than asked for when the roll is used up. */
static double run_step(struct step *step)
{
    int64_t seconds_us = step->run->options->seconds * INT64_C(1000000);
    int64_t opened = load_now_us(step->run), swept = opened, now = opened;
    while (!all_open(step) && now - opened < DRAIN_US) {
        poll_lanes(step, 10);
        now = load_now_us(step->run);
    }
    int64_t begun = now, ends = begun + seconds_us;
    for (int s = 0; s < step->stream_count; s++) {
        step->stream[s].begun_us = begun;
        step->stream[s].ends_us = ends;
    }
    while (now < ends || (waiting(step) && now < ends + DRAIN_US)) {
        for (int s = 0; s < step->stream_count && now < ends; s++)
            send_due(&step->stream[s], now);
        poll_lanes(step, 1);
        now = load_now_us(step->run);
        if (step->unruly)
            load_unruly_turn(step->unruly, now);
        if (now - swept > 100000) {
            swept = now;
            reopen(step, now);
            tell(step, now);
        }
        if (now < ends && step_used_up(step))
            ends = now;
    }
    for (int s = 0; s < step->stream_count; s++) {
        step->stream[s].figures.failed += step->stream[s].busy_count;
        step->stream[s].figures.given_up += step->stream[s].again_count;
    }
    return (double)(ends > begun ? ends - begun : 1) / 1e6;
}

static void streams_open(struct step *step, int times)
{
    const struct load_options *options = step->run->options;
    int64_t requests =
        options->persons_per_second * times / (options->people.pool * options->people.together);
    if (options->people.round != 0)
        stream_open(step, NULL, options->persons_per_second > 0 && requests == 0 ? 1 : requests,
                    options->connections);
    for (int i = 0; i < options->aside_count; i++)
        stream_open(step, &options->aside[i], options->aside[i].per_second * times,
                    options->aside_connections);
}

bool load_step(struct load_run *run, int times, json_t **ret, struct bh_err *err)
{
    struct step *step = bh_alloc(sizeof *step);
    step->run = run;
    if (!load_unruly_open(run, &step->unruly, err)) {
        bh_free(step);
        return false;
    }
    streams_open(step, times);
    run->level_max = 0;
    double seconds = run_step(step);
    bool used_up = step_used_up(step);
    json_t *streams = json_array();
    for (int s = 0; s < step->stream_count; s++) {
        if (!step->stream[s].aside)
            run->next_request = step->stream[s].next;
        (void)json_array_append_new(streams, load_figures_json(&step->stream[s].figures, seconds));
        stream_close(&step->stream[s]);
    }
    *ret = json_pack("{s:i, s:f, s:b, s:i, s:o, s:o}", "times", times, "seconds", seconds,
                     "used_up", used_up, "load_level_max", run->level_max, "streams", streams,
                     "unruly", load_unruly_close(step->unruly));
    bh_free(step);
    return true;
}
