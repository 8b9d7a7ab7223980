#include "round/sample.h"

#include "ledger/area.h"
#include "round/round_events.h"

#include <stddef.h>

/* ---- sample_tube ---- */

/* A person is given by slot, or by the document that stands on the roll. */
struct sample_person {
    int64_t slot;
    struct bh_sealed document;
    int64_t at_ms, receipt;
};
static const struct field person_fields[] = {
    FIELD(sample_person, slot, INT, 0, "名册序号", "slot", .min = 1, .max = ROLL_SLOT_MAX),
    FIELD(sample_person, document, SEALED, FIELD_SEARCHABLE, "证件号", "document number",
          .max = 64),
    {.name = "at",
     .type = FIELD_TIME,
     .offset = offsetof(struct sample_person, at_ms),
     .zh = "采样时间",
     .en = "sampled"},
    FIELD(sample_person, receipt, INT, 0, "回执码", "receipt", .min = 1,
          .max = (INT64_C(1) << 60) - 1),
};
static const struct record person_record = {"sample_person", sizeof(struct sample_person),
                                            person_fields,
                                            sizeof person_fields / sizeof person_fields[0]};

struct sample_tube {
    int64_t round, site;
    struct bh_str code;
    struct bh_list people;
    int64_t method;
};
static const struct field tube_fields[] = {
    FIELD(sample_tube, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(sample_tube, site, REF, FIELD_REQUIRED, "采样点", "site"),
    FIELD(sample_tube, code, TEXT, FIELD_REQUIRED, "管码", "tube code", .min = 4, .max = 32),
    FIELD(sample_tube, people, LIST, FIELD_REQUIRED, "受检者（按入管顺序）",
          "people, in tube order", .min = 1, .max = SAMPLE_PEOPLE_MAX, .item = &person_record),
    FIELD(sample_tube, method, ENUM, 0, "采样部位", "method", .choices = swab_methods),
};
RECORD(tube_record, sample_tube, tube_fields);

struct tube_load {
    struct site_facts site;
    int64_t tube_of_code; /* 0 = the code is free */
    struct sample_place people[SAMPLE_PEOPLE_MAX];
    /* In mop-up: what the communities of these people are missing, for the lists that end with this tube. */
    struct order_open_list {
        int64_t area, missing, list, made_ms;
    } lists[SAMPLE_PEOPLE_MAX];
    size_t list_count;
};

/* The block last looked up: slots of a tube taken door by door lie in one. */
struct home {
    struct roll_block block; /* last_slot 0 = none yet */
    bool covered;
};

static bool find_home(struct db *db, const struct site_facts *site, struct home *home,
                      struct sample_place *one, struct bh_err *err)
{
    if (one->slot < home->block.first_slot || one->slot > home->block.last_slot) {
        int64_t area = home->block.area, yes = 0;
        bool found = false;
        if (!roll_block_of(db, site->roll, one->slot, &home->block, &found, err))
            return false;
        if (!found) {
            home->block = (struct roll_block){0};
            return true;
        }
        if (home->block.area != area &&
            !db_int(db, err, &yes, &home->covered,
                    "SELECT 1 FROM round_count WHERE round = ? AND area = ?", "ii", site->round,
                    home->block.area))
            return false;
    }
    one->area = home->block.area;
    one->covered = home->covered;
    return true;
}

/* Who of these is sampled or away already: by range when the slots lie close together, else one by one. */
static bool find_state_near(struct db *db, int64_t ordinal, int64_t low, int64_t high,
                            struct sample_place *people, size_t count, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows, "SELECT id, tube FROM sample WHERE id BETWEEN ? AND ?", "ii",
            sample_id(ordinal, low), sample_id(ordinal, high));
    while (db_next(&rows))
        for (size_t i = 0; i < count; i++)
            if (sample_id(ordinal, people[i].slot) == row_int(&rows, 0))
                people[i].tube = row_int(&rows, 1);
    if (!db_end(&rows, err))
        return false;
    db_rows(db, &rows, "SELECT id FROM round_away WHERE id BETWEEN ? AND ?", "ii",
            sample_id(ordinal, low), sample_id(ordinal, high));
    while (db_next(&rows))
        for (size_t i = 0; i < count; i++)
            if (sample_id(ordinal, people[i].slot) == row_int(&rows, 0))
                people[i].away = true;
    return db_end(&rows, err);
}

static bool find_state_of(struct db *db, int64_t ordinal, struct sample_place *one,
                          struct bh_err *err)
{
    int64_t id = sample_id(ordinal, one->slot), seq = 0;
    bool found = false;
    return db_int(db, err, &one->tube, &found, "SELECT tube FROM sample WHERE id = ?", "i", id) &&
           db_int(db, err, &seq, &one->away, "SELECT seq FROM round_away WHERE id = ?", "i", id);
}

static bool find_states(struct db *db, int64_t ordinal, struct sample_place *people, size_t count,
                        struct bh_err *err)
{
    enum { NEAR = 256 };
    int64_t low = people[0].slot, high = low;
    for (size_t i = 1; i < count; i++) {
        low = people[i].slot < low ? people[i].slot : low;
        high = people[i].slot > high ? people[i].slot : high;
    }
    if (high - low <= NEAR)
        return find_state_near(db, ordinal, low, high, people, count, err);
    for (size_t i = 0; i < count; i++)
        if (!find_state_of(db, ordinal, &people[i], err))
            return false;
    return true;
}

/* Only who is away can have been listed again; that is looked up in the log. */
static bool find_moved(struct db *db, int64_t roll, struct sample_place *people, size_t count,
                       struct bh_err *err)
{
    for (size_t i = 0; i < count; i++) {
        int64_t now = people[i].slot;
        if (people[i].away && !roll_slot_now(db, roll, people[i].slot, &now, err))
            return false;
        people[i].moved = now != people[i].slot;
    }
    return true;
}

static bool find_people(struct db *db, const struct sample_tube *c, struct tube_load *load,
                        struct bh_err *err)
{
    const struct sample_person *given = c->people.items;
    struct home home = {.covered = false};
    for (size_t i = 0; i < c->people.count; i++) {
        struct sample_place *one = &load->people[i];
        *one = (struct sample_place){
            .slot = given[i].slot, .at_ms = given[i].at_ms, .receipt = given[i].receipt};
        bool by_document = given[i].document.text.len > 0;
        if (by_document == (given[i].slot != BH_NONE))
            return bh_fail_field(err, BH_INVALID, "people",
                                 "第 %zu 人：请给出名册序号或证件号，二者之一",
                                 "person %zu: give the slot or the document, one of them", i + 1);
        if (by_document &&
            !roll_slot_of(db, load->site.roll, given[i].document.hash, &one->slot, err))
            return false;
        if (one->slot != 0 && !find_home(db, &load->site, &home, one, err))
            return false;
    }
    return find_states(db, load->site.ordinal, load->people, c->people.count, err) &&
           find_moved(db, load->site.roll, load->people, c->people.count, err);
}

/* Only while mopping up are there lists that this tube may complete. */
static bool find_lists(struct db *db, int64_t round, size_t count, struct tube_load *load,
                       struct bh_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct rows rows;
        size_t known = 0;
        while (known < load->list_count && load->lists[known].area != load->people[i].area)
            known++;
        if (known < load->list_count)
            continue;
        db_rows(db, &rows,
                "SELECT c.due - c.exempt - c.sampled, c.list, e.occurred_ms FROM round_count c"
                " JOIN event e ON e.seq = c.list WHERE c.round = ? AND c.area = ?",
                "ii", round, load->people[i].area);
        if (db_next(&rows)) {
            load->lists[load->list_count++] = (struct order_open_list){
                load->people[i].area, row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2)};
        }
        if (!db_end(&rows, err))
            return false;
    }
    return true;
}

static bool tube_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct sample_tube *c = body;
    struct tube_load *load = facts;
    bool found = false;
    if (!order_site(db, c->site, &load->site, err))
        return false;
    ret->area = load->site.area;
    return db_int(db, err, &load->tube_of_code, &found,
                  "SELECT tube FROM tube WHERE code = ? AND withdrawn_ms IS NULL", "s", c->code) &&
           find_people(db, c, load, err) &&
           (load->site.state != ROUND_MOP_UP ||
            find_lists(db, c->round, c->people.count, load, err));
}

/* What was taken before sampling ended, by a phone without network, still counts. */
static bool still_sampling(const struct site_facts *site, int64_t sampled_ms)
{
    return site->state == ROUND_SAMPLING || site->state == ROUND_MOP_UP ||
           (site->state == ROUND_SAMPLED_CLOSED && sampled_ms < site->state_ms);
}

static bool check_site(const struct site_facts *site, int64_t round, int64_t sampled_ms,
                       struct bh_err *err)
{
    if (site->round != round)
        return bh_fail_field(err, BH_INVALID, "site", "采样点不属于本轮",
                             "the site belongs to another round");
    if (site->closed_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "site", "采样点已关闭", "the site is closed");
    if (!still_sampling(site, sampled_ms))
        return bh_fail_field(err, BH_CONFLICT, "round", "本轮不在采样中",
                             "the round is not sampling");
    return true;
}

static void emit_tube(struct decision *d, const struct sample_tube *c, const struct tube_load *load)
{
    size_t count = c->people.count;
    struct sampled_person *people = bh_arena_get(decision_arena(d), count * sizeof *people);
    struct sampled_area *areas = bh_arena_get(decision_arena(d), count * sizeof *areas);
    for (size_t i = 0; i < count; i++)
        people[i] = (struct sampled_person){load->people[i].slot, load->people[i].at_ms,
                                            load->people[i].receipt};
    size_t area_count = sample_areas(load->people, count, areas);
    struct tube_sampled fact = {
        .round = c->round,
        .site = c->site,
        .code = c->code,
        .kind = count == 1 ? TUBE_SINGLE : TUBE_POOLED,
        .people = {people, count},
        .areas = {areas, area_count},
        .method = c->method,
        .institution = load->site.institution,
        .ordinal = load->site.ordinal,
    };
    decision_emit(d, SAMPLE_TUBE_SAMPLED, NULL, &fact);
    for (size_t i = 0; i < area_count; i++)
        for (size_t k = 0; k < load->list_count; k++)
            if (load->lists[k].area == areas[i].area &&
                load->lists[k].missing <= areas[i].count - areas[i].away)
                order_complete(d, c->round, areas[i].area, load->lists[k].list,
                               load->lists[k].made_ms);
}

static bool tube_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct sample_tube *c = body;
    const struct tube_load *load = facts;
    if (!check_site(&load->site, c->round, decision_occurred(d), err) ||
        !sample_code_fits(c->code, err))
        return false;
    if (load->tube_of_code != 0)
        return bh_fail_field(err, BH_CONFLICT, "code", "管码 %.*s 已用于另一采样管",
                             "the code %.*s is that of another tube", (int)c->code.len, c->code.at);
    if (!sample_people_fit(load->people, c->people.count, load->site.pool_size,
                           decision_occurred(d), err))
        return false;
    emit_tube(d, c, load);
    return true;
}

/* ---- undo_sample ---- */

struct undo_sample {
    int64_t tube, slot;
};
static const struct field undo_fields[] = {
    FIELD(undo_sample, tube, REF, FIELD_REQUIRED, "采样管", "tube"),
    FIELD(undo_sample, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
};
RECORD(undo_record, undo_sample, undo_fields);

struct undo_load {
    struct round_facts round;
    struct roll_block block;
    int64_t collected_ms;
    bool in_tube, away, boxed;
};

static bool undo_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct undo_sample *c = body;
    struct undo_load *load = facts;
    struct rows rows;
    int64_t round = BH_NONE, seq = 0;
    bool found = false;
    db_rows(db, &rows, "SELECT round, area, collected_ms, box FROM tube WHERE tube = ?", "i",
            c->tube);
    if (db_next(&rows)) {
        round = row_int(&rows, 0);
        ret->area = row_int(&rows, 1);
        load->collected_ms = row_int(&rows, 2);
        load->boxed = !row_null(&rows, 3);
    }
    if (!db_end(&rows, err))
        return false;
    if (round == BH_NONE)
        return bh_fail_field(err, BH_MISSING, "tube", "没有采样管 %lld", "there is no tube %lld",
                             (long long)c->tube);
    if (!order_round(db, round, &load->round, err) ||
        !roll_block_of(db, load->round.roll, c->slot, &load->block, &found, err))
        return false;
    int64_t id = sample_id(load->round.ordinal, c->slot);
    return db_int(db, err, &seq, &load->in_tube, "SELECT 1 FROM sample WHERE id = ? AND tube = ?",
                  "ii", id, c->tube) &&
           db_int(db, err, &seq, &load->away, "SELECT seq FROM round_away WHERE id = ?", "i", id);
}

static bool undo_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct undo_sample *c = body;
    const struct undo_load *load = facts;
    int64_t within_ms = 0;
    if (!load->in_tube)
        return bh_fail_field(err, BH_CONFLICT, "slot", "此人不在该管中",
                             "this person is not in that tube");
    if (load->boxed)
        return bh_fail_field(err, BH_CONFLICT, "tube", "该管已装箱封存，请由实验室拒收",
                             "the tube is in a sealed box: let the laboratory reject it");
    if (decision_plan_number(d, load->block.area, "sample_undo_within", &within_ms) &&
        decision_occurred(d) - load->collected_ms > within_ms)
        return bh_fail_field(err, BH_CONFLICT, "tube", "封管已超过 %lld 分钟，不能撤销",
                             "the tube was closed over %lld minutes ago",
                             (long long)(within_ms / 60000));
    struct sample_undone fact = {
        c->tube, c->slot, load->round.round, load->round.ordinal, load->block.area, load->away};
    decision_emit(d, SAMPLE_UNDONE, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"sample_tube", "采样入管", "sample people into a tube", &tube_record, PRIORITY_SAMPLING,
     COMMAND_PAST, sizeof(struct tube_load), tube_load, tube_decide,
     "{\"round\": 80, \"site\": 90, \"code\": \"JL2203170001\", \"people\": [{\"slot\": 1},"
     " {\"slot\": 2, \"receipt\": 812345678901234567}]}"},
    {"undo_sample", "撤销误采", "take a person out of a tube again", &undo_record,
     PRIORITY_SAMPLING, COMMAND_PAST, sizeof(struct undo_load), undo_load, undo_decide,
     "{\"tube\": 101, \"slot\": 2}"},
    {0},
};

static const struct query queries[] = {{0}};

static const struct correction corrections[] = {
    {SAMPLE_TUBE_SAMPLED, "undo_sample"},
    {SAMPLE_UNDONE, "sample_tube"},
    {0, NULL},
};

const struct link sample_link = {
    .name = "sample",
    .zh = "采样",
    .en = "sampling",
    .events = sample_events,
    .commands = commands,
    .queries = queries,
    .reactions = NULL,
    .tables = sample_tables,
    .corrections = corrections,
    .apply = sample_apply,
};
