/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "dsp/audio.h"
#include "dsp/limiter.h"
#include "dsp/loudness.h"

enum { RATE = 24000 };

static struct avt_audio *sine(double hz, double amplitude, double seconds, double phase)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(RATE, (size_t)(seconds * RATE), &audio, NULL), AVT_OK);
    for (size_t i = 0; i < audio->count; i++)
        audio->samples[i] = (float)(amplitude * sin(2 * M_PI * hz * (double)i / RATE + phase));
    return audio;
}

static void lufs__of_a_sine_is_as_the_standard_says(void **state)
{
    (void)state;
    /* BS.1770: 997 Hz at 0 dBFS in one channel reads -3.01 LKFS. */
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sine(997, 0.1, 3, 0);
    double lufs = 0;
    assert_int_equal(avt_loudness_of(audio->samples, audio->count, RATE, &lufs, NULL), AVT_OK);
    assert_true(fabs(lufs - -23.01) < 0.1);
    assert_int_equal(avt_loudness_of(audio->samples, 100, RATE, &lufs, NULL), AVT_OK);
    assert_true(isinf(lufs));
}

static void lufs__runs_over_pieces(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sine(440, 0.2, 4, 0);
    double whole = 0;
    assert_int_equal(avt_loudness_of(audio->samples, audio->count, RATE, &whole, NULL), AVT_OK);
    AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *loudness = NULL;
    assert_int_equal(avt_loudness_new(RATE, &loudness, NULL), AVT_OK);
    assert_true(isinf(avt_loudness_lufs(loudness)));
    assert_true(isinf(avt_loudness_true_peak_db(loudness)));
    for (size_t at = 0; at < audio->count; at += 1000)
        assert_int_equal(avt_loudness_add(loudness, audio->samples + at, 1000, NULL), AVT_OK);
    assert_true(fabs(avt_loudness_lufs(loudness) - whole) < 0.01);
    assert_true(fabs(avt_loudness_true_peak_db(loudness) - 20 * log10(0.2)) < 0.1);
}

static double true_peak(const struct avt_audio *audio)
{
    AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *loudness = NULL;
    assert_int_equal(avt_loudness_new(RATE, &loudness, NULL), AVT_OK);
    assert_int_equal(avt_loudness_add(loudness, audio->samples, audio->count, NULL), AVT_OK);
    return avt_loudness_true_peak_db(loudness);
}

static void limiter__holds_the_ceiling_between_samples(void **state)
{
    (void)state;
    /* At a quarter of the rate and 45 degrees every sample is 3 dB below the crest. */
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sine(RATE / 4.0, 1.0, 1, M_PI / 4);
    assert_true(true_peak(audio) > -0.5);
    assert_int_equal(avt_audio_limit(audio, -1.5, NULL), AVT_OK);
    assert_true(true_peak(audio) <= -1.5);
    assert_true(true_peak(audio) > -2.5);

    struct avt_rng rng;
    avt_rng_init(&rng, 7);
    /* Noise that falls towards half the rate, as speech does. */
    double last = 0.0;
    for (size_t i = 0; i < audio->count; i++) {
        double now = avt_rng_normal(&rng);
        audio->samples[i] = (float)(0.5 * (now + last));
        last = now;
    }
    assert_true(true_peak(audio) > 3.0);
    assert_int_equal(avt_audio_limit(audio, -1.5, NULL), AVT_OK);
    assert_true(true_peak(audio) <= -1.5);
}

static void limiter__leaves_quiet_sound_and_what_is_far_from_a_peak(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sine(200, 0.5, 1, 0);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *before = sine(200, 0.5, 1, 0);
    assert_int_equal(avt_audio_limit(audio, -1.5, NULL), AVT_OK);
    assert_memory_equal(audio->samples, before->samples, audio->count * sizeof(float));
    audio->samples[RATE / 2] = 1.5f;
    assert_int_equal(avt_audio_limit(audio, -1.5, NULL), AVT_OK);
    assert_true(audio->samples[RATE / 2] <= 0.842f);
    assert_true(audio->samples[RATE / 2] > 0.7f);
    /* 5 ms before the peak nothing has happened yet. */
    assert_memory_equal(audio->samples, before->samples, (RATE / 2 - RATE / 200) * sizeof(float));
    /* The gain comes back: after half a second the sound is as it was. */
    assert_true(fabsf(audio->samples[audio->count - 30] - before->samples[audio->count - 30]) <
                0.01f);
    struct avt_audio empty = {.samples = NULL, .count = 0, .rate = RATE};
    assert_int_equal(avt_audio_limit(&empty, -1.5, NULL), AVT_OK);
}

/* A peak of one channel turns both down, by the same gain; two channels count as two loudspeakers. */
static void stereo__is_linked(void **state)
{
    (void)state;
    enum { COUNT = 48000 };
    static float pairs[2 * COUNT], given[2 * COUNT];
    struct avt_loudness *loudness = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        pairs[2 * i] = given[2 * i] = (float)(1.6 * sin(2 * M_PI * 400 * (double)i / 48000));
        pairs[2 * i + 1] = given[2 * i + 1] = .2f;
    }
    assert_int_equal(avt_limit_stereo(pairs, COUNT, 48000, -1, NULL), AVT_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(fabsf(pairs[2 * i]) < .892f);
        assert_true(fabsf(pairs[2 * i] - given[2 * i] * pairs[2 * i + 1] / .2f) < 1e-4f);
    }
    double one = 0;
    for (size_t i = 0; i < COUNT; i++)
        pairs[2 * i] = pairs[2 * i + 1] = given[i] = (float)(.1 * sin(2 * M_PI * 997 * (double)i / 48000));
    assert_int_equal(avt_loudness_of(given, COUNT, 48000, &one, NULL), AVT_OK);
    assert_int_equal(avt_loudness_new_stereo(48000, &loudness, NULL), AVT_OK);
    assert_int_equal(avt_loudness_add(loudness, pairs, COUNT, NULL), AVT_OK);
    assert_true(fabs(avt_loudness_lufs(loudness) - one - 3.01) < .05);
    assert_true(fabs(avt_loudness_true_peak_db(loudness) + 20) < .1);
    avt_loudness_free(loudness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lufs__of_a_sine_is_as_the_standard_says),
        cmocka_unit_test(lufs__runs_over_pieces),
        cmocka_unit_test(limiter__holds_the_ceiling_between_samples),
        cmocka_unit_test(stereo__is_linked),
        cmocka_unit_test(limiter__leaves_quiet_sound_and_what_is_far_from_a_peak),
    };
    return cmocka_run_group_tests_name("loudness", tests, NULL, NULL);
}
