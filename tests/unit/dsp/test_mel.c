/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "dsp/mel.h"

/* 0.2 s: 1 kHz that swells from nothing and a steady 3 kHz. */
static struct avt_audio *example(void)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(AVT_MEL_RATE, 3200, &audio, NULL), AVT_OK);
    for (int i = 0; i < 3200; i++)
        audio->samples[i] = (float)(0.5 * sin(2 * M_PI * 1000 * i / 16000.0) * (i / 3200.0) +
                                    0.1 * sin(2 * M_PI * 3000 * i / 16000.0));
    return audio;
}

static void mel__agrees_with_another_implementation(void **state)
{
    (void)state;
    /* From NumPy: rfft of the mirrored sound, bands written from the definition in mel.h. */
    static const struct {
        size_t frame;
        struct {
            size_t band;
            float value;
        } cells[8];
    } rows[] = {
        {0,
         {{0, -3.2531f},
          {5, -3.2489f},
          {24, -2.1511f},
          {25, -1.7547f},
          {26, -2.7605f},
          {48, -2.3699f},
          {49, -2.2367f},
          {79, -3.9485f}}},
        {1,
         {{0, -5.3020f},
          {5, -5.2796f},
          {24, -1.8811f},
          {25, -1.1574f},
          {26, -0.8381f},
          {48, -4.4188f},
          {49, -4.2942f},
          {79, -5.9889f}}},
        {10,
         {{0, -9.3849f},
          {5, -9.1325f},
          {24, -0.0315f},
          {25, 0.7633f},
          {26, 1.1566f},
          {48, -10.0f},
          {49, -10.0f},
          {79, -10.0f}}},
        {19,
         {{0, -2.8592f},
          {5, -2.8035f},
          {24, 0.5491f},
          {25, 1.3291f},
          {26, 1.7045f},
          {48, -4.3857f},
          {49, -4.5217f},
          {79, -5.4590f}}},
    };
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = example();
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    assert_int_equal(avt_mel_compute(audio, &mel, NULL), AVT_OK);
    assert_int_equal(mel.frames, 20);
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        for (size_t c = 0; c < 8; c++) {
            float got = mel.values[rows[r].frame * AVT_MEL_BANDS + rows[r].cells[c].band];
            if (fabsf(got - rows[r].cells[c].value) > 1e-3f)
                fail_msg("frame %zu band %zu: %f, not %f", rows[r].frame, rows[r].cells[c].band,
                         (double)got, (double)rows[r].cells[c].value);
        }
    }
}

static void mel__takes_short_sound_and_only_its_rate(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = example();
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    audio->count = 170; /* shorter than the window */
    assert_int_equal(avt_mel_compute(audio, &mel, NULL), AVT_OK);
    assert_int_equal(mel.frames, 1);
    avt_mel_done(&mel);
    audio->count = 0;
    assert_int_equal(avt_mel_compute(audio, &mel, NULL), AVT_OK);
    assert_int_equal(mel.frames, 0);
    avt_mel_done(&mel);
    audio->rate = 24000;
    assert_int_equal(avt_mel_compute(audio, &mel, NULL), AVT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mel__agrees_with_another_implementation),
        cmocka_unit_test(mel__takes_short_sound_and_only_its_rate),
    };
    return cmocka_run_group_tests_name("mel", tests, NULL, NULL);
}
