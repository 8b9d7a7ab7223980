#ifndef BH_BASE_TIME_H
#define BH_BASE_TIME_H
/*
 * Instants are int64 milliseconds since 1970 UTC, named *_ms. Civil days exist only together with a zone
 * offset in minutes. No clock is read here.
 */
#include "base/text.h"

#define BH_SECOND_MS INT64_C(1000)
#define BH_MINUTE_MS INT64_C(60000)
#define BH_HOUR_MS   INT64_C(3600000)
#define BH_DAY_MS    INT64_C(86400000)

/* Instants the product accepts: 1900 to 2199. */
#define BH_TIME_MIN INT64_C(-2208988800000)
#define BH_TIME_MAX INT64_C(7258118400000)

struct bh_civil {
    int year, month, day, hour, minute, second, ms;
};

struct bh_civil bh_civil_of(int64_t at_ms, int zone_minutes);
int64_t bh_civil_ms(struct bh_civil civil, int zone_minutes);
/* Start of the civil day that holds at_ms. */
int64_t bh_day_start(int64_t at_ms, int zone_minutes);

/* "2022-03-13T12:00:00+08:00", seconds, fraction and offset optional (then zone_minutes). */
BH_MUST_USE bool bh_time_parse(struct bh_str text, int zone_minutes, int64_t *ret_ms,
                               struct bh_err *err);
/* "2022-03-13": start of that day. */
BH_MUST_USE bool bh_day_parse(struct bh_str text, int zone_minutes, int64_t *ret_ms,
                              struct bh_err *err);
enum { BH_TIME_TEXT = 40 };
/* ISO 8601 with offset; milliseconds only when not 0. out holds BH_TIME_TEXT bytes. */
void bh_time_format(int64_t at_ms, int zone_minutes, char out[BH_TIME_TEXT]);
/* "2022-03-13 12:00", for sentences. */
void bh_time_words(int64_t at_ms, int zone_minutes, char out[BH_TIME_TEXT]);

/* ISO 8601 duration of days, hours, minutes, seconds ("PT2H", "P14D", "P1DT6H"), 0 to 3650 days. */
BH_MUST_USE bool bh_duration_parse(struct bh_str text, int64_t *ret_ms, struct bh_err *err);

#endif
