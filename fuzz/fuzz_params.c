/* SPDX-License-Identifier: Apache-2.0 */
/* The params of a job, from whoever may submit one: a byte for the type, then JSON. What is taken must
 * keep the promises of jobs/params.h, since ids become paths and sizes become memory. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/str.h"
#include "jobs/estimate.h"
#include "jobs/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ref(const struct avt_ref *ref)
{
    struct avt_ref again;
    avt_assert((ref->kind == AVT_REF_NONE) == (ref->id[0] == '\0'));
    avt_assert(strpbrk(ref->id, "/.%\\") == NULL);
    avt_assert(ref->kind == AVT_REF_NONE ||
               (avt_ref_parse(ref->id, &again) && again.kind == ref->kind));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum avt_job_type type = (enum avt_job_type)(data[0] % AVT_JOB_TYPE_COUNT);
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct avt_job_params params;
    struct avt_error error = {0};
    if (avt_job_params_read(type, json, &params, &error) != AVT_OK) {
        avt_assert(error.message[0] != '\0');
        return 0;
    }
    check_ref(&params.avatar);
    check_ref(&params.audio);
    check_ref(&params.image);
    check_ref(&params.input);
    check_ref(&params.clone.consent_audio);
    avt_assert(params.clone.clip_count <= AVT_PARAMS_CLIPS_MAX);
    for (size_t i = 0; i < params.clone.clip_count; i++)
        check_ref(&params.clone.clips[i]);
    avt_assert(type != AVT_JOB_VOICE_CLONE || (params.clone.clip_count > 0 && params.clone.name[0] &&
                                               params.clone.consent[0]));
    avt_assert(params.face >= 0 && params.face <= AVT_PARAMS_FACE_MAX);
    bool alone = type == AVT_JOB_VOICE_SYNTHESIS; /* speech, with no lips to follow */
    avt_assert(params.config.speed >= (alone ? 0.25 : 0.5) && params.config.speed <= (alone ? 4 : 2));
    const struct avt_job_generate *generate = &params.generate;
    avt_assert(type != AVT_JOB_AVATAR_GENERATE ||
               (generate->prompt[0] && strlen(generate->prompt) <= AVT_PARAMS_PROMPT_BYTES_MAX));
    avt_assert(generate->variations >= 1 && generate->variations <= AVT_PARAMS_VARIATIONS_MAX);
    avt_assert(!generate->size || strlen(generate->size) <= strlen("2048x2048"));
    avt_assert(!generate->name || generate->name[0]);
    const struct avt_job_config *config = &params.config;
    if (config->fps_num) {
        avt_assert(config->fps_den > 0);
        double rate = (double)config->fps_num / config->fps_den;
        avt_assert(rate >= AVT_PARAMS_FPS_MIN && rate <= AVT_PARAMS_FPS_MAX);
    }
    avt_assert(!params.text || (strlen(params.text) <= AVT_PARAMS_TEXT_BYTES_MAX &&
                                avt_utf8_invalid_at(params.text, strlen(params.text)) == SIZE_MAX));
    struct avt_job_estimate estimate;
    avt_job_estimate("/nonexistent", &params, 0, &estimate);
    avt_assert(estimate.total_s >= 0 && estimate.total_s < 1e9);
    (void)avt_job_params_short(&params);
    return 0;
}
