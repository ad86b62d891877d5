/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "dsp/loudness.h"
#include "voice/level.h"

enum { RATE = 24000 };

/* Something with the ups and downs of speech: noise in syllables, with a pause at the end. */
static struct avt_audio *piece(struct avt_rng *rng, double amplitude, double seconds)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(RATE, (size_t)(seconds * RATE), &audio, NULL), AVT_OK);
    double last = 0.0;
    for (size_t i = 0; i + RATE / 5 < audio->count; i++) {
        double syllable = fabs(sin(M_PI * 5.0 * (double)i / RATE));
        last = 0.9 * last + 0.3 * avt_rng_normal(rng);
        audio->samples[i] = (float)(amplitude * syllable * last);
    }
    return audio;
}

static void leveller__reaches_the_target_from_the_first_piece_on(void **state)
{
    (void)state;
    static const double amplitudes[] = {0.02, 0.05, 0.2, 0.5};
    for (size_t a = 0; a < 4; a++) {
        struct avt_rng rng;
        avt_rng_init(&rng, a);
        AVT_CLEANUP(avt_leveller_freep) struct avt_leveller *leveller = NULL;
        AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *out = NULL;
        assert_int_equal(avt_leveller_new(RATE, &leveller, NULL), AVT_OK);
        assert_int_equal(avt_loudness_new(RATE, &out, NULL), AVT_OK);
        for (int i = 0; i < 6; i++) {
            /* Every other piece is 3 dB softer, as sentences are. */
            AVT_CLEANUP(avt_audio_freep)
            struct avt_audio *audio =
                piece(&rng, amplitudes[a] * (i % 2 ? 0.7 : 1.0), i == 0 ? 1.0 : 3.0);
            assert_int_equal(avt_leveller_apply(leveller, audio, NULL), AVT_OK);
            assert_int_equal(avt_loudness_add(out, audio->samples, audio->count, NULL), AVT_OK);
            if (fabs(avt_loudness_lufs(out) - -16.0) > 1.0)
                fail_msg("amplitude %g, piece %d: %.1f LUFS", amplitudes[a], i,
                         avt_loudness_lufs(out));
        }
        assert_true(avt_loudness_true_peak_db(out) <= -1.5);
    }
}

static void leveller__leaves_silence_silent(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_leveller_freep) struct avt_leveller *leveller = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    assert_int_equal(avt_leveller_new(RATE, &leveller, NULL), AVT_OK);
    assert_int_equal(avt_audio_new(RATE, RATE, &audio, NULL), AVT_OK);
    assert_int_equal(avt_leveller_apply(leveller, audio, NULL), AVT_OK);
    for (size_t i = 0; i < audio->count; i++)
        assert_true(audio->samples[i] == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leveller__reaches_the_target_from_the_first_piece_on),
        cmocka_unit_test(leveller__leaves_silence_silent),
    };
    return cmocka_run_group_tests_name("level", tests, NULL, NULL);
}
