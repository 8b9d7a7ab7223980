/* Phones that were offline and return within a short time, all with much to hand in: each opens its own connection,
 * sends a record after the other, comes back when Retry-After says so, and is cut off now and then; what was not
 * acknowledged is sent again under the same key. */
#include "plan/load_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS = 512, TURN_US = 20000, GRACE_SECONDS = 600, TRIES_MAX = 200 };

enum phone_state {
    PHONE_AWAY,
    PHONE_OPENING,
    PHONE_SENDING,
    PHONE_WAITING,
    PHONE_DONE,
    PHONE_LOST
};

struct phone {
    struct load_wire wire;
    enum phone_state state;
    int record, tries; /* the record being handed in */
    int64_t at_us;     /* when it wakes up: returns, or may come back */
    int64_t sent_us;
    bool again; /* this record was sent before */
};

struct phones {
    struct load_run *run;
    struct phone *phone;
    int count, done, lost, connected_max;
    int64_t records, cuts, last_us;
    uint64_t dice;
    struct load_figures figures;
};

static uint64_t draw(struct phones *phones, uint64_t below)
{
    phones->dice++;
    return load_mix(phones->dice ^ phones->run->options->people.salt) % below;
}

/* Records in the next request. */
static int sent_together(const struct phones *phones, const struct phone *phone)
{
    const struct load_options *options = phones->run->options;
    int left = options->records - phone->record;
    return left < options->people.together ? left : options->people.together;
}

static int64_t tube_of(const struct phones *phones, const struct phone *phone, int record)
{
    /* Device by device through the lanes of the plan, so that the records of one lie together. */
    int64_t device = phone - phones->phone;
    return phones->run->options->people.skip + (int64_t)record * phones->count + device;
}

static void wait_until(struct phone *phone, int64_t at_us)
{
    phone->state = PHONE_WAITING;
    phone->at_us = at_us;
}

static void lose(struct phones *phones, struct phone *phone)
{
    phone->state = PHONE_LOST;
    phones->lost++;
    load_wire_free(&phone->wire);
}

static void broke(struct phones *phones, struct phone *phone, int64_t now)
{
    load_wire_close(&phone->wire);
    phones->figures.failed += phone->state == PHONE_SENDING;
    if (++phone->tries > TRIES_MAX)
        lose(phones, phone);
    else
        wait_until(phone, now + 500000 + (int64_t)draw(phones, 1000000));
}

static void send_record(struct phones *phones, struct phone *phone, int64_t now)
{
    const struct load_options *options = phones->run->options;
    int64_t tubes[LOAD_TOGETHER_MAX];
    int count = sent_together(phones, phone);
    for (int i = 0; i < count; i++)
        tubes[i] = tube_of(phones, phone, phone->record + i);
    bh_buf_reset(&phone->wire.out);
    load_tube_request(phones->run, tubes, count, phones->run->started_wall_ms, &phone->wire.out);
    phone->state = PHONE_SENDING;
    phone->sent_us = now;
    phones->figures.sent += count;
    phones->figures.retried += phone->again ? count : 0;
    phone->again = true;
    if (!load_wire_send(&phone->wire))
        broke(phones, phone, now);
    else if ((int64_t)draw(phones, 100) < options->cut_percent && phone->tries == 0) {
        phones->cuts++; /* the network is gone before the answer is there */
        broke(phones, phone, now);
    }
}

static void next_record(struct phones *phones, struct phone *phone, int64_t now)
{
    phone->tries = 0;
    phone->again = false;
    phones->last_us = now;
    phone->record += sent_together(phones, phone);
    if (phone->record < phones->run->options->records) {
        send_record(phones, phone, now);
        return;
    }
    phone->state = PHONE_DONE;
    phones->done++;
    load_wire_free(&phone->wire);
}

static void answered(struct phones *phones, struct phone *phone, int64_t now)
{
    struct load_figures *figures = &phones->figures;
    int64_t took = now - phone->sent_us;
    int status = phone->wire.status;
    if (phone->wire.load_level > phones->run->level_max)
        phones->run->level_max = phone->wire.load_level;
    if (status == 503 || status == 429) {
        figures->refused++;
        load_time_note(&figures->refused_times, took);
        int64_t after = phone->wire.retry_after_s > 0 ? phone->wire.retry_after_s : 1;
        if (++phone->tries > TRIES_MAX)
            lose(phones, phone);
        else
            wait_until(phone, now + after * 1000000);
        return;
    }
    if (status == 200) {
        int taken =
            load_tubes_taken(phones->run, &phone->wire, sent_together(phones, phone), figures);
        figures->accepted += taken;
        figures->persons += (int64_t)taken * phones->run->options->people.pool;
        figures->retried_accepted += phone->tries > 0 ? taken : 0;
        load_time_note(&figures->accepted_times, took);
    } else {
        load_wrong_note(figures, phone->wire.status, load_wire_body(&phone->wire));
    }
    next_record(phones, phone, now);
}

static void phone_event(struct phones *phones, struct phone *phone, int64_t now)
{
    switch (load_wire_event(&phone->wire)) {
    case LOAD_OPENED:
        if (phone->state == PHONE_OPENING)
            send_record(phones, phone, now);
        return;
    case LOAD_ANSWER: answered(phones, phone, now); return;
    case LOAD_BROKEN:
        if (phone->state ==
            PHONE_WAITING) /* closed while it waited: opened again when its time comes */
            return;
        if (phone->state == PHONE_OPENING || phone->state == PHONE_SENDING)
            broke(phones, phone, now);
        return;
    case LOAD_NOTHING: return;
    }
}

static void phone_wakes(struct phones *phones, struct phone *phone, int64_t now)
{
    if (phone->state == PHONE_AWAY)
        phones->figures.planned += phones->run->options->records;
    if (phone->wire.state == WIRE_READY) {
        send_record(phones, phone, now);
        return;
    }
    phone->state = PHONE_OPENING;
    if (!load_wire_open(&phones->run->wires, &phone->wire, phone))
        broke(phones, phone, now);
}

static void turn(struct phones *phones, int64_t now)
{
    int connected = 0;
    for (int i = 0; i < phones->count; i++) {
        struct phone *phone = &phones->phone[i];
        connected += phone->wire.state != WIRE_CLOSED;
        if ((phone->state == PHONE_AWAY || phone->state == PHONE_WAITING) && phone->at_us <= now)
            phone_wakes(phones, phone, now);
    }
    phones->connected_max = connected > phones->connected_max ? connected : phones->connected_max;
}

static void tell(struct phones *phones, int64_t now)
{
    struct load_run *run = phones->run;
    char line[256];
    if (!run->options->told || now - run->told_us < 1000000)
        return;
    run->told_us = now;
    long long second = (long long)((now - run->started_us) / 1000000);
    double p99_ms = load_time_ms(&phones->figures.accepted_times, 0.99);
    if (run->options->english)
        (void)snprintf(
            line, sizeof line,
            "%llds  %d of %d phones done, %lld records accepted, %lld refused, p99 %.1f ms", second,
            phones->done, phones->count, (long long)phones->figures.accepted,
            (long long)phones->figures.refused, p99_ms);
    else
        (void)snprintf(line, sizeof line,
                       "%lld 秒  %d / %d 部手机完成，接受 %lld 条，拒绝 %lld，p99 %.1f ms", second,
                       phones->done, phones->count, (long long)phones->figures.accepted,
                       (long long)phones->figures.refused, p99_ms);
    run->options->told(run->options->self, line);
}

static void run_phones(struct phones *phones)
{
    struct load_run *run = phones->run;
    int64_t begun = load_now_us(run), now = begun, turned = 0;
    int64_t ends = begun + (run->options->window_seconds + GRACE_SECONDS) * 1000000;
    for (int i = 0; i < phones->count; i++) {
        phones->phone[i].wire.fd = -1;
        phones->phone[i].wire.keep_answer = run->options->people.together > 1;
        phones->phone[i].at_us =
            begun + (int64_t)draw(phones, (uint64_t)run->options->window_seconds * 1000000);
    }
    while (phones->done + phones->lost < phones->count && now < ends) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(run->wires.poll, events, EVENTS, TURN_US / 1000);
        now = load_now_us(run);
        for (int i = 0; i < ready; i++)
            phone_event(phones, events[i].data.ptr, now);
        if (now - turned < TURN_US)
            continue;
        turned = now;
        turn(phones, now);
        tell(phones, now);
    }
}

static json_t *phones_json(const struct phones *phones, int64_t took_us)
{
    double seconds = (double)(took_us > 0 ? took_us : 1) / 1e6;
    int64_t wanted = (int64_t)phones->count * phones->run->options->records;
    return json_pack("{s:i, s:i, s:i, s:i, s:I, s:I, s:f, s:i, s:o}", "phones", phones->count,
                     "done", phones->done, "lost", phones->lost, "connected_max",
                     phones->connected_max, "cuts", (json_int_t)phones->cuts, "records",
                     (json_int_t)wanted, "seconds", seconds, "load_level_max",
                     phones->run->level_max, "figures",
                     load_figures_json(&phones->figures, seconds));
}

bool load_phones(struct load_run *run, json_t **ret, struct bh_err *err)
{
    const struct load_options *options = run->options;
    int64_t wanted = (int64_t)options->devices * options->records;
    if (wanted + options->people.skip > load_tube_count(&options->people))
        return bh_fail(err, BH_INVALID, "名册人数不够：需要 %lld 管",
                       "the roll has too few people: %lld tubes are wanted", (long long)wanted);
    struct phones *phones = bh_alloc(sizeof *phones);
    phones->run = run;
    phones->count = options->devices;
    phones->phone = bh_alloc((size_t)options->devices * sizeof *phones->phone);
    phones->figures.name = "phones";
    run->level_max = 0;
    int64_t begun = phones->last_us = load_now_us(run);
    run_phones(phones);
    *ret = phones_json(phones, phones->last_us - begun);
    for (int i = 0; i < phones->count; i++)
        load_wire_free(&phones->phone[i].wire);
    bh_free(phones->phone);
    bh_free(phones);
    return true;
}
