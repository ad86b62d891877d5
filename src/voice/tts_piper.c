/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Piper (VITS). A run takes the ids of the phonemes with a pad after each, as espeak-ng writes them,
 * and gives sound at the voice's own rate. How many frames of `hop` samples each id lasts is a tensor
 * inside; the session exposes it. The published voices draw random numbers, so no two runs are alike.
 */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/resample.h"
#include "nn/session.h"
#include "profile/piper.h"
#include "voice/engine.h"

enum { IDS_MAX = 4096 };

static const char DURATION_TENSOR[] = "/Ceil_output_0"; /* [1, 1, n] f32, frames */

struct piper {
    char *folder; /* of the voice that is open; NULL: none */
    struct avt_piper_config config;
    struct avt_session *session;
    int64_t file_bytes;
};

static void close_voice(struct piper *piper)
{
    avt_session_free(piper->session);
    avt_free(piper->folder);
    piper->session = NULL;
    piper->folder = NULL;
}

static void piper_close(void *state)
{
    struct piper *piper = state;
    if (!piper)
        return;
    close_voice(piper);
    avt_free(piper);
}

static enum avt_code piper_open(void **ret_state, struct avt_error *reterr)
{
    (void)reterr;
    *ret_state = avt_new0(struct piper, 1);
    return AVT_OK;
}

static enum avt_code open_voice(struct piper *piper, const char *folder, struct avt_error *reterr)
{
    if (piper->folder && avt_str_equal(piper->folder, folder))
        return AVT_OK;
    close_voice(piper);
    enum avt_code code = avt_piper_config_read(folder, &piper->config, reterr);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/model.onnx", folder);
    const char *const extra[] = {DURATION_TENSOR};
    const struct avt_session_options options = {.extra_outputs = extra, .extra_output_count = 1};
    if (code == AVT_OK)
        code = avt_session_open(path, &options, &piper->session, reterr);
    if (code == AVT_OK)
        piper->folder = avt_strdup(folder);
    struct stat st;
    piper->file_bytes = code == AVT_OK && stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
    return code;
}

static enum avt_code piper_load(void *state, const struct avt_speaker *speaker,
                                struct avt_error *reterr)
{
    return open_voice(state, speaker->data, reterr);
}

static int64_t piper_file_bytes(const void *state)
{
    return ((const struct piper *)state)->file_bytes;
}

struct id_row {
    int64_t ids[IDS_MAX];
    size_t count;
};

static void push(struct id_row *row, const struct piper *piper, uint32_t codepoint)
{
    const struct avt_piper_symbol *symbol = avt_piper_symbol(&piper->config, codepoint);
    const struct avt_piper_symbol *pad = avt_piper_symbol(&piper->config, '_');
    if (!symbol || row->count + symbol->id_count + pad->id_count > IDS_MAX)
        return;
    for (size_t i = 0; i < symbol->id_count; i++)
        row->ids[row->count++] = symbol->ids[i];
    for (size_t i = 0; i < pad->id_count && codepoint != '$'; i++)
        row->ids[row->count++] = pad->ids[i];
}

/* What some voices write in one code point, others in two. */
static void push_symbol(struct id_row *row, const struct piper *piper, uint32_t codepoint)
{
    size_t before = row->count;
    push(row, piper, codepoint);
    if (row->count > before)
        return;
    if (codepoint == 0xe7) { /* ç */
        push(row, piper, 'c');
        push(row, piper, 0x327);
    } else if (codepoint == 0x2026) { /* … */
        push(row, piper, '.');
    } else if (codepoint == 0x2014) { /* — */
        push(row, piper, ',');
    }
}

static enum avt_code run(const struct piper *piper, const struct id_row *row,
                         const struct avt_engine_input *input, struct avt_tensor outputs[2],
                         struct avt_error *reterr)
{
    int64_t *ids = avt_new0(int64_t, IDS_MAX);
    memcpy(ids, row->ids, row->count * sizeof *ids);
    int64_t length = (int64_t)row->count, speaker = input->speaker->data_speaker;
    float scales[] = {(float)piper->config.noise_scale,
                      (float)(piper->config.length_scale / input->speed),
                      (float)piper->config.noise_w};
    const struct avt_tensor inputs[] = {
        {.name = "input", .dtype = AVT_DTYPE_I64, .rank = 2, .shape = {1, length}, .data = ids},
        {.name = "input_lengths", .dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &length},
        {.name = "scales", .dtype = AVT_DTYPE_F32, .rank = 1, .shape = {3}, .data = scales},
        {.name = "sid", .dtype = AVT_DTYPE_I64, .rank = 1, .shape = {1}, .data = &speaker},
    };
    outputs[0] = (struct avt_tensor){.name = "output"};
    outputs[1] = (struct avt_tensor){.name = DURATION_TENSOR};
    enum avt_code code =
        avt_session_run_until(piper->session, inputs, piper->config.speakers > 1 ? 4 : 3, outputs,
                              2, input->cancel, reterr);
    avt_free(ids);
    return code;
}

/* The sound at our own rate, as loud as Kokoro's; what is no number would spoil what follows. */
static enum avt_code take_audio(const struct piper *piper, const struct avt_tensor *tensor,
                                struct avt_audio **ret_audio, struct avt_error *reterr)
{
    size_t count = avt_tensor_count(tensor);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    enum avt_code code = avt_audio_new(piper->config.rate, count, &audio, reterr);
    if (code != AVT_OK)
        return code;
    const float *samples = tensor->data;
    for (size_t i = 0; i < count; i++)
        audio->samples[i] = isfinite(samples[i]) ? samples[i] : 0.0f;
    return avt_audio_resample(audio, AVT_SPEECH_RATE, ret_audio, reterr);
}

/* Lengths per symbol out of those per id: ends[i] is the number of ids up to symbol i. */
static bool take_seconds(const struct avt_tensor *frames, const size_t *ends, size_t count,
                         size_t sample_count, double *ret_seconds)
{
    size_t id_count = avt_tensor_count(frames);
    if (frames->dtype != AVT_DTYPE_F32 || id_count < ends[count + 1])
        return false;
    const float *values = frames->data;
    double total = 0.0;
    for (size_t i = 0; i < id_count; i++)
        total += (double)values[i];
    if (!(total > 0.0))
        return false;
    /* Frames have one length, so the sound itself says which. */
    double seconds = (double)sample_count / AVT_SPEECH_RATE / total;
    for (size_t i = 0, at = 0; i < count + 2; i++) {
        ret_seconds[i] = 0.0;
        for (; at < ends[i]; at++)
            ret_seconds[i] += (double)values[at] * seconds;
    }
    return true;
}

static enum avt_code piper_speak(void *state, const struct avt_engine_input *input,
                                 struct avt_audio **ret_audio, double *ret_seconds,
                                 struct avt_error *reterr)
{
    struct piper *piper = state;
    avt_assert(piper && input->count > 0 && input->count <= AVT_ENGINE_SYMBOLS_MAX);
    enum avt_code code = open_voice(piper, input->speaker->data, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) struct id_row *row = avt_new0(struct id_row, 1);
    size_t ends[AVT_ENGINE_SYMBOLS_MAX + 2];
    push(row, piper, '^');
    ends[0] = row->count;
    for (size_t i = 0; i < input->count; i++) {
        push_symbol(row, piper, input->symbols[i]);
        ends[i + 1] = row->count;
    }
    push(row, piper, '$');
    ends[input->count + 1] = row->count;
    struct avt_tensor outputs[2];
    code = run(piper, row, input, outputs, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    code = take_audio(piper, &outputs[0], &audio, reterr);
    if (code == AVT_OK &&
        !take_seconds(&outputs[1], ends, input->count, audio->count, ret_seconds))
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the voice in '%s' gave sound and timing that do not fit each other",
                        piper->folder);
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
    if (code == AVT_OK)
        *ret_audio = AVT_TAKE(audio);
    return code;
}

const struct avt_tts_engine avt_tts_piper = {
    .name = "piper",
    .raw_ipa = true,
    .open = piper_open,
    .close = piper_close,
    .file_bytes = piper_file_bytes,
    .load = piper_load,
    .speak = piper_speak,
};
