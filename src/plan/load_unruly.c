/* Clients that make trouble beside the load: they say nothing, dribble a byte a second, or break off in the middle.
 * None of them may cost the others much. */
#include "plan/load_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURN_US = 100000, DRIBBLE_TURNS = 10 };

enum manner { IDLE, SLOW, BROKEN };

struct pest {
    struct load_wire wire;
    enum manner manner;
    size_t said;
};

struct load_unruly {
    struct load_run *run;
    struct load_wires wires;
    struct pest *pest;
    int count;
    int64_t turned_us, turns;
    int64_t opened, closed_by_server, broken_off;
};

static const char dribble[] = "POST /api/v1/commands/sample_tube HTTP/1.1\r\nHost: x\r\nX-Slow: ";
static const char half[] =
    "POST /api/v1/commands/sample_tube HTTP/1.1\r\nHost: x\r\n"
    "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"round\":";

static void pest_open(struct load_unruly *unruly, struct pest *pest)
{
    pest->said = 0;
    unruly->opened += load_wire_open(&unruly->wires, &pest->wire, pest);
}

static void pest_event(struct load_unruly *unruly, struct pest *pest)
{
    enum load_event event = load_wire_event(&pest->wire);
    if (event == LOAD_BROKEN) {
        unruly->closed_by_server++;
        pest_open(unruly, pest); /* and back again */
    }
}

static void say(struct load_unruly *unruly, struct pest *pest, const char *text, size_t len)
{
    if (send(pest->wire.fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        return;
    load_wire_close(&pest->wire);
    unruly->closed_by_server++;
    pest_open(unruly, pest);
}

static void pest_turn(struct load_unruly *unruly, struct pest *pest)
{
    if (pest->wire.state != WIRE_READY || pest->wire.tls)
        return;
    if (pest->manner == SLOW) {
        bool started = pest->said >= sizeof dribble - 1;
        say(unruly, pest, started ? "a" : dribble + pest->said, 1);
        pest->said++;
    } else if (pest->manner == BROKEN && pest->said == 0) {
        say(unruly, pest, half, sizeof half - 1);
        pest->said = 1;
    } else if (pest->manner == BROKEN) {
        load_wire_close(&pest->wire);
        unruly->broken_off++;
        pest_open(unruly, pest);
    }
}

bool load_unruly_open(struct load_run *run, struct load_unruly **ret, struct bh_err *err)
{
    const struct load_options *options = run->options;
    int count = options->idle + options->slow + options->broken;
    *ret = NULL;
    if (count == 0)
        return true;
    struct load_unruly *unruly = bh_alloc(sizeof *unruly);
    unruly->run = run;
    unruly->count = count;
    if (!load_wires_open(&unruly->wires, &options->to, err)) {
        bh_free(unruly);
        return false;
    }
    unruly->pest = bh_alloc((size_t)count * sizeof *unruly->pest);
    for (int i = 0; i < count; i++) {
        unruly->pest[i].wire.fd = -1;
        unruly->pest[i].manner = i < options->idle                   ? IDLE
                                 : i < options->idle + options->slow ? SLOW
                                                                     : BROKEN;
        pest_open(unruly, &unruly->pest[i]);
    }
    *ret = unruly;
    return true;
}

void load_unruly_turn(struct load_unruly *unruly, int64_t now_us)
{
    struct epoll_event events[256];
    if (now_us - unruly->turned_us < TURN_US)
        return;
    unruly->turned_us = now_us;
    int ready = epoll_wait(unruly->wires.poll, events, 256, 0);
    for (int i = 0; i < ready; i++)
        pest_event(unruly, events[i].data.ptr);
    /* A tenth of them at each turn: each speaks once a second. */
    for (int i = (int)(unruly->turns++ % DRIBBLE_TURNS); i < unruly->count; i += DRIBBLE_TURNS)
        pest_turn(unruly, &unruly->pest[i]);
}

json_t *load_unruly_close(struct load_unruly *unruly)
{
    if (!unruly)
        return json_null();
    json_t *json = json_pack("{s:i, s:I, s:I, s:I}", "clients", unruly->count, "opened",
                             (json_int_t)unruly->opened, "closed_by_server",
                             (json_int_t)unruly->closed_by_server, "broken_off",
                             (json_int_t)unruly->broken_off);
    for (int i = 0; i < unruly->count; i++)
        load_wire_free(&unruly->pest[i].wire);
    load_wires_close(&unruly->wires);
    bh_free(unruly->pest);
    bh_free(unruly);
    return json;
}
