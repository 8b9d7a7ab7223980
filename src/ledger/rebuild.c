#include "ledger/rebuild.h"

#include "ledger/derived.h"
#include "os/file.h"
#include "os/thread.h"
#include "store/tables.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    PROGRESS_EVERY = 20000,
    REBUILD_CACHE_KB = 128 << 10,
    COMPARE_CACHE_KB = 4 << 10, /* each row is read once */
    COMPARERS = 2,
    DIFFERENCES_MAX = 1000
};

static bool replay(struct db *scratch, struct db *live, const struct catalogue *catalogue,
                   int64_t to, verify_progress *progress, void *self, struct rebuild_report *report,
                   struct bh_err *err)
{
    struct log_reader reader;
    bool ok = db_begin(scratch, err);
    log_reader_open(&reader, live, catalogue, 1, to);
    while (ok && log_reader_next(&reader)) {
        ok = derived_apply(scratch, catalogue, &reader.event, err);
        report->events++;
        if (progress && report->events % PROGRESS_EVERY == 0)
            progress(self, report->events, to);
    }
    struct bh_err closed;
    if (!log_reader_close(&reader, &closed) && ok) {
        *err = closed;
        ok = false;
    }
    return ok && db_commit(scratch, err);
}

/* One of several threads that hold the tables, each with its twin, against each other. */
struct comparer {
    struct thread thread;
    const struct ledger *ledger;
    const char *path; /* of the rebuilt tables */
    atomic_int *next; /* of all tables: the number of the one to be taken next */
    struct rebuild_report report;
    int first; /* number of the first table that differs */
    bool ok;
    struct bh_err err;
};

static const struct derived_table *table_at(const struct catalogue *catalogue, int number)
{
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        for (const struct derived_table *table = (*link)->tables; table && table->name; table++)
            if (number-- == 0)
                return table;
    return NULL;
}

static bool compare_table(struct comparer *comparer, struct db *db, const char *table, int number)
{
    struct rebuild_report *report = &comparer->report;
    int64_t missing = 0, extra = 0;
    bool same = false;
    report->tables++;
    if (!db_table_same(db, "main", "live", table, &same, &comparer->err))
        return false;
    if (same)
        return true;
    if (!db_table_missing(db, "main", "live", table, DIFFERENCES_MAX, &missing, &comparer->err) ||
        !db_table_missing(db, "live", "main", table, DIFFERENCES_MAX, &extra, &comparer->err))
        return false;
    report->different_rows += missing + extra;
    if (missing + extra > 0 && report->first_table[0] == 0) {
        comparer->first = number;
        (void)snprintf(report->first_table, sizeof report->first_table, "%s", table);
    }
    return true;
}

static void comparer_run(void *self)
{
    struct comparer *comparer = self;
    const struct catalogue *catalogue = comparer->ledger->catalogue;
    const struct derived_table *table = NULL;
    struct db *db = NULL;
    comparer->ok = db_open(comparer->path, DB_READ, COMPARE_CACHE_KB, &db, &comparer->err) &&
                   db_attach(db, comparer->ledger->path, "live", &comparer->err);
    while (comparer->ok) {
        int number = atomic_fetch_add(comparer->next, 1);
        if (!(table = table_at(catalogue, number)))
            break;
        comparer->ok = compare_table(comparer, db, table->name, number);
    }
    db_close(db);
}

/* Table by table; two threads, because on two cores that is half the time. */
static bool compare_all(const struct ledger *ledger, const char *path,
                        struct rebuild_report *report, struct bh_err *err)
{
    struct comparer comparer[COMPARERS];
    atomic_int next = 0;
    bool ok = true;
    int first = INT_MAX;
    for (int i = 0; i < COMPARERS; i++) {
        comparer[i] = (struct comparer){.ledger = ledger, .path = path, .next = &next};
        if (ok && i > 0)
            ok = thread_start(&comparer[i].thread, "compare", comparer_run, &comparer[i], err);
    }
    if (ok)
        comparer_run(&comparer[0]);
    for (int i = 0; i < COMPARERS; i++) {
        thread_join(&comparer[i].thread);
        if (ok && !comparer[i].ok) {
            *err = comparer[i].err;
            ok = false;
        }
        report->tables += comparer[i].report.tables;
        report->different_rows += comparer[i].report.different_rows;
        if (comparer[i].report.first_table[0] && comparer[i].first < first) {
            first = comparer[i].first;
            memcpy(report->first_table, comparer[i].report.first_table, sizeof report->first_table);
        }
    }
    return ok;
}

/* Whether the live tables and indexes are described as the program describes them: a byte changed there may leave every
 * row as it was. */
static bool compare_schema(struct ledger *ledger, struct rebuild_report *report, struct bh_err *err)
{
    struct db *fresh = NULL;
    int64_t different = 0;
    if (!db_open(":memory:", DB_WRITE, 1024, &fresh, err))
        return false;
    bool ok = derived_create(fresh, ledger->catalogue, err) &&
              db_attach(fresh, ledger->path, "live", err) &&
              db_int(fresh, err, &different, NULL,
                     "SELECT count(*) FROM main.sqlite_master a WHERE a.sql IS NOT NULL AND NOT "
                     "EXISTS (SELECT 1 FROM live.sqlite_master b WHERE b.name = a.name AND b.sql "
                     "= a.sql)",
                     "");
    db_close(fresh);
    if (ok && different > 0) {
        report->schema_differs = true;
        report->different_rows += different;
        (void)snprintf(report->first_table, sizeof report->first_table, "sqlite_master");
    }
    return ok;
}

/* Rows are exchanged; tables described otherwise are made anew by the next opening. */
static bool swap_all(struct db *db, const struct catalogue *catalogue, bool schema_differs,
                     struct bh_err *err)
{
    if (!db_begin(db, err))
        return false;
    for (const struct link *const *link = catalogue_links(catalogue); *link; link++)
        for (const struct derived_table *table = (*link)->tables; table && table->name; table++)
            if (!db_table_replace(db, "rebuilt", "main", table->name, err)) {
                db_rollback(db);
                return false;
            }
    if (schema_differs && !db_run(db, err, "DELETE FROM derived_schema", "")) {
        db_rollback(db);
        return false;
    }
    return db_commit(db, err);
}

bool ledger_rebuild(struct ledger *ledger, bool swap, verify_progress *progress, void *self,
                    struct rebuild_report *ret, struct bh_err *err)
{
    char path[4400];
    struct db *scratch = NULL;
    *ret = (struct rebuild_report){0};
    (void)snprintf(path, sizeof path, "%s/rebuild.db", ledger->folder);
    if (!file_remove(path, err) || !db_open(path, DB_WRITE, REBUILD_CACHE_KB, &scratch, err))
        return false;
    bool ok =
        db_scratch(scratch, err) && derived_tables_create(scratch, ledger->catalogue, err) &&
        db_attach(scratch, ledger->path, "live", err) &&
        replay(scratch, ledger->db, ledger->catalogue, ledger->head.seq, progress, self, ret, err);
    db_close(scratch);
    ok = ok && compare_schema(ledger, ret, err) && compare_all(ledger, path, ret, err);
    if (ok && swap && ret->different_rows > 0)
        ok = db_attach(ledger->db, path, "rebuilt", err) &&
             swap_all(ledger->db, ledger->catalogue, ret->schema_differs, err) &&
             db_run(ledger->db, err, "DETACH rebuilt", "");
    struct bh_err removed;
    (void)!file_remove(path, &removed);
    return ok;
}
