/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "dsp/equalizer.h"

enum { RATE = 24000, COUNT = 24000 };

static struct avt_audio *tone(double hz)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(RATE, COUNT, &audio, NULL), AVT_OK);
    for (int i = 0; i < COUNT; i++)
        audio->samples[i] = (float)(0.25 * sin(2.0 * M_PI * hz * i / RATE));
    return audio;
}

static double level_db(const struct avt_audio *audio)
{
    double sum = 0.0;
    for (int i = 2000; i < COUNT - 2000; i++)
        sum += (double)audio->samples[i] * (double)audio->samples[i];
    return 10.0 * log10(sum / (COUNT - 4000) / (0.25 * 0.25 / 2.0));
}

static void equalizer__gain_goes_through_the_points(void **state)
{
    (void)state;
    static const float hz[] = {300, 1000, 3000, 8000}, gains[] = {-6, 0, 4, 6};
    static const struct {
        double hz, db;
    } rows[] = {{100, -6}, {300, -6}, {650, -3}, {1000, 0}, {3000, 4}, {8000, 6}, {11000, 6}};
    AVT_CLEANUP(avt_equalizer_freep)
    struct avt_equalizer *equalizer = avt_equalizer_new(RATE, hz, gains, 4);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = tone(rows[i].hz);
        assert_int_equal(avt_equalizer_run(equalizer, audio, NULL), AVT_OK);
        double found = level_db(audio);
        if (fabs(found - rows[i].db) > 0.5)
            fail_msg("%.0f Hz: %.2f dB, not %.2f", rows[i].hz, found, rows[i].db);
    }
}

static void equalizer__flat_changes_nothing(void **state)
{
    (void)state;
    static const float hz[] = {100, 5000}, gains[] = {0, 0};
    AVT_CLEANUP(avt_equalizer_freep)
    struct avt_equalizer *equalizer = avt_equalizer_new(RATE, hz, gains, 2);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = tone(440);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *same = tone(440);
    assert_int_equal(avt_equalizer_run(equalizer, audio, NULL), AVT_OK);
    for (size_t i = 0; i < audio->count; i++)
        assert_true(fabsf(audio->samples[i] - same->samples[i]) < 1e-3f);
}

static void equalizer__empty_sound(void **state)
{
    (void)state;
    static const float hz[] = {100}, gains[] = {3};
    AVT_CLEANUP(avt_equalizer_freep)
    struct avt_equalizer *equalizer = avt_equalizer_new(RATE, hz, gains, 1);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(RATE, 0, &audio, NULL), AVT_OK);
    assert_int_equal(avt_equalizer_run(equalizer, audio, NULL), AVT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equalizer__gain_goes_through_the_points),
        cmocka_unit_test(equalizer__flat_changes_nothing),
        cmocka_unit_test(equalizer__empty_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
