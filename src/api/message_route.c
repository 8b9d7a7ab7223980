/* POST /messages/told: a message was passed on, by whoever may open it (query `message`). */
#include "api/edge.h"

static bool message_place(struct worker *worker, struct call *call, int64_t message,
                          int64_t *ret_area, struct bh_err *err)
{
    struct scope scope;
    bool found = false;
    if (!db_begin_read(worker->db, err))
        return false;
    bool ok =
        session_refresh(worker, call, edge_now(call->edge), err) &&
        db_int(worker->db, err, ret_area, &found,
               "SELECT area FROM accounts.message WHERE message = ? AND area <> 0", "i", message);
    db_rollback(worker->db);
    if (!ok)
        return false;
    call_scope_query(call, "message", &scope);
    return (found && scope_holds(&scope, *ret_area)) ||
           bh_fail(err, BH_MISSING, "没有找到", "no such thing");
}

static bool message_told(struct worker *worker, struct call *call, const json_t *json,
                         struct bh_err *err)
{
    struct edge *edge = call->edge;
    const json_t *number = json_object_get(json, "message");
    int64_t message = json_integer_value(number), area = 0;
    if (!json_is_integer(number) || message < 1)
        return bh_fail_field(err, BH_INVALID, "message", "应为正整数",
                             "should be a positive whole number");
    if (!message_place(worker, call, message, &area, err) ||
        !account_message_told(edge->accounts, message, call->session->user, err) ||
        !access_note(call, call->session->user, area, 0, "message_told", "",
                     (struct bh_str){NULL, 0}, BH_OK, err))
        return false;
    atomic_fetch_add(&edge->messages, 1); /* lists of messages have changed */
    return true;
}

void message_told_work(struct worker *worker, struct call *call)
{
    struct bh_err err = {.code = BH_OK};
    json_t *json = call_body(call);
    if (json && message_told(worker, call, json, &err))
        call_json(call, 200, json_object());
    else if (json)
        call_fail(call, &err);
    json_decref(json);
    call_finish(call);
}
