/* GET /meta/...: what commands, queries, events and choices there are, from their tables. */
#include "api/edge.h"

#include <inttypes.h>
#include <string.h>

static const char *const type_name[] = {
    [FIELD_INT] = "int",       [FIELD_ENUM] = "enum", [FIELD_TIME] = "time",
    [FIELD_BOOL] = "bool",     [FIELD_REF] = "ref",   [FIELD_SELF] = "self",
    [FIELD_PERSON] = "person", [FIELD_AREA] = "area", [FIELD_TEXT] = "text",
    [FIELD_SEALED] = "sealed", [FIELD_LIST] = "list",
};
static const char *const priority_name[] = {"sampling", "result", "lookup", "board", "export"};
static const char *const column_name[] = {"int", "text", "time", "bool", "json"};

static void text_set(json_t *object, const char *name, const char *value)
{
    if (value)
        (void)json_object_set_new(object, name, json_string(value));
}

static json_t *choices_json(const struct choice *choices)
{
    json_t *list = json_array();
    for (; choices && choices->name; choices++) {
        json_t *choice = json_object();
        text_set(choice, "value", choices->name);
        text_set(choice, "zh", choices->zh);
        text_set(choice, "en", choices->en);
        (void)json_array_append_new(list, choice);
    }
    return list;
}

static json_t *field_json(const struct field *field)
{
    json_t *object = json_object();
    text_set(object, "name", field->name);
    text_set(object, "type", type_name[field->type]);
    text_set(object, "zh", field->zh);
    text_set(object, "en", field->en);
    text_set(object, "unit", field->unit);
    (void)json_object_set_new(object, "required", json_boolean(field->flags & FIELD_REQUIRED));
    if (field->flags & FIELD_MULTILINE)
        (void)json_object_set_new(object, "multiline", json_true());
    if (field->flags & FIELD_SEARCHABLE)
        (void)json_object_set_new(object, "searchable", json_true());
    if (field->flags & FIELD_PHOTO)
        (void)json_object_set_new(object, "photo", json_true());
    bool text = field->type == FIELD_TEXT || field->type == FIELD_SEALED;
    int64_t max = text && field->max == 0 ? LIMIT_TEXT_BYTES : field->max;
    if (field->type == FIELD_INT || text || field->type == FIELD_LIST) {
        if (field->min || field->max)
            (void)json_object_set_new(object, "min", json_integer(field->min));
        if (max)
            (void)json_object_set_new(object, "max", json_integer(max));
    }
    if (field->type == FIELD_ENUM)
        (void)json_object_set_new(object, "choices", choices_json(field->choices));
    return object;
}

static json_t *fields_json(const struct record *record)
{
    json_t *list = json_array();
    for (size_t index = 0; record && index < record->field_count; index++) {
        const struct field *field = &record->fields[index];
        json_t *object = field_json(field);
        if (field->type == FIELD_LIST && field->item) {
            /* Lists hold plain items: no list lies in a list. */
            json_t *items = json_array();
            for (size_t inner = 0; inner < field->item->field_count; inner++)
                (void)json_array_append_new(items, field_json(&field->item->fields[inner]));
            (void)json_object_set_new(object, "item", items);
        }
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *command_json(const struct command *command)
{
    json_t *object = json_object();
    text_set(object, "name", command->name);
    text_set(object, "zh", command->zh);
    text_set(object, "en", command->en);
    text_set(object, "urgency", priority_name[command->priority]);
    (void)json_object_set_new(object, "exercise_only",
                              json_boolean(command->flags & COMMAND_EXERCISE_ONLY));
    (void)json_object_set_new(object, "csv", json_boolean(command->flags & COMMAND_CSV));
    (void)json_object_set_new(object, "past", json_boolean(command->flags & COMMAND_PAST));
    (void)json_object_set_new(object, "fields", fields_json(command->record));
    json_t *example = command->example ? json_loads(command->example, 0, NULL) : NULL;
    (void)json_object_set_new(object, "example", example ? example : json_object());
    return object;
}

static json_t *query_json(const struct query *query)
{
    json_t *object = json_object(), *columns = json_array();
    text_set(object, "name", query->name);
    text_set(object, "zh", query->zh);
    text_set(object, "en", query->en);
    text_set(object, "urgency", priority_name[query->priority]);
    (void)json_object_set_new(object, "one", json_boolean(query->flags & QUERY_ONE));
    (void)json_object_set_new(object, "fields", fields_json(query->params));
    for (const struct column *column = query->columns; column && column->name; column++) {
        json_t *entry = json_object();
        text_set(entry, "name", column->name);
        text_set(entry, "type", column_name[column->type]);
        text_set(entry, "zh", column->zh);
        text_set(entry, "en", column->en);
        (void)json_array_append_new(columns, entry);
    }
    (void)json_object_set_new(object, "columns", columns);
    text_set(object, "example", query->example ? query->example : "");
    return object;
}

static json_t *event_json(const struct event_kind *kind)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "number", json_integer(kind->number));
    (void)json_object_set_new(object, "version", json_integer(kind->version));
    text_set(object, "name", kind->name);
    text_set(object, "zh", kind->zh);
    text_set(object, "en", kind->en);
    (void)json_object_set_new(object, "fields", fields_json(kind->record));
    return object;
}

static void enums_add(json_t *enums, const char *owner, const struct record *record)
{
    for (size_t index = 0; record && index < record->field_count; index++) {
        const struct field *field = &record->fields[index];
        char name[160];
        if (field->type == FIELD_ENUM) {
            (void)snprintf(name, sizeof name, "%s.%s", owner, field->name);
            (void)json_object_set_new(enums, name, choices_json(field->choices));
        }
    }
}

static void enums_of_link(json_t *enums, const struct link *link)
{
    for (const struct event_kind *kind = link->events; kind && kind->number; kind++)
        enums_add(enums, kind->name, kind->record);
    for (const struct command *command = link->commands; command && command->name; command++)
        enums_add(enums, command->name, command->record);
    for (const struct query *query = link->queries; query && query->name; query++)
        enums_add(enums, query->name, query->params);
}

static int part_write(const char *bytes, size_t len, void *self)
{
    bh_buf_add(self, bytes, len);
    return 0;
}

static void list_keep(struct bh_buf *out, const char *name, json_t *value)
{
    json_t *whole = json_object();
    (void)json_object_set_new(whole, name, value);
    bh_buf_init(out, LIMIT_ARENA_REQUEST);
    (void)json_dump_callback(whole, part_write, out, JSON_COMPACT);
    json_decref(whole);
    bh_assert(!out->full);
}

void meta_make(struct edge *edge)
{
    json_t *commands = json_array(), *queries = json_array(), *events = json_array(),
           *enums = json_object();
    for (const struct link *const *each = catalogue_links(edge->catalogue); *each; each++) {
        const struct link *link = *each;
        for (const struct command *command = link->commands; command && command->name; command++)
            (void)json_array_append_new(commands, command_json(command));
        for (const struct query *query = link->queries; query && query->name; query++)
            (void)json_array_append_new(queries, query_json(query));
        for (const struct event_kind *kind = link->events; kind && kind->number; kind++)
            (void)json_array_append_new(events, event_json(kind));
        enums_of_link(enums, link);
    }
    list_keep(&edge->constant[CONSTANT_COMMANDS], "commands", commands);
    list_keep(&edge->constant[CONSTANT_QUERIES], "queries", queries);
    list_keep(&edge->constant[CONSTANT_EVENTS], "events", events);
    list_keep(&edge->constant[CONSTANT_ENUMS], "enums", enums);
}

/* Constant while the process runs. */
static bool constant_answer(struct call *call, const struct bh_buf *text)
{
    http_answer_header(call->request, "Cache-Control", "private, no-cache");
    if (!call_unchanged(call, call->edge->version_tag))
        call_text(call, "application/json; charset=utf-8", bh_buf_view(text));
    return true;
}

bool meta_here(struct call *call)
{
    struct edge *edge = call->edge;
    if (strcmp(call->rest, "commands") == 0)
        return constant_answer(call, &edge->constant[CONSTANT_COMMANDS]);
    if (strcmp(call->rest, "queries") == 0)
        return constant_answer(call, &edge->constant[CONSTANT_QUERIES]);
    if (strcmp(call->rest, "events") == 0)
        return constant_answer(call, &edge->constant[CONSTANT_EVENTS]);
    if (strcmp(call->rest, "enums") == 0)
        return constant_answer(call, &edge->constant[CONSTANT_ENUMS]);
    call_missing(call);
    return true;
}

void meta_work(struct worker *worker, struct call *call)
{
    (void)worker;
    (void)meta_here(call);
    call_finish(call);
}

bool openapi_here(struct call *call)
{
    return constant_answer(call, &call->edge->constant[CONSTANT_OPENAPI]);
}
