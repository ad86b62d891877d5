/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "voice/pitch.h"
#include "voice/vad.h"
#include "voice_signals.h"

static void pitch__follows_a_voice(void **state)
{
    (void)state;
    static const double rows[] = {85, 120, 170, 240, 320};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(24000, 4.0);
        AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
        add_voice(audio, rows[i], 0.5);
        double mean = 0.0, spread = 0.0;
        assert_int_equal(avt_pitch_track(audio, &pitch, NULL), AVT_OK);
        assert_true(avt_pitch_summary(&pitch, &mean, &spread) > 200);
        double expected = 12.0 * log2(rows[i] / 100.0);
        if (fabs(mean - expected) > 0.3 || spread < 0.8 || spread > 2.5)
            fail_msg("%.0f Hz: %.2f st, not %.2f; spread %.2f", rows[i], mean, expected, spread);
    }
}

static void pitch__noise_and_silence_have_none(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(16000, 2.0);
    AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
    double mean = 99.0, spread = 99.0;
    assert_int_equal(avt_pitch_track(audio, &pitch, NULL), AVT_OK);
    assert_int_equal(avt_pitch_summary(&pitch, &mean, &spread), 0);
    assert_true(mean > 98.0);
    avt_pitch_done(&pitch);
    add_noise(audio, 0.2);
    assert_int_equal(avt_pitch_track(audio, &pitch, NULL), AVT_OK);
    assert_true(avt_pitch_summary(&pitch, &mean, &spread) < pitch.count / 50);
}

static void pitch__a_sound_too_short_has_no_frames(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(8000, 0.03);
    AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
    assert_int_equal(avt_pitch_track(audio, &pitch, NULL), AVT_OK);
    assert_int_equal(pitch.count, 0);
}

static void vad__keeps_speech_and_cuts_the_rest(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(24000, 8.0);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *kept = NULL;
    AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
    AVT_CLEANUP(avt_vad_done) struct avt_vad vad = {0};
    add_voice(audio, 150.0, 0.5);
    memset(audio->samples + 4 * 24000, 0, 4 * 24000 * sizeof(float));
    add_noise(audio, 0.001);
    assert_int_equal(avt_pitch_track(audio, &pitch, NULL), AVT_OK);
    avt_vad_run(&pitch, &vad);
    /* 4 s with two pauses of .3 s, of which the edges stay. */
    if (vad.seconds < 3.3 || vad.seconds > 4.2)
        fail_msg("%.2f s of speech", vad.seconds);
    assert_true(vad.speech_db - vad.floor_db > 30.0);
    assert_int_equal(avt_vad_cut(&vad, audio, &kept, NULL), AVT_OK);
    assert_true(fabs((double)kept->count / 24000 - vad.seconds) < 0.05);
}

static void vad__noise_is_no_speech(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(16000, 3.0);
    AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
    AVT_CLEANUP(avt_vad_done) struct avt_vad vad = {0};
    add_noise(audio, 0.1);
    assert_int_equal(avt_pitch_track(audio, &pitch, NULL), AVT_OK);
    avt_vad_run(&pitch, &vad);
    assert_true(vad.seconds < 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pitch__follows_a_voice),
        cmocka_unit_test(pitch__noise_and_silence_have_none),
        cmocka_unit_test(pitch__a_sound_too_short_has_no_frames),
        cmocka_unit_test(vad__keeps_speech_and_cuts_the_rest),
        cmocka_unit_test(vad__noise_is_no_speech),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
