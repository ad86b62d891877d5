/* SPDX-License-Identifier: Apache-2.0 */
/* The voice of a recording, for engines that speak in one. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/resample.h"
#include "media/media.h"
#include "os/paths.h"
#include "pipeline/pipeline.h"
#include "pipeline/speaking_engine.h"
#include "profile/profile.h"

/* What a stock voice says to be heard by the engine: all vowels and kinds of consonants, a statement and a question, in
 * some six seconds: five are enough, and what is more takes room from the text. */
static const char REFERENCE_TEXT[] =
    "The little boat moved slowly down the river, while the early sun rose above the hills. Should we join them there?";

/* The profile whose recording is the voice. AVT_ENOENT: it is none of a single person, but of the table or a blend. */
static enum avt_code find_profile(const struct avt_tts_request *request, struct avt_profile *ret_profile)
{
    const struct avt_voice *stock = NULL;
    bool is_blend = strpbrk(request->voice, "*+") != NULL;
    if (is_blend || avt_voice_find(request->voice, &stock, NULL) == AVT_OK ||
        avt_profile_find(request->home, request->voice, ret_profile, NULL) != AVT_OK || *ret_profile->blend)
        return AVT_ENOENT;
    return AVT_OK;
}

bool avt_speaking_has_recording(const struct avt_tts_request *request)
{
    struct avt_profile profile;
    return find_profile(request, &profile) == AVT_OK && profile.has_reference;
}

enum avt_code avt_speaking_check_recording(const struct avt_speaking_engine *engine,
                                           const struct avt_tts_request *request, struct avt_error *reterr)
{
    struct avt_profile profile;
    if (find_profile(request, &profile) == AVT_OK && !profile.has_reference)
        return avt_fail(reterr, AVT_EVOICE,
                        "the voice %.48s has no recording, which %s speaks from: clone it again with "
                        "--keep-reference, or use --tts builtin",
                        request->voice, engine->title);
    return AVT_OK;
}

static enum avt_code on_reference(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    enum avt_code code = avt_speaking_append(user, chunk->audio->samples, chunk->audio->count, reterr);
    avt_speech_chunk_free(chunk);
    return code;
}

/* The program's own voice, heard; it says something English, whatever its language. */
static enum avt_code say_reference(struct avt_speaking *speaking, int rate, struct avt_audio **ret_audio,
                                   struct avt_error *reterr)
{
    struct avt_tts_request request = speaking->request.tts;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    request.text = REFERENCE_TEXT;
    request.markup = AVT_MARKUP_NONE;
    request.language = "en-us";
    request.speed = 1;
    enum avt_code code = avt_speaking_new_audio(&audio, reterr);
    if (code == AVT_OK)
        code = avt_tts_synthesize(speaking->request.engines->tts, &request, on_reference, audio, reterr);
    return code == AVT_OK ? avt_audio_resample(audio, rate, ret_audio, reterr) : code;
}

/* Where the voice is kept, once it was made. Owned. */
static char *voice_path(const struct avt_speaking *speaking, const char *key)
{
    char name[128];
    size_t used = 0;
    for (; key[used] && used < sizeof(name) - 1; used++)
        name[used] = strchr("/\\", key[used]) ? '_' : key[used];
    name[used] = '\0';
    return avt_asprintf("%s/cache/%s/%s.%s.voice", speaking->request.engines->home->storage, speaking->engine->name,
                        name, speaking->request.choice->name);
}

enum avt_code avt_speaking_voice(struct avt_speaking *speaking, const struct avt_speaking_keeper *keeper,
                                 struct avt_error *reterr)
{
    const struct avt_tts_request *request = &speaking->request.tts;
    struct avt_profile profile;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *sound = NULL;
    bool is_profile = find_profile(request, &profile) == AVT_OK;
    AVT_CLEANUP(avt_freep) char *path = voice_path(speaking, is_profile ? profile.id : request->voice);
    enum avt_code code = AVT_OK;
    if (is_profile) {
        AVT_CLEANUP(avt_freep) char *reference = avt_profile_reference_path(request->home->storage, profile.id);
        code = avt_media_read_audio(reference, keeper->rate, &sound, reterr);
        if (code != AVT_OK)
            return code;
    }
    if (keeper->load(speaking->state, path, sound ? sound->samples : NULL, sound ? sound->count : 0, NULL) == AVT_OK)
        return AVT_OK;
    if (!is_profile)
        code = say_reference(speaking, keeper->rate, &sound, reterr);
    if (code == AVT_OK)
        code = keeper->make(speaking->state, sound->samples, sound->count, request->cancel, reterr);
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    struct avt_error why = {0};
    if (code == AVT_OK &&
        (avt_mkdirs(folder, &why) != AVT_OK || keeper->save(speaking->state, path, &why) != AVT_OK))
        avt_log(AVT_LOG_WARN, "the voice is not kept for the next time: %s", why.message);
    return code;
}
