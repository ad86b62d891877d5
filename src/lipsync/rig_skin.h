/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The baked rig as a field: how the skin of a face moves at any place, where rig_shapes.c has no
 * anatomy of its own: cheeks, folds beside the nose, the sides of the jaw. Lips, lids and brows,
 * and all that lies outside the face, stay with the smooth shapes of rig_shapes.c; in between the
 * two are mixed.
 *
 * Threads: immutable once made.
 */
#include "lipsync/rig.h"
#include "lipsync/rig_face.h"

struct avt_rig_skin;

/** NULL when out of memory. Both are copied from.
 *  @param fit  Of the same face as `rig`. */
struct avt_rig_skin *avt_rig_skin_new(const struct avt_rig *rig, const struct avt_rig_face *fit);
void avt_rig_skin_free(struct avt_rig_skin *skin);
AVT_DEFINE_FREEP(struct avt_rig_skin, avt_rig_skin_free)

enum { AVT_RIG_SKIN_SHAPES = 13 };
/** How one place moves. */
struct avt_rig_place {
    float amount[2]; /* 0..1: how much of the baked rig, seen as upper and as lower skin */
    struct avt_point3 moves[AVT_RIG_SKIN_SHAPES];
};
void avt_rig_skin_place(const struct avt_rig_skin *skin, struct avt_point3 at,
                        struct avt_rig_place *ret_place);
/** `hand`, what rig_shapes.c says, with the baked rig mixed in. */
struct avt_point3 avt_rig_skin_mix(const struct avt_rig_place *place, enum avt_shape shape,
                                   enum avt_side side, struct avt_point3 hand);
