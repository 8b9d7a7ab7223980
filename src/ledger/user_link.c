#include "ledger/user_link.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/permit.h"
#include "ledger/reader.h"

#include <string.h>

/* ---- events ---- */

static const struct field registered_fields[] = {
    FIELD(user_registered, user, SELF, 0, "用户", "User"),
    FIELD(user_registered, display, TEXT, FIELD_REQUIRED, "显示名", "Display name", .min = 1,
          .max = 96),
};
RECORD(registered_record, user_registered, registered_fields);

static const struct field granted_fields[] = {
    FIELD(user_granted, grant, SELF, 0, "授权", "Grant"),
    FIELD(user_granted, user, REF, FIELD_REQUIRED, "用户", "User"),
    FIELD(user_granted, role, TEXT, FIELD_REQUIRED, "角色", "Role", .max = 64),
    FIELD(user_granted, scope_unit, TEXT, FIELD_REQUIRED, "范围", "Scope", .max = 11),
    FIELD(user_granted, until_ms, TIME, 0, "截止", "Until"),
};
RECORD(granted_record, user_granted, granted_fields);

static const struct field ended_fields[] = {
    FIELD(user_grant_ended, grant, REF, FIELD_REQUIRED, "授权", "Grant"),
};
RECORD(ended_record, user_grant_ended, ended_fields);

static const struct event_kind events[] = {
    {EVENT_USER_REGISTERED, 1, "user_registered", "登记用户", "User registered", &registered_record,
     NULL},
    {EVENT_USER_GRANTED, 1, "user_granted", "授予角色", "Role granted", &granted_record, NULL},
    {EVENT_USER_GRANT_ENDED, 1, "user_grant_ended", "授权结束", "Grant ended", &ended_record, NULL},
    {0},
};

/* ---- commands ---- */

struct register_user {
    struct bh_str display;
};
static const struct field register_fields[] = {
    FIELD(register_user, display, TEXT, FIELD_REQUIRED, "显示名", "Display name", .min = 1,
          .max = 96),
};
RECORD(register_record, register_user, register_fields);

struct grant_role {
    int64_t user, area, until_ms;
    struct bh_str role;
};
static const struct field grant_fields[] = {
    FIELD(grant_role, user, REF, FIELD_REQUIRED, "用户", "User"),
    FIELD(grant_role, role, TEXT, FIELD_REQUIRED, "角色", "Role", .min = 1, .max = 64),
    FIELD(grant_role, area, AREA, FIELD_REQUIRED, "范围（单位）", "Scope (unit)"),
    {.name = "until",
     .type = FIELD_TIME,
     .offset = offsetof(struct grant_role, until_ms),
     .zh = "截止时间",
     .en = "Until"},
};
RECORD(grant_record, grant_role, grant_fields);

struct end_grant {
    int64_t grant;
};
static const struct field end_fields[] = {
    FIELD(end_grant, grant, REF, FIELD_REQUIRED, "授权", "Grant"),
};
RECORD(end_record, end_grant, end_fields);

/* What a user holds, ended or not: decide knows the time. */
struct held {
    char role[64];
    int64_t until_ms;
};
enum { HELD_MAX = 256 };
struct grant_facts {
    bool user_known;
    int count;
    struct held held[HELD_MAX];
};
struct end_facts {
    int64_t until_ms;
};

static bool load_nothing(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    (void)db;
    (void)body;
    (void)facts;
    (void)err;
    *ret = (struct target){0};
    return true;
}

static bool decide_register(struct decision *d, const void *body, const void *loaded,
                            struct bh_err *err)
{
    const struct register_user *command = body;
    (void)loaded;
    if (bh_str_trim(command->display).len == 0)
        return bh_fail_field(err, BH_INVALID, "display", "显示名为空", "the display name is empty");
    struct user_registered fact = {.display = bh_str_trim(command->display)};
    (void)decision_emit(d, EVENT_USER_REGISTERED, NULL, &fact);
    return true;
}

static bool load_grant(struct db *db, const void *body, void *loaded, struct target *ret,
                       struct bh_err *err)
{
    const struct grant_role *command = body;
    struct grant_facts *facts = loaded;
    struct rows rows;
    int64_t user = 0;
    if (!db_int(db, err, &user, &facts->user_known, "SELECT user FROM user_account WHERE user = ?",
                "i", command->user))
        return false;
    if (!facts->user_known)
        return bh_fail_field(err, BH_MISSING, "user", "没有这个用户", "no such user");
    db_rows(db, &rows,
            "SELECT role, until_ms FROM grant_row WHERE user = ? ORDER BY grant_seq DESC", "i",
            command->user);
    while (db_next(&rows) && facts->count < HELD_MAX) {
        struct bh_str role = row_text(&rows, 0);
        struct held *held = &facts->held[facts->count++];
        bh_assert(role.len < sizeof held->role);
        memcpy(held->role, role.at, role.len);
        held->until_ms = row_int(&rows, 1);
    }
    *ret = (struct target){.area = command->area};
    return db_end(&rows, err);
}

/* The grant's unit is the one that the leaf stands for; a mere part of a unit would silently become all of it. */
static const struct unit *scope_unit(const struct decision *d, int64_t leaf)
{
    const struct areas *areas = decision_ledger(d)->areas;
    const struct unit *unit = areas_lowest(areas, leaf, decision_now(d));
    return unit && areas_unit_leaf(areas, unit) == leaf ? unit : NULL;
}

static bool check_held(const struct decision *d, const struct grant_facts *facts,
                       const struct role *role, struct bh_err *err)
{
    int active = 0;
    for (int i = 0; i < facts->count; i++) {
        const struct role *other = roles_find(decision_ledger(d)->roles, facts->held[i].role);
        if (facts->held[i].until_ms <= decision_now(d))
            continue;
        active++;
        if (other && role_is_separated(role) && role_is_separated(other) &&
            strcmp(role->power, other->power) != 0)
            return bh_fail_field(
                err, BH_CONFLICT, "role", "系统、安全、审计三种权力不能由一人兼任（已有 %s）",
                "system, security and audit may not be held by one user (has %s)", other->id);
    }
    if (active >= LIMIT_GRANTS)
        return bh_fail_field(err, BH_TOO_BIG, "user", "一个用户最多 %d 项授权",
                             "a user may hold at most %d grants", LIMIT_GRANTS);
    return true;
}

static bool decide_grant(struct decision *d, const void *body, const void *loaded,
                         struct bh_err *err)
{
    const struct grant_role *command = body;
    struct bh_str name =
        bh_str_of(bh_arena_copy(decision_arena(d), command->role.at, command->role.len));
    const struct role *role = roles_find(decision_ledger(d)->roles, name.at);
    const struct unit *unit = scope_unit(d, command->area);
    if (!role)
        return bh_fail_field(err, BH_MISSING, "role", "没有这个角色", "no such role");
    if (!unit)
        return bh_fail_field(err, BH_INVALID, "area", "授权范围必须是一个单位",
                             "the scope of a grant must be a unit");
    if (!decision_covers(d, unit->parent[0] == 0 ? &scope_everything : &unit->scope))
        return bh_fail_field(err, BH_MISSING, "area", "没有这个地区", "no such area");
    if (decision_actor(d) != 0 && decision_actor(d) == command->user)
        return bh_fail_field(err, BH_DENIED, "user", "任何人不得给自己授权",
                             "nobody grants to himself");
    if (command->until_ms != BH_NONE && command->until_ms <= decision_now(d))
        return bh_fail_field(err, BH_INVALID, "until", "截止时间已过", "the end lies in the past");
    if (!check_held(d, loaded, role, err))
        return false;
    struct user_granted fact = {.user = command->user,
                                .role = name,
                                .scope_unit = bh_str_of(unit->id),
                                .until_ms = command->until_ms};
    (void)decision_emit(d, EVENT_USER_GRANTED, NULL, &fact);
    return true;
}

static bool load_end(struct db *db, const void *body, void *loaded, struct target *ret,
                     struct bh_err *err)
{
    const struct end_grant *command = body;
    struct end_facts *facts = loaded;
    struct rows rows;
    bool found = false;
    db_rows(db, &rows, "SELECT area, until_ms FROM grant_row WHERE grant_seq = ?", "i",
            command->grant);
    if (db_next(&rows)) {
        found = true;
        *ret = (struct target){.area = row_int(&rows, 0)};
        facts->until_ms = row_int(&rows, 1);
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "grant", "没有这项授权", "no such grant");
}

static bool decide_end(struct decision *d, const void *body, const void *loaded, struct bh_err *err)
{
    const struct end_grant *command = body;
    const struct end_facts *facts = loaded;
    if (facts->until_ms <= decision_now(d))
        return bh_fail_field(err, BH_CONFLICT, "grant", "这项授权已经结束",
                             "this grant has already ended");
    struct user_grant_ended fact = {command->grant};
    (void)decision_emit(d, EVENT_USER_GRANT_ENDED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"register_user", "登记用户", "Register a user", &register_record, PRIORITY_LOOKUP, 0, 0,
     load_nothing, decide_register, "{\"display\": \"李明（南关区疾控）\"}"},
    {"grant_role", "授予角色", "Grant a role", &grant_record, PRIORITY_LOOKUP, 0,
     sizeof(struct grant_facts), load_grant, decide_grant,
     "{\"user\": 12, \"role\": \"county_cdc\", \"area\": \"220102\"}"},
    {"end_grant", "结束授权", "End a grant", &end_record, PRIORITY_LOOKUP, 0,
     sizeof(struct end_facts), load_end, decide_end, "{\"grant\": 40}"},
    {0},
};

/* ---- tables ---- */

static const struct derived_table tables[] = {
    {"user_account",
     "CREATE TABLE user_account (user INTEGER PRIMARY KEY, display TEXT NOT NULL,"
     " known_ms INTEGER NOT NULL)",
     NULL},
    {"grant_row",
     "CREATE TABLE grant_row (grant_seq INTEGER PRIMARY KEY, user INTEGER NOT NULL,"
     " role TEXT NOT NULL, unit TEXT NOT NULL, area INTEGER NOT NULL, from_ms INTEGER NOT NULL,"
     " until_ms INTEGER NOT NULL, granted_by INTEGER NOT NULL)",
     "CREATE INDEX grant_of_user ON grant_row (user, grant_seq)"},
    {"permit_state", "CREATE TABLE permit_state (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL)",
     NULL},
    {0},
};

static bool count_epoch(struct db *db, struct bh_err *err)
{
    return db_run(db, err,
                  "INSERT INTO permit_state (id, epoch) VALUES (1, 1)"
                  " ON CONFLICT (id) DO UPDATE SET epoch = permit_state.epoch + 1",
                  "");
}

static bool apply_granted(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct user_granted *fact = event->fields;
    int64_t until_ms = fact->until_ms == BH_NONE ? BH_TIME_MAX : fact->until_ms;
    return db_run(db, err,
                  "INSERT INTO grant_row (grant_seq, user, role, unit, area, from_ms, until_ms, "
                  "granted_by)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  "iissiiii", event->seq, fact->user, fact->role, fact->scope_unit, event->area,
                  event->recorded_ms, until_ms, event->actor) &&
           count_epoch(db, err);
}

static bool apply(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct user_registered *user = event->fields;
    const struct user_grant_ended *ended = event->fields;
    switch (event->kind->number) {
    case EVENT_USER_REGISTERED:
        return db_run(db, err,
                      "INSERT INTO user_account (user, display, known_ms) VALUES (?, ?, ?)", "isi",
                      event->seq, user->display, event->recorded_ms);
    case EVENT_USER_GRANTED: return apply_granted(db, event, err);
    case EVENT_USER_GRANT_ENDED:
        return db_run(db, err, "UPDATE grant_row SET until_ms = ? WHERE grant_seq = ?", "ii",
                      event->recorded_ms, ended->grant) &&
               count_epoch(db, err);
    default: return true;
    }
}

const struct link user_link = {
    .name = "user",
    .zh = "用户",
    .en = "Users",
    .events = events,
    .commands = commands,
    .queries = user_queries,
    .tables = tables,
    .apply = apply,
};
