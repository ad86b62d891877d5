/* SPDX-License-Identifier: Apache-2.0 */
/* The speech model itself: needs what `./dev setup` fetches. */
#include "../cmocka_all.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/silence.h"
#include "nn/registry.h"
#include "voice/engine.h"

struct spoken {
    struct avt_audio *audio;
    double seconds[64];
    size_t count;
};

static void speak_as(void *engine, const struct avt_speaker *speaker, const char *text, double speed,
                     struct avt_melody melody, struct spoken *spoken)
{
    uint32_t symbols[62];
    size_t size = strlen(text);
    spoken->count = 0;
    for (size_t at = 0; at < size; spoken->count++)
        at += avt_utf8_decode(text + at, size - at, &symbols[spoken->count]);
    struct avt_error error = {0};
    const struct avt_engine_input input = {.speaker = speaker,
                                           .symbols = symbols,
                                           .count = spoken->count,
                                           .speed = speed,
                                           .melody = melody};
    if (avt_tts_kokoro.speak(engine, &input, &spoken->audio, spoken->seconds, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void speak_at(void *engine, const char *voice_id, const char *text, double speed,
                     double pitch_st, double range, struct spoken *spoken)
{
    struct avt_speaker speaker = {0};
    assert_int_equal(avt_speaker_find(voice_id, NULL, &speaker, NULL), AVT_OK);
    speak_as(engine, &speaker, text, speed, (struct avt_melody){pitch_st, range}, spoken);
    avt_speaker_done(&speaker);
}

static void speak(void *engine, const char *voice_id, const char *text, double speed,
                  struct spoken *spoken)
{
    speak_at(engine, voice_id, text, speed, 0.0, 1.0, spoken);
}

static double sum(const double *values, size_t count)
{
    double total = 0.0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

static void durations__are_those_of_the_published_model(void **state)
{
    /* Frames of 25 ms, from Python: onnxruntime 1.29.0 and 1.32.0 on the same file. int8 arithmetic
     * differs between processors by a frame here and there. */
    static const int frames[] = {
        17, 2, 2, 3, 3, 3, 2, 1, 2, 3, 4, 3, 13, 7, 1,
    };
    struct spoken spoken;
    speak(*state, "af_heart", "hˈAlO wˈɜɹld.", 1.0, &spoken);
    assert_int_equal(spoken.count + 2, sizeof(frames) / sizeof(*frames));
    double total = 0.0;
    for (size_t i = 0; i < spoken.count + 2; i++) {
        double got = spoken.seconds[i] / 0.025;
        /* The lead-in and what precedes the full stop hold the pauses and vary most. */
        if (fabs(got - frames[i]) > (frames[i] > 6 ? 5.5 : 1.5))
            fail_msg("symbol %zu: %.1f frames, not %d", i, got, frames[i]);
        total += spoken.seconds[i];
    }
    assert_true(fabs(total * AVT_SPEECH_RATE - (double)spoken.audio->count) < 0.5);
    /* It is speech: silent at first, loud in between. */
    assert_true(avt_audio_level_db(spoken.audio, 0, AVT_SPEECH_RATE / 5) < -50.0);
    assert_true(avt_audio_level_db(spoken.audio, AVT_SPEECH_RATE * 2 / 5, AVT_SPEECH_RATE) > -35.0);
    avt_audio_free(spoken.audio);
}

static void samples__are_the_same_every_time(void **state)
{
    struct spoken first, second;
    speak(*state, "bm_george", "ˈOkˌA", 1.0, &first);
    speak(*state, "bm_george", "ˈOkˌA", 1.0, &second);
    assert_int_equal(first.audio->count, second.audio->count);
    assert_memory_equal(first.audio->samples, second.audio->samples,
                        first.audio->count * sizeof(float));
    avt_audio_free(first.audio);
    avt_audio_free(second.audio);
}

enum { PACK_ROW_BYTES = 256 * 4, PACK_BYTES = 510 * PACK_ROW_BYTES };

static char *read_pack(const char *voice_id)
{
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    assert_int_equal(avt_registry_open(&registry, NULL), AVT_OK);
    assert_int_equal(avt_registry_path(registry, "kokoro-voices", &folder, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s.bin", folder, voice_id);
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, PACK_BYTES, &data, &size, NULL), AVT_OK);
    assert_int_equal(size, PACK_BYTES);
    return data;
}

/* A man's pack in which one row is a woman's: what has as many symbols as that row is for is said by
 * her, and what has one symbol more is said by him. */
static void style__is_the_row_for_so_many_symbols(void **state)
{
    static const char *const TEXTS[] = {"hˈAlO", "hˈAlOz"};
    enum { SYMBOLS = 5 }; /* of the first */
    char path[] = "kokoro-pack-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    AVT_CLEANUP(avt_freep) char *pack = read_pack("bm_george");
    AVT_CLEANUP(avt_freep) char *woman = read_pack("af_heart");
    size_t row = (size_t)(SYMBOLS - 1) * PACK_ROW_BYTES;
    memcpy(pack + row, woman + row, PACK_ROW_BYTES);
    assert_int_equal(avt_file_write(path, pack, PACK_BYTES, NULL), AVT_OK);
    const struct avt_speaker speaker = {
        .id = "both", .part_count = 1, .parts = {{.id = "both", .path = path, .weight = 1}}};
    for (size_t i = 0; i < 2; i++) {
        struct spoken made, whose;
        speak_as(*state, &speaker, TEXTS[i], 1.0, (struct avt_melody){0, 1}, &made);
        speak(*state, i == 0 ? "af_heart" : "bm_george", TEXTS[i], 1.0, &whose);
        assert_int_equal(made.count, SYMBOLS + i);
        assert_int_equal(made.audio->count, whose.audio->count);
        assert_memory_equal(made.audio->samples, whose.audio->samples, made.audio->count * sizeof(float));
        avt_audio_free(made.audio);
        avt_audio_free(whose.audio);
    }
    assert_int_equal(unlink(path), 0);
}

static void speed__reaches_the_model(void **state)
{
    struct spoken slow, fast;
    speak(*state, "af_heart", "hˈAlO wˈɜɹld", 0.5, &slow);
    speak(*state, "af_heart", "hˈAlO wˈɜɹld", 2.0, &fast);
    assert_true(sum(slow.seconds + 1, slow.count) > 2.0 * sum(fast.seconds + 1, fast.count));
    avt_audio_free(slow.audio);
    avt_audio_free(fast.audio);
}

/* F0 of one frame by normalised autocorrelation, 0 where there is none. */
static double f0_of(const float *samples)
{
    enum { FRAME = 1200, LAG_MIN = 60, LAG_MAX = 400 }; /* 50 ms; 400 to 60 Hz */
    double best = 0.0;
    int best_lag = 0;
    for (int lag = LAG_MIN; lag <= LAG_MAX; lag++) {
        double product = 0.0, a = 1e-9, b = 1e-9;
        for (int i = 0; i < FRAME; i++) {
            product += (double)samples[i] * (double)samples[i + lag];
            a += (double)samples[i] * (double)samples[i];
            b += (double)samples[i + lag] * (double)samples[i + lag];
        }
        double similar = a + b > 0.2 ? product / sqrt(a * b) : 0.0;
        /* Whole multiples of the period look as similar; the shortest is it. */
        if (similar > best + 0.02) {
            best = similar;
            best_lag = lag;
        }
    }
    return best > 0.85 ? (double)AVT_SPEECH_RATE / best_lag : 0.0;
}

static int by_value(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return first < second ? -1 : first > second;
}

enum { FRAMES_MAX = 4096, FRAME_STEP = 240, FRAME_REACH = 1700 };

/* Of `count` values, which are sorted: the median, and the spread between the quartiles. */
static double median_of(double *values, size_t count, double *ret_spread)
{
    assert_true(count > 20);
    qsort(values, count, sizeof values[0], by_value);
    *ret_spread = values[count * 3 / 4] - values[count / 4];
    return values[count / 2];
}

/* Spread of the melody, semitones. */
static double spread_of(const struct avt_audio *audio)
{
    static double st[FRAMES_MAX];
    size_t count = 0;
    for (size_t at = 0; at + FRAME_REACH < audio->count && count < FRAMES_MAX; at += FRAME_STEP) {
        double f0 = f0_of(audio->samples + at);
        if (f0 > 0.0)
            st[count++] = 12.0 * log2(f0);
    }
    double spread;
    (void)median_of(st, count, &spread);
    return spread;
}

/* By how many semitones the same frames of two recordings of one length differ: their median, so that frames whose
 * octave was misheard in one of them do not count. */
static double steps_between(const struct avt_audio *from, const struct avt_audio *to)
{
    static double st[FRAMES_MAX];
    size_t count = 0;
    for (size_t at = 0; at + FRAME_REACH < from->count && count < FRAMES_MAX; at += FRAME_STEP) {
        double before = f0_of(from->samples + at), after = f0_of(to->samples + at);
        if (before > 0.0 && after > 0.0)
            st[count++] = 12.0 * log2(after / before);
    }
    double spread;
    return median_of(st, count, &spread);
}

static void pitch__moves_the_melody_and_nothing_else(void **state)
{
    static const char TEXT[] = "wi wɜɹ ɔl əwˈA mˈɛni jˈɪɹz ənd nˈO wˈʌn nˈu wˈI.";
    static const double STEPS[] = {3.0, -3.0};
    struct spoken plain;
    speak(*state, "am_michael", TEXT, 1.0, &plain);
    for (size_t i = 0; i < 2; i++) {
        struct spoken moved;
        speak_at(*state, "am_michael", TEXT, 1.0, STEPS[i], 1.0, &moved);
        assert_int_equal(moved.audio->count, plain.audio->count);
        double heard = steps_between(plain.audio, moved.audio);
        if (fabs(heard - STEPS[i]) > 0.15)
            fail_msg("%.1f semitones asked, %.2f heard", STEPS[i], heard);
        assert_memory_equal(moved.seconds, plain.seconds, sizeof(double) * (plain.count + 2));
        avt_audio_free(moved.audio);
    }
    struct spoken flat;
    speak_at(*state, "am_michael", TEXT, 1.0, 0.0, 0.3, &flat);
    double base_spread = spread_of(plain.audio), flat_spread = spread_of(flat.audio);
    if (flat_spread > 0.6 * base_spread)
        fail_msg("a spread of %.2f semitones, flattened: %.2f", base_spread, flat_spread);
    avt_audio_free(flat.audio);
    avt_audio_free(plain.audio);
}

static void unknown_symbols__take_no_time(void **state)
{
    struct spoken spoken;
    speak(*state, "af_heart", "hg\u4e2dˈO", 1.0, &spoken);
    assert_int_equal(spoken.count, 5);
    assert_true(spoken.seconds[1] > 0.0 && spoken.seconds[2] == 0.0 && spoken.seconds[3] == 0.0);
    avt_audio_free(spoken.audio);
}

static void link_into(const char *folder, const char *name, const char *target)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    assert_int_equal(symlink(target, path), 0);
}

/* A model folder like the real one, but for one voice of which nothing but the size is right. */
static void make_damaged(const char *root)
{
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *model = NULL;
    AVT_CLEANUP(avt_freep) char *voices = NULL;
    assert_int_equal(avt_registry_open(&registry, NULL), AVT_OK);
    assert_int_equal(avt_registry_path(registry, "kokoro-82m-int8", &model, NULL), AVT_OK);
    assert_int_equal(avt_registry_path(registry, "kokoro-voices", &voices, NULL), AVT_OK);
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/kokoro-82m/voices", root);
    AVT_CLEANUP(avt_freep) char *parent = avt_asprintf("%s/kokoro-82m", root);
    assert_int_equal(avt_mkdirs(folder, NULL), AVT_OK);
    link_into(parent, "model.onnx", model);
    DIR *list = opendir(voices);
    assert_non_null(list);
    for (const struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        if (entry->d_name[0] == '.' || avt_str_equal(entry->d_name, "bm_lewis.bin"))
            continue;
        AVT_CLEANUP(avt_freep) char *target = avt_asprintf("%s/%s", voices, entry->d_name);
        link_into(folder, entry->d_name, target);
    }
    (void)closedir(list);
    AVT_CLEANUP(avt_freep) char *data = avt_new0(char, PACK_BYTES);
    memset(data, 0xFF, PACK_BYTES);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/bm_lewis.bin", folder);
    assert_int_equal(avt_file_write(path, data, PACK_BYTES, NULL), AVT_OK);
}

static void remove_damaged(const char *root)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/kokoro-82m/voices", root);
    AVT_CLEANUP(avt_freep) char *parent = avt_asprintf("%s/kokoro-82m", root);
    AVT_CLEANUP(avt_freep) char *model = avt_asprintf("%s/model.onnx", parent);
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (const struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(unlink(path), 0);
    }
    (void)closedir(list);
    assert_int_equal(unlink(model), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(rmdir(parent), 0);
    assert_int_equal(rmdir(root), 0);
}

static void damaged_voice__is_refused_by_name(void **state)
{
    (void)state;
    char root[] = "kokoro-XXXXXX";
    assert_non_null(mkdtemp(root));
    make_damaged(root);
    const char *before = getenv("AVATAR_MODELS");
    AVT_CLEANUP(avt_freep) char *models = before ? avt_strdup(before) : NULL;
    assert_int_equal(setenv("AVATAR_MODELS", root, 1), 0);
    void *engine = NULL;
    assert_int_equal(avt_tts_kokoro.open(&engine, NULL), AVT_OK);
    struct avt_speaker speaker = {0};
    assert_int_equal(avt_speaker_find("bm_lewis", NULL, &speaker, NULL), AVT_OK);
    const uint32_t symbol = 'O';
    const struct avt_engine_input input = {
        .speaker = &speaker, .symbols = &symbol, .count = 1, .speed = 1.0, .melody = {0, 1}};
    struct avt_audio *audio = NULL;
    double seconds[3];
    struct avt_error error = {0};
    assert_int_equal(avt_tts_kokoro.speak(engine, &input, &audio, seconds, &error),
                     AVT_EMODELBAD);
    avt_speaker_done(&speaker);
    assert_non_null(strstr(error.message, "bm_lewis.bin"));
    assert_null(audio);
    avt_tts_kokoro.close(engine);
    if (models)
        (void)setenv("AVATAR_MODELS", models, 1);
    else
        (void)unsetenv("AVATAR_MODELS");
    remove_damaged(root);
}

static int open_engine(void **state)
{
    struct avt_error error = {0};
    enum avt_code code = avt_tts_kokoro.open(state, &error);
    if (code != AVT_OK)
        print_error("%s\n", error.message);
    return code;
}

static int close_engine(void **state)
{
    avt_tts_kokoro.close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations__are_those_of_the_published_model),
        cmocka_unit_test(samples__are_the_same_every_time),
        cmocka_unit_test(style__is_the_row_for_so_many_symbols),
        cmocka_unit_test(speed__reaches_the_model),
        cmocka_unit_test(pitch__moves_the_melody_and_nothing_else),
        cmocka_unit_test(unknown_symbols__take_no_time),
        cmocka_unit_test(damaged_voice__is_refused_by_name),
    };
    return cmocka_run_group_tests_name("kokoro", tests, open_engine, close_engine);
}
