#include "ledger/decision.h"

#include "ledger/area.h"
#include "ledger/derived.h"
#include "ledger/duty.h"
#include "ledger/plan.h"

#include <string.h>

enum { KIND_PLAN = 3, KIND_GRANTED = 15, KIND_GRANT_ENDED = 16 };

void decision_init(struct decision *d, struct ledger *ledger, struct bh_arena *arena, size_t max)
{
    memset(d, 0, sizeof *d);
    d->ledger = ledger;
    d->arena = arena;
    d->max = max;
    d->base = ledger->head.seq;
    d->now_ms = ledger_now(ledger);
    d->occurred_ms = d->now_ms;
}

void decision_done(struct decision *d)
{
    bh_free(d->pending);
    d->pending = NULL;
    d->count = d->size = 0;
}

int64_t decision_now(const struct decision *d)
{
    return d->now_ms;
}

int64_t decision_occurred(const struct decision *d)
{
    return d->cause ? d->cause->occurred_ms : d->occurred_ms;
}

void decision_because(struct decision *d, const struct event *cause)
{
    d->cause = cause;
}

int64_t decision_actor(const struct decision *d)
{
    return d->actor;
}

struct bh_arena *decision_arena(struct decision *d)
{
    return d->arena;
}

const struct ledger *decision_ledger(const struct decision *d)
{
    return d->ledger;
}

bool decision_covers(const struct decision *d, const struct scope *scope)
{
    return !d->scope || scope_covers(d->scope, scope);
}

bool decision_holds(const struct decision *d, int64_t leaf)
{
    return !d->scope || scope_holds(d->scope, leaf);
}

bool decision_plan_number(struct decision *d, int64_t area, const char *param, int64_t *ret)
{
    const struct plan *plan = plans_for(d->ledger->plans, area, decision_occurred(d));
    const struct plan_param *found = plan_param(plan, param);
    if (!found || (found->ms == BH_NONE && found->number == BH_NONE))
        return false;
    *ret = found->ms != BH_NONE ? found->ms : found->number;
    return true;
}

bool decision_plan_lists(struct decision *d, int64_t area, const char *param, const char *word)
{
    const struct plan_param *found =
        plan_param(plans_for(d->ledger->plans, area, decision_occurred(d)), param);
    return !found || plan_lists(found, word);
}

const struct scope *decision_unit(const struct decision *d, int64_t leaf)
{
    if (!d->ledger->areas)
        return NULL;
    const struct unit *unit = areas_lowest(d->ledger->areas, leaf, decision_occurred(d));
    return unit ? &unit->scope : NULL;
}

/* Who, where and when, where the emitter did not say: of the command, or of the fact reacted to. */
static struct event_head full_head(const struct decision *d, const struct event_head *head)
{
    struct event_head full = head ? *head : (struct event_head){0};
    if (full.area == 0)
        full.area = d->cause ? d->cause->area : d->target.area;
    if (full.person == 0)
        full.person = d->cause ? d->cause->person : d->target.person;
    if (full.occurred_ms == 0 || full.occurred_ms == BH_NONE)
        full.occurred_ms = decision_occurred(d);
    return full;
}

int64_t decision_emit(struct decision *d, int kind, const struct event_head *head,
                      const void *fields)
{
    const struct event_kind *known = catalogue_event(d->ledger->catalogue, kind);
    bh_assert(known);
    int64_t seq = d->base + (int64_t)d->count + 1;
    if (d->count == d->max) { /* the whole command is refused once its maker returns */
        d->overflow = true;
        return seq;
    }
    if (d->count == d->size) {
        d->size = d->size ? d->size * 2 : 16;
        d->pending = bh_realloc(d->pending, d->size * sizeof *d->pending);
    }
    void *copy = bh_arena_get(d->arena, known->record->size);
    memcpy(copy, fields, known->record->size);
    for (size_t i = 0; i < known->record->field_count; i++)
        if (known->record->fields[i].type == FIELD_SELF)
            *(int64_t *)(void *)((char *)copy + known->record->fields[i].offset) = seq;
    d->pending[d->count++] = (struct pending){
        .kind = known,
        .head = full_head(d, head),
        .seq = seq,
        .cause = d->cause ? d->cause->seq : 0,
        .actor = d->duty ? 0 : d->actor,
        .depth = d->depth,
        .fields = copy,
        .own = !d->duty,
    };
    return seq;
}

const void *decision_waiting(const struct decision *d, int kind, size_t *at,
                             struct event_head *ret_head)
{
    size_t next = d->cause ? (size_t)(d->cause->seq - d->base) : 0;
    for (size_t i = *at > next ? *at : next; i < d->count; i++) {
        if (d->pending[i].kind->number != kind)
            continue;
        *at = i + 1;
        *ret_head = d->pending[i].head;
        return d->pending[i].fields;
    }
    return NULL;
}

static bool append(struct decision *d, const struct pending *pending, struct bh_str key,
                   struct bh_str request, struct bh_buf *body, struct event *ret,
                   struct bh_err *err)
{
    bh_buf_reset(body);
    record_encode(pending->kind->record, pending->fields, body);
    if (body->full)
        return bh_fail(err, BH_TOO_BIG, "一条事件超过 %d 字节", "one event is over %d bytes",
                       LIMIT_EVENT_BYTES);
    struct log_row row = {
        .seq = pending->seq,
        .recorded_ms = d->now_ms,
        .occurred_ms = pending->head.occurred_ms,
        .kind = pending->kind->number,
        .version = pending->kind->version,
        .actor = pending->actor,
        .area = pending->head.area,
        .person = pending->head.person,
        .cause = pending->cause,
        .command = d->base + 1,
        .body = bh_buf_view(body),
    };
    if (pending->seq == d->base + 1) {
        row.key = key;
        row.request = request;
    }
    if (!log_append(d->ledger->db, &d->ledger->head, &row, err))
        return false;
    *ret = (struct event){.seq = row.seq,
                          .recorded_ms = row.recorded_ms,
                          .occurred_ms = row.occurred_ms,
                          .actor = row.actor,
                          .area = row.area,
                          .person = row.person,
                          .cause = row.cause,
                          .command = row.command,
                          .key = row.key,
                          .request = row.request,
                          .kind = pending->kind,
                          .fields = pending->fields};
    return true;
}

static bool react(struct decision *d, const struct event *event, struct bh_err *err)
{
    const struct link *const *links = catalogue_links(d->ledger->catalogue);
    d->duty = true;
    bool ok = duty_react(d->ledger, d, event, err);
    d->duty = false;
    for (; ok && *links; links++)
        for (const struct reaction *r = (*links)->reactions; ok && r && r->on; r++)
            if (r->on == event->kind->number)
                ok = r->react(d, d->ledger->db, event, err);
    return ok;
}

static bool apply(struct ledger *ledger, const struct event *event, struct bh_err *err)
{
    if (!derived_apply(ledger->db, ledger->catalogue, event, err))
        return false;
    if (event->kind->number == KIND_GRANTED || event->kind->number == KIND_GRANT_ENDED)
        ledger->permit_epoch++;
    if (event->kind->number == KIND_PLAN) {
        const struct field *text = record_field(event->kind->record, "text");
        return plans_add(ledger->plans, field_text(text, event->fields), err);
    }
    return true;
}

static bool record_next(struct decision *d, size_t i, struct bh_str key, struct bh_str request,
                        struct bh_buf *body, struct bh_err *err)
{
    struct event event;
    struct pending pending = d->pending[i]; /* emitting moves the array */
    if (!append(d, &pending, key, request, body, &event, err) || !apply(d->ledger, &event, err))
        return false;
    d->cause = &event;
    d->depth = pending.depth + 1;
    bool ok = react(d, &event, err);
    d->cause = NULL;
    d->depth = 0;
    if (ok && d->overflow)
        return bh_fail(err, BH_TOO_BIG, "一条命令最多产生 %d 个事件",
                       "one command may cause at most %d events", LIMIT_EVENTS_PER_COMMAND);
    return ok;
}

bool decision_record(struct decision *d, struct bh_str key, struct bh_str request,
                     struct bh_err *err)
{
    struct bh_buf body;
    bh_buf_init(&body, LIMIT_EVENT_BYTES);
    bool ok = true;
    for (size_t i = 0; ok && i < d->count; i++)
        ok = record_next(d, i, key, request, &body, err);
    bh_buf_done(&body);
    return ok;
}
