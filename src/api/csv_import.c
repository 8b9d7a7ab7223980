#include "api/csv_import.h"

#include "api/table_read.h"
#include "api/text_value.h"
#include "ledger/vault.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* --- template ------------------------------------------------------------------------------ */

static void example_write(struct bh_buf *out, json_t *value, bool first)
{
    char number[32];
    struct bh_str text = {NULL, 0};
    if (json_is_string(value)) {
        text = (struct bh_str){json_string_value(value), json_string_length(value)};
    } else if (json_is_integer(value)) {
        (void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = bh_str_of(number);
    } else if (json_is_boolean(value)) {
        text = bh_str_of(json_is_true(value) ? "true" : "false");
    }
    csv_write(out, text, first);
}

void csv_import_template(const struct command *command, struct bh_buf *out)
{
    const struct record *record = command->record;
    bool past = (command->flags & COMMAND_PAST) && !record_field(record, "occurred");
    json_t *example = json_loads(command->example ? command->example : "{}", 0, NULL);
    bh_buf_text(out, "\xef\xbb\xbf");
    for (size_t index = 0; index < record->field_count; index++)
        csv_write(out, bh_str_of(record->fields[index].name), index == 0);
    if (past)
        csv_write(out, BH_STR("occurred"), record->field_count == 0);
    bh_buf_text(out, "\r\n");
    for (size_t index = 0; index < record->field_count; index++)
        example_write(out, json_object_get(example, record->fields[index].name), index == 0);
    if (past)
        example_write(out, json_object_get(example, "occurred"), record->field_count == 0);
    bh_buf_text(out, "\r\n");
    json_decref(example);
}

/* --- reading ------------------------------------------------------------------------------- */

static bool header_read(struct csv_import *import, struct bh_err *err)
{
    const struct record *record = import->command->record;
    bool past = (import->command->flags & COMMAND_PAST) && !record_field(record, "occurred");
    if (!csv_next(&import->reader)) {
        if (import->reader.failed)
            *err = import->reader.err;
        else
            (void)bh_fail(err, BH_MALFORMED, "文件是空的", "the file is empty");
        return false;
    }
    import->column_count = import->reader.field_count;
    for (int index = 0; index < import->column_count; index++) {
        char name[BH_FIELD_MAX];
        struct bh_str title = bh_str_trim(import->reader.field[index]);
        (void)snprintf(name, sizeof name, "%.*s", (int)(title.len < 64 ? title.len : 64),
                       title.at ? title.at : "");
        import->column[index] = record_field(record, name);
        bool occurred = past && strcmp(name, "occurred") == 0;
        bool twice = false;
        for (int other = 0; other < index; other++)
            twice = twice || import->column[other] == import->column[index];
        if ((!import->column[index] && !occurred) || twice)
            /* The title is not repeated: a file without a title row begins with a person. */
            return bh_fail(err, BH_INVALID, "第 %d 列的标题无效或重复",
                           "the title of column %d is unknown or doubled", index + 1);
    }
    return true;
}

bool csv_import_open(struct csv_import *import, const struct command *command, struct bh_str file,
                     const struct intake *intake, int64_t key_ms, struct bh_err *err)
{
    *import = (struct csv_import){.command = command, .key_ms = key_ms};
    bh_arena_init(&import->arena, LIMIT_ARENA_REQUEST);
    bh_buf_init(&import->text, 2 * (size_t)LIMIT_IMPORT_BYTES);
    if (!(command->flags & COMMAND_CSV))
        return bh_fail(err, BH_INVALID, "命令 %s 不能从 CSV 导入",
                       "command %s cannot be imported from CSV", command->name);
    uint8_t plain[sizeof import->file_hash];
    (void)crypto_generichash(plain, sizeof plain, (const uint8_t *)file.at, file.len, NULL, 0);
    vault_search_hash(intake->ledger->vault, (struct bh_str){(const char *)plain, sizeof plain},
                      import->file_hash);
    if (bh_utf8_valid(file))
        bh_buf_str(&import->text, file);
    else if (!table_text_convert(file, &import->text, err))
        return false;
    if (import->text.full)
        return bh_fail(err, BH_TOO_BIG, "文件太大", "the file is too large");
    csv_open(&import->reader, bh_buf_view(&import->text), &import->arena);
    return header_read(import, err);
}

void csv_import_done(struct csv_import *import)
{
    bh_arena_done(&import->arena);
    bh_buf_done(&import->text);
}

/* Six bytes of time, ten of hash. */
static void key_make(const struct csv_import *import, int row, struct csv_row *ret)
{
    crypto_generichash_state state;
    uint8_t hash[32];
    uint8_t number[4] = {(uint8_t)(row >> 24), (uint8_t)(row >> 16), (uint8_t)(row >> 8),
                         (uint8_t)row};
    const char *name = import->command->name;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    (void)crypto_generichash_update(&state, import->file_hash, sizeof import->file_hash);
    (void)crypto_generichash_update(&state, number, sizeof number);
    (void)crypto_generichash_update(&state, (const uint8_t *)name, strlen(name));
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    struct submission *submission = &ret->submission;
    for (int index = 0; index < 6; index++)
        submission->key[index] = (uint8_t)(import->key_ms >> (40 - 8 * index));
    memcpy(submission->key + 6, hash, LOG_KEY - 6);
    submission->has_key = true;
}

static json_t *row_json(const struct csv_import *import)
{
    json_t *json = json_object();
    for (int index = 0; index < import->column_count; index++) {
        const struct field *field = import->column[index];
        struct bh_str text = bh_str_trim(import->reader.field[index]);
        if (text.len)
            (void)json_object_set_new(json, field ? field->name : "occurred",
                                      text_value(field, text));
    }
    return json;
}

static bool row_read(struct csv_import *import, struct intake *intake, struct csv_row *ret)
{
    if (import->reader.field_count != import->column_count)
        return bh_fail(&ret->err, BH_MALFORMED, "应有 %d 列，实有 %d 列",
                       "%d columns expected, %d found", import->column_count,
                       import->reader.field_count);
    json_t *json = row_json(import);
    bool ok = intake_command(intake, import->command, json, &ret->submission, &ret->err);
    json_decref(json);
    if (ok)
        key_make(import, ret->row, ret);
    return ok;
}

bool csv_import_next(struct csv_import *import, struct intake *intake, struct csv_row *ret)
{
    bh_arena_reset(&import->arena);
    if (import->reader.failed)
        return false;
    *ret = (struct csv_row){.row = import->reader.row + 1};
    if (!csv_next(&import->reader)) {
        ret->err = import->reader.err;
        ret->err.row = ret->row;
        return import->reader.failed;
    }
    ret->ok = row_read(import, intake, ret);
    ret->err.row = ret->ok ? 0 : ret->row;
    return true;
}
