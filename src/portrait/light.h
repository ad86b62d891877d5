/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The light of a portrait: four soft boxes and the room, and how much of each reaches every point of a presenter.
 * What reaches it is measured once, at rest: the scene is looked at from many directions as a map of depths, and a
 * point is lit from there if nothing lies before it. Hair lets light through, the less the deeper a point lies.
 *
 * Space as in bust.h. Threads: no shared state.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/landmarks.h"
#include "os/crew.h"
#include "portrait/bust.h"
#include "portrait/strands.h"

enum {
    AVT_LAMP_KEY,
    AVT_LAMP_FILL,
    AVT_LAMP_RIM_LEFT,  /* of the picture */
    AVT_LAMP_RIM_RIGHT,
    AVT_LAMPS,
    AVT_LIT_ROOM = AVT_LAMPS, /* index of the room's light among what reaches a point */
    AVT_LIT_COUNT,
    AVT_OCCLUDERS_MAX = 64,
};

struct avt_lamp {
    struct avt_point3 to; /* where it stands, of length 1 */
    float colour[3];      /* linear light: what a white surface that faces it sends back */
    float spread;         /* radius of the box as seen from the face, radians */
};
struct avt_light_rig {
    struct avt_lamp lamps[AVT_LAMPS];
    float above[3], below[3]; /* the room's light on what faces up and down */
};
/** @param light  enum avt_light. */
void avt_light_rig_make(int light, struct avt_light_rig *ret_rig);

/** What stands in the way of light. */
struct avt_occluder {
    const struct avt_mesh *mesh;       /* or NULL */
    const struct avt_strands *strands; /* or NULL */
};

/** Share of each lamp and of the room that reaches points.
 *  @param points   [count]; `normals` [count], or NULL for strands, which have none.
 *  @param ret_lit  [count][AVT_LIT_COUNT] 0..1.
 *  @return AVT_OK, AVT_ENOMEM. */
struct avt_lit_points {
    size_t count;
    const struct avt_point3 *points, *normals;
    float (*ret_lit)[AVT_LIT_COUNT];
};
AVT_CHECKED enum avt_code avt_light_reach(const struct avt_light_rig *rig, const struct avt_occluder *occluders,
                                          size_t occluder_count, const struct avt_lit_points *sets, size_t set_count,
                                          struct avt_crew *crew, struct avt_error *reterr);
