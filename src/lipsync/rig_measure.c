/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stddef.h>

#include "base/assert.h"
#include "lipsync/rig.h"

/* Vertex lists: MediaPipe face_mesh_connections.py (Apache-2.0), ordered by x in the picture. */
enum { LIP = 11, OUTER = 11, LID = 9, BROW = 5, JAW = 19 };
static const short inner_upper[LIP] = {78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308};
static const short inner_lower[LIP] = {78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308};
static const short outer_upper[OUTER] = {61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291};
static const short outer_lower[OUTER] = {61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291};
static const short lid_upper[2][LID] = {{33, 246, 161, 160, 159, 158, 157, 173, 133},
                                        {362, 398, 384, 385, 386, 387, 388, 466, 263}};
static const short lid_lower[2][LID] = {{33, 7, 163, 144, 145, 153, 154, 155, 133},
                                        {362, 382, 381, 380, 374, 373, 390, 249, 263}};
static const short brow_lower[2][BROW] = {{46, 53, 52, 65, 55}, {285, 295, 282, 283, 276}};
static const short jaw_line[JAW] = {234, 93,  132, 58,  172, 136, 150, 149, 176, 152,
                                    400, 377, 378, 379, 365, 397, 288, 361, 454};
/* Left and right points that mirror each other, far apart: they give the direction of x. */
static const short mirrored[][2] = {{33, 263},  {133, 362}, {61, 291}, {234, 454},
                                    {132, 361}, {70, 300},  {50, 280}};

/* Lips further apart than this (of the eye distance) are a mouth that stands open; the mesh of
 * closed lips has up to .03 by itself. */
#define PARTED_GAP .04f
/* In a clip, where this mouth is known shut, this much more; it does not happen from one picture to the next. */
#define PARTS_FROM .004f
#define PARTS_TO   .016f
/* Teeth between parted lips go on behind the line that the mesh sees; shut lips have to hide that as well. */
#define RIM .011f

static struct avt_point3 add3(struct avt_point3 a, struct avt_point3 b, float k)
{
    return (struct avt_point3){a.x + k * b.x, a.y + k * b.y, a.z + k * b.z};
}

static float dot3(struct avt_point3 a, struct avt_point3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static bool normalise3(struct avt_point3 *a)
{
    float length = sqrtf(dot3(*a, *a));
    if (!(length > 1e-3f) || !isfinite(length))
        return false;
    *a = (struct avt_point3){a->x / length, a->y / length, a->z / length};
    return true;
}

float avt_curve_at(const struct avt_curve *curve, float x)
{
    float t = (x - curve->x0) / (curve->x1 - curve->x0) * (AVT_CURVE_POINTS - 1);
    t = avt_clampf(t, 0, AVT_CURVE_POINTS - 1);
    int i = t >= AVT_CURVE_POINTS - 1 ? AVT_CURVE_POINTS - 2 : (int)t;
    return avt_mix(curve->y[i], curve->y[i + 1], t - (float)i);
}

/* Even samples of the broken line through `points`, then smoothed so that its corners go. */
static void make_curve(const struct avt_point3 *points, const short *ids, int count, bool depth,
                       struct avt_curve *curve)
{
    enum { POINTS_MAX = 32 };
    float x[POINTS_MAX], y[POINTS_MAX];
    avt_assert(count >= 2 && count <= POINTS_MAX);
    for (int i = 0; i < count; i++) {
        x[i] = points[ids[i]].x;
        y[i] = depth ? points[ids[i]].z : points[ids[i]].y;
    }
    /* A turned head may fold the far end back; x must rise for y to be a function of it. */
    for (int i = 1; i < count; i++)
        x[i] = x[i] > x[i - 1] + 1e-3f ? x[i] : x[i - 1] + 1e-3f;
    curve->x0 = x[0];
    curve->x1 = x[count - 1];
    int k = 0;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        float at = avt_mix(curve->x0, curve->x1, (float)i / (AVT_CURVE_POINTS - 1));
        while (k < count - 2 && at > x[k + 1])
            k++;
        curve->y[i] = avt_mix(y[k], y[k + 1], avt_clampf((at - x[k]) / (x[k + 1] - x[k]), 0, 1));
    }
    for (int pass = 0; pass < 2; pass++) {
        float before = curve->y[0];
        for (int i = 1; i < AVT_CURVE_POINTS - 1; i++) {
            float here = curve->y[i];
            curve->y[i] = .25f * before + .5f * here + .25f * curve->y[i + 1];
            before = here;
        }
    }
}

static bool measure_frame(const struct avt_face *face, struct avt_rig *rig)
{
    const struct avt_point3 *mesh = face->mesh;
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        if (!isfinite(mesh[i].x) || !isfinite(mesh[i].y) || !isfinite(mesh[i].z))
            return false;
    struct avt_point3 across = {0}, down = add3(mesh[152], mesh[10], -1);
    for (size_t i = 0; i < sizeof(mirrored) / sizeof(mirrored[0]); i++)
        across = add3(across, add3(mesh[mirrored[i][1]], mesh[mirrored[i][0]], -1), 1);
    if (!normalise3(&across))
        return false;
    down = add3(down, across, -dot3(down, across));
    if (!normalise3(&down))
        return false;
    rig->axis_x = across;
    rig->axis_y = down;
    /* MediaPipe's z grows away from the viewer, ours towards. */
    rig->axis_z = (struct avt_point3){down.y * across.z - down.z * across.y,
                                      down.z * across.x - down.x * across.z,
                                      down.x * across.y - down.y * across.x};
    struct avt_point3 right = add3(mesh[33], mesh[133], 1), left = add3(mesh[263], mesh[362], 1);
    struct avt_point3 between = add3(left, right, -1);
    rig->unit = .5f * sqrtf(dot3(between, between));
    rig->origin = add3((struct avt_point3){0}, add3(left, right, 1), .25f);
    /* Faces so turned that x or y point into the picture cannot be drawn by a warp. */
    float plane = across.x * down.y - across.y * down.x;
    if (!(rig->unit >= 4) || !(fabsf(plane) > .3f))
        return false;
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        struct avt_point3 p = add3(mesh[i], rig->origin, -1);
        rig->points[i] = (struct avt_point3){dot3(p, across) / rig->unit, dot3(p, down) / rig->unit,
                                             dot3(p, rig->axis_z) / rig->unit};
    }
    return true;
}

#define CORNER .7f

static void measure_mouth(struct avt_rig *rig, const float *shut)
{
    const struct avt_point3 *p = rig->points;
    make_curve(p, inner_upper, LIP, false, &rig->lip_upper);
    make_curve(p, inner_lower, LIP, false, &rig->lip_lower);
    make_curve(p, inner_upper, LIP, true, &rig->lip_depth);
    make_curve(p, outer_upper, OUTER, false, &rig->lip_top);
    make_curve(p, outer_lower, OUTER, false, &rig->lip_bottom);
    /* The line between closed lips goes on beyond the mesh's inner corners, to near its outer ones. What was
     * left of it would stand beside an open mouth as a dark nick. */
    float right = avt_mix(p[78].x, p[61].x, CORNER), left = avt_mix(p[308].x, p[291].x, CORNER);
    rig->mouth_x = .5f * (right + left);
    rig->mouth_half_width = avt_clampf(.5f * (left - right), .12f, .8f);
    rig->mouth_z = p[13].z;
    float x0 = rig->mouth_x - rig->mouth_half_width, x1 = rig->mouth_x + rig->mouth_half_width;
    rig->lip_upper.x0 = rig->lip_lower.x0 = rig->seam.x0 = x0;
    rig->lip_upper.x1 = rig->lip_lower.x1 = rig->seam.x1 = x1;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        float *upper = &rig->lip_upper.y[i], *lower = &rig->lip_lower.y[i];
        if (*lower < *upper)
            *lower = *upper = .5f * (*lower + *upper);
        rig->gap = *lower - *upper > rig->gap ? *lower - *upper : rig->gap;
    }
    float part = shut ? avt_step(PARTS_FROM, PARTS_TO, rig->gap - *shut) : rig->gap > PARTED_GAP;
    float widest = rig->gap, rim = shut ? RIM * part : 0;
    rig->parted = part > 0;
    rig->moving = shut != NULL;
    rig->gap = (rig->parted ? part : 1) * widest + 2 * rim;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        float *upper = &rig->lip_upper.y[i], *lower = &rig->lip_lower.y[i];
        float here = widest > 0 ? rim * sqrtf((*lower - *upper) / widest) : 0;
        /* The jaw comes up more than the upper lip comes down. */
        float seam = rig->seam.y[i] = avt_mix(.5f * (*upper + *lower), avt_mix(*upper, *lower, .35f), part);
        *upper = avt_mix(seam, *upper, part) - here;
        *lower = avt_mix(seam, *lower, part) + here;
    }
}

static void measure_eye(struct avt_rig *rig, int which)
{
    const struct avt_point3 *p = rig->points;
    struct avt_rig_eye *eye = &rig->eyes[which];
    make_curve(p, lid_upper[which], LID, false, &eye->upper);
    make_curve(p, lid_upper[which], LID, true, &eye->depth);
    make_curve(p, lid_lower[which], LID, false, &eye->lower);
    make_curve(p, brow_lower[which], BROW, false, &eye->brow);
    eye->x = .5f * (eye->upper.x0 + eye->upper.x1);
    eye->half_width = avt_clampf(.5f * (eye->upper.x1 - eye->upper.x0), .08f, .6f);
    for (int i = 0; i < AVT_CURVE_POINTS; i++)
        if (eye->lower.y[i] < eye->upper.y[i])
            eye->lower.y[i] = eye->upper.y[i];
    eye->brow_x = .5f * (eye->brow.x0 + eye->brow.x1);
    eye->brow_half_width = .5f * (eye->brow.x1 - eye->brow.x0);
    eye->brow_y = eye->brow.y[AVT_CURVE_POINTS / 2];
    eye->z = p[which == 0 ? 159 : 386].z;
}

/* `shut` NULL: of a single picture. */
static bool measure(const struct avt_face *face, const float *shut, struct avt_rig *ret_rig)
{
    static const short oval[AVT_RIG_OVAL_POINTS] = {
        10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
    struct avt_rig rig = {0};
    if (!measure_frame(face, &rig))
        return false;
    const struct avt_point3 *p = rig.points;
    measure_mouth(&rig, shut);
    measure_eye(&rig, 0);
    measure_eye(&rig, 1);
    make_curve(p, jaw_line, JAW, false, &rig.jaw);
    rig.nose_y = p[2].y;
    rig.chin_y = p[152].y;
    rig.chin_z = p[152].z;
    rig.hinge_y = .5f * (p[132].y + p[361].y);
    rig.hinge_z = .5f * (p[132].z + p[361].z) - .15f;
    rig.cheek_x = .5f * (p[361].x - p[132].x);
    rig.face_half_width = .5f * (p[454].x - p[234].x);
    rig.top_y = p[10].y;
    for (int i = 0; i < AVT_RIG_OVAL_POINTS; i++)
        rig.oval[i] = (struct avt_point){p[oval[i]].x, p[oval[i]].y};
    /* In the order of a face from top to bottom, with room between. */
    if (!(rig.nose_y > .2f && rig.seam.y[AVT_CURVE_POINTS / 2] > rig.nose_y &&
          rig.chin_y > rig.seam.y[AVT_CURVE_POINTS / 2] + .15f && rig.face_half_width > .4f &&
          rig.chin_z - rig.hinge_z > .1f))
        return false;
    *ret_rig = rig;
    return true;
}

bool avt_rig_measure(const struct avt_face *face, struct avt_rig *ret_rig)
{
    return measure(face, NULL, ret_rig);
}

bool avt_rig_measure_moving(const struct avt_face *face, float shut, struct avt_rig *ret_rig)
{
    return measure(face, &shut, ret_rig);
}

struct avt_point avt_rig_project_vector(const struct avt_rig *rig, struct avt_point3 v)
{
    return (struct avt_point){
        rig->unit * (v.x * rig->axis_x.x + v.y * rig->axis_y.x + v.z * rig->axis_z.x),
        rig->unit * (v.x * rig->axis_x.y + v.y * rig->axis_y.y + v.z * rig->axis_z.y)};
}

struct avt_point avt_rig_project(const struct avt_rig *rig, struct avt_point3 point)
{
    struct avt_point p = avt_rig_project_vector(rig, point);
    return (struct avt_point){p.x + rig->origin.x, p.y + rig->origin.y};
}

struct avt_point3 avt_rig_unproject(const struct avt_rig *rig, float x, float y, float z)
{
    float ax = (x - rig->origin.x) / rig->unit - z * rig->axis_z.x;
    float ay = (y - rig->origin.y) / rig->unit - z * rig->axis_z.y;
    float det = rig->axis_x.x * rig->axis_y.y - rig->axis_x.y * rig->axis_y.x;
    return (struct avt_point3){(ax * rig->axis_y.y - ay * rig->axis_y.x) / det,
                               (ay * rig->axis_x.x - ax * rig->axis_x.y) / det, z};
}
