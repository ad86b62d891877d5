/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/stills.h"

#include "base/assert.h"
#include "base/cleanup.h"
#include "dsp/backdrop.h"
#include "pipeline/background.h"

static enum avt_code load(const char *path, const char *option, struct avt_image **ret_picture,
                          struct avt_error *reterr)
{
    struct avt_error error = {0};
    enum avt_code code = path ? avt_picture_load(path, ret_picture, &error) : AVT_OK;
    return code == AVT_OK ? AVT_OK : avt_fail(reterr, code, "%s (the %s)", error.message, option);
}

enum avt_code avt_stills_load(const struct avt_plan *plan, struct avt_stills *stills, struct avt_error *reterr)
{
    enum avt_code code = load(plan->options.intro, "intro", &stills->intro, reterr);
    return code == AVT_OK ? load(plan->options.outro, "outro", &stills->outro, reterr) : code;
}

static enum avt_code contain(const struct avt_image *picture, struct avt_image *frame, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *inside = NULL;
    struct avt_frame_layout layout;
    avt_frame_layout_make(picture->width, picture->height, NULL, AVT_FIT_CONTAIN, frame->width, frame->height,
                          AVT_PLAN_SIDE_DEFAULT, &layout);
    enum avt_code code = avt_image_new(layout.in_width, layout.in_height, &inside, reterr);
    if (code == AVT_OK)
        code = avt_backdrop_draw(picture, frame, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(picture, 0, 0, picture->width, picture->height, inside);
    avt_image_put(frame, inside, layout.in_x, layout.in_y);
    return AVT_OK;
}

/* The picture becomes the frame. */
static enum avt_code fit_one(struct avt_image **still, enum avt_fit fit, int width, int height,
                             const struct avt_watermark *mark, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *frame = NULL;
    if (!*still)
        return AVT_OK;
    enum avt_code code = avt_image_new(width, height, &frame, reterr);
    if (code == AVT_OK && fit == AVT_FIT_CONTAIN)
        code = contain(*still, frame, reterr);
    if (code != AVT_OK)
        return code;
    if (fit != AVT_FIT_CONTAIN)
        avt_picture_cover(*still, frame);
    if (mark)
        avt_watermark_draw(mark, frame);
    avt_image_free(*still);
    *still = AVT_TAKE(frame);
    return AVT_OK;
}

enum avt_code avt_stills_fit(struct avt_stills *stills, enum avt_fit fit, int width, int height,
                             const struct avt_watermark *mark, struct avt_error *reterr)
{
    enum avt_code code = fit_one(&stills->intro, fit, width, height, mark, reterr);
    return code == AVT_OK ? fit_one(&stills->outro, fit, width, height, mark, reterr) : code;
}

void avt_stills_done(struct avt_stills *stills)
{
    avt_image_free(stills->intro);
    avt_image_free(stills->outro);
    *stills = (struct avt_stills){0};
}

void avt_stills_mix(const struct avt_image *still, unsigned share, struct avt_image *frame)
{
    avt_assert(still->width == frame->width && still->height == frame->height && share <= 256);
    for (int y = 0; y < frame->height; y++) {
        const uint8_t *from = avt_image_row(still, y);
        uint8_t *pixel = avt_image_row(frame, y);
        for (size_t i = 0; i < 4 * (size_t)frame->width; i++)
            pixel[i] = (uint8_t)((pixel[i] * (256 - share) + from[i] * share + 128) >> 8);
    }
}
