/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/rig_skin.h"

#include <math.h>

#include "base/mem.h"

enum { POINTS = 468, LIP_EDGE = 20 };
/* Reach of a point, eye distances; the cheeks' lie .15 to .25 apart. */
#define REACH .42f
/* From the lips to where the baked rig has all to say. Above and below them it has less: the jaw's
 * body is rigid, and rig_shapes.c knows it well. */
#define NEAR .10f
#define FAR  .50f
#define TALL 1.9f
/* Where it ends: across the face's contour, which moves too, below the lids, from lip to lip. */
#define OUTSIDE   (-.20f)
#define INSIDE    .22f
#define EYES_NEAR .12f
#define EYES_FAR  .34f
#define SIDES     .10f

static const short lip_edge[LIP_EDGE] = {61,  185, 40,  39,  37,  0,  267, 269, 270, 409,
                                         291, 375, 321, 405, 314, 17, 84,  181, 91,  146};

static const struct {
    enum avt_shape shape;
    enum avt_arkit arkit;
} taken[AVT_RIG_SKIN_SHAPES] = {
    {AVT_SHAPE_JAW_OPEN, AVT_JAW_OPEN},
    {AVT_SHAPE_JAW_SIDE, AVT_JAW_LEFT},
    {AVT_SHAPE_FUNNEL, AVT_MOUTH_FUNNEL},
    {AVT_SHAPE_PUCKER, AVT_MOUTH_PUCKER},
    {AVT_SHAPE_MOUTH_SIDE, AVT_MOUTH_LEFT},
    {AVT_SHAPE_UPPER_UP_RIGHT, AVT_MOUTH_UPPER_UP_RIGHT},
    {AVT_SHAPE_UPPER_UP_LEFT, AVT_MOUTH_UPPER_UP_LEFT},
    {AVT_SHAPE_STRETCH_RIGHT, AVT_MOUTH_STRETCH_RIGHT},
    {AVT_SHAPE_STRETCH_LEFT, AVT_MOUTH_STRETCH_LEFT},
    {AVT_SHAPE_SMILE_RIGHT, AVT_MOUTH_SMILE_RIGHT},
    {AVT_SHAPE_SMILE_LEFT, AVT_MOUTH_SMILE_LEFT},
    {AVT_SHAPE_FROWN_RIGHT, AVT_MOUTH_FROWN_RIGHT},
    {AVT_SHAPE_FROWN_LEFT, AVT_MOUTH_FROWN_LEFT},
};

struct avt_rig_skin {
    struct avt_rig rig;
    float areas[POINTS];                                  /* of the face for which a point speaks */
    struct avt_point3 moves[POINTS][AVT_RIG_SKIN_SHAPES]; /* in the face's frame */
};

/* A way in the rig's space, cm -> the face's frame, eye distances. */
static struct avt_point3 into_frame(const struct avt_rig *rig, const struct avt_rig_face *fit,
                                    struct avt_point3 way)
{
    const double(*r)[3] = fit->head.rotation;
    float v[3];
    for (int i = 0; i < 3; i++)
        v[i] = (float)(fit->head.scale * (r[i][0] * (double)way.x + r[i][1] * (double)way.y +
                                          r[i][2] * (double)way.z)) /
               rig->unit;
    /* The picture's y and MediaPipe's z point the other way. */
    struct avt_point3 p = {v[0], -v[1], -v[2]};
    const struct avt_point3 *a = &rig->axis_x, *b = &rig->axis_y, *c = &rig->axis_z;
    return (struct avt_point3){p.x * a->x + p.y * a->y + p.z * a->z,
                               p.x * b->x + p.y * b->y + p.z * b->z,
                               p.x * c->x + p.y * c->y + p.z * c->z};
}

/* rig_shapes.c is milder than ARKit's full weights, which people reach in yawns and grins: as much
 * of the baked shape as agrees with it best on the lips, or, for the jaw, on the chin. */
static float agreement(const struct avt_rig *rig, const struct avt_rig_skin *skin, int k)
{
    static const short chin[] = {152, 148, 377, 176, 400, 175, 199};
    bool jaw = taken[k].shape == AVT_SHAPE_JAW_OPEN || taken[k].shape == AVT_SHAPE_JAW_SIDE;
    const short *points = jaw ? chin : lip_edge;
    int count = jaw ? (int)(sizeof(chin) / sizeof(chin[0])) : LIP_EDGE;
    float shared = 0, own = 0;
    for (int i = 0; i < count; i++) {
        struct avt_point3 at = rig->points[points[i]], b = skin->moves[points[i]][k];
        enum avt_side side = at.y < avt_curve_at(&rig->seam, at.x) ? AVT_UPPER : AVT_LOWER;
        struct avt_point3 a = avt_rig_displace(rig, taken[k].shape, side, at);
        shared += a.x * b.x + a.y * b.y;
        own += b.x * b.x + b.y * b.y;
    }
    return own > 0 ? avt_clampf(shared / own, 0, 1.2f) : 0;
}

/* 1 at a point, nothing at its reach. */
static float kernel(float dx, float dy)
{
    float d2 = (dx * dx + dy * dy) / (REACH * REACH);
    return d2 < 1 ? expf(-4.5f * d2) * (1 - d2) : 0;
}

struct avt_rig_skin *avt_rig_skin_new(const struct avt_rig *rig, const struct avt_rig_face *fit)
{
    struct avt_rig_skin *skin = avt_try_new0(struct avt_rig_skin, 1);
    if (!skin)
        return NULL;
    skin->rig = *rig;
    for (int i = 0; i < POINTS; i++) {
        float near = 0;
        for (int k = 0; k < POINTS; k++)
            near +=
                kernel(rig->points[k].x - rig->points[i].x, rig->points[k].y - rig->points[i].y);
        skin->areas[i] = 1 / near;
        for (int k = 0; k < AVT_RIG_SKIN_SHAPES; k++)
            skin->moves[i][k] = into_frame(rig, fit, fit->model->moves[taken[k].arkit][i]);
    }
    for (int k = 0; k < AVT_RIG_SKIN_SHAPES; k++) {
        float share = agreement(rig, skin, k);
        for (int i = 0; i < POINTS; i++) {
            struct avt_point3 *m = &skin->moves[i][k];
            *m = (struct avt_point3){share * m->x, share * m->y, share * m->z};
        }
    }
    return skin;
}

void avt_rig_skin_free(struct avt_rig_skin *skin)
{
    avt_free(skin);
}

/* Distance from the lips, height counting less; 0 on them. */
static float from_lips(const struct avt_rig *rig, struct avt_point3 at)
{
    float nearest = INFINITY;
    for (int i = 0; i < LIP_EDGE; i++) {
        const struct avt_point3 *p = &rig->points[lip_edge[i]];
        float dx = at.x - p->x, dy = (at.y - p->y) / TALL;
        nearest = fminf(nearest, dx * dx + dy * dy);
    }
    bool on_lips = fabsf(at.x - rig->mouth_x) < rig->mouth_half_width &&
                   at.y > avt_curve_at(&rig->lip_top, at.x) &&
                   at.y < avt_curve_at(&rig->lip_bottom, at.x);
    return on_lips ? 0 : sqrtf(nearest);
}

/* Distance from the face's contour, positive inside. */
static float inside_face(const struct avt_rig *rig, struct avt_point3 at)
{
    float nearest = INFINITY;
    bool inside = false;
    for (int i = 0, j = AVT_RIG_OVAL_POINTS - 1; i < AVT_RIG_OVAL_POINTS; j = i++) {
        struct avt_point a = rig->oval[i], b = rig->oval[j];
        float ex = b.x - a.x, ey = b.y - a.y;
        float t =
            avt_clampf(((at.x - a.x) * ex + (at.y - a.y) * ey) / (ex * ex + ey * ey + 1e-9f), 0, 1);
        nearest = fminf(nearest, hypotf(at.x - a.x - t * ex, at.y - a.y - t * ey));
        if ((a.y > at.y) != (b.y > at.y) && at.x < ex * (at.y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
    }
    return inside ? nearest : -nearest;
}

/* Mean of the points around, each for its area. */
static void gather(const struct avt_rig_skin *skin, struct avt_point3 at,
                   struct avt_rig_place *place)
{
    float sum = 0;
    for (int i = 0; i < POINTS; i++) {
        const struct avt_point3 *p = &skin->rig.points[i];
        float share = kernel(p->x - at.x, p->y - at.y) * skin->areas[i];
        if (!(share > 0))
            continue;
        sum += share;
        for (int k = 0; k < AVT_RIG_SKIN_SHAPES; k++) {
            place->moves[k].x += share * skin->moves[i][k].x;
            place->moves[k].y += share * skin->moves[i][k].y;
            place->moves[k].z += share * skin->moves[i][k].z;
        }
    }
    float per = sum > 0 ? 1 / sum : 0;
    for (int k = 0; k < AVT_RIG_SKIN_SHAPES; k++)
        place->moves[k] = (struct avt_point3){place->moves[k].x * per, place->moves[k].y * per,
                                              place->moves[k].z * per};
}

void avt_rig_skin_place(const struct avt_rig_skin *skin, struct avt_point3 at,
                        struct avt_rig_place *ret_place)
{
    const struct avt_rig *rig = &skin->rig;
    *ret_place = (struct avt_rig_place){0};
    float eyes =
        fmaxf(avt_curve_at(&rig->eyes[0].lower, at.x), avt_curve_at(&rig->eyes[1].lower, at.x));
    /* Most of a picture is no cheek: what is cheap to know comes first. */
    float amount = avt_step(EYES_NEAR, EYES_FAR, at.y - eyes);
    if (!(amount > 0) || at.y > rig->chin_y - OUTSIDE)
        return;
    amount *= avt_step(NEAR, FAR, from_lips(rig, at));
    if (amount > 0)
        amount *= avt_step(OUTSIDE, INSIDE, inside_face(rig, at));
    if (!(amount > 0))
        return;
    /* Skin seen as that of the other lip follows rig_shapes.c, which knows sides. */
    float below = at.y - avt_curve_at(&rig->seam, at.x);
    ret_place->amount[AVT_UPPER] = amount * avt_step(0, SIDES, -below);
    ret_place->amount[AVT_LOWER] = amount * avt_step(0, SIDES, below);
    float beyond = fabsf(at.x - rig->mouth_x) - rig->mouth_half_width;
    if (beyond > 0) {
        /* No cut there, and both are the same. */
        float both = avt_step(0, SIDES, beyond);
        for (int side = 0; side < 2; side++)
            ret_place->amount[side] = avt_mix(ret_place->amount[side], amount, both);
    }
    gather(skin, at, ret_place);
}

struct avt_point3 avt_rig_skin_mix(const struct avt_rig_place *place, enum avt_shape shape,
                                   enum avt_side side, struct avt_point3 hand)
{
    float amount = place->amount[side];
    if (!(amount > 0))
        return hand;
    for (int k = 0; k < AVT_RIG_SKIN_SHAPES; k++) {
        if (taken[k].shape != shape)
            continue;
        struct avt_point3 baked = place->moves[k];
        return (struct avt_point3){avt_mix(hand.x, baked.x, amount),
                                   avt_mix(hand.y, baked.y, amount),
                                   avt_mix(hand.z, baked.z, amount)};
    }
    return hand;
}
