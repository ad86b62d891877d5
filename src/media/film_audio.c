/* SPDX-License-Identifier: Apache-2.0 */
#include "media/film_audio.h"

#include <libavutil/audio_fifo.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/av.h"

/* Samples moved at once: bounds the scratch memory, not what a call may hand in. */
enum { CHUNK = 8192 };
/* Frame length for encoders that take any. */
enum { FREE_FRAME = 2048 };

struct avt_film_audio {
    struct avt_encoder encoder;
    SwrContext *swr;
    AVAudioFifo *held;  /* float at the input rate: not yet known to be part of the film */
    AVAudioFifo *ready; /* in the encoder's format and rate */
    int rate_in;
    int channels;
    int64_t converted; /* input samples that went through swr */
    int64_t out_count; /* samples at the encoder's rate, encoded or ready */
    float *chunk;      /* [CHUNK, channels] */
    AVFrame *converted_frame;
};

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for the sound of the film");
}

static enum avt_code open_swr(struct avt_film_audio *audio, struct avt_error *reterr)
{
    AVCodecContext *codec = audio->encoder.codec;
    int rc =
        swr_alloc_set_opts2(&audio->swr, &codec->ch_layout, codec->sample_fmt, codec->sample_rate,
                            &codec->ch_layout, AV_SAMPLE_FMT_FLT, audio->rate_in, 0, NULL);
    if (rc >= 0 && codec->sample_fmt == AV_SAMPLE_FMT_S16)
        (void)av_opt_set_int(audio->swr, "dither_method", SWR_DITHER_TRIANGULAR, 0);
    /* Longer than the default 32 taps: speech at 24 kHz has energy up to the edge. */
    if (rc >= 0)
        (void)av_opt_set_int(audio->swr, "filter_size", 64, 0);
    if (rc >= 0)
        rc = swr_init(audio->swr);
    return rc < 0 ? avt_fail_av(reterr, AVT_EINTERNAL, rc, "the sound cannot be converted")
                  : AVT_OK;
}

enum avt_code avt_film_audio_new(AVFormatContext *mux, enum AVCodecID id,
                                 const struct avt_film_options *options,
                                 struct avt_film_audio **ret_audio, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_film_audio_freep)
    struct avt_film_audio *audio = avt_new0(struct avt_film_audio, 1);
    audio->rate_in = options->audio_rate;
    audio->channels = options->audio_channels == 2 ? 2 : 1;
    enum avt_code code = avt_encoder_init_audio(&audio->encoder, mux, id, options, reterr);
    if (code == AVT_OK)
        code = open_swr(audio, reterr);
    if (code != AVT_OK)
        return code;
    audio->chunk = avt_new0(float, CHUNK * audio->channels);
    audio->held = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLT, audio->channels, CHUNK);
    audio->ready = av_audio_fifo_alloc(audio->encoder.codec->sample_fmt, audio->channels, CHUNK);
    audio->converted_frame = av_frame_alloc();
    if (!audio->held || !audio->ready || !audio->converted_frame)
        return no_memory(reterr);
    *ret_audio = AVT_TAKE(audio);
    return AVT_OK;
}

/* Through swr into `ready`; NULL samples drain what its filter holds. */
static enum avt_code convert(struct avt_film_audio *audio, const float *samples, int count,
                             struct avt_error *reterr)
{
    AVFrame *out = audio->converted_frame;
    av_frame_unref(out);
    out->format = audio->encoder.codec->sample_fmt;
    out->ch_layout = audio->encoder.codec->ch_layout;
    out->sample_rate = audio->encoder.codec->sample_rate;
    out->nb_samples = swr_get_out_samples(audio->swr, count);
    if (out->nb_samples <= 0)
        return AVT_OK;
    if (av_frame_get_buffer(out, 0) < 0)
        return no_memory(reterr);
    const uint8_t *in[1] = {(const uint8_t *)(const void *)samples};
    int got =
        swr_convert(audio->swr, out->extended_data, out->nb_samples, samples ? in : NULL, count);
    if (got < 0)
        return avt_fail_av(reterr, AVT_EINTERNAL, got, "the sound cannot be converted");
    if (av_audio_fifo_write(audio->ready, (void **)out->extended_data, got) < got)
        return no_memory(reterr);
    audio->out_count += got;
    return AVT_OK;
}

/* Encode what is ready, whole frames only unless `last`. */
static enum avt_code encode_ready(struct avt_film_audio *audio, bool last, struct avt_error *reterr)
{
    AVCodecContext *codec = audio->encoder.codec;
    int whole = codec->frame_size > 0 ? codec->frame_size : FREE_FRAME;
    int left;
    while ((left = av_audio_fifo_size(audio->ready)) >= (last ? 1 : whole)) {
        AVFrame *frame = audio->encoder.frame;
        av_frame_unref(frame);
        frame->nb_samples = left < whole ? left : whole;
        frame->format = codec->sample_fmt;
        frame->ch_layout = codec->ch_layout;
        frame->sample_rate = codec->sample_rate;
        if (av_frame_get_buffer(frame, 0) < 0)
            return no_memory(reterr);
        (void)av_audio_fifo_read(audio->ready, (void **)frame->extended_data, frame->nb_samples);
        frame->pts = audio->encoder.next_pts;
        audio->encoder.next_pts += frame->nb_samples;
        enum avt_code code = avt_encoder_put(&audio->encoder, false, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

/* Move held samples on, up to input sample number `until`. */
static enum avt_code advance(struct avt_film_audio *audio, int64_t until, struct avt_error *reterr)
{
    while (audio->converted < until && av_audio_fifo_size(audio->held) > 0) {
        int64_t left = until - audio->converted;
        void *planes[1] = {audio->chunk};
        int count = av_audio_fifo_read(audio->held, planes, left < CHUNK ? (int)left : CHUNK);
        audio->converted += count;
        enum avt_code code = convert(audio, audio->chunk, count, reterr);
        if (code == AVT_OK)
            code = encode_ready(audio, false, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

static int64_t samples_at(double seconds, int rate)
{
    return seconds < 0 ? INT64_MAX : llround(seconds * rate);
}

enum avt_code avt_film_audio_write(struct avt_film_audio *audio, const float *samples, size_t count,
                                   double until_s, struct avt_error *reterr)
{
    int64_t until = samples_at(until_s, audio->rate_in);
    enum avt_code code = AVT_OK;
    do {
        int part = count < CHUNK ? (int)count : CHUNK;
        for (int i = 0; i < part * audio->channels; i++)
            audio->chunk[i] = isfinite(samples[i]) ? fminf(fmaxf(samples[i], -1), 1) : 0;
        void *planes[1] = {audio->chunk};
        if (part > 0) {
            if (av_audio_fifo_write(audio->held, planes, part) < part)
                return no_memory(reterr);
            samples += (ptrdiff_t)part * audio->channels;
        }
        count -= (size_t)part;
        code = advance(audio, until, reterr);
    } while (count > 0 && code == AVT_OK);
    return code;
}

/* Make `ready` end at sample `end` of the film. */
static enum avt_code trim(struct avt_film_audio *audio, int64_t end, struct avt_error *reterr)
{
    if (audio->out_count > end) {
        int64_t surplus = audio->out_count - end;
        int size = av_audio_fifo_size(audio->ready);
        int keep = surplus < size ? (int)(size - surplus) : 0;
        /* A FIFO only drops its head: take out what is kept and put it back. */
        AVFrame *frame = audio->converted_frame;
        av_frame_unref(frame);
        frame->format = audio->encoder.codec->sample_fmt;
        frame->ch_layout = audio->encoder.codec->ch_layout;
        frame->nb_samples = keep > 0 ? keep : 1;
        if (av_frame_get_buffer(frame, 0) < 0)
            return no_memory(reterr);
        if (keep > 0)
            (void)av_audio_fifo_read(audio->ready, (void **)frame->extended_data, keep);
        av_audio_fifo_reset(audio->ready);
        if (keep > 0)
            (void)av_audio_fifo_write(audio->ready, (void **)frame->extended_data, keep);
        audio->out_count = end;
    }
    while (audio->out_count < end) {
        int64_t missing = end - audio->out_count;
        AVFrame *frame = audio->converted_frame;
        av_frame_unref(frame);
        frame->format = audio->encoder.codec->sample_fmt;
        frame->ch_layout = audio->encoder.codec->ch_layout;
        frame->nb_samples = missing < CHUNK ? (int)missing : CHUNK;
        if (av_frame_get_buffer(frame, 0) < 0)
            return no_memory(reterr);
        av_samples_set_silence(frame->extended_data, 0, frame->nb_samples, audio->channels,
                               frame->format);
        if (av_audio_fifo_write(audio->ready, (void **)frame->extended_data, frame->nb_samples) <
            frame->nb_samples)
            return no_memory(reterr);
        audio->out_count += frame->nb_samples;
        enum avt_code code = encode_ready(audio, false, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

enum avt_code avt_film_audio_finish(struct avt_film_audio *audio, double duration_s,
                                    struct avt_error *reterr)
{
    enum avt_code code = advance(audio, samples_at(duration_s, audio->rate_in), reterr);
    int64_t end = duration_s >= 0 ? samples_at(duration_s, audio->encoder.codec->sample_rate)
                                  : av_rescale(audio->converted, audio->encoder.codec->sample_rate,
                                               audio->rate_in);
    if (code == AVT_OK)
        code = convert(audio, NULL, 0, reterr);
    if (code == AVT_OK)
        code = trim(audio, end, reterr);
    if (code == AVT_OK)
        code = encode_ready(audio, true, reterr);
    if (code == AVT_OK)
        code = avt_encoder_put(&audio->encoder, true, reterr);
    return code;
}

void avt_film_audio_free(struct avt_film_audio *audio)
{
    if (!audio)
        return;
    avt_encoder_done(&audio->encoder);
    swr_free(&audio->swr);
    if (audio->held)
        av_audio_fifo_free(audio->held);
    if (audio->ready)
        av_audio_fifo_free(audio->ready);
    av_frame_free(&audio->converted_frame);
    avt_free(audio->chunk);
    avt_free(audio);
}
