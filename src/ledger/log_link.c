#include "ledger/log_events.h"

#include "ledger/ledger.h"

#include "ledger/link.h"

#include <string.h>

/* ---- events ---- */

static const struct field log_started_fields[] = {
    FIELD(log_started, name, TEXT, FIELD_REQUIRED, "名称", "Name"),
    FIELD(log_started, exercise, BOOL, FIELD_REQUIRED, "练习", "Exercise"),
    FIELD(log_started, zone_minutes, INT, FIELD_REQUIRED, "时区（分钟）", "Zone in minutes"),
    FIELD(log_started, seed, INT, 0, "种子", "Seed"),
    FIELD(log_started, note, TEXT, 0, "说明", "Note"),
};
RECORD(log_started_record, log_started, log_started_fields);

static const struct field area_edition_fields[] = {
    FIELD(area_edition_adopted, edition, TEXT, FIELD_REQUIRED, "版本", "Edition"),
    FIELD(area_edition_adopted, part, TEXT, FIELD_REQUIRED, "部分", "Part"),
    FIELD(area_edition_adopted, text, TEXT, FIELD_REQUIRED | FIELD_MULTILINE, "内容", "Text",
          .max = LIMIT_EVENT_BYTES),
};
RECORD(area_edition_record, area_edition_adopted, area_edition_fields);

static const struct field fact_withdrawn_fields[] = {
    FIELD(fact_withdrawn, target, REF, FIELD_REQUIRED, "被撤回的事实", "Withdrawn fact"),
    FIELD(fact_withdrawn, target_kind, INT, FIELD_REQUIRED, "事实种类", "Kind of the fact"),
    FIELD(fact_withdrawn, reason, SEALED, 0, "理由", "Reason"),
};
RECORD(fact_withdrawn_record, fact_withdrawn, fact_withdrawn_fields);

static const struct field fact_redated_fields[] = {
    FIELD(fact_redated, target, REF, FIELD_REQUIRED, "更正时间的事实", "Re-dated fact"),
    FIELD(fact_redated, target_kind, INT, FIELD_REQUIRED, "事实种类", "Kind of the fact"),
    FIELD(fact_redated, occurred_ms, TIME, FIELD_REQUIRED, "正确的发生时间",
          "Right time of occurrence"),
    FIELD(fact_redated, reason, SEALED, 0, "理由", "Reason"),
};
RECORD(fact_redated_record, fact_redated, fact_redated_fields);

static const struct field log_restored_fields[] = {
    FIELD(log_restored, epoch, TIME, FIELD_REQUIRED, "新纪元", "Epoch"),
    FIELD(log_restored, from_position, REF, FIELD_REQUIRED, "所依据的日志位置",
          "Log position of the copy"),
};
RECORD(log_restored_record, log_restored, log_restored_fields);

static const struct event_kind events[] = {
    {EVENT_LOG_STARTED, 1, "log_started", "日志开始", "Log started", &log_started_record, NULL},
    {EVENT_AREA_EDITION_ADOPTED, 1, "area_edition_adopted", "采用区划版本", "Area edition adopted",
     &area_edition_record, NULL},
    {EVENT_FACT_WITHDRAWN, 1, "fact_withdrawn", "撤回事实", "Fact withdrawn",
     &fact_withdrawn_record, NULL},
    {EVENT_FACT_REDATED, 1, "fact_redated", "更正发生时间", "Fact re-dated", &fact_redated_record,
     NULL},
    {EVENT_LOG_RESTORED, 1, "log_restored", "由备份恢复", "Log restored from a copy",
     &log_restored_record, NULL},
    {0},
};

/* ---- commands ---- */

struct withdraw_fact {
    int64_t target;
    struct bh_sealed reason;
};
static const struct field withdraw_fields[] = {
    FIELD(withdraw_fact, target, REF, FIELD_REQUIRED, "要撤回的事实（日志位置）",
          "Fact to withdraw (log position)"),
    FIELD(withdraw_fact, reason, SEALED, FIELD_REQUIRED, "理由", "Reason", .min = 2, .max = 1000),
};
RECORD(withdraw_record, withdraw_fact, withdraw_fields);

struct redate_fact {
    int64_t target, occurred_ms;
    struct bh_sealed reason;
};
static const struct field redate_fields[] = {
    FIELD(redate_fact, target, REF, FIELD_REQUIRED, "要更正的事实（日志位置）",
          "Fact to re-date (log position)"),
    {.name = "occurred_at",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .offset = offsetof(struct redate_fact, occurred_ms),
     .zh = "正确的发生时间",
     .en = "Right time of occurrence"},
    FIELD(redate_fact, reason, SEALED, FIELD_REQUIRED, "理由", "Reason", .min = 2, .max = 1000),
};
RECORD(redate_record, redate_fact, redate_fields);

enum { CONSEQUENCES_MAX = 256, KIND_WORLD_FIRST = 100 };

struct correction_facts {
    int64_t kind, area, person;
    bool withdrawn;
    int count; /* consequences, the target first, each after its cause */
    struct {
        int64_t seq, kind, area, person;
    } chain[CONSEQUENCES_MAX];
};

/* Takes the facts of the rows into the chain, each once. */
static bool chain_add(struct rows *rows, struct correction_facts *facts, struct bh_err *err)
{
    while (facts->count < CONSEQUENCES_MAX && db_next(rows)) {
        int64_t seq = row_int(rows, 0);
        int at = 0;
        while (at < facts->count && facts->chain[at].seq != seq)
            at++;
        if (at < facts->count)
            continue;
        facts->chain[at].seq = seq;
        facts->chain[at].kind = row_int(rows, 1);
        facts->chain[at].area = row_int(rows, 2);
        facts->chain[at].person = row_int(rows, 3);
        facts->count++;
    }
    return db_end(rows, err);
}

/* Facts that reactions made of one already in the chain, and facts that rest on it; duty transitions are the duty
 * engine's own affair. */
static bool load_consequences(struct db *db, struct correction_facts *facts, int from,
                              struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT seq, kind, area, person FROM event WHERE cause = ? AND cause <> 0"
            " AND kind NOT BETWEEN 20 AND 32 AND kind >= 100 ORDER BY seq",
            "i", facts->chain[from].seq);
    if (!chain_add(&rows, facts, err))
        return false;
    db_rows(db, &rows,
            "SELECT e.seq, e.kind, e.area, e.person FROM fact_rest r JOIN event e ON e.seq = r.fact"
            " WHERE r.support = ? AND NOT EXISTS (SELECT 1 FROM withdrawn_fact w"
            " WHERE w.target = r.fact) ORDER BY e.seq",
            "i", facts->chain[from].seq);
    return chain_add(&rows, facts, err);
}

static bool load_correction(struct db *db, int64_t target, struct correction_facts *facts,
                            struct target *ret, struct bh_err *err)
{
    struct rows rows;
    bool found = false, withdrawn = false;
    int64_t by = 0;
    db_rows(db, &rows, "SELECT kind, area, person FROM event WHERE seq = ?", "i", target);
    if (db_next(&rows)) {
        found = true;
        facts->chain[0].seq = target;
        facts->chain[0].kind = facts->kind = row_int(&rows, 0);
        facts->chain[0].area = facts->area = row_int(&rows, 1);
        facts->chain[0].person = facts->person = row_int(&rows, 2);
        facts->count = 1;
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "target", "日志中没有 %lld 号事实",
                             "there is no fact %lld in the log", (long long)target);
    if (!db_int(db, err, &by, &withdrawn, "SELECT by_seq FROM withdrawn_fact WHERE target = ?", "i",
                target))
        return false;
    facts->withdrawn = withdrawn;
    for (int i = 0; i < facts->count; i++)
        if (!load_consequences(db, facts, i, err))
            return false;
    *ret = (struct target){.area = facts->area, .person = facts->person};
    return true;
}

static bool check_correctable(const struct decision *d, const struct correction_facts *facts,
                              struct bh_err *err)
{
    const char *command = catalogue_corrected_by(decision_ledger(d)->catalogue, facts->kind);
    if (facts->withdrawn)
        return bh_fail_field(err, BH_CONFLICT, "target", "该事实已经撤回",
                             "this fact is already withdrawn");
    if (facts->kind < KIND_WORLD_FIRST)
        return bh_fail_field(err, BH_CONFLICT, "target", "系统自身的记录不能这样更正",
                             "the system's own records are not corrected this way");
    if (command)
        return bh_fail_field(err, BH_CONFLICT, "target", "这类事实用命令 %s 更正",
                             "a fact of this kind is corrected by the command %s", command);
    return true;
}

static bool load_withdraw(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    return load_correction(db, ((const struct withdraw_fact *)body)->target, facts, ret, err);
}

static bool decide_withdraw(struct decision *d, const void *body, const void *loaded,
                            struct bh_err *err)
{
    const struct withdraw_fact *command = body;
    const struct correction_facts *facts = loaded;
    if (!check_correctable(d, facts, err))
        return false;
    if (facts->count == CONSEQUENCES_MAX)
        return bh_fail(err, BH_TOO_BIG, "后果太多，不能一次撤回",
                       "too many consequences to withdraw at once");
    for (int i = 0; i < facts->count; i++) {
        struct fact_withdrawn fact = {facts->chain[i].seq, facts->chain[i].kind, command->reason};
        struct event_head head = {.area = facts->chain[i].area, .person = facts->chain[i].person};
        (void)decision_emit(d, EVENT_FACT_WITHDRAWN, &head, &fact);
    }
    return true;
}

static bool load_redate(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    return load_correction(db, ((const struct redate_fact *)body)->target, facts, ret, err);
}

static bool decide_redate(struct decision *d, const void *body, const void *loaded,
                          struct bh_err *err)
{
    const struct redate_fact *command = body;
    const struct correction_facts *facts = loaded;
    if (!check_correctable(d, facts, err))
        return false;
    if (command->occurred_ms > decision_now(d))
        return bh_fail_field(err, BH_INVALID, "occurred_at", "发生时间不能晚于现在",
                             "the time of occurrence may not lie in the future");
    struct fact_redated fact = {command->target, facts->kind, command->occurred_ms,
                                command->reason};
    (void)decision_emit(d, EVENT_FACT_REDATED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"withdraw_fact", "撤回事实", "Withdraw a fact", &withdraw_record, PRIORITY_RESULT, 0,
     sizeof(struct correction_facts), load_withdraw, decide_withdraw,
     "{\"target\": 120, \"reason\": \"录入错误\"}"},
    {"redate_fact", "更正发生时间", "Re-date a fact", &redate_record, PRIORITY_RESULT, 0,
     sizeof(struct correction_facts), load_redate, decide_redate,
     "{\"target\": 120, \"occurred_at\": \"2022-03-13T23:50:00+08:00\", \"reason\": \"时间录错\"}"},
    {0},
};

/* ---- derived tables ---- */

static const struct derived_table tables[] = {
    {"idempotency",
     "CREATE TABLE idempotency (key BLOB PRIMARY KEY, first INTEGER NOT NULL, "
     "request BLOB NOT NULL)"
     " WITHOUT ROWID",
     NULL},
    {"withdrawn_fact",
     "CREATE TABLE withdrawn_fact (target INTEGER PRIMARY KEY, by_seq INTEGER NOT NULL)", NULL},
    {"fact_rest",
     "CREATE TABLE fact_rest (support INTEGER NOT NULL, fact INTEGER NOT NULL,"
     " PRIMARY KEY (support, fact)) WITHOUT ROWID",
     NULL},
    {"log_epoch",
     "CREATE TABLE log_epoch (epoch INTEGER PRIMARY KEY, by_seq INTEGER NOT NULL,"
     " from_position INTEGER NOT NULL)",
     NULL},
    {0},
};

bool fact_rests(struct db *db, int64_t fact, int64_t on, struct bh_err *err)
{
    return db_run(db, err,
                  "INSERT INTO fact_rest (support, fact) VALUES (?,?) ON CONFLICT DO NOTHING", "ii",
                  on, fact);
}

static bool apply(struct db *db, const struct event *event, struct bh_err *err)
{
    if (event->key.len > 0 &&
        !db_run(db, err, "INSERT INTO idempotency (key, first, request) VALUES (?,?,?)", "bib",
                event->key, event->seq, event->request))
        return false;
    if (event->kind->number == EVENT_LOG_RESTORED) {
        const struct log_restored *restored = event->fields;
        return db_run(db, err,
                      "INSERT INTO log_epoch (epoch, by_seq, from_position) VALUES (?,?,?)", "iii",
                      restored->epoch, event->seq, restored->from_position);
    }
    if (event->kind->number != EVENT_FACT_WITHDRAWN)
        return true;
    const struct fact_withdrawn *fact = event->fields;
    return db_run(db, err,
                  "INSERT INTO withdrawn_fact (target, by_seq) VALUES (?,?) ON CONFLICT DO NOTHING",
                  "ii", fact->target, event->seq);
}

const struct link log_link = {
    .name = "log",
    .zh = "日志",
    .en = "Log",
    .events = events,
    .commands = commands,
    .tables = tables,
    .apply = apply,
};
