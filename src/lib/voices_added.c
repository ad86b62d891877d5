/* SPDX-License-Identifier: Apache-2.0 */
/* Voices that users add, of the public interface. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "lib/context.h"
#include "nn/session.h"
#include "profile/piper.h"
#include "voice/speaker.h"

static enum avt_code fill_info(const struct avt_context *context, const char *id,
                               struct avt_voice_info *ret_voice, struct avt_error *reterr)
{
    struct avt_speaker speaker = {0};
    enum avt_code code = avt_speaker_find(id, &context->home, &speaker, reterr);
    if (code != AVT_OK)
        return code;
    *ret_voice = (struct avt_voice_info){0};
    (void)snprintf(ret_voice->id, sizeof(ret_voice->id), "%s", id);
    (void)snprintf(ret_voice->name, sizeof(ret_voice->name), "%s", id + strlen(AVT_PIPER_PREFIX));
    (void)snprintf(ret_voice->language, sizeof(ret_voice->language), "%s", speaker.language);
    (void)snprintf(ret_voice->engine, sizeof(ret_voice->engine), "%s", speaker.engine);
    avt_speaker_done(&speaker);
    return AVT_OK;
}

size_t avt_voices_added_count(struct avt_context *context)
{
    char **ids = avt_piper_list(context->storage);
    size_t count = 0;
    while (ids[count])
        count++;
    avt_piper_list_free(ids);
    return count;
}

enum avt_code avt_voices_added_get(struct avt_context *context, size_t index,
                                   struct avt_voice_info *ret_voice, struct avt_error *reterr)
{
    char **ids = avt_piper_list(context->storage);
    size_t count = 0;
    while (ids[count])
        count++;
    enum avt_code code = index < count
                             ? fill_info(context, ids[index], ret_voice, reterr)
                             : avt_fail(reterr, AVT_EINVAL, "there are %zu added voices", count);
    avt_piper_list_free(ids);
    return code;
}

/* A model that does not load is found out now, not when it should speak. */
static enum avt_code try_model(const char *onnx, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    enum avt_code code = avt_session_open(onnx, NULL, &session, reterr);
    if (code == AVT_EMODEL)
        return avt_fail(reterr, AVT_ENOENT, "'%s' does not exist", onnx);
    if (code != AVT_OK)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is no model that can be loaded", onnx);
    bool input = false, output = false;
    for (size_t i = 0; i < avt_session_input_count(session); i++)
        input |= strcmp(avt_session_input_name(session, i), "scales") == 0;
    for (size_t i = 0; i < avt_session_output_count(session); i++)
        output |= strcmp(avt_session_output_name(session, i), "output") == 0;
    if (!input || !output)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is no Piper voice: its model lacks the inputs of one",
                        onnx);
    return AVT_OK;
}

enum avt_code avt_voices_add_piper(struct avt_context *context, const char *onnx, const char *name,
                                   struct avt_voice_info *ret_voice, struct avt_error *reterr)
{
    avt_context_begin(context);
    enum avt_code code = avt_nn_start(context->threads, reterr);
    if (code == AVT_OK)
        code = try_model(onnx, reterr);
    AVT_CLEANUP(avt_freep) char *id = NULL;
    if (code == AVT_OK)
        code = avt_piper_add(context->storage, onnx, name, &id, reterr);
    return code == AVT_OK ? fill_info(context, id, ret_voice, reterr) : code;
}

enum avt_code avt_voices_remove(struct avt_context *context, const char *id,
                                struct avt_error *reterr)
{
    return avt_piper_remove(context->storage, id, reterr);
}
