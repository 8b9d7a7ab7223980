/* OpenAPI 3.1 of the whole interface, made from the tables. */
#include "api/edge.h"

#include <stdio.h>
#include <string.h>

static json_t *reference(const char *kind, const char *name)
{
    char text[192];
    (void)snprintf(text, sizeof text, "#/components/%s/%s", kind, name);
    return json_pack("{s:s}", "$ref", text);
}

static json_t *both(const char *zh, const char *en)
{
    return json_sprintf("%s / %s", en ? en : "", zh ? zh : "");
}

/* --- schemas ------------------------------------------------------------------------------- */

static void range_set(json_t *schema, const char *min_name, const char *max_name, int64_t min,
                      int64_t max)
{
    if (min)
        (void)json_object_set_new(schema, min_name, json_integer(min));
    if (max)
        (void)json_object_set_new(schema, max_name, json_integer(max));
}

static json_t *enum_schema(const struct field *field)
{
    json_t *values = json_array();
    for (const struct choice *choice = field->choices; choice && choice->name; choice++)
        (void)json_array_append_new(values, json_string(choice->name));
    return json_pack("{s:s, s:o}", "type", "string", "enum", values);
}

static json_t *record_schema(const struct record *record, bool past);

static json_t *item_schema(const struct record *item);

static json_t *field_schema(const struct field *field)
{
    json_t *schema = NULL;
    switch (field->type) {
    case FIELD_INT:
        schema = json_pack("{s:s}", "type", "integer");
        range_set(schema, "minimum", "maximum", field->min, field->max);
        break;
    case FIELD_REF:
    case FIELD_SELF:
    case FIELD_PERSON:
        schema = json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 1, "maximum",
                           (json_int_t)((INT64_C(1) << 53) - 1));
        break;
    case FIELD_BOOL: schema = json_pack("{s:s}", "type", "boolean"); break;
    case FIELD_TIME:
        schema = json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
        break;
    case FIELD_AREA:
        schema = json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9A-Za-z_-]+$");
        break;
    case FIELD_ENUM: schema = enum_schema(field); break;
    case FIELD_TEXT:
    case FIELD_SEALED:
        schema = json_pack("{s:s}", "type", "string");
        if (field->flags & FIELD_PHOTO) {
            (void)json_object_set_new(schema, "contentEncoding", json_string("base64"));
            range_set(schema, "minLength", "maxLength", 0, field->max / 3 * 4 + 4);
            break;
        }
        range_set(schema, "minLength", "maxLength", field->min,
                  field->max ? field->max : LIMIT_TEXT_BYTES);
        break;
    case FIELD_LIST:
        schema = json_pack("{s:s, s:o}", "type", "array", "items", item_schema(field->item));
        range_set(schema, "minItems", "maxItems", field->min,
                  field->max ? field->max : LIMIT_LIST_ITEMS);
        break;
    }
    (void)json_object_set_new(schema, "description", both(field->zh, field->en));
    return schema;
}

/* Records are at most two deep: a list's items hold no list. */
static json_t *record_schema(const struct record *record, bool past)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t index = 0; record && index < record->field_count; index++) {
        const struct field *field = &record->fields[index];
        (void)json_object_set_new(properties, field->name, field_schema(field));
        if (field->flags & FIELD_REQUIRED)
            (void)json_array_append_new(required, json_string(field->name));
    }
    if (past && !json_object_get(properties, "occurred"))
        (void)json_object_set_new(properties, "occurred",
                                  json_pack("{s:s, s:s}", "type", "string", "format", "date-time"));
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}

/* An item with one field may be given as that value alone. */
static json_t *item_schema(const struct record *item)
{
    json_t *whole = record_schema(item, false);
    if (item->field_count != 1)
        return whole;
    return json_pack("{s:[o, o]}", "anyOf", field_schema(&item->fields[0]), whole);
}

static json_t *column_schema(const struct column *column)
{
    static const char *const type[] = {[COLUMN_INT] = "integer",
                                       [COLUMN_TEXT] = "string",
                                       [COLUMN_TIME] = "string",
                                       [COLUMN_BOOL] = "boolean"};
    json_t *schema = json_object();
    if (column->type != COLUMN_JSON)
        (void)json_object_set_new(schema, "type", json_pack("[s, s]", type[column->type], "null"));
    if (column->type == COLUMN_TIME)
        (void)json_object_set_new(schema, "format", json_string("date-time"));
    (void)json_object_set_new(schema, "description", both(column->zh, column->en));
    return schema;
}

static json_t *answer_schema(const struct query *query)
{
    json_t *position = json_pack("{s:s}", "type", "integer");
    json_t *now = json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    if (query->flags & QUERY_ONE)
        return json_pack("{s:s, s:{s:o, s:o}}", "type", "object", "properties", "position",
                         position, "now", now);
    json_t *row = json_object();
    for (const struct column *column = query->columns; column && column->name; column++)
        (void)json_object_set_new(row, column->name, column_schema(column));
    return json_pack("{s:s, s:[s,s,s,s], s:{s:{s:s, s:{s:s, s:o}}, s:{s:[s,s]}, s:o, s:o}}", "type",
                     "object", "required", "rows", "next", "position", "now", "properties", "rows",
                     "type", "array", "items", "type", "object", "properties", row, "next", "type",
                     "string", "null", "position", position, "now", now);
}

/* --- operations ---------------------------------------------------------------------------- */

static json_t *content(const char *type, json_t *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *responses(json_t *schema, bool csv)
{
    static const char *const status[] = {"400", "401", "403", "404", "409", "410", "413",
                                         "415", "422", "429", "500", "503", "507"};
    json_t *list = json_object(), *types = content("application/json", schema);
    if (csv)
        (void)json_object_set_new(types, "text/csv",
                                  json_pack("{s:{s:s}}", "schema", "type", "string"));
    (void)json_object_set_new(list, "200",
                              json_pack("{s:s, s:o}", "description", "done", "content", types));
    for (size_t index = 0; index < sizeof status / sizeof *status; index++)
        (void)json_object_set_new(list, status[index], reference("responses", "problem"));
    return list;
}

static json_t *operation(const char *id, const char *zh, const char *en, const char *tag)
{
    return json_pack("{s:s, s:o, s:[s]}", "operationId", id, "summary", both(zh, en), "tags", tag);
}

static json_t *body(const char *type, json_t *schema, json_t *example)
{
    json_t *types = content(type, schema);
    if (example)
        (void)json_object_set_new(json_object_get(types, type), "example", example);
    return json_pack("{s:b, s:o}", "required", 1, "content", types);
}

static void command_add(json_t *paths, json_t *schemas, const struct command *command)
{
    char path[160];
    (void)snprintf(path, sizeof path, "/commands/%s", command->name);
    json_t *post = operation(command->name, command->zh, command->en, "commands");
    (void)json_object_set_new(schemas, command->name,
                              record_schema(command->record, command->flags & COMMAND_PAST));
    json_t *example = command->example ? json_loads(command->example, 0, NULL) : NULL;
    (void)json_object_set_new(post, "parameters",
                              json_pack("[o, o]", reference("parameters", "idempotency"),
                                        reference("parameters", "csrf")));
    (void)json_object_set_new(
        post, "requestBody",
        body("application/json", reference("schemas", command->name), example));
    (void)json_object_set_new(post, "responses",
                              responses(reference("schemas", "accepted"), false));
    (void)json_object_set_new(paths, path, json_pack("{s:o}", "post", post));
    if (!(command->flags & COMMAND_CSV))
        return;
    char id[160];
    (void)snprintf(path, sizeof path, "/import/%s", command->name);
    (void)snprintf(id, sizeof id, "import_%s", command->name);
    json_t *import = operation(id, command->zh, command->en, "import");
    (void)json_object_set_new(import, "parameters",
                              json_pack("[o, o, o]", reference("parameters", "idempotency"),
                                        reference("parameters", "csrf"),
                                        reference("parameters", "dry_run")));
    (void)json_object_set_new(import, "requestBody",
                              body("text/csv", json_pack("{s:s}", "type", "string"), NULL));
    (void)json_object_set_new(import, "responses",
                              responses(reference("schemas", "imported"), false));
    (void)snprintf(id, sizeof id, "template_%s", command->name);
    json_t *template = operation(id, command->zh, command->en, "import");
    (void)json_object_set_new(template, "responses", responses(json_object(), true));
    (void)json_object_set_new(paths, path,
                              json_pack("{s:o, s:o}", "post", import, "get", template));
}

static void query_add(json_t *paths, const struct query *query)
{
    char path[160];
    json_t *get = operation(query->name, query->zh, query->en, "queries"), *list = json_array();
    (void)snprintf(path, sizeof path, "/queries/%s", query->name);
    for (size_t index = 0; query->params && index < query->params->field_count; index++) {
        const struct field *field = &query->params->fields[index];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:o}", "name", field->name, "in", "query", "required",
                            (field->flags & FIELD_REQUIRED) != 0, "schema", field_schema(field)));
    }
    (void)json_array_append_new(list, reference("parameters", "lang"));
    if (!(query->flags & QUERY_ONE))
        (void)json_array_append_new(list, reference("parameters", "format"));
    (void)json_object_set_new(get, "parameters", list);
    (void)json_object_set_new(get, "responses",
                              responses(answer_schema(query), !(query->flags & QUERY_ONE)));
    (void)json_object_set_new(paths, path, json_pack("{s:o}", "get", get));
}

/* What is no command and no query. Kept as text: it is read as written. */
static const char fixed_paths[] =
    "{\"/import/list_residents\":{\"post\":{\"operationId\":\"import_list_residents\",\"summary\":"
    "\"A roll from CSV or XLSX, one row a person / 从 CSV 或 XLSX "
    "导入名册，每人一行\",\"tags\":[\"import\"],\"parameters\":[{\"name\":\"roll\",\"in\":"
    "\"query\","
    "\"required\":true,\"schema\":{\"type\":\"integer\"}},{\"$ref\":\"#/components/parameters/"
    "csrf\"},"
    "{\"$ref\":\"#/components/parameters/"
    "dry_run\"}],\"requestBody\":{\"required\":true,\"content\":{"
    "\"text/csv\":{\"schema\":{\"type\":\"string\"}},\"application/"
    "vnd.openxmlformats-officedocument."
    "spreadsheetml.sheet\":{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}}},"
    "\"responses\":{"
    "\"200\":{\"description\":\"what was listed, and the rows that were not / "
    "已登记人数与退回的行\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/imported\"}}}},\"default\":{\"$ref\":\"#/components/responses/"
    "problem\"}}},"
    "\"get\":{\"operationId\":\"template_list_residents\",\"summary\":\"An empty table / "
    "空白表格\",\"tags\":[\"import\"],\"responses\":{\"200\":{\"description\":\"CSV\"}}}},"
    "\"/plates/{plate}/sheet\":{\"get\":{\"operationId\":\"plate_sheet\",\"summary\":\"Sample "
    "sheet of a plate for a machine / 上机表\",\"tags\":[\"plates\"],\"parameters\":[{\"name\":"
    "\"plate\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\"}},{\"name\":"
    "\"profile\",\"in\":\"query\",\"required\":true,\"schema\":{\"type\":\"string\"}},{\"name\":"
    "\"format\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":[\"csv\",\"xlsx\"]}}],"
    "\"responses\":{\"200\":{\"description\":\"CSV or XLSX\"},\"404\":{\"$ref\":"
    "\"#/components/responses/problem\"}}}},"
    "\"/plates/{plate}/results\":{\"post\":{\"operationId\":\"plate_results\",\"summary\":"
    "\"Result file of an analyser, taken whole or not at all / "
    "仪器结果文件\",\"tags\":[\"plates\"],"
    "\"parameters\":[{\"name\":\"plate\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":"
    "\"integer\"}},{\"name\":\"profile\",\"in\":\"query\",\"required\":true,\"schema\":{\"type\":"
    "\"string\"}},{\"$ref\":\"#/components/parameters/idempotency\"},{\"$ref\":\"#/components/"
    "parameters/csrf\"},{\"$ref\":\"#/components/parameters/dry_run\"}],\"requestBody\":{"
    "\"required\":true,\"content\":{\"text/csv\":{\"schema\":{\"type\":\"string\"}},\"application/"
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet\":{\"schema\":{\"type\":\"string\","
    "\"format\":\"binary\"}}}},\"responses\":{\"200\":{\"description\":\"read / 已读板\"},\"422\":{"
    "\"description\":\"what does not fit, by row and column; nothing was taken / "
    "逐行错误，未录入任何结果\"},\"default\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/login\":{\"post\":{\"operationId\":\"login\",\"summary\":\"Log in / "
    "登录\",\"tags\":[\"session\"],"
    "\"security\":[],\"requestBody\":{\"required\":true,\"content\":{\"application/"
    "json\":{\"schema\":{"
    "\"$ref\":\"#/components/schemas/login\"}}}},\"responses\":{\"200\":{\"$ref\":"
    "\"#/components/responses/session\"},\"401\":{\"$ref\":\"#/components/responses/"
    "problem\"},\"429\":{"
    "\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/logout\":{\"post\":{\"operationId\":\"logout\",\"summary\":\"Log out / "
    "退出\",\"tags\":[\"session\"],"
    "\"parameters\":[{\"$ref\":\"#/components/parameters/"
    "csrf\"}],\"responses\":{\"200\":{\"description\":"
    "\"done\"},\"401\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/session\":{\"get\":{\"operationId\":\"current_session\",\"summary\":\"Who am I / "
    "我的会话\",\"tags\":["
    "\"session\"],\"responses\":{\"200\":{\"$ref\":\"#/components/responses/"
    "session\"},\"401\":{\"$ref\":"
    "\"#/components/responses/problem\"}}}},"
    "\"/first-run\":{\"get\":{\"operationId\":\"first_run_check\",\"summary\":\"Is this one-time "
    "link valid / "
    "一次性链接是否有效\",\"tags\":[\"session\"],\"security\":[],\"parameters\":[{\"name\":"
    "\"token\",\"in\":"
    "\"query\",\"required\":true,\"schema\":{\"type\":\"string\"}}],\"responses\":{\"200\":{"
    "\"description\":"
    "\"validity\",\"content\":{\"application/"
    "json\":{\"schema\":{\"type\":\"object\",\"properties\":{\"valid\":{"
    "\"type\":\"boolean\"},\"exercise\":{\"type\":\"boolean\"}}}}}}}},"
    "\"post\":{\"operationId\":\"first_run\",\"summary\":\"Make the first administrator / "
    "设立首位管理员\","
    "\"tags\":[\"session\"],\"security\":[],\"requestBody\":{\"required\":true,\"content\":{"
    "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
    "first_run\"}}}},\"responses\":{\"200\":{"
    "\"$ref\":\"#/components/responses/session\"},\"410\":{\"$ref\":\"#/components/responses/"
    "problem\"}}}},"
    "\"/password\":{\"post\":{\"operationId\":\"change_password\",\"summary\":\"Change my password "
    "/ 修改密码\","
    "\"tags\":[\"session\"],\"parameters\":[{\"$ref\":\"#/components/parameters/"
    "csrf\"}],\"requestBody\":{"
    "\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/"
    "password\"}}}},\"responses\":{\"200\":{\"description\":\"done\"},\"422\":{\"$ref\":"
    "\"#/components/responses/problem\"}}}},"
    "\"/commands\":{\"post\":{\"operationId\":\"commands\",\"summary\":\"Several commands in one "
    "request; each lives or dies alone, in this order / "
    "一次提交多条命令，各自成败\",\"tags\":[\"commands\"],\"parameters\":[{\"$ref\":\"#/components/"
    "parameters/csrf\"}],\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{"
    "\"schema\":{\"type\":\"object\",\"required\":[\"commands\"],\"additionalProperties\":false,"
    "\"properties\":{\"commands\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":100,\"items\":{"
    "\"type\":\"object\",\"required\":[\"command\",\"key\",\"body\"],\"additionalProperties\":"
    "false,"
    "\"properties\":{\"command\":{\"type\":\"string\"},\"key\":{\"type\":\"string\",\"pattern\":"
    "\"^[0-9a-fA-F]{32}$\"},\"body\":{\"type\":\"object\"}}}}}}}}},\"responses\":{\"200\":{"
    "\"description\":\"an answer for each, in their order\",\"content\":{\"application/json\":{"
    "\"schema\":{\"type\":\"object\",\"required\":[\"answers\"],\"properties\":{\"answers\":{"
    "\"type\":"
    "\"array\",\"items\":{\"type\":\"object\",\"required\":[\"status\",\"body\"],\"properties\":{"
    "\"status\":{\"type\":\"integer\"},\"body\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/"
    "accepted\"},{\"$ref\":\"#/components/schemas/problem\"}]}}}}}}}}},\"400\":{\"$ref\":"
    "\"#/components/responses/problem\"},\"413\":{\"$ref\":\"#/components/responses/problem\"},"
    "\"503\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/reveal\":{\"post\":{\"operationId\":\"reveal\",\"summary\":\"Show an identity; logged / "
    "查看身份信息（留痕）\",\"tags\":[\"people\"],\"parameters\":[{\"$ref\":\"#/components/"
    "parameters/csrf\"}],"
    "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/reveal\"}}}},\"responses\":{\"200\":{\"description\":\"the "
    "identity\",\"content\":{"
    "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
    "identity\"}}}},\"404\":{\"$ref\":"
    "\"#/components/responses/problem\"}}}},"
    "\"/antigen\":{\"post\":{\"operationId\":\"antigen\",\"summary\":\"Tell an antigen test "
    "of one's own kit / 本人上报抗原自测\",\"tags\":[\"antigen\"],\"security\":[],\"parameters\":[{"
    "\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":true,\"schema\":{\"type\":"
    "\"string\","
    "\"pattern\":\"^[0-9a-fA-F]{32}$\"}}],\"requestBody\":{\"required\":true,\"content\":{"
    "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"kit\",\"outcome\"],"
    "\"additionalProperties\":false,\"properties\":{\"kit\":{\"type\":\"string\"},\"slot\":{"
    "\"type\":\"integer\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"negative\",\"positive\","
    "\"invalid\"]},\"taken\":{\"type\":\"string\",\"format\":\"date-time\"},\"symptom_days\":{"
    "\"type\":\"integer\",\"minimum\":0,\"maximum\":60},\"photo\":{\"type\":\"string\","
    "\"contentEncoding\":\"base64\","
    "\"maxLength\":349528}}}}}},\"responses\":{\"200\":{\"description\":\"taken\",\"content\":{"
    "\"application/"
    "json\":{\"schema\":{\"type\":\"object\",\"properties\":{\"taken\":{\"type\":\"boolean\"}}}}}},"
    "\"404\":{\"$ref\":\"#/components/responses/problem\"},\"409\":{\"$ref\":\"#/components/"
    "responses/problem\"},"
    "\"410\":{\"$ref\":\"#/components/responses/problem\"},\"422\":{\"$ref\":\"#/components/"
    "responses/problem\"},"
    "\"429\":{\"$ref\":\"#/components/responses/problem\"},\"503\":{\"$ref\":\"#/components/"
    "responses/problem\"}}}},"
    "\"/antigen/kit\":{\"post\":{\"operationId\":\"antigen_kit\",\"summary\":\"Whether a "
    "kit may still be told of, and whose it is / "
    "试剂码状态\",\"tags\":[\"antigen\"],\"security\":[],"
    "\"requestBody\":{\"required\":true,\"content\":{\"application/"
    "json\":{\"schema\":{\"type\":\"object\","
    "\"required\":[\"kit\"],\"additionalProperties\":false,\"properties\":{\"kit\":{\"type\":"
    "\"string\"}}}}}},"
    "\"responses\":{\"200\":{\"description\":\"the kit\",\"content\":{\"application/json\":{"
    "\"schema\":{\"type\":\"object\",\"required\":[\"state\",\"people\",\"vaccination_hours\"],"
    "\"properties\":{\"state\":{\"type\":\"string\",\"enum\":[\"ready\",\"used\"]},\"people\":{"
    "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"slot\":{\"type\":"
    "\"integer\"},"
    "\"name\":{\"type\":\"string\"}}}},\"vaccination_hours\":{\"type\":\"integer\"},\"exercise\":{"
    "\"type\":\"boolean\"}}}}}},\"404\":{\"$ref\":\"#/components/responses/problem\"},\"410\":{"
    "\"$ref\":\"#/components/responses/problem\"},\"422\":{\"$ref\":\"#/components/responses/"
    "problem\"},"
    "\"429\":{\"$ref\":\"#/components/responses/problem\"},\"503\":{\"$ref\":\"#/components/"
    "responses/problem\"}}}},"
    "\"/antigen/photo\":{\"post\":{\"operationId\":\"antigen_photo\",\"summary\":\"Show the "
    "photo of an antigen test; logged / "
    "查看抗原照片（留痕）\",\"tags\":[\"antigen\"],\"parameters\":[{"
    "\"$ref\":\"#/components/parameters/csrf\"}],\"requestBody\":{\"required\":true,\"content\":{"
    "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"antigen\",\"reason\"],"
    "\"properties\":{\"antigen\":{\"type\":\"integer\"},\"reason\":{\"type\":\"string\"}}}}}},"
    "\"responses\":{\"200\":{\"description\":\"the photo\",\"content\":{\"application/json\":{"
    "\"schema\":{\"type\":\"object\",\"properties\":{\"antigen\":{\"type\":\"integer\"},\"type\":{"
    "\"type\":\"string\"},\"width\":{\"type\":\"integer\"},\"height\":{\"type\":\"integer\"},"
    "\"photo\":{\"type\":\"string\",\"contentEncoding\":\"base64\"}}}}}},\"404\":{\"$ref\":\"#/"
    "components/responses/problem\"},"
    "\"422\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/incident/photo\":{\"post\":{\"operationId\":\"incident_photo\",\"summary\":\"Show the "
    "photo of an incident on the way; logged / "
    "查看转运事件照片（留痕）\",\"tags\":[\"people\"],\"parameters\":[{"
    "\"$ref\":\"#/components/parameters/csrf\"}],\"requestBody\":{\"required\":true,\"content\":{"
    "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"incident\",\"reason\"],"
    "\"properties\":{\"incident\":{\"type\":\"integer\"},\"reason\":{\"type\":\"string\"}}}}}},"
    "\"responses\":{\"200\":{\"description\":\"the photo\",\"content\":{\"application/json\":{"
    "\"schema\":{\"type\":\"object\",\"properties\":{\"incident\":{\"type\":\"integer\"},\"type\":"
    "{\"type\":\"string\"},\"width\":{\"type\":\"integer\"},\"height\":{\"type\":\"integer\"},"
    "\"photo\":{\"type\":\"string\",\"contentEncoding\":\"base64\"}}}}}},\"404\":{\"$ref\":\"#/"
    "components/responses/problem\"},"
    "\"422\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/reveal/resident\":{\"post\":{\"operationId\":\"reveal_resident\",\"summary\":\"Show the "
    "telephone number behind a door of a roll; logged / "
    "查看住户电话（留痕）\",\"tags\":[\"people\"],\"parameters\":[{"
    "\"$ref\":\"#/components/parameters/csrf\"}],\"requestBody\":{\"required\":true,\"content\":{"
    "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"roll\",\"slot\","
    "\"reason\"],\"properties\":{\"roll\":{\"type\":\"integer\"},\"slot\":{\"type\":\"integer\"},"
    "\"reason\":{\"type\":\"string\"}}}}}},"
    "\"responses\":{\"200\":{\"description\":\"the number, empty when the household has "
    "none\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\",\"properties\":{"
    "\"slot\":{\"type\":\"integer\"},\"whose\":{\"type\":\"integer\"},\"name_masked\":{"
    "\"type\":\"string\"},\"phone\":{\"type\":\"string\"}}}}}},\"404\":{\"$ref\":\"#/"
    "components/responses/problem\"},"
    "\"422\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/result\":{\"post\":{\"operationId\":\"own_result\",\"summary\":\"State of one sample, by "
    "receipt or by document and code / "
    "查询本人结果\",\"tags\":[\"result\"],\"security\":[],\"requestBody\":{\"required\":true,"
    "\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
    "own_result\"}}}},"
    "\"responses\":{\"200\":{\"description\":\"the state of that sample\",\"content\":{"
    "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/result_state\"}}}},"
    "\"403\":{\"$ref\":\"#/components/responses/problem\"},\"410\":{\"$ref\":"
    "\"#/components/responses/problem\"},\"422\":{\"$ref\":\"#/components/responses/problem\"},"
    "\"429\":{\"$ref\":\"#/components/responses/problem\"},\"503\":{\"$ref\":"
    "\"#/components/responses/problem\"}}}},"
    "\"/result/code\":{\"post\":{\"operationId\":\"own_result_code\",\"summary\":\"Ask for a "
    "one-time code / "
    "获取查询验证码\",\"tags\":[\"result\"],\"security\":[],\"requestBody\":{\"required\":true,"
    "\"content\":{\"application/"
    "json\":{\"schema\":{\"type\":\"object\",\"required\":[\"document\"],"
    "\"properties\":{\"document\":{\"type\":\"string\"}}}}}},\"responses\":{\"200\":{"
    "\"description\":\"taken, whether or not there is somebody to send it to\"},\"410\":{\"$ref\":"
    "\"#/components/responses/problem\"},\"422\":{\"$ref\":\"#/components/responses/problem\"},"
    "\"429\":{\"$ref\":\"#/components/responses/problem\"},\"503\":{\"$ref\":"
    "\"#/components/responses/problem\"}}}},"
    "\"/messages/told\":{\"post\":{\"operationId\":\"message_told\",\"summary\":\"Say that a "
    "message was passed on / "
    "标记消息已转达\",\"tags\":[\"people\"],\"parameters\":[{\"$ref\":\"#/components/parameters/"
    "csrf\"}],\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{"
    "\"type\":\"object\",\"required\":[\"message\"],\"properties\":{\"message\":{\"type\":"
    "\"integer\"}}}}}},\"responses\":{\"200\":{\"description\":\"noted\"},\"404\":{\"$ref\":"
    "\"#/components/responses/problem\"},\"422\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/live\":{\"get\":{\"operationId\":\"live\",\"summary\":\"Live position and counts / "
    "实时更新\",\"tags\":["
    "\"live\"],\"parameters\":[{\"name\":\"area\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}"
    "}],"
    "\"responses\":{\"200\":{\"description\":\"server-sent "
    "events\",\"content\":{\"text/event-stream\":{"
    "\"schema\":{\"type\":\"string\"}}}},\"404\":{\"$ref\":\"#/components/responses/problem\"}}}},"
    "\"/meta/{table}\":{\"get\":{\"operationId\":\"meta\",\"summary\":\"The tables behind this "
    "interface / "
    "接口数据表\",\"tags\":[\"meta\"],\"parameters\":[{\"name\":\"table\",\"in\":\"path\","
    "\"required\":true,"
    "\"schema\":{\"type\":\"string\",\"enum\":[\"commands\",\"queries\",\"events\",\"enums\"]}}],"
    "\"responses\":{\"200\":{\"description\":\"the "
    "table\",\"content\":{\"application/json\":{\"schema\":{"
    "\"type\":\"object\"}}}}}}}}";

static const char fixed_components[] =
    "{\"securitySchemes\":{\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"bihuan_"
    "session\"},"
    "\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}},"
    "\"parameters\":{\"idempotency\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":"
    "true,"
    "\"description\":\"32 hex digits, the first 12 are milliseconds since 1970 / 32 位十六进制，前 "
    "12 位为毫秒时间\","
    "\"schema\":{\"type\":\"string\",\"pattern\":\"^[0-9a-fA-F]{32}$\"}},"
    "\"csrf\":{\"name\":\"X-Bihuan-CSRF\",\"in\":\"header\",\"description\":\"from login; not with "
    "a bearer token / "
    "登录时取得；令牌方式不需要\",\"schema\":{\"type\":\"string\"}},"
    "\"dry_run\":{\"name\":\"dry_run\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":["
    "\"0\",\"1\"]}},"
    "\"format\":{\"name\":\"format\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":["
    "\"json\",\"csv\"]}},"
    "\"lang\":{\"name\":\"lang\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":[\"zh\","
    "\"en\"]}}},"
    "\"responses\":{\"problem\":{\"description\":\"refused, RFC 9457 / 拒绝\",\"content\":{"
    "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}}},"
    "\"session\":{\"description\":\"the session / "
    "会话\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/session\"}}}}}}";

static const char fixed_schemas[] =
    "{\"problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"code\","
    "\"detail_zh\","
    "\"detail_en\",\"request_id\"],\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{"
    "\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},\"detail_zh\":{\"type\":"
    "\"string\"},"
    "\"detail_en\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"},\"row\":{\"type\":"
    "\"integer\"},"
    "\"line\":{\"type\":\"integer\"},\"column\":{\"type\":\"integer\"},\"request_id\":{\"type\":"
    "\"string\"}}},"
    "\"accepted\":{\"type\":\"object\",\"required\":[\"seq\",\"position\",\"events\"],"
    "\"properties\":{\"seq\":{"
    "\"type\":\"integer\"},\"position\":{\"type\":\"integer\"},\"events\":{\"type\":\"array\","
    "\"items\":{\"type\":"
    "\"object\",\"properties\":{\"seq\":{\"type\":\"integer\"},\"kind\":{\"type\":\"string\"}}}}}},"
    "\"imported\":{\"type\":\"object\",\"required\":[\"command\",\"dry_run\",\"rows\",\"accepted\","
    "\"refused\","
    "\"errors\"],\"properties\":{\"command\":{\"type\":\"string\"},\"dry_run\":{\"type\":"
    "\"boolean\"},\"rows\":{"
    "\"type\":\"integer\"},\"accepted\":{\"type\":\"integer\"},\"refused\":{\"type\":\"integer\"},"
    "\"errors\":{"
    "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"row\":{\"type\":"
    "\"integer\"},\"code\":{"
    "\"type\":\"string\"},\"field\":{\"type\":\"string\"},\"detail_zh\":{\"type\":\"string\"},"
    "\"detail_en\":{"
    "\"type\":\"string\"}}}}}},"
    "\"login\":{\"type\":\"object\",\"required\":[\"login\",\"password\"],\"properties\":{"
    "\"login\":{\"type\":"
    "\"string\"},\"password\":{\"type\":\"string\"}}},"
    "\"first_run\":{\"type\":\"object\",\"required\":[\"token\",\"login\",\"display\",\"password\"]"
    ",\"properties\":{"
    "\"token\":{\"type\":\"string\"},\"login\":{\"type\":\"string\"},\"display\":{\"type\":"
    "\"string\"},\"password\":{"
    "\"type\":\"string\"}}},"
    "\"password\":{\"type\":\"object\",\"required\":[\"old\",\"new\"],\"properties\":{\"old\":{"
    "\"type\":\"string\"},"
    "\"new\":{\"type\":\"string\"}}},"
    "\"own_result\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"receipt\":{\"type\":[\"string\",\"integer\"],\"description\":\"13 characters, or the number "
    "below 2^60\"},\"document\":{\"type\":\"string\"},\"code\":{\"type\":\"string\",\"pattern\":"
    "\"^[0-9]{6}$\"}}},"
    "\"result_state\":{\"type\":\"object\",\"required\":[\"state\",\"sampled\",\"resulted\","
    "\"now\"],\"properties\":{\"state\":{\"type\":\"string\",\"enum\":[\"unknown\",\"waiting\","
    "\"negative\",\"sample_again\",\"positive\"]},\"sampled\":{\"type\":[\"string\",\"null\"]},"
    "\"resulted\":{\"type\":[\"string\",\"null\"]},\"now\":{\"type\":\"string\"},\"exercise\":{"
    "\"type\":\"boolean\"}}},"
    "\"reveal\":{\"type\":\"object\",\"required\":[\"person\",\"reason\"],\"properties\":{"
    "\"person\":{\"type\":"
    "\"integer\"},\"reason\":{\"type\":\"string\"}}},"
    "\"identity\":{\"type\":\"object\",\"properties\":{\"person\":{\"type\":\"integer\"},\"name\":{"
    "\"type\":"
    "\"string\"},\"document\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},\"address\":{"
    "\"type\":"
    "\"string\"}}},"
    "\"session\":{\"type\":\"object\",\"required\":[\"user\",\"display\",\"csrf\",\"roles\","
    "\"commands\",\"queries\"],"
    "\"properties\":{\"user\":{\"type\":\"integer\"},\"display\":{\"type\":\"string\"},\"csrf\":{"
    "\"type\":"
    "\"string\"},\"roles\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"commands\":{"
    "\"type\":\"array\","
    "\"items\":{\"type\":\"string\"}},\"queries\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"string\"}},\"area\":{"
    "\"type\":[\"object\",\"null\"]},\"exercise\":{\"type\":\"boolean\"},\"zone_minutes\":{"
    "\"type\":\"integer\"}}}}";

static int part_write(const char *bytes, size_t len, void *self)
{
    bh_buf_add(self, bytes, len);
    return 0;
}

static json_t *fixed(const char *text)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bh_assert(json != NULL);
    return json;
}

void openapi_make(const struct catalogue *catalogue, struct bh_buf *out)
{
    json_t *paths = fixed(fixed_paths), *components = fixed(fixed_components),
           *schemas = fixed(fixed_schemas);
    for (const struct link *const *each = catalogue_links(catalogue); *each; each++) {
        for (const struct command *command = (*each)->commands; command && command->name; command++)
            command_add(paths, schemas, command);
        for (const struct query *query = (*each)->queries; query && query->name; query++)
            query_add(paths, query);
    }
    (void)json_object_set_new(components, "schemas", schemas);
    json_t *whole = json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:[{s:[]}, {s:[]}], s:o, s:o}", "openapi", "3.1.0",
        "info", "title", "Bihuan 闭环", "version", BIHUAN_VERSION, "description",
        "Every open loop of an outbreak has a clock, an owner and an end.", "servers", "url",
        "/api/v1", "security", "cookie", "token", "paths", paths, "components", components);
    bh_buf_init(out, LIMIT_ARENA_REQUEST);
    (void)json_dump_callback(whole, part_write, out, JSON_COMPACT);
    json_decref(whole);
    bh_assert(!out->full);
}
