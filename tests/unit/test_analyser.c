/* Files of analysers: every profile reads what it should, and what does not fit is named by row and column; nothing of a
 * broken file is taken. */
#include "api/edge.h"
#include "base/embedded.h"
#include "round/lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bh_arena arena;
static struct analyser_result result;
static struct analyser_well wells[LAB_WELLS];

/* Three tubes in A1, B1, C1; the controls at their fixed places. */
static void lay(void)
{
    memset(wells, 0, sizeof wells);
    wells[0] = (struct analyser_well){.well = 1, .code = BH_STR("T0001"), .control = BH_NONE};
    wells[1] = (struct analyser_well){.well = 2, .code = BH_STR("T0002"), .control = BH_NONE};
    wells[2] = (struct analyser_well){.well = 3, .code = BH_STR("T0003"), .control = BH_NONE};
    wells[3] = (struct analyser_well){.well = LAB_WELL_NEGATIVE, .control = CONTROL_NEGATIVE};
    wells[4] = (struct analyser_well){.well = LAB_WELL_POSITIVE, .control = CONTROL_POSITIVE};
    result.wells = wells;
    result.count = 5;
}

static bool read_as(const char *profile, struct bh_str file, struct bh_err *err)
{
    struct analyser_profile found;
    lay();
    memset(err, 0, sizeof *err);
    assert_true(analyser_profile_find(bh_str_of(profile), &arena, &found, err));
    return analyser_read(&found, BH_STR("PL1"), file, &arena, &result, err);
}

#define HEAD                                                                                       \
    "Experiment Barcode,PL1\nExperiment Name,morning\n\n"                                          \
    "Well,Well Position,Sample Name,Target Name,CT,Task\n"
#define GOOD                                                                                       \
    "1,A1,T0001,ORF1ab,27.053,UNKNOWN\n1,A1,T0001,N,26.5,UNKNOWN\n1,A1,T0001,RNase "               \
    "P,25,UNKNOWN\n"                                                                               \
    "13,B1,T0002,ORF1ab,Undetermined,UNKNOWN\n13,B1,T0002,N,39.999,UNKNOWN\n"                      \
    "25,C1,T0003,ORF1ab,Undetermined,UNKNOWN\n25,C1,T0003,N,,UNKNOWN\n"                            \
    "25,C1,T0003,IC,Undetermined,UNKNOWN\n"                                                        \
    "84,G12,NTC,ORF1ab,Undetermined,NTC\n84,G12,NTC,N,Undetermined,NTC\n"                          \
    "96,H12,pc,orf1ab,2.5E1,STANDARD\n96,H12,PC,n,26,STANDARD\n"

static void a_long_file_is_read(void **state)
{
    struct bh_err err;
    (void)state;
    if (!read_as("quantstudio", BH_STR(HEAD GOOD "2,A2,,ORF1ab,Undetermined,\n"), &err))
        fail_msg("%s: %s", err.en, result.error[0].en);
    assert_int_equal(wells[0].ct[ANALYSER_ORF1AB], 2705);
    assert_int_equal(wells[0].ct[ANALYSER_N], 2650);
    assert_true(wells[0].told[ANALYSER_INTERNAL]);
    assert_int_equal(wells[0].ct[ANALYSER_INTERNAL], 2500);
    assert_true(wells[1].ct[ANALYSER_ORF1AB] == BH_NONE);
    /* Cut off, not rounded: 39.999 is below 40. */
    assert_int_equal(wells[1].ct[ANALYSER_N], 3999);
    assert_false(wells[1].told[ANALYSER_INTERNAL]);
    assert_true(wells[2].told[ANALYSER_INTERNAL] && wells[2].ct[ANALYSER_INTERNAL] == BH_NONE);
    assert_int_equal(wells[4].ct[ANALYSER_ORF1AB], 2500);
}

static void a_wide_file_is_read(void **state)
{
    struct bh_err err;
    (void)state;
    assert_true(read_as("slan96",
                        BH_STR("板号,PL1\n孔位,样本编号,FAM,VIC,CY5\nA01,T0001,27.1,26,25\n"
                               "B01,,NoCt,NoCt,NoCt\nC01,T0003,无,,30\nG12,NC,NoCt,NoCt,\n"
                               "H12,阳性对照,25,26,24\n"),
                        &err));
    assert_int_equal(wells[0].ct[ANALYSER_ORF1AB], 2710);
    assert_true(wells[1].ct[ANALYSER_N] == BH_NONE);
    /* Without the column of the internal control, too. */
    assert_true(read_as("slan96",
                        BH_STR("孔位,样本编号,FAM,VIC\nA1,T0001,27.1,26\nB1,T0002,,\nC1,,,\n"
                               "G12,,,\nH12,,25,26\n"),
                        &err));
    assert_false(wells[0].told[ANALYSER_INTERNAL]);
}

struct broken {
    const char *file;
    int row;
    const char *column, *en; /* part of what is said */
};

static void what_does_not_fit_is_named(void **state)
{
    static const struct broken list[] = {
        {"Experiment Barcode,PL9\n" HEAD GOOD, 1, "Experiment Barcode", "of plate PL9"},
        {HEAD "1,A1,T9999,ORF1ab,27,x\n" GOOD, 5, "Sample Name", "holds tube T0001"},
        {HEAD "1,G12,T0001,ORF1ab,27,x\n" GOOD, 5, "Sample Name", "is a control"},
        {HEAD "1,Z9,T0001,ORF1ab,27,x\n" GOOD, 5, "Well Position", "is no well"},
        {HEAD "1,A13,T0001,ORF1ab,27,x\n" GOOD, 5, "Well Position", "is no well"},
        {HEAD "1,D4,T0001,ORF1ab,27,x\n" GOOD, 5, "Well Position", "is empty"},
        {HEAD "1,D4,,ORF1ab,27,x\n" GOOD, 5, "Well Position", "is empty"},
        {HEAD "1,A1,T0001,ORF8,27,x\n" GOOD, 5, "Target Name", "unknown target"},
        {HEAD GOOD "1,A1,T0001,N,27,x\n", 17, "CT", "told already"},
        {HEAD "1,B1,T0002,IC,127,x\n" GOOD, 5, "CT", "no Ct value"},
        {HEAD "1,B1,T0002,IC,-3,x\n" GOOD, 5, "CT", "no Ct value"},
        {HEAD "1,B1,T0002,IC,2e,x\n" GOOD, 5, "CT", "no Ct value"},
        {HEAD "1,B1,T0002,IC,0x10,x\n" GOOD, 5, "CT", "no Ct value"},
        {HEAD "1,A1,T0001,ORF1ab,27,x\n", 0, "", "well A1 has no result of N"},
        {"Well,Sample\nA1,T0001\n", 0, "", "no row holds the titles"},
        {"", 0, "", "no row holds the titles"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct bh_err err;
        bool ok = read_as("quantstudio", bh_str_of(list[i].file), &err);
        if (ok || result.errors == 0)
            fail_msg("file %zu was taken", i);
        assert_int_equal(err.code, BH_INVALID);
        bool named = false;
        for (size_t k = 0; k < result.errors && k < ANALYSER_ERRORS_MAX; k++) {
            const struct analyser_error *error = &result.error[k];
            assert_true(error->zh[0] && error->en[0] && bh_utf8_valid(bh_str_of(error->zh)));
            named = named || (error->row == list[i].row && strstr(error->en, list[i].en) &&
                              bh_str_is(error->column, list[i].column));
        }
        if (!named)
            fail_msg("file %zu: row %d, %s", i, result.error[0].row, result.error[0].en);
    }
}

static void a_file_that_names_no_plate_proves_nothing(void **state)
{
    struct bh_err err;
    (void)state;
    assert_false(read_as("slan96",
                         BH_STR("孔位,样本编号,FAM,VIC\nA1,,27,26\nB1,,,\nC1,,,\nG12,NC,,\n"
                                "H12,PC,25,26\n"),
                         &err));
    assert_int_equal(result.errors, 1);
    assert_non_null(strstr(result.error[0].en, "names plate PL1"));
}

static void what_cannot_be_read_has_a_reason(void **state)
{
    static const char *const files[] = {"a,\"b\nc", "\xff\xfe\x41\x31", "PK\x03\x04 no zip"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct bh_err err;
        assert_false(read_as("quantstudio", bh_str_of(files[i]), &err));
        assert_int_equal(result.errors, 0);
        assert_true(err.code != BH_OK && err.zh[0] && err.en[0]);
    }
}

static void errors_are_counted_beyond_those_listed(void **state)
{
    struct bh_buf file;
    struct bh_err err;
    (void)state;
    bh_buf_init(&file, 1 << 20);
    bh_buf_text(&file, HEAD);
    for (int i = 0; i < 500; i++)
        bh_buf_text(&file, "1,Z1,T0001,ORF1ab,27,x\n");
    assert_false(read_as("quantstudio", bh_buf_view(&file), &err));
    /* And the ten results that are not told. */
    assert_int_equal(result.errors, 510);
    bh_buf_done(&file);
}

/* ---- workbooks ---- */

static const char *const table[][5] = {
    {"Plate ID", "PL1", "", "", ""},          {"Well", "Fluor", "Sample", "Content", "Cq"},
    {"A01", "FAM", "T0001", "Unkn", "27.05"}, {"A01", "HEX", "T0001", "Unkn", "28"},
    {"B01", "FAM", "T0002", "Unkn", "NaN"},   {"B01", "HEX", "T0002", "Unkn", "NaN"},
    {"C01", "FAM", "T0003", "Unkn", "NaN"},   {"C01", "HEX", "T0003", "Unkn", "NaN"},
    {"G12", "FAM", "NTC", "NTC", "NaN"},      {"G12", "HEX", "", "NTC", "NaN"},
    {"H12", "FAM", "PC", "Pos Ctrl", "24.9"}, {"H12", "HEX", "PC", "Pos Ctrl", "25"},
};
enum { TABLE_ROWS = sizeof table / sizeof table[0] };

static struct bh_str table_cell(void *self, size_t row, size_t column)
{
    (void)self;
    return bh_str_of(table[row][column]);
}

static void a_workbook_is_read(void **state)
{
    struct bh_buf file;
    struct bh_err err = {0};
    (void)state;
    assert_true(sheet_xlsx("0", TABLE_ROWS, 5, table_cell, NULL, &file, &err));
    if (!read_as("cfx96", bh_buf_view(&file), &err))
        fail_msg("%s: %s", err.en, result.errors ? result.error[0].en : "");
    assert_int_equal(wells[0].ct[ANALYSER_ORF1AB], 2705);
    assert_int_equal(wells[4].ct[ANALYSER_N], 2500);
    bh_buf_done(&file);
    /* The results lie in a sheet that is not there. */
    assert_true(sheet_xlsx("other", TABLE_ROWS, 5, table_cell, NULL, &file, &err));
    assert_false(read_as("cfx96", bh_buf_view(&file), &err));
    assert_non_null(strstr(err.en, "no sheet"));
    /* Cut short anywhere, it is refused with a reason. */
    for (size_t len = 4; len < file.len; len += 97) {
        assert_false(read_as("cfx96", (struct bh_str){file.at, len}, &err));
        assert_true(err.en[0]);
    }
    bh_buf_done(&file);
}

/* ---- profiles ---- */

static struct bh_str out_cell(void *self, size_t row, size_t column)
{
    static char scratch[8];
    return analyser_sheet_cell(self, wells, row, column, scratch);
}

/* What goes out can come back: a sample sheet has a row a well, codes and controls where they lie. */
static void every_profile_is_whole(void **state)
{
    size_t count = 0;
    (void)state;
    for (size_t i = embedded_lower_bound("rules/analysers/"); i < embedded_count(); i++, count++) {
        const char *name = embedded_at(i)->path + strlen("rules/analysers/"),
                   *dot = strchr(name, '.');
        struct analyser_profile profile;
        struct bh_err err = {0};
        if (strncmp(embedded_at(i)->path, "rules/analysers/", 16) != 0)
            break;
        struct bh_str id = {name, (size_t)(dot - name)};
        if (!analyser_profile_find(id, &arena, &profile, &err))
            fail_msg("%s: %s", name, err.en);
        assert_true(bh_str_equal(profile.id, id));
        assert_true(profile.out_count >= 3);
        lay();
        assert_true(bh_str_is(out_cell(&profile, 1, 0), "A1"));
        assert_true(bh_str_is(out_cell(&profile, 1, 1), "T0001"));
        assert_true(bh_str_equal(out_cell(&profile, 1, 2), profile.task_tube));
        assert_true(bh_str_is(out_cell(&profile, 4, 0), "G12"));
        assert_true(bh_str_equal(out_cell(&profile, 5, 2), profile.task_control[CONTROL_POSITIVE]));
        struct bh_buf file;
        char sheet[40];
        (void)snprintf(sheet, sizeof sheet, "%.*s", (int)profile.out_sheet.len,
                       profile.out_sheet.at);
        assert_true(sheet_xlsx(sheet, 6, profile.out_count, out_cell, &profile, &file, &err));
        assert_true(file.len > 1000 && memcmp(file.at, "PK", 2) == 0);
        bh_buf_done(&file);
    }
    assert_true(count >= 3);
}

static void a_profile_that_is_not_whole_is_refused(void **state)
{
    static const char *const texts[] = {
        "id: x\n",
        "- a\n",
        "id: x\ntitle: {zh: a, en: b}\ncolumns: {well: W, sample: S, target: T}\ntargets: {}\n"
        "controls: {}\nsample_sheet: {columns: [], tasks: {tube: a, negative: b, positive: c}}\n",
        "id: x\ntitle: {zh: a, en: b}\ncolumns: {well: W, sample: S, target: T, ct: C}\n"
        "targets: {n: N}\ncontrols: {}\nsample_sheet: {columns: [], tasks: {tube: a, negative: b, "
        "positive: c}}\n",
        "id: x\ntitle: {zh: a, en: b}\ncolumns: {well: W, sample: S, target: T, ct: C}\n"
        "targets: {}\ncontrols: {}\nsample_sheet: {columns: [{title: a, value: b}], tasks: {}}\n",
    };
    struct analyser_profile profile;
    struct bh_err err;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        memset(&err, 0, sizeof err);
        assert_false(analyser_profile_read(bh_str_of(texts[i]), &arena, &profile, &err));
        assert_true(err.zh[0] && err.en[0]);
    }
    const char *const names[] = {"", "nothing", "../plans/ag1", "quantstudio.yaml"};
    for (size_t i = 0; i < 4; i++) {
        assert_false(analyser_profile_find(bh_str_of(names[i]), &arena, &profile, &err));
        assert_int_equal(err.code, BH_MISSING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_file_is_read),
        cmocka_unit_test(a_wide_file_is_read),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(a_file_that_names_no_plate_proves_nothing),
        cmocka_unit_test(what_cannot_be_read_has_a_reason),
        cmocka_unit_test(errors_are_counted_beyond_those_listed),
        cmocka_unit_test(a_workbook_is_read),
        cmocka_unit_test(every_profile_is_whole),
        cmocka_unit_test(a_profile_that_is_not_whole_is_refused),
    };
    bh_arena_init(&arena, LIMIT_ARENA_BATCH);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bh_arena_done(&arena);
    return failed;
}
