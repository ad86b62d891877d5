/* SPDX-License-Identifier: Apache-2.0 */
#include "media/gif.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/av.h"
#include "media/palette.h"

/* Frames that the palette is chosen from, up to 4 s: long enough to see the mouth open. */
enum { SAMPLE_FRAMES = 32 };
/* Frames that a still picture counts for in it. */
enum { STILL_WEIGHT = 8 };
/* GIF counts time in hundredths of a second. */
enum { TICKS_PER_S = 100, SIDE_MIN = 16 };

struct avt_gif {
    struct avt_encoder encoder;
    struct avt_film_options options; /* of the film */
    int delay;                       /* ticks between frames */
    int64_t frames_in;
    struct avt_palette *palette;
    bool chosen;
    struct avt_image *waiting[SAMPLE_FRAMES]; /* each unlike the one before it */
    int64_t shown[SAMPLE_FRAMES];             /* for so many frames */
    int waiting_count;
    int64_t waiting_frames;
    struct avt_image *scaled;
};

static int even(double size)
{
    int side = 2 * (int)lround(size / 2);
    return side < SIDE_MIN ? SIDE_MIN : side;
}

enum avt_code avt_gif_new(AVFormatContext *mux, const struct avt_film_options *options,
                          struct avt_gif **ret_gif, struct avt_error *reterr)
{
    const struct avt_preset *preset = avt_preset_of(options->quality);
    AVT_CLEANUP(avt_gif_freep) struct avt_gif *gif = avt_new0(struct avt_gif, 1);
    gif->options = *options;
    int film_delay = (int)lround((double)TICKS_PER_S * options->fps_den / options->fps_num);
    gif->delay = film_delay > preset->gif_delay ? film_delay : preset->gif_delay;

    struct avt_film_options small = *options;
    int longer = options->width > options->height ? options->width : options->height;
    double scale = fmin((double)preset->gif_side_max / longer, 1);
    small.width = even(options->width * scale);
    small.height = even(options->height * scale);
    small.fps_num = TICKS_PER_S;
    small.fps_den = gif->delay;
    gif->palette = avt_palette_new();
    enum avt_code code = avt_image_new(small.width, small.height, &gif->scaled, reterr);
    if (code == AVT_OK)
        code = avt_encoder_init_video(&gif->encoder, mux, AV_CODEC_ID_GIF, &small, reterr);
    if (code == AVT_OK)
        *ret_gif = AVT_TAKE(gif);
    return code;
}

static enum avt_code encode(struct avt_gif *gif, const struct avt_image *image,
                            struct avt_error *reterr)
{
    AVFrame *frame = gif->encoder.frame;
    if ((frame->buf[0] ? av_frame_make_writable(frame) : av_frame_get_buffer(frame, 0)) < 0)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to encode the film");
    avt_palette_map(gif->palette, image, frame->data[0], (size_t)frame->linesize[0]);
    memcpy(frame->data[1], avt_palette_colours(gif->palette), AVT_PALETTE_SIZE * sizeof(uint32_t));
    frame->pts = gif->encoder.next_pts++;
    return avt_encoder_put(&gif->encoder, false, reterr);
}

static enum avt_code sample_outro(struct avt_gif *gif, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL;
    const struct avt_image *outro = gif->options.outro;
    if (!outro)
        return AVT_OK;
    enum avt_code code = avt_image_new(gif->scaled->width, gif->scaled->height, &small, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(outro, 0, 0, outro->width, outro->height, small);
    for (int times = 0; times < STILL_WEIGHT; times++)
        avt_palette_sample(gif->palette, small);
    return AVT_OK;
}

/* Choose the palette and encode what has waited for it. */
static enum avt_code release(struct avt_gif *gif, struct avt_error *reterr)
{
    for (int i = 0; i < gif->waiting_count; i++)
        for (int64_t times = 0; times < gif->shown[i] && times < STILL_WEIGHT; times++)
            avt_palette_sample(gif->palette, gif->waiting[i]);
    enum avt_code code = sample_outro(gif, reterr);
    avt_palette_choose(gif->palette);
    gif->chosen = true;
    for (int i = 0; i < gif->waiting_count; i++) {
        for (int64_t times = 0; code == AVT_OK && times < gif->shown[i]; times++)
            code = encode(gif, gif->waiting[i], reterr);
        avt_image_free(AVT_TAKE(gif->waiting[i]));
    }
    gif->waiting_count = 0;
    gif->waiting_frames = 0;
    return code;
}

static bool same(const struct avt_image *one, const struct avt_image *other)
{
    for (int y = 0; y < one->height; y++)
        if (memcmp(avt_image_row(one, y), avt_image_row(other, y), 4 * (size_t)one->width) != 0)
            return false;
    return true;
}

/* Keep what was scaled until there is enough to choose the palette from. An intro counts as one frame, or nothing
 * else would be seen before that. */
static enum avt_code keep(struct avt_gif *gif, struct avt_error *reterr)
{
    int last = gif->waiting_count - 1;
    gif->waiting_frames++;
    if (last >= 0 && same(gif->waiting[last], gif->scaled)) {
        gif->shown[last]++;
        return AVT_OK;
    }
    enum avt_code code = avt_image_copy(gif->scaled, &gif->waiting[last + 1], reterr);
    if (code != AVT_OK)
        return code;
    gif->shown[last + 1] = 1;
    return ++gif->waiting_count == SAMPLE_FRAMES ? release(gif, reterr) : AVT_OK;
}

enum avt_code avt_gif_write(struct avt_gif *gif, const struct avt_image *image,
                            struct avt_error *reterr)
{
    double step = (double)gif->options.fps_den / gif->options.fps_num;
    double due = (double)(gif->encoder.next_pts + gif->waiting_frames) * gif->delay / TICKS_PER_S;
    double now = (double)gif->frames_in++ * step;
    /* The first frame of the film that is not more than half a frame early. */
    if (now + step / 2 <= due)
        return AVT_OK;
    avt_image_resize(image, 0, 0, image->width, image->height, gif->scaled);
    return gif->chosen ? encode(gif, gif->scaled, reterr) : keep(gif, reterr);
}

enum avt_code avt_gif_finish(struct avt_gif *gif, struct avt_error *reterr)
{
    enum avt_code code = gif->chosen ? AVT_OK : release(gif, reterr);
    return code == AVT_OK ? avt_encoder_put(&gif->encoder, true, reterr) : code;
}

enum avt_code avt_gif_append_comment(int fd, const char *comment, struct avt_error *reterr)
{
    /* GIF89a: 21 FE, sub-blocks of a length byte and up to 255 bytes, 00; then the trailer 3B. */
    enum { BLOCK_MAX = 255, TRAILER = 0x3B };
    size_t length = strlen(comment);
    AVT_CLEANUP(avt_freep) uint8_t *block = avt_new0(uint8_t, length + length / BLOCK_MAX + 8);
    size_t size = 0;
    block[size++] = 0x21;
    block[size++] = 0xFE;
    for (size_t at = 0; at < length;) {
        size_t part = length - at < BLOCK_MAX ? length - at : BLOCK_MAX;
        block[size++] = (uint8_t)part;
        memcpy(block + size, comment + at, part);
        size += part;
        at += part;
    }
    block[size++] = 0;
    block[size++] = TRAILER;

    struct stat info;
    uint8_t last = 0;
    if (fstat(fd, &info) != 0 || info.st_size == 0 || pread(fd, &last, 1, info.st_size - 1) != 1 ||
        last != TRAILER)
        return avt_fail(reterr, AVT_EINTERNAL, "the GIF does not end as it should");
    ssize_t written = pwrite(fd, block, size, info.st_size - 1);
    if (written < 0 || (size_t)written != size)
        return avt_fail_av(reterr, AVT_EOUTPUT, AVERROR(written < 0 ? errno : ENOSPC),
                           "the film cannot be written");
    return AVT_OK;
}

void avt_gif_free(struct avt_gif *gif)
{
    if (!gif)
        return;
    avt_encoder_done(&gif->encoder);
    avt_palette_free(gif->palette);
    for (int i = 0; i < SAMPLE_FRAMES; i++)
        avt_image_free(gif->waiting[i]);
    avt_image_free(gif->scaled);
    avt_free(gif);
}
