#include "round/lab.h"

#include "round/round.h"

/* ct in hundredths of a cycle. reader and releaser are users. */
const struct derived_table plate_tables[] = {
    {"plate",
     "CREATE TABLE plate (plate INTEGER PRIMARY KEY, code TEXT NOT NULL, institution BIGINT NOT "
     "NULL, area BIGINT NOT NULL, tubes BIGINT NOT NULL, laid_ms BIGINT NOT NULL, read_ms BIGINT,"
     " reader BIGINT, controls BIGINT, profile TEXT, released_ms BIGINT, releaser BIGINT,"
     " cleared BIGINT, found BIGINT, repeated BIGINT);"
     "CREATE UNIQUE INDEX plate_code ON plate (institution, code)",
     NULL},
    {"plate_well",
     "CREATE TABLE plate_well (plate BIGINT NOT NULL, well BIGINT NOT NULL, tube BIGINT,"
     " control BIGINT, ct_orf1ab BIGINT, ct_n BIGINT, orf1ab BIGINT, n BIGINT, verdict BIGINT,"
     " PRIMARY KEY (plate, well)) WITHOUT ROWID",
     NULL},
    {NULL, NULL, NULL},
};

/* ---- reading ---- */

bool plate_read(struct db *db, int64_t plate, struct plate_facts *ret, struct bh_err *err)
{
    struct rows rows;
    struct plate_facts f = {.plate = plate};
    bool found = false;
    db_rows(db, &rows,
            "SELECT institution, area, tubes, laid_ms, read_ms, reader, controls, released_ms"
            " FROM plate WHERE plate = ?",
            "i", plate);
    if (db_next(&rows)) {
        int64_t *const to[] = {&f.institution, &f.area,   &f.tubes,    &f.laid_ms,
                               &f.read_ms,     &f.reader, &f.controls, &f.released_ms};
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            *to[i] = row_int(&rows, (int)i);
        found = true;
    }
    if (!db_end(&rows, err))
        return false;
    *ret = f;
    return found || bh_fail_field(err, BH_MISSING, "plate", "没有板 %lld", "there is no plate %lld",
                                  (long long)plate);
}

bool plate_wells(struct db *db, int64_t plate, struct plate_well ret[LAB_WELLS], size_t *ret_count,
                 struct bh_err *err)
{
    struct rows rows;
    size_t count = 0;
    db_rows(db, &rows,
            "SELECT well, tube, control, ct_orf1ab, ct_n, orf1ab, n, verdict FROM plate_well"
            " WHERE plate = ? ORDER BY well",
            "i", plate);
    while (count < LAB_WELLS && db_next(&rows))
        ret[count++] = (struct plate_well){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                           row_int(&rows, 3), row_int(&rows, 4), row_int(&rows, 5),
                                           row_int(&rows, 6), row_int(&rows, 7)};
    *ret_count = count;
    return db_end(&rows, err);
}

static bool code_of(struct db *db, int64_t tube, struct bh_arena *arena, struct bh_str *ret,
                    struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows, "SELECT code FROM tube WHERE tube = ?", "i", tube);
    if (db_next(&rows))
        *ret = bh_arena_str(arena, row_text(&rows, 0));
    return db_end(&rows, err);
}

bool plate_contents(struct db *db, int64_t plate, struct bh_arena *arena, struct plate_facts *ret,
                    struct bh_str *ret_code, struct analyser_well ret_wells[LAB_WELLS],
                    size_t *ret_count, struct bh_err *err)
{
    struct plate_well wells[LAB_WELLS];
    struct rows rows;
    if (!plate_read(db, plate, ret, err) || !plate_wells(db, plate, wells, ret_count, err))
        return false;
    db_rows(db, &rows, "SELECT code FROM plate WHERE plate = ?", "i", plate);
    if (db_next(&rows))
        *ret_code = bh_arena_str(arena, row_text(&rows, 0));
    if (!db_end(&rows, err))
        return false;
    for (size_t i = 0; i < *ret_count; i++) {
        ret_wells[i] = (struct analyser_well){.well = wells[i].well, .control = wells[i].control};
        if (wells[i].tube != BH_NONE && !code_of(db, wells[i].tube, arena, &ret_wells[i].code, err))
            return false;
    }
    return true;
}

/* ---- applying ---- */

static bool apply_laid(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct plate_laid *f = event->fields;
    const struct laid_well *wells = f->wells.items;
    int64_t tubes = 0;
    for (size_t i = 0; i < f->wells.count; i++) {
        if (!db_run(db, err,
                    "INSERT INTO plate_well (plate, well, tube, control) VALUES (?, ?, ?, ?)",
                    "iiII", event->seq, wells[i].well, wells[i].tube, wells[i].control))
            return false;
        if (wells[i].tube == BH_NONE)
            continue;
        tubes++;
        if (!db_run(db, err, "UPDATE tube SET plate = ? WHERE tube = ?", "ii", event->seq,
                    wells[i].tube))
            return false;
    }
    return db_run(db, err,
                  "INSERT INTO plate (plate, code, institution, area, tubes, laid_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?)",
                  "isiiii", event->seq, f->code, f->institution, event->area, tubes,
                  event->occurred_ms);
}

/* Tubes whose well decides count as tested. */
static bool count_wells(struct db *db, int64_t plate, int64_t at_ms, struct bh_err *err)
{
    struct plate_well wells[LAB_WELLS];
    size_t count = 0;
    if (!plate_wells(db, plate, wells, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct tube_facts tube;
        if (wells[i].tube == BH_NONE)
            continue;
        if (!round_tube(db, wells[i].tube, &tube, err) ||
            (tube_decides(tube.kind, wells[i].verdict) &&
             !tube_count_tested(db, &tube, at_ms, 1, err)))
            return false;
    }
    return true;
}

static bool apply_read(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct plate_read *f = event->fields;
    const struct read_well *wells = f->wells.items;
    for (size_t i = 0; i < f->wells.count; i++)
        if (!db_run(db, err,
                    "UPDATE plate_well SET ct_orf1ab = ?, ct_n = ?, orf1ab = ?, n = ?, verdict = ?"
                    " WHERE plate = ? AND well = ?",
                    "IIiiiii", wells[i].ct_orf1ab, wells[i].ct_n, wells[i].orf1ab, wells[i].n,
                    wells[i].verdict, f->plate, wells[i].well))
            return false;
    if (!db_run(db, err,
                "UPDATE plate SET read_ms = ?, reader = ?, controls = ?, profile = ?"
                " WHERE plate = ?",
                "iiisi", event->occurred_ms, event->actor, f->controls, f->profile, f->plate))
        return false;
    if (f->controls == 1)
        return count_wells(db, f->plate, event->occurred_ms, err);
    return db_run(db, err,
                  "UPDATE tube SET plate = NULL WHERE tube IN (SELECT tube FROM plate_well"
                  " WHERE plate = ? AND tube IS NOT NULL)",
                  "i", f->plate);
}

/* Runs again: as if it had not lain on this plate. */
static bool set_free(struct db *db, const struct plate_facts *plate, int64_t number,
                     struct bh_err *err)
{
    struct tube_facts tube;
    int64_t verdict = BH_NONE;
    bool found = false;
    if (!round_tube(db, number, &tube, err) ||
        !db_int(db, err, &verdict, &found,
                "SELECT verdict FROM plate_well WHERE plate = ? AND tube = ?", "ii", plate->plate,
                number) ||
        (tube_decides(tube.kind, verdict) &&
         !tube_count_tested(db, &tube, plate->read_ms, -1, err)))
        return false;
    return db_run(db, err, "UPDATE tube SET plate = NULL WHERE tube = ?", "i", number);
}

static bool apply_released(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct plate_released *f = event->fields;
    const struct lab_tube *repeat = f->repeat.items;
    struct plate_facts plate;
    if (!plate_read(db, f->plate, &plate, err))
        return false;
    for (size_t i = 0; i < f->repeat.count; i++)
        if (!set_free(db, &plate, repeat[i].tube, err))
            return false;
    return db_run(db, err,
                  "UPDATE plate SET released_ms = ?, releaser = ?, cleared = ?, found = ?,"
                  " repeated = ? WHERE plate = ?",
                  "iiiiii", event->occurred_ms, event->actor, f->cleared, (int64_t)f->found.count,
                  (int64_t)f->repeat.count, f->plate);
}

bool plate_apply(struct db *db, const struct event *event, struct bh_err *err)
{
    switch (event->kind->number) {
    case LAB_PLATE_LAID: return apply_laid(db, event, err);
    case LAB_PLATE_READ: return apply_read(db, event, err);
    case LAB_PLATE_RELEASED: return apply_released(db, event, err);
    default: return true;
    }
}
