#include "stay/stay_events.h"

#include "report/report_events.h"

#include <stddef.h>

#define SIGNATURE_FIELD(owner, member, zh, en)                                                     \
    FIELD(owner, member, SEALED, FIELD_REQUIRED | FIELD_SEARCHABLE, zh, en, .min = 1, .max = 200)

static const struct field admitted_fields[] = {
    FIELD_CASE(person_admitted, FIELD_REQUIRED),
    FIELD(person_admitted, institution, REF, FIELD_REQUIRED, "收治机构", "admitting institution"),
    FIELD(person_admitted, bed, TEXT, FIELD_REQUIRED, "床位", "bed", .min = 1, .max = 64),
    SIGNATURE_FIELD(person_admitted, from_signature, "移交人签名", "signature of who hands over"),
    SIGNATURE_FIELD(person_admitted, to_signature, "接收人签名", "signature of who receives"),
};
const struct record person_admitted_record = {"person_admitted", sizeof(struct person_admitted),
                                              admitted_fields,
                                              sizeof admitted_fields / sizeof admitted_fields[0]};

const struct event_kind stay_events[] = {
    {STAY_PERSON_ADMITTED, 1, "person_admitted", "收治入院", "person admitted",
     &person_admitted_record, NULL},
    {0, 0, NULL, NULL, NULL, NULL, NULL},
};
