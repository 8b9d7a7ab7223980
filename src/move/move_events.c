#include "move/move_events.h"

#include "report/report_events.h"

#include <stddef.h>

#define SIGNATURE_FIELD(owner, member, zh, en)                                                     \
    FIELD(owner, member, SEALED, FIELD_REQUIRED | FIELD_SEARCHABLE, zh, en, .min = 1, .max = 200)

static const struct field picked_up_fields[] = {
    FIELD_CASE(person_picked_up, FIELD_REQUIRED),
    FIELD(person_picked_up, institution, REF, FIELD_REQUIRED, "转运机构", "transfer team"),
    FIELD(person_picked_up, vehicle, TEXT, FIELD_REQUIRED, "车辆", "vehicle", .min = 1, .max = 32),
    SIGNATURE_FIELD(person_picked_up, from_signature, "移交人签名", "signature of who hands over"),
    SIGNATURE_FIELD(person_picked_up, driver_signature, "司机签名", "signature of the driver"),
};
const struct record person_picked_up_record = {
    "person_picked_up", sizeof(struct person_picked_up), picked_up_fields,
    sizeof picked_up_fields / sizeof picked_up_fields[0]};

static const struct field handed_over_fields[] = {
    FIELD_CASE(person_handed_over, FIELD_REQUIRED),
    FIELD(person_handed_over, institution, REF, FIELD_REQUIRED, "接收机构",
          "receiving institution"),
    SIGNATURE_FIELD(person_handed_over, from_signature, "移交人签名",
                    "signature of who hands over"),
    SIGNATURE_FIELD(person_handed_over, to_signature, "接收人签名", "signature of who receives"),
};
const struct record person_handed_over_record = {
    "person_handed_over", sizeof(struct person_handed_over), handed_over_fields,
    sizeof handed_over_fields / sizeof handed_over_fields[0]};

const struct event_kind move_events[] = {
    {MOVE_PERSON_PICKED_UP, 1, "person_picked_up", "接人上车", "person picked up",
     &person_picked_up_record, NULL},
    {MOVE_PERSON_HANDED_OVER, 1, "person_handed_over", "转运交接", "person handed over",
     &person_handed_over_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
