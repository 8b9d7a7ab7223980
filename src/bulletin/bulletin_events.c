#include "bulletin/bulletin_events.h"

#include "report/report_events.h"

const struct choice bulletin_measures[] = {
    {"confirmed_new", "新增确诊病例", "new confirmed cases"},
    {"converted", "无症状感染者转为确诊", "of which converted from asymptomatic"},
    {"asymptomatic_new", "新增无症状感染者", "new asymptomatic infected persons"},
    {"confirmed_cumulative", "累计确诊病例", "cumulative confirmed cases"},
    {"asymptomatic_cumulative", "累计无症状感染者", "cumulative asymptomatic infected persons"},
    {"discharged_new", "新增出院", "newly discharged"},
    {"released_new", "新增解除隔离", "newly released from isolation"},
    {"discharged_or_released_new", "新增出院或解除隔离", "newly discharged or released"},
    {"awaiting_diagnosis", "初筛阳性待诊断", "screen positives awaiting diagnosis"},
    {NULL, NULL, NULL},
};

static const struct field window_fields[] = {
    FIELD(bulletin_window_opened, window, SELF, 0, "统计时段", "window"),
    FIELD(bulletin_window_opened, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(bulletin_window_opened, to_ms, TIME, FIELD_REQUIRED, "止", "to"),
    FIELD(bulletin_window_opened, title, TEXT, 0, "标题", "title", .max = 200),
};
RECORD(window_record, bulletin_window_opened, window_fields);

static const struct field checked_fields[] = {
    FIELD(bulletin_checked, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(bulletin_checked, to_ms, TIME, FIELD_REQUIRED, "止", "to"),
    FIELD(bulletin_checked, version, INT, FIELD_REQUIRED, "版本", "version"),
    FIELD(bulletin_checked, position, INT, FIELD_REQUIRED, "日志位置", "log position"),
    FIELD(bulletin_checked, failed, INT, FIELD_REQUIRED, "未通过的核对", "failed checks",
          .unit = "checks"),
    FIELD(bulletin_checked, hard, INT, FIELD_REQUIRED, "其中不得签发的", "of which forbid signing",
          .unit = "checks"),
    FIELD(bulletin_checked, names, TEXT, 0, "未通过项目", "failed ones"),
};
RECORD(checked_record, bulletin_checked, checked_fields);

static const struct field signed_fields[] = {
    FIELD(bulletin_signed, bulletin, SELF, 0, "通报", "bulletin"),
    FIELD(bulletin_signed, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(bulletin_signed, to_ms, TIME, FIELD_REQUIRED, "止", "to"),
    FIELD(bulletin_signed, version, INT, FIELD_REQUIRED, "版本", "version"),
    FIELD(bulletin_signed, position, INT, FIELD_REQUIRED, "日志位置", "log position"),
    FIELD(bulletin_signed, supersedes, REF, 0, "取代的通报", "superseded bulletin"),
    FIELD(bulletin_signed, reason, TEXT, 0, "更正理由", "reason of the correction"),
    FIELD(bulletin_signed, figures, TEXT, FIELD_REQUIRED, "数字", "figures",
          .max = LIMIT_EVENT_BYTES / 2),
    FIELD(bulletin_signed, text_zh, TEXT, FIELD_REQUIRED | FIELD_MULTILINE, "中文正文",
          "Chinese text", .max = 65536),
    FIELD(bulletin_signed, text_en, TEXT, FIELD_REQUIRED | FIELD_MULTILINE, "英文正文",
          "English text", .max = 65536),
};
RECORD(signed_record, bulletin_signed, signed_fields);

static const struct field published_fields[] = {
    FIELD(bulletin_published, bulletin, REF, FIELD_REQUIRED, "通报", "bulletin"),
    FIELD(bulletin_published, channel, TEXT, FIELD_REQUIRED, "发布渠道", "channel", .max = 100),
};
RECORD(published_record, bulletin_published, published_fields);

static const struct field adjusted_fields[] = {
    FIELD(publisher_adjusted, adjustment, SELF, 0, "发布方调整", "publisher adjustment"),
    FIELD(publisher_adjusted, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(publisher_adjusted, to_ms, TIME, FIELD_REQUIRED, "止", "to"),
    FIELD(publisher_adjusted, measure, ENUM, FIELD_REQUIRED, "指标", "measure",
          .choices = bulletin_measures),
    FIELD(publisher_adjusted, severity, ENUM, 0, "临床分型", "severity",
          .choices = case_severities),
    FIELD(publisher_adjusted, value, INT, FIELD_REQUIRED, "调整数", "value", .min = -10000000,
          .max = 10000000, .unit = "persons"),
    FIELD(publisher_adjusted, source, TEXT, FIELD_REQUIRED, "来源", "source", .max = 500),
    FIELD(publisher_adjusted, reason, TEXT, FIELD_REQUIRED, "理由", "reason", .max = 1000),
};
RECORD(adjusted_record, publisher_adjusted, adjusted_fields);

static const struct field recorded_fields[] = {
    FIELD(published_figure_recorded, figure, SELF, 0, "公布数", "published figure"),
    FIELD(published_figure_recorded, publisher, TEXT, FIELD_REQUIRED, "发布方", "publisher",
          .max = 200),
    FIELD(published_figure_recorded, from_ms, TIME, FIELD_REQUIRED, "起", "from"),
    FIELD(published_figure_recorded, to_ms, TIME, FIELD_REQUIRED, "止", "to"),
    FIELD(published_figure_recorded, measure, ENUM, FIELD_REQUIRED, "指标", "measure",
          .choices = bulletin_measures),
    FIELD(published_figure_recorded, severity, ENUM, 0, "临床分型", "severity",
          .choices = case_severities),
    FIELD(published_figure_recorded, value, INT, FIELD_REQUIRED, "数值", "value", .min = 0,
          .max = 100000000, .unit = "persons"),
    FIELD(published_figure_recorded, source, TEXT, FIELD_REQUIRED, "来源", "source", .max = 500),
};
RECORD(recorded_record, published_figure_recorded, recorded_fields);

static const struct field counted_fields[] = {
    FIELD_CASE(case_counted, FIELD_REQUIRED),
    FIELD(case_counted, counted_ms, TIME, 0, "计入时间", "counted at"),
    FIELD(case_counted, status, ENUM, 0, "诊断", "status", .choices = case_statuses),
    FIELD(case_counted, severity, ENUM, 0, "临床分型", "severity", .choices = case_severities),
    FIELD(case_counted, audited_ms, TIME, 0, "终审时间", "last audit"),
};
RECORD(counted_record, case_counted, counted_fields);

static const struct field conversion_fields[] = {
    FIELD_CASE(conversion_counted, FIELD_REQUIRED),
    FIELD(conversion_counted, counted_ms, TIME, 0, "计入时间", "counted at"),
    FIELD(conversion_counted, severity, ENUM, 0, "临床分型", "severity",
          .choices = case_severities),
    FIELD(conversion_counted, happened_ms, TIME, 0, "转为确诊时间", "converted at"),
};
RECORD(conversion_record, conversion_counted, conversion_fields);

const struct event_kind bulletin_events[] = {
    {BULLETIN_WINDOW_OPENED, 1, "bulletin_window_opened", "开启统计时段", "Window opened",
     &window_record, NULL},
    {BULLETIN_CHECKED, 1, "bulletin_checked", "通报核对", "Bulletin checked", &checked_record,
     NULL},
    {BULLETIN_SIGNED, 1, "bulletin_signed", "通报签发", "Bulletin signed", &signed_record, NULL},
    {BULLETIN_PUBLISHED, 1, "bulletin_published", "通报发布", "Bulletin published",
     &published_record, NULL},
    {BULLETIN_ADJUSTED, 1, "publisher_adjusted", "发布方调整", "Publisher adjustment",
     &adjusted_record, NULL},
    {BULLETIN_FIGURE_RECORDED, 1, "published_figure_recorded", "记录公布数",
     "Published figure recorded", &recorded_record, NULL},
    {BULLETIN_CASE_COUNTED, 1, "case_counted", "计入通报", "Counted in the bulletin",
     &counted_record, NULL},
    {BULLETIN_CONVERSION_COUNTED, 1, "conversion_counted", "转为确诊计入通报", "Conversion counted",
     &conversion_record, NULL},
    {0},
};
