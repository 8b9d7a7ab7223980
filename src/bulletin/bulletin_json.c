/* Bulletins as JSON: what is stored in the signing event, and what queries show of it. */
#include "bulletin/bulletin.h"

#include "base/time.h"

static const char *const origin_names[ORIGIN_COUNT] = {"local", "imported"};
static const char *const span_names[SPAN_COUNT] = {"severity_new", "severity_cumulative"};

static void put(json_t *object, const char *name, json_t *value)
{
    bh_assert(value && json_object_set_new(object, name, value) == 0);
}

static json_t *number(bool unknown, int64_t value)
{
    return unknown || value == BH_NONE ? json_null() : json_integer(value);
}

static void put_measures(json_t *object, const int64_t *values, bool unknown)
{
    for (int measure = 0; measure < FIGURE_COUNT; measure++)
        put(object, bulletin_measures[measure].name, number(unknown, values[measure]));
}

static json_t *measures(const int64_t *values, bool unknown)
{
    json_t *object = json_object();
    put_measures(object, values, unknown);
    return object;
}

static json_t *severities(const int64_t *values, bool unknown)
{
    json_t *object = json_object();
    for (int severity = SEVERITY_MILD; severity < SEVERITY_COUNT; severity++)
        put(object, case_severities[severity].name, number(unknown, values[severity]));
    return object;
}

/* In the order in which a bulletin is read. */
json_t *unit_to_json(const struct bulletin_figures *figures, int index)
{
    const struct unit_figures *unit = &figures->unit[index];
    json_t *object = json_object();
    put(object, "area", json_string(unit->unit));
    put(object, "name", json_string(unit->zh));
    put(object, "name_en", json_string(unit->en));
    put(object, "confirmed_new", number(unit->unknown, unit->n[FIGURE_CONFIRMED_NEW]));
    put(object, "converted", number(unit->unknown, unit->n[FIGURE_CONVERTED]));
    put(object, "severity_new", severities(unit->severity[SPAN_NEW], unit->unknown));
    put(object, "asymptomatic_new", number(unit->unknown, unit->n[FIGURE_ASYMPTOMATIC_NEW]));
    put(object, "infected", number(unit->unknown, figures_infected(unit)));
    put(object, "confirmed_cumulative",
        number(unit->unknown, unit->n[FIGURE_CONFIRMED_CUMULATIVE]));
    put(object, "severity_cumulative", severities(unit->severity[SPAN_CUMULATIVE], unit->unknown));
    put(object, "asymptomatic_cumulative",
        number(unit->unknown, unit->n[FIGURE_ASYMPTOMATIC_CUMULATIVE]));
    for (int origin = 0; origin < ORIGIN_COUNT; origin++)
        put(object, origin_names[origin], measures(unit->origin[origin], unit->unknown));
    put(object, "adjusted", measures(unit->adjusted, unit->unknown));
    put(object, "waiting",
        number(unit->unknown || (figures->joined && unit->waiting > 0), unit->waiting));
    put(object, "unbacked",
        number(unit->unknown || (figures->joined && unit->unbacked > 0), unit->unbacked));
    return object;
}

json_t *parts_to_json(const struct bulletin_figures *figures, int index)
{
    json_t *list = json_array();
    for (size_t i = 0; i < figures->count; i++) {
        const struct unit_figures *unit = &figures->unit[i];
        if (unit->parent != index)
            continue;
        json_t *object = json_object();
        put(object, "area", json_string(unit->unit));
        put(object, "name", json_string(unit->zh));
        put(object, "name_en", json_string(unit->en));
        put_measures(object, unit->n, unit->unknown);
        (void)json_array_append_new(list, object);
    }
    return list;
}

/* With what is only needed to reckon on: parts, versions and days are made of stored units. */
json_t *figures_to_json(const struct bulletin_figures *figures)
{
    json_t *list = json_array();
    for (size_t i = 0; i < figures->count; i++) {
        const struct unit_figures *unit = &figures->unit[i];
        json_t *object = unit_to_json(figures, (int)i), *people = json_array(),
               *unsplit = json_array();
        put(object, "parent",
            unit->parent < 0 ? json_null() : json_string(figures->unit[unit->parent].unit));
        put(object, "own", measures(unit->own, unit->unknown));
        for (int measure = 0; measure < FIGURE_CONFIRMED_CUMULATIVE; measure++)
            (void)json_array_append_new(people, json_integer(unit->people[measure]));
        for (int span = 0; span < SPAN_COUNT; span++)
            (void)json_array_append_new(unsplit, json_integer(unit->unsplit[span]));
        put(object, "people", people);
        put(object, "unsplit", unsplit);
        put(object, "converted_before", json_integer(unit->converted_before));
        (void)json_array_append_new(list, object);
    }
    return list;
}

json_t *checks_to_json(const struct bulletin_checks *checks)
{
    json_t *list = json_array();
    for (size_t i = 0; i < checks->count; i++) {
        const struct bulletin_check *check = &checks->check[i];
        json_t *object = json_object();
        put(object, "check", json_string(check->name));
        put(object, "passed", json_boolean(check->passed));
        put(object, "hard", json_boolean(check->hard));
        put(object, "expected", number(false, check->expected));
        put(object, "found", number(false, check->found));
        put(object, "detail_zh", json_string(check->zh));
        put(object, "detail_en", json_string(check->en));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *text(struct bh_str value)
{
    return json_stringn(value.len > 0 ? value.at : "", value.len);
}

static json_t *instant(int64_t at_ms, int zone_minutes)
{
    char out[BH_TIME_TEXT];
    if (at_ms == BH_NONE)
        return json_null();
    bh_time_format(at_ms, zone_minutes, out);
    return json_string(out);
}

static const char *severity_name(int64_t severity)
{
    return severity == BH_NONE || severity == SEVERITY_NONE ? "all"
                                                            : case_severities[severity].name;
}

json_t *notes_to_json(const struct bulletin_note *notes, size_t count, int zone_minutes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct bulletin_note *note = &notes[i];
        json_t *object = json_object();
        put(object, "area", json_string(note->unit));
        put(object, "name", json_string(note->zh));
        put(object, "name_en", json_string(note->en));
        put(object, "measure", json_string(bulletin_measures[note->measure].name));
        put(object, "severity", json_string(severity_name(note->severity)));
        put(object, "value", json_integer(note->value));
        put(object, "from", instant(note->from_ms, zone_minutes));
        put(object, "to", instant(note->to_ms, zone_minutes));
        put(object, "reason", text(note->reason));
        put(object, "source", text(note->source));
        (void)json_array_append_new(list, object);
    }
    return list;
}

json_t *differences_to_json(const struct bulletin_figures *figures,
                            const struct bulletin_difference *list, size_t count, int zone_minutes)
{
    json_t *result = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct bulletin_difference *one = &list[i];
        const struct unit_figures *unit = &figures->unit[one->unit];
        bool numbers = one->before != BH_NONE && one->after != BH_NONE;
        json_t *object = json_object();
        put(object, "kind", json_string(one->published ? "publisher" : "version"));
        put(object, "area", json_string(unit->unit));
        put(object, "name", json_string(unit->zh));
        put(object, "name_en", json_string(unit->en));
        put(object, "measure", json_string(bulletin_measures[one->measure].name));
        put(object, "severity", json_string(severity_name(one->severity)));
        put(object, "before", number(false, one->before));
        put(object, "after", number(false, one->after));
        put(object, "difference", number(!numbers, numbers ? one->after - one->before : 0));
        if (one->published) {
            put(object, "from", instant(one->from_ms, zone_minutes));
            put(object, "to", instant(one->to_ms, zone_minutes));
            put(object, "publisher", text(one->publisher));
            put(object, "source", text(one->source));
            put(object, "figure", json_integer(one->figure));
        }
        (void)json_array_append_new(result, object);
    }
    return result;
}

/* ---- reading what was stored ---- */

static bool get_number(const json_t *object, const char *name, int64_t *ret)
{
    const json_t *value = json_object_get(object, name);
    *ret = json_is_integer(value) ? json_integer_value(value) : 0;
    return json_is_integer(value) || json_is_null(value);
}

static bool get_measures(const json_t *object, int64_t *ret)
{
    for (int measure = 0; measure < FIGURE_COUNT; measure++)
        if (!get_number(object, bulletin_measures[measure].name, &ret[measure]))
            return false;
    return true;
}

static bool get_list(const json_t *object, const char *name, size_t count, int64_t *ret)
{
    const json_t *list = json_object_get(object, name);
    if (json_array_size(list) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        ret[i] = json_integer_value(json_array_get(list, i));
    return true;
}

static const char *get_text(const json_t *object, const char *name, struct bh_arena *arena)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value)
               ? bh_arena_copy(arena, json_string_value(value), json_string_length(value))
               : NULL;
}

static bool get_figures(const json_t *object, struct unit_figures *ret)
{
    bool ok = get_measures(object, ret->n) &&
              get_measures(json_object_get(object, "adjusted"), ret->adjusted) &&
              get_measures(json_object_get(object, "own"), ret->own) &&
              get_list(object, "unsplit", SPAN_COUNT, ret->unsplit) &&
              get_list(object, "people", FIGURE_CONFIRMED_CUMULATIVE, ret->people) &&
              get_number(object, "converted_before", &ret->converted_before) &&
              get_number(object, "waiting", &ret->waiting) &&
              get_number(object, "unbacked", &ret->unbacked);
    for (int origin = 0; ok && origin < ORIGIN_COUNT; origin++)
        ok = get_measures(json_object_get(object, origin_names[origin]), ret->origin[origin]);
    for (int span = 0; ok && span < SPAN_COUNT; span++)
        for (int severity = SEVERITY_MILD; ok && severity < SEVERITY_COUNT; severity++)
            ok = get_number(json_object_get(object, span_names[span]),
                            case_severities[severity].name, &ret->severity[span][severity]);
    return ok;
}

/* Its parent is not looked up. */
static bool get_alone(const json_t *object, struct bh_arena *arena, struct unit_figures *ret)
{
    *ret = (struct unit_figures){
        .unit = get_text(object, "area", arena),
        .zh = get_text(object, "name", arena),
        .en = get_text(object, "name_en", arena),
        .parent = -1,
        .unknown = json_is_null(json_object_get(object, "confirmed_new")),
    };
    return ret->unit && ret->zh && ret->en && get_figures(object, ret);
}

static bool get_unit(const json_t *object, struct bulletin_figures *figures, struct bh_arena *arena)
{
    struct unit_figures *unit = &figures->unit[figures->count];
    const json_t *parent = json_object_get(object, "parent");
    if (!get_alone(object, arena, unit))
        return false;
    if (json_is_string(parent))
        unit->parent = figures_find(figures, bh_str_of(json_string_value(parent)));
    if ((unit->parent < 0) != (figures->count == 0))
        return false;
    figures->count++;
    return true;
}

static bool unreadable(const struct bulletin_version *version, struct bh_err *err)
{
    return bh_fail(err, BH_CORRUPT, "%lld号通报的数字无法读取",
                   "the figures of bulletin %lld cannot be read", (long long)version->bulletin);
}

bool version_figures(const struct bulletin_version *version, struct bh_arena *arena,
                     struct bulletin_figures **ret, json_t **ret_json, struct bh_err *err)
{
    struct bulletin_figures *figures = bh_arena_get(arena, sizeof *figures);
    json_t *json = json_loadb(version->figures.at, version->figures.len, 0, NULL);
    const json_t *units = json_object_get(json, "units");
    bool ok = json_array_size(units) > 0 && json_array_size(units) <= UNITS_MAX;
    figures->from_ms = version->from_ms;
    figures->to_ms = version->to_ms;
    for (size_t i = 0; ok && i < json_array_size(units); i++)
        ok = get_unit(json_array_get(units, i), figures, arena);
    if (!ok) {
        json_decref(json);
        return unreadable(version, err);
    }
    *ret = figures;
    if (ret_json)
        *ret_json = json;
    else
        json_decref(json);
    return true;
}

/* Units come first in the text, each begins with its area, and inside a text the quotes would be escaped: so the first
 * such place is the unit. */
bool version_unit(const struct bulletin_version *version, const char *unit, struct bh_arena *arena,
                  const struct unit_figures **ret, struct bh_err *err)
{
    struct bh_str all = version->figures;
    const char *begin = bh_arena_format(arena, "{\"area\":\"%s\",", unit);
    const char *at = all.len > 0 ? memmem(all.at, all.len, begin, strlen(begin)) : NULL;
    *ret = NULL;
    if (!at)
        return true;
    struct unit_figures *figures = bh_arena_get(arena, sizeof *figures);
    json_t *json = json_loadb(at, all.len - (size_t)(at - all.at), JSON_DISABLE_EOF_CHECK, NULL);
    bool ok = json && get_alone(json, arena, figures);
    json_decref(json);
    *ret = figures;
    return ok || unreadable(version, err);
}

static const char *object_text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static bool note_inside(const struct bulletin_figures *figures, const char *unit, int root)
{
    int at = figures_find(figures, bh_str_of(unit));
    while (at >= 0 && at != root)
        at = figures->unit[at].parent;
    return at >= 0;
}

static bool note_read(const json_t *object, int zone_minutes, struct bh_arena *arena,
                      struct bulletin_note *ret)
{
    struct bh_err ignored;
    const char *severity = object_text(object, "severity");
    *ret = (struct bulletin_note){
        .unit = get_text(object, "area", arena),
        .zh = get_text(object, "name", arena),
        .en = get_text(object, "name_en", arena),
        .measure = choice_index(bulletin_measures, bh_str_of(object_text(object, "measure"))),
        .severity = bh_str_is(bh_str_of(severity), "all")
                        ? BH_NONE
                        : choice_index(case_severities, bh_str_of(severity)),
        .value = json_integer_value(json_object_get(object, "value")),
        .source = bh_str_of(get_text(object, "source", arena)),
        .reason = bh_str_of(get_text(object, "reason", arena)),
    };
    return ret->unit && ret->zh && ret->en && ret->measure >= 0 && ret->severity != -1 &&
           bh_time_parse(bh_str_of(object_text(object, "from")), zone_minutes, &ret->from_ms,
                         &ignored) &&
           bh_time_parse(bh_str_of(object_text(object, "to")), zone_minutes, &ret->to_ms, &ignored);
}

bool version_notes(const json_t *stored, const struct bulletin_figures *figures, int root,
                   int zone_minutes, struct bh_arena *arena, struct bulletin_note **ret,
                   size_t *ret_count, struct bh_err *err)
{
    const json_t *list = json_object_get(stored, "adjustments");
    struct bulletin_note *notes = bh_arena_get(arena, (json_array_size(list) + 1) * sizeof *notes);
    *ret_count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        if (!note_inside(figures, object_text(object, "area"), root))
            continue;
        if (!note_read(object, zone_minutes, arena, &notes[*ret_count]))
            return bh_fail(err, BH_CORRUPT, "已签发通报的调整无法读取",
                           "the adjustments of a signed bulletin cannot be read");
        ++*ret_count;
    }
    *ret = notes;
    return true;
}
