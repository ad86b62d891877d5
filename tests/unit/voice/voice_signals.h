/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Sounds made by rule, for tests of what listens to recordings. */
#include <math.h>
#include <stdbool.h>

#include "base/rng.h"
#include "dsp/audio.h"

static inline struct avt_audio *sound_new(int rate, double seconds)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(rate, (size_t)(seconds * rate), &audio, NULL), AVT_OK);
    return audio;
}

/* Something like a voice: syllables four times a second, a pitch that moves around `hz`, one
 * formant, pauses of .3 s every 2 s. */
static inline void add_voice(struct avt_audio *audio, double hz, double level)
{
    double phase = 0.0;
    for (size_t i = 0; i < audio->count; i++) {
        double t = (double)i / audio->rate, sum = 0.0;
        double now =
            hz * (1.0 + 0.12 * sin(2.0 * M_PI * 0.6 * t) + 0.05 * sin(2.0 * M_PI * 2.1 * t));
        phase += 2.0 * M_PI * now / audio->rate;
        double formant = 700.0 + 300.0 * sin(2.0 * M_PI * 1.3 * t);
        for (int h = 1; h * now < 3800.0; h++) {
            double away = (h * now - formant) / 400.0;
            sum += (exp(-away * away) + 0.03) * sin(h * phase);
        }
        double syllable = 0.6 + 0.4 * sin(2.0 * M_PI * 4.0 * t);
        bool pause = fmod(t, 2.0) > 1.7;
        audio->samples[i] += (float)(pause ? 0.0 : level * 0.3 * syllable * sum);
    }
}

static inline void add_noise(struct avt_audio *audio, double level)
{
    struct avt_rng rng;
    avt_rng_init(&rng, 7);
    for (size_t i = 0; i < audio->count; i++)
        audio->samples[i] += (float)(level * avt_rng_normal(&rng));
}

/* A chord of four notes every half second, each with eight partials that die away. */
static inline void add_music(struct avt_audio *audio, double level)
{
    static const double roots[] = {196, 247, 220, 294}, notes[] = {1, 1.25, 1.5, 2};
    for (size_t i = 0; i < audio->count; i++) {
        double t = (double)i / audio->rate, since = fmod(t, 0.5), sum = 0.0;
        double root = roots[(size_t)(t * 2.0) % 4];
        for (int note = 0; note < 4; note++) {
            for (int h = 1; h <= 8; h++)
                sum += sin(2.0 * M_PI * root * notes[note] * h * since) / h;
        }
        audio->samples[i] += (float)(level * 0.2 * exp(-2.0 * since) * sum);
    }
}
