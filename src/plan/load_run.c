#include "plan/load_private.h"

int64_t load_now_us(const struct load_run *run)
{
    return run->world->mono_us(run->world->self);
}

static bool check(const struct load_options *options, struct bh_err *err)
{
    const struct load_people *people = &options->people;
    int asides = options->aside_count;
    if (people->round == 0 && (asides == 0 || options->devices > 0))
        return bh_fail(err, BH_INVALID, "请给出 --round，或 --lookup", "give --round, or --lookup");
    if (people->round != 0 &&
        (people->site_count < 1 || people->residents < people->site_count || people->pool < 1 ||
         people->pool > LOAD_POOL_MAX || people->together < 1))
        return bh_fail(err, BH_INVALID, "采样点、人数或每管人数不合理",
                       "sites, people or people a tube make no sense");
    if (options->seconds < 1 || options->seconds > LOAD_SECONDS_MAX || options->connections < 1 ||
        options->connections > LOAD_CONNECTIONS_MAX || options->persons_per_second < 0 ||
        options->persons_per_second > LOAD_RATE_MAX || options->devices > LOAD_DEVICES_MAX)
        return bh_fail(err, BH_INVALID, "时长、连接数、速率或设备数超出范围",
                       "seconds, connections, rate or devices are out of range");
    return true;
}

/* To be skipped by the next run on the same round. */
static int64_t tubes_used(const struct load_run *run)
{
    const struct load_people *people = &run->options->people;
    if (people->together == 1)
        return run->next_request - people->skip;
    int64_t rows = (run->next_request + people->site_count - 1) / people->site_count;
    return rows * people->site_count * people->together - people->skip;
}

bool load_run(const struct load_options *options, json_t **ret, struct bh_err *err)
{
    struct load_run run = {.options = options, .world = world_live()};
    if (!check(options, err) || !load_wires_open(&run.wires, &options->to, err))
        return false;
    run.next_request = load_request_after(&options->people, options->people.skip);
    run.started_us = load_now_us(&run);
    run.started_wall_ms = run.world->wall_ms(run.world->self);
    json_t *steps = json_array(), *part = NULL;
    bool ok = true;
    if (options->devices > 0)
        ok = load_phones(&run, &part, err) && json_array_append_new(steps, part) == 0;
    for (int i = 0; ok && options->devices == 0 && i < LOAD_STEPS_MAX && options->times[i] > 0; i++)
        ok = load_step(&run, options->times[i], &part, err) &&
             json_array_append_new(steps, part) == 0;
    load_wires_close(&run.wires);
    if (!ok) {
        json_decref(steps);
        return false;
    }
    *ret = json_pack("{s:s, s:i, s:b, s:i, s:I, s:I, s:o}", "address", options->to.address, "port",
                     options->to.port, "tls", options->to.tls, "connections", options->connections,
                     "residents", (json_int_t)options->people.residents, "tubes_used",
                     (json_int_t)tubes_used(&run), "steps", steps);
    return true;
}
