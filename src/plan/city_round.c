#include "base/time.h"
#include "plan/city_round_private.h"
#include "plan/made.h"

#include <string.h>

static int64_t owed_at_start(const struct city *city)
{
    int64_t owed = 0;
    for (uint32_t i = 0; i < city->people_count; i++)
        owed += !(city->people[i] & PERSON_AWAY);
    return owed;
}

static bool play(struct city *city, struct bh_err *err)
{
    struct city_event event;
    bool ok = true;
    city->owed = owed_at_start(city);
    city_sites_plan(city);
    city_later(city, CITY_ROUND_ORDER_MS + city->figures.mop_up * BH_MINUTE_MS, CITY_MOP_UP, 0);
    while (ok && city_next(city, &event)) {
        bool of_site = event.type <= CITY_SWEEP || event.type == CITY_MOP_UP;
        ok = of_site ? city_site_event(city, &event, err) : city_lab_event(city, &event, err);
        /* The last door may have been an exemption, with no box after it. */
        ok = ok && (event.type != CITY_SWEEP || city_end_sampling(city, event.at_ms, err));
        if (city->options->progress)
            city->options->progress(city->options->self, city->people_count - city->owed / 2,
                                    city->people_count);
    }
    return ok && (city->report->finished ||
                  bh_fail(err, BH_CONFLICT, "演练结束时仍有 %lld 人未采、%lld 管没有结果",
                          "at the end %lld people are not sampled, %lld tubes have no result",
                          (long long)city->owed, (long long)city->unreported));
}

static bool read_totals(struct city *city, struct bh_err *err)
{
    struct city_round_report *report = city->report;
    report->events = city->ledger->head.seq;
    report->laboratories = (int64_t)city->lab_count;
    return order_round(city->ledger->db, report->round, &report->facts, err) &&
           order_totals(city->ledger->db, report->round, &report->totals, err);
}

static void city_done(struct city *city)
{
    for (size_t i = 0; i < city->site_count; i++) {
        bh_free(city->sites[i].owed.at);
        bh_free(city->sites[i].tubes.at);
    }
    roll_maker_free(city->maker);
    bh_free(city->people);
    bh_free(city->sites);
    bh_free(city->tubes);
    bh_free(city->tube_people.at);
    bh_free(city->boxes);
    bh_free(city->pools);
    bh_free(city->queue);
    bh_buf_done(&city->body);
    bh_arena_done(&city->arena);
}

bool city_round_play(struct ledger *ledger, struct made_world *made,
                     const struct city_round_options *options, struct city_round_report *ret,
                     struct bh_err *err)
{
    struct city *city = bh_alloc(sizeof *city);
    bool go = false;
    memset(city, 0, sizeof *city);
    memset(ret, 0, sizeof *ret);
    city->ledger = ledger;
    city->made = made;
    city->options = options;
    city->report = ret;
    city->seed = made_mix(options->seed ^ UINT64_C(0x10ad));
    bh_arena_init(&city->arena, LIMIT_ARENA_REQUEST);
    bh_buf_init(&city->body, LIMIT_BODY_BYTES);
    bool ok = city_figures_read(&city->figures, err) && ledger_fill_begin(ledger, err) &&
              ledger_batch_begin(ledger, &city->batch, err);
    if (ok) {
        ok = city_setup(city, err) && city_order(city, &go, err) && (!go || play(city, err));
        struct bh_err ended;
        if (!ledger_batch_commit(ledger, &city->batch, &ended) && ok) {
            *err = ended;
            ok = false;
        }
        ok = ok && ledger_fill_end(ledger, err) && read_totals(city, err);
    }
    city_done(city);
    bh_free(city);
    return ok;
}
