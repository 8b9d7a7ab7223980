/*
 * The second door to one's own result, for who has lost the receipt: a document number and a one-time code. The code
 * is drawn here and leaves only as a sealed message to whoever can reach the person. A document nobody has costs the
 * same work and gets the same answer, so that asking does not tell who is registered.
 */
#include "api/edge.h"
#include "api/result_cache.h"
#include "base/time.h"
#include "ledger/plan.h"
#include "ledger/vault.h"
#include "report/report_facts.h"
#include "round/round_facts.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { CODE_DIGITS = 6, DOCUMENT_MIN = 4, DOCUMENT_MAX = 64 };

struct subject {
    uint8_t document[ACCOUNT_SUBJECT]; /* as in the derived tables */
    uint8_t asker[ACCOUNT_SUBJECT];    /* as in accounts.db: the two cannot be compared */
    int64_t person, area;              /* 0 = nobody */
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

static void hash_of(struct call *call, const char *what, const uint8_t subject[ACCOUNT_SUBJECT],
                    struct bh_str text, uint8_t ret[ACCOUNT_SUBJECT])
{
    char hex[2 * ACCOUNT_SUBJECT + 1];
    bh_hex(subject, ACCOUNT_SUBJECT, hex);
    const char *whole =
        bh_arena_format(&call->request->arena, "%s/%s/%.*s", what, hex, (int)text.len, text.at);
    vault_search_hash(call->edge->ledger->vault, bh_str_of(whole), ret);
}

static bool subject_find(struct worker *worker, struct call *call, const json_t *json,
                         struct subject *ret, struct bh_err *err)
{
    struct rows rows;
    struct bh_str document;
    if (!text_of(json, "document", DOCUMENT_MIN, DOCUMENT_MAX, &document, err))
        return false;
    *ret = (struct subject){0};
    vault_search_hash(call->edge->ledger->vault, document, ret->document);
    hash_of(call, "asker", ret->document, (struct bh_str){NULL, 0}, ret->asker);
    db_rows(worker->db, &rows,
            "SELECT person, area FROM person WHERE document_hash = ? ORDER BY person LIMIT 1", "b",
            (struct bh_str){(const char *)ret->document, sizeof ret->document});
    if (db_next(&rows)) {
        ret->person = row_int(&rows, 0);
        ret->area = row_int(&rows, 1);
    }
    return db_end(&rows, err);
}

/* --- a code -------------------------------------------------------------------------------- */

static void code_draw(const struct world *world, char out[CODE_DIGITS + 1])
{
    uint32_t random = 0;
    const uint32_t most = UINT32_MAX / 1000000 * 1000000;
    do
        world->entropy(world->self, &random, sizeof random);
    while (random >= most);
    (void)snprintf(out, CODE_DIGITS + 1, "%06u", (unsigned)(random % 1000000));
}

static bool code_give(struct worker *worker, struct call *call, const json_t *json,
                      struct bh_err *err)
{
    struct edge *edge = call->edge;
    struct subject subject;
    struct bh_sealed sealed;
    uint8_t hash[ACCOUNT_SUBJECT];
    char code[CODE_DIGITS + 1];
    if (!subject_find(worker, call, json, &subject, err))
        return false;
    code_draw(edge->world, code);
    hash_of(call, "code", subject.document, bh_str_of(code), hash);
    bool ok = vault_seal(edge->ledger->vault, edge->world, bh_str_of(code), false,
                         &call->request->arena, &sealed, err);
    sodium_memzero(code, sizeof code);
    struct message message = {.area = subject.area,
                              .person = subject.person,
                              .purpose = BH_STR("result_code"),
                              .sealed = sealed.text};
    ok = ok && account_code_give(edge->accounts, subject.asker, hash, &message, err);
    if (ok)
        atomic_fetch_add(&edge->messages, 1);
    return ok;
}

void result_code_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json && code_give(worker, call, json, &err))
        call_json(call, 200,
                  json_pack("{s:b, s:i}", "taken", 1, "minutes",
                            (int)(account_settings_live.code_ms / BH_MINUTE_MS)));
    else if (json)
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}

/* --- the state, from the tables ------------------------------------------------------------ */

struct sample {
    int64_t tube, person, kind, verdict, resulted_ms, sampled_ms, area, outcome;
    bool found, held;
};

/* Somebody may have been registered twice under one document. */
static bool sample_latest(struct db *db, const uint8_t document[ACCOUNT_SUBJECT],
                          struct sample *ret, struct bh_err *err)
{
    struct rows rows;
    db_rows(
        db, &rows,
        "SELECT t.tube, t.kind, t.verdict, t.resulted_ms, m.at_ms, t.area, m.outcome, m.held_seq,"
        " m.person FROM person p JOIN tube_member m ON m.person = p.person"
        " JOIN tube t ON t.tube = m.tube WHERE p.document_hash = ? AND t.withdrawn_ms IS NULL "
        "ORDER BY m.at_ms DESC, t.tube DESC LIMIT 1",
        "b", (struct bh_str){(const char *)document, ACCOUNT_SUBJECT});
    *ret = (struct sample){0};
    if (db_next(&rows)) {
        *ret = (struct sample){.found = true,
                               .tube = row_int(&rows, 0),
                               .kind = row_int(&rows, 1),
                               .verdict = row_int(&rows, 2),
                               .resulted_ms = row_int(&rows, 3),
                               .sampled_ms = row_int(&rows, 4),
                               .area = row_int(&rows, 5),
                               .outcome = row_int(&rows, 6),
                               .held = !row_null(&rows, 7),
                               .person = row_int(&rows, 8)};
    }
    return db_end(&rows, err);
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
    struct subject subject;
    struct bh_str code;
    uint8_t hash[ACCOUNT_SUBJECT];
    if (!text_of(json, "code", CODE_DIGITS, CODE_DIGITS, &code, err) ||
        !subject_find(worker, call, json, &subject, err))
        return false;
    hash_of(call, "code", subject.document, code, hash);
    if (!account_code_use(call->edge->accounts, subject.asker, hash, err) ||
        !db_begin_read(worker->db, err))
        return false;
    bool ok = state_read(worker, call, subject.document, ret, err);
    db_rollback(worker->db);
    return ok;
}
