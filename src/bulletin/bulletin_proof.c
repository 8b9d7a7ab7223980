/* The code on a printed bulletin: made when a signed version is asked for, verified against the log. */
#include "bulletin/bulletin.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"

#include <sodium.h>
#include <string.h>

#define PROOF_FORM "BIHUAN-BULLETIN/1"
#define PROOF_SUM  "sha256:"
enum { PROOF_WORDS = 7 };

/* ---- who asks, and about whom ---- */

bool bulletin_unit(const struct reader *reader, int64_t leaf, int64_t at_ms,
                   const struct unit **ret, struct bh_err *err)
{
    const struct unit *unit =
        leaf == BH_NONE ? NULL : areas_lowest(reader->ledger->areas, leaf, at_ms);
    if (leaf == BH_NONE)
        return bh_fail_field(err, BH_INVALID, "area", "请指明地区", "name an area");
    if (!unit || areas_unit_leaf(reader->ledger->areas, unit) != leaf ||
        (!reader->scope->everything && !scope_covers(reader->scope, &unit->scope)))
        return bh_fail_field(err, BH_MISSING, "area", "没有这个地区", "no such area");
    *ret = unit;
    return true;
}

json_t *bulletin_signer(struct reader *reader, int64_t user)
{
    struct rows rows;
    struct bh_err ignored;
    json_t *name = NULL;
    db_rows(reader->db, &rows, "SELECT display FROM user_account WHERE user = ?", "i", user);
    if (db_next(&rows))
        name = json_stringn(row_text(&rows, 0).at, row_text(&rows, 0).len);
    if (!db_end(&rows, &ignored) || !name)
        return user == 0 ? json_null() : json_sprintf("%lld", (long long)user);
    return name;
}

/* ---- the text ---- */

static void figures_hash(const struct bulletin_version *version, uint8_t ret[PROOF_HASH])
{
    (void)crypto_hash_sha256(ret, (const uint8_t *)version->figures.at, version->figures.len);
}

const char *proof_text(struct reader *reader, const struct unit *unit,
                       const struct bulletin_version *version)
{
    char from[BH_TIME_TEXT], to[BH_TIME_TEXT], hex[2 * PROOF_HASH + 1];
    uint8_t hash[PROOF_HASH];
    figures_hash(version, hash);
    bh_hex(hash, sizeof hash, hex);
    bh_time_format(version->from_ms, reader->ledger->zone_minutes, from);
    bh_time_format(version->to_ms, reader->ledger->zone_minutes, to);
    return bh_arena_format(reader->arena, PROOF_FORM " %s %s %s v%lld @%lld " PROOF_SUM "%s",
                           unit->id, from, to, (long long)version->version,
                           (long long)version->position, hex);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* At most one word more than wanted, so that a longer text is noticed. */
static size_t split(struct bh_str text, struct bh_str words[PROOF_WORDS + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < text.len && count <= PROOF_WORDS;) {
        size_t from = i;
        while (i < text.len && !is_blank(text.at[i]))
            i++;
        if (i > from)
            words[count++] = (struct bh_str){text.at + from, i - from};
        while (i < text.len && is_blank(text.at[i]))
            i++;
    }
    return count;
}

static bool number_after(struct bh_str word, const char *prefix, int64_t *ret)
{
    size_t len = strlen(prefix);
    return bh_str_starts(word, prefix) && word.len > len && word.at[len] != '-' &&
           bh_str_to_int((struct bh_str){word.at + len, word.len - len}, ret);
}

bool proof_read(struct bh_str text, int zone_minutes, struct proof *ret, struct bh_err *err)
{
    struct bh_str words[PROOF_WORDS + 1];
    struct bh_err ignored;
    struct proof proof = {0};
    size_t sum = sizeof PROOF_SUM - 1;
    bool ok =
        split(bh_str_trim(text), words) == PROOF_WORDS && bh_str_is(words[0], PROOF_FORM) &&
        bh_time_parse(words[2], zone_minutes, &proof.from_ms, &ignored) &&
        bh_time_parse(words[3], zone_minutes, &proof.to_ms, &ignored) &&
        number_after(words[4], "v", &proof.version) && proof.version > 0 &&
        number_after(words[5], "@", &proof.position) && bh_str_starts(words[6], PROOF_SUM) &&
        bh_unhex((struct bh_str){words[6].at + sum, words[6].len - sum}, proof.hash, PROOF_HASH);
    if (!ok)
        return bh_fail_field(err, BH_INVALID, "text", "不是通报二维码的文字",
                             "not the text of a bulletin's code");
    proof.unit = words[1];
    *ret = proof;
    return true;
}

/* ---- verifying ---- */

struct proof_params {
    struct bh_str text;
};
static const struct field proof_fields[] = {
    FIELD(proof_params, text, TEXT, FIELD_REQUIRED, "二维码的文字", "Text of the code",
          .max = PROOF_TEXT),
};
const struct record proof_record = {"proof_params", sizeof(struct proof_params), proof_fields,
                                    sizeof proof_fields / sizeof proof_fields[0]};

enum proof_result { PROOF_RIGHT, PROOF_ALTERED, PROOF_UNKNOWN };
static const char *const result_names[] = {"right", "altered", "unknown"};

static void put_words(json_t *object, enum proof_result result, const struct proof *proof,
                      int64_t latest, const struct bulletin_version *version)
{
    long long number = proof->version;
    bool place = version && version->position != proof->position;
    json_t *zh = NULL, *en = NULL;
    if (result == PROOF_UNKNOWN) {
        zh = json_sprintf("本日志没有签发过这一时段的第%lld版。", number);
        en = json_sprintf("This log holds no signed version %lld of that window.", number);
    } else if (result == PROOF_ALTERED) {
        zh =
            json_sprintf("不符：本日志所签第%lld版的%s不同。", number, place ? "日志位置" : "数字");
        en = json_sprintf("Not true: version %lld as signed in this log has %s.", number,
                          place ? "another log position" : "other figures");
    } else if (latest > proof->version) {
        zh = json_sprintf("属实：与本日志所签第%lld版一致；此后已有第%lld版。", number,
                          (long long)latest);
        en = json_sprintf("True: exactly version %lld as signed in this log; since replaced by "
                          "version %lld.",
                          number, (long long)latest);
    } else {
        zh = json_sprintf("属实：与本日志所签第%lld版一致。", number);
        en = json_sprintf("True: exactly version %lld as signed in this log.", number);
    }
    (void)json_object_set_new(object, "words", zh);
    (void)json_object_set_new(object, "words_en", en);
}

/* The true figures, whatever the paper says. */
static void put_signed(struct reader *reader, json_t *object, const struct unit_figures *figures,
                       const struct bulletin_version *version)
{
    uint8_t hash[PROOF_HASH];
    char hex[2 * PROOF_HASH + 1];
    json_t *list = json_object();
    figures_hash(version, hash);
    bh_hex(hash, sizeof hash, hex);
    for (int measure = 0; measure < FIGURE_COUNT; measure++) {
        int64_t value = figures_value(figures, measure, BH_NONE);
        (void)json_object_set_new(list, bulletin_measures[measure].name,
                                  value == BH_NONE ? json_null() : json_integer(value));
    }
    (void)json_object_set_new(object, "figures", list);
    (void)json_object_set_new(object, "hash", json_string(hex));
    (void)json_object_set_new(object, "position", json_integer(version->position));
    (void)json_object_set_new(object, "signed_by", bulletin_signer(reader, version->signed_by));
    (void)json_object_set_new(object, "signed_at", answer_time(reader, version->signed_ms));
    (void)json_object_set_new(object, "published_at", answer_time(reader, version->published_ms));
}

static json_t *proof_head(const struct reader *reader, const struct unit *unit,
                          const struct proof *proof, enum proof_result result)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "valid", json_boolean(result == PROOF_RIGHT));
    (void)json_object_set_new(object, "result", json_string(result_names[result]));
    (void)json_object_set_new(object, "area", json_string(unit->id));
    (void)json_object_set_new(object, "area_name", json_string(unit->zh));
    (void)json_object_set_new(object, "area_name_en", json_string(unit->en));
    (void)json_object_set_new(object, "from", answer_time(reader, proof->from_ms));
    (void)json_object_set_new(object, "to", answer_time(reader, proof->to_ms));
    (void)json_object_set_new(object, "version", json_integer(proof->version));
    return object;
}

/* The version the text names, as the log holds it; *ret_at: where it tells the unit, -1 = no such version. */
static bool find_version(struct reader *reader, const struct proof *proof, const struct unit *unit,
                         struct bulletin_version *ret, struct bulletin_version *ret_latest,
                         struct bulletin_figures **ret_figures, int *ret_at, struct bh_err *err)
{
    const struct areas *areas = reader->ledger->areas;
    struct window_list windows;
    bool found = false;
    *ret_at = -1;
    if (!windows_of(reader->db, areas, areas_unit_leaf(areas, unit), proof->from_ms, BH_NONE,
                    reader->arena, &windows, err))
        return false;
    if (!windows.unit)
        return true;
    int64_t area = areas_unit_leaf(areas, windows.unit);
    if (!version_read(reader->db, area, proof->from_ms, proof->to_ms, 0, reader->arena, ret_latest,
                      &found, err))
        return false;
    if (found && !version_read(reader->db, area, proof->from_ms, proof->to_ms, proof->version,
                               reader->arena, ret, &found, err))
        return false;
    if (!found)
        return true;
    if (!version_figures(ret, reader->arena, ret_figures, NULL, err))
        return false;
    *ret_at = figures_find(*ret_figures, bh_str_of(unit->id));
    return true;
}

bool proof_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err)
{
    const struct proof_params *p = params;
    const struct unit *unit = NULL;
    struct bulletin_version version = {0}, latest = {0};
    struct bulletin_figures *figures = NULL;
    struct proof proof;
    uint8_t hash[PROOF_HASH] = {0};
    int at = -1;
    if (!proof_read(p->text, reader->ledger->zone_minutes, &proof, err))
        return false;
    unit = areas_unit(reader->ledger->areas, proof.unit, proof.from_ms);
    int64_t leaf = unit ? areas_unit_leaf(reader->ledger->areas, unit) : 0;
    if (!bulletin_unit(reader, leaf, proof.from_ms, &unit, err) ||
        !find_version(reader, &proof, unit, &version, &latest, &figures, &at, err))
        return false;
    if (at >= 0)
        figures_hash(&version, hash);
    bool same =
        at >= 0 && version.position == proof.position && memcmp(hash, proof.hash, sizeof hash) == 0;
    enum proof_result result = at < 0 ? PROOF_UNKNOWN : same ? PROOF_RIGHT : PROOF_ALTERED;
    json_t *object = proof_head(reader, unit, &proof, result);
    put_words(object, result, &proof, latest.version, at < 0 ? NULL : &version);
    (void)json_object_set_new(object, "latest_version",
                              latest.version ? json_integer(latest.version) : json_null());
    if (at >= 0)
        put_signed(reader, object, &figures->unit[at], &version);
    *ret = object;
    return true;
}
