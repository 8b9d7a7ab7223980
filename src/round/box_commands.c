#include "round/box.h"

#include "base/photo.h"
#include "ledger/known.h"
#include "round/lab.h"
#include "round/order_facts.h"

#include <stddef.h>
#include <stdio.h>

/* Tubes are named by their codes, as scanned. */
struct box_code {
    struct bh_str code;
};
static const struct field code_fields[] = {
    FIELD(box_code, code, TEXT, FIELD_REQUIRED, "管码", "tube code", .min = 1, .max = 64),
};
static const struct record code_record = {"box_code", sizeof(struct box_code), code_fields,
                                          sizeof code_fields / sizeof code_fields[0]};

struct damaged_code {
    struct bh_str code;
    int64_t reason;
};
static const struct field damaged_fields[] = {
    FIELD(damaged_code, code, TEXT, FIELD_REQUIRED, "管码", "tube code", .min = 1, .max = 64),
    FIELD(damaged_code, reason, ENUM, FIELD_REQUIRED, "原因", "reason", .choices = reject_reasons),
};
static const struct record damaged_record = {"damaged_code", sizeof(struct damaged_code),
                                             damaged_fields,
                                             sizeof damaged_fields / sizeof damaged_fields[0]};

#define COUNT_FIELD(owner)                                                                         \
    FIELD(owner, count, INT, FIELD_REQUIRED, "清点管数", "tubes counted by hand", .min = 0,        \
          .max = 100000, .unit = "tubes")
#define TEMPERATURE_FIELD(owner)                                                                   \
    FIELD(owner, temperature_tenths, INT, 0, "温度（0.1℃）", "temperature, tenths of a degree C",  \
          .min = -2000, .max = 1000, .unit = "1/10 C")
#define SIGNATURE_FIELD(owner, member, zh, en)                                                     \
    FIELD(owner, member, SEALED, FIELD_REQUIRED | FIELD_SEARCHABLE, zh, en, .min = 1, .max = 200)

#define LABORATORY_FIELD(owner, bits)                                                              \
    FIELD(owner, laboratory, REF, bits, "送往的检测机构", "laboratory it goes to")

/* Nothing told is no laboratory; one that nobody registered is refused. */
static bool check_laboratory(struct db *db, int64_t laboratory, struct bh_err *err)
{
    int64_t kind = 0, area = 0;
    return laboratory == BH_NONE ||
           known_institution_at(db, laboratory, "laboratory", &kind, &area, err);
}

static void emit_route(struct decision *d, int64_t box, int64_t round, int64_t laboratory)
{
    struct box_routed fact = {box, round, laboratory};
    if (laboratory != BH_NONE)
        decision_emit(d, BOX_ROUTED, NULL, &fact);
}

static void emit_difference(struct decision *d, int64_t box, int64_t round, int64_t step,
                            int64_t expected, int64_t counted)
{
    struct count_differed fact = {
        .box = box, .round = round, .step = step, .expected = expected, .counted = counted};
    if (expected != counted)
        decision_emit(d, BOX_COUNT_DIFFERED, NULL, &fact);
}

/* ---- seal_box ---- */

struct seal_box {
    int64_t round, site;
    struct bh_str code;
    struct bh_list tubes;
    int64_t count, laboratory;
};
static const struct field seal_fields[] = {
    FIELD(seal_box, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(seal_box, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(seal_box, code, TEXT, FIELD_REQUIRED, "箱码", "box code", .min = 4, .max = 32),
    FIELD(seal_box, tubes, LIST, FIELD_REQUIRED, "管码清单", "tubes by code", .min = 1,
          .max = BOX_TUBES_MAX, .item = &code_record),
    COUNT_FIELD(seal_box),
    LABORATORY_FIELD(seal_box, 0),
};
RECORD(seal_record, seal_box, seal_fields);

struct seal_load {
    struct site_facts site;
    bool code_used;
    struct box_candidate tubes[BOX_TUBES_MAX];
};

static bool find_candidate(struct db *db, int64_t site, struct bh_str code,
                           struct box_candidate *ret, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT tube, box, collected_ms, sent_back_ms, site FROM tube WHERE code = ?"
            " AND withdrawn_ms IS NULL",
            "s", code);
    if (db_next(&rows) && row_int(&rows, 4) == site)
        *ret = (struct box_candidate){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                      row_int(&rows, 3)};
    return db_end(&rows, err);
}

static bool seal_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct seal_box *c = body;
    const struct box_code *codes = c->tubes.items;
    struct seal_load *load = facts;
    int64_t box = 0;
    if (!order_site(db, c->site, &load->site, err) || !check_laboratory(db, c->laboratory, err))
        return false;
    ret->area = load->site.area;
    if (load->site.round != c->round)
        return bh_fail_field(err, BH_INVALID, "site", "采样点不属于本轮",
                             "the site belongs to another round");
    for (size_t i = 0; i < c->tubes.count; i++)
        if (!find_candidate(db, c->site, codes[i].code, &load->tubes[i], err))
            return false;
    return db_int(db, err, &box, &load->code_used, "SELECT box FROM box WHERE code = ?", "s",
                  c->code);
}

static bool seal_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct seal_box *c = body;
    const struct seal_load *load = facts;
    size_t count = c->tubes.count;
    if (!box_code_fits(c->code, err))
        return false;
    if (load->code_used)
        return bh_fail_field(err, BH_CONFLICT, "code", "箱码 %.*s 已用于另一转运箱",
                             "the code %.*s is that of another box", (int)c->code.len, c->code.at);
    if (!box_tubes_fit(load->tubes, count, decision_occurred(d), err))
        return false;
    struct box_tube *tubes = bh_arena_get(decision_arena(d), count * sizeof *tubes);
    struct box_sealed fact = {.round = c->round,
                              .site = c->site,
                              .count = c->count,
                              .first_ms = load->tubes[0].collected_ms,
                              .code = c->code,
                              .tubes = {tubes, count}};
    for (size_t i = 0; i < count; i++) {
        tubes[i].tube = load->tubes[i].tube;
        if (load->tubes[i].collected_ms < fact.first_ms)
            fact.first_ms = load->tubes[i].collected_ms;
    }
    int64_t box = decision_emit(d, BOX_SEALED, NULL, &fact);
    struct box_clock_started clock = {box, c->round};
    struct event_head head = {.area = load->site.area, .occurred_ms = fact.first_ms};
    decision_emit(d, BOX_CLOCK_STARTED, &head, &clock);
    emit_route(d, box, c->round, c->laboratory);
    emit_difference(d, box, c->round, STEP_SEAL, (int64_t)count, c->count);
    return true;
}

/* ---- pick_up_box ---- */

struct pick_up_box {
    int64_t box, institution, count, temperature_tenths, laboratory;
    struct bh_sealed from_signature, courier_signature;
};
static const struct field pick_up_fields[] = {
    FIELD(pick_up_box, box, REF, FIELD_REQUIRED, "转运箱", "box"),
    FIELD(pick_up_box, institution, REF, FIELD_REQUIRED, "转运队", "courier team"),
    COUNT_FIELD(pick_up_box),
    TEMPERATURE_FIELD(pick_up_box),
    LABORATORY_FIELD(pick_up_box, 0),
    SIGNATURE_FIELD(pick_up_box, from_signature, "移交人签名", "signature of who hands over"),
    SIGNATURE_FIELD(pick_up_box, courier_signature, "转运员签名", "signature of the courier"),
};
RECORD(pick_up_record, pick_up_box, pick_up_fields);

static bool pick_up_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct pick_up_box *c = body;
    struct box_facts *box = facts;
    if (!known_institution(db, c->institution, err) || !check_laboratory(db, c->laboratory, err) ||
        !box_read(db, c->box, box, err))
        return false;
    ret->area = box->area;
    return true;
}

static bool pick_up_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct pick_up_box *c = body;
    const struct box_facts *box = facts;
    struct box_picked_up fact = {c->box,
                                 box->round,
                                 c->institution,
                                 c->count,
                                 c->temperature_tenths,
                                 c->from_signature,
                                 c->courier_signature};
    if (!box_pick_up_fits(box, &fact, decision_occurred(d), err))
        return false;
    decision_emit(d, BOX_PICKED_UP, NULL, &fact);
    emit_route(d, c->box, box->round, c->laboratory);
    emit_difference(d, c->box, box->round, STEP_PICK_UP, box->size, c->count);
    return true;
}

/* ---- route_box ---- */

struct route_box {
    int64_t box, laboratory;
};
static const struct field route_fields[] = {
    FIELD(route_box, box, REF, FIELD_REQUIRED, "转运箱", "box"),
    LABORATORY_FIELD(route_box, FIELD_REQUIRED),
};
RECORD(route_record, route_box, route_fields);

static bool route_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct route_box *c = body;
    struct box_facts *box = facts;
    if (!check_laboratory(db, c->laboratory, err) || !box_read(db, c->box, box, err))
        return false;
    ret->area = box->area;
    return true;
}

static bool route_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct route_box *c = body;
    const struct box_facts *box = facts;
    if (!box_route_fits(box, decision_occurred(d), err))
        return false;
    emit_route(d, c->box, box->round, c->laboratory);
    return true;
}

/* ---- receive_box ---- */

struct receive_box {
    int64_t box, institution, count, temperature_tenths;
    struct bh_list missing, damaged;
    struct bh_sealed courier_signature, to_signature;
};
static const struct field receive_fields[] = {
    FIELD(receive_box, box, REF, FIELD_REQUIRED, "转运箱", "box"),
    FIELD(receive_box, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    COUNT_FIELD(receive_box),
    TEMPERATURE_FIELD(receive_box),
    FIELD(receive_box, missing, LIST, 0, "缺失的管", "missing tubes by code", .max = BOX_TUBES_MAX,
          .item = &code_record),
    FIELD(receive_box, damaged, LIST, 0, "损坏的管", "damaged tubes", .max = BOX_TUBES_MAX,
          .item = &damaged_record),
    SIGNATURE_FIELD(receive_box, courier_signature, "转运员签名", "signature of the courier"),
    SIGNATURE_FIELD(receive_box, to_signature, "接收人签名", "signature of who receives"),
};
RECORD(receive_record, receive_box, receive_fields);

struct receive_load {
    struct box_facts box;
    int64_t laboratory_area;
    int64_t missing[BOX_TUBES_MAX], damaged[BOX_TUBES_MAX]; /* tubes; 0 = not in this box */
};

static bool tube_in_box(struct db *db, int64_t box, struct bh_str code, int64_t *ret,
                        struct bh_err *err)
{
    bool found = false;
    *ret = 0;
    return db_int(db, err, ret, &found,
                  "SELECT tube FROM tube WHERE code = ? AND box = ? AND withdrawn_ms IS NULL"
                  " AND sent_back_ms IS NULL",
                  "si", code, box);
}

static bool receive_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct receive_box *c = body;
    const struct box_code *missing = c->missing.items;
    const struct damaged_code *damaged = c->damaged.items;
    struct receive_load *load = facts;
    int64_t kind = 0;
    if (!known_institution_at(db, c->institution, "institution", &kind, &load->laboratory_area,
                              err) ||
        !box_read(db, c->box, &load->box, err))
        return false;
    ret->area = load->box.area;
    /* The laboratory that it was sent to, wherever it is. */
    if (c->institution == load->box.destination || c->institution == load->box.laboratory)
        ret->other_area = load->laboratory_area;
    for (size_t i = 0; i < c->missing.count; i++)
        if (!tube_in_box(db, c->box, missing[i].code, &load->missing[i], err))
            return false;
    for (size_t i = 0; i < c->damaged.count; i++)
        if (!tube_in_box(db, c->box, damaged[i].code, &load->damaged[i], err))
            return false;
    return true;
}

static bool refuse_exception(struct bh_err *err, const char *list, size_t place)
{
    char field[BH_FIELD_MAX];
    (void)snprintf(field, sizeof field, "%s[%zu]", list, place);
    (void)bh_fail_field(err, BH_INVALID, field, "第 %zu 管不在该箱中，或列出两次",
                        "tube %zu is not in this box, or is listed twice", place + 1);
    err->row = (int)place + 1;
    return false;
}

/* Every exception is a tube of this box, named once in one of the lists. */
static bool check_exceptions(const struct receive_box *c, const struct receive_load *load,
                             struct bh_err *err)
{
    for (size_t i = 0; i < c->missing.count; i++)
        for (size_t k = 0; k <= i; k++)
            if (load->missing[i] == 0 || (k < i && load->missing[k] == load->missing[i]))
                return refuse_exception(err, "missing", i);
    for (size_t i = 0; i < c->damaged.count; i++) {
        if (load->damaged[i] == 0)
            return refuse_exception(err, "damaged", i);
        for (size_t k = 0; k < i; k++)
            if (load->damaged[k] == load->damaged[i])
                return refuse_exception(err, "damaged", i);
        for (size_t k = 0; k < c->missing.count; k++)
            if (load->missing[k] == load->damaged[i])
                return refuse_exception(err, "damaged", i);
    }
    return true;
}

static bool receive_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct receive_box *c = body;
    const struct receive_load *load = facts;
    const struct damaged_code *told = c->damaged.items;
    size_t gone = c->missing.count, broken = c->damaged.count;
    if (!box_receive_fits(&load->box, &c->courier_signature, &c->to_signature, decision_occurred(d),
                          err) ||
        !check_exceptions(c, load, err))
        return false;
    struct box_tube *missing = bh_arena_get(decision_arena(d), (gone + 1) * sizeof *missing);
    struct damaged_tube *damaged = bh_arena_get(decision_arena(d), (broken + 1) * sizeof *damaged);
    for (size_t i = 0; i < gone; i++)
        missing[i].tube = load->missing[i];
    for (size_t i = 0; i < broken; i++)
        damaged[i] = (struct damaged_tube){load->damaged[i], told[i].reason};
    struct box_received fact = {
        .box = c->box,
        .round = load->box.round,
        .site = load->box.site,
        .institution = c->institution,
        .count = c->count,
        .temperature_tenths = c->temperature_tenths,
        .missing = {missing, gone},
        .damaged = {damaged, broken},
        .courier_signature = c->courier_signature,
        .to_signature = c->to_signature,
    };
    decision_emit(d, BOX_RECEIVED, NULL, &fact);
    struct box_at_laboratory there = {c->box, load->box.round, c->institution};
    struct event_head head = {.area = load->laboratory_area};
    decision_emit(d, BOX_AT_LABORATORY, &head, &there);
    emit_difference(d, c->box, load->box.round, STEP_RECEIVE, load->box.size, c->count);
    return true;
}

/* ---- report_incident ---- */

struct report_incident {
    int64_t box, kind;
    struct bh_sealed note, photo;
};
static const struct field incident_fields[] = {
    FIELD(report_incident, box, REF, FIELD_REQUIRED, "转运箱", "box"),
    FIELD(report_incident, kind, ENUM, FIELD_REQUIRED, "事件", "incident",
          .choices = incident_kinds),
    FIELD(report_incident, note, SEALED, 0, "说明", "note", .max = 400),
    FIELD(report_incident, photo, SEALED, FIELD_PHOTO, "照片", "photo", .max = PHOTO_BYTES_MAX),
};
RECORD(incident_record, report_incident, incident_fields);

static bool incident_load(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    struct box_facts *box = facts;
    if (!box_read(db, ((const struct report_incident *)body)->box, box, err))
        return false;
    ret->area = box->area;
    ret->other_area = box->laboratory_area;
    return true;
}

static bool incident_decide(struct decision *d, const void *body, const void *facts,
                            struct bh_err *err)
{
    const struct report_incident *c = body;
    const struct box_facts *box = facts;
    struct box_incident fact = {c->box, box->round, c->kind, c->note};
    struct box_lost lost = {c->box, box->round, box->size};
    if (box->received_ms != BH_NONE || box->lost_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "box", "该箱已接收或已报丢失",
                             "the box was received, or reported lost, already");
    if (decision_occurred(d) < box->sealed_ms)
        return bh_fail(err, BH_INVALID, "时间早于封箱", "this lies before the sealing");
    struct incident_photographed photo = {decision_emit(d, BOX_INCIDENT, NULL, &fact), c->photo};
    if (c->photo.text.len > 0)
        decision_emit(d, BOX_INCIDENT_PHOTOGRAPHED, NULL, &photo);
    if (c->kind == INCIDENT_LOST)
        decision_emit(d, BOX_LOST, NULL, &lost);
    return true;
}

/* ---- explain_difference ---- */

struct explain_difference {
    int64_t difference;
    struct bh_sealed explanation;
};
static const struct field explain_fields[] = {
    FIELD(explain_difference, difference, REF, FIELD_REQUIRED, "差异", "difference"),
    FIELD(explain_difference, explanation, SEALED, FIELD_REQUIRED, "说明", "explanation", .min = 2,
          .max = 1000),
};
RECORD(explain_record, explain_difference, explain_fields);

struct explain_load {
    int64_t box, at_ms, explained_ms;
};

static bool explain_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct explain_difference *c = body;
    struct explain_load *load = facts;
    struct rows rows;
    struct box_facts box;
    bool found = false;
    db_rows(db, &rows,
            "SELECT box, area, at_ms, explained_ms FROM box_difference WHERE difference = ?", "i",
            c->difference);
    if (db_next(&rows)) {
        *load = (struct explain_load){row_int(&rows, 0), row_int(&rows, 2), row_int(&rows, 3)};
        ret->area = row_int(&rows, 1);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "difference", "没有差异 %lld",
                             "there is no difference %lld", (long long)c->difference);
    if (!box_read(db, load->box, &box, err))
        return false;
    ret->other_area = box.laboratory_area;
    return true;
}

static bool explain_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct explain_difference *c = body;
    const struct explain_load *load = facts;
    struct difference_explained fact = {c->difference, load->box, c->explanation};
    if (load->explained_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "difference", "该差异已说明",
                             "this difference was explained already");
    if (decision_occurred(d) < load->at_ms)
        return bh_fail(err, BH_INVALID, "时间早于清点", "this lies before the count");
    decision_emit(d, BOX_DIFFERENCE_EXPLAINED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"seal_box", "封箱", "seal a box", &seal_record, PRIORITY_SAMPLING, COMMAND_PAST,
     sizeof(struct seal_load), seal_load, seal_decide,
     "{\"round\": 80, \"site\": 90, \"code\": \"BX0001\", \"tubes\": [\"JL2203170001\","
     " \"JL2203170002\"], \"count\": 2}"},
    {"pick_up_box", "取箱", "pick up a box", &pick_up_record, PRIORITY_SAMPLING, COMMAND_PAST,
     sizeof(struct box_facts), pick_up_load, pick_up_decide,
     "{\"box\": 120, \"institution\": 7, \"count\": 2, \"temperature_tenths\": 40,"
     " \"from_signature\": \"王某\", \"courier_signature\": \"李某\"}"},
    {"route_box", "指定转运箱去向", "say where a box goes", &route_record, PRIORITY_SAMPLING,
     COMMAND_PAST, sizeof(struct box_facts), route_load, route_decide,
     "{\"box\": 120, \"laboratory\": 6}"},
    {"receive_box", "收箱", "receive a box", &receive_record, PRIORITY_RESULT, COMMAND_PAST,
     sizeof(struct receive_load), receive_load, receive_decide,
     "{\"box\": 120, \"institution\": 6, \"count\": 2, \"courier_signature\": \"李某\","
     " \"to_signature\": \"赵某\"}"},
    {"report_incident", "报告转运事件", "report an incident on the way", &incident_record,
     PRIORITY_SAMPLING, COMMAND_PAST, sizeof(struct box_facts), incident_load, incident_decide,
     "{\"box\": 120, \"kind\": \"delay\", \"note\": \"道路结冰\"}"},
    {"explain_difference", "说明清点差异", "explain a count that differed", &explain_record,
     PRIORITY_RESULT, COMMAND_PAST, sizeof(struct explain_load), explain_load, explain_decide,
     "{\"difference\": 125, \"explanation\": \"一管重复计数\"}"},
    {0},
};

/* ---- reactions ---- */

/* Damaged tubes are rejected as they are received. */
static bool react_received(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct box_received *f = event->fields;
    const struct damaged_tube *damaged = f->damaged.items;
    for (size_t i = 0; i < f->damaged.count; i++)
        if (!lab_reject(d, db, damaged[i].tube, damaged[i].reason, event->occurred_ms, err))
            return false;
    return true;
}

static bool react_lost(struct decision *d, struct db *db, const struct event *event,
                       struct bh_err *err)
{
    const struct box_lost *f = event->fields;
    struct rows rows;
    bool ok = true;
    db_rows(db, &rows, "SELECT tube FROM tube WHERE box = ? AND sent_back_ms IS NULL ORDER BY tube",
            "i", f->box);
    while (ok && db_next(&rows))
        ok = lab_reject(d, db, row_int(&rows, 0), REJECT_LOST, event->occurred_ms, err);
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

static const struct reaction reactions[] = {
    {BOX_RECEIVED, {LAB_TUBE_REJECTED}, react_received},
    {BOX_LOST, {LAB_TUBE_REJECTED}, react_lost},
    {0},
};

static const struct correction corrections[] = {
    {BOX_SEALED, "explain_difference"},
    {BOX_PICKED_UP, "explain_difference"},
    {BOX_RECEIVED, "explain_difference"},
    {BOX_INCIDENT, "report_incident"},
    {BOX_INCIDENT_PHOTOGRAPHED, "report_incident"},
    {BOX_COUNT_DIFFERED, "explain_difference"},
    {BOX_DIFFERENCE_EXPLAINED, "report_incident"},
    {BOX_CLOCK_STARTED, "explain_difference"},
    {BOX_ROUTED, "route_box"},
    {BOX_AT_LABORATORY, "explain_difference"},
    {BOX_LOST, "sample_tube"},
    {0, NULL},
};

const struct link box_link = {
    .name = "box",
    .zh = "标本转运",
    .en = "boxes on their way",
    .events = box_events,
    .commands = commands,
    .queries = box_queries,
    .reactions = reactions,
    .tables = box_tables,
    .corrections = corrections,
    .apply = box_apply,
};
