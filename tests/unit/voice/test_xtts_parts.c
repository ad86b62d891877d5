/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of XTTS that are no networks: published numbers, sampling, stretching, guards, xtts.json. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/xtts.h"
#include "voice/xtts_guard.h"
#include "voice/xtts_mel.h"
#include "voice/xtts_sample.h"
#include "voice/xtts_stretch.h"

/* --- what is published --- */

/* Each fact of Coqui's code (TTS/tts/models/xtts.py, layers/xtts), in its words. */
static void xtts__facts(void **state)
{
    (void)state;
    const struct avt_xtts_mel *voice = &avt_xtts_mel_voice, *speaker = &avt_xtts_mel_speaker;
    const struct {
        const char *fact;
        bool holds;
    } rows[] = {
        {"output_sample_rate: 24000", AVT_XTTS_RATE == 24000},
        {"input_sample_rate: 22050", AVT_XTTS_LATENT_RATE == 22050},
        {"gpt_code_stride_len: 1024, 21.5 Hz", AVT_XTTS_STRIDE == 1024},
        {"output_hop_length: 256", AVT_XTTS_HOP == 256},
        {"n_fft=2048, hop_length=256, win_length=1024",
         voice->fft == 2048 && voice->hop == 256 && voice->window == 1024},
        {"sample_rate=22050, f_max=8000, n_mels=80", voice->rate == 22050 && voice->top == 8000 && voice->bands == 80},
        {"norm=slaney, Hann, no pre-emphasis", voice->is_slaney && !voice->is_hamming && voice->emphasis == 0},
        {"log(clamp(mel, min=1e-5))", voice->floor == 1e-5},
        {"fft_size 512, win_length 400, hop_length 160",
         speaker->fft == 512 && speaker->window == 400 && speaker->hop == 160},
        {"sample_rate 16000, num_mels 64, up to half of it",
         speaker->rate == 16000 && speaker->bands == 64 && speaker->top == 8000},
        {"preemphasis 0.97, window_fn=torch.hamming_window, norm=None, power",
         speaker->emphasis == .97 && speaker->is_hamming && !speaker->is_slaney && speaker->floor == 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].holds)
            fail_msg("not so: %s", rows[i].fact);
    }
}

static void xtts__spectra_of_known_sounds(void **state)
{
    (void)state;
    enum { COUNT = 8192 };
    AVT_CLEANUP(avt_freep) float *sound = avt_new0(float, COUNT);
    AVT_CLEANUP(avt_freep) float *silent = NULL;
    AVT_CLEANUP(avt_freep) float *tone = NULL;
    size_t frames = 0;
    assert_int_equal(avt_xtts_mel_compute(&avt_xtts_mel_voice, sound, COUNT, &silent, &frames, NULL), AVT_OK);
    assert_int_equal(frames, 1 + COUNT / 256);
    for (size_t i = 0; i < 80 * frames; i++)
        assert_true(fabsf(silent[i] - logf(1e-5f)) < 1e-6f);
    /* 8000 Hz is mel 2840.02 on HTK's scale, so the middle of band 40 is mel 2840.02 * 41 / 81 or 1806.5 Hz. */
    for (int i = 0; i < COUNT; i++)
        sound[i] = (float)sin(2 * M_PI * 1806.5 * i / 22050);
    assert_int_equal(avt_xtts_mel_compute(&avt_xtts_mel_voice, sound, COUNT, &tone, &frames, NULL), AVT_OK);
    size_t best = 0;
    for (size_t band = 1; band < 80; band++)
        best = tone[band * frames + frames / 2] > tone[best * frames + frames / 2] ? band : best;
    assert_int_equal(best, 40);
    float *none = NULL;
    assert_int_equal(avt_xtts_mel_compute(&avt_xtts_mel_voice, sound, 1024, &none, &frames, NULL), AVT_ERECORDING);
}

/* --- sampling --- */

static size_t sample(const struct avt_xtts_sampling *sampling, const float *logits, const uint8_t *seen, size_t count,
                     struct avt_rng *rng)
{
    float copy[16];
    uint32_t order[16];
    assert_true(count <= 16);
    memcpy(copy, logits, count * sizeof(float));
    return avt_xtts_sample(sampling, copy, seen, count, order, rng);
}

static void sampling__takes_what_it_may(void **state)
{
    (void)state;
    static const float LOGITS[] = {2.f, -1.f, 3.f, 2.5f, -2.f, 1.f};
    enum { COUNT = 6, DRAWS = 40000 };
    static const struct {
        const char *what;
        struct avt_xtts_sampling sampling;
        uint8_t seen[COUNT];
        double wanted[COUNT]; /* weights, to be divided by their sum */
    } ROWS[] = {
        {"all as they are", {1, 1, 1, COUNT, false}, {0}, {7.389, .3679, 20.086, 12.182, .1353, 2.718}},
        {"the three likeliest", {1, 1, 1, 3, false}, {0}, {7.389, 0, 20.086, 12.182, 0, 0}},
        {"temperature .5", {.5, 1, 1, 3, false}, {0}, {54.6, 0, 403.4, 148.4, 0, 0}},
        /* Parts .468, .284, .172, .063: the third makes .7 full. */
        {"those that make up .8", {1, .8, 1, COUNT, false}, {0}, {7.389, 0, 20.086, 12.182, 0, 0}},
        {"those that make up .4", {1, .4, 1, COUNT, false}, {0}, {0, 0, 1, 0, 0, 0}},
        /* 3 / 2 = 1.5, -1 * 2 = -2, -2 * 2 = -4. */
        {"said ones are less likely", {1, 1, 2, COUNT, false}, {0, 1, 1, 0, 1, 0},
         {7.389, .1353, 4.482, 12.182, .0183, 2.718}},
        /* The penalty comes before the k likeliest are taken, and the temperature before p. */
        {"in that order", {.5, .9, 2, 3, false}, {0, 0, 1, 0, 0, 0}, {54.6, 0, 0, 148.4, 0, 0}},
        {"greedy", {1, 1, 1, COUNT, true}, {0}, {0, 0, 1, 0, 0, 0}},
        {"greedy, of the penalised", {1, 1, 2, COUNT, true}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0}},
    };
    for (size_t row = 0; row < sizeof(ROWS) / sizeof(ROWS[0]); row++) {
        struct avt_rng rng;
        size_t drawn[COUNT] = {0};
        double sum = 0;
        avt_rng_init(&rng, 5);
        for (int i = 0; i < DRAWS; i++)
            drawn[sample(&ROWS[row].sampling, LOGITS, ROWS[row].seen, COUNT, &rng)]++;
        for (size_t i = 0; i < COUNT; i++)
            sum += ROWS[row].wanted[i];
        for (size_t i = 0; i < COUNT; i++) {
            double part = (double)drawn[i] / DRAWS, wanted = ROWS[row].wanted[i] / sum;
            bool is_never = wanted == 0;
            if (is_never ? drawn[i] > 0 : fabs(part - wanted) > .01)
                fail_msg("%s: code %zu comes in %g of all, not in %g", ROWS[row].what, i, part, wanted);
        }
    }
}

static void sampling__goes_by_the_seed(void **state)
{
    (void)state;
    static const float LOGITS[8] = {0};
    static const uint8_t SEEN[8] = {0};
    static const struct avt_xtts_sampling SAMPLING = {1, 1, 1, 8, false};
    size_t same = 0;
    struct avt_rng first, again, other;
    avt_rng_init(&first, 1);
    avt_rng_init(&again, 1);
    avt_rng_init(&other, 2);
    for (int i = 0; i < 64; i++) {
        size_t drawn = sample(&SAMPLING, LOGITS, SEEN, 8, &first);
        assert_int_equal(drawn, sample(&SAMPLING, LOGITS, SEEN, 8, &again));
        same += drawn == sample(&SAMPLING, LOGITS, SEEN, 8, &other);
    }
    assert_true(same < 32);
}

/* --- stretching --- */

/* torch's interpolate(scale_factor=scale, mode="linear") of one channel. */
static size_t interpolate(const double *values, size_t count, double scale, double *ret_values)
{
    size_t made = (size_t)floor((double)count * scale);
    for (size_t i = 0; i < made; i++) {
        double source = fmax(0, ((double)i + .5) / scale - .5);
        size_t first = (size_t)source, next = first + 1 < count ? first + 1 : count - 1;
        ret_values[i] = values[first] + (source - (double)first) * (values[next] - values[first]);
    }
    return made;
}

static void stretch__is_torchs_and_can_be_had_early(void **state)
{
    (void)state;
    enum { LATENTS = 40, ROWS = 1000 };
    static const double SPEEDS[] = {1, .5, .8, 1.3, 2};
    static double plain[LATENTS], slow[ROWS], four[ROWS], all[ROWS];
    float latents[LATENTS];
    for (size_t i = 0; i < LATENTS; i++)
        plain[i] = latents[i] = (float)((i * 7919) % 101) / 101;
    for (size_t k = 0; k < sizeof(SPEEDS) / sizeof(SPEEDS[0]); k++) {
        size_t count = interpolate(plain, LATENTS, 1 / SPEEDS[k], slow);
        count = interpolate(slow, count, 4, four);
        count = interpolate(four, count, 24000. / 22050, all);
        struct avt_xtts_stretch stretch;
        avt_xtts_stretch_init(&stretch, 1, SPEEDS[k]);
        size_t done = 0, early = 0;
        for (size_t there = 1; there <= LATENTS; there++) {
            early = avt_xtts_stretch_ready(&stretch, there, false);
            for (; done < early; done++) {
                float row = NAN;
                avt_xtts_stretch_row(&stretch, latents, done, &row);
                if (fabs((double)row - all[done]) > 2e-5)
                    fail_msg("speed %g: row %zu is %g, not %g", SPEEDS[k], done, (double)row, all[done]);
            }
        }
        /* Not more than two latents are waited for. */
        assert_true((double)early >= (LATENTS - 2) / SPEEDS[k] * 4 * 24000 / 22050 - 6);
        assert_int_equal(avt_xtts_stretch_ready(&stretch, LATENTS, true), count);
        assert_true(early < count);
        for (; done < count; done++) {
            float row = NAN;
            avt_xtts_stretch_row(&stretch, latents, done, &row);
            assert_true(fabs((double)row - all[done]) < 2e-5);
        }
        avt_xtts_stretch_done(&stretch);
    }
}

/* --- guards --- */

static void guard__knows_loops(void **state)
{
    (void)state;
    static const struct {
        const char *codes; /* a letter each */
        size_t repeated;
        bool is_loop;
    } ROWS[] = {
        {"", 0, false},
        {"a", 0, false},
        {"abcdefgh", 0, false},
        {"abaaaaaaa", 0, false},   /* six repeat the first of the run */
        {"aabaaaaaaaaa", 8, false},
        {"xyababababab", 8, false},
        {"xyabababab", 0, false},  /* six */
        {"abcdefabcdefabcdef", 12, false},
        {"abcdefabcdef", 0, false}, /* twice may be said */
        {"abcdefghijklmnabcdefghijklmnabcdefghijklmn", 0, false}, /* so may longer things */
        {"abaaaaaaaaaaaaaaaaaaaaaaaa", 23, true},
        {"zabcabcabcabcabcabcabcabcab", 23, true},
        {"zabcabcabcabcabcabcabcabcaz", 0, false},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int32_t codes[64];
        size_t count = strlen(ROWS[i].codes);
        for (size_t k = 0; k < count; k++)
            codes[k] = ROWS[i].codes[k];
        size_t repeated = avt_xtts_repeated(codes, count);
        if (repeated != ROWS[i].repeated || avt_xtts_is_loop(repeated) != ROWS[i].is_loop)
            fail_msg("'%s': %zu", ROWS[i].codes, repeated);
    }
    /* Ten words of two ids each at 80 a minute last 7.5 s. */
    assert_true((double)avt_xtts_codes_max(20) > 7.5 * 21.5);
    assert_true(avt_xtts_codes_max(1) < 602);
}

/* What comes out of a sound of loud and quiet frames, as such. `all`: with its end. */
static void check_quiet(const char *what, const int *runs, size_t run_count, size_t piece, size_t wanted, bool ended)
{
    struct avt_xtts_quiet quiet = {.held = avt_new0(float, AVT_XTTS_QUIET_MAX)};
    size_t count = 0, given = 0, at = 0;
    for (size_t i = 0; i < run_count; i++)
        count += (size_t)abs(runs[i]) * AVT_XTTS_QUIET_FRAME;
    AVT_CLEANUP(avt_freep) float *sound = avt_new0(float, count);
    AVT_CLEANUP(avt_freep) float *out = avt_new0(float, count + 2 * AVT_XTTS_QUIET_MAX);
    for (size_t i = 0, to = 0; i < run_count; i++) {
        for (to += (size_t)abs(runs[i]) * AVT_XTTS_QUIET_FRAME; at < to; at++)
            sound[at] = (runs[i] > 0 ? .1f : .001f) * (at % 2 ? 1.f : -1.f);
    }
    for (at = 0; at < count; at += piece * AVT_XTTS_QUIET_FRAME) {
        size_t size = piece * AVT_XTTS_QUIET_FRAME < count - at ? piece * AVT_XTTS_QUIET_FRAME : count - at;
        given += avt_xtts_quiet_pass(&quiet, sound + at, size, out + given);
    }
    assert_int_equal(quiet.ended, ended);
    given += quiet.ended ? 0 : avt_xtts_quiet_end(&quiet, out + given);
    if (given != wanted * AVT_XTTS_QUIET_FRAME || memcmp(out, sound, given * sizeof(float)) != 0)
        fail_msg("%s: %zu samples come out, or others than went in", what, given);
    avt_free(quiet.held);
}

static void guard__ends_in_silence(void **state)
{
    (void)state;
    enum { MOST = AVT_XTTS_QUIET_MAX / AVT_XTTS_QUIET_FRAME, KEPT = AVT_XTTS_QUIET_KEPT / AVT_XTTS_QUIET_FRAME };
    for (size_t piece = 1; piece < 200; piece += 37) {
        check_quiet("a pause", (const int[]){50, -100, 50, -100}, 4, piece, 300, false);
        check_quiet("silence at first", (const int[]){-300, 10}, 2, piece, 310, false);
        check_quiet("nearly too long", (const int[]){20, -(MOST - 1), 20}, 3, piece, 40 + MOST - 1, false);
        check_quiet("too long", (const int[]){20, -MOST, 20}, 3, piece, 20 + KEPT, true);
        check_quiet("too long, later", (const int[]){20, -50, 20, -400, 20}, 5, piece, 90 + KEPT, true);
    }
}

/* --- xtts.json --- */

#define GOOD                                                                                                   \
    "{\"model\": \"xtts\", \"rate\": 24000, \"latent_rate\": 22050, \"stride\": 1024, \"hop\": 256, "             \
    "\"width\": 1024, \"latents\": 32, \"speaker\": 512, \"text_tokens\": 6681, \"text_start\": 261, "           \
    "\"text_stop\": 0, \"text_max\": 402, \"codes\": 1026, \"code_start\": 1024, \"code_stop\": 1025, "          \
    "\"codes_max\": 602, \"temperature\": 0.75, \"top_k\": 50, \"top_p\": 0.85, "                              \
    "\"repetition_penalty\": 5.0, \"gpt_cond_len\": 30, \"gpt_cond_chunk_len\": 4, "                           \
    "\"max_ref_len\": 30, \"languages\": [\"en\", \"zh-cn\"]}"

static void config__is_read(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_xtts_config *config = avt_new0(struct avt_xtts_config, 1);
    assert_int_equal(avt_xtts_config_parse(GOOD, strlen(GOOD), config, NULL), AVT_OK);
    assert_true(config->width == 1024 && config->latents == 32 && config->speaker == 512);
    assert_true(config->text_tokens == 6681 && config->text_start == 261 && config->text_stop == 0);
    assert_true(config->text_max == 402 && config->codes == 1026 && config->code_start == 1024);
    assert_true(config->code_stop == 1025 && config->codes_max == 602 && config->top_k == 50);
    assert_true(config->temperature == .75 && config->top_p == .85 && config->repetition_penalty == 5);
    assert_true(config->condition_seconds == 30 && config->condition_chunk_seconds == 4);
    assert_true(config->reference_seconds == 30 && config->language_count == 2);
    assert_string_equal(config->languages[1], "zh-cn");
}

static void config__says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum avt_code code;
        const char *said;
    } ROWS[] = {
        {"{", "", AVT_EFORMAT, "model"},
        {"\"xtts\"", "\"vits\"", AVT_EFORMAT, "model"},
        {"24000", "48000", AVT_EUNSUPPORTED, "rate of 48000"},
        {"\"stride\": 1024", "\"stride\": 512", AVT_EUNSUPPORTED, "stride of 512"},
        {"\"hop\"", "\"hip\"", AVT_EFORMAT, "hop"},
        {"\"width\": 1024", "\"width\": 1024.5", AVT_EFORMAT, "width"},
        {"\"width\": 1024", "\"width\": 0", AVT_EFORMAT, "width"},
        {"\"speaker\": 512", "\"speaker\": \"512\"", AVT_EFORMAT, "speaker"},
        {"\"latents\": 32", "\"latents\": 1e9", AVT_EFORMAT, "latents"},
        {"\"text_start\": 261", "\"text_start\": 6681", AVT_EFORMAT, "text_tokens"},
        {"\"text_stop\": 0", "\"text_stop\": -1", AVT_EFORMAT, "text_stop"},
        {"\"codes\": 1026", "\"codes\": 1025", AVT_EFORMAT, "codes"},
        {"\"codes_max\": 602", "\"codes_max\": 100000", AVT_EFORMAT, "codes_max"},
        {"0.75", "0", AVT_EFORMAT, "temperature"},
        {"0.85", "1.5", AVT_EFORMAT, "top_p"},
        {"5.0", "0.5", AVT_EFORMAT, "repetition_penalty"},
        {"\"max_ref_len\": 30", "\"max_ref_len\": null", AVT_EFORMAT, "max_ref_len"},
        {"[\"en\", \"zh-cn\"]", "[]", AVT_EFORMAT, "languages"},
        {"\"zh-cn\"", "\"Chinese, simplified\"", AVT_EFORMAT, "languages"},
        {"\"zh-cn\"", "7", AVT_EFORMAT, "languages"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const char *at = strstr(GOOD, ROWS[i].from);
        assert_non_null(at);
        AVT_CLEANUP(avt_freep) char *text =
            avt_asprintf("%.*s%s%s", (int)(at - GOOD), GOOD, ROWS[i].to, at + strlen(ROWS[i].from));
        AVT_CLEANUP(avt_freep) struct avt_xtts_config *config = avt_new0(struct avt_xtts_config, 1);
        struct avt_error error = {0};
        enum avt_code code = avt_xtts_config_parse(text, strlen(text), config, &error);
        if (code != ROWS[i].code || !strstr(error.message, ROWS[i].said) || config->width != 0)
            fail_msg("%s: %d '%s'", ROWS[i].to, code, error.message);
    }
    AVT_CLEANUP(avt_freep) char *large = avt_new0(char, AVT_XTTS_JSON_BYTES_MAX + 2);
    memset(large, ' ', AVT_XTTS_JSON_BYTES_MAX + 1);
    struct avt_xtts_config none;
    assert_int_equal(avt_xtts_config_parse(large, AVT_XTTS_JSON_BYTES_MAX + 1, &none, NULL), AVT_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xtts__facts),
        cmocka_unit_test(xtts__spectra_of_known_sounds),
        cmocka_unit_test(sampling__takes_what_it_may),
        cmocka_unit_test(sampling__goes_by_the_seed),
        cmocka_unit_test(stretch__is_torchs_and_can_be_had_early),
        cmocka_unit_test(guard__knows_loops),
        cmocka_unit_test(guard__ends_in_silence),
        cmocka_unit_test(config__is_read),
        cmocka_unit_test(config__says_what_is_wrong),
    };
    return cmocka_run_group_tests_name("xtts_parts", tests, NULL, NULL);
}
