/* SPDX-License-Identifier: Apache-2.0 */
/* Hair that is cut, parted and combed: walked from the root step by step. The direction keeps its inertia, bends with
 * gravity and the comb, and follows the skull at the height of its layer. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/noise.h"

#define STEP_CM .45f
/* Sides keep behind this depth beside the face, cm on the average head. */
#define FACE_Z (-2.6f)

/* What curls do to a cut: how much they shorten it, how far they stand off. By enum avt_hair_texture. */
static const float SHRINK[AVT_HAIR_TEXTURE_COUNT] = {0, .04f, .14f, .34f};
static const float BODY[AVT_HAIR_TEXTURE_COUNT] = {1, 1.2f, 1.6f, 2.3f};

float avt_hair_side(const struct avt_hair *hair, struct avt_point3 p, float *ret_near)
{
    /* Partings are combed by hand: a little crooked. */
    float line = hair->part_x + .22f * sinf(.9f * p.z + (float)(hair->seed % 7)) * (hair->row.part != AVT_PART_NONE);
    if (ret_near)
        *ret_near = fabsf(p.x - line);
    return p.x < line ? -1 : 1;
}

void avt_hair_resample(const struct avt_point3 *path, size_t steps, struct avt_point3 *out, size_t points)
{
    float total = 0, gone = 0;
    for (size_t k = 1; k < steps; k++)
        total += avt_vec_length(avt_vec_sub(path[k], path[k - 1]));
    size_t at = 0;
    for (size_t k = 0; k < points; k++) {
        /* Denser near the root, where hair bends most. */
        float t_of = (float)k / (float)(points - 1), want = total * t_of * avt_mix(1, .62f + .38f * t_of, points < 24),
              piece = 0;
        while (at + 1 < steps) {
            piece = avt_vec_length(avt_vec_sub(path[at + 1], path[at]));
            if (gone + piece >= want || at + 2 >= steps)
                break;
            gone += piece;
            at++;
        }
        float t = piece > 0 ? fminf((want - gone) / piece, 1) : 0;
        out[k] = steps > 1 ? avt_vec_mix(path[at], path[at + 1], t) : path[0];
    }
}

/* Ends of a path stay, the rest is evened out. */
static void even_out(struct avt_point3 *path, size_t steps, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        struct avt_point3 before = path[0];
        for (size_t k = 1; k + 1 < steps; k++) {
            struct avt_point3 here = path[k];
            path[k] = avt_vec_along(avt_vec_scale(here, .5f), .25f, avt_vec_add(before, path[k + 1]));
            before = here;
        }
    }
}

/* ---- falling ------------------------------------------------------------------------------------ */

struct fall {
    struct avt_point3 at, way;
    float side, layer, end;
    float around; /* 0 at the parting .. 1 above the ear */
    bool before;  /* lies before the shoulder */
    float lane;   /* how far beside the middle it lies there, cm */
};

static struct avt_point3 pull_of(const struct avt_hair *hair, const struct fall *f)
{
    struct avt_point3 q = avt_vec_scale(f->at, 1 / hair->unit), pull = {0};
    float low = avt_smoothstep(3.5f, -2.5f, q.y), end = f->end / hair->unit, lift = hair->row.lift;
    pull.y = -(.10f + .42f * low) / (.5f + .5f * BODY[hair->attributes->hair_texture]);
    float face = avt_smoothstep(FACE_Z - .8f, FACE_Z + 1, q.z) * avt_smoothstep(5.5f, 2.0f, q.y);
    pull.z -= .55f * face * (q.y > -10 || !f->before);
    /* Tips of a bob turn in; longer hair only leans. */
    float turn = hair->row.end > -13 ? .30f : .06f;
    if (fabsf(q.x) > 6.4f && !f->before)
        pull.x -= f->side * (.08f * avt_smoothstep(-2, -7, q.y) + turn * avt_smoothstep(end + 4.5f, end, q.y));
    float belly = 9.2f + .6f * (BODY[hair->attributes->hair_texture] - 1);
    float room = avt_smoothstep(belly + .4f, belly - 1.2f, fabsf(q.x)) * f->layer / lift;
    pull.x += f->side * .55f * room * avt_smoothstep(3.5f, -.5f, q.y) * avt_smoothstep(-10, -5.5f, q.y);
    /* On the shoulders: some come forward, the others stay behind; none goes down an arm. */
    float down = avt_smoothstep(-4, -9, q.y);
    if (hair->row.end < -12) {
        pull.z +=
            f->before ? .30f * down * avt_smoothstep(-.5f, -3.5f, q.z) : -.20f * down * avt_smoothstep(-15, -10, q.z);
        pull.x -= f->side * .22f * down * avt_smoothstep(11.0f, 12.5f, fabsf(q.x));
        pull.x += .055f * avt_smoothstep(-5, -11, q.y) * (f->side * f->lane - q.x) * f->before;
    }
    return pull;
}

static void fall_step(const struct avt_hair *hair, struct fall *f, float gone)
{
    float step = STEP_CM * hair->unit;
    f->way = avt_vec_unit(avt_vec_along(f->way, STEP_CM / .5f, pull_of(hair, f)));
    f->at = avt_vec_along(f->at, step, f->way);
    struct avt_point3 out;
    float distance = avt_hair_body_distance(&hair->body, f->at, &out), y = f->at.y / hair->unit;
    float want = f->layer * avt_smoothstep(0, 2.7f, gone) + .12f + .4f * avt_smoothstep(-5.5f, -9, y);
    float high = avt_smoothstep(-5.5f, 0, y), error = want - distance;
    float move = error > 0 ? error : .30f * high * fmaxf(error, -1.0f);
    f->at = avt_vec_along(f->at, move, out);
    float into = avt_vec_dot(f->way, out);
    f->way = avt_vec_along(f->way, -(error > 0 ? fminf(into, 0) : .5f * high * into), out);
    /* What meets the top of a shoulder slides off it to its side of the neck's root. */
    if (error > 0 && out.y > .3f && y < -8) {
        f->way.z += f->before ? .5f : -.5f;
        f->way.x *= .5f;
    }
}

/* 0: none; how much of a fringe a root belongs to. */
static float fringe_share(const struct avt_hair *hair, const struct avt_hair_root *root)
{
    if (hair->row.fringe <= 0)
        return 0;
    float width = 2.2f + 2.6f * hair->row.fringe, depth = 2.6f + 1.6f * hair->row.fringe;
    if (root->average.z < -4.5f)
        return 0;
    return avt_smoothstep(width + .7f, width - .5f, fabsf(root->average.x - .35f * hair->part_x)) *
           avt_smoothstep(depth + .8f, depth - .4f, root->level);
}

static void fall_begin(const struct avt_hair *hair, const struct avt_hair_root *root, const struct avt_hair_info *info,
                       struct avt_rng *rng, struct fall *f)
{
    const struct avt_hair_row *row = &hair->row;
    struct avt_point3 p = root->average;
    float near, side = avt_hair_side(hair, p, &near);
    float around = fminf(near / (7.2f - side * hair->part_x), 1);
    around = fmaxf(around, avt_smoothstep(5.5f, -2.0f, p.y));
    float back = avt_smoothstep(0, -11, p.z), body = BODY[hair->attributes->hair_texture];
    float layer = row->lift * body * powf(1 - around, 1.3f) * (.50f + .50f * avt_smoothstep(0, .3f, around)) + .25f;
    *f = (struct fall){.at = root->at, .side = side, .around = around, .layer = layer * avt_rnd_in(rng, .30f, 1)};
    struct avt_point3 comb = {side * (1 - .55f * around), .30f * (1 - around) - around * around,
                              -.42f - .5f * back + .12f * around};
    comb = avt_vec_along(comb, .18f * (1 - around) + .1f * (body - 1), root->normal);
    f->way = avt_vec_unit(comb);
    float top = row->layers * (1 - .7f * around), lock = avt_hash_unit(info->lock * 747796405u + 3u);
    float end = row->end + top * avt_rnd_in(rng, .2f, 1) * (4.5f - row->end) * .55f;
    end += row->messy * 2.0f * (lock - .5f) + .25f * avt_rnd_normal(rng) * (1 + row->messy);
    /* Long hair thins out towards its ends: no two hairs are as old. */
    if (row->end < -13) {
        float old = avt_rnd(rng);
        end += fminf(.22f * (-7 - row->end), 4.5f) * old * old +
               2.2f * (avt_hash_unit(info->wisp * 3266489917u) - .5f) * (.4f + row->messy);
    }
    end += (p.y - end) * SHRINK[hair->attributes->hair_texture];
    f->lane = 4.6f + 6.8f * avt_hash_unit(info->wisp * 2246822519u + 11u);
    f->before =
        row->forward > 0 && p.z > -9.5f + 2 * lock && avt_hash_unit(info->lock * 2891336453u) < row->forward * 1.5f;
    end += (f->before ? .55f : 0) * fabsf(f->lane - 7.4f);
    f->end = fminf(end * hair->unit, root->at.y - 1.2f);
}

/* Forward over the forehead, down to the brows. */
static size_t fringe_path(const struct avt_hair *hair, const struct avt_hair_root *root, struct avt_rng *rng,
                          struct avt_point3 *path)
{
    const struct avt_hair_row *row = &hair->row;
    float sweep = row->fringe < 1 ? -.55f * avt_hair_side(hair, (struct avt_point3){-hair->part_x * 9, 0, 0}, NULL) : 0;
    struct avt_point3 at = root->at, way = avt_vec_unit((struct avt_point3){.10f * root->average.x + sweep, .05f, .9f});
    way = avt_vec_unit(avt_vec_along(way, .25f, root->normal));
    float layer = .35f + .9f * avt_rnd(rng) * avt_smoothstep(0, 3.5f, root->level), gone = 0;
    float end = 2.2f + .35f * avt_rnd_normal(rng) * (.5f + row->messy) - .10f * fabsf(root->average.x);
    end += (7 - end) * SHRINK[hair->attributes->hair_texture];
    size_t steps = 1;
    path[0] = at;
    while (steps < 48 && (at.y > end * hair->unit || gone < 2)) {
        way = avt_vec_unit(avt_vec_add(way, (struct avt_point3){.02f * sweep, -.16f, .02f}));
        at = avt_vec_along(at, STEP_CM * hair->unit * .8f, way);
        gone += STEP_CM * .8f;
        struct avt_point3 out;
        float want = .15f + layer * avt_smoothstep(0, 1.5f, gone) * avt_smoothstep(11, 4, gone);
        float distance = avt_hair_body_distance(&hair->body, at, &out), error = want - distance;
        at = avt_vec_along(at, error > 0 ? error : .3f * fmaxf(error, -.8f), out);
        float into = avt_vec_dot(way, out);
        way = avt_vec_along(way, error > 0 ? -fminf(into, 0) : -.4f * into, out);
        path[steps++] = at;
    }
    return steps;
}

size_t avt_hair_fall(const struct avt_hair *hair, const struct avt_hair_root *root, const struct avt_hair_info *info,
                     struct avt_rng *rng, struct avt_point3 path[AVT_WALK_STEPS_MAX])
{
    struct fall f;
    fall_begin(hair, root, info, rng, &f);
    size_t steps = 1;
    path[0] = f.at;
    for (float gone = 0; steps < AVT_WALK_STEPS_MAX && (f.at.y > f.end || gone < 2); gone += STEP_CM) {
        fall_step(hair, &f, gone);
        path[steps++] = f.at;
    }
    even_out(path, steps, 4);
    return steps;
}

enum avt_code avt_hair_falling(struct avt_hair *hair, struct avt_error *reterr)
{
    size_t count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_hair_scalp(hair, hair->capacity, 1, &count);
    if (!roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    struct avt_rng rng = avt_hair_stream(hair->seed, 2);
    struct avt_point3 path[AVT_WALK_STEPS_MAX];
    struct avt_point3 tie = avt_vec_scale((struct avt_point3){0, 3.5f, -17.2f}, hair->unit);
    for (size_t i = 0; i < count; i++) {
        const struct avt_hair_root *root = &roots[i];
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            break;
        float near, side = avt_hair_side(hair, root->average, &near);
        avt_hair_info_init(hair, root, side, info);
        size_t steps;
        if (avt_rnd(&rng) < fringe_share(hair, root)) {
            steps = fringe_path(hair, root, &rng, path);
            info->lock ^= 0x55555555u;
            info->wisp ^= 0x55555555u;
        } else if (hair->style == AVT_HAIR_HALF_UP && root->average.y > 3.0f + .1f * root->average.z) {
            struct avt_point3 to =
                avt_vec_add(tie, (struct avt_point3){avt_rnd_in(&rng, -1.2f, 1.2f), avt_rnd_in(&rng, -.4f, .4f), 0});
            steps = avt_hair_comb_to(hair, root, to, .25f + .9f * avt_rnd(&rng), .35f, path);
            steps = avt_hair_hang(hair, path, steps, (struct avt_point3){.3f * avt_rnd_normal(&rng), -.6f, -.7f},
                                  hair->row.end * hair->unit + 2 * avt_rnd_normal(&rng), .6f + avt_rnd(&rng));
            even_out(path, steps, 3);
        } else {
            steps = avt_hair_fall(hair, root, info, &rng, path);
        }
        avt_hair_resample(path, steps, at, hair->points);
    }
    return AVT_OK;
}

/* ---- short -------------------------------------------------------------------------------------- */

struct zone {
    float top;   /* 0 sides and back .. 1 on top */
    float front; /* 1 at the forehead */
};

static struct zone zone_of(const struct avt_hair_root *root)
{
    struct avt_point3 p = root->average;
    float front = avt_smoothstep(4.5f, .8f, root->level) * avt_smoothstep(-4.5f, -1.5f, p.z) *
                  avt_smoothstep(6.0f, 4.6f, fabsf(p.x));
    float high = avt_smoothstep(4.6f, 7.4f, p.y + .12f * (p.z + 6)) * avt_smoothstep(6.6f, 5.4f, fabsf(p.x));
    return (struct zone){.top = fmaxf(high, front * avt_smoothstep(3.5f, 5.5f, p.y)), .front = front};
}

/* Where the comb goes at a place: on top, and at the sides, blended. */
static struct avt_point3 comb_at(const struct avt_hair *hair, const struct avt_hair_root *root, struct zone zone)
{
    struct avt_point3 p = root->average, on_top;
    float near, side = avt_hair_side(hair, p, &near);
    float back = avt_smoothstep(-8, -13, p.z);
    struct avt_point3 away = avt_vec_unit((struct avt_point3){p.x, .3f * (p.y - 9.6f), p.z + 10.5f});
    switch (hair->row.comb) {
    case AVT_COMB_FORWARD:
        on_top = avt_vec_mix(away, (struct avt_point3){.1f * p.x, -.1f, 1}, .6f * (1 - back));
        break;
    case AVT_COMB_BACK:
        on_top = (struct avt_point3){.04f * p.x, .1f, -1};
        break;
    case AVT_COMB_ACROSS:
        on_top = (struct avt_point3){side * 1.0f, .05f, -.35f + .5f * zone.front};
        break;
    case AVT_COMB_UP:
        on_top = (struct avt_point3){.10f * p.x, .7f + .4f * zone.front, -.75f + .65f * zone.front};
        break;
    default:
        on_top = away;
        break;
    }
    float slick = hair->row.comb == AVT_COMB_BACK || hair->row.comb == AVT_COMB_UP ? 1 : .25f;
    struct avt_point3 beside = {0, -.55f - .3f * (1 - slick),
                                -.8f * slick * (1 - back) + .25f * (1 - slick) * (1 - back)};
    return avt_vec_unit(avt_vec_mix(avt_vec_unit(beside), avt_vec_unit(on_top), zone.top));
}

static float short_length(const struct avt_hair *hair, const struct avt_hair_root *root, struct zone zone)
{
    const struct avt_hair_row *row = &hair->row;
    float back = avt_smoothstep(-8, -12, root->average.z);
    float length = avt_mix(avt_mix(row->side, row->back, back), row->top, zone.top);
    if (row->front > 0)
        length = avt_mix(length, row->front, zone.front * zone.top);
    /* As a barber leaves it: shorter towards the line, but not over the forehead. */
    float edge = .30f + .70f * avt_smoothstep(-.2f, 3.0f, root->level);
    return length * avt_mix(edge, 1, fmaxf(zone.front, zone.top));
}

static size_t short_path(const struct avt_hair *hair, const struct avt_hair_root *root,
                         const struct avt_hair_info *info, struct avt_rng *rng, struct avt_point3 *path)
{
    const struct avt_hair_row *row = &hair->row;
    struct zone zone = zone_of(root);
    float body = BODY[hair->attributes->hair_texture], shrink = 1 - SHRINK[hair->attributes->hair_texture];
    float length = short_length(hair, root, zone) * shrink * hair->unit * avt_rnd_in(rng, .78f, 1.08f);
    struct avt_point3 comb = comb_at(hair, root, zone);
    float tousle = row->messy * .55f, lock = avt_hash_unit(info->wisp * 747796405u) * 6.2832f;
    comb = avt_vec_add(comb, (struct avt_point3){tousle * cosf(lock) + .25f * tousle * avt_rnd_normal(rng),
                                                 .25f * tousle * avt_rnd_normal(rng),
                                                 tousle * sinf(lock) + .25f * tousle * avt_rnd_normal(rng)});
    /* Sides lie flatter than the top. */
    float stand = fminf(row->stand * avt_mix(.62f, 1, zone.top) * (.7f + .3f * body), 1);
    if (row->comb == AVT_COMB_UP)
        stand = avt_mix(.25f, row->stand, zone.top * (.35f + .65f * zone.front));
    struct avt_point3 flat = avt_vec_unit(avt_vec_along(comb, -avt_vec_dot(comb, root->normal), root->normal));
    struct avt_point3 way =
        avt_vec_unit(avt_vec_add(avt_vec_scale(flat, 1 - stand), avt_vec_scale(root->normal, stand)));
    float layer = .08f + row->lift * body * avt_mix(.35f, 1, zone.top) * avt_rnd_in(rng, .25f, 1);
    float quiff = row->comb == AVT_COMB_UP ? zone.front * zone.top : 0;
    size_t steps = 1, most = (size_t)fminf(fmaxf(length / .3f, 3), 40);
    float step = length / (float)most, gone = 0;
    path[0] = root->at;
    for (struct avt_point3 at = root->at; steps <= most; steps++) {
        struct avt_point3 bend = avt_vec_scale(flat, .16f);
        bend.y -= .06f * (1 - quiff);
        bend.z -= .10f * quiff * avt_smoothstep(1.0f, 5.0f, gone);
        way = avt_vec_unit(avt_vec_along(way, step / .3f, bend));
        at = avt_vec_along(at, step, way);
        gone += step;
        struct avt_point3 out;
        float distance = avt_hair_body_distance(&hair->body, at, &out);
        float low = fminf(.03f + .5f * gone, .15f + .35f * layer), over = distance - layer,
              into = avt_vec_dot(way, out);
        if (distance < low && gone > .3f) {
            at = avt_vec_along(at, (low - distance) * .6f, out);
            way = avt_vec_unit(avt_vec_along(way, -fminf(into, 0), out));
        } else if (over > 0 && quiff < .5f) {
            at = avt_vec_along(at, -.3f * fminf(over, .5f), out);
            way = avt_vec_unit(avt_vec_along(way, -.6f * fmaxf(into, 0), out));
        }
        path[steps] = at;
    }
    if (steps > 6)
        even_out(path, steps, 2);
    return steps;
}

enum avt_code avt_hair_short(struct avt_hair *hair, struct avt_error *reterr)
{
    size_t count;
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_hair_scalp(hair, hair->capacity, 1, &count);
    if (!roots)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    struct avt_rng rng = avt_hair_stream(hair->seed, 2);
    struct avt_point3 path[AVT_WALK_STEPS_MAX];
    for (size_t i = 0; i < count; i++) {
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            break;
        avt_hair_info_init(hair, &roots[i], avt_hair_side(hair, roots[i].average, NULL), info);
        size_t steps = short_path(hair, &roots[i], info, &rng, path);
        avt_hair_resample(path, steps, at, hair->points);
    }
    return AVT_OK;
}
