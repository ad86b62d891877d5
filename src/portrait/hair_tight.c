/* SPDX-License-Identifier: Apache-2.0 */
/* Coily hair in its own styles: cornrows along the scalp, locs, and an afro as a cloud of small helices. */
#include <math.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/hair_plait.h"
#include "portrait/noise.h"

static const struct avt_point3 MIDDLE = {0, 2.0f, -6.8f};

/* ---- cornrows ----------------------------------------------------------------------------------- */

enum { ROWS = 15, ROW_STEPS = 72, PIECES = 5 };

/* The skull's surface in a direction from its middle. */
static struct avt_point3 on_skull(const struct avt_hair *hair, struct avt_point3 way, float height)
{
    struct avt_point3 p = avt_vec_along(avt_vec_scale(MIDDLE, hair->unit), 8.5f * hair->unit, way), out;
    for (int round = 0; round < 6; round++)
        p = avt_vec_along(p, height - avt_hair_body_distance(&hair->body, p, &out), out);
    return p;
}

/* From the hairline over the skull to the nape, side by side. */
static size_t row_path(const struct avt_hair *hair, int row, struct avt_point3 *path)
{
    float lane = 2 * (float)row / (ROWS - 1) - 1; /* -1 .. 1 */
    float tilt = lane * 1.30f;                    /* radians around the front-to-back axis */
    size_t steps = 0;
    for (int k = 0; k < ROW_STEPS && steps < ROW_STEPS; k++) {
        /* Angle in the row's own plane: 0 ahead, a half turn behind; it starts where the hair does. */
        float t = (float)k / (ROW_STEPS - 1), angle = avt_mix(.35f, 3.72f, t);
        float spread = tilt * (1 - .45f * avt_smoothstep(.55f, 1, t));
        struct avt_point3 way = {sinf(spread) * sinf(angle), cosf(spread) * sinf(angle), cosf(angle)};
        if (angle > 3.1416f)
            way.x = .18f * lane, way.y = sinf(angle);
        struct avt_point3 p = on_skull(hair, avt_vec_unit(way), .10f * hair->unit);
        if (avt_hairline_level(&hair->line, avt_vec_scale(p, 1 / hair->unit)) < .15f && t < .5f)
            continue;
        path[steps++] = p;
    }
    return steps;
}

enum avt_code avt_hair_cornrows(struct avt_hair *hair, struct avt_error *reterr)
{
    struct avt_rng rng = avt_hair_stream(hair->seed, 8);
    AVT_CLEANUP(avt_freep) struct avt_point3 *paths = avt_try_new0(struct avt_point3, ROWS * AVT_WALK_STEPS_MAX);
    size_t steps[ROWS], count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_hair_scalp(hair, hair->capacity / 2, 1, &count);
    if (!paths || !roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    size_t each = hair->capacity / 2 / (ROWS * PIECES);
    for (int row = 0; row < ROWS; row++) {
        struct avt_point3 *path = paths + row * AVT_WALK_STEPS_MAX;
        steps[row] = row_path(hair, row, path);
        if (steps[row] < 4)
            continue;
        steps[row] =
            avt_hair_hang(hair, path, steps[row], (struct avt_point3){0, -1, -.3f}, hair->row.end * hair->unit, .3f);
        for (int piece = 0; piece < PIECES; piece++) {
            struct avt_plait plait = {.path = path,
                                      .steps = steps[row],
                                      .count = each,
                                      .wide = .46f * hair->unit,
                                      .tip_wide = .36f * hair->unit,
                                      .pitch = 1.6f * hair->unit,
                                      .from = (float)piece / PIECES,
                                      .to = (float)(piece + 1) / PIECES + .004f,
                                      .lock = (uint32_t)row * 16,
                                      .flat = true};
            avt_plait_grow(hair, &plait, &rng);
        }
    }
    /* Between the rows hair lies flat, drawn to the nearest; along the partings the scalp shows. */
    for (size_t i = 0; i < count; i++) {
        float nearest = 1e9f, second = 1e9f;
        struct avt_point3 to = roots[i].at;
        for (int row = 0; row < ROWS; row++) {
            float best = 1e9f;
            struct avt_point3 at = to;
            for (size_t k = 0; k < steps[row]; k++) {
                struct avt_point3 away = avt_vec_sub(paths[row * AVT_WALK_STEPS_MAX + (int)k], roots[i].at);
                float square = avt_vec_dot(away, away);
                if (square < best) {
                    best = square;
                    at = paths[row * AVT_WALK_STEPS_MAX + (int)(k + 1 < steps[row] ? k + 1 : k)];
                }
            }
            second = fminf(second, fmaxf(best, nearest));
            if (best < nearest) {
                nearest = best;
                to = at;
            }
        }
        if (sqrtf(second) - sqrtf(nearest) < .22f || nearest > 20)
            continue;
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            break;
        avt_hair_info_init(hair, &roots[i], 1, info);
        info->shaped = true;
        info->loose = 0;
        info->thick *= 1.25f;
        for (size_t k = 0; k < hair->points; k++) {
            float t = (float)k / (float)(hair->points - 1);
            at[k] = avt_vec_mix(roots[i].at, to, fminf(.9f, 1.3f / (sqrtf(nearest) + .01f)) * t);
            at[k] = k ? avt_hair_body_clear(&hair->body, at[k], .03f + .15f * t) : at[k];
        }
    }
    return AVT_OK;
}

/* ---- locs --------------------------------------------------------------------------------------- */

enum { LOC_HAIRS = 34 };

enum avt_code avt_hair_locs(struct avt_hair *hair, struct avt_error *reterr)
{
    size_t count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_hair_scalp(hair, hair->capacity / LOC_HAIRS, 1, &count);
    if (!roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    struct avt_rng rng = avt_hair_stream(hair->seed, 9);
    struct avt_point3 path[AVT_WALK_STEPS_MAX], centre[AVT_STRAND_POINTS_MAX];
    for (size_t i = 0; i < count; i++) {
        struct avt_hair_info loc;
        avt_hair_info_init(hair, &roots[i], avt_hair_side(hair, roots[i].average, NULL), &loc);
        loc.lock = loc.wisp = (uint32_t)i * 2654435761u;
        size_t steps = avt_hair_fall(hair, &roots[i], &loc, &rng, path);
        avt_hair_resample(path, steps, centre, hair->points);
        float radius = avt_rnd_in(&rng, .30f, .42f) * hair->unit, twist = avt_rnd_in(&rng, 1.3f, 2.1f);
        for (size_t k = 1; k < hair->points; k++)
            centre[k] = avt_hair_body_clear(&hair->body, centre[k], radius + .1f);
        for (int n = 0; n < LOC_HAIRS; n++) {
            struct avt_hair_info *info;
            struct avt_point3 *at = avt_hair_more(hair, &info);
            if (!at)
                return AVT_OK;
            *info = loc;
            info->shaped = true;
            info->thick = avt_rnd_in(&rng, .7f, 1.15f);
            info->tip = .6f;
            float ring = avt_rnd_in(&rng, .55f, 1.08f), start = avt_rnd_in(&rng, 0, 6.2832f), gone = 0;
            info->shade = .55f + .5f * (ring - .55f) / .53f;
            for (size_t k = 0; k < hair->points; k++) {
                struct avt_point3 along = avt_vec_sub(centre[k + 1 < hair->points ? k + 1 : k], centre[k ? k - 1 : 0]),
                                  u, v;
                gone += k ? avt_vec_length(avt_vec_sub(centre[k], centre[k - 1])) : 0;
                avt_vec_frame(avt_vec_unit(along), &u, &v);
                float t = (float)k / (float)(hair->points - 1), turn = start + twist * gone;
                float lumps = .82f + .36f * avt_noise((struct avt_point3){gone, (float)i * 9.7f, 0}, 1.1f, hair->seed);
                float size = radius * ring * lumps * (.75f + .25f * avt_smoothstep(0, .1f, t)) *
                             (1 - .55f * avt_smoothstep(.9f, 1, t));
                at[k] = avt_vec_along(avt_vec_along(centre[k], size * cosf(turn), u), size * sinf(turn), v);
            }
        }
    }
    return AVT_OK;
}

/* ---- afro --------------------------------------------------------------------------------------- */

/* How far the cloud reaches over a root: round, uneven, shorter at the nape and the temples. */
static float reach_at(const struct avt_hair *hair, const struct avt_hair_root *root)
{
    float lumps = .84f + .22f * avt_noise(root->average, .45f, hair->seed + 31) +
                  .14f * avt_noise(root->average, 1.3f, hair->seed + 32);
    float edge = .35f + .65f * avt_smoothstep(-.3f, 3.2f, root->level);
    float low = .62f + .38f * avt_smoothstep(-4.5f, 3, root->average.y);
    float sides = hair->row.lift > 4 ? 1 : .55f + .45f * avt_smoothstep(3, 8, root->average.y);
    return hair->row.lift * hair->unit * lumps * edge * low * sides;
}

enum avt_code avt_hair_afro(struct avt_hair *hair, struct avt_error *reterr)
{
    size_t count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_hair_scalp(hair, hair->capacity, 1, &count);
    if (!roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    struct avt_rng rng = avt_hair_stream(hair->seed, 10);
    struct avt_point3 middle = avt_vec_scale(MIDDLE, hair->unit);
    for (size_t i = 0; i < count; i++) {
        const struct avt_hair_root *root = &roots[i];
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            break;
        avt_hair_info_init(hair, root, 1, info);
        float reach = reach_at(hair, root), length = fminf(avt_rnd_in(&rng, 1.5f, 2.6f) * hair->unit, reach);
        /* More of them outside, where they are seen. */
        float start = (reach - length) * powf(avt_rnd(&rng), .55f) * avt_rnd_in(&rng, .92f, 1.04f);
        info->shade = .50f + .55f * avt_smoothstep(.2f, 1, (start + length) / fmaxf(reach, .1f));
        info->tip = .6f;
        struct avt_point3 way = avt_vec_unit(avt_vec_sub(root->at, middle));
        way = avt_vec_unit(avt_vec_add(avt_vec_scale(way, .6f), avt_vec_scale(root->normal, .5f)));
        way.y += .12f;
        struct avt_point3 base = avt_vec_along(root->at, start, avt_vec_unit(way)), u, v;
        struct avt_point3 lean = {.62f * avt_rnd_normal(&rng), .62f * avt_rnd_normal(&rng),
                                  .62f * avt_rnd_normal(&rng)};
        way = avt_vec_unit(avt_vec_add(way, lean));
        avt_vec_frame(way, &u, &v);
        float radius = avt_rnd_in(&rng, .10f, .22f) * hair->unit, turns = avt_rnd_in(&rng, 2.4f, 3.8f) * 6.2832f;
        float phase = avt_rnd_in(&rng, 0, 6.2832f), hand = avt_rnd(&rng) < .5f ? -1 : 1;
        for (size_t k = 0; k < hair->points; k++) {
            float t = (float)k / (float)(hair->points - 1), angle = phase + hand * turns * t * fminf(length / 2, 1);
            float size = radius * avt_smoothstep(0, .15f, t);
            struct avt_point3 p = avt_vec_along(base, length * t, way);
            at[k] = avt_vec_along(avt_vec_along(p, size * cosf(angle), u), size * sinf(angle), v);
        }
        info->shaped = start > .2f;
    }
    return AVT_OK;
}
