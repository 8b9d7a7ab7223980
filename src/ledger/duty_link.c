#include "ledger/duty_link.h"

#include "ledger/area.h"
#include "ledger/duty_private.h"

#include <string.h>

/* ---- adopt_plan_layer ---- */

struct adopt_plan_layer {
    int64_t area;
    struct bh_str text;
};
static const struct field adopt_fields[] = {
    FIELD(adopt_plan_layer, area, AREA, 0, "适用地区", "Area it applies to"),
    FIELD(adopt_plan_layer, text, TEXT, FIELD_REQUIRED | FIELD_MULTILINE, "方案层（YAML）",
          "Plan layer (YAML)", .max = LIMIT_BODY_BYTES),
};
RECORD(adopt_record, adopt_plan_layer, adopt_fields);

/* The layer's own area must be the one that was permitted: nobody orders outside his scope. */
static bool same_area(const struct decision *d, const char *unit_id, struct bh_err *err)
{
    const struct unit *unit =
        unit_id[0] ? areas_unit(d->ledger->areas, bh_str_of(unit_id), d->now_ms) : NULL;
    int64_t leaf = unit ? areas_unit_leaf(d->ledger->areas, unit) : 0;
    return leaf == d->target.area ||
           bh_fail_field(err, BH_INVALID, "area", "方案层写的适用地区是“%s”，与所给地区不同",
                         "the layer says it applies to \"%s\", which is not the area given",
                         unit_id);
}

static bool decide_adopt(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct adopt_plan_layer *command = body;
    const char *id = "", *area = "";
    (void)facts;
    if (!plans_check_layer(d->ledger->plans, command->text, d->arena, &id, &area, err) ||
        !same_area(d, area, err))
        return false;
    struct plan_layer_adopted fact = {bh_str_of(id), command->text, d->actor};
    (void)decision_emit(d, DUTY_LAYER_ADOPTED, NULL, &fact);
    return true;
}

/* ---- deliver_notice, acknowledge_notice ---- */

struct notice_command {
    int64_t notice;
    struct bh_str channel;
};
static const struct field notice_fields[] = {
    FIELD(notice_command, notice, REF, FIELD_REQUIRED, "通知", "Notice"),
};
RECORD(acknowledge_record, notice_command, notice_fields);
static const struct field deliver_fields[] = {
    FIELD(notice_command, notice, REF, FIELD_REQUIRED, "通知", "Notice"),
    FIELD(notice_command, channel, TEXT, FIELD_REQUIRED, "渠道", "Channel", .min = 1, .max = 40),
};
RECORD(deliver_record, notice_command, deliver_fields);

enum { HOLDERS_MAX = 32 };

struct notice_facts {
    int64_t post, delivered_ms, acknowledged_ms;
    int holder_count;
    struct {
        int64_t user, from_ms, until_ms;
    } holder[HOLDERS_MAX]; /* of the post, the latest */
};

static bool load_holders(struct db *db, struct notice_facts *facts, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT user, from_ms, until_ms FROM post_holder WHERE post = ? ORDER BY until_ms "
            "DESC, holding DESC LIMIT 32",
            "i", facts->post);
    while (db_next(&rows) && facts->holder_count < HOLDERS_MAX) {
        facts->holder[facts->holder_count].user = row_int(&rows, 0);
        facts->holder[facts->holder_count].from_ms = row_int(&rows, 1);
        facts->holder[facts->holder_count++].until_ms = row_int(&rows, 2);
    }
    return db_end(&rows, err);
}

static bool load_notice(struct db *db, const void *body, void *loaded, struct target *ret,
                        struct bh_err *err)
{
    const struct notice_command *command = body;
    struct notice_facts *facts = loaded;
    struct rows rows;
    bool found = false;
    db_rows(db, &rows,
            "SELECT post, delivered_ms, acknowledged_ms, area FROM notice WHERE notice = ?", "i",
            command->notice);
    if (db_next(&rows)) {
        found = true;
        facts->post = row_int(&rows, 0);
        facts->delivered_ms = row_int(&rows, 1);
        facts->acknowledged_ms = row_int(&rows, 2);
        *ret = (struct target){.area = row_int(&rows, 3)};
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "notice", "没有 %lld 号通知",
                             "there is no notice %lld", (long long)command->notice);
    return load_holders(db, facts, err);
}

/* The system itself, or whoever holds the post now; a notice without a post is for anybody in its area. */
static bool may_answer(const struct decision *d, const struct notice_facts *facts)
{
    int64_t user = decision_actor(d), now_ms = decision_now(d);
    bool may = user == 0 || facts->post == 0;
    for (int i = 0; i < facts->holder_count; i++)
        may = may || (facts->holder[i].user == user && facts->holder[i].from_ms <= now_ms &&
                      facts->holder[i].until_ms > now_ms);
    return may;
}

static bool refuse_other(struct bh_err *err)
{
    return bh_fail_field(err, BH_DENIED, "notice", "只有在岗人可以确认本岗位的通知",
                         "only whoever holds the post now may answer its notices");
}

static bool decide_acknowledge(struct decision *d, const void *body, const void *loaded,
                               struct bh_err *err)
{
    const struct notice_command *command = body;
    const struct notice_facts *facts = loaded;
    if (!may_answer(d, facts))
        return refuse_other(err);
    if (facts->acknowledged_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "notice", "该通知已经确认",
                             "this notice is already acknowledged");
    struct notice_delivered delivered = {command->notice, BH_STR("in_app")};
    struct notice_acknowledged fact = {command->notice};
    if (facts->delivered_ms == BH_NONE)
        (void)decision_emit(d, NOTICE_DELIVERED, NULL, &delivered);
    (void)decision_emit(d, NOTICE_ACKNOWLEDGED, NULL, &fact);
    return true;
}

static bool decide_deliver(struct decision *d, const void *body, const void *loaded,
                           struct bh_err *err)
{
    const struct notice_command *command = body;
    const struct notice_facts *facts = loaded;
    if (!may_answer(d, facts))
        return refuse_other(err);
    if (facts->delivered_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "notice", "该通知已经送达",
                             "this notice was already delivered");
    struct notice_delivered fact = {command->notice, command->channel};
    (void)decision_emit(d, NOTICE_DELIVERED, NULL, &fact);
    return true;
}

/* ---- confirm_replan ---- */

struct confirm_replan {
    int64_t duty, accept;
};
static const struct field confirm_fields[] = {
    FIELD(confirm_replan, duty, REF, FIELD_REQUIRED, "义务", "Duty"),
    FIELD(confirm_replan, accept, BOOL, FIELD_REQUIRED, "采用新时限", "Take the new time"),
};
RECORD(confirm_record, confirm_replan, confirm_fields);

struct confirm_facts {
    struct duty_redated now, asked; /* plans point into text */
    int64_t state, answered_ms, overdue, steps, area;
    char rule[96];
    char text[2][4001];
};

static struct bh_str keep_text(struct bh_str text, char *into, size_t size)
{
    size_t len = text.len < size ? text.len : size - 1;
    memcpy(into, text.at, len);
    return (struct bh_str){into, len};
}

static bool load_confirm(struct db *db, const void *body, void *loaded, struct target *ret,
                         struct bh_err *err)
{
    const struct confirm_replan *command = body;
    struct confirm_facts *facts = loaded;
    struct rows rows;
    bool found = false;
    db_rows(
        db, &rows,
        "SELECT d.area, d.person, d.opened_ms, d.start_ms, d.due_ms, d.timer_ms, d.plan, d.state,"
        " r.start_ms, r.due_ms, r.next_ms, r.plan, r.answered_ms, d.overdue, -d.worst, d.rule FROM "
        "duty_replan r JOIN duty d ON "
        "d.duty = r.duty"
        " WHERE r.duty = ?",
        "i", command->duty);
    if (db_next(&rows)) {
        found = true;
        *ret = (struct target){.area = row_int(&rows, 0), .person = row_int(&rows, 1)};
        facts->now = (struct duty_redated){
            .duty = command->duty,
            .opened_ms = row_int(&rows, 2),
            .start_ms = row_int(&rows, 3),
            .due_ms = row_int(&rows, 4),
            .next_ms = row_int(&rows, 5),
            .plan = keep_text(row_text(&rows, 6), facts->text[0], sizeof facts->text[0])};
        facts->state = row_int(&rows, 7);
        facts->asked = (struct duty_redated){
            .duty = command->duty,
            .opened_ms = row_int(&rows, 2),
            .start_ms = row_int(&rows, 8),
            .due_ms = row_int(&rows, 9),
            .next_ms = row_int(&rows, 10),
            .plan = keep_text(row_text(&rows, 11), facts->text[1], sizeof facts->text[1])};
        facts->answered_ms = row_int(&rows, 12);
        facts->overdue = row_int(&rows, 13);
        facts->steps = row_int(&rows, 14);
        facts->area = row_int(&rows, 0);
        (void)keep_text(row_text(&rows, 15), facts->rule, sizeof facts->rule - 1);
    }
    if (!db_end(&rows, err))
        return false;
    return found || bh_fail_field(err, BH_MISSING, "duty", "%lld 号义务没有待确认的时限变更",
                                  "no change of time of duty %lld awaits confirmation",
                                  (long long)command->duty);
}

static bool decide_confirm(struct decision *d, const void *body, const void *loaded,
                           struct bh_err *err)
{
    const struct confirm_replan *command = body;
    const struct confirm_facts *facts = loaded;
    if (facts->answered_ms != BH_NONE)
        return bh_fail_field(err, BH_CONFLICT, "duty", "该变更已经答复",
                             "this change was already answered");
    if (facts->state != DUTY_STATE_OPEN)
        return bh_fail_field(err, BH_CONFLICT, "duty", "该义务已不在办",
                             "this duty is no longer open");
    struct duty_redated fact = command->accept ? facts->asked : facts->now;
    if (command->accept) { /* it may have climbed while the question waited */
        const struct duty_rule *rule =
            plan_rule(plans_for(d->ledger->plans, facts->area, fact.opened_ms), facts->rule);
        bool overdue = facts->overdue && fact.due_ms <= d->now_ms;
        fact.next_ms = duty_next(rule, fact.start_ms, fact.due_ms, overdue, facts->steps);
    }
    fact.reason = command->accept ? REDATE_PLAN_CONFIRMED : REDATE_PLAN_DECLINED;
    (void)decision_emit(d, DUTY_REDATED, NULL, &fact);
    return true;
}

const struct command duty_commands[] = {
    {"adopt_plan_layer", "采用方案层", "Adopt a plan layer", &adopt_record, PRIORITY_LOOKUP, 0, 0,
     NULL, decide_adopt,
     "{\"text\": \"layer: order-1\\nextends: cn-base\\nkind: order\\ntitle: {zh: 令, en: Order}\\n"
     "from: \\\"2022-03-20\\\"\\nsource: {zh: 文, en: Paper, mark: V}\\n\"}"},
    {"deliver_notice", "登记通知送达", "Record that a notice was delivered", &deliver_record,
     PRIORITY_LOOKUP, 0, sizeof(struct notice_facts), load_notice, decide_deliver,
     "{\"notice\": 120, \"channel\": \"in_app\"}"},
    {"acknowledge_notice", "确认通知", "Acknowledge a notice", &acknowledge_record, PRIORITY_LOOKUP,
     0, sizeof(struct notice_facts), load_notice, decide_acknowledge, "{\"notice\": 120}"},
    {"confirm_replan", "确认时限变更", "Confirm a change of time", &confirm_record, PRIORITY_LOOKUP,
     0, sizeof(struct confirm_facts), load_confirm, decide_confirm,
     "{\"duty\": 120, \"accept\": true}"},
    {0},
};

const struct link duty_link = {
    .name = "duty",
    .zh = "义务与方案",
    .en = "Duties and plans",
    .events = duty_events,
    .commands = duty_commands,
    .queries = duty_queries,
    .tables = duty_tables,
    .apply = duty_apply,
};
