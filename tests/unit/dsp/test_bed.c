/* SPDX-License-Identifier: Apache-2.0 */
/* Speech is a tone here, and the music another or a constant, from which the gain can be read off. Both are the same
 * in both channels; the power of the two is that of one with their full amplitude. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/bed.h"
#include "dsp/loudness.h"

enum { RATE = 24000, MUSIC_HZ = 400, SPEECH_HZ = 1000 };

struct ends {
    double phase, amplitude;
    bool constant; /* instead of a tone */
    bool left_only;
    float *out;   /* of the left channel, with the power of both */
    float *sides; /* of the right one; NULL: they are the same */
    size_t count, capacity;
};

static enum avt_code read_music(void *user, float *samples, size_t count, struct avt_error *reterr)
{
    (void)reterr;
    struct ends *ends = user;
    for (size_t i = 0; i < count; i++, ends->phase += 2 * M_PI * MUSIC_HZ / RATE)
        samples[2 * i] = samples[2 * i + 1] =
            (float)(M_SQRT1_2 * ends->amplitude * (ends->constant ? 1 : sin(ends->phase)));
    for (size_t i = 0; ends->left_only && i < count; i++)
        samples[2 * i + 1] = 0;
    return AVT_OK;
}

static enum avt_code write_mix(void *user, const float *samples, size_t count,
                               struct avt_error *reterr)
{
    (void)reterr;
    struct ends *ends = user;
    assert_true(ends->count + count <= ends->capacity);
    for (size_t i = 0; i < count; i++) {
        assert_true(samples[2 * i] == samples[2 * i + 1] || ends->sides);
        ends->out[ends->count + i] = (float)M_SQRT2 * samples[2 * i];
        if (ends->sides)
            ends->sides[ends->count + i] = (float)M_SQRT2 * samples[2 * i + 1];
    }
    ends->count += count;
    return AVT_OK;
}

/* Mix `speech` in pieces of `piece`; ends->out is the caller's to free. */
static void mix(struct ends *ends, const float *speech, size_t count, size_t piece, double lufs)
{
    AVT_CLEANUP(avt_bed_freep) struct avt_bed *bed = NULL;
    const struct avt_bed_ends options = {read_music, write_mix, ends, lufs, NULL};
    ends->out = avt_new0(float, count + 1);
    ends->capacity = count;
    assert_int_equal(avt_bed_new(RATE, RATE, &options, &bed, NULL), AVT_OK);
    for (size_t at = 0; at < count; at += piece)
        assert_int_equal(avt_bed_speak(bed, speech + at, at + piece < count ? piece : count - at, NULL),
                         AVT_OK);
    assert_int_equal(avt_bed_finish(bed, NULL), AVT_OK);
    assert_int_equal(ends->count, count);
}

static float *speech_of(double seconds, double from, double until, double amplitude)
{
    float *speech = avt_new0(float, (size_t)(seconds * RATE) + 1);
    for (size_t i = (size_t)(from * RATE); i < (size_t)(until * RATE); i++)
        speech[i] = (float)(amplitude * sin(2 * M_PI * SPEECH_HZ * (double)i / RATE));
    return speech;
}

static double lufs_of(const float *samples, double from, double until)
{
    double lufs = 0;
    assert_int_equal(avt_loudness_of(samples + (size_t)(from * RATE),
                                     (size_t)((until - from) * RATE), RATE, &lufs, NULL), AVT_OK);
    return lufs;
}

static double music_lufs(double amplitude)
{
    struct ends ends = {.amplitude = amplitude};
    static float samples[4 * RATE];
    (void)read_music(&ends, samples, 2 * RATE, NULL);
    for (size_t i = 0; i < 2 * RATE; i++)
        samples[i] = (float)M_SQRT2 * samples[2 * i];
    return lufs_of(samples, 0, 2);
}

static void levels__are_below_the_speech(void **state)
{
    (void)state;
    /* The same distance however loud speech and music came. */
    static const double rows[][2] = {{.2, .5}, {.2, .02}, {.05, .5}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_freep) float *speech = speech_of(16, 1, 6, rows[i][0]);
        struct ends ends = {.amplitude = rows[i][1]};
        mix(&ends, speech, 16 * RATE, RATE * 16, music_lufs(rows[i][1]));
        double spoken = lufs_of(speech, 1, 6);
        for (size_t j = 0; j < 16 * RATE; j++)
            speech[j] = ends.out[j] - speech[j]; /* the music alone */
        assert_true(fabs(lufs_of(speech, 2, 5.5) - (spoken - 20)) < .5);
        assert_true(fabs(lufs_of(speech, 9, 14) - (spoken - 14)) < .5);
        avt_free(ends.out);
    }
}

/* Silence before a recording: the music knows how loud that is, and gives way before it begins. */
static void pause__waits_for_the_speech(void **state)
{
    (void)state;
    enum { PAUSE = 4 * RATE, COUNT = 6 * RATE };
    AVT_CLEANUP(avt_bed_freep) struct avt_bed *bed = NULL;
    AVT_CLEANUP(avt_freep) float *speech = speech_of(6, 0, 6, .02);
    struct ends ends = {.amplitude = .5, .capacity = 2 * PAUSE + COUNT};
    ends.out = avt_new0(float, ends.capacity);
    const struct avt_bed_ends options = {read_music, write_mix, &ends, music_lufs(.5), NULL};
    assert_int_equal(avt_bed_new(RATE, RATE, &options, &bed, NULL), AVT_OK);
    assert_int_equal(avt_bed_pause(bed, PAUSE, NULL), AVT_OK);
    assert_int_equal(ends.count, 0);
    assert_int_equal(avt_bed_speak(bed, speech, COUNT, NULL), AVT_OK);
    assert_int_equal(avt_bed_pause(bed, PAUSE, NULL), AVT_OK);
    assert_int_equal(avt_bed_finish(bed, NULL), AVT_OK);
    assert_int_equal(ends.count, 2 * PAUSE + COUNT);
    double spoken = lufs_of(speech, 0, 6);
    assert_true(fabs(lufs_of(ends.out, 1, 3.5) - (spoken - 14)) < .5);
    assert_true(fabs(lufs_of(ends.out + PAUSE, 0, 6) - spoken) < .5);
    assert_true(fabs(lufs_of(ends.out + PAUSE + COUNT, 1.8, 2.4) - (spoken - 14)) < .7);
    avt_free(ends.out);
}

static void ducking__is_early_slow_and_does_not_pump(void **state)
{
    (void)state;
    /* Words of .3 s with .4 s between them from 3 s to 6.1 s; then nothing. */
    AVT_CLEANUP(avt_freep) float *speech = avt_new0(float, 12 * RATE);
    for (int w = 0; w < 5; w++) {
        AVT_CLEANUP(avt_freep) float *word = speech_of(12, 3 + .7 * w, 3.3 + .7 * w, .2);
        for (size_t i = 0; i < 12 * RATE; i++)
            speech[i] += word[i];
    }
    struct ends ends = {.amplitude = .001, .constant = true};
    mix(&ends, speech, 12 * RATE, RATE * 12, -60);
    double high = ends.out[2 * RATE], low = ends.out[(size_t)(3.35 * RATE)];
    assert_true(fabs(20 * log10(high / low) - 6) < .1);
    for (double t = 3; t < 6.4; t += .01) {
        size_t i = (size_t)(t * RATE);
        assert_true(fabs(20 * log10(fabs(ends.out[i] - speech[i]) / low)) < .1);
    }
    /* No step anywhere: at most what 20 dB a second are. */
    for (size_t i = RATE; i < 10 * RATE; i++) {
        double now = ends.out[i] - speech[i], before = ends.out[i - 1] - speech[i - 1];
        assert_true(fabs(20 * log10(now / before)) < 25. / RATE + .002);
    }
    assert_true(fabs(20 * log10(ends.out[9 * RATE] / low) - 6) < .1);
    avt_free(ends.out);
}

static void fades__at_both_ends(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) float *silence = avt_new0(float, 5 * RATE);
    struct ends ends = {.amplitude = .001, .constant = true};
    mix(&ends, silence, 5 * RATE, 777, -60);
    float full = ends.out[2 * RATE];
    assert_true(full > 0);
    assert_true(ends.out[0] == 0 && ends.out[5 * RATE - 1] == 0);
    assert_float_equal(ends.out[RATE / 4] / full, .5, .01);
    assert_float_equal(ends.out[RATE / 2] / full, 1, .01);
    assert_float_equal(ends.out[(size_t)(3.5 * RATE) - 1] / full, 1, .01);
    assert_float_equal(ends.out[(size_t)(4.25 * RATE)] / full, .5, .01);
    avt_free(ends.out);
}

static void pieces__do_not_change_a_recording(void **state)
{
    (void)state;
    /* Short ones, longer ones than are worked on at once, and a film shorter than its fades. */
    static const struct {
        double seconds;
        size_t piece;
    } rows[] = {{.01, 1000}, {.7, 100}, {.7, 17000}, {1.4, 5000}, {9, 24001}, {9, 500}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t count = (size_t)(rows[i].seconds * RATE);
        AVT_CLEANUP(avt_freep) float *speech = speech_of(rows[i].seconds, 0, rows[i].seconds, .1);
        struct ends whole = {.amplitude = .3}, pieces = {.amplitude = .3};
        mix(&whole, speech, count, count, -10);
        mix(&pieces, speech, count, rows[i].piece, -10);
        for (size_t j = 0; j < count; j++) /* the loudness so far moves a little */
            assert_true(fabsf(whole.out[j] - pieces.out[j]) < .002f);
        avt_free(whole.out);
        avt_free(pieces.out);
    }
}

static void mix__never_clips(void **state)
{
    (void)state;
    /* A recording at full scale of either channel, every crest of it at another place than the blocks' ends. */
    enum { COUNT = 10 * RATE };
    AVT_CLEANUP(avt_freep) float *speech = avt_new0(float, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        speech[i] =
            (float)(M_SQRT2 * sin(2 * M_PI * 233 * (double)i / RATE) * fabs(sin(M_PI * 1.3 * (double)i / RATE)));
    struct ends ends = {.amplitude = .9};
    mix(&ends, speech, COUNT, 30011, music_lufs(.9));
    struct avt_loudness *loudness = NULL;
    assert_int_equal(avt_loudness_new(RATE, &loudness, NULL), AVT_OK);
    assert_int_equal(avt_loudness_add(loudness, ends.out, COUNT, NULL), AVT_OK);
    assert_true(avt_loudness_true_peak_db(loudness) < -.9 + 3.0103);
    avt_loudness_free(loudness);
    /* Nor does the limiter click where one block goes over into the next. */
    for (size_t i = 1; i < COUNT; i++)
        assert_true(fabsf(ends.out[i] - ends.out[i - 1]) < .17f);
    assert_true(fabs(lufs_of(ends.out, 0, 10) - lufs_of(speech, 0, 10)) < 1.2);
    avt_free(ends.out);
}

/* Music of the left channel stays there, and speech of another rate comes when it came, in the middle. */
static void stereo__at_another_rate(void **state)
{
    (void)state;
    enum { SECONDS = 8, COUNT = SECONDS * RATE };
    AVT_CLEANUP(avt_bed_freep) struct avt_bed *bed = NULL;
    AVT_CLEANUP(avt_freep) float *speech = speech_of(SECONDS, 3, 4, .2);
    struct ends ends = {.amplitude = .3, .left_only = true, .capacity = 2 * COUNT};
    ends.out = avt_new0(float, 2 * COUNT);
    ends.sides = avt_new0(float, 2 * COUNT);
    const struct avt_bed_ends options = {read_music, write_mix, &ends, -20, NULL};
    assert_int_equal(avt_bed_new(RATE, 2 * RATE, &options, &bed, NULL), AVT_OK);
    for (size_t at = 0; at < COUNT; at += 7001)
        assert_int_equal(avt_bed_speak(bed, speech + at, at + 7001 < COUNT ? 7001 : COUNT - at, NULL), AVT_OK);
    assert_int_equal(avt_bed_finish(bed, NULL), AVT_OK);
    assert_int_equal(ends.count, 2 * COUNT);
    /* Where the tone begins and ends it has no band that would let it be the same at another rate. */
    for (size_t i = 0; i < COUNT; i++)
        assert_true(fabsf(ends.sides[2 * i] - speech[i]) < (i > 29 * RATE / 10 && i < 41 * RATE / 10 ? .02f : .0001f));
    double heard = 0;
    for (size_t i = 2 * RATE; i < 4 * RATE; i++)
        heard += fabs((double)ends.out[i]) / (2 * RATE);
    assert_true(heard > .01);
    avt_free(ends.out);
    avt_free(ends.sides);
}

static void cancel__ends_it_inside_of_a_piece(void **state)
{
    (void)state;
    struct avt_cancel cancel = {0};
    struct ends ends = {.amplitude = .1};
    const struct avt_bed_ends options = {read_music, write_mix, &ends, -20, &cancel};
    AVT_CLEANUP(avt_bed_freep) struct avt_bed *bed = NULL;
    AVT_CLEANUP(avt_freep) float *speech = speech_of(60, 0, 60, .1);
    assert_int_equal(avt_bed_new(RATE, RATE, &options, &bed, NULL), AVT_OK);
    avt_cancel_request(&cancel);
    assert_int_equal(avt_bed_speak(bed, speech, 60 * RATE, NULL), AVT_ECANCELLED);
    assert_int_equal(ends.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels__are_below_the_speech),
        cmocka_unit_test(pause__waits_for_the_speech),
        cmocka_unit_test(ducking__is_early_slow_and_does_not_pump),
        cmocka_unit_test(fades__at_both_ends),
        cmocka_unit_test(pieces__do_not_change_a_recording),
        cmocka_unit_test(mix__never_clips),
        cmocka_unit_test(stereo__at_another_rate),
        cmocka_unit_test(cancel__ends_it_inside_of_a_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
