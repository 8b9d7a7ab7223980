/*
 * bench_round FOLDER RESIDENTS SITES DOCUMENTS
 *
 * Prepares a new exercise folder for sampling: a roll of RESIDENTS people in communities of the province, households of
 * three behind numbered doors, a name and a document for each; a round over all of it, ten to a tube; SITES sites; the
 * user of bench_fill. DOCUMENTS gets the document numbers, one a line, in the order of the slots. Prints the numbers
 * that `bihuan load` needs, and how fast the roll went in.
 */
#include "world.h"

#include "ledger/area.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 498, HOUSEHOLD = 3, BATCH = 20, COMMUNITIES_MAX = 3000, DOCUMENT = 18 };

struct making {
    struct ledger *ledger;
    struct bench_batch batch;
    int64_t now_ms, residents, roll, institution, round;
    const struct leaf *community[COMMUNITIES_MAX];
    int64_t community_count;
    FILE *documents;
};

/* Evenly spread over the province. */
static void find_communities(struct making *making)
{
    const struct areas *areas = making->ledger->areas;
    size_t all = 0, seen = 0, count = areas_leaf_count(areas);
    for (int counting = 1; counting >= 0; counting--)
        for (size_t i = 1; i <= count; i++) {
            const struct leaf *leaf = areas_leaf(areas, (int64_t)i);
            if (!leaf || strcmp(leaf->level, "community") != 0)
                continue;
            all += (size_t)counting;
            if (!counting && seen++ % (all / COMMUNITIES_MAX + 1) == 0 &&
                making->community_count < COMMUNITIES_MAX)
                making->community[making->community_count++] = leaf;
        }
    bh_assert(making->community_count > 0);
}

/* One command by itself; the number of this name in its answer. */
static int64_t do_one(struct making *making, const char *command, json_t *body, const char *name)
{
    bench_batch_clear(&making->batch);
    (void)bench_batch_add(&making->batch, command, body, making->now_ms);
    bench_batch_commit(&making->batch);
    if (making->batch.refused > 0)
        bench_fail(command, &making->batch.why);
    return bench_number_in(&making->batch.submission[0], name);
}

/* 18 digits with the check digit of GB 11643. The serial number of the slot stands where birthday and order stand. */
static void document_of(int64_t slot, char out[DOCUMENT + 1])
{
    static const int weight[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    static const char check[] = "10X98765432";
    char digits[64];
    int sum = 0;
    (void)snprintf(digits, sizeof digits, "2202%013" PRId64, slot * 7919 % INT64_C(10000000000000));
    memcpy(out, digits, DOCUMENT - 1);
    for (int i = 0; i < DOCUMENT - 1; i++)
        sum += (out[i] - '0') * weight[i];
    out[DOCUMENT - 1] = check[sum % 11];
    out[DOCUMENT] = 0;
}

static json_t *resident(struct making *making, int64_t slot)
{
    char document[DOCUMENT + 1];
    document_of(slot, document);
    (void)fprintf(making->documents, "%s\n", document);
    return json_pack("{s:o, s:s, s:s}", "name", json_sprintf("虚构%08lld", (long long)slot),
                     "document", document, "category", "permanent");
}

/* Residents first .. first + count - 1 of one community. */
static json_t *listing(struct making *making, const struct leaf *community, int64_t first,
                       int64_t count)
{
    json_t *households = json_array();
    for (int64_t slot = first; slot < first + count;) {
        json_t *residents = json_array();
        for (int k = 0; k < HOUSEHOLD && slot < first + count; k++, slot++)
            (void)json_array_append_new(residents, resident(making, slot));
        int64_t door = slot / HOUSEHOLD;
        (void)json_array_append_new(
            households,
            json_pack("{s:I, s:I, s:o, s:o}", "building", (json_int_t)(first / BLOCK % 40 + 1),
                      "unit", (json_int_t)((slot - first) / HOUSEHOLD / 42 + 1), "door",
                      json_sprintf("%lld", (long long)(door % 40 + 101)), "residents", residents));
    }
    return json_pack("{s:I, s:s, s:o}", "roll", (json_int_t)making->roll, "area", community->code,
                     "households", households);
}

static void list_residents(struct making *making)
{
    int64_t each = (making->residents + making->community_count - 1) / making->community_count;
    int64_t slot = 1;
    bench_batch_clear(&making->batch);
    for (int64_t i = 0; slot <= making->residents; i++) {
        int64_t last = slot + each - 1 < making->residents ? slot + each - 1 : making->residents;
        while (slot <= last) {
            int64_t count = last - slot + 1 < BLOCK ? last - slot + 1 : BLOCK;
            (void)bench_batch_add(&making->batch, "list_residents",
                                  listing(making, making->community[i], slot, count),
                                  making->now_ms);
            slot += count;
            if (making->batch.count < BATCH)
                continue;
            bench_batch_commit(&making->batch);
            bench_batch_clear(&making->batch);
        }
    }
    bench_batch_commit(&making->batch);
    if (making->batch.refused > 0)
        bench_fail("list_residents", &making->batch.why);
}

static void print_sites(struct making *making, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t at = i * making->community_count / count;
        json_t *body =
            json_pack("{s:I, s:s, s:I, s:s, s:i, s:i}", "round", (json_int_t)making->round, "area",
                      making->community[at]->code, "institution", (json_int_t)making->institution,
                      "name", "虚构广场", "stations", 10, "samplers", 10);
        int64_t site = do_one(making, "open_site", body, "site");
        (void)printf("%s%" PRId64, i > 0 ? ", " : "", site);
    }
}

int main(int count, char **arguments)
{
    if (count != 5) {
        (void)fprintf(stderr, "use: see the head of bench/round.c\n");
        return 2;
    }
    struct making *making = bh_alloc(sizeof *making);
    making->ledger = bench_open(arguments[1], world_live(), false);
    making->now_ms = ledger_now(making->ledger);
    making->residents = strtoll(arguments[2], NULL, 10);
    making->documents = fopen(arguments[4], "w");
    bh_assert(making->documents);
    bench_batch_init(&making->batch, making->ledger, BATCH);
    find_communities(making);
    bench_make_login(&making->batch, making->now_ms);
    making->institution = do_one(making, "register_institution",
                                 json_pack("{s:s, s:s, s:s}", "kind", "sampling_team", "name",
                                           "虚构采样队", "area", "220000"),
                                 "institution");
    making->roll = do_one(making, "open_roll",
                          json_pack("{s:s, s:s}", "area", "220000", "name", "虚构名册"), "roll");
    int64_t before_us = bench_mono_us(), cpu_us = bench_cpu_us();
    list_residents(making);
    double seconds = (double)(bench_mono_us() - before_us) / 1e6;
    cpu_us = bench_cpu_us() - cpu_us;
    making->round = do_one(making, "order_round",
                           json_pack("{s:s, s:I, s:o, s:i, s:s}", "area", "220000", "roll",
                                     (json_int_t)making->roll, "starts",
                                     json_string("2022-03-17T23:00:00+08:00"), "pool_size", 10,
                                     "accept_shortfall", "性能测量"),
                           "round");
    (void)printf("{\"residents\": %" PRId64 ", \"list_seconds\": %.3f, \"list_cpu_us\": %.3f, "
                 "\"roll\": %" PRId64 ", \"round\": %" PRId64 ", \"sites\": [",
                 making->residents, seconds, (double)cpu_us / (double)making->residents,
                 making->roll, making->round);
    print_sites(making, strtoll(arguments[3], NULL, 10));
    (void)puts("]}");
    bh_assert(fclose(making->documents) == 0);
    bench_batch_done(&making->batch);
    ledger_close(making->ledger);
    bh_free(making);
    return 0;
}
