/* SPDX-License-Identifier: Apache-2.0 */
#include "media/film.h"

#include <errno.h>
#include <libavutil/opt.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "dsp/bed.h"
#include "media/alpha.h"
#include "media/av.h"
#include "media/burn.h"
#include "media/convert.h"
#include "media/encoder.h"
#include "media/film_audio.h"
#include "media/gif.h"
#include "media/origin.h"
#include "media/preset.h"

/* Beyond these no preset goes, nor does sense: refused, never changed silently. */
enum { FILM_SIDE_MIN = 16, FILM_SIDE_MAX = 4096, FILM_FPS_MAX = 240, FILM_FPS_DEN_MAX = 10000 };
enum { FILM_RATE_MIN = 8000, FILM_RATE_MAX = 192000 };
enum { SILENCE = 4096 }; /* mono samples that are written at once */

struct avt_film {
    char *path;
    const struct avt_format *format;
    struct avt_film_options options; /* its strings are copies, below */
    char *origin_text[4];
    struct avt_outfile *out;
    struct avt_av_io *io;
    AVFormatContext *mux;
    struct avt_encoder video;
    struct avt_gif *gif; /* instead of `video` */
    struct avt_alpha alpha;
    struct avt_film_audio *audio;
    struct avt_bed *bed;   /* NULL: no music */
    struct avt_burn *burn; /* NULL: no captions in the picture */
    int64_t frame_count;
    bool finished;
};

static double seconds_of(const struct avt_film *film)
{
    return (double)film->frame_count * film->options.fps_den / film->options.fps_num;
}

/* libav only says that something went wrong; the stream knows whether the disk did. */
static enum avt_code explain(const struct avt_film *film, enum avt_code code,
                             struct avt_error *reterr)
{
    int errnum = film->io ? film->io->errnum : 0;
    if (code == AVT_OK || errnum == 0)
        return code;
    if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
        return avt_fail(reterr, AVT_ENOSPACE,
                        "'%s' cannot be written: there is no space left on its disk; free some or "
                        "choose another folder",
                        film->path);
    return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", film->path,
                    strerror(errnum));
}

static enum avt_code check_options(const char *path, const struct avt_film_options *o,
                                   struct avt_error *reterr)
{
    bool video = o->width != 0 || o->height != 0;
    enum avt_code code = avt_film_check_path(path, video, reterr);
    if (code != AVT_OK)
        return code;
    if (video &&
        (o->width % 2 != 0 || o->height % 2 != 0 || o->width < FILM_SIDE_MIN ||
         o->height < FILM_SIDE_MIN || o->width > FILM_SIDE_MAX || o->height > FILM_SIDE_MAX))
        return avt_fail(reterr, AVT_EINVAL,
                        "a film of %d x %d pixels cannot be written; both sides must be even and "
                        "from %d to %d",
                        o->width, o->height, FILM_SIDE_MIN, FILM_SIDE_MAX);
    if (o->alpha && (code = avt_film_check_alpha(path, reterr)) != AVT_OK)
        return code;
    if (video && (o->fps_num <= 0 || o->fps_den <= 0 || o->fps_den > FILM_FPS_DEN_MAX ||
                  o->fps_num < o->fps_den || o->fps_num / o->fps_den > FILM_FPS_MAX))
        return avt_fail(reterr, AVT_EINVAL,
                        "%d/%d frames a second cannot be written; choose from 1 to %d", o->fps_num,
                        o->fps_den, FILM_FPS_MAX);
    if (o->growing && (video || avt_format_of(path)->xmp_box))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' cannot be read before it is whole; choose another kind of file", path);
    if ((!video || o->audio_rate != 0) &&
        (o->audio_rate < FILM_RATE_MIN || o->audio_rate > FILM_RATE_MAX))
        return avt_fail(reterr, AVT_EINVAL,
                        "sound of %d samples a second cannot be written; choose from %d to %d",
                        o->audio_rate, FILM_RATE_MIN, FILM_RATE_MAX);
    return AVT_OK;
}

static void keep_origin(struct avt_film *film)
{
    struct avt_origin *origin = &film->options.origin;
    const char **fields[] = {&origin->digital_source_type, &origin->voice, &origin->face,
                             &origin->title};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        if (*fields[i])
            *fields[i] = film->origin_text[i] = avt_strdup(*fields[i]);
    }
}

/* For faststart the muxer wants to read back what it wrote. */
static int reopen(AVFormatContext *mux, AVIOContext **ret_pb, const char *url, int flags,
                  AVDictionary **options)
{
    (void)url;
    (void)options;
    const struct avt_film *film = mux->opaque;
    if (flags & AVIO_FLAG_WRITE)
        return AVERROR(EPERM);
    struct avt_av_io *io = avt_av_io_new_fd(avt_outfile_fd(film->out), false);
    *ret_pb = io->pb;
    return 0;
}

static int close_reopened(AVFormatContext *mux, AVIOContext *pb)
{
    (void)mux;
    avt_av_io_free(pb->opaque);
    return 0;
}

static enum avt_code open_mux(struct avt_film *film, struct avt_error *reterr)
{
    int rc = avformat_alloc_output_context2(&film->mux, NULL, film->format->muxer, NULL);
    if (rc < 0)
        return avt_fail_av(reterr, AVT_EUNSUPPORTED, rc,
                           "the FFmpeg libraries of this machine cannot write .%s files",
                           film->format->extension);
    AVFormatContext *mux = film->mux;
    film->io = avt_av_io_new_fd(avt_outfile_fd(film->out), true);
    mux->pb = film->io->pb;
    mux->opaque = film;
    mux->io_open = reopen;
    mux->io_close2 = close_reopened;
    avt_av_hush_format(mux);
    mux->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    /* Sound may run ahead of the picture by any amount, yet must end up beside it in the file. */
    mux->max_interleave_delta = 0;
    avt_origin_tags(&film->options.origin, &mux->metadata);
    return AVT_OK;
}

/* Ogg holds two pages back: a fifth of a second between what is written and what a reader sees. */
#define GROWING_PAGE_US "100000"

static enum avt_code write_header(struct avt_film *film, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_av_dict_freep) AVDictionary *options = NULL;
    if (film->options.growing) {
        /* What a muxer does not know it leaves. MP3's Xing frame would say that nothing follows. */
        (void)av_dict_set(&options, "page_duration", GROWING_PAGE_US, 0);
        (void)av_dict_set(&options, "write_xing", "0", 0);
    }
    if (film->format->xmp_box)
        (void)av_dict_set(&options, "movflags", "+faststart+use_metadata_tags", 0);
    int rc = avformat_write_header(film->mux, &options);
    if (rc < 0)
        return avt_fail_av(reterr, AVT_EINTERNAL, rc, "'%s' cannot be written", film->path);
    return AVT_OK;
}

static enum avt_code read_music(void *user, float *samples, size_t count, struct avt_error *reterr)
{
    const struct avt_film *film = user;
    return avt_music_read(film->options.music, samples, count, reterr);
}

static enum avt_code write_sound(void *user, const float *samples, size_t count,
                                 struct avt_error *reterr)
{
    const struct avt_film *film = user;
    double until = film->options.width > 0 ? seconds_of(film) : -1;
    return avt_film_audio_write(film->audio, samples, count, until, reterr);
}

static enum avt_code open_sound(struct avt_film *film, struct avt_error *reterr)
{
    const struct avt_film_options *options = &film->options;
    struct avt_film_options encoded = *options;
    if (options->music) {
        avt_assert(options->audio_channels < 2 && !options->growing);
        encoded.audio_rate = AVT_MUSIC_RATE;
        encoded.audio_channels = 2;
    }
    enum avt_code code = avt_film_audio_new(film->mux, film->format->audio, &encoded, &film->audio, reterr);
    if (code != AVT_OK || !options->music)
        return code;
    const struct avt_bed_ends ends = {.read = read_music,
                                      .write = write_sound,
                                      .user = film,
                                      .cancel = options->cancel,
                                      .music_lufs = avt_music_lufs(options->music)};
    return avt_bed_new(options->audio_rate, AVT_MUSIC_RATE, &ends, &film->bed, reterr);
}

static enum avt_code open_streams(struct avt_film *film, struct avt_error *reterr)
{
    const struct avt_film_options *options = &film->options;
    enum avt_code code = open_mux(film, reterr);
    bool gif = film->format->video == AV_CODEC_ID_GIF;
    if (code == AVT_OK && gif)
        code = avt_gif_new(film->mux, options, &film->gif, reterr);
    else if (code == AVT_OK && options->width > 0)
        code =
            avt_encoder_init_video(&film->video, film->mux,
                                   options->alpha ? film->format->alpha : film->format->video, options, reterr);
    if (code == AVT_OK && options->audio_rate > 0 && film->format->audio != AV_CODEC_ID_NONE)
        code = open_sound(film, reterr);
    if (code == AVT_OK && options->width > 0 && options->burn_ass)
        code =
            avt_burn_new(options->burn_ass, options->width, options->height, &film->burn, reterr);
    film->options.burn_ass = NULL;
    if (code == AVT_OK)
        code = write_header(film, reterr);
    return code;
}

enum avt_code avt_film_open(const char *path, const struct avt_film_options *options,
                            struct avt_film **ret_film, struct avt_error *reterr)
{
    avt_assert(path && options && ret_film);
    enum avt_code code = check_options(path, options, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_film_freep) struct avt_film *film = avt_new0(struct avt_film, 1);
    film->path = avt_strdup(path);
    film->format = avt_format_of(path);
    film->options = *options;
    keep_origin(film);
    code = avt_outfile_open(path, &film->out, reterr);
    if (code == AVT_OK)
        code = open_streams(film, reterr);
    if (code != AVT_OK)
        return explain(film, code, reterr);
    *ret_film = AVT_TAKE(film);
    return AVT_OK;
}

static enum avt_code encode_frame(struct avt_film *film, const struct avt_image *image,
                                  struct avt_error *reterr)
{
    if (film->gif)
        return avt_gif_write(film->gif, image, reterr);
    AVFrame *frame = film->video.frame;
    if ((frame->buf[0] ? av_frame_make_writable(frame) : av_frame_get_buffer(frame, 0)) < 0)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to encode the film");
    frame->pts = film->frame_count;
    if (film->options.alpha) {
        enum avt_code code = avt_alpha_fill(&film->alpha, image, frame, reterr);
        return code == AVT_OK ? avt_encoder_put(&film->video, false, reterr) : code;
    }
    avt_image_to_yuv420(image, frame);
    return avt_encoder_put(&film->video, false, reterr);
}

enum avt_code avt_film_write_frame(struct avt_film *film, const struct avt_image *image,
                                   struct avt_error *reterr)
{
    avt_assert(film && image && !film->finished);
    avt_assert(image->width == film->options.width && image->height == film->options.height);
    if (film->burn)
        image = avt_burn_draw(film->burn, image, seconds_of(film));
    enum avt_code code = encode_frame(film, image, reterr);
    film->frame_count++;
    if (code == AVT_OK && film->audio)
        code = avt_film_audio_write(film->audio, NULL, 0, seconds_of(film), reterr);
    return explain(film, code, reterr);
}

enum avt_code avt_film_write_audio(struct avt_film *film, const float *samples, size_t count,
                                   struct avt_error *reterr)
{
    avt_assert(film && (samples || count == 0) && !film->finished);
    if (!film->audio)
        return AVT_OK; /* a GIF has no sound */
    enum avt_code code = film->bed ? avt_bed_speak(film->bed, samples, count, reterr)
                                   : write_sound(film, samples, count, reterr);
    if (code == AVT_OK && film->options.growing) {
        avio_flush(film->io->pb);
        code = avt_outfile_show(film->out, reterr);
    }
    return explain(film, code, reterr);
}

enum avt_code avt_film_write_silence(struct avt_film *film, size_t count, struct avt_error *reterr)
{
    static const float silence[SILENCE];
    if (film->bed)
        return explain(film, avt_bed_pause(film->bed, count, reterr), reterr);
    enum avt_code code = AVT_OK;
    for (size_t part; code == AVT_OK && count > 0; count -= part) {
        part = count < SILENCE ? count : SILENCE;
        code = avt_film_write_audio(film, silence, part, reterr);
    }
    return code;
}

/* What libav's muxers have no place for. */
static enum avt_code append_origin(struct avt_film *film, struct avt_error *reterr)
{
    const struct avt_origin *origin = &film->options.origin;
    int fd = avt_outfile_fd(film->out);
    if (film->format->xmp_box && origin->digital_source_type)
        return avt_origin_append_box(fd, origin, reterr);
    if (!film->gif)
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *comment = avt_origin_comment(origin);
    return avt_gif_append_comment(fd, comment, reterr);
}

static enum avt_code write_trailer(struct avt_film *film, struct avt_error *reterr)
{
    int rc = av_write_trailer(film->mux);
    avio_flush(film->io->pb);
    if (rc >= 0)
        rc = film->io->pb->error;
    if (rc < 0)
        return avt_fail_av(reterr, AVT_EIO, rc, "'%s' cannot be written", film->path);
    return append_origin(film, reterr);
}

enum avt_code avt_film_finish(struct avt_film *film, struct avt_error *reterr)
{
    avt_assert(film && !film->finished);
    film->finished = true;
    bool video = film->options.width > 0;
    if (video && film->frame_count == 0)
        return avt_fail(reterr, AVT_EINVAL, "a film without a single frame cannot be written");
    enum avt_code code = AVT_OK;
    if (film->gif)
        code = avt_gif_finish(film->gif, reterr);
    else if (video)
        code = avt_encoder_put(&film->video, true, reterr);
    if (code == AVT_OK && film->bed)
        code = avt_bed_finish(film->bed, reterr);
    if (code == AVT_OK && film->audio)
        code = avt_film_audio_finish(film->audio, video ? seconds_of(film) : -1, reterr);
    if (code == AVT_OK)
        code = write_trailer(film, reterr);
    if (code == AVT_OK)
        code = avt_outfile_commit(film->out, reterr);
    return explain(film, code, reterr);
}

void avt_film_free(struct avt_film *film)
{
    if (!film)
        return;
    avt_encoder_done(&film->video);
    avt_alpha_done(&film->alpha);
    avt_gif_free(film->gif);
    avt_film_audio_free(film->audio);
    avt_bed_free(film->bed);
    avt_burn_free(film->burn);
    if (film->mux)
        film->mux->pb = NULL;
    avformat_free_context(film->mux);
    avt_av_io_free(film->io);
    avt_outfile_free(film->out);
    for (size_t i = 0; i < sizeof(film->origin_text) / sizeof(*film->origin_text); i++)
        avt_free(film->origin_text[i]);
    avt_free(film->path);
    avt_free(film);
}
