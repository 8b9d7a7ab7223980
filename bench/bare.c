/*
 * bench_bare: the ceilings, and what the kernel does without HTTP. Each prints one JSON object.
 *
 *   bench_bare commands FOLDER COPY COMMAND BODIES SKIP COUNT BATCH
 *       COUNT commands of this name in transactions of BATCH: by the kernel on FOLDER, then the same statements by
 *       the bare loop on the database COPY/log.db, which must be in the state FOLDER was in.
 *   bench_bare rebuild FOLDER SCRATCH      bare loop over the statements of a rebuild, into the file SCRATCH
 *   bench_bare verify FOLDER               the engine's own check, a walk of the log, one hash an event
 *   bench_bare query FOLDER NAME PARAMS N  a query N times in process; the same statements by the bare loop
 *   bench_bare exercise FOLDER COPY        play of the exercise into the new FOLDER; bare loop over its statements
 */
#include "trace.h"
#include "world.h"

#include "base/time.h"
#include "ledger/cells.h"
#include "ledger/intake.h"
#include "ledger/reader.h"
#include "ledger/rebuild.h"
#include "links.h"
#include "plan/exercise.h"
#include "store/tables.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_CACHE_KB = 64 << 10, ANSWER_MAX = 64 << 20, LINE_MAX_BYTES = 256 << 10 };

static double seconds_since(int64_t before_us)
{
    return (double)(bench_mono_us() - before_us) / 1e6;
}

static void print_pair(int64_t units, double product_s, double product_cpu_s,
                       const struct trace_result *bare)
{
    (void)printf("{\"units\": %lld, \"product_per_s\": %.1f, \"product_cpu_us\": %.2f, "
                 "\"bare_per_s\": %.1f, \"bare_cpu_us\": %.2f, \"statements\": %lld, "
                 "\"commits\": %lld}\n",
                 (long long)units, (double)units / product_s, product_cpu_s * 1e6 / (double)units,
                 (double)units / bare->seconds, bare->cpu_seconds * 1e6 / (double)units,
                 (long long)bare->statements, (long long)bare->commits);
}

/* ---- commands ---- */

static FILE *bodies_open(const char *path, int64_t skip)
{
    char *line = bh_alloc(LINE_MAX_BYTES);
    FILE *in = fopen(path, "r");
    bh_assert(in);
    while (skip-- > 0)
        bh_assert(fgets(line, LINE_MAX_BYTES, in));
    bh_free(line);
    return in;
}

/* Seconds and CPU of the commits alone: what comes before is done by other threads in the server. */
static void run_commands(struct bench_batch *batch, const char *command, FILE *bodies,
                         int64_t count, double *ret_s, double *ret_cpu_s)
{
    char *line = bh_alloc(LINE_MAX_BYTES);
    *ret_s = *ret_cpu_s = 0;
    for (int64_t done = 0; done < count;) {
        bench_batch_clear(batch);
        for (; batch->count < batch->size && done < count; done++) {
            bh_assert(fgets(line, LINE_MAX_BYTES, bodies));
            (void)bench_batch_add(batch, command, json_loads(line, 0, NULL),
                                  ledger_now(batch->ledger));
        }
        int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
        bench_batch_commit(batch);
        *ret_s += seconds_since(before_us);
        *ret_cpu_s += (double)(bench_cpu_us() - cpu_us) / 1e6;
    }
    bh_free(line);
    if (batch->refused > 0)
        bench_fail(command, &batch->why);
}

/* Twice: the first half is measured, the second taken down for the bare loop (taking down costs time). */
static int run_commands_pair(char **arguments)
{
    struct bench_batch batch;
    struct trace_result bare;
    double seconds = 0, cpu_seconds = 0, ignored = 0;
    int64_t count = strtoll(arguments[5], NULL, 10);
    struct ledger *ledger = bench_open(arguments[0], world_live(), false);
    FILE *bodies = bodies_open(arguments[3], strtoll(arguments[4], NULL, 10));
    bench_batch_init(&batch, ledger, (size_t)strtoll(arguments[6], NULL, 10));
    struct trace *trace = NULL;
    char path[4400];
    (void)snprintf(path, sizeof path, "%s/log.db", arguments[1]);
    struct bh_err err;
    run_commands(&batch, arguments[2], bodies, count, &seconds, &cpu_seconds);
    if (!db_copy(ledger->db, path, NULL, NULL, &err))
        bench_fail(path, &err);
    trace = trace_start(ledger->db, TRACE_WRITES);
    run_commands(&batch, arguments[2], bodies, count, &ignored, &ignored);
    trace_stop(trace);
    ledger_close(ledger);
    if (!trace_replay(trace, path, REPLAY_DURABLE, NULL, &bare))
        return 1;
    print_pair(count, seconds, cpu_seconds, &bare);
    trace_free(trace);
    return 0;
}

/* ---- rebuild and verify ---- */

static void apply_event(const struct catalogue *catalogue, struct db *scratch,
                        const struct event *event)
{
    struct bh_err err;
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        if ((*link)->apply && !(*link)->apply(scratch, event, &err))
            bench_fail((*link)->name, &err);
}

/* The statements of a rebuild, taken down in a database in memory that sees the log as the real one does. */
static struct trace *trace_rebuild(struct ledger *ledger, char **ret_schema)
{
    struct db *scratch = NULL;
    struct bh_err err;
    struct bh_buf schema;
    struct log_reader reader;
    bh_buf_init(&schema, 1 << 20);
    for (const struct link *const *link = catalogue_links(ledger->catalogue); *link; link++)
        for (const struct derived_table *table = (*link)->tables; table && table->name; table++) {
            bh_buf_text(&schema, table->schema);
            bh_buf_text(&schema, ";");
        }
    if (!db_open(":memory:", DB_WRITE, READ_CACHE_KB, &scratch, &err) ||
        !db_scratch(scratch, &err) || !db_script(scratch, bh_buf_c(&schema), &err) ||
        !db_attach(scratch, ledger->path, "live", &err) || !db_begin(scratch, &err))
        bench_fail("scratch", &err);
    struct trace *trace = trace_start(scratch, TRACE_WRITES);
    log_reader_open(&reader, ledger->db, ledger->catalogue, 1, INT64_MAX);
    while (log_reader_next(&reader))
        apply_event(ledger->catalogue, scratch, &reader.event);
    if (!log_reader_close(&reader, &err))
        bench_fail("log", &err);
    trace_stop(trace);
    db_rollback(scratch);
    db_close(scratch);
    *ret_schema = schema.at;
    return trace;
}

static int run_rebuild(char **arguments)
{
    struct rebuild_report report;
    struct trace_result bare;
    struct bh_err err;
    char *schema = NULL;
    struct ledger *ledger = bench_open(arguments[0], world_live(), false);
    int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
    if (!ledger_rebuild(ledger, false, NULL, NULL, &report, &err))
        bench_fail("rebuild", &err);
    double seconds = seconds_since(before_us);
    double cpu_seconds = (double)(bench_cpu_us() - cpu_us) / 1e6;
    if (report.different_rows > 0)
        (void)fprintf(stderr, "bench: rebuild found %lld different rows, first in %s\n",
                      (long long)report.different_rows, report.first_table);
    struct trace *trace = trace_rebuild(ledger, &schema);
    ledger_close(ledger);
    if (!trace_replay(trace, arguments[1], REPLAY_SCRATCH, schema, &bare))
        return 1;
    print_pair(report.events, seconds, cpu_seconds, &bare);
    trace_free(trace);
    bh_free(schema);
    return report.different_rows > 0;
}

static void bare_verify(const char *path, struct trace_result *ret)
{
    struct db *db = NULL;
    struct rows rows;
    struct bh_err err;
    uint8_t hash[LOG_HASH] = {0};
    *ret = (struct trace_result){0};
    if (!db_open(path, DB_READ, READ_CACHE_KB, &db, &err))
        bench_fail(path, &err);
    int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
    if (!db_check(db, &err)) /* the engine's own check is part of the work */
        bench_fail("quick_check", &err);
    db_rows(db, &rows,
            "SELECT seq, recorded_ms, occurred_ms, kind, version, actor, area, person, cause, "
            "command, key, request, body, hash FROM event ORDER BY seq",
            "");
    while (db_next(&rows)) {
        crypto_generichash_state state;
        int64_t numbers[10];
        struct bh_str body = row_bytes(&rows, 12);
        for (int i = 0; i < 10; i++)
            numbers[i] = row_int(&rows, i);
        (void)crypto_generichash_init(&state, NULL, 0, LOG_HASH);
        (void)crypto_generichash_update(&state, hash, LOG_HASH);
        (void)crypto_generichash_update(&state, (const uint8_t *)numbers, sizeof numbers);
        (void)crypto_generichash_update(&state, (const uint8_t *)body.at, body.len);
        (void)crypto_generichash_final(&state, hash, LOG_HASH);
        ret->statements++;
    }
    if (!db_end(&rows, &err))
        bench_fail("verify", &err);
    ret->seconds = seconds_since(before_us);
    ret->cpu_seconds = (double)(bench_cpu_us() - cpu_us) / 1e6;
    db_close(db);
}

static int run_verify(char **arguments)
{
    struct verify_report report;
    struct trace_result bare;
    struct bh_err err;
    struct db *db = NULL;
    char path[4400];
    (void)snprintf(path, sizeof path, "%s/log.db", arguments[0]);
    struct catalogue *catalogue = catalogue_new(all_links);
    if (!db_open(path, DB_READ, READ_CACHE_KB, &db, &err))
        bench_fail(path, &err);
    int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
    if (!verify_log(db, catalogue, NULL, NULL, &report, &err) || report.first_bad != 0)
        bench_fail("verify", &report.why);
    double seconds = seconds_since(before_us);
    double cpu_seconds = (double)(bench_cpu_us() - cpu_us) / 1e6;
    db_close(db);
    bare_verify(path, &bare);
    print_pair(report.events, seconds, cpu_seconds, &bare);
    return 0;
}

/* ---- queries ---- */

struct asking {
    struct ledger *ledger;
    const struct query *query;
    struct db *db;
    json_t *params;
    size_t bytes;
};

static void ask(struct asking *asking)
{
    static const struct scope everywhere = {
        .everything = true, .count = 1, .range = {{1, INT64_MAX}}};
    struct bh_arena arena;
    struct intake intake;
    struct bh_err err;
    struct bh_buf out;
    struct log_head head;
    json_t *one = NULL;
    bh_arena_init(&arena, LIMIT_ARENA_BATCH);
    bh_buf_init(&out, ANSWER_MAX);
    void *body = bh_arena_get(&arena, asking->query->params->size);
    intake_init(&intake, asking->ledger, &arena, ledger_now(asking->ledger));
    if (!db_begin_read(asking->db, &err) || !log_head_read(asking->db, &head, &err) ||
        !record_from_json(asking->query->params, asking->params, &intake.edge, body, &err))
        bench_fail(asking->query->name, &err);
    struct reader reader = {.db = asking->db,
                            .ledger = asking->ledger,
                            .scope = &everywhere,
                            .now_ms = ledger_now(asking->ledger),
                            .position = head.seq,
                            .arena = &arena,
                            .vault = asking->ledger->vault};
    if (asking->query->flags & QUERY_ONE) {
        if (!asking->query->run_one(&reader, body, &one, &err))
            bench_fail(asking->query->name, &err);
        asking->bytes = json_dumpb(one, NULL, 0, JSON_COMPACT);
        json_decref(one);
    } else {
        struct cells cells;
        cells_begin(&cells, asking->query, CELLS_JSON, CELLS_NAMES, LIMIT_PAGE_ROWS,
                    asking->ledger->zone_minutes, &out);
        if (!asking->query->run(&reader, body, &cells, &err) ||
            !cells_end(&cells, reader.position, reader.now_ms, &err))
            bench_fail(asking->query->name, &err);
        asking->bytes = out.len;
    }
    if (!db_commit(asking->db, &err))
        bench_fail("read", &err);
    bh_buf_done(&out);
    bh_arena_done(&arena);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int run_query(char **arguments)
{
    struct asking asking = {.ledger = bench_open(arguments[0], world_live(), true)};
    struct bh_err err;
    size_t count = (size_t)strtoll(arguments[3], NULL, 10);
    int64_t *us = bh_alloc(count * sizeof *us), *bare_us = bh_alloc(count * sizeof *bare_us);
    asking.query = catalogue_query(asking.ledger->catalogue, bh_str_of(arguments[1]));
    asking.params = json_loads(arguments[2], 0, NULL);
    bh_assert(asking.query && asking.params && count > 0);
    if (!db_open(asking.ledger->path, DB_READ, READ_CACHE_KB, &asking.db, &err))
        bench_fail("open", &err);
    ask(&asking); /* warm */
    for (size_t i = 0; i < count; i++) {
        int64_t before_us = bench_mono_us();
        ask(&asking);
        us[i] = bench_mono_us() - before_us;
    }
    struct trace *trace = trace_start(asking.db, TRACE_READS);
    ask(&asking);
    trace_stop(trace);
    struct trace_result bare = {0};
    for (size_t i = 0; i < count; i++) {
        if (!trace_replay(trace, asking.ledger->path, REPLAY_READ, NULL, &bare))
            return 1;
        bare_us[i] = (int64_t)(bare.seconds * 1e6);
    }
    qsort(us, count, sizeof *us, compare);
    qsort(bare_us, count, sizeof *bare_us, compare);
    (void)printf("{\"product_p50_ms\": %.3f, \"product_p99_ms\": %.3f, \"bare_p50_ms\": %.3f, "
                 "\"statements\": %lld, \"rows\": %lld, \"bytes\": %zu}\n",
                 (double)us[count / 2] / 1e3, (double)us[(count - 1) * 99 / 100] / 1e3,
                 (double)bare_us[count / 2] / 1e3, (long long)bare.statements, (long long)bare.rows,
                 asking.bytes);
    return 0;
}

/* ---- the exercise ---- */

static int run_exercise(char **arguments)
{
    struct made_world made;
    struct ledger *ledger = NULL;
    struct bh_err err;
    struct exercise_options options = {.seed = 1, .until_ms = BH_NONE};
    struct exercise_report report;
    struct trace_result bare;
    char path[4400];
    made_world_init(&made, 1, EXERCISE_BEGIN_MS);
    struct ledger_options open = {.world = &made.world,
                                  .catalogue = catalogue_new(all_links),
                                  .create = true,
                                  .exercise = true,
                                  .name = "jilin-2022-03",
                                  .start_ms = EXERCISE_BEGIN_MS,
                                  .zone_minutes = 480,
                                  .seed = 1};
    (void)snprintf(path, sizeof path, "%s/log.db", arguments[1]);
    if (!ledger_open(arguments[0], &open, &ledger, &err) ||
        !db_copy(ledger->db, path, NULL, NULL, &err))
        bench_fail(arguments[0], &err);
    struct trace *trace = trace_start(ledger->db, TRACE_WRITES);
    int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
    if (!exercise_play(ledger, &made, &options, &report, &err))
        bench_fail("exercise", &err);
    double seconds = seconds_since(before_us);
    double cpu_seconds = (double)(bench_cpu_us() - cpu_us) / 1e6;
    trace_stop(trace);
    ledger_close(ledger);
    if (!trace_replay(trace, path, REPLAY_DURABLE, NULL, &bare))
        return 1;
    print_pair(report.events, seconds, cpu_seconds, &bare);
    trace_free(trace);
    return 0;
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        int arguments;
        int (*run)(char **arguments);
    } parts[] = {{"commands", 7, run_commands_pair},
                 {"rebuild", 2, run_rebuild},
                 {"verify", 1, run_verify},
                 {"query", 4, run_query},
                 {"exercise", 2, run_exercise}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (count == parts[i].arguments + 2 && strcmp(arguments[1], parts[i].name) == 0)
            return parts[i].run(arguments + 2);
    (void)fprintf(stderr, "use: see the head of bench/bare.c\n");
    return 2;
}
