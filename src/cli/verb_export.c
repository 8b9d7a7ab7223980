#include "cli/cli.h"

#include "base/time.h"
#include "ledger/intake.h"

#include <stdio.h>
#include <string.h>

static json_t *event_json(const struct intake *intake, const struct log_row *row,
                          const struct event *event)
{
    char recorded[BH_TIME_TEXT], occurred[BH_TIME_TEXT], hash[2 * LOG_HASH + 1];
    bh_time_format(row->recorded_ms, intake->ledger->zone_minutes, recorded);
    bh_time_format(row->occurred_ms, intake->ledger->zone_minutes, occurred);
    bh_hex(row->hash, LOG_HASH, hash);
    json_t *json = json_pack(
        "{s:I, s:s, s:I, s:s, s:s, s:I, s:s, s:I, s:I, s:I}", "seq", (json_int_t)row->seq, "kind",
        event->kind->name, "version", (json_int_t)row->version, "recorded", recorded, "occurred",
        occurred, "actor", (json_int_t)row->actor, "area",
        intake->edge.area_out(intake->edge.self, row->area), "person", (json_int_t)row->person,
        "cause", (json_int_t)row->cause, "command", (json_int_t)row->command);
    (void)json_object_set_new(json, "fields",
                              record_to_json(event->kind->record, event->fields, &intake->edge));
    (void)json_object_set_new(json, "hash", json_string(hash));
    if (intake->ledger->exercise)
        (void)json_object_set_new(json, "synthetic", json_true());
    return json;
}

int verb_export(struct cli *cli)
{
    struct bh_err err;
    struct intake intake;
    struct log_reader reader;
    int64_t from = 1;
    const char *text = cli_value(cli, "from");
    if (cli->word_count != 1 || strcmp(cli->words[0], "log") != 0 ||
        (text && !bh_str_to_int(bh_str_of(text), &from))) {
        (void)bh_fail(&err, BH_INVALID, "用法：bihuan export log [--from SEQ]",
                      "use: bihuan export log [--from SEQ]");
        return cli_failed(cli, &err);
    }
    if (!cli_open(cli, false, &err))
        return cli_failed(cli, &err);
    intake_init(&intake, cli->ledger, &cli->arena, ledger_now(cli->ledger));
    log_reader_open(&reader, cli->ledger->db, cli->catalogue, from, INT64_MAX);
    while (log_reader_next(&reader)) {
        json_t *json = event_json(&intake, &reader.row, &reader.event);
        cli_print_json(json, false);
        json_decref(json);
    }
    return log_reader_close(&reader, &err) ? 0 : cli_failed(cli, &err);
}
