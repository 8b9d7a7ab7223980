/* Before the round: teams, laboratories, named people, the roll; then the order, and help where it is short. */
#include "base/csv.h"
#include "base/embedded.h"
#include "base/time.h"
#include "plan/city_round_private.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DRAW_AWAY = 1, DRAW_INFECTED, DAY_HOURS = 24 };

#define OFFICES_MS (CITY_ROUND_BEGIN_MS + 10 * BH_MINUTE_MS)
#define ROLL_MS    (CITY_ROUND_BEGIN_MS + 2 * BH_HOUR_MS)
#define CHANGES_MS (CITY_ROUND_BEGIN_MS + 13 * BH_HOUR_MS)
#define ASKED_MS   (CITY_ROUND_ORDER_MS - 40 * BH_MINUTE_MS)
#define HELP_MS    (CITY_ROUND_ORDER_MS - 15 * BH_MINUTE_MS)

static struct bh_str text_of(const char *path)
{
    const struct embedded_file *file = embedded_find(path);
    bh_assert(file);
    return (struct bh_str){(const char *)file->data, file->size};
}

/* ---- figures ---- */

static const struct {
    const char *item;
    size_t offset;
} figure_rows[] = {
#define FIGURE(name)                                                                               \
    {                                                                                              \
#name, offsetof(struct city_figures, name)                                                 \
    }
    FIGURE(laboratories),        FIGURE(own_tubes_a_day), FIGURE(help_laboratories),
    FIGURE(help_tubes_a_day),    FIGURE(pool_size),       FIGURE(site_people),
    FIGURE(station_people),      FIGURE(sampler_people),  FIGURE(site_people_an_hour),
    FIGURE(door_people_an_hour), FIGURE(first_open),      FIGURE(last_open),
    FIGURE(box_tubes),           FIGURE(box_wait),        FIGURE(pick_up_least),
    FIGURE(pick_up_most),        FIGURE(drive_least),     FIGURE(drive_most),
    FIGURE(test_time),           FIGURE(resample_after),  FIGURE(resample_drive),
    FIGURE(resample_test),       FIGURE(mop_up),          FIGURE(sweep_after),
    FIGURE(away_people),         FIGURE(exempt_people),   FIGURE(absent_homes),
    FIGURE(refused_homes),       FIGURE(isolated_homes),  FIGURE(infected),
    FIGURE(miscounted_boxes),    FIGURE(damaged_tubes),
#undef FIGURE
};

bool city_figures_read(struct city_figures *ret, struct bh_err *err)
{
    enum { ROWS = sizeof figure_rows / sizeof figure_rows[0] };
    struct csv_reader reader;
    struct bh_arena arena;
    size_t found = 0;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    csv_open(&reader, text_of("data/jilin-2022/round.csv"), &arena);
    while (csv_next(&reader))
        for (size_t i = 0; i < ROWS && reader.field_count > 1; i++) {
            int64_t value = 0;
            if (!bh_str_is(reader.field[0], figure_rows[i].item) ||
                !bh_str_to_int(reader.field[1], &value) || value < 1 || value > 100000000)
                continue;
            memcpy((char *)ret + figure_rows[i].offset, &value, sizeof value);
            found++;
        }
    bh_arena_done(&arena);
    bool sizes = found == ROWS && ret->pool_size <= CITY_POOL_MAX &&
                 ret->laboratories + ret->help_laboratories <= CITY_LABS_MAX;
    return sizes || bh_fail(err, BH_CORRUPT, "round.csv 不完整", "round.csv is not complete");
}

/* ---- institutions and people ---- */

static bool institution(struct city *city, int64_t at_ms, const char *area, const char *kind,
                        const char *name, int64_t *ret, struct bh_err *err)
{
    city_body(city, "{\"area\":\"%s\",\"kind\":\"%s\",\"name\":\"%s\"}", area, kind, name);
    return city_do(city, at_ms, "register_institution", ret, err);
}

/* A post, somebody in it, and what he may do there: grants are for units, so a community's is for its county. */
static bool post(struct city *city, const char *area, const char *unit, int64_t institution_number,
                 const char *role, const char *title, struct bh_err *err)
{
    char name[32];
    int64_t post_number = 0, user = 0;
    roll_maker_name(city->maker, (uint64_t)city->post_count++, name);
    city_body(city, "{\"area\":\"%s\",\"institution\":%lld,\"role\":\"%s\",\"title\":\"%s\"}", area,
              (long long)institution_number, role, title);
    if (!city_do(city, OFFICES_MS, "create_post", &post_number, err))
        return false;
    city_body(city, "{\"display\":\"%s\"}", name);
    if (!city_do(city, OFFICES_MS, "register_user", &user, err))
        return false;
    city_body(city, "{\"post\":%lld,\"user\":%lld}", (long long)post_number, (long long)user);
    if (!city_do(city, OFFICES_MS, "fill_post", NULL, err))
        return false;
    city_body(city, "{\"user\":%lld,\"role\":\"%s\",\"area\":\"%s\"}", (long long)user, role, unit);
    return city_do(city, OFFICES_MS, "grant_role", NULL, err);
}

static bool posts(struct city *city, const char *area, int64_t institution_number,
                  const char *const (*list)[2], struct bh_err *err)
{
    for (; (*list)[0]; list++)
        if (!post(city, area, area, institution_number, (*list)[0], (*list)[1], err))
            return false;
    return true;
}

static bool county_setup(struct city *city, struct city_county *county, struct bh_err *err)
{
    static const char *const headquarters[][2] = {{"county_headquarters", "指挥部值班主任"},
                                                  {"contracting_leader", "包保领导"},
                                                  {NULL, NULL}},
                             *const teams[][2] = {{"community_sampling_team", "采样队长"},
                                                  {"site_leader", "采样点总长"},
                                                  {NULL, NULL}},
                             *const couriers[][2] = {{"courier", "标本转运队长"}, {NULL, NULL}};
    const char *area = county->unit->id;
    char name[160];
    int64_t office = 0;
    (void)snprintf(name, sizeof name, "%.100s疫情防控指挥部", county->unit->zh);
    if (!institution(city, OFFICES_MS, area, "headquarters", name, &office, err) ||
        !posts(city, area, office, headquarters, err))
        return false;
    (void)snprintf(name, sizeof name, "%.100s采样队", county->unit->zh);
    if (!institution(city, OFFICES_MS, area, "sampling_team", name, &county->sampling, err) ||
        !posts(city, area, county->sampling, teams, err))
        return false;
    (void)snprintf(name, sizeof name, "%.100s标本转运队", county->unit->zh);
    return institution(city, OFFICES_MS, area, "transfer_team", name, &county->couriers, err) &&
           posts(city, area, county->couriers, couriers, err);
}

static bool city_offices(struct city *city, struct bh_err *err)
{
    static const char *const list[][2] = {
        {"city_headquarters", "指挥部值班主任"}, {"first_responsible", "第一责任人"}, {NULL, NULL}};
    int64_t office = 0;
    return institution(city, OFFICES_MS, "220200", "headquarters", "吉林市疫情防控指挥部", &office,
                       err) &&
           posts(city, "220200", office, list, err);
}

/* Each community has somebody who knocks at its doors. */
static bool grid_setup(struct city *city, struct bh_err *err)
{
    for (size_t i = 0; i < roll_maker_community_count(city->maker); i++) {
        const struct roll_maker_community *one = roll_maker_community(city->maker, i);
        const struct unit *unit = areas_lowest(city->ledger->areas, one->leaf, CITY_ROUND_BEGIN_MS);
        for (size_t k = 0; k < city->county_count; k++)
            if (city->counties[k].unit == unit &&
                !post(city, one->code, unit->id, city->counties[k].sampling, "grid_chief", "网格长",
                      err))
                return false;
    }
    return true;
}

/* ---- laboratories ---- */

static int64_t scaled(const struct city *city, int64_t value)
{
    return value * city->options->per_million / 1000000;
}

/* `count` laboratories that share so many tubes a day; the shares of an hour add up. */
static bool laboratories(struct city *city, int64_t at_ms, const char *name, int64_t count,
                         int64_t tubes_a_day, struct bh_err *err)
{
    int64_t an_hour = scaled(city, tubes_a_day) / DAY_HOURS, given = 0;
    for (int64_t i = 0; i < count; i++) {
        struct city_lab *lab = &city->labs[city->lab_count];
        const struct city_county *county = &city->counties[(size_t)i % city->county_count];
        char title[160];
        int64_t upto = an_hour * (i + 1) / count;
        lab->tubes_per_hour = upto - given;
        given = upto;
        (void)snprintf(title, sizeof title, "%s第%d实验室", name, (int)i + 1);
        if (lab->tubes_per_hour == 0)
            continue;
        if (!institution(city, at_ms, county->unit->id, "laboratory", title, &lab->institution,
                         err) ||
            (at_ms == OFFICES_MS && !post(city, county->unit->id, county->unit->id,
                                          lab->institution, "testing_lab", "检测组长", err)))
            return false;
        city_body(city, "{\"institution\":%lld,\"tubes_per_hour\":%lld}",
                  (long long)lab->institution, (long long)lab->tubes_per_hour);
        if (!city_do(city, at_ms, "tell_capacity", NULL, err))
            return false;
        city->lab_count++;
    }
    return true;
}

static bool samplers(struct city *city, struct bh_err *err)
{
    for (size_t i = 0; i < city->county_count; i++) {
        const struct city_county *county = &city->counties[i];
        city_body(city, "{\"institution\":%lld,\"samplers\":%lld}", (long long)county->sampling,
                  (long long)(county->people / city->figures.sampler_people + 1));
        if (!city_do(city, OFFICES_MS, "tell_capacity", NULL, err))
            return false;
    }
    return true;
}

/* ---- the roll ---- */

static void counties_find(struct city *city)
{
    for (size_t i = 0; i < roll_maker_community_count(city->maker); i++) {
        const struct roll_maker_community *one = roll_maker_community(city->maker, i);
        const struct unit *unit = areas_lowest(city->ledger->areas, one->leaf, CITY_ROUND_BEGIN_MS);
        size_t k = 0;
        while (k < city->county_count && city->counties[k].unit != unit)
            k++;
        bh_assert(k < CITY_COUNTIES_MAX);
        if (k == city->county_count)
            city->counties[city->county_count++].unit = unit;
        city->counties[k].people += one->residents;
    }
}

/* What the round has to know of each person. */
static void people_note(struct city *city, const struct roll_maker_bodies *bodies)
{
    const struct roll_maker_doors *doors = &bodies->doors;
    int64_t first = roll_maker_community(city->maker, bodies->of)->first;
    for (size_t i = 0; i < doors->home_count; i++)
        for (uint32_t k = 0; k < doors->homes[i].count; k++) {
            uint32_t person = (uint32_t)first + doors->homes[i].first + k;
            unsigned flags = (k == 0 ? PERSON_HOME : 0U) |
                             (doors->homes[i].sealed ? PERSON_SEALED : 0U) |
                             (doors->people[doors->homes[i].first + k].key ? PERSON_KEY : 0U);
            if (city_draw(city, DRAW_AWAY, person, 1000) < (uint32_t)city->figures.away_people)
                flags |= PERSON_AWAY;
            if (city_draw(city, DRAW_INFECTED, person, 1000000) < (uint32_t)city->figures.infected)
                flags |= PERSON_INFECTED;
            city->people[person] = (uint8_t)flags;
        }
}

static bool roll_list(struct city *city, struct bh_err *err)
{
    struct roll_maker_bodies bodies = {.maker = city->maker,
                                       .end = roll_maker_community_count(city->maker)};
    int64_t total = roll_maker_total(city->maker), roll = 0;
    bool ok = true;
    city_body(city, "{\"area\":\"220200\",\"name\":\"吉林市全员名册（虚构）\"}");
    if (!city_do(city, ROLL_MS, "open_roll", &roll, err))
        return false;
    city->report->roll = roll;
    while (ok && roll_maker_bodies_next(&bodies, roll, &city->body)) {
        if (bodies.first == roll_maker_community(city->maker, bodies.of)->first)
            people_note(city, &bodies);
        /* Ten hours of typing, spread over the communities. */
        int64_t at_ms = ROLL_MS + bodies.first * 10 * BH_HOUR_MS / total;
        ok = city_do(city, at_ms, "list_residents", NULL, err);
        if (city->options->progress)
            city->options->progress(city->options->self, bodies.first / 2, total);
    }
    roll_maker_bodies_done(&bodies);
    return ok;
}

static bool changes_tell(struct city *city, struct bh_err *err)
{
    static const char *const changes[] = {"left", "left", "left", "moved", "abroad"};
    for (uint32_t i = 0; i < city->people_count; i++) {
        if (!(city->people[i] & PERSON_AWAY))
            continue;
        city_body(city, "{\"roll\":%lld,\"slot\":%u,\"change\":\"%s\"}",
                  (long long)city->report->roll, i + 1, changes[i % 5]);
        if (!city_do(city, CHANGES_MS, "change_resident", NULL, err))
            return false;
    }
    return true;
}

bool city_setup(struct city *city, struct bh_err *err)
{
    const struct unit *unit =
        areas_unit(city->ledger->areas, BH_STR("220200"), CITY_ROUND_BEGIN_MS);
    struct roll_maker_options options = {
        .seed = city->options->seed,
        .total = scaled(city, unit->population),
        .at_ms = CITY_ROUND_BEGIN_MS,
        .names = text_of("data/jilin-2022/names.csv"),
        .household = text_of("data/jilin-2022/roll.csv"),
    };
    if (!roll_maker_new(city->ledger->areas, unit, &options, &city->maker, err))
        return false;
    city->people_count = (uint32_t)options.total;
    city->people = bh_alloc(city->people_count);
    city->report->people = options.total;
    city->report->communities = (int64_t)roll_maker_community_count(city->maker);
    city->report->capacity = city->options->capacity_tubes_a_day > 0
                                 ? city->options->capacity_tubes_a_day
                                 : city->figures.own_tubes_a_day;
    counties_find(city);
    if (!city_offices(city, err))
        return false;
    for (size_t i = 0; i < city->county_count; i++)
        if (!county_setup(city, &city->counties[i], err))
            return false;
    return grid_setup(city, err) && samplers(city, err) &&
           laboratories(city, OFFICES_MS, "吉林市", city->figures.laboratories,
                        city->report->capacity, err) &&
           roll_list(city, err) && changes_tell(city, err);
}

/* ---- the order ---- */

static void order_body(struct city *city, const char *because)
{
    char starts[BH_TIME_TEXT];
    city_at(city, CITY_ROUND_ORDER_MS, starts);
    city_body(city,
              "{\"area\":\"220200\",\"roll\":%lld,\"starts\":\"%s\",\"pool_size\":%lld,"
              "\"household_tubes\":true,\"key_single\":true%s}",
              (long long)city->report->roll, starts, (long long)city->figures.pool_size, because);
}

bool city_order(struct city *city, bool *ret_go, struct bh_err *err)
{
    struct city_round_report *report = city->report;
    int64_t at_ms = ASKED_MS;
    bool ok = false;
    *ret_go = false;
    order_body(city, "");
    if (!city_try(city, at_ms, "order_round", &report->round, &ok, err))
        return false;
    if (!ok) {
        (void)snprintf(report->refused_zh, sizeof report->refused_zh, "%s", err->zh);
        (void)snprintf(report->refused_en, sizeof report->refused_en, "%s", err->en);
        at_ms = CITY_ROUND_ORDER_MS;
        report->help = city->figures.help_tubes_a_day;
        if (!laboratories(city, HELP_MS, "支援", city->figures.help_laboratories, report->help,
                          err))
            return false;
        order_body(city, "");
        if (!city_try(city, at_ms, "order_round", &report->round, &ok, err))
            return false;
    }
    if (!ok) {
        order_body(city, ",\"accept_shortfall\":\"疫情紧急，先行组织采样，同时请求支援\"");
        if (!city_do(city, at_ms, "order_round", &report->round, err))
            return false;
    }
    *ret_go = ok;
    return true;
}
