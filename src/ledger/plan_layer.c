#include "ledger/plan_private.h"

#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Plans of the country are dated in its own time; a layer may write another offset. */
enum { PLAN_ZONE_MINUTES = 8 * 60, PLAN_ARENA = 8 << 20, PLAN_WORD_MAX = 64, PLAN_VALUE_MAX = 400 };

bool plan_fail(struct bh_err *err, const struct yaml *at, const char *zh, const char *en, ...)
{
    va_list args, again;
    char zh_text[300], en_text[300];
    va_start(args, en);
    va_copy(again, args);
    (void)vsnprintf(zh_text, sizeof zh_text, zh, args);
    (void)vsnprintf(en_text, sizeof en_text, en, again);
    va_end(again);
    va_end(args);
    int line = at ? at->line : 1, column = at ? at->column : 1;
    (void)bh_fail(err, BH_INVALID, "第 %d 行第 %d 列：", "line %d, column %d: ", line, column);
    size_t zh_len = strlen(err->zh), en_len = strlen(err->en);
    (void)snprintf(err->zh + zh_len, sizeof err->zh - zh_len, "%s", zh_text);
    (void)snprintf(err->en + en_len, sizeof err->en - en_len, "%s", en_text);
    err->line = line;
    err->column = column;
    return false;
}

int plan_shown(struct bh_str text)
{
    size_t len = text.len < PLAN_WORD_MAX ? text.len : PLAN_WORD_MAX;
    while (len < text.len && len > 0 && ((unsigned char)text.at[len] & 0xC0) == 0x80)
        len--;
    return (int)len;
}

static bool fail_key(struct bh_err *err, const struct yaml *value)
{
    struct yaml place = {.line = value->key_line, .column = value->key_column};
    return plan_fail(err, &place, "不认识的项“%.*s”", "unknown key \"%.*s\"",
                     plan_shown(value->key), value->key.at);
}

bool plan_keys(const struct yaml *map, const char *const *known, struct bh_err *err)
{
    if (map->kind != YAML_MAP)
        return plan_fail(err, map, "这里应为“名称: 值”的组",
                         "a group of \"name: value\" is expected here");
    for (const struct yaml *child = map->first; child; child = child->next) {
        size_t i = 0;
        while (known[i] && !bh_str_is(child->key, known[i]))
            i++;
        if (!known[i])
            return fail_key(err, child);
    }
    return true;
}

bool plan_text(const struct yaml *node, struct bh_arena *arena, const char **ret,
               struct bh_err *err)
{
    if (node->kind != YAML_TEXT)
        return plan_fail(err, node, "这里应为文本", "a text is expected here");
    if (node->text.len > PLAN_VALUE_MAX)
        return plan_fail(err, node, "文本超过 %d 字节", "the text is over %d bytes",
                         PLAN_VALUE_MAX);
    char *copy = bh_arena_try(arena, node->text.len + 1);
    if (!copy)
        return plan_fail(err, node, "文件太大", "the file is too large");
    memcpy(copy, node->text.at, node->text.len);
    *ret = copy;
    return true;
}

/* An identifier: lower-case letters, digits, "_", "-", "."; not empty. */
bool plan_word(const struct yaml *node, struct bh_arena *arena, const char **ret,
               struct bh_err *err)
{
    bool good = node->kind == YAML_TEXT && node->text.len > 0 && node->text.len <= PLAN_WORD_MAX;
    for (size_t i = 0; good && i < node->text.len; i++) {
        char c = node->text.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    }
    if (!good)
        return plan_fail(err, node, "这里应为标识（小写字母、数字、_ - .，最多 %d 字节）",
                         "an identifier is expected here (a-z 0-9 _ - . and at most %d bytes)",
                         PLAN_WORD_MAX);
    return plan_text(node, arena, ret, err);
}

bool plan_choice(const struct yaml *node, const char *const *names, int *ret, struct bh_err *err)
{
    char list[200] = "";
    for (int i = 0; names[i]; i++) {
        if (node->kind == YAML_TEXT && bh_str_is(node->text, names[i])) {
            *ret = i;
            return true;
        }
        size_t len = strlen(list);
        (void)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
    }
    return plan_fail(err, node, "只能是以下之一：%s", "must be one of: %s", list);
}

bool plan_title(const struct yaml *node, struct bh_arena *arena, const char **ret_zh,
                const char **ret_en, struct bh_err *err)
{
    static const char *const known[] = {"zh", "en", NULL};
    if (!plan_keys(node, known, err))
        return false;
    const struct yaml *zh = yaml_get(node, "zh"), *en = yaml_get(node, "en");
    if (!zh || !en)
        return plan_fail(err, node, "名称要有中文（zh）和英文（en）",
                         "a title needs Chinese (zh) and English (en)");
    return plan_text(zh, arena, ret_zh, err) && plan_text(en, arena, ret_en, err);
}

const char *const plan_marks[] = {"V", "L", "R", NULL};

bool plan_mark_read(const struct yaml *node, enum plan_mark *ret, struct bh_err *err)
{
    int mark;
    if (!plan_choice(node, plan_marks, &mark, err))
        return false;
    *ret = (enum plan_mark)mark;
    return true;
}

static bool need(const struct yaml *map, const char *key, const struct yaml **ret,
                 struct bh_err *err)
{
    *ret = yaml_get(map, key);
    if (*ret)
        return true;
    return plan_fail(err, map, "缺少“%s”", "\"%s\" is missing", key);
}

/* "" = no bound. */
static bool read_instant(const struct yaml *node, int64_t open, int64_t *ret, struct bh_err *err)
{
    struct bh_err inner = {0};
    if (node->kind != YAML_TEXT)
        return plan_fail(err, node, "这里应为时间", "a time is expected here");
    if (node->text.len == 0) {
        *ret = open;
        return true;
    }
    bool ok = node->text.len == 10 ? bh_day_parse(node->text, PLAN_ZONE_MINUTES, ret, &inner)
                                   : bh_time_parse(node->text, PLAN_ZONE_MINUTES, ret, &inner);
    return ok || plan_fail(err, node, "无法读取的时间（例：2022-03-14T00:00:00+08:00）",
                           "not a time (example: 2022-03-14T00:00:00+08:00)");
}

static bool read_dates(const struct yaml *root, struct layer_book *book, struct bh_err *err)
{
    const struct yaml *from, *to = yaml_get(root, "to");
    book->layer.to_ms = BH_TIME_MAX;
    if (!need(root, "from", &from, err) ||
        !read_instant(from, BH_TIME_MIN, &book->layer.from_ms, err))
        return false;
    if (to && !read_instant(to, BH_TIME_MAX, &book->layer.to_ms, err))
        return false;
    if (book->layer.to_ms <= book->layer.from_ms)
        return plan_fail(err, to ? to : from, "结束不晚于开始", "it ends before it begins");
    return true;
}

static bool read_area(const struct plan_names *names, const struct yaml *root,
                      struct layer_book *book, struct bh_err *err)
{
    const struct yaml *area = yaml_get(root, "area");
    book->layer.area = "";
    if (!area || (area->kind == YAML_TEXT && area->text.len == 0)) {
        book->scope.everything = true;
        return true;
    }
    if (!plan_text(area, &book->arena, &book->layer.area, err))
        return false;
    const struct unit *unit =
        names->areas ? areas_unit(names->areas, area->text, book->layer.from_ms) : NULL;
    if (!unit)
        return plan_fail(err, area, "没有区域“%s”", "there is no area \"%s\"", book->layer.area);
    book->scope = unit->scope;
    return true;
}

static bool read_source(const struct yaml *root, struct layer_book *book, struct bh_err *err)
{
    static const char *const known[] = {"zh", "en", "mark", NULL};
    const struct yaml *source, *zh, *en, *mark;
    return need(root, "source", &source, err) && plan_keys(source, known, err) &&
           need(source, "zh", &zh, err) && need(source, "en", &en, err) &&
           need(source, "mark", &mark, err) &&
           plan_text(zh, &book->arena, &book->layer.source_zh, err) &&
           plan_text(en, &book->arena, &book->layer.source_en, err) &&
           plan_mark_read(mark, &book->layer.mark, err);
}

static bool read_head(const struct plan_names *names, const struct yaml *root,
                      struct layer_book *book, struct bh_err *err)
{
    static const char *const kinds[] = {"base",    "prevention", "treatment", "antigen",
                                        "testing", "order",      NULL};
    const struct yaml *id, *kind, *title;
    int kind_index = 0;
    book->layer.extends = "";
    book->extends_place = yaml_get(root, "extends");
    if (!need(root, "layer", &id, err) || !need(root, "kind", &kind, err) ||
        !need(root, "title", &title, err) || !plan_word(id, &book->arena, &book->layer.id, err) ||
        !plan_choice(kind, kinds, &kind_index, err) ||
        !plan_title(title, &book->arena, &book->layer.zh, &book->layer.en, err))
        return false;
    bool extends = book->extends_place &&
                   !(book->extends_place->kind == YAML_TEXT && book->extends_place->text.len == 0);
    if (extends && !plan_word(book->extends_place, &book->arena, &book->layer.extends, err))
        return false;
    book->kind = (enum plan_kind)kind_index;
    book->layer.kind = kinds[kind_index];
    return read_dates(root, book, err) && read_area(names, root, book, err) &&
           read_source(root, book, err);
}

/* The value as written; lists with commas. */
static bool read_value(const struct yaml *node, struct bh_arena *arena, const char **ret,
                       struct bh_err *err)
{
    if (node->kind == YAML_TEXT)
        return plan_text(node, arena, ret, err);
    char text[PLAN_VALUE_MAX] = "";
    size_t len = 0;
    for (const struct yaml *item = node->first; item; item = item->next) {
        if (node->kind != YAML_LIST || item->kind != YAML_TEXT ||
            item->text.len + len + 3 > sizeof text)
            return plan_fail(err, item, "值应为文本、数或它们的短列表",
                             "a value is a text, a number or a short list of them");
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len ? ", " : "",
                                (int)item->text.len, item->text.at);
    }
    if (node->count == 0)
        return plan_fail(err, node, "值是空的", "the value is empty");
    *ret = bh_arena_copy(arena, text, len);
    return true;
}

static bool read_param_value(const struct yaml *node, struct bh_arena *arena,
                             struct plan_param *param, struct bh_err *err)
{
    struct bh_err inner = {0};
    param->ms = param->number = BH_NONE;
    if (!read_value(node, arena, &param->value, err))
        return false;
    if (strcmp(param->unit, "duration") == 0) {
        if (node->kind != YAML_TEXT || !bh_duration_parse(node->text, &param->ms, &inner))
            return plan_fail(err, node, "无法读取的时长（例：PT2H、P14D）",
                             "not a duration (examples: PT2H, P14D)");
    } else if (strcmp(param->unit, "flag") == 0) {
        static const char *const flags[] = {"false", "true", NULL};
        int flag;
        if (!plan_choice(node, flags, &flag, err))
            return false;
        param->number = flag;
    } else if (node->kind == YAML_TEXT && !bh_str_to_int(node->text, &param->number)) {
        param->number = BH_NONE;
    }
    return true;
}

static bool read_param(const struct yaml *node, struct layer_book *book, struct plan_param *param,
                       struct bh_err *err)
{
    static const char *const known[] = {"value", "unit", "title", "source", "mark", NULL};
    const struct yaml *value, *unit, *title, *source, *mark;
    struct yaml key = {
        .kind = YAML_TEXT, .text = node->key, .line = node->key_line, .column = node->key_column};
    param->layer = book->layer.id;
    return plan_word(&key, &book->arena, &param->id, err) && plan_keys(node, known, err) &&
           need(node, "value", &value, err) && need(node, "unit", &unit, err) &&
           need(node, "title", &title, err) && need(node, "source", &source, err) &&
           need(node, "mark", &mark, err) && plan_text(unit, &book->arena, &param->unit, err) &&
           plan_title(title, &book->arena, &param->zh, &param->en, err) &&
           plan_text(source, &book->arena, &param->source, err) &&
           plan_mark_read(mark, &param->mark, err) &&
           read_param_value(value, &book->arena, param, err);
}

static bool read_params(const struct yaml *node, struct layer_book *book, struct bh_err *err)
{
    if (!node || (node->kind == YAML_TEXT && node->text.len == 0))
        return true;
    if (node->kind != YAML_MAP)
        return plan_fail(err, node, "这里应为“名称: 值”的组",
                         "a group of \"name: value\" is expected here");
    if (node->count > PLAN_PARAMS_MAX)
        return plan_fail(err, node, "参数超过 %d 个", "over %d parameters", PLAN_PARAMS_MAX);
    book->params = bh_arena_get(&book->arena, (node->count + 1) * sizeof *book->params);
    for (const struct yaml *child = node->first; child; child = child->next)
        if (!read_param(child, book, &book->params[book->param_count++], err))
            return false;
    return true;
}

static bool read_duties(const struct plan_names *names, const struct yaml *node,
                        struct layer_book *book, struct bh_err *err)
{
    if (!node || (node->kind == YAML_TEXT && node->text.len == 0))
        return true;
    if (node->kind != YAML_MAP)
        return plan_fail(err, node, "这里应为“名称: 值”的组",
                         "a group of \"name: value\" is expected here");
    if (node->count > PLAN_RULE_MAX)
        return plan_fail(err, node, "义务超过 %d 种", "over %d duties", PLAN_RULE_MAX);
    book->patches = bh_arena_get(&book->arena, (node->count + 1) * sizeof *book->patches);
    for (const struct yaml *child = node->first; child; child = child->next) {
        struct rule_patch *patch = &book->patches[book->patch_count++];
        patch->layer = &book->layer;
        if (!layer_patch_read(names, child, &book->arena, patch, err))
            return false;
    }
    return true;
}

static bool read_book(const struct plan_names *names, struct bh_str text, struct layer_book *book,
                      struct bh_err *err)
{
    static const char *const known[] = {"layer", "extends", "kind",   "title",  "from", "to",
                                        "area",  "source",  "params", "duties", NULL};
    struct yaml *root;
    if (!yaml_parse(text, &book->arena, &root, err)) {
        err->code = BH_INVALID;
        return false;
    }
    book->layer.text = bh_arena_str(&book->arena, text);
    return plan_keys(root, known, err) && read_head(names, root, book, err) &&
           read_params(yaml_get(root, "params"), book, err) &&
           read_duties(names, yaml_get(root, "duties"), book, err);
}

bool layer_book_new(const struct plan_names *names, struct bh_str text, struct layer_book **ret,
                    struct bh_err *err)
{
    struct layer_book *book = bh_alloc(sizeof *book);
    memset(book, 0, sizeof *book);
    bh_arena_init(&book->arena, PLAN_ARENA + 16 * (size_t)YAML_BYTES);
    if (!read_book(names, text, book, err)) {
        layer_book_free(book);
        return false;
    }
    *ret = book;
    return true;
}

void layer_book_free(struct layer_book *book)
{
    if (!book)
        return;
    bh_arena_done(&book->arena);
    bh_free(book);
}
