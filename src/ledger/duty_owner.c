#include "ledger/duty_private.h"

#include "base/time.h"

#include <string.h>

/*
 * Who answers. Looked up once for a role and a place and kept, because a load of 20,000 cases asks the same few
 * questions again and again; forgotten when a post changes or a transaction is rolled back.
 */
enum { OWNER_SLOTS = 1 << 15, OWNER_ROLE_MAX = 65, OWNER_PLACES_MAX = 24 };

struct kept_owner {
    char role[OWNER_ROLE_MAX]; /* "" = free */
    int at;
    int64_t institution, leaf;
    int64_t from_ms, until_ms; /* while this holds, until_ms excluded */
    struct owner owner;
};

struct duty_engine {
    struct kept_owner *slot;
    size_t used;
    int64_t seen, layer_seen;                /* last positions looked at, to notice a rollback */
    int64_t shifts_from_ms, shifts_until_ms; /* no holding ends in between */
};

struct duty_engine *duty_engine_of(struct ledger *ledger)
{
    if (!ledger->duty) {
        ledger->duty = bh_alloc(sizeof *ledger->duty);
        memset(ledger->duty, 0, sizeof *ledger->duty);
        ledger->duty->slot = bh_alloc(OWNER_SLOTS * sizeof *ledger->duty->slot);
        duty_owners_forget(ledger);
    }
    return ledger->duty;
}

void duty_close(struct ledger *ledger)
{
    if (!ledger->duty)
        return;
    bh_free(ledger->duty->slot);
    bh_free(ledger->duty);
    ledger->duty = NULL;
}

void duty_owners_forget(struct ledger *ledger)
{
    struct duty_engine *engine = ledger->duty;
    if (!engine)
        return;
    memset(engine->slot, 0, OWNER_SLOTS * sizeof *engine->slot);
    engine->used = 0;
    engine->shifts_from_ms = 0;
    engine->shifts_until_ms = 0;
}

void duty_seen(struct ledger *ledger, const struct event *event)
{
    struct duty_engine *engine = duty_engine_of(ledger);
    if (event->seq > engine->seen)
        engine->seen = event->seq;
    if (event->kind->number == DUTY_LAYER_ADOPTED)
        engine->layer_seen = event->seq;
}

bool duty_forget(struct ledger *ledger, struct bh_err *err)
{
    struct duty_engine *engine = ledger->duty;
    if (!engine || engine->seen <= ledger->head.seq)
        return true;
    duty_owners_forget(ledger);
    engine->seen = ledger->head.seq;
    if (engine->layer_seen <= ledger->head.seq)
        return true;
    engine->layer_seen = ledger->head.seq;
    return ledger_load_plans(ledger, err);
}

/* ---- the cache ---- */

static size_t slot_of(const char *role, int at, int64_t institution, int64_t leaf)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (; *role; role++)
        hash = (hash ^ (unsigned char)*role) * UINT64_C(1099511628211);
    hash = (hash ^ (uint64_t)at) * UINT64_C(1099511628211);
    hash = (hash ^ (uint64_t)institution) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (uint64_t)leaf) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 40) & (OWNER_SLOTS - 1);
}

static struct kept_owner *slot_find(struct duty_engine *engine, const char *role, int at,
                                    int64_t institution, int64_t leaf)
{
    size_t i = slot_of(role, at, institution, leaf);
    for (;; i = (i + 1) & (OWNER_SLOTS - 1)) {
        struct kept_owner *slot = &engine->slot[i];
        if (!slot->role[0] || (slot->leaf == leaf && slot->institution == institution &&
                               slot->at == at && strcmp(slot->role, role) == 0))
            return slot;
    }
}

/* ---- looking up ---- */

/* Reads the one post of a cursor with columns post, institution, user, from, until. */
static bool post_read(struct ledger *ledger, struct rows *rows, int64_t at_ms,
                      struct kept_owner *ret, bool *ret_found, struct bh_err *err)
{
    *ret_found = false;
    if (db_next(rows)) {
        int64_t institution = row_int(rows, 1), user = row_int(rows, 2);
        *ret_found = true;
        ret->owner = (struct owner){institution == BH_NONE ? 0 : institution, row_int(rows, 0),
                                    user == BH_NONE ? 0 : user};
        ret->from_ms = user == BH_NONE ? at_ms : row_int(rows, 3);
        ret->until_ms = user == BH_NONE ? BH_TIME_MAX : row_int(rows, 4);
    }
    if (!db_end(rows, err))
        return false;
    if (!*ret_found || ret->owner.holder != 0)
        return true;
    /* Vacant now: until somebody's time begins. */
    int64_t begins = BH_NONE;
    if (!db_int(ledger->db, err, &begins, NULL,
                "SELECT MIN(from_ms) FROM post_holder WHERE post = ? AND from_ms > ?", "ii",
                ret->owner.post, at_ms))
        return false;
    if (begins != BH_NONE)
        ret->until_ms = begins;
    return true;
}

static bool find_at_institution(struct ledger *ledger, int64_t institution, const char *role,
                                int64_t at_ms, struct kept_owner *ret, bool *ret_found,
                                struct bh_err *err)
{
    struct rows rows;
    db_rows(ledger->db, &rows,
            "SELECT p.post, p.institution, h.user, h.from_ms, h.until_ms FROM post p LEFT JOIN "
            "post_holder h"
            " ON h.post = p.post AND h.from_ms <= ? AND h.until_ms > ?"
            " WHERE p.institution = ? AND p.role = ? AND p.ended_ms IS NULL"
            " ORDER BY CASE WHEN h.user IS NULL THEN 1 ELSE 0 END, p.post LIMIT 1",
            "iiiz", at_ms, at_ms, institution, role);
    return post_read(ledger, &rows, at_ms, ret, ret_found, err);
}

static bool find_at_place(struct ledger *ledger, int64_t area, const char *role, int64_t at_ms,
                          struct kept_owner *ret, bool *ret_found, struct bh_err *err)
{
    struct rows rows;
    db_rows(ledger->db, &rows,
            "SELECT p.post, p.institution, h.user, h.from_ms, h.until_ms FROM post p LEFT JOIN "
            "post_holder h"
            " ON h.post = p.post AND h.from_ms <= ? AND h.until_ms > ?"
            " WHERE p.area = ? AND p.role = ? AND p.ended_ms IS NULL"
            " ORDER BY CASE WHEN h.user IS NULL THEN 1 ELSE 0 END, p.post LIMIT 1",
            "iiiz", at_ms, at_ms, area, role);
    return post_read(ledger, &rows, at_ms, ret, ret_found, err);
}

static int place_add(int64_t *places, int count, int64_t leaf)
{
    for (int i = 0; i < count; i++)
        if (places[i] == leaf)
            return count;
    if (leaf != 0 && count < OWNER_PLACES_MAX)
        places[count++] = leaf;
    return count;
}

/* From the leaf outwards: its own place, the places around it inside the smallest unit, then the units. */
static int places_around(const struct ledger *ledger, int64_t leaf, int64_t at_ms, int64_t *places)
{
    const struct unit *unit = areas_lowest(ledger->areas, leaf, at_ms);
    int count = place_add(places, 0, leaf);
    for (const struct leaf *node = areas_leaf(ledger->areas, leaf);
         node && unit && scope_holds(&unit->scope, node->number);
         node = areas_leaf(ledger->areas, node->parent))
        count = place_add(places, count, node->number);
    for (; unit; unit = areas_parent(ledger->areas, unit, at_ms))
        count = place_add(places, count, areas_unit_leaf(ledger->areas, unit));
    return count;
}

static bool look_up(struct ledger *ledger, int64_t at_ms, struct kept_owner *ret,
                    struct bh_err *err)
{
    int64_t places[OWNER_PLACES_MAX];
    bool found = false;
    ret->owner = (struct owner){ret->institution, 0, 0};
    ret->from_ms = BH_TIME_MIN;
    ret->until_ms = BH_TIME_MAX;
    if (ret->at == AT_INSTITUTION && ret->institution != 0 &&
        !find_at_institution(ledger, ret->institution, ret->role, at_ms, ret, &found, err))
        return false;
    int count = found || ret->leaf == 0 ? 0 : places_around(ledger, ret->leaf, at_ms, places);
    for (int i = 0; i < count && !found; i++)
        if (!find_at_place(ledger, places[i], ret->role, at_ms, ret, &found, err))
            return false;
    return true;
}

bool duty_owner(struct ledger *ledger, const char *role, enum owner_at at, int64_t institution,
                int64_t leaf, int64_t at_ms, struct owner *ret, struct bh_err *err)
{
    struct duty_engine *engine = duty_engine_of(ledger);
    int64_t asked = at == AT_INSTITUTION ? institution : 0;
    struct kept_owner *slot = slot_find(engine, role, (int)at, asked, leaf);
    if (slot->role[0] && at_ms >= slot->from_ms && at_ms < slot->until_ms) {
        *ret = slot->owner;
        return true;
    }
    struct kept_owner found = {.at = (int)at, .institution = asked, .leaf = leaf};
    bh_assert(strlen(role) < sizeof found.role);
    memcpy(found.role, role, strlen(role) + 1);
    if (!look_up(ledger, at_ms, &found, err))
        return false;
    *ret = found.owner;
    if (!slot->role[0] && ++engine->used > OWNER_SLOTS / 4 * 3) {
        duty_owners_forget(ledger);
        engine->used = 1;
        slot = slot_find(engine, role, (int)at, asked, leaf);
    }
    *slot = found;
    return true;
}

/* ---- shifts that simply end ---- */

bool duty_shifts_due(struct ledger *ledger, int64_t now_ms)
{
    const struct duty_engine *engine = duty_engine_of(ledger);
    return now_ms < engine->shifts_from_ms || now_ms >= engine->shifts_until_ms;
}

bool duty_shifts_seen(struct ledger *ledger, int64_t now_ms, struct bh_err *err)
{
    struct duty_engine *engine = duty_engine_of(ledger);
    int64_t next_ms = BH_NONE;
    if (!db_int(ledger->db, err, &next_ms, NULL,
                "SELECT MIN(until_ms) FROM post_holder WHERE until_ms > ?", "i", now_ms))
        return false;
    engine->shifts_from_ms = now_ms;
    engine->shifts_until_ms = next_ms == BH_NONE ? BH_TIME_MAX : next_ms;
    return true;
}
