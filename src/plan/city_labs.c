/* Boxes on their way, laboratories, and what follows a positive pool. */
#include "base/time.h"
#include "plan/city_round_private.h"
#include "round/round_facts.h"

#include <stdio.h>

enum {
    DRAW_PICK_UP = 21,
    DRAW_DRIVE,
    DRAW_MISCOUNT,
    DRAW_DAMAGE,
    DRAW_CT,
    CT_LEAST = 1700,
    CT_SPREAD = 1700,
};

enum { SIGNER_BYTES = 64 };

/* With the part he plays: two people may bear one name. */
static const char *signer(const struct city *city, const char *part, uint64_t number,
                          char out[SIGNER_BYTES])
{
    char name[32];
    roll_maker_name(city->maker, 1000000 + number, name);
    (void)snprintf(out, SIGNER_BYTES, "%s（%s）", name, part);
    return out;
}

static struct city_tube *box_tube(struct city *city, const struct city_box *box, uint32_t i)
{
    return &city->tubes[city->sites[box->site].tubes.at[box->first + i]];
}

static int64_t minutes(struct city *city, uint32_t salt, size_t number, int64_t least, int64_t most)
{
    return (least + city_draw(city, salt, number, (uint32_t)(most - least + 1))) * BH_MINUTE_MS;
}

/* ---- boxes ---- */

bool city_seal(struct city *city, size_t index, int64_t at_ms, struct bh_err *err)
{
    struct city_site *site = &city->sites[index];
    city->boxes = city_room(city->boxes, city->box_count, &city->box_room, sizeof *city->boxes);
    size_t number = city->box_count++;
    struct city_box *box = &city->boxes[number];
    *box = (struct city_box){
        .site = (uint32_t)index, .first = site->box_first, .count = site->box_count};
    site->box_count = 0;
    city_body(city, "{\"round\":%lld,\"site\":%lld,\"code\":\"BX%07zu\",\"count\":%u,\"tubes\":[",
              (long long)city->report->round, (long long)site->site, number + 1, box->count);
    for (uint32_t i = 0; i < box->count; i++)
        city_body(city, "%s\"JL%08u\"", i > 0 ? "," : "", site->tubes.at[box->first + i] + 1);
    city_body(city, "]}");
    if (!city_do(city, at_ms, "seal_box", &box->box, err))
        return false;
    city->boxes_out++;
    city->report->boxes++;
    city_later(city,
               at_ms + minutes(city, DRAW_PICK_UP, number, city->figures.pick_up_least,
                               city->figures.pick_up_most),
               CITY_PICK_UP, number);
    return true;
}

/* The laboratory that would be through first. */
static uint32_t lab_with_room(const struct city *city, int64_t at_ms, uint32_t count)
{
    uint32_t best = 0;
    int64_t best_ms = INT64_MAX;
    for (uint32_t i = 0; i < city->lab_count; i++) {
        const struct city_lab *lab = &city->labs[i];
        int64_t begins = lab->free_ms > at_ms ? lab->free_ms : at_ms,
                done = begins + count * BH_HOUR_MS / lab->tubes_per_hour;
        if (done < best_ms) {
            best = i;
            best_ms = done;
        }
    }
    return best;
}

/* The laboratory is told as the box leaves, so that it knows what comes. */
static void lab_book(struct city *city, struct city_box *box, int64_t arrives_ms)
{
    box->lab = lab_with_room(city, arrives_ms, box->count);
    struct city_lab *lab = &city->labs[box->lab];
    int64_t begins = lab->free_ms > arrives_ms ? lab->free_ms : arrives_ms;
    lab->free_ms = begins + box->count * BH_HOUR_MS / lab->tubes_per_hour;
    box->through_ms = lab->free_ms;
}

static bool box_pick_up(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    struct city_box *box = &city->boxes[number];
    char from[SIGNER_BYTES], courier[SIGNER_BYTES];
    const struct city_county *county = &city->counties[city->sites[box->site].county];
    int64_t arrives_ms = at_ms + minutes(city, DRAW_DRIVE, number, city->figures.drive_least,
                                         city->figures.drive_most);
    lab_book(city, box, arrives_ms);
    city_body(city,
              "{\"box\":%lld,\"institution\":%lld,\"count\":%u,\"temperature_tenths\":%u,"
              "\"laboratory\":%lld,\"from_signature\":\"%s\",\"courier_signature\":\"%s\"}",
              (long long)box->box, (long long)county->couriers, box->count,
              20 + city_draw(city, DRAW_PICK_UP, number + 1, 40),
              (long long)city->labs[box->lab].institution, signer(city, "采样", box->site, from),
              signer(city, "转运", 100000 + number, courier));
    city_later(city, arrives_ms, CITY_RECEIVE, number);
    return city_do(city, at_ms, "pick_up_box", NULL, err);
}

/* Damaged tubes: their people are owed a sample again, at their doors. */
static void tube_damaged(struct city *city, const struct city_box *box, struct city_tube *tube,
                         int64_t at_ms)
{
    struct city_site *site = &city->sites[box->site];
    tube->damaged = true;
    city->owed += tube->count;
    city->unreported--;
    city->report->rejected++;
    for (uint32_t i = 0; i < tube->count; i++)
        city_slots_add(&site->owed, city->tube_people.at[tube->people + i]);
    if (city->mopping && !site->busy) {
        site->busy = true;
        city_later(city, at_ms + city->figures.sweep_after * BH_MINUTE_MS, CITY_SWEEP, box->site);
    }
}

static bool box_receive(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    struct city_box *box = &city->boxes[number];
    char courier[SIGNER_BYTES], to[SIGNER_BYTES];
    bool miscounted =
        city_draw(city, DRAW_MISCOUNT, number, 1000) < (uint32_t)city->figures.miscounted_boxes;
    uint32_t damaged = 0;
    const struct city_lab *lab = &city->labs[box->lab];
    city_body(city, "{\"box\":%lld,\"institution\":%lld,\"count\":%u,\"damaged\":[",
              (long long)box->box, (long long)lab->institution,
              box->count - (miscounted ? 1U : 0U));
    for (uint32_t i = 0; i < box->count; i++) {
        struct city_tube *tube = box_tube(city, box, i);
        if (city_draw(city, DRAW_DAMAGE, (uint64_t)(tube - city->tubes), 100000) >=
            (uint32_t)city->figures.damaged_tubes)
            continue;
        city_body(city, "%s{\"code\":\"JL%08u\",\"reason\":\"leak\"}", damaged++ > 0 ? "," : "",
                  city->sites[box->site].tubes.at[box->first + i] + 1);
        tube_damaged(city, box, tube, at_ms);
    }
    city_body(city, "],\"courier_signature\":\"%s\",\"to_signature\":\"%s\"}",
              signer(city, "转运", 100000 + number, courier),
              signer(city, "检验", 900000 + box->lab, to));
    if (!city_do(city, at_ms, "receive_box", NULL, err))
        return false;
    box->difference = city_fact(city, "count_differed");
    if (box->difference != 0) {
        city->report->differences++;
        city_later(city, at_ms + BH_HOUR_MS / 2, CITY_EXPLAIN, number);
    }
    city_later(city, box->through_ms + city->figures.test_time * BH_MINUTE_MS, CITY_RESULT, number);
    city->boxes_out--;
    return city_end_sampling(city, at_ms, err);
}

static bool box_explain(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    city_body(city, "{\"difference\":%lld,\"explanation\":\"复点无误，前次少数一管\"}",
              (long long)city->boxes[number].difference);
    return city_do(city, at_ms, "explain_difference", NULL, err);
}

/* ---- results ---- */

static int infected_in(const struct city *city, const struct city_tube *tube)
{
    int count = 0;
    for (uint32_t i = 0; i < tube->count; i++)
        count += (city->people[city->tube_people.at[tube->people + i]] & PERSON_INFECTED) != 0;
    return count;
}

static bool positive_tell(struct city *city, int64_t tube, int64_t institution, int64_t at_ms,
                          struct bh_err *err)
{
    uint32_t ct = CT_LEAST + city_draw(city, DRAW_CT, (uint64_t)tube, CT_SPREAD);
    city_body(city,
              "{\"tube\":%lld,\"institution\":%lld,\"verdict\":\"positive\",\"targets\":["
              "{\"target\":\"orf1ab\",\"ct\":%u,\"verdict\":\"positive\"},"
              "{\"target\":\"n\",\"ct\":%u,\"verdict\":\"positive\"}]}",
              (long long)tube, (long long)institution, ct, ct - 60);
    return city_do(city, at_ms, "result_tube", NULL, err);
}

static bool tube_positive(struct city *city, const struct city_box *box, uint32_t i, int64_t at_ms,
                          struct bh_err *err)
{
    const struct city_tube *tube = box_tube(city, box, i);
    if (!positive_tell(city, tube->tube, city->labs[box->lab].institution, at_ms, err))
        return false;
    if (tube->count == 1)
        return true;
    city->pools = city_room(city->pools, city->pool_count, &city->pool_room, sizeof *city->pools);
    city->pools[city->pool_count] = (struct city_pool){
        .tube = (uint32_t)(tube - city->tubes), .lab = box->lab, .site = box->site};
    city->pools_open++;
    city_later(city, at_ms + city->figures.resample_after * BH_MINUTE_MS, CITY_POOL_SAMPLE,
               city->pool_count++);
    return true;
}

static bool round_end(struct city *city, int64_t at_ms, struct bh_err *err)
{
    if (city->unreported > 0 || city->pools_open > 0 || !city->sampled)
        return true;
    city->report->reported_ms = at_ms;
    city_body(city, "{\"round\":%lld}", (long long)city->report->round);
    city->report->finished = true;
    return city_do(city, at_ms, "close_round", NULL, err);
}

static bool box_result(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    const struct city_box *box = &city->boxes[number];
    int negative = 0;
    city_body(city, "{\"institution\":%lld,\"negative\":[",
              (long long)city->labs[box->lab].institution);
    for (uint32_t i = 0; i < box->count; i++) {
        const struct city_tube *tube = box_tube(city, box, i);
        city->unreported -= !tube->damaged;
        if (!tube->damaged && infected_in(city, tube) == 0)
            city_body(city, "%s%lld", negative++ > 0 ? "," : "", (long long)tube->tube);
    }
    city_body(city, "]}");
    if (negative == 0)
        bh_buf_reset(&city->body);
    else if (!city_do(city, at_ms, "result_tubes", NULL, err))
        return false;
    for (uint32_t i = 0; i < box->count; i++) {
        const struct city_tube *tube = box_tube(city, box, i);
        if (!tube->damaged && infected_in(city, tube) > 0 &&
            !tube_positive(city, box, i, at_ms, err))
            return false;
    }
    return round_end(city, at_ms, err);
}

/* ---- the members of a positive pool, one by one ---- */

static bool pool_sample(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    struct city_pool *pool = &city->pools[number];
    const struct city_tube *tube = &city->tubes[pool->tube];
    struct tube_place *places = NULL;
    struct bh_arena arena;
    size_t count = 0;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    bool ok = round_members(city->ledger->db, tube->tube, &arena, &places, &count, err);
    pool->count = (uint32_t)count;
    for (size_t i = 0; ok && i < count && i < CITY_POOL_MAX; i++) {
        const struct city_site *site = &city->sites[pool->site];
        uint32_t person = city->tube_people.at[tube->people + i];
        pool->infected[i] = city->people[person] & PERSON_INFECTED;
        city_body(city,
                  "{\"area\":\"%s\",\"code\":\"RS%08u%02zu\",\"kind\":\"single\","
                  "\"institution\":%lld,\"members\":[{\"person\":%lld}],\"resample_of\":%lld}",
                  roll_maker_community(city->maker, site->community)->code, pool->tube + 1, i + 1,
                  (long long)city->counties[site->county].sampling, (long long)places[i].person,
                  (long long)tube->tube);
        ok = city_do(city, at_ms, "collect_tube", &pool->resample[i], err);
        city->report->resamples++;
    }
    bh_arena_done(&arena);
    city_later(city, at_ms + city->figures.resample_drive * BH_MINUTE_MS, CITY_POOL_RECEIVE,
               number);
    return ok;
}

static bool pool_receive(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    const struct city_pool *pool = &city->pools[number];
    for (uint32_t i = 0; i < pool->count; i++) {
        city_body(city, "{\"tube\":%lld,\"institution\":%lld,\"count\":1}",
                  (long long)pool->resample[i], (long long)city->labs[pool->lab].institution);
        if (!city_do(city, at_ms, "receive_tube", NULL, err))
            return false;
    }
    city_later(city, at_ms + city->figures.resample_test * BH_MINUTE_MS, CITY_POOL_RESULT, number);
    return true;
}

static bool pool_result(struct city *city, size_t number, int64_t at_ms, struct bh_err *err)
{
    const struct city_pool *pool = &city->pools[number];
    int64_t institution = city->labs[pool->lab].institution;
    int negative = 0;
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->infected[i] && !positive_tell(city, pool->resample[i], institution, at_ms, err))
            return false;
    city_body(city, "{\"institution\":%lld,\"negative\":[", (long long)institution);
    for (uint32_t i = 0; i < pool->count; i++)
        if (!pool->infected[i])
            city_body(city, "%s%lld", negative++ > 0 ? "," : "", (long long)pool->resample[i]);
    city_body(city, "]}");
    if (negative == 0)
        bh_buf_reset(&city->body);
    else if (!city_do(city, at_ms, "result_tubes", NULL, err))
        return false;
    city->pools_open--;
    return round_end(city, at_ms, err);
}

bool city_lab_event(struct city *city, const struct city_event *event, struct bh_err *err)
{
    size_t index = event->index;
    switch ((enum city_event_type)event->type) {
    case CITY_PICK_UP: return box_pick_up(city, index, event->at_ms, err);
    case CITY_RECEIVE: return box_receive(city, index, event->at_ms, err);
    case CITY_RESULT: return box_result(city, index, event->at_ms, err);
    case CITY_EXPLAIN: return box_explain(city, index, event->at_ms, err);
    case CITY_POOL_SAMPLE: return pool_sample(city, index, event->at_ms, err);
    case CITY_POOL_RECEIVE: return pool_receive(city, index, event->at_ms, err);
    case CITY_POOL_RESULT: return pool_result(city, index, event->at_ms, err);
    case CITY_OPEN:
    case CITY_TUBE:
    case CITY_TOLD:
    case CITY_MISSED:
    case CITY_SWEEP:
    case CITY_MOP_UP: break;
    }
    bh_unreachable("an event of sites");
}
