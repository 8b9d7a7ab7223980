/*
 * What leaves only with a reason, and is noted in the access log before it does: POST /reveal {person}: an identity;
 * POST /reveal/resident {roll, slot}: the telephone number behind a door; POST /antigen/photo {antigen} and POST
 * /incident/photo {incident}: a picture. Attempts are noted, too. What lies outside the scope does not exist.
 */
#include "api/edge.h"
#include "base/photo.h"
#include "ledger/log.h"
#include "ledger/people_link.h"
#include "ledger/vault.h"
#include "round/antigen_facts.h"
#include "round/box_facts.h"
#include "round/roll_facts.h"

#include <sodium.h>

struct reveal;

/* One kind of thing to show. Runs in a snapshot with the rights of now; *ret_area is told as soon as it is known. */
struct reveal_kind {
    const char *names[2]; /* of the numbers that say which one; the second may be NULL */
    bool (*show)(struct reveal *one, json_t **ret, struct bh_err *err);
};

struct reveal {
    const struct reveal_kind *kind;
    struct worker *worker;
    struct call *call;
    int64_t number[2], area, person; /* area, person: for the note */
    const char *which;               /* for the note; "" = the person says it */
};

static bool unknown(struct bh_err *err)
{
    return bh_fail(err, BH_MISSING, "没有找到", "no such thing");
}

static bool unseal(struct reveal *one, struct bh_str sealed, struct bh_str *ret, struct bh_err *err)
{
    return vault_unseal(one->call->edge->ledger->vault, sealed, &one->call->request->arena, ret,
                        err);
}

/* ---- an identity ---- */

static bool show_person(struct reveal *one, json_t **ret, struct bh_err *err)
{
    struct call *call = one->call;
    struct scope scope;
    struct log_head head;
    one->person = one->number[0];
    one->which = "";
    call_scope_query(call, "case", &scope);
    if (scope_is_empty(&scope))
        return unknown(err);
    if (!log_head_read(one->worker->db, &head, err))
        return false;
    struct reader reader = {.db = one->worker->db,
                            .ledger = call->edge->ledger,
                            .scope = &scope,
                            .user = call->session->user,
                            .now_ms = edge_now(call->edge),
                            .position = head.seq,
                            .arena = &call->request->arena,
                            .vault = call->edge->ledger->vault};
    return person_reveal(&reader, one->number[0], &one->area, ret, err);
}

/* ---- the telephone of a door ---- */

struct telephone {
    struct reveal *one;
    int64_t household; /* its first slot */
    int64_t slot;      /* whose it is, 0 = nobody there has one */
    struct bh_str name, phone;
    bool failed;
    struct bh_err *err;
};

/* The resident's own, else the first of the household. */
static bool telephone_look(void *self, int64_t slot, const struct roll_listed *listed)
{
    struct telephone *found = self;
    struct bh_arena *arena = &found->one->call->request->arena;
    struct bh_str sealed = listed->resident.phone.text, name = {0}, phone = {0};
    bool own = slot == found->one->number[1];
    if (listed->household > found->household)
        return false;
    if (listed->household < found->household || sealed.len == 0 || (found->slot != 0 && !own))
        return true;
    found->failed = !unseal(found->one, sealed, &phone, found->err) ||
                    !unseal(found->one, listed->resident.name.text, &name, found->err);
    found->slot = slot;
    found->name = vault_mask_name(arena, name);
    found->phone = phone;
    return !found->failed;
}

static bool show_resident(struct reveal *one, json_t **ret, struct bh_err *err)
{
    struct db *db = one->worker->db;
    struct bh_arena *arena = &one->call->request->arena;
    int64_t roll = one->number[0], slot = one->number[1];
    struct roll_block block;
    struct roll_listed listed;
    struct scope scope;
    bool found = false;
    one->which = bh_arena_format(arena, "roll %lld slot %lld", (long long)roll, (long long)slot);
    /* Whoever decides about a door may call there. */
    call_scope_command(one->call, "exempt_resident", &scope);
    if (scope_is_empty(&scope))
        return unknown(err);
    if (!roll_block_of(db, roll, slot, &block, &found, err))
        return false;
    one->area = found ? block.area : 0;
    if (!found || !scope_holds(&scope, block.area))
        return unknown(err);
    if (!roll_resident_at(db, roll, slot, arena, &listed, err))
        return false;
    struct telephone door = {.one = one, .household = listed.household, .err = err};
    if (!roll_block_each(db, &block, arena, telephone_look, &door, err) || door.failed)
        return false;
    *ret = json_pack("{s:I, s:I, s:s%, s:s%}", "slot", (json_int_t)slot, "whose",
                     (json_int_t)door.slot, "name_masked", door.name.at ? door.name.at : "",
                     door.name.len, "phone", door.phone.at ? door.phone.at : "", door.phone.len);
    return true;
}

/* ---- photos ---- */

static bool show_photo(struct reveal *one, const struct scope *scope, bool read,
                       struct bh_str sealed, json_t **ret, struct bh_err *err)
{
    struct bh_arena *arena = &one->call->request->arena;
    struct bh_str bytes;
    struct photo photo;
    const char *name = one->kind->names[0];
    one->which = bh_arena_format(arena, "%s %lld", name, (long long)one->number[0]);
    if (!read && err->code != BH_MISSING)
        return false;
    if (!read || !scope_holds(scope, one->area))
        return unknown(err);
    if (!unseal(one, sealed, &bytes, err) || !photo_read(bytes, &photo, err))
        return false;
    size_t size = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = bh_arena_try(arena, size);
    if (!text)
        return bh_fail(err, BH_TOO_BIG, "内容过大", "too large");
    (void)sodium_bin2base64(text, size, (const unsigned char *)bytes.at, bytes.len,
                            sodium_base64_VARIANT_ORIGINAL);
    *ret = json_pack("{s:I, s:s, s:i, s:i, s:s}", name, (json_int_t)one->number[0], "type",
                     photo_type(photo.kind), "width", photo.width, "height", photo.height, "photo",
                     text);
    return true;
}

static bool show_antigen(struct reveal *one, json_t **ret, struct bh_err *err)
{
    struct scope scope;
    struct bh_str sealed = {0};
    call_scope_command(one->call, "review_antigen", &scope);
    bool read = antigen_photo(one->worker->db, one->number[0], &one->call->request->arena, &sealed,
                              &one->area, err);
    return show_photo(one, &scope, read, sealed, ret, err);
}

static bool show_incident(struct reveal *one, json_t **ret, struct bh_err *err)
{
    struct scope scope;
    struct bh_str sealed = {0};
    call_scope_query(one->call, "box", &scope);
    bool read = box_incident_photo(one->worker->db, one->number[0], &one->call->request->arena,
                                   &sealed, &one->area, err);
    return show_photo(one, &scope, read, sealed, ret, err);
}

/* ---- what is the same for all of them ---- */

static bool numbers_of(struct reveal *one, const json_t *json, struct bh_err *err)
{
    for (int i = 0; i < 2 && one->kind->names[i]; i++) {
        const json_t *value = json_object_get(json, one->kind->names[i]);
        one->number[i] = json_integer_value(value);
        if (one->number[i] <= 0)
            return bh_fail_field(err, BH_INVALID, one->kind->names[i], "应为正整数",
                                 "should be a positive whole number");
    }
    return true;
}

static bool reveal(struct reveal *one, const json_t *json, struct bh_err *err)
{
    struct call *call = one->call;
    struct bh_str reason = bh_str_trim(json_text_of(json, "reason"));
    json_t *answer = NULL;
    if (!numbers_of(one, json, err))
        return false;
    if (bh_utf8_count(reason) < 2 || reason.len > LIMIT_TEXT_BYTES)
        return bh_fail_field(err, BH_INVALID, "reason", "请写明查看理由",
                             "say why you need to see it");
    if (!db_begin_read(one->worker->db, err))
        return false;
    bool ok = session_refresh(one->worker, call, edge_now(call->edge), err) &&
              one->kind->show(one, &answer, err);
    db_rollback(one->worker->db);
    /* Attempts are noted too; without the note there is no answer. */
    struct bh_err unnoted = {.code = BH_OK};
    if (!access_note(call, call->session->user, one->area, one->person, "reveal", one->which,
                     reason, ok ? BH_OK : err->code, &unnoted)) {
        json_decref(answer);
        *err = unnoted;
        return false;
    }
    if (ok)
        call_json(call, 200, answer);
    return ok;
}

static void reveal_call(struct worker *worker, struct call *call, const struct reveal_kind *kind)
{
    struct bh_err err = {.code = BH_OK};
    struct reveal one = {.kind = kind, .worker = worker, .call = call, .which = ""};
    json_t *json = call_body(call);
    if (json && !reveal(&one, json, &err))
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}

void reveal_work(struct worker *worker, struct call *call)
{
    static const struct reveal_kind kind = {{"person", NULL}, show_person};
    reveal_call(worker, call, &kind);
}

void resident_work(struct worker *worker, struct call *call)
{
    static const struct reveal_kind kind = {{"roll", "slot"}, show_resident};
    reveal_call(worker, call, &kind);
}

void antigen_photo_work(struct worker *worker, struct call *call)
{
    static const struct reveal_kind kind = {{"antigen", NULL}, show_antigen};
    reveal_call(worker, call, &kind);
}

void incident_photo_work(struct worker *worker, struct call *call)
{
    static const struct reveal_kind kind = {{"incident", NULL}, show_incident};
    reveal_call(worker, call, &kind);
}
