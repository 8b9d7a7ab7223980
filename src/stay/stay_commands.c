#include "ledger/known.h"
#include "stay/stay.h"

struct load {
    struct case_facts sick;
    struct move_facts move;
    struct stay_facts stay;
    int64_t bed_stay;
};

static bool admit_load(struct db *db, const void *body, void *facts, struct target *ret,
                       struct bh_err *err)
{
    const struct person_admitted *c = body;
    struct load *load = facts;
    if (!report_case(db, c->case_number, &load->sick, err) ||
        !known_institution(db, c->institution, err) ||
        !move_case(db, c->case_number, &load->move, err) ||
        !stay_case(db, c->case_number, &load->stay, err) ||
        !stay_of_bed(db, c->institution, c->bed, &load->bed_stay, err))
        return false;
    ret->area = load->sick.area;
    ret->person = load->sick.person;
    return true;
}

static bool admit_decide(struct decision *d, const void *body, const void *facts,
                         struct bh_err *err)
{
    const struct load *load = facts;
    if (!stay_allow(stay_admit_fits(&load->sick, &load->move, load->stay.stay, load->bed_stay, body,
                                    decision_occurred(d)),
                    err))
        return false;
    decision_emit(d, STAY_PERSON_ADMITTED, NULL, body);
    return true;
}

static const struct command commands[] = {
    {"admit_person", "收治入院", "admit a person", &person_admitted_record, PRIORITY_RESULT,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct load), admit_load, admit_decide,
     "{\"case\": 120, \"institution\": 9, \"bed\": \"3-12\", \"from_signature\": \"李某\","
     " \"to_signature\": \"赵某\"}"},
    {0},
};

static const struct query queries[] = {{0}};

const struct link stay_link = {
    .name = "stay",
    .zh = "收治与隔离",
    .en = "stay",
    .events = stay_events,
    .commands = commands,
    .queries = queries,
    .reactions = NULL,
    .tables = stay_tables,
    .apply = stay_apply,
};
