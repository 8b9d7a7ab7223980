/* A tube of a round is not negative: its members become persons, before the result is told. */
#include "round/round.h"

#include "ledger/people_link.h"
#include "round/order_facts.h"
#include "round/roll_facts.h"
#include "round/sample_facts.h"

#include <string.h>

struct named_person {
    uint8_t hash[16]; /* of the document; zeroes = none given */
    int64_t person;
};

int64_t naming_number(struct bh_str bytes, int64_t turn)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)turn;
    for (size_t i = 0; i < bytes.len; i++)
        h = (h ^ (unsigned char)bytes.at[i]) * UINT64_C(1099511628211);
    h = (h ^ (h >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94D049BB133111EB);
    h = (h ^ (h >> 31)) & ((UINT64_C(1) << 53) - 1);
    return h != 0 ? (int64_t)h : 1;
}

static bool has_document(const struct roll_resident *resident)
{
    return resident->document.text.len > 0;
}

static int64_t named_here(const struct naming *naming, const uint8_t hash[16])
{
    for (size_t i = 0; i < naming->count; i++)
        if (memcmp(naming->persons[i].hash, hash, sizeof naming->persons[i].hash) == 0)
            return naming->persons[i].person;
    return 0;
}

/* Somebody with this document, in the books or about to be; *ret 0 = nobody. */
static bool known_by_document(struct db *db, const struct naming *naming,
                              const struct roll_resident *resident, int64_t *ret,
                              struct bh_err *err)
{
    bool found = false;
    *ret = 0;
    if (!has_document(resident))
        return true;
    *ret = named_here(naming, resident->document.hash);
    return *ret != 0 ||
           db_int(db, err, ret, &found,
                  "SELECT person FROM person WHERE document_hash = ? ORDER BY person LIMIT 1", "b",
                  (struct bh_str){(const char *)resident->document.hash, 16});
}

static void remember_person(struct decision *d, struct naming *naming, const uint8_t hash[16],
                            int64_t person)
{
    if (naming->count == naming->size) {
        size_t size = naming->size * 2 + 32;
        struct named_person *more = bh_arena_get(decision_arena(d), size * sizeof *more);
        if (naming->count > 0)
            memcpy(more, naming->persons, naming->count * sizeof *more);
        naming->persons = more;
        naming->size = size;
    }
    memcpy(naming->persons[naming->count].hash, hash, 16);
    naming->persons[naming->count++].person = person;
}

/* A number that nobody has, from the document's keyed hash or, without one, from the sealed name. */
static bool draw_number(struct db *db, const struct naming *naming,
                        const struct roll_resident *resident, int64_t *ret, struct bh_err *err)
{
    struct bh_str from = has_document(resident)
                             ? (struct bh_str){(const char *)resident->document.hash, 16}
                             : resident->name.text;
    bool taken = true;
    for (int64_t turn = 0; taken; turn++) {
        int64_t one = 0;
        *ret = naming_number(from, turn);
        if (!db_int(db, err, &one, &taken, "SELECT 1 FROM person WHERE person = ?", "i", *ret))
            return false;
        for (size_t i = 0; !taken && i < naming->count; i++)
            taken = naming->persons[i].person == *ret;
    }
    return true;
}

/* The resident's sealed texts are copied as they are: the writer opens nothing. */
bool naming_person(struct decision *d, struct db *db, struct naming *naming,
                   const struct roll_listed *listed, int64_t at_ms, int64_t *ret,
                   struct bh_err *err)
{
    const struct roll_resident *resident = &listed->resident;
    if (!known_by_document(db, naming, resident, ret, err))
        return false;
    if (*ret != 0)
        return true;
    if (!draw_number(db, naming, resident, ret, err))
        return false;
    remember_person(d, naming, resident->document.hash, *ret);
    struct person_registered fact = {
        .person = *ret,
        .name = resident->name,
        .document = resident->document,
        .phone = resident->phone,
        .address = listed->door,
        .sex = BH_NONE,
        .birth_year = BH_NONE,
    };
    struct event_head head = {listed->area, *ret, at_ms};
    decision_emit(d, EVENT_PERSON_REGISTERED, &head, &fact);
    return true;
}

static bool name_members(struct decision *d, struct db *db, struct naming *naming,
                         const struct tube_facts *tube, int64_t at_ms, int64_t *ret_single,
                         struct bh_err *err)
{
    struct tube_place *places = NULL;
    struct round_facts round;
    size_t count = 0;
    if (!round_members(db, tube->tube, decision_arena(d), &places, &count, err) ||
        !order_round(db, tube->round, &round, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct roll_listed listed;
        int64_t person = places[i].person;
        if (person == 0) {
            if (!roll_resident_at(db, round.roll, places[i].slot, decision_arena(d), &listed,
                                  err) ||
                !naming_person(d, db, naming, &listed, at_ms, &person, err))
                return false;
            struct member_named fact = {tube->tube, (int64_t)i + 1, places[i].slot,
                                        places[i].at_ms};
            struct event_head head = {listed.area, person, at_ms};
            decision_emit(d, ROUND_MEMBER_NAMED, &head, &fact);
        }
        *ret_single = tube->kind == TUBE_SINGLE ? person : 0;
    }
    return true;
}

bool round_tell(struct decision *d, struct db *db, struct naming *naming,
                const struct tube_resulted *result, int64_t at_ms, struct bh_err *err)
{
    struct tube_facts tube;
    struct event_head head = {.occurred_ms = at_ms};
    bool found = false;
    if (!round_tube(db, result->tube, &tube, err))
        return false;
    head.area = tube.area;
    if (tube.round == BH_NONE && tube.kind == TUBE_SINGLE &&
        !db_int(db, err, &head.person, &found, "SELECT person FROM tube_member WHERE tube = ?", "i",
                tube.tube))
        return false;
    if (tube.round != BH_NONE && tube_decides(tube.kind, result->verdict) &&
        result->verdict != VERDICT_NEGATIVE &&
        !name_members(d, db, naming, &tube, at_ms, &head.person, err))
        return false;
    decision_emit(d, ROUND_TUBE_RESULTED, &head, result);
    return true;
}
