#include "bulletin_support.h"

#include "base/time.h"

int64_t institution;

int64_t number(json_t *answer, const char *name)
{
    int64_t value = test_int(answer, name);
    json_decref(answer);
    return value;
}

struct test_ledger *province(void)
{
    struct test_ledger *t = test_ledger_new("2022-03-11T00:00:00+08:00");
    institution = number(test_ok(t, "register_institution",
                                 "{'area': '220200', 'kind': 'hospital', 'name': '医院'}"),
                         "institution");
    for (int day = 11; day < 16; day++)
        json_decref(test_okf(t, "open_window",
                             "{'area': '220000', 'from_ms': '2022-03-%dT00:00:00+08:00', 'to_ms': "
                             "'2022-03-%dT00:00:00+08:00'}",
                             day, day + 1));
    test_clock(t, "2022-03-16T12:00:00+08:00");
    return t;
}

void done(struct test_ledger *t)
{
    test_rebuild(t);
    test_ledger_free(t);
}

const char *at(int64_t ms)
{
    static char text[4][BH_TIME_TEXT];
    static int next;
    next = (next + 1) % 4;
    bh_time_format(ms, 480, text[next]);
    return text[next];
}

struct made_case reported(struct test_ledger *t, const char *area, const char *status,
                          const char *severity, int64_t audit_ms)
{
    static int serial;
    struct made_case made;
    serial++;
    made.person = number(test_okf(t, "register_person",
                                  "{'area': '%s', 'name': '人%d', 'document': '99999%07d'}", area,
                                  serial, serial),
                         "person");
    int64_t positive = number(test_okf(t, "report_positive",
                                       "{'person': %lld, 'source': 'clinic', 'institution': %lld, "
                                       "'found_in': 'clinic', 'sampled_ms': '%s',"
                                       " 'resulted_ms': '%s', 'occurred': '%s'}",
                                       (long long)made.person, (long long)institution,
                                       at(audit_ms - 6 * BH_HOUR_MS), at(audit_ms - 5 * BH_HOUR_MS),
                                       at(audit_ms - 5 * BH_HOUR_MS)),
                              "positive");
    made.number =
        number(test_okf(t, "diagnose_positive",
                        "{'positive': %lld, 'status': '%s', 'severity': '%s', 'origin': 'local',"
                        " 'institution': %lld, 'occurred': '%s'}",
                        (long long)positive, status, severity, (long long)institution,
                        at(audit_ms - 4 * BH_HOUR_MS)),
               "case");
    made.report =
        number(test_okf(t, "file_report", "{'case': %lld, 'card_number': 'K%d', 'occurred': '%s'}",
                        (long long)made.number, serial, at(audit_ms - 3 * BH_HOUR_MS)),
               "report");
    static const char *const levels[] = {"county", "city"};
    for (int i = 0; i < 2; i++)
        json_decref(
            test_okf(t, "audit_report",
                     "{'report': %lld, 'level': '%s', 'outcome': 'passed', 'occurred': '%s'}",
                     (long long)made.report, levels[i], at(audit_ms - (2 - i) * BH_HOUR_MS)));
    return made;
}

struct made_case counted(struct test_ledger *t, const char *area, const char *status,
                         const char *severity, const char *audited)
{
    int64_t audit_ms = test_ms(audited);
    struct made_case made = reported(t, area, status, severity, audit_ms);
    made.audit = number(
        test_okf(t, "audit_report",
                 "{'report': %lld, 'level': 'province', 'outcome': 'passed', 'occurred': '%s'}",
                 (long long)made.report, at(audit_ms)),
        "seq");
    return made;
}

void convert(struct test_ledger *t, const struct made_case *made, const char *severity,
             const char *when)
{
    json_decref(test_okf(t, "convert_case",
                         "{'case': %lld, 'severity': '%s', 'institution': %lld, 'occurred': '%s'}",
                         (long long)made->number, severity, (long long)institution, when));
}
