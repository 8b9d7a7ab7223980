#ifndef BH_LEDGER_LINK_H
#define BH_LEDGER_LINK_H
/*
 * What a link of the loop offers to the kernel, as tables: facts it publishes, commands, queries, reactions,
 * derived tables. The kernel knows nothing else of it.
 *
 * Flow of a command: parsed at the edge into its record's struct -> load (reads, in the writer) -> permit ->
 * decide (pure: facts + command + now -> events, or a refusal that changes nothing) -> each event is appended,
 * applied to the derived tables, shown to the duty engine and to reactions in the order of the links.
 */
#include "ledger/event.h"
#include "store/db.h"

/* What a command or query is about; decides who may. */
struct target {
    int64_t area;       /* leaf number; 0 = the whole log (only for roles over everything) */
    int64_t person;     /* 0 = none */
    int64_t other_area; /* who answers for this place may do it too; 0 = none */
};

/* Collects what a decision or a reaction wants recorded. */
struct decision;
struct ledger;

struct event_head {
    int64_t area, person; /* 0 = take the command's target */
    int64_t occurred_ms;  /* BH_NONE or 0 = the command's occurred time */
};

/* Records one event of the kind number with its fields struct (copied). Returns its future position, which
 * also fills a SELF field. head may be NULL. */
int64_t decision_emit(struct decision *d, int kind, const struct event_head *head,
                      const void *fields);
/* In a reaction: fields of the next event of this kind that is emitted already but not recorded yet, with its head; NULL = no
 * more. *at begins with 0. Facts recorded side by side ask for the same thing only once this way. */
const void *decision_waiting(const struct decision *d, int kind, size_t *at,
                             struct event_head *ret_head);
/* In go_on: what is emitted from here on follows from this earlier fact, as if it had been emitted with it. NULL ends it. */
void decision_because(struct decision *d, const struct event *cause);
int64_t decision_now(const struct decision *d); /* the log's clock */
int64_t decision_occurred(
    const struct decision *d); /* of the command, or of the event reacted to */
int64_t decision_actor(const struct decision *d);
struct bh_arena *decision_arena(struct decision *d);
/* The books a decision may look into: areas, roles. Never the database: what depends on rows is loaded. */
const struct ledger *decision_ledger(const struct decision *d);
struct scope; /* the leaf ranges a reader may see: ledger/area.h */
/* Whether the actor may do this command in all of these places too; for commands about more than their target. */
bool decision_covers(const struct decision *d, const struct scope *scope);
bool decision_holds(const struct decision *d, int64_t leaf);
/* A parameter of the plan valid for the area now (ms for durations, else the whole number). False when the
 * plan has no such parameter: then the rule does not apply. */
bool decision_plan_number(struct decision *d, int64_t area, const char *param, int64_t *ret);
/* Whether a list of the plan holds the word; true, too, when the plan has no such list. */
bool decision_plan_lists(struct decision *d, int64_t area, const char *param, const char *word);
struct scope; /* leaf ranges: ledger/area.h */
/* Leaves of the smallest unit (county, development zone) around the leaf; NULL when no unit holds it. */
const struct scope *decision_unit(const struct decision *d, int64_t leaf);

/* Urgency when not everything can be taken, most urgent first. */
enum priority {
    PRIORITY_SAMPLING,
    PRIORITY_RESULT,
    PRIORITY_LOOKUP,
    PRIORITY_BOARD,
    PRIORITY_EXPORT
};

enum {
    COMMAND_EXERCISE_ONLY = 1, /* refused outside exercise folders */
    COMMAND_CSV = 2,           /* flat: has a CSV template and import */
    COMMAND_PAST = 4,          /* field `occurred` may be given (all facts of the world) */
};

struct command {
    const char *name, *zh, *en;
    const struct record *record;
    enum priority priority;
    unsigned flags;
    size_t facts_size; /* of the struct that load fills; 0 = none */
    /* Reads what decide needs into zeroed facts and names the target. MISSING when something referred to
     * does not exist. NULL: no facts, target from the record's field `area`. */
    bool (*load)(struct db *db, const void *body, void *facts, struct target *ret,
                 struct bh_err *err);
    /* Pure. On refusal nothing may have been emitted. */
    bool (*decide)(struct decision *d, const void *body, const void *facts, struct bh_err *err);
    const char *example; /* JSON body; parsed by the tests */
};

/* Where a query writes its rows. Columns are given once in the query's table, cells in that order. */
struct cells;
void cell_int(struct cells *cells, int64_t value); /* BH_NONE = not known */
void cell_text(struct cells *cells, struct bh_str text);
void cell_z(struct cells *cells, const char *text); /* NULL = not known */
void cell_time(struct cells *cells, int64_t at_ms); /* BH_NONE = not known */
void cell_bool(struct cells *cells, bool value);
void cell_json(struct cells *cells, json_t *value); /* takes the reference */
/* Ends the row. Returns false when the page is full: stop. */
bool cells_row(struct cells *cells);
/* Where to go on: any text; given back as `after`. Call it before stopping early. */
void cells_next(struct cells *cells, struct bh_str cursor);
/* Whether the rows leave as a file, out of reach of whoever may see them tomorrow. */
bool cells_leave(const struct cells *cells);

enum column_type { COLUMN_INT, COLUMN_TEXT, COLUMN_TIME, COLUMN_BOOL, COLUMN_JSON };
struct column {
    const char *name;
    enum column_type type;
    const char *zh, *en;
};

struct reader; /* who reads, in what scope, with which books: ledger/reader.h */

enum {
    QUERY_ONE = 1,      /* answers one object (run_one), not rows */
    QUERY_UNMASKED = 2, /* shows identities; every call is logged */
    QUERY_ANY_AREA = 4, /* not bound to an area (roles, plans, my session) */
};

struct query {
    const char *name, *zh, *en;
    const struct record *params; /* may hold area (AREA), at (TIME), limit, after */
    unsigned flags;
    enum priority priority;
    const struct column *columns; /* ends with a NULL name */
    bool (*run)(struct reader *reader, const void *params, struct cells *cells, struct bh_err *err);
    bool (*run_one)(struct reader *reader, const void *params, json_t **ret, struct bh_err *err);
    const char *example; /* query string */
};

/* react(event, facts) -> events, in the same transaction, after the event was applied. Reads only. */
struct reaction {
    int on;       /* event kind */
    int emits[6]; /* kinds it may emit, ends with 0; checked for cycles at start, depth at most 4 */
    bool (*react)(struct decision *d, struct db *db, const struct event *event, struct bh_err *err);
};

struct derived_table {
    const char *name;   /* compared and rebuilt under this name */
    const char *schema; /* CREATE TABLE and what apply needs of indexes */
    /* Indexes for questions only, NULL = none: made after the rows when tables are made anew, and not at all where a
     * rebuild just compares. */
    const char *indexes;
};

/* A fact of this kind is corrected by the command: withdrawing or re-dating it is refused and names that command. */
struct correction {
    int kind;
    const char *command;
};

struct link {
    const char *name, *zh, *en;
    const struct event_kind *events;      /* ends with number 0 */
    const struct command *commands;       /* ends with a NULL name */
    const struct query *queries;          /* ends with a NULL name */
    const struct reaction *reactions;     /* ends with on 0; NULL = none */
    const struct derived_table *tables;   /* ends with a NULL name */
    const struct correction *corrections; /* ends with kind 0; NULL = none */
    /* Applies an event of any link to this link's tables. Must give the same tables for the same log. */
    bool (*apply)(struct db *db, const struct event *event, struct bh_err *err);
    /* Goes on with what a reaction left over because it was too much for one transaction: a step that does not keep
     * others waiting, again and again by the ticker while *ret_any is set. What is left is known from a table. NULL =
     * leaves nothing over. */
    bool (*go_on)(struct decision *d, struct db *db, bool *ret_any, struct bh_err *err);
};

#endif
