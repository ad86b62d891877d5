/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Light and palette of the inside of a mouth, estimated from the picture: where the light on the skin comes
 * from, how bright and of which colour enamel and flesh are in it, and how much detail such a picture shows.
 *
 * Threads: pure.
 */
#include "dsp/image.h"
#include "lipsync/rig.h"

struct avt_mouth_light {
    /* Light on a surface over that on one which faces the viewer: ambient + toward . normal, normals in the
     * frame of the face. */
    float ambient;
    struct avt_point3 toward;
    float above;                                  /* share of what enters a mouth under its upper lip, .5..1 */
    float skin[3];                                /* mean, linear */
    float tooth[3], gum[3], tongue[3], cavity[3]; /* linear, of a surface that faces the viewer, outside */
    float cap;                                    /* luminance that nothing drawn exceeds */
    float contrast;                               /* of lines and shades within teeth and tongue, 0..1 */
    float grain;                                  /* standard deviation, of 255 */
};

/** @param softness  Of the picture's edges, pixels. */
void avt_mouth_light_measure(const struct avt_image *image, const struct avt_rig *rig, float softness,
                             struct avt_mouth_light *ret_light);

/** Light on a surface, .25 to 1.6. */
float avt_mouth_light_on(const struct avt_mouth_light *light, struct avt_point3 normal);

/** Of linear light. */
static inline float avt_luminance(const float rgb[3])
{
    return .2126f * rgb[0] + .7152f * rgb[1] + .0722f * rgb[2];
}
