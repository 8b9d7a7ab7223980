#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/people_link.h"
#include "ledger/vault.h"

#include <string.h>

/* ---- masked names ---- */

enum { CACHED_NAMES = 256 };

/* A board shows the same person again and again; open addressing without chains is enough. */
struct name_cache {
    int64_t person[CACHED_NAMES];
    struct bh_str name[CACHED_NAMES];
};

static bool open_sealed(struct reader *reader, struct bh_str sealed, struct bh_str *ret)
{
    struct bh_err err;
    return vault_unseal(reader->ledger->vault, sealed, reader->arena, ret, &err);
}

static struct bh_str masked_name(struct reader *reader, struct bh_str sealed)
{
    struct bh_str name = {0};
    if (!open_sealed(reader, sealed, &name))
        return (struct bh_str){0};
    struct bh_str masked = vault_mask_name(reader->arena, name);
    return masked;
}

struct bh_str person_masked_name(struct reader *reader, int64_t person)
{
    if (person <= 0)
        return (struct bh_str){0};
    if (!reader->names)
        reader->names = bh_arena_get(reader->arena, sizeof *reader->names);
    size_t slot = (size_t)person % CACHED_NAMES;
    if (reader->names->person[slot] == person)
        return reader->names->name[slot];
    struct rows rows;
    struct bh_str masked = {0};
    struct bh_err err;
    db_rows(reader->db, &rows, "SELECT name FROM person WHERE person = ?", "i", person);
    if (db_next(&rows))
        masked = masked_name(reader, row_bytes(&rows, 0));
    if (!db_end(&rows, &err))
        return (struct bh_str){0};
    reader->names->person[slot] = person;
    reader->names->name[slot] = masked;
    return masked;
}

/* ---- one person ---- */

struct person_params {
    int64_t person;
};
static const struct field person_fields[] = {
    FIELD(person_params, person, PERSON, FIELD_REQUIRED, "人员", "Person"),
};
RECORD(person_record, person_params, person_fields);

static bool no_such_person(struct bh_err *err)
{
    return bh_fail_field(err, BH_MISSING, "person", "没有这个人员", "no such person");
}

static json_t *text_json(struct bh_str text)
{
    return text.len == 0 ? json_null() : json_stringn(text.at, text.len);
}

static json_t *masked_number(struct reader *reader, struct bh_str sealed)
{
    struct bh_str number = {0};
    if (sealed.len == 0 || !open_sealed(reader, sealed, &number))
        return json_null();
    return text_json(vault_mask_number(reader->arena, number));
}

/* The numbers this one is or was linked with, the newest first. */
static bool links_json(struct reader *reader, int64_t person, json_t *list, struct bh_err *err)
{
    struct rows rows;
    db_rows(
        reader->db, &rows,
        "SELECT l.person, l.into_person, l.from_ms, l.until_ms, a.area, b.area FROM person_link l"
        " JOIN person a ON a.person = l.person JOIN person b ON b.person = l.into_person"
        " WHERE l.person = ? OR l.into_person = ? ORDER BY l.link_seq DESC",
        "ii", person, person);
    while (db_next(&rows)) {
        char from[BH_TIME_TEXT], until[BH_TIME_TEXT];
        if (!scope_holds(reader->scope, row_int(&rows, 4)) ||
            !scope_holds(reader->scope, row_int(&rows, 5)))
            continue;
        bh_time_format(row_int(&rows, 2), reader->ledger->zone_minutes, from);
        bh_time_format(row_int(&rows, 3), reader->ledger->zone_minutes, until);
        json_t *one = json_pack("{s:I, s:I, s:s}", "person", (json_int_t)row_int(&rows, 0), "into",
                                (json_int_t)row_int(&rows, 1), "from", from);
        (void)json_object_set_new(
            one, "until", row_int(&rows, 3) < BH_TIME_MAX ? json_string(until) : json_null());
        (void)json_array_append_new(list, one);
    }
    return db_end(&rows, err);
}

static json_t *person_json(struct reader *reader, const struct rows *rows, int64_t person)
{
    int64_t area = row_int(rows, 0), sex = row_int(rows, 4), year = row_int(rows, 5);
    const struct leaf *leaf = areas_leaf(reader->ledger->areas, area);
    json_t *one = json_pack("{s:I, s:I, s:s}", "person", (json_int_t)person, "area",
                            (json_int_t)area, "area_code", leaf ? leaf->code : "");
    (void)json_object_set_new(one, "name_masked",
                              text_json(masked_name(reader, row_bytes(rows, 1))));
    (void)json_object_set_new(one, "document_masked", masked_number(reader, row_bytes(rows, 2)));
    (void)json_object_set_new(one, "phone_masked", masked_number(reader, row_bytes(rows, 3)));
    (void)json_object_set_new(one, "sex", json_string(person_sexes[sex == BH_NONE ? 0 : sex].name));
    (void)json_object_set_new(one, "birth_year",
                              year == BH_NONE ? json_null() : json_integer(year));
    return one;
}

static bool run_person(struct reader *reader, const void *given, json_t **ret, struct bh_err *err)
{
    const struct person_params *params = given;
    struct rows rows;
    json_t *one = NULL, *links = json_array();
    db_rows(reader->db, &rows,
            "SELECT area, name, document, phone, sex, birth_year FROM person WHERE person = ?", "i",
            params->person);
    if (db_next(&rows) && scope_holds(reader->scope, row_int(&rows, 0)))
        one = person_json(reader, &rows, params->person);
    bool good = db_end(&rows, err) && (one || no_such_person(err)) &&
                links_json(reader, params->person, links, err);
    if (!good) {
        json_decref(one);
        json_decref(links);
        return false;
    }
    (void)json_object_set_new(one, "links", links);
    *ret = one;
    return true;
}

static bool reveal_row(struct reader *reader, const struct rows *rows, json_t *one,
                       struct bh_err *err)
{
    static const char *const names[] = {"name", "document", "phone", "address"};
    for (int i = 0; i < 4; i++) {
        struct bh_str plain = {0};
        if (!vault_unseal(reader->vault, row_bytes(rows, i + 1), reader->arena, &plain, err))
            return false;
        (void)json_object_set_new(one, names[i], text_json(plain));
    }
    return true;
}

bool person_reveal(struct reader *reader, int64_t person, int64_t *ret_area, json_t **ret,
                   struct bh_err *err)
{
    if (!reader->vault)
        return bh_fail(err, BH_DENIED, "未经记录不得查看身份",
                       "no identity is shown without being logged");
    struct rows rows;
    json_t *one = json_pack("{s:I}", "person", (json_int_t)person);
    bool found = false, good = true;
    db_rows(reader->db, &rows,
            "SELECT area, name, document, phone, address FROM person WHERE person = ?", "i",
            person);
    *ret_area = 0;
    if (db_next(&rows)) {
        *ret_area = row_int(&rows, 0);
        found = scope_holds(reader->scope, *ret_area);
        good = !found || reveal_row(reader, &rows, one, err);
    }
    struct bh_err ended;
    if (!db_end(&rows, &ended) && good) {
        *err = ended;
        good = false;
    }
    if (good && !found)
        good = no_such_person(err);
    if (good)
        *ret = one;
    else
        json_decref(one);
    return good;
}

/* ---- possible duplicates ---- */

struct duplicates_params {
    int64_t area, limit, after;
};
static const struct field duplicates_fields[] = {
    FIELD(duplicates_params, area, AREA, 0, "地区", "Area"),
    FIELD(duplicates_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(duplicates_params, after, INT, 0, "从何处继续", "Go on after", .min = 0,
          .max = INT64_MAX),
};
RECORD(duplicates_record, duplicates_params, duplicates_fields);

static const struct column duplicates_columns[] = {
    {"person", COLUMN_INT, "人员", "Person"},
    {"name_masked", COLUMN_TEXT, "姓名", "Name"},
    {"other", COLUMN_INT, "另一编号", "Other person"},
    {"other_name_masked", COLUMN_TEXT, "另一姓名", "Other name"},
    {"same_document", COLUMN_BOOL, "证件号相同", "Same document"},
    {"same_phone", COLUMN_BOOL, "电话相同", "Same phone"},
    AREA_COLUMNS,
    {0},
};

/* Pairs with equal keyed hashes that nobody has linked. Whoever sees one of two only learns nothing. A page ends
 * between persons, so the cursor is a person's number. */
static bool run_duplicates(struct reader *reader, const void *given, struct cells *cells,
                           struct bh_err *err)
{
    const struct duplicates_params *params = given;
    struct scope scope;
    struct rows rows;
    int64_t after = params->after == BH_NONE ? 0 : params->after, last = 0;
    bool full = false;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT a.person, b.person, a.document_hash IS NOT NULL AND a.document_hash = "
            "b.document_hash,"
            " a.phone_hash IS NOT NULL AND a.phone_hash = b.phone_hash, a.area, b.area"
            " FROM (SELECT x.person AS one, y.person AS two FROM person x JOIN person y"
            "   ON y.document_hash = x.document_hash AND y.person > x.person WHERE x.document_hash "
            "IS NOT NULL"
            "   UNION SELECT x.person, y.person FROM person x JOIN person y"
            "   ON y.phone_hash = x.phone_hash AND y.person > x.person WHERE x.phone_hash IS NOT "
            "NULL) AS pair"
            " JOIN person a ON a.person = pair.one JOIN person b ON b.person = pair.two"
            " WHERE a.person > ? AND NOT EXISTS (SELECT 1 FROM person_link l WHERE l.until_ms = ?"
            "   AND ((l.person = a.person AND l.into_person = b.person)"
            "     OR (l.person = b.person AND l.into_person = a.person)))"
            " ORDER BY a.person, b.person",
            "ii", after, BH_TIME_MAX);
    while (db_next(&rows)) {
        int64_t person = row_int(&rows, 0), other = row_int(&rows, 1);
        if (full && person != last)
            break;
        if (!scope_holds(&scope, row_int(&rows, 4)) || !scope_holds(&scope, row_int(&rows, 5)))
            continue;
        cell_int(cells, person);
        cell_text(cells, person_masked_name(reader, person));
        cell_int(cells, other);
        cell_text(cells, person_masked_name(reader, other));
        cell_bool(cells, row_int(&rows, 2) == 1);
        cell_bool(cells, row_int(&rows, 3) == 1);
        cells_area(cells, reader, row_int(&rows, 4));
        if (!cells_row(cells) && !full) {
            full = true;
            last = person;
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)person)));
        }
    }
    return db_end(&rows, err);
}

const struct query people_queries[] = {
    {"person", "人员（脱敏）", "Person, masked", &person_record, QUERY_ONE, PRIORITY_LOOKUP, NULL,
     NULL, run_person, "person=4711"},
    {"duplicates", "可能重复的人员", "Possible duplicates", &duplicates_record, 0, PRIORITY_BOARD,
     duplicates_columns, run_duplicates, NULL, "area=220102"},
    {0},
};
