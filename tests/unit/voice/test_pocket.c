/* SPDX-License-Identifier: Apache-2.0 */
#include "pocket_fixture.h"

#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "voice/pocket.h"
#include "voice/pocket_bundle.h"
#include "voice/pocket_sound.h"
#include "voice/pocket_voice.h"

/* As tools/check_pocket.py has them. */
#define TEXT "hello there"
enum { SEED = 11, STEPS = 2, SOUND_STRIDE = 7 };
#define ERROR_MAX 1e-3f

/* --- what is published --- */

static bool is_prepared(const char *text, const char *wanted)
{
    AVT_CLEANUP(avt_freep) char *prepared = avt_pocket_prepare(text, (struct avt_pocket_style){.is_padding = true});
    return avt_str_equal(prepared, wanted);
}

static bool is_plain(const char *text, const char *wanted)
{
    AVT_CLEANUP(avt_freep) char *prepared = avt_pocket_prepare(text, (struct avt_pocket_style){0});
    return avt_str_equal(prepared, wanted);
}

static bool is_french(const char *text, const char *wanted)
{
    AVT_CLEANUP(avt_freep) char *prepared =
        avt_pocket_prepare(text, (struct avt_pocket_style){.is_without_semicolons = true});
    return avt_str_equal(prepared, wanted);
}

/* Each fact of kyutai-labs/pocket-tts and of KevinAHM's export, in their words. */
static void pocket__facts(void **state)
{
    (void)state;
    const struct {
        const char *fact;
        bool holds;
    } rows[] = {
        {"24 kHz", AVT_POCKET_RATE == 24000},
        {"12.5 Hz (80 ms = 1920 samples)", AVT_POCKET_FRAME == 1920 && AVT_POCKET_RATE / AVT_POCKET_FRAME * 2 == 24},
        {"first 30 s if truncated", AVT_POCKET_VOICE_SECONDS_MAX == 30},
        {"eos = out_eos(h) > -4.0", AVT_POCKET_EOS_LOGIT == -4.0f},
        {"x ~ N(0, sqrt(temp)), temp 0.7", AVT_POCKET_TEMPERATURE == 0.7},
        {"_MIN_FRAMES_BEFORE_EOS = 6", AVT_POCKET_EOS_FRAMES_MIN == 6},
        {"fade the first 5 ms in", AVT_POCKET_FADE == 120},
        {"LSD: N = 1 default", ((struct avt_pocket_options)AVT_POCKET_OPTIONS_INIT).lsd_steps == 1},
        {"chunks <= 50 tokens", AVT_POCKET_CHUNK_TOKENS_MAX == 50},
        {"after EOS k frames: (<=4 words 3 else 1)+2: four words", avt_pocket_frames_after("One two three four.") == 5},
        {"(<=4 words 3 else 1)+2: five words", avt_pocket_frames_after("One two three four five.") == 3},
        {"max length = tokens/3+2 s, at 12.5 Hz: 0", avt_pocket_frames_max(0) == 25},
        {"max length: 3 tokens", avt_pocket_frames_max(3) == 38},
        {"max length: 50 tokens", avt_pocket_frames_max(50) == 234},
        {"trim", is_plain("  a \t", "A.")},
        {"newlines > space", is_plain("one\ntwo\r\nthree", "One two three.")},
        {"capitalise first letter", is_plain("été", "Été.") && is_plain("ōki", "Ōki.") && is_plain("žena", "Žena.") &&
                                        is_plain("я", "Я.") && is_plain("'tis", "'tis.") && is_plain("1st", "1st.")},
        {"add . if it ends alnum", is_plain("a1", "A1.") && is_plain("Café", "Café.") && is_plain("Why?", "Why?") &&
                                       is_plain("so,", "So,") && is_plain("“so”", "“so”") && is_plain("so…", "So…")},
        {"pads 8 spaces if < 5 words: four", is_prepared("one two three four", "        One two three four.")},
        {"pads 8 spaces if < 5 words: five", is_prepared("one two three four five", "One two three four five.")},
        {"replace_characters ’ by '", is_plain("it’s ‘so’", "It's 'so'")},
        {"end_on_pause: pause_sec 0.08, fade_sec 0.02, frames of 0.02, floor_db 35",
         AVT_POCKET_PAUSE == 1920 && AVT_POCKET_FADE_OUT == 480 && AVT_POCKET_LEVEL_FRAME == 480 &&
             AVT_POCKET_FLOOR_DB == 35.0},
        {"; by , in some configs", is_french("a; b;", "A, b,")},
        {"an empty text stays empty", is_prepared(" \n ", "")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].holds)
            fail_msg("not so: %s", rows[i].fact);
    }
}

static void pocket__recording_ends_in_a_pause(void **state)
{
    (void)state;
    enum { LOUD = 4800, QUIET = 2400, REST = 100, COUNT = LOUD + QUIET + REST };
    AVT_CLEANUP(avt_freep) float *sound = avt_new0(float, COUNT + AVT_POCKET_PAUSE);
    for (int i = 0; i < COUNT; i++)
        sound[i] = (i % 2 ? -1.f : 1.f) * (i < LOUD ? .5f : .005f); /* 40 dB below */
    assert_int_equal(avt_pocket_end_on_pause(sound, COUNT), LOUD + AVT_POCKET_PAUSE);
    assert_true(sound[LOUD - AVT_POCKET_FADE_OUT] == .5f && sound[LOUD - 1] == 0);
    assert_true(fabsf(sound[LOUD - 240]) < .26f && fabsf(sound[LOUD - 240]) > .24f);
    for (int i = LOUD; i < LOUD + AVT_POCKET_PAUSE; i++)
        assert_true(sound[i] == 0);
    /* Loud to its end. */
    for (int i = 0; i < COUNT; i++)
        sound[i] = .5f;
    assert_int_equal(avt_pocket_end_on_pause(sound, COUNT), COUNT / 480 * 480 + AVT_POCKET_PAUSE);
    assert_int_equal(avt_pocket_end_on_pause(sound, 100), 100);
}

static void pocket__what_is_sound(void **state)
{
    (void)state;
    float values[] = {.1f, .1f, .1f, .1f};
    assert_false(avt_pocket_is_sound(values, 0));
    assert_false(avt_pocket_is_sound(values, 4));
    values[3] = .2f;
    assert_true(avt_pocket_is_sound(values, 4));
    values[1] = NAN;
    assert_false(avt_pocket_is_sound(values, 4));
    values[1] = INFINITY;
    assert_false(avt_pocket_is_sound(values, 4));
}

/* --- pieces of a text --- */

static char *split(const struct avt_spm *spm, const char *text, size_t tokens_max)
{
    AVT_CLEANUP(avt_pocket_chunks_done) struct avt_pocket_chunks chunks = {0};
    AVT_CLEANUP(avt_buf_done) struct avt_buf all = AVT_BUF_INIT(1 << 20);
    assert_int_equal(avt_pocket_split(spm, text, tokens_max, &chunks, NULL), AVT_OK);
    for (size_t i = 0; i < chunks.count; i++)
        avt_buf_printf(&all, "%s%s", i ? "|" : "", chunks.texts[i]);
    return avt_buf_take(&all);
}

/* One token a letter, and one for each space: so that rows can be counted. */
static struct avt_spm *open_letters(void)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf model = AVT_BUF_INIT(1 << 16);
    static const char *const pieces[] = {"<unk>", "\xe2\x96\x81", "a", "b", ".", ",", "!", "?", ";", ":", "\"", "3"};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t size = strlen(pieces[i]);
        avt_buf_printf(&model, "\n%c\n%c%s\x18%c", (int)size + 4, (int)size, pieces[i], i == 0 ? 2 : 1);
    }
    struct avt_spm *spm = NULL;
    assert_int_equal(avt_spm_parse(model.data, model.size, &spm, NULL), AVT_OK);
    return spm;
}

static void pocket__splits(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = open_letters();
    static const struct {
        const char *text;
        size_t tokens_max;
        const char *pieces;
    } rows[] = {
        {"", 9, ""},
        {" \n ", 9, ""},
        {"aa. bb.", 9, "aa. bb."},
        {"aa. bb.", 7, "aa.|bb."},
        {"aa.\n\nbb!  ab? a", 8, "aa. bb!|ab? a"},
        {"a3.3a. b", 7, "a3.3a.|b"},            /* no end within a number */
        {"\"aa.\" bb.", 7, "\"aa.\"|bb."},      /* a quotation mark stays with its end */
        {"aa... bb", 7, "aa...|bb"},
        {"aa, bb; ab: a.", 8, "aa, bb;|ab: a."},
        {"aa bb ab a. b", 6, "aa bb|ab a.|b"},
        {"aabbaabb", 5, "aabb|aabb"},
        {"ab ééééééééé", 5, "ab ééééééééé"},    /* unknown ones are one token */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *pieces = split(spm, rows[i].text, rows[i].tokens_max);
        assert_string_equal(pieces, rows[i].pieces);
    }
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, AVT_SPM_TEXT_BYTES_MAX + 2);
    memset(text, 'a', AVT_SPM_TEXT_BYTES_MAX + 1);
    struct avt_pocket_chunks none = {0};
    assert_int_equal(avt_pocket_split(spm, text, 9, &none, NULL), AVT_ELIMIT);
}

/* --- the same as Kyutai's package --- */

static struct avt_pocket *open_in(const char *folder)
{
    struct avt_error error = {0};
    struct avt_pocket *pocket = NULL;
    if (avt_pocket_open(folder, &pocket, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return pocket;
}

static float *read_recording(size_t *ret_count)
{
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *data = read_tiny("voice.i16", &size);
    float *sound = avt_new0(float, size / 2);
    *ret_count = size / 2;
    for (size_t i = 0; i < size / 2; i++)
        sound[i] = (float)(int16_t)((uint8_t)data[2 * i] | (uint8_t)data[2 * i + 1] << 8) / 32768;
    return sound;
}

static struct avt_pocket_voice *make_voice(const struct avt_pocket *pocket)
{
    size_t count = 0;
    AVT_CLEANUP(avt_freep) float *sound = read_recording(&count);
    struct avt_error error = {0};
    struct avt_pocket_voice *voice = NULL;
    if (avt_pocket_voice_make(pocket, sound, count, NULL, &voice, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return voice;
}

static struct avt_pocket_options options_of(uint64_t seed)
{
    struct avt_pocket_options options = AVT_POCKET_OPTIONS_INIT;
    options.seed = seed;
    options.lsd_steps = STEPS;
    return options;
}

static enum avt_code keep(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    (void)reterr;
    assert_true(avt_buf_append(user, samples, count * sizeof(float)));
    return AVT_OK;
}

static struct avt_pocket_spoken speak(const struct avt_pocket *pocket, const struct avt_pocket_voice *voice,
                                      const char *text, const struct avt_pocket_options *options, struct avt_buf *sound)
{
    struct avt_error error = {0};
    struct avt_pocket_spoken spoken = {0};
    if (avt_pocket_speak(pocket, text, voice, options, keep, sound, &spoken, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(sound->size, spoken.samples * sizeof(float));
    return spoken;
}

struct expected {
    float *values;
    size_t count, at;
    int sounds, latents;
};

static void compare_stage(const char *stage, const float *values, size_t count, void *user)
{
    struct expected *expected = user;
    size_t stride = 1;
    if (avt_str_equal(stage, "sound")) {
        /* One frame, then four at a time. */
        assert_true(expected->sounds == 0 ? count == AVT_POCKET_FRAME : count <= 4 * AVT_POCKET_FRAME);
        expected->sounds++;
        stride = SOUND_STRIDE;
    }
    expected->latents += avt_str_equal(stage, "latent");
    for (size_t i = 0; i < count; i += stride) {
        assert_true(expected->at < expected->count);
        float error = fabsf(values[i] - expected->values[expected->at++]);
        if (!(error <= ERROR_MAX))
            fail_msg("%s, after %d latents: %g away", stage, expected->latents, (double)error);
    }
}

static void pocket__as_kyutais(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    assert_true(avt_pocket_can_clone(pocket));
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *data = read_tiny("expected.f32", &size);
    AVT_CLEANUP(avt_freep) float *values = avt_new0(float, size / sizeof(float));
    memcpy(values, data, size);
    struct expected expected = {.values = values, .count = size / sizeof(float)};
    struct avt_pocket_options options = options_of(SEED);
    options.trace = compare_stage;
    options.trace_user = &expected;
    AVT_CLEANUP(avt_buf_done) struct avt_buf sound = AVT_BUF_INIT(64 << 20);
    struct avt_pocket_spoken spoken = speak(pocket, voice, TEXT, &options, &sound);
    assert_int_equal(expected.at, expected.count);
    assert_int_equal(spoken.samples, expected.latents * AVT_POCKET_FRAME);
    assert_true(spoken.chunks == 1 && spoken.cut_chunks == 0);
    assert_true(avt_pocket_is_sound((const float *)(const void *)sound.data, spoken.samples));
}

static void pocket__seed_decides(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
    AVT_CLEANUP(avt_buf_done) struct avt_buf a = AVT_BUF_INIT(64 << 20), b = a, c = a, d = a;
    struct avt_pocket_options one = options_of(1), two = options_of(2);
    speak(pocket, voice, TEXT, &one, &a);
    speak(pocket, voice, TEXT, &one, &b); /* the first left the voice as it was */
    speak(pocket, voice, TEXT, &two, &c);
    assert_true(a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
    assert_true(a.size != c.size || memcmp(a.data, c.data, a.size) != 0);
    /* Without noise every seed is the same. */
    one.temperature = two.temperature = 0;
    avt_buf_clear(&a);
    speak(pocket, voice, TEXT, &one, &a);
    speak(pocket, voice, TEXT, &two, &d);
    assert_true(a.size == d.size && memcmp(a.data, d.data, a.size) == 0);
    avt_buf_done(&b);
    avt_buf_done(&c);
    avt_buf_done(&d);
}

static void pocket__long_text_in_chunks(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
    AVT_CLEANUP(avt_buf_done) struct avt_buf sound = AVT_BUF_INIT(64 << 20);
    struct avt_pocket_options options = options_of(3);
    struct avt_pocket_spoken spoken =
        speak(pocket, voice, "This is one sentence, and it is a long one. Here is another, no shorter than the first. "
              "A third one follows it, as thirds do.", &options, &sound);
    assert_true(spoken.chunks >= 2);
    assert_true(spoken.samples >= (size_t)spoken.chunks * AVT_POCKET_EOS_FRAMES_MIN * AVT_POCKET_FRAME);
}

/* --- voices in files --- */

static void pocket__voice_is_kept(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voice", folder);
    size_t count = 0;
    AVT_CLEANUP(avt_freep) float *sound = read_recording(&count);
    AVT_CLEANUP(avt_buf_done) struct avt_buf before = AVT_BUF_INIT(64 << 20), after = before;
    struct avt_pocket_options options = options_of(SEED);
    int frames = 0;
    {
        AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
        AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
        struct avt_pocket_voice *none = NULL;
        assert_int_equal(avt_pocket_voice_load(pocket, path, NULL, 0, &none, NULL), AVT_ENOENT);
        assert_int_equal(avt_pocket_voice_save(pocket, voice, path, NULL), AVT_OK);
        frames = avt_pocket_voice_positions(voice);
        speak(pocket, voice, TEXT, &options, &before);
    }
    /* Where the encoder is missing, what was kept can be used. */
    AVT_CLEANUP(drop_folder) char *lean = make_folder("mimi_encoder.onnx");
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(lean);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = NULL;
    assert_int_equal(avt_pocket_voice_load(pocket, path, sound, count, &voice, NULL), AVT_OK);
    assert_int_equal(avt_pocket_voice_positions(voice), frames);
    speak(pocket, voice, TEXT, &options, &after);
    assert_true(before.size == after.size && memcmp(before.data, after.data, before.size) == 0);
    avt_buf_done(&after);
    /* Of another recording. */
    struct avt_pocket_voice *none = NULL;
    struct avt_error error = {0};
    sound[100] += .01f;
    assert_int_equal(avt_pocket_voice_load(pocket, path, sound, count, &none, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "another recording"));
}

static void pocket__voice_of_another_model(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voice", folder);
    {
        AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
        AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
        assert_int_equal(avt_pocket_voice_save(pocket, voice, path, NULL), AVT_OK);
    }
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *model = read_tiny("flow_lm_main.onnx", &size);
    AVT_CLEANUP(avt_buf_done) struct avt_buf other = AVT_BUF_INIT(1 << 20);
    avt_buf_append(&other, model, size);
    avt_buf_append(&other, "\x32\x01x", 3); /* ModelProto.doc_string */
    replace_file(folder, "flow_lm_main.onnx", other.data, other.size);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    struct avt_pocket_voice *none = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_pocket_voice_load(pocket, path, NULL, 0, &none, &error), AVT_EFORMAT);
    assert_non_null(strstr(error.message, "another model"));
}

static void pocket__damaged_voices(void **state)
{
    (void)state;
    struct avt_pocket_voice *voice = avt_new0(struct avt_pocket_voice, 1);
    memset(voice->model, 'a', sizeof(voice->model) - 1);
    memset(voice->sound, 'b', sizeof(voice->sound) - 1);
    voice->positions = 7;
    float cache[300] = {0};
    cache[3] = 1;
    cache[290] = 2;
    int64_t step = 9;
    voice->state.count = 3;
    voice->state.tensors[0] = (struct avt_tensor){.dtype = AVT_DTYPE_F32, .rank = 2, .shape = {3, 100}, .data = cache};
    voice->state.tensors[1] = (struct avt_tensor){.dtype = AVT_DTYPE_F32, .rank = 1, .shape = {0}, .data = cache};
    voice->state.tensors[2] = (struct avt_tensor){.dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &step};
    AVT_CLEANUP(avt_buf_done) struct avt_buf good = AVT_BUF_INIT(1 << 16);
    assert_int_equal(avt_pocket_voice_write(voice, &good, NULL), AVT_OK);
    avt_free(voice);
    assert_true(good.size < 400); /* zeros take no room */
    struct avt_pocket_voice *back = NULL;
    assert_int_equal(avt_pocket_voice_parse(good.data, good.size, 1208, &back, NULL), AVT_OK);
    assert_int_equal(back->positions, 7);
    assert_memory_equal(back->state.tensors[0].data, cache, sizeof(cache));
    assert_int_equal(back->state.tensors[1].shape[0], 0);
    assert_int_equal(*(int64_t *)back->state.tensors[2].data, 9);
    avt_pocket_voice_free(back);
    struct avt_pocket_voice *none = NULL;
    assert_int_equal(avt_pocket_voice_parse(good.data, good.size, 1207, &none, NULL), AVT_EFORMAT); /* over the limit */
    for (size_t cut = 0; cut < good.size; cut++)
        assert_int_equal(avt_pocket_voice_parse(good.data, cut, 1 << 20, &none, NULL), AVT_EFORMAT);
    for (size_t i = 0; i < good.size; i++) {
        good.data[i] ^= 1;
        assert_int_equal(avt_pocket_voice_parse(good.data, good.size, 1 << 20, &none, NULL), AVT_EFORMAT);
        good.data[i] ^= 1;
    }
}

/* --- what can go wrong --- */

static void pocket__missing_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < TINY_FILES; i++) {
        AVT_CLEANUP(drop_folder) char *folder = make_folder(tiny_files[i]);
        AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = NULL;
        struct avt_error error = {0};
        if (!avt_str_equal(tiny_files[i], "mimi_encoder.onnx")) {
            assert_int_equal(avt_pocket_open(folder, &pocket, &error), AVT_EMODEL);
            assert_non_null(strstr(error.message, tiny_files[i]));
            continue;
        }
        /* Only cloning is not possible then: said clearly, and no other voice is taken instead. */
        assert_int_equal(avt_pocket_open(folder, &pocket, &error), AVT_OK);
        assert_false(avt_pocket_can_clone(pocket));
        size_t count = 0;
        AVT_CLEANUP(avt_freep) float *sound = read_recording(&count);
        struct avt_pocket_voice *voice = NULL;
        assert_int_equal(avt_pocket_voice_make(pocket, sound, count, NULL, &voice, &error), AVT_EMODEL);
        assert_null(voice);
        assert_non_null(strstr(error.message, "mimi_encoder.onnx"));
        assert_non_null(strstr(error.message, "kyutai/pocket-tts"));
    }
}

static void pocket__wrong_files(void **state)
{
    (void)state;
    static const struct {
        const char *file, *instead, *what;
    } rows[] = {
        {"flow_lm_main.onnx", "flow_lm_flow.onnx", "sequence"},
        {"flow_lm_flow.onnx", "text_conditioner.onnx", "input 'c' should be like float32 [1, 16], and is nothing"},
        {"mimi_decoder.onnx", "mimi_encoder.onnx", "input 'latent'"},
        {"mimi_encoder.onnx", "mimi_decoder.onnx", "input 'audio'"},
        {"tokenizer.model", "flow_lm_flow.onnx", "tokenizer.model"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
        size_t size = 0;
        AVT_CLEANUP(avt_freep) char *data = read_tiny(rows[i].instead, &size);
        replace_file(folder, rows[i].file, data, size);
        struct avt_pocket *pocket = NULL;
        struct avt_error error = {0};
        assert_int_equal(avt_pocket_open(folder, &pocket, &error), AVT_EMODELBAD);
        if (!strstr(error.message, rows[i].file) || !strstr(error.message, rows[i].what))
            fail_msg("'%s' does not say '%s'", error.message, rows[i].what);
        replace_file(folder, rows[i].file, data, size / 2);
        assert_int_equal(avt_pocket_open(folder, &pocket, &error), AVT_EMODELBAD);
        assert_non_null(strstr(error.message, rows[i].file));
    }
}

static void pocket__bad_calls(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
    AVT_CLEANUP(avt_buf_done) struct avt_buf sound = AVT_BUF_INIT(64 << 20);
    AVT_CLEANUP(avt_freep) float *silence = avt_new0(float, AVT_POCKET_RATE);
    struct avt_pocket_voice *none = NULL;
    assert_int_equal(avt_pocket_voice_make(pocket, silence, AVT_POCKET_RATE, NULL, &none, NULL), AVT_ERECORDING);
    silence[5] = .5f;
    assert_int_equal(avt_pocket_voice_make(pocket, silence, 1000, NULL, &none, NULL), AVT_ERECORDING);
    silence[6] = NAN;
    assert_int_equal(avt_pocket_voice_make(pocket, silence, AVT_POCKET_RATE, NULL, &none, NULL), AVT_ERECORDING);
    const struct {
        double temperature;
        int steps;
        const char *text;
        enum avt_code code;
    } rows[] = {
        {-.1, 1, TEXT, AVT_EINVAL}, {2.1, 1, TEXT, AVT_EINVAL}, {NAN, 1, TEXT, AVT_EINVAL}, {.7, -1, TEXT, AVT_EINVAL},
        {.7, AVT_POCKET_STEPS_MAX + 1, TEXT, AVT_EINVAL}, {.7, 1, "", AVT_ETEXT}, {.7, 1, " \n\t", AVT_ETEXT},
        {.7, 0, TEXT, AVT_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct avt_pocket_options options = {.temperature = rows[i].temperature, .lsd_steps = rows[i].steps};
        struct avt_error error = {0};
        assert_int_equal(avt_pocket_speak(pocket, rows[i].text, voice, &options, keep, &sound, NULL, &error),
                         rows[i].code);
        assert_true((error.message[0] != '\0') == (rows[i].code != AVT_OK));
        assert_true((sound.size > 0) == (rows[i].code == AVT_OK));
    }
}

/* Stops after the first sound: by the cancel flag, or by what the sink returns. */
struct stopper {
    struct avt_cancel *cancel;
    int calls;
};

static enum avt_code stop(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    (void)samples, (void)count;
    struct stopper *stopper = user;
    stopper->calls++;
    if (!stopper->cancel)
        return avt_fail(reterr, AVT_EOUTPUT, "nobody wants it");
    avt_cancel_request(stopper->cancel);
    return AVT_OK;
}

static void pocket__stops(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
    struct avt_cancel cancel = {0};
    struct avt_pocket_options options = options_of(1);
    struct avt_error error = {0};
    struct stopper refusing = {0}, cancelling = {.cancel = &cancel};
    assert_int_equal(avt_pocket_speak(pocket, TEXT, voice, &options, stop, &refusing, NULL, &error), AVT_EOUTPUT);
    assert_string_equal(error.message, "nobody wants it");
    options.cancel = &cancel;
    assert_int_equal(avt_pocket_speak(pocket, TEXT, voice, &options, stop, &cancelling, NULL, &error), AVT_ECANCELLED);
    assert_true(refusing.calls == 1 && cancelling.calls == 1);
    size_t count = 0;
    AVT_CLEANUP(avt_freep) float *sound = read_recording(&count);
    struct avt_pocket_voice *none = NULL;
    assert_int_equal(avt_pocket_voice_make(pocket, sound, count, &cancel, &none, &error), AVT_ECANCELLED);
}

/* --- models since 2026-04 --- */

/* A vector of `count` numbers in a .npy file. Owned. */
static char *make_npy(const char *type, int count, size_t *ret_size)
{
    AVT_CLEANUP(avt_freep) char *header =
        avt_asprintf("{'descr': '%s', 'fortran_order': False, 'shape': (1, 1, %d), }\n", type, count);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1 << 16);
    avt_buf_append(&out, "\x93NUMPY\x01\0", 8);
    avt_buf_append_char(&out, (char)strlen(header));
    avt_buf_append_char(&out, 0);
    avt_buf_append_str(&out, header);
    for (int i = 0; i < count; i++) {
        float value = (float)i / 8 - 1;
        avt_buf_append(&out, &value, sizeof(value));
    }
    *ret_size = out.size;
    return avt_buf_take(&out);
}

enum { TINY_WIDTH = 16 };

static void pocket__vector_before_the_voice(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    int frames = 0;
    AVT_CLEANUP(avt_buf_done) struct avt_buf before = AVT_BUF_INIT(64 << 20), after = before;
    struct avt_pocket_options options = options_of(SEED);
    {
        AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
        AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
        frames = avt_pocket_voice_positions(voice);
        speak(pocket, voice, "Just as long as it has to be.", &options, &before);
    }
    size_t size = 0;
    AVT_CLEANUP(avt_freep) char *npy = make_npy("<f4", TINY_WIDTH, &size);
    replace_file(folder, "bos_before_voice.npy", npy, size);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = make_voice(pocket);
    assert_int_equal(avt_pocket_voice_positions(voice), frames + 1);
    speak(pocket, voice, "Just as long as it has to be.", &options, &after);
    assert_true(before.size != after.size || memcmp(before.data, after.data, before.size) != 0);
    avt_buf_done(&after);
}

static void pocket__bundles(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    size_t size = 0, other_size = 0;
    AVT_CLEANUP(avt_freep) char *npy = make_npy("<f4", TINY_WIDTH, &size);
    AVT_CLEANUP(avt_freep) char *halves = make_npy("<f2", TINY_WIDTH, &other_size);
    static const struct {
        const char *json; /* NULL: no file */
        bool has_npy;
        enum avt_code code;
        bool is_padding, is_without_semicolons;
    } rows[] = {
        {NULL, false, AVT_OK, true, false},
        {NULL, true, AVT_OK, false, false},
        {"{}", false, AVT_OK, false, false},
        {"{\"pad_with_spaces_for_short_inputs\": true, \"insert_bos_before_voice\": false}", false, AVT_OK, true,
         false},
        {"{\"remove_semicolons\": true, \"insert_bos_before_voice\": true}", true, AVT_OK, false, true},
        {"{\"insert_bos_before_voice\": true}", false, AVT_EMODEL, false, false},
        {"[]", false, AVT_EMODELBAD, false, false},
        {"{", false, AVT_EMODELBAD, false, false},
    };
    AVT_CLEANUP(avt_freep) char *bundle_path = avt_asprintf("%s/bundle.json", folder);
    AVT_CLEANUP(avt_freep) char *npy_path = avt_asprintf("%s/bos_before_voice.npy", folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)unlink(bundle_path);
        (void)unlink(npy_path);
        if (rows[i].json)
            replace_file(folder, "bundle.json", rows[i].json, strlen(rows[i].json));
        if (rows[i].has_npy)
            replace_file(folder, "bos_before_voice.npy", npy, size);
        AVT_CLEANUP(avt_pocket_bundle_done) struct avt_pocket_bundle bundle = {0};
        assert_int_equal(avt_pocket_bundle_read(folder, TINY_WIDTH, &bundle, NULL), rows[i].code);
        if (rows[i].code != AVT_OK)
            continue;
        assert_true((bundle.bos != NULL) == rows[i].has_npy);
        assert_int_equal(bundle.style.is_padding, rows[i].is_padding);
        assert_int_equal(bundle.style.is_without_semicolons, rows[i].is_without_semicolons);
    }
    AVT_CLEANUP(avt_freep) float *good = avt_pocket_npy(npy, size, TINY_WIDTH);
    assert_true(good && good[0] == -1 && good[9] == .125f);
    assert_null(avt_pocket_npy(npy, size, TINY_WIDTH + 1));
    assert_null(avt_pocket_npy(halves, other_size, TINY_WIDTH));
    for (size_t cut = 0; cut < size; cut++)
        assert_null(avt_pocket_npy(npy, cut, TINY_WIDTH));
}

/* A voice that leaves no room behind it. */
static void pocket__no_room(void **state)
{
    (void)state;
    AVT_CLEANUP(drop_folder) char *folder = make_folder(NULL);
    AVT_CLEANUP(avt_pocket_freep) struct avt_pocket *pocket = open_in(folder);
    enum { COUNT = 190 * AVT_POCKET_FRAME }; /* of 200 positions */
    AVT_CLEANUP(avt_freep) float *sound = avt_new0(float, COUNT);
    for (int i = 0; i < COUNT; i++)
        sound[i] = sinf((float)i * .05f) * .3f;
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = NULL;
    assert_int_equal(avt_pocket_voice_make(pocket, sound, COUNT, NULL, &voice, NULL), AVT_OK);
    assert_int_equal(avt_pocket_voice_positions(voice), 191);
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(64 << 20);
    struct avt_pocket_options options = options_of(1);
    assert_int_equal(avt_pocket_speak(pocket, TEXT, voice, &options, keep, &out, NULL, NULL), AVT_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pocket__facts),
        cmocka_unit_test(pocket__recording_ends_in_a_pause),
        cmocka_unit_test(pocket__what_is_sound),
        cmocka_unit_test(pocket__splits),
        cmocka_unit_test(pocket__as_kyutais),
        cmocka_unit_test(pocket__seed_decides),
        cmocka_unit_test(pocket__long_text_in_chunks),
        cmocka_unit_test(pocket__voice_is_kept),
        cmocka_unit_test(pocket__voice_of_another_model),
        cmocka_unit_test(pocket__damaged_voices),
        cmocka_unit_test(pocket__missing_files),
        cmocka_unit_test(pocket__wrong_files),
        cmocka_unit_test(pocket__bad_calls),
        cmocka_unit_test(pocket__stops),
        cmocka_unit_test(pocket__vector_before_the_voice),
        cmocka_unit_test(pocket__bundles),
        cmocka_unit_test(pocket__no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
