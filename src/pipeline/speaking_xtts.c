/* SPDX-License-Identifier: Apache-2.0 */
/* --tts xtts: Coqui XTTS v2 (voice/xtts.h), in the voice of a recording and in 17 languages. */
#include "base/mem.h"
#include "base/str.h"
#include "nn/registry.h"
#include "os/paths.h"
#include "pipeline/speaking_engine.h"
#include "voice/xtts.h"
#include "voice/xtts_text.h"
#include "voice/xtts_words.h"

/* That recordings are heard at: the rate of the sound that the model was trained on. */
enum { RECORDING_RATE = AVT_XTTS_LATENT_RATE };

struct state {
    struct avt_xtts *xtts;
    struct avt_xtts_text *text;
    struct avt_lexicon *hanzi;    /* opened for the first Chinese text */
    struct avt_xtts_voice *voice; /* of one text */
    char *folder;
};

static enum avt_code check_language(const struct avt_speaking_choice *choice, const char *language,
                                    struct avt_error *reterr)
{
    (void)choice;
    if (avt_xtts_language_find(language))
        return AVT_OK;
    return avt_fail(reterr, AVT_EVOICE,
                    "XTTS does not speak '%.16s': it speaks ar, cs, de, en, es, fr, hi, hu, it, ja, ko, nl, pl, pt, "
                    "ru, "
                    "tr and zh",
                    language);
}

static void finish(void *user)
{
    struct state *state = user;
    avt_xtts_voice_free(state->voice);
    state->voice = NULL;
}

static void close_xtts(void *user)
{
    struct state *state = user;
    finish(state);
    avt_xtts_text_free(state->text);
    avt_lexicon_free(state->hanzi);
    avt_xtts_free(state->xtts);
    avt_free(state->folder);
    avt_free(state);
}

static enum avt_code open_xtts(const struct avt_speaking_place *place, void **ret_state, struct avt_error *reterr)
{
    struct avt_xtts *xtts = NULL;
    enum avt_code code = avt_xtts_open_on(place->choice->folder, place->device, place->gpu_bytes_max, &xtts, reterr);
    if (code != AVT_OK)
        return code;
    struct state *state = avt_new0(struct state, 1);
    state->xtts = xtts;
    state->folder = avt_strdup(place->choice->folder);
    *ret_state = state;
    return AVT_OK;
}

static struct avt_xtts_recording recording_of(const float *sound, size_t count)
{
    return (struct avt_xtts_recording){.sound = sound, .count = count, .rate = RECORDING_RATE};
}

static enum avt_code make_voice(void *user, const float *sound, size_t count, const struct avt_cancel *cancel,
                                struct avt_error *reterr)
{
    struct state *state = user;
    const struct avt_xtts_recording recording = recording_of(sound, count);
    return avt_xtts_voice_make(state->xtts, &recording, cancel, &state->voice, reterr);
}

static enum avt_code save_voice(void *user, const char *path, struct avt_error *reterr)
{
    const struct state *state = user;
    return avt_xtts_voice_save(state->xtts, state->voice, path, reterr);
}

static enum avt_code load_voice(void *user, const char *path, const float *sound, size_t count,
                                struct avt_error *reterr)
{
    struct state *state = user;
    const struct avt_xtts_recording recording = recording_of(sound, count);
    return avt_xtts_voice_load(state->xtts, path, sound ? &recording : NULL, &state->voice, reterr);
}

/* Chinese needs its dictionary, which no other language does. */
static enum avt_code open_text(struct state *state, const char *language, struct avt_error *reterr)
{
    bool is_chinese = avt_str_starts(language, "zh");
    if (state->text && (state->hanzi || !is_chinese))
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = AVT_OK;
    if (is_chinese)
        code = avt_registry_locate("lexicon-zh", &path, reterr);
    if (code == AVT_OK && is_chinese)
        code = avt_lexicon_open(path, &state->hanzi, reterr);
    if (code != AVT_OK)
        return code;
    avt_xtts_text_free(AVT_TAKE(state->text));
    AVT_CLEANUP(avt_freep) char *vocabulary = avt_path_join(state->folder, AVT_XTTS_VOCABULARY);
    return avt_xtts_text_open(vocabulary, state->hanzi, &state->text, reterr);
}

static enum avt_code prepare(void *user, struct avt_speaking *speaking, struct avt_error *reterr)
{
    static const struct avt_speaking_keeper keeper = {RECORDING_RATE, make_voice, save_voice, load_voice};
    enum avt_code code = open_text(user, speaking->language, reterr);
    return code == AVT_OK ? avt_speaking_voice(speaking, &keeper, reterr) : code;
}

static enum avt_code split(void *user, const struct avt_speaking *speaking, struct avt_speaking_piece **ret_pieces,
                           size_t *ret_count, struct avt_error *reterr)
{
    const struct state *state = user;
    AVT_CLEANUP(avt_freep) struct avt_xtts_piece *found = NULL;
    enum avt_code code =
        avt_xtts_text_split(state->text, speaking->language, speaking->text, &found, ret_count, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_speaking_piece *pieces = avt_new0(struct avt_speaking_piece, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        pieces[i] = (struct avt_speaking_piece){found[i].start, found[i].end};
    *ret_pieces = pieces;
    return AVT_OK;
}

static enum avt_code on_samples(const float *samples, size_t count, void *user, struct avt_error *reterr)
{
    return avt_speaking_append(user, samples, count, reterr);
}

static enum avt_code say(void *user, struct avt_speaking *speaking, const char *piece, uint64_t seed,
                         struct avt_audio *audio, struct avt_error *reterr)
{
    const struct state *state = user;
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    struct avt_xtts_spoken spoken = {0};
    size_t count = 0;
    const struct avt_xtts_options options = {
        .seed = seed, .speed = speaking->request.tts.speed, .cancel = speaking->request.tts.cancel};
    enum avt_code code = avt_xtts_text_ids(state->text, speaking->language, piece, &ids, &count, reterr);
    if (code == AVT_OK)
        code = avt_xtts_speak(state->xtts, ids, count, state->voice, &options, on_samples, audio, &spoken, reterr);
    if (code == AVT_OK && spoken.was_cut)
        avt_speaking_warn(speaking, "XTTS ran on behind '%.60s' and was stopped: listen to it; another seed may do "
                          "better", piece);
    return code;
}

const struct avt_speaking_engine avt_speaking_xtts = {
    .name = "xtts",
    .title = "Coqui XTTS",
    .result = "coqui xtts",
    .has_recording = true,
    .has_speed = true,
    .has_gpu = true,
    .work_bytes = INT64_C(700) << 20,
    .check_language = check_language,
    .open = open_xtts,
    .close = close_xtts,
    .prepare = prepare,
    .finish = finish,
    .split = split,
    .say = say,
};
