#include "api/roll_import_private.h"

#include "base/csv.h"
#include "ledger/catalogue.h"
#include "ledger/vault.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_TIME = 6, KEY_REST = LOG_KEY - KEY_TIME };

/* ---- groups: one command each ---- */

static bool same_home(const struct roll_import *import, const struct roll_row *a,
                      const struct roll_row *b)
{
    return a->building == b->building && a->unit == b->unit &&
           bh_str_equal(roll_row_cell(import, a, COLUMN_DOOR),
                        roll_row_cell(import, b, COLUMN_DOOR));
}

static const struct roll_row *ordered(const struct roll_import *import, size_t index)
{
    return &import->rows[import->order[index]];
}

/* Rows of the home that begins at `first`, at most a command's worth. */
static size_t home_size(const struct roll_import *import, size_t first)
{
    size_t end = first + 1;
    while (end < import->order_count && end - first < ROLL_BLOCK_RESIDENTS &&
           ordered(import, end)->leaf == ordered(import, first)->leaf &&
           same_home(import, ordered(import, end), ordered(import, first)))
        end++;
    return end - first;
}

static void groups_make(struct roll_import *import)
{
    size_t room = 0;
    for (size_t at = 0; at < import->order_count;) {
        if (import->group_count == room) {
            room = room ? room * 2 : 256;
            import->groups = bh_realloc(import->groups, room * sizeof *import->groups);
        }
        struct roll_group *group = &import->groups[import->group_count];
        *group = (struct roll_group){.first = (uint32_t)at};
        while (at < import->order_count &&
               ordered(import, at)->leaf == ordered(import, group->first)->leaf) {
            size_t size = home_size(import, at);
            if (group->count + size > ROLL_BLOCK_RESIDENTS)
                break;
            for (size_t i = 0; i < size; i++)
                import->rows[import->order[at + i]].group = (uint32_t)import->group_count;
            group->count += (uint32_t)size;
            at += size;
        }
        import->group_count++;
    }
}

/* All of a key but its time: the same whenever the same file goes into the same roll. */
static void key_rest(const struct roll_import *import, size_t group, uint8_t ret[KEY_REST])
{
    crypto_generichash_state state;
    uint8_t hash[32];
    const int64_t numbers[2] = {import->roll.roll, (int64_t)group};
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    (void)crypto_generichash_update(&state, import->file_hash, sizeof import->file_hash);
    (void)crypto_generichash_update(&state, (const uint8_t *)numbers, sizeof numbers);
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(ret, hash, KEY_REST);
}

/* ---- what is there already ---- */

struct known_keys {
    uint8_t (*rest)[KEY_REST];
    size_t count, room;
};

static bool take_key(void *self, struct bh_str key)
{
    struct known_keys *keys = self;
    if (key.len != LOG_KEY)
        return true;
    if (keys->count == keys->room) {
        keys->room = keys->room ? keys->room * 2 : 1024;
        keys->rest = bh_realloc(keys->rest, keys->room * sizeof *keys->rest);
    }
    memcpy(keys->rest[keys->count++], key.at + KEY_TIME, KEY_REST);
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, KEY_REST);
}

static bool groups_known(struct roll_import *import, struct db *db, struct bh_err *err)
{
    struct known_keys keys = {NULL, 0, 0};
    bool ok = roll_block_keys(db, import->roll.roll, take_key, &keys, err);
    if (ok && keys.count > 0) {
        qsort(keys.rest, keys.count, sizeof *keys.rest, by_bytes);
        for (size_t i = 0; i < import->group_count; i++) {
            uint8_t rest[KEY_REST];
            key_rest(import, i, rest);
            import->groups[i].before =
                bsearch(rest, keys.rest, keys.count, sizeof *keys.rest, by_bytes) != NULL;
        }
    }
    bh_free(keys.rest);
    return ok;
}

/* They stay in their commands, which skip them: what a command holds depends on the file alone. */
static bool rows_known(struct roll_import *import, struct db *db, struct bh_err *err)
{
    for (size_t i = 0; i < import->order_count && import->roll.size > 0; i++) {
        struct roll_row *row = &import->rows[import->order[i]];
        int64_t slot = 0;
        if (import->groups[row->group].before ||
            roll_row_cell(import, row, COLUMN_DOCUMENT).len == 0)
            continue;
        if (!roll_slot_kept(db, import->roll.roll, row->leaf, row->hash, &slot, err))
            return false;
        if (slot != 0) {
            row->fault = FAULT_KNOWN;
            row->detail = (int32_t)slot;
        }
    }
    return true;
}

static void count_rows(struct roll_import *import)
{
    struct roll_import_sum *sum = &import->sum;
    sum->rows = (int64_t)import->row_count;
    for (size_t i = 0; i < import->row_count; i++) {
        const struct roll_row *row = &import->rows[i];
        if (row->group != UINT32_MAX && import->groups[row->group].before)
            sum->repeated++;
        else if (row->fault == FAULT_KNOWN)
            sum->known++;
        else if (row->fault != FAULT_NONE)
            sum->refused++;
        sum->duplicate += row->fault == FAULT_TWICE;
        sum->check += row->fault == FAULT_CHECK;
    }
}

/* ---- the whole ---- */

static bool import_open(struct roll_import *import, struct bh_str file, int64_t roll, struct db *db,
                        struct bh_err *err)
{
    uint8_t plain[sizeof import->file_hash];
    const struct ledger *ledger = import->ledger;
    if (!roll_read(db, roll, &import->roll, err))
        return false;
    const struct unit *unit = areas_lowest(ledger->areas, import->roll.area, ledger_now(ledger));
    import->unit = unit ? &unit->scope : NULL;
    (void)crypto_generichash(plain, sizeof plain, (const uint8_t *)file.at, file.len, NULL, 0);
    vault_search_hash(ledger->vault, (struct bh_str){(const char *)plain, sizeof plain},
                      import->file_hash);
    if (!roll_rows_read(import, file, err))
        return false;
    groups_make(import);
    if (!groups_known(import, db, err) || !rows_known(import, db, err))
        return false;
    count_rows(import);
    return true;
}

bool roll_import_open(struct roll_import **ret, struct bh_str file, int64_t roll,
                      const struct ledger *ledger, const struct scope *scope, struct db *db,
                      struct bh_err *err)
{
    struct roll_import *import = bh_alloc(sizeof *import);
    memset(import, 0, sizeof *import);
    import->ledger = ledger;
    import->scope = scope;
    bh_buf_init(&import->texts, ROLL_IMPORT_BYTES);
    *ret = import;
    return import_open(import, file, roll, db, err);
}

void roll_import_free(struct roll_import *import)
{
    if (!import)
        return;
    for (size_t i = 0; i < import->group_count; i++)
        bh_free(import->groups[i].err);
    bh_buf_done(&import->texts);
    bh_free(import->rows);
    bh_free(import->order);
    bh_free(import->groups);
    bh_free(import);
}

/* ---- one command ---- */

static void set_text(const struct roll_import *import, const struct roll_row *row,
                     enum roll_column column, json_t *json)
{
    struct bh_str text = roll_row_cell(import, row, column);
    if (text.len > 0)
        (void)json_object_set_new(json, roll_column_names[column], json_stringn(text.at, text.len));
}

static json_t *person_json(const struct roll_import *import, const struct roll_row *row)
{
    json_t *json = json_object();
    set_text(import, row, COLUMN_NAME, json);
    set_text(import, row, COLUMN_DOCUMENT, json);
    set_text(import, row, COLUMN_PHONE, json);
    (void)json_object_set_new(json, "category",
                              json_string(resident_categories[row->category].name));
    if (row->key)
        (void)json_object_set_new(json, "key", json_true());
    return json;
}

/* One row that says so seals the home. */
static json_t *home_json(const struct roll_import *import, size_t first, size_t count)
{
    const struct roll_row *row = ordered(import, first);
    json_t *json = json_object(), *people = json_array();
    (void)json_object_set_new(json, "building", json_integer(row->building));
    if (row->unit > 0)
        (void)json_object_set_new(json, "unit", json_integer(row->unit));
    set_text(import, row, COLUMN_DOOR, json);
    for (size_t i = 0; i < count; i++) {
        if (ordered(import, first + i)->sealed)
            (void)json_object_set_new(json, "sealed_home", json_true());
        (void)json_array_append_new(people, person_json(import, ordered(import, first + i)));
    }
    (void)json_object_set_new(json, "residents", people);
    return json;
}

static json_t *group_json(const struct roll_import *import, const struct roll_group *group)
{
    const struct roll_row *row = ordered(import, group->first);
    json_t *json = json_object(), *homes = json_array();
    size_t end = (size_t)group->first + group->count;
    for (size_t at = group->first; at < end;) {
        size_t size = home_size(import, at);
        (void)json_array_append_new(homes, home_json(import, at, size));
        at += size;
    }
    (void)json_object_set_new(json, "roll", json_integer(import->roll.roll));
    (void)json_object_set_new(json, "area",
                              json_string(areas_leaf(import->ledger->areas, row->leaf)->code));
    (void)json_object_set_new(json, "households", homes);
    return json;
}

static bool group_submission(struct roll_import *import, size_t group, struct intake *intake,
                             int64_t key_ms, struct submission *ret)
{
    const struct command *command =
        catalogue_command(import->ledger->catalogue, BH_STR("list_residents"));
    struct bh_err err;
    json_t *json = group_json(import, &import->groups[group]);
    bool ok = intake_command(intake, command, json, ret, &err);
    json_decref(json);
    if (!ok) {
        roll_import_went(import, group, &err);
        return false;
    }
    for (int i = 0; i < KEY_TIME; i++)
        ret->key[i] = (uint8_t)((uint64_t)key_ms >> (8 * (KEY_TIME - 1 - i)));
    key_rest(import, group, ret->key + KEY_TIME);
    ret->has_key = true;
    return true;
}

bool roll_import_next(struct roll_import *import, struct intake *intake, int64_t key_ms,
                      struct submission *ret, size_t *ret_group)
{
    while (import->group_next < import->group_count) {
        size_t group = import->group_next++;
        if (import->groups[group].before)
            continue;
        *ret_group = group;
        if (group_submission(import, group, intake, key_ms, ret))
            return true;
    }
    return false;
}

void roll_import_went(struct roll_import *import, size_t group, const struct bh_err *err)
{
    struct roll_group *went = &import->groups[group];
    if (err) {
        went->err = bh_alloc(sizeof *went->err);
        *went->err = *err;
    }
    for (size_t i = 0; i < went->count; i++) {
        struct roll_row *row = &import->rows[import->order[went->first + i]];
        if (row->fault == FAULT_KNOWN)
            continue;
        import->sum.listed += !err;
        import->sum.refused += err != NULL;
        if (err)
            row->fault = FAULT_REFUSED;
    }
}

void roll_import_sum(const struct roll_import *import, struct roll_import_sum *ret)
{
    *ret = import->sum;
}

/* ---- what was not listed ---- */

static bool is_returned(const struct roll_import *import, const struct roll_row *row)
{
    return row->fault != FAULT_NONE &&
           !(row->group != UINT32_MAX && import->groups[row->group].before);
}

void roll_import_each_bad(const struct roll_import *import,
                          bool (*each)(void *self, int row, const struct bh_err *err), void *self)
{
    for (size_t i = 0; i < import->row_count; i++) {
        const struct roll_row *row = &import->rows[i];
        struct bh_err err;
        if (!is_returned(import, row))
            continue;
        roll_row_err(import, row, &err);
        if (!each(self, row->row, &err))
            return;
    }
}

static void returned_row(const struct roll_import *import, const struct roll_row *row,
                         struct bh_buf *out)
{
    struct bh_err err;
    char number[16];
    roll_row_err(import, row, &err);
    (void)snprintf(number, sizeof number, "%d", row->row);
    csv_write(out, bh_str_of(number), true);
    csv_write(out, bh_str_of(err.field), false);
    csv_write(out, bh_str_of(err.zh[0] ? err.zh : bh_code_zh(err.code)), false);
    csv_write(out, bh_str_of(err.en[0] ? err.en : bh_code_en(err.code)), false);
    for (int i = 0; i < ROLL_IMPORT_COLUMNS; i++)
        csv_write(out, roll_row_cell(import, row, (enum roll_column)i), false);
    bh_buf_text(out, "\r\n");
}

static void titles_write(struct bh_buf *out, bool first)
{
    for (int i = 0; i < ROLL_IMPORT_COLUMNS; i++)
        csv_write(out, bh_str_of(roll_column_names[i]), first && i == 0);
    bh_buf_text(out, "\r\n");
}

int64_t roll_import_returned(const struct roll_import *import, struct bh_buf *out)
{
    int64_t left_off = 0;
    bh_buf_text(out, "\xef\xbb\xbfrow,field,reason_zh,reason_en");
    titles_write(out, false);
    for (size_t i = 0; i < import->row_count; i++) {
        const struct roll_row *row = &import->rows[i];
        size_t before = out->len;
        if (!is_returned(import, row))
            continue;
        if (left_off == 0)
            returned_row(import, row, out);
        if (left_off > 0 || out->full) {
            out->len = before;
            out->full = false;
            left_off++;
        }
    }
    return left_off;
}

void roll_import_template(struct bh_buf *out)
{
    bh_buf_text(out, "\xef\xbb\xbf");
    titles_write(out, true);
    bh_buf_text(out, "220202001001,1,2,1号楼2单元301,王某,992202199001010012,10012345678,permanent,"
                     "false,false\r\n");
}
