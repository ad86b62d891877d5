/* SPDX-License-Identifier: Apache-2.0 */
/* Hair that is gathered: combed over the skull to a tie, and what hangs or winds from there. */
#include <math.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/hair_plait.h"

/* Middle of the average skull, around which hair is combed. */
static const struct avt_point3 MIDDLE = {0, 2.5f, -6.8f};

static struct avt_point3 slerp(struct avt_point3 a, struct avt_point3 b, float t)
{
    float cosine = fminf(fmaxf(avt_vec_dot(a, b), -.999f), .9999f), angle = acosf(cosine), scale = 1 / sinf(angle);
    return avt_vec_add(avt_vec_scale(a, sinf((1 - t) * angle) * scale), avt_vec_scale(b, sinf(t * angle) * scale));
}

/* From the root by `by` to the tie: a curve on the skull. */
static size_t comb_by(const struct avt_hair *hair, const struct avt_hair_root *root, struct avt_point3 by,
                      struct avt_point3 tie, float layer, struct avt_point3 *path)
{
    struct avt_point3 middle = avt_vec_scale(MIDDLE, hair->unit), from = avt_vec_sub(root->at, middle);
    struct avt_point3 over = avt_vec_unit(avt_vec_sub(by, middle)), to = avt_vec_sub(tie, middle);
    float first = avt_vec_length(from), last = avt_vec_length(to);
    from = avt_vec_unit(from);
    to = avt_vec_unit(to);
    size_t steps = 26;
    for (size_t k = 0; k < steps; k++) {
        float t = (float)k / (float)(steps - 1);
        struct avt_point3 way = avt_vec_unit(slerp(slerp(from, over, t), slerp(over, to, t), t));
        struct avt_point3 p = avt_vec_along(middle, avt_mix(first, last, t), way), out;
        /* Down to its layer all along; the tie holds the end. */
        float want = .07f + layer * hair->unit * avt_smoothstep(0, .22f, t), hold = avt_smoothstep(1, .78f, t) * (k > 0);
        for (int round = 0; round < 2; round++) {
            float distance = avt_hair_body_distance(&hair->body, p, &out);
            p = avt_vec_along(p, (want - distance) * (distance < want ? 1 : hold), out);
        }
        path[k] = k ? p : root->at;
    }
    path[steps - 1] = tie;
    return steps;
}

size_t avt_hair_comb_to(const struct avt_hair *hair, const struct avt_hair_root *root, struct avt_point3 tie, float layer,
                        float bow, struct avt_point3 path[AVT_WALK_STEPS_MAX])
{
    struct avt_point3 half = avt_vec_scale(avt_vec_add(root->at, tie), .5f);
    half.y -= bow;
    return comb_by(hair, root, half, tie, layer, path);
}

size_t avt_hair_hang(const struct avt_hair *hair, struct avt_point3 *path, size_t steps, struct avt_point3 way, float end,
                     float gap)
{
    struct avt_point3 at = path[steps - 1];
    way = avt_vec_unit(way);
    while (steps < AVT_WALK_STEPS_MAX && at.y > end) {
        way = avt_vec_unit(avt_vec_add(way, (struct avt_point3){0, -.22f, 0}));
        at = avt_vec_along(at, .5f * hair->unit, way);
        struct avt_point3 out;
        float distance = avt_hair_body_distance(&hair->body, at, &out);
        if (distance < gap) {
            at = avt_vec_along(at, gap - distance, out);
            way = avt_vec_unit(avt_vec_along(way, -fminf(avt_vec_dot(way, out), 0), out));
        }
        path[steps++] = at;
    }
    return steps;
}

/* ---- what is tied ------------------------------------------------------------------------------- */

struct tie_row {
    float x, y, z;     /* of the tie on the average head, cm; x by side */
    float by_z, by_y;  /* parted hair goes by here, beside the head; 0: straight */
    float bun;         /* radius of the bun, cm; 0: none */
    float share;       /* of strands that lie on the scalp */
};

static struct tie_row tie_of(int style)
{
    switch (style) {
    case AVT_HAIR_BUN:
        return (struct tie_row){0, 9.8f, -13.4f, .bun = 2.5f, .share = .62f};
    case AVT_HAIR_TOP_KNOT:
        return (struct tie_row){0, 11.7f, -8.2f, .bun = 2.0f, .share = .62f};
    case AVT_HAIR_CHIGNON:
        return (struct tie_row){0, -2.6f, -16.2f, .by_z = -10.5f, .by_y = 1.6f, .bun = 2.6f, .share = .68f};
    case AVT_HAIR_BRAID:
        return (struct tie_row){4.9f, -5.4f, -11.2f, .by_z = -10.6f, .by_y = 1.0f, .share = .60f};
    case AVT_HAIR_BRAIDS:
        return (struct tie_row){6.3f, -4.9f, -10.2f, .by_z = -9.8f, .by_y = 1.6f, .share = .56f};
    default:
        return (struct tie_row){0, 5.8f, -17.0f, .share = .56f};
    }
}

static enum avt_code comb_scalp(struct avt_hair *hair, const struct tie_row *row, struct avt_error *reterr)
{
    size_t count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots =
        avt_hair_scalp(hair, (size_t)(row->share * (float)hair->capacity), 1, &count);
    if (!roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    struct avt_rng rng = avt_hair_stream(hair->seed, 5);
    float one_side = hair->seed & 2 ? 1 : -1;
    struct avt_point3 path[AVT_WALK_STEPS_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct avt_hair_root *root = &roots[i];
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            break;
        float near, side = avt_hair_side(hair, root->average, &near);
        avt_hair_info_init(hair, root, side, info);
        info->tip = .8f;
        info->loose *= .55f;
        float to_side = hair->style == AVT_HAIR_BRAID ? one_side : side;
        struct avt_point3 tie = {row->x * to_side + .35f * avt_rnd_normal(&rng), row->y + .35f * avt_rnd_normal(&rng),
                                 row->z + .25f * avt_rnd_normal(&rng)};
        tie = avt_vec_scale(tie, hair->unit);
        float outer = avt_smoothstep(7, 0, near), layer = hair->row.lift * avt_rnd_in(&rng, .2f, 1);
        if (row->by_z != 0) {
            /* Waves over the temples, then behind the ear. */
            struct avt_point3 by = {side * 7.4f, row->by_y + 2.0f * outer - .5f, row->by_z + 3.2f * outer};
            comb_by(hair, root, avt_vec_scale(by, hair->unit), tie, layer * (.6f + .7f * outer), path);
        } else {
            avt_hair_comb_to(hair, root, tie, layer, 0, path);
        }
        avt_hair_resample(path, 26, at, hair->points);
    }
    return AVT_OK;
}

/* Short hairs that escape at the hairline: what is combed tight else ends like a cap. */
static void free_wisps(struct avt_hair *hair, struct avt_rng *rng, const struct avt_hair_root *roots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct avt_hair_root *root = &roots[i];
        if (root->level > .9f || avt_rnd(rng) > .5f)
            continue;
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            break;
        avt_hair_info_init(hair, root, 1, info);
        info->shaped = true;
        info->thick = .45f;
        info->tip = .1f;
        float length = avt_rnd_in(rng, .8f, 2.6f) * hair->unit;
        struct avt_point3 way = {.4f * root->normal.x + .35f * avt_rnd_normal(rng), .35f - .8f * avt_rnd(rng),
                                 -.5f * avt_rnd(rng) + .2f * avt_rnd_normal(rng)};
        way = avt_vec_unit(avt_vec_along(way, .55f, root->normal));
        for (size_t k = 0; k < hair->points; k++) {
            float t = (float)k / (float)(hair->points - 1);
            at[k] = avt_vec_along(root->at, length * t, way);
            at[k].y -= .55f * length * t * t;
            at[k] = k ? avt_hair_body_clear(&hair->body, at[k], .06f) : root->at;
        }
    }
}

/* ---- tail and bun ------------------------------------------------------------------------------- */

static struct avt_hair_info *piece(struct avt_hair *hair, uint32_t lock, struct avt_point3 place, bool shaped,
                                   struct avt_rng *rng, struct avt_point3 **ret_at)
{
    struct avt_hair_info *info;
    *ret_at = avt_hair_more(hair, &info);
    if (!*ret_at)
        return NULL;
    *info = (struct avt_hair_info){.lock = lock, .wisp = lock * 31u + (uint32_t)(avt_rnd(rng) * 5), .root = place,
                                   .level = 6, .side = 1, .loose = avt_rnd(rng) > .96f ? .5f * avt_rnd(rng) : 0,
                                   .thick = avt_rnd_in(rng, .8f, 1.25f), .tip = .5f, .shade = 1, .shaped = shaped};
    return info;
}

static void hang_tail(struct avt_hair *hair, struct avt_point3 tie, struct avt_rng *rng)
{
    struct avt_point3 path[AVT_WALK_STEPS_MAX], centre[AVT_STRAND_POINTS_MAX];
    float side = hair->seed & 2 ? 1 : -1, unit = hair->unit;
    path[0] = tie;
    /* Over one shoulder, so that it is seen from the front. */
    size_t steps = avt_hair_hang(hair, path, 1, (struct avt_point3){.75f * side, .35f, -.8f}, hair->row.end * unit, 1.7f);
    for (size_t k = 0; k < steps; k++) {
        float y = path[k].y / unit;
        path[k].x += side * unit * 6.6f * avt_smoothstep(6, -12, y);
        path[k].z += unit * (7.5f * avt_smoothstep(-4, -15, y));
        path[k] = avt_hair_body_clear(&hair->body, path[k], 1.5f);
    }
    avt_hair_resample(path, steps, centre, hair->points);
    for (;;) {
        struct avt_point3 *at;
        float angle = avt_rnd_in(rng, 0, 6.2832f), ring = sqrtf(avt_rnd(rng)), cut = avt_rnd_in(rng, .80f, 1.0f);
        uint32_t lock = (uint32_t)(angle * 1.9f) + 100u * (uint32_t)(ring * 2.2f);
        struct avt_hair_info *info = piece(hair, lock, (struct avt_point3){0, 5, -12}, false, rng, &at);
        if (!info)
            break;
        for (size_t k = 0; k < hair->points; k++) {
            float t = cut * (float)k / (float)(hair->points - 1), place = t * (float)(hair->points - 1);
            size_t i = (size_t)place < hair->points - 2 ? (size_t)place : hair->points - 2;
            struct avt_point3 p = avt_vec_mix(centre[i], centre[i + 1], place - (float)i), u, v;
            avt_vec_frame(avt_vec_unit(avt_vec_sub(centre[i + 1], centre[i])), &u, &v);
            float wide = unit * (.75f + 1.35f * avt_smoothstep(0, .30f, t) - .9f * avt_smoothstep(.55f, 1, t));
            p = avt_vec_along(p, wide * ring * cosf(angle), u);
            at[k] = avt_vec_along(p, wide * ring * sinf(angle), v);
        }
    }
}

/* A coil: strands run around a ring and slowly around its section. */
static void wind_bun(struct avt_hair *hair, struct avt_point3 middle, struct avt_point3 out, float radius, float messy,
                     struct avt_rng *rng)
{
    struct avt_point3 u, v;
    avt_vec_frame(out, &u, &v);
    float ring = .56f * radius, section = .50f * radius;
    for (;;) {
        struct avt_point3 *at;
        float start = avt_rnd_in(rng, 0, 6.2832f), around = avt_rnd_in(rng, 0, 6.2832f), span = avt_rnd_in(rng, 2.2f, 4.6f);
        float deep = avt_rnd_in(rng, .72f, 1.0f), stray = messy * .18f * avt_rnd_normal(rng);
        uint32_t lock = (uint32_t)((around + .9f * start + 20) * 1.5f);
        struct avt_hair_info *info = piece(hair, lock * 77u + 13u, (struct avt_point3){0, 8, -12}, true, rng, &at);
        if (!info)
            break;
        info->shade = .55f + .45f * (deep - .72f) / .28f;
        info->tip = .8f;
        for (size_t k = 0; k < hair->points; k++) {
            float t = (float)k / (float)(hair->points - 1), turn = start + span * t, roll = around + .9f * turn;
            /* Thick and thin by the coil's own turns, and a spiral inwards. */
            float size = section * deep * (1 + .10f * sinf(3 * roll + turn)) + stray * t * (1 - t) * 4;
            float away = ring * (1 - .10f * sinf(turn)) + size * cosf(roll);
            struct avt_point3 p = avt_vec_along(middle, away * cosf(turn), u);
            p = avt_vec_along(p, away * sinf(turn), v);
            at[k] = avt_vec_along(p, .85f * size * sinf(roll), out);
        }
    }
}

static void plait_down(struct avt_hair *hair, float side, size_t count, struct avt_rng *rng)
{
    static const struct avt_point3 BY[] = {{6.3f, -5.2f, -10.0f}, {7.4f, -8.5f, -8.0f},  {8.3f, -12.0f, -4.8f},
                                           {8.5f, -15.5f, -1.2f}, {8.0f, -19.5f, 1.2f}, {7.4f, -23.5f, 2.4f},
                                           {7.0f, -27.5f, 3.0f}};
    struct avt_point3 path[AVT_WALK_STEPS_MAX], rough[7];
    size_t steps = 60;
    for (size_t k = 0; k < 7; k++)
        rough[k] = avt_vec_scale((struct avt_point3){side * BY[k].x, BY[k].y, BY[k].z}, hair->unit);
    avt_hair_resample(rough, 7, path, steps);
    for (int round = 0; round < 12; round++)
        for (size_t k = 1; k + 1 < steps; k++) {
            path[k] = avt_vec_along(avt_vec_scale(path[k], .5f), .25f, avt_vec_add(path[k - 1], path[k + 1]));
            path[k] = avt_hair_body_clear(&hair->body, path[k], 1.25f * hair->unit);
        }
    struct avt_plait plait = {.path = path, .steps = steps, .count = count, .wide = 1.05f * hair->unit,
                              .tip_wide = .5f * hair->unit, .pitch = 3.6f * hair->unit, .from = 0, .to = .90f,
                              .lock = side < 0 ? 900 : 700, .tuft = true};
    avt_plait_grow(hair, &plait, rng);
}

enum avt_code avt_hair_tied(struct avt_hair *hair, struct avt_error *reterr)
{
    int style = hair->style;
    struct tie_row row = tie_of(style);
    enum avt_code code = comb_scalp(hair, &row, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_rng rng = avt_hair_stream(hair->seed, 6);
    size_t count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_hair_scalp(hair, 3000, 7, &count);
    if (!roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    free_wisps(hair, &rng, roots, count);
    struct avt_point3 tie = avt_vec_scale((struct avt_point3){row.x, row.y, row.z}, hair->unit);
    struct avt_point3 out = avt_vec_unit(avt_vec_sub(tie, avt_vec_scale(MIDDLE, hair->unit)));
    size_t left = hair->capacity - hair->count;
    if (row.bun > 0)
        wind_bun(hair, avt_vec_along(tie, .35f * row.bun * hair->unit, out), out, row.bun * hair->unit,
                 style == AVT_HAIR_TOP_KNOT ? 1 : .35f, &rng);
    else if (style == AVT_HAIR_BRAIDS)
        for (int side = -1; side <= 1; side += 2)
            plait_down(hair, (float)side, left / 2, &rng);
    else if (style == AVT_HAIR_BRAID)
        plait_down(hair, hair->seed & 2 ? 1 : -1, left, &rng);
    else
        hang_tail(hair, tie, &rng);
    return AVT_OK;
}
