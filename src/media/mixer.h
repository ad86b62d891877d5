/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Decoded sound of any layout to interleaved floats of 1 or 2 channels. Private to media. */
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/** `channels` and `rate` (of what comes out) are set by the owner, all else zeroed. */
struct avt_mixer {
    int channels, rate;
    float *samples; /* [count, channels]: the last result */
    size_t count;
    /* private: */
    size_t capacity;
    SwrContext *swr;
    AVChannelLayout layout_in;
    int format_in, rate_in;
};

/** @return AVT_OK, AVT_ENOMEM, AVT_EUNSUPPORTED, AVT_EINTERNAL. */
AVT_CHECKED enum avt_code avt_mixer_run(struct avt_mixer *mixer, const AVFrame *frame,
                                        struct avt_error *reterr);
void avt_mixer_done(struct avt_mixer *mixer);
