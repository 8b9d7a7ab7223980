#include "round/round_events.h"

#include "report/report_events.h"
#include "round/roll_events.h"

#include <stddef.h>

const struct choice tube_kinds[] = {
    {"single", "单采单检", "single"},
    {"pooled", "混采", "pooled"},
    {NULL, NULL, NULL},
};
const struct choice swab_methods[] = {
    {"throat", "口咽拭子", "throat swab"},
    {"nasopharyngeal", "鼻咽拭子", "nasopharyngeal swab"},
    {NULL, NULL, NULL},
};
const struct choice tube_verdicts[] = {
    {"negative", "阴性", "negative"},
    {"positive", "阳性", "positive"},
    {"grey", "灰区", "grey zone"},
    {"invalid", "无效", "invalid"},
    {NULL, NULL, NULL},
};
const struct choice test_targets[] = {
    {"orf1ab", "ORF1ab 基因", "ORF1ab gene"},
    {"n", "N 基因", "N gene"},
    {NULL, NULL, NULL},
};
const struct choice member_outcomes[] = {
    {"negative", "阴性", "negative"},
    {"case", "阳性感染者", "infected person"},
    {NULL, NULL, NULL},
};

static const struct field member_fields[] = {
    FIELD(tube_member, person, PERSON, FIELD_REQUIRED, "受检者", "person"),
    FIELD(tube_member, at_ms, TIME, 0, "采样时间", "sampled", .unit = "ms"),
};
const struct record tube_member_record = {"tube_member", sizeof(struct tube_member), member_fields,
                                          sizeof member_fields / sizeof member_fields[0]};

static const struct field collected_fields[] = {
    FIELD(tube_collected, tube, SELF, 0, "采样管", "tube"),
    FIELD(tube_collected, code, TEXT, FIELD_REQUIRED, "管码", "tube code", .min = 1, .max = 64),
    FIELD(tube_collected, kind, ENUM, FIELD_REQUIRED, "采样方式", "kind", .choices = tube_kinds),
    FIELD(tube_collected, institution, REF, FIELD_REQUIRED, "采样机构", "sampling institution"),
    FIELD(tube_collected, members, LIST, FIELD_REQUIRED, "受检者名单", "members", .min = 1,
          .max = 100, .item = &tube_member_record),
    FIELD(tube_collected, resample_of, REF, 0, "复采自混管", "re-sample of pool"),
    FIELD(tube_collected, method, ENUM, 0, "采样部位", "method", .choices = swab_methods),
    FIELD(tube_collected, found_in, ENUM, 0, "发现方式", "found in", .choices = found_in_choices),
};
RECORD(collected_record, tube_collected, collected_fields);

static const struct field received_fields[] = {
    FIELD(tube_received, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(tube_received, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    FIELD(tube_received, count, INT, FIELD_REQUIRED, "核对人数", "members counted", .min = 1,
          .max = 1000, .unit = "persons"),
};
const struct record tube_received_record = {"tube_received", sizeof(struct tube_received),
                                            received_fields,
                                            sizeof received_fields / sizeof received_fields[0]};

static const struct field target_fields[] = {
    FIELD(target_result, target, ENUM, FIELD_REQUIRED, "靶标", "target", .choices = test_targets),
    FIELD(target_result, ct, INT, 0, "Ct 值", "Ct value", .min = 0, .max = 9999,
          .unit = "1/100 Ct"),
    FIELD(target_result, verdict, ENUM, FIELD_REQUIRED, "判定", "verdict",
          .choices = tube_verdicts),
};
const struct record target_result_record = {"target_result", sizeof(struct target_result),
                                            target_fields,
                                            sizeof target_fields / sizeof target_fields[0]};

static const struct field resulted_fields[] = {
    FIELD(tube_resulted, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(tube_resulted, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    FIELD(tube_resulted, verdict, ENUM, FIELD_REQUIRED, "判定", "verdict",
          .choices = tube_verdicts),
    FIELD(tube_resulted, targets, LIST, 0, "靶标结果", "targets", .max = TARGET_COUNT,
          .item = &target_result_record),
};
RECORD(resulted_record, tube_resulted, resulted_fields);

static const struct field pool_fields[] = {
    FIELD(pool_positive, tube, REF, FIELD_REQUIRED, "混管", "pool"),
    FIELD(pool_positive, size, INT, FIELD_REQUIRED, "人数", "members", .min = 1, .max = 1000,
          .unit = "persons"),
};
RECORD(pool_record, pool_positive, pool_fields);

static const struct field held_fields[] = {
    FIELD(member_held, tube, REF, FIELD_REQUIRED, "混管", "pool"),
};
RECORD(held_record, member_held, held_fields);

static const struct field member_resolved_fields[] = {
    FIELD(member_resolved, tube, REF, FIELD_REQUIRED, "混管", "pool"),
    FIELD(member_resolved, outcome, ENUM, FIELD_REQUIRED, "结论", "outcome",
          .choices = member_outcomes),
};
RECORD(member_resolved_record, member_resolved, member_resolved_fields);

static const struct field pool_resolved_fields[] = {
    FIELD(pool_resolved, tube, REF, FIELD_REQUIRED, "混管", "pool"),
};
RECORD(pool_resolved_record, pool_resolved, pool_resolved_fields);

static const struct field named_fields[] = {
    FIELD(member_named, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(member_named, place, INT, FIELD_REQUIRED, "入管顺序", "place in the tube", .min = 1,
          .max = 1000),
    FIELD(member_named, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    {.name = "at",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .offset = offsetof(struct member_named, at_ms),
     .zh = "采样时间",
     .en = "sampled",
     .unit = "ms"},
};
RECORD(named_record, member_named, named_fields);

static const struct field found_fields[] = {
    FIELD(tube_found, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(tube_found, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    FIELD(tube_found, verdict, ENUM, FIELD_REQUIRED, "判定", "verdict", .choices = tube_verdicts),
    FIELD(tube_found, targets, LIST, 0, "靶标结果", "targets", .max = TARGET_COUNT,
          .item = &target_result_record),
};
RECORD(found_record, tube_found, found_fields);

const struct event_kind round_events[] = {
    {ROUND_TUBE_COLLECTED, 1, "tube_collected", "采样", "tube collected", &collected_record, NULL},
    {ROUND_TUBE_RECEIVED, 1, "tube_received", "实验室接收", "tube received", &tube_received_record,
     NULL},
    {ROUND_TUBE_RESULTED, 1, "tube_resulted", "检测结果", "tube resulted", &resulted_record, NULL},
    {ROUND_POOL_POSITIVE, 1, "pool_positive", "混管阳性", "pool positive", &pool_record, NULL},
    {ROUND_MEMBER_HELD, 1, "member_held", "混管人员单人隔离", "pool member held", &held_record,
     NULL},
    {ROUND_MEMBER_RESOLVED, 1, "member_resolved", "混管人员结论", "pool member resolved",
     &member_resolved_record, NULL},
    {ROUND_POOL_RESOLVED, 1, "pool_resolved", "混管处置完成", "pool resolved",
     &pool_resolved_record, NULL},
    {ROUND_MEMBER_NAMED, 1, "member_named", "管内人员确认", "tube member named", &named_record,
     NULL},
    {ROUND_TUBE_FOUND, 1, "tube_found", "管检出非阴性", "tube found not negative", &found_record,
     NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
