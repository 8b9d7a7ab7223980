/*
 * Antigen tests told by people themselves. POST /antigen/kit {kit}: whether the kit may still be told of, and who lives
 * behind the door it was handed to, masked. POST /antigen {kit, outcome, ...}: the command report_antigen, by nobody: who
 * holds the code of a kit may tell its result, once.
 */
#include "api/edge.h"
#include "api/rate.h"
#include "base/code60.h"
#include "base/time.h"
#include "ledger/log.h"
#include "ledger/plan.h"
#include "ledger/vault.h"
#include "round/antigen_facts.h"
#include "round/roll_facts.h"

#include <sodium.h>
#include <string.h>

/* A mobile operator puts a district behind one address; what guards against guessing is the length of a code. */
static const struct rate_rule by_address = {.every_us = 50000, .burst = 400, .places = 1 << 14},
                              by_kit = {.every_us = 10000000, .burst = 10, .places = 1 << 14};

struct kit_door {
    struct rate *address; /* HTTP thread only */
    struct lock lock;     /* guards kit: bodies with photos are read by workers */
    struct rate *kit;
};

void kit_door_start(struct edge *edge)
{
    struct kit_door *door = bh_alloc(sizeof *door);
    uint8_t key[16];
    edge->world->entropy(edge->world->self, key, sizeof key);
    door->address = rate_new(&by_address, key);
    door->kit = rate_new(&by_kit, key);
    sodium_memzero(key, sizeof key);
    lock_init(&door->lock);
    edge->kits = door;
}

void kit_door_stop(struct edge *edge)
{
    struct kit_door *door = edge->kits;
    if (!door)
        return;
    rate_free(door->address);
    rate_free(door->kit);
    lock_done(&door->lock);
    bh_free(door);
    edge->kits = NULL;
}

bool kit_here(struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    call->request->untimed = true;
    if (!call_limit_address(call, call->edge->kits->address))
        return true;
    if (!results_closed(call->edge))
        return false;
    (void)bh_fail(&err, BH_EXPIRED, "本次疫情已结束，不再接受上报",
                  "this outbreak is closed; nothing is taken any more");
    call_fail(call, &err);
    return true;
}

static bool kit_limit(struct call *call, uint64_t kit)
{
    struct kit_door *door = call->edge->kits;
    lock_take(&door->lock);
    bool ok = call_limit(call, door->kit, (struct bh_str){(const char *)&kit, sizeof kit});
    lock_give(&door->lock);
    return ok;
}

/* The kit, counted against its limit. False when answered. Only `names` are accepted, so that a misspelt member is not
 * taken for a missing one, and nobody is named by a number of ours. */
static bool kit_of(struct call *call, const json_t *json, const char *const *names,
                   uint64_t *ret_kit)
{
    struct bh_err err = {.code = BH_OK};
    const json_t *value = json_object_get(json, "kit");
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach((json_t *)(uintptr_t)json, name, member)
    {
        const char *const *known = names;
        while (*known && strcmp(*known, name) != 0)
            known++;
        if (!*known && err.code == BH_OK)
            (void)bh_fail_field(&err, BH_INVALID, name, "没有这个字段", "there is no such field");
    }
    struct bh_str text = {json_string_value(value), json_string_length(value)};
    if (err.code == BH_OK && !code60_read(text, ret_kit))
        (void)bh_fail_field(&err, BH_INVALID, "kit", "试剂码为 13 位字符，请核对",
                            "a kit code has 13 characters; please check it");
    if (err.code == BH_OK)
        return kit_limit(call, *ret_kit);
    call_fail(call, &err);
    return false;
}

/* ---- what is behind a kit ---- */

struct people {
    struct call *call;
    const struct kit_facts *kit;
    json_t *list;
};

static bool people_add(void *self, int64_t slot, const struct roll_listed *listed)
{
    struct people *people = self;
    struct bh_arena *arena = &people->call->request->arena;
    struct bh_str name = {0};
    struct bh_err ignored;
    if (slot < people->kit->slot)
        return true;
    if (slot >= people->kit->slot + people->kit->count)
        return false;
    if (vault_unseal(people->call->edge->ledger->vault, listed->resident.name.text, arena, &name,
                     &ignored))
        name = vault_mask_name(arena, name);
    (void)json_array_append_new(people->list, json_pack("{s:I, s:s%}", "slot", (json_int_t)slot,
                                                        "name", name.at ? name.at : "", name.len));
    return true;
}

static int64_t vaccination_hours(const struct edge *edge, int64_t area, int64_t now_ms)
{
    const struct plan_param *param =
        plan_param(plans_for(edge->ledger->plans, area, now_ms), "antigen_after_vaccination_min");
    return param && param->ms != BH_NONE ? param->ms / BH_HOUR_MS : 0;
}

static bool kit_read(struct db *db, struct call *call, uint64_t number, json_t **ret,
                     struct bh_err *err)
{
    struct kit_facts kit;
    struct roll_block block;
    bool found = false, listed = false;
    if (!antigen_kit_read(db, (int64_t)number, &kit, &found, err))
        return false;
    if (!found || kit.handed_ms == BH_NONE)
        return bh_fail_field(err, BH_MISSING, "kit", "没有这个试剂码", "there is no such kit");
    struct people people = {call, &kit, json_array()};
    bool ok =
        kit.antigen != BH_NONE ||
        (roll_block_of(db, kit.roll, kit.slot, &block, &listed, err) &&
         (!listed || roll_block_each(db, &block, &call->request->arena, people_add, &people, err)));
    *ret = json_pack("{s:s, s:o, s:I, s:b}", "state", kit.antigen == BH_NONE ? "ready" : "used",
                     "people", people.list, "vaccination_hours",
                     (json_int_t)vaccination_hours(call->edge, kit.area, edge_now(call->edge)),
                     "exercise", (int)call->edge->ledger->exercise);
    return ok;
}

void kit_work(struct worker *worker, struct call *call)
{
    static const char *const names[] = {"kit", NULL};
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call), *answer = NULL;
    uint64_t kit = 0;
    if (json && kit_of(call, json, names, &kit)) {
        bool ok = db_begin_read(worker->db, &err);
        if (ok) {
            ok = kit_read(worker->db, call, kit, &answer, &err);
            db_rollback(worker->db);
        }
        if (ok) {
            call_json(call, 200, answer);
        } else {
            json_decref(answer);
            call_fail(call, &err);
        }
    }
    json_decref(json);
    call_finish(call);
}

/* ---- a result ---- */

void antigen_work(struct worker *worker, struct call *call)
{
    static const char *const names[] = {"kit",   "slot",         "outcome", "taken",
                                        "photo", "symptom_days", NULL};
    const struct command *command =
        catalogue_command(call->edge->catalogue, BH_STR("report_antigen"));
    uint64_t kit = 0;
    (void)worker;
    json_t *json = call_body(call);
    bool ready = json && kit_of(call, json, names, &kit) && command_take(call, command, NULL, json);
    json_decref(json);
    /* Numbers of persons and facts are nobody's business outside. */
    call->said = "{\"taken\":true}";
    if (ready)
        command_send(call);
    else
        call_finish(call);
}
