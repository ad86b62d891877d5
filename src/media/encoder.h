/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One stream of a film: an encoder, and the packets that go from it to the file. Private to media.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "media/film.h"
#include "media/preset.h"

struct avt_encoder {
    AVCodecContext *codec;
    AVStream *stream; /* of `mux` */
    AVFormatContext *mux;
    AVPacket *packet;
    AVFrame *frame;   /* handed to the codec; its buffers are reused */
    int64_t next_pts; /* in the codec's time base */
};

/** H.264, VP9, ProRes or GIF (frames of AV_PIX_FMT_PAL8) of the size and rate of `options`.
 *  @return AVT_OK, AVT_EUNSUPPORTED (libav lacks the encoder), AVT_EINTERNAL. Call
 *  avt_encoder_done() in any case. */
AVT_CHECKED enum avt_code avt_encoder_init_video(struct avt_encoder *encoder, AVFormatContext *mux,
                                                 enum AVCodecID id,
                                                 const struct avt_film_options *options,
                                                 struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_encoder_init_audio(struct avt_encoder *encoder, AVFormatContext *mux,
                                                 enum AVCodecID id,
                                                 const struct avt_film_options *options,
                                                 struct avt_error *reterr);
/** Encode encoder->frame (NULL frame: `end`) and hand what comes out to the muxer. */
AVT_CHECKED enum avt_code avt_encoder_put(struct avt_encoder *encoder, bool end,
                                          struct avt_error *reterr);
void avt_encoder_done(struct avt_encoder *encoder);
