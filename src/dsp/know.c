/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/cutout_parts.h"

/* How many of the pixels within `radius` along a line of `count`, `step` apart, are set; those beyond its ends are not
 * there. */
static void count_along(const uint16_t *in, int count, int step, int radius, uint16_t *out)
{
    unsigned sum = 0;
    for (int i = 0; i < radius && i < count; i++)
        sum += in[i * step];
    for (int i = 0; i < count; i++) {
        if (i + radius < count)
            sum += in[(i + radius) * step];
        out[i * step] = sum > 0;
        if (i - radius >= 0)
            sum -= in[(i - radius) * step];
    }
}

/* Whether anything within a square of so many pixels each way is on the other side. */
static void near(const struct avt_share *share, bool person, int radius, uint16_t *across, uint16_t *ret_near)
{
    int width = share->width, height = share->height;
    size_t count = (size_t)width * (size_t)height;
    for (size_t i = 0; i < count; i++)
        ret_near[i] = (share->values[i] >= .5f) == person;
    for (int y = 0; y < height; y++)
        count_along(ret_near + (size_t)y * (size_t)width, width, 1, radius, across + (size_t)y * (size_t)width);
    for (int x = 0; x < width; x++)
        count_along(across + x, height, width, radius, ret_near + x);
}

enum avt_code avt_know(const struct avt_share *share, float inside, float outside, uint8_t *ret_known,
                       struct avt_error *reterr)
{
    avt_assert(share && ret_known && inside > 0 && outside > 0);
    size_t count = (size_t)share->width * (size_t)share->height;
    AVT_CLEANUP(avt_freep) uint16_t *across = avt_try_new0(uint16_t, count);
    AVT_CLEANUP(avt_freep) uint16_t *found = avt_try_new0(uint16_t, count);
    if (!across || !found)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for a picture of %d x %d pixels", share->width,
                        share->height);
    near(share, false, (int)ceilf(inside), across, found);
    for (size_t i = 0; i < count; i++)
        ret_known[i] = found[i] ? AVT_KNOWN_NOT : AVT_KNOWN_PERSON;
    near(share, true, (int)ceilf(outside), across, found);
    for (size_t i = 0; i < count; i++)
        if (!found[i])
            ret_known[i] = AVT_KNOWN_GROUND;
    return AVT_OK;
}

static void smooth_line(float *line, int count, int step, int radius, float *scratch)
{
    float sum = 0;
    for (int i = -radius; i < radius; i++)
        sum += line[(i < 0 ? 0 : i < count ? i : count - 1) * step];
    for (int i = 0; i < count; i++) {
        sum += line[(i + radius < count ? i + radius : count - 1) * step];
        scratch[i] = sum / (float)(2 * radius + 1);
        sum -= line[(i - radius > 0 ? i - radius : 0) * step];
    }
    for (int i = 0; i < count; i++)
        line[i * step] = scratch[i];
}

void avt_smooth(int width, int height, int radius, float *values)
{
    AVT_CLEANUP(avt_freep) float *scratch = avt_new0(float, (size_t)(width > height ? width : height));
    for (int y = 0; y < height && radius > 0; y++)
        smooth_line(values + (size_t)y * (size_t)width, width, 1, radius, scratch);
    for (int x = 0; x < width && radius > 0; x++)
        smooth_line(values + x, height, width, radius, scratch);
}
