/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/assert.h"
#include "lipsync/rig.h"

/*
 * Amplitudes at shape 1, in eye distances. Where they come from: docs/lipsync.md.
 */
#define LIPS_PART    .95f /* of the half width: further out lips stay together */
#define CORNER_SHARE .38f /* of the drop of the jaw that the mouth's corners take part in */

struct mouth_place {
    float u;      /* -1..1 between the corners, beyond outside */
    float lens;   /* 1 in the middle of the lips, 0 at the corners and outside */
    float beyond; /* distance outside the corners */
    float h;      /* distance from the seam, on the side asked for; negative beyond it */
    float lip;    /* thickness of the lip here */
    float dx;     /* from the middle of the mouth */
};

static struct mouth_place mouth_place(const struct avt_rig *rig, enum avt_side side,
                                      struct avt_point3 at)
{
    struct mouth_place m = {.dx = at.x - rig->mouth_x};
    m.u = m.dx / rig->mouth_half_width;
    /* An ellipse: with a parabola the lower lip of a wide mouth hangs in a V. The last bit before the
     * corners stays shut. */
    float inside = 1 - (m.u / LIPS_PART) * (m.u / LIPS_PART);
    m.lens = inside > 0 ? sqrtf(inside) : 0;
    m.beyond = fabsf(m.dx) > rig->mouth_half_width ? fabsf(m.dx) - rig->mouth_half_width : 0;
    if (side == AVT_UPPER) {
        float edge = avt_curve_at(&rig->lip_upper, at.x);
        m.h = edge - at.y;
        m.lip = edge - avt_curve_at(&rig->lip_top, at.x);
    } else {
        float edge = avt_curve_at(&rig->lip_lower, at.x);
        m.h = at.y - edge;
        m.lip = avt_curve_at(&rig->lip_bottom, at.x) - edge;
    }
    m.lip = m.lip > .03f ? m.lip : .03f;
    return m;
}

/* 1 on the lip itself, so that it moves whole, and 0 from `reach` beyond it. */
static float lip_hold(const struct mouth_place *m, float reach)
{
    return 1 - avt_step(m->lip * .9f, m->lip + reach, m->h);
}

/* Falls off around the mouth in all directions. */
static float around_mouth(const struct mouth_place *m, float reach_x, float reach_y)
{
    float h = m->h > m->lip ? m->h - m->lip : 0;
    float a = m->beyond / reach_x, b = h / reach_y;
    return expf(-a * a - b * b);
}

/* 1 at and outside a corner, 0 in the middle; only on one half. */
static float corner(const struct mouth_place *m, bool right)
{
    float u = right ? -m->u : m->u;
    return avt_step(.05f, .95f, u);
}

static float half(const struct mouth_place *m, bool right)
{
    return avt_step(-.5f, .5f, right ? -m->u : m->u);
}

/* How far a place lies below the face's contour; 0 on the face. */
static float outside_face(const struct avt_rig *rig, struct avt_point3 at)
{
    const struct avt_curve *jaw = &rig->jaw;
    if (at.y <= avt_curve_at(jaw, at.x))
        return 0;
    float nearest = 1e9f;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        float x = avt_mix(jaw->x0, jaw->x1, (float)i / (AVT_CURVE_POINTS - 1));
        float d = hypotf(at.x - x, at.y - jaw->y[i]);
        nearest = d < nearest ? d : nearest;
    }
    return nearest;
}

/* Share of the jaw's rotation that the skin at a place takes part in. */
static float jaw_share(const struct avt_rig *rig, enum avt_side side, struct avt_point3 at,
                       const struct mouth_place *m)
{
    float sideways = expf(-(m->beyond / .34f) * (m->beyond / .34f));
    float at_corner = CORNER_SHARE * sideways;
    if (side == AVT_UPPER)
        return at_corner * (1 - m->lens) * (1 - avt_step(0, .62f, m->h > 0 ? m->h : 0));
    float h = m->h > 0 ? m->h : 0;
    float at_lip = at_corner + (1 - CORNER_SHARE) * m->lens;
    /* The jaw's body is all of the chin; the cheeks before the hinge follow less and less. */
    float below = avt_step(rig->seam.y[0] - .1f, rig->chin_y, at.y);
    float width = avt_mix(rig->cheek_x * .55f, rig->cheek_x * .8f, below);
    float body = 1 - avt_step(width * .45f, width * 1.45f, fabsf(m->dx));
    float share = avt_mix(at_lip, body, avt_step(m->lip * .8f, m->lip + .3f, h));
    return share * (1 - avt_step(0, .54f, outside_face(rig, at)));
}

/* Arm of the jaw at a depth, 1 at the chin. */
static float jaw_arm(const struct avt_rig *rig, float z)
{
    return avt_clampf((z - rig->hinge_z) / (rig->chin_z - rig->hinge_z), .55f, 1.25f);
}

static struct avt_point3 jaw_open(const struct avt_rig *rig, enum avt_side side,
                                  struct avt_point3 at, const struct mouth_place *m)
{
    float share = jaw_share(rig, side, at, m);
    if (share <= 0)
        return (struct avt_point3){0};
    /* Rotation about the hinge, scaled to the drop at the chin. Below the contour the depth of the
     * chin counts: the neck lies further back, but it is pushed, not turned. */
    float arm = rig->chin_z - rig->hinge_z;
    float z = jaw_arm(rig, at.z);
    float back = avt_clampf((at.y - rig->hinge_y) / arm, 0, 1);
    float narrow = -.08f * m->dx * around_mouth(m, .2f, .3f);
    return (struct avt_point3){narrow, AVT_RIG_JAW_DROP * share * z,
                               -AVT_RIG_JAW_DROP * share * back * .6f};
}

/* Lips of an open jaw closed: the lower lip rises over the teeth, the upper comes down a little.
 * The gap that the jaw opens is its drop times `lens`. */
static struct avt_point3 lips_close(const struct avt_rig *rig, enum avt_side side,
                                    struct avt_point3 at, const struct mouth_place *m)
{
    float gap = AVT_RIG_JAW_DROP * m->lens * jaw_arm(rig, at.z);
    if (side == AVT_UPPER)
        return (struct avt_point3){0, .22f * gap * lip_hold(m, .22f), 0};
    return (struct avt_point3){0, -.78f * gap * lip_hold(m, .3f), 0};
}

static struct avt_point3 neutral(const struct avt_rig *rig, enum avt_side side,
                                 struct avt_point3 at, const struct mouth_place *m)
{
    if (!rig->parted)
        return (struct avt_point3){0};
    float seam = avt_curve_at(&rig->seam, at.x);
    if (side == AVT_UPPER) {
        float drop = seam - avt_curve_at(&rig->lip_upper, at.x);
        return (struct avt_point3){0, drop * lip_hold(m, .26f), 0};
    }
    float rise = avt_curve_at(&rig->lip_lower, at.x) - seam;
    float chin = 1 - avt_step(m->lip * .9f, m->lip + .5f, m->h);
    float under = avt_step(0, .3f, outside_face(rig, at));
    return (struct avt_point3){0, -rise * avt_mix(chin, lip_hold(m, .3f), .5f) * (1 - under), 0};
}

static struct avt_point3 mouth_side_shape(const struct avt_rig *rig, enum avt_shape shape,
                                          enum avt_side side, struct avt_point3 at)
{
    struct mouth_place m = mouth_place(rig, side, at);
    float up = side == AVT_UPPER ? -1.f : 1.f; /* away from the seam */
    bool upper = side == AVT_UPPER;
    float hw = rig->mouth_half_width;
    bool right = false;
    switch ((int)shape) {
    case AVT_SHAPE_JAW_OPEN:
        return jaw_open(rig, side, at, &m);
    case AVT_SHAPE_JAW_FORWARD: {
        float share = jaw_share(rig, side, at, &m);
        return (struct avt_point3){0, .02f * share, .10f * share};
    }
    case AVT_SHAPE_JAW_SIDE:
        return (struct avt_point3){.10f * jaw_share(rig, side, at, &m), 0, 0};
    case AVT_SHAPE_LIPS_CLOSE:
        return lips_close(rig, side, at, &m);
    case AVT_SHAPE_NEUTRAL:
        return neutral(rig, side, at, &m);
    case AVT_SHAPE_FUNNEL:
        return (struct avt_point3){-.16f * m.dx * around_mouth(&m, .26f, .3f),
                                   up * (upper ? .045f : .055f) * m.lens * lip_hold(&m, .22f),
                                   .06f * around_mouth(&m, .2f, .15f)};
    case AVT_SHAPE_PUCKER: {
        float g = around_mouth(&m, .30f, .34f);
        /* Lips fill out as they narrow. */
        float thick = .14f * avt_clampf(m.h, 0, m.lip) * (1 - avt_step(.6f, 1.2f, fabsf(m.u)));
        return (struct avt_point3){-.37f * m.dx * g, up * thick * g,
                                   .08f * around_mouth(&m, .2f, .15f)};
    }
    case AVT_SHAPE_MOUTH_SIDE:
        return (struct avt_point3){.12f * around_mouth(&m, .3f, .3f), 0, 0};
    case AVT_SHAPE_ROLL_UPPER:
        return (struct avt_point3){0, upper ? .05f * m.lens * lip_hold(&m, .16f) : 0, 0};
    case AVT_SHAPE_ROLL_LOWER:
        return (struct avt_point3){0, upper ? 0 : -.05f * m.lens * lip_hold(&m, .2f), 0};
    case AVT_SHAPE_SHRUG_UPPER:
        return (struct avt_point3){0, upper ? -.035f * m.lens * lip_hold(&m, .22f) : 0, 0};
    case AVT_SHAPE_SHRUG_LOWER:
        return (struct avt_point3){0, upper ? 0 : -.05f * m.lens * lip_hold(&m, .34f), 0};
    case AVT_SHAPE_PRESS_RIGHT:
        right = true; /* fall through */
    case AVT_SHAPE_PRESS_LEFT:
        return (struct avt_point3){(right ? -1.f : 1.f) * .03f * hw * corner(&m, right) *
                                       around_mouth(&m, .2f, .2f),
                                   -up * .012f * m.lens * half(&m, right) * lip_hold(&m, .15f), 0};
    case AVT_SHAPE_UPPER_UP_RIGHT:
        right = true; /* fall through */
    case AVT_SHAPE_UPPER_UP_LEFT:
        return (struct avt_point3){
            0, upper ? -.075f * m.lens * half(&m, right) * lip_hold(&m, .26f) : 0, 0};
    case AVT_SHAPE_LOWER_DOWN_RIGHT:
        right = true; /* fall through */
    case AVT_SHAPE_LOWER_DOWN_LEFT:
        return (struct avt_point3){
            0, upper ? 0 : .085f * m.lens * half(&m, right) * lip_hold(&m, .3f), 0};
    case AVT_SHAPE_STRETCH_RIGHT:
        right = true; /* fall through */
    case AVT_SHAPE_STRETCH_LEFT: {
        float g = corner(&m, right) * around_mouth(&m, .34f, .34f);
        return (struct avt_point3){(right ? -1.f : 1.f) * .11f * hw * g, .012f * g, 0};
    }
    case AVT_SHAPE_SMILE_RIGHT:
        right = true; /* fall through */
    case AVT_SHAPE_SMILE_LEFT: {
        float g = corner(&m, right) * around_mouth(&m, .38f, .34f);
        return (struct avt_point3){(right ? -1.f : 1.f) * .12f * hw * g, -.09f * g, 0};
    }
    case AVT_SHAPE_FROWN_RIGHT:
        right = true; /* fall through */
    case AVT_SHAPE_FROWN_LEFT:
        return (struct avt_point3){0, .07f * corner(&m, right) * around_mouth(&m, .3f, .3f), 0};
    default:
        return (struct avt_point3){0};
    }
}

/* Beyond the corners there is no cut: a place moves as the side that it is on, whichever was asked
 * for. */
static struct avt_point3 mouth_shape(const struct avt_rig *rig, enum avt_shape shape,
                                     enum avt_side side, struct avt_point3 at)
{
    struct avt_point3 d = mouth_side_shape(rig, shape, side, at);
    float beyond = fabsf(at.x - rig->mouth_x) - rig->mouth_half_width;
    enum avt_side own = at.y < avt_curve_at(&rig->seam, at.x) ? AVT_UPPER : AVT_LOWER;
    if (beyond <= 0 || own == side)
        return d;
    struct avt_point3 o = mouth_side_shape(rig, shape, own, at);
    float t = avt_step(0, .06f, beyond);
    return (struct avt_point3){avt_mix(d.x, o.x, t), avt_mix(d.y, o.y, t), avt_mix(d.z, o.z, t)};
}

/* A bump of height 1 around a place of the face. */
static float bump(struct avt_point3 at, float x, float y, float rx, float ry)
{
    float a = (at.x - x) / rx, b = (at.y - y) / ry;
    return expf(-a * a - b * b);
}

static struct avt_point3 cheek_shape(const struct avt_rig *rig, enum avt_shape shape,
                                     struct avt_point3 at)
{
    bool right = shape == AVT_SHAPE_CHEEK_SQUINT_RIGHT || shape == AVT_SHAPE_SNEER_RIGHT;
    float away = right ? -1.f : 1.f;
    float mouth_y = rig->seam.y[0];
    switch ((int)shape) {
    case AVT_SHAPE_CHEEK_PUFF: {
        float x = rig->cheek_x * .62f;
        float left_bump = bump(at, rig->mouth_x + x, mouth_y, .3f, .35f);
        float right_bump = bump(at, rig->mouth_x - x, mouth_y, .3f, .35f);
        return (struct avt_point3){.05f * (left_bump - right_bump), 0,
                                   .05f * (left_bump + right_bump)};
    }
    case AVT_SHAPE_CHEEK_SQUINT_RIGHT:
    case AVT_SHAPE_CHEEK_SQUINT_LEFT: {
        const struct avt_rig_eye *eye = &rig->eyes[right ? 0 : 1];
        float below = eye->lower.y[AVT_CURVE_POINTS / 2];
        return (struct avt_point3){0, -.035f * bump(at, eye->x, below + .38f, .38f, .26f), 0};
    }
    default: { /* sneer: the wing of the nose */
        float x = rig->points[2].x + away * .2f;
        return (struct avt_point3){0, -.04f * bump(at, x, rig->nose_y - .05f, .2f, .16f), 0};
    }
    }
}

/* Where the lids meet: most of the way is the upper lid's. */
static float closed_lid(const struct avt_rig_eye *eye, float x)
{
    return avt_mix(avt_curve_at(&eye->upper, x), avt_curve_at(&eye->lower, x), .86f);
}

static struct avt_point3 lid_shape(const struct avt_rig_eye *eye, enum avt_side side,
                                   struct avt_point3 at, float upper_way, float lower_way)
{
    float upper = avt_curve_at(&eye->upper, at.x), lower = avt_curve_at(&eye->lower, at.x);
    float beyond = fabsf(at.x - eye->x) - eye->half_width;
    float fade = 1 - avt_step(0, .1f, beyond);
    if (side == AVT_UPPER) {
        /* Lashes move whole; the skin up to the brow gives the rest. */
        float room = upper - avt_curve_at(&eye->brow, at.x);
        room = room > .12f ? room : .12f;
        float hold = 1 - avt_step(.03f, room, upper - at.y);
        return (struct avt_point3){0, upper_way * (closed_lid(eye, at.x) - upper) * hold * fade, 0};
    }
    float hold = 1 - avt_step(.02f, .26f, at.y - lower);
    return (struct avt_point3){0, lower_way * (closed_lid(eye, at.x) - lower) * hold * fade, 0};
}

static struct avt_point3 brow_shape(const struct avt_rig *rig, enum avt_shape shape,
                                    struct avt_point3 at)
{
    bool right = shape == AVT_SHAPE_BROW_DOWN_RIGHT || shape == AVT_SHAPE_BROW_INNER_RIGHT ||
                 shape == AVT_SHAPE_BROW_OUTER_RIGHT;
    const struct avt_rig_eye *eye = &rig->eyes[right ? 0 : 1];
    float inner_end = eye->brow_x + (right ? 1.f : -1.f) * eye->brow_half_width;
    float outer_end = eye->brow_x - (right ? 1.f : -1.f) * eye->brow_half_width;
    /* Full on the brow, nothing at the lid's edge, and far up the forehead. */
    float upper = avt_curve_at(&eye->upper, at.x);
    float room = upper - eye->brow_y > .12f ? upper - eye->brow_y : .12f;
    float vertical = at.y > eye->brow_y ? 1 - avt_step(0, room, at.y - eye->brow_y)
                                        : 1 - avt_step(.1f, .55f, eye->brow_y - at.y);
    float x = avt_clampf((at.x - inner_end) / (outer_end - inner_end), -.6f, 1.6f);
    switch ((int)shape) {
    case AVT_SHAPE_BROW_DOWN_RIGHT:
    case AVT_SHAPE_BROW_DOWN_LEFT: {
        float along = (1 - avt_step(.6f, 1.4f, x)) * avt_step(-.5f, .05f, x);
        return (struct avt_point3){(right ? .015f : -.015f) * along * vertical,
                                   .055f * along * vertical, 0};
    }
    case AVT_SHAPE_BROW_INNER_RIGHT:
    case AVT_SHAPE_BROW_INNER_LEFT: {
        float along = (1 - avt_step(.1f, .9f, x)) * avt_step(-.6f, .05f, x);
        return (struct avt_point3){0, -.08f * along * vertical, 0};
    }
    default: {
        float along = avt_step(.1f, .7f, x) * (1 - avt_step(1, 1.6f, x));
        return (struct avt_point3){0, -.08f * along * vertical, 0};
    }
    }
}

struct avt_point3 avt_rig_displace(const struct avt_rig *rig, enum avt_shape shape,
                                   enum avt_side side, struct avt_point3 at)
{
    avt_assert(shape < AVT_SHAPE_SKIN_COUNT);
    switch ((int)shape) {
    case AVT_SHAPE_CHEEK_PUFF:
    case AVT_SHAPE_CHEEK_SQUINT_RIGHT:
    case AVT_SHAPE_CHEEK_SQUINT_LEFT:
    case AVT_SHAPE_SNEER_RIGHT:
    case AVT_SHAPE_SNEER_LEFT:
        return cheek_shape(rig, shape, at);
    case AVT_SHAPE_BLINK_RIGHT:
        return lid_shape(&rig->eyes[0], side, at, 1, 1);
    case AVT_SHAPE_BLINK_LEFT:
        return lid_shape(&rig->eyes[1], side, at, 1, 1);
    case AVT_SHAPE_SQUINT_RIGHT:
        return lid_shape(&rig->eyes[0], side, at, .22f, 1.2f);
    case AVT_SHAPE_SQUINT_LEFT:
        return lid_shape(&rig->eyes[1], side, at, .22f, 1.2f);
    case AVT_SHAPE_WIDE_RIGHT:
        return lid_shape(&rig->eyes[0], side, at, -.18f, 0);
    case AVT_SHAPE_WIDE_LEFT:
        return lid_shape(&rig->eyes[1], side, at, -.18f, 0);
    case AVT_SHAPE_BROW_DOWN_RIGHT:
    case AVT_SHAPE_BROW_DOWN_LEFT:
    case AVT_SHAPE_BROW_INNER_RIGHT:
    case AVT_SHAPE_BROW_INNER_LEFT:
    case AVT_SHAPE_BROW_OUTER_RIGHT:
    case AVT_SHAPE_BROW_OUTER_LEFT:
        return brow_shape(rig, shape, at);
    default:
        return mouth_shape(rig, shape, side, at);
    }
}
