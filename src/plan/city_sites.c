/* Sites, samplers and doors: who comes into which tube, and when. */
#include "base/time.h"
#include "plan/city_round_private.h"

#include <stdio.h>
#include <string.h>

enum { DRAW_OPEN = 11, DRAW_HOME, DRAW_EXEMPT, DRAW_ISOLATED, DRAW_RECEIPT, TOLD_MINUTES = 120 };

/* ---- where sites are ---- */

static struct city_site *site_add(struct city *city, uint32_t county, uint32_t community,
                                  uint32_t first, uint32_t end)
{
    city->sites = city_room(city->sites, city->site_count, &city->site_room, sizeof *city->sites);
    struct city_site *site = &city->sites[city->site_count++];
    *site =
        (struct city_site){.county = county, .community = community, .cursor = first, .end = end};
    site->stations = (end - first) / city->figures.station_people + 1;
    site->samplers = (end - first) / city->figures.sampler_people + 1;
    return site;
}

static uint32_t county_of(const struct city *city, size_t community)
{
    int64_t leaf = roll_maker_community(city->maker, community)->leaf;
    const struct unit *unit = areas_lowest(city->ledger->areas, leaf, CITY_ROUND_BEGIN_MS);
    uint32_t county = 0;
    while (city->counties[county].unit != unit)
        county++;
    return county;
}

/* People of a run of communities, in sites of about the same size; no household is parted. */
static void sites_cut(struct city *city, uint32_t county, size_t community, uint32_t first,
                      uint32_t end)
{
    uint32_t size = (uint32_t)city->figures.site_people, count = (end - first + size / 2) / size;
    count = count > 0 ? count : 1;
    for (uint32_t i = 0, from = first; i < count; i++) {
        uint32_t upto = first + (uint32_t)((uint64_t)(end - first) * (i + 1) / count);
        while (upto < end && !(city->people[upto] & PERSON_HOME))
            upto++;
        (void)site_add(city, county, (uint32_t)community, from, upto);
        from = upto;
    }
}

void city_sites_plan(struct city *city)
{
    size_t count = roll_maker_community_count(city->maker);
    for (size_t i = 0; i < count;) {
        const struct roll_maker_community *one = roll_maker_community(city->maker, i);
        uint32_t county = county_of(city, i), first = (uint32_t)one->first, end = first;
        size_t at = i;
        while (i < count && county_of(city, i) == county &&
               (int64_t)(end - first) < city->figures.site_people) {
            end += (uint32_t)roll_maker_community(city->maker, i)->residents;
            i++;
        }
        sites_cut(city, county, at, first, end);
    }
    int64_t open = city->figures.first_open, span = city->figures.last_open - open + 1;
    for (size_t i = 0; i < city->site_count; i++)
        city_later(city,
                   CITY_ROUND_ORDER_MS +
                       (open + city_draw(city, DRAW_OPEN, i, (uint32_t)span)) * BH_MINUTE_MS,
                   CITY_OPEN, i);
    city->report->sites = (int64_t)city->site_count;
}

/* ---- tubes ---- */

/* 60 bits by chance, never 0. */
static int64_t receipt_of(const struct city *city, uint32_t person)
{
    uint64_t high = city_draw(city, DRAW_RECEIPT, 2 * (uint64_t)person, 1U << 30),
             low = city_draw(city, DRAW_RECEIPT, 2 * (uint64_t)person + 1, 1U << 30);
    return (int64_t)(high << 30 | low | 1);
}

static bool tube_sample(struct city *city, size_t index, int64_t at_ms, const uint32_t *people,
                        int count, struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    city->tubes = city_room(city->tubes, city->tube_count, &city->tube_room, sizeof *city->tubes);
    size_t number = city->tube_count++;
    struct city_tube *tube = &city->tubes[number];
    *tube =
        (struct city_tube){.people = (uint32_t)city->tube_people.count, .count = (uint8_t)count};
    city_body(city, "{\"round\":%lld,\"site\":%lld,\"code\":\"JL%08zu\",\"people\":[",
              (long long)city->report->round, (long long)site->site, number + 1);
    for (int i = 0; i < count; i++) {
        city_body(city, "%s{\"slot\":%u,\"receipt\":%lld}", i > 0 ? "," : "", people[i] + 1,
                  (long long)receipt_of(city, people[i]));
        city_slots_add(&city->tube_people, people[i]);
    }
    city_body(city, "]}");
    if (!city_do(city, at_ms, "sample_tube", &tube->tube, err))
        return false;
    city->owed -= count;
    city->unreported++;
    if (site->box_count == 0) {
        site->box_first = (uint32_t)site->tubes.count;
        site->box_since_ms = at_ms;
    }
    city_slots_add(&site->tubes, (uint32_t)number);
    site->box_count++;
    bool full = site->box_count >= city->figures.box_tubes ||
                at_ms - site->box_since_ms >= city->figures.box_wait * BH_MINUTE_MS;
    return !full || city_seal(city, index, at_ms, err);
}

static bool exempt(struct city *city, int64_t at_ms, uint32_t person, const char *reason,
                   struct bh_err *err)
{
    city_body(city, "{\"round\":%lld,\"slot\":%u,\"reason\":\"%s\"}",
              (long long)city->report->round, person + 1, reason);
    city->owed--;
    city->report->exempt_told++;
    return city_do(city, at_ms, "exempt_resident", NULL, err);
}

static uint32_t home_end(const struct city *city, uint32_t first, uint32_t end)
{
    uint32_t at = first + 1;
    while (at < end && !(city->people[at] & PERSON_HOME))
        at++;
    return at;
}

/* Nobody opens, or they refuse. Sealed homes do open. */
static bool home_missing(const struct city *city, uint32_t first)
{
    return !(city->people[first] & PERSON_SEALED) &&
           city_draw(city, DRAW_HOME, first, 1000) <
               (uint32_t)(city->figures.absent_homes + city->figures.refused_homes);
}

/* The next tube of a site, in door order; *ret_count 0 = everybody who comes has come. */
static bool tube_fill(struct city *city, size_t index, int64_t at_ms, uint32_t *ret, int *ret_count,
                      struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    *ret_count = 0;
    while (site->cursor < site->end) {
        uint32_t person = site->cursor;
        bool home = city->people[person] & PERSON_HOME,
             sealed = city->people[person] & PERSON_SEALED;
        uint32_t end = home ? home_end(city, person, site->end) : person + 1;
        if (home && home_missing(city, person)) {
            for (; site->cursor < end; site->cursor++)
                if (!(city->people[site->cursor] & PERSON_AWAY))
                    city_slots_add(&site->owed, site->cursor);
            continue;
        }
        if (home && sealed) {
            for (; site->cursor < end; site->cursor++)
                if (!(city->people[site->cursor] & PERSON_AWAY))
                    ret[(*ret_count)++] = site->cursor;
            if (*ret_count > 0)
                return true;
            continue;
        }
        site->cursor++;
        if (city->people[person] & PERSON_AWAY)
            continue;
        if (city_draw(city, DRAW_EXEMPT, person, 1000) < (uint32_t)city->figures.exempt_people) {
            if (!exempt(city, at_ms, person, person % 2 ? "medical" : "infant", err))
                return false;
            continue;
        }
        if (city->people[person] & PERSON_KEY) {
            ret[(*ret_count)++] = person;
            return true;
        }
        site->pool[site->pool_count++] = person;
        if (site->pool_count == city->figures.pool_size)
            break;
    }
    memcpy(ret, site->pool, (size_t)site->pool_count * sizeof *ret);
    *ret_count = site->pool_count;
    site->pool_count = 0;
    return true;
}

/* ---- events of a site ---- */

static bool site_open(struct city *city, size_t index, int64_t at_ms, struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    const struct roll_maker_community *community =
        roll_maker_community(city->maker, site->community);
    city_body(city,
              "{\"round\":%lld,\"area\":\"%s\",\"institution\":%lld,\"name\":\"%.90s第%zu采样点\","
              "\"stations\":%lld,\"samplers\":%lld}",
              (long long)city->report->round, community->code,
              (long long)city->counties[site->county].sampling, community->name, index + 1,
              (long long)site->stations, (long long)site->samplers);
    if (!city_do(city, at_ms, "open_site", &site->site, err))
        return false;
    city_later(city, at_ms + 2 * BH_MINUTE_MS, CITY_TUBE, index);
    city_later(city, at_ms + TOLD_MINUTES * BH_MINUTE_MS, CITY_TOLD, index);
    return true;
}

static int64_t person_ms(int64_t people_an_hour)
{
    return BH_HOUR_MS / people_an_hour;
}

static bool site_tube(struct city *city, size_t index, int64_t at_ms, struct bh_err *err)
{
    uint32_t people[CITY_POOL_MAX];
    int count = 0;
    if (!tube_fill(city, index, at_ms, people, &count, err))
        return false;
    if (count == 0) {
        city_later(city, at_ms + BH_HOUR_MS / 2, CITY_MISSED, index);
        return city->sites[index].box_count == 0 || city_seal(city, index, at_ms, err);
    }
    if (!tube_sample(city, index, at_ms, people, count, err))
        return false;
    city_later(city, at_ms + count * person_ms(city->figures.site_people_an_hour), CITY_TUBE,
               index);
    return true;
}

/* The queue is longest in the middle. */
static bool site_told(struct city *city, size_t index, int64_t at_ms, struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    uint32_t left = site->end - site->cursor;
    if (left == 0)
        return true;
    uint32_t queue = left / 20;
    city_body(city, "{\"site\":%lld,\"queue\":%u,\"waiting_minutes\":%lld,\"samplers\":%lld}",
              (long long)site->site, queue,
              (long long)(queue * 60 / city->figures.site_people_an_hour),
              (long long)site->samplers);
    city_later(city, at_ms + TOLD_MINUTES * BH_MINUTE_MS, CITY_TOLD, index);
    return city_do(city, at_ms, "tell_site", NULL, err);
}

/* Doors where nobody was met are noted, household by household. */
static bool site_missed(struct city *city, size_t index, int64_t at_ms, struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    for (size_t i = 0; i < site->owed.count; i++) {
        uint32_t person = site->owed.at[i];
        if (!(city->people[person] & PERSON_HOME))
            continue;
        bool refused =
            city_draw(city, DRAW_HOME, person, 1000) >= (uint32_t)city->figures.absent_homes;
        city_body(city, "{\"round\":%lld,\"slot\":%u,\"count\":1,\"reason\":\"%s\"}",
                  (long long)city->report->round, person + 1, refused ? "refused" : "absent");
        city->report->doors_missed++;
        if (!city_do(city, at_ms, "record_missed", NULL, err))
            return false;
    }
    return true;
}

/* At the doors: those found to be isolated elsewhere are exempt, the others sampled. */
static bool site_sweep(struct city *city, size_t index, int64_t at_ms, struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    uint32_t people[CITY_POOL_MAX];
    int count = 0;
    while (site->owed_next < site->owed.count && count < city->figures.pool_size) {
        uint32_t person = site->owed.at[site->owed_next], home = person;
        bool single = city->people[person] & PERSON_KEY;
        while (!(city->people[home] & PERSON_HOME))
            home--;
        if (single && count > 0)
            break;
        site->owed_next++;
        if (city_draw(city, DRAW_ISOLATED, home, 1000) < (uint32_t)city->figures.isolated_homes) {
            if (!exempt(city, at_ms, person, "isolated", err))
                return false;
            continue;
        }
        people[count++] = person;
        if (single)
            break;
    }
    site->busy = count > 0;
    if (count == 0)
        return site->box_count == 0 || city_seal(city, index, at_ms, err);
    city_later(city, at_ms + count * person_ms(city->figures.door_people_an_hour), CITY_SWEEP,
               index);
    if (!tube_sample(city, index, at_ms, people, count, err))
        return false;
    /* The last door: the courier is not kept waiting. */
    bool last = site->owed_next == site->owed.count && site->box_count > 0;
    return !last || city_seal(city, index, at_ms, err);
}

/* When the plan's hour has come the round moves on by itself; the order may be in time all the same. */
static bool mop_up_begin(struct city *city, int64_t at_ms, struct bh_err *err)
{
    struct round_facts round;
    struct bh_err refused;
    bool ok = false;
    city_body(city, "{\"round\":%lld,\"to\":\"mop_up\"}", (long long)city->report->round);
    if (!city_try(city, at_ms, "move_round_on", NULL, &ok, &refused)) {
        *err = refused;
        return false;
    }
    if (!order_round(city->ledger->db, city->report->round, &round, err))
        return false;
    if (round.state != ROUND_MOP_UP)
        *err = refused;
    return round.state == ROUND_MOP_UP;
}

static bool mop_up(struct city *city, int64_t at_ms, struct bh_err *err)
{
    city->mopping = true;
    city->report->mop_up_ms = at_ms;
    if (!mop_up_begin(city, at_ms, err))
        return false;
    for (size_t i = 0; i < city->site_count; i++) {
        struct city_site *site = &city->sites[i];
        if (site->owed_next == site->owed.count)
            continue;
        site->busy = true;
        city_later(city,
                   at_ms + (city->figures.sweep_after +
                            city_draw(city, DRAW_OPEN, i, (uint32_t)city->figures.sweep_after)) *
                               BH_MINUTE_MS,
                   CITY_SWEEP, i);
    }
    return true;
}

bool city_site_event(struct city *city, const struct city_event *event, struct bh_err *err)
{
    size_t site = event->index;
    if (event->type == CITY_OPEN)
        return site_open(city, site, event->at_ms, err);
    if (event->type == CITY_TUBE)
        return site_tube(city, site, event->at_ms, err);
    if (event->type == CITY_TOLD)
        return site_told(city, site, event->at_ms, err);
    if (event->type == CITY_MISSED)
        return site_missed(city, site, event->at_ms, err);
    if (event->type == CITY_SWEEP)
        return site_sweep(city, site, event->at_ms, err);
    bh_assert(event->type == CITY_MOP_UP);
    return mop_up(city, event->at_ms, err);
}

/* Nobody is owed and nothing is under way: sampling ends, and the sites close. */
bool city_end_sampling(struct city *city, int64_t at_ms, struct bh_err *err)
{
    if (city->sampled || !city->mopping || city->owed > 0 || city->boxes_out > 0)
        return true;
    city->sampled = true;
    city->report->sampled_ms = at_ms;
    city_body(city, "{\"round\":%lld,\"to\":\"sampled_closed\"}", (long long)city->report->round);
    if (!city_do(city, at_ms, "move_round_on", NULL, err))
        return false;
    for (size_t i = 0; i < city->site_count; i++) {
        const struct city_site *site = &city->sites[i];
        city_body(city, "{\"site\":%lld,\"waste_bags\":%zu}", (long long)site->site,
                  site->tubes.count / 50 + 1);
        if (!city_do(city, at_ms, "close_site", NULL, err))
            return false;
    }
    return true;
}
