/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encoder.h"

#include <libavutil/opt.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/alpha.h"
#include "media/av.h"
#include "os/proc.h"

/* Key frames this far apart in seconds: seeking stays quick, and a still background is refreshed so
 * seldom that nobody sees it. */
enum { KEY_FRAME_S = 10 };
enum { THREADS_MAX = 16 };

static int thread_count(const struct avt_film_options *options)
{
    int count = options->threads > 0 ? options->threads : avt_cpu_count();
    if (options->low_memory && count > 2)
        count = 2;
    return count > THREADS_MAX ? THREADS_MAX : count;
}

static void set(AVCodecContext *codec, const char *name, const char *value)
{
    /* Encoders of other makers do not know every name; what they do not know they do not need. */
    (void)av_opt_set(codec->priv_data, name, value, 0);
}

static void set_int(AVCodecContext *codec, const char *name, int64_t value)
{
    (void)av_opt_set_int(codec->priv_data, name, value, 0);
}

static bool takes_format(const AVCodec *codec, int format, bool audio)
{
    const int *list = audio ? (const int *)codec->sample_fmts : (const int *)codec->pix_fmts;
    for (; list && *list != -1; list++) {
        if (*list == format)
            return true;
    }
    return false;
}

/* What gives the best picture per second of work first. Hardware encoders that only take frames on
 * their own device are no use here. */
static const AVCodec *find_video_encoder(enum AVCodecID id)
{
    static const char *const preferred[] = {"libx264", "libopenh264", "libvpx-vp9"};
    for (size_t i = 0; i < sizeof(preferred) / sizeof(*preferred); i++) {
        const AVCodec *codec = avcodec_find_encoder_by_name(preferred[i]);
        if (codec && codec->id == id)
            return codec;
    }
    const AVCodec *codec = avcodec_find_encoder(id);
    if (id == AV_CODEC_ID_GIF)
        return codec;
    return codec && takes_format(codec, AV_PIX_FMT_YUV420P, false) ? codec : NULL;
}

/* With transparency: few encoders keep it. */
static const AVCodec *find_alpha_encoder(enum AVCodecID id)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(id == AV_CODEC_ID_PRORES ? "prores_ks" : "libvpx-vp9");
    return codec && takes_format(codec, avt_alpha_format(id), false) ? codec : NULL;
}

static void tune_h264(AVCodecContext *codec, const struct avt_film_options *options)
{
    const struct avt_preset *preset = avt_preset_of(options->quality);
    if (!av_opt_find(codec->priv_data, "crf", NULL, 0, 0)) {
        double pixels = (double)codec->width * codec->height * av_q2d(codec->framerate);
        codec->bit_rate = (int64_t)(preset->h264_bit_rate * pixels / (1280. * 720 * 25));
        return;
    }
    set(codec, "preset", preset->h264_speed);
    if (preset->h264_params)
        set(codec, "x264-params", preset->h264_params);
    set_int(codec, "crf", preset->h264_crf);
    set(codec, "profile", "high");
    /* A talking head has no cuts; a key frame in mid-sentence would make the background jump. */
    set_int(codec, "sc_threshold", 0);
    /* Bits towards dark flat areas (hair, shadow, background): these band first. */
    set_int(codec, "aq-mode", 3);
    if (options->low_memory)
        set_int(codec, "rc-lookahead", 10);
}

static void tune_vp9(AVCodecContext *codec, const struct avt_preset *preset)
{
    codec->bit_rate = 0; /* constant quality */
    set_int(codec, "crf", preset->vp9_crf);
    set(codec, "deadline", "realtime");
    set_int(codec, "cpu-used", preset->vp9_speed);
    set_int(codec, "row-mt", 1);
    set_int(codec, "tile-columns", codec->width >= 1024 ? 2 : codec->width >= 512 ? 1 : 0);
    set_int(codec, "lag-in-frames", 0);
}

static enum avt_code open_codec(struct avt_encoder *encoder, struct avt_error *reterr)
{
    AVCodecContext *codec = encoder->codec;
    avt_av_hush(codec);
    codec->flags |= AV_CODEC_FLAG_BITEXACT;
    if (encoder->mux->oformat->flags & AVFMT_GLOBALHEADER)
        codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int rc = avcodec_open2(codec, NULL, NULL);
    if (rc < 0)
        return avt_fail_av(reterr, AVT_EUNSUPPORTED, rc,
                           "the %s encoder of this machine's FFmpeg libraries does not start",
                           avcodec_get_name(codec->codec_id));
    encoder->stream = avformat_new_stream(encoder->mux, NULL);
    encoder->packet = av_packet_alloc();
    encoder->frame = av_frame_alloc();
    if (!encoder->stream || !encoder->packet || !encoder->frame ||
        avcodec_parameters_from_context(encoder->stream->codecpar, codec) < 0)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to encode the film");
    encoder->stream->time_base = codec->time_base;
    return AVT_OK;
}

static void tune_prores(AVCodecContext *codec, const struct avt_preset *preset)
{
    set(codec, "profile", "4444");
    codec->flags |= AV_CODEC_FLAG_QSCALE;
    codec->global_quality = preset->prores_qscale * FF_QP2LAMBDA;
}

enum avt_code avt_encoder_init_video(struct avt_encoder *encoder, AVFormatContext *mux,
                                     enum AVCodecID id, const struct avt_film_options *options,
                                     struct avt_error *reterr)
{
    const AVCodec *found = options->alpha ? find_alpha_encoder(id) : find_video_encoder(id);
    if (!found)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "the FFmpeg libraries of this machine cannot encode %s; install a build "
                        "that can, or choose another file type",
                        options->alpha ? "films with transparency" : avcodec_get_name(id));
    AVCodecContext *codec = encoder->codec = avcodec_alloc_context3(found);
    if (!codec)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to encode the film");
    encoder->mux = mux;
    codec->width = options->width;
    codec->height = options->height;
    codec->framerate = (AVRational){options->fps_num, options->fps_den};
    codec->time_base = av_inv_q(codec->framerate);
    codec->sample_aspect_ratio = (AVRational){1, 1};
    codec->pix_fmt = id == AV_CODEC_ID_GIF ? AV_PIX_FMT_PAL8
                     : options->alpha         ? avt_alpha_format(id)
                                              : AV_PIX_FMT_YUV420P;
    codec->thread_count = thread_count(options);
    codec->gop_size = (int)(KEY_FRAME_S * av_q2d(codec->framerate) + .5);
    if (id != AV_CODEC_ID_GIF) {
        codec->color_primaries = AVCOL_PRI_BT709;
        codec->color_trc = AVCOL_TRC_BT709;
        codec->colorspace = AVCOL_SPC_BT709;
        codec->color_range = AVCOL_RANGE_MPEG;
        codec->chroma_sample_location = AVCHROMA_LOC_LEFT;
    }
    if (id == AV_CODEC_ID_H264)
        tune_h264(codec, options);
    else if (id == AV_CODEC_ID_VP9)
        tune_vp9(codec, avt_preset_of(options->quality));
    else if (id == AV_CODEC_ID_PRORES)
        tune_prores(codec, avt_preset_of(options->quality));
    if (options->alpha && id == AV_CODEC_ID_VP9)
        set_int(codec, "auto-alt-ref", 0); /* libvpx has no hidden frames in the second stream, which alpha is */

    enum avt_code code = open_codec(encoder, reterr);
    if (code != AVT_OK)
        return code;
    encoder->stream->avg_frame_rate = encoder->stream->r_frame_rate = codec->framerate;
    encoder->stream->sample_aspect_ratio = codec->sample_aspect_ratio;
    if (options->alpha && id == AV_CODEC_ID_VP9)
        (void)av_dict_set(&encoder->stream->metadata, "alpha_mode", "1", 0);
    encoder->frame->format = codec->pix_fmt;
    encoder->frame->width = codec->width;
    encoder->frame->height = codec->height;
    /* ProRes keeps what each frame says. */
    encoder->frame->color_primaries = codec->color_primaries;
    encoder->frame->color_trc = codec->color_trc;
    encoder->frame->colorspace = codec->colorspace;
    encoder->frame->color_range = codec->color_range;
    return AVT_OK;
}

/* AAC and Opus at 48 kHz, which every player takes; lossless kinds keep the rate they are given. */
static int choose_rate(const AVCodec *codec, int wanted)
{
    if (codec->id == AV_CODEC_ID_AAC || codec->id == AV_CODEC_ID_OPUS)
        return 48000;
    int best = 0;
    for (const int *rate = codec->supported_samplerates; rate && *rate; rate++) {
        bool better = best < wanted ? *rate > best : *rate >= wanted && *rate < best;
        if (best == 0 || better)
            best = *rate;
    }
    return best ? best : wanted;
}

static enum AVSampleFormat choose_sample_format(const AVCodec *codec)
{
    static const enum AVSampleFormat order[] = {AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLT,
                                                AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P};
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        if (takes_format(codec, order[i], true))
            return order[i];
    }
    return AV_SAMPLE_FMT_NONE;
}

static int audio_bit_rate(enum AVCodecID id, enum avt_quality quality)
{
    const struct avt_preset *preset = avt_preset_of(quality);
    if (id == AV_CODEC_ID_OPUS)
        return preset->opus_bit_rate;
    if (id == AV_CODEC_ID_MP3)
        return preset->mp3_bit_rate;
    return id == AV_CODEC_ID_AAC ? preset->aac_bit_rate : 0;
}

enum avt_code avt_encoder_init_audio(struct avt_encoder *encoder, AVFormatContext *mux,
                                     enum AVCodecID id, const struct avt_film_options *options,
                                     struct avt_error *reterr)
{
    /* libav's own Opus encoder is an experiment: only the real one will do. */
    const AVCodec *found =
        id == AV_CODEC_ID_OPUS ? avcodec_find_encoder_by_name("libopus") : avcodec_find_encoder(id);
    enum AVSampleFormat format = found ? choose_sample_format(found) : AV_SAMPLE_FMT_NONE;
    if (format == AV_SAMPLE_FMT_NONE)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "the FFmpeg libraries of this machine cannot encode %s sound; install a "
                        "build that can, or choose another file type",
                        avcodec_get_name(id));
    AVCodecContext *codec = encoder->codec = avcodec_alloc_context3(found);
    if (!codec)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to encode the sound");
    encoder->mux = mux;
    codec->sample_fmt = format;
    codec->sample_rate = choose_rate(found, options->audio_rate);
    codec->time_base = (AVRational){1, codec->sample_rate};
    codec->bit_rate = audio_bit_rate(id, options->quality) * (options->audio_channels == 2 ? 2 : 1);
    av_channel_layout_default(&codec->ch_layout, options->audio_channels == 2 ? 2 : 1);
    if (id == AV_CODEC_ID_OPUS)
        set(codec, "application", "audio");
    enum avt_code code = open_codec(encoder, reterr);
    /* Matroska keeps the codec's delay in a field of its own, beside time stamps from 0 on. */
    if (code == AVT_OK && strcmp(mux->oformat->name, "webm") == 0)
        encoder->next_pts = codec->initial_padding;
    return code;
}

enum avt_code avt_encoder_put(struct avt_encoder *encoder, bool end, struct avt_error *reterr)
{
    int rc = avcodec_send_frame(encoder->codec, end ? NULL : encoder->frame);
    if (rc < 0)
        return avt_fail_av(reterr, AVT_EINTERNAL, rc, "encoding failed");
    while ((rc = avcodec_receive_packet(encoder->codec, encoder->packet)) >= 0) {
        AVPacket *packet = encoder->packet;
        packet->stream_index = encoder->stream->index;
        av_packet_rescale_ts(packet, encoder->codec->time_base, encoder->stream->time_base);
        if ((rc = av_interleaved_write_frame(encoder->mux, packet)) < 0)
            return avt_fail_av(reterr, AVT_EIO, rc, "writing the film failed");
    }
    if (rc != AVERROR(EAGAIN) && rc != AVERROR_EOF)
        return avt_fail_av(reterr, AVT_EINTERNAL, rc, "encoding failed");
    return AVT_OK;
}

void avt_encoder_done(struct avt_encoder *encoder)
{
    avcodec_free_context(&encoder->codec);
    av_packet_free(&encoder->packet);
    av_frame_free(&encoder->frame);
}
