/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/av.h"
#include "media/convert.h"
#include "media/media.h"
#include "media/mixer.h"
#include "media/preset.h"
#include "media/reader.h"
#include "os/proc.h"

/* Frame rates that are kept; what is faster is thinned out. */
enum { FPS_MAX = 60 };
/* Sound that strays further than this from its time stamps is moved, by silence or a cut. */
#define AUDIO_STRAY_S 0.05
/* Pictures of at least this height are high definition: BT.709 where the file does not say. */
enum { HD_HEIGHT = 720, SIDE_MIN = 16 };

struct transcode {
    const struct avt_transcode_options *options;
    const char *input;
    struct avt_reader *reader;
    struct avt_film *film;
    struct avt_film_options film_options;
    struct avt_converter converter;
    struct avt_mixer mixer;
    struct avt_image *picture; /* the newest frame, scaled and upright; larger than the film by the
                                  crop */
    bool has_picture;
    int orientation;
    double origin;      /* s: time stamp of the film's start */
    double source_step; /* s: mean time between the source's frames */
    double newest;      /* s: time of `picture` in the film */
    double newest_end;  /* s */
    int64_t frames_out;
    int64_t samples_out;
    double duration, reported;
};

static int even(double size)
{
    int side = 2 * (int)lround(size / 2);
    return side < SIDE_MIN ? SIDE_MIN : side;
}

static void choose_size(struct transcode *job)
{
    const struct avt_transcode_options *options = job->options;
    if (options->width > 0 && options->height > 0) {
        job->film_options.width = options->width;
        job->film_options.height = options->height;
        return;
    }
    const AVStream *stream = job->reader->video;
    double width = stream->codecpar->width * avt_reader_pixel_aspect(job->reader, NULL);
    double height = stream->codecpar->height;
    double cap = avt_quality_side_max(options->quality) / fmax(width, height);
    double scale = fmin(cap, 1);
    bool swap = job->orientation >= 5;
    job->film_options.width = even((swap ? height : width) * scale);
    job->film_options.height = even((swap ? width : height) * scale);
}

static void choose_rate(struct transcode *job)
{
    const struct avt_transcode_options *options = job->options;
    job->source_step = fmin(1 / av_q2d(avt_reader_rate(job->reader)), 1);
    AVRational rate = {options->fps_num, options->fps_den};
    if (rate.num <= 0 || rate.den <= 0)
        rate = avt_reader_film_rate(job->reader, FPS_MAX);
    job->film_options.fps_num = rate.num;
    job->film_options.fps_den = rate.den;
}

static double time_of(const AVStream *stream, int64_t ticks)
{
    return ticks == AV_NOPTS_VALUE ? NAN : (double)ticks * av_q2d(stream->time_base);
}

static const char *tag_of(const struct avt_media_info *info, const char *key)
{
    for (int i = 0; i < info->tag_count; i++) {
        if (avt_str_casecmp(info->tags[i].key, key) == 0)
            return info->tags[i].value;
    }
    return NULL;
}

static enum avt_code open_film(struct transcode *job, const char *output,
                               const struct avt_media_info *info, struct avt_error *reterr)
{
    bool video = job->film_options.width > 0;
    const AVStream *audio = job->reader->audio;
    job->film_options.quality = job->options->quality;
    if (audio) {
        job->mixer.channels = audio->codecpar->ch_layout.nb_channels >= 2 ? 2 : 1;
        job->mixer.rate = audio->codecpar->sample_rate;
        job->film_options.audio_channels = job->mixer.channels;
        job->film_options.audio_rate = job->mixer.rate;
    }
    job->film_options.origin = (struct avt_origin){
        .digital_source_type = info->digital_source_type[0] ? info->digital_source_type : NULL,
        .voice = tag_of(info, "voice"),
        .face = tag_of(info, "face"),
        .title = tag_of(info, "title"),
    };
    enum avt_code code = avt_film_open(output, &job->film_options, &job->film, reterr);
    if (code == AVT_OK && video)
        code = avt_reader_decode(job->reader, job->reader->video, avt_cpu_count(), reterr);
    if (code == AVT_OK && audio)
        code = avt_reader_decode(job->reader, job->reader->audio, 1, reterr);
    return code;
}

static enum avt_code prepare(struct transcode *job, const char *output, struct avt_error *reterr)
{
    struct avt_media_info info;
    enum avt_code code = avt_media_probe(job->input, &info, reterr);
    if (code == AVT_OK)
        code = avt_reader_open(job->input, &job->reader, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_format *format = avt_format_of(output);
    bool wants_video = !format || format->video != AV_CODEC_ID_NONE;
    struct avt_reader *reader = job->reader;
    if (wants_video && !reader->video)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' has no pictures; name an output that holds sound alone, such as .m4a",
                        job->input);
    if (!wants_video && !reader->audio)
        return avt_fail(reterr, AVT_EINVAL, "'%s' has no sound, so '%s' would be empty", job->input,
                        output);
    if (wants_video) {
        job->orientation = avt_reader_orientation(reader);
        choose_size(job);
        choose_rate(job);
    } else if (reader->video) {
        reader->video->discard = AVDISCARD_ALL;
    }
    const AVStream *leader = wants_video ? reader->video : reader->audio;
    double start = time_of(leader, leader->start_time);
    job->origin = isfinite(start) ? start : 0;
    job->duration = info.duration;
    return open_film(job, output, &info, reterr);
}

/* Repeat `picture` for all frames of the film that are nearer to it than to one at `until`. */
static enum avt_code emit_until(struct transcode *job, double until, struct avt_error *reterr)
{
    const struct avt_film_options *film = &job->film_options;
    double step = (double)film->fps_den / film->fps_num;
    const struct avt_image view = {
        .width = film->width,
        .height = film->height,
        .stride = job->picture->stride,
        .pixels = avt_image_row(job->picture, (job->picture->height - film->height) / 2) +
                  4 * (size_t)((job->picture->width - film->width) / 2),
    };
    enum avt_code code = AVT_OK;
    /* The small share keeps time stamps rounded to milliseconds on their own side of the middle. */
    while (code == AVT_OK && ((double)job->frames_out + .5) * step < until + step * .01) {
        if (avt_cancelled(job->options->cancel))
            return avt_fail(reterr, AVT_ECANCELLED, "cancelled");
        code = avt_film_write_frame(job->film, &view, reterr);
        job->frames_out++;
    }
    return code;
}

/* Scale so that the film's size is just covered, then turn. */
static enum avt_code take_picture(struct transcode *job, AVFrame *frame, struct avt_error *reterr)
{
    bool swap = job->orientation >= 5;
    double film_width = swap ? job->film_options.height : job->film_options.width;
    double film_height = swap ? job->film_options.width : job->film_options.height;
    double width = frame->width * avt_reader_pixel_aspect(job->reader, frame);
    double scale = fmax(film_width / width, film_height / frame->height);
    /* At least the film's size; a pixel of rounding must not force a crop. */
    int scaled_width = (int)fmax(round(width * scale), film_width);
    int scaled_height = (int)fmax(round(frame->height * scale), film_height);
    if (scaled_width - film_width < 2)
        scaled_width = (int)film_width;
    if (scaled_height - film_height < 2)
        scaled_height = (int)film_height;
    if (frame->colorspace == AVCOL_SPC_UNSPECIFIED && frame->height >= HD_HEIGHT)
        frame->colorspace = AVCOL_SPC_BT709;
    job->has_picture = false;
    enum avt_code code = AVT_OK;
    const struct avt_image *old = job->picture;
    bool fits =
        old && job->orientation == 1 && old->width == scaled_width && old->height == scaled_height;
    if (!fits) {
        avt_image_free(AVT_TAKE(job->picture));
        code = avt_image_new(scaled_width, scaled_height, &job->picture, reterr);
    }
    if (code == AVT_OK)
        code = avt_converter_run(&job->converter, frame, job->picture, reterr);
    if (code == AVT_OK)
        code = avt_image_turn(&job->picture, job->orientation, reterr);
    job->has_picture = code == AVT_OK;
    return code;
}

static enum avt_code too_long(const struct transcode *job, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ELIMIT, "'%s' is longer than %d hours; cut it into parts",
                    job->input, AVT_MEDIA_HOURS_MAX);
}

static enum avt_code on_video(struct transcode *job, AVFrame *frame, struct avt_error *reterr)
{
    double now = time_of(job->reader->video, frame->best_effort_timestamp) - job->origin;
    if (!isfinite(now))
        now = job->has_picture ? job->newest_end : 0;
    if (now > AVT_MEDIA_HOURS_MAX * 3600.)
        return too_long(job, reterr);
    enum avt_code code = job->has_picture ? emit_until(job, now, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    double length = (double)frame->pkt_duration * av_q2d(job->reader->video->time_base);
    job->newest = now;
    /* Some muxers give the last frame no length, or next to none. */
    double step = (double)job->film_options.fps_den / job->film_options.fps_num;
    job->newest_end = now + fmax(length > 0 ? length : step, job->source_step);
    return take_picture(job, frame, reterr);
}

static enum avt_code write_silence(struct transcode *job, int64_t count, struct avt_error *reterr)
{
    static const float silence[4096];
    const int64_t part_max = 4096 / job->mixer.channels;
    enum avt_code code = AVT_OK;
    while (count > 0 && code == AVT_OK) {
        int64_t part = count < part_max ? count : part_max;
        code = avt_film_write_audio(job->film, silence, (size_t)part, reterr);
        count -= part;
    }
    return code;
}

static enum avt_code on_audio(struct transcode *job, const AVFrame *frame, struct avt_error *reterr)
{
    enum avt_code code = avt_mixer_run(&job->mixer, frame, reterr);
    if (code != AVT_OK || job->mixer.count == 0)
        return code;
    int rate = job->mixer.rate;
    double now = time_of(job->reader->audio, frame->best_effort_timestamp) - job->origin;
    double stray = isfinite(now) ? now - (double)job->samples_out / rate : 0;
    if (now > AVT_MEDIA_HOURS_MAX * 3600.)
        return too_long(job, reterr);
    size_t skip = 0;
    if (fabs(stray) > (job->samples_out == 0 ? 0 : AUDIO_STRAY_S)) {
        int64_t samples = llround(stray * rate);
        if (samples > 0)
            code = write_silence(job, samples, reterr);
        else
            skip = (size_t)-samples < job->mixer.count ? (size_t)-samples : job->mixer.count;
        job->samples_out += samples > 0 ? samples : 0;
    }
    if (code == AVT_OK && job->mixer.count > skip)
        code =
            avt_film_write_audio(job->film, job->mixer.samples + skip * (size_t)job->mixer.channels,
                                 job->mixer.count - skip, reterr);
    job->samples_out += (int64_t)(job->mixer.count - skip);
    return code;
}

static void report(struct transcode *job)
{
    double done = job->film_options.width > 0
                      ? job->newest
                      : (double)job->samples_out / (job->mixer.rate ? job->mixer.rate : 1);
    double fraction = job->duration > 0 ? fmin(done / job->duration, 1) : 0;
    if (!job->options->progress || fraction < job->reported + .005)
        return;
    job->reported = fraction;
    job->options->progress(fraction, job->options->user);
}

static enum avt_code run(struct transcode *job, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_av_frame_freep) AVFrame *frame = av_frame_alloc();
    if (!frame)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'", job->input);
    for (;;) {
        if (avt_cancelled(job->options->cancel))
            return avt_fail(reterr, AVT_ECANCELLED, "cancelled");
        AVStream *stream = NULL;
        enum avt_code code = avt_reader_next(job->reader, frame, &stream, reterr);
        if (code == AVT_OK && !stream)
            break;
        if (code == AVT_OK)
            code = stream == job->reader->video ? on_video(job, frame, reterr)
                                                : on_audio(job, frame, reterr);
        if (code != AVT_OK)
            return code;
        report(job);
    }
    if (job->film_options.width > 0) {
        if (!job->has_picture)
            return avt_fail(reterr, AVT_EFORMAT,
                            "'%s' is damaged: none of its pictures can be decoded", job->input);
        double step = (double)job->film_options.fps_den / job->film_options.fps_num;
        enum avt_code code = emit_until(job, fmax(job->newest_end, step), reterr);
        if (code != AVT_OK)
            return code;
    } else if (job->samples_out == 0) {
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is damaged: its sound cannot be decoded",
                        job->input);
    }
    return avt_film_finish(job->film, reterr);
}

enum avt_code avt_media_transcode(const char *input, const char *output,
                                  const struct avt_transcode_options *options,
                                  struct avt_error *reterr)
{
    avt_assert(input && output && options);
    struct transcode job = {.options = options, .input = input, .orientation = 1};
    enum avt_code code = prepare(&job, output, reterr);
    if (code == AVT_OK)
        code = run(&job, reterr);
    if (code == AVT_OK && options->progress)
        options->progress(1, options->user);
    avt_film_free(job.film);
    avt_reader_free(job.reader);
    avt_converter_done(&job.converter);
    avt_mixer_done(&job.mixer);
    avt_image_free(job.picture);
    return code;
}
