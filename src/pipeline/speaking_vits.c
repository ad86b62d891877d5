/* SPDX-License-Identifier: Apache-2.0 */
/* --tts vits: a voice of Coqui's (voice/vits.h), which has its speakers and its language of its own. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "pipeline/speaking_engine.h"
#include "voice/phonemizer.h"
#include "voice/spoken.h"
#include "voice/vits.h"
#include "voice/vits_text.h"

struct state {
    struct avt_vits *vits;
    struct avt_phonemizer *phonemizer; /* says how words sound; NULL for a voice that reads letters */
    int64_t speaker;                   /* of one text */
};

static void finish(void *user)
{
    (void)user;
}

static void close_vits(void *user)
{
    struct state *state = user;
    avt_vits_free(state->vits);
    avt_phonemizer_free(state->phonemizer);
    avt_free(state);
}

/* A voice that reads words says them as espeak-ng would in its language. */
static enum avt_code open_vits(const struct avt_speaking_place *place, void **ret_state, struct avt_error *reterr)
{
    struct avt_vits *vits = NULL;
    enum avt_code code = avt_vits_open(place->choice->folder, &vits, reterr);
    if (code != AVT_OK)
        return code;
    struct state *state = avt_new0(struct state, 1);
    const struct avt_vits_config *config = avt_vits_config(vits);
    const struct avt_phonemizer_options options = {.language = config->language, .raw = true, .hyphens = true};
    state->vits = vits;
    if (*config->language)
        state->phonemizer = avt_phonemizer_new(&options);
    *ret_state = state;
    return AVT_OK;
}

/* What is laid over its speech to find the words must be of the same language. */
static enum avt_code prepare(void *user, struct avt_speaking *speaking, struct avt_error *reterr)
{
    struct state *state = user;
    const struct avt_speaking_choice *choice = speaking->request.choice;
    const char *language = avt_vits_config(state->vits)->language;
    enum avt_code code = avt_vits_speaker(state->vits, choice->speaker, &state->speaker, reterr);
    if (code == AVT_OK && *language && strncmp(language, speaking->language, 2) != 0)
        return avt_fail(reterr, AVT_EINVAL, "the voice %s speaks '%s', and '%.16s' was asked for: add --language %.2s",
                        choice->name, language, speaking->language, language);
    return code;
}

static enum avt_code say(void *user, struct avt_speaking *speaking, const char *piece, uint64_t seed,
                         struct avt_audio *audio, struct avt_error *reterr)
{
    (void)seed; /* the noise is inside of the network */
    const struct state *state = user;
    const struct avt_vits_config *config = avt_vits_config(state->vits);
    /* espeak-ng reads numbers itself, in English not as well as the program. */
    bool reads_itself = state->phonemizer && !avt_str_starts(speaking->language, "en");
    AVT_CLEANUP(avt_freep) char *words =
        reads_itself ? avt_strdup(piece) : avt_spoken_text_in(speaking->language, piece);
    AVT_CLEANUP(avt_freep) char *clean = avt_vits_clean(config, words);
    AVT_CLEANUP(avt_freep) char *read = NULL;
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *sound = NULL;
    size_t count = 0;
    enum avt_code code = avt_vits_read(config, state->phonemizer, clean, &read, reterr);
    if (code == AVT_OK)
        code = avt_vits_ids(config, read, &ids, &count, NULL, reterr);
    const struct avt_vits_input input = {.ids = ids,
                                         .count = count,
                                         .speed = speaking->request.tts.speed,
                                         .speaker = state->speaker,
                                         .cancel = speaking->request.tts.cancel};
    if (code == AVT_OK)
        code = avt_vits_speak(state->vits, &input, &sound, NULL, reterr);
    return code == AVT_OK ? avt_speaking_append(audio, sound->samples, sound->count, reterr) : code;
}

const struct avt_speaking_engine avt_speaking_vits = {
    .name = "vits",
    .title = "Coqui VITS",
    .result = "coqui vits",
    .has_speakers = true,
    .has_speed = true,
    .work_bytes = INT64_C(250) << 20,
    .open = open_vits,
    .close = close_vits,
    .prepare = prepare,
    .finish = finish,
    .say = say,
};
