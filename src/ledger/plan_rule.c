#include "ledger/plan_private.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>

/* ---- one layer's words about a duty ---- */

static const char *const rule_keys[] = {
    "title",        "subject",  "opens_on",       "when",        "deadline", "clock",
    "owner",        "owner_at", "closes_on",      "closes_when", "evidence", "cancel_on",
    "completed_by", "escalate", "on_plan_change", "source",      "mark",     NULL};
static const char *const owner_ats[] = {"area", "institution", NULL};

static bool list_of(const struct yaml *node, size_t max, struct bh_err *err)
{
    if (node->kind != YAML_LIST)
        return plan_fail(err, node, "这里应为列表", "a list is expected here");
    if (node->count > max)
        return plan_fail(err, node, "列表超过 %d 项", "the list has over %d items", (int)max);
    return true;
}

static bool read_duration(const struct yaml *node, int64_t *ret, struct bh_err *err)
{
    struct bh_err inner = {0};
    if (node->kind == YAML_TEXT && bh_duration_parse(node->text, ret, &inner))
        return true;
    return plan_fail(err, node, "无法读取的时长（例：PT2H、P14D）",
                     "not a duration (examples: PT2H, P14D)");
}

static bool read_events(const struct plan_names *names, const struct yaml *node, int *ret,
                        struct bh_err *err)
{
    size_t count = 0;
    if (!list_of(node, PLAN_EVENTS_MAX - 1, err))
        return false;
    for (const struct yaml *item = node->first; item; item = item->next) {
        const struct event_kind *kind =
            item->kind == YAML_TEXT ? catalogue_event_named(names->catalogue, item->text) : NULL;
        if (!kind)
            return plan_fail(err, item, "没有声明的事件“%.*s”", "undeclared event \"%.*s\"",
                             item->kind == YAML_TEXT ? plan_shown(item->text) : 0, item->text.at);
        ret[count++] = kind->number;
    }
    return true;
}

static bool read_role(const struct plan_names *names, const struct yaml *node,
                      struct bh_arena *arena, const char **ret, struct bh_err *err)
{
    if (!plan_word(node, arena, ret, err))
        return false;
    for (size_t i = 0; names->roles && names->roles[i]; i++)
        if (strcmp(names->roles[i], *ret) == 0)
            return true;
    return !names->roles ||
           plan_fail(err, node, "没有声明的角色“%s”", "undeclared role \"%s\"", *ret);
}

static bool read_command(const struct plan_names *names, const struct yaml *node,
                         struct bh_arena *arena, const char **ret, struct bh_err *err)
{
    if (!plan_word(node, arena, ret, err))
        return false;
    return catalogue_command(names->catalogue, node->text) ||
           plan_fail(err, node, "没有声明的命令“%s”", "undeclared command \"%s\"", *ret);
}

static bool read_step(const struct plan_names *names, const struct yaml *node,
                      struct bh_arena *arena, struct plan_step *step, struct bh_err *err)
{
    static const char *const known[] = {"after", "to", "at", "mark", NULL};
    int at_index = AT_AREA;
    if (!plan_keys(node, known, err))
        return false;
    const struct yaml *after = yaml_get(node, "after"), *to = yaml_get(node, "to"),
                      *at = yaml_get(node, "at"), *mark = yaml_get(node, "mark");
    if (!after || !to)
        return plan_fail(err, node, "升级步骤要有 after 和 to",
                         "an escalation step needs after and to");
    step->mark = "";
    if (!read_duration(after, &step->after_ms, err) ||
        !read_role(names, to, arena, &step->role, err) ||
        (at && !plan_choice(at, owner_ats, &at_index, err)) ||
        (mark && !plan_word(mark, arena, &step->mark, err)))
        return false;
    step->at = (enum owner_at)at_index;
    return true;
}

static bool read_steps(const struct plan_names *names, const struct yaml *node,
                       struct bh_arena *arena, struct duty_rule *rule, struct bh_err *err)
{
    if (!list_of(node, PLAN_STEPS_MAX, err))
        return false;
    for (const struct yaml *item = node->first; item; item = item->next) {
        struct plan_step *step = &rule->steps[rule->step_count++];
        if (!read_step(names, item, arena, step, err))
            return false;
        if (rule->step_count > 1 && step->after_ms < step[-1].after_ms)
            return plan_fail(err, item, "升级步骤要按时间先后",
                             "escalation steps must go up in time");
    }
    return true;
}

static bool read_evidence(const struct yaml *node, struct bh_arena *arena, struct duty_rule *rule,
                          struct bh_err *err)
{
    size_t count = 0;
    if (!list_of(node, PLAN_EVENTS_MAX - 1, err))
        return false;
    for (const struct yaml *item = node->first; item; item = item->next)
        if (!plan_word(item, arena, &rule->evidence[count++], err))
            return false;
    return true;
}

/* When the event happened, when it was recorded, or a time that it tells. */
static bool read_clock(const struct yaml *node, struct bh_arena *arena, struct duty_rule *rule,
                       struct bh_err *err)
{
    rule->clock = CLOCK_FIELD;
    if (node->kind == YAML_TEXT && bh_str_is(node->text, "occurred"))
        rule->clock = CLOCK_OCCURRED;
    if (node->kind == YAML_TEXT && bh_str_is(node->text, "recorded"))
        rule->clock = CLOCK_RECORDED;
    return rule->clock != CLOCK_FIELD || plan_word(node, arena, &rule->clock_field, err);
}

static bool read_key(const struct plan_names *names, const struct yaml *node, enum rule_key key,
                     struct bh_arena *arena, struct duty_rule *rule, struct bh_err *err)
{
    static const char *const changes[] = {"keep", "recompute", "ask", NULL};
    int index = 0;
    bool ok = false;
    switch (key) {
    case RULE_TITLE: return plan_title(node, arena, &rule->zh, &rule->en, err);
    case RULE_SUBJECT: return plan_word(node, arena, &rule->subject, err);
    case RULE_OPENS_ON: return read_events(names, node, rule->opens_on, err);
    case RULE_CLOSES_ON: return read_events(names, node, rule->closes_on, err);
    case RULE_CANCEL_ON: return read_events(names, node, rule->cancel_on, err);
    case RULE_DEADLINE: return read_duration(node, &rule->deadline_ms, err);
    case RULE_OWNER: return read_role(names, node, arena, &rule->owner, err);
    case RULE_EVIDENCE: return read_evidence(node, arena, rule, err);
    case RULE_COMPLETED_BY: return read_command(names, node, arena, &rule->completed_by, err);
    case RULE_ESCALATE: return read_steps(names, node, arena, rule, err);
    case RULE_CLOCK: return read_clock(node, arena, rule, err);
    case RULE_SOURCE: return plan_text(node, arena, &rule->source, err);
    case RULE_MARK: return plan_mark_read(node, &rule->mark, err);
    case RULE_OWNER_AT:
        ok = plan_choice(node, owner_ats, &index, err);
        rule->owner_at = (enum owner_at)index;
        return ok;
    case RULE_ON_PLAN_CHANGE:
        ok = plan_choice(node, changes, &index, err);
        rule->on_plan_change = (enum plan_change)index;
        return ok;
    case RULE_WHEN:
    case RULE_CLOSES_WHEN: /* what the values mean depends on the merged rule's events */
        return node->kind == YAML_MAP || plan_fail(err, node, "这里应为“字段: 值”的组",
                                                   "a group of \"field: values\" is expected here");
    case RULE_KEYS: break;
    }
    bh_unreachable("key of a duty");
}

bool layer_patch_read(const struct plan_names *names, const struct yaml *node,
                      struct bh_arena *arena, struct rule_patch *patch, struct bh_err *err)
{
    struct yaml id = {
        .kind = YAML_TEXT, .text = node->key, .line = node->key_line, .column = node->key_column};
    patch->place = node;
    if (!plan_word(&id, arena, &patch->rule.id, err) || !plan_keys(node, rule_keys, err))
        return false;
    for (int key = 0; key < RULE_KEYS; key++) {
        const struct yaml *value = yaml_get(node, rule_keys[key]);
        patch->value[key] = value;
        patch->value_layer[key] = patch->layer->id;
        if (value && !read_key(names, value, (enum rule_key)key, arena, &patch->rule, err))
            return false;
    }
    return true;
}

/* ---- the merged rule ---- */

static bool rule_fail(struct bh_err *err, const struct rule_patch *merged, enum rule_key key,
                      const struct yaml *at, const char *zh, const char *en)
{
    const char *layer = merged->value[key] ? merged->value_layer[key] : merged->layer->id;
    const struct yaml *place = merged->value[key] ? merged->value[key] : merged->place;
    return plan_fail(err, at ? at : place, "义务 %s 的 %s：%s%.0s（层 %s）",
                     "duty %s, %s: %.0s%s (layer %s)", merged->rule.id, rule_keys[key], zh, en,
                     layer);
}

static bool whole(const struct rule_patch *merged, struct bh_err *err)
{
    static const enum rule_key needed[] = {RULE_TITLE,    RULE_SUBJECT, RULE_OPENS_ON,
                                           RULE_DEADLINE, RULE_OWNER,   RULE_CLOSES_ON};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!merged->value[needed[i]])
            return rule_fail(err, merged, needed[i], NULL, "没有给出", "is not given");
    if (!merged->rule.opens_on[0])
        return rule_fail(err, merged, RULE_OPENS_ON, NULL, "是空的", "is empty");
    if (!merged->rule.closes_on[0])
        return rule_fail(err, merged, RULE_CLOSES_ON, NULL, "是空的", "is empty");
    return true;
}

static bool is_subject(const struct event_kind *kind, const char *name)
{
    if (strcmp(name, "person") == 0)
        return true;
    const struct field *field = record_field(kind->record, name);
    return field &&
           (field->type == FIELD_REF || field->type == FIELD_SELF || field->type == FIELD_PERSON);
}

static bool subject_in(const struct plan_names *names, const struct rule_patch *merged,
                       const int *kinds, enum rule_key key, struct bh_err *err)
{
    const struct yaml *item = merged->value[key] ? merged->value[key]->first : NULL;
    for (; *kinds; kinds++, item = item ? item->next : NULL)
        if (!is_subject(catalogue_event(names->catalogue, *kinds), merged->rule.subject))
            return rule_fail(err, merged, key, item, "这个事件没有主体字段",
                             "this event has no field for the subject");
    return true;
}

/* What a word means as value of a field of one kind of event. */
static bool value_of(const struct event_kind *kind, const char *name, struct bh_str word,
                     int64_t *ret)
{
    const struct field *field = record_field(kind->record, name);
    if (field && field->type == FIELD_ENUM) {
        *ret = choice_index(field->choices, word);
        return *ret >= 0;
    }
    if (field && field->type == FIELD_BOOL) {
        *ret = bh_str_is(word, "true");
        return *ret || bh_str_is(word, "false");
    }
    return bh_str_to_int(word, ret);
}

static bool has_condition_field(const struct event_kind *kind, const char *name)
{
    if (strcmp(name, "person") == 0 || strcmp(name, "area") == 0)
        return true;
    const struct field *field = record_field(kind->record, name);
    return field && field_is_int(field->type) && field->type != FIELD_TIME;
}

static bool when_value(const struct plan_names *names, const struct rule_patch *merged,
                       const int *kinds, enum rule_key key, const struct yaml *word,
                       struct plan_when *when, struct bh_err *err)
{
    int64_t value = 0, other;
    if (word->kind != YAML_TEXT ||
        when->value_count == (int)(sizeof when->values / sizeof when->values[0]))
        return rule_fail(err, merged, key, word, "值应为少量文本或数",
                         "values are a few texts or numbers");
    for (int i = 0; kinds[i]; i++) {
        const struct event_kind *kind = catalogue_event(names->catalogue, kinds[i]);
        if (!value_of(kind, when->field, word->text, i ? &other : &value))
            return rule_fail(err, merged, key, word, "这个值不在可选之列",
                             "this value is not one of the choices");
        if (i && other != value)
            return rule_fail(err, merged, key, word, "这个值在各事件中含义不同",
                             "this value means different things in the events");
    }
    when->values[when->value_count++] = value;
    return true;
}

static bool when_field(const struct plan_names *names, const struct rule_patch *merged,
                       const int *kinds, enum rule_key key, const struct yaml *node,
                       struct bh_arena *arena, struct plan_when *when, struct bh_err *err)
{
    struct yaml name = {
        .kind = YAML_TEXT, .text = node->key, .line = node->key_line, .column = node->key_column};
    if (!plan_word(&name, arena, &when->field, err))
        return false;
    for (int i = 0; kinds[i]; i++)
        if (!has_condition_field(catalogue_event(names->catalogue, kinds[i]), when->field))
            return rule_fail(err, merged, key, &name, "没有声明的字段，或其类型不能作条件",
                             "undeclared field, or of a type that cannot be a condition");
    if (node->kind == YAML_TEXT)
        return when_value(names, merged, kinds, key, node, when, err);
    if (node->kind == YAML_MAP || node->count == 0)
        return rule_fail(err, merged, key, node, "值应为少量文本或数",
                         "values are a few texts or numbers");
    for (const struct yaml *word = node->first; word; word = word->next)
        if (!when_value(names, merged, kinds, key, word, when, err))
            return false;
    return true;
}

static bool when_read(const struct plan_names *names, const struct rule_patch *merged,
                      const int *kinds, enum rule_key key, struct bh_arena *arena,
                      struct plan_when *when, int *ret_count, struct bh_err *err)
{
    const struct yaml *map = merged->value[key];
    if (map && map->count > PLAN_WHEN_MAX)
        return rule_fail(err, merged, key, map, "条件太多", "too many conditions");
    for (const struct yaml *node = map ? map->first : NULL; node; node = node->next)
        if (!when_field(names, merged, kinds, key, node, arena, &when[(*ret_count)++], err))
            return false;
    return true;
}

static bool clock_in(const struct plan_names *names, const struct rule_patch *merged,
                     struct bh_err *err)
{
    const struct duty_rule *rule = &merged->rule;
    for (int i = 0; rule->clock == CLOCK_FIELD && rule->opens_on[i]; i++) {
        const struct event_kind *kind = catalogue_event(names->catalogue, rule->opens_on[i]);
        const struct field *field = record_field(kind->record, rule->clock_field);
        if (!field || field->type != FIELD_TIME || !(field->flags & FIELD_REQUIRED))
            return rule_fail(
                err, merged, RULE_CLOCK, NULL, "应为 occurred、recorded 或各打开事件必有的时间字段",
                "must be occurred, recorded, or a time that every opening event tells");
    }
    return true;
}

static bool evidence_in(const struct plan_names *names, const struct rule_patch *merged,
                        struct bh_err *err)
{
    const struct yaml *item =
        merged->value[RULE_EVIDENCE] ? merged->value[RULE_EVIDENCE]->first : NULL;
    for (int i = 0; merged->rule.evidence[i]; i++, item = item ? item->next : NULL)
        for (int k = 0; merged->rule.closes_on[k]; k++) {
            const struct event_kind *kind =
                catalogue_event(names->catalogue, merged->rule.closes_on[k]);
            if (!record_field(kind->record, merged->rule.evidence[i]))
                return rule_fail(err, merged, RULE_EVIDENCE, item, "字段不属于闭合事件",
                                 "the field does not belong to the closing event");
        }
    return true;
}

bool plan_rule_check(const struct plan_names *names, const struct rule_patch *merged,
                     struct bh_arena *arena, struct duty_rule *ret, struct bh_err *err)
{
    *ret = merged->rule;
    ret->layer = merged->layer->id;
    ret->when_count = ret->closes_when_count = 0;
    return whole(merged, err) && subject_in(names, merged, ret->opens_on, RULE_OPENS_ON, err) &&
           subject_in(names, merged, ret->closes_on, RULE_CLOSES_ON, err) &&
           subject_in(names, merged, ret->cancel_on, RULE_CANCEL_ON, err) &&
           when_read(names, merged, ret->opens_on, RULE_WHEN, arena, ret->when, &ret->when_count,
                     err) &&
           when_read(names, merged, ret->closes_on, RULE_CLOSES_WHEN, arena, ret->closes_when,
                     &ret->closes_when_count, err) &&
           clock_in(names, merged, err) && evidence_in(names, merged, err);
}
