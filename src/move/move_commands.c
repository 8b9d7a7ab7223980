#include "ledger/known.h"
#include "move/move.h"

struct load {
    struct case_facts sick;
    struct move_facts move;
};

static bool load_case(struct db *db, int64_t case_number, int64_t institution, struct load *load,
                      struct target *ret, struct bh_err *err)
{
    if (!report_case(db, case_number, &load->sick, err) ||
        !known_institution(db, institution, err) || !move_case(db, case_number, &load->move, err))
        return false;
    ret->area = load->sick.area;
    ret->person = load->sick.person;
    return true;
}

static bool pick_up_load(struct db *db, const void *body, void *facts, struct target *ret,
                         struct bh_err *err)
{
    const struct person_picked_up *c = body;
    return load_case(db, c->case_number, c->institution, facts, ret, err);
}

static bool pick_up_decide(struct decision *d, const void *body, const void *facts,
                           struct bh_err *err)
{
    const struct load *load = facts;
    if (!move_allow(move_pick_up_fits(&load->sick, &load->move, body, decision_occurred(d)), err))
        return false;
    decision_emit(d, MOVE_PERSON_PICKED_UP, NULL, body);
    return true;
}

static bool hand_over_load(struct db *db, const void *body, void *facts, struct target *ret,
                           struct bh_err *err)
{
    const struct person_handed_over *c = body;
    return load_case(db, c->case_number, c->institution, facts, ret, err);
}

static bool hand_over_decide(struct decision *d, const void *body, const void *facts,
                             struct bh_err *err)
{
    const struct load *load = facts;
    if (!move_allow(move_hand_over_fits(&load->sick, &load->move, body, decision_occurred(d)), err))
        return false;
    decision_emit(d, MOVE_PERSON_HANDED_OVER, NULL, body);
    return true;
}

/* The bodies are those of the facts: move_events.c gives them in this order. */
static const struct command commands[] = {
    {"pick_up_person", "接人上车", "pick up a person", &person_picked_up_record, PRIORITY_RESULT,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct load), pick_up_load, pick_up_decide,
     "{\"case\": 120, \"institution\": 7, \"vehicle\": \"吉B12345\", \"from_signature\": \"王某\","
     " \"driver_signature\": \"李某\"}"},
    {"hand_over_person", "转运交接", "hand over a person", &person_handed_over_record,
     PRIORITY_RESULT, COMMAND_CSV | COMMAND_PAST, sizeof(struct load), hand_over_load,
     hand_over_decide,
     "{\"case\": 120, \"institution\": 9, \"from_signature\": \"李某\", \"to_signature\": "
     "\"赵某\"}"},
    {0},
};

static const struct query queries[] = {{0}};

const struct link move_link = {
    .name = "move",
    .zh = "转运",
    .en = "transfer",
    .events = move_events,
    .commands = commands,
    .queries = queries,
    .reactions = NULL,
    .tables = move_tables,
    .apply = move_apply,
};
