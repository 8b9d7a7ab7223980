#ifndef BH_ANALYSER_H
#define BH_ANALYSER_H
/*
 * Files of analysers: what a machine is given to run a plate, and what it tells afterwards. How a machine writes is data:
 * a profile in rules/analysers/. Pure: no database; the caller says what lies on the plate.
 *
 * A result file is taken whole or not at all. Everything that does not fit is listed by row and column: a title that is
 * missing, a well that is none or is empty on the plate, a barcode that is not the one in that well, another plate's code, a
 * target or a value that cannot be read, something told twice, something not told.
 */
#include "base/arena.h"
#include "base/limits.h"
#include "round/lab_events.h"

enum {
    ANALYSER_NAMES_MAX = 16,
    ANALYSER_ERRORS_MAX = 100, /* listed; more are only counted */
    ANALYSER_OUT_MAX = 8,      /* columns of a sample sheet */
    ANALYSER_ID_MAX = 40,
};

enum analyser_target { ANALYSER_ORF1AB, ANALYSER_N, ANALYSER_INTERNAL, ANALYSER_TARGETS };
enum analyser_column {
    COLUMN_WELL,
    COLUMN_SAMPLE,
    COLUMN_TARGET, /* with COLUMN_CT: a row a well and target; */
    COLUMN_CT,
    COLUMN_CT_FIRST, /* else a column for each target */
    ANALYSER_COLUMNS = COLUMN_CT_FIRST + ANALYSER_TARGETS,
};

struct analyser_names {
    struct bh_str name[ANALYSER_NAMES_MAX];
    size_t count;
};
enum analyser_out { OUT_WELL, OUT_SAMPLE, OUT_TASK };
struct analyser_profile {
    struct bh_str id, zh, en;
    struct bh_str sheet;       /* of a workbook; empty = the first */
    struct bh_str plate_label; /* of the head: the next cell is the plate's code; empty = none */
    struct bh_str column[ANALYSER_COLUMNS];
    struct analyser_names target[ANALYSER_TARGETS], undetermined, control[2];
    struct bh_str out_sheet, out_title[ANALYSER_OUT_MAX], task_tube, task_control[2];
    enum analyser_out out_value[ANALYSER_OUT_MAX];
    size_t out_count;
};

/* Profiles travel in the binary. MISSING when there is none with this name. */
BH_MUST_USE bool analyser_profile_find(struct bh_str id, struct bh_arena *arena,
                                       struct analyser_profile *ret, struct bh_err *err);
/* From the text of a profile; texts live in the arena. */
BH_MUST_USE bool analyser_profile_read(struct bh_str yaml, struct bh_arena *arena,
                                       struct analyser_profile *ret, struct bh_err *err);

/* One well of the plate: what lies there, then what the file says. */
struct analyser_well {
    int64_t well;
    struct bh_str code; /* of the tube; empty for a control */
    int64_t control;    /* BH_NONE = a tube */
    bool told[ANALYSER_TARGETS];
    int64_t ct[ANALYSER_TARGETS]; /* hundredths of a cycle, BH_NONE = undetermined */
};

struct analyser_error {
    int row;              /* of the file; 0 = of the file as a whole */
    struct bh_str column; /* its title; may be empty */
    char zh[192], en[192];
};

struct analyser_result {
    struct analyser_well *wells; /* the caller's */
    size_t count;
    struct analyser_error error[ANALYSER_ERRORS_MAX];
    size_t errors; /* how many there are; the first ANALYSER_ERRORS_MAX are listed */
};

/* Reads a CSV (UTF-8) or XLSX file. True when it was read to its end and result->errors is 0; then every well has both
 * targets. False with result->errors > 0 when it does not fit, else err says why it cannot be read at all. */
BH_MUST_USE bool analyser_read(const struct analyser_profile *profile, struct bh_str plate_code,
                               struct bh_str file, struct bh_arena *arena,
                               struct analyser_result *result, struct bh_err *err);

/* The sample sheet of a plate as rows of cells: row 0 = titles. Returns the cell; column < profile->out_count. */
struct bh_str analyser_sheet_cell(const struct analyser_profile *profile,
                                  const struct analyser_well *wells, size_t row, size_t column,
                                  char scratch[8]);

#endif
