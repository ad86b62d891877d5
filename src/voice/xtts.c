/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts.h"

#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "voice/xtts_guard.h"
#include "voice/xtts_nets.h"
#include "voice/xtts_sample.h"
#include "voice/xtts_stretch.h"
#include "voice/xtts_voice.h"

enum {
    STEP_CODES = 20, /* between two pieces of sound: nearly a second, so that it streams */
    /* Rows on each side that a row's sound depends on: 3 of the first convolution, 1 and 60 / 8 of the first
     * enlargement by 8 and the residual blocks after it (kernels of 11, steps of 1, 3, 5: 60 on each side), and
     * less than 2 of the later ones, by 8, 2 and 2. */
    CONTEXT_ROWS = 16,
    SEEN_FAKE = 1, /* the id that stands for voice and text in Hugging Face's penalty of repetitions */
};

/* --- opening --- */

enum avt_code avt_xtts_open(const char *folder, struct avt_xtts **ret_xtts, struct avt_error *reterr)
{
    return avt_xtts_open_on(folder, AVT_DEVICE_CPU, 0, ret_xtts, reterr);
}

enum avt_code avt_xtts_open_on(const char *folder, enum avt_device device, long long gpu_bytes_max,
                               struct avt_xtts **ret_xtts, struct avt_error *reterr)
{
    avt_assert(folder && ret_xtts);
    AVT_CLEANUP(avt_xtts_freep) struct avt_xtts *xtts = avt_new0(struct avt_xtts, 1);
    xtts->place = (struct avt_session_options){.foreign = true, .device = device, .gpu_bytes_max = gpu_bytes_max};
    enum avt_code code = avt_xtts_nets_open(folder, xtts, reterr);
    if (code == AVT_OK)
        *ret_xtts = AVT_TAKE(xtts);
    return code;
}

void avt_xtts_free(struct avt_xtts *xtts)
{
    if (!xtts)
        return;
    avt_xtts_nets_close(xtts);
    avt_free(xtts);
}

const struct avt_xtts_config *avt_xtts_config(const struct avt_xtts *xtts)
{
    return &xtts->config;
}

/* --- speaking --- */

struct speech {
    const struct avt_xtts *xtts;
    const struct avt_xtts_config *config;
    const struct avt_xtts_voice *voice;
    const struct avt_xtts_options *options;
    struct avt_xtts_sampling sampling;
    avt_xtts_sink sink;
    void *user;
    struct avt_error *reterr;

    struct avt_bound *lm;
    struct avt_xtts_caches caches;
    struct avt_rng rng;
    size_t codes_max, past; /* rows of the caches that are filled */
    int32_t *codes;         /* [codes_max] */
    float *latents;         /* [codes_max, D], the one of which each code was chosen */
    size_t count;           /* of both */
    float *logits;          /* [codes] */
    uint8_t *seen;          /* [codes] */
    uint32_t *order;        /* [codes] */

    struct avt_xtts_stretch stretch;
    size_t rows_done; /* given to the decoder, save as context */
    struct avt_xtts_quiet quiet;
    struct avt_xtts_spoken spoken;
};

static void free_speech(struct speech *s)
{
    avt_bound_free(s->lm);
    avt_xtts_caches_done(&s->caches);
    avt_free(s->codes);
    avt_free(s->latents);
    avt_free(s->logits);
    avt_free(s->seen);
    avt_free(s->order);
    avt_free(s->quiet.held);
    avt_xtts_stretch_done(&s->stretch);
}

static void trace(const struct speech *s, const char *stage, const float *values, size_t count)
{
    if (s->options->trace)
        s->options->trace(stage, values, count, s->options->trace_user);
}

static enum avt_code give(struct speech *s, const float *samples, size_t count)
{
    s->spoken.samples += count;
    return count > 0 ? s->sink(samples, count, s->user, s->reterr) : AVT_OK;
}

/* What is decoded, without too much silence. */
static enum avt_code pass(struct speech *s, const float *samples, size_t count)
{
    if (s->options->unguarded)
        return give(s, samples, count);
    AVT_CLEANUP(avt_freep) float *passed = avt_try_new0(float, count + AVT_XTTS_QUIET_MAX);
    if (!passed)
        return avt_fail(s->reterr, AVT_ENOMEM, "out of memory for speech");
    return give(s, passed, avt_xtts_quiet_pass(&s->quiet, samples, count, passed));
}

/* Rows up to `end` as sound, with those around them that it depends on. */
static enum avt_code decode(struct speech *s, size_t end, size_t ready)
{
    const size_t width = s->stretch.width;
    const size_t before = s->rows_done < CONTEXT_ROWS ? s->rows_done : CONTEXT_ROWS;
    const size_t after = ready - end < CONTEXT_ROWS ? ready - end : CONTEXT_ROWS;
    const size_t first = s->rows_done - before, count = end + after - first;
    AVT_CLEANUP(avt_freep) float *rows = avt_try_new0(float, count *width);
    AVT_CLEANUP(avt_freep) float *row = avt_new0(float, width);
    AVT_CLEANUP(avt_freep) float *sound = NULL;
    if (!rows)
        return avt_fail(s->reterr, AVT_ENOMEM, "out of memory for speech");
    for (size_t i = 0; i < count; i++) {
        avt_xtts_stretch_row(&s->stretch, s->latents, first + i, row);
        for (size_t d = 0; d < width; d++)
            rows[d * count + i] = row[d];
    }
    trace(s, "rows", rows, count * width);
    enum avt_code code =
        avt_xtts_decode(s->xtts, rows, count, s->voice->embedding, s->options->cancel, &sound, s->reterr);
    if (code == AVT_OK)
        code = pass(s, sound + before * AVT_XTTS_HOP, (end - s->rows_done) * AVT_XTTS_HOP);
    s->rows_done = end;
    return code;
}

/* The sound of the first `count` codes, as far as it does not depend on later ones; `is_all`: there are none. */
static enum avt_code sound_out(struct speech *s, size_t count, bool is_all)
{
    size_t ready = avt_xtts_stretch_ready(&s->stretch, count, is_all), end = ready;
    if (!is_all)
        end = ready > CONTEXT_ROWS ? ready - CONTEXT_ROWS : 0;
    return end > s->rows_done ? decode(s, end, ready) : AVT_OK;
}

static enum avt_code set_whole(struct speech *s, const char *name, int rank, int64_t *values, size_t count)
{
    static int64_t nothing[1]; /* an empty tensor has an address all the same */
    struct avt_tensor tensor = {name, AVT_DTYPE_I64, rank, {1, (int64_t)count}, count ? values : nothing};
    return avt_bound_set(s->lm, &tensor, s->reterr);
}

/* What it hears in a step: voice and text at first, then nothing but the last code. `numbers` (its code, and places in
 * the sound and in the caches) and `text` must live until the step is over. */
static enum avt_code set_heard(struct speech *s, float *conditioning, size_t latents, int64_t *text, size_t text_count,
                               int64_t numbers[3])
{
    static float nothing[1];
    struct avt_tensor heard = {"conditioning", AVT_DTYPE_F32, 3, {1, (int64_t)latents, s->config->width},
                               latents ? conditioning : nothing};
    enum avt_code code = avt_bound_set(s->lm, &heard, s->reterr);
    if (code == AVT_OK)
        code = set_whole(s, "text", 2, text, text_count);
    if (code == AVT_OK)
        code = set_whole(s, "code", 2, &numbers[0], 1);
    if (code == AVT_OK)
        code = set_whole(s, "position", 1, &numbers[1], 1);
    return code == AVT_OK ? set_whole(s, "past", 1, &numbers[2], 1) : code;
}

/* One step, and what came out kept. */
static enum avt_code step(struct speech *s, size_t heard)
{
    const size_t width = (size_t)s->config->width, codes = (size_t)s->config->codes;
    struct avt_tensor logits = {.name = "logits"}, latent = {.name = "latent"};
    enum avt_code code = avt_cancelled(s->options->cancel) ? avt_fail(s->reterr, AVT_ECANCELLED, "cancelled") : AVT_OK;
    if (code == AVT_OK)
        code = avt_bound_run(s->lm, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_get(s->lm, &logits, s->reterr);
    if (code == AVT_OK)
        code = avt_bound_get(s->lm, &latent, s->reterr);
    if (code == AVT_OK)
        code = avt_xtts_check(s->xtts, AVT_XTTS_FILE_GPT, &logits, codes, s->reterr);
    if (code == AVT_OK)
        code = avt_xtts_check(s->xtts, AVT_XTTS_FILE_GPT, &latent, width, s->reterr);
    for (size_t i = 0; code == AVT_OK && i < s->caches.count; i++)
        code = avt_bound_carry(s->lm, s->caches.outputs[i], s->caches.tensors[i].name, s->reterr);
    if (code != AVT_OK)
        return code;
    s->past += heard;
    memcpy(s->logits, logits.data, codes * sizeof(float));
    memcpy(s->latents + s->count * width, latent.data, width * sizeof(float));
    trace(s, "logits", s->logits, codes);
    trace(s, "latent", latent.data, width);
    return AVT_OK;
}

static int32_t choose(struct speech *s)
{
    size_t chosen =
        avt_xtts_sample(&s->sampling, s->logits, s->seen, (size_t)s->config->codes, s->order, &s->rng);
    s->seen[chosen] = 1;
    s->codes[s->count++] = (int32_t)chosen;
    trace(s, "code", &(float){(float)chosen}, 1);
    return (int32_t)chosen;
}

/* Codes that are known to be speech: the last ones may be the beginning of a loop. Whether they are one. */
static bool sure_codes(const struct speech *s, size_t *ret_count)
{
    size_t repeated = s->options->unguarded ? 0 : avt_xtts_repeated(s->codes, s->count);
    *ret_count = s->count - repeated;
    return avt_xtts_is_loop(repeated);
}

/* Code after code until it ends. */
static enum avt_code speak_codes(struct speech *s, int64_t *text, size_t text_count)
{
    int64_t numbers[3] = {s->config->code_start, 0, 0};
    enum avt_code code =
        set_heard(s, s->voice->conditioning, s->voice->latents, text, text_count, numbers);
    size_t heard = s->voice->latents + text_count + 1, sounded = 0, sure = 0;
    bool has_ended = false, is_loop = false;
    while (code == AVT_OK && s->count < s->codes_max && !has_ended && !is_loop && !s->quiet.ended) {
        code = step(s, heard);
        if (code != AVT_OK)
            return code;
        numbers[0] = choose(s);
        has_ended = numbers[0] == s->config->code_stop;
        is_loop = sure_codes(s, &sure) && !has_ended;
        if (has_ended || is_loop)
            break;
        if (sure >= sounded + STEP_CODES) {
            code = sound_out(s, sure, false);
            sounded = sure;
        }
        numbers[1] = (int64_t)s->count;
        numbers[2] = (int64_t)s->past;
        heard = 1;
        if (code == AVT_OK)
            code = set_heard(s, NULL, 0, NULL, 0, numbers);
    }
    s->spoken.codes = (int)s->count;
    s->spoken.was_cut = !has_ended;
    if (code == AVT_OK && !s->quiet.ended)
        code = sound_out(s, is_loop ? sure : s->count, true);
    s->spoken.was_cut |= s->quiet.ended;
    if (code != AVT_OK || s->quiet.ended || s->options->unguarded)
        return code;
    AVT_CLEANUP(avt_freep) float *last = avt_new0(float, AVT_XTTS_QUIET_MAX);
    return give(s, last, avt_xtts_quiet_end(&s->quiet, last));
}

static enum avt_code prepare(struct speech *s, size_t id_count)
{
    const size_t width = (size_t)s->config->width, codes = (size_t)s->config->codes;
    s->codes_max = (size_t)s->config->codes_max;
    if (!s->options->unguarded && avt_xtts_codes_max(id_count) < s->codes_max)
        s->codes_max = avt_xtts_codes_max(id_count);
    s->codes = avt_new0(int32_t, s->codes_max);
    s->latents = avt_try_new0(float, s->codes_max *width);
    s->logits = avt_new0(float, codes);
    s->seen = avt_new0(uint8_t, codes);
    s->order = avt_new0(uint32_t, codes);
    s->quiet.held = avt_new0(float, AVT_XTTS_QUIET_MAX);
    if (!s->latents)
        return avt_fail(s->reterr, AVT_ENOMEM, "out of memory for a text of XTTS");
    s->seen[SEEN_FAKE] = s->seen[s->config->code_start] = 1;
    avt_xtts_stretch_init(&s->stretch, width, s->options->speed > 0 ? s->options->speed : 1);
    s->lm = avt_bound_new(s->xtts->gpt);
    /* As many rows as can be filled: the voice, the text between start and stop, and each code that is heard. */
    enum avt_code code =
        avt_xtts_caches_make(s->xtts, s->voice->latents + id_count + 2 + s->codes_max, &s->caches, s->reterr);
    for (size_t i = 0; code == AVT_OK && i < s->caches.count; i++) {
        code = avt_bound_set(s->lm, &s->caches.tensors[i], s->reterr);
        if (code == AVT_OK)
            code = avt_bound_keep(s->lm, s->caches.outputs[i], s->reterr);
        (void)avt_bound_update(s->lm, s->xtts->updates, s->caches.outputs[i], s->caches.tensors[i].name);
    }
    if (code == AVT_OK)
        code = avt_bound_want(s->lm, "logits", s->reterr);
    return code == AVT_OK ? avt_bound_want(s->lm, "latent", s->reterr) : code;
}

/* --- what is asked --- */

static bool is_within(double value, double min, double max)
{
    return value == 0 || (value >= min && value <= max);
}

static enum avt_code check_options(const struct avt_xtts_config *config, const struct avt_xtts_options *options,
                                   struct avt_xtts_sampling *ret_sampling, struct avt_error *reterr)
{
    if (!is_within(options->temperature, AVT_XTTS_TEMPERATURE_MIN, AVT_XTTS_TEMPERATURE_MAX) ||
        !is_within(options->top_p, AVT_XTTS_TOP_P_MIN, 1) || options->top_k < 0 ||
        options->top_k > AVT_XTTS_TOP_K_MAX ||
        !is_within(options->repetition_penalty, 1, AVT_XTTS_PENALTY_MAX) ||
        !is_within(options->speed, AVT_XTTS_SPEED_MIN, AVT_XTTS_SPEED_MAX))
        return avt_fail(reterr, AVT_EINVAL, "XTTS takes a temperature of 0.01 to 2, top-p of 0.001 to 1, top-k of 1 to "
                        "%d, a repetition penalty of 1 to 100 and a speed of 0.5 to 2", AVT_XTTS_TOP_K_MAX);
    *ret_sampling = (struct avt_xtts_sampling){
        .temperature = options->temperature > 0 ? options->temperature : config->temperature,
        .top_p = options->top_p > 0 ? options->top_p : config->top_p,
        .top_k = (size_t)(options->top_k > 0 ? options->top_k : config->top_k),
        .repetition_penalty =
            options->repetition_penalty > 0 ? options->repetition_penalty : config->repetition_penalty,
        .greedy = options->greedy,
    };
    return AVT_OK;
}

/* With start and stop around it. */
static enum avt_code make_text(const struct avt_xtts_config *config, const int64_t *ids, size_t count,
                               int64_t **ret_text, struct avt_error *reterr)
{
    if (count == 0)
        return avt_fail(reterr, AVT_ETEXT, "there is nothing in the text that can be spoken");
    if (count >= (size_t)config->text_max)
        return avt_fail(reterr, AVT_ELIMIT, "XTTS takes a text of %d tokens at most, not of %zu", config->text_max - 1,
                        count);
    AVT_CLEANUP(avt_freep) int64_t *text = avt_new0(int64_t, count + 2);
    text[0] = config->text_start;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= config->text_tokens)
            return avt_fail(reterr, AVT_EINVAL, "XTTS has tokens below %d, and not %lld", config->text_tokens,
                            (long long)ids[i]);
        text[i + 1] = ids[i];
    }
    text[count + 1] = config->text_stop;
    *ret_text = AVT_TAKE(text);
    return AVT_OK;
}

enum avt_code avt_xtts_speak(const struct avt_xtts *xtts, const int64_t *ids, size_t id_count,
                             const struct avt_xtts_voice *voice, const struct avt_xtts_options *options,
                             avt_xtts_sink sink, void *user, struct avt_xtts_spoken *ret_spoken,
                             struct avt_error *reterr)
{
    avt_assert(xtts && (ids || id_count == 0) && voice && options && sink);
    avt_assert(voice->width == (size_t)xtts->config.width && voice->speaker == (size_t)xtts->config.speaker);
    AVT_CLEANUP(free_speech)
    struct speech s = {.xtts = xtts, .config = &xtts->config, .voice = voice, .options = options, .sink = sink,
                       .user = user, .reterr = reterr};
    AVT_CLEANUP(avt_freep) int64_t *text = NULL;
    enum avt_code code = check_options(&xtts->config, options, &s.sampling, reterr);
    if (code == AVT_OK)
        code = make_text(&xtts->config, ids, id_count, &text, reterr);
    avt_rng_init(&s.rng, options->seed);
    if (code == AVT_OK)
        code = prepare(&s, id_count);
    if (code == AVT_OK)
        code = speak_codes(&s, text, id_count + 2);
    if (code != AVT_OK)
        return code;
    if (s.spoken.was_cut)
        avt_debug("XTTS was stopped after %d codes of %zu ids", s.spoken.codes, id_count);
    if (ret_spoken)
        *ret_spoken = s.spoken;
    return AVT_OK;
}
