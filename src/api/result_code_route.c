/*
 * The second door to one's own result, for who has lost the receipt: a document number and a one-time code. A request
 * for a code is answered before anybody is looked for, so that neither the answer nor its time tells who is
 * registered. A thread of its own then draws the code, which leaves only as a sealed message to whoever can reach the
 * person; for a document nobody has it does the same.
 */
#include "api/edge.h"
#include "api/result_cache.h"
#include "base/time.h"
#include "ledger/plan.h"
#include "ledger/vault.h"
#include "report/report_facts.h"
#include "round/roll_facts.h"
#include "round/round_facts.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    CODE_DIGITS = 6,
    DOCUMENT_MIN = 4,
    DOCUMENT_MAX = 64,
    WAITING_MAX = 1024, /* requests for a code; beyond that 503 */
    CACHE_KB = 1 << 10,
};

struct document {
    char text[DOCUMENT_MAX];
    size_t len;
};

struct code_desk {
    struct edge *edge;
    struct thread thread;
    struct db *db;
    struct bh_arena arena;
    struct lock lock; /* guards everything below */
    struct condition filled;
    struct document waiting[WAITING_MAX];
    size_t first, count;
    bool stopping;
};

struct subject {
    uint8_t document[ACCOUNT_SUBJECT]; /* as in the derived tables */
    uint8_t asker[ACCOUNT_SUBJECT];    /* as in accounts.db: the two cannot be compared */
    int64_t area;                      /* where he lives, 0 = nobody */
    struct bh_str name, phone;         /* sealed, in the arena */
};

static bool text_of(const json_t *json, const char *name, size_t min, size_t max,
                    struct bh_str *ret, struct bh_err *err)
{
    const json_t *value = json_object_get(json, name);
    struct bh_str text = bh_str_trim((struct bh_str){
        json_string_value(value), json_is_string(value) ? json_string_length(value) : 0});
    if (text.len < min || text.len > max)
        return bh_fail_field(err, BH_INVALID, name, "应为 %zu 到 %zu 个字符",
                             "should have %zu to %zu characters", min, max);
    *ret = text;
    return true;
}

static void hash_of(const struct edge *edge, const char *what,
                    const uint8_t subject[ACCOUNT_SUBJECT], struct bh_str text,
                    uint8_t ret[ACCOUNT_SUBJECT])
{
    char hex[2 * ACCOUNT_SUBJECT + 1], whole[sizeof hex + DOCUMENT_MAX];
    bh_hex(subject, ACCOUNT_SUBJECT, hex);
    (void)snprintf(whole, sizeof whole, "%s/%s/%.*s", what, hex, (int)text.len, text.at);
    vault_search_hash(edge->ledger->vault, bh_str_of(whole), ret);
    sodium_memzero(whole, sizeof whole);
}

static struct subject subject_of(const struct edge *edge, struct bh_str document)
{
    struct subject subject = {0};
    vault_search_hash(edge->ledger->vault, document, subject.document);
    hash_of(edge, "asker", subject.document, BH_STR(""), subject.asker);
    return subject;
}

/* --- the desk: draws a code and sends it on its way ---------------------------------------- */

/* On the newest roll that lists the document. */
static bool resident_find(struct code_desk *desk, struct subject *subject, struct bh_err *err)
{
    struct roll_listed listed = {0};
    struct rows rows;
    int64_t roll = 0, slot = 0;
    db_rows(desk->db, &rows,
            "SELECT roll, slot FROM roll_document WHERE document = ? AND roll IN (SELECT roll FROM "
            "roll) ORDER BY roll DESC LIMIT 1",
            "b", (struct bh_str){(const char *)subject->document, sizeof subject->document});
    if (db_next(&rows)) {
        roll = row_int(&rows, 0);
        slot = row_int(&rows, 1);
    }
    if (!db_end(&rows, err) || slot == 0)
        return slot == 0;
    if (!roll_resident_at(desk->db, roll, slot, &desk->arena, &listed, err))
        return false;
    subject->area = listed.area;
    subject->name = listed.resident.name.text;
    subject->phone = listed.resident.phone.text;
    return true;
}

/* Who it is and how he is reached: as registered by himself, else as on a roll. */
static bool subject_find(struct code_desk *desk, struct subject *subject, struct bh_err *err)
{
    struct rows rows;
    if (!resident_find(desk, subject, err))
        return false;
    db_rows(desk->db, &rows,
            "SELECT area, name, phone FROM person WHERE document_hash = ? ORDER BY person LIMIT 1",
            "b", (struct bh_str){(const char *)subject->document, sizeof subject->document});
    if (db_next(&rows)) {
        subject->area = row_int(&rows, 0);
        subject->name = bh_arena_str(&desk->arena, row_bytes(&rows, 1));
        subject->phone = bh_arena_str(&desk->arena, row_bytes(&rows, 2));
    }
    return db_end(&rows, err);
}

static void code_draw(const struct world *world, char out[CODE_DIGITS + 1])
{
    uint32_t random = 0;
    const uint32_t most = UINT32_MAX / 1000000 * 1000000;
    do
        world->entropy(world->self, &random, sizeof random);
    while (random >= most);
    (void)snprintf(out, CODE_DIGITS + 1, "%06u", (unsigned)(random % 1000000));
}

static bool code_give(struct code_desk *desk, struct bh_str document, struct bh_err *err)
{
    struct edge *edge = desk->edge;
    struct subject subject = subject_of(edge, document);
    struct bh_sealed sealed = {0};
    uint8_t hash[ACCOUNT_SUBJECT];
    char code[CODE_DIGITS + 1];
    if (!db_begin_read(desk->db, err))
        return false;
    bool ok = subject_find(desk, &subject, err);
    db_rollback(desk->db);
    code_draw(edge->world, code);
    hash_of(edge, "code", subject.document, bh_str_of(code), hash);
    ok = ok && vault_seal(edge->ledger->vault, edge->world, bh_str_of(code), false, &desk->arena,
                          &sealed, err);
    sodium_memzero(code, sizeof code);
    struct message message = {.area = subject.area,
                              .purpose = BH_STR("result_code"),
                              .name = subject.name,
                              .phone = subject.phone,
                              .sealed = sealed.text};
    ok = ok && account_code_give(edge->accounts, subject.asker, hash, &message, err);
    if (ok)
        atomic_fetch_add(&edge->messages, 1);
    return ok;
}

/* False when the desk closes. */
static bool document_take(struct code_desk *desk, struct document *ret)
{
    lock_take(&desk->lock);
    while (desk->count == 0 && !desk->stopping)
        condition_wait(&desk->filled, &desk->lock);
    bool open = !desk->stopping;
    if (open) {
        *ret = desk->waiting[desk->first];
        sodium_memzero(&desk->waiting[desk->first], sizeof *ret);
        desk->first = (desk->first + 1) % WAITING_MAX;
        desk->count--;
    }
    lock_give(&desk->lock);
    return open;
}

static void desk_run(void *self)
{
    struct code_desk *desk = self;
    struct document document;
    while (document_take(desk, &document)) {
        struct bh_err err = {.code = BH_OK};
        if (!code_give(desk, (struct bh_str){document.text, document.len}, &err))
            (void)fprintf(stderr, "bihuan: a result code could not be sent: %s / %s\n",
                          bh_code_en(err.code), bh_code_zh(err.code));
        bh_arena_reset(&desk->arena);
    }
    sodium_memzero(&document, sizeof document);
}

bool code_desk_start(struct edge *edge, struct code_desk **ret, struct bh_err *err)
{
    struct code_desk *desk = bh_alloc(sizeof *desk);
    *ret = desk;
    desk->edge = edge;
    bh_arena_init(&desk->arena, LIMIT_ARENA_REQUEST);
    lock_init(&desk->lock);
    condition_init(&desk->filled);
    return db_open(ledger_path(edge->ledger), DB_READ, CACHE_KB, &desk->db, err) &&
           thread_start(&desk->thread, "codes", desk_run, desk, err);
}

void code_desk_stop(struct code_desk *desk)
{
    if (!desk)
        return;
    lock_take(&desk->lock);
    desk->stopping = true;
    condition_signal(&desk->filled);
    lock_give(&desk->lock);
    thread_join(&desk->thread);
    db_close(desk->db);
    bh_arena_done(&desk->arena);
    condition_done(&desk->filled);
    lock_done(&desk->lock);
    sodium_memzero(desk->waiting, sizeof desk->waiting);
    bh_free(desk);
}

/* --- asking for one: on the HTTP thread ---------------------------------------------------- */

static bool document_put(struct code_desk *desk, struct bh_str text)
{
    lock_take(&desk->lock);
    bool room = desk->count < WAITING_MAX;
    if (room) {
        struct document *at = &desk->waiting[(desk->first + desk->count) % WAITING_MAX];
        memcpy(at->text, text.at, text.len);
        at->len = text.len;
        desk->count++;
        condition_signal(&desk->filled);
    }
    lock_give(&desk->lock);
    return room;
}

void code_desk_ask(struct code_desk *desk, struct call *call, const json_t *json)
{
    struct bh_err err = {.code = BH_OK};
    struct bh_str document;
    if (!text_of(json, "document", DOCUMENT_MIN, DOCUMENT_MAX, &document, &err))
        call_fail(call, &err);
    else if (!document_put(desk, document))
        call_busy(call, "申请验证码的人太多，请稍后再试",
                  "too many ask for codes, try again shortly");
    else
        call_json(call, 200,
                  json_pack("{s:b, s:i}", "taken", 1, "minutes",
                            (int)(account_settings_live.code_ms / BH_MINUTE_MS)));
}

/* --- the state, from the tables ------------------------------------------------------------ */

struct sample {
    int64_t person, kind, verdict, resulted_ms, sampled_ms, area, outcome;
    bool found, held;
};

/* As a person of his own. Somebody may have been registered twice under one document. */
static bool sample_of_person(struct db *db, const uint8_t document[ACCOUNT_SUBJECT],
                             struct sample *ret, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT t.kind, t.verdict, t.resulted_ms, m.at_ms, t.area, m.outcome, m.held_seq, "
            "m.person FROM person p JOIN tube_member m ON m.person = p.person"
            " JOIN tube t ON t.tube = m.tube WHERE p.document_hash = ? AND t.withdrawn_ms IS NULL"
            " ORDER BY m.at_ms DESC, t.tube DESC LIMIT 1",
            "b", (struct bh_str){(const char *)document, ACCOUNT_SUBJECT});
    if (db_next(&rows))
        *ret = (struct sample){.found = true,
                               .kind = row_int(&rows, 0),
                               .verdict = row_int(&rows, 1),
                               .resulted_ms = row_int(&rows, 2),
                               .sampled_ms = row_int(&rows, 3),
                               .area = row_int(&rows, 4),
                               .outcome = row_int(&rows, 5),
                               .held = !row_null(&rows, 6),
                               .person = row_int(&rows, 7)};
    return db_end(&rows, err);
}

/* In a round, from the roll: whoever is in a tube that is not negative becomes a person, so only negative counts. */
static bool sample_of_round(struct db *db, const uint8_t document[ACCOUNT_SUBJECT],
                            struct sample *ret, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT t.verdict, t.resulted_ms, t.collected_ms, t.area FROM round r"
            " JOIN roll_document d ON d.roll = r.roll AND d.document = ?"
            " JOIN sample s ON s.id = r.ordinal * 4294967296 + d.slot"
            " JOIN tube t ON t.tube = s.tube WHERE t.withdrawn_ms IS NULL"
            " ORDER BY t.collected_ms DESC LIMIT 1",
            "b", (struct bh_str){(const char *)document, ACCOUNT_SUBJECT});
    if (db_next(&rows))
        *ret = (struct sample){.found = true,
                               .kind = TUBE_POOLED,
                               .verdict = row_int(&rows, 0),
                               .resulted_ms = row_int(&rows, 1),
                               .sampled_ms = row_int(&rows, 2),
                               .area = row_int(&rows, 3)};
    return db_end(&rows, err);
}

static bool sample_latest(struct db *db, const uint8_t document[ACCOUNT_SUBJECT],
                          struct sample *ret, struct bh_err *err)
{
    struct sample alone = {0}, round = {0};
    if (!sample_of_person(db, document, &alone, err) || !sample_of_round(db, document, &round, err))
        return false;
    *ret = !alone.found || (round.found && round.sampled_ms > alone.sampled_ms) ? round : alone;
    return true;
}

/* As in the cache: the case's card is filed, or the plan's delay is over. */
static bool was_told(struct worker *worker, struct call *call, const struct sample *sample,
                     bool *ret, struct bh_err *err)
{
    struct person_state state;
    struct case_facts sick = {0};
    int64_t now_ms = edge_now(call->edge);
    const struct plan_param *delay = plan_param(
        plans_for(call->edge->ledger->plans, sample->area, now_ms), "result_public_positive_delay");
    if (!report_person(worker->db, sample->person, &state, err) ||
        (state.open_case != 0 && !report_case(worker->db, state.open_case, &sick, err)))
        return false;
    /* A card of an earlier illness says nothing about this sample. */
    *ret = (sick.report != 0 && sick.diagnosed_ms >= sample->sampled_ms) ||
           (delay && delay->ms != BH_NONE && now_ms - sample->resulted_ms >= delay->ms);
    return true;
}

static bool state_read(struct worker *worker, struct call *call,
                       const uint8_t document[ACCOUNT_SUBJECT], struct result_answer *ret,
                       struct bh_err *err)
{
    struct sample sample;
    bool told = false;
    *ret = (struct result_answer){.state = SHOWN_UNKNOWN};
    if (!sample_latest(worker->db, document, &sample, err))
        return false;
    bool negative = sample.found && (sample.verdict == VERDICT_NEGATIVE ||
                                     (sample.held && sample.outcome == MEMBER_NEGATIVE));
    bool positive = sample.found && !negative &&
                    ((sample.kind == TUBE_SINGLE && sample.verdict == VERDICT_POSITIVE) ||
                     (sample.held && sample.outcome == MEMBER_CASE));
    if (positive && !was_told(worker, call, &sample, &told, err))
        return false;
    if (sample.found)
        *ret = (struct result_answer){.state = SHOWN_WAITING, .sampled_ms = sample.sampled_ms};
    if (negative || told) {
        ret->state = negative ? SHOWN_NEGATIVE : SHOWN_POSITIVE;
        ret->resulted_ms = sample.resulted_ms;
    }
    return true;
}

bool result_by_code(struct worker *worker, struct call *call, const json_t *json,
                    struct result_answer *ret, struct bh_err *err)
{
    struct bh_str code, document;
    uint8_t hash[ACCOUNT_SUBJECT];
    if (!text_of(json, "code", CODE_DIGITS, CODE_DIGITS, &code, err) ||
        !text_of(json, "document", DOCUMENT_MIN, DOCUMENT_MAX, &document, err))
        return false;
    struct subject subject = subject_of(call->edge, document);
    hash_of(call->edge, "code", subject.document, code, hash);
    if (!account_code_use(call->edge->accounts, subject.asker, hash, err) ||
        !db_begin_read(worker->db, err))
        return false;
    bool ok = state_read(worker, call, subject.document, ret, err);
    db_rollback(worker->db);
    return ok;
}
