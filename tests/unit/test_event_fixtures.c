/*
 * What a stored event means never changes. tests/fixtures/events/KIND-VERSION.hex keeps the stored form of every
 * version of every kind, once with all fields and once with none, and the JSON that it means. A new kind or
 * version gets its file by running this test once with BIHUAN_WRITE_FIXTURES=1; existing files are never
 * rewritten, and old ones are read through their upcasters for ever.
 */
#include "ledger/catalogue.h"
#include "ledger/log.h"
#include "links.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/fixtures/events/"
enum { KINDS = 1000, LINE = 1 << 16 };

static struct bh_arena arena;
static struct catalogue *catalogue;

/* ---- made values ---- */

static int64_t made_int(const struct field *field, size_t number)
{
    int64_t value = 100 + (int64_t)number;
    if (field->type == FIELD_ENUM)
        return field->choices[1].name ? 1 : 0;
    if (field->type == FIELD_TIME)
        return INT64_C(1647135600000) + (int64_t)number * 60000; /* 2022-03-13T09:40 in Jilin */
    if (field->type == FIELD_BOOL)
        return 1;
    if (field->max != 0 && value > field->max)
        return field->max;
    return field->min != 0 && value < field->min ? field->min : value;
}

static void make(const struct record *record, void *body)
{
    record_clear(record, body);
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        void *at = (char *)body + field->offset;
        if (field_is_int(field->type)) {
            *(int64_t *)at = made_int(field, i);
        } else if (field->type == FIELD_TEXT) {
            *(struct bh_str *)at = BH_STR("甲A1");
        } else if (field->type == FIELD_SEALED) {
            struct bh_sealed *sealed = at;
            sealed->text = BH_STR("nonce-cipher-tag");
            for (size_t b = 0; (field->flags & FIELD_SEARCHABLE) && b < sizeof sealed->hash; b++)
                sealed->hash[b] = (uint8_t)b;
        } else {
            struct bh_list *list = at;
            list->count = 2;
            list->items = bh_arena_get(&arena, 2 * field->item->size);
            make(field->item, list->items);
            make(field->item, (char *)list->items + field->item->size);
        }
    }
}

/* ---- writing ---- */

static void hex_line(FILE *file, const char *label, const struct record *record, const void *body)
{
    struct bh_buf out;
    bh_buf_init(&out, LIMIT_EVENT_BYTES);
    record_encode(record, body, &out);
    char *hex = bh_arena_get(&arena, 2 * out.len + 1);
    bh_hex(out.at, out.len, hex);
    (void)fprintf(file, "%s %s\n", label, hex);
    bh_buf_done(&out);
}

static void write_fixture(const struct event_kind *kind, const char *path)
{
    void *body = bh_arena_get(&arena, kind->record->size);
    struct record_edge edge = {.arena = &arena, .zone_minutes = 480};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "# %s\n", kind->name);
    make(kind->record, body);
    hex_line(file, "full", kind->record, body);
    json_t *json = record_to_json(kind->record, body, &edge);
    char *text = json_dumps(json, JSON_COMPACT);
    (void)fprintf(file, "json %s\n", text);
    free(text);
    json_decref(json);
    record_clear(kind->record, body);
    hex_line(file, "none", kind->record, body);
    (void)fclose(file);
}

static void every_version_has_its_fixture(void **unused)
{
    (void)unused;
    int missing = 0;
    for (int number = 1; number < KINDS; number++) {
        const struct event_kind *kind = catalogue_event(catalogue, number);
        for (int version = 1; kind && version <= kind->version; version++) {
            char path[128];
            (void)snprintf(path, sizeof path, FOLDER "%03d-%d.hex", number, version);
            FILE *file = fopen(path, "r");
            if (!file && version == kind->version && getenv("BIHUAN_WRITE_FIXTURES")) {
                write_fixture(kind, path);
                continue;
            }
            if (!file) {
                print_error("%s (%s) is missing; see the head of this test\n", path, kind->name);
                missing++;
                continue;
            }
            (void)fclose(file);
        }
    }
    assert_int_equal(missing, 0);
}

/* ---- reading ---- */

static struct bh_str unhex(const char *hex)
{
    size_t len = strlen(hex) / 2;
    char *bytes = bh_arena_get(&arena, len + 1);
    assert_true(bh_unhex(bh_str_of(hex), bytes, len));
    return (struct bh_str){bytes, len};
}

static void decode(int64_t number, int64_t version, const char *hex, struct event *ret)
{
    struct log_row row = {.seq = 1, .kind = number, .version = version, .body = unhex(hex)};
    struct bh_err err = {0};
    if (!log_decode(catalogue, &row, &arena, ret, &err))
        fail_msg("%03d-%d: %s", (int)number, (int)version, err.en);
}

static void check_full(const struct event *event, int64_t version, const char *hex,
                       const char *wanted)
{
    struct record_edge edge = {.arena = &arena, .zone_minutes = 480};
    json_t *json = record_to_json(event->kind->record, event->fields, &edge);
    char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text, wanted);
    free(text);
    json_decref(json);
    if (version != event->kind->version)
        return;
    struct bh_buf out;
    bh_buf_init(&out, LIMIT_EVENT_BYTES);
    record_encode(event->kind->record, event->fields, &out);
    char *again = bh_arena_get(&arena, 2 * out.len + 1);
    bh_hex(out.at, out.len, again);
    assert_string_equal(again, hex);
    bh_buf_done(&out);
}

static void check_none(const struct event *event)
{
    for (size_t i = 0; i < event->kind->record->field_count; i++)
        assert_false(field_given(&event->kind->record->fields[i], event->fields));
}

static void check_fixture(const char *name)
{
    static char line[LINE], full[LINE];
    char path[128];
    int number = 0, version = 0, checked = 0;
    struct event event = {0};
    (void)snprintf(path, sizeof path, FOLDER "%.60s", name);
    assert_int_equal(sscanf(name, "%d-%d.hex", &number, &version), 2);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "full ", 5) == 0) {
            (void)snprintf(full, sizeof full, "%s", line + 5);
            decode(number, version, full, &event);
        } else if (strncmp(line, "json ", 5) == 0) {
            check_full(&event, version, full, line + 5);
            checked++;
        } else if (strncmp(line, "none ", 5) == 0) {
            decode(number, version, line + 5, &event);
            check_none(&event);
            checked++;
        }
    }
    (void)fclose(file);
    assert_int_equal(checked, 2);
}

static void stored_meaning_has_not_changed(void **unused)
{
    (void)unused;
    size_t count = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strstr(entry->d_name, ".hex")) {
            check_fixture(entry->d_name);
            count++;
        }
    (void)closedir(folder);
    assert_true(count >= 28);
}

static void a_changed_byte_is_noticed(void **unused)
{
    (void)unused;
    struct event event = {0};
    struct bh_err err = {0};
    struct log_row row = {.seq = 1, .kind = 117, .version = 1, .body = unhex("c901")};
    assert_true(log_decode(catalogue, &row, &arena, &event, &err));
    row.body = unhex("c90100");
    assert_false(log_decode(catalogue, &row, &arena, &event, &err));
    assert_int_equal(err.code, BH_CORRUPT);
    row.body = unhex("c9");
    assert_false(log_decode(catalogue, &row, &arena, &event, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_has_its_fixture),
        cmocka_unit_test(stored_meaning_has_not_changed),
        cmocka_unit_test(a_changed_byte_is_noticed),
    };
    bh_arena_init(&arena, LIMIT_ARENA_BATCH);
    catalogue = catalogue_new(all_links);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalogue_free(catalogue);
    bh_arena_done(&arena);
    return failed;
}
