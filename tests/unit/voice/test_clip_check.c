/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "voice/clip_check.h"
#include "voice/clip_measure.h"
#include "voice_signals.h"

static struct avt_ge2e *encoder;

static double power_of(const struct avt_audio *audio)
{
    double sum = 0.0;
    for (size_t i = 0; i < audio->count; i++)
        sum += (double)audio->samples[i] * (double)audio->samples[i];
    return sum / (double)audio->count;
}

static struct avt_clip_report check(struct avt_audio *audio)
{
    struct avt_clip_report report;
    AVT_CLEANUP(avt_clip_speech_done) struct avt_clip_speech speech = {0};
    const struct avt_clip clip = {.name = "test", .audio = audio};
    assert_int_equal(avt_clip_check(encoder, &clip, 1, &report, &speech, NULL), AVT_OK);
    assert_int_equal(report.usable, report.refusal[0] == '\0');
    assert_int_equal(report.usable, speech.wide != NULL);
    return report;
}

static bool warned_of(const struct avt_clip_report *report, const char *part)
{
    for (size_t i = 0; i < report->warning_count; i++)
        if (strstr(report->warnings[i], part))
            return true;
    return false;
}

static void clip_check__bad_recordings_are_refused(void **state)
{
    (void)state;
    enum { SILENCE, NOISE, MUSIC, SHORT, CLIPPED, BURIED, NOISY, OVER_MUSIC };
    static const struct {
        int kind;
        const char *says;
    } rows[] = {
        {SILENCE, "silent"},  {NOISE, "no speech"},  {MUSIC, "music"},   {SHORT, "3 s are needed"},
        {CLIPPED, "clipped"}, {OVER_MUSIC, "music"}, {BURIED, "no speech"},
        {NOISY, "dB above the noise"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int kind = rows[i].kind;
        AVT_CLEANUP(avt_audio_freep)
        struct avt_audio *audio = sound_new(44100, kind == SHORT ? 1.0 : 8.0);
        if (kind == NOISE || kind == BURIED || kind == NOISY)
            add_noise(audio, 0.1);
        if (kind == MUSIC || kind == OVER_MUSIC)
            add_music(audio, 0.5);
        if (kind != SILENCE && kind != NOISE && kind != MUSIC)
            add_voice(audio, 150.0, kind == BURIED ? 0.03 : kind == NOISY ? 0.2 : 0.3);
        for (size_t k = 0; kind == CLIPPED && k < audio->count; k++)
            audio->samples[k] = fminf(fmaxf(audio->samples[k], -0.02f), 0.02f);
        struct avt_clip_report report = check(audio);
        if (report.usable || !strstr(report.refusal, rows[i].says))
            fail_msg("row %zu: '%s' does not say '%s'", i, report.refusal, rows[i].says);
    }
}

static void clip_check__a_good_one_is_cleaned(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(48000, 14.0);
    add_voice(audio, 150.0, 0.4);
    add_noise(audio, 0.0005);
    struct avt_clip_report report;
    AVT_CLEANUP(avt_clip_speech_done) struct avt_clip_speech speech = {0};
    const struct avt_clip clips[2] = {{.name = "a", .audio = audio}, {.name = "b", .audio = audio}};
    assert_int_equal(avt_clip_check(encoder, clips, 2, &report, &speech, NULL), AVT_OK);
    if (!report.usable)
        fail_msg("%s", report.refusal);
    assert_true(fabs(report.seconds - 28.0) < 0.01 && report.speech_s > 20.0);
    assert_true(report.snr_db > 25.0 && report.music < 0.05 && report.clipped < 0.003);
    double sum = 0.0;
    for (size_t i = 0; i < speech.wide->count; i++)
        sum += (double)speech.wide->samples[i] * (double)speech.wide->samples[i];
    assert_true(fabs(10.0 * log10(sum / (double)speech.wide->count) + 30.0) < 0.5);
    assert_int_equal(speech.wide->rate, AVT_CLIP_RATE);
    assert_int_equal(speech.narrow->rate, AVT_GE2E_RATE);
}

static void clip_check__warnings_have_numbers(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(16000, 8.0);
    add_voice(audio, 150.0, 0.4);
    add_noise(audio, 0.008);
    struct avt_clip_report report = check(audio);
    if (!report.usable)
        fail_msg("%s", report.refusal);
    assert_true(warned_of(&report, "s of speech are little"));
}

/* The first `part` of the sound by one, the rest by another. */
static struct avt_audio *two_people(double part)
{
    struct avt_audio *audio = sound_new(16000, 24.0);
    size_t first = (size_t)(part * (double)audio->count);
    struct avt_audio head = *audio, tail = *audio;
    head.count = first;
    tail.samples += first;
    tail.count -= first;
    add_voice(&head, 320.0, 0.3);
    add_voice(&tail, 110.0, 0.3);
    return audio;
}

static void clip_check__warns_of_what_it_does_not_refuse(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *good = sound_new(24000, 14.0);
    add_voice(good, 150.0, 0.3);
    struct avt_clip_report report = check(good);
    assert_false(warned_of(&report, "music") || warned_of(&report, "clipped") ||
                 warned_of(&report, "different from the rest"));
    float top = 0.0f;
    for (size_t i = 0; i < good->count; i++)
        top = fmaxf(top, fabsf(good->samples[i]));
    for (size_t i = 0; i < good->count; i++)
        good->samples[i] = fminf(fmaxf(good->samples[i], -0.7f * top), 0.7f * top);
    report = check(good);
    if (!report.usable || report.clipped > 0.03 || !warned_of(&report, "clipped in places"))
        fail_msg("clipped: %.4f %s", report.clipped, report.refusal);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *music = sound_new(24000, 14.0);
    add_voice(music, 150.0, 0.3);
    add_music(music, 0.03);
    report = check(music);
    if (!report.usable || report.music > 0.25 || !warned_of(&report, "may be music behind the voice"))
        fail_msg("music: %.4f %s", report.music, report.refusal);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *other = two_people(0.15);
    report = check(other);
    if (!report.usable || report.other_voice >= 0.2 || !warned_of(&report, "different from the rest"))
        fail_msg("other voice: %.3f, %.3f apart %s", report.other_voice, report.voices_apart, report.refusal);
}

static void clip_check__ten_minutes_together(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(8000, 301.0);
    const struct avt_clip clips[2] = {{.name = "a", .audio = audio}, {.name = "b", .audio = audio}};
    struct avt_clip_report report;
    struct avt_clip_speech speech = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_clip_check(encoder, clips, 2, &report, &speech, &error), AVT_ELIMIT);
    assert_non_null(strstr(error.message, "602 s together, more than 600 s"));
}

/* Amplitude of one frequency in a sound. */
static double amplitude_at(const struct avt_audio *audio, double hz)
{
    double re = 0.0, im = 0.0;
    for (size_t i = 0; i < audio->count; i++) {
        double angle = 2.0 * M_PI * hz * (double)i / audio->rate;
        re += (double)audio->samples[i] * cos(angle);
        im += (double)audio->samples[i] * sin(angle);
    }
    return 2.0 * sqrt(re * re + im * im) / (double)audio->count;
}

static void clip_check__rumble_is_taken_out(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *tones = sound_new(24000, 4.0);
    for (size_t i = 0; i < tones->count; i++) {
        double t = (double)i / tones->rate;
        tones->samples[i] = (float)(0.5 * sin(2.0 * M_PI * 20.0 * t) + 0.1 * sin(2.0 * M_PI * 200.0 * t));
    }
    avt_clip_high_pass(tones, 60.0);
    double low_db = 20.0 * log10(amplitude_at(tones, 20.0) / 0.5);
    double high_db = 20.0 * log10(amplitude_at(tones, 200.0) / 0.1);
    if (low_db > -18.0 || fabs(high_db) > 0.3)
        fail_msg("20 Hz %.1f dB, 200 Hz %.1f dB", low_db, high_db);
    /* And of every recording. */
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(24000, 8.0);
    add_voice(audio, 150.0, 0.3);
    for (size_t i = 0; i < audio->count; i++)
        audio->samples[i] += (float)(0.3 * sin(2.0 * M_PI * 20.0 * (double)i / audio->rate));
    double before = amplitude_at(audio, 20.0) / sqrt(power_of(audio));
    struct avt_clip_report report;
    AVT_CLEANUP(avt_clip_speech_done) struct avt_clip_speech speech = {0};
    const struct avt_clip clip = {.name = "rumble", .audio = audio};
    assert_int_equal(avt_clip_check(encoder, &clip, 1, &report, &speech, NULL), AVT_OK);
    if (!report.usable)
        fail_msg("%s", report.refusal);
    double after = amplitude_at(speech.wide, 20.0) / sqrt(power_of(speech.wide));
    if (after > 0.2 * before)
        fail_msg("20 Hz: %.3f before, %.3f after", before, after);
}

static void clip_check__two_voices_in_directions(void **state)
{
    (void)state;
    struct avt_embedding windows[12] = {0};
    double other = 0.0, apart = 0.0;
    for (int i = 0; i < 12; i++) {
        windows[i].values[0] = 1.0f;
        windows[i].values[i < 8 ? 1 : 2] = 2.0f;
        windows[i].values[3 + i] = 0.3f;
    }
    avt_clip_voices(windows, 12, &other, &apart);
    assert_true(fabs(other - 4.0 / 12.0) < 1e-6);
    assert_true(apart < 0.3);
    avt_clip_voices(windows, 1, &other, &apart);
    assert_true(other < 1e-9 && apart > 0.999);
    avt_clip_voices(windows, 8, &other, &apart);
    assert_true(apart > 0.9);
}

static void clip_check__measures(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(16000, 4.0);
    double music = 9.0, bandwidth = 0.0;
    assert_true(avt_clip_clipped(audio) < 1e-9);
    add_voice(audio, 120.0, 0.3);
    assert_int_equal(avt_clip_music(audio, &music, NULL), AVT_OK);
    if (music > 0.03)
        fail_msg("a voice: %.3f", music);
    assert_int_equal(avt_clip_bandwidth(audio, &bandwidth, NULL), AVT_OK);
    assert_true(bandwidth > 3000.0 && bandwidth < 4300.0);
    add_music(audio, 0.3);
    assert_int_equal(avt_clip_music(audio, &music, NULL), AVT_OK);
    if (music < 0.3)
        fail_msg("a voice and music: %.3f", music);
}

static int open_encoder(void **state)
{
    (void)state;
    return avt_ge2e_open(&encoder, NULL) == AVT_OK ? 0 : -1;
}

static int close_encoder(void **state)
{
    (void)state;
    avt_ge2e_free(encoder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clip_check__bad_recordings_are_refused),
        cmocka_unit_test(clip_check__a_good_one_is_cleaned),
        cmocka_unit_test(clip_check__warnings_have_numbers),
        cmocka_unit_test(clip_check__warns_of_what_it_does_not_refuse),
        cmocka_unit_test(clip_check__ten_minutes_together),
        cmocka_unit_test(clip_check__rumble_is_taken_out),
        cmocka_unit_test(clip_check__two_voices_in_directions),
        cmocka_unit_test(clip_check__measures),
    };
    return cmocka_run_group_tests(tests, open_encoder, close_encoder);
}
