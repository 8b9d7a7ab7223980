#include "ledger/post_link.h"

#include "base/time.h"
#include "ledger/ledger.h"
#include "ledger/permit.h"

#include <string.h>

const struct choice institution_kinds[] = {
    {"headquarters", "指挥部", "headquarters"},
    {"health_commission", "卫生健康委", "health commission"},
    {"cdc", "疾控中心", "CDC"},
    {"laboratory", "检测机构", "laboratory"},
    {"hospital", "医院", "hospital"},
    {"cabin_hospital", "方舱医院", "cabin hospital"},
    {"clinic", "门诊", "clinic"},
    {"sampling_team", "采样队", "sampling team"},
    {"transfer_team", "转运组", "transfer team"},
    {"subdistrict", "街道（乡镇）", "subdistrict"},
    {"community", "社区（村）", "community"},
    {"police", "公安", "police"},
    {"discipline", "纪检监察", "discipline inspection"},
    {"other", "其他", "other"},
    {NULL, NULL, NULL},
};

const struct choice vacate_reasons[] = {{"transferred", "调离", "transferred"},
                                        {"absent", "缺勤", "absent"},
                                        {"left", "离任", "left"},
                                        {"abolished", "岗位撤销", "post abolished"},
                                        {"other", "其他", "other"},
                                        {NULL, NULL, NULL}};

/* ---- events ---- */

static const struct field institution_fields[] = {
    FIELD(institution_registered, institution, SELF, 0, "机构", "Institution"),
    FIELD(institution_registered, kind, ENUM, FIELD_REQUIRED, "类别", "Kind",
          .choices = institution_kinds),
    FIELD(institution_registered, name, TEXT, FIELD_REQUIRED, "名称", "Name", .max = 200),
    FIELD(institution_registered, name_en, TEXT, 0, "英文名称", "English name", .max = 200),
};
RECORD(institution_record, institution_registered, institution_fields);

static const struct field created_fields[] = {
    FIELD(post_created, post, SELF, 0, "岗位", "Post"),
    FIELD(post_created, institution, REF, 0, "机构", "Institution"),
    FIELD(post_created, role, TEXT, FIELD_REQUIRED, "角色", "Role", .max = 64),
    FIELD(post_created, title, TEXT, FIELD_REQUIRED, "岗位名称", "Title", .max = 200),
};
RECORD(created_record, post_created, created_fields);

static const struct field filled_fields[] = {
    FIELD(post_filled, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(post_filled, user, REF, FIELD_REQUIRED, "任职者", "Holder"),
    FIELD(post_filled, from_ms, TIME, FIELD_REQUIRED, "自", "From"),
    FIELD(post_filled, until_ms, TIME, 0, "至", "Until"),
};
RECORD(filled_record, post_filled, filled_fields);

static const struct field vacated_fields[] = {
    FIELD(post_vacated, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(post_vacated, reason, ENUM, FIELD_REQUIRED, "原因", "Reason", .choices = vacate_reasons),
};
RECORD(vacated_record, post_vacated, vacated_fields);

static const struct field vacant_fields[] = {
    FIELD(post_vacant, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(post_vacant, role, TEXT, FIELD_REQUIRED, "角色", "Role", .max = 64),
};
RECORD(vacant_record, post_vacant, vacant_fields);

static const struct field shift_fields[] = {
    FIELD(shift_handed_over, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(shift_handed_over, from_user, REF, FIELD_REQUIRED, "交班人", "From"),
    FIELD(shift_handed_over, to_user, REF, FIELD_REQUIRED, "接班人", "To"),
    FIELD(shift_handed_over, until_ms, TIME, 0, "至", "Until"),
    FIELD(shift_handed_over, note, SEALED, 0, "交班说明", "Note"),
};
RECORD(shift_record, shift_handed_over, shift_fields);

static const struct event_kind events[] = {
    {EVENT_INSTITUTION_REGISTERED, 1, "institution_registered", "登记机构",
     "Institution registered", &institution_record, NULL},
    {EVENT_POST_CREATED, 1, "post_created", "设立岗位", "Post created", &created_record, NULL},
    {EVENT_POST_FILLED, 1, "post_filled", "岗位到人", "Post filled", &filled_record, NULL},
    {EVENT_POST_VACATED, 1, "post_vacated", "离岗", "Post vacated", &vacated_record, NULL},
    {EVENT_POST_VACANT, 1, "post_vacant", "岗位空缺", "Post vacant", &vacant_record, NULL},
    {EVENT_SHIFT_HANDED_OVER, 1, "shift_handed_over", "交接班", "Shift handed over", &shift_record,
     NULL},
    {0},
};

/* ---- commands ---- */

struct register_institution {
    int64_t area, kind;
    struct bh_str name, name_en;
};
static const struct field register_fields[] = {
    FIELD(register_institution, area, AREA, FIELD_REQUIRED, "地区", "Area"),
    FIELD(register_institution, kind, ENUM, FIELD_REQUIRED, "类别", "Kind",
          .choices = institution_kinds),
    FIELD(register_institution, name, TEXT, FIELD_REQUIRED, "名称", "Name", .min = 1, .max = 200),
    FIELD(register_institution, name_en, TEXT, 0, "英文名称", "English name", .max = 200),
};
RECORD(register_record, register_institution, register_fields);

struct create_post {
    int64_t area, institution, user, until_ms;
    struct bh_str role, title;
};
static const struct field create_fields[] = {
    FIELD(create_post, area, AREA, FIELD_REQUIRED, "负责地区", "Area it answers for"),
    FIELD(create_post, institution, REF, 0, "机构", "Institution"),
    FIELD(create_post, role, TEXT, FIELD_REQUIRED, "角色", "Role", .min = 1, .max = 64),
    FIELD(create_post, title, TEXT, FIELD_REQUIRED, "岗位名称", "Title", .min = 1, .max = 200),
    FIELD(create_post, user, REF, 0, "任职者", "Holder"),
    {.name = "until",
     .type = FIELD_TIME,
     .offset = offsetof(struct create_post, until_ms),
     .zh = "至",
     .en = "Until"},
};
RECORD(create_record, create_post, create_fields);

struct fill_post {
    int64_t post, user, from_ms, until_ms;
};
static const struct field fill_fields[] = {
    FIELD(fill_post, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(fill_post, user, REF, FIELD_REQUIRED, "任职者", "Holder"),
    {.name = "from",
     .type = FIELD_TIME,
     .offset = offsetof(struct fill_post, from_ms),
     .zh = "自",
     .en = "From"},
    {.name = "until",
     .type = FIELD_TIME,
     .offset = offsetof(struct fill_post, until_ms),
     .zh = "至",
     .en = "Until"},
};
RECORD(fill_record, fill_post, fill_fields);

struct vacate_post {
    int64_t post, reason;
};
static const struct field vacate_fields[] = {
    FIELD(vacate_post, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(vacate_post, reason, ENUM, FIELD_REQUIRED, "原因", "Reason", .choices = vacate_reasons),
};
RECORD(vacate_record, vacate_post, vacate_fields);

struct hand_over_shift {
    int64_t post, to_user, until_ms;
    struct bh_sealed note;
};
static const struct field hand_over_fields[] = {
    FIELD(hand_over_shift, post, REF, FIELD_REQUIRED, "岗位", "Post"),
    FIELD(hand_over_shift, to_user, REF, FIELD_REQUIRED, "接班人", "To"),
    {.name = "until",
     .type = FIELD_TIME,
     .offset = offsetof(struct hand_over_shift, until_ms),
     .zh = "至",
     .en = "Until"},
    FIELD(hand_over_shift, note, SEALED, 0, "交班说明", "Note", .max = 2000),
};
RECORD(hand_over_record, hand_over_shift, hand_over_fields);

enum { ROLE_TEXT = 65, TIMES_MAX = 64 };

struct holding {
    int64_t user, from_ms, until_ms;
};

struct post_facts {
    bool taken; /* an institution of this name, kind and place exists */
    int64_t institution_area;
    char role[ROLE_TEXT];
    int64_t ended_ms; /* BH_NONE = the post exists */
    int count;        /* the latest holdings, newest first */
    struct holding holding[TIMES_MAX];
};

static bool load_user(struct db *db, int64_t user, const char *field, struct bh_err *err)
{
    bool found = false;
    int64_t number = 0;
    if (!db_int(db, err, &number, &found, "SELECT user FROM user_account WHERE user = ?", "i",
                user))
        return false;
    return found || bh_fail_field(err, BH_MISSING, field, "没有这个用户", "no such user");
}

static bool load_register(struct db *db, const void *body, void *loaded, struct target *ret,
                          struct bh_err *err)
{
    const struct register_institution *command = body;
    struct post_facts *facts = loaded;
    int64_t number = 0;
    *ret = (struct target){.area = command->area};
    return db_int(db, err, &number, &facts->taken,
                  "SELECT institution FROM institution WHERE area = ? AND kind = ? AND name = ?",
                  "iis", command->area, command->kind, bh_str_trim(command->name));
}

static bool decide_register(struct decision *d, const void *body, const void *loaded,
                            struct bh_err *err)
{
    const struct register_institution *command = body;
    const struct post_facts *facts = loaded;
    struct institution_registered fact = {.kind = command->kind,
                                          .name = bh_str_trim(command->name),
                                          .name_en = bh_str_trim(command->name_en)};
    if (fact.name.len == 0)
        return bh_fail_field(err, BH_INVALID, "name", "名称为空", "the name is empty");
    if (facts->taken)
        return bh_fail_field(err, BH_CONFLICT, "name", "此地已有同名同类机构",
                             "an institution of this kind and name exists there");
    (void)decision_emit(d, EVENT_INSTITUTION_REGISTERED, NULL, &fact);
    return true;
}

static bool load_create(struct db *db, const void *body, void *loaded, struct target *ret,
                        struct bh_err *err)
{
    const struct create_post *command = body;
    struct post_facts *facts = loaded;
    bool found = false;
    *ret = (struct target){.area = command->area};
    if (command->user != BH_NONE && !load_user(db, command->user, "user", err))
        return false;
    if (command->institution == BH_NONE)
        return true;
    if (!db_int(db, err, &facts->institution_area, &found,
                "SELECT area FROM institution WHERE institution = ?", "i", command->institution))
        return false;
    return found ||
           bh_fail_field(err, BH_MISSING, "institution", "没有这个机构", "no such institution");
}

/* An institution may answer for what lies around or below it, not for another branch of the tree. */
static bool on_one_branch(const struct decision *d, int64_t a, int64_t b)
{
    const struct areas *areas = decision_ledger(d)->areas;
    const struct unit *unit_a = areas_lowest(areas, a, decision_now(d));
    const struct unit *unit_b = areas_lowest(areas, b, decision_now(d));
    return unit_a && unit_b && (scope_holds(&unit_a->scope, b) || scope_holds(&unit_b->scope, a));
}

static bool decide_create(struct decision *d, const void *body, const void *loaded,
                          struct bh_err *err)
{
    const struct create_post *command = body;
    const struct post_facts *facts = loaded;
    struct bh_str role =
        bh_str_of(bh_arena_copy(decision_arena(d), command->role.at, command->role.len));
    struct post_created fact = {
        .institution = command->institution, .role = role, .title = bh_str_trim(command->title)};
    if (!roles_find(decision_ledger(d)->roles, role.at))
        return bh_fail_field(err, BH_MISSING, "role", "没有这个角色", "no such role");
    if (fact.title.len == 0)
        return bh_fail_field(err, BH_INVALID, "title", "岗位名称为空", "the title is empty");
    if (command->institution != BH_NONE &&
        !on_one_branch(d, facts->institution_area, command->area))
        return bh_fail_field(err, BH_MISSING, "institution", "没有这个机构", "no such institution");
    if (command->until_ms != BH_NONE && command->until_ms <= decision_occurred(d))
        return bh_fail_field(err, BH_INVALID, "until", "截止早于开始",
                             "the end lies before the beginning");
    int64_t post = decision_emit(d, EVENT_POST_CREATED, NULL, &fact);
    struct post_filled filled = {post, command->user, decision_occurred(d), command->until_ms};
    struct post_vacant vacant = {post, role};
    if (command->user != BH_NONE)
        (void)decision_emit(d, EVENT_POST_FILLED, NULL, &filled);
    else
        (void)decision_emit(d, EVENT_POST_VACANT, NULL, &vacant);
    return true;
}

static bool load_holdings(struct db *db, int64_t post, struct post_facts *facts, struct bh_err *err)
{
    struct rows rows;
    db_rows(db, &rows,
            "SELECT user, from_ms, until_ms FROM post_holder WHERE post = ? AND until_ms > from_ms"
            " ORDER BY until_ms DESC LIMIT 64",
            "i", post);
    while (db_next(&rows) && facts->count < TIMES_MAX)
        facts->holding[facts->count++] =
            (struct holding){row_int(&rows, 0), row_int(&rows, 1), row_int(&rows, 2)};
    return db_end(&rows, err);
}

static bool load_post(struct db *db, int64_t post, void *loaded, struct target *ret,
                      struct bh_err *err)
{
    struct post_facts *facts = loaded;
    struct rows rows;
    bool found = false;
    db_rows(db, &rows, "SELECT area, role, ended_ms FROM post WHERE post = ?", "i", post);
    if (db_next(&rows)) {
        struct bh_str role = row_text(&rows, 1);
        bh_assert(role.len < sizeof facts->role);
        found = true;
        *ret = (struct target){.area = row_int(&rows, 0)};
        memcpy(facts->role, role.at, role.len);
        facts->ended_ms = row_int(&rows, 2);
    }
    if (!db_end(&rows, err))
        return false;
    if (!found)
        return bh_fail_field(err, BH_MISSING, "post", "没有这个岗位", "no such post");
    return load_holdings(db, post, facts, err);
}

static bool post_exists(const struct post_facts *facts, struct bh_err *err)
{
    return facts->ended_ms == BH_NONE ||
           bh_fail_field(err, BH_CONFLICT, "post", "岗位已撤销", "the post was abolished");
}

/* Who holds the post at that instant; NULL = nobody. */
static const struct holding *holding_at(const struct post_facts *facts, int64_t at_ms)
{
    for (int i = 0; i < facts->count; i++)
        if (facts->holding[i].from_ms <= at_ms && at_ms < facts->holding[i].until_ms)
            return &facts->holding[i];
    return NULL;
}

static bool load_fill(struct db *db, const void *body, void *loaded, struct target *ret,
                      struct bh_err *err)
{
    const struct fill_post *command = body;
    return load_user(db, command->user, "user", err) &&
           load_post(db, command->post, loaded, ret, err);
}

static bool decide_fill(struct decision *d, const void *body, const void *loaded,
                        struct bh_err *err)
{
    const struct fill_post *command = body;
    const struct post_facts *facts = loaded;
    struct post_filled fact = {
        command->post, command->user,
        command->from_ms == BH_NONE ? decision_occurred(d) : command->from_ms, command->until_ms};
    int64_t until_ms = fact.until_ms == BH_NONE ? BH_TIME_MAX : fact.until_ms;
    if (!post_exists(facts, err))
        return false;
    if (until_ms <= fact.from_ms)
        return bh_fail_field(err, BH_INVALID, "until", "截止早于开始",
                             "the end lies before the beginning");
    for (int i = 0; i < facts->count; i++)
        if (facts->holding[i].from_ms < until_ms && fact.from_ms < facts->holding[i].until_ms)
            return bh_fail_field(err, BH_CONFLICT, "post", "这段时间岗位已有人；请交接或先离岗",
                                 "the post is held in that time; hand over or vacate first");
    (void)decision_emit(d, EVENT_POST_FILLED, NULL, &fact);
    return true;
}

static bool load_vacate(struct db *db, const void *body, void *loaded, struct target *ret,
                        struct bh_err *err)
{
    return load_post(db, ((const struct vacate_post *)body)->post, loaded, ret, err);
}

static bool decide_vacate(struct decision *d, const void *body, const void *loaded,
                          struct bh_err *err)
{
    const struct vacate_post *command = body;
    const struct post_facts *facts = loaded;
    if (!post_exists(facts, err))
        return false;
    if (command->reason != VACATE_ABOLISHED && !holding_at(facts, decision_occurred(d)))
        return bh_fail_field(err, BH_CONFLICT, "post", "岗位本来就空缺", "the post has no holder");
    struct post_vacated fact = {command->post, command->reason};
    struct post_vacant vacant = {
        command->post,
        bh_str_of(bh_arena_copy(decision_arena(d), facts->role, strlen(facts->role)))};
    (void)decision_emit(d, EVENT_POST_VACATED, NULL, &fact);
    if (command->reason != VACATE_ABOLISHED)
        (void)decision_emit(d, EVENT_POST_VACANT, NULL, &vacant);
    return true;
}

static bool load_hand_over(struct db *db, const void *body, void *loaded, struct target *ret,
                           struct bh_err *err)
{
    const struct hand_over_shift *command = body;
    return load_user(db, command->to_user, "to_user", err) &&
           load_post(db, command->post, loaded, ret, err);
}

static bool decide_hand_over(struct decision *d, const void *body, const void *loaded,
                             struct bh_err *err)
{
    const struct hand_over_shift *command = body;
    const struct post_facts *facts = loaded;
    const struct holding *held = holding_at(facts, decision_occurred(d));
    int64_t until_ms = command->until_ms == BH_NONE ? BH_TIME_MAX : command->until_ms;
    if (!post_exists(facts, err))
        return false;
    if (!held)
        return bh_fail_field(err, BH_CONFLICT, "post", "岗位空缺，无人交班",
                             "the post has no holder to hand it over");
    if (held->user == command->to_user)
        return bh_fail_field(err, BH_INVALID, "to_user", "不能交班给自己",
                             "a shift is not handed to its holder");
    if (until_ms <= decision_occurred(d))
        return bh_fail_field(err, BH_INVALID, "until", "截止早于交班",
                             "the end lies before the hand-over");
    for (int i = 0; i < facts->count; i++)
        if (facts->holding[i].from_ms > decision_occurred(d) &&
            facts->holding[i].from_ms < until_ms)
            return bh_fail_field(err, BH_CONFLICT, "until", "与之后的班次重叠",
                                 "it overlaps a later shift");
    struct shift_handed_over fact = {command->post, held->user, command->to_user, command->until_ms,
                                     command->note};
    (void)decision_emit(d, EVENT_SHIFT_HANDED_OVER, NULL, &fact);
    return true;
}

static const struct command commands[] = {
    {"register_institution", "登记机构", "Register an institution", &register_record,
     PRIORITY_LOOKUP, COMMAND_CSV | COMMAND_PAST, sizeof(struct post_facts), load_register,
     decide_register,
     "{\"area\": \"220102\", \"kind\": \"cdc\", \"name\": \"南关区疾控中心\", \"name_en\": "
     "\"Nanguan CDC\"}"},
    {"create_post", "设立岗位", "Create a post", &create_record, PRIORITY_LOOKUP,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct post_facts), load_create, decide_create,
     "{\"area\": \"220102\", \"institution\": 30, \"role\": \"county_cdc\", \"title\": "
     "\"南关区疾控值班\"}"},
    {"fill_post", "岗位到人", "Fill a post", &fill_record, PRIORITY_LOOKUP,
     COMMAND_CSV | COMMAND_PAST, sizeof(struct post_facts), load_fill, decide_fill,
     "{\"post\": 31, \"user\": 12}"},
    {"vacate_post", "离岗", "Vacate a post", &vacate_record, PRIORITY_LOOKUP, COMMAND_PAST,
     sizeof(struct post_facts), load_vacate, decide_vacate,
     "{\"post\": 31, \"reason\": \"transferred\"}"},
    {"hand_over_shift", "交接班", "Hand over a shift", &hand_over_record, PRIORITY_LOOKUP,
     COMMAND_PAST, sizeof(struct post_facts), load_hand_over, decide_hand_over,
     "{\"post\": 31, \"to_user\": 13, \"until\": \"2022-03-14T08:00:00+08:00\", \"note\": "
     "\"三份报告待审\"}"},
    {0},
};

/* ---- tables ---- */

static const struct derived_table tables[] = {
    {"institution",
     "CREATE TABLE institution (institution INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
     " name TEXT NOT NULL, name_en TEXT NOT NULL, area INTEGER NOT NULL, known_ms INTEGER NOT "
     "NULL)",
     "CREATE INDEX institution_of_area ON institution (area, kind, name)"},
    {"post",
     "CREATE TABLE post (post INTEGER PRIMARY KEY, institution INTEGER, role TEXT NOT NULL,"
     " title TEXT NOT NULL, area INTEGER NOT NULL, known_ms INTEGER NOT NULL, ended_ms INTEGER)",
     "CREATE INDEX post_of_area ON post (area, role);"
     "CREATE INDEX post_of_institution ON post (institution, role)"},
    {"post_holder",
     "CREATE TABLE post_holder (holding INTEGER PRIMARY KEY, post INTEGER NOT NULL,"
     " user INTEGER NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
     " known_ms INTEGER NOT NULL);"
     "CREATE INDEX holder_of_post ON post_holder (post, until_ms)",
     "CREATE INDEX holder_of_user ON post_holder (user, until_ms)"},
    {0},
};

static bool apply_filled(struct db *db, const struct event *event, int64_t post, int64_t user,
                         int64_t from_ms, int64_t until_ms, struct bh_err *err)
{
    return db_run(db, err,
                  "INSERT INTO post_holder (holding, post, user, from_ms, until_ms, known_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?)",
                  "iiiiii", event->seq, post, user, from_ms,
                  until_ms == BH_NONE ? BH_TIME_MAX : until_ms, event->recorded_ms);
}

static bool end_holding(struct db *db, int64_t post, int64_t at_ms, struct bh_err *err)
{
    return db_run(
        db, err,
        "UPDATE post_holder SET until_ms = ? WHERE post = ? AND from_ms <= ? AND until_ms > ?",
        "iiii", at_ms, post, at_ms, at_ms);
}

static bool apply_created(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct post_created *fact = event->fields;
    return db_run(db, err,
                  "INSERT INTO post (post, institution, role, title, area, known_ms) VALUES (?, ?, "
                  "?, ?, ?, ?)",
                  "iIssii", event->seq, fact->institution, fact->role, fact->title, event->area,
                  event->recorded_ms);
}

static bool apply_vacated(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct post_vacated *fact = event->fields;
    if (!end_holding(db, fact->post, event->occurred_ms, err))
        return false;
    if (fact->reason != VACATE_ABOLISHED)
        return true;
    /* Nobody is going to hold it later either. */
    return db_run(db, err, "UPDATE post SET ended_ms = ? WHERE post = ?", "ii", event->occurred_ms,
                  fact->post) &&
           db_run(db, err,
                  "UPDATE post_holder SET until_ms = from_ms WHERE post = ? AND from_ms > ?", "ii",
                  fact->post, event->occurred_ms);
}

static bool apply(struct db *db, const struct event *event, struct bh_err *err)
{
    const struct institution_registered *institution = event->fields;
    const struct post_filled *filled = event->fields;
    const struct shift_handed_over *shift = event->fields;
    switch (event->kind->number) {
    case EVENT_INSTITUTION_REGISTERED:
        return db_run(db, err,
                      "INSERT INTO institution (institution, kind, name, name_en, area, known_ms)"
                      " VALUES (?, ?, ?, ?, ?, ?)",
                      "iissii", event->seq, institution->kind, institution->name,
                      institution->name_en, event->area, event->recorded_ms);
    case EVENT_POST_CREATED: return apply_created(db, event, err);
    case EVENT_POST_FILLED:
        return apply_filled(db, event, filled->post, filled->user, filled->from_ms,
                            filled->until_ms, err);
    case EVENT_POST_VACATED: return apply_vacated(db, event, err);
    case EVENT_SHIFT_HANDED_OVER:
        return end_holding(db, shift->post, event->occurred_ms, err) &&
               apply_filled(db, event, shift->post, shift->to_user, event->occurred_ms,
                            shift->until_ms, err);
    default: return true;
    }
}

const struct link post_link = {
    .name = "post",
    .zh = "机构与岗位",
    .en = "Institutions and posts",
    .events = events,
    .commands = commands,
    .queries = post_queries,
    .tables = tables,
    .apply = apply,
};
