#include "ledger/intake.h"

#include "base/json_canonical.h"
#include "base/time.h"
#include "ledger/area.h"
#include "ledger/vault.h"

#include <sodium.h>
#include <string.h>

static bool seal(void *self, struct bh_str plain, bool searchable, struct bh_sealed *ret,
                 struct bh_err *err)
{
    const struct intake *intake = self;
    return vault_seal(intake->ledger->vault, intake->ledger->world, plain, searchable,
                      intake->arena, ret, err);
}

static bool area_in(void *self, struct bh_str text, int64_t *ret_area, struct bh_err *err)
{
    const struct intake *intake = self;
    const struct unit *unit = NULL;
    const struct leaf *leaf =
        text.len == 12 ? areas_leaf_of_code(intake->ledger->areas, text) : NULL;
    if (leaf) {
        *ret_area = leaf->number;
        return true;
    }
    if (!areas_resolve(intake->ledger->areas, text, intake->at_ms, &unit, err))
        return false;
    *ret_area = areas_unit_leaf(intake->ledger->areas, unit);
    /* Leaf 0 would mean "the whole log" further on. */
    return *ret_area != 0 ||
           bh_fail_field(err, BH_INVALID, "area", "%s 所辖乡镇街道尚不清楚，不能在此登记或查询",
                         "which townships %s holds is not known: nothing is recorded there",
                         unit->id);
}

static const char *area_out(void *self, int64_t area)
{
    const struct intake *intake = self;
    const struct leaf *leaf = areas_leaf(intake->ledger->areas, area);
    return leaf ? leaf->code : "";
}

/* 1 .. 2^53 - 1: exact in every language that reads our JSON. */
static int64_t new_person(void *self)
{
    const struct intake *intake = self;
    int64_t number = 0;
    while (number == 0) {
        intake->ledger->world->entropy(intake->ledger->world->self, &number, sizeof number);
        number &= (INT64_C(1) << 53) - 1;
    }
    return number;
}

void intake_init(struct intake *intake, const struct ledger *ledger, struct bh_arena *arena,
                 int64_t at_ms)
{
    *intake = (struct intake){.ledger = ledger, .arena = arena, .at_ms = at_ms};
    intake->edge = (struct record_edge){
        .arena = arena,
        .zone_minutes = ledger->zone_minutes,
        .self = intake,
        .seal = seal,
        .area_in = area_in,
        .area_out = area_out,
        .new_person = new_person,
    };
}

/* Under the outbreak's key: a bare hash in the log would let a phone number be guessed back from it. */
static void hash_request(const struct intake *intake, const struct command *command,
                         struct bh_str text, uint8_t ret[LOG_REQUEST])
{
    uint8_t plain[LOG_REQUEST];
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, LOG_REQUEST);
    (void)crypto_generichash_update(&state, (const unsigned char *)command->name,
                                    strlen(command->name) + 1);
    (void)crypto_generichash_update(&state, (const unsigned char *)text.at, text.len);
    (void)crypto_generichash_final(&state, plain, LOG_REQUEST);
    vault_search_hash(intake->ledger->vault, (struct bh_str){(const char *)plain, LOG_REQUEST},
                      ret);
}

static bool take_occurred(struct intake *intake, const struct command *command, const json_t *value,
                          int64_t *ret, struct bh_err *err)
{
    if (!(command->flags & COMMAND_PAST))
        return bh_fail_field(err, BH_INVALID, "occurred", "此命令不接受发生时间",
                             "this command takes no time of occurrence");
    if (!json_is_string(value))
        return bh_fail_field(err, BH_MALFORMED, "occurred", "发生时间应为文字",
                             "occurred should be text");
    struct bh_str text = {json_string_value(value), json_string_length(value)};
    if (bh_time_parse(text, intake->ledger->zone_minutes, ret, err))
        return true;
    memcpy(err->field, "occurred", sizeof "occurred");
    return false;
}

bool intake_command(struct intake *intake, const struct command *command, const json_t *body,
                    struct submission *ret, struct bh_err *err)
{
    const json_t *occurred = json_object_get(body, "occurred");
    void *fields = bh_arena_try(intake->arena, command->record->size);
    bool ok = true;
    memset(ret, 0, sizeof *ret);
    ret->command = command;
    ret->body = fields;
    ret->arena = intake->arena;
    ret->occurred_ms = BH_NONE;
    if (!fields)
        return bh_fail(err, BH_TOO_BIG, "内容过大", "too large");
    if (!occurred || record_field(command->record, "occurred")) {
        ok = record_from_json(command->record, body, &intake->edge, fields, err);
    } else {
        json_t *rest = json_copy((json_t *)(uintptr_t)body);
        (void)json_object_del(rest, "occurred");
        ok = take_occurred(intake, command, occurred, &ret->occurred_ms, err) &&
             record_from_json(command->record, rest, &intake->edge, fields, err);
        json_decref(rest);
    }
    if (!ok)
        return false;
    struct bh_buf text;
    bh_buf_init(&text, LIMIT_ARENA_REQUEST);
    json_canonical(body, &text);
    ok = !text.full || bh_fail(err, BH_TOO_BIG, "内容过大", "too large");
    if (ok)
        hash_request(intake, command, bh_buf_view(&text), ret->request);
    bh_buf_done(&text);
    return ok;
}

bool intake_text(struct intake *intake, const struct command *command, struct bh_str text,
                 struct submission *ret, struct bh_err *err)
{
    json_error_t why;
    json_t *body = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, &why);
    if (!body) {
        /* The parser's own words may quote the text, which may be personal: only the place is told. */
        (void)bh_fail(err, BH_MALFORMED, "不是合法的 JSON（第 %d 行第 %d 列）",
                      "not valid JSON (line %d, column %d)", why.line, why.column);
        err->line = why.line;
        err->column = why.column;
        return false;
    }
    bool ok = intake_command(intake, command, body, ret, err);
    json_decref(body);
    return ok;
}

void intake_new_key(struct intake *intake, struct submission *submission)
{
    const struct world *world = intake->ledger->world;
    int64_t now = world->wall_ms(world->self);
    for (int i = 0; i < 6; i++)
        submission->key[i] = (uint8_t)((uint64_t)now >> (8 * (5 - i)));
    world->entropy(world->self, submission->key + 6, LOG_KEY - 6);
    submission->has_key = true;
}
