#include "ledger/people_link.h"

#include "base/time.h"
#include "ledger/ledger.h"

#include <string.h>

const struct choice person_sexes[] = {{"unknown", "未知", "unknown"},
                                      {"male", "男", "male"},
                                      {"female", "女", "female"},
                                      {NULL, NULL, NULL}};

/* ---- events ---- */

static const struct field registered_fields[] = {
    FIELD(person_registered, person, PERSON, FIELD_REQUIRED, "人员", "Person"),
    FIELD(person_registered, name, SEALED, FIELD_REQUIRED, "姓名", "Name"),
    FIELD(person_registered, document, SEALED, FIELD_SEARCHABLE, "证件号", "Document number"),
    FIELD(person_registered, phone, SEALED, FIELD_SEARCHABLE, "电话", "Phone"),
    FIELD(person_registered, address, SEALED, 0, "住址", "Address"),
    FIELD(person_registered, sex, ENUM, 0, "性别", "Sex", .choices = person_sexes),
    FIELD(person_registered, birth_year, INT, 0, "出生年", "Year of birth", .min = 1880,
          .max = 2199),
};
RECORD(registered_record, person_registered, registered_fields);

static const struct field linked_fields[] = {
    FIELD(persons_linked, person, PERSON, FIELD_REQUIRED, "人员", "Person"),
    FIELD(persons_linked, into, PERSON, FIELD_REQUIRED, "并入", "Into"),
    FIELD(persons_linked, reason, SEALED, FIELD_REQUIRED, "理由", "Reason"),
};
RECORD(linked_record, persons_linked, linked_fields);

static const struct field unlinked_fields[] = {
    FIELD(persons_unlinked, person, PERSON, FIELD_REQUIRED, "人员", "Person"),
    FIELD(persons_unlinked, into, PERSON, FIELD_REQUIRED, "曾并入", "Was linked into"),
};
RECORD(unlinked_record, persons_unlinked, unlinked_fields);

static const struct event_kind events[] = {
    {EVENT_PERSON_REGISTERED, 1, "person_registered", "登记人员", "Person registered",
     &registered_record, NULL},
    {EVENT_PERSONS_LINKED, 1, "persons_linked", "认定为同一人", "Persons linked", &linked_record,
     NULL},
    {EVENT_PERSONS_UNLINKED, 1, "persons_unlinked", "撤销同一人认定", "Persons unlinked",
     &unlinked_record, NULL},
    {0},
};

/* ---- commands ---- */

struct register_person {
    int64_t area, person;
    struct bh_sealed name, document, phone, address;
    int64_t sex, birth_year;
};
static const struct field register_fields[] = {
    FIELD(register_person, area, AREA, FIELD_REQUIRED, "地区", "Area"),
    FIELD(register_person, person, PERSON, FIELD_NEW_PERSON, "人员编号", "Person number"),
    FIELD(register_person, name, SEALED, FIELD_REQUIRED, "姓名", "Name", .min = 1, .max = 200),
    FIELD(register_person, document, SEALED, FIELD_SEARCHABLE, "证件号", "Document number",
          .max = 64),
    FIELD(register_person, phone, SEALED, FIELD_SEARCHABLE, "电话", "Phone", .max = 32),
    FIELD(register_person, address, SEALED, 0, "住址", "Address", .max = 400),
    FIELD(register_person, sex, ENUM, 0, "性别", "Sex", .choices = person_sexes),
    FIELD(register_person, birth_year, INT, 0, "出生年", "Year of birth", .min = 1880, .max = 2199),
};
RECORD(register_record, register_person, register_fields);

struct link_persons {
    int64_t person, into;
    struct bh_sealed reason;
};
static const struct field link_fields[] = {
    FIELD(link_persons, person, PERSON, FIELD_REQUIRED, "人员", "Person"),
    FIELD(link_persons, into, PERSON, FIELD_REQUIRED, "并入", "Into"),
    FIELD(link_persons, reason, SEALED, FIELD_REQUIRED, "理由", "Reason", .min = 2, .max = 1000),
};
RECORD(link_record, link_persons, link_fields);

struct unlink_persons {
    int64_t person;
};
static const struct field unlink_fields[] = {
    FIELD(unlink_persons, person, PERSON, FIELD_REQUIRED, "人员", "Person"),
};
RECORD(unlink_record, unlink_persons, unlink_fields);

struct register_facts {
    bool taken;
};

struct link_facts {
    int64_t area, into_area;
    int64_t linked_into;      /* open link of the person, 0 = none */
    int64_t into_linked_into; /* open link of the other */
    int64_t linked_from_ms;
    bool has_members; /* others are linked into the person */
};

static bool load_register(struct db *db, const void *body, void *loaded, struct target *ret,
                          struct bh_err *err)
{
    const struct register_person *command = body;
    struct register_facts *facts = loaded;
    int64_t area = 0;
    *ret = (struct target){.area = command->area, .person = command->person};
    return db_int(db, err, &area, &facts->taken, "SELECT area FROM person WHERE person = ?", "i",
                  command->person);
}

static bool decide_register(struct decision *d, const void *body, const void *loaded,
                            struct bh_err *err)
{
    const struct register_person *command = body;
    const struct register_facts *facts = loaded;
    if (facts->taken)
        return bh_fail_field(err, BH_CONFLICT, "person", "这个人员编号已经登记",
                             "this person number is taken");
    struct person_registered fact = {command->person,    command->name,    command->document,
                                     command->phone,     command->address, command->sex,
                                     command->birth_year};
    (void)decision_emit(d, EVENT_PERSON_REGISTERED, NULL, &fact);
    return true;
}

static bool load_area(struct db *db, int64_t person, const char *field, int64_t *ret,
                      struct bh_err *err)
{
    bool found = false;
    if (!db_int(db, err, ret, &found, "SELECT area FROM person WHERE person = ?", "i", person))
        return false;
    return found || bh_fail_field(err, BH_MISSING, field, "没有这个人员", "no such person");
}

static bool load_open_link(struct db *db, int64_t person, int64_t *ret_into, int64_t *ret_from_ms,
                           struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT into_person, from_ms FROM person_link WHERE person = ? AND until_ms = ?", "ii",
            person, BH_TIME_MAX);
    if (db_next(&rows)) {
        *ret_into = row_int(&rows, 0);
        *ret_from_ms = row_int(&rows, 1);
    }
    return db_end(&rows, err);
}

static bool load_link(struct db *db, const void *body, void *loaded, struct target *ret,
                      struct bh_err *err)
{
    const struct link_persons *command = body;
    struct link_facts *facts = loaded;
    int64_t member = 0, unused = 0;
    if (!load_area(db, command->person, "person", &facts->area, err) ||
        !load_area(db, command->into, "into", &facts->into_area, err) ||
        !load_open_link(db, command->person, &facts->linked_into, &unused, err) ||
        !load_open_link(db, command->into, &facts->into_linked_into, &unused, err) ||
        !db_int(db, err, &member, &facts->has_members,
                "SELECT person FROM person_link WHERE into_person = ? AND until_ms = ? LIMIT 1",
                "ii", command->person, BH_TIME_MAX))
        return false;
    *ret = (struct target){.area = facts->area, .person = command->person};
    return true;
}

static bool decide_link(struct decision *d, const void *body, const void *loaded,
                        struct bh_err *err)
{
    const struct link_persons *command = body;
    const struct link_facts *facts = loaded;
    if (!decision_holds(d, facts->into_area))
        return bh_fail_field(err, BH_MISSING, "into", "没有这个人员", "no such person");
    if (command->person == command->into)
        return bh_fail_field(err, BH_INVALID, "into", "不能与自己并为一人",
                             "a person is not linked to himself");
    if (facts->linked_into != 0)
        return bh_fail_field(err, BH_CONFLICT, "person", "已并入另一编号；请先撤销",
                             "already linked; unlink first");
    if (facts->into_linked_into != 0)
        return bh_fail_field(err, BH_CONFLICT, "into", "目标编号自己已并入别处",
                             "the other is itself linked elsewhere");
    if (facts->has_members)
        return bh_fail_field(err, BH_CONFLICT, "person", "有别的编号并入此编号；请反向认定",
                             "others are linked into this one; link the other way round");
    struct persons_linked fact = {command->person, command->into, command->reason};
    (void)decision_emit(d, EVENT_PERSONS_LINKED, NULL, &fact);
    return true;
}

static bool load_unlink(struct db *db, const void *body, void *loaded, struct target *ret,
                        struct bh_err *err)
{
    const struct unlink_persons *command = body;
    struct link_facts *facts = loaded;
    if (!load_area(db, command->person, "person", &facts->area, err) ||
        !load_open_link(db, command->person, &facts->linked_into, &facts->linked_from_ms, err))
        return false;
    if (facts->linked_into != 0 &&
        !load_area(db, facts->linked_into, "person", &facts->into_area, err))
        return false;
    *ret = (struct target){.area = facts->area, .person = command->person};
    return true;
}

static bool decide_unlink(struct decision *d, const void *body, const void *loaded,
                          struct bh_err *err)
{
    const struct unlink_persons *command = body;
    const struct link_facts *facts = loaded;
    if (facts->linked_into == 0)
        return bh_fail_field(err, BH_CONFLICT, "person", "此编号没有并入别处",
                             "this person is not linked");
    if (!decision_holds(d, facts->into_area))
        return bh_fail_field(err, BH_MISSING, "person", "没有这个人员", "no such person");
    if (decision_occurred(d) < facts->linked_from_ms)
        return bh_fail_field(err, BH_INVALID, "occurred", "撤销早于认定",
                             "undone before it was linked");
    struct persons_unlinked fact = {command->person, facts->linked_into};
    (void)decision_emit(d, EVENT_PERSONS_UNLINKED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"register_person", "登记人员", "Register a person", &register_record, PRIORITY_SAMPLING,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct register_facts), load_register, decide_register,
     "{\"area\": \"220102\", \"name\": \"王小明\", \"document\": \"22010219900101123X\", "
     "\"phone\": \"13800000000\","
     " \"sex\": \"male\", \"birth_year\": 1990}"},
    {"link_persons", "认定为同一人", "Link two records of one person", &link_record,
     PRIORITY_LOOKUP, COMMAND_PAST, sizeof(struct link_facts), load_link, decide_link,
     "{\"person\": 4711, \"into\": 1234, \"reason\": \"证件号相同\"}"},
    {"unlink_persons", "撤销同一人认定", "Undo a link of persons", &unlink_record, PRIORITY_LOOKUP,
     COMMAND_PAST, sizeof(struct link_facts), load_unlink, decide_unlink, "{\"person\": 4711}"},
    {0},
};

/* ---- tables ---- */

static const struct derived_table tables[] = {
    {"person",
     "CREATE TABLE person (person INTEGER PRIMARY KEY, area INTEGER NOT NULL, name BLOB NOT NULL,"
     " document BLOB, document_hash BLOB, phone BLOB, phone_hash BLOB, address BLOB,"
     " sex INTEGER, birth_year INTEGER, registered_ms INTEGER NOT NULL, known_ms INTEGER NOT NULL)",
     "CREATE INDEX person_of_document ON person (document_hash, person) WHERE document_hash IS NOT "
     "NULL;"
     "CREATE INDEX person_of_phone ON person (phone_hash, person) WHERE phone_hash IS NOT NULL"},
    {"person_link",
     "CREATE TABLE person_link (link_seq INTEGER PRIMARY KEY, person INTEGER NOT NULL,"
     " into_person INTEGER NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
     " known_ms INTEGER NOT NULL);"
     "CREATE INDEX link_of_person ON person_link (person)",
     "CREATE INDEX link_of_into ON person_link (into_person)"},
    {0},
};

static bool apply_registered(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct person_registered *fact = event->fields;
    struct bh_str document_hash = {(const char *)fact->document.hash, sizeof fact->document.hash};
    struct bh_str phone_hash = {(const char *)fact->phone.hash, sizeof fact->phone.hash};
    if (!db_run(db, err,
                "INSERT INTO person (person, area, name, address, sex, birth_year, registered_ms, "
                "known_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                "iibbIIii", fact->person, event->area, fact->name.text, fact->address.text,
                fact->sex, fact->birth_year, event->occurred_ms, event->recorded_ms))
        return false;
    /* What was not given stays NULL, so that two people without a phone are not taken for one. */
    if (fact->document.text.len > 0 &&
        !db_run(db, err, "UPDATE person SET document = ?, document_hash = ? WHERE person = ?",
                "bbi", fact->document.text, document_hash, fact->person))
        return false;
    return fact->phone.text.len == 0 ||
           db_run(db, err, "UPDATE person SET phone = ?, phone_hash = ? WHERE person = ?", "bbi",
                  fact->phone.text, phone_hash, fact->person);
}

static bool apply(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct persons_linked *linked = event->fields;
    const struct persons_unlinked *unlinked = event->fields;
    switch (event->kind->number) {
    case EVENT_PERSON_REGISTERED: return apply_registered(db, event, err);
    case EVENT_PERSONS_LINKED:
        return db_run(
            db, err,
            "INSERT INTO person_link (link_seq, person, into_person, from_ms, until_ms, known_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            "iiiiii", event->seq, linked->person, linked->into, event->occurred_ms, BH_TIME_MAX,
            event->recorded_ms);
    case EVENT_PERSONS_UNLINKED:
        return db_run(db, err,
                      "UPDATE person_link SET until_ms = ? WHERE person = ? AND until_ms = ?",
                      "iii", event->occurred_ms, unlinked->person, BH_TIME_MAX);
    default: return true;
    }
}

bool person_root(struct db *db, int64_t person, int64_t at_ms, int64_t *ret, struct bh_err *err)
{
    int64_t into = person;
    bool found = false;
    if (!db_int(db, err, &into, &found,
                "SELECT into_person FROM person_link WHERE person = ? AND from_ms <= ? AND "
                "until_ms > ?",
                "iii", person, at_ms, at_ms))
        return false;
    *ret = into;
    return true;
}

const struct link people_link = {
    .name = "people",
    .zh = "人员",
    .en = "People",
    .events = events,
    .commands = commands,
    .queries = people_queries,
    .tables = tables,
    .apply = apply,
};
