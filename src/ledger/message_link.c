#include "ledger/message_link.h"

#include "ledger/cells.h"
#include "ledger/ledger.h"
#include "ledger/vault.h"

enum message_state { MESSAGE_WAITING, MESSAGE_TOLD, MESSAGE_EXPIRED, MESSAGE_ALL };
static const struct choice message_states[] = {
    {"waiting", "待转达", "waiting"},
    {"told", "已转达", "told"},
    {"expired", "已失效", "expired"},
    {"all", "全部", "all"},
    {0},
};

static enum message_state state_of(int64_t told_ms, int64_t expires_ms, int64_t wall_ms)
{
    return told_ms != BH_NONE      ? MESSAGE_TOLD
           : expires_ms <= wall_ms ? MESSAGE_EXPIRED
                                   : MESSAGE_WAITING;
}

static int64_t wall_now(const struct reader *reader)
{
    const struct world *world = reader->ledger->world;
    return world->wall_ms(world->self);
}

/* ---- messages: that something waits, for whom, since when; never what it says ---- */

struct messages_params {
    int64_t area, state, limit, after;
};
static const struct field messages_fields[] = {
    FIELD(messages_params, area, AREA, 0, "地区", "Area"),
    FIELD(messages_params, state, ENUM, 0, "状态", "State", .choices = message_states),
    FIELD(messages_params, limit, INT, 0, "行数", "Rows", .min = 1, .max = LIMIT_PAGE_ROWS),
    FIELD(messages_params, after, INT, 0, "从何处继续", "Go on after", .min = 0, .max = INT64_MAX),
};
RECORD(messages_record, messages_params, messages_fields);

static const struct column messages_columns[] = {
    {"message", COLUMN_INT, "序号", "Message"},
    {"purpose", COLUMN_TEXT, "用途", "Purpose"},
    {"name_masked", COLUMN_TEXT, "姓名", "Name"},
    {"phone_masked", COLUMN_TEXT, "电话", "Phone"},
    {"state", COLUMN_TEXT, "状态", "State"},
    {"queued", COLUMN_TIME, "提交时间", "Queued"},
    {"expires", COLUMN_TIME, "失效时间", "Expires"},
    {"told", COLUMN_TIME, "转达时间", "Told"},
    {"told_by", COLUMN_TEXT, "转达人", "Told by"},
    AREA_COLUMNS,
    {0},
};

/* After closing the outbreak nothing can be opened any more: then the names are empty. */
static struct bh_str opened(struct reader *reader, struct bh_str sealed)
{
    struct bh_err unreadable;
    struct bh_str plain = {0};
    if (sealed.len == 0 ||
        !vault_unseal(reader->ledger->vault, sealed, reader->arena, &plain, &unreadable))
        return (struct bh_str){0};
    return plain;
}

static void message_cells(struct reader *reader, const struct rows *rows, enum message_state state,
                          struct cells *cells)
{
    struct bh_str name = opened(reader, row_bytes(rows, 2)),
                  phone = opened(reader, row_bytes(rows, 3));
    cell_int(cells, row_int(rows, 0));
    cell_text(cells, row_text(rows, 1));
    cell_text(cells, name.len ? vault_mask_name(reader->arena, name) : name);
    cell_text(cells, phone.len ? vault_mask_number(reader->arena, phone) : phone);
    cell_z(cells, message_states[state].name);
    cell_time(cells, row_int(rows, 4));
    cell_time(cells, row_int(rows, 5));
    cell_time(cells, row_int(rows, 7));
    if (row_null(rows, 8))
        cell_z(cells, NULL);
    else
        cell_text(cells, row_text(rows, 8));
    cells_area(cells, reader, row_int(rows, 6));
}

static bool run_messages(struct reader *reader, const void *given, struct cells *cells,
                         struct bh_err *err)
{
    const struct messages_params *params = given;
    int64_t wanted = params->state == BH_NONE ? MESSAGE_WAITING : params->state;
    struct rows rows;
    struct scope scope;
    bool more = true;
    if (!reader_scope(reader, params->area, &scope, err))
        return false;
    db_rows(reader->db, &rows,
            "SELECT m.message, m.purpose, m.name, m.phone, m.wall_ms, m.expires_ms, m.area,"
            " t.wall_ms, u.display FROM accounts.message m"
            " LEFT JOIN accounts.message_told t ON t.message = m.message"
            " LEFT JOIN user_account u ON u.user = t.user"
            " WHERE m.message < ? AND m.area <> 0 ORDER BY m.message DESC",
            "i", params->after == BH_NONE ? INT64_MAX : params->after);
    while (more && db_next(&rows)) {
        enum message_state state = state_of(row_int(&rows, 7), row_int(&rows, 5), wall_now(reader));
        if (!scope_holds(&scope, row_int(&rows, 6)) ||
            (wanted != MESSAGE_ALL && wanted != (int64_t)state))
            continue;
        int64_t message = row_int(&rows, 0);
        message_cells(reader, &rows, state, cells);
        more = cells_row(cells);
        if (!more)
            cells_next_number(cells, reader, message);
    }
    return db_end(&rows, err);
}

/* ---- message: what one of them says, to whoever passes it on ---- */

struct message_params {
    int64_t message;
};
static const struct field message_fields[] = {
    FIELD(message_params, message, INT, 0, "序号", "Message", .min = 1, .max = INT64_MAX),
};
RECORD(message_record, message_params, message_fields);

static bool text_set(struct reader *reader, json_t *one, const char *name, struct bh_str sealed,
                     struct bh_err *err)
{
    struct bh_str plain = {0};
    if (sealed.len > 0 && !vault_unseal(reader->vault, sealed, reader->arena, &plain, err))
        return false;
    answer_set(one, name, plain.len ? json_stringn(plain.at, plain.len) : json_null());
    return true;
}

/* What was told, or can no longer be of use, is not shown again. */
static bool message_json(struct reader *reader, const struct rows *rows, json_t *one,
                         struct bh_err *err)
{
    enum message_state state = state_of(row_int(rows, 7), row_int(rows, 5), wall_now(reader));
    struct bh_str purpose = row_text(rows, 1);
    answer_set(one, "message", json_integer(row_int(rows, 0)));
    answer_set(one, "purpose", json_stringn(purpose.at, purpose.len));
    answer_set(one, "state", json_string(message_states[state].name));
    answer_set(one, "queued", answer_time(reader, row_int(rows, 4)));
    answer_set(one, "expires", answer_time(reader, row_int(rows, 5)));
    answer_set(one, "told", answer_time(reader, row_int(rows, 7)));
    return text_set(reader, one, "name", row_bytes(rows, 2), err) &&
           text_set(reader, one, "phone", row_bytes(rows, 3), err) &&
           text_set(reader, one, "text",
                    state == MESSAGE_WAITING ? row_bytes(rows, 8) : (struct bh_str){0}, err);
}

static bool run_message(struct reader *reader, const void *given, json_t **ret, struct bh_err *err)
{
    const struct message_params *params = given;
    struct rows rows;
    bool found = false, good = true;
    if (!reader->vault)
        return bh_fail(err, BH_DENIED, "未经记录不得查看消息",
                       "no message is shown without being logged");
    json_t *one = json_object();
    db_rows(reader->db, &rows,
            "SELECT m.message, m.purpose, m.name, m.phone, m.wall_ms, m.expires_ms, m.area,"
            " t.wall_ms, m.sealed FROM accounts.message m"
            " LEFT JOIN accounts.message_told t ON t.message = m.message"
            " WHERE m.message = ? AND m.area <> 0",
            "i", params->message);
    if (db_next(&rows) && scope_holds(reader->scope, row_int(&rows, 6))) {
        found = true;
        good = message_json(reader, &rows, one, err);
    }
    struct bh_err ended;
    good = db_end(&rows, good ? err : &ended) && good;
    good = good && (found || bh_fail_field(err, BH_MISSING, "message", "没有这条消息",
                                           "there is no such message"));
    if (good)
        *ret = one;
    else
        json_decref(one);
    return good;
}

static const struct query queries[] = {
    {"messages", "待转达消息", "Messages to pass on", &messages_record, 0, PRIORITY_LOOKUP,
     messages_columns, run_messages, NULL, "area=220202"},
    {"message", "一条待转达消息", "One message to pass on", &message_record,
     QUERY_ONE | QUERY_UNMASKED, PRIORITY_LOOKUP, NULL, NULL, run_message, "message=1"},
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
