/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Reading media files: what is inside, its sound, and transcoding. Only formats, codecs and the
 * file protocol of an allow-list are opened; limits are named below. Everything here parses outside
 * bytes.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "media/film.h"
#include "os/thread.h"

enum { AVT_MEDIA_STREAMS_MAX = 16, AVT_MEDIA_HOURS_MAX = 4, AVT_MEDIA_TAGS_MAX = 64 };

struct avt_media_info {
    char container[32]; /* "mp4", "webm", "wav" ... */
    double duration;    /* s; the longest stream */
    long long size_bytes;
    long long bit_rate; /* bit/s, 0 unknown */
    bool has_video, has_audio;
    char video_codec[32];
    int width, height; /* as shown: rotation applied */
    double fps;
    long long frame_count; /* 0 unknown */
    double video_duration, video_start;
    char pixel_format[24], color_space[24];
    char audio_codec[32];
    int audio_rate, audio_channels;
    double audio_duration, audio_start;
    char digital_source_type[64]; /* from XMP or tags, "" if none */
    struct {
        char key[64], value[256];
    } tags[AVT_MEDIA_TAGS_MAX];
    int tag_count;
};

/** @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EFORMAT, AVT_EUNSUPPORTED (outside the allow-list). */
AVT_CHECKED enum avt_code avt_media_probe(const char *path, struct avt_media_info *ret_info,
                                          struct avt_error *reterr);

/** Decode the first audio stream to mono at `rate` (libsoxr quality). Owned by the caller. */
AVT_CHECKED enum avt_code avt_media_read_audio(const char *path, int rate,
                                               struct avt_audio **ret_audio,
                                               struct avt_error *reterr);

struct avt_transcode_options {
    enum avt_quality quality;
    int width, height;    /* 0: as the source, within the preset's cap; crops, never bars */
    int fps_num, fps_den; /* 0: as the source */
    const struct avt_cancel *cancel;
    void (*progress)(double fraction, void *user); /* may be NULL; on the calling thread */
    void *user;
};
/** Any allowed input to the container of `output`'s extension. Origin tags of the input are kept.
 */
AVT_CHECKED enum avt_code avt_media_transcode(const char *input, const char *output,
                                              const struct avt_transcode_options *options,
                                              struct avt_error *reterr);

/** Turn off what the FFmpeg libraries print on standard error about broken input, for the whole
 *  process. For programs that own their process; the library itself never calls it. */
void avt_media_quiet(void);
