/* GET /plates/N/sheet: what a machine is given to run the plate. POST /plates/N/results: what it tells afterwards, taken
 * whole or not at all. How a machine writes is a profile of rules/analysers/. */
#include "api/edge.h"
#include "base/csv.h"
#include "round/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct plate_call {
    int64_t number;
    struct scope *scope;
    struct analyser_profile profile;
    struct plate_facts plate;
    struct bh_str code;
    struct analyser_well wells[LAB_WELLS];
    size_t count;
};

/* "130/results": the number, when the rest is `what`. */
static bool number_read(const struct call *call, const char *what, int64_t *ret)
{
    const char *slash = strchr(call->rest, '/');
    return slash && strcmp(slash + 1, what) == 0 &&
           bh_str_to_int((struct bh_str){call->rest, (size_t)(slash - call->rest)}, ret);
}

static bool profile_read(struct call *call, struct plate_call *detail, struct bh_err *err)
{
    struct bh_str id = {"", 0};
    (void)query_string_get(&call->request->query, "profile", &id);
    return analyser_profile_find(id, &call->request->arena, &detail->profile, err);
}

/* In a snapshot, with the rights of now; what lies outside the scope does not exist. */
static bool plate_find(struct worker *worker, struct call *call, struct plate_call *detail,
                       const char *name, bool command, struct bh_err *err)
{
    struct log_head head;
    if (!db_begin_read(worker->db, err))
        return false;
    bool ok = log_head_read(worker->db, &head, err);
    int64_t now_ms = edge_now(call->edge);
    ok = ok &&
         session_refresh(worker, call, now_ms > head.recorded_ms ? now_ms : head.recorded_ms, err);
    if (ok && command)
        call_scope_command(call, name, detail->scope);
    else if (ok)
        call_scope_query(call, name, detail->scope);
    ok = ok &&
         (!scope_is_empty(detail->scope) || bh_fail(err, BH_MISSING, "没有找到",
                                                    "no such "
                                                    "thing")) &&
         plate_contents(worker->db, detail->number, &call->request->arena, &detail->plate,
                        &detail->code, detail->wells, &detail->count, err) &&
         (scope_holds(detail->scope, detail->plate.area) ||
          bh_fail(err, BH_MISSING, "没有找到", "no such thing"));
    db_rollback(worker->db);
    return ok;
}

/* ---- the way out ---- */

static struct bh_str sheet_cell(void *self, size_t row, size_t column)
{
    static _Thread_local char scratch[8];
    struct plate_call *detail = self;
    return analyser_sheet_cell(&detail->profile, detail->wells, row, column, scratch);
}

static void sheet_csv(struct plate_call *detail, struct bh_buf *out)
{
    for (size_t row = 0; row <= detail->count; row++) {
        for (size_t column = 0; column < detail->profile.out_count; column++)
            csv_write(out, sheet_cell(detail, row, column), column == 0);
        bh_buf_text(out, "\r\n");
    }
}

static bool sheet_answer(struct call *call, struct plate_call *detail, struct bh_err *err)
{
    struct bh_str format = {"", 0};
    char name[96], sheet[40];
    bool xlsx =
        query_string_get(&call->request->query, "format", &format) && bh_str_is(format, "xlsx");
    if (format.len > 0 && !xlsx && !bh_str_is(format, "csv"))
        return bh_fail_field(err, BH_INVALID, "format", "format 应为 csv 或 xlsx",
                             "format should be csv or xlsx");
    (void)snprintf(name, sizeof name, "attachment; filename=\"plate-%" PRId64 ".%s\"",
                   detail->number, xlsx ? "xlsx" : "csv");
    http_answer_header(call->request, "Content-Disposition", name);
    if (!xlsx) {
        sheet_csv(detail, &call->request->out);
        http_answer(call->request, 200, "text/csv; charset=utf-8",
                    bh_buf_view(&call->request->out));
        return true;
    }
    struct bh_buf file;
    (void)snprintf(sheet, sizeof sheet, "%.*s", (int)detail->profile.out_sheet.len,
                   detail->profile.out_sheet.at);
    bool ok = sheet_xlsx(sheet, detail->count + 1, detail->profile.out_count, sheet_cell, detail,
                         &file, err);
    if (ok) {
        bh_buf_str(&call->request->out, bh_buf_view(&file));
        http_answer(call->request, 200,
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    bh_buf_view(&call->request->out));
    }
    bh_buf_done(&file);
    return ok;
}

static struct plate_call *detail_new(struct call *call)
{
    struct plate_call *detail = bh_arena_get(&call->request->arena, sizeof *detail);
    detail->scope = bh_arena_get(&call->request->arena, sizeof *detail->scope);
    return detail;
}

void plate_sheet_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct plate_call *detail = detail_new(call);
    if (!number_read(call, "sheet", &detail->number))
        call_missing(call);
    else if (!plate_find(worker, call, detail, "plate", false, &err) ||
             !profile_read(call, detail, &err) || !sheet_answer(call, detail, &err) ||
             !access_note(call, call->session->user, 0, 0, "export", "plate",
                          (struct bh_str){NULL, 0}, BH_OK, &err))
        call_fail(call, &err);
    call_finish(call);
}

/* ---- results ---- */

static json_t *errors_json(const struct analyser_result *result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < result->errors && i < ANALYSER_ERRORS_MAX; i++) {
        const struct analyser_error *error = &result->error[i];
        (void)json_array_append_new(
            list, json_pack("{s:i, s:s%, s:s, s:s}", "row", error->row, "column",
                            error->column.at ? error->column.at : "", error->column.len,
                            "detail_zh", error->zh, "detail_en", error->en));
    }
    return list;
}

/* 422 with every place that does not fit; nothing was written. */
static void refuse_file(struct call *call, const struct analyser_result *result,
                        const struct bh_err *err)
{
    json_t *answer =
        json_pack("{s:s, s:I, s:s, s:s}", "code", bh_code_name(err->code), "refused",
                  (json_int_t)result->errors, "detail_zh", err->zh, "detail_en", err->en);
    (void)json_object_set_new(answer, "errors", errors_json(result));
    call_json(call, 422, answer);
}

/* The file as a body of the command read_plate. */
static json_t *read_json(const struct plate_call *detail)
{
    json_t *wells = json_array();
    for (size_t i = 0; i < detail->count; i++) {
        const struct analyser_well *well = &detail->wells[i];
        char name[LAB_WELL_TEXT];
        lab_well_name(well->well, name);
        json_t *one = json_pack("{s:s}", "well", name);
        if (well->ct[ANALYSER_ORF1AB] != BH_NONE)
            (void)json_object_set_new(one, "ct_orf1ab", json_integer(well->ct[ANALYSER_ORF1AB]));
        if (well->ct[ANALYSER_N] != BH_NONE)
            (void)json_object_set_new(one, "ct_n", json_integer(well->ct[ANALYSER_N]));
        if (well->told[ANALYSER_INTERNAL])
            (void)json_object_set_new(one, "internal",
                                      json_boolean(well->ct[ANALYSER_INTERNAL] != BH_NONE));
        (void)json_array_append_new(wells, one);
    }
    json_t *body = json_pack("{s:I, s:s%}", "plate", (json_int_t)detail->number, "profile",
                             detail->profile.id.at, detail->profile.id.len);
    (void)json_object_set_new(body, "wells", wells);
    return body;
}

/* True when the submission is ready for the writer; else the call is answered. */
static bool results_prepare(struct worker *worker, struct call *call, struct plate_call *detail)
{
    const struct command *command = catalogue_command(call->edge->catalogue, BH_STR("read_plate"));
    struct analyser_result *result = bh_arena_get(&call->request->arena, sizeof *result);
    struct bh_err err = {.code = BH_OK};
    struct bh_str dry;
    if (call->request->body_over)
        (void)bh_fail(&err, BH_TOO_BIG, "文件超过 %d 字节", "the file is over %d bytes",
                      (int)call->request->body.max);
    if (err.code != BH_OK || !plate_find(worker, call, detail, command->name, true, &err) ||
        !profile_read(call, detail, &err)) {
        call_fail(call, &err);
        return false;
    }
    result->wells = detail->wells;
    result->count = detail->count;
    if (!analyser_read(&detail->profile, detail->code, bh_buf_view(&call->request->body),
                       &call->request->arena, result, &err)) {
        if (result->errors > 0)
            refuse_file(call, result, &err);
        else
            call_fail(call, &err);
        return false;
    }
    json_t *body = read_json(detail);
    bool dry_run = query_string_get(&call->request->query, "dry_run", &dry) && bh_str_is(dry, "1");
    bool ready = !dry_run && command_take(call, command, detail->scope, body);
    if (dry_run)
        call_json(call, 200, body);
    else
        json_decref(body);
    return ready;
}

void plate_results_work(struct worker *worker, struct call *call)
{
    struct plate_call *detail = detail_new(call);
    bool known = number_read(call, "results", &detail->number);
    if (!known)
        call_missing(call);
    if (known && results_prepare(worker, call, detail))
        command_send(call);
    else
        call_finish(call);
}
