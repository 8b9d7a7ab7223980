#include "base/time.h"

#include <stdio.h>

/* Days since 1970-01-01 of a date of the Gregorian calendar; years count from March, so that the leap day is
 * the last of its year. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : (int64_t)year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q * b > a ? q - 1 : q;
}

struct bh_civil bh_civil_of(int64_t at_ms, int zone_minutes)
{
    int64_t local = at_ms + zone_minutes * BH_MINUTE_MS;
    int64_t days = floor_div(local, BH_DAY_MS), rest = local - days * BH_DAY_MS;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    struct bh_civil c = {
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .month = (int)(mp < 10 ? mp + 3 : mp - 9),
        .hour = (int)(rest / BH_HOUR_MS),
        .minute = (int)(rest / BH_MINUTE_MS % 60),
        .second = (int)(rest / BH_SECOND_MS % 60),
        .ms = (int)(rest % BH_SECOND_MS),
    };
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    return c;
}

int64_t bh_civil_ms(struct bh_civil c, int zone_minutes)
{
    return days_of(c.year, c.month, c.day) * BH_DAY_MS + c.hour * BH_HOUR_MS +
           c.minute * BH_MINUTE_MS + c.second * BH_SECOND_MS + c.ms - zone_minutes * BH_MINUTE_MS;
}

int64_t bh_day_start(int64_t at_ms, int zone_minutes)
{
    int64_t shift = zone_minutes * BH_MINUTE_MS;
    return floor_div(at_ms + shift, BH_DAY_MS) * BH_DAY_MS - shift;
}

/* Takes exactly `digits` digits. */
static bool take(struct bh_str *text, int digits, int *ret)
{
    if (text->len < (size_t)digits)
        return false;
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (text->at[i] < '0' || text->at[i] > '9')
            return false;
        value = value * 10 + (text->at[i] - '0');
    }
    text->at += digits;
    text->len -= (size_t)digits;
    *ret = value;
    return true;
}

static bool skip(struct bh_str *text, char c)
{
    if (text->len == 0 || text->at[0] != c)
        return false;
    text->at++;
    text->len--;
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct bh_str *text, struct bh_civil *c)
{
    return take(text, 4, &c->year) && skip(text, '-') && take(text, 2, &c->month) &&
           skip(text, '-') && take(text, 2, &c->day) && c->year >= 1900 && c->year < 2200 &&
           c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= month_days(c->year, c->month);
}

static bool take_clock(struct bh_str *text, struct bh_civil *c)
{
    if (!(take(text, 2, &c->hour) && skip(text, ':') && take(text, 2, &c->minute)))
        return false;
    if (skip(text, ':')) {
        if (!take(text, 2, &c->second))
            return false;
        if (skip(text, '.') && !take(text, 3, &c->ms))
            return false;
    }
    return c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

static bool take_zone(struct bh_str *text, int *zone_minutes)
{
    if (text->len == 0)
        return true;
    if (skip(text, 'Z')) {
        *zone_minutes = 0;
        return true;
    }
    int sign = skip(text, '+') ? 1 : skip(text, '-') ? -1 : 0, hours = 0, minutes = 0;
    if (sign == 0 || !take(text, 2, &hours))
        return false;
    (void)skip(text, ':');
    if (!take(text, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *zone_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool bh_time_parse(struct bh_str text, int zone_minutes, int64_t *ret_ms, struct bh_err *err)
{
    struct bh_civil c = {0};
    struct bh_str rest = text;
    if (take_date(&rest, &c) && (skip(&rest, 'T') || skip(&rest, ' ')) && take_clock(&rest, &c) &&
        take_zone(&rest, &zone_minutes) && rest.len == 0) {
        *ret_ms = bh_civil_ms(c, zone_minutes);
        return true;
    }
    /* What was given is not repeated: in the wrong field it may be anything, a phone number too. */
    return bh_fail(err, BH_MALFORMED, "时间应写成 2022-03-13T12:00:00+08:00",
                   "a time should look like 2022-03-13T12:00:00+08:00");
}

bool bh_day_parse(struct bh_str text, int zone_minutes, int64_t *ret_ms, struct bh_err *err)
{
    struct bh_civil c = {0};
    struct bh_str rest = text;
    if (take_date(&rest, &c) && rest.len == 0) {
        *ret_ms = bh_civil_ms(c, zone_minutes);
        return true;
    }
    return bh_fail(err, BH_MALFORMED, "日期“%.*s”应写成 2022-03-13",
                   "day '%.*s' should look like 2022-03-13", (int)(text.len < 64 ? text.len : 64),
                   text.at ? text.at : "");
}

void bh_time_format(int64_t at_ms, int zone_minutes, char out[BH_TIME_TEXT])
{
    struct bh_civil c = bh_civil_of(at_ms, zone_minutes);
    char fraction[8] = "";
    int shift = zone_minutes < 0 ? -zone_minutes : zone_minutes;
    if (c.ms != 0)
        (void)snprintf(fraction, sizeof fraction, ".%03u", (unsigned)c.ms % 1000);
    (void)snprintf(out, BH_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u%s%c%02u:%02u",
                   (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100,
                   (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100,
                   fraction, zone_minutes < 0 ? '-' : '+', (unsigned)(shift / 60) % 100,
                   (unsigned)(shift % 60));
}

void bh_time_words(int64_t at_ms, int zone_minutes, char out[BH_TIME_TEXT])
{
    bh_time_format(at_ms, zone_minutes, out);
    out[sizeof "2022-03-13T12:00" - 1] = 0;
    out[sizeof "2022-03-13" - 1] = ' ';
}

static bool take_number(struct bh_str *text, int64_t *ret)
{
    int64_t value = 0;
    size_t digits = 0;
    while (digits < text->len && digits < 7 && text->at[digits] >= '0' && text->at[digits] <= '9')
        value = value * 10 + (text->at[digits++] - '0');
    text->at += digits;
    text->len -= digits;
    *ret = value;
    return digits > 0;
}

bool bh_duration_parse(struct bh_str text, int64_t *ret_ms, struct bh_err *err)
{
    static const struct {
        char letter;
        bool clock;
        int64_t ms;
    } parts[] = {{'D', false, BH_DAY_MS},
                 {'H', true, BH_HOUR_MS},
                 {'M', true, BH_MINUTE_MS},
                 {'S', true, BH_SECOND_MS}};
    struct bh_str rest = text;
    int64_t total = 0;
    size_t part = 0;
    bool ok = skip(&rest, 'P') && rest.len > 0, clock = false;
    while (ok && rest.len > 0) {
        int64_t value = 0;
        if (!clock && skip(&rest, 'T'))
            clock = true;
        ok = take_number(&rest, &value) && rest.len > 0;
        while (ok && part < 4 && !(parts[part].letter == rest.at[0] && parts[part].clock == clock))
            part++;
        ok = ok && part < 4;
        if (ok) {
            total += value * parts[part++].ms;
            (void)skip(&rest, rest.at[0]);
        }
    }
    if (ok && total <= 3650 * BH_DAY_MS) {
        *ret_ms = total;
        return true;
    }
    return bh_fail(err, BH_MALFORMED, "时长“%.*s”应写成 PT2H、P14D 或 P1DT6H",
                   "duration '%.*s' should look like PT2H, P14D or P1DT6H",
                   (int)(text.len < 64 ? text.len : 64), text.at ? text.at : "");
}
