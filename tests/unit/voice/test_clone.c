/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "dsp/equalizer.h"
#include "nn/registry.h"
#include "os/paths.h"
#include "voice/clone.h"
#include "voice/clone_eq.h"
#include "voice/clone_gp.h"
#include "voice/clone_model.h"
#include "voice/clone_search.h"
#include "voice/clone_space.h"
#include "voice_signals.h"

/* ---- the process ---------------------------------------------------------------------------- */

static double landscape(const float *x)
{
    return 0.6 + 0.1 * sin((double)x[0]) - 0.05 * (double)x[1] * (double)x[1];
}

static void clone__process_learns_a_landscape(void **state)
{
    (void)state;
    const struct avt_clone_kernel kernel = {
        .length = 1.0, .rbf = 1.0, .linear = 0.3, .noise = 0.01};
    AVT_CLEANUP(avt_clone_gp_freep) struct avt_clone_gp *gp = avt_clone_gp_new(&kernel, 2);
    struct avt_rng rng;
    avt_rng_init(&rng, 3);
    double means[2], deviation = 9.0;
    const float nowhere[2] = {0};
    avt_clone_gp_predict(gp, nowhere, means, &deviation);
    assert_true(fabs(means[0]) < 1e-9 && deviation < 1e-9);
    for (int i = 0; i < 300; i++) { /* more than it has room for at first */
        float x[2] = {(float)avt_rng_normal(&rng), (float)avt_rng_normal(&rng)};
        const double values[2] = {landscape(x), 5.0 + (double)x[0]};
        avt_clone_gp_add(gp, x, i % 3, values);
    }
    for (int i = 0; i < 50; i++) {
        float x[2] = {(float)(avt_rng_uniform(&rng) - 0.5), (float)(avt_rng_uniform(&rng) - 0.5)};
        avt_clone_gp_predict(gp, x, means, &deviation);
        assert_true(fabs(means[0] - landscape(x)) < 0.01);
        assert_true(fabs(means[1] - 5.0 - (double)x[0]) < 0.1);
        assert_true(deviation < 0.03);
    }
    const float far[2] = {30.0f, 30.0f};
    avt_clone_gp_predict(gp, far, means, &deviation);
    assert_true(deviation > 0.05);
}

static void clone__pitch_penalty(void **state)
{
    (void)state;
    assert_true(avt_clone_pitch_penalty(0.4) < 1e-9 && avt_clone_pitch_penalty(-0.4) < 1e-9);
    assert_true(avt_clone_pitch_penalty(-2.0) > avt_clone_pitch_penalty(1.0));
    assert_true(avt_clone_pitch_penalty(100.0) <= 0.15);
}

static void clone__range_penalty(void **state)
{
    (void)state;
    float coords[4] = {1.0f, -1.0f, 0.5f, 0.0f};
    assert_true(avt_clone_range_penalty(coords, 4) < 1e-9);
    double before = 0.0;
    for (float far = 2.0f; far < 6.0f; far += 1.0f) {
        coords[2] = far;
        double penalty = avt_clone_range_penalty(coords, 4);
        assert_true(penalty > before + 0.05);
        before = penalty;
    }
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static void clone__verdict_weighs(void **state)
{
    (void)state;
    const struct avt_clone_verdict good = {.similarity = 0.75, .self_similarity = 0.9};
    struct avt_clone_verdict other = good;
    other.self_similarity = 0.8;
    /* Two persons in two sentences lose to one, but not to one who is much less alike. */
    assert_true(avt_clone_worth(&good) > avt_clone_worth(&other) + 0.005);
    other.similarity = 0.78;
    assert_true(avt_clone_worth(&other) > avt_clone_worth(&good));
    other = good;
    other.spread_off_st = -1.0;
    assert_true(avt_clone_worth(&good) > avt_clone_worth(&other) + 0.015);
    other.spread_off_st = 0.0;
    other.pitch_off_st = 2.0;
    assert_true(avt_clone_worth(&good) > avt_clone_worth(&other) + 0.015);
    assert_true(avt_clone_spectrum_helps(0.70, 0.71));
    assert_false(avt_clone_spectrum_helps(0.70, 0.70));
    assert_false(avt_clone_spectrum_helps(0.70, 0.60));
}

/* ---- the spectrum ---------------------------------------------------------------------------- */

/* From top_db down at the lowest band to as much up at the highest. */
static struct avt_equalizer *tilt_new(float top_db)
{
    float hz[AVT_CLONE_EQ_BANDS], gains_db[AVT_CLONE_EQ_BANDS];
    avt_clone_eq_centres(hz);
    for (int i = 0; i < AVT_CLONE_EQ_BANDS; i++)
        gains_db[i] = top_db * (2.0f * (float)i / (AVT_CLONE_EQ_BANDS - 1) - 1.0f);
    return avt_equalizer_new(AVT_GE2E_RATE, hz, gains_db, AVT_CLONE_EQ_BANDS);
}

static double mean_of(const float *values, int from, int to)
{
    double sum = 0.0;
    for (int i = from; i < to; i++)
        sum += (double)values[i] / (to - from);
    return sum;
}

static void clone__spectrum_finds_a_tilt(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_ge2e_freep) struct avt_ge2e *encoder = NULL;
    assert_int_equal(avt_ge2e_open(&encoder, NULL), AVT_OK);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = sound_new(AVT_GE2E_RATE, 4.0);
    add_voice(audio, 140.0, 0.3);
    add_noise(audio, 0.002);
    AVT_CLEANUP(avt_clone_heard_done) struct avt_clone_heard heard = {0};
    assert_int_equal(avt_clone_listen(encoder, audio, &heard, NULL), AVT_OK);
    for (int sign = -1; sign <= 1; sign++) {
        AVT_CLEANUP(avt_audio_freep) struct avt_audio *tilted = sound_new(AVT_GE2E_RATE, 4.0);
        memcpy(tilted->samples, audio->samples, audio->count * sizeof(*audio->samples));
        AVT_CLEANUP(avt_equalizer_freep) struct avt_equalizer *tilt = tilt_new(6.0f * (float)sign);
        assert_int_equal(avt_equalizer_run(tilt, tilted, NULL), AVT_OK);
        AVT_CLEANUP(avt_clone_heard_done) struct avt_clone_heard target = {0};
        assert_int_equal(avt_clone_listen(encoder, tilted, &target, NULL), AVT_OK);
        float gains[AVT_CLONE_EQ_BANDS];
        double before = avt_embedding_similarity(&heard.voice, &target.voice), after = 0.0;
        assert_int_equal(avt_clone_eq_fit(encoder, &heard, 1, &target.voice, 3, gains, NULL), AVT_OK);
        assert_int_equal(
            avt_clone_eq_similarity(encoder, &heard, 1, &target.voice, gains, &after, NULL), AVT_OK);
        double rise = mean_of(gains, 20, 40) - mean_of(gains, 0, 20);
        for (int i = 0; i < AVT_CLONE_EQ_BANDS; i++)
            assert_true(fabs((double)gains[i]) <= AVT_CLONE_EQ_MAX_DB);
        bool helps = avt_clone_spectrum_helps(before, after);
        if (helps != (sign != 0) || (sign ? rise * sign < 2.0 : fabs(rise) > 0.5))
            fail_msg("tilt %+d: similarity %.3f to %.3f, rise %.1f dB", sign, before, after, rise);
    }
}

/* ---- the model file -------------------------------------------------------------------------- */

static void clone__model_file_is_sound(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_clone_model_freep) struct avt_clone_model *model = NULL;
    struct avt_error error = {0};
    if (avt_clone_model_open(&model, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(model->pack_count, 54);
    assert_true(model->dims <= 40);
    float coords[AVT_CLONE_DIMS_MAX], parts[AVT_CLONE_PACKS_MAX];
    for (size_t pack = 0; pack < model->pack_count; pack++) {
        avt_clone_model_coords(model, pack, coords);
        for (int half = 0; half < 2; half++) {
            double sum = 0.0;
            avt_clone_model_parts(model, coords, half, parts);
            for (size_t i = 0; i < model->pack_count; i++)
                sum += (double)parts[i];
            assert_true(fabs(sum - 1.0) < 1e-3);
            /* A projection: no voice is made of less of itself than the mean is. */
            assert_true(parts[pack] >= 1.0f / 54.0f - 1e-5f);
        }
    }
}

static void clone__damaged_model_files_are_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_registry_open(&registry, NULL), AVT_OK);
    assert_int_equal(avt_registry_path(registry, "clone-kokoro", &path, NULL), AVT_OK);
    assert_int_equal(avt_file_read(path, AVT_CLONE_BYTES_MAX, &data, &size, NULL), AVT_OK);
    const size_t cuts[] = {0, 7, 8, 31, 60, 2000, size / 2, size - 1};
    struct avt_clone_model *model = NULL;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
        assert_int_equal(avt_clone_model_parse((uint8_t *)data, cuts[i], &model, NULL),
                         AVT_EMODELBAD);
    const struct {
        size_t at;
        unsigned char value;
    } rows[] = {{0, 'X'}, {11, 0xff}, {15, 1}, {23, 1}, {56, '/'}, {60, '.'}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char kept = data[rows[i].at];
        data[rows[i].at] = (char)rows[i].value;
        if (avt_clone_model_parse((uint8_t *)data, size, &model, NULL) != AVT_EMODELBAD)
            fail_msg("byte %zu", rows[i].at);
        data[rows[i].at] = kept;
    }
}

/* ---- the space ------------------------------------------------------------------------------- */

static void clone__a_point_near_a_voice_has_its_style(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_clone_model_freep) struct avt_clone_model *model = NULL;
    AVT_CLEANUP(avt_clone_space_freep) struct avt_clone_space *space = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_clone_model_open(&model, NULL), AVT_OK);
    if (avt_clone_space_open(model, &space, &error) != AVT_OK)
        fail_msg("%s", error.message);
    double worst = 1.0;
    for (size_t pack = 0; pack < model->pack_count; pack++) {
        float coords[AVT_CLONE_DIMS_MAX], style[AVT_PACK_STYLE], own[AVT_PACK_STYLE];
        double product = 0.0, a = 0.0, b = 0.0;
        avt_clone_model_coords(model, pack, coords);
        avt_clone_space_row(space, coords, 60, style);
        avt_clone_space_pack_row(space, pack, 60, own);
        for (int i = 0; i < AVT_PACK_STYLE; i++) {
            product += (double)style[i] * (double)own[i];
            a += (double)style[i] * (double)style[i];
            b += (double)own[i] * (double)own[i];
        }
        worst = fmin(worst, product / sqrt(a * b));
    }
    if (worst < 0.7)
        fail_msg("cosine %.3f", worst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clone__process_learns_a_landscape),
        cmocka_unit_test(clone__pitch_penalty),
        cmocka_unit_test(clone__range_penalty),
        cmocka_unit_test(clone__verdict_weighs),
        cmocka_unit_test(clone__spectrum_finds_a_tilt),
        cmocka_unit_test(clone__model_file_is_sound),
        cmocka_unit_test(clone__damaged_model_files_are_refused),
        cmocka_unit_test(clone__a_point_near_a_voice_has_its_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
