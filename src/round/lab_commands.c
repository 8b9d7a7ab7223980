/* Results without a plate, rejected tubes, results taken back. Plates: plate_commands.c. */
#include "round/lab.h"

#include "ledger/known.h"
#include "round/box_facts.h"
#include "round/order_facts.h"
#include "round/roll_facts.h"
#include "round/round.h"
#include "round/sample_facts.h"

#include <stddef.h>
#include <string.h>

/* ---- what a rejected tube gives back ---- */

static bool add_home(struct db *db, const struct round_facts *round, int64_t slot,
                     struct sampled_area *areas, size_t *count, struct bh_err *err)
{
    struct roll_block block;
    int64_t seq = 0;
    bool found = false, away = false;
    size_t at = 0;
    if (!roll_block_of(db, round->roll, slot, &block, &found, err) ||
        !db_int(db, err, &seq, &away, "SELECT seq FROM round_away WHERE id = ?", "i",
                sample_id(round->ordinal, slot)))
        return false;
    if (!found)
        return bh_fail(err, BH_CORRUPT, "名册上没有第 %lld 号", "the roll has no slot %lld",
                       (long long)slot);
    while (at < *count && areas[at].area != block.area)
        at++;
    if (at == *count)
        areas[(*count)++] = (struct sampled_area){block.area, 0, 0};
    areas[at].count++;
    areas[at].away += away;
    return true;
}

/* People and areas have room for SAMPLE_PEOPLE_MAX. Only who is still in the tube; away as known now. */
static bool rejection_read(struct db *db, const struct tube_facts *tube, struct bh_arena *arena,
                           struct sampled_person *people, struct sampled_area *areas,
                           struct tube_rejected *ret, struct bh_err *err)
{
    struct round_facts round;
    struct tube_place *places = NULL;
    size_t count = 0, area_count = 0;
    if (!order_round(db, tube->round, &round, err) ||
        !round_sampled(db, tube->tube, arena, &places, &count, err))
        return false;
    bh_assert(count <= SAMPLE_PEOPLE_MAX);
    for (size_t i = 0; i < count; i++) {
        people[i] = (struct sampled_person){places[i].slot, places[i].at_ms, BH_NONE};
        if (!add_home(db, &round, places[i].slot, areas, &area_count, err))
            return false;
    }
    ret->round = tube->round;
    ret->ordinal = round.ordinal;
    ret->people = (struct bh_list){people, count};
    ret->areas = (struct bh_list){areas, area_count};
    return true;
}

bool lab_reject(struct decision *d, struct db *db, int64_t tube, int64_t reason, int64_t at_ms,
                struct bh_err *err)
{
    struct bh_arena *arena = decision_arena(d);
    struct sampled_person *people = bh_arena_get(arena, SAMPLE_PEOPLE_MAX * sizeof *people);
    struct sampled_area *areas = bh_arena_get(arena, SAMPLE_PEOPLE_MAX * sizeof *areas);
    struct tube_facts facts;
    struct tube_rejected fact = {
        .tube = tube, .round = BH_NONE, .ordinal = BH_NONE, .reason = reason};
    if (!round_tube(db, tube, &facts, err) ||
        (facts.round != BH_NONE && !rejection_read(db, &facts, arena, people, areas, &fact, err)))
        return false;
    struct event_head head = {.area = facts.area, .occurred_ms = at_ms};
    decision_emit(d, LAB_TUBE_REJECTED, &head, &fact);
    return true;
}

/* ---- reject_tube ---- */

struct reject_tube {
    int64_t tube, reason;
};
static const struct field reject_fields[] = {
    FIELD(reject_tube, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(reject_tube, reason, ENUM, FIELD_REQUIRED, "原因", "reason", .choices = reject_reasons),
};
RECORD(reject_record, reject_tube, reject_fields);

struct reject_load {
    struct tube_facts tube;
    bool under_way; /* in a box that nobody received */
    struct tube_rejected fact;
    struct sampled_person people[SAMPLE_PEOPLE_MAX];
    struct sampled_area areas[SAMPLE_PEOPLE_MAX];
};

static bool reject_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct reject_tube *c = body;
    struct reject_load *load = facts;
    struct box_facts box;
    if (!round_tube(db, c->tube, &load->tube, err) ||
        !round_laboratory_area(db, &load->tube, &ret->other_area, err))
        return false;
    ret->area = load->tube.area;
    load->fact = (struct tube_rejected){
        .tube = c->tube, .round = BH_NONE, .ordinal = BH_NONE, .reason = c->reason};
    if (load->tube.round == BH_NONE || load->tube.sent_back_ms != BH_NONE)
        return true;
    if (load->tube.box != BH_NONE) {
        if (!box_read(db, load->tube.box, &box, err))
            return false;
        load->under_way = box.received_ms == BH_NONE;
    }
    struct bh_arena arena;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    bool ok = rejection_read(db, &load->tube, &arena, load->people, load->areas, &load->fact, err);
    bh_arena_done(&arena);
    return ok;
}

static bool reject_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct reject_tube *c = body;
    const struct reject_load *load = facts;
    if (!tube_allow(tube_reject_fits(&load->tube, load->under_way, decision_occurred(d)), err))
        return false;
    if (c->reason == REJECT_LOST && load->tube.received_ms != BH_NONE)
        return bh_fail_field(err, BH_INVALID, "reason", "实验室已接收该管",
                             "the laboratory has received this tube");
    decision_emit(d, LAB_TUBE_REJECTED, NULL, &load->fact);
    return true;
}

/* ---- result_tubes ---- */

struct result_tubes {
    int64_t institution;
    struct bh_list negative;
};
static const struct field result_fields[] = {
    FIELD(result_tubes, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    FIELD(result_tubes, negative, LIST, FIELD_REQUIRED, "阴性管", "negative tubes", .min = 1,
          .max = LAB_CLEARED_MAX, .item = &lab_tube_record),
};
RECORD(result_record, result_tubes, result_fields);

struct result_load {
    struct tube_facts tubes[LAB_CLEARED_MAX];
};

static bool result_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct result_tubes *c = body;
    const struct lab_tube *tubes = c->negative.items;
    struct result_load *load = facts;
    bool found = false;
    if (!known_institution(db, c->institution, err) ||
        !db_int(db, err, &ret->area, &found, "SELECT area FROM institution WHERE institution = ?",
                "i", c->institution))
        return false;
    for (size_t i = 0; i < c->negative.count; i++)
        if (!round_tube(db, tubes[i].tube, &load->tubes[i], err)) {
            err->row = (int)i + 1;
            return false;
        }
    return true;
}

bool lab_hidden(const struct decision *d, const struct tube_facts *tube, int64_t institution)
{
    return tube->received_by != institution && !decision_holds(d, tube->area);
}

static bool check_negative(const struct decision *d, const struct result_tubes *c,
                           const struct result_load *load, size_t place, struct bh_err *err)
{
    const struct tube_facts *tube = &load->tubes[place];
    if (lab_hidden(d, tube, c->institution))
        return bh_fail_field(err, BH_MISSING, "tube", "没有采样管 %lld", "there is no tube %lld",
                             (long long)tube->tube);
    bool ok = tube_allow(tube_result_fits(tube, c->institution, decision_occurred(d)), err);
    for (size_t i = 0; ok && i < place; i++)
        ok = load->tubes[i].tube != tube->tube ||
             bh_fail(err, BH_INVALID, "同一管列出两次", "a tube is listed twice");
    if (ok)
        return true;
    char zh[BH_MESSAGE_MAX], en[BH_MESSAGE_MAX], field[BH_FIELD_MAX];
    enum bh_code code = err->code;
    memcpy(zh, err->zh, sizeof zh);
    memcpy(en, err->en, sizeof en);
    (void)snprintf(field, sizeof field, "negative[%zu]", place);
    (void)bh_fail_field(err, code, field, "第 %zu 管：%s%.0s", "tube %zu: %.0s%s", place + 1, zh,
                        en);
    err->row = (int)place + 1;
    return false;
}

void lab_emit_cleared(struct decision *d, int64_t institution, int64_t plate,
                      const struct tube_facts *tubes, const struct lab_tube *list, size_t count)
{
    struct lab_tube *cleared = bh_arena_get(decision_arena(d), (count + 1) * sizeof *cleared);
    size_t together = 0;
    for (size_t i = 0; i < count; i++)
        if (tubes[i].resample_of == BH_NONE)
            cleared[together++] = list[i];
    struct tubes_cleared fact = {institution, plate, {cleared, together}};
    if (together > 0)
        decision_emit(d, LAB_TUBES_CLEARED, NULL, &fact);
}

static bool result_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct result_tubes *c = body;
    const struct result_load *load = facts;
    for (size_t i = 0; i < c->negative.count; i++)
        if (!check_negative(d, c, load, i, err))
            return false;
    lab_emit_cleared(d, c->institution, BH_NONE, load->tubes, c->negative.items, c->negative.count);
    /* Held members of a positive pool are decided one by one. */
    for (size_t i = 0; i < c->negative.count; i++) {
        struct tube_resulted one = {load->tubes[i].tube, c->institution, VERDICT_NEGATIVE, {0}};
        struct event_head head = {.area = load->tubes[i].area};
        if (load->tubes[i].resample_of != BH_NONE)
            decision_emit(d, ROUND_TUBE_RESULTED, &head, &one);
    }
    return true;
}

/* ---- recall_result ---- */

struct recall_result {
    int64_t tube;
    struct bh_sealed reason;
};
static const struct field recall_fields[] = {
    FIELD(recall_result, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(recall_result, reason, SEALED, FIELD_REQUIRED, "理由", "reason", .min = 2, .max = 400),
};
RECORD(recall_record, recall_result, recall_fields);

struct recall_load {
    struct tube_facts tube;
    bool together; /* its result was told with others */
};

static bool recall_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct recall_result *c = body;
    struct recall_load *load = facts;
    int64_t seq = 0;
    bool singly = false;
    if (!round_tube(db, c->tube, &load->tube, err) ||
        !round_laboratory_area(db, &load->tube, &ret->other_area, err) ||
        !db_int(db, err, &seq, &singly,
                "SELECT f.seq FROM tube_fact f JOIN tube t ON t.tube = f.tube AND t.result_seq ="
                " f.seq WHERE t.tube = ?",
                "i", c->tube))
        return false;
    load->together = !singly;
    ret->area = load->tube.area;
    return true;
}

static bool recall_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct recall_result *c = body;
    const struct recall_load *load = facts;
    struct result_recalled fact = {c->tube, c->reason};
    if (load->tube.verdict != VERDICT_NEGATIVE || !load->together)
        return bh_fail_field(err, BH_CONFLICT, "tube",
                             "该管没有整批报告的阴性结果；单管结果用 withdraw_fact 撤回",
                             "the tube has no negative result told with others; a single result is "
                             "withdrawn by withdraw_fact");
    decision_emit(d, LAB_RESULT_RECALLED, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"result_tubes", "批量录入阴性", "record negative tubes", &result_record, PRIORITY_RESULT,
     COMMAND_PAST, sizeof(struct result_load), result_load, result_decide,
     "{\"institution\": 6, \"negative\": [101, 102, 103]}"},
    {"reject_tube", "拒收采样管", "reject a tube", &reject_record, PRIORITY_RESULT, COMMAND_PAST,
     sizeof(struct reject_load), reject_load, reject_decide,
     "{\"tube\": 101, \"reason\": \"leak\"}"},
    {"recall_result", "撤回阴性结果", "recall a negative result", &recall_record, PRIORITY_RESULT,
     0, sizeof(struct recall_load), recall_load, recall_decide,
     "{\"tube\": 101, \"reason\": \"孔位错放\"}"},
    {0},
};

/* ---- reactions ---- */

/* Every tube of the box is answered or rejected now. */
static bool tell_answered(struct decision *d, struct db *db, int64_t tube, struct bh_err *err)
{
    struct tube_facts facts;
    struct box_facts box;
    if (!round_tube(db, tube, &facts, err))
        return false;
    if (facts.box == BH_NONE)
        return true;
    if (!box_read(db, facts.box, &box, err))
        return false;
    struct box_answered fact = {box.box, box.round};
    struct event_head head = {.area = box.area};
    if (box.left == 0 && box.received_ms != BH_NONE)
        decision_emit(d, LAB_BOX_ANSWERED, &head, &fact);
    return true;
}

static bool react_resulted(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    return tell_answered(d, db, ((const struct tube_resulted *)event->fields)->tube, err);
}

/* Several boxes may lie in one batch; each is told once. */
static bool react_cleared(struct decision *d, struct db *db, const struct event *event,
                          struct bh_err *err)
{
    const struct tubes_cleared *f = event->fields;
    const struct lab_tube *tubes = f->tubes.items;
    int64_t *told = bh_arena_get(decision_arena(d), (f->tubes.count + 1) * sizeof *told);
    size_t count = 0;
    for (size_t i = 0; i < f->tubes.count; i++) {
        struct tube_facts facts;
        size_t at = 0;
        if (!round_tube(db, tubes[i].tube, &facts, err))
            return false;
        while (at < count && told[at] != facts.box)
            at++;
        if (at < count)
            continue;
        told[count++] = facts.box;
        if (!tell_answered(d, db, facts.tube, err))
            return false;
    }
    return true;
}

/* Its people are due again: order_lists.c. */
static bool react_rejected(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    return tell_answered(d, db, ((const struct tube_rejected *)event->fields)->tube, err);
}

static const struct reaction reactions[] = {
    {ROUND_TUBE_RESULTED, {LAB_BOX_ANSWERED}, react_resulted},
    {LAB_TUBES_CLEARED, {LAB_BOX_ANSWERED}, react_cleared},
    {LAB_TUBE_REJECTED, {LAB_BOX_ANSWERED}, react_rejected},
    {0},
};

static const struct correction corrections[] = {
    {LAB_TUBE_REJECTED, "sample_tube"},
    {LAB_TUBES_CLEARED, "recall_result"},
    {LAB_RESULT_RECALLED, "result_tube"},
    {LAB_BOX_ANSWERED, "recall_result"},
    {0, NULL},
};

const struct link lab_link = {
    .name = "lab",
    .zh = "检测",
    .en = "laboratories",
    .events = lab_events,
    .commands = commands,
    .queries = lab_queries,
    .reactions = reactions,
    .tables = lab_tables,
    .corrections = corrections,
    .apply = lab_apply,
};
