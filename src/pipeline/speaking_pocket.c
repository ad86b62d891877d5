/* SPDX-License-Identifier: Apache-2.0 */
/* --tts pocket: Pocket TTS (voice/pocket.h). */
#include <string.h>

#include "base/mem.h"
#include "pipeline/speaking_engine.h"
#include "voice/pocket.h"
#include "voice/spoken.h"

struct state {
    struct avt_pocket *pocket;
    struct avt_pocket_voice *voice; /* of one text */
};

static enum avt_code check_language(const struct avt_speaking_choice *choice, const char *language,
                                    struct avt_error *reterr)
{
    const char *own = *choice->language ? choice->language : "en";
    if (strncmp(language, own, 2) == 0)
        return AVT_OK;
    return avt_fail(reterr, AVT_EINVAL,
                    "the Pocket TTS %s speaks '%s', and '%.16s' was asked for: add --language %s, or import a model of "
                    "that language with 'avatar models import DIR --language %.2s'",
                    choice->name, own, language, own, language);
}

static void finish(void *user)
{
    struct state *state = user;
    avt_pocket_voice_free(state->voice);
    state->voice = NULL;
}

static void close_pocket(void *user)
{
    struct state *state = user;
    finish(state);
    avt_pocket_free(state->pocket);
    avt_free(state);
}

static enum avt_code open_pocket(const struct avt_speaking_place *place, void **ret_state, struct avt_error *reterr)
{
    struct avt_pocket *pocket = NULL;
    enum avt_code code = avt_pocket_open(place->choice->folder, &pocket, reterr);
    if (code != AVT_OK)
        return code;
    struct state *state = avt_new0(struct state, 1);
    state->pocket = pocket;
    *ret_state = state;
    return AVT_OK;
}

static enum avt_code make_voice(void *user, const float *sound, size_t count, const struct avt_cancel *cancel,
                                struct avt_error *reterr)
{
    struct state *state = user;
    return avt_pocket_voice_make(state->pocket, sound, count, cancel, &state->voice, reterr);
}

static enum avt_code save_voice(void *user, const char *path, struct avt_error *reterr)
{
    const struct state *state = user;
    return avt_pocket_voice_save(state->pocket, state->voice, path, reterr);
}

static enum avt_code load_voice(void *user, const char *path, const float *sound, size_t count,
                                struct avt_error *reterr)
{
    struct state *state = user;
    return avt_pocket_voice_load(state->pocket, path, sound, count, &state->voice, reterr);
}

static enum avt_code prepare(void *user, struct avt_speaking *speaking, struct avt_error *reterr)
{
    static const struct avt_speaking_keeper keeper = {AVT_POCKET_RATE, make_voice, save_voice, load_voice};
    (void)user;
    return avt_speaking_voice(speaking, &keeper, reterr);
}

static enum avt_code on_samples(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    return avt_speaking_append(user, samples, count, reterr);
}

static enum avt_code say(void *user, struct avt_speaking *speaking, const char *piece, uint64_t seed,
                         struct avt_audio *audio, struct avt_error *reterr)
{
    const struct state *state = user;
    AVT_CLEANUP(avt_freep) char *words = avt_spoken_text_in(speaking->language, piece);
    struct avt_pocket_options options = AVT_POCKET_OPTIONS_INIT;
    options.seed = seed;
    options.cancel = speaking->request.tts.cancel;
    return avt_pocket_speak(state->pocket, words, state->voice, &options, on_samples, audio, NULL, reterr);
}

const struct avt_speaking_engine avt_speaking_pocket = {
    .name = "pocket",
    .title = "Pocket TTS",
    .result = "pocket tts",
    .has_recording = true,
    .work_bytes = INT64_C(250) << 20,
    .check_language = check_language,
    .open = open_pocket,
    .close = close_pocket,
    .prepare = prepare,
    .finish = finish,
    .say = say,
};
