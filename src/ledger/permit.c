#include "ledger/permit.h"

#include "base/time.h"
#include "base/yaml.h"

#include <string.h>

enum { ROLES_MAX = 200, NAMES_MAX = 500, ROLE_ARENA_BYTES = 8 << 20 };

/* Where a name stands in the file, for roles_check. */
struct place {
    int line, column;
};

struct role_places {
    const struct place *commands, *queries; /* beside the names */
};

struct roles {
    struct bh_arena arena;
    struct role role[ROLES_MAX];
    struct role_places places[ROLES_MAX];
    const char *ids[ROLES_MAX + 1];
    size_t count;
};

static const char *const levels[] = {"national", "province",    "city", "county",
                                     "township", "institution", "none", NULL};
static const char *const powers[] = {"operations", "system", "security", "audit", NULL};

static bool fail_at(struct bh_err *err, int line, int column, const char *zh, const char *en,
                    struct bh_str name)
{
    int len = name.len > 80 ? 80 : (int)name.len;
    /* Each language prints its own text and skips the other's. */
    (void)bh_fail(err, BH_INVALID, "角色表第 %d 行第 %d 列：%s%.0s（%.*s）",
                  "roles, line %d column %d: %.0s%s (%.*s)", line, column, zh, en, len, name.at);
    err->line = line;
    err->column = column;
    return false;
}

static bool fail_node(struct bh_err *err, const struct yaml *node, const char *zh, const char *en)
{
    return fail_at(err, node->line, node->column, zh, en, node->key);
}

static const char *node_text(struct roles *roles, const struct yaml *node)
{
    return bh_arena_copy(&roles->arena, node->text.at, node->text.len);
}

static bool is_text(const struct yaml *node)
{
    return node && node->kind == YAML_TEXT && node->text.len > 0;
}

static const char *one_of(const struct yaml *node, const char *const *allowed)
{
    for (; is_text(node) && *allowed; allowed++)
        if (bh_str_is(node->text, *allowed))
            return *allowed;
    return NULL;
}

static bool read_names(struct roles *roles, const struct yaml *role, const char *key,
                       const char *const **ret, const struct place **ret_places, struct bh_err *err)
{
    const struct yaml *list = yaml_get(role, key);
    if (!list || list->kind != YAML_LIST || list->count > NAMES_MAX)
        return fail_node(err, list ? list : role, "commands 和 queries 必须是名单",
                         "commands and queries must be lists");
    const char **names = bh_arena_get(&roles->arena, (list->count + 1) * sizeof *names);
    struct place *places = bh_arena_get(&roles->arena, (list->count + 1) * sizeof *places);
    size_t count = 0;
    for (const struct yaml *item = list->first; item; item = item->next) {
        if (!is_text(item))
            return fail_node(err, item, "名称必须是文本", "a name must be a text");
        names[count] = node_text(roles, item);
        for (size_t i = 0; i < count; i++)
            if (strcmp(names[i], names[count]) == 0)
                return fail_at(err, item->line, item->column, "名称重复", "a name stands twice",
                               item->text);
        places[count++] = (struct place){item->line, item->column};
    }
    names[count] = NULL;
    *ret = names;
    *ret_places = places;
    return true;
}

static bool check_keys(const struct yaml *map, const char *const *known, struct bh_err *err)
{
    for (const struct yaml *value = map->first; value; value = value->next) {
        const char *const *name = known;
        while (*name && !bh_str_is(value->key, *name))
            name++;
        if (!*name)
            return fail_at(err, value->key_line, value->key_column, "不认识的字段", "unknown field",
                           value->key);
    }
    return true;
}

static bool read_role(struct roles *roles, const struct yaml *node, struct bh_err *err)
{
    static const char *const keys[] = {"title", "level", "power", "commands", "queries", NULL};
    static const char *const languages[] = {"zh", "en", NULL};
    if (node->kind != YAML_MAP || node->key.len == 0)
        return fail_node(err, node, "角色必须有字段", "a role must have fields");
    if (roles->count == ROLES_MAX)
        return fail_node(err, node, "角色过多", "too many roles");
    if (!check_keys(node, keys, err))
        return false;
    const struct yaml *title = yaml_get(node, "title");
    const struct yaml *zh = title && title->kind == YAML_MAP ? yaml_get(title, "zh") : NULL;
    const struct yaml *en = title && title->kind == YAML_MAP ? yaml_get(title, "en") : NULL;
    if (!is_text(zh) || !is_text(en))
        return fail_node(err, title ? title : node, "缺少中文或英文名称",
                         "a title in zh or en is missing");
    if (!check_keys(title, languages, err))
        return false;
    struct role role = {.id = bh_arena_copy(&roles->arena, node->key.at, node->key.len),
                        .zh = node_text(roles, zh),
                        .en = node_text(roles, en),
                        .level = one_of(yaml_get(node, "level"), levels),
                        .power = one_of(yaml_get(node, "power"), powers)};
    if (!role.level || !role.power)
        return fail_node(err, node, "level 或 power 有误", "level or power is wrong");
    struct role_places *places = &roles->places[roles->count];
    if (!read_names(roles, node, "commands", &role.commands, &places->commands, err) ||
        !read_names(roles, node, "queries", &role.queries, &places->queries, err))
        return false;
    roles->ids[roles->count] = role.id;
    roles->role[roles->count++] = role;
    return true;
}

static bool read_roles(struct roles *roles, struct bh_str text, struct bh_err *err)
{
    static const char *const keys[] = {"roles", NULL};
    struct yaml *tree = NULL;
    if (!yaml_parse(text, &roles->arena, &tree, err))
        return false;
    const struct yaml *list = tree->kind == YAML_MAP ? yaml_get(tree, "roles") : NULL;
    if (!list || list->kind != YAML_MAP || list->count == 0)
        return fail_node(err, tree, "缺少 roles", "there is no map roles");
    if (!check_keys(tree, keys, err))
        return false;
    for (const struct yaml *role = list->first; role; role = role->next)
        if (!read_role(roles, role, err))
            return false;
    return true;
}

bool roles_new(struct bh_str yaml, struct roles **ret, struct bh_err *err)
{
    struct roles *roles = bh_alloc(sizeof *roles);
    memset(roles, 0, sizeof *roles);
    bh_arena_init(&roles->arena, ROLE_ARENA_BYTES);
    if (!read_roles(roles, yaml, err)) {
        roles_free(roles);
        return false;
    }
    *ret = roles;
    return true;
}

void roles_free(struct roles *roles)
{
    if (!roles)
        return;
    bh_arena_done(&roles->arena);
    bh_free(roles);
}

bool roles_check(const struct roles *roles, const struct catalogue *catalogue, struct bh_err *err)
{
    for (size_t r = 0; r < roles->count; r++) {
        const struct role *role = &roles->role[r];
        const struct role_places *places = &roles->places[r];
        for (size_t i = 0; role->commands[i]; i++)
            if (!catalogue_command(catalogue, bh_str_of(role->commands[i])))
                return fail_at(err, places->commands[i].line, places->commands[i].column,
                               "没有这个命令", "no such command", bh_str_of(role->commands[i]));
        for (size_t i = 0; role->queries[i]; i++)
            if (!catalogue_query(catalogue, bh_str_of(role->queries[i])))
                return fail_at(err, places->queries[i].line, places->queries[i].column,
                               "没有这个查询", "no such query", bh_str_of(role->queries[i]));
    }
    return true;
}

size_t roles_count(const struct roles *roles)
{
    return roles->count;
}

const struct role *roles_at(const struct roles *roles, size_t index)
{
    bh_assert(index < roles->count);
    return &roles->role[index];
}

const struct role *roles_find(const struct roles *roles, const char *id)
{
    for (size_t i = 0; i < roles->count; i++)
        if (strcmp(roles->role[i].id, id) == 0)
            return &roles->role[i];
    return NULL;
}

const char *const *roles_ids(const struct roles *roles)
{
    return roles->ids;
}

bool role_is_separated(const struct role *role)
{
    return strcmp(role->power, "operations") != 0;
}

/* ---- grants ---- */

static const struct role *find_role(const struct roles *roles, struct bh_str id)
{
    for (size_t i = 0; i < roles->count; i++)
        if (bh_str_is(id, roles->role[i].id))
            return &roles->role[i];
    return NULL;
}

bool permit_grants(struct db *db, const struct roles *roles, const struct areas *areas,
                   int64_t user, int64_t at_ms, struct grant *ret, int *ret_count,
                   struct bh_err *err)
{
    struct rows rows;
    int count = 0;
    db_rows(db, &rows,
            "SELECT grant_seq, role, unit, from_ms, until_ms FROM grant_row"
            " WHERE user = ? AND from_ms <= ? AND until_ms > ? ORDER BY grant_seq",
            "iii", user, at_ms, at_ms);
    while (db_next(&rows) && count < LIMIT_GRANTS) {
        struct grant grant = {.grant = row_int(&rows, 0),
                              .user = user,
                              .role = find_role(roles, row_text(&rows, 1)),
                              .unit = areas_unit(areas, row_text(&rows, 2), at_ms),
                              .from_ms = row_int(&rows, 3),
                              .until_ms = row_int(&rows, 4)};
        if (grant.role && grant.unit)
            ret[count++] = grant;
    }
    if (!db_end(&rows, err))
        return false;
    *ret_count = count;
    return true;
}

static bool allows(const char *const *names, const char *wanted)
{
    for (; *names; names++)
        if (strcmp(*names, wanted) == 0)
            return true;
    return false;
}

static void join_grant(const struct grant *grant, struct scope *scope)
{
    /* False: left out, because less is safe and more is not. */
    if (!scope_join(scope, grant->unit->parent[0] == 0 ? &scope_everything : &grant->unit->scope))
        return;
}

void permit_scope_command(const struct grant *grants, int count, const char *command,
                          struct scope *ret)
{
    *ret = (struct scope){0};
    for (int i = 0; i < count; i++)
        if (allows(grants[i].role->commands, command))
            join_grant(&grants[i], ret);
}

void permit_scope_query(const struct grant *grants, int count, const char *query, struct scope *ret)
{
    *ret = (struct scope){0};
    for (int i = 0; i < count; i++)
        if (allows(grants[i].role->queries, query))
            join_grant(&grants[i], ret);
}

bool permit_epoch(struct db *db, uint64_t *ret, struct bh_err *err)
{
    int64_t epoch = 0;
    bool found = false;
    if (!db_int(db, err, &epoch, &found, "SELECT epoch FROM permit_state WHERE id = 1", ""))
        return false;
    *ret = (uint64_t)epoch;
    return true;
}
