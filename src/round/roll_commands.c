#include "round/roll.h"

#include "ledger/area.h"

#include <stddef.h>
#include <string.h>

/* ---- open_roll ---- */

struct open_roll {
    int64_t area;
    struct bh_str name;
};
static const struct field open_fields[] = {
    FIELD(open_roll, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(open_roll, name, TEXT, FIELD_REQUIRED, "名称", "name", .min = 1, .max = 200),
};
RECORD(open_record, open_roll, open_fields);

static bool open_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct open_roll *c = body;
    struct roll_opened fact = {.name = c->name};
    (void)facts;
    (void)err;
    decision_emit(d, ROLL_OPENED, NULL, &fact);
    return true;
}

/* ---- list_residents ---- */

struct list_residents {
    int64_t roll, area;
    struct bh_list households; /* struct roll_household */
};
static const struct field list_fields[] = {
    FIELD(list_residents, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(list_residents, area, AREA, FIELD_REQUIRED, "社区", "community"),
    FIELD(list_residents, households, LIST, FIELD_REQUIRED, "各户", "households", .min = 1,
          .max = ROLL_BLOCK_RESIDENTS, .item = &roll_household_record),
};
RECORD(list_record, list_residents, list_fields);

struct list_load {
    struct roll_facts roll;
    bool known[ROLL_BLOCK_RESIDENTS]; /* by order in the list: is on the roll already */
};

/* Also true for the second of two with one document in the same list. */
static bool seen_before(const struct roll_resident *const *seen, size_t count,
                        const struct roll_resident *one)
{
    for (size_t i = 0; i < count; i++)
        if (seen[i]->document.text.len > 0 &&
            memcmp(seen[i]->document.hash, one->document.hash, sizeof one->document.hash) == 0)
            return true;
    return false;
}

static bool load_known(struct db *db, const struct list_residents *c, struct list_load *load,
                       struct bh_err *err)
{
    const struct roll_household *households = c->households.items;
    const struct roll_resident *seen[ROLL_BLOCK_RESIDENTS];
    size_t order = 0;
    for (size_t i = 0; i < c->households.count; i++) {
        const struct roll_resident *resident = households[i].residents.items;
        for (size_t k = 0; k < households[i].residents.count && order < ROLL_BLOCK_RESIDENTS; k++) {
            int64_t slot = 0;
            if (resident[k].document.text.len > 0 &&
                !roll_slot_kept(db, c->roll, c->area, resident[k].document.hash, &slot, err))
                return false;
            load->known[order] = slot != 0 || (resident[k].document.text.len > 0 &&
                                               seen_before(seen, order, &resident[k]));
            seen[order++] = &resident[k];
        }
    }
    return true;
}

static bool list_load(struct db *db, const void *body, void *facts, struct target *ret,
                      struct bh_err *err)
{
    const struct list_residents *c = body;
    struct list_load *load = facts;
    ret->area = c->area;
    return roll_read(db, c->roll, &load->roll, err) && load_known(db, c, load, err);
}

static bool list_decide(struct decision *d, const void *body, const void *facts, struct bh_err *err)
{
    const struct list_residents *c = body;
    const struct list_load *load = facts;
    const struct scope *unit = decision_unit(d, load->roll.area);
    if (unit && !scope_holds(unit, c->area))
        return bh_fail_field(err, BH_MISSING, "roll", "该社区没有名册 %lld",
                             "there is no roll %lld for this community", (long long)c->roll);
    if (!roll_households_fit(c->households.items, c->households.count, err))
        return false;
    struct residents_listed fact = {.roll = c->roll, .first_slot = load->roll.size + 1};
    size_t all = 0;
    for (size_t i = 0; i < c->households.count; i++)
        all += ((const struct roll_household *)c->households.items)[i].residents.count;
    fact.count = (int64_t)roll_households_keep(c->households.items, c->households.count,
                                               load->known, decision_arena(d), &fact.households);
    fact.skipped = (int64_t)all - fact.count;
    if (load->roll.size + fact.count > ROLL_SLOT_MAX)
        return bh_fail_field(err, BH_TOO_BIG, "roll", "名册已满", "the roll is full");
    decision_emit(d, ROLL_RESIDENTS_LISTED, NULL, &fact);
    return true;
}

/* ---- a slot of a roll, and where it is ---- */

static bool load_slot(struct db *db, int64_t roll, int64_t slot, struct target *ret,
                      struct bh_err *err)
{
    struct roll_block block;
    bool found = false;
    if (!roll_block_of(db, roll, slot, &block, &found, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "slot", "名册上没有第 %lld 号",
                             "the roll has no slot %lld", (long long)slot);
    ret->area = block.area;
    return true;
}

/* ---- change_resident ---- */

struct change_facts {
    int64_t away, until_ms; /* change that took the resident off, BH_NONE = none */
    int64_t stands;         /* the slot where the document stands now */
};

static bool change_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct resident_changed *c = body;
    struct change_facts *f = facts;
    struct rows rows;
    *f = (struct change_facts){BH_NONE, BH_NONE, c->slot};
    if (!load_slot(db, c->roll, c->slot, ret, err))
        return false;
    db_rows(db, &rows, "SELECT change, until_ms FROM roll_away WHERE roll = ? AND slot = ?", "ii",
            c->roll, c->slot);
    if (db_next(&rows)) {
        f->away = row_int(&rows, 0);
        f->until_ms = row_int(&rows, 1);
    }
    return db_end(&rows, err) && roll_slot_now(db, c->roll, c->slot, &f->stands, err);
}

static bool change_ends(const struct decision *d, const struct resident_changed *c,
                        struct bh_err *err)
{
    if (c->until_ms == BH_NONE)
        return true;
    if (c->change != CHANGE_ABROAD && c->change != CHANGE_LEFT && c->change != CHANGE_EXEMPT)
        return bh_fail_field(err, BH_INVALID, "until", "只有境外、外出和免检可写截止时间",
                             "only who is abroad, out of the area or exempt is so until a time");
    return c->until_ms > decision_occurred(d) ||
           bh_fail_field(err, BH_INVALID, "until", "截止时间已过", "this end has passed");
}

static bool change_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct resident_changed *c = body;
    const struct change_facts *f = facts;
    if (c->change == CHANGE_RETURNED && f->away == BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "change", "此人本来就在册应检",
                             "this resident is not away");
    if (f->stands != c->slot)
        return bh_fail_field(err, BH_CONFLICT, "slot", "此人已在名册第 %lld 号重新登记",
                             "this resident was listed again as number %lld", (long long)f->stands);
    if (c->change == f->away && c->until_ms == f->until_ms)
        return bh_fail_field(err, BH_CONFLICT, "change", "已登记过同样的变动",
                             "the same change is recorded already");
    if (c->change == CHANGE_EXEMPT && c->reason.text.len == 0)
        return bh_fail_field(err, BH_INVALID, "reason", "免检须写明理由",
                             "an exemption needs its reason");
    if (!change_ends(d, c, err))
        return false;
    decision_emit(d, ROLL_RESIDENT_CHANGED, NULL, c);
    return true;
}

/* ---- object_to_listing, answer_objection ---- */

struct object_to_listing {
    int64_t roll, slot;
    struct bh_sealed reason;
};
static const struct field object_fields[] = {
    FIELD(object_to_listing, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(object_to_listing, slot, INT, FIELD_REQUIRED, "序号", "slot", .min = 1,
          .max = ROLL_SLOT_MAX),
    FIELD(object_to_listing, reason, SEALED, FIELD_REQUIRED, "理由", "reason", .min = 1,
          .max = 1000),
};
RECORD(object_record, object_to_listing, object_fields);

static bool object_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct object_to_listing *c = body;
    (void)facts;
    return load_slot(db, c->roll, c->slot, ret, err);
}

static bool object_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct object_to_listing *c = body;
    struct listing_objected fact = {.roll = c->roll, .slot = c->slot, .reason = c->reason};
    (void)facts;
    (void)err;
    decision_emit(d, ROLL_LISTING_OBJECTED, NULL, &fact);
    return true;
}

struct answer_objection {
    int64_t objection, upheld;
    struct bh_sealed reason;
};
static const struct field answer_fields[] = {
    FIELD(answer_objection, objection, REF, FIELD_REQUIRED, "异议", "objection"),
    FIELD(answer_objection, upheld, BOOL, FIELD_REQUIRED, "异议成立", "upheld"),
    FIELD(answer_objection, reason, SEALED, 0, "理由", "reason", .max = 1000),
};
RECORD(answer_record, answer_objection, answer_fields);

struct answer_load {
    int64_t roll, slot;
    bool answered, away; /* away for good */
};

static bool answer_load(struct db *db, const void *body, void *facts, struct target *ret,
                        struct bh_err *err)
{
    const struct answer_objection *c = body;
    struct answer_load *load = facts;
    struct rows rows;
    bool found = false;
    int64_t one = 0;
    db_rows(db, &rows,
            "SELECT roll, slot, area, answered_ms FROM roll_objection WHERE objection = ?", "i",
            c->objection);
    if (db_next(&rows)) {
        load->roll = row_int(&rows, 0);
        load->slot = row_int(&rows, 1);
        ret->area = row_int(&rows, 2);
        load->answered = !row_null(&rows, 3);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "objection", "没有异议 %lld",
                             "there is no objection %lld", (long long)c->objection);
    return db_int(db, err, &one, &load->away,
                  "SELECT 1 FROM roll_away WHERE roll = ? AND slot = ? AND until_ms IS NULL", "ii",
                  load->roll, load->slot);
}

static bool answer_decide(struct decision *d, const void *body, const void *facts,
                          struct bh_err *err)
{
    const struct answer_objection *c = body;
    const struct answer_load *load = facts;
    if (load->answered)
        return bh_fail_field(err, BH_CONFLICT, "objection", "该异议已答复",
                             "this objection is answered already");
    struct objection_answered fact = {c->objection, load->roll, load->slot, c->upheld, c->reason};
    decision_emit(d, ROLL_OBJECTION_ANSWERED, NULL, &fact);
    struct resident_changed off = {load->roll, load->slot, CHANGE_MOVED, BH_NONE, {{NULL, 0}, {0}}};
    if (c->upheld == 1 && !load->away)
        decision_emit(d, ROLL_RESIDENT_CHANGED, NULL, &off);
    return true;
}

static const struct command commands[] = {
    {"open_roll", "建立名册", "open a roll", &open_record, PRIORITY_RESULT, 0, 0, NULL, open_decide,
     "{\"area\": \"220200\", \"name\": \"吉林市全员名册\"}"},
    {"list_residents", "登记住户", "list residents", &list_record, PRIORITY_RESULT, 0,
     sizeof(struct list_load), list_load, list_decide,
     "{\"roll\": 70, \"area\": \"220202001001\", \"households\": [{\"building\": 1, \"unit\": 2,"
     " \"door\": \"1号楼2单元301\", \"residents\": [{\"name\": \"王某\", \"document\": "
     "\"220202199001010011\", \"category\": \"permanent\"}]}]}"},
    {"change_resident", "住户变动", "a resident moved, left, is exempt or back",
     &resident_changed_record, PRIORITY_RESULT, COMMAND_CSV | COMMAND_PAST,
     sizeof(struct change_facts), change_load, change_decide,
     "{\"roll\": 70, \"slot\": 12, \"change\": \"moved\"}"},
    {"object_to_listing", "对名册提出异议", "object to a listing", &object_record, PRIORITY_RESULT,
     COMMAND_PAST, 0, object_load, object_decide,
     "{\"roll\": 70, \"slot\": 12, \"reason\": \"此户已迁走\"}"},
    {"answer_objection", "答复名册异议", "answer an objection", &answer_record, PRIORITY_RESULT, 0,
     sizeof(struct answer_load), answer_load, answer_decide,
     "{\"objection\": 90, \"upheld\": true}"},
    {0},
};

static const struct correction corrections[] = {
    {ROLL_OPENED, "open_roll"},
    {ROLL_RESIDENTS_LISTED, "change_resident"},
    {ROLL_RESIDENT_CHANGED, "change_resident"},
    {ROLL_LISTING_OBJECTED, "answer_objection"},
    {ROLL_OBJECTION_ANSWERED, "object_to_listing"},
    {0, NULL},
};

const struct link roll_link = {
    .name = "roll",
    .zh = "名册",
    .en = "roll",
    .events = roll_events,
    .commands = commands,
    .queries = roll_queries,
    .reactions = NULL,
    .tables = roll_tables,
    .corrections = corrections,
    .apply = roll_apply,
};
