/* SPDX-License-Identifier: Apache-2.0 */
/* The listening network: what it hears is compared with the tool that trained it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "lipsync/viseme_net.h"

enum { RATE = AVT_VISEME_NET_RATE, COUNT = AVT_VISEME_COUNT };

static struct avt_viseme_net *net;

static int open_net(void **state)
{
    (void)state;
    struct avt_error error = {0};
    if (avt_viseme_net_open(&net, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return 0;
}

static int close_net(void **state)
{
    (void)state;
    avt_viseme_net_free(net);
    return 0;
}

/* A buzz that swells three times a second, as tools/train_visemes.py makes it. */
static struct avt_audio *buzz(double seconds, int rate)
{
    struct avt_audio *audio = NULL;
    assert_int_equal(avt_audio_new(rate, (size_t)(seconds * rate), &audio, NULL), AVT_OK);
    for (size_t i = 0; i < audio->count; i++) {
        double t = (double)i / rate, sum = 0.0;
        for (int k = 1; k <= 20; k++)
            sum += sin(2.0 * M_PI * 130.0 * k * t) / k;
        audio->samples[i] = (float)(0.1 * sum * (0.5 + 0.5 * sin(2.0 * M_PI * 3.0 * t)));
    }
    return audio;
}

static void hear(const struct avt_audio *audio, float **ret_visemes, size_t *ret_frames)
{
    struct avt_error error = {0};
    if (avt_viseme_net_hear(net, audio, NULL, ret_visemes, ret_frames, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void hear__agrees_with_the_training(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = buzz(2.0, RATE);
    AVT_CLEANUP(avt_freep) float *visemes = NULL;
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t frames = 0, size = 0, rows = 0;
    hear(audio, &visemes, &frames);
    assert_int_equal(frames, 201);
    assert_int_equal(avt_file_read(getenv("VISEMES_EXPECTED"), 1 << 20, &text, &size, NULL), AVT_OK);
    for (char *at = text; at < text + size; rows++) {
        size_t frame = strtoul(at, &at, 10);
        assert_in_range(frame, 0, frames - 1);
        for (size_t v = 0; v < COUNT; v++) {
            double expected = strtod(at, &at), got = (double)visemes[frame * COUNT + v];
            if (fabs(expected - got) > 0.002)
                fail_msg("frame %zu, viseme %zu: %.4f instead of %.4f", frame, v, got, expected);
        }
        at += strspn(at, "\n");
    }
    assert_int_equal(rows, 20);
}

static void hear__pieces_do_not_show(void **state)
{
    (void)state;
    /* The first piece ends at 30 s; here nothing around it may depend on where that is. The buzz is
     * the same every 10 s, and the running mean has long settled. */
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = buzz(50.0, RATE);
    AVT_CLEANUP(avt_freep) float *visemes = NULL;
    size_t frames = 0;
    hear(audio, &visemes, &frames);
    assert_int_equal(frames, 5001);
    for (size_t i = 2900; i < 3200; i++) {
        for (size_t v = 0; v < COUNT; v++)
            assert_true(fabsf(visemes[i * COUNT + v] - visemes[(i + 1000) * COUNT + v]) < 0.01f);
    }
}

static void hear__rate_and_level_do_not_matter(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = buzz(2.0, RATE);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *other = buzz(2.0, 48000);
    AVT_CLEANUP(avt_freep) float *visemes = NULL;
    AVT_CLEANUP(avt_freep) float *again = NULL;
    size_t frames = 0, other_frames = 0;
    for (size_t i = 0; i < other->count; i++)
        other->samples[i] *= 0.05f;
    hear(audio, &visemes, &frames);
    hear(other, &again, &other_frames);
    assert_int_equal(frames, other_frames);
    double off = 0.0;
    for (size_t i = 0; i < frames * COUNT; i++)
        off += fabs((double)visemes[i] - (double)again[i]) / (double)frames;
    assert_true(off < 0.1);
}

static void hear__silence_is_silence(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_audio_new(44100, 44100 * 2, &audio, NULL), AVT_OK);
    memset(audio->samples, 0, audio->count * sizeof(float));
    assert_int_equal(avt_viseme_net_listen(net, audio, NULL, &timeline, &error), AVT_OK);
    assert_int_equal(timeline->phoneme_count, 1);
    assert_string_equal(timeline->phonemes[0].ipa, "");
    assert_true(fabs(timeline->phonemes[0].end - 2.0) < 1e-9);
}

static void hear__can_be_cancelled(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = buzz(1.0, RATE);
    struct avt_cancel cancel = {0};
    float *visemes = NULL;
    size_t frames = 0;
    avt_cancel_request(&cancel);
    assert_int_equal(avt_viseme_net_hear(net, audio, &cancel, &visemes, &frames, NULL), AVT_ECANCELLED);
    assert_null(visemes);
}

/* Certain of one viseme in each frame. */
static void certain(const uint8_t *wanted, size_t frames, float *ret_visemes)
{
    for (size_t i = 0; i < frames; i++) {
        for (size_t v = 0; v < COUNT; v++)
            ret_visemes[i * COUNT + v] = v == wanted[i] ? 0.9f : 0.1f / (COUNT - 1);
    }
}

static void path__has_no_flicker(void **state)
{
    (void)state;
    enum { A = AVT_VISEME_AA, S = AVT_VISEME_SS, P = AVT_VISEME_PP, FRAMES = 22 };
    static const uint8_t heard[FRAMES] = {A, A, A, A, S, A, A, A, S, S, S, S, S, P, P, P, P, A, A, A, A, A};
    static const uint8_t path[FRAMES] = {A, A, A, A, A, A, A, A, S, S, S, S, S, P, P, P, P, A, A, A, A, A};
    float visemes[FRAMES * COUNT];
    uint8_t found[FRAMES];
    certain(heard, FRAMES, visemes);
    assert_int_equal(avt_viseme_path(visemes, FRAMES, found, NULL), AVT_OK);
    assert_memory_equal(found, path, FRAMES);
    assert_int_equal(avt_viseme_path(visemes, 1, found, NULL), AVT_OK);
    assert_int_equal(found[0], A);
    assert_int_equal(avt_viseme_path(visemes, 0, found, NULL), AVT_OK);
}

static void path__prefers_closed_lips(void **state)
{
    (void)state;
    enum { FRAMES = 12 };
    float visemes[FRAMES * COUNT];
    uint8_t found[FRAMES];
    for (size_t i = 0; i < FRAMES; i++) {
        for (size_t v = 0; v < COUNT; v++)
            visemes[i * COUNT + v] = v == AVT_VISEME_NN ? 0.45f : v == AVT_VISEME_PP ? 0.40f : 0.15f / (COUNT - 2);
    }
    assert_int_equal(avt_viseme_path(visemes, FRAMES, found, NULL), AVT_OK);
    for (size_t i = 0; i < FRAMES; i++)
        assert_int_equal(found[i], AVT_VISEME_PP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hear__agrees_with_the_training),
        cmocka_unit_test(hear__pieces_do_not_show),
        cmocka_unit_test(hear__rate_and_level_do_not_matter),
        cmocka_unit_test(hear__silence_is_silence),
        cmocka_unit_test(hear__can_be_cancelled),
        cmocka_unit_test(path__has_no_flicker),
        cmocka_unit_test(path__prefers_closed_lips),
    };
    return cmocka_run_group_tests_name("viseme_net", tests, open_net, close_net);
}
