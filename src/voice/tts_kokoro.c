/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kokoro-82M v1.0 (StyleTTS 2 with an iSTFTNet decoder). A run takes up to 510 symbols between two
 * pads; how a voice sounds depends on one of 510 rows of its pack, chosen by the number of symbols.
 * The tensor that holds the predicted length of each symbol is no output of the published file; the
 * session exposes it.
 */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/registry.h"
#include "nn/session.h"
#include "os/paths.h"
#include "voice/engine.h"
#include "voice/kokoro_melody.h"
#include "voice/kokoro_vocab.h"
#include "voice/packs.h"

enum {
    FRAME_SAMPLES = 600, /* decoder: 2 (F0 grid) x 10 x 6 (upsampling) x 5 (iSTFT hop) */
    PACK_ROWS = 510,
    STYLE_SIZE = 256,
};

#define KOKORO_MODEL "kokoro-82m-int8"

static const char DURATION_TENSOR[] = "/encoder/Clip_output_0"; /* [1, n + 2] f32, frames */

struct kokoro {
    struct avt_registry *registry;
    struct avt_session *session;
    int64_t file_bytes;
    struct avt_packs *packs;
};

static void kokoro_close(void *state)
{
    struct kokoro *kokoro = state;
    if (!kokoro)
        return;
    avt_session_free(kokoro->session);
    avt_registry_free(kokoro->registry);
    avt_packs_free(kokoro->packs);
    avt_free(kokoro);
}

static enum avt_code kokoro_load(struct kokoro *kokoro, struct avt_error *reterr)
{
    enum avt_code code = avt_registry_open(&kokoro->registry, reterr);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    if (code == AVT_OK)
        code = avt_registry_path(kokoro->registry, KOKORO_MODEL, &path, reterr);
    if (code != AVT_OK)
        return code;
    const char *const extra[] = {DURATION_TENSOR};
    const struct avt_session_options options = {
        .extra_outputs = extra, .extra_output_count = 1, .edit = &avt_kokoro_melody};
    code = avt_session_open(path, &options, &kokoro->session, reterr);
    struct stat st;
    if (code == AVT_OK && stat(path, &st) == 0)
        kokoro->file_bytes = (int64_t)st.st_size;
    return code;
}

static int64_t kokoro_file_bytes(const void *state)
{
    return ((const struct kokoro *)state)->file_bytes;
}

static enum avt_code kokoro_open(void **ret_state, struct avt_error *reterr)
{
    struct kokoro *kokoro = avt_new0(struct kokoro, 1);
    kokoro->packs = avt_packs_new();
    enum avt_code code = kokoro_load(kokoro, reterr);
    if (code != AVT_OK)
        kokoro_close(kokoro);
    else
        *ret_state = kokoro;
    return code;
}

static enum avt_code pack_path(const struct kokoro *kokoro, const struct avt_speaker_part *part,
                               char **ret_path, struct avt_error *reterr)
{
    if (part->path) {
        *ret_path = avt_strdup(part->path);
        return AVT_OK;
    }
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    enum avt_code code = avt_registry_path(kokoro->registry, "kokoro-voices", &folder, reterr);
    if (code == AVT_OK)
        *ret_path = avt_asprintf("%s/%s.bin", folder, part->id);
    return code;
}

static enum avt_code map_pack(struct kokoro *kokoro, const struct avt_speaker_part *part,
                              const struct avt_map **ret_pack, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = NULL;
    struct avt_error why = {0};
    enum avt_code code = pack_path(kokoro, part, &path, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_packs_get(kokoro->packs, path, ret_pack, &why);
    if (code == AVT_OK)
        return AVT_OK;
    if (part->path)
        return avt_fail(reterr, code == AVT_ENOENT ? AVT_EVOICE : code,
                        code == AVT_ENOENT ? "the voice profile '%s' was deleted"
                                           : "the voice profile '%s' is damaged: delete it",
                        part->id);
    bool damaged = code == AVT_EFORMAT;
    return avt_fail(reterr, damaged ? AVT_EMODELBAD : AVT_EMODEL,
                    "the voice file '%s' is %s; run `avatar models fetch kokoro-voices` to get it%s",
                    path, damaged ? "damaged" : "missing", damaged ? " again" : "");
}

/* The row of the speaker's packs that is for `count` symbols; of a blend, the weighted mean. */
static enum avt_code style_row(struct kokoro *kokoro, const struct avt_speaker *speaker,
                               size_t count, float style[STYLE_SIZE], struct avt_error *reterr)
{
    size_t row = count < PACK_ROWS ? count : PACK_ROWS; /* count is at least 1 */
    double sums[STYLE_SIZE] = {0};
    for (size_t p = 0; p < speaker->part_count; p++) {
        const struct avt_map *pack = NULL;
        enum avt_code code = map_pack(kokoro, &speaker->parts[p], &pack, reterr);
        if (code != AVT_OK)
            return code;
        float values[STYLE_SIZE];
        memcpy(values, pack->data + (row - 1) * sizeof(values), sizeof(values));
        for (size_t i = 0; i < STYLE_SIZE; i++)
            sums[i] += speaker->parts[p].weight * (double)values[i];
    }
    for (size_t i = 0; i < STYLE_SIZE; i++)
        style[i] = (float)sums[i];
    return AVT_OK;
}

static enum avt_code run(const struct kokoro *kokoro, const int64_t *ids, size_t count,
                         const struct avt_engine_input *input, float style[STYLE_SIZE],
                         struct avt_tensor outputs[2], struct avt_error *reterr)
{
    float rate = (float)input->speed, melody[AVT_KOKORO_MELODY_INPUTS];
    int64_t *tokens = avt_new0(int64_t, AVT_ENGINE_SYMBOLS_MAX + 2);
    memcpy(tokens + 1, ids, count * sizeof(*ids));
    enum { OWN_INPUTS = 3, INPUTS = OWN_INPUTS + AVT_KOKORO_MELODY_INPUTS };
    struct avt_tensor inputs[INPUTS] = {
        {.name = "tokens",
         .dtype = AVT_DTYPE_I64,
         .rank = 2,
         .shape = {1, (int64_t)count + 2},
         .data = tokens},
        {.name = "style",
         .dtype = AVT_DTYPE_F32,
         .rank = 2,
         .shape = {1, STYLE_SIZE},
         .data = style},
        {.name = "speed", .dtype = AVT_DTYPE_F32, .rank = 1, .shape = {1}, .data = &rate},
    };
    avt_kokoro_melody_inputs(&input->melody, melody, inputs + OWN_INPUTS);
    outputs[0] = (struct avt_tensor){.name = "audio"};
    outputs[1] = (struct avt_tensor){.name = DURATION_TENSOR};
    enum avt_code code = avt_session_run_until(kokoro->session, inputs, INPUTS, outputs, 2,
                                               input->cancel, reterr);
    avt_free(tokens);
    return code;
}

/* The sound out of its tensor; a sample that is no number would spoil everything after it. */
static enum avt_code take_audio(const struct avt_tensor *tensor, struct avt_audio **ret_audio,
                                struct avt_error *reterr)
{
    size_t count = avt_tensor_count(tensor);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    enum avt_code code = avt_audio_new(AVT_SPEECH_RATE, count, &audio, reterr);
    if (code != AVT_OK)
        return code;
    const float *samples = tensor->data;
    for (size_t i = 0; i < count; i++)
        audio->samples[i] = isfinite(samples[i]) ? samples[i] : 0.0f;
    *ret_audio = AVT_TAKE(audio);
    return AVT_OK;
}

/* Lengths per symbol out of those per id; symbols without an id have none. */
static bool take_seconds(const struct avt_tensor *frames, const bool *known, size_t count,
                         size_t id_count, size_t sample_count, double *ret_seconds)
{
    if (frames->dtype != AVT_DTYPE_F32 || avt_tensor_count(frames) != id_count + 2)
        return false;
    const float *values = frames->data;
    double total = 0.0;
    size_t at = 0;
    for (size_t i = 0; i < count + 2; i++) {
        bool pad = i == 0 || i == count + 1;
        double value = pad || known[i - 1] ? (double)values[at++] : 0.0;
        total += value;
        ret_seconds[i] = value * FRAME_SAMPLES / AVT_SPEECH_RATE;
    }
    return fabs(total * FRAME_SAMPLES - (double)sample_count) < 0.5;
}

/* What the model is asked to say: bench/run.py gives the same to another runtime. */
static void log_ids(const struct avt_speaker *speaker, const int64_t *ids, size_t count)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(AVT_ENGINE_SYMBOLS_MAX * 8);
    for (size_t i = 0; i < count; i++)
        avt_buf_printf(&text, " %d", (int)ids[i]);
    avt_debug("kokoro %s:%s", speaker->id, avt_buf_str(&text));
}

static enum avt_code kokoro_speak(void *state, const struct avt_engine_input *input,
                                  struct avt_audio **ret_audio, double *ret_seconds,
                                  struct avt_error *reterr)
{
    struct kokoro *kokoro = state;
    size_t count = input->count;
    avt_assert(kokoro && count > 0 && count <= AVT_ENGINE_SYMBOLS_MAX);
    int64_t ids[AVT_ENGINE_SYMBOLS_MAX];
    bool known[AVT_ENGINE_SYMBOLS_MAX];
    size_t id_count = 0;
    for (size_t i = 0; i < count; i++) {
        int id = avt_kokoro_symbol_id(input->symbols[i]);
        known[i] = id >= 0;
        if (id >= 0)
            ids[id_count++] = id;
    }
    if (id_count == 0)
        return avt_fail(reterr, AVT_EINTERNAL,
                        "the phonemes of this text are none that the voice knows");
    float style[STYLE_SIZE];
    enum avt_code code = style_row(kokoro, input->speaker, id_count, style, reterr);
    if (code != AVT_OK)
        return code;
    log_ids(input->speaker, ids, id_count);
    struct avt_tensor outputs[2];
    code = run(kokoro, ids, id_count, input, style, outputs, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    code = take_audio(&outputs[0], &audio, reterr);
    if (code == AVT_OK &&
        !take_seconds(&outputs[1], known, count, id_count, audio->count, ret_seconds))
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the speech model gave sound and timing that do not fit each other; run "
                        "`avatar models verify` to see whether its file is damaged");
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
    if (code == AVT_OK)
        *ret_audio = AVT_TAKE(audio);
    return code;
}

const struct avt_tts_engine avt_tts_kokoro = {
    .name = "kokoro",
    .model = KOKORO_MODEL,
    .open = kokoro_open,
    .close = kokoro_close,
    .file_bytes = kokoro_file_bytes,
    .speak = kokoro_speak,
};
