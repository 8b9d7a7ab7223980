#ifndef BH_CLI_CLI_H
#define BH_CLI_CLI_H
/*
 * The command line: verbs as a table, options checked against it, help and completion made from it.
 * Exit: 0 done, 1 failed, 2 wrong use, 3 bad settings, 4 check failed, 5 refused by policy, 75 try later.
 */
#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "ledger/verify.h"

enum { CLI_OPTIONS_MAX = 40, CLI_WORDS_MAX = 8 };

struct cli_option {
    const char *name;  /* without the dashes */
    const char *value; /* what stands for its value in the help; NULL = a flag */
    const char *zh, *en;
};

struct cli;

struct verb {
    const char *name, *zh, *en;
    const char *words;   /* positional arguments in the help, "" = none */
    const char *example; /* one whole line */
    const struct cli_option
        *options; /* ends with a NULL name; --data, --json, --lang, --help always exist */
    int (*run)(struct cli *cli);
};

struct cli {
    const struct verb *verb;
    const char *words[CLI_WORDS_MAX];
    int word_count;
    struct {
        const char *name, *value;
    } given[CLI_OPTIONS_MAX];
    int given_count;
    const char *data; /* folder */
    bool json, english, english_asked;
    const struct catalogue *catalogue;
    struct ledger *ledger; /* once opened; closed by main */
    struct bh_arena arena;
    int64_t started_us, told_us; /* of progress */
};

/* Value of an option, NULL when not given ("" for a flag that was given). */
const char *cli_value(const struct cli *cli, const char *name);
/* Prints the error in the chosen language and returns its exit code. */
int cli_failed(const struct cli *cli, const struct bh_err *err);
/* The log for reading or writing; world NULL = the live one. */
bool cli_open(struct cli *cli, bool write, struct bh_err *err);
/* A reader over everything, as of now, in a snapshot of its own. */
bool cli_reader(struct cli *cli, struct db **ret_db, struct reader *ret, struct bh_err *err);
/* Runs a query with these JSON parameters (reference taken). New reference: {"rows": ...} or the object. */
bool cli_query(struct cli *cli, const char *query, json_t *params, json_t **ret,
               struct bh_err *err);
struct roles;
/* The roles as shipped; release with roles_free. */
bool cli_roles(struct cli *cli, struct roles **ret, struct bh_err *err);
/* One command of the operator at this machine (reference to body taken); *ret_first = its position. */
bool cli_do(struct cli *cli, const char *command, json_t *body, int64_t *ret_first,
            struct bh_err *err);
void cli_print_json(const json_t *json, bool pretty);
void cli_print_made(json_t *json); /* on one line; takes the reference */
/* A verify_progress: rate and remaining time on stderr, only for work over 2 s and only on a terminal. */
void cli_progress(void *cli, int64_t done, int64_t total);
void cli_progress_end(struct cli *cli);

extern const struct verb verbs[]; /* ends with a NULL name */
const struct verb *verb_find(const char *name);
void cli_help(const struct verb *verb, bool english); /* NULL = the whole program */

int verb_serve(struct cli *cli);
int verb_import(struct cli *cli);
int import_roll(struct cli *cli); /* verb_import_roll.c: `import list_residents` */
int verb_user(struct cli *cli);
int verb_plan(struct cli *cli);
int verb_load(struct cli *cli);
int verb_man(struct cli *cli);
int verb_init(struct cli *cli);
int verb_exercise(struct cli *cli);
int exercise_city_round(struct cli *cli); /* verb_city_round.c: `exercise jilin-city-round` */
int verb_round(struct cli *cli);
int verb_loops(struct cli *cli);
int verb_bulletin(struct cli *cli);
int verb_query(struct cli *cli);
int verb_do(struct cli *cli);
int verb_export(struct cli *cli);
int verb_verify(struct cli *cli);
int verb_rebuild(struct cli *cli);
int verb_backup(struct cli *cli);
int verb_restore(struct cli *cli);
int verb_doctor(struct cli *cli);
int verb_version(struct cli *cli);
int verb_completion(struct cli *cli);

#endif
