#include "round/roll.h"

#include "ledger/log.h"

#include <string.h>

/* Not a row a person: texts stay in the log, where roll_resident_at reads them. Only the keyed hashes of documents
 * have a row each, because people are looked for by their card. */
const struct derived_table roll_tables[] = {
    {"roll",
     "CREATE TABLE roll (roll INTEGER PRIMARY KEY, area BIGINT NOT NULL, name TEXT NOT NULL,"
     " size BIGINT NOT NULL, known_ms BIGINT NOT NULL)",
     NULL},
    {"roll_block",
     "CREATE TABLE roll_block (roll BIGINT NOT NULL, first_slot BIGINT NOT NULL,"
     " last_slot BIGINT NOT NULL, area BIGINT NOT NULL, block BIGINT NOT NULL,"
     " PRIMARY KEY (roll, first_slot)) WITHOUT ROWID;"
     "CREATE INDEX roll_block_area ON roll_block (roll, area)",
     NULL},
    {"roll_building",
     "CREATE TABLE roll_building (roll BIGINT NOT NULL, first_slot BIGINT NOT NULL,"
     " last_slot BIGINT NOT NULL, area BIGINT NOT NULL, building BIGINT NOT NULL, unit BIGINT,"
     " households BIGINT NOT NULL, PRIMARY KEY (roll, first_slot)) WITHOUT ROWID",
     "CREATE INDEX roll_building_area ON roll_building (roll, area)"},
    {"roll_community",
     "CREATE TABLE roll_community (roll BIGINT NOT NULL, area BIGINT NOT NULL, residents BIGINT "
     "NOT NULL, away BIGINT NOT NULL, key_people BIGINT NOT NULL, sealed_homes BIGINT NOT NULL,"
     " sealed_people BIGINT NOT NULL, PRIMARY KEY (roll, area)) WITHOUT ROWID",
     NULL},
    {"roll_document",
     "CREATE TABLE roll_document (roll BIGINT NOT NULL, document BLOB NOT NULL, slot BIGINT NOT "
     "NULL, PRIMARY KEY (roll, document)) WITHOUT ROWID",
     NULL},
    {"roll_away",
     "CREATE TABLE roll_away (roll BIGINT NOT NULL, slot BIGINT NOT NULL, area BIGINT NOT NULL,"
     " change BIGINT NOT NULL, until_ms BIGINT, seq BIGINT NOT NULL, PRIMARY KEY (roll, slot))"
     " WITHOUT ROWID",
     "CREATE INDEX roll_away_until ON roll_away (roll, until_ms) WHERE until_ms IS NOT NULL"},
    {"roll_objection",
     "CREATE TABLE roll_objection (objection INTEGER PRIMARY KEY, roll BIGINT NOT NULL,"
     " slot BIGINT NOT NULL, area BIGINT NOT NULL, known_ms BIGINT NOT NULL, answered_ms BIGINT,"
     " upheld BIGINT)",
     NULL},
    {NULL, NULL, NULL},
};

/* ---- reading ---- */

bool roll_read(struct db *db, int64_t roll, struct roll_facts *ret, struct bh_err *err)
{
    struct rows rows;
    bool found = false;
    db_rows(db, &rows, "SELECT area, size FROM roll WHERE roll = ?", "i", roll);
    if (db_next(&rows)) {
        *ret = (struct roll_facts){roll, row_int(&rows, 0), row_int(&rows, 1)};
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "roll", "没有名册 %lld", "there is no roll %lld",
                                  (long long)roll);
}

bool roll_block_of(struct db *db, int64_t roll, int64_t slot, struct roll_block *ret,
                   bool *ret_found, struct bh_err *err)
{
    struct rows rows;
    *ret_found = false;
    db_rows(db, &rows,
            "SELECT block, first_slot, last_slot, area FROM roll_block"
            " WHERE roll = ? AND first_slot <= ? ORDER BY first_slot DESC LIMIT 1",
            "ii", roll, slot);
    if (db_next(&rows)) {
        *ret = (struct roll_block){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                   row_int(&rows, 3)};
        *ret_found = slot <= ret->last_slot;
    }
    return db_end(&rows, err);
}

bool roll_slot_of(struct db *db, int64_t roll, const uint8_t document[16], int64_t *ret_slot,
                  struct bh_err *err)
{
    bool found = false;
    *ret_slot = 0;
    return db_int(db, err, ret_slot, &found,
                  "SELECT slot FROM roll_document WHERE roll = ? AND document = ?", "ib", roll,
                  (struct bh_str){(const char *)document, 16});
}

bool roll_slot_kept(struct db *db, int64_t roll, int64_t area, const uint8_t document[16],
                    int64_t *ret_slot, struct bh_err *err)
{
    bool found = false;
    *ret_slot = 0;
    return db_int(db, err, ret_slot, &found,
                  "SELECT d.slot FROM roll_document d LEFT JOIN roll_away w ON w.roll = d.roll"
                  " AND w.slot = d.slot WHERE d.roll = ? AND d.document = ?"
                  " AND (w.slot IS NULL OR w.change <> ? OR w.area = ?)",
                  "ibii", roll, (struct bh_str){(const char *)document, 16}, (int64_t)CHANGE_MOVED,
                  area);
}

/* The counter holds everybody who was ever told to be away and not to be back; of some the time is over. */
bool roll_communities(struct db *db, int64_t roll, int64_t at_ms, struct roll_community *ret,
                      size_t max, size_t *ret_count, struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(db, &rows,
            "SELECT c.area, c.residents, c.away - coalesce(e.ended, 0), c.key_people,"
            " c.sealed_homes, c.sealed_people FROM roll_community c LEFT JOIN"
            " (SELECT area, COUNT(*) AS ended FROM roll_away WHERE roll = ? AND until_ms <= ?"
            " GROUP BY area) e ON e.area = c.area WHERE c.roll = ? ORDER BY c.area",
            "iii", roll, at_ms, roll);
    while (db_next(&rows)) {
        if (count < max)
            ret[count] =
                (struct roll_community){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                        row_int(&rows, 3), row_int(&rows, 4), row_int(&rows, 5)};
        count++;
    }
    *ret_count = count;
    return db_end(&rows, err);
}

bool roll_block_each(struct db *db, const struct roll_block *block, struct bh_arena *arena,
                     bool (*each)(void *self, int64_t slot, const struct roll_listed *listed),
                     void *self, struct bh_err *err)
{
    struct residents_listed fact;
    if (!log_fact(db, roll_events, ROLL_RESIDENTS_LISTED, block->block, arena, &fact, err))
        return false;
    const struct roll_household *household = fact.households.items;
    int64_t slot = fact.first_slot;
    for (size_t i = 0; i < fact.households.count; i++, household++) {
        const struct roll_resident *resident = household->residents.items;
        struct roll_listed listed = {
            .area = block->area,
            .building = household->building,
            .unit = household->unit,
            .household = slot,
            .household_size = (int64_t)household->residents.count,
            .sealed_home = household->sealed_home == 1,
            .door = household->door,
        };
        for (size_t k = 0; k < household->residents.count; k++, slot++) {
            listed.resident = resident[k];
            if (!each(self, slot, &listed))
                return true;
        }
    }
    return true;
}

struct wanted {
    int64_t slot;
    struct roll_listed *ret;
    bool found;
};

static bool take_wanted(void *self, int64_t slot, const struct roll_listed *listed)
{
    struct wanted *wanted = self;
    if (slot != wanted->slot)
        return true;
    *wanted->ret = *listed;
    wanted->found = true;
    return false;
}

bool roll_resident_at(struct db *db, int64_t roll, int64_t slot, struct bh_arena *arena,
                      struct roll_listed *ret, struct bh_err *err)
{
    struct roll_block block;
    struct wanted wanted = {slot, ret, false};
    bool found = false;
    if (!roll_block_of(db, roll, slot, &block, &found, err) ||
        (found && !roll_block_each(db, &block, arena, take_wanted, &wanted, err)))
        return false;
    return wanted.found || bh_fail_field(err, BH_MISSING, "slot", "名册上没有第 %lld 号",
                                         "the roll has no slot %lld", (long long)slot);
}

bool roll_slot_now(struct db *db, int64_t roll, int64_t slot, int64_t *ret_slot, struct bh_err *err)
{
    struct roll_listed listed;
    struct bh_arena arena;
    *ret_slot = slot;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    bool ok = roll_resident_at(db, roll, slot, &arena, &listed, err) &&
              (listed.resident.document.text.len == 0 ||
               roll_slot_of(db, roll, listed.resident.document.hash, ret_slot, err));
    bh_arena_done(&arena);
    return ok;
}

bool roll_block_keys(struct db *db, int64_t roll, bool (*each)(void *self, struct bh_str key),
                     void *self, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT e.key FROM roll_block b JOIN event e ON e.seq = b.block WHERE b.roll = ?"
            " AND e.key IS NOT NULL ORDER BY b.first_slot",
            "i", roll);
    while (db_next(&rows) && each(self, row_bytes(&rows, 0)))
        ;
    return db_end(&rows, err);
}

/* ---- applying ---- */

static bool apply_opened(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct roll_opened *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO roll (roll, area, name, size, known_ms) VALUES (?, ?, ?, 0, ?)",
                  "iisi", event->seq, event->area, f->name, event->recorded_ms);
}

static bool add_documents(struct db *db, int64_t roll, int64_t slot,
                          const struct roll_household *household, struct roll_community *sum,
                          struct bh_err *err)
{
    const struct roll_resident *resident = household->residents.items;
    for (size_t i = 0; i < household->residents.count; i++, slot++) {
        sum->residents++;
        sum->key_people += resident[i].key == 1;
        if (resident[i].document.text.len > 0 &&
            !db_run(db, err,
                    "INSERT INTO roll_document (roll, document, slot) VALUES (?, ?, ?)"
                    " ON CONFLICT (roll, document) DO UPDATE SET slot = excluded.slot",
                    "ibi", roll, (struct bh_str){(const char *)resident[i].document.hash, 16},
                    slot))
            return false;
    }
    return true;
}

static bool add_building(struct db *db, const struct event *event, int64_t first, int64_t last,
                         const struct roll_household *household, int64_t households,
                         struct bh_err *err)
{
    const struct residents_listed *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO roll_building (roll, first_slot, last_slot, area, building, unit,"
                  " households) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "iiiiiIi", f->roll, first, last, event->area, household->building,
                  household->unit, households);
}

static bool add_households(struct db *db, const struct event *event, struct roll_community *sum,
                           struct bh_err *err)
{
    const struct residents_listed *f = event->fields;
    const struct roll_household *at = f->households.items;
    int64_t slot = f->first_slot, first = slot, households = 0;
    for (size_t i = 0; i < f->households.count; i++) {
        bool last = i + 1 == f->households.count || at[i + 1].building != at[i].building ||
                    at[i + 1].unit != at[i].unit;
        if (!add_documents(db, f->roll, slot, &at[i], sum, err))
            return false;
        slot += (int64_t)at[i].residents.count;
        households++;
        if (at[i].sealed_home == 1) {
            sum->sealed_homes++;
            sum->sealed_people += (int64_t)at[i].residents.count;
        }
        if (last && !add_building(db, event, first, slot - 1, &at[i], households, err))
            return false;
        if (last) {
            first = slot;
            households = 0;
        }
    }
    return true;
}

static bool apply_listed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct residents_listed *f = event->fields;
    struct roll_community sum = {.area = event->area};
    if (f->count == 0)
        return true;
    return db_run(db, err, "UPDATE roll SET size = size + ? WHERE roll = ?", "ii", f->count,
                  f->roll) &&
           db_run(db, err,
                  "INSERT INTO roll_block (roll, first_slot, last_slot, area, block) VALUES (?, ?,"
                  " ?, ?, ?)",
                  "iiiii", f->roll, f->first_slot, f->first_slot + f->count - 1, event->area,
                  event->seq) &&
           add_households(db, event, &sum, err) &&
           db_run(db, err,
                  "INSERT INTO roll_community (roll, area, residents, away, key_people,"
                  " sealed_homes, sealed_people) VALUES (?, ?, ?, 0, ?, ?, ?)"
                  " ON CONFLICT (roll, area) DO UPDATE SET residents = residents + "
                  "excluded.residents, key_people = key_people + excluded.key_people,"
                  " sealed_homes = sealed_homes + excluded.sealed_homes,"
                  " sealed_people = sealed_people + excluded.sealed_people",
                  "iiiiii", f->roll, event->area, sum.residents, sum.key_people, sum.sealed_homes,
                  sum.sealed_people);
}

static bool count_away(struct db *db, const struct event *event, int64_t by, struct bh_err *err)
{
    const struct resident_changed *f = event->fields;
    return db_run(db, err, "UPDATE roll_community SET away = away + ? WHERE roll = ? AND area = ?",
                  "iii", by, f->roll, event->area);
}

static bool apply_changed(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct resident_changed *f = event->fields;
    if (!db_run(db, err, "DELETE FROM roll_away WHERE roll = ? AND slot = ?", "ii", f->roll,
                f->slot))
        return false;
    int64_t was = db_changed(db), is = f->change != CHANGE_RETURNED;
    if (is && !db_run(db, err,
                      "INSERT INTO roll_away (roll, slot, area, change, until_ms, seq)"
                      " VALUES (?, ?, ?, ?, ?, ?)",
                      "iiiiIi", f->roll, f->slot, event->area, f->change, f->until_ms, event->seq))
        return false;
    return was == is || count_away(db, event, is - was, err);
}

static bool apply_objected(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct listing_objected *f = event->fields;
    return db_run(db, err,
                  "INSERT INTO roll_objection (objection, roll, slot, area, known_ms)"
                  " VALUES (?, ?, ?, ?, ?)",
                  "iiiii", event->seq, f->roll, f->slot, event->area, event->recorded_ms);
}

static bool apply_answered(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct objection_answered *f = event->fields;
    return db_run(db, err,
                  "UPDATE roll_objection SET answered_ms = ?, upheld = ? WHERE objection = ?",
                  "iii", event->occurred_ms, f->upheld, f->objection);
}

bool roll_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case ROLL_OPENED: return apply_opened(db, event, err);
    case ROLL_RESIDENTS_LISTED: return apply_listed(db, event, err);
    case ROLL_RESIDENT_CHANGED: return apply_changed(db, event, err);
    case ROLL_LISTING_OBJECTED: return apply_objected(db, event, err);
    case ROLL_OBJECTION_ANSWERED: return apply_answered(db, event, err);
    default: return true;
    }
}
