#include "report/report_events.h"

#include <stddef.h>

const struct choice positive_sources[] = {
    {"laboratory", "实验室", "laboratory"},
    {"clinic", "门诊", "clinic"},
    {"antigen", "抗原", "antigen"},
    {NULL, NULL, NULL},
};
const struct choice found_in_choices[] = {
    {"centralised", "集中隔离", "centralised isolation"},
    {"home_observation", "居家隔离医学观察", "home medical observation"},
    {"closed_loop_work", "闭环管理人员", "closed-loop workers"},
    {"lockdown_screen", "封控区筛查", "screening in a lockdown zone"},
    {"control_screen", "管控区筛查", "screening in a control zone"},
    {"precaution_screen", "防范区筛查", "screening in a precaution zone"},
    {"clinic", "主动就诊", "at a clinic"},
    {"arrival", "外地来返人员筛查", "screening of arrivals"},
    {"other", "其他", "other"},
    {NULL, NULL, NULL},
};
const struct choice review_outcomes[] = {
    {"positive", "阳性", "positive"},
    {"negative", "阴性", "negative"},
    {"repeat", "需重新采样", "new sample needed"},
    {NULL, NULL, NULL},
};
const struct choice case_statuses[] = {
    {"confirmed", "确诊病例", "confirmed case"},
    {"asymptomatic", "无症状感染者", "asymptomatic infected person"},
    {NULL, NULL, NULL},
};
const struct choice case_severities[] = {
    {"none", "无（无症状）", "none (asymptomatic)"},
    {"mild", "轻型", "mild"},
    {"common", "普通型", "common"},
    {"severe", "重型", "severe"},
    {"critical", "危重型", "critical"},
    {NULL, NULL, NULL},
};
const struct choice case_origins[] = {
    {"local", "本土", "local"},
    {"imported", "境外输入", "imported"},
    {NULL, NULL, NULL},
};
const struct choice audit_levels[] = {
    {"county", "县级", "county"},
    {"city", "市级", "city"},
    {"province", "省级", "province"},
    {NULL, NULL, NULL},
};
const struct choice audit_outcomes[] = {
    {"passed", "通过", "passed"},
    {"returned", "退回", "returned"},
    {NULL, NULL, NULL},
};
const struct choice corrected_whats[] = {
    {"conversion", "无症状转确诊", "asymptomatic turned confirmed"},
    {"severity", "临床分型", "severity"},
    {"discharge", "出院", "discharge"},
    {"release", "解除隔离", "release"},
    {"death", "死亡", "death"},
    {"other", "其他", "other"},
    {NULL, NULL, NULL},
};
const struct choice event_report_kinds[] = {
    {"initial", "初次报告", "initial report"},
    {"progress", "进程报告", "progress report"},
    {"final", "结案报告", "final report"},
    {NULL, NULL, NULL},
};
const struct choice report_signals[] = {
    {"first_case", "县区首例", "first case of a county"},
    {"cluster", "聚集性疫情", "cluster"},
    {NULL, NULL, NULL},
};

#define CT_FIELD(owner, member, zh, en)                                                            \
    FIELD(owner, member, INT, 0, zh, en, .min = 0, .max = 9999, .unit = "1/100 Ct")

static const struct field found_fields[] = {
    FIELD(positive_found, positive, SELF, 0, "阳性编号", "positive"),
    FIELD(positive_found, source, ENUM, FIELD_REQUIRED, "来源", "source",
          .choices = positive_sources),
    FIELD(positive_found, tube, REF, 0, "采样管", "tube"),
    FIELD(positive_found, institution, REF, FIELD_REQUIRED, "检测或发现机构",
          "finding institution"),
    FIELD(positive_found, found_in, ENUM, 0, "发现方式", "found in", .choices = found_in_choices),
    FIELD(positive_found, sampled_ms, TIME, 0, "采样时间", "sampled", .unit = "ms"),
    FIELD(positive_found, resulted_ms, TIME, 0, "结果时间", "resulted", .unit = "ms"),
    CT_FIELD(positive_found, ct_orf1ab, "ORF1ab 基因 Ct 值", "Ct value ORF1ab"),
    CT_FIELD(positive_found, ct_n, "N 基因 Ct 值", "Ct value N"),
};
RECORD(found_record, positive_found, found_fields);

static const struct field reviewed_fields[] = {
    FIELD(positive_reviewed, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
    FIELD(positive_reviewed, outcome, ENUM, FIELD_REQUIRED, "复核结果", "review outcome",
          .choices = review_outcomes),
    FIELD(positive_reviewed, institution, REF, 0, "复核机构", "reviewing institution"),
    CT_FIELD(positive_reviewed, ct_orf1ab, "ORF1ab 基因 Ct 值", "Ct value ORF1ab"),
    CT_FIELD(positive_reviewed, ct_n, "N 基因 Ct 值", "Ct value N"),
};
RECORD(reviewed_record, positive_reviewed, reviewed_fields);

static const struct field diagnosed_fields[] = {
    {.name = "case",
     .type = FIELD_SELF,
     .zh = "病例",
     .en = "case",
     .offset = offsetof(struct case_diagnosed, case_number)},
    FIELD(case_diagnosed, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
    FIELD(case_diagnosed, status, ENUM, FIELD_REQUIRED, "诊断", "status", .choices = case_statuses),
    FIELD(case_diagnosed, severity, ENUM, FIELD_REQUIRED, "临床分型", "severity",
          .choices = case_severities),
    FIELD(case_diagnosed, origin, ENUM, FIELD_REQUIRED, "来源地", "origin",
          .choices = case_origins),
    FIELD(case_diagnosed, found_in, ENUM, 0, "发现方式", "found in", .choices = found_in_choices),
    FIELD(case_diagnosed, institution, REF, FIELD_REQUIRED, "诊断机构", "diagnosing institution"),
    FIELD(case_diagnosed, onset_ms, TIME, 0, "发病时间", "onset", .unit = "ms"),
};
RECORD(diagnosed_record, case_diagnosed, diagnosed_fields);

static const struct field filed_fields[] = {
    FIELD(report_filed, report, SELF, 0, "报告卡", "report"),
    FIELD_CASE(report_filed, FIELD_REQUIRED),
    FIELD(report_filed, institution, REF, FIELD_REQUIRED, "报告机构", "reporting institution"),
    FIELD(report_filed, card_number, TEXT, FIELD_REQUIRED, "卡片编号", "card number", .min = 1,
          .max = 64),
};
RECORD(filed_record, report_filed, filed_fields);

static const struct field audited_fields[] = {
    FIELD(report_audited, report, REF, FIELD_REQUIRED, "报告卡", "report"),
    FIELD_CASE(report_audited, FIELD_REQUIRED),
    FIELD(report_audited, level, ENUM, FIELD_REQUIRED, "审核级别", "audit level",
          .choices = audit_levels),
    FIELD(report_audited, outcome, ENUM, FIELD_REQUIRED, "审核结果", "audit outcome",
          .choices = audit_outcomes),
    FIELD(report_audited, reason, SEALED, 0, "退回理由", "reason"),
};
RECORD(audited_record, report_audited, audited_fields);

static const struct field converted_fields[] = {
    FIELD_CASE(case_converted, FIELD_REQUIRED),
    FIELD(case_converted, severity, ENUM, FIELD_REQUIRED, "临床分型", "severity",
          .choices = case_severities),
    FIELD(case_converted, institution, REF, 0, "诊断机构", "diagnosing institution"),
};
RECORD(converted_record, case_converted, converted_fields);

static const struct field severity_fields[] = {
    FIELD_CASE(severity_changed, FIELD_REQUIRED),
    FIELD(severity_changed, severity, ENUM, FIELD_REQUIRED, "临床分型", "severity",
          .choices = case_severities),
};
RECORD(severity_record, severity_changed, severity_fields);

static const struct field ended_fields[] = {FIELD_CASE(case_ended, FIELD_REQUIRED)};
RECORD(ended_record, case_ended, ended_fields);

static const struct field excluded_fields[] = {
    FIELD_CASE(case_excluded, FIELD_REQUIRED),
    FIELD(case_excluded, reason, SEALED, 0, "排除理由", "reason"),
};
RECORD(excluded_record, case_excluded, excluded_fields);

static const struct field re_positive_fields[] = {
    FIELD_CASE(re_positive_found, FIELD_REQUIRED),
    FIELD(re_positive_found, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
};
RECORD(re_positive_record, re_positive_found, re_positive_fields);

static const struct field corrected_fields[] = {
    FIELD(report_corrected, report, REF, FIELD_REQUIRED, "报告卡", "report"),
    FIELD_CASE(report_corrected, FIELD_REQUIRED),
    FIELD(report_corrected, what, ENUM, FIELD_REQUIRED, "订正内容", "what is corrected",
          .choices = corrected_whats),
    FIELD(report_corrected, card_number, TEXT, FIELD_REQUIRED, "卡片编号", "card number", .min = 1,
          .max = 64),
};
RECORD(corrected_record, report_corrected, corrected_fields);

static const struct field moved_fields[] = {
    FIELD_CASE(case_moved_area, FIELD_REQUIRED),
    FIELD(case_moved_area, area_from, AREA, FIELD_REQUIRED, "原地区", "former area"),
};
RECORD(moved_record, case_moved_area, moved_fields);

static const struct field first_fields[] = {
    FIELD(county_first_case, about, SELF, 0, "事件编号", "signal"),
    FIELD_CASE(county_first_case, FIELD_REQUIRED),
};
RECORD(first_record, county_first_case, first_fields);

static const struct field cluster_fields[] = {
    FIELD(cluster_found, about, SELF, 0, "事件编号", "signal"),
    FIELD_CASE(cluster_found, FIELD_REQUIRED),
    FIELD(cluster_found, size, INT, FIELD_REQUIRED, "病例数", "cases", .min = 1, .max = 1000000,
          .unit = "persons"),
};
RECORD(cluster_record, cluster_found, cluster_fields);

static const struct field event_report_fields[] = {
    FIELD(event_report_filed, about, REF, FIELD_REQUIRED, "事件编号", "signal"),
    FIELD_CASE(event_report_filed, FIELD_REQUIRED),
    FIELD(event_report_filed, signal, ENUM, FIELD_REQUIRED, "事件类型", "kind of signal",
          .choices = report_signals),
    FIELD(event_report_filed, kind, ENUM, FIELD_REQUIRED, "报告类型", "kind of report",
          .choices = event_report_kinds),
};
RECORD(event_report_record, event_report_filed, event_report_fields);

static const struct field refuted_fields[] = {
    FIELD(positive_refuted, positive, REF, FIELD_REQUIRED, "阳性编号", "positive"),
};
RECORD(refuted_record, positive_refuted, refuted_fields);

static const struct field voided_fields[] = {
    FIELD_CASE(case_voided, FIELD_REQUIRED),
    FIELD(case_voided, report, REF, 0, "报告卡", "report"),
};
RECORD(voided_record, case_voided, voided_fields);

const struct event_kind report_events[] = {
    {REPORT_POSITIVE_FOUND, 1, "positive_found", "发现初筛阳性", "screen positive found",
     &found_record, NULL},
    {REPORT_POSITIVE_REVIEWED, 1, "positive_reviewed", "阳性复核", "positive reviewed",
     &reviewed_record, NULL},
    {REPORT_CASE_DIAGNOSED, 1, "case_diagnosed", "诊断", "case diagnosed", &diagnosed_record, NULL},
    {REPORT_FILED, 1, "report_filed", "网络直报", "direct network report filed", &filed_record,
     NULL},
    {REPORT_AUDITED, 1, "report_audited", "报告审核", "report audited", &audited_record, NULL},
    {REPORT_CASE_CONVERTED, 1, "case_converted", "无症状转确诊", "asymptomatic turned confirmed",
     &converted_record, NULL},
    {REPORT_SEVERITY_CHANGED, 1, "severity_changed", "临床分型变化", "severity changed",
     &severity_record, NULL},
    {REPORT_CASE_DISCHARGED, 1, "case_discharged", "出院", "case discharged", &ended_record, NULL},
    {REPORT_CASE_RELEASED, 1, "case_released", "解除隔离", "case released", &ended_record, NULL},
    {REPORT_CASE_DIED, 1, "case_died", "死亡", "case died", &ended_record, NULL},
    {REPORT_CASE_EXCLUDED, 1, "case_excluded", "排除病例", "case excluded", &excluded_record, NULL},
    {REPORT_RE_POSITIVE_FOUND, 1, "re_positive_found", "复阳", "positive again",
     &re_positive_record, NULL},
    {REPORT_CORRECTED, 1, "report_corrected", "报告订正", "report corrected", &corrected_record,
     NULL},
    {REPORT_CASE_MOVED_AREA, 1, "case_moved_area", "病例地区调整", "case moved to another area",
     &moved_record, NULL},
    {REPORT_COUNTY_FIRST_CASE, 1, "county_first_case", "县区首例确诊",
     "first confirmed case of a county", &first_record, NULL},
    {REPORT_CLUSTER_FOUND, 1, "cluster_found", "发现聚集性疫情", "cluster found", &cluster_record,
     NULL},
    {REPORT_EVENT_REPORT_FILED, 1, "event_report_filed", "突发公共卫生事件报告",
     "public health event report filed", &event_report_record, NULL},
    {REPORT_POSITIVE_REFUTED, 1, "positive_refuted", "复核排除阳性", "positive refuted",
     &refuted_record, NULL},
    {REPORT_CASE_VOIDED, 1, "case_voided", "病例作废", "case void", &voided_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
