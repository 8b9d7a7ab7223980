/* What a table of people says, row by row, and in which order they live. */
#include "api/roll_import_private.h"
#include "api/table_read.h"
#include "base/check.h"
#include "ledger/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const roll_column_names[ROLL_IMPORT_COLUMNS] = {
    "community", "building", "unit",     "door", "name",
    "document",  "phone",    "category", "key",  "sealed_home"};
static const char *const column_titles[ROLL_IMPORT_COLUMNS] = {
    "社区", "楼栋", "单元", "门牌", "姓名", "证件号", "电话", "类别", "重点", "封控户"};
static const bool column_needed[ROLL_IMPORT_COLUMNS] = {[COLUMN_COMMUNITY] = true,
                                                        [COLUMN_BUILDING] = true,
                                                        [COLUMN_DOOR] = true,
                                                        [COLUMN_NAME] = true};

enum { TABLE_COLUMNS_MAX = 64, CELL_MAX = 4000 };

static const struct {
    enum roll_column column;
    enum bh_code code;
    const char *zh, *en;
} faults[] = {
    [FAULT_COMMUNITY] = {COLUMN_COMMUNITY, BH_MISSING, "没有这个社区（应为12位代码）",
                         "there is no such community (12-digit code)"},
    [FAULT_OUTSIDE] = {COLUMN_COMMUNITY, BH_INVALID, "该社区不在名册的地区内",
                       "this community lies outside the area of the roll"},
    [FAULT_BUILDING] = {COLUMN_BUILDING, BH_INVALID, "楼栋序号应为1至99999",
                        "the building should be 1 to 99999"},
    [FAULT_UNIT] = {COLUMN_UNIT, BH_INVALID, "单元序号应为1至999或空",
                    "the unit should be 1 to 999, or empty"},
    [FAULT_DOOR] = {COLUMN_DOOR, BH_INVALID, "门牌为空或太长", "the door is empty or too long"},
    [FAULT_NAME] = {COLUMN_NAME, BH_INVALID, "姓名为空或太长", "the name is empty or too long"},
    [FAULT_DOCUMENT] = {COLUMN_DOCUMENT, BH_INVALID, "证件号太长",
                        "the document number is too long"},
    [FAULT_CHECK] = {COLUMN_DOCUMENT, BH_INVALID, "身份证号末位校验码不符",
                     "the check character of the document number does not fit"},
    [FAULT_PHONE] = {COLUMN_PHONE, BH_INVALID, "电话太长", "the phone number is too long"},
    [FAULT_CATEGORY] = {COLUMN_CATEGORY, BH_INVALID, "类别应为常住、暂住、流动或集体",
                        "the category should be permanent, temporary, floating or institutional"},
    [FAULT_KEY] = {COLUMN_KEY, BH_INVALID, "应为是或否", "should be yes or no"},
    [FAULT_SEALED] = {COLUMN_SEALED, BH_INVALID, "应为是或否", "should be yes or no"},
};

struct bh_str roll_row_cell(const struct roll_import *import, const struct roll_row *row,
                            enum roll_column column)
{
    size_t at = row->text;
    for (int i = 0; i < (int)column; i++)
        at += row->len[i];
    return row->len[column] == 0 ? (struct bh_str){NULL, 0}
                                 : (struct bh_str){import->texts.at + at, row->len[column]};
}

void roll_row_err(const struct roll_import *import, const struct roll_row *row, struct bh_err *ret)
{
    if (row->fault == FAULT_REFUSED) {
        *ret = *import->groups[row->group].err;
    } else if (row->fault == FAULT_TWICE) {
        (void)bh_fail_field(ret, BH_CONFLICT, "document", "与第 %d 行是同一人",
                            "the same person as in row %d", row->detail);
    } else if (row->fault == FAULT_KNOWN) {
        (void)bh_fail_field(ret, BH_CONFLICT, "document", "已在名册上，序号 %d",
                            "is on the roll already, slot %d", row->detail);
    } else {
        *ret = (struct bh_err){.code = faults[row->fault].code};
        (void)snprintf(ret->field, sizeof ret->field, "%s",
                       roll_column_names[faults[row->fault].column]);
        (void)snprintf(ret->zh, sizeof ret->zh, "%s", faults[row->fault].zh);
        (void)snprintf(ret->en, sizeof ret->en, "%s", faults[row->fault].en);
    }
    ret->row = row->row;
}

/* ---- titles ---- */

static int column_of(struct bh_str title)
{
    for (int i = 0; i < ROLL_IMPORT_COLUMNS; i++)
        if (bh_str_is(title, roll_column_names[i]) || bh_str_is(title, column_titles[i]))
            return i;
    return -1;
}

/* Stands in front of rows that were returned; may be left there when they are sent again. */
static bool column_ignored(struct bh_str title)
{
    static const char *const titles[] = {"row", "field", "reason_zh", "reason_en"};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (bh_str_is(title, titles[i]))
            return true;
    return title.len == 0;
}

/* place[c]: column of the table that holds c, -1 = none. */
static bool titles_read(struct table_reader *table, int place[ROLL_IMPORT_COLUMNS],
                        struct bh_err *err)
{
    if (!table_next(table)) {
        if (table->err)
            *err = *table->err;
        else
            (void)bh_fail(err, BH_MALFORMED, "文件是空的", "the file is empty");
        return false;
    }
    int count = table_cell_count(table);
    for (int i = 0; i < ROLL_IMPORT_COLUMNS; i++)
        place[i] = -1;
    for (int i = 0; i < count; i++) {
        int column = column_of(table_cell(table, i));
        if (column < 0 && column_ignored(table_cell(table, i)))
            continue;
        if (column < 0 || place[column] >= 0 || count > TABLE_COLUMNS_MAX)
            /* The title is not repeated: a file without a title row begins with a person. */
            return bh_fail(err, BH_INVALID, "第 %d 列的标题无效或重复",
                           "the title of column %d is unknown or doubled", i + 1);
        place[column] = i;
    }
    for (int i = 0; i < ROLL_IMPORT_COLUMNS; i++)
        if (column_needed[i] && place[i] < 0)
            return bh_fail_field(err, BH_INVALID, roll_column_names[i], "缺少列“%s”（%s）",
                                 "column \"%s\" (%s) is missing", column_titles[i],
                                 roll_column_names[i]);
    return true;
}

/* ---- one row ---- */

static struct roll_row *row_add(struct roll_import *import)
{
    if (import->row_count == import->row_room) {
        import->row_room = import->row_room ? import->row_room * 2 : 4096;
        import->rows = bh_realloc(import->rows, import->row_room * sizeof *import->rows);
    }
    struct roll_row *row = &import->rows[import->row_count++];
    memset(row, 0, sizeof *row);
    row->group = UINT32_MAX;
    return row;
}

static void row_take(struct roll_import *import, const struct table_reader *table,
                     const int place[ROLL_IMPORT_COLUMNS])
{
    struct roll_row *row = row_add(import);
    row->row = table_row(table);
    row->text = import->texts.len;
    for (int i = 0; i < ROLL_IMPORT_COLUMNS; i++) {
        struct bh_str cell = table_cell(table, place[i]);
        size_t len = cell.len < CELL_MAX ? cell.len : CELL_MAX;
        while (len > 0 && len < cell.len && ((uint8_t)cell.at[len] & 0xC0) == 0x80)
            len--; /* never half a character */
        row->len[i] = (uint16_t)len;
        bh_buf_add(&import->texts, cell.at, len);
    }
}

/* "3" or, from a spreadsheet, "3.0"; empty = 0. */
static bool number_of(struct bh_str text, int64_t max, int32_t *ret)
{
    int64_t number = 0;
    if (text.len > 2 && memcmp(text.at + text.len - 2, ".0", 2) == 0)
        text.len -= 2;
    if (text.len > 0 && (!bh_str_to_int(text, &number) || number < 1 || number > max))
        return false;
    *ret = (int32_t)number;
    return true;
}

static bool truth_of(struct bh_str text, bool *ret)
{
    static const char *const yes[] = {"1", "true", "TRUE", "yes", "是"}, *const no[] = {
                                                                             "",      "0",  "false",
                                                                             "FALSE", "no", "否"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (bh_str_is(text, yes[i])) {
            *ret = true;
            return true;
        }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (bh_str_is(text, no[i]))
            return true;
    return false;
}

static bool category_of(struct bh_str text, uint8_t *ret)
{
    for (size_t i = 0; resident_categories[i].name; i++) {
        const struct choice *one = &resident_categories[i];
        if (bh_str_is(text, one->name) || bh_str_is(text, one->zh)) {
            *ret = (uint8_t)i;
            return true;
        }
    }
    *ret = RESIDENT_PERMANENT;
    return text.len == 0;
}

static int64_t most(const struct record *record, const char *field)
{
    return record_field(record, field)->max;
}

static bool text_fits(struct bh_str text, const struct record *record, const char *field)
{
    return (int64_t)text.len <= most(record, field);
}

static enum roll_fault place_check(const struct roll_import *import, struct roll_row *row)
{
    const struct record *home = &roll_household_record;
    struct bh_str door = roll_row_cell(import, row, COLUMN_DOOR);
    const struct leaf *leaf =
        areas_leaf_of_code(import->ledger->areas, roll_row_cell(import, row, COLUMN_COMMUNITY));
    if (!leaf ||
        (import->scope && !import->scope->everything && !scope_holds(import->scope, leaf->number)))
        return FAULT_COMMUNITY; /* what is unknown and what is forbidden look alike */
    row->leaf = (int32_t)leaf->number;
    if (import->unit && !scope_holds(import->unit, leaf->number))
        return FAULT_OUTSIDE;
    if (!number_of(roll_row_cell(import, row, COLUMN_BUILDING), most(home, "building"),
                   &row->building) ||
        row->building == 0)
        return FAULT_BUILDING;
    if (!number_of(roll_row_cell(import, row, COLUMN_UNIT), most(home, "unit"), &row->unit))
        return FAULT_UNIT;
    if (door.len == 0 || !text_fits(door, home, "door"))
        return FAULT_DOOR;
    return truth_of(roll_row_cell(import, row, COLUMN_SEALED), &row->sealed) ? FAULT_NONE
                                                                             : FAULT_SEALED;
}

static enum roll_fault person_check(const struct roll_import *import, struct roll_row *row)
{
    const struct record *person = &roll_resident_record;
    struct bh_str name = roll_row_cell(import, row, COLUMN_NAME),
                  document = roll_row_cell(import, row, COLUMN_DOCUMENT);
    if (name.len == 0 || !text_fits(name, person, "name"))
        return FAULT_NAME;
    if (!text_fits(document, person, "document"))
        return FAULT_DOCUMENT;
    if (bh_document_look(document) == BH_DOCUMENT_WRONG)
        return FAULT_CHECK;
    if (document.len > 0)
        vault_search_hash(import->ledger->vault, document, row->hash);
    if (!text_fits(roll_row_cell(import, row, COLUMN_PHONE), person, "phone"))
        return FAULT_PHONE;
    if (!category_of(roll_row_cell(import, row, COLUMN_CATEGORY), &row->category))
        return FAULT_CATEGORY;
    return truth_of(roll_row_cell(import, row, COLUMN_KEY), &row->key) ? FAULT_NONE : FAULT_KEY;
}

/* ---- the same person twice ---- */

static bool has_document(const struct roll_row *row)
{
    static const uint8_t none[16] = {0};
    return memcmp(row->hash, none, sizeof none) != 0;
}

/* Marks all but the first row of each document. */
static void documents_check(struct roll_import *import)
{
    size_t size = 1024;
    while (size < 2 * import->row_count)
        size *= 2;
    uint32_t *seen = bh_alloc(size * sizeof *seen); /* row + 1; 0 = free */
    memset(seen, 0, size * sizeof *seen);
    for (size_t i = 0; i < import->row_count; i++) {
        struct roll_row *row = &import->rows[i];
        uint64_t at = 0;
        if (row->fault != FAULT_NONE || !has_document(row))
            continue;
        memcpy(&at, row->hash, sizeof at);
        for (at &= size - 1; seen[at] != 0; at = (at + 1) & (size - 1)) {
            const struct roll_row *before = &import->rows[seen[at] - 1];
            if (memcmp(before->hash, row->hash, sizeof row->hash) != 0)
                continue;
            row->fault = FAULT_TWICE;
            row->detail = before->row;
            break;
        }
        if (row->fault == FAULT_NONE)
            seen[at] = (uint32_t)i + 1;
    }
    bh_free(seen);
}

/* Numbers in doors count as numbers: 201 comes before 1001. */
static int door_order(struct bh_str a, struct bh_str b)
{
    size_t i = 0, k = 0;
    while (i < a.len && k < b.len) {
        size_t from_a = i, from_b = k;
        while (i < a.len && a.at[i] >= '0' && a.at[i] <= '9')
            i++;
        while (k < b.len && b.at[k] >= '0' && b.at[k] <= '9')
            k++;
        size_t len_a = i - from_a, len_b = k - from_b;
        if (len_a != len_b && len_a > 0 && len_b > 0)
            return len_a < len_b ? -1 : 1;
        int order = len_a > 0 && len_b > 0 ? memcmp(a.at + from_a, b.at + from_b, len_a) : 0;
        if (order != 0)
            return order;
        if (len_a > 0 && len_b > 0)
            continue;
        if (a.at[from_a] != b.at[from_b])
            return (uint8_t)a.at[from_a] < (uint8_t)b.at[from_b] ? -1 : 1;
        i = from_a + 1;
        k = from_b + 1;
    }
    return (i < a.len) - (k < b.len);
}

static int by_door(const void *left, const void *right, void *self)
{
    const struct roll_import *import = self;
    const struct roll_row *a = &import->rows[*(const uint32_t *)left],
                          *b = &import->rows[*(const uint32_t *)right];
    if (a->leaf != b->leaf)
        return a->leaf < b->leaf ? -1 : 1;
    if (a->building != b->building)
        return a->building < b->building ? -1 : 1;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    int order =
        door_order(roll_row_cell(import, a, COLUMN_DOOR), roll_row_cell(import, b, COLUMN_DOOR));
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static bool same_door(const struct roll_import *import, const struct roll_row *a,
                      const struct roll_row *b)
{
    return a->leaf == b->leaf && a->building == b->building && a->unit == b->unit &&
           bh_str_equal(roll_row_cell(import, a, COLUMN_DOOR),
                        roll_row_cell(import, b, COLUMN_DOOR));
}

/* Without a document, a person is told by name among those behind the door. */
static void names_check(struct roll_import *import)
{
    size_t first = 0, kept = 0;
    for (size_t i = 0; i < import->order_count; i++) {
        struct roll_row *row = &import->rows[import->order[i]];
        if (!same_door(import, &import->rows[import->order[first]], row))
            first = i;
        for (size_t k = first; k < i && !has_document(row) && row->fault == FAULT_NONE; k++) {
            const struct roll_row *before = &import->rows[import->order[k]];
            if (before->fault != FAULT_NONE || has_document(before) ||
                !bh_str_equal(roll_row_cell(import, before, COLUMN_NAME),
                              roll_row_cell(import, row, COLUMN_NAME)))
                continue;
            row->fault = FAULT_TWICE;
            row->detail = before->row;
        }
    }
    for (size_t i = 0; i < import->order_count; i++)
        if (import->rows[import->order[i]].fault == FAULT_NONE)
            import->order[kept++] = import->order[i];
    import->order_count = kept;
}

static void rows_order(struct roll_import *import)
{
    import->order = bh_alloc((import->row_count + 1) * sizeof *import->order);
    for (size_t i = 0; i < import->row_count; i++)
        if (import->rows[i].fault == FAULT_NONE)
            import->order[import->order_count++] = (uint32_t)i;
    qsort_r(import->order, import->order_count, sizeof *import->order, by_door, import);
    names_check(import);
}

/* A broken quote or archive ends the whole import: nobody knows what stood behind it. */
static bool table_take(struct roll_import *import, struct table_reader *table, struct bh_err *err)
{
    int place[ROLL_IMPORT_COLUMNS];
    if (!titles_read(table, place, err))
        return false;
    while (table_next(table)) {
        if (import->row_count == ROLL_IMPORT_ROWS_MAX)
            return bh_fail(err, BH_TOO_BIG, "超过 %d 行，请分开导入",
                           "over %d rows: import them in parts", ROLL_IMPORT_ROWS_MAX);
        row_take(import, table, place);
    }
    if (table->err) {
        *err = *table->err;
        return false;
    }
    return !import->texts.full || bh_fail(err, BH_TOO_BIG, "文件太大", "the file is too large");
}

bool roll_rows_read(struct roll_import *import, struct bh_str file, struct bh_err *err)
{
    struct table_reader table;
    bool ok = table_open(&table, file, ROLL_IMPORT_BYTES, err) && table_take(import, &table, err);
    table_done(&table);
    if (!ok)
        return false;
    for (size_t i = 0; i < import->row_count; i++) {
        struct roll_row *row = &import->rows[i];
        enum roll_fault fault = place_check(import, row);
        row->fault = (uint8_t)(fault != FAULT_NONE ? fault : person_check(import, row));
    }
    documents_check(import);
    rows_order(import);
    return true;
}
