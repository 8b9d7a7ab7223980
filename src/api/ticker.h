#ifndef BH_API_TICKER_H
#define BH_API_TICKER_H
/*
 * The thread that lets the log's clock run: once a second it has the writer look for what became due. In an
 * exercise folder it drives the clock: stopped at first, then as the command set_exercise_clock says (fields
 * speed, jump_to, run), at most TICKER_SPEED_MAX. At its start, once a minute and at its end it has the head of the
 * log signed (ledger/verify.h) if something was recorded.
 */
#include "ledger/ledger.h"

struct ticker;
struct writer;

enum { TICKER_SPEED_MAX = 3600 };

/* clock_ms is told on each step, from the ticker's thread. */
BH_MUST_USE bool ticker_start(struct ledger *ledger, struct writer *writer,
                              void (*told)(void *self, int64_t clock_ms), void *self,
                              struct ticker **ret, struct bh_err *err);
void ticker_stop(struct ticker *ticker); /* NULL allowed; before the writer stops */
/* Writer thread, after a commit: takes note when this was the clock's command. */
void ticker_command(struct ticker *ticker, const struct submission *submission);

#endif
