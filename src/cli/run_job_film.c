/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that make films and speech: full_pipeline, lipsync, voice_synthesis. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/run_job_private.h"
#include "cli/views.h"
#include "jobs/estimate.h"

/* Stages that were passed count as measured, also when the clock saw nothing. */
static void keep_stages(struct avt_job_run *run, const struct avt_pipeline_result *film)
{
    for (int i = 0; i < AVT_STAGE_COUNT; i++) {
        bool passed = film->stages_completed & 1 << i;
        run->result->stage_s[i] = passed && film->stage_s[i] <= 0 ? 1e-6 : film->stage_s[i];
    }
    run->result->stages_completed = film->stages_completed;
    if (film->failed_stage >= 0)
        snprintf(run->result->stage, sizeof(run->result->stage), "%s",
                 avt_stage_name((enum avt_stage)film->failed_stage));
}

static void report_film(struct avt_job_run *run, const struct avt_pipeline_result *film)
{
    json_t *result = run->result->result;
    avt_jobrun_set_main_file(run, film->output);
    if (*film->captions)
        avt_jobrun_set_file(run, "captions", film->captions);
    else
        json_object_set_new(result, "captions", json_null());
    avt_cli_set_real(result, "total_s", film->total_s);
    json_object_set_new(result, "stage_seconds", avt_view_stage_figures(film->stage_s));
    json_object_set_new(result, "stages_completed", avt_view_stages(film->stages_completed));
    avt_view_film(result, film);
}

/* The warning names the picture as an error would. */
static void name_picture(const struct avt_job_run *run, struct avt_pipeline_result *film)
{
    for (size_t i = 0; i < run->file_count; i++) {
        size_t size = strlen(run->files[i].path);
        if (strncmp(film->warning, run->files[i].path, size) == 0) {
            char rest[sizeof(film->warning)];
            snprintf(rest, sizeof(rest), "%s", film->warning + size);
            snprintf(film->warning, sizeof(film->warning), "%s%s", run->files[i].name, rest);
        }
    }
}

_Static_assert((int)AVT_PARAMS_BLINK_USUAL == AVT_BLINK_USUAL, "a job blinks as any film does");

static enum avt_code fill_options(struct avt_job_run *run, struct avt_pipeline_options *options,
                                  struct avt_error *reterr)
{
    const struct avt_job_params *params = run->work->params;
    options->text = params->text;
    options->voice = params->voice;
    options->language = params->language;
    options->speed = params->type == AVT_JOB_LIPSYNC ? 1 : params->config.speed;
    options->face_index = params->face;
    options->quality = params->config.quality;
    options->size_spec = params->config.size;
    options->fit = params->config.fit;
    options->captions = params->captions;
    options->background = params->background;
    options->seed = params->config.seed;
    options->head_motion = params->config.head_motion;
    options->expressiveness = params->config.expressiveness;
    options->emotion = params->config.emotion;
    options->lipsync = params->config.lipsync;
    options->enhance = params->config.enhance;
    options->tts = params->config.tts;
    options->blink = params->config.blink;
    if (params->config.fps_num) {
        options->fps_num = params->config.fps_num;
        options->fps_den = params->config.fps_den;
    }
    options->output = avt_jobrun_output(run, "film", params->config.format);
    options->progress = avt_jobrun_on_progress;
    options->user = run;
    enum avt_code code =
        avt_jobrun_input(run, &params->avatar, "avatar", &options->avatar, reterr);
    if (code == AVT_OK)
        code = avt_jobrun_input(run, &params->audio, "audio", &options->speech, reterr);
    if (code == AVT_OK)
        code = avt_jobrun_input(run, &params->music, "music", &options->music, reterr);
    if (code == AVT_OK)
        code = avt_jobrun_input(run, &params->watermark, "watermark", &options->watermark, reterr);
    if (code == AVT_OK)
        code = avt_jobrun_input(run, &params->intro, "intro", &options->intro, reterr);
    if (code == AVT_OK)
        code = avt_jobrun_input(run, &params->outro, "outro", &options->outro, reterr);
    if (code == AVT_OK && params->behind.kind != AVT_REF_NONE)
        code = avt_jobrun_input(run, &params->behind, "background", &options->background, reterr);
    if (code != AVT_OK || !params->timeline)
        return code;
    options->timeline_in = avt_jobrun_output(run, "timeline", "json");
    return avt_json_write_file(options->timeline_in, params->timeline, reterr);
}

enum avt_code avt_jobrun_film(struct avt_job_run *run, struct avt_error *reterr)
{
    struct avt_pipeline_options options = AVT_PIPELINE_OPTIONS_INIT;
    struct avt_pipeline_result film = {.size = sizeof(film), .failed_stage = -1};
    enum avt_code code = fill_options(run, &options, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_pipeline_run(run->runner->context, &options, &film, reterr);
    /* It was sent along and is in the params: not one of the results. */
    if (options.timeline_in)
        (void)unlink(options.timeline_in);
    keep_stages(run, &film);
    if (code != AVT_OK)
        return code;
    name_picture(run, &film);
    report_film(run, &film);
    return AVT_OK;
}

enum avt_code avt_jobrun_speech(struct avt_job_run *run, struct avt_error *reterr)
{
    const struct avt_job_params *params = run->work->params;
    struct avt_speech_options options = AVT_SPEECH_OPTIONS_INIT;
    struct avt_speech_result speech = {.size = sizeof(speech)};
    json_t *result = run->result->result;
    options.text = params->text;
    options.voice = params->voice;
    options.language = params->language;
    options.speed = params->config.speed;
    options.tts = params->config.tts;
    options.seed = params->config.seed;
    options.output = avt_jobrun_output(run, "speech", params->config.format);
    options.growing = params->stream;
    if (!params->stream)
        options.timeline_out = avt_jobrun_output(run, "timeline", "json");
    options.progress = avt_jobrun_on_progress;
    options.user = run;
    snprintf(run->result->stage, sizeof(run->result->stage), "%s",
             avt_stage_name(AVT_STAGE_SPEECH));
    enum avt_code code =
        avt_speech_synthesize(run->runner->context, &options, &speech, reterr);
    if (code != AVT_OK)
        return code;
    avt_jobrun_set_main_file(run, options.output);
    if (options.timeline_out)
        avt_jobrun_set_file(run, "timeline", options.timeline_out);
    avt_cli_set_text(result, "engine", speech.voice_engine);
    if (*speech.voice_why)
        avt_cli_set_text(result, "engine_why", speech.voice_why);
    if (*speech.warning)
        avt_cli_set_text(result, "warning", speech.warning);
    avt_cli_set_real(result, "duration_s", speech.duration_s);
    avt_cli_set_real(result, "total_s", speech.total_s);
    avt_cli_set_real(result, "real_time_factor", speech.real_time_factor);
    avt_cli_set_real(result, "loudness_lufs", speech.loudness_lufs);
    avt_cli_set_int(result, "sample_rate", speech.sample_rate);
    avt_cli_set_int(result, "words", speech.words);
    avt_cli_set_int(result, "phonemes", speech.phonemes);
    run->result->stage_s[AVT_STAGE_SPEECH] = speech.total_s;
    const struct avt_job_measured measured = {.busy_s = speech.real_time_factor * speech.duration_s,
                                              .duration_s = speech.duration_s};
    avt_job_learn(run->work->storage, params, &measured);
    return AVT_OK;
}
