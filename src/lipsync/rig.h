/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The rig: how the skin of one face moves. rig_measure.c takes the measures of a face from its mesh
 * (lip line, lids, brows, jaw) in the face's own frame; rig_shapes.c gives, for any point of the
 * face, its displacement for each elementary motion; rig_motion.c turns ARKit weights into amounts
 * of these motions; rig_eyes.c fits the lids of drawn eyes to the picture. Fields are smooth
 * functions of place, not triangles, so nothing creases.
 *
 * The frame: origin between the eyes, unit the distance of the eye centres in space, x to the
 * picture's right along the eyes, y towards the chin, z towards the viewer, turned with the head.
 *
 * Skin is cut along the lips and the lids. `side` says from which side of a cut a point is seen:
 * the upper one (upper lip, upper lid) or the lower one; away from the cuts both are the same.
 *
 * Threads: immutable once made.
 */
#include <stdbool.h>

#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "dsp/motion.h"

enum avt_side { AVT_UPPER, AVT_LOWER };
enum { AVT_CURVE_POINTS = 33, AVT_RIG_OVAL_POINTS = 36 };

/* Elementary motions; "right" is the subject's right, that is the picture's left. */
enum avt_shape {
    AVT_SHAPE_JAW_OPEN,
    AVT_SHAPE_JAW_FORWARD,
    AVT_SHAPE_JAW_SIDE,
    AVT_SHAPE_LIPS_CLOSE, /* the lips of an open jaw meet */
    AVT_SHAPE_NEUTRAL,    /* the photo's own lips meet */
    AVT_SHAPE_FUNNEL,
    AVT_SHAPE_PUCKER,
    AVT_SHAPE_MOUTH_SIDE,
    AVT_SHAPE_ROLL_UPPER,
    AVT_SHAPE_ROLL_LOWER,
    AVT_SHAPE_SHRUG_UPPER,
    AVT_SHAPE_SHRUG_LOWER,
    AVT_SHAPE_PRESS_RIGHT,
    AVT_SHAPE_PRESS_LEFT,
    AVT_SHAPE_UPPER_UP_RIGHT,
    AVT_SHAPE_UPPER_UP_LEFT,
    AVT_SHAPE_LOWER_DOWN_RIGHT,
    AVT_SHAPE_LOWER_DOWN_LEFT,
    AVT_SHAPE_STRETCH_RIGHT,
    AVT_SHAPE_STRETCH_LEFT,
    AVT_SHAPE_SMILE_RIGHT,
    AVT_SHAPE_SMILE_LEFT,
    AVT_SHAPE_FROWN_RIGHT,
    AVT_SHAPE_FROWN_LEFT,
    AVT_SHAPE_CHEEK_PUFF,
    AVT_SHAPE_CHEEK_SQUINT_RIGHT,
    AVT_SHAPE_CHEEK_SQUINT_LEFT,
    AVT_SHAPE_SNEER_RIGHT,
    AVT_SHAPE_SNEER_LEFT,
    AVT_SHAPE_BLINK_RIGHT,
    AVT_SHAPE_BLINK_LEFT,
    AVT_SHAPE_SQUINT_RIGHT,
    AVT_SHAPE_SQUINT_LEFT,
    AVT_SHAPE_WIDE_RIGHT,
    AVT_SHAPE_WIDE_LEFT,
    AVT_SHAPE_BROW_DOWN_RIGHT,
    AVT_SHAPE_BROW_DOWN_LEFT,
    AVT_SHAPE_BROW_INNER_RIGHT,
    AVT_SHAPE_BROW_INNER_LEFT,
    AVT_SHAPE_BROW_OUTER_RIGHT,
    AVT_SHAPE_BROW_OUTER_LEFT,
    AVT_SHAPE_SKIN_COUNT,
    /* What moves all of the head; see rig_head.c. */
    AVT_SHAPE_YAW = AVT_SHAPE_SKIN_COUNT,
    AVT_SHAPE_PITCH,
    AVT_SHAPE_ROLL,
    AVT_SHAPE_SHIFT_X,
    AVT_SHAPE_SHIFT_Y,
    AVT_SHAPE_BREATH,
    AVT_SHAPE_COUNT,
};

/** A function of x, sampled evenly from x0 to x1. */
struct avt_curve {
    float x0, x1;
    float y[AVT_CURVE_POINTS];
};

struct avt_rig_eye {
    float x, half_width;           /* of the opening */
    struct avt_curve upper, lower; /* lid edges, y */
    struct avt_curve depth;        /* of the lid edges, z */
    struct avt_curve brow;         /* lower edge of the brow, y */
    float brow_x, brow_half_width, brow_y;
    float z; /* of the eye's middle */
};

struct avt_rig {
    /* image = origin + unit * (x * axis_x + y * axis_y + z * axis_z) */
    struct avt_point3 origin, axis_x, axis_y, axis_z;
    float unit;                                /* pixels */
    struct avt_point3 points[AVT_MESH_POINTS]; /* the mesh in the face's frame */

    float mouth_x, mouth_half_width; /* inner corners */
    float mouth_z;
    struct avt_curve lip_upper, lip_lower; /* inner edges */
    struct avt_curve seam;                 /* where the lips meet when closed */
    struct avt_curve lip_top, lip_bottom;  /* outer edges */
    struct avt_curve lip_depth;            /* of the inner edges, z */
    float gap;                             /* of the photo's lips, at the widest */
    bool parted;                           /* the photo's mouth is open: closed by NEUTRAL */
    bool moving;                           /* of a clip, whose mouth is another in the next picture */
    float nose_y, chin_y, chin_z;
    float hinge_y, hinge_z;                     /* of the jaw */
    struct avt_curve jaw;                       /* lower contour of the face */
    float cheek_x;                              /* half width of the face at the mouth */
    float face_half_width;                      /* the widest */
    float top_y;                                /* upper end of the mesh */
    struct avt_point oval[AVT_RIG_OVAL_POINTS]; /* contour, x y */
    struct avt_rig_eye eyes[2];                 /* 0: the subject's right (picture's left) */
};

/** Drop of the chin at jawOpen 1, eye distances: .26 of the distance of the outer eye corners (1.41
 *  eye distances in MediaPipe's canonical face). */
#define AVT_RIG_JAW_DROP .37f

/** Take the measures of a face. False if the mesh is no face (folded, not finite, no size). */
bool avt_rig_measure(const struct avt_face *face, struct avt_rig *ret_rig);
/** The same in a picture of a clip: lips that part from one picture to the next do so gradually.
 *  @param shut  Gap of this mouth when it is shut, as the mesh sees it, eye distances. */
bool avt_rig_measure_moving(const struct avt_face *face, float shut, struct avt_rig *ret_rig);
/** Move the lid lines to the ends of the white of the eyes (drawn faces). */
void avt_rig_fit_eyes(struct avt_rig *rig, const struct avt_image *image);
float avt_curve_at(const struct avt_curve *curve, float x);

/** Point of the face's frame -> pixels. */
struct avt_point avt_rig_project(const struct avt_rig *rig, struct avt_point3 point);
/** Pixel and its depth in the face's frame -> point of the frame. */
struct avt_point3 avt_rig_unproject(const struct avt_rig *rig, float x, float y, float z);
/** Direction of the face's frame -> pixels. */
struct avt_point avt_rig_project_vector(const struct avt_rig *rig, struct avt_point3 vector);

/** Displacement of a point of the face by shape 1, in the face's frame. */
struct avt_point3 avt_rig_displace(const struct avt_rig *rig, enum avt_shape shape,
                                   enum avt_side side, struct avt_point3 at);
/** The same for the shapes from AVT_SHAPE_YAW on (angles per radian). */
struct avt_point3 avt_rig_displace_head(enum avt_shape shape, struct avt_point3 at);
/** How much a place belongs to the head (1) rather than to shoulders and background (0). */
float avt_rig_head_share(const struct avt_rig *rig, struct avt_point3 at);
/** Depth of the head at a place whose depth `at.z` is continued from the mesh, in eye distances: unchanged within the
 *  contour of the face; beyond it skull, hair and neck fall back. Turning and nodding go by this depth. */
float avt_rig_head_depth(const struct avt_rig *rig, struct avt_point3 at);
/** How much a place is lifted by a breath: chest and shoulders 1, the head above them less. */
float avt_rig_breath_share(const struct avt_rig *rig, struct avt_point3 at);

/** ARKit weights, pose and breath -> amounts of the shapes. */
void avt_rig_amounts(const struct avt_rig *rig, const struct avt_motion *motion,
                     float ret_amounts[AVT_SHAPE_COUNT]);

/** How far the jaw is down, eye distances. */
float avt_rig_jaw_drop(const struct avt_rig *rig, const float amounts[AVT_SHAPE_COUNT]);

/** No number gives `lo`, so that what is computed from it can be an index. */
static inline float avt_clampf(float v, float lo, float hi)
{
    return v > lo ? (v < hi ? v : hi) : lo;
}
/** Cubic step from 0 at `a` to 1 at `b`. */
static inline float avt_step(float a, float b, float v)
{
    float t = avt_clampf((v - a) / (b - a), 0, 1);
    return t * t * (3 - 2 * t);
}
/** Linear light of an sRGB value, both 0..1: close to IEC 61966-2-1, and monotone. */
static inline float avt_light_of(float v)
{
    return v * v * (.3f * v + .7f);
}
static inline float avt_mix(float a, float b, float t)
{
    return a + (b - a) * t;
}
