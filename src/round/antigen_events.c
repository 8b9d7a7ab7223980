#include "round/antigen_events.h"

#include "base/code60.h"
#include "base/photo.h"
#include "round/roll_events.h"

#include <stddef.h>

const struct choice antigen_outcomes[] = {
    {"negative", "阴性", "negative"},
    {"positive", "阳性", "positive"},
    {"invalid", "无效", "invalid"},
    {NULL, NULL, NULL},
};

const struct choice antigen_groups[] = {
    {"symptomatic_primary_care", "基层就诊有症状者", "people with symptoms at primary care"},
    {"observed", "隔离观察人员", "people under observation"},
    {"self_test", "自我检测居民", "residents who test themselves"},
    {NULL, NULL, NULL},
};

#define KIT_FIELD(owner)                                                                           \
    FIELD(owner, kit, INT, FIELD_REQUIRED, "试剂码", "kit code", .min = 0,                         \
          .max = (INT64_C(1) << CODE60_BITS) - 1)
#define ANTIGEN_FIELD(owner) FIELD(owner, antigen, REF, FIELD_REQUIRED, "抗原自测", "antigen test")
#define KITS_FIELD(owner)                                                                          \
    FIELD(owner, kits, LIST, FIELD_REQUIRED, "试剂", "kits", .min = 1, .max = ANTIGEN_KITS_MAX,    \
          .item = &antigen_kit_record)
#define TIME_FIELD(owner, member, flag, label, zh_text, en_text)                                   \
    {                                                                                              \
        .name = (label), .type = FIELD_TIME, .flags = (flag),                                      \
        .offset = offsetof(struct owner, member), .zh = (zh_text), .en = (en_text), .unit = "ms"   \
    }

static const struct field kit_fields[] = {KIT_FIELD(antigen_kit)};
const struct record antigen_kit_record = {"antigen_kit", sizeof(struct antigen_kit), kit_fields,
                                          sizeof kit_fields / sizeof kit_fields[0]};

static const struct field registered_fields[] = {
    FIELD(kits_registered, batch, SELF, 0, "批次", "batch"),
    FIELD(kits_registered, name, TEXT, FIELD_REQUIRED, "批号", "batch number", .min = 1, .max = 64),
    KITS_FIELD(kits_registered),
};
RECORD(registered_record, kits_registered, registered_fields);

static const struct field handed_fields[] = {
    FIELD(kits_handed_out, handout, SELF, 0, "发放", "hand-out"),
    FIELD(kits_handed_out, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(kits_handed_out, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(kits_handed_out, count, INT, FIELD_REQUIRED, "人数", "people", .min = 1, .max = 100),
    FIELD(kits_handed_out, round, REF, 0, "轮次", "round"),
    KITS_FIELD(kits_handed_out),
    FIELD(kits_handed_out, group, ENUM, 0, "适用人群", "group of people",
          .choices = antigen_groups),
};
RECORD(handed_record, kits_handed_out, handed_fields);

struct kits_handed_out_1 {
    int64_t handout, roll, slot, count, round;
    struct bh_list kits;
};
static const struct field handed_fields_1[] = {
    FIELD(kits_handed_out_1, handout, SELF, 0, "发放", "hand-out"),
    FIELD(kits_handed_out_1, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(kits_handed_out_1, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(kits_handed_out_1, count, INT, FIELD_REQUIRED, "人数", "people", .min = 1, .max = 100),
    FIELD(kits_handed_out_1, round, REF, 0, "轮次", "round"),
    KITS_FIELD(kits_handed_out_1),
};
RECORD(handed_record_1, kits_handed_out_1, handed_fields_1);

static void handed_from_1(const void *from, void *to)
{
    const struct kits_handed_out_1 *old = from;
    *(struct kits_handed_out *)to = (struct kits_handed_out){
        old->handout, old->roll, old->slot, old->count, old->round, old->kits, BH_NONE};
}
static const struct event_upcast handed_old[] = {{1, &handed_record_1, handed_from_1}, {0}};

static const struct field reported_fields[] = {
    FIELD(antigen_reported, antigen, SELF, 0, "抗原自测", "antigen test"),
    KIT_FIELD(antigen_reported),
    FIELD(antigen_reported, roll, REF, 0, "名册", "roll"),
    FIELD(antigen_reported, slot, INT, 0, "名册序号", "slot", .min = 1, .max = ROLL_SLOT_MAX),
    FIELD(antigen_reported, round, REF, 0, "轮次", "round"),
    FIELD(antigen_reported, outcome, ENUM, FIELD_REQUIRED, "结果", "outcome",
          .choices = antigen_outcomes),
    TIME_FIELD(antigen_reported, taken_ms, FIELD_REQUIRED, "taken", "检测时间", "taken"),
    FIELD(antigen_reported, symptom_days, INT, 0, "症状出现天数", "days since the first symptoms",
          .min = 0, .max = 60, .unit = "days"),
    FIELD(antigen_reported, late, BOOL, 0, "超过适用天数", "later than the plan allows"),
    TIME_FIELD(antigen_reported, again_until_ms, 0, "again_until", "每日检测至", "daily until"),
};
RECORD(reported_record, antigen_reported, reported_fields);

static const struct field photographed_fields[] = {
    ANTIGEN_FIELD(antigen_photographed),
    FIELD(antigen_photographed, photo, SEALED, FIELD_REQUIRED | FIELD_PHOTO, "照片", "photo",
          .max = PHOTO_BYTES_MAX),
};
RECORD(photographed_record, antigen_photographed, photographed_fields);

static const struct field reviewed_fields[] = {
    ANTIGEN_FIELD(antigen_reviewed),
    FIELD(antigen_reviewed, reading, ENUM, FIELD_REQUIRED, "判读", "reading",
          .choices = antigen_outcomes),
    FIELD(antigen_reviewed, agrees, BOOL, FIELD_REQUIRED, "与自报一致", "agrees with the report"),
};
RECORD(reviewed_record, antigen_reviewed, reviewed_fields);

static const struct field positive_fields[] = {ANTIGEN_FIELD(antigen_positive)};
RECORD(positive_record, antigen_positive, positive_fields);

static const struct field decided_fields[] = {
    ANTIGEN_FIELD(antigen_decided),
    FIELD(antigen_decided, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(antigen_decided, outcome, ENUM, FIELD_REQUIRED, "核酸结论", "nucleic acid result",
          .choices = antigen_outcomes),
};
RECORD(decided_record, antigen_decided, decided_fields);

static const struct field owed_fields[] = {ANTIGEN_FIELD(antigen_repeat_owed)};
RECORD(owed_record, antigen_repeat_owed, owed_fields);

static const struct field repeated_fields[] = {
    ANTIGEN_FIELD(antigen_repeated),
    FIELD(antigen_repeated, by, REF, FIELD_REQUIRED, "由何次检测", "by which test"),
};
RECORD(repeated_record, antigen_repeated, repeated_fields);

const struct event_kind antigen_events[] = {
    {ANTIGEN_KITS_REGISTERED, 1, "kits_registered", "抗原试剂入册", "antigen kits registered",
     &registered_record, NULL},
    {ANTIGEN_KITS_HANDED_OUT, 2, "kits_handed_out", "抗原试剂发放", "antigen kits handed out",
     &handed_record, handed_old},
    {ANTIGEN_REPORTED, 1, "antigen_reported", "抗原自测上报", "antigen test reported",
     &reported_record, NULL},
    {ANTIGEN_PHOTOGRAPHED, 1, "antigen_photographed", "抗原自测照片", "photo of an antigen test",
     &photographed_record, NULL},
    {ANTIGEN_REVIEWED, 1, "antigen_reviewed", "抗原照片判读", "photo of an antigen test read",
     &reviewed_record, NULL},
    {ANTIGEN_POSITIVE, 1, "antigen_positive", "抗原阳性", "antigen positive", &positive_record,
     NULL},
    {ANTIGEN_DECIDED, 1, "antigen_decided", "抗原阳性已作核酸", "antigen positive decided",
     &decided_record, NULL},
    {ANTIGEN_REPEAT_OWED, 1, "antigen_repeat_owed", "抗原须重测", "antigen test owed again",
     &owed_record, NULL},
    {ANTIGEN_REPEATED, 1, "antigen_repeated", "抗原已重测", "antigen test taken again",
     &repeated_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
