#include "round/roll.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "ledger/vault.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* ---- rolls ---- */

struct rolls_query {
    int64_t area, limit, after;
};
static const struct field rolls_fields[] = {
    FIELD(rolls_query, area, AREA, 0, "地区", "area"),
    FIELD(rolls_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(rolls_query, after, INT, 0, "从何处继续", "go on after", .min = 0, .max = INT64_MAX),
};
RECORD(rolls_record, rolls_query, rolls_fields);

static const struct column rolls_columns[] = {
    {"roll", COLUMN_INT, "名册", "roll"},
    {"name", COLUMN_TEXT, "名称", "name"},
    AREA_COLUMNS,
    {"residents", COLUMN_INT, "人数", "residents"},
    {"away", COLUMN_INT, "不在册应检人数", "away or exempt"},
    {"key_people", COLUMN_INT, "重点人群", "key people"},
    {"communities", COLUMN_INT, "社区数", "communities"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* Of the communities in the scope: residents, away, key people, communities. */
static bool rolls_counts(struct reader *reader, int64_t roll, const struct scope *scope,
                         struct roll_community *communities, int64_t ret[4], struct bh_err *err)
{
    size_t count = 0;
    ret[0] = ret[1] = ret[2] = ret[3] = 0;
    if (!roll_communities(reader->db, roll, reader->now_ms, communities, ROLL_COMMUNITIES_MAX,
                          &count, err))
        return false;
    for (size_t i = 0; i < count && i < ROLL_COMMUNITIES_MAX; i++) {
        const struct roll_community *one = &communities[i];
        const int64_t by[4] = {one->residents, one->away, one->key_people, 1};
        for (int k = 0; k < 4 && scope_holds(scope, one->area); k++)
            ret[k] += by[k];
    }
    return true;
}

/* Rolls of which some part lies in the scope asked for; what is told is that part. */
static bool rolls_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct rolls_query *p = params;
    struct scope scope;
    struct rows rows;
    bool ok = true, more = true;
    struct roll_community *communities =
        bh_arena_get(reader->arena, ROLL_COMMUNITIES_MAX * sizeof *communities);
    if (!reader_scope(reader, p->area, &scope, err))
        return false;
    db_rows(reader->db, &rows, "SELECT roll, name, area FROM roll WHERE roll > ? ORDER BY roll",
            "i", p->after == BH_NONE ? 0 : p->after);
    while (ok && more && db_next(&rows)) {
        int64_t roll = row_int(&rows, 0), area = row_int(&rows, 2), counts[4];
        if (!reader_unit_meets(reader, area, &scope))
            continue;
        ok = rolls_counts(reader, roll, &scope, communities, counts, err);
        cell_int(cells, roll);
        cell_text(cells, row_text(&rows, 1));
        cells_area(cells, reader, scope_holds(reader->scope, area) ? area : 0);
        for (int i = 0; ok && i < 4; i++)
            cell_int(cells, counts[i]);
        more = ok && cells_row(cells);
        if (ok && !more)
            cells_next(cells, bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)roll)));
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

/* ---- roll_slice ---- */

struct slice_query {
    int64_t roll, area, round, limit, after;
};
static const struct field slice_fields[] = {
    FIELD(slice_query, roll, REF, FIELD_REQUIRED, "名册", "roll"),
    FIELD(slice_query, area, AREA, FIELD_REQUIRED, "社区", "community"),
    FIELD(slice_query, round, REF, 0, "轮次", "round: tells who was sampled"),
    FIELD(slice_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(slice_query, after, INT, 0, "从何序号之后", "after this slot", .min = 0,
          .max = ROLL_SLOT_MAX),
};
RECORD(slice_record, slice_query, slice_fields);

static const struct column slice_columns[] = {
    {"slot", COLUMN_INT, "序号", "slot"},
    AREA_COLUMNS,
    {"building", COLUMN_INT, "楼栋", "building"},
    {"unit", COLUMN_INT, "单元", "unit"},
    {"household", COLUMN_INT, "户（首个序号）", "household, by its first slot"},
    {"household_size", COLUMN_INT, "户内人数", "people of the household"},
    {"door", COLUMN_TEXT, "门牌", "door"},
    {"name_masked", COLUMN_TEXT, "姓名", "name"},
    {"category", COLUMN_TEXT, "人口类别", "category"},
    {"key", COLUMN_BOOL, "重点人群", "key person"},
    {"sealed_home", COLUMN_BOOL, "封控户", "sealed home"},
    {"away", COLUMN_TEXT, "不在", "away"},
    {"document_check", COLUMN_TEXT, "证件核对码", "check of the document"},
    {"tube", COLUMN_INT, "本轮采样管", "tube of this round"},
    {NULL, COLUMN_INT, NULL, NULL},
};

/* Of the buildings being told: which slots are away, and in which tube. Slots of one block lie together. */
struct slice {
    struct reader *reader;
    const struct slice_query *query;
    struct cells *cells;
    int64_t ordinal; /* of the round, 0 = none asked */
    bool full;
    struct bh_err *err;
    bool failed;
};

static struct bh_str unsealed(struct slice *slice, struct bh_str sealed)
{
    struct bh_str text = {0};
    struct bh_err ignored;
    if (sealed.len == 0 ||
        !vault_unseal(slice->reader->ledger->vault, sealed, slice->reader->arena, &text, &ignored))
        return (struct bh_str){0};
    return text;
}

/* Ten hex digits that a phone can make of a card it reads, without the number itself being sent to it. It keeps a number
 * from being read off a list; it does not withstand somebody who tries all numbers, so a list that is written out for
 * people goes without it. */
static const char *document_check(struct slice *slice, struct bh_str document)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    if (document.len == 0 || cells_leave(slice->cells))
        return NULL;
    const char *text =
        bh_arena_format(slice->reader->arena, "bihuan-roll|%lld|%.*s",
                        (long long)slice->query->roll, (int)document.len, document.at);
    (void)crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    bh_hex(hash, 5, hex);
    return bh_arena_copy(slice->reader->arena, hex, 10);
}

static bool slot_state(struct slice *slice, int64_t slot, int64_t *ret_away, int64_t *ret_tube)
{
    struct db *db = slice->reader->db;
    bool found = false;
    *ret_away = *ret_tube = BH_NONE;
    return db_int(db, slice->err, ret_away, &found,
                  "SELECT change FROM roll_away WHERE roll = ? AND slot = ?"
                  " AND (until_ms IS NULL OR until_ms > ?)",
                  "iii", slice->query->roll, slot, slice->reader->now_ms) &&
           (slice->ordinal == 0 ||
            db_int(db, slice->err, ret_tube, &found, "SELECT tube FROM sample WHERE id = ?", "i",
                   slice->ordinal << 32 | slot));
}

static bool slice_row(void *self, int64_t slot, const struct roll_listed *listed)
{
    struct slice *slice = self;
    struct cells *cells = slice->cells;
    const struct roll_resident *one = &listed->resident;
    int64_t away = BH_NONE, tube = BH_NONE;
    if (slice->query->after != BH_NONE && slot <= slice->query->after)
        return true;
    slice->failed = !slot_state(slice, slot, &away, &tube);
    if (slice->failed)
        return false;
    cell_int(cells, slot);
    cells_area(cells, slice->reader, listed->area);
    cell_int(cells, listed->building);
    cell_int(cells, listed->unit);
    cell_int(cells, listed->household);
    cell_int(cells, listed->household_size);
    cell_text(cells, unsealed(slice, listed->door.text));
    cell_text(cells, vault_mask_name(slice->reader->arena, unsealed(slice, one->name.text)));
    cell_z(cells, resident_categories[one->category == BH_NONE ? 0 : one->category].name);
    cell_bool(cells, one->key == 1);
    cell_bool(cells, listed->sealed_home == 1);
    cell_z(cells, away == BH_NONE ? NULL : resident_changes[away].name);
    cell_z(cells, document_check(slice, unsealed(slice, one->document.text)));
    cell_int(cells, tube);
    if (cells_row(cells))
        return true;
    cells_next(cells, bh_str_of(bh_arena_format(slice->reader->arena, "%lld", (long long)slot)));
    slice->full = true;
    return false;
}

/* Of one community by its place, as phones ask; of more in the order of the slots, from where the page goes on. */
static void blocks_of(struct slice *slice, const struct scope *scope, struct rows *rows)
{
    const struct slice_query *p = slice->query;
    int64_t from = scope->range[0].from, to = scope->range[scope->count - 1].to,
            after = p->after == BH_NONE ? 0 : p->after;
    if (from == to)
        db_rows(slice->reader->db, rows,
                "SELECT block, first_slot, last_slot, area FROM roll_block INDEXED BY"
                " roll_block_area WHERE roll = ? AND area = ? AND last_slot > ?"
                " ORDER BY first_slot",
                "iii", p->roll, from, after);
    else
        db_rows(slice->reader->db, rows,
                "SELECT block, first_slot, last_slot, area FROM roll_block WHERE roll = ?"
                " AND first_slot > ? AND +area BETWEEN ? AND ? AND last_slot > ?"
                " ORDER BY first_slot",
                "iiiii", p->roll, after - ROLL_BLOCK_RESIDENTS, from, to, after);
}

static bool slice_blocks(struct slice *slice, const struct scope *scope, struct bh_err *err)
{
    struct rows rows;
    bool ok = true;
    blocks_of(slice, scope, &rows);
    while (ok && !slice->full && db_next(&rows)) {
        struct roll_block block = {row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                   row_int(&rows, 3)};
        if (scope_holds(scope, block.area))
            ok = roll_block_each(slice->reader->db, &block, slice->reader->arena, slice_row, slice,
                                 err) &&
                 !slice->failed;
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? err : &late);
    return ok && ended;
}

static bool slice_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct slice_query *p = params;
    struct slice slice = {.reader = reader, .query = p, .cells = cells, .err = err};
    struct roll_facts roll;
    struct scope scope;
    bool found = false;
    if (!reader_scope(reader, p->area, &scope, err) || !roll_read(reader->db, p->roll, &roll, err))
        return false;
    if (!reader_meets(reader, roll.area))
        return bh_fail_field(err, BH_MISSING, "roll", "没有名册 %lld", "there is no roll %lld",
                             (long long)p->roll);
    if (p->round != BH_NONE &&
        !db_int(reader->db, err, &slice.ordinal, &found,
                "SELECT ordinal FROM round WHERE round = ? AND roll = ?", "ii", p->round, p->roll))
        return false;
    if (p->round != BH_NONE && !found)
        return bh_fail_field(err, BH_MISSING, "round", "该名册没有这一轮",
                             "this roll has no such round");
    return slice_blocks(&slice, &scope, err);
}

const struct query roll_queries[] = {
    {"rolls", "名册", "rolls", &rolls_record, 0, PRIORITY_BOARD, rolls_columns, rolls_run, NULL,
     "area=220200"},
    {"roll_slice", "名册分段", "part of a roll", &slice_record, 0, PRIORITY_LOOKUP, slice_columns,
     slice_run, NULL, "roll=70&area=220202001001"},
    {0},
};
