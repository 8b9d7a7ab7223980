#include "ledger/derived.h"

#include "store/tables.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { SCHEMA_HASH = 16, EVENTS_A_TRANSACTION = 50000 };

static void describe(const struct catalogue *catalogue, char ret[2 * SCHEMA_HASH + 1])
{
    uint8_t hash[SCHEMA_HASH];
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, SCHEMA_HASH);
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        for (const struct derived_table *table = (*link)->tables; table && table->name; table++)
            for (int i = 0; i < 2; i++) {
                const char *part = i == 0 ? table->schema : table->indexes;
                if (part)
                    (void)crypto_generichash_update(&state, (const unsigned char *)part,
                                                    strlen(part) + 1);
            }
    (void)crypto_generichash_final(&state, hash, SCHEMA_HASH);
    bh_hex(hash, SCHEMA_HASH, ret);
}

bool derived_tables_create(struct db *db, const struct catalogue *catalogue, struct bh_err *err)
{
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        for (const struct derived_table *table = (*link)->tables; table && table->name; table++)
            if (!db_script(db, table->schema, err))
                return false;
    return db_script(db, "CREATE TABLE derived_schema (hash TEXT NOT NULL)", err);
}

static bool create_indexes(struct db *db, const struct catalogue *catalogue, struct bh_err *err)
{
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        for (const struct derived_table *table = (*link)->tables; table && table->name; table++)
            if (table->indexes && !db_script(db, table->indexes, err))
                return false;
    return true;
}

static bool note_schema(struct db *db, const struct catalogue *catalogue, struct bh_err *err)
{
    char hash[2 * SCHEMA_HASH + 1];
    describe(catalogue, hash);
    return db_run(db, err, "INSERT INTO derived_schema (hash) VALUES (?)", "z", hash);
}

bool derived_finish(struct db *db, const struct catalogue *catalogue, struct bh_err *err)
{
    return create_indexes(db, catalogue, err) && note_schema(db, catalogue, err);
}

bool derived_create(struct db *db, const struct catalogue *catalogue, struct bh_err *err)
{
    return derived_tables_create(db, catalogue, err) && derived_finish(db, catalogue, err);
}

bool derived_apply(struct db *db, const struct catalogue *catalogue, const struct event *event,
                   struct bh_err *err)
{
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        if ((*link)->apply && !(*link)->apply(db, event, err))
            return false;
    return true;
}

static bool is_current(struct ledger *ledger, bool *ret, struct bh_err *err)
{
    char hash[2 * SCHEMA_HASH + 1];
    int64_t there = 0, same = 0;
    describe(ledger->catalogue, hash);
    *ret = false;
    if (!db_int(ledger->db, err, &there, NULL,
                "SELECT count(*) FROM sqlite_master WHERE name = 'derived_schema'", ""))
        return false;
    if (there > 0 && !db_int(ledger->db, err, &same, NULL,
                             "SELECT count(*) FROM derived_schema WHERE hash = ?", "z", hash))
        return false;
    *ret = same == 1;
    return true;
}

/* In transactions of a bearable size: the tables count for nothing until their description is noted at the end. */
static bool apply_all(struct ledger *ledger, struct db *log, struct bh_err *err)
{
    struct log_reader reader;
    bool ok = true;
    log_reader_open(&reader, log, ledger->catalogue, 1, INT64_MAX);
    while (ok && log_reader_next(&reader)) {
        ok = derived_apply(ledger->db, ledger->catalogue, &reader.event, err);
        if (ok && reader.event.seq % EVENTS_A_TRANSACTION == 0)
            ok = db_commit(ledger->db, err) && db_begin(ledger->db, err);
    }
    struct bh_err closed;
    if (!log_reader_close(&reader, &closed) && ok) {
        *err = closed;
        ok = false;
    }
    return ok;
}

static bool make_anew(struct ledger *ledger, struct bh_err *err)
{
    static const char *const keep[] = {"event", NULL};
    struct db *log = NULL;
    /* The log is read on a connection of its own: the tables change under the writer's. */
    if (!db_open(ledger->path, DB_READ, 16 << 10, &log, err))
        return false;
    bool ok = db_begin(ledger->db, err) && db_tables_drop(ledger->db, keep, err) &&
              derived_tables_create(ledger->db, ledger->catalogue, err) &&
              apply_all(ledger, log, err) && derived_finish(ledger->db, ledger->catalogue, err) &&
              db_commit(ledger->db, err);
    if (!ok)
        db_rollback(ledger->db);
    db_close(log);
    return ok;
}

bool derived_upgrade(struct ledger *ledger, bool read_only, struct bh_err *err)
{
    bool current = false;
    if (!is_current(ledger, &current, err) || current)
        return current;
    if (read_only)
        return bh_fail(
            err, BH_CONFLICT, "数据目录由另一版本的程序写成；请先运行 bihuan rebuild --data %.200s",
            "the folder was written by another version; run bihuan rebuild --data %.200s first",
            ledger->folder);
    (void)fprintf(stderr,
                  "bihuan: another version wrote the derived tables; making them anew from the log "
                  "(%lld events) / 派生表由另一版本写成，正由日志重建\n",
                  (long long)ledger->head.seq);
    return make_anew(ledger, err);
}
