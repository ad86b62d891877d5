/* SPDX-License-Identifier: Apache-2.0 */
#include "media/media.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/str.h"
#include "media/av.h"
#include "media/origin.h"
#include "media/reader.h"

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
    /* A cut in the middle of a character leaves bytes that are no text. */
    size_t bad = avt_utf8_invalid_at(out, strlen(out));
    if (bad != SIZE_MAX)
        out[bad] = '\0';
}

static void read_tags(const AVDictionary *tags, struct avt_media_info *info)
{
    const AVDictionaryEntry *tag = NULL;
    while ((tag = av_dict_get(tags, "", tag, AV_DICT_IGNORE_SUFFIX))) {
        if (info->digital_source_type[0] == '\0')
            (void)avt_origin_find(tag->value, strlen(tag->value), info->digital_source_type);
        if (info->tag_count == AVT_MEDIA_TAGS_MAX)
            continue;
        copy_text(info->tags[info->tag_count].key, sizeof(info->tags[0].key), tag->key);
        copy_text(info->tags[info->tag_count].value, sizeof(info->tags[0].value), tag->value);
        info->tag_count++;
    }
}

/* "mov,mp4,m4a,3gp,3g2,mj2" is what libav says for all of that family: the brand tells more. */
static const char *container_of(const AVFormatContext *format)
{
    const char *name = format->iformat->name;
    if (avt_str_starts(name, "mov,")) {
        const AVDictionaryEntry *brand = av_dict_get(format->metadata, "major_brand", NULL, 0);
        if (brand && avt_str_starts(brand->value, "qt"))
            return "mov";
        return brand && avt_str_starts(brand->value, "M4A") ? "m4a" : "mp4";
    }
    if (avt_str_starts(name, "matroska,")) {
        for (unsigned i = 0; i < format->nb_streams; i++) {
            enum AVCodecID id = format->streams[i]->codecpar->codec_id;
            if (id != AV_CODEC_ID_VP8 && id != AV_CODEC_ID_VP9 && id != AV_CODEC_ID_AV1 &&
                id != AV_CODEC_ID_OPUS && id != AV_CODEC_ID_VORBIS)
                return "matroska";
        }
        return "webm";
    }
    return name;
}

static double seconds(const AVStream *stream, int64_t ticks)
{
    return ticks == AV_NOPTS_VALUE ? 0 : (double)ticks * av_q2d(stream->time_base);
}

static void describe_video(const struct avt_reader *reader, struct avt_media_info *info)
{
    const AVStream *stream = reader->video;
    const AVCodecParameters *codec = stream->codecpar;
    bool turned = avt_reader_orientation(reader) >= 5;
    info->has_video = true;
    copy_text(info->video_codec, sizeof(info->video_codec), avcodec_get_name(codec->codec_id));
    info->width = turned ? codec->height : codec->width;
    info->height = turned ? codec->width : codec->height;
    info->fps = stream->avg_frame_rate.den ? av_q2d(stream->avg_frame_rate) : 0;
    info->frame_count = stream->nb_frames;
    info->video_start = seconds(stream, stream->start_time);
    info->video_duration = seconds(stream, stream->duration);
    copy_text(info->pixel_format, sizeof(info->pixel_format), av_get_pix_fmt_name(codec->format));
    copy_text(
        info->color_space, sizeof(info->color_space),
        codec->color_space == AVCOL_SPC_UNSPECIFIED ? "" : av_color_space_name(codec->color_space));
}

static void describe_audio(const struct avt_reader *reader, struct avt_media_info *info)
{
    const AVStream *stream = reader->audio;
    info->has_audio = true;
    copy_text(info->audio_codec, sizeof(info->audio_codec),
              avcodec_get_name(stream->codecpar->codec_id));
    info->audio_rate = stream->codecpar->sample_rate;
    info->audio_channels = stream->codecpar->ch_layout.nb_channels;
    info->audio_start = seconds(stream, stream->start_time);
    info->audio_duration = seconds(stream, stream->duration);
}

/* Matroska and GIF do not say how long each stream is: go through the packets, undecoded. */
static void count_packets(struct avt_reader *reader, struct avt_media_info *info)
{
    double video_end = 0, audio_end = 0;
    long long frames = 0;
    while (av_read_frame(reader->format, reader->packet) >= 0) {
        const AVPacket *packet = reader->packet;
        const AVStream *stream = reader->format->streams[packet->stream_index];
        double end = seconds(stream, packet->pts) + seconds(stream, packet->duration);
        if (stream == reader->video) {
            frames++;
            video_end = fmax(video_end, end);
        } else if (stream == reader->audio) {
            audio_end = fmax(audio_end, end);
        }
        av_packet_unref(reader->packet);
    }
    if (info->frame_count == 0)
        info->frame_count = frames;
    if (info->video_duration <= 0 && reader->video)
        info->video_duration = fmax(video_end - info->video_start, 0);
    if (info->audio_duration <= 0 && reader->audio)
        info->audio_duration = fmax(audio_end - info->audio_start, 0);
}

enum avt_code avt_media_probe(const char *path, struct avt_media_info *ret_info,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(avt_reader_freep) struct avt_reader *reader = NULL;
    enum avt_code code = avt_reader_open(path, &reader, reterr);
    if (code != AVT_OK)
        return code;
    *ret_info = (struct avt_media_info){0};
    copy_text(ret_info->container, sizeof(ret_info->container), container_of(reader->format));
    struct stat status;
    if (fstat(reader->fd, &status) == 0)
        ret_info->size_bytes = (long long)status.st_size;
    if (reader->video)
        describe_video(reader, ret_info);
    if (reader->audio)
        describe_audio(reader, ret_info);
    if ((reader->video && (ret_info->video_duration <= 0 || ret_info->frame_count == 0)) ||
        (reader->audio && ret_info->audio_duration <= 0))
        count_packets(reader, ret_info);
    ret_info->duration = fmax(ret_info->video_duration, ret_info->audio_duration);
    if (ret_info->duration > 0)
        ret_info->bit_rate = llround((double)ret_info->size_bytes * 8 / ret_info->duration);

    (void)avt_origin_read_box(reader->fd, ret_info->digital_source_type);
    read_tags(reader->format->metadata, ret_info);
    for (unsigned i = 0; i < reader->format->nb_streams; i++)
        read_tags(reader->format->streams[i]->metadata, ret_info);
    return AVT_OK;
}
