#include "base/photo.h"
#include "ledger/known.h"
#include "round/antigen.h"
#include "round/order_facts.h"
#include "round/roll_facts.h"

#include <stddef.h>
#include <stdio.h>

enum { REPEATS_MAX = 16, PEOPLE_MAX = 100 };

/* Kits are named by their codes, as scanned from their labels. */
struct kit_code {
    struct bh_str code;
};
static const struct field code_fields[] = {
    FIELD(kit_code, code, TEXT, FIELD_REQUIRED, "试剂码", "kit code", .min = 13, .max = 20),
};
static const struct record code_record = {"kit_code", sizeof(struct kit_code), code_fields,
                                          sizeof code_fields / sizeof code_fields[0]};

#define KITS_FIELD(owner)                                                                          \
    FIELD(owner, kits, LIST, FIELD_REQUIRED, "试剂码", "kits by code", .min = 1,                   \
          .max = ANTIGEN_KITS_MAX, .item = &code_record)

static bool refuse_kit(struct bh_err *err, enum bh_code code, size_t place, const char *zh,
                       const char *en)
{
    char field[BH_FIELD_MAX];
    (void)snprintf(field, sizeof field, "kits[%zu]", place);
    (void)bh_fail_field(err, code, field, "第 %zu 个试剂码：%s%.0s", "kit %zu: %.0s%s", place + 1,
                        zh, en);
    err->row = (int)place + 1;
    return false;
}

/* Codes of a list as numbers, each once. */
static bool read_codes(const struct bh_list *list, struct antigen_kit *ret, struct bh_err *err)
{
    const struct kit_code *codes = list->items;
    for (size_t i = 0; i < list->count; i++) {
        struct bh_err wrong;
        if (!antigen_code_fits(codes[i].code, "kits", &ret[i].kit, &wrong))
            return refuse_kit(err, BH_INVALID, i, wrong.zh, wrong.en);
        for (size_t k = 0; k < i; k++)
            if (ret[k].kit == ret[i].kit)
                return refuse_kit(err, BH_INVALID, i, "列出两次", "is listed twice");
    }
    return true;
}

/* ---- register_kits ---- */

struct register_kits {
    int64_t area;
    struct bh_str name;
    struct bh_list kits;
};
static const struct field register_fields[] = {
    FIELD(register_kits, area, AREA, FIELD_REQUIRED, "保管地区", "where they are kept"),
    FIELD(register_kits, name, TEXT, FIELD_REQUIRED, "批号", "batch number", .min = 1, .max = 64),
    KITS_FIELD(register_kits),
};
RECORD(register_record, register_kits, register_fields);

struct register_load {
    struct antigen_kit kits[ANTIGEN_KITS_MAX];
    size_t taken; /* place of the first known code + 1, 0 = all new */
};

static bool register_load(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    const struct register_kits *c = body;
    struct register_load *load = facts;
    ret->area = c->area;
    if (!read_codes(&c->kits, load->kits, err))
        return false;
    for (size_t i = 0; i < c->kits.count && load->taken == 0; i++) {
        struct kit_facts kit;
        bool found = false;
        if (!antigen_kit_read(db, load->kits[i].kit, &kit, &found, err))
            return false;
        load->taken = found ? i + 1 : 0;
    }
    return true;
}

static bool register_decide(struct decision *d, const void *body, const void *facts,
                            struct bh_err *err)
{
    const struct register_kits *c = body;
    const struct register_load *load = facts;
    if (load->taken != 0)
        return refuse_kit(err, BH_CONFLICT, load->taken - 1, "已入册", "is registered already");
    struct kits_registered fact = {.name = c->name,
                                   .kits = {(void *)(uintptr_t)load->kits, c->kits.count}};
    decision_emit(d, ANTIGEN_KITS_REGISTERED, NULL, &fact);
    return true;
}

/* ---- hand_out_kits ---- */

struct hand_out_kits {
    int64_t roll, slot, count, round, group;
    struct bh_list kits;
};
static const struct field hand_out_fields[] = {
    FIELD(hand_out_kits, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(hand_out_kits, slot, INT, FIELD_REQUIRED, "名册序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(hand_out_kits, count, INT, 0, "户内人数", "people at this door, from the slot on",
          .min = 1, .max = PEOPLE_MAX),
    FIELD(hand_out_kits, round, REF, 0, "轮次", "round they are for"),
    FIELD(hand_out_kits, group, ENUM, 0, "适用人群", "group of people they are for",
          .choices = antigen_groups),
    KITS_FIELD(hand_out_kits),
};
RECORD(hand_out_record, hand_out_kits, hand_out_fields);

struct hand_out_load {
    struct antigen_kit kits[ANTIGEN_KITS_MAX];
    struct kit_facts first_bad; /* of kits[bad - 1] */
    size_t bad;                 /* not registered, or used; 0 = none */
    /* Where it was handed out before, 0 = nowhere: who holds a new kit in his hands may hand it out. */
    int64_t areas[ANTIGEN_KITS_MAX];
    struct roll_block block;
    bool listed, round_fits;
};

static bool find_kits(struct db *db, size_t count, struct hand_out_load *load, struct bh_err *err)
{
    for (size_t i = 0; i < count && load->bad == 0; i++) {
        struct kit_facts kit;
        bool found = false;
        if (!antigen_kit_read(db, load->kits[i].kit, &kit, &found, err))
            return false;
        load->areas[i] = kit.handed_ms == BH_NONE ? 0 : kit.area;
        if (!found || kit.antigen != BH_NONE) {
            load->bad = i + 1;
            load->first_bad = kit;
        }
    }
    return true;
}

static bool hand_out_load(struct db *db, const void *body, void *facts, struct target *ret,
                          struct bh_err *err)
{
    const struct hand_out_kits *c = body;
    struct hand_out_load *load = facts;
    struct roll_facts roll;
    struct round_facts round;
    int64_t last = c->slot + (c->count == BH_NONE ? 1 : c->count) - 1;
    if (!read_codes(&c->kits, load->kits, err) || !roll_read(db, c->roll, &roll, err) ||
        !roll_block_of(db, c->roll, c->slot, &load->block, &load->listed, err))
        return false;
    load->listed = load->listed && last <= load->block.last_slot;
    ret->area = load->block.area != 0 ? load->block.area : roll.area;
    load->round_fits = true;
    if (c->round != BH_NONE) {
        if (!order_round(db, c->round, &round, err))
            return false;
        load->round_fits = round.roll == c->roll && round.state != ROUND_CLOSED;
    }
    return find_kits(db, c->kits.count, load, err);
}

static bool hand_out_decide(struct decision *d, const void *body, const void *facts,
                            struct bh_err *err)
{
    const struct hand_out_kits *c = body;
    const struct hand_out_load *load = facts;
    if (!load->listed)
        return bh_fail_field(err, BH_MISSING, "slot", "名册上没有第 %lld 号或其后的人",
                             "the roll has no slot %lld, or fewer people after it",
                             (long long)c->slot);
    if (!load->round_fits)
        return bh_fail_field(err, BH_CONFLICT, "round", "该轮次不用此名册，或已结束",
                             "the round is of another roll, or closed");
    if (c->group != BH_NONE &&
        !decision_plan_lists(d, load->block.area, "antigen_groups", antigen_groups[c->group].name))
        return bh_fail_field(err, BH_CONFLICT, "group", "现行方案不对“%s”作抗原检测%.0s",
                             "%.0sthe plan in force has no antigen tests for %s",
                             antigen_groups[c->group].zh, antigen_groups[c->group].en);
    for (size_t i = 0; i < c->kits.count; i++)
        if (load->areas[i] != 0 && !decision_holds(d, load->areas[i]))
            return refuse_kit(err, BH_MISSING, i, "没有这个试剂码", "there is no such kit");
    if (load->bad != 0 && load->first_bad.antigen != BH_NONE)
        return refuse_kit(err, BH_CONFLICT, load->bad - 1, "已使用", "was used already");
    if (load->bad != 0)
        return refuse_kit(err, BH_MISSING, load->bad - 1, "没有这个试剂码", "there is no such kit");
    struct kits_handed_out fact = {
        .roll = c->roll,
        .slot = c->slot,
        .count = c->count == BH_NONE ? 1 : c->count,
        .round = c->round,
        .kits = {(void *)(uintptr_t)load->kits, c->kits.count},
        .group = c->group,
    };
    decision_emit(d, ANTIGEN_KITS_HANDED_OUT, NULL, &fact);
    return true;
}

/* ---- report_antigen ---- */

struct report_antigen {
    struct bh_str kit;
    int64_t slot, person, outcome, taken_ms, symptom_days;
    struct bh_sealed photo;
};
static const struct field report_fields[] = {
    FIELD(report_antigen, kit, TEXT, FIELD_REQUIRED, "试剂码", "kit code", .min = 13, .max = 20),
    FIELD(report_antigen, slot, INT, 0, "名册序号", "slot, where several people share a door",
          .min = 1, .max = ROLL_SLOT_MAX),
    FIELD(report_antigen, person, PERSON, 0, "人员", "person, for a kit not handed to a door"),
    FIELD(report_antigen, outcome, ENUM, FIELD_REQUIRED, "结果", "outcome",
          .choices = antigen_outcomes),
    {.name = "taken",
     .type = FIELD_TIME,
     .offset = offsetof(struct report_antigen, taken_ms),
     .zh = "检测时间",
     .en = "taken",
     .unit = "ms"},
    FIELD(report_antigen, symptom_days, INT, 0, "症状出现天数", "days since the first symptoms",
          .min = 0, .max = 60, .unit = "days"),
    FIELD(report_antigen, photo, SEALED, FIELD_PHOTO, "照片", "photo of the test",
          .max = PHOTO_BYTES_MAX),
};
RECORD(report_record, report_antigen, report_fields);

struct report_load {
    struct kit_facts kit;
    int64_t slot;                 /* whose test, BH_NONE = the person's or nobody's */
    int64_t repeats[REPEATS_MAX]; /* invalid tests of the same person that this one repeats */
    size_t repeat_count;
};

static bool find_repeats(struct rows *rows, struct report_load *load, struct bh_err *err)
{
    while (load->repeat_count < REPEATS_MAX && db_next(rows))
        load->repeats[load->repeat_count++] = row_int(rows, 0);
    return db_end(rows, err);
}

static bool report_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct report_antigen *c = body;
    struct report_load *load = facts;
    struct rows rows;
    int64_t kit = 0;
    bool found = false;
    if (!antigen_code_fits(c->kit, "kit", &kit, err) ||
        !antigen_kit_read(db, kit, &load->kit, &found, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "kit", "没有这个试剂码", "there is no such kit");
    ret->area = load->kit.area;
    load->slot = c->slot == BH_NONE && load->kit.count == 1 ? load->kit.slot : c->slot;
    if (c->person != BH_NONE) {
        int64_t lives = 0;
        if (!known_person(db, c->person, &lives, err))
            return false;
        ret->person = c->person;
        ret->area = lives != 0 ? lives : ret->area;
        db_rows(db, &rows,
                "SELECT antigen FROM antigen_test WHERE person = ? AND repeat_owed_ms IS NOT NULL"
                " AND repeated IS NULL ORDER BY antigen",
                "i", c->person);
    } else {
        db_rows(db, &rows,
                "SELECT antigen FROM antigen_test WHERE roll = ? AND slot = ?"
                " AND repeat_owed_ms IS NOT NULL AND repeated IS NULL ORDER BY antigen",
                "II", load->kit.roll, load->slot);
    }
    return find_repeats(&rows, load, err);
}

/* The test, its photo, and what it means for earlier ones and for the next. */
static void emit_report(struct decision *d, const struct report_antigen *c,
                        const struct report_load *load, struct antigen_reported *fact)
{
    int64_t antigen = decision_emit(d, ANTIGEN_REPORTED, NULL, fact);
    struct antigen_photographed photo = {antigen, c->photo};
    struct antigen_repeat_owed owed = {antigen};
    if (c->photo.text.len > 0)
        decision_emit(d, ANTIGEN_PHOTOGRAPHED, NULL, &photo);
    if (fact->outcome == ANTIGEN_IS_INVALID)
        decision_emit(d, ANTIGEN_REPEAT_OWED, NULL, &owed);
    for (size_t i = 0; fact->outcome != ANTIGEN_IS_INVALID && i < load->repeat_count; i++) {
        struct antigen_repeated repeated = {load->repeats[i], antigen};
        decision_emit(d, ANTIGEN_REPEATED, NULL, &repeated);
    }
}

/* A test each day: people with symptoms from the test on, people under observation from the hand-out on. */
static int64_t again_until(struct decision *d, const struct kit_facts *kit,
                           const struct antigen_claim *claim)
{
    int64_t days = 0, observed_days = 0;
    if (!decision_plan_number(d, kit->area, "antigen_negative_symptomatic_days", &days))
        days = 0;
    if (!decision_plan_number(d, kit->area, "antigen_observed_days", &observed_days))
        observed_days = 0;
    int64_t symptoms_ms = antigen_again_until(claim, days),
            observed_ms = antigen_observed_until(kit, claim, observed_days);
    return symptoms_ms > observed_ms ? symptoms_ms : observed_ms; /* BH_NONE is the least number */
}

static bool report_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct report_antigen *c = body;
    const struct report_load *load = facts;
    struct antigen_claim claim = {c->slot, c->person, c->outcome,
                                  c->taken_ms == BH_NONE ? decision_occurred(d) : c->taken_ms,
                                  c->symptom_days};
    int64_t slot = BH_NONE, most = 0, area = load->kit.area;
    if (!antigen_claim_fits(&load->kit, &claim, decision_occurred(d), &slot, err))
        return false;
    bool limited = decision_plan_number(d, area, "antigen_symptom_days", &most);
    struct antigen_reported fact = {
        .kit = load->kit.kit,
        .roll = slot == BH_NONE ? BH_NONE : load->kit.roll,
        .slot = slot,
        .round = load->kit.round,
        .outcome = c->outcome,
        .taken_ms = claim.taken_ms,
        .symptom_days = c->symptom_days,
        .late = c->symptom_days == BH_NONE || !limited ? BH_NONE : c->symptom_days > most,
        .again_until_ms = again_until(d, &load->kit, &claim),
    };
    emit_report(d, c, load, &fact);
    return true;
}

/* ---- review_antigen ---- */

struct review_antigen {
    int64_t antigen, reading;
};
static const struct field review_fields[] = {
    FIELD(review_antigen, antigen, REF, FIELD_REQUIRED, "抗原自测", "antigen test"),
    FIELD(review_antigen, reading, ENUM, FIELD_REQUIRED, "照片判读", "what the photo shows",
          .choices = antigen_outcomes),
};
RECORD(review_record, review_antigen, review_fields);

static bool review_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    struct antigen_facts *test = facts;
    if (!antigen_read(db, ((const struct review_antigen *)body)->antigen, test, err))
        return false;
    ret->area = test->area;
    ret->person = test->person == BH_NONE ? 0 : test->person;
    return true;
}

/* A positive stays one, whatever the photo shows: only a nucleic acid result ends that. */
static bool review_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct review_antigen *c = body;
    const struct antigen_facts *test = facts;
    struct antigen_reviewed fact = {c->antigen, c->reading, c->reading == test->outcome};
    struct antigen_repeat_owed owed = {c->antigen};
    struct antigen_repeated readable = {c->antigen, c->antigen};
    if (!antigen_review_fits(test, err))
        return false;
    decision_emit(d, ANTIGEN_REVIEWED, NULL, &fact);
    if (c->reading == ANTIGEN_IS_INVALID && test->outcome == ANTIGEN_IS_NEGATIVE)
        decision_emit(d, ANTIGEN_REPEAT_OWED, NULL, &owed);
    if (c->reading != ANTIGEN_IS_INVALID && test->repeat_owed_ms != BH_NONE &&
        test->repeated == BH_NONE)
        decision_emit(d, ANTIGEN_REPEATED, NULL, &readable);
    return true;
}

static const struct command commands[] = {
    {"register_kits", "抗原试剂入册", "register antigen kits", &register_record, PRIORITY_LOOKUP,
     COMMAND_PAST, sizeof(struct register_load), register_load, register_decide,
     "{\"area\": \"220202\", \"name\": \"20220312-A\", \"kits\": [\"04HM-ASW9-NF6Y-X\"]}"},
    {"hand_out_kits", "发放抗原试剂", "hand out antigen kits", &hand_out_record, PRIORITY_SAMPLING,
     COMMAND_PAST, sizeof(struct hand_out_load), hand_out_load, hand_out_decide,
     "{\"roll\": 70, \"slot\": 1, \"count\": 3, \"kits\": [\"04HM-ASW9-NF6Y-X\"]}"},
    {"report_antigen", "上报抗原自测", "report an antigen test", &report_record, PRIORITY_RESULT,
     COMMAND_PAST, sizeof(struct report_load), report_load, report_decide,
     "{\"kit\": \"04HM-ASW9-NF6Y-X\", \"slot\": 1, \"outcome\": \"positive\"}"},
    {"review_antigen", "判读抗原照片", "read the photo of an antigen test", &review_record,
     PRIORITY_RESULT, COMMAND_PAST, sizeof(struct antigen_facts), review_load, review_decide,
     "{\"antigen\": 140, \"reading\": \"positive\"}"},
    {0},
};

/* A kit at the wrong door is handed out again; a test told wrongly is told right by reading its photo, by another test,
 * or by the nucleic acid. */
static const struct correction corrections[] = {
    {ANTIGEN_KITS_REGISTERED, "hand_out_kits"},
    {ANTIGEN_KITS_HANDED_OUT, "hand_out_kits"},
    {ANTIGEN_REPORTED, "review_antigen"},
    {ANTIGEN_PHOTOGRAPHED, "report_antigen"},
    {ANTIGEN_REVIEWED, "report_antigen"},
    {ANTIGEN_POSITIVE, "result_tube"},
    {ANTIGEN_REPEAT_OWED, "report_antigen"},
    {ANTIGEN_REPEATED, "report_antigen"},
    {0, NULL},
};

const struct link antigen_link = {
    .name = "antigen",
    .zh = "抗原自测",
    .en = "antigen self tests",
    .events = antigen_events,
    .commands = commands,
    .queries = antigen_queries,
    .reactions = antigen_reactions,
    .tables = antigen_tables,
    .corrections = corrections,
    .apply = antigen_apply,
};
