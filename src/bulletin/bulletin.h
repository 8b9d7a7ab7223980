#ifndef BH_BULLETIN_H
#define BH_BULLETIN_H
/*
 * Counts per window and area, checks, signing.
 *
 * Commands: open_window, check_bulletin, sign_bulletin, publish_bulletin, adjust_figure, record_published_figure.
 * Queries: bulletin, bulletins, verify_bulletin, counted, sample_days, map. Fields and columns: bulletin_commands.c, bulletin_queries.c.
 *
 * window     open -> signed (version 1) -> signed (version 2, with a reason) ...; each version may be published
 * case       diagnosed -> counted, once, when the last audit passed -> moved or taken out by corrections only
 *
 * Invariants
 *   windows of one publishing unit do not overlap; no unit inside or around a publishing one publishes too, so
 *     each leaf has at most one row of windows; a unit inside uses the windows of the one around it
 *   a case counts at the last audit's time, or, when that window is signed, at the beginning of the first open
 *     window after it; a conversion likewise, never before its case
 *   what was known when a case was first counted stays: later facts do not change its status or severity; a
 *     withdrawn fact, a re-dated one, an exclusion and a change of area do, in exactly the windows concerned
 *   every count is an event (806, 807): the last of each case, summed, gives every figure
 *   a signed text never changes
 *
 * Figures as stored in the event bulletin_signed (JSON): {"units":[{area, parent, name, name_en, confirmed_new, converted,
 * severity_new{}, asymptomatic_new, infected, confirmed_cumulative, severity_cumulative{}, asymptomatic_cumulative,
 * local{}, imported{}, adjusted{}, people, waiting, unbacked}, ...], "checks":[...], "adjustments":[...]}, the
 * publishing unit first, every unit below it after its parent. null = this unit publishes nothing.
 */
#include "bulletin/bulletin_facts.h"
#include "ledger/area.h"
#include "report/report_events.h"

extern const struct link bulletin_link;

/* ---- windows ---- */

struct bulletin_window {
    int64_t window, area, from_ms, to_ms;
    int64_t version; /* the latest signed one, 0 = open */
};

/* Windows ascending and apart. The instant at which something of at_ms counts: in the window that holds it, else
 * at the beginning of the first one after it; with open_only signed windows are passed over. BH_NONE = none. */
int64_t window_place(const struct bulletin_window *windows, size_t count, int64_t at_ms,
                     bool open_only);

enum window_refusal {
    WINDOW_FITS,
    WINDOW_BACKWARD, /* ends before it begins */
    WINDOW_NOT_HOURS,
    WINDOW_TOO_LONG,
    WINDOW_OVERLAPS,
};
enum { WINDOW_DAYS_MAX = 31 };
enum window_refusal window_judge(const struct bulletin_window *windows, size_t count,
                                 int64_t from_ms, int64_t to_ms);

/* ---- what counts ---- */

/* A fact about a case that matters for counting. */
struct count_step {
    int64_t seq, kind, occurred_ms;
    int64_t status, severity; /* 102 both; 105, 106 severity */
};

struct count_basis {
    const struct count_step *steps; /* not withdrawn; 102, 105, 106 only, any order */
    size_t step_count;
    int64_t audited_ms; /* by the last level; BH_NONE = not */
    int64_t area;
    bool gone; /* withdrawn, excluded */
};

/* What should be, given what counts now. windows: of the case's area, ascending. Fills the members of *want that
 * events carry; the others are copied. */
void count_judge(const struct count_basis *basis, const struct bulletin_window *windows,
                 size_t count, const struct counted_facts *now, struct counted_facts *want);

/* ---- figures ---- */

enum {
    SEVERITY_COUNT = SEVERITY_CRITICAL + 1,
    ORIGIN_COUNT = ORIGIN_IMPORTED + 1,
    UNITS_MAX = 160
};
enum figure_span { SPAN_NEW, SPAN_CUMULATIVE, SPAN_COUNT };

/* Of one unit over one interval. Persons. */
struct unit_figures {
    const char *unit, *zh, *en; /* id and short names */
    int parent;                 /* index, -1 = the publishing unit itself */
    bool unknown;               /* publishes nothing: all null */
    int64_t n[FIGURE_COUNT];    /* with adjustments */
    int64_t severity[SPAN_COUNT][SEVERITY_COUNT];
    int64_t origin[ORIGIN_COUNT][FIGURE_COUNT]; /* without adjustments */
    int64_t adjusted[FIGURE_COUNT];             /* inside n: of this unit and those in it */
    int64_t own[FIGURE_COUNT];   /* of them: of this very unit, found in none of its parts */
    int64_t unsplit[SPAN_COUNT]; /* of them: without severity */
    int64_t converted_before;    /* conversions before the interval */
    int64_t people[FIGURE_CONFIRMED_CUMULATIVE]; /* new figures counted again, person by person */
    int64_t waiting;  /* of the new infected: transport or admission still open */
    int64_t unbacked; /* of the new infected: no such duty on record */
};

struct bulletin_figures {
    int64_t from_ms, to_ms;
    int64_t twice;   /* persons with two cases in the interval */
    int64_t outside; /* counted at places that no unit holds */
    bool
        joined; /* a sum of windows: one person may wait in two of them, `waiting` is no number of persons */
    size_t count;
    struct unit_figures unit[UNITS_MAX];
};

/* New infected persons, each once. */
int64_t figures_infected(const struct unit_figures *unit);
int figures_find(const struct bulletin_figures *figures, struct bh_str unit); /* -1 = none */
/* Adds the window after `into`: new figures are summed, cumulative ones replaced. The windows must touch: false
 * otherwise, and for other units. */
bool figures_join(struct bulletin_figures *into, const struct bulletin_figures *next);
/* Value of one measure and severity (none = all); BH_NONE when the bulletin does not count it. */
int64_t figures_value(const struct unit_figures *unit, int64_t measure, int64_t severity);
/* Adds a publisher's adjustment of unit `index` to it and to all around it. */
void figures_adjust(struct bulletin_figures *figures, int index, int64_t measure, int64_t severity,
                    int64_t value, bool is_new);

/* ---- checks ---- */

enum { CHECKS_MAX = 16 };

struct bulletin_check {
    const char *name;
    bool passed, hard;       /* hard: a bulletin that fails it cannot be signed */
    int64_t expected, found; /* BH_NONE = no number */
    char zh[300], en[300];
};

struct check_context {
    int root;  /* the unit checked, with its parts */
    bool over; /* the interval has ended */
    const struct unit_figures
        *before;    /* as last signed for the window that ends where this begins; NULL = none */
    int64_t gap_ms; /* time before it that no window holds, up to the one before; 0 = none */
    int64_t differences; /* figures of publishers that say something else */
};

struct bulletin_checks {
    size_t count;
    struct bulletin_check check[CHECKS_MAX];
};
void bulletin_check(const struct bulletin_figures *figures, const struct check_context *context,
                    struct bulletin_checks *ret);
void checks_failed(const struct bulletin_checks *checks, int64_t *ret_failed, int64_t *ret_hard);

/* ---- text ---- */

struct bulletin_note { /* an adjustment to be told */
    int64_t measure, severity, value, from_ms, to_ms;
    const char *unit, *zh, *en; /* id and short names of the unit */
    struct bh_str source, reason;
};

struct text_input {
    const struct bulletin_figures *figures;
    int root;
    const char *zh, *en; /* full names of its unit */
    int zone_minutes;
    const struct bulletin_note *notes;
    size_t note_count;
    int64_t version;      /* 0 = draft */
    struct bh_str reason; /* of a version above 1 */
};
void bulletin_text(const struct text_input *input, bool english, struct bh_buf *out);

/* ---- internals shared by the files of this link ---- */

extern const struct derived_table bulletin_tables[];
extern const struct reaction bulletin_reactions[];
extern const struct command bulletin_commands[];
extern const struct query bulletin_queries[];
/* The query `map`: bulletin_map.c. */
extern const struct record bulletin_map_record;
extern const struct column bulletin_map_columns[];
bool bulletin_map_run(struct reader *reader, const void *params, struct cells *cells,
                      struct bh_err *err);
/* The query `sample_days`: bulletin_days.c. */
extern const struct record days_record;
extern const struct column days_columns[];
bool days_run(struct reader *reader, const void *params, struct cells *cells, struct bh_err *err);
/* The query `verify_bulletin`: bulletin_proof.c. */
extern const struct record proof_record;
bool proof_run(struct reader *reader, const void *params, json_t **ret, struct bh_err *err);

/* The unit that a leaf stands for; MISSING unless it lies wholly inside what the reader may see: a bulletin cannot be
 * told in part. */
BH_MUST_USE bool bulletin_unit(const struct reader *reader, int64_t leaf, int64_t at_ms,
                               const struct unit **ret, struct bh_err *err);
json_t *bulletin_signer(struct reader *reader, int64_t user); /* name, null for the program */
bool bulletin_apply(struct db *db, const struct event *event, struct bh_err *err);

struct window_list {
    const struct unit *unit; /* that publishes; NULL = none around the leaf does */
    size_t count;
    struct bulletin_window *window; /* ascending */
};
/* Windows, of the unit around the leaf that publishes, that end after after_ms (BH_NONE = all). at_ms: when units
 * are looked up. In the arena. */
BH_MUST_USE bool windows_of(struct db *db, const struct areas *areas, int64_t leaf, int64_t at_ms,
                            int64_t after_ms, struct bh_arena *arena, struct window_list *ret,
                            struct bh_err *err);

/* Facts about a case that count_judge needs; at most `max`, more is TOO_BIG. */
BH_MUST_USE bool count_steps(struct db *db, int64_t case_number, struct count_step *ret, size_t max,
                             size_t *ret_count, struct bh_err *err);
/* The case a fact of the link report is about, as far as it matters for counting; 0 = none. */
BH_MUST_USE bool count_case_of(struct db *db, int64_t seq, int64_t *ret, struct bh_err *err);

/* Counts anew, for the unit and all below it. In the arena. */
BH_MUST_USE bool figures_count(struct db *db, const struct areas *areas, const struct unit *unit,
                               int64_t from_ms, int64_t to_ms, struct bh_arena *arena,
                               struct bulletin_figures **ret, struct bh_err *err);
/* Adjustments that a bulletin up to to_ms must tell, of units inside root; in the arena. */
BH_MUST_USE bool notes_read(struct db *db, const struct areas *areas, const struct unit *root,
                            int64_t to_ms, struct bh_arena *arena, struct bulletin_note **ret,
                            size_t *ret_count, struct bh_err *err);

/* A signed version. Texts in the arena. */
struct bulletin_version {
    int64_t bulletin, area, from_ms, to_ms, version, position, supersedes, signed_by, signed_ms,
        published_ms;
    struct bh_str reason, figures, text_zh, text_en, channel;
};
/* version 0 = the latest. *ret_found false when there is none. */
BH_MUST_USE bool version_read(struct db *db, int64_t area, int64_t from_ms, int64_t to_ms,
                              int64_t version, struct bh_arena *arena, struct bulletin_version *ret,
                              bool *ret_found, struct bh_err *err);

/*
 * What the code on a printed bulletin says, one line of seven words:
 *   BIHUAN-BULLETIN/1 <unit> <from> <to> v<version> @<position> sha256:<64 hex digits>
 * The hash is that of the figures as the signing event holds them. It does not sign the paper: whoever verifies gets the
 * true figures, too, and compares them with those printed.
 */
enum { PROOF_HASH = 32, PROOF_TEXT = 400 };
struct proof {
    struct bh_str unit;
    int64_t from_ms, to_ms, version, position;
    uint8_t hash[PROOF_HASH];
};
BH_MUST_USE bool proof_read(struct bh_str text, int zone_minutes, struct proof *ret,
                            struct bh_err *err);
struct bulletin_version;
/* In the reader's arena. */
const char *proof_text(struct reader *reader, const struct unit *unit,
                       const struct bulletin_version *version);

/* One thing that differs: from the version before, or from what a publisher stated. */
struct bulletin_difference {
    bool published;
    int unit;
    int64_t measure, severity, before, after, figure;
    int64_t from_ms, to_ms;
    struct bh_str publisher, source;
};
/* Published figures of intervals inside [from_ms, to_ms) against what is counted; only of units in the figures
 * under root, and only those that differ or are not counted at all. In the arena. */
BH_MUST_USE bool published_differences(struct db *db, const struct areas *areas,
                                       const struct bulletin_figures *figures, int root,
                                       struct bh_arena *arena, struct bulletin_difference **ret,
                                       size_t *ret_count, struct bh_err *err);
/* Cells that changed between two versions of the same interval, for root and its parts. */
size_t version_differences(const struct bulletin_figures *before,
                           const struct bulletin_figures *after, int root,
                           struct bulletin_difference *ret, size_t max);

json_t *figures_to_json(const struct bulletin_figures *figures);          /* list of units */
json_t *unit_to_json(const struct bulletin_figures *figures, int index);  /* one, without by_area */
json_t *parts_to_json(const struct bulletin_figures *figures, int index); /* by_area */
json_t *checks_to_json(const struct bulletin_checks *checks);
json_t *notes_to_json(const struct bulletin_note *notes, size_t count, int zone_minutes);
json_t *differences_to_json(const struct bulletin_figures *figures,
                            const struct bulletin_difference *list, size_t count, int zone_minutes);
/* What a version says: its units; and the whole stored JSON (new reference) unless ret_json is NULL. CORRUPT when it is
 * not what was written. Texts in the arena. */
BH_MUST_USE bool version_figures(const struct bulletin_version *version, struct bh_arena *arena,
                                 struct bulletin_figures **ret, json_t **ret_json,
                                 struct bh_err *err);

/* One of its units alone, a small part of the text; NULL in *ret when it says nothing of that unit. */
BH_MUST_USE bool version_unit(const struct bulletin_version *version, const char *unit,
                              struct bh_arena *arena, const struct unit_figures **ret,
                              struct bh_err *err);

/* The adjustments a version tells, as far as they lie inside root. In the arena. */
BH_MUST_USE bool version_notes(const json_t *stored, const struct bulletin_figures *figures,
                               int root, int zone_minutes, struct bh_arena *arena,
                               struct bulletin_note **ret, size_t *ret_count, struct bh_err *err);

/* All that belongs to one bulletin, counted now. */
struct bulletin_draft {
    const struct window_list *windows;
    const struct unit *unit;
    struct bulletin_figures *figures; /* of the publishing unit */
    int root;                         /* of `unit` in them */
    struct bulletin_note *notes;
    size_t note_count;
    struct bulletin_difference *differences;
    size_t difference_count;
    struct bulletin_checks checks;
};
BH_MUST_USE bool draft_make(struct db *db, const struct areas *areas,
                            const struct window_list *windows, const struct unit *unit,
                            int64_t from_ms, int64_t to_ms, int64_t now_ms, struct bh_arena *arena,
                            struct bulletin_draft *ret, struct bh_err *err);

#endif
