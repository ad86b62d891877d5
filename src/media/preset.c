/* SPDX-License-Identifier: Apache-2.0 */
#include "media/preset.h"

#include "base/assert.h"
#include "base/str.h"
#include "os/paths.h"

static const struct avt_format formats[] = {
    {"mp4", "mp4", AV_CODEC_ID_H264, AV_CODEC_ID_AAC, AV_CODEC_ID_NONE, true},
    {"m4v", "mp4", AV_CODEC_ID_H264, AV_CODEC_ID_AAC, AV_CODEC_ID_NONE, true},
    {"mov", "mov", AV_CODEC_ID_H264, AV_CODEC_ID_AAC, AV_CODEC_ID_PRORES, true},
    {"webm", "webm", AV_CODEC_ID_VP9, AV_CODEC_ID_OPUS, AV_CODEC_ID_VP9, false},
    {"gif", "gif", AV_CODEC_ID_GIF, AV_CODEC_ID_NONE, AV_CODEC_ID_NONE, false},
    {"wav", "wav", AV_CODEC_ID_NONE, AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_NONE, false},
    {"flac", "flac", AV_CODEC_ID_NONE, AV_CODEC_ID_FLAC, AV_CODEC_ID_NONE, false},
    {"mp3", "mp3", AV_CODEC_ID_NONE, AV_CODEC_ID_MP3, AV_CODEC_ID_NONE, false},
    {"opus", "opus", AV_CODEC_ID_NONE, AV_CODEC_ID_OPUS, AV_CODEC_ID_NONE, false},
    {"ogg", "ogg", AV_CODEC_ID_NONE, AV_CODEC_ID_OPUS, AV_CODEC_ID_NONE, false},
    {"m4a", "ipod", AV_CODEC_ID_NONE, AV_CODEC_ID_AAC, AV_CODEC_ID_NONE, true},
    {"aac", "adts", AV_CODEC_ID_NONE, AV_CODEC_ID_AAC, AV_CODEC_ID_NONE, false},
    {"pcm", "s16le", AV_CODEC_ID_NONE, AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_NONE, false},
};

/* A talking head moves little from frame to frame: finer search for motion, small partitions, where
 * B-frames pay and a long look ahead cost half of the work and win nothing that can be seen. */
#define QUICK "subme=1:b-adapt=0:me=dia:partitions=i8x8:weightp=0:rc-lookahead=5"

/* Chosen by measurement: docs/media.md has sizes, PSNR and seconds of each. */
static const struct avt_preset presets[] = {
    [AVT_QUALITY_LOW] = {"low", 640, 26, "veryfast", QUICK, 900000, 38, 8, 48000, 32000, 48000, 320,
                         10, 8},
    [AVT_QUALITY_MEDIUM] = {"medium", 1280, 18, "veryfast", QUICK, 2500000, 32, 7, 96000, 48000,
                            64000, 480, 8, 4},
    [AVT_QUALITY_HIGH] = {"high", 1920, 18, "faster", NULL, 6000000, 27, 6, 128000, 64000, 96000,
                          640, 7, 2},
    [AVT_QUALITY_ULTRA] = {"ultra", 3840, 15, "medium", NULL, 12000000, 20, 5, 192000, 96000,
                           128000, 800, 5, 1},
};

const struct avt_format *avt_format_of(const char *path)
{
    const char *extension = avt_path_extension(path);
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        if (avt_str_casecmp(extension, formats[i].extension) == 0)
            return &formats[i];
    }
    return NULL;
}

const struct avt_preset *avt_preset_of(enum avt_quality quality)
{
    avt_assert(quality >= AVT_QUALITY_LOW && quality <= AVT_QUALITY_ULTRA);
    return &presets[quality];
}

bool avt_quality_parse(const char *name, enum avt_quality *ret_quality)
{
    for (int i = AVT_QUALITY_LOW; i <= AVT_QUALITY_ULTRA; i++) {
        if (avt_str_equal(name, presets[i].name)) {
            *ret_quality = (enum avt_quality)i;
            return true;
        }
    }
    return false;
}

const char *avt_quality_name(enum avt_quality quality)
{
    return avt_preset_of(quality)->name;
}

int avt_quality_sound_rate(enum avt_quality quality)
{
    return avt_preset_of(quality)->aac_bit_rate;
}

int avt_quality_side_max(enum avt_quality quality)
{
    return avt_preset_of(quality)->side_max;
}

enum avt_code avt_film_check_path(const char *path, bool video, struct avt_error *reterr)
{
    const struct avt_format *format = avt_format_of(path);
    const char *known =
        video ? ".mp4, .m4v, .mov, .webm or .gif"
              : ".wav, .flac, .mp3, .opus, .ogg, .m4a, .aac or .pcm";
    if (!format)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' does not say which kind of file to write; end its name in %s", path,
                        known);
    if ((format->video != AV_CODEC_ID_NONE) != video)
        return avt_fail(reterr, AVT_EINVAL, "'%s' cannot be written: .%s holds %s; use %s", path,
                        format->extension, video ? "sound only" : "a film, not sound alone", known);
    return AVT_OK;
}

enum avt_code avt_film_check_alpha(const char *path, struct avt_error *reterr)
{
    const struct avt_format *format = avt_format_of(path);
    if (!format || format->alpha == AV_CODEC_ID_NONE)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' cannot be transparent: end its name in .webm, for web pages, or .mov (ProRes 4444), for "
                        "programs that cut films",
                        path);
    return AVT_OK;
}
