/* /healthz: the process answers. /readyz: it can do its work. /metrics: how it does, for Prometheus. */
#include "api/counts.h"
#include "api/edge.h"
#include "api/result_cache.h"
#include "base/time.h"
#include "ledger/writer.h"

#include <inttypes.h>
#include <string.h>

bool health_here(struct call *call)
{
    call_text(call, "text/plain; charset=utf-8", BH_STR("ok\n"));
    return true;
}

/* A copy that stands still is shown but does not make the server unready: writing goes on. */
static void ready_write(struct bh_buf *out, struct edge *edge)
{
    struct copier_figures copied;
    copier_figures(edge->copier, &copied);
    bh_buf_text(out, "ready\n");
    bh_buf_format(out, "load %d\n", pressure_level(&edge->pressure));
    bh_buf_format(out, "exercise %s\n", edge->ledger->exercise ? "yes" : "no");
    bh_buf_format(out, "copied_through %" PRId64 "\n", copied.through);
    if (copied.failing)
        bh_buf_format(out, "copy_failing %s / %s\n", copied.why.en, copied.why.zh);
}

bool ready_here(struct call *call)
{
    struct edge *edge = call->edge;
    if (atomic_load(&edge->ready) && !atomic_load(&edge->write_stopped)) {
        ready_write(&call->request->out, edge);
        call_text(call, "text/plain; charset=utf-8", bh_buf_view(&call->request->out));
    } else {
        struct bh_err err = {.code = BH_STOPPED};
        call_fail(call, &err);
    }
    return true;
}

static unsigned long long count_of(atomic_ullong *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void head_write(struct bh_buf *out, const char *name, const char *type, const char *help)
{
    bh_buf_format(out, "# HELP bihuan_%s %s\n# TYPE bihuan_%s %s\n", name, help, name, type);
}

static void gauge_write(struct bh_buf *out, const char *name, int64_t value, const char *help)
{
    head_write(out, name, "gauge", help);
    bh_buf_format(out, "bihuan_%s %" PRId64 "\n", name, value);
}

static void total_write(struct bh_buf *out, const char *name, unsigned long long value,
                        const char *help)
{
    head_write(out, name, "counter", help);
    bh_buf_format(out, "bihuan_%s %llu\n", name, value);
}

static void requests_write(struct bh_buf *out, struct meter *meter)
{
    head_write(out, "http_answers_total", "counter",
               "Answers by kind of request and hundred of the status.");
    for (int class = 0; class < METER_CLASSES; class ++)
        for (int hundred = 1; hundred < 6; hundred++)
            if (count_of(&meter->answers[class][hundred]))
                bh_buf_format(out, "bihuan_http_answers_total{kind=\"%s\",status=\"%dxx\"} %llu\n",
                              meter_class_name[class], hundred,
                              count_of(&meter->answers[class][hundred]));
    head_write(out, "http_seconds", "histogram", "From the complete request to the sent answer.");
    for (int class = 0; class < METER_CLASSES; class ++) {
        unsigned long long sum = 0;
        for (int bucket = 0; bucket <= METER_BUCKETS; bucket++) {
            sum += count_of(&meter->bucket[class][bucket]);
            bh_buf_format(out, "bihuan_http_seconds_bucket{kind=\"%s\",le=\"",
                          meter_class_name[class]);
            if (bucket < METER_BUCKETS)
                bh_buf_format(out, "%g\"} %llu\n", (double)meter_bound_us[bucket] / 1e6, sum);
            else
                bh_buf_format(out, "+Inf\"} %llu\n", sum);
        }
        bh_buf_format(out, "bihuan_http_seconds_sum{kind=\"%s\"} %.6f\n", meter_class_name[class],
                      (double)count_of(&meter->sum_us[class]) / 1e6);
        bh_buf_format(out, "bihuan_http_seconds_count{kind=\"%s\"} %llu\n", meter_class_name[class],
                      sum);
    }
}

static void writer_write(struct bh_buf *out, struct edge *edge)
{
    struct writer_figures figures;
    struct copier_figures copied;
    int64_t position = 0, now_ms = 0;
    writer_figures(edge->writer, &figures);
    writer_position(edge->writer, &position, &now_ms);
    gauge_write(out, "log_position", position, "Number of the last event.");
    gauge_write(out, "log_clock_seconds", now_ms / 1000,
                "The log's clock (virtual in an exercise).");
    gauge_write(out, "log_epoch", edge->ledger->epoch, "Moment of the last restore; 0 = never.");
    copier_figures(edge->copier, &copied);
    gauge_write(out, "copied_through", copied.through,
                "Last event in the copy elsewhere; 0 without one.");
    gauge_write(out, "copy_behind_ms", copied.behind_ms, "For how long it cannot be written.");
    total_write(out, "commits_total", (unsigned long long)figures.commits,
                "Transactions made durable.");
    total_write(out, "commands_total", (unsigned long long)figures.commands,
                "Commands decided, accepted or refused.");
    total_write(out, "commands_shed_total", (unsigned long long)figures.refused_full,
                "Commands refused because the queue was too long.");
    gauge_write(out, "writer_queue", figures.queue, "Commands waiting for the writer.");
    gauge_write(out, "writer_wait_ms", figures.wait_ms, "Expected wait of a new command.");
    gauge_write(out, "commit_us", figures.commit_us, "Recent mean of one transaction.");
}

static void edge_write(struct bh_buf *out, struct edge *edge)
{
    struct workers *workers = &edge->workers;
    gauge_write(out, "load_level", pressure_level(&edge->pressure),
                "What is refused: 1 exports, 2 boards too, 3 look-ups too.");
    gauge_write(out, "connections", (int64_t)atomic_load(&edge->meter.connections),
                "Open connections.");
    gauge_write(out, "live_streams", (int64_t)atomic_load(&edge->meter.streams), "Live streams.");
    total_write(out, "shed_total", count_of(&edge->meter.shed),
                "Requests refused because of load.");
    total_write(out, "commands_accepted_total", count_of(&edge->meter.commands_ok),
                "Commands accepted.");
    total_write(out, "commands_refused_total", count_of(&edge->meter.commands_refused),
                "Commands refused by a rule.");
    head_write(out, "reader_queue", "gauge", "Requests waiting for a reader, by urgency.");
    lock_take(&workers->lock);
    for (int class = 0; class <= PRIORITY_EXPORT; class ++)
        bh_buf_format(out, "bihuan_reader_queue{urgency=\"%d\"} %d\n", class,
                      workers->waiting[class]);
    lock_give(&workers->lock);
}

static void results_write(struct bh_buf *out, struct edge *edge)
{
    struct result_figures figures;
    bool caught_up = false;
    results_figures(edge, &figures, &caught_up);
    gauge_write(out, "results_ready", caught_up, "Own results can be asked for.");
    gauge_write(out, "results_bytes", figures.bytes, "Memory that answers them.");
}

static bool duties_write(struct bh_buf *out, struct db *db, int64_t now_ms, struct bh_err *err)
{
    struct counts counts;
    struct log_head head;
    int64_t notices = 0, from = 0;
    if (!counts_read(db, NULL, &counts, err) || !log_head_read(db, &head, err) ||
        !position_before(db, head.seq, now_ms - BH_HOUR_MS, &from, err) ||
        !notices_after(db, from, 0, &notices, err))
        return false;
    gauge_write(out, "duties_open", counts.open, "Open duties, overdue ones included.");
    gauge_write(out, "duties_overdue", counts.overdue, "Overdue duties.");
    gauge_write(out, "notices_last_hour", notices,
                "Notices queued in the last hour of the log's clock.");
    return true;
}

/* Figures without any area or person, and only for who sits at the machine: a proxy does not pass it on. */
void metrics_work(struct worker *worker, struct call *call)
{
    struct edge *edge = call->edge;
    struct bh_buf *out = &call->request->out;
    struct bh_err err = {.code = BH_OK};
    const char *peer = call->request->peer;
    if (strncmp(peer, "127.", 4) != 0 && strcmp(peer, "::1") != 0) {
        call_missing(call);
        call_finish(call);
        return;
    }
    head_write(out, "build_info", "gauge", "The running program.");
    bh_buf_text(out, "bihuan_build_info{version=\"" BIHUAN_VERSION "\"} 1\n");
    requests_write(out, &edge->meter);
    writer_write(out, edge);
    edge_write(out, edge);
    results_write(out, edge);
    bool ok = db_begin_read(worker->db, &err);
    if (ok) {
        ok = duties_write(out, worker->db, edge_now(edge), &err);
        db_rollback(worker->db);
    }
    if (ok)
        http_answer(call->request, 200, "text/plain; version=0.0.4; charset=utf-8",
                    bh_buf_view(out));
    else
        call_fail(call, &err);
    call_finish(call);
}
