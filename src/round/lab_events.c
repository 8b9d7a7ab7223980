#include "round/lab_events.h"

#include "round/round_events.h"
#include "round/sample_events.h"

#include <stddef.h>

const struct choice reject_reasons[] = {
    {"leak", "渗漏", "leaking"},
    {"empty", "空管", "empty"},
    {"no_label", "无标签", "no label"},
    {"too_old", "超时", "too old"},
    {"wrong_count", "人数不符", "count differs"},
    {"inhibited", "扩增抑制", "inhibited"},
    {"other", "其他", "other"},
    {"lost", "丢失", "lost"},
    {NULL, NULL, NULL},
};
const struct choice well_controls[] = {
    {"negative", "阴性对照", "negative control"},
    {"positive", "阳性对照", "positive control"},
    {NULL, NULL, NULL},
};

#define WELL_FIELD(owner)                                                                          \
    FIELD(owner, well, INT, FIELD_REQUIRED, "孔位", "well", .min = 1, .max = LAB_WELLS)
#define CT_FIELD(owner, member, zh, en)                                                            \
    FIELD(owner, member, INT, 0, zh, en, .min = 0, .max = 9999, .unit = "1/100 Ct")
#define VERDICT_FIELD(owner)                                                                       \
    FIELD(owner, verdict, ENUM, FIELD_REQUIRED, "判定", "verdict", .choices = tube_verdicts)
#define TUBE_FIELD(owner)  FIELD(owner, tube, REF, FIELD_REQUIRED, "采样管", "tube")
#define PLATE_FIELD(owner) FIELD(owner, plate, REF, FIELD_REQUIRED, "板", "plate")
#define LAB_FIELD(owner)   FIELD(owner, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory")

static const struct field laid_well_fields[] = {
    WELL_FIELD(laid_well),
    FIELD(laid_well, tube, REF, 0, "采样管", "tube"),
    FIELD(laid_well, control, ENUM, 0, "对照", "control", .choices = well_controls),
};
const struct record laid_well_record = {"laid_well", sizeof(struct laid_well), laid_well_fields,
                                        sizeof laid_well_fields / sizeof laid_well_fields[0]};

static const struct field read_well_fields[] = {
    WELL_FIELD(read_well),
    CT_FIELD(read_well, ct_orf1ab, "ORF1ab Ct 值", "Ct of ORF1ab"),
    CT_FIELD(read_well, ct_n, "N Ct 值", "Ct of N"),
    FIELD(read_well, orf1ab, ENUM, FIELD_REQUIRED, "ORF1ab 判定", "ORF1ab",
          .choices = tube_verdicts),
    FIELD(read_well, n, ENUM, FIELD_REQUIRED, "N 判定", "N", .choices = tube_verdicts),
    VERDICT_FIELD(read_well),
};
const struct record read_well_record = {"read_well", sizeof(struct read_well), read_well_fields,
                                        sizeof read_well_fields / sizeof read_well_fields[0]};

static const struct field found_fields[] = {
    TUBE_FIELD(found_tube),
    VERDICT_FIELD(found_tube),
    CT_FIELD(found_tube, ct_orf1ab, "ORF1ab Ct 值", "Ct of ORF1ab"),
    CT_FIELD(found_tube, ct_n, "N Ct 值", "Ct of N"),
    FIELD(found_tube, orf1ab, ENUM, FIELD_REQUIRED, "ORF1ab 判定", "ORF1ab",
          .choices = tube_verdicts),
    FIELD(found_tube, n, ENUM, FIELD_REQUIRED, "N 判定", "N", .choices = tube_verdicts),
};
const struct record found_tube_record = {"found_tube", sizeof(struct found_tube), found_fields,
                                         sizeof found_fields / sizeof found_fields[0]};

static const struct field lab_tube_fields[] = {TUBE_FIELD(lab_tube)};
const struct record lab_tube_record = {"lab_tube", sizeof(struct lab_tube), lab_tube_fields,
                                       sizeof lab_tube_fields / sizeof lab_tube_fields[0]};

static const struct field laid_fields[] = {
    FIELD(plate_laid, plate, SELF, 0, "板", "plate"),
    LAB_FIELD(plate_laid),
    FIELD(plate_laid, code, TEXT, FIELD_REQUIRED, "板码", "plate code", .min = 1, .max = 32),
    FIELD(plate_laid, wells, LIST, FIELD_REQUIRED, "各孔", "wells", .min = 1, .max = LAB_WELLS,
          .item = &laid_well_record),
};
RECORD(laid_record, plate_laid, laid_fields);

static const struct field read_fields[] = {
    PLATE_FIELD(plate_read),
    LAB_FIELD(plate_read),
    FIELD(plate_read, controls, BOOL, FIELD_REQUIRED, "对照合格", "controls as they must be"),
    FIELD(plate_read, profile, TEXT, 0, "仪器格式", "analyser profile", .max = 64),
    FIELD(plate_read, wells, LIST, FIELD_REQUIRED, "各孔", "wells", .min = 1, .max = LAB_WELLS,
          .item = &read_well_record),
};
RECORD(read_record, plate_read, read_fields);

static const struct field released_fields[] = {
    PLATE_FIELD(plate_released),
    LAB_FIELD(plate_released),
    FIELD(plate_released, cleared, INT, FIELD_REQUIRED, "阴性管数", "tubes told negative", .min = 0,
          .max = LAB_WELLS, .unit = "tubes"),
    FIELD(plate_released, found, LIST, 0, "逐管报告", "tubes told singly", .max = LAB_WELLS,
          .item = &found_tube_record),
    FIELD(plate_released, repeat, LIST, 0, "重做", "tubes to run again", .max = LAB_WELLS,
          .item = &lab_tube_record),
    FIELD(plate_released, signature, SEALED, FIELD_REQUIRED | FIELD_SEARCHABLE, "签发人签名",
          "signature of who releases", .min = 1, .max = 200),
};
RECORD(released_record, plate_released, released_fields);

static const struct field rejected_fields[] = {
    TUBE_FIELD(tube_rejected),
    FIELD(tube_rejected, round, REF, 0, "轮次", "round"),
    FIELD(tube_rejected, ordinal, INT, 0, "轮次序号", "number of the round", .min = 1,
          .max = 1000000),
    FIELD(tube_rejected, reason, ENUM, FIELD_REQUIRED, "原因", "reason", .choices = reject_reasons),
    FIELD(tube_rejected, people, LIST, 0, "须重采的人", "people owed a sample again",
          .max = SAMPLE_PEOPLE_MAX, .item = &sampled_person_record),
    FIELD(tube_rejected, areas, LIST, 0, "居住社区", "where they live", .max = SAMPLE_PEOPLE_MAX,
          .item = &sampled_area_record),
};
RECORD(rejected_record, tube_rejected, rejected_fields);

static const struct field cleared_fields[] = {
    LAB_FIELD(tubes_cleared),
    FIELD(tubes_cleared, plate, REF, 0, "板", "plate"),
    FIELD(tubes_cleared, tubes, LIST, FIELD_REQUIRED, "采样管", "tubes", .min = 1,
          .max = LAB_CLEARED_MAX, .item = &lab_tube_record),
};
RECORD(cleared_record, tubes_cleared, cleared_fields);

static const struct field recalled_fields[] = {
    TUBE_FIELD(result_recalled),
    FIELD(result_recalled, reason, SEALED, FIELD_REQUIRED, "理由", "reason", .min = 2, .max = 400),
};
RECORD(recalled_record, result_recalled, recalled_fields);

static const struct field answered_fields[] = {
    FIELD(box_answered, box, REF, FIELD_REQUIRED, "转运箱", "box"),
    FIELD(box_answered, round, REF, FIELD_REQUIRED, "轮次", "round"),
};
RECORD(answered_record, box_answered, answered_fields);

const struct event_kind lab_events[] = {
    {LAB_PLATE_LAID, 1, "plate_laid", "布板", "plate laid", &laid_record, NULL},
    {LAB_PLATE_READ, 1, "plate_read", "读板", "plate read", &read_record, NULL},
    {LAB_PLATE_RELEASED, 1, "plate_released", "签发", "plate released", &released_record, NULL},
    {LAB_TUBE_REJECTED, 1, "tube_rejected", "拒收采样管", "tube rejected", &rejected_record, NULL},
    {LAB_TUBES_CLEARED, 1, "tubes_cleared", "整批阴性", "tubes cleared", &cleared_record, NULL},
    {LAB_RESULT_RECALLED, 1, "result_recalled", "撤回阴性结果", "result recalled", &recalled_record,
     NULL},
    {LAB_BOX_ANSWERED, 1, "box_answered", "整箱已出结果", "box answered", &answered_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
