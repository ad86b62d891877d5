/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What file extensions and quality names stand for: the two tables that docs/media.md prints.
 * Private to media. */
#include <libavcodec/codec_id.h>
#include <stdbool.h>

#include "media/film.h"

struct avt_format {
    const char *extension;
    const char *muxer; /* libav's name */
    enum AVCodecID video, audio;
    enum AVCodecID alpha; /* for films with transparency; AV_CODEC_ID_NONE: it takes none */
    bool xmp_box; /* takes an XMP packet in a top-level uuid box */
};

/** By the extension of `path`, any case. NULL if there is no such format. */
const struct avt_format *avt_format_of(const char *path);

struct avt_preset {
    const char *name;
    int side_max;
    /* H.264 by x264; the bit rate is for encoders that have no constant quality, at 720p25 */
    int h264_crf;
    const char *h264_speed;  /* x264's preset */
    const char *h264_params; /* what departs from it, or NULL; docs/media.md has the measurement */
    int h264_bit_rate;
    int vp9_crf, vp9_speed;                        /* libvpx: cq-level and cpu-used */
    int aac_bit_rate, opus_bit_rate, mp3_bit_rate; /* mono */
    int gif_side_max;
    int gif_delay; /* least time between frames, 1/100 s */
    int prores_qscale;
};

const struct avt_preset *avt_preset_of(enum avt_quality quality);
