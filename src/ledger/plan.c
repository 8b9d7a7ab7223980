#include "ledger/plan_private.h"

#include "os/thread.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Layers in order of precedence, with what each one extends. */
struct plan_set {
    struct layer_book *book[PLAN_LAYERS_MAX];
    uint64_t with[PLAN_LAYERS_MAX]; /* itself and all it extends, as bits */
    size_t count;
};

struct merged {
    uint64_t mask;
    struct plan plan;
    struct bh_arena arena;
    struct merged *before;
};

struct plans {
    struct plan_names names;
    struct layer_book *added[PLAN_LAYERS_MAX]; /* in order of adding */
    size_t added_count;
    struct plan_set set;
    struct lock lock; /* readers share the cache */
    struct merged *cache;
    struct merged *old;       /* given out before a change; freed at the end */
    struct layer_book **gone; /* replaced books, freed at the end */
    size_t gone_count;
};

enum { PLAN_MERGED_ARENA = 16 << 20, PLAN_VERSION_HASH = 16, PLAN_POINTS_MAX = 2048 };

/* ---- the set ---- */

static bool comes_before(const struct layer_book *a, const struct layer_book *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind;
    if (a->layer.from_ms != b->layer.from_ms)
        return a->layer.from_ms < b->layer.from_ms;
    return strcmp(a->layer.id, b->layer.id) < 0;
}

static int set_find(const struct plan_set *set, const char *id)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->book[i]->layer.id, id) == 0)
            return (int)i;
    return -1;
}

static void set_insert(struct plan_set *set, struct layer_book *book)
{
    size_t at = set->count++;
    for (; at > 0 && comes_before(book, set->book[at - 1]); at--)
        set->book[at] = set->book[at - 1];
    set->book[at] = book;
}

static bool set_chain(const struct plan_set *set, size_t index, uint64_t *ret, struct bh_err *err)
{
    size_t at = index;
    *ret = UINT64_C(1) << index;
    for (size_t step = 0; set->book[at]->layer.extends[0]; step++) {
        const struct layer_book *book = set->book[at];
        int parent = set_find(set, book->layer.extends);
        if (parent < 0)
            return plan_fail(err, book->extends_place, "所继承的层“%s”不存在",
                             "it extends \"%s\", which does not exist", book->layer.extends);
        if (step >= set->count || (size_t)parent == index)
            return plan_fail(err, set->book[index]->extends_place, "层“%s”继承自身（循环）",
                             "layer \"%s\" extends itself (a cycle)", set->book[index]->layer.id);
        *ret |= UINT64_C(1) << parent;
        at = (size_t)parent;
    }
    int parent = set_find(set, set->book[index]->layer.extends);
    if (parent > (int)index)
        return plan_fail(err, set->book[index]->extends_place, "所继承的层“%s”在本层之后合并",
                         "it extends \"%s\", which is merged after it",
                         set->book[index]->layer.extends);
    return true;
}

static bool set_link(struct plan_set *set, struct bh_err *err)
{
    for (size_t i = 0; i < set->count; i++)
        if (!set_chain(set, i, &set->with[i], err))
            return false;
    return true;
}

static uint64_t set_mask(const struct plan_set *set, int64_t leaf, int64_t at_ms)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct layer_book *book = set->book[i];
        if (at_ms >= book->layer.from_ms && at_ms < book->layer.to_ms &&
            (book->scope.everything || (leaf != 0 && scope_holds(&book->scope, leaf))))
            mask |= set->with[i];
    }
    return mask;
}

/* ---- merging ---- */

static void patch_lay(struct rule_patch *into, const struct rule_patch *over)
{
    struct duty_rule *rule = &into->rule;
    const struct duty_rule *more = &over->rule;
    const struct yaml *const *given = over->value;
    if (given[RULE_TITLE]) {
        rule->zh = more->zh;
        rule->en = more->en;
    }
    if (given[RULE_SUBJECT])
        rule->subject = more->subject;
    if (given[RULE_OPENS_ON])
        memcpy(rule->opens_on, more->opens_on, sizeof rule->opens_on);
    if (given[RULE_DEADLINE])
        rule->deadline_ms = more->deadline_ms;
    if (given[RULE_CLOCK]) {
        rule->clock = more->clock;
        rule->clock_field = more->clock_field;
    }
    if (given[RULE_OWNER])
        rule->owner = more->owner;
    if (given[RULE_OWNER_AT])
        rule->owner_at = more->owner_at;
    if (given[RULE_CLOSES_ON])
        memcpy(rule->closes_on, more->closes_on, sizeof rule->closes_on);
    if (given[RULE_EVIDENCE])
        memcpy(rule->evidence, more->evidence, sizeof rule->evidence);
    if (given[RULE_CANCEL_ON])
        memcpy(rule->cancel_on, more->cancel_on, sizeof rule->cancel_on);
    if (given[RULE_COMPLETED_BY])
        rule->completed_by = more->completed_by;
    if (given[RULE_ESCALATE]) {
        memcpy(rule->steps, more->steps, sizeof rule->steps);
        rule->step_count = more->step_count;
    }
    if (given[RULE_ON_PLAN_CHANGE])
        rule->on_plan_change = more->on_plan_change;
    /* A layer that changes a duty answers for it, with its own source unless it names another. */
    rule->source = given[RULE_SOURCE] ? more->source : over->layer->source_zh;
    rule->mark = given[RULE_MARK] ? more->mark : over->layer->mark;
    into->layer = over->layer;
    into->place = over->place;
    for (int key = 0; key < RULE_KEYS; key++)
        if (given[key]) {
            into->value[key] = given[key];
            into->value_layer[key] = over->value_layer[key];
        }
}

static bool patches_collect(const struct layer_book *book, struct rule_patch *merged, size_t *count,
                            struct bh_err *err)
{
    for (size_t p = 0; p < book->patch_count; p++) {
        const struct rule_patch *patch = &book->patches[p];
        size_t i = 0;
        while (i < *count && strcmp(merged[i].rule.id, patch->rule.id) != 0)
            i++;
        if (i == PLAN_RULE_MAX)
            return plan_fail(err, patch->place, "合并后的义务超过 %d 种",
                             "over %d duties when merged", PLAN_RULE_MAX);
        if (i == *count) {
            merged[i].rule.id = patch->rule.id;
            (*count)++;
        }
        patch_lay(&merged[i], patch);
    }
    return true;
}

static bool params_collect(const struct layer_book *book, struct plan_param *params, size_t *count,
                           struct bh_err *err)
{
    for (size_t p = 0; p < book->param_count; p++) {
        size_t i = 0;
        while (i < *count && strcmp(params[i].id, book->params[p].id) != 0)
            i++;
        if (i == PLAN_PARAMS_MAX)
            return plan_fail(err, NULL, "合并后的参数超过 %d 个", "over %d parameters when merged",
                             PLAN_PARAMS_MAX);
        if (i == *count)
            (*count)++;
        params[i] = book->params[p];
    }
    return true;
}

static void touch(struct plan *plan, const int *kinds)
{
    for (; *kinds; kinds++)
        plan->touched[*kinds / 64] |= UINT64_C(1) << (*kinds % 64);
}

static const char *version_of(struct layer_book *const *books, uint64_t mask,
                              struct bh_arena *arena)
{
    struct bh_buf text;
    crypto_generichash_state state;
    unsigned char hash[PLAN_VERSION_HASH];
    char hex[9];
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    bh_buf_init(&text, (size_t)PLAN_LAYERS_MAX * 80);
    for (size_t i = 0; i < PLAN_LAYERS_MAX; i++)
        if (mask >> i & 1) {
            struct bh_str body = books[i]->layer.text;
            bh_buf_format(&text, "%s%s", text.len ? "+" : "", books[i]->layer.id);
            (void)crypto_generichash_update(&state, (const unsigned char *)body.at, body.len);
        }
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    bh_hex(hash, 4, hex);
    bh_buf_format(&text, "@%s", hex);
    const char *ret = bh_arena_copy(arena, text.at, text.len);
    bh_buf_done(&text);
    return ret;
}

bool plan_merge(const struct plan_names *names, struct layer_book *const *books, uint64_t mask,
                struct bh_arena *arena, struct plan *ret, struct bh_err *err)
{
    struct rule_patch *merged = bh_arena_get(arena, (size_t)PLAN_RULE_MAX * sizeof *merged);
    struct plan_param *params = bh_arena_get(arena, (size_t)PLAN_PARAMS_MAX * sizeof *params);
    size_t count = 0, param_count = 0;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < PLAN_LAYERS_MAX; i++)
        if ((mask >> i & 1) && (!patches_collect(books[i], merged, &count, err) ||
                                !params_collect(books[i], params, &param_count, err)))
            return false;
    struct duty_rule *rules = bh_arena_get(arena, (count + 1) * sizeof *rules);
    for (size_t i = 0; i < count; i++) {
        if (!plan_rule_check(names, &merged[i], arena, &rules[i], err))
            return false;
        touch(ret, rules[i].opens_on);
        touch(ret, rules[i].closes_on);
        touch(ret, rules[i].cancel_on);
    }
    ret->version = version_of(books, mask, arena);
    ret->rules = rules;
    ret->rule_count = count;
    ret->params = params;
    ret->param_count = param_count;
    return true;
}

/* ---- checking a set: every merge that can ever be asked for must be whole ---- */

struct points {
    int64_t at[PLAN_POINTS_MAX];
    size_t count;
};

static void point_add(struct points *points, int64_t value)
{
    for (size_t i = 0; i < points->count; i++)
        if (points->at[i] == value)
            return;
    if (points->count < PLAN_POINTS_MAX)
        points->at[points->count++] = value;
}

static void points_collect(const struct plan_set *set, struct points *instants,
                           struct points *leaves)
{
    instants->count = leaves->count = 0;
    point_add(leaves, 0);
    point_add(instants, BH_NONE + 1);
    for (size_t i = 0; i < set->count; i++) {
        const struct layer_book *book = set->book[i];
        point_add(instants, book->layer.from_ms);
        point_add(instants, book->layer.to_ms);
        for (int r = 0; !book->scope.everything && r < book->scope.count; r++) {
            point_add(leaves, book->scope.range[r].from);
            point_add(leaves, book->scope.range[r].to + 1);
        }
    }
}

static bool set_check(const struct plan_names *names, const struct plan_set *set,
                      struct bh_err *err)
{
    struct points *points = bh_alloc(3 * sizeof *points);
    struct points *instants = &points[0], *leaves = &points[1], *masks = &points[2];
    bool ok = true;
    points_collect(set, instants, leaves);
    masks->count = 0;
    for (size_t i = 0; i < instants->count; i++)
        for (size_t l = 0; l < leaves->count; l++)
            point_add(masks, (int64_t)set_mask(set, leaves->at[l], instants->at[i]));
    for (size_t i = 0; ok && i < masks->count; i++) {
        struct bh_arena arena;
        struct plan plan;
        bh_arena_init(&arena, PLAN_MERGED_ARENA);
        ok = plan_merge(names, set->book, (uint64_t)masks->at[i], &arena, &plan, err);
        bh_arena_done(&arena);
    }
    bh_free(points);
    return ok;
}

/* The present layers with `book` added or put in place of its namesake. */
static bool set_with(const struct plans *plans, struct layer_book *book, struct plan_set *ret,
                     struct bh_err *err)
{
    ret->count = 0;
    for (size_t i = 0; i < plans->added_count; i++)
        if (strcmp(plans->added[i]->layer.id, book->layer.id) != 0)
            set_insert(ret, plans->added[i]);
    if (ret->count == PLAN_LAYERS_MAX)
        return bh_fail(err, BH_TOO_BIG, "方案层超过 %d 个", "there are over %d plan layers",
                       PLAN_LAYERS_MAX);
    set_insert(ret, book);
    return set_link(ret, err) && set_check(&plans->names, ret, err);
}

/* ---- the book of plans ---- */

struct plans *plans_new(const struct catalogue *catalogue, const struct areas *areas,
                        const char *const *roles)
{
    struct plans *plans = bh_alloc(sizeof *plans);
    memset(plans, 0, sizeof *plans);
    plans->names = (struct plan_names){catalogue, areas, roles};
    lock_init(&plans->lock);
    return plans;
}

static void cache_retire(struct plans *plans)
{
    while (plans->cache) {
        struct merged *merged = plans->cache;
        plans->cache = merged->before;
        merged->before = plans->old;
        plans->old = merged;
    }
}

static void book_retire(struct plans *plans, struct layer_book *book)
{
    plans->gone = bh_realloc((void *)plans->gone, (plans->gone_count + 1) * sizeof *plans->gone);
    plans->gone[plans->gone_count++] = book;
}

void plans_free(struct plans *plans)
{
    if (!plans)
        return;
    cache_retire(plans);
    while (plans->old) {
        struct merged *merged = plans->old;
        plans->old = merged->before;
        bh_arena_done(&merged->arena);
        bh_free(merged);
    }
    for (size_t i = 0; i < plans->added_count; i++)
        layer_book_free(plans->added[i]);
    for (size_t i = 0; i < plans->gone_count; i++)
        layer_book_free(plans->gone[i]);
    bh_free((void *)plans->gone);
    lock_done(&plans->lock);
    bh_free(plans);
}

/* Takes the book into the list; its namesake goes. */
static void take(struct plans *plans, struct layer_book *book)
{
    for (size_t i = 0; i < plans->added_count; i++)
        if (strcmp(plans->added[i]->layer.id, book->layer.id) == 0) {
            book_retire(plans, plans->added[i]);
            plans->added[i] = book;
            return;
        }
    plans->added[plans->added_count++] = book;
}

bool plans_add(struct plans *plans, struct bh_str yaml, struct bh_err *err)
{
    struct layer_book *book;
    struct plan_set set;
    if (!layer_book_new(&plans->names, yaml, &book, err))
        return false;
    if (!set_with(plans, book, &set, err)) {
        layer_book_free(book);
        return false;
    }
    lock_take(&plans->lock);
    cache_retire(plans);
    take(plans, book);
    plans->set = set;
    lock_give(&plans->lock);
    return true;
}

bool plans_check_layer(const struct plans *plans, struct bh_str yaml, struct bh_arena *arena,
                       const char **ret_id, const char **ret_area, struct bh_err *err)
{
    struct layer_book *book;
    struct plan_set set;
    if (!layer_book_new(&plans->names, yaml, &book, err))
        return false;
    bool ok = set_with(plans, book, &set, err);
    if (ok && ret_id)
        *ret_id = bh_arena_copy(arena, book->layer.id, strlen(book->layer.id));
    if (ok && ret_area)
        *ret_area = bh_arena_copy(arena, book->layer.area, strlen(book->layer.area));
    layer_book_free(book);
    return ok;
}

bool plans_check(const struct plans *plans, struct bh_str yaml, struct bh_err *err)
{
    return plans_check_layer(plans, yaml, NULL, NULL, NULL, err);
}

void plans_clear(struct plans *plans)
{
    lock_take(&plans->lock);
    cache_retire(plans);
    for (size_t i = 0; i < plans->added_count; i++)
        book_retire(plans, plans->added[i]);
    plans->added_count = 0;
    plans->set.count = 0;
    lock_give(&plans->lock);
}

struct plans *plans_clone(const struct plans *plans)
{
    struct plans *clone = plans_new(plans->names.catalogue, plans->names.areas, plans->names.roles);
    struct bh_err err = {0};
    for (size_t i = 0; i < plans->added_count; i++) {
        bool read =
            layer_book_new(&clone->names, plans->added[i]->layer.text, &clone->added[i], &err);
        bh_assert(read); /* it was read before, from the same text */
        clone->added_count++;
        set_insert(&clone->set, clone->added[i]);
    }
    bool linked = set_link(&clone->set, &err);
    bh_assert(linked);
    return clone;
}

size_t plans_layer_count(const struct plans *plans)
{
    return plans->added_count;
}

const struct plan_layer *plans_layer(const struct plans *plans, size_t index)
{
    return index < plans->added_count ? &plans->added[index]->layer : NULL;
}

size_t plans_layers(struct plans *plans, struct bh_arena *arena,
                    const struct plan_layer *const **ret)
{
    lock_take(&plans->lock);
    size_t count = plans->set.count;
    const struct plan_layer **layers = bh_arena_get(arena, (count + 1) * sizeof *layers);
    for (size_t i = 0; i < count; i++)
        layers[i] = &plans->set.book[i]->layer;
    lock_give(&plans->lock);
    *ret = layers;
    return count;
}

static bool book_says(const struct layer_book *book, const char *id, bool duty)
{
    for (size_t i = 0; duty && i < book->patch_count; i++)
        if (strcmp(book->patches[i].rule.id, id) == 0)
            return true;
    for (size_t i = 0; !duty && i < book->param_count; i++)
        if (strcmp(book->params[i].id, id) == 0)
            return true;
    return false;
}

static const char *said_later(const struct plan_set *set, uint64_t mask, size_t after,
                              const char *id, bool duty)
{
    for (size_t i = after + 1; i < set->count; i++)
        if ((mask >> i & 1) && book_says(set->book[i], id, duty))
            return set->book[i]->layer.id;
    return NULL;
}

static struct plan_entry entry_of_duty(const struct layer_book *book,
                                       const struct rule_patch *patch, struct bh_arena *arena)
{
    const struct yaml *deadline = patch->value[RULE_DEADLINE];
    return (struct plan_entry){
        .id = patch->rule.id,
        .kind = "duty",
        .zh = patch->rule.zh,
        .en = patch->rule.en,
        .value = deadline ? bh_arena_copy(arena, deadline->text.at, deadline->text.len) : NULL,
        .unit = deadline ? "duration" : NULL,
        .owner = patch->rule.owner,
        .source = patch->rule.source ? patch->rule.source : book->layer.source_zh,
        .mark = patch->value[RULE_MARK] ? patch->rule.mark : book->layer.mark,
        .layer = &book->layer,
    };
}

static struct plan_entry entry_of_param(const struct layer_book *book,
                                        const struct plan_param *param)
{
    return (struct plan_entry){
        .id = param->id,
        .kind = "parameter",
        .zh = param->zh,
        .en = param->en,
        .value = param->value,
        .unit = param->unit,
        .source = param->source,
        .mark = param->mark,
        .layer = &book->layer,
    };
}

static size_t entries_count(const struct plan_set *set, uint64_t mask)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        if (mask >> i & 1)
            count += set->book[i]->patch_count + set->book[i]->param_count;
    return count;
}

size_t plans_entries(struct plans *plans, int64_t leaf, int64_t at_ms, struct bh_arena *arena,
                     struct plan_entry **ret)
{
    size_t count = 0;
    lock_take(&plans->lock);
    const struct plan_set *set = &plans->set;
    uint64_t mask = set_mask(set, leaf, at_ms);
    struct plan_entry *entries =
        bh_arena_get(arena, (entries_count(set, mask) + 1) * sizeof *entries);
    for (size_t i = 0; i < set->count; i++) {
        const struct layer_book *book = set->book[i];
        for (size_t p = 0; (mask >> i & 1) && p < book->patch_count; p++) {
            entries[count] = entry_of_duty(book, &book->patches[p], arena);
            entries[count].superseded_by = said_later(set, mask, i, entries[count].id, true);
            count++;
        }
        for (size_t p = 0; (mask >> i & 1) && p < book->param_count; p++) {
            entries[count] = entry_of_param(book, &book->params[p]);
            entries[count].superseded_by = said_later(set, mask, i, entries[count].id, false);
            count++;
        }
    }
    lock_give(&plans->lock);
    *ret = entries;
    return count;
}

const struct plan *plans_for(struct plans *plans, int64_t leaf, int64_t at_ms)
{
    lock_take(&plans->lock);
    uint64_t mask = set_mask(&plans->set, leaf, at_ms);
    struct merged *merged = plans->cache;
    while (merged && merged->mask != mask)
        merged = merged->before;
    if (!merged) {
        struct bh_err err = {0};
        merged = bh_alloc(sizeof *merged);
        merged->mask = mask;
        bh_arena_init(&merged->arena, PLAN_MERGED_ARENA);
        bool whole =
            plan_merge(&plans->names, plans->set.book, mask, &merged->arena, &merged->plan, &err);
        bh_assert(whole); /* checked when the layer was added */
        merged->before = plans->cache;
        plans->cache = merged;
    }
    lock_give(&plans->lock);
    return &merged->plan;
}

/* ---- reading a plan ---- */

const struct duty_rule *plan_rule(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->rule_count; i++)
        if (strcmp(plan->rules[i].id, id) == 0)
            return &plan->rules[i];
    return NULL;
}

bool plan_lists(const struct plan_param *param, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = param->value; (at = strstr(at, word)) != NULL; at += len)
        if ((at == param->value || strchr(" ,[", at[-1])) && strchr(" ,]", at[len]))
            return true; /* strchr finds the end of the text, too */
    return false;
}

const struct plan_param *plan_param(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->param_count; i++)
        if (strcmp(plan->params[i].id, id) == 0)
            return &plan->params[i];
    return NULL;
}

static bool field_of(const struct event *event, const char *name, int64_t *ret)
{
    if (strcmp(name, "person") == 0) {
        *ret = event->person;
        return true;
    }
    const struct field *field = record_field(event->kind->record, name);
    if (field && field_is_int(field->type))
        *ret = field_int(field, event->fields);
    else if (strcmp(name, "area") == 0)
        *ret = event->area;
    else
        return false;
    return true;
}

bool plan_when_holds(const struct plan_when *when, int count, const struct event *event)
{
    for (int i = 0; i < count; i++) {
        int64_t value;
        bool holds = false;
        if (!field_of(event, when[i].field, &value))
            return false;
        for (int v = 0; v < when[i].value_count && !holds; v++)
            holds = when[i].values[v] == value;
        if (!holds)
            return false;
    }
    return true;
}

int64_t plan_subject(const struct duty_rule *rule, const struct event *event)
{
    int64_t value;
    return field_of(event, rule->subject, &value) && value != BH_NONE ? value : 0;
}
