/* Institutions, posts and synthetic officials: every duty has an owner in every area. */
#include "plan/jilin_world.h"

static bool office_fits(const struct jilin_world *world, const struct jilin_office *office,
                        uint32_t area)
{
    const struct jilin_area *place = JILIN_AT(world->areas, jilin_area, area);
    if (bh_str_is(office->level, "province"))
        return place->kind == JILIN_PROVINCE;
    if (bh_str_is(office->level, "city"))
        return place->kind == JILIN_CITY;
    if (place->kind == JILIN_COUNTY || place->kind == JILIN_ZONE)
        return true;
    if (place->kind != JILIN_CITY)
        return false;
    for (uint32_t index = 0; index < world->areas.count; index++) {
        if (index != area && JILIN_AT(world->areas, jilin_area, index)->parent == area)
            return false;
    }
    return true; /* a city without counties does their work */
}

/* One institution for each area and key; a city that does its counties' work shares those it has. */
static uint32_t institution_get(struct jilin_world *world, const struct jilin_office *office,
                                uint32_t area)
{
    for (uint32_t index = 0; index < world->institutions.count; index++) {
        const struct jilin_institution *known =
            JILIN_AT(world->institutions, jilin_institution, index);
        if (known->area == area && bh_str_equal(known->key, office->key))
            return index;
    }
    const struct jilin_area *place = JILIN_AT(world->areas, jilin_area, area);
    uint32_t index = (uint32_t)world->institutions.count;
    struct jilin_institution *added = jilin_list_add(&world->institutions);
    added->area = area;
    added->key = office->key;
    added->kind = office->kind;
    (void)snprintf(added->name_zh, sizeof added->name_zh, "%.*s%.*s", (int)place->name_zh.len,
                   place->name_zh.at, (int)office->name_zh.len, office->name_zh.at);
    (void)snprintf(added->name_en, sizeof added->name_en, "%.*s %.*s", (int)place->name_en.len,
                   place->name_en.at, (int)office->name_en.len, office->name_en.at);
    return index;
}

static void post_add(struct jilin_world *world, const struct jilin_office *office, uint32_t area)
{
    uint32_t institution = institution_get(world, office, area);
    for (size_t index = 0; index < world->posts.count; index++) {
        const struct jilin_post *known = JILIN_AT(world->posts, jilin_post, index);
        if (known->institution == institution && bh_str_equal(known->role, office->role))
            return;
    }
    struct jilin_post *post = jilin_list_add(&world->posts);
    post->institution = institution;
    post->area = area;
    post->role = office->role;
    post->title_zh = office->title_zh;
    post->title_en = office->title_en;
    (void)snprintf(post->user, sizeof post->user, "%s.%.*s.%.*s",
                   JILIN_AT(world->areas, jilin_area, area)->unit, (int)office->key.len,
                   office->key.at, (int)office->role.len, office->role.at);
    jilin_official_name(world, post->official, sizeof post->official);
}

void jilin_offices_make(struct jilin_world *world)
{
    for (uint32_t area = 0; area < world->areas.count; area++) {
        for (size_t index = 0; index < world->offices.count; index++) {
            const struct jilin_office *office = JILIN_AT(world->offices, jilin_office, index);
            if (office_fits(world, office, area))
                post_add(world, office, area);
        }
    }
}
