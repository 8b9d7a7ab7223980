/* A file of an analyser: the first byte picks the profile, the rest is the file. Whatever it holds, it is taken whole or
 * refused with reasons, and nothing is told of a well that is not there. */
#include "base/embedded.h"
#include "round/lab.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lay(struct analyser_result *result, struct analyser_well *wells)
{
    memset(wells, 0, LAB_WELLS * sizeof *wells);
    wells[0] = (struct analyser_well){.well = 1, .code = BH_STR("T0001"), .control = BH_NONE};
    wells[1] = (struct analyser_well){.well = 2, .code = BH_STR("T0002"), .control = BH_NONE};
    wells[2] = (struct analyser_well){.well = LAB_WELL_NEGATIVE, .control = CONTROL_NEGATIVE};
    wells[3] = (struct analyser_well){.well = LAB_WELL_POSITIVE, .control = CONTROL_POSITIVE};
    result->wells = wells;
    result->count = 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"quantstudio", "cfx96", "slan96"};
    static struct analyser_result result;
    static struct analyser_well wells[LAB_WELLS];
    struct analyser_profile profile;
    struct bh_arena arena;
    struct bh_err err = {.code = BH_OK};
    if (size == 0 || size > LIMIT_BODY_BYTES)
        return 0;
    bh_arena_init(&arena, LIMIT_ARENA_REQUEST);
    bh_assert(analyser_profile_find(bh_str_of(names[data[0] % 3]), &arena, &profile, &err));
    lay(&result, wells);
    struct bh_str file = {(const char *)data + 1, size - 1};
    if (analyser_read(&profile, BH_STR("PL1"), file, &arena, &result, &err)) {
        bh_assert(result.errors == 0);
        for (size_t i = 0; i < result.count; i++)
            for (int t = 0; t <= ANALYSER_N; t++) {
                bh_assert(wells[i].told[t]);
                bh_assert(wells[i].ct[t] == BH_NONE ||
                          (wells[i].ct[t] >= 0 && wells[i].ct[t] < 10000));
            }
    } else {
        bh_assert(err.code != BH_OK && err.zh[0] && err.en[0]);
    }
    bh_arena_done(&arena);
    return 0;
}
