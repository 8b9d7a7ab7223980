#include "ledger/duty_events.h"

#include <stddef.h>

const struct choice cancel_reasons[] = {
    {"opener_withdrawn", "起因已撤回", "what opened it was withdrawn"},
    {"by_fact", "另有事实使其不再需要", "a fact made it unnecessary"},
    {0},
};
const struct choice redate_reasons[] = {
    {"opener_redated", "起因时间更正", "what opened it was re-dated"},
    {"plan_changed", "方案变更", "the plan changed"},
    {"plan_confirmed", "方案变更，经确认", "the plan changed, confirmed by a person"},
    {"plan_declined", "方案变更，经确认仍按原时限", "the plan changed, a person kept the old time"},
    {"ladder_changed", "升级安排变更，时限不变", "the escalation changed, the time did not"},
    {0},
};

enum { TEXT_WORD = 80, TEXT_VERSION = 4000 };

#define DUTY_FIELD(owner) FIELD(owner, duty, REF, FIELD_REQUIRED, "义务", "Duty")
#define NEXT_FIELD(owner) FIELD(owner, next_ms, TIME, 0, "下次到点", "Next look")
#define WORD_FIELD(owner, member, bits, zh, en)                                                    \
    FIELD(owner, member, TEXT, bits, zh, en, .max = TEXT_WORD)
#define PLAN_FIELD(owner)                                                                          \
    FIELD(owner, plan, TEXT, FIELD_REQUIRED, "方案版本", "Plan version", .max = TEXT_VERSION)

static const struct field layer_adopted_fields[] = {
    WORD_FIELD(plan_layer_adopted, layer, FIELD_REQUIRED, "层", "Layer"),
    FIELD(plan_layer_adopted, text, TEXT, FIELD_REQUIRED | FIELD_MULTILINE, "内容", "Text",
          .max = LIMIT_BODY_BYTES),
    FIELD(plan_layer_adopted, signed_by, REF, 0, "签发人", "Signed by"),
};
RECORD(layer_adopted_record, plan_layer_adopted, layer_adopted_fields);

static const struct field opened_fields[] = {
    FIELD(duty_opened, duty, SELF, 0, "义务", "Duty"),
    WORD_FIELD(duty_opened, rule, FIELD_REQUIRED, "规则", "Rule"),
    WORD_FIELD(duty_opened, subject_kind, FIELD_REQUIRED, "主体种类", "Kind of subject"),
    FIELD(duty_opened, subject, INT, FIELD_REQUIRED, "主体", "Subject", .max = INT64_MAX),
    FIELD(duty_opened, opener, REF, FIELD_REQUIRED, "起因", "Opener"),
    FIELD(duty_opened, start_ms, TIME, FIELD_REQUIRED, "计时起点", "Clock starts"),
    FIELD(duty_opened, due_ms, TIME, FIELD_REQUIRED, "时限", "Due"),
    NEXT_FIELD(duty_opened),
    PLAN_FIELD(duty_opened),
    WORD_FIELD(duty_opened, role, FIELD_REQUIRED, "责任角色", "Role"),
    FIELD(duty_opened, institution, REF, 0, "机构", "Institution"),
    FIELD(duty_opened, post, REF, 0, "岗位", "Post"),
    FIELD(duty_opened, holder, REF, 0, "在岗人", "Holder"),
};
RECORD(opened_record, duty_opened, opened_fields);

static const struct field closed_fields[] = {
    DUTY_FIELD(duty_closed),
    FIELD(duty_closed, closer, REF, FIELD_REQUIRED, "闭合依据", "Closer"),
    FIELD(duty_closed, late_ms, INT, FIELD_REQUIRED, "逾期", "Late", .max = INT64_MAX,
          .unit = "ms"),
};
RECORD(closed_record, duty_closed, closed_fields);

static const struct field cancelled_fields[] = {
    DUTY_FIELD(duty_cancelled),
    FIELD(duty_cancelled, by, REF, FIELD_REQUIRED, "依据", "By"),
    FIELD(duty_cancelled, reason, ENUM, FIELD_REQUIRED, "原因", "Reason",
          .choices = cancel_reasons),
};
RECORD(cancelled_record, duty_cancelled, cancelled_fields);

static const struct field redated_fields[] = {
    DUTY_FIELD(duty_redated),
    FIELD(duty_redated, opened_ms, TIME, FIELD_REQUIRED, "发生", "Opened"),
    FIELD(duty_redated, start_ms, TIME, FIELD_REQUIRED, "计时起点", "Clock starts"),
    FIELD(duty_redated, due_ms, TIME, FIELD_REQUIRED, "时限", "Due"),
    NEXT_FIELD(duty_redated),
    FIELD(duty_redated, reason, ENUM, FIELD_REQUIRED, "原因", "Reason", .choices = redate_reasons),
    PLAN_FIELD(duty_redated),
};
RECORD(redated_record, duty_redated, redated_fields);

static const struct field overdue_fields[] = {
    DUTY_FIELD(duty_overdue),
    FIELD(duty_overdue, due_ms, TIME, FIELD_REQUIRED, "时限", "Due"),
    NEXT_FIELD(duty_overdue),
};
RECORD(overdue_record, duty_overdue, overdue_fields);

static const struct field escalated_fields[] = {
    DUTY_FIELD(duty_escalated),
    FIELD(duty_escalated, step, INT, FIELD_REQUIRED, "级", "Step", .min = 1, .max = 99),
    WORD_FIELD(duty_escalated, role, FIELD_REQUIRED, "升级到的角色", "Role"),
    FIELD(duty_escalated, post, REF, 0, "岗位", "Post"),
    FIELD(duty_escalated, holder, REF, 0, "在岗人", "Holder"),
    NEXT_FIELD(duty_escalated),
    WORD_FIELD(duty_escalated, mark, 0, "标记", "Mark"),
};
RECORD(escalated_record, duty_escalated, escalated_fields);

static const struct field reassigned_fields[] = {
    DUTY_FIELD(duty_reassigned),
    WORD_FIELD(duty_reassigned, role, FIELD_REQUIRED, "责任角色", "Role"),
    FIELD(duty_reassigned, institution, REF, 0, "机构", "Institution"),
    FIELD(duty_reassigned, post, REF, 0, "岗位", "Post"),
    FIELD(duty_reassigned, holder, REF, 0, "在岗人", "Holder"),
};
RECORD(reassigned_record, duty_reassigned, reassigned_fields);

static const struct field reopened_fields[] = {
    DUTY_FIELD(duty_reopened),
    FIELD(duty_reopened, by, REF, FIELD_REQUIRED, "依据", "By"),
    NEXT_FIELD(duty_reopened),
};
RECORD(reopened_record, duty_reopened, reopened_fields);

static const struct field kept_fields[] = {
    WORD_FIELD(duty_evidence_kept, rule, FIELD_REQUIRED, "规则", "Rule"),
    FIELD(duty_evidence_kept, subject, INT, FIELD_REQUIRED, "主体", "Subject", .max = INT64_MAX),
    FIELD(duty_evidence_kept, fact, REF, FIELD_REQUIRED, "事实", "Fact"),
    FIELD(duty_evidence_kept, cancels, BOOL, FIELD_REQUIRED, "取消", "Cancels"),
};
RECORD(kept_record, duty_evidence_kept, kept_fields);

static const struct field asked_fields[] = {
    DUTY_FIELD(duty_replan_asked),
    FIELD(duty_replan_asked, start_ms, TIME, FIELD_REQUIRED, "计时起点", "Clock starts"),
    FIELD(duty_replan_asked, due_ms, TIME, FIELD_REQUIRED, "新时限", "New due time"),
    NEXT_FIELD(duty_replan_asked),
    PLAN_FIELD(duty_replan_asked),
};
RECORD(asked_record, duty_replan_asked, asked_fields);

static const struct field advanced_fields[] = {
    FIELD(duty_replan_advanced, adoption, REF, FIELD_REQUIRED, "采用的方案层", "Adoption"),
    FIELD(duty_replan_advanced, after, REF, 0, "已核对到", "Done up to"),
};
RECORD(advanced_record, duty_replan_advanced, advanced_fields);

static const struct field queued_fields[] = {
    FIELD(notice_queued, notice, SELF, 0, "通知", "Notice"),
    FIELD(notice_queued, post, REF, 0, "岗位", "Post"),
    FIELD(notice_queued, holder, REF, 0, "在岗人", "Holder"),
    WORD_FIELD(notice_queued, rule, FIELD_REQUIRED, "规则", "Rule"),
    WORD_FIELD(notice_queued, role, FIELD_REQUIRED, "角色", "Role"),
    FIELD(notice_queued, step, INT, FIELD_REQUIRED, "级", "Step", .max = 99),
    FIELD(notice_queued, count, INT, FIELD_REQUIRED, "件数", "Count", .min = 1, .max = INT64_MAX,
          .unit = "duties"),
};
RECORD(queued_record, notice_queued, queued_fields);

static const struct field delivered_fields[] = {
    FIELD(notice_delivered, notice, REF, FIELD_REQUIRED, "通知", "Notice"),
    WORD_FIELD(notice_delivered, channel, FIELD_REQUIRED, "渠道", "Channel"),
};
RECORD(delivered_record, notice_delivered, delivered_fields);

static const struct field acknowledged_fields[] = {
    FIELD(notice_acknowledged, notice, REF, FIELD_REQUIRED, "通知", "Notice"),
};
RECORD(acknowledged_record, notice_acknowledged, acknowledged_fields);

const struct event_kind duty_events[] = {
    {DUTY_LAYER_ADOPTED, 1, "plan_layer_adopted", "采用方案层", "Plan layer adopted",
     &layer_adopted_record, NULL},
    {DUTY_OPENED, 1, "duty_opened", "义务产生", "Duty opened", &opened_record, NULL},
    {DUTY_CLOSED, 1, "duty_closed", "义务闭合", "Duty closed", &closed_record, NULL},
    {DUTY_CANCELLED, 1, "duty_cancelled", "义务取消", "Duty cancelled", &cancelled_record, NULL},
    {DUTY_REDATED, 1, "duty_redated", "时限变更", "Duty re-dated", &redated_record, NULL},
    {DUTY_OVERDUE, 1, "duty_overdue", "义务逾期", "Duty overdue", &overdue_record, NULL},
    {DUTY_ESCALATED, 1, "duty_escalated", "逐级升级", "Duty escalated", &escalated_record, NULL},
    {DUTY_REASSIGNED, 1, "duty_reassigned", "义务转交", "Duty reassigned", &reassigned_record,
     NULL},
    {DUTY_REOPENED, 1, "duty_reopened", "义务重新打开", "Duty reopened", &reopened_record, NULL},
    {DUTY_EVIDENCE_KEPT, 1, "duty_evidence_kept", "先到的依据", "Evidence kept", &kept_record,
     NULL},
    {DUTY_REPLAN_ASKED, 1, "duty_replan_asked", "方案变更待确认",
     "Change of time awaits confirmation", &asked_record, NULL},
    {NOTICE_QUEUED, 1, "notice_queued", "通知已生成", "Notice queued", &queued_record, NULL},
    {NOTICE_DELIVERED, 1, "notice_delivered", "通知已送达", "Notice delivered", &delivered_record,
     NULL},
    {NOTICE_ACKNOWLEDGED, 1, "notice_acknowledged", "通知已确认", "Notice acknowledged",
     &acknowledged_record, NULL},
    {DUTY_REPLAN_ADVANCED, 1, "duty_replan_advanced", "按新方案核对的进度",
     "Progress of a change of plan", &advanced_record, NULL},
    {0},
};
