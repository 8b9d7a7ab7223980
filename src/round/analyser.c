#include "round/analyser.h"

#include "base/csv.h"
#include "base/xlsx.h"
#include "round/lab.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One file being read. */
struct reading {
    const struct analyser_profile *profile;
    struct bh_str plate_code;
    struct analyser_result *result;
    struct bh_arena *arena;
    bool under_titles;
    bool knows_plate;             /* something in the file names this plate */
    int column[ANALYSER_COLUMNS]; /* where; -1 = the profile has none */
    int row;
    const struct bh_str *cells;
    int cell_count;
};

/* Shown of a cell that does not fit. */
enum { SHOWN = 40 };

static int shown(struct bh_str text)
{
    size_t len = text.len < SHOWN ? text.len : SHOWN;
    while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xC0) == 0x80)
        len--; /* never half a character */
    return (int)len;
}

static void complain(struct reading *r, int row, struct bh_str column, const char *zh,
                     const char *en, ...) __attribute__((format(printf, 4, 6)))
__attribute__((format(printf, 5, 6)));
static void complain(struct reading *r, int row, struct bh_str column, const char *zh,
                     const char *en, ...)
{
    struct analyser_result *result = r->result;
    if (result->errors < ANALYSER_ERRORS_MAX) {
        struct analyser_error *error = &result->error[result->errors];
        va_list args, again;
        va_start(args, en);
        va_copy(again, args);
        error->row = row;
        error->column = column;
        (void)vsnprintf(error->zh, sizeof error->zh, zh, args);
        (void)vsnprintf(error->en, sizeof error->en, en, again);
        va_end(again);
        va_end(args);
    }
    result->errors++;
}

static struct bh_str cell(const struct reading *r, int column)
{
    if (column < 0 || column >= r->cell_count)
        return (struct bh_str){"", 0};
    return bh_str_trim(r->cells[column]);
}

static struct bh_str title(const struct reading *r, int column)
{
    return r->profile->column[column];
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(struct bh_str a, struct bh_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

static bool named(const struct analyser_names *names, struct bh_str text)
{
    for (size_t i = 0; i < names->count; i++)
        if (same(names->name[i], text))
            return true;
    return false;
}

/* ---- above the titles ---- */

static void look_for_plate(struct reading *r)
{
    for (int i = 0; r->profile->plate_label.len > 0 && i + 1 < r->cell_count; i++) {
        struct bh_str told = cell(r, i + 1);
        if (!same(cell(r, i), r->profile->plate_label) || told.len == 0)
            continue;
        if (bh_str_equal(told, r->plate_code))
            r->knows_plate = true;
        else
            complain(r, r->row, r->profile->plate_label, "文件是板 %.*s 的，不是板 %.*s",
                     "the file is of plate %.*s, not of plate %.*s", shown(told), told.at,
                     shown(r->plate_code), r->plate_code.at);
    }
}

static bool look_for_titles(struct reading *r)
{
    for (int c = 0; c < ANALYSER_COLUMNS; c++) {
        r->column[c] = -1;
        for (int i = 0; title(r, c).len > 0 && r->column[c] < 0 && i < r->cell_count; i++)
            if (same(cell(r, i), title(r, c)))
                r->column[c] = i;
        /* An internal control that this kit has not is no error. */
        if (title(r, c).len > 0 && r->column[c] < 0 && c != COLUMN_CT_FIRST + ANALYSER_INTERNAL)
            return false;
    }
    return true;
}

/* ---- under the titles ---- */

/* "27.053" to 2705: cut off, never rounded up over a threshold. */
static bool read_ct(struct bh_str text, int64_t *ret)
{
    char copy[32], *end = NULL;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = 0;
    if (strspn(copy, "0123456789.eE+") != text.len)
        return false;
    double value = strtod(copy, &end);
    if (*end != 0 || !(value >= 0 && value < 100))
        return false;
    *ret = (int64_t)(value * 100 + 1e-6);
    return true;
}

static void take_ct(struct reading *r, struct analyser_well *well, int target, int column)
{
    struct bh_str text = cell(r, r->column[column]);
    bool nothing = text.len == 0 || named(&r->profile->undetermined, text);
    int64_t ct = BH_NONE;
    if (!nothing && !read_ct(text, &ct))
        complain(r, r->row, title(r, column), "“%.*s”不是 Ct 值", "\"%.*s\" is no Ct value",
                 shown(text), text.at);
    else if (well->told[target])
        complain(r, r->row, title(r, column), "该孔该靶标已有结果%.0s",
                 "this target of this well was told already%.0s", "");
    else {
        well->told[target] = true;
        well->ct[target] = ct;
    }
}

static void take_target(struct reading *r, struct analyser_well *well)
{
    struct bh_str text = cell(r, r->column[COLUMN_TARGET]);
    for (int t = 0; t < ANALYSER_TARGETS; t++)
        if (named(&r->profile->target[t], text)) {
            take_ct(r, well, t, COLUMN_CT);
            return;
        }
    complain(r, r->row, title(r, COLUMN_TARGET), "不认识的靶标“%.*s”", "unknown target \"%.*s\"",
             shown(text), text.at);
}

static void check_sample(struct reading *r, const struct analyser_well *well)
{
    struct bh_str text = cell(r, r->column[COLUMN_SAMPLE]);
    if (text.len == 0)
        return;
    if (well->control != BH_NONE) {
        if (!named(&r->profile->control[well->control], text))
            complain(r, r->row, title(r, COLUMN_SAMPLE), "该孔是对照，文件写的是“%.*s”",
                     "this well is a control, the file says \"%.*s\"", shown(text), text.at);
    } else if (bh_str_equal(text, well->code)) {
        r->knows_plate = true;
    } else {
        complain(r, r->row, title(r, COLUMN_SAMPLE), "该孔的管是 %.*s，文件写的是“%.*s”",
                 "this well holds tube %.*s, the file says \"%.*s\"", shown(well->code),
                 well->code.at, shown(text), text.at);
    }
}

/* A well without a tube: machines list all 96. Something told of it is an error. */
static void check_empty_well(struct reading *r)
{
    bool told = cell(r, r->column[COLUMN_SAMPLE]).len > 0;
    for (int c = COLUMN_CT; c < ANALYSER_COLUMNS; c++) {
        struct bh_str text = cell(r, r->column[c]);
        told = told || (text.len > 0 && !named(&r->profile->undetermined, text));
    }
    if (told)
        complain(r, r->row, title(r, COLUMN_WELL), "该孔未布样%.0s",
                 "this well of the plate is empty%.0s", "");
}

static void take_row(struct reading *r)
{
    struct bh_str text = cell(r, r->column[COLUMN_WELL]);
    int64_t number = lab_well_of(text);
    struct analyser_well *well = NULL;
    bool blank = true;
    for (int c = 0; c < ANALYSER_COLUMNS; c++)
        blank = blank && cell(r, r->column[c]).len == 0;
    if (blank)
        return;
    if (number == 0) {
        complain(r, r->row, title(r, COLUMN_WELL), "“%.*s”不是孔位", "\"%.*s\" is no well",
                 shown(text), text.at);
        return;
    }
    for (size_t i = 0; i < r->result->count; i++)
        if (r->result->wells[i].well == number)
            well = &r->result->wells[i];
    if (!well) {
        check_empty_well(r);
        return;
    }
    check_sample(r, well);
    if (r->column[COLUMN_TARGET] >= 0) {
        take_target(r, well);
        return;
    }
    for (int t = 0; t < ANALYSER_TARGETS; t++)
        if (r->column[COLUMN_CT_FIRST + t] >= 0)
            take_ct(r, well, t, COLUMN_CT_FIRST + t);
}

static void read_row(struct reading *r, int row, const struct bh_str *cells, int count)
{
    r->row = row;
    r->cells = cells;
    r->cell_count = count;
    if (r->under_titles)
        take_row(r);
    else if (look_for_titles(r))
        r->under_titles = true;
    else
        look_for_plate(r);
}

/* ---- files ---- */

static bool read_csv(struct reading *r, struct bh_str file, struct bh_err *err)
{
    struct csv_reader *reader = bh_arena_try(r->arena, sizeof *reader);
    if (!reader)
        return bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    if (!bh_utf8_valid(file))
        return bh_fail(err, BH_MALFORMED, "文件不是 UTF-8 编码", "the file is not UTF-8");
    csv_open(reader, file, r->arena);
    while (csv_next(reader))
        read_row(r, reader->line, reader->field, reader->field_count);
    if (reader->failed)
        *err = reader->err;
    return !reader->failed;
}

static bool choose_sheet(const struct reading *r, const struct xlsx *book, int *ret,
                         struct bh_err *err)
{
    struct bh_str wanted = r->profile->sheet;
    *ret = 0;
    if (wanted.len == 0)
        return true;
    for (int i = 0; i < xlsx_sheet_count(book); i++)
        if (same(bh_str_of(xlsx_sheet_name(book, i)), wanted)) {
            *ret = i;
            return true;
        }
    return bh_fail(err, BH_INVALID, "工作簿中没有工作表“%.*s”",
                   "the workbook has no sheet \"%.*s\"", (int)wanted.len, wanted.at);
}

static bool read_xlsx(struct reading *r, struct bh_str file, struct bh_err *err)
{
    struct bh_str *cells = bh_arena_try(r->arena, XLSX_CELLS_MAX * sizeof *cells);
    struct xlsx *book = NULL;
    int sheet = 0;
    bool ok = cells || bh_fail(err, BH_TOO_BIG, "内存不足", "out of memory");
    ok = ok && xlsx_open(file, &book, err) && choose_sheet(r, book, &sheet, err) &&
         xlsx_sheet_open(book, sheet, err);
    while (ok && xlsx_next(book)) {
        int count = xlsx_cell_count(book);
        for (int i = 0; i < count; i++)
            cells[i] = xlsx_cell(book, i);
        read_row(r, xlsx_row_number(book), cells, count);
    }
    if (ok && xlsx_failed(book)) {
        *err = *xlsx_failed(book);
        ok = false;
    }
    xlsx_free(book);
    return ok;
}

static void check_whole(struct reading *r)
{
    static const char *const names[] = {"ORF1ab", "N"};
    struct bh_str none = {"", 0};
    if (!r->under_titles) {
        complain(r, 0, none, "没有找到标题行（%.*s、%.*s……）",
                 "no row holds the titles (%.*s, %.*s ...)", (int)title(r, COLUMN_WELL).len,
                 title(r, COLUMN_WELL).at, (int)title(r, COLUMN_SAMPLE).len,
                 title(r, COLUMN_SAMPLE).at);
        return;
    }
    for (size_t i = 0; i < r->result->count; i++)
        for (int t = 0; t <= ANALYSER_N; t++)
            if (!r->result->wells[i].told[t]) {
                char well[LAB_WELL_TEXT];
                lab_well_name(r->result->wells[i].well, well);
                complain(r, 0, none, "孔 %s 没有 %s 的结果", "well %s has no result of %s", well,
                         names[t]);
            }
    if (!r->knows_plate && r->result->errors == 0)
        complain(r, 0, none, "文件中没有板号，也没有管码，不能确认是板 %.*s",
                 "nothing in the file names plate %.*s: neither its code nor a tube",
                 (int)r->plate_code.len, r->plate_code.at);
}

bool analyser_read(const struct analyser_profile *profile, struct bh_str plate_code,
                   struct bh_str file, struct bh_arena *arena, struct analyser_result *result,
                   struct bh_err *err)
{
    struct reading r = {
        .profile = profile, .plate_code = plate_code, .result = result, .arena = arena};
    result->errors = 0;
    for (size_t i = 0; i < result->count; i++)
        for (int t = 0; t < ANALYSER_TARGETS; t++) {
            result->wells[i].told[t] = false;
            result->wells[i].ct[t] = BH_NONE;
        }
    bool read = xlsx_looks_like(file) ? read_xlsx(&r, file, err) : read_csv(&r, file, err);
    if (!read) {
        result->errors = 0;
        return false;
    }
    check_whole(&r);
    if (result->errors == 0)
        return true;
    return bh_fail(err, BH_INVALID, "文件有 %zu 处不符，未录入任何结果",
                   "the file does not fit in %zu places; nothing of it was taken", result->errors);
}

/* ---- the way out ---- */

struct bh_str analyser_sheet_cell(const struct analyser_profile *profile,
                                  const struct analyser_well *wells, size_t row, size_t column,
                                  char scratch[8])
{
    if (row == 0)
        return profile->out_title[column];
    const struct analyser_well *well = &wells[row - 1];
    switch (profile->out_value[column]) {
    case OUT_WELL: lab_well_name(well->well, scratch); return bh_str_of(scratch);
    case OUT_SAMPLE:
        if (well->control == BH_NONE)
            return well->code;
        return profile->control[well->control].count > 0 ? profile->control[well->control].name[0]
                                                         : (struct bh_str){"", 0};
    case OUT_TASK:
        return well->control == BH_NONE ? profile->task_tube : profile->task_control[well->control];
    }
    bh_unreachable("column of a sample sheet");
}
