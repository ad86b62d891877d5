/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The teeth that a photo shows: nothing drawn is as much this person's as they are. They are taken from
 * between the parted lips as they stand, in the frame of the skull, which upper teeth never leave.
 *
 * Threads: immutable once made.
 */
#include "base/cleanup.h"
#include "dsp/image.h"
#include "lipsync/rig.h"
#include "lipsync/teeth.h"

struct avt_own_teeth;

/** NULL where the lips are shut or show no teeth. `light`: luminance of the skin, linear. */
struct avt_own_teeth *avt_own_teeth_new(const struct avt_image *image, const struct avt_rig *rig, float light);
void avt_own_teeth_free(struct avt_own_teeth *teeth);
AVT_DEFINE_FREEP(struct avt_own_teeth, avt_own_teeth_free)

/** Their mean colour, linear light. */
void avt_own_teeth_colour(const struct avt_own_teeth *teeth, float ret_rgb[3]);
/** Where they end at x, or would beside what the photo shows: y as in avt_mouth_colour(). */
float avt_own_teeth_edge(const struct avt_own_teeth *teeth, float x);
/** Whether x lies beside the teeth that the photo shows: 0 among them, 1 well beyond. */
float avt_own_teeth_beside(const struct avt_own_teeth *teeth, float x);
/** What the photo shows at a place of the mouth (as avt_mouth_colour()): colour in linear light, and how
 *  much of it counts, 0..1 (0: no colour is given): it fades where lips, darkness or other teeth begin. */
float avt_own_teeth_at(const struct avt_own_teeth *teeth, float x, float y, float ret_rgb[3]);
