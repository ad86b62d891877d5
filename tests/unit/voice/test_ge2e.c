/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "voice/ge2e.h"

/* What Resemblyzer 0.1.4 itself (PyTorch 2.0.1, librosa 0.11) gives for example(). */
static const float RESEMBLYZER[AVT_GE2E_SIZE] = {
    0,        0,        0,        0,        0,        0.00441f, 0,        0.02098f, 0.06349f,
    0,        0.16125f, 0.01359f, 0,        0.00958f, 0,        0,        0.05690f, 0.06639f,
    0,        0,        0,        0.02736f, 0,        0,        0,        0,        0.03653f,
    0.01175f, 0,        0,        0.04868f, 0.02240f, 0.00686f, 0,        0,        0.06336f,
    0.02251f, 0,        0,        0.03935f, 0,        0,        0.20870f, 0.08388f, 0,
    0,        0.03808f, 0.03423f, 0.11764f, 0,        0,        0.02392f, 0,        0,
    0,        0,        0.01769f, 0,        0.00453f, 0,        0,        0.30660f, 0,
    0.00870f, 0.11983f, 0,        0.07940f, 0,        0,        0,        0,        0.05643f,
    0,        0.08445f, 0.01379f, 0,        0,        0.05322f, 0,        0.04578f, 0,
    0.08605f, 0.12274f, 0.16212f, 0,        0,        0,        0.03953f, 0,        0.12592f,
    0.05291f, 0,        0,        0,        0,        0,        0.01881f, 0,        0.04383f,
    0,        0,        0,        0.09460f, 0.01011f, 0.02202f, 0.09844f, 0.06727f, 0.06894f,
    0,        0.05328f, 0,        0.10723f, 0,        0.06215f, 0.00752f, 0,        0.01343f,
    0.03979f, 0.06665f, 0,        0.12455f, 0.03208f, 0.06635f, 0.10307f, 0.06737f, 0.07199f,
    0.07329f, 0.16945f, 0.02280f, 0,        0,        0,        0.11717f, 0.02279f, 0,
    0.04697f, 0.04504f, 0,        0,        0.01262f, 0,        0,        0.13342f, 0.00328f,
    0.03441f, 0,        0.08092f, 0,        0.01362f, 0,        0.15004f, 0.04133f, 0,
    0.01181f, 0.03888f, 0.04583f, 0,        0,        0.17814f, 0.06994f, 0,        0,
    0.09113f, 0.18227f, 0.07364f, 0.00571f, 0.05830f, 0.05942f, 0.12814f, 0.05713f, 0,
    0,        0,        0.05758f, 0,        0.00328f, 0,        0.00491f, 0,        0.03801f,
    0.12031f, 0.05825f, 0.05585f, 0,        0.00029f, 0,        0,        0.06809f, 0,
    0.09373f, 0.09556f, 0.02351f, 0,        0,        0,        0.02368f, 0.07838f, 0,
    0,        0.20780f, 0,        0.03964f, 0.06734f, 0,        0,        0,        0,
    0.02791f, 0,        0,        0,        0,        0.02954f, 0.12998f, 0,        0.01641f,
    0,        0.00802f, 0.23225f, 0,        0.09025f, 0.07878f, 0.00565f, 0,        0,
    0,        0,        0,        0,        0,        0,        0,        0.03983f, 0,
    0,        0.10708f, 0.14466f, 0.02492f, 0.08678f, 0.16971f, 0.09542f, 0.01276f, 0,
    0.13277f, 0.01406f, 0,        0.27199f, 0,        0.05715f, 0,        0.00416f, 0.04553f,
    0.00173f, 0,        0.01143f, 0,
};

/* 3.5 s: a gliding harmonic sound under two moving formants, softer than the encoder wants it. */
static struct avt_audio *example(void)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(AVT_GE2E_RATE, 56000, &audio, NULL), AVT_OK);
    for (size_t i = 0; i < audio->count; i++) {
        double t = (double)i / AVT_GE2E_RATE, sum = 0.0;
        double phase = 2.0 * M_PI * (120.0 * t + 10.0 * sin(2.0 * M_PI * 0.7 * t));
        for (int h = 1; h < 30; h++) {
            double low = (120.0 * h - 600.0 - 200.0 * sin(3.0 * t)) / 300.0;
            double high = (120.0 * h - 1600.0 + 300.0 * sin(2.0 * t)) / 400.0;
            sum += (exp(-low * low) + 0.5 * exp(-high * high) + 0.02) * sin(h * phase);
        }
        audio->samples[i] = (float)(sum * (0.55 + 0.45 * sin(6.0 * M_PI * t)) * 0.01);
    }
    return audio;
}

static void ge2e__agrees_with_resemblyzer(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *encoder = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = example();
    struct avt_embedding expected, found;
    memcpy(expected.values, RESEMBLYZER, sizeof(expected.values));
    assert_int_equal(avt_ge2e_open(&encoder, NULL), AVT_OK);
    assert_int_equal(avt_ge2e_embed(encoder, audio, &found, NULL), AVT_OK);
    double similarity = avt_embedding_similarity(&expected, &found);
    if (similarity < 0.9999)
        fail_msg("similarity %.6f", similarity);
}

static void ge2e__windows_are_those_of_resemblyzer(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *encoder = NULL;
    assert_int_equal(avt_ge2e_open(&encoder, NULL), AVT_OK);
    /* compute_partial_slices(samples, 1.3, 0.75), counted in Python. */
    static const struct {
        size_t samples, windows;
    } rows[] = {{1, 1},     {160, 1},   {25600, 1},  {31519, 1},  {31520, 2},
                {37920, 2}, {56000, 3}, {100000, 7}, {160000, 12}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
        AVT_CLEANUP(avt_freep) struct avt_embedding *windows = NULL;
        size_t count = 0;
        assert_int_equal(avt_audio_new(AVT_GE2E_RATE, rows[i].samples, &audio, NULL), AVT_OK);
        assert_int_equal(avt_ge2e_windows(encoder, audio, &windows, &count, NULL), AVT_OK);
        if (count != rows[i].windows)
            fail_msg("%zu samples: %zu windows, not %zu", rows[i].samples, count, rows[i].windows);
    }
}

static void ge2e__wrong_rate_is_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *encoder = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    struct avt_embedding found;
    struct avt_error error = {0};
    assert_int_equal(avt_ge2e_open(&encoder, NULL), AVT_OK);
    assert_int_equal(avt_audio_new(24000, 24000, &audio, NULL), AVT_OK);
    assert_int_equal(avt_ge2e_embed(encoder, audio, &found, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "24000"));
}

static void ge2e__means_and_similarity(void **state)
{
    (void)state;
    struct avt_embedding two[2] = {0}, mean;
    two[0].values[0] = 1.0f;
    two[1].values[1] = 1.0f;
    avt_embedding_mean(two, 2, &mean);
    assert_true(fabs(avt_embedding_similarity(&two[0], &two[1])) < 1e-6);
    assert_true(fabs(avt_embedding_similarity(&mean, &two[0]) - sqrt(0.5)) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ge2e__agrees_with_resemblyzer),
        cmocka_unit_test(ge2e__windows_are_those_of_resemblyzer),
        cmocka_unit_test(ge2e__wrong_rate_is_refused),
        cmocka_unit_test(ge2e__means_and_similarity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
