/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What Wav2Lip hears: mel spectra of its own making (Rudrabha/Wav2Lip, hparams.py and audio.py), 80 columns a second.
 * The sound is pre-emphasised, mirrored at its ends so that column i is centred on sample 200 i (librosa 0.7, with
 * which the published weights were trained; later ones have silence there), and cut into windows of 800 samples under
 * a periodic Hann; of their magnitudes, not powers, 80 bands of unit area (Slaney) are taken in decibels, and those
 * scaled to -4..4. Digital silence is -4: it has a floor before the logarithm.
 *
 * Only the columns of the picture at hand are kept, so that the length of a film does not matter.
 *
 * Threads: one is used by one thread at a time.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"

enum {
    AVT_WAV2LIP_RATE = 16000,
    AVT_WAV2LIP_WINDOW = 800,
    AVT_WAV2LIP_HOP = 200,
    AVT_WAV2LIP_BANDS = 80,
    AVT_WAV2LIP_HZ_MIN = 55,
    AVT_WAV2LIP_HZ_MAX = 7600,
    AVT_WAV2LIP_STEPS = 16,            /* columns that one picture hears: a fifth of a second */
    AVT_WAV2LIP_STEPS_A_SECOND = AVT_WAV2LIP_RATE / AVT_WAV2LIP_HOP,
};
#define AVT_WAV2LIP_EMPHASIS  .97
#define AVT_WAV2LIP_FLOOR     1e-5   /* of the magnitude of a band: -100 dB */
#define AVT_WAV2LIP_FLOOR_DB  (-100.)
#define AVT_WAV2LIP_REFERENCE_DB 20. /* taken off */
#define AVT_WAV2LIP_RANGE     4.     /* values are -this..this */

struct avt_wav2lip_mel;
/** `sound` is borrowed until it is freed. Owned: avt_wav2lip_mel_free(). */
struct avt_wav2lip_mel *avt_wav2lip_mel_new(const struct avt_painter_sound *sound);
void avt_wav2lip_mel_free(struct avt_wav2lip_mel *mel);
AVT_DEFINE_FREEP(struct avt_wav2lip_mel, avt_wav2lip_mel_free)

/** Of a sound of so many samples: one more than whole hops. */
long long avt_wav2lip_mel_columns(long long samples);
/** First column that picture `frame` hears, of `columns`: the one at its moment, rounded down; the last pictures hear
 *  the last AVT_WAV2LIP_STEPS there are. Exact at any rate of pictures. */
long long avt_wav2lip_mel_start(long long frame, int fps_num, int fps_den, long long columns);
/** Columns from `start` on. Not before that of the call before, or much is computed again; beyond the sound's end they
 *  are silent.
 *  @param ret_values  [AVT_WAV2LIP_BANDS, AVT_WAV2LIP_STEPS]
 *  @return AVT_OK, or what the sound's read() gives. */
AVT_CHECKED enum avt_code avt_wav2lip_mel_read(struct avt_wav2lip_mel *mel, long long start, float *ret_values,
                                               struct avt_error *reterr);
