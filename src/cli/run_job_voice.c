/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that make voices: voice_clone. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/run_job_private.h"
#include "cli/views.h"

/* The profile that this job makes has the letters of the job's own id. So whoever does the job again,
 * because its worker was lost after the profile was there, finds it. */
static void profile_id_of(const struct avt_job *job, char ret_id[16])
{
    const char *letters = strrchr(job->id, '-');
    snprintf(ret_id, 16, "vp%.9s", letters ? letters : "-");
}

static void report(struct avt_job_run *run, const struct avt_profile_info *profile,
                   const struct avt_voice_clone_report *found)
{
    json_t *result = run->result->result, *view = json_object();
    avt_cli_set_text(result, "profile_id", profile->id);
    json_object_set_new(result, "profile", avt_view_profile(profile));
    if (found)
        avt_view_clone_report(view, found, true);
    json_object_set_new(result, "report", found ? view : json_null());
    if (!found)
        json_decref(view);
}

static enum avt_code fill_clips(struct avt_job_run *run, const char **clips, const char **consent,
                                struct avt_error *reterr)
{
    const struct avt_job_clone *clone = &run->work->params->clone;
    enum avt_code code =
        avt_jobrun_input(run, &clone->consent_audio, "consent_audio", consent, reterr);
    for (size_t i = 0; code == AVT_OK && i < clone->clip_count; i++)
        code = avt_jobrun_input(run, &clone->clips[i], "audio", &clips[i], reterr);
    return code;
}

static enum avt_code make(struct avt_job_run *run, const char *id, const char *const *clips,
                          const char *consent_clip, struct avt_error *reterr)
{
    const struct avt_job *job = run->work->job;
    const struct avt_job_params *params = run->work->params;
    const struct avt_job_clone *clone = &params->clone;
    struct avt_voice_clone_options options = AVT_VOICE_CLONE_OPTIONS_INIT;
    struct avt_profile_info profile = {.size = sizeof(profile)};
    struct avt_voice_clone_report found = {.size = sizeof(found)};
    char holder[48];
    snprintf(holder, sizeof(holder), "the holder of the key %s", job->owner);
    options.name = clone->name;
    options.clips = clips;
    options.clip_count = clone->clip_count;
    options.consent = clone->consent;
    options.consent_by = clone->consent_by ? clone->consent_by : *job->owner ? holder : NULL;
    options.consent_clip = consent_clip;
    options.language = params->language;
    options.speed = avt_str_equal(clone->effort, "fast")   ? AVT_CLONE_SPEED_FAST
                    : avt_str_equal(clone->effort, "best") ? AVT_CLONE_SPEED_BEST
                                                           : AVT_CLONE_SPEED_DEFAULT;
    options.points = (size_t)clone->points;
    options.keep_reference = clone->keep_reference;
    options.id = id;
    options.source = job->id;
    options.progress = avt_jobrun_on_progress;
    options.user = run;
    enum avt_code code =
        avt_voice_clone(run->runner->context, &options, &profile, &found, reterr);
    run->result->stage_s[AVT_STAGE_VOICE] = found.total_s;
    if (code == AVT_OK)
        report(run, &profile, &found);
    return code;
}

/* Reports the profile that another claim of this job made; false if there is none. */
static bool made_already(struct avt_job_run *run, const char *id)
{
    struct avt_profile_info profile = {.size = sizeof(profile)};
    if (avt_profile_show(run->runner->context, id, &profile, NULL) != AVT_OK ||
        !avt_str_equal(profile.source, run->work->job->id))
        return false;
    report(run, &profile, NULL);
    return true;
}

enum avt_code avt_jobrun_clone(struct avt_job_run *run, struct avt_error *reterr)
{
    const char *clips[AVT_PARAMS_CLIPS_MAX] = {0}, *consent_clip = NULL;
    char id[16];
    profile_id_of(run->work->job, id);
    snprintf(run->result->stage, sizeof(run->result->stage), "%s",
             avt_stage_name(AVT_STAGE_VOICE));
    if (made_already(run, id))
        return AVT_OK;
    enum avt_code code = fill_clips(run, clips, &consent_clip, reterr);
    if (code == AVT_OK)
        code = make(run, id, clips, consent_clip, reterr);
    /* A worker that lost the job may have been quicker than it knew. */
    return code == AVT_EOUTPUT && made_already(run, id) ? AVT_OK : code;
}
