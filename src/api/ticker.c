#include "api/ticker.h"

#include "ledger/verify.h"
#include "ledger/writer.h"
#include "os/thread.h"

#include <stdio.h>
#include <string.h>

/* What falls due is taken in parts of about 20 ms, so that a command between them does not wait longer. */
enum { STEP_MS = 1000, STEP_EVENTS = 600, LET_IN_MS = 1, LET_IN_TIMES = 100 };
static const int64_t sign_every_us = 60 * INT64_C(1000000);

struct ticker {
    struct ledger *ledger;
    struct writer *writer;
    struct thread thread;
    struct lock lock;
    struct condition changed;
    bool stopping;
    /* Exercise: the clock is base_ms + (now - since_us) * speed while running. */
    bool running;
    int64_t speed, base_ms, since_us;
    int64_t signed_us, signed_seq; /* the head of the log, last signed outside the folder */
    void (*told)(void *self, int64_t clock_ms);
    void *self;
};

static int64_t mono_us(const struct ticker *ticker)
{
    return ticker->ledger->world->mono_us(ticker->ledger->world->self);
}

/* Under the lock. */
static int64_t target_ms(const struct ticker *ticker)
{
    if (!ticker->ledger->exercise)
        return ticker->ledger->world->wall_ms(ticker->ledger->world->self);
    if (!ticker->running)
        return ticker->base_ms;
    return ticker->base_ms + (mono_us(ticker) - ticker->since_us) / 1000 * ticker->speed;
}

void ticker_command(struct ticker *ticker, const struct submission *submission)
{
    if (!ticker || strcmp(submission->command->name, "set_exercise_clock") != 0)
        return;
    const struct record *record = submission->command->record;
    const struct field *speed = record_field(record, "speed"),
                       *jump = record_field(record, "jump_to"), *run = record_field(record, "run");
    lock_take(&ticker->lock);
    int64_t now = target_ms(ticker);
    ticker->base_ms = now;
    ticker->since_us = mono_us(ticker);
    if (jump && field_given(jump, submission->body) && field_int(jump, submission->body) > now)
        ticker->base_ms = field_int(jump, submission->body);
    if (speed && field_given(speed, submission->body)) {
        int64_t wanted = field_int(speed, submission->body);
        ticker->speed = wanted < 1 ? 1 : wanted > TICKER_SPEED_MAX ? TICKER_SPEED_MAX : wanted;
    }
    if (run && field_given(run, submission->body))
        ticker->running = field_int(run, submission->body) != 0;
    condition_signal(&ticker->changed);
    lock_give(&ticker->lock);
}

struct step {
    int64_t target_ms, now_ms;
    bool more;
};

static bool step_work(struct ledger *ledger, void *self, struct bh_err *err)
{
    struct step *step = self;
    bool ok = ledger_tick(ledger, step->target_ms, STEP_EVENTS, &step->more, err);
    step->now_ms = ledger_now(ledger);
    return ok;
}

/* Between two parts of a long step: the writer takes work before commands, so whoever waits is let in first. */
static void let_commands_in(struct ticker *ticker)
{
    struct writer_figures before, now;
    writer_figures(ticker->writer, &before);
    now = before;
    for (int i = 0; i < LET_IN_TIMES && now.queue > 0 && now.commits == before.commits; i++) {
        lock_take(&ticker->lock);
        bool stopping = ticker->stopping;
        if (!stopping)
            (void)condition_wait_ms(&ticker->changed, &ticker->lock, LET_IN_MS);
        lock_give(&ticker->lock);
        if (stopping)
            return;
        writer_figures(ticker->writer, &now);
    }
}

static void step_run(struct ticker *ticker, int64_t target)
{
    struct step step = {.target_ms = target, .more = true};
    struct bh_err err = {.code = BH_OK};
    for (bool first = true; step.more; first = false) {
        if (!first)
            let_commands_in(ticker);
        step.more = false;
        if (!writer_run(ticker->writer, step_work, &step, &err)) {
            if (err.code != BH_STOPPED)
                (void)fprintf(stderr, "bihuan: clock: %s / %s\n", err.en, err.zh);
            return;
        }
    }
    ticker->told(ticker->self, step.now_ms);
}

static bool sign_work(struct ledger *ledger, void *self, struct bh_err *err)
{
    struct ticker *ticker = self;
    if (ledger->head.seq == ticker->signed_seq)
        return true;
    if (!head_sign(ledger, err))
        return false;
    ticker->signed_seq = ledger->head.seq;
    return true;
}

/* Once a minute, and when the server stops, when something was recorded since. */
static void head_run(struct ticker *ticker, bool at_once)
{
    struct bh_err err = {.code = BH_OK};
    int64_t now = mono_us(ticker);
    if (!at_once && now - ticker->signed_us < sign_every_us)
        return;
    ticker->signed_us = now;
    if (!writer_run(ticker->writer, sign_work, ticker, &err) && err.code != BH_STOPPED)
        (void)fprintf(stderr, "bihuan: signing the head: %s / %s\n", err.en, err.zh);
}

static void ticker_run(void *self)
{
    struct ticker *ticker = self;
    lock_take(&ticker->lock);
    while (!ticker->stopping) {
        int64_t target = target_ms(ticker);
        lock_give(&ticker->lock);
        step_run(ticker, target);
        head_run(ticker, false);
        lock_take(&ticker->lock);
        if (!ticker->stopping)
            (void)condition_wait_ms(&ticker->changed, &ticker->lock, STEP_MS);
    }
    lock_give(&ticker->lock);
    head_run(ticker, true);
}

bool ticker_start(struct ledger *ledger, struct writer *writer,
                  void (*told)(void *self, int64_t clock_ms), void *self, struct ticker **ret,
                  struct bh_err *err)
{
    struct ticker *ticker = bh_alloc(sizeof *ticker);
    *ticker = (struct ticker){.ledger = ledger,
                              .writer = writer,
                              .speed = 1,
                              .base_ms = ledger_now(ledger),
                              .told = told,
                              .self = self};
    ticker->since_us = mono_us(ticker);
    ticker->signed_us = ticker->since_us - sign_every_us;
    lock_init(&ticker->lock);
    condition_init(&ticker->changed);
    if (!thread_start(&ticker->thread, "ticker", ticker_run, ticker, err)) {
        bh_free(ticker);
        return false;
    }
    *ret = ticker;
    return true;
}

void ticker_stop(struct ticker *ticker)
{
    if (!ticker)
        return;
    lock_take(&ticker->lock);
    ticker->stopping = true;
    condition_signal(&ticker->changed);
    lock_give(&ticker->lock);
    thread_join(&ticker->thread);
    condition_done(&ticker->changed);
    lock_done(&ticker->lock);
    bh_free(ticker);
}
