#include "ledger/duty_private.h"

#include "ledger/permit.h"

#include <stdio.h>
#include <string.h>

/*
 * The log's duty transitions against a fresh evaluation: every fact is shown again to the plans as they were
 * adopted, and what should have been opened is compared with what was; whatever ended a duty must have been
 * evidence for it; and each duty must stand as its evidence says.
 */
struct awaited {
    int64_t opener, subject, due_ms;
    const struct duty_rule *rule;
};

struct verify {
    struct ledger *ledger;
    struct plans *plans;
    void (*tell)(void *self, const char *line);
    void *self;
    int64_t differences;
    struct awaited *awaited; /* openings that should follow */
    size_t awaited_count, awaited_size;
    uint64_t *evidence; /* hashes of (rule, subject, fact), open addressing, 0 = free */
    size_t evidence_count, evidence_size;
};

static void differ(struct verify *v, int64_t seq, const char *zh, const char *en, const char *rule)
{
    char line[300];
    v->differences++;
    (void)snprintf(line, sizeof line, "%lld %s: %s / %s", (long long)seq, rule, zh, en);
    if (v->tell)
        v->tell(v->self, line);
}

/* ---- evidence ---- */

static uint64_t evidence_hash(struct bh_str rule, int64_t subject, int64_t fact)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < rule.len; i++)
        hash = (hash ^ (unsigned char)rule.at[i]) * UINT64_C(1099511628211);
    hash = (hash ^ (uint64_t)subject) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (hash >> 29) ^ (uint64_t)fact) * UINT64_C(0xBF58476D1CE4E5B9);
    hash ^= hash >> 32;
    return hash ? hash : 1;
}

static void hash_put(uint64_t *table, size_t size, uint64_t hash)
{
    size_t i = (size_t)hash & (size - 1);
    while (table[i] && table[i] != hash)
        i = (i + 1) & (size - 1);
    table[i] = hash;
}

static void evidence_note(struct verify *v, struct bh_str rule, int64_t subject, int64_t fact)
{
    if (v->evidence_count * 2 >= v->evidence_size) {
        size_t size = v->evidence_size ? v->evidence_size * 2 : 1024;
        uint64_t *table = bh_alloc(size * sizeof *table);
        memset(table, 0, size * sizeof *table);
        for (size_t i = 0; i < v->evidence_size; i++)
            if (v->evidence[i])
                hash_put(table, size, v->evidence[i]);
        bh_free(v->evidence);
        v->evidence = table;
        v->evidence_size = size;
    }
    hash_put(v->evidence, v->evidence_size, evidence_hash(rule, subject, fact));
    v->evidence_count++;
}

static bool evidence_known(const struct verify *v, struct bh_str rule, int64_t subject,
                           int64_t fact)
{
    uint64_t hash = evidence_hash(rule, subject, fact);
    if (v->evidence_size == 0)
        return false;
    size_t i = (size_t)hash & (v->evidence_size - 1);
    while (v->evidence[i] && v->evidence[i] != hash)
        i = (i + 1) & (v->evidence_size - 1);
    return v->evidence[i] == hash;
}

/* ---- openings ---- */

static void await(struct verify *v, const struct event *event, const struct duty_rule *rule)
{
    int64_t start_ms = duty_rule_start(rule, event);
    if (v->awaited_count == v->awaited_size) {
        v->awaited_size = v->awaited_size ? v->awaited_size * 2 : 64;
        v->awaited = bh_realloc(v->awaited, v->awaited_size * sizeof *v->awaited);
    }
    v->awaited[v->awaited_count++] =
        (struct awaited){event->seq, plan_subject(rule, event), start_ms + rule->deadline_ms, rule};
}

static void fact_evaluate(struct verify *v, const struct event *event)
{
    const struct plan *plan = plans_for(v->plans, event->area, event->occurred_ms);
    int kind = event->kind->number;
    if (!(plan->touched[kind / 64] >> (kind % 64) & 1))
        return;
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct duty_rule *rule = &plan->rules[i];
        int64_t subject = plan_subject(rule, event);
        if (subject == 0)
            continue;
        if (duty_rule_closes(rule, event) || duty_rule_cancels(rule, event))
            evidence_note(v, bh_str_of(rule->id), subject, event->seq);
        if (duty_rule_opens(rule, event))
            await(v, event, rule);
    }
}

static void opened_check(struct verify *v, const struct event *event)
{
    const struct duty_opened *fact = event->fields;
    char rule[96];
    (void)snprintf(rule, sizeof rule, "%.*s", (int)fact->rule.len, fact->rule.at);
    for (size_t i = v->awaited_count; i-- > 0;) {
        struct awaited *awaited = &v->awaited[i];
        if (awaited->opener != fact->opener || strcmp(awaited->rule->id, rule) != 0)
            continue;
        if (awaited->subject != fact->subject || awaited->due_ms != fact->due_ms)
            differ(v, event->seq, "主体或时限不符", "another subject or due time", rule);
        *awaited = v->awaited[--v->awaited_count];
        return;
    }
    differ(v, event->seq, "规则并不产生这项义务", "no rule opens this duty", rule);
}

/* ---- endings ---- */

static bool ending_check(struct verify *v, const struct event *event, int64_t duty, int64_t fact,
                         struct bh_err *err)
{
    struct rows rows;
    bool found = false;
    db_rows(v->ledger->db, &rows, "SELECT rule, subject FROM duty WHERE duty = ?", "i", duty);
    if (db_next(&rows)) {
        struct bh_str rule = row_text(&rows, 0);
        found = true;
        if (!evidence_known(v, rule, row_int(&rows, 1), fact)) {
            char name[96];
            (void)snprintf(name, sizeof name, "%.*s", (int)rule.len, rule.at);
            differ(v, event->seq, "结束依据不成立", "what ended it is no evidence", name);
        }
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        differ(v, event->seq, "没有这项义务", "there is no such duty", "");
    return true;
}

static bool event_check(struct verify *v, const struct event *event, struct bh_err *err)
{
    const struct duty_closed *closed = event->fields;
    const struct duty_cancelled *cancelled = event->fields;
    int kind = event->kind->number;
    if (kind == DUTY_LAYER_ADOPTED)
        return plans_add(v->plans, ((const struct plan_layer_adopted *)event->fields)->text, err);
    if (kind == DUTY_OPENED)
        opened_check(v, event);
    if (kind == DUTY_CLOSED)
        return ending_check(v, event, closed->duty, closed->closer, err);
    if (kind == DUTY_CANCELLED && cancelled->reason == CANCEL_BY_FACT)
        return ending_check(v, event, cancelled->duty, cancelled->by, err);
    if (kind < DUTY_OPENED || kind > DUTY_REPLAN_ADVANCED)
        fact_evaluate(v, event);
    return true;
}

/* ---- what the duties are now ---- */

static bool standing_check(struct verify *v, struct bh_err *err)
{
    struct rows rows;
    struct bh_arena arena;
    bool ok = true;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    db_rows(v->ledger->db, &rows, "SELECT " DUTY_ROW " FROM duty WHERE withdrawn = 0 ORDER BY duty",
            "");
    while (ok && db_next(&rows)) {
        struct duty_row duty;
        bh_arena_reset(&arena);
        duty_row_read(&rows, &arena, &duty);
        bool stands = false;
        ok = duty_stands(v->ledger->db, &duty, &stands, err);
        if (ok && !stands)
            differ(v, duty.duty, "状态与依据不符", "it does not stand as its evidence says",
                   duty.rule);
    }
    bh_arena_done(&arena);
    struct bh_err ended;
    if (!db_end(&rows, &ended) && ok) {
        *err = ended;
        ok = false;
    }
    return ok;
}

static bool log_check(struct verify *v, struct bh_err *err)
{
    struct log_reader reader;
    struct bh_err closed;
    bool ok = true;
    log_reader_open(&reader, v->ledger->db, v->ledger->catalogue, 1, v->ledger->head.seq);
    while (ok && log_reader_next(&reader))
        ok = event_check(v, &reader.event, err);
    if (!log_reader_close(&reader, &closed) && ok) {
        *err = closed;
        ok = false;
    }
    return ok;
}

bool duty_verify(struct ledger *ledger, void (*tell)(void *self, const char *line), void *self,
                 int64_t *ret_differences, struct bh_err *err)
{
    struct verify v = {.ledger = ledger, .tell = tell, .self = self};
    v.plans = plans_new(ledger->catalogue, ledger->areas, roles_ids(ledger->roles));
    bool ok = log_check(&v, err) && standing_check(&v, err);
    for (size_t i = 0; ok && i < v.awaited_count; i++)
        if (v.awaited[i].subject != 0)
            differ(&v, v.awaited[i].opener, "应产生的义务缺失",
                   "a duty that it should open is missing", v.awaited[i].rule->id);
    if (ok)
        *ret_differences = v.differences;
    plans_free(v.plans);
    bh_free(v.awaited);
    bh_free(v.evidence);
    return ok;
}
