/* POST /import/list_residents?roll=N: a roll from a table of people, CSV or XLSX. */
#include "api/import_wait.h"
#include "api/roll_import.h"

#include <string.h>

enum {
    GROUPS = 8, /* commands on their way at once */
    ERRORS_SHOWN = 200,
    RETURNED_BYTES = 4 << 20, /* of rows given back; the rest is counted */
};

struct roll_call {
    struct call *call;
    struct roll_import *import;
    struct scope scope;
    int64_t roll, key_ms;
    bool dry_run;
    json_t *errors;
    struct import_wait wait;
    struct bh_arena arena;
    struct submission submission[GROUPS];
    size_t group[GROUPS];
    int count;
};

static void groups_run(struct roll_call *self)
{
    for (int i = 0; i < self->count && !self->dry_run; i++)
        import_wait_submit(&self->wait, self->call->edge, &self->submission[i]);
    import_wait_all(&self->wait);
    for (int i = 0; i < self->count; i++) {
        const struct submission *went = &self->submission[i];
        roll_import_went(self->import, self->group[i],
                         self->dry_run || went->ok ? NULL : &went->err);
    }
    self->count = 0;
}

static void import_run(struct roll_call *self)
{
    struct edge *edge = self->call->edge;
    struct intake intake;
    bool more = true;
    bh_arena_init(&self->arena, LIMIT_ARENA_REQUEST);
    import_wait_init(&self->wait);
    while (more) {
        struct submission *one = &self->submission[self->count];
        intake_init(&intake, edge->ledger, &self->arena, edge_now(edge));
        more =
            roll_import_next(self->import, &intake, self->key_ms, one, &self->group[self->count]);
        if (more) {
            one->actor = self->call->session->user;
            one->scope = &self->scope;
            one->permit_epoch = self->call->session->epoch;
            self->count++;
        }
        if (!more || self->count == GROUPS) {
            groups_run(self);
            bh_arena_reset(&self->arena);
        }
    }
    import_wait_done(&self->wait);
    bh_arena_done(&self->arena);
}

static bool add_error(void *self, int row, const struct bh_err *err)
{
    struct roll_call *roll = self;
    (void)json_array_append_new(roll->errors, import_error(err, row));
    return json_array_size(roll->errors) < ERRORS_SHOWN;
}

static void answer(struct roll_call *self)
{
    struct roll_import_sum sum;
    struct bh_buf returned;
    roll_import_sum(self->import, &sum);
    bh_buf_init(&returned, RETURNED_BYTES);
    self->errors = json_array();
    roll_import_each_bad(self->import, add_error, self);
    int64_t left_off = roll_import_returned(self->import, &returned);
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"roll", self->roll},          {"rows", sum.rows},          {"accepted", sum.listed},
        {"refused", sum.refused},      {"known", sum.known},        {"repeated", sum.repeated},
        {"duplicates", sum.duplicate}, {"wrong_checks", sum.check}, {"returned_left_off", left_off},
    };
    json_t *json = json_pack("{s:s, s:b}", "command", "list_residents", "dry_run", self->dry_run);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)json_object_set_new(json, numbers[i].name, json_integer(numbers[i].value));
    (void)json_object_set_new(json, "errors", self->errors);
    (void)json_object_set_new(json, "returned", json_stringn(returned.at, returned.len));
    call_json(self->call, 200, json);
    bh_buf_done(&returned);
}

static bool import_file(struct worker *worker, struct roll_call *self, struct bh_err *err)
{
    const struct http_request *request = self->call->request;
    struct edge *edge = self->call->edge;
    struct bh_str text;
    if (request->body_over)
        return bh_fail(err, BH_TOO_BIG, "文件超过 %zu 字节", "the file is over %zu bytes",
                       request->body.max);
    if (!query_string_get(&request->query, "roll", &text) || !bh_str_to_int(text, &self->roll))
        return bh_fail_field(err, BH_INVALID, "roll", "请给出名册编号",
                             "give the number of the roll");
    self->dry_run = query_string_get(&request->query, "dry_run", &text) && bh_str_is(text, "1");
    self->key_ms = edge_wall(edge);
    if (!db_begin_read(worker->db, err))
        return false;
    bool ok = roll_import_open(&self->import, bh_buf_view(&request->body), self->roll, edge->ledger,
                               &self->scope, worker->db, err);
    db_rollback(worker->db);
    if (ok) {
        import_run(self);
        answer(self);
    }
    roll_import_free(self->import);
    return ok;
}

void roll_import_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    struct roll_call *self = bh_alloc(sizeof *self);
    memset(self, 0, sizeof *self);
    self->call = call;
    call_scope_command(call, "list_residents", &self->scope);
    if (scope_is_empty(&self->scope)) {
        call_missing(call);
    } else if (atomic_flag_test_and_set(&call->edge->roll_import)) {
        (void)bh_fail(&err, BH_BUSY, "另一份名册正在导入，请稍后再试",
                      "another roll is being imported, try again shortly");
        call_fail(call, &err);
    } else {
        if (!import_file(worker, self, &err))
            call_fail(call, &err);
        atomic_flag_clear(&call->edge->roll_import);
    }
    bh_free(self);
    call_finish(call);
}
