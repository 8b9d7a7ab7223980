/* Plates: laid, read by the analyser, released by a second person. */
#include "round/lab.h"

#include "ledger/known.h"
#include "ledger/people_link.h"
#include "round/round.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool refuse_well(struct bh_err *err, enum bh_code code, size_t place, const char *zh,
                        const char *en)
{
    char field[BH_FIELD_MAX];
    (void)snprintf(field, sizeof field, "wells[%zu]", place);
    (void)bh_fail_field(err, code, field, "第 %zu 行：%s%.0s", "row %zu: %.0s%s", place + 1, zh,
                        en);
    err->row = (int)place + 1;
    return false;
}

/* ---- lay_plate ---- */

struct lay_well {
    struct bh_str well, code;
    int64_t tube, control;
};
static const struct field lay_well_fields[] = {
    FIELD(lay_well, well, TEXT, 0, "孔位（不填则为下一孔）",
          "well, the next free one when not given", .min = 2, .max = 3),
    FIELD(lay_well, tube, REF, 0, "采样管", "tube"),
    FIELD(lay_well, code, TEXT, 0, "管码", "or its code", .max = 64),
    FIELD(lay_well, control, ENUM, 0, "对照", "or a control", .choices = well_controls),
};
static const struct record lay_well_record = {"lay_well", sizeof(struct lay_well), lay_well_fields,
                                              sizeof lay_well_fields / sizeof lay_well_fields[0]};

struct lay_plate {
    int64_t institution;
    struct bh_str code;
    struct bh_list wells;
};
static const struct field lay_fields[] = {
    FIELD(lay_plate, institution, REF, FIELD_REQUIRED, "检测机构", "laboratory"),
    FIELD(lay_plate, code, TEXT, FIELD_REQUIRED, "板码", "plate code", .min = 1, .max = 32),
    FIELD(lay_plate, wells, LIST, FIELD_REQUIRED, "各孔", "wells", .min = 1, .max = LAB_WELLS,
          .item = &lay_well_record),
};
RECORD(lay_record, lay_plate, lay_fields);

struct lay_load {
    bool code_used;
    struct tube_facts tubes[LAB_WELLS]; /* tube 0 = none of that code */
};

static bool lay_tube(struct db *db, const struct lay_well *well, struct tube_facts *ret,
                     struct bh_err *err)
{
    int64_t tube = well->tube;
    bool found = true;
    if (well->code.len > 0 &&
        !db_int(db, err, &tube, &found,
                "SELECT tube FROM tube WHERE code = ? AND withdrawn_ms IS NULL", "s", well->code))
        return false;
    return !found || tube == BH_NONE || round_tube(db, tube, ret, err);
}

static bool lay_load(struct db *db, const void *body, void *facts, struct target *ret,
                     struct bh_err *err)
{
    const struct lay_plate *c = body;
    const struct lay_well *wells = c->wells.items;
    struct lay_load *load = facts;
    int64_t plate = 0;
    bool found = false;
    if (!known_institution(db, c->institution, err) ||
        !db_int(db, err, &ret->area, &found, "SELECT area FROM institution WHERE institution = ?",
                "i", c->institution) ||
        !db_int(db, err, &plate, &load->code_used,
                "SELECT plate FROM plate WHERE institution = ? AND code = ?", "is", c->institution,
                c->code))
        return false;
    for (size_t i = 0; i < c->wells.count; i++)
        if (!lay_tube(db, &wells[i], &load->tubes[i], err)) {
            err->row = (int)i + 1;
            return false;
        }
    return true;
}

/* One of tube, code and control; a tube that this laboratory received and that waits for a run. */
static bool lay_check(const struct decision *d, const struct lay_plate *c,
                      const struct lay_load *load, size_t i, struct bh_err *err)
{
    const struct lay_well *well = &((const struct lay_well *)c->wells.items)[i];
    const struct tube_facts *tube = &load->tubes[i];
    int given = (well->tube != BH_NONE) + (well->code.len > 0) + (well->control != BH_NONE);
    struct bh_err why;
    if (given != 1)
        return refuse_well(err, BH_INVALID, i, "请给出管、管码或对照，三者之一",
                           "give a tube, its code, or a control, one of them");
    if (well->control != BH_NONE)
        return true;
    if (tube->tube == 0 || lab_hidden(d, tube, c->institution))
        return refuse_well(err, BH_MISSING, i, "没有这个管码", "there is no tube with this code");
    if (!tube_allow(tube_result_fits(tube, c->institution, decision_occurred(d)), &why))
        return refuse_well(err, why.code, i, why.zh, why.en);
    for (size_t k = 0; k < i; k++)
        if (load->tubes[k].tube == tube->tube)
            return refuse_well(err, BH_INVALID, i, "该管列出两次", "the tube is listed twice");
    return true;
}

static bool lay_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct lay_plate *c = body;
    const struct lay_well *asked = c->wells.items;
    const struct lay_load *load = facts;
    struct lab_laying items[LAB_WELLS], added[2];
    int64_t places[LAB_WELLS];
    size_t count = c->wells.count, added_count = 0;
    if (load->code_used)
        return bh_fail_field(err, BH_CONFLICT, "code", "板码 %.*s 已用过",
                             "the plate code %.*s was used already", (int)c->code.len, c->code.at);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct lab_laying){0, asked[i].control};
        if (!lay_check(d, c, load, i, err))
            return false;
        if (asked[i].well.len > 0 && (items[i].well = lab_well_of(asked[i].well)) == 0)
            return refuse_well(err, BH_INVALID, i, "没有这个孔位", "there is no such well");
    }
    if (!lab_lay(items, count, places, added, &added_count, err))
        return false;
    if (count + added_count > LAB_WELLS)
        return bh_fail_field(err, BH_TOO_BIG, "wells", "板已满", "the plate is full");
    struct laid_well *wells = bh_arena_get(decision_arena(d), LAB_WELLS * sizeof *wells);
    for (size_t i = 0; i < count; i++)
        wells[i] = (struct laid_well){places[i],
                                      asked[i].control == BH_NONE ? load->tubes[i].tube : BH_NONE,
                                      asked[i].control};
    for (size_t i = 0; i < added_count; i++)
        wells[count + i] = (struct laid_well){added[i].well, BH_NONE, added[i].control};
    struct plate_laid fact = {
        .institution = c->institution, .code = c->code, .wells = {wells, count + added_count}};
    decision_emit(d, LAB_PLATE_LAID, NULL, &fact);
    return true;
}

/* ---- read_plate ---- */

struct told_well {
    struct bh_str well;
    int64_t ct_orf1ab, ct_n, internal;
};
static const struct field told_well_fields[] = {
    FIELD(told_well, well, TEXT, FIELD_REQUIRED, "孔位", "well", .min = 2, .max = 3),
    FIELD(told_well, ct_orf1ab, INT, 0, "ORF1ab Ct 值", "Ct of ORF1ab", .min = 0, .max = 9999,
          .unit = "1/100 Ct"),
    FIELD(told_well, ct_n, INT, 0, "N Ct 值", "Ct of N", .min = 0, .max = 9999, .unit = "1/100 Ct"),
    FIELD(told_well, internal, BOOL, 0, "内标合格", "internal control worked"),
};
static const struct record told_well_record = {
    "told_well", sizeof(struct told_well), told_well_fields,
    sizeof told_well_fields / sizeof told_well_fields[0]};

struct read_plate {
    int64_t plate;
    struct bh_str profile;
    struct bh_list wells;
};
static const struct field read_fields[] = {
    FIELD(read_plate, plate, REF, FIELD_REQUIRED, "板", "plate"),
    FIELD(read_plate, profile, TEXT, 0, "仪器格式", "analyser profile", .max = 64),
    FIELD(read_plate, wells, LIST, FIELD_REQUIRED, "各孔", "wells", .min = 1, .max = LAB_WELLS,
          .item = &told_well_record),
};
RECORD(read_record, read_plate, read_fields);

struct plate_load {
    struct plate_facts plate;
    size_t count;
    struct plate_well wells[LAB_WELLS];
    struct tube_facts tubes[LAB_WELLS]; /* of the wells that hold one */
};

/* Both bodies begin with the plate. */
static bool plate_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    struct plate_load *load = facts;
    int64_t plate = *(const int64_t *)body;
    if (!plate_read(db, plate, &load->plate, err) ||
        !plate_wells(db, plate, load->wells, &load->count, err))
        return false;
    ret->area = load->plate.area;
    for (size_t i = 0; i < load->count; i++)
        if (load->wells[i].tube != BH_NONE &&
            !round_tube(db, load->wells[i].tube, &load->tubes[i], err))
            return false;
    return true;
}

static bool plan_cutoff(struct decision *d, int64_t area, struct lab_cutoff *ret,
                        struct bh_err *err)
{
    int64_t below = 0;
    if (!decision_plan_number(d, area, "positive_ct_below", &below) ||
        !decision_plan_number(d, area, "positive_targets_needed", &ret->needed))
        return bh_fail(err, BH_CONFLICT, "方案没有规定判阳 Ct 值",
                       "the plan does not say which Ct is positive");
    ret->ct_below = below * 100;
    return true;
}

/* Which told well is this one; count when none is, or two are. */
static size_t told_of(const struct read_plate *c, int64_t well)
{
    const struct told_well *told = c->wells.items;
    size_t at = c->wells.count;
    for (size_t i = 0; i < c->wells.count; i++)
        if (lab_well_of(told[i].well) == well) {
            if (at < c->wells.count)
                return c->wells.count;
            at = i;
        }
    return at;
}

static bool check_told(const struct read_plate *c, const struct plate_load *load,
                       struct bh_err *err)
{
    const struct told_well *told = c->wells.items;
    for (size_t i = 0; i < c->wells.count; i++) {
        int64_t well = lab_well_of(told[i].well);
        size_t k = 0;
        while (k < load->count && load->wells[k].well != well)
            k++;
        if (k == load->count)
            return refuse_well(err, BH_INVALID, i, "该孔未布样", "this well of the plate is empty");
    }
    for (size_t k = 0; k < load->count; k++)
        if (told_of(c, load->wells[k].well) == c->wells.count) {
            char name[LAB_WELL_TEXT];
            lab_well_name(load->wells[k].well, name);
            return bh_fail_field(err, BH_INVALID, "wells", "孔 %s 没有结果，或有两个",
                                 "well %s has no result, or two", name);
        }
    return true;
}

static bool read_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct read_plate *c = body;
    const struct plate_load *load = facts;
    const struct told_well *told = c->wells.items;
    struct lab_cutoff cutoff;
    if (load->plate.read_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "plate", "该板已读", "the plate was read already");
    if (decision_occurred(d) < load->plate.laid_ms)
        return bh_fail(err, BH_INVALID, "时间早于布板", "this lies before the laying");
    if (!check_told(c, load, err) || !plan_cutoff(d, load->plate.area, &cutoff, err))
        return false;
    struct read_well *wells = bh_arena_get(decision_arena(d), LAB_WELLS * sizeof *wells);
    struct plate_read fact = {.plate = c->plate,
                              .institution = load->plate.institution,
                              .controls = 1,
                              .profile = c->profile,
                              .wells = {wells, load->count}};
    for (size_t k = 0; k < load->count; k++) {
        const struct told_well *one = &told[told_of(c, load->wells[k].well)];
        wells[k] = (struct read_well){
            .well = load->wells[k].well,
            .ct_orf1ab = one->ct_orf1ab,
            .ct_n = one->ct_n,
            .orf1ab = lab_target_verdict(&cutoff, one->ct_orf1ab),
            .n = lab_target_verdict(&cutoff, one->ct_n),
            .verdict = lab_well_verdict(&cutoff, one->ct_orf1ab, one->ct_n,
                                        load->wells[k].control == BH_NONE && one->internal == 0),
        };
        if (load->wells[k].control != BH_NONE &&
            !lab_control_holds(&cutoff, load->wells[k].control, one->ct_orf1ab, one->ct_n))
            fact.controls = 0;
    }
    decision_emit(d, LAB_PLATE_READ, NULL, &fact);
    return true;
}

/* ---- release_plate ---- */

struct well_name {
    struct bh_str well;
};
static const struct field well_name_fields[] = {
    FIELD(well_name, well, TEXT, FIELD_REQUIRED, "孔位", "well", .min = 2, .max = 3),
};
static const struct record well_name_record = {"well_name", sizeof(struct well_name),
                                               well_name_fields, 1};

struct release_plate {
    int64_t plate;
    struct bh_sealed signature;
    struct bh_list repeat;
};
static const struct field release_fields[] = {
    FIELD(release_plate, plate, REF, FIELD_REQUIRED, "板", "plate"),
    FIELD(release_plate, signature, SEALED, FIELD_REQUIRED | FIELD_SEARCHABLE, "签发人签名",
          "signature of who releases", .min = 1, .max = 200),
    FIELD(release_plate, repeat, LIST, 0, "重做的孔", "wells to run again", .max = LAB_WELLS,
          .item = &well_name_record),
};
RECORD(release_record, release_plate, release_fields);

static bool check_release(const struct decision *d, const struct plate_facts *plate,
                          struct bh_err *err)
{
    if (plate->read_ms == BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "plate", "该板尚未读", "the plate was not read yet");
    if (plate->controls != 1)
        return bh_fail_field(err, BH_CONFLICT, "plate", "对照不合格，该板作废",
                             "its controls failed: the plate is void");
    if (plate->released_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "plate", "该板已签发",
                             "the plate was released already");
    if (decision_occurred(d) < plate->read_ms)
        return bh_fail(err, BH_INVALID, "时间早于读板", "this lies before the reading");
    /* 0 is the system itself, of exercises: nobody who could look a second time. */
    return decision_actor(d) == 0 || decision_actor(d) != plate->reader ||
           bh_fail_field(err, BH_CONFLICT, "signature", "读板人不能签发，须由另一人签发",
                         "who read the plate does not release it: a second person does");
}

static bool check_repeat(const struct release_plate *c, const struct plate_load *load,
                         struct bh_err *err)
{
    const struct well_name *names = c->repeat.items;
    for (size_t i = 0; i < c->repeat.count; i++) {
        int64_t well = lab_well_of(names[i].well);
        size_t k = 0;
        while (k < load->count && (load->wells[k].well != well || load->wells[k].tube == BH_NONE))
            k++;
        if (k == load->count)
            return bh_fail_field(err, BH_INVALID, "repeat", "孔 %.*s 没有样本",
                                 "there is no tube in well %.*s", (int)names[i].well.len,
                                 names[i].well.at);
    }
    return true;
}

static bool runs_again(const struct release_plate *c, const struct plate_well *well)
{
    const struct well_name *names = c->repeat.items;
    if (well->verdict == VERDICT_INVALID)
        return true;
    for (size_t i = 0; i < c->repeat.count; i++)
        if (lab_well_of(names[i].well) == well->well)
            return true;
    return false;
}

static bool release_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct release_plate *c = body;
    const struct plate_load *load = facts;
    struct bh_arena *arena = decision_arena(d);
    if (!check_release(d, &load->plate, err) || !check_repeat(c, load, err))
        return false;
    struct found_tube *found = bh_arena_get(arena, LAB_WELLS * sizeof *found);
    struct lab_tube *repeat = bh_arena_get(arena, LAB_WELLS * sizeof *repeat);
    struct lab_tube *cleared = bh_arena_get(arena, LAB_WELLS * sizeof *cleared);
    size_t found_count = 0, repeat_count = 0, cleared_count = 0;
    for (size_t i = 0; i < load->count; i++) {
        const struct plate_well *well = &load->wells[i];
        if (well->tube == BH_NONE)
            continue;
        if (runs_again(c, well))
            repeat[repeat_count++].tube = well->tube;
        else if (well->verdict == VERDICT_NEGATIVE && load->tubes[i].resample_of == BH_NONE)
            cleared[cleared_count++].tube = well->tube;
        else
            found[found_count++] = (struct found_tube){well->tube, well->verdict, well->ct_orf1ab,
                                                       well->ct_n, well->orf1ab,  well->n};
    }
    struct plate_released fact = {.plate = c->plate,
                                  .institution = load->plate.institution,
                                  .cleared = (int64_t)cleared_count,
                                  .found = {found, found_count},
                                  .repeat = {repeat, repeat_count},
                                  .signature = c->signature};
    struct tubes_cleared together = {load->plate.institution, c->plate, {cleared, cleared_count}};
    decision_emit(d, LAB_PLATE_RELEASED, NULL, &fact);
    if (cleared_count > 0)
        decision_emit(d, LAB_TUBES_CLEARED, NULL, &together);
    return true;
}

static const struct command commands[] = {
    {"lay_plate", "布板", "lay a plate", &lay_record, PRIORITY_RESULT, COMMAND_PAST,
     sizeof(struct lay_load), lay_load, lay_decide,
     "{\"institution\": 6, \"code\": \"P-0317-01\", \"wells\": [{\"well\": \"A1\", \"tube\": 101},"
     " {\"code\": \"JL2203170002\"}, {\"well\": \"H12\", \"control\": \"positive\"}]}"},
    {"read_plate", "读板", "read a plate", &read_record, PRIORITY_RESULT, COMMAND_PAST,
     sizeof(struct plate_load), plate_load, read_decide,
     "{\"plate\": 130, \"profile\": \"quantstudio\", \"wells\": [{\"well\": \"A1\","
     " \"ct_orf1ab\": 2810, \"ct_n\": 2705}, {\"well\": \"B1\"}]}"},
    {"release_plate", "签发", "release a plate", &release_record, PRIORITY_RESULT, COMMAND_PAST,
     sizeof(struct plate_load), plate_load, release_decide,
     "{\"plate\": 130, \"signature\": \"赵某\", \"repeat\": [\"C5\"]}"},
    {0},
};

/* ---- reactions ---- */

/* Results that are told singly, in the same transaction. */
static bool react_released(struct decision *d, struct db *db, const struct event *event,
                           struct bh_err *err)
{
    const struct plate_released *f = event->fields;
    const struct found_tube *found = f->found.items;
    struct naming naming = {0};
    for (size_t i = 0; i < f->found.count; i++) {
        struct target_result *targets =
            bh_arena_get(decision_arena(d), TARGET_COUNT * sizeof *targets);
        targets[0] = (struct target_result){TARGET_ORF1AB, found[i].ct_orf1ab, found[i].orf1ab};
        targets[1] = (struct target_result){TARGET_N, found[i].ct_n, found[i].n};
        struct tube_resulted result = {
            found[i].tube, f->institution, found[i].verdict, {targets, TARGET_COUNT}};
        if (!round_tell(d, db, &naming, &result, event->occurred_ms, err))
            return false;
    }
    return true;
}

static const struct reaction reactions[] = {
    {LAB_PLATE_RELEASED,
     {EVENT_PERSON_REGISTERED, ROUND_MEMBER_NAMED, ROUND_TUBE_RESULTED},
     react_released},
    {0},
};

static const struct correction corrections[] = {
    {LAB_PLATE_LAID, "release_plate"},
    {LAB_PLATE_READ, "release_plate"},
    {LAB_PLATE_RELEASED, "recall_result"},
    {0, NULL},
};

const struct link plate_link = {
    .name = "plate",
    .zh = "布板与签发",
    .en = "plates",
    .events = (const struct event_kind[]){{0}},
    .commands = commands,
    .queries = plate_queries,
    .reactions = reactions,
    .tables = plate_tables,
    .corrections = corrections,
    .apply = plate_apply,
};
