#include "base/yaml.h"

#include <libfyaml.h>
#include <string.h>

/* What is open while events come in. */
struct reading {
    struct bh_arena *arena;
    struct yaml *open[YAML_DEPTH + 1];
    int depth;
    struct yaml *key; /* in a map: a name whose value comes next */
    struct yaml *root;
    size_t nodes;
};

static bool fail_at(struct bh_err *err, int line, int column, const char *zh, const char *en)
{
    (void)bh_fail(err, BH_MALFORMED, "第 %d 行第 %d 列：%s", "line %d, column %d: %s", line, column,
                  "");
    (void)snprintf(err->zh, sizeof err->zh, "第 %d 行第 %d 列：%s", line, column, zh);
    (void)snprintf(err->en, sizeof err->en, "line %d, column %d: %s", line, column, en);
    err->line = line;
    err->column = column;
    return false;
}

static struct yaml *node_new(struct reading *reading, enum yaml_kind kind, struct fy_event *event,
                             struct bh_err *err)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    int line = mark ? mark->line + 1 : 1, column = mark ? mark->column + 1 : 1;
    struct yaml *node =
        ++reading->nodes > YAML_NODES ? NULL : bh_arena_try(reading->arena, sizeof *node);
    if (!node) {
        (void)fail_at(err, line, column, "文件太大", "the file is too large");
        return NULL;
    }
    node->kind = kind;
    node->line = line;
    node->column = column;
    return node;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml *child = map->first; child; child = child->next)
        if (bh_str_is(child->key, key))
            return child;
    return NULL;
}

static bool key_take(struct reading *reading, struct yaml *map, struct yaml *node,
                     struct bh_err *err)
{
    for (const struct yaml *child = map->first; child; child = child->next)
        if (bh_str_equal(child->key, node->text))
            return fail_at(err, node->line, node->column, "同一名称写了两次",
                           "this name is given twice");
    reading->key = node;
    return true;
}

/* Hangs the node where it belongs: root, list item, name or value of a map. */
static bool node_place(struct reading *reading, struct yaml *node, struct bh_err *err)
{
    if (reading->depth == 0) {
        if (reading->root)
            return fail_at(err, node->line, node->column, "只能有一个文档",
                           "only one document is allowed");
        reading->root = node;
        return true;
    }
    struct yaml *parent = reading->open[reading->depth - 1];
    bh_assert(parent);
    if (parent->kind == YAML_MAP && !reading->key) {
        if (node->kind != YAML_TEXT)
            return fail_at(err, node->line, node->column, "名称必须是文本",
                           "a name must be a text");
        return key_take(reading, parent, node, err);
    }
    if (parent->kind == YAML_MAP) {
        node->key = reading->key->text;
        node->key_line = reading->key->line;
        node->key_column = reading->key->column;
        reading->key = NULL;
    }
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->count++;
    return true;
}

static bool plain(const struct fy_token *anchor, const struct fy_token *tag, struct fy_event *event,
                  struct bh_err *err)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (!anchor && !tag)
        return true;
    return fail_at(err, mark ? mark->line + 1 : 1, mark ? mark->column + 1 : 1,
                   "不允许锚点、引用和标签", "anchors, aliases and tags are not allowed");
}

static bool scalar_take(struct reading *reading, struct fy_event *event, struct bh_err *err)
{
    struct yaml *node = node_new(reading, YAML_TEXT, event, err);
    size_t len = 0;
    if (!node || !plain(event->scalar.anchor, event->scalar.tag, event, err))
        return false;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : "";
    if (!text || memchr(text, 0, len) || !bh_utf8_valid((struct bh_str){text, len}))
        return fail_at(err, node->line, node->column, "文本不是有效的 UTF-8",
                       "the text is not valid UTF-8");
    char *copy = bh_arena_try(reading->arena, len + 1);
    if (!copy)
        return fail_at(err, node->line, node->column, "文件太大", "the file is too large");
    memcpy(copy, text, len);
    node->text = (struct bh_str){copy, len};
    enum fy_scalar_style style =
        event->scalar.value ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;
    node->quoted = style != FYSS_PLAIN;
    if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && node->column > 1)
        node->column--; /* the library points behind the quote */
    return node_place(reading, node, err);
}

static bool container_open(struct reading *reading, enum yaml_kind kind, struct fy_event *event,
                           struct bh_err *err)
{
    struct yaml *node = node_new(reading, kind, event, err);
    bool ok = kind == YAML_MAP
                  ? plain(event->mapping_start.anchor, event->mapping_start.tag, event, err)
                  : plain(event->sequence_start.anchor, event->sequence_start.tag, event, err);
    if (!node || !ok || !node_place(reading, node, err))
        return false;
    if (reading->depth == YAML_DEPTH)
        return fail_at(err, node->line, node->column, "嵌套太深", "nested too deeply");
    reading->open[reading->depth++] = node;
    return true;
}

static bool event_take(struct reading *reading, struct fy_event *event, struct bh_err *err)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    switch (event->type) {
    case FYET_SCALAR: return scalar_take(reading, event, err);
    case FYET_MAPPING_START: return container_open(reading, YAML_MAP, event, err);
    case FYET_SEQUENCE_START: return container_open(reading, YAML_LIST, event, err);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END: reading->depth--; return true;
    case FYET_ALIAS:
        return fail_at(err, mark ? mark->line + 1 : 1, mark ? mark->column + 1 : 1,
                       "不允许锚点、引用和标签", "anchors, aliases and tags are not allowed");
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_START:
    case FYET_DOCUMENT_END: return true;
    }
    return true;
}

/* The reader's own first complaint, with its place. */
static bool fail_reader(struct fy_diag *diag, struct bh_err *err)
{
    void *walk = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &walk);
    char zh[200];
    if (!first)
        return fail_at(err, 1, 1, "无法按 YAML 读取", "cannot be read as YAML");
    (void)snprintf(zh, sizeof zh, "无法按 YAML 读取（%s）", first->msg);
    return fail_at(err, first->line > 0 ? first->line : 1, first->column > 0 ? first->column : 1,
                   zh, first->msg);
}

static bool events_read(struct fy_parser *parser, struct fy_diag *diag, struct reading *reading,
                        struct bh_err *err)
{
    for (;;) {
        struct fy_event *event = fy_parser_parse(parser);
        if (!event)
            break;
        bool ok = event_take(reading, event, err);
        fy_parser_event_free(parser, event);
        if (!ok)
            return false;
    }
    if (fy_parser_get_stream_error(parser))
        return fail_reader(diag, err);
    if (!reading->root || reading->depth != 0)
        return fail_at(err, 1, 1, "文件是空的", "the file is empty");
    return true;
}

bool yaml_parse(struct bh_str text, struct bh_arena *arena, struct yaml **ret, struct bh_err *err)
{
    if (text.len == 0)
        return fail_at(err, 1, 1, "文件是空的", "the file is empty");
    if (text.len > YAML_BYTES)
        return fail_at(err, 1, 1, "文件太大", "the file is too large");
    if (!bh_utf8_valid(text) || memchr(text.at, 0, text.len))
        return fail_at(err, 1, 1, "文件不是有效的 UTF-8", "the file is not valid UTF-8");
    struct fy_diag_cfg settings;
    fy_diag_cfg_default(&settings);
    settings.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&settings);
    bh_assert(diag);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg parse = {.flags = FYPCF_QUIET, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&parse);
    bh_assert(parser);
    struct reading reading = {.arena = arena};
    bool ok = fy_parser_set_string(parser, text.at, text.len) == 0 &&
              events_read(parser, diag, &reading, err);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    if (!ok && err->code == BH_OK)
        return fail_at(err, 1, 1, "无法按 YAML 读取", "cannot be read as YAML");
    if (ok)
        *ret = reading.root;
    return ok;
}
