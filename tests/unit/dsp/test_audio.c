/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "dsp/audio.h"
#include "dsp/resample.h"
#include "dsp/silence.h"

static struct avt_audio *tone(int rate, size_t count, double hz, double amplitude)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(rate, count, &audio, NULL), AVT_OK);
    for (size_t i = 0; i < count; i++)
        audio->samples[i] = (float)(amplitude * sin(2 * M_PI * hz * (double)i / rate));
    return audio;
}

static void new__is_silent_and_limited(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_audio_new(24000, 10, &audio, &error), AVT_OK);
    for (size_t i = 0; i < 10; i++)
        assert_true(audio->samples[i] == 0.0f);
    struct avt_audio *huge = NULL;
    assert_int_equal(avt_audio_new(24000, AVT_AUDIO_COUNT_MAX + 1, &huge, &error), AVT_ELIMIT);
    assert_null(huge);
}

static void resample__keeps_a_tone_in_place(void **state)
{
    (void)state;
    static const struct {
        int from, to;
    } rows[] = {{24000, 48000}, {24000, 16000}, {44100, 16000}, {16000, 24000}, {24000, 24000}};
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        AVT_CLEANUP(avt_audio_freep)
        struct avt_audio *in = tone(rows[r].from, (size_t)rows[r].from, 440, 0.5);
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *out = NULL;
        assert_int_equal(avt_audio_resample(in, rows[r].to, &out, NULL), AVT_OK);
        assert_int_equal(out->count, rows[r].to);
        assert_int_equal(out->rate, rows[r].to);
        double worst = 0;
        for (size_t i = out->count / 10; i < out->count * 9 / 10; i++) {
            double ideal = 0.5 * sin(2 * M_PI * 440 * (double)i / rows[r].to);
            worst = fmax(worst, fabs(ideal - (double)out->samples[i]));
        }
        assert_true(worst < 1e-4);
    }
}

static void resampler__gives_in_pieces_what_the_whole_gives(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *given = tone(24000, 24000, 1000, .5), *whole = NULL;
    AVT_CLEANUP(avt_resampler_freep) struct avt_resampler *resampler = NULL;
    static float out[80000];
    size_t at = 0, got = 0;
    assert_int_equal(avt_audio_resample(given, 48000, &whole, NULL), AVT_OK);
    assert_int_equal(avt_resampler_new(24000, 48000, &resampler, NULL), AVT_OK);
    for (size_t from = 0; from < 24000; from += 1777, at += got) {
        size_t count = from + 1777 < 24000 ? 1777 : 24000 - from;
        assert_int_equal(avt_resampler_run(resampler, given->samples + from, count, out + at, 80000 - at, &got, NULL),
                         AVT_OK);
    }
    assert_int_equal(avt_resampler_run(resampler, NULL, 0, out + at, 80000 - at, &got, NULL), AVT_OK);
    assert_int_equal(at + got, whole->count);
    for (size_t i = 0; i < whole->count; i++)
        assert_true(fabsf(out[i] - whole->samples[i]) < 1e-4f);
    assert_int_equal(avt_resampler_new(24000, 1, &resampler, NULL), AVT_EINVAL);
}

static void resample__refuses_odd_rates(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *in = tone(24000, 100, 440, 0.5);
    struct avt_audio *out = NULL;
    static const int bad[] = {0, -1, 3999, 192001};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(avt_audio_resample(in, bad[i], &out, NULL), AVT_EINVAL);
    in->count = 0;
    assert_int_equal(avt_audio_resample(in, 48000, &out, NULL), AVT_OK);
    assert_int_equal(out->count, 0);
    avt_audio_free(out);
}

static void silence__finds_edges_and_gaps(void **state)
{
    (void)state;
    /* 100 ms nothing, 100 ms tone, 80 ms nothing, 100 ms tone, 20 ms nothing at 24 kHz. */
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = tone(24000, 9600, 440, 0.3);
    for (size_t i = 0; i < audio->count; i++) {
        if (i < 2400 || (i >= 4800 && i < 6720) || i >= 9120)
            audio->samples[i] = 0.0f;
    }
    const size_t slack = 120; /* 5 ms */
    size_t from = 0, to = 0;
    assert_true(avt_audio_loud_range(audio, 0, audio->count, -50, &from, &to));
    assert_in_range(from, 2400 - slack, 2400 + slack);
    assert_in_range(to, 9120 - slack, 9120 + slack);
    assert_true(avt_audio_quiet_run(audio, 2400, 9120, -50, 1440, &from, &to));
    assert_in_range(from, 4800, 4800 + slack);
    assert_in_range(to, 6720 - slack, 6720);
    assert_false(avt_audio_quiet_run(audio, 2400, 9120, -50, 2000, &from, &to));
    assert_false(avt_audio_loud_range(audio, 0, 2200, -50, &from, &to));
    assert_true(fabs(avt_audio_level_db(audio, 2400, 4800) - 20 * log10(0.3 / sqrt(2))) < 0.1);
    assert_true(isinf(avt_audio_level_db(audio, 0, 2400)));
    assert_true(isinf(avt_audio_level_db(audio, 50, 50)));
}

static void fade__starts_and_ends_near_zero(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(24000, 1000, &audio, NULL), AVT_OK);
    for (size_t i = 0; i < 1000; i++)
        audio->samples[i] = 1.0f;
    avt_audio_fade(audio, 100, 200);
    assert_true(audio->samples[0] < 0.001f && audio->samples[999] < 0.001f);
    assert_true(audio->samples[100] == 1.0f && audio->samples[799] == 1.0f);
    for (size_t i = 1; i < 100; i++)
        assert_true(audio->samples[i] > audio->samples[i - 1]);
    audio->count = 10; /* shorter than the ramps */
    avt_audio_fade(audio, 100, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new__is_silent_and_limited),
        cmocka_unit_test(resample__keeps_a_tone_in_place),
        cmocka_unit_test(resampler__gives_in_pieces_what_the_whole_gives),
        cmocka_unit_test(resample__refuses_odd_rates),
        cmocka_unit_test(silence__finds_edges_and_gaps),
        cmocka_unit_test(fade__starts_and_ends_near_zero),
    };
    return cmocka_run_group_tests_name("audio", tests, NULL, NULL);
}
