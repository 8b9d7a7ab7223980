#ifndef BH_LEDGER_DUTY_FORECAST_H
#define BH_LEDGER_DUTY_FORECAST_H
/*
 * When the overdue loops of a kind would be cleared, at the pace of the last 24 hours. Whatever opens comes due in
 * its turn, so only what is closed beyond what is opened makes the backlog smaller. A straight line through one
 * day, no more: it says nothing when the day is not whole, and nothing about a time further off than the plan's
 * `forecast_days_max`.
 */
#include "ledger/link.h"

enum { FORECAST_WORDS = 240 };

enum forecast_outcome {
    FORECAST_CLEAR,  /* nothing is overdue */
    FORECAST_CLEARS, /* at forecast.clears_ms */
    FORECAST_GROWS,
    FORECAST_STANDS, /* as many closed as opened */
    FORECAST_NO_DAY, /* the log is younger than the time that is looked at */
    FORECAST_FAR,    /* it falls, but would last longer than max_days */
};
extern const struct choice forecast_outcomes[];

struct forecast_basis {
    int64_t overdue;        /* now */
    int64_t opened, closed; /* in the span */
    int64_t span_ms;        /* that ends at at_ms */
    int64_t at_ms;
    bool whole;       /* the log reaches back to the beginning of the span */
    int64_t max_days; /* of the plan; BH_NONE = however far off */
};

struct forecast {
    enum forecast_outcome outcome;
    int64_t clears_ms; /* BH_NONE unless FORECAST_CLEARS */
};

struct forecast forecast_judge(const struct forecast_basis *basis);
/* One sentence about it, at most FORECAST_WORDS - 1 bytes. */
void forecast_words(const struct forecast_basis *basis, const struct forecast *forecast,
                    int zone_minutes, bool english, char out[FORECAST_WORDS]);

#endif
