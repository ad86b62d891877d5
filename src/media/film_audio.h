/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The sound of a film: float samples of any rate to exactly as many encoded ones as the picture
 * lasts. Private to media. */
#include "media/encoder.h"

struct avt_film_audio;

/** @return as avt_encoder_init_audio(). */
AVT_CHECKED enum avt_code avt_film_audio_new(AVFormatContext *mux, enum AVCodecID id,
                                             const struct avt_film_options *options,
                                             struct avt_film_audio **ret_audio,
                                             struct avt_error *reterr);
/** Keep `samples` and encode those that lie before `until_s`; the rest waits, since the film may
 *  end before them. */
AVT_CHECKED enum avt_code avt_film_audio_write(struct avt_film_audio *audio, const float *samples,
                                               size_t count, double until_s,
                                               struct avt_error *reterr);
/** End at exactly `duration_s` (< 0: where the samples end), cut or padded with silence. */
AVT_CHECKED enum avt_code avt_film_audio_finish(struct avt_film_audio *audio, double duration_s,
                                                struct avt_error *reterr);
void avt_film_audio_free(struct avt_film_audio *audio);
AVT_DEFINE_FREEP(struct avt_film_audio, avt_film_audio_free)
