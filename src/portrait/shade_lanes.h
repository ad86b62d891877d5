/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of shade.h: the formulas of shade_parts.h for eight fragments at once. */
#include "portrait/lanes.h"
#include "portrait/shade.h"

AVT_LANE_FN avt_v8 avt_tone8(avt_v8 light)
{
    avt_v8 over = avt_v8_max(light - .6f, avt_v8_all(0)) * 2.5f;
    return avt_v8_min(light, avt_v8_all(.6f)) + .4f * over / (1 + over);
}

AVT_LANE_FN struct avt_v3x8 avt_batch_vec8(const struct avt_batch *batch, int row, int first)
{
    return (struct avt_v3x8){avt_v8_load(batch->varyings[row] + first), avt_v8_load(batch->varyings[row + 1] + first),
                             avt_v8_load(batch->varyings[row + 2] + first)};
}

/* From fragments to the viewer. */
AVT_LANE_FN struct avt_v3x8 avt_batch_view8(const struct avt_batch *batch, struct avt_point3 camera, int first)
{
    struct avt_v3x8 place = avt_batch_vec8(batch, AVT_VARY_PLACE, first);
    return avt_v3x8_unit((struct avt_v3x8){camera.x - place.x, camera.y - place.y, camera.z - place.z});
}

/* Half-way between the viewer and a lamp. */
AVT_LANE_FN struct avt_v3x8 avt_half8(struct avt_v3x8 view, const struct avt_lamp *lamp)
{
    return avt_v3x8_unit((struct avt_v3x8){view.x + lamp->to.x, view.y + lamp->to.y, view.z + lamp->to.z});
}

AVT_LANE_FN avt_v8 avt_gloss8(struct avt_v3x8 n, struct avt_v3x8 view, const struct avt_lamp *lamp, float rough,
                              float straight)
{
    struct avt_v3x8 half = avt_half8(view, lamp);
    avt_v8 zero = avt_v8_all(0), faces = avt_v8_max(avt_v3x8_dot_all(n, lamp->to), zero);
    avt_v8 nh = avt_v8_max(avt_v3x8_dot(n, half), zero), lh = avt_v8_max(avt_v3x8_dot_all(half, lamp->to), zero);
    float a = fminf(rough * rough + .5f * lamp->spread, 1), a2 = a * a;
    avt_v8 d = nh * nh * (a2 - 1) + 1, back = 1 - lh, back2 = back * back;
    avt_v8 fresnel = straight + (1 - straight) * back2 * back2 * back;
    return faces * fresnel * a2 / (4 * d * d * avt_v8_max(lh * lh, avt_v8_all(.1f)) * (rough + .5f));
}

AVT_LANE_FN avt_v8 avt_room8(const struct avt_light_rig *rig, int channel, avt_v8 ny)
{
    return rig->below[channel] + (.5f + .5f * ny) * (rig->above[channel] - rig->below[channel]);
}

/* Three flat tones with soft edges, as in a drawn film. */
AVT_LANE_FN avt_v8 avt_bands8(avt_v8 light)
{
    return .46f + .40f * avt_v8_smoothstep(.27f, .39f, light) + .14f * avt_v8_smoothstep(.78f, .92f, light);
}
