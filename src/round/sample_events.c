#include "round/sample_events.h"

#include "round/roll_events.h"
#include "round/round_events.h"

#include <stddef.h>

static const struct field person_fields[] = {
    FIELD(sampled_person, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(sampled_person, at_ms, TIME, 0, "采样时间", "sampled", .unit = "ms"),
    FIELD(sampled_person, receipt, INT, 0, "回执码", "receipt", .min = 1,
          .max = (INT64_C(1) << 60) - 1),
};
const struct record sampled_person_record = {"sampled_person", sizeof(struct sampled_person),
                                             person_fields,
                                             sizeof person_fields / sizeof person_fields[0]};

static const struct field area_fields[] = {
    FIELD(sampled_area, area, AREA, FIELD_REQUIRED, "居住社区", "where they live"),
    FIELD(sampled_area, count, INT, FIELD_REQUIRED, "人数", "people", .min = 1,
          .max = SAMPLE_PEOPLE_MAX, .unit = "persons"),
    FIELD(sampled_area, away, INT, 0, "原计为免检", "had been counted as exempt", .min = 0,
          .max = SAMPLE_PEOPLE_MAX, .unit = "persons"),
};
const struct record sampled_area_record = {"sampled_area", sizeof(struct sampled_area), area_fields,
                                           sizeof area_fields / sizeof area_fields[0]};

static const struct field sampled_fields[] = {
    FIELD(tube_sampled, tube, SELF, 0, "采样管", "tube"),
    FIELD(tube_sampled, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(tube_sampled, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(tube_sampled, code, TEXT, FIELD_REQUIRED, "管码", "tube code", .min = 4, .max = 32),
    FIELD(tube_sampled, kind, ENUM, FIELD_REQUIRED, "采样方式", "kind", .choices = tube_kinds),
    FIELD(tube_sampled, people, LIST, FIELD_REQUIRED, "受检者（按入管顺序）",
          "people, in tube order", .min = 1, .max = SAMPLE_PEOPLE_MAX,
          .item = &sampled_person_record),
    FIELD(tube_sampled, areas, LIST, FIELD_REQUIRED, "居住社区", "where they live", .min = 1,
          .max = SAMPLE_PEOPLE_MAX, .item = &sampled_area_record),
    FIELD(tube_sampled, method, ENUM, 0, "采样部位", "method", .choices = swab_methods),
    FIELD(tube_sampled, institution, REF, FIELD_REQUIRED, "采样机构", "sampling institution"),
    FIELD(tube_sampled, ordinal, INT, FIELD_REQUIRED, "轮次序号", "number of the round", .min = 1,
          .max = 1000000),
};
RECORD(sampled_record, tube_sampled, sampled_fields);

static const struct field undone_fields[] = {
    FIELD(sample_undone, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(sample_undone, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(sample_undone, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(sample_undone, ordinal, INT, FIELD_REQUIRED, "轮次序号", "number of the round", .min = 1,
          .max = 1000000),
    FIELD(sample_undone, home, AREA, FIELD_REQUIRED, "居住社区", "where the person lives"),
    FIELD(sample_undone, away, BOOL, 0, "原计为免检", "had been counted as exempt"),
};
RECORD(undone_record, sample_undone, undone_fields);

const struct event_kind sample_events[] = {
    {SAMPLE_TUBE_SAMPLED, 1, "tube_sampled", "采样入管", "tube sampled", &sampled_record, NULL},
    {SAMPLE_UNDONE, 1, "sample_undone", "撤销误采", "sample undone", &undone_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
