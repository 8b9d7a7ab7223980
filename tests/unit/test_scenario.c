/*
 * Stories in the words of the domain: every file of tests/scenario/ is one test. Its language is described in
 * tests/scenario/README.md. After each story the derived tables are rebuilt from the log and compared, and the
 * chain is verified.
 */
#include "support.h"

#include "base/time.h"
#include "ledger/area.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VARIABLES = 64, WORDS = 40, LINE = 1000, STORIES = 64 };

struct variable {
    char name[32];
    int64_t value;
};

struct story {
    struct test_ledger *test;
    struct variable variables[VARIABLES];
    int variable_count;
    char words[WORDS][256];
    int word_count;
    int64_t now_ms;
    const char *path;
    int line;
    int residents; /* made so far by homes= */
};

static _Noreturn void fail_here(const struct story *story, const char *what, const char *detail)
{
    (void)fprintf(stderr, "%s:%d: %s %s\n", story->path, story->line, what, detail);
    fail();
    abort();
}

/* ---- words ---- */

/* Words are separated by blanks; "..." keeps blanks together. # begins a comment. */
static void split(struct story *story, const char *line)
{
    story->word_count = 0;
    for (const char *at = line; *at && *at != '\n' && *at != '#';) {
        if (*at == ' ') {
            at++;
            continue;
        }
        if (story->word_count == WORDS)
            fail_here(story, "too many words", "");
        char *word = story->words[story->word_count++];
        size_t len = 0;
        for (bool quoted = false; *at && *at != '\n' && (quoted || *at != ' '); at++) {
            if (*at == '"')
                quoted = !quoted;
            else if (len + 1 < sizeof story->words[0])
                word[len++] = *at;
        }
        word[len] = 0;
    }
}

static int64_t *find(struct story *story, const char *name)
{
    for (int i = 0; i < story->variable_count; i++)
        if (strcmp(story->variables[i].name, name) == 0)
            return &story->variables[i].value;
    return NULL;
}

static int64_t value_of(struct story *story, const char *word)
{
    int64_t number = 0;
    if (word[0] == '$') {
        int64_t *value = find(story, word);
        if (!value)
            fail_here(story, "unknown name", word);
        return *value;
    }
    if (!bh_str_to_int(bh_str_of(word), &number))
        fail_here(story, "not a number:", word);
    return number;
}

static void name_it(struct story *story, const char *name, int64_t value)
{
    int64_t *old = find(story, name);
    if (name[0] != '$')
        fail_here(story, "a name begins with $:", name);
    if (old) {
        *old = value;
        return;
    }
    if (story->variable_count == VARIABLES)
        fail_here(story, "too many names", "");
    struct variable *variable = &story->variables[story->variable_count++];
    (void)snprintf(variable->name, sizeof variable->name, "%s", name);
    variable->value = value;
}

/* "2022-03-13T09:40", "09:40" (of the day of the clock), "+1:30", "-0:10" (from the clock). */
static int64_t time_of(struct story *story, const char *word)
{
    struct bh_err err;
    int64_t ms = 0;
    int hours = 0, minutes = 0;
    char rest = 0;
    if (strlen(word) > 10) {
        if (!bh_time_parse(bh_str_of(word), 480, &ms, &err))
            fail_here(story, "not a time:", word);
        return ms;
    }
    bool relative = word[0] == '+' || word[0] == '-';
    if (sscanf(word + relative, "%d:%d%c", &hours, &minutes, &rest) != 2)
        fail_here(story, "not a time:", word);
    ms = hours * BH_HOUR_MS + minutes * BH_MINUTE_MS;
    if (relative)
        return story->now_ms + (word[0] == '-' ? -ms : ms);
    return bh_day_start(story->now_ms, 480) + ms;
}

/* ---- commands ---- */

static void put(json_t *object, const char *name, json_t *value)
{
    assert_int_equal(json_object_set_new(object, name, value), 0);
}

static json_t *time_json(struct story *story, const char *word)
{
    char text[BH_TIME_TEXT];
    bh_time_format(time_of(story, word), 480, text);
    return json_string(text);
}

/* members=$a,$b   targets=orf1ab:positive:2210,n:positive:2105 */
static json_t *list_json(struct story *story, const char *name, char *items)
{
    json_t *list = json_array();
    for (char *item = items, *next; item; item = next) {
        next = strchr(item, ',');
        if (next)
            *next++ = 0;
        json_t *one = json_object();
        char target[32], verdict[32];
        int ct = -1;
        if (strcmp(name, "members") == 0) {
            put(one, "person", json_integer(value_of(story, item)));
        } else {
            if (sscanf(item, "%31[^:]:%31[^:]:%d", target, verdict, &ct) < 2)
                fail_here(story, "not a target:", item);
            put(one, "target", json_string(target));
            put(one, "verdict", json_string(verdict));
            if (ct >= 0)
                put(one, "ct", json_integer(ct));
        }
        assert_int_equal(json_array_append_new(list, one), 0);
    }
    return list;
}

static json_t *document_json(int number)
{
    char document[32];
    (void)snprintf(document, sizeof document, "2202021990%08d", number);
    return json_string(document);
}

/* people=1,2,doc:7   slots, or the document of the 7th resident that homes= ever made */
static json_t *people_json(struct story *story, char *items)
{
    json_t *list = json_array();
    for (char *item = items, *next; item; item = next) {
        next = strchr(item, ',');
        if (next)
            *next++ = 0;
        json_t *one = json_object();
        if (strncmp(item, "doc:", 4) == 0)
            put(one, "document", document_json((int)value_of(story, item + 4)));
        else
            put(one, "slot", json_integer(value_of(story, item)));
        assert_int_equal(json_array_append_new(list, one), 0);
    }
    return list;
}

/* tubes=T1,T2, missing=T1 and kits=K1: codes   negative=$a,$b: numbers   damaged=T1:leak,T2:empty */
static json_t *tubes_json(struct story *story, const char *name, char *items)
{
    json_t *list = json_array();
    for (char *item = items, *next; item; item = next) {
        next = strchr(item, ',');
        if (next)
            *next++ = 0;
        char *reason = strchr(item, ':');
        json_t *one = NULL;
        if (strcmp(name, "damaged") == 0 && reason) {
            *reason++ = 0;
            one = json_pack("{s:s, s:s}", "code", item, "reason", reason);
        } else if (strcmp(name, "negative") == 0) {
            one = json_integer(value_of(story, item));
        } else {
            one = json_string(item);
        }
        assert_int_equal(json_array_append_new(list, one), 0);
    }
    return list;
}

/* wells=$a,B1:$b,G12:negative   to lay: a tube in the next well, a tube, a control
 * wells=A1:2810:2705,B1:-:-     read: Ct of ORF1ab and N in hundredths, - = undetermined */
static json_t *wells_json(struct story *story, char *items)
{
    json_t *list = json_array();
    for (char *item = items, *next; item; item = next) {
        char well[8] = "", first[32] = "", second[32] = "";
        next = strchr(item, ',');
        if (next)
            *next++ = 0;
        int parts = sscanf(item, "%7[^:]:%31[^:]:%31[^:]", well, first, second);
        json_t *one = json_object();
        if (well[0] != '$')
            put(one, "well", json_string(well));
        if (parts == 3) {
            if (strcmp(first, "-") != 0)
                put(one, "ct_orf1ab", json_integer(value_of(story, first)));
            if (strcmp(second, "-") != 0)
                put(one, "ct_n", json_integer(value_of(story, second)));
        } else {
            const char *what = parts == 1 ? well : first;
            put(one, what[0] == '$' ? "tube" : "control",
                what[0] == '$' ? json_integer(value_of(story, what)) : json_string(what));
        }
        assert_int_equal(json_array_append_new(list, one), 0);
    }
    return list;
}

/* homes=1.1:3,1.2:2   households by building.unit:residents, each with a name and a document */
static json_t *homes_json(struct story *story, char *items)
{
    json_t *list = json_array();
    for (char *item = items, *next; item; item = next) {
        int building = 0, unit = 0, count = 0;
        next = strchr(item, ',');
        if (next)
            *next++ = 0;
        if (sscanf(item, "%d.%d:%d", &building, &unit, &count) != 3)
            fail_here(story, "not a household:", item);
        json_t *residents = json_array();
        for (int i = 0; i < count; i++) {
            json_t *one = json_pack("{s:s}", "name", "住户");
            put(one, "document", document_json(++story->residents));
            assert_int_equal(json_array_append_new(residents, one), 0);
        }
        assert_int_equal(json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:o}", "building",
                                                               building, "unit", unit, "door",
                                                               "门牌", "residents", residents)),
                         0);
    }
    return list;
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static json_t *field_json(struct story *story, const char *name, char *value)
{
    int64_t number = 0;
    if (strcmp(name, "members") == 0 || strcmp(name, "targets") == 0)
        return list_json(story, name, value);
    if (strcmp(name, "tubes") == 0 || strcmp(name, "missing") == 0 ||
        strcmp(name, "damaged") == 0 || strcmp(name, "negative") == 0 ||
        strcmp(name, "repeat") == 0 || strcmp(name, "kits") == 0)
        return tubes_json(story, name, value);
    if (strcmp(name, "wells") == 0)
        return wells_json(story, value);
    if (strcmp(name, "people") == 0)
        return people_json(story, value);
    if (strcmp(name, "homes") == 0)
        return homes_json(story, value);
    if (ends_with(name, "_ms") || strcmp(name, "occurred") == 0 ||
        strcmp(name, "occurred_at") == 0 || strcmp(name, "starts") == 0 ||
        strcmp(name, "deadline") == 0 || strcmp(name, "until") == 0 || strcmp(name, "taken") == 0)
        return time_json(story, value);
    if (value[0] == '$')
        return json_integer(value_of(story, value));
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
        return json_boolean(value[0] == 't');
    bool text =
        strcmp(name, "area") == 0 || strcmp(name, "code") == 0 || ends_with(name, "_number");
    if (!text && bh_str_to_int(bh_str_of(value), &number))
        return json_integer(number);
    return json_string(value);
}

/* The words from `from` up to "->" as a JSON body. */
static char *body_of(struct story *story, int from, int *ret_end)
{
    json_t *body = json_object();
    int at = from;
    for (; at < story->word_count && strcmp(story->words[at], "->") != 0; at++) {
        char *value = strchr(story->words[at], '=');
        if (!value)
            fail_here(story, "a field is name=value:", story->words[at]);
        *value++ = 0;
        const char *name = story->words[at];
        put(body, strcmp(name, "homes") == 0 ? "households" : name, field_json(story, name, value));
    }
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    *ret_end = at;
    return text;
}

static bool run_command(struct story *story, int from, json_t **answer, struct bh_err *err)
{
    int end = 0;
    char *body = body_of(story, from + 1, &end);
    memset(err, 0, sizeof *err);
    bool ok = test_try(story->test, story->words[from], body, answer, err);
    free(body);
    if (!ok)
        return false;
    for (int i = end + 1; i + 1 < story->word_count; i += 2)
        name_it(story, story->words[i + 1], test_int(*answer, story->words[i]));
    return true;
}

static void do_command(struct story *story)
{
    struct bh_err err;
    json_t *answer = NULL;
    if (!run_command(story, 0, &answer, &err))
        fail_here(story, "refused:", err.en);
    json_decref(answer);
}

/* refused CODE command field=value ... */
static void do_refused(struct story *story)
{
    struct bh_err err;
    json_t *answer = NULL;
    struct log_head before = story->test->ledger->head;
    if (run_command(story, 2, &answer, &err))
        fail_here(story, "was accepted:", story->words[2]);
    if (strcmp(bh_code_name(err.code), story->words[1]) != 0)
        fail_here(story, bh_code_name(err.code), err.en);
    if (!err.zh[0] || !err.en[0])
        fail_here(story, "a refusal without words", story->words[2]);
    assert_memory_equal(&before, &story->test->ledger->head, sizeof before);
}

/* person $name in 220202 */
static void do_person(struct story *story)
{
    json_t *answer = test_okf(story->test, "register_person", "{'area': '%s', 'name': '%s'}",
                              story->words[3], story->words[1] + 1);
    name_it(story, story->words[1], test_int(answer, "person"));
    json_decref(answer);
}

/* institution $name laboratory in 220202 */
static void do_institution(struct story *story)
{
    json_t *answer =
        test_okf(story->test, "register_institution",
                 "{'area': '%s', 'kind': '%s', 'name': '%s', 'name_en': '%s'}", story->words[4],
                 story->words[2], story->words[1] + 1, story->words[1] + 1);
    name_it(story, story->words[1], test_int(answer, "institution"));
    json_decref(answer);
}

/* scope 220202: who speaks from here on answers for this unit; scope all: for everything */
static void do_scope(struct story *story)
{
    const struct areas *areas = story->test->ledger->areas;
    bool all = strcmp(story->words[1], "all") == 0;
    const struct unit *unit =
        all ? NULL : areas_unit(areas, bh_str_of(story->words[1]), story->now_ms);
    if (!all && !unit)
        fail_here(story, "no unit:", story->words[1]);
    story->test->scope = !unit ? NULL : unit->parent[0] ? &unit->scope : &scope_everything;
}

/* member $name 3 of $tube: who is third in the tube */
static void do_member(struct story *story)
{
    char params[64];
    (void)snprintf(params, sizeof params, "{'tube': %lld}",
                   (long long)value_of(story, story->words[4]));
    json_t *tube = test_query(story->test, "tube", params);
    size_t place = (size_t)value_of(story, story->words[2]);
    const json_t *one = json_array_get(json_object_get(tube, "members"), place - 1);
    if (!one)
        fail_here(story, "nobody at place", story->words[2]);
    name_it(story, story->words[1], test_int(one, "person"));
    json_decref(tube);
}

/* user 7: who submits from here on */
static void do_user(struct story *story)
{
    story->test->actor = value_of(story, story->words[1]);
}

static void do_at(struct story *story)
{
    char text[BH_TIME_TEXT];
    story->now_ms = time_of(story, story->words[1]);
    bh_time_format(story->now_ms, 480, text);
    test_clock(story->test, text);
}

/* ---- expectations ---- */

/* expect fact NAME times N: how often the log holds it */
static void expect_fact(struct story *story)
{
    struct bh_err err;
    int64_t count = 0;
    const struct event_kind *kind =
        catalogue_event_named(story->test->catalogue, bh_str_of(story->words[2]));
    if (!kind)
        fail_here(story, "no such fact:", story->words[2]);
    assert_true(db_int(story->test->ledger->db, &err, &count, NULL,
                       "SELECT COUNT(*) FROM event WHERE kind = ?", "i", (int64_t)kind->number));
    if (count != value_of(story, story->words[4])) {
        char told[32];
        (void)snprintf(told, sizeof told, "%lld", (long long)count);
        fail_here(story, "found instead:", told);
    }
}

static void compare(struct story *story, const json_t *object, const char *name, char *wanted)
{
    const json_t *found = json_object_get(object, name);
    char *text = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);
    json_t *value = strcmp(wanted, "none") == 0 ? json_null()
                    : strchr(wanted, ':')       ? time_json(story, wanted)
                                                : field_json(story, name, wanted);
    if (!found || !json_equal(found, value))
        fail_here(story, name, text ? text : "is not told");
    json_decref(value);
    free(text);
}

/* expect case $case status=confirmed ... : fields of the query `case`, its clocks and its card */
static void expect_case(struct story *story)
{
    char params[64];
    (void)snprintf(params, sizeof params, "{'case': %lld}",
                   (long long)value_of(story, story->words[2]));
    json_t *sick = test_query(story->test, "case", params);
    for (int i = 3; i < story->word_count; i++) {
        char *value = strchr(story->words[i], '=');
        if (!value)
            fail_here(story, "a field is name=value:", story->words[i]);
        *value++ = 0;
        const json_t *in = json_object_get(json_object_get(sick, "clocks"), story->words[i])
                               ? json_object_get(sick, "clocks")
                           : json_object_get(json_object_get(sick, "card"), story->words[i])
                               ? json_object_get(sick, "card")
                               : sick;
        compare(story, in, story->words[i], value);
    }
    json_decref(sick);
}

/* expect round $round due=12 sampled=9 tubes.sealed=1 ...: fields of the query `round` */
static void expect_round(struct story *story)
{
    char params[64];
    (void)snprintf(params, sizeof params, "{'round': %lld}",
                   (long long)value_of(story, story->words[2]));
    json_t *round = test_query(story->test, "round", params);
    for (int i = 3; i < story->word_count; i++) {
        char *name = story->words[i], *value = strchr(name, '=');
        if (!value)
            fail_here(story, "a field is name=value:", name);
        *value++ = 0;
        bool tubes = strncmp(name, "tubes.", 6) == 0;
        compare(story, tubes ? json_object_get(round, "tubes") : round, tubes ? name + 6 : name,
                value);
    }
    json_decref(round);
}

/* expect box $box state=sealed ..., expect plate $plate ...: fields of that query */
static void expect_one(struct story *story)
{
    char params[320];
    (void)snprintf(params, sizeof params, "{'%s': %lld}", story->words[1],
                   (long long)value_of(story, story->words[2]));
    json_t *one = test_query(story->test, story->words[1], params);
    for (int i = 3; i < story->word_count; i++) {
        char *name = story->words[i], *value = strchr(name, '=');
        if (!value)
            fail_here(story, "a field is name=value:", name);
        *value++ = 0;
        compare(story, one, name, value);
    }
    json_decref(one);
}

/* expect rows QUERY N field=value ... : how many rows the query gives for these parameters */
static void expect_rows(struct story *story)
{
    int end = 0;
    char *params = body_of(story, 4, &end);
    json_t *rows = test_query(story->test, story->words[2], params);
    size_t wanted = (size_t)value_of(story, story->words[3]);
    if (json_array_size(rows) != wanted) {
        char *text = json_dumps(rows, JSON_INDENT(1));
        fail_here(story, "rows:", text);
    }
    json_decref(rows);
    free(params);
}

static const char *duty_state_name(const struct rows *rows)
{
    if (row_int(rows, 0) == 1)
        return "closed";
    if (row_int(rows, 0) == 2)
        return "cancelled";
    return row_int(rows, 1) ? "overdue" : "open";
}

/* expect duty RULE of $subject [due TIME] open|overdue|closed|cancelled [late H:MM] [step N] | none */
static void expect_duty(struct story *story)
{
    struct rows rows;
    struct bh_err err;
    int64_t subject = value_of(story, story->words[4]), duty = 0, due_ms = 0, ended_ms = 0,
            steps = 0;
    const char *state = "none";
    db_rows(story->test->ledger->db, &rows,
            "SELECT state, overdue, due_ms, ended_ms, duty, -worst FROM duty WHERE rule = ? AND "
            "subject = ?"
            " ORDER BY duty DESC LIMIT 1",
            "zi", story->words[2], subject);
    if (db_next(&rows)) {
        state = duty_state_name(&rows);
        due_ms = row_int(&rows, 2);
        ended_ms = row_int(&rows, 3);
        duty = row_int(&rows, 4);
        steps = row_int(&rows, 5);
    }
    assert_true(db_end(&rows, &err));
    (void)duty;
    for (int i = 5; i < story->word_count; i++) {
        const char *word = story->words[i];
        bool more = i + 1 < story->word_count;
        if (strcmp(word, "due") == 0 && more) {
            if (due_ms != time_of(story, story->words[++i]))
                fail_here(story, "due is not", story->words[i]);
        } else if (strcmp(word, "late") == 0 && more) {
            if (ended_ms - due_ms !=
                time_of(story, story->words[++i]) - bh_day_start(story->now_ms, 480))
                fail_here(story, "late is not", story->words[i]);
        } else if (strcmp(word, "step") == 0 && more) {
            if (steps != value_of(story, story->words[++i]))
                fail_here(story, "the step is not", story->words[i]);
        } else if (strcmp(word, state) != 0) {
            fail_here(story, "the duty is", state);
        }
    }
}

/* ---- stories ---- */

struct verb {
    const char *first, *second; /* second NULL = any */
    int words;                  /* at least */
    void (*run)(struct story *story);
};

static const struct verb verbs[] = {
    {"at", NULL, 2, do_at},
    {"scope", NULL, 2, do_scope},
    {"user", NULL, 2, do_user},
    {"member", NULL, 5, do_member},
    {"person", NULL, 4, do_person},
    {"institution", NULL, 5, do_institution},
    {"refused", NULL, 3, do_refused},
    {"expect", "fact", 5, expect_fact},
    {"expect", "case", 4, expect_case},
    {"expect", "round", 4, expect_round},
    {"expect", "rows", 4, expect_rows},
    {"expect", "box", 4, expect_one},
    {"expect", "plate", 4, expect_one},
    {"expect", "tube", 4, expect_one},
    {"expect", "duty", 6, expect_duty},
};

static void run_line(struct story *story, const char *line)
{
    split(story, line);
    if (story->word_count == 0)
        return;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].first, story->words[0]) != 0 ||
            (verbs[i].second &&
             (story->word_count < 2 || strcmp(verbs[i].second, story->words[1]) != 0)))
            continue;
        if (story->word_count < verbs[i].words)
            fail_here(story, "words are missing", "");
        verbs[i].run(story);
        return;
    }
    if (!catalogue_command(story->test->catalogue, bh_str_of(story->words[0])))
        fail_here(story, "neither a verb nor a command:", story->words[0]);
    do_command(story);
}

static void run_story(void **state)
{
    struct story story = {.path = *state};
    char line[LINE];
    int told = 0;
    FILE *file = fopen(story.path, "r");
    if (!file)
        fail_here(&story, "cannot be read", "");
    story.now_ms = test_ms("2022-03-13T08:00:00+08:00");
    story.test = test_ledger_new("2022-03-13T08:00:00+08:00");
    while (fgets(line, sizeof line, file)) {
        story.line++;
        told += strncmp(line, "expect ", 7) == 0 || strncmp(line, "refused ", 8) == 0;
        run_line(&story, line);
    }
    (void)fclose(file);
    if (told == 0)
        fail_here(&story, "a story that expects nothing proves nothing", "");
    test_rebuild(story.test);
    test_ledger_free(story.test);
}

static int is_story(const struct dirent *entry)
{
    return ends_with(entry->d_name, ".txt");
}

int main(void)
{
    static struct CMUnitTest tests[STORIES];
    struct dirent **names = NULL;
    int count = scandir("tests/scenario", &names, is_story, alphasort);
    if (count <= 0 || count > STORIES) {
        (void)fprintf(stderr, "no stories in tests/scenario\n");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        size_t size = strlen(names[i]->d_name) + sizeof "tests/scenario/";
        char *path = bh_alloc(size);
        (void)snprintf(path, size, "tests/scenario/%s", names[i]->d_name);
        tests[i] = (struct CMUnitTest){path, run_story, NULL, NULL, path};
    }
    int failed = _cmocka_run_group_tests("scenario", tests, (size_t)count, NULL, NULL);
    for (int i = 0; i < count; i++) {
        bh_free(tests[i].initial_state);
        free(names[i]);
    }
    free(names);
    return failed;
}
