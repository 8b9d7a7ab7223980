#include "round/sample.h"

#include <stdio.h>

enum { CODE_MIN = 4, CODE_MAX = 32 };

bool sample_code_fits(struct bh_str code, struct bh_err *err)
{
    bool fits = code.len >= CODE_MIN && code.len <= CODE_MAX;
    for (size_t i = 0; fits && i < code.len; i++)
        fits = (code.at[i] >= '0' && code.at[i] <= '9') || (code.at[i] >= 'A' && code.at[i] <= 'Z');
    return fits ||
           bh_fail_field(err, BH_INVALID, "code", "管码应为 %d 至 %d 位数字或大写字母",
                         "a tube code is %d to %d digits or capital letters", CODE_MIN, CODE_MAX);
}

static bool refuse(struct bh_err *err, enum bh_code code, size_t place, const char *zh,
                   const char *en)
{
    char field[BH_FIELD_MAX];
    (void)snprintf(field, sizeof field, "people[%zu]", place);
    (void)bh_fail_field(err, code, field, "第 %zu 人：%s%.0s", "person %zu: %.0s%s", place + 1, zh,
                        en);
    err->row = (int)place + 1;
    return false;
}

static bool twice(const struct sample_place *people, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (people[i].slot == people[place].slot)
            return true;
    return false;
}

bool sample_people_fit(const struct sample_place *people, size_t count, int64_t pool_size,
                       int64_t closed_ms, struct bh_err *err)
{
    if ((int64_t)count > pool_size)
        return bh_fail_field(err, BH_INVALID, "people", "本轮每管最多 %lld 人，名单有 %zu 人",
                             "at most %lld people share a tube of this round, the list has %zu",
                             (long long)pool_size, count);
    for (size_t i = 0; i < count; i++) {
        const struct sample_place *one = &people[i];
        if (one->area == 0)
            return refuse(err, BH_INVALID, i, "不在本轮名册上，请先补登",
                          "is not on the roll of this round: add the person first");
        if (!one->covered)
            return refuse(err, BH_INVALID, i, "居住地不在本轮范围内",
                          "lives outside the area of this round");
        if (one->moved)
            return refuse(err, BH_CONFLICT, i, "已迁居并在另一社区重新登记",
                          "has moved and was listed again in another community");
        if (one->tube != 0)
            return refuse(err, BH_CONFLICT, i, "本轮已采样", "was sampled in this round already");
        if (twice(people, i))
            return refuse(err, BH_INVALID, i, "在本管名单中出现两次", "is in this tube twice");
        if (one->at_ms != BH_NONE && one->at_ms > closed_ms)
            return refuse(err, BH_INVALID, i, "采样时间晚于封管时间",
                          "was sampled after the tube was closed");
    }
    return true;
}

size_t sample_areas(const struct sample_place *people, size_t count, struct sampled_area *ret)
{
    size_t areas = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < areas && ret[at].area != people[i].area)
            at++;
        if (at == areas)
            ret[areas++] = (struct sampled_area){people[i].area, 0, 0};
        ret[at].count++;
        ret[at].away += people[i].away;
    }
    return areas;
}
