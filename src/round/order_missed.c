/* Who is still missing, door by door: what is on the roll less who was sampled and who is away. */
#include "round/order.h"

#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "ledger/vault.h"
#include "round/sample_facts.h"

#include <stddef.h>

struct missed_query {
    int64_t round, area, limit, after;
};
static const struct field missed_fields[] = {
    FIELD(missed_query, round, REF, FIELD_REQUIRED, "轮次", "round"),
    FIELD(missed_query, area, AREA, FIELD_REQUIRED, "地区", "area"),
    FIELD(missed_query, limit, INT, 0, "行数", "rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(missed_query, after, INT, 0, "从何序号之后", "after this slot", .min = 0,
          .max = ROLL_SLOT_MAX),
};
const struct record order_missed_record = {"missed_query", sizeof(struct missed_query),
                                           missed_fields,
                                           sizeof missed_fields / sizeof missed_fields[0]};

const struct column order_missed_columns[] = {
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
    {"tries", COLUMN_INT, "上门次数", "tries at the door"},
    {"reason", COLUMN_TEXT, "上次未采到的原因", "reason of the last try"},
    {"tried", COLUMN_TIME, "上次上门", "last try"},
    {NULL, COLUMN_INT, NULL, NULL},
};

enum { TRY_COUNT_MAX = 100 }; /* record_missed: most slots of one try */

struct search {
    struct reader *reader;
    const struct missed_query *query;
    struct cells *cells;
    int64_t ordinal;
    struct roll_block block;
    struct bh_arena arena; /* of one block: a page may look into many */
    bool *settled;         /* by slot of the block: sampled, or owed nothing */
    size_t left;           /* slots of the block that are not */
    bool full, failed;
    struct bh_err *err;
};

static struct bh_str opened(struct search *search, struct bh_str sealed)
{
    struct bh_str text = {0};
    struct bh_err ignored;
    if (sealed.len == 0 ||
        !vault_unseal(search->reader->ledger->vault, sealed, &search->arena, &text, &ignored))
        return (struct bh_str){0};
    return text;
}

static bool mark(struct search *search, struct rows *rows, int64_t low)
{
    while (db_next(rows)) {
        bool *settled = &search->settled[row_int(rows, 0) - low];
        search->left -= !*settled;
        *settled = true;
    }
    return db_end(rows, search->err);
}

/* One stretch of each index, instead of two look-ups a resident. */
static bool mark_settled(struct search *search)
{
    struct rows rows;
    struct db *db = search->reader->db;
    int64_t low = sample_id(search->ordinal, search->block.first_slot),
            high = sample_id(search->ordinal, search->block.last_slot);
    size_t count = (size_t)(high - low + 1);
    search->settled = bh_arena_get(&search->arena, count * sizeof *search->settled);
    for (size_t i = 0; i < count; i++)
        search->settled[i] = false;
    search->left = count;
    db_rows(db, &rows, "SELECT id FROM sample WHERE id BETWEEN ? AND ?", "ii", low, high);
    if (!mark(search, &rows, low))
        return false;
    db_rows(db, &rows, "SELECT id FROM round_away WHERE id BETWEEN ? AND ?", "ii", low, high);
    return mark(search, &rows, low);
}

struct tries {
    int64_t count, reason, at_ms;
};

/* A try covers the slots from its own on; the last one that covers this slot tells the reason, of two at the same time
 * the one for fewer people. */
static bool tries_of(struct search *search, int64_t slot, struct tries *ret)
{
    struct rows rows;
    int64_t id = sample_id(search->ordinal, slot),
            from = slot > TRY_COUNT_MAX ? id - TRY_COUNT_MAX + 1 : sample_id(search->ordinal, 1);
    *ret = (struct tries){0, BH_NONE, BH_NONE};
    db_rows(search->reader->db, &rows,
            "SELECT tries, reason, at_ms FROM round_missed WHERE id BETWEEN ? AND ?"
            " AND id + count > ? ORDER BY at_ms, count DESC, id",
            "iii", from, id, id);
    while (db_next(&rows)) {
        ret->count += row_int(&rows, 0);
        ret->reason = row_int(&rows, 1);
        ret->at_ms = row_int(&rows, 2);
    }
    return db_end(&rows, search->err);
}

static bool missed_row(void *self, int64_t slot, const struct roll_listed *listed)
{
    struct search *search = self;
    struct cells *cells = search->cells;
    const struct roll_resident *one = &listed->resident;
    struct tries tries;
    if (search->settled[slot - search->block.first_slot] ||
        (search->query->after != BH_NONE && slot <= search->query->after))
        return true;
    search->failed = !tries_of(search, slot, &tries);
    if (search->failed)
        return false;
    cell_int(cells, slot);
    cells_area(cells, search->reader, listed->area);
    cell_int(cells, listed->building);
    cell_int(cells, listed->unit);
    cell_int(cells, listed->household);
    cell_int(cells, listed->household_size);
    cell_text(cells, opened(search, listed->door.text));
    cell_text(cells, vault_mask_name(&search->arena, opened(search, one->name.text)));
    cell_z(cells, resident_categories[one->category == BH_NONE ? 0 : one->category].name);
    cell_bool(cells, one->key == 1);
    cell_int(cells, tries.count);
    cell_z(cells, tries.reason == BH_NONE ? NULL : missed_reasons[tries.reason].name);
    cell_time(cells, tries.at_ms);
    if (cells_row(cells))
        return true;
    cells_next(cells, bh_str_of(bh_arena_format(search->reader->arena, "%lld", (long long)slot)));
    search->full = true;
    return false;
}

/* Only blocks of communities where somebody is missing: of one community by its place, of more in the order of the slots,
 * from where the page goes on. The order of the tables is ours: the other way round is millions of look-ups. */
static void blocks_of(struct search *search, int64_t roll, const struct scope *scope,
                      struct rows *rows)
{
    const struct missed_query *p = search->query;
    int64_t from = scope->range[0].from, to = scope->range[scope->count - 1].to,
            after = p->after == BH_NONE ? 0 : p->after;
    if (from == to)
        db_rows(search->reader->db, rows,
                "SELECT b.block, b.first_slot, b.last_slot, b.area"
                " FROM roll_block b INDEXED BY roll_block_area"
                " CROSS JOIN round_count c ON c.round = ? AND c.area = b.area"
                " AND c.due - c.exempt - c.sampled > 0"
                " WHERE b.roll = ? AND b.area = ? AND b.last_slot > ? ORDER BY b.first_slot",
                "iiii", p->round, roll, from, after);
    else
        db_rows(search->reader->db, rows,
                "SELECT b.block, b.first_slot, b.last_slot, b.area FROM roll_block b"
                " CROSS JOIN round_count c ON c.round = ? AND c.area = b.area"
                " AND c.due - c.exempt - c.sampled > 0 WHERE b.roll = ? AND b.first_slot > ?"
                " AND +b.area BETWEEN ? AND ? AND b.last_slot > ? ORDER BY b.first_slot",
                "iiiiii", p->round, roll, after - ROLL_BLOCK_RESIDENTS, from, to, after);
}

static bool search_blocks(struct search *search, int64_t roll, const struct scope *scope)
{
    struct rows rows;
    bool ok = true;
    blocks_of(search, roll, scope, &rows);
    while (ok && !search->full && db_next(&rows)) {
        search->block = (struct roll_block){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2),
                                            row_int(&rows, 3)};
        if (scope_holds(scope, search->block.area))
            ok = mark_settled(search) &&
                 (search->left == 0 ||
                  roll_block_each(search->reader->db, &search->block, &search->arena, missed_row,
                                  search, search->err)) &&
                 !search->failed;
        bh_arena_reset(&search->arena);
    }
    struct bh_err late;
    bool ended = db_end(&rows, ok ? search->err : &late);
    return ok && ended;
}

bool order_missed_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err)
{
    const struct missed_query *p = params;
    struct search search = {.reader = reader, .query = p, .cells = cells, .err = err};
    struct order_sight sight;
    struct scope scope;
    if (!reader_scope(reader, p->area, &scope, err) ||
        !order_see(reader, p->round, reader->scope, &sight, err))
        return false;
    search.ordinal = sight.round.ordinal;
    bh_arena_init(&search.arena, LIMIT_ARENA_REQUEST);
    bool ok = search_blocks(&search, sight.round.roll, &scope);
    bh_arena_done(&search.arena);
    return ok;
}
