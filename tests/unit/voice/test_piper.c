/* SPDX-License-Identifier: Apache-2.0 */
/* A Piper voice itself, with its random numbers turned off: needs what `./dev test` fetches. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/registry.h"
#include "nn/session.h"
#include "profile/piper.h"
#include "voice/engine.h"

/* Of this voice: a frame of its durations is 256 samples. */
static const double FRAME_S = 256.0 / 22050.0;
static const uint32_t SYMBOLS[] = {'h', 0x259, 'l', 0x2c8, 'o', 0x28a, ' ', 's', 'i', '.'};
enum { COUNT = sizeof(SYMBOLS) / sizeof(*SYMBOLS), IDS = 2 * COUNT + 3 };

static void set_zero(char *json, const char *key)
{
    char *at = strstr(json, key);
    assert_non_null(at);
    for (at = strchr(at, ':') + 1; strchr(" 0123456789.", *at); at++)
        *at = *at == ' ' || *at == '.' ? *at : '0';
}

/* The published voice in a folder of its own. */
static char *make_voice(const char *folder)
{
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *source = NULL;
    AVT_CLEANUP(avt_freep) char *text = NULL;
    assert_int_equal(avt_registry_open(&registry, NULL), AVT_OK);
    assert_int_equal(avt_registry_path(registry, "test-piper", &source, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *model = avt_asprintf("%s/en_US-joe-medium.onnx", source);
    AVT_CLEANUP(avt_freep) char *json = avt_asprintf("%s.json", model);
    AVT_CLEANUP(avt_freep) char *to = avt_asprintf("%s/voice.json", folder);
    char *link = avt_asprintf("%s/model.onnx", folder);
    assert_int_equal(avt_file_read_text(json, 1 << 20, &text, NULL), AVT_OK);
    set_zero(text, "\"noise_scale\"");
    set_zero(text, "\"noise_w\"");
    assert_int_equal(avt_file_write(to, text, strlen(text), NULL), AVT_OK);
    assert_int_equal(symlink(model, link), 0);
    return link;
}

/* What the model says of its ids, asked without the engine. */
static void ask_durations(const char *folder, const char *model, float ret_frames[IDS])
{
    AVT_CLEANUP(avt_freep) struct avt_piper_config *config = avt_new0(struct avt_piper_config, 1);
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    const char *const extra[] = {"/Ceil_output_0"};
    const struct avt_session_options options = {.extra_outputs = extra, .extra_output_count = 1};
    assert_int_equal(avt_piper_config_read(folder, config, NULL), AVT_OK);
    assert_int_equal(avt_session_open(model, &options, &session, NULL), AVT_OK);
    int64_t ids[IDS], length = IDS;
    size_t at = 0;
    ids[at++] = avt_piper_symbol(config, '^')->ids[0];
    for (size_t i = 0; i < COUNT; i++) {
        ids[at++] = avt_piper_symbol(config, '_')->ids[0];
        ids[at++] = avt_piper_symbol(config, SYMBOLS[i])->ids[0];
    }
    ids[at++] = avt_piper_symbol(config, '_')->ids[0];
    ids[at++] = avt_piper_symbol(config, '$')->ids[0];
    assert_int_equal(at, IDS);
    float scales[] = {0.0f, 1.0f, 0.0f};
    const struct avt_tensor inputs[] = {
        {.name = "input", .dtype = AVT_DTYPE_I64, .rank = 2, .shape = {1, IDS}, .data = ids},
        {.name = "input_lengths", .dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &length},
        {.name = "scales", .dtype = AVT_DTYPE_F32, .rank = 1, .shape = {3}, .data = scales}};
    struct avt_tensor output = {.name = "/Ceil_output_0"};
    assert_int_equal(avt_session_run(session, inputs, 3, &output, 1, NULL), AVT_OK);
    assert_int_equal(avt_tensor_count(&output), IDS);
    memcpy(ret_frames, output.data, sizeof(float[IDS]));
    avt_tensor_done(&output);
}

static void times__are_the_models_own(void **state)
{
    (void)state;
    char folder[] = "/tmp/avatar-piper-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *model = make_voice(folder);
    float frames[IDS];
    ask_durations(folder, model, frames);
    void *engine = NULL;
    struct avt_speaker speaker = {.data = folder};
    const struct avt_engine_input input = {
        .speaker = &speaker, .symbols = SYMBOLS, .count = COUNT, .speed = 1.0};
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    double seconds[COUNT + 2], total = 0.0, shortest = 1e9, longest = 0.0;
    struct avt_error error = {0};
    assert_int_equal(avt_tts_piper.open(&engine, NULL), AVT_OK);
    if (avt_tts_piper.speak(engine, &input, &audio, seconds, &error) != AVT_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < COUNT + 2; i++) {
        /* Each id and the pad behind it; the end has none. */
        double own = (double)frames[2 * i] + (i <= COUNT ? (double)frames[2 * i + 1] : 0.0);
        if (fabs(seconds[i] - own * FRAME_S) > 1e-3)
            fail_msg("symbol %zu: %.4f s, not %.0f frames", i, seconds[i], own);
        total += seconds[i];
        shortest = fmin(shortest, seconds[i]);
        longest = fmax(longest, seconds[i]);
    }
    assert_true(fabs(total * AVT_SPEECH_RATE - (double)audio->count) < 1.0);
    assert_true(longest > 2.0 * shortest);
    avt_tts_piper.close(engine);
    AVT_CLEANUP(avt_freep) char *json = avt_asprintf("%s/voice.json", folder);
    assert_int_equal(unlink(json) | unlink(model) | rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times__are_the_models_own)};
    return cmocka_run_group_tests_name("piper", tests, NULL, NULL);
}
