/*
 * A scripted load on one log, for tests that end it in the middle:
 *
 *   load FOLDER [count=N] [acks=FILE] [action=kill|cut|fail call=write|sync|open at=K [stays=1]]
 *               [space=BYTES] [lies=1] [seed=S] [real=1] [tubes=1]
 *
 * Makes the log when there is none and sends the commands of the script, the same bytes under the same keys in
 * every run, so that a run after a fault goes on where the first one ended and both end in the same log. Says on
 * standard output, one line each, at once:
 *
 *   made                      the log is there
 *   ack I ANSWER              command I is durable; only after ledger_commit returned
 *   refused I CODE            ... or not
 *   reads N                   rows that a reader sees after a refusal
 *   done HASH W S O           hash of the last event; writes, syncs, opens
 *
 * real=1 leaves the file layer out: the system's own files and syncs. tubes=1: the script is sampling in a round, in
 * larger groups, and a thread moves the write-ahead log into the database beside it, as in the server.
 *
 * With acks=FILE (such lines of an earlier run) first proves that the log is whole, that rebuilding gives the same
 * tables, and that each of these commands is in the log exactly once; and the first two again at the end. Exit: 0, 1 when a proof failed, 3 when
 * writing had stopped, 4 when the log could not be opened.
 */
#include "ledger/intake.h"
#include "ledger/rebuild.h"
#include "links.h"
#include "store/fault.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECKPOINT_PAGES = 40,
    REOPEN_EVERY = 50,
    GROUP_MAX = 3,
    TUBES_GROUP_MAX = 16,
    BODY_MAX = 8192,
    STOPPED = 3,
    NOT_OPENED = 4,
};

/* Before the first tube: institution, roll, LISTS times residents, round, site. */
enum { LISTS = 4, LISTED = 100, SETUP = LISTS + 4, TUBE_PEOPLE = 4 };

static const int64_t begin_ms = INT64_C(1647129600000); /* 2022-03-13 08:00 +08:00 */

struct load {
    struct made_world made;
    struct world world; /* the made one with a clock of its own for measuring */
    int64_t mono_us;
    struct catalogue *catalogue;
    struct ledger *ledger;
    struct bh_arena arena;
    struct fault_plan plan;
    const char *folder, *acks;
    int count;
    bool real, tubes;
    int64_t institution; /* of command 0 */
    int64_t roll, round, site;
};

static int64_t load_wall(void *self)
{
    return ((const struct load *)self)->made.wall_ms;
}

static int64_t load_mono(void *self)
{
    return ((const struct load *)self)->mono_us;
}

static void load_entropy(void *self, void *out, size_t len)
{
    struct load *load = self;
    load->made.world.entropy(&load->made, out, len);
}

static void proof(bool good, const char *what, const struct bh_err *err)
{
    if (good)
        return;
    (void)fprintf(stderr, "load: %s: %s\n", what, err ? err->en : "");
    exit(1);
}

static void say(const char *line)
{
    (void)puts(line);
    (void)fflush(stdout);
}

static bool log_open(struct load *load, struct bh_err *err)
{
    struct ledger_options options = {
        .world = &load->world,
        .catalogue = load->catalogue,
        .create = true,
        .name = "load",
        .zone_minutes = 480,
    };
    load->made.state = 1;
    load->made.wall_ms = begin_ms;
    if (!ledger_open(load->folder, &options, &load->ledger, err))
        return false;
    db_checkpoint_after(load->ledger->db, CHECKPOINT_PAGES);
    return !load->tubes || db_checkpoint_apart(load->ledger->db, ledger_path(load->ledger), err);
}

/* ---- the script ---- */

static const char *list_body(const struct load *load, int i, char body[BODY_MAX])
{
    int len =
        snprintf(body, BODY_MAX,
                 "{\"roll\": %lld, \"area\": \"220102001001\", \"households\": [{\"building\": %d,"
                 " \"door\": \"1\", \"residents\": [",
                 (long long)load->roll, i);
    for (int k = 0; k < LISTED; k++)
        len += snprintf(body + len, (size_t)(BODY_MAX - len),
                        "%s{\"name\": \"王\", \"category\": \"permanent\"}%s", k ? ", " : "",
                        k + 1 == LISTED ? "]}]}" : "");
    return "list_residents";
}

static const char *order_body(const struct load *load, char body[BODY_MAX])
{
    (void)snprintf(body, BODY_MAX,
                   "{\"area\": \"220102\", \"roll\": %lld, \"starts\": "
                   "\"2022-03-13T08:00:00+08:00\", \"accept_shortfall\": \"测试\"}",
                   (long long)load->roll);
    return "order_round";
}

static const char *site_body(const struct load *load, char body[BODY_MAX])
{
    (void)snprintf(body, BODY_MAX,
                   "{\"round\": %lld, \"area\": \"220102001001\", \"institution\": %lld,"
                   " \"name\": \"广场\", \"stations\": 1, \"samplers\": 1}",
                   (long long)load->round, (long long)load->institution);
    return "open_site";
}

/* Sampling in a round, people in door order. */
static const char *script_tubes(const struct load *load, int i, char body[BODY_MAX])
{
    int first = (i - SETUP) * TUBE_PEOPLE;
    if (i == 0) {
        (void)snprintf(body, BODY_MAX,
                       "{\"kind\": \"sampling_team\", \"name\": \"采样队\", \"area\": \"220102\"}");
        return "register_institution";
    }
    if (i == 1) {
        (void)snprintf(body, BODY_MAX, "{\"area\": \"220102\", \"name\": \"名册\"}");
        return "open_roll";
    }
    if (i < 2 + LISTS)
        return list_body(load, i, body);
    if (i < SETUP)
        return i == 2 + LISTS ? order_body(load, body) : site_body(load, body);
    (void)snprintf(body, BODY_MAX,
                   "{\"round\": %lld, \"site\": %lld, \"code\": \"T%06d\", \"people\":"
                   " [{\"slot\": %d}, {\"slot\": %d}, {\"slot\": %d}, {\"slot\": %d}]}",
                   (long long)load->round, (long long)load->site, i, first + 1, first + 2,
                   first + 3, first + 4);
    return "sample_tube";
}

static const char *script(const struct load *load, int i, char body[BODY_MAX])
{
    if (load->tubes)
        return script_tubes(load, i, body);
    if (i % 4 == 1 || i % 4 == 3) {
        (void)snprintf(body, 1024,
                       "{\"person\": %d, \"name\": \"王%d\", \"document\": \"2201021990%08d\","
                       " \"phone\": \"138%08d\", \"area\": \"220102\"}",
                       1000 + i, i, i, i);
        return "register_person";
    }
    if (i % 4 == 2) {
        (void)snprintf(body, 1024,
                       "{\"person\": %d, \"source\": \"antigen\", \"institution\": %lld,"
                       " \"found_in\": \"clinic\", \"sampled_ms\": \"2022-03-13T07:00:00+08:00\","
                       " \"resulted_ms\": \"2022-03-13T07:30:00+08:00\"}",
                       999 + i, (long long)load->institution);
        return "report_positive";
    }
    (void)snprintf(body, 1024,
                   "{\"kind\": \"clinic\", \"name\": \"门诊 %d\", \"area\": \"220102\"}", i);
    return "register_institution";
}

static void script_key(int i, uint8_t key[LOG_KEY])
{
    memset(key, 0, LOG_KEY);
    for (int b = 0; b < 6; b++)
        key[b] = (uint8_t)((uint64_t)begin_ms >> (8 * (5 - b)));
    key[14] = (uint8_t)(i >> 8);
    key[15] = (uint8_t)i;
}

static void prepare(struct load *load, int i, struct intake *intake, struct submission *ret)
{
    char body[BODY_MAX];
    struct bh_err err;
    const char *name = script(load, i, body);
    const struct command *command = catalogue_command(load->catalogue, bh_str_of(name));
    load->made.state = (uint64_t)i + 100; /* the same chance for the same command in every run */
    intake_init(intake, load->ledger, &load->arena, begin_ms);
    proof(command && intake_text(intake, command, bh_str_of(body), ret, &err), name, &err);
    script_key(i, ret->key);
    ret->has_key = true;
}

/* A refusal for lack of space is tried again, once there is room; after any other one writing has stopped. */
static void refused(struct load *load, int i, const struct bh_err *err)
{
    struct bh_err failed;
    struct db *db = NULL;
    int64_t rows = 0;
    (void)printf("refused %d %s\n", i, bh_code_name(err->code));
    proof(db_open(ledger_path(load->ledger), DB_READ, 4096, &db, &failed) &&
              db_int(db, &failed, &rows, NULL, "SELECT count(*) FROM event", ""),
          "reading after a refusal", &failed);
    db_close(db);
    (void)printf("reads %lld\n", (long long)rows);
    (void)fflush(stdout);
    if (err->code == BH_STOPPED) {
        ledger_close(load->ledger);
        exit(STOPPED);
    }
    if (err->code == BH_FULL) {
        load->plan.space_bytes = -1;
        load->mono_us += 2000000;
        fault_install(&load->plan);
    }
}

/* Numbers that later commands name; the first of each stands. */
static void learn(struct load *load, const char *text)
{
    json_t *answer = json_loads(text, 0, NULL);
    const struct {
        const char *name;
        int64_t *at;
    } numbers[] = {{"institution", &load->institution},
                   {"roll", &load->roll},
                   {"round", &load->round},
                   {"site", &load->site}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (*numbers[i].at == 0)
            *numbers[i].at = json_integer_value(json_object_get(answer, numbers[i].name));
    json_decref(answer);
}

static bool send_group(struct load *load, int first, int size)
{
    static struct intake intake[TUBES_GROUP_MAX];
    static struct submission submissions[TUBES_GROUP_MAX], *list[TUBES_GROUP_MAX];
    struct bh_err err;
    bh_arena_reset(&load->arena);
    load->made.wall_ms = begin_ms + first * INT64_C(1000);
    for (int i = 0; i < size; i++) {
        prepare(load, first + i, &intake[i], &submissions[i]);
        list[i] = &submissions[i];
    }
    bool ok = ledger_commit(load->ledger, list, (size_t)size, &err);
    for (int i = 0; i < size; i++) {
        proof(ok || !submissions[i].ok, "a commit that failed said yes", NULL);
        if (!submissions[i].ok) {
            refused(load, first + i, &submissions[i].err);
            return false;
        }
    }
    for (int i = 0; i < size; i++)
        (void)printf("ack %d %s\n", first + i, submissions[i].answer);
    (void)fflush(stdout);
    if (first < SETUP)
        learn(load, submissions[0].answer);
    return true;
}

static int group_size(const struct load *load, int at)
{
    if (load->tubes)
        return at < SETUP ? 1 : 1 + at % TUBES_GROUP_MAX;
    return 1 + at % GROUP_MAX;
}

static void run(struct load *load)
{
    struct bh_err err;
    int at = 0, reopened = 0;
    while (at < load->count) {
        int size = group_size(load, at);
        if (size > load->count - at)
            size = load->count - at;
        if (!send_group(load, at, size))
            continue; /* stopped logs end the process; the others are tried again */
        at += size;
        if (at / REOPEN_EVERY > reopened) {
            reopened = at / REOPEN_EVERY;
            ledger_close(load->ledger);
            if (!log_open(load, &err)) {
                (void)fprintf(stderr, "load: opening again: %s\n", err.en);
                exit(NOT_OPENED);
            }
        }
    }
}

/* ---- proofs ---- */

static int64_t prove_whole(struct load *load)
{
    struct bh_err err;
    struct verify_report verified;
    struct rebuild_report rebuilt;
    proof(verify_log(load->ledger->db, load->catalogue, NULL, NULL, &verified, &err), "verifying",
          &err);
    proof(verified.first_bad == 0, "the chain", &verified.why);
    proof(ledger_rebuild(load->ledger, false, NULL, NULL, &rebuilt, &err), "rebuilding", &err);
    if (rebuilt.different_rows > 0)
        (void)fprintf(stderr, "load: table %s differs\n", rebuilt.first_table);
    return rebuilt.different_rows;
}

static void prove_acks(struct load *load)
{
    char line[4096];
    struct bh_err err;
    FILE *file = fopen(load->acks, "r");
    proof(file != NULL, "the file of acknowledgements", NULL);
    while (fgets(line, sizeof line, file)) {
        int i = 0;
        int64_t count = 0;
        uint8_t key[LOG_KEY];
        if (sscanf(line, "ack %d ", &i) != 1)
            continue;
        script_key(i, key);
        proof(db_int(load->ledger->db, &err, &count, NULL,
                     "SELECT count(*) FROM event WHERE key = ?", "b",
                     (struct bh_str){(const char *)key, LOG_KEY}),
              "counting", &err);
        if (count != 1)
            (void)fprintf(stderr, "load: command %d was acknowledged and is there %lld times\n", i,
                          (long long)count);
        proof(count == 1, "an acknowledged command", NULL);
    }
    (void)fclose(file);
}

static void prove_once(struct load *load)
{
    struct bh_err err;
    int64_t twice = 0;
    proof(db_int(load->ledger->db, &err, &twice, NULL,
                 "SELECT count(*) - count(DISTINCT key) FROM event WHERE key IS NOT NULL", ""),
          "counting", &err);
    proof(twice == 0, "a command is there twice", NULL);
}

/* ---- arguments ---- */

static bool argument(const char *text, const char *name, const char **ret)
{
    size_t len = strlen(name);
    if (strncmp(text, name, len) != 0 || text[len] != '=')
        return false;
    *ret = text + len + 1;
    return true;
}

static int64_t number(const char *text)
{
    int64_t value = 0;
    proof(bh_str_to_int(bh_str_of(text), &value), text, NULL);
    return value;
}

static void take_argument(struct load *load, const char *text)
{
    static const char *const actions[] = {"count", "kill", "cut", "fail"};
    static const char *const calls[] = {"write", "sync", "open"};
    const char *value = NULL;
    if (argument(text, "count", &value))
        load->count = (int)number(value);
    else if (argument(text, "acks", &value))
        load->acks = value;
    else if (argument(text, "at", &value))
        load->plan.at = number(value);
    else if (argument(text, "space", &value))
        load->plan.space_bytes = number(value);
    else if (argument(text, "seed", &value))
        load->plan.seed = (uint64_t)number(value);
    else if (argument(text, "lies", &value))
        load->plan.sync_lies = number(value) == 1;
    else if (argument(text, "real", &value))
        load->real = number(value) == 1;
    else if (argument(text, "tubes", &value))
        load->tubes = number(value) == 1;
    else if (argument(text, "stays", &value))
        load->plan.stays = number(value) == 1;
    else if (argument(text, "action", &value))
        for (int i = 0; i < 4; i++)
            load->plan.action =
                strcmp(value, actions[i]) == 0 ? (enum fault_action)i : load->plan.action;
    else if (argument(text, "call", &value))
        for (int i = 0; i < 3; i++)
            load->plan.call = strcmp(value, calls[i]) == 0 ? (enum fault_call)i : load->plan.call;
    else
        proof(false, text, NULL);
}

int main(int argument_count, char **arguments)
{
    static struct load load = {.count = 100, .plan = {.space_bytes = -1}};
    struct bh_err err;
    char hash[2 * LOG_HASH + 1];
    proof(argument_count > 1 && sodium_init() >= 0, "arguments", NULL);
    load.folder = arguments[1];
    for (int i = 2; i < argument_count; i++)
        take_argument(&load, arguments[i]);
    made_world_init(&load.made, 1, begin_ms);
    load.world = (struct world){&load, load_wall, load_mono, load_entropy};
    load.catalogue = catalogue_new(all_links);
    bh_arena_init(&load.arena, LIMIT_ARENA_REQUEST);
    if (!load.real)
        fault_install(&load.plan);
    if (!log_open(&load, &err)) {
        (void)fprintf(stderr, "load: opening: %s\n", err.en);
        return NOT_OPENED;
    }
    say("made");
    if (load.acks) {
        proof(prove_whole(&load) == 0, "rebuilt tables", NULL);
        prove_acks(&load);
    }
    run(&load);
    prove_once(&load);
    proof(!load.acks || prove_whole(&load) == 0, "rebuilt tables at the end", NULL);
    bh_hex(load.ledger->head.hash, LOG_HASH, hash);
    ledger_close(load.ledger); /* its writes count too */
    if (load.real)
        (void)printf("done %s\n", hash);
    else
        (void)printf("done %s %lld %lld %lld\n", hash, (long long)fault_count(FAULT_WRITE),
                     (long long)fault_count(FAULT_SYNC), (long long)fault_count(FAULT_OPEN));
    catalogue_free(load.catalogue);
    bh_arena_done(&load.arena);
    return 0;
}
