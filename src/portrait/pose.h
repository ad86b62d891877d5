/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of portrait.h: a presenter's parts, and where they are in a frame. */
#include "dsp/motion.h"
#include "portrait/bust.h"
#include "portrait/light.h"
#include "portrait/raster.h"
#include "portrait/strands.h"

enum { AVT_POSE_STEPS = 32 }; /* of following, between chest and head */

/** Three rows of a turn and a move. */
struct avt_turn {
    float rows[3][4];
};
static inline struct avt_point3 avt_turned(const struct avt_turn *turn, struct avt_point3 p)
{
    const float(*r)[4] = turn->rows;
    return (struct avt_point3){r[0][0] * p.x + r[0][1] * p.y + r[0][2] * p.z + r[0][3],
                               r[1][0] * p.x + r[1][1] * p.y + r[1][2] * p.z + r[1][3],
                               r[2][0] * p.x + r[2][1] * p.y + r[2][2] * p.z + r[2][3]};
}
/** The turn alone, for directions. */
static inline struct avt_point3 avt_turned_way(const struct avt_turn *turn, struct avt_point3 p)
{
    const float(*r)[4] = turn->rows;
    return (struct avt_point3){r[0][0] * p.x + r[0][1] * p.y + r[0][2] * p.z,
                               r[1][0] * p.x + r[1][1] * p.y + r[1][2] * p.z,
                               r[2][0] * p.x + r[2][1] * p.y + r[2][2] * p.z};
}

/** A frame's pose of everything: turns by how far a point follows the head. */
struct avt_pose {
    struct avt_turn by_follow[AVT_POSE_STEPS + 1];
    float breath; /* cm that the chest lifts */
};
void avt_pose_make(const struct avt_bust *bust, const struct avt_motion *motion, struct avt_pose *ret_pose);
static inline const struct avt_turn *avt_pose_turn(const struct avt_pose *pose, float follow)
{
    int step = (int)(follow * AVT_POSE_STEPS + .5f);
    return &pose->by_follow[step < 0 ? 0 : step > AVT_POSE_STEPS ? AVT_POSE_STEPS : step];
}
/** `p` at rest, which follows the head by `follow`, in the pose: blends neighbouring turns. */
struct avt_point3 avt_posed(const struct avt_pose *pose, struct avt_point3 p, float follow);

/** Camera: looks along -z at `centre` from `distance` cm. */
struct avt_view {
    float centre_y, distance;
    float scale; /* pixels per cm at z = 0, times `distance` */
    float middle_x, middle_y;
};
void avt_view_make(int framing, int width, int height, struct avt_view *ret_view);
static inline struct avt_seen avt_view_see(const struct avt_view *view, struct avt_point3 p)
{
    float near = 1 / (view->distance - p.z);
    return (struct avt_seen){view->middle_x + p.x * view->scale * near,
                             view->middle_y - (p.y - view->centre_y) * view->scale * near, near};
}

/** What of a mesh can be seen at all; `triangles` is NULL where that is not known. */
struct avt_part_shown {
    size_t triangle_count, vertex_count;
    uint32_t (*triangles)[3];
    uint8_t *even;
    uint32_t *vertices; /* corners of these triangles */
};
/** A mesh with what changes from frame to frame. */
struct avt_part {
    const struct avt_mesh *mesh;             /* borrowed */
    const struct avt_bust_move *moves;       /* [AVT_ARKIT_COUNT], borrowed, or NULL */
    struct avt_point3 *shaped;               /* [vertex_count] by the face's shapes, before the head turns */
    struct avt_point3 *normals;              /* of `shaped` */
    uint8_t *even;                           /* [triangle_count] as in struct avt_surface */
    struct avt_part_shown shown;             /* avt_part_show() */
    struct avt_seen *seen;
    float (*varyings)[AVT_VARYINGS];
    float (*lit)[AVT_LIT_COUNT];
};
/** @return AVT_OK, AVT_ENOMEM. Owned: avt_part_done(). */
AVT_CHECKED enum avt_code avt_part_init(struct avt_part *part, const struct avt_mesh *mesh,
                                        const struct avt_bust_move *moves, struct avt_error *reterr);
void avt_part_done(struct avt_part *part);
/** Find out which triangles are even, by normals and the varying `shade` of their corners; else none is. */
void avt_part_even(struct avt_part *part, int shade);
/** Find out what is to be shown of it: triangles that were noticed, lie within two of one that was, or are moved by the
 *  face.
 *  @param noticed  [mesh->triangle_count]; NULL: nothing is known any more.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_part_show(struct avt_part *part, const uint8_t *noticed, struct avt_error *reterr);
/** Shape by the motion's weights; normals anew where there are moves. */
void avt_part_shape(struct avt_part *part, const struct avt_motion *motion);
/** Turn with the head and see; fills normal, place and light of the varyings, of what is shown alone if `shown`. */
void avt_part_pose(struct avt_part *part, const struct avt_pose *pose, const struct avt_view *view, bool shown);
