/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone_probe.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/resample.h"
#include "dsp/silence.h"
#include "nn/registry.h"
#include "nn/session.h"
#include "voice/chunk.h"
#include "voice/clone_space.h"
#include "voice/frontend.h"
#include "voice/kokoro_melody.h"
#include "voice/kokoro_vocab.h"
#include "voice/pitch.h"
#include "voice/tts.h"
#include "voice/vad.h"

enum { SYMBOLS_MAX = 100 };
static const double LEVEL_DB = -30.0;
/* Less speech than this is none: a style that only breathes. */
static const double SPEECH_MIN_S = 0.3;

/* About 2 s each; together they have every vowel and most consonants of English. */
static const char *const SENTENCES[AVT_CLONE_SENTENCES] = {
    "The old boat left before seven, with us.",   "Nine wise judges found a rare book there.",
    "She told him how the garden used to look.",  "We could hear music far across the valley.",
    "Maybe you should choose a larger house.",    "His father wrote a letter every Thursday.",
    "Both of them enjoyed a quiet evening walk.", "Please remember to lock the door at night.",
};

struct sentence {
    int64_t ids[SYMBOLS_MAX + 2]; /* between two pads */
    size_t count;                 /* with the pads */
};

struct avt_clone_probe {
    const struct avt_ge2e *encoder;
    struct avt_session *session;
    struct sentence sentences[AVT_CLONE_SENTENCES];
};

void avt_clone_heard_done(struct avt_clone_heard *heard)
{
    avt_audio_free(heard->speech);
    avt_mel_done(&heard->mel);
    *heard = (struct avt_clone_heard){0};
}

void avt_clone_probe_free(struct avt_clone_probe *probe)
{
    if (!probe)
        return;
    avt_session_free(probe->session);
    avt_free(probe);
}

static enum avt_code read_sentence(struct avt_frontend *frontend, const char *text,
                                   struct sentence *ret_sentence, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_token_list_done) struct avt_token_list tokens = {0};
    AVT_CLEANUP(avt_symbol_row_done) struct avt_symbol_row row = {0};
    enum avt_code code = avt_frontend_run(frontend, text, strlen(text), &tokens, reterr);
    if (code != AVT_OK)
        return code;
    if (!avt_symbol_row_build(&tokens, &row) || row.count > SYMBOLS_MAX)
        return avt_fail(reterr, AVT_EINTERNAL, "the sentence '%s' cannot be read", text);
    struct sentence sentence = {.count = 1};
    for (size_t i = 0; i < row.count; i++) {
        int id = avt_kokoro_symbol_id(row.symbols[i].codepoint);
        /* A space at the end belongs to no chunk. */
        if (id >= 0 && !(i + 1 == row.count && row.symbols[i].codepoint == ' '))
            sentence.ids[sentence.count++] = id;
    }
    sentence.count++;
    *ret_sentence = sentence;
    return AVT_OK;
}

enum avt_code avt_clone_probe_open(const struct avt_ge2e *encoder,
                                   struct avt_clone_probe **ret_probe, struct avt_error *reterr)
{
    avt_assert(encoder && ret_probe);
    AVT_CLEANUP(avt_clone_probe_freep)
    struct avt_clone_probe *probe = avt_new0(struct avt_clone_probe, 1);
    probe->encoder = encoder;
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    enum avt_code code = avt_frontend_new("en-us", &frontend, reterr);
    for (int i = 0; code == AVT_OK && i < AVT_CLONE_SENTENCES; i++)
        code = read_sentence(frontend, SENTENCES[i], &probe->sentences[i], reterr);
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    if (code == AVT_OK)
        code = avt_registry_open(&registry, reterr);
    if (code == AVT_OK)
        code = avt_registry_path(registry, "kokoro-82m-int8", &path, reterr);
    const struct avt_session_options options = {.sequential = true, .edit = &avt_kokoro_melody};
    if (code == AVT_OK)
        code = avt_session_open(path, &options, &probe->session, reterr);
    if (code == AVT_OK)
        *ret_probe = AVT_TAKE(probe);
    return code;
}

size_t avt_clone_probe_row(const struct avt_clone_probe *probe, int sentence)
{
    avt_assert(sentence >= 0 && sentence < AVT_CLONE_SENTENCES);
    return probe->sentences[sentence].count - 3; /* without pads, and row 0 is for one symbol */
}

const char *avt_clone_probe_text(int sentence)
{
    avt_assert(sentence >= 0 && sentence < AVT_CLONE_SENTENCES);
    return SENTENCES[sentence];
}

static enum avt_code say(const struct avt_clone_probe *probe, const float *style,
                         const struct avt_melody *melody, int sentence,
                         const struct avt_cancel *cancel, struct avt_audio **ret_audio,
                         struct avt_error *reterr)
{
    static const struct avt_melody AS_PREDICTED = {.range = 1.0};
    enum { OWN_INPUTS = 3, INPUTS = OWN_INPUTS + AVT_KOKORO_MELODY_INPUTS };
    struct sentence said = probe->sentences[sentence];
    float row[AVT_PACK_STYLE], speed = 1.0f, values[AVT_KOKORO_MELODY_INPUTS];
    memcpy(row, style, sizeof(row));
    struct avt_tensor inputs[INPUTS] = {
        {.name = "tokens",
         .dtype = AVT_DTYPE_I64,
         .rank = 2,
         .shape = {1, (int64_t)said.count},
         .data = said.ids},
        {.name = "style",
         .dtype = AVT_DTYPE_F32,
         .rank = 2,
         .shape = {1, AVT_PACK_STYLE},
         .data = row},
        {.name = "speed", .dtype = AVT_DTYPE_F32, .rank = 1, .shape = {1}, .data = &speed},
    };
    avt_kokoro_melody_inputs(melody ? melody : &AS_PREDICTED, values, inputs + OWN_INPUTS);
    struct avt_tensor output = {.name = "audio"};
    enum avt_code code =
        avt_session_run_until(probe->session, inputs, INPUTS, &output, 1, cancel, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = avt_tensor_count(&output);
    struct avt_audio *audio = NULL;
    code = avt_audio_new(AVT_SPEECH_RATE, count, &audio, reterr);
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        float sample = ((const float *)output.data)[i];
        audio->samples[i] = isfinite(sample) ? sample : 0.0f;
    }
    avt_tensor_done(&output);
    if (code == AVT_OK)
        *ret_audio = audio;
    return code;
}

enum avt_code avt_clone_listen(const struct avt_ge2e *encoder, const struct avt_audio *audio,
                               struct avt_clone_heard *ret_heard, struct avt_error *reterr)
{
    avt_assert(encoder && audio && ret_heard);
    AVT_CLEANUP(avt_pitch_done) struct avt_pitch pitch = {0};
    AVT_CLEANUP(avt_vad_done) struct avt_vad vad = {0};
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *kept = NULL;
    AVT_CLEANUP(avt_clone_heard_done) struct avt_clone_heard heard = {0};
    enum avt_code code = avt_pitch_track(audio, &pitch, reterr);
    if (code != AVT_OK)
        return code;
    avt_vad_run(&pitch, &vad);
    heard.voiced = avt_pitch_summary(&pitch, &heard.pitch_st, &heard.spread_st) > 0;
    if (vad.seconds >= SPEECH_MIN_S)
        code = avt_vad_cut(&vad, audio, &kept, reterr);
    if (code == AVT_OK)
        code = avt_audio_resample(kept ? kept : audio, AVT_GE2E_RATE, &heard.speech, reterr);
    if (code != AVT_OK)
        return code;
    avt_audio_set_level(heard.speech, LEVEL_DB);
    code = avt_ge2e_mel(heard.speech, &heard.mel, reterr);
    if (code == AVT_OK)
        code = avt_ge2e_embed_mel(encoder, &heard.mel, heard.speech->count, &heard.voice, reterr);
    if (code != AVT_OK)
        return code;
    *ret_heard = heard;
    heard = (struct avt_clone_heard){0};
    return AVT_OK;
}

enum avt_code avt_clone_probe_hear(const struct avt_clone_probe *probe, const float *style,
                                   const struct avt_melody *melody, int sentence, const struct avt_cancel *cancel,
                                   struct avt_clone_heard *ret_heard, struct avt_error *reterr)
{
    avt_assert(probe && style && sentence >= 0 && sentence < AVT_CLONE_SENTENCES && ret_heard);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    enum avt_code code = say(probe, style, melody, sentence, cancel, &audio, reterr);
    if (code == AVT_OK)
        code = avt_clone_listen(probe->encoder, audio, ret_heard, reterr);
    return code;
}
