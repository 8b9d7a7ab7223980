#include "round/order_events.h"

#include "round/roll_events.h"

#include <stddef.h>

const struct choice round_states[] = {
    {"ordered", "已下令", "ordered"}, {"sampling", "采样中", "sampling"},
    {"mop_up", "扫尾补采", "mop-up"}, {"sampled_closed", "采样结束", "sampling closed"},
    {"closed", "已结束", "closed"},   {NULL, NULL, NULL},
};
const struct choice shortage_kinds[] = {
    {"laboratory", "检测能力", "laboratory capacity"},
    {"samplers", "采样人员", "samplers"},
    {"tubes", "采样管", "tubes"},
    {NULL, NULL, NULL},
};
const struct choice missed_reasons[] = {
    {"absent", "家中无人", "nobody at home"},
    {"refused", "拒绝采样", "refused"},
    {"moved", "已搬离", "moved away"},
    {"other", "其他", "other"},
    {NULL, NULL, NULL},
};
const struct choice exempt_reasons[] = {
    {"medical", "医学原因", "medical"},
    {"infant", "婴儿", "infant"},
    {"isolated", "已在隔离或住院", "in isolation or hospital"},
    {"other", "其他", "other"},
    {NULL, NULL, NULL},
};

const struct choice supply_kinds[] = {
    {"staff", "采样人员", "samplers"},
    {"tubes", "采样管", "tubes"},
    {"protection", "防护用品", "protective gear"},
    {"other", "其他物资", "other supplies"},
    {NULL, NULL, NULL},
};
const struct choice supply_refusals[] = {
    {"none_left", "无可调配", "nothing is left to send"},
    {"sent_elsewhere", "优先保障别处", "goes where it is needed more"},
    {"not_needed", "不再需要", "needed no more"},
    {"site_closed", "采样点已关闭", "the site was closed"},
    {"other", "其他", "other"},
    {NULL, NULL, NULL},
};

/* A time under its plain name. */
#define TIME_FIELD(owner, member, field_name, bits, label_zh, label_en)                            \
    {                                                                                              \
        .name = (field_name), .type = FIELD_TIME, .flags = (bits),                                 \
        .offset = offsetof(struct owner, member), .zh = (label_zh), .en = (label_en), .unit = "ms" \
    }

static const struct field share_fields[] = {
    FIELD(round_share, area, AREA, FIELD_REQUIRED, "社区", "community"),
    FIELD(round_share, due, INT, FIELD_REQUIRED, "应检", "due", .min = 0, .max = ROLL_SLOT_MAX,
          .unit = "persons"),
    FIELD(round_share, exempt, INT, FIELD_REQUIRED, "其中免检", "of them exempt", .min = 0,
          .max = ROLL_SLOT_MAX, .unit = "persons"),
};
const struct record round_share_record = {"round_share", sizeof(struct round_share), share_fields,
                                          sizeof share_fields / sizeof share_fields[0]};

static const struct field ordered_fields[] = {
    FIELD(round_ordered, round, SELF, 0, "轮次", "round"),
    FIELD(round_ordered, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(round_ordered, ordinal, INT, FIELD_REQUIRED, "全省轮次序号", "number in the log",
          .min = 1, .max = 1000000),
    FIELD(round_ordered, number, INT, FIELD_REQUIRED, "本地区第几轮", "number in its area",
          .min = 1, .max = 1000000),
    TIME_FIELD(round_ordered, starts_ms, "starts", FIELD_REQUIRED, "开始", "starts"),
    TIME_FIELD(round_ordered, deadline_ms, "deadline", FIELD_REQUIRED, "截止", "deadline"),
    FIELD(round_ordered, pool_size, INT, FIELD_REQUIRED, "混采人数", "persons in a tube", .min = 1,
          .max = ORDER_POOL_MAX, .unit = "persons"),
    FIELD(round_ordered, household_tubes, BOOL, 0, "封控户一户一管",
          "one tube for each sealed home"),
    FIELD(round_ordered, key_single, BOOL, 0, "重点人群单采单检", "key people singly"),
    FIELD(round_ordered, antigen_first, BOOL, 0, "先做抗原", "antigen first"),
    FIELD(round_ordered, tubes_expected, INT, FIELD_REQUIRED, "预计管数", "tubes expected",
          .min = 0, .max = ROLL_SLOT_MAX, .unit = "tubes"),
    FIELD(round_ordered, shares, LIST, FIELD_REQUIRED, "各社区应检", "what each community owes",
          .min = 1, .max = ORDER_AREAS_MAX, .item = &round_share_record),
};
RECORD(ordered_record, round_ordered, ordered_fields);

static const struct field short_fields[] = {
    FIELD(round_short, shortage, SELF, 0, "缺口", "shortage"),
    FIELD(round_short, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(round_short, kind, ENUM, FIELD_REQUIRED, "短缺", "shortage", .choices = shortage_kinds),
    FIELD(round_short, needed, INT, FIELD_REQUIRED, "需要", "needed"),
    FIELD(round_short, available, INT, FIELD_REQUIRED, "现有", "available"),
    TIME_FIELD(round_short, finish_ms, "finish", 0, "按现有能力完成", "finished at this capacity"),
    FIELD(round_short, pool_advised, INT, 0, "可改为混采人数", "pool size that would fit", .min = 1,
          .max = ORDER_POOL_MAX, .unit = "persons"),
    FIELD(round_short, accepted_because, TEXT, FIELD_REQUIRED, "仍下令的理由",
          "why it was ordered all the same", .min = 2, .max = 1000),
};
RECORD(short_record, round_short, short_fields);

static const struct field moved_fields[] = {
    FIELD(round_moved_on, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(round_moved_on, to, ENUM, FIELD_REQUIRED, "进入", "to", .choices = round_states),
    FIELD(round_moved_on, missed, INT, 0, "仍未采人数", "people still owed", .min = 0,
          .max = ROLL_SLOT_MAX, .unit = "persons"),
    FIELD(round_moved_on, because, TEXT, 0, "理由", "because", .max = 1000),
};
RECORD(moved_record, round_moved_on, moved_fields);

static const struct field site_opened_fields[] = {
    FIELD(site_opened, site, SELF, 0, "采样点", "site"),
    FIELD(site_opened, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(site_opened, institution, REF, FIELD_REQUIRED, "采样机构", "sampling institution"),
    FIELD(site_opened, stations, INT, FIELD_REQUIRED, "采样台", "stations", .min = 1, .max = 500),
    FIELD(site_opened, samplers, INT, FIELD_REQUIRED, "采样员", "samplers", .min = 1, .max = 1000),
    TIME_FIELD(site_opened, from_ms, "from", 0, "开放自", "open from"),
    TIME_FIELD(site_opened, to_ms, "to", 0, "开放至", "open until"),
    FIELD(site_opened, name, TEXT, FIELD_REQUIRED, "名称", "name", .min = 1, .max = 200),
};
RECORD(site_opened_record, site_opened, site_opened_fields);

static const struct field site_closed_fields[] = {
    FIELD(site_closed, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(site_closed, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(site_closed, waste_bags, INT, 0, "医疗废物袋数", "bags of waste", .min = 0,
          .max = 100000),
};
RECORD(site_closed_record, site_closed, site_closed_fields);

static const struct field site_told_fields[] = {
    FIELD(site_told, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(site_told, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(site_told, queue, INT, FIELD_REQUIRED, "排队人数", "people waiting", .min = 0,
          .max = 100000, .unit = "persons"),
    FIELD(site_told, waiting_minutes, INT, FIELD_REQUIRED, "等候分钟", "minutes of waiting",
          .min = 0, .max = 1440, .unit = "min"),
    FIELD(site_told, samplers, INT, FIELD_REQUIRED, "在岗采样员", "samplers at work", .min = 0,
          .max = 1000),
};
RECORD(site_told_record, site_told, site_told_fields);

static const struct field missed_fields[] = {
    FIELD(door_missed, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(door_missed, slot, INT, FIELD_REQUIRED, "首个序号", "first slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(door_missed, count, INT, FIELD_REQUIRED, "人数", "people", .min = 1, .max = 100,
          .unit = "persons"),
    FIELD(door_missed, reason, ENUM, FIELD_REQUIRED, "原因", "reason", .choices = missed_reasons),
};
RECORD(missed_record, door_missed, missed_fields);

static const struct field exempted_fields[] = {
    FIELD(resident_exempted, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(resident_exempted, ordinal, INT, FIELD_REQUIRED, "轮次序号", "number of the round",
          .min = 1, .max = 1000000),
    FIELD(resident_exempted, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(resident_exempted, reason, ENUM, FIELD_REQUIRED, "原因", "reason",
          .choices = exempt_reasons),
    FIELD(resident_exempted, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(exempted_record, resident_exempted, exempted_fields);

static const struct field capacity_fields[] = {
    FIELD(capacity_told, institution, REF, FIELD_REQUIRED, "机构", "institution"),
    FIELD(capacity_told, tubes_per_hour, INT, 0, "每小时检测管数", "tubes an hour", .min = 0,
          .max = 1000000, .unit = "tubes"),
    FIELD(capacity_told, samplers, INT, 0, "采样员", "samplers", .min = 0, .max = 1000000),
    FIELD(capacity_told, tube_stock, INT, 0, "采样管库存", "tubes in stock", .min = 0,
          .max = ROLL_SLOT_MAX, .unit = "tubes"),
    TIME_FIELD(capacity_told, from_ms, "from", 0, "自", "from"),
};
const struct record capacity_told_record = {"capacity_told", sizeof(struct capacity_told),
                                            capacity_fields,
                                            sizeof capacity_fields / sizeof capacity_fields[0]};

static const struct field community_missed_fields[] = {
    FIELD(community_missed, list, SELF, 0, "敲门名单", "list"),
    FIELD(community_missed, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(community_missed, missed, INT, FIELD_REQUIRED, "未采人数", "not sampled yet", .min = 1,
          .max = ROLL_SLOT_MAX, .unit = "persons"),
};
RECORD(community_missed_record, community_missed, community_missed_fields);

static const struct field community_complete_fields[] = {
    FIELD(community_complete, list, REF, FIELD_REQUIRED, "敲门名单", "list"),
    FIELD(community_complete, round, REF, FIELD_REQUIRED, "轮次", "round"),
};
RECORD(community_complete_record, community_complete, community_complete_fields);

static const struct field released_fields[] = {
    FIELD(community_released, list, REF, FIELD_REQUIRED, "敲门名单", "list"),
    FIELD(community_released, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(community_released, missed, INT, FIELD_REQUIRED, "仍未采人数", "people still missing",
          .min = 0, .max = ROLL_SLOT_MAX, .unit = "persons"),
};
RECORD(released_record, community_released, released_fields);

static const struct field joined_fields[] = {
    FIELD(community_joined, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(community_joined, due, INT, FIELD_REQUIRED, "应检", "due", .min = 1, .max = ROLL_SLOT_MAX,
          .unit = "persons"),
};
RECORD(joined_record, community_joined, joined_fields);

static const struct field met_fields[] = {
    FIELD(shortage_met, shortage, REF, FIELD_REQUIRED, "缺口", "shortage"),
    FIELD(shortage_met, round, REF, FIELD_REQUIRED, "轮次", "round"),
};
RECORD(met_record, shortage_met, met_fields);

static const struct field closed_fields[] = {
    FIELD(round_closed, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(round_closed, due, INT, FIELD_REQUIRED, "应检", "due"),
    FIELD(round_closed, sampled, INT, FIELD_REQUIRED, "已采", "sampled"),
    FIELD(round_closed, exempt, INT, FIELD_REQUIRED, "免检", "exempt"),
    FIELD(round_closed, missed, INT, FIELD_REQUIRED, "未采", "missed"),
    FIELD(round_closed, tubes, INT, FIELD_REQUIRED, "管数", "tubes"),
    FIELD(round_closed, pools_positive, INT, FIELD_REQUIRED, "阳性混管", "positive pools"),
};
RECORD(closed_record, round_closed, closed_fields);

#define SUPPLY_FIELDS(owner)                                                                       \
    FIELD(owner, round, REF, FIELD_REQUIRED, "轮次", "round"),                                     \
        FIELD(owner, site, REF, FIELD_REQUIRED, "采样点", "site")
#define SUPPLY_COUNT(owner, zh, en)                                                                \
    FIELD(owner, count, INT, FIELD_REQUIRED, zh, en, .min = 1, .max = 1000000)

static const struct field requested_fields[] = {
    FIELD(supply_requested, request, SELF, 0, "请求", "request"),
    SUPPLY_FIELDS(supply_requested),
    FIELD(supply_requested, kind, ENUM, FIELD_REQUIRED, "所需", "what", .choices = supply_kinds),
    SUPPLY_COUNT(supply_requested, "数量", "how many"),
    FIELD(supply_requested, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(requested_record, supply_requested, requested_fields);

static const struct field sent_fields[] = {
    FIELD(supply_sent, request, REF, FIELD_REQUIRED, "请求", "request"),
    SUPPLY_FIELDS(supply_sent),
    SUPPLY_COUNT(supply_sent, "发出数量", "sent"),
};
RECORD(sent_record, supply_sent, sent_fields);

static const struct field refused_fields[] = {
    FIELD(supply_refused, request, REF, FIELD_REQUIRED, "请求", "request"),
    SUPPLY_FIELDS(supply_refused),
    FIELD(supply_refused, reason, ENUM, FIELD_REQUIRED, "原因", "reason",
          .choices = supply_refusals),
    FIELD(supply_refused, note, SEALED, 0, "说明", "note", .max = 400),
};
RECORD(refused_record, supply_refused, refused_fields);

static const struct field advanced_fields[] = {
    FIELD(lists_advanced, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(lists_advanced, moved, REF, FIELD_REQUIRED, "所依据的阶段变更", "what it follows from"),
    FIELD(lists_advanced, to, ENUM, FIELD_REQUIRED, "进入", "to", .choices = round_states),
    FIELD(lists_advanced, after, INT, 0, "已处理到的社区", "last community looked at", .min = 1),
};
RECORD(advanced_record, lists_advanced, advanced_fields);

const struct event_kind order_events[] = {
    {ORDER_ROUND_ORDERED, 1, "round_ordered", "下达全员检测", "round ordered", &ordered_record,
     NULL},
    {ORDER_ROUND_SHORT, 1, "round_short", "能力缺口", "round is short of capacity", &short_record,
     NULL},
    {ORDER_ROUND_MOVED_ON, 1, "round_moved_on", "轮次进入下一阶段", "round moved on", &moved_record,
     NULL},
    {ORDER_SITE_OPENED, 1, "site_opened", "采样点开放", "site opened", &site_opened_record, NULL},
    {ORDER_SITE_CLOSED, 1, "site_closed", "采样点关闭", "site closed", &site_closed_record, NULL},
    {ORDER_SITE_TOLD, 1, "site_told", "采样点报情况", "site told its queue", &site_told_record,
     NULL},
    {ORDER_DOOR_MISSED, 1, "door_missed", "上门未采到", "door missed", &missed_record, NULL},
    {ORDER_RESIDENT_EXEMPTED, 1, "resident_exempted", "本轮免检", "resident exempted",
     &exempted_record, NULL},
    {ORDER_CAPACITY_TOLD, 1, "capacity_told", "报告能力", "capacity told", &capacity_told_record,
     NULL},
    {ORDER_COMMUNITY_MISSED, 1, "community_missed", "社区未采名单", "community has missed people",
     &community_missed_record, NULL},
    {ORDER_COMMUNITY_COMPLETE, 1, "community_complete", "社区采样无遗漏", "community complete",
     &community_complete_record, NULL},
    {ORDER_SHORTAGE_MET, 1, "shortage_met", "能力缺口补上", "shortage met", &met_record, NULL},
    {ORDER_COMMUNITY_RELEASED, 1, "community_released", "社区未采名单随采样结束",
     "community released", &released_record, NULL},
    {ORDER_COMMUNITY_JOINED, 1, "community_joined", "社区补入本轮", "community joined the round",
     &joined_record, NULL},
    {ORDER_ROUND_CLOSED, 1, "round_closed", "轮次结束", "round closed", &closed_record, NULL},
    {ORDER_SUPPLY_REQUESTED, 1, "supply_requested", "采样点请求支援", "site asked for supplies",
     &requested_record, NULL},
    {ORDER_SUPPLY_SENT, 1, "supply_sent", "支援已发出", "supplies sent", &sent_record, NULL},
    {ORDER_SUPPLY_REFUSED, 1, "supply_refused", "支援请求未满足", "supplies refused",
     &refused_record, NULL},
    {ORDER_LISTS_ADVANCED, 1, "lists_advanced", "敲门名单分批处理", "lists of doors advanced",
     &advanced_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
