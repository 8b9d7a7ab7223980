#include "ledger/message_link.h"

#include "ledger/cells.h"
#include "ledger/ledger.h"
#include "ledger/vault.h"

struct messages_params {
    int64_t area, limit, after;
};
static const struct field messages_fields[] = {
    FIELD(messages_params, area, AREA, 0, "地区", "Area"),
    FIELD(messages_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(messages_params, after, INT, 0, "从何处继续", "Go on after", .min = 0, .max = INT64_MAX),
};
RECORD(messages_record, messages_params, messages_fields);

static const struct column messages_columns[] = {
    {"message", COLUMN_INT, "序号", "Message"},
    {"purpose", COLUMN_TEXT, "用途", "Purpose"},
    {"name", COLUMN_TEXT, "姓名", "Name"},
    {"phone", COLUMN_TEXT, "电话", "Phone"},
    {"text", COLUMN_TEXT, "内容", "Text"},
    {"queued", COLUMN_TIME, "提交时间", "Queued"},
    {"expires", COLUMN_TIME, "失效时间", "Expires"},
    AREA_COLUMNS,
    {0},
};

static bool cell_open(struct reader *reader, struct cells *cells, struct bh_str sealed,
                      struct bh_err *err)
{
    struct bh_str plain = {0};
    if (!vault_unseal(reader->vault, sealed, reader->arena, &plain, err))
        return false;
    cell_text(cells, plain);
    return true;
}

static bool message_cells(struct reader *reader, const struct rows *rows, struct cells *cells,
                          struct bh_err *err)
{
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    for (int column = 2; column < 5; column++)
        if (!cell_open(reader, cells, row_bytes(rows, column), err))
            return false;
    cell_time(cells, row_int(rows, 5));
    cell_time(cells, row_int(rows, 6));
    cells_area(cells, reader, row_int(rows, 7));
    return true;
}

static bool run_messages(struct reader *reader, const void *given, struct cells *cells,
                         struct bh_err *err)
{
    const struct messages_params *params = given;
    struct rows rows;
    struct scope scope;
    bool good = true;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    if (!reader->vault)
        return bh_fail(err, BH_DENIED, "未经记录不得查看消息",
                       "no message is shown without being logged");
    const struct world *world = reader->ledger->world;
    db_rows(reader->db, &rows,
            "SELECT message, purpose, name, phone, sealed, wall_ms, expires_ms, area"
            " FROM accounts.message WHERE message < ? AND expires_ms > ? AND area <> 0"
            " ORDER BY message DESC",
            "ii", params->after == BH_NONE ? INT64_MAX : params->after,
            world->wall_ms(world->self));
    while (good && db_next(&rows)) {
        int64_t message = row_int(&rows, 0);
        if (!scope_holds(&scope, row_int(&rows, 7)))
            continue;
        good = message_cells(reader, &rows, cells, err);
        if (good && !cells_row(cells)) {
            cells_next(cells,
                       bh_str_of(bh_arena_format(reader->arena, "%lld", (long long)message)));
            break;
        }
    }
    struct bh_err ended;
    return db_end(&rows, good ? err : &ended) && good;
}

static const struct query queries[] = {
    {"messages", "待转达消息", "Messages to pass on", &messages_record, QUERY_UNMASKED,
     PRIORITY_LOOKUP, messages_columns, run_messages, NULL, "area=220202"},
    {0},
};
static const struct event_kind no_events[] = {{0}};
static const struct command no_commands[] = {{0}};

const struct link message_link = {
    .name = "message",
    .zh = "待转达消息",
    .en = "Messages to pass on",
    .events = no_events,
    .commands = no_commands,
    .queries = queries,
};
