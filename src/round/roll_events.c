#include "round/roll_events.h"

#include "base/limits.h"

#include <stddef.h>

const struct choice resident_categories[] = {
    {"permanent", "常住", "permanent"},
    {"temporary", "暂住", "temporary"},
    {"floating", "流动", "floating"},
    {"institutional", "集体", "institutional"},
    {NULL, NULL, NULL},
};
const struct choice resident_changes[] = {
    {"moved", "迁出", "moved away"},
    {"died", "死亡", "died"},
    {"abroad", "在境外", "abroad"},
    {"left", "外出", "out of the area"},
    {"exempt", "免检", "exempt"},
    {"returned", "返回", "back"},
    {NULL, NULL, NULL},
};

static const struct field resident_fields[] = {
    FIELD(roll_resident, category, ENUM, 0, "人口类别", "category", .choices = resident_categories),
    FIELD(roll_resident, key, BOOL, 0, "重点人群", "key person, tested singly"),
    FIELD(roll_resident, name, SEALED, FIELD_REQUIRED, "姓名", "name", .min = 1, .max = 200),
    FIELD(roll_resident, document, SEALED, FIELD_SEARCHABLE, "证件号", "document number",
          .max = 64),
    FIELD(roll_resident, phone, SEALED, FIELD_SEARCHABLE, "电话", "phone", .max = 32),
};
const struct record roll_resident_record = {"roll_resident", sizeof(struct roll_resident),
                                            resident_fields,
                                            sizeof resident_fields / sizeof resident_fields[0]};

static const struct field household_fields[] = {
    FIELD(roll_household, building, INT, FIELD_REQUIRED, "楼栋序号", "building, counted", .min = 1,
          .max = 99999),
    FIELD(roll_household, unit, INT, 0, "单元序号", "unit of the building, counted", .min = 1,
          .max = 999),
    FIELD(roll_household, sealed_home, BOOL, 0, "封控户", "sealed home: one tube"),
    FIELD(roll_household, door, SEALED, FIELD_REQUIRED, "门牌", "door", .min = 1, .max = 200),
    FIELD(roll_household, residents, LIST, FIELD_REQUIRED, "住户", "residents", .min = 1,
          .max = ROLL_BLOCK_RESIDENTS, .item = &roll_resident_record),
};
const struct record roll_household_record = {"roll_household", sizeof(struct roll_household),
                                             household_fields,
                                             sizeof household_fields / sizeof household_fields[0]};

static const struct field opened_fields[] = {
    FIELD(roll_opened, roll, SELF, 0, "名册", "roll"),
    FIELD(roll_opened, name, TEXT, FIELD_REQUIRED, "名称", "name", .min = 1, .max = 200),
};
RECORD(opened_record, roll_opened, opened_fields);

static const struct field listed_fields[] = {
    FIELD(residents_listed, block, SELF, 0, "名册分段", "block"),
    FIELD(residents_listed, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(residents_listed, first_slot, INT, FIELD_REQUIRED, "首个序号", "first slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(residents_listed, count, INT, FIELD_REQUIRED, "人数", "residents", .min = 0,
          .max = ROLL_BLOCK_RESIDENTS, .unit = "persons"),
    FIELD(residents_listed, skipped, INT, 0, "已在册人数", "were on the roll already", .min = 0,
          .max = ROLL_BLOCK_RESIDENTS, .unit = "persons"),
    FIELD(residents_listed, households, LIST, 0, "各户", "households", .max = ROLL_BLOCK_RESIDENTS,
          .item = &roll_household_record),
};
RECORD(listed_record, residents_listed, listed_fields);

static const struct field changed_fields[] = {
    FIELD(resident_changed, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(resident_changed, slot, INT, FIELD_REQUIRED, "序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(resident_changed, change, ENUM, FIELD_REQUIRED, "变动", "change",
          .choices = resident_changes),
    {.name = "until",
     .type = FIELD_TIME,
     .offset = offsetof(struct resident_changed, until_ms),
     .zh = "至",
     .en = "until",
     .unit = "ms"},
    FIELD(resident_changed, reason, SEALED, 0, "理由", "reason", .max = 400),
};
const struct record resident_changed_record = {"resident_changed", sizeof(struct resident_changed),
                                               changed_fields,
                                               sizeof changed_fields / sizeof changed_fields[0]};

static const struct field objected_fields[] = {
    FIELD(listing_objected, objection, SELF, 0, "异议", "objection"),
    FIELD(listing_objected, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(listing_objected, slot, INT, FIELD_REQUIRED, "序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(listing_objected, reason, SEALED, FIELD_REQUIRED, "理由", "reason", .min = 1,
          .max = 1000),
};
RECORD(objected_record, listing_objected, objected_fields);

static const struct field answered_fields[] = {
    FIELD(objection_answered, objection, REF, FIELD_REQUIRED, "异议", "objection"),
    FIELD(objection_answered, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(objection_answered, slot, INT, FIELD_REQUIRED, "序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(objection_answered, upheld, BOOL, FIELD_REQUIRED, "异议成立", "upheld"),
    FIELD(objection_answered, reason, SEALED, 0, "理由", "reason", .max = 1000),
};
RECORD(answered_record, objection_answered, answered_fields);

const struct event_kind roll_events[] = {
    {ROLL_OPENED, 1, "roll_opened", "建立名册", "roll opened", &opened_record, NULL},
    {ROLL_RESIDENTS_LISTED, 1, "residents_listed", "登记住户", "residents listed", &listed_record,
     NULL},
    {ROLL_RESIDENT_CHANGED, 1, "resident_changed", "住户变动", "resident changed",
     &resident_changed_record, NULL},
    {ROLL_LISTING_OBJECTED, 1, "listing_objected", "名册异议", "listing objected to",
     &objected_record, NULL},
    {ROLL_OBJECTION_ANSWERED, 1, "objection_answered", "答复名册异议", "objection answered",
     &answered_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
