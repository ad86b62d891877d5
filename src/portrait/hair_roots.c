/* SPDX-License-Identifier: Apache-2.0 */
/* Where hair grows: the hairline, and roots scattered within it. */
#include <math.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/noise.h"

/* The upright axis of the average skull, around which the hairline is told: z in cm. */
#define AXIS_Z (-6.2f)
/* How far the line wanders, cm. */
#define WANDER_CM .45f

enum { ANGLES = 15 };
/* Degrees around the skull from the front. The ear lies between 84 and 114, its top at a height of .6 cm. */
static const float ANGLE[ANGLES] = {0, 10, 20, 30, 38, 46, 54, 62, 70, 78, 84, 114, 122, 140, 180};
/* Heights of the line over the eyes, cm: rounded; with corners at the temples and sideburns; receding. */
static const float ROUND[ANGLES] = {6.6f, 6.6f, 6.5f, 6.2f, 5.7f,  4.9f,  3.8f, 2.5f,
                                    .9f,  -.8f, .85f, .80f, -1.6f, -4.4f, -6.0f};
static const float CORNERED[ANGLES] = {6.4f, 6.4f,  6.6f, 7.0f, 7.1f,  6.0f,  4.4f, 2.7f,
                                       .4f,  -2.0f, .80f, .75f, -1.7f, -4.2f, -6.2f};
static const float RECEDING[ANGLES] = {7.4f, 7.7f,  8.5f, 9.1f, 8.9f,  7.6f,  5.6f, 3.3f,
                                       .7f,  -1.8f, .80f, .75f, -1.7f, -4.2f, -6.2f};

void avt_hairline_make(const struct avt_attributes *a, struct avt_hairline *ret_line)
{
    /* Men's temples recede a little with the years even where the style does not say so. */
    float male = avt_smoothstep(.35f, .75f, a->masculine), adult = avt_smoothstep(13, 22, a->age);
    float recede = a->hair == AVT_HAIR_RECEDING ? .85f + .15f * avt_smoothstep(40, 65, a->age)
                                                : .30f * male * avt_smoothstep(38, 75, a->age);
    *ret_line = (struct avt_hairline){.seed = (uint32_t)a->seed * 2654435761u + 11u};
    for (int k = 0; k < ANGLES; k++) {
        float height = avt_mix(ROUND[k], CORNERED[k], male * adult);
        ret_line->height[k] = avt_mix(height, RECEDING[k], recede);
    }
    ret_line->thin_crown = a->hair == AVT_HAIR_RECEDING ? .35f + .5f * avt_smoothstep(35, 65, a->age) : 0;
}

static float height_at(const struct avt_hairline *line, float angle)
{
    int k = 0;
    while (k + 2 < ANGLES && angle > ANGLE[k + 1])
        k++;
    float t = fminf(fmaxf((angle - ANGLE[k]) / (ANGLE[k + 1] - ANGLE[k]), 0), 1);
    return avt_mix(line->height[k], line->height[k + 1], t);
}

float avt_hairline_level(const struct avt_hairline *line, struct avt_point3 p)
{
    float angle = atan2f(fabsf(p.x), p.z - AXIS_Z) * (180 / 3.14159265f);
    float wander = avt_noise(p, .9f, line->seed) + .5f * avt_noise(p, 2.3f, line->seed + 1) - .75f;
    /* Forehead and nape alone: around the ear the line is sharp. */
    float free = fmaxf(avt_smoothstep(75, 55, angle), avt_smoothstep(118, 135, angle));
    return p.y - height_at(line, angle) + WANDER_CM * wander * free;
}

/* ---- scattering --------------------------------------------------------------------------------- */

static struct avt_point3 weigh(const struct avt_point3 *points, const uint32_t corner[3], const float share[3])
{
    struct avt_point3 p = avt_vec_scale(points[corner[0]], share[0]);
    return avt_vec_along(avt_vec_along(p, share[1], points[corner[1]]), share[2], points[corner[2]]);
}

static float triangle_weight(const struct avt_scatter *s, size_t t)
{
    const uint32_t *corner = s->bust->skin.triangles[t];
    const float third[3] = {1 / 3.0f, 1 / 3.0f, 1 / 3.0f};
    float density = s->density(s->user, weigh(s->bust->average, corner, third));
    if (density <= 0)
        return 0;
    struct avt_point3 a = s->bust->skin.points[corner[0]];
    struct avt_point3 u = avt_vec_sub(s->bust->skin.points[corner[1]], a);
    struct avt_point3 v = avt_vec_sub(s->bust->skin.points[corner[2]], a);
    return density * .5f * avt_vec_length(avt_vec_cross(u, v));
}

static void place(const struct avt_scatter *s, uint32_t t, struct avt_rng *rng, struct avt_hair_root *root)
{
    const uint32_t *corner = s->bust->skin.triangles[t];
    float a = sqrtf(avt_rnd(rng)), b = avt_rnd(rng);
    *root = (struct avt_hair_root){.triangle = t, .share = {1 - a, a * (1 - b), a * b}};
    root->at = weigh(s->bust->skin.points, corner, root->share);
    root->average = weigh(s->bust->average, corner, root->share);
    root->normal = avt_vec_unit(weigh(s->normals, corner, root->share));
}

size_t avt_roots_scatter(const struct avt_scatter *s, size_t count, struct avt_rng *rng, struct avt_hair_root *roots)
{
    double total = 0;
    for (size_t t = 0; t < s->bust->skin.triangle_count; t++)
        total += triangle_weight(s, t);
    if (total <= 0 || count == 0)
        return 0;
    /* One root for every equal step of area: no clots, no holes. */
    double step = total / (double)count, next = step * avt_rnd(rng), gone = 0;
    size_t used = 0;
    for (size_t t = 0; t < s->bust->skin.triangle_count && used < count; t++) {
        gone += triangle_weight(s, t);
        for (; next < gone && used < count; next += step)
            place(s, (uint32_t)t, rng, &roots[used++]);
    }
    return used;
}

/* ---- the scalp ---------------------------------------------------------------------------------- */

/* Thinner towards the line, so that no edge shows, and where the crown is thin. */
static float scalp_density(const void *user, struct avt_point3 p)
{
    const struct avt_hair *hair = user;
    /* Below the skull only what is outside: the throat has skin too. */
    if (p.y < -8 || (p.y < -1 && p.x * p.x + (p.z - AXIS_Z) * (p.z - AXIS_Z) < 20))
        return 0;
    float level = avt_hairline_level(&hair->line, p);
    if (level < -.5f)
        return 0;
    float fine = avt_noise(p, 4, hair->seed + 5) - .5f;
    float density = avt_smoothstep(-.35f, .55f, level + .5f * fine), near;
    /* The first rows carry what falls over the forehead; along a parting hair stands dense. */
    if (p.z > -4)
        density *= 1 + .9f * avt_smoothstep(2.2f, .6f, level) * (hair->row.comb == AVT_COMB_FORWARD ? 2.4f : .8f);
    avt_hair_side(hair, p, &near);
    if (hair->row.part != AVT_PART_NONE)
        density *= 1 + .8f * avt_smoothstep(1.3f, .3f, near);
    struct avt_point3 crown = {0, 9.6f, -10.5f};
    float away = avt_vec_length(avt_vec_sub(p, crown));
    return density * (1 - hair->line.thin_crown * avt_smoothstep(5.5f, 1.5f, away));
}

struct avt_hair_root *avt_hair_scalp(const struct avt_hair *hair, size_t count, uint32_t stream, size_t *ret_count)
{
    struct avt_hair_root *roots = avt_try_new0(struct avt_hair_root, count + 1);
    *ret_count = 0;
    if (!roots)
        return NULL;
    struct avt_scatter scatter = {hair->bust, hair->normals, scalp_density, hair};
    struct avt_rng rng = avt_hair_stream(hair->seed, stream);
    *ret_count = avt_roots_scatter(&scatter, count, &rng, roots);
    for (size_t i = 0; i < *ret_count; i++)
        roots[i].level = avt_hairline_level(&hair->line, roots[i].average);
    /* A big triangle at the edge may reach beyond it. */
    size_t kept = 0;
    for (size_t i = 0; i < *ret_count; i++)
        if (roots[i].level > -.45f)
            roots[kept++] = roots[i];
    *ret_count = kept;
    return roots;
}
