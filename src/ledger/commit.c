#include "ledger/answer.h"
#include "ledger/decision.h"
#include "ledger/duty.h"
#include "ledger/plan.h"
#include "ledger/reserve.h"

#include <stdio.h>
#include <string.h>

enum { EXERCISE_TICK_MS = 60000, TICK_EVENTS = 1000 };

/* The answer comes from the command's own events, so that a repeat, even after a restart, gets the same bytes. */
static bool answer_again(struct ledger *ledger, struct submission *submission, struct bh_err *err)
{
    struct log_reader reader;
    struct answer answer;
    answer_begin(&answer, submission->first);
    log_reader_open(&reader, ledger->db, ledger->catalogue, submission->first, INT64_MAX);
    while (log_reader_next(&reader) && reader.event.command == submission->first) {
        submission->last = reader.event.seq;
        answer_event(&answer, &reader.event);
    }
    submission->answer = answer_end(&answer, submission->last, submission->arena);
    return log_reader_close(&reader, err);
}

static void answer_new(const struct decision *d, struct submission *submission)
{
    struct answer answer;
    answer_begin(&answer, submission->first);
    for (size_t i = 0; i < d->count; i++) {
        struct event event = {.seq = d->pending[i].seq,
                              .person = d->pending[i].head.person,
                              .kind = d->pending[i].kind,
                              .fields = d->pending[i].fields};
        answer_event(&answer, &event);
    }
    submission->answer = answer_end(&answer, submission->last, submission->arena);
}

static int64_t key_time(const uint8_t key[LOG_KEY])
{
    int64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | key[i];
    return ms;
}

/* Known key: the same answer, or a refusal for another body. Unknown: must be young enough to be new. */
static bool check_key(struct ledger *ledger, struct submission *submission, bool *ret_known,
                      struct bh_err *err)
{
    struct rows rows;
    bool same = false;
    *ret_known = false;
    db_rows(ledger->db, &rows,
            "SELECT i.first, i.request, e.actor FROM idempotency i JOIN event e ON e.seq = i.first"
            " WHERE i.key = ?",
            "b", (struct bh_str){(const char *)submission->key, LOG_KEY});
    if (db_next(&rows)) {
        struct bh_str request = row_bytes(&rows, 1);
        *ret_known = true;
        submission->first = row_int(&rows, 0);
        /* Somebody else's answer is not given to who learned his key. */
        same = request.len == LOG_REQUEST && row_int(&rows, 2) == submission->actor &&
               memcmp(request.at, submission->request, LOG_REQUEST) == 0;
    }
    if (!db_end(&rows, err))
        return false;
    if (*ret_known && !same)
        return bh_fail(err, BH_KEY_REUSED, "这个幂等键已用于另一内容；请换新的键",
                       "this idempotency key was used for another body; use a new key");
    int64_t wall = ledger->world->wall_ms(ledger->world->self), made = key_time(submission->key);
    if (!*ret_known && wall - made > LIMIT_KEY_AGE_MS)
        return bh_fail(err, BH_EXPIRED, "幂等键已过期，不会当作新请求处理",
                       "the idempotency key has expired and is not taken as new");
    if (!*ret_known && made - wall > LIMIT_KEY_AGE_MS)
        return bh_fail(err, BH_INVALID, "幂等键的时间在将来",
                       "the idempotency key's time lies in the future");
    return true;
}

static bool check_time(struct decision *d, const struct submission *submission, struct bh_err *err)
{
    if (submission->occurred_ms == BH_NONE)
        return true;
    if (submission->occurred_ms > d->now_ms + LIMIT_CLOCK_AHEAD_MS)
        return bh_fail_field(err, BH_INVALID, "occurred", "发生时间在将来",
                             "the time of occurrence lies in the future");
    d->occurred_ms = submission->occurred_ms;
    return true;
}

static bool check_permit(struct ledger *ledger, const struct submission *submission,
                         const struct target *target, struct bh_err *err)
{
    if (!submission->scope)
        return true;
    if (submission->permit_epoch != ledger->permit_epoch)
        return bh_fail(err, BH_BUSY, "权限刚有变动，请重试",
                       "permissions have just changed, try again");
    if (submission->scope->everything ||
        (target->area != 0 && scope_holds(submission->scope, target->area)) ||
        (target->other_area != 0 && scope_holds(submission->scope, target->other_area)))
        return true;
    return bh_fail(err, BH_MISSING, "没有找到",
                   "no such thing"); /* the same answer as for what does not exist */
}

static bool default_target(const struct command *command, const void *body, struct target *ret)
{
    const struct field *area = record_field(command->record, "area");
    const struct field *person = record_field(command->record, "person");
    ret->area =
        area && area->type == FIELD_AREA && field_given(area, body) ? field_int(area, body) : 0;
    ret->person = person && field_given(person, body) ? field_int(person, body) : 0;
    return true;
}

static bool decide(struct decision *d, struct submission *submission, struct bh_err *err)
{
    const struct command *command = submission->command;
    void *facts = command->facts_size > 0 ? bh_arena_get(d->arena, command->facts_size) : NULL;
    bool loaded = command->load
                      ? command->load(d->ledger->db, submission->body, facts, &d->target, err)
                      : default_target(command, submission->body, &d->target);
    if (!loaded || !check_permit(d->ledger, submission, &d->target, err) ||
        !check_time(d, submission, err))
        return false;
    d->actor = submission->actor;
    d->scope = submission->scope;
    if (command->decide(d, submission->body, facts, err))
        return true;
    bh_assert(d->count == 0);
    return false;
}

/* A step of what reactions left over; what falls due waits until they are through. */
static bool links_go_on(struct ledger *ledger, struct decision *d, bool *ret_any,
                        struct bh_err *err)
{
    *ret_any = false;
    for (const struct link *const *link = catalogue_links(ledger->catalogue); *link; link++) {
        bool any = false;
        if ((*link)->go_on && !(*link)->go_on(d, ledger->db, &any, err))
            return false;
        *ret_any = *ret_any || any;
    }
    return true;
}

/* What falls due by now_ms, in the present transaction. */
static bool tick_some(struct ledger *ledger, struct bh_arena *arena, int64_t now_ms, int limit,
                      bool *ret_more, struct bh_err *err)
{
    struct decision d;
    if (ledger->exercise)
        ledger_set_clock(ledger, now_ms);
    decision_init(&d, ledger, arena, LIMIT_EVENTS_PER_COMMAND);
    bool ok = links_go_on(ledger, &d, ret_more, err);
    d.duty = true;
    ok = ok && (*ret_more || duty_tick(ledger, &d, d.now_ms, limit, ret_more, err));
    d.duty = false;
    ok = ok && decision_record(&d, (struct bh_str){0}, (struct bh_str){0}, err);
    decision_done(&d);
    return ok;
}

/* An exercise brings its own clock, command by command; what falls due is looked for once in a while of it, as the
 * ticker does in live time. */
static bool reach_clock(struct ledger *ledger, struct bh_arena *arena, int64_t clock_ms,
                        struct bh_err *err)
{
    bool more = ledger->exercise && clock_ms - ledger->ticked_ms >= EXERCISE_TICK_MS;
    if (ledger->exercise && clock_ms > 0)
        ledger_set_clock(ledger, clock_ms);
    if (more)
        ledger->ticked_ms = clock_ms;
    while (more)
        if (!tick_some(ledger, arena, clock_ms, TICK_EVENTS, &more, err))
            return false;
    return true;
}

/* *ret_fatal: the transaction itself is broken and must be rolled back. */
static bool run_one(struct ledger *ledger, struct submission *submission, struct bh_arena *arena,
                    bool *ret_fatal, struct bh_err *err)
{
    bool known = false;
    *ret_fatal = false;
    if (submission->has_key && !check_key(ledger, submission, &known, err))
        return false;
    if (known)
        return answer_again(ledger, submission, err);
    if ((submission->command->flags & COMMAND_EXERCISE_ONLY) && !ledger->exercise)
        return bh_fail(err, BH_DENIED, "只能在练习目录中使用",
                       "only allowed in an exercise folder");
    if (!reach_clock(ledger, arena, submission->clock_ms, err)) {
        *ret_fatal = true;
        return false;
    }
    struct decision d;
    decision_init(&d, ledger, arena, LIMIT_EVENTS_PER_COMMAND);
    bool ok = decide(&d, submission, err);
    if (ok && d.count > 0) {
        struct bh_str key = {(const char *)submission->key, submission->has_key ? LOG_KEY : 0};
        struct bh_str request = {(const char *)submission->request,
                                 submission->has_key ? LOG_REQUEST : 0};
        ok = decision_record(&d, key, request, err);
        *ret_fatal = !ok;
    }
    if (ok) {
        submission->first = d.base + 1;
        submission->last = ledger->head.seq;
        answer_new(&d, submission);
    }
    decision_done(&d);
    return ok;
}

/* A write that failed for any reason but space is not tried again: nothing the disk says can be trusted. */
static void note_failure(struct ledger *ledger, const struct bh_err *err)
{
    if (err->code == BH_FULL)
        reserve_release(ledger);
    if (!db_is_dead(ledger->db) || ledger->stopped)
        return;
    ledger->stopped = true;
    ledger->stopped_why = *err;
    (void)fprintf(stderr, "bihuan: writing has stopped until restart: %s / %s\n", err->en, err->zh);
}

static bool reload_after_rollback(struct ledger *ledger, const struct log_head *head,
                                  struct bh_err *err)
{
    db_rollback(ledger->db);
    ledger->head = *head;
    return duty_forget(ledger, err);
}

/* False when a read of some command found the disk failing: nothing is committed on top of that. */
static bool alive(struct ledger *ledger, struct bh_err *err)
{
    return !db_is_dead(ledger->db) ||
           bh_fail(err, BH_IO, "读取数据库时出错", "the database could not be read");
}

/* The commit stands, but moving it on into the database failed: no more after this one. */
static void note_checkpoint(struct ledger *ledger)
{
    struct bh_err err;
    if (db_is_dead(ledger->db) &&
        !bh_fail(&err, BH_IO, "写入检查点失败", "writing the checkpoint failed"))
        note_failure(ledger, &err);
}

bool ledger_batch_begin(struct ledger *ledger, struct ledger_batch *batch, struct bh_err *err)
{
    *batch = (struct ledger_batch){.head = ledger->head};
    if (!db_begin(ledger->db, err)) {
        note_failure(ledger, err);
        return false;
    }
    bh_arena_init(&batch->arena, LIMIT_ARENA_BATCH);
    return true;
}

bool ledger_batch_run(struct ledger *ledger, struct ledger_batch *batch,
                      struct submission *submission)
{
    bool broken = false;
    submission->err = (struct bh_err){0};
    submission->ok = run_one(ledger, submission, &batch->arena, &broken, &submission->err);
    if (broken && !batch->broken)
        batch->why = submission->err;
    batch->broken = batch->broken || broken;
    bh_arena_reset(&batch->arena);
    return !batch->broken;
}

bool ledger_batch_commit(struct ledger *ledger, struct ledger_batch *batch, struct bh_err *err)
{
    bool any = ledger->head.seq != batch->head.seq;
    if (batch->broken)
        *err = batch->why;
    bool ok = !batch->broken && alive(ledger, err) && (!any || db_commit(ledger->db, err));
    bh_arena_done(&batch->arena);
    if (!ok)
        note_failure(ledger, err);
    else
        note_checkpoint(ledger);
    if (!ok || !any) {
        struct bh_err ignored;
        if (!reload_after_rollback(ledger, &batch->head, &ignored))
            note_failure(ledger, &ignored);
    }
    return ok;
}

static bool commit_some(struct ledger *ledger, struct submission **list, size_t count,
                        struct bh_err *err)
{
    struct ledger_batch batch;
    if (!ledger_batch_begin(ledger, &batch, err))
        return false;
    for (size_t i = 0; i < count && !batch.broken; i++)
        (void)ledger_batch_run(ledger, &batch, list[i]);
    return ledger_batch_commit(ledger, &batch, err);
}

static void refuse_all(struct submission **list, size_t count, const struct bh_err *err)
{
    for (size_t i = 0; i < count; i++) {
        list[i]->ok = false;
        list[i]->err = *err;
    }
}

bool ledger_commit(struct ledger *ledger, struct submission **list, size_t count,
                   struct bh_err *err)
{
    if (ledger->stopped) {
        (void)bh_fail(err, BH_STOPPED, "写入已停止，需重启并检查：%.300s",
                      "writing has stopped, restart and check: %.300s", ledger->stopped_why.en);
        refuse_all(list, count, err);
        return false;
    }
    if (!reserve_back(ledger, err)) {
        refuse_all(list, count, err);
        return false;
    }
    if (commit_some(ledger, list, count, err))
        return true;
    /* One command broke the transaction: the others get one of their own. */
    if (count > 1 && !ledger->stopped && err->code != BH_FULL) {
        bool any = false;
        for (size_t i = 0; i < count; i++)
            any = ledger_commit(ledger, &list[i], 1, err) || any;
        return any;
    }
    refuse_all(list, count, err);
    return false;
}

bool ledger_tick(struct ledger *ledger, int64_t now_ms, int limit, bool *ret_more,
                 struct bh_err *err)
{
    struct bh_arena arena;
    struct log_head head = ledger->head;
    if (ledger->stopped)
        return bh_fail(err, BH_STOPPED, "写入已停止", "writing has stopped");
    if (!db_begin(ledger->db, err)) {
        note_failure(ledger, err);
        return false;
    }
    bh_arena_init(&arena, LIMIT_ARENA_BATCH);
    bool ok = tick_some(ledger, &arena, now_ms, limit, ret_more, err);
    bool any = ledger->head.seq != head.seq;
    ok = ok && (!any || db_commit(ledger->db, err));
    bh_arena_done(&arena);
    if (!ok)
        note_failure(ledger, err);
    else
        note_checkpoint(ledger);
    if (!ok || !any) {
        struct bh_err ignored;
        if (!reload_after_rollback(ledger, &head, &ignored))
            note_failure(ledger, &ignored);
    }
    return ok;
}
