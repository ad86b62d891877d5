/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/background.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/colour.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/backdrop.h"
#include "dsp/cutout.h"
#include "face/matte.h"
#include "media/clip.h"
#include "media/still.h"
#include "os/proc.h"

/* Of the largest film, 3840 x 2160: a picture with more would only take up memory. */
static const double PIXELS_MAX = 3840. * 2160;

enum avt_code avt_background_parse(const char *spec, struct avt_background *ret_background, struct avt_error *reterr)
{
    static const struct {
        const char *name;
        enum avt_background_kind kind;
    } words[] = {{"keep", AVT_BACKGROUND_KEEP},
                 {"blur", AVT_BACKGROUND_BLUR},
                 {"transparent", AVT_BACKGROUND_TRANSPARENT}};
    struct avt_background background = {.kind = AVT_BACKGROUND_KEEP};
    for (size_t i = 0; spec && i < sizeof(words) / sizeof(*words); i++) {
        if (avt_str_equal(spec, words[i].name)) {
            *ret_background = (struct avt_background){.kind = words[i].kind};
            return AVT_OK;
        }
    }
    if (spec && avt_colour_parse(spec, background.colour)) {
        background.kind = AVT_BACKGROUND_COLOUR;
    } else if (spec && avt_file_exists(spec)) {
        background.kind = avt_clip_probe(spec, NULL) ? AVT_BACKGROUND_VIDEO : AVT_BACKGROUND_PICTURE;
        background.path = spec;
    } else if (spec && (strpbrk(spec, "./") != NULL)) {
        return avt_fail(reterr, AVT_ENOENT, "there is no file '%.300s' to put behind the person", spec);
    } else {
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.100s' is no background: use keep, blur, transparent, the file of a picture or a video, "
                        "#rrggbb or one of the colours %s",
                        spec ? spec : "", avt_colour_names());
    }
    *ret_background = background;
    return AVT_OK;
}

enum avt_code avt_background_load(const struct avt_background *background, struct avt_image **ret_picture,
                                  struct avt_error *reterr)
{
    if (background->kind != AVT_BACKGROUND_PICTURE)
        return AVT_OK;
    struct avt_error error = {0};
    enum avt_code code = avt_picture_load(background->path, ret_picture, &error);
    return code == AVT_OK ? AVT_OK
                          : avt_fail(reterr, code,
                                     "neither a picture nor a video to put behind the person can be read: %s",
                                     error.message);
}

enum avt_code avt_picture_load(const char *path, struct avt_image **ret_picture, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *whole = NULL, *small = NULL;
    enum avt_code code = avt_still_load(path, &whole, reterr);
    if (code != AVT_OK)
        return code;
    double scale = sqrt(PIXELS_MAX / ((double)whole->width * whole->height));
    if (scale >= 1) {
        *ret_picture = AVT_TAKE(whole);
        return AVT_OK;
    }
    code = avt_image_new((int)fmax(1, whole->width * scale), (int)fmax(1, whole->height * scale), &small, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(whole, 0, 0, whole->width, whole->height, small);
    *ret_picture = AVT_TAKE(small);
    return AVT_OK;
}

enum avt_code avt_background_cut(const struct avt_plan *plan, const struct avt_image *picture,
                                 const struct avt_face *face, const struct avt_frame_layout *layout,
                                 struct avt_image *shown, struct avt_image **ret_ground, struct avt_error *reterr)
{
    avt_assert(shown->width == layout->in_width && shown->height == layout->in_height);
    AVT_CLEANUP(avt_share_done) struct avt_share share = {0};
    AVT_CLEANUP(avt_matte_freep) struct avt_matte *matte = NULL;
    const struct avt_matte_view view = {layout->x, layout->y, layout->width, layout->height};
    enum avt_code code = avt_share_init(shown->width, shown->height, &share, reterr);
    if (code == AVT_OK)
        code = avt_matte_open(&matte, reterr);
    if (code == AVT_OK)
        code = avt_matte_find(matte, picture, face, plan->picture_name, &view, &share, reterr);
    if (code != AVT_OK)
        return code;
    enum avt_background_kind kind = plan->background.kind;
    bool wanted = kind == AVT_BACKGROUND_BLUR || kind == AVT_BACKGROUND_KEEP;
    return avt_cutout(shown, &share, wanted ? ret_ground : NULL, reterr);
}

static void fill_colour(const uint8_t colour[3], struct avt_image *frame)
{
    for (int y = 0; y < frame->height; y++) {
        uint8_t *pixel = avt_image_row(frame, y);
        for (int x = 0; x < frame->width; x++, pixel += 4) {
            memcpy(pixel, colour, 3);
            pixel[3] = 255;
        }
    }
}

void avt_picture_cover(const struct avt_image *picture, struct avt_image *frame)
{
    double aspect = (double)frame->width / frame->height;
    double width = fmin(picture->width, picture->height * aspect), height = fmin(picture->height, width / aspect);
    avt_image_resize(picture, (picture->width - width) / 2, (picture->height - height) / 2, width, height, frame);
}

enum avt_code avt_background_fill(const struct avt_background *background, const struct avt_image *picture,
                                  struct avt_image *frame, struct avt_error *reterr)
{
    switch (background->kind) {
    case AVT_BACKGROUND_BLUR:
        return avt_backdrop_blur(picture, frame, reterr);
    case AVT_BACKGROUND_PICTURE:
        avt_picture_cover(picture, frame);
        return AVT_OK;
    case AVT_BACKGROUND_COLOUR:
        fill_colour(background->colour, frame);
        return AVT_OK;
    case AVT_BACKGROUND_VIDEO: /* anew for each frame */
    case AVT_BACKGROUND_TRANSPARENT:
    case AVT_BACKGROUND_KEEP:
        break; /* a new picture is all zero */
    }
    return AVT_OK;
}

struct avt_background_video {
    struct avt_clip *clip;
    struct avt_image *whole; /* its picture, at least as large as the film; NULL: exactly as large */
};

enum avt_code avt_background_video_open(const char *path, struct avt_background_video **ret_video,
                                        struct avt_error *reterr)
{
    AVT_CLEANUP(avt_background_video_freep)
    struct avt_background_video *video = avt_new0(struct avt_background_video, 1);
    enum avt_code code = avt_clip_open(path, avt_cpu_count(), &video->clip, reterr);
    if (code == AVT_OK)
        *ret_video = AVT_TAKE(video);
    return code;
}

void avt_background_video_free(struct avt_background_video *video)
{
    if (!video)
        return;
    avt_clip_free(video->clip);
    avt_image_free(video->whole);
    avt_free(video);
}

enum avt_code avt_background_video_place(struct avt_background_video *video, int width, int height, int fps_num,
                                         int fps_den, struct avt_error *reterr)
{
    const struct avt_clip_info *info = avt_clip_info(video->clip);
    double scale = fmax((double)width / info->width, (double)height / info->height);
    int whole_width = (int)lround(info->width * scale), whole_height = (int)lround(info->height * scale);
    avt_clip_set_rate(video->clip, fps_num, fps_den);
    avt_image_free(AVT_TAKE(video->whole));
    if (whole_width <= width && whole_height <= height)
        return AVT_OK;
    return avt_image_new(whole_width > width ? whole_width : width, whole_height > height ? whole_height : height,
                         &video->whole, reterr);
}

enum avt_code avt_background_video_fill(struct avt_background_video *video, long long number, struct avt_image *frame,
                                        struct avt_error *reterr)
{
    struct avt_image *whole = video->whole ? video->whole : frame;
    long long index = 0;
    enum avt_code code = avt_clip_play(video->clip, number, whole, &index, reterr);
    if (code != AVT_OK || whole == frame)
        return code;
    int left = (whole->width - frame->width) / 2, top = (whole->height - frame->height) / 2;
    for (int y = 0; y < frame->height; y++)
        memcpy(avt_image_row(frame, y), avt_image_row(whole, top + y) + 4 * (size_t)left, 4 * (size_t)frame->width);
    return AVT_OK;
}
