#include "plan/load_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t load_mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static int64_t lane_length(const struct load_people *people)
{
    return people->residents / people->site_count;
}

int64_t load_tube_count(const struct load_people *people)
{
    if (people->order == LOAD_RANDOM)
        return people->residents / people->pool;
    return lane_length(people) / people->pool * people->site_count;
}

int64_t load_tube_of(const struct load_people *people, int64_t request, int i)
{
    int64_t lane = request % people->site_count, step = request / people->site_count;
    return (step * people->together + i) * people->site_count + lane;
}

int64_t load_request_after(const struct load_people *people, int64_t tubes)
{
    if (people->together == 1)
        return tubes;
    int64_t row = (int64_t)people->site_count * people->together;
    return (tubes + row - 1) / row * people->site_count;
}

static int64_t divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Steps of this length visit every resident once before the first comes again, far apart from each other. */
static int64_t stride(int64_t residents)
{
    int64_t step = residents * 618 / 1000 + 1;
    while (divisor(step, residents) != 1)
        step++;
    return step;
}

int64_t load_slot(const struct load_people *people, int64_t tube, int i)
{
    /* Both factors are below 2^31. */
    if (people->order == LOAD_RANDOM)
        return (tube * people->pool + i) * stride(people->residents) % people->residents + 1;
    int64_t lane = tube % people->site_count, step = tube / people->site_count;
    return lane * lane_length(people) + step * people->pool + i + 1;
}

/* 1 .. 2^60 - 1. */
int64_t load_receipt(const struct load_people *people, int64_t slot)
{
    uint64_t mixed = load_mix(people->salt ^ ((uint64_t)slot << 20)) & ((UINT64_C(1) << 60) - 1);
    return mixed == 0 ? 1 : (int64_t)mixed;
}

static void put_person(const struct load_people *people, int64_t slot, struct bh_buf *out)
{
    bool by_document =
        people->document_percent > 0 &&
        load_mix(people->salt + (uint64_t)slot) % 100 < (uint64_t)people->document_percent;
    size_t at = (size_t)(slot - 1) * people->document_line;
    if (by_document && at + people->document_line <= people->documents.len) {
        bh_buf_text(out, "{\"document\":\"");
        bh_buf_add(out, people->documents.at + at, people->document_line - 1);
        bh_buf_text(out, "\"");
    } else {
        bh_buf_text(out, "{\"slot\":");
        bh_buf_int(out, slot);
    }
    if (people->receipts) {
        bh_buf_text(out, ",\"receipt\":");
        bh_buf_int(out, load_receipt(people, slot));
    }
    bh_buf_byte(out, '}');
}

void load_tube_body(const struct load_people *people, int64_t tube, struct bh_buf *out)
{
    char code[40];
    (void)snprintf(code, sizeof code, "L%08" PRIX64 "%09" PRId64,
                   (people->salt >> 16) & UINT64_C(0xffffffff), tube);
    bh_buf_text(out, "{\"round\":");
    bh_buf_int(out, people->round);
    bh_buf_text(out, ",\"site\":");
    bh_buf_int(out, people->site[tube % people->site_count]);
    bh_buf_text(out, ",\"code\":\"");
    bh_buf_text(out, code);
    bh_buf_text(out, "\",\"people\":[");
    for (int i = 0; i < people->pool; i++) {
        if (i > 0)
            bh_buf_byte(out, ',');
        put_person(people, load_slot(people, tube, i), out);
    }
    bh_buf_text(out, "]}");
}

void load_tube_key(const struct load_people *people, int64_t tube, int64_t at_ms,
                   char ret[LOAD_KEY_HEX])
{
    uint64_t first = load_mix(people->salt ^ (uint64_t)tube);
    uint8_t key[16];
    for (int i = 0; i < 6; i++)
        key[i] = (uint8_t)((uint64_t)at_ms >> (8 * (5 - i)));
    for (int i = 0; i < 5; i++) {
        key[6 + i] = (uint8_t)(first >> (8 * i));
        key[11 + i] = (uint8_t)((uint64_t)tube >> (8 * (4 - i)));
    }
    bh_hex(key, sizeof key, ret);
}

void load_path_fill(const struct load_people *people, const char *path, int64_t slot,
                    struct bh_buf *out)
{
    static const char slot_mark[] = "{slot}", receipt_mark[] = "{receipt}";
    while (*path) {
        if (strncmp(path, slot_mark, sizeof slot_mark - 1) == 0) {
            bh_buf_int(out, slot);
            path += sizeof slot_mark - 1;
        } else if (strncmp(path, receipt_mark, sizeof receipt_mark - 1) == 0) {
            bh_buf_int(out, load_receipt(people, slot));
            path += sizeof receipt_mark - 1;
        } else {
            bh_buf_byte(out, *path++);
        }
    }
}
