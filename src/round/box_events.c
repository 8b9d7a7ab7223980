#include "round/box_events.h"

#include "base/photo.h"
#include "round/lab_events.h"

#include <stddef.h>

const struct choice box_steps[] = {
    {"seal", "封箱", "sealing"},
    {"pick_up", "取箱", "pick-up"},
    {"receive", "接收", "receipt"},
    {NULL, NULL, NULL},
};
const struct choice incident_kinds[] = {
    {"spill", "泄漏", "spill"}, {"crash", "交通事故", "crash"},
    {"delay", "延误", "delay"}, {"temperature", "温度异常", "temperature out of range"},
    {"lost", "丢失", "lost"},   {"other", "其他", "other"},
    {NULL, NULL, NULL},
};

static const struct field tube_fields[] = {
    FIELD(box_tube, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
};
const struct record box_tube_record = {"box_tube", sizeof(struct box_tube), tube_fields,
                                       sizeof tube_fields / sizeof tube_fields[0]};

static const struct field damaged_fields[] = {
    FIELD(damaged_tube, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(damaged_tube, reason, ENUM, FIELD_REQUIRED, "原因", "reason", .choices = reject_reasons),
};
const struct record damaged_tube_record = {"damaged_tube", sizeof(struct damaged_tube),
                                           damaged_fields,
                                           sizeof damaged_fields / sizeof damaged_fields[0]};

#define ROUND_FIELD(owner) FIELD(owner, round, REF, FIELD_REQUIRED, "轮次", "round")
#define BOX_FIELD(owner)   FIELD(owner, box, REF, FIELD_REQUIRED, "转运箱", "box")
#define COUNT_FIELD(owner, member, zh, en)                                                         \
    FIELD(owner, member, INT, FIELD_REQUIRED, zh, en, .min = 0, .max = 100000, .unit = "tubes")
#define TEMPERATURE_FIELD(owner)                                                                   \
    FIELD(owner, temperature_tenths, INT, 0, "温度（0.1℃）", "temperature, tenths of a degree C",  \
          .min = -2000, .max = 1000, .unit = "1/10 C")
#define SIGNATURE_FIELD(owner, member, zh, en)                                                     \
    FIELD(owner, member, SEALED, FIELD_REQUIRED | FIELD_SEARCHABLE, zh, en, .min = 1, .max = 200)

static const struct field sealed_fields[] = {
    FIELD(box_sealed, box, SELF, 0, "转运箱", "box"),
    ROUND_FIELD(box_sealed),
    FIELD(box_sealed, site, REF, FIELD_REQUIRED, "采样点", "site"),
    COUNT_FIELD(box_sealed, count, "清点管数", "tubes counted"),
    {.name = "first",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .offset = offsetof(struct box_sealed, first_ms),
     .zh = "首样时间",
     .en = "first sample",
     .unit = "ms"},
    FIELD(box_sealed, code, TEXT, FIELD_REQUIRED, "箱码", "box code", .min = 4, .max = 32),
    FIELD(box_sealed, tubes, LIST, FIELD_REQUIRED, "采样管", "tubes", .min = 1,
          .max = BOX_TUBES_MAX, .item = &box_tube_record),
};
RECORD(sealed_record, box_sealed, sealed_fields);

static const struct field picked_up_fields[] = {
    BOX_FIELD(box_picked_up),
    ROUND_FIELD(box_picked_up),
    FIELD(box_picked_up, institution, REF, FIELD_REQUIRED, "转运队", "courier team"),
    COUNT_FIELD(box_picked_up, count, "清点管数", "tubes counted"),
    TEMPERATURE_FIELD(box_picked_up),
    SIGNATURE_FIELD(box_picked_up, from_signature, "移交人签名", "signature of who hands over"),
    SIGNATURE_FIELD(box_picked_up, courier_signature, "转运员签名", "signature of the courier"),
};
RECORD(picked_up_record, box_picked_up, picked_up_fields);

static const struct field received_fields[] = {
    BOX_FIELD(box_received),
    ROUND_FIELD(box_received),
    FIELD(box_received, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(box_received, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    COUNT_FIELD(box_received, count, "清点管数", "tubes counted"),
    TEMPERATURE_FIELD(box_received),
    FIELD(box_received, missing, LIST, 0, "缺失的管", "missing tubes", .max = BOX_TUBES_MAX,
          .item = &box_tube_record),
    FIELD(box_received, damaged, LIST, 0, "损坏的管", "damaged tubes", .max = BOX_TUBES_MAX,
          .item = &damaged_tube_record),
    SIGNATURE_FIELD(box_received, courier_signature, "转运员签名", "signature of the courier"),
    SIGNATURE_FIELD(box_received, to_signature, "接收人签名", "signature of who receives"),
};
RECORD(received_record, box_received, received_fields);

static const struct field incident_fields[] = {
    BOX_FIELD(box_incident),
    ROUND_FIELD(box_incident),
    FIELD(box_incident, kind, ENUM, FIELD_REQUIRED, "事件", "incident", .choices = incident_kinds),
    FIELD(box_incident, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(incident_record, box_incident, incident_fields);

static const struct field photographed_fields[] = {
    FIELD(incident_photographed, incident, REF, FIELD_REQUIRED, "事件", "incident"),
    FIELD(incident_photographed, photo, SEALED, FIELD_REQUIRED | FIELD_PHOTO, "照片", "photo",
          .max = PHOTO_BYTES_MAX),
};
RECORD(photographed_record, incident_photographed, photographed_fields);

static const struct field differed_fields[] = {
    FIELD(count_differed, difference, SELF, 0, "差异", "difference"),
    BOX_FIELD(count_differed),
    ROUND_FIELD(count_differed),
    FIELD(count_differed, step, ENUM, FIELD_REQUIRED, "环节", "step", .choices = box_steps),
    COUNT_FIELD(count_differed, expected, "清单管数", "tubes on the list"),
    COUNT_FIELD(count_differed, counted, "清点管数", "tubes counted"),
};
RECORD(differed_record, count_differed, differed_fields);

static const struct field explained_fields[] = {
    FIELD(difference_explained, difference, REF, FIELD_REQUIRED, "差异", "difference"),
    BOX_FIELD(difference_explained),
    FIELD(difference_explained, explanation, SEALED, FIELD_REQUIRED, "说明", "explanation",
          .min = 2, .max = 1000),
};
RECORD(explained_record, difference_explained, explained_fields);

static const struct field clock_fields[] = {BOX_FIELD(box_clock_started),
                                            ROUND_FIELD(box_clock_started)};
RECORD(clock_record, box_clock_started, clock_fields);

static const struct field routed_fields[] = {
    BOX_FIELD(box_routed),
    ROUND_FIELD(box_routed),
    FIELD(box_routed, laboratory, REF, FIELD_REQUIRED, "送往的检测机构", "laboratory it goes to"),
};
RECORD(routed_record, box_routed, routed_fields);

static const struct field at_laboratory_fields[] = {
    BOX_FIELD(box_at_laboratory),
    ROUND_FIELD(box_at_laboratory),
    FIELD(box_at_laboratory, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
};
RECORD(at_laboratory_record, box_at_laboratory, at_laboratory_fields);

static const struct field lost_fields[] = {
    BOX_FIELD(box_lost),
    ROUND_FIELD(box_lost),
    COUNT_FIELD(box_lost, tubes, "管数", "tubes"),
};
RECORD(lost_record, box_lost, lost_fields);

const struct event_kind box_events[] = {
    {BOX_SEALED, 1, "box_sealed", "封箱", "box sealed", &sealed_record, NULL},
    {BOX_PICKED_UP, 1, "box_picked_up", "取箱", "box picked up", &picked_up_record, NULL},
    {BOX_RECEIVED, 1, "box_received", "实验室收箱", "box received", &received_record, NULL},
    {BOX_INCIDENT, 1, "box_incident", "转运事件", "incident on the way", &incident_record, NULL},
    {BOX_COUNT_DIFFERED, 1, "count_differed", "清点不符", "count differed", &differed_record, NULL},
    {BOX_DIFFERENCE_EXPLAINED, 1, "difference_explained", "差异已说明", "difference explained",
     &explained_record, NULL},
    {BOX_CLOCK_STARTED, 1, "box_clock_started", "转运箱首样计时", "clock of a box started",
     &clock_record, NULL},
    {BOX_ROUTED, 1, "box_routed", "指定转运箱去向", "box routed", &routed_record, NULL},
    {BOX_AT_LABORATORY, 1, "box_at_laboratory", "转运箱到达检测机构", "box at its laboratory",
     &at_laboratory_record, NULL},
    {BOX_LOST, 1, "box_lost", "转运箱丢失", "box lost", &lost_record, NULL},
    {BOX_INCIDENT_PHOTOGRAPHED, 1, "incident_photographed", "转运事件照片",
     "photo of an incident on the way", &photographed_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
