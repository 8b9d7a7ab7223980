/* The query `case`: one case with its clocks and the timeline of everything known about the person. */
#include "report/report.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/log_events.h"
#include "ledger/people_link.h"
#include "round/round_facts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { TIMELINE_MAX = 1000 };

struct case_query {
    int64_t case_number, at;
};
static const struct field case_query_fields[] = {
    FIELD_CASE(case_query, FIELD_REQUIRED),
    FIELD(case_query, at, TIME, 0, "截至", "as known at", .unit = "ms"),
};
const struct record case_query_record = {"case_query", sizeof(struct case_query), case_query_fields,
                                         sizeof case_query_fields / sizeof case_query_fields[0]};

static json_t *text_json(struct bh_str text)
{
    return text.len == 0 ? json_null() : json_stringn(text.at, text.len);
}

/* ---- timeline ---- */

static const char *area_code(void *self, int64_t area)
{
    const struct leaf *leaf = areas_leaf(self, area);
    return leaf ? leaf->code : "";
}

/* Free text stays sealed here; a reader with the right opens it elsewhere, with a reason. Places outside the
 * reader's scope are left blank. */
static json_t *fields_json(const struct reader *reader, const struct event *event)
{
    struct record_edge edge = {
        .arena = reader->arena,
        .zone_minutes = reader->ledger->zone_minutes,
        .self = reader->ledger->areas,
        .area_out = area_code,
    };
    const struct record *record = event->kind->record;
    json_t *fields = record_to_json(record, event->fields, &edge);
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->type == FIELD_SEALED && field_given(field, event->fields))
            answer_set(fields, field->name, json_pack("{s:b}", "sealed", 1));
        if (field->type == FIELD_AREA && field_given(field, event->fields) &&
            !scope_holds(reader->scope, field_int(field, event->fields)))
            answer_set(fields, field->name, json_null());
    }
    return fields;
}

static json_t *entry_json(const struct reader *reader, const struct event *event, bool withdrawn)
{
    json_t *entry = json_object();
    bool inside = scope_holds(reader->scope, event->area);
    const struct leaf *leaf = inside ? areas_leaf(reader->ledger->areas, event->area) : NULL;
    answer_set(entry, "seq", json_integer(event->seq));
    answer_set(entry, "kind", json_string(event->kind->name));
    answer_set(entry, "title", json_string(reader->english ? event->kind->en : event->kind->zh));
    answer_set(entry, "occurred", answer_time(reader, event->occurred_ms));
    answer_set(entry, "recorded", answer_time(reader, event->recorded_ms));
    answer_set(entry, "actor", answer_int(event->actor));
    answer_set(entry, "area", leaf ? json_integer(event->area) : json_null());
    answer_set(entry, "elsewhere", json_boolean(!inside));
    answer_set(entry, "area_code", leaf ? json_string(leaf->code) : json_null());
    answer_set(entry, "area_name", leaf ? json_string(leaf->name) : json_null());
    answer_set(entry, "cause", event->cause == 0 ? json_null() : json_integer(event->cause));
    answer_set(entry, "fields", fields_json(reader, event));
    answer_set(entry, "withdrawn", json_boolean(withdrawn));
    return entry;
}

/* Of this case or the positive that led to it, not only of the same person. */
static bool of_case(const struct case_facts *sick, const struct event *event)
{
    const struct field *of = record_field(event->kind->record, "case"),
                       *from = record_field(event->kind->record, "positive");
    return event->seq == sick->case_number || event->seq == sick->positive ||
           (of && of->type != FIELD_SELF && field_int(of, event->fields) == sick->case_number) ||
           (from && from->type != FIELD_SELF && field_int(from, event->fields) == sick->positive);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* What happened to the person, without the duties it set off; members of tubes are found through their tubes. */
static bool timeline_numbers(struct reader *reader, int64_t person, int64_t *ret, size_t *ret_count,
                             struct bh_err *err)
{
    struct rows rows;
    size_t count = 0, tubes = 0, kept = 0;
    db_rows(
        reader->db, &rows,
        "SELECT seq FROM event WHERE person = ? AND person <> 0 AND (kind >= ? OR kind IN (?, ?))"
        " ORDER BY seq",
        "iiii", person, (int64_t)REPORT_POSITIVE_FOUND, (int64_t)EVENT_FACT_WITHDRAWN,
        (int64_t)EVENT_FACT_REDATED);
    while (count < TIMELINE_MAX && db_next(&rows))
        ret[count++] = row_int(&rows, 0);
    if (!db_end(&rows, err) ||
        !round_person_events(reader->db, person, ret + count, TIMELINE_MAX - count, &tubes, err))
        return false;
    count += tubes;
    qsort(ret, count, sizeof *ret, by_number);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ret[kept - 1] != ret[i])
            ret[kept++] = ret[i];
    *ret_count = kept;
    return true;
}

/* Corrections come after what they correct; the targets of withdrawals known at at_ms are marked. A case that moved
 * takes its own facts along; what else happened to the person in places outside the scope is not shown. */
static bool timeline_event(struct reader *reader, const struct case_facts *sick, int64_t seq,
                           int64_t at_ms, json_t *list, struct bh_err *err)
{
    struct log_reader log;
    int64_t withdrawn = 0;
    bool found = false;
    if (!db_int(reader->db, err, &withdrawn, &found,
                "SELECT 1 FROM withdrawal WHERE target = ? AND known_ms <= ?", "ii", seq, at_ms))
        return false;
    log_reader_open(&log, reader->db, reader->ledger->catalogue, seq, seq);
    if (log_reader_next(&log) && log.event.recorded_ms <= at_ms &&
        (scope_holds(reader->scope, log.event.area) || of_case(sick, &log.event)))
        (void)json_array_append_new(list, entry_json(reader, &log.event, found));
    return log_reader_close(&log, err);
}

static bool timeline_json(struct reader *reader, const struct case_facts *sick, int64_t at_ms,
                          json_t **ret, struct bh_err *err)
{
    int64_t *numbers = bh_arena_try(reader->arena, TIMELINE_MAX * sizeof *numbers);
    size_t count = 0;
    if (!numbers)
        return bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    if (!timeline_numbers(reader, sick->person, numbers, &count, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!timeline_event(reader, sick, numbers[i], at_ms, list, err)) {
            json_decref(list);
            return false;
        }
    }
    *ret = list;
    return true;
}

/* ---- the case ---- */

/* Blank for a place outside the scope, where the case was at an earlier time. */
static void set_area(const struct reader *reader, json_t *object, int64_t area)
{
    const struct areas *areas = reader->ledger->areas;
    bool inside = scope_holds(reader->scope, area);
    const struct leaf *leaf = inside ? areas_leaf(areas, area) : NULL;
    const struct unit *unit = inside ? areas_lowest(areas, area, reader->now_ms) : NULL;
    answer_set(object, "area", leaf ? json_integer(area) : json_null());
    answer_set(object, "area_code", leaf ? json_string(leaf->code) : json_null());
    answer_set(object, "area_name", leaf ? json_string(leaf->name) : json_null());
    answer_set(object, "unit", unit ? json_string(unit->id) : json_null());
    answer_set(object, "unit_name",
               unit ? json_string(reader->english ? unit->en : unit->zh) : json_null());
}

static json_t *clocks_json(const struct reader *reader, const struct case_facts *sick,
                           const struct case_state *state)
{
    json_t *clocks = json_object();
    answer_set(clocks, "sampled", answer_time(reader, sick->sampled_ms));
    answer_set(clocks, "resulted", answer_time(reader, sick->resulted_ms));
    answer_set(clocks, "diagnosed", answer_time(reader, state->diagnosed_ms));
    answer_set(clocks, "reported", answer_time(reader, state->reported_ms));
    answer_set(clocks, "counted", answer_time(reader, sick->counted_ms));
    return clocks;
}

static json_t *card_json(const struct reader *reader, const struct case_state *state)
{
    static const char *const names[AUDIT_LEVELS] = {"county", "city", "province"};
    json_t *card = json_object();
    answer_set(card, "report", state->report == 0 ? json_null() : json_integer(state->report));
    answer_set(card, "filed", answer_time(reader, state->filed_ms));
    answer_set(card, "returned", json_boolean(state->returned));
    for (int i = 0; i < AUDIT_LEVELS; i++)
        answer_set(card, names[i], answer_time(reader, state->audited_ms[i]));
    return card;
}

static json_t *case_json(struct reader *reader, const struct case_facts *sick,
                         const struct case_state *state)
{
    json_t *one = json_object();
    answer_set(one, "case", json_integer(sick->case_number));
    answer_set(one, "positive", json_integer(sick->positive));
    answer_set(one, "person", json_integer(sick->person));
    answer_set(one, "name_masked", text_json(person_masked_name(reader, sick->person)));
    answer_set(one, "status", answer_choice(case_statuses, state->status));
    answer_set(one, "severity", answer_choice(case_severities, state->severity));
    answer_set(one, "first_status", answer_choice(case_statuses, sick->first_status));
    answer_set(one, "converted", answer_time(reader, state->converted_ms));
    answer_set(one, "outcome", answer_choice(case_outcomes, state->outcome));
    answer_set(one, "ended", answer_time(reader, state->outcome_ms));
    answer_set(one, "re_positives", json_integer(state->re_positives));
    answer_set(one, "origin", answer_choice(case_origins, sick->origin));
    answer_set(one, "found_in", answer_choice(found_in_choices, sick->found_in));
    answer_set(one, "institution", answer_int(sick->institution));
    answer_set(one, "onset", answer_time(reader, sick->onset_ms));
    answer_set(one, "withdrawn", json_boolean(sick->withdrawn));
    set_area(reader, one, state->area == BH_NONE ? sick->area : state->area);
    answer_set(one, "clocks", clocks_json(reader, sick, state));
    answer_set(one, "card", card_json(reader, state));
    return one;
}

bool case_query_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct case_query *p = params;
    struct case_fact facts[CASE_FACTS_MAX + 1];
    struct case_facts sick;
    struct case_state state;
    size_t count = 0;
    json_t *timeline = NULL;
    int64_t at_ms = p->at == BH_NONE ? reader->now_ms : p->at;
    if (!report_case(reader->db, p->case_number, &sick, err))
        return false;
    /* A case outside the reader's scope and one not yet known look like none. */
    if (!scope_holds(reader->scope, sick.area) || sick.known_ms > at_ms)
        return bh_fail_field(err, BH_MISSING, "case", "没有病例 %lld", "there is no case %lld",
                             (long long)p->case_number);
    if (!case_facts_read(reader->db, p->case_number, at_ms, facts, &count, err) ||
        !timeline_json(reader, &sick, at_ms, &timeline, err))
        return false;
    case_fold(facts, count, &state);
    if (state.diagnosed_ms == BH_NONE) { /* withdrawn: what was last known */
        state.status = sick.status;
        state.severity = sick.severity;
        state.diagnosed_ms = sick.diagnosed_ms;
    }
    sick.withdrawn = sick.withdrawn && sick.withdrawn_ms <= at_ms;
    *ret = case_json(reader, &sick, &state);
    answer_set(*ret, "timeline", timeline);
    return true;
}
