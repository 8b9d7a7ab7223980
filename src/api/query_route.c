/* GET /queries/NAME: parameters to the query's record, rows to JSON or CSV, inside one snapshot. */
#include "api/edge.h"
#include "api/text_value.h"
#include "base/csv.h"
#include "base/time.h"
#include "ledger/cells.h"
#include "ledger/intake.h"
#include "ledger/log.h"
#include "ledger/reader.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE_ROWS = 50,
    WHOLE_ROWS =
        100000, /* of a query without pages (board, map): all of it, or it would be told in part */
};

struct query_call {
    const struct query *query;
    enum cells_form form;
    enum cells_titles titles;
    bool english;
    bool whole; /* of a list in pages: all of them, because no number of rows was asked for */
    int64_t limit;
    void *params;
    struct scope scope;
};

/* Parameters of every query: how the answer should look. */
static bool is_form(const char *name)
{
    return strcmp(name, "format") == 0 || strcmp(name, "lang") == 0;
}

static bool form_read(struct call *call, struct query_call *detail, struct bh_err *err)
{
    const struct query_string *given = &call->request->query;
    const char *language = http_header_get(call->request, "Accept-Language");
    struct bh_str text;
    detail->english = language && strncmp(language, "en", 2) == 0;
    if (query_string_get(given, "lang", &text)) {
        if (!bh_str_is(text, "zh") && !bh_str_is(text, "en"))
            return bh_fail_field(err, BH_INVALID, "lang", "lang 应为 zh 或 en",
                                 "lang should be zh or en");
        detail->english = bh_str_is(text, "en");
        detail->titles = detail->english ? CELLS_EN : CELLS_ZH;
    }
    if (query_string_get(given, "format", &text)) {
        if (!bh_str_is(text, "json") && !bh_str_is(text, "csv"))
            return bh_fail_field(err, BH_INVALID, "format", "format 应为 json 或 csv",
                                 "format should be json or csv");
        detail->form = bh_str_is(text, "csv") ? CELLS_CSV : CELLS_JSON;
    }
    const struct record *record = detail->query->params;
    const struct field *limit = record ? record_field(record, "limit") : NULL;
    detail->whole = detail->form == CELLS_CSV && limit && !field_given(limit, detail->params);
    if (detail->form == CELLS_CSV && (detail->query->flags & QUERY_ONE))
        return bh_fail_field(err, BH_INVALID, "format", "这个查询没有表格形式",
                             "this query has no table form");
    return true;
}

static bool params_read(struct call *call, struct query_call *detail, struct bh_err *err)
{
    const struct record *record = detail->query->params;
    const struct query_string *given = &call->request->query;
    struct intake intake;
    json_t *json = json_object();
    intake_init(&intake, call->edge->ledger, &call->request->arena, edge_now(call->edge));
    for (size_t index = 0; index < given->count; index++) {
        const struct query_pair *pair = &given->pair[index];
        const struct field *field = record ? record_field(record, pair->name) : NULL;
        if (!is_form(pair->name) && pair->value.len)
            (void)json_object_set_new(json, pair->name, text_value(field, pair->value));
    }
    bool ok = true;
    if (record) {
        detail->params = bh_arena_get(&call->request->arena, record->size);
        ok = record_from_json(record, json, &intake.edge, detail->params, err);
    } else if (json_object_size(json)) {
        const char *name = json_object_iter_key(json_object_iter(json));
        ok = bh_fail_field(err, BH_INVALID, name, "没有名为“%s”的参数", "no parameter named %s",
                           name);
    }
    json_decref(json);
    const struct field *limit = record ? record_field(record, "limit") : NULL;
    detail->limit = limit ? PAGE_ROWS : WHOLE_ROWS;
    if (ok && limit && field_given(limit, detail->params))
        detail->limit = field_int(limit, detail->params);
    if (limit && (detail->limit < 1 || detail->limit > LIMIT_PAGE_ROWS))
        ok = ok && bh_fail_field(err, BH_INVALID, "limit", "limit 应为 1 至 %d",
                                 "limit should be 1 to %d", LIMIT_PAGE_ROWS);
    return ok;
}

/* Changes when the log moved, or who asks, what for, in which form, with which rights. */
static void tag_make(const struct call *call, const struct query_call *detail, int64_t position,
                     char out[40])
{
    crypto_generichash_state state;
    uint8_t hash[16];
    const struct scope *scope = &detail->scope;
    int64_t numbers[6] = {
        position,        call->session->user, (int64_t)call->session->epoch,
        detail->english, scope->everything,   (int64_t)atomic_load(&call->edge->messages)};
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    (void)crypto_generichash_update(&state, (const uint8_t *)numbers, sizeof numbers);
    (void)crypto_generichash_update(&state, (const uint8_t *)scope->range,
                                    (size_t)scope->count * sizeof *scope->range);
    (void)crypto_generichash_update(&state, (const uint8_t *)call->rest, strlen(call->rest) + 1);
    for (size_t index = 0; index < call->request->query.count; index++) {
        const struct query_pair *pair = &call->request->query.pair[index];
        (void)crypto_generichash_update(&state, (const uint8_t *)pair->name,
                                        strlen(pair->name) + 1);
        (void)crypto_generichash_update(&state, (const uint8_t *)pair->value.at,
                                        pair->value.len + 1);
    }
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    char hex[33];
    bh_hex(hash, sizeof hash, hex);
    (void)snprintf(out, 40, "\"%s\"", hex);
}

/* ---- lists written out: all pages of one snapshot ---- */

/* Each holds up to LIMIT_EXPORT_BYTES until its reader has taken it, however slow he is. */
static bool export_begin(struct call *call, struct bh_err *err)
{
    int held = atomic_fetch_add(&call->edge->exports, 1);
    call->exporting = true;
    if (held >= LIMIT_EXPORTS)
        return bh_fail(err, BH_BUSY, "正在导出的清单太多，请稍后再试",
                       "too many lists are being written out, try again shortly");
    call->request->out.max = LIMIT_EXPORT_BYTES;
    return true;
}

/* Has the next page begin where the last one ended. False when the query cannot go on. */
static bool export_go_on(struct query_call *detail, struct cells *cells, struct bh_arena *kept)
{
    const struct field *after = record_field(detail->query->params, "after");
    char *to = (char *)detail->params + (after ? after->offset : 0);
    struct bh_str cursor = bh_str_of(cells->next);
    if (!after || cursor.len == 0)
        return false;
    if (after->type == FIELD_TEXT)
        *(struct bh_str *)(void *)to = bh_arena_str(kept, cursor);
    else if (!bh_str_to_int(cursor, (int64_t *)(void *)to))
        return false;
    cells->next[0] = 0;
    return true;
}

static void export_cut(const struct query_call *detail, const struct cells *cells)
{
    char text[160];
    if (detail->english)
        (void)snprintf(text, sizeof text,
                       "CUT: only the first %" PRId64 " rows; narrow the filters",
                       cells->row_count);
    else
        (void)snprintf(text, sizeof text, "已截断：只有前 %" PRId64 " 行，请缩小筛选范围",
                       cells->row_count);
    csv_write(cells->out, bh_str_of(text), true);
    bh_buf_text(cells->out, "\r\n");
}

/* What a page needed of memory is given back before the next one. */
static bool export_run(struct query_call *detail, struct reader *reader, struct cells *cells,
                       bool *ret_cut, struct bh_err *err)
{
    const size_t margin = 1 << 20; /* room for one more page and the last line */
    struct bh_arena *kept = reader->arena, page;
    bool ok = true, more = true;
    *ret_cut = false;
    bh_arena_init(&page, LIMIT_ARENA_REQUEST);
    while (ok && more) {
        struct reader turn = *reader;
        turn.arena = &page;
        turn.names = NULL;
        cells->limit = cells->row_count + LIMIT_PAGE_ROWS;
        ok = detail->query->run(&turn, detail->params, cells, err);
        bh_arena_reset(&page);
        *ret_cut = cells->next[0] && (cells->row_count >= LIMIT_EXPORT_ROWS ||
                                      cells->out->len > LIMIT_EXPORT_BYTES - margin);
        more = !*ret_cut && export_go_on(detail, cells, kept);
    }
    bh_arena_done(&page);
    if (ok && *ret_cut)
        export_cut(detail, cells);
    return ok;
}

static void export_say(struct call *call, const struct cells *cells, bool cut)
{
    char rows[32];
    (void)snprintf(rows, sizeof rows, "%" PRId64 "%s", cells->row_count, cut ? "; cut" : "");
    http_answer_header(call->request, "X-Bihuan-Rows", rows);
}

static bool rows_answer(struct call *call, struct query_call *detail, struct reader *reader,
                        struct bh_err *err)
{
    struct bh_buf *out = &call->request->out;
    struct cells cells;
    bool cut = false;
    if (detail->whole && !export_begin(call, err))
        return false;
    cells_begin(&cells, detail->query, detail->form, detail->titles, detail->limit,
                reader->ledger->zone_minutes, out);
    bool ok = detail->whole ? export_run(detail, reader, &cells, &cut, err)
                            : detail->query->run(reader, detail->params, &cells, err);
    if (!ok || !cells_end(&cells, reader->position, reader->now_ms, err))
        return false;
    if (detail->form == CELLS_JSON) {
        http_answer(call->request, 200, "application/json; charset=utf-8", bh_buf_view(out));
        return true;
    }
    char name[160];
    (void)snprintf(name, sizeof name, "attachment; filename=\"%s-%" PRId64 ".csv\"",
                   detail->query->name, reader->position);
    http_answer_header(call->request, "Content-Disposition", name);
    if (cells.next[0])
        http_answer_header(call->request, "X-Next-Cursor", cells.next);
    if (detail->whole)
        export_say(call, &cells, cut);
    http_answer(call->request, 200, "text/csv; charset=utf-8", bh_buf_view(out));
    return true;
}

static bool one_answer(struct call *call, struct query_call *detail, struct reader *reader,
                       struct bh_err *err)
{
    json_t *object = NULL;
    if (!detail->query->run_one(reader, detail->params, &object, err))
        return false;
    if (!json_object_get(object, "position"))
        (void)json_object_set_new(object, "position", json_integer(reader->position));
    if (!json_object_get(object, "now")) {
        char now[BH_TIME_TEXT];
        bh_time_format(reader->now_ms, reader->ledger->zone_minutes, now);
        (void)json_object_set_new(object, "now", json_string(now));
    }
    call_json(call, 200, object);
    return true;
}

/* Inside the snapshot: rights first, because they may have changed since the session was looked up. */
static bool query_answer(struct worker *worker, struct call *call, struct query_call *detail,
                         struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct log_head head;
    if (!log_head_read(worker->db, &head, err))
        return false;
    int64_t now = edge_now(edge);
    now = now > head.recorded_ms ? now : head.recorded_ms;
    if (!session_refresh(worker, call, now, err))
        return false;
    call_scope_query(call, detail->query->name, &detail->scope);
    if (scope_is_empty(&detail->scope))
        return bh_fail(err, BH_MISSING, "没有找到", "no such thing");
    char tag[40];
    if (!params_read(call, detail, err) || !form_read(call, detail, err))
        return false;
    tag_make(call, detail, head.seq, tag);
    http_answer_header(call->request, "Vary", "Cookie, Authorization, Accept-Language");
    http_answer_header(call->request, "Cache-Control", "private, no-cache");
    if (call_unchanged(call, tag))
        return true;
    /* What shows identities is noted before it may open one. */
    bool unmasked = (detail->query->flags & QUERY_UNMASKED) != 0;
    if (unmasked && !access_note(call, call->session->user, 0, 0, "query", detail->query->name,
                                 (struct bh_str){NULL, 0}, BH_OK, err))
        return false;
    struct reader reader = {.db = worker->db,
                            .ledger = edge->ledger,
                            .scope = &detail->scope,
                            .user = call->session->user,
                            .now_ms = now,
                            .position = head.seq,
                            .english = detail->english,
                            .arena = &call->request->arena,
                            .vault = unmasked ? edge->ledger->vault : NULL};
    if (detail->query->flags & QUERY_ONE)
        return one_answer(call, detail, &reader, err);
    return rows_answer(call, detail, &reader, err);
}

void query_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct query_call detail = {
        .query = catalogue_query(call->edge->catalogue, bh_str_of(call->rest)),
    };
    int64_t begun_us = edge_mono(call->edge);
    if (!detail.query) {
        call_missing(call);
    } else if (!db_begin_read(worker->db, &err)) {
        call_fail(call, &err);
    } else {
        if (!query_answer(worker, call, &detail, &err))
            call_fail(call, &err);
        db_rollback(worker->db);
    }
    /* What leaves the house is noted before the answer leaves. */
    if (detail.query && detail.form == CELLS_CSV && call->request->status == 200 &&
        !access_note(call, call->session->user, 0, 0, "export", detail.query->name,
                     (struct bh_str){NULL, 0}, BH_OK, &err))
        call_fail(call, &err);
    call->request->work_us = edge_mono(call->edge) - begun_us;
    call_finish(call);
}
