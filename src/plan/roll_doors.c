/* Who lives behind each door of a community, and the commands that list them. */
#include "base/check.h"
#include "plan/made.h"
#include "plan/roll_maker_private.h"
#include "round/roll_events.h"

#include <stdio.h>
#include <string.h>

enum {
    BIRTH_YEAR_NOW = 2022,
    ADULT = 20,
    /* Documents: 99 and four more digits that are never 9999 (the other exercise has those), the birth, a serial. */
    PREFIXES = 9999,
    SERIALS = 1000,
    DAYS = 28,
    PHONES = 100000000,
};
/* Shares no factor with PREFIXES * SERIALS nor with PHONES: a walk over all of them. */
#define STEP UINT64_C(48271)

static bool chance(uint64_t *state, int64_t per_1000)
{
    return made_below(state, 1000) < (uint32_t)per_1000;
}

static void *room_for(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 1024;
    return bh_realloc(list, *room * size);
}

/* ---- one person ---- */

static char *put(char *to, struct bh_str text)
{
    memcpy(to, text.at, text.len);
    return to + text.len;
}

static char *put_digits(char *to, uint64_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + digits;
}

static void name_make(const struct roll_maker *maker, uint64_t *state, struct bh_str surname,
                      char *out)
{
    uint64_t draw = made_next(state);
    char *end = put(out, surname);
    if (draw >> 62 == 0) {
        end = put(end, maker->single[draw % ROLL_DRAWS]);
    } else {
        end = put(end, maker->first[draw % ROLL_DRAWS]);
        end = put(end, maker->last[draw / ROLL_DRAWS % ROLL_DRAWS]);
    }
    *end = 0;
}

void roll_maker_name(const struct roll_maker *maker, uint64_t number, char out[32])
{
    uint64_t state = maker->seed ^ made_mix(~number);
    struct bh_str surname = maker->surname[made_next(&state) % ROLL_DRAWS];
    name_make(maker, &state, surname, out);
}

static int age_make(const struct roll_maker_figures *figures, uint64_t *state, bool adult)
{
    uint32_t draw = made_below(state, 10000);
    if (draw < (uint32_t)figures->age_60_plus) /* fewer and fewer with age */
        return 60 + (int)made_below(state, 5 + made_below(state, 33));
    if (draw >= 10000 - (uint32_t)figures->age_0_14 && !adult)
        return (int)made_below(state, 15);
    return adult ? ADULT + (int)made_below(state, 60 - ADULT) : 15 + (int)made_below(state, 45);
}

/* Two people with the same prefix and serial are PREFIXES * SERIALS apart: they get different days of the month. */
static void document_make(const struct roll_maker *maker, int64_t person, int age, uint64_t *state,
                          char *out)
{
    const uint64_t all = (uint64_t)PREFIXES * SERIALS;
    uint64_t number = (uint64_t)person % all, lap = (uint64_t)person / all;
    uint64_t place = (number * STEP + maker->seed) % all;
    uint64_t day = (made_mix(maker->seed ^ number) + lap) % DAYS + 1;
    char *end = put(out, BH_STR("99"));
    end = put_digits(end, place / SERIALS, 4);
    end = put_digits(end, (uint64_t)(BIRTH_YEAR_NOW - 1 - age), 4);
    end = put_digits(end, made_below(state, 12) + 1, 2);
    end = put_digits(end, day, 2);
    end = put_digits(end, place % SERIALS, 3);
    *end = bh_document_check(out);
    end[1] = 0;
}

static void phone_make(const struct roll_maker *maker, int64_t person, char *out)
{
    char *end = put(out, BH_STR("100"));
    end = put_digits(end, ((uint64_t)person * STEP + (maker->seed >> 8)) % PHONES, 8);
    *end = 0;
}

/* ---- one home ---- */

/* A community while it is made. */
struct making {
    const struct roll_maker *maker;
    const struct roll_maker_community *community;
    struct roll_maker_doors *doors;
    uint64_t state;
    int64_t left; /* people of families still to be placed */
    int32_t building;
    int64_t home; /* homes so far of this kind */
};

static void people_make(struct making *making, uint32_t count, int category)
{
    const struct roll_maker *maker = making->maker;
    struct roll_maker_doors *doors = making->doors;
    struct bh_str surname = maker->surname[made_next(&making->state) % ROLL_DRAWS];
    for (uint32_t i = 0; i < count; i++) {
        doors->people = room_for(doors->people, doors->person_count, &doors->person_room,
                                 sizeof *doors->people);
        struct roll_maker_person *one = &doors->people[doors->person_count];
        int64_t number = making->community->first + (int64_t)doors->person_count++;
        bool family = category != RESIDENT_INSTITUTIONAL;
        /* A husband or wife has a name of another family, the others that of the first; in a dormitory each his own. */
        bool other = !family || i == 1;
        name_make(maker, &making->state,
                  other ? maker->surname[made_next(&making->state) % ROLL_DRAWS] : surname,
                  one->name);
        int age = age_make(&maker->figures, &making->state, i == 0 || !family);
        document_make(maker, number, age, &making->state, one->document);
        one->phone[0] = 0;
        if (i == 0)
            phone_make(maker, number, one->phone);
        one->category = (uint8_t)category;
        one->key = age >= ADULT && age < 60 && chance(&making->state, maker->figures.key_people);
    }
}

static struct roll_maker_home *home_add(struct making *making, uint32_t count, int category)
{
    struct roll_maker_doors *doors = making->doors;
    doors->homes =
        room_for(doors->homes, doors->home_count, &doors->home_room, sizeof *doors->homes);
    struct roll_maker_home *home = &doors->homes[doors->home_count++];
    *home = (struct roll_maker_home){.first = (uint32_t)doors->person_count, .count = count};
    people_make(making, count, category);
    return home;
}

static uint32_t family_size(struct making *making)
{
    uint32_t draw = made_below(&making->state, 100000), upto = 0;
    for (uint32_t size = 1; size <= ROLL_SIZES; size++) {
        upto += (uint32_t)making->maker->figures.household_of[size - 1];
        if (draw < upto)
            return size < making->left ? size : (uint32_t)making->left;
    }
    return 1;
}

static int family_category(struct making *making)
{
    const struct roll_maker_figures *figures = &making->maker->figures;
    uint32_t draw = made_below(&making->state, 1000);
    if (draw < (uint32_t)figures->temporary_homes)
        return RESIDENT_TEMPORARY;
    return draw < (uint32_t)(figures->temporary_homes + figures->floating_homes)
               ? RESIDENT_FLOATING
               : RESIDENT_PERMANENT;
}

/* 3号楼2单元501室 in a town, 2组17号 in a village. */
static void place_home(struct making *making, struct roll_maker_home *home)
{
    const struct roll_maker_figures *figures = &making->maker->figures;
    int64_t index = making->home++;
    if (!making->community->urban) {
        home->building = (int32_t)(index / figures->lane_houses) + 1;
        (void)snprintf(home->door, sizeof home->door, "%d组%d号", home->building,
                       (int)(index % figures->lane_houses) + 1);
    } else {
        int64_t entrance = figures->floors * figures->doors, door = index % entrance;
        home->building = (int32_t)(index / (entrance * figures->entrances)) + 1;
        home->unit = (int32_t)(index / entrance % figures->entrances) + 1;
        (void)snprintf(home->door, sizeof home->door, "%d号楼%d单元%d%02d室", home->building,
                       home->unit, (int)(door / figures->doors) + 1,
                       (int)(door % figures->doors) + 1);
    }
    making->building = home->building;
}

void roll_maker_make(const struct roll_maker *maker, size_t community, struct roll_maker_doors *ret)
{
    const struct roll_maker_community *one = &maker->communities[community];
    const struct roll_maker_figures *figures = &maker->figures;
    int64_t collective = one->residents * figures->collective_people / 10000;
    struct making making = {
        .maker = maker,
        .community = one,
        .doors = ret,
        .state = maker->seed ^ made_mix((uint64_t)one->leaf * 2 + 1),
        .left = one->residents - collective,
    };
    ret->home_count = ret->person_count = 0;
    while (making.left > 0) {
        uint32_t size = family_size(&making);
        struct roll_maker_home *home = home_add(&making, size, family_category(&making));
        home->sealed = chance(&making.state, figures->sealed_homes);
        place_home(&making, home);
        making.left -= size;
    }
    making.building++;
    for (int64_t room = 1; collective > 0; room++) {
        uint32_t span = (uint32_t)(figures->room_most - figures->room_least + 1);
        int64_t size = figures->room_least + made_below(&making.state, span);
        size = size < collective ? size : collective;
        struct roll_maker_home *home = home_add(&making, (uint32_t)size, RESIDENT_INSTITUTIONAL);
        home->building = making.building;
        (void)snprintf(home->door, sizeof home->door, "集体宿舍%d室", (int)room);
        collective -= size;
    }
}

void roll_maker_doors_done(struct roll_maker_doors *doors)
{
    bh_free(doors->homes);
    bh_free(doors->people);
    *doors = (struct roll_maker_doors){0};
}

/* ---- bodies of list_residents ---- */

/* Nothing made here holds a quote, a backslash or a control character. */
static void write_text(struct bh_buf *out, const char *name, const char *text)
{
    bh_buf_text(out, name);
    bh_buf_text(out, text);
    bh_buf_byte(out, '"');
}

static void write_person(struct bh_buf *out, const struct roll_maker_person *one)
{
    write_text(out, "{\"name\":\"", one->name);
    write_text(out, ",\"document\":\"", one->document);
    if (one->phone[0])
        write_text(out, ",\"phone\":\"", one->phone);
    write_text(out, ",\"category\":\"", resident_categories[one->category].name);
    bh_buf_text(out, one->key ? ",\"key\":true}" : "}");
}

static void write_home(struct bh_buf *out, const struct roll_maker_doors *doors,
                       const struct roll_maker_home *home)
{
    bh_buf_format(out, "{\"building\":%d", home->building);
    if (home->unit > 0)
        bh_buf_format(out, ",\"unit\":%d", home->unit);
    write_text(out, ",\"door\":\"", home->door);
    bh_buf_text(out, home->sealed ? ",\"sealed_home\":true,\"residents\":[" : ",\"residents\":[");
    for (uint32_t i = 0; i < home->count; i++) {
        if (i > 0)
            bh_buf_byte(out, ',');
        write_person(out, &doors->people[home->first + i]);
    }
    bh_buf_text(out, "]}");
}

bool roll_maker_bodies_next(struct roll_maker_bodies *bodies, int64_t roll, struct bh_buf *out)
{
    struct roll_maker_doors *doors = &bodies->doors;
    if (bodies->made && bodies->home == doors->home_count) {
        bodies->community++;
        bodies->made = false;
    }
    if (bodies->community >= bodies->end)
        return false;
    const struct roll_maker_community *one = &bodies->maker->communities[bodies->community];
    if (!bodies->made) {
        roll_maker_make(bodies->maker, bodies->community, doors);
        bodies->made = true;
        bodies->home = 0;
    }
    bodies->of = bodies->community;
    bodies->first = one->first + doors->homes[bodies->home].first;
    bodies->count = 0;
    bh_buf_reset(out);
    bh_buf_format(out, "{\"roll\":%lld,\"area\":\"%s\",\"households\":[", (long long)roll,
                  one->code);
    for (; bodies->home < doors->home_count; bodies->home++) {
        const struct roll_maker_home *home = &doors->homes[bodies->home];
        if (bodies->count + (int)home->count > ROLL_BLOCK_RESIDENTS)
            break;
        if (bodies->count > 0)
            bh_buf_byte(out, ',');
        write_home(out, doors, home);
        bodies->count += (int)home->count;
    }
    bh_buf_text(out, "]}");
    return true;
}

void roll_maker_bodies_done(struct roll_maker_bodies *bodies)
{
    roll_maker_doors_done(&bodies->doors);
}
