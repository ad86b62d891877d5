/* SPDX-License-Identifier: Apache-2.0 */
#include "media/burn.h"

#include <ass/ass.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "dsp/cutout.h"

struct avt_burn {
    ASS_Library *library;
    ASS_Renderer *renderer;
    ASS_Track *track;
    struct avt_image *canvas;
};

static void __attribute__((format(printf, 2, 0)))
on_message(int level, const char *format, va_list args, void *user)
{
    (void)user;
    /* libass: 0 fatal .. 7 debug; from 4 on it tells which fonts it looked at. */
    if (level > 3)
        return;
    char text[AVT_ERROR_MESSAGE_MAX];
    vsnprintf(text, sizeof(text), format, args);
    avt_debug("captions: %s", text);
}

/* Whether anything at all is drawn while the first event is on: without fonts nothing would be. */
static bool draws_something(const struct avt_burn *burn)
{
    if (burn->track->n_events == 0)
        return true;
    const ASS_Event *event = &burn->track->events[0];
    int change;
    return ass_render_frame(burn->renderer, burn->track, event->Start + event->Duration / 2,
                            &change) != NULL;
}

enum avt_code avt_burn_new(const char *ass, int width, int height, struct avt_burn **ret_burn,
                           struct avt_error *reterr)
{
    avt_assert(ass && ret_burn && width > 0 && height > 0);
    AVT_CLEANUP(avt_burn_freep) struct avt_burn *burn = avt_new0(struct avt_burn, 1);
    enum avt_code code = avt_image_new(width, height, &burn->canvas, reterr);
    if (code != AVT_OK)
        return code;
    size_t size = strlen(ass);
    if (size > AVT_BURN_TEXT_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the captions are %zu MB long; at most %d can be used",
                        size >> 20, AVT_BURN_TEXT_MAX >> 20);
    burn->library = ass_library_init();
    if (!burn->library)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for captions");
    ass_set_message_cb(burn->library, on_message, NULL);
    burn->renderer = ass_renderer_init(burn->library);
    AVT_CLEANUP(avt_freep) char *copy = avt_strdup(ass); /* libass writes into it */
    burn->track = ass_read_memory(burn->library, copy, size, NULL);
    if (!burn->renderer || !burn->track)
        return avt_fail(reterr, AVT_EFORMAT, "the captions to burn in are not a valid ASS script");
    ass_set_frame_size(burn->renderer, width, height);
    ass_set_storage_size(burn->renderer, width, height);
    ass_set_fonts(burn->renderer, NULL, "DejaVu Sans", ASS_FONTPROVIDER_AUTODETECT, NULL, 1);
    if (!draws_something(burn))
        return avt_fail(
            reterr, AVT_EUNSUPPORTED,
            "captions cannot be drawn because no font is installed; install the package "
            "fonts-dejavu-core, or write them beside the film");
    *ret_burn = AVT_TAKE(burn);
    return AVT_OK;
}

/* One glyph run: an 8-bit coverage map in one colour. */
static void blend(struct avt_image *canvas, const ASS_Image *run)
{
    /* libass: 0xRRGGBBTT, where TT is transparency. */
    const int colour[3] = {run->color >> 24 & 255, run->color >> 16 & 255, run->color >> 8 & 255};
    int opacity = 255 - (int)(run->color & 255);
    for (int y = 0; y < run->h; y++) {
        if (run->dst_y + y < 0 || run->dst_y + y >= canvas->height)
            continue;
        uint8_t *row = avt_image_row(canvas, run->dst_y + y);
        const uint8_t *cover = run->bitmap + (ptrdiff_t)y * run->stride;
        for (int x = 0; x < run->w; x++) {
            if (cover[x] == 0 || run->dst_x + x < 0 || run->dst_x + x >= canvas->width)
                continue;
            uint8_t *p = row + 4 * (size_t)(run->dst_x + x);
            int alpha = cover[x] * opacity; /* 0..255^2 */
            if (p[3] != 255) {
                const uint8_t ink[3] = {(uint8_t)colour[0], (uint8_t)colour[1], (uint8_t)colour[2]};
                avt_lay_pixel(p, ink, (unsigned)(alpha + 127) / 255);
                continue;
            }
            for (int c = 0; c < 3; c++)
                p[c] = (uint8_t)((p[c] * (255 * 255 - alpha) + colour[c] * alpha + 255 * 255 / 2) /
                                 (255 * 255));
        }
    }
}

const struct avt_image *avt_burn_draw(struct avt_burn *burn, const struct avt_image *image,
                                      double seconds)
{
    avt_assert(image->width == burn->canvas->width && image->height == burn->canvas->height);
    int change;
    const ASS_Image *runs =
        ass_render_frame(burn->renderer, burn->track, llround(seconds * 1000), &change);
    if (!runs)
        return image;
    for (int y = 0; y < image->height; y++)
        memcpy(avt_image_row(burn->canvas, y), avt_image_row(image, y), 4 * (size_t)image->width);
    for (const ASS_Image *run = runs; run; run = run->next)
        blend(burn->canvas, run);
    return burn->canvas;
}

void avt_burn_free(struct avt_burn *burn)
{
    if (!burn)
        return;
    if (burn->track)
        ass_free_track(burn->track);
    if (burn->renderer)
        ass_renderer_done(burn->renderer);
    if (burn->library)
        ass_library_done(burn->library);
    avt_image_free(burn->canvas);
    avt_free(burn);
}
