/* SPDX-License-Identifier: Apache-2.0 */
/* An XTTS of random weights (tools/check_xtts.py golden), against what Coqui's own code made of it. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/onnx_bytes.h"
#include "nn/weights.h"
#include "voice/xtts_guard.h"
#include "voice/xtts_nets.h"
#include "voice/xtts_stretch.h"
#include "voice/xtts_voice.h"

/* As tools/check_xtts.py has them. */
enum { STRIDE = 41, LATENT_STRIDE = 7, IDS = 64, CODES = 256, RATE = 22050, SAMPLES = 22050 * 22 / 10 };
static const float ERROR_MAX = 1e-3f;
static const double STREAM_ERROR_MAX = 1e-5;

static const char *const files[] = {AVT_XTTS_GPT,     AVT_XTTS_DECODER,    AVT_XTTS_CONDITIONING,
                                    AVT_XTTS_SPEAKER, AVT_XTTS_VOCABULARY, AVT_XTTS_CONFIG};
enum { FILES = sizeof(files) / sizeof(files[0]) };

/* Absolute, owned. */
static char *golden(const char *file)
{
    AVT_CLEANUP(avt_freep) char *root = realpath(getenv("GOLDEN"), NULL);
    assert_non_null(root);
    return avt_asprintf("%s/tiny_xtts%s%s", root, *file ? "/" : "", file);
}

static struct avt_xtts *open_golden(void)
{
    AVT_CLEANUP(avt_freep) char *folder = golden("");
    struct avt_xtts *xtts = NULL;
    struct avt_error error = {0};
    if (avt_xtts_open(folder, &xtts, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return xtts;
}

/* The recording of tools/check_xtts.py: noise in syllables. Owned. */
static float *make_recording(void)
{
    float *sound = avt_new0(float, SAMPLES);
    uint32_t random = 12345;
    double last = 0;
    for (int i = 0; i < SAMPLES; i++) {
        random = random * 1664525u + 1013904223u;
        last = .9 * last + ((double)random / 4294967296. - .5) * .3;
        sound[i] = (float)(last * (.55 + .45 * (i / 64 % 97 - 48) / 48));
    }
    return sound;
}

static struct avt_xtts_voice *make_voice(const struct avt_xtts *xtts)
{
    AVT_CLEANUP(avt_freep) float *sound = make_recording();
    const struct avt_xtts_recording recording = {sound, SAMPLES, RATE};
    struct avt_xtts_voice *voice = NULL;
    struct avt_error error = {0};
    if (avt_xtts_voice_make(xtts, &recording, NULL, &voice, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return voice;
}

/* What was said, and what led to it. */
struct said {
    struct avt_buf sound, latents;
    int codes[CODES];
    size_t code_count, pieces;
    struct avt_cancel *cancel; /* to be requested when the first piece is there; NULL: not */
    enum avt_code refuse;      /* what the sink returns */
};
static void said_done(struct said *said)
{
    avt_buf_done(&said->sound);
    avt_buf_done(&said->latents);
}
#define SAID_INIT {.sound = AVT_BUF_INIT(64 << 20), .latents = AVT_BUF_INIT(64 << 20)}

static enum avt_code keep(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    struct said *said = user;
    assert_true(count > 0 && avt_buf_append(&said->sound, samples, count * sizeof(float)));
    said->pieces++;
    if (said->cancel)
        avt_cancel_request(said->cancel);
    return said->refuse ? avt_fail(reterr, said->refuse, "no more") : AVT_OK;
}

static void watch(const char *stage, const float *values, size_t count, void *user)
{
    struct said *said = user;
    if (avt_str_equal(stage, "latent"))
        assert_true(avt_buf_append(&said->latents, values, count * sizeof(float)));
    if (avt_str_equal(stage, "code") && said->code_count < CODES)
        said->codes[said->code_count++] = (int)values[0];
}

static struct avt_xtts_spoken speak(const struct avt_xtts *xtts, const struct avt_xtts_voice *voice,
                                    const int64_t *ids, size_t count, struct avt_xtts_options options,
                                    struct said *said)
{
    struct avt_xtts_spoken spoken = {0};
    struct avt_error error = {0};
    options.trace = watch;
    options.trace_user = said;
    if (avt_xtts_speak(xtts, ids, count, voice, &options, keep, said, &spoken, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(said->sound.size, spoken.samples * sizeof(float));
    assert_int_equal(said->code_count, spoken.codes);
    return spoken;
}

/* --- the same as Coqui's code --- */

struct expected {
    const float *values;
    size_t count, at;
};

static void compare(struct expected *expected, const char *what, const float *values, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i += stride) {
        assert_true(expected->at < expected->count);
        float wanted = expected->values[expected->at++];
        if (!(fabsf(values[i] - wanted) <= ERROR_MAX))
            fail_msg("%s: number %zu is %g, not %g", what, i, (double)values[i], (double)wanted);
    }
}

static size_t whole_numbers(const json_t *list, int64_t *ret_numbers, size_t max)
{
    size_t count = json_array_size(list);
    assert_true(count > 0 && count <= max);
    for (size_t i = 0; i < count; i++)
        ret_numbers[i] = json_integer_value(json_array_get(list, i));
    return count;
}

static void check_run(const struct avt_xtts *xtts, const struct avt_xtts_voice *voice, const json_t *run,
                      struct expected *expected)
{
    AVT_CLEANUP(said_done) struct said said = SAID_INIT;
    int64_t ids[IDS], codes[CODES];
    size_t id_count = whole_numbers(json_object_get(run, "ids"), ids, IDS);
    size_t code_count = whole_numbers(json_object_get(run, "codes"), codes, CODES);
    const struct avt_xtts_options options = {
        .greedy = true, .unguarded = true, .speed = json_number_value(json_object_get(run, "speed"))};
    struct avt_xtts_spoken spoken = speak(xtts, voice, ids, id_count, options, &said);
    assert_int_equal(spoken.codes, code_count);
    for (size_t i = 0; i < code_count; i++)
        assert_int_equal(said.codes[i], codes[i]);
    assert_int_equal(spoken.samples, json_integer_value(json_object_get(run, "samples")));
    bool has_ended = codes[code_count - 1] == avt_xtts_config(xtts)->code_stop;
    assert_int_equal(spoken.was_cut, !has_ended);
    assert_true(said.pieces >= code_count / 20 - 1);
    compare(expected, "latents", (const float *)(const void *)said.latents.data, said.latents.size / sizeof(float),
            LATENT_STRIDE);
    compare(expected, "sound", (const float *)(const void *)said.sound.data, spoken.samples, STRIDE);
}

static void speech__is_what_coquis_code_makes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *runs_path = golden("expected.json");
    AVT_CLEANUP(avt_freep) char *values_path = golden("expected.f32");
    AVT_CLEANUP(avt_freep) char *values = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *runs = NULL;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    size_t size = 0;
    assert_int_equal(avt_json_read_file(runs_path, 1 << 20, &runs, NULL), AVT_OK);
    assert_int_equal(avt_file_read(values_path, 1 << 20, &values, &size, NULL), AVT_OK);
    struct expected expected = {(const float *)(const void *)values, size / sizeof(float), 0};
    compare(&expected, "voice", voice->conditioning, voice->latents * voice->width, 1);
    compare(&expected, "speaker", voice->embedding, voice->speaker, 1);
    assert_int_equal(json_array_size(runs), 3);
    for (size_t i = 0; i < 3; i++)
        check_run(xtts, voice, json_array_get(runs, i), &expected);
    assert_int_equal(expected.at, expected.count);
}

/* In pieces, each with what is around it, as all at once. */
static void speech__streams_what_it_would_be_at_once(void **state)
{
    (void)state;
    static const double SPEEDS[] = {1, .5, 2, 1.1};
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    const size_t width = voice->width;
    const int64_t ids[] = {5, 9, 20, 33, 7, 8};
    for (size_t k = 0; k < sizeof(SPEEDS) / sizeof(SPEEDS[0]); k++) {
        AVT_CLEANUP(said_done) struct said said = SAID_INIT;
        const struct avt_xtts_options options = {.seed = k, .unguarded = true, .speed = SPEEDS[k]};
        struct avt_xtts_spoken spoken = speak(xtts, voice, ids, 6, options, &said);
        struct avt_xtts_stretch stretch;
        avt_xtts_stretch_init(&stretch, width, SPEEDS[k]);
        size_t count = avt_xtts_stretch_ready(&stretch, (size_t)spoken.codes, true);
        AVT_CLEANUP(avt_freep) float *rows = avt_new0(float, count * width);
        AVT_CLEANUP(avt_freep) float *row = avt_new0(float, width);
        AVT_CLEANUP(avt_freep) float *sound = NULL;
        for (size_t i = 0; i < count; i++) {
            avt_xtts_stretch_row(&stretch, (const float *)(const void *)said.latents.data, i, row);
            for (size_t d = 0; d < width; d++)
                rows[d * count + i] = row[d];
        }
        avt_xtts_stretch_done(&stretch);
        assert_int_equal(avt_xtts_decode(xtts, rows, count, voice->embedding, NULL, &sound, NULL), AVT_OK);
        assert_int_equal(spoken.samples, count * AVT_XTTS_HOP);
        assert_true(said.pieces > 1 || spoken.codes < 40);
        for (size_t i = 0; i < spoken.samples; i++) {
            double apart = fabs((double)sound[i] - (double)((const float *)(const void *)said.sound.data)[i]);
            if (apart > STREAM_ERROR_MAX)
                fail_msg("speed %g: sample %zu is %g away", SPEEDS[k], i, apart);
        }
    }
}

static void speech__goes_by_the_seed(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    const int64_t ids[] = {5, 9, 20};
    AVT_CLEANUP(said_done) struct said first = SAID_INIT;
    AVT_CLEANUP(said_done) struct said again = SAID_INIT;
    AVT_CLEANUP(said_done) struct said other = SAID_INIT;
    (void)speak(xtts, voice, ids, 3, (struct avt_xtts_options){.seed = 1}, &first);
    (void)speak(xtts, voice, ids, 3, (struct avt_xtts_options){.seed = 1}, &again);
    (void)speak(xtts, voice, ids, 3, (struct avt_xtts_options){.seed = 2}, &other);
    assert_int_equal(first.sound.size, again.sound.size);
    assert_memory_equal(first.sound.data, again.sound.data, first.sound.size);
    assert_memory_not_equal(first.codes, other.codes, 10 * sizeof(int));
}

static void speech__does_not_run_on(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    int too_long = 0;
    for (int64_t id = 2; id < 12; id++) {
        AVT_CLEANUP(said_done) struct said said = SAID_INIT;
        struct avt_xtts_spoken spoken = speak(xtts, voice, &id, 1, (struct avt_xtts_options){.greedy = true}, &said);
        bool has_ended = said.codes[said.code_count - 1] == avt_xtts_config(xtts)->code_stop;
        assert_true((size_t)spoken.codes <= avt_xtts_codes_max(1));
        assert_int_equal(spoken.was_cut, !has_ended);
        too_long += spoken.was_cut && (size_t)spoken.codes == avt_xtts_codes_max(1);
    }
    assert_true(too_long > 0);
}

/* --- what may go wrong --- */

static void speech__stops_when_told(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    const int64_t ids[] = {5, 9, 20, 33, 7, 8};
    struct avt_cancel cancel = {0};
    AVT_CLEANUP(said_done) struct said said = SAID_INIT;
    AVT_CLEANUP(said_done) struct said refused = SAID_INIT;
    said.cancel = &cancel;
    const struct avt_xtts_options options = {.greedy = true, .unguarded = true, .cancel = &cancel};
    assert_int_equal(avt_xtts_speak(xtts, ids, 6, voice, &options, keep, &said, NULL, NULL), AVT_ECANCELLED);
    assert_int_equal(said.pieces, 1);
    assert_int_equal(avt_xtts_speak(xtts, ids, 6, voice, &options, keep, &said, NULL, NULL), AVT_ECANCELLED);
    assert_int_equal(said.pieces, 1);
    AVT_CLEANUP(avt_freep) float *sound = make_recording();
    const struct avt_xtts_recording recording = {sound, SAMPLES, RATE};
    struct avt_xtts_voice *none = NULL;
    assert_int_equal(avt_xtts_voice_make(xtts, &recording, &cancel, &none, NULL), AVT_ECANCELLED);
    assert_null(none);
    refused.refuse = AVT_ENOSPACE;
    const struct avt_xtts_options plain = {.greedy = true, .unguarded = true};
    assert_int_equal(avt_xtts_speak(xtts, ids, 6, voice, &plain, keep, &refused, NULL, NULL), AVT_ENOSPACE);
    assert_int_equal(refused.pieces, 1);
}

static void speech__takes_what_it_can(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    int64_t good[IDS] = {1};
    const int64_t high[] = {40}, low[] = {-1};
    static const struct avt_xtts_options PLAIN = {0};
    const struct {
        const int64_t *ids;
        size_t count;
        struct avt_xtts_options options;
        enum avt_code code;
    } rows[] = {
        {good, 0, PLAIN, AVT_ETEXT},
        {NULL, 0, PLAIN, AVT_ETEXT},
        {good, 60, PLAIN, AVT_ELIMIT},
        {high, 1, PLAIN, AVT_EINVAL},
        {low, 1, PLAIN, AVT_EINVAL},
        {good, 1, {.temperature = 2.1}, AVT_EINVAL},
        {good, 1, {.temperature = -1}, AVT_EINVAL},
        {good, 1, {.temperature = NAN}, AVT_EINVAL},
        {good, 1, {.top_p = 1.1}, AVT_EINVAL},
        {good, 1, {.top_k = -1}, AVT_EINVAL},
        {good, 1, {.repetition_penalty = .9}, AVT_EINVAL},
        {good, 1, {.speed = .4}, AVT_EINVAL},
        {good, 1, {.speed = 2.1}, AVT_EINVAL},
        {good, 59, {.temperature = 2, .top_p = 1, .top_k = 1, .repetition_penalty = 100, .speed = 2}, AVT_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(said_done) struct said said = SAID_INIT;
        struct avt_error error = {0};
        enum avt_code code = avt_xtts_speak(xtts, rows[i].ids, rows[i].count, voice, &rows[i].options, keep, &said,
                                            NULL, &error);
        if (code != rows[i].code || (code != AVT_OK && (said.pieces > 0 || !error.message[0])))
            fail_msg("row %zu: %d '%s'", i, code, error.message);
    }
}

static void outputs__must_be_numbers(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    float good[] = {0, 1}, bad[] = {0, NAN}, over[] = {INFINITY, 0};
    struct avt_tensor tensor = {"sound", AVT_DTYPE_F32, 1, {2}, good};
    struct avt_error error = {0};
    assert_int_equal(avt_xtts_check(xtts, AVT_XTTS_FILE_DECODER, &tensor, 2, NULL), AVT_OK);
    assert_int_equal(avt_xtts_check(xtts, AVT_XTTS_FILE_DECODER, &tensor, 3, NULL), AVT_EMODELBAD);
    tensor.data = bad;
    assert_int_equal(avt_xtts_check(xtts, AVT_XTTS_FILE_DECODER, &tensor, 2, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, AVT_XTTS_DECODER));
    assert_non_null(strstr(error.message, "'sound'"));
    tensor.data = over;
    assert_int_equal(avt_xtts_check(xtts, AVT_XTTS_FILE_GPT, &tensor, 2, NULL), AVT_EMODELBAD);
}

static void recordings__must_be_some(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_freep) float *sound = make_recording();
    AVT_CLEANUP(avt_freep) float *silent = avt_new0(float, SAMPLES);
    AVT_CLEANUP(avt_freep) float *wrong = make_recording();
    wrong[1000] = NAN;
    const struct {
        struct avt_xtts_recording recording;
        enum avt_code code;
    } rows[] = {
        {{sound, SAMPLES, RATE}, AVT_OK},       {{sound, SAMPLES, 48000}, AVT_OK},
        {{sound, RATE * 35 / 100, RATE}, AVT_OK}, {{sound, RATE / 3, RATE}, AVT_ERECORDING},
        {{sound, 0, RATE}, AVT_ERECORDING},     {{silent, SAMPLES, RATE}, AVT_ERECORDING},
        {{wrong, SAMPLES, RATE}, AVT_ERECORDING}, {{sound, SAMPLES, 100}, AVT_EINVAL},
        {{sound, SAMPLES, -1}, AVT_EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_xtts_voice_make(xtts, &rows[i].recording, NULL, &voice, &error);
        if (code != rows[i].code || (code == AVT_OK) != (voice != NULL))
            fail_msg("row %zu: %d '%s'", i, code, error.message);
    }
}

/* --- folders --- */

/* A new folder with links to all files, but `without` one (NULL: none). Owned; drop_folder(). */
static char *make_folder(const char *without)
{
    char *folder = avt_strdup("/tmp/avatar-xtts-XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < FILES; i++) {
        AVT_CLEANUP(avt_freep) char *from = golden(files[i]);
        AVT_CLEANUP(avt_freep) char *to = avt_asprintf("%s/%s", folder, files[i]);
        if (!without || !avt_str_equal(without, files[i]))
            assert_int_equal(symlink(from, to), 0);
    }
    return folder;
}

static void drop_folder(char **folder)
{
    for (size_t i = 0; i <= FILES; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", *folder, i < FILES ? files[i] : "voice");
        (void)unlink(path);
    }
    assert_int_equal(rmdir(*folder), 0);
    avt_free(*folder);
}

static void folders__say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *file, *other; /* instead of it; NULL: nothing */
        enum avt_code code, voice_code;
        const char *said;
    } ROWS[] = {
        {AVT_XTTS_GPT, NULL, AVT_EMODEL, AVT_OK, AVT_XTTS_GPT},
        {AVT_XTTS_DECODER, NULL, AVT_EMODEL, AVT_OK, AVT_XTTS_DECODER},
        {AVT_XTTS_CONDITIONING, NULL, AVT_EMODEL, AVT_OK, AVT_XTTS_CONDITIONING},
        {AVT_XTTS_SPEAKER, NULL, AVT_EMODEL, AVT_OK, AVT_XTTS_SPEAKER},
        {AVT_XTTS_CONFIG, NULL, AVT_EMODEL, AVT_OK, AVT_XTTS_CONFIG},
        {AVT_XTTS_CONFIG, AVT_XTTS_VOCABULARY, AVT_EFORMAT, AVT_OK, AVT_XTTS_CONFIG},
        {AVT_XTTS_GPT, AVT_XTTS_CONFIG, AVT_EMODELBAD, AVT_OK, AVT_XTTS_GPT},
        {AVT_XTTS_GPT, AVT_XTTS_DECODER, AVT_EMODELBAD, AVT_OK, "input 'conditioning' should be like"},
        {AVT_XTTS_DECODER, AVT_XTTS_SPEAKER, AVT_EMODELBAD, AVT_OK, "float32 [1, 16, n], and is nothing"},
        {AVT_XTTS_CONDITIONING, AVT_XTTS_SPEAKER, AVT_OK, AVT_EMODELBAD, "'mel' should be like float32 [1, 80, n]"},
        {AVT_XTTS_SPEAKER, AVT_XTTS_CONFIG, AVT_OK, AVT_EMODELBAD, AVT_XTTS_SPEAKER},
    };
    AVT_CLEANUP(avt_freep) float *sound = make_recording();
    const struct avt_xtts_recording recording = {sound, SAMPLES, RATE};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(drop_folder) char *folder = make_folder(ROWS[i].file);
        if (ROWS[i].other) {
            AVT_CLEANUP(avt_freep) char *from = golden(ROWS[i].other);
            AVT_CLEANUP(avt_freep) char *to = avt_asprintf("%s/%s", folder, ROWS[i].file);
            assert_int_equal(symlink(from, to), 0);
        }
        AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = NULL;
        AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = NULL;
        struct avt_error error = {0};
        enum avt_code code = avt_xtts_open(folder, &xtts, &error), voice_code = AVT_OK;
        if (code == AVT_OK)
            voice_code = avt_xtts_voice_make(xtts, &recording, NULL, &voice, &error);
        if (code != ROWS[i].code || voice_code != ROWS[i].voice_code || !strstr(error.message, ROWS[i].said))
            fail_msg("%s = %s: %d %d '%s'", ROWS[i].file, ROWS[i].other, code, voice_code, error.message);
    }
}

/* The last weights of the language model are the bias of its codes. */
static float *find_bias(char *model, size_t size, size_t count)
{
    enum { MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5, TENSOR_RAW = 9 };
    struct avt_slice rest = {(const uint8_t *)model, size};
    struct avt_pb_field part, tensor, field;
    struct avt_slice raw = {0};
    bool is_damaged = false;
    while (avt_pb_next(&rest, &part, &is_damaged)) {
        struct avt_slice graph = part.bytes;
        while (part.number == MODEL_GRAPH && avt_pb_next(&graph, &tensor, &is_damaged)) {
            struct avt_slice fields = tensor.bytes;
            while (tensor.number == GRAPH_INITIALIZER && avt_pb_next(&fields, &field, &is_damaged))
                raw = field.number == TENSOR_RAW ? field.bytes : raw;
        }
    }
    assert_false(is_damaged);
    assert_int_equal(raw.size, count * sizeof(float));
    return (float *)(void *)(model + (raw.data - (const uint8_t *)model));
}

/* The golden one, with another bias for one of its codes. */
static struct avt_xtts *open_biased(int code, float bias)
{
    AVT_CLEANUP(drop_folder) char *folder = make_folder(AVT_XTTS_GPT);
    AVT_CLEANUP(avt_freep) char *from = golden(AVT_XTTS_GPT);
    AVT_CLEANUP(avt_freep) char *to = avt_asprintf("%s/" AVT_XTTS_GPT, folder);
    AVT_CLEANUP(avt_freep) char *model = NULL;
    size_t size = 0;
    enum { COUNT = 66 };
    assert_int_equal(avt_file_read(from, 1 << 20, &model, &size, NULL), AVT_OK);
    memcpy((char *)find_bias(model, size, COUNT) + (size_t)code * sizeof(float), &bias, sizeof(bias));
    assert_int_equal(avt_file_write(to, model, size, NULL), AVT_OK);
    struct avt_xtts *xtts = NULL;
    assert_int_equal(avt_xtts_open(folder, &xtts, NULL), AVT_OK);
    assert_int_equal(avt_xtts_config(xtts)->codes, COUNT);
    return xtts;
}

/* A model that says the same code for ever: one of it is sounded. */
static void speech__does_not_loop(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_biased(7, 1e6f);
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *plain = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(plain);
    const int64_t ids[] = {5, 9, 20, 33};
    AVT_CLEANUP(said_done) struct said said = SAID_INIT;
    AVT_CLEANUP(said_done) struct said unguarded = SAID_INIT;
    struct avt_xtts_spoken spoken = speak(xtts, voice, ids, 4, (struct avt_xtts_options){.seed = 1}, &said);
    assert_true(spoken.was_cut);
    assert_int_equal(spoken.codes, AVT_XTTS_LOOP_CODES + 1);
    assert_int_equal(spoken.samples, 4 * 24000 / 22050 * AVT_XTTS_HOP); /* floor(4 * 24000 / 22050) rows */
    spoken = speak(xtts, voice, ids, 4, (struct avt_xtts_options){.seed = 1, .unguarded = true}, &unguarded);
    assert_int_equal(spoken.codes, avt_xtts_config(xtts)->codes_max);
}

static void speech__notices_what_is_no_number(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_biased(7, NAN);
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *plain = open_golden();
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(plain);
    const int64_t ids[] = {5, 9};
    const struct avt_xtts_options options = {0};
    AVT_CLEANUP(said_done) struct said said = SAID_INIT;
    struct avt_error error = {0};
    assert_int_equal(avt_xtts_speak(xtts, ids, 2, voice, &options, keep, &said, NULL, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "'logits'"));
    assert_int_equal(said.pieces, 0);
}

static void voices__are_kept(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(AVT_XTTS_CONFIG);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voice", folder);
    AVT_CLEANUP(avt_freep) char *config_path = avt_asprintf("%s/" AVT_XTTS_CONFIG, folder);
    AVT_CLEANUP(avt_freep) char *golden_config = golden(AVT_XTTS_CONFIG);
    AVT_CLEANUP(avt_freep) char *config = NULL;
    AVT_CLEANUP(avt_freep) char *data = NULL;
    AVT_CLEANUP(avt_freep) float *sound = make_recording();
    const struct avt_xtts_recording recording = {sound, SAMPLES, RATE};
    struct avt_xtts_recording other = recording;
    struct avt_error error = {0};
    size_t size = 0;
    assert_int_equal(avt_file_read_text(golden_config, 1 << 16, &config, NULL), AVT_OK);
    assert_int_equal(avt_file_write(config_path, config, strlen(config), NULL), AVT_OK);
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = NULL;
    assert_int_equal(avt_xtts_open(folder, &xtts, NULL), AVT_OK);
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = make_voice(xtts);
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *back = NULL;
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *any = NULL;
    struct avt_xtts_voice *none = NULL;
    assert_int_equal(avt_xtts_voice_load(xtts, path, &recording, &none, NULL), AVT_ENOENT);
    assert_int_equal(avt_xtts_voice_save(xtts, voice, path, NULL), AVT_OK);
    assert_int_equal(avt_xtts_voice_load(xtts, path, &recording, &back, NULL), AVT_OK);
    assert_int_equal(avt_xtts_voice_load(xtts, path, NULL, &any, NULL), AVT_OK);
    assert_memory_equal(back->conditioning, voice->conditioning, voice->latents * voice->width * sizeof(float));
    assert_memory_equal(back->embedding, voice->embedding, voice->speaker * sizeof(float));
    /* Of another recording. */
    other.count--;
    assert_int_equal(avt_xtts_voice_load(xtts, path, &other, &none, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "another recording"));
    other = (struct avt_xtts_recording){sound, SAMPLES, RATE + 1};
    assert_int_equal(avt_xtts_voice_load(xtts, path, &other, &none, NULL), AVT_EFORMAT);
    /* Damaged anywhere, or cut. */
    assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, NULL), AVT_OK);
    for (size_t at = 0; at < size; at += 97) {
        data[at] ^= 4;
        assert_int_equal(avt_xtts_voice_parse(data, size, &none, NULL), AVT_EFORMAT);
        data[at] ^= 4;
        assert_int_equal(avt_xtts_voice_parse(data, at, &none, NULL), AVT_EFORMAT);
    }
    assert_null(none);
    /* Of another model: one that hears otherwise. */
    char *key = strstr(config, "\"gpt_cond_len\": 2");
    assert_non_null(key);
    key[strlen("\"gpt_cond_len\": ")] = '3';
    assert_int_equal(avt_file_write(config_path, config, strlen(config), NULL), AVT_OK);
    assert_int_equal(avt_xtts_voice_load(xtts, path, &recording, &none, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "another model"));
}

/* That the list of models that can be imported describes what the exporter writes, and takes it for no other's. */
static void weights__fit_the_manifest(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list = NULL;
    AVT_CLEANUP(avt_freep) struct avt_weights_prints *prints = avt_new0(struct avt_weights_prints, 1);
    struct avt_error error = {0};
    assert_int_equal(avt_weights_load(&list, NULL), AVT_OK);
    const struct avt_weights *weights = avt_weights_recognise(list, folder);
    assert_non_null(weights);
    assert_string_equal(weights->engine, "xtts");
    assert_string_equal(weights->stage, "tts");
    assert_false(weights->is_commercial);
    if (avt_weights_examine(weights, folder, NULL, prints, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(prints->count, FILES);
}

/* Steps must not copy caches: each is updated where it is. */
static void caches__are_updated_in_place(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = open_golden();
    AVT_CLEANUP(avt_bound_freep) struct avt_bound *bound = avt_bound_new(xtts->gpt);
    assert_int_equal(xtts->caches.count, 4); /* keys and values of two layers */
    for (size_t i = 0; i < xtts->caches.count; i++)
        assert_true(avt_bound_update(bound, xtts->updates, xtts->caches.outputs[i], xtts->caches.tensors[i].name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speech__is_what_coquis_code_makes), cmocka_unit_test(speech__streams_what_it_would_be_at_once),
        cmocka_unit_test(speech__goes_by_the_seed),          cmocka_unit_test(speech__does_not_run_on),
        cmocka_unit_test(speech__stops_when_told),           cmocka_unit_test(speech__takes_what_it_can),
        cmocka_unit_test(outputs__must_be_numbers),          cmocka_unit_test(recordings__must_be_some),
        cmocka_unit_test(folders__say_what_is_wrong),        cmocka_unit_test(voices__are_kept),
        cmocka_unit_test(speech__does_not_loop),             cmocka_unit_test(speech__notices_what_is_no_number),
        cmocka_unit_test(weights__fit_the_manifest),         cmocka_unit_test(caches__are_updated_in_place),
    };
    return cmocka_run_group_tests_name("xtts", tests, NULL, NULL);
}
