#include "round/lab.h"

#include "base/time.h"

#include <stdio.h>

enum { ROWS = 8, COLUMNS = 12 };

int64_t lab_well_of(struct bh_str text)
{
    int64_t column = 0;
    if (text.len < 2 || text.len > 3)
        return 0;
    int row = text.at[0] >= 'a' ? text.at[0] - 'a' : text.at[0] - 'A';
    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        column = column * 10 + (text.at[i] - '0');
    }
    if (row < 0 || row >= ROWS || column < 1 || column > COLUMNS)
        return 0;
    return (column - 1) * ROWS + row + 1;
}

void lab_well_name(int64_t well, char ret[LAB_WELL_TEXT])
{
    int64_t column = (well - 1) / ROWS + 1;
    bh_assert(well >= 1 && well <= LAB_WELLS);
    (void)snprintf(ret, LAB_WELL_TEXT, "%c%d", (char)('A' + (well - 1) % ROWS),
                   (int)(column % 100));
}

enum { FINE_MINUTES = 5, FINE_CLASSES = 48, COARSE_MINUTES = 30, CLASS_MAX = 480 };

int64_t lab_class_of(int64_t ms)
{
    int64_t minutes = ms < 0 ? 0 : ms / BH_MINUTE_MS, fine = FINE_MINUTES * FINE_CLASSES;
    if (minutes < fine)
        return minutes / FINE_MINUTES;
    int64_t number = FINE_CLASSES + (minutes - fine) / COARSE_MINUTES;
    return number < CLASS_MAX ? number : CLASS_MAX;
}

int64_t lab_class_ms(int64_t number)
{
    int64_t fine = FINE_MINUTES * FINE_CLASSES, half_minutes;
    if (number < FINE_CLASSES)
        half_minutes = 2 * number * FINE_MINUTES + FINE_MINUTES;
    else
        half_minutes = 2 * (fine + (number - FINE_CLASSES) * COARSE_MINUTES) + COARSE_MINUTES;
    return half_minutes * BH_MINUTE_MS / 2;
}

int64_t lab_room(int64_t per_hour, int64_t waiting)
{
    return per_hour > waiting ? per_hour - (waiting > 0 ? waiting : 0) : 0;
}

int64_t lab_wait_minutes(int64_t per_hour, int64_t waiting)
{
    enum { MINUTES = 60 };
    if (waiting <= 0)
        return 0;
    return per_hour <= 0 ? BH_NONE : (waiting * MINUTES + per_hour - 1) / per_hour;
}

enum lab_advice lab_advice_of(int64_t per_hour, int64_t waiting)
{
    if (per_hour <= 0)
        return LAB_ADVICE_UNKNOWN;
    return lab_room(per_hour, waiting) > 0 ? LAB_ADVICE_ROOM : LAB_ADVICE_FULL;
}
