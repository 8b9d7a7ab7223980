#include "plan/exercise_bodies.h"

#include "base/time.h"

#include <string.h>

void exercise_ids_init(struct exercise_ids *ids, const struct jilin_schedule *schedule,
                       const struct ledger *ledger)
{
    *ids = (struct exercise_ids){
        .schedule = schedule,
        .zone_minutes = ledger->zone_minutes,
        .institutions = bh_alloc(schedule->institution_count * sizeof(int64_t)),
        .users = bh_alloc(schedule->post_count * sizeof(int64_t)),
        .posts = bh_alloc(schedule->post_count * sizeof(int64_t)),
        .pools = bh_alloc(schedule->pool_count * sizeof(int64_t)),
        .bulletins = bh_alloc(schedule->window_count * sizeof(int64_t)),
        .persons = bh_alloc(schedule->person_count * sizeof(struct exercise_person)),
    };
}

void exercise_ids_done(struct exercise_ids *ids)
{
    bh_free(ids->institutions);
    bh_free(ids->users);
    bh_free(ids->posts);
    bh_free(ids->pools);
    bh_free(ids->bulletins);
    bh_free(ids->persons);
}

static json_t *text_json(struct bh_str text)
{
    return json_stringn_nocheck(text.at, text.len);
}

static json_t *time_json(const struct exercise_ids *ids, int64_t at_ms)
{
    char text[BH_TIME_TEXT];
    bh_time_format(at_ms, ids->zone_minutes, text);
    return json_string(text);
}

/* ---- offices ---- */

static enum exercise_next institution_body(struct exercise_ids *ids, uint32_t index,
                                           struct exercise_body *ret)
{
    const struct jilin_institution *institution = &ids->schedule->institutions[index];
    ret->command = "register_institution";
    ret->first = &ids->institutions[index];
    ret->json =
        json_pack("{s:s, s:o, s:s, s:s}", "area", ids->schedule->areas[institution->area].unit,
                  "kind", text_json(institution->kind), "name", institution->name_zh, "name_en",
                  institution->name_en);
    return EXERCISE_BODY;
}

static enum exercise_next post_body(struct exercise_ids *ids, uint32_t index, int step,
                                    struct exercise_body *ret)
{
    const struct jilin_post *post = &ids->schedule->posts[index];
    const char *unit = ids->schedule->areas[post->area].unit;
    int64_t institution = ids->institutions[post->institution];
    if (step == 0) {
        if (institution == 0)
            return EXERCISE_MISSING;
        ret->command = "create_post";
        ret->first = &ids->posts[index];
        ret->json =
            json_pack("{s:s, s:I, s:o, s:o}", "area", unit, "institution", (json_int_t)institution,
                      "role", text_json(post->role), "title", text_json(post->title_zh));
        return EXERCISE_BODY;
    }
    if (step == 1) {
        ret->command = "register_user";
        ret->first = &ids->users[index];
        ret->json = json_pack("{s:s}", "display", post->official);
        return EXERCISE_BODY;
    }
    if (step > 3)
        return EXERCISE_DONE;
    if (ids->posts[index] == 0 || ids->users[index] == 0)
        return EXERCISE_MISSING;
    if (step == 2) {
        ret->command = "fill_post";
        ret->json = json_pack("{s:I, s:I}", "post", (json_int_t)ids->posts[index], "user",
                              (json_int_t)ids->users[index]);
    } else {
        ret->command = "grant_role";
        ret->json = json_pack("{s:I, s:o, s:s}", "user", (json_int_t)ids->users[index], "role",
                              text_json(post->role), "area", unit);
    }
    return EXERCISE_BODY;
}

/* ---- people ---- */

static int64_t holder_of(const struct exercise_ids *ids, uint32_t area, const char *role,
                         const char *kind)
{
    uint32_t found = jilin_schedule_institution(ids->schedule, area, role, kind);
    bh_assert(found != UINT32_MAX);
    return ids->institutions[found];
}

static const char *found_in_name(enum jilin_found_in found_in)
{
    static const char *const names[] = {
        "centralised",    "home_observation",  "closed_loop_work", "lockdown_screen",
        "control_screen", "precaution_screen", "clinic",           "other"};
    return names[found_in];
}

static const char *severity_name(enum jilin_severity severity)
{
    static const char *const names[] = {"none", "mild", "common", "severe", "critical"};
    return names[severity];
}

static enum exercise_next register_body(struct exercise_ids *ids, uint32_t index,
                                        struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    ret->command = "register_person";
    ret->person = &ids->persons[index].person;
    ret->json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "area", person->division, "name",
                          person->name, "document", person->document, "phone", person->phone,
                          "address", person->address, "sex", person->male ? "male" : "female",
                          "birth_year", person->birth_year);
    return EXERCISE_BODY;
}

static json_t *members_json(struct exercise_ids *ids, int64_t person, int64_t at_ms)
{
    return json_pack("[{s:I, s:o}]", "person", (json_int_t)person, "at_ms", time_json(ids, at_ms));
}

static enum exercise_next sampled_body(struct exercise_ids *ids, uint32_t index,
                                       struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    struct exercise_person *known = &ids->persons[index];
    if (known->person == 0)
        return EXERCISE_MISSING;
    if (!person->tube[0]) /* antigen: nothing leaves the house before the result */
        return EXERCISE_DONE;
    if (person->pool >= 0 && ids->pools[person->pool] == 0)
        return EXERCISE_MISSING;
    ret->command = "collect_tube";
    ret->first = &known->tube;
    ret->json = json_pack("{s:s, s:s, s:s, s:I, s:o, s:s, s:s}", "area", person->division, "code",
                          person->tube, "kind", "single", "institution",
                          (json_int_t)holder_of(ids, person->area, "community_sampling_team", NULL),
                          "members", members_json(ids, known->person, person->at_ms[JILIN_SAMPLED]),
                          "method", "throat", "found_in", found_in_name(person->found_in));
    if (person->pool >= 0)
        (void)json_object_set_new(ret->json, "resample_of", json_integer(ids->pools[person->pool]));
    return EXERCISE_BODY;
}

static enum exercise_next received_body(struct exercise_ids *ids, uint32_t index,
                                        struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    if (ids->persons[index].tube == 0)
        return EXERCISE_MISSING;
    ret->command = "receive_tube";
    ret->json =
        json_pack("{s:I, s:I, s:i}", "tube", (json_int_t)ids->persons[index].tube, "institution",
                  (json_int_t)holder_of(ids, person->area, "testing_lab", NULL), "count", 1);
    return EXERCISE_BODY;
}

static json_t *targets_json(const struct jilin_person *person, bool positive)
{
    const char *verdict = positive ? "positive" : "negative";
    if (!positive)
        return json_pack("[{s:s, s:s}, {s:s, s:s}]", "target", "orf1ab", "verdict", verdict,
                         "target", "n", "verdict", verdict);
    return json_pack("[{s:s, s:i, s:s}, {s:s, s:i, s:s}]", "target", "orf1ab", "ct",
                     person->ct_orf1ab, "verdict", verdict, "target", "n", "ct", person->ct_n,
                     "verdict", verdict);
}

static enum exercise_next antigen_body(struct exercise_ids *ids, uint32_t index,
                                       struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    ret->command = "report_positive";
    ret->first = &ids->persons[index].positive;
    ret->json = json_pack(
        "{s:I, s:s, s:I, s:s, s:o, s:o}", "person", (json_int_t)ids->persons[index].person,
        "source", "antigen", "institution",
        (json_int_t)holder_of(ids, person->area, "subdistrict", NULL), "found_in",
        found_in_name(person->found_in), "sampled_ms", time_json(ids, person->at_ms[JILIN_SAMPLED]),
        "resulted_ms", time_json(ids, person->at_ms[JILIN_RESULTED]));
    return EXERCISE_BODY;
}

static enum exercise_next resulted_body(struct exercise_ids *ids, uint32_t index,
                                        struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    bool positive = person->kind != JILIN_MEMBER;
    if (!person->tube[0])
        return ids->persons[index].person == 0 ? EXERCISE_MISSING : antigen_body(ids, index, ret);
    if (ids->persons[index].tube == 0)
        return EXERCISE_MISSING;
    ret->command = "result_tube";
    ret->positive = positive ? &ids->persons[index].positive : NULL;
    ret->json = json_pack(
        "{s:I, s:I, s:s, s:o}", "tube", (json_int_t)ids->persons[index].tube, "institution",
        (json_int_t)holder_of(ids, person->area, "testing_lab", NULL), "verdict",
        positive ? "positive" : "negative", "targets", targets_json(person, positive));
    return EXERCISE_BODY;
}

static enum exercise_next reviewed_body(struct exercise_ids *ids, uint32_t index,
                                        struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    if (ids->persons[index].positive == 0)
        return EXERCISE_MISSING;
    ret->command = "review_positive";
    ret->json =
        json_pack("{s:I, s:s, s:I}", "positive", (json_int_t)ids->persons[index].positive,
                  "outcome", person->kind == JILIN_REFUTED ? "negative" : "positive", "institution",
                  (json_int_t)holder_of(ids, person->city, "testing_lab", NULL));
    if (person->kind != JILIN_REFUTED)
        (void)json_object_update_new(ret->json, json_pack("{s:i, s:i}", "ct_orf1ab",
                                                          person->ct_orf1ab, "ct_n", person->ct_n));
    return EXERCISE_BODY;
}

static enum exercise_next diagnosed_body(struct exercise_ids *ids, uint32_t index,
                                         struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    if (ids->persons[index].positive == 0)
        return EXERCISE_MISSING;
    ret->command = "diagnose_positive";
    ret->first = &ids->persons[index].diagnosed;
    ret->about = &ids->persons[index].about;
    ret->json = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:I}", "positive", (json_int_t)ids->persons[index].positive,
        "status", person->confirmed ? "confirmed" : "asymptomatic", "severity",
        severity_name(person->severity), "origin", "local", "found_in",
        found_in_name(person->found_in), "institution",
        (json_int_t)holder_of(ids, person->area, "finding_institution", "hospital"));
    return EXERCISE_BODY;
}

static enum exercise_next filed_body(struct exercise_ids *ids, uint32_t index,
                                     struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    if (ids->persons[index].diagnosed == 0)
        return EXERCISE_MISSING;
    ret->command = "file_report";
    ret->first = &ids->persons[index].report;
    ret->json = json_pack(
        "{s:I, s:I, s:o}", "case", (json_int_t)ids->persons[index].diagnosed, "institution",
        (json_int_t)holder_of(ids, person->area, "finding_institution", "hospital"), "card_number",
        json_sprintf("%s-%06u", ids->schedule->areas[person->area].unit, index + 1));
    return EXERCISE_BODY;
}

static enum exercise_next audited_body(struct exercise_ids *ids, uint32_t index, const char *level,
                                       struct exercise_body *ret)
{
    if (ids->persons[index].report == 0)
        return EXERCISE_MISSING;
    ret->command = "audit_report";
    ret->json = json_pack("{s:I, s:s, s:s}", "report", (json_int_t)ids->persons[index].report,
                          "level", level, "outcome", "passed");
    return EXERCISE_BODY;
}

/* The schedule reports the first case of a county once; the log says which case it was. */
static enum exercise_next event_report_body(struct exercise_ids *ids, uint32_t index,
                                            struct exercise_body *ret)
{
    if (ids->persons[index].diagnosed == 0)
        return EXERCISE_MISSING;
    if (ids->persons[index].about == 0)
        return EXERCISE_DONE;
    ret->command = "file_event_report";
    ret->json =
        json_pack("{s:I, s:s}", "about", (json_int_t)ids->persons[index].about, "kind", "initial");
    return EXERCISE_BODY;
}

static json_t *with_case(const struct exercise_person *known)
{
    return json_pack("{s:I}", "case", (json_int_t)known->diagnosed);
}

static enum exercise_next moved_body(struct exercise_ids *ids, uint32_t index, enum jilin_fact fact,
                                     struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    const struct exercise_person *known = &ids->persons[index];
    bool cabin = !person->confirmed && person->at_ms[JILIN_ADMITTED] != 0;
    int64_t hospital = holder_of(ids, cabin ? person->city : person->area, "managing_institution",
                                 cabin ? "cabin_hospital" : "hospital");
    if (known->diagnosed == 0)
        return EXERCISE_MISSING;
    ret->json = with_case(known);
    if (fact == JILIN_PICKED_UP) {
        ret->command = "pick_up_person";
        (void)json_object_update_new(
            ret->json, json_pack("{s:I, s:o, s:s, s:s}", "institution",
                                 (json_int_t)holder_of(ids, person->area, "transfer_team", NULL),
                                 "vehicle", json_sprintf("吉%u-%04u", 1 + index % 9, index % 10000),
                                 "from_signature", "社区交接员", "driver_signature", "转运司机"));
        return EXERCISE_BODY;
    }
    ret->command = fact == JILIN_HANDED_OVER ? "hand_over_person" : "admit_person";
    (void)json_object_update_new(ret->json, json_pack("{s:I, s:s, s:s}", "institution",
                                                      (json_int_t)hospital, "from_signature",
                                                      "转运司机", "to_signature", "接诊护士"));
    if (fact == JILIN_ADMITTED)
        (void)json_object_set_new(ret->json, "bed",
                                  json_sprintf("%u-%02u", 1 + index / 40, 1 + index % 40));
    return EXERCISE_BODY;
}

static enum exercise_next later_body(struct exercise_ids *ids, uint32_t index, enum jilin_fact fact,
                                     struct exercise_body *ret)
{
    const struct jilin_person *person = &ids->schedule->persons[index];
    const struct exercise_person *known = &ids->persons[index];
    if (known->diagnosed == 0 || known->report == 0)
        return EXERCISE_MISSING;
    ret->json = with_case(known);
    if (fact == JILIN_CONVERTED_AT) {
        ret->command = "convert_case";
        (void)json_object_update_new(
            ret->json,
            json_pack(
                "{s:s, s:I}", "severity", severity_name(person->severity_after), "institution",
                (json_int_t)holder_of(ids, person->area, "managing_institution", "hospital")));
    } else if (fact == JILIN_DISCHARGED || fact == JILIN_RELEASED) {
        ret->command = fact == JILIN_DISCHARGED ? "discharge_case" : "release_case";
    } else {
        const char *what = fact == JILIN_CONVERSION_REPORTED      ? "conversion"
                           : person->at_ms[JILIN_DISCHARGED] != 0 ? "discharge"
                                                                  : "release";
        ret->command = "correct_report";
        (void)json_object_update_new(
            ret->json,
            json_pack("{s:s, s:o}", "what", what, "card_number",
                      json_sprintf("%s-%06u", ids->schedule->areas[person->area].unit, index + 1)));
    }
    return EXERCISE_BODY;
}

static enum exercise_next person_body(struct exercise_ids *ids, uint32_t index,
                                      enum jilin_fact fact, struct exercise_body *ret)
{
    switch (fact) {
    case JILIN_REGISTERED: return register_body(ids, index, ret);
    case JILIN_SAMPLED: return sampled_body(ids, index, ret);
    case JILIN_RECEIVED: return received_body(ids, index, ret);
    case JILIN_RESULTED: return resulted_body(ids, index, ret);
    case JILIN_REVIEWED: return reviewed_body(ids, index, ret);
    case JILIN_DIAGNOSED: return diagnosed_body(ids, index, ret);
    case JILIN_FILED: return filed_body(ids, index, ret);
    case JILIN_AUDITED_COUNTY: return audited_body(ids, index, "county", ret);
    case JILIN_AUDITED_CITY: return audited_body(ids, index, "city", ret);
    case JILIN_AUDITED_PROVINCE: return audited_body(ids, index, "province", ret);
    case JILIN_EVENT_REPORTED: return event_report_body(ids, index, ret);
    case JILIN_PICKED_UP:
    case JILIN_HANDED_OVER:
    case JILIN_ADMITTED: return moved_body(ids, index, fact, ret);
    case JILIN_CONVERTED_AT:
    case JILIN_CONVERSION_REPORTED:
    case JILIN_DISCHARGED:
    case JILIN_RELEASED:
    case JILIN_END_REPORTED: return later_body(ids, index, fact, ret);
    case JILIN_FACT_COUNT: break;
    }
    bh_unreachable("a fact that the schedule does not know");
}

/* ---- pools ---- */

static enum exercise_next pool_collected_body(struct exercise_ids *ids, uint32_t index,
                                              struct exercise_body *ret)
{
    const struct jilin_pool *pool = &ids->schedule->pools[index];
    json_t *members = json_array();
    for (size_t i = 0; i < JILIN_POOL_SIZE; i++) {
        int64_t person = ids->persons[pool->persons[i]].person;
        if (person == 0) {
            json_decref(members);
            return EXERCISE_MISSING;
        }
        (void)json_array_append_new(members,
                                    json_pack("{s:I, s:o}", "person", (json_int_t)person, "at_ms",
                                              time_json(ids, pool->collected_ms)));
    }
    ret->command = "collect_tube";
    ret->first = &ids->pools[index];
    ret->json = json_pack("{s:s, s:s, s:s, s:I, s:o, s:s}", "area", pool->division, "code",
                          pool->tube, "kind", "pooled", "institution",
                          (json_int_t)holder_of(ids, pool->area, "community_sampling_team", NULL),
                          "members", members, "method", "throat");
    return EXERCISE_BODY;
}

static enum exercise_next pool_later_body(struct exercise_ids *ids, uint32_t index, bool resulted,
                                          struct exercise_body *ret)
{
    const struct jilin_pool *pool = &ids->schedule->pools[index];
    if (ids->pools[index] == 0)
        return EXERCISE_MISSING;
    ret->command = resulted ? "result_tube" : "receive_tube";
    ret->json = json_pack("{s:I, s:I}", "tube", (json_int_t)ids->pools[index], "institution",
                          (json_int_t)holder_of(ids, pool->area, "testing_lab", NULL));
    if (resulted)
        (void)json_object_update_new(
            ret->json, json_pack("{s:s, s:[{s:s, s:i, s:s}, {s:s, s:i, s:s}]}", "verdict",
                                 "positive", "targets", "target", "orf1ab", "ct", 3300, "verdict",
                                 "positive", "target", "n", "ct", 3200, "verdict", "positive"));
    else
        (void)json_object_set_new(ret->json, "count", json_integer(JILIN_POOL_SIZE));
    return EXERCISE_BODY;
}

/* ---- bulletins ---- */

static json_t *window_json(const struct exercise_ids *ids, const char *unit, int64_t from_ms,
                           int64_t to_ms)
{
    return json_pack("{s:s, s:o, s:o}", "area", unit, "from_ms", time_json(ids, from_ms), "to_ms",
                     time_json(ids, to_ms));
}

static enum exercise_next published_body(struct exercise_ids *ids, uint32_t index, int step,
                                         struct exercise_body *ret)
{
    const struct jilin_window *window = &ids->schedule->windows[index];
    if (step == 2) {
        if (ids->bulletins[index] == 0)
            return EXERCISE_MISSING;
        ret->command = "publish_bulletin";
        ret->json = json_pack("{s:I, s:s}", "bulletin", (json_int_t)ids->bulletins[index],
                              "channel", "exercise");
        return EXERCISE_BODY;
    }
    if (step > 2)
        return EXERCISE_DONE;
    ret->command = step == 0 ? "check_bulletin" : "sign_bulletin";
    ret->first = step == 0 ? NULL : &ids->bulletins[index];
    ret->json = window_json(ids, "220000", window->from_ms, window->to_ms);
    return EXERCISE_BODY;
}

static enum exercise_next adjustment_body(struct exercise_ids *ids, uint32_t index,
                                          struct exercise_body *ret)
{
    const struct jilin_adjustment *adjustment = &ids->schedule->adjustments[index];
    const struct jilin_source *source = &ids->schedule->sources[adjustment->source];
    ret->command = "adjust_figure";
    ret->json = window_json(ids, ids->schedule->areas[adjustment->area].unit, adjustment->from_ms,
                            adjustment->to_ms);
    (void)json_object_update_new(
        ret->json,
        json_pack("{s:s, s:s, s:I, s:o, s:o}", "measure", jilin_measure_name(adjustment->measure),
                  "severity", jilin_severity_name(adjustment->severity), "value",
                  (json_int_t)adjustment->value, "source",
                  json_sprintf("%.*s %.*s", (int)source->publisher_zh.len, source->publisher_zh.at,
                               (int)source->url.len, source->url.len ? source->url.at : ""),
                  "reason",
                  json_sprintf("%.*s / %.*s", (int)adjustment->reason_zh.len,
                               adjustment->reason_zh.at, (int)adjustment->reason_en.len,
                               adjustment->reason_en.at)));
    return EXERCISE_BODY;
}

static enum exercise_next figure_body(struct exercise_ids *ids, uint32_t index,
                                      struct exercise_body *ret)
{
    const struct jilin_figure *figure = &ids->schedule->figures[index];
    const struct jilin_source *source = &ids->schedule->sources[figure->source];
    ret->command = "record_published_figure";
    ret->json =
        window_json(ids, ids->schedule->areas[figure->area].unit, figure->from_ms, figure->to_ms);
    (void)json_object_update_new(
        ret->json,
        json_pack("{s:s, s:s, s:I, s:o, s:o}", "measure", jilin_measure_name(figure->measure),
                  "severity", jilin_severity_name(figure->severity), "value",
                  (json_int_t)figure->value, "publisher", text_json(source->publisher_zh), "source",
                  text_json(source->url.len ? source->url : source->note)));
    return EXERCISE_BODY;
}

enum exercise_next exercise_body_of(struct exercise_ids *ids, const struct jilin_item *item,
                                    int step, struct exercise_body *ret)
{
    enum jilin_item_type type = item->type;
    if (type == JILIN_ITEM_POST)
        return post_body(ids, item->index, step, ret);
    if (type == JILIN_ITEM_WINDOW_PUBLISHED)
        return published_body(ids, item->index, step, ret);
    if (step > 0)
        return EXERCISE_DONE;
    switch (type) {
    case JILIN_ITEM_INSTITUTION: return institution_body(ids, item->index, ret);
    case JILIN_ITEM_PERSON: return person_body(ids, item->index, item->fact, ret);
    case JILIN_ITEM_POOL_COLLECTED: return pool_collected_body(ids, item->index, ret);
    case JILIN_ITEM_POOL_RECEIVED: return pool_later_body(ids, item->index, false, ret);
    case JILIN_ITEM_POOL_RESULTED: return pool_later_body(ids, item->index, true, ret);
    case JILIN_ITEM_ADJUSTMENT: return adjustment_body(ids, item->index, ret);
    case JILIN_ITEM_PUBLISHED_FIGURE: return figure_body(ids, item->index, ret);
    case JILIN_ITEM_WINDOW_OPENED:
        ret->command = "open_window";
        ret->json = window_json(ids, "220000", ids->schedule->windows[item->index].from_ms,
                                ids->schedule->windows[item->index].to_ms);
        (void)json_object_set_new(ret->json, "title",
                                  text_json(ids->schedule->windows[item->index].title_zh));
        return EXERCISE_BODY;
    case JILIN_ITEM_POST:
    case JILIN_ITEM_WINDOW_PUBLISHED: break;
    }
    bh_unreachable("an item that the schedule does not know");
}
