/* Synthetic people: chance, names, documents, phones, homes. */
#include "base/check.h"
#include "plan/jilin_world.h"
#include "plan/made.h"

uint64_t jilin_random_next(struct jilin_random *random)
{
    return made_next(&random->state);
}

uint32_t jilin_random_below(struct jilin_random *random, size_t count)
{
    bh_assert(count > 0);
    return (uint32_t)(jilin_random_next(random) % count);
}

int64_t jilin_random_between(struct jilin_random *random, int64_t low, int64_t high)
{
    bh_assert(low <= high);
    return low + (int64_t)(jilin_random_next(random) % ((uint64_t)(high - low) + 1));
}

bool jilin_random_chance(struct jilin_random *random, unsigned per_thousand)
{
    return jilin_random_below(random, 1000) < per_thousand;
}

void *jilin_list_add(struct jilin_list *list)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->at = bh_realloc(list->at, list->room * list->size);
    }
    char *added = (char *)list->at + list->count * list->size;
    memset(added, 0, list->size);
    list->count++;
    return added;
}

void jilin_list_done(struct jilin_list *list)
{
    bh_free(list->at);
    list->at = NULL;
    list->count = list->room = 0;
}

static uint32_t home_area(const struct jilin_world *world, const struct jilin_division *division)
{
    struct bh_str unit = bh_str_of(division->unit);
    if (unit.len == 0)
        unit = (struct bh_str){division->code, 6};
    return jilin_area_find(world, unit);
}

static void home_add(struct jilin_homes *homes, uint32_t division)
{
    if (homes->count == homes->room) {
        homes->room = homes->room ? homes->room * 2 : 64;
        homes->at = bh_realloc(homes->at, homes->room * sizeof(*homes->at));
    }
    homes->at[homes->count++] = division;
}

/* The register of divisions has place-holders for parks and reserves; nobody lives there. */
static bool is_home(const struct jilin_division *division)
{
    return strcmp(division->level, "community") == 0 && !strstr(division->name, "特殊") &&
           !strstr(division->name, "虚拟");
}

bool jilin_homes_find(struct jilin_world *world, struct bh_err *err)
{
    size_t area_count = world->areas.count;
    world->homes = bh_alloc(area_count * sizeof(*world->homes));
    memset(world->homes, 0, area_count * sizeof(*world->homes));
    uint32_t last = 0;
    for (size_t index = 0; index < world->division_count; index++) {
        const struct jilin_division *division = &world->divisions[index];
        if (division->number != index + 1 || division->parent >= division->number ||
            strlen(division->code) != 12)
            return bh_fail(err, BH_INVALID, "区划第%zu行：编号、上级或代码不合规则",
                           "divisions row %zu: number, parent or code break the rules", index + 1);
        if (!is_home(division))
            continue;
        /* Neighbouring rows mostly share their area: asking again would dominate the whole run. */
        const struct jilin_area *area = JILIN_AT(world->areas, jilin_area, last);
        if (division->unit[0] ? strcmp(division->unit, area->unit) != 0
                              : strncmp(division->code, area->unit, 6) != 0) {
            uint32_t found = home_area(world, division);
            if (found == JILIN_NONE)
                continue;
            last = found;
        }
        home_add(&world->homes[last], (uint32_t)index);
    }
    for (uint32_t index = 0; index < area_count; index++) {
        const struct jilin_area *area = JILIN_AT(world->areas, jilin_area, index);
        bool inhabited = area->kind == JILIN_COUNTY || area->kind == JILIN_ZONE;
        if (inhabited && world->homes[index].count == 0)
            return bh_fail(err, BH_INVALID, "%s 没有社区", "%s has no community", area->unit);
    }
    return true;
}

static struct bh_str name_part(struct jilin_world *world, int part)
{
    const struct jilin_list *list = &world->parts[part];
    int64_t total = JILIN_AT(*list, jilin_name_part, list->count - 1)->upto;
    int64_t draw = jilin_random_between(&world->random, 0, total - 1);
    size_t index = 0;
    while (JILIN_AT(*list, jilin_name_part, index)->upto <= draw)
        index++;
    return JILIN_AT(*list, jilin_name_part, index)->text;
}

static void name_write(struct jilin_world *world, char *out, size_t size)
{
    struct bh_str surname = name_part(world, JILIN_SURNAME), first, last = {"", 0};
    if (jilin_random_chance(&world->random, 400)) {
        first = name_part(world, JILIN_SINGLE);
    } else {
        first = name_part(world, JILIN_FIRST);
        last = name_part(world, JILIN_LAST);
    }
    (void)snprintf(out, size, "%.*s%.*s%.*s", (int)surname.len, surname.at, (int)first.len,
                   first.at, (int)last.len, last.at);
}

void jilin_official_name(struct jilin_world *world, char *out, size_t size)
{
    name_write(world, out, size);
}

/* Shape of the census of 2020: 11.71 % are 0 to 14, 65.23 % are 15 to 59, 23.06 % are older. */
static int birth_year(struct jilin_random *random)
{
    uint32_t draw = jilin_random_below(random, 10000);
    int64_t age;
    if (draw < 1171)
        age = jilin_random_between(random, 1, 14);
    else if (draw < 1171 + 6523)
        age = jilin_random_between(random, 15, 59);
    else /* fewer and fewer with age */
        age = 60 + jilin_random_between(random, 0, jilin_random_between(random, 4, 36));
    return 2022 - (int)age;
}

/* 999999 is no division of GB/T 2260, so nobody holds such a document. Odd serials are male. */
static void document_write(struct jilin_world *world, struct jilin_person *person)
{
    int year = person->birth_year - JILIN_BIRTH_FIRST;
    uint32_t day;
    uint16_t *given;
    do {
        day = jilin_random_below(&world->random, JILIN_BIRTH_DAYS);
        given =
            &world->births[((uint32_t)year * JILIN_BIRTH_DAYS + day) * 2 + (person->male ? 1 : 0)];
    } while (*given >= 499);
    unsigned serial = 2U * (*given)++ + (person->male ? 1U : 2U);
    char digits[48]; /* the compiler does not know that 17 are enough */
    (void)snprintf(digits, sizeof digits, "999999%04d%02u%02u%03u", person->birth_year,
                   day / 28 + 1, day % 28 + 1, serial);
    memcpy(person->document, digits, 17);
    person->document[17] = bh_document_check(person->document);
    person->document[18] = 0;
}

static void address_write(struct jilin_world *world, struct jilin_person *person,
                          const struct jilin_division *home)
{
    const struct jilin_area *area = JILIN_AT(world->areas, jilin_area, person->area);
    const struct jilin_area *city = JILIN_AT(world->areas, jilin_area, person->city);
    const struct jilin_division *town = home->parent ? &world->divisions[home->parent - 1] : home;
    struct jilin_random *random = &world->random;
    unsigned building = jilin_random_below(random, 40) + 1,
             entrance = jilin_random_below(random, 6) + 1;
    unsigned floor = jilin_random_below(random, 6) + 1, door = jilin_random_below(random, 3) + 1;
    (void)snprintf(
        person->address, sizeof person->address, "%.*s%.*s%s%s%u号楼%u单元%u0%u室（虚构）",
        area == city ? 0 : (int)city->name_zh.len, city->name_zh.at, (int)area->name_zh.len,
        area->name_zh.at, town->name, home->name, building, entrance, floor, door);
}

static void ct_write(struct jilin_random *random, struct jilin_person *person)
{
    person->ct_orf1ab = (int)jilin_random_between(random, 1700, 3480);
    person->ct_n = person->ct_orf1ab + (int)jilin_random_between(random, -250, 150);
}

static uint32_t person_add_at(struct jilin_world *world, enum jilin_person_kind kind, uint32_t area,
                              uint32_t home)
{
    struct jilin_random *random = &world->random;
    uint32_t index = (uint32_t)world->persons.count;
    struct jilin_person *person = jilin_list_add(&world->persons);
    const struct jilin_division *division = &world->divisions[home];
    const struct jilin_area *place = JILIN_AT(world->areas, jilin_area, area);
    person->kind = kind;
    person->area = area;
    person->city = place->kind == JILIN_CITY ? area : place->parent;
    person->pool = -1;
    memcpy(person->division, division->code, 12);
    person->male = jilin_random_chance(random, 499);
    person->birth_year = birth_year(random);
    name_write(world, person->name, sizeof person->name);
    document_write(world, person);
    /* 48271 and 10^8 share no factor, so no two numbers are equal. */
    (void)snprintf(
        person->phone, sizeof person->phone, "100%08u",
        (unsigned)((world->phone_count++ * UINT64_C(48271) + world->phone_offset) % 100000000));
    address_write(world, person, division);
    ct_write(random, person);
    return index;
}

uint32_t jilin_person_add(struct jilin_world *world, enum jilin_person_kind kind, uint32_t area)
{
    const struct jilin_homes *homes = &world->homes[area];
    return person_add_at(world, kind, area,
                         homes->at[jilin_random_below(&world->random, homes->count)]);
}

uint32_t jilin_neighbour_add(struct jilin_world *world, uint32_t neighbour)
{
    const struct jilin_person *known = JILIN_AT(world->persons, jilin_person, neighbour);
    const struct jilin_homes *homes = &world->homes[known->area];
    uint32_t home = homes->at[0];
    for (size_t index = 0; index < homes->count; index++) {
        if (strcmp(world->divisions[homes->at[index]].code, known->division) == 0)
            home = homes->at[index];
    }
    return person_add_at(world, JILIN_MEMBER, known->area, home);
}

void jilin_tube_code(struct jilin_world *world, char letter, char *out, size_t size)
{
    (void)snprintf(out, size, "%c%08u", letter, (unsigned)++world->tube_count);
}
