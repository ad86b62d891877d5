/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/assert.h"
#include "lipsync/rig.h"

/* The head turns about the top of the neck: below and behind the eyes (fractions of the eye
 * distance; the atlas lies about .9 behind the bridge of the nose and level with the ear lobes). */
#define PIVOT_BEHIND .55f
#define PIVOT_BELOW  1.15f

/* Skin and hair beyond the mesh: the skull is taken to be this much wider and higher than the mesh,
 * and what is `REACH` times as far out as the mesh does not move. */
#define SKULL      1.22f
#define REACH_SIDE 1.95f
#define REACH_UP   1.9f
#define SHOULDER   .95f /* below the chin, where nothing of the head's motion is left */

/* Beyond the contour of the mesh skull, hair and neck fall back to the plane of the pivot, where turning and nodding
 * move nothing: reached at the outline of the hair, and as far below the chin in the neck. */
#define CONTOUR      1.05f
#define OUTLINE_SIDE 1.5f
#define OUTLINE_UP   1.75f

float avt_rig_head_share(const struct avt_rig *rig, struct avt_point3 at)
{
    float centre_y = .5f * (rig->top_y + rig->chin_y);
    float x = (at.x - rig->mouth_x * .5f) / rig->face_half_width;
    float half_height = .5f * (rig->chin_y - rig->top_y);
    float y = (at.y - centre_y) / half_height;
    float side = 1 - avt_step(SKULL, REACH_SIDE, fabsf(x));
    if (y < 0) {
        float r = sqrtf(x * x + y * y);
        return (1 - avt_step(SKULL + .15f, REACH_UP + .15f, r)) * side;
    }
    float below = at.y - (rig->chin_y - .25f);
    return side * (1 - avt_step(0, SHOULDER + .25f, below));
}

float avt_rig_head_depth(const struct avt_rig *rig, struct avt_point3 at)
{
    float half_height = .5f * (rig->chin_y - rig->top_y);
    float x = (at.x - rig->mouth_x * .5f) / rig->face_half_width;
    float y = (at.y - rig->top_y - half_height) / half_height;
    float r2 = x * x + y * y;
    if (r2 <= CONTOUR * CONTOUR)
        return at.z;
    float outline = avt_mix(OUTLINE_SIDE, OUTLINE_UP, y * y / r2);
    return avt_mix(at.z, -PIVOT_BEHIND, avt_step(CONTOUR, outline, sqrtf(r2)));
}

float avt_rig_breath_share(const struct avt_rig *rig, struct avt_point3 at)
{
    float below = at.y - rig->chin_y;
    float side = fabsf(at.x - rig->mouth_x * .5f) / rig->face_half_width;
    float chest = avt_step(-.1f, .75f, below) * (1 - avt_step(1.05f, 2.05f, below)) *
                  (1 - avt_step(1.2f, 2.2f, side));
    return avt_mix(.5f * avt_rig_head_share(rig, at), 1, chest);
}

struct avt_point3 avt_rig_displace_head(enum avt_shape shape, struct avt_point3 at)
{
    float z = at.z + PIVOT_BEHIND, y = at.y - PIVOT_BELOW;
    switch ((int)shape) {
    case AVT_SHAPE_YAW:
        return (struct avt_point3){z, 0, -at.x};
    case AVT_SHAPE_PITCH:
        return (struct avt_point3){0, -z, y};
    case AVT_SHAPE_ROLL:
        return (struct avt_point3){-y, at.x, 0};
    case AVT_SHAPE_SHIFT_X:
        return (struct avt_point3){1, 0, 0};
    case AVT_SHAPE_SHIFT_Y:
        return (struct avt_point3){0, 1, 0};
    default:
        avt_assert(shape == AVT_SHAPE_BREATH);
        return (struct avt_point3){0, -.011f, 0};
    }
}
