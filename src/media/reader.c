/* SPDX-License-Identifier: Apache-2.0 */
#include "media/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <libavutil/intreadwrite.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "media/media.h"

/* What people keep films and speech in. Not here: playlists, image sequences, anything that names
 * other files or addresses. */
static const char formats_allowed[] = "mov,matroska,avi,mpegts,gif,wav,aiff,mp3,aac,flac,ogg";
static const char codecs_allowed[] =
    "h264,hevc,av1,libdav1d,libaom-av1,vp8,vp9,mpeg4,mpeg2video,mjpeg,prores,theora,gif,png,"
    "rawvideo,aac,mp3float,mp3,mp2,mp2float,ac3,eac3,opus,libopus,vorbis,libvorbis,flac,alac,"
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,"
    "pcm_f64le,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav";

/* 8K; what is larger is an attack or a mistake. */
enum { VIDEO_PIXELS_MAX = 8192 * 4352 };
/* Pixels up to four times as wide as high, or the reverse, are believed. */
#define PIXEL_ASPECT_MAX 4.0
enum { FPS_FALLBACK = 25, FPS_DEN_MAX = 1001 };
/* Broken packets passed over before a file is given up. */
enum { BROKEN_PACKETS_MAX = 1000 };

static int refuse_open(AVFormatContext *format, AVIOContext **ret_pb, const char *url, int flags,
                       AVDictionary **options)
{
    (void)format;
    (void)ret_pb;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EPERM);
}

static enum avt_code open_fd(struct avt_reader *reader, struct avt_error *reterr)
{
    /* O_NONBLOCK: a named pipe must not hang us before it is refused. */
    reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    if (reader->fd < 0 || fstat(reader->fd, &info) != 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be read: %s", reader->path,
                        strerror(errno));
    if (!S_ISREG(info.st_mode))
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is not a file; name a film or a sound file",
                        reader->path);
    if (info.st_size == 0)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is empty", reader->path);
    return AVT_OK;
}

static enum avt_code not_media(const struct avt_reader *reader, int rc, struct avt_error *reterr)
{
    if (rc == AVERROR(ENOMEM))
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to read '%s'",
                        reader->path);
    if (reader->io && reader->io->errnum)
        return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", reader->path,
                        strerror(reader->io->errnum));
    return avt_fail(reterr, AVT_EFORMAT,
                    "'%s' is damaged or not a film or sound file of a known kind", reader->path);
}

static enum avt_code open_format(struct avt_reader *reader, struct avt_error *reterr)
{
    AVFormatContext *format = reader->format = avformat_alloc_context();
    if (!format)
        return not_media(reader, AVERROR(ENOMEM), reterr);
    reader->io = avt_av_io_new_fd(reader->fd, false);
    avt_av_hush_format(format);
    format->pb = reader->io->pb;
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->io_open = refuse_open;
    format->format_whitelist = av_strdup(formats_allowed);
    format->codec_whitelist = av_strdup(codecs_allowed);
    format->protocol_whitelist = av_strdup("none");
    format->max_streams = AVT_MEDIA_STREAMS_MAX;
    /* Frees the context when it fails. */
    int rc = avformat_open_input(&reader->format, NULL, NULL, NULL);
    if (rc >= 0)
        rc = avformat_find_stream_info(reader->format, NULL);
    if (rc < 0)
        return not_media(reader, rc, reterr);
    return AVT_OK;
}

static bool codec_allowed(const AVStream *stream)
{
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    return codec && av_match_list(codec->name, codecs_allowed, ',');
}

static enum avt_code choose_streams(struct avt_reader *reader, struct avt_error *reterr)
{
    for (unsigned i = 0; i < reader->format->nb_streams; i++) {
        AVStream *stream = reader->format->streams[i];
        stream->discard = AVDISCARD_ALL;
        enum AVMediaType type = stream->codecpar->codec_type;
        bool cover = stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
        AVStream **slot = type == AVMEDIA_TYPE_VIDEO && !cover ? &reader->video
                          : type == AVMEDIA_TYPE_AUDIO         ? &reader->audio
                                                               : NULL;
        if (!slot || *slot)
            continue;
        if (!codec_allowed(stream))
            return avt_fail(reterr, AVT_EUNSUPPORTED,
                            "'%s' holds %s, which cannot be read; convert it to H.264 and AAC "
                            "first",
                            reader->path, avcodec_get_name(stream->codecpar->codec_id));
        stream->discard = AVDISCARD_DEFAULT;
        *slot = stream;
    }
    if (!reader->video && !reader->audio)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' holds neither pictures nor sound", reader->path);
    const AVCodecParameters *video = reader->video ? reader->video->codecpar : NULL;
    if (video && (int64_t)video->width * video->height > VIDEO_PIXELS_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' is %d x %d pixels, which is more than 8K",
                        reader->path, video->width, video->height);
    if (avt_reader_duration(reader) > AVT_MEDIA_HOURS_MAX * 3600.)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' is longer than %d hours; cut it into parts",
                        reader->path, AVT_MEDIA_HOURS_MAX);
    return AVT_OK;
}

enum avt_code avt_reader_open(const char *path, struct avt_reader **ret_reader,
                              struct avt_error *reterr)
{
    avt_assert(path && ret_reader);
    AVT_CLEANUP(avt_reader_freep) struct avt_reader *reader = avt_new0(struct avt_reader, 1);
    reader->path = avt_strdup(path);
    reader->fd = -1;
    enum avt_code code = open_fd(reader, reterr);
    if (code == AVT_OK)
        code = open_format(reader, reterr);
    if (code == AVT_OK)
        code = choose_streams(reader, reterr);
    if (code == AVT_OK && !(reader->packet = av_packet_alloc()))
        code = not_media(reader, AVERROR(ENOMEM), reterr);
    if (code == AVT_OK)
        *ret_reader = AVT_TAKE(reader);
    return code;
}

enum avt_code avt_reader_decode(struct avt_reader *reader, AVStream *stream, int threads,
                                struct avt_error *reterr)
{
    avt_assert(stream && (stream == reader->video || stream == reader->audio));
    const AVCodec *found = avcodec_find_decoder(stream->codecpar->codec_id);
    AVCodecContext *codec = avcodec_alloc_context3(found);
    if (!codec)
        return not_media(reader, AVERROR(ENOMEM), reterr);
    *(stream == reader->video ? &reader->video_codec : &reader->audio_codec) = codec;
    int rc = avcodec_parameters_to_context(codec, stream->codecpar);
    avt_av_hush(codec);
    codec->pkt_timebase = stream->time_base;
    codec->thread_count = threads;
    codec->max_pixels = VIDEO_PIXELS_MAX;
    codec->codec_whitelist = av_strdup(codecs_allowed);
    if (rc >= 0)
        rc = avcodec_open2(codec, found, NULL);
    return rc < 0 ? not_media(reader, rc, reterr) : AVT_OK;
}

static AVCodecContext *codec_of(const struct avt_reader *reader, const AVStream *stream)
{
    return stream == reader->video ? reader->video_codec : reader->audio_codec;
}

/* A frame that a decoder has ready; NULL if none has. */
static AVStream *receive(struct avt_reader *reader, AVFrame *frame, bool *ret_drained)
{
    AVStream *const streams[] = {reader->video, reader->audio};
    *ret_drained = true;
    for (int i = 0; i < 2; i++) {
        AVCodecContext *codec = streams[i] ? codec_of(reader, streams[i]) : NULL;
        if (!codec)
            continue;
        int rc = avcodec_receive_frame(codec, frame);
        if (rc >= 0)
            return streams[i];
        *ret_drained = *ret_drained && rc != AVERROR(EAGAIN);
    }
    return NULL;
}

static void send_end(struct avt_reader *reader)
{
    reader->at_end = true;
    if (reader->video_codec)
        (void)avcodec_send_packet(reader->video_codec, NULL);
    if (reader->audio_codec)
        (void)avcodec_send_packet(reader->audio_codec, NULL);
}

enum avt_code avt_reader_next(struct avt_reader *reader, AVFrame *frame, AVStream **ret_stream,
                              struct avt_error *reterr)
{
    int broken = 0;
    for (;;) {
        bool drained;
        av_frame_unref(frame);
        *ret_stream = receive(reader, frame, &drained);
        if (*ret_stream || (reader->at_end && drained))
            return AVT_OK;
        int rc = reader->at_end ? AVERROR_EOF : av_read_frame(reader->format, reader->packet);
        if (reader->io->errnum)
            return not_media(reader, rc, reterr);
        if (rc < 0) {
            if (reader->at_end || (rc != AVERROR_EOF && ++broken > BROKEN_PACKETS_MAX))
                return not_media(reader, rc, reterr);
            if (rc == AVERROR_EOF || rc == AVERROR_INVALIDDATA)
                send_end(reader);
            continue;
        }
        const AVStream *stream = reader->format->streams[reader->packet->stream_index];
        AVCodecContext *codec =
            stream == reader->video || stream == reader->audio ? codec_of(reader, stream) : NULL;
        rc = codec ? avcodec_send_packet(codec, reader->packet) : 0;
        av_packet_unref(reader->packet);
        if (rc == AVERROR(ENOMEM) || (rc < 0 && ++broken > BROKEN_PACKETS_MAX))
            return not_media(reader, rc, reterr);
    }
}

double avt_reader_duration(const struct avt_reader *reader)
{
    double longest =
        reader->format->duration > 0 ? (double)reader->format->duration / AV_TIME_BASE : 0;
    const AVStream *const streams[] = {reader->video, reader->audio};
    for (int i = 0; i < 2; i++) {
        if (streams[i] && streams[i]->duration > 0)
            longest = fmax(longest, (double)streams[i]->duration * av_q2d(streams[i]->time_base));
    }
    return longest;
}

static const int32_t *display_matrix(const AVStream *stream)
{
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    const AVPacketSideData *data =
        av_packet_side_data_get(stream->codecpar->coded_side_data,
                                stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data->data
                                                     : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data : NULL;
#endif
}

int avt_reader_orientation(const struct avt_reader *reader)
{
    const int32_t *m = reader->video ? display_matrix(reader->video) : NULL;
    if (!m)
        return 1;
    /* Where the picture's x and y axes go: only turns by quarters are shown as such. */
    bool swap = llabs(m[0]) < llabs(m[1]);
    int x = swap ? m[1] : m[0];
    int y = swap ? m[3] : m[4];
    if (swap)
        return x > 0 ? (y > 0 ? 5 : 6) : (y > 0 ? 8 : 7);
    return x >= 0 ? (y >= 0 ? 1 : 4) : (y >= 0 ? 2 : 3);
}

double avt_reader_pixel_aspect(const struct avt_reader *reader, const AVFrame *frame)
{
    AVRational sar = frame && frame->sample_aspect_ratio.num ? frame->sample_aspect_ratio
                                                             : reader->video->sample_aspect_ratio;
    if (sar.num <= 0 || sar.den <= 0)
        return 1;
    double aspect = av_q2d(sar);
    return aspect > PIXEL_ASPECT_MAX || aspect < 1 / PIXEL_ASPECT_MAX ? 1 : aspect;
}

AVRational avt_reader_rate(const struct avt_reader *reader)
{
    /* The mean first: what is guessed from the codec is the finest grid of a variable rate. */
    AVRational rate = reader->video->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = av_guess_frame_rate(reader->format, reader->video, NULL);
    return rate.num <= 0 || rate.den <= 0 ? (AVRational){FPS_FALLBACK, 1} : rate;
}

AVRational avt_reader_film_rate(const struct avt_reader *reader, int fps_max)
{
    AVRational rate = avt_reader_rate(reader);
    if (rate.den > FPS_DEN_MAX)
        rate = av_d2q(av_q2d(rate), 100 * FPS_DEN_MAX);
    if (av_q2d(rate) > fps_max)
        rate = (AVRational){fps_max, 1};
    return av_q2d(rate) < 1 ? (AVRational){1, 1} : rate;
}

void avt_reader_free(struct avt_reader *reader)
{
    if (!reader)
        return;
    avcodec_free_context(&reader->video_codec);
    avcodec_free_context(&reader->audio_codec);
    av_packet_free(&reader->packet);
    avformat_close_input(&reader->format);
    avt_av_io_free(reader->io);
    if (reader->fd >= 0)
        close(reader->fd);
    avt_free(reader->path);
    avt_free(reader);
}
