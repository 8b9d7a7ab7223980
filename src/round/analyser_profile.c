#include "round/analyser.h"

#include "base/embedded.h"
#include "base/yaml.h"

#include <stdio.h>

static bool refuse(struct bh_err *err, const struct yaml *node, const char *zh, const char *en)
{
    (void)bh_fail(err, BH_MALFORMED, "仪器格式第 %d 行：%s%.0s",
                  "analyser profile, line %d: %.0s%s", node ? node->line : 0, zh, en);
    return false;
}

static bool read_text(const struct yaml *map, const char *key, bool wanted, struct bh_arena *arena,
                      struct bh_str *ret, struct bh_err *err)
{
    const struct yaml *node = yaml_get(map, key);
    *ret = (struct bh_str){"", 0};
    if (!node)
        return !wanted || refuse(err, map, key, key);
    if (node->kind != YAML_TEXT)
        return refuse(err, node, "这里应为文字", "a text is expected here");
    *ret = bh_arena_str(arena, node->text);
    return true;
}

static bool read_names(const struct yaml *map, const char *key, struct bh_arena *arena,
                       struct analyser_names *ret, struct bh_err *err)
{
    const struct yaml *node = map ? yaml_get(map, key) : NULL;
    ret->count = 0;
    if (!node)
        return true;
    if (node->kind != YAML_LIST || node->count > ANALYSER_NAMES_MAX)
        return refuse(err, node, "这里应为少量名称的列表",
                      "a list of a few names is expected here");
    for (const struct yaml *one = node->first; one; one = one->next) {
        if (one->kind != YAML_TEXT)
            return refuse(err, one, "这里应为文字", "a text is expected here");
        ret->name[ret->count++] = bh_arena_str(arena, one->text);
    }
    return true;
}

static bool read_columns(const struct yaml *columns, struct bh_arena *arena,
                         struct analyser_profile *ret, struct bh_err *err)
{
    static const char *const keys[ANALYSER_COLUMNS] = {
        [COLUMN_WELL] = "well",
        [COLUMN_SAMPLE] = "sample",
        [COLUMN_TARGET] = "target",
        [COLUMN_CT] = "ct",
        [COLUMN_CT_FIRST + ANALYSER_ORF1AB] = "ct_orf1ab",
        [COLUMN_CT_FIRST + ANALYSER_N] = "ct_n",
        [COLUMN_CT_FIRST + ANALYSER_INTERNAL] = "ct_internal",
    };
    for (int i = 0; i < ANALYSER_COLUMNS; i++)
        if (!read_text(columns, keys[i], false, arena, &ret->column[i], err))
            return false;
    bool tall = ret->column[COLUMN_TARGET].len > 0 && ret->column[COLUMN_CT].len > 0;
    bool wide = ret->column[COLUMN_CT_FIRST + ANALYSER_ORF1AB].len > 0 &&
                ret->column[COLUMN_CT_FIRST + ANALYSER_N].len > 0;
    if (ret->column[COLUMN_WELL].len == 0 || ret->column[COLUMN_SAMPLE].len == 0 || tall == wide)
        return refuse(err, columns, "列不全：well、sample，以及 target 与 ct 或 ct_orf1ab 与 ct_n",
                      "columns: well, sample, and either target and ct, or ct_orf1ab and ct_n");
    return true;
}

static bool read_sheet(const struct yaml *sheet, struct bh_arena *arena,
                       struct analyser_profile *ret, struct bh_err *err)
{
    static const char *const values[] = {"well", "sample", "task"};
    const struct yaml *columns = yaml_get(sheet, "columns"), *tasks = yaml_get(sheet, "tasks");
    if (!columns || columns->kind != YAML_LIST || columns->count > ANALYSER_OUT_MAX || !tasks ||
        tasks->kind != YAML_MAP)
        return refuse(err, sheet, "上机表要有 columns 与 tasks",
                      "a sample sheet has columns and tasks");
    for (const struct yaml *one = columns->first; one; one = one->next) {
        struct bh_str value;
        size_t at = 0;
        if (one->kind != YAML_MAP ||
            !read_text(one, "title", true, arena, &ret->out_title[ret->out_count], err) ||
            !read_text(one, "value", true, arena, &value, err))
            return one->kind == YAML_MAP ? false : refuse(err, one, "应为一列", "not a column");
        while (at < 3 && !bh_str_is(value, values[at]))
            at++;
        if (at == 3)
            return refuse(err, one, "value 应为 well、sample 或 task",
                          "value is well, sample or task");
        ret->out_value[ret->out_count++] = (enum analyser_out)at;
    }
    return read_text(sheet, "sheet", false, arena, &ret->out_sheet, err) &&
           read_text(tasks, "tube", true, arena, &ret->task_tube, err) &&
           read_text(tasks, "negative", true, arena, &ret->task_control[CONTROL_NEGATIVE], err) &&
           read_text(tasks, "positive", true, arena, &ret->task_control[CONTROL_POSITIVE], err);
}

bool analyser_profile_read(struct bh_str yaml, struct bh_arena *arena, struct analyser_profile *ret,
                           struct bh_err *err)
{
    struct yaml *root = NULL;
    *ret = (struct analyser_profile){.out_count = 0};
    if (!yaml_parse(yaml, arena, &root, err))
        return false;
    if (root->kind != YAML_MAP)
        return refuse(err, root, "应为“字段: 值”", "fields and values are expected");
    const struct yaml *title = yaml_get(root, "title"), *columns = yaml_get(root, "columns"),
                      *targets = yaml_get(root, "targets"), *controls = yaml_get(root, "controls"),
                      *sheet = yaml_get(root, "sample_sheet");
    if (!title || title->kind != YAML_MAP || !columns || columns->kind != YAML_MAP || !targets ||
        targets->kind != YAML_MAP || !controls || controls->kind != YAML_MAP || !sheet ||
        sheet->kind != YAML_MAP)
        return refuse(err, root, "要有 title、columns、targets、controls、sample_sheet",
                      "title, columns, targets, controls and sample_sheet are needed");
    return read_text(root, "id", true, arena, &ret->id, err) &&
           read_text(title, "zh", true, arena, &ret->zh, err) &&
           read_text(title, "en", true, arena, &ret->en, err) &&
           read_text(root, "sheet", false, arena, &ret->sheet, err) &&
           read_text(root, "plate_label", false, arena, &ret->plate_label, err) &&
           read_columns(columns, arena, ret, err) &&
           read_names(targets, "orf1ab", arena, &ret->target[ANALYSER_ORF1AB], err) &&
           read_names(targets, "n", arena, &ret->target[ANALYSER_N], err) &&
           read_names(targets, "internal", arena, &ret->target[ANALYSER_INTERNAL], err) &&
           read_names(root, "undetermined", arena, &ret->undetermined, err) &&
           read_names(controls, "negative", arena, &ret->control[CONTROL_NEGATIVE], err) &&
           read_names(controls, "positive", arena, &ret->control[CONTROL_POSITIVE], err) &&
           read_sheet(sheet, arena, ret, err);
}

bool analyser_profile_find(struct bh_str id, struct bh_arena *arena, struct analyser_profile *ret,
                           struct bh_err *err)
{
    char path[ANALYSER_ID_MAX + 32];
    bool plain = id.len > 0 && id.len <= ANALYSER_ID_MAX;
    for (size_t i = 0; plain && i < id.len; i++)
        plain = (id.at[i] >= 'a' && id.at[i] <= 'z') || (id.at[i] >= '0' && id.at[i] <= '9') ||
                id.at[i] == '_';
    (void)snprintf(path, sizeof path, "rules/analysers/%.*s.yaml", plain ? (int)id.len : 0, id.at);
    const struct embedded_file *file = embedded_find(path);
    if (!file)
        return bh_fail_field(err, BH_MISSING, "profile", "没有这个仪器格式",
                             "there is no analyser profile of this name");
    return analyser_profile_read((struct bh_str){(const char *)file->data, file->size}, arena, ret,
                                 err);
}
