/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/tongue.h"

#include <math.h>

/* Eye distances: it is 50 mm broad at its body and 30 behind the tip. */
#define BODY_HALF  .34f
#define BLADE_HALF .20f
/* Its back rises this much above the lower teeth's edge at rest, and by this much of the jaw's drop. */
#define REST_RISE .015f
#define JAW_RISE  .42f
/* How far the tip goes behind the edge of the upper teeth. */
#define TIP_BEHIND .05f
#define TIP_HALF   .17f
#define TIP_OVER   .018f /* the edge of the lower ones */

/* Red flesh: what is in shadow loses green and blue first. */
static void shade(const struct avt_mouth_light *light, float value, float shine, float ret_rgb[3])
{
    float lost = avt_clampf(1 - value, 0, 1) * .25f;
    ret_rgb[0] = light->tongue[0] * value + shine;
    ret_rgb[1] = light->tongue[1] * value * (1 - lost) + shine;
    ret_rgb[2] = light->tongue[2] * value * (1 - lost) + shine;
    float over = light->cap / fmaxf(avt_luminance(ret_rgb), 1e-6f);
    for (int c = 0; c < 3; c++)
        ret_rgb[c] *= fminf(over, 1);
}

static float squared_bell(float x, float width)
{
    float t = 1 + (x / width) * (x / width);
    return 1 / (t * t);
}

float avt_tongue_body(const struct avt_mouth_light *light, const struct avt_tongue_pose *pose, float x, float y,
                      float ret_rgb[3], float *ret_depth)
{
    float half = avt_mix(BODY_HALF, BLADE_HALF, .75f * pose->up);
    float t = x / half, soft = .008f + pose->softness;
    float round = avt_clampf(1 - t * t, 0, 1);
    float dome = sqrtf(round);
    float rest = pose->floor - REST_RISE - JAW_RISE * pose->jaw;
    float raised = pose->upper - TIP_BEHIND;
    float top = avt_mix(rest, fminf(raised, rest), pose->up);
    /* The body is flat on top; a raised blade is a narrow arch. */
    float sides = pose->floor + .06f;
    top = avt_mix(sides, top, avt_mix(sqrtf(dome), dome, pose->up));
    float cover = avt_step(-soft, soft, y - top) * avt_step(1, .80f, fabsf(t));
    *ret_depth = 0;
    if (cover <= 0)
        return 0;

    /* From the front of the body, behind the teeth, to its back. */
    float span = fmaxf(pose->floor + .03f - top, .02f);
    float from_back = avt_clampf((y - top) / span, 0, 1);
    float back = (1 - from_back) * (1 - .85f * pose->up);
    float crest = squared_bell(from_back - .72f, .20f); /* where it curves down to its tip */
    float value = avt_mix(.84f, .26f, back * (2 - back) * .85f) + .18f * crest * light->contrast;
    value *= .50f + .50f * dome;
    /* The groove along the middle; under a raised blade, its frenulum. */
    float groove = squared_bell(x, .022f + pose->softness);
    value *= 1 - .20f * light->contrast * groove * (1 - .5f * pose->up);
    /* A raised blade turns its pale underside down, away from most light. */
    value *= 1 - .25f * pose->up * from_back;
    float wet = squared_bell(from_back - avt_mix(.70f, .25f, pose->up), .10f) * squared_bell(fabsf(x) - .055f, .06f);
    shade(light, value, .05f * light->contrast * wet * light->cap, ret_rgb);
    *ret_depth = avt_clampf(.25f + .75f * back, 0, 1) * (1 - .7f * pose->up);
    return cover;
}

float avt_tongue_tip(const struct avt_mouth_light *light, const struct avt_tongue_pose *pose, float x, float y,
                     float ret_rgb[3])
{
    if (!(pose->out > 0))
        return 0;
    /* It lies on the lower teeth and under the edge of the upper ones, which hides its upper side. */
    float half = TIP_HALF * (.85f + .15f * pose->out), over = TIP_OVER * pose->out;
    float middle = .5f * (pose->upper + pose->floor + over);
    float tall = fmaxf(pose->floor + over - pose->upper, .02f) * .5f + .012f;
    float t = x / half, v = (y - middle) / tall; /* -1 above, 1 below */
    float round = t * t + v * v, soft = (.012f + 2 * pose->softness) / tall;
    float cover = avt_step(1 + soft, 1 - soft, round) * avt_step(0, .35f, pose->out);
    if (cover <= 0)
        return 0;
    struct avt_point3 n = {.5f * avt_clampf(t, -1, 1), .8f * avt_clampf(v, -1, 1), 0};
    n.z = sqrtf(fmaxf(1 - n.x * n.x - n.y * n.y, .05f));
    float value = .84f * avt_mouth_light_on(light, n) * (.55f + .45f * n.z);
    /* Shadow of the upper teeth, and of the lip that it comes over. */
    value *= avt_mix(.70f, 1, avt_step(pose->upper - .01f, pose->upper + .03f, y));
    value *= avt_mix(1, .72f, avt_step(.2f, 1, v));
    value *= 1 - .12f * light->contrast * squared_bell(x, .025f + pose->softness);
    float wet = squared_bell(v + .2f, .22f) * squared_bell(fabsf(x) - .05f, .05f);
    shade(light, value, .06f * light->contrast * wet * light->cap, ret_rgb);
    return cover;
}
